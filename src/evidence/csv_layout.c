/* csv_layout.c - lines and fields of a text file, and the plan of the plain and the esmini
 * layout. */
#include <string.h>

#include "base/limits.h"
#include "base/number.h"
#include "evidence/csv_inner.h"

#define BOM "\xef\xbb\xbf"
#define DETECT_LINES 33            /* header and 32 rows tell delimiter and decimal sign */
#define SAMPLE_LINES 1000          /* rows that tell numbers from texts */
#define PREAMBLE_LINES 64          /* an esmini header stands in line 7 */
#define ESMINI_HEADER "Index [-], TimeStamp [s]"

/* ---- lines and fields ------------------------------------------------------------------------ */

enum err_code csv_next_line(struct csv_cursor *c, struct csv_line *ret, bool *ret_some,
	struct err *e)
{
	const struct evidence_file *file = c->file;
	uint64_t left = file->size - c->at, len;
	const char *at = (const char *)file->at + c->at, *end;
	uint64_t look = left < LIMIT_TEXT_LINE_BYTES + 1 ? left : LIMIT_TEXT_LINE_BYTES + 1;

	*ret_some = left > 0;
	if (left == 0)
		return ERR_OK;
	end = memchr(at, '\n', look);
	if (!end && look < left)
		return err_set(e, ERR_TOO_LARGE, "line %llu is over %d bytes",
			(unsigned long long)(c->number + 1), LIMIT_TEXT_LINE_BYTES);
	ret->ended = end != NULL;
	len = end ? (uint64_t)(end - at) : left;
	c->at += len + ret->ended;
	c->number++;
	if (len > 0 && at[len - 1] == '\r')
		len--;
	ret->text = (struct str){ at, len };
	return ERR_OK;
}

/* Behind the field that ends at `p`: the place of the next one, or NULL. */
static const char *behind(const char *p, const char *end, char delimiter)
{
	if (delimiter == ' ') {
		while (p < end && *p == ' ')
			p++;
		return p < end ? p : NULL;
	}
	return p < end ? p + 1 : NULL;
}

struct str csv_next_field(const char **at, const char *end, char delimiter, bool *ret_quoted)
{
	const char *p = *at, *from, *stop;
	struct str field;

	*ret_quoted = false;
	while (p < end && *p == ' ')
		p++;
	from = p;
	if (p < end && *p == '"') {
		for (p++; p < end && (*p != '"' || (p + 1 < end && p[1] == '"')); p++)
			p += *p == '"';
		stop = p;
		for (p++; p < end && *p == ' ' && delimiter != ' '; p++)
			;
		if (stop < end && (p == end || *p == delimiter)) {
			*ret_quoted = true;
			*at = behind(p, end, delimiter);
			return (struct str){ from + 1, (size_t)(stop - from - 1) };
		}
	}
	stop = from < end ? memchr(from, delimiter, (size_t)(end - from)) : NULL;
	if (!stop)
		stop = end;
	field = str_trim((struct str){ from, (size_t)(stop - from) });
	*at = behind(stop, end, delimiter);
	return field;
}

static bool is_letters(struct str s, const char *letters)
{
	size_t i;

	for (i = 0; i < s.len && letters[i]; i++) {
		if ((s.at[i] | 0x20) != letters[i])
			return false;
	}
	return i == s.len && !letters[i];
}

bool csv_is_missing(struct str field)
{
	if (field.len > 0 && (*field.at == '-' || *field.at == '+') && field.len > 1)
		field = str_skip(field, 1);
	if (field.len == 0 || is_letters(field, "nan"))
		return true;
	/* What the C library of Windows prints. */
	return str_is(field, "nan(ind)") || str_is(field, "1.#QNAN") || str_is(field, "1.#IND");
}

/* ---- the plan -------------------------------------------------------------------------------- */

enum err_code csv_add_column(struct arena *a, struct csv_plan *p, struct csv_column column,
	struct err *e)
{
	struct csv_column *columns;

