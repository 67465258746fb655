/* test_store.c - migrations, the statement table, transactions, errors of SQLite as ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "store/migration.h"
#include "store/sql_table.h"
#include "store/sql_tables.h"
#include "store/store.h"
#include "store/words_rank.h"

/* Lists come in several orders, each forwards and backwards. */
#define PAGES_LEAST 40

struct fixture {
	char dir[64];
	struct store *s;
};

static int open_fixture(void **state)
{
	static struct fixture f;

	(void)snprintf(f.dir, sizeof(f.dir), "/tmp/huren-store-XXXXXX");
	if (!mkdtemp(f.dir) || store_open(f.dir, STORE_WRITER, &f.s, NULL) != ERR_OK)
		return -1;
	*state = &f;
	return 0;
}

static int close_fixture(void **state)
{
	struct fixture *f = *state;
	static const char *const names[] = { "huren.db", "huren.db-wal", "huren.db-shm",
		"huren.lock" };
	char path[128];

	store_close(f->s);
	for (size_t i = 0; i < 4; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", f->dir, names[i]);
		(void)unlink(path); /* the side files may be gone already */
	}
	return rmdir(f->dir);
}

static void set_meta(struct store *s, const char *name, const char *value)
{
	SCOPED_SQL q = sql_use(s, SQL_META_SET);

	sql_bind_str(q, 1, str_of(name));
	sql_bind_str(q, 2, str_of(value));
	assert_int_equal(sql_run(q, NULL), ERR_OK);
}

/* Copies the value into `ret` of 64 bytes; false when there is none. */
static bool get_meta(struct store *s, const char *name, char *ret)
{
	SCOPED_SQL q = sql_use(s, SQL_META_GET);
	bool row = false;

	sql_bind_str(q, 1, str_of(name));
	assert_int_equal(sql_step(q, &row, NULL), ERR_OK);
	if (row)
		(void)snprintf(ret, 64, STR_FMT, STR_ARG(sql_str(q, 0)));
	return row;
}

static void store_prepares_every_statement(void **state)
{
	struct fixture *f = *state;

	for (enum sql_id id = 0; id < SQL_COUNT; id++) {
		struct err e = { 0 };
		bool row = false;
		struct sql *q = sql_use(f->s, id);
		/* With all parameters NULL it may break a constraint, never the schema. */
		enum err_code code = sql_step(q, &row, &e);
		if (code != ERR_OK && code != ERR_CONFLICT)
			fail_msg("%s: %s", sql_name(id), e.message);
		sql_done(&q);
	}
}

static void store_names_its_statements_in_order(void **state)
{
	static const char *const names[] = {
#define X(name, text) #name,
		SQL_TABLE(X)
#undef X
	};

	(void)state;
	assert_int_equal(sizeof(names) / sizeof(names[0]), SQL_COUNT);
	for (enum sql_id id = 0; id < SQL_COUNT; id++) {
		assert_string_equal(sql_name(id), names[id]);
		assert_true(strlen(sql_text(id)) > 0);
	}
}

static void store_carries_its_migrations_in_order(void **state)
{
	(void)state;
	assert_true(store_migration_count >= 1);
	assert_string_equal(store_migrations[0].name, "001-core.sql");
	for (unsigned i = 0; i < store_migration_count; i++) {
		if (i > 0) /* numbers may be left out, never given twice */
			assert_true(memcmp(store_migrations[i - 1].name, store_migrations[i].name,
				3) < 0);
		assert_non_null(strstr(store_migrations[i].text, "CREATE"));
	}
}

/* What a step of a plan reads from end to end: its name, empty for none. */
static void name_of_scan(const char *step, char ret[64])
{
	ret[0] = '\0';
	if (strncmp(step, "SCAN ", 5) == 0)
		(void)snprintf(ret, 64, "%.*s", (int)strcspn(step + 5, " "), step + 5);
}

