/* test_wal_file.c - the WAL in large pieces: nothing is seen too early, too late or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "store/wal_file.h"

#define ROWS 300
#define ROW_BYTES "3000"

struct fixture {
	char dir[64];
	char path[96];
	sqlite3 *writer;
	sqlite3 *reader;
};

static void run(sqlite3 *db, const char *text)
{
	char *problem = NULL;

	if (sqlite3_exec(db, text, NULL, NULL, &problem) != SQLITE_OK)
		fail_msg("%s: %s", text, problem);
}

static int number(sqlite3 *db, const char *text)
{
	sqlite3_stmt *q = NULL;
	int ret;

	assert_int_equal(sqlite3_prepare_v2(db, text, -1, &q, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(q), SQLITE_ROW);
	ret = sqlite3_column_int(q, 0);
	(void)sqlite3_finalize(q); /* it was stepped well */
	return ret;
}

static sqlite3 *open_one(const char *path, const char *name)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open_v2(path, &db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, name), SQLITE_OK);
	run(db, "PRAGMA synchronous = FULL");
	return db;
}

/* The writer keeps ten pages, so that most of a transaction goes to the WAL before it ends. */
static int open_fixture(void **state)
{
	static struct fixture f;

	(void)snprintf(f.dir, sizeof(f.dir), "/tmp/huren-wal-XXXXXX");
	if (!mkdtemp(f.dir))
		return -1;
	(void)snprintf(f.path, sizeof(f.path), "%s/a.db", f.dir);
	f.writer = open_one(f.path, wal_file_vfs());
	run(f.writer, "PRAGMA journal_mode = WAL; PRAGMA cache_size = 10;"
		"CREATE TABLE t (n INTEGER PRIMARY KEY, bytes BLOB)");
	f.reader = open_one(f.path, wal_file_vfs());
	*state = &f;
	return 0;
}

static int close_fixture(void **state)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	struct fixture *f = *state;
	char path[128];

	(void)sqlite3_close(f->reader); /* no statement is open */
	(void)sqlite3_close(f->writer);
	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(path, sizeof(path), "%s%s", f->path, ends[i]);
		(void)unlink(path); /* the side files may be gone already */
	}
	return rmdir(f->dir);
}

static void put_rows(sqlite3 *db)
{
	for (int i = 0; i < ROWS; i++)
		run(db, "INSERT INTO t (bytes) VALUES (randomblob(" ROW_BYTES "))");
}

static void wal_file_shows_a_commit_whole(void **state)
{
	struct fixture *f = *state;

	run(f->writer, "BEGIN IMMEDIATE");
	put_rows(f->writer);
	assert_int_equal(number(f->reader, "SELECT count(*) FROM t"), 0);
	assert_int_equal(number(f->writer, "SELECT sum(length(bytes)) FROM t"), ROWS * 3000);
	run(f->writer, "COMMIT");
	assert_int_equal(number(f->reader, "SELECT sum(length(bytes)) FROM t"), ROWS * 3000);
	run(f->reader, "PRAGMA integrity_check");
}

static void wal_file_forgets_what_is_rolled_back(void **state)
{
	struct fixture *f = *state;

	run(f->writer, "BEGIN IMMEDIATE");
	put_rows(f->writer);
	run(f->writer, "ROLLBACK; INSERT INTO t (bytes) VALUES ('kept')");
	assert_int_equal(number(f->reader, "SELECT count(*) FROM t"), 1);
	assert_int_equal(number(f->reader, "SELECT length(bytes) FROM t"), 4);
}

/* As another process would find it, by the system's own VFS, while the writer is still there. */
static void wal_file_has_each_commit_in_the_file(void **state)
{
	struct fixture *f = *state;
	sqlite3 *other = open_one(f->path, NULL);

	for (int i = 1; i <= 40; i++) {
		run(f->writer, "INSERT INTO t (bytes) VALUES (randomblob(" ROW_BYTES "))");
		assert_int_equal(number(other, "SELECT count(*) FROM t"), i);
	}
	assert_int_equal(sqlite3_close(other), SQLITE_OK);
}

static void wal_file_starts_over_after_a_sweep(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 3; i++) {
		run(f->writer, "BEGIN IMMEDIATE");
		put_rows(f->writer);
		run(f->writer, "COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
	}
	assert_int_equal(number(f->reader, "SELECT count(*) FROM t"), 3 * ROWS);
	assert_int_equal(number(f->reader,
		"SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(wal_file_shows_a_commit_whole, open_fixture,
			close_fixture),
		cmocka_unit_test_setup_teardown(wal_file_forgets_what_is_rolled_back, open_fixture,
			close_fixture),
		cmocka_unit_test_setup_teardown(wal_file_has_each_commit_in_the_file, open_fixture,
			close_fixture),
		cmocka_unit_test_setup_teardown(wal_file_starts_over_after_a_sweep, open_fixture,
			close_fixture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
