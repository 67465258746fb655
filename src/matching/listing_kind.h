/* listing_kind.h - kinds of listings as data: which fields, who may post, how long, what matches.
 *
 * Is:      a typed view of one file of rules/listings/ (doc/formats/listing.md). Pure; borrows from
 *          the JSON. A new kind is a new file and no code.
 * Is not:  a listing (listing.h), nor the score of a pair (match.h).
 */
#ifndef HUREN_MATCHING_LISTING_KIND_H
#define HUREN_MATCHING_LISTING_KIND_H

#include "base/limits.h"
#include "recognition/rules.h"

/* X(NAME, word): what a field holds, and its JSON form in a listing. */
#define FIELD_TYPE_TABLE(X)                                                                      \
	X(LINE, "line")            /* text of one line */                                        \
	X(PROSE, "prose")          /* text of several lines */                                   \
	X(CHOICE, "choice")        /* one word of the field's choices */                         \
	X(CHOICES, "choices")      /* array of them */                                           \
	X(WORDS, "words")          /* array of short texts: certificates, capabilities */        \
	X(NUMBER, "number")        /* whole number in the field's unit */                        \
	X(RANGE, "range")          /* {"from", "to"} of whole numbers; one may be absent */      \
	X(DAY, "day")              /* "2026-11-30" */                                            \
	X(PERIOD, "period")        /* {"from", "to"} of days */                                  \
	X(REGIONS, "regions")      /* array of GB/T 2260 codes: "500118" */                      \
	X(INDUSTRIES, "industries") /* array of GB/T 4754 codes: "C36", "I6513" */               \
	X(YES, "yes")              /* true or false */                                           \
	X(FEES, "fees")            /* a table of fees (fees.h) */

enum field_type {
#define X(name, word) FIELD_##name,
	FIELD_TYPE_TABLE(X)
#undef X
	FIELD_TYPE_COUNT
};

struct listing_field {
	struct str id;             /* "budget" */
	enum field_type type;
	struct text_pair label, help;      /* help may be empty */
	struct text_pair unit;     /* "万元"; empty when there is none */
	bool required;
	bool search;               /* its words go into the search index */
	bool shown;                /* in lists, beside title and organisation */
	uint32_t choice_count;
	const struct worded *choices;
};

/* How what one side asks is compared with what the other has. */
#define MATCH_HOW_TABLE(X)                                                                       \
	X(TEXT, "text")            /* words of both whole texts; needs no fields */              \
	X(INDUSTRY, "industry")    /* nearness in the tree of GB/T 4754 */                       \
	X(REGION, "region")        /* nearness in the tree of GB/T 2260 */                       \
	X(WITHIN, "within")        /* one of theirs lies in one of mine: regions, industries */  \
	X(SHARED, "shared")        /* how many of mine are among theirs */                       \
	X(ALL_OF, "all-of")        /* each of mine must be among theirs */                       \
	X(ANY_OF, "any-of")        /* one of mine is among theirs */                             \
	X(OVERLAP, "overlap")      /* ranges or periods meet */                                  \
	X(AT_LEAST, "at-least")    /* their number is mine or more */                            \
	X(IN_TIME, "in-time")      /* their day or period is not over before mine begins */

enum match_how {
#define X(name, word) MATCH_##name,
	MATCH_HOW_TABLE(X)
#undef X
	MATCH_HOW_COUNT
};

struct match_rule {
	enum match_how how;
	const struct listing_field *mine;  /* of this kind; NULL for MATCH_TEXT */
	struct str theirs;                 /* id of a field of the other kind */
	uint32_t weight;                   /* 1 to 100 */
	bool gate;                         /* not met: does not qualify, whatever the rest */
};
struct match_with {
	struct str kind;                   /* "supply" */
	uint32_t rule_count;
	const struct match_rule *rules;
};

struct listing_kind {
	struct str id;             /* "demand" */
	struct text_pair title, lead;
	struct str posters;        /* kinds of organisations that may post: "enterprise lab" */
	uint32_t life_days;        /* published at most so long; then it is renewed or expires */
	bool reviewed;             /* the authority looks at it before it is published */
	bool once;                 /* an organisation has one at most: a member's profile */
	bool place;                /* has a calendar and can be booked: a facility */
	uint32_t file_count;       /* so many files may be attached; 0: none */
	const struct json *file_types;     /* media types of them: ["application/pdf"] */
	uint32_t field_count;
	const struct listing_field *fields;
	uint32_t match_count;
	const struct match_with *matches;
	struct digest digest;      /* of the file's RFC 8785 form */
	const struct listing_kind *next;
};

/* Reads one file's document, which was checked against rules/schema/listing.json. ERR_INVALID names
 * the member; ERR_TOO_LARGE arena or limits. */
MUST_USE enum err_code listing_kind_parse(struct arena *a, const struct rules_file *file,
	struct listing_kind *ret, struct err *e);
/* Every kind of the rules, in the order of their file names; each kind that another matches with
 * must be there and have the fields. NULL list when there are none. */
MUST_USE enum err_code listing_kinds_parse(struct arena *a, const struct rules *r,
	const struct listing_kind **ret, struct err *e);
/* NULL when unknown. */
const struct listing_kind *listing_kind_find(const struct listing_kind *first, struct str id);
const struct listing_field *listing_field_find(const struct listing_kind *k, struct str id);
/* NULL when this kind does not match with that one. */
const struct match_with *listing_kind_match(const struct listing_kind *k, struct str other);
/* May an organisation of that kind post it? */
bool listing_kind_allows(const struct listing_kind *k, struct str organisation_kind);
/* May a file of that media type be attached to it? */
bool listing_kind_takes(const struct listing_kind *k, struct str media_type);
const char *field_type_name(enum field_type t);
const char *match_how_name(enum match_how how);

#endif
