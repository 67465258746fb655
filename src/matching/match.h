/* match.h - how well two listings fit, with every part of the answer in words. Pure.
 *
 * Is:      what one listing asks of another by the rules of its kind (a view), and both views of a
 *          pair as one score. Whole numbers only, from the two statements, the two kinds' files and
 *          the file of words: the score of a pair is the same on whichever node it is computed.
 * Is not:  finding candidates, nor the order of a search (service/).
 * M1  Each part is 0 to 1000; a view is the weighted mean of the parts that its listing asks for.
 *     What it does not say (an empty field) counts neither for nor against.
 * M2  A gate that is not met: the other does not qualify. The score is told all the same.
 * M3  A pair's score is the harmonic mean of both views, so that neither side's wish alone counts;
 *     where only one kind has rules for the other, it is that view's.
 */
#ifndef HUREN_MATCHING_MATCH_H
#define HUREN_MATCHING_MATCH_H

#include "matching/listing.h"

/* rules/terms.json: words that say little ("服务") weigh less in texts. */
struct match_terms {
	uint32_t count;
	const struct match_term { struct str word; uint32_t weight; } *terms; /* sorted */
};
#define MATCH_TERM_WEIGHT 1000     /* of a word that is not in the file */
/* NULL file: none. ERR_INVALID. */
MUST_USE enum err_code match_terms_parse(struct arena *a, const struct rules *r,
	struct match_terms *ret, struct err *e);

uint32_t match_term_weight(const struct match_terms *terms, struct str word);

/* A listing with its words, prepared once for many comparisons. */
struct match_side {
	const struct listing_kind *kind;
	const struct listing *listing;
	uint32_t word_count;
	const struct match_word { struct str word; uint32_t weight; } *words; /* sorted, once */
};
/* Words past LIMIT_MATCH_WORDS are left out. ERR_TOO_LARGE: arena. */
MUST_USE enum err_code match_side_new(struct arena *a, const struct listing_kind *k,
	const struct listing *l, const struct match_terms *terms, struct match_side *ret,
	struct err *e);

struct match_part {
	const struct match_rule *rule;
	uint32_t score;            /* 0 to 1000 */
	bool met;                  /* of a gate; true for what is none */
	bool unknown;              /* the other side does not say */
	const struct json *shared; /* array of what both have, or NULL */
	const struct json *missing;        /* array of what the other lacks, all that was asked
	                                    * for behind a gate that stays shut; or NULL */
};
struct match_view {
	bool exists;               /* the kind has rules for the other */
	uint32_t score;
	bool qualifies;
	uint32_t part_count;
	struct match_part parts[LIMIT_LISTING_FIELDS];
};
/* What `mine` finds in `theirs`. ERR_TOO_LARGE: arena. */
MUST_USE enum err_code match_view(struct arena *a, const struct match_side *mine,
	const struct match_side *theirs, struct match_view *ret, struct err *e);

struct match_pair {
	struct match_view mine, theirs;    /* what each finds in the other */
	uint32_t score;
	bool qualifies;            /* both ways */
};
MUST_USE enum err_code match_pair(struct arena *a, const struct match_side *mine,
	const struct match_side *theirs, struct match_pair *ret, struct err *e);
/* {"score","qualifies","parts":[{"how","field"?,"label"?,"weight","score","met","unknown"?,"gate"?,
 * "shared","missing"}]} of a view; label is the field's. NULL at the arena's cap. */
struct json *match_view_json(struct arena *a, const struct match_view *v);

/* Nearness of two codes, 0 to 1000. Exposed for the tests and for filters. */
uint32_t match_industry(struct str one, struct str other);
uint32_t match_region(struct str one, struct str other);

#endif
