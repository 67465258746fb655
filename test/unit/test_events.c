/* test_events.c - events as text; streams over real sockets are in test_web.c and test/system. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "web/events.h"

static void events_text_is_one_event(void **state)
{
	struct event event = { .id = 1764460800000001, .topic = EVENT_RECEIPT, .len = 11 };
	char text[EVENTS_TEXT_BYTES];
	size_t len;

	(void)state;
	memcpy(event.data, "{\"index\":1}", 11);
	len = events_text(&event, text, sizeof(text));
	assert_int_equal(len, strlen(text));
	assert_string_equal(text, "event: receipt\nid: 1764460800000001\ndata: {\"index\":1}\n\n");
}

static void events_text_of_the_largest_fits(void **state)
{
	struct event event = { .id = UINT64_MAX, .topic = EVENT_PROGRESS,
		.len = LIMIT_EVENT_BYTES };
	char text[EVENTS_TEXT_BYTES];

	(void)state;
	memset(event.data, 'x', sizeof(event.data));
	assert_true(events_text(&event, text, sizeof(text)) > LIMIT_EVENT_BYTES);
}

static void events_topics_are_known_words(void **state)
{
	unsigned topics = 77;

	(void)state;
	assert_int_equal(events_topics(STR("receipt,head"), &topics, NULL), ERR_OK);
	assert_int_equal(topics, 1u << EVENT_RECEIPT | 1u << EVENT_HEAD);
	assert_int_equal(events_topics(STR(""), &topics, NULL), ERR_OK);
	assert_int_equal(topics, (1u << EVENT_TOPIC_COUNT) - 1);
	topics = 77;
	assert_int_equal(events_topics(STR("receipt,"), &topics, NULL), ERR_OK);
	assert_int_equal(topics, 1u << EVENT_RECEIPT);
	topics = 77;
	assert_int_equal(events_topics(STR("receipt,other"), &topics, NULL), ERR_INVALID);
	assert_int_equal(topics, 77);
}

#define SECONDS(n) ((n) * UINT64_C(1000000))

static void limit_events_beat_s(void **state)
{
	uint64_t beat = SECONDS(LIMIT_EVENTS_BEAT_S);

	(void)state;
	assert_int_equal(events_judge(false, 0, 0, beat - 1), EVENTS_WAIT);
	assert_int_equal(events_judge(false, 0, 0, beat), EVENTS_BEAT);
	assert_int_equal(events_judge(false, 0, beat, beat + 1), EVENTS_WAIT);
}

static void limit_events_session_s(void **state)
{
	uint64_t end = SECONDS(LIMIT_EVENTS_SESSION_S);

	(void)state;
	assert_int_equal(events_judge(true, 0, end - 1, end - 1), EVENTS_WAIT);
	assert_int_equal(events_judge(true, 0, end, end), EVENTS_END);
	assert_int_equal(events_judge(false, 0, end, end), EVENTS_WAIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_text_is_one_event),
		cmocka_unit_test(events_text_of_the_largest_fits),
		cmocka_unit_test(events_topics_are_known_words),
		cmocka_unit_test(limit_events_beat_s),
		cmocka_unit_test(limit_events_session_s),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
