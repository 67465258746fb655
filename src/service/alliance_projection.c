/* alliance_projection.c - statements of the alliance as rows, and reading these. */
#include <string.h>

#include "base/instant.h"
#include "base/scoped.h"
#include "service/alliance_inner.h"
#include "service/notice.h"

#define RECORD_ARENA_BYTES ((size_t)8 << 20)

/* ---- projection ------------------------------------------------------------------------------ */

/* The status statement may have come first. */
static enum err_code withdrawn_at(struct store *store, const uint8_t id_key[16], int64_t until,
	int64_t *ret, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_STATUS_BY_ID);
	bool row;

	sql_bind_blob(q, 1, id_key, 16);
	TRY(sql_step(q, &row, e));
	*ret = row && str_is(sql_str(q, 0), "withdrawn") ? sql_i64(q, 3) : 0;
	if (until > 0 && *ret >= until)
		*ret = 0; /* a vote that was over is not undone */
	return ERR_OK;
}

static enum err_code put_row(struct store *store, struct arena *a,
	const struct ledger_event *event, const struct alliance_record *r, struct err *e)
{
	int64_t until = r->kind == RECORD_MOTION ? r->motion.closes : 0, ended;
	uint8_t about[16];
	struct str body;

	TRY(withdrawn_at(store, event->receipt->id_key, until, &ended, e));
	if (r->about.len > 0)
		TRY(statement_id_parse(r->about, about, e));
	TRY(json_jcs(a, event->statement->subject, &body, e));
	SCOPED_SQL q = sql_use(store, SQL_ALLIANCE_RECORD_PUT);
	sql_bind_blob(q, 1, event->receipt->id_key, 16);
	sql_bind_str(q, 2, event->own ? STR("") : event->origin);
	sql_bind_i64(q, 3, (int64_t)event->index);
	sql_bind_str(q, 4, event->statement->issuer);
	sql_bind_str(q, 5, str_of(record_kind_name(r->kind)));
	sql_bind_str(q, 6, r->by.code.at ? r->by.code : STR(""));
	sql_bind_str(q, 7, r->by.name.at ? r->by.name : STR(""));
	sql_bind_str(q, 8, r->by.kind.at ? r->by.kind : STR(""));
	sql_bind_blob(q, 9, about, r->about.len > 0 ? sizeof(about) : 0);
	sql_bind_str(q, 10, r->title);
	sql_bind_i64(q, 11, event->receipt->time);
	sql_bind_i64(q, 12, until);
	sql_bind_i64(q, 13, ended);
	sql_bind_blob(q, 14, event->receipt->digest.at, DIGEST_BYTES);
	sql_bind_str(q, 15, body);
	return sql_run(q, e);
}

/* All members of this node are told of a vote that is open. */
static enum err_code tell_members(struct store *store, struct arena *a,
	const struct ledger_event *event, const struct alliance_record *r, struct err *e)
{
	struct notice notice = { .word = "alliance-motion", .name = r->title,
		.to = CAPABILITY_ALLIANCE, .path = str_printf(a, "/alliance/votes/" STR_FMT,
			STR_ARG(str_skip(statement_id_text(a, event->receipt->id_key), 9))) };
	int64_t members[LIMIT_ALLIANCE_MEMBERS];
	size_t count = 0;
	bool row = true;

	{
		SCOPED_SQL q = sql_use(store, SQL_ALLIANCE_OWN_MEMBERS);
		sql_bind_i64(q, 1, LIMIT_ALLIANCE_MEMBERS);
		for (; count < LIMIT_ALLIANCE_MEMBERS; count++) {
			TRY(sql_step(q, &row, e));
			if (!row)
				break;
			members[count] = sql_i64(q, 0);
		}
	}
	for (size_t i = 0; i < count; i++) {
		notice.organisation = members[i];
		TRY(notice_put(store, event->now, &notice, e));
	}
	return ERR_OK;
}

static enum err_code drop_issue(struct store *store, const uint8_t id_key[16], struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_ALLIANCE_ISSUE_DROP);

	sql_bind_blob(q, 1, id_key, 16);
	return sql_run(q, e);
}

