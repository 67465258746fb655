/* test_blobs.c - evidence files by digest: whole or not there, gone on with, never another one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/limits.h"
#include "base/scoped.h"
#include "crypto/key.h"
#include "store/blobs.h"

static char dir[64];

static int set_up(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/huren-blobs-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static void remove_all(const char *path)
{
	DIR *d = opendir(path);
	const struct dirent *entry;
	while (d && (entry = readdir(d))) {
		char inner[512];
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(inner, sizeof(inner), "%s/%s", path, entry->d_name);
		if (unlink(inner) != 0)
			remove_all(inner);
	}
	if (d)
		(void)closedir(d);
	(void)rmdir(path);
}

static int tear_down(void **state)
{
	(void)state;
	remove_all(dir);
	return 0;
}

static struct digest put(const char *text)
{
	struct blob_writer *w;
	struct digest d = { { 0 } };
	uint64_t have, bytes;
	assert_int_equal(blob_begin(dir, NULL, 0, &w, &have, NULL), ERR_OK);
	assert_int_equal(have, 0);
	assert_int_equal(blob_write(w, str_of(text), NULL), ERR_OK);
	assert_int_equal(blob_finish(w, &d, &bytes, NULL), ERR_OK);
	assert_int_equal(bytes, strlen(text));
	return d;
}

static size_t parts(void)
{
	char path[128];
	size_t count = 0;
	const struct dirent *entry;
	(void)snprintf(path, sizeof(path), "%s/evidence/parts", dir);
	DIR *d = opendir(path);
	while (d && (entry = readdir(d)))
		count += entry->d_name[0] != '.';
	if (d)
		(void)closedir(d);
	return count;
}

static void blob_is_found_by_its_digest(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct digest d = put("one"), other = digest_sha256(STR("other"));
	struct digest want = digest_sha256(STR("one"));
	char path[BLOB_PATH_BYTES];
	struct str content;
	uint64_t bytes = 0;
	int fd;
	(void)state;
	arena_init(&a, 65536);
	assert_true(digest_eq(&d, &want));
	assert_true(blob_find(dir, &d, &bytes));
	assert_int_equal(bytes, 3);
	assert_false(blob_find(dir, &other, &bytes));
	blob_path(dir, &d, path);
	assert_int_equal(io_read_file(&a, path, 100, &content, NULL), ERR_OK);
	assert_true(str_is(content, "one"));
	assert_int_equal(blob_open(dir, &d, &fd, &bytes, NULL), ERR_OK);
	assert_int_equal(close(fd), 0);
	assert_int_equal(blob_open(dir, &other, &fd, &bytes, NULL), ERR_NOT_FOUND);
	assert_int_equal(blob_digest_file(path, &other, &bytes, NULL), ERR_OK);
	assert_true(digest_eq(&other, &d));
	assert_int_equal(parts(), 0);
}

static void blob_may_come_twice(void **state)
{
	struct digest a = put("same"), b = put("same");
	(void)state;
	assert_true(digest_eq(&a, &b));
	assert_int_equal(parts(), 0);
}

static void blob_goes_on_where_it_was_cut(void **state)
{
	struct digest d = digest_sha256(STR("first second")), found;
	struct blob_writer *w;
	uint64_t have, bytes;
	(void)state;
	assert_int_equal(blob_begin(dir, &d, 12, &w, &have, NULL), ERR_OK);
	assert_int_equal(blob_write(w, STR("first "), NULL), ERR_OK);
	blob_abandon(w);
	assert_int_equal(blob_part_bytes(dir, &d), 6);
	assert_false(blob_find(dir, &d, &bytes));
	assert_int_equal(blob_begin(dir, &d, 12, &w, &have, NULL), ERR_OK);
	assert_int_equal(have, 6);
	assert_int_equal(blob_write(w, STR("second"), NULL), ERR_OK);
	assert_int_equal(blob_finish(w, &found, &bytes, NULL), ERR_OK);
	assert_int_equal(bytes, 12);
	assert_true(blob_find(dir, &d, &bytes));
	assert_int_equal(blob_part_bytes(dir, &d), 0);
}

static void blob_begins_anew_when_told(void **state)
{
	struct digest d = digest_sha256(STR("right")), found;
	struct blob_writer *w;
	uint64_t have, bytes;
	(void)state;
	assert_int_equal(blob_begin(dir, &d, 5, &w, &have, NULL), ERR_OK);
	assert_int_equal(blob_write(w, STR("wro"), NULL), ERR_OK);
	assert_int_equal(blob_restart(w, NULL), ERR_OK);
	assert_int_equal(blob_write(w, STR("right"), NULL), ERR_OK);
	assert_int_equal(blob_finish(w, &found, &bytes, NULL), ERR_OK);
	assert_int_equal(bytes, 5);
}

static void blob_of_another_digest_leaves_nothing(void **state)
{
	struct digest d = digest_sha256(STR("right")), found = { { 7 } };
	struct blob_writer *w;
	uint64_t have, bytes = 7;
	struct err e = { 0 };
	(void)state;
	assert_int_equal(blob_begin(dir, &d, 5, &w, &have, NULL), ERR_OK);
	assert_int_equal(blob_write(w, STR("wrong"), NULL), ERR_OK);
	assert_int_equal(blob_finish(w, &found, &bytes, &e), ERR_INVALID);
	assert_non_null(strstr(e.message, "is another one"));
	assert_int_equal(bytes, 7); /* output untouched on failure */
	assert_int_equal(found.at[0], 7);
	assert_int_equal(blob_part_bytes(dir, &d), 0);
	assert_false(blob_find(dir, &d, &bytes));
}

