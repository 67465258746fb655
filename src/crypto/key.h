/* key.h - key pairs, signatures, and keys sealed under a passphrase.
 *
 * Is:      Ed25519 (libsodium alone decides validity) and SM2 with SM3 (OpenSSL, user id
 *          "1234567812345678" always set), both with 64-byte signatures (SM2: r||s).
 * Is not:  a place that knows what is signed; roles (one key a role) are the node's business.
 * Life:    struct key is plain data, wiped by key_clear. A zeroed key may be cleared.
 */
#ifndef HUREN_CRYPTO_KEY_H
#define HUREN_CRYPTO_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum key_type { KEY_NONE = 0, KEY_ED25519, KEY_SM2, KEY_TYPE_COUNT };

#define KEY_SIGNATURE_BYTES 64
#define KEY_PUBLIC_BYTES_MAX 65

struct key_public {
	enum key_type type;
	uint8_t len;                          /* 32, or 65 (SM2: 0x04 || x || y) */
	uint8_t at[KEY_PUBLIC_BYTES_MAX];
};

struct key {
	struct key_public pub;
	uint8_t secret[32];                   /* Ed25519 seed, or SM2 private scalar */
};

/* Once at program start, before any other call. CHECKs that libsodium works. */
void key_library_init(void);
void key_random(uint8_t *ret, size_t len);

MUST_USE enum err_code key_generate(enum key_type type, struct key *ret, struct err *e);
/* From the 32-byte Ed25519 seed or SM2 scalar; the public half is computed. ERR_INVALID. */
MUST_USE enum err_code key_from_secret(enum key_type type, const uint8_t secret[32],
	struct key *ret, struct err *e);
void key_clear(struct key *k);
/* From 32 (Ed25519) or 65 (SM2) raw bytes. ERR_INVALID: another length, or no point of the curve
 * of SM2. */
MUST_USE enum err_code key_public_from_bytes(enum key_type type, struct str bytes,
	struct key_public *ret, struct err *e);
bool key_public_eq(const struct key_public *a, const struct key_public *b);

/* Deterministic for Ed25519, randomised for SM2. ERR_INTERNAL. */
MUST_USE enum err_code key_sign(const struct key *k, struct str message,
	uint8_t ret[KEY_SIGNATURE_BYTES], struct err *e);
/* ERR_DENIED when the signature does not hold. */
MUST_USE enum err_code key_verify(const struct key_public *k, struct str message,
	const uint8_t signature[KEY_SIGNATURE_BYTES], struct err *e);
/* The same for a 32-byte SM3/SHA-256 pair etc. is not offered: both suites sign messages. */

/* Multikey text ("z6Mk..." for Ed25519). at == NULL at the arena's cap. */
struct str key_public_multikey(struct arena *a, const struct key_public *k);
MUST_USE enum err_code key_public_from_multikey(struct str text, struct key_public *ret,
	struct err *e);
/* did:key:z6Mk... (Ed25519 only). */
struct str key_public_did_key(struct arena *a, const struct key_public *k);

/* Key file (JSON, mode 0600), doc/formats/keys.md: {"type":"ed25519","public":"z6Mk...",
 * "secret":"z..."} or, with a passphrase, {"...","sealed":{"kdf":"argon2id","ops":3,
 * "memory":67108864,"salt":"u...","nonce":"u...","box":"u..."}} (XChaCha20-Poly1305 over the 32
 * secret bytes; the public key text is the additional data). */
MUST_USE enum err_code key_file_text(struct arena *a, const struct key *k, struct str passphrase,
	struct str *ret, struct err *e);           /* empty passphrase: not sealed */
/* ERR_INVALID malformed; ERR_DENIED wrong passphrase, or sealed and none given. Bounds ops and
 * memory (hostile file). CHECKs nothing that comes from the file. */
MUST_USE enum err_code key_file_parse(struct str text, struct str passphrase, struct key *ret,
	struct err *e);
bool key_file_is_sealed(struct str text);

#endif
