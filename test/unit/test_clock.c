/* test_clock.c - a term that runs, stops, goes on, and is past. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/scoped.h"
#include "calendar_fixture.h"
#include "recognition/clock.h"

static enum clock_state state_on(const struct clock *k, const char *on)
{
	return clock_read(k, rules_calendar(rules), 3, day(on)).state;
}

static void clock_terms_ship_with_a_source_or_without_a_number(void **state)
{
	const struct clock_term *decision = rules_clock(rules, "decision");
	const struct clock_term *objection = rules_clock(rules, "objection");

	(void)state;
	assert_non_null(decision);
	assert_int_equal(decision->days, 20);
	assert_non_null(objection);
	assert_int_equal(objection->days, 0);
	assert_null(rules_clock(rules, "other"));
	assert_false(clock_start(objection, 1).set);
	for (const struct rules_file *f = rules_files(rules); f; f = f->next) {
		const struct json *list = f->kind == RULES_CLOCKS ? json_get(f->doc, "clocks")
			: NULL;
		for (size_t i = 0; i < json_count(list); i++)
			assert_true(!json_get(json_at(list, i), "days") ==
				!json_get(json_at(list, i), "source"));
	}
}

static void clock_runs_from_fine_to_overdue(void **state)
{
	struct clock k = clock_start(rules_clock(rules, "decision"), day("2026-11-02"));
	struct clock_reading now = clock_read(&k, rules_calendar(rules), 3, day("2026-11-02"));

	(void)state;
	assert_int_equal(now.due, day("2026-11-30"));
	assert_int_equal(now.left, 20);
	assert_true(now.entered);
	assert_int_equal(now.state, CLOCK_FINE);
	assert_int_equal(state_on(&k, "2026-11-24"), CLOCK_FINE);
	assert_int_equal(state_on(&k, "2026-11-25"), CLOCK_SOON);
	assert_int_equal(state_on(&k, "2026-11-30"), CLOCK_SOON);
	assert_int_equal(state_on(&k, "2026-12-01"), CLOCK_OVERDUE);
	assert_int_equal(clock_read(&k, rules_calendar(rules), 3, day("2026-12-02")).left, -2);
}

static void clock_stops_and_goes_on_with_what_was_left(void **state)
{
	const struct calendar *c = rules_calendar(rules);
	struct clock k = clock_start(rules_clock(rules, "decision"), day("2026-11-02"));

	(void)state;
	clock_stop(&k, c, day("2026-11-06"));
	clock_stop(&k, c, day("2026-11-20"));
	assert_int_equal(state_on(&k, "2026-12-25"), CLOCK_STOPPED);
	assert_int_equal(clock_read(&k, c, 3, day("2026-12-25")).left, 16);
	clock_go_on(&k, day("2026-11-30"));
	clock_go_on(&k, day("2026-12-10"));
	assert_int_equal(clock_read(&k, c, 3, day("2026-11-30")).due, day("2026-12-22"));
}

static void clock_that_was_late_stays_late_after_a_stop(void **state)
{
	struct clock k = clock_start(rules_clock(rules, "decision"), day("2026-11-02"));

	(void)state;
	clock_stop(&k, rules_calendar(rules), day("2026-12-02"));
	assert_int_equal(k.left, -2);
	clock_go_on(&k, day("2026-12-09"));
	assert_int_equal(state_on(&k, "2026-12-09"), CLOCK_OVERDUE);
}

static void clock_without_a_term_tells_none(void **state)
{
	struct clock k = clock_start(rules_clock(rules, "objection"), day("2026-11-02"));

	(void)state;
	clock_stop(&k, rules_calendar(rules), day("2026-11-06"));
	clock_go_on(&k, day("2026-11-07"));
	assert_int_equal(state_on(&k, "2026-12-09"), CLOCK_NONE);
	assert_string_equal(clock_state_name(CLOCK_SOON), "due-soon");
}

static void clock_over_a_year_that_is_not_entered_says_so(void **state)
{
	struct clock k = clock_start(rules_clock(rules, "decision"), day("2026-12-15"));

	(void)state;
	assert_false(clock_read(&k, rules_calendar(rules), 3, day("2026-12-15")).entered);
}

static void clock_term_refuses_numbers_out_of_reach(void **state)
{
	struct clock_term term = { .days = 7 };
	struct json *v;

	(void)state;
	assert_int_equal(json_parse(&arena, STR("{\"id\":\"x\",\"title\":{\"zh-CN\":\"x\","
		"\"en\":\"x\"},\"days\":1001,\"warn\":1}"), &v, NULL), ERR_OK);
	assert_int_equal(clock_term_parse(v, &term, NULL), ERR_INVALID);
	assert_int_equal(term.days, 7);
}

static void limit_clocks(void **state)
{
	struct rules *own;
	SCOPED_BUF b = { 0 };
	struct err e = { 0 };

	(void)state;
	buf_init(&b, 65536);
	buf_put_text(&b, "{\"kind\":\"clocks\",\"clocks\":[");
	for (int i = 0; i <= LIMIT_CLOCKS; i++)
		buf_printf(&b, "%s{\"id\":\"c%d\",\"title\":{\"zh-CN\":\"x\",\"en\":\"x\"},"
			"\"warn\":1}", i > 0 ? "," : "", i);
	buf_put_text(&b, "]}");
	assert_int_equal(rules_open((size_t)8 << 20, &own, &e), ERR_OK);
	assert_int_equal(rules_add_file(own, "clocks/many.json", buf_str(&b), &e), ERR_TOO_LARGE);
	rules_close(own);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clock_terms_ship_with_a_source_or_without_a_number),
		cmocka_unit_test(clock_runs_from_fine_to_overdue),
		cmocka_unit_test(clock_stops_and_goes_on_with_what_was_left),
		cmocka_unit_test(clock_that_was_late_stays_late_after_a_stop),
		cmocka_unit_test(clock_without_a_term_tells_none),
		cmocka_unit_test(clock_over_a_year_that_is_not_entered_says_so),
		cmocka_unit_test(clock_term_refuses_numbers_out_of_reach),
		cmocka_unit_test(limit_clocks),
	};
	return cmocka_run_group_tests(tests, load, drop);
}
