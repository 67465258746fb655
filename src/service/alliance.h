/* alliance.h - the alliance of the cities: joining, motions and votes, working groups, minutes.
 *
 * Is:      what people of this node do, the projection of both cities' statements of kind
 *          "alliance", and the pages' models. Records and counting: alliance/.
 * I1  A node says only what its own members do: who joined and left here, how they voted, which
 *     seats they took. What the other city says comes by its statements; the result of a vote is
 *     computed from both and stored nowhere.
 * I2  A vote is taken, and a vote is closed, by jobs of the writer: no ballot is taken after a
 *     motion's closing or after it was counted here, and each one taken before is counted.
 * I3  What is to be issued is a row written with its audit line; its statement takes the row away
 *     in its own transaction, so it is issued once, also after a crash.
 */
#ifndef HUREN_SERVICE_ALLIANCE_H
#define HUREN_SERVICE_ALLIANCE_H

#include "alliance/tally.h"
#include "service/account.h"

/* The charter in force; NULL: the rules have none, and there is no alliance here. */
const struct charter *service_charter(const struct service *s);

/* ---- joining (alliance.c); capability `alliance` --------------------------------------------- */

/* `accepted`: digest of the charter as the page showed it. ERR_INVALID with *ret_problems;
 * ERR_CONFLICT: a member, or asked already; ERR_DENIED: a kind that may not join. */
MUST_USE enum err_code service_alliance_apply(struct service *s, struct arena *a,
	const struct account_who *by, struct str accepted, bool agreed, struct json **ret_problems,
	struct err *e);
MUST_USE enum err_code service_alliance_leave(struct service *s, struct arena *a,
	const struct account_who *by, struct err *e);
/* The secretariat (capability `moderate`): who waits, oldest first, behind the number
 * `after`; and the answer. ERR_NOT_FOUND; with *ret_problems ERR_INVALID: a refusal without a
 * reason; ERR_CONFLICT: full. */
MUST_USE enum err_code service_alliance_applications(struct service *s, struct arena *a,
	int64_t after, struct json **ret, struct err *e);
MUST_USE enum err_code service_alliance_decide(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, bool confirm, struct str reason,
	struct json **ret_problems, struct err *e);

/* ---- votes (alliance_vote.c) ----------------------------------------------------------------- */

struct alliance_move {
	struct str title, text, kind;
	struct str closes;         /* "2026-12-08T18:00[:00]", in China's time */
};
/* *ret: id of the motion. ERR_INVALID with *ret_problems; ERR_DENIED: no member; ERR_CONFLICT:
 * enough open votes, or with *ret_problems more members than a vote can hold. */
MUST_USE enum err_code service_alliance_move(struct service *s, struct arena *a,
	const struct account_who *by, const struct alliance_move *form, struct json **ret_problems,
	struct str *ret, struct err *e);
/* Casts or changes the own organisation's vote. ERR_NOT_FOUND; ERR_DENIED: no voter here;
 * ERR_INVALID: no choice; ERR_CONFLICT: closed. */
MUST_USE enum err_code service_alliance_vote(struct service *s, struct arena *a,
	const struct account_who *by, const uint8_t motion[16], struct str choice, struct err *e);

/* ---- working groups (alliance_group.c) ------------------------------------------------------- */

MUST_USE enum err_code service_alliance_found(struct service *s, struct arena *a,
	const struct account_who *by, struct str name, struct str purpose,
	struct json **ret_problems, struct str *ret, struct err *e);
/* `act` is "join", "leave", "chair" (to the organisation `code`) or "end". ERR_DENIED: not theirs;
 * ERR_CONFLICT: not in this state; ERR_INVALID: no such act. */
MUST_USE enum err_code service_alliance_group_act(struct service *s, struct arena *a,
	const struct account_who *by, const uint8_t group[16], struct str act, struct str code,
	struct err *e);

/* ---- minutes (alliance_minutes.c) ------------------------------------------------------------ */

struct alliance_point { struct str text, motion; };
struct alliance_minutes {
	struct str group;          /* UUID, empty: of the alliance */
	struct str title, place, held;
	struct str present;        /* a line an organisation, beginning with its code */
	struct str agenda;         /* a line a point */
	size_t point_count;
	struct alliance_point points[LIMIT_ALLIANCE_POINTS];
};
/* `id` 0: new. *ret: its number. ERR_INVALID with *ret_problems, also when it could never be
 * published for its length. ERR_DENIED: neither the group's chair nor, for the alliance's, the
 * secretariat; ERR_CONFLICT: changed meanwhile, or too many drafts. */
MUST_USE enum err_code service_alliance_draft(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, int64_t revision,
	const struct alliance_minutes *form, struct json **ret_problems, int64_t *ret,
	struct err *e);
/* Publishes it. Never whoever wrote in it last; `revision` is the one shown. *ret: id.
 * ERR_CONFLICT: changed meanwhile, or with *ret_problems it names what is no longer so. */
MUST_USE enum err_code service_alliance_approve(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, int64_t revision, struct json **ret_problems,
	struct str *ret, struct err *e);
MUST_USE enum err_code service_alliance_discard(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, int64_t revision, struct err *e);
/* What a new draft begins with: members, votes that were closed lately. */
MUST_USE enum err_code service_alliance_draft_new(struct service *s, struct arena *a,
	const struct account_who *by, struct str group, struct json **ret, struct err *e);
/* One of those `by` may write in or approve. ERR_NOT_FOUND: another's, too. */
MUST_USE enum err_code service_alliance_draft_model(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, struct json **ret, struct err *e);

/* ---- pages (alliance_model.c): doc/models.md ------------------------------------------------- */

/* Of a query `after` is used; a model has "next" when there are more. */

/* `by` may be nobody; the query is of drafts. */
MUST_USE enum err_code service_alliance(struct service *s, struct arena *a,
	const struct account_who *by, const struct list_query *query, struct json **ret,
	struct err *e);
MUST_USE enum err_code service_alliance_charter(struct service *s, struct arena *a,
	const struct account_who *by, struct json **ret, struct err *e);
MUST_USE enum err_code service_alliance_members(struct service *s, struct arena *a,
	const struct list_query *query, struct json **ret, struct err *e);
/* Groups or minutes, newest first. */
MUST_USE enum err_code service_alliance_records(struct service *s, struct arena *a,
	enum record_kind kind, const struct list_query *query, struct json **ret, struct err *e);
MUST_USE enum err_code service_alliance_motions(struct service *s, struct arena *a,
	const struct list_query *query, struct json **ret, struct err *e);
MUST_USE enum err_code service_alliance_motion(struct service *s, struct arena *a,
	const struct account_who *by, const uint8_t motion[16], struct json **ret, struct err *e);
/* The query is of its minutes. */
MUST_USE enum err_code service_alliance_group(struct service *s, struct arena *a,
	const struct account_who *by, const uint8_t group[16], const struct list_query *query,
	struct json **ret, struct err *e);
MUST_USE enum err_code service_alliance_minutes(struct service *s, struct arena *a,
	const uint8_t minutes[16], struct json **ret, struct err *e);

#endif
