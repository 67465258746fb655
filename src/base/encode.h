/* encode.h - hex, base64 and base64url (RFC 4648).
 *
 * Decoders are strict: no white space, no missing or extra padding, no non-zero spare bits.
 */
#ifndef HUREN_BASE_ENCODE_H
#define HUREN_BASE_ENCODE_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/* Writes 2*len lower-case digits and a NUL. `ret` holds at least 2*len+1 bytes. */
void hex_encode(const uint8_t *bytes, size_t len, char *ret);
/* Lower or upper case; `s.len` must be 2*len. */
MUST_USE enum err_code hex_decode(struct str s, uint8_t *ret, size_t len, struct err *e);

void base64_put(struct buf *b, const uint8_t *bytes, size_t len);        /* with padding */
void base64url_put(struct buf *b, const uint8_t *bytes, size_t len);     /* without padding */
struct str base64_new(struct arena *a, const uint8_t *bytes, size_t len);    /* at NULL at cap */
struct str base64url_new(struct arena *a, const uint8_t *bytes, size_t len);
/* Decoded bytes in the arena. ERR_INVALID, ERR_TOO_LARGE (arena). */
MUST_USE enum err_code base64_decode(struct arena *a, struct str s, struct str *ret, struct err *e);
/* The same, but spare bits at the end may be set, as most decoders take them: for signatures that
 * others spelled and whose text is kept. */
MUST_USE enum err_code base64_decode_loose(struct arena *a, struct str s, struct str *ret,
	struct err *e);
/* As base64_decode, into `ret` when it is exactly `len` bytes: for hashes and signatures.
 * ERR_INVALID. */
MUST_USE enum err_code base64_decode_fixed(struct str s, uint8_t *ret, size_t len, struct err *e);
MUST_USE enum err_code base64url_decode(struct arena *a, struct str s, struct str *ret,
	struct err *e);
MUST_USE enum err_code base64url_decode_fixed(struct str s, uint8_t *ret, size_t len,
	struct err *e);

#endif
