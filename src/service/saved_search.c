/* saved_search.c - see saved_search.h. */
#include "service/saved_search.h"

#include <string.h>

#include "base/diag.h"
#include "base/instant.h"
#include "base/scoped.h"
#include "service/listing_search.h"
#include "service/match.h"
#include "service/notice.h"

#define WORK_ARENA_BYTES ((size_t)64 << 20)
#define WORK_ROUND 64              /* searches looked at before the work thread goes on */
#define WORTH_TELLING 400          /* score of a match that a notice tells of */
#define CHINA_OFFSET_S (8 * 3600)
#define DAY_S 86400

/* ---- keeping --------------------------------------------------------------------------------- */

static enum err_code query_text(struct arena *a, const struct listing_query *q, struct str *ret,
	struct err *e)
{
	struct json *v = json_new_object(a);

	v = json_set_str(a, v, "text", listing_or_empty(q->text));
	v = json_set_str(a, v, "kind", listing_or_empty(q->kind));
	v = json_set_str(a, v, "city", listing_or_empty(q->city));
	v = json_set_str(a, v, "region", listing_or_empty(q->region));
	v = json_set_str(a, v, "industry", listing_or_empty(q->industry));
	TRY(json_jcs(a, v, ret, e));
	if (ret->len > LIMIT_SAVED_SEARCH_BYTES)
		return err_set(e, ERR_INVALID, "search longer than %d bytes",
			LIMIT_SAVED_SEARCH_BYTES);
	return ERR_OK;
}

struct saving {
	int64_t account, now;
	const struct saved_search *search;
	struct str query;
	bool full;
};

static enum err_code count_of(struct store *store, enum sql_id id, const struct saving *x,
	int64_t *ret, struct err *e)
{
	SCOPED_SQL q = sql_use(store, id);
	bool row;

	sql_bind_i64(q, 1, x->account);
	if (id == SQL_SAVED_SEARCH_SAME) {
		sql_bind_str(q, 2, x->search->listing);
		sql_bind_str(q, 3, x->query);
	}
	TRY(sql_step(q, &row, e));
	*ret = row ? sql_i64(q, 0) : 0;
	return ERR_OK;
}

static enum err_code write_save(void *context, struct store *store, struct err *e)
{
	struct saving *x = context;
	int64_t same, count;

	x->full = false;
	TRY(count_of(store, SQL_SAVED_SEARCH_SAME, x, &same, e));
	if (same != 0)
		return ERR_OK;
	TRY(count_of(store, SQL_SAVED_SEARCH_COUNT, x, &count, e));
	x->full = count >= LIMIT_SAVED_SEARCHES;
	if (x->full)
		return ERR_OK;
	SCOPED_SQL q = sql_use(store, SQL_SAVED_SEARCH_PUT);
	sql_bind_i64(q, 1, x->account);
	sql_bind_str(q, 2, x->search->listing);
	sql_bind_str(q, 3, x->query);
	sql_bind_str(q, 4, x->search->path);
	sql_bind_str(q, 5, x->search->name);
	sql_bind_i64(q, 6, x->now);
	return sql_run(q, e);
}

enum err_code service_search_save(struct service *s, struct arena *a,
	const struct account_who *by, const struct saved_search *search, struct err *e)
{
	struct saving x = { .account = by->account, .now = instant_now(), .search = search };
	const struct listing_query *q = &search->query;
	struct json *row;

	CHECK(by->account != 0);
	if (search->listing.len > 0)
		TRY(service_listing(s, a, search->listing, &row, e));
	else if (listing_or_empty(q->text).len + listing_or_empty(q->kind).len +
		listing_or_empty(q->region).len + listing_or_empty(q->industry).len == 0)
		return err_set(e, ERR_INVALID, "nothing to look for");
	TRY(query_text(a, q, &x.query, e));
	TRY(ledger_write(s->ledger, write_save, &x, e));
	return x.full ? err_set(e, ERR_CONFLICT, "an account has %d saved searches at most",
		LIMIT_SAVED_SEARCHES) : ERR_OK;
}

