/* wal_file.c - see wal_file.h. All but the WAL goes to the system's own VFS unseen. */
#include "store/wal_file.h"

#include <pthread.h>
#include <sqlite3.h>
#include <string.h>

#include "base/check.h"

#define NAME "huren"
#define ROOM_BYTES 131072 /* 31 frames: beyond, a call costs little beside its bytes */

/* The real file stands behind it, in the room that SQLite gives for both. */
struct wal_file {
	sqlite3_file base;
	sqlite3_file *real;
	char *room;                /* of ROOM_BYTES, from the first write on */
	sqlite3_int64 offset;      /* where the gathered bytes belong */
	int len;
};

static sqlite3_vfs vfs;
static sqlite3_vfs *real_vfs;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static struct wal_file *wal(sqlite3_file *file)
{
	return (struct wal_file *)file;
}

static sqlite3_file *real_of(sqlite3_file *file)
{
	return wal(file)->real;
}

/* After a failure SQLite rolls back and begins again at the end of the last commit, so the bytes
 * are not needed any more. */
static int flush(struct wal_file *f)
{
	int len = f->len;

	f->len = 0;
	return len == 0 ? SQLITE_OK : f->real->pMethods->xWrite(f->real, f->room, len, f->offset);
}

static int wal_write(sqlite3_file *file, const void *bytes, int len, sqlite3_int64 offset)
{
	struct wal_file *f = wal(file);
	int result;

	if (!f->room)
		f->room = sqlite3_malloc(ROOM_BYTES);
	if (f->len > 0 && (offset != f->offset + f->len || len > ROOM_BYTES - f->len)) {
		result = flush(f);
		if (result != SQLITE_OK)
			return result;
	}
	if (!f->room || len > ROOM_BYTES)
		return f->real->pMethods->xWrite(f->real, bytes, len, offset);
	if (f->len == 0)
		f->offset = offset;
	memcpy(f->room + f->len, bytes, (size_t)len);
	f->len += len;
	return SQLITE_OK;
}

static int wal_close(sqlite3_file *file)
{
	struct wal_file *f = wal(file);
	int flushed = flush(f);
	int closed = f->real->pMethods ? f->real->pMethods->xClose(f->real) : SQLITE_OK;

	sqlite3_free(f->room);
	f->room = NULL;
	return flushed != SQLITE_OK ? flushed : closed;
}

static int wal_read(sqlite3_file *file, void *to, int len, sqlite3_int64 offset)
{
	int result = flush(wal(file));

	return result != SQLITE_OK ? result :
		real_of(file)->pMethods->xRead(real_of(file), to, len, offset);
}

static int wal_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	int result = flush(wal(file));

	return result != SQLITE_OK ? result :
		real_of(file)->pMethods->xTruncate(real_of(file), size);
}

static int wal_sync(sqlite3_file *file, int flags)
{
	int result = flush(wal(file)); /* I1 */

	return result != SQLITE_OK ? result : real_of(file)->pMethods->xSync(real_of(file), flags);
}

static int wal_size(sqlite3_file *file, sqlite3_int64 *ret)
{
	int result = flush(wal(file));

	return result != SQLITE_OK ? result :
		real_of(file)->pMethods->xFileSize(real_of(file), ret);
}

static int wal_lock(sqlite3_file *file, int level)
{
	return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int wal_unlock(sqlite3_file *file, int level)
{
	return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int wal_is_reserved(sqlite3_file *file, int *ret)
{
	return real_of(file)->pMethods->xCheckReservedLock(real_of(file), ret);
}

static int wal_control(sqlite3_file *file, int what, void *argument)
{
	return real_of(file)->pMethods->xFileControl(real_of(file), what, argument);
}

static int wal_sector_size(sqlite3_file *file)
{
	return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int wal_characteristics(sqlite3_file *file)
{
	return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

/* Version 1: shared memory and mapping belong to the database file, never to the WAL. */
static const sqlite3_io_methods methods = {
	.iVersion = 1,
	.xClose = wal_close,
	.xRead = wal_read,
	.xWrite = wal_write,
	.xTruncate = wal_truncate,
	.xSync = wal_sync,
	.xFileSize = wal_size,
	.xLock = wal_lock,
	.xUnlock = wal_unlock,
	.xCheckReservedLock = wal_is_reserved,
	.xFileControl = wal_control,
	.xSectorSize = wal_sector_size,
	.xDeviceCharacteristics = wal_characteristics,
};

static int file_open(sqlite3_vfs *self, const char *name, sqlite3_file *file, int flags,
	int *ret_flags)
{
	struct wal_file *f = wal(file);
	int result;

	(void)self;
	if ((flags & SQLITE_OPEN_WAL) == 0)
		return real_vfs->xOpen(real_vfs, name, file, flags, ret_flags);
	*f = (struct wal_file){ .real = (sqlite3_file *)(f + 1) };
	result = real_vfs->xOpen(real_vfs, name, f->real, flags, ret_flags);
	/* SQLite closes what has methods, even after a failure. */
	f->base.pMethods = f->real->pMethods ? &methods : NULL;
	return result;
}

static void register_vfs(void)
{
	real_vfs = sqlite3_vfs_find(NULL);
	CHECK(real_vfs);
	vfs = *real_vfs;
	vfs.zName = NAME;
	vfs.pNext = NULL;
	vfs.szOsFile = (int)sizeof(struct wal_file) + real_vfs->szOsFile;
	vfs.xOpen = file_open;
	CHECK(sqlite3_vfs_register(&vfs, /* makeDflt= */ 0) == SQLITE_OK);
}

const char *wal_file_vfs(void)
{
	CHECK(pthread_once(&once, register_vfs) == 0);
	return NAME;
}
