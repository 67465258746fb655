/* tlog_cmd.c - `huren tlog`: checkpoint, trust policy, entries and proofs of a running node. */
#include <string.h>

#include "base/encode.h"
#include "cli/client.h"
#include "tlog/policy.h"
#include "tlog/tile.h"
#include "tlog/tlog_proof.h"

/* Fetches a text; prints it as it is, or with --json what `model` makes of it. */
static enum err_code print_path(struct args *args, struct arena *a, const char *path,
	enum err_code (*model)(struct arena *a, struct str text, struct json *ret, struct err *e),
	struct err *e)
{
	struct client c;
	struct str text;
	TRY(client_open(args, a, &c, e));
	bool as_json = args_flag(args, "--json");
	const char *out = as_json ? NULL : args_value(args, "--out");
	TRY(args_end(args, e));
	TRY(client_get(&c, a, path, &text, e));
	if (!as_json)
		return cli_write(out, text, 0644, e);
	struct json *v = json_new_object(a);
	TRY(model(a, text, v, e));
	json_set_str(a, v, "text", text);
	return cli_print_json(v, e);
}

static enum err_code checkpoint_model(struct arena *a, struct str text, struct json *ret,
	struct err *e)
{
	struct note *n = ARENA_NEW(a, struct note);
	struct checkpoint c;
	if (!n)
		return err_set(e, ERR_TOO_LARGE, "no room for a checkpoint");
	TRY(note_parse(a, text, n, e));
	TRY(checkpoint_parse(n->text, &c, e));
	struct json *lines = json_new_array(a);
	for (uint32_t i = 0; i < n->line_count; i++)
		json_push(a, lines, json_new_str(a, n->lines[i].name));
	json_set_str(a, ret, "origin", c.origin);
	json_set_number(a, ret, "size", (double)c.size);
	json_set_str(a, ret, "root", base64_new(a, c.root.at, DIGEST_BYTES));
	json_set(a, ret, "signed_by", lines);
	return ERR_OK;
}

static enum err_code tlog_checkpoint(struct args *args, struct arena *a, struct err *e)
{
	return print_path(args, a, "/tlog/checkpoint", checkpoint_model, e);
}

static enum err_code policy_model(struct arena *a, struct str text, struct json *ret,
	struct err *e)
{
	struct policy *p;
	TRY(policy_parse(a, text, &p, e));
	struct json *logs = json_new_array(a);
	for (uint32_t i = 0; i < p->log_count; i++)
		json_push(a, logs, json_new_str(a, p->logs[i].key.name));
	json_set(a, ret, "logs", logs);
	return ERR_OK;
}

static enum err_code tlog_policy(struct args *args, struct arena *a, struct err *e)
{
	return print_path(args, a, "/trust.policy", policy_model, e);
}

/* Size of the log from its checkpoint's second line: decides which tile is partial. */
static enum err_code log_size(const struct client *c, struct arena *a, uint64_t *ret, struct err *e)
{
	struct str text;
	TRY(client_get(c, a, "/tlog/checkpoint", &text, e));
	(void)str_cut(&text, '\n');
	return str_parse_u64(str_cut(&text, '\n'), ret, e);
}

static enum err_code tlog_entry(struct args *args, struct arena *a, struct err *e)
{
	struct client c;
	const char *word;
	uint64_t index, size;
	char path[TILE_PATH_BYTES];
	struct str bytes;
	struct str entries[TILE_WIDTH];
	TRY(client_open(args, a, &c, e));
	bool as_json = args_flag(args, "--json");
	TRY(args_need_word(args, "index", &word, e));
	TRY(args_end(args, e));
	TRY(str_parse_u64(str_of(word), &index, e));
	TRY(log_size(&c, a, &size, e));
	if (index >= size)
		return err_set(e, ERR_NOT_FOUND, "the log has %llu entries",
			(unsigned long long)size);
	struct tile_id t = { .entries = true, .index = index / TILE_WIDTH };
	t.width = tile_width_at(0, t.index, size);
	tile_path(&t, path);
	TRY(client_get(&c, a, arena_printf(a, "/tlog/%s", path), &bytes, e));
	TRY(tile_bundle_split(bytes, t.width, entries, e));
	struct str entry = entries[index % TILE_WIDTH];
	if (as_json) {
		struct json *receipt, *v = json_new_object(a);
		TRY(json_parse(a, entry, &receipt, e));
		json_set_number(a, v, "index", (double)index);
		json_set(a, v, "receipt", receipt);
		json_set_str(a, v, "text", entry);
		return cli_print_json(v, e);
	}
	(void)printf(STR_FMT "\n", STR_ARG(entry));
	return ERR_OK;
}

static enum err_code proof_model(struct arena *a, struct str text, struct json *ret, struct err *e)
{
	struct tlog_proof p;
	TRY(tlog_proof_parse(a, text, &p, e));
	struct json *path = json_new_array(a);
	for (uint32_t i = 0; i < p.path.count; i++)
		json_push(a, path, json_new_str(a, base64_new(a, p.path.hashes[i].at,
			DIGEST_BYTES)));
	json_set_number(a, ret, "index", (double)p.index);
	json_set(a, ret, "path", path);
	json_set_str(a, ret, "checkpoint", p.checkpoint);
	return ERR_OK;
}

static enum err_code tlog_proof(struct args *args, struct arena *a, struct err *e)
{
	const char *word, *uuid;
	TRY(args_need_word(args, "statement id", &word, e));
	TRY(client_uuid(a, word, &uuid, e));
	return print_path(args, a, arena_printf(a, "/statements/%s/proof", uuid),
		proof_model, e);
}

static const struct subcommand subcommands[] = {
	{ "checkpoint", tlog_checkpoint },
	{ "policy", tlog_policy },
	{ "entry", tlog_entry },
	{ "proof", tlog_proof },
};

enum err_code tlog_command(struct args *args, struct arena *a, struct err *e)
{
	return args_run(args, a, subcommands,
		sizeof(subcommands) / sizeof(subcommands[0]), e);
}
