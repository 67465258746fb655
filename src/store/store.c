/* store.c - SQLite behind typed statements. */
#include "store/store.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "store/migration.h"
#include "store/wal_file.h"
#include "store/words_rank.h"

/* Pages kept by each connection: the writer holds the tops of the id index, readers little. */
#define WRITER_CACHE "PRAGMA cache_size = -49152"
#define READER_CACHE "PRAGMA cache_size = -4096"
/* Of the whole process: pages are given back over the first, a statement fails over the second. */
#define HEAP_SOFT_BYTES (96 << 20)
#define HEAP_HARD_BYTES (160 << 20)
#define PATH_ROOM 4096
#define BUSY_MS 10000 /* only a backup or a second process ever makes us wait */

struct sql {
	struct store *store;
	sqlite3_stmt *inner;
	enum sql_id id;
	int bind_result;           /* first failing bind; told by the step */
	bool in_use;
};

struct store {
	sqlite3 *db;
	enum store_mode mode;
	int lock_fd;               /* the writer's, else -1 */
	uint32_t wal_pages;
	struct sql statements[SQL_COUNT];
};

static const char *const sql_names[] = {
#define X(name, text) #name,
	SQL_TABLE(X)
#undef X
};
static const char *const sql_texts[] = {
#define X(name, text) text,
	SQL_TABLE(X)
#undef X
};

const char *sql_name(enum sql_id id)
{
	CHECK(id < SQL_COUNT);
	return sql_names[id];
}

const char *sql_text(enum sql_id id)
{
	CHECK(id < SQL_COUNT);
	return sql_texts[id];
}

/* What an SQLite result means to us. */
static enum err_code class_of(int result)
{
	switch (result & 0xff) {
	case SQLITE_CONSTRAINT:
		return ERR_CONFLICT;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return ERR_BUSY;
	case SQLITE_FULL:
	case SQLITE_IOERR:
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_NOMEM:
		return ERR_IO;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return ERR_CORRUPT;
	case SQLITE_TOOBIG:
		return ERR_TOO_LARGE;
	default:
		return ERR_INTERNAL;
	}
}

static enum err_code fail(struct store *s, const char *doing, int result, struct err *e)
{
	enum err_code code = class_of(result);

	(void)err_set(e, code, "could not %s database: %s", doing, sqlite3_errmsg(s->db));
	if ((result & 0xff) == SQLITE_FULL)
		(void)err_hint(e, "Free some space on the disk of the node's folder.");
	if (code == ERR_CORRUPT)
		(void)err_hint(e, "Run \"huren fsck\" and restore the last backup if it agrees.");
	return code;
}

static enum err_code run_text(struct store *s, const char *text, const char *doing, struct err *e)
{
	int result = sqlite3_exec(s->db, text, NULL, NULL, NULL);

	return result == SQLITE_OK ? ERR_OK : fail(s, doing, result, e);
}

static enum err_code schema_version(struct store *s, unsigned *ret, struct err *e)
{
	sqlite3_stmt *q = NULL;
	int result = sqlite3_prepare_v2(s->db, "PRAGMA user_version", -1, &q, NULL);

	if (result == SQLITE_OK)
		result = sqlite3_step(q);
	if (result == SQLITE_ROW)
		*ret = (unsigned)sqlite3_column_int(q, 0);
	(void)sqlite3_finalize(q); /* repeats the error of the step */
	return result == SQLITE_ROW ? ERR_OK : fail(s, "read schema version of", result, e);
}

/* Takes one step and counts it, in one transaction. */
static enum err_code migrate_step(struct store *s, unsigned step, struct err *e)
{
	char count[64];
	enum err_code code;

	(void)snprintf(count, sizeof(count), "PRAGMA user_version = %u", step + 1);
	TRY(store_begin(s, e));
	code = run_text(s, store_migrations[step].text, "migrate", e);
	if (code == ERR_OK)
		code = run_text(s, count, "migrate", e);
	if (code == ERR_OK)
		code = store_commit(s, e);
	if (code != ERR_OK) {
		store_rollback(s);
		(void)err_in(e, "schema step \"%s\"", store_migrations[step].name);
	}
	return code;
}

static enum err_code migrate(struct store *s, struct err *e)
{
	unsigned version = 0;

	TRY(schema_version(s, &version, e));
	if (version > store_migration_count) {
		(void)err_set(e, ERR_UNSUPPORTED, "database has schema %u, this program knows %u",
			version, store_migration_count);
		(void)err_hint(e, "Run the newer program that wrote this folder.");
		return ERR_UNSUPPORTED;
	}
	for (unsigned step = version; step < store_migration_count; step++)
		TRY(migrate_step(s, step, e));
	return ERR_OK;
}

