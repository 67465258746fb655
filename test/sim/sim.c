/* sim.c - motion in steps of a millisecond, then instruments that look at it. */
#include "sim/sim.h"

#include <math.h>
#include <string.h>

#define STEP_S 0.001
#define STEPS_MAX 70000
#define DEAD_STEPS 100             /* from a command to the first reaction of the brakes */
#define PERIOD_NS 10000000         /* 100 Hz */
#define JITTER_NS 1500000
#define START_NS 1764547200000000000 /* 2025-12-01T00:00:00Z */

const char *const sim_scenario_names[] = { "cut-in", "car-to-car", "signal-red" };
const char *const sim_outcome_names[] = { "pass", "fail", "inconclusive", "invalid-run",
	"not-applicable" };
const char *const sim_format_names[] = { "mdf", "csv", "osi" };

/* ---- random numbers: xorshift64* ------------------------------------------------------------- */

struct noise { uint64_t state; };

static double noise_next(struct noise *n) /* in [-1, 1) */
{
	n->state ^= n->state >> 12;
	n->state ^= n->state << 25;
	n->state ^= n->state >> 27;
	return (double)(int64_t)(n->state * UINT64_C(0x2545f4914f6cdd1d)) / 9223372036854775808.0;
}

/* What an instrument shows: the value with its noise, in so many steps a unit. The quotient is the
 * double next to the decimal, so that a text file holds the same number. */
static double measured(struct noise *n, double value, double error, double steps)
{
	return floor((value + error * noise_next(n)) * steps + 0.5) / steps;
}

/* ---- motion ---------------------------------------------------------------------------------- */

struct motion {
	uint32_t steps;
	double x[STEPS_MAX], v[STEPS_MAX], a[STEPS_MAX];
};
struct command { double from_s, acceleration, until_speed; };
struct drive {
	double speed, jerk;        /* at the start, m/s; most change of acceleration, m/s3 */
	struct command commands[4];
	uint32_t command_count;
};

/* The vehicle's wish at a step; a command stands until the speed it aims at. */
static double wish_at(const struct drive *d, const struct motion *m, uint32_t step, bool *done)
{
	double wish = 0;
	uint32_t seen = step < DEAD_STEPS ? 0 : step - DEAD_STEPS;

	for (uint32_t i = 0; i < d->command_count; i++) {
		const struct command *c = &d->commands[i];
		if ((double)seen * STEP_S < c->from_s)
			continue;
		done[i] |= c->acceleration < 0 ? m->v[step - 1] <= c->until_speed
			: m->v[step - 1] >= c->until_speed;
		wish = done[i] ? 0 : c->acceleration;
	}
	return wish;
}

static void move(const struct drive *d, double duration_s, struct motion *m)
{
	bool done[4] = { false };

	m->steps = (uint32_t)(duration_s / STEP_S);
	m->x[0] = 0;
	m->v[0] = d->speed;
	m->a[0] = 0;
	for (uint32_t i = 1; i < m->steps; i++) {
		double wish = wish_at(d, m, i, done), a = m->a[i - 1], change = d->jerk * STEP_S;
		if (wish == 0 && done[0] && m->v[i - 1] <= 0.02 && a < 0)
			a = 0; /* it stands: the brakes hold */
		else
			a = wish > a + change ? a + change : wish < a - change ? a - change : wish;
		m->a[i] = a;
		m->v[i] = m->v[i - 1] + a * STEP_S;
		if (m->v[i] < 0.02 && a <= 0)
			m->v[i] = m->a[i] = 0;
		m->x[i] = m->x[i - 1] + 0.5 * (m->v[i] + m->v[i - 1]) * STEP_S;
	}
}

/* First step at which the acceleration is at most `level`. */
static uint32_t step_of(const struct motion *m, double level)
{
	uint32_t i = 0;

	while (i + 1 < m->steps && m->a[i] > level)
		i++;
	return i;
}

