/* test_evidence.c - the one door to measurement files, and the table that comes out of it. */
#include "evidence/evidence.h"

#include "evidence/can_frame.h"
#include "evidence/channel.h"
#include "evidence/mapping.h"
#include "mdf_fixture.h"

static void note_names_are_words_of_their_own(void **state)
{
	(void)state;
	assert_string_equal(note_name(NOTE_UNFINALIZED), "unfinalized");
	assert_string_equal(note_name(NOTE_TIME_BACKWARDS), "time-backwards");
	for (int i = 0; i < NOTE_CODE_COUNT; i++) {
		assert_non_null(note_name((enum note_code)i));
		for (int k = 0; k < i; k++)
			assert_string_not_equal(note_name((enum note_code)i),
				note_name((enum note_code)k));
	}
}

static void evidence_refuses_what_no_format_knows(void **state)
{
	SCOPED_ARENA a = { 0 };
	static const char bytes[] = "\x7f" "ELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0\x01\0\0";
	struct evidence_file f = { .name = STR("program"), .at = (const uint8_t *)bytes,
		.size = sizeof(bytes) };
	struct evidence_listing l;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	assert_int_equal(evidence_list(&a, &f, NULL, &l, &e), ERR_UNSUPPORTED);
	assert_true(strlen(e.hint) > 0);
}

/* A file of two groups: columns over 3 and 5000 rows. */
static struct evidence_file two_groups(struct buf *b)
{
	static uint8_t rows[5000 * 24];
	static const struct mdf_write_channel ch[] = { TIME_CHANNEL,
		{ .name = "x", .data_type = 4, .bit_count = 64, .byte_offset = 8 },
		{ .name = "y", .data_type = 4, .bit_count = 64, .byte_offset = 16 } };
	struct mdf_write_group groups[2] = {
		{ .name = "short", .record_bytes = 24, .rows = 3, .records = rows,
			.channel_count = 3, .channels = ch },
		{ .name = "long", .record_bytes = 24, .rows = 5000, .records = rows,
			.channel_count = 3, .channels = ch } };
	struct mdf_write_data data[2] = { { .group_count = 1, .groups = &groups[0] },
		{ .group_count = 1, .groups = &groups[1] } };
	struct mdf_write_file f = { .data_count = 2, .data = data };

	for (int i = 0; i < 5000; i++) {
		put_f64(rows + 24 * i, i);
		put_f64(rows + 24 * i + 8, i * 2);
		put_f64(rows + 24 * i + 16, -i);
	}
	mdf_write(b, &f);
	return file_of(buf_str(b));
}

static void evidence_collects_in_the_order_asked_for(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	static const uint32_t wanted[] = { 5, 1, 4 };
	struct evidence_listing l;
	struct channel_table t;
	struct evidence_file f;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	buf_init(&b, FILE_MAX);
	f = two_groups(&b);
	must(evidence_list(&a, &f, NULL, &l, &e), &e);
	must(evidence_collect(&a, &f, NULL, &l, wanted, 3, &t, &e), &e);
	channel_table_check(&t);
	assert_int_equal(t.channel_count, 3);
	assert_int_equal(t.axis_count, 2);
	assert_true(str_is(t.channels[0].name, "y") && str_is(t.channels[0].group, "long"));
	assert_true(str_is(t.channels[1].name, "x") && str_is(t.channels[1].group, "short"));
	assert_int_equal(t.channels[0].axis, t.channels[2].axis);
	assert_true(t.channels[0].values[4999] == -4999);
	assert_true(t.channels[1].values[2] == 4);
	assert_int_equal(axis_of(&t, &t.channels[1])->count, 3);
	must(evidence_collect(&a, &f, NULL, &l, NULL, 0, &t, &e), &e);
	assert_int_equal(t.channel_count, 0);
}

static void evidence_stops_at_the_cap_of_the_arena(void **state)
{
	SCOPED_BUF b = { 0 };
	static const uint32_t wanted[] = { 4, 5 };
	struct evidence_file f;
	uint32_t refused = 0;

	(void)state;
	buf_init(&b, FILE_MAX);
	f = two_groups(&b);
	for (size_t cap = 0; cap < 400000; cap += 1000) {
		SCOPED_ARENA a = { 0 };
		struct evidence_listing l;
		struct channel_table t;
		struct err e = { 0 };
		enum err_code code;
		arena_init(&a, cap);
		code = evidence_list(&a, &f, NULL, &l, &e);
		if (code == ERR_OK)
			code = evidence_collect(&a, &f, NULL, &l, wanted, 2, &t, &e);
		assert_true(code == ERR_OK || code == ERR_TOO_LARGE);
		refused += code == ERR_TOO_LARGE;
	}
	assert_in_range(refused, 100, 399);
}

/* ---- sinks ----------------------------------------------------------------------------------- */

struct small_sink {
	int64_t times[7];
	double values[2][7];
	double *columns[2];
	uint64_t rows, left;
	double sum;
	uint64_t fail_at;
};

static enum err_code small_room(void *context, uint32_t group, uint64_t rows_left,
	struct evidence_block *ret, struct err *e)
{
	struct small_sink *s = context;

	(void)e;
	if (s->rows == 0)
		s->left = rows_left;
	*ret = (struct evidence_block){ .group = group, .capacity = 7, .times = s->times,
		.values = s->columns };
	return ERR_OK;
}

