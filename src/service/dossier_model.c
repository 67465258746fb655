/* dossier_model.c - a request as its page shows it, to the company and to the authority. */
#include <string.h>

#include "base/encode.h"
#include "base/instant.h"
#include "base/scoped.h"
#include "recognition/report.h"
#include "service/dossier_inner.h"

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

struct str dossier_fold(struct arena *a, struct str text)
{
	char *folded = arena_copy(a, text.at ? text.at : "", text.len);

	for (size_t i = 0; folded && i < text.len; i++)
		if (folded[i] >= 'A' && folded[i] <= 'Z')
			folded[i] = (char)(folded[i] | 0x20);
	return (struct str){ folded, folded ? text.len : 0 };
}

struct json *dossier_word(struct service *s, struct arena *a, const char *list, struct str word)
{
	const struct worded *w = rules_word(s->rules, list, word);

	return w ? model_text(a, w->text.zh, w->text.en) : model_text(a, word, word);
}

static struct json *day_model(struct arena *a, int32_t day)
{
	return json_new_str(a, str_printf(a, "%.10s",
		service_instant(a, (int64_t)day * 86400).at));
}

struct json *dossier_clock_model(struct service *s, struct arena *a, const struct dossier *d,
	int64_t now)
{
	const struct clock_term *term = rules_clock(s->rules, str_z(a, d->clock_id));
	struct clock_reading k = clock_read(&d->clock, rules_calendar(s->rules),
		term ? term->warn : 0, china_day(now));
	struct json *v = json_new_object(a);

	if (!dossier_state_in(d, "collecting examining asked prepared objected answered issuing"))
		k = (struct clock_reading){ .state = CLOCK_DONE, .entered = true };
	v = json_set_text(a, v, "clock", clock_state_name(k.state));
	v = json_set(a, v, "entered", json_new_bool(a, k.entered));
	if (term)
		v = json_set(a, v, "title", model_text(a, term->title.zh, term->title.en));
	if (k.state == CLOCK_NONE || k.state == CLOCK_DONE)
		return v;
	v = json_set_number(a, v, k.left < 0 ? "over" : "left", k.left < 0 ? -k.left : k.left);
	return k.state == CLOCK_STOPPED ? v : json_set(a, v, "due", day_model(a, k.due));
}

struct json *dossier_row(struct service *s, struct arena *a, const struct dossier *d, int64_t now)
{
	struct json *v = json_set_number(a, json_new_object(a), "id", (double)d->id);
	struct json *organisation = json_set_str(a, json_new_object(a), "name",
		d->organisation_name);

	v = json_set_str(a, v, "number", d->number);
	v = json_set_str(a, v, "title", d->title);
	v = json_set_str(a, v, "state", d->state);
	v = json_set(a, v, "organisation", organisation);
	v = json_set(a, v, "created", model_time(a, d->created));
	v = json_set(a, v, "changed", model_time(a, d->changed));
	return json_set(a, v, "clock", dossier_clock_model(s, a, d, now));
}

enum err_code dossier_page(struct service *s, struct store *store, struct arena *a, struct sql *q,
	struct dossier_page *ret, struct err *e)
{
	struct dossier_page page = { .rows = json_new_array(a) };
	int64_t now = instant_now();

	for (;;) {
		struct dossier d;
		bool row;
		TRY(sql_step(q, &row, e));
		page.more = row && json_count(page.rows) == LIMIT_PAGE_ROWS;
		if (!row || page.more)
			break;
		page.id = sql_i64(q, 0);
		page.due = sql_i64(q, 1);
		TRY(dossier_load(store, a, page.id, &d, e));
		if (!json_push(a, page.rows, dossier_row(s, a, &d, now)))
			return full(e);
	}
	*ret = page;
	return ERR_OK;
}

struct json *dossier_query_model(struct arena *a, const struct dossier_query *query)
{
	return json_set_str(a, json_set_str(a, json_new_object(a), "text", query->text), "show",
		query->state);
}

