/* saved_search.h - searches that somebody keeps, and how an account wants lists ordered.
 *
 * Is:      rows of an account, LIMIT_SAVED_SEARCHES at most; the work thread looks at what is new
 *          for each and puts one notice a search and day at most.
 * Is not:  known to anybody else; nothing of it leaves the node.
 */
#ifndef HUREN_SERVICE_SAVED_SEARCH_H
#define HUREN_SERVICE_SAVED_SEARCH_H

#include "service/listing.h"

/* What is to be kept: a query, or the matches of a listing. */
struct saved_search {
	struct str listing;        /* id, or empty */
	struct listing_query query;
	struct str path;           /* page that shows it */
	struct str name;           /* for lists and notices */
};
/* ERR_INVALID: nothing to look for, or too long; ERR_NOT_FOUND: no such listing; ERR_CONFLICT: as
 * many as an account may have. The same again is no second one. */
MUST_USE enum err_code service_search_save(struct service *s, struct arena *a,
	const struct account_who *by, const struct saved_search *search, struct err *e);
/* {"rows": [{"number","name","where","matches","time","noticed"?}], "full"}, newest first. */
MUST_USE enum err_code service_searches(struct service *s, struct arena *a,
	const struct account_who *by, struct json **ret, struct err *e);
/* ERR_NOT_FOUND: none of theirs. */
MUST_USE enum err_code service_search_end(struct service *s, const struct account_who *by,
	int64_t id, struct err *e);
/* Work thread: notices for what is new. */
void saved_searches_work(struct service *s, int64_t now);

/* How the account wants lists ordered: false when it never said, or by relevance. */
bool service_order_newest(struct service *s, const struct account_who *by, bool *ret_said);
MUST_USE enum err_code service_order_set(struct service *s, const struct account_who *by,
	bool newest, struct err *e);

#endif
