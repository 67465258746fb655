/* test_can_decode.c - bits of frames to values, both byte orders; groups of a bus; multiplexing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/limits.h"
#include "base/scoped.h"
#include "collect.h"
#include "evidence/can.h"
#include "evidence/can_decode.h"
#include "evidence/can_frame.h"
#include "evidence/reader_inner.h"

#define ARENA_CAP (64 << 20)

static const char sample[] =
	"BO_ 100 Vehicle: 8 X\n"
	" SG_ Speed : 0|16@1+ (0.5,0) [0|0] \"km/h\" X\n"
	" SG_ Accel : 23|12@0- (0.25,-1.5) [0|0] \"m/s2\" X\n"
	" SG_ Gear : 40|3@1+ (1,0) [0|7] \"\" X\n"
	" SG_ Temp : 48|8@1+ (1,-40) [0|0] \"degC\" X\n"
	"BO_ 2147483748 Far: 8 X\n"
	" SG_ Real : 0|32@1- (2,1) [0|0] \"m\" X\n"
	"BO_ 200 Multi: 8 X\n"
	" SG_ Mux M : 0|4@1+ (1,0) [0|15] \"\" X\n"
	" SG_ A m0 : 8|8@1+ (1,0) [0|0] \"m\" X\n"
	" SG_ B m1 : 8|16@1- (1,0) [0|0] \"m\" X\n"
	" SG_ B2 m1 : 24|8@1+ (1,0) [0|0] \"m\" X\n"
	" SG_ Always : 56|8@1+ (1,0) [0|0] \"m\" X\n"
	"BO_ 300 Never: 8 X\n"
	" SG_ S : 0|8@1+ (1,0) [0|0] \"m\" X\n"
	" SG_ Broken : 0|99@1+ (1,0) [0|0] \"m\" X\n"
	"VAL_ 100 Gear 0 \"P\" 3 \"D\" ;\n"
	"VAL_ 100 Temp 255 \"SNA\" ;\n"
	"SIG_VALTYPE_ 2147483748 Real : 1;\n";

static void can_raw_takes_bits_of_both_orders(void **state)
{
	static const uint8_t bytes[] = { 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0 };
	static const struct {
		uint16_t start, length;
		bool big_endian;
		enum dbc_number number;
		uint64_t raw;
	} cases[] = {
		{ 0, 8, false, DBC_UNSIGNED, 0x12 },
		{ 0, 16, false, DBC_UNSIGNED, 0x3412 },
		{ 4, 12, false, DBC_UNSIGNED, 0x341 },
		{ 0, 64, false, DBC_UNSIGNED, UINT64_C(0xf0debc9a78563412) },
		{ 61, 3, false, DBC_UNSIGNED, 7 },
		{ 60, 4, false, DBC_SIGNED, UINT64_MAX },        /* 0xf */
		{ 7, 8, true, DBC_UNSIGNED, 0x12 },
		{ 7, 16, true, DBC_UNSIGNED, 0x1234 },
		{ 3, 8, true, DBC_UNSIGNED, 0x23 },
		{ 3, 12, true, DBC_UNSIGNED, 0x234 },
		{ 7, 64, true, DBC_UNSIGNED, UINT64_C(0x123456789abcdef0) },
		{ 39, 8, true, DBC_SIGNED, UINT64_C(0xffffffffffffff9a) },
		{ 0, 2, true, DBC_UNSIGNED, 0 },                 /* of 0x12 and 0x34 */
		{ 9, 3, true, DBC_UNSIGNED, 0 },                 /* 00 of 0x34, 0 of 0x56 */
		{ 10, 3, true, DBC_UNSIGNED, 4 },                /* 100 of 0x34 */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct dbc_signal s = { .start = cases[i].start, .length = cases[i].length,
			.big_endian = cases[i].big_endian, .number = cases[i].number };
		uint64_t raw = 0;
		if (!can_raw(&s, bytes, 8, &raw) || raw != cases[i].raw)
			fail_msg("case %zu gave %llx", i, (unsigned long long)raw);
	}
}

