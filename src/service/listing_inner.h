/* listing_inner.h - what the files about listings share. */
#ifndef HUREN_SERVICE_LISTING_INNER_H
#define HUREN_SERVICE_LISTING_INNER_H

#include "matching/match.h"
#include "matching/synonyms.h"
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
	struct synonyms synonyms;
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
/* ERR_NOT_FOUND: another organisation's, too. */
MUST_USE enum err_code listing_find_own(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, struct listing_work *ret, struct err *e);
/* As service_listing_reviewed. */
MUST_USE enum err_code listing_find_reviewed(struct service *s, struct arena *a, int64_t id,
	struct listing_work *ret, struct err *e);
bool listing_work_ended(const struct listing_work *w);     /* nothing of it can be changed */
/* ERR_CONFLICT: what was shown is not what stands. */
MUST_USE enum err_code listing_changed(struct err *e);
/* Its attached files; NULL: none. */
const struct json *listing_work_files(struct arena *a, const struct listing_work *w);

/* ---- listing_file.c; in the writer, but for the first and the last --------------------------- */
/* What keeps the files of a draft from being handed in: a word, or NULL. */
MUST_USE enum err_code listing_files_wait(struct service *s, const struct listing_work *w,
	const struct json *files, const char **ret, struct err *e);
/* A version that counts from now on (`l`), or its end (NULL). */
MUST_USE enum err_code listing_files_project(struct store *store, const uint8_t key[16],
	struct str origin, const struct listing *l, struct err *e);
/* A draft that nobody ever saw is gone. */
MUST_USE enum err_code listing_files_forget(struct store *store, int64_t work, struct err *e);
/* The files' thread: bytes of copies that are gone. */
void listing_copies_drop(struct service *s);

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
