/* table.c - the frame of a list around a page of its rows. */
#include "web/table.h"

#include <string.h>

#include "base/scoped.h"
#include "web/web_inner.h"

static const char *const sizes[] = { "20", "50", "100" };

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

/* ---- what was asked -------------------------------------------------------------------------- */

enum err_code table_read_query(struct request *r, struct list_query *ret, struct err *e)
{
	struct list_query q = {
		.text = fields_get(&r->query, "q"),
		.kind = fields_get(&r->query, "kind"),
		.state = fields_get(&r->query, "state"),
		.city = fields_get(&r->query, "city"),
		.after = fields_get(&r->query, "after"),
		.before = fields_get(&r->query, "before"),
		.sort = fields_get(&r->query, "sort"),
	};
	struct str rows = fields_get(&r->query, "rows");
	uint64_t number = 0;

	if (rows.len > 0 && (str_parse_u64(rows, &number, NULL) != ERR_OK || number == 0))
		return err_set(e, ERR_INVALID, "field \"rows\": not a number of rows");
	q.rows = number > LIMIT_PAGE_ROWS ? LIMIT_PAGE_ROWS : (uint32_t)number;
	*ret = q;
	return ERR_OK;
}

static uint32_t all_columns(const struct table *t)
{
	CHECK(t->column_count <= TABLE_COLUMNS_MAX);
	return (1u << t->column_count) - 1;
}

/* "report.lab.state" to bits; unknown names are passed over: a column may have gone. */
static uint32_t read_columns(const struct table *t, struct str names)
{
	uint32_t chosen = 1;

	while (names.at) {
		struct str name = str_cut(&names, '.');
		for (size_t i = 0; i < t->column_count; i++)
			if (str_is(name, t->columns[i].name))
				chosen |= 1u << i;
	}
	for (size_t i = 0; i < t->column_count; i++)
		if (t->columns[i].file_only)
			chosen |= 1u << i;
	return chosen;
}

uint32_t table_chosen(struct request *r, const struct table *t)
{
	struct str asked = fields_get(&r->query, "columns");

	if (asked.len == 0)
		asked = cookie_get(request_header(r, "cookie"), "columns");
	return asked.len == 0 || str_is(asked, "all") ? all_columns(t) : read_columns(t, asked);
}

static struct str columns_text(struct arena *a, const struct table *t, uint32_t chosen)
{
	SCOPED_BUF b = { 0 };

	if (chosen == all_columns(t))
		return STR("all");
	buf_init(&b, 1024);
	for (size_t i = 0; i < t->column_count; i++)
		if (chosen >> i & 1 && !t->columns[i].file_only)
			buf_printf(&b, "%s%s", b.len > 0 ? "." : "", t->columns[i].name);
	return str_copy(a, buf_str(&b));
}

/* Kept for this list only: the cookie's path is the list's. */
static void keep_columns(struct request *r, const struct table *t)
{
	struct str text;
	char *cookie;

	if (fields_get(&r->query, "columns").len == 0)
		return;
	text = columns_text(&r->arena, t, table_chosen(r, t));
	cookie = arena_printf(&r->arena, "columns=" STR_FMT "; Path=%s; Max-Age=%d; SameSite=Lax; "
		"HttpOnly", STR_ARG(text), t->path, str_is(text, "all") ? 0 : 31536000);
	if (cookie)
		reply_header(&r->reply, "Set-Cookie", cookie);
}

/* ---- addresses ------------------------------------------------------------------------------- */

/* One field of the address with another value; at NULL: as it is; empty: without it. */
struct change {
	const char *field;
	struct str value;
};

static void put_field(struct buf *b, struct str name, struct str value)
{
	if (value.len == 0)
		return;
	buf_put_char(b, str_find(buf_str(b), STR("?")) == SIZE_MAX ? '?' : '&');
	buf_put_str(b, name);
	buf_put_char(b, '=');
	percent_put(b, value);
}

/* The list's address as it is asked, changed in one field. Whatever is changed but the page key
 * leads to the first page. */
static struct str address(struct request *r, const struct table *t, const char *ending,
	struct change change)
{
	SCOPED_BUF b = { 0 };
	struct str names = str_of(t->fields);

	buf_init(&b, 16384);
	buf_printf(&b, "%s%s", t->path, ending);
	while (names.at) {
		struct str name = str_trim(str_cut(&names, ','));
		struct str value = str_is(name, change.field) ? change.value :
			fields_get(&r->query, str_z(&r->arena, name));
		put_field(&b, name, value);
	}
	for (size_t i = 0; i < 3; i++) {
		static const char *const shown[] = { "sort", "columns", "rows" };
		put_field(&b, str_of(shown[i]), strcmp(shown[i], change.field) == 0 ? change.value :
			fields_get(&r->query, shown[i]));
	}
	if (strcmp(change.field, "after") == 0 || strcmp(change.field, "before") == 0)
		put_field(&b, str_of(change.field), change.value);
	return b.overflow ? str_of(t->path) : str_copy(&r->arena, buf_str(&b));
}

