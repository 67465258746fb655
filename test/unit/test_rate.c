/* test_rate.c - a client has its bucket, the table has its bound. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/limits.h"
#include "web/rate.h"

static const struct rate_terms terms = { .per_s = 10, .burst = 5, .cost = 1 };
#define START_US 1000000

static void rate_lets_a_burst_through_and_then_says_when(void **state)
{
	struct rate *r = rate_open(64);

	(void)state;
	for (int i = 0; i < 5; i++)
		assert_int_equal(rate_take(r, STR("a"), &terms, START_US), 0);
	assert_int_equal(rate_take(r, STR("a"), &terms, START_US), 1);
	rate_close(r);
}

static void rate_fills_as_time_goes_by(void **state)
{
	struct rate *r = rate_open(64);

	(void)state;
	for (int i = 0; i < 5; i++)
		assert_int_equal(rate_take(r, STR("a"), &terms, START_US), 0);
	assert_int_equal(rate_take(r, STR("a"), &terms, START_US + 99999), 1);
	assert_int_equal(rate_take(r, STR("a"), &terms, START_US + 100001), 0);
	assert_int_equal(rate_take(r, STR("a"), &terms, START_US + 100001), 1);
	/* Never over the burst, however long it was silent. */
	for (int i = 0; i < 5; i++)
		assert_int_equal(rate_take(r, STR("a"), &terms, START_US * 100ull), 0);
	assert_int_equal(rate_take(r, STR("a"), &terms, START_US * 100ull), 1);
	rate_close(r);
}

static void rate_keeps_clients_apart(void **state)
{
	struct rate *r = rate_open(64);

	(void)state;
	for (int i = 0; i < 6; i++)
		(void)rate_take(r, STR("a"), &terms, START_US);
	assert_int_equal(rate_take(r, STR("a"), &terms, START_US), 1);
	assert_int_equal(rate_take(r, STR("b"), &terms, START_US), 0);
	rate_close(r);
}

static void rate_makes_the_dear_wait_longer(void **state)
{
	struct rate *r = rate_open(64);
	struct rate_terms dear = { .per_s = 1, .burst = 5, .cost = 5 };

	(void)state;
	assert_int_equal(rate_take(r, STR("a"), &dear, START_US), 0);
	assert_int_equal(rate_take(r, STR("a"), &dear, START_US), 5);
	rate_close(r);
}

static void limit_rate_rows(void **state)
{
	struct rate *r = rate_open(LIMIT_RATE_ROWS);
	char key[32];

	(void)state;
	for (int i = 0; i < 6; i++)
		(void)rate_take(r, STR("first"), &terms, START_US);
	assert_int_equal(rate_take(r, STR("first"), &terms, START_US), 1);
	for (uint32_t i = 0; i < 16 * LIMIT_RATE_ROWS; i++) {
		(void)snprintf(key, sizeof(key), "client %u", i);
		assert_int_equal(rate_take(r, str_of(key), &terms, START_US + 1 + i % 1000), 0);
	}
	/* Forgotten by now: it begins anew. */
	assert_int_equal(rate_take(r, STR("first"), &terms, START_US + 1000), 0);
	rate_close(r);
}

/* How many requests of one second pass, from the start or after a long silence. */
static uint32_t passed(struct rate *r, struct rate_terms t, uint64_t from_us, uint64_t step_us,
	uint32_t tries)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < tries; i++)
		count += rate_take(r, STR("a"), &t, from_us + i * step_us) == 0;
	return count;
}

static void limit_rate_burst(void **state)
{
	struct rate *r = rate_open(64);

	(void)state;
	assert_int_equal(passed(r, rate_terms_of(false, false), START_US, 0, 5000),
		LIMIT_RATE_BURST);
	rate_close(r);
}

static void limit_rate_per_s(void **state)
{
	struct rate *r = rate_open(64);
	struct rate_terms t = rate_terms_of(false, false);

	(void)state;
	(void)passed(r, t, START_US, 0, 5000);
	assert_int_equal(passed(r, t, START_US, 1000, 1001), LIMIT_RATE_PER_S);
	rate_close(r);
}

static void limit_rate_account_burst(void **state)
{
	struct rate *r = rate_open(64);

	(void)state;
	assert_int_equal(passed(r, rate_terms_of(true, false), START_US, 0, 5000),
		LIMIT_RATE_ACCOUNT_BURST);
	rate_close(r);
}

static void limit_rate_account_per_s(void **state)
{
	struct rate *r = rate_open(64);
	struct rate_terms t = rate_terms_of(true, false);

	(void)state;
	(void)passed(r, t, START_US, 0, 5000);
	assert_int_equal(passed(r, t, START_US, 1000, 1001), LIMIT_RATE_ACCOUNT_PER_S);
	rate_close(r);
}

static void limit_rate_search_cost(void **state)
{
	struct rate *r = rate_open(64);

	(void)state;
	assert_int_equal(passed(r, rate_terms_of(false, true), START_US, 0, 5000),
		LIMIT_RATE_BURST / LIMIT_RATE_SEARCH_COST);
	rate_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rate_lets_a_burst_through_and_then_says_when),
		cmocka_unit_test(rate_fills_as_time_goes_by),
		cmocka_unit_test(rate_keeps_clients_apart),
		cmocka_unit_test(rate_makes_the_dear_wait_longer),
		cmocka_unit_test(limit_rate_rows),
		cmocka_unit_test(limit_rate_burst),
		cmocka_unit_test(limit_rate_per_s),
		cmocka_unit_test(limit_rate_account_burst),
		cmocka_unit_test(limit_rate_account_per_s),
		cmocka_unit_test(limit_rate_search_cost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
