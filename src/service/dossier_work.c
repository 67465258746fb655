/* dossier_work.c - the work thread's part: gathering reports, issuing what was approved, reminders.
 *
 * A step that was broken off is taken up again: the id of a decision is fixed when it is approved,
 * so it is never issued twice.
 */
#include <string.h>

#include "base/diag.h"
#include "base/instant.h"
#include "base/scoped.h"
#include "service/dossier_inner.h"

#define WORK_ARENA_BYTES ((size_t)64 << 20)
#define WORK_ROWS 64
#define CLOCKS_EVERY_S 60

static void warn(struct err *e)
{
	diag_err(DIAG_WARN, "requests", e);
}

/* ---- gathering ------------------------------------------------------------------------------- */

static enum err_code collect(struct service *s, struct arena *a, const struct dossier *d,
	struct err *e)
{
	struct dossier_change c = { .s = s, .id = d->id, .from = "collecting", .to = "examining",
		.event = "collected" };
	struct json *request;
	const char *state;
	struct str detail;

	TRY(json_parse(a, d->text, &request, e));
	if (recognition_bodies(s, a, request, &state, &detail))
		return dossier_change(&c, e);
	if (strcmp(state, "failed") == 0) {
		c.to = "failed";
		c.event = "failed";
		c.text = detail;
		c.clock = CLOCK_END;
		c.tell_company = c.tell_officers = "request-failed";
	} else if (str_eq(detail, d->detail)) {
		return ERR_OK; /* said already */
	} else {
		c.to = "collecting";
		c.event = NULL;
	}
	c.detail = detail;
	return dossier_change(&c, e);
}

/* ---- issuing --------------------------------------------------------------------------------- */

/* D2: what is to be issued is no longer what was prepared. */
static enum err_code give_back(struct service *s, const struct dossier *d, struct str why,
	struct err *e)
{
	struct dossier_change c = { .s = s, .id = d->id, .from = "issuing",
		.to = d->answer.len > 0 ? "objected" : "examining", .event = "inputs-changed",
		.inner = true, .text = why, .undo_decision = true,
		.tell_preparer = "request-changed" };

	return dossier_change(&c, e);
}

static enum err_code issue(struct service *s, struct arena *a, const struct dossier *d,
	struct err *e)
{
	struct json *subject;
	struct digest digest;
	struct str text;
	uint64_t index;

	TRY(dossier_subject(s, a, d, &subject, &digest, e));
	if (!digest_eq(&digest, &d->digest))
		return err_set(e, ERR_CONFLICT, "the inputs changed since it was approved");
	return ledger_issue(s->ledger, a, statement_new(a, KIND_DECISION, d->decision,
		s->config->did, s->config->name_zh, instant_now(), subject), &text, &index, e);
}

/* The decision before the objection gives way to the new one. */
static enum err_code withdraw_before(struct service *s, struct arena *a, const struct dossier *d,
	struct err *e)
{
	struct json *v = json_set_str(a, json_new_object(a), "id", statement_id_text(a,
		d->before)), *answer;
	enum err_code code;

	v = json_set_text(a, v, "status", "withdrawn");
	v = json_set(a, v, "reason", model_text(a, STR("经异议重新作出决定"),
		STR("decided anew after an objection")));
	code = service_status_change(s, a, v, &answer, e);
	return code == ERR_CONFLICT ? ERR_OK : code;
}

static enum err_code finish(struct service *s, struct arena *a, const struct dossier *d,
	struct err *e)
{
	struct dossier_change c = { .s = s, .id = d->id, .from = "issuing", .to = "decided",
		.event = d->replaced ? "anew" : "decided", .clock = CLOCK_END,
		.before_done = true,
		.text = d->replaced ? d->reply : statement_id_text(a, d->decision),
		.tell_company = d->replaced ? "objection-anew" : "request-decided" };
	struct ledger_found found;
	struct err problem = { 0 };
	enum err_code code = ledger_find(s->ledger, a, d->decision, &found, &problem);

	if (code == ERR_NOT_FOUND) { /* else it was issued before this node was stopped */
		code = issue(s, a, d, &problem);
		if (code != ERR_OK && code != ERR_BUSY && code != ERR_IO)
			return give_back(s, d, str_of(problem.message), e);
	}
	if (code != ERR_OK) {
		*e = problem;
		return code; /* again in two seconds */
	}
	if (d->replaced)
		TRY(withdraw_before(s, a, d, e));
	return dossier_change(&c, e);
}

/* ---- rounds ---------------------------------------------------------------------------------- */

/* `state` is bound where the statement asks for one; else NULL. */
static size_t take_ids(struct service *s, enum sql_id query, const char *state, int64_t after,
	int64_t *ids)
{
	struct err e = { 0 };
	struct store *store;
	size_t count = 0;

	if (ledger_reader(s->ledger, &store, &e) != ERR_OK)
		return 0;
	SCOPED_SQL q = sql_use(store, query);
	sql_bind_i64(q, 1, after);
	sql_bind_i64(q, 2, WORK_ROWS);
	if (state)
		sql_bind_str(q, 3, str_of(state));
	while (count < WORK_ROWS) {
		bool row;
		if (sql_step(q, &row, &e) != ERR_OK || !row)
			break;
		ids[count++] = sql_i64(q, 0);
	}
	return count;
}