	column.name = reader_utf8(a, column.name);
	column.unit = reader_utf8(a, column.unit);
	if (!column.name.at || !column.unit.at)
		return reader_full(e);
	if (p->column_count == LIMIT_TEXT_COLUMNS)
		return err_set(e, ERR_TOO_LARGE, "more than %d columns", LIMIT_TEXT_COLUMNS);
	columns = reader_grow(a, p->columns, p->column_count, &p->column_capacity,
		sizeof(*columns));
	if (!columns)
		return reader_full(e);
	p->columns = columns;
	columns[p->column_count++] = column;
	return ERR_OK;
}

enum err_code csv_add_channel(struct arena *a, struct csv_plan *p, struct csv_channel channel,
	struct err *e)
{
	struct csv_channel *channels = reader_grow(a, p->channels, p->channel_count,
		&p->channel_capacity, sizeof(*channels));

	channel.name = reader_utf8(a, channel.name);
	channel.unit = reader_utf8(a, channel.unit);
	if (!channels || !channel.name.at || !channel.unit.at)
		return reader_full(e);
	p->channels = channels;
	channels[p->channel_count++] = channel;
	return ERR_OK;
}

static uint32_t count_delimiters(struct str line, char delimiter)
{
	uint32_t count = 0;
	bool quoted = false;

	for (size_t i = 0; i < line.len; i++) {
		quoted ^= line.at[i] == '"';
		count += !quoted && line.at[i] == delimiter;
	}
	return count;
}

/* True when all lines of the sample hold the same number of it, and at least one. */
static enum err_code is_consistent(struct csv_cursor c, struct str header, char delimiter,
	bool *ret, struct err *e)
{
	uint32_t count = count_delimiters(header, delimiter);
	struct csv_line line;
	bool some = true;

	*ret = count > 0;
	for (int i = 1; i < DETECT_LINES && *ret; i++) {
		TRY(csv_next_line(&c, &line, &some, e));
		if (!some || !line.ended)
			break;
		if (str_trim(line.text).len > 0)
			*ret = count_delimiters(line.text, delimiter) == count;
	}
	return ERR_OK;
}

/* `c` stands behind the header line. */
static enum err_code detect_delimiter(const struct csv_cursor *c, struct str header, char decimal,
	char *ret, struct err *e)
{
	static const char candidates[] = { '\t', ';', ',' };
	bool consistent;

	for (size_t i = 0; i < sizeof(candidates); i++) {
		if (candidates[i] == decimal)
			continue;
		TRY(is_consistent(*c, header, candidates[i], &consistent, e));
		if (consistent) {
			*ret = candidates[i];
			return ERR_OK;
		}
	}
	(void)err_set(e, ERR_INVALID, "no delimiter stands equally often in every line");
	return err_hint(e, "State delimiter and header row in the mapping's \"text\" member.");
}

/* A comma among digits in some field of the first rows and a point in none. */
static enum err_code detect_decimal(struct csv_cursor c, char delimiter, char *ret, struct err *e)
{
	bool comma = false, point = false, some = true, quoted;
	struct csv_line line;

	*ret = '.';
	for (int i = 1; i < DETECT_LINES && delimiter != ','; i++) {
		TRY(csv_next_line(&c, &line, &some, e));
		if (!some)
			break;
		const char *at = line.text.at, *end = at + line.text.len;
		while (at) {
			struct str field = csv_next_field(&at, end, delimiter, &quoted);
			const char *field_end = field.at + field.len;
			double value;
			bool other = str_find(field, STR(",")) != SIZE_MAX;
			comma |= other &&
				number_parse(field.at, field_end, ',', &value) == field_end;
			point |= str_find(field, STR(".")) != SIZE_MAX &&
				number_parse(field.at, field_end, '.', &value) == field_end;
		}
	}
	if (comma && !point)
		*ret = ',';
	return ERR_OK;
}

/* "name [unit]", "name(unit)". A part in round brackets that is no unit belongs to the name. */
static struct csv_column split_name(struct str field)
{
	struct csv_column column = { .name = field, .unit = STR("") };
	char open;
	size_t i = field.len;
	struct unit unit;
	struct str inside;

