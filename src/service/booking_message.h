/* booking_message.h - what nodes tell each other of bookings and calendars, as JSON. Pure.
 *
 * Form:    doc/booking.md.
 * I1  What is read is written anew from known members, so nothing else comes in.
 */
#ifndef HUREN_SERVICE_BOOKING_MESSAGE_H
#define HUREN_SERVICE_BOOKING_MESSAGE_H

#include "matching/opening.h"

struct spans { struct span *at; size_t count; };

enum booking_message_type { BOOKING_ASK, BOOKING_STATE, BOOKING_CALENDAR };
struct booking_message {
	enum booking_message_type type;
	uint8_t booking[16];               /* of an ask and a state */
	uint8_t facility[16];              /* of an ask and a calendar */
	struct str reason;
	struct span when;                  /* of an ask perhaps, of a state always; else zeros */
	int64_t revision;                  /* of a state and a calendar */
	/* of an ask */
	uint8_t message[16];
	struct str act;
	struct str organisation, registered_id, item, purpose, contact, phone; /* of "request" */
	/* of a state */
	struct str state, held, proposer;
	struct str fault;                  /* a word of "wrong", or empty */
	struct span proposed;
	/* of a calendar */
	struct opening opening;
	struct spans busy;
};
/* Every state a booking may have; NULL behind the last. */
extern const char *const booking_states[];
bool booking_state_is(struct str word);
/* Texts borrowed from the arena or the text; those that are not there are empty. ERR_INVALID,
 * ERR_TOO_LARGE. */
MUST_USE enum err_code booking_message_parse(struct arena *a, struct str text,
	struct booking_message *ret, struct err *e);
/* The other way; in the arena. */
MUST_USE enum err_code booking_message_text(struct arena *a, const struct booking_message *m,
	struct str *ret, struct err *e);

/* [[begin, end], ...] in seconds, as a calendar and the store have it. ERR_INVALID. */
MUST_USE enum err_code booking_busy_read(struct arena *a, const struct json *busy,
	struct spans *ret, struct err *e);
/* NULL at the arena's cap. */
struct json *booking_busy_json(struct arena *a, const struct spans *busy);

#endif
