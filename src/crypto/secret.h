/* secret.h - the small tools of secrets: comparing, hashing, sealing, codes for people.
 *
 * Is:      constant-time comparison, digests of high-entropy tokens, XChaCha20-Poly1305 boxes for
 *          what must be read again, base32 and recovery codes.
 * Is not:  for passwords that people choose (password.h).
 */
#ifndef HUREN_CRYPTO_SECRET_H
#define HUREN_CRYPTO_SECRET_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"
#include "crypto/digest.h"

#define SECRET_KEY_BYTES 32
#define SECRET_TOKEN_BYTES 32
#define SECRET_CODE_CHARS 16    /* of base32: 80 bits */

/* Time depends on the lengths only. */
bool secret_eq(struct str a, struct str b);
void secret_wipe(void *at, size_t len);
/* 256 random bits as base64url (43 characters). at == NULL at the arena's cap. */
struct str secret_token(struct arena *a);
/* SHA-256 over purpose, a zero byte and the secret: what is stored of a token with enough entropy,
 * so that a stolen database opens nothing. Purposes keep one kind from standing for another. */
struct digest secret_digest(const char *purpose, struct str secret);

/* Encrypts for `about`, which must be given again to open it. ERR_TOO_LARGE (arena). */
MUST_USE enum err_code secret_seal(struct arena *a, const uint8_t key[SECRET_KEY_BYTES],
	struct str about, struct str plain, struct str *ret, struct err *e);
/* ERR_DENIED: another key, other bytes, or sealed about something else. */
MUST_USE enum err_code secret_open(struct arena *a, const uint8_t key[SECRET_KEY_BYTES],
	struct str about, struct str sealed, struct str *ret, struct err *e);

/* RFC 4648 base32 without padding. at == NULL at the arena's cap. */
struct str secret_base32(struct arena *a, const uint8_t *bytes, size_t len);
/* The same in groups of four with `between`, as people copy it. */
struct str secret_grouped(struct arena *a, struct str text, char between);
/* A new recovery code, "ABCD-EFGH-IJKL-MNOP". */
struct str secret_code(struct arena *a);
/* As typed, to its 16 characters: blanks and dashes dropped, capitals. at == NULL when it can be no
 * recovery code. */
struct str secret_code_read(struct arena *a, struct str typed);

#endif
