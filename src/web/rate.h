/* rate.h - how often one client may ask for pages: a token bucket each, in a bounded table.
 *
 * Is:      kept in memory, forgotten with the process. A bucket fills at a steady rate up to a
 *          burst; each request takes what it costs. When the table's place is taken, the one that
 *          was silent longest is forgotten, which does it no harm: a full bucket is as none.
 * Is not:  a judge of who asks (web/allow.c gives a key), nor of programs: see allow_rate.
 * Life:    rate_open -> rate_take (any thread) -> rate_close.
 */
#ifndef HUREN_WEB_RATE_H
#define HUREN_WEB_RATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct rate;

struct rate_terms {
	uint32_t per_s;            /* tokens that come back each second */
	uint32_t burst;            /* most that a bucket holds */
	uint32_t cost;             /* of this request, at most burst */
};

struct rate *rate_open(uint32_t rows);
void rate_close(struct rate *r);   /* accepts NULL */
/* Terms of a request for a page: of an account, or of an address. A search costs more. */
struct rate_terms rate_terms_of(bool account, bool search);
/* 0: go on. Else seconds until it may be asked again; nothing was taken. */
uint32_t rate_take(struct rate *r, struct str key, const struct rate_terms *terms,
	uint64_t now_us);

#endif
