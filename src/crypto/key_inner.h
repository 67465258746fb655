/* key_inner.h - what the parts of key.h share: SM2, names, secrets as text. */
#ifndef HUREN_CRYPTO_KEY_INNER_H
#define HUREN_CRYPTO_KEY_INNER_H

#include "base/arena.h"
#include "base/scoped.h"
#include "crypto/key.h"

#define KEY_ARENA_BYTES 65536 /* a key file and its decoded parts take under 8 kB */

/* The functions below are false when OpenSSL says no, for whatever reason: the caller knows what
 * that means. */
bool sm2_public_of(const uint8_t *secret, uint8_t *ret_public);
bool sm2_public_holds(const uint8_t *public);
bool sm2_sign(const struct key *k, struct str message, uint8_t *ret);
bool sm2_verify(const struct key_public *k, struct str message, const uint8_t *signature);

const char *key_type_name(enum key_type type);
struct str key_secret_multikey(struct arena *a, const struct key *k);
MUST_USE enum err_code key_from_secret_multikey(struct str text, struct key *ret, struct err *e);

#endif
