/* test_plot_series.c - what is drawn of a run: peaks and breaks stay, and lists are bounded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "criteria/evaluation_inner.h"
#include "evaluation_fixture.h"

#define LONG 20000

static struct evaluation_fixture f;
static int64_t times[LONG];
static double values[LONG];

/* The fixture's run with a long distance, 100 Hz. */
static void open_long(void)
{
	fixture_open(&f);
	for (int i = 0; i < LONG; i++) {
		times[i] = i * 10 * FIXTURE_MS;
		values[i] = 20 + 0.001 * (i % 100);
	}
	f.axes[1] = (struct channel_axis){ LONG, times };
	f.channels[1][1].values = values;
	f.input.plots = true;
}

static const struct json *plot(struct json *run, const char *name)
{
	const struct json *plots = json_get(run, "plots");
	for (size_t i = 0; i < json_count(plots); i++) {
		if (str_is(json_get_str(json_at(plots, i), "name"), name))
			return json_at(plots, i);
	}
	fail_msg("no plot of %s", name);
	return NULL;
}

static struct json *judge(void)
{
	struct json *run = NULL;
	struct err e = { 0 };
	arena_reset(&f.work);
	if (evaluation_run(&f.a, &f.work, &f.input, 0, &run, &e) != ERR_OK)
		fail_msg("%s", e.message);
	return run;
}

static bool has_value(const struct json *p, const char *value)
{
	const struct json *list = json_get(p, "values");
	for (size_t i = 0; i < json_count(list); i++) {
		if (str_is(json_str(json_at(list, i)), value))
			return true;
	}
	return false;
}

static void limit_plot_points(void **state)
{
	(void)state;
	open_long();
	const struct json *p = plot(judge(), "distance");
	assert_true(json_count(json_get(p, "times")) <= LIMIT_PLOT_POINTS);
	assert_true(json_count(json_get(p, "times")) >= LIMIT_PLOT_POINTS / 2);
	assert_int_equal(json_count(json_get(p, "times")), json_count(json_get(p, "values")));
	fixture_close(&f);
}

static void plots_keep_every_peak(void **state)
{
	(void)state;
	open_long();
	values[1234] = 3.25;
	values[17777] = 41.5;
	const struct json *p = plot(judge(), "distance");
	assert_true(has_value(p, "3.25"));
	assert_true(has_value(p, "41.5"));
	fixture_close(&f);
}

static void plots_break_where_something_is_unknown(void **state)
{
	(void)state;
	open_long();
	for (int i = 5000; i < 9000; i++)
		values[i] = NAN;
	const struct json *p = plot(judge(), "distance");
	const struct json *list = json_get(p, "values");
	size_t nulls = 0;
	for (size_t i = 0; i < json_count(list); i++)
		nulls += json_is(json_at(list, i), JSON_NULL);
	assert_int_equal(nulls, 1);
	/* nothing is drawn from 50 s to 90 s */
	for (size_t i = 0; i < json_count(list); i++) {
		double t = text_to_double(json_str(json_at(json_get(p, "times"), i)));
		if (!json_is(json_at(list, i), JSON_NULL))
			assert_true(t < 50 || t >= 89.9);
	}
	fixture_close(&f);
}

static void plots_break_at_a_gap_between_samples(void **state)
{
	(void)state;
	fixture_open(&f);
	f.input.plots = true;
	for (int i = 6; i < FIXTURE_SAMPLES; i++)
		f.times[1][i] += 300 * FIXTURE_MS; /* the program allows 200 ms */
	const struct json *list = json_get(plot(judge(), "distance"), "values");
	assert_int_equal(json_count(list), FIXTURE_SAMPLES + 1);
	assert_true(json_is(json_at(list, 6), JSON_NULL));
	fixture_close(&f);
}

static void plots_round_to_what_eyes_see(void **state)
{
	(void)state;
	fixture_open(&f);
	f.input.plots = true;
	f.gap[0] = 12.123456789;
	const struct json *list = json_get(plot(judge(), "distance"), "values");
	assert_true(str_is(json_str(json_at(list, 0)), "12.1235"));
	assert_true(str_is(json_str(json_at(list, 10)), "2.5"));
	fixture_close(&f);
}

