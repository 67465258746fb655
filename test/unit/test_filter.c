/* test_filter.c - frequency response, edges, missing values and settings of the filters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "criteria/functions.h"
#include "criteria/trig.h"
#include "bits.h"
#include "function_call.h"

#define SECOND INT64_C(1000000000)
#define RATE 1000
#define N 4001

struct settings { double cutoff, order, passes, padding, correction; };
/* ISO 22733-1: "12-pole phaseless Butterworth, cut-off 10 Hz". */
static const struct settings iso = { 10, 6, 2, 0.5, 1 };

static struct called c;

static enum err_code butterworth(const struct settings *s, struct err *e)
{
	called_constant(&c, 1, s->cutoff);
	called_constant(&c, 2, s->order);
	called_constant(&c, 3, s->passes);
	called_constant(&c, 4, s->padding);
	called_constant(&c, 5, s->correction);
	return called_run(&c, "butterworth", e);
}

static void sine(double frequency_hz)
{
	called_init(&c, N, SECOND / RATE);
	for (int i = 0; i < N; i++)
		c.columns[0][i] = trig_sin(2 * TRIG_PI * frequency_hz * (double)i / RATE);
}

/* Amplitude at the frequency over whole periods in the middle, and the part out of phase. */
static double amplitude(double frequency_hz, double *ret_out_of_phase)
{
	double in = 0, out = 0;
	for (int i = 1000; i < 3000; i++) {
		double angle = 2 * TRIG_PI * frequency_hz * (double)i / RATE;
		in += c.ret[i] * trig_sin(angle);
		out += c.ret[i] * trig_cos(angle);
	}
	*ret_out_of_phase = out / 1000;
	return in / 1000;
}

static double gain(const struct settings *s, double frequency_hz)
{
	struct err e = { 0 };
	double out_of_phase;
	sine(frequency_hz);
	assert_int_equal(butterworth(s, &e), ERR_OK);
	double g = amplitude(frequency_hz, &out_of_phase);
	assert_true(fabs(out_of_phase) < 1e-6); /* phaseless */
	return g;
}

/* 1 / (1 + (tan(pi f / fs) / k)^2n), with k so that it is 1/sqrt(2) at the cut-off:
 * ratio of the tangents to the 12th power, times sqrt(2) - 1. */
static double expected(double frequency_hz)
{
	double ratio = trig_tan(TRIG_PI * frequency_hz / RATE) / trig_tan(TRIG_PI * 10 / RATE);
	double six = ratio * ratio * ratio * ratio * ratio * ratio;
	return 1 / (1 + six * six * (sqrt(2) - 1));
}

static void butterworth_has_its_cut_off_where_declared(void **state)
{
	(void)state;
	assert_true(fabs(gain(&iso, 10) - 0.70710678) < 1e-6);
	struct settings each = iso;
	each.correction = 0; /* -3 dB a pass, -6 dB in all */
	assert_true(fabs(gain(&each, 10) - 0.5) < 1e-6);
}

static void butterworth_follows_its_curve(void **state)
{
	(void)state;
	assert_true(fabs(gain(&iso, 2) - 1) < 1e-6);
	assert_true(fabs(gain(&iso, 5) - expected(5)) < 1e-6);
	assert_true(fabs(gain(&iso, 9) - expected(9)) < 1e-6);
	assert_true(fabs(gain(&iso, 12) - expected(12)) < 1e-6);
	assert_true(fabs(gain(&iso, 20) - expected(20)) < 1e-6);
	assert_true(fabs(gain(&iso, 100)) < 1e-6);
}

static void butterworth_of_odd_order_has_a_first_order_section(void **state)
{
	(void)state;
	struct settings s = { 10, 1, 2, 0.5, 0 };
	double ratio = trig_tan(TRIG_PI * 20 / RATE) / trig_tan(TRIG_PI * 10 / RATE);
	assert_true(fabs(gain(&s, 20) - 1 / (1 + ratio * ratio)) < 1e-6);
	s.order = 3;
	double cube = ratio * ratio * ratio;
	assert_true(fabs(gain(&s, 20) - 1 / (1 + cube * cube)) < 1e-6);
}

static void butterworth_of_one_pass_lags(void **state)
{
	struct err e = { 0 };
	struct settings s = { 10, 2, 1, 0.5, 1 };
	double out_of_phase;
	(void)state;
	sine(10);
	assert_int_equal(butterworth(&s, &e), ERR_OK);
	/* second order at its cut-off: amplitude 1/sqrt(2), a quarter turn late */
	assert_true(fabs(amplitude(10, &out_of_phase)) < 1e-6);
	assert_true(fabs(out_of_phase + 0.70710678) < 1e-6);
}

