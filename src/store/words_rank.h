/* words_rank.h - how well a row of a word index fits the words of a query, as an SQL function. */
#ifndef HUREN_STORE_WORDS_RANK_H
#define HUREN_STORE_WORDS_RANK_H

#include <sqlite3.h>

/* In a weight, for a phrase that stands for another word: it adds to a row that has it, but no row
 * lacks it; of those with one number (1 to 15) the best counts. Weights are below 2^28. */
#define WORDS_RANK_BESIDE(number) ((uint32_t)(number) << 28)
#define WORDS_RANK_WEIGHT 0x0fffffffu

/* words_rank(<index>, weights) beside MATCH: BM25 with the weights that the caller gives, since
 * that of SQLite counts each word in the whole index first: a second for a frequent word.
 * `weights` is a blob of native 32-bit numbers: the share (per mille) of the summed weight that a
 * row's words must have, else it gives 0; then one weight for each phrase of the query in its order
 * (0: it only selects). The second column (a title) counts three times. Gives a
 * whole number. Returns an SQLite result. */
int words_rank_register(sqlite3 *db);

#endif
