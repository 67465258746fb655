/* blobs.h - evidence files in the node's folder, by the SHA-256 of their content.
 *
 * Is:      <dir>/evidence/<2 hex digits>/<64 hex digits>; written piece by piece, hashed while they
 *          come, put in place whole and durable. One read into memory never happens.
 * Is not:  aware of what a file is or who may have it (service/evidence.h).
 * Life:    blob_begin -> blob_write* -> blob_finish | blob_abandon. A writer belongs to one thread
 *          at a time.
 * I1  A file under its digest has that digest; it is never changed.
 * I2  What was begun for a known digest and abandoned is kept in evidence/parts/ and gone on with.
 */
#ifndef HUREN_STORE_BLOBS_H
#define HUREN_STORE_BLOBS_H

#include "base/err.h"
#include "crypto/digest.h"

#define BLOB_PATH_BYTES 640

struct blob_writer;

/* `expected` may be NULL: then nothing is gone on with. `bytes` is the whole size if it is known,
 * else 0. *ret_have: bytes that are here already. ERR_CONFLICT: another writer is at this file;
 * ERR_TOO_LARGE: over LIMIT_EVIDENCE_MB; ERR_BUSY: the disk is or would be nearly full; ERR_IO. */
MUST_USE enum err_code blob_begin(const char *dir, const struct digest *expected, uint64_t bytes,
	struct blob_writer **ret, uint64_t *ret_have, struct err *e);
MUST_USE enum err_code blob_write(struct blob_writer *w, struct str bytes, struct err *e);
/* Forgets what came so far (an answer that begins at 0 again). */
MUST_USE enum err_code blob_restart(struct blob_writer *w, struct err *e);
/* Closes `w` in any case. ERR_INVALID: not the expected digest; then nothing is kept. */
MUST_USE enum err_code blob_finish(struct blob_writer *w, struct digest *ret, uint64_t *ret_bytes,
	struct err *e);
void blob_abandon(struct blob_writer *w); /* accepts NULL */

void blob_path(const char *dir, const struct digest *d, char ret[BLOB_PATH_BYTES]);
/* True when it is here, with its size. */
bool blob_find(const char *dir, const struct digest *d, uint64_t *ret_bytes);
/* The caller sees to it that no row names it, nor will; gone already is well. */
void blob_drop(const char *dir, const struct digest *d);
/* Open for reading; the caller closes. ERR_NOT_FOUND, ERR_IO. */
MUST_USE enum err_code blob_open(const char *dir, const struct digest *d, int *ret_fd,
	uint64_t *ret_bytes, struct err *e);
/* Bytes of a part that was abandoned. */
uint64_t blob_part_bytes(const char *dir, const struct digest *d);
/* Removes parts without a known digest, which nobody can go on with: at start. */
void blobs_tidy(const char *dir);
/* ERR_BUSY: the disk is nearly full, or would be with so many bytes more. */
MUST_USE enum err_code blob_check_disk(const char *dir, uint64_t more, struct err *e);
/* SHA-256 of any file, read in pieces. ERR_NOT_FOUND, ERR_IO. */
MUST_USE enum err_code blob_digest_file(const char *path, struct digest *ret, uint64_t *ret_bytes,
	struct err *e);

#endif
