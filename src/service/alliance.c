/* alliance.c - joining and leaving, the secretariat's answer, and issuing what waits. */
#include "service/alliance.h"

#include <string.h>

#include "base/diag.h"
#include "base/encode.h"
#include "base/instant.h"
#include "base/scoped.h"
#include "service/alliance_inner.h"
#include "service/notice.h"

#define CHARTERS_ARENA_BYTES ((size_t)1 << 20)
#define ISSUE_ARENA_BYTES ((size_t)16 << 20)
#define ISSUE_ROUND 64
/* What signatures and the rest around a subject take. */
#define STATEMENT_REST_BYTES 8192

enum err_code alliance_open(struct service *s, struct err *e)
{
	s->alliance = handle_new(sizeof(*s->alliance));
	arena_init(&s->alliance->arena, CHARTERS_ARENA_BYTES);
	(void)pthread_mutex_init(&s->alliance->issuing, NULL);
	return charters_parse(&s->alliance->arena, s->rules, &s->alliance->charter, e);
}

void alliance_close(struct service *s)
{
	if (!s->alliance)
		return;
	(void)pthread_mutex_destroy(&s->alliance->issuing);
	arena_clear(&s->alliance->arena);
	handle_drop(s->alliance);
	s->alliance = NULL;
}

const struct charter *service_charter(const struct service *s)
{
	return s->alliance->charter;
}

struct party alliance_party(const struct service *s, const struct account_who *by)
{
	bool authority = by->organisation_code.len == 0;

	return (struct party){ .name = authority ? s->config->name_zh : by->organisation_name,
		.code = authority ? STR("-") : by->organisation_code,
		.kind = by->organisation_kind };
}

/* ---- what waits to be issued ----------------------------------------------------------------- */

static enum err_code put_issue(struct store *store, const uint8_t uuid[16], const char *kind,
	struct str record, struct str code, const uint8_t *about, struct str subject,
	struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_ALLIANCE_ISSUE_PUT);

	sql_bind_blob(q, 1, uuid, 16);
	sql_bind_str(q, 2, str_of(kind));
	sql_bind_str(q, 3, record);
	sql_bind_str(q, 4, code);
	sql_bind_blob(q, 5, about ? about : uuid, about ? 16 : 0);
	sql_bind_str(q, 6, subject);
	return sql_run(q, e);
}

void alliance_wrong(struct arena *a, struct json *problems, const char *word)
{
	(void)json_set(a, problems, "form", json_set_text(a, json_new_object(a), "wrong", word));
}

enum err_code alliance_record_text(struct arena *a, const struct alliance_record *r,
	struct str *ret, struct err *e)
{
	struct json *subject = alliance_record_subject(a, r);
	struct alliance_record again;

	TRY(json_jcs(a, subject, ret, e));
	if (ret->len > LIMIT_STATEMENT_BYTES - STATEMENT_REST_BYTES)
		return err_set(e, ERR_TOO_LARGE, "this is longer than a statement may be");
	return alliance_record_parse(a, subject, &again, e);
}

enum err_code alliance_issue_record(struct store *store, struct arena *a, const uint8_t uuid[16],
	const struct alliance_record *r, struct err *e)
{
	uint8_t about[16];
	struct str text;

	TRY(alliance_record_text(a, r, &text, e));
	if (r->about.len > 0)
		TRY(statement_id_parse(r->about, about, e));
	return put_issue(store, uuid, "alliance", str_of(record_kind_name(r->kind)),
		r->by.code.at ? r->by.code : STR(""), r->about.len > 0 ? about : NULL, text, e);
}

enum err_code alliance_issue_end(struct store *store, struct arena *a,
	const struct alliance_row *row, struct err *e)
{
	struct json *subject = json_new_object(a), *reason = json_new_object(a);
	uint8_t uuid[16];
	struct str text;
	bool waits;

	TRY(alliance_waits(store, "end", row->code, row->id_key, &waits, e));
	if (waits)
		return err_set(e, ERR_CONFLICT, "this is under way already");
	reason = json_set_text(a, reason, "zh-CN", "由机构本身撤回");
	reason = json_set_text(a, reason, "en", "Withdrawn by the organisation itself");
	subject = json_set_str(a, subject, "id", statement_id_text(a, row->id_key));
	subject = json_set_text(a, subject, "type", "StatusChange");
	subject = json_set_str(a, subject, "digest", base64url_new(a, row->digest.at,
		DIGEST_BYTES));
	subject = json_set_text(a, subject, "status", "withdrawn");
	subject = json_set(a, subject, "reason", reason);
	TRY(json_jcs(a, subject, &text, e));
	service_uuid(uuid);
	return put_issue(store, uuid, "status", STR("end"), row->code, row->id_key, text, e);
}

