/* test_functions.c - the table, geometry and kinematics, against values worked out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "criteria/eval.h"
#include "criteria/functions.h"
#include "criteria/trig.h"
#include "bits.h"
#include "function_call.h"

#define QUARTER (TRIG_PI / 2)
#define SECOND INT64_C(1000000000)

static struct called c;

static void near(double got, double expected)
{
	if (!(fabs(got - expected) <= 1e-14 * (1 + fabs(expected))))
		fail_msg("%.17g instead of %.17g", got, expected);
}

/* "const Hz" and the like name a unit behind a word. */
static void parse_argument_unit(const char *text)
{
	struct str s = str_of(text);
	if (str_is(s, "?") || str_is(s, "=1"))
		return;
	if (str_starts(s, "const "))
		s = str_skip(s, 6);
	assert_true(s.len > 0 && s.len < 8);
	for (size_t i = 0; i < s.len; i++)
		assert_true(s.at[i] > ' ');
}

static void functions_are_a_sorted_table_with_help(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < functions_count; i++) {
		const struct function *f = &functions_table[i];
		assert_true(i == 0 || strcmp(functions_table[i - 1].name, f->name) < 0);
		assert_true(f->argument_count > 0);
		assert_true(f->argument_count <= FUNCTION_ARGUMENTS_MAX);
		assert_true(f->help[0] == '(' && strlen(f->unit) > 0 && f->run);
		for (uint32_t k = 0; k < f->argument_count; k++)
			parse_argument_unit(f->argument_units[k]);
		assert_ptr_equal(function_find(str_of(f->name)), f);
	}
	assert_null(function_find(STR("box")));
	assert_null(function_find(STR("")));
}

/* Every function that has no row of its own about it keeps what is missing missing, and none fails
 * over an empty grid. */
static void functions_keep_missing_values_missing(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < functions_count; i++) {
		const struct function *f = &functions_table[i];
		for (uint32_t k = 0; k < f->argument_count; k++) {
			struct err e = { 0 };
			if (str_starts(str_of(f->argument_units[k]), "const "))
				continue;
			called_init(&c, 40, SECOND / 100);
			for (uint32_t j = 0; j < f->argument_count; j++) {
				for (int n = 0; n < 40; n++)
					c.columns[j][n] = 1;
			}
			c.columns[k][20] = NAN;
			assert_int_equal(called_run(&c, f->name, &e), ERR_OK);
			if (!str_is(str_of(f->name), "bridge") &&
				!str_is(str_of(f->name), "delayed"))
				assert_true(isnan(c.ret[20]));
			c.count = 0;
			assert_int_equal(called_run(&c, f->name, &e), ERR_OK);
		}
	}
}

/* ---- boxes ----------------------------------------------------------------------------------- */

static void box_gap_is_between_nearest_surfaces(void **state)
{
	(void)state;
	/* two cars of 4 m by 2 m in line, centres 10 m apart */
	near(CALLED("box_gap", 0, 0, 0, 4, 2, 10, 0, 0, 4, 2), 6);
	/* side by side */
	near(CALLED("box_gap", 0, 0, 0, 4, 2, 0, 5, 0, 4, 2), 3);
	/* corner to corner: 3 ahead, 4 left */
	near(CALLED("box_gap", 0, 0, 0, 4, 2, 7, 6, 0, 4, 2), 5);
	/* the other turned by a quarter covers 1 m to each side along x */
	near(CALLED("box_gap", 0, 0, 0, 4, 2, 10, 0, QUARTER, 4, 2), 7);
	/* a square turned by an eighth shows its corner, sqrt(2) from its centre */
	near(CALLED("box_gap", 0, 0, 0, 4, 2, 10, 0, QUARTER / 2, 2, 2), 8 - sqrt(2));
	/* a point */
	near(CALLED("box_gap", 0, 0, 0, 4, 2, 5, 5, 1, 0, 0), 5);
}

