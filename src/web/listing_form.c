/* listing_form.c - see listing_form.h. */
#include "web/listing_form.h"

#include <stdio.h>

#include "base/scoped.h"
#include "matching/fees.h"

#define FEE_ROWS_EMPTY 3       /* of a fee table, to be filled; saving gives more */

static struct str typed(struct arena *a, const struct fields *form, const struct listing_field *f,
	const char *end)
{
	char *name = arena_printf(a, "field." STR_FMT "%s", STR_ARG(f->id), end);

	return name ? fields_get(form, name) : STR("");
}

static bool is_text(const struct listing_field *f)
{
	return f->type == FIELD_LINE || f->type == FIELD_PROSE || f->type == FIELD_WORDS;
}

/* Digits become a number; anything else stays the text it is. */
static struct json *number_or_text(struct arena *a, struct str s)
{
	uint64_t n;

	return str_parse_u64(s, &n, NULL) == ERR_OK && n <= 1000000000000
		? json_new_number(a, (double)n) : json_new_str(a, s);
}

/* Lines, or parts between commas of either script. */
static struct json *list_of(struct arena *a, struct str s)
{
	static const char *const marks[] = { "\n", "\r", "\xef\xbc\x8c", ",", "\xe3\x80\x81",
		"\xef\xbc\x9b", ";" };
	struct json *list = json_new_array(a);

	while (s.len > 0) {
		size_t at = s.len, len = 0;
		for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
			size_t found = str_find(s, str_of(marks[i]));
			if (found < at) {
				at = found;
				len = str_of(marks[i]).len;
			}
		}
		struct str one = str_trim((struct str){ s.at, at });
		if (one.len > 0)
			list = json_push(a, list, json_new_str(a, one));
		s = str_skip(s, at + len);
	}
	return list;
}

/* Codes that were picked, then those that were typed beside. */
static struct json *codes_of(struct arena *a, const struct fields *form,
	const struct listing_field *f)
{
	char *name = arena_printf(a, "field." STR_FMT ".pick", STR_ARG(f->id));
	struct json *list = json_new_array(a), *more = list_of(a, typed(a, form, f, ""));

	for (size_t i = 0; name && i < form->count; i++)
		if (str_is(form->at[i].name, name) && form->at[i].value.len > 0)
			list = json_push(a, list, json_new_str(a, form->at[i].value));
	for (size_t i = 0; i < json_count(more); i++)
		list = json_push(a, list, json_copy(a, json_at(more, i)));
	return list;
}

static struct json *ends_of(struct arena *a, const struct fields *form,
	const struct listing_field *f)
{
	struct str from = typed(a, form, f, ".from"), to = typed(a, form, f, ".to");
	struct json *v = json_new_object(a);

	if (from.len > 0)
		v = json_set(a, v, "from", f->type == FIELD_RANGE ? number_or_text(a, from)
			: json_new_str(a, from));
	if (to.len > 0)
		v = json_set(a, v, "to", f->type == FIELD_RANGE ? number_or_text(a, to)
			: json_new_str(a, to));
	return v;
}

static struct json *ticked(struct arena *a, const struct fields *form,
	const struct listing_field *f)
{
	struct json *list = json_new_array(a);

	for (uint32_t i = 0; i < f->choice_count; i++) {
		char *end = arena_printf(a, "." STR_FMT, STR_ARG(f->choices[i].id));
		if (end && typed(a, form, f, end).len > 0)
			list = json_push(a, list, json_new_str(a, f->choices[i].id));
	}
	return list;
}

static struct str fee_typed(struct arena *a, const struct fields *form,
	const struct listing_field *f, int row, const char *what)
{
	char end[32];

	(void)snprintf(end, sizeof(end), ".%d.%s", row, what);
	return str_trim(typed(a, form, f, end));
}