static enum err_code work_one(struct service *s, int64_t id, struct err *e)
{
	SCOPED_ARENA a = { 0 };
	struct store *store;
	struct dossier d;

	arena_init(&a, WORK_ARENA_BYTES);
	TRY(ledger_reader(s->ledger, &store, e));
	TRY(dossier_load(store, &a, id, &d, e));
	return str_is(d.state, "issuing") ? finish(s, &a, &d, e) : collect(s, &a, &d, e);
}

static enum err_code look_at_clock(struct service *s, int64_t id, int64_t now, struct err *e);

void dossier_clocks(struct service *s, int64_t now)
{
	int64_t ids[WORK_ROWS], after = 0;
	size_t count;

	do {
		count = take_ids(s, SQL_DOSSIER_CLOCKS, NULL, after, ids);
		for (size_t i = 0; i < count; i++) {
			struct err e = { 0 };
			if (look_at_clock(s, ids[i], now, &e) != ERR_OK)
				warn(&e);
			after = ids[i];
		}
	} while (count == WORK_ROWS);
}

static void work_state(struct service *s, const char *state)
{
	int64_t ids[WORK_ROWS], after = 0;
	size_t count;

	do {
		count = take_ids(s, SQL_DOSSIER_WORK, state, after, ids);
		for (size_t i = 0; i < count; i++) {
			struct err e = { 0 };
			if (work_one(s, ids[i], &e) != ERR_OK)
				warn(&e);
			after = ids[i];
		}
	} while (count == WORK_ROWS);
}

/* What two people agreed on first: a peer that does not answer holds up the gathering. */
void dossier_work(struct service *s)
{
	int64_t now = instant_now();

	work_state(s, "issuing");
	work_state(s, "collecting");
	if (now >= s->clocks_at + CLOCKS_EVERY_S || now < s->clocks_at) {
		s->clocks_at = now;
		dossier_clocks(s, now);
	}
}

/* ---- reminders ------------------------------------------------------------------------------- */

struct reminder {
	const struct dossier *d;
	const struct clock_reading *reading;
	int64_t now, reminded;
	const char *word;
};

static enum err_code write_reminder(const struct reminder *r, struct store *store, struct err *e)
{
	const struct dossier *d = r->d;
	SCOPED_ARENA a = { 0 };
	bool approver = dossier_state_in(d, "prepared answered");

	arena_init(&a, 1024);
	{
		SCOPED_SQL q = sql_use(store, SQL_DOSSIER_REMINDED);
		sql_bind_i64(q, 1, d->id);
		sql_bind_i64(q, 2, r->reading->due);
		sql_bind_i64(q, 3, r->reminded);
		TRY(sql_run(q, e));
	}
	if (!r->word)
		return ERR_OK;
	return notice_put(store, r->now, &(struct notice){ .word = r->word, .name = d->number,
		.path = str_printf(&a, "/queue/%lld", (long long)d->id), .organisation = AUTHORITY,
		.to = approver ? CAPABILITY_APPROVE : CAPABILITY_DECIDE }, e);
}

/* As the row is now: it may have changed since it was read. */
static enum err_code write_if_still(void *context, struct store *store, struct err *e)
{
	struct reminder *r = context;
	SCOPED_ARENA a = { 0 };
	struct dossier d;

	arena_init(&a, (size_t)1 << 20);
	TRY(dossier_load(store, &a, r->d->id, &d, e));
	if (d.changed != r->d->changed || !str_eq(d.state, r->d->state) ||
		d.reminded != r->d->reminded)
		return ERR_OK;
	return write_reminder(r, store, e);
}

static enum err_code look_at_clock(struct service *s, int64_t id, int64_t now, struct err *e)
{
	SCOPED_ARENA a = { 0 };
	struct reminder r;
	const struct clock_term *term;
	struct clock_reading reading;
	struct store *store;
	struct dossier d;
	int64_t level;

	arena_init(&a, (size_t)1 << 20);
	TRY(ledger_reader(s->ledger, &store, e));
	TRY(dossier_load(store, &a, id, &d, e));
	term = rules_clock(s->rules, str_z(&a, d.clock_id));
	reading = clock_read(&d.clock, rules_calendar(s->rules), term ? term->warn : 0,
		china_day(now));
	level = reading.state == CLOCK_OVERDUE ? 2 : reading.state == CLOCK_SOON ? 1 : 0;
	if (!d.clock.set || d.clock.stopped || (level <= d.reminded && reading.due == d.due))
		return ERR_OK;
	r = (struct reminder){ .d = &d, .reading = &reading, .now = now,
		.reminded = level > d.reminded ? level : d.reminded,
		.word = level <= d.reminded ? NULL : level == 2 ? "clock-overdue" : "clock-soon" };
	return ledger_write(s->ledger, write_if_still, &r, e);
}
