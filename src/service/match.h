/* match.h - what fits a published listing, and which policies fit a member. Reads only.
 *
 * Is:      candidates from the word index and from kind and industry (bounded), each compared by
 *          matching/match.h, in one order on both nodes.
 * Is not:  the score itself. Nobody can pay for a place: nothing but the two statements, the two
 *          kinds' files and rules/terms.json enters.
 */
#ifndef HUREN_SERVICE_MATCH_H
#define HUREN_SERVICE_MATCH_H

#include "service/listing.h"

struct match_query {
	struct str after;
	uint32_t rows;
	bool newest;               /* by date alone: the off switch of ranking */
	int64_t since;             /* only rows behind this one: for saved searches */
};
/* Listings of either city that its kind matches with, or that match with its kind: {"of": row,
 * "rows": [row + {"score","qualifies","mine"?: view,"theirs"?: view}], "order", "next"?}; a view is
 * {"score","percent","qualifies","parts": [{"how","label"?,"percent","met","unknown","gate",
 * "shared","missing"}]}. Those that qualify first, then by score, newest, id. ERR_NOT_FOUND. */
MUST_USE enum err_code service_matches(struct service *s, struct arena *a, struct str listing,
	const struct match_query *query, struct json **ret, struct err *e);

/* Who asks for policies: a published profile, or what was typed and is kept nowhere. */
struct policy_query {
	struct str listing;        /* of kind "member"; empty: `fields` */
	const struct json *fields; /* of kind "member" */
	struct match_query page;
};
/* {"rows": [row + {"qualifies","score","theirs": view, "fails": [part]}], "fits", "next"?}. What a
 * policy asks and the profile lacks stands in "fails". ERR_INVALID: no profile. */
MUST_USE enum err_code service_policies(struct service *s, struct arena *a,
	const struct policy_query *query, struct json **ret, struct err *e);
/* UUID of the own organisation's published profile, or empty. */
MUST_USE enum err_code service_own_profile(struct service *s, struct arena *a,
	const struct account_who *by, struct str *ret, struct err *e);

#endif