static void box_gap_is_0_when_boxes_touch_or_overlap(void **state)
{
	(void)state;
	assert_true(CALLED("box_gap", 0, 0, 0, 4, 2, 4, 0, 0, 4, 2) == 0);
	assert_true(CALLED("box_gap", 0, 0, 0, 4, 2, 1, 0.5, 0.3, 4, 2) == 0);
	/* a cross: no corner of one lies in the other */
	assert_true(CALLED("box_gap", 0, 0, 0, 10, 1, 0, 0, QUARTER, 10, 1) == 0);
	/* one inside the other */
	assert_true(CALLED("box_gap", 0, 0, 0, 10, 10, 1, 1, 0.7, 1, 1) == 0);
}

static void box_gap_does_not_depend_on_order_place_or_turn(void **state)
{
	(void)state;
	double plain = CALLED("box_gap", 0, 0, 0, 4, 2, 7, 6, 0.5, 4, 2);
	near(CALLED("box_gap", 7, 6, 0.5, 4, 2, 0, 0, 0, 4, 2), plain);
	double turn = 1.25;
	double s = trig_sin(turn);
	double co = trig_cos(turn);
	near(CALLED("box_gap", 100, -50, turn, 4, 2, 100 + (7 * co - 6 * s), -50 + (7 * s + 6 * co),
		     turn + 0.5, 4, 2), plain);
}

static void box_gap_along_follows_the_heading(void **state)
{
	(void)state;
	near(CALLED("box_gap_along", 0, 0, 0, 4, 2, 10, 0, 0, 4, 2), 6);
	/* beside the lane the gap along stays, that of the surfaces grows */
	near(CALLED("box_gap_along", 0, 0, 0, 4, 2, 10, 20, 0, 4, 2), 6);
	near(CALLED("box_gap_along", 0, 0, QUARTER, 4, 2, 0, 10, QUARTER, 4, 2), 6);
	/* support of a 4 by 2 box turned by an eighth: (2 + 1) / sqrt(2) */
	near(CALLED("box_gap_along", 0, 0, 0, 4, 2, 10, 0, QUARTER / 2, 4, 2), 8 - 3 / sqrt(2));
	/* behind */
	near(CALLED("box_gap_along", 0, 0, 0, 4, 2, -10, 0, 0, 4, 2), -14);
}

static void box_gap_across_is_to_either_side(void **state)
{
	(void)state;
	near(CALLED("box_gap_across", 0, 0, 0, 4, 2, 30, 3.5, 0, 4, 2), 1.5);
	near(CALLED("box_gap_across", 0, 0, 0, 4, 2, 30, -3.5, 0, 4, 2), 1.5);
	near(CALLED("box_gap_across", 0, 0, 0, 4, 2, 30, 1, 0, 4, 2), -1);
	near(CALLED("box_gap_across", 0, 0, 0, 4, 2, 30, 3.5, QUARTER, 4, 2), 0.5);
}

static void box_gap_has_no_value_for_a_size_that_is_none(void **state)
{
	(void)state;
	assert_true(isnan(CALLED("box_gap", 0, 0, 0, -4, 2, 10, 0, 0, 4, 2)));
	assert_true(isnan(CALLED("box_gap", 0, 0, 0, 4, 2, 10, 0, 0, 4, -2)));
	assert_true(isnan(CALLED("box_gap_along", 0, 0, 2e6, 4, 2, 10, 0, 0, 4, 2)));
}

/* ---- points, lines, angles ------------------------------------------------------------------- */

static void lateral_offset_is_positive_to_the_left(void **state)
{
	(void)state;
	near(CALLED("lateral_offset", 5, 1.75, 0, 0, 0), 1.75);
	near(CALLED("lateral_offset", 5, -0.5, 100, 0, 0), -0.5);
	near(CALLED("lateral_offset", -2, 7, 0, 0, QUARTER), 2);
	/* 3-4-5: a lane along (4, 3) / 5 */
	near(CALLED("lateral_offset", -3, 4, 0, 0, trig_atan2(3, 4)), 5);
}

