/* list.c - walking indexes for lists. */
#include "service/list.h"

#include <stdlib.h>
#include <string.h>

#include "base/scoped.h"
#include "matching/search_text.h"
#include "service/model.h"
#include "service/service_inner.h"

/* What is being read: from where, which way, how many. */
struct walk {
	struct store *store;
	struct arena *a;
	const struct list_plan *plan;
	const struct list_order *order;
	bool down;                 /* of the statements, after turning for a page before */
	bool keyed;                /* it goes on from a row */
	struct str key;
	int64_t row;
	uint32_t rows;
};
struct found {
	struct str key;
	int64_t row;
};
struct founds {
	size_t count, capacity;
	struct found *at;
};

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

/* ---- one index ------------------------------------------------------------------------------- */

/* Before the first row of an order: a blob sorts behind every text. */
static void bind_start(struct sql *q, const struct walk *w)
{
	if (w->keyed)
		sql_bind_str(q, 1, w->key);
	else if (w->down)
		sql_bind_blob(q, 1, "", 0);
	else
		sql_bind_str(q, 1, STR(""));
	sql_bind_i64(q, 2, w->keyed ? w->row : w->down ? INT64_MAX : -1);
	sql_bind_i64(q, 3, w->rows + 1);
}

/* The rows of one beginning; `values` of its filters, none for the plain order. */
static enum err_code walk_index(const struct walk *w, enum sql_id id, const struct str *values,
	size_t value_count, struct founds *to, struct err *e)
{
	SCOPED_SQL q = sql_use(w->store, id);

	bind_start(q, w);
	for (size_t i = 0; i < value_count; i++)
		sql_bind_str(q, (int)i + 4, values[i]);
	for (;;) {
		bool row;
		TRY(sql_step(q, &row, e));
		if (!row)
			return ERR_OK;
		CHECK(to->count < to->capacity);
		to->at[to->count++] = (struct found){ .row = sql_i64(q, 0),
			.key = w->order->key == SQL_COUNT ? STR("") : str_copy(w->a,
			sql_str(q, 1)) };
	}
}

static int upwards(const void *left, const void *right)
{
	const struct found *l = left, *r = right;
	int by_key = str_cmp(l->key, r->key);

	return by_key != 0 ? by_key : (l->row > r->row) - (l->row < r->row);
}

static int downwards(const void *left, const void *right)
{
	return upwards(right, left);
}

static bool is_plain(const struct walk *w)
{
	if (w->order->plain_down == SQL_COUNT)
		return false;
	for (size_t i = 0; i < w->plan->filter_count; i++)
		if (!w->plan->filters[i].any)
			return false;
	return true;
}

/* Every combination of the filters' values, counted like an odometer. */
static enum err_code walk_all(const struct walk *w, struct founds *to, struct err *e)
{
	size_t places[LIST_FILTERS] = { 0 }, total = 1, count = w->plan->filter_count;
	struct str values[LIST_FILTERS];

	for (size_t i = 0; i < count; i++)
		total *= w->plan->filters[i].count;
	to->capacity = (is_plain(w) ? 1 : total) * (w->rows + 1);
	to->at = ARENA_ARRAY(w->a, struct found, to->capacity);
	if (!to->at)
		return full(e);
	if (is_plain(w))
		return walk_index(w, w->down ? w->order->plain_down : w->order->plain_up, NULL, 0,
			to, e);
	for (size_t n = 0; n < total; n++) {
		for (size_t i = 0; i < count; i++)
			values[i] = w->plan->filters[i].values[places[i]];
		TRY(walk_index(w, w->down ? w->order->down : w->order->up, values, count, to, e));
		for (size_t i = 0; i < count; i++) {
			if (++places[i] < w->plan->filters[i].count)
				break;
			places[i] = 0;
		}
	}
	if (total > 1)
		qsort(to->at, to->count, sizeof(*to->at), w->down ? downwards : upwards);
	return ERR_OK;
}

