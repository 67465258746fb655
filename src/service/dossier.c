/* dossier.c - rows of requests, their changes, and what stays when one is refused. */
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/instant.h"
#include "base/scoped.h"
#include "recognition/decision.h"
#include "service/dossier_inner.h"
#include "service/material.h"

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "request needs too much memory");
}

/* ---- reading rows ---------------------------------------------------------------------------- */

static void read_row(struct arena *a, struct sql *q, struct dossier *d)
{
	*d = (struct dossier){ .id = sql_i64(q, 0), .organisation = sql_i64(q, 1),
		.account = sql_i64(q, 2), .number = str_copy(a, sql_str(q, 3)),
		.title = str_copy(a, sql_str(q, 4)), .text = str_copy(a, sql_str(q, 5)),
		.state = str_copy(a, sql_str(q, 6)), .detail = str_copy(a, sql_str(q, 7)),
		.created = sql_i64(q, 8), .changed = sql_i64(q, 9),
		.clock_id = str_copy(a, sql_str(q, 10)),
		.clock = { .set = sql_i64(q, 11) != 0, .stopped = sql_i64(q, 12) != 0,
			.from = (int32_t)sql_i64(q, 13), .left = (int32_t)sql_i64(q, 14) },
		.reminded = sql_i64(q, 15), .asked = str_copy(a, sql_str(q, 16)),
		.prepared_by = sql_i64(q, 17), .prepared_at = sql_i64(q, 18),
		.prepared = sql_str(q, 19).len == DIGEST_BYTES,
		.answer = str_copy(a, sql_str(q, 20)), .decided = sql_str(q, 21).len == 16,
		.replaced = sql_str(q, 22).len == 16,
		.organisation_name = str_copy(a, sql_str(q, 23)),
		.prepared_name = str_copy(a, sql_str(q, 24)), .due = sql_i64(q, 25),
		.reply = str_copy(a, sql_str(q, 26)) };
	if (d->prepared)
		memcpy(d->digest.at, sql_str(q, 19).at, DIGEST_BYTES);
	if (d->decided)
		memcpy(d->decision, sql_str(q, 21).at, 16);
	if (d->replaced)
		memcpy(d->before, sql_str(q, 22).at, 16);
}

enum err_code dossier_load(struct store *store, struct arena *a, int64_t id, struct dossier *ret,
	struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_DOSSIER_GET);
	bool row;

	sql_bind_i64(q, 1, id);
	TRY(sql_step(q, &row, e));
	if (!row)
		return err_set(e, ERR_NOT_FOUND, "no request has this number");
	read_row(a, q, ret);
	return ERR_OK;
}

enum err_code dossier_of_another(struct service *s, struct arena *a, const struct account_who *by,
	const struct dossier *d, struct err *e)
{
	dossier_note(s, by, "access", str_printf(a, "request " STR_FMT, STR_ARG(d->number)),
		STR("a request of another organisation"));
	return err_set(e, ERR_NOT_FOUND, "no request has this number");
}

enum err_code dossier_draft_find(struct service *s, struct store *store, struct arena *a,
	const struct account_who *by, int64_t id, struct dossier_draft *ret, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_DOSSIER_DRAFT_GET);
	bool row;

	sql_bind_i64(q, 1, id);
	TRY(sql_step(q, &row, e));
	if (row && sql_i64(q, 0) == by->organisation) {
		*ret = (struct dossier_draft){ (unsigned)sql_i64(q, 1),
			str_copy(a, sql_str(q, 2)) };
		return ERR_OK;
	}
	if (row)
		dossier_note(s, by, "access", str_printf(a, "draft %lld", (long long)id),
			STR("a draft of another organisation"));
	return err_set(e, ERR_NOT_FOUND, "no draft has this number");
}

enum err_code dossier_find(struct service *s, struct arena *a, const struct account_who *by,
	int64_t id, struct dossier *ret, struct err *e)
{
	struct store *store;
	struct dossier d;

	TRY(ledger_reader(s->ledger, &store, e));
	TRY(dossier_load(store, a, id, &d, e));
	if (d.organisation != by->organisation && by->organisation != AUTHORITY)
		return dossier_of_another(s, a, by, &d, e);
	*ret = d;
	return ERR_OK;
}

bool dossier_state_in(const struct dossier *d, const char *words)
{
	struct str rest = str_of(words);

	while (rest.at)
		if (str_eq(str_cut(&rest, ' '), d->state))
			return true;
	return false;
}

