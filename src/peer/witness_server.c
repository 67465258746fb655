/* witness_server.c - see witness_server.h. */
#include "peer/witness_server.h"

#include <string.h>

#include "base/encode.h"
#include "base/scoped.h"

#define RACES_MAX 4 /* lost compare-and-sets before the client is told to come back */

static enum err_code read_state(struct store *s, struct arena *a, struct str origin,
	struct witness_state *ret, struct str *ret_note, struct err *e)
{
	SCOPED_SQL q = sql_use(s, SQL_WITNESS_GET);
	bool row;
	sql_bind_str(q, 1, origin);
	TRY(sql_step(q, &row, e));
	struct witness_state state = { .root = digest_sha256(STR("")) };
	struct str note = STR("");
	if (row) {
		struct str root = sql_str(q, 1);
		state.size = (uint64_t)sql_i64(q, 0);
		if (root.len != DIGEST_BYTES)
			return err_set(e, ERR_CORRUPT, "witness state of log \"" STR_FMT
				"\" has a malformed root", STR_ARG(origin));
		memcpy(state.root.at, root.at, DIGEST_BYTES);
		if (a)
			note = str_copy(a, sql_str(q, 2));
		if (!note.at)
			return err_set(e, ERR_TOO_LARGE, "no room for a checkpoint");
	}
	*ret = state;
	if (ret_note)
		*ret_note = note;
	return ERR_OK;
}

enum err_code witness_server_state(const struct witness_server *w, struct arena *a,
	struct str origin, struct witness_state *ret, struct str *ret_note, struct err *e)
{
	struct store *s;
	TRY(ledger_reader(w->ledger, &s, e));
	return read_state(s, a, origin, ret, ret_note, e);
}

struct change {
	struct str origin;
	const struct witness_state *from;
	const struct witness_state *to;
	struct str note;
	bool lost;                         /* somebody else was first; nothing was written */
};

static enum err_code compare_and_set(void *context, struct store *s, struct err *e)
{
	struct change *c = context;
	struct witness_state now = { 0 };
	TRY(read_state(s, NULL, c->origin, &now, NULL, e));
	c->lost = now.size != c->from->size || !digest_eq(&now.root, &c->from->root);
	if (c->lost)
		return ERR_OK;
	SCOPED_SQL q = sql_use(s, SQL_WITNESS_SET);
	sql_bind_str(q, 1, c->origin);
	sql_bind_i64(q, 2, (int64_t)c->to->size);
	sql_bind_blob(q, 3, c->to->root.at, DIGEST_BYTES);
	sql_bind_str(q, 4, c->note);
	return sql_run(q, e);
}

/* The checkpoint as this witness keeps and shows it: text, the log's line, our line. */
static enum err_code cosign(const struct witness_server *w, struct arena *a, const struct note *n,
	const struct note_key *log_key, int64_t now, struct str *ret_line, struct str *ret_note,
	struct err *e)
{
	SCOPED_BUF b = { 0 };
	buf_init(&b, LIMIT_NOTE_BYTES);
	buf_put_str(&b, n->text);
	buf_put_char(&b, '\n');
	for (uint32_t i = 0; i < n->line_count; i++) {
		if (!note_line_is_of(&n->lines[i], log_key))
			continue;
		buf_put_str(&b, n->lines[i].text);
		buf_put_char(&b, '\n');
	}
	size_t line_at = b.len;
	TRY(cosignature_sign(&b, n->text, (uint64_t)now, ledger_witness_key(w->ledger),
		&ledger_keys(w->ledger)->witness, e));
	TRY(buf_check(&b, "cosigned checkpoint", e));
	struct str note = str_copy(a, buf_str(&b));
	if (!note.at)
		return err_set(e, ERR_TOO_LARGE, "no room for a checkpoint");
	*ret_note = note;
	*ret_line = str_skip(note, line_at);
	return ERR_OK;
}

/* A signed checkpoint of the size we cosigned, with another root, is a fork for all to see. */
static void keep_fork(const struct note_key *log_key, struct arena *a,
	const struct witness_request *r, const struct witness_state *state, struct str ours,
	struct witness_answer *ret)
{
	struct note *n = ARENA_NEW(a, struct note);
	struct checkpoint c;
	if (!n || checkpoint_open(a, r->checkpoint, log_key, n, &c, NULL) != ERR_OK)
		return;
	if (c.size != state->size || digest_eq(&c.root, &state->root) || ours.len == 0)
		return;
	ret->fork_ours = ours;
	ret->fork_theirs = r->checkpoint;
}