static double at_time(const double *values, const struct motion *m, double t_s)
{
	double place = t_s / STEP_S;
	uint32_t i = (uint32_t)place;

	if (i + 1 >= m->steps)
		return values[m->steps - 1];
	return values[i] + (values[i + 1] - values[i]) * (place - i);
}

/* ---- recording ------------------------------------------------------------------------------- */

static struct sim_column *add_column(struct sim_run *run, const char *name, const char *unit)
{
	struct sim_column *c = &run->columns[run->column_count++];

	CHECK(run->column_count <= SIM_COLUMNS_MAX);
	c->name = name;
	c->unit = unit;
	return c;
}

/* Sample times with jitter, in whole microseconds; none from `hole_s` to half a second on. */
static void make_times(struct sim_run *run, struct noise *n, double duration_s, double hole_s)
{
	uint32_t count = (uint32_t)(duration_s * 100);

	run->rows = 0;
	for (uint32_t i = 0; i < count; i++) {
		int64_t t = (int64_t)i * PERIOD_NS + (int64_t)(noise_next(n) * JITTER_NS);
		t = t < 0 || i == 0 ? 0 : t / 1000 * 1000;
		if (hole_s > 0 && (double)t / 1e9 > hole_s && (double)t / 1e9 < hole_s + 0.5)
			continue;
		CHECK(run->rows < SIM_ROWS_MAX);
		run->times_ns[run->rows++] = t;
	}
}

static double seconds(const struct sim_run *run, uint32_t row)
{
	return (double)run->times_ns[row] / 1e9;
}

#define SPEED_ERROR 0.03       /* km/h */
#define POSITION_ERROR 0.005   /* m */

static double speed_shown(struct noise *n, double speed)
{
	/* A standing wheel gives no pulses, so no noise. */
	return speed <= 0 ? 0 : measured(n, speed * 3.6, SPEED_ERROR, 100);
}

/* ---- cut-in (UN R157) ------------------------------------------------------------------------ */

#define LANE_M 3.5
#define EGO_LENGTH 4.8
#define LEAD_LENGTH 4.5
#define LEAD_WIDTH 1.8
#define CHANGE_S 2.0           /* from lane to lane */
#define CHANGE_AT_S 4.0

/* Way across: 3u^2 - 2u^3 from one lane's middle to the other's. */
static double lead_y(double t_s, double *ret_vy)
{
	double u = (t_s - CHANGE_AT_S) / CHANGE_S;

	u = u < 0 ? 0 : u > 1 ? 1 : u;
	*ret_vy = -LANE_M * 6 * u * (1 - u) / CHANGE_S;
	return LANE_M * (1 - u * u * (3 - 2 * u));
}

static double lead_offset(double t_s)
{
	double vy;

	return LANE_M / 2 - (lead_y(t_s, &vy) - LEAD_WIDTH / 2);
}

/* Where the lead must start so that the least gap once it is in the lane, or the gap at the moment
 * of cutting in, is the one wanted. */
static double lead_start(const struct motion *m, double lead_speed, double cut_in_s, double wanted,
	bool at_cut_in)
{
	double least = INFINITY;

	for (uint32_t i = (uint32_t)(cut_in_s / STEP_S); i < m->steps; i++) {
		double gap = lead_speed * i * STEP_S - LEAD_LENGTH / 2 - m->x[i] - EGO_LENGTH / 2;
		least = gap < least ? gap : least;
		if (at_cut_in)
			break;
	}
	return wanted - least;
}

