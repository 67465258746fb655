/* witness_client.c - see witness_client.h. */
#include "peer/witness_client.h"

#include <string.h>

#include "base/limits.h"
#include "base/scoped.h"

#define ROUNDS_MAX 3               /* learn the size, offer, once more if it moved meanwhile */
#define REQUEST_BYTES_MAX (LIMIT_NOTE_BYTES + 8192)

/* What the witness holds of our log, as far as it can show a note signed by us. */
struct evidence {
	bool found;
	uint64_t size;
	struct digest root;
};

static struct evidence look_for_evidence(struct witness_client *c, struct arena *a)
{
	struct evidence none = { .found = false };
	struct note *n = ARENA_NEW(a, struct note);
	struct checkpoint found;
	struct str note;
	if (!n || c->link.kept(c->link.context, a, &note, NULL) != ERR_OK)
		return none;
	if (checkpoint_open(a, note, c->own.key, n, &found, NULL) != ERR_OK)
		return none;
	if (!str_eq(found.origin, c->own.key->name))
		return none;
	return (struct evidence){ .found = true, .size = found.size, .root = found.root };
}

/* ---- answers --------------------------------------------------------------------------------- */

struct refusal {
	int status;
	enum err_code code;
	const char *text;
};
static const struct refusal refusals[] = {
	{ 400, ERR_INVALID, "says that our request is malformed" },
	{ 403, ERR_DENIED, "does not trust our log's key" },
	{ 404, ERR_NOT_FOUND, "does not witness our log" },
	{ 429, ERR_BUSY, "asks us to come later" },
};

static enum err_code refused(const struct witness_client *c, const struct witness_reply *r,
	struct err *e)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		if (refusals[i].status == r->status)
			return err_set(e, refusals[i].code, "witness \"" STR_FMT "\" %s (%d)",
				STR_ARG(c->key.name), refusals[i].text, r->status);
	}
	return err_set(e, r->status >= 500 ? ERR_BUSY : ERR_UNSUPPORTED, "witness \"" STR_FMT
		"\" answered %d", STR_ARG(c->key.name), r->status);
}

/* Body of a 409: the size, newline. */
static enum err_code read_size(const struct witness_client *c, const struct witness_reply *r,
	uint64_t *ret, struct err *e)
{
	struct str text = r->body;
	if (!str_is(r->content_type, "text/x.tlog.size") || !str_ends(text, "\n"))
		return err_set(e, ERR_INVALID, "witness \"" STR_FMT
			"\" answered 409 without a size", STR_ARG(c->key.name));
	text.len--;
	if (str_parse_u64(text, ret, e) != ERR_OK)
		return err_in(e, "size told by witness \"" STR_FMT "\"", STR_ARG(c->key.name));
	return ERR_OK;
}

/* Lines of a 200 under the text we sent; only the pinned key's counts. */
static enum err_code read_lines(struct witness_client *c, struct arena *a, struct str text,
	struct str lines, int64_t now, struct witness_result *ret, struct err *e)
{
	struct note *n = ARENA_NEW(a, struct note);
	struct str whole = str_printf(a, STR_FMT "\n" STR_FMT, STR_ARG(text), STR_ARG(lines));
	uint64_t time = 0;
	if (!n || !whole.at)
		return err_set(e, ERR_TOO_LARGE, "no room for a cosignature");
	if (note_parse(a, whole, n, e) != ERR_OK)
		return err_in(e, "answer of witness \"" STR_FMT "\"", STR_ARG(c->key.name));
	if (!str_eq(n->text, text))
		return err_set(e, ERR_INVALID, "witness \"" STR_FMT "\" answered more than lines",
			STR_ARG(c->key.name));
	if (cosignature_verify(n, &c->key, &time, e) != ERR_OK)
		return err_in(e, "answer of witness \"" STR_FMT "\"", STR_ARG(c->key.name));
	if (time == 0)
		return err_set(e, ERR_DENIED, "witness \"" STR_FMT
			"\" answered without a cosignature by its key", STR_ARG(c->key.name));
	int64_t away = (int64_t)time - now;
	if (away > LIMIT_FUTURE_SKEW_S || away < -LIMIT_FUTURE_SKEW_S)
		return err_set(e, ERR_DENIED, "cosignature of witness \"" STR_FMT
			"\" is dated %lld seconds from now", STR_ARG(c->key.name), (long long)away);
	SCOPED_BUF own_lines = { 0 };
	buf_init(&own_lines, LIMIT_NOTE_BYTES);
	for (uint32_t i = 0; i < n->line_count; i++) {
		if (!note_line_is_of(&n->lines[i], &c->key))
			continue;
		buf_put_str(&own_lines, n->lines[i].text);
		buf_put_char(&own_lines, '\n');
	}
	struct str line = str_copy(a, buf_str(&own_lines));
	if (own_lines.overflow || !line.at)
		return err_set(e, ERR_TOO_LARGE, "no room for a cosignature");
	ret->outcome = WITNESS_COSIGNED;
	ret->time = time;
	ret->line = line;
	return ERR_OK;
}

