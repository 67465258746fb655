/* test_trace.c - where a name, a number and a mail address still stand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "service/trace.h"

static void traces_are_found_however_they_are_written(void **state)
{
	static const struct { const char *text, *what; char kind; bool in; } cases[] = {
		{ "请联系王小明。", "王小明", 'n', true }, { "请联系王小。", "王小明", 'n', false },
		{ "王", "王", 'n', false },        /* one character stands everywhere */
		{ "", "王小明", 'n', false }, { "x", "", 'n', false },
		{ "电话138 0013-8000", "13800138000", 'p', true },
		{ "电话13800138000。", "138-0013-8000", 'p', true },
		{ "1380013  8000", "13800138000", 'p', false },
		{ "13800138001", "13800138000", 'p', false },
		{ "138－0013－8000", "13800138000", 'p', true },
		{ "13800138000", "+86 138 0013 8000", 'p', true },
		{ "1113800138000", "13800138000", 'p', true },
		{ "110", "110", 'p', false }, { "1380013800", "13800138000", 'p', false },
		{ "Wang@Seeker.Example", "wang@seeker.example", 'm', true },
		{ "wang@seeker.exampl", "wang@seeker.example", 'm', false },
		{ "wang", "wang", 'm', false }, { "x", "", 'm', false } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct str text = str_of(cases[i].text), what = str_of(cases[i].what);
		bool in = cases[i].kind == 'n' ? trace_name_in(text, what)
			: cases[i].kind == 'p' ? trace_phone_in(text, what)
			: trace_mail_in(text, what);
		if (in != cases[i].in)
			fail_msg("%s in %s", cases[i].what, cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(traces_are_found_however_they_are_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
