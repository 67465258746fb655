/* io.c - files. */
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/scoped.h"

#define PATH_BYTES_MAX 4096 /* what Linux takes */
#define TEMP_SUFFIX ".new-XXXXXX"

#ifdef HUREN_WITH_FAULTS
/* True when HUREN_FAULT names this very call of `kind`. The count starts anew whenever the
 * variable changes. */
static bool fault_is_due(const char *kind)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static char counted_for[64];
	static uint64_t calls;
	const char *wish = getenv("HUREN_FAULT");
	struct str rest = str_of(wish);
	uint64_t due = 0;
	bool ret = false;

	(void)pthread_mutex_lock(&lock);
	if (!str_is(rest, counted_for)) {
		(void)snprintf(counted_for, sizeof(counted_for), "%s", wish ? wish : "");
		calls = 0;
	}
	if (str_is(str_cut(&rest, ':'), kind) && str_parse_u64(rest, &due, NULL) == ERR_OK)
		ret = ++calls == due;
	(void)pthread_mutex_unlock(&lock);
	if (ret)
		errno = ENOSPC;
	return ret;
}
#else
static bool fault_is_due(const char *kind)
{
	(void)kind;
	return false;
}
#endif

static bool write_all(int fd, struct str bytes)
{
	if (fault_is_due("write"))
		return false;
	while (bytes.len > 0) {
		ssize_t done = write(fd, bytes.at, bytes.len);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return false;
		bytes = str_skip(bytes, (size_t)done);
	}
	return true;
}

static bool sync_file(int fd)
{
	return !fault_is_due("fsync") && fsync(fd) == 0;
}

static bool rename_file(const char *from, const char *to)
{
	return !fault_is_due("rename") && rename(from, to) == 0;
}

/* Makes the names in a folder durable. */
static enum err_code sync_folder(const char *path, struct err *e)
{
	SCOPED_FD fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || !sync_file(fd))
		return err_set(e, ERR_IO, "could not sync folder \"%s\": %s", path, err_errno());
	return ERR_OK;
}

/* The folder of `path` into `ret` of PATH_BYTES_MAX bytes: "." when it has none. */
static enum err_code folder_of(const char *path, char *ret, struct err *e)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) : 0;

	if (strlen(path) + sizeof(TEMP_SUFFIX) > PATH_BYTES_MAX)
		return err_set(e, ERR_IO,
			"could not use path of %zu bytes: too long", strlen(path));
	if (!slash)
		ret[len++] = '.';
	else if (len == 0)
		ret[len++] = '/';
	else
		memcpy(ret, path, len);
	ret[len] = '\0';
	return ERR_OK;
}

static enum err_code make_dir(const char *path, struct err *e)
{
	char parent[PATH_BYTES_MAX];
	struct stat st;

	if (mkdir(path, 0777) == 0) {
		TRY(folder_of(path, parent, e));
		return sync_folder(parent, e);
	}
	if (errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return ERR_OK;
	return err_set(e, ERR_IO, "could not make folder \"%s\": %s", path,
		errno == EEXIST ? "a file stands there" : err_errno());
}

enum err_code io_make_dirs(const char *path, struct err *e)
{
	char part[PATH_BYTES_MAX];
	size_t len = strlen(path);
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return ERR_OK;
	if (len == 0 || len >= sizeof(part))
		return err_set(e, ERR_IO, "could not make folder with a path of %zu bytes", len);
	memcpy(part, path, len + 1);
	while (len > 1 && part[len - 1] == '/')
		part[--len] = '\0';
	for (size_t i = 1; i < len; i++) {
		if (part[i] != '/')
			continue;
		part[i] = '\0';
		TRY(make_dir(part, e));
		part[i] = '/';
	}
	return make_dir(part, e);
}

/* Content of something without a size (a pipe, /dev/stdin). */
static enum err_code read_stream(struct arena *a, int fd, const char *path, size_t max,
	struct str *ret, struct err *e)
{
	SCOPED_BUF b = { 0 };
	char piece[16384];
	struct str copy;

	buf_init(&b, max);
	for (;;) {
		ssize_t got = read(fd, piece, sizeof(piece));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_set(e, ERR_IO,
				"could not read file \"%s\": %s", path, err_errno());
		if (got == 0)
			break;
		buf_put(&b, piece, (size_t)got);
		if (b.overflow)
			break;
	}
	copy = b.overflow ? (struct str){ NULL, 0 } : str_copy(a, buf_str(&b));
	if (!copy.at)
		return err_set(e, ERR_TOO_LARGE, "file \"%s\" is over %zu bytes", path, max);
	*ret = copy;
	return ERR_OK;
}

static enum err_code read_sized(struct arena *a, int fd, const char *path, size_t size,
	struct str *ret, struct err *e)
{
	char *at = arena_alloc(a, size + 1);
	size_t len = 0;