static void distance_to_line_falls_to_0_at_the_line(void **state)
{
	(void)state;
	near(CALLED("distance_to_line", 10, 3, 50, 0, 0), 40);
	near(CALLED("distance_to_line", 51.5, 3, 50, 0, 0), -1.5);
	near(CALLED("distance_to_line", 0, 60, 0, 20, -QUARTER), 40);
	near(CALLED("distance_along", 10, 3, 50, 0, 0), -40);
}

static void body_points_turn_with_the_body(void **state)
{
	(void)state;
	near(CALLED("body_x", 10, 0, 3, 1), 13);
	near(CALLED("body_y", 20, 0, 3, 1), 21);
	near(CALLED("body_x", 10, QUARTER, 3, 1), 9);
	near(CALLED("body_y", 20, QUARTER, 3, 1), 23);
	/* front left wheel edge 2.7 m ahead, 0.9 m left; the marking lies at y = 1.75 */
	near(CALLED("corner_offset", 0, 0.5, 0, 2.7, 0.9, 0, 1.75, 0), -0.35);
	near(CALLED("corner_offset", 0, 0, QUARTER, 2.7, 0.9, 0, 0, 0), 2.7);
}

static void angles_wrap_into_one_turn(void **state)
{
	(void)state;
	assert_true(CALLED("wrap_angle", 3.0) == 3.0);
	assert_true(CALLED("wrap_angle", TRIG_PI) == TRIG_PI);
	assert_true(CALLED("wrap_angle", -TRIG_PI) == TRIG_PI);
	near(CALLED("wrap_angle", 4.0), 4.0 - 2 * TRIG_PI);
	near(CALLED("wrap_angle", -20.0), -20.0 + 6 * TRIG_PI);
	assert_true(isnan(CALLED("wrap_angle", INFINITY)));
	near(CALLED("atan2", 3, -3), 3 * TRIG_PI / 4);
	assert_true(CALLED("atan2", -0.0, -1) == TRIG_PI);
	assert_true(CALLED("hypot", 3, -4) == 5);
	assert_true(CALLED("sin", 0.5) == 0.479425538604203000273288);
	assert_true(CALLED("cos", 0.5) == 0.877582561890372716116282);
	near(CALLED("tan", 0.5), 0.546302489843790513255180);
}

static void unwrap_angle_goes_on_over_a_turn(void **state)
{
	struct err e = { 0 };
	(void)state;
	called_init(&c, 5, SECOND);
	memcpy(c.columns[0], (double[]){ 3.0, -3.0, -2.0, 3.1, NAN }, 5 * sizeof(double));
	assert_int_equal(called_run(&c, "unwrap_angle", &e), ERR_OK);
	assert_true(c.ret[0] == 3.0);
	near(c.ret[1], 2 * TRIG_PI - 3.0);
	near(c.ret[2], 2 * TRIG_PI - 2.0);
	near(c.ret[3], 3.1);
	assert_true(isnan(c.ret[4]));
}

/* ---- kinematics ------------------------------------------------------------------------------ */

static void closing_speed_is_positive_when_the_gap_falls(void **state)
{
	(void)state;
	near(CALLED("closing_speed", 20, 0, 15, 0, 0), 5);
	near(CALLED("closing_speed", 15, 0, 20, 0, 0), -5);
	near(CALLED("closing_speed", 0, 20, 0, -10, QUARTER), 30);
	near(CALLED("speed_along", 3, 4, trig_atan2(4, 3)), 5);
	near(CALLED("speed_along", 3, 4, QUARTER), 4);
}

static void ttc_is_infinite_when_nothing_closes(void **state)
{
	(void)state;
	assert_true(CALLED("ttc", 20, 8) == 2.5);
	assert_true(CALLED("ttc", 20, 0) == INFINITY);
	assert_true(CALLED("ttc", 20, -3) == INFINITY);
	assert_true(CALLED("thw", 30, 20) == 1.5);
	assert_true(CALLED("thw", 30, 0) == INFINITY);
}

