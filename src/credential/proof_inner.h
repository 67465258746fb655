/* proof_inner.h - the parts of proof.h that vectors and other forms of proof need by themselves. */
#ifndef HUREN_CREDENTIAL_PROOF_INNER_H
#define HUREN_CREDENTIAL_PROOF_INNER_H

#include "credential/proof.h"

#define PROOF_HASH_BYTES (2 * DIGEST_BYTES)

/* What a proof of this suite signs: hash of the options, then hash of the document. `doc` is any
 * JSON object, its member "proof" is left out; `options` is the proof, its member "proofValue" is
 * left out. When the options have a @context it takes the place of the document's. */
MUST_USE enum err_code proof_hash(struct arena *a, enum key_type suite, const struct json *doc,
	const struct json *options, uint8_t ret[PROOF_HASH_BYTES], struct err *e);

/* The signature in a proofValue: 'z' and base58btc of 64 bytes. ERR_INVALID. */
MUST_USE enum err_code proof_value_read(struct arena *a, struct str text,
	uint8_t ret[KEY_SIGNATURE_BYTES], struct err *e);

/* Judges the times of a signature and finds its key: it must count at `at` and, when `created` is
 * not 0, at that time too. `suite` is the type the key must have. ERR_DENIED, ERR_NOT_FOUND. */
MUST_USE enum err_code proof_find_key(const struct key_finder *finder, struct str method,
	enum key_type suite, int64_t created, int64_t at, struct key_public *ret, struct err *e);

/* DIDs that must sign: the issuer, or for many_issuers kinds the parties. ERR_INVALID. */
struct proof_parties {
	uint32_t count;
	struct str dids[LIMIT_PROOFS];
};
MUST_USE enum err_code proof_parties_of(const struct statement *s, struct proof_parties *ret,
	struct err *e);

#endif
