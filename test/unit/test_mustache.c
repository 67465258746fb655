/* test_mustache.c - the specification's cases, words, refusals and bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/limits.h"
#include "base/scoped.h"
#include "web/mustache.h"

#define CAP 16777216

/* Renders `text` with words "en" = language 1; the caller reads *e on failure. */
static enum err_code render(struct arena *a, bool lenient, struct str text,
	const struct json *model,
	const struct json *partials, struct str *ret, struct err *e)
{
	struct mustache *m = NULL;
	enum err_code code;
	SCOPED_BUF out = { 0 };

	buf_init(&out, LIMIT_PAGE_BYTES);
	assert_int_equal(mustache_open(CAP, lenient, &m, e), ERR_OK);
	code = mustache_add(m, STR("main"), text, e);
	for (uint32_t i = 0; code == ERR_OK && i < json_count(partials); i++)
		code = mustache_add(m, partials->members[i].name,
			json_str(partials->members[i].value), e);
	if (code == ERR_OK)
		code = mustache_finish(m, e);
	if (code == ERR_OK)
		code = mustache_render(mustache_find(m, "main"), 0, &model, 1, &out, e);
	if (code == ERR_OK)
		*ret = str_copy(a, buf_str(&out));
	mustache_close(m);
	return code;
}

static struct json *parsed(struct arena *a, const char *text)
{
	struct json *v = NULL;
	struct err e = { 0 };

	if (json_parse(a, str_of(text), &v, &e) != ERR_OK)
		fail_msg("%s", e.message);
	return v;
}

static void check_file(const char *name, size_t count)
{
	SCOPED_ARENA a = { 0 };
	struct str text = { NULL, 0 };
	struct json *file = NULL;
	const struct json *tests;
	struct err e = { 0 };

	arena_init(&a, CAP);
	assert_int_equal(io_read_file(&a, arena_printf(&a, "%s/mustache/%s.json",
		getenv("HUREN_VECTORS"), name), CAP / 4, &text, &e), ERR_OK);
	if (json_parse(&a, text, &file, &e) != ERR_OK)
		fail_msg("%s", e.message);
	tests = json_get(file, "tests");
	assert_int_equal(json_count(tests), count);
	for (size_t i = 0; i < count; i++) {
		const struct json *test = json_at(tests, i);
		struct str got = { NULL, 0 }, want = json_get_str(test, "expected");
		if (render(&a, true, json_get_str(test, "template"), json_get(test, "data"),
			json_get(test, "partials"), &got, &e) != ERR_OK)
			fail_msg("%s, " STR_FMT ": %s", name,
				STR_ARG(json_get_str(test, "name")), e.message);
		if (!str_eq(got, want))
			fail_msg("%s, " STR_FMT ": got \"" STR_FMT "\", wanted \"" STR_FMT "\"",
				name, STR_ARG(json_get_str(test, "name")), STR_ARG(got),
				STR_ARG(want));
	}
}

static void mustache_renders_the_specification(void **state)
{
	(void)state;
	check_file("comments", 12);
	check_file("delimiters", 14);
	check_file("interpolation", 42);
	check_file("inverted", 22);
	check_file("partials", 12);
	check_file("sections", 34);
}

static void check_refused(const char *text, enum err_code code, const char *says)
{
	SCOPED_ARENA a = { 0 };
	struct str got = { NULL, 0 };
	struct err e = { 0 };

	arena_init(&a, CAP);
	assert_int_equal(render(&a, false, str_of(text), parsed(&a, "{}"), NULL, &got, &e), code);
	assert_string_equal(e.message, says);
	assert_null(got.at);
}

static void mustache_refuses_what_it_must_not_draw(void **state)
{
	(void)state;
	check_refused("a\n{{{x}}}", ERR_INVALID,
		"template \"main\", line 2: a value must not be written unescaped");
	check_refused("{{&x}}", ERR_INVALID,
		"template \"main\", line 1: a value must not be written unescaped");
	check_refused("{{#a}}", ERR_INVALID, "template \"main\", line 1: a section is not closed");
	check_refused("{{#a}}{{/b}}", ERR_INVALID,
		"template \"main\", line 1: this end belongs to no open section");
	check_refused("{{a", ERR_INVALID, "template \"main\", line 1: the tag is not closed");
	check_refused("{{}}", ERR_INVALID, "template \"main\", line 1: the tag is empty");
	check_refused("{{a..b}}", ERR_INVALID, "template \"main\", line 1: the name is malformed");
	check_refused("{{=x}}", ERR_INVALID, "template \"main\", line 1: the tag is not closed");
	check_refused("{{= =}}", ERR_INVALID,
		"template \"main\", line 1: the new delimiters are malformed");
	check_refused("{{>other}}", ERR_NOT_FOUND,
		"template \"main\" uses the partial \"other\", which does not exist");
	check_refused("{{t.no.such}}", ERR_NOT_FOUND,
		"template \"main\" uses the word \"no.such\", which a catalogue lacks");
}

