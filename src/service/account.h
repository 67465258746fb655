/* account.h - accounts, sign-in, sessions, people and organisations of a node.
 *
 * Is:      who somebody is (service_who), signing in (password, then second factor), what a person
 *          changes about the own account, what an administrator changes about others', and how
 *          organisations come in.
 * Is not:  HTTP; cookies and CSRF tokens are web/'s.
 * Forms:   a call that takes typed fields returns ERR_INVALID and fills *ret_problems with
 *          {"<field>": {"wrong": <word>}} for what is to be shown beside the fields.
 * I1  No password, code or token is stored or put into a line in clear; a session token lives in
 *     its cookie only.
 * I2  Every call that changes something, and every one refused, leaves a line (audit.h).
 * I3  An unknown name, a wrong password, a locked account and one not yet confirmed get the same
 *     answer after the same work.
 */
#ifndef HUREN_SERVICE_ACCOUNT_H
#define HUREN_SERVICE_ACCOUNT_H

#include "service/role.h"
#include "service/service.h"

enum account_stage {
	STAGE_NONE,
	STAGE_ENROL,               /* password held; a second factor is to be set up */
	STAGE_CODE,                /* password held; the second factor is to be shown */
	STAGE_FULL
};

/* Whoever asks. Texts in the arena given to service_who. */
struct account_who {
	enum account_stage stage;
	bool node;                 /* the node itself, by its token: may do what an operator may */
	int64_t session, account, organisation;
	struct str name, display;
	struct str organisation_name;      /* empty for the authority: the node's own name */
	struct str organisation_code, organisation_kind;
	uint32_t roles, may;
	int64_t confirmed;         /* when the password was last typed */
	struct str pending;        /* sealed second factor being set up, or empty */
	struct str address, agent; /* set by the caller */
};
/* Never fails: an unknown, old or idle token is STAGE_NONE. From any thread; does not wait. */
void service_who(struct service *s, struct arena *a, struct str token, struct account_who *ret);
/* The node's own token speaks. */
struct account_who service_who_node(struct str address);
/* Was the password typed lately enough for a dangerous act? */
bool account_is_confirmed(const struct account_who *who, int64_t now);

/* The part of an address that one customer holds: IPv4 whole, IPv6 its first 64 bits. */
#define ACCOUNT_NETWORK_BYTES 46
struct str account_network(struct str address, char room[ACCOUNT_NETWORK_BYTES]);

/* ---- signing in (each leaves a new token; the old one, if any, ends) ------------------------- */

struct signed_in {
	struct str token;          /* for the cookie */
	enum account_stage stage;
	uint32_t wait_s;           /* with ERR_BUSY: come again then */
	struct json *codes;        /* recovery codes, when new ones were made: shown once */
};
/* ERR_DENIED: does not fit; ERR_BUSY with wait_s: too many failures before. `by`: address, agent,
 * and the session it replaces. */
MUST_USE enum err_code service_sign_in(struct service *s, struct arena *a,
	const struct account_who *by, struct str name, struct str password, struct signed_in *ret,
	struct err *e);
/* The second factor or a recovery code (STAGE_CODE). ERR_DENIED; ERR_BUSY; ERR_NOT_FOUND: the
 * session ended after too many wrong codes. */
MUST_USE enum err_code service_sign_in_code(struct service *s, struct arena *a,
	const struct account_who *by, struct str code, struct signed_in *ret, struct err *e);
/* The first code of a new second factor (by->pending): it becomes the only one, with new recovery
 * codes; other sessions end. */
MUST_USE enum err_code service_enrol(struct service *s, struct arena *a,
	const struct account_who *by, struct str code, struct signed_in *ret, struct err *e);
/* {"secret": "ABCD EFGH ...", "address": "otpauth://..."} of by->pending. */
MUST_USE enum err_code service_enrol_model(struct service *s, struct arena *a,
	const struct account_who *by, struct json **ret, struct err *e);
MUST_USE enum err_code service_sign_out(struct service *s, const struct account_who *by,
	struct err *e);