/* Tables that stay small over the years, and what a statement makes itself, within its bounds. */
static bool is_small(const char *name)
{
	static const char *const names[] = {
		"mirror", "part",                  /* a row a peer */
		"edge",                            /* a few rows a level of the tree */
		"agreement", "status_list",        /* versions; one a hundred thousand reports */
		"listing_copy",                    /* as many as the limit lets */
		"audit_base", "deal_total", "decision_due", "fork_kept", "disk_sample",
		"CONSTANT", "(subquery-1)", "(subquery-3)", "hit", "best",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* An index with a condition holds the few rows that are meant, of a table however large. */
static bool walks_a_partial_index(sqlite3 *db, const char *step)
{
	const char *name = strstr(step, " INDEX ");
	sqlite3_stmt *q;
	bool found;

	if (!name)
		return false;
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT 1 FROM sqlite_master WHERE name = ?1 AND"
		" sql LIKE '% WHERE %'", -1, &q, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_bind_text(q, 1, name + 7, -1, SQLITE_STATIC), SQLITE_OK);
	found = sqlite3_step(q) == SQLITE_ROW;
	assert_int_equal(sqlite3_finalize(q), SQLITE_OK);
	return found;
}

static bool may_read_all(enum sql_id id)
{
	static const enum sql_id known[] = {
		SQL_AUDIT_LAST, SQL_AUDIT_OLDEST,  /* one row, from an end */
		SQL_STATUS_SLOTS,  /* a list is made of all that are set, in the background */
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (id == known[i])
			return true;
	return false;
}

/* No statement reads a table from end to end that grows over the years. Words are looked up in
 * their own index. True when the statement gives a page of a list. */
static bool check_plan(sqlite3 *db, enum sql_id id)
{
	bool page = strstr(sql_name(id), "_PAGE_") || strstr(sql_name(id), "_UNINDEXED");
	sqlite3_stmt *q;
	char text[4096];

	(void)snprintf(text, sizeof(text), "EXPLAIN QUERY PLAN %s", sql_text(id));
	assert_int_equal(sqlite3_prepare_v2(db, text, -1, &q, NULL), SQLITE_OK);
	while (sqlite3_step(q) == SQLITE_ROW) {
		const char *step = (const char *)sqlite3_column_text(q, 3);
		char name[64];
		name_of_scan(step, name);
		if (name[0] && !is_small(name) && !walks_a_partial_index(db, step) &&
			!strstr(step, "VIRTUAL TABLE INDEX") && !may_read_all(id))
			fail_msg("%s: %s", sql_name(id), step);
		if (page && strstr(step, "TEMP B-TREE"))
			fail_msg("%s sorts: %s", sql_name(id), step);
	}
	assert_int_equal(sqlite3_finalize(q), SQLITE_OK);
	return page;
}

static void store_reads_no_large_table_from_end_to_end(void **state)
{
	struct fixture *f = *state;
	unsigned pages = 0;
	char path[128];
	sqlite3 *db;

	(void)snprintf(path, sizeof(path), "%s/huren.db", f->dir);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(words_rank_register(db), SQLITE_OK);
	for (enum sql_id id = 0; id < SQL_COUNT; id++)
		pages += check_plan(db, id);
	assert_true(pages >= PAGES_LEAST);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void store_opens_again_without_migrating(void **state)
{
	struct fixture *f = *state;
	char value[64];

	set_meta(f->s, "colour", "green");
	store_close(f->s);
	f->s = NULL;
	assert_int_equal(store_open(f->dir, STORE_WRITER, &f->s, NULL), ERR_OK);
	assert_true(get_meta(f->s, "colour", value));
	assert_string_equal(value, "green");
}

/* A database of the first five steps, with rows in it, as nodes have that began with them. */
static void begin_old(const char *dir)
{
	char path[128];
	sqlite3 *db;

	(void)snprintf(path, sizeof(path), "%s/huren.db", dir);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(sqlite3_exec(db, store_migrations[i].text, NULL, NULL, NULL),
			SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA user_version = 5;"
		"INSERT INTO meta (name, value) VALUES ('colour', 'green');"
		"INSERT INTO organisation VALUES (1, 'did:web:a', '检测公司', 'c', 'lab', 1, '',"
		" x'00', 1);"
		"INSERT INTO account VALUES (1, 'wang', '王', 1, 'p', NULL, 0, 0, 1, 1);"
		"INSERT INTO membership VALUES (1, 1, 'officer', 1, 'node');"
		"INSERT INTO report VALUES (1, x'01', '', 'YC-1', 'did:web:a', '检测公司', '题',"
		" 'h', 1, 1);"
		"INSERT INTO decision VALUES (1, x'03', '', 'did:web:b', 2, 1, 0, 0, 0, 1);"
		"INSERT INTO decision VALUES (2, x'04', '', 'did:web:b', 4, 0, 0, 0, 0, 1);"
		"INSERT INTO decision_input VALUES (x'01', x'03', 'report');"
		"INSERT INTO status VALUES (1, x'01', 'withdrawn', '因', 'why', 1, x'02');",
		NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* The first column of the only row, in `ret` of 64 bytes. */
static void read_one(const char *dir, const char *text, char *ret)
{
	char path[128];
	sqlite3_stmt *q;
	sqlite3 *db;

	(void)snprintf(path, sizeof(path), "%s/huren.db", dir);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, text, -1, &q, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(q), SQLITE_ROW);
	(void)snprintf(ret, 64, "%s", (const char *)sqlite3_column_text(q, 0));
	assert_int_equal(sqlite3_step(q), SQLITE_DONE);
	assert_int_equal(sqlite3_finalize(q), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* What was there is there, and what later steps derive of it. */
static void check_taken_up(const char *dir)
{
	static const struct { const char *text, *expected; } rows[] = {
		{ "SELECT name || role || words_due FROM organisation", "检测公司lab1" },
		{ "SELECT display || words_due FROM account WHERE name = 'wang'", "王1" },
		{ "SELECT role || given_by FROM membership WHERE account = 1", "officernode" },
		{ "SELECT word || reason_zh || reason_en FROM status", "withdrawn因why" },
		{ "SELECT list_word FROM report WHERE number = 'YC-1'", "withdrawn" },
		{ "SELECT list_word FROM decision WHERE id_key = x'03'", "affected" },
		{ "SELECT list_word FROM decision WHERE id_key = x'04'", "valid" },
		{ "SELECT items || ' ' || decisions FROM decision_saved", "4 1" },
		{ "SELECT count(*) FROM decision_input", "1" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char value[64];
		read_one(dir, rows[i].text, value);
		assert_string_equal(value, rows[i].expected);
	}
}

static void store_takes_up_what_an_older_program_left(void **state)
{
	struct fixture f = { .dir = "/tmp/huren-store-XXXXXX" };
	void *also = &f;
	char value[64];

	(void)state;
	assert_non_null(mkdtemp(f.dir));
	begin_old(f.dir);
	assert_int_equal(store_open(f.dir, STORE_WRITER, &f.s, NULL), ERR_OK);
	assert_true(get_meta(f.s, "colour", value));
	assert_string_equal(value, "green");
	for (enum sql_id id = 0; id < SQL_COUNT; id++) {
		SCOPED_SQL q = sql_use(f.s, id);
		assert_non_null(q);
	}
	check_taken_up(f.dir);
	assert_int_equal(close_fixture(&also), 0);
}

static void store_rolls_back_to_nothing(void **state)
{
	struct fixture *f = *state;
	char value[64];

	assert_int_equal(store_begin(f->s, NULL), ERR_OK);
	set_meta(f->s, "a", "1");
	store_rollback(f->s);
	assert_false(get_meta(f->s, "a", value));
	store_rollback(f->s); /* harmless outside a transaction */
}

static void store_readers_see_commits_only(void **state)
{
	struct fixture *f = *state;
	struct store *reader = NULL;
	char value[64];

	assert_int_equal(store_open(f->dir, STORE_READER, &reader, NULL), ERR_OK);
	assert_int_equal(store_begin(f->s, NULL), ERR_OK);
	set_meta(f->s, "a", "1");
	assert_false(get_meta(reader, "a", value));
	assert_int_equal(store_commit(f->s, NULL), ERR_OK);
	assert_true(get_meta(reader, "a", value));
	store_close(reader);
}

static void store_undoes_one_command_of_several(void **state)
{
	struct fixture *f = *state;
	char value[64];

	assert_int_equal(store_begin(f->s, NULL), ERR_OK);
	assert_int_equal(store_mark(f->s, NULL), ERR_OK);
	set_meta(f->s, "a", "1");
	assert_int_equal(store_keep(f->s, NULL), ERR_OK);
	assert_int_equal(store_mark(f->s, NULL), ERR_OK);
	set_meta(f->s, "b", "2");
	store_undo(f->s);
	assert_true(store_in_transaction(f->s));
	assert_int_equal(store_commit(f->s, NULL), ERR_OK);
	assert_false(store_in_transaction(f->s));
	assert_true(get_meta(f->s, "a", value));
	assert_false(get_meta(f->s, "b", value));
}

static void store_sweeps_the_wal_beside_the_writer(void **state)
{
	struct fixture *f = *state;
	struct store *sweeper = NULL;
	bool all = false;
	char value[64];

	assert_int_equal(store_open(f->dir, STORE_SWEEPER, &sweeper, NULL), ERR_OK);
	for (int i = 0; i < 50; i++)
		set_meta(f->s, "a", i % 2 ? "1" : "0"); /* the same again would write nothing */
	assert_true(store_wal_pages(f->s) >= 50);
	assert_int_equal(store_sweep(sweeper, &all, NULL), ERR_OK);
	assert_true(all);
	set_meta(f->s, "a", "2"); /* starts the WAL anew */
	assert_true(store_wal_pages(f->s) < 50);
	assert_true(get_meta(f->s, "a", value));
	assert_string_equal(value, "2");
	store_close(sweeper);
}

static void store_has_one_writer(void **state)
{
	struct fixture *f = *state;
	struct store *second = NULL;
	struct err e;

	assert_int_equal(store_open(f->dir, STORE_WRITER, &second, &e), ERR_BUSY);
	assert_non_null(strstr(e.message, "another process writes to this folder"));
	assert_null(second);
	store_close(f->s);
	assert_int_equal(store_open(f->dir, STORE_WRITER, &f->s, &e), ERR_OK);
}

static void store_copies_what_is_committed(void **state)
{
	struct fixture *f = *state;
	struct store *sweeper = NULL, *copy = NULL;
	char dir[80], path[128], value[64];

	set_meta(f->s, "a", "1");
	assert_int_equal(store_begin(f->s, NULL), ERR_OK);
	set_meta(f->s, "b", "2");
	(void)snprintf(dir, sizeof(dir), "%s-copy", f->dir);
	(void)snprintf(path, sizeof(path), "%s/huren.db", dir);
	assert_int_equal(mkdir(dir, 0700), 0);
	assert_int_equal(store_open(f->dir, STORE_SWEEPER, &sweeper, NULL), ERR_OK);
	assert_int_equal(store_copy(sweeper, path, NULL), ERR_OK);
	assert_int_not_equal(store_copy(sweeper, path, NULL), ERR_OK); /* never over a file */
	store_rollback(f->s);
	assert_int_equal(store_open(dir, STORE_WRITER, &copy, NULL), ERR_OK);
	assert_true(get_meta(copy, "a", value));
	assert_false(get_meta(copy, "b", value));
	store_close(copy);
	store_close(sweeper);
	assert_int_equal(unlink(path), 0);
	(void)snprintf(path, sizeof(path), "%s/huren.lock", dir);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
}

static void store_readers_cannot_write(void **state)
{
	struct fixture *f = *state;
	struct store *reader = NULL;
	struct err e;
	struct sql *q;

	assert_int_equal(store_open(f->dir, STORE_READER, &reader, NULL), ERR_OK);
	q = sql_use(reader, SQL_META_SET);
	sql_bind_str(q, 1, STR("a"));
	sql_bind_str(q, 2, STR("1"));
	assert_int_equal(sql_run(q, &e), ERR_IO);
	assert_non_null(strstr(e.message, "META_SET"));
	sql_done(&q);
	store_close(reader);
}

static void store_tells_a_unique_violation(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 2; i++) {
		SCOPED_SQL q = sql_use(f->s, SQL_ISSUER_ADD);
		bool row = false;
		sql_bind_str(q, 1, STR("did:web:a.example"));
		assert_int_equal(sql_step(q, &row, NULL), i == 0 ? ERR_OK : ERR_CONFLICT);
	}
}

static void store_refuses_a_file_that_is_no_database(void **state)
{
	struct fixture *f = *state;
	struct store *s = NULL;
	struct err e;
	char path[128];
	FILE *file;

	store_close(f->s);
	f->s = NULL;
	(void)snprintf(path, sizeof(path), "%s/huren.db", f->dir);
	file = fopen(path, "wb");
	assert_non_null(file);
	for (int i = 0; i < 1000; i++)
		(void)fputs("no database ", file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(store_open(f->dir, STORE_WRITER, &s, &e), ERR_CORRUPT);
	assert_non_null(strstr(e.message, "huren.db"));
	assert_true(e.hint[0] != '\0');
	assert_null(s);
}

static void store_names_a_missing_folder(void **state)
{
	struct store *s = NULL;
	struct err e;

	(void)state;
	assert_int_equal(store_open("/nonexistent/node", STORE_WRITER, &s, &e), ERR_IO);
	assert_non_null(strstr(e.message, "/nonexistent/node/huren.db"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(store_prepares_every_statement, open_fixture,
			close_fixture),
		cmocka_unit_test(store_names_its_statements_in_order),
		cmocka_unit_test(store_carries_its_migrations_in_order),
		cmocka_unit_test_setup_teardown(store_reads_no_large_table_from_end_to_end,
			open_fixture, close_fixture),
		cmocka_unit_test(store_takes_up_what_an_older_program_left),
		cmocka_unit_test_setup_teardown(store_opens_again_without_migrating, open_fixture,
			close_fixture),
		cmocka_unit_test_setup_teardown(store_rolls_back_to_nothing, open_fixture,
			close_fixture),
		cmocka_unit_test_setup_teardown(store_readers_see_commits_only, open_fixture,
			close_fixture),
		cmocka_unit_test_setup_teardown(store_undoes_one_command_of_several, open_fixture,
			close_fixture),
		cmocka_unit_test_setup_teardown(store_sweeps_the_wal_beside_the_writer,
			open_fixture,
			close_fixture),
		cmocka_unit_test_setup_teardown(store_has_one_writer, open_fixture, close_fixture),
		cmocka_unit_test_setup_teardown(store_copies_what_is_committed, open_fixture,
			close_fixture),
		cmocka_unit_test_setup_teardown(store_readers_cannot_write, open_fixture,
			close_fixture),
		cmocka_unit_test_setup_teardown(store_tells_a_unique_violation, open_fixture,
			close_fixture),
		cmocka_unit_test_setup_teardown(store_refuses_a_file_that_is_no_database,
			open_fixture, close_fixture),
		cmocka_unit_test(store_names_a_missing_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
