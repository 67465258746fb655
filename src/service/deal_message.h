/* deal_message.h - what nodes tell each other of a deal, as JSON. Pure.
 *
 * Form:    {"body","clock","deal","number","side","time","word"}; the first of a deal, "interest",
 *          also has "listing", "seeker": {"code","name"} and perhaps "from". `body` holds
 *          cooperation, unclear and who of "interest"; name, phone and mail of "person" (or
 *          nothing, when they were erased meanwhile); type, amount and day of "sign"; text and how
 *          of the others.
 * I1  What is read is written anew from known members, so nothing else comes in.
 */
#ifndef HUREN_SERVICE_DEAL_MESSAGE_H
#define HUREN_SERVICE_DEAL_MESSAGE_H

#include "base/json.h"
#include "service/deal_fold.h"

struct deal_message {
	struct str deal;           /* "urn:uuid:..." */
	struct deal_event event;   /* body: without what belongs to a person */
	struct str listing, from, seeker_name, seeker_code;        /* of "interest" */
	struct str name, phone, mail;                              /* of "person" */
};
/* Texts borrowed from the arena or the text. ERR_INVALID, ERR_TOO_LARGE. */
MUST_USE enum err_code deal_message_parse(struct arena *a, struct str text,
	struct deal_message *ret, struct err *e);
/* The other way; in the arena. */
MUST_USE enum err_code deal_message_text(struct arena *a, const struct deal_message *m,
	struct str *ret, struct err *e);

#endif
