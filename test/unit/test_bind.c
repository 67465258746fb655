/* test_bind.c - which channel becomes which signal, in which unit, at which times; and the texts of
 * numbers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "criteria/evaluation_inner.h"
#include "evaluation_fixture.h"

enum { SPEED, DISTANCE, ON, LIGHT };

static struct evaluation_fixture f;

static const struct bound_signal *bind(uint32_t signal)
{
	struct bound_signal *list = NULL;
	struct err e = { 0 };
	assert_int_equal(bind_run(&f.work, &f.input, &f.runs[0], &list, &e), ERR_OK);
	assert_non_null(list);
	return &list[signal];
}

static void is_absent(uint32_t signal, const char *why)
{
	const struct bound_signal *b = bind(signal);
	assert_string_equal(absence_name(b->absence), why);
	assert_int_equal(b->signal.count, 0);
}

static void bind_converts_units_exactly(void **state)
{
	(void)state;
	fixture_open(&f);
	const struct bound_signal *b = bind(SPEED);
	assert_int_equal(b->signal.count, FIXTURE_SAMPLES);
	assert_true(b->signal.values[0] == 16.75 * 18 / 5);
	assert_true(b->signal.values[5] == 61.2);
	assert_true(b->conversion.exact && b->conversion.num == 18 && b->conversion.den == 5);
	assert_true(b->signal.accuracy == 0.9);
	assert_ptr_equal(b->signal.times, f.times[0]); /* nothing to move, nothing copied */
	assert_true(isnan(bind(DISTANCE)->signal.accuracy));
	fixture_close(&f);
}

static void bind_puts_files_on_one_axis(void **state)
{
	(void)state;
	fixture_open(&f);
	const struct bound_signal *b = bind(DISTANCE);
	assert_int_equal(b->file, 1);
	/* 50 ms in its file, begun 50 ms later, 100 ms late */
	assert_int_equal(b->signal.times[0], 0);
	assert_int_equal(b->signal.times[10], 1000 * FIXTURE_MS);
	assert_ptr_equal(b->signal.values, f.gap);
	fixture_close(&f);
}

static void bind_takes_labels_and_counts_what_is_missing(void **state)
{
	(void)state;
	fixture_open(&f);
	f.speed[3] = NAN;
	f.light[2] = 7; /* no such label */
	f.light[4] = 0.5;
	assert_int_equal(bind(SPEED)->missing, 1);
	const struct bound_signal *b = bind(LIGHT);
	assert_int_equal(b->missing, 2);
	assert_int_equal(b->signal.label_count, 2);
	assert_true(isnan(b->signal.values[2]) && b->signal.values[6] == 1);
	fixture_close(&f);
}

static void bind_says_why_a_signal_is_absent(void **state)
{
	(void)state;
	fixture_open(&f);
	f.channels[1][1].axis = UINT32_MAX;
	is_absent(DISTANCE, "not-in-file");
	f.channels[1][1].axis = 1;
	f.channels[0][1] = f.channels[1][1];
	is_absent(DISTANCE, "in-two-files");
	f.channels[0][1].axis = UINT32_MAX;
	f.axes[1].count = 0;
	is_absent(DISTANCE, "no-rows");
	f.axes[1].count = FIXTURE_SAMPLES;
	f.channels[0][3].kind = CHANNEL_NUMBER;
	is_absent(LIGHT, "kind");
	f.channels[0][0].kind = CHANNEL_TEXT;
	is_absent(SPEED, "kind");
	f.mapping.signal_count = 2;
	is_absent(LIGHT, "not-mapped");
	fixture_close(&f);
}

static void bind_never_guesses_a_unit(void **state)
{
	struct mapping_signal signals[4];
	(void)state;
	fixture_open(&f);
	memcpy(signals, f.mapping.signals, sizeof(signals));
	f.mapping.signals = signals;
	f.channels[0][0].unit = STR("km/h"); /* the mapping says m/s */
	is_absent(SPEED, "unit-disagrees");
	f.channels[0][0].unit = STR("furlong");
	is_absent(SPEED, "unit-disagrees");
	f.channels[0][0].unit = STR("m s-1"); /* another spelling of it */
	assert_int_equal(bind(SPEED)->absence, ABSENCE_NONE);
	f.channels[0][0].unit = STR(""); /* the file says nothing: what is stated holds */
	assert_int_equal(bind(SPEED)->absence, ABSENCE_NONE);
	signals[0].unit = STR("m");
	is_absent(SPEED, "unit-not-convertible");
	signals[0].unit = STR("");
	is_absent(SPEED, "unit-not-stated");
	fixture_close(&f);
}

static void bind_needs_starts_to_join_files(void **state)
{
	(void)state;
	fixture_open(&f);
	f.files[0][1].table.start_ns = CHANNEL_TIME_UNKNOWN;
	is_absent(DISTANCE, "start-unknown");
	f.files[0][0].table.start_ns = CHANNEL_TIME_UNKNOWN;
	is_absent(DISTANCE, "start-unknown");
	assert_int_equal(bind(SPEED)->absence, ABSENCE_NONE); /* the first file is the axis */
	f.files[0][0].table.start_ns = INT64_MIN + 1;
	f.files[0][1].table.start_ns = INT64_MAX;
	is_absent(DISTANCE, "time-range");
	f.files[0][0].table.start_ns = 0;
	is_absent(DISTANCE, "time-range");
	fixture_close(&f);
}