/* Rows of which something was typed; a price that is none stays the text it is. */
static struct json *fees_of(struct arena *a, const struct fields *form,
	const struct listing_field *f)
{
	struct json *list = json_new_array(a);

	for (int i = 1; i <= LIMIT_LISTING_FEES; i++) {
		struct str item = fee_typed(a, form, f, i, "item");
		struct str price = fee_typed(a, form, f, i, "price");
		struct str conditions = fee_typed(a, form, f, i, "conditions");
		struct json *row;
		uint64_t fen;
		if (item.len + price.len + conditions.len == 0)
			continue;
		row = json_set_str(a, json_new_object(a), "item", item);
		row = json_set_str(a, row, "unit", fee_typed(a, form, f, i, "unit"));
		row = json_set(a, row, "fen", fee_price_parse(price, &fen, NULL) == ERR_OK
			? json_new_number(a, (double)fen) : json_new_str(a, price));
		if (conditions.len > 0)
			row = json_set_str(a, row, "conditions", conditions);
		list = json_push(a, list, row);
	}
	return list;
}

static struct json *value_of(struct arena *a, const struct fields *form,
	const struct listing_field *f)
{
	switch (f->type) {
	case FIELD_LINE:
	case FIELD_PROSE:
	case FIELD_CHOICE:
	case FIELD_DAY:
		return json_new_str(a, typed(a, form, f, ""));
	case FIELD_NUMBER:
		return number_or_text(a, typed(a, form, f, ""));
	case FIELD_REGIONS:
	case FIELD_INDUSTRIES:
		return codes_of(a, form, f);
	case FIELD_WORDS:
		return list_of(a, typed(a, form, f, ""));
	case FIELD_CHOICES:
		return ticked(a, form, f);
	case FIELD_RANGE:
	case FIELD_PERIOD:
		return ends_of(a, form, f);
	case FIELD_YES:
		return json_new_bool(a, typed(a, form, f, "").len > 0);
	case FIELD_FEES:
		return fees_of(a, form, f);
	case FIELD_TYPE_COUNT:
		break;
	}
	return NULL;
}

struct json *listing_form_values(struct arena *a, const struct listing_kind *k,
	const struct fields *form)
{
	struct json *values = json_new_object(a);

	for (uint32_t i = 0; i < k->field_count; i++) {
		const struct listing_field *f = &k->fields[i];
		struct json *v = value_of(a, form, f);
		bool empty = json_is(v, JSON_STRING) ? json_str(v).len == 0
			: (json_is(v, JSON_ARRAY) || json_is(v, JSON_OBJECT)) &&
				json_count(v) == 0;
		if (!empty || !v)
			values = json_set(a, values, str_z(a, f->id), v);
	}
	return values;
}

/* ---- shown again ----------------------------------------------------------------------------- */

static struct str text_of(struct arena *a, const struct json *v)
{
	struct str s = json_str(v);

	if (json_is(v, JSON_NUMBER))
		return str_printf(a, "%.0f", json_number_or(v, 0));
	return s.at ? s : STR("");
}

/* Without the codes that `named` has. */
static struct str lines_of(struct arena *a, const struct json *v, const struct code_list *named)
{
	SCOPED_BUF b = { 0 };

	buf_init(&b, (size_t)1 << 17);
	for (size_t i = 0; i < json_count(v); i++) {
		struct str s = json_str(json_at(v, i));
		if (named && s.at && code_find(named, s))
			continue;
		buf_put_text(&b, b.len > 0 ? "\n" : "");
		buf_put_str(&b, s.at ? s : STR(""));
	}
	return str_copy(a, buf_str(&b));
}

static bool holds(const struct json *v, struct str id)
{
	if (json_is(v, JSON_STRING))
		return str_eq(json_str(v), id);
	for (size_t i = 0; json_is(v, JSON_ARRAY) && i < json_count(v); i++) {
		struct str s = json_str(json_at(v, i));
		if (s.at && str_eq(s, id))
			return true;
	}
	return false;
}

