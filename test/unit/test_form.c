/* test_form.c - CSRF tokens, places to go on to, addresses behind a proxy; QR codes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/scoped.h"
#include "web/form.h"
#include "web/qr.h"

static void form_token_belongs_to_one_secret(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct str token;

	(void)state;
	arena_init(&a, 65536);
	token = form_token(&a, STR("secret"));
	assert_int_equal(token.len, 43);
	assert_true(form_token_holds(&a, STR("secret"), token));
	assert_false(form_token_holds(&a, STR("other"), token));
	assert_false(form_token_holds(&a, STR("secret"), STR("")));
	assert_false(form_token_holds(&a, STR("secret"), STR("secret")));
	/* Without a cookie nothing holds, not even the token of the empty secret. */
	assert_false(form_token_holds(&a, STR(""), form_token(&a, STR(""))));
}

static void form_next_stays_here(void **state)
{
	(void)state;
	assert_true(form_next_is_safe(STR("/")));
	assert_true(form_next_is_safe(STR("/people?after=x")));
	assert_false(form_next_is_safe(STR("")));
	assert_false(form_next_is_safe(STR("people")));
	assert_false(form_next_is_safe(STR("//evil.example")));
	assert_false(form_next_is_safe(STR("/\\evil.example")));
	assert_false(form_next_is_safe(STR("https://evil.example/")));
	assert_false(form_next_is_safe(STR("/x\r\nSet-Cookie: a=b")));
	assert_false(form_next_is_safe(STR("/x y")));
	assert_false(form_next_is_safe(STR("/\xe4\xba\xba")));
}

static void form_address_trusts_only_a_proxy_here(void **state)
{
	SCOPED_ARENA a = { 0 };

	(void)state;
	arena_init(&a, 65536);
	assert_true(str_is(form_address(&a, STR("127.0.0.1"), STR("1.2.3.4, 5.6.7.8"), true),
		"5.6.7.8"));
	assert_true(str_is(form_address(&a, STR("::1"), STR("2001:db8::1"), true), "2001:db8::1"));
	assert_true(str_is(form_address(&a, STR("127.0.0.1"), STR("5.6.7.8"), false),
		"127.0.0.1"));
	assert_true(str_is(form_address(&a, STR("9.9.9.9"), STR("5.6.7.8"), true), "9.9.9.9"));
	assert_true(str_is(form_address(&a, STR("127.0.0.1"), STR("5.6.7.8, x\"y"), true),
		"127.0.0.1"));
	assert_true(str_is(form_address(&a, STR("127.0.0.1"), STR(""), true), "127.0.0.1"));
}

/* The three corners that every reader looks for, inside the quiet zone. */
static void qr_draws_its_corners(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct json *v = NULL;
	struct err e = { 0 };
	struct str path;
	int size;

	(void)state;
	arena_init(&a, 1048576);
	assert_int_equal(qr_model(&a, STR("otpauth://totp/x"), &v, &e), ERR_OK);
	size = (int)json_number_or(json_get(v, "size"), 0);
	path = json_get_str(v, "path");
	assert_int_equal(size, 25 + 8); /* version 2 */
	assert_true(str_starts(path, "M4 4h7v1h-7z"));
	assert_true(str_find(path, STR("M22 4h7v1h-7z")) != SIZE_MAX);
	assert_true(str_find(path, STR("M4 22h7v1h-7z")) != SIZE_MAX);
}

static void qr_refuses_what_does_not_fit(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct json *v = NULL;
	struct err e = { 0 };
	char text[2400];

	(void)state;
	arena_init(&a, 1048576);
	memset(text, 'x', sizeof(text));
	assert_int_equal(qr_model(&a, (struct str){ text, sizeof(text) }, &v, &e), ERR_TOO_LARGE);
	assert_int_equal(qr_model(&a, STR(""), &v, &e), ERR_TOO_LARGE);
	assert_null(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(form_token_belongs_to_one_secret),
		cmocka_unit_test(form_next_stays_here),
		cmocka_unit_test(form_address_trusts_only_a_proxy_here),
		cmocka_unit_test(qr_draws_its_corners),
		cmocka_unit_test(qr_refuses_what_does_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
