/* import.h - many reports from one table: first what each row would become, then drafts of it.
 *
 * A row is the result of one item; rows of the same report number become one draft. The heads of
 * the columns are the fields' names as the forms show them. All errors are told at once, with row
 * and column; a draft is made only when none of its rows has one.
 */
#ifndef HUREN_SERVICE_IMPORT_H
#define HUREN_SERVICE_IMPORT_H

#include "service/draft.h"

/* {"rows": [{"import","name","made","created","by"}],"next"?}: those of the own organisation. */
MUST_USE enum err_code service_imports(struct service *s, struct arena *a,
	const struct account_who *by, struct str after, struct json **ret, struct err *e);
/* Reads and keeps a table; nothing else is made. ERR_INVALID with problems. */
MUST_USE enum err_code service_import(struct service *s, struct arena *a,
	const struct account_who *by, struct str name, struct str bytes,
	struct json **ret_problems, int64_t *ret, struct err *e);
/* The preview. `labels`: head of a column -> field. ERR_NOT_FOUND. */
MUST_USE enum err_code service_import_preview(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, const struct json *labels, struct json **ret,
	struct err *e);
/* Makes the drafts whose rows are all good; *ret: how many. ERR_CONFLICT: made already. */
MUST_USE enum err_code service_import_make(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, const struct json *labels, uint32_t *ret,
	struct err *e);

#endif
