/* listing.h - listings: drafting, review, publishing, withdrawing and erasing them; finding them.
 *
 * Is:      the life of a listing of this node (draft, review, published, withdrawn or erased) and
 *          the projection of all that are published in either city.
 * Is not:  kinds and their checks (matching/), matching (match service).
 * I1  What was published is a statement signed by the node for an organisation it has confirmed; a
 *     draft is an ordinary row of its organisation and nobody else's.
 * I2  A listing of the other city is never written here but by its statements: the newest version
 *     wins, withdrawn is final, so both nodes converge in whatever order things arrive.
 * I3  After an erasure no body and no word of any version stands on either node; receipts stay.
 */
#ifndef HUREN_SERVICE_LISTING_H
#define HUREN_SERVICE_LISTING_H

#include "matching/code_names.h"
#include "matching/listing.h"
#include "service/account.h"

/* Every kind of the rules; lives as long as the service. */
const struct listing_kind *service_listing_kinds(const struct service *s);

/* Names of districts and industries; as long. */
const struct code_names *service_code_names(const struct service *s);

/* What a form holds; texts borrowed. */
struct listing_draft {
	struct str kind;           /* for a new one */
	struct str title, summary;
	const struct json *fields; /* {"<field>": value} in the forms of listing_kind.h */
	const struct json *translations;       /* or NULL */
};
/* ---- of the own organisation (capability post) ----------------------------------------------- */

/* `id` 0: a new one. ERR_INVALID with *ret_problems only for what cannot be kept at all (over a
 * limit): a draft may have gaps. ERR_CONFLICT: `revision` is not the newest. {"number",
 * "revision"}. */
MUST_USE enum err_code service_listing_save(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, int64_t revision,
	const struct listing_draft *draft, struct json **ret_problems, struct json **ret,
	struct err *e);
/* Checks it against its kind; then to the reviewer, or published at once when the kind is not
 * reviewed. ERR_INVALID with *ret_problems. */
MUST_USE enum err_code service_listing_submit(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, struct json **ret_problems, struct err *e);
/* Ends it; `erase`: bodies and words go from both nodes too. */
MUST_USE enum err_code service_listing_withdraw(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, bool erase, struct str reason, struct err *e);
/* What is published, or has run out, unchanged for another life of its kind: a new version. Not
 * reviewed again. ERR_CONFLICT: it was changed since, or has ended. */
MUST_USE enum err_code service_listing_renew(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, struct err *e);
/* {"rows": [work], "next"?}; `query->kind`, `->state`, `->after`. */
MUST_USE enum err_code service_listings_own(struct service *s, struct arena *a,
	const struct account_who *by, const struct list_query *query, struct json **ret,
	struct err *e);
/* One of them: {"number","listing","kind","title","summary","fields","translations"?,"state",
 * "reason"?,"revision","version","until"?,"ended": it cannot be changed}. ERR_NOT_FOUND: another's,
 * too. */
MUST_USE enum err_code service_listing_work(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, struct json **ret, struct err *e);

/* ---- the authority (capability moderate) ----------------------------------------------------- */

MUST_USE enum err_code service_listings_review(struct service *s, struct arena *a,
	struct json **ret, struct err *e);
/* One that waits, whole. ERR_NOT_FOUND. */
MUST_USE enum err_code service_listing_reviewed(struct service *s, struct arena *a, int64_t id,
	struct json **ret, struct err *e);
/* Publishes it, or sends it back with a reason. Nobody reviews what they wrote. */
MUST_USE enum err_code service_listing_review(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, bool publish, struct str reason, struct err *e);

/* ---- the node's token (listing_token.c) ------------------------------------------------------ */

struct listing_post {
	struct str code;           /* of a registered organisation; "-" the authority */
	struct str name, kind;     /* to enter one that is not registered; else empty */
	bool reviewed;             /* the authority has looked at it: publish at once */
	struct listing_draft draft;
};
/* Saves and hands in, as its people would. {"number", "listing", "state"}. ERR_INVALID with
 * *ret_problems; ERR_NOT_FOUND: no such organisation, and no name and kind to enter it with. */
MUST_USE enum err_code service_listing_post(struct service *s, struct arena *a,
	const struct account_who *by, const struct listing_post *post, struct json **ret_problems,
	struct json **ret, struct err *e);
/* `listing` as in service_listing. ERR_NOT_FOUND: none of this node. */
MUST_USE enum err_code service_listing_take_back(struct service *s, struct arena *a,
	const struct account_who *by, struct str listing, bool erase, struct str reason,
	struct err *e);

/* ---- anyone ---------------------------------------------------------------------------------- */

struct listing_query {
	struct str text, kind, city, region, industry, after;
	struct str item;           /* "scheme item" that a facility names */
	uint32_t rows;
	bool newest;               /* by date whatever the words: the off switch of ranking */
	int64_t since;             /* only rows behind this one: for saved searches */
};
/* Published ones of both cities, by relevance when there is a text, else newest first: {"rows":
 * [{"listing","kind","title","organisation","registered_id","region","industry","city","time",
 * "as_of"?,"until","id"}], "order": "relevance" or "newest", "many": the words stand in so many
 * that they are not ranked, "further": the next page looks further back, "query", "next"?}. */
MUST_USE enum err_code service_listings(struct service *s, struct arena *a,
	const struct listing_query *query, struct json **ret, struct err *e);
/* One, whole, with its statement's head, its kind and "attachments" (listing_file.h); `listing` is
 * "urn:uuid:..." or the UUID.
 * ERR_NOT_FOUND. One that ended is told as {"state": "withdrawn" | "erased"} without its body. */
MUST_USE enum err_code service_listing(struct service *s, struct arena *a, struct str listing,
	struct json **ret, struct err *e);
/* A published one as matching sees it; texts in the arena. ERR_NOT_FOUND. */
MUST_USE enum err_code service_listing_load(struct service *s, struct arena *a,
	const uint8_t id_key[16], struct listing *ret, struct err *e);

#endif
