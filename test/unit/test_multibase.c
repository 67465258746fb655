/* test_multibase.c - base58btc and base64url with their letter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/scoped.h"
#include "crypto/multibase.h"

static void check_pair(struct str bytes, const char *text)
{
	SCOPED_ARENA a = { 0 };
	struct str back = { NULL, 0 }, made;

	arena_init(&a, 65536);
	made = text[0] == 'z' ? multibase_z_new(&a, bytes) : multibase_u_new(&a, bytes);
	if (!str_is(made, text))
		fail_msg("got " STR_FMT ", wanted %s", STR_ARG(made), text);
	assert_int_equal(multibase_decode(&a, str_of(text), &back, NULL), ERR_OK);
	assert_true(str_eq(back, bytes));
}

/* The examples of draft-msporny-base58 and of the multibase draft. */
static void multibase_gives_the_examples(void **state)
{
	(void)state;
	check_pair(STR("Hello World!"), "z2NEpo7TZRRrLZSi2U");
	check_pair(STR("The quick brown fox jumps over the lazy dog."),
		"zUSm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z");
	check_pair(STR("\0\0\x28\x7f\xb4\xcd"), "z11233QC4");
	check_pair(STR("yes mani !"), "z7paNL19xttacUY");
	check_pair(STR("yes mani !"), "ueWVzIG1hbmkgIQ");
	check_pair(STR("\0\0yes mani !"), "z117paNL19xttacUY");
	check_pair(STR(""), "z");
	check_pair(STR(""), "u");
	check_pair(STR("\0"), "z1");
}

static void check_refused(struct str text)
{
	SCOPED_ARENA a = { 0 };
	struct str back = { NULL, 0 };
	struct err e = { 0 };

	arena_init(&a, 65536);
	assert_int_equal(multibase_decode(&a, text, &back, &e), ERR_INVALID);
	assert_null(back.at);
	assert_true(e.message[0] != '\0');
}

static void multibase_refuses_other_texts(void **state)
{
	(void)state;
	check_refused(STR(""));
	check_refused(STR("f00"));
	check_refused(STR("mAA"));
	check_refused(STR("z0"));
	check_refused(STR("zO"));
	check_refused(STR("zI"));
	check_refused(STR("zl"));
	check_refused(STR("z2 "));
	check_refused(STR("z2\0"));
	check_refused(STR("uAA=="));
	check_refused(STR("uAB"));
}

static void multibase_has_a_maximum(void **state)
{
	SCOPED_ARENA a = { 0 };
	char bytes[MULTIBASE_BYTES_MAX + 1], text[1024];
	struct str made, back = { NULL, 0 };

	(void)state;
	arena_init(&a, 65536);
	memset(bytes, 0xff, sizeof(bytes));
	made = multibase_z_new(&a, (struct str){ bytes, MULTIBASE_BYTES_MAX });
	assert_non_null(made.at);
	assert_int_equal(multibase_decode(&a, made, &back, NULL), ERR_OK);
	assert_true(str_eq(back, (struct str){ bytes, MULTIBASE_BYTES_MAX }));
	assert_null(multibase_z_new(&a, (struct str){ bytes, sizeof(bytes) }).at);
	memset(text, '1', sizeof(text));
	text[0] = 'z';
	assert_int_equal(multibase_decode(&a, (struct str){ text, 1 + MULTIBASE_BYTES_MAX }, &back,
		NULL), ERR_OK);
	check_refused((struct str){ text, 2 + MULTIBASE_BYTES_MAX });
	memset(text + 1, 'z', sizeof(text) - 1);
	check_refused((struct str){ text, 177 });
	check_refused((struct str){ text, sizeof(text) });
	memset(text + 1, 'A', sizeof(text) - 1);
	text[0] = 'u';
	assert_int_equal(multibase_decode(&a, (struct str){ text, 1 + 171 }, &back, NULL), ERR_OK);
	assert_int_equal(back.len, MULTIBASE_BYTES_MAX);
	check_refused((struct str){ text, 1 + 172 });
}

static void multibase_stops_at_the_cap(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct str back = { NULL, 0 };

	(void)state;
	arena_init(&a, 0);
	assert_null(multibase_z_new(&a, STR("a")).at);
	assert_null(multibase_u_new(&a, STR("a")).at);
	assert_int_equal(multibase_decode(&a, STR("z2"), &back, NULL), ERR_TOO_LARGE);
	assert_int_equal(multibase_decode(&a, STR("uAA"), &back, NULL), ERR_TOO_LARGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(multibase_gives_the_examples),
		cmocka_unit_test(multibase_refuses_other_texts),
		cmocka_unit_test(multibase_has_a_maximum),
		cmocka_unit_test(multibase_stops_at_the_cap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