/* Taking an invitation. ERR_NOT_FOUND: none of that code, used up or too old; ERR_BUSY: the
 * organisation is not confirmed yet. The model names account and organisation. */
MUST_USE enum err_code service_invitation(struct service *s, struct arena *a, struct str code,
	struct json **ret, struct err *e);
MUST_USE enum err_code service_join(struct service *s, struct arena *a,
	const struct account_who *by, struct str code, struct str password, struct str again,
	struct json **ret_problems, struct signed_in *ret, struct err *e);

/* ---- the own account ------------------------------------------------------------------------- */

/* {"name","display","organisation","duties","sessions","passkeys","recovery_codes"} */
MUST_USE enum err_code service_account(struct service *s, struct arena *a,
	const struct account_who *by, struct json **ret, struct err *e);
MUST_USE enum err_code service_confirm(struct service *s, struct arena *a,
	const struct account_who *by, struct str password, uint32_t *ret_wait_s, struct err *e);
/* Other sessions end. */
MUST_USE enum err_code service_password(struct service *s, struct arena *a,
	const struct account_who *by, struct str current, struct str password, struct str again,
	struct json **ret_problems, uint32_t *ret_wait_s, struct err *e);
/* `session` 0: all but this one. ERR_NOT_FOUND. */
MUST_USE enum err_code service_end_session(struct service *s, const struct account_who *by,
	int64_t session, struct err *e);
MUST_USE enum err_code service_factor_begin(struct service *s, const struct account_who *by,
	struct err *e);
MUST_USE enum err_code service_recovery_codes(struct service *s, struct arena *a,
	const struct account_who *by, struct json **ret, struct err *e);

/* ---- people (people.c); `by` is a person with the capability, or the node -------------------- */

/* Of the own organisation; who may lock sees all of the node: {"rows", "query", "all", "next"?,
 * "previous"?}. Text, sort, rows and page key of the query count. */
MUST_USE enum err_code service_people(struct service *s, struct arena *a,
	const struct account_who *by, const struct list_query *query, struct json **ret,
	struct err *e);
/* One of them, with every role there is in that organisation. ERR_NOT_FOUND. */
MUST_USE enum err_code service_person(struct service *s, struct arena *a,
	const struct account_who *by, struct str name, struct json **ret, struct err *e);
/* The roles that `by` may give: [{"duty","on"}]. */
struct json *service_roles_to_give(struct arena *a, const struct account_who *by, struct str kind,
	uint32_t held);
/* {"name","link","expires"}: the link is shown once. `code` of the organisation: only for the node,
 * empty for the authority. */
MUST_USE enum err_code service_invite(struct service *s, struct arena *a,
	const struct account_who *by, struct str name, struct str display, uint32_t roles,
	struct str code, struct json **ret_problems, struct json **ret, struct err *e);
MUST_USE enum err_code service_set_roles(struct service *s, struct arena *a,
	const struct account_who *by, struct str name, uint32_t roles, struct err *e);
/* Locking ends every session. Nobody locks or resets themself. */
MUST_USE enum err_code service_lock(struct service *s, struct arena *a,
	const struct account_who *by, struct str name, bool locked, struct err *e);
/* Takes password and factor away and gives a new invitation, as service_invite. */
MUST_USE enum err_code service_reset(struct service *s, struct arena *a,
	const struct account_who *by, struct str name, struct json **ret, struct err *e);

/* ---- organisations (registration.c) ---------------------------------------------------------- */

struct registration {
	struct str organisation, code, kind, name, display;
	bool despite_check;        /* the check character does not hold, and it is right so */
};
/* Anyone. The first account becomes its administrator once the authority confirms. */
MUST_USE enum err_code service_register(struct service *s, struct arena *a,
	const struct account_who *by, const struct registration *form, struct json **ret_problems,
	struct json **ret, struct err *e);
MUST_USE enum err_code service_waiting(struct service *s, struct arena *a, struct json **ret,
	struct err *e);
/* ERR_NOT_FOUND: none waits under that number. A refusal needs a reason. */
MUST_USE enum err_code service_organisation_decide(struct service *s, const struct account_who *by,
	int64_t id, bool confirm, struct str reason, struct err *e);

#endif
