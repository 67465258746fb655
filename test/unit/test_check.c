/* test_check.c - a failed check says where and ends the process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"

static void check_prints_the_place_and_aborts(void **state)
{
	char text[256] = { 0 };
	int ends[2], status = 0;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		/* cmocka and sanitizers must not catch what is wanted here. */
		(void)signal(SIGABRT, SIG_DFL);
		(void)dup2(ends[1], STDERR_FILENO);
		CHECK(1 + 1 == 2);
		CHECK(1 + 1 == 3);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
	assert_true(read(ends[0], text, sizeof(text) - 1) > 0);
	assert_non_null(strstr(text, "test_check.c:"));
	assert_non_null(strstr(text, ": check failed: 1 + 1 == 3\n"));
	(void)close(ends[0]); /* only read from */
	(void)close(ends[1]); /* the child's end is what mattered */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(check_prints_the_place_and_aborts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
