/* test_sweep.c - the rule, and a real connection that drips. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/instant.h"
#include "base/limits.h"
#include "web/sweep.h"

#define S 1000000ull

static bool judge(enum sweep_state state, uint64_t lasted_us, uint64_t header_us, uint64_t bytes)
{
	struct sweep_look look = { .state = state, .now_us = 1000 * S,
		.since_us = 1000 * S - lasted_us,
		.header_since_us = header_us ? 1000 * S - header_us : 0, .body_bytes = bytes };

	return sweep_judge(&look);
}

static void limit_header_s(void **state)
{
	(void)state;
	assert_false(judge(SWEEP_HEADER, 60 * S, 0, 0)); /* kept open, nothing asked: idle */
	assert_false(judge(SWEEP_HEADER, 60 * S, LIMIT_HEADER_S * S - 1, 0));
	assert_true(judge(SWEEP_HEADER, 60 * S, LIMIT_HEADER_S * S, 0));
}

static void limit_body_bytes_per_s(void **state)
{
	(void)state;
	assert_false(judge(SWEEP_BODY, LIMIT_HEADER_S * S - 1, 0, 0)); /* time to begin */
	assert_true(judge(SWEEP_BODY, LIMIT_HEADER_S * S, 0, LIMIT_BODY_BYTES_PER_S - 1));
	assert_false(judge(SWEEP_BODY, LIMIT_HEADER_S * S, 0, LIMIT_BODY_BYTES_PER_S));
	assert_true(judge(SWEEP_BODY, 14 * S, 0, 10 * LIMIT_BODY_BYTES_PER_S - 1));
	assert_false(judge(SWEEP_BODY, 14 * S, 0, 10 * LIMIT_BODY_BYTES_PER_S));
}

static void limit_answer_s(void **state)
{
	(void)state;
	assert_false(judge(SWEEP_ANSWER, LIMIT_ANSWER_S * S - 1, 0, 0));
	assert_true(judge(SWEEP_ANSWER, LIMIT_ANSWER_S * S, 0, 0));
}

static void sweep_judge_never_closes_what_waits_for_us(void **state)
{
	(void)state;
	assert_false(judge(SWEEP_WORK, 999 * S, 999 * S, 0));
}

static void connect_pair(int pair[2])
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);
	int listening = socket(AF_INET, SOCK_STREAM, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(listening, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(listening, 1), 0);
	assert_int_equal(getsockname(listening, (struct sockaddr *)&at, &len), 0);
	pair[0] = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(pair[0], (struct sockaddr *)&at, sizeof(at)), 0);
	pair[1] = accept(listening, NULL, NULL);
	assert_true(pair[1] >= 0);
	assert_int_equal(close(listening), 0);
}

static void count_one(void *context)
{
	atomic_fetch_add((atomic_int *)context, 1);
}

/* Milliseconds until the other side closes, at most `limit_ms`; drips a byte now and then. */
static int64_t drip_until_closed(int fd, int limit_ms)
{
	uint64_t from = instant_monotonic_us();
	int64_t ms = 0;

	while (ms < limit_ms) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		if (poll(&p, 1, 300) > 0)
			break;
		(void)send(fd, "x", 1, MSG_NOSIGNAL); /* fails once it is closed; poll tells */
		ms = (int64_t)(instant_monotonic_us() - from) / 1000;
	}
	return (int64_t)(instant_monotonic_us() - from) / 1000;
}

static void sweep_closes_a_client_that_drips_and_leaves_an_idle_one(void **state)
{
	atomic_int closed = 0;
	struct sweep *s = NULL;
	struct sweep_entry *slow, *idle;
	struct err e = { 0 };
	int a[2], b[2];
	int64_t ms;

	(void)state;
	connect_pair(a);
	connect_pair(b);
	assert_int_equal(sweep_open(count_one, &closed, &s, &e), ERR_OK);
	slow = sweep_add(s, a[1]);
	idle = sweep_add(s, b[1]);
	/* The idle one was used before, so its earlier bytes are no header. */
	assert_int_equal(send(b[0], "GET", 3, MSG_NOSIGNAL), 3);
	sweep_turn(idle, SWEEP_WORK);
	sweep_turn(idle, SWEEP_HEADER);
	ms = drip_until_closed(a[0], 20000);
	assert_in_range(ms, LIMIT_HEADER_S * 1000 - 500, LIMIT_HEADER_S * 1000 + 4000);
	assert_int_equal(atomic_load(&closed), 1);
	sweep_remove(s, slow);
	sweep_remove(s, idle);
	sweep_close(s);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(close(a[i]), 0);
		assert_int_equal(close(b[i]), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limit_header_s),
		cmocka_unit_test(limit_body_bytes_per_s),
		cmocka_unit_test(limit_answer_s),
		cmocka_unit_test(sweep_judge_never_closes_what_waits_for_us),
		cmocka_unit_test(sweep_closes_a_client_that_drips_and_leaves_an_idle_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
