/* tlog_proof.h - C2SP tlog-proof@v1: index, inclusion path and checkpoint in one small text. */
#ifndef HUREN_TLOG_TLOG_PROOF_H
#define HUREN_TLOG_TLOG_PROOF_H

#include "tlog/checkpoint.h"
#include "tlog/merkle.h"
#include "tlog/policy.h"

struct tlog_proof {
	struct str extra;          /* decoded, or empty; not authenticated */
	uint64_t index;
	struct merkle_proof path;
	struct str checkpoint;     /* the note, verbatim */
};

MUST_USE enum err_code tlog_proof_put(struct buf *b, const struct tlog_proof *p, struct err *e);
/* The form; the note within is read by tlog_proof_verify. ERR_INVALID; ERR_TOO_LARGE (arena). */
MUST_USE enum err_code tlog_proof_parse(struct arena *a, struct str text, struct tlog_proof *ret,
	struct err *e);

/* What a check found; also filled as far as it got on failure is NOT promised. */
struct tlog_proof_found {
	struct str origin;
	uint64_t size;
	uint64_t index;
	bool quorum_met;
	uint32_t witnesses;
	uint64_t cosigned_at;      /* 0 when no known witness */
};
/* Entry bytes -> leaf -> path -> checkpoint -> log signature -> cosignatures. The log must be in
 * the policy. quorum_met tells about witnesses; the caller decides what lack of it means.
 * ERR_DENIED: another log, or a signature that does not hold. ERR_UNPROVEN: the path does not lead
 * from the entry to the root. ERR_INVALID, ERR_TOO_LARGE: no checkpoint. ret->origin is a view into
 * the checkpoint. */
MUST_USE enum err_code tlog_proof_verify(struct arena *a, const struct tlog_proof *p,
	struct str entry, const struct policy *policy, struct tlog_proof_found *ret, struct err *e);

#endif
