/* test_secret.c - comparing, sealing, codes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/scoped.h"
#include "crypto/key.h"
#include "crypto/secret.h"

static void secret_eq_compares_all_bytes(void **state)
{
	(void)state;
	assert_true(secret_eq(STR("abc"), STR("abc")));
	assert_false(secret_eq(STR("abc"), STR("abd")));
	assert_false(secret_eq(STR("abc"), STR("bbc")));
	assert_false(secret_eq(STR("abc"), STR("ab")));
	assert_true(secret_eq(STR(""), STR("")));
}

static void secret_digest_keeps_purposes_apart(void **state)
{
	struct digest one = secret_digest("session", STR("x"));
	struct digest other = secret_digest("invitation", STR("x"));
	struct digest moved = secret_digest("sessio", STR("n\0x"));

	(void)state;
	assert_false(digest_eq(&one, &other));
	assert_false(digest_eq(&one, &moved));
	other = secret_digest("session", STR("x"));
	assert_true(digest_eq(&one, &other));
}

static void secret_opens_only_what_it_sealed(void **state)
{
	uint8_t key[SECRET_KEY_BYTES] = { 1 }, wrong[SECRET_KEY_BYTES] = { 2 };
	struct str sealed, again, opened = { NULL, 0 };
	SCOPED_ARENA a = { 0 };
	struct err e = { 0 };
	char *bytes;

	(void)state;
	arena_init(&a, 65536);
	assert_int_equal(secret_seal(&a, key, STR("totp:1"), STR("plain"), &sealed, &e), ERR_OK);
	assert_int_equal(secret_seal(&a, key, STR("totp:1"), STR("plain"), &again, &e), ERR_OK);
	assert_false(str_eq(sealed, again));
	assert_int_equal(secret_open(&a, key, STR("totp:1"), sealed, &opened, &e), ERR_OK);
	assert_true(str_is(opened, "plain"));
	assert_int_equal(secret_open(&a, key, STR("totp:2"), sealed, &opened, &e), ERR_DENIED);
	assert_int_equal(secret_open(&a, wrong, STR("totp:1"), sealed, &opened, &e), ERR_DENIED);
	assert_int_equal(secret_open(&a, key, STR("totp:1"), STR("short"), &opened, &e),
		ERR_DENIED);
	bytes = arena_copy(&a, sealed.at, sealed.len);
	bytes[sealed.len - 1] ^= 1;
	assert_int_equal(secret_open(&a, key, STR("totp:1"), (struct str){ bytes, sealed.len },
		&opened, &e), ERR_DENIED);
}

/* RFC 4648, section 10, without padding. */
static void secret_base32_gives_the_vectors(void **state)
{
	static const struct { const char *plain, *text; } cases[] = {
		{ "", "" }, { "f", "MY" }, { "fo", "MZXQ" }, { "foo", "MZXW6" },
		{ "foob", "MZXW6YQ" }, { "fooba", "MZXW6YTB" }, { "foobar", "MZXW6YTBOI" },
	};
	SCOPED_ARENA a = { 0 };

	(void)state;
	arena_init(&a, 4096);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_true(str_is(secret_base32(&a, (const uint8_t *)cases[i].plain,
			strlen(cases[i].plain)), cases[i].text));
}

static void secret_code_is_read_as_people_type_it(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct str code;

	(void)state;
	arena_init(&a, 4096);
	code = secret_code(&a);
	assert_int_equal(code.len, 19);
	assert_int_equal(secret_code_read(&a, code).len, SECRET_CODE_CHARS);
	assert_true(str_is(secret_code_read(&a, STR("abcd efgh-ijkl MNOP")), "ABCDEFGHIJKLMNOP"));
	assert_null(secret_code_read(&a, STR("ABCD-EFGH-IJKL-MNO")).at);
	assert_null(secret_code_read(&a, STR("ABCD-EFGH-IJKL-MNOPQ")).at);
	assert_null(secret_code_read(&a, STR("ABCD-EFGH-IJKL-MN0P")).at);
	assert_null(secret_code_read(&a, STR("123456")).at);
	assert_false(str_eq(secret_code(&a), secret_code(&a)));
	assert_int_equal(secret_token(&a).len, 43);
	assert_true(str_is(secret_grouped(&a, STR("ABCDEFGHI"), ' '), "ABCD EFGH I"));
}

static void secret_wipe_leaves_zeros(void **state)
{
	char bytes[4] = "key";

	(void)state;
	secret_wipe(bytes, sizeof(bytes));
	assert_memory_equal(bytes, "\0\0\0\0", 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(secret_eq_compares_all_bytes),
		cmocka_unit_test(secret_digest_keeps_purposes_apart),
		cmocka_unit_test(secret_opens_only_what_it_sealed),
		cmocka_unit_test(secret_base32_gives_the_vectors),
		cmocka_unit_test(secret_code_is_read_as_people_type_it),
		cmocka_unit_test(secret_wipe_leaves_zeros),
	};

	key_library_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
