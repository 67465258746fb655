/* audit.h - the audit trail: one line for every security-relevant action, each bound to the last.
 *
 * Is:      lines of canonical JSON in the database, digest = SHA-256(digest before || line), the
 *          first over 32 zero bytes; reading, export, and checking an export.
 * Is not:  the diagnostics (base/diag.h), nor the tlog: its lines are for the audit administrator.
 * Line:    {"action","actor","address","detail","result","seq","target","time"}; "result" is "ok"
 *          or "refused". Never a password, code, token or body.
 * I1  A line of something that was done stands in the same transaction as what was done.
 * I2  Lines are never changed; old ones are taken off the beginning only (LIMIT_AUDIT_KEEP_DAYS).
 */
#ifndef HUREN_SERVICE_AUDIT_H
#define HUREN_SERVICE_AUDIT_H

#include "base/json.h"
#include "crypto/digest.h"
#include "service/service.h"

struct audit_entry {
	const char *action;        /* a word of the catalogues' list "action" */
	bool refused;
	struct str actor;          /* sign-in name as typed, "node" for the token, "" nobody */
	struct str address;
	struct str target, detail;
};

/* Inside a job of the writer. */
MUST_USE enum err_code audit_put(struct store *store, int64_t now, const struct audit_entry *entry,
	struct err *e);
/* From a thread that may not wait: the line is written within two seconds, or counted in one line
 * when LIMIT_AUDIT_QUEUE are waiting. Texts are copied and cut. */
void audit_note(struct service *s, const struct audit_entry *entry);
/* Writes what is waiting. Not in the writer's thread. */
void audit_flush(struct service *s);

struct audit_query {
	struct str action, result, actor;  /* filters, may be empty */
	struct list_query list;            /* page key, order, rows */
};
/* Newest first: {"rows": [line + "digest"], "query", "next"?, "previous"?,
 * "head": {"seq", "digest"}, "actions": [words]}. ERR_INVALID: a word that is none. */
MUST_USE enum err_code service_audit(struct service *s, struct arena *a,
	const struct audit_query *query, struct json **ret, struct err *e);
/* Lines after `seq`, oldest first, one JSON object a line: {"digest","line","previous"}; at most
 * LIMIT_AUDIT_EXPORT_LINES. *ret_next: the last seq when there may be more, else 0. */
MUST_USE enum err_code service_audit_export(struct service *s, struct arena *a, uint64_t seq,
	struct str *ret, uint64_t *ret_next, struct err *e);
/* Checks an export: each digest, each step, no gap. Pure. ERR_CORRUPT names the line; ERR_INVALID:
 * no export. `head` is the digest of the last line. */
struct audit_checked {
	uint64_t first, last;
	uint64_t count;
	struct digest head;
};
MUST_USE enum err_code audit_check(struct str text, struct audit_checked *ret, struct err *e);
/* Takes lines older than the limit off the beginning; says so in a line. */
MUST_USE enum err_code audit_prune(struct service *s, int64_t now, struct err *e);

#endif
