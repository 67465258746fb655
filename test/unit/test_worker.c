/* test_worker.c - steps on time, when woken, at their pace, and an end at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdatomic.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/instant.h"
#include "crypto/key.h"
#include "peer/worker.h"

static atomic_uint steps;
static struct worker_pause pause_next;

static struct worker_pause count_step(void *context)
{
	assert_ptr_equal(context, &steps);
	atomic_fetch_add(&steps, 1);
	return pause_next;
}

static void begin(struct worker *w, struct worker_pause pause)
{
	atomic_store(&steps, 0);
	pause_next = pause;
	assert_int_equal(worker_open(w, count_step, &steps, NULL), ERR_OK);
}

/* Waits until so many steps were taken; false after two seconds. */
static bool reaches(unsigned count)
{
	for (int i = 0; i < 2000 && atomic_load(&steps) < count; i++)
		(void)usleep(1000);
	return atomic_load(&steps) >= count;
}

static void worker_steps_when_due(void **state)
{
	struct worker w;
	(void)state;
	begin(&w, (struct worker_pause){ .due_ms = 5 });
	assert_true(reaches(5));
	worker_close(&w);
}

static void worker_steps_when_woken(void **state)
{
	struct worker w;
	(void)state;
	begin(&w, (struct worker_pause){ .due_ms = 60000 });
	assert_true(reaches(1));
	(void)usleep(20000);
	assert_int_equal(atomic_load(&steps), 1);
	worker_wake(&w);
	assert_true(reaches(2));
	worker_close(&w);
}

static void worker_keeps_its_pace_when_woken_often(void **state)
{
	struct worker w;
	(void)state;
	begin(&w, (struct worker_pause){ .due_ms = 60000, .pace_ms = 100 });
	uint64_t from = instant_monotonic_us();
	for (int i = 0; i < 250; i++) {
		worker_wake(&w);
		(void)usleep(1000);
	}
	uint64_t took_ms = (instant_monotonic_us() - from) / 1000;
	unsigned taken = atomic_load(&steps);
	assert_true(taken >= 2);
	assert_true(taken <= 2 + took_ms / 100);
	worker_close(&w);
}

static void worker_ends_at_once(void **state)
{
	struct worker w;
	(void)state;
	begin(&w, (struct worker_pause){ .due_ms = 60000, .pace_ms = 60000 });
	assert_true(reaches(1));
	uint64_t from = instant_monotonic_us();
	worker_close(&w);
	assert_true(instant_monotonic_us() - from < 500000);
	worker_close(&w);
	worker_wake(&w);
	assert_int_equal(atomic_load(&steps), 1);
}

static void worker_backs_off_up_to_a_minute(void **state)
{
	uint32_t ms = 0;
	uint64_t middle = 1000;
	(void)state;
	for (int i = 0; i < 12; i++) {
		uint32_t pause = worker_back_off(&ms);
		assert_true(pause >= middle * 3 / 4);
		assert_true(pause <= middle * 5 / 4);
		middle = middle * 2 > 60000 ? 60000 : middle * 2;
	}
	assert_int_equal(ms, 60000);
}

int main(void)
{
	key_library_init();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(worker_steps_when_due),
		cmocka_unit_test(worker_steps_when_woken),
		cmocka_unit_test(worker_keeps_its_pace_when_woken_often),
		cmocka_unit_test(worker_ends_at_once),
		cmocka_unit_test(worker_backs_off_up_to_a_minute),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
