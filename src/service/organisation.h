/* organisation.h - what other services ask about organisations. */
#ifndef HUREN_SERVICE_ORGANISATION_H
#define HUREN_SERVICE_ORGANISATION_H

#include "service/service.h"

/* GB 32100-2015: the form is an error (ERR_INVALID), the check character only a warning, since
 * codes with a wrong one are in use. */
MUST_USE enum err_code organisation_code_check(struct str code, bool *ret_check_holds,
	struct err *e);
/* Resolves a DID or a unified social credit code of this node to a known DID. ERR_NOT_FOUND. */
MUST_USE enum err_code organisation_did(struct service *s, struct arena *a, struct str did_or_code,
	struct str *ret, struct err *e);

#endif