/* ---- reports --------------------------------------------------------------------------------- */

static struct json *vins_model(struct arena *a, const struct report *r)
{
	struct json *list = json_new_array(a);

	for (uint32_t i = 0; i < r->vin_count; i++)
		list = json_push(a, list, json_new_str(a, r->vins[i]));
	return list;
}

static struct json *report_model(struct service *s, struct arena *a, const uint8_t id_key[16])
{
	struct model_statement m;
	struct report r;
	struct json *v;

	if (model_load(s, a, id_key, &m, NULL) != ERR_OK || !m.has_body ||
		m.statement.kind != KIND_REPORT ||
		report_parse(a, m.statement.subject, &r, NULL) != ERR_OK)
		return NULL;
	v = json_set_str(a, json_new_object(a), "id", m.statement.id);
	v = json_set_str(a, v, "number", r.number);
	v = json_set_str(a, v, "title", r.title);
	v = json_set_str(a, v, "scheme", r.scheme);
	v = json_set_str(a, v, "edition", r.edition);
	v = json_set_str(a, v, "state", m.state);
	v = json_set_str(a, v, "applicant", r.applicant);
	v = json_set_str(a, v, "fingerprint", r.configuration.fingerprint);
	v = json_set_str(a, v, "model", r.model);
	v = json_set_str(a, v, "category", r.category);
	v = json_set(a, v, "vins", vins_model(a, &r));
	v = model_put_city(s, a, v, m.found.origin);
	v = json_set(a, v, "own", json_new_bool(a, m.found.own));
	v = json_set_number(a, v, "item_count", r.item_count);
	v = json_set(a, v, "odd", json_copy(a, json_get(r.doc, "odd")));
	return v;
}

/* A report's body is a hundred times what a list shows of it: only the model stays in `a`. */
struct json *dossier_report(struct service *s, struct arena *a, const uint8_t id_key[16])
{
	SCOPED_ARENA own = { 0 };
	struct json *v, *ret;
	struct str text;

	arena_init(&own, LIMIT_REQUEST_ARENA_BYTES);
	v = report_model(s, &own, id_key);
	if (!v || json_jcs(a, v, &text, NULL) != ERR_OK ||
		json_parse(a, text, &ret, NULL) != ERR_OK)
		return NULL;
	return ret;
}

/* ---- files and words ------------------------------------------------------------------------- */

static struct json *document_model(struct service *s, struct arena *a, struct sql *q)
{
	struct str word = str_copy(a, sql_str(q, 1));
	struct json *v = json_set_number(a, json_new_object(a), "id", (double)sql_i64(q, 0));

	v = json_set_str(a, v, "document", word);
	if (!str_is(word, "other"))
		v = json_set(a, v, "title", dossier_word(s, a, "documents", word));
	v = json_set_str(a, v, "name", str_copy(a, sql_str(q, 2)));
	v = json_set_number(a, v, "bytes", (double)sql_i64(q, 4));
	v = json_set_str(a, v, "digest", base64url_new(a, (const uint8_t *)sql_str(q, 5).at,
		sql_str(q, 5).len));
	if (sql_str(q, 6).len > 0)
		v = json_set_str(a, v, "valid_until", str_copy(a, sql_str(q, 6)));
	v = json_set(a, v, "time", model_time(a, sql_i64(q, 7)));
	return json_set_str(a, v, "by", str_copy(a, sql_str(q, 8)));
}

