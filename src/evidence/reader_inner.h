/* reader_inner.h - what the readers of text, traces and bus logs share: putting a listing together,
 * handing rows to a sink, and the labels of text channels.
 *
 * Is:      bounded bookkeeping in an arena.
 * Is not:  for use outside evidence/; a format.
 */
#ifndef HUREN_EVIDENCE_READER_INNER_H
#define HUREN_EVIDENCE_READER_INNER_H

#include "evidence/evidence.h"

#define READER_PASS_BYTES (UINT64_C(1) << 20) /* how often the caller hears of passed bytes */

/* ---- a listing ------------------------------------------------------------------------------- */

struct listing_draft {
	struct arena *a;
	struct evidence_group *groups;
	struct evidence_channel *channels;
	struct evidence_note *notes;
	uint32_t group_count, channel_count, note_count;
	uint32_t group_capacity, channel_capacity, note_capacity;
};

/* Texts are borrowed. ERR_TOO_LARGE: arena. */
MUST_USE enum err_code listing_add_group(struct listing_draft *d, struct evidence_group group,
	struct err *e);
/* A channel of the last group; `group` and `group_index` are set here. */
MUST_USE enum err_code listing_add_channel(struct listing_draft *d, struct evidence_channel channel,
	struct err *e);
MUST_USE enum err_code listing_add_note(struct listing_draft *d, enum note_code code,
	struct str where, struct str text, struct err *e);
/* A sink whose `note` adds to the draft; for code that lists and reads alike. */
struct evidence_sink listing_note_sink(struct listing_draft *d);
void listing_finish(const struct listing_draft *d, struct str format, int64_t start_ns,
	struct evidence_listing *ret);

/* Room for one more element of `size` bytes behind `count` of them. NULL at the arena's cap. */
void *reader_grow(struct arena *a, void *at, uint32_t count, uint32_t *capacity, size_t size);

/* ---- rows ------------------------------------------------------------------------------------ */

/* Fills blocks of a sink row by row. Zeroed but for its first two members to begin with. */
struct rows {
	const struct evidence_sink *sink;
	uint32_t group;
	struct evidence_block block;
	uint64_t used;             /* rows of the block that are filled */
	uint32_t staged_columns;   /* of rows that are staged, see rows_stage */
};

/* A sink may give every group the same memory. Where rows of several groups come interleaved each
 * collects a few in a block of its own, which are copied to the sink together. ERR_TOO_LARGE. */
MUST_USE enum err_code rows_stage(struct rows *r, struct arena *a, uint32_t columns,
	struct err *e);
/* Makes sure that row `used` of the block can be written. */
MUST_USE enum err_code rows_room(struct rows *r, struct err *e);
/* Takes the row that was written. */
static inline void rows_add(struct rows *r, int64_t time_ns)
{
	r->block.times[r->used++] = time_ns;
}
/* Hands over what is filled. */
MUST_USE enum err_code rows_flush(struct rows *r, struct err *e);

/* ---- labels ---------------------------------------------------------------------------------- */

/* Texts of one channel by number, at most LIMIT_CHANNEL_LABELS of them. */
struct labels {
	struct str *texts;
	uint32_t *slots;           /* hash table of index + 1 */
	uint32_t count, last;
};

/* Index of the text; a new one is copied and told to the sink. UINT32_MAX when there are too many
 * or it is over LIMIT_ID_BYTES. */
MUST_USE enum err_code labels_index(struct labels *l, struct arena *a, struct str text,
	uint32_t wanted, const struct evidence_sink *sink, uint32_t *ret, struct err *e);

/* Writes `s` as UTF-8 to `to`, which has room for twice its length: what is no valid UTF-8 is taken
 * as Latin-1, as older programs write it. */
struct str reader_put_utf8(char *to, struct str s);
/* `s` itself when it is valid UTF-8, else a copy in the arena; at == NULL at its cap. */
struct str reader_utf8(struct arena *a, struct str s);

/* ---- times ----------------------------------------------------------------------------------- */

/* Nanoseconds in one `unit` of time; 0 when it is none, or no whole number of them. */
uint64_t reader_unit_ns(struct str unit);

MUST_USE enum err_code reader_full(struct err *e);

#endif
