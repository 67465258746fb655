/* match.c - see match.h. */
#include "service/match.h"

#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "base/scoped.h"
#include "matching/match.h"
#include "matching/search_text.h"
#include "service/listing_search.h"
#include "service/model.h"

#define SCRATCH_BYTES ((size_t)64 << 20)
#define QUERY_BYTES 65536
#define WORDS_BYTES ((size_t)1 << 18)
#define BY_WORDS 70       /* candidates from the word index */
#define BY_INDUSTRY 30     /* the newest of the same industry */
#define PAGE_ROWS_USUAL 20
#define TITLE_TIMES 3
#define WORDS_SHOWN 8

/* ---- candidates ------------------------------------------------------------------------------ */

struct candidate {
	int64_t seq, time;
	uint8_t id_key[16];
	struct json *row;
	struct str key;            /* in the order of the page: greatest first */
};
struct finding {
	struct service *s;
	struct arena *a;
	struct arena scratch;
	struct store *store;
	struct match_side mine;
	struct str own_code, own_listing;      /* left out: nobody meets itself */
	int64_t since;
	uint32_t count, max;
	struct candidate *found;
};
static void finding_clear(struct finding *f)
{
	arena_clear(&f->scratch);
}
#define SCOPED_FINDING __attribute__((cleanup(finding_clear))) struct finding

static bool is_known(const struct finding *f, int64_t seq)
{
	for (uint32_t i = 0; i < f->count; i++) {
		if (f->found[i].seq == seq)
			return true;
	}
	return false;
}

static enum err_code take_rows(struct finding *f, struct sql *q, struct err *e)
{
	bool row;

	for (;;) {
		TRY(sql_step(q, &row, e));
		if (!row || f->count == f->max)
			return ERR_OK;
		struct candidate *c = &f->found[f->count];
		struct str code = sql_str(q, 7);
		c->seq = sql_i64(q, 0);
		if (c->seq <= f->since || is_known(f, c->seq) || sql_str(q, 1).len != 16 ||
			(f->own_code.len > 1 && str_eq(code, f->own_code)))
			continue;
		memcpy(c->id_key, sql_str(q, 1).at, sizeof(c->id_key));
		c->time = sql_i64(q, 13);
		c->row = listing_row_model(f->s, f->a, q);
		if (!c->row)
			return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
		if (!str_eq(json_get_str(c->row, "listing"), f->own_listing))
			f->count++;
	}
}

/* ` AND facets : ("kdemand" OR ...)` of every kind that meets this one. Gives how many. */
static uint32_t put_kinds(struct buf *b, const struct finding *f)
{
	const struct listing_kind *mine = f->mine.kind;
	uint32_t count = 0;

	for (const struct listing_kind *k = f->s->listings->kinds; k; k = k->next) {
		SCOPED_BUF word = { 0 };
		if (!listing_kind_match(mine, k->id) && !listing_kind_match(k, mine->id))
			continue;
		buf_init(&word, 1024);
		listing_put_kind_facet(&word, k->id);
		buf_printf(b, "%s\"" STR_FMT "\"", count++ > 0 ? " OR " : "facets : (",
			STR_ARG(str_trim(buf_str(&word))));
	}
	if (count > 0)
		buf_put_char(b, ')');
	return count;
}

/* Words of the title, then of the text. */
static uint32_t words_of(struct finding *f, struct search_word *words)
{
	struct str list[LIMIT_MATCH_PROBED];
	SCOPED_BUF text = { 0 };
	uint32_t title, all;

	title = search_text_words(&f->scratch, f->mine.listing->title, list, LIMIT_MATCH_PROBED);
	buf_init(&text, WORDS_BYTES);
	listing_put_words(&text, f->mine.listing);
	all = search_text_words(&f->scratch, buf_str(&text), list, LIMIT_MATCH_PROBED);
	for (uint32_t i = 0; i < all; i++)
		words[i] = (struct search_word){ .word = list[i],
			.weight = i < title ? TITLE_TIMES : 1 };
	return all;
}

static enum err_code find_by_words(struct finding *f, const struct buf *kinds, struct err *e)
{
	struct search_word words[LIMIT_MATCH_PROBED];
	uint32_t count = words_of(f, words), chosen, times[LIMIT_MATCH_PROBED];
	SCOPED_BUF query = { 0 }, weights = { 0 };

