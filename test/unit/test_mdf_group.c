/* test_mdf_group.c - groups of an MDF file: containers, interleaved records, texts of variable
 * length, time axes, and what the counts claim. */
#include "base/limits.h"
#include "evidence/mdf.h"

#include "mdf_fixture.h"

#define ROWS 500
#define SIZE 17                /* time, a double, an invalidation byte */

static uint8_t records[ROWS * SIZE];
static const struct mdf_write_channel channels[] = { TIME_CHANNEL,
	{ .name = "x", .unit = "m", .data_type = 4, .bit_count = 64, .byte_offset = 8,
		.flags = 2 } };

static int fill(void **state)
{
	(void)state;
	for (int i = 0; i < ROWS; i++) {
		put_f64(records + i * SIZE, i * 0.01);
		put_f64(records + i * SIZE + 8, i * 0.5);
		records[i * SIZE + 16] = i % 7 == 3;
	}
	return 0;
}

static struct mdf_write_group plain_group(void)
{
	return (struct mdf_write_group){ .name = "plain", .record_bytes = SIZE - 1,
		.inval_bytes = 1, .rows = ROWS, .records = records, .channel_count = 2,
		.channels = channels };
}

static void check_column(const struct channel_table *t, uint64_t rows)
{
	const struct channel *c = channel_of(t, "x");

	assert_int_equal(axis_of(t, c)->count, rows);
	for (uint64_t i = 0; i < rows; i++) {
		assert_int_equal(axis_of(t, c)->times[i], i * 10000000);
		if (i % 7 == 3)
			assert_true(isnan(c->values[i]));
		else
			assert_true(c->values[i] == (double)i * 0.5);
	}
}

static struct channel_table read_file(struct arena *a, const struct mdf_write_file *file)
{
	struct buf b = { 0 };
	struct evidence_listing l;
	struct channel_table t;
	struct evidence_file f;
	struct err e = { 0 };

	buf_init(&b, FILE_MAX);
	mdf_write(&b, file);
	assert_false(b.overflow);
	f = file_of(str_copy(a, buf_str(&b)));
	buf_clear(&b);
	must(collect_all(a, &f, &l, &t, &e), &e);
	return t;
}

static struct channel_table read_data(struct arena *a, const struct mdf_write_data *d)
{
	struct mdf_write_file f = { .data_count = 1, .data = d, .version = 420,
		.start_ns = 1600000000000000000u };

	return read_file(a, &f);
}

/* ---- containers ------------------------------------------------------------------------------ */

