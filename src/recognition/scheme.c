/* scheme.c - reading test schemes, and the small parsers that others share. */
#include "recognition/scheme.h"

#include <stdlib.h>
#include <string.h>

#define SCHEME_ITEMS_MAX 256
#define SCHEME_COVERS_MAX 16

static const char *const level_names[LEVEL_COUNT] = { "national", "industry", "local", "group",
	"enterprise", "international", "rule" };

const char *standard_level_name(enum standard_level level)
{
	CHECK(level < LEVEL_COUNT);
	return level_names[level];
}

enum err_code standard_level_parse(struct str text, enum standard_level *ret, struct err *e)
{
	for (int l = 0; l < LEVEL_COUNT; l++) {
		if (str_is(text, level_names[l])) {
			*ret = (enum standard_level)l;
			return ERR_OK;
		}
	}
	return err_set(e, ERR_INVALID, "unknown level of a standard");
}

static bool is_capital(char c)
{
	return c >= 'A' && c <= 'Z';
}

/* Industry standards carry two capitals of their ministry: "QC/T 1234", "JT 567", "GA/T 890". */
static bool is_industry(struct str code)
{
	if (code.len < 4 || !is_capital(code.at[0]) || !is_capital(code.at[1]))
		return false;
	size_t at = 2;
	if (code.at[2] == '/' && (code.at[3] == 'T' || code.at[3] == 'Z'))
		at = 4;
	return at + 1 < code.len && code.at[at] == ' ' && code.at[at + 1] >= '0' &&
		code.at[at + 1] <= '9';
}

enum standard_level standard_level_of(struct str code)
{
	static const char *const international[] = { "ISO", "IEC", "UN ", "UNECE ", "SAE ", "EN ",
		"ITU" };
	if (str_starts(code, "GB ") || str_starts(code, "GB/T ") || str_starts(code, "GB/Z "))
		return LEVEL_NATIONAL;
	if (str_starts(code, "DB"))
		return LEVEL_LOCAL;
	if (str_starts(code, "T/"))
		return LEVEL_GROUP;
	if (str_starts(code, "Q/"))
		return LEVEL_ENTERPRISE;
	for (size_t i = 0; i < sizeof(international) / sizeof(international[0]); i++) {
		if (str_starts(code, international[i]))
			return LEVEL_INTERNATIONAL;
	}
	return is_industry(code) ? LEVEL_INDUSTRY : LEVEL_ENTERPRISE;
}

enum err_code text_pair_parse(const struct json *v, struct text_pair *ret, struct err *e)
{
	struct text_pair t = { json_get_str(v, "zh-CN"), json_get_str(v, "en") };
	if (t.zh.len == 0 || t.en.len == 0)
		return err_set(e, ERR_INVALID, "text must stand in \"zh-CN\" and \"en\"");
	*ret = t;
	return ERR_OK;
}

struct json *text_pair_json(struct arena *a, const struct text_pair *t)
{
	struct json *v = json_new_object(a);
	v = json_set_str(a, v, "zh-CN", t->zh);
	return json_set_str(a, v, "en", t->en);
}