/* A witness that has more than we: *ret, with what it can show. */
static enum err_code ahead(struct witness_client *c, struct arena *a, uint64_t size,
	struct witness_result *ret, struct err *e)
{
	uint64_t own_size = 0;
	struct str note;
	enum err_code code = c->own.checkpoint(c->own.context, a, &note, &own_size, e);
	if (code != ERR_OK && code != ERR_NOT_FOUND)
		return code;
	if (size <= own_size) /* our log grew while we asked */
		return err_set(e, ERR_BUSY, "own log moved while witness \"" STR_FMT "\" was asked",
			STR_ARG(c->key.name));
	struct evidence found = look_for_evidence(c, a);
	*ret = (struct witness_result){ .outcome = WITNESS_AHEAD, .size = size,
		.proven = found.found && found.size > own_size };
	return ERR_OK;
}

/* 422 to a proof of ours: either our log is not what it was, or the witness is wrong. */
static enum err_code unproven(struct witness_client *c, struct arena *a, uint64_t old_size,
	struct witness_result *ret, struct err *e)
{
	struct evidence found = look_for_evidence(c, a);
	uint64_t own_size = 0;
	struct str note;
	TRY(c->own.checkpoint(c->own.context, a, &note, &own_size, e));
	if (found.found && found.size > own_size)
		return ahead(c, a, found.size, ret, e);
	if (found.found) {
		struct digest root = { 0 };
		TRY(c->own.root(c->own.context, found.size, &root, e));
		if (!digest_eq(&root, &found.root)) {
			*ret = (struct witness_result){ .outcome = WITNESS_FORKED,
				.size = found.size, .proven = true };
			return ERR_OK;
		}
	}
	return err_set(e, ERR_UNPROVEN, "witness \"" STR_FMT
		"\" refuses a proof from size %llu that holds", STR_ARG(c->key.name),
		(unsigned long long)old_size);
}

/* ---- the dialogue ---------------------------------------------------------------------------- */

struct offer {
	struct str note;
	struct str text;
	uint64_t size;
	uint64_t old_size;
	struct str body;
};

static enum err_code make_offer(struct witness_client *c, struct arena *a, uint64_t old_size,
	struct offer *ret, struct err *e)
{
	struct witness_request *r = ARENA_NEW(a, struct witness_request);
	struct note *n = ARENA_NEW(a, struct note);
	struct offer o = { 0 };
	if (!r || !n)
		return err_set(e, ERR_TOO_LARGE, "no room for a witness request");
	TRY(c->own.checkpoint(c->own.context, a, &o.note, &o.size, e));
	TRY(note_parse(a, o.note, n, e));
	o.text = n->text;
	o.old_size = old_size < o.size ? old_size : o.size;
	if (o.old_size > 0 && o.old_size < o.size)
		TRY(c->own.prove(c->own.context, o.old_size, o.size, &r->proof, e));
	r->old_size = o.old_size;
	r->checkpoint = o.note;
	SCOPED_BUF b = { 0 };
	buf_init(&b, REQUEST_BYTES_MAX);
	TRY(witness_request_put(&b, r, e));
	o.body = str_copy(a, buf_str(&b));
	if (!o.body.at)
		return err_set(e, ERR_TOO_LARGE, "no room for a witness request");
	*ret = o;
	return ERR_OK;
}

