/* mapping.c - a mapping document as a struct, with everything checked that a reader relies on. */
#include "evidence/mapping.h"

#include "base/decimal.h"
#include "base/encode.h"
#include "base/limits.h"

#define ROW_MAX 10000

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "mapping needs too much memory");
}

/* An optional member: a string that is not empty, or the empty string when it is not there. */
static enum err_code optional_str(const struct json *object, const char *name, struct str *ret,
	struct err *e)
{
	struct str s = STR("");

	if (json_get(object, name)) {
		TRY(json_need_str(object, name, &s, e));
		if (s.len == 0)
			return err_set(e, ERR_INVALID, "member \"%s\" is empty", name);
	}
	if (s.len > LIMIT_ID_BYTES)
		return err_set(e, ERR_TOO_LARGE, "member \"%s\" is over %d bytes", name,
			LIMIT_ID_BYTES);
	*ret = s;
	return ERR_OK;
}

static enum err_code optional_row(const struct json *object, const char *name, uint32_t fallback,
	uint32_t *ret, struct err *e)
{
	uint64_t row = fallback;

	if (json_get(object, name))
		TRY(json_need_u64(object, name, &row, e));
	if (row > ROW_MAX)
		return err_set(e, ERR_TOO_LARGE, "member \"%s\" is over %d", name, ROW_MAX);
	*ret = (uint32_t)row;
	return ERR_OK;
}

/* ---- text ------------------------------------------------------------------------------------ */

struct word { const char *text; int value; };

static enum err_code optional_word(const struct json *object, const char *name,
	const struct word *words, int *ret, struct err *e)
{
	struct str s;

	TRY(optional_str(object, name, &s, e));
	if (s.len == 0)
		return ERR_OK;
	for (; words->text; words++) {
		if (str_is(s, words->text)) {
			*ret = words->value;
			return ERR_OK;
		}
	}
	return err_set(e, ERR_INVALID, "member \"%s\" has an unknown value", name);
}

static enum err_code parse_rows(const struct json *v, struct mapping_text *t, struct err *e)
{
	uint32_t head;

	TRY(optional_row(v, "headerRow", 1, &t->header_row, e));
	TRY(optional_row(v, "unitsRow", 0, &t->units_row, e));
	head = t->header_row > t->units_row ? t->header_row : t->units_row;
	TRY(optional_row(v, "firstDataRow", head + 1, &t->first_data_row, e));
	if (t->units_row > 0 && t->units_row <= t->header_row)
		return err_set(e, ERR_INVALID, "member \"unitsRow\" is not behind the header");
	if (t->first_data_row <= head)
		return err_set(e, ERR_INVALID, "member \"firstDataRow\" is not behind the header");
	return ERR_OK;
}

static enum err_code parse_time(const struct json *v, struct mapping_text *t, struct err *e)
{
	struct unit unit, s;
	const struct json *time;

	if (!json_get(v, "time"))
		return ERR_OK;
	TRY(json_need(v, "time", JSON_OBJECT, &time, e));
	TRY(json_need_str(time, "channel", &t->time_channel, e));
	TRY(json_need_str(time, "unit", &t->time_unit, e));
	if (unit_parse(t->time_unit, &unit, e) != ERR_OK)
		return err_in(e, "member \"time\"");
	TRY(unit_parse(STR("s"), &s, e));
	if (!unit_convertible(&unit, &s))
		return err_set(e, ERR_INVALID, "member \"time\" has a unit that is none of time");
	return ERR_OK;
}

static enum err_code parse_text(const struct json *doc, struct mapping_text *t, struct err *e)
{
	static const struct word layouts[] = { { "auto", LAYOUT_AUTO }, { "plain", LAYOUT_PLAIN },
		{ "vbo", LAYOUT_VBO }, { "esmini", LAYOUT_ESMINI }, { NULL, 0 } };
	static const struct word delimiters[] = { { ",", ',' }, { ";", ';' }, { "tab", '\t' },
		{ "space", ' ' }, { NULL, 0 } };
	static const struct word decimals[] = { { ".", '.' }, { ",", ',' }, { NULL, 0 } };
	int layout = LAYOUT_AUTO, delimiter = 0, decimal = 0;
	const struct json *v;

	if (!json_get(doc, "text"))
		return ERR_OK;
	TRY(json_need(doc, "text", JSON_OBJECT, &v, e));
	TRY(optional_word(v, "layout", layouts, &layout, e));
	TRY(optional_word(v, "delimiter", delimiters, &delimiter, e));
	TRY(optional_word(v, "decimal", decimals, &decimal, e));
	if (delimiter == ',' && decimal == ',')
		return err_set(e, ERR_INVALID, "a comma cannot be delimiter and decimal sign");
	t->layout = (enum mapping_layout)layout;
	t->delimiter = (char)delimiter;
	t->decimal = (char)decimal;
	TRY(parse_rows(v, t, e));
	return parse_time(v, t, e);
}

/* ---- signals --------------------------------------------------------------------------------- */

static enum err_code parse_delay(const struct json *v, int64_t *ret, struct err *e)
{
	struct str s;

