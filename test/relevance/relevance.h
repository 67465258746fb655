/* relevance.h - the labelled set of test/relevance/ and how well an order of its listings answers.
 *
 * corpus.tsv: short name, kind, title, text. labels.tsv: query, then "<name>:<grade>" of each
 * judged listing; 3 answers it, 2 helps, 1 is near, 0 looks like it and is not. What is not named
 * was not found by any system or judged 0. synonyms.tsv: the same for queries in words that the
 * listings do not use; counted by themselves. All labels are by one hand. */
#ifndef HUREN_TEST_RELEVANCE_H
#define HUREN_TEST_RELEVANCE_H

#include "../service_node.h"

#define RELEVANCE_SHOWN 10
#define RELEVANCE_LISTINGS 256
#define RELEVANCE_QUERIES 128

struct relevance_listing { struct str name, kind, title, text; uint8_t uuid[16]; };
struct relevance_query { struct str text, labels; uint32_t judged; bool synonym; };
struct relevance {
	struct arena a;
	uint32_t listing_count, query_count, pair_count;
	struct relevance_listing listings[RELEVANCE_LISTINGS];
	struct relevance_query queries[RELEVANCE_QUERIES];
};
/* Numbers of listings, best first. */
struct relevance_answer { uint32_t count, at[RELEVANCE_SHOWN]; };

void relevance_read(struct relevance *r);
/* Publishes all of them on a node. */
void relevance_publish(struct relevance *r, struct service_node *n);
void relevance_search(const struct relevance *r, struct service_node *n, struct arena *a,
	struct str text, struct relevance_answer *ret);
/* Plain FTS5 over title and text, ordered by its own bm25(): `tokenizer` "unicode61", the query's
 * parts between spaces, one must occur; or "trigram", all its trigrams, one must occur. */
struct plain_index;
struct plain_index *relevance_plain(const struct relevance *r, const char *tokenizer);
void relevance_plain_search(struct plain_index *p, struct str text, struct relevance_answer *ret);
void relevance_plain_close(struct plain_index *p);
/* nDCG@10 of one answer, gains 2^grade - 1. */
double relevance_ndcg(const struct relevance *r, const struct relevance_query *q,
	const struct relevance_answer *answer);
/* -1: not judged. */
int relevance_grade(const struct relevance *r, const struct relevance_query *q, uint32_t listing);

#endif
