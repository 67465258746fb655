/* test_manifest.c - a backup's list, line by line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/scoped.h"
#include "store/manifest.h"

static const struct manifest_head head = { .made = 1796000000, .entries = 7, .with_keys = true,
	.checkpoint = { "a\n7\n", 4 }, .cosigned = { "", 0 } };

static struct str written(struct arena *a, struct buf *b)
{
	struct manifest_file file = { .path = STR("tlog/tile/0/000"), .bytes = 8192 };
	struct manifest_end end = { .files = 1, .bytes = 8192 };

	memset(file.sha256.at, 0xa5, DIGEST_BYTES);
	buf_init(b, 65536);
	assert_int_equal(manifest_put_head(b, a, &head, NULL), ERR_OK);
	assert_int_equal(manifest_put_file(b, a, &file, NULL), ERR_OK);
	assert_int_equal(manifest_put_end(b, a, &end, NULL), ERR_OK);
	return buf_str(b);
}

static void manifest_reads_what_it_wrote(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	struct manifest_head h;
	struct manifest_file file;
	struct manifest_end end;
	struct str rest;
	bool last = true;

	(void)state;
	arena_init(&a, 65536);
	rest = written(&a, &b);
	assert_int_equal(manifest_read_head(&a, &rest, &h, NULL), ERR_OK);
	assert_int_equal(h.made, head.made);
	assert_int_equal(h.entries, 7);
	assert_true(h.with_keys);
	assert_true(str_eq(h.checkpoint, head.checkpoint));
	assert_int_equal(manifest_read_file(&a, &rest, &file, &last, &end, NULL), ERR_OK);
	assert_false(last);
	assert_true(str_is(file.path, "tlog/tile/0/000"));
	assert_int_equal(file.bytes, 8192);
	assert_int_equal(file.sha256.at[31], 0xa5);
	assert_int_equal(manifest_read_file(&a, &rest, &file, &last, &end, NULL), ERR_OK);
	assert_true(last);
	assert_int_equal(end.files, 1);
}

static void manifest_without_its_end_is_refused(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	struct manifest_head h;
	struct manifest_file file;
	struct manifest_end end;
	struct str rest;
	bool last;

	(void)state;
	arena_init(&a, 65536);
	rest = written(&a, &b);
	rest.len = str_find(rest, STR("{\"all_bytes\""));
	assert_int_equal(manifest_read_head(&a, &rest, &h, NULL), ERR_OK);
	assert_int_equal(manifest_read_file(&a, &rest, &file, &last, &end, NULL), ERR_OK);
	assert_int_equal(manifest_read_file(&a, &rest, &file, &last, &end, NULL), ERR_INVALID);
}

static void manifest_of_another_format_is_refused(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct manifest_head h;
	struct str rest = STR("{\"format\":\"huren-backup/2\"}\n");

	(void)state;
	arena_init(&a, 65536);
	assert_int_equal(manifest_read_head(&a, &rest, &h, NULL), ERR_INVALID);
}

static void manifest_paths_stay_below_their_folder(void **state)
{
	static const struct { const char *path; bool safe; } paths[] = {
		{ "huren.db", true }, { "tlog/tile/0/x001/000", true }, { "a..b/..c", true },
		{ "", false }, { "/etc/passwd", false }, { "../x", false }, { "a/../b", false },
		{ "a//b", false }, { "a/", false }, { "./a", false }, { "a\\b", false },
		{ "a\nb", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (manifest_path_is_safe(str_of(paths[i].path)) != paths[i].safe)
			fail_msg("\"%s\"", paths[i].path);
}

static void limit_backup_list_bytes(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	struct manifest_file file = { .path = STR("tlog/tile/0/000"), .bytes = 8192 };

	(void)state;
	arena_init(&a, 65536);
	buf_init(&b, LIMIT_BACKUP_LIST_BYTES);
	assert_true(buf_reserve(&b, LIMIT_BACKUP_LIST_BYTES));
	b.len = LIMIT_BACKUP_LIST_BYTES - 50;
	assert_int_equal(manifest_put_file(&b, &a, &file, NULL), ERR_TOO_LARGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(manifest_reads_what_it_wrote),
		cmocka_unit_test(manifest_without_its_end_is_refused),
		cmocka_unit_test(manifest_of_another_format_is_refused),
		cmocka_unit_test(limit_backup_list_bytes),
		cmocka_unit_test(manifest_paths_stay_below_their_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
