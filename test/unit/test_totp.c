/* test_totp.c - RFC 6238 and RFC 4226 vectors, and when a code is taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "base/scoped.h"
#include "crypto/totp.h"

#define SECRET STR("12345678901234567890")

/* RFC 6238, appendix B, the rows of SHA-1. */
static void totp_gives_the_vectors_of_rfc_6238(void **state)
{
	static const struct { uint64_t time; uint32_t code; } cases[] = {
		{ 59, 94287082 }, { 1111111109, 7081804 }, { 1111111111, 14050471 },
		{ 1234567890, 89005924 }, { 2000000000, 69279037 }, { 20000000000, 65353130 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(totp_code(SECRET, cases[i].time / TOTP_STEP_S, 8), cases[i].code);
}

/* RFC 4226, appendix D. */
static void totp_gives_the_vectors_of_rfc_4226(void **state)
{
	static const uint32_t codes[] = { 755224, 287082, 359152, 969429, 338314, 254676, 287922,
		162583, 399871, 520489 };

	(void)state;
	for (uint64_t i = 0; i < 10; i++)
		assert_int_equal(totp_code(SECRET, i, 6), codes[i]);
}

static bool takes(const char *code, int64_t now, uint64_t last)
{
	uint64_t step = 0;

	return totp_accepts(SECRET, str_of(code), now, last, &step);
}

static void totp_accepts_one_step_beside(void **state)
{
	int64_t now = 1111111111;
	char code[16];

	(void)state;
	for (int64_t off = -2; off <= 2; off++) {
		(void)snprintf(code, sizeof(code), "%06u",
			totp_code(SECRET, (uint64_t)(now / TOTP_STEP_S + off), 6));
		assert_int_equal(takes(code, now, 0), off >= -1 && off <= 1);
	}
}

static void totp_accepts_a_code_once(void **state)
{
	int64_t now = 1111111111;
	uint64_t step = 0;

	(void)state;
	assert_true(totp_accepts(SECRET, STR("050471"), now, 0, &step));
	assert_int_equal(step, now / TOTP_STEP_S);
	assert_false(takes("050471", now, step));
	assert_true(takes("050471", now, step - 1));
}

static void totp_reads_six_digits_only(void **state)
{
	int64_t now = 1111111111;

	(void)state;
	assert_true(takes("050 471", now, 0));
	assert_false(takes("50471", now, 0));
	assert_false(takes("0050471", now, 0));
	assert_false(takes("05047a", now, 0));
	assert_false(takes("", now, 0));
}

static void totp_address_is_escaped(void **state)
{
	SCOPED_ARENA a = { 0 };

	(void)state;
	arena_init(&a, 4096);
	assert_true(str_is(totp_address(&a, STR("yc.example"), STR("w@ng&x"), STR("foobar")),
		"otpauth://totp/yc.example:w%40ng%26x?secret=MZXW6YTBOI&issuer=yc.example"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(totp_gives_the_vectors_of_rfc_6238),
		cmocka_unit_test(totp_gives_the_vectors_of_rfc_4226),
		cmocka_unit_test(totp_accepts_one_step_beside),
		cmocka_unit_test(totp_accepts_a_code_once),
		cmocka_unit_test(totp_reads_six_digits_only),
		cmocka_unit_test(totp_address_is_escaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
