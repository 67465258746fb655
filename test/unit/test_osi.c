/* test_osi.c - .osi files: the sample trace read whole, objects that come and go, lights, and every
 * kind of broken file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/limits.h"
#include "base/scoped.h"
#include "collect.h"
#include "evidence/osi.h"
#include "trace_write.h"

#define ARENA_CAP (64 << 20)

static const struct evidence_format osi = { "osi", osi_recognises, osi_list, osi_read };

struct fixture {
	struct arena a;
	struct evidence_listing listing;
	struct collect *c;
	struct buf b;
	struct err e;
};

static int setup(void **state)
{
	struct fixture *f = handle_new(sizeof(*f));

	arena_init(&f->a, ARENA_CAP);
	buf_init(&f->b, 4 << 20);
	f->c = ARENA_NEW(&f->a, struct collect);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	arena_clear(&f->a);
	buf_clear(&f->b);
	handle_drop(f);
	return 0;
}

static enum err_code try_read(struct fixture *f, const char *name)
{
	struct evidence_file file = collect_bytes(name, buf_str(&f->b));

	return collect_file(f->c, &f->a, &osi, &file, NULL, &f->listing, NULL, 3, &f->e);
}

static void must_read(struct fixture *f, const char *name)
{
	if (try_read(f, name) != ERR_OK)
		fail_msg("%s", f->e.message);
}

static const double *column(const struct fixture *f, const char *name)
{
	uint32_t i = collect_channel(&f->listing, name);

	if (i == UINT32_MAX)
		fail_msg("no channel %s", name);
	return f->c->columns[i].values;
}

static void put_frame(struct fixture *f, const struct trace_frame *frame, bool view)
{
	SCOPED_BUF message = { 0 };

	buf_init(&message, 65536);
	if (view)
		trace_put_sensor_view(&message, frame);
	else
		trace_put_ground_truth(&message, frame);
	assert_false(message.overflow);
	trace_put_osi(&f->b, buf_str(&message));
}

/* Two cars and a light; the second car is there from the second frame to the third. */
static void put_run(struct fixture *f, bool view)
{
	struct trace_object cars[] = {
		{ .id = 7, .type = 2, .x = 1, .y = 2, .z = 0.5, .vx = 3, .vy = 4, .vz = 0, .ax = -1,
			.ay = 0.25, .az = 0, .yaw = 0.125, .yaw_rate = NAN, .length = 4.5,
			.width = 1.75, .height = 1.5 },
		{ .id = 99, .type = 3, .x = 50, .y = -1, .z = 0, .vx = NAN, .vy = NAN, .vz = NAN,
			.ax = NAN, .ay = NAN, .az = NAN, .yaw = -3, .yaw_rate = 0.5,
			.length = 0.5, .width = 0.5, .height = 1.75 },
	};
	struct trace_light light = { .id = 7, .color = 2, .mode = 3, .x = 100, .y = 0, .z = 5 };

	for (int i = 0; i < 4; i++) {
		struct trace_frame frame = { .time_ns = INT64_C(1000000000) + i * 40000000,
			.host_id = 7, .object_count = i == 1 || i == 2 ? 2 : 1, .objects = cars,
			.light_count = 1, .lights = &light };
		cars[0].x = 1 + i;
		light.color = i < 2 ? 2 : 4;
		put_frame(f, &frame, view);
	}
}

static void check_run(struct fixture *f)
{
	assert_true(str_is(f->listing.format, "osi"));
	assert_int_equal(f->listing.group_count, 1);
	assert_int_equal(f->listing.groups[0].rows, 4);
	assert_int_equal(f->c->groups[0].rows, 4);
	assert_int_equal(f->c->groups[0].times[0], 1000000000);
	assert_int_equal(f->c->groups[0].times[3], 1120000000);
	assert_true(column(f, "host.x")[3] == 4);
	assert_true(column(f, "object.7.x")[3] == 4);
	assert_true(column(f, "host.speed")[0] == 5);
	assert_true(column(f, "host.ax")[0] == -1);
	assert_true(column(f, "host.yaw")[0] == 0.125);
	assert_true(column(f, "host.length")[0] == 4.5);
	assert_true(isnan(column(f, "object.99.x")[0]));
	assert_true(column(f, "object.99.x")[1] == 50);
	assert_true(column(f, "object.99.x")[2] == 50);
	assert_true(isnan(column(f, "object.99.x")[3]));
	assert_true(column(f, "object.99.yaw_rate")[1] == 0.5);
	/* What never stands in the file is no channel. */
	assert_int_equal(collect_channel(&f->listing, "object.99.vx"), UINT32_MAX);
	assert_int_equal(collect_channel(&f->listing, "object.99.speed"), UINT32_MAX);
	assert_int_equal(collect_channel(&f->listing, "host.yaw_rate"), UINT32_MAX);
	assert_true(column(f, "light.7.x")[0] == 100);
}