static void bind_with_too_little_memory_fails_cleanly(void **state)
{
	(void)state;
	fixture_open(&f);
	for (size_t cap = 0; cap < 64 << 10; cap += 256) {
		SCOPED_ARENA work = { 0 };
		struct bound_signal *list = NULL;
		struct err e = { 0 };
		arena_init(&work, cap);
		enum err_code code = bind_run(&work, &f.input, &f.runs[0], &list, &e);
		assert_true(code == ERR_OK || code == ERR_TOO_LARGE);
		assert_true((code == ERR_OK) == (list != NULL));
	}
	fixture_close(&f);
}

static void shows(double value, const char *expected)
{
	struct str text = text_of_double(&f.a, value);
	if (!str_is(text, expected))
		fail_msg(STR_FMT " instead of %s", STR_ARG(text), expected);
}

static void numbers_are_told_by_their_shortest_digits(void **state)
{
	(void)state;
	fixture_open(&f);
	shows(0, "0");
	shows(-0.0, "0");
	shows(0.1, "0.1");
	shows(-2.5, "-2.5");
	shows(1.0 / 3, "0.3333333333333333");
	shows(0x1.fffffffffffffp-1, "0.9999999999999999");
	shows(1e-7, "0.0000001");
	shows(-1.5e-7, "-0.00000015");
	shows(1e21, "1000000000000000000000");
	shows(1.25e22, "12500000000000000000000");
	shows(1.2345678901234568e-16, "1.2345678901234568e-16"); /* over 32 characters plain */
	shows(0x1p-1074, "5e-324");
	shows(0x1.fffffffffffffp1023, "1.7976931348623157e+308");
	shows(INFINITY, "inf");
	shows(-INFINITY, "-inf");
	fixture_close(&f);
}

static void tells(int64_t ns, const char *expected)
{
	assert_true(str_is(text_of_time(&f.a, ns), expected));
}

static void times_are_exact_to_the_nanosecond(void **state)
{
	(void)state;
	fixture_open(&f);
	tells(0, "0");
	tells(1, "0.000000001");
	tells(-1, "-0.000000001");
	tells(1500000000, "1.5");
	tells(-12000000000, "-12");
	tells(INT64_MAX, "9223372036.854775807");
	tells(INT64_MIN, "-9223372036.854775808");
	fixture_close(&f);
}

static void cleans(struct str from, const char *expected)
{
	struct str text = text_clean(&f.a, from);
	if (!str_is(text, expected))
		fail_msg(STR_FMT " instead of %s", STR_ARG(text), expected);
}

static void texts_of_files_become_ones_that_json_can_hold(void **state)
{
	(void)state;
	fixture_open(&f);
	struct str same = STR("Geschwindigkeit in \xc2\xb0 \xe9\x99\x90");
	assert_ptr_equal(text_clean(&f.a, same).at, same.at); /* nothing is copied */
	cleans(STR(""), "");
	cleans(STR("\xb0" "C"), "\xef\xbf\xbd" "C");                      /* Latin-1 */
	cleans((struct str){ "a\0b\n", 4 }, "a\xef\xbf\xbd" "b\xef\xbf\xbd");
	cleans(STR("\xe9\x99"), "\xef\xbf\xbd\xef\xbf\xbd");              /* cut */
	cleans(STR("\xef\xbf\xbf."), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd."); /* U+FFFF */
	cleans(STR("\xf0\x9f\x9a\x97"), "\xf0\x9f\x9a\x97");
	cleans(STR("\xed\xa0\x80" "x"),
		"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" "x");               /* surrogate */
	fixture_close(&f);
}

static void evaluation_takes_files_with_broken_names(void **state)
{
	struct json *doc = NULL;
	struct str text;
	struct err e = { 0 };
	enum verdict verdict;
	(void)state;
	fixture_open(&f);
	f.input.plots = true;
	f.channels[0][3].name = STR("Ampel \xb0\xff");
	f.labels[0] = STR("gr\xfcn");
	f.note.text = (struct str){ "\0", 1 };
	assert_int_equal(evaluation_runs(&f.a, &f.work, &f.input, &doc, &verdict, &e), ERR_OK);
	assert_int_equal(json_jcs(&f.a, doc, &text, &e), ERR_OK);
	assert_int_equal(verdict, VERDICT_PASS);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bind_converts_units_exactly),
		cmocka_unit_test(bind_puts_files_on_one_axis),
		cmocka_unit_test(bind_takes_labels_and_counts_what_is_missing),
		cmocka_unit_test(bind_says_why_a_signal_is_absent),
		cmocka_unit_test(bind_never_guesses_a_unit),
		cmocka_unit_test(bind_needs_starts_to_join_files),
		cmocka_unit_test(bind_with_too_little_memory_fails_cleanly),
		cmocka_unit_test(numbers_are_told_by_their_shortest_digits),
		cmocka_unit_test(times_are_exact_to_the_nanosecond),
		cmocka_unit_test(texts_of_files_become_ones_that_json_can_hold),
		cmocka_unit_test(evaluation_takes_files_with_broken_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
