/* test_cli.c - arguments, ids and signing keys as the commands read them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/scoped.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/signer.h"

static struct args make(char **words, int count)
{
	return (struct args){ .count = count, .at = words, .command = "test" };
}

static void args_takes_options_in_any_order(void **state)
{
	char a[] = "--json", b[] = "word", c[] = "--dir", d[] = "D", g[] = "--out=F";
	char *words[] = { b, c, d, a, g };
	struct args args = make(words, 5);
	const char *word;
	(void)state;
	assert_string_equal(args_value(&args, "--dir"), "D");
	assert_string_equal(args_value(&args, "--out"), "F");
	assert_true(args_flag(&args, "--json"));
	assert_false(args_flag(&args, "--json"));
	assert_int_equal(args_need_word(&args, "word", &word, NULL), ERR_OK);
	assert_string_equal(word, "word");
	assert_int_equal(args_end(&args, NULL), ERR_OK);
	assert_false(args.wrong_use);
}

static void args_repeated_options_come_one_by_one(void **state)
{
	char a[] = "--key", b[] = "1", c[] = "--key", d[] = "2";
	char *words[] = { a, b, c, d };
	struct args args = make(words, 4);
	(void)state;
	assert_string_equal(args_value(&args, "--key"), "1");
	assert_string_equal(args_value(&args, "--key"), "2");
	assert_null(args_value(&args, "--key"));
}

static void args_missing_or_left_over_is_wrong_use(void **state)
{
	char a[] = "--what";
	char *words[] = { a };
	struct args args = make(words, 1);
	const char *value = "untouched";
	struct err e = { 0 };
	(void)state;
	assert_int_equal(args_need(&args, "--dir", &value, &e), ERR_INVALID);
	assert_string_equal(value, "untouched");
	assert_true(args.wrong_use);
	args.wrong_use = false;
	assert_int_equal(args_end(&args, &e), ERR_INVALID);
	assert_true(args.wrong_use);
	assert_non_null(strstr(e.message, "--what"));
}

static enum err_code run_good(struct args *args, struct arena *a, struct err *e)
{
	(void)args, (void)a, (void)e;
	return ERR_OK;
}

static void args_a_form_that_does_not_exist_is_wrong_use(void **state)
{
	static const struct subcommand forms[] = { { "add", run_good }, { "list", run_good } };
	char known[] = "list", unknown[] = "bogus";
	char *one[] = { known }, *two[] = { unknown };
	struct args good = make(one, 1), bad = make(two, 1), none = make(NULL, 0);
	SCOPED_ARENA a;
	struct err e = { 0 };
	(void)state;
	arena_init(&a, 65536);
	assert_int_equal(args_run(&good, &a, forms, 2, &e), ERR_OK);
	assert_false(good.wrong_use);
	assert_int_equal(args_run(&bad, &a, forms, 2, &e), ERR_INVALID);
	assert_true(bad.wrong_use);
	assert_string_equal(e.message, "\"test bogus\" is none of add, list");
	assert_int_equal(args_run(&none, &a, forms, 2, &e), ERR_INVALID);
	assert_true(none.wrong_use);
}

static void args_an_option_at_the_end_has_no_value(void **state)
{
	char a[] = "--dir";
	char *words[] = { a };
	struct args args = make(words, 1);
	(void)state;
	assert_null(args_value(&args, "--dir"));
}

static void client_uuid_takes_both_spellings(void **state)
{
	SCOPED_ARENA a;
	const char *uuid = NULL;
	(void)state;
	arena_init(&a, 65536);
	assert_int_equal(client_uuid(&a, "urn:uuid:123e4567-e89b-42d3-a456-426614174000", &uuid,
		NULL),
		ERR_OK);
	assert_string_equal(uuid, "123e4567-e89b-42d3-a456-426614174000");
	assert_int_equal(client_uuid(&a, "123e4567-e89b-42d3-a456-426614174000", &uuid, NULL),
		ERR_OK);
	assert_int_equal(client_uuid(&a, "YC-2026-0001", &uuid, NULL), ERR_INVALID);
	assert_int_equal(client_uuid(&a, "../../etc", &uuid, NULL), ERR_INVALID);
}

static void signer_names_the_key_file_it_cannot_read(void **state)
{
	char a[] = "--did", b[] = "did:web:a.example", c[] = "--key", d[] = "/nowhere/key.json";
	char *words[] = { a, b, c, d };
	struct args args = make(words, 4);
	SCOPED_ARENA arena;
	struct signer s;
	struct err e = { 0 };
	(void)state;
	arena_init(&arena, 65536);
	assert_int_equal(signer_open(&args, &arena, &s, &e), ERR_NOT_FOUND);
	assert_non_null(strstr(e.message, "/nowhere/key.json"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(args_takes_options_in_any_order),
		cmocka_unit_test(args_repeated_options_come_one_by_one),
		cmocka_unit_test(args_missing_or_left_over_is_wrong_use),
		cmocka_unit_test(args_a_form_that_does_not_exist_is_wrong_use),
		cmocka_unit_test(args_an_option_at_the_end_has_no_value),
		cmocka_unit_test(client_uuid_takes_both_spellings),
		cmocka_unit_test(signer_names_the_key_file_it_cannot_read),
	};
	return cmocka_run_group_tests_name("cli", tests, NULL, NULL);
}
