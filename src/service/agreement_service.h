/* agreement_service.h - which agreement is in force between two authorities. */
#ifndef HUREN_SERVICE_AGREEMENT_SERVICE_H
#define HUREN_SERVICE_AGREEMENT_SERVICE_H

#include "service/service.h"

/* The newest agreement of the two DIDs (in either order) in force at `at` and not withdrawn. */
MUST_USE enum err_code agreement_find_in_force(struct service *s, struct arena *a, struct str one,
	struct str other, int64_t at, struct ledger_found *ret, struct err *e);

/* Would it be complete, and hold, with this node's proof added? `doc` has a "proof" of the other
 * side: that, content and parties are judged; nothing is kept. ERR_DENIED, ERR_NOT_FOUND,
 * ERR_UNSUPPORTED: the other side's proof does not hold; ERR_INVALID: the rest. */
MUST_USE enum err_code agreement_check_signable(struct service *s, struct arena *a,
	const struct json *doc, struct err *e);
#endif
