/* test_mcap.c - OSI traces in MCAP: the three compressions, checksums, what is foreign, what is
 * torn, and chunks that promise more than they may. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>
#include <zstd.h>

#include "base/limits.h"
#include "base/scoped.h"
#include "collect.h"
#include "evidence/mcap.h"
#include "trace_write.h"

#define ARENA_CAP (96 << 20)
#define FRAMES 30
#define HEADER_END 29              /* magic, and a header record with the library "test" */

static const struct evidence_format mcap = { "mcap", mcap_recognises, mcap_list, mcap_read };

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
	buf_init(&f->b, 128 << 20);
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

static enum err_code try_read(struct fixture *f)
{
	struct evidence_file file = collect_bytes("run.mcap", buf_str(&f->b));

	assert_true(mcap_recognises(&file));
	return collect_file(f->c, &f->a, &mcap, &file, NULL, &f->listing, NULL, 7, &f->e);
}

static void must_read(struct fixture *f)
{
	if (try_read(f) != ERR_OK)
		fail_msg("%s", f->e.message);
}

static const double *column(const struct fixture *f, const char *name)
{
	uint32_t i = collect_channel(&f->listing, name);

	if (i == UINT32_MAX)
		fail_msg("no channel %s", name);
	return f->c->columns[i].values;
}

/* Frame i at i x 40 ms, the car at x = i / 8; ten frames a chunk. */
static void put_run(struct fixture *f, enum trace_compression compression, const char *schema)
{
	struct trace_mcap m;
	struct trace_object car = { .id = 3, .type = 2, .y = 1, .vx = 3, .vy = 4, .length = 4 };

	trace_mcap_begin(&m, &f->b, compression, "ground truth", schema);
	for (int i = 0; i < FRAMES; i++) {
		SCOPED_BUF message = { 0 };
		struct trace_frame frame = { .time_ns = i * INT64_C(40000000), .host_id = 3,
			.object_count = 1, .objects = &car };
		car.x = i / 8.0;
		buf_init(&message, 4096);
		if (strcmp(schema, "osi3.SensorView") == 0)
			trace_put_sensor_view(&message, &frame);
		else
			trace_put_ground_truth(&message, &frame);
		trace_mcap_message(&m, (uint64_t)frame.time_ns + 1, buf_str(&message));
		if (i % 10 == 9)
			trace_mcap_chunk(&m);
	}
	trace_mcap_end(&m);
	assert_false(f->b.overflow);
}

static void check_run(struct fixture *f, uint64_t rows)
{
	assert_true(str_is(f->listing.format, "mcap"));
	assert_int_equal(f->listing.group_count, 1);
	assert_true(str_is(f->listing.groups[0].name, "ground truth"));
	assert_int_equal(f->listing.groups[0].rows, rows);
	assert_int_equal(f->c->groups[0].rows, rows);
	assert_int_equal(f->c->groups[0].times[rows - 1], (int64_t)(rows - 1) * 40000000);
	assert_true(column(f, "host.x")[rows - 1] == (double)(rows - 1) / 8);
	assert_true(column(f, "host.speed")[0] == 5);
}

static void mcap_reads_plain_chunks(void **state)
{
	struct fixture *f = *state;

	put_run(f, TRACE_NONE, "osi3.SensorView");
	must_read(f);
	check_run(f, FRAMES);
	assert_int_equal(f->listing.note_count, 0);
	assert_int_equal(f->c->note_count, 0);
}

static void mcap_reads_zstd_chunks(void **state)
{
	struct fixture *f = *state;

	put_run(f, TRACE_ZSTD, "osi3.GroundTruth");
	must_read(f);
	check_run(f, FRAMES);
	assert_int_equal(f->listing.note_count, 0);
}

static void mcap_reads_lz4_chunks(void **state)
{
	struct fixture *f = *state;

	put_run(f, TRACE_LZ4, "osi3.SensorView");
	must_read(f);
	check_run(f, FRAMES);
	assert_int_equal(f->listing.note_count, 0);
}

static void mcap_refuses_foreign_messages(void **state)
{
	struct fixture *f = *state;

	put_run(f, TRACE_NONE, "foxglove.Log");
	assert_int_equal(try_read(f), ERR_UNSUPPORTED);
	assert_string_equal(f->e.message,
		"the MCAP file holds no OSI messages that can be read");
}

/* ---- records by hand ------------------------------------------------------------------------- */

static void put_le(struct buf *b, uint64_t value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		buf_put_char(b, (char)(value >> 8 * i & 0xff));
}

static void put_record(struct buf *b, int op, struct str content)
{
	buf_put_char(b, (char)op);
	put_le(b, content.len, 8);
	buf_put_str(b, content);
}

