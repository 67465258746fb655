/* test_child.c - the end of a process is seen, with and without a descriptor that tells it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/child.h"
#include "base/instant.h"

#define LONG_US 20000000

static pid_t sleeper(const char *seconds)
{
	static char program[] = "sleep";
	char words[16], *argv[] = { program, words, NULL }, *none[] = { NULL };
	pid_t pid = 0;

	(void)snprintf(words, sizeof(words), "%s", seconds);
	assert_int_equal(posix_spawn(&pid, "/bin/sleep", NULL, NULL, argv, none), 0);
	return pid;
}

/* Ends it, and says how long it was waited for. */
static uint64_t awaited(const char *seconds, uint64_t limit_us, const atomic_bool *stop, bool ends)
{
	uint64_t start = instant_monotonic_us();
	pid_t pid = sleeper(seconds);

	assert_int_equal(child_await(pid, start + limit_us, stop), ends);
	start = instant_monotonic_us() - start;
	(void)kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid); /* it was not reaped */
	return start;
}

static void child_is_waited_for_until_it_ends(void **state)
{
	(void)state;
	assert_true(awaited("0.1", LONG_US, NULL, true) < LONG_US / 2);
}

static void child_that_takes_too_long_is_told(void **state)
{
	uint64_t us;

	(void)state;
	us = awaited("60", 100000, NULL, false);
	assert_true(us >= 100000);
	assert_true(us < LONG_US / 2);
}

static void child_is_not_waited_for_once_stopped(void **state)
{
	atomic_bool stop = true;

	(void)state;
	assert_true(awaited("60", LONG_US, &stop, false) < LONG_US / 2);
}

/* No more descriptors: the end is seen all the same, and not only when the time is over. */
static void child_needs_no_descriptor(void **state)
{
	struct rlimit was, none;
	pid_t pid = sleeper("0.1");
	bool ended;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	none = (struct rlimit){ 0, was.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	ended = child_await(pid, instant_monotonic_us() + LONG_US, NULL);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
	assert_true(ended);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(child_is_waited_for_until_it_ends),
		cmocka_unit_test(child_that_takes_too_long_is_told),
		cmocka_unit_test(child_is_not_waited_for_once_stopped),
		cmocka_unit_test(child_needs_no_descriptor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