static void blob_has_one_writer(void **state)
{
	struct digest d = digest_sha256(STR("x"));
	struct blob_writer *w, *second;
	uint64_t have;
	(void)state;
	assert_int_equal(blob_begin(dir, &d, 1, &w, &have, NULL), ERR_OK);
	assert_int_equal(blob_begin(dir, &d, 1, &second, &have, NULL), ERR_CONFLICT);
	blob_abandon(w);
	assert_int_equal(blob_begin(dir, &d, 1, &second, &have, NULL), ERR_OK);
	blob_abandon(second);
	blob_abandon(NULL);
}

static void blobs_tidy_keeps_what_can_be_gone_on_with(void **state)
{
	struct digest d = digest_sha256(STR("x"));
	struct blob_writer *w;
	uint64_t have;
	char path[128];
	(void)state;
	assert_int_equal(blob_begin(dir, &d, 1, &w, &have, NULL), ERR_OK);
	blob_abandon(w);
	(void)snprintf(path, sizeof(path), "%s/evidence/parts/unknown-1", dir);
	assert_int_equal(io_write_durable(path, STR("left over"), 0600, NULL), ERR_OK);
	assert_int_equal(parts(), 2);
	blobs_tidy(dir);
	assert_int_equal(parts(), 1);
}

static void limit_evidence_mb(void **state)
{
	struct blob_writer *w;
	uint64_t have;
	struct err e = { 0 };
	(void)state;
	assert_int_equal(blob_begin(dir, NULL, (uint64_t)LIMIT_EVIDENCE_MB * 1000000 + 1, &w, &have,
		&e), ERR_TOO_LARGE);
	assert_string_equal(e.message, "evidence file of 65536000001 bytes is over 65536 MB");
	assert_int_equal(parts(), 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(blob_is_found_by_its_digest),
		T(blob_may_come_twice),
		T(blob_goes_on_where_it_was_cut),
		T(blob_begins_anew_when_told),
		T(blob_of_another_digest_leaves_nothing),
		T(blob_has_one_writer),
		T(blobs_tidy_keeps_what_can_be_gone_on_with),
		T(limit_evidence_mb),
	};

	key_library_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
