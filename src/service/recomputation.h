/* recomputation.h - statements that a report's evidence was judged again, and with what result. */
#ifndef HUREN_SERVICE_RECOMPUTATION_H
#define HUREN_SERVICE_RECOMPUTATION_H

#include "service/service.h"

/* `request` is a detail document (doc/formats/recomputation.md): keeps it as evidence, signs and
 * publishes the statement: {"id","index","result"}. ERR_INVALID, ERR_NOT_FOUND: the report is not
 * known here; ERR_CONFLICT: it is another one. */
MUST_USE enum err_code service_recomputation(struct service *s, struct arena *a,
	const struct json *request, struct json **ret, struct err *e);
/* Those of a report, newest first: heads of statements with "result" and "items". Never NULL but at
 * the arena's cap. */
struct json *recomputations_of(struct service *s, struct arena *a, const uint8_t report_key[16]);

#endif
