/* test_io.c - files, in a folder of their own under the working directory's temporary place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/scoped.h"

static char folder[64];

static int make_folder(void **state)
{
	(void)state;
	(void)snprintf(folder, sizeof(folder), "/tmp/huren-test-io-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static char *in_folder(struct arena *a, const char *name)
{
	char *path = arena_printf(a, "%s/%s", folder, name);

	assert_non_null(path);
	return path;
}

/* Names in the folder, without sub-folders' content. */
static unsigned count_names(const char *path)
{
	SCOPED_DIR dir = opendir(path);
	struct dirent *entry;
	unsigned count = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)))
		count += entry->d_name[0] != '.';
	return count;
}

static int remove_folder(void **state)
{
	char command[128];
	static const char *const names[] = { "a", "deep/er/file", "deep/er", "deep", "stands",
		NULL };

	(void)state;
	for (size_t i = 0; names[i]; i++) {
		(void)snprintf(command, sizeof(command), "%s/%s", folder, names[i]);
		(void)remove(command); /* whatever a test left */
	}
	return rmdir(folder);
}

static void assert_content(const char *path, const char *want)
{
	SCOPED_ARENA a = { 0 };
	struct str got = { NULL, 0 };
	struct err e = { 0 };

	arena_init(&a, 1048576);
	if (io_read_file(&a, path, 65536, &got, &e) != ERR_OK)
		fail_msg("%s", e.message);
	assert_true(str_is(got, want));
	assert_int_equal(got.at[got.len], '\0');
}

static void io_writes_and_replaces(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct err e = { 0 };
	struct stat st;
	char *path;

	(void)state;
	arena_init(&a, 1048576);
	path = in_folder(&a, "a");
	assert_false(io_exists(path));
	assert_int_equal(io_write_durable(path, STR("one"), 0600, &e), ERR_OK);
	assert_content(path, "one");
	assert_int_equal(io_write_durable(path, STR(""), 0644, &e), ERR_OK);
	assert_content(path, "");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	assert_true(io_exists(path));
	assert_int_equal(count_names(folder), 1); /* no temporary file is left */
}

static void io_makes_missing_folders(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct err e = { 0 };
	char *path;

	(void)state;
	arena_init(&a, 1048576);
	path = in_folder(&a, "deep/er/file");
	assert_int_equal(io_write_durable(path, STR("x"), 0600, &e), ERR_OK);
	assert_content(path, "x");
	assert_int_equal(io_make_dirs(in_folder(&a, "deep//er/"), &e), ERR_OK);
	assert_int_equal(io_make_dirs(path, &e), ERR_IO);
	assert_non_null(strstr(e.message, "a file stands there"));
	assert_int_equal(io_make_dirs(in_folder(&a, "deep/er/file/further"), &e), ERR_IO);
	assert_int_equal(io_make_dirs("", &e), ERR_IO);
}

static void io_read_tells_failures_apart(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct str got = { NULL, 0 };
	struct err e = { 0 };
	char *path;

	(void)state;
	arena_init(&a, 4096);
	path = in_folder(&a, "stands");
	assert_int_equal(io_write_durable(path, STR("12345"), 0600, &e), ERR_OK);
	assert_int_equal(io_read_file(&a, path, 5, &got, &e), ERR_OK);
	got.at = NULL;
	assert_int_equal(io_read_file(&a, path, 4, &got, &e), ERR_TOO_LARGE);
	assert_int_equal(io_read_file(&a, in_folder(&a, "none"), 4, &got, &e), ERR_NOT_FOUND);
	assert_non_null(strstr(e.message, "No such file or directory"));
	assert_int_equal(io_read_file(&a, folder, 4096, &got, &e), ERR_IO);
	arena_clear(&a);
	arena_init(&a, 0);
	assert_int_equal(io_read_file(&a, "/dev/null", 4096, &got, &e), ERR_TOO_LARGE);
	assert_null(got.at); /* output untouched on failure */
}

static void io_reads_streams(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct str got = { NULL, 0 };
	struct err e = { 0 };
	char *path;
	int ends[2];

	(void)state;
	arena_init(&a, 1048576);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "piped", 5), 5);
	assert_int_equal(close(ends[1]), 0);
	path = arena_printf(&a, "/proc/self/fd/%d", ends[0]);
	assert_int_equal(io_read_file(&a, path, 100, &got, &e), ERR_OK);
	assert_true(str_is(got, "piped"));
	assert_int_equal(io_read_file(&a, "/dev/zero", 100000, &got, &e), ERR_TOO_LARGE);
	assert_int_equal(close(ends[0]), 0);
}

/* A real failing write: the system allows this process no byte more in files. */
static void io_failing_write_leaves_the_old_file(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct rlimit before, none;
	struct err e = { 0 };
	enum err_code code;
	char *path;

	(void)state;
	arena_init(&a, 1048576);
	path = in_folder(&a, "stands");
	assert_int_equal(io_write_durable(path, STR("old"), 0600, &e), ERR_OK);
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	code = io_write_durable(path, STR("new"), 0600, &e);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(code, ERR_IO);
	assert_non_null(strstr(e.message, "File too large"));
	assert_content(path, "old");
}

#ifdef HUREN_WITH_FAULTS
/* Fails the N-th call of `kind` for N = 1, 2 ... until the write succeeds; returns the failures. */
static unsigned failures_of(const char *kind, const char *old_or_new)
{
	SCOPED_ARENA a = { 0 };
	unsigned failures = 0;
	char *path;

	arena_init(&a, 1048576);
	path = in_folder(&a, "stands");
	for (unsigned n = 1; n < 10; n++) {
		struct err e = { 0 };
		enum err_code code;
		assert_int_equal(unsetenv("HUREN_FAULT"), 0);
		assert_int_equal(io_write_durable(path, STR("old"), 0600, &e), ERR_OK);
		assert_int_equal(setenv("HUREN_FAULT", arena_printf(&a, "%s:%u", kind, n), 1), 0);
		code = io_write_durable(path, STR("new"), 0600, &e);
		assert_int_equal(unsetenv("HUREN_FAULT"), 0);
		if (code == ERR_OK) {
			assert_content(path, "new");
			return failures;
		}
		assert_int_equal(code, ERR_IO);
		assert_non_null(strstr(e.message, "No space left on device"));
		/* I1, with its exception: only the last fsync fails after the rename. */
		assert_content(path, strcmp(kind, "fsync") == 0 && n == 2 ? old_or_new : "old");
		failures++;
	}
	return failures;
}

static void io_faults_leave_the_old_file(void **state)
{
	(void)state;
	assert_int_equal(failures_of("write", "old"), 1);
	assert_int_equal(failures_of("rename", "old"), 1);
	assert_int_equal(failures_of("fsync", "new"), 2);
}
#endif

static void io_knows_free_space(void **state)
{
	uint64_t bytes = 0;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(io_free_bytes(folder, &bytes, &e), ERR_OK);
	assert_true(bytes > 0);
	assert_int_equal(io_free_bytes("/none/such", &bytes, &e), ERR_IO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(io_writes_and_replaces),
		cmocka_unit_test(io_makes_missing_folders),
		cmocka_unit_test(io_read_tells_failures_apart),
		cmocka_unit_test(io_reads_streams),
		cmocka_unit_test(io_failing_write_leaves_the_old_file),
#ifdef HUREN_WITH_FAULTS /* -Dfault=true */
		cmocka_unit_test(io_faults_leave_the_old_file),
#endif
		cmocka_unit_test(io_knows_free_space),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