static void limit_plot_spans(void **state)
{
	(void)state;
	fixture_open(&f);
	f.input.plots = true;
	for (int i = 0; i < LONG; i++) {
		times[i] = i * 10 * FIXTURE_MS;
		values[i] = i < 300 ? i % 2 : 0;
	}
	f.axes[0] = (struct channel_axis){ LONG, times };
	f.channels[0][2].values = values;
	f.channels[0][0].axis = f.channels[0][3].axis = UINT32_MAX;
	const struct json *state_of_on = json_path(judge(), "states/0");
	assert_true(str_is(json_get_str(state_of_on, "name"), "on"));
	assert_int_equal(json_count(json_get(state_of_on, "spans")), LIMIT_PLOT_SPANS);
	/* 300 alternate and one long one behind them, which joins the last */
	assert_true(json_number_or(json_get(state_of_on, "spansLeftOut"), 0) == 201);
	fixture_close(&f);
}

static void states_end_where_nothing_is_known(void **state)
{
	(void)state;
	fixture_open(&f);
	f.input.plots = true;
	f.light[3] = f.light[4] = f.light[5] = NAN;
	const struct json *spans = json_path(judge(), "states/1/spans");
	assert_int_equal(json_count(spans), 2);
	assert_true(str_is(json_get_str(json_at(spans, 0), "is"), "green"));
	assert_true(str_is(json_get_str(json_at(spans, 0), "to"), "0.3"));
	assert_true(str_is(json_get_str(json_at(spans, 1), "is"), "red"));
	assert_true(str_is(json_get_str(json_at(spans, 1), "from"), "0.6"));
	fixture_close(&f);
}

/* A program with more signals than a picture takes. */
static void limit_plots(void **state)
{
	enum { MANY = LIMIT_PLOTS + 4 };
	static struct mapping_signal signals[MANY];
	static struct channel channels[MANY];
	static char names[MANY][16];
	struct program *p;
	struct err e = { 0 };
	SCOPED_BUF text = { 0 };
	(void)state;
	fixture_open(&f);
	buf_init(&text, 1 << 16);
	buf_put_text(&text, "criteria 1\nscenario many\n");
	for (int i = 0; i < MANY; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "s%d", i);
		buf_printf(&text, "signal %s unit m linear gap 200 ms\n", names[i]);
		signals[i] = (struct mapping_signal){ .signal = str_of(names[i]),
			.channel = str_of(names[i]), .unit = STR("m") };
		channels[i] = fixture_channel(names[i], "m", 0, f.gap);
	}
	buf_put_text(&text, "pass last: always s15 >= 0 m\n");
	assert_int_equal(program_compile(&f.a, buf_str(&text), NULL, 0, &p, &e), ERR_OK);
	f.input.program = p;
	f.input.plots = true;
	f.mapping.signals = signals;
	f.mapping.signal_count = MANY;
	f.files[0][0].table.channels = channels;
	f.files[0][0].table.channel_count = MANY;
	f.runs[0].file_count = 1;
	struct json *run = judge();
	assert_int_equal(json_count(json_get(run, "plots")), LIMIT_PLOTS);
	/* what decided comes first */
	assert_true(str_is(json_str(json_path(run, "plots/0/name")), "s15"));
	assert_true(str_is(json_str(json_path(run, "plots/1/name")), "s0"));
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limit_plot_points),
		cmocka_unit_test(plots_keep_every_peak),
		cmocka_unit_test(plots_break_where_something_is_unknown),
		cmocka_unit_test(plots_break_at_a_gap_between_samples),
		cmocka_unit_test(plots_round_to_what_eyes_see),
		cmocka_unit_test(limit_plot_spans),
		cmocka_unit_test(states_end_where_nothing_is_known),
		cmocka_unit_test(limit_plots),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
