/* mcap.h - reader of OSI traces in the container MCAP.
 *
 * Is:      one linear pass over the records; each OSI topic is a group with the channels of osi.h.
 *          Chunks may be plain, zstd or lz4; their checksums are checked.
 * Is not:  a user of the index: the summary behind the data is not looked at, since nothing binds
 *          it to the messages.
 * Life:    pure apart from reading the bytes given; the arena owns what comes back.
 */
#ifndef HUREN_EVIDENCE_MCAP_H
#define HUREN_EVIDENCE_MCAP_H

#include "evidence/evidence.h"

/* Rows of the format table (evidence_inner.h). */
bool mcap_recognises(const struct evidence_file *file);
MUST_USE enum err_code mcap_list(struct arena *a, const struct evidence_file *file,
	const struct mapping *mapping, struct evidence_listing *ret, struct err *e);
MUST_USE enum err_code mcap_read(struct arena *a, const struct evidence_file *file,
	const struct mapping *mapping, const struct evidence_listing *listing,
	const uint32_t *wanted, uint32_t wanted_count, const struct evidence_sink *sink,
	struct err *e);

#endif
