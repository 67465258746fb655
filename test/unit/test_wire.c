/* test_wire.c - answers of the sandbox's worker, written and distrusted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>
#include <sys/mman.h>

#include "base/scoped.h"
#include "evidence/wire.h"

#define CAP ((size_t)1 << 22)
#define OUT_MAX ((uint64_t)1 << 20)

struct answer { uint64_t at[16384]; uint64_t size; };

static void must_be_ok(enum err_code code, const struct err *e)
{
	if (code != ERR_OK)
		fail_msg("%s", e->message);
}

/* What a finished answer holds. */
static void take(struct wire_out *w, int fd, struct answer *ret)
{
	ret->size = w->used;
	wire_out_close(w);
	assert_true(ret->size <= sizeof(ret->at));
	assert_int_equal(pread(fd, ret->at, ret->size, 0), ret->size);
}

static const int64_t times[] = { -5, 0, 0, 7 };
static const double speeds[] = { 1.5, NAN, -0.0, 4 };
static const double lights[] = { 1, 0, NAN, 1 };
static const struct str labels[] = { { "green", 5 }, { "red", 3 } };

static uint64_t put_column(struct wire_out *w, const void *from, size_t bytes)
{
	uint64_t at = wire_reserve(w, bytes);

	assert_true(at > 0);
	memcpy(w->at + at, from, bytes);
	return at;
}

static void make_table(struct answer *ret)
{
	SCOPED_FD fd = memfd_create("test", MFD_CLOEXEC);
	struct wire_out w;
	struct err e = { 0 };

	must_be_ok(wire_out_open(&w, fd, OUT_MAX, &e), &e);
	wire_out_begin(&w);
	const struct wire_axis axis = { 4, put_column(&w, times, sizeof(times)) };
	const struct wire_column columns[] = {
		{ .name = STR("speed"), .group = STR("g"), .unit = STR("km/h"),
			.values_at = put_column(&w, speeds, sizeof(speeds)) },
		{ .name = STR("light"), .group = STR("g"), .unit = STR(""), .kind = CHANNEL_TEXT,
			.values_at = put_column(&w, lights, sizeof(lights)), .label_count = 2,
			.labels = labels },
		{ .name = STR("gone"), .group = STR(""), .unit = STR(""), .axis = UINT32_MAX },
	};
	const struct evidence_note note = { NOTE_TORN, STR("g"), STR("the tail was dropped") };
	const struct wire_table t = { .format = STR("mdf"), .start_ns = 123, .axis_count = 1,
		.column_count = 3, .note_count = 1, .axes = &axis, .columns = columns,
		.notes = &note };
	must_be_ok(wire_put_table(&w, &t, &e), &e);
	take(&w, fd, ret);
}

static void wire_a_table_comes_back_as_it_was(void **state)
{
	static struct answer answer;
	SCOPED_ARENA a;
	struct channel_table t;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, CAP);
	make_table(&answer);
	must_be_ok(wire_get_table(&a, (const uint8_t *)answer.at, answer.size, &t, &e), &e);
	assert_true(str_is(t.format, "mdf"));
	assert_int_equal(t.start_ns, 123);
	assert_int_equal(t.axis_count, 1);
	assert_int_equal(t.axes[0].count, 4);
	assert_memory_equal(t.axes[0].times, times, sizeof(times));
	assert_int_equal(t.channel_count, 3);
	assert_memory_equal(t.channels[0].values, speeds, sizeof(speeds));
	assert_true(str_is(t.channels[0].unit, "km/h"));
	assert_int_equal(t.channels[1].kind, CHANNEL_TEXT);
	assert_int_equal(t.channels[1].label_count, 2);
	assert_true(str_is(t.channels[1].labels[1], "red"));
	assert_int_equal(t.channels[2].axis, UINT32_MAX);
	assert_int_equal(t.note_count, 1);
	assert_int_equal(t.notes[0].code, NOTE_TORN);
	assert_true(str_is(t.notes[0].where, "g"));
}

static const struct evidence_group groups[] = { { STR("a"), 7, true, true },
	{ STR("b"), 0, false, false } };