static struct json *choices_of(struct arena *a, const struct listing_field *f,
	const struct json *v)
{
	struct json *list = json_new_array(a);

	for (uint32_t i = 0; i < f->choice_count; i++) {
		const struct worded *c = &f->choices[i];
		struct json *one = json_new_object(a);
		one = json_set_str(a, one, "value", c->id);
		one = json_set_str(a, one, "name", f->type == FIELD_CHOICE
			? str_printf(a, "field." STR_FMT, STR_ARG(f->id))
			: str_printf(a, "field." STR_FMT "." STR_FMT, STR_ARG(f->id),
				STR_ARG(c->id)));
		one = json_set(a, one, "text", text_pair_json(a, &c->text));
		one = json_set(a, one, "on", json_new_bool(a, holds(v, c->id)));
		list = json_push(a, list, one);
	}
	return list;
}

/* ---- codes ----------------------------------------------------------------------------------- */

struct json *listing_code_text(struct arena *a, const struct code_list *list, struct str code)
{
	const struct code_name *found = code_find_near(list, code);
	struct text_pair text;

	if (!found)
		return json_new_str(a, code);
	text.zh = str_printf(a, STR_FMT " " STR_FMT, STR_ARG(found->name.zh), STR_ARG(code));
	text.en = str_printf(a, STR_FMT " " STR_FMT, STR_ARG(found->name.en), STR_ARG(code));
	return text_pair_json(a, &text);
}

static struct json *pick(struct arena *a, struct json *list, struct str code, struct json *text,
	bool on)
{
	struct json *one = json_set_str(a, json_new_object(a), "value", code);

	one = json_set(a, one, "text", text);
	return json_push(a, list, json_set(a, one, "on", json_new_bool(a, on)));
}

struct json *listing_code_choices(struct arena *a, const struct code_list *list, struct str chosen)
{
	struct json *choices = json_new_array(a);

	if (chosen.len > 0 && !code_find(list, chosen))
		choices = pick(a, choices, chosen, json_new_str(a, chosen), true);
	for (uint32_t i = 0; i < list->count; i++) {
		struct str code = list->names[i].code;
		choices = pick(a, choices, code, listing_code_text(a, list, code),
			str_eq(code, chosen));
	}
	return choices;
}

static struct json *picks_of(struct arena *a, const struct code_list *list, const struct json *v)
{
	struct json *choices = json_new_array(a);

	for (uint32_t i = 0; i < list->count; i++) {
		struct str code = list->names[i].code;
		choices = pick(a, choices, code, listing_code_text(a, list, code), holds(v, code));
	}
	return choices;
}

/* The rows there are, and some to be filled: [{"row","name","fee_row": {...},"units"}]. */
static struct json *fee_rows(struct arena *a, const struct listing_field *f, const struct json *v)
{
	struct json *rows = fees_model(a, v, NULL), *list = json_new_array(a);
	size_t shown = json_count(rows) + FEE_ROWS_EMPTY;

	for (size_t i = 0; i < shown && i < LIMIT_LISTING_FEES; i++) {
		const struct json *old = i < json_count(rows) ? json_at(rows, i) : NULL;
		struct json *row = old ? json_copy(a, old) : json_new_object(a);
		struct json *units = json_new_array(a);
		for (unsigned u = 0; u < FEE_UNIT_COUNT; u++) {
			const char *word = fee_unit_name((enum fee_unit)u);
			struct json *one = json_set_text(a, json_new_object(a), "fee_unit", word);
			units = json_push(a, units, json_set(a, one, "on", json_new_bool(a, old &&
				str_is(json_get_str(old, "fee_unit"), word))));
		}
		row = json_set_number(a, row, "row", (double)(i + 1));
		row = json_set_str(a, row, "name", str_printf(a, "field." STR_FMT ".%zu",
			STR_ARG(f->id), i + 1));
		list = json_push(a, list, json_set(a, row, "units", units));
	}
	return list;
}