enum err_code service_searches(struct service *s, struct arena *a, const struct account_who *by,
	struct json **ret, struct err *e)
{
	struct json *rows = json_new_array(a), *model = json_new_object(a);
	struct store *store;
	bool row;

	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_SAVED_SEARCH_LIST);
	sql_bind_i64(q, 1, by->account);
	for (;;) {
		struct json *v = json_new_object(a);
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		v = json_set_str(a, v, "number", str_printf(a, "%lld", (long long)sql_i64(q, 0)));
		v = json_set(a, v, "matches", json_new_bool(a, sql_str(q, 1).len > 0));
		v = json_set_str(a, v, "where", str_copy(a, sql_str(q, 2)));
		v = json_set_str(a, v, "name", str_copy(a, sql_str(q, 3)));
		v = json_set_str(a, v, "time", service_instant(a, sql_i64(q, 4)));
		if (sql_i64(q, 5) > 0)
			v = json_set_str(a, v, "noticed", service_instant(a, sql_i64(q, 5)));
		rows = json_push(a, rows, v);
	}
	model = json_set(a, model, "full", json_new_bool(a, json_count(rows) >=
		LIMIT_SAVED_SEARCHES));
	*ret = json_set(a, model, "rows", rows);
	return *ret ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

struct ending { int64_t account, id; bool found; };

static enum err_code write_end(void *context, struct store *store, struct err *e)
{
	struct ending *x = context;
	SCOPED_SQL q = sql_use(store, SQL_SAVED_SEARCH_DROP);

	sql_bind_i64(q, 1, x->id);
	sql_bind_i64(q, 2, x->account);
	return sql_step(q, &x->found, e);
}

enum err_code service_search_end(struct service *s, const struct account_who *by, int64_t id,
	struct err *e)
{
	struct ending x = { .account = by->account, .id = id };

	TRY(ledger_write(s->ledger, write_end, &x, e));
	return x.found ? ERR_OK : err_set(e, ERR_NOT_FOUND, "there is no such saved search");
}

/* ---- looking at what is new ------------------------------------------------------------------ */

struct looking {
	int64_t id, account, seen, newest, now;
	struct str listing, query, path, name;
	bool found;
};

static enum err_code next_due(struct store *store, struct arena *a, int64_t newest,
	int64_t day, int64_t behind, struct looking *ret, bool *ret_any, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_SAVED_SEARCH_DUE);

	sql_bind_i64(q, 1, newest);
	sql_bind_i64(q, 2, day);
	sql_bind_i64(q, 3, behind);
	sql_bind_i64(q, 4, 1);
	TRY(sql_step(q, ret_any, e));
	if (*ret_any)
		*ret = (struct looking){ .id = sql_i64(q, 0), .account = sql_i64(q, 1),
			.listing = str_copy(a, sql_str(q, 2)), .query = str_copy(a, sql_str(q, 3)),
			.path = str_copy(a, sql_str(q, 4)), .name = str_copy(a, sql_str(q, 5)),
			.seen = sql_i64(q, 6), .newest = newest };
	return ERR_OK;
}

/* One that fits at least, of what came after `seen`. */
static enum err_code look(struct service *s, struct arena *a, struct looking *x, struct err *e)
{
	struct json *v, *query;
	const struct json *rows;

	if (x->listing.len > 0) {
		struct match_query m = { .rows = 1, .since = x->seen };
		TRY(service_matches(s, a, x->listing, &m, &v, e));
		rows = json_get(v, "rows");
		x->found = json_count(rows) > 0 && json_true(json_get(json_at(rows, 0),
			"qualifies")) && json_number_or(json_get(json_at(rows, 0), "score"), 0) >=
			WORTH_TELLING;
		return ERR_OK;
	}
	TRY(json_parse(a, x->query, &query, e));
	struct listing_query q = { .text = json_get_str(query, "text"),
		.kind = json_get_str(query, "kind"), .city = json_get_str(query, "city"),
		.region = json_get_str(query, "region"),
		.industry = json_get_str(query, "industry"), .rows = 1, .newest = true,
		.since = x->seen };
	TRY(service_listings(s, a, &q, &v, e));
	x->found = json_count(json_get(v, "rows")) > 0;
	return ERR_OK;
}

