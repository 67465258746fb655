/* test_evaluation_numbers.c - which numbers a scenario's criteria see, what a city may enter, and
 * that every scenario of the rules compiles with them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "criteria/evaluation_inner.h"
#include "evaluation_fixture.h"

static struct evaluation_fixture f;

static const struct program_number *find(const struct program_number *list, uint32_t count,
	const char *id)
{
	for (uint32_t i = 0; i < count; i++) {
		if (str_is(list[i].id, id))
			return &list[i];
	}
	return NULL;
}

static const struct program_number *number(const char *scenario, const char *id)
{
	const struct program_number *list = NULL;
	uint32_t count = 0;
	struct err e = { 0 };
	if (evaluation_numbers(&f.a, f.scheme, str_of(scenario), f.limits, &list, &count, &e) !=
		ERR_OK)
		fail_msg("%s", e.message);
	return find(list, count, id);
}

static void is_unit(const struct unit *u, const char *expected)
{
	char text[UNIT_TEXT_BYTES];
	(void)unit_text(u, text);
	assert_string_equal(text, expected);
}

static void numbers_are_the_items_then_the_schemes(void **state)
{
	(void)state;
	fixture_open(&f);
	const struct program_number *n = number("approach", "gap-min");
	assert_true(n->entered && n->value == 2 && str_is(n->text, "2"));
	is_unit(&n->unit, "m");
	n = number("approach", "speed-tolerance");
	assert_true(n->entered && n->value == 2);
	is_unit(&n->unit, "km/h");
	n = number("approach", "gap-heavy");
	assert_true(!n->entered && isnan(n->value));
	assert_null(number("approach", "video")); /* a class is no quantity */
	assert_null(number("open", "headway"));   /* another item's */
	fixture_close(&f);
}

static void numbers_carry_tables(void **state)
{
	(void)state;
	fixture_open(&f);
	const struct program_number *n = number("approach", "headway");
	assert_true(n->entered && n->row_count == 2 && n->column_count == 3);
	assert_true(n->cells[0] == 0 && n->cells[1] == 1 && n->cells[2] == 2);
	assert_true(n->cells[3] == 60 && n->cells[4] == 1.6 && n->cells[5] == 26.5);
	is_unit(&n->column_units[0], "km/h");
	is_unit(&n->column_units[1], "s");
	is_unit(&n->column_units[2], "m");
	fixture_close(&f);
}

static void numbers_take_the_scenarios_names_first(void **state)
{
	(void)state;
	fixture_open(&f);
	const struct program_number *n = number("heavy", "gap-min");
	assert_true(!n->entered); /* it means gap-heavy here */
	n = number("heavy", "headway-gap");
	assert_true(n->row_count == 2 && n->column_count == 2);
	assert_true(n->cells[0] == 0 && n->cells[1] == 2 && n->cells[3] == 26.5);
	is_unit(&n->column_units[1], "m");
	is_unit(&n->unit, "m");
	fixture_close(&f);
}

#define HEAD "{\"kind\":\"limits\",\"scheme\":\"demo\",\"edition\":\"2026\",\"enteredBy\":\"x\"," \
	"\"source\":\"y\",\"numbers\":["

static void enter(const char *text)
{
	f.limits = fixture_parse(&f.a, text);
}

static void refused(const char *text, const char *message)
{
	const struct program_number *list = NULL;
	uint32_t count = 0;
	struct err e = { 0 };
	enter(text);
	assert_int_equal(evaluation_numbers(&f.a, f.scheme, STR("heavy"), f.limits, &list, &count,
		&e), ERR_INVALID);
	assert_string_equal(e.message, message);
	assert_null(list);
}

static void limits_fill_what_is_to_be_entered(void **state)
{
	(void)state;
	fixture_open(&f);
	enter(HEAD "{\"item\":\"1.1\",\"id\":\"gap-heavy\",\"value\":\"2.40\",\"unit\":\"m\"}]}");
	const struct program_number *n = number("heavy", "gap-min");
	assert_true(n->entered && n->value == 2.4 && str_is(n->text, "2.40"));
	fixture_close(&f);
}

static void limits_change_nothing_else(void **state)
{
	(void)state;
	fixture_open(&f);
	refused(HEAD "{\"item\":\"1.1\",\"id\":\"gap-min\",\"value\":\"1\",\"unit\":\"m\"}]}",
		"entered limit 1: number \"gap-min\" is not one to be entered");
	refused(HEAD "{\"id\":\"gap-heavy\",\"value\":\"1\",\"unit\":\"m\"}]}",
		"entered limit 1: the scheme has no number \"gap-heavy\" there");
	refused(HEAD "{\"item\":\"1.1\",\"id\":\"gap-heavy\",\"value\":\"1\",\"unit\":\"km\"}]}",
		"entered limit 1: number \"gap-heavy\" is in m, not in km");
	refused(HEAD "{\"item\":\"1.1\",\"id\":\"gap-heavy\",\"value\":\"1e3\",\"unit\":\"m\"}]}",
		"entered limit 1: value of \"gap-heavy\" is not a decimal");
	refused(HEAD "{\"item\":\"1.1\",\"id\":\"gap-heavy\",\"value\":\"1\",\"unit\":\"m\"},"
		"{\"item\":\"1.1\",\"id\":\"gap-heavy\",\"value\":\"2\",\"unit\":\"m\"}]}",
		"entered limit 2 stands twice");
	refused("{\"kind\":\"limits\",\"scheme\":\"demo\",\"edition\":\"2025\",\"numbers\":[]}",
		"entered limits are for scheme \"demo\" of 2025");
	refused("{\"kind\":\"mapping\"}", "not a document of entered limits");
	fixture_close(&f);
}

