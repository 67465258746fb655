/* tlog_cmd.c - `huren tlog`: checkpoint, trust policy, entries and proofs of a running node. */
#include <string.h>

#include "cli/client.h"
#include "tlog/tile.h"

static enum err_code print_path(struct args *args, struct arena *a, const char *path, struct err *e)
{
	struct client c;
	struct str text;
	TRY(client_open(args, a, &c, e));
	const char *out = args_value(args, "--out");
	TRY(args_end(args, e));
	TRY(client_get(&c, a, path, &text, e));
	return cli_write(out, text, 0644, e);
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
	(void)printf(STR_FMT "\n", STR_ARG(entries[index % TILE_WIDTH]));
	return ERR_OK;
}

static enum err_code tlog_proof(struct args *args, struct arena *a, struct err *e)
{
	const char *word, *uuid;
	TRY(args_need_word(args, "statement id", &word, e));
	TRY(client_uuid(a, word, &uuid, e));
	return print_path(args, a, arena_printf(a, "/statements/%s/proof", uuid), e);
}

enum err_code tlog_command(struct args *args, struct arena *a, struct err *e)
{
	const char *what;
	TRY(args_need_word(args, "checkpoint, policy, entry or proof", &what, e));
	if (strcmp(what, "checkpoint") == 0)
		return print_path(args, a, "/tlog/checkpoint", e);
	if (strcmp(what, "policy") == 0)
		return print_path(args, a, "/trust.policy", e);
	if (strcmp(what, "entry") == 0)
		return tlog_entry(args, a, e);
	if (strcmp(what, "proof") == 0)
		return tlog_proof(args, a, e);
	return err_set(e, ERR_INVALID, "\"tlog %s\" is none of checkpoint, policy, entry, proof",
		what);
}