static void osi_reads_sensor_views(void **state)
{
	struct fixture *f = *state;
	uint32_t color, type;

	put_run(f, true);
	must_read(f, "20260101T000000Z_sv_370_3121_4_run.osi");
	check_run(f);
	color = collect_channel(&f->listing, "light.7.color");
	assert_int_equal(f->listing.channels[color].kind, CHANNEL_TEXT);
	assert_true(str_is(f->c->columns[color].labels[0], "red"));
	assert_true(str_is(f->c->columns[color].labels[1], "green"));
	assert_true(column(f, "light.7.color")[1] == 0);
	assert_true(column(f, "light.7.color")[2] == 1);
	type = collect_channel(&f->listing, "object.99.type");
	assert_true(str_is(f->c->columns[type].labels[0], "pedestrian"));
	assert_true(str_is(f->listing.channels[collect_channel(&f->listing, "host.ax")].unit,
		"m/s2"));
	assert_int_equal(f->listing.note_count, 0);
	assert_int_equal(f->c->note_count, 0);
}

static void osi_reads_ground_truth(void **state)
{
	struct fixture *f = *state;

	put_run(f, false);
	must_read(f, "20260101T000000Z_gt_370_3121_4_run.osi");
	check_run(f);
}

static void osi_finds_the_type_by_trying(void **state)
{
	struct fixture *f = *state;

	put_run(f, true);
	must_read(f, "run.osi");
	check_run(f);
	buf_reset(&f->b);
	put_run(f, false);
	must_read(f, "truth.bin");
	check_run(f);
}

/* Figures computed by a walk of its own over the file. */
static void osi_reads_the_sample_trace_whole(void **state)
{
	struct fixture *f = *state;
	struct str bytes;
	double sum = 0;

	assert_non_null(getenv("HUREN_VECTORS"));
	assert_int_equal(io_read_file(&f->a, arena_printf(&f->a, "%s/osi/example_sv_trace.osi",
		getenv("HUREN_VECTORS")), 1 << 20, &bytes, &f->e), ERR_OK);
	buf_put_str(&f->b, bytes);
	must_read(f, "example_sv_trace.osi");
	assert_int_equal(f->c->groups[0].rows, 547);
	assert_int_equal(f->c->groups[0].times[1], 33366666);
	assert_int_equal(f->c->groups[0].times[546], 18218199999);
	assert_true(column(f, "host.x")[0] == -307.4407493025632);
	assert_true(column(f, "host.x")[546] == -155.47188192726267);
	assert_true(column(f, "object.2.y")[1] == -44.14479578892963);
	assert_true(column(f, "host.yaw")[0] == 0.29707853723620486);
	assert_true(column(f, "object.2.length")[546] == 4.953);
	for (int i = 0; i < 547; i++)
		sum += column(f, "object.1.x")[i];
	assert_true(sum == -112832.77713959382);
	assert_int_equal(f->listing.note_count, 0);
	assert_int_equal(f->c->note_count, 0);
}

static void osi_drops_a_torn_message_and_says_so(void **state)
{
	struct fixture *f = *state;

	put_run(f, true);
	f->b.len -= 1;
	must_read(f, "a_sv_run.osi");
	assert_int_equal(f->c->groups[0].rows, 3);
	assert_non_null(collect_note(f->c, NOTE_TORN));
}

static void osi_drops_broken_and_timeless_messages_and_says_so(void **state)
{
	struct fixture *f = *state;

	trace_put_osi(&f->b, STR("\x0b\x0c"));
	put_run(f, false);
	trace_put_osi(&f->b, STR("")); /* nothing in it: no time */
	trace_put_osi(&f->b, STR("\x12\x06\x10\x80\x94\xeb\xdc\x03")); /* 10^9 nanoseconds */
	must_read(f, "a_gt_run.osi");
	assert_int_equal(f->c->groups[0].rows, 4);
	assert_string_equal(f->listing.notes[0].text.at,
		"1 messages are broken and dropped, the first is number 1");
	assert_string_equal(f->listing.notes[1].text.at,
		"2 messages have no time stamp and are dropped");
}

