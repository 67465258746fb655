/* operator.h - what who runs the node sees and may do: health, trust in peers, backups.
 *
 * Is not:  figures of HTTP (web/metrics.h), nor the jobs themselves (keeper.h).
 */
#ifndef HUREN_SERVICE_OPERATOR_H
#define HUREN_SERVICE_OPERATOR_H

#include "service/account.h"

/* Health at a glance: doc/models.md. "checks" says of each thing whether it is well. */
MUST_USE enum err_code service_operator(struct service *s, struct arena *a, struct json **ret,
	struct err *e);

/* ---- trust ----------------------------------------------------------------------------------- */

/* One peer with its heads, what a look at its present log found, and the forks kept of it.
 * ERR_NOT_FOUND. */
MUST_USE enum err_code service_operator_peer(struct service *s, struct arena *a,
	struct str domain, struct json **ret, struct err *e);
/* Restores trust in a distrusted peer; both heads are kept with who, when and why. ERR_INVALID
 * with *ret_problems: no reason given. ERR_CONFLICT: it is trusted; its present log contradicts
 * what is held here; or it could not be looked at lately: the message says which. */
MUST_USE enum err_code service_peer_trust(struct service *s, struct arena *a,
	const struct account_who *by, struct str domain, struct str reason,
	struct json **ret_problems, struct err *e);

/* ---- backups (backups.c) --------------------------------------------------------------------- */

MUST_USE enum err_code service_backups(struct service *s, struct arena *a, struct json **ret,
	struct err *e);
/* Begins; its progress is in service_backups. ERR_BUSY, ERR_NOT_FOUND. */
MUST_USE enum err_code service_backup_now(struct service *s, const struct account_who *by,
	struct err *e);
MUST_USE enum err_code service_backup_rehearse(struct service *s, const struct account_who *by,
	struct str name, struct err *e);
/* ERR_INVALID with *ret_problems. */
MUST_USE enum err_code service_backup_settings(struct service *s, struct arena *a,
	const struct account_who *by, struct str hours, struct str keep,
	struct json **ret_problems, struct err *e);

#endif
