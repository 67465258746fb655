/* csv_vbo.c - the plan of a VBOX .vbo file: sections, standard channels, the clock and its day.
 *
 * Its traps: columns follow [column names], not [header]; units stand only for the channels that
 * are not standard; positions are in minutes of arc and west is positive; the number of satellites
 * carries two flags; times are of the day in UTC and begin anew at midnight.
 */
#include <string.h>

#include "base/instant.h"
#include "base/limits.h"
#include "base/number.h"
#include "evidence/csv_inner.h"

#define SECTION_LINES 4096
#define DAY_NS INT64_C(86400000000000)
#define SECOND_NS INT64_C(1000000000)

/* A channel whose unit follows from the format. */
struct standard {
	const char *column;            /* in [column names], without '-' and '_' */
	const char *title;             /* what its line of [header] begins with */
	const char *unit;              /* unless the title ends with one */
	enum csv_use use;
	bool unit_in_title;
};

static const struct standard standards[] = {
	{ "sats", "satellites", "", USE_SATELLITES, false },
	{ "time", "time", "", USE_AS_IS, false },
	{ "lat", "latitude", "arcmin", USE_AS_IS, false },
	{ "long", "longitude", "arcmin", USE_NEGATED, false },
	{ "velocity", "velocity", "km/h", USE_AS_IS, true },
	{ "heading", "heading", "deg", USE_AS_IS, false },
	{ "height", "height", "m", USE_AS_IS, false },
	{ "vertvel", "vertical velocity", "", USE_AS_IS, true },
	{ "event1", "event", "", USE_AS_IS, false },
	{ "event1", "trigger event", "", USE_AS_IS, false },
	{ "event2", "event 2", "", USE_AS_IS, false },
	{ "longacc", "long", "g", USE_AS_IS, false },
	{ "latacc", "lat", "g", USE_AS_IS, false },
	{ "solutiontype", "solution type", "", USE_AS_IS, false },
};
#define STANDARD_COUNT (sizeof(standards) / sizeof(standards[0]))

struct vbo {
	struct arena *a;
	const struct evidence_sink *notes;
	struct csv_plan *plan;
	struct str *titles, *units;
	bool *standard;                /* of each title */
	uint32_t title_count, unit_count, title_capacity, unit_capacity;
	struct str names;              /* the line below [column names] */
	struct str created;            /* the first line */
};

/* Lower case and without the signs that writers put between words. */
static struct str plain_name(struct arena *a, struct str s)
{
	struct str copy = str_copy(a, s);
	char *to;

	if (!copy.at)
		return copy;
	to = (char *)(uintptr_t)copy.at;
	copy.len = 0;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];
		if (c != '-' && c != '_')
			to[copy.len++] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
	}
	return copy;
}

/* ---- sections -------------------------------------------------------------------------------- */

static enum err_code add_line(struct arena *a, struct str **list, uint32_t *count,
	uint32_t *capacity, struct str line, struct err *e)
{
	struct str *lines = reader_grow(a, *list, *count, capacity, sizeof(*lines));

	if (!lines)
		return reader_full(e);
	*list = lines;
	lines[(*count)++] = line;
	return ERR_OK;
}

/* Reads on to [data] and leaves the cursor behind that line. */
static enum err_code read_sections(struct vbo *v, struct csv_cursor *c, struct err *e)
{
	enum { OTHER, HEADER, UNITS, NAMES } section = OTHER;
	struct csv_line line;
	bool some;

	for (int i = 0; i < SECTION_LINES; i++) {
		TRY(csv_next_line(c, &line, &some, e));
		if (!some)
			break;
		struct str text = str_trim(line.text);
		if (i == 0)
			v->created = text;
		if (str_is(text, "[data]"))
			return ERR_OK;
		if (text.len > 0 && *text.at == '[')
			section = str_is(text, "[header]") ? HEADER :
				str_is(text, "[channel units]") ? UNITS :
				str_is(text, "[column names]") ? NAMES : OTHER;
		else if (section == HEADER && text.len > 0)
			TRY(add_line(v->a, &v->titles, &v->title_count, &v->title_capacity, text,
				e));
		else if (section == UNITS)
			TRY(add_line(v->a, &v->units, &v->unit_count, &v->unit_capacity, text, e));
		else if (section == NAMES && v->names.len == 0)
			v->names = text;
	}
	return err_set(e, ERR_INVALID, "the .vbo file has no section [data]");
}

/* ---- columns --------------------------------------------------------------------------------- */

