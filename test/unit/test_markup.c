/* test_markup.c - elements are well formed, and nothing stands in them unescaped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/markup.h"
#include "base/scoped.h"

static void is(const struct buf *b, const char *expected)
{
	if (!str_is(buf_str(b), expected))
		fail_msg("%.*s", (int)b->len, b->at);
}

static void markup_writes_elements(void **state)
{
	SCOPED_BUF b = { 0 };
	struct markup m;
	struct err e = { 0 };
	(void)state;
	buf_init(&b, 1024);
	markup_init(&m, &b);
	markup_open(&m, "svg");
	markup_attribute_text(&m, "class", "a b");
	markup_open(&m, "g");
	markup_open(&m, "g");
	markup_open(&m, "rect");
	markup_attribute_number(&m, "x", 1.0 / 3);
	markup_attribute_number(&m, "y", -0.001);
	markup_close(&m);
	markup_element(&m, "text", STR("one"));
	markup_close(&m);
	markup_close(&m);
	markup_close(&m);
	assert_int_equal(markup_check(&m, &e), ERR_OK);
	is(&b, "<svg class=\"a b\"><g><g><rect x=\"0.33\" y=\"0\"/><text>one</text></g>\n</g>\n"
		"</svg>\n");
}

static void markup_escapes_text_and_values(void **state)
{
	SCOPED_BUF b = { 0 };
	struct markup m;
	(void)state;
	buf_init(&b, 1024);
	markup_init(&m, &b);
	markup_open(&m, "text");
	markup_attribute(&m, "id", STR("\"/><script>'&"));
	markup_text(&m, STR("</text><script>alert(\"1\")</script>&amp;"));
	markup_close(&m);
	is(&b, "<text id=\"&quot;/&gt;&lt;script&gt;&#39;&amp;\">"
		"&lt;/text&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;amp;</text>\n");
}

static void markup_has_no_control_characters_nor_broken_text(void **state)
{
	SCOPED_BUF b = { 0 };
	struct markup m;
	(void)state;
	buf_init(&b, 1024);
	markup_init(&m, &b);
	markup_open(&m, "text");
	markup_text(&m, (struct str){ "a\0b\x01\n\t\xe9\x99\x90", 9 });
	markup_text(&m, STR("\xff<"));
	markup_close(&m);
	is(&b, "<text>a\xef\xbf\xbd" "b\xef\xbf\xbd\n\t\xe9\x99\x90\xef\xbf\xbd</text>\n");
}

static void markup_numbers_are_short(void **state)
{
	SCOPED_BUF b = { 0 };
	(void)state;
	buf_init(&b, 1024);
	markup_put_number(&b, 0);
	buf_put_char(&b, ' ');
	markup_put_number(&b, -0.004);
	buf_put_char(&b, ' ');
	markup_put_number(&b, 12.5);
	buf_put_char(&b, ' ');
	markup_put_number(&b, -960);
	buf_put_char(&b, ' ');
	markup_put_number(&b, 100.126);
	is(&b, "0 0 12.5 -960 100.13");
}

static void markup_tells_when_the_buf_was_too_small(void **state)
{
	SCOPED_BUF b = { 0 };
	struct markup m;
	struct err e = { 0 };
	(void)state;
	buf_init(&b, 8);
	markup_init(&m, &b);
	markup_element(&m, "title", STR("a long one"));
	assert_int_equal(markup_check(&m, &e), ERR_TOO_LARGE);
	assert_string_equal(e.message, "picture is over 8 bytes");
}

/* A mistake of the program's own ends it. */
static void dies(void (*mistake)(struct markup *))
{
	pid_t child = fork();
	int status = 0;
	assert_true(child >= 0);
	if (child == 0) {
		struct buf b = { 0 };
		struct markup m;
		buf_init(&b, 1024);
		markup_init(&m, &b);
		(void)close(STDERR_FILENO);
		mistake(&m);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void bad_name(struct markup *m)
{
	markup_open(m, "a b");
}

static void late_attribute(struct markup *m)
{
	markup_open(m, "g");
	markup_text(m, STR("x"));
	markup_attribute_text(m, "id", "y");
}

static void left_open(struct markup *m)
{
	struct err e;
	markup_open(m, "g");
	(void)!markup_check(m, &e);
}

static void no_number(struct markup *m)
{
	markup_put_number(m->b, 0.0 / (double)m->depth);
}

static void markup_stops_at_a_mistake_of_ours(void **state)
{
	(void)state;
	dies(bad_name);
	dies(late_attribute);
	dies(left_open);
	dies(no_number);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(markup_writes_elements),
		cmocka_unit_test(markup_escapes_text_and_values),
		cmocka_unit_test(markup_has_no_control_characters_nor_broken_text),
		cmocka_unit_test(markup_numbers_are_short),
		cmocka_unit_test(markup_tells_when_the_buf_was_too_small),
		cmocka_unit_test(markup_stops_at_a_mistake_of_ours),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