enum err_code alliance_waits(struct store *store, const char *record, struct str code,
	const uint8_t *about, bool *ret, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_ALLIANCE_ISSUE_FIND);

	sql_bind_str(q, 1, str_of(record));
	sql_bind_str(q, 2, code);
	sql_bind_blob(q, 3, about ? about : (const uint8_t *)"", about ? 16 : 0);
	return sql_step(q, ret, e);
}

enum err_code alliance_count_of(struct store *store, enum record_kind kind, struct str code,
	int64_t now, uint32_t *ret, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_ALLIANCE_COUNT_OF_CODE);
	bool row;

	sql_bind_str(q, 1, str_of(record_kind_name(kind)));
	sql_bind_str(q, 2, code);
	sql_bind_i64(q, 3, now);
	TRY(sql_step(q, &row, e));
	*ret = (uint32_t)sql_i64(q, 0);
	return ERR_OK;
}

enum err_code alliance_line(struct store *store, const struct account_who *by, int64_t now,
	const char *action, struct str target, struct str detail, struct err *e)
{
	return audit_put(store, now, &(struct audit_entry){ .action = action, .actor = by->name,
		.address = by->address, .target = target, .detail = detail }, e);
}

/* The next row behind `after`, signed and published. *ret 0: there is none. */
static enum err_code issue_next(struct service *s, int64_t after, int64_t *ret, struct err *e)
{
	SCOPED_ARENA a = { 0 };
	struct json *subject;
	struct store *store;
	uint8_t uuid[16];
	struct str text;
	uint64_t index;
	enum kind kind;
	bool row;

	*ret = 0;
	arena_init(&a, ISSUE_ARENA_BYTES);
	TRY(ledger_reader(s->ledger, &store, e));
	{
		SCOPED_SQL q = sql_use(store, SQL_ALLIANCE_ISSUE_NEXT);
		sql_bind_i64(q, 1, after);
		TRY(sql_step(q, &row, e));
		if (!row || sql_str(q, 1).len != sizeof(uuid))
			return ERR_OK;
		*ret = sql_i64(q, 0);
		memcpy(uuid, sql_str(q, 1).at, sizeof(uuid));
		kind = str_is(sql_str(q, 2), "status") ? KIND_STATUS : KIND_ALLIANCE;
		text = str_copy(&a, sql_str(q, 3));
	}
	TRY(json_parse(&a, text, &subject, e));
	return ledger_issue(s->ledger, &a, statement_new(&a, kind, uuid, s->config->did,
		s->config->name_zh, instant_now(), subject), NULL, &index, e);
}

void alliance_carry_out(struct service *s)
{
	int64_t at = 0, next = 0;
	bool issued = false;

	(void)pthread_mutex_lock(&s->alliance->issuing);
	for (int i = 0; i < ISSUE_ROUND; i++) {
		struct err e = { 0 };
		if (issue_next(s, at, &next, &e) != ERR_OK)
			diag_err(DIAG_WARN, "alliance", &e);
		else if (next != 0)
			issued = true;
		if (next == 0)
			break;
		at = next;
	}
	(void)pthread_mutex_unlock(&s->alliance->issuing);
	if (issued) /* what could not be waits for the next round */
		service_wake(s); /* status lists are issued anew */
}

void alliance_work(struct service *s)
{
	alliance_count_due(s);
	alliance_carry_out(s);
}

/* ---- applying -------------------------------------------------------------------------------- */

struct applying {
	const struct account_who *by;
	struct arena *arena;
	struct digest charter;
	int64_t now;
	bool member, waiting;
};

static enum err_code write_apply(void *context, struct store *store, struct err *e)
{
	struct applying *x = context;
	struct alliance_row row;
	bool found, under_way;

