/* evaluation_numbers.c - the scenario of a scheme, and the numbers its criteria may name: the
 * item's, the scheme's, and those that a city entered from its own copy of the standard.
 */
#include <math.h>

#include "base/limits.h"
#include "criteria/evaluation_inner.h"

#define TO_BE_ENTERED "to-be-entered"

static const struct json *find_in(const struct json *list, const char *member, struct str id)
{
	for (size_t i = 0; i < json_count(list); i++) {
		if (str_eq(json_get_str(json_at(list, i), member), id))
			return json_at(list, i);
	}
	return NULL;
}

enum err_code scenario_find(struct arena *a, const struct json *scheme, struct str id,
	struct scenario *ret, struct err *e)
{
	struct scenario s = { .scheme = scheme, .id = id };
	s.doc = find_in(json_get(scheme, "scenarios"), "id", id);
	if (!s.doc)
		return err_set(e, ERR_INVALID, "scheme \"%s\" has no scenario \"%s\"",
			str_quote(a, json_get_str(scheme, "id")), str_quote(a, id));
	s.criteria = json_get_str(s.doc, "criteria");
	s.item = find_in(json_get(scheme, "items"), "item", json_get_str(s.doc, "item"));
	if (!s.item)
		return err_set(e, ERR_INVALID, "scenario \"%s\" names an item that is not there",
			str_quote(a, id));
	*ret = s;
	return ERR_OK;
}

/* ---- limits that a city entered -------------------------------------------------------------- */

static bool is_open(const struct json *number)
{
	return str_is(json_get_str(number, "status"), TO_BE_ENTERED);
}

/* The number of the scheme that an entry speaks of, or NULL. */
static const struct json *number_of_entry(const struct json *scheme, const struct json *entry)
{
	struct str id = json_get_str(entry, "id");
	if (!json_get(entry, "item"))
		return find_in(json_get(scheme, "numbers"), "id", id);
	const struct json *item = find_in(json_get(scheme, "items"), "item",
		json_get_str(entry, "item"));
	const struct json *runs = json_get(item, "runs");
	if (str_eq(json_get_str(runs, "id"), id))
		return runs;
	return find_in(json_get(item, "numbers"), "id", id);
}

static enum err_code check_entry(struct arena *a, const struct json *scheme,
	const struct json *entry, struct err *e)
{
	const struct json *number = number_of_entry(scheme, entry);
	struct str unit = json_get_str(number, "unit");
	struct unit wanted, given;
	if (!number)
		return err_set(e, ERR_INVALID, "the scheme has no number \"%s\" there",
			str_quote(a, json_get_str(entry, "id")));
	if (!is_open(number))
		return err_set(e, ERR_INVALID, "number \"%s\" is not one to be entered",
			str_quote(a, json_get_str(entry, "id")));
	if (isnan(text_to_double(json_get_str(entry, "value"))))
		return err_set(e, ERR_INVALID, "value of \"%s\" is not a decimal",
			str_quote(a, json_get_str(entry, "id")));
	if (str_eq(unit, json_get_str(entry, "unit")))
		return ERR_OK;
	if (unit_parse(unit, &wanted, NULL) == ERR_OK &&
		unit_parse(json_get_str(entry, "unit"), &given, NULL) == ERR_OK &&
		unit_eq(&wanted, &given))
		return ERR_OK;
	(void)err_set(e, ERR_INVALID, "number \"%s\" is in %s, not in %s",
		str_quote(a, json_get_str(entry, "id")), str_quote(a, unit),
		str_quote(a, json_get_str(entry, "unit")));
	return err_hint(e, "Enter it in the unit of the scheme.");
}

static bool same_place(const struct json *a, const struct json *b)
{
	return str_eq(json_get_str(a, "id"), json_get_str(b, "id")) &&
		!json_get(a, "item") == !json_get(b, "item") &&
		str_eq(json_get_str(a, "item"), json_get_str(b, "item"));
}

