/* password.h - passwords that people choose: Argon2id hashes, and which ones are taken at all.
 *
 * Is:      libsodium's Argon2id with the cost of limits.h; the hash names its own cost, so that a
 *          change of the limits is seen and the hash made again when its password is next typed.
 */
#ifndef HUREN_CRYPTO_PASSWORD_H
#define HUREN_CRYPTO_PASSWORD_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

#define PASSWORD_HASH_BYTES 128        /* text and NUL */

/* ERR_TOO_LARGE: no memory for it. */
MUST_USE enum err_code password_hash(struct str password, char ret[PASSWORD_HASH_BYTES],
	struct err *e);
/* An empty or malformed hash fits no password. */
bool password_fits(struct str hash, struct str password);
/* Made at another cost than today's limits ask for. */
bool password_is_outdated(struct str hash);
/* The work of password_fits for nobody, so that an unknown name takes as long as a known one. */
void password_spend(struct str password);
/* What is wrong with a new password, as a word ("short", "long", "common", "holds-name", "plain"),
 * or NULL. Length counts characters; nothing else is asked for. */
const char *password_judge(struct str password, struct str name);

#endif