/* 64 bits that begin within a byte take nine. */
static void can_raw_takes_nine_bytes(void **state)
{
	static const uint8_t bytes[] = { 0xf0, 1, 2, 3, 4, 5, 6, 7, 0x0f };
	struct dbc_signal little = { .start = 4, .length = 64 };
	struct dbc_signal big = { .start = 3, .length = 64, .big_endian = true };
	uint64_t raw = 0;

	(void)state;
	assert_true(can_raw(&little, bytes, 9, &raw));
	assert_true(raw == UINT64_C(0xf07060504030201f));
	assert_true(can_raw(&big, bytes, 9, &raw));
	assert_true(raw == UINT64_C(0x0010203040506070));
	assert_false(can_raw(&little, bytes, 8, &raw));
	assert_false(can_raw(&big, bytes, 8, &raw));
}

static void can_value_applies_factor_and_offset(void **state)
{
	struct dbc_signal s = { .length = 64, .factor = 0.25, .offset = -1.5,
		.number = DBC_SIGNED };
	uint32_t bits;
	float number = 1.5f;
	bool exact;

	(void)state;
	assert_true(can_value(&s, (uint64_t)-10, &exact) == -4);
	assert_true(exact);
	s.number = DBC_UNSIGNED;
	(void)can_value(&s, (UINT64_C(1) << 53) + 1, &exact);
	assert_false(exact);
	s.number = DBC_FLOAT;
	memcpy(&bits, &number, 4);
	assert_true(can_value(&s, bits, &exact) == -1.125);
	assert_true(isnan(can_value(&s, 0x7fc00000, &exact)));
	assert_true(isnan(can_value(&s, 0x7f800000, &exact))); /* infinite */
	s.number = DBC_DOUBLE;
	assert_true(can_value(&s, UINT64_C(0x4000000000000000), &exact) == -1);
}

/* ---- a log ----------------------------------------------------------------------------------- */

struct log_frame {
	int64_t time_ns;
	uint32_t id, bus;
	bool extended;
	uint16_t length;
	uint8_t bytes[8];
};

static const struct log_frame frames[] = {
	{ 1000, 100, 1, false, 8, { 200, 0, 0xff, 0xa0, 0, 3, 60, 0 } },
	{ 1500, 100, 2, false, 8, { 1, 0, 0, 0, 0, 0, 0, 0 } },           /* on another bus */
	{ 2000, 200, 1, false, 8, { 0, 42, 0, 0, 0, 0, 0, 9 } },
	{ 3000, 200, 1, false, 8, { 1, 0xfe, 0xff, 7, 0, 0, 0, 8 } },
	{ 4000, 100, 1, false, 8, { 100, 1, 0, 0x60, 0, 5, 255, 0 } },
	{ 5000, 100, 0, true, 8, { 0, 0, 0xc0, 0x3f, 0, 0, 0, 0 } },
	{ 6000, 777, 1, false, 8, { 0 } },                                /* not in the DBC */
	{ 7000, 200, 1, false, 8, { 2, 0, 0, 0, 0, 0, 0, 7 } },           /* no such choice */
	{ 8000, 100, 1, false, 4, { 2, 0, 0, 0 } },                       /* short */
};

static struct can_frame frame_of(const struct log_frame *f)
{
	return (struct can_frame){ .time_ns = f->time_ns, .id = f->id, .bus = f->bus,
		.extended = f->extended, .length = f->length, .bytes = f->bytes };
}

/* As the readers of files are called. */
static enum err_code list_frames(struct arena *a, const struct evidence_file *file,
	const struct mapping *mapping, struct evidence_listing *ret, struct err *e)
{
	struct listing_draft d = { .a = a };
	struct can_model m;

	(void)mapping;
	TRY(can_model_new(a, (struct str){ (const char *)file->at, file->size }, &m, e));
	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		struct can_frame f = frame_of(&frames[i]);
		can_count(&m, &f);
	}
	TRY(can_listing(&m, &d, e));
	listing_finish(&d, STR("mdf"), CHANNEL_TIME_UNKNOWN, ret);
	return ERR_OK;
}

