/* code_names.c - see code_names.h. */
#include "matching/code_names.h"

#include <string.h>

static int compare(struct str one, struct str other)
{
	size_t len = one.len < other.len ? one.len : other.len;
	int order = memcmp(one.at, other.at, len);

	return order != 0 ? order : (one.len > other.len) - (one.len < other.len);
}

static enum err_code read_one(const struct json *v, struct code_name *ret, struct err *e)
{
	const struct json *tile = json_get(v, "tile");

	*ret = (struct code_name){ .placed = json_count(tile) == 2 };
	TRY(json_need_str(v, "code", &ret->code, e));
	TRY(text_pair_parse(json_get(v, "name"), &ret->name, e));
	if (ret->placed) {
		ret->column = (uint32_t)json_number_or(json_at(tile, 0), 0);
		ret->row = (uint32_t)json_number_or(json_at(tile, 1), 0);
	}
	return ERR_OK;
}

static enum err_code read_list(struct arena *a, const struct rules *r, struct str file_name,
	struct code_list *ret, struct err *e)
{
	const struct rules_file *file = rules_file_named(r, file_name);
	const struct json *list = file ? json_get(file->doc, "codes") : NULL;
	size_t count = json_count(list);
	struct code_name *names = ARENA_ARRAY(a, struct code_name, count + 1);

	if (!names)
		return err_set(e, ERR_TOO_LARGE, "names of codes need too much memory");
	for (size_t i = 0; i < count; i++) {
		TRY(read_one(json_at(list, i), &names[i], e));
		if (i > 0 && compare(names[i - 1].code, names[i].code) >= 0)
			return err_set(e, ERR_INVALID, STR_FMT ": \"" STR_FMT "\" is out of order",
				STR_ARG(file_name), STR_ARG(names[i].code));
	}
	*ret = (struct code_list){ .count = (uint32_t)count, .names = names };
	return ERR_OK;
}

enum err_code code_names_parse(struct arena *a, const struct rules *r, struct code_names *ret,
	struct err *e)
{
	TRY(read_list(a, r, STR("codes/regions.json"), &ret->regions, e));
	return read_list(a, r, STR("codes/industries.json"), &ret->industries, e);
}

const struct code_name *code_find(const struct code_list *list, struct str code)
{
	uint32_t low = 0, high = list->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = compare(list->names[middle].code, code);
		if (order == 0)
			return &list->names[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const struct code_name *code_find_near(const struct code_list *list, struct str code)
{
	const struct code_name *found = code_find(list, code);

	if (!found && code.len > 3 && code.at[0] >= 'A')
		found = code_find(list, (struct str){ code.at, 3 });
	if (!found && code.len > 1 && code.at[0] >= 'A')
		found = code_find(list, (struct str){ code.at, 1 });
	return found;
}

struct str code_stem(struct str code)
{
	if (code.len == 6 && code.at[4] == '0' && code.at[5] == '0')
		code.len = code.at[2] == '0' && code.at[3] == '0' ? 2 : 4;
	return code;
}

const struct code_list *code_list_of(const struct code_names *names,
	const struct listing_field *f)
{
	if (!names)
		return NULL;
	return f->type == FIELD_REGIONS ? &names->regions
		: f->type == FIELD_INDUSTRIES ? &names->industries : NULL;
}
