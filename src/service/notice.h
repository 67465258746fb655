/* notice.h - notices: what happened that somebody should know, one row an account.
 *
 * Is:      rows put in the same writer's job as what happened, addressed to one account or to all
 *          in an organisation who have a capability.
 * Is not:  a statement, nor the audit trail; a notice is private to its account.
 */
#ifndef HUREN_SERVICE_NOTICE_H
#define HUREN_SERVICE_NOTICE_H

#include "service/role.h"
#include "service/service.h"

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

#endif
