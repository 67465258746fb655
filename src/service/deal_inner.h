/* deal_inner.h - what the files about deals share. */
#ifndef HUREN_SERVICE_DEAL_INNER_H
#define HUREN_SERVICE_DEAL_INNER_H

#include "service/account_inner.h"
#include "service/deal.h"

/* A row of table deal; texts in an arena. */
struct deal {
	int64_t id;
	uint8_t key[16];
	struct str listing, from_listing, kind, industry, title;
	int64_t organisation[2];   /* by side; 0: of the other node */
	struct str name[2], code[2], city[2];
	struct str peer, state, reason, type, day;
	int64_t reached, amount, signed_at, clock, held[2], asked, created, changed, follow_at;
};
void deal_read(struct arena *a, struct sql *q, struct deal *ret);
/* Steps to the row. ERR_NOT_FOUND. */
MUST_USE enum err_code deal_read_one(struct arena *a, struct sql *q, struct deal *ret,
	struct err *e);
MUST_USE enum err_code deal_find(struct store *store, struct arena *a, int64_t id,
	struct deal *ret, struct err *e);
MUST_USE enum err_code deal_find_key(struct store *store, struct arena *a, const uint8_t key[16],
	struct deal *ret, struct err *e);
/* In the order of deal_fold.h; in the arena. */
MUST_USE enum err_code deal_events(struct store *store, struct arena *a, int64_t id,
	struct deal_event **ret, size_t *ret_count, struct err *e);

/* ---- in the writer --------------------------------------------------------------------------- */

MUST_USE enum err_code deal_add(struct store *store, const struct deal *deal, int64_t *ret,
	struct err *e);
/* Adds the event and what follows from it: state, notice to whoever of this node did not say it. An
 * event of this node's side also goes to the outbox when the other side is elsewhere. */
MUST_USE enum err_code deal_put(struct store *store, struct arena *a, int64_t id,
	const struct deal_event *event, bool own, struct err *e);
struct deal_contact {
	int64_t account, agreed;
	struct str name, phone, mail;
};
MUST_USE enum err_code deal_contact_put(struct store *store, int64_t id, enum deal_side side,
	const struct deal_contact *c, struct err *e);
/* ERR_NOT_FOUND. */
MUST_USE enum err_code deal_contact_find(struct store *store, struct arena *a, int64_t id,
	enum deal_side side, struct deal_contact *ret, struct err *e);
MUST_USE enum err_code deal_contact_drop(struct store *store, int64_t id, enum deal_side side,
	struct err *e);
/* Both sides agreed: each of this node's people goes to the other side. */
MUST_USE enum err_code deal_exchange(struct store *store, struct arena *a, int64_t id, int64_t now,
	struct err *e);

/* When it is asked how it goes: half a year after the day of signing and a year after, by the
 * calendar's months; `asked` questions were put already. 0: `day` is none. */
int64_t deal_follow_at(struct str day, int64_t asked);
/* Work thread: asks by notices what came of what was signed. What falls due on a day off waits for
 * the next working day. */
void deals_work(struct service *s, int64_t now);

#endif