/* ---- what is decided on ---------------------------------------------------------------------- */

static enum err_code add_document(struct arena *a, struct json *list, struct sql *q)
{
	struct str document = str_copy(a, sql_str(q, 1)), bytes = sql_str(q, 5);
	struct json *v = json_set_str(a, json_new_object(a), "document", document);

	v = json_set_str(a, v, "digest", base64url_new(a, (const uint8_t *)bytes.at, bytes.len));
	if (sql_str(q, 6).len > 0)
		v = json_set_str(a, v, "validUntil", str_copy(a, sql_str(q, 6)));
	for (uint32_t i = 0; i < json_count(list); i++)
		if (str_eq(json_get_str(json_at(list, i), "document"), document)) {
			list->items[i] = v; /* the newer one counts */
			return v ? ERR_OK : ERR_TOO_LARGE;
		}
	return json_push(a, list, v) ? ERR_OK : ERR_TOO_LARGE;
}

enum err_code dossier_request(struct store *store, struct arena *a, const struct dossier *d,
	struct json **ret, struct err *e)
{
	struct json *request, *list = json_new_array(a);

	TRY(json_parse(a, d->text, &request, e));
	SCOPED_SQL q = sql_use(store, SQL_DOCUMENT_LIST);
	sql_bind_i64(q, 1, d->id);
	sql_bind_i64(q, 2, 0);
	sql_bind_i64(q, 3, LIMIT_REQUEST_DOCUMENTS);
	for (;;) {
		bool row;
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		if (str_is(sql_str(q, 1), "other"))
			continue; /* no document the rules know */
		if (!list || add_document(a, list, q) != ERR_OK)
			return full(e);
	}
	if (json_count(list) > 0)
		request = json_set(a, request, "documents", list);
	*ret = request;
	return request && list ? ERR_OK : full(e);
}

/* Everything but the time it is made at. */
static enum err_code digest_of(struct arena *a, const struct json *subject, struct digest *ret,
	struct err *e)
{
	const struct json *inputs = json_get(subject, "inputs");
	struct json *still = json_without(a, inputs, "time");
	struct json *copy = json_without(a, subject, "inputs");
	struct str text;

	copy = json_set(a, copy, "inputs", still);
	if (!copy)
		return full(e);
	TRY(json_jcs(a, copy, &text, e));
	*ret = digest_sha256(text);
	return ERR_OK;
}

enum err_code dossier_subject(struct service *s, struct arena *a, const struct dossier *d,
	struct json **ret, struct digest *ret_digest, struct err *e)
{
	struct decision_material material;
	struct json *request, *subject;
	struct store *store;

	TRY(ledger_reader(s->ledger, &store, e));
	TRY(dossier_request(store, a, d, &request, e));
	TRY(material_gather(s, a, request, instant_now(), &material, e));
	TRY(decision_subject(a, &material, &subject, e));
	TRY(digest_of(a, subject, ret_digest, e));
	*ret = subject;
	return ERR_OK;
}

/* ---- changing -------------------------------------------------------------------------------- */

void dossier_note(struct service *s, const struct account_who *by, const char *action,
	struct str target, struct str why)
{
	audit_note(s, &(struct audit_entry){ .action = action, .refused = true, .actor = by->name,
		.address = by->address, .detail = why, .target = target });
}

enum err_code dossier_text_check(struct str text, struct err *e)
{
	bool good = str_is_utf8(text);

	for (size_t i = 0; i < text.len && good; i++)
		good = (uint8_t)text.at[i] >= ' ' ? text.at[i] != 0x7f :
			text.at[i] == '\n' || text.at[i] == '\r' || text.at[i] == '\t';
	if (text.len == 0)
		return err_set(e, ERR_INVALID, "nothing was written");
	if (!good || text.len > LIMIT_REQUEST_TEXT_BYTES)
		return err_set(e, ERR_INVALID, "text has signs that are no text, or over %d bytes",
			LIMIT_REQUEST_TEXT_BYTES);
	return ERR_OK;
}

static enum err_code put_event(struct store *store, const struct dossier_change *c, struct err *e)
{
	bool row;