/* ---- words ----------------------------------------------------------------------------------- */

static bool is_kept(const struct walk *w, struct sql *q)
{
	for (size_t i = 0; i < w->plan->filter_count; i++) {
		const struct list_filter *f = &w->plan->filters[i];
		struct str value = sql_str(q, (int)i + 1);
		bool fits = f->any;
		for (size_t k = 0; k < f->count && !fits; k++)
			fits = str_eq(f->values[k], value);
		if (!fits)
			return false;
	}
	return true;
}

/* `ret_looked`: where looking ended before the page was full; 0: at the end of the matches. */
static enum err_code walk_words(const struct walk *w, struct founds *to, int64_t *ret_looked,
	struct err *e)
{
	SCOPED_SQL q = sql_use(w->store, w->down ? w->plan->search_down : w->plan->search_up);
	int64_t last = 0;

	to->capacity = w->rows + 1;
	to->at = ARENA_ARRAY(w->a, struct found, to->capacity);
	if (!to->at)
		return full(e);
	sql_bind_str(q, 1, w->plan->match);
	sql_bind_i64(q, 2, w->keyed ? w->row : w->down ? INT64_MAX : -1);
	sql_bind_i64(q, 3, LIMIT_SEARCH_LOOK);
	*ret_looked = 0;
	for (uint32_t looked = 0; to->count < to->capacity; looked++) {
		bool row;
		TRY(sql_step(q, &row, e));
		if (!row) {
			*ret_looked = looked == LIMIT_SEARCH_LOOK ? last : 0;
			return ERR_OK;
		}
		last = sql_i64(q, 0);
		if (is_kept(w, q))
			to->at[to->count++] = (struct found){ .row = last, .key = STR("") };
	}
	return ERR_OK;
}

/* ---- a page ---------------------------------------------------------------------------------- */

static enum err_code read_order(const struct list_plan *plan, struct str sort, struct walk *w,
	struct err *e)
{
	bool minus = sort.len > 0 && sort.at[0] == '-';
	struct str name = minus ? str_skip(sort, 1) : sort;

	w->order = &plan->orders[0];
	w->down = plan->usual_down;
	if (sort.len == 0)
		return ERR_OK;
	w->down = minus;
	for (size_t i = 0; i < plan->order_count; i++) {
		w->order = &plan->orders[i];
		if (!str_is(name, w->order->name))
			continue;
		if (plan->match.len > 0) /* matches stand in the order of rows only */
			w->order = &plan->orders[0];
		return ERR_OK;
	}
	return err_set(e, ERR_INVALID, "field \"sort\": no order of this list");
}

static enum err_code read_key(struct walk *w, struct str text, const char *field, struct err *e)
{
	uint64_t row;
	bool found = false;

	if (str_parse_u64(text, &row, NULL) != ERR_OK || row > INT64_MAX)
		return err_set(e, ERR_INVALID, "field \"%s\": no page key of this list", field);
	w->keyed = true;
	w->row = (int64_t)row;
	w->key = STR("");
	if (w->order->key == SQL_COUNT || w->plan->match.len > 0)
		return ERR_OK;
	SCOPED_SQL q = sql_use(w->store, w->order->key);
	sql_bind_i64(q, 1, w->row);
	TRY(sql_step(q, &found, e));
	if (!found)
		return err_set(e, ERR_INVALID, "field \"%s\": the row is gone", field);
	w->key = str_copy(w->a, sql_str(q, 0));
	return w->key.at ? ERR_OK : full(e);
}

static enum err_code walk_once(const struct walk *w, struct founds *to, int64_t *ret_looked,
	struct err *e)
{
	*ret_looked = 0;
	*to = (struct founds){ 0 };
	return w->plan->match.len > 0 ? walk_words(w, to, ret_looked, e) : walk_all(w, to, e);
}

static struct str key_text(struct arena *a, int64_t row)
{
	return str_printf(a, "%lld", (long long)row);
}

