/* blobs.c - evidence files: writing them, finding them. */
#include "store/blobs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/encode.h"
#include "base/io.h"
#include "base/limits.h"
#include "base/scoped.h"
#include "crypto/key.h"

#define PIECE_BYTES 262144
#define ASK_DISK_BYTES ((uint64_t)16 << 20) /* how often the free space is asked for */
#define BYTES_MAX ((uint64_t)LIMIT_EVIDENCE_MB * 1000000)
#define UNKNOWN_PREFIX "unknown-"

struct blob_writer {
	char dir[512];
	char part[BLOB_PATH_BYTES];
	int fd;
	bool has_expected;
	struct digest expected;
	struct digest_stream stream;
	uint64_t bytes, asked_at;
};

static void hex_of(const struct digest *d, char ret[2 * DIGEST_BYTES + 1])
{
	hex_encode(d->at, DIGEST_BYTES, ret);
}

void blob_path(const char *dir, const struct digest *d, char ret[BLOB_PATH_BYTES])
{
	char hex[2 * DIGEST_BYTES + 1];
	hex_of(d, hex);
	int len = snprintf(ret, BLOB_PATH_BYTES, "%s/evidence/%.2s/%s", dir, hex, hex);
	CHECK(len > 0 && len < BLOB_PATH_BYTES); /* a node's folder has under 512 bytes */
}

static void part_path(const char *dir, const struct digest *expected, char ret[BLOB_PATH_BYTES])
{
	char hex[2 * DIGEST_BYTES + 1];
	uint8_t random[16];
	int len;
	if (expected) {
		hex_of(expected, hex);
		len = snprintf(ret, BLOB_PATH_BYTES, "%s/evidence/parts/%s", dir, hex);
	} else {
		key_random(random, sizeof(random));
		hex_encode(random, sizeof(random), hex);
		len = snprintf(ret, BLOB_PATH_BYTES, "%s/evidence/parts/" UNKNOWN_PREFIX "%s",
			dir, hex);
	}
	CHECK(len > 0 && len < BLOB_PATH_BYTES);
}

static bool file_bytes(const char *path, uint64_t *ret)
{
	struct stat st;
	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
		return false;
	*ret = (uint64_t)st.st_size;
	return true;
}

bool blob_find(const char *dir, const struct digest *d, uint64_t *ret_bytes)
{
	char path[BLOB_PATH_BYTES];
	blob_path(dir, d, path);
	return file_bytes(path, ret_bytes);
}

void blob_drop(const char *dir, const struct digest *d)
{
	char path[BLOB_PATH_BYTES];
	blob_path(dir, d, path);
	(void)unlink(path); /* what cannot be removed takes room, no more */
}

uint64_t blob_part_bytes(const char *dir, const struct digest *d)
{
	char path[BLOB_PATH_BYTES];
	uint64_t bytes = 0;
	part_path(dir, d, path);
	return file_bytes(path, &bytes) ? bytes : 0;
}

enum err_code blob_open(const char *dir, const struct digest *d, int *ret_fd, uint64_t *ret_bytes,
	struct err *e)
{
	char path[BLOB_PATH_BYTES];
	struct stat st;
	blob_path(dir, d, path);
	SCOPED_FD fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return err_set(e, ERR_NOT_FOUND, "the evidence file is not held here");
	if (fd < 0 || fstat(fd, &st) != 0)
		return err_set(e, ERR_IO, "could not open file \"%s\": %s", path, err_errno());
	*ret_bytes = (uint64_t)st.st_size;
	*ret_fd = fd_take(&fd);
	return ERR_OK;
}

/* ---- writing --------------------------------------------------------------------------------- */

enum err_code blob_check_disk(const char *dir, uint64_t more, struct err *e)
{
	uint64_t free_bytes;
	TRY(io_free_bytes(dir, &free_bytes, e));
	if (free_bytes < LIMIT_DISK_FREE_BYTES || free_bytes - LIMIT_DISK_FREE_BYTES < more) {
		(void)err_set(e, ERR_BUSY, "the disk is nearly full: %llu MB are free",
			(unsigned long long)(free_bytes / 1000000));
		return err_hint(e, "Make room in the node's folder; what came so far is kept.");
	}
	return ERR_OK;
}

