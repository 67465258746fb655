/* rows.c - statements as rows, and back. */
#include <string.h>

#include "ledger/ledger_inner.h"

/* Copies the `len` bytes a column must have. */
static enum err_code column_bytes(struct sql *q, int column, uint8_t *ret, size_t len,
	struct err *e)
{
	struct str value = sql_str(q, column);

	if (value.len != len)
		return err_set(e, ERR_CORRUPT, "statement row has %zu bytes where %zu belong",
			value.len, len);
	memcpy(ret, value.at, len);
	return ERR_OK;
}

enum err_code row_receipt(struct sql *q, struct arena *a, struct receipt *ret, struct err *e)
{
	int64_t kind = sql_i64(q, 3), disclosure = sql_i64(q, 4);
	struct receipt r = { 0 };

	TRY(column_bytes(q, 1, r.id_key, sizeof(r.id_key), e));
	TRY(column_bytes(q, 2, r.digest.at, DIGEST_BYTES, e));
	if (kind < 0 || kind >= KIND_COUNT || disclosure < 0 || disclosure >= DISCLOSURE_COUNT)
		return err_set(e, ERR_CORRUPT, "statement row has kind %lld, disclosure %lld",
			(long long)kind, (long long)disclosure);
	r.kind = (enum kind)kind;
	r.disclosure = (enum disclosure)disclosure;
	r.time = sql_i64(q, 6);
	r.issuer = str_copy(a, sql_str(q, 5));
	r.id = statement_id_text(a, r.id_key);
	if (!r.issuer.at || !r.id.at)
		return err_set(e, ERR_TOO_LARGE, "no memory for a receipt");
	*ret = r;
	return ERR_OK;
}

static size_t issuer_slot(struct str did)
{
	uint32_t h = 2166136261u; /* FNV-1a: a clash costs one more query, nothing else */

	for (size_t i = 0; i < did.len; i++)
		h = (h ^ (uint8_t)did.at[i]) * 16777619u;
	return h % ISSUER_SLOTS;
}

enum err_code row_issuer(struct ledger *l, struct store *s, struct str did, int64_t *ret,
	struct err *e)
{
	size_t slot = issuer_slot(did);
	bool row = false;

	if (did.len < sizeof(l->issuers[slot].did) && str_is(did, l->issuers[slot].did)) {
		*ret = l->issuers[slot].id;
		return ERR_OK;
	}
	SCOPED_SQL find = sql_use(s, SQL_ISSUER_FIND);
	sql_bind_str(find, 1, did);
	TRY(sql_step(find, &row, e));
	if (row) {
		*ret = sql_i64(find, 0);
	} else {
		SCOPED_SQL add = sql_use(s, SQL_ISSUER_ADD);
		sql_bind_str(add, 1, did);
		TRY(sql_step(add, &row, e));
		CHECK(row);
		*ret = sql_i64(add, 0);
	}
	if (did.len < sizeof(l->issuers[slot].did)) {
		memcpy(l->issuers[slot].did, did.at, did.len);
		l->issuers[slot].did[did.len] = '\0';
		l->issuers[slot].id = *ret;
	}
	return ERR_OK;
}

void row_issuer_forget(struct ledger *l)
{
	for (size_t i = 0; i < ISSUER_SLOTS; i++)
		l->issuers[i].did[0] = '\0';
}

static enum err_code add_about(struct store *s, enum kind kind, struct str subject, int64_t time,
	int64_t mirror, uint64_t index, struct err *e)
{
	SCOPED_SQL q = sql_use(s, SQL_ABOUT_ADD);

	sql_bind_i64(q, 1, (int64_t)kind);
	sql_bind_str(q, 2, subject);
	sql_bind_i64(q, 3, time);
	sql_bind_i64(q, 4, mirror);
	sql_bind_i64(q, 5, (int64_t)index);
	return sql_run(q, e);
}

enum err_code row_about(struct store *s, const struct statement *st, int64_t time,
	int64_t mirror, uint64_t index, struct err *e)
{
	const struct json *parties = json_get(st->subject, "parties");
	struct str subject = json_get_str(st->subject, "id");

	switch (st->kind) {
	case KIND_DID_DOCUMENT:
	case KIND_ACCREDITATION:
	case KIND_STATUS:
	case KIND_STATUS_LIST:
		return add_about(s, st->kind, subject, time, mirror, index, e);
	case KIND_AGREEMENT:
		for (size_t i = 0; i < json_count(parties); i++)
			TRY(add_about(s, st->kind, json_get_str(json_at(parties, i), "id"), time,
				mirror, index, e));
		return ERR_OK;
	case KIND_REPORT:
	case KIND_DECISION:
	case KIND_RECOMPUTATION:
	case KIND_LISTING:
	case KIND_ALLIANCE:
	case KIND_COUNT:
		break;
	}
	return ERR_OK;
}

enum err_code row_body(struct store *s, struct arena *a, int64_t mirror, uint64_t index,
	struct str *ret, struct str *ret_jws, struct err *e)
{
	SCOPED_SQL q = sql_use(s, mirror == 0 ? SQL_BODY_GET : SQL_MIRROR_BODY_GET);
	bool row = false;

	sql_bind_i64(q, 1, row_place(mirror, index));
	TRY(sql_step(q, &row, e));
	*ret = *ret_jws = (struct str){ NULL, 0 };
	if (!row)
		return ERR_OK;
	*ret = str_copy(a, sql_str(q, 0));
	if (!sql_is_null(q, 1))
		*ret_jws = str_copy(a, sql_str(q, 1));
	if (!ret->at || (!ret_jws->at && !sql_is_null(q, 1)))
		return err_set(e, ERR_TOO_LARGE, "no memory for a body");
	return ERR_OK;
}