	if (strcmp(c->event, "said") == 0) { /* talk is bounded, work is not stopped by it */
		SCOPED_SQL count = sql_use(store, SQL_DOSSIER_EVENT_COUNT);
		sql_bind_i64(count, 1, c->id);
		TRY(sql_step(count, &row, e));
		if (sql_i64(count, 0) >= LIMIT_REQUEST_EVENTS)
			return err_set(e, ERR_TOO_LARGE, "this request has %d entries already",
				LIMIT_REQUEST_EVENTS);
	}
	SCOPED_SQL q = sql_use(store, SQL_DOSSIER_EVENT_PUT);
	sql_bind_i64(q, 1, c->id);
	sql_bind_i64(q, 2, c->now);
	sql_bind_str(q, 3, str_of(c->event));
	sql_bind_str(q, 4, !c->by ? STR("node") : c->by->organisation == AUTHORITY ?
		STR("authority") : STR("company"));
	sql_bind_str(q, 5, c->by ? c->by->display : STR(""));
	sql_bind_i64(q, 6, c->inner);
	sql_bind_str(q, 7, c->text.at ? c->text : STR(""));
	return sql_run(q, e);
}

static enum err_code put_clock(struct store *store, const struct dossier_change *c,
	struct dossier *d, struct err *e)
{
	const struct calendar *calendar = rules_calendar(c->s->rules);
	int32_t today = china_day(c->now);
	struct str id = d->clock_id;
	struct clock *k = &d->clock;

	if (c->clock == CLOCK_KEEP)
		return ERR_OK;
	if (c->clock == CLOCK_BEGIN) {
		id = str_of(c->clock_id);
		*k = clock_start(rules_clock(c->s->rules, c->clock_id), today);
	} else if (c->clock == CLOCK_HALT) {
		clock_stop(k, calendar, today);
	} else if (c->clock == CLOCK_RESUME) {
		clock_go_on(k, today);
	} else {
		*k = (struct clock){ .set = false };
	}
	SCOPED_SQL q = sql_use(store, SQL_DOSSIER_CLOCK);
	sql_bind_i64(q, 1, c->id);
	sql_bind_str(q, 2, id);
	sql_bind_i64(q, 3, k->set);
	sql_bind_i64(q, 4, k->stopped);
	sql_bind_i64(q, 5, k->from);
	sql_bind_i64(q, 6, k->left);
	sql_bind_i64(q, 7, k->set && !k->stopped ? clock_read(k, calendar, 0, today).due : NO_DUE);
	return sql_run(q, e);
}

static enum err_code put_prepared(struct store *store, const struct dossier_change *c,
	struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_DOSSIER_PREPARED);

	sql_bind_i64(q, 1, c->id);
	sql_bind_i64(q, 2, c->by->account);
	sql_bind_i64(q, 3, c->now);
	sql_bind_blob(q, 4, c->digest.at, DIGEST_BYTES);
	sql_bind_str(q, 5, c->answer.at ? c->answer : STR(""));
	sql_bind_str(q, 6, c->answer.at ? c->text : STR(""));
	return sql_run(q, e);
}

static enum err_code tell(struct store *store, const struct dossier_change *c,
	const struct dossier *d, struct arena *a, struct err *e)
{
	struct notice n = { .name = d->number, .organisation = AUTHORITY,
		.path = str_printf(a, "/queue/%lld", (long long)d->id) };
	struct { const char *word; enum capability to; } to[] = {
		{ c->tell_officers, CAPABILITY_DECIDE },
		{ c->tell_approvers, CAPABILITY_APPROVE } };

	for (size_t i = 0; i < sizeof(to) / sizeof(to[0]); i++) {
		n.word = to[i].word;
		n.to = to[i].to;
		if (n.word)
			TRY(notice_put(store, c->now, &n, e));
	}
	if (c->tell_preparer && d->prepared_by != 0) {
		n.word = c->tell_preparer;
		n.account = d->prepared_by;
		TRY(notice_put(store, c->now, &n, e));
	}
	if (!c->tell_company)
		return ERR_OK;
	n = (struct notice){ .word = c->tell_company, .name = d->number,
		.organisation = d->organisation, .to = CAPABILITY_REQUEST,
		.path = str_printf(a, "/requests/%lld", (long long)d->id) };
	return notice_put(store, c->now, &n, e);
}

struct str dossier_shown(struct arena *a, const struct dossier *d)
{
	struct digest digest = digest_sha256_two((struct str){ (const char *)d->digest.at,
		DIGEST_BYTES }, str_printf(a, STR_FMT "\n" STR_FMT, STR_ARG(d->answer),
		STR_ARG(d->reply)));

