/* merkle.h - the Merkle tree of RFC 6962 section 2.1 (= RFC 9162 2.1) with SHA-256.
 *
 * Is:      hashing, the compact range for appending, proofs and their checks. Pure.
 * Is not:  tiles (tile.h), storage, signatures.
 */
#ifndef HUREN_TLOG_MERKLE_H
#define HUREN_TLOG_MERKLE_H

#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "crypto/digest.h"

/* Larger trees are refused everywhere: sizes stay exact in SQLite and in signed arithmetic. */
#define MERKLE_SIZE_MAX INT64_MAX

/* Perfect subtrees left to right; one hash for each set bit of `size`, highest first. */
struct merkle_range {
	uint64_t size;
	uint32_t count;
	struct digest hashes[64];
};

void merkle_range_init(struct merkle_range *r);                     /* the empty tree */
void merkle_range_append(struct merkle_range *r, const struct digest *leaf_hash);
struct digest merkle_range_root(const struct merkle_range *r);      /* SHA-256("") when empty */

struct merkle_proof {
	uint32_t count;
	struct digest hashes[LIMIT_PROOF_HASHES];
};

/* Gives the root of the perfect subtree of 2^level leaves number `index` (leaves index<<level ..).
 * Returns an error when the store cannot; the pure code passes it on. */
struct merkle_reader {
	enum err_code (*node)(void *context, uint32_t level, uint64_t index, struct digest *ret,
		struct err *e);
	void *context;
};

/* What the four functions below return besides a reader's own error: ERR_INVALID for a size over
 * MERKLE_SIZE_MAX; ERR_TOO_LARGE for a proof of over LIMIT_PROOF_HASHES (trees past 2^62 only).
 *
 * Root of the first `size` leaves. */
MUST_USE enum err_code merkle_root(const struct merkle_reader *r, uint64_t size,
	struct digest *ret, struct err *e);
/* The compact range of the first `size` leaves (to go on appending after a restart). */
MUST_USE enum err_code merkle_range_load(const struct merkle_reader *r, uint64_t size,
	struct merkle_range *ret, struct err *e);
/* RFC 9162 2.1.3.1 / 2.1.4.1. Need index < size / old_size <= new_size: else ERR_INVALID. */
MUST_USE enum err_code merkle_prove_inclusion(const struct merkle_reader *r, uint64_t index,
	uint64_t size, struct merkle_proof *ret, struct err *e);
MUST_USE enum err_code merkle_prove_consistency(const struct merkle_reader *r, uint64_t old_size,
	uint64_t new_size, struct merkle_proof *ret, struct err *e);
/* RFC 9162 2.1.3.2. ERR_UNPROVEN when it does not hold. */
MUST_USE enum err_code merkle_verify_inclusion(const struct merkle_proof *p, uint64_t index,
	uint64_t size, const struct digest *leaf_hash, const struct digest *root, struct err *e);
/* RFC 9162 2.1.4.2, with C2SP's rule for old_size 0: the proof is empty and any tree follows, so
 * that old_root is not looked at. At new_size 0 the root must be that of the empty tree.
 * ERR_UNPROVEN. */
MUST_USE enum err_code merkle_verify_consistency(const struct merkle_proof *p, uint64_t old_size,
	uint64_t new_size, const struct digest *old_root, const struct digest *new_root,
	struct err *e);

#endif
