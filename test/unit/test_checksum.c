/* test_checksum.c - checksums of pieces, against known answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/encode.h"
#include "crypto/checksum.h"

static bool holds(const char *name, const char *text, const char *hex)
{
	struct checksum c = { .kind = checksum_find(str_of(name)) };
	struct checksum_stream s;

	c.len = checksum_len(c.kind);
	assert_int_equal(hex_decode(str_of(hex), c.at, c.len, NULL), ERR_OK);
	checksum_open(c.kind, &s);
	for (const char *at = text; *at; at++)
		checksum_update(&s, (struct str){ at, 1 });
	return checksum_close(&s, &c);
}

static void checksum_says_what_others_say(void **state)
{
	(void)state;
	assert_true(holds("sha1", "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"));
	assert_false(holds("sha1", "abd", "a9993e364706816aba3e25717850c26c9cd0d89d"));
	assert_true(holds("sha256", "abc",
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
	assert_true(holds("sha1", "", "da39a3ee5e6b4b0d3255bfef95601890afd80709"));
}

static void checksum_knows_two_and_a_closed_one_never_holds(void **state)
{
	struct checksum none = { .kind = CHECKSUM_NONE };
	struct checksum_stream closed = { NULL };

	(void)state;
	assert_int_equal(checksum_find(STR("md5")), CHECKSUM_NONE);
	assert_int_equal(checksum_find(STR("SHA1")), CHECKSUM_NONE);
	assert_int_equal(checksum_find(STR("")), CHECKSUM_NONE);
	assert_false(checksum_close(&closed, &none));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checksum_says_what_others_say),
		cmocka_unit_test(checksum_knows_two_and_a_closed_one_never_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