static enum err_code check_limits(struct arena *a, const struct json *scheme,
	const struct json *limits, struct err *e)
{
	const struct json *list = json_get(limits, "numbers");
	if (!limits)
		return ERR_OK;
	if (!str_is(json_get_str(limits, "kind"), "limits"))
		return err_set(e, ERR_INVALID, "not a document of entered limits");
	if (!str_eq(json_get_str(limits, "scheme"), json_get_str(scheme, "id")) ||
		!str_eq(json_get_str(limits, "edition"), json_get_str(scheme, "edition")))
		return err_set(e, ERR_INVALID, "entered limits are for scheme \"%s\" of %s",
			str_quote(a, json_get_str(limits, "scheme")),
			str_quote(a, json_get_str(limits, "edition")));
	for (size_t i = 0; i < json_count(list); i++) {
		for (size_t k = 0; k < i; k++) {
			if (same_place(json_at(list, i), json_at(list, k)))
				return err_set(e, ERR_INVALID, "entered limit %zu stands twice",
					i + 1);
		}
		if (check_entry(a, scheme, json_at(list, i), e) != ERR_OK)
			return err_in(e, "entered limit %zu", i + 1);
	}
	return ERR_OK;
}

/* The entry for a number of the item (`item` given) or of the scheme, or NULL. */
static const struct json *entry_for(const struct json *limits, struct str item, struct str id)
{
	const struct json *list = json_get(limits, "numbers");
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *entry = json_at(list, i);
		if (str_eq(json_get_str(entry, "id"), id) &&
			!json_get(entry, "item") == (item.len == 0) &&
			str_eq(json_get_str(entry, "item"), item))
			return entry;
	}
	return NULL;
}

enum err_code scenario_runs(const struct scenario *s, const struct json *limits, uint32_t *ret,
	struct err *e)
{
	const struct json *number = json_get(s->item, "runs");
	struct str text = json_get_str(number, "value");
	uint64_t runs = 0;
	if (!number) {
		*ret = 1;
		return ERR_OK;
	}
	if (is_open(number))
		text = json_get_str(entry_for(limits, json_get_str(s->item, "item"),
			json_get_str(number, "id")), "value");
	if (!text.at) {
		*ret = 0;
		return ERR_OK;
	}
	if (str_parse_u64(text, &runs, NULL) != ERR_OK || runs == 0 || runs > LIMIT_RUNS)
		return err_set(e, ERR_INVALID, "number of runs must be 1 to %d", LIMIT_RUNS);
	*ret = (uint32_t)runs;
	return ERR_OK;
}

/* ---- numbers in scope ------------------------------------------------------------------------ */

/* The number `id` of the item, else of the scheme. */
static struct scoped_number look_up(const struct scenario *s, const struct json *limits,
	struct str id)
{
	struct scoped_number n = { .id = id };
	struct str item = json_get_str(s->item, "item");
	n.doc = find_in(json_get(s->item, "numbers"), "id", id);
	if (!n.doc) {
		n.doc = find_in(json_get(s->scheme, "numbers"), "id", id);
		item = (struct str){ "", 0 };
	}
	if (n.doc && is_open(n.doc))
		n.entered = entry_for(limits, item, id);
	return n;
}

struct scope {
	const struct scenario *scenario;
	const struct json *limits;
	struct scoped_number *list;
	uint32_t count;
};

/* Names given by the scenario come first and hide others of the same name. */
static void add(struct scope *scope, struct scoped_number n)
{
	for (uint32_t i = 0; i < scope->count; i++) {
		if (str_eq(scope->list[i].id, n.id))
			return;
	}
	scope->list[scope->count++] = n;
}

static void add_list(struct scope *scope, const struct json *numbers)
{
	for (size_t i = 0; i < json_count(numbers); i++)
		add(scope, look_up(scope->scenario, scope->limits,
			json_get_str(json_at(numbers, i), "id")));
}

enum err_code scenario_numbers(struct arena *a, const struct scenario *s,
	const struct json *limits, const struct scoped_number **ret, uint32_t *ret_count,
	struct err *e)
{
	const struct json *names = json_get(s->doc, "numbers");
	const struct json *of_item = json_get(s->item, "numbers");
	const struct json *of_scheme = json_get(s->scheme, "numbers");
	struct scope scope = { .scenario = s, .limits = limits };
	TRY(check_limits(a, s->scheme, limits, e));
	scope.list = ARENA_ARRAY(a, struct scoped_number,
		json_count(names) + json_count(of_item) + json_count(of_scheme));
	if (!scope.list)
		return err_set(e, ERR_TOO_LARGE, "numbers of the scheme need too much memory");
	for (size_t i = 0; i < json_count(names); i++) {
		const struct json *v = names->members[i].value;
		struct scoped_number n = look_up(s, limits, json_get_str(v, "number"));
		n.id = names->members[i].name;
		n.column = (uint32_t)json_number_or(json_get(v, "column"), 0);
		if (!n.doc)
			return err_set(e, ERR_INVALID,
				"scenario \"%s\" names number \"%s\", which is not there",
				str_quote(a, s->id), str_quote(a, json_get_str(v, "number")));
		add(&scope, n);
	}
	add_list(&scope, of_item);
	add_list(&scope, of_scheme);
	*ret = scope.list;
	*ret_count = scope.count;
	return ERR_OK;
}