static void mustache_draws_words_in_the_language(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF out = { 0 };
	struct mustache *m = NULL;
	const struct json *model;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, CAP);
	buf_init(&out, 1000);
	model = parsed(&a, "{\"city\":\"<Y>\"}");
	assert_int_equal(mustache_open(CAP, false, &m, &e), ERR_OK);
	assert_int_equal(mustache_add(m, STR("p"), STR("<b>{{t.of}}</b>"), &e), ERR_OK);
	assert_int_equal(mustache_add_word(m, STR("of"), 0, STR("{{city}}\xe7\x9a\x84"), &e),
		ERR_OK);
	assert_int_equal(mustache_add_word(m, STR("of"), 1, STR("of <{{city}}>"), &e), ERR_OK);
	assert_int_equal(mustache_add_word(m, STR("of"), 1, STR("again"), &e), ERR_CONFLICT);
	assert_int_equal(mustache_finish(m, &e), ERR_OK);
	assert_int_equal(mustache_render(mustache_find(m, "p"), 0, &model, 1, &out, &e), ERR_OK);
	buf_put_char(&out, '\n');
	assert_int_equal(mustache_render(mustache_find(m, "p"), 1, &model, 1, &out, &e), ERR_OK);
	assert_true(str_is(buf_str(&out),
		"<b>&lt;Y&gt;\xe7\x9a\x84</b>\n<b>of &lt;&lt;Y&gt;&gt;</b>"));
	assert_true(mustache_word_is_used(m, STR("of")));
	assert_false(mustache_word_is_used(m, STR("off")));
	mustache_close(m);
}

static void mustache_escapes_text_for_attributes(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct str got = { NULL, 0 };
	struct err e = { 0 };

	(void)state;
	arena_init(&a, CAP);
	assert_int_equal(render(&a, false, STR("<a b=\"{{x}}\">"),
		parsed(&a, "{\"x\":\"\\\"'><&\"}"), NULL, &got, &e), ERR_OK);
	assert_true(str_is(got, "<a b=\"&quot;&#39;&gt;&lt;&amp;\">"));
}

static void mustache_takes_empty_text_as_false_and_zero_as_true(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct str got = { NULL, 0 };
	struct err e = { 0 };

	(void)state;
	arena_init(&a, CAP);
	assert_int_equal(render(&a, false, STR("{{#e}}e{{/e}}{{^e}}none{{/e}}{{#n}}{{.}}{{/n}}"),
		parsed(&a, "{\"e\":\"\",\"n\":0}"), NULL, &got, &e), ERR_OK);
	assert_true(str_is(got, "none0"));
}

static void mustache_keeps_a_dotted_name_to_its_own_context(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct str got = { NULL, 0 };
	struct err e = { 0 };

	(void)state;
	arena_init(&a, CAP);
	assert_int_equal(render(&a, false,
		STR("{{#rows}}{{x}}{{.x}}{{#.x}}!{{/.x}}{{^.y.z}}-{{/.y.z}},{{/rows}}"),
		parsed(&a, "{\"x\":\"out\",\"rows\":[{\"x\":\"in\"},{\"y\":{\"z\":1}}]}"), NULL,
			&got,
		&e), ERR_OK);
	assert_true(str_is(got, "inin!-,out,"));
}