void table_chip(struct request *r, const struct table *t, struct json *chips, const char *field,
	struct str value, const char *member, const struct json *name)
{
	struct arena *a = &r->arena;
	bool on = str_eq(fields_get(&r->query, field), value);
	struct json *chip = json_set_str(a, json_new_object(a), "address", address(r, t, "",
		(struct change){ field, on ? STR("") : value }));

	chip = json_set(a, chip, "on", json_new_bool(a, on));
	chip = name ? json_set(a, chip, "name", json_copy(a, name)) :
		json_set_str(a, chip, member, value);
	(void)json_push(a, chips, chip); /* full: table_keep_chips tells */
}

enum err_code table_keep_chips(struct request *r, struct json *chips, struct err *e)
{
	r->links = json_set(&r->arena, r->links, "chips", chips);
	return r->links ? ERR_OK : full(e);
}

/* ---- heads and choices ----------------------------------------------------------------------- */

/* The order in use: column's name in the service, and whether downwards. */
static struct str order_now(struct request *r, const struct table *t, bool *ret_down)
{
	struct str sort = fields_get(&r->query, "sort");

	if (sort.len == 0)
		sort = str_of(t->usual_sort);
	*ret_down = str_starts(sort, "-");
	return *ret_down ? str_skip(sort, 1) : sort;
}

static struct json *head_of(struct request *r, const struct table *t,
	const struct table_column *c)
{
	struct arena *a = &r->arena;
	struct json *head = json_set_text(a, json_new_object(a), "column", c->name);
	bool down, sorted;
	struct str now = order_now(r, t, &down), next;

	/* Matches of a search stand in the usual order. */
	if (!c->sort || fields_get(&r->query, "q").len > 0)
		return head;
	sorted = str_is(now, c->sort);
	next = str_printf(a, "%s%s", (sorted && !down) || (!sorted &&
		t->usual_sort[0] == '-' && strcmp(t->usual_sort + 1, c->sort) == 0) ? "-" : "",
		c->sort);
	head = json_set_str(a, head, "address", address(r, t, "", (struct change){ "sort",
		str_is(next, t->usual_sort) ? STR("") : next }));
	if (sorted) {
		head = json_set_text(a, head, "sorted", down ? "descending" : "ascending");
		head = json_set(a, head, "down", json_new_bool(a, down));
	}
	return head;
}

static struct json *choice_of(struct request *r, const struct table *t, uint32_t chosen, size_t i)
{
	struct arena *a = &r->arena;
	struct json *choice = json_set_text(a, json_new_object(a), "column", t->columns[i].name);

	choice = json_set(a, choice, "on", json_new_bool(a, chosen >> i & 1));
	return json_set_str(a, choice, "address", address(r, t, "", (struct change){ "columns",
		columns_text(a, t, chosen ^ 1u << i) }));
}

static struct json *size_of(struct request *r, const struct table *t, const char *size)
{
	struct arena *a = &r->arena;
	struct str now = fields_get(&r->query, "rows");
	bool usual = strcmp(size, "50") == 0;
	struct json *v = json_set_text(a, json_new_object(a), "size", size);

	v = json_set(a, v, "on", json_new_bool(a, now.len == 0 ? usual : str_is(now, size)));
	return json_set_str(a, v, "address", address(r, t, "", (struct change){ "rows",
		usual ? STR("") : str_of(size) }));
}

static void add_columns(struct request *r, const struct table *t)
{
	struct arena *a = &r->arena;
	struct json *heads = json_new_array(a), *show = json_new_object(a);
	struct json *choices = json_new_array(a), *rows = json_new_array(a);
	uint32_t chosen = table_chosen(r, t);

	for (size_t i = 0; i < t->column_count; i++) {
		if (t->columns[i].file_only)
			continue;
		if (i > 0)
			choices = json_push(a, choices, choice_of(r, t, chosen, i));
		if (!(chosen >> i & 1))
			continue;
		heads = json_push(a, heads, head_of(r, t, &t->columns[i]));
		show = json_set(a, show, t->columns[i].name, json_new_bool(a, true));
	}
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		rows = json_push(a, rows, size_of(r, t, sizes[i]));
	r->links = json_set(a, r->links, "heads", heads);
	r->links = json_set(a, r->links, "show", show);
	r->links = json_set(a, r->links, "choices", choices);
	r->links = json_set(a, r->links, "sizes", rows);
}

