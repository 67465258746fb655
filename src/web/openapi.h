/* openapi.h - the OpenAPI 3.1 document, made of the route table. Pure. */
#ifndef HUREN_WEB_OPENAPI_H
#define HUREN_WEB_OPENAPI_H

#include "web/route.h"

/* One path object a path, one operation a row; the twin of a page is its second media type and its
 * own path. `url` is the node's. ERR_TOO_LARGE. */
MUST_USE enum err_code openapi_new(struct arena *a, const struct route *table, size_t count,
	struct str url, struct str *ret, struct err *e);

#endif
