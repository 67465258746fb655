/* bits.h - a digest over doubles of a fixed pseudo-random course, compared with a literal: what
 * differs between compilers, optimisations or processors shows.
 */
#ifndef HUREN_TEST_BITS_H
#define HUREN_TEST_BITS_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/encode.h"
#include "crypto/digest.h"

struct bits { struct digest_stream stream; uint64_t state; };

static inline void bits_open(struct bits *b, uint64_t seed)
{
	digest_stream_open(&b->stream);
	b->state = seed;
}

/* Multiples of 2^-53 of the range's width: the same doubles everywhere. */
static inline double bits_between(struct bits *b, double least, double most)
{
	b->state = b->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return least + (most - least) * ((double)(b->state >> 11) / 9007199254740992.0);
}

/* All NaN are one. */
static inline void bits_add(struct bits *b, double x)
{
	uint64_t word = UINT64_C(0x7ff8000000000000);
	if (!isnan(x))
		memcpy(&word, &x, sizeof(word));
	digest_stream_update(&b->stream, (struct str){ (const char *)&word, sizeof(word) });
}

static inline void bits_close(struct bits *b, const char *expected)
{
	char text[2 * DIGEST_BYTES + 1];
	struct digest d = digest_stream_close(&b->stream);
	hex_encode(d.at, sizeof(d.at), text);
	assert_string_equal(text, expected);
}

#endif
