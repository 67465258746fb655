/* checksum.h - checksums that a sender names for a piece of a file: SHA-1 or SHA-256, as a stream.
 *
 * Is not:  for anything that must withstand an attacker: SHA-1 is here because the tus protocol
 *          asks for it, against errors of a line. Files are known by digest.h alone.
 */
#ifndef HUREN_CRYPTO_CHECKSUM_H
#define HUREN_CRYPTO_CHECKSUM_H

#include "base/str.h"

#define CHECKSUM_BYTES_MAX 32

enum checksum_kind { CHECKSUM_NONE, CHECKSUM_SHA1, CHECKSUM_SHA256 };
struct checksum {
	enum checksum_kind kind;
	size_t len;
	uint8_t at[CHECKSUM_BYTES_MAX];
};
/* "sha1", "sha256"; CHECKSUM_NONE for any other. */
enum checksum_kind checksum_find(struct str name);
size_t checksum_len(enum checksum_kind kind);

struct checksum_stream { void *inner; };
void checksum_open(enum checksum_kind kind, struct checksum_stream *ret);
void checksum_update(struct checksum_stream *s, struct str bytes);
/* Closes; true when what came has this checksum. A stream that is not open has none. */
bool checksum_close(struct checksum_stream *s, const struct checksum *expected);

#endif