static void ttc_is_0_at_contact_whatever_the_speeds_say(void **state)
{
	(void)state;
	assert_true(CALLED("ttc", 0, 8) == 0);
	assert_true(CALLED("ttc", 0, -8) == 0);
	assert_true(CALLED("ttc", -0.5, 0) == 0);
	assert_true(CALLED("ttc_braking", 0, -8, 0) == 0);
	assert_true(isnan(CALLED("ttc", NAN, 0)) && isnan(CALLED("ttc", 0, NAN)));
}

static void ttc_braking_takes_the_first_root(void **state)
{
	(void)state;
	/* without acceleration as ttc */
	assert_true(CALLED("ttc_braking", 20, 8, 0) == 2.5);
	/* 16 = 2 t + 6 t^2 / 2: t = 2 */
	near(CALLED("ttc_braking", 16, 2, 6), 2);
	/* 8 = 6 t - 2 t^2 / 2: 2, and 4 later */
	near(CALLED("ttc_braking", 8, 6, -2), 2);
	/* the relative speed is gone before the gap is */
	assert_true(CALLED("ttc_braking", 10, 6, -2) == INFINITY);
	/* opens at first, then closes: 4 = -2 t + 6 t^2 / 2 */
	near(CALLED("ttc_braking", 4, -2, 6), (2 + sqrt(52)) / 6);
	assert_true(CALLED("ttc_braking", 4, -2, 0) == INFINITY);
	assert_true(CALLED("ttc_braking", 4, 0, 0) == INFINITY);
}

static void derivative_uses_true_times(void **state)
{
	struct err e = { 0 };
	(void)state;
	called_init(&c, 5, 0);
	memcpy(c.times, (int64_t[]){ 0, SECOND, 3 * SECOND, 4 * SECOND, 5 * SECOND },
		5 * sizeof(int64_t));
	memcpy(c.columns[0], (double[]){ 0, 1, 9, 16, NAN }, 5 * sizeof(double));
	assert_int_equal(called_run(&c, "derivative", &e), ERR_OK);
	assert_true(c.ret[0] == 1);
	assert_true(c.ret[1] == 3);
	assert_true(c.ret[2] == 5);
	assert_true(c.ret[3] == 7); /* one-sided beside the missing value */
	assert_true(isnan(c.ret[4]));
	called_init(&c, 1, 0);
	assert_int_equal(called_run(&c, "derivative", &e), ERR_OK);
	assert_true(isnan(c.ret[0])); /* one sample has no slope */
}

static void integral_is_unknown_behind_a_missing_value(void **state)
{
	struct err e = { 0 };
	(void)state;
	called_init(&c, 6, SECOND / 2);
	memcpy(c.columns[0], (double[]){ 0, 2, 4, 4, NAN, 4 }, 6 * sizeof(double));
	assert_int_equal(called_run(&c, "integral", &e), ERR_OK);
	assert_true(c.ret[0] == 0);
	assert_true(c.ret[1] == 0.5);
	assert_true(c.ret[2] == 2);
	assert_true(c.ret[3] == 4);
	assert_true(isnan(c.ret[4]) && isnan(c.ret[5]));
}

static void integral_loses_nothing_on_a_long_trace(void **state)
{
	struct err e = { 0 };
	(void)state;
	called_init(&c, CALL_SAMPLES, SECOND / 10);
	for (int i = 0; i < CALL_SAMPLES; i++)
		c.columns[0][i] = i % 2 == 0 ? 1e9 : 1.0 - 1e9;
	assert_int_equal(called_run(&c, "integral", &e), ERR_OK);
	/* each step is exactly half of 1 times a tenth */
	near(c.ret[CALL_SAMPLES - 1], 0.05 * (CALL_SAMPLES - 1));
}

