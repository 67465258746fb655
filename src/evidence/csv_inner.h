/* csv_inner.h - the plan of a text file, which its layout (csv_layout.c, csv_vbo.c) makes and the
 * reading of rows (csv.c) follows.
 *
 * Is not:  for use outside evidence/csv*.c.
 */
#ifndef HUREN_EVIDENCE_CSV_INNER_H
#define HUREN_EVIDENCE_CSV_INNER_H

#include "evidence/mapping.h"
#include "evidence/reader_inner.h"

#define CSV_NONE UINT32_MAX

/* What a channel makes of its column. */
enum csv_use { USE_AS_IS, USE_SATELLITES, USE_BRAKE, USE_DGPS, USE_NEGATED, USE_LIST };

struct csv_column {
	struct str name, unit;
	enum channel_kind kind;
};
struct csv_channel {
	struct str name, unit;
	uint32_t column;
	enum csv_use use;
};

struct csv_plan {
	enum mapping_layout layout;    /* never LAYOUT_AUTO */
	char delimiter, decimal;
	uint64_t data_at;              /* offset of the first row */
	uint64_t data_line;            /* its number, from 1 */
	uint32_t column_count, column_capacity;
	struct csv_column *columns;
	uint32_t channel_count, channel_capacity;
	struct csv_channel *channels;
	uint32_t time_column;          /* CSV_NONE: no time axis */
	uint64_t time_ns;              /* nanoseconds in its unit; 0: HHMMSS.SS since midnight */
	int64_t midnight_ns;           /* of the day the clock's times count from, or
	                                  CHANNEL_TIME_UNKNOWN */
	int64_t first_ns;              /* of the clock, subtracted from every time */
};

/* ---- lines and fields ------------------------------------------------------------------------ */

struct csv_line {
	struct str text;               /* without its end */
	bool ended;                    /* false: the file ends within it */
};
struct csv_cursor {
	const struct evidence_file *file;
	uint64_t at;                   /* offset of the next line */
	uint64_t number;               /* of the line last given, from 1 */
};

/* The next line. *ret_some is false at the end of the file. ERR_TOO_LARGE: over
 * LIMIT_TEXT_LINE_BYTES. */
MUST_USE enum err_code csv_next_line(struct csv_cursor *c, struct csv_line *ret, bool *ret_some,
	struct err *e);

/* The next field of [*at, end), trimmed; quotes are taken off, doubled ones inside stay. Moves *at
 * behind its delimiter; NULL there means that this was the last. */
struct str csv_next_field(const char **at, const char *end, char delimiter, bool *ret_quoted);

/* Empty, or one of the spellings of NaN. */
bool csv_is_missing(struct str field);

/* ---- plans ----------------------------------------------------------------------------------- */

/* Notes go to the sink. ERR_INVALID: no such layout here. */
MUST_USE enum err_code csv_make_plan(struct arena *a, const struct evidence_file *file,
	const struct mapping *mapping, const struct evidence_sink *notes, struct csv_plan *ret,
	struct err *e);
MUST_USE enum err_code csv_vbo_plan(struct arena *a, struct csv_cursor *c,
	const struct evidence_sink *notes, struct csv_plan *p, struct err *e);

MUST_USE enum err_code csv_add_column(struct arena *a, struct csv_plan *p,
	struct csv_column column, struct err *e);
MUST_USE enum err_code csv_add_channel(struct arena *a, struct csv_plan *p,
	struct csv_channel channel, struct err *e);

/* Nanoseconds of HHMMSS.SS since midnight; false when it is no time of a day. */
bool csv_clock_ns(struct str field, int64_t *ret);

#endif
