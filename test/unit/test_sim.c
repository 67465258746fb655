/* test_sim.c - sample runs: the same bytes anywhere, and what is said of their margin is true. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/scoped.h"
#include "crypto/digest.h"
#include "sim/sim.h"

static struct sim_run run;

static const double *column(const char *name)
{
	for (uint32_t i = 0; i < run.column_count; i++) {
		if (strcmp(run.columns[i].name, name) == 0)
			return run.columns[i].values;
	}
	fail_msg("there is no column \"%s\"", name);
	return NULL;
}

/* The times of samples rise, by 10 ms up to the jitter. */
static void check_times(double longest_s)
{
	for (uint32_t i = 1; i < run.rows; i++) {
		int64_t step = run.times_ns[i] - run.times_ns[i - 1];
		assert_true(step > 0);
		assert_true((double)step <= longest_s * 1e9);
	}
}

static void sim_makes_the_same_run_again(void **state)
{
	static struct sim_run again;

	(void)state;
	assert_true(sim_make(SIM_CUT_IN, SIM_PASS, 3, &run));
	assert_true(sim_make(SIM_CUT_IN, SIM_PASS, 3, &again));
	assert_memory_equal(&run, &again, sizeof(run));
	assert_true(sim_make(SIM_CUT_IN, SIM_PASS, 4, &again));
	assert_memory_not_equal(run.times_ns, again.times_ns, sizeof(run.times_ns));
}

/* Any other compiler or processor must come to these bytes. */
static void sim_writes_bytes_that_are_known(void **state)
{
	static const char *const known[SIM_SCENARIO_COUNT] = {
		"c4a71d132732d90b173f3cfd3f60876662635a8bcbbcd54c0f923e6234e9606d",
		"36f9e8c101b886bf0b53480800473793148c9bae7cb19c26524b5f3cb5a15e1e",
		"dc6bdacd4676d731b77a161253e50dc85c4ea578e0e1d00b266eb78e006cfdab",
	};

	(void)state;
	for (int s = 0; s < SIM_SCENARIO_COUNT; s++) {
		char hex[2 * DIGEST_BYTES + 1];
		SCOPED_BUF b;
		buf_init(&b, (size_t)8 << 20);
		assert_true(sim_make((enum sim_scenario)s, SIM_PASS, 1, &run));
		sim_put_csv(&b, &run);
		assert_false(b.overflow);
		struct digest d = digest_sha256(buf_str(&b));
		for (int i = 0; i < DIGEST_BYTES; i++)
			(void)snprintf(hex + 2 * i, 3, "%02x", d.at[i]);
		if (strncmp(hex, known[s], strlen(known[s])) != 0)
			fail_msg("%s: %s", sim_scenario_names[s], hex);
	}
}

static void sim_cut_in_comes_as_near_as_it_says(void **state)
{
	(void)state;
	for (int outcome = SIM_PASS; outcome <= SIM_FAIL; outcome++) {
		double least = INFINITY;
		assert_true(sim_make(SIM_CUT_IN, (enum sim_outcome)outcome, 1, &run));
		check_times(0.0131);
		const double *ego = column("ego_x"), *lead = column("lead_x");
		for (uint32_t i = 0; i < run.rows; i++) {
			double gap = lead[i] - ego[i] - 4.5 / 2 - 4.8 / 2;
			least = column("lead_y")[i] < 1.8 && gap < least ? gap : least;
		}
		/* Boxes that overlap are half a metre into each other. */
		assert_true(fabs(least - (outcome == SIM_PASS ? run.margin : -0.5)) <=
			run.margin_error);
	}
}

static void sim_warns_as_early_as_it_says(void **state)
{
	(void)state;
	for (int outcome = SIM_PASS; outcome <= SIM_FAIL; outcome++) {
		double warned = 0, braking = 0;
		assert_true(sim_make(SIM_CAR_TO_CAR, (enum sim_outcome)outcome, 2, &run));
		for (uint32_t i = run.rows; i-- > 0;) {
			double t = (double)run.times_ns[i] / 1e9;
			warned = column("warning")[i] > 0 ? t : warned;
			braking = column("ego_accel")[i] <= -5 && t < 7 ? t : braking;
		}
		assert_true(fabs(braking - warned - 0.8 - run.margin) <= run.margin_error);
	}
}

static void sim_stops_where_it_says(void **state)
{
	(void)state;
	for (int outcome = SIM_PASS; outcome <= SIM_FAIL; outcome++) {
		assert_true(sim_make(SIM_SIGNAL_RED, (enum sim_outcome)outcome, 1, &run));
		const double *distance = column("distance_to_line"), *speed = column("ego_speed");
		uint32_t at = 0;
		while (run.times_ns[at] < 30000000000)
			at++;
		assert_true(speed[at] == 0);
		double margin = outcome == SIM_PASS ? 2 - distance[at] : distance[at];
		assert_true(fabs(margin - run.margin) <= run.margin_error);
	}
}

static void sim_leaves_a_hole_where_nothing_can_be_told(void **state)
{
	(void)state;
	assert_true(sim_make(SIM_CUT_IN, SIM_INCONCLUSIVE, 1, &run));
	check_times(0.6);
	double longest = 0;
	for (uint32_t i = 1; i < run.rows; i++) {
		double step = (double)(run.times_ns[i] - run.times_ns[i - 1]) / 1e9;
		longest = step > longest ? step : longest;
	}
	assert_true(longest > 0.45);
}

static void sim_has_no_run_that_a_scenario_cannot_give(void **state)
{
	SCOPED_BUF b;

	(void)state;
	buf_init(&b, 1024);
	assert_false(sim_make(SIM_CAR_TO_CAR, SIM_NOT_APPLICABLE, 1, &run));
	assert_false(sim_make(SIM_SIGNAL_RED, SIM_NOT_APPLICABLE, 1, &run));
	assert_true(sim_make(SIM_SIGNAL_RED, SIM_PASS, 1, &run));
	assert_false(sim_put_osi(&b, &run));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sim_makes_the_same_run_again),
		cmocka_unit_test(sim_writes_bytes_that_are_known),
		cmocka_unit_test(sim_cut_in_comes_as_near_as_it_says),
		cmocka_unit_test(sim_warns_as_early_as_it_says),
		cmocka_unit_test(sim_stops_where_it_says),
		cmocka_unit_test(sim_leaves_a_hole_where_nothing_can_be_told),
		cmocka_unit_test(sim_has_no_run_that_a_scenario_cannot_give),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
