/* scope.c - reading accreditations; days in China. */
#include "credential/scope.h"

#include <stdlib.h>

#include "base/instant.h"

#define DAY_S 86400
#define CHINA_AHEAD_S (8 * 3600) /* no summer time since 1991 */
#define SCOPE_ENTRIES_MAX 64
#define SCOPE_ITEMS_MAX 1024

int32_t china_day(int64_t at)
{
	int64_t local = at + CHINA_AHEAD_S;
	int64_t day = local / DAY_S;
	if (local % DAY_S < 0)
		day--;
	return day > INT32_MAX ? INT32_MAX : day < INT32_MIN ? INT32_MIN : (int32_t)day;
}

int64_t china_day_start(int32_t day)
{
	return (int64_t)day * DAY_S - CHINA_AHEAD_S;
}

enum err_code china_day_parse(struct str date, int32_t *ret, struct err *e)
{
	int64_t at;
	TRY(instant_parse_date(date, &at, e));
	*ret = (int32_t)(at / DAY_S);
	return ERR_OK;
}

static int by_bytes(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static enum err_code parse_entry(struct arena *a, const struct json *v, struct scope_entry *ret,
	struct err *e)
{
	const struct json *items;
	struct scope_entry entry = { 0 };
	TRY(json_need_str(v, "scheme", &entry.scheme, e));
	TRY(json_need_str(v, "edition", &entry.edition, e));
	TRY(json_need(v, "items", JSON_ARRAY, &items, e));
	if (json_count(items) == 0 || json_count(items) > SCOPE_ITEMS_MAX)
		return err_set(e, ERR_INVALID, "member \"items\" must list 1 to %d items",
			SCOPE_ITEMS_MAX);
	struct str *list = ARENA_ARRAY(a, struct str, json_count(items));
	if (!list)
		return err_set(e, ERR_TOO_LARGE, "accreditation too large");
	for (size_t i = 0; i < json_count(items); i++) {
		list[i] = json_str(json_at(items, i));
		if (list[i].len == 0)
			return err_set(
				e, ERR_INVALID, "item %zu of \"items\" is not a name", i + 1);
	}
	qsort(list, json_count(items), sizeof(*list), by_bytes);
	entry.item_count = (uint32_t)json_count(items);
	entry.items = list;
	*ret = entry;
	return ERR_OK;
}

enum err_code scope_parse(struct arena *a, const struct statement *s, struct scope *ret,
	struct err *e)
{
	const struct json *list;
	struct scope scope = { .id = s->id, .authority = s->issuer, .valid_from = s->valid_from,
		.valid_until = s->valid_until };
	TRY(json_need_str(s->subject, "id", &scope.lab, e));
	TRY(json_need_str(s->subject, "certificateType", &scope.certificate_type, e));
	TRY(json_need_str(s->subject, "certificateNumber", &scope.certificate_number, e));
	TRY(json_need(s->subject, "scope", JSON_ARRAY, &list, e));
	if (json_count(list) == 0 || json_count(list) > SCOPE_ENTRIES_MAX)
		return err_set(e, ERR_INVALID, "member \"scope\" must have 1 to %d entries",
			SCOPE_ENTRIES_MAX);
	struct scope_entry *entries = ARENA_ARRAY(a, struct scope_entry, json_count(list));
	if (!entries)
		return err_set(e, ERR_TOO_LARGE, "accreditation too large");
	for (size_t i = 0; i < json_count(list); i++) {
		if (parse_entry(a, json_at(list, i), &entries[i], e) != ERR_OK)
			return err_in(e, "scope entry %zu", i + 1);
	}
	scope.entry_count = (uint32_t)json_count(list);
	scope.entries = entries;
	*ret = scope;
	return ERR_OK;
}

bool scope_lists(const struct scope *s, struct str scheme, struct str edition, struct str item)
{
	for (uint32_t i = 0; i < s->entry_count; i++) {
		const struct scope_entry *entry = &s->entries[i];
		if (str_eq(entry->scheme, scheme) && str_eq(entry->edition, edition) &&
			bsearch(&item, entry->items, entry->item_count, sizeof(item), by_bytes))
			return true;
	}
	return false;
}

bool scope_valid_on(const struct scope *s, int32_t day)
{
	if (china_day(s->valid_from) > day)
		return false;
	return s->valid_until == INT64_MAX || china_day(s->valid_until) >= day;
}
