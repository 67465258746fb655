/* alliance_inner.h - what the files about the alliance share. */
#ifndef HUREN_SERVICE_ALLIANCE_INNER_H
#define HUREN_SERVICE_ALLIANCE_INNER_H

#include "service/account_inner.h"
#include "service/alliance.h"

/* Of struct service. */
struct alliance {
	struct arena arena;
	const struct charter *charter;
	pthread_mutex_t issuing;           /* one thread at a time carries out */
};
MUST_USE enum err_code alliance_open(struct service *s, struct err *e);
void alliance_close(struct service *s);
/* Work thread: closes and counts what is due, issues what waits. */
void alliance_work(struct service *s);

/* A row of alliance_record; texts in an arena. */
struct alliance_row {
	int64_t seq, time, until, ended, counted;
	uint8_t id_key[16];
	struct digest digest;
	struct str origin, issuer, record, code, name, kind, title, body;
	uint8_t about[16];
	bool has_about;
};
void alliance_row_read(struct arena *a, struct sql *q, struct alliance_row *ret);
/* ERR_NOT_FOUND. Any connection. */
MUST_USE enum err_code alliance_find(struct store *store, struct arena *a,
	const uint8_t id_key[16], enum record_kind kind, struct alliance_row *ret, struct err *e);
/* The record in its body. ERR_CORRUPT: none that a door would take; ERR_TOO_LARGE: the arena. */
MUST_USE enum err_code alliance_row_record(struct arena *a, const struct alliance_row *row,
	struct alliance_record *ret, struct err *e);
/* Membership of an organisation at this node. */
MUST_USE enum err_code alliance_membership(struct store *store, struct arena *a, struct str code,
	bool *ret_found, struct alliance_row *ret, struct err *e);
/* Members of both cities, sorted by code, each once: who joined first is told. At most one more
 * than LIMIT_ALLIANCE_MEMBERS. */
MUST_USE enum err_code alliance_members(struct store *store, struct arena *a,
	struct alliance_row **ret, size_t *ret_count, struct err *e);
/* Of these the first `most` whose code is behind `after`. */
MUST_USE enum err_code alliance_members_after(struct store *store, struct arena *a,
	struct str after, size_t most, struct alliance_row **ret, size_t *ret_count,
	struct err *e);
/* alliance_minutes.c: the newest `most` drafts with a number below `before` that `by` may see, and
 * whether it may approve each: [{"number", "title", "changed", "approve"}]. `*ret_next`: number of
 * the last when there are more, else 0. */
MUST_USE enum err_code alliance_drafts(struct store *store, struct arena *a,
	const struct account_who *by, int64_t before, size_t most, struct json **ret,
	int64_t *ret_next, struct err *e);
/* Who is in a group: seats of members, sorted by code; and its chair, or NULL. */
struct alliance_group {
	struct alliance_row row;
	size_t seat_count;
	struct alliance_row *seats;
	const struct alliance_row *chair;
};
MUST_USE enum err_code alliance_group_find(struct store *store, struct arena *a,
	const uint8_t group[16], struct alliance_group *ret, struct err *e);
const struct alliance_row *alliance_seat(const struct alliance_group *g, struct str code,
	struct str origin);
/* In whichever city its seat was taken. */
bool alliance_in_group(const struct alliance_group *g, struct str code);
/* Is `by` of the organisation that chairs it, at this node? */
bool alliance_is_chair(const struct alliance_group *g, const struct account_who *by);
/* Organisation of whoever asks; the authority's code is "-". */
struct party alliance_party(const struct service *s, const struct account_who *by);

/* ---- in the writer --------------------------------------------------------------------------- */

/* The subject of a record as it is issued; holds what both doors will ask. ERR_TOO_LARGE: longer
 * than a statement may be. Any thread. */
MUST_USE enum err_code alliance_record_text(struct arena *a, const struct alliance_record *r,
	struct str *ret, struct err *e);
/* A problem of a form as a whole. */
void alliance_wrong(struct arena *a, struct json *problems, const char *word);
/* A statement that is to be issued: a record, or the withdrawal of one. */
MUST_USE enum err_code alliance_issue_record(struct store *store, struct arena *a,
	const uint8_t uuid[16], const struct alliance_record *r, struct err *e);
/* Withdraws the row's statement. ERR_CONFLICT: it is under way already. */
MUST_USE enum err_code alliance_issue_end(struct store *store, struct arena *a,
	const struct alliance_row *row, struct err *e);
/* Does one of this kind wait to be issued? `about` may be NULL. */
MUST_USE enum err_code alliance_waits(struct store *store, const char *record, struct str code,
	const uint8_t *about, bool *ret, struct err *e);
/* How many of this kind an organisation has in force or under way. */
MUST_USE enum err_code alliance_count_of(struct store *store, enum record_kind kind,
	struct str code, int64_t now, uint32_t *ret, struct err *e);
/* Line of the audit trail. */
MUST_USE enum err_code alliance_line(struct store *store, const struct account_who *by,
	int64_t now, const char *action, struct str target, struct str detail, struct err *e);

/* Issues what waits; what cannot be issued now is left for the work thread. */
void alliance_carry_out(struct service *s);
/* alliance_vote.c: closes votes that are due and puts their tallies. */
void alliance_count_due(struct service *s);

#endif
