/* booking.h - facilities opened to be booked by organisations of either city (doc/booking.md).
 *
 * Is:      opening hours and calendar of a facility, which is a listing of a kind with a place; the
 *          life of a booking; what the two nodes tell each other; addresses of calendars.
 * Is not:  the listing (listing.h), HTTP between nodes (peer/).
 * I1  The facility's node decides, in the writer's transaction: no more bookings hold a moment than
 *     the capacity says, whoever asks at once.
 * I2  The other node keeps a copy of its own organisation's bookings; the higher revision wins, so
 *     it does not matter how often or in which order things are told.
 * I3  Name and telephone of a contact go to the owner's node only, with the request. Lists and
 *     pages mask them; each unmasking is a line of the audit trail.
 */
#ifndef HUREN_SERVICE_BOOKING_H
#define HUREN_SERVICE_BOOKING_H

#include "matching/listing_kind.h"
#include "matching/opening.h"
#include "service/account.h"
#include "service/peer_message.h"

/* ---- the facility ---------------------------------------------------------------------------- */

/* Beside a listing's page: {"items": [{"item", "holds"}], "own": of who asks}, and when it can be
 * booked {"opening", "as_of", "week": {"first", "last", "previous"?, "next"}, "days": [{"date",
 * "weekday", "slots": [slot]}], "times": [{"at", "cells": [slot]}]} with slot {"slot": free | taken
 * | soon | past, "on", "at", "till", "free"?} or, in cells, {"slot": "shut"}. The week is that of
 * `day`; empty: today. *ret NULL: the listing has no place. ERR_INVALID: `day` is none, or far. */
MUST_USE enum err_code service_facility(struct service *s, struct arena *a,
	const struct account_who *by, struct str listing, struct str day, struct json **ret,
	struct err *e);
/* Where an accredited facility of either city can first be had for an item, "scheme item", within
 * two months, of the ten newest that name it: {"uuid", "day", "at", "till"}. *ret NULL: nowhere. */
MUST_USE enum err_code service_facility_soonest(struct service *s, struct arena *a,
	struct str item, struct json **ret, struct err *e);
/* Of the own organisation: {"title","uuid","opening"?,"feed"?: {"made"}}. ERR_NOT_FOUND. */
MUST_USE enum err_code service_opening(struct service *s, struct arena *a,
	const struct account_who *by, struct str listing, struct json **ret, struct err *e);
/* ERR_INVALID with *ret_problems: the form's, or bookings stand in a closure ("booked"). */
MUST_USE enum err_code service_opening_set(struct service *s, struct arena *a,
	const struct account_who *by, struct str listing, const struct json *opening,
	struct json **ret_problems, struct err *e);

/* ---- bookings -------------------------------------------------------------------------------- */

struct booking_form {                      /* as typed */
	struct str day, from, to;          /* "2026-12-01", "09:00", "11:00" */
	struct str item, purpose, contact, phone;
};
/* What the facility's fee table comes to for the time that is typed, row by row: {"minutes","rows":
 * [row of fees.h with "amount"]}. An estimate: what is needed and owed is for the two to agree.
 * NULL: there is no such table, no such time, or no room. Pure. */
struct json *booking_estimate(struct arena *a, const struct listing_kind *k,
	const struct json *fields, const struct booking_form *form);
/* Asks for it (capability book). *ret is the booking's UUID. ERR_INVALID with *ret_problems. */
MUST_USE enum err_code service_book(struct service *s, struct arena *a,
	const struct account_who *by, struct str listing, const struct booking_form *form,
	struct json **ret_problems, struct str *ret, struct err *e);
struct booking_act {
	struct str act;                    /* confirm, decline, propose, accept, keep, cancel,
	                                    * done, no-show, erase (the contact) */
	struct str reason;
	struct str day, from, to;          /* of a proposal, as typed */
};
/* Of who asked, or of the facility's owner. ERR_INVALID with *ret_problems; ERR_CONFLICT: not in
 * this state; ERR_DENIED: the other side's. */
MUST_USE enum err_code service_booking_act(struct service *s, struct arena *a,
	const struct account_who *by, struct str booking, const struct booking_act *act,
	struct json **ret_problems, struct err *e);
/* Own ones, or (`waiting`) those of own facilities: {"rows": [booking], "query", "waiting",
 * "next"?, "previous"?}. Text, state, rows, order ("time" asked, "begins") and page key count. */
MUST_USE enum err_code service_bookings(struct service *s, struct arena *a,
	const struct account_who *by, bool waiting, const struct list_query *query,
	struct json **ret, struct err *e);
/* One, with {"side", "may": {<act>: true}, "contact", "phone": masked}. ERR_NOT_FOUND: others'. */
MUST_USE enum err_code service_booking(struct service *s, struct arena *a,
	const struct account_who *by, struct str booking, struct json **ret, struct err *e);
/* The same with the contact in clear; leaves a line. */
MUST_USE enum err_code service_booking_contact(struct service *s, struct arena *a,
	const struct account_who *by, struct str booking, struct json **ret, struct err *e);

/* ---- calendars ------------------------------------------------------------------------------- */

/* A new secret address (the old one ends); `listing` empty: all bookings of the organisation.
 * *ret_token is shown once. */
MUST_USE enum err_code service_feed_make(struct service *s, struct arena *a,
	const struct account_who *by, struct str listing, struct str *ret_token, struct err *e);
MUST_USE enum err_code service_feed_drop(struct service *s, const struct account_who *by,
	struct str listing, struct err *e);
/* The calendar behind a token; or of a facility, busy times only. ERR_NOT_FOUND. */
MUST_USE enum err_code service_feed(struct service *s, struct arena *a, struct str token,
	struct str *ret, struct err *e);
MUST_USE enum err_code service_feed_public(struct service *s, struct arena *a, struct str listing,
	struct str *ret, struct err *e);

/* ---- between nodes (doc/booking.md); `peer` is its place in node.json ------------------------ */

/* Asks of guests here, how bookings stand and calendars: in any order. */
extern const struct peer_messages booking_messages;
/* What a peer tells or asks. ERR_INVALID, ERR_DENIED (not its booking or facility). */
MUST_USE enum err_code service_booking_door(struct service *s, struct arena *a, size_t peer,
	struct str body, struct str *ret, struct err *e);

#endif