/* Reads `fd` from its beginning into the stream. */
static enum err_code hash_file(int fd, const char *path, struct digest_stream *s,
	uint64_t *ret_bytes, struct err *e)
{
	SCOPED_BUF b = { 0 };
	uint64_t at = 0;
	buf_init(&b, PIECE_BYTES);
	CHECK(buf_reserve(&b, PIECE_BYTES));
	for (;;) {
		ssize_t got = pread(fd, b.at, PIECE_BYTES, (off_t)at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_set(e, ERR_IO, "could not read file \"%s\": %s", path,
				err_errno());
		if (got == 0)
			break;
		digest_stream_update(s, (struct str){ b.at, (size_t)got });
		at += (uint64_t)got;
	}
	*ret_bytes = at;
	return ERR_OK;
}

enum err_code blob_digest_file(const char *path, struct digest *ret, uint64_t *ret_bytes,
	struct err *e)
{
	SCOPED_FD fd = open(path, O_RDONLY | O_CLOEXEC);
	struct digest_stream stream;
	if (fd < 0)
		return err_set(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO,
			"could not open file \"%s\": %s", path, err_errno());
	digest_stream_open(&stream);
	enum err_code code = hash_file(fd, path, &stream, ret_bytes, e);
	struct digest d = digest_stream_close(&stream);
	if (code == ERR_OK)
		*ret = d;
	return code;
}

enum err_code blob_begin(const char *dir, const struct digest *expected, uint64_t bytes,
	struct blob_writer **ret, uint64_t *ret_have, struct err *e)
{
	char part[BLOB_PATH_BYTES];
	uint64_t have = 0;
	if (bytes > BYTES_MAX)
		return err_set(e, ERR_TOO_LARGE, "evidence file of %llu bytes is over %d MB",
			(unsigned long long)bytes, LIMIT_EVIDENCE_MB);
	part_path(dir, expected, part);
	SCOPED_FD fd = -1;
	TRY(io_append_open(part, &fd, &have, e));
	if (flock(fd, LOCK_EX | LOCK_NB) != 0)
		return err_set(e, ERR_CONFLICT, "this evidence file is being received already");
	TRY(blob_check_disk(dir, bytes > have ? bytes - have : 0, e));
	struct blob_writer *w = handle_new(sizeof(*w));
	CHECK(strlen(dir) < sizeof(w->dir));
	memcpy(w->dir, dir, strlen(dir) + 1);
	memcpy(w->part, part, sizeof(part));
	w->has_expected = expected != NULL;
	if (expected)
		w->expected = *expected;
	digest_stream_open(&w->stream);
	enum err_code code = hash_file(fd, part, &w->stream, &w->bytes, e);
	w->asked_at = w->bytes;
	w->fd = fd_take(&fd);
	if (code != ERR_OK) {
		blob_abandon(w);
		return code;
	}
	*ret = w;
	*ret_have = w->bytes;
	return ERR_OK;
}

enum err_code blob_write(struct blob_writer *w, struct str bytes, struct err *e)
{
	if (w->bytes + bytes.len > BYTES_MAX)
		return err_set(e, ERR_TOO_LARGE, "evidence file is over %d MB", LIMIT_EVIDENCE_MB);
	if (w->bytes + bytes.len - w->asked_at >= ASK_DISK_BYTES) {
		TRY(blob_check_disk(w->dir, bytes.len, e));
		w->asked_at = w->bytes;
	}
	TRY(io_append(w->fd, w->part, bytes, e));
	digest_stream_update(&w->stream, bytes);
	w->bytes += bytes.len;
	return ERR_OK;
}

enum err_code blob_restart(struct blob_writer *w, struct err *e)
{
	if (ftruncate(w->fd, 0) != 0)
		return err_set(e, ERR_IO, "could not empty file \"%s\": %s", w->part, err_errno());
	(void)digest_stream_close(&w->stream);
	digest_stream_open(&w->stream);
	w->bytes = 0;
	w->asked_at = 0;
	return ERR_OK;
}

static void writer_close(struct blob_writer *w, bool keep)
{
	if (!keep)
		(void)unlink(w->part); /* gone already when it was put in place */
	(void)close(w->fd);
	handle_drop(w);
}

void blob_abandon(struct blob_writer *w)
{
	if (!w)
		return;
	(void)digest_stream_close(&w->stream);
	writer_close(w, w->has_expected);
}

enum err_code blob_finish(struct blob_writer *w, struct digest *ret, uint64_t *ret_bytes,
	struct err *e)
{
	char path[BLOB_PATH_BYTES], hex[2 * DIGEST_BYTES + 1];
	struct digest d = digest_stream_close(&w->stream);
	uint64_t bytes = w->bytes;
	if (w->has_expected && !digest_eq(&d, &w->expected)) {
		hex_of(&d, hex);
		writer_close(w, false);
		return err_set(e, ERR_INVALID, "evidence file is another one: its digest is %s",
			hex);
	}
	blob_path(w->dir, &d, path);
	enum err_code code = io_place(w->fd, w->part, path, e);
	writer_close(w, code != ERR_OK && w->has_expected);
	if (code != ERR_OK)
		return code;
	*ret = d;
	*ret_bytes = bytes;
	return ERR_OK;
}

void blobs_tidy(const char *dir)
{
	char folder[BLOB_PATH_BYTES];
	const struct dirent *entry;
	(void)snprintf(folder, sizeof(folder), "%s/evidence/parts", dir);
	SCOPED_DIR parts = opendir(folder);
	while (parts && (entry = readdir(parts)) != NULL) {
		if (strncmp(entry->d_name, UNKNOWN_PREFIX, strlen(UNKNOWN_PREFIX)) == 0)
			(void)unlinkat(dirfd(parts), entry->d_name, 0); /* tried again next time */
	}
}
