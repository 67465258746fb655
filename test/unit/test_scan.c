/* test_scan.c - the program that looks at a file: its answer, its time, what it inherits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/instant.h"
#include "service/scan.h"

static atomic_bool stop;
static bool stopped;
static char detail[SCAN_DETAIL_BYTES];

/* Runs "/bin/sh -c <script> <path>": the path is $0. */
static enum scan_verdict run(const char *script)
{
	static char shell[] = "/bin/sh", option[] = "-c", path[] = "/tmp/a file; exit 1";
	char text[512];
	struct node_files files = { .scan_count = 3, .scan_s = 1 };

	(void)snprintf(text, sizeof(text), "%s", script);
	files.scan[0] = shell;
	files.scan[1] = option;
	files.scan[2] = text;
	return scan_run(&files, path, &stop, &stopped, detail);
}

static void scan_takes_the_exit_status(void **state)
{
	(void)state;
	assert_int_equal(run("exit 0"), SCAN_CLEAN);
	assert_int_equal(run("exit 1"), SCAN_INFECTED);
	assert_int_equal(run("exit 2"), SCAN_NOT_SCANNED);
	assert_string_equal(detail, "exit status 2");
	assert_int_equal(run("kill -9 $$"), SCAN_NOT_SCANNED);
	assert_string_equal(detail, "ended by signal 9");
}

static void scan_hands_the_path_over_as_one_word(void **state)
{
	(void)state;
	assert_int_equal(run("test \"$0\" = '/tmp/a file; exit 1'"), SCAN_CLEAN);
	assert_int_equal(run("test $# = 0"), SCAN_CLEAN);
}

static void scan_gives_nothing_else_away(void **state)
{
	(void)state;
	assert_int_equal(run("test -z \"$HOME$HUREN_SOURCE\""), SCAN_CLEAN);
	/* 0, 1, 2, and the one that the listing itself opens. */
	assert_int_equal(run("test \"$(ls /proc/self/fd | wc -l)\" -le 4"), SCAN_CLEAN);
	assert_int_equal(run("read line"), SCAN_INFECTED); /* its input is empty: status 1 */
}

static void limit_scan_s(void **state)
{
	uint64_t start = instant_monotonic_us();

	(void)state;
	assert_int_equal(LIMIT_SCAN_S, 1800);
	/* A child of its own would outlive a scanner that alone is ended. */
	assert_int_equal(run("sleep 30 & sleep 30"), SCAN_NOT_SCANNED);
	assert_string_equal(detail, "not ended within 1 s");
	assert_true(instant_monotonic_us() - start < 5000000);
	assert_false(stopped);
}

static void scan_ends_when_the_node_stops(void **state)
{
	(void)state;
	atomic_store(&stop, true);
	(void)run("sleep 30");
	assert_true(stopped);
	atomic_store(&stop, false);
}

static void scan_that_cannot_be_started_is_no_verdict(void **state)
{
	static char missing[] = "/no/such/program", path[] = "/tmp/x";
	struct node_files files = { .scan_count = 1, .scan_s = 1 };

	(void)state;
	files.scan[0] = missing;
	assert_int_equal(scan_run(&files, path, &stop, &stopped, detail), SCAN_NOT_SCANNED);
	assert_non_null(strstr(detail, "not started"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scan_takes_the_exit_status),
		cmocka_unit_test(scan_hands_the_path_over_as_one_word),
		cmocka_unit_test(scan_gives_nothing_else_away),
		cmocka_unit_test(limit_scan_s),
		cmocka_unit_test(scan_ends_when_the_node_stops),
		cmocka_unit_test(scan_that_cannot_be_started_is_no_verdict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
