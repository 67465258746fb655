/* report.c - inspection reports as rows: lists, search by number and words.
 *
 * The table is a projection of report statements, own and admitted; with the open facts, so that a
 * list reads no bodies.
 */
#include "service/list.h"
#include "service/model.h"
#include "service/service_inner.h"

#include <string.h>

#include "base/instant.h"
#include "base/scoped.h"

/* Takes the bit of the status lists that the report names; a taken one is a conflict. */
static enum err_code take_slot(struct store *s, const struct ledger_event *event, int64_t *ret,
	struct err *e)
{
	*ret = -1;
	const struct json *status = json_get(event->statement->doc, "credentialStatus");
	const struct json *first = json_is(status, JSON_ARRAY) ? json_at(status, 0) : status;
	if (!event->own || !first)
		return ERR_OK;
	uint64_t slot;
	if (str_parse_u64(json_get_str(first, "statusListIndex"), &slot, e) != ERR_OK)
		return err_in(e, "field \"credentialStatus\"");
	if (slot >= LIMIT_STATUS_LIST_ENTRIES)
		return err_set(e, ERR_INVALID, "field \"credentialStatus\": index %llu is past the "
			"list",
			(unsigned long long)slot);
	SCOPED_SQL q = sql_use(s, SQL_STATUS_SLOT_TAKE);
	struct str list = json_get_str(first, "statusListCredential");
	size_t dash = list.len;
	while (dash > 0 && list.at[dash - 1] != '-')
		dash--;
	uint64_t number;
	if (str_parse_u64(str_skip(list, dash), &number, e) != ERR_OK || number > 1000000)
		return err_set(e, ERR_INVALID, "field \"credentialStatus\": \"" STR_FMT
			"\" is no status list of this node", STR_ARG(list));
	*ret = (int64_t)(number * LIMIT_STATUS_LIST_ENTRIES + slot);
	sql_bind_i64(q, 1, *ret);
	enum err_code code = sql_run(q, e);
	if (code == ERR_CONFLICT) {
		(void)err_set(e, ERR_CONFLICT, "field \"credentialStatus\": slot %llu is taken",
			(unsigned long long)slot);
		return err_hint(e, "Ask for a new slot (GET /api/v1/status-slot), sign again and "
			"submit.");
	}
	return code;
}

enum err_code report_project(void *context, struct store *s, const struct ledger_event *event,
	struct err *e)
{
	(void)context;
	if (event->receipt->kind != KIND_REPORT)
		return ERR_OK;
	const struct json *subject = event->statement->subject;
	const struct json *report = json_get(subject, "inspectionReport");
	int64_t slot;
	struct str facts;
	SCOPED_ARENA a;
	arena_init(&a, MODEL_FACTS_ARENA_BYTES);
	TRY(take_slot(s, event, &slot, e));
	TRY(model_facts_to_keep(&a, KIND_REPORT, subject, &facts, e));
	SCOPED_SQL q = sql_use(s, SQL_REPORT_PUT);
	sql_bind_blob(q, 1, event->receipt->id_key, 16);
	sql_bind_str(q, 2, event->own ? STR("") : event->origin);
	sql_bind_str(q, 3, json_get_str(report, "number"));
	sql_bind_str(q, 4, event->receipt->issuer);
	sql_bind_str(q, 5, json_get_str(json_get(event->statement->doc, "issuer"), "name"));
	sql_bind_str(q, 6, json_get_str(report, "title"));
	sql_bind_str(q, 7, json_get_str(json_get(subject, "issuedToParty"), "id"));
	sql_bind_i64(q, 8, slot);
	sql_bind_i64(q, 9, event->receipt->time);
	sql_bind_i64(q, 10, event->statement->valid_until);
	sql_bind_str(q, 11, facts);
	enum err_code code = sql_run(q, e);
	if (code != ERR_CONFLICT)
		return code;
	(void)err_set(e, ERR_CONFLICT, "report number \"" STR_FMT "\" of this laboratory is "
		"already issued under another id", STR_ARG(json_get_str(report, "number")));
	return err_word(e, "number-used");
}

/* ---- reading --------------------------------------------------------------------------------- */

static const char *const words[] = { "valid", "suspended", "withdrawn", NULL };
static const struct list_order orders[] = {
	{ "time", SQL_REPORT_PAGE_OF_DOWN, SQL_REPORT_PAGE_OF_UP, SQL_COUNT, SQL_REPORT_PAGE_DOWN,
		SQL_REPORT_PAGE_UP },
	{ "number", SQL_REPORT_PAGE_NUMBER_DOWN, SQL_REPORT_PAGE_NUMBER_UP,
		SQL_REPORT_PAGE_KEY_NUMBER, SQL_COUNT, SQL_COUNT },
	{ "lab", SQL_REPORT_PAGE_LAB_DOWN, SQL_REPORT_PAGE_LAB_UP, SQL_REPORT_PAGE_KEY_LAB,
		SQL_COUNT, SQL_COUNT },
};

