/* draft_value.c - lines of text to values and back. */
#include "service/draft_value.h"

#include <string.h>

#include "base/decimal.h"
#include "base/encode.h"
#include "base/instant.h"
#include "base/limits.h"
#include "base/scoped.h"
#include "crypto/digest.h"
#include "recognition/report.h"

#define TEXT_BYTES_MAX 262144
#define CELLS_MAX 8
#define RUNS_MAX 100           /* as a report takes */
#define MEASURED_MAX 200
#define COMPONENT_BYTES 200

static const struct { const char *word, *zh; } verdicts[] = {
	{ "pass", "通过" }, { "fail", "未通过" }, { "fail", "不通过" },
	{ "inconclusive", "无法判定" }, { "invalid-run", "试验无效" }, { "invalid-run", "无效" },
	{ "not-applicable", "不适用" },
};

struct str draft_verdict(struct str typed)
{
	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
		if (str_is(typed, verdicts[i].word) || str_is(typed, verdicts[i].zh))
			return str_of(verdicts[i].word);
	return (struct str){ NULL, 0 };
}

/* ---- writing --------------------------------------------------------------------------------- */

static void put_lines(struct buf *b, const struct json *list)
{
	for (size_t i = 0; i < json_count(list); i++) {
		struct str s = json_str(json_at(list, i));
		if (i > 0)
			buf_put_char(b, '\n');
		if (s.at)
			buf_put_str(b, s);
	}
}

static void put_number(struct buf *b, const struct json *v)
{
	char text[32];

	buf_put(b, text, json_number_text(json_number_or(v, 0), text));
}

static bool is_whole(struct str s)
{
	size_t from = s.len > 0 && s.at[0] == '-';

	for (size_t i = from; i < s.len; i++)
		if (s.at[i] < '0' || s.at[i] > '9')
			return false;
	return s.len > from && s.len < 16 && (s.len == from + 1 || s.at[from] != '0');
}

static void put_part(struct buf *b, const struct json_member *part)
{
	buf_put_str(b, part->name);
	buf_put_char(b, '=');
	if (json_is(part->value, JSON_NUMBER))
		put_number(b, part->value);
	else if (json_is(part->value, JSON_STRING) && is_whole(part->value->string))
		buf_printf(b, "\"" STR_FMT "\"", STR_ARG(part->value->string));
	else if (json_is(part->value, JSON_STRING))
		buf_put_str(b, part->value->string);
}

static void put_hardware(struct buf *b, const struct json *v)
{
	for (uint32_t i = 0; json_is(v, JSON_OBJECT) && i < v->count; i++) {
		const struct json *value = v->members[i].value;
		if (i > 0)
			buf_put_char(b, '\n');
		buf_put_str(b, v->members[i].name);
		buf_put_text(b, ": ");
		if (json_is(value, JSON_STRING))
			buf_put_str(b, value->string);
		for (uint32_t k = 0; json_is(value, JSON_OBJECT) && k < value->count; k++) {
			buf_put_text(b, k > 0 ? "; " : "");
			put_part(b, &value->members[k]);
		}
	}
}

/* Cells of a line, without the empty ones at its end. */
static void put_cells(struct buf *b, const struct str *cells, size_t count)
{
	while (count > 0 && cells[count - 1].len == 0)
		count--;
	for (size_t i = 0; i < count; i++) {
		buf_put_text(b, i > 0 ? " | " : "");
		if (cells[i].len > 0)
			buf_put_str(b, cells[i]);
	}
}

static struct str number_of(struct arena *a, const struct json *v)
{
	return json_is(v, JSON_NUMBER) ? str_printf(a, "%.0f", v->number) : STR("");
}

static struct str text_or_empty(const struct json *v, const char *name)
{
	struct str s = json_get_str(v, name);

	return s.at ? s : STR("");
}

static void put_runs(struct arena *a, struct buf *b, const struct json *list)
{
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *run = json_at(list, i);
		const struct str cells[] = { number_of(a, json_get(run, "run")),
			text_or_empty(run, "verdict"), text_or_empty(run, "note") };
		if (i > 0)
			buf_put_char(b, '\n');
		put_cells(b, cells, 3);
	}
}

static struct str limit_text(struct arena *a, const struct json *m)
{
	struct str limit = text_or_empty(m, "limit"), is = text_or_empty(m, "is");