static void delayed_is_linear_between_samples(void **state)
{
	struct err e = { 0 };
	(void)state;
	called_init(&c, 5, SECOND);
	memcpy(c.columns[0], (double[]){ 0, 10, 20, NAN, 40 }, 5 * sizeof(double));
	called_constant(&c, 1, 1.25);
	assert_int_equal(called_run(&c, "delayed", &e), ERR_OK);
	assert_true(isnan(c.ret[0]) && isnan(c.ret[1]));
	assert_true(c.ret[2] == 7.5);
	assert_true(c.ret[3] == 17.5);
	assert_true(isnan(c.ret[4]));
	called_constant(&c, 1, 1);
	assert_int_equal(called_run(&c, "delayed", &e), ERR_OK);
	assert_true(c.ret[1] == 0 && c.ret[3] == 20);
	called_constant(&c, 1, -1);
	assert_int_equal(called_run(&c, "delayed", &e), ERR_INVALID);
	assert_string_equal(e.message, "time of delayed must lie between 0 s and 86400 s");
}

static void bridge_fills_short_gaps_only(void **state)
{
	struct err e = { 0 };
	(void)state;
	called_init(&c, 9, SECOND);
	memcpy(c.columns[0], (double[]){ NAN, 1, NAN, 3, NAN, NAN, NAN, 7, NAN },
		9 * sizeof(double));
	called_constant(&c, 1, 2);
	assert_int_equal(called_run(&c, "bridge", &e), ERR_OK);
	assert_true(isnan(c.ret[0]) && c.ret[1] == 1 && c.ret[2] == 2 && c.ret[3] == 3);
	assert_true(isnan(c.ret[4]) && isnan(c.ret[5]) && isnan(c.ret[6]));
	assert_true(c.ret[7] == 7 && isnan(c.ret[8]));
}

static void add_geometry(struct bits *b)
{
	static const char *const names[] = { "box_gap", "box_gap_along", "box_gap_across",
		"lateral_offset", "distance_to_line", "corner_offset", "closing_speed", "body_x",
		"body_y", "hypot", "wrap_angle", "ttc", "ttc_braking", "derivative", "integral" };
	for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
		struct err e = { 0 };
		called_init(&c, 1000, SECOND / 100);
		for (uint32_t k = 0; k < 10; k++) {
			for (int i = 0; i < 1000; i++)
				c.columns[k][i] = bits_between(b, k % 5 > 2 ? 0 : -20, 20);
		}
		assert_int_equal(called_run(&c, names[n], &e), ERR_OK);
		for (int i = 0; i < 1000; i++)
			bits_add(b, c.ret[i]);
	}
}

static void functions_give_the_same_bits_everywhere(void **state)
{
	struct bits b;
	(void)state;
	bits_open(&b, 11);
	add_geometry(&b);
	bits_close(&b,
		"f12114b96dbf12e2258c7d425f15f89ecbec6b8bd0494085156f5898fff9c2bd");
}

/* A program that calls the function over a signal for each argument. */
static void put_call(struct buf *b, const struct function *f)
{
	buf_put_text(b, "criteria 1\nscenario call\ngrid 10 ms\n");
	for (uint32_t k = 0; k < f->argument_count; k++) {
		const char *unit = f->argument_units[k];
		bool any = unit[0] == '?' || unit[0] == '=';
		if (!str_starts(str_of(unit), "const "))
			buf_printf(b, "signal s%u unit %s linear gap 50 ms\n", k, any ? "m" : unit);
	}
	buf_printf(b, "let y = %s(", f->name);
	for (uint32_t k = 0; k < f->argument_count; k++) {
		struct str unit = str_of(f->argument_units[k]);
		buf_put_text(b, k > 0 ? ", " : "");
		if (!str_starts(unit, "const "))
			buf_printf(b, "s%u", k);
		else if (str_is(unit, "const 1"))
			buf_put_text(b, "1");
		else
			buf_printf(b, "%s %s", str_is(unit, "const s") ? "0.05" : "10",
				f->argument_units[k] + 6);
	}
	buf_put_text(b, ")\npass same: always y <= y\n");
}

