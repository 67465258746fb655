/* test_backup.c - a node's folder as a second folder, and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/io.h"
#include "store/backup.h"
#include "store/store.h"

static char root[64];

static const char *at(const char *name)
{
	static char paths[4][256];
	static int turn;
	char *path = paths[turn++ % 4];

	(void)snprintf(path, sizeof(paths[0]), "%s/%s", root, name);
	return path;
}

static void write_file(const char *name, const char *text)
{
	assert_int_equal(io_write_durable(at(name), str_of(text), 0644, NULL), ERR_OK);
}

static void assert_file(const char *name, const char *text)
{
	struct arena a;
	struct str bytes;

	arena_init(&a, 65536);
	assert_int_equal(io_read_file(&a, at(name), 4096, &bytes, NULL), ERR_OK);
	assert_true(str_is(bytes, text));
	arena_clear(&a);
}

/* "", or the value of the mark. */
static const char *mark_of(const char *dir, const char *name)
{
	static char value[64];
	struct store *s = NULL;
	bool row = false;

	assert_int_equal(store_open(at(dir), STORE_WRITER, &s, NULL), ERR_OK);
	{
		SCOPED_SQL q = sql_use(s, SQL_META_GET);
		sql_bind_str(q, 1, str_of(name));
		assert_int_equal(sql_step(q, &row, NULL), ERR_OK);
		(void)snprintf(value, sizeof(value), STR_FMT,
			STR_ARG(row ? sql_str(q, 0) : STR("")));
	}
	store_close(s);
	return value;
}

static void set_mark(const char *dir, const char *name)
{
	struct store *s = NULL;

	assert_int_equal(store_open(at(dir), STORE_WRITER, &s, NULL), ERR_OK);
	{
		SCOPED_SQL q = sql_use(s, SQL_META_SET);
		sql_bind_str(q, 1, str_of(name));
		sql_bind_str(q, 2, STR("1"));
		assert_int_equal(sql_run(q, NULL), ERR_OK);
	}
	store_close(s);
}

static int make_node(void **state)
{
	(void)state;
	(void)snprintf(root, sizeof(root), "/tmp/huren-backup-XXXXXX");
	if (!mkdtemp(root) || mkdir(at("node"), 0700) != 0)
		return -1;
	set_mark("node", "colour");
	write_file("node/tlog/tile/0/000", "a tile");
	write_file("node/mirror/00ff/tile/entries/x001/000.gz", "a bundle");
	write_file("node/tlog/tile/0/001.new-abcdef", "half a tile");
	write_file("node/keys/tlog.json", "a key");
	write_file("node/token", "a token");
	write_file("node/node.json", "{}");
	return 0;
}

/* Only what stands below our own folder. */
static void remove_below(const char *path, int depth)
{
	char child[512];
	const struct dirent *entry;
	DIR *dir = opendir(path);

	assert_true(depth < 10);
	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		(void)snprintf(child, sizeof(child), "%s/%s", path, entry->d_name);
		if (unlink(child) != 0)
			remove_below(child, depth + 1);
	}
	(void)closedir(dir); /* read only */
	assert_int_equal(rmdir(path), 0);
}

static int remove_node(void **state)
{
	(void)state;
	remove_below(root, 0);
	return 0;
}

static void backup_comes_back_as_it_was(void **state)
{
	(void)state;
	assert_int_equal(backup_take(at("node"), at("backup"), true, NULL), ERR_OK);
	assert_int_equal(backup_restore(at("backup"), at("again"), NULL), ERR_OK);
	assert_string_equal(mark_of("again", "colour"), "1");
	assert_file("again/tlog/tile/0/000", "a tile");
	assert_file("again/mirror/00ff/tile/entries/x001/000.gz", "a bundle");
	assert_file("again/keys/tlog.json", "a key");
	assert_file("again/token", "a token");
	assert_file("again/node.json", "{}");
	assert_false(io_exists(at("again/tlog/tile/0/001.new-abcdef")));
}

static void backup_is_marked_as_restored(void **state)
{
	(void)state;
	assert_int_equal(backup_take(at("node"), at("backup"), false, NULL), ERR_OK);
	assert_string_equal(mark_of("backup", "restored"), "1");
	assert_string_equal(mark_of("node", "restored"), "");
}