enum err_code dossier_documents(struct service *s, struct store *store, struct arena *a,
	int64_t dossier, int64_t draft, struct json **ret, struct err *e)
{
	struct json *list = json_new_array(a);
	SCOPED_SQL q = sql_use(store, SQL_DOCUMENT_LIST);

	sql_bind_i64(q, 1, dossier);
	sql_bind_i64(q, 2, draft);
	sql_bind_i64(q, 3, LIMIT_REQUEST_DOCUMENTS);
	for (;;) {
		bool row;
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		list = json_push(a, list, document_model(s, a, q));
	}
	for (uint32_t i = 0; i < json_count(list); i++) {
		bool newest = true;
		for (uint32_t k = i + 1; k < json_count(list); k++)
			newest = newest && !str_eq(json_get_str(list->items[i], "document"),
				json_get_str(list->items[k], "document"));
		(void)json_set(a, list->items[i], "current", json_new_bool(a, newest ||
			str_is(json_get_str(list->items[i], "document"), "other")));
	}
	*ret = list;
	return list ? ERR_OK : full(e);
}

/* Asked for: each with whether a file came since. */
static struct json *asked_model(struct service *s, struct arena *a, const struct dossier *d,
	const struct json *documents)
{
	struct json *asked, *list = json_new_array(a), *v = json_new_object(a);
	const struct json *words;
	double after;

	if (d->asked.len == 0 || json_parse(a, d->asked, &asked, NULL) != ERR_OK)
		return NULL;
	words = json_get(asked, "documents");
	after = json_number_or(json_get(asked, "after"), 0);
	for (uint32_t i = 0; i < json_count(words); i++) {
		struct str word = json_str(json_at(words, i));
		struct json *one = json_set_str(a, json_new_object(a), "document", word);
		bool here = false;
		for (uint32_t k = 0; k < json_count(documents); k++)
			here = here || (str_eq(json_get_str(json_at(documents, k), "document"),
				word) && json_number_or(json_get(json_at(documents, k), "id"),
				0) > after);
		one = json_set(a, one, "title", dossier_word(s, a, "documents", word));
		one = json_set(a, one, "here", json_new_bool(a, here));
		list = json_push(a, list, one);
	}
	v = json_set_str(a, v, "text", json_get_str(asked, "text"));
	return json_set(a, v, "documents", list);
}

static enum err_code events_model(struct store *store, struct arena *a, int64_t id, bool inner,
	struct json **ret, struct err *e)
{
	struct json *list = json_new_array(a);
	SCOPED_SQL q = sql_use(store, SQL_DOSSIER_EVENTS);

	sql_bind_i64(q, 1, id);
	sql_bind_i64(q, 2, inner);
	sql_bind_i64(q, 3, 2 * LIMIT_REQUEST_EVENTS);
	for (;;) {
		bool row;
		struct json *v = json_new_object(a);
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		v = json_set(a, v, "time", model_time(a, sql_i64(q, 0)));
		v = json_set_str(a, v, "event", str_copy(a, sql_str(q, 1)));
		v = json_set_str(a, v, "side", str_copy(a, sql_str(q, 2)));
		if (sql_str(q, 3).len > 0)
			v = json_set_str(a, v, "name", str_copy(a, sql_str(q, 3)));
		v = json_set(a, v, "inner", json_new_bool(a, sql_i64(q, 4) != 0));
		if (sql_str(q, 5).len > 0)
			v = json_set_str(a, v, "text", str_copy(a, sql_str(q, 5)));
		list = json_push(a, list, v);
	}
	*ret = list;
	return list ? ERR_OK : full(e);
}

/* Text of the last objection. */
static struct str objection_of(const struct json *events)
{
	struct str text = STR("");

	for (uint32_t i = 0; i < json_count(events); i++)
		if (str_is(json_get_str(json_at(events, i), "event"), "objected"))
			text = json_get_str(json_at(events, i), "text");
	return text;
}

/* ---- the drawing of steps -------------------------------------------------------------------- */

/* Which step is at work, by state; DRAWN_STEPS when all are done. */
enum { DRAWN_SENT, DRAWN_COLLECTED, DRAWN_EXAMINED, DRAWN_APPROVED, DRAWN_DECIDED, DRAWN_STEPS };