/* ---- as program_compile wants them ----------------------------------------------------------- */

static enum err_code table_cells(const struct json *rows, const uint32_t *columns, uint32_t width,
	double *ret, struct err *e)
{
	for (size_t r = 0; r < json_count(rows); r++) {
		for (uint32_t k = 0; k < width; k++) {
			double x = text_to_double(json_str(json_at(json_at(rows, r), columns[k])));
			if (isnan(x))
				return err_set(e, ERR_INVALID,
					"row %zu of the table lacks a decimal", r + 1);
			if (k == 0 && r > 0 && x <= ret[(r - 1) * width])
				return err_set(e, ERR_INVALID,
					"row %zu of the table does not go up", r + 1);
			ret[r * width + k] = x;
		}
	}
	return ERR_OK;
}

/* The table's argument and all columns behind it, or the one that is asked for. */
static enum err_code fill_table(struct arena *a, const struct json *table, uint32_t column,
	struct program_number *n, struct err *e)
{
	const struct json *heads = json_get(table, "columns");
	uint32_t all = (uint32_t)json_count(heads);
	uint32_t width = column == 0 ? all : 2;
	size_t rows = json_count(json_get(table, "rows"));
	if (all < 2 || column >= all || rows == 0)
		return err_set(e, ERR_INVALID, "the table has no such column");
	uint32_t *columns = ARENA_ARRAY(a, uint32_t, width);
	struct unit *units = ARENA_ARRAY(a, struct unit, width);
	double *cells = ARENA_ARRAY(a, double, rows * width);
	if (!columns || !units || !cells)
		return err_set(e, ERR_TOO_LARGE, "the table needs too much memory");
	for (uint32_t k = 0; k < width; k++) {
		columns[k] = k > 0 && column > 0 ? column : k;
		TRY(unit_parse(json_get_str(json_at(heads, columns[k]), "unit"), &units[k], e));
	}
	TRY(table_cells(json_get(table, "rows"), columns, width, cells, e));
	n->row_count = (uint32_t)rows;
	n->column_count = width;
	n->cells = cells;
	n->column_units = units;
	n->unit = units[1];
	n->entered = true;
	return ERR_OK;
}

static enum err_code fill_number(struct arena *a, const struct scoped_number *from,
	struct program_number *n, struct err *e)
{
	const struct json *table = json_get(from->doc, "table");
	n->id = from->id;
	if (table)
		return fill_table(a, table, from->column, n, e);
	if (from->column > 0 && !is_open(from->doc))
		return err_set(e, ERR_INVALID, "it is no table");
	n->text = json_get_str(from->entered ? from->entered : from->doc, "value");
	n->entered = n->text.len > 0;
	n->value = n->entered ? text_to_double(n->text) : NAN;
	if (n->entered && isnan(n->value))
		return err_set(e, ERR_INVALID, "its value is not a decimal");
	return unit_parse(json_get_str(from->doc, "unit"), &n->unit, e);
}

/* A number whose unit is none (a class, a colour) is no limit of a quantity. */
static bool is_measurable(const struct json *number)
{
	struct unit u;
	return json_get(number, "table") ||
		unit_parse(json_get_str(number, "unit"), &u, NULL) == ERR_OK;
}

enum err_code evaluation_numbers(struct arena *a, const struct json *scheme, struct str scenario,
	const struct json *limits, const struct program_number **ret, uint32_t *ret_count,
	struct err *e)
{
	struct scenario s;
	const struct scoped_number *scoped;
	uint32_t count;
	TRY(scenario_find(a, scheme, scenario, &s, e));
	TRY(scenario_numbers(a, &s, limits, &scoped, &count, e));
	struct program_number *list = ARENA_ARRAY(a, struct program_number, count);
	uint32_t kept = 0;
	if (!list)
		return err_set(e, ERR_TOO_LARGE, "numbers of the scheme need too much memory");
	for (uint32_t i = 0; i < count; i++) {
		if (!is_measurable(scoped[i].doc))
			continue;
		if (fill_number(a, &scoped[i], &list[kept], e) != ERR_OK)
			return err_in(e, "number \"%s\"", str_quote(a, scoped[i].id));
		kept++;
	}
	*ret = list;
	*ret_count = kept;
	return ERR_OK;
}
