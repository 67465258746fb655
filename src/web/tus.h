/* tus.h - the texts of the tus protocol 1.0.0 (resumable uploads), read strictly. Pure.
 *
 * Is:      core protocol with creation, expiration, termination and checksum.
 * Is not:  concatenation, deferred lengths, trailers: not offered, and refused.
 */
#ifndef HUREN_WEB_TUS_H
#define HUREN_WEB_TUS_H

#include "base/limits.h"
#include "base/str.h"
#include "crypto/checksum.h"

#define TUS_VERSION "1.0.0"
#define TUS_EXTENSIONS "creation,expiration,checksum,termination"
#define TUS_CHECKSUMS "sha1,sha256"
#define TUS_PIECE_TYPE "application/offset+octet-stream"

/* Upload-Metadata: "key base64,key base64,key". `name` of the key "filename" or "name", `type` of
 * "filetype" or "type"; at == NULL when absent. ERR_INVALID: not of that form, a key twice, text
 * that is not UTF-8; ERR_TOO_LARGE: LIMIT_UPLOAD_METADATA_BYTES, LIMIT_UPLOAD_METADATA_KEYS. */
struct tus_metadata {
	struct str name, type;
};
MUST_USE enum err_code tus_metadata_read(struct arena *a, struct str header,
	struct tus_metadata *ret, struct err *e);
/* Upload-Checksum: "sha1 base64"; empty gives CHECKSUM_NONE. ERR_INVALID: another algorithm, or not
 * as many bytes as it has. */
MUST_USE enum err_code tus_checksum_read(struct str header, struct checksum *ret, struct err *e);
/* Upload-Offset, Upload-Length: a whole number up to 2^53. ERR_INVALID names the header. */
MUST_USE enum err_code tus_number_read(struct str header, const char *name, uint64_t *ret,
	struct err *e);

#endif