/* One request and its answer. *ret_again: the size was learnt, offer anew. */
static enum err_code offer_once(struct witness_client *c, struct arena *a, uint64_t old_size,
	int64_t now, bool *ret_again, struct witness_result *ret, struct err *e)
{
	struct offer o = { 0 };
	struct witness_reply reply = { 0 };
	uint64_t size = 0;
	TRY(make_offer(c, a, old_size, &o, e));
	TRY(c->link.post(c->link.context, a, o.body, &reply, e));
	*ret_again = false;
	switch (reply.status) {
	case 200:
		*ret = (struct witness_result){ .size = o.size };
		TRY(read_lines(c, a, o.text, reply.body, now, ret, e));
		c->knows = true;
		c->size = o.size;
		return ERR_OK;
	case 409:
		TRY(read_size(c, &reply, &size, e));
		if (size == o.old_size)
			return err_set(e, ERR_INVALID, "witness \"" STR_FMT
				"\" asks for size %llu, which was offered", STR_ARG(c->key.name),
				(unsigned long long)size);
		if (size > o.size)
			return ahead(c, a, size, ret, e);
		c->knows = true;
		c->size = size;
		*ret_again = true;
		return ERR_OK;
	case 422:
		c->knows = false;
		return unproven(c, a, o.old_size, ret, e);
	default:
		c->knows = false;
		return refused(c, &reply, e);
	}
}

enum err_code witness_client_submit(struct witness_client *c, struct arena *a, int64_t now,
	struct witness_result *ret, struct err *e)
{
	for (int i = 0; i < ROUNDS_MAX; i++) {
		bool again = false;
		TRY(offer_once(c, a, c->knows ? c->size : 0, now, &again, ret, e));
		if (!again)
			return ERR_OK;
	}
	return err_set(e, ERR_INVALID, "witness \"" STR_FMT "\" names another size each time",
		STR_ARG(c->key.name));
}

/* Before the first own checkpoint there is nothing to offer: look at what the witness shows. */
static enum err_code ask_without_checkpoint(struct witness_client *c, struct arena *a,
	struct witness_result *ret, struct err *e)
{
	struct note *n = ARENA_NEW(a, struct note);
	struct checkpoint found = { 0 };
	struct str note = { 0 };
	if (!n)
		return err_set(e, ERR_TOO_LARGE, "no room for a checkpoint");
	enum err_code code = c->link.kept(c->link.context, a, &note, e);
	*ret = (struct witness_result){ .outcome = WITNESS_NOTHING };
	if (code == ERR_NOT_FOUND)
		return ERR_OK;
	if (code != ERR_OK)
		return code;
	TRY(checkpoint_open(a, note, c->own.key, n, &found, e));
	if (found.size > 0)
		*ret = (struct witness_result){ .outcome = WITNESS_AHEAD, .size = found.size,
			.proven = true };
	return ERR_OK;
}

enum err_code witness_client_ask(struct witness_client *c, struct arena *a, int64_t now,
	struct witness_result *ret, struct err *e)
{
	struct str note;
	uint64_t size = 0;
	bool again = false;
	enum err_code code = c->own.checkpoint(c->own.context, a, &note, &size, e);
	if (code == ERR_NOT_FOUND)
		return ask_without_checkpoint(c, a, ret, e);
	if (code != ERR_OK)
		return code;
	TRY(offer_once(c, a, 0, now, &again, ret, e));
	if (again)
		*ret = (struct witness_result){ .outcome = WITNESS_NOTHING, .size = c->size };
	return ERR_OK;
}