	TRY(alliance_membership(store, x->arena, x->by->organisation_code, &x->member, &row, e));
	TRY(alliance_waits(store, "membership", x->by->organisation_code, NULL, &under_way, e));
	{
		SCOPED_SQL last = sql_use(store, SQL_ALLIANCE_APPLICATION_LAST);
		sql_bind_i64(last, 1, x->by->organisation);
		TRY(sql_step(last, &found, e));
		x->waiting = under_way || (found && str_is(sql_str(last, 1), "waiting"));
	}
	if (x->member || x->waiting)
		return ERR_OK;
	SCOPED_SQL q = sql_use(store, SQL_ALLIANCE_APPLY);
	sql_bind_i64(q, 1, x->by->organisation);
	sql_bind_i64(q, 2, x->by->account);
	sql_bind_blob(q, 3, x->charter.at, DIGEST_BYTES);
	sql_bind_i64(q, 4, x->now);
	TRY(sql_run(q, e));
	TRY(notice_put(store, x->now, &(struct notice){ .word = "alliance-apply",
		.name = x->by->organisation_name, .path = STR("/alliance/applications"),
		.organisation = 1, .to = CAPABILITY_MODERATE }, e));
	return alliance_line(store, x->by, x->now, "alliance-apply", x->by->organisation_name,
		base64url_new(x->arena, x->charter.at, DIGEST_BYTES), e);
}

enum err_code service_alliance_apply(struct service *s, struct arena *a,
	const struct account_who *by, struct str accepted, bool agreed, struct json **ret_problems,
	struct err *e)
{
	const struct charter *c = s->alliance->charter;
	struct applying x = { .by = by, .arena = a, .now = instant_now() };

	CHECK(by->may >> CAPABILITY_ALLIANCE & 1);
	*ret_problems = json_new_object(a);
	if (!c)
		return err_set(e, ERR_NOT_FOUND, "there is no alliance here");
	if (!charter_allows(c, by->organisation_kind))
		return err_set(e, ERR_DENIED, "an organisation of kind \"" STR_FMT
			"\" may not join the alliance", STR_ARG(by->organisation_kind));
	if (!str_eq(accepted, base64url_new(a, c->digest.at, DIGEST_BYTES)))
		form_wrong(a, *ret_problems, "accept", "charter-changed");
	else if (!agreed)
		form_wrong(a, *ret_problems, "accept", "charter-accept");
	TRY(form_check(*ret_problems, e));
	x.charter = c->digest;
	TRY(ledger_write(s->ledger, write_apply, &x, e));
	if (x.member)
		return err_set(e, ERR_CONFLICT, "your organisation is a member already");
	return x.waiting ? err_set(e, ERR_CONFLICT, "your organisation has asked already")
		: ERR_OK;
}

/* ---- leaving --------------------------------------------------------------------------------- */

struct leaving {
	const struct account_who *by;
	struct arena *arena;
	int64_t now;
	bool member;
};

static enum err_code write_leave(void *context, struct store *store, struct err *e)
{
	struct leaving *x = context;
	struct alliance_row row;

	TRY(alliance_membership(store, x->arena, x->by->organisation_code, &x->member, &row, e));
	if (!x->member)
		return ERR_OK;
	TRY(alliance_issue_end(store, x->arena, &row, e));
	return alliance_line(store, x->by, x->now, "alliance-leave", row.name, STR(""), e);
}

enum err_code service_alliance_leave(struct service *s, struct arena *a,
	const struct account_who *by, struct err *e)
{
	struct leaving x = { .by = by, .arena = a, .now = instant_now() };

	CHECK(by->may >> CAPABILITY_ALLIANCE & 1);
	TRY(ledger_write(s->ledger, write_leave, &x, e));
	if (!x.member)
		return err_set(e, ERR_CONFLICT, "your organisation is no member");
	alliance_carry_out(s);
	return ERR_OK;
}

/* ---- the secretariat ------------------------------------------------------------------------- */

static struct json *application_model(struct arena *a, struct sql *q)
{
	struct json *v = json_new_object(a);
	struct str charter = sql_str(q, 3);

	v = json_set_str(a, v, "number", str_printf(a, "%lld", (long long)sql_i64(q, 0)));
	v = json_set_str(a, v, "name", str_copy(a, sql_str(q, 6)));
	v = json_set_str(a, v, "registered_id", str_copy(a, sql_str(q, 7)));
	v = json_set_str(a, v, "role", str_copy(a, sql_str(q, 8)));
	v = json_set_str(a, v, "created", service_instant(a, sql_i64(q, 5)));
	return json_set_str(a, v, "charter", base64url_new(a, (const uint8_t *)charter.at,
		charter.len));
}

