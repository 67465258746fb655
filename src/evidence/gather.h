/* gather.h - sinks of evidence_read: whole columns into an answer, or sums of every channel.
 *
 * Is:      what the sandbox's worker does with a file once it is mapped. Columns are written where
 *          the caller of the sandbox will read them, so nothing is copied twice.
 * Is not:  a reader, or a judgement on units: a scheme compares those.
 * I1  A table tells each signal of the mapping in the mapping's order. One without a usable channel
 *     has axis UINT32_MAX; when there is one that cannot be used, a note says why.
 */
#ifndef HUREN_EVIDENCE_GATHER_H
#define HUREN_EVIDENCE_GATHER_H

#include "evidence/mapping.h"
#include "evidence/wire.h"

/* ERR_INVALID, ERR_UNSUPPORTED, ERR_TOO_LARGE, as the readers; ERR_TOO_LARGE also when the columns
 * do not fit into `out`. */
MUST_USE enum err_code gather_table(struct arena *a, const struct evidence_file *file,
	const struct mapping *mapping, struct wire_out *out, struct err *e);
/* One pass; memory does not grow with the file. */
MUST_USE enum err_code gather_sums(struct arena *a, const struct evidence_file *file,
	const struct mapping *mapping, struct evidence_sums *ret, struct err *e);

/* Index of the channel a signal means; or UINT32_MAX and the reason why it cannot be used, NULL
 * when the file has none of that name. */
uint32_t gather_find(const struct evidence_listing *l, const struct mapping_signal *signal,
	const char **ret_why);

#endif
