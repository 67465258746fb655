/* search_text.h - text to search tokens, for the full-text index.
 *
 * Is:      runs of Chinese characters become overlapping bigrams plus the last character alone;
 *          runs of letters and digits become one lower-case word. Words are separated by spaces.
 * Is not:  a language analyser. The same function feeds the index and the query, so counts are
 *          exact.
 */
#ifndef HUREN_MATCHING_SEARCH_TEXT_H
#define HUREN_MATCHING_SEARCH_TEXT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

/* Appends the tokens of `text`, a space after each. */
void search_text_put(struct buf *b, struct str text);
/* Appends an FTS5 query: a phrase for each run, all must occur; letters match as prefix. Nothing
 * when `text` has no word. */
void search_text_query(struct buf *b, struct str text);
/* Appends one word for a whole filter: its kind and the letters and digits of `text`. */
void search_text_mark(struct buf *b, char kind, struct str text);
/* As search_text_put, but without the last character of a run alone: for an index that is asked by
 * search_text_words and search_text_phrases only. */
void search_text_put_pairs(struct buf *b, struct str text);
/* The words of a query, each once, in their order: bigrams of Chinese runs, whole Latin words; a
 * character that stands alone is no word here. Gives how many, at most `max`: later ones do not
 * count. Texts in the arena; 0 at its cap. */
uint32_t search_text_words(struct arena *a, struct str text, struct str *ret, uint32_t max);
/* Appends phrases for the runs of two characters and more, all must occur; no prefixes, so that its
 * cost is bounded by the rows looked at. */
void search_text_phrases(struct buf *b, struct str text);

#endif
