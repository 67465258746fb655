/* backup.c - backup and restore as file operations. */
#include "store/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/instant.h"
#include "base/io.h"
#include "base/limits.h"
#include "base/scoped.h"
#include "store/blobs.h"
#include "store/manifest.h"
#include "store/store.h"

#define PATH_ROOM 4096
#define DEPTH_MAX 12       /* mirror/<hex>/tile/entries/x001/x234/567.gz is 7 */
#define SMALL_BYTES (1u << 20)         /* files up to this size go through memory */
#define PIECE_BYTES 262144
#define LINE_ARENA_BYTES (1u << 20)    /* one line of the list, with two notes */

static enum err_code join(char ret[PATH_ROOM], const char *folder, const char *name,
	struct err *e)
{
	if ((size_t)snprintf(ret, PATH_ROOM, "%s/%s", folder, name) >= PATH_ROOM)
		return err_set(e, ERR_IO, "path too long under \"%s\"", folder);
	return ERR_OK;
}

/* ---- one folder after the other -------------------------------------------------------------- */

/* How files go over. Paths below are relative to both folders. */
struct copying {
	const char *from, *to;
	const char *previous;      /* or NULL */
	bool linked;               /* immutable ones: a link is as good */
	bool named;                /* a file's name is its digest */
	unsigned mode;
	bool counting;             /* only looks how much there is */
	struct buf *list;          /* NULL: none is made */
	struct manifest_end listed;
	struct backup_progress progress;
	const struct backup_options *options;
};

static enum err_code check_stop(const struct copying *c, struct err *e)
{
	if (c->options && c->options->stop && atomic_load(c->options->stop))
		return err_set(e, ERR_BUSY, "the backup was stopped before its end");
	return ERR_OK;
}

static enum err_code copy_pieces(int fd, const char *source, const char *target,
	const struct copying *c, struct err *e)
{
	SCOPED_BUF b = { 0 };
	char part[PATH_ROOM];
	uint64_t at = 0;
	int made;

	if ((size_t)snprintf(part, sizeof(part), "%s.new-part", target) >= sizeof(part))
		return err_set(e, ERR_IO, "path \"%s\" is too long", target);
	(void)unlink(part); /* of a copy that was cut off */
	TRY(io_append_open(part, &made, &at, e));
	SCOPED_FD out = made;
	buf_init(&b, PIECE_BYTES);
	CHECK(buf_reserve(&b, PIECE_BYTES));
	for (;;) {
		ssize_t got = read(fd, b.at, PIECE_BYTES);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_set(e, ERR_IO, "could not read file \"%s\": %s", source,
				err_errno());
		if (got == 0)
			return io_place(out, part, target, e);
		TRY(check_stop(c, e));
		TRY(io_append(out, part, (struct str){ b.at, (size_t)got }, e));
	}
}