static int by_bytes(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

enum err_code strings_parse(struct arena *a, const struct json *v, const char *name, size_t least,
	size_t most, const struct str **ret, uint32_t *ret_count, struct err *e)
{
	size_t count = json_count(v);
	if (!json_is(v, JSON_ARRAY) || count < least || count > most)
		return err_set(e, ERR_INVALID, "member \"%s\" must be a list of %zu to %zu strings",
			name, least, most);
	struct str *list = ARENA_ARRAY(a, struct str, count);
	if (!list)
		return err_set(e, ERR_TOO_LARGE, "member \"%s\" is too large", name);
	for (size_t i = 0; i < count; i++) {
		list[i] = json_str(json_at(v, i));
		if (list[i].len == 0)
			return err_set(e, ERR_INVALID, "element %zu of \"%s\" is not a text", i + 1,
				name);
	}
	*ret = list;
	*ret_count = (uint32_t)count;
	return ERR_OK;
}

enum err_code strings_parse_sorted(struct arena *a, const struct json *v, const char *name,
	size_t least, size_t most, const struct str **ret, uint32_t *ret_count, struct err *e)
{
	const struct str *list;
	uint32_t count;
	TRY(strings_parse(a, v, name, least, most, &list, &count, e));
	struct str *sorted = ARENA_ARRAY(a, struct str, count);
	if (!sorted)
		return err_set(e, ERR_TOO_LARGE, "member \"%s\" is too large", name);
	if (count > 0)
		memcpy(sorted, list, count * sizeof(*list));
	qsort(sorted, count, sizeof(*sorted), by_bytes);
	for (uint32_t i = 1; i < count; i++) {
		if (str_eq(sorted[i - 1], sorted[i]))
			return err_set(e, ERR_INVALID, "an element of \"%s\" stands twice", name);
	}
	*ret = sorted;
	*ret_count = count;
	return ERR_OK;
}

size_t strings_find(const struct str *sorted, size_t count, struct str s)
{
	size_t from = 0;
	while (from < count) {
		size_t middle = from + (count - from) / 2;
		int order = str_cmp(s, sorted[middle]);
		if (order == 0)
			return middle;
		if (order < 0)
			count = middle;
		else
			from = middle + 1;
	}
	return SIZE_MAX;
}

const struct scheme_item *scheme_item(const struct scheme *s, struct str item)
{
	for (uint32_t i = 0; i < s->item_count; i++) {
		if (str_eq(s->items[i].item, item))
			return &s->items[i];
	}
	return NULL;
}

static enum err_code parse_covers(
	struct arena *a, const struct json *list, struct scheme_item *item, struct err *e)
{
	size_t count = json_count(list);
	if (count > SCHEME_COVERS_MAX)
		return err_set(e, ERR_INVALID, "member \"covers\" has more than %d entries",
			SCHEME_COVERS_MAX);
	struct scheme_cover *covers = ARENA_ARRAY(a, struct scheme_cover, count);
	if (!covers)
		return err_set(e, ERR_TOO_LARGE, "scheme too large");
	for (size_t i = 0; i < count; i++) {
		const struct json *v = json_at(list, i);
		TRY(json_need_str(v, "scheme", &covers[i].scheme, e));
		TRY(strings_parse(a, json_get(v, "items"), "items", 1, SCHEME_ITEMS_MAX,
			&covers[i].items, &covers[i].item_count, e));
	}
	item->cover_count = (uint32_t)count;
	item->covers = covers;
	return ERR_OK;
}

/* The number of runs is a number like all: with a value, or to be entered (0). */
static enum err_code parse_runs(const struct json *v, uint32_t *ret, struct err *e)
{
	struct str text = json_get_str(v, "value");
	uint64_t runs = 0;
	if (!v || !text.at) {
		*ret = 0;
		return ERR_OK;
	}
	if (str_parse_u64(text, &runs, NULL) != ERR_OK || runs == 0 || runs > 1000)
		return err_set(e, ERR_INVALID, "number of runs must be 1 to 1000");
	*ret = (uint32_t)runs;
	return ERR_OK;
}

static enum err_code parse_item(struct arena *a, const struct json *v, struct scheme_item *ret,
	struct err *e)
{
	struct scheme_item item = { .doc = v };
	TRY(json_need_str(v, "item", &item.item, e));
	TRY(text_pair_parse(json_get(v, "title"), &item.title, e));
	TRY(parse_runs(json_get(v, "runs"), &item.runs, e));
	TRY(parse_covers(a, json_get(v, "covers"), &item, e));
	*ret = item;
	return ERR_OK;
}

static enum err_code parse_items(struct arena *a, const struct json *list, struct scheme *s,
	struct err *e)
{
	size_t count = json_count(list);
	if (count == 0 || count > SCHEME_ITEMS_MAX)
		return err_set(e, ERR_INVALID, "a scheme has 1 to %d items", SCHEME_ITEMS_MAX);
	struct scheme_item *items = ARENA_ARRAY(a, struct scheme_item, count);
	if (!items)
		return err_set(e, ERR_TOO_LARGE, "scheme too large");
	s->items = items;
	for (size_t i = 0; i < count; i++) {
		if (parse_item(a, json_at(list, i), &items[i], e) != ERR_OK)
			return err_in(e, "item %zu", i + 1);
		if (scheme_item(s, items[i].item))
			return err_set(e, ERR_INVALID, "item %zu stands twice", i + 1);
		s->item_count = (uint32_t)i + 1;
	}
	return ERR_OK;
}

enum err_code scheme_parse(struct arena *a, const struct json *doc, struct scheme *ret,
	struct err *e)
{
	struct scheme s = { .doc = doc };
	const struct json *standard;
	const struct json *items;
	struct str level;
	struct str jcs;
	if (!str_is(json_get_str(doc, "kind"), "scheme"))
		return err_set(e, ERR_INVALID, "not a scheme");
	TRY(json_need_str(doc, "id", &s.id, e));
	TRY(json_need_str(doc, "edition", &s.edition, e));
	TRY(text_pair_parse(json_get(doc, "title"), &s.title, e));
	TRY(json_need(doc, "standard", JSON_OBJECT, &standard, e));
	TRY(json_need_str(standard, "level", &level, e));
	TRY(standard_level_parse(level, &s.level, e));
	s.standard_code = json_get_str(standard, "code");
	if (s.standard_code.len > 0 && standard_level_of(s.standard_code) != s.level)
		return err_set(e, ERR_INVALID, "level of the standard does not fit its code");
	TRY(json_need(doc, "items", JSON_ARRAY, &items, e));
	TRY(parse_items(a, items, &s, e));
	TRY(json_jcs(a, doc, &jcs, e));
	s.digest = digest_sha256(jcs);
	*ret = s;
	return ERR_OK;
}
