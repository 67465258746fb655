/* decision_model.h - what a change of standing does to a decision, for its page. */
#ifndef HUREN_SERVICE_DECISION_MODEL_H
#define HUREN_SERVICE_DECISION_MODEL_H

#include "service/model.h"

/* {"cause","since","reason","items","documents"} (doc/models.md). ERR_NOT_FOUND: nothing affects
 * it. */
MUST_USE enum err_code decision_affected_now(struct service *s, struct arena *a,
	const struct model_statement *m, struct json **ret, struct err *e);

#endif
