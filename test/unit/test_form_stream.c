/* test_form_stream.c - forms that come in pieces are read as whole ones are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/scoped.h"
#include "form_gather.h"
#include "web/form_stream.h"

#define PART "Content-Disposition: form-data; name=\"n\"\r\n\r\n"

static void check(struct str body, enum err_code code, size_t count)
{
	for (size_t step = 1; step < 80; step += 3) {
		SCOPED_ARENA a = { 0 };
		struct multipart whole, streamed = { .count = 99 };
		struct err e = { 0 };
		arena_init(&a, (size_t)32 << 20);
		enum err_code got = form_gather(&a, body, STR("b"), step, &streamed, &e);
		assert_int_equal(got, code);
		assert_int_equal(multipart_parse(&a, body, STR("b"), &whole, &e), code);
		if (code != ERR_OK)
			continue;
		assert_int_equal(streamed.count, count);
		assert_int_equal(whole.count, count);
		for (size_t i = 0; i < count; i++) {
			assert_true(str_eq(whole.parts[i].name, streamed.parts[i].name));
			assert_true(str_eq(whole.parts[i].body, streamed.parts[i].body));
		}
	}
}

static void form_stream_reads_what_multipart_reads(void **state)
{
	(void)state;
	check(STR("--b\r\n" PART "x\r\n--b--"), ERR_OK, 1);
	check(STR("--b\r\n" PART "\r\n--b--\r\n"), ERR_OK, 1);
	check(STR("--b\r\n" PART "a\r\n--\r\n-b\r\n\r\n--\r\n--b\r\n" PART "\0\r\n--b--\r\n"),
		ERR_OK, 2);
	check(STR("--b--"), ERR_OK, 0);
}

static void form_stream_refuses_what_multipart_refuses(void **state)
{
	(void)state;
	check(STR(""), ERR_INVALID, 0);
	check(STR("--x\r\n" PART "x\r\n--b--"), ERR_INVALID, 0);
	check(STR("--b\r\n" PART "x"), ERR_INVALID, 0);
	check(STR("--b\r\n" PART "x\r\n--b"), ERR_INVALID, 0);
	check(STR("--bx" PART "x\r\n--b--"), ERR_INVALID, 0);
	check(STR("--b\r\n\r\nx\r\n--b--"), ERR_INVALID, 0);
	check(STR("--b\r\nContent-Disposition: attachment; name=n\r\n\r\nx\r\n--b--"), ERR_INVALID,
		0);
	check(STR("--b\r\n" PART "x\r\n--b--more"), ERR_INVALID, 0);
	check(STR("--b\r\n" PART "x\r\n--b--\r\n\r\n"), ERR_INVALID, 0);
}

static void form_stream_takes_as_many_parts(void **state)
{
	SCOPED_BUF b = { 0 };

	(void)state;
	buf_init(&b, 65536);
	for (int i = 0; i < LIMIT_MULTIPART_PARTS; i++)
		buf_put_text(&b, "--b\r\n" PART "x\r\n");
	struct buf longer = { 0 };
	buf_init(&longer, 65536);
	buf_put_str(&longer, buf_str(&b));
	buf_put_text(&b, "--b--");
	buf_put_text(&longer, "--b\r\n" PART "x\r\n--b--");
	check(buf_str(&b), ERR_OK, LIMIT_MULTIPART_PARTS);
	check(buf_str(&longer), ERR_TOO_LARGE, 0);
	buf_clear(&longer);
}

/* A header that does not end is refused once it is longer than any that could. */
static void limit_form_file_part_bytes(void **state)
{
	SCOPED_BUF b = { 0 };

	(void)state;
	assert_int_equal(LIMIT_FORM_FILE_PART_BYTES, 4096);
	buf_init(&b, 65536);
	buf_put_text(&b, "--b\r\nX: ");
	for (int i = 0; i < LIMIT_FORM_FILE_PART_BYTES + 1; i++)
		buf_put_char(&b, 'x');
	check(buf_str(&b), ERR_INVALID, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(form_stream_reads_what_multipart_reads),
		cmocka_unit_test(form_stream_refuses_what_multipart_refuses),
		cmocka_unit_test(form_stream_takes_as_many_parts),
		cmocka_unit_test(limit_form_file_part_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
