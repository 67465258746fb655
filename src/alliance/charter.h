/* charter.h - charters of the alliance: what members accept, and the shares that votes need.
 *
 * Is:      a typed view of the files of rules/alliance/ (doc/formats/alliance.md), one a version.
 *          Pure; borrows from the rules.
 * Is not:  who is a member (statements), nor counting (tally.h).
 */
#ifndef HUREN_ALLIANCE_CHARTER_H
#define HUREN_ALLIANCE_CHARTER_H

#include "recognition/rules.h"

enum motion_kind { MOTION_ORDINARY, MOTION_AMENDMENT, MOTION_KIND_COUNT };
/* "ordinary", "amendment". */
const char *motion_kind_name(enum motion_kind k);
/* MOTION_KIND_COUNT: none of these. */
enum motion_kind motion_kind_find(struct str name);

/* part/of, in whole numbers; `over`: more than that, not just as much. */
struct share {
	uint32_t part, of;
	bool over;
};
/* 1 <= part <= of <= 100. ERR_INVALID. */
MUST_USE enum err_code share_parse(const struct json *v, struct share *ret, struct err *e);
struct json *share_json(struct arena *a, const struct share *s);
/* Do `count` of `total` reach it? Never when total is 0. */
bool share_is_met(const struct share *s, uint32_t count, uint32_t total);

struct charter {
	struct str id;
	uint64_t version;          /* the greatest is in force */
	struct digest digest;      /* of the file: what a member accepts */
	struct text_pair name;
	struct str members;        /* kinds of organisations that may join, spaces between */
	struct share quorum, majority[MOTION_KIND_COUNT];
	uint32_t shortest_minutes, longest_minutes;    /* of a vote */
	const struct json *doc;
	const struct charter *older;
};
/* The one in force, older ones behind it; NULL when the rules have none. ERR_INVALID: a file that
 * does not fit together; ERR_CONFLICT: another id, a version twice; ERR_TOO_LARGE. */
MUST_USE enum err_code charters_parse(struct arena *a, const struct rules *r,
	const struct charter **ret, struct err *e);
bool charter_allows(const struct charter *c, struct str organisation_kind);

#endif
