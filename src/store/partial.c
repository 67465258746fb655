/* partial.c - see partial.h. */
#include "store/partial.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/encode.h"
#include "base/io.h"
#include "base/scoped.h"
#include "crypto/key.h"

void partial_id_new(char ret[PARTIAL_ID_BYTES])
{
	uint8_t random[(PARTIAL_ID_BYTES - 1) / 2];

	key_random(random, sizeof(random));
	hex_encode(random, sizeof(random), ret);
}

bool partial_id_holds(struct str id)
{
	if (id.len != PARTIAL_ID_BYTES - 1)
		return false;
	for (size_t i = 0; i < id.len; i++)
		if (!((id.at[i] >= '0' && id.at[i] <= '9') || (id.at[i] >= 'a' && id.at[i] <= 'f')))
			return false;
	return true;
}

static void folder_path(const char *dir, char ret[BLOB_PATH_BYTES])
{
	int len = snprintf(ret, BLOB_PATH_BYTES, "%s/evidence/uploads", dir);

	CHECK(len > 0 && len < BLOB_PATH_BYTES); /* a node's folder has under 512 bytes */
}

void partial_path(const char *dir, const char *id, char ret[BLOB_PATH_BYTES])
{
	int len = snprintf(ret, BLOB_PATH_BYTES, "%s/evidence/uploads/%s", dir, id);

	CHECK(len > 0 && len < BLOB_PATH_BYTES); /* a node's folder has under 512 bytes */
}

enum err_code partial_open(const char *dir, const char *id, int *ret_fd, uint64_t *ret_bytes,
	struct err *e)
{
	char path[BLOB_PATH_BYTES];

	partial_path(dir, id, path);
	return io_append_open(path, ret_fd, ret_bytes, e);
}

enum err_code partial_begin(const char *dir, const char *id, struct err *e)
{
	char folder[BLOB_PATH_BYTES];
	SCOPED_FD fd = -1;
	uint64_t bytes;

	TRY(partial_open(dir, id, &fd, &bytes, e));
	folder_path(dir, folder);
	return io_sync_names(folder, e);
}

bool partial_find(const char *dir, const char *id, uint64_t *ret_bytes)
{
	char path[BLOB_PATH_BYTES];
	struct stat st;

	partial_path(dir, id, path);
	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
		return false;
	*ret_bytes = (uint64_t)st.st_size;
	return true;
}

enum err_code partial_sync(int fd, struct err *e)
{
	if (fdatasync(fd) != 0)
		return err_set(e, ERR_IO, "could not make an upload durable: %s", err_errno());
	return ERR_OK;
}

enum err_code partial_cut(int fd, uint64_t bytes, struct err *e)
{
	if (ftruncate(fd, (off_t)bytes) != 0)
		return err_set(e, ERR_IO, "could not cut an upload: %s", err_errno());
	return ERR_OK;
}

enum err_code partial_place(const char *dir, const char *id, const struct digest *d,
	bool *ret_made, struct err *e)
{
	char from[BLOB_PATH_BYTES], second[BLOB_PATH_BYTES], to[BLOB_PATH_BYTES];
	char name[PARTIAL_ID_BYTES];
	SCOPED_FD fd = -1;
	uint64_t bytes;
	bool stood = blob_find(dir, d, &bytes);

	partial_path(dir, id, from);
	blob_path(dir, d, to);
	partial_id_new(name); /* after a crash it is what nobody knows, and removed as such */
	partial_path(dir, name, second);
	if (!partial_find(dir, id, &bytes))
		return err_set(e, ERR_NOT_FOUND, "the received file is gone");
	TRY(io_append_open(from, &fd, &bytes, e));
	TRY(io_name_too(from, second, e));
	enum err_code code = io_place(fd, second, to, e);
	partial_drop(dir, name); /* left over when it failed, or was in place already */
	if (code == ERR_OK)
		*ret_made = !stood;
	else if (!stood)
		blob_drop(dir, d);
	return code;
}

void partial_drop(const char *dir, const char *id)
{
	char path[BLOB_PATH_BYTES];

	partial_path(dir, id, path);
	(void)unlink(path); /* what cannot be removed now is at the next start */
}

void partial_each(const char *dir, void (*visit)(void *context, const char *id), void *context)
{
	char folder[BLOB_PATH_BYTES];
	const struct dirent *entry;

	folder_path(dir, folder);
	SCOPED_DIR d = opendir(folder);
	while (d && (entry = readdir(d)) != NULL)
		if (partial_id_holds(str_of(entry->d_name)))
			visit(context, entry->d_name);
}
