/* test_buf.c - growing bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/buf.h"
#include "base/scoped.h"

static void buf_puts_values(void **state)
{
	SCOPED_BUF b = { 0 };
	struct err e = { 0 };

	(void)state;
	buf_init(&b, 4096);
	assert_int_equal(buf_str(&b).len, 0);
	assert_non_null(buf_str(&b).at);
	buf_put_text(&b, "a");
	buf_put_char(&b, '-');
	buf_put_str(&b, STR("b"));
	buf_put_u64(&b, 0);
	buf_put_u64(&b, UINT64_MAX);
	buf_put_be16(&b, 0x4142);
	buf_put_be64(&b, UINT64_C(0x4344454647484950));
	buf_printf(&b, "%03d", 7);
	buf_put(&b, NULL, 0);
	assert_true(str_is(buf_str(&b), "a-b018446744073709551615ABCDEFGHIP007"));
	assert_int_equal(buf_check(&b, "text", &e), ERR_OK);
}

static void buf_grows_and_keeps_content(void **state)
{
	SCOPED_BUF b = { 0 };

	(void)state;
	buf_init(&b, 1000000);
	for (unsigned i = 0; i < 100000; i++)
		buf_put_char(&b, (char)(i % 251));
	for (unsigned i = 0; i < 100000; i++)
		assert_int_equal((unsigned char)b.at[i], i % 251);
	buf_reset(&b);
	assert_int_equal(b.len, 0);
	assert_true(b.capacity >= 100000);
}

static void buf_remembers_overflow(void **state)
{
	SCOPED_BUF b = { 0 };
	struct err e = { 0 };

	(void)state;
	buf_init(&b, 5);
	buf_put_text(&b, "abcde");
	assert_int_equal(buf_check(&b, "note", &e), ERR_OK);
	buf_put_char(&b, 'f');
	buf_put_text(&b, "");
	assert_true(str_is(buf_str(&b), "abcde"));
	assert_int_equal(buf_check(&b, "note", &e), ERR_TOO_LARGE);
	assert_string_equal(e.message, "note is over 5 bytes");
	buf_reset(&b);
	buf_put_text(&b, "abcdef"); /* nothing of what does not fit is kept */
	buf_put_char(&b, 'g');
	assert_int_equal(b.len, 0);
}

static void buf_printf_takes_long_texts(void **state)
{
	SCOPED_BUF b = { 0 };
	char word[1000];

	(void)state;
	memset(word, 'w', sizeof(word));
	word[sizeof(word) - 1] = '\0';
	buf_init(&b, 2000);
	buf_printf(&b, "%s", word);
	buf_printf(&b, "-%s", word);
	assert_int_equal(b.len, 1999);
	assert_false(b.overflow);
	buf_printf(&b, "ab");
	assert_true(b.overflow);
	buf_reset(&b);
	buf_printf(&b, "%s%s%s", word, word, word);
	assert_true(b.overflow);
	assert_int_equal(b.len, 0);
}

static void buf_zeroed_takes_nothing(void **state)
{
	struct buf b = { 0 };

	(void)state;
	buf_put_char(&b, 'a');
	assert_true(b.overflow);
	buf_clear(&b);
}

static void buf_reserve_makes_room(void **state)
{
	SCOPED_BUF b = { 0 };

	(void)state;
	buf_init(&b, 1000);
	assert_true(buf_reserve(&b, 1000));
	assert_true(b.capacity >= 1000);
	assert_int_equal(b.len, 0);
	assert_false(buf_reserve(&b, 1001));
	assert_true(b.overflow);
	assert_false(buf_reserve(&b, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buf_puts_values),
		cmocka_unit_test(buf_grows_and_keeps_content),
		cmocka_unit_test(buf_remembers_overflow),
		cmocka_unit_test(buf_printf_takes_long_texts),
		cmocka_unit_test(buf_zeroed_takes_nothing),
		cmocka_unit_test(buf_reserve_makes_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
