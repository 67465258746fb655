/* test_err.c - setting errors, adding to them, and their table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"

static void err_set_clears_what_was_there(void **state)
{
	struct err e = { .hint = "old", .word = "old", .line = 3, .column = 4 };

	(void)state;
	assert_int_equal(err_set(&e, ERR_INVALID, "byte %d is not a digit", 7), ERR_INVALID);
	assert_int_equal(e.code, ERR_INVALID);
	assert_string_equal(e.message, "byte 7 is not a digit");
	assert_string_equal(e.hint, "");
	assert_null(e.word);
	assert_int_equal(e.line, 0);
	assert_int_equal(e.column, 0);
}

static void err_set_without_a_place_gives_the_code(void **state)
{
	(void)state;
	assert_int_equal(err_set(NULL, ERR_BUSY, "nobody reads this"), ERR_BUSY);
	assert_int_equal(err_in(NULL, "nor this"), ERR_BUSY);
	assert_int_equal(err_hint(NULL, "nor this"), ERR_BUSY);
	assert_int_equal(err_word(NULL, "nor-this"), ERR_BUSY);
	assert_int_equal(err_at(NULL, 1, 1), ERR_BUSY);
}

static void err_in_prepends(void **state)
{
	struct err e;

	(void)state;
	(void)err_set(&e, ERR_IO, "no such file");
	assert_int_equal(err_word(&e, "no-file"), ERR_IO);
	assert_int_equal(err_in(&e, "policy \"%s\"", "a.pol"), ERR_IO);
	assert_string_equal(e.message, "policy \"a.pol\": no such file");
	assert_string_equal(e.word, "no-file");
}

static void err_in_cuts_the_tail_of_long_messages(void **state)
{
	struct err e;
	char word[300];

	(void)state;
	memset(word, 'w', sizeof(word));
	word[sizeof(word) - 1] = '\0';
	(void)err_set(&e, ERR_IO, "%s", word);
	(void)err_in(&e, "%s", word);
	assert_int_equal(strlen(e.message), sizeof(e.message) - 1);
	assert_memory_equal(e.message + 299, ": w", 3);
	(void)err_in(&e, "%s%s", word, word);
	assert_int_equal(strlen(e.message), sizeof(e.message) - 1);
}

static void err_hint_and_position_keep_the_message(void **state)
{
	struct err e;

	(void)state;
	(void)err_set(&e, ERR_DENIED, "wrong passphrase");
	assert_int_equal(err_hint(&e, "Run \"%s\".", "huren key"), ERR_DENIED);
	assert_int_equal(err_at(&e, 2, 5), ERR_DENIED);
	assert_string_equal(e.message, "wrong passphrase");
	assert_string_equal(e.hint, "Run \"huren key\".");
	assert_int_equal(e.line, 2);
	assert_int_equal(e.column, 5);
}

static void err_table_has_a_row_for_each_code(void **state)
{
	(void)state;
	for (unsigned code = 0; code < ERR_CODE_COUNT; code++) {
		const struct err_class *c = err_class((enum err_code)code);
		assert_int_equal(c->code, code);
		assert_true(c->http_status >= 200 && c->http_status < 600);
		assert_true((c->exit_code == 0) == (code == ERR_OK));
		assert_true(strlen(c->title) > 1);
		for (unsigned other = 0; other < code; other++)
			assert_string_not_equal(c->name, err_class((enum err_code)other)->name);
	}
	assert_int_equal(err_class(ERR_INVALID)->http_status, 400);
	assert_int_equal(err_class(ERR_DENIED)->http_status, 403);
	assert_int_equal(err_class(ERR_NOT_FOUND)->http_status, 404);
	assert_int_equal(err_class(ERR_CONFLICT)->http_status, 409);
	assert_int_equal(err_class(ERR_CORRECT_SIZE)->http_status, 409);
	assert_int_equal(err_class(ERR_TOO_LARGE)->http_status, 413);
	assert_int_equal(err_class(ERR_UNPROVEN)->http_status, 422);
	assert_string_equal(err_class(ERR_NOT_FOUND)->name, "not-found");
}

static enum err_code try_twice(enum err_code first, int *ret_steps)
{
	TRY(first);
	++*ret_steps;
	return ERR_BUSY;
}

static void err_try_returns_the_first_failure(void **state)
{
	int steps = 0;

	(void)state;
	assert_int_equal(try_twice(ERR_IO, &steps), ERR_IO);
	assert_int_equal(steps, 0);
	assert_int_equal(try_twice(ERR_OK, &steps), ERR_BUSY);
	assert_int_equal(steps, 1);
}

static void err_messages_end_with_whole_characters(void **state)
{
	(void)state;
	char text[1024];
	struct err e;
	for (size_t lead = 0; lead < 4; lead++) {
		size_t len = lead;
		memset(text, 'x', lead);
		for (; len < 900; len += 3)
			memcpy(text + len, "川", 4);
		(void)err_set(&e, ERR_INVALID, "%s", text);
		assert_true(strlen(e.message) > sizeof(e.message) - 4);
		assert_true(str_is_utf8(str_of(e.message)));
		(void)err_in(&e, "%s", text);
		assert_true(str_is_utf8(str_of(e.message)));
		(void)err_set(&e, ERR_INVALID, "川");
		assert_string_equal(e.message, "川");
	}
}

static void err_errno_has_words(void **state)
{
	(void)state;
	errno = ENOSPC;
	assert_string_equal(err_errno(), "No space left on device");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(err_set_clears_what_was_there),
		cmocka_unit_test(err_set_without_a_place_gives_the_code),
		cmocka_unit_test(err_in_prepends),
		cmocka_unit_test(err_in_cuts_the_tail_of_long_messages),
		cmocka_unit_test(err_hint_and_position_keep_the_message),
		cmocka_unit_test(err_table_has_a_row_for_each_code),
		cmocka_unit_test(err_try_returns_the_first_failure),
		cmocka_unit_test(err_messages_end_with_whole_characters),
		cmocka_unit_test(err_errno_has_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