/* Blocks that end within records, lists of lists, all methods of compression. */
static void mdf_containers_of_all_kinds_hold_the_same(void **state)
{
	static const struct mdf_write_storage storages[] = {
		{ .container = MDF_DT },
		{ .container = MDF_DL, .block_bytes = 100 },
		{ .container = MDF_DL, .block_bytes = 7, .list_blocks = 3, .offsets = true },
		{ .container = MDF_DL, .block_bytes = SIZE },
		{ .container = MDF_DZ, .zip = MDF_DEFLATE },
		{ .container = MDF_DZ, .zip = MDF_DEFLATE_TRANSPOSED },
		{ .container = MDF_DL_DZ, .zip = MDF_DEFLATE_TRANSPOSED, .block_bytes = 1000 },
		{ .container = MDF_HL_DL_DZ, .zip = MDF_DEFLATE, .block_bytes = 1000,
			.list_blocks = 2 },
		{ .container = MDF_HL_DL_DZ, .zip = MDF_DEFLATE_TRANSPOSED,
			.block_bytes = 64 * SIZE },
		{ .container = MDF_DL_DZ, .zip = MDF_DEFLATE_TRANSPOSED, .block_bytes = 999,
			.columns = 5 },
		{ .container = MDF_DL_DZ, .zip = MDF_ZSTD, .block_bytes = 2000 },
		{ .container = MDF_DL_DZ, .zip = MDF_ZSTD_TRANSPOSED, .block_bytes = 2000 },
		{ .container = MDF_DL_DZ, .zip = MDF_LZ4, .block_bytes = 2000 },
		{ .container = MDF_DZ, .zip = MDF_LZ4_TRANSPOSED },
		{ .container = MDF_LD, .zip = MDF_ZIP_NONE },
		{ .container = MDF_LD, .zip = MDF_ZIP_NONE, .block_bytes = 200, .list_blocks = 2 },
		{ .container = MDF_LD, .zip = MDF_DEFLATE, .block_bytes = 800 },
		{ .container = MDF_LD, .zip = MDF_DEFLATE_TRANSPOSED, .block_bytes = 800 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(storages) / sizeof(storages[0]); i++) {
		SCOPED_ARENA a = { 0 };
		struct mdf_write_group g = plain_group();
		struct mdf_write_data d = { .group_count = 1, .groups = &g,
			.storage = storages[i] };
		struct channel_table t;
		arena_init(&a, ARENA_CAP);
		t = read_data(&a, &d);
		check_column(&t, ROWS);
		assert_int_equal(t.note_count, 0);
		assert_int_equal(t.start_ns, 1600000000000000000);
	}
}

static void mdf_columns_written_in_one_call_come_back(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	const double times[] = { 0, 0.5, 1 }, x[] = { 1, NAN, 3 }, y[] = { -1, -2, NAN };
	struct mdf_write_columns c = { .group = "g", .start_ns = 5, .rows = 3, .times_s = times,
		.column_count = 2, .names = (const char *const[]){ "x", "y" },
		.units = (const char *const[]){ "m", "m/s" },
		.columns = (const double *const[]){ x, y } };
	struct evidence_listing l;
	struct channel_table t;
	struct evidence_file f;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	buf_init(&b, FILE_MAX);
	mdf_write_columns(&b, &c);
	f = file_of(buf_str(&b));
	must(collect_all(&a, &f, &l, &t, &e), &e);
	assert_int_equal(t.channel_count, 3);
	assert_true(channel_of(&t, "x")->values[2] == 3 && isnan(channel_of(&t, "x")->values[1]));
	assert_true(channel_of(&t, "y")->values[1] == -2 && isnan(channel_of(&t, "y")->values[2]));
	assert_true(str_is(channel_of(&t, "y")->unit, "m/s"));
}

/* ---- interleaved groups ---------------------------------------------------------------------- */

static const char *const words[] = { "", "green", "a longer word than the others", "red" };

/* A VLSD group's records for `count` texts, and where each begins. */
static uint32_t put_words(uint8_t *to, uint32_t count, uint64_t *offsets)
{
	uint32_t used = 0;

	for (uint32_t i = 0; i < count; i++) {
		const char *word = words[i % 4];
		offsets[i] = used;
		put_u32(to + used, (uint32_t)strlen(word));
		memcpy(to + used + 4, word, strlen(word));
		used += 4 + (uint32_t)strlen(word);
	}
	return used;
}

static const struct mdf_write_channel text_channels[] = { TIME_CHANNEL,
	{ .name = "word", .type = 1, .data_type = 7, .bit_count = 64, .byte_offset = 8,
		.stream_group = 3 } };

/* Three groups: plain records, records with texts, and the texts. */
static struct channel_table read_interleaved(struct arena *a, struct mdf_write_data d)
{
	static uint8_t stream[ROWS * 40], texts[ROWS * 16];
	static uint64_t offsets[ROWS];
	struct mdf_write_group groups[3] = { plain_group(),
		{ .name = "texts", .record_bytes = 16, .rows = ROWS, .records = texts,
			.channel_count = 2, .channels = text_channels },
		{ .flags = 1, .rows = ROWS, .records = stream } };

	(void)put_words(stream, ROWS, offsets);
	for (uint32_t i = 0; i < ROWS; i++) {
		put_f64(texts + 16 * i, i);
		put_u64(texts + 16 * i + 8, offsets[i]);
	}
	groups[0].record_id = 1;
	groups[1].record_id = d.id_bytes > 1 ? 300 : 2;
	groups[2].record_id = 3;
	d.group_count = 3;
	d.groups = groups;
	return read_data(a, &d);
}

static void check_words(const struct channel_table *t)
{
	assert_int_equal(axis_of(t, channel_of(t, "word"))->count, ROWS);
	for (uint32_t i = 0; i < ROWS; i++)
		assert_true(str_is(label_at(t, "word", i), words[i % 4]));
}

static void mdf_interleaved_groups_are_told_apart(void **state)
{
	static const uint8_t id_bytes[] = { 1, 2, 4, 8 };
	static const struct mdf_write_storage storages[] = { { .container = MDF_DT },
		{ .container = MDF_DL, .block_bytes = 5 },
		{ .container = MDF_DL_DZ, .zip = MDF_DEFLATE_TRANSPOSED, .block_bytes = 333 } };

	(void)state;
	for (int i = 0; i < 4; i++) {
		for (int k = 0; k < 6; k++) {
			SCOPED_ARENA a = { 0 };
			struct mdf_write_data d = { .id_bytes = id_bytes[i],
				.storage = storages[k % 3], .last_first = k > 2 };
			struct channel_table t;
			arena_init(&a, ARENA_CAP);
			t = read_interleaved(&a, d);
			check_column(&t, ROWS);
			check_words(&t);
			assert_int_equal(t.note_count, 0);
		}
	}
}

/* Texts that come after the records, further away than the window: missing, and said so. */
static void limit_mdf_stream_bytes(void **state)
{
	enum { COUNT = 6000, WORD = 1000 };
	SCOPED_ARENA a = { 0 };
	uint8_t *stream = calloc(COUNT, WORD + 4), *texts = calloc(COUNT, 16);
	struct mdf_write_group groups[3] = {
		{ .flags = 1, .rows = COUNT, .records = stream, .record_id = 1 },
		{ .name = "texts", .record_id = 2, .record_bytes = 16, .rows = COUNT,
			.records = texts, .channel_count = 2, .channels = text_channels },
		{ .flags = 1, .rows = COUNT, .records = stream, .record_id = 3 } };
	struct mdf_write_data d = { .id_bytes = 1, .group_count = 3, .groups = groups };
	struct channel_table t;
	uint32_t missing = 0;

	(void)state;
	arena_init(&a, ARENA_CAP);
	assert_true(COUNT * (WORD + 4) > 4 * LIMIT_MDF_STREAM_BYTES);
	for (uint32_t i = 0; i < COUNT; i++) {
		put_u32(stream + (size_t)i * (WORD + 4), WORD);
		memset(stream + (size_t)i * (WORD + 4) + 4, 'a' + i % 10, WORD);
		put_f64(texts + 16 * i, i);
		/* The last hundred point to the beginning. */
		put_u64(texts + 16 * i + 8, i < COUNT - 100 ? (uint64_t)i * (WORD + 4) : 0);
	}
	t = read_data(&a, &d);
	free(stream);
	free(texts);
	for (uint32_t i = 0; i < COUNT; i++)
		missing += str_is(label_at(&t, "word", i), "(missing)");
	assert_int_equal(missing, 100);
	assert_int_equal(channel_of(&t, "word")->label_count, 10);
	assert_true(has_note(&t, NOTE_BROKEN));
}

static void mdf_unknown_record_ids_end_the_group(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct mdf_write_group groups[2] = { plain_group(), plain_group() };
	struct mdf_write_data d = { .id_bytes = 1, .group_count = 1, .groups = groups };
	uint8_t bad[SIZE + 1] = { 9 };
	struct mdf_write_group whole = { .record_bytes = SIZE + 1, .rows = 1, .records = bad };
	struct channel_table t;

	(void)state;
	(void)whole;
	arena_init(&a, ARENA_CAP);
	groups[0].record_id = 0x101; /* written as 1: no group has that id */
	t = read_data(&a, &d);
	assert_int_equal(axis_of(&t, channel_of(&t, "x"))->count, 0);
	assert_true(has_note(&t, NOTE_BROKEN));
	assert_true(has_note(&t, NOTE_CLAMPED));
}

/* ---- texts of variable length ---------------------------------------------------------------- */

static struct channel_table read_stream(struct arena *a, const uint64_t *offsets, uint32_t rows,
	const uint8_t *stream, uint32_t len, const struct mdf_write_storage *storage)
{
	static uint8_t texts[ROWS * 16];
	struct mdf_write_channel two[] = { TIME_CHANNEL, { .name = "word", .type = 1,
		.data_type = 7, .bit_count = 64, .byte_offset = 8, .stream = stream,
		.stream_len = len, .stream_storage = storage } };
	struct mdf_write_group g = { .record_bytes = 16, .rows = rows, .records = texts,
		.channel_count = 2, .channels = two };
	struct mdf_write_data d = { .group_count = 1, .groups = &g };

	for (uint32_t i = 0; i < rows; i++) {
		put_f64(texts + 16 * i, i);
		put_u64(texts + 16 * i + 8, offsets[i]);
	}
	return read_data(a, &d);
}

static void mdf_streams_of_all_containers_hold_the_same(void **state)
{
	static const struct mdf_write_storage storages[] = { { .container = MDF_DT },
		{ .container = MDF_DL, .block_bytes = 3 }, { .container = MDF_DZ },
		{ .container = MDF_DL_DZ, .block_bytes = 50 },
		{ .container = MDF_HL_DL_DZ, .zip = MDF_DEFLATE_TRANSPOSED, .block_bytes = 64,
			.columns = 4 } };
	static uint8_t stream[ROWS * 40];
	static uint64_t offsets[ROWS];
	uint32_t len = put_words(stream, ROWS, offsets);

	(void)state;
	for (int i = 0; i < 5; i++) {
		SCOPED_ARENA a = { 0 };
		struct channel_table t;
		arena_init(&a, ARENA_CAP);
		t = read_stream(&a, offsets, ROWS, stream, len, &storages[i]);
		check_words(&t);
		assert_int_equal(t.note_count, 0);
	}
}

static void mdf_offsets_outside_of_the_stream_are_missing(void **state)
{
	SCOPED_ARENA a = { 0 };
	uint8_t stream[64];
	uint64_t offsets[4];
	uint32_t len = put_words(stream, 4, offsets);
	uint64_t wrong[] = { offsets[1], len, len - 2, UINT64_MAX, UINT64_MAX - 3, 1 };
	struct channel_table t;

	(void)state;
	arena_init(&a, ARENA_CAP);
	t = read_stream(&a, wrong, 6, stream, len, NULL);
	assert_true(str_is(label_at(&t, "word", 0), "green"));
	for (uint32_t i = 1; i < 6; i++)
		assert_true(str_is(label_at(&t, "word", i), "(missing)"));
	assert_true(has_note(&t, NOTE_BROKEN));
}

static void limit_mdf_text_bytes(void **state)
{
	SCOPED_ARENA a = { 0 };
	static uint8_t stream[2 * LIMIT_MDF_TEXT_BYTES + 16];
	uint64_t offsets[2] = { 0, 4 + LIMIT_MDF_TEXT_BYTES };
	struct channel_table t;

	(void)state;
	arena_init(&a, ARENA_CAP);
	memset(stream, 'a', sizeof(stream));
	put_u32(stream, LIMIT_MDF_TEXT_BYTES);
	put_u32(stream + offsets[1], LIMIT_MDF_TEXT_BYTES + 1);
	t = read_stream(&a, offsets, 2, stream, sizeof(stream), NULL);
	assert_int_equal(label_at(&t, "word", 0).len, LIMIT_MDF_TEXT_BYTES);
	assert_true(str_is(label_at(&t, "word", 1), "(missing)"));
}

static void limit_mdf_labels(void **state)
{
	enum { COUNT = LIMIT_MDF_LABELS + 1 };
	SCOPED_ARENA a = { 0 };
	uint8_t *rows = calloc(COUNT, 16);
	struct mdf_write_channel two[] = { TIME_CHANNEL, { .name = "word", .data_type = 7,
		.bit_count = 64, .byte_offset = 8 } };
	struct mdf_write_group g = { .record_bytes = 16, .rows = COUNT, .records = rows,
		.channel_count = 2, .channels = two };
	struct mdf_write_data d = { .group_count = 1, .groups = &g };
	struct channel_table t;

	(void)state;
	arena_init(&a, ARENA_CAP);
	for (uint32_t i = 0; i < COUNT; i++) {
		put_f64(rows + 16 * (size_t)i, i);
		(void)snprintf((char *)rows + 16 * (size_t)i + 8, 8, "%u", (unsigned)i);
	}
	t = read_data(&a, &d);
	free(rows);
	assert_int_equal(channel_of(&t, "word")->label_count, LIMIT_MDF_LABELS);
	assert_true(str_is(label_at(&t, "word", COUNT - 2), "65535"));
	assert_true(str_is(label_at(&t, "word", COUNT - 1), "(missing)"));
	assert_true(has_note(&t, NOTE_UNSUPPORTED));
}

static void mdf_lengths_may_stand_in_another_channel(void **state)
{
	SCOPED_ARENA a = { 0 };
	uint8_t rows[3][32] = { { 0 } };
	static const uint8_t lengths[] = { 3, 0, 200 };
	struct mdf_write_channel three[] = { TIME_CHANNEL,
		{ .name = "word", .type = 5, .data_type = 7, .bit_count = 64, .byte_offset = 9,
			.size_channel = 3 },
		{ .name = "length", .bit_count = 8, .byte_offset = 8 } };
	struct mdf_write_group g = { .record_bytes = 32, .rows = 3, .records = rows[0],
		.channel_count = 3, .channels = three };
	struct mdf_write_data d = { .group_count = 1, .groups = &g };
	struct channel_table t;

	(void)state;
	arena_init(&a, ARENA_CAP);
	for (int i = 0; i < 3; i++) {
		put_f64(rows[i], i);
		rows[i][8] = lengths[i];
		memcpy(rows[i] + 9, "abcdefgh", 8);
	}
	t = read_data(&a, &d);
	assert_true(str_is(label_at(&t, "word", 0), "abc"));
	assert_true(str_is(label_at(&t, "word", 1), ""));
	assert_true(str_is(label_at(&t, "word", 2), "abcdefgh"));
}

/* ---- time axes ------------------------------------------------------------------------------- */

static struct channel_table read_times(struct arena *a, struct mdf_write_channel master,
	const void *bytes, uint32_t rows)
{
	struct mdf_write_channel two[2] = { master, { .name = "x", .bit_count = 8 } };
	struct mdf_write_group g = { .record_bytes = 8, .rows = rows, .records = bytes,
		.channel_count = 2, .channels = two };
	struct mdf_write_data d = { .group_count = 1, .groups = &g };

	return read_data(a, &d);
}

static void mdf_whole_nanoseconds_stay_exact(void **state)
{
	SCOPED_ARENA a = { 0 };
	const double ns[] = { 0, 1e-9 }, us[] = { 10, 1e-6 };
	struct mdf_write_conversion k = { .type = 1, .value_count = 2, .values = ns };
	struct mdf_write_channel master = { .name = "t", .type = 2, .sync = 1, .bit_count = 64,
		.conversion = &k };
	/* Past 2^53: a double would lose the last digits. */
	const uint64_t ticks[] = { 1700000000000000001u, 1700000000000000003u };
	struct channel_table t;

	(void)state;
	arena_init(&a, ARENA_CAP);
	t = read_times(&a, master, ticks, 2);
	assert_int_equal(t.axes[0].times[0], 1700000000000000001);
	assert_int_equal(t.axes[0].times[1], 1700000000000000003);
	k.values = us;
	t = read_times(&a, master, (const uint64_t[]){ 0, 123456789 }, 2);
	assert_int_equal(t.axes[0].times[0], 10000000000);
	assert_int_equal(t.axes[0].times[1], 133456789000);
}

static void mdf_seconds_round_to_the_nearest_nanosecond(void **state)
{
	SCOPED_ARENA a = { 0 };
	const double s[] = { -0.5e-9, 0.5e-9, 1.5e-9, 0.1, 86399.999999999 };
	struct channel_table t;

	(void)state;
	arena_init(&a, ARENA_CAP);
	t = read_times(&a, (struct mdf_write_channel)TIME_CHANNEL, s, 5);
	assert_int_equal(t.axes[0].times[0], 0);
	assert_int_equal(t.axes[0].times[1], 0);
	assert_int_equal(t.axes[0].times[2], 2);
	assert_int_equal(t.axes[0].times[3], 100000000);
	assert_int_equal(t.axes[0].times[4], 86399999999999);
}

static void mdf_rows_without_a_time_are_left_out(void **state)
{
	SCOPED_ARENA a = { 0 };
	const double s[] = { 0, NAN, 1, INFINITY, 1e300, 2 };
	struct channel_table t;

	(void)state;
	arena_init(&a, ARENA_CAP);
	t = read_times(&a, (struct mdf_write_channel)TIME_CHANNEL, s, 6);
	assert_int_equal(t.axes[0].count, 3);
	assert_int_equal(t.axes[0].times[2], 2000000000);
	assert_true(has_note(&t, NOTE_BAD_VALUE));
}

static void mdf_times_that_go_back_leave_the_group_empty(void **state)
{
	SCOPED_ARENA a = { 0 };
	const double back[] = { 0, 2, 1, 3 }, again[] = { 0, 1, 1, 2 };
	struct channel_table t;

	(void)state;
	arena_init(&a, ARENA_CAP);
	t = read_times(&a, (struct mdf_write_channel)TIME_CHANNEL, back, 4);
	assert_int_equal(t.axes[0].count, 0);
	assert_true(has_note(&t, NOTE_TIME_BACKWARDS));
	t = read_times(&a, (struct mdf_write_channel)TIME_CHANNEL, again, 4);
	assert_int_equal(t.axes[0].count, 4);
	assert_true(has_note(&t, NOTE_TIME_REPEATED));
}

static void mdf_a_virtual_master_counts_records(void **state)
{
	SCOPED_ARENA a = { 0 };
	const double step[] = { 1, 0.01 };
	struct mdf_write_conversion k = { .type = 1, .value_count = 2, .values = step };
	struct mdf_write_channel master = { .name = "t", .type = 3, .sync = 1, .conversion = &k };
	static uint64_t bytes[3000];
	struct channel_table t;

	(void)state;
	arena_init(&a, ARENA_CAP);
	t = read_times(&a, master, bytes, 3000);
	assert_int_equal(t.axes[0].count, 3000);
	for (int i = 0; i < 3000; i++)
		assert_int_equal(t.axes[0].times[i], 1000000000 + i * 10000000LL);
	assert_true(channel_of(&t, "t")->values[2] == 1 + 0.01 * 2);
}

static void mdf_groups_without_seconds_have_no_time(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct mdf_write_channel master = TIME_CHANNEL;
	const double s[] = { 0, 1 };
	struct channel_table t;

	(void)state;
	arena_init(&a, ARENA_CAP);
	master.sync = 2;
	t = read_times(&a, master, s, 2);
	assert_int_equal(t.axes[0].count, 0);
	assert_true(has_note(&t, NOTE_NO_TIME));
	master.sync = 1;
	master.unit = "ms";
	t = read_times(&a, master, s, 2);
	assert_int_equal(t.axes[0].count, 0);
	assert_true(has_note(&t, NOTE_NO_TIME));
}

/* MDF 4.2: each channel in a group of its own, the time axis in another. */
static void mdf_a_time_axis_may_stand_in_another_group(void **state)
{
	SCOPED_ARENA a = { 0 };
	static uint8_t values[ROWS * 8], times[ROWS * 8];
	struct mdf_write_channel master[] = { TIME_CHANNEL };
	struct mdf_write_channel value[] = { { .name = "y", .data_type = 4, .bit_count = 64 } };
	struct mdf_write_group groups[] = {
		{ .name = "values", .record_bytes = 8, .rows = ROWS, .records = values,
			.channel_count = 1, .channels = value, .master_data = 2 },
		{ .name = "times", .record_bytes = 8, .rows = ROWS, .records = times,
			.channel_count = 1, .channels = master } };
	struct mdf_write_data data[] = {
		{ .group_count = 1, .groups = &groups[0], .storage = { .container = MDF_LD,
			.zip = MDF_DEFLATE, .block_bytes = 70 } },
		{ .group_count = 1, .groups = &groups[1], .storage = { .container = MDF_LD,
			.zip = MDF_ZIP_NONE, .block_bytes = 130 } } };
	struct mdf_write_file f = { .version = 420, .data_count = 2, .data = data };
	struct channel_table t;

	(void)state;
	arena_init(&a, ARENA_CAP);
	for (int i = 0; i < ROWS; i++) {
		put_f64(values + 8 * i, -i);
		put_f64(times + 8 * i, i * 0.25);
	}
	t = read_file(&a, &f);
	assert_int_equal(axis_of(&t, channel_of(&t, "y"))->count, ROWS);
	for (int i = 0; i < ROWS; i++) {
		assert_int_equal(axis_of(&t, channel_of(&t, "y"))->times[i], i * 250000000LL);
		assert_true(channel_of(&t, "y")->values[i] == -i);
	}
	groups[0].cycle_count = ROWS - 1;
	t = read_file(&a, &f);
	assert_int_equal(axis_of(&t, channel_of(&t, "y"))->count, 0);
	assert_true(has_note(&t, NOTE_NO_TIME));
}

/* ---- counts ---------------------------------------------------------------------------------- */

static void mdf_fewer_and_more_records_than_claimed_are_noted(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct mdf_write_group g = plain_group();
	struct mdf_write_data d = { .group_count = 1, .groups = &g };
	struct channel_table t;

	(void)state;
	arena_init(&a, ARENA_CAP);
	for (int sorted = 0; sorted < 2; sorted++) {
		d.id_bytes = sorted ? 0 : 1;
		g.cycle_count = ROWS + 5;
		t = read_data(&a, &d);
		check_column(&t, ROWS);
		assert_true(has_note(&t, NOTE_CLAMPED));
		g.cycle_count = UINT64_MAX - 1;
		t = read_data(&a, &d);
		check_column(&t, ROWS);
		g.cycle_count = ROWS - 5;
		t = read_data(&a, &d);
		check_column(&t, ROWS - 5);
		assert_true(has_note(&t, NOTE_BROKEN));
		assert_false(has_note(&t, NOTE_CLAMPED));
	}
}

/* What a recorder leaves that was switched off: the records at the end, their block's length that
 * of its header, counts of zero. */
static void mdf_an_unfinalized_file_is_read_to_its_end(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	struct mdf_write_group g = plain_group();
	struct mdf_write_data d = { .group_count = 1, .groups = &g };
	struct mdf_write_file file = { .data_count = 1, .data = &d, .unfinalized = true,
		.unfinalized_flags = 0x25 };
	static const char head[24] = "##DT\0\0\0\0\x18";
	struct evidence_listing l;
	struct channel_table t;
	struct evidence_file f;
	struct err e = { 0 };
	size_t dg;

	(void)state;
	arena_init(&a, ARENA_CAP);
	buf_init(&b, FILE_MAX);
	g.claim_none = true;
	mdf_write(&b, &file);
	dg = str_find(buf_str(&b), STR("##DG"));
	while (b.len % 8 != 0)
		buf_put_char(&b, 0);
	put_u64((uint8_t *)b.at + dg + 40, b.len);
	buf_put(&b, head, sizeof(head));
	buf_put(&b, records, sizeof(records) - 3);
	f = file_of(buf_str(&b));
	must(collect_all(&a, &f, &l, &t, &e), &e);
	assert_int_equal(l.groups[0].rows, ROWS - 1);
	check_column(&t, ROWS - 1);
	assert_true(has_note(&t, NOTE_UNFINALIZED));
	assert_true(has_note(&t, NOTE_TORN));
	assert_false(has_note(&t, NOTE_CLAMPED));
}

static void mdf_an_all_invalid_channel_is_noted(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct mdf_write_channel two[] = { TIME_CHANNEL, channels[1] };
	struct mdf_write_group g = plain_group();
	struct mdf_write_data d = { .group_count = 1, .groups = &g };
	struct channel_table t;

	(void)state;
	arena_init(&a, ARENA_CAP);
	two[1].flags = 1;
	g.channels = two;
	t = read_data(&a, &d);
	for (int i = 0; i < ROWS; i++)
		assert_true(isnan(channel_of(&t, "x")->values[i]));
	assert_true(has_note(&t, NOTE_ALL_INVALID));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mdf_containers_of_all_kinds_hold_the_same),
		cmocka_unit_test(mdf_columns_written_in_one_call_come_back),
		cmocka_unit_test(mdf_interleaved_groups_are_told_apart),
		cmocka_unit_test(limit_mdf_stream_bytes),
		cmocka_unit_test(mdf_unknown_record_ids_end_the_group),
		cmocka_unit_test(mdf_streams_of_all_containers_hold_the_same),
		cmocka_unit_test(mdf_offsets_outside_of_the_stream_are_missing),
		cmocka_unit_test(limit_mdf_text_bytes),
		cmocka_unit_test(limit_mdf_labels),
		cmocka_unit_test(mdf_lengths_may_stand_in_another_channel),
		cmocka_unit_test(mdf_whole_nanoseconds_stay_exact),
		cmocka_unit_test(mdf_seconds_round_to_the_nearest_nanosecond),
		cmocka_unit_test(mdf_rows_without_a_time_are_left_out),
		cmocka_unit_test(mdf_times_that_go_back_leave_the_group_empty),
		cmocka_unit_test(mdf_a_virtual_master_counts_records),
		cmocka_unit_test(mdf_groups_without_seconds_have_no_time),
		cmocka_unit_test(mdf_a_time_axis_may_stand_in_another_group),
		cmocka_unit_test(mdf_fewer_and_more_records_than_claimed_are_noted),
		cmocka_unit_test(mdf_an_unfinalized_file_is_read_to_its_end),
		cmocka_unit_test(mdf_an_all_invalid_channel_is_noted),
	};
	return cmocka_run_group_tests(tests, fill, NULL);
}