static uint32_t runs(const char *scenario)
{
	struct scenario s;
	struct err e = { 0 };
	uint32_t asked = UINT32_MAX;
	assert_int_equal(scenario_find(&f.a, f.scheme, str_of(scenario), &s, &e), ERR_OK);
	assert_int_equal(scenario_runs(&s, f.limits, &asked, &e), ERR_OK);
	return asked;
}

static void runs_asked_are_read_or_entered(void **state)
{
	struct scenario s = { 0 };
	struct err e = { 0 };
	uint32_t asked = UINT32_MAX;
	(void)state;
	fixture_open(&f);
	assert_int_equal(runs("approach"), 2);
	assert_int_equal(runs("open"), 0);
	enter(HEAD "{\"item\":\"1.2\",\"id\":\"runs\",\"value\":\"5\",\"unit\":\"run\"}]}");
	assert_int_equal(runs("open"), 5);
	assert_int_equal(runs("approach"), 2);
	s.item = json_path(f.scheme, "items/2"); /* says nothing of runs */
	assert_int_equal(scenario_runs(&s, NULL, &asked, &e), ERR_OK);
	assert_int_equal(asked, 1);
	enter(HEAD "{\"item\":\"1.2\",\"id\":\"runs\",\"value\":\"0.5\",\"unit\":\"run\"}]}");
	assert_int_equal(scenario_find(&f.a, f.scheme, STR("open"), &s, &e), ERR_OK);
	assert_int_equal(scenario_runs(&s, f.limits, &asked, &e), ERR_INVALID);
	assert_string_equal(e.message, "number of runs must be 1 to 1000");
	fixture_close(&f);
}

static struct str rules_file(const char *folder, struct str name, const char *end)
{
	struct str text = { NULL, 0 };
	struct err e = { 0 };
	assert_non_null(getenv("HUREN_SOURCE"));
	if (io_read_file(&f.a, arena_printf(&f.a, "%s/rules/%s/" STR_FMT "%s",
		    getenv("HUREN_SOURCE"), folder, STR_ARG(name), end), 1 << 20, &text, &e) !=
		ERR_OK)
		fail_msg("%s", e.message);
	return text;
}

/* Every name that the program judges or measures has a title in the scheme. */
static void is_titled(const struct json *named, struct str id, struct str scenario)
{
	for (size_t i = 0; i < json_count(named); i++) {
		if (str_eq(named->members[i].name, id))
			return;
	}
	fail_msg(STR_FMT ": no title for " STR_FMT, STR_ARG(scenario), STR_ARG(id));
}

static void compile_scenario(const struct json *scheme, const struct json *scenario)
{
	const struct program_number *numbers;
	uint32_t count;
	struct program *p;
	struct err e = { 0 };
	struct str id = json_get_str(scenario, "id"), file = json_get_str(scenario, "criteria");
	if (evaluation_numbers(&f.a, scheme, id, NULL, &numbers, &count, &e) != ERR_OK)
		fail_msg(STR_FMT ": %s", STR_ARG(id), e.message);
	if (program_compile(&f.a, rules_file("criteria", file, ".criteria"), numbers, count, &p,
		    &e) != ERR_OK)
		fail_msg(STR_FMT " " STR_FMT ":%u:%u: %s", STR_ARG(id), STR_ARG(file), e.line,
			e.column, e.message);
	const struct json *named = json_get(json_get(scheme, "criteria"), str_z(&f.a, file));
	for (uint32_t i = 0; i < p->criterion_count; i++)
		is_titled(named, p->criteria[i].id, file);
	for (uint32_t i = 0; i < p->measure_count; i++)
		is_titled(named, p->measures[i].id, file);
}

static size_t compile_scheme(const char *name)
{
	struct json *scheme = NULL;
	struct err e = { 0 };
	assert_int_equal(json_parse(&f.a, rules_file("schemes", str_of(name), ".json"), &scheme,
		&e), ERR_OK);
	const struct json *list = json_get(scheme, "scenarios");
	for (size_t i = 0; i < json_count(list); i++)
		compile_scenario(scheme, json_at(list, i));
	return json_count(list);
}

static void every_scenario_of_the_rules_compiles(void **state)
{
	(void)state;
	fixture_open(&f);
	assert_true(compile_scheme("un-r157") >= 4);
	assert_true(compile_scheme("un-r152") >= 3);
	assert_true(compile_scheme("gbt-41798-2022") >= 10);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_the_items_then_the_schemes),
		cmocka_unit_test(numbers_carry_tables),
		cmocka_unit_test(numbers_take_the_scenarios_names_first),
		cmocka_unit_test(limits_fill_what_is_to_be_entered),
		cmocka_unit_test(limits_change_nothing_else),
		cmocka_unit_test(runs_asked_are_read_or_entered),
		cmocka_unit_test(every_scenario_of_the_rules_compiles),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
