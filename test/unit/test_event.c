/* test_event.c - the ring: who is told what, in which order, and what is lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "service/event.h"

#define FIRST 1000000
#define EVERY ((1u << EVENT_TOPIC_COUNT) - 1)

static const struct event_to everyone;

static int open_ring(void **state)
{
	*state = event_ring_open(FIRST);
	return 0;
}

static int close_ring(void **state)
{
	event_ring_close(*state);
	return 0;
}

static void event_comes_in_order_and_once(void **state)
{
	struct event_ring *r = *state;
	struct event_reader by = { .topics = EVERY };
	uint64_t after = event_newest(r);
	struct event event;

	assert_int_equal(after, FIRST);
	assert_int_equal(event_next(r, &by, &after, &event), EVENT_NONE);
	assert_true(event_send(r, EVENT_RECEIPT, &everyone, STR("{\"index\":1}")));
	assert_true(event_send(r, EVENT_HEAD, &everyone, STR("{}")));
	assert_int_equal(event_next(r, &by, &after, &event), EVENT_ONE);
	assert_int_equal(event.id, FIRST + 1);
	assert_int_equal(event.topic, EVENT_RECEIPT);
	assert_true(str_is((struct str){ event.data, event.len }, "{\"index\":1}"));
	assert_int_equal(event_next(r, &by, &after, &event), EVENT_ONE);
	assert_int_equal(event.topic, EVENT_HEAD);
	assert_int_equal(event_next(r, &by, &after, &event), EVENT_NONE);
	after = FIRST + 1; /* resumed behind the first */
	assert_int_equal(event_next(r, &by, &after, &event), EVENT_ONE);
	assert_int_equal(event.topic, EVENT_HEAD);
}

/* Does a reader see an event so addressed? */
static bool sees(struct event_ring *r, const struct event_reader *by, const struct event_to *to)
{
	uint64_t after = event_newest(r);
	struct event event;

	assert_true(event_send(r, EVENT_PROGRESS, to, STR("{}")));
	return event_next(r, by, &after, &event) == EVENT_ONE;
}

static void event_is_told_to_those_it_is_for(void **state)
{
	struct event_ring *r = *state;
	struct event_reader stranger = { .topics = EVERY };
	struct event_reader person = { .account = 7, .organisation = 3, .may = MAY(DECIDE),
		.topics = EVERY };
	struct event_reader deaf = { .account = 7, .topics = 1u << EVENT_RECEIPT };

	assert_true(sees(r, &stranger, &everyone));
	assert_true(sees(r, &person, &everyone));
	assert_false(sees(r, &deaf, &everyone));
	assert_true(sees(r, &person, &(struct event_to){ .account = 7 }));
	assert_false(sees(r, &person, &(struct event_to){ .account = 8 }));
	assert_false(sees(r, &stranger, &(struct event_to){ .account = 7 }));
	assert_true(sees(r, &person, &(struct event_to){ .organisation = 3,
		.capability = CAPABILITY_DECIDE }));
	assert_false(sees(r, &person, &(struct event_to){ .organisation = 3,
		.capability = CAPABILITY_APPROVE }));
	assert_false(sees(r, &person, &(struct event_to){ .organisation = 4,
		.capability = CAPABILITY_DECIDE }));
	assert_false(sees(r, &stranger, &(struct event_to){ .organisation = 3 }));
	assert_false(sees(r, &stranger, &(struct event_to){ .capability = CAPABILITY_DECIDE }));
}

static void event_id_of_another_run_is_lost(void **state)
{
	struct event_ring *r = *state;
	struct event_reader by = { .topics = EVERY };
	uint64_t before = FIRST - 1, future = FIRST + 9;
	struct event event;

	assert_true(event_send(r, EVENT_HEAD, &everyone, STR("{}")));
	assert_int_equal(event_next(r, &by, &before, &event), EVENT_LOST);
	assert_int_equal(before, FIRST + 1);
	assert_int_equal(event_next(r, &by, &future, &event), EVENT_LOST);
	assert_int_equal(future, FIRST + 1);
}

static void limit_events_kept(void **state)
{
	struct event_ring *r = *state;
	struct event_reader by = { .topics = EVERY };
	uint64_t first = event_newest(r), second = first + 1;
	struct event event;

	for (int i = 0; i < LIMIT_EVENTS_KEPT + 1; i++)
		assert_true(event_send(r, EVENT_HEAD, &everyone, STR("{}")));
	assert_int_equal(event_next(r, &by, &first, &event), EVENT_LOST);
	assert_int_equal(first, event_newest(r));
	for (int i = 0; i < LIMIT_EVENTS_KEPT; i++)
		assert_int_equal(event_next(r, &by, &second, &event), EVENT_ONE);
	assert_int_equal(event_next(r, &by, &second, &event), EVENT_NONE);
}

static void limit_event_bytes(void **state)
{
	struct event_ring *r = *state;
	char data[LIMIT_EVENT_BYTES + 1];

	memset(data, 'x', sizeof(data));
	assert_true(event_send(r, EVENT_HEAD, &everyone, (struct str){ data, LIMIT_EVENT_BYTES }));
	assert_false(event_send(r, EVENT_HEAD, &everyone, (struct str){ data, sizeof(data) }));
	assert_false(event_send(r, EVENT_HEAD, &everyone, STR("a\nevent: forged")));
	assert_false(event_send(r, EVENT_HEAD, &everyone, STR("a\rb")));
	assert_int_equal(event_newest(r), FIRST + 1);
}

static void count_wakes(void *context)
{
	(*(int *)context)++;
}

static void event_wakes_who_watches(void **state)
{
	struct event_ring *r = *state;
	int wakes = 0;

	event_ring_watch(r, count_wakes, &wakes);
	assert_true(event_send(r, EVENT_HEAD, &everyone, STR("{}")));
	event_ring_watch(r, NULL, NULL);
	assert_true(event_send(r, EVENT_HEAD, &everyone, STR("{}")));
	assert_int_equal(wakes, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(event_comes_in_order_and_once, open_ring,
			close_ring),
		cmocka_unit_test_setup_teardown(event_is_told_to_those_it_is_for, open_ring,
			close_ring),
		cmocka_unit_test_setup_teardown(event_id_of_another_run_is_lost, open_ring,
			close_ring),
		cmocka_unit_test_setup_teardown(limit_events_kept, open_ring, close_ring),
		cmocka_unit_test_setup_teardown(limit_event_bytes, open_ring, close_ring),
		cmocka_unit_test_setup_teardown(event_wakes_who_watches, open_ring, close_ring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