static void put_chunk(struct buf *b, uint64_t size, uint32_t crc, const char *compression,
	struct str packed)
{
	SCOPED_BUF r = { 0 };

	buf_init(&r, 128 << 20);
	put_le(&r, 0, 8);
	put_le(&r, 0, 8);
	put_le(&r, size, 8);
	put_le(&r, crc, 4);
	put_le(&r, strlen(compression), 4);
	buf_put_text(&r, compression);
	put_le(&r, packed.len, 8);
	buf_put_str(&r, packed);
	put_record(b, 6, buf_str(&r));
}

/* A good run with one more chunk before its first. */
static void put_run_behind(struct fixture *f, uint64_t size, uint32_t crc, const char *compression,
	struct str packed)
{
	SCOPED_BUF run = { 0 };

	put_run(f, TRACE_NONE, "osi3.SensorView");
	buf_init(&run, 1 << 20);
	buf_put_str(&run, buf_str(&f->b));
	f->b.len = HEADER_END;
	put_chunk(&f->b, size, crc, compression, packed);
	buf_put_str(&f->b, str_skip(buf_str(&run), HEADER_END));
}

static void mcap_drops_a_chunk_that_its_checksum_denies(void **state)
{
	struct fixture *f = *state;

	put_run(f, TRACE_NONE, "osi3.SensorView");
	f->b.at[f->b.len - 100] ^= 1; /* in the third chunk */
	must_read(f);
	check_run(f, 20);
	assert_string_equal(collect_note(f->c, NOTE_CHECKSUM)->text.at,
		"1 chunks do not match their checksum and are dropped");
}

static void mcap_checks_the_checksum_of_the_data(void **state)
{
	struct fixture *f = *state;

	put_run(f, TRACE_NONE, "osi3.SensorView");
	/* DataEnd, footer and magic stand at the end. */
	memcpy(f->b.at + f->b.len - 8 - 29 - 4, "\1\2\3\4", 4);
	must_read(f);
	check_run(f, FRAMES);
	assert_string_equal(collect_note(f->c, NOTE_CHECKSUM)->text.at,
		"the data do not match the checksum at their end");
}

static void mcap_notes_what_cannot_be_unpacked(void **state)
{
	static const struct {
		uint64_t size;
		const char *compression;
		struct str packed;
		enum note_code code;
	} wrong[] = {
		{ 10, "", { "x", 1 }, NOTE_BROKEN },            /* another size */
		{ 3, "", { "abc", 3 }, NOTE_BROKEN },           /* half a record */
		{ 10, "zstd", { "nonsense", 8 }, NOTE_BROKEN },
		{ 10, "lz4", { "nonsense", 8 }, NOTE_BROKEN },
		{ 0, "lz4", { "", 0 }, NOTE_BROKEN },
		{ 10, "bzip2", { "x", 1 }, NOTE_UNSUPPORTED },
		{ 9, "", { "\6\0\0\0\0\0\0\0\0", 9 }, NOTE_BROKEN },  /* chunk in a chunk */
		{ 9, "", { "\5\0\0\0\0\0\0\0\0", 9 }, NOTE_BROKEN },  /* empty message */
		{ 9, "", { "\5\xff\xff\xff\xff\xff\xff\xff\xff", 9 }, NOTE_BROKEN },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		arena_reset(&f->a);
		f->c = ARENA_NEW(&f->a, struct collect);
		buf_reset(&f->b);
		put_run_behind(f, wrong[i].size, 0, wrong[i].compression, wrong[i].packed);
		must_read(f);
		check_run(f, FRAMES);
		if (!collect_note(f->c, wrong[i].code))
			fail_msg("nothing was said of chunk %zu", i);
	}
}

/* A frame that holds more than its chunk declares must not write past it. */
static void mcap_unpacks_no_more_than_declared(void **state)
{
	struct fixture *f = *state;
	char zeros[4096] = { 0 }, packed[4096];
	size_t len = ZSTD_compress(packed, sizeof(packed), zeros, sizeof(zeros), 1);

	put_run_behind(f, 4095, 0, "zstd", (struct str){ packed, len });
	must_read(f);
	check_run(f, FRAMES);
	assert_non_null(collect_note(f->c, NOTE_BROKEN));
	buf_reset(&f->b);
	put_run_behind(f, 4097, 0, "zstd", (struct str){ packed, len });
	must_read(f);
	assert_non_null(collect_note(f->c, NOTE_BROKEN));
}

