/* test_waiter.c - things in order, a bound, and nothing left undone at the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>

#include "base/limits.h"
#include "web/waiter.h"

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static int things[LIMIT_WORKER_QUEUE + 1];
static int done[LIMIT_WORKER_QUEUE + 1];
static int done_count;

static void run(void *thing)
{
	assert_int_equal(pthread_mutex_lock(&gate), 0);
	done[done_count++] = (int)((int *)thing - things);
	assert_int_equal(pthread_mutex_unlock(&gate), 0);
}

static void limit_worker_queue(void **state)
{
	struct waiter *w = NULL;
	struct err e = { 0 };
	enum err_code code = ERR_OK;
	int submitted = 0;

	(void)state;
	/* the first thing waits, the rest queue up */
	assert_int_equal(pthread_mutex_lock(&gate), 0);
	assert_int_equal(waiter_open(run, &w, &e), ERR_OK);
	while (submitted <= LIMIT_WORKER_QUEUE && code == ERR_OK) {
		code = waiter_submit(w, &things[submitted], &e);
		submitted += code == ERR_OK;
	}
	/* One may have been taken out already: then one more fits. */
	assert_true(submitted >= LIMIT_WORKER_QUEUE);
	if (code != ERR_OK)
		assert_int_equal(code, ERR_BUSY);
	assert_int_equal(pthread_mutex_unlock(&gate), 0);
	waiter_close(w);
	assert_int_equal(done_count, submitted);
	for (int i = 0; i < submitted; i++)
		assert_int_equal(done[i], i);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(limit_worker_queue) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
