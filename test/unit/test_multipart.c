/* test_multipart.c - forms with files, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/scoped.h"
#include "web/multipart.h"

#define CAP 1048576
#define NAMED "Content-Disposition: form-data; name=\"a\"\r\n"

static enum err_code parse(struct arena *a, const char *text, struct multipart *ret, struct err *e)
{
	arena_init(a, CAP);
	return multipart_parse(a, str_of(text), STR("xx"), ret, e);
}

static void multipart_parse_reads_fields_and_files(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct multipart m = { 0 };
	struct err e = { 0 };
	const struct part *p;

	(void)state;
	assert_int_equal(parse(&a,
		"--xx\r\n"
		"content-disposition: form-data; name=\"number\"\r\n\r\n"
		"YC-1\r\n"
		"--xx\r\n"
		"Content-Disposition: form-data; name=\"file\"; filename=\"b;1.json\"\r\n"
		"Content-Type: application/json\r\n\r\n"
		"{\"--x\":\"\r\n--x\"}\r\n"
		"--xx\r\n"
		"Content-Disposition: form-data; name=empty\r\n\r\n"
		"\r\n--xx--\r\n", &m, &e), ERR_OK);
	assert_int_equal(m.count, 3);
	p = multipart_get(&m, "number");
	assert_true(str_is(p->body, "YC-1"));
	assert_null(p->filename.at);
	p = multipart_get(&m, "file");
	assert_true(str_is(p->filename, "b;1.json"));
	assert_true(str_is(p->body, "{\"--x\":\"\r\n--x\"}"));
	assert_int_equal(multipart_get(&m, "empty")->body.len, 0);
	assert_null(multipart_get(&m, "none"));
}

static void check_refused(const char *text, enum err_code code, const char *says)
{
	SCOPED_ARENA a = { 0 };
	struct multipart m = { .count = 7 };
	struct err e = { 0 };

	assert_int_equal(parse(&a, text, &m, &e), code);
	assert_string_equal(e.message, says);
	assert_int_equal(m.count, 7); /* output untouched */
}

static void multipart_parse_refuses_what_is_no_form(void **state)
{
	(void)state;
	check_refused("", ERR_INVALID, "form does not begin with its boundary");
	check_refused("preamble\r\n--xx--", ERR_INVALID, "form does not begin with its boundary");
	check_refused("--xx", ERR_INVALID,
		"form has a delimiter that is not followed by a line end");
	check_refused("--xx\n" NAMED "\r\n1\r\n--xx--", ERR_INVALID,
		"form has a delimiter that is not followed by a line end");
	check_refused("--xx\r\n" NAMED "\r\n1", ERR_INVALID, "form part 1 does not end");
	check_refused("--xx\r\n\r\n1\r\n--xx--", ERR_INVALID, "form part 1 has no name");
	check_refused("--xx\r\n" NAMED, ERR_INVALID, "form part 1 has no proper header");
	check_refused("--xx\r\n" NAMED NAMED "\r\n1\r\n--xx--", ERR_INVALID,
		"form part 1 is named twice");
	check_refused("--xx\r\n" NAMED "Content-Transfer-Encoding: base64\r\n\r\n1\r\n--xx--",
		ERR_INVALID, "form part 1 is encoded");
	check_refused("--xx\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\n1\r\n--xx--",
		ERR_INVALID, "form part 1 is no form data");
	check_refused("--xx\r\n" NAMED "\r\n1\r\n--xx--trailing", ERR_INVALID,
		"form has a delimiter that is not followed by a line end");
	check_refused("--xx\r\nContent-Disposition: form-data; name=\"\xff\"\r\n\r\n1\r\n--xx--",
		ERR_INVALID, "form part 1 has a name that is not UTF-8");
}

static void multipart_parse_refuses_a_boundary_that_is_none(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct multipart m = { 0 };
	struct err e = { 0 };

	(void)state;
	arena_init(&a, CAP);
	assert_int_equal(multipart_parse(&a, STR("----"), STR(""), &m, &e), ERR_INVALID);
	assert_int_equal(multipart_parse(&a, STR("--a\r\n----"), STR("a\r\n"), &m, &e),
		ERR_INVALID);
}

static void limit_multipart_parts(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	struct multipart m = { 0 };
	struct err e = { 0 };

	(void)state;
	buf_init(&b, 10000);
	for (unsigned i = 0; i < LIMIT_MULTIPART_PARTS; i++)
		buf_put_text(&b, "--xx\r\n" NAMED "\r\n1\r\n");
	buf_put_text(&b, "--xx--");
	buf_put_char(&b, '\0');
	assert_int_equal(parse(&a, b.at, &m, &e), ERR_OK);
	assert_int_equal(m.count, LIMIT_MULTIPART_PARTS);
	b.len -= 7;
	buf_put_text(&b, "--xx\r\n" NAMED "\r\n1\r\n--xx--");
	buf_put_char(&b, '\0');
	arena_clear(&a);
	assert_int_equal(parse(&a, b.at, &m, &e), ERR_TOO_LARGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(multipart_parse_reads_fields_and_files),
		cmocka_unit_test(multipart_parse_refuses_what_is_no_form),
		cmocka_unit_test(multipart_parse_refuses_a_boundary_that_is_none),
		cmocka_unit_test(limit_multipart_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
