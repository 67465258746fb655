/* test_mdf.c - MDF files that others wrote: the same content in five containers, and bus logs. */
#include "evidence/mdf.h"

#include <string.h>

#include "mdf_fixture.h"

static const char *const containers[] = {
	"synthetic/syn_dt_200.mf4", "synthetic/syn_dl_dt_200.mf4", "synthetic/syn_dz_200.mf4",
	"synthetic/syn_hl_dl_dz_200.mf4", "synthetic/syn_hl_dl_dztr_200.mf4",
};

static void load(struct arena *a, const char *name, struct channel_table *ret)
{
	struct evidence_file f = file_of(vector_file(a, name));
	struct evidence_listing listing;
	struct err e = { 0 };

	must(collect_all(a, &f, &listing, ret, &e), &e);
}

static double sum_of(const struct channel_table *t, const char *name)
{
	const struct channel *c = channel_of(t, name);
	double sum = 0;

	for (uint64_t i = 0; i < axis_of(t, c)->count; i++)
		sum += isnan(c->values[i]) ? 0 : c->values[i];
	return sum;
}

static void mdf_lists_what_the_file_declares(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct evidence_listing l;
	struct evidence_file f;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	f = file_of(vector_file(&a, containers[0]));
	must(evidence_list(&a, &f, NULL, &l, &e), &e);
	assert_true(str_is(l.format, "mdf"));
	assert_int_equal(l.group_count, 1);
	assert_true(l.groups[0].has_time && l.groups[0].rows_known);
	assert_int_equal(l.groups[0].rows, 200);
	assert_int_equal(l.channel_count, 6);
	assert_true(str_is(l.channels[1].name, "v_ego") && str_is(l.channels[1].unit, "km/h"));
	assert_int_equal(l.channels[1].kind, CHANNEL_NUMBER);
	assert_true(l.channels[1].readable);
	assert_int_equal(l.channels[5].kind, CHANNEL_TEXT);
}

/* Sums over valid values, as mdflib 2.3 computed them. */
static void mdf_sums_are_those_of_another_reader(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct channel_table t;

	(void)state;
	arena_init(&a, ARENA_CAP);
	for (size_t i = 0; i < sizeof(containers) / sizeof(containers[0]); i++) {
		load(&a, containers[i], &t);
		assert_int_equal(axis_of(&t, channel_of(&t, "v_ego"))->count, 200);
		assert_true(fabs(sum_of(&t, "t") - 199) < 1e-9);
		assert_true(fabs(sum_of(&t, "v_ego") - 15801) < 1e-9);
		assert_true(fabs(sum_of(&t, "dist") - 9801.99) < 1e-3);
		assert_true(fabs(sum_of(&t, "ay_be") - 141.053) < 1e-9);
		assert_true(sum_of(&t, "flag3") == 700);
	}
}

static void mdf_values_are_the_formula_of_the_sample(void **state)
{
	SCOPED_ARENA a = { 0 };
	static const char *const states[] = { "off", "warn", "brake" };
	struct channel_table t;
	const struct channel *dist;

	(void)state;
	arena_init(&a, ARENA_CAP);
	load(&a, containers[0], &t);
	dist = channel_of(&t, "dist");
	for (int i = 0; i < 200; i++) {
		assert_int_equal(axis_of(&t, dist)->times[i], i * 10000000LL);
		assert_true(channel_of(&t, "v_ego")->values[i] == 0.01 * (8000 - i));
		assert_true(channel_of(&t, "flag3")->values[i] == i % 8);
		assert_true(str_is(label_at(&t, "state", (uint64_t)i), states[i % 3]));
		if (i % 100 == 99)
			assert_true(isnan(dist->values[i]));
		else
			assert_true(dist->values[i] == (double)(float)(50 - 0.005 * i));
	}
}

static bool same_columns(const struct channel_table *x, const struct channel_table *y)
{
	if (x->channel_count != y->channel_count || x->start_ns != y->start_ns)
		return false;
	for (uint32_t i = 0; i < x->channel_count; i++) {
		uint64_t n = axis_of(x, &x->channels[i])->count;
		if (n != axis_of(y, &y->channels[i])->count ||
			!str_eq(x->channels[i].name, y->channels[i].name) ||
			memcmp(axis_of(x, &x->channels[i])->times,
				axis_of(y, &y->channels[i])->times, n * 8) != 0 ||
			memcmp(x->channels[i].values, y->channels[i].values, n * 8) != 0)
			return false;
	}
	return true;
}

