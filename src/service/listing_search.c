/* listing_search.c - searching published listings: which rows, in which order, at bounded cost.
 *
 * A page by relevance is possible when one word of the query at least stands in few rows
 * (LIMIT_SEARCH_RANKED): those rows are ranked by all words, frequent ones too. What stands in
 * more is listed newest first, LIMIT_SEARCH_WINDOW rows at a time, and the answer says so.
 */
#include "service/listing_search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "base/scoped.h"
#include "matching/search_text.h"
#include "service/model.h"
#include "store/words_rank.h"

#define QUERY_BYTES 65536
/* A row must have words of so much of the summed weight. */
#define LEAST_SHARE 100
/* So many times more rows than are ranked, by the newest ones' share: a word is not counted then.
 * One that only the newest have so often is listed newest first, which finds them too. */
#define CLEARLY 8
/* Of what the words weigh that a synonym stands for: who says it as asked comes first. */
#define SYNONYM_SHARE 600

struct str listing_or_empty(struct str s)
{
	return s.at ? s : STR("");
}

/* ---- words and how rare they are ------------------------------------------------------------- */

static enum err_code count_rows(struct store *store, struct str word, int64_t above, uint32_t max,
	uint64_t *ret, struct err *e)
{
	SCOPED_BUF b = { 0 };
	bool row;

	buf_init(&b, QUERY_BYTES);
	buf_printf(&b, "{title words} : \"" STR_FMT "\"", STR_ARG(word));
	TRY(buf_check(&b, "word", e));
	SCOPED_SQL q = sql_use(store, SQL_LISTING_WORD_COUNT);
	sql_bind_str(q, 1, buf_str(&b));
	sql_bind_i64(q, 2, above);
	sql_bind_i64(q, 3, max);
	TRY(sql_step(q, &row, e));
	*ret = row ? (uint64_t)sql_i64(q, 0) : 0;
	return ERR_OK;
}

static enum err_code newest_seq(struct store *store, int64_t *ret, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_LISTING_NEWEST_SEQ);
	bool row;

	TRY(sql_step(q, &row, e));
	*ret = row ? sql_i64(q, 0) : 0;
	return ERR_OK;
}

/* As its share of the newest `max` rows says; 0 when there are no more than those. */
static enum err_code estimate(struct store *store, struct str word, uint32_t max, int64_t rows,
	uint64_t *ret, struct err *e)
{
	uint64_t some = 0;

	if (rows > (int64_t)max)
		TRY(count_rows(store, word, rows - (int64_t)max, max, &some, e));
	*ret = some * (uint64_t)rows / max;
	return ERR_OK;
}

/* Words that are clearly frequent are not counted: most of a question's are, and each would cost
 * `max` rows. */
static enum err_code look_up(struct store *store, struct search_word *w, uint32_t max,
	bool estimated, int64_t rows, struct err *e)
{
	uint64_t guess = 0;

	if (estimated)
		TRY(estimate(store, w->word, max, rows, &guess, e));
	w->rows = guess;
	w->frequent = guess > (uint64_t)max * CLEARLY;
	if (w->frequent)
		return ERR_OK;
	TRY(count_rows(store, w->word, 0, max + 1, &w->rows, e));
	w->frequent = w->rows > max;
	if (w->frequent && guess > w->rows)
		w->rows = guess;
	return ERR_OK;
}

enum err_code search_words_weigh(struct store *store, struct search_word *words, uint32_t count,
	uint32_t max, bool estimated, const struct match_terms *terms, struct err *e)
{
	int64_t rows;

	TRY(newest_seq(store, &rows, e));
	for (uint32_t i = 0; i < count; i++) {
		struct search_word *w = &words[i];
		TRY(look_up(store, w, max, estimated, rows, e));
		double n = (double)(rows < (int64_t)w->rows ? (int64_t)w->rows : rows);
		double idf = log1p((n - (double)w->rows + 0.5) / ((double)w->rows + 0.5));
		w->weight = (uint32_t)(idf * match_term_weight(terms, w->word)) + 1;
	}
	return ERR_OK;
}

