/* can.h - signals of a CAN bus: the frames of an MDF bus log decoded with the mapping's DBC file.
 *
 * Is:      evidence_list and evidence_read for such a log: a channel "Message.Signal" for each
 *          signal of the messages that were seen, on the message's own time axis. What becomes of
 *          tables of values and of multiplexed signals stands in doc/formats/can.md.
 * Is not:  a reader of MDF (mdf.h), a bus simulation: frames are taken as they were recorded.
 */
#ifndef HUREN_EVIDENCE_CAN_H
#define HUREN_EVIDENCE_CAN_H

#include "evidence/evidence.h"

/* `mapping` has the bytes of a DBC file. ERR_UNSUPPORTED: the file holds no CAN frames; ERR_INVALID
 * with line and column: the DBC file is broken; and as evidence_list. */
MUST_USE enum err_code can_list(struct arena *a, const struct evidence_file *file,
	const struct mapping *mapping, struct evidence_listing *ret, struct err *e);
MUST_USE enum err_code can_read(struct arena *a, const struct evidence_file *file,
	const struct mapping *mapping, const struct evidence_listing *listing,
	const uint32_t *wanted, uint32_t wanted_count, const struct evidence_sink *sink,
	struct err *e);

#endif