static enum err_code read_frames(struct arena *a, const struct evidence_file *file,
	const struct mapping *mapping, const struct evidence_listing *listing,
	const uint32_t *wanted, uint32_t wanted_count, const struct evidence_sink *sink,
	struct err *e)
{
	struct can_decoder *d;
	struct can_model m;

	(void)mapping;
	TRY(can_model_new(a, (struct str){ (const char *)file->at, file->size }, &m, e));
	TRY(can_decoder_new(&m, listing, wanted, wanted_count, sink, &d, e));
	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		struct can_frame f = frame_of(&frames[i]);
		TRY(can_decode(d, &f, e));
	}
	return can_decoder_end(d, e);
}

static const struct evidence_format format = { "can", NULL, list_frames, read_frames };

static const struct collect_group *group(const struct collect *c, const char *name)
{
	for (uint32_t i = 0; i < c->listing->group_count; i++) {
		if (str_is(c->listing->groups[i].name, name))
			return &c->groups[i];
	}
	fail_msg("no group %s", name);
	return NULL;
}

static const double *column(const struct collect *c, const char *name)
{
	uint32_t i = collect_channel(c->listing, name);

	if (i == UINT32_MAX)
		fail_msg("no channel %s", name);
	return c->columns[i].values;
}

static struct collect *read_log(struct arena *a, struct evidence_listing *l,
	const char *const *names)
{
	struct collect *c = ARENA_NEW(a, struct collect);
	struct evidence_file file = collect_bytes("a.dbc", str_of(sample));
	struct err e = { 0 };

	if (collect_file(c, a, &format, &file, NULL, l, names, 2, &e) != ERR_OK)
		fail_msg("%s", e.message);
	return c;
}

static void can_decodes_messages_on_their_own_time_axes(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct evidence_listing l;
	struct collect *c;

	(void)state;
	arena_init(&a, ARENA_CAP);
	c = read_log(&a, &l, NULL);
	assert_int_equal(group(c, "Vehicle")->rows, 3);
	assert_int_equal(group(c, "Vehicle")->times[0], 1000);
	assert_int_equal(group(c, "Vehicle")->times[1], 4000);
	assert_true(column(c, "Vehicle.Speed")[0] == 100);
	assert_true(column(c, "Vehicle.Speed")[1] == 178);
	assert_true(column(c, "Vehicle.Accel")[0] == -3);    /* 0xffa = -6 */
	assert_true(column(c, "Vehicle.Accel")[1] == 0);     /* 6 */
	assert_true(column(c, "Vehicle.Temp")[0] == 20);
	assert_int_equal(group(c, "Far")->rows, 1);
	assert_true(column(c, "Far.Real")[0] == 4);          /* 1 + 2 x 1.5 */
	assert_int_equal(collect_channel(&l, "Never.S"), UINT32_MAX);
}

static void can_makes_states_texts_and_keeps_their_numbers(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct evidence_listing l;
	struct collect *c;
	uint32_t gear;

	(void)state;
	arena_init(&a, ARENA_CAP);
	c = read_log(&a, &l, NULL);
	gear = collect_channel(&l, "Vehicle.Gear");
	assert_int_equal(l.channels[gear].kind, CHANNEL_TEXT);
	assert_true(str_is(c->columns[gear].labels[0], "D"));
	assert_true(str_is(c->columns[gear].labels[1], "5")); /* without a name */
	assert_true(column(c, "Vehicle.Gear")[0] == 0);
	assert_true(column(c, "Vehicle.Gear")[1] == 1);
	assert_true(column(c, "Vehicle.Gear.raw")[0] == 3);
	assert_true(column(c, "Vehicle.Gear.raw")[1] == 5);
}

/* 255 is called SNA, so it is no temperature. */
static void can_makes_numbers_with_a_name_missing(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct evidence_listing l;
	struct collect *c;

	(void)state;
	arena_init(&a, ARENA_CAP);
	c = read_log(&a, &l, (const char *const[]){ "Vehicle.Temp", NULL });
	assert_true(isnan(c->columns[0].values[1]));
	assert_string_equal(collect_note(c, NOTE_BAD_VALUE)->text.at, "1 values have a name in the "
		"DBC file, so are no measured numbers, and are missing");
	assert_true(isnan(c->columns[0].values[2]));
	assert_string_equal(collect_note(c, NOTE_CLAMPED)->text.at,
		"1 frames end before the signal, which is missing there");
}