	for (uint32_t i = 0; i < count; i++)
		times[i] = words[i].weight;
	TRY(search_words_weigh(f->store, words, count, LIMIT_MATCH_CANDIDATES / 2, false,
		&f->s->listings->terms, e));
	for (uint32_t i = 0; i < count; i++)
		words[i].weight *= times[i];
	chosen = search_words_choose(words, count, LIMIT_MATCH_CANDIDATES);
	if (chosen == 0)
		return ERR_OK;
	buf_init(&query, QUERY_BYTES);
	buf_init(&weights, QUERY_BYTES);
	search_query_put(&query, &weights, words, chosen, chosen, 0);
	buf_printf(&query, " AND " STR_FMT, STR_ARG(buf_str(kinds)));
	TRY(buf_check(&query, "query", e));
	SCOPED_SQL q = sql_use(f->store, SQL_LISTING_RANKED);
	sql_bind_i64(q, 1, INT64_MAX);
	sql_bind_i64(q, 2, INT64_MAX);
	sql_bind_i64(q, 3, instant_now());
	sql_bind_i64(q, 4, BY_WORDS);
	sql_bind_str(q, 5, buf_str(&query));
	sql_bind_blob(q, 6, buf_str(&weights).at, buf_str(&weights).len);
	sql_bind_i64(q, 7, LIMIT_MATCH_CANDIDATES);
	return take_rows(f, q, e);
}

static enum err_code find_newest(struct finding *f, struct str query, uint32_t rows, struct err *e)
{
	SCOPED_SQL q = sql_use(f->store, SQL_LISTING_NEWEST);
	SCOPED_SQL newest = sql_use(f->store, SQL_LISTING_NEWEST_SEQ);
	int64_t floor;
	bool row;

	TRY(sql_step(newest, &row, e));
	floor = sql_i64(newest, 0) - LIMIT_SEARCH_WINDOW;
	sql_bind_i64(q, 1, INT64_MAX);
	sql_bind_i64(q, 2, floor < f->since ? f->since : floor);
	sql_bind_i64(q, 3, instant_now());
	sql_bind_i64(q, 4, rows);
	sql_bind_str(q, 5, STR(""));
	sql_bind_str(q, 6, query);
	return take_rows(f, q, e);
}

/* The division of each industry of mine. */
static enum err_code find_by_industry(struct finding *f, const struct buf *kinds, struct err *e)
{
	const struct json *list = json_get(f->mine.listing->fields, "industries");
	SCOPED_BUF query = { 0 };

	if (json_count(list) == 0)
		return ERR_OK;
	buf_init(&query, QUERY_BYTES);
	buf_printf(&query, STR_FMT " AND facets : (", STR_ARG(buf_str(kinds)));
	for (size_t i = 0; i < json_count(list); i++) {
		struct str code = json_str(json_at(list, i));
		SCOPED_BUF word = { 0 };
		buf_init(&word, 64);
		code.len = code.len > 3 ? 3 : code.len;
		listing_put_industry_facet(&word, code);
		buf_printf(&query, "%s\"" STR_FMT "\"", i > 0 ? " OR " : "",
			STR_ARG(str_trim(buf_str(&word))));
	}
	buf_put_char(&query, ')');
	TRY(buf_check(&query, "query", e));
	return find_newest(f, buf_str(&query), BY_INDUSTRY, e);
}

static enum err_code finding_new(struct service *s, struct arena *a, const struct listing *l,
	uint32_t max, struct finding *ret, struct err *e)
{
	const struct listing_kind *k = listing_kind_find(s->listings->kinds, l->kind);

	if (!k)
		return err_set(e, ERR_UNSUPPORTED, "kind of listing is not among the rules");
	ret->s = s;
	ret->a = a;
	ret->max = max;
	ret->found = ARENA_ARRAY(a, struct candidate, max + 1);
	if (!ret->found)
		return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
	ret->own_code = l->organisation_code.at ? l->organisation_code : STR("");
	ret->own_listing = l->id.at ? l->id : STR("");
	TRY(ledger_reader(s->ledger, &ret->store, e));
	return match_side_new(a, k, l, &s->listings->terms, &ret->mine, e);
}

