/* listing_inner.h - what the files about listings share. */
#ifndef HUREN_SERVICE_LISTING_INNER_H
#define HUREN_SERVICE_LISTING_INNER_H

#include "service/account_inner.h"
#include "service/listing.h"

/* Of struct service: the kinds, read once. */
struct listings {
	struct arena arena;
	const struct listing_kind *kinds;
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

#endif