	TRY(optional_str(v, "delayMs", &s, e));
	/* A millionth of a millisecond is a nanosecond. */
	if (s.len > 0 && decimal_micro(s, ret, e) != ERR_OK)
		return err_in(e, "member \"delayMs\"");
	return ERR_OK;
}

static enum err_code parse_signal(const struct json *v, struct mapping_signal *s, struct err *e)
{
	struct unit unit;

	TRY(json_need_str(v, "signal", &s->signal, e));
	TRY(json_need_str(v, "channel", &s->channel, e));
	if (s->signal.len == 0 || s->channel.len == 0)
		return err_set(e, ERR_INVALID, "an empty name");
	if (s->channel.len > LIMIT_ID_BYTES || s->signal.len > LIMIT_ID_BYTES)
		return err_set(e, ERR_TOO_LARGE, "a name over %d bytes", LIMIT_ID_BYTES);
	TRY(optional_str(v, "group", &s->group, e));
	TRY(optional_str(v, "unit", &s->unit, e));
	if (unit_parse(s->unit, &unit, e) != ERR_OK)
		return err_in(e, "member \"unit\"");
	TRY(optional_str(v, "accuracy", &s->accuracy, e));
	if (s->accuracy.len > 0 && (!decimal_is(s->accuracy) || decimal_is_negative(s->accuracy)))
		return err_set(e, ERR_INVALID, "member \"accuracy\" is no decimal from zero on");
	return parse_delay(v, &s->delay_ns, e);
}

static enum err_code parse_signals(struct arena *a, const struct json *doc, struct mapping *m,
	struct err *e)
{
	const struct json *list;
	struct mapping_signal *signals;

	TRY(json_need(doc, "signals", JSON_ARRAY, &list, e));
	if (json_count(list) == 0)
		return err_set(e, ERR_INVALID, "member \"signals\" is empty");
	if (json_count(list) > LIMIT_MAPPING_SIGNALS)
		return err_set(e, ERR_TOO_LARGE, "more than %d signals", LIMIT_MAPPING_SIGNALS);
	signals = ARENA_ARRAY(a, struct mapping_signal, json_count(list));
	if (!signals)
		return full(e);
	m->signals = signals;
	for (uint32_t i = 0; i < json_count(list); i++) {
		if (parse_signal(json_at(list, i), &signals[i], e) != ERR_OK)
			return err_in(e, "member \"signals\", element %u", (unsigned)i);
		if (mapping_signal(m, signals[i].signal))
			return err_set(e, ERR_INVALID, "signal \"%s\" stands twice",
				str_quote(a, signals[i].signal));
		m->signal_count = i + 1;
	}
	return ERR_OK;
}

const struct mapping_signal *mapping_signal(const struct mapping *m, struct str signal)
{
	for (uint32_t i = 0; i < m->signal_count; i++) {
		if (str_eq(m->signals[i].signal, signal))
			return &m->signals[i];
	}
	return NULL;
}

/* ---- the document ---------------------------------------------------------------------------- */

static enum err_code parse_dbc(const struct json *doc, struct mapping *m, struct err *e)
{
	const struct json *v;
	struct str digest;

	if (!json_get(doc, "dbc"))
		return ERR_OK;
	TRY(json_need(doc, "dbc", JSON_OBJECT, &v, e));
	TRY(json_need_str(v, "file", &m->dbc_name, e));
	/* It is looked for beside the mapping, and nowhere else. */
	if (m->dbc_name.len == 0 || str_find(m->dbc_name, STR("/")) != SIZE_MAX ||
		m->dbc_name.at[0] == '.')
		return err_set(e, ERR_INVALID, "member \"dbc\": file is no plain file name");
	TRY(json_need_str(v, "digest", &digest, e));
	if (base64url_decode_fixed(digest, m->dbc_digest.at, sizeof(m->dbc_digest.at), e) != ERR_OK)
		return err_in(e, "member \"dbc\": digest");
	return ERR_OK;
}

enum err_code mapping_parse(struct arena *a, const struct json *doc, struct mapping *ret,
	struct err *e)
{
	struct mapping m = { .doc = doc };
	struct str kind, jcs;

	TRY(json_need_str(doc, "kind", &kind, e));
	if (!str_is(kind, "mapping"))
		return err_set(e, ERR_INVALID, "not a mapping");
	TRY(json_need_str(doc, "id", &m.id, e));
	if (parse_text(doc, &m.text, e) != ERR_OK)
		return err_in(e, "member \"text\"");
	TRY(parse_dbc(doc, &m, e));
	TRY(parse_signals(a, doc, &m, e));
	TRY(json_jcs(a, doc, &jcs, e));
	m.digest = digest_sha256(jcs);
	*ret = m;
	return ERR_OK;
}

enum err_code mapping_set_dbc(struct mapping *m, struct str bytes, struct err *e)
{
	struct digest d = digest_sha256(bytes);

	if (m->dbc_name.len == 0)
		return err_set(e, ERR_INVALID, "mapping names no DBC file");
	if (!digest_eq(&d, &m->dbc_digest))
		return err_set(e, ERR_INVALID,
			"DBC file \"" STR_FMT "\" is not the one the mapping means",
			STR_ARG(m->dbc_name));
	m->dbc = bytes;
	return ERR_OK;
}
