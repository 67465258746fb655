/* listing.h - one listing: the subject of a statement of kind "listing", and checking it.
 *
 * Is:      structure (for both doors) and the rules of its kind (before it is signed). Pure.
 * Form:    doc/formats/listing.md: {"type", "listing", "version", "kind", "rules", "organisation",
 *          "title", "summary", "fields", "translations"?, "attachments"?}. A change is a new
 *          statement of the same "listing" with the next version.
 */
#ifndef HUREN_MATCHING_LISTING_H
#define HUREN_MATCHING_LISTING_H

#include "matching/listing_kind.h"

struct listing {
	struct str id;             /* "urn:uuid:...", the same for every version */
	uint64_t version;          /* from 1 */
	struct str kind;
	struct digest rules;       /* of the kind's file */
	struct str organisation, organisation_code, organisation_kind;
	struct str title, summary;
	const struct json *fields; /* object */
	const struct json *translations; /* {"en": {"title", "summary", "fields"}} or NULL */
	const struct json *files;  /* "attachments": [{"name", "mediaType", "bytes", "digest"}] or
	                            * NULL */
};

/* Structure and limits only: the kind may be one that this node's rules do not know. Borrows.
 * ERR_INVALID names the member; ERR_TOO_LARGE. */
MUST_USE enum err_code listing_parse(const struct json *subject, struct listing *ret,
	struct err *e);
/* Against its kind: {"<field>": {"wrong": <word>}} for what does not hold, as forms show it (words
 * "missing", "too-long", "not-a-choice", "not-a-number", "not-a-day", "not-a-code", "too-many",
 * "twice", "turned", "unknown-field", "file-type", those of fees.h); empty when all is well. NULL
 * at the arena's cap. */
struct json *listing_problems(struct arena *a, const struct listing_kind *k,
	const struct listing *l);
/* The entry of its files with this digest; NULL when there is none. */
const struct json *listing_file_find(const struct listing *l, struct str digest);
/* Does this value of a field hold? NULL: yes; else the word of what is wrong. */
const char *listing_value_wrong(const struct listing_field *f, const struct json *v);
/* The subject of a statement. NULL at the arena's cap. */
struct json *listing_subject(struct arena *a, const struct listing *l);
/* All words that a search should find, a space between: title, summary, organisation, every text of
 * the fields and of the translations. A function of the statement alone, so that what was put into
 * a word index can be taken out again. */
void listing_put_words(struct buf *b, const struct listing *l);
/* The same without the title. */
void listing_put_text(struct buf *b, const struct listing *l);
/* Words of what it can be filtered by, a space after each: "kdemand", "r50", "r5001", "r500118",
 * "ic", "ic36" of its kind, regions and industries with all that lie above. */
void listing_put_facets(struct buf *b, const struct listing *l);
/* One of them for what somebody filters by; an odd code counts as what lies above it. */
void listing_put_kind_facet(struct buf *b, struct str kind);
void listing_put_region_facet(struct buf *b, struct str region);
void listing_put_industry_facet(struct buf *b, struct str industry);
/* "C", "C36", "C361", "C3612": a code of GB/T 4754 by its form. */
bool industry_code_is(struct str s);
/* Six digits of GB/T 2260 by its form. */
bool region_code_is(struct str s);

#endif
