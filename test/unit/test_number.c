/* test_number.c - decimals of text files: grammar, rounding, independence of the locale. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/str.h"

static const char *parse(const char *text, char point, double *ret)
{
	return number_parse(text, text + strlen(text), point, ret);
}

static void number_reads_the_forms_of_text_files(void **state)
{
	static const struct {
		const char *text;
		double value;
	} right[] = {
		{ "0", 0 }, { "+003.50", 3.5 }, { ".5", 0.5 }, { "5.", 5 }, { "-12.25", -12.25 },
		{ "1.234567E-02", 0.01234567 }, { "+2.5e+3", 2500 }, { "1e3", 1000 },
		{ "00058.49277", 58.49277 }, { "9007199254740993", 9007199254740992.0 },
		{ "9007199254740995", 9007199254740996.0 },
		{ "0.1000000000000000055511151231257827021181583404541015625", 0.1 },
		{ "123456789012345678901234567890", 1.2345678901234568e29 },
		{ "4.9e-324", 4.9406564584124654e-324 }, { "1e-400", 0 },
		{ "1.7976931348623157e308", 1.7976931348623157e308 },
		{ "0.30000000000000004", 0.30000000000000004 },
		{ "2.2250738585072011e-308", 2.225073858507201e-308 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		double value = 7;
		const char *end = parse(right[i].text, '.', &value);
		if (!end || *end != '\0' || value != right[i].value)
			fail_msg("\"%s\" gave %.17g", right[i].text, value);
	}
}

static void number_keeps_the_sign_of_zero_and_overflows_to_infinity(void **state)
{
	double value = 7;

	(void)state;
	assert_non_null(parse("-0.0", '.', &value));
	assert_true(value == 0 && signbit(value));
	assert_non_null(parse("-1e309", '.', &value));
	assert_true(isinf(value) && value < 0);
	assert_non_null(parse("1e999999999999999999999", '.', &value));
	assert_true(isinf(value));
}

static void number_stops_behind_the_number(void **state)
{
	static const struct {
		const char *text;
		size_t len;
	} cut[] = {
		{ "1,5", 1 }, { "1.5.2", 3 }, { "1e", 1 }, { "1e+", 1 }, { "1ex", 1 }, { "2 3", 1 },
		{ "0x10", 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cut) / sizeof(cut[0]); i++) {
		double value = 7;
		const char *end = parse(cut[i].text, '.', &value);
		if (end != cut[i].text + cut[i].len)
			fail_msg("\"%s\"", cut[i].text);
	}
}

static void number_refuses_what_is_none(void **state)
{
	static const char *const wrong[] = {
		"", "-", "+", ".", "-.", "e5", ".e5", "nan", "inf", " 1", "--1", "+-1", "x",
	};
	double value = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (parse(wrong[i], '.', &value))
			fail_msg("took \"%s\"", wrong[i]);
	}
	assert_true(value == 7); /* output untouched on failure */
}

static void number_takes_the_decimal_comma_when_told(void **state)
{
	double value = 7;

	(void)state;
	assert_non_null(parse("12,75", ',', &value));
	assert_true(value == 12.75);
	/* The C library's locale has no say. */
	(void)setlocale(LC_ALL, "de_DE.UTF-8"); /* may not be installed */
	assert_non_null(parse("1.7976931348623157081e-300", '.', &value));
	assert_true(value == 1.7976931348623157e-300);
	(void)setlocale(LC_ALL, "C");
}

/* Every length of digits and every exponent near the borders of the three ways. */
static void number_rounds_as_the_c_library_does(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (int i = 0; i < 300000; i++) {
		char text[96];
		double value = 0;
		int digits = 1 + (int)(seed >> 33) % 24;
		int len = 0;
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		for (int k = 0; k < digits; k++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			text[len++] = (char)('0' + (seed >> 33) % 10);
			if (k == 0)
				text[len++] = '.';
		}
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		len += snprintf(text + len, sizeof(text) - (size_t)len, "e%d",
			(int)((seed >> 33) % 80) - 40);
		if (!number_parse(text, text + len, '.', &value) || value != strtod(text, NULL))
			fail_msg("%s gave %.17g", text, value);
	}
}

/* Halves between two doubles go to the even one, and anything past them away from it. */
static void number_decides_midpoints_exactly(void **state)
{
	double value = 0;

	(void)state;
	assert_non_null(parse("9007199254740993.0000", '.', &value));
	assert_true(value == 9007199254740992.0);
	assert_non_null(parse("9007199254740993.0001", '.', &value));
	assert_true(value == 9007199254740994.0);
	assert_non_null(parse("0.500000000000000166533453693773481063544750213623046875", '.',
		&value));
	assert_true(value == 0.50000000000000022204460492503130808);
	assert_non_null(parse("0.500000000000000055511151231257827021181583404541015625", '.',
		&value));
	assert_true(value == 0.5);
	assert_non_null(parse("0.5000000000000000555111512312578270211815834045410156250001",
		'.', &value));
	assert_true(value == 0.50000000000000011102230246251565404);
}

static void number_scaled_is_exact_to_the_last_nanosecond(void **state)
{
	static const struct {
		const char *text;
		uint64_t scale;
		int64_t value;
	} right[] = {
		{ "0.01", 1000000000, 10000000 }, { "1690000000.123456789", 1000000000,
			1690000000123456789 },
		{ "0.0000000005", 1000000000, 0 }, { "0.0000000015", 1000000000, 2 },
		{ "0.00000000050000001", 1000000000, 1 }, { "-2.5e-1", 1000000000, -250000000 },
		{ "12.5", 1000000, 12500000 }, { "1e9", 1000000000, 1000000000000000000 },
		{ "1e-60", 1000000000, 0 }, { "0e99", 3600000000000, 0 },
		{ "9223372036854775807", 1, INT64_MAX },
		{ "1.00000000000000000000000001", 1000, 1000 },
	};
	static const char *const wrong[] = { "", "x", "9223372036854775808", "1e19", "1e99999" };
	int64_t value = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (number_parse_scaled(wrong[i], wrong[i] + strlen(wrong[i]), '.', 1, &value))
			fail_msg("took \"%s\"", wrong[i]);
	}
	assert_int_equal(value, 7);
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		const char *text = right[i].text;
		if (!number_parse_scaled(text, text + strlen(text), '.', right[i].scale, &value) ||
			value != right[i].value)
			fail_msg("\"%s\" gave %lld", text, (long long)value);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(number_reads_the_forms_of_text_files),
		cmocka_unit_test(number_keeps_the_sign_of_zero_and_overflows_to_infinity),
		cmocka_unit_test(number_stops_behind_the_number),
		cmocka_unit_test(number_refuses_what_is_none),
		cmocka_unit_test(number_takes_the_decimal_comma_when_told),
		cmocka_unit_test(number_rounds_as_the_c_library_does),
		cmocka_unit_test(number_decides_midpoints_exactly),
		cmocka_unit_test(number_scaled_is_exact_to_the_last_nanosecond),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