static const struct evidence_channel channels[] = {
	{ STR("a"), STR("v"), STR("m/s"), CHANNEL_NUMBER, 0, true, STR("") },
	{ STR("b"), STR("w"), STR(""), CHANNEL_TEXT, 1, false, STR("an array") },
};
static const struct evidence_listing listing = { STR("csv"), CHANNEL_TIME_UNKNOWN, 2, groups, 2,
	channels, 0, NULL };

static void make_listing(struct answer *ret)
{
	SCOPED_FD fd = memfd_create("test", MFD_CLOEXEC);
	struct wire_out w;
	struct err e = { 0 };

	must_be_ok(wire_out_open(&w, fd, OUT_MAX, &e), &e);
	wire_out_begin(&w);
	must_be_ok(wire_put_listing(&w, &listing, &e), &e);
	take(&w, fd, ret);
}

static void wire_a_listing_comes_back_as_it_was(void **state)
{
	static struct answer answer;
	SCOPED_ARENA a;
	struct evidence_listing l;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, CAP);
	make_listing(&answer);
	must_be_ok(wire_get_listing(&a, (const uint8_t *)answer.at, answer.size, &l, &e), &e);
	assert_int_equal(l.start_ns, CHANNEL_TIME_UNKNOWN);
	assert_int_equal(l.group_count, 2);
	assert_int_equal(l.groups[0].rows, 7);
	assert_true(l.groups[0].rows_known && l.groups[0].has_time && !l.groups[1].has_time);
	assert_int_equal(l.channel_count, 2);
	assert_true(l.channels[0].readable && !l.channels[1].readable);
	assert_true(str_is(l.channels[1].why_not, "an array"));
	assert_int_equal(l.channels[1].group_index, 1);
	/* An answer is what was asked for, not another. */
	struct channel_table t;
	assert_int_equal(wire_get_table(&a, (const uint8_t *)answer.at, answer.size, &t, &e),
		ERR_INVALID);
}

static void make_sums(struct answer *ret)
{
	static const struct evidence_group_sum group_sums[] = { { 7, -1, 5, 3, false },
		{ 0, 0, 0, 0, false } };
	static const struct evidence_channel_sum channel_sums[] = { { 6, 1, -2, 3.5, 4 },
		{ 0, 0, NAN, NAN, NAN } };
	const struct evidence_sums sums = { listing, group_sums, channel_sums };
	SCOPED_FD fd = memfd_create("test", MFD_CLOEXEC);
	struct wire_out w;
	struct err e = { 0 };

	must_be_ok(wire_out_open(&w, fd, OUT_MAX, &e), &e);
	wire_out_begin(&w);
	must_be_ok(wire_put_sums(&w, &sums, &e), &e);
	take(&w, fd, ret);
}

static void wire_sums_come_back_as_they_were(void **state)
{
	static struct answer answer;
	SCOPED_ARENA a;
	struct evidence_sums s;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, CAP);
	make_sums(&answer);
	must_be_ok(wire_get_sums(&a, (const uint8_t *)answer.at, answer.size, &s, &e), &e);
	assert_int_equal(s.listing.channel_count, 2);
	assert_int_equal(s.groups[0].gap_ns, 3);
	assert_int_equal(s.channels[0].missing, 1);
	assert_true(s.channels[0].max == 3.5);
	assert_true(isnan(s.channels[1].sum));
}

/* Reads every byte that a table names, so that the sanitizer sees one outside. */
static void walk(const struct channel_table *t)
{
	double sum = 0;

	for (uint32_t i = 0; i < t->axis_count; i++) {
		for (uint64_t k = 1; k < t->axes[i].count; k++)
			assert_true(t->axes[i].times[k - 1] <= t->axes[i].times[k]);
	}
	for (uint32_t i = 0; i < t->channel_count; i++) {
		const struct channel *c = &t->channels[i];
		if (c->axis == UINT32_MAX)
			continue;
		assert_true(c->axis < t->axis_count);
		for (uint64_t k = 0; k < t->axes[c->axis].count; k++) {
			sum += c->values[k];
			if (c->kind == CHANNEL_TEXT && !isnan(c->values[k]))
				assert_true(c->values[k] >= 0 &&
					c->values[k] < c->label_count);
		}
	}
	assert_true(isnan(sum) || sum == sum);
}