	if (field.len < 3 || (field.at[i - 1] != ']' && field.at[i - 1] != ')'))
		return column;
	open = field.at[i - 1] == ']' ? '[' : '(';
	while (i > 0 && field.at[i - 1] != open)
		i--;
	if (i < 2)
		return column;
	inside = str_trim((struct str){ field.at + i, field.len - i - 1 });
	if (open == '(' && (inside.len == 0 || unit_parse(inside, &unit, NULL) != ERR_OK))
		return column;
	column.unit = inside;
	column.name = str_trim((struct str){ field.at, i - 1 });
	return column;
}

static struct str without_empty_end(struct str header, char delimiter)
{
	for (;;) {
		header = str_trim(header);
		if (header.len == 0 || header.at[header.len - 1] != delimiter)
			return header;
		header.len--;
	}
}

static enum err_code read_names(struct arena *a, struct csv_plan *p, struct str header,
	struct err *e)
{
	const char *at, *end;
	bool quoted;

	header = reader_utf8(a, without_empty_end(header, p->delimiter));
	if (!header.at)
		return reader_full(e);
	at = header.at;
	end = at + header.len;
	while (at) {
		struct csv_column column = split_name(csv_next_field(&at, end, p->delimiter,
			&quoted));
		if (column.name.len == 0)
			column.name = str_printf(a, "%u", (unsigned)p->column_count + 1);
		if (!column.name.at)
			return reader_full(e);
		TRY(csv_add_column(a, p, column, e));
	}
	return ERR_OK;
}

/* A file without header: columns are called 1, 2, ... */
static enum err_code count_names(struct arena *a, struct csv_plan *p, struct str row, struct err *e)
{
	const char *at = row.at, *end = at + row.len;
	bool quoted;

	while (at) {
		struct str name = str_printf(a, "%u", (unsigned)p->column_count + 1);
		(void)csv_next_field(&at, end, p->delimiter, &quoted);
		if (!name.at)
			return reader_full(e);
		TRY(csv_add_column(a, p, (struct csv_column){ .name = name, .unit = STR("") }, e));
	}
	return ERR_OK;
}

static enum err_code read_units(struct arena *a, struct csv_plan *p, struct str row, struct err *e)
{
	const char *at = row.at, *end = at + row.len;
	bool quoted;

	for (uint32_t i = 0; i < p->column_count && at; i++) {
		struct str unit = csv_next_field(&at, end, p->delimiter, &quoted);
		if (unit.len >= 2 && ((unit.at[0] == '[' && unit.at[unit.len - 1] == ']') ||
			(unit.at[0] == '(' && unit.at[unit.len - 1] == ')')))
			unit = (struct str){ unit.at + 1, unit.len - 2 };
		if (unit.len > 0)
			p->columns[i].unit = reader_utf8(a, unit);
		if (!p->columns[i].unit.at)
			return reader_full(e);
	}
	return ERR_OK;
}

/* A column is text when the first rows hold something in it that is no number, and no number. */
static enum err_code tell_kinds(struct arena *a, struct csv_cursor c, struct csv_plan *p,
	struct err *e)
{
	uint8_t *seen = ARENA_ARRAY(a, uint8_t, p->column_count); /* 1 number, 2 text */
	struct csv_line line;
	bool some, quoted;
	double value;

	if (!seen)
		return reader_full(e);
	for (int row = 0; row < SAMPLE_LINES; row++) {
		TRY(csv_next_line(&c, &line, &some, e));
		if (!some)
			break;
		const char *at = line.text.at, *end = at + line.text.len;
		for (uint32_t i = 0; i < p->column_count && at; i++) {
			struct str field = csv_next_field(&at, end, p->delimiter, &quoted);
			if (csv_is_missing(field))
				continue;
			seen[i] |= number_parse(field.at, field.at + field.len, p->decimal,
				&value) == field.at + field.len ? 1 : 2;
		}
	}
	for (uint32_t i = 0; i < p->column_count; i++)
		p->columns[i].kind = seen[i] == 2 ? CHANNEL_TEXT : CHANNEL_NUMBER;
	return ERR_OK;
}