static struct json *field_model(struct arena *a, const struct listing_field *f,
	const struct code_list *codes, const struct json *v, struct str wrong)
{
	struct json *m = json_new_object(a);
	bool list = f->type == FIELD_WORDS || f->type == FIELD_REGIONS ||
		f->type == FIELD_INDUSTRIES;

	m = json_set_str(a, m, "id", f->id);
	m = json_set_str(a, m, "name", str_printf(a, "field." STR_FMT, STR_ARG(f->id)));
	m = json_set(a, m, "label", text_pair_json(a, &f->label));
	if (f->help.zh.len > 0)
		m = json_set(a, m, "help", text_pair_json(a, &f->help));
	if (f->unit.zh.len > 0)
		m = json_set(a, m, "unit", text_pair_json(a, &f->unit));
	m = json_set(a, m, "required", json_new_bool(a, f->required));
	m = json_set(a, m, "type", json_set(a, json_new_object(a), field_type_name(f->type),
		json_new_bool(a, true)));
	m = json_set_str(a, m, "text", list ? lines_of(a, v, codes) : text_of(a, v));
	m = json_set_str(a, m, "begin", text_of(a, json_get(v, "from")));
	m = json_set_str(a, m, "end", text_of(a, json_get(v, "to")));
	m = json_set(a, m, "on", json_new_bool(a, json_true(v)));
	m = json_set(a, m, "choices", choices_of(a, f, v));
	if (f->type == FIELD_FEES)
		m = json_set(a, m, "fee_rows", fee_rows(a, f, v));
	if (codes && codes->count > 0)
		m = json_set(a, m, "picks", picks_of(a, codes, v));
	return wrong.len > 0 ? json_set_str(a, m, "wrong", wrong) : m;
}

struct json *listing_form_fields(struct arena *a, const struct listing_kind *k,
	const struct code_names *names, const struct json *values, const struct json *problems)
{
	struct json *list = json_new_array(a);

	for (uint32_t i = 0; i < k->field_count; i++) {
		const struct listing_field *f = &k->fields[i];
		char *name = str_z(a, f->id);
		struct str wrong = name ? json_get_str(json_get(problems, name), "wrong") : STR("");
		list = json_push(a, list, field_model(a, f, code_list_of(names, f),
			name ? json_get(values, name) : NULL, wrong));
	}
	return list;
}

/* ---- for reading ----------------------------------------------------------------------------- */

/* A range of numbers may be open at one end. */
static struct str range_text(struct arena *a, const struct listing_field *f, const struct json *v)
{
	struct str from = text_of(a, json_get(v, "from")), to = text_of(a, json_get(v, "to"));

	if (f->type == FIELD_RANGE && from.len > 0 && to.len == 0)
		return str_printf(a, "\xe2\x89\xa5 " STR_FMT, STR_ARG(from)); /* at least */
	if (f->type == FIELD_RANGE && from.len == 0 && to.len > 0)
		return str_printf(a, "\xe2\x89\xa4 " STR_FMT, STR_ARG(to));   /* at most */
	return str_printf(a, STR_FMT " \xe2\x80\x93 " STR_FMT, STR_ARG(from), STR_ARG(to));
}

static struct json *texts_of(struct arena *a, const struct listing_field *f,
	const struct code_list *codes, const struct json *v)
{
	struct json *list = json_new_array(a);

	for (uint32_t i = 0; i < f->choice_count; i++) {
		if (holds(v, f->choices[i].id))
			list = json_push(a, list, text_pair_json(a, &f->choices[i].text));
	}
	if (f->choice_count > 0)
		return list;
	if (json_is(v, JSON_OBJECT))
		return json_push(a, list, json_new_str(a, range_text(a, f, v)));
	for (size_t i = 0; json_is(v, JSON_ARRAY) && i < json_count(v); i++) {
		struct str s = text_of(a, json_at(v, i));
		list = json_push(a, list, codes ? listing_code_text(a, codes, s)
			: json_new_str(a, s));
	}
	return json_is(v, JSON_ARRAY) ? list : json_push(a, list, json_new_str(a, text_of(a, v)));
}

