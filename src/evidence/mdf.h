/* mdf.h - reader of ASAM MDF 4.0 to 4.2 measurement files.
 *
 * Is:      lists the channels of a file and streams those asked for; hands out the frames of CAN
 *          bus logs. What is read, what is reported and which meaning was chosen where files
 *          leave a choice stands in doc/formats/mdf.md.
 * Is not:  a repair tool: what the file contradicts is a note or an error.
 * Life:    pure apart from reading the bytes given; the arena owns what comes back.
 */
#ifndef HUREN_EVIDENCE_MDF_H
#define HUREN_EVIDENCE_MDF_H

#include "evidence/can_frame.h"
#include "evidence/evidence.h"

/* Rows of the format table (evidence_inner.h). MDF 3 is recognised, to be refused by name. */
bool mdf_recognises(const struct evidence_file *file);
MUST_USE enum err_code mdf_list(struct arena *a, const struct evidence_file *file,
	const struct mapping *mapping, struct evidence_listing *ret, struct err *e);
MUST_USE enum err_code mdf_read(struct arena *a, const struct evidence_file *file,
	const struct mapping *mapping, const struct evidence_listing *listing,
	const uint32_t *wanted, uint32_t wanted_count, const struct evidence_sink *sink,
	struct err *e);

/* Frames of all groups of data frames (CAN_DataFrame). `ret_groups` is the number of such groups: 0
 * means the file is no CAN log, and nothing was called. Frames of one group come in file order;
 * groups come one after the other or interleaved, so times may go back between calls. What `each`
 * returns other than ERR_OK ends the reading. `note` of `notes` is told what limits the frames
 * (torn end, records that are no frames); its other functions may be NULL.
 * ERR_INVALID, ERR_UNSUPPORTED, ERR_TOO_LARGE, or what `each` returned. */
MUST_USE enum err_code mdf_read_can(struct arena *a, const struct evidence_file *file,
	enum err_code (*each)(void *context, const struct can_frame *frame, struct err *e),
	void *context, const struct evidence_sink *notes, uint32_t *ret_groups, struct err *e);

#endif