/* Each word of the block set to what a hostile worker would try, one at a time. */
static void wire_no_word_of_a_table_can_lead_outside(void **state)
{
	static const uint64_t tries[] = { 0, 1, 4, 7, 8, 0x7fffffff, 0xffffffff, 0x100000000,
		UINT64_MAX, UINT64_MAX - 7, UINT64_MAX / 8, UINT64_MAX / 8 + 1,
		0x8000000000000000, 0x7ff0000000000000, 0x3fe0000000000000 };
	static struct answer good, bad;
	unsigned refused = 0, taken = 0;

	(void)state;
	make_table(&good);
	for (uint64_t i = 0; i < good.size / 8; i++) {
		for (size_t k = 0; k < sizeof(tries) / sizeof(tries[0]); k++) {
			SCOPED_ARENA a;
			struct channel_table t;
			struct err e = { 0 };
			arena_init(&a, CAP);
			bad = good;
			bad.at[i] = tries[k];
			if (wire_get_table(&a, (const uint8_t *)bad.at, bad.size, &t, &e) !=
				ERR_OK) {
				refused++;
				continue;
			}
			taken++;
			walk(&t);
		}
	}
	assert_true(refused > 500);
	assert_true(taken > 0);
}

static void wire_no_word_of_sums_can_lead_outside(void **state)
{
	static struct answer good, bad;
	unsigned refused = 0;

	(void)state;
	make_sums(&good);
	for (uint64_t i = 0; i < good.size / 8; i++) {
		SCOPED_ARENA a;
		struct evidence_sums s;
		arena_init(&a, CAP);
		bad = good;
		bad.at[i] = UINT64_MAX - 7;
		refused += wire_get_sums(&a, (const uint8_t *)bad.at, bad.size, &s, NULL) != ERR_OK;
	}
	assert_true(refused > 30);
}

static void wire_an_answer_cut_short_is_refused(void **state)
{
	static struct answer good;
	SCOPED_ARENA a;
	struct channel_table t;

	(void)state;
	arena_init(&a, CAP);
	make_table(&good);
	for (uint64_t size = 0; size < good.size; size++)
		assert_int_equal(wire_get_table(&a, (const uint8_t *)good.at, size, &t, NULL),
			ERR_INVALID);
}

static void wire_times_that_go_back_are_refused(void **state)
{
	static struct answer answer;
	SCOPED_ARENA a;
	struct channel_table t;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, CAP);
	make_table(&answer);
	must_be_ok(wire_get_table(&a, (const uint8_t *)answer.at, answer.size, &t, &e), &e);
	size_t at = (size_t)((const uint64_t *)(const void *)t.axes[0].times - answer.at);
	answer.at[at + 3] = UINT64_MAX; /* -1, behind 0 */
	assert_int_equal(wire_get_table(&a, (const uint8_t *)answer.at, answer.size, &t, &e),
		ERR_INVALID);
	assert_non_null(strstr(e.message, "time"));
}

static void wire_what_does_not_fit_is_too_large(void **state)
{
	SCOPED_FD fd = memfd_create("test", MFD_CLOEXEC);
	struct wire_out w;
	struct err e = { 0 };

	(void)state;
	must_be_ok(wire_out_open(&w, fd, 8192, &e), &e);
	wire_out_begin(&w);
	assert_true(wire_reserve(&w, 4096) > 0);
	assert_int_equal(wire_reserve(&w, 4096), 0);
	assert_int_equal(wire_reserve(&w, UINT64_MAX), 0);
	assert_int_equal(wire_put_listing(&w, &listing, &e), ERR_TOO_LARGE);
	wire_out_begin(&w); /* the next answer has the room again */
	assert_true(wire_reserve(&w, 4096) > 0);
	wire_out_close(&w);
	wire_out_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wire_a_table_comes_back_as_it_was),
		cmocka_unit_test(wire_a_listing_comes_back_as_it_was),
		cmocka_unit_test(wire_sums_come_back_as_they_were),
		cmocka_unit_test(wire_no_word_of_a_table_can_lead_outside),
		cmocka_unit_test(wire_no_word_of_sums_can_lead_outside),
		cmocka_unit_test(wire_an_answer_cut_short_is_refused),
		cmocka_unit_test(wire_times_that_go_back_are_refused),
		cmocka_unit_test(wire_what_does_not_fit_is_too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