static void butterworth_keeps_constants_and_straight_lines(void **state)
{
	struct err e = { 0 };
	(void)state;
	called_init(&c, N, SECOND / RATE);
	for (int i = 0; i < N; i++)
		c.columns[0][i] = 3 + 0.25 * i;
	assert_int_equal(butterworth(&iso, &e), ERR_OK);
	for (int i = 0; i < N; i++)
		assert_true(fabs(c.ret[i] - (3 + 0.25 * i)) < 1e-3);
	for (int i = 0; i < N; i++)
		c.columns[0][i] = -7.5;
	assert_int_equal(butterworth(&iso, &e), ERR_OK);
	for (int i = 0; i < N; i++)
		assert_true(fabs(c.ret[i] + 7.5) < 1e-9);
}

static void butterworth_is_the_same_backwards(void **state)
{
	static double forward[N];
	struct err e = { 0 };
	struct bits b;
	(void)state;
	bits_open(&b, 3);
	called_init(&c, N, SECOND / RATE);
	for (int i = 0; i < N; i++)
		c.columns[0][i] = bits_between(&b, -1, 1);
	assert_int_equal(butterworth(&iso, &e), ERR_OK);
	memcpy(forward, c.ret, sizeof(forward));
	for (int i = 0; i < N / 2; i++) {
		double kept = c.columns[0][i];
		c.columns[0][i] = c.columns[0][N - 1 - i];
		c.columns[0][N - 1 - i] = kept;
	}
	assert_int_equal(butterworth(&iso, &e), ERR_OK);
	for (int i = 1000; i < 3000; i++)
		assert_true(fabs(c.ret[i] - forward[N - 1 - i]) < 1e-9);
	(void)digest_stream_close(&b.stream);
}

static void butterworth_filters_each_stretch_for_itself(void **state)
{
	struct err e = { 0 };
	(void)state;
	called_init(&c, 2000, SECOND / RATE);
	for (int i = 0; i < 2000; i++)
		c.columns[0][i] = i < 1000 ? 1 : 5;
	c.columns[0][1000] = NAN;
	c.columns[0][1400] = NAN; /* 599 samples behind it: longer than the padding of 500 */
	assert_int_equal(butterworth(&iso, &e), ERR_OK);
	assert_true(fabs(c.ret[999] - 1) < 1e-9);
	assert_true(isnan(c.ret[1000]));
	assert_true(isnan(c.ret[1001]) && isnan(c.ret[1399])); /* 399 samples: too short */
	assert_true(isnan(c.ret[1400]));
	assert_true(fabs(c.ret[1401] - 5) < 1e-9 && fabs(c.ret[1999] - 5) < 1e-9);
}

static void refused(struct settings s, const char *message)
{
	struct err e = { 0 };
	called_init(&c, 100, SECOND / 100);
	assert_int_equal(butterworth(&s, &e), ERR_INVALID);
	assert_string_equal(e.message, message);
}

static void butterworth_refuses_settings_that_are_none(void **state)
{
	(void)state;
	refused((struct settings){ 10, 0, 2, 0.5, 1 },
		"order of butterworth must be a whole number from 1 to 12");
	refused((struct settings){ 10, 13, 2, 0.5, 1 },
		"order of butterworth must be a whole number from 1 to 12");
	refused((struct settings){ 10, 2.5, 2, 0.5, 1 },
		"order of butterworth must be a whole number from 1 to 12");
	refused((struct settings){ 10, 6, 3, 0.5, 1 },
		"number of passes of butterworth must be a whole number from 1 to 2");
	refused((struct settings){ 50, 6, 2, 0.5, 1 },
		"cut-off of butterworth must lie between 0 Hz and half the rate of the grid");
	refused((struct settings){ NAN, 6, 2, 0.5, 1 },
		"cut-off of butterworth must lie between 0 Hz and half the rate of the grid");
	refused((struct settings){ 10, 6, 2, -1, 1 },
		"padding of butterworth must lie between 0 s and 3600 s");
	refused((struct settings){ 10, 6, 2, 0.5, 0.5 },
		"correction of butterworth must be a whole number from 0 to 1");
}