static int rarest_first(const void *one, const void *other)
{
	const struct search_word *a = one, *b = other;

	if (a->rows != b->rows)
		return a->rows < b->rows ? -1 : 1;
	return str_cmp(a->word, b->word);
}

uint32_t search_words_choose(struct search_word *words, uint32_t count, uint32_t max)
{
	uint64_t sum = 0;
	uint32_t chosen = 0;

	qsort(words, count, sizeof(*words), rarest_first);
	while (chosen < count && !words[chosen].frequent && sum + words[chosen].rows <= max)
		sum += words[chosen++].rows;
	return chosen;
}

/* `(a OR b) AND (a OR b OR c)`: the first of them select, all of them count. */
static void put_any(struct buf *b, const struct search_word *words, uint32_t count)
{
	buf_put_text(b, "{title words} : (");
	for (uint32_t i = 0; i < count; i++)
		buf_printf(b, "%s\"" STR_FMT "\"", i > 0 ? " OR " : "", STR_ARG(words[i].word));
	buf_put_char(b, ')');
}

void search_query_put(struct buf *query, struct buf *weights, const struct search_word *words,
	uint32_t chosen, uint32_t count, uint32_t least)
{
	uint32_t zero = 0;

	put_any(query, words, chosen);
	buf_put(weights, &least, sizeof(least));
	if (chosen < count) {
		for (uint32_t i = 0; i < chosen; i++)
			buf_put(weights, &zero, sizeof(zero));
		buf_put_text(query, " AND ");
		put_any(query, words, count);
	}
	for (uint32_t i = 0; i < count; i++) {
		uint32_t weight = (words[i].weight & WORDS_RANK_WEIGHT) |
			WORDS_RANK_BESIDE(words[i].beside);
		buf_put(weights, &weight, sizeof(weight));
	}
}

/* ---- filters --------------------------------------------------------------------------------- */

/* ` AND facets : "..."` for each; the first without AND when nothing stands before it. */
static void put_facet(struct buf *b, void (*put)(struct buf *b, struct str value), struct str value)
{
	SCOPED_BUF word = { 0 };

	if (listing_or_empty(value).len == 0)
		return;
	buf_init(&word, 4096);
	put(&word, value);
	buf_printf(b, "%sfacets : \"" STR_FMT "\"", buf_str(b).len > 0 ? " AND " : "",
		STR_ARG(str_trim(buf_str(&word))));
}

static void put_city_facet(struct buf *b, struct str city)
{
	buf_put_str(b, city);
}

static void put_filters(struct buf *b, const struct listing_query *query, struct str city)
{
	put_facet(b, listing_put_kind_facet, query->kind);
	put_facet(b, listing_put_region_facet, query->region);
	put_facet(b, listing_put_industry_facet, query->industry);
	put_facet(b, put_city_facet, city);
}

/* ---- pages ----------------------------------------------------------------------------------- */

struct searching {
	struct service *s;
	struct arena *a;
	struct store *store;
	const struct listing_query *query;
	struct list_frame frame;
	struct json *rows;
	struct str next;
	bool many, further;
};

/* What the words of `said` weigh together: the synonym stands for them. */
static uint32_t weight_for(struct arena *a, struct str said, const struct search_word *words,
	uint32_t count)
{
	struct str parts[LIMIT_SEARCH_WORDS];
	uint32_t part_count = search_text_words(a, said, parts, LIMIT_SEARCH_WORDS);
	uint64_t sum = 0;

	for (uint32_t i = 0; i < count; i++) {
		for (uint32_t k = 0; k < part_count; k++)
			sum += str_eq(words[i].word, parts[k]) ? words[i].weight : 0;
	}
	return sum > WORDS_RANK_WEIGHT ? WORDS_RANK_WEIGHT : (uint32_t)sum;
}

