/* collect.h - a sink for the tests of readers: keeps everything, in blocks of a few rows.
 *
 * Is:      columns of all wanted channels by place in the wanted list, labels and notes as told.
 *          A call that the contract of evidence_sink forbids is a CHECK.
 */
#ifndef HUREN_TEST_COLLECT_H
#define HUREN_TEST_COLLECT_H

#include "evidence/evidence_inner.h"

#define COLLECT_WANTED 512
#define COLLECT_LABELS 16
#define COLLECT_NOTES 32

struct collect_column {
	uint32_t group;
	double *values;
	uint32_t label_count;
	struct str labels[COLLECT_LABELS];  /* the first ones */
};
struct collect_group {
	uint64_t rows, capacity;
	int64_t *times;
	struct evidence_block block;
	bool open;
};
struct collect {
	struct arena *a;
	const struct evidence_listing *listing;
	uint32_t block_rows;
	uint32_t wanted_count;
	struct collect_group groups[COLLECT_WANTED];
	struct collect_column columns[COLLECT_WANTED];
	uint32_t note_count;
	struct evidence_note notes[COLLECT_NOTES];
	struct evidence_sink sink;
};

/* Lists the file and reads the channels of these names (NULL-terminated), or all when NULL. Blocks
 * have `block_rows` rows. */
enum err_code collect_file(struct collect *c, struct arena *a, const struct evidence_format *format,
	const struct evidence_file *file, const struct mapping *mapping,
	struct evidence_listing *listing, const char *const *names, uint32_t block_rows,
	struct err *e);
/* The sink alone, for who fills in the members before `groups`. */
struct evidence_sink collect_sink(struct collect *c);
/* Index of the channel in the listing, or UINT32_MAX. */
uint32_t collect_channel(const struct evidence_listing *l, const char *name);
/* The first note of that code, among those of the listing and of the reading, or NULL. */
const struct evidence_note *collect_note(const struct collect *c, enum note_code code);
struct evidence_file collect_bytes(const char *name, struct str bytes);
/* Begins an arena whose first chunk, the one that arena_reset keeps, has room for all that a small
 * file takes: who reads thousands of them would else do little but map and unmap memory. */
void collect_arena(struct arena *a, size_t cap_bytes);

#endif