static double cfc_gain(double class, double frequency_hz)
{
	struct err e = { 0 };
	double out_of_phase;
	sine(frequency_hz);
	called_constant(&c, 1, class);
	called_constant(&c, 2, 0.1);
	assert_int_equal(called_run(&c, "cfc", &e), ERR_OK);
	return amplitude(frequency_hz, &out_of_phase);
}

static void cfc_has_3_db_at_its_frequency(void **state)
{
	(void)state;
	/* class 60: 60 Hz nearly untouched, 100 Hz at about -3 dB, then 24 dB an octave */
	assert_true(cfc_gain(60, 60) > 0.93 && cfc_gain(60, 60) < 1);
	assert_true(fabs(cfc_gain(60, 100) - 0.7) < 0.03);
	assert_true(cfc_gain(60, 300) < 0.02);
	assert_true(fabs(cfc_gain(60, 5) - 1) < 1e-3);
}

static void moving_average_takes_the_window_around(void **state)
{
	struct err e = { 0 };
	(void)state;
	called_init(&c, 8, SECOND / 10);
	memcpy(c.columns[0], (double[]){ 1, 2, 6, 4, NAN, 3, 3, 9 }, 8 * sizeof(double));
	called_constant(&c, 1, 0.2); /* one sample to each side */
	assert_int_equal(called_run(&c, "moving_average", &e), ERR_OK);
	assert_true(isnan(c.ret[0]) && c.ret[1] == 3 && c.ret[2] == 4);
	assert_true(isnan(c.ret[3]) && isnan(c.ret[4]) && isnan(c.ret[5]));
	assert_true(c.ret[6] == 5 && isnan(c.ret[7]));
	called_constant(&c, 1, 0);
	assert_int_equal(called_run(&c, "moving_average", &e), ERR_OK);
	assert_true(c.ret[0] == 1 && c.ret[7] == 9);
	called_constant(&c, 1, 100); /* longer than the trace */
	assert_int_equal(called_run(&c, "moving_average", &e), ERR_OK);
	for (int i = 0; i < 8; i++)
		assert_true(isnan(c.ret[i]));
}

static void moving_average_forgets_large_values(void **state)
{
	struct err e = { 0 };
	(void)state;
	called_init(&c, 1000, SECOND / 10);
	for (int i = 0; i < 1000; i++)
		c.columns[0][i] = i == 500 ? 1e17 : 0.1;
	called_constant(&c, 1, 0.4);
	assert_int_equal(called_run(&c, "moving_average", &e), ERR_OK);
	assert_true(fabs(c.ret[600] - 0.1) < 1e-15);
}

static void filters_give_the_same_bits_everywhere(void **state)
{
	struct err e = { 0 };
	struct bits b;
	(void)state;
	bits_open(&b, 5);
	called_init(&c, N, SECOND / RATE);
	for (int i = 0; i < N; i++)
		c.columns[0][i] = bits_between(&b, -1, 1);
	for (double order = 1; order <= 12; order++) {
		assert_int_equal(butterworth(&(struct settings){ 10, order, 2, 0.5, 1 }, &e),
			ERR_OK);
		for (int i = 0; i < N; i++)
			bits_add(&b, c.ret[i]);
	}
	called_constant(&c, 1, 60);
	called_constant(&c, 2, 0.1);
	assert_int_equal(called_run(&c, "cfc", &e), ERR_OK);
	for (int i = 0; i < N; i++)
		bits_add(&b, c.ret[i]);
	bits_close(&b,
		"2b27c2b3959dde4552a1721f930cfc88a0e2eff9a63f6b51266ea4c765b10113");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(butterworth_has_its_cut_off_where_declared),
		cmocka_unit_test(butterworth_follows_its_curve),
		cmocka_unit_test(butterworth_of_odd_order_has_a_first_order_section),
		cmocka_unit_test(butterworth_of_one_pass_lags),
		cmocka_unit_test(butterworth_keeps_constants_and_straight_lines),
		cmocka_unit_test(butterworth_is_the_same_backwards),
		cmocka_unit_test(butterworth_filters_each_stretch_for_itself),
		cmocka_unit_test(butterworth_refuses_settings_that_are_none),
		cmocka_unit_test(cfc_has_3_db_at_its_frequency),
		cmocka_unit_test(moving_average_takes_the_window_around),
		cmocka_unit_test(moving_average_forgets_large_values),
		cmocka_unit_test(filters_give_the_same_bits_everywhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
