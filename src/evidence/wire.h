/* wire.h - the answer of a sandbox worker as one block of bytes.
 *
 * Is:      a flat layout of listings, channel tables and sums: a head, then rows that name places
 *          of the block by offset. The worker writes it into a memory file; the reader takes it
 *          for bytes of a stranger.
 * Is not:  a format that is kept or sent: both ends are the same program on the same machine.
 * Life:    wire_out_open -> (wire_out_begin -> wire_reserve* -> wire_put_*)* -> wire_out_close.
 * I1  The reader uses no offset, count, index or length that it has not compared with the block.
 * I2  A table that was read satisfies channel_table_check. Its columns point into the block, which
 *     must neither change nor go meanwhile (so it is a copy that the writer cannot reach); all
 *     texts are copies in the arena.
 */
#ifndef HUREN_EVIDENCE_WIRE_H
#define HUREN_EVIDENCE_WIRE_H

#include "evidence/evidence.h"

/* ---- sums: what one pass over a file tells of each channel ----------------------------------- */

struct evidence_group_sum {
	uint64_t rows;
	int64_t first_ns, last_ns;     /* 0 without rows */
	int64_t gap_ns;                /* longest distance of two neighbouring times, 0 without */
	bool backwards;                /* a time is before the one in front of it */
};
struct evidence_channel_sum {
	uint64_t count, missing;
	double min, max, sum;          /* of the values that are there; NaN when none is */
};
struct evidence_sums {
	struct evidence_listing listing;           /* with the notes of the pass */
	const struct evidence_group_sum *groups;   /* as many as the listing has */
	const struct evidence_channel_sum *channels;
};

/* ---- writing --------------------------------------------------------------------------------- */

struct wire_out {
	uint8_t *at;       /* the whole of `max` is mapped; `size` of it has memory behind it */
	uint64_t max, size, used;
	int fd;
	bool full;         /* something did not fit: finishing gives ERR_TOO_LARGE */
};

/* Maps `fd`, a memory file, for at most `max` bytes. ERR_IO. */
MUST_USE enum err_code wire_out_open(struct wire_out *w, int fd, uint64_t max, struct err *e);
/* Begins an answer; the memory of the one before is used again. */
void wire_out_begin(struct wire_out *w);
/* Offset of `bytes` bytes, aligned to 8; 0 when they do not fit. What they hold is undefined. */
uint64_t wire_reserve(struct wire_out *w, uint64_t bytes);
/* A zeroed one may be closed. */
void wire_out_close(struct wire_out *w);

/* Columns that stand in `w` already: offsets, as wire_reserve gave them. */
struct wire_axis { uint64_t count, times_at; };
struct wire_column {
	struct str name, group, unit;
	enum channel_kind kind;
	uint32_t axis;                 /* UINT32_MAX: no such channel */
	uint64_t values_at;
	uint32_t label_count;
	const struct str *labels;
};
struct wire_table {
	struct str format;
	int64_t start_ns;
	uint32_t axis_count, column_count, note_count;
	const struct wire_axis *axes;
	const struct wire_column *columns;
	const struct evidence_note *notes;
};
MUST_USE enum err_code wire_put_table(struct wire_out *w, const struct wire_table *t,
	struct err *e);
MUST_USE enum err_code wire_put_listing(struct wire_out *w, const struct evidence_listing *l,
	struct err *e);
MUST_USE enum err_code wire_put_sums(struct wire_out *w, const struct evidence_sums *s,
	struct err *e);

/* ---- reading --------------------------------------------------------------------------------- */

/* ERR_INVALID: the block contradicts itself; ERR_TOO_LARGE: arena. `at` is aligned to 8. */
MUST_USE enum err_code wire_get_table(struct arena *a, const uint8_t *at, uint64_t size,
	struct channel_table *ret, struct err *e);
MUST_USE enum err_code wire_get_listing(struct arena *a, const uint8_t *at, uint64_t size,
	struct evidence_listing *ret, struct err *e);
MUST_USE enum err_code wire_get_sums(struct arena *a, const uint8_t *at, uint64_t size,
	struct evidence_sums *ret, struct err *e);

#endif
