/* csv.c - text files: recognising, listing, and the loop over rows.
 *
 * A row is taken whole or not at all: one with another number of fields than the header, without a
 * time, or cut off by the end of the file is dropped and counted. A single field that is no number
 * is a missing value.
 */
#include "evidence/csv.h"

#include <math.h>
#include <string.h>

#include "base/limits.h"
#include "base/number.h"
#include "evidence/csv_inner.h"

#define LOOK_BYTES 4096
#define TEXT_BYTES (2 * LIMIT_ID_BYTES) /* a label's, with its quotes doubled */
#define DAY_NS INT64_C(86400000000000)

bool csv_recognises(const struct evidence_file *file)
{
	uint64_t look = file->size < LOOK_BYTES ? file->size : LOOK_BYTES;

	for (uint64_t i = 0; i < look; i++) {
		uint8_t c = file->at[i];
		if (c == 0x7f || (c < 0x20 && c != '\t' && c != '\n' && c != '\r'))
			return false;
	}
	return look > 0;
}

/* ---- listing --------------------------------------------------------------------------------- */

static int64_t start_of(const struct csv_plan *p)
{
	return p->midnight_ns == CHANNEL_TIME_UNKNOWN ? CHANNEL_TIME_UNKNOWN :
		p->midnight_ns + p->first_ns;
}