/* SQLite's own sweeping would stop a commit for as long as it takes: see store_sweep. */
static int note_wal(void *context, sqlite3 *db, const char *name, int pages)
{
	struct store *s = context;

	(void)db;
	(void)name;
	s->wal_pages = (uint32_t)pages;
	return SQLITE_OK;
}

static enum err_code set_up(struct store *s, struct err *e)
{
	(void)sqlite3_busy_timeout(s->db, BUSY_MS); /* cannot fail on an open connection */
	int result = words_rank_register(s->db);
	if (result != SQLITE_OK)
		return fail(s, "add a function to", result, e);
	TRY(run_text(s, "PRAGMA temp_store = MEMORY", "set up", e));
	if (s->mode == STORE_READER) {
		TRY(run_text(s, READER_CACHE, "set up", e));
		return run_text(s, "PRAGMA query_only = ON", "set up", e);
	}
	TRY(run_text(s, "PRAGMA synchronous = FULL", "set up", e));
	if (s->mode == STORE_SWEEPER)
		return run_text(s, READER_CACHE, "set up", e);
	TRY(run_text(s, WRITER_CACHE, "set up", e));
	(void)sqlite3_soft_heap_limit64(HEAP_SOFT_BYTES); /* return the limits before them */
	(void)sqlite3_hard_heap_limit64(HEAP_HARD_BYTES);
	TRY(run_text(s, "PRAGMA journal_mode = WAL", "set up", e));
	TRY(run_text(s, "PRAGMA journal_size_limit = 67108864", "set up", e));
	(void)sqlite3_wal_hook(s->db, note_wal, s); /* returns the hook before it: none */
	return migrate(s, e);
}

/* Two writers would give one index to two statements. The kernel lets go of the lock when we die.
 *  */
static enum err_code take_lock(struct store *s, const char *dir, struct err *e)
{
	char path[PATH_ROOM];

	if (s->mode != STORE_WRITER)
		return ERR_OK;
	if ((size_t)snprintf(path, sizeof(path), "%s/huren.lock", dir) >= sizeof(path))
		return err_set(e, ERR_IO, "path too long");
	s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (s->lock_fd < 0)
		return err_set(e, ERR_IO, "could not open \"%s\": %s", path, err_errno());
	if (flock(s->lock_fd, LOCK_EX | LOCK_NB) == 0)
		return ERR_OK;
	(void)err_set(e, ERR_BUSY, "another process writes to this folder");
	(void)err_hint(e, "A node's folder belongs to one running node; stop it first.");
	return ERR_BUSY;
}

enum err_code store_open(const char *dir, enum store_mode mode, struct store **ret, struct err *e)
{
	char path[PATH_ROOM];
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
	struct store *s;
	int result;
	enum err_code code;

	if (mode == STORE_WRITER)
		flags |= SQLITE_OPEN_CREATE;
	if ((size_t)snprintf(path, sizeof(path), "%s/huren.db", dir) >= sizeof(path))
		return err_set(e, ERR_IO, "could not open database: path too long");
	s = handle_new(sizeof(*s));
	s->mode = mode;
	s->lock_fd = -1;
	code = take_lock(s, dir, e);
	if (code == ERR_OK) {
		result = sqlite3_open_v2(path, &s->db, flags, wal_file_vfs());
		code = result == SQLITE_OK ? set_up(s, e) : fail(s, "open", result, e);
	}
	if (code != ERR_OK) {
		(void)err_in(e, "\"%s\"", path);
		store_close(s);
		return code;
	}
	*ret = s;
	return ERR_OK;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < SQL_COUNT; i++)
		(void)sqlite3_finalize(s->statements[i].inner); /* repeats an old error */
	CHECK(sqlite3_close(s->db) == SQLITE_OK); /* no statement is open */
	if (s->lock_fd >= 0)
		(void)close(s->lock_fd); /* lets go of the lock */
	handle_drop(s);
}

enum err_code store_begin(struct store *s, struct err *e)
{
	return run_text(s, s->mode == STORE_WRITER ? "BEGIN IMMEDIATE" : "BEGIN", "begin on", e);
}

enum err_code store_commit(struct store *s, struct err *e)
{
	return run_text(s, "COMMIT", "commit to", e);
}

