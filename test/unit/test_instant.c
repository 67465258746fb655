/* test_instant.c - RFC 3339 in whole seconds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <time.h>

#include "base/instant.h"

static void check_time(const char *text, int64_t want)
{
	int64_t at = -1;
	struct err e = { 0 };

	if (instant_parse(str_of(text), &at, &e) != ERR_OK)
		fail_msg("%s: %s", text, e.message);
	assert_true(at == want);
}

static void check_refused(const char *text)
{
	int64_t at = -7;

	if (instant_parse(str_of(text), &at, NULL) != ERR_INVALID)
		fail_msg("accepted %s", text);
	assert_true(at == -7); /* output untouched on failure */
}

static void instant_reads_times(void **state)
{
	(void)state;
	check_time("1970-01-01T00:00:00Z", 0);
	check_time("2026-11-24T03:04:05Z", 1795489445);
	check_time("2026-11-24T11:04:05+08:00", 1795489445);
	check_time("2026-11-23T22:34:05-04:30", 1795489445);
	check_time("2026-11-24T03:04:05.999999999Z", 1795489445);
	check_time("2024-02-29T00:00:00Z", 1709164800);
	check_time("2000-02-29T23:59:59Z", 951868799);
	check_time("1970-01-01T08:00:00+08:00", 0);
	check_time("9999-12-31T23:59:59Z", 253402300799);
	check_time("2026-11-24T03:04:05-00:00", 1795489445);
}

static void instant_refuses_what_is_no_time(void **state)
{
	(void)state;
	check_refused("");
	check_refused("2026-11-24");
	check_refused("2026-11-24T03:04:05");
	check_refused("2026-11-24 03:04:05Z");
	check_refused("2026-11-24t03:04:05z");
	check_refused("2026-11-24T03:04Z");
	check_refused("2026-11-24T03:04:05.Z");
	check_refused("2026-11-24T03:04:05ZZ");
	check_refused("2026-11-24T03:04:05+0800");
	check_refused("2026-11-24T03:04:05+14:01");
	check_refused("2026-11-24T03:04:05+08:60");
	check_refused("2026-11-24T24:00:00Z");
	check_refused("2026-11-24T23:60:00Z");
	check_refused("2026-12-31T23:59:60Z");
	check_refused("2026-02-29T00:00:00Z");
	check_refused("1900-02-29T00:00:00Z");
	check_refused("2026-04-31T00:00:00Z");
	check_refused("2026-13-01T00:00:00Z");
	check_refused("2026-00-01T00:00:00Z");
	check_refused("2026-01-00T00:00:00Z");
	check_refused("1969-12-31T23:59:59Z");
	check_refused("1970-01-01T00:00:00+00:01");
	check_refused("9999-12-31T23:59:59-00:01");
	check_refused("+2026-11-24T03:04:05Z");
	check_refused("12026-11-24T03:04:05Z");
	check_refused("2026-1-24T03:04:05Z");
}

static void instant_reads_dates(void **state)
{
	int64_t at = -7;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(instant_parse_date(STR("2026-11-24"), &at, &e), ERR_OK);
	assert_true(at == 1795478400);
	assert_int_equal(instant_parse_date(STR("2026-11-24T"), &at, &e), ERR_INVALID);
	assert_int_equal(instant_parse_date(STR("2026-11-31"), &at, &e), ERR_INVALID);
	assert_string_equal(e.message, "there is no day 2026-11-31");
	assert_int_equal(instant_parse_date(STR("20261124"), &at, &e), ERR_INVALID);
	assert_true(at == 1795478400);
}

/* Every day of four centuries and some, against the C library. */
static void instant_agrees_with_the_c_library(void **state)
{
	char text[INSTANT_TEXT_BYTES], want[64];

	(void)state;
	for (int64_t day = 0; day < 200000; day++) {
		time_t at = (time_t)(day * 86400 + day % 86400);
		struct tm tm;
		int64_t back = -1;
		assert_non_null(gmtime_r(&at, &tm));
		assert_true(strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%SZ", &tm) > 0);
		instant_format(at, text);
		assert_string_equal(text, want);
		assert_int_equal(instant_parse(str_of(text), &back, NULL), ERR_OK);
		assert_true(back == at);
	}
	instant_format(253402300799, text);
	assert_string_equal(text, "9999-12-31T23:59:59Z");
}

static void instant_clocks_run(void **state)
{
	uint64_t before = instant_monotonic_us();

	(void)state;
	assert_true(instant_now() > 1700000000);
	assert_true(instant_monotonic_us() >= before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(instant_reads_times),
		cmocka_unit_test(instant_refuses_what_is_no_time),
		cmocka_unit_test(instant_reads_dates),
		cmocka_unit_test(instant_agrees_with_the_c_library),
		cmocka_unit_test(instant_clocks_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