enum err_code service_alliance_applications(struct service *s, struct arena *a, int64_t after,
	struct json **ret, struct err *e)
{
	struct json *rows = json_new_array(a), *v = json_new_object(a);
	struct store *store;
	struct str next = { NULL, 0 };
	bool row;

	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_ALLIANCE_APPLICATIONS);
	sql_bind_i64(q, 1, after);
	sql_bind_i64(q, 2, LIST_ROWS + 1);
	for (size_t i = 0;; i++) {
		TRY(sql_step(q, &row, e));
		if (!row || i == LIST_ROWS)
			break;
		rows = json_push(a, rows, application_model(a, q));
		next = str_printf(a, "%lld", (long long)sql_i64(q, 0));
	}
	v = json_set(a, v, "rows", rows);
	*ret = row ? json_set_str(a, v, "next", next) : v;
	return *ret ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

struct deciding {
	const struct account_who *by;
	struct arena *arena;
	uint8_t uuid[16];
	int64_t id, now;
	bool confirm, found, full;
	struct str reason;
};

static enum err_code write_decide(void *context, struct store *store, struct err *e)
{
	struct deciding *x = context;
	struct alliance_record r = { .kind = RECORD_MEMBERSHIP, .about = STR("") };
	struct alliance_row *members;
	int64_t organisation;
	size_t count;
	bool set;

	TRY(alliance_members(store, x->arena, &members, &count, e));
	x->full = x->confirm && count >= LIMIT_ALLIANCE_MEMBERS;
	{
		SCOPED_SQL q = sql_use(store, SQL_ALLIANCE_APPLICATIONS);
		sql_bind_i64(q, 1, x->id - 1);
		sql_bind_i64(q, 2, 1);
		TRY(sql_step(q, &x->found, e));
		x->found = x->found && sql_i64(q, 0) == x->id;
		if (!x->found || x->full)
			return ERR_OK;
		organisation = sql_i64(q, 1);
		if (sql_str(q, 3).len == DIGEST_BYTES)
			memcpy(r.charter.at, sql_str(q, 3).at, DIGEST_BYTES);
		r.by = (struct party){ .name = str_copy(x->arena, sql_str(q, 6)),
			.code = str_copy(x->arena, sql_str(q, 7)),
			.kind = str_copy(x->arena, sql_str(q, 8)) };
	}
	{
		SCOPED_SQL q = sql_use(store, SQL_ALLIANCE_APPLICATION_SET);
		sql_bind_i64(q, 1, x->id);
		sql_bind_str(q, 2, x->confirm ? STR("confirmed") : STR("refused"));
		sql_bind_str(q, 3, x->reason);
		sql_bind_i64(q, 4, x->now);
		TRY(sql_step(q, &set, e));
	}
	if (x->confirm)
		TRY(alliance_issue_record(store, x->arena, x->uuid, &r, e));
	TRY(notice_put(store, x->now, &(struct notice){ .word = x->confirm ? "alliance-joined"
		: "alliance-refused", .name = r.by.name, .path = STR("/alliance"),
		.organisation = organisation, .to = CAPABILITY_ALLIANCE }, e));
	return alliance_line(store, x->by, x->now, x->confirm ? "alliance-confirm"
		: "alliance-refuse", r.by.name, x->reason, e);
}

enum err_code service_alliance_decide(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, bool confirm, struct str reason,
	struct json **ret_problems, struct err *e)
{
	struct deciding x = { .by = by, .arena = a, .id = id, .now = instant_now(),
		.confirm = confirm, .reason = confirm ? STR("") : str_trim(reason) };

	CHECK(by->may >> CAPABILITY_MODERATE & 1);
	*ret_problems = json_new_object(a);
	if (!confirm && x.reason.len == 0)
		form_wrong(a, *ret_problems, "reason", "reason");
	else if (x.reason.len > LIMIT_ALLIANCE_REASON_BYTES)
		form_wrong(a, *ret_problems, "reason", "too-long");
	TRY(form_check(*ret_problems, e));
	service_uuid(x.uuid);
	TRY(ledger_write(s->ledger, write_decide, &x, e));
	if (x.full) {
		alliance_wrong(a, *ret_problems, "alliance-full");
		return err_set(e, ERR_CONFLICT, "the alliance has %d members, as many as it may",
			LIMIT_ALLIANCE_MEMBERS);
	}
	if (!x.found)
		return err_set(e, ERR_NOT_FOUND, "nobody waits under this number");
	alliance_carry_out(s);
	return ERR_OK;
}
