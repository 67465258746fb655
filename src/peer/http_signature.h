/* http_signature.h - HTTP Message Signatures (RFC 9421) with Content-Digest (RFC 9530), one profile:
 *
 * covered: "@method" "@authority" "@path" "content-digest" "content-type"; parameters created, expires
 * (created + 300), nonce, keyid (a DID URL), alg "ed25519", tag "huren". Pure.
 */
#ifndef HUREN_PEER_HTTP_SIGNATURE_H
#define HUREN_PEER_HTTP_SIGNATURE_H

#include "base/err.h"
#include "base/str.h"
#include "crypto/key.h"

struct http_header { struct str name, value; };   /* names lower case */

struct http_request {
	struct str method;         /* "POST" */
	struct str authority;      /* lower case, default port dropped */
	struct str path;           /* without query */
	struct str body;
	size_t header_count;
	struct http_header headers[32];
};

/* Headers to add: content-digest, signature-input, signature. */
MUST_USE enum err_code http_signature_sign(struct arena *a, const struct http_request *r,
	struct str keyid, const struct key *k, int64_t now, const uint8_t nonce[16],
	struct http_header ret[3], struct err *e);

struct http_signature_found { struct str keyid; struct str nonce; int64_t created, expires; };
/* Checks form, covered components, times against `now`, digest, signature under the key that `find`
 * gives for keyid. The caller checks the nonce's freshness. ERR_DENIED, ERR_INVALID. */
MUST_USE enum err_code http_signature_verify(struct arena *a, const struct http_request *r,
	int64_t now,
	enum err_code (*find)(void *context, struct str keyid, struct key_public *ret, struct err *e),
	void *context, struct http_signature_found *ret, struct err *e);

#endif
