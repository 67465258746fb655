/* listing_search.h - what search and matches share: words, how rare they are, and a query of them.
 */
#ifndef HUREN_SERVICE_LISTING_SEARCH_H
#define HUREN_SERVICE_LISTING_SEARCH_H

#include "service/listing_inner.h"

struct search_word {
	struct str word;
	uint64_t rows;             /* that have it; estimated when it is frequent */
	bool frequent;             /* in more rows than were counted */
	uint32_t weight;           /* the rarer the more; words that say little get less */
	uint32_t beside;           /* a synonym's phrase, and which word it stands for, from 1: it
	                            * counts for a row and is not missed in one */
};
/* Counts each word, up to `max` rows, and weighs it; what stands in more is estimated when
 * `estimated` (without counting when it is far more), else it counts as `max` and one. */
MUST_USE enum err_code search_words_weigh(struct store *store, struct search_word *words,
	uint32_t count, uint32_t max, bool estimated, const struct match_terms *terms,
	struct err *e);
/* Rarest first; gives how many of them stand in `max` rows together: none when all are frequent. */
uint32_t search_words_choose(struct search_word *words, uint32_t count, uint32_t max);
/* The FTS5 query in which the first `chosen` words select and all count, and the weights for
 * words_rank (store/words_rank.h). */
void search_query_put(struct buf *query, struct buf *weights, const struct search_word *words,
	uint32_t chosen, uint32_t count, uint32_t least);
struct str listing_or_empty(struct str s);
/* A row of LISTING_COLUMNS. */
struct json *listing_row_model(struct service *s, struct arena *a, struct sql *q);

#endif
