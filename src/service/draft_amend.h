/* draft_amend.h - what a lab does about a report it has issued: amend it, or withdraw it.
 *
 * Amending begins a draft with what the report says; when that is signed, with the key kept here or
 * elsewhere, the old report is withdrawn in the same go, for the reason given at the beginning. An
 * upload without the withdrawal leaves that to be done, which the draft's page says until it is.
 */
#ifndef HUREN_SERVICE_DRAFT_AMEND_H
#define HUREN_SERVICE_DRAFT_AMEND_H

#include "service/draft.h"

struct lab_reason { struct str zh, en; };

/* {"id","number","title","state","valid","key"} of a report of the own lab. ERR_NOT_FOUND. */
MUST_USE enum err_code service_lab_report(struct service *s, struct arena *a,
	const struct account_who *by, const uint8_t id[16], struct json **ret, struct err *e);
/* ERR_INVALID with problems; ERR_CONFLICT: it is withdrawn. *ret: the new draft. */
MUST_USE enum err_code service_report_amend(struct service *s, struct arena *a,
	const struct account_who *by, const uint8_t id[16], const struct lab_reason *reason,
	struct json **ret_problems, int64_t *ret, struct err *e);
/* With the key kept here. ERR_INVALID with problems; ERR_CONFLICT: it is withdrawn. */
MUST_USE enum err_code service_report_withdraw(struct service *s, struct arena *a,
	const struct account_who *by, const uint8_t id[16], const struct lab_reason *reason,
	struct str passphrase, struct json **ret_problems, struct err *e);

#endif
