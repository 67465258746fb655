/* test_password.c - hashes of passwords, and which passwords are taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/instant.h"
#include "base/limits.h"
#include "crypto/key.h"
#include "crypto/password.h"

static void password_fits_its_hash_only(void **state)
{
	char hash[PASSWORD_HASH_BYTES], other[PASSWORD_HASH_BYTES];
	struct err e = { 0 };

	(void)state;
	assert_int_equal(password_hash(STR("correct horse battery"), hash, &e), ERR_OK);
	assert_int_equal(password_hash(STR("correct horse battery"), other, &e), ERR_OK);
	assert_string_not_equal(hash, other);
	assert_true(password_fits(str_of(hash), STR("correct horse battery")));
	assert_false(password_fits(str_of(hash), STR("correct horse batterz")));
	assert_false(password_fits(STR(""), STR("")));
	assert_false(password_fits(STR("$argon2id$nonsense"), STR("x")));
}

/* limit_password_passes, limit_password_memory_bytes */
static void limit_password_passes_and_limit_password_memory_bytes(void **state)
{
	char hash[PASSWORD_HASH_BYTES], cost[64];
	struct err e = { 0 };

	(void)state;
	assert_int_equal(password_hash(STR("correct horse battery"), hash, &e), ERR_OK);
	(void)snprintf(cost, sizeof(cost), "$argon2id$v=19$m=%d,t=%d,p=1$",
		LIMIT_PASSWORD_MEMORY_BYTES / 1024, LIMIT_PASSWORD_PASSES);
	assert_memory_equal(hash, cost, strlen(cost));
	assert_false(password_is_outdated(str_of(hash)));
}

static void password_tells_a_hash_of_another_cost(void **state)
{
	(void)state;
	assert_true(password_is_outdated(STR("$argon2id$v=19$m=8192,t=1,p=1$"
		"c29tZXNhbHRzb21lc2FsdA$ZPidoNOWM3jRl0AD+3mGdZsq+GvHprGL+BjHsLZQxpI")));
	assert_true(password_is_outdated(STR("")));
}

/* An unknown name must not be told by the time: within a factor of two of a known one. */
static void password_spend_takes_as_long(void **state)
{
	char hash[PASSWORD_HASH_BYTES];
	uint64_t start, real, spent;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(password_hash(STR("correct horse battery"), hash, &e), ERR_OK);
	start = instant_monotonic_us();
	for (int i = 0; i < 5; i++)
		assert_false(password_fits(str_of(hash), STR("wrong horse battery")));
	real = instant_monotonic_us() - start;
	start = instant_monotonic_us();
	for (int i = 0; i < 5; i++)
		password_spend(STR("wrong horse battery"));
	spent = instant_monotonic_us() - start;
	assert_true(spent * 2 > real);
	assert_true(spent < real * 2);
}

static void says(const char *password, const char *word)
{
	const char *told = password_judge(str_of(password), STR("wang.li"));

	if (word)
		assert_string_equal(told, word);
	else
		assert_null(told);
}

static void limit_password_characters(void **state)
{
	(void)state;
	says("abcdefghijk", "short");
	says("abcde ghijkm", NULL);
	says("\xe4\xba\x94\xe4\xb8\xaa\xe5\xad\x97", "short"); /* three characters, nine bytes */
	says("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "short");
}

static void limit_password_bytes(void **state)
{
	char text[LIMIT_PASSWORD_BYTES + 2];

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)('a' + i % 26);
	text[LIMIT_PASSWORD_BYTES] = '\0';
	says(text, NULL);
	text[LIMIT_PASSWORD_BYTES] = 'x';
	text[LIMIT_PASSWORD_BYTES + 1] = '\0';
	says(text, "long");
}

static void password_judge_refuses_what_is_guessed_first(void **state)
{
	(void)state;
	says("Password1234", "common");
	says("aaaaaaaaaaaaaaaa", "plain");
	says("121212121212", "plain");
	says("wang.li-wang.li", "holds-name");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(password_fits_its_hash_only),
		cmocka_unit_test(limit_password_passes_and_limit_password_memory_bytes),
		cmocka_unit_test(password_tells_a_hash_of_another_cost),
		cmocka_unit_test(password_spend_takes_as_long),
		cmocka_unit_test(limit_password_characters),
		cmocka_unit_test(limit_password_bytes),
		cmocka_unit_test(password_judge_refuses_what_is_guessed_first),
	};

	key_library_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