static void functions_can_be_called_from_a_program(void **state)
{
	static int64_t times[50];
	static double ones[50];
	(void)state;
	for (int i = 0; i < 50; i++) {
		times[i] = i * SECOND / 100;
		ones[i] = 1;
	}
	for (uint32_t i = 0; i < functions_count; i++) {
		SCOPED_ARENA a = { 0 }, work = { 0 };
		SCOPED_BUF text = { 0 };
		struct program *p = NULL;
		struct eval_signal signals[FUNCTION_ARGUMENTS_MAX];
		struct eval_input input = { .signals = signals };
		struct eval_result result;
		struct err e = { 0 };
		arena_init(&a, 1 << 22);
		arena_init(&work, 1 << 22);
		buf_init(&text, 1 << 12);
		put_call(&text, &functions_table[i]);
		if (program_compile(&a, buf_str(&text), NULL, 0, &p, &e) != ERR_OK)
			fail_msg("%s: %s", functions_table[i].name, e.message);
		for (uint32_t k = 0; k < p->signal_count; k++)
			signals[k] = (struct eval_signal){ .count = 50, .times = times,
				.values = ones, .accuracy = NAN };
		if (eval_run(&a, &work, p, &input, &result, &e) != ERR_OK)
			fail_msg("%s: %s", functions_table[i].name, e.message);
		/* these two know nothing at the beginning */
		if (!str_is(str_of(functions_table[i].name), "delayed") &&
			!str_is(str_of(functions_table[i].name), "moving_average"))
			assert_int_equal(result.criteria[0].state, EVAL_HOLDS);
	}
}

static void functions_page_is_what_the_table_says(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	struct str page = { NULL, 0 };
	struct err e = { 0 };
	(void)state;
	arena_init(&a, 1 << 20);
	buf_init(&b, 1 << 16);
	functions_markdown(&b);
	assert_int_equal(buf_check(&b, "page", &e), ERR_OK);
	assert_non_null(getenv("HUREN_SOURCE"));
	char *path = arena_printf(&a, "%s/doc/formats/functions.md", getenv("HUREN_SOURCE"));
	if (io_read_file(&a, path, 1 << 16, &page, &e) == ERR_OK && str_eq(page, buf_str(&b)))
		return;
	assert_int_equal(io_write_durable(arena_printf(&a, "%s.new", path), buf_str(&b), 0644,
		&e), ERR_OK);
	fail_msg("doc/formats/functions.md is out of date: take functions.md.new");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(functions_are_a_sorted_table_with_help),
		cmocka_unit_test(functions_keep_missing_values_missing),
		cmocka_unit_test(box_gap_is_between_nearest_surfaces),
		cmocka_unit_test(box_gap_is_0_when_boxes_touch_or_overlap),
		cmocka_unit_test(box_gap_does_not_depend_on_order_place_or_turn),
		cmocka_unit_test(box_gap_along_follows_the_heading),
		cmocka_unit_test(box_gap_across_is_to_either_side),
		cmocka_unit_test(box_gap_has_no_value_for_a_size_that_is_none),
		cmocka_unit_test(lateral_offset_is_positive_to_the_left),
		cmocka_unit_test(distance_to_line_falls_to_0_at_the_line),
		cmocka_unit_test(body_points_turn_with_the_body),
		cmocka_unit_test(angles_wrap_into_one_turn),
		cmocka_unit_test(unwrap_angle_goes_on_over_a_turn),
		cmocka_unit_test(closing_speed_is_positive_when_the_gap_falls),
		cmocka_unit_test(ttc_is_infinite_when_nothing_closes),
		cmocka_unit_test(ttc_is_0_at_contact_whatever_the_speeds_say),
		cmocka_unit_test(ttc_braking_takes_the_first_root),
		cmocka_unit_test(derivative_uses_true_times),
		cmocka_unit_test(integral_is_unknown_behind_a_missing_value),
		cmocka_unit_test(integral_loses_nothing_on_a_long_trace),
		cmocka_unit_test(delayed_is_linear_between_samples),
		cmocka_unit_test(bridge_fills_short_gaps_only),
		cmocka_unit_test(functions_give_the_same_bits_everywhere),
		cmocka_unit_test(functions_can_be_called_from_a_program),
		cmocka_unit_test(functions_page_is_what_the_table_says),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