/* ---- comparing ------------------------------------------------------------------------------- */

/* `l` borrows from `scratch`. */
static enum err_code compare(struct finding *f, struct arena *scratch, const struct candidate *c,
	struct match_pair *ret, struct err *e)
{
	struct listing *l = ARENA_NEW(scratch, struct listing);
	struct match_side theirs;
	const struct listing_kind *k;

	if (!l)
		return err_set(e, ERR_TOO_LARGE, "matching needs too much memory");
	TRY(service_listing_load(f->s, scratch, c->id_key, l, e));
	k = listing_kind_find(f->s->listings->kinds, l->kind);
	if (!k)
		return err_set(e, ERR_NOT_FOUND, "kind is not among the rules");
	TRY(match_side_new(scratch, k, l, &f->s->listings->terms, &theirs, e));
	return match_pair(scratch, &f->mine, &theirs, ret, e);
}

static int by_key(const void *one, const void *other)
{
	return str_cmp(((const struct candidate *)other)->key,
		((const struct candidate *)one)->key);
}

/* Gives each its place; what cannot be read (its body has just gone) leaves. */
static enum err_code order(struct finding *f, bool newest, struct err *e)
{
	struct match_pair *pair = ARENA_NEW(f->a, struct match_pair);
	uint32_t kept = 0;

	if (!pair)
		return err_set(e, ERR_TOO_LARGE, "matching needs too much memory");
	for (uint32_t i = 0; i < f->count; i++) {
		struct candidate *c = &f->found[i];
		struct err problem = { 0 };
		enum err_code code = compare(f, &f->scratch, c, pair, &problem);
		arena_reset(&f->scratch);
		if (code == ERR_NOT_FOUND)
			continue;
		if (code != ERR_OK) {
			*e = problem;
			return code;
		}
		if (newest)
			c->key = str_printf(f->a, "%012lld." STR_FMT, (long long)c->time,
				STR_ARG(json_get_str(c->row, "id")));
		else
			c->key = str_printf(f->a, "%d.%04u.%012lld." STR_FMT, pair->qualifies,
				pair->score, (long long)c->time,
				STR_ARG(json_get_str(c->row, "id")));
		if (!c->key.at)
			return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
		c->row = json_set_number(f->a, c->row, "score", pair->score);
		c->row = json_set(f->a, c->row, "qualifies", json_new_bool(f->a, pair->qualifies));
		f->found[kept++] = *c;
	}
	f->count = kept;
	qsort(f->found, f->count, sizeof(*f->found), by_key);
	return ERR_OK;
}

/* ---- parts in words -------------------------------------------------------------------------- */

/* Digits alone: a code, which has a part of its own. */
static bool is_code(struct str word)
{
	for (size_t i = 0; i < word.len; i++) {
		if (word.at[i] < '0' || word.at[i] > '9')
			return false;
	}
	return true;
}

/* Pairs of characters that follow on each other become one word again: 自动 动驾 驾驶. */
static struct json *joined(struct arena *a, const struct json *words)
{
	struct json *list = json_new_array(a);
	bool used[64] = { false };
	size_t count = json_count(words);

	for (size_t i = 0; i < count && i < 64; i++) {
		struct str word = json_str(json_at(words, i));
		bool grown = !used[i];
		if (used[i] || is_code(word))
			continue;
		if (json_count(list) == WORDS_SHOWN)
			break;
		used[i] = true;
		while (grown) {
			grown = false;
			for (size_t k = 0; k < count && k < 64 && !grown; k++) {
				struct str next = json_str(json_at(words, k));
				if (used[k] || next.len != 6 || word.len < 6)
					continue;
				if (memcmp(word.at + word.len - 3, next.at, 3) == 0)
					word = str_printf(a, STR_FMT "%.3s", STR_ARG(word),
						next.at + 3);
				else if (memcmp(word.at, next.at + 3, 3) == 0)
					word = str_printf(a, "%.3s" STR_FMT, next.at,
						STR_ARG(word));
				else
					continue;
				used[k] = grown = true;
				if (!word.at)
					return NULL;
			}
		}
		list = json_push(a, list, json_new_str(a, word));
	}
	return list;
}