/* Puts them behind the words, weighed and counted. */
static enum err_code add_synonyms(struct searching *x, struct str text, struct search_word *words,
	uint32_t *count, struct err *e)
{
	struct synonym_found found[LIMIT_SEARCH_SYNONYMS];
	struct str scratch[LIMIT_SEARCH_WORDS];
	uint32_t said = *count, n = synonyms_find(x->a, &x->s->listings->synonyms, text, found);

	for (uint32_t i = 0; i < n; i++) {
		struct search_word *w = &words[*count];
		uint32_t most = weight_for(x->a, found[i].said, words, said);
		uint32_t parts = search_text_words(x->a, found[i].phrase, scratch,
			LIMIT_SEARCH_WORDS);
		*w = (struct search_word){ .word = found[i].phrase };
		TRY(search_words_weigh(x->store, w, 1, LIMIT_SEARCH_RANKED, true,
			&x->s->listings->terms, e));
		w->weight *= parts > 0 ? parts : 1; /* as its parts would weigh */
		w->weight = (uint32_t)((uint64_t)(w->weight < most ? w->weight : most) *
			SYNONYM_SHARE / 1000) + 1;
		w->beside = found[i].concept + 1;
		*count += w->rows > 0;
	}
	return ERR_OK;
}

static enum err_code read_rows(struct searching *x, struct sql *q, bool ranked, struct err *e)
{
	struct str last = { 0 };
	bool row;

	x->rows = json_new_array(x->a);
	for (uint32_t taken = 0;; taken++) {
		TRY(sql_step(q, &row, e));
		if (!row)
			return ERR_OK;
		if (taken == x->frame.rows) {
			x->next = last;
			return ERR_OK;
		}
		last = ranked ? str_printf(x->a, "%lld.%lld", (long long)sql_i64(q, 15),
				(long long)sql_i64(q, 0))
			: str_printf(x->a, "%lld", (long long)sql_i64(q, 0));
		x->rows = json_push(x->a, x->rows, listing_row_model(x->s, x->a, q));
	}
}

/* A number and, behind a point, a second. */
static enum err_code read_key(struct str after, int64_t *ret_first, int64_t *ret_second,
	struct err *e)
{
	uint64_t first = INT64_MAX, second = INT64_MAX;
	struct str rest = after;

	if (after.len > 0 && (str_parse_u64(str_cut(&rest, '.'), &first, NULL) != ERR_OK ||
		(rest.at && str_parse_u64(rest, &second, NULL) != ERR_OK)))
		return err_set(e, ERR_INVALID, "field \"after\": not a page");
	*ret_first = first > INT64_MAX ? INT64_MAX : (int64_t)first;
	*ret_second = second > INT64_MAX ? INT64_MAX : (int64_t)second;
	return ERR_OK;
}

/* `(as it is said) OR (with a synonym in its place)`; nothing when there is no word. */
static void put_phrases(struct buf *b, struct searching *x, struct str text)
{
	struct synonym_found found[LIMIT_SEARCH_SYNONYMS];
	SCOPED_BUF phrases = { 0 };
	uint32_t n;

	buf_init(&phrases, QUERY_BYTES);
	search_text_phrases(&phrases, text);
	if (buf_str(&phrases).len == 0)
		return;
	buf_printf(b, "{title words} : ((" STR_FMT ")", STR_ARG(buf_str(&phrases)));
	n = synonyms_find(x->a, &x->s->listings->synonyms, text, found);
	for (uint32_t i = 0; i < n; i++) {
		buf_reset(&phrases);
		search_text_phrases(&phrases, found[i].text);
		if (buf_str(&phrases).len > 0)
			buf_printf(b, " OR (" STR_FMT ")", STR_ARG(buf_str(&phrases)));
	}
	buf_put_char(b, ')');
}

