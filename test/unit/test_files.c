/* test_files.c - full tiles and bundles on disk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/io.h"
#include "ledger/files.h"

static struct files files;
static char dir[64];

static int open_folder(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/huren-files-XXXXXX");
	return mkdtemp(dir) && files_init(&files, dir, "tlog", NULL) == ERR_OK ? 0 : -1;
}

/* The tests know what they made. */
static int remove_folder(void **state)
{
	static const char *const made[] = { "tile/0/x001/067", "tile/entries/000.gz",
		"tile/entries", "tile/0/x001", "tile/0", "tile", "" };
	char path[256];

	(void)state;
	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/tlog/%s", dir, made[i]);
		(void)remove(path); /* not every test makes all */
	}
	return rmdir(dir);
}

static void files_keep_a_tile(void **state)
{
	struct digest hashes[TILE_WIDTH];
	struct arena a;
	struct str read;

	(void)state;
	memset(hashes, 7, sizeof(hashes));
	arena_init(&a, 65536);
	assert_false(files_has(&files, false, 0, 1067));
	assert_int_equal(files_write_tile(&files, 0, 1067, hashes, NULL), ERR_OK);
	assert_true(files_has(&files, false, 0, 1067));
	assert_int_equal(files_read_tile(&files, &a, 0, 1067, &read, NULL), ERR_OK);
	assert_int_equal(read.len, 8192);
	assert_memory_equal(read.at, hashes, 8192);
	arena_clear(&a);
}

static void files_keep_a_bundle_as_gzip(void **state)
{
	char text[10000];
	struct arena a;
	struct str read;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)('a' + i % 23);
	arena_init(&a, 1 << 20);
	assert_int_equal(files_write_bundle(&files, 0, (struct str){ text, sizeof(text) }, NULL),
		ERR_OK);
	assert_int_equal(files_read_bundle(&files, &a, 0, &read, NULL), ERR_OK);
	assert_int_equal(read.len, sizeof(text));
	assert_memory_equal(read.at, text, sizeof(text));
	assert_int_equal(files_read_bundle_gzip(&files, &a, 0, &read, NULL), ERR_OK);
	assert_true(read.len < 1000);
	assert_int_equal((uint8_t)read.at[0], 0x1f);
	assert_int_equal((uint8_t)read.at[1], 0x8b);
	assert_memory_equal(read.at + 4, "\0\0\0\0", 4); /* no time: same bytes, same file */
	arena_clear(&a);
}

static void files_name_what_is_missing(void **state)
{
	struct arena a;
	struct str read;
	struct err e;

	(void)state;
	arena_init(&a, 65536);
	assert_int_equal(files_read_tile(&files, &a, 1, 3, &read, &e), ERR_CORRUPT);
	assert_non_null(strstr(e.message, "tlog/tile/1/003\" is missing"));
	assert_true(e.hint[0] != '\0');
	arena_clear(&a);
}

static void files_refuse_a_damaged_bundle(void **state)
{
	char path[256], bytes[64];
	struct arena a;
	struct str read;
	struct err e;

	(void)state;
	memset(bytes, 0, sizeof(bytes));
	arena_init(&a, 1 << 20);
	(void)snprintf(path, sizeof(path), "%s/tlog/tile/entries/000.gz", dir);
	assert_int_equal(io_write_durable(path, (struct str){ bytes, sizeof(bytes) }, 0644, NULL),
		ERR_OK);
	assert_int_equal(files_read_bundle(&files, &a, 0, &read, &e), ERR_CORRUPT);
	assert_string_equal(e.message, "bundle 0: not the gzip that was written");
	assert_int_equal(io_write_durable(path, (struct str){ "short", 5 }, 0644, NULL), ERR_OK);
	assert_int_equal(files_read_bundle(&files, &a, 0, &read, &e), ERR_CORRUPT);
	assert_string_equal(e.message, "bundle 0: too short for gzip");
	memset(bytes, 0xff, sizeof(bytes));
	assert_int_equal(io_write_durable(path, (struct str){ bytes, sizeof(bytes) }, 0644, NULL),
		ERR_OK);
	assert_int_equal(files_read_bundle(&files, &a, 0, &read, &e), ERR_CORRUPT);
	assert_string_equal(e.message, "bundle 0: expands to 4294967295 bytes");
	arena_clear(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(files_keep_a_tile, open_folder, remove_folder),
		cmocka_unit_test_setup_teardown(files_keep_a_bundle_as_gzip, open_folder,
			remove_folder),
		cmocka_unit_test_setup_teardown(files_name_what_is_missing, open_folder,
			remove_folder),
		cmocka_unit_test_setup_teardown(files_refuse_a_damaged_bundle, open_folder,
			remove_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