static enum err_code write_seen(void *context, struct store *store, struct err *e)
{
	const struct looking *x = context;
	SCOPED_SQL q = sql_use(store, SQL_SAVED_SEARCH_SEEN);

	sql_bind_i64(q, 1, x->id);
	sql_bind_i64(q, 2, x->newest);
	sql_bind_i64(q, 3, x->found ? x->now : 0);
	TRY(sql_run(q, e));
	return x->found ? notice_put(store, x->now, &(struct notice){ .account = x->account,
		.word = x->listing.len > 0 ? "match-found" : "search-found", .name = x->name,
		.path = x->path }, e) : ERR_OK;
}

/* Those that are due, a round of them; *ret_done: none is left. */
static enum err_code round_of(struct service *s, struct arena *a, int64_t newest, int64_t day,
	int64_t now, bool *ret_done, struct err *e)
{
	struct store *store;
	int64_t behind = 0;
	bool any = true;

	TRY(ledger_reader(s->ledger, &store, e));
	for (int i = 0; i < WORK_ROUND; i++) {
		struct looking x;
		struct err problem = { 0 };
		TRY(next_due(store, a, newest, day, behind, &x, &any, e));
		if (!any)
			break;
		x.now = now;
		behind = x.id;
		if (look(s, a, &x, &problem) != ERR_OK)
			x.found = false; /* its listing has ended, or its words are none any more */
		TRY(ledger_write(s->ledger, write_seen, &x, e));
		arena_reset(a);
	}
	*ret_done = !any;
	return ERR_OK;
}

static enum err_code newest_of(struct service *s, int64_t *ret, struct err *e)
{
	struct store *store;
	bool row;

	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_LISTING_NEWEST_SEQ);
	TRY(sql_step(q, &row, e));
	*ret = sql_i64(q, 0);
	return ERR_OK;
}

void saved_searches_work(struct service *s, int64_t now)
{
	int64_t day = (now + CHINA_OFFSET_S) / DAY_S * DAY_S - CHINA_OFFSET_S, newest;
	SCOPED_ARENA a = { 0 };
	struct err e = { 0 };
	bool done;

	if (newest_of(s, &newest, &e) != ERR_OK)
		return;
	if (newest == s->listings->searched && day == s->listings->searched_day)
		return; /* nothing is new */
	arena_init(&a, WORK_ARENA_BYTES);
	if (round_of(s, &a, newest, day, now, &done, &e) != ERR_OK) {
		diag_err(DIAG_WARN, "saved-search", &e);
		return;
	}
	if (done) {
		s->listings->searched = newest;
		s->listings->searched_day = day;
	}
}

/* ---- order of lists -------------------------------------------------------------------------- */

bool service_order_newest(struct service *s, const struct account_who *by, bool *ret_said)
{
	struct store *store;
	struct err e = { 0 };
	bool row = false;

	*ret_said = false;
	if (by->account == 0 || ledger_reader(s->ledger, &store, &e) != ERR_OK)
		return false;
	SCOPED_SQL q = sql_use(store, SQL_LISTING_ORDER_OF);
	sql_bind_i64(q, 1, by->account);
	if (sql_step(q, &row, &e) != ERR_OK || !row)
		return false;
	*ret_said = true;
	return str_is(sql_str(q, 0), "newest");
}

struct ordering { int64_t account; bool newest; };

static enum err_code write_order(void *context, struct store *store, struct err *e)
{
	const struct ordering *x = context;
	SCOPED_SQL q = sql_use(store, SQL_LISTING_ORDER_PUT);

	sql_bind_i64(q, 1, x->account);
	sql_bind_str(q, 2, x->newest ? STR("newest") : STR("relevance"));
	return sql_run(q, e);
}

enum err_code service_order_set(struct service *s, const struct account_who *by, bool newest,
	struct err *e)
{
	struct ordering x = { .account = by->account, .newest = newest };

	CHECK(by->account != 0);
	return ledger_write(s->ledger, write_order, &x, e);
}