/* Newest first. Where nothing more is found in the window, the next page goes on below it. */
static enum err_code newest_first(struct searching *x, struct str text, struct err *e)
{
	SCOPED_BUF query = { 0 };
	struct str lone = STR("");
	int64_t before, newest, floor, unused;

	TRY(read_key(listing_or_empty(x->query->after), &before, &unused, e));
	TRY(newest_seq(x->store, &newest, e));
	before = before > newest ? newest + 1 : before;
	floor = before > LIMIT_SEARCH_WINDOW ? before - LIMIT_SEARCH_WINDOW - 1 : 0;
	floor = floor < x->query->since ? x->query->since : floor;
	buf_init(&query, QUERY_BYTES);
	put_phrases(&query, x, text);
	if (buf_str(&query).len == 0)
		lone = str_trim(text); /* one character: titles that have it */
	put_filters(&query, x->query, x->frame.city);
	TRY(buf_check(&query, "query", e));
	SCOPED_SQL q = sql_use(x->store, buf_str(&query).len > 0 ? SQL_LISTING_NEWEST
		: SQL_LISTING_LIST);
	sql_bind_i64(q, 1, before);
	sql_bind_i64(q, 2, floor);
	sql_bind_i64(q, 3, instant_now());
	sql_bind_i64(q, 4, x->frame.rows + 1);
	sql_bind_str(q, 5, lone);
	if (buf_str(&query).len > 0)
		sql_bind_str(q, 6, buf_str(&query));
	TRY(read_rows(x, q, false, e));
	if (!x->next.at && floor > x->query->since) {
		x->further = true;
		x->next = str_printf(x->a, "%lld", (long long)floor + 1);
	}
	return ERR_OK;
}

static enum err_code ranked(struct searching *x, const struct search_word *words, uint32_t chosen,
	uint32_t count, struct err *e)
{
	SCOPED_BUF query = { 0 }, weights = { 0 };
	int64_t score, before;

	TRY(read_key(listing_or_empty(x->query->after), &score, &before, e));
	buf_init(&query, QUERY_BYTES);
	buf_init(&weights, QUERY_BYTES);
	search_query_put(&query, &weights, words, chosen, count, LEAST_SHARE);
	put_filters(&query, x->query, x->frame.city);
	TRY(buf_check(&query, "query", e));
	SCOPED_SQL q = sql_use(x->store, SQL_LISTING_RANKED);
	sql_bind_i64(q, 1, score);
	sql_bind_i64(q, 2, before);
	sql_bind_i64(q, 3, instant_now());
	sql_bind_i64(q, 4, x->frame.rows + 1);
	sql_bind_str(q, 5, buf_str(&query));
	sql_bind_blob(q, 6, buf_str(&weights).at, buf_str(&weights).len);
	sql_bind_i64(q, 7, LIMIT_SEARCH_RANKED);
	return read_rows(x, q, true, e);
}

/* Facilities that name an item, newest first. */
static enum err_code by_item(struct searching *x, struct err *e)
{
	int64_t before, unused;

	TRY(read_key(listing_or_empty(x->query->after), &before, &unused, e));
	SCOPED_SQL q = sql_use(x->store, SQL_LISTING_BY_ITEM);
	sql_bind_i64(q, 1, before);
	sql_bind_i64(q, 2, x->frame.rows + 1);
	sql_bind_str(q, 3, x->frame.city);
	sql_bind_str(q, 4, listing_or_empty(x->query->kind));
	sql_bind_i64(q, 5, instant_now());
	sql_bind_str(q, 6, listing_or_empty(x->query->region));
	sql_bind_str(q, 7, listing_or_empty(x->query->industry));
	sql_bind_str(q, 8, x->query->item);
	return read_rows(x, q, false, e);
}

