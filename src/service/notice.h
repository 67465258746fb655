/* notice.h - notices: what happened that somebody should know, one row an account.
 *
 * Is:      rows put in the same writer's job as what happened, addressed to one account or to all
 *          in an organisation who have a capability; listing, counting and marking them. Mail that
 *          tells of one is put with it (mail.h).
 * Is not:  a statement, nor the audit trail; a notice is private to its account.
 * Keeps:   LIMIT_NOTICES_PER_ACCOUNT of an account, for LIMIT_NOTICE_KEEP_DAYS.
 */
#ifndef HUREN_SERVICE_NOTICE_H
#define HUREN_SERVICE_NOTICE_H

#include "service/account.h"

struct notice {
	const char *word;          /* of the catalogues' list "notice" */
	struct str name;           /* what it is about: a report's number, an organisation */
	struct str path;           /* page to go to: "/requests/<id>" */
	int64_t account;           /* one account; 0: by the two below */
	int64_t organisation;      /* table account_organisation; 1 is the authority */
	enum capability to;        /* all there who have it */
};
/* Inside a job of the writer. */
MUST_USE enum err_code notice_put(struct store *store, int64_t now, const struct notice *notice,
	struct err *e);
/* Inside a job of the writer: takes off what is too old. */
MUST_USE enum err_code notice_sweep(struct store *store, int64_t now, struct err *e);

/* Unread ones first, newest first: {"rows": [{"id","notice","name","path","time","read"}],
 * "show": "all" or "unread", "unread", "newest", "next"?}. ERR_INVALID: a word or key that is
 * none. */
MUST_USE enum err_code service_notices(struct service *s, struct arena *a,
	const struct account_who *by, struct str show, struct str after, struct json **ret,
	struct err *e);
/* Of an account, at most `max` (what is over is not counted). 0 when it cannot be read. */
uint32_t service_notices_unread(struct service *s, int64_t account, uint32_t max);
/* Marks one as read; *ret_path is the page it leads to. ERR_NOT_FOUND: none of theirs. */
MUST_USE enum err_code service_notice_read(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, struct str *ret_path, struct err *e);
/* All up to this one: later ones were not on the page. */
MUST_USE enum err_code service_notices_read(struct service *s, const struct account_who *by,
	int64_t newest, struct err *e);

#endif
