/* channel.h - what a measurement file comes to: channels with units on time axes.
 *
 * Is:      plain columns in memory, with everything about the file that may weaken a verdict.
 * Is not:  a reader (evidence.h), a unit's meaning (unit.h), a scheme's signal (criteria/).
 * Life:    built in an arena or mapped from the sandbox; read-only afterwards.
 * I1  A NaN is a missing value, never a number. Invalid, absent and unparsable all become NaN; no
 *     reader writes another meaning into one.
 * I2  Times of an axis never decrease. Equal times are allowed: the last of them holds.
 * I3  What the file could not give is a note, never silence.
 */
#ifndef HUREN_EVIDENCE_CHANNEL_H
#define HUREN_EVIDENCE_CHANNEL_H

#include "base/err.h"
#include "base/str.h"

#define CHANNEL_TIME_UNKNOWN INT64_MIN

enum channel_kind {
	CHANNEL_NUMBER,
	CHANNEL_TEXT       /* a value is the index of one of `labels` */
};

/* What weakens or limits the evidence. The word (note_name) is stable: it stands in results. */
enum note_code {
	NOTE_UNFINALIZED,      /* the recorder did not close the file */
	NOTE_TORN,             /* the file ends within a record or message, which is dropped */
	NOTE_CLAMPED,          /* fewer records than the file claims */
	NOTE_TIME_BACKWARDS,   /* times of a group go back: its channels cannot be used */
	NOTE_TIME_REPEATED,    /* equal times in a group */
	NOTE_NO_TIME,          /* a group without a time axis */
	NOTE_UNSUPPORTED,      /* a channel or block of a kind that cannot be read here */
	NOTE_BROKEN,           /* a channel or block that contradicts itself */
	NOTE_INEXACT,          /* integers past 2^53 were rounded to doubles */
	NOTE_ALL_INVALID,      /* the file declares every value of the channel invalid */
	NOTE_BAD_VALUE,        /* values that are no numbers became missing; count in the text */
	NOTE_CHECKSUM,         /* a checksum in the file does not match */
	NOTE_CODE_COUNT
};
const char *note_name(enum note_code code); /* "unfinalized", "torn", "time-backwards" ... */

struct evidence_note {
	enum note_code code;
	struct str where;      /* group or channel, as the file names it; may be empty */
	struct str text;       /* English, for people; no digits that vary between machines */
};

struct channel_axis {
	uint64_t count;
	const int64_t *times;  /* nanoseconds since `start_ns` */
};

struct channel {
	struct str name;       /* as the file spells it */
	struct str group;
	struct str unit;       /* as the file spells it; empty when it gives none */
	enum channel_kind kind;
	uint32_t axis;         /* index */
	const double *values;  /* as many as its axis has times */
	uint32_t label_count;
	const struct str *labels;
};

struct channel_table {
	struct str format;     /* "mdf", "csv", "vbo", "osi", "mcap" */
	int64_t start_ns;      /* since 1970-01-01T00:00:00Z, or CHANNEL_TIME_UNKNOWN */
	uint32_t axis_count;
	const struct channel_axis *axes;
	uint32_t channel_count;
	const struct channel *channels;   /* in the order asked for */
	uint32_t note_count;
	const struct evidence_note *notes;
};

/* CHECKs I2 and that every index and count is in range. For tests and the sanitizer build. */
void channel_table_check(const struct channel_table *t);

#endif