static void mcap_notes_messages_without_channel(void **state)
{
	struct fixture *f = *state;

	put_run_behind(f, 31, 0, "", (struct str){ "\5\x16\0\0\0\0\0\0\0\7\0\0\0\0\0\0\0\0\0\0\0"
		"\0\0\0\0\0\0\0\0\0\0", 31 });
	must_read(f);
	check_run(f, FRAMES);
	assert_string_equal(collect_note(f->c, NOTE_BROKEN)->text.at,
		"1 messages belong to no channel");
}

static void mcap_notes_topics_it_does_not_read(void **state)
{
	struct fixture *f = *state;
	SCOPED_BUF r = { 0 };

	buf_init(&r, 4096);
	put_record(&r, 4, (struct str){ "\7\0\0\0\5\0\0\0video\4\0\0\0jpeg\0\0\0\0", 25 });
	put_run_behind(f, r.len, 0, "", buf_str(&r));
	must_read(f);
	check_run(f, FRAMES);
	assert_true(str_is(collect_note(f->c, NOTE_UNSUPPORTED)->where, "video"));
}

/* Two topics interleaved: each a group with its own times. */
static void mcap_reads_two_topics(void **state)
{
	struct fixture *f = *state;
	struct trace_object car = { .id = 9, .x = 2 };
	SCOPED_BUF r = { 0 }, content = { 0 };

	buf_init(&r, 1 << 20);
	buf_init(&content, 65536);
	put_record(&r, 3, (struct str){ "\2\0\x10\0\0\0osi3.GroundTruth\10\0\0\0protobuf\0\0\0\0",
		38 });
	put_record(&r, 4, (struct str){ "\2\0\2\0\5\0\0\0truth\10\0\0\0protobuf\0\0\0\0", 29 });
	for (int i = 0; i < 100; i++) {
		SCOPED_BUF message = { 0 };
		struct trace_frame frame = { .time_ns = i, .host_id = 9, .object_count = 1,
			.objects = &car };
		buf_init(&message, 4096);
		trace_put_ground_truth(&message, &frame);
		buf_reset(&content);
		put_le(&content, 2, 2);
		put_le(&content, 0, 4);
		put_le(&content, 0, 8);
		put_le(&content, 0, 8);
		buf_put_str(&content, buf_str(&message));
		put_record(&r, 5, buf_str(&content));
	}
	put_run_behind(f, r.len, 0, "", buf_str(&r));
	must_read(f);
	assert_int_equal(f->listing.group_count, 2);
	assert_true(str_is(f->listing.groups[0].name, "truth"));
	assert_int_equal(f->c->groups[0].rows, 100);
	assert_int_equal(f->c->groups[0].times[99], 99);
	assert_true(column(f, "object.9.x")[99] == 2);
	assert_int_equal(f->c->groups[1].rows, FRAMES);
	assert_true(column(f, "object.3.x")[FRAMES - 1] == (FRAMES - 1) / 8.0);
}

static void mcap_says_when_the_end_is_missing(void **state)
{
	struct fixture *f = *state;
	size_t whole;

	put_run(f, TRACE_NONE, "osi3.SensorView");
	whole = f->b.len;
	f->b.len = whole - 1;
	must_read(f);
	check_run(f, FRAMES);
	assert_non_null(collect_note(f->c, NOTE_TORN));
	f->b.len = whole - 100;
	must_read(f);
	check_run(f, 20);
	assert_non_null(collect_note(f->c, NOTE_TORN));
}

static void mcap_survives_truncation_at_every_byte(void **state)
{
	struct fixture *f = *state;
	SCOPED_ARENA a = { 0 };
	size_t whole;

	put_run(f, TRACE_LZ4, "osi3.SensorView");
	whole = f->b.len;
	collect_arena(&a, ARENA_CAP);
	for (f->b.len = 8; f->b.len < whole; f->b.len++) {
		struct collect *c;
		struct evidence_file file = collect_bytes("a.mcap", buf_str(&f->b));
		arena_reset(&a);
		c = ARENA_NEW(&a, struct collect);
		if (collect_file(c, &a, &mcap, &file, NULL, &f->listing, NULL, 2, &f->e) == ERR_OK)
			assert_non_null(collect_note(c, NOTE_TORN));
	}
}

static void mcap_survives_every_flipped_bit(void **state)
{
	struct fixture *f = *state;
	SCOPED_ARENA a = { 0 };

	put_run(f, TRACE_ZSTD, "osi3.SensorView");
	collect_arena(&a, ARENA_CAP);
	for (size_t bit = 64; bit < f->b.len * 8; bit++) {
		struct collect *c;
		struct evidence_file file = collect_bytes("a.mcap", buf_str(&f->b));
		f->b.at[bit / 8] ^= (char)(1 << bit % 8);
		arena_reset(&a);
		c = ARENA_NEW(&a, struct collect);
		(void)collect_file(c, &a, &mcap, &file, NULL, &f->listing, NULL, 2, &f->e);
		f->b.at[bit / 8] ^= (char)(1 << bit % 8);
	}
}

