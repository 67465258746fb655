/* listing_find.c - published listings: lists, search, one. */
#include <string.h>

#include "base/instant.h"
#include "base/scoped.h"
#include "matching/search_text.h"
#include "service/listing_inner.h"
#include "service/model.h"

static struct json *row_model(struct service *s, struct arena *a, struct sql *q)
{
	struct json *v = json_new_object(a);
	struct str origin = str_copy(a, sql_str(q, 3));
	size_t peer;

	v = json_set_str(a, v, "id", statement_id_text(a, (const uint8_t *)sql_str(q, 1).at));
	v = json_set_str(a, v, "listing", statement_id_text(a, (const uint8_t *)sql_str(q, 2).at));
	v = json_set_number(a, v, "version", (double)sql_i64(q, 5));
	v = json_set_str(a, v, "kind", str_copy(a, sql_str(q, 6)));
	v = json_set_str(a, v, "registered_id", str_copy(a, sql_str(q, 7)));
	v = json_set_str(a, v, "organisation", str_copy(a, sql_str(q, 8)));
	v = json_set_str(a, v, "title", str_copy(a, sql_str(q, 9)));
	v = json_set_str(a, v, "region", str_copy(a, sql_str(q, 10)));
	v = json_set_str(a, v, "industry", str_copy(a, sql_str(q, 11)));
	v = json_set_str(a, v, "until", service_instant(a, sql_i64(q, 12)));
	v = json_set_str(a, v, "time", service_instant(a, sql_i64(q, 13)));
	v = json_set_str(a, v, "state", str_copy(a, sql_str(q, 14)));
	v = json_set(a, v, "city", model_city(s, a, origin));
	if (origin.len > 0 && service_peer_of(s, origin, &peer)) {
		int64_t as_of = service_peer_state(s, peer).as_of;
		if (as_of > 0)
			v = json_set(a, v, "as_of", model_time(a, as_of));
	}
	return v;
}

static struct str or_empty(struct str s)
{
	return s.at ? s : STR("");
}

/* By relevance a page's key is how many came before it; else it is a row's number. */
static enum err_code read_rows(struct service *s, struct arena *a, struct sql *q, bool ranked,
	const struct list_frame *frame, int64_t from, struct json **ret, struct err *e)
{
	struct json *rows = json_new_array(a);
	struct str next = { 0 };
	int64_t last = 0;
	bool row;

	for (uint32_t taken = 0;; taken++) {
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		if (taken == frame->rows) {
			next = str_printf(a, "%lld", (long long)(ranked ? from + taken : last));
			break;
		}
		last = sql_i64(q, 0);
		rows = json_push(a, rows, row_model(s, a, q));
	}
	*ret = json_set(a, json_new_object(a), "rows", rows);
	if (next.at)
		*ret = json_set_str(a, *ret, "next", next);
	return ERR_OK;
}

static struct json *echo(struct arena *a, const struct listing_query *query)
{
	struct json *v = json_new_object(a);

	v = json_set_str(a, v, "text", or_empty(query->text));
	v = json_set_str(a, v, "kind", or_empty(query->kind));
	v = json_set_str(a, v, "city", or_empty(query->city));
	v = json_set_str(a, v, "region", or_empty(query->region));
	return json_set_str(a, v, "industry", or_empty(query->industry));
}

enum err_code service_listings(struct service *s, struct arena *a,
	const struct listing_query *query, struct json **ret, struct err *e)
{
	struct list_query base = { .city = or_empty(query->city), .after = or_empty(query->after),
		.rows = query->rows };
	struct list_frame frame;
	SCOPED_BUF words = { 0 };
	struct store *store;
	bool ranked;

	TRY(ledger_reader(s->ledger, &store, e));
	TRY(service_list_frame(s, &base, &frame, e));
	buf_init(&words, 4096);
	search_text_query(&words, or_empty(query->text));
	ranked = buf_str(&words).len > 0;
	int64_t from = ranked && query->after.len > 0 ? frame.before : 0;
	SCOPED_SQL q = sql_use(store, ranked ? SQL_LISTING_SEARCH
		: query->kind.len > 0 ? SQL_LISTING_LIST : SQL_LISTING_LIST_ALL);
	sql_bind_i64(q, 1, ranked ? from : frame.before);
	sql_bind_i64(q, 2, frame.rows + 1);
	sql_bind_str(q, 3, frame.city);
	sql_bind_str(q, 4, or_empty(query->kind));
	sql_bind_i64(q, 5, instant_now());
	sql_bind_str(q, 6, or_empty(query->region));
	sql_bind_str(q, 7, or_empty(query->industry));
	if (ranked)
		sql_bind_str(q, 8, buf_str(&words));
	TRY(read_rows(s, a, q, ranked, &frame, from, ret, e));
	*ret = json_set(a, *ret, "query", echo(a, query));
	*ret = json_set(a, *ret, "cities", model_cities(s, a));
	*ret = json_set(a, *ret, "now", model_time(a, instant_now()));
	return *ret ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

/* "urn:uuid:..." or the UUID alone. */
static enum err_code key_of(struct arena *a, struct str listing, uint8_t ret[16], struct err *e)
{
	struct str id = str_starts(listing, "urn:") ? listing
		: str_printf(a, "urn:uuid:" STR_FMT, STR_ARG(listing));

	if (statement_id_parse(id, ret, NULL) == ERR_OK)
		return ERR_OK;
	return err_set(e, ERR_NOT_FOUND, "there is no such listing here");
}

static enum err_code find_row(struct service *s, struct arena *a, const uint8_t key[16],
	struct json **ret, uint8_t ret_id_key[16], struct err *e)
{
	struct store *store;
	bool row;

	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_LISTING_FIND);
	sql_bind_blob(q, 1, key, 16);
	sql_bind_str(q, 2, STR(""));
	TRY(sql_step(q, &row, e));
	if (!row)
		return err_set(e, ERR_NOT_FOUND, "there is no such listing here");
	*ret = row_model(s, a, q);
	memcpy(ret_id_key, sql_str(q, 1).at, 16);
	return ERR_OK;
}

enum err_code service_listing_load(struct service *s, struct arena *a, const uint8_t id_key[16],
	struct listing *ret, struct err *e)
{
	struct ledger_found found;
	struct statement statement;

	TRY(ledger_find(s->ledger, a, id_key, &found, e));
	if (found.receipt.kind != KIND_LISTING || found.body.len == 0)
		return err_set(e, ERR_NOT_FOUND, "there is no such listing here");
	TRY(statement_parse(a, found.body, &statement, e));
	return listing_parse(statement.subject, ret, e);
}

enum err_code service_listing(struct service *s, struct arena *a, struct str listing,
	struct json **ret, struct err *e)
{
	struct json *v = NULL;
	struct listing l;
	uint8_t key[16], id_key[16];

	TRY(key_of(a, listing, key, e));
	TRY(find_row(s, a, key, &v, id_key, e));
	*ret = v;
	if (!str_is(json_get_str(v, "state"), "valid"))
		return ERR_OK;
	TRY(service_listing_load(s, a, id_key, &l, e));
	v = json_set_str(a, v, "summary", l.summary);
	v = json_set(a, v, "fields", json_copy(a, l.fields));
	if (l.translations)
		v = json_set(a, v, "translations", json_copy(a, l.translations));
	*ret = v;
	return v ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}