static const struct standard *standard_title(struct str title)
{
	for (size_t i = 0; i < STANDARD_COUNT; i++) {
		if (str_starts(title, standards[i].title))
			return &standards[i];
	}
	return NULL;
}

static const struct standard *standard_column(struct str name)
{
	for (size_t i = 0; i < STANDARD_COUNT; i++) {
		if (str_is(name, standards[i].column))
			return &standards[i];
	}
	return NULL;
}

/* The last word of the standard channel's title when it is a unit ("velocity knots"). */
static enum err_code unit_of(struct vbo *v, const struct standard *s, struct str *ret,
	struct err *e)
{
	struct unit unit;

	*ret = str_of(s->unit);
	for (uint32_t i = 0; i < v->title_count && s->unit_in_title; i++) {
		struct str title = plain_name(v->a, v->titles[i]), word = title;
		if (!title.at)
			return reader_full(e);
		if (!str_starts(title, s->title))
			continue;
		while (str_find(word, STR(" ")) != SIZE_MAX)
			word = str_skip(word, str_find(word, STR(" ")) + 1);
		if (word.len < title.len && unit_parse(word, &unit, NULL) == ERR_OK)
			*ret = word;
		break;
	}
	return ERR_OK;
}

/* Units stand for the last titles, as many as there are units, and only when those are the ones
 * that are not standard. A blank line closes the section, but may also be a unit that is empty. */
static bool units_fit(const struct vbo *v, uint32_t columns)
{
	uint32_t standard = v->title_count - v->unit_count;

	if (v->unit_count > v->title_count || v->title_count != columns)
		return false;
	for (uint32_t i = 0; i < v->title_count; i++) {
		if (v->standard[i] != (i < standard))
			return false;
	}
	return true;
}

static enum err_code match_units(struct vbo *v, uint32_t columns, bool *ret, struct err *e)
{
	v->standard = ARENA_ARRAY(v->a, bool, v->title_count);
	if (!v->standard)
		return reader_full(e);
	for (uint32_t i = 0; i < v->title_count; i++) {
		struct str title = plain_name(v->a, v->titles[i]);
		if (!title.at)
			return reader_full(e);
		v->standard[i] = standard_title(title) != NULL;
	}
	*ret = units_fit(v, columns);
	while (!*ret && v->unit_count > 0 && v->units[v->unit_count - 1].len == 0) {
		v->unit_count--;
		*ret = units_fit(v, columns);
	}
	if (*ret || v->unit_count == 0)
		return ERR_OK;
	return v->notes->note(v->notes->context, NOTE_BROKEN, STR(""), STR("the channel units do "
		"not fit the channels; channels that are not standard have no unit"), e);
}

static enum err_code add_column(struct vbo *v, struct str name, struct str foreign_unit,
	struct err *e)
{
	struct csv_plan *p = v->plan;
	struct csv_channel channel = { .name = name, .unit = foreign_unit,
		.column = p->column_count };
	struct str plain = plain_name(v->a, name);
	const struct standard *s;

	if (!plain.at)
		return reader_full(e);
	s = standard_column(plain);
	if (s) {
		channel.use = s->use;
		TRY(unit_of(v, s, &channel.unit, e));
		if (str_is(plain, "time"))
			p->time_column = p->column_count;
	}
	TRY(csv_add_column(v->a, p, (struct csv_column){ name, channel.unit, CHANNEL_NUMBER }, e));
	TRY(csv_add_channel(v->a, p, channel, e));
	if (channel.use != USE_SATELLITES)
		return ERR_OK;
	channel.name = str_printf(v->a, STR_FMT ".brake_trigger", STR_ARG(name));
	channel.use = USE_BRAKE;
	if (!channel.name.at)
		return reader_full(e);
	TRY(csv_add_channel(v->a, p, channel, e));
	channel.name = str_printf(v->a, STR_FMT ".dgps", STR_ARG(name));
	channel.use = USE_DGPS;
	return channel.name.at ? csv_add_channel(v->a, p, channel, e) : reader_full(e);
}

static uint32_t count_words(struct str line)
{
	const char *at = line.len > 0 ? line.at : NULL;
	uint32_t count = 0;
	bool quoted;

	for (; at; count++)
		(void)csv_next_field(&at, line.at + line.len, ' ', &quoted);
	return count;
}

static enum err_code add_columns(struct vbo *v, struct err *e)
{
	const char *at = v->names.at, *end = at + v->names.len;
	uint32_t columns = count_words(v->names), foreign = 0;
	bool fits, quoted;

