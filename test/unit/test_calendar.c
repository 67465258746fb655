/* test_calendar.c - working days by the notices of 2025 and 2026, as shipped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "calendar_fixture.h"
#include "recognition/calendar.h"

static void calendar_knows_weekends_holidays_and_make_up_days(void **state)
{
	static const struct { const char *day; bool working; } cases[] = {
		{ "2026-01-04", true },    /* a Sunday, worked for the New Year */
		{ "2026-01-02", false }, { "2026-01-05", true },
		{ "2026-02-14", true }, { "2026-02-15", false }, { "2026-02-23", false },
		{ "2026-02-24", true }, { "2026-02-28", true }, { "2026-03-01", false },
		{ "2026-05-09", true }, { "2026-06-19", false }, { "2026-09-20", true },
		{ "2026-10-07", false }, { "2026-10-08", true }, { "2026-10-10", true },
		{ "2025-01-26", true }, { "2025-01-28", false }, { "2025-10-11", true },
		{ "2024-02-10", false },   /* not entered: a Saturday */
		{ "2024-02-12", true },    /* Spring Festival in truth, and not known here */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (calendar_is_working(rules_calendar(rules), day(cases[i].day)) !=
			cases[i].working)
			fail_msg("%s", cases[i].day);
}

static void calendar_adds_working_days_without_the_day_of_the_event(void **state)
{
	static const struct { const char *from; int32_t count; const char *to; } cases[] = {
		{ "2026-11-30", 1, "2026-12-01" }, { "2026-11-27", 1, "2026-11-30" },
		{ "2026-11-28", 1, "2026-11-30" }, { "2026-11-30", 20, "2026-12-28" },
		{ "2026-02-13", 1, "2026-02-14" }, { "2026-02-13", 2, "2026-02-24" },
		{ "2026-02-13", 6, "2026-02-28" }, { "2026-09-30", 2, "2026-10-09" },
		{ "2026-09-30", 3, "2026-10-10" }, { "2025-12-30", 3, "2026-01-05" },
		{ "2025-12-30", 2, "2026-01-04" }, { "2026-02-24", -1, "2026-02-14" },
		{ "2026-02-24", 0, "2026-02-24" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct calendar_answer got = calendar_add(rules_calendar(rules),
			day(cases[i].from), cases[i].count);
		if (got.value != day(cases[i].to) || !got.entered)
			fail_msg("%s + %d", cases[i].from, cases[i].count);
	}
}

static void calendar_counts_what_it_adds(void **state)
{
	const struct calendar *c = rules_calendar(rules);
	int32_t from = day("2025-12-01");

	(void)state;
	for (int32_t n = 1; n < 120; n++) {
		int32_t to = calendar_add(c, from, n).value;
		assert_int_equal(calendar_count(c, from, to).value, n);
		assert_int_equal(calendar_count(c, to, from).value, -n);
		assert_true(calendar_is_working(c, to));
	}
}

static void calendar_says_that_a_year_is_not_entered(void **state)
{
	const struct calendar *c = rules_calendar(rules);

	(void)state;
	assert_true(calendar_is_entered(c, 2026));
	assert_false(calendar_is_entered(c, 2027));
	assert_true(calendar_add(c, day("2026-12-30"), 1).entered);
	assert_false(calendar_add(c, day("2026-12-30"), 2).entered);
	/* Weekdays are counted then, so New Year's Day is one. */
	assert_int_equal(calendar_add(c, day("2026-12-30"), 2).value, day("2027-01-01"));
	assert_false(calendar_count(c, day("2024-12-30"), day("2025-01-02")).entered);
}

static enum err_code add(struct calendar *c, const char *text, struct err *e)
{
	struct json *doc;

	assert_int_equal(json_parse(&arena, str_of(text), &doc, NULL), ERR_OK);
	return calendar_add_file(&arena, doc, c, e);
}

static void calendar_refuses_what_is_no_notice(void **state)
{
	struct calendar c = { 0 };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(add(&c, "{\"year\":2026,\"off\":[],\"work\":[\"2026-02-30\"]}", &e),
		ERR_INVALID);
	assert_int_equal(add(&c, "{\"year\":2026,\"off\":[{\"from\":\"2026-02-03\",\"until\":"
		"\"2026-02-02\"}],\"work\":[]}", &e), ERR_INVALID);
	assert_int_equal(add(&c, "{\"year\":2026,\"off\":[{}],\"work\":[]}", &e), ERR_INVALID);
	assert_int_equal(add(&c, "{\"year\":2026,\"off\":[{\"from\":\"2062-01-01\",\"until\":"
		"\"2062-01-03\"}],\"work\":[]}", &e), ERR_INVALID);
	assert_int_equal(add(&c, "{\"year\":2026,\"off\":[],\"work\":[\"2028-01-02\"]}", &e),
		ERR_INVALID);
	assert_int_equal(c.year_count, 0);
	assert_int_equal(add(&c, "{\"year\":2026,\"off\":[],\"work\":[]}", &e), ERR_OK);
	assert_int_equal(add(&c, "{\"year\":2026,\"off\":[],\"work\":[]}", &e), ERR_CONFLICT);
}

static void limit_calendar_years(void **state)
{
	struct calendar c = { 0 };
	struct err e = { 0 };

	(void)state;
	for (int i = 0; i <= LIMIT_CALENDAR_YEARS; i++) {
		char *text = arena_printf(&arena, "{\"year\":%d,\"off\":[],\"work\":[]}", 2000 + i);
		assert_int_equal(add(&c, text, &e),
			i < LIMIT_CALENDAR_YEARS ? ERR_OK : ERR_TOO_LARGE);
	}
}

static void calendar_counts_months_to_the_last_day_of_a_short_one(void **state)
{
	static const struct { const char *from; uint32_t months; const char *to; } cases[] = {
		{ "2026-01-15", 6, "2026-07-15" }, { "2026-08-31", 6, "2027-02-28" },
		{ "2023-08-31", 6, "2024-02-29" }, { "2024-02-29", 12, "2025-02-28" },
		{ "1970-01-01", 1, "1970-02-01" }, { "2026-12-31", 12, "2027-12-31" } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(calendar_months_later(day(cases[i].from), cases[i].months),
			day(cases[i].to));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calendar_counts_months_to_the_last_day_of_a_short_one),
		cmocka_unit_test(calendar_knows_weekends_holidays_and_make_up_days),
		cmocka_unit_test(calendar_adds_working_days_without_the_day_of_the_event),
		cmocka_unit_test(calendar_counts_what_it_adds),
		cmocka_unit_test(calendar_says_that_a_year_is_not_entered),
		cmocka_unit_test(calendar_refuses_what_is_no_notice),
		cmocka_unit_test(limit_calendar_years),
	};
	return cmocka_run_group_tests(tests, load, drop);
}
