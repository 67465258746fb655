/* test_cbor.c - items read and stepped over, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/cbor.h"
#include "base/limits.h"

#define BYTES(literal) { { literal, sizeof(literal) - 1 } }

/* Examples of RFC 8949, appendix A. */
static void cbor_reads_heads_of_each_kind(void **state)
{
	struct cbor c = BYTES("\x17\x18\x64\x1b\x00\x00\x00\xe8\xd4\xa5\x10\x00\x39\x03\xe7"
		"\x44\x01\x02\x03\x04\x64IETF\x82\x01\x02\xa0\xf5");
	static const struct { enum cbor_kind kind; uint64_t number; const char *bytes; } want[] = {
		{ CBOR_UNSIGNED, 23, "" }, { CBOR_UNSIGNED, 100, "" },
		{ CBOR_UNSIGNED, 1000000000000, "" }, { CBOR_NEGATIVE, 999, "" },
		{ CBOR_BYTES, 4, "\x01\x02\x03\x04" }, { CBOR_TEXT, 4, "IETF" },
		{ CBOR_ARRAY, 2, "" }, { CBOR_UNSIGNED, 1, "" }, { CBOR_UNSIGNED, 2, "" },
		{ CBOR_MAP, 0, "" }, { CBOR_SIMPLE, 21, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		struct cbor_item item;
		assert_int_equal(cbor_next(&c, &item, NULL), ERR_OK);
		assert_int_equal(item.kind, want[i].kind);
		assert_int_equal(item.number, want[i].number);
		assert_true(str_is(item.bytes, want[i].bytes));
	}
	assert_int_equal(c.rest.len, 0);
}

static void cbor_steps_over_whole_items(void **state)
{
	struct cbor c = BYTES("\xa2\x01\x82\x41\x00\xa0\x02\x80\x07");
	struct str item;

	(void)state;
	assert_int_equal(cbor_skip(&c, &item, NULL), ERR_OK);
	assert_int_equal(item.len, 8);
	assert_int_equal(cbor_skip(&c, &item, NULL), ERR_OK);
	assert_int_equal(item.len, 1);
	assert_int_equal(cbor_skip(&c, &item, NULL), ERR_INVALID);
}

static void check_refused(struct cbor c, const char *says)
{
	struct str before = c.rest, item = STR("untouched");
	struct err e = { 0 };

	assert_int_equal(cbor_skip(&c, &item, &e), ERR_INVALID);
	assert_string_equal(e.message, says);
	assert_true(str_is(item, "untouched"));
	assert_ptr_equal(c.rest.at, before.at);
}

static void cbor_refuses_what_is_cut_or_strange(void **state)
{
	(void)state;
	check_refused((struct cbor)BYTES(""), "CBOR ends where an item should be");
	check_refused((struct cbor)BYTES("\x19\x01"), "CBOR ends in the middle of an item");
	check_refused((struct cbor)BYTES("\x44\x01\x02"),
		"CBOR string is longer than what is there");
	check_refused((struct cbor)BYTES("\x5b\xff\xff\xff\xff\xff\xff\xff\xff"),
		"CBOR string is longer than what is there");
	check_refused((struct cbor)BYTES("\x62\xc3\x28"), "CBOR text is not UTF-8");
	check_refused((struct cbor)BYTES("\x5f\x41\x00\xff"),
		"CBOR item has no definite length");
	check_refused((struct cbor)BYTES("\x1c"), "CBOR item has no definite length");
	check_refused((struct cbor)BYTES("\xc0\x00"), "CBOR tags are not taken");
	check_refused((struct cbor)BYTES("\xf9\x3c\x00"), "CBOR fractions are not taken");
	check_refused((struct cbor)BYTES("\x9b\x7f\xff\xff\xff\xff\xff\xff\xff"),
		"CBOR counts more items than there are");
	check_refused((struct cbor)BYTES("\xbb\x80\x00\x00\x00\x00\x00\x00\x01\x00\x00"),
		"CBOR counts more items than there are");
	check_refused((struct cbor)BYTES("\xa1\x00"), "CBOR counts more items than there are");
}

static void cbor_need_names_what_is_of_another_type(void **state)
{
	struct cbor c = BYTES("\x01");
	struct cbor_item item;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(cbor_need(&c, CBOR_MAP, "thing", &item, &e), ERR_INVALID);
	assert_string_equal(e.message, "thing is of another CBOR type");
	assert_int_equal(cbor_need(&c, CBOR_UNSIGNED, "thing", &item, &e), ERR_OK);
	assert_int_equal(item.number, 1);
}

static void limit_cbor_depth(void **state)
{
	char text[LIMIT_CBOR_DEPTH + 2];
	struct cbor c = { { text, LIMIT_CBOR_DEPTH + 1 } };
	struct str item;

	(void)state;
	memset(text, 0x81, sizeof(text));
	text[LIMIT_CBOR_DEPTH] = 0;
	assert_int_equal(cbor_skip(&c, &item, NULL), ERR_OK);
	text[LIMIT_CBOR_DEPTH] = (char)0x81;
	text[LIMIT_CBOR_DEPTH + 1] = 0;
	c.rest = (struct str){ text, sizeof(text) };
	assert_int_equal(cbor_skip(&c, &item, NULL), ERR_TOO_LARGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cbor_reads_heads_of_each_kind),
		cmocka_unit_test(cbor_steps_over_whole_items),
		cmocka_unit_test(cbor_refuses_what_is_cut_or_strange),
		cmocka_unit_test(cbor_need_names_what_is_of_another_type),
		cmocka_unit_test(limit_cbor_depth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
