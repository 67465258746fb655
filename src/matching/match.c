/* match.c - parts, views, pairs. */
#include "matching/match.h"

#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "base/scoped.h"
#include "matching/search_text.h"

#define FULL 1000u
#define NEAR_ENOUGH 500u           /* a gate of industry or region is met from here on */
#define TITLE_TIMES 3u             /* a word of the title counts so often */
#define SHARED_SHOWN 32u
#define TEXT_BYTES ((size_t)1 << 18)

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "matching needs too much memory");
}

/* ---- codes ----------------------------------------------------------------------------------- */

/* Same class, group, division, section: each step up is a quarter less. A shorter code stands for
 * all below it. */
uint32_t match_industry(struct str one, struct str other)
{
	size_t shorter = one.len < other.len ? one.len : other.len, same = 0;

	while (same < shorter && one.at[same] == other.at[same])
		same++;
	if (same == shorter)
		return same == 0 ? 0 : shorter == 1 && one.len != other.len ? 600 : FULL;
	return same >= 4 ? 750 : same == 3 ? 500 : same >= 1 ? 200 : 0;
}

/* "500118" lies in "500000"; zeros at the end stand for all below. */
static bool region_covers(struct str wide, struct str one)
{
	size_t len = wide.len;

	while (len >= 2 && wide.at[len - 1] == '0' && wide.at[len - 2] == '0')
		len -= 2;
	return len >= 2 && memcmp(wide.at, one.at, len) == 0;
}

uint32_t match_region(struct str one, struct str other)
{
	bool twin_one, twin_other;

	if (one.len != 6 || other.len != 6)
		return 0;
	if (region_covers(one, other) || region_covers(other, one))
		return FULL;
	if (memcmp(one.at, "50", 2) == 0 && memcmp(other.at, "50", 2) == 0)
		return 800; /* districts of one municipality */
	if (memcmp(one.at, other.at, 4) == 0)
		return 800;
	if (memcmp(one.at, other.at, 2) == 0)
		return 600;
	twin_one = memcmp(one.at, "50", 2) == 0 || memcmp(one.at, "51", 2) == 0;
	twin_other = memcmp(other.at, "50", 2) == 0 || memcmp(other.at, "51", 2) == 0;
	return twin_one && twin_other ? 500 : 100;
}

/* ---- words ----------------------------------------------------------------------------------- */

static int compare_str(struct str one, struct str other)
{
	size_t len = one.len < other.len ? one.len : other.len;
	int order = memcmp(one.at, other.at, len);

	return order != 0 ? order : (one.len > other.len) - (one.len < other.len);
}

static int compare_words(const void *one, const void *other)
{
	return compare_str(((const struct match_word *)one)->word,
		((const struct match_word *)other)->word);
}

enum err_code match_terms_parse(struct arena *a, const struct rules *r, struct match_terms *ret,
	struct err *e)
{
	const struct rules_file *file = rules_file_named(r, STR("terms.json"));
	const struct json *list = file ? json_get(file->doc, "terms") : NULL;
	size_t count = json_count(list);
	struct match_term *terms = ARENA_ARRAY(a, struct match_term, count + 1);

	if (!terms)
		return full(e);
	for (size_t i = 0; i < count; i++) {
		const struct json *v = json_at(list, i);
		uint64_t weight;
		TRY(json_need_str(v, "word", &terms[i].word, e));
		TRY(json_need_u64(v, "weight", &weight, e));
		if (weight > MATCH_TERM_WEIGHT)
			return err_set(e, ERR_INVALID, "terms: a weight over %d",
				MATCH_TERM_WEIGHT);
		terms[i].weight = (uint32_t)weight;
		if (i > 0 && compare_str(terms[i - 1].word, terms[i].word) >= 0)
			return err_set(e, ERR_INVALID, "terms: \"" STR_FMT "\" is out of order",
				STR_ARG(terms[i].word));
	}
	*ret = (struct match_terms){ .count = (uint32_t)count, .terms = terms };
	return ERR_OK;
}