void store_rollback(struct store *s)
{
	/* After some failures SQLite has rolled back already. */
	if (!sqlite3_get_autocommit(s->db))
		(void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
}

bool store_in_transaction(struct store *s)
{
	return !sqlite3_get_autocommit(s->db);
}

enum err_code store_mark(struct store *s, struct err *e)
{
	return run_text(s, "SAVEPOINT command", "mark", e);
}

enum err_code store_keep(struct store *s, struct err *e)
{
	return run_text(s, "RELEASE command", "keep change of", e);
}

void store_undo(struct store *s)
{
	/* After some failures SQLite has rolled back all; the caller sees store_in_transaction. */
	if (store_in_transaction(s))
		(void)sqlite3_exec(s->db, "ROLLBACK TO command; RELEASE command", NULL, NULL, NULL);
}

uint32_t store_wal_pages(const struct store *s)
{
	return s->wal_pages;
}

enum err_code store_sweep(struct store *s, bool *ret_all, struct err *e)
{
	int pages = 0, moved = 0;
	int result = sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_PASSIVE, &pages,
		&moved);

	if (result != SQLITE_OK && result != SQLITE_BUSY)
		return fail(s, "sweep", result, e);
	*ret_all = result == SQLITE_OK && pages == moved;
	return ERR_OK;
}

enum err_code store_copy(struct store *s, const char *path, struct err *e)
{
	sqlite3_stmt *q = NULL;
	int result = sqlite3_prepare_v2(s->db, "VACUUM INTO ?1", -1, &q, NULL);

	if (result == SQLITE_OK)
		result = sqlite3_bind_text(q, 1, path, -1, SQLITE_STATIC);
	if (result == SQLITE_OK)
		result = sqlite3_step(q);
	(void)sqlite3_finalize(q); /* repeats the error of the step */
	return result == SQLITE_DONE ? ERR_OK : fail(s, "copy", result, e);
}

struct sql *sql_use(struct store *s, enum sql_id id)
{
	struct sql *q;

	CHECK(id < SQL_COUNT);
	q = &s->statements[id];
	CHECK(!q->in_use); /* one use of an id at a time */
	q->store = s;
	q->id = id;
	q->in_use = true;
	q->bind_result = SQLITE_OK;
	if (!q->inner)
		q->bind_result = sqlite3_prepare_v3(s->db, sql_texts[id], -1,
			SQLITE_PREPARE_PERSISTENT, &q->inner, NULL);
	return q;
}

void sql_done(struct sql **q)
{
	if (!*q)
		return;
	if ((*q)->inner) {
		(void)sqlite3_reset((*q)->inner); /* repeats the error of the step */
		(void)sqlite3_clear_bindings((*q)->inner);
	}
	(*q)->in_use = false;
	*q = NULL;
}

static void note_bind(struct sql *q, int result)
{
	if (q->bind_result == SQLITE_OK)
		q->bind_result = result;
}

void sql_bind_i64(struct sql *q, int position, int64_t value)
{
	if (q->inner)
		note_bind(q, sqlite3_bind_int64(q->inner, position, value));
}

/* Bound values are borrowed: they must live until sql_done. */
void sql_bind_str(struct sql *q, int position, struct str value)
{
	if (q->inner)
		note_bind(q, sqlite3_bind_text64(q->inner, position, value.at, value.len,
				SQLITE_STATIC, SQLITE_UTF8));
}

void sql_bind_blob(struct sql *q, int position, const void *at, size_t len)
{
	if (q->inner)
		note_bind(q, sqlite3_bind_blob64(q->inner, position, at, len, SQLITE_STATIC));
}

void sql_bind_null(struct sql *q, int position)
{
	if (q->inner)
		note_bind(q, sqlite3_bind_null(q->inner, position));
}

static enum err_code step_failed(struct sql *q, int result, struct err *e)
{
	enum err_code code = fail(q->store, "use", result, e);

	(void)err_in(e, "statement %s", sql_names[q->id]);
	return code;
}

enum err_code sql_step(struct sql *q, bool *ret_row, struct err *e)
{
	int result;

	if (q->bind_result != SQLITE_OK)
		return step_failed(q, q->bind_result, e);
	result = sqlite3_step(q->inner);
	if (result != SQLITE_ROW && result != SQLITE_DONE)
		return step_failed(q, result, e);
	*ret_row = result == SQLITE_ROW;
	return ERR_OK;
}

enum err_code sql_run(struct sql *q, struct err *e)
{
	bool row = false;

	TRY(sql_step(q, &row, e));
	CHECK(!row); /* statements run this way give no rows */
	return ERR_OK;
}

int64_t sql_i64(struct sql *q, int column)
{
	return sqlite3_column_int64(q->inner, column);
}

struct str sql_str(struct sql *q, int column)
{
	const char *at = sqlite3_column_blob(q->inner, column);
	int len = sqlite3_column_bytes(q->inner, column);

	return (struct str){ .at = at, .len = (size_t)len };
}

bool sql_is_null(struct sql *q, int column)
{
	return sqlite3_column_type(q->inner, column) == SQLITE_NULL;
}
