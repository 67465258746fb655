/* test_encode.c - hex, base64 and base64url. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/encode.h"
#include "base/scoped.h"

static void assert_str(struct str got, const char *want)
{
	if (!str_is(got, want))
		fail_msg("got " STR_FMT ", wanted %s", STR_ARG(got), want);
}

static void encode_hex_goes_both_ways(void **state)
{
	uint8_t bytes[3] = { 0x00, 0xaf, 0x19 }, back[3] = { 1, 2, 3 };
	char text[7];

	(void)state;
	hex_encode(bytes, 3, text);
	assert_string_equal(text, "00af19");
	assert_int_equal(hex_decode(STR("00AF19"), back, 3, NULL), ERR_OK);
	assert_memory_equal(back, bytes, 3);
	hex_encode(bytes, 0, text);
	assert_string_equal(text, "");
}

static void encode_hex_refuses(void **state)
{
	uint8_t back[2] = { 1, 2 };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(hex_decode(STR("00ag"), back, 2, &e), ERR_INVALID);
	assert_string_equal(e.message, "character 4 is not a hex digit");
	assert_int_equal(hex_decode(STR("00a"), back, 2, &e), ERR_INVALID);
	assert_int_equal(hex_decode(STR("00aaa"), back, 2, &e), ERR_INVALID);
	assert_int_equal(hex_decode(STR("00 a"), back, 2, &e), ERR_INVALID);
	assert_int_equal(back[0], 1); /* output untouched on failure */
}

/* RFC 4648 section 10. */
static void check_pair(const char *bytes, const char *base64, const char *base64url)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	struct str back = { NULL, 0 };
	const uint8_t *at = (const uint8_t *)bytes;

	arena_init(&a, 100000);
	buf_init(&b, 1000);
	assert_str(base64_new(&a, at, strlen(bytes)), base64);
	assert_str(base64url_new(&a, at, strlen(bytes)), base64url);
	base64_put(&b, at, strlen(bytes));
	assert_str(buf_str(&b), base64);
	buf_reset(&b);
	base64url_put(&b, at, strlen(bytes));
	assert_str(buf_str(&b), base64url);
	assert_int_equal(base64_decode(&a, str_of(base64), &back, NULL), ERR_OK);
	assert_str(back, bytes);
	assert_int_equal(base64url_decode(&a, str_of(base64url), &back, NULL), ERR_OK);
	assert_str(back, bytes);
}

static void encode_base64_gives_the_vectors(void **state)
{
	(void)state;
	check_pair("", "", "");
	check_pair("f", "Zg==", "Zg");
	check_pair("fo", "Zm8=", "Zm8");
	check_pair("foo", "Zm9v", "Zm9v");
	check_pair("foob", "Zm9vYg==", "Zm9vYg");
	check_pair("fooba", "Zm9vYmE=", "Zm9vYmE");
	check_pair("foobar", "Zm9vYmFy", "Zm9vYmFy");
	check_pair("\xfb\xff\xbf", "+/+/", "-_-_");
}

static void check_refused(const char *base64, const char *base64url)
{
	SCOPED_ARENA a = { 0 };
	struct str back = { NULL, 0 };

	arena_init(&a, 100000);
	assert_int_equal(base64_decode(&a, str_of(base64), &back, NULL), ERR_INVALID);
	assert_int_equal(base64url_decode(&a, str_of(base64url), &back, NULL), ERR_INVALID);
	assert_null(back.at);
}

static void encode_base64_is_strict(void **state)
{
	(void)state;
	check_refused("Zg", "Zg==");       /* padding missing, padding given */
	check_refused("Zg=", "Zg=");
	check_refused("Zh==", "Zh");       /* spare bits not zero */
	check_refused("Zm9=", "Zm9");
	check_refused("Zm9v\n", "Zm9v\n");
	check_refused("Zm 9v===", "Zm 9");
	check_refused("Z===", "Z");
	check_refused("====", "=");
	check_refused("Zg==Zg==", "Zg.Zg");
	check_refused("-_-_", "+/+/");     /* the other alphabet */
	check_refused("Zm9\xff", "Zm9\xff");
}

static void encode_base64_of_a_known_length(void **state)
{
	uint8_t bytes[4] = "kept";

	(void)state;
	assert_int_equal(base64_decode_fixed(STR("Zm8="), bytes, 3, NULL), ERR_INVALID);
	assert_int_equal(base64_decode_fixed(STR("Zm9vYg=="), bytes, 3, NULL), ERR_INVALID);
	assert_int_equal(base64_decode_fixed(STR("Zm9"), bytes, 2, NULL), ERR_INVALID);
	assert_int_equal(base64_decode_fixed(STR("Zm9="), bytes, 2, NULL), ERR_INVALID);
	assert_memory_equal(bytes, "kept", 4);
	assert_int_equal(base64_decode_fixed(STR("Zm8="), bytes, 2, NULL), ERR_OK);
	assert_memory_equal(bytes, "fopt", 4);
}

static void encode_base64_loose_takes_spare_bits_only(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct str back = { NULL, 0 };

	(void)state;
	arena_init(&a, 100000);
	assert_int_equal(base64_decode_loose(&a, STR("Zh=="), &back, NULL), ERR_OK);
	assert_str(back, "f");
	assert_int_equal(base64_decode_loose(&a, STR("Zm9="), &back, NULL), ERR_OK);
	assert_str(back, "fo");
	assert_int_equal(base64_decode_loose(&a, STR("Zh"), &back, NULL), ERR_INVALID);
	assert_int_equal(base64_decode_loose(&a, STR("Zh=\n"), &back, NULL), ERR_INVALID);
	assert_int_equal(base64_decode_loose(&a, STR("Z==="), &back, NULL), ERR_INVALID);
}

static void encode_stops_at_the_cap(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct str back = { NULL, 0 };

	(void)state;
	arena_init(&a, 0);
	assert_null(base64_new(&a, (const uint8_t *)"a", 1).at);
	assert_null(base64url_new(&a, (const uint8_t *)"a", 1).at);
	assert_int_equal(base64_decode(&a, STR("Zg=="), &back, NULL), ERR_TOO_LARGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(encode_hex_goes_both_ways),
		cmocka_unit_test(encode_hex_refuses),
		cmocka_unit_test(encode_base64_gives_the_vectors),
		cmocka_unit_test(encode_base64_is_strict),
		cmocka_unit_test(encode_base64_of_a_known_length),
		cmocka_unit_test(encode_base64_loose_takes_spare_bits_only),
		cmocka_unit_test(encode_stops_at_the_cap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
