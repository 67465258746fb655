/* multibase.h - base58btc, multibase and Multikey (W3C Controlled Identifiers 1.0).
 *
 * 'z' = base58btc, 'u' = base64url without padding. Public key prefixes: Ed25519 0xed 0x01;
 * SM2 0x86 0x24 (multicodec 0x1206, provisional: see doc/formats/keys.md).
 */
#ifndef HUREN_CRYPTO_MULTIBASE_H
#define HUREN_CRYPTO_MULTIBASE_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#define MULTIBASE_BYTES_MAX 128 /* longest value accepted, decoded: base58 costs the square */

/* 'z' + base58btc; at == NULL at the arena's cap or over MULTIBASE_BYTES_MAX. */
struct str multibase_z_new(struct arena *a, struct str bytes);
/* 'u' + base64url. */
struct str multibase_u_new(struct arena *a, struct str bytes);
/* Decodes 'z' and 'u'. ERR_INVALID for other bases, wrong characters, over the maximum. */
MUST_USE enum err_code multibase_decode(struct arena *a, struct str text, struct str *ret,
	struct err *e);

#endif
