/* listing_form.c - see listing_form.h. */
#include "web/listing_form.h"

#include "base/scoped.h"

static struct str typed(struct arena *a, const struct fields *form, const struct listing_field *f,
	const char *end)
{
	char *name = arena_printf(a, "field." STR_FMT "%s", STR_ARG(f->id), end);

	return name ? fields_get(form, name) : STR("");
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
	case FIELD_WORDS:
	case FIELD_REGIONS:
	case FIELD_INDUSTRIES:
		return list_of(a, typed(a, form, f, ""));
	case FIELD_CHOICES:
		return ticked(a, form, f);
	case FIELD_RANGE:
	case FIELD_PERIOD:
		return ends_of(a, form, f);
	case FIELD_YES:
		return json_new_bool(a, typed(a, form, f, "").len > 0);
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

static struct str lines_of(struct arena *a, const struct json *v)
{
	SCOPED_BUF b = { 0 };

	buf_init(&b, (size_t)1 << 17);
	for (size_t i = 0; i < json_count(v); i++) {
		struct str s = json_str(json_at(v, i));
		buf_put_text(&b, i > 0 ? "\n" : "");
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

static struct json *field_model(struct arena *a, const struct listing_field *f,
	const struct json *v, struct str wrong)
{
	struct json *m = json_new_object(a);
	bool list = f->type == FIELD_WORDS || f->type == FIELD_REGIONS ||
		f->type == FIELD_INDUSTRIES;

	m = json_set_str(a, m, "id", f->id);
	m = json_set_str(a, m, "name", str_printf(a, "field." STR_FMT, STR_ARG(f->id)));
	m = json_set(a, m, "label", text_pair_json(a, &f->label));
	if (f->help.zh.len > 0)
		m = json_set(a, m, "help", text_pair_json(a, &f->help));
	if (f->unit.len > 0)
		m = json_set_str(a, m, "unit", f->unit);
	m = json_set(a, m, "required", json_new_bool(a, f->required));
	m = json_set(a, m, "type", json_set(a, json_new_object(a), field_type_name(f->type),
		json_new_bool(a, true)));
	m = json_set_str(a, m, "text", list ? lines_of(a, v) : text_of(a, v));
	m = json_set_str(a, m, "begin", text_of(a, json_get(v, "from")));
	m = json_set_str(a, m, "end", text_of(a, json_get(v, "to")));
	m = json_set(a, m, "on", json_new_bool(a, json_true(v)));
	m = json_set(a, m, "choices", choices_of(a, f, v));
	return wrong.len > 0 ? json_set_str(a, m, "wrong", wrong) : m;
}

struct json *listing_form_fields(struct arena *a, const struct listing_kind *k,
	const struct json *values, const struct json *problems)
{
	struct json *list = json_new_array(a);

	for (uint32_t i = 0; i < k->field_count; i++) {
		const struct listing_field *f = &k->fields[i];
		char *name = str_z(a, f->id);
		struct str wrong = name ? json_get_str(json_get(problems, name), "wrong") : STR("");
		list = json_push(a, list, field_model(a, f, name ? json_get(values, name) : NULL,
			wrong));
	}
	return list;
}

/* ---- for reading ----------------------------------------------------------------------------- */

static struct json *texts_of(struct arena *a, const struct listing_field *f, const struct json *v)
{
	struct json *list = json_new_array(a);

	for (uint32_t i = 0; i < f->choice_count; i++) {
		if (holds(v, f->choices[i].id))
			list = json_push(a, list, text_pair_json(a, &f->choices[i].text));
	}
	if (f->choice_count > 0)
		return list;
	if (json_is(v, JSON_OBJECT)) {
		struct str from = text_of(a, json_get(v, "from")), to = text_of(a,
			json_get(v, "to"));
		return json_push(a, list, json_new_str(a, str_printf(a, STR_FMT " \xe2\x80\x93 "
			STR_FMT, STR_ARG(from), STR_ARG(to))));
	}
	for (size_t i = 0; json_is(v, JSON_ARRAY) && i < json_count(v); i++)
		list = json_push(a, list, json_new_str(a, text_of(a, json_at(v, i))));
	return json_is(v, JSON_ARRAY) ? list : json_push(a, list, json_new_str(a, text_of(a, v)));
}

struct json *listing_form_shown(struct arena *a, const struct listing_kind *k,
	const struct json *values)
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
		if (f->unit.len > 0)
			m = json_set_str(a, m, "unit", f->unit);
		if (f->type == FIELD_YES)
			m = json_set(a, m, "yes", json_new_bool(a, json_true(v)));
		m = json_set(a, m, "prose", json_new_bool(a, f->type == FIELD_PROSE));
		list = json_push(a, list, json_set(a, m, "texts", texts_of(a, f, v)));
	}
	return list;
}