static void limit_template_depth(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF text = { 0 };
	struct str got = { NULL, 0 };
	struct err e = { 0 };

	(void)state;
	arena_init(&a, CAP);
	buf_init(&text, 1000);
	for (unsigned i = 0; i < LIMIT_TEMPLATE_DEPTH; i++)
		buf_put_text(&text, "{{#x}}");
	assert_int_equal(render(&a, false, buf_str(&text), parsed(&a, "{}"), NULL, &got, &e),
		ERR_INVALID);
	assert_string_equal(e.message, "template \"main\", line 1: a section is not closed");
	buf_put_text(&text, "{{#x}}");
	assert_int_equal(render(&a, false, buf_str(&text), parsed(&a, "{}"), NULL, &got, &e),
		ERR_INVALID);
	assert_string_equal(e.message, "template \"main\", line 1: sections are nested too deeply");
	/* A partial that calls itself without end. */
	assert_int_equal(render(&a, false, STR("{{>main}}"), parsed(&a, "{}"), NULL, &got, &e),
		ERR_TOO_LARGE);
	assert_string_equal(e.message, "template is nested too deeply");
}

static void limit_template_steps(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct str got = { NULL, 0 };
	struct err e = { 0 };

	(void)state;
	arena_init(&a, CAP);
	assert_int_equal(render(&a, false,
		STR("{{#x}}{{#x}}{{#x}}{{#x}}{{#x}}{{#x}}{{/x}}{{/x}}{{/x}}{{/x}}{{/x}}{{/x}}"),
		parsed(&a, "{\"x\":[1,2,3,4,5,6,7,8,9,10,11,12]}"), NULL, &got, &e), ERR_TOO_LARGE);
	assert_string_equal(e.message, "template takes too many steps");
}

static void limit_page_bytes(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct str got = { NULL, 0 };
	struct json *model;
	struct err e = { 0 };
	char *half;

	(void)state;
	arena_init(&a, CAP);
	half = arena_alloc(&a, LIMIT_PAGE_BYTES / 2);
	memset(half, 'x', LIMIT_PAGE_BYTES / 2);
	model = json_set_str(&a, json_new_object(&a), "x",
		(struct str){ half, LIMIT_PAGE_BYTES / 2 });
	assert_int_equal(render(&a, false, STR("{{x}}{{x}}"), model, NULL, &got, &e), ERR_OK);
	assert_int_equal(got.len, LIMIT_PAGE_BYTES);
	assert_int_equal(render(&a, false, STR("{{x}}{{x}}."), model, NULL, &got, &e),
		ERR_TOO_LARGE);
}

static void mustache_says_when_memory_is_out(void **state)
{
	unsigned refused = 0;

	(void)state;
	for (size_t cap = 1; cap < 65536; cap += 97) {
		struct mustache *m = NULL;
		struct err e = { 0 };
		enum err_code code;
		assert_int_equal(mustache_open(cap, false, &m, &e), ERR_OK);
		code = mustache_add(m, STR("p"), STR("a{{#b}}{{c.d.e}}{{/b}}{{>p}}"), &e);
		mustache_close(m);
		if (code == ERR_OK)
			break;
		assert_int_equal(code, ERR_TOO_LARGE);
		refused++;
	}
	assert_true(refused > 0);
}

/* Inside a section of true, "." and names after a dot mean what they meant outside. */
static void mustache_condition_leaves_the_place(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct json *model = NULL;
	struct str text = { NULL, 0 };
	struct err e = { 0 };

	(void)state;
	arena_init(&a, CAP);
	assert_int_equal(json_parse(&a, STR("{\"b\":\"outer\",\"on\":true,\"rows\":["
		"{\"b\":\"one\"},{\"c\":\"two\"}],\"list\":[\"x\",\"y\"]}"), &model,
		&e), ERR_OK);
	assert_int_equal(render(&a, true, STR("{{#rows}}{{#on}}[{{#.b}}{{b}}{{/.b}}]{{/on}}"
		"{{/rows}}{{#list}}{{#on}}{{.}}{{/on}}{{/list}}"), model, NULL, &text, &e), ERR_OK);
	if (!str_is(text, "[one][]xy"))
		fail_msg(STR_FMT, STR_ARG(text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mustache_renders_the_specification),
		cmocka_unit_test(mustache_refuses_what_it_must_not_draw),
		cmocka_unit_test(mustache_draws_words_in_the_language),
		cmocka_unit_test(mustache_escapes_text_for_attributes),
		cmocka_unit_test(mustache_takes_empty_text_as_false_and_zero_as_true),
		cmocka_unit_test(mustache_keeps_a_dotted_name_to_its_own_context),
		cmocka_unit_test(limit_template_depth),
		cmocka_unit_test(limit_template_steps),
		cmocka_unit_test(limit_page_bytes),
		cmocka_unit_test(mustache_condition_leaves_the_place),
		cmocka_unit_test(mustache_says_when_memory_is_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