/* ---- what lists of reports and of decisions share */

/* The row's projection and receipt, without its body. A row older than its facts has it all. */
static enum err_code row_model(struct service *s, struct arena *a, enum sql_id id, int64_t seq,
	struct model_statement *m, struct str *ret_title, struct str *ret_facts, struct err *e)
{
	struct store *store;
	uint8_t id_key[16];
	bool row;
	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, id);
	sql_bind_i64(q, 1, seq);
	TRY(sql_step(q, &row, e));
	if (!row || sql_str(q, 0).len != 16)
		return err_set(e, ERR_NOT_FOUND, "row %lld is gone", (long long)seq);
	memcpy(id_key, sql_str(q, 0).at, 16);
	*ret_title = str_copy(a, sql_str(q, 1));
	*ret_facts = str_copy(a, sql_str(q, 4));
	*m = (struct model_statement){ .state = sql_i64(q, 3) < instant_now() &&
		str_is(sql_str(q, 2), "valid") ? STR("expired") : str_copy(a, sql_str(q, 2)) };
	if (ret_facts->len == 0)
		return model_load(s, a, id_key, m, e);
	return ledger_find_receipt(s->ledger, a, id_key, &m->found, e);
}

static enum err_code one_row(struct service *s, struct arena *a, enum sql_id id, int64_t seq,
	struct str state, struct json *rows, struct err *e)
{
	struct model_statement m;
	struct str title, facts;
	struct json *v, *parsed;
	TRY(row_model(s, a, id, seq, &m, &title, &facts, e));
	if (state.len > 0 && !str_eq(state, m.state))
		return ERR_OK;
	if (facts.len == 0) {
		json_push(a, rows, model_row(s, a, &m));
		return ERR_OK;
	}
	v = model_head(s, a, &m);
	TRY(json_parse(a, facts, &parsed, e));
	if (title.len > 0)
		json_set_str(a, v, "title", title);
	json_set(a, v, "facts", model_kept_facts(s, a, m.found.receipt.kind, parsed));
	return json_push(a, rows, v) ? ERR_OK :
		err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

enum err_code service_statement_list(struct service *s, struct arena *a, struct list_plan *plan,
	const char *const *states, enum sql_id row, const struct list_query *query,
	struct json **ret, struct err *e)
{
	struct list_mark city = { 'c', STR("") };
	struct json *rows = json_new_array(a);
	struct list_page page;
	struct store *store;
	TRY(ledger_reader(s->ledger, &store, e));
	TRY(list_cities(s, a, query->city, &plan->filters[0], e));
	TRY(list_words(a, "state", query->state, states, &plan->filters[1], e));
	plan->filter_count = 2;
	if (plan->filters[0].count != 1 || plan->filters[0].any)
		city.kind = '\0'; /* all, or several peers: looked at match by match */
	else
		city.text = plan->filters[0].values[0];
	plan->match = list_match(a, query->text, &city, 1);
	TRY(list_walk(store, a, plan, query, &page, e));
	for (size_t i = 0; i < page.count; i++) {
		struct err gone = { 0 };
		enum err_code code = one_row(s, a, row, page.at[i], query->state, rows, &gone);
		/* Not covered by a checkpoint yet: the next asking has it. */
		if (code != ERR_OK && code != ERR_NOT_FOUND) {
			*e = gone;
			return code;
		}
	}
	*ret = model_list(s, a, query, rows);
	return model_page(a, *ret, &page, e);
}

enum err_code service_reports(struct service *s, struct arena *a, const struct list_query *query,
	struct json **ret, struct err *e)
{
	struct list_plan plan = { .orders = orders, .usual_down = true,
		.order_count = sizeof(orders) / sizeof(orders[0]),
		.search_down = SQL_REPORT_PAGE_SEARCH_DOWN,
		.search_up = SQL_REPORT_PAGE_SEARCH_UP };
	return service_statement_list(s, a, &plan, words, SQL_REPORT_ROW, query, ret, e);
}

enum err_code service_report_by_number(struct service *s, struct arena *a, struct str number,
	struct json **ret, struct err *e)
{
	struct store *store;
	bool row = false;
	number = str_trim(number);
	TRY(ledger_reader(s->ledger, &store, e));
	uint8_t id_key[16];
	{
		SCOPED_SQL q = sql_use(store, SQL_REPORT_BY_NUMBER);
		sql_bind_str(q, 1, number);
		TRY(sql_step(q, &row, e));
		if (row)
			memcpy(id_key, sql_str(q, 0).at, 16);
	}
	if (!row) {
		(void)err_set(e, ERR_NOT_FOUND, "no report with the number %s is known here",
			str_quote(a, number));
		return err_hint(e, "Look at the number printed under the QR code; a report of the "
			"other "
			"city is known here once its recognition was asked for.");
	}
	return service_statement(s, a, id_key, false, ret, e);
}