static void limit_mcap_channels(void **state)
{
	struct fixture *f = *state;
	SCOPED_BUF r = { 0 }, channel = { 0 };

	buf_init(&r, 1 << 20);
	buf_init(&channel, 4096);
	for (int i = 0; i < LIMIT_MCAP_CHANNELS; i++) {
		buf_reset(&channel);
		put_le(&channel, (uint64_t)i + 2, 2);
		put_le(&channel, 0, 2);
		put_le(&channel, 0, 4);
		put_le(&channel, 0, 4);
		put_le(&channel, 0, 4);
		put_record(&r, 4, buf_str(&channel));
	}
	/* With the one of the run it is one too many. */
	put_run_behind(f, r.len, 0, "", buf_str(&r));
	assert_int_equal(try_read(f), ERR_TOO_LARGE);
	assert_string_equal(f->e.message, "more than 256 channels");
	buf_reset(&f->b);
	put_run_behind(f, r.len / LIMIT_MCAP_CHANNELS * (LIMIT_MCAP_CHANNELS - 1), 0, "",
		(struct str){ r.at, r.len / LIMIT_MCAP_CHANNELS * (LIMIT_MCAP_CHANNELS - 1) });
	must_read(f);
}

static void limit_mcap_chunk_bytes(void **state)
{
	struct fixture *f = *state;

	put_run_behind(f, LIMIT_MCAP_CHUNK_BYTES + 1, 0, "zstd", STR("x"));
	assert_int_equal(try_read(f), ERR_TOO_LARGE);
	assert_string_equal(f->e.message, "a chunk is over 67108864 bytes");
	buf_reset(&f->b);
	put_run_behind(f, UINT64_MAX, 0, "zstd", STR("x"));
	assert_int_equal(try_read(f), ERR_TOO_LARGE);
	buf_reset(&f->b);
	put_run_behind(f, LIMIT_MCAP_CHUNK_BYTES, 0, "zstd", STR("x"));
	assert_int_equal(try_read(f), ERR_TOO_LARGE); /* too much for so small a file */
	assert_string_equal(f->e.message, "the trace expands to over 1024 times its size");
}

/* Zeros pack 10,000 to one. Two megabytes more than a small file may come to are refused. */
static void limit_mcap_expansion(void **state)
{
	struct fixture *f = *state;
	size_t size = 32 << 20, len;
	SCOPED_BUF zeros = { 0 }, packed = { 0 };

	buf_init(&zeros, size);
	buf_init(&packed, 1 << 20);
	assert_true(buf_reserve(&zeros, size));
	assert_true(buf_reserve(&packed, 1 << 20));
	memset(zeros.at, 0, size);
	len = ZSTD_compress(packed.at, 1 << 20, zeros.at, size, 3);
	assert_true(len < size / 4096);
	put_run_behind(f, size, 0, "zstd", (struct str){ packed.at, len });
	assert_int_equal(try_read(f), ERR_TOO_LARGE);
	assert_string_equal(f->e.message, "the trace expands to over 1024 times its size");
}

static void mcap_answers_a_full_arena_with_an_error(void **state)
{
	struct fixture *f = *state;
	struct evidence_file file;
	struct arena none;

	put_run(f, TRACE_NONE, "osi3.SensorView");
	file = collect_bytes("a.mcap", buf_str(&f->b));
	arena_init(&none, 1024);
	assert_int_equal(mcap_list(&none, &file, NULL, &f->listing, NULL), ERR_TOO_LARGE);
	arena_clear(&none);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(mcap_reads_plain_chunks),
		TEST(mcap_reads_zstd_chunks),
		TEST(mcap_reads_lz4_chunks),
		TEST(mcap_refuses_foreign_messages),
		TEST(mcap_drops_a_chunk_that_its_checksum_denies),
		TEST(mcap_checks_the_checksum_of_the_data),
		TEST(mcap_notes_what_cannot_be_unpacked),
		TEST(mcap_unpacks_no_more_than_declared),
		TEST(mcap_notes_messages_without_channel),
		TEST(mcap_notes_topics_it_does_not_read),
		TEST(mcap_reads_two_topics),
		TEST(mcap_says_when_the_end_is_missing),
		TEST(mcap_survives_truncation_at_every_byte),
		TEST(mcap_survives_every_flipped_bit),
		TEST(limit_mcap_channels),
		TEST(limit_mcap_chunk_bytes),
		TEST(limit_mcap_expansion),
		TEST(mcap_answers_a_full_arena_with_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