static void mdf_containers_give_identical_channels(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct channel_table first, t;

	(void)state;
	arena_init(&a, ARENA_CAP);
	load(&a, containers[0], &first);
	for (size_t i = 1; i < sizeof(containers) / sizeof(containers[0]); i++) {
		load(&a, containers[i], &t);
		assert_true(same_columns(&first, &t));
	}
}

/* ---- bus logs -------------------------------------------------------------------------------- */

struct frames {
	uint64_t count, bytes, extended;
	uint64_t id_sum;
	int64_t first_ns, last_ns;
	bool backwards;
};

static enum err_code count_frame(void *context, const struct can_frame *f, struct err *e)
{
	struct frames *s = context;

	(void)e;
	s->first_ns = s->count == 0 ? f->time_ns : s->first_ns;
	s->backwards |= s->count > 0 && f->time_ns < s->last_ns;
	s->last_ns = f->time_ns;
	s->count++;
	s->bytes += f->length;
	s->extended += f->extended;
	s->id_sum += f->id;
	return ERR_OK;
}

static enum err_code mark_note(void *context, enum note_code code, struct str where,
	struct str text, struct err *e)
{
	(void)where, (void)text, (void)e;
	((uint32_t *)context)[code]++;
	return ERR_OK;
}

static struct frames frames_of(struct arena *a, const char *name, uint32_t *notes)
{
	struct evidence_file f = file_of(vector_file(a, name));
	struct evidence_sink sink = { .note = mark_note, .context = notes };
	struct frames s = { 0 };
	uint32_t groups = 0;
	struct err e = { 0 };

	must(mdf_read_can(a, &f, count_frame, &s, &sink, &groups, &e), &e);
	assert_int_equal(groups, 1);
	return s;
}

static void mdf_reads_all_frames_of_unfinalized_logs(void **state)
{
	SCOPED_ARENA a = { 0 };
	uint32_t notes[NOTE_CODE_COUNT] = { 0 };
	struct frames s;

	(void)state;
	arena_init(&a, ARENA_CAP);
	s = frames_of(&a, "css/unfinalized_FCBF0606_00003482_00000001.MF4", notes);
	assert_int_equal(s.count, 1815);
	assert_int_equal(notes[NOTE_UNFINALIZED], 1);
	assert_int_equal(notes[NOTE_TORN] + notes[NOTE_BROKEN] + notes[NOTE_BAD_VALUE], 0);
	s = frames_of(&a, "css/unfinalized_17BD1DB7_00000006_00000170.MF4", notes);
	assert_int_equal(s.count, 2010);
	assert_int_equal(notes[NOTE_TORN] + notes[NOTE_BROKEN] + notes[NOTE_BAD_VALUE], 0);
}

static void mdf_reads_all_frames_of_a_finalized_log(void **state)
{
	SCOPED_ARENA a = { 0 };
	uint32_t notes[NOTE_CODE_COUNT] = { 0 };
	struct frames s;

	(void)state;
	arena_init(&a, ARENA_CAP);
	s = frames_of(&a, "css/finalized_3BA199E2_00000164_00000005.MF4", notes);
	assert_int_equal(s.count, 5477);
	assert_false(s.backwards);
	for (int i = 0; i < NOTE_CODE_COUNT; i++)
		assert_int_equal(notes[i], 0);
}

static void mdf_reads_the_parts_of_frames_as_channels(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct channel_table t;
	const struct channel *c;

	(void)state;
	arena_init(&a, ARENA_CAP);
	load(&a, "css/unfinalized_FCBF0606_00003482_00000001.MF4", &t);
	c = channel_of(&t, "CAN_DataFrame.DataLength");
	assert_int_equal(axis_of(&t, c)->count, 1815);
	assert_true(has_note(&t, NOTE_UNFINALIZED));
	for (uint64_t i = 0; i < 1815; i++)
		assert_true(c->values[i] >= 0 && c->values[i] <= 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mdf_lists_what_the_file_declares),
		cmocka_unit_test(mdf_sums_are_those_of_another_reader),
		cmocka_unit_test(mdf_values_are_the_formula_of_the_sample),
		cmocka_unit_test(mdf_containers_give_identical_channels),
		cmocka_unit_test(mdf_reads_all_frames_of_unfinalized_logs),
		cmocka_unit_test(mdf_reads_all_frames_of_a_finalized_log),
		cmocka_unit_test(mdf_reads_the_parts_of_frames_as_channels),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
