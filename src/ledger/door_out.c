/* door_out.c - the door out: prepare in the caller's thread, then the writer's queue. */
#include <string.h>

#include "base/instant.h"
#include "ledger/ledger_inner.h"

#define JWS_BYTES_MAX (2 * LIMIT_STATEMENT_BYTES) /* base64url of a statement, header, signature */

/* What the writer will need, so that nothing can fail after the commit. */
static enum err_code make_room(struct publication *p, struct err *e)
{
	p->checkpoint_room = arena_alloc(p->arena, NOTE_ROOM);
	if (!p->checkpoint_room)
		return err_set(e, ERR_TOO_LARGE, "no memory for a statement of this size");
	return ERR_OK;
}

enum err_code ledger_prepare_unchecked(struct ledger *l, struct publication *p, struct str text,
	struct err *e)
{
	TRY(statement_parse(p->arena, text, &p->statement, e));
	p->jws = (struct str){ NULL, 0 };
	p->good_until = INT64_MAX;
	p->directory_version = directory_version(l->directory);
	return make_room(p, e);
}

/* I3: what stands in the log already is not judged again, whatever has changed since. */
static bool is_in_log(struct ledger *l, struct publication *p)
{
	struct ledger_found found;

	return ledger_find(l, p->arena, p->statement.id_key, &found, NULL) == ERR_OK &&
		found.own && digest_eq(&found.receipt.digest, &p->statement.digest);
}

enum err_code ledger_prepare(struct ledger *l, struct publication *p, struct str text,
	struct str jws, struct err *e)
{
	struct door d = { .at = writer_now(l), .authority = l->did, .index = UINT64_MAX };
	enum err_code code;

	if (text.len > LIMIT_STATEMENT_BYTES)
		return err_set(e, ERR_TOO_LARGE, "statement of %zu bytes: at most %d", text.len,
			LIMIT_STATEMENT_BYTES);
	if (jws.len > JWS_BYTES_MAX)
		return err_set(e, ERR_TOO_LARGE, "JWS of %zu bytes: at most %d", jws.len,
			JWS_BYTES_MAX);
	TRY(statement_parse(p->arena, text, &p->statement, e));
	p->jws = jws;
	p->directory_version = directory_version(l->directory); /* before the check reads it */
	code = door_check(l, p->arena, &d, &p->statement, jws, &p->good_until, e);
	if (code != ERR_OK && !is_in_log(l, p))
		return code;
	return make_room(p, e);
}

/* ---- waiting --------------------------------------------------------------------------------- */

struct waiter {
	pthread_mutex_t lock;
	pthread_cond_t done;
	bool is_done;
};

static void wake(struct publication *p)
{
	struct waiter *w = p->context;

	CHECK(pthread_mutex_lock(&w->lock) == 0);
	w->is_done = true;
	CHECK(pthread_cond_signal(&w->done) == 0);
	CHECK(pthread_mutex_unlock(&w->lock) == 0);
}

static enum err_code publish_and_wait(struct ledger *l, struct publication *p, struct err *e)
{
	struct waiter w = { .is_done = false };
	enum err_code code;

	CHECK(!pthread_equal(pthread_self(), l->writer_thread));
	CHECK(pthread_mutex_init(&w.lock, NULL) == 0);
	CHECK(pthread_cond_init(&w.done, NULL) == 0);
	p->done = wake;
	p->context = &w;
	code = ledger_publish(l, p, e);
	if (code == ERR_OK) {
		CHECK(pthread_mutex_lock(&w.lock) == 0);
		while (!w.is_done)
			CHECK(pthread_cond_wait(&w.done, &w.lock) == 0);
		CHECK(pthread_mutex_unlock(&w.lock) == 0);
		code = p->err.code;
		if (code != ERR_OK && e)
			*e = p->err;
	}
	(void)pthread_cond_destroy(&w.done); /* nobody waits on them */
	(void)pthread_mutex_destroy(&w.lock);
	return code;
}

enum err_code ledger_publish_beside(struct ledger *l, struct publication *p, struct str text,
	struct str jws, struct err *e)
{
	TRY(ledger_prepare(l, p, text, jws, e));
	return publish_and_wait(l, p, e);
}

enum err_code ledger_publish_wait(struct ledger *l, struct arena *a, struct str text,
	struct str jws, uint64_t *ret_index, struct str *ret_checkpoint, struct err *e)
{
	struct publication p = { .arena = a };

	TRY(ledger_publish_beside(l, &p, text, jws, e));
	if (ret_index)
		*ret_index = p.index;
	if (ret_checkpoint)
		*ret_checkpoint = p.checkpoint;
	return ERR_OK;
}

enum err_code ledger_issue(struct ledger *l, struct arena *a, struct json *doc,
	struct str *ret_text, uint64_t *ret_index, struct err *e)
{
	struct str method = str_printf(a, STR_FMT "#key-1", STR_ARG(l->did));
	struct str method_sm2 = str_printf(a, STR_FMT "#key-2", STR_ARG(l->did));
	int64_t now = instant_now();
	struct str text;

	if (!method.at || !method_sm2.at)
		return err_set(e, ERR_TOO_LARGE, "no memory for a statement");
	TRY(proof_add(a, doc, &l->keys.issuer, method, now, e));
	if (l->keys.issuer_sm2.pub.type == KEY_SM2)
		TRY(proof_add(a, doc, &l->keys.issuer_sm2, method_sm2, now, e));
	TRY(json_jcs(a, doc, &text, e));
	TRY(ledger_publish_wait(l, a, text, (struct str){ NULL, 0 }, ret_index, NULL, e));
	if (ret_text)
		*ret_text = text;
	return ERR_OK;
}
