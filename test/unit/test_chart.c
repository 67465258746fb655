/* test_chart.c - pictures of counts: what stands in them, and what they may do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/scoped.h"
#include "web/chart.h"

static void chart_is_a_picture_that_can_do_nothing(void **state)
{
	static const char drawn[] =
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 420 104\" role=\"img\">"
		"<title>a &lt; b</title>\n<style>";
	static const char bars[] = "</style>\n<text x=\"0\" y=\"14\">A&amp;B</text>\n"
		"<rect x=\"90\" y=\"1.5\" width=\"28\" height=\"18\" class=\"yes\"/>\n"
		"<text x=\"2\" y=\"3\" class=\"soft\">4</text>\n</svg>\n";
	struct request r = { .json = false };
	struct err e = { 0 };
	SCOPED_BUF b = { 0 };
	struct markup m;
	struct str body;

	(void)state;
	arena_init(&r.arena, 65536);
	buf_init(&b, 4096);
	markup_init(&m, &b);
	chart_open(&m, &r.arena, 420, 104, STR("a < b"), CHART_STYLE(".yes{fill:#17757f}",
		".yes{fill:#55a9b3}"));
	chart_text(&m, 0, 14, NULL, STR("A&B"));
	chart_bar(&m, 90, 1.5, 28, 18, "yes");
	chart_text(&m, 2, 3, "soft", STR("4"));
	assert_int_equal(chart_send(&r, &m, &b, "no-cache", &e), ERR_OK);
	body = r.reply.body;
	assert_true(str_starts(body, "<svg"));
	assert_memory_equal(body.at, drawn, sizeof(drawn) - 1);
	assert_memory_equal(body.at + body.len - (sizeof(bars) - 1), bars, sizeof(bars) - 1);
	assert_string_equal(r.reply.type, "image/svg+xml");
	assert_string_equal(r.reply.policy, "default-src 'none'; style-src 'unsafe-inline';"
		" sandbox");
	arena_clear(&r.arena);
}

static void chart_that_is_too_large_is_told(void **state)
{
	struct request r = { .json = false };
	SCOPED_BUF b = { 0 };
	struct markup m;

	(void)state;
	arena_init(&r.arena, 65536);
	buf_init(&b, 200);
	markup_init(&m, &b);
	chart_open(&m, &r.arena, 1, 1, STR("t"), "");
	for (int i = 0; i < 9; i++)
		chart_bar(&m, 0, i, 1, 1, "yes");
	assert_int_equal(chart_send(&r, &m, &b, "no-cache", NULL), ERR_TOO_LARGE);
	assert_null(r.reply.body.at);
	arena_clear(&r.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chart_is_a_picture_that_can_do_nothing),
		cmocka_unit_test(chart_that_is_too_large_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