	if (!at)
		return err_set(e, ERR_TOO_LARGE,
			"file \"%s\" of %zu bytes is too large", path, size);
	while (len < size) {
		ssize_t got = read(fd, at + len, size - len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_set(e, ERR_IO,
				"could not read file \"%s\": %s", path, err_errno());
		if (got == 0)
			break; /* somebody shortened it meanwhile */
		len += (size_t)got;
	}
	*ret = (struct str){ at, len };
	return ERR_OK;
}

enum err_code io_read_file(struct arena *a, const char *path, size_t max, struct str *ret,
	struct err *e)
{
	SCOPED_FD fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return err_set(e, errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND : ERR_IO,
			"could not open file \"%s\": %s", path, err_errno());
	if (fstat(fd, &st) != 0)
		return err_set(e, ERR_IO, "could not read file \"%s\": %s", path, err_errno());
	if (S_ISDIR(st.st_mode))
		return err_set(e, ERR_IO, "could not read file \"%s\": it is a folder", path);
	if (!S_ISREG(st.st_mode))
		return read_stream(a, fd, path, max, ret, e);
	if ((uint64_t)st.st_size > max)
		return err_set(e, ERR_TOO_LARGE, "file \"%s\" is over %zu bytes", path, max);
	return read_sized(a, fd, path, (size_t)st.st_size, ret, e);
}

/* The temporary file, written, synced if asked and closed; on failure it is removed again. */
static enum err_code write_temp(char *temp, struct str bytes, unsigned mode, bool sync,
	struct err *e)
{
	SCOPED_FD fd = mkostemp(temp, O_CLOEXEC);
	enum err_code code;

	if (fd < 0)
		return err_set(e, ERR_IO, "could not make file \"%s\": %s", temp, err_errno());
	if (fchmod(fd, mode) == 0 && write_all(fd, bytes) && (!sync || sync_file(fd)))
		return ERR_OK;
	code = err_set(e, ERR_IO, "could not write file \"%s\": %s", temp, err_errno());
	(void)unlink(temp); /* only cleaning up, the error is already in e */
	return code;
}

static enum err_code write_file(const char *path, struct str bytes, unsigned mode, bool sync,
	struct err *e)
{
	char folder[PATH_BYTES_MAX], temp[PATH_BYTES_MAX];

	TRY(folder_of(path, folder, e));
	TRY(io_make_dirs(folder, e));
	memcpy(temp, path, strlen(path));
	memcpy(temp + strlen(path), TEMP_SUFFIX, sizeof(TEMP_SUFFIX));
	TRY(write_temp(temp, bytes, mode, sync, e));
	if (!rename_file(temp, path)) {
		enum err_code code = err_set(e, ERR_IO,
			"could not put file \"%s\" in place: %s", path, err_errno());
		(void)unlink(temp); /* only cleaning up, the error is already in e */
		return code;
	}
	return sync ? sync_folder(folder, e) : ERR_OK;
}

enum err_code io_write_durable(const char *path, struct str bytes, unsigned mode, struct err *e)
{
	return write_file(path, bytes, mode, true, e);
}

enum err_code io_write_later(const char *path, struct str bytes, unsigned mode, struct err *e)
{
	return write_file(path, bytes, mode, false, e);
}

enum err_code io_sync(const char *folder, struct err *e)
{
	SCOPED_FD fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fault_is_due("fsync") || syncfs(fd) != 0)
		return err_set(e, ERR_IO, "could not sync files below \"%s\": %s", folder,
			err_errno());
	return ERR_OK;
}

enum err_code io_append_open(const char *path, int *ret_fd, uint64_t *ret_bytes, struct err *e)
{
	char folder[PATH_BYTES_MAX];
	struct stat st;

	TRY(folder_of(path, folder, e));
	TRY(io_make_dirs(folder, e));
	SCOPED_FD fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return err_set(e, ERR_IO, "could not open file \"%s\": %s", path, err_errno());
	*ret_bytes = (uint64_t)st.st_size;
	*ret_fd = fd_take(&fd);
	return ERR_OK;
}

enum err_code io_append(int fd, const char *path, struct str bytes, struct err *e)
{
	if (write_all(fd, bytes))
		return ERR_OK;
	return err_set(e, ERR_IO, "could not write file \"%s\": %s", path, err_errno());
}

enum err_code io_place(int fd, const char *from, const char *to, struct err *e)
{
	char folder[PATH_BYTES_MAX];

	TRY(folder_of(to, folder, e));
	TRY(io_make_dirs(folder, e));
	if (!sync_file(fd))
		return err_set(e, ERR_IO, "could not write file \"%s\": %s", from, err_errno());
	if (!rename_file(from, to))
		return err_set(e, ERR_IO, "could not put file \"%s\" in place: %s", to,
			err_errno());
	return sync_folder(folder, e);
}

enum err_code io_name_too(const char *from, const char *to, struct err *e)
{
	if (!fault_is_due("rename") && link(from, to) == 0)
		return ERR_OK;
	return err_set(e, ERR_IO, "could not give file \"%s\" a second name: %s", from,
		err_errno());
}

enum err_code io_sync_names(const char *folder, struct err *e)
{
	return sync_folder(folder, e);
}

bool io_exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

enum err_code io_free_bytes(const char *path, uint64_t *ret, struct err *e)
{
	struct statvfs fs;

	if (statvfs(path, &fs) != 0)
		return err_set(e, ERR_IO, "could not ask for the free space of \"%s\": %s", path,
			err_errno());
	*ret = fault_is_due("free") ? 0 : (uint64_t)fs.f_bavail * fs.f_frsize;
	return ERR_OK;
}

/* The file's name is read, since under valgrind the link leads to valgrind; but a file that was
 * replaced meanwhile is another version, and the link leads to the one that runs. */
const char *io_own_program(char path[4096])
{
	static const char link[] = "/proc/self/exe";
	ssize_t len = readlink(link, path, 4095);

	if (len <= 0 || len >= 4095)
		return link;
	path[len] = '\0';
	return str_ends((struct str){ path, (size_t)len }, " (deleted)") ? link : path;
}