	if (limit.len == 0 || is.len == 0)
		return limit;
	return str_printf(a, "%s " STR_FMT, str_is(is, "at-most") ? "≤" : "≥", STR_ARG(limit));
}

static void put_measured(struct arena *a, struct buf *b, const struct json *list)
{
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *m = json_at(list, i);
		const struct str cells[] = { text_or_empty(m, "name"), text_or_empty(m, "value"),
			text_or_empty(m, "unit"), limit_text(a, m), text_or_empty(m, "margin"),
			number_of(a, json_get(m, "run")), text_or_empty(m, "uncertainty") };
		if (i > 0)
			buf_put_char(b, '\n');
		put_cells(b, cells, 7);
	}
}

struct str draft_value_text(struct arena *a, enum draft_kind kind, const struct json *v)
{
	SCOPED_BUF b = { 0 };

	if (!v)
		return STR("");
	if (json_is(v, JSON_STRING))
		return v->string;
	buf_init(&b, TEXT_BYTES_MAX);
	if (kind == DRAFT_SCHEME)
		buf_printf(&b, STR_FMT ":" STR_FMT, STR_ARG(text_or_empty(v, "id")),
			STR_ARG(text_or_empty(v, "edition")));
	else if (kind == DRAFT_HARDWARE)
		put_hardware(&b, v);
	else if (kind == DRAFT_RUNS)
		put_runs(a, &b, v);
	else if (kind == DRAFT_MEASURED)
		put_measured(a, &b, v);
	else
		put_lines(&b, v);
	return b.len > 0 && !b.overflow ? str_copy(a, buf_str(&b)) : STR("");
}

/* ---- reading --------------------------------------------------------------------------------- */

static bool refuse(struct draft_value *ret, const char *word, size_t line)
{
	*ret = (struct draft_value){ .wrong = word, .line = line };
	return false;
}

/* The next entry of a list: a line, or (in a cell of a table) up to a semicolon. Empty ones are
 * passed over. False at the end. */
static bool next_entry(struct str *rest, bool semicolons, struct str *ret, size_t *line)
{
	while (rest->at) {
		struct str line_rest = *rest;
		size_t end = 0;
		while (end < line_rest.len && line_rest.at[end] != '\n' &&
			!(semicolons && line_rest.at[end] == ';'))
			end++;
		*ret = str_trim((struct str){ line_rest.at, end });
		*rest = end < line_rest.len ? str_skip(line_rest, end + 1)
			: (struct str){ NULL, 0 };
		(*line)++;
		if (ret->len > 0)
			return true;
	}
	return false;
}

/* Columns by "|" or tabs. Their number, CELLS_MAX + 1 when there are more. */
static size_t cells_of(struct str line, struct str cells[CELLS_MAX])
{
	char separator = memchr(line.at, '\t', line.len) ? '\t' : '|';
	size_t count = 0;

	while (line.at) {
		if (count == CELLS_MAX)
			return CELLS_MAX + 1;
		cells[count++] = str_trim(str_cut(&line, separator));
	}
	for (size_t i = count; i < CELLS_MAX; i++)
		cells[i] = STR("");
	return count;
}

static bool parse_list(struct arena *a, const struct draft_field *f, const struct rules *rules,
	struct str typed, struct draft_value *ret)
{
	struct str rest = typed, entry;
	size_t line = 0;

	ret->json = json_new_array(a);
	while (next_entry(&rest, f->kind != DRAFT_LINES, &entry, &line)) {
		if (f->kind == DRAFT_VINS) {
			if (entry.len != 17 || json_count(ret->json) == REPORT_VINS_MAX)
				return refuse(ret, "d-vin", line);
			for (size_t i = 0; i < 17; i++)
				if (!strchr("ABCDEFGHJKLMNPRSTUVWXYZ0123456789", entry.at[i]))
					return refuse(ret, "d-vin", line);
		}
		if (f->kind == DRAFT_ELEMENTS && !rules_word(rules, "elements", entry))
			return refuse(ret, "d-unknown", line);
		if (entry.len > f->max || json_count(ret->json) == REPORT_VINS_MAX)
			return refuse(ret, "text", line);
		ret->json = json_push(a, ret->json, json_new_str(a, entry));
	}
	return true;
}

/* Digits that are no number stand in quotes. */
static struct str unquoted(struct str s)
{
	bool quoted = s.len > 2 && s.at[0] == '"' && s.at[s.len - 1] == '"';

