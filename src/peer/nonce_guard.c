/* nonce_guard.c - see nonce_guard.h. */
#include "peer/nonce_guard.h"

#include <pthread.h>
#include <string.h>

#include "base/arena.h"
#include "base/limits.h"
#include "crypto/digest.h"

#define SLOTS (2 * LIMIT_NONCES) /* open addressing, at most half full */
#define MARK_BYTES 16
/* A signature made up to the skew in the future is valid until twice the skew from now. */
#define GENERATION_S (2 * LIMIT_SIGNATURE_SKEW_S + 1)

_Static_assert((SLOTS & (SLOTS - 1)) == 0, "slots are found by a mask");

/* Half of SHA-256; all zero marks a free slot, and no input with that hash is known. */
struct mark {
	uint8_t at[MARK_BYTES];
};

struct generation {
	int64_t begun;
	uint32_t count;
	struct mark marks[SLOTS];
};

struct nonce_guard {
	pthread_mutex_t lock;
	int64_t opened;
	struct generation *now, *before;
};

void nonce_guard_open(struct nonce_guard **ret, int64_t now)
{
	struct nonce_guard *g = handle_new(sizeof(*g));
	CHECK(pthread_mutex_init(&g->lock, NULL) == 0);
	g->opened = now;
	g->now = handle_new(sizeof(*g->now));
	g->before = handle_new(sizeof(*g->before));
	g->now->begun = now;
	*ret = g;
}

void nonce_guard_close(struct nonce_guard *g)
{
	if (!g)
		return;
	CHECK(pthread_mutex_destroy(&g->lock) == 0);
	handle_drop(g->now);
	handle_drop(g->before);
	handle_drop(g);
}

/* The slot that holds the mark, or the free one where it belongs. */
static struct mark *find(struct generation *g, const struct mark *m)
{
	static const struct mark none;
	uint32_t at;
	memcpy(&at, m->at, sizeof(at));
	for (;; at++) {
		struct mark *slot = &g->marks[at & (SLOTS - 1)];
		if (memcmp(slot, m, sizeof(*m)) == 0 || memcmp(slot, &none, sizeof(none)) == 0)
			return slot;
	}
}

static void turn_generations(struct nonce_guard *g, int64_t now)
{
	if (now - g->now->begun <= GENERATION_S)
		return;
	struct generation *oldest = g->before;
	memset(oldest, 0, sizeof(*oldest));
	oldest->begun = now;
	g->before = g->now;
	g->now = oldest;
}

static enum err_code take(struct nonce_guard *g, const struct mark *m, struct err *e)
{
	struct mark *slot = find(g->now, m);
	if (memcmp(slot, m, sizeof(*m)) == 0 ||
		memcmp(find(g->before, m), m, sizeof(*m)) == 0)
		return err_set(e, ERR_DENIED, "signed request was received before (nonce seen)");
	if (g->now->count == LIMIT_NONCES)
		return err_set(e, ERR_BUSY, "too many signed requests within ten minutes");
	*slot = *m;
	g->now->count++;
	return ERR_OK;
}

enum err_code nonce_guard_take(struct nonce_guard *g, struct str keyid, struct str nonce,
	int64_t created, int64_t now, struct err *e)
{
	struct digest key_digest = digest_sha256(keyid);
	struct digest d = digest_sha256_two((struct str){ (const char *)key_digest.at,
		DIGEST_BYTES }, nonce);
	struct mark m;
	memcpy(m.at, d.at, sizeof(m.at));
	if (created <= g->opened) {
		(void)err_set(e, ERR_DENIED, "signed request was made before this node started");
		return err_hint(e, "Sign the request again.");
	}
	(void)pthread_mutex_lock(&g->lock);
	turn_generations(g, now);
	enum err_code code = take(g, &m, e);
	(void)pthread_mutex_unlock(&g->lock);
	return code;
}