/* One attempt. *ret_lost: the state changed meanwhile, try again. */
static enum err_code attempt(const struct witness_server *w, struct arena *a,
	const struct witness_request *r, size_t key, int64_t now, struct witness_answer *ret,
	bool *ret_lost, struct err *e)
{
	const struct note_key *log_key = w->keys[key];
	struct witness_state state = { 0 }, next = { 0 };
	struct str kept = { 0 };
	struct note *n = ARENA_NEW(a, struct note);
	struct checkpoint c;
	if (!n)
		return err_set(e, ERR_TOO_LARGE, "no room for a checkpoint");
	TRY(witness_server_state(w, a, log_key->name, &state, &kept, e));
	enum err_code code = witness_check(a, r, log_key, &state, &next, n, &c, e);
	if (code == ERR_OK || code == ERR_CORRECT_SIZE || code == ERR_UNPROVEN)
		ret->key = key;
	if (code == ERR_CORRECT_SIZE)
		ret->body = str_printf(a, "%llu\n", (unsigned long long)state.size);
	if (code == ERR_UNPROVEN)
		keep_fork(log_key, a, r, &state, kept, ret);
	if (code != ERR_OK)
		return code;
	struct str line = { 0 }, note = { 0 };
	TRY(cosign(w, a, n, log_key, now, &line, &note, e));
	struct change change = { .origin = log_key->name, .from = &state, .to = &next,
		.note = note };
	TRY(ledger_write(w->ledger, compare_and_set, &change, e));
	*ret_lost = change.lost;
	if (!change.lost)
		ret->body = line;
	return ERR_OK;
}

enum err_code witness_server_add(const struct witness_server *w, struct arena *a, struct str body,
	int64_t now, struct witness_answer *ret, struct err *e)
{
	*ret = (struct witness_answer){ .body = STR(""), .key = WITNESS_KEY_NONE };
	struct witness_request *r = ARENA_NEW(a, struct witness_request);
	if (!r)
		return err_set(e, ERR_TOO_LARGE, "no room for a witness request");
	TRY(witness_request_parse(a, body, r, e));
	size_t key = 0;
	while (key < w->key_count && !str_eq(w->keys[key]->name, r->origin))
		key++;
	if (key == w->key_count)
		return err_set(e, ERR_NOT_FOUND, "log \"%s\" is not witnessed here",
			str_quote(a, r->origin));
	if (w->is_trusted && !w->is_trusted(w->context, key))
		return err_set(e, ERR_DENIED, "log \"" STR_FMT
			"\" is no longer trusted: it signed two checkpoints that exclude each "
			"other", STR_ARG(r->origin));
	for (int i = 0; i < RACES_MAX; i++) {
		bool lost = false;
		TRY(attempt(w, a, r, key, now, ret, &lost, e));
		if (!lost)
			return ERR_OK;
	}
	return err_set(e, ERR_BUSY, "checkpoints of log \"" STR_FMT "\" come too fast",
		STR_ARG(r->origin));
}

enum err_code witness_server_checkpoint(const struct witness_server *w, struct arena *a,
	struct str hex, struct str *ret, struct err *e)
{
	for (size_t i = 0; i < w->key_count; i++) {
		struct digest d = digest_sha256(w->keys[i]->name);
		char text[2 * DIGEST_BYTES + 1];
		hex_encode(d.at, DIGEST_BYTES, text);
		if (!str_is(hex, text))
			continue;
		struct witness_state state;
		struct str note = { 0 };
		TRY(witness_server_state(w, a, w->keys[i]->name, &state, &note, e));
		if (note.len == 0)
			return err_set(e, ERR_NOT_FOUND, "no checkpoint of log \"" STR_FMT
				"\" was cosigned yet", STR_ARG(w->keys[i]->name));
		*ret = note;
		return ERR_OK;
	}
	return err_set(e, ERR_NOT_FOUND, "log of that hash is not witnessed here");
}
