/* report_evaluation.h - the evaluations that a report's items bind, read from evidence files. */
#ifndef HUREN_SERVICE_REPORT_EVALUATION_H
#define HUREN_SERVICE_REPORT_EVALUATION_H

#include "service/model.h"

/* [{"item","scenario","verdict","document","program","held","runs"?}], one an item that binds
 * an evaluation; `runs` when the document is held here and not too large for a page
 * (doc/models.md). */
struct json *report_evaluations(struct service *s, struct arena *a,
	const struct model_statement *m);
/* One of them. `pictures` begins the addresses of its pictures; `left` counts the bytes down that
 * a page may still read. */
struct json *evaluation_model(struct service *s, struct arena *a, struct str pictures,
	const struct json *item, size_t *left);
/* The document with that digest, which an item of the report binds. ERR_NOT_FOUND, ERR_TOO_LARGE,
 * ERR_CORRUPT. */
MUST_USE enum err_code service_evaluation_document(struct service *s, struct arena *a,
	const uint8_t id_key[16], const struct digest *d, struct json **ret, struct err *e);
/* Any evaluation document held here, checked against its digest. */
MUST_USE enum err_code evaluation_document_read(struct service *s, struct arena *a,
	const struct digest *d, size_t max, struct json **ret, struct err *e);

#endif
