/* member_handlers.c - pages of members: directory, one member, the schematic picture. */
#include "service/member.h"
#include "web/listing_form.h"
#include "web/table.h"
#include "web/web_inner.h"

#define PLACE_WIDTH 66
#define PLACE_HEIGHT 44
#define PLACE_GAP 4
#define BRIEF_BYTES 12 /* four Chinese characters */

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

static const struct code_names *names_of(struct request *r)
{
	return service_code_names(r->web->service);
}

/* "region_names": the codes of "regions" as people read them; the same of industries. */
static struct json *with_names(struct request *r, struct arena *a, struct json *row)
{
	static const char *const members[] = { "regions", "industries" };
	static const char *const as[] = { "region_names", "industry_names" };
	const struct code_list *const lists[] = { &names_of(r)->regions, &names_of(r)->industries };

	for (size_t i = 0; i < 2; i++) {
		const struct json *codes = json_get(row, members[i]);
		struct json *texts = json_new_array(a);
		for (size_t k = 0; k < json_count(codes); k++)
			texts = json_push(a, texts, json_set(a, json_new_object(a), "text",
				listing_code_text(a, lists[i], json_str(json_at(codes, k)))));
		row = json_set(a, row, as[i], texts);
	}
	return row;
}

static struct json *rows_with_names(struct request *r, struct arena *a,
	const struct json *model)
{
	const struct json *rows = json_get(model, "rows");
	struct json *list = json_new_array(a);

	for (size_t i = 0; i < json_count(rows); i++)
		list = json_push(a, list, with_names(r, a, json_copy(a, json_at(rows, i))));
	return json_set(a, json_copy(a, model), "rows", list);
}

/* ---- directory ------------------------------------------------------------------------------- */

static enum err_code members_page(struct request *r, struct arena *a, const struct list_query *q,
	struct json **ret, struct err *e)
{
	TRY(service_members(r->web->service, a, q, fields_get(&r->query, "region"),
		fields_get(&r->query, "industry"), ret, e));
	*ret = rows_with_names(r, a, *ret);
	return *ret ? ERR_OK : full(e);
}

static const struct table_column member_columns[] = {
	{ .name = "organisation", .from = "name", .as = TABLE_TEXT, .sort = "name" },
	{ .name = "registered_id", .from = "code", .as = TABLE_TEXT, .file_only = true },
	{ .name = "role", .from = "role", .as = TABLE_TEXT, .words = "role" },
	{ .name = "region", .from = "region_names:text", .as = TABLE_TEXT },
	{ .name = "industry", .from = "industry_names:text", .as = TABLE_TEXT },
	{ .name = "city", .from = "city/name", .as = TABLE_TEXT },
};
const struct table members_table = { "/members", member_columns,
	sizeof(member_columns) / sizeof(member_columns[0]), "-time",
	"q, kind, city, region, industry", members_page };

/* What is filtered by, as a chip that takes it off again. */
static void code_chip(struct request *r, struct json *chips, const char *field,
	const struct code_list *list)
{
	struct str code = fields_get(&r->query, field);

	if (code.len > 0)
		table_chip(r, &members_table, chips, field, code, NULL, listing_code_text(&r->arena,
			list, code));
}

enum err_code members_model(struct request *r, struct json **ret, struct err *e)
{
	struct json *chips = json_new_array(&r->arena);
	const struct json *cities;
	struct arena *a = &r->arena;

	TRY(table_model(r, &members_table, ret, e));
	cities = json_get(*ret, "cities");
	for (size_t i = 0; i < json_count(cities); i++)
		if (json_get(json_at(cities, i), "name"))
			table_chip(r, &members_table, chips, "city",
				json_get_str(json_at(cities, i), "domain"), NULL,
				json_get(json_at(cities, i), "name"));
	for (size_t i = 0; member_kinds[i + 1]; i++) /* "other" has no chip */
		table_chip(r, &members_table, chips, "kind", str_of(member_kinds[i]), "role", NULL);
	code_chip(r, chips, "region", &names_of(r)->regions);
	code_chip(r, chips, "industry", &names_of(r)->industries);
	*ret = json_set(a, *ret, "region_choices", listing_code_choices(a, &names_of(r)->regions,
		fields_get(&r->query, "region")));
	*ret = json_set(a, *ret, "industry_choices", listing_code_choices(a,
		&names_of(r)->industries, fields_get(&r->query, "industry")));
	return *ret ? table_keep_chips(r, chips, e) : full(e);
}

/* ---- one ------------------------------------------------------------------------------------- */

