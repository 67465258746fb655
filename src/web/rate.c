/* rate.c - token buckets in a table of sets. */
#include "web/rate.h"

#include <pthread.h>
#include <string.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/limits.h"
#include "crypto/digest.h"

#define SECOND_US UINT64_C(1000000)
#define WAYS 4                     /* places a key may stand in */

struct bucket {
	uint8_t key[16];           /* first half of the key's SHA-256: nobody chooses a place */
	uint64_t micros;           /* millionths of a token at `at_us` */
	uint64_t at_us;            /* 0: free */
};
struct rate {
	pthread_mutex_t lock;
	uint32_t sets;
	struct bucket buckets[];
};

struct rate *rate_open(uint32_t rows)
{
	struct rate *r;

	CHECK(rows >= WAYS);
	r = handle_new(sizeof(*r) + (size_t)(rows / WAYS) * WAYS * sizeof(struct bucket));
	r->sets = rows / WAYS;
	CHECK(pthread_mutex_init(&r->lock, NULL) == 0);
	return r;
}

void rate_close(struct rate *r)
{
	if (!r)
		return;
	(void)pthread_mutex_destroy(&r->lock);
	handle_drop(r);
}

struct rate_terms rate_terms_of(bool account, bool search)
{
	return (struct rate_terms){
		.per_s = account ? LIMIT_RATE_ACCOUNT_PER_S : LIMIT_RATE_PER_S,
		.burst = account ? LIMIT_RATE_ACCOUNT_BURST : LIMIT_RATE_BURST,
		.cost = search ? LIMIT_RATE_SEARCH_COST : 1 };
}

/* Its bucket, or a full one in the place of the one silent longest. */
static struct bucket *find(struct rate *r, const struct digest *d, uint64_t full, uint64_t now_us)
{
	struct bucket *set, *oldest;
	uint32_t place;

	memcpy(&place, d->at + 16, sizeof(place));
	set = &r->buckets[(size_t)(place % r->sets) * WAYS];
	oldest = set;
	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].at_us != 0 && memcmp(set[i].key, d->at, sizeof(set[i].key)) == 0)
			return &set[i];
		if (set[i].at_us < oldest->at_us)
			oldest = &set[i];
	}
	memcpy(oldest->key, d->at, sizeof(oldest->key));
	oldest->micros = full;
	oldest->at_us = now_us;
	return oldest;
}

static void fill(struct bucket *b, const struct rate_terms *terms, uint64_t full, uint64_t now_us)
{
	uint64_t us = now_us > b->at_us ? now_us - b->at_us : 0;

	if (us >= full / terms->per_s)
		b->micros = full;
	else
		b->micros += us * terms->per_s;
	if (b->micros > full)
		b->micros = full;
	b->at_us = now_us;
}

uint32_t rate_take(struct rate *r, struct str key, const struct rate_terms *terms, uint64_t now_us)
{
	uint64_t full = terms->burst * SECOND_US, cost = terms->cost * SECOND_US;
	struct digest d = digest_sha256(key);
	uint32_t wait_s = 0;
	struct bucket *b;

	CHECK(terms->per_s > 0);
	CHECK(terms->cost <= terms->burst);
	now_us = now_us > 0 ? now_us : 1;
	CHECK(pthread_mutex_lock(&r->lock) == 0);
	b = find(r, &d, full, now_us);
	fill(b, terms, full, now_us);
	if (b->micros >= cost)
		b->micros -= cost;
	else
		wait_s = (uint32_t)((cost - b->micros + (uint64_t)terms->per_s * SECOND_US - 1) /
			((uint64_t)terms->per_s * SECOND_US));
	CHECK(pthread_mutex_unlock(&r->lock) == 0);
	return wait_s;
}
