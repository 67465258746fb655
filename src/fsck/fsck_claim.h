/* fsck_claim.h - one statement, read and verified from doc/formats alone.
 *
 * Is:      canonical bytes, digest, receipt, proofs (eddsa-jcs-2022, sm2-sm3-jcs-2026), vc+jwt, and
 *          the keys that DID documents in the tlogs give, as of any time.
 * Is not:  credential/: the checker must not repeat the writer's mistakes by calling them.
 * Life:    fsck_keys_add for every DID document first, then fsck_claim_verify for each statement.
 */
#ifndef HUREN_FSCK_FSCK_CLAIM_H
#define HUREN_FSCK_FSCK_CLAIM_H

#include "base/json.h"
#include "base/limits.h"
#include "crypto/digest.h"
#include "crypto/key.h"

enum fsck_kind {
	FSCK_DID_DOCUMENT, FSCK_ACCREDITATION, FSCK_AGREEMENT, FSCK_REPORT, FSCK_DECISION,
	FSCK_STATUS, FSCK_STATUS_LIST, FSCK_RECOMPUTATION, FSCK_LISTING, FSCK_ALLIANCE,
	FSCK_KIND_COUNT
};

/* What a tlog entry says (doc/formats/receipt.md). */
struct fsck_receipt {
	enum fsck_kind kind;
	uint8_t disclosure;        /* 0 open, 1 conditional, 2 closed */
	uint8_t id_key[16];
	struct str issuer;
	int64_t time;
	struct digest digest;
};
/* The entry's bytes. ERR_TOO_LARGE. */
MUST_USE enum err_code fsck_receipt_put(struct buf *b, const struct fsck_receipt *r,
	struct err *e);
/* Reads an entry; refuses bytes fsck_receipt_put would not write. ERR_INVALID. */
MUST_USE enum err_code fsck_receipt_parse(struct arena *a, struct str bytes,
	struct fsck_receipt *ret, struct err *e);

struct fsck_claim {
	const struct json *doc;
	const struct json *subject;
	struct str issuer;
};
/* The body of `r`: digest, canonical form, id, issuer and type must be those of the receipt.
 * `bytes` must outlive the arena. ERR_CORRUPT says what differs. */
MUST_USE enum err_code fsck_claim_parse(struct arena *a, struct str bytes,
	const struct fsck_receipt *r, struct fsck_claim *ret, struct err *e);

/* Every key of every DID document version, by method. */
struct fsck_key {
	struct str method;         /* "did:web:...#key-1" */
	struct str did;
	struct key_public pub;
	bool asserts;
	int64_t from;              /* receipt time of the version that lists it */
	uint64_t version;          /* ordinal of that version among all, in the order added */
	int64_t until;             /* expires or revoked, else INT64_MAX */
};
struct fsck_keys {
	struct fsck_key *at;       /* sorted by fsck_keys_sort */
	size_t count, capacity;
	uint64_t versions;
};
/* Takes the keys of a DID document statement; copies what it keeps into `a`. ERR_INVALID. */
MUST_USE enum err_code fsck_keys_add(struct fsck_keys *keys, struct arena *a,
	const struct fsck_claim *claim, int64_t logged_at, struct err *e);
void fsck_keys_sort(struct fsck_keys *keys);

/* Every proof of the statement under keys valid at `at` (the receipt's time), and the right people
 * among the signers; then the JWS, when `jws` is not empty. *ret_signatures counts. ERR_CORRUPT. */
MUST_USE enum err_code fsck_claim_verify(struct arena *a, const struct fsck_claim *claim,
	enum fsck_kind kind, struct str jws, int64_t at, const struct fsck_keys *keys,
	uint32_t *ret_signatures, struct err *e);

#endif