	return quoted ? (struct str){ s.at + 1, s.len - 2 } : s;
}

static struct json *component(struct arena *a, struct str text)
{
	struct json *v = json_new_object(a), *number;

	if (!memchr(text.at, '=', text.len))
		return text.len > COMPONENT_BYTES ? NULL : json_new_str(a, text);
	while (text.at) {
		struct str value = str_trim(str_cut(&text, ';')), name = str_trim(str_cut(&value,
			'='));
		const char *member = str_z(a, name);
		if (name.len == 0 && !value.at)
			continue;
		value = str_trim(value);
		if (name.len == 0 || !member || value.len == 0 || value.len > COMPONENT_BYTES ||
			json_get(v, member))
			return NULL;
		if (is_whole(value) && json_parse(a, value, &number, NULL) == ERR_OK)
			v = json_set(a, v, member, number);
		else
			v = json_set_str(a, v, member, unquoted(value));
	}
	return v;
}

static bool parse_hardware(struct arena *a, struct str typed, struct draft_value *ret)
{
	struct str rest = typed, entry;
	size_t line = 0;

	ret->json = json_new_object(a);
	while (next_entry(&rest, false, &entry, &line)) {
		struct str value = entry, name = str_trim(str_cut(&value, ':'));
		const char *member = str_z(a, name);
		struct json *v = value.at && str_trim(value).len > 0 ? component(a,
			str_trim(value)) : NULL;
		if (!member || name.len == 0 || !v || json_get(ret->json, member))
			return refuse(ret, "d-hardware", line);
		ret->json = json_set(a, ret->json, member, v);
	}
	return true;
}

static bool run_number(struct str text, double *ret)
{
	uint64_t number = 0;

	if (str_parse_u64(text, &number, NULL) != ERR_OK || number == 0 || number > LIMIT_RUNS)
		return false;
	*ret = (double)number;
	return true;
}

/* "1 | pass | note", "1 pass", "pass". */
static bool parse_runs(struct arena *a, struct str typed, struct draft_value *ret)
{
	struct str rest = typed, entry, cells[CELLS_MAX];
	size_t line = 0;

	ret->json = json_new_array(a);
	while (next_entry(&rest, true, &entry, &line)) {
		size_t count = cells_of(entry, cells);
		double number = (double)json_count(ret->json) + 1;
		struct json *v = json_new_object(a);
		struct str verdict;
		if (count == 1) {
			struct str after = entry, before = str_cut(&after, ' ');
			cells[0] = after.at ? before : STR("");
			cells[1] = after.at ? str_trim(after) : entry;
		}
		verdict = draft_verdict(cells[1]);
		if (!verdict.at || count > 3 || (cells[0].len > 0 && !run_number(cells[0],
			&number)) || json_count(ret->json) == RUNS_MAX)
			return refuse(ret, "d-run", line);
		v = json_set_number(a, v, "run", number);
		v = json_set_str(a, v, "verdict", verdict);
		if (cells[2].len > 0)
			v = json_set_str(a, v, "note", cells[2]);
		ret->json = json_push(a, ret->json, v);
	}
	return true;
}

/* "≤ 2", "<= 2", "2" */
static bool take_limit(struct arena *a, struct str text, struct json **io)
{
	static const struct { const char *sign, *is; } signs[] = { { "≤", "at-most" },
		{ "<=", "at-most" }, { "≥", "at-least" }, { ">=", "at-least" } };

	if (text.len == 0)
		return true;
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		if (!str_starts(text, signs[i].sign))
			continue;
		*io = json_set_text(a, *io, "is", signs[i].is);
		text = str_trim(str_skip(text, strlen(signs[i].sign)));
		break;
	}
	*io = json_set_str(a, *io, "limit", text);
	return decimal_is(text);
}

static bool take_decimal(struct arena *a, struct str text, const char *name, struct json **io)
{
	if (text.len == 0)
		return true;
	*io = json_set_str(a, *io, name, text);
	return decimal_is(text);
}

