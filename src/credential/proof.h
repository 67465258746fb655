/* proof.h - Data Integrity proofs: eddsa-jcs-2022 (W3C) and sm2-sm3-jcs-2026 (ours, same steps with
 * SM3 and SM2; doc/formats/proofs.md). A statement carries one proof or a set of up to
 * LIMIT_PROOFS.
 */
#ifndef HUREN_CREDENTIAL_PROOF_H
#define HUREN_CREDENTIAL_PROOF_H

#include "base/limits.h"
#include "credential/statement.h"
#include "crypto/key.h"

/* Adds a proof (turning a single one into a set) to `doc`. The suite follows the key's type.
 * ERR_TOO_LARGE, ERR_INTERNAL. `created` in seconds. */
MUST_USE enum err_code proof_add(struct arena *a, struct json *doc, const struct key *k,
	struct str verification_method, int64_t created, struct err *e);

/* Finds the public key of a verification method as of a time; used by proof_verify_all. */
struct key_finder {
	enum err_code (*find)(void *context, struct str method, int64_t at,
		struct key_public *ret, struct err *e);
	void *context;
};

struct proof_result {
	struct str method;
	struct str controller;     /* DID of the method */
	enum key_type suite;
	int64_t created;           /* 0 when absent */
};

/* Verifies every proof of the document (any one failing is ERR_DENIED, unknown suite
 * ERR_UNSUPPORTED, malformed ERR_INVALID). The key must count at `at` (receipt time) and, when
 * present, at `created`, give or take LIMIT_FUTURE_SKEW_S, since the clocks of signer and node
 * differ; created > at + LIMIT_FUTURE_SKEW_S is refused; `expires` not after `at` too.
 * For ordinary kinds every controller must be the issuer and one proof must be eddsa-jcs-2022; for
 * many_issuers kinds each party in credentialSubject.parties must have an eddsa-jcs-2022 proof. */
MUST_USE enum err_code proof_verify_all(struct arena *a, const struct statement *s, int64_t at,
	const struct key_finder *finder, struct proof_result ret[LIMIT_PROOFS],
	uint32_t *ret_count, struct err *e);

/* vc+jwt (VC-JOSE-COSE): the compact JWS over the JCS bytes of the statement without its proof.
 * Header {"alg":"EdDSA","cty":"vc","kid":method,"typ":"vc+jwt"}. CHECKs that the key is Ed25519.
 * ERR_TOO_LARGE, ERR_INTERNAL. */
MUST_USE enum err_code vc_jwt_sign(struct arena *a, const struct json *doc, const struct key *k,
	struct str method, struct str *ret, struct err *e);
/* Checks a JWS against the statement it must carry. The header has exactly these four members, in
 * any order; kid is a key of the issuer that counts at `at`. ERR_INVALID malformed; ERR_UNSUPPORTED
 * another alg or more members; ERR_NOT_FOUND no such key; ERR_TOO_LARGE; ERR_DENIED all else. */
MUST_USE enum err_code vc_jwt_verify(struct arena *a, struct str jwt, const struct statement *s,
	int64_t at, const struct key_finder *finder, struct err *e);

#endif
