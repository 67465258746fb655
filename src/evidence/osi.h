/* osi.h - reader of ASAM OSI traces (.osi): SensorView and GroundTruth messages one by one.
 *
 * Is:      the moving objects and traffic lights of a trace as channels: "host.speed",
 *          "object.7.x", "light.3.color". What is read and what is reported stands in
 *          doc/formats/osi.md.
 * Is not:  the container MCAP (mcap.h); lanes and boundaries.
 * Life:    pure apart from reading the bytes given; the arena owns what comes back.
 */
#ifndef HUREN_EVIDENCE_OSI_H
#define HUREN_EVIDENCE_OSI_H

#include "evidence/evidence.h"

/* Rows of the format table (evidence_inner.h). Such a file has no mark of its own: its name ends in
 * .osi, or its first message can be walked. */
bool osi_recognises(const struct evidence_file *file);
MUST_USE enum err_code osi_list(struct arena *a, const struct evidence_file *file,
	const struct mapping *mapping, struct evidence_listing *ret, struct err *e);
MUST_USE enum err_code osi_read(struct arena *a, const struct evidence_file *file,
	const struct mapping *mapping, const struct evidence_listing *listing,
	const uint32_t *wanted, uint32_t wanted_count, const struct evidence_sink *sink,
	struct err *e);

#endif
