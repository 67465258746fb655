/* totp.h - time-based one-time passwords (RFC 6238, HMAC-SHA-1, 30 seconds). Pure.
 *
 * SHA-1 because every authenticator application knows it; HMAC does not need what SHA-1 has lost.
 */
#ifndef HUREN_CRYPTO_TOTP_H
#define HUREN_CRYPTO_TOTP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

#define TOTP_SECRET_BYTES 20
#define TOTP_STEP_S 30
#define TOTP_DIGITS 6

/* `digits` 6 to 8. */
uint32_t totp_code(struct str secret, uint64_t step, unsigned digits);
/* True when `code` (six digits, blanks allowed) is that of now or of one step beside it, and its
 * step is later than `last_step`: a code works once. */
bool totp_accepts(struct str secret, struct str code, int64_t now, uint64_t last_step,
	uint64_t *ret_step);
/* "otpauth://totp/...": what the QR code holds. at == NULL at the arena's cap. */
struct str totp_address(struct arena *a, struct str issuer, struct str account, struct str secret);

#endif
