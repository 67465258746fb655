/* test_mdf_field.c - every data type of a record, in both byte orders, packed and not. */
#include "evidence/mdf.h"

#include "mdf_fixture.h"

#define RECORD 64
#define AT 8                   /* the field stands behind the time */

/* The value of one field, from a file with one record of plain rows. */
static double value_of(struct mdf_write_channel c, const void *bytes, size_t len)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	uint8_t record[2 * RECORD] = { 0 };
	struct mdf_write_channel channels[] = { TIME_CHANNEL, c };
	struct mdf_write_group g = { .record_bytes = RECORD, .rows = 2, .records = record,
		.channel_count = 2, .channels = channels };
	struct mdf_write_data d = { .group_count = 1, .groups = &g };
	struct evidence_listing l;
	struct channel_table t;
	struct evidence_file f;
	struct err e = { 0 };

	arena_init(&a, ARENA_CAP);
	buf_init(&b, FILE_MAX);
	memcpy(record + AT, bytes, len);
	memcpy(record + RECORD + AT, bytes, len);
	put_f64(record + RECORD, 1);
	f = file_of(write_data(&b, &d, 410));
	must(collect_all(&a, &f, &l, &t, &e), &e);
	assert_int_equal(t.channel_count, 2);
	assert_true(memcmp(&t.channels[1].values[0], &t.channels[1].values[1], 8) == 0);
	return t.channels[1].values[0];
}

#define FIELD(type, bits) ((struct mdf_write_channel){ .name = "x", .data_type = (type),   \
	.bit_count = (bits), .byte_offset = AT })
#define BYTES(...) (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ })

static void mdf_integers_of_whole_bytes(void **state)
{
	(void)state;
	assert_true(value_of(FIELD(0, 8), BYTES(200)) == 200);
	assert_true(value_of(FIELD(2, 8), BYTES(200)) == -56);
	assert_true(value_of(FIELD(0, 16), BYTES(0x01, 0xff)) == 0xff01);
	assert_true(value_of(FIELD(1, 16), BYTES(0x01, 0xff)) == 0x01ff);
	assert_true(value_of(FIELD(2, 16), BYTES(0x01, 0xff)) == -255);
	assert_true(value_of(FIELD(3, 16), BYTES(0xff, 0x01)) == -255);
	assert_true(value_of(FIELD(0, 32), BYTES(1, 2, 3, 0x84)) == 0x84030201u);
	assert_true(value_of(FIELD(1, 32), BYTES(0x84, 3, 2, 1)) == 0x84030201u);
	assert_true(value_of(FIELD(2, 32), BYTES(0xfe, 0xff, 0xff, 0xff)) == -2);
	assert_true(value_of(FIELD(3, 32), BYTES(0xff, 0xff, 0xff, 0xfe)) == -2);
	assert_true(value_of(FIELD(0, 64), BYTES(1, 0, 0, 0, 0, 0, 0, 1)) == 0x1p56 + 1 - 1);
	assert_true(value_of(FIELD(2, 64), BYTES(0xfd, 255, 255, 255, 255, 255, 255, 255)) == -3);
	assert_true(value_of(FIELD(3, 64), BYTES(255, 255, 255, 255, 255, 255, 255, 0xfd)) == -3);
	assert_true(value_of(FIELD(1, 64), BYTES(0, 0, 0, 0, 0, 0, 1, 2)) == 258);
}

static void mdf_integers_of_odd_widths(void **state)
{
	(void)state;
	assert_true(value_of(FIELD(0, 24), BYTES(1, 2, 3)) == 0x030201);
	assert_true(value_of(FIELD(1, 24), BYTES(1, 2, 3)) == 0x010203);
	assert_true(value_of(FIELD(2, 24), BYTES(0xff, 0xff, 0xff)) == -1);
	assert_true(value_of(FIELD(3, 40), BYTES(0xff, 0xff, 0xff, 0xff, 0xfe)) == -2);
	assert_true(value_of(FIELD(0, 56), BYTES(1, 0, 0, 0, 0, 0, 1)) == 0x1p48 + 1);
}

static struct mdf_write_channel packed(uint8_t type, uint8_t offset, uint32_t bits)
{
	struct mdf_write_channel c = FIELD(type, bits);

	c.bit_offset = offset;
	return c;
}

static void mdf_integers_within_bytes(void **state)
{
	(void)state;
	assert_true(value_of(packed(0, 3, 3), BYTES(0x28)) == 5);
	assert_true(value_of(packed(2, 3, 3), BYTES(0x28)) == -3);
	assert_true(value_of(packed(0, 4, 12), BYTES(0x5f, 0xab)) == 0xab5);
	assert_true(value_of(packed(1, 4, 12), BYTES(0xab, 0x5f)) == 0xab5);
	/* Nine bytes hold 64 bits that begin within the first. */
	assert_true(value_of(packed(0, 4, 64), BYTES(0x1f, 0, 0, 0, 0, 0, 0, 0, 0)) == 1);
	assert_true(value_of(packed(2, 4, 64), BYTES(0xef, 255, 255, 255, 255, 255, 255, 255, 255))
		== -2);
	assert_true(value_of(packed(3, 4, 64), BYTES(255, 255, 255, 255, 255, 255, 255, 255, 0xef))
		== -2);
	assert_true(value_of(packed(0, 7, 1), BYTES(0x80)) == 1);
}

