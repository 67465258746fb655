/* test_protobuf.c - the wire format: every type, and every way a message can be broken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "evidence/protobuf.h"

static struct protobuf of(const uint8_t *at, size_t len)
{
	return (struct protobuf){ at, at + len };
}

static void protobuf_gives_every_type(void **state)
{
	static const uint8_t bytes[] = { 0x08, 0x96, 0x01, 0x11, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 0x1a,
		2, 'h', 'i', 0x25, 1, 2, 0, 0, 0xf8, 0x07, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0x01 };
	struct protobuf p = of(bytes, sizeof(bytes));
	struct protobuf_field f;

	(void)state;
	assert_int_equal(protobuf_next(&p, &f), PROTOBUF_FIELD);
	assert_true(protobuf_is(&f, 1, PROTOBUF_VARINT));
	assert_int_equal(f.value, 150);
	assert_int_equal(protobuf_next(&p, &f), PROTOBUF_FIELD);
	assert_true(protobuf_is(&f, 2, PROTOBUF_FIXED64));
	assert_true(protobuf_double(&f) == 1.5);
	assert_int_equal(protobuf_next(&p, &f), PROTOBUF_FIELD);
	assert_true(protobuf_is(&f, 3, PROTOBUF_BYTES));
	assert_int_equal(f.bytes.end - f.bytes.at, 2);
	assert_memory_equal(f.bytes.at, "hi", 2);
	assert_int_equal(protobuf_next(&p, &f), PROTOBUF_FIELD);
	assert_true(protobuf_is(&f, 4, PROTOBUF_FIXED32));
	assert_int_equal(f.value, 513);
	assert_int_equal(protobuf_next(&p, &f), PROTOBUF_FIELD);
	assert_true(protobuf_is(&f, 127, PROTOBUF_VARINT));
	assert_true(f.value == UINT64_MAX);
	assert_int_equal(protobuf_next(&p, &f), PROTOBUF_END);
	assert_int_equal(protobuf_next(&p, &f), PROTOBUF_END);
}

static void protobuf_refuses_what_is_broken(void **state)
{
	static const struct {
		uint8_t bytes[12];
		uint8_t len;
	} wrong[] = {
		{ { 0x08 }, 1 },                          /* no value */
		{ { 0x08, 0x80 }, 2 },                    /* varint without end */
		{ { 0x00, 0x00 }, 2 },                    /* field 0 */
		{ { 0x0b, 0x0c }, 2 },                    /* a group */
		{ { 0x0c }, 1 },                          /* the end of one */
		{ { 0x0e, 0x00 }, 2 },                    /* wire type 6 */
		{ { 0x0f, 0x00 }, 2 },                    /* wire type 7 */
		{ { 0x11, 0, 0, 0, 0, 0, 0, 0 }, 8 },     /* 7 of 8 bytes */
		{ { 0x15, 0, 0, 0 }, 4 },                 /* 3 of 4 */
		{ { 0x0a, 2, 'x' }, 3 },                  /* length past the end */
		{ { 0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0 }, 12 },
		{ { 0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0 }, 12 },
		{ { 0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0 }, 12 },
		{ { 0x80, 0x80, 0x80, 0x80, 0x10, 0x00 }, 6 },  /* number 2^29 */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct protobuf p = of(wrong[i].bytes, wrong[i].len);
		struct protobuf_field f;
		if (protobuf_next(&p, &f) != PROTOBUF_BROKEN)
			fail_msg("took message %zu", i);
	}
}

static void protobuf_takes_the_largest_number(void **state)
{
	static const uint8_t bytes[] = { 0xf8, 0xff, 0xff, 0xff, 0x0f, 0x01 };
	struct protobuf p = of(bytes, sizeof(bytes));
	struct protobuf_field f;

	(void)state;
	assert_int_equal(protobuf_next(&p, &f), PROTOBUF_FIELD);
	assert_int_equal(f.number, 536870911);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(protobuf_gives_every_type),
		cmocka_unit_test(protobuf_refuses_what_is_broken),
		cmocka_unit_test(protobuf_takes_the_largest_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
