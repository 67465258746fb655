/* evidence.h - one door to every measurement format.
 *
 * Is:      bytes of a file (mapped by the caller) to a listing or to columns. Recognises the format
 *          by content: MDF 4 (mdf.h), CSV and VBOX (csv.h), OSI traces and MCAP (osi.h).
 * Is not:  trusting: every offset, count and length is checked; pure apart from reading the bytes
 *          given. Run it on foreign files in the sandbox (sandbox.h).
 * Life:    struct evidence_file is filled by the caller; the arena owns what comes back.
 */
#ifndef HUREN_EVIDENCE_EVIDENCE_H
#define HUREN_EVIDENCE_EVIDENCE_H

#include "evidence/channel.h"

struct mapping; /* mapping.h */

struct evidence_file {
	struct str name;       /* for messages, and for the type an OSI trace has in its name */
	const uint8_t *at;
	uint64_t size;
	/* Tells that the bytes between the last call's offset and this one are not needed soon: the
	 * caller may drop the pages, which keeps a 20 GB file under 200 MB of memory (a dropped
	 * page that is needed after all is read from the file again). An offset smaller than the
	 * last only says where the next call's bytes begin: a pass starts anew. May be NULL. */
	void (*passed)(void *context, uint64_t offset);
	void *context;
};

/* ---- what a file holds ----------------------------------------------------------------------- */

struct evidence_channel {
	struct str group, name, unit;
	enum channel_kind kind;
	uint32_t group_index;
	bool readable;
	struct str why_not;    /* English; empty when readable */
};
struct evidence_group {
	struct str name;
	uint64_t rows;         /* 0 also when only a pass over the file would tell */
	bool rows_known, has_time;
};
struct evidence_listing {
	struct str format;
	int64_t start_ns;
	uint32_t group_count;
	const struct evidence_group *groups;
	uint32_t channel_count;
	const struct evidence_channel *channels;
	uint32_t note_count;
	const struct evidence_note *notes;
};

/* ERR_UNSUPPORTED: no known format; ERR_INVALID: broken beyond listing; ERR_TOO_LARGE. */
MUST_USE enum err_code evidence_list(struct arena *a, const struct evidence_file *file,
	const struct mapping *mapping, struct evidence_listing *ret, struct err *e);

/* ---- reading in blocks ----------------------------------------------------------------------- */

/* Where a reader puts the next rows of the wanted channels of one group. A sink that collects
 * points into its final columns; one that sums points into a small block again and again. */
struct evidence_block {
	uint32_t group;        /* index in the listing */
	uint64_t capacity;     /* rows there is room for, at least 1 */
	int64_t *times;
	double **values;       /* a column for each wanted channel of this group, in wanted order */
};
struct evidence_sink {
	/* Asks for room. `rows_left` is what the reader expects at least (0: not known). */
	enum err_code (*room)(void *context, uint32_t group, uint64_t rows_left,
		struct evidence_block *ret, struct err *e);
	/* `count` rows of the block last given are filled. */
	enum err_code (*filled)(void *context, const struct evidence_block *block, uint64_t count,
		struct err *e);
	/* Label `index` of a text channel (place in the wanted list); labels come in order of
	 * index, each before or after the rows that use it. */
	enum err_code (*label)(void *context, uint32_t wanted, uint32_t index, struct str text,
		struct err *e);
	/* Something that limits the evidence. */
	enum err_code (*note)(void *context, enum note_code code, struct str where, struct str text,
		struct err *e);
	void *context;
};

/* `wanted` are channel indices of the listing, any order, no doubles. Groups may come one after the
 * other or interleaved; rows of a group come in file order. A group whose times go back is still
 * handed out row by row; the collector refuses it. ERR_INVALID, ERR_UNSUPPORTED, ERR_TOO_LARGE, or
 * what the sink returned. */
MUST_USE enum err_code evidence_read(struct arena *a, const struct evidence_file *file,
	const struct mapping *mapping, const struct evidence_listing *listing,
	const uint32_t *wanted, uint32_t wanted_count, const struct evidence_sink *sink,
	struct err *e);

/* ---- collecting ------------------------------------------------------------------------------ */

/* Reads whole columns into the arena; memory is bounded by its cap. Channels of groups with
 * NOTE_TIME_BACKWARDS or NOTE_NO_TIME come without rows. */
MUST_USE enum err_code evidence_collect(struct arena *a, const struct evidence_file *file,
	const struct mapping *mapping, const struct evidence_listing *listing,
	const uint32_t *wanted, uint32_t wanted_count, struct channel_table *ret, struct err *e);

#endif