static enum err_code project_record(struct store *store, const struct ledger_event *event,
	struct err *e)
{
	SCOPED_ARENA a = { 0 };
	struct alliance_record r;

	arena_init(&a, RECORD_ARENA_BYTES);
	TRY(alliance_record_parse(&a, event->statement->subject, &r, e));
	TRY(put_row(store, &a, event, &r, e));
	return r.kind == RECORD_MOTION && r.motion.closes > event->now
		? tell_members(store, &a, event, &r, e) : ERR_OK;
}

static enum err_code project_end(struct store *store, const struct ledger_event *event,
	struct err *e)
{
	const struct json *subject = event->statement->subject;
	uint8_t id_key[16];

	if (!str_is(json_get_str(subject, "status"), "withdrawn"))
		return ERR_OK;
	TRY(statement_id_parse(json_get_str(subject, "id"), id_key, e));
	SCOPED_SQL q = sql_use(store, SQL_ALLIANCE_RECORD_END);
	sql_bind_blob(q, 1, id_key, 16);
	sql_bind_str(q, 2, event->own ? STR("") : event->origin);
	sql_bind_i64(q, 3, event->receipt->time);
	return sql_run(q, e);
}

enum err_code alliance_project(void *context, struct store *store,
	const struct ledger_event *event, struct err *e)
{
	enum kind kind = event->receipt->kind;

	(void)context;
	if (kind != KIND_ALLIANCE && kind != KIND_STATUS)
		return ERR_OK;
	if (event->own)
		TRY(drop_issue(store, event->receipt->id_key, e));
	return kind == KIND_ALLIANCE ? project_record(store, event, e)
		: project_end(store, event, e);
}

/* ---- reading --------------------------------------------------------------------------------- */

void alliance_row_read(struct arena *a, struct sql *q, struct alliance_row *ret)
{
	struct str about = sql_str(q, 9);

	*ret = (struct alliance_row){ .seq = sql_i64(q, 0), .origin = str_copy(a, sql_str(q, 2)),
		.issuer = str_copy(a, sql_str(q, 4)), .record = str_copy(a, sql_str(q, 5)),
		.code = str_copy(a, sql_str(q, 6)), .name = str_copy(a, sql_str(q, 7)),
		.kind = str_copy(a, sql_str(q, 8)), .has_about = about.len == 16,
		.title = str_copy(a, sql_str(q, 10)), .time = sql_i64(q, 11),
		.until = sql_i64(q, 12), .ended = sql_i64(q, 13),
		.body = str_copy(a, sql_str(q, 15)), .counted = sql_i64(q, 16) };
	if (ret->has_about)
		memcpy(ret->about, about.at, 16);
	if (sql_str(q, 1).len == 16)
		memcpy(ret->id_key, sql_str(q, 1).at, 16);
	if (sql_str(q, 14).len == DIGEST_BYTES)
		memcpy(ret->digest.at, sql_str(q, 14).at, DIGEST_BYTES);
}

enum err_code alliance_find(struct store *store, struct arena *a, const uint8_t id_key[16],
	enum record_kind kind, struct alliance_row *ret, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_ALLIANCE_RECORD_ONE);
	bool row;

	sql_bind_blob(q, 1, id_key, 16);
	sql_bind_str(q, 2, str_of(record_kind_name(kind)));
	TRY(sql_step(q, &row, e));
	if (!row)
		return err_set(e, ERR_NOT_FOUND, "there is no such %s here",
			record_kind_name(kind));
	alliance_row_read(a, q, ret);
	return ERR_OK;
}

enum err_code alliance_row_record(struct arena *a, const struct alliance_row *row,
	struct alliance_record *ret, struct err *e)
{
	struct err why = { 0 };
	struct json *subject;

	if (json_parse(a, row->body, &subject, &why) == ERR_OK &&
		alliance_record_parse(a, subject, ret, &why) == ERR_OK)
		return ERR_OK;
	return err_set(e, why.code == ERR_TOO_LARGE ? ERR_TOO_LARGE : ERR_CORRUPT,
		"row %lld of alliance_record: %s", (long long)row->seq, why.message);
}

