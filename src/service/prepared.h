/* prepared.h - acts of the authority that one person prepares and another confirms.
 *
 * Is:      one table of acts of any kind: a kind says who may prepare it, who may confirm it, and
 *          what carries it out. The statement that it publishes gets its id when it is prepared.
 * Is not:  the content of an act: its kind judges that when it is prepared, and again when it is
 *          carried out.
 * State:   waiting -> confirmed -> done, or failed; waiting -> refused, taken-back, lapsed. A
 *          confirmed act that could not be carried out yet can be once more: what was published
 *          already is not published twice.
 * I1  Nobody confirms what they prepared: the writer's transaction that confirms compares the two
 *     accounts, and the line of the audit trail stands in it too.
 */
#ifndef HUREN_SERVICE_PREPARED_H
#define HUREN_SERVICE_PREPARED_H

#include "service/account.h"

struct prepared_kind {
	const char *name;          /* of the catalogues' list "act" */
	enum capability prepare, confirm;
	/* NULL: the authority prepares it. Else people of an organisation of this kind do, at most
	 * one waits of each, and they see it at this path. */
	const char *of, *path;
	/* `request` has the member "newId", the id of what is to be published. */
	enum err_code (*carry_out)(struct service *s, struct arena *a, const struct json *request,
		struct err *e);
};
/* NULL when there is none of that name. */
const struct prepared_kind *prepared_kind(struct str name);

/* `name`: what it is about, for lists and notices. `statement`: id of what it publishes; empty: a
 * new one. ERR_BUSY: LIMIT_ACTS_WAITING. ERR_CONFLICT: one of the organisation waits already. */
MUST_USE enum err_code service_act_prepare(struct service *s, struct arena *a,
	const struct account_who *by, const char *kind, struct str name, struct json *request,
	struct str statement, int64_t *ret, struct err *e);

enum act_decision { ACT_CONFIRM, ACT_REFUSE, ACT_TAKE_BACK };
/* ERR_NOT_FOUND; ERR_DENIED: not theirs to decide; ERR_CONFLICT: decided already, or lapsed;
 * ERR_INVALID: a refusal without a reason. What carrying it out said is kept with the act. */
MUST_USE enum err_code service_act_decide(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, enum act_decision decision, struct str reason,
	struct err *e);

/* What people of `code` prepared last under the kind, as service_act. ERR_NOT_FOUND: nothing. */
MUST_USE enum err_code service_act_last(struct service *s, struct arena *a,
	const struct account_who *by, const char *kind, struct str code, struct json **ret,
	struct err *e);

/* May `by` see acts at all? */
bool service_act_may_see(const struct account_who *by);
/* Waiting ones oldest first, or all, newest first: {"rows": [act], "show", "next"?}. */
MUST_USE enum err_code service_acts(struct service *s, struct arena *a,
	const struct account_who *by, struct str show, struct str after, struct json **ret,
	struct err *e);
/* One: {"number","act","name","act_state","by","prepared","second"?,"decided"?,"said"?,
 * "statement"?,"request","may_confirm","may_take_back","own"}. ERR_NOT_FOUND. */
MUST_USE enum err_code service_act(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, struct json **ret, struct err *e);
/* Inside a job of the writer: what waited for too long lapses. */
MUST_USE enum err_code prepared_sweep(struct store *store, int64_t now, struct err *e);

#endif