/* ---- time ------------------------------------------------------------------------------------ */

static bool is_time_name(struct str name)
{
	return is_letters(name, "time") || is_letters(name, "t") || is_letters(name, "timestamp") ||
		is_letters(name, "zeit");
}

static uint32_t column_named(const struct csv_plan *p, struct str name)
{
	for (uint32_t i = 0; i < p->column_count; i++) {
		if (str_eq(p->columns[i].name, name))
			return i;
	}
	return CSV_NONE;
}

/* As the mapping states; else the first column with the name and a unit of time. */
static enum err_code find_time(struct arena *a, struct csv_plan *p, const struct mapping_text *t,
	const struct evidence_sink *notes, struct err *e)
{
	struct str unit;

	p->time_column = CSV_NONE;
	if (t->time_channel.len == 0) {
		for (uint32_t i = 0; i < p->column_count && p->time_column == CSV_NONE; i++) {
			p->time_ns = reader_unit_ns(p->columns[i].unit);
			if (p->time_ns > 0 && is_time_name(p->columns[i].name))
				p->time_column = i;
		}
		if (p->time_column != CSV_NONE)
			return ERR_OK;
		return notes->note(notes->context, NOTE_NO_TIME, STR(""),
			STR("no column is called time and has a unit of time; "
			"the mapping may state one"), e);
	}
	p->time_column = column_named(p, t->time_channel);
	if (p->time_column == CSV_NONE)
		return err_set(e, ERR_INVALID, "the file has no time column \"%s\"",
			str_quote(a, t->time_channel));
	unit = p->columns[p->time_column].unit;
	p->time_ns = reader_unit_ns(t->time_unit);
	if (p->time_ns == 0)
		return err_set(e, ERR_INVALID, "time unit \"%s\" is no whole number of nanoseconds",
			str_quote(a, t->time_unit));
	if (unit.len > 0 && reader_unit_ns(unit) != p->time_ns) {
		(void)err_set(e, ERR_INVALID, "time column \"%s\" is in \"%s\"",
			str_quote(a, t->time_channel), str_quote(a, unit));
		return err_hint(e, "The mapping states \"%s\"; the file's own unit must agree.",
			str_quote(a, t->time_unit));
	}
	return ERR_OK;
}

/* ---- layouts --------------------------------------------------------------------------------- */

static void skip_bom(struct csv_cursor *c)
{
	if (c->file->size >= 3 && memcmp(c->file->at, BOM, 3) == 0)
		c->at = 3;
}

static enum err_code recognise(struct csv_cursor c, enum mapping_layout *ret, struct err *e)
{
	struct csv_line line;
	bool some;

	*ret = LAYOUT_PLAIN;
	for (int i = 0; i < PREAMBLE_LINES; i++) {
		TRY(csv_next_line(&c, &line, &some, e));
		if (!some)
			break;
		if (i == 0 && (str_starts(line.text, "File created on ") ||
			str_is(str_trim(line.text), "[header]")))
			*ret = LAYOUT_VBO;
		else if (str_starts(line.text, ESMINI_HEADER))
			*ret = LAYOUT_ESMINI;
		if (*ret != LAYOUT_PLAIN)
			break;
	}
	return ERR_OK;
}

/* A cursor whose next line is that of the number. */
static enum err_code before_line(const struct evidence_file *file, uint32_t number,
	struct csv_cursor *ret, struct err *e)
{
	struct csv_cursor c = { .file = file };
	struct csv_line line;
	bool some;

	skip_bom(&c);
	while (c.number + 1 < number) {
		TRY(csv_next_line(&c, &line, &some, e));
		if (!some)
			return err_set(e, ERR_INVALID, "the file has no line %u", (unsigned)number);
	}
	*ret = c;
	return ERR_OK;
}

static enum err_code line_at(const struct evidence_file *file, uint32_t number,
	struct csv_cursor *ret_behind, struct str *ret, struct err *e)
{
	struct csv_line line;
	bool some;

	TRY(before_line(file, number, ret_behind, e));
	TRY(csv_next_line(ret_behind, &line, &some, e));
	if (!some)
		return err_set(e, ERR_INVALID, "the file has no line %u", (unsigned)number);
	*ret = line.text;
	return ERR_OK;
}