static bool parse_measured(struct arena *a, struct str typed, struct draft_value *ret)
{
	struct str rest = typed, entry, c[CELLS_MAX];
	size_t line = 0;

	ret->json = json_new_array(a);
	while (next_entry(&rest, true, &entry, &line)) {
		size_t count = cells_of(entry, c);
		struct json *v = json_set_str(a, json_new_object(a), "name", c[0]);
		double run = 0;
		if (count < 3 || count > 7 || c[0].len == 0 || c[1].len == 0 || c[2].len == 0 ||
			c[2].len > 64 || json_count(ret->json) == MEASURED_MAX)
			return refuse(ret, "d-measured", line);
		if (!take_decimal(a, c[1], "value", &v) || !take_limit(a, c[3], &v) ||
			!take_decimal(a, c[4], "margin", &v) ||
			!take_decimal(a, c[6], "uncertainty", &v) ||
			(c[5].len > 0 && !run_number(c[5], &run)))
			return refuse(ret, "d-measured", line);
		v = json_set_str(a, v, "unit", c[2]);
		if (run > 0)
			v = json_set_number(a, v, "run", run);
		ret->json = json_push(a, ret->json, v);
	}
	return true;
}

/* 64 hex digits or 43 characters of base64url. */
static bool parse_digest(struct arena *a, struct str typed, struct draft_value *ret)
{
	struct digest d;

	if (typed.len == 2 * DIGEST_BYTES && hex_decode(typed, d.at, DIGEST_BYTES, NULL) == ERR_OK)
		typed = base64url_new(a, d.at, DIGEST_BYTES);
	if (!typed.at || base64url_decode_fixed(typed, d.at, DIGEST_BYTES, NULL) != ERR_OK)
		return refuse(ret, "d-digest", 0);
	ret->json = json_new_str(a, typed);
	return true;
}

static bool parse_choice(struct arena *a, const char *choices, struct str typed,
	struct draft_value *ret)
{
	struct str rest = str_of(choices), verdict = draft_verdict(typed);

	while (rest.at) {
		struct str word = str_cut(&rest, ' ');
		if (!str_eq(word, typed) && !(verdict.at && str_eq(word, verdict)))
			continue;
		ret->json = json_new_str(a, word);
		return true;
	}
	return refuse(ret, "d-unknown", 0);
}

/* 2026-07-06, and as spreadsheets write it: 2026/7/6. */
static bool parse_day(struct arena *a, struct str typed, struct draft_value *ret)
{
	struct str rest = typed, part[3];
	char separator = memchr(typed.at, '/', typed.len) ? '/' : '-';
	uint64_t n[3] = { 0 };
	int64_t at;

	for (size_t i = 0; i < 3; i++) {
		part[i] = rest.at ? str_cut(&rest, separator) : STR("");
		while (part[i].len > 1 && part[i].at[0] == '0')
			part[i] = str_skip(part[i], 1);
		if (str_parse_u64(part[i], &n[i], NULL) != ERR_OK || n[i] > 9999)
			return refuse(ret, "d-day", 0);
	}
	typed = str_printf(a, "%04u-%02u-%02u", (unsigned)n[0], (unsigned)n[1], (unsigned)n[2]);
	if (rest.at || !typed.at || instant_parse_date(typed, &at, NULL) != ERR_OK)
		return refuse(ret, "d-day", 0);
	ret->json = json_new_str(a, typed);
	return true;
}

bool draft_value_parse(struct arena *a, const struct draft_field *f, const struct rules *rules,
	struct str typed, struct draft_value *ret)
{
	switch (f->kind) {
	case DRAFT_LINES:
	case DRAFT_VINS:
	case DRAFT_ELEMENTS:
		return parse_list(a, f, rules, typed, ret);
	case DRAFT_DAY:
		return parse_day(a, typed, ret);
	case DRAFT_DECIMAL:
		ret->json = json_new_str(a, typed);
		return decimal_is(typed) || refuse(ret, "d-decimal", 0);
	case DRAFT_CHOICE:
		return parse_choice(a, f->choices, typed, ret);
	case DRAFT_DIGEST:
		return parse_digest(a, typed, ret);
	case DRAFT_HARDWARE:
		return parse_hardware(a, typed, ret);
	case DRAFT_RUNS:
		return parse_runs(a, typed, ret);
	case DRAFT_MEASURED:
		return parse_measured(a, typed, ret);
	case DRAFT_TEXT:
	case DRAFT_AREA:
		ret->json = json_new_str(a, typed);
		return true;
	case DRAFT_DID:
	case DRAFT_SCHEME:
	case DRAFT_ITEM:
		break;
	}
	return refuse(ret, "text", 0);
}