static void osi_says_when_the_host_is_not_known(void **state)
{
	struct fixture *f = *state;
	struct trace_object car = { .id = 1, .x = 1, .vx = INFINITY, .vy = 1 };
	struct trace_frame frame = { .time_ns = 1, .host_id = 2, .object_count = 1,
		.objects = &car };

	put_frame(f, &frame, false);
	must_read(f, "a_gt_run.osi");
	assert_int_equal(collect_channel(&f->listing, "host.x"), UINT32_MAX);
	assert_string_equal(collect_note(f->c, NOTE_BROKEN)->text.at,
		"1 messages do not tell which object is the host");
	assert_string_equal(collect_note(f->c, NOTE_BAD_VALUE)->text.at,
		"1 values are infinite and missing");
}

static void osi_says_when_an_object_stands_twice(void **state)
{
	struct fixture *f = *state;
	struct trace_object cars[] = { { .id = 1, .x = 1 }, { .id = 1, .x = 2 } };
	struct trace_frame frame = { .time_ns = 1, .host_id = 1, .object_count = 2,
		.objects = cars };

	put_frame(f, &frame, true);
	must_read(f, "a_sv_run.osi");
	assert_true(column(f, "object.1.x")[0] == 2);
	assert_string_equal(collect_note(f->c, NOTE_BROKEN)->text.at,
		"1 objects stand twice in one message; the last one counts");
}

static void osi_merges_repeated_messages_as_proto2_asks(void **state)
{
	struct fixture *f = *state;

	/* time 1 s; object { id 5, base { position { x 1 } }, base { position { y 2 } } } */
	trace_put_osi(&f->b, STR("\x12\x02\x08\x01\x2a\x1e\x0a\x02\x08\x05"
		"\x12\x0b\x12\x09\x09\x00\x00\x00\x00\x00\x00\xf0\x3f"
		"\x12\x0b\x12\x09\x11\x00\x00\x00\x00\x00\x00\x00\x40"));
	must_read(f, "a_gt_run.osi");
	assert_true(column(f, "object.5.x")[0] == 1);
	assert_true(column(f, "object.5.y")[0] == 2);
}

static void osi_refuses_what_holds_no_objects(void **state)
{
	struct fixture *f = *state;

	trace_put_osi(&f->b, STR("\x0a\x02\x08\x03"));
	assert_int_equal(try_read(f, "run.osi"), ERR_UNSUPPORTED);
	assert_int_equal(try_read(f, "a_sv_run.osi"), ERR_INVALID);
}

static void osi_recognises_by_name_or_by_walking(void **state)
{
	struct fixture *f = *state;
	struct evidence_file text = collect_bytes("a.csv", STR("time,x\n1,2\n"));
	struct evidence_file named = collect_bytes("a.osi", STR("?"));
	struct evidence_file walked;

	put_run(f, true);
	walked = collect_bytes("a.bin", buf_str(&f->b));
	assert_false(osi_recognises(&text));
	assert_true(osi_recognises(&named));
	assert_true(osi_recognises(&walked));
}

static void osi_survives_truncation_at_every_byte(void **state)
{
	struct fixture *f = *state;
	SCOPED_ARENA a = { 0 };
	size_t whole;

	put_run(f, true);
	whole = f->b.len;
	collect_arena(&a, ARENA_CAP);
	for (f->b.len = 0; f->b.len < whole; f->b.len++) {
		struct collect *c;
		struct evidence_file file = collect_bytes("a_sv_run.osi", buf_str(&f->b));
		arena_reset(&a);
		c = ARENA_NEW(&a, struct collect);
		if (collect_file(c, &a, &osi, &file, NULL, &f->listing, NULL, 2, &f->e) == ERR_OK)
			assert_true(c->groups[0].rows < 4);
	}
}

