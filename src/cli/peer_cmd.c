/* peer_cmd.c - `huren peer`: pins another node's keys in node.json; lists what is known of peers.
 */
#include <string.h>

#include "base/io.h"
#include "base/limits.h"
#include "base/scoped.h"
#include "cli/client.h"
#include "tlog/note.h"

/* What node.json keeps of a peer's card. */
static struct json *pinned(struct arena *a, const struct json *card, const char *url)
{
	static const char *const members[] = { "domain", "did", "colour", "tlog_vkey",
		"witness_vkey" };
	struct json *v = json_new_object(a);
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		json_set_str(a, v, members[i], json_get_str(card, members[i]));
	json_set(a, v, "name", json_copy(a, json_get(card, "name")));
	json_set_text(a, v, "url", url);
	return v;
}

static enum err_code check_card(struct arena *a, const struct json *card, struct err *e)
{
	struct note_key key;
	struct str origin;
	TRY(note_vkey_parse(a, json_get_str(card, "tlog_vkey"), &key, e));
	origin = str_printf(a, STR_FMT "/tlog", STR_ARG(json_get_str(card, "domain")));
	if (!str_eq(key.name, origin))
		return err_set(e, ERR_INVALID, "the peer's log key is named \"" STR_FMT "\", not "
			"\"" STR_FMT
			"\"", STR_ARG(key.name), STR_ARG(origin));
	return note_vkey_parse(a, json_get_str(card, "witness_vkey"), &key, e);
}

/* The list with this peer added, or replaced when its keys are still the same. */
static enum err_code merge(struct arena *a, const struct json *old, struct json *peer,
	struct json **ret, struct err *e)
{
	struct json *peers = json_new_array(a);
	struct str domain = json_get_str(peer, "domain");
	for (size_t i = 0; i < json_count(old); i++) {
		const struct json *known = json_at(old, i);
		if (!str_eq(json_get_str(known, "domain"), domain)) {
			json_push(a, peers, json_copy(a, known));
			continue;
		}
		if (!str_eq(json_get_str(known, "tlog_vkey"), json_get_str(peer, "tlog_vkey"))) {
			(void)err_set(e, ERR_CONFLICT, "peer \"" STR_FMT "\" is pinned with "
				"another log key",
				STR_ARG(domain));
			return err_hint(e, "Ask its operator by another way; to trust the new key, "
				"take the peer "
				"out of node.json first.");
		}
	}
	json_push(a, peers, peer);
	*ret = peers;
	return ERR_OK;
}

static enum err_code peer_add(struct args *args, struct arena *a, struct err *e)
{
	const char *dir, *url;
	struct str text;
	struct json *config, *card;
	struct json *peers = NULL;
	TRY(args_need(args, "--dir", &dir, e));
	TRY(args_need_word(args, "address of the peer", &url, e));
	TRY(args_end(args, e));
	const char *path = arena_printf(a, "%s/node.json", dir);
	TRY(path ? io_read_file(a, path, (size_t)1 << 20, &text, e)
		: err_set(e, ERR_TOO_LARGE, "path too long"));
	TRY(json_parse(a, text, &config, e));
	struct client c = { .url = str_of(url), .token = STR("") };
	TRY(client_get_json(&c, a, "/peer.json", &card, e));
	TRY(check_card(a, card, e));
	TRY(merge(a, json_get(config, "peers"), pinned(a, card, url), &peers, e));
	json_set(a, config, "peers", peers);
	SCOPED_BUF b;
	buf_init(&b, (size_t)1 << 20);
	TRY(json_put_pretty(&b, config, e));
	buf_put_char(&b, '\n');
	TRY(buf_check(&b, "configuration", e));
	TRY(io_write_durable(path, buf_str(&b), 0644, e));
	(void)printf("peer " STR_FMT "\n  log      " STR_FMT "\n  witness  " STR_FMT "\n"
		"Compare these with its operator by another way. Restart this node to use it.\n",
		STR_ARG(json_get_str(card, "domain")), STR_ARG(json_get_str(card, "tlog_vkey")),
		STR_ARG(json_get_str(card, "witness_vkey")));
	return ERR_OK;
}

static enum err_code peer_list(struct args *args, struct arena *a, struct err *e)
{
	struct client c;
	struct json *v;
	TRY(client_open(args, a, &c, e));
	bool as_json = args_flag(args, "--json");
	TRY(args_end(args, e));
	TRY(client_get_json(&c, a, "/peers.json", &v, e));
	if (as_json)
		return cli_print_json(v, e);
	const struct json *rows = json_get(v, "rows");
	for (size_t i = 0; i < json_count(rows); i++) {
		const struct json *row = json_at(rows, i);
		struct str as_of = json_get_str(row, "as_of");
		struct str problem = json_get_str(row, "problem");
		(void)printf(STR_FMT "  " STR_FMT "  %.0f entries mirrored, as of "
			"" STR_FMT "%s" STR_FMT "\n",
			STR_ARG(json_get_str(row, "domain")), STR_ARG(json_get_str(row, "state")),
			json_number_or(json_get(row, "size"), 0), STR_ARG(as_of.at ? as_of
				: STR("never")),
			problem.len > 0 ? ": " : "", STR_ARG(problem));
	}
	return ERR_OK;
}

static enum err_code peer_trust(struct args *args, struct arena *a, struct err *e)
{
	struct client c;
	struct json *answer;
	const char *reason, *domain, *path;
	TRY(client_open(args, a, &c, e));
	TRY(args_need(args, "--because", &reason, e));
	TRY(args_need_word(args, "domain of the peer", &domain, e));
	TRY(args_end(args, e));
	if (strchr(domain, '/') || strchr(domain, '?'))
		return err_set(e, ERR_INVALID, "\"%s\" is no domain", domain);
	path = arena_printf(a, "/api/v1/peers/%s/trust", domain);
	if (!path)
		return err_set(e, ERR_TOO_LARGE, "domain of the peer is too long");
	TRY(client_post_json(&c, a, path, json_set_text(a, json_new_object(a), "reason", reason),
		&answer, e));
	(void)printf("peer %s is trusted again; both checkpoints of the fork are kept\n", domain);
	return ERR_OK;
}

static const struct subcommand subcommands[] = {
	{ "add", peer_add },
	{ "trust", peer_trust },
	{ "list", peer_list },
};

enum err_code peer_command(struct args *args, struct arena *a, struct err *e)
{
	return args_run(args, a, subcommands,
		sizeof(subcommands) / sizeof(subcommands[0]), e);
}
