/* dossier_queue.c - the authority's side: what waits, and the steps that need two people. */
#include <string.h>
#include <time.h>

#include "base/instant.h"
#include "base/scoped.h"
#include "service/dossier_inner.h"

#define ISSUE_PAUSE_NS 20000000
#define ISSUE_PAUSES 100

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

/* ---- the list -------------------------------------------------------------------------------- */

/* States that a word of list "show" means, for `by`. */
static const char *states_of(const struct account_who *by, struct str show)
{
	static const char *const mine[] = { "", " examining objected ",
		" prepared answered ", " examining objected prepared answered " };

	if (show.len == 0)
		return mine[(by->may >> CAPABILITY_DECIDE & 1) |
			(by->may >> CAPABILITY_APPROVE & 1) << 1];
	if (str_is(show, "open"))
		return " collecting examining asked prepared issuing objected answered ";
	if (str_is(show, "asked"))
		return " asked ";
	return str_is(show, "closed") ? " decided failed " : NULL;
}

/* "20800.17": day the clock ends, and the request. */
static enum err_code read_key(struct str after, int64_t *ret_due, int64_t *ret_id, struct err *e)
{
	struct str rest = after, first = str_cut(&rest, '.');
	uint64_t due, id;

	*ret_due = -1;
	*ret_id = 0;
	if (after.len == 0)
		return ERR_OK;
	if (!rest.at || str_parse_u64(first, &due, NULL) != ERR_OK || due > NO_DUE ||
		str_parse_u64(rest, &id, NULL) != ERR_OK || id > INT64_MAX)
		return err_set(e, ERR_INVALID, "field \"after\": no page key of this list");
	*ret_due = (int64_t)due;
	*ret_id = (int64_t)id;
	return ERR_OK;
}

enum err_code service_queue(struct service *s, struct arena *a, const struct account_who *by,
	const struct dossier_query *query, struct json **ret, struct err *e)
{
	struct json *v = json_new_object(a);
	const char *states = states_of(by, query->state);
	struct dossier_page page;
	int64_t due, id;
	struct store *store;

	if (!states)
		return err_set(e, ERR_INVALID, "field \"show\": no word of this list");
	TRY(read_key(query->after, &due, &id, e));
	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, str_is(query->state, "closed") ? SQL_DOSSIER_CLOSED :
		SQL_DOSSIER_QUEUE); /* closed ones grow for years: no page of others reads them */
	sql_bind_i64(q, 1, due);
	sql_bind_i64(q, 2, id);
	sql_bind_i64(q, 3, LIMIT_PAGE_ROWS + 1);
	sql_bind_str(q, 4, str_of(states));
	sql_bind_str(q, 5, dossier_fold(a, query->text));
	TRY(dossier_page(s, store, a, q, &page, e));
	if (page.more)
		v = json_set_str(a, v, "next", str_printf(a, "%lld.%lld", (long long)page.due,
			(long long)page.id));
	v = json_set(a, v, "rows", page.rows);
	*ret = json_set(a, v, "query", dossier_query_model(a, query));
	return *ret ? ERR_OK : full(e);
}

/* ---- what is missing ------------------------------------------------------------------------- */

static enum err_code last_document(struct store *store, int64_t id, int64_t *ret, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_DOCUMENT_COUNT);
	bool row;

	sql_bind_i64(q, 1, id);
	sql_bind_i64(q, 2, 0);
	TRY(sql_step(q, &row, e));
	*ret = sql_i64(q, 1);
	return ERR_OK;
}

enum err_code service_dossier_ask(struct service *s, struct arena *a, const struct account_who *by,
	int64_t id, const struct json *documents, struct str text, struct err *e)
{
	struct json *asked = json_new_object(a);
	struct dossier_change c = { .s = s, .by = by, .id = id, .from = "examining",
		.to = "asked", .event = "asked", .action = "ask-documents", .clock = CLOCK_HALT,
		.tell_company = "request-asked", .text = text };
	struct store *store;
	struct dossier d;
	int64_t after;

	CHECK(by->may >> CAPABILITY_DECIDE & 1);
	TRY(dossier_find(s, a, by, id, &d, e));
	for (uint32_t i = 0; i < json_count(documents); i++)
		if (!rules_word(s->rules, "documents", json_str(json_at(documents, i))))
			return err_set(e, ERR_INVALID, "document %u is none the rules know", i + 1);
	if (text.len > 0 || json_count(documents) == 0)
		TRY(dossier_text_check(text, e));
	TRY(ledger_reader(s->ledger, &store, e));
	TRY(last_document(store, id, &after, e));
	asked = json_set_str(a, asked, "text", text);
	asked = json_set_number(a, asked, "after", (double)after);
	asked = json_set(a, asked, "documents", json_copy(a, documents));
	if (!asked)
		return full(e);
	TRY(json_jcs(a, asked, &c.asked, e));
	return dossier_change(&c, e);
}

