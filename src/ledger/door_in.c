/* door_in.c - the door in: the body behind a mirrored receipt. */
#include <string.h>

#include "ledger/ledger_inner.h"

struct admission {
	struct ledger *l;
	struct str origin;
	int64_t mirror;
	uint64_t index;
	struct receipt receipt;
	struct statement statement;
	struct str jws;
};

/* Number of the mirror and, behind "/tlog", the DID of its authority. */
static enum err_code find_mirror(struct ledger *l, struct arena *a, struct str origin,
	int64_t *ret, struct str *ret_did, struct err *e)
{
	const struct mirror *m;
	int64_t id;

	state_read(l);
	m = mirror_find(l, origin);
	id = m ? m->id : 0;
	state_unlock(l);
	if (id == 0)
		return err_set(e, ERR_NOT_FOUND, "log \"" STR_FMT "\" is not mirrored here",
			STR_ARG(origin));
	if (!str_ends(origin, "/tlog"))
		return err_set(e, ERR_UNSUPPORTED, "log \"" STR_FMT "\" speaks for no authority",
			STR_ARG(origin));
	*ret_did = did_web_new(a, (struct str){ origin.at, origin.len - 5 });
	if (!ret_did->at)
		return err_set(e, ERR_TOO_LARGE, "no memory for a DID");
	*ret = id;
	return ERR_OK;
}

/* The mirrored receipt, and whether its body is here already. */
static enum err_code load_receipt(struct store *s, struct arena *a, struct admission *m,
	bool *ret_has_body, struct err *e)
{
	SCOPED_SQL q = sql_use(s, SQL_MIRROR_STATEMENT_AT);
	SCOPED_SQL body = sql_use(s, SQL_MIRROR_BODY_GET);
	bool row = false;

	sql_bind_i64(q, 1, row_place(m->mirror, m->index));
	TRY(sql_step(q, &row, e));
	if (!row)
		return err_set(e, ERR_NOT_FOUND, "log \"" STR_FMT
			"\" has no receipt at index %llu here",
			STR_ARG(m->origin), (unsigned long long)m->index);
	TRY(row_receipt(q, a, &m->receipt, e));
	sql_bind_i64(body, 1, row_place(m->mirror, m->index));
	return sql_step(body, ret_has_body, e);
}

static enum err_code check_receipt(const struct admission *m, struct err *e)
{
	const struct statement *s = &m->statement;
	const struct receipt *r = &m->receipt;

	if (!digest_eq(&s->digest, &r->digest))
		return err_set(e, ERR_DENIED, "body has another digest than its receipt");
	if (memcmp(s->id_key, r->id_key, sizeof(s->id_key)) != 0)
		return err_set(e, ERR_DENIED, "body has id \"" STR_FMT "\", its receipt \"" STR_FMT
			"\"",
			STR_ARG(s->id), STR_ARG(r->id));
	if (s->kind != r->kind)
		return err_set(e, ERR_DENIED, "body is of kind \"%s\", its receipt of kind \"%s\"",
			kind_row(s->kind)->name, kind_row(r->kind)->name);
	if (!str_eq(s->issuer, r->issuer))
		return err_set(e, ERR_DENIED, "body is by \"" STR_FMT "\", its receipt by \""
			STR_FMT
			"\"", STR_ARG(s->issuer), STR_ARG(r->issuer));
	if (r->disclosure == DISCLOSURE_CLOSED)
		return err_set(e, ERR_DENIED,
			"a closed statement stays with its issuer and holder");
	return ERR_OK;
}

static enum err_code admit_rows(void *context, struct store *s, struct err *e)
{
	struct admission *m = context;
	struct ledger *l = m->l;
	const struct ledger_event event = { .own = false, .origin = m->origin, .index = m->index,
		.receipt = &m->receipt, .statement = &m->statement, .now = m->receipt.time };

	{
		SCOPED_SQL q = sql_use(s, SQL_MIRROR_BODY_ADD);
		sql_bind_i64(q, 1, row_place(m->mirror, m->index));
		sql_bind_blob(q, 2, m->statement.canonical.at, m->statement.canonical.len);
		if (m->jws.len > 0)
			sql_bind_str(q, 3, m->jws);
		TRY(sql_run(q, e));
	}
	TRY(row_about(s, &m->statement, m->receipt.time, m->mirror, m->index, e));
	for (size_t i = 0; i < l->projection_count; i++)
		TRY(l->projections[i].apply(l->projections[i].context, s, &event, e));
	return ERR_OK;
}

static enum err_code admit(struct ledger *l, struct arena *a, struct admission *m, struct str text,
	struct err *e)
{
	struct door d = { .index = m->index };
	struct job job = { .run = admit_rows, .context = m };
	struct store *store;
	int64_t good_until;
	bool has_body = false;

	TRY(find_mirror(l, a, m->origin, &m->mirror, &d.authority, e));
	TRY(ledger_reader(l, &store, e));
	TRY(load_receipt(store, a, m, &has_body, e));
	TRY(statement_parse(a, text, &m->statement, e));
	TRY(check_receipt(m, e));
	if (has_body)
		return ERR_OK;
	d.at = m->receipt.time;
	d.mirror = m->mirror;
	TRY(door_check(l, a, &d, &m->statement, m->jws, &good_until, e));
	TRY(writer_do(l, &job, e));
	return door_changes_directory(l, &m->statement)
		? door_learn(l, a, &m->statement, m->receipt.time, e) : ERR_OK;
}

enum err_code ledger_admit(struct ledger *l, struct str origin, uint64_t index, struct str text,
	struct str jws, struct err *e)
{
	struct admission m = { .l = l, .origin = origin, .index = index, .jws = jws };
	enum err_code code;
	struct arena a;

	if (text.len > LIMIT_STATEMENT_BYTES || jws.len > 2 * LIMIT_STATEMENT_BYTES)
		return err_set(e, ERR_TOO_LARGE, "statement of %zu bytes: at most %d", text.len,
			LIMIT_STATEMENT_BYTES);
	arena_init(&a, 64 * LIMIT_STATEMENT_BYTES);
	/* One at a time: each is judged by what those before it told the directory. */
	CHECK(pthread_mutex_lock(&l->admit_lock) == 0);
	code = admit(l, &a, &m, text, e);
	CHECK(pthread_mutex_unlock(&l->admit_lock) == 0);
	if (code != ERR_OK)
		(void)err_in(e, "statement at index %llu of \"" STR_FMT "\"", (unsigned long
			long)index,
			STR_ARG(origin));
	arena_clear(&a);
	return code;
}
