/* partial.h - files that are being received: <dir>/evidence/uploads/<32 hex digits>.
 *
 * Is:      opened at their end, written, synced, cut, put in place under their digest (blobs.h), or
 *          removed. They outlive the process: how far one came is its length on disk. What was put
 *          in place stays here too until it is removed, so that nothing is lost when the rows of
 *          it could not be written, or the process ends in between.
 * Is not:  aware of whose they are (service/upload.h).
 */
#ifndef HUREN_STORE_PARTIAL_H
#define HUREN_STORE_PARTIAL_H

#include "store/blobs.h"

#define PARTIAL_ID_BYTES 33    /* with NUL */

/* A random name. */
void partial_id_new(char ret[PARTIAL_ID_BYTES]);
bool partial_id_holds(struct str id);
void partial_path(const char *dir, const char *id, char ret[BLOB_PATH_BYTES]);
/* Made, empty; its name survives a power cut. ERR_IO. */
MUST_USE enum err_code partial_begin(const char *dir, const char *id, struct err *e);
/* Made when missing. ERR_IO. */
MUST_USE enum err_code partial_open(const char *dir, const char *id, int *ret_fd,
	uint64_t *ret_bytes, struct err *e);
/* True when it is there, with its length. */
bool partial_find(const char *dir, const char *id, uint64_t *ret_bytes);
/* After ERR_OK what was written survives a power cut. */
MUST_USE enum err_code partial_sync(int fd, struct err *e);
MUST_USE enum err_code partial_cut(int fd, uint64_t bytes, struct err *e);
/* Durable under the digest, and still here; another file of the same digest, which may have been
 * damaged, is replaced. *ret_made: there was none. ERR_NOT_FOUND: it is gone; ERR_IO. */
MUST_USE enum err_code partial_place(const char *dir, const char *id, const struct digest *d,
	bool *ret_made, struct err *e);
void partial_drop(const char *dir, const char *id); /* gone already is well */
/* Calls `visit` with each name in the folder. */
void partial_each(const char *dir, void (*visit)(void *context, const char *id), void *context);

#endif