/* Words of a field's choices, districts and industries by their names. */
static struct json *named(struct finding *x, const struct match_part *p, const struct json *words)
{
	const struct listing_field *f = p->rule->mine;
	const struct code_list *codes = f ? code_list_of(service_code_names(x->s), f)
		: NULL;
	struct arena *a = x->a;
	struct json *list = json_new_array(a);

	for (size_t i = 0; i < json_count(words); i++) {
		struct str word = json_str(json_at(words, i));
		const struct code_name *code = codes ? code_find_near(codes, word) : NULL;
		struct json *v = code ? text_pair_json(a, &code->name)
			: json_new_str(a, str_copy(a, word));
		for (uint32_t k = 0; f && k < f->choice_count; k++) {
			if (str_eq(f->choices[k].id, word))
				v = text_pair_json(a, &f->choices[k].text);
		}
		list = json_push(a, list, v);
	}
	return list;
}

static struct json *part_model(struct finding *f, const struct match_part *p)
{
	struct arena *a = f->a;
	struct json *v = json_new_object(a), *shared = named(f, p, p->shared);

	v = json_set_text(a, v, "how", match_how_name(p->rule->how));
	if (p->rule->mine)
		v = json_set(a, v, "label", text_pair_json(a, &p->rule->mine->label));
	v = json_set_number(a, v, "weight", p->rule->weight);
	v = json_set_number(a, v, "score", p->score);
	v = json_set_number(a, v, "percent", p->score / 10);
	v = json_set(a, v, "gate", json_new_bool(a, p->rule->gate));
	v = json_set(a, v, "met", json_new_bool(a, p->met));
	v = json_set(a, v, "unknown", json_new_bool(a, p->unknown));
	v = json_set(a, v, "shared", p->rule->how == MATCH_TEXT ? joined(a, shared) : shared);
	return json_set(a, v, "missing", named(f, p, p->missing));
}

static struct json *view_model(struct finding *f, const struct match_view *view, bool failed_only)
{
	struct arena *a = f->a;
	struct json *v = json_new_object(a), *parts = json_new_array(a);

	for (uint32_t i = 0; i < view->part_count; i++) {
		if (!failed_only || !view->parts[i].met)
			parts = json_push(a, parts, part_model(f, &view->parts[i]));
	}
	if (failed_only)
		return parts;
	v = json_set_number(a, v, "score", view->score);
	v = json_set_number(a, v, "percent", view->score / 10);
	v = json_set(a, v, "qualifies", json_new_bool(a, view->qualifies));
	return json_set(a, v, "parts", parts);
}

static enum err_code explain(struct finding *f, struct candidate *c, struct err *e)
{
	struct match_pair *pair = ARENA_NEW(f->a, struct match_pair);
	struct json *fails;

	if (!pair)
		return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
	TRY(compare(f, &f->scratch, c, pair, e));
	c->row = json_set_number(f->a, c->row, "percent", pair->score / 10);
	if (pair->mine.exists)
		c->row = json_set(f->a, c->row, "mine", view_model(f, &pair->mine, false));
	if (pair->theirs.exists)
		c->row = json_set(f->a, c->row, "theirs", view_model(f, &pair->theirs, false));
	fails = view_model(f, &pair->theirs, true);
	c->row = json_set(f->a, c->row, "fails", fails);
	arena_reset(&f->scratch);
	return c->row ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

static enum err_code page_of(struct finding *f, const struct match_query *query, struct json **ret,
	struct err *e)
{
	uint32_t wanted = query->rows == 0 ? PAGE_ROWS_USUAL : query->rows, taken = 0;
	struct json *rows = json_new_array(f->a), *v = json_new_object(f->a);
	struct str after = listing_or_empty(query->after), last = { 0 };