enum err_code csv_list(struct arena *a, const struct evidence_file *file,
	const struct mapping *mapping, struct evidence_listing *ret, struct err *e)
{
	struct listing_draft d = { .a = a };
	struct evidence_sink notes = listing_note_sink(&d);
	struct csv_plan p;

	TRY(csv_make_plan(a, file, mapping, &notes, &p, e));
	TRY(listing_add_group(&d, (struct evidence_group){ .name = STR(""),
		.has_time = p.time_column != CSV_NONE }, e));
	for (uint32_t i = 0; i < p.channel_count; i++) {
		const struct csv_channel *c = &p.channels[i];
		TRY(listing_add_channel(&d, (struct evidence_channel){ .name = c->name,
			.unit = c->unit, .kind = p.columns[c->column].kind, .readable = true,
			.why_not = STR("") }, e));
	}
	listing_finish(&d, p.layout == LAYOUT_VBO ? STR("vbo") : STR("csv"), start_of(&p), ret);
	return ERR_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* What went wrong, and the line where first. */
struct tally { uint64_t count, line; };

struct wanted {
	const struct csv_channel *channel;
	struct labels labels;
	struct tally bad, over;
	double value;              /* of the row at hand */
};

struct reading {
	struct arena *a;
	const struct evidence_sink *sink;
	struct csv_plan plan;
	uint32_t wanted_count;
	struct wanted *wanted;
	uint32_t *first;           /* column -> first wanted channel of it, or CSV_NONE */
	uint32_t *next;            /* wanted -> next of the same column */
	uint32_t last_column;      /* behind it nothing is looked at */
	struct tally width, time;
	int64_t row_ns;
	bool row_timed;
	int64_t day_ns;            /* added to the clock since it passed midnight */
	int64_t clock_ns;
	bool clock_some;
};

static void count(struct tally *t, uint64_t line)
{
	if (t->count++ == 0)
		t->line = line;
}

static double use_value(enum csv_use use, double value)
{
	uint32_t bits = value >= 0 && value < 65536 ? (uint32_t)value : 0;

	switch (use) {
	case USE_SATELLITES:
		return bits & 63;
	case USE_BRAKE:
		return (bits & 64) != 0;
	case USE_DGPS:
		return (bits & 128) != 0;
	case USE_NEGATED:
		return -value;
	case USE_AS_IS:
	case USE_LIST:
		break;
	}
	return value;
}

static void set_number(struct reading *r, uint32_t column, double value)
{
	for (uint32_t w = r->first[column]; w != CSV_NONE; w = r->next[w]) {
		enum csv_use use = r->wanted[w].channel->use;
		r->wanted[w].value = use == USE_AS_IS ? value : use_value(use, value);
	}
}

static void set_missing(struct reading *r, uint32_t column)
{
	for (uint32_t w = r->first[column]; w != CSV_NONE; w = r->next[w])
		r->wanted[w].value = (double)NAN;
}

/* As UTF-8, and with one quote for two in a quoted field. `to` has room for 2 * TEXT_BYTES. */
static struct str clean_text(char *to, struct str field, bool quoted)
{
	struct str text;
	size_t len = 0;

	if (field.len > TEXT_BYTES)
		return field; /* too long for a label anyway */
	text = reader_put_utf8(to, field);
	if (!quoted)
		return text;
	for (size_t i = 0; i < text.len; i++) {
		to[len++] = to[i];
		i += to[i] == '"';
	}
	return (struct str){ to, len };
}

static enum err_code set_text(struct reading *r, uint32_t column, struct str field, bool quoted,
	uint64_t line, struct err *e)
{
	for (uint32_t w = r->first[column]; w != CSV_NONE; w = r->next[w]) {
		struct wanted *to = &r->wanted[w];
		char bytes[2 * TEXT_BYTES];
		uint32_t index;
		to->value = (double)NAN;
		if (field.len == 0 && to->channel->use != USE_LIST)
			continue;
		TRY(labels_index(&to->labels, r->a, clean_text(bytes, field, quoted), w, r->sink,
			&index, e));
		if (index == UINT32_MAX)
			count(&to->over, line);
		else
			to->value = index;
	}
	return ERR_OK;
}

/* A field that is no plain number up to its delimiter. */
static enum err_code set_other(struct reading *r, uint32_t column, struct str field, bool quoted,
	uint64_t line, struct err *e)
{
	const char *end = field.at + field.len;
	double value;

	if (r->plan.columns[column].kind == CHANNEL_TEXT)
		return set_text(r, column, field, quoted, line, e);
	set_missing(r, column);
	if (csv_is_missing(field))
		return ERR_OK;
	if (number_parse(field.at, end, r->plan.decimal, &value) == end && isfinite(value)) {
		set_number(r, column, value);
		return ERR_OK;
	}
	for (uint32_t w = r->first[column]; w != CSV_NONE; w = r->next[w])
		count(&r->wanted[w].bad, line);
	return ERR_OK;
}

static void set_time(struct reading *r, struct str field)
{
	const char *end = field.at + field.len;
	const struct csv_plan *p = &r->plan;
	int64_t ns;

	r->row_timed = false;
	if (p->time_ns > 0) {
		r->row_timed = number_parse_scaled(field.at, end, p->decimal, p->time_ns,
			&r->row_ns) == end && field.len > 0;
		return;
	}
	if (!csv_clock_ns(field, &ns))
		return;
	/* Half a day back is midnight; anything less is for the notes. */
	if (r->clock_some && ns < r->clock_ns - DAY_NS / 2)
		r->day_ns += DAY_NS;
	r->clock_some = true;
	r->clock_ns = ns;
	r->row_ns = ns + r->day_ns - p->first_ns;
	r->row_timed = true;
}

static inline const char *skip_spaces(const char *at, const char *end)
{
	while (at < end && *at == ' ')
		at++;
	return at;
}

/* The number at *at when it goes up to the delimiter; moves behind that as csv_next_field does. */
static inline bool take_plain(const struct csv_plan *p, const char **at, const char *end,
	double *ret)
{
	const char *behind = number_parse(skip_spaces(*at, end), end, p->decimal, ret);

	if (!behind || !isfinite(*ret))
		return false;
	if (behind < end && *behind == p->delimiter && p->delimiter != ' ') {
		*at = behind + 1;
		return true;
	}
	if (behind < end && *behind != ' ')
		return false;
	behind = skip_spaces(behind, end);
	if (behind == end)
		*at = NULL;
	else if (p->delimiter == ' ')
		*at = behind;
	else if (*behind == p->delimiter)
		*at = behind + 1;
	else
		return false;
	return true;
}

static const char *skip_field(const struct csv_plan *p, const char *at, const char *end)
{
	const char *stop;
	bool quoted;

	if (p->delimiter != ' ' && (at == end || *at != '"') && *at != ' ') {
		stop = at < end ? memchr(at, p->delimiter, (size_t)(end - at)) : NULL;
		return stop ? stop + 1 : NULL;
	}
	(void)csv_next_field(&at, end, p->delimiter, &quoted);
	return at;
}

/* Fields behind the last column: an empty one is a delimiter at the end of the line. */
static bool is_empty_end(const struct csv_plan *p, const char *at, const char *end)
{
	bool quoted;

	while (at) {
		if (csv_next_field(&at, end, p->delimiter, &quoted).len > 0)
			return false;
	}
	return true;
}

/* *ret_whole: as many fields as columns. Values are in `wanted`. */
static enum err_code parse_row(struct reading *r, struct str text, uint64_t line, bool *ret_whole,
	struct err *e)
{
	const struct csv_plan *p = &r->plan;
	const char *at = text.at, *end = at + text.len, *from;
	bool quoted;
	double value;

	for (uint32_t i = 0; i < p->column_count; i++) {
		if (!at) {
			*ret_whole = false;
			return ERR_OK;
		}
		from = at;
		if (i == p->time_column)
			set_time(r, csv_next_field(&at, end, p->delimiter, &quoted));
		if (r->first[i] == CSV_NONE) {
			if (i != p->time_column)
				at = skip_field(p, at, end);
			continue;
		}
		at = from;
		if (p->columns[i].kind == CHANNEL_NUMBER && take_plain(p, &at, end, &value)) {
			set_number(r, i, value);
			continue;
		}
		struct str field = csv_next_field(&at, end, p->delimiter, &quoted);
		TRY(set_other(r, i, field, quoted, line, e));
	}
	*ret_whole = !at || is_empty_end(p, at, end);
	return ERR_OK;
}

static enum err_code read_rows(struct reading *r, const struct evidence_file *file,
	struct rows *rows, bool *ret_torn, struct err *e)
{
	struct csv_cursor c = { .file = file, .at = r->plan.data_at,
		.number = r->plan.data_line - 1 };
	uint64_t told = c.at;
	struct csv_line line;
	bool some, whole;

	for (;;) {
		TRY(csv_next_line(&c, &line, &some, e));
		if (!some)
			return ERR_OK;
		/* Whether its last number is whole cannot be seen. */
		*ret_torn = !line.ended && str_trim(line.text).len > 0;
		if (!line.ended)
			return ERR_OK;
		if (line.text.len == 0 || str_trim(line.text).len == 0)
			continue;
		TRY(parse_row(r, r->plan.delimiter == ' ' ? str_trim(line.text) : line.text,
			c.number, &whole, e));
		if (!whole) {
			count(&r->width, c.number);
			continue;
		}
		if (!r->row_timed) {
			count(&r->time, c.number);
			continue;
		}
		TRY(rows_room(rows, e));
		for (uint32_t w = 0; w < r->wanted_count; w++)
			rows->block.values[w][rows->used] = r->wanted[w].value;
		rows_add(rows, r->row_ns);
		if (c.at - told >= READER_PASS_BYTES && file->passed) {
			told = c.at;
			file->passed(file->context, told);
		}
	}
}

static enum err_code tell(struct reading *r, enum note_code code, struct str where,
	const struct tally *t, const char *what, struct err *e)
{
	struct str text;

	if (t->count == 0)
		return ERR_OK;
	text = str_printf(r->a, "%llu %s, first in line %llu", (unsigned long long)t->count, what,
		(unsigned long long)t->line);
	if (!text.at)
		return reader_full(e);
	return r->sink->note(r->sink->context, code, where, text, e);
}

static enum err_code tell_all(struct reading *r, bool torn, struct err *e)
{
	TRY(tell(r, NOTE_BROKEN, STR(""), &r->width, "rows have another number of fields than the "
		"header and are dropped", e));
	TRY(tell(r, NOTE_BAD_VALUE, STR(""), &r->time, "rows have no time and are dropped", e));
	for (uint32_t w = 0; w < r->wanted_count; w++) {
		struct wanted *to = &r->wanted[w];
		TRY(tell(r, NOTE_BAD_VALUE, to->channel->name, &to->bad,
			"values are no numbers and missing", e));
		TRY(tell(r, NOTE_UNSUPPORTED, to->channel->name, &to->over,
			"texts are too long or too many and missing", e));
	}
	if (!torn)
		return ERR_OK;
	return r->sink->note(r->sink->context, NOTE_TORN, STR(""),
		STR("the last line has no end; it is dropped"), e);
}

static enum err_code index_columns(struct reading *r, const uint32_t *wanted, struct err *e)
{
	const struct csv_plan *p = &r->plan;

	r->first = ARENA_ARRAY(r->a, uint32_t, p->column_count);
	r->next = ARENA_ARRAY(r->a, uint32_t, r->wanted_count);
	r->wanted = ARENA_ARRAY(r->a, struct wanted, r->wanted_count);
	if (!r->first || !r->next || !r->wanted)
		return reader_full(e);
	for (uint32_t i = 0; i < p->column_count; i++)
		r->first[i] = CSV_NONE;
	for (uint32_t w = 0; w < r->wanted_count; w++) {
		if (wanted[w] >= p->channel_count)
			return err_set(e, ERR_INVALID, "the file has other channels than listed");
		r->wanted[w].channel = &p->channels[wanted[w]];
		uint32_t column = r->wanted[w].channel->column;
		r->next[w] = r->first[column];
		r->first[column] = w;
	}
	return ERR_OK;
}

static enum err_code ignore_note(void *context, enum note_code code, struct str where,
	struct str text, struct err *e)
{
	(void)context;
	(void)code;
	(void)where;
	(void)text;
	(void)e;
	return ERR_OK;
}

enum err_code csv_read(struct arena *a, const struct evidence_file *file,
	const struct mapping *mapping, const struct evidence_listing *listing,
	const uint32_t *wanted, uint32_t wanted_count, const struct evidence_sink *sink,
	struct err *e)
{
	/* What the plan has to say stands in the listing already. */
	const struct evidence_sink quiet = { .note = ignore_note };
	struct reading r = { .a = a, .sink = sink, .wanted_count = wanted_count };
	struct rows rows = { .sink = sink, .group = 0 };
	bool torn = false;

	(void)listing;
	if (wanted_count == 0)
		return ERR_OK;
	TRY(csv_make_plan(a, file, mapping, &quiet, &r.plan, e));
	if (r.plan.time_column == CSV_NONE)
		return ERR_OK; /* the listing says so */
	TRY(index_columns(&r, wanted, e));
	TRY(read_rows(&r, file, &rows, &torn, e));
	TRY(rows_flush(&rows, e));
	return tell_all(&r, torn, e);
}