	return base64url_new(a, digest.at, DIGEST_BYTES);
}

/* A file or a message; which of the papers are still missing is for the authority to say. */
static enum err_code check_answer(struct store *store, int64_t id, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_DOSSIER_ANSWERED);
	bool row;

	sql_bind_i64(q, 1, id);
	TRY(sql_step(q, &row, e));
	return sql_i64(q, 0) != 0 ? ERR_OK : err_set(e, ERR_INVALID,
		"nothing was handed in or said since it was asked for");
}

static enum err_code check_change(struct store *store, const struct dossier_change *c,
	struct arena *a, const struct dossier *d, struct err *e)
{
	if (c->from && !dossier_state_in(d, c->from))
		return err_set(e, ERR_CONFLICT, "the request is in another state by now: \"" STR_FMT
			"\"", STR_ARG(d->state));
	if (c->answers)
		TRY(check_answer(store, c->id, e));
	if (!c->approve)
		return ERR_OK;
	if (d->prepared_by == c->by->account)
		return err_set(e, ERR_DENIED, "who prepared it does not approve it");
	if (!d->prepared || !str_eq(dossier_shown(a, d), c->shown))
		return err_set(e, ERR_CONFLICT, "it was prepared anew meanwhile");
	return ERR_OK;
}

static enum err_code put_columns(struct store *store, const struct dossier_change *c,
	struct err *e)
{
	if (c->asked.at) {
		SCOPED_SQL q = sql_use(store, SQL_DOSSIER_ASKED);
		sql_bind_i64(q, 1, c->id);
		sql_bind_str(q, 2, c->asked);
		TRY(sql_run(q, e));
	}
	if (c->prepare)
		TRY(put_prepared(store, c, e));
	if (c->decision) {
		SCOPED_SQL q = sql_use(store, SQL_DOSSIER_DECISION);
		sql_bind_i64(q, 1, c->id);
		sql_bind_blob(q, 2, c->decision, 16);
		TRY(sql_run(q, e));
	}
	if (c->undo_decision)
		TRY(account_run_one(store, SQL_DOSSIER_DECISION_UNDO, c->id, e));
	return c->before_done ? account_run_one(store, SQL_DOSSIER_BEFORE_DONE, c->id, e) : ERR_OK;
}

enum err_code dossier_write(struct store *store, struct dossier_change *c, struct err *e)
{
	SCOPED_ARENA a = { 0 };
	struct dossier d;

	arena_init(&a, (size_t)1 << 20);
	TRY(dossier_load(store, &a, c->id, &d, e));
	(void)snprintf(c->number, sizeof(c->number), STR_FMT, STR_ARG(d.number));
	TRY(check_change(store, c, &a, &d, e));
	TRY(put_columns(store, c, e));
	TRY(put_clock(store, c, &d, e));
	if (c->to) {
		SCOPED_SQL q = sql_use(store, SQL_DOSSIER_STATE);
		sql_bind_i64(q, 1, c->id);
		sql_bind_str(q, 2, str_of(c->to));
		sql_bind_str(q, 3, c->detail.at ? c->detail : STR(""));
		sql_bind_i64(q, 4, c->now);
		TRY(sql_run(q, e));
	}
	if (c->event)
		TRY(put_event(store, c, e));
	TRY(tell(store, c, &d, &a, e));
	if (!c->action)
		return ERR_OK;
	return audit_put(store, c->now, &(struct audit_entry){ .action = c->action,
		.actor = c->by ? c->by->name : STR("node"),
		.address = c->by ? c->by->address : STR(""),
		.target = str_printf(&a, "request " STR_FMT, STR_ARG(d.number)),
		.detail = c->text.at ? c->text : STR("") }, e);
}

static enum err_code write_change(void *context, struct store *store, struct err *e)
{
	return dossier_write(store, context, e);
}

enum err_code dossier_change(struct dossier_change *c, struct err *e)
{
	struct err problem = { 0 };
	enum err_code code;

	c->now = instant_now();
	code = ledger_write(c->s->ledger, write_change, c, &problem);
	if (code == ERR_DENIED && c->by && c->action) {
		SCOPED_ARENA a = { 0 };
		arena_init(&a, 1024);
		dossier_note(c->s, c->by, c->action, str_printf(&a, "request %s", c->number),
			str_of(problem.message));
	}
	if (code != ERR_OK && e)
		*e = problem;
	return code;
}