/* Fields that a search keeps: all but its text and the page key. */
static void add_hidden(struct request *r, const struct table *t)
{
	struct arena *a = &r->arena;
	struct json *hidden = json_new_array(a);
	struct str names = str_printf(a, "%s, columns, rows", t->fields);
	bool filtered = false;

	while (names.at) {
		struct str name = str_trim(str_cut(&names, ','));
		struct str value = fields_get(&r->query, str_z(a, name));
		struct json *v;
		if (value.len == 0)
			continue;
		filtered = filtered || (!str_is(name, "columns") && !str_is(name, "rows"));
		if (str_is(name, "q"))
			continue;
		v = json_set_str(a, json_new_object(a), "hidden", name);
		hidden = json_push(a, hidden, json_set_str(a, v, "value", value));
	}
	r->links = json_set(a, r->links, "hidden", hidden);
	r->links = json_set(a, r->links, "filtered", json_new_bool(a, filtered));
}

void table_files(struct request *r, const struct table *t)
{
	struct arena *a = &r->arena;
	struct json *files = json_new_object(a);
	/* The cookie of the columns is not sent with these. */
	struct change columns = { "columns", columns_text(a, t, table_chosen(r, t)) };

	if (str_is(columns.value, "all"))
		columns.value = STR("");
	files = json_set_str(a, files, "csv", address(r, t, ".csv", columns));
	files = json_set_str(a, files, "xlsx", address(r, t, ".xlsx", columns));
	r->links = json_set(a, r->links, "files", files);
}

/* "links" of the twin, and of the page. */
static enum err_code add_paging(struct request *r, const struct table *t, struct json *model,
	struct err *e)
{
	struct arena *a = &r->arena;
	struct change next = { "after", json_get_str(model, "next") };
	struct change previous = { "before", json_get_str(model, "previous") };
	struct json *links = json_new_object(a);

	if (next.value.at) {
		r->links = json_set_str(a, r->links, "next", address(r, t, "", next));
		links = json_set_str(a, links, "next", address(r, t, ".json", next));
	}
	if (previous.value.at) {
		r->links = json_set_str(a, r->links, "previous", address(r, t, "", previous));
		links = json_set_str(a, links, "previous", address(r, t, ".json", previous));
		r->links = json_set_str(a, r->links, "first", address(r, t, "",
			(struct change){ "", STR("") }));
	}
	r->links = json_set_str(a, r->links, "twin", address(r, t, ".json", (struct change){ "",
		STR("") }));
	return json_set(a, model, "links", links) && r->links ? ERR_OK : full(e);
}

enum err_code table_model(struct request *r, const struct table *t, struct json **ret,
	struct err *e)
{
	struct list_query q;

	TRY(table_read_query(r, &q, e));
	TRY(t->page(r, &r->arena, &q, ret, e));
	if (!r->links)
		r->links = json_new_object(&r->arena);
	add_columns(r, t);
	add_hidden(r, t);
	table_files(r, t);
	if (respond_for_people(r))
		keep_columns(r, t);
	return add_paging(r, t, *ret, e);
}

/* ---- values ---------------------------------------------------------------------------------- */

struct str table_head_text(struct request *r, struct arena *a, const struct table_column *c)
{
	(void)a;
	return catalogue_text(pages_catalogue(r->web->pages), r->language, "column",
		str_of(c->name));
}

static struct str text_of(struct request *r, struct arena *a, const struct table_column *c,
	const struct json *v)
{
	struct str text = json_str(v), word;
	char number[32];

	if (json_is(v, JSON_OBJECT))
		text = json_get_str(v, language_tag(r->language));
	if (json_is(v, JSON_NUMBER))
		return str_printf(a, "%.*s", (int)json_number_text(v->number, number), number);
	if (!text.at || !c->words)
		return text;
	word = catalogue_text(pages_catalogue(r->web->pages), r->language, c->words, text);
	return word.at ? word : text;
}

struct str table_value(struct request *r, struct arena *a, const struct table_column *c,
	const struct json *row)
{
	struct str member = str_of(c->from), path = str_cut(&member, ':'), text;
	const struct json *v = json_path(row, str_z(a, path));
	SCOPED_BUF b = { 0 };

	if (!member.at) {
		text = text_of(r, a, c, v);
		return text.at ? text : STR("");
	}
	buf_init(&b, 65536);
	for (size_t i = 0; i < json_count(v); i++) {
		text = text_of(r, a, c, json_get(json_at(v, i), str_z(a, member)));
		if (text.len > 0)
			buf_printf(&b, "%s" STR_FMT, b.len > 0 ? "; " : "", STR_ARG(text));
	}
	return b.len > 0 && !b.overflow ? str_copy(a, buf_str(&b)) : STR("");
}
