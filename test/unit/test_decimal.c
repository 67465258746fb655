/* test_decimal.c - decimals as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/decimal.h"

static void decimal_takes_plain_decimals_only(void **state)
{
	(void)state;
	static const char *const good[] = { "0", "-1", "1.60", "0.005", "-0.0" };
	static const char *const bad[] = { "", "-", "+1", "01", "1.", ".5", "1e3", "1,5", " 1",
		"123456789012345678901234567890123" };
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(decimal_is(str_of(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(decimal_is(str_of(bad[i])));
	assert_true(decimal_is_negative(STR("-0.01")));
	assert_false(decimal_is_negative(STR("-0.00")));
}

static void decimal_gives_exact_millionths(void **state)
{
	(void)state;
	int64_t v = 7;
	assert_int_equal(decimal_micro(STR("60"), &v, NULL), ERR_OK);
	assert_int_equal(v, 60000000);
	assert_int_equal(decimal_micro(STR("-0.35"), &v, NULL), ERR_OK);
	assert_int_equal(v, -350000);
	assert_int_equal(decimal_micro(STR("0.0000010"), &v, NULL), ERR_OK);
	assert_int_equal(v, 1);
	assert_int_equal(decimal_micro(STR("0.0000015"), &v, NULL), ERR_INVALID);
	assert_int_equal(decimal_micro(STR("9223372036855"), &v, NULL), ERR_INVALID);
	assert_int_equal(v, 1); /* output untouched on failure */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decimal_takes_plain_decimals_only),
		cmocka_unit_test(decimal_gives_exact_millionths),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