	if (columns == 0)
		return err_set(e, ERR_INVALID, "the .vbo file names no columns");
	TRY(match_units(v, columns, &fits, e));
	while (at) {
		struct str name = csv_next_field(&at, end, ' ', &quoted);
		struct str plain = plain_name(v->a, name), unit = STR("");
		if (!plain.at)
			return reader_full(e);
		if (!standard_column(plain) && fits && foreign < v->unit_count)
			unit = v->units[foreign++];
		TRY(add_column(v, name, unit, e));
	}
	return ERR_OK;
}

/* ---- the clock ------------------------------------------------------------------------------- */

bool csv_clock_ns(struct str field, int64_t *ret)
{
	int64_t ns, clock, hour, minute;

	if (field.len == 0 || *field.at == '-' || number_parse_scaled(field.at,
		field.at + field.len, '.', SECOND_NS, &ns) != field.at + field.len)
		return false;
	clock = ns / SECOND_NS;
	hour = clock / 10000;
	minute = clock / 100 % 100;
	if (hour > 23 || minute > 59 || clock % 100 > 60)
		return false;
	*ret = (hour * 3600 + minute * 60 + clock % 100) * SECOND_NS + ns % SECOND_NS;
	return true;
}

static int64_t two_digits(const char *at)
{
	if (at[0] < '0' || at[0] > '9' || at[1] < '0' || at[1] > '9')
		return -1;
	return (at[0] - '0') * 10 + (at[1] - '0');
}

/* "File created on 31/07/2006 at 09:55:20", with "@" or nothing for "at". The clock that wrote it
 * may have been a local one; the day is the one that puts the first row within twelve hours
 * of it. */
static void find_midnight(struct vbo *v, struct err *e)
{
	struct str s = v->created;
	char date[11] = "0000-00-00";
	int64_t day, hour, minute, apart;

	if (!str_starts(s, "File created on "))
		return;
	s = str_skip(s, strlen("File created on "));
	if (s.len < 16 || s.at[2] != '/' || s.at[5] != '/')
		return;
	memcpy(date, s.at + 6, 4);
	memcpy(date + 5, s.at + 3, 2);
	memcpy(date + 8, s.at, 2);
	if (instant_parse_date(str_of(date), &day, e) != ERR_OK)
		return;
	s = str_skip(s, 10);
	while (s.len > 0 && (*s.at < '0' || *s.at > '9'))
		s = str_skip(s, 1);
	if (s.len < 5 || s.at[2] != ':')
		return;
	hour = two_digits(s.at);
	minute = two_digits(s.at + 3);
	if (hour < 0 || minute < 0)
		return;
	apart = v->plan->first_ns - (hour * 3600 + minute * 60) * SECOND_NS;
	if (apart > DAY_NS / 2)
		day -= 86400;
	else if (apart < -DAY_NS / 2)
		day += 86400;
	v->plan->midnight_ns = day * SECOND_NS;
}

/* The first row's time, from which all are counted. */
static enum err_code find_first(struct vbo *v, struct csv_cursor c, bool *ret, struct err *e)
{
	struct csv_line line;
	bool some = true, quoted;

	*ret = false;
	for (int row = 0; row < SECTION_LINES && !*ret; row++) {
		TRY(csv_next_line(&c, &line, &some, e));
		if (!some)
			break;
		struct str text = str_trim(line.text), field = { "", 0 };
		const char *at = text.at;
		for (uint32_t i = 0; i <= v->plan->time_column && at; i++)
			field = csv_next_field(&at, text.at + text.len, ' ', &quoted);
		*ret = csv_clock_ns(field, &v->plan->first_ns);
	}
	return ERR_OK;
}

enum err_code csv_vbo_plan(struct arena *a, struct csv_cursor *c,
	const struct evidence_sink *notes, struct csv_plan *p, struct err *e)
{
	struct vbo v = { .a = a, .notes = notes, .plan = p, .names = { "", 0 } };
	struct err ignored = { 0 };
	bool some;

	p->delimiter = ' ';
	p->decimal = '.';
	p->time_column = CSV_NONE;
	TRY(read_sections(&v, c, e));
	TRY(add_columns(&v, e));
	if (p->time_column == CSV_NONE)
		return notes->note(notes->context, NOTE_NO_TIME, STR(""),
			STR("the .vbo file has no column \"time\""), e);
	TRY(find_first(&v, *c, &some, e));
	if (some)
		find_midnight(&v, &ignored);
	return ERR_OK;
}