static void can_gives_multiplexed_signals_a_group_of_their_own(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct evidence_listing l;
	struct collect *c;

	(void)state;
	arena_init(&a, ARENA_CAP);
	c = read_log(&a, &l, NULL);
	assert_int_equal(group(c, "Multi")->rows, 3);
	assert_int_equal(group(c, "Multi Mux=0")->rows, 1);
	assert_int_equal(group(c, "Multi Mux=1")->rows, 1);
	assert_int_equal(group(c, "Multi Mux=1")->times[0], 3000);
	assert_true(column(c, "Multi.A")[0] == 42);
	assert_true(column(c, "Multi.B")[0] == -2);
	assert_true(column(c, "Multi.B2")[0] == 7);
	assert_true(column(c, "Multi.Always")[2] == 7);
}

static void can_says_what_it_leaves_out(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct evidence_listing l;

	(void)state;
	arena_init(&a, ARENA_CAP);
	(void)read_log(&a, &l, NULL);
	assert_int_equal(l.note_count, 2);
	assert_string_equal(l.notes[0].text.at,
		"1 frames have an identifier the DBC file does not describe");
	assert_string_equal(l.notes[1].text.at, "1 frames repeat a message on another bus than the "
		"one it was first seen on, and are left out");
}

/* Wanted in any order, across groups. */
static void can_reads_channels_in_the_order_asked_for(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct evidence_listing l;
	struct collect *c;

	(void)state;
	arena_init(&a, ARENA_CAP);
	c = read_log(&a, &l, (const char *const[]){ "Vehicle.Temp", "Multi.B", "Vehicle.Speed",
		"Multi.B2", NULL });
	assert_true(c->columns[0].values[0] == 20);
	assert_true(c->columns[1].values[0] == -2);
	assert_true(c->columns[2].values[0] == 100);
	assert_true(c->columns[3].values[0] == 7);
}

static void can_model_tells_where_the_dbc_is_broken(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct can_model m;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	assert_int_equal(can_model_new(&a, STR("BO_ 1 M: x X\n"), &m, &e), ERR_INVALID);
	assert_string_equal(e.message, "DBC file: expected an integer in range");
	assert_int_equal(e.line, 1);
	assert_int_equal(e.column, 10);
}

static void limit_dbc_choices(void **state)
{
	SCOPED_BUF b = { 0 };
	struct can_model m;

	(void)state;
	buf_init(&b, 1 << 20);
	buf_put_text(&b, "BO_ 1 M: 8 X\n SG_ Mux M : 0|16@1+ (1,0) [0|0] \"\" X\n");
	for (int i = 0; i < LIMIT_DBC_CHOICES; i++)
		buf_printf(&b, " SG_ S%d m%d : 16|8@1+ (1,0) [0|0] \"\" X\n", i, i);
	for (int more = 0; more < 2; more++) {
		SCOPED_ARENA a = { 0 };
		arena_init(&a, ARENA_CAP);
		assert_int_equal(can_model_new(&a, buf_str(&b), &m, NULL),
			more ? ERR_TOO_LARGE : ERR_OK);
		buf_put_text(&b, " SG_ Last m9999 : 16|8@1+ (1,0) [0|0] \"\" X\n");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(can_raw_takes_bits_of_both_orders),
		cmocka_unit_test(can_raw_takes_nine_bytes),
		cmocka_unit_test(can_value_applies_factor_and_offset),
		cmocka_unit_test(can_decodes_messages_on_their_own_time_axes),
		cmocka_unit_test(can_makes_states_texts_and_keeps_their_numbers),
		cmocka_unit_test(can_makes_numbers_with_a_name_missing),
		cmocka_unit_test(can_gives_multiplexed_signals_a_group_of_their_own),
		cmocka_unit_test(can_says_what_it_leaves_out),
		cmocka_unit_test(can_reads_channels_in_the_order_asked_for),
		cmocka_unit_test(can_model_tells_where_the_dbc_is_broken),
		cmocka_unit_test(limit_dbc_choices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