enum err_code alliance_membership(struct store *store, struct arena *a, struct str code,
	bool *ret_found, struct alliance_row *ret, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_ALLIANCE_OF_CODE);

	sql_bind_str(q, 1, STR("membership"));
	sql_bind_str(q, 2, code);
	sql_bind_str(q, 3, STR(""));
	TRY(sql_step(q, ret_found, e));
	if (*ret_found)
		alliance_row_read(a, q, ret);
	return ERR_OK;
}

/* Rows of a statement that is bound and sorted by code: the first of each, at most `most`. */
static enum err_code read_rows(struct sql *q, struct arena *a, size_t most,
	struct alliance_row **ret, size_t *ret_count, struct err *e)
{
	struct alliance_row *rows = ARENA_ARRAY(a, struct alliance_row, most);
	size_t count = 0;
	bool row;

	if (!rows)
		return err_set(e, ERR_TOO_LARGE, "members need too much memory");
	while (count < most) {
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		if (count == 0 || !str_eq(rows[count - 1].code, sql_str(q, 6)))
			alliance_row_read(a, q, &rows[count++]);
	}
	*ret = rows;
	*ret_count = count;
	return ERR_OK;
}

enum err_code alliance_members_after(struct store *store, struct arena *a, struct str after,
	size_t most, struct alliance_row **ret, size_t *ret_count, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_ALLIANCE_MEMBERS);

	sql_bind_str(q, 1, after.at ? after : STR(""));
	sql_bind_i64(q, 2, (int64_t)most * LIMIT_ALLIANCE_NODES); /* one may stand at each node */
	return read_rows(q, a, most, ret, ret_count, e);
}

enum err_code alliance_members(struct store *store, struct arena *a, struct alliance_row **ret,
	size_t *ret_count, struct err *e)
{
	return alliance_members_after(store, a, STR(""), LIMIT_ALLIANCE_MEMBERS + 1, ret, ret_count,
		e);
}

/* ---- groups ---------------------------------------------------------------------------------- */

bool alliance_in_group(const struct alliance_group *g, struct str code)
{
	for (size_t i = 0; i < g->seat_count; i++)
		if (str_eq(g->seats[i].code, code))
			return true;
	return false;
}

const struct alliance_row *alliance_seat(const struct alliance_group *g, struct str code,
	struct str origin)
{
	for (size_t i = 0; i < g->seat_count; i++) {
		if (str_eq(g->seats[i].code, code) && str_eq(g->seats[i].origin, origin))
			return &g->seats[i];
	}
	return NULL;
}

bool alliance_is_chair(const struct alliance_group *g, const struct account_who *by)
{
	return g->chair && g->chair->origin.len == 0 && by->organisation_code.len > 0 &&
		str_eq(g->chair->code, by->organisation_code);
}

/* The newest of the group's own city, else the founder; with a seat. */
static enum err_code find_chair(struct store *store, struct alliance_group *g, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_ALLIANCE_CHAIR);
	bool row;

	sql_bind_blob(q, 1, g->row.id_key, 16);
	sql_bind_str(q, 2, g->row.origin);
	TRY(sql_step(q, &row, e));
	g->chair = alliance_seat(g, row ? sql_str(q, 0) : g->row.code, g->row.origin);
	return ERR_OK;
}

enum err_code alliance_group_find(struct store *store, struct arena *a, const uint8_t group[16],
	struct alliance_group *ret, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_ALLIANCE_SEATS);

	*ret = (struct alliance_group){ .seats = NULL };
	TRY(alliance_find(store, a, group, RECORD_GROUP, &ret->row, e));
	sql_bind_blob(q, 1, group, 16);
	sql_bind_i64(q, 2, (int64_t)LIMIT_ALLIANCE_MEMBERS * LIMIT_ALLIANCE_NODES);
	TRY(read_rows(q, a, LIMIT_ALLIANCE_MEMBERS, &ret->seats, &ret->seat_count, e));
	return find_chair(store, ret, e);
}