/* Without a header the first row tells the number of columns. `c` comes to stand at that row. */
static enum err_code plan_plain(struct arena *a, struct csv_cursor *c, struct mapping_text t,
	struct csv_plan *p, struct err *e)
{
	struct str header, units = STR("");
	struct csv_cursor behind_header, behind_units;

	TRY(line_at(c->file, t.header_row > 0 ? t.header_row : t.first_data_row, &behind_header,
		&header, e));
	if (t.units_row > 0)
		TRY(line_at(c->file, t.units_row, &behind_units, &units, e));
	TRY(before_line(c->file, t.first_data_row, c, e));
	if (t.delimiter == 0)
		TRY(detect_delimiter(&behind_header, header, t.decimal, &t.delimiter, e));
	if (t.decimal == 0)
		TRY(detect_decimal(*c, t.delimiter, &t.decimal, e));
	if (t.delimiter == t.decimal)
		return err_set(e, ERR_INVALID, "a comma cannot be delimiter and decimal sign");
	p->delimiter = t.delimiter;
	p->decimal = t.decimal;
	TRY(t.header_row > 0 ? read_names(a, p, header, e) : count_names(a, p, header, e));
	if (t.units_row > 0)
		TRY(read_units(a, p, units, e));
	return tell_kinds(a, *c, p, e);
}

static enum err_code plan_esmini(struct arena *a, struct csv_cursor *c, struct csv_plan *p,
	struct err *e)
{
	struct csv_line line;
	bool some;

	do {
		TRY(csv_next_line(c, &line, &some, e));
		if (!some || c->number > PREAMBLE_LINES)
			return err_set(e, ERR_INVALID, "no header line \"" ESMINI_HEADER "\"");
	} while (!str_starts(line.text, ESMINI_HEADER));
	p->delimiter = ',';
	p->decimal = '.';
	TRY(read_names(a, p, line.text, e));
	TRY(tell_kinds(a, *c, p, e));
	for (uint32_t i = 0; i < p->column_count; i++) {
		if (str_ends(p->columns[i].name, "collision_ids"))
			p->columns[i].kind = CHANNEL_TEXT;
	}
	return ERR_OK;
}

static enum err_code add_channels(struct arena *a, struct csv_plan *p, struct err *e)
{
	for (uint32_t i = 0; i < p->column_count; i++) {
		struct csv_channel channel = { p->columns[i].name, p->columns[i].unit, i,
			USE_AS_IS };
		if (p->layout == LAYOUT_ESMINI && str_ends(channel.name, "collision_ids"))
			channel.use = USE_LIST; /* an empty list is known to be empty */
		TRY(csv_add_channel(a, p, channel, e));
	}
	return ERR_OK;
}

enum err_code csv_make_plan(struct arena *a, const struct evidence_file *file,
	const struct mapping *mapping, const struct evidence_sink *notes, struct csv_plan *ret,
	struct err *e)
{
	struct mapping_text t = mapping ? mapping->text : (struct mapping_text){ 0 };
	struct csv_plan p = { .layout = t.layout, .midnight_ns = CHANNEL_TIME_UNKNOWN };
	struct csv_cursor c = { .file = file };

	if (t.header_row == 0 && t.first_data_row == 0) {
		t.header_row = 1;
		t.first_data_row = 2;
	}
	skip_bom(&c);
	if (p.layout == LAYOUT_AUTO)
		TRY(recognise(c, &p.layout, e));
	if (p.layout == LAYOUT_VBO) {
		TRY(csv_vbo_plan(a, &c, notes, &p, e));
	} else {
		TRY(p.layout == LAYOUT_ESMINI ? plan_esmini(a, &c, &p, e) :
			plan_plain(a, &c, t, &p, e));
		TRY(find_time(a, &p, &t, notes, e));
		TRY(add_channels(a, &p, e));
	}
	p.data_at = c.at;
	p.data_line = c.number + 1;
	*ret = p;
	return ERR_OK;
}
