/* http_signature.h - HTTP Message Signatures (RFC 9421, RFC 9530) in one profile.
 *
 * Covered: exactly "@method" "@authority" "@path" "content-digest" "content-type"; parameters
 * created, expires (at most created + 300), nonce (22 to 64 base64url characters), keyid (a DID
 * URL), alg "ed25519", tag "huren", each exactly once. We write them in that order and accept any.
 *
 * Is:      signing and checking, strict parsing of the structured fields of this profile. Pure.
 * Is not:  a replay cache (nonce_guard.h), the question who the keyid belongs to.
 * I1  Only the canonical spelling of Signature-Input is accepted, so the bytes that were signed are
 *     the bytes received, and no second spelling of a signature passes.
 */
#ifndef HUREN_PEER_HTTP_SIGNATURE_H
#define HUREN_PEER_HTTP_SIGNATURE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "crypto/key.h"

#define HTTP_HEADERS_MAX 32

struct http_header { struct str name, value; };   /* names lower case */

struct http_request {
	struct str method;         /* "POST" */
	struct str authority;      /* lower case, default port dropped */
	struct str path;           /* without query */
	struct str body;
	size_t header_count;
	struct http_header headers[HTTP_HEADERS_MAX];
};

/* Headers to add: content-digest, signature-input, signature. `keyid` without quote, backslash or
 * control characters (ERR_INVALID). The request must carry content-type (ERR_INVALID). */
MUST_USE enum err_code http_signature_sign(struct arena *a, const struct http_request *r,
	struct str keyid, const struct key *k, int64_t now, const uint8_t nonce[16],
	struct http_header ret[3], struct err *e);

struct http_signature_found { struct str keyid; struct str nonce; int64_t created, expires; };
/* Checks form, covered components, times against `now`, digest, signature under the key that `find`
 * gives for keyid. The caller checks the nonce's freshness. ERR_DENIED: stale, digest or signature
 * does not hold, or what `find` says; ERR_INVALID: a header is missing, twice there or bad. */
MUST_USE enum err_code http_signature_verify(struct arena *a, const struct http_request *r,
	int64_t now,
	enum err_code (*find)(void *context, struct str keyid, struct key_public *ret,
		struct err *e),
	void *context, struct http_signature_found *ret, struct err *e);

/* The signature base (RFC 9421 section 2.5) for any list of components: `params` is the inner list
 * with its parameters as it stands behind "label=". Header fields given more than once are joined.
 * ERR_INVALID: malformed, or a component that the request lacks; ERR_UNSUPPORTED: one with
 * parameters of its own, or a derived one other than @method, @authority, @path. */
MUST_USE enum err_code http_signature_put_base(struct buf *b, const struct http_request *r,
	struct str params, struct err *e);
/* Value of Content-Digest for a body: "sha-256=:...:". at == NULL at the arena's cap. */
struct str http_signature_digest(struct arena *a, struct str body);

#endif
