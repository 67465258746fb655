/* booking_inner.h - what the files about bookings share. */
#ifndef HUREN_SERVICE_BOOKING_INNER_H
#define HUREN_SERVICE_BOOKING_INNER_H

#include "service/account_inner.h"
#include "service/booking.h"
#include "service/booking_message.h"
#include "service/listing_inner.h"

enum booking_side { SIDE_NONE, SIDE_GUEST, SIDE_OWNER };

/* A row of booking; texts in an arena. */
struct booking {
	int64_t id;
	uint8_t key[16], listing[16];
	struct str origin, guest;
	int64_t owner, organisation, account;
	struct str guest_name, guest_code, title, item, purpose, contact, phone;
	struct span when;
	struct str state, held, reason, proposer;
	struct span proposed;
	int64_t revision, told;
	struct str out;
	int64_t created, changed;
};
void booking_read(struct arena *a, struct sql *q, struct booking *ret);
/* A kept reason is what the other side typed, or "fault:<word>", with a space and that behind it.
 * Returns what was typed; *ret_fault is the word, len 0 without one. */
struct str booking_reason(struct str kept, struct str *ret_fault);
MUST_USE enum err_code booking_find(struct store *store, struct arena *a, const uint8_t key[16],
	struct booking *ret, struct err *e);
MUST_USE enum err_code booking_add(struct store *store, const struct booking *b, struct err *e);
MUST_USE enum err_code booking_save(struct store *store, const struct booking *b, struct err *e);
MUST_USE enum err_code booking_uuid(struct arena *a, struct str uuid, uint8_t ret[16],
	struct err *e);
/* UUID without "urn:uuid:". */
struct str booking_uuid_text(struct arena *a, const uint8_t key[16]);

/* A facility as it stands here. */
struct facility {
	uint8_t key[16];
	struct str origin, title;
	int64_t owner;                     /* 0: of a peer */
	bool opened;                       /* the rest is there */
	struct opening opening;
	struct spans busy;                 /* of a peer: as it told */
	int64_t revision, changed;
};
/* ERR_NOT_FOUND: no published listing, or of a kind without a place. */
MUST_USE enum err_code facility_find(struct service *s, struct store *store, struct arena *a,
	const uint8_t key[16], struct facility *ret, struct err *e);
MUST_USE enum err_code facility_touch(struct store *store, const uint8_t key[16], int64_t now,
	struct err *e);
/* What is booked within `when`, of this node's facility; `but` may be NULL. */
MUST_USE enum err_code facility_booked(struct store *store, struct arena *a, const uint8_t key[16],
	struct span when, const uint8_t *but, struct spans *ret, struct err *e);

/* What is asked of a booking, inside the writer's job: the state that follows, or what is wrong.
 * `fault` NULL: done; else a word of "wrong" for the field named. */
struct booking_change {
	enum booking_side side;
	struct str act, reason;
	struct span when;                  /* of a proposal */
	int64_t now;
	const char *fault, *field;
	bool conflict, denied;             /* not in this state; not this side's */
};
MUST_USE enum err_code booking_change(struct service *s, struct store *store, struct arena *a,
	struct booking *b, struct booking_change *c, struct err *e);
/* Takes the contact out, of one that is over; by its guest. */
MUST_USE enum err_code booking_erase(struct store *store, const struct booking *b,
	struct booking_change *c, struct err *e);
/* A new one at this node's facility: state "requested", or c->fault. */
MUST_USE enum err_code booking_request(struct service *s, struct store *store, struct arena *a,
	struct booking *b, struct booking_change *c, struct err *e);
/* Tells whoever is here of the other side: a word of "notice", or what the state says. */
MUST_USE enum err_code booking_notice(struct store *store, struct arena *a,
	const struct booking *b, enum booking_side by, const char *word, int64_t now,
	struct err *e);
MUST_USE enum err_code booking_notices(struct store *store, struct arena *a,
	const struct booking *b, enum booking_side by, int64_t now, struct err *e);
/* Typed day and hours to a span. NULL or the word of what is wrong. */
const char *booking_span(struct str day, struct str from, struct str to, struct span *ret);
/* Sets "feed": {"made"} when there is a secret address, of the organisation's (`key` NULL) or of a
 * facility's calendar. */
MUST_USE enum err_code booking_feed_model(struct store *store, struct arena *a,
	int64_t organisation, const uint8_t *key, struct json **model, struct err *e);
struct json *booking_model(struct service *s, struct arena *a, const struct booking *b,
	const struct account_who *by, bool clear);
enum booking_side booking_side_of(const struct booking *b, const struct account_who *by);

/* Its items: [{"item", "holds": within an accreditation in force of whoever's it is}]. */
struct json *facility_items(struct service *s, struct arena *a, struct str origin,
	const struct json *listing);

#endif