static void mdf_floats(void **state)
{
	(void)state;
	assert_true(value_of(FIELD(4, 16), BYTES(0x00, 0x3e)) == 1.5);
	assert_true(value_of(FIELD(5, 16), BYTES(0x3e, 0x00)) == 1.5);
	assert_true(value_of(FIELD(4, 16), BYTES(0x01, 0x80)) == -0x1p-24);
	assert_true(isinf(value_of(FIELD(4, 16), BYTES(0x00, 0x7c))));
	assert_true(isnan(value_of(FIELD(4, 16), BYTES(0x01, 0x7c))));
	assert_true(value_of(FIELD(4, 32), BYTES(0, 0, 0x20, 0xc0)) == -2.5);
	assert_true(value_of(FIELD(5, 32), BYTES(0xc0, 0x20, 0, 0)) == -2.5);
	assert_true(value_of(FIELD(4, 64), BYTES(0, 0, 0, 0, 0, 0, 0x04, 0x40)) == 2.5);
	assert_true(value_of(FIELD(5, 64), BYTES(0x40, 0x04, 0, 0, 0, 0, 0, 0)) == 2.5);
	assert_true(isnan(value_of(FIELD(5, 64), BYTES(0x7f, 0xf8, 0, 0, 0, 0, 0, 0))));
}

/* 2021-07-26T04:40:54.25Z, in the forms of CANopen. */
static void mdf_canopen_times_are_seconds_since_1970(void **state)
{
	(void)state;
	/* 54250 ms of the minute, 40 min, 4 h, 26th, July, year 21 */
	assert_true(value_of(FIELD(13, 56), BYTES(0xea, 0xd3, 40, 4, 26, 7, 21)) == 1627274454.25);
	/* 13721 days since 1984-01-01, 16854250 ms since midnight */
	assert_true(value_of(FIELD(14, 48), BYTES(0xea, 0x2c, 0x01, 0x01, 0x99, 0x35)) ==
		1627274454.25);
	assert_true(isnan(value_of(FIELD(13, 56), BYTES(0xea, 0xd3, 61, 4, 26, 7, 21))));
}

static void expect_unreadable(struct mdf_write_channel c, enum note_code code)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	uint8_t record[RECORD] = { 0 };
	struct mdf_write_channel channels[] = { TIME_CHANNEL, c };
	struct mdf_write_group g = { .record_bytes = RECORD, .rows = 1, .records = record,
		.channel_count = 2, .channels = channels };
	struct mdf_write_data d = { .group_count = 1, .groups = &g };
	struct evidence_listing l;
	struct evidence_file f;
	struct err e = { 0 };

	arena_init(&a, ARENA_CAP);
	buf_init(&b, FILE_MAX);
	f = file_of(write_data(&b, &d, 410));
	must(evidence_list(&a, &f, NULL, &l, &e), &e);
	assert_true(l.channels[0].readable);
	assert_false(l.channels[1].readable);
	assert_true(l.channels[1].why_not.len > 0);
	assert_int_equal(l.note_count, 1);
	assert_int_equal(l.notes[0].code, code);
	assert_true(str_is(l.notes[0].where, "x"));
}

static void mdf_channels_that_contradict_themselves_are_reported(void **state)
{
	struct mdf_write_channel c = FIELD(0, 16);

	(void)state;
	expect_unreadable(FIELD(0, 0), NOTE_BROKEN);
	expect_unreadable(FIELD(0, 65), NOTE_BROKEN);
	expect_unreadable(FIELD(0, UINT32_MAX), NOTE_BROKEN);
	expect_unreadable(FIELD(4, 24), NOTE_BROKEN);
	expect_unreadable(packed(0, 8, 8), NOTE_BROKEN);
	expect_unreadable(packed(4, 1, 32), NOTE_BROKEN);
	c.byte_offset = RECORD - 1;
	expect_unreadable(c, NOTE_BROKEN);
	c.byte_offset = UINT32_MAX;
	expect_unreadable(c, NOTE_BROKEN);
	c = FIELD(0, 16);
	c.flags = 2;
	expect_unreadable(c, NOTE_BROKEN); /* the group has no invalidation bytes */
	expect_unreadable(FIELD(10, 64), NOTE_UNSUPPORTED);
	expect_unreadable(FIELD(11, 64), NOTE_UNSUPPORTED);
	expect_unreadable(FIELD(99, 64), NOTE_UNSUPPORTED);
	c.flags = 0;
	c.type = 4;
	expect_unreadable(c, NOTE_UNSUPPORTED);
	c.type = 7;
	expect_unreadable(c, NOTE_UNSUPPORTED);
}