static enum err_code copy_bytes(const char *source, const char *target, const struct copying *c,
	uint64_t bytes, struct err *e)
{
	SCOPED_ARENA a = { 0 };
	struct str whole;

	if (bytes > SMALL_BYTES) {
		SCOPED_FD fd = open(source, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return err_set(e, ERR_IO, "could not open file \"%s\": %s", source,
				err_errno());
		return copy_pieces(fd, source, target, c, e);
	}
	arena_init(&a, 2 * SMALL_BYTES + 65536);
	TRY(io_read_file(&a, source, 2 * SMALL_BYTES, &whole, e));
	return io_write_later(target, whole, c->mode, e);
}

/* The digest that a file of evidence/ has by its name; false for what is none of them. */
static bool digest_of_name(const char *path, struct digest *ret)
{
	const char *name = strrchr(path, '/');

	return name && strlen(name + 1) == 2 * (size_t)DIGEST_BYTES &&
		hex_decode(str_of(name + 1), ret->at, DIGEST_BYTES, NULL) == ERR_OK;
}

/* A line of the list for a file that is in its place. */
static enum err_code list_file(struct copying *c, const char *path, struct err *e)
{
	SCOPED_ARENA a = { 0 };
	struct manifest_file file = { .path = str_of(path) };
	char target[PATH_ROOM];
	struct stat st;

	if (!c->list)
		return ERR_OK;
	TRY(join(target, c->to, path, e));
	if (c->named && digest_of_name(path, &file.sha256)) {
		if (stat(target, &st) != 0)
			return err_set(e, ERR_IO, "could not look at \"%s\": %s", target,
				err_errno());
		file.bytes = (uint64_t)st.st_size;
	} else {
		TRY(blob_digest_file(target, &file.sha256, &file.bytes, e));
	}
	arena_init(&a, LINE_ARENA_BYTES);
	c->listed.files++;
	c->listed.bytes += file.bytes;
	return manifest_put_file(c->list, &a, &file, e);
}

/* What the backup before holds under the same path is the same file: of a log that went on from an
 * older copy, or of another node, it need not be. */
static bool is_same(const struct copying *c, const char *source, const char *before,
	uint64_t bytes)
{
	struct digest own, other;
	uint64_t own_bytes, other_bytes;
	struct stat st;

	if (lstat(before, &st) != 0 || !S_ISREG(st.st_mode) || (uint64_t)st.st_size != bytes)
		return false;
	return c->named || (blob_digest_file(source, &own, &own_bytes, NULL) == ERR_OK &&
		blob_digest_file(before, &other, &other_bytes, NULL) == ERR_OK &&
		digest_eq(&own, &other));
}

static enum err_code copy_file(struct copying *c, const char *path, uint64_t bytes,
	struct err *e)
{
	char source[PATH_ROOM], target[PATH_ROOM], before[PATH_ROOM];
	struct digest digest;
	bool done;

	if (c->named && !digest_of_name(path, &digest))
		return ERR_OK; /* half an upload */
	if (c->counting) {
		c->progress.all_files++;
		c->progress.all_bytes += bytes;
		return ERR_OK;
	}
	TRY(check_stop(c, e));
	TRY(join(source, c->from, path, e));
	TRY(join(target, c->to, path, e));
	done = c->linked && (link(source, target) == 0 || errno == EEXIST);
	if (!done && c->linked && c->previous) {
		TRY(join(before, c->previous, path, e));
		done = is_same(c, source, before, bytes) && link(before, target) == 0;
	}
	if (!done)
		TRY(copy_bytes(source, target, c, bytes, e));
	TRY(list_file(c, path, e));
	c->progress.files++;
	c->progress.bytes += bytes;
	if (c->options && c->options->progress)
		c->options->progress(c->options->context, &c->progress);
	return ERR_OK;
}

static enum err_code copy_folder(struct copying *c, const char *path, int depth, struct err *e);

static enum err_code copy_entry(struct copying *c, const char *path, int depth, struct err *e)
{
	char source[PATH_ROOM];
	struct stat st;

	TRY(join(source, c->from, path, e));
	if (lstat(source, &st) != 0 && errno == ENOENT)
		return ERR_OK; /* not every node has all */
	if (lstat(source, &st) != 0)
		return err_set(e, ERR_IO, "could not look at \"%s\": %s", source, err_errno());
	if (S_ISDIR(st.st_mode))
		return copy_folder(c, path, depth + 1, e);
	return S_ISREG(st.st_mode) ? copy_file(c, path, (uint64_t)st.st_size, e) : ERR_OK;
}

/* Files under way (".new-") are not part of anything yet. */
static enum err_code copy_folder(struct copying *c, const char *path, int depth, struct err *e)
{
	char source[PATH_ROOM], target[PATH_ROOM], below[PATH_ROOM];
	const struct dirent *entry;

	TRY(join(source, c->from, path, e));
	TRY(join(target, c->to, path, e));
	SCOPED_DIR dir = opendir(source);
	if (!dir)
		return err_set(e, ERR_IO, "could not open folder \"%s\": %s", source, err_errno());
	if (depth > DEPTH_MAX)
		return err_set(e, ERR_IO, "folders below \"%s\" are nested too deeply", source);
	if (!c->counting)
		TRY(io_make_dirs(target, e));
	while ((entry = readdir(dir))) {
		const char *name = entry->d_name;
		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strstr(name, ".new-"))
			continue;
		TRY(join(below, path, name, e));
		TRY(copy_entry(c, below, depth, e));
	}
	return ERR_OK;
}

/* What never changes, in one order for counting and copying. */
static enum err_code copy_files(struct copying *c, struct err *e)
{
	c->linked = true;
	c->mode = 0644;
	TRY(copy_entry(c, "tlog", 0, e));
	TRY(copy_entry(c, "mirror", 0, e));
	c->named = true;
	c->mode = 0600;
	TRY(copy_entry(c, "evidence", 0, e));
	c->named = false;
	return ERR_OK;
}

static enum err_code copy_identity(struct copying *c, struct err *e)
{
	c->linked = false;
	c->mode = 0600;
	TRY(copy_entry(c, "keys", 0, e));
	TRY(copy_entry(c, "token", 0, e));
	c->mode = 0644;
	TRY(copy_entry(c, "node.json", 0, e));
	return copy_entry(c, "rules", 0, e);
}

/* ---- the database ---------------------------------------------------------------------------- */

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

static enum err_code copy_database(const char *from, const char *to, const char *database,
	struct err *e)
{
	struct store *s = NULL;
	enum err_code code;

	TRY(store_open(from, STORE_SWEEPER, &s, e));
	code = store_copy(s, database, e);
	store_close(s);
	TRY(code);
	TRY(store_open(to, STORE_WRITER, &s, e));
	code = run_meta(s, SQL_META_SET, "restored", "1", e); /* I1 */
	store_close(s);
	return code;
}

/* A stored head: its size and note; nothing when there is none yet. */
static enum err_code read_head(struct store *s, struct arena *a, int64_t id, uint64_t *ret_size,
	struct str *ret_note, struct err *e)
{
	SCOPED_SQL q = sql_use(s, SQL_CHECKPOINT_GET);
	bool row;

	*ret_size = 0;
	*ret_note = STR("");
	sql_bind_i64(q, 1, id);
	TRY(sql_step(q, &row, e));
	if (!row)
		return ERR_OK;
	*ret_size = (uint64_t)sql_i64(q, 0);
	*ret_note = str_copy(a, sql_str(q, 1));
	return ret_note->at ? ERR_OK : err_set(e, ERR_TOO_LARGE, "no memory for a checkpoint");
}