uint32_t match_term_weight(const struct match_terms *terms, struct str word)
{
	uint32_t low = 0, high = terms->count;

	while (low < high) {
		uint32_t middle = (low + high) / 2;
		int order = compare_str(terms->terms[middle].word, word);
		if (order == 0)
			return terms->terms[middle].weight;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return MATCH_TERM_WEIGHT;
}

/* The index puts the last character of a run as a word of its own, for searches of one character;
 * alone it says nothing here. */
static bool says_something(struct str word)
{
	bool wide = word.len > 0 && (uint8_t)word.at[0] >= 0xe0;

	return wide ? word.len > 4 : word.len > 1;
}

struct gathering {
	struct match_word *words;
	uint32_t count;
	const struct match_terms *terms;
};

static void gather(struct gathering *g, struct str tokens, uint32_t times)
{
	while (tokens.at && g->count < LIMIT_MATCH_WORDS) {
		struct str word = str_cut(&tokens, ' ');
		if (says_something(word))
			g->words[g->count++] = (struct match_word){ word,
				times * match_term_weight(g->terms, word) };
	}
}

/* Sorted, each word once with its largest weight. */
static uint32_t merge(struct match_word *words, uint32_t count)
{
	uint32_t kept = 0;

	qsort(words, count, sizeof(*words), compare_words);
	for (uint32_t i = 0; i < count; i++) {
		if (kept > 0 && str_eq(words[kept - 1].word, words[i].word)) {
			if (words[i].weight > words[kept - 1].weight)
				words[kept - 1].weight = words[i].weight;
			continue;
		}
		words[kept++] = words[i];
	}
	return kept;
}

static enum err_code tokens_of(struct arena *a, struct str text, struct str *ret, struct err *e)
{
	SCOPED_BUF b = { 0 };

	buf_init(&b, 4 * TEXT_BYTES);
	search_text_put(&b, text);
	*ret = str_copy(a, buf_str(&b));
	return ret->at || buf_str(&b).len == 0 ? ERR_OK : full(e);
}

enum err_code match_side_new(struct arena *a, const struct listing_kind *k,
	const struct listing *l, const struct match_terms *terms, struct match_side *ret,
	struct err *e)
{
	struct gathering g = { .terms = terms,
		.words = ARENA_ARRAY(a, struct match_word, LIMIT_MATCH_WORDS) };
	SCOPED_BUF text = { 0 };
	struct str title, rest;

	if (!g.words)
		return full(e);
	buf_init(&text, TEXT_BYTES);
	listing_put_words(&text, l);
	TRY(tokens_of(a, l->title, &title, e));
	TRY(tokens_of(a, buf_str(&text), &rest, e));
	gather(&g, title, TITLE_TIMES);
	gather(&g, rest, 1);
	*ret = (struct match_side){ .kind = k, .listing = l, .words = g.words,
		.word_count = merge(g.words, g.count) };
	return ERR_OK;
}

/* ---- parts ----------------------------------------------------------------------------------- */

struct comparing {
	struct arena *a;
	const struct match_side *mine, *theirs;
	const struct json *asked, *given;  /* values of the two fields */
	struct match_part *part;
	bool full;                 /* the arena had no room for what is shared or missing */
};

/* A value as a list: an array's elements, or the one text. */
static size_t value_count(const struct json *v)
{
	return json_is(v, JSON_ARRAY) ? json_count(v) : v ? 1 : 0;
}

static struct str value_at(const struct json *v, size_t i)
{
	struct str s = json_str(json_is(v, JSON_ARRAY) ? json_at(v, i) : v);

	return s.at ? s : STR("");
}

/* How much of my words theirs has; the weightiest shared ones are named. */
static void part_text(struct comparing *c)
{
	uint64_t all = 0, found = 0;
	struct json *shared = json_new_array(c->a);
	uint32_t at = 0;

	for (uint32_t i = 0; i < c->mine->word_count; i++) {
		const struct match_word *w = &c->mine->words[i];
		all += w->weight;
		while (at < c->theirs->word_count &&
			compare_str(c->theirs->words[at].word, w->word) < 0)
			at++;
		if (at == c->theirs->word_count || !str_eq(c->theirs->words[at].word, w->word))
			continue;
		found += w->weight;
		if (json_count(shared) < SHARED_SHOWN && w->weight >= MATCH_TERM_WEIGHT)
			shared = json_push(c->a, shared, json_new_str(c->a, w->word));
	}
	c->part->score = all == 0 ? 0 : (uint32_t)(found * FULL / all);
	c->part->shared = shared;
	c->full = !shared;
}

/* The nearest of theirs to each of mine, the best of all: one industry in common is enough. */
static void part_near(struct comparing *c, uint32_t (*near)(struct str one, struct str other))
{
	uint32_t best = 0;

	for (size_t i = 0; i < value_count(c->asked); i++) {
		for (size_t k = 0; k < value_count(c->given); k++) {
			uint32_t n = near(value_at(c->asked, i), value_at(c->given, k));
			best = n > best ? n : best;
		}
	}
	c->part->score = best;
	c->part->met = best >= NEAR_ENOUGH;
}

/* A condition of place: near is not enough. */
static void part_within(struct comparing *c)
{
	bool lies = false;

	for (size_t i = 0; i < value_count(c->asked); i++) {
		struct str mine = value_at(c->asked, i);
		for (size_t k = 0; k < value_count(c->given) && !lies; k++) {
			struct str theirs = value_at(c->given, k);
			lies = region_code_is(mine) ? region_code_is(theirs) &&
				region_covers(mine, theirs)
				: mine.len <= theirs.len && mine.len > 0 &&
					memcmp(mine.at, theirs.at, mine.len) == 0;
		}
	}
	c->part->score = lies ? FULL : 0;
	c->part->met = lies;
}

static bool has(const struct json *list, struct str s)
{
	for (size_t k = 0; k < value_count(list); k++) {
		if (str_eq(value_at(list, k), s))
			return true;
	}
	return false;
}

static void part_set(struct comparing *c, enum match_how how)
{
	struct json *shared = json_new_array(c->a), *missing = json_new_array(c->a);
	size_t count = value_count(c->asked), found = 0;

	for (size_t i = 0; i < count; i++) {
		struct str s = value_at(c->asked, i);
		bool there = has(c->given, s);
		found += there;
		if (there)
			shared = json_push(c->a, shared, json_new_str(c->a, s));
		else
			missing = json_push(c->a, missing, json_new_str(c->a, s));
	}
	c->full = !shared || !missing;
	c->part->shared = shared;
	c->part->missing = how == MATCH_ANY_OF && found > 0 ? json_new_array(c->a) : missing;
	if (how == MATCH_ANY_OF)
		c->part->score = found > 0 ? FULL : 0;
	else
		c->part->score = (uint32_t)(found * FULL / count);
	c->part->met = how == MATCH_ALL_OF ? found == count : found > 0;
}

static int64_t end_of(const struct json *v, int64_t open)
{
	int64_t day;

	if (json_is(v, JSON_NUMBER))
		return (int64_t)json_number_or(v, 0);
	return json_is(v, JSON_STRING) && instant_parse_date(json_str(v), &day, NULL) == ERR_OK
		? day : open;
}

/* Ends of a range of numbers, or of a period or day in seconds; open ends are far away. */
static void ends_of(const struct json *v, int64_t *ret_from, int64_t *ret_to)
{
	const struct json *from = json_is(v, JSON_OBJECT) ? json_get(v, "from") : v;
	const struct json *to = json_is(v, JSON_OBJECT) ? json_get(v, "to") : v;

	*ret_from = end_of(from, INT64_MIN);
	*ret_to = end_of(to, INT64_MAX);
}

/* Half when a fifth of the nearer end would close the gap. */
static void part_overlap(struct comparing *c)
{
	int64_t my_from, my_to, their_from, their_to, gap, bound;

	ends_of(c->asked, &my_from, &my_to);
	ends_of(c->given, &their_from, &their_to);
	if (my_from <= their_to && their_from <= my_to) {
		c->part->score = FULL;
		return;
	}
	bound = my_from > their_to ? my_from : my_to;
	gap = my_from > their_to ? my_from - their_to : their_from - my_to;
	c->part->score = bound > 0 && gap <= bound / 5 ? FULL / 2 : 0;
	c->part->met = false;
}

static void part_at_least(struct comparing *c)
{
	double asked = json_number_or(c->asked, 0), given = json_number_or(c->given, 0);

	c->part->met = given >= asked;
	c->part->score = given >= asked ? FULL : (uint32_t)(given * FULL / asked);
}

static void part_in_time(struct comparing *c)
{
	int64_t my_from, my_to, their_from, their_to;

	ends_of(c->asked, &my_from, &my_to);
	ends_of(c->given, &their_from, &their_to);
	c->part->met = their_to >= my_from;
	c->part->score = c->part->met ? FULL : 0;
}

static void compare_part(struct comparing *c)
{
	enum match_how how = c->part->rule->how;

	switch (how) {
	case MATCH_TEXT:
		part_text(c);
		break;
	case MATCH_INDUSTRY:
		part_near(c, match_industry);
		break;
	case MATCH_REGION:
		part_near(c, match_region);
		break;
	case MATCH_WITHIN:
		part_within(c);
		break;
	case MATCH_SHARED:
	case MATCH_ALL_OF:
	case MATCH_ANY_OF:
		part_set(c, how);
		break;
	case MATCH_OVERLAP:
		part_overlap(c);
		break;
	case MATCH_AT_LEAST:
		part_at_least(c);
		break;
	case MATCH_IN_TIME:
		part_in_time(c);
		break;
	case MATCH_HOW_COUNT:
		break;
	}
}

/* Nothing of what is asked for is there: all of it is named. */
static void part_asked(struct comparing *c)
{
	if (json_is(c->asked, JSON_ARRAY))
		c->part->missing = c->asked;
}

/* What the other does not say: nothing for it, and a gate stays shut. */
static void part_unknown(struct comparing *c)
{
	c->part->unknown = true;
	c->part->met = !c->part->rule->gate;
	if (c->part->rule->how == MATCH_ALL_OF)
		part_asked(c);
}

/* ---- views and pairs ------------------------------------------------------------------------- */

static const struct json *field_of(struct arena *a, const struct match_side *s, struct str id)
{
	char *name = str_z(a, id);

	return name ? json_get(s->listing->fields, name) : NULL;
}

enum err_code match_view(struct arena *a, const struct match_side *mine,
	const struct match_side *theirs, struct match_view *ret, struct err *e)
{
	const struct match_with *with = listing_kind_match(mine->kind, theirs->kind->id);
	uint64_t sum = 0, weights = 0;

	*ret = (struct match_view){ .exists = with != NULL, .qualifies = true };
	for (uint32_t i = 0; with && i < with->rule_count; i++) {
		const struct match_rule *rule = &with->rules[i];
		struct match_part *part = &ret->parts[ret->part_count];
		struct comparing c = { .a = a, .mine = mine, .theirs = theirs, .part = part };
		if (rule->how != MATCH_TEXT) {
			c.asked = field_of(a, mine, rule->mine->id);
			c.given = field_of(a, theirs, rule->theirs);
			if (value_count(c.asked) == 0)
				continue; /* not asked for (M1) */
		}
		*part = (struct match_part){ .rule = rule, .met = true };
		if (rule->how != MATCH_TEXT && value_count(c.given) == 0)
			part_unknown(&c);
		else
			compare_part(&c);
		if (c.full)
			return full(e);
		if (!rule->gate)
			part->met = true;
		else if (!part->met && !part->missing)
			part_asked(&c);
		ret->qualifies = ret->qualifies && part->met;
		sum += (uint64_t)part->score * rule->weight;
		weights += rule->weight;
		ret->part_count++;
	}
	ret->score = weights == 0 ? 0 : (uint32_t)(sum / weights);
	return ERR_OK;
}

enum err_code match_pair(struct arena *a, const struct match_side *mine,
	const struct match_side *theirs, struct match_pair *ret, struct err *e)
{
	uint32_t one, other;

	TRY(match_view(a, mine, theirs, &ret->mine, e));
	TRY(match_view(a, theirs, mine, &ret->theirs, e));
	one = ret->mine.score;
	other = ret->theirs.score;
	ret->qualifies = ret->mine.qualifies && ret->theirs.qualifies;
	if (ret->mine.exists && ret->theirs.exists)
		ret->score = one + other == 0 ? 0 : 2 * one * other / (one + other);
	else
		ret->score = ret->mine.exists ? one : other;
	return ERR_OK;
}

static struct json *part_json(struct arena *a, const struct match_part *p)
{
	struct json *v = json_new_object(a);

	v = json_set_text(a, v, "how", match_how_name(p->rule->how));
	if (p->rule->mine) {
		v = json_set_str(a, v, "field", p->rule->mine->id);
		v = json_set(a, v, "label", text_pair_json(a, &p->rule->mine->label));
	}
	v = json_set_number(a, v, "weight", p->rule->weight);
	v = json_set_number(a, v, "score", p->score);
	v = json_set(a, v, "gate", json_new_bool(a, p->rule->gate));
	v = json_set(a, v, "met", json_new_bool(a, p->met));
	v = json_set(a, v, "unknown", json_new_bool(a, p->unknown));
	v = json_set(a, v, "shared", p->shared ? json_copy(a, p->shared) : json_new_array(a));
	return json_set(a, v, "missing", p->missing ? json_copy(a, p->missing)
		: json_new_array(a));
}

struct json *match_view_json(struct arena *a, const struct match_view *view)
{
	struct json *v = json_new_object(a), *parts = json_new_array(a);

	for (uint32_t i = 0; i < view->part_count; i++)
		parts = json_push(a, parts, part_json(a, &view->parts[i]));
	v = json_set_number(a, v, "score", view->score);
	v = json_set(a, v, "qualifies", json_new_bool(a, view->qualifies));
	return json_set(a, v, "parts", parts);
}