	for (uint32_t i = 0; i < f->count; i++) {
		if (after.len > 0 && str_cmp(f->found[i].key, after) >= 0)
			continue;
		if (taken++ == wanted) {
			v = json_set_str(f->a, v, "next", last);
			break;
		}
		TRY(explain(f, &f->found[i], e));
		rows = json_push(f->a, rows, f->found[i].row);
		last = f->found[i].key;
	}
	v = json_set(f->a, v, "rows", rows);
	v = json_set_text(f->a, v, "order", query->newest ? "newest" : "relevance");
	*ret = json_set(f->a, v, "now", model_time(f->a, instant_now()));
	return *ret ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

/* ---- matches --------------------------------------------------------------------------------- */

static enum err_code load_named(struct service *s, struct arena *a, struct str listing,
	struct json **ret_row, struct listing *ret, struct err *e)
{
	uint8_t id_key[16];

	TRY(service_listing(s, a, listing, ret_row, e));
	if (!str_is(json_get_str(*ret_row, "state"), "valid"))
		return err_set(e, ERR_NOT_FOUND, "this listing has ended");
	TRY(statement_id_parse(json_get_str(*ret_row, "id"), id_key, e));
	return service_listing_load(s, a, id_key, ret, e);
}

enum err_code service_matches(struct service *s, struct arena *a, struct str listing,
	const struct match_query *query, struct json **ret, struct err *e)
{
	SCOPED_FINDING f = { .since = query->since };
	SCOPED_BUF kinds = { 0 };
	struct json *row, *v;
	struct listing l;

	arena_init(&f.scratch, SCRATCH_BYTES);
	TRY(load_named(s, a, listing, &row, &l, e));
	TRY(finding_new(s, a, &l, LIMIT_MATCH_PAIRS, &f, e));
	buf_init(&kinds, QUERY_BYTES);
	if (put_kinds(&kinds, &f) > 0) {
		TRY(buf_check(&kinds, "query", e));
		TRY(find_by_words(&f, &kinds, e));
		TRY(find_by_industry(&f, &kinds, e));
		TRY(find_newest(&f, buf_str(&kinds), LIMIT_MATCH_PAIRS - BY_WORDS - BY_INDUSTRY,
			e));
	}
	arena_reset(&f.scratch);
	TRY(order(&f, query->newest, e));
	TRY(page_of(&f, query, &v, e));
	*ret = json_set(a, v, "of", row);
	return *ret ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

/* ---- policies -------------------------------------------------------------------------------- */

enum err_code service_policies(struct service *s, struct arena *a,
	const struct policy_query *query, struct json **ret, struct err *e)
{
	SCOPED_FINDING f = { 0 };
	struct listing l = { .kind = STR("member"), .title = STR(""), .summary = STR(""),
		.organisation = STR(""), .organisation_code = STR(""), .id = STR(""),
		.fields = query->fields };
	struct json *row = NULL, *v;
	double fits = 0;

	arena_init(&f.scratch, SCRATCH_BYTES);
	if (query->listing.len > 0)
		TRY(load_named(s, a, query->listing, &row, &l, e));
	if (!str_is(l.kind, "member"))
		return err_set(e, ERR_INVALID, "field \"for\": no profile of a member");
	TRY(finding_new(s, a, &l, LIMIT_POLICIES_COMPARED, &f, e));
	f.own_code = STR("");
	TRY(find_newest(&f, STR("facets : \"kpolicy\""), LIMIT_POLICIES_COMPARED, e));
	TRY(order(&f, query->page.newest, e));
	for (uint32_t i = 0; i < f.count; i++)
		fits += json_true(json_get(f.found[i].row, "qualifies"));
	TRY(page_of(&f, &query->page, &v, e));
	v = json_set_number(a, v, "fits", fits);
	v = json_set_number(a, v, "compared", f.count);
	if (row)
		v = json_set(a, v, "of", row);
	*ret = v;
	return v ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

enum err_code service_own_profile(struct service *s, struct arena *a,
	const struct account_who *by, struct str *ret, struct err *e)
{
	struct store *store;
	bool row;

	*ret = STR("");
	if (by->stage != STAGE_FULL || by->account == 0)
		return ERR_OK;
	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_LISTING_PROFILE_OF);
	sql_bind_i64(q, 1, by->organisation);
	TRY(sql_step(q, &row, e));
	if (row && sql_str(q, 0).len == 16)
		*ret = statement_id_text(a, (const uint8_t *)sql_str(q, 0).at);
	return ERR_OK;
}
