/* test_partial.c - files that are being received. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/scoped.h"
#include "store/partial.h"

static char dir[64];

static void count_one(void *context, const char *id)
{
	assert_true(partial_id_holds(str_of(id)));
	++*(size_t *)context;
}

static size_t count(void)
{
	size_t n = 0;

	partial_each(dir, count_one, &n);
	return n;
}

static void partial_outlives_its_descriptor_and_comes_to_its_digest(void **state)
{
	char id[PARTIAL_ID_BYTES], other[PARTIAL_ID_BYTES];
	struct digest d = digest_sha256(STR("hello")), found;
	uint64_t bytes = 9;
	char path[BLOB_PATH_BYTES];
	bool made = false;
	int fd;

	(void)state;
	partial_id_new(id);
	partial_id_new(other);
	assert_string_not_equal(id, other);
	assert_false(partial_find(dir, id, &bytes));
	assert_int_equal(partial_open(dir, id, &fd, &bytes, NULL), ERR_OK);
	assert_int_equal(bytes, 0);
	assert_int_equal(write(fd, "hello world", 11), 11);
	assert_int_equal(partial_sync(fd, NULL), ERR_OK);
	assert_int_equal(partial_cut(fd, 5, NULL), ERR_OK);
	(void)close(fd);
	assert_true(partial_find(dir, id, &bytes));
	assert_int_equal(bytes, 5);
	assert_int_equal(count(), 1);
	assert_int_equal(partial_place(dir, other, &d, &made, NULL), ERR_NOT_FOUND);
	assert_int_equal(partial_place(dir, id, &d, &made, NULL), ERR_OK);
	assert_true(made);
	/* Once more after a crash: nothing is lost, and nothing is new. */
	assert_true(partial_find(dir, id, &bytes));
	assert_int_equal(partial_place(dir, id, &d, &made, NULL), ERR_OK);
	assert_false(made);
	assert_int_equal(count(), 1);
	/* One that the disk damaged is mended by handing it in again. */
	blob_path(dir, &d, path);
	assert_int_equal(io_write_durable(path, STR("hullo"), 0600, NULL), ERR_OK);
	assert_int_equal(partial_place(dir, id, &d, &made, NULL), ERR_OK);
	assert_false(made);
	partial_drop(dir, id);
	assert_int_equal(count(), 0);
	assert_int_equal(blob_digest_file(path, &found, &bytes, NULL), ERR_OK);
	assert_true(digest_eq(&found, &d));
	blob_drop(dir, &d);
	blob_drop(dir, &d);
	assert_false(blob_find(dir, &d, &bytes));
}

static void partial_names_are_names_only(void **state)
{
	int fd;
	uint64_t bytes;

	(void)state;
	assert_true(partial_id_holds(STR("0123456789abcdef0123456789abcdef")));
	assert_false(partial_id_holds(STR("0123456789abcdef0123456789abcde")));
	assert_false(partial_id_holds(STR("0123456789ABCDEF0123456789abcdef")));
	assert_false(partial_id_holds(STR("../../../../../../../../etc/pass")));
	assert_false(partial_id_holds(STR("")));
	assert_int_equal(partial_open(dir, "0123456789abcdef0123456789abcdef", &fd, &bytes, NULL),
		ERR_OK);
	(void)close(fd);
	assert_int_equal(count(), 1);
	partial_drop(dir, "0123456789abcdef0123456789abcdef");
	partial_drop(dir, "0123456789abcdef0123456789abcdef");
	assert_int_equal(count(), 0);
}

static int set_up(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/huren-partial-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
	static const char *const folders[] = { "evidence/uploads", "evidence/2c", "evidence", "" };
	char path[128];

	(void)state;
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, folders[i]);
		(void)rmdir(path);
	}
	return access(dir, F_OK) == 0 ? -1 : 0; /* something was left behind */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(partial_outlives_its_descriptor_and_comes_to_its_digest),
		cmocka_unit_test(partial_names_are_names_only),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