static int step_of(const struct dossier *d)
{
	if (dossier_state_in(d, "collecting failed"))
		return DRAWN_COLLECTED;
	if (dossier_state_in(d, "examining asked"))
		return DRAWN_EXAMINED;
	if (dossier_state_in(d, "prepared"))
		return DRAWN_APPROVED;
	return dossier_state_in(d, "issuing") && !d->replaced ? DRAWN_DECIDED : DRAWN_STEPS;
}

static struct json *track_model(struct arena *a, const struct dossier *d)
{
	static const char *const names[DRAWN_STEPS] = { "sent", "collected", "examined", "approved",
		"decided" };
	struct json *list = json_new_array(a);
	int now = step_of(d);

	for (int i = 0; i < DRAWN_STEPS; i++) {
		const char *at = i < now ? "done" : i > now ? "next" :
			dossier_state_in(d, "asked failed") ? "stopped" : "now";
		struct json *v = json_set_text(a, json_new_object(a), "drawn", names[i]);
		list = json_push(a, list, json_set(a, v, at, json_new_bool(a, true)));
	}
	return list;
}

/* ---- one request ----------------------------------------------------------------------------- */

static struct json *odd_model(struct service *s, struct arena *a, const struct json *words)
{
	struct json *list = json_new_array(a);

	for (uint32_t i = 0; i < json_count(words); i++)
		list = json_push(a, list, json_set(a, json_new_object(a), "title",
			dossier_word(s, a, "elements", json_str(json_at(words, i)))));
	return list;
}

struct json *dossier_content(struct service *s, struct arena *a, const struct json *request)
{
	const struct json *ids = json_get(request, "reports");
	struct json *v = json_set(a, json_new_object(a), "applicant", model_party(s, a,
		json_get_str(request, "applicant"))), *reports = json_new_array(a);

	for (uint32_t i = 0; i < json_count(ids); i++) {
		struct str id = json_str(json_at(ids, i));
		struct json *one = NULL;
		uint8_t key[16];
		if (statement_id_parse(id, key, NULL) == ERR_OK)
			one = dossier_report(s, a, key);
		reports = json_push(a, reports, one ? one : json_set_str(a, json_new_object(a),
			"id", id));
	}
	v = json_set(a, v, "reports", reports);
	v = json_set(a, v, "vins", json_copy(a, json_get(request, "vins")));
	v = json_set(a, v, "odd", odd_model(s, a, json_get(request, "odd")));
	if (json_get_str(request, "maxSpeed").len > 0)
		v = json_set_str(a, v, "speed", json_get_str(request, "maxSpeed"));
	return v;
}

/* The decision in force, with its outcome: the company is its holder. */
static struct json *decision_model(struct service *s, struct arena *a, const uint8_t key[16])
{
	struct model_statement m;
	struct json *v;

	if (model_load(s, a, key, &m, NULL) != ERR_OK)
		return NULL;
	v = model_row(s, a, &m);
	if (m.has_body)
		v = json_set(a, v, "outcome", json_copy(a, json_get(m.statement.subject,
			"outcome")));
	return v;
}

/* What it comes to now, for officers; with `problem` when nothing can be decided. */
static struct json *preview_model(struct service *s, struct arena *a, const struct dossier *d)
{
	struct json *v = json_new_object(a), *subject = NULL;
	struct digest digest;
	struct err problem = { 0 };

	if (dossier_subject(s, a, d, &subject, &digest, &problem) != ERR_OK)
		return json_set_str(a, v, "problem", str_copy(a, str_of(problem.message)));
	v = json_set(a, v, "outcome", json_copy(a, json_get(subject, "outcome")));
	v = json_set_str(a, v, "digest", base64url_new(a, digest.at, DIGEST_BYTES));
	if (d->prepared)
		v = json_set(a, v, "changed", json_new_bool(a, !digest_eq(&digest, &d->digest)));
	return v;
}