static void record_cut_in(struct sim_run *run, struct noise *n, const struct motion *m,
	double lead_speed, double lead_x)
{
	struct sim_column *c[10];
	static const struct { const char *name, *unit; } columns[10] = {
		{ "ego_speed", "km/h" }, { "lead_speed", "km/h" },
		{ "ego_x", "m" }, { "ego_y", "m" }, { "ego_yaw", "rad" },
		{ "lead_x", "m" }, { "lead_y", "m" }, { "lead_yaw", "rad" },
		{ "ego_accel", "m/s2" }, { "lane_offset_lead", "m" } };

	for (int i = 0; i < 10; i++)
		c[i] = add_column(run, columns[i].name, columns[i].unit);
	for (uint32_t r = 0; r < run->rows; r++) {
		double t = seconds(run, r), vy, y = lead_y(t, &vy);
		c[0]->values[r] = speed_shown(n, at_time(m->v, m, t));
		c[1]->values[r] = speed_shown(n, lead_speed);
		c[2]->values[r] = measured(n, at_time(m->x, m, t), POSITION_ERROR, 1000);
		c[3]->values[r] = measured(n, 0, POSITION_ERROR, 1000);
		c[4]->values[r] = 0;
		c[5]->values[r] = measured(n, lead_x + lead_speed * t, POSITION_ERROR, 1000);
		c[6]->values[r] = measured(n, y, POSITION_ERROR, 1000);
		c[7]->values[r] = measured(n, vy / lead_speed, 0, 10000);
		c[8]->values[r] = measured(n, at_time(m->a, m, t), 0.05, 100);
		c[9]->values[r] = measured(n, lead_offset(t), POSITION_ERROR, 1000);
	}
}

static bool make_cut_in(enum sim_outcome outcome, struct noise *n, struct motion *m,
	struct sim_run *run)
{
	const bool late = outcome == SIM_FAIL;
	const double ego_speed = (outcome == SIM_INVALID_RUN ? 63 : 55) / 3.6;
	const double lead_speed = 40 / 3.6;
	double cut_in_s = CHANGE_AT_S, start;

	while (lead_offset(cut_in_s) < 0.3)
		cut_in_s += STEP_S;
	const struct drive d = { .speed = ego_speed, .jerk = 20, .command_count = 1,
		.commands = { { cut_in_s + (late ? 1.5 : 0.5), late ? -2 : -4,
			lead_speed - 0.5 } } };
	move(&d, 20, m);
	start = lead_start(m, lead_speed, cut_in_s, outcome == SIM_NOT_APPLICABLE ? 1.5
		: late ? -0.5 : 3, outcome == SIM_NOT_APPLICABLE);
	make_times(run, n, 20, outcome == SIM_INCONCLUSIVE ? cut_in_s + 1 : 0);
	record_cut_in(run, n, m, lead_speed, start);
	run->criterion = "no-contact";
	run->margin_unit = "m";
	run->margin = late ? 0 : 3; /* boxes that overlap have no more than no gap */
	run->margin_error = 4 * POSITION_ERROR;
	return true;
}

/* ---- car to car (UN R152) -------------------------------------------------------------------- */

static bool make_car_to_car(enum sim_outcome outcome, struct noise *n, struct motion *m,
	struct sim_run *run)
{
	const double lead_s = outcome == SIM_FAIL ? 0.5 : 1; /* of the warning before the braking */
	const struct drive d = { .speed = (outcome == SIM_INVALID_RUN ? 44 : 40) / 3.6, .jerk = 40,
		.command_count = 1, .commands = { { 6, -7, 0 } } };
	struct sim_column *c[5];

	if (outcome == SIM_NOT_APPLICABLE)
		return false;
	move(&d, 12, m);
	const double braking_s = step_of(m, -5) * STEP_S, stop_x = m->x[m->steps - 1] + 1;
	make_times(run, n, 12, outcome == SIM_INCONCLUSIVE ? braking_s + 0.2 : 0);
	c[0] = add_column(run, "ego_speed", "km/h");
	c[1] = add_column(run, "target_speed", "km/h");
	c[2] = add_column(run, "ego_accel", "m/s2");
	c[3] = add_column(run, "gap", "m");
	c[4] = add_column(run, "warning", "");
	for (uint32_t r = 0; r < run->rows; r++) {
		double t = seconds(run, r);
		c[0]->values[r] = speed_shown(n, at_time(m->v, m, t));
		c[1]->values[r] = 0;
		c[2]->values[r] = measured(n, at_time(m->a, m, t), 0.05, 100);
		c[3]->values[r] = measured(n, stop_x - at_time(m->x, m, t), POSITION_ERROR, 1000);
		c[4]->values[r] = t >= braking_s - lead_s;
	}
	run->criterion = "warning-lead";
	run->margin_unit = "s";
	run->margin = lead_s - 0.8;
	run->margin_error = 0.025; /* a sample at each end */
	return true;
}

