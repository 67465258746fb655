/* backup.c - backup and restore as file operations. */
#include "store/backup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/scoped.h"
#include "store/store.h"

#define PATH_ROOM 4096
#define DEPTH_MAX 12       /* mirror/<hex>/tile/entries/x001/x234/567.gz is 7 */
#define FILE_BYTES_MAX (64u << 20)

static enum err_code join(char ret[PATH_ROOM], const char *folder, const char *name,
	struct err *e)
{
	if ((size_t)snprintf(ret, PATH_ROOM, "%s/%s", folder, name) >= PATH_ROOM)
		return err_set(e, ERR_IO, "path too long under \"%s\"", folder);
	return ERR_OK;
}

/* How files of a folder go over. */
struct copying {
	bool linked;               /* immutable ones: a link is as good */
	unsigned mode;
};

static enum err_code copy_file(const char *from, const char *to, const struct copying *how,
	struct err *e)
{
	SCOPED_ARENA a = { 0 };
	struct str bytes;

	if (how->linked && (link(from, to) == 0 || errno == EEXIST))
		return ERR_OK;
	arena_init(&a, FILE_BYTES_MAX + 65536);
	TRY(io_read_file(&a, from, FILE_BYTES_MAX, &bytes, e));
	return io_write_durable(to, bytes, how->mode, e);
}

static enum err_code copy_folder(const char *from, const char *to, int depth,
	const struct copying *how, struct err *e);

static enum err_code copy_entry(const char *from, const char *to, const char *name, int depth,
	const struct copying *how, struct err *e)
{
	char source[PATH_ROOM], target[PATH_ROOM];
	struct stat st;

	TRY(join(source, from, name, e));
	TRY(join(target, to, name, e));
	if (lstat(source, &st) != 0 && errno == ENOENT)
		return ERR_OK; /* not every node has all */
	if (lstat(source, &st) != 0)
		return err_set(e, ERR_IO, "could not look at \"%s\": %s", source, err_errno());
	if (S_ISDIR(st.st_mode))
		return copy_folder(source, target, depth + 1, how, e);
	return S_ISREG(st.st_mode) ? copy_file(source, target, how, e) : ERR_OK;
}

/* Files under way (".new-") are not part of anything yet. */
static enum err_code copy_folder(const char *from, const char *to, int depth,
	const struct copying *how, struct err *e)
{
	SCOPED_DIR dir = opendir(from);
	const struct dirent *entry;

	if (!dir)
		return err_set(e, ERR_IO, "could not open folder \"%s\": %s", from, err_errno());
	if (depth > DEPTH_MAX)
		return err_set(e, ERR_IO, "folders below \"%s\" are nested too deeply", from);
	TRY(io_make_dirs(to, e));
	while ((entry = readdir(dir))) {
		const char *name = entry->d_name;
		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strstr(name, ".new-"))
			continue;
		TRY(copy_entry(from, to, name, depth, how, e));
	}
	return ERR_OK;
}

static enum err_code need_absent(const char *dir, char ret_path[PATH_ROOM], struct err *e)
{
	TRY(join(ret_path, dir, "huren.db", e));
	if (io_exists(ret_path))
		return err_set(e, ERR_CONFLICT, "there is a database at \"%s\" already", ret_path);
	return io_make_dirs(dir, e);
}

static enum err_code run_meta(struct store *s, enum sql_id id, const char *name, const char *value,
	struct err *e)
{
	SCOPED_SQL q = sql_use(s, id);

	sql_bind_str(q, 1, str_of(name));
	if (value)
		sql_bind_str(q, 2, str_of(value));
	return sql_run(q, e);
}

/* Database first: the files it speaks of exist by then and stay. */
static enum err_code copy_all(const char *from, const char *to, const char *database,
	struct err *e)
{
	static const struct copying linked = { .linked = true, .mode = 0644 };
	struct store *s = NULL;
	enum err_code code;

	TRY(store_open(from, STORE_SWEEPER, &s, e));
	code = store_copy(s, database, e);
	store_close(s);
	TRY(code);
	TRY(store_open(to, STORE_WRITER, &s, e));
	code = run_meta(s, SQL_META_SET, "restored", "1", e); /* I1 */
	store_close(s);
	TRY(code);
	TRY(copy_entry(from, to, "tlog", 0, &linked, e));
	TRY(copy_entry(from, to, "mirror", 0, &linked, e));
	return io_sync(to, e); /* links and folders */
}

static enum err_code copy_identity(const char *from, const char *to, struct err *e)
{
	static const struct copying secret = { .mode = 0600 }, open = { .mode = 0644 };

	TRY(copy_entry(from, to, "keys", 0, &secret, e));
	TRY(copy_entry(from, to, "token", 0, &secret, e));
	TRY(copy_entry(from, to, "node.json", 0, &open, e));
	return copy_entry(from, to, "rules", 0, &open, e);
}

enum err_code backup_take(const char *dir, const char *path, bool with_keys, struct err *e)
{
	char database[PATH_ROOM];

	TRY(join(database, dir, "huren.db", e));
	if (!io_exists(database))
		return err_set(e, ERR_NOT_FOUND, "no node is at \"%s\"", dir);
	TRY(need_absent(path, database, e));
	TRY(copy_all(dir, path, database, e));
	return with_keys ? copy_identity(dir, path, e) : ERR_OK;
}

enum err_code backup_restore(const char *path, const char *dir, struct err *e)
{
	char database[PATH_ROOM];

	TRY(join(database, path, "huren.db", e));
	if (!io_exists(database))
		return err_set(e, ERR_NOT_FOUND, "no backup is at \"%s\"", path);
	TRY(need_absent(dir, database, e));
	TRY(copy_all(path, dir, database, e));
	return copy_identity(path, dir, e);
}

enum err_code backup_lift_bans(const char *dir, bool confirm_size, struct err *e)
{
	char database[PATH_ROOM];
	struct store *s = NULL;
	enum err_code code;

	TRY(join(database, dir, "huren.db", e));
	if (!io_exists(database))
		return err_set(e, ERR_NOT_FOUND, "no node is at \"%s\"", dir);
	TRY(store_open(dir, STORE_WRITER, &s, e));
	code = run_meta(s, SQL_META_DROP, "alarm", NULL, e);
	if (code == ERR_OK && confirm_size)
		code = run_meta(s, SQL_META_DROP, "restored", NULL, e);
	store_close(s);
	return code;
}
