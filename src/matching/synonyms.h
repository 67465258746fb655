/* synonyms.h - words that mean the same, from rules/terms.json, and what they add to a query. Pure.
 *
 * Is:      groups of words; of a query that has one of them, the others as phrases of the index.
 *          Applied to queries only: index, statements and scores of pairs know nothing of it.
 * Rule:    a word counts where it stands as such: Latin ones between other characters, and none
 *          inside a longer one ("功能安全" in "预期功能安全").
 */
#ifndef HUREN_MATCHING_SYNONYMS_H
#define HUREN_MATCHING_SYNONYMS_H

#include "base/arena.h"
#include "base/limits.h"
#include "recognition/rules.h"

struct synonym_word {
	struct str word;           /* Latin letters in lower case */
	uint32_t group;
};
struct synonyms {
	uint32_t count;
	const struct synonym_word *words;
};
/* ERR_INVALID names what is wrong. Empty when the rules have none. Borrows from the rules. */
MUST_USE enum err_code synonyms_parse(struct arena *a, const struct rules *r, struct synonyms *ret,
	struct err *e);

struct synonym_found {
	struct str said;           /* what stands in the query */
	uint32_t concept;          /* which of the words said it stands for: from 0 */
	struct str phrase;         /* the other word, as words of the index with spaces between */
	struct str text;           /* the query with the other word in its place */
};
/* At most LIMIT_SEARCH_SYNONYMS of them, in the order of the rules; texts in the arena. */
uint32_t synonyms_find(struct arena *a, const struct synonyms *s, struct str query,
	struct synonym_found ret[LIMIT_SEARCH_SYNONYMS]);

#endif
