/* webauthn.h - checking what a passkey said: Web Authentication Level 2, sections 7.1 and 7.2.
 *
 * Is:      two pure checks, of a new passkey and of its use: client data, RP id, flags, then the
 *          signature by libfido2. ES256, EdDSA and RS256; attestation "none", or "packed" whose
 *          signature must hold (nobody is trusted for it: it says that the key was there).
 * Is not:  a store of passkeys, nor the judge of a counter or of how old a challenge is.
 * I1  User presence and user verification are always asked for.
 * I2  Every length is checked by us before libfido2 sees a byte.
 */
#ifndef HUREN_CRYPTO_WEBAUTHN_H
#define HUREN_CRYPTO_WEBAUTHN_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#define WEBAUTHN_RP_BYTES 32
#define WEBAUTHN_PUBLIC_BYTES_MAX 259   /* RS256: modulus and exponent */

/* COSE's numbers, which browsers are told. */
enum webauthn_algorithm { WEBAUTHN_ES256 = -7, WEBAUTHN_EDDSA = -8, WEBAUTHN_RS256 = -257 };

struct webauthn_expected {
	struct str rp_id;          /* "node.example" */
	struct str origin;         /* "https://node.example" */
	struct str challenge;      /* as sent: base64url */
};
struct webauthn_credential {
	struct str id;
	enum webauthn_algorithm algorithm;
	struct str public;         /* as libfido2 takes it */
	uint32_t counter;
	const char *attestation;   /* "none", "self", "packed" */
};
struct webauthn_assertion {
	struct str client_data, authenticator_data, signature;
};

/* A new passkey. Texts of *ret in the arena. ERR_INVALID: malformed; ERR_DENIED: another origin, RP
 * id or challenge, nobody verified, or a signature that does not hold; ERR_UNSUPPORTED: algorithm
 * or form of attestation; ERR_TOO_LARGE. */
MUST_USE enum err_code webauthn_register(struct arena *a, const struct webauthn_expected *expected,
	struct str client_data, struct str attestation, struct webauthn_credential *ret,
	struct err *e);
/* Its use: algorithm and public of `credential`. Errors as above. */
MUST_USE enum err_code webauthn_assert(struct arena *a, const struct webauthn_expected *expected,
	const struct webauthn_credential *credential, const struct webauthn_assertion *assertion,
	uint32_t *ret_counter, struct err *e);
/* Origin and RP id of a node's address. False: passkeys cannot be had there (an address by number,
 * or neither TLS nor this machine). Pure. */
bool webauthn_place(struct arena *a, struct str url, struct str *ret_origin, struct str *ret_rp_id);

#endif
