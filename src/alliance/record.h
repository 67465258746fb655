/* record.h - the subjects of statements of kind "alliance": membership, motion, tally, working
 * group, seat, chair, minutes.
 *
 * Is:      structure and limits, for both doors, and building them. Pure; borrows from the JSON.
 * Is not:  whether who issues it may say so of this organisation: a node speaks for those that its
 *          city has confirmed. Counting: tally.h.
 * Form:    doc/formats/alliance.md.
 * I1  Voters of a motion and ballots of a tally are sorted by the organisation's code, each once:
 *     one member, one vote.
 */
#ifndef HUREN_ALLIANCE_RECORD_H
#define HUREN_ALLIANCE_RECORD_H

#include "alliance/charter.h"

enum record_kind { RECORD_MEMBERSHIP, RECORD_MOTION, RECORD_TALLY, RECORD_GROUP, RECORD_SEAT,
	RECORD_CHAIR, RECORD_MINUTES, RECORD_KIND_COUNT };
const char *record_kind_name(enum record_kind k);

enum choice { CHOICE_YES, CHOICE_NO, CHOICE_ABSTAIN, CHOICE_COUNT };
const char *choice_name(enum choice c);
/* CHOICE_COUNT: none of these. */
enum choice choice_find(struct str name);

struct party {
	struct str name, code, kind;   /* kind: "lab", "enterprise" ... */
};
struct voter {
	struct str code, name;
	struct str node;               /* DID of the node at which it votes */
};
struct motion {
	enum motion_kind kind;
	int64_t opens, closes;         /* votes count from opens on and before closes */
	struct share quorum, majority;
	uint32_t voter_count;
	const struct voter *voters;
};
struct ballot {
	struct str code;
	enum choice choice;
	int64_t time;
};
struct tally {
	struct digest motion;          /* of the whole statement that is voted on */
	uint32_t ballot_count;
	const struct ballot *ballots;
};
struct point {
	struct str text;
	struct str motion;             /* id of the motion it rests on, or empty */
};

struct alliance_record {
	enum record_kind kind;
	struct digest charter;         /* membership: accepted; motion: in force */
	struct party by;               /* member, mover, founder, seat, chair; who drafted */
	struct str about;              /* tally: motion; seat, chair: group; minutes: group or "" */
	struct str title, text;        /* motion, group (name, purpose), minutes (title, place) */
	struct motion motion;
	struct tally tally;
	struct str held;               /* minutes: day */
	struct party approved;         /* minutes: who approved them */
	uint32_t present_count, agenda_count, point_count;
	const struct party *present;
	const struct str *agenda;
	const struct point *points;
};

/* ERR_INVALID names the member; ERR_TOO_LARGE. Arrays in the arena. */
MUST_USE enum err_code alliance_record_parse(struct arena *a, const struct json *subject,
	struct alliance_record *ret, struct err *e);
/* The subject of a statement. NULL at the arena's cap. */
struct json *alliance_record_subject(struct arena *a, const struct alliance_record *r);
/* The voter of this code, or NULL. */
const struct voter *motion_voter(const struct motion *m, struct str code);
/* SHA-256 of the voters as canonical JSON: what the page tells. */
MUST_USE enum err_code motion_voters_digest(struct arena *a, const struct motion *m,
	struct digest *ret, struct err *e);

#endif