static struct json *with_uuids(struct request *r, struct json *row, const char *member)
{
	const struct json *list = json_get(row, member);
	struct json *copy = json_new_array(&r->arena);

	for (size_t i = 0; i < json_count(list); i++) {
		struct json *one = json_copy(&r->arena, json_at(list, i));
		const struct listing_kind *k = listing_kind_find(
			service_listing_kinds(r->web->service), json_get_str(one, "kind"));
		one = json_set_str(&r->arena, one, "uuid", str_skip(json_get_str(one, "listing"),
			9));
		one = json_set_str(&r->arena, one, "listing_kind", json_get_str(one, "kind"));
		one = json_set_text(&r->arena, one, "kind", "listing");
		if (k)
			one = json_set(&r->arena, one, "kind_title", text_pair_json(&r->arena,
				&k->title));
		copy = json_push(&r->arena, copy, one);
	}
	return json_set(&r->arena, row, member, copy);
}

enum err_code member_model(struct request *r, struct json **ret, struct err *e)
{
	const struct listing_kind *k = listing_kind_find(service_listing_kinds(r->web->service),
		STR("member"));
	struct json *model, *list = json_new_array(&r->arena);
	const struct json *rows;

	TRY(service_member(r->web->service, &r->arena, r->params[0], &model, e));
	rows = json_get(model, "rows");
	for (size_t i = 0; i < json_count(rows); i++) {
		struct json *row = with_names(r, &r->arena, json_copy(&r->arena,
			json_at(rows, i)));
		struct str profile = json_get_str(row, "profile");
		if (k && json_get(row, "fields"))
			row = listing_put_shown(r, k, row);
		if (profile.len > 0)
			row = json_set_str(&r->arena, row, "profile_uuid", str_skip(profile, 9));
		row = with_uuids(r, row, "listings");
		list = json_push(&r->arena, list, with_uuids(r, row, "facilities"));
	}
	*ret = json_set(&r->arena, model, "rows", list);
	return *ret ? ERR_OK : full(e);
}

/* ---- schematic picture ----------------------------------------------------------------------- */

static struct json *tile_model(struct request *r, const struct code_name *name, double count)
{
	struct json *v = json_set_str(&r->arena, json_new_object(&r->arena), "code", name->code);
	double x = name->column * PLACE_WIDTH, y = name->row * PLACE_HEIGHT;
	const char *shade = count == 0 ? "none" : count < 3 ? "few" : count < 10 ? "some" : "many";

	struct text_pair brief = name->name;

	if (brief.zh.len > BRIEF_BYTES) /* the autonomous counties: their first two characters */
		brief.zh.len = 6;
	v = json_set(&r->arena, v, "name", text_pair_json(&r->arena, &name->name));
	v = json_set(&r->arena, v, "brief", text_pair_json(&r->arena, &brief));
	v = json_set_number(&r->arena, v, "members", count);
	v = json_set_number(&r->arena, v, "x", x);
	v = json_set_number(&r->arena, v, "y", y);
	v = json_set_number(&r->arena, v, "text_x", x + (PLACE_WIDTH - PLACE_GAP) / 2.0);
	v = json_set_number(&r->arena, v, "name_y", y + 17);
	v = json_set_number(&r->arena, v, "count_y", y + 34);
	return json_set_text(&r->arena, v, "shade", shade);
}

/* Districts as tiles whose places are our own choice: "columns", "rows" make the picture's size. */
enum err_code member_map_model(struct request *r, struct json **ret, struct err *e)
{
	const struct code_list *regions = &names_of(r)->regions;
	struct json *sites, *tiles = json_new_array(&r->arena);
	uint32_t columns = 0, rows = 0;
	struct json *model;

	TRY(service_member_sites(r->web->service, &r->arena, &sites, e));
	for (uint32_t i = 0; i < regions->count; i++) {
		const struct code_name *name = &regions->names[i];
		char *code = str_z(&r->arena, name->code);
		if (!name->placed || !code)
			continue;
		columns = name->column >= columns ? name->column + 1 : columns;
		rows = name->row >= rows ? name->row + 1 : rows;
		tiles = json_push(&r->arena, tiles, tile_model(r, name,
			json_number_or(json_get(sites, code), 0)));
	}
	model = json_set(&r->arena, json_new_object(&r->arena), "tiles", tiles);
	model = json_set_number(&r->arena, model, "width", columns * PLACE_WIDTH);
	*ret = json_set_number(&r->arena, model, "height", rows * PLACE_HEIGHT);
	return *ret ? ERR_OK : full(e);
}
