/* own_data.h - what is kept about a person: handed out to them, and erased at their wish.
 *
 * Is:      the account with its sessions, passkeys and notices, the mail address, listings and
 *          files of theirs by name, and their lines of the audit trail.
 * Is not:  the content of the organisation's work, which stays the organisation's.
 * I1  The audit trail keeps its lines: the law asks for them (doc/models.md says which).
 */
#ifndef HUREN_SERVICE_OWN_DATA_H
#define HUREN_SERVICE_OWN_DATA_H

#include "service/account.h"

/* {"account", "mail_address"?, "notices", "listings", "files", "audit"}. */
MUST_USE enum err_code service_own_data(struct service *s, struct arena *a,
	const struct account_who *by, struct json **ret, struct err *e);
/* The account is emptied, locked and called "former-<n>"; nobody can sign in to it again.
 * ERR_CONFLICT: the only one who can invite people of the organisation. */
MUST_USE enum err_code service_leave(struct service *s, const struct account_who *by,
	struct err *e);

#endif
