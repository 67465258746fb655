/* evidence_inner.h - what a format's reader gives to the door in evidence.c.
 *
 * Is:      one row a format; adding a format is adding a row to the table of evidence.c.
 * Is not:  for use outside evidence/.
 */
#ifndef HUREN_EVIDENCE_EVIDENCE_INNER_H
#define HUREN_EVIDENCE_EVIDENCE_INNER_H

#include "evidence/evidence.h"

/* `list` and `read` are as evidence_list and evidence_read. They check the arguments that come from
 * the file; evidence.c has checked `wanted` (indices in range, no doubles) before. */
struct evidence_format {
	const char *name;      /* as in channel_table.format: "mdf", "csv", "osi" ... */
	/* Looks at the first bytes (and the name) only; the first row that says yes is taken. */
	bool (*recognises)(const struct evidence_file *file);
	enum err_code (*list)(struct arena *a, const struct evidence_file *file,
		const struct mapping *mapping, struct evidence_listing *ret, struct err *e);
	enum err_code (*read)(struct arena *a, const struct evidence_file *file,
		const struct mapping *mapping, const struct evidence_listing *listing,
		const uint32_t *wanted, uint32_t wanted_count, const struct evidence_sink *sink,
		struct err *e);
};

/* MDF files as the door shows them (bus.c): as mdf_list and mdf_read, and behind the file's own
 * channels the signals of can_list when the mapping has a DBC file. */
MUST_USE enum err_code bus_list(struct arena *a, const struct evidence_file *file,
	const struct mapping *mapping, struct evidence_listing *ret, struct err *e);
MUST_USE enum err_code bus_read(struct arena *a, const struct evidence_file *file,
	const struct mapping *mapping, const struct evidence_listing *listing,
	const uint32_t *wanted, uint32_t wanted_count, const struct evidence_sink *sink,
	struct err *e);

#endif