struct json *listing_form_shown(struct arena *a, const struct listing_kind *k,
	const struct code_names *names, const struct json *values)
{
	struct json *list = json_new_array(a);

	for (uint32_t i = 0; i < k->field_count; i++) {
		const struct listing_field *f = &k->fields[i];
		char *name = str_z(a, f->id);
		const struct json *v = name ? json_get(values, name) : NULL;
		struct json *m;
		if (!v)
			continue;
		m = json_set(a, json_new_object(a), "label", text_pair_json(a, &f->label));
		if (f->unit.zh.len > 0)
			m = json_set(a, m, "unit", text_pair_json(a, &f->unit));
		if (f->type == FIELD_YES)
			m = json_set(a, m, "yes", json_new_bool(a, json_true(v)));
		m = json_set(a, m, "prose", json_new_bool(a, f->type == FIELD_PROSE));
		if (f->type == FIELD_FEES) {
			m = json_set(a, m, "texts", json_new_array(a));
			m = json_set(a, m, "fees", fees_model(a, v, NULL));
			list = json_push(a, list, m);
			continue;
		}
		list = json_push(a, list, json_set(a, m, "texts", texts_of(a, f,
			code_list_of(names, f), v)));
	}
	return list;
}

/* ---- translation ----------------------------------------------------------------------------- */

static struct json *english_value(struct arena *a, const struct fields *form,
	const struct listing_field *f)
{
	char *name = arena_printf(a, "en.field." STR_FMT, STR_ARG(f->id));
	struct str s = name ? fields_get(form, name) : STR("");

	if (s.len == 0)
		return NULL;
	return f->type == FIELD_WORDS ? list_of(a, s) : json_new_str(a, s);
}

struct json *listing_form_translations(struct arena *a, const struct listing_kind *k,
	const struct fields *form)
{
	struct json *fields = json_new_object(a), *english = json_new_object(a);
	struct str title = fields_get(form, "en.title"), summary = fields_get(form, "en.summary");

	for (uint32_t i = 0; i < k->field_count; i++) {
		const struct listing_field *f = &k->fields[i];
		struct json *v = is_text(f) ? english_value(a, form, f) : NULL;
		if (v)
			fields = json_set(a, fields, str_z(a, f->id), v);
	}
	if (title.len > 0)
		english = json_set_str(a, english, "title", title);
	if (summary.len > 0)
		english = json_set_str(a, english, "summary", summary);
	if (json_count(fields) > 0)
		english = json_set(a, english, "fields", fields);
	return json_count(english) == 0 ? NULL : json_set(a, json_new_object(a), "en", english);
}

struct json *listing_form_english(struct arena *a, const struct listing_kind *k,
	const struct json *english, const struct json *problems)
{
	struct json *list = json_new_array(a);

	for (uint32_t i = 0; i < k->field_count; i++) {
		struct listing_field f = k->fields[i];
		struct str id = str_printf(a, "en.field." STR_FMT, STR_ARG(f.id));
		char *name = str_z(a, f.id), *key = str_z(a, id);
		if (!is_text(&f) || !name || !key)
			continue;
		f.required = false;
		f.help = (struct text_pair){ 0 };
		struct json *m = field_model(a, &f, NULL, json_get(json_get(english, "fields"),
			name), json_get_str(json_get(problems, key), "wrong"));
		m = json_set_str(a, m, "id", id);
		list = json_push(a, list, json_set_str(a, m, "name", id));
	}
	return list;
}

struct json *listing_form_merged(struct arena *a, const struct listing_kind *k,
	const struct json *fields, const struct json *english)
{
	const struct json *translated = json_get(english, "fields");
	struct json *merged = json_copy(a, fields);

	for (uint32_t i = 0; i < k->field_count; i++) {
		char *name = str_z(a, k->fields[i].id);
		const struct json *v = name ? json_get(translated, name) : NULL;
		if (v && is_text(&k->fields[i]) && json_get(fields, name))
			merged = json_set(a, merged, name, json_copy(a, v));
	}
	return merged;
}
