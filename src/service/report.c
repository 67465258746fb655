/* report.c - inspection reports as rows: lists, search by number and words.
 *
 * The table is a projection of report statements, own and admitted. Words go into the full-text
 * index in the background (bigrams, so that two-character Chinese words are found), never in the
 * hot path.
 */
#include "service/model.h"
#include "matching/search_text.h"
#include "service/service_inner.h"

#include <string.h>

#include "base/diag.h"
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
	TRY(take_slot(s, event, &slot, e));
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
	enum err_code code = sql_run(q, e);
	if (code == ERR_CONFLICT)
		return err_set(e, ERR_CONFLICT, "report number \"" STR_FMT "\" of this laboratory "
			"is "
			"already issued under another id", STR_ARG(json_get_str(report, "number")));
	return code;
}

/* ---- search index, fed in the background
 * ------------------------------------------------------- */

#define INDEX_BATCH 512

static enum err_code index_some(void *context, struct store *store, struct err *e)
{
	size_t *ret_done = context;
	SCOPED_ARENA a;
	arena_init(&a, (size_t)16 << 20);
	SCOPED_SQL q = sql_use(store, SQL_REPORT_UNINDEXED);
	sql_bind_i64(q, 1, INDEX_BATCH);
	int64_t last = 0;
	for (size_t done = 0;; done++) {
		bool row;
		TRY(sql_step(q, &row, e));
		if (!row) {
			*ret_done = done;
			break;
		}
		last = sql_i64(q, 0);
		SCOPED_BUF words;
		buf_init(&words, 65536);
		for (int column = 1; column <= 3; column++)
			search_text_put(&words, sql_str(q, column));
		SCOPED_SQL put = sql_use(store, SQL_REPORT_INDEX);
		sql_bind_i64(put, 1, last);
		sql_bind_str(put, 2, buf_str(&words));
		TRY(sql_run(put, e));
	}
	if (*ret_done == 0)
		return ERR_OK;
	SCOPED_SQL mark = sql_use(store, SQL_REPORT_INDEXED);
	sql_bind_i64(mark, 1, last);
	return sql_run(mark, e);
}

void report_index_work(struct service *s)
{
	struct store *store;
	struct err e = { 0 };
	for (int round = 0; round < 20; round++) {
		bool row = false;
		if (ledger_reader(s->ledger, &store, &e) != ERR_OK)
			return;
		{
			SCOPED_SQL q = sql_use(store, SQL_REPORT_UNINDEXED);
			sql_bind_i64(q, 1, 1);
			if (sql_step(q, &row, &e) != ERR_OK || !row)
				return;
		}
		size_t done = 0;
		if (ledger_write(s->ledger, index_some, &done, &e) != ERR_OK) {
			diag_err(DIAG_WARN, "search", &e);
			return;
		}
		if (done < INDEX_BATCH)
			return;
	}
	service_wake(s); /* more waits: take turns with the other work */
}

/* ---- reading
 * ----------------------------------------------------------------------------------- */

static uint32_t rows_of(const struct list_query *query)
{
	uint32_t rows = query->rows == 0 ? 50 : query->rows;
	return rows > LIMIT_PAGE_ROWS ? LIMIT_PAGE_ROWS : rows;
}

/* City filter of lists: "own", "peer", a domain of one of them, or all. */
static enum err_code city_filter(struct service *s, struct str city, struct str *ret, struct err *e)
{
	*ret = STR("");
	if (city.len == 0)
		return ERR_OK;
	if (str_is(city, "own") || str_eq(city, s->config->domain)) {
		*ret = STR("own");
		return ERR_OK;
	}
	for (size_t i = 0; i < s->config->peer_count; i++) {
		if (str_is(city, "peer") || str_eq(city, s->config->peers[i].domain)) {
			*ret = STR("peer");
			return ERR_OK;
		}
	}
	return err_set(e, ERR_INVALID, "field \"city\": \"" STR_FMT "\" is neither this city nor a "
		"peer",
		STR_ARG(city));
}

enum err_code service_list_frame(struct service *s, const struct list_query *query,
	struct list_frame *ret, struct err *e)
{
	*ret = (struct list_frame){ .before = INT64_MAX };
	uint64_t before;
	if (query->after.len > 0) {
		if (str_parse_u64(query->after, &before, e) != ERR_OK || before > INT64_MAX)
			return err_set(e, ERR_INVALID, "field \"after\": no page key of this list");
		ret->before = (int64_t)before;
	}
	ret->rows = rows_of(query);
	return city_filter(s, query->city, &ret->city, e);
}

/* Rows of a query whose first two columns are seq and id_key; a row kept from the list by `state`
 * still counts for paging. */
enum err_code service_list_rows(struct service *s, struct arena *a, struct sql *q,
	const struct list_query *query, const struct list_frame *frame, struct json **ret,
		struct err *e)
{
	struct json *rows = json_new_array(a);
	struct str next = { 0 };
	int64_t last = 0;
	for (uint32_t taken = 0;; taken++) {
		bool row;
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		if (taken == frame->rows) {
			next = str_printf(a, "%lld", (long long)last);
			break;
		}
		last = sql_i64(q, 0);
		struct model_statement m;
		uint8_t id_key[16];
		memcpy(id_key, sql_str(q, 1).at, 16);
		TRY(model_load(s, a, id_key, &m, e));
		if (query->state.len == 0 || str_eq(query->state, m.state))
			json_push(a, rows, model_row(s, a, &m));
	}
	*ret = model_list(s, a, query, rows);
	if (next.at)
		json_set_str(a, *ret, "next", next);
	return ERR_OK;
}

enum err_code service_reports(struct service *s, struct arena *a, const struct list_query *query,
	struct json **ret, struct err *e)
{
	struct store *store;
	struct list_frame frame;
	TRY(ledger_reader(s->ledger, &store, e));
	TRY(service_list_frame(s, query, &frame, e));
	SCOPED_BUF words;
	buf_init(&words, 4096);
	search_text_query(&words, query->text);
	bool search = buf_str(&words).len > 0;
	SCOPED_SQL q = sql_use(store, search ? SQL_REPORT_SEARCH : SQL_REPORT_LIST);
	sql_bind_i64(q, 1, frame.before);
	sql_bind_i64(q, 2, frame.rows + 1);
	sql_bind_str(q, 3, frame.city);
	if (search)
		sql_bind_str(q, 4, buf_str(&words));
	return service_list_rows(s, a, q, query, &frame, ret, e);
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