/* ---- two people ------------------------------------------------------------------------------ */

enum err_code service_dossier_prepare(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, bool anew, struct str answer, struct err *e)
{
	struct dossier_change c = { .s = s, .by = by, .id = id, .from = "examining",
		.to = "prepared", .event = "prepared", .inner = true, .prepare = true,
		.action = "prepare-decision", .tell_approvers = "request-prepared" };
	struct json *subject;
	struct dossier d;

	CHECK(by->may >> CAPABILITY_DECIDE & 1);
	TRY(dossier_find(s, a, by, id, &d, e));
	if (dossier_state_in(&d, "objected")) {
		TRY(dossier_text_check(answer, e));
		c.from = "objected";
		c.to = "answered";
		c.event = "answered";
		c.action = "answer-objection";
		c.text = answer;
		c.answer = anew ? STR("anew") : STR("kept");
	}
	if (c.answer.len == 0 || anew)
		TRY(dossier_subject(s, a, &d, &subject, &c.digest, e));
	return dossier_change(&c, e);
}

/* The objection is answered: the decision stays as it is. */
static enum err_code keep_decision(struct dossier_change *c, const struct dossier *d,
	struct err *e)
{
	c->from = "answered";
	c->to = "decided";
	c->event = "kept";
	c->inner = false;
	c->text = d->reply;
	c->clock = CLOCK_END;
	c->tell_company = "objection-kept";
	return dossier_change(c, e);
}

/* D2: told, and back to the officers. */
static enum err_code inputs_changed(struct service *s, const struct dossier *d, struct err *e)
{
	struct dossier_change c = { .s = s, .id = d->id, .from = "prepared answered",
		.to = str_is(d->state, "answered") ? "objected" : "examining",
		.event = "inputs-changed", .inner = true, .tell_preparer = "request-changed" };

	TRY(dossier_change(&c, e));
	return err_set(e, ERR_CONFLICT, "the inputs changed since it was prepared: it must be "
		"prepared again");
}

/* The work thread issues it, in a moment: who approved should see the decision, not a promise. */
static void wait_issued(struct service *s, int64_t id)
{
	const struct timespec pause = { .tv_nsec = ISSUE_PAUSE_NS };
	struct store *store;
	struct dossier d;

	for (int i = 0; i < ISSUE_PAUSES && s->working; i++) {
		SCOPED_ARENA a = { 0 };
		arena_init(&a, (size_t)1 << 20);
		if (ledger_reader(s->ledger, &store, NULL) != ERR_OK ||
			dossier_load(store, &a, id, &d, NULL) != ERR_OK ||
			!str_is(d.state, "issuing"))
			return;
		(void)nanosleep(&pause, NULL); /* cut short: looked at once more */
	}
}

enum err_code service_dossier_approve(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, struct str shown, struct err *e)
{
	struct dossier_change c = { .s = s, .by = by, .id = id, .from = "prepared answered",
		.to = "issuing", .event = "approved", .inner = true, .approve = true,
		.shown = shown, .action = "approve-decision" };
	struct json *subject;
	struct digest digest;
	struct dossier d;
	uint8_t decision[16];

	CHECK(by->may >> CAPABILITY_APPROVE & 1);
	TRY(dossier_find(s, a, by, id, &d, e));
	if (str_is(d.state, "answered") && str_is(d.answer, "kept"))
		return keep_decision(&c, &d, e);
	if (dossier_state_in(&d, "prepared answered") && d.prepared_by != by->account) {
		TRY(dossier_subject(s, a, &d, &subject, &digest, e));
		if (!digest_eq(&digest, &d.digest))
			return inputs_changed(s, &d, e);
	}
	service_uuid(decision);
	c.decision = decision;
	TRY(dossier_change(&c, e));
	service_wake(s);
	wait_issued(s, id);
	return ERR_OK;
}

enum err_code service_dossier_return(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, struct str reason, struct err *e)
{
	struct dossier_change c = { .s = s, .by = by, .id = id, .from = "prepared answered",
		.event = "returned", .inner = true, .action = "return-decision", .text = reason,
		.tell_preparer = "request-returned" };
	struct dossier d;

	CHECK(by->may >> CAPABILITY_APPROVE & 1);
	TRY(dossier_find(s, a, by, id, &d, e));
	TRY(dossier_text_check(reason, e));
	c.from = str_is(d.state, "answered") ? "answered" : "prepared";
	c.to = str_is(d.state, "answered") ? "objected" : "examining";
	return dossier_change(&c, e);
}