/* Which of them are accredited for it. */
static void mark_holders(struct searching *x)
{
	for (size_t i = 0; i < json_count(x->rows); i++) {
		const struct json *row = json_at(x->rows, i);
		struct str domain = json_str(json_path(row, "city/domain")), origin = STR("");
		const struct node_config *c = x->s->config;
		for (size_t k = 0; k < c->peer_count; k++)
			if (str_eq(c->peers[k].domain, domain))
				origin = c->peers[k].tlog_key.name;
		(void)json_set(x->a, x->rows->items[i], "holds", json_new_bool(x->a,
			facility_holds(x->s, x->a, origin, json_get_str(row,
			"registered_id"), x->query->item)));
	}
}

static struct json *echo(struct arena *a, const struct listing_query *query)
{
	struct json *v = json_new_object(a);

	v = json_set_str(a, v, "text", listing_or_empty(query->text));
	v = json_set_str(a, v, "kind", listing_or_empty(query->kind));
	v = json_set_str(a, v, "city", listing_or_empty(query->city));
	v = json_set_str(a, v, "region", listing_or_empty(query->region));
	v = json_set_str(a, v, "item", listing_or_empty(query->item));
	return json_set_str(a, v, "industry", listing_or_empty(query->industry));
}

static struct json *answer(struct searching *x, bool by_relevance)
{
	struct arena *a = x->a;
	struct json *v = json_set(a, json_new_object(a), "rows", x->rows);

	if (x->next.at)
		v = json_set_str(a, v, "next", x->next);
	v = json_set_text(a, v, "order", by_relevance ? "relevance" : "newest");
	v = json_set(a, v, "many", json_new_bool(a, x->many));
	v = json_set(a, v, "further", json_new_bool(a, x->further));
	v = json_set(a, v, "query", echo(a, x->query));
	v = json_set(a, v, "cities", model_cities(x->s, a));
	return json_set(a, v, "now", model_time(a, instant_now()));
}

/* Synonyms alone do not select: what was asked for stands in too many rows to be ranked. */
static bool any_said(const struct search_word *words, uint32_t chosen)
{
	for (uint32_t i = 0; i < chosen; i++) {
		if (!words[i].beside)
			return true;
	}
	return false;
}

enum err_code service_listings(struct service *s, struct arena *a,
	const struct listing_query *query, struct json **ret, struct err *e)
{
	struct list_query base = { .city = listing_or_empty(query->city), .rows = query->rows,
		.after = STR("") };
	struct searching x = { .s = s, .a = a, .query = query };
	struct search_word words[LIMIT_SEARCH_WORDS + LIMIT_SEARCH_SYNONYMS] = { 0 };
	struct str found[LIMIT_SEARCH_WORDS], text = listing_or_empty(query->text);
	uint32_t count = 0, chosen = 0;
	bool nowhere = true;       /* nothing that was said stands in any row */

	TRY(ledger_reader(s->ledger, &x.store, e));
	TRY(service_list_frame(s, &base, &x.frame, e));
	if (query->item.len > 0) {
		TRY(by_item(&x, e));
		mark_holders(&x);
		*ret = answer(&x, false);
		return *ret ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
	}
	if (!query->newest)
		count = search_text_words(a, text, found, LIMIT_SEARCH_WORDS);
	for (uint32_t i = 0; i < count; i++)
		words[i].word = found[i];
	TRY(search_words_weigh(x.store, words, count, LIMIT_SEARCH_RANKED, true,
		&s->listings->terms, e));
	if (count > 0)
		TRY(add_synonyms(&x, text, words, &count, e));
	chosen = search_words_choose(words, count, LIMIT_SEARCH_RANKED);
	for (uint32_t i = 0; i < count; i++)
		nowhere = nowhere && (words[i].beside || words[i].rows == 0);
	if (!nowhere && !any_said(words, chosen))
		chosen = 0;
	x.many = count > 0 && chosen == 0;
	if (chosen > 0)
		TRY(ranked(&x, words, chosen, count, e));
	else
		TRY(newest_first(&x, text, e));
	*ret = answer(&x, chosen > 0);
	return *ret ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}