static struct json *can_model(struct arena *a, const struct account_who *by,
	const struct dossier *d, bool preview, bool changed)
{
	bool company = by->organisation == d->organisation, officer = by->may >>
		CAPABILITY_DECIDE & 1, approver = by->may >> CAPABILITY_APPROVE & 1;
	bool open = dossier_state_in(d, "collecting examining asked prepared");
	bool waits = dossier_state_in(d, "prepared answered");
	bool kept = dossier_state_in(d, "answered") && str_is(d->answer, "kept");
	const struct { const char *name; bool may; } all[] = {
		{ "hand_in", company && open },
		{ "hand_back", company && dossier_state_in(d, "asked") },
		{ "object", company && dossier_state_in(d, "decided") },
		{ "say", company || officer || approver },
		{ "ask", officer && dossier_state_in(d, "examining") },
		{ "prepare", officer && dossier_state_in(d, "examining") && preview },
		{ "answer", officer && dossier_state_in(d, "objected") },
		{ "anew", officer && dossier_state_in(d, "objected") && preview },
		{ "approve", approver && waits && (kept || (preview && !changed)) &&
			d->prepared_by != by->account },
		{ "return", approver && waits },
		{ "own", approver && waits && d->prepared_by == by->account },
	};
	struct json *v = json_new_object(a);

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i].may)
			v = json_set(a, v, all[i].name, json_new_bool(a, true));
	return v;
}

static struct json *prepared_model(struct arena *a, const struct dossier *d)
{
	struct json *v = json_set_str(a, json_new_object(a), "name", d->prepared_name);

	v = json_set(a, v, "time", model_time(a, d->prepared_at));
	v = json_set_str(a, v, "shown", dossier_shown(a, d));
	if (d->answer.len == 0)
		return v;
	v = json_set_str(a, v, "answer", d->answer);
	return json_set_str(a, v, "reply", d->reply);
}

/* What only the authority sees. */
static struct json *add_inner(struct service *s, struct arena *a, const struct account_who *by,
	const struct dossier *d, struct json *v)
{
	struct json *preview = NULL;

	if (dossier_state_in(d, "examining prepared objected answered"))
		preview = preview_model(s, a, d);
	if (preview)
		v = json_set(a, v, "preview", preview);
	if (dossier_state_in(d, "prepared answered"))
		v = json_set(a, v, "prepared", prepared_model(a, d));
	return json_set(a, v, "can", can_model(a, by, d, json_get(preview, "outcome") != NULL,
		json_true(json_get(preview, "changed"))));
}

enum err_code service_dossier(struct service *s, struct arena *a, const struct account_who *by,
	int64_t id, struct json **ret, struct err *e)
{
	struct json *v, *request, *documents, *events, *asked;
	bool inner = by->organisation == AUTHORITY;
	struct store *store;
	struct dossier d;

	TRY(dossier_find(s, a, by, id, &d, e));
	TRY(ledger_reader(s->ledger, &store, e));
	TRY(json_parse(a, d.text, &request, e));
	TRY(dossier_documents(s, store, a, d.id, 0, &documents, e));
	TRY(events_model(store, a, d.id, inner, &events, e));
	v = dossier_row(s, a, &d, instant_now());
	if (d.detail.len > 0)
		v = json_set_str(a, v, "detail", d.detail);
	v = json_set(a, v, "track", track_model(a, &d));
	v = json_set(a, v, "request", dossier_content(s, a, request));
	v = json_set(a, v, "documents", documents);
	asked = dossier_state_in(&d, "asked") ? asked_model(s, a, &d, documents) : NULL;
	if (asked)
		v = json_set(a, v, "asked", asked);
	v = json_set(a, v, "events", events);
	if (dossier_state_in(&d, "objected answered"))
		v = json_set_str(a, v, "objection", objection_of(events));
	if (d.decided && !dossier_state_in(&d, "issuing"))
		v = json_set(a, v, "decision", decision_model(s, a, d.decision));
	v = inner ? add_inner(s, a, by, &d, v)
		: json_set(a, v, "can", can_model(a, by, &d, false, false));
	*ret = v;
	return v ? ERR_OK : full(e);
}
