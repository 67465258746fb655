/* fsck_evidence.c - evidence files against their digests (doc/formats/evidence-store.md): each file
 * has the SHA-256 that its name says, each row has its file. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "fsck/fsck_inner.h"

#define PIECE_BYTES 262144
#define PATH_ROOM 1024

static enum err_code hash_file(int fd, struct digest *ret, uint64_t *ret_bytes, struct err *e)
{
	SCOPED_BUF b = { 0 };
	struct digest_stream stream;
	enum err_code code = ERR_OK;
	uint64_t at = 0;

	buf_init(&b, PIECE_BYTES);
	CHECK(buf_reserve(&b, PIECE_BYTES));
	digest_stream_open(&stream);
	for (;;) {
		ssize_t got = pread(fd, b.at, PIECE_BYTES, (off_t)at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			code = err_set(e, ERR_CORRUPT, "file cannot be read: %s", err_errno());
		if (got <= 0)
			break;
		digest_stream_update(&stream, (struct str){ .at = b.at, .len = (size_t)got });
		at += (uint64_t)got;
	}
	*ret = digest_stream_close(&stream);
	*ret_bytes = at;
	return code;
}

/* `bytes` of the row; the file's digest is told by its name. */
static void check_file(struct fsck *f, struct str digest, uint64_t bytes)
{
	char path[PATH_ROOM], hex[2 * DIGEST_BYTES + 1], where[80];
	struct digest found;
	struct err e = { 0 };
	uint64_t size;

	hex_encode((const uint8_t *)digest.at, DIGEST_BYTES, hex);
	(void)snprintf(where, sizeof(where), "evidence/%.2s/%.16s...", hex, hex);
	if (snprintf(path, sizeof(path), "%s/evidence/%.2s/%s", f->dir, hex, hex) >= PATH_ROOM) {
		fsck_found(f, where, "path is too long");
		return;
	}
	SCOPED_FD fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		fsck_found(f, where, "file is missing: %s", err_errno());
		return;
	}
	if (hash_file(fd, &found, &size, &e) != ERR_OK) {
		fsck_found_err(f, where, &e);
		return;
	}
	f->report->evidence++;
	if (memcmp(found.at, digest.at, DIGEST_BYTES) != 0)
		fsck_found(f, where, "file has another digest than its name");
	else if (size != bytes)
		fsck_found(f, where, "row says %llu bytes, the file has %llu",
			(unsigned long long)bytes, (unsigned long long)size);
}

enum err_code fsck_evidence(struct fsck *f, struct err *e)
{
	SCOPED_STATEMENT rows = NULL;
	bool row;

	TRY(fsck_query(f, "SELECT digest, bytes FROM evidence ORDER BY seq", &rows, e));
	for (;;) {
		struct str digest;

		TRY(fsck_step(f, rows, &row, e));
		if (!row)
			return ERR_OK;
		digest = fsck_column(rows, 0);
		if (digest.len != DIGEST_BYTES)
			return err_set(e, ERR_CORRUPT, "row of evidence has no digest");
		check_file(f, digest, (uint64_t)sqlite3_column_int64(rows, 1));
	}
}