/* No flipped bit may do more than lose or change values. */
static void osi_survives_every_flipped_bit(void **state)
{
	struct fixture *f = *state;
	SCOPED_ARENA a = { 0 };

	put_run(f, true);
	collect_arena(&a, ARENA_CAP);
	for (size_t bit = 0; bit < f->b.len * 8; bit++) {
		struct collect *c;
		struct evidence_file file = collect_bytes("a.osi", buf_str(&f->b));
		f->b.at[bit / 8] ^= (char)(1 << bit % 8);
		arena_reset(&a);
		c = ARENA_NEW(&a, struct collect);
		(void)collect_file(c, &a, &osi, &file, NULL, &f->listing, NULL, 2, &f->e);
		f->b.at[bit / 8] ^= (char)(1 << bit % 8);
	}
}

static void limit_osi_objects(void **state)
{
	struct fixture *f = *state;
	struct trace_object *cars = ARENA_ARRAY(&f->a, struct trace_object, LIMIT_OSI_OBJECTS + 1);
	struct trace_frame frame = { .time_ns = 1, .host_id = 1,
		.object_count = LIMIT_OSI_OBJECTS + 1, .objects = cars };
	SCOPED_BUF message = { 0 };

	for (uint32_t i = 0; i <= LIMIT_OSI_OBJECTS; i++)
		cars[i] = (struct trace_object){ .id = i + 1, .x = i, .y = NAN, .z = NAN,
			.vx = NAN, .vy = NAN, .vz = NAN, .ax = NAN, .ay = NAN, .az = NAN,
			.yaw = NAN, .yaw_rate = NAN, .length = NAN, .width = NAN, .height = NAN };
	buf_init(&message, 1 << 20);
	trace_put_ground_truth(&message, &frame);
	trace_put_osi(&f->b, buf_str(&message));
	must_read(f, "a_gt_run.osi");
	assert_int_not_equal(collect_channel(&f->listing, "object.1024.x"), UINT32_MAX);
	assert_int_equal(collect_channel(&f->listing, "object.1025.x"), UINT32_MAX);
	assert_string_equal(collect_note(f->c, NOTE_UNSUPPORTED)->text.at,
		"1 sightings of objects past the limit on their number are left out");
	/* A new one in a later message is one too many as well. */
	frame.object_count = 1;
	frame.time_ns = 2;
	cars[0].id = 5000;
	put_frame(f, &frame, false);
	must_read(f, "a_gt_run.osi");
	assert_string_equal(collect_note(f->c, NOTE_UNSUPPORTED)->text.at,
		"2 sightings of objects past the limit on their number are left out");
}

static void limit_osi_message_bytes(void **state)
{
	struct fixture *f = *state;
	size_t len = LIMIT_OSI_MESSAGE_BYTES + 1;
	SCOPED_BUF big = { 0 };
	struct evidence_file file;

	buf_init(&big, len + 4);
	assert_true(buf_reserve(&big, len + 4));
	memset(big.at, 0, len + 4);
	memcpy(big.at, (uint8_t[]){ 1, 0, 0, 4 }, 4); /* 2^26 + 1 */
	file = collect_bytes("a_gt_run.osi", (struct str){ big.at, len + 4 });
	assert_int_equal(osi_list(&f->a, &file, NULL, &f->listing, &f->e), ERR_TOO_LARGE);
	assert_string_equal(f->e.message, "message 1 is over 67108864 bytes");
}

static void osi_answers_a_full_arena_with_an_error(void **state)
{
	struct fixture *f = *state;
	struct evidence_file file;
	struct arena none;

	put_run(f, true);
	file = collect_bytes("a_sv_run.osi", buf_str(&f->b));
	arena_init(&none, 1024);
	assert_int_equal(osi_list(&none, &file, NULL, &f->listing, NULL), ERR_TOO_LARGE);
	arena_clear(&none);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(osi_reads_sensor_views),
		TEST(osi_reads_ground_truth),
		TEST(osi_finds_the_type_by_trying),
		TEST(osi_reads_the_sample_trace_whole),
		TEST(osi_drops_a_torn_message_and_says_so),
		TEST(osi_drops_broken_and_timeless_messages_and_says_so),
		TEST(osi_says_when_the_host_is_not_known),
		TEST(osi_says_when_an_object_stands_twice),
		TEST(osi_merges_repeated_messages_as_proto2_asks),
		TEST(osi_refuses_what_holds_no_objects),
		TEST(osi_recognises_by_name_or_by_walking),
		TEST(osi_survives_truncation_at_every_byte),
		TEST(osi_survives_every_flipped_bit),
		TEST(limit_osi_objects),
		TEST(limit_osi_message_bytes),
		TEST(osi_answers_a_full_arena_with_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