static enum err_code small_filled(void *context, const struct evidence_block *block,
	uint64_t count, struct err *e)
{
	struct small_sink *s = context;

	assert_in_range(count, 1, 7);
	for (uint64_t i = 0; i < count; i++)
		s->sum += block->values[1][i];
	s->rows += count;
	return s->rows >= s->fail_at ? err_set(e, ERR_BUSY, "enough") : ERR_OK;
}

static enum err_code small_note(void *context, enum note_code code, struct str where,
	struct str text, struct err *e)
{
	(void)context, (void)code, (void)where, (void)text;
	return err_set(e, ERR_INTERNAL, "a good file has no notes");
}

static void evidence_streams_through_a_block_of_seven_rows(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	static const uint32_t wanted[] = { 5, 4 };
	struct small_sink s = { .fail_at = UINT64_MAX };
	struct evidence_sink sink = { .room = small_room, .filled = small_filled,
		.note = small_note, .context = &s };
	struct evidence_listing l;
	struct evidence_file f;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	buf_init(&b, FILE_MAX);
	s.columns[0] = s.values[0];
	s.columns[1] = s.values[1];
	f = two_groups(&b);
	must(evidence_list(&a, &f, NULL, &l, &e), &e);
	must(evidence_read(&a, &f, NULL, &l, wanted, 2, &sink, &e), &e);
	assert_int_equal(s.rows, 5000);
	assert_int_equal(s.left, 5000);
	assert_true(s.sum == 4999.0 * 5000);
	s.fail_at = 100;
	s.rows = 0;
	assert_int_equal(evidence_read(&a, &f, NULL, &l, wanted, 2, &sink, &e), ERR_BUSY);
	assert_int_equal(s.rows, 105);
}

/* ---- bus logs -------------------------------------------------------------------------------- */

/* A log with a DBC file lists the signals behind the parts of the frames, and reads both. */
static void evidence_shows_signals_beside_the_frames(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct mapping m = { .dbc = STR("BO_ 2364539904 EEC1: 8 X\n"
		" SG_ EngineSpeed : 24|16@1+ (0.125,0) [0|8031.875] \"rpm\" X\n") };
	struct evidence_listing l;
	struct channel_table t;
	struct evidence_file f;
	uint32_t wanted[2] = { 0 };
	const struct channel *speed;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	f = file_of(vector_file(&a, "css/unfinalized_FCBF0606_00003482_00000001.MF4"));
	must(evidence_list(&a, &f, &m, &l, &e), &e);
	for (uint32_t i = 0; i < l.channel_count; i++) {
		if (str_is(l.channels[i].name, "EEC1.EngineSpeed"))
			wanted[0] = i;
		if (str_is(l.channels[i].name, "CAN_DataFrame.DataLength"))
			wanted[1] = i;
	}
	assert_true(wanted[0] > wanted[1] && wanted[1] > 0);
	must(evidence_collect(&a, &f, &m, &l, wanted, 2, &t, &e), &e);
	channel_table_check(&t);
	speed = &t.channels[0];
	assert_true(str_is(speed->unit, "rpm"));
	assert_int_equal(axis_of(&t, &t.channels[1])->count, 1815);
	assert_in_range(axis_of(&t, speed)->count, 10, 1814);
	for (uint64_t i = 0; i < axis_of(&t, speed)->count; i++)
		assert_true(speed->values[i] >= 0 && speed->values[i] < 3000);
	assert_true(has_note(&t, NOTE_UNFINALIZED));
	/* The same of a file without frames is the file itself, with a note. */
	f = file_of(vector_file(&a, "synthetic/syn_dt_200.mf4"));
	must(evidence_list(&a, &f, &m, &l, &e), &e);
	assert_int_equal(l.channel_count, 6);
	assert_int_equal(l.note_count, 1);
	assert_int_equal(l.notes[0].code, NOTE_UNSUPPORTED);
}

/* The caller hears of progress, so that it can drop pages. */
static void count_passed(void *context, uint64_t offset)
{
	uint64_t *most = context;

	*most = offset > *most ? offset : *most;
}

static void evidence_tells_what_it_has_passed(void **state)
{
	enum { ROWS = 1000000 };
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	uint8_t *rows = calloc(ROWS, 8);
	struct mdf_write_channel master = { .name = "t", .type = 3, .sync = 1 };
	struct mdf_write_group g = { .record_bytes = 8, .rows = ROWS, .records = rows,
		.channel_count = 1, .channels = &master };
	struct mdf_write_data d = { .group_count = 1, .groups = &g };
	struct evidence_listing l;
	struct channel_table t;
	struct evidence_file f;
	uint64_t most = 0;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	buf_init(&b, FILE_MAX);
	f = file_of(write_data(&b, &d, 410));
	free(rows);
	f.passed = count_passed;
	f.context = &most;
	must(collect_all(&a, &f, &l, &t, &e), &e);
	assert_true(most > 4 * 1024 * 1024);
	assert_true(most <= f.size);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(note_names_are_words_of_their_own),
		cmocka_unit_test(evidence_refuses_what_no_format_knows),
		cmocka_unit_test(evidence_collects_in_the_order_asked_for),
		cmocka_unit_test(evidence_stops_at_the_cap_of_the_arena),
		cmocka_unit_test(evidence_streams_through_a_block_of_seven_rows),
		cmocka_unit_test(evidence_shows_signals_beside_the_frames),
		cmocka_unit_test(evidence_tells_what_it_has_passed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
