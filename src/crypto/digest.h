/* digest.h - SHA-256 and SM3 (OpenSSL).
 *
 * Is:      one-shot digests over up to three pieces. The OpenSSL context is fetched once and kept
 *          per thread, as a cache without meaning; digest_thread_clear() gives it back.
 */
#ifndef HUREN_CRYPTO_DIGEST_H
#define HUREN_CRYPTO_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

#define DIGEST_BYTES 32

struct digest {
	uint8_t at[DIGEST_BYTES];
};

/* CHECKs that OpenSSL works: a node without SHA-256 must not run. */
struct digest digest_sha256(struct str bytes);
struct digest digest_sha256_two(struct str first, struct str second);
struct digest digest_sha256_leaf(struct str entry); /* 0x00 || entry */
/* 0x01 || left || right */
struct digest digest_sha256_node(const struct digest *left, const struct digest *right);
/* Of head||a and of head||b, hashing `head` once. */
void digest_sha256_fork(struct str head, struct str a, struct str b, struct digest *ret_a,
	struct digest *ret_b);
struct digest digest_sm3(struct str bytes);
struct digest digest_sm3_two(struct str first, struct str second);
bool digest_eq(const struct digest *a, const struct digest *b);
void digest_thread_clear(void);

/* Streaming SHA-256 for files and uploads. */
struct digest_stream { void *inner; };
void digest_stream_open(struct digest_stream *s);
void digest_stream_update(struct digest_stream *s, struct str bytes);
struct digest digest_stream_close(struct digest_stream *s);
/* A second stream that stands where the first stands; each is closed for itself. */
void digest_stream_copy(const struct digest_stream *from, struct digest_stream *ret);

#endif