enum err_code backup_read_heads(const char *dir, struct arena *a, struct backup_heads *ret,
	struct err *e)
{
	struct store *s = NULL;
	enum err_code code;

	TRY(store_open(dir, STORE_READER, &s, e));
	code = read_head(s, a, 1, &ret->size, &ret->checkpoint, e);
	if (code == ERR_OK)
		code = read_head(s, a, 2, &ret->cosigned_size, &ret->cosigned, e);
	store_close(s);
	return code;
}

/* ---- backup and restore ---------------------------------------------------------------------- */

static enum err_code begin_list(struct copying *c, struct err *e)
{
	SCOPED_ARENA a = { 0 };
	struct manifest_head head = { .made = instant_now(),
		.with_keys = c->options->with_keys };
	struct backup_heads heads = { 0 };

	arena_init(&a, 4 * LIMIT_NOTE_BYTES + LINE_ARENA_BYTES);
	TRY(backup_read_heads(c->to, &a, &heads, e));
	head.entries = heads.size;
	head.checkpoint = heads.checkpoint;
	head.cosigned = heads.cosigned;
	TRY(manifest_put_head(c->list, &a, &head, e));
	return list_file(c, "huren.db", e);
}

static enum err_code end_list(struct copying *c, struct err *e)
{
	SCOPED_ARENA a = { 0 };
	char path[PATH_ROOM];

	arena_init(&a, LINE_ARENA_BYTES);
	TRY(manifest_put_end(c->list, &a, &c->listed, e));
	TRY(io_sync(c->to, e)); /* links and folders, before the list says that they are here */
	TRY(join(path, c->to, MANIFEST_NAME, e));
	return io_write_durable(path, buf_str(c->list), 0600, e);
}

/* Database first: the files it speaks of exist by then and stay. */
static enum err_code take(const char *dir, const struct backup_options *o, const char *database,
	struct err *e)
{
	SCOPED_BUF list = { 0 };
	struct copying c = { .from = dir, .to = o->path, .previous = o->previous, .list = &list,
		.options = o, .counting = true };

	buf_init(&list, LIMIT_BACKUP_LIST_BYTES);
	TRY(copy_files(&c, e));
	c.counting = false;
	TRY(copy_database(dir, o->path, database, e));
	TRY(begin_list(&c, e));
	TRY(copy_files(&c, e));
	if (o->with_keys)
		TRY(copy_identity(&c, e));
	return end_list(&c, e);
}

enum err_code backup_take_with(const char *dir, const struct backup_options *o, struct err *e)
{
	char database[PATH_ROOM];

	TRY(join(database, dir, "huren.db", e));
	if (!io_exists(database))
		return err_set(e, ERR_NOT_FOUND, "no node is at \"%s\"", dir);
	TRY(need_absent(o->path, database, e));
	return take(dir, o, database, e);
}

enum err_code backup_take(const char *dir, const char *path, bool with_keys, struct err *e)
{
	return backup_take_with(dir, &(struct backup_options){ .path = path,
		.with_keys = with_keys }, e);
}

enum err_code backup_restore(const char *path, const char *dir, struct err *e)
{
	struct copying c = { .from = path, .to = dir };
	char database[PATH_ROOM];

	TRY(join(database, path, "huren.db", e));
	if (!io_exists(database))
		return err_set(e, ERR_NOT_FOUND, "no backup is at \"%s\"", path);
	TRY(need_absent(dir, database, e));
	TRY(copy_database(path, dir, database, e));
	TRY(copy_files(&c, e));
	TRY(copy_identity(&c, e));
	return io_sync(dir, e); /* links and folders */
}

static enum err_code remove_below(const char *path, int depth, struct err *e)
{
	char below[PATH_ROOM];
	const struct dirent *entry;
	struct stat st;
	SCOPED_FD fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	SCOPED_DIR dir = fd < 0 || depth > DEPTH_MAX ? NULL : fdopendir(fd);

	if (!dir)
		return err_set(e, ERR_IO, "could not empty folder \"%s\"", path);
	(void)fd_take(&fd); /* the directory closes it */
	while ((entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		TRY(join(below, path, entry->d_name, e));
		if (lstat(below, &st) == 0 && S_ISDIR(st.st_mode))
			TRY(remove_below(below, depth + 1, e));
		else if (unlink(below) != 0)
			return err_set(e, ERR_IO, "could not remove \"%s\": %s", below,
				err_errno());
	}
	if (rmdir(path) != 0)
		return err_set(e, ERR_IO, "could not remove \"%s\": %s", path, err_errno());
	return ERR_OK;
}

enum err_code backup_remove(const char *folder, const char *name, struct err *e)
{
	char path[PATH_ROOM];

	CHECK(name[0] != '\0' && !strchr(name, '/') && strcmp(name, ".") != 0 &&
		strcmp(name, "..") != 0);
	TRY(join(path, folder, name, e));
	return remove_below(path, 0, e);
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
