/* test_scheme.c - levels of standards, texts in two languages, schemes that cannot be read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/scoped.h"
#include "recognition/scheme.h"

static const char good[] =
	"{\"kind\":\"scheme\",\"id\":\"s\",\"edition\":\"1\","
	"\"title\":{\"zh-CN\":\"方案\",\"en\":\"scheme\"},\"standard\":{\"code\":\"GB/T 1\","
	"\"level\":\"national\"},\"items\":[{\"item\":\"1\",\"title\":{\"zh-CN\":\"一\",\"en\":"
	"\"one\"},"
	"\"runs\":{\"value\":\"3\"}},{\"item\":\"2\",\"title\":{\"zh-CN\":\"二\",\"en\":\"two\"},"
	"\"covers\":[{\"scheme\":\"t\",\"items\":[\"a\",\"b\"]}]}]}";

static enum err_code parse(struct arena *a, const char *text, struct scheme *ret, struct err *e)
{
	struct json *v;
	assert_int_equal(json_parse(a, str_of(text), &v, e), ERR_OK);
	return scheme_parse(a, v, ret, e);
}

static void scheme_reads_items_runs_and_covers(void **state)
{
	(void)state;
	SCOPED_ARENA a;
	struct scheme s;
	struct err e;
	arena_init(&a, 1 << 20);
	assert_int_equal(parse(&a, good, &s, &e), ERR_OK);
	assert_int_equal(s.item_count, 2);
	assert_int_equal(s.items[0].runs, 3);
	assert_int_equal(s.items[1].runs, 0); /* to be entered */
	assert_int_equal(s.items[1].covers[0].item_count, 2);
	assert_true(str_is(scheme_item(&s, STR("2"))->title.en, "two"));
	assert_null(scheme_item(&s, STR("3")));
}

static void scheme_refuses(const char *old, const char *new, const char *message)
{
	SCOPED_ARENA a;
	struct scheme s = { .item_count = 7 };
	struct err e;
	arena_init(&a, 1 << 20);
	size_t at = str_find(str_of(good), str_of(old));
	assert_true(at != SIZE_MAX);
	char *text = arena_printf(&a, "%.*s%s%s", (int)at, good, new, good + at + str_of(old).len);
	assert_int_equal(parse(&a, text, &s, &e), ERR_INVALID);
	assert_string_equal(e.message, message);
	assert_int_equal(s.item_count, 7); /* output untouched on failure */
}

static void scheme_refuses_what_it_cannot_mean(void **state)
{
	(void)state;
	scheme_refuses("\"kind\":\"scheme\"", "\"kind\":\"plan\"", "not a scheme");
	scheme_refuses("\"national\"", "\"local\"", "level of the standard does not fit its code");
	scheme_refuses("\"national\"", "\"supreme\"", "unknown level of a standard");
	scheme_refuses("\"item\":\"2\"", "\"item\":\"1\"", "item 2 stands twice");
	scheme_refuses("\"value\":\"3\"", "\"value\":\"0\"",
		"item 1: number of runs must be 1 to 1000");
	scheme_refuses("\"en\":\"two\"", "\"de\":\"zwei\"",
		"item 2: text must stand in \"zh-CN\" and \"en\"");
	scheme_refuses("[\"a\",\"b\"]", "[]",
		"item 2: member \"items\" must be a list of 1 to 256 strings");
}

static void standard_level_shows_in_the_code(void **state)
{
	(void)state;
	static const struct {
		const char *code;
		enum standard_level level;
	} cases[] = {
		{ "GB/T 41798", LEVEL_NATIONAL }, { "GB 44495", LEVEL_NATIONAL },
		{ "QC/T 1128", LEVEL_INDUSTRY }, { "JT 794", LEVEL_INDUSTRY },
		{ "GA/T 1998", LEVEL_INDUSTRY }, { "DB4403/T 359.1", LEVEL_LOCAL },
		{ "T/CSAE 53", LEVEL_GROUP }, { "Q/YCS 012", LEVEL_ENTERPRISE },
		{ "UN R157", LEVEL_INTERNATIONAL }, { "ISO 22733-1", LEVEL_INTERNATIONAL },
		{ "GB41798", LEVEL_ENTERPRISE }, { "XY", LEVEL_ENTERPRISE },
		{ "", LEVEL_ENTERPRISE }, { "qc/t 1", LEVEL_ENTERPRISE },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(standard_level_of(str_of(cases[i].code)), cases[i].level);
}

static void strings_are_sorted_and_unique(void **state)
{
	(void)state;
	SCOPED_ARENA a;
	struct json *v;
	const struct str *list;
	uint32_t count = 0;
	struct err e;
	arena_init(&a, 1 << 16);
	assert_int_equal(json_parse(&a, STR("[\"c\",\"a\",\"b\"]"), &v, &e), ERR_OK);
	assert_int_equal(strings_parse_sorted(&a, v, "x", 1, 3, &list, &count, &e), ERR_OK);
	assert_true(str_is(list[0], "a") && str_is(list[2], "c"));
	assert_int_equal(strings_find(list, count, STR("b")), 1);
	assert_true(strings_find(list, count, STR("d")) == SIZE_MAX);
	assert_true(strings_find(list, 0, STR("a")) == SIZE_MAX);
	assert_int_equal(strings_parse_sorted(&a, v, "x", 1, 2, &list, &count, &e), ERR_INVALID);
	assert_int_equal(json_parse(&a, STR("[\"a\",\"a\"]"), &v, &e), ERR_OK);
	assert_int_equal(strings_parse_sorted(&a, v, "x", 1, 3, &list, &count, &e), ERR_INVALID);
	assert_string_equal(e.message, "an element of \"x\" stands twice");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scheme_reads_items_runs_and_covers),
		cmocka_unit_test(scheme_refuses_what_it_cannot_mean),
		cmocka_unit_test(standard_level_shows_in_the_code),
		cmocka_unit_test(strings_are_sorted_and_unique),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
