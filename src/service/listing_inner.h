/* listing_inner.h - what the files about listings share. */
#ifndef HUREN_SERVICE_LISTING_INNER_H
#define HUREN_SERVICE_LISTING_INNER_H

#include "matching/match.h"
#include "service/account_inner.h"
#include "service/listing.h"

/* Words of the index's column "facets" for the city. */
#define FACET_OWN "own "
#define FACET_PEER "peer "

/* Of struct service: the kinds and the words that say little, read once. */
struct listings {
	struct arena arena;
	const struct listing_kind *kinds;
	struct match_terms terms;
	int64_t searched;          /* work thread: newest row that saved searches have seen */
	int64_t searched_day;
	struct code_names names;
};
/* A row of listing_work; texts in an arena. */
struct listing_work {
	int64_t id, organisation, author, revision, version, created, changed, until;
	uint8_t key[16];
	struct str kind, title, body, state, reason;
};
MUST_USE enum err_code listings_open(struct service *s, struct err *e);
void listings_close(struct service *s);
/* Work thread: what has run out ends; reminders before. */
void listings_work(struct service *s);
/* One round of notices of what ends soon; `now` for tests. */
void listings_remind(struct service *s, int64_t now);

/* Does the organisation of this code, at that node, hold an accreditation for "scheme item"? */
bool facility_holds(struct service *s, struct arena *a, struct str origin, struct str code,
	struct str item);
/* Items that a facility claims have to be within its organisation's accreditations: else a problem
 * of the field (booking_item.c). */
void facility_items_judge(struct service *s, struct arena *a, struct str code,
	const struct json *fields, struct json *problems);

#endif