static void backup_keeps_keys_only_when_asked_and_secret(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(backup_take(at("node"), at("backup"), false, NULL), ERR_OK);
	assert_false(io_exists(at("backup/keys")));
	assert_false(io_exists(at("backup/token")));
	assert_int_equal(backup_take(at("node"), at("second"), true, NULL), ERR_OK);
	assert_int_equal(stat(at("second/keys/tlog.json"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(stat(at("second/token"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void backup_never_overwrites(void **state)
{
	struct err e;

	(void)state;
	assert_int_equal(backup_take(at("node"), at("backup"), false, NULL), ERR_OK);
	assert_int_equal(backup_take(at("node"), at("backup"), false, &e), ERR_CONFLICT);
	assert_non_null(strstr(e.message, "backup/huren.db\" already"));
	assert_int_equal(backup_restore(at("backup"), at("node"), &e), ERR_CONFLICT);
}

static void backup_names_what_is_not_there(void **state)
{
	struct err e;

	(void)state;
	assert_int_equal(backup_take(at("nobody"), at("backup"), false, &e), ERR_NOT_FOUND);
	assert_non_null(strstr(e.message, "no node is at"));
	assert_int_equal(backup_restore(at("nobody"), at("again"), &e), ERR_NOT_FOUND);
	assert_non_null(strstr(e.message, "no backup is at"));
	assert_int_equal(backup_lift_bans(at("nobody"), false, &e), ERR_NOT_FOUND);
}

static void backup_removes_its_own_folder_and_follows_no_link(void **state)
{
	struct stat st;

	(void)state;
	write_file("elsewhere/kept", "a file");
	assert_int_equal(mkdir(at("old"), 0700), 0);
	assert_int_equal(symlink(at("elsewhere"), at("old/link")), 0);
	assert_int_equal(symlink(at("elsewhere"), at("linked")), 0);
	assert_int_equal(backup_remove(root, "old", NULL), ERR_OK);
	assert_int_equal(backup_remove(root, "linked", NULL), ERR_IO);
	assert_int_equal(lstat(at("old"), &st), -1);
	assert_file("elsewhere/kept", "a file");
}

/* The backup before may be of another log: what stands there under the same name with the same size
 * is taken only when it is the same. Needs a disk that is not that of the node. */
static void backup_shares_with_the_one_before_only_what_is_the_same(void **state)
{
	char folder[] = "/dev/shm/huren-backup-XXXXXX", previous[64], path[64];
	const struct backup_options o = { .path = path, .previous = previous };
	struct stat st, own;
	struct arena a;
	struct str bytes;

	(void)state;
	if (!mkdtemp(folder) || stat(folder, &st) != 0 || stat(root, &own) != 0)
		fail();
	if (st.st_dev == own.st_dev) {
		(void)rmdir(folder); /* it is empty */
		skip();
	}
	(void)snprintf(previous, sizeof(previous), "%s/previous", folder);
	(void)snprintf(path, sizeof(path), "%s/next", folder);
	arena_init(&a, 65536);
	assert_int_equal(io_write_durable(arena_printf(&a, "%s/tlog/tile/0/000", previous),
		STR("b tile"), 0644, NULL), ERR_OK);
	assert_int_equal(io_write_durable(arena_printf(&a,
		"%s/mirror/00ff/tile/entries/x001/000.gz", previous), STR("a bundle"), 0644, NULL),
		ERR_OK);
	assert_int_equal(backup_take_with(at("node"), &o, NULL), ERR_OK);
	assert_int_equal(io_read_file(&a, arena_printf(&a, "%s/tlog/tile/0/000", path), 4096,
		&bytes, NULL), ERR_OK);
	assert_true(str_is(bytes, "a tile"));
	assert_int_equal(stat(arena_printf(&a, "%s/mirror/00ff/tile/entries/x001/000.gz", path),
		&st), 0);
	assert_int_equal(st.st_nlink, 2);
	arena_clear(&a);
	assert_int_equal(backup_remove("/dev/shm", folder + 9, NULL), ERR_OK);
}

static void backup_lifts_the_bans_an_operator_saw_to(void **state)
{
	(void)state;
	set_mark("node", "alarm");
	set_mark("node", "restored");
	assert_int_equal(backup_lift_bans(at("node"), false, NULL), ERR_OK);
	assert_string_equal(mark_of("node", "alarm"), "");
	assert_string_equal(mark_of("node", "restored"), "1");
	assert_int_equal(backup_lift_bans(at("node"), true, NULL), ERR_OK);
	assert_string_equal(mark_of("node", "restored"), "");
	assert_string_equal(mark_of("node", "colour"), "1");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_node, remove_node)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(backup_comes_back_as_it_was),
		TEST(backup_is_marked_as_restored),
		TEST(backup_keeps_keys_only_when_asked_and_secret),
		TEST(backup_never_overwrites),
		TEST(backup_names_what_is_not_there),
		TEST(backup_removes_its_own_folder_and_follows_no_link),
		TEST(backup_shares_with_the_one_before_only_what_is_the_same),
		TEST(backup_lifts_the_bans_an_operator_saw_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
