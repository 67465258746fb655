/* deal.h - interest in a listing, contact after both agree, and what came of it.
 *
 * Is:      deals of organisations of this node with one another and with those of the other city;
 *          the messages that keep both nodes' copies alike; totals.
 * Is not:  a statement: a deal is known to its two sides only, and totals hold counts.
 * I1  Name, phone and mail of a person stand in deal_contact only. They leave this node in the one
 *     message "person", which is not made before both sides agreed, and are read out of the row
 *     when it is sent: after an erasure nothing of them can be sent any more.
 * I2  Events are kept in one transaction with the outbox; the other node takes each once, in the
 *     order of its side. Both come to the same state (deal_fold.h).
 */
#ifndef HUREN_SERVICE_DEAL_H
#define HUREN_SERVICE_DEAL_H

#include "service/account.h"
#include "service/deal_fold.h"
#include "service/peer_message.h"

/* A person to talk to, as typed. */
struct deal_person {
	struct str name, phone, mail;
	bool agreed;
};
struct deal_interest {
	struct str listing;        /* "urn:uuid:..." or the UUID */
	struct str from;           /* one of the own listings, or empty */
	struct str cooperation, unclear, who;
	struct deal_person person;
};
struct deal_act {
	struct str word;           /* deal_fold.h */
	struct str text;           /* reason; what was talked about; how it goes */
	struct str how, type, amount, day;
	struct deal_person person; /* of "accept" */
};

/* ---- of the own organisation (capability post) ----------------------------------------------- */

/* What the form shows of the listing: {"listing","title","organisation","kind","city","own":
 * [{"listing","title"}]}. ERR_NOT_FOUND: none is published; ERR_DENIED: it is one's own. */
MUST_USE enum err_code service_deal_listing(struct service *s, struct arena *a,
	const struct account_who *by, struct str listing, struct json **ret, struct err *e);
/* ERR_INVALID with *ret_problems; ERR_CONFLICT: there is one that is open, or too many today. */
MUST_USE enum err_code service_deal_begin(struct service *s, struct arena *a,
	const struct account_who *by, const struct deal_interest *form, struct json **ret_problems,
	int64_t *ret, struct err *e);
/* {"rows","query","next"?,"previous"?}; text, kind, state, rows, order ("time" of the interest,
 * "changed") and page key of the query count; `side` is "given", "received" or empty. */
MUST_USE enum err_code service_deals(struct service *s, struct arena *a,
	const struct account_who *by, const struct list_query *query, struct str side,
	struct json **ret, struct err *e);
/* One, with its events in order. Contact data is masked unless `shown`. ERR_NOT_FOUND: others' too.
 */
MUST_USE enum err_code service_deal(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, bool shown, struct json **ret, struct err *e);
/* Leaves the line that contact data is about to be shown. ERR_NOT_FOUND: there is none. */
MUST_USE enum err_code service_deal_unmask(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, struct err *e);
/* ERR_INVALID with *ret_problems; ERR_CONFLICT: not in this state. */
MUST_USE enum err_code service_deal_do(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, const struct deal_act *act,
	struct json **ret_problems, struct err *e);
/* All contact data that the account gave: {"account","contacts": [...]}. Leaves a line. */
MUST_USE enum err_code service_deal_data(struct service *s, struct arena *a,
	const struct account_who *by, struct json **ret, struct err *e);

/* ---- the other node -------------------------------------------------------------------------- */

/* A message of the peer with this DID, whose signature was checked. The same again changes nothing.
 * ERR_CONFLICT: an earlier one is missing; ERR_INVALID, ERR_NOT_FOUND, ERR_DENIED. */
MUST_USE enum err_code service_deal_take(struct service *s, struct arena *a, struct str peer_did,
	struct str message, struct err *e);
/* Ours, in the order of each deal; one that the peer refuses for good is kept with its reason. */
extern const struct peer_messages deal_messages;

/* ---- anyone ---------------------------------------------------------------------------------- */

/* {"exact","rows": [{"dimension","key","name"?,"interest","contact","negotiation","signed",
 * "followed","unsuccessful","amount"}]}: counts of each stage reached, as text; "<3" for small ones
 * unless `by` may moderate. `dimension` is "city", "industry", "kind" or empty for all. */
MUST_USE enum err_code service_outcomes(struct service *s, struct arena *a,
	const struct account_who *by, struct str dimension, struct json **ret, struct err *e);

/* Pure: takes counts below `least` out (they become -1), and of a column that hides one only the
 * next smallest too, so that no sum gives it back. */
void deal_mask(int64_t *cells, size_t rows, size_t columns, int64_t least);
/* "W***", "***1234", "w***@example.org": enough to know one's own. In the arena. */
struct str deal_masked(struct arena *a, struct str text, char kind);

#endif