/* ---- the light turns red (GB/T 41798-2022, 6.1.4) -------------------------------------------- */

#define AMBER_AT_S 3.0

static bool make_signal_red(enum sim_outcome outcome, struct noise *n, struct motion *m,
	struct sim_run *run)
{
	static const char *const labels[] = { "green", "amber", "red" };
	const bool over = outcome == SIM_FAIL;
	const double left = over ? -0.3 : 1.2; /* from the front to the line, standing */
	/* An invalid run has the light turn too early: more than 60 m before the line. */
	const double answer_s = outcome == SIM_INVALID_RUN ? 2.5 : 0.5;
	const double red_s = AMBER_AT_S + 3, green_s = red_s + 30;
	const struct drive d = { .speed = 40 / 3.6, .jerk = 8, .command_count = 2,
		.commands = { { AMBER_AT_S + answer_s, -1.6, 0 }, { green_s + 1.5, 1.2, 8 } } };
	struct sim_column *c[4];

	if (outcome == SIM_NOT_APPLICABLE)
		return false;
	move(&d, 45, m);
	const double line_x = m->x[(uint32_t)(30 / STEP_S)] + left;
	make_times(run, n, outcome == SIM_INCONCLUSIVE ? 30 : 45, 0); /* it ends before green */
	c[0] = add_column(run, "ego_speed", "km/h");
	c[1] = add_column(run, "distance_to_line", "m");
	c[2] = add_column(run, "light", "");
	c[3] = add_column(run, "ego_x", "m");
	c[2]->labels = labels;
	c[2]->label_count = 3;
	for (uint32_t r = 0; r < run->rows; r++) {
		double t = seconds(run, r);
		c[0]->values[r] = speed_shown(n, at_time(m->v, m, t));
		c[1]->values[r] = measured(n, line_x - at_time(m->x, m, t), POSITION_ERROR, 1000);
		c[2]->values[r] = t < AMBER_AT_S || t >= green_s ? 0 : t < red_s ? 1 : 2;
		c[3]->values[r] = measured(n, at_time(m->x, m, t), POSITION_ERROR, 1000);
	}
	run->criterion = over ? "line-not-crossed" : "stop-gap";
	run->margin_unit = "m";
	run->margin = over ? -0.3 : 0.8;
	run->margin_error = 3 * POSITION_ERROR;
	return true;
}

bool sim_make(enum sim_scenario scenario, enum sim_outcome outcome, uint32_t number,
	struct sim_run *ret)
{
	static _Thread_local struct motion m;
	struct noise n = { UINT64_C(0x9e3779b97f4a7c15) * (number + 1) + (uint64_t)outcome * 977 +
		(uint64_t)scenario * 7919 };

	*ret = (struct sim_run){ .scenario = scenario,
		.start_ns = START_NS + (int64_t)number * 600000000000 };
	for (int i = 0; i < 8; i++)
		(void)noise_next(&n); /* near seeds begin alike */
	switch (scenario) {
	case SIM_CUT_IN:
		return make_cut_in(outcome, &n, &m, ret);
	case SIM_CAR_TO_CAR:
		return make_car_to_car(outcome, &n, &m, ret);
	case SIM_SIGNAL_RED:
		return make_signal_red(outcome, &n, &m, ret);
	case SIM_SCENARIO_COUNT:
		break;
	}
	return false;
}
