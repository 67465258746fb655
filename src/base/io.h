/* io.h - files: whole reads, durable writes, and faults on demand.
 *
 * Is:      the only place that writes files (SQLite's own aside).
 * Is not:  part of libhuren-verify.
 * I1  io_write_durable is all or nothing: temporary file, write, fsync, rename, fsync of the
 *     folder. After ERR_OK the bytes survive a power cut; after an error the old file stands. One
 *     exception: when only the last step, the fsync of the folder, fails, the new file may stand.
 * Tests:   the environment variable HUREN_FAULT ("write:N" or "fsync:N" or "rename:N": the N-th
 *          call fails with ENOSPC; "free:N": the N-th question for free bytes gets 0) is honoured
 *          in builds with -Dfault=true only.
 */
#ifndef HUREN_BASE_IO_H
#define HUREN_BASE_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

/* Whole file into the arena (a NUL follows the content). ERR_NOT_FOUND, ERR_TOO_LARGE, ERR_IO. */
MUST_USE enum err_code io_read_file(struct arena *a, const char *path, size_t max, struct str *ret,
	struct err *e);
/* See I1. `mode` e.g. 0644 or 0600. Missing parent folders are made. ERR_IO. */
MUST_USE enum err_code io_write_durable(const char *path, struct str bytes, unsigned mode,
	struct err *e);
/* For many files at once: whole or not at all like the above, but durable only after io_sync on the
 * same file system, which costs one fsync for all of them. ERR_IO. */
MUST_USE enum err_code io_write_later(const char *path, struct str bytes, unsigned mode,
	struct err *e);
MUST_USE enum err_code io_sync(const char *folder, struct err *e);
/* Makes the folder and its parents. ERR_IO. */
MUST_USE enum err_code io_make_dirs(const char *path, struct err *e);
bool io_exists(const char *path);
/* This program's own file, to start it again as a worker. */
const char *io_own_program(char path[4096]);

/* Large files, piece by piece: opened (made when missing) at their end, written, put in place. The
 * file at `from` is whole and durable under `to` after io_place, or still at `from`. ERR_IO. */
MUST_USE enum err_code io_append_open(const char *path, int *ret_fd, uint64_t *ret_bytes,
	struct err *e);
MUST_USE enum err_code io_append(int fd, const char *path, struct str bytes, struct err *e);
MUST_USE enum err_code io_place(int fd, const char *from, const char *to, struct err *e);
/* A second name of the same file, in a folder that is there; not durable yet. ERR_IO. */
MUST_USE enum err_code io_name_too(const char *from, const char *to, struct err *e);
/* The names in a folder survive a power cut. ERR_IO. */
MUST_USE enum err_code io_sync_names(const char *folder, struct err *e);
/* Bytes free for an ordinary user on the file system of `path`. ERR_IO. */
MUST_USE enum err_code io_free_bytes(const char *path, uint64_t *ret, struct err *e);

#endif