/* From what was found: the page, and whether there is more beside it. */
static enum err_code page_of(struct arena *a, const struct founds *found, uint32_t rows,
	bool backwards, bool keyed, int64_t looked, struct list_page *ret, struct err *e)
{
	bool more = found->count > rows;
	struct list_page page = { .count = more ? rows : found->count };

	page.at = ARENA_ARRAY(a, int64_t, page.count + 1);
	if (!page.at)
		return full(e);
	for (size_t i = 0; i < page.count; i++)
		page.at[backwards ? page.count - 1 - i : i] = found->at[i].row;
	if (page.count > 0 && (backwards || more))
		page.next = key_text(a, page.at[page.count - 1]);
	else if (looked != 0 && !backwards)
		page.next = key_text(a, looked);
	if (page.count > 0 && (backwards ? more : keyed))
		page.previous = key_text(a, page.at[0]);
	else if (backwards && looked != 0)
		page.previous = key_text(a, looked);
	*ret = page;
	return ERR_OK;
}

enum err_code list_walk(struct store *s, struct arena *a, const struct list_plan *plan,
	const struct list_query *query, struct list_page *ret, struct err *e)
{
	struct walk w = { .store = s, .a = a, .plan = plan,
		.rows = query->rows == 0 ? LIST_ROWS : query->rows };
	bool backwards = query->after.len == 0 && query->before.len > 0;
	struct founds found;
	int64_t looked;

	if (w.rows > LIMIT_PAGE_ROWS)
		w.rows = LIMIT_PAGE_ROWS;
	TRY(read_order(plan, query->sort, &w, e));
	if (query->after.len > 0)
		TRY(read_key(&w, query->after, "after", e));
	if (backwards) {
		TRY(read_key(&w, query->before, "before", e));
		w.down = !w.down;
		TRY(walk_once(&w, &found, &looked, e));
		if (found.count > w.rows || looked != 0)
			return page_of(a, &found, w.rows, true, true, looked, ret, e);
		/* All before it fits one page: that is the first, and the first is always full. */
		w.down = !w.down;
		w.keyed = false;
	}
	TRY(walk_once(&w, &found, &looked, e));
	return page_of(a, &found, w.rows, false, w.keyed, looked, ret, e);
}

/* ---- filters --------------------------------------------------------------------------------- */

enum err_code list_cities(struct service *s, struct arena *a, struct str city,
	struct list_filter *ret, struct err *e)
{
	const struct node_config *c = s->config;
	struct str *values = ARENA_ARRAY(a, struct str, c->peer_count + 1);
	struct list_filter f = { .values = values, .any = city.len == 0 };

	if (!values)
		return full(e);
	if (f.any || str_is(city, "own") || str_eq(city, c->domain))
		values[f.count++] = STR("");
	for (size_t i = 0; i < c->peer_count; i++)
		if (f.any || str_is(city, "peer") || str_eq(city, c->peers[i].domain))
			values[f.count++] = c->peers[i].tlog_key.name;
	if (f.count == 0 && !str_is(city, "peer"))
		return err_set(e, ERR_INVALID, "field \"city\": \"" STR_FMT "\" is neither this "
			"city nor a peer", STR_ARG(city));
	*ret = f;
	return ERR_OK;
}

enum err_code list_words(struct arena *a, const char *field, struct str asked,
	const char *const *words, struct list_filter *ret, struct err *e)
{
	struct list_filter f = { .any = asked.len == 0 };
	struct str *values;
	size_t count = 0;

	while (words[count])
		count++;
	values = ARENA_ARRAY(a, struct str, count);
	if (!values)
		return full(e);
	for (size_t i = 0; i < count; i++)
		if (f.any || str_is(asked, words[i]))
			values[f.count++] = str_of(words[i]);
	if (f.count == 0)
		return err_set(e, ERR_INVALID, "field \"%s\": \"%s\" is no word of this list",
			field, str_quote(a, asked));
	f.values = values;
	*ret = f;
	return ERR_OK;
}