static void mdf_integers_past_2_53_are_noted(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	uint8_t record[16] = { 0 };
	struct mdf_write_channel channels[] = { TIME_CHANNEL, FIELD(0, 64) };
	struct mdf_write_group g = { .record_bytes = 16, .rows = 1, .records = record,
		.channel_count = 2, .channels = channels };
	struct mdf_write_data d = { .group_count = 1, .groups = &g };
	struct evidence_listing l;
	struct channel_table t;
	struct evidence_file f;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	buf_init(&b, FILE_MAX);
	put_u64(record + AT, (1ull << 53) + 1);
	f = file_of(write_data(&b, &d, 410));
	must(collect_all(&a, &f, &l, &t, &e), &e);
	assert_true(has_note(&t, NOTE_INEXACT));
	put_u64(record + AT, 1ull << 53);
	buf_reset(&b);
	f = file_of(write_data(&b, &d, 410));
	must(collect_all(&a, &f, &l, &t, &e), &e);
	assert_false(has_note(&t, NOTE_INEXACT));
}

static void mdf_a_complex_value_is_two_channels(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	uint8_t record[24] = { 0 };
	struct mdf_write_channel channels[] = { TIME_CHANNEL, FIELD(15, 128) };
	struct mdf_write_group g = { .record_bytes = 24, .rows = 1, .records = record,
		.channel_count = 2, .channels = channels };
	struct mdf_write_data d = { .group_count = 1, .groups = &g };
	struct evidence_listing l;
	struct channel_table t;
	struct evidence_file f;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	buf_init(&b, FILE_MAX);
	put_f64(record + 8, 3);
	put_f64(record + 16, -4);
	f = file_of(write_data(&b, &d, 410));
	must(collect_all(&a, &f, &l, &t, &e), &e);
	assert_true(channel_of(&t, "x.real")->values[0] == 3);
	assert_true(channel_of(&t, "x.imag")->values[0] == -4);
}

/* A field at every offset of a transposed block is what it is in plain records. */
static void mdf_transposed_fields_are_those_of_plain_records(void **state)
{
	enum { ROWS = 300, SIZE = 29 };
	static const struct mdf_write_channel channels[] = { TIME_CHANNEL,
		{ .name = "u8", .bit_count = 8, .byte_offset = 8 },
		{ .name = "u16", .bit_count = 16, .byte_offset = 9, .data_type = 1 },
		{ .name = "i24", .bit_count = 24, .byte_offset = 11, .data_type = 2 },
		{ .name = "f32", .bit_count = 32, .byte_offset = 14, .data_type = 4 },
		{ .name = "u64", .bit_count = 50, .byte_offset = 18, .bit_offset = 5 },
		{ .name = "inv", .bit_count = 8, .byte_offset = 26, .flags = 2, .inval_bit = 9 } };
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	static uint8_t records[ROWS * SIZE];
	struct mdf_write_group g = { .record_bytes = SIZE - 2, .inval_bytes = 2, .rows = ROWS,
		.records = records, .channel_count = 7, .channels = channels };
	struct mdf_write_data d = { .group_count = 1, .groups = &g };
	struct evidence_listing l;
	struct channel_table plain, turned;
	struct evidence_file f;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	buf_init(&b, FILE_MAX);
	for (uint32_t i = 0; i < sizeof(records); i++)
		records[i] = (uint8_t)(i * 2654435761u >> 24);
	for (uint32_t i = 0; i < ROWS; i++)
		put_f64(records + i * SIZE, i);
	f = file_of(write_data(&b, &d, 410));
	must(collect_all(&a, &f, &l, &plain, &e), &e);
	d.storage = (struct mdf_write_storage){ .container = MDF_HL_DL_DZ,
		.zip = MDF_DEFLATE_TRANSPOSED, .block_bytes = 64 * SIZE };
	buf_reset(&b);
	f = file_of(write_data(&b, &d, 410));
	must(collect_all(&a, &f, &l, &turned, &e), &e);
	for (uint32_t k = 0; k < 7; k++)
		assert_memory_equal(plain.channels[k].values, turned.channels[k].values, ROWS * 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mdf_integers_of_whole_bytes),
		cmocka_unit_test(mdf_integers_of_odd_widths),
		cmocka_unit_test(mdf_integers_within_bytes),
		cmocka_unit_test(mdf_floats),
		cmocka_unit_test(mdf_canopen_times_are_seconds_since_1970),
		cmocka_unit_test(mdf_channels_that_contradict_themselves_are_reported),
		cmocka_unit_test(mdf_integers_past_2_53_are_noted),
		cmocka_unit_test(mdf_a_complex_value_is_two_channels),
		cmocka_unit_test(mdf_transposed_fields_are_those_of_plain_records),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