struct str list_match(struct arena *a, struct str typed, const struct list_mark *marks,
	size_t count)
{
	SCOPED_BUF words = { 0 };
	SCOPED_BUF b = { 0 };

	buf_init(&words, 4096);
	search_text_query(&words, typed);
	if (words.len == 0 || words.overflow)
		return STR("");
	buf_init(&b, 8192);
	buf_printf(&b, "({words} : (" STR_FMT "))", STR_ARG(buf_str(&words)));
	for (size_t i = 0; i < count; i++) {
		if (marks[i].kind == '\0')
			continue;
		buf_put_text(&b, " AND ({marks} : (\"");
		search_text_mark(&b, marks[i].kind, marks[i].text);
		buf_put_text(&b, "\"))");
	}
	return b.overflow ? STR("") : str_copy(a, buf_str(&b));
}

enum err_code service_list_frame(struct service *s, const struct list_query *query,
	struct list_frame *ret, struct err *e)
{
	struct list_frame frame = { .before = INT64_MAX, .rows = query->rows, .city = STR("") };
	const struct node_config *c = s->config;
	uint64_t before;

	if (query->after.len > 0) {
		if (str_parse_u64(query->after, &before, e) != ERR_OK || before > INT64_MAX)
			return err_set(e, ERR_INVALID, "field \"after\": no page key of this list");
		frame.before = (int64_t)before;
	}
	if (frame.rows == 0 || frame.rows > LIMIT_PAGE_ROWS)
		frame.rows = frame.rows == 0 ? LIST_ROWS : LIMIT_PAGE_ROWS;
	if (str_is(query->city, "own") || str_eq(query->city, c->domain))
		frame.city = STR("own");
	for (size_t i = 0; i < c->peer_count; i++)
		if (str_is(query->city, "peer") || str_eq(query->city, c->peers[i].domain))
			frame.city = STR("peer");
	if (query->city.len > 0 && frame.city.len == 0)
		return err_set(e, ERR_INVALID, "field \"city\": \"" STR_FMT "\" is neither this "
			"city nor a peer", STR_ARG(query->city));
	*ret = frame;
	return ERR_OK;
}

/* ---- organisations --------------------------------------------------------------------------- */

static enum err_code put_party(struct service *s, struct arena *a,
	const struct list_of_parties *list, int64_t number, struct json *rows, struct err *e)
{
	struct store *store;
	bool row;

	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, list->row);
	sql_bind_i64(q, 1, number);
	TRY(sql_step(q, &row, e));
	return !row || json_push(a, rows, list->model(s, a, q)) ? ERR_OK : full(e);
}

enum err_code list_parties(struct service *s, struct arena *a, const struct list_of_parties *list,
	const struct list_query *query, struct str text, struct json **ret, struct err *e)
{
	struct list_plan plan = { .orders = list->orders, .order_count = list->order_count,
		.usual_down = true, .filter_count = 2, .search_down = list->search_down,
		.search_up = list->search_up };
	struct list_mark marks[2] = { { 'c', STR("") }, { 'r', query->kind } };
	struct json *rows = json_new_array(a);
	struct list_page page;
	struct store *store;

	TRY(ledger_reader(s->ledger, &store, e));
	TRY(list_cities(s, a, query->city, &plan.filters[0], e));
	TRY(list_words(a, "kind", query->kind, list->roles, &plan.filters[1], e));
	if (plan.filters[0].any || plan.filters[0].count != 1)
		marks[0].kind = '\0';
	else
		marks[0].text = plan.filters[0].values[0];
	if (query->kind.len == 0)
		marks[1].kind = '\0';
	plan.match = list_match(a, text, marks, 2);
	TRY(list_walk(store, a, &plan, query, &page, e));
	for (size_t i = 0; i < page.count; i++)
		TRY(put_party(s, a, list, page.at[i], rows, e));
	*ret = model_list(s, a, query, rows);
	return model_page(a, *ret, &page, e);
}
