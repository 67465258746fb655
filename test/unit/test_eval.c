/* test_eval.c - outcomes, reasons, witnesses, events and measures by hand. */
#include "criteria/eval.h"

#include "../criteria_fixture.h"
#include "base/limits.h"

#define S SECOND
#define MS INT64_C(1000000)
#define HEAD "criteria 1\nscenario s\n" \
	"signal x unit m hold gap 1 s\nsignal y unit m linear gap 1 s\n"
#define NUMBERS 6

static const int64_t seconds[] = { 0, 1 * S, 2 * S, 3 * S, 4 * S, 5 * S, 6 * S, 7 * S, 8 * S,
	9 * S };
static const double rising[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 };
static const double falling[] = { 9, 8, 7, 6, 5, 4, 3, 2, 1, 0 };
static const double cells[] = { 0, 10, 1, 5, 20, 3, 9, 0, 5 };

struct setup {
	struct arena a;
	struct eval_signal signals[4];
	double parameters[2];
	struct program_number numbers[NUMBERS];
	struct unit columns[3];
	struct program *p;
	struct eval_result r;
};

static void setup_clear(struct setup *s)
{
	arena_clear(&s->a);
}

#define SETUP __attribute__((cleanup(setup_clear))) struct setup

/* x rises from 0 to 9, y falls from 9 to 0, a sample a second. */
static void setup_init(struct setup *s)
{
	*s = (struct setup){ .parameters = { NAN, NAN } };
	arena_init(&s->a, FIXTURE_BYTES);
	s->signals[0] = (struct eval_signal){ 10, seconds, rising, 0, NULL, NAN };
	s->signals[1] = (struct eval_signal){ 10, seconds, falling, 0, NULL, 0.25 };
	s->columns[0] = s->columns[1] = s->columns[2] = fixture_unit("m");
	s->numbers[0] = (struct program_number){ .id = STR("two"), .unit = fixture_unit("m"),
		.entered = true, .value = 2 };
	s->numbers[1] = (struct program_number){ .id = STR("blank"), .unit = fixture_unit("m") };
	s->numbers[2] = (struct program_number){ .id = STR("table"), .entered = true,
		.row_count = 3, .column_count = 3, .cells = cells, .column_units = s->columns };
	s->numbers[3] = (struct program_number){ .id = STR("blank-table"), .column_count = 2,
		.column_units = s->columns };
	s->numbers[5] = (struct program_number){ .id = STR("blank-time"),
		.unit = fixture_unit("s") };
	s->numbers[4] = (struct program_number){ .id = STR("zero"), .unit = fixture_unit("m"),
		.entered = true };
}

static void setup_run(struct setup *s, const char *text)
{
	struct eval_input input = { s->signals, s->parameters, false };

	s->p = fixture_compile(&s->a, arena_printf(&s->a, "%s%s", HEAD, text), s->numbers, NUMBERS);
	s->r = fixture_run(&s->a, s->p, &input);
}

static const struct eval_outcome *judged(struct setup *s, const char *formula)
{
	setup_run(s, arena_printf(&s->a, "pass p: %s\n", formula));
	return &s->r.criteria[0];
}

#define HOLDS EVAL_HOLDS
#define VIOLATED EVAL_VIOLATED
#define UNKNOWN EVAL_UNKNOWN

struct row { const char *formula; enum eval_state state; double lower, upper; int64_t time; };

static void check_rows(struct setup *s, const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct eval_outcome *o = judged(s, rows[i].formula);

		if (o->state != rows[i].state || o->lower != rows[i].lower ||
			o->upper != rows[i].upper || o->time_ns != rows[i].time)
			fail_msg("%s: state %d [%g, %g] at %g s", rows[i].formula, (int)o->state,
				o->lower, o->upper, (double)o->time_ns / 1e9);
	}
}

static void eval_gives_margin_and_deciding_time(void **state)
{
	static const struct row rows[] = {
		{ "x >= 0 m", HOLDS, 0, 0, 0 },
		{ "x > 0 m", VIOLATED, 0, 0, 0 },
		{ "not x > 0 m", HOLDS, 0, 0, 0 },
		{ "x == 0 m", HOLDS, 0, 0, 0 },
		{ "x != 0 m", VIOLATED, 0, 0, 0 },
		{ "y == 7 m", VIOLATED, -2, -2, 0 },
		{ "y != 7 m", HOLDS, 2, 2, 0 },
		{ "always x <= 7 m", VIOLATED, -2, -2, 9 * S },
		{ "always x <= 12 m", HOLDS, 3, 3, 9 * S },
		{ "eventually x >= 5 m", HOLDS, 4, 4, 9 * S },
		{ "eventually x >= 11 m", VIOLATED, -2, -2, 9 * S },
		{ "always[2 s, 4 s] y >= 5 m", HOLDS, 0, 0, 4 * S },
		{ "always[2 s, 4 s] y > 5 m", VIOLATED, 0, 0, 4 * S },
		{ "always[2 s, 4 s] abs(x - 3 m) <= 2 m", HOLDS, 1, 1, 2 * S }, /* the lower time */
		{ "always x * y <= 20 m2", HOLDS, 0, 0, 4 * S },
		{ "not eventually x > 7 m", VIOLATED, -2, -2, 9 * S },
		{ "x < 1 m and y > 5 m", HOLDS, 1, 1, 0 },
		{ "x > 1 m or y > 5 m", HOLDS, 4, 4, 0 },
		{ "x > 1 m implies y > 50 m", HOLDS, 1, 1, 0 },
		{ "x > 1 m iff y > 50 m", HOLDS, 1, 1, 0 },
		{ "x > 1 m xor y > 5 m", HOLDS, 1, 1, 0 },
		{ "y > 4 m until x >= 3 m", HOLDS, 1, 1, 4 * S },
		{ "y > 7 m until x >= 3 m", VIOLATED, 0, 0, 2 * S },
		{ "y > 1 m until[2 s, 3 s] x >= 3 m", HOLDS, 0, 0, 3 * S },
		{ "next x >= 1 m", HOLDS, 0, 0, S },
		{ "next prev x >= 1 m", VIOLATED, -1, -1, 0 },
		{ "next rise(x > 0.5 m)", HOLDS, 0.5, 0.5, 0 },
		{ "next fall(x > 0.5 m)", VIOLATED, -0.5, -0.5, 0 },
		{ "next next fall(y > 7.5 m)", HOLDS, 0.5, 0.5, S },
		{ "next next next historically[0, 2 s] x >= 2 m", VIOLATED, -1, -1, S },
		{ "next next next once[0, 2 s] x <= 2 m", HOLDS, 1, 1, S },
		{ "next next next (y <= 7 m since y <= 8 m)", HOLDS, 2, 2, 3 * S },
		{ "at(start + 2.5 s): x == 2 m", HOLDS, 0, 0, 2 * S },
		{ "between(start + 3 s, end - 1 s): x <= 7 m", VIOLATED, -1, -1, 8 * S },
		{ "after(start + 8.5 s): x >= 8 m", HOLDS, 1, 1, 9 * S },
		{ "before(start + 1 s): x <= 4 m", HOLDS, 3, 3, S },
		{ "always[0, 1 s] x <= $two", HOLDS, 1, 1, S },
	};
	SETUP s;

	(void)state;
	setup_init(&s);
	check_rows(&s, rows, sizeof(rows) / sizeof(rows[0]));
}

static void eval_leaves_open_what_the_trace_does_not_tell(void **state)
{
	static const struct row rows[] = {
		{ "always[0, 10 s] x <= 20 m", UNKNOWN, -INFINITY, 11, 0 },
		{ "always[0, 10 s] x <= 7 m", VIOLATED, -INFINITY, -2, 9 * S },
		{ "eventually[0, 10 s] x >= 11 m", UNKNOWN, -2, INFINITY, 0 },
		{ "eventually[0, 10 s] x >= 5 m", HOLDS, 4, INFINITY, 9 * S },
		{ "once[0, 1 s] x >= 1 m", UNKNOWN, -1, INFINITY, 0 },
		{ "rise(x >= 0 m)", UNKNOWN, -INFINITY, 0, 0 },
		{ "rise(x > 0 m)", VIOLATED, -INFINITY, 0, 0 },
		{ "prev x >= 0 m", UNKNOWN, -INFINITY, INFINITY, 0 },
		{ "always[0.2 s, 0.4 s] x >= 0 m", UNKNOWN, -INFINITY, INFINITY, 0 },
		{ "eventually[20 s, end] x >= 0 m", UNKNOWN, -INFINITY, INFINITY, 0 },
		{ "y > 1 m until[0, 20 s] x > 20 m", VIOLATED, -11, -1, 9 * S },
		{ "y >= 0 m until[0, 20 s] x > 20 m", UNKNOWN, -11, 0, 0 },
		{ "after(start - 1 s): x >= 0 m", UNKNOWN, -INFINITY, 0, 0 },
		{ "between(end, start): x >= 0 m", UNKNOWN, -INFINITY, INFINITY, 0 },
		{ "after(end + 1 s): x < 0 m", UNKNOWN, -INFINITY, INFINITY, 0 },
	};
	SETUP s;

	(void)state;
	setup_init(&s);
	check_rows(&s, rows, sizeof(rows) / sizeof(rows[0]));
}

struct reason { const char *text; enum eval_why why; const char *name; };

static void eval_says_why_it_does_not_know(void **state)
{
	static const struct reason rows[] = {
		{ "pass p: x <= $blank\n", WHY_LIMIT_NOT_ENTERED, "blank" },
		{ "pass p: x <= $blank-table(y)\n", WHY_LIMIT_NOT_ENTERED, "blank-table" },
		{ "pass p: always[0, $blank-time] x <= y\n", WHY_LIMIT_NOT_ENTERED,
			"blank-time" },
		{ "pass p: x <= y scale $blank\n", WHY_LIMIT_NOT_ENTERED, "blank" },
		{ "event e = first x > $blank\npass p: after(e): x > 0 m\n", WHY_LIMIT_NOT_ENTERED,
			"blank" },
		{ "signal z unit m hold gap 1 s optional\npass p: z > x\n", WHY_SIGNAL_MISSING,
			"z" },
		{ "signal z flag hold gap 1 s\npass p: z and x >= 0 m\n", WHY_SIGNAL_MISSING, "z" },
		{ "signal z unit m hold gap 1 s\npass p: rate(z) > 1 Hz\n", WHY_SIGNAL_MISSING,
			"z" },
		{ "parameter limit unit m\npass p: x < limit\n", WHY_PARAMETER_MISSING, "limit" },
		{ "event e = first x > 20 m\npass p: after(e): x > 0 m\n", WHY_EVENT_NOT_FOUND,
			"e" },
		{ "event e = first x > 20 m\npass p: after(e + 1 s): x > 0 m\n",
			WHY_EVENT_NOT_FOUND, "e" },
		{ "event e = first x > 20 m\npass p: value(x, e) > 0 m\n", WHY_EVENT_NOT_FOUND,
			"e" },
		{ "event e = first x > 20 m\npass p: duration(start, e) > 0 s\n",
			WHY_EVENT_NOT_FOUND, "e" },
		{ "pass p: always[0, 10 s] x >= 0 m\n", WHY_TRACE_TOO_SHORT, "" },
		{ "pass p: rise(x >= 0 m)\n", WHY_TRACE_TOO_SHORT, "" },
		{ "pass p: y > 0 m until[0, 20 s] x > 20 m or x > 0 m\n", WHY_NONE, "" },
		{ "pass p: always[0.2 s, 0.4 s] x >= 0 m\n", WHY_GAP, "" },
		{ "pass p: x >= accuracy(x)\n", WHY_ACCURACY_NOT_STATED, "x" },
		{ "pass p: accuracy(y) <= 0.25 m\n", WHY_NONE, "" },
		{ "pass p: y / x >= 1\n", WHY_GAP, "" }, /* no value, though no signal is missing */
	};
	SETUP s;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct eval_outcome *o;

		setup_init(&s);
		setup_run(&s, rows[i].text);
		o = &s.r.criteria[0];
		if (o->why != rows[i].why || !str_is(o->why_name, rows[i].name) ||
			(o->why == WHY_NONE) != (o->state != UNKNOWN))
			fail_msg("%s: %s \"" STR_FMT "\", state %d", rows[i].text,
				eval_why_name(o->why), STR_ARG(o->why_name), (int)o->state);
		if (i + 1 < sizeof(rows) / sizeof(rows[0]))
			setup_clear(&s);
	}
}

static void eval_holds_although_something_is_missing(void **state)
{
	SETUP s;

	(void)state;
	setup_init(&s);
	assert_int_equal(judged(&s, "x <= $blank or x >= 0 m")->state, HOLDS);
	assert_int_equal(judged(&s, "x <= $blank and x > 0 m")->state, VIOLATED);
}

static void eval_holds_a_value_for_its_gap_only(void **state)
{
	static const int64_t times[] = { 0, 1 * S, 1 * S, 3 * S, 4 * S };
	static const double values[] = { 5, 9, 5, 5, NAN };
	SETUP s;
	const struct eval_outcome *o;

	(void)state;
	setup_init(&s);
	s.signals[0] = (struct eval_signal){ 5, times, values, 0, NULL, NAN };
	o = judged(&s, "always x <= 6 m");
	/* 2 s are more than the gap of 1 s, and the last value holds up to 4 s. */
	assert_int_equal(o->state, UNKNOWN);
	assert_int_equal(o->why, WHY_GAP);
	assert_true(str_is(o->why_name, "x"));
	assert_true(o->time_ns == 2 * S + 1);
	assert_int_equal(judged(&s, "always[0, 2 s] x == 5 m")->state, HOLDS); /* last of equals */
	assert_int_equal(judged(&s, "between(start + 3 s, start + 4 s): x == 5 m")->state, HOLDS);
	assert_int_equal(judged(&s, "after(start + 3 s): x == 5 m")->why, WHY_GAP);
	assert_int_equal(judged(&s, "eventually x > 6 m")->state, UNKNOWN);
}

static void eval_joins_samples_of_different_rates(void **state)
{
	static const int64_t times[] = { 500 * MS, 1500 * MS, 2500 * MS };
	static const double values[] = { 10, 20, 10 };
	const int64_t *at;
	const double *got;
	uint64_t count = 0;
	SCOPED_ARENA work = { 0 };
	SETUP s;
	struct eval_input input = { s.signals, NULL, false };
	struct err e = { 0 };

	(void)state;
	setup_init(&s);
	arena_init(&work, FIXTURE_BYTES);
	s.signals[0].count = 3; /* up to 2 s */
	s.signals[1] = (struct eval_signal){ 3, times, values, 0, NULL, NAN };
	s.p = fixture_compile(&s.a, HEAD "let sum = x + y\nlet big = y > x\n", NULL, 0);
	assert_int_equal(eval_series(&s.a, &work, s.p, &input, STR("sum"), &count, &at, &got, &e),
		ERR_OK);
	assert_int_equal(count, 6);
	assert_true(at[3] == 1500 * MS && got[3] == 21);
	assert_true(got[0] == 10);     /* y holds backwards for its gap */
	assert_true(at[2] == 1 * S && got[2] == 16);
	assert_true(got[5] == 12);     /* x holds forwards for its gap */
	assert_int_equal(eval_series(&s.a, &work, s.p, &input, STR("y"), &count, &at, &got, &e),
		ERR_OK);
	assert_true(got[4] == 15);
	assert_int_equal(eval_series(&s.a, &work, s.p, &input, STR("big"), &count, &at, &got, &e),
		ERR_OK);
	assert_true(got[0] == 10);
	assert_int_equal(eval_series(&s.a, &work, s.p, &input, STR("z"), &count, &at, &got, &e),
		ERR_NOT_FOUND);
}

static void eval_uses_an_even_grid_when_declared(void **state)
{
	SETUP s;

	(void)state;
	setup_init(&s);
	setup_run(&s, "grid 250 ms\nevent e = first y < 6.6 m\npass p: always y >= 0 m\n");
	assert_int_equal(s.r.grid_count, 37);
	assert_true(s.r.events[0].time_ns == 2500 * MS);
	assert_int_equal(s.r.criteria[0].state, HOLDS);
}

static void eval_tells_the_deciding_comparison(void **state)
{
	SETUP s;
	const struct eval_outcome *o;

	(void)state;
	setup_init(&s);
	s.parameters[0] = 3;
	setup_run(&s, "parameter most unit m\nlet both = x + y\n"
		"valid p: always[0, 4 s] ((x <= most + $two) and both - $two * 2 >= 1 m)\n");
	o = &s.r.criteria[0];
	assert_int_equal(o->state, HOLDS);
	assert_true(str_is(o->predicate, "x <= most + $two"));
	assert_true(o->time_ns == 4 * S && o->lower == 1 && o->limit == 5);
	assert_true(o->from_ns == 0 && o->to_ns == 4 * S);
	assert_true(unit_eq(&o->unit, &(struct unit){ 0 }) == false);
	assert_int_equal(o->value_count, 3);
	assert_true(str_is(o->values[0].name, "x") && o->values[0].value == 4);
	assert_true(str_is(o->values[1].name, "most") && o->values[1].value == 3);
	assert_true(str_is(o->values[2].name, "$two") && o->values[2].value == 2);
	s.parameters[0] = 30;
	setup_run(&s, "parameter most unit m\nlet both = x + y\n"
		"valid p: always ((x <= most + $two) and both - $two * 2 >= 6 m)\n");
	o = &s.r.criteria[0];
	assert_int_equal(o->state, VIOLATED);
	assert_true(str_is(o->predicate, "both - $two * 2 >= 6 m"));
	assert_true(o->time_ns == 0 && o->to_ns == 9 * S);
	assert_true(str_is(o->values[0].name, "both") && o->values[0].value == 9);
	assert_int_equal(o->value_count, 4); /* both, x, y, $two */
}

static void eval_compares_units_by_their_scales(void **state)
{
	SETUP s;
	const struct eval_outcome *o;

	(void)state;
	setup_init(&s);
	/* 1 m of 0.5 m is twice the scale, 4 m2 of 8 m2 is half of it. */
	o = judged(&s, "always[0, 1 s] (x <= 2 m scale 0.5 m and x * x <= 5 m2 scale 8 m2)");
	assert_int_equal(o->state, HOLDS);
	assert_true(str_is(o->predicate, "x * x <= 5 m2 scale 8 m2"));
	assert_true(o->lower == 4 && o->upper == 4);
	assert_int_equal(judged(&s, "x <= y scale $zero")->state, UNKNOWN);
	/* Nothing underflows across 0. */
	assert_int_equal(judged(&s, "always[0, 1 s] x - 1 m >= 0 m scale 1 m")->state, VIOLATED);
}

static void eval_knows_flags_and_texts(void **state)
{
	static const double flags[] = { 1, 1, 1, 0, 1, 1, 1, 1, 1, 1 };
	static const double lights[] = { 0, 0, 0, 1, 1, 1, 2, 2, 2, 7 };
	struct str labels[] = { STR("red"), STR("green"), STR("red") };
	SETUP s;
	const struct eval_outcome *o;

	(void)state;
	setup_init(&s);
	s.signals[2] = (struct eval_signal){ 10, seconds, flags, 0, NULL, NAN };
	s.signals[3] = (struct eval_signal){ 10, seconds, lights, 3, labels, NAN };
	setup_run(&s, "signal on flag hold gap 1 s\nsignal light text hold gap 1 s\n"
		"pass a: always on\npass b: always[0, 2 s] light == \"red\"\n"
		"pass c: eventually light == \"blue\"\npass d: always[0, 8 s] light != \"blue\"\n"
		"pass e: always[6 s, 8 s] light == \"red\"\n"
		"pass f: always[0, 2 s] (on and x <= 5 m)\n");
	o = s.r.criteria;
	assert_int_equal(o[0].state, VIOLATED);
	assert_true(o[0].time_ns == 3 * S && !o[0].has_margin);
	assert_true(str_is(o[0].predicate, "on"));
	assert_true(str_is(o[0].values[0].name, "on") && o[0].values[0].value == 0);
	assert_int_equal(o[1].state, HOLDS);
	assert_true(str_is(o[1].values[0].label, "red"));
	assert_int_equal(o[2].state, UNKNOWN); /* the last value has no label */
	assert_int_equal(o[3].state, HOLDS);
	assert_int_equal(o[4].state, HOLDS);
	assert_int_equal(o[5].state, HOLDS);
	assert_true(o[5].has_margin && o[5].lower == 3 && o[5].time_ns == 2 * S);
}

static void eval_places_events(void **state)
{
	SETUP s;
	const struct eval_event *e;

	(void)state;
	setup_init(&s);
	setup_run(&s, "event a = first x >= 3 m\nevent b = last x <= 6 m after a before end - 1 s\n"
		"event c = first crossing(x, y)\nevent d = first crossing(4.25 m, y)\n"
		"event e = a + 2 s\nevent f = first x > 3 m before a\n"
		"event g = last y > 2 m after f\n"
		"event h = first crossing(4.25 m, y) after d\nevent i = last rise(x >= 3 m)\n");
	e = s.r.events;
	assert_true(e[0].found && !e[0].uncertain && e[0].time_ns == 3 * S);
	assert_true(e[1].found && e[1].time_ns == 6 * S);
	assert_true(e[2].found && e[2].time_ns == 5 * S);      /* x holds: no straight line */
	assert_true(e[3].found && e[3].time_ns == 4750 * MS);  /* y is one */
	assert_true(e[4].found && e[4].time_ns == 5 * S);
	assert_true(!e[5].found && !e[5].uncertain);
	assert_true(!e[6].found);
	assert_true(e[7].found && e[7].time_ns == 4750 * MS);
	assert_true(e[8].found && e[8].time_ns == 3 * S);
}

static void eval_event_is_uncertain_behind_a_gap(void **state)
{
	static const double holes[] = { 0, NAN, NAN, 3, 4, 5, 6, 7, 8, 9 };
	SETUP s;
	const struct eval_event *e;

	(void)state;
	setup_init(&s);
	s.signals[0].values = holes;
	setup_run(&s, "event a = first x >= 3 m\nevent b = last x <= 6 m\n"
		"event c = first x >= 0 m\n"
		"pass p: after(a): x >= 0 m\npass q: after(b): x >= 0 m\n");
	e = s.r.events;
	assert_true(e[0].found && e[0].uncertain);
	assert_true(e[1].found && !e[1].uncertain);
	assert_true(e[2].found && !e[2].uncertain);
	assert_int_equal(s.r.criteria[0].why, WHY_EVENT_NOT_FOUND);
	assert_int_equal(s.r.criteria[1].state, HOLDS);
}

static void eval_measures(void **state)
{
	static const struct { const char *text; double value; int64_t time; } rows[] = {
		{ "minimum(x)", 0, 0 }, { "maximum(x) before(e)", 3, 3 * S },
		{ "minimum(x) between(e, end)", 3, 3 * S }, { "mean(y)", 4.5, 0 },
		{ "mean(x)", 4, 0 }, /* steps: the last value has no width */
		{ "value(y, start + 2.5 s)", 6.5, 2500 * MS },
		{ "value(x, start + 2.5 s)", 2, 2500 * MS }, { "duration(start, e)", 3, 0 },
		{ "minimum(abs(x - 4 m)) after(e)", 0, 4 * S }, { "rate(x)", 1, 0 },
		{ "minimum(0 m - x)", -9, 9 * S }, { "maximum(x in km)", 0.009, 9 * S },
		{ "maximum($table(x))", 20, 5 * S }, { "maximum($table.2(x))", 5, 9 * S },
		{ "value($table(x), start + 1 s)", 12, 1 * S },
		{ "value($table(x + 50 m), start)", 0, 0 }, { "minimum(sqrt(y * y))", 0, 9 * S },
		{ "minimum(min(x, y))", 0, 0 }, { "maximum(min(x, y))", 4, 4 * S },
		{ "minimum(max(x, y))", 5, 4 * S }, { "maximum(derivative(x))", 1, 0 },
	};
	SETUP s;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct eval_measure *m;

		setup_init(&s);
		setup_run(&s, arena_printf(&s.a, "event e = first x >= 3 m\nmeasure m = %s\n",
			rows[i].text));
		m = &s.r.measures[0];
		if (!m->known || m->value != rows[i].value || m->time_ns != rows[i].time)
			fail_msg("%s: %d %.17g at %g s", rows[i].text, m->known, m->value,
				(double)m->time_ns / 1e9);
		if (i + 1 < sizeof(rows) / sizeof(rows[0]))
			setup_clear(&s);
	}
}

static void eval_measures_nothing_where_anything_is_unknown(void **state)
{
	static const double holes[] = { 0, NAN, NAN, 3, 4, 5, 6, 7, 8, 9 };
	SETUP s;

	(void)state;
	setup_init(&s);
	s.signals[0].values = holes;
	setup_run(&s, "event e = first x > 20 m\nmeasure a = minimum(x)\n"
		"measure b = minimum(x) after(start + 3 s)\nmeasure c = value(y, e)\n"
		"measure d = minimum(y) after(start - 1 s)\nmeasure f = duration(start, e)\n"
		"measure g = maximum(y) after(e)\n");
	assert_false(s.r.measures[0].known);
	assert_true(s.r.measures[1].known);
	for (int i = 2; i < 6; i++)
		assert_false(s.r.measures[i].known);
}

static void eval_without_any_sample_knows_nothing(void **state)
{
	SETUP s;

	(void)state;
	setup_init(&s);
	s.signals[0].count = s.signals[1].count = 0;
	setup_run(&s, "event e = first x > 1 m\npass p: always[0, 1 s] (x > y until x > 1 m)\n"
		"pass q: between(start, e): rise(x > 1 m)\nmeasure m = minimum(x)\n"
		"measure n = value(derivative(x), start)\n");
	assert_int_equal(s.r.grid_count, 0);
	assert_int_equal(s.r.criteria[0].why, WHY_SIGNAL_MISSING);
	assert_int_equal(s.r.criteria[1].state, UNKNOWN);
	assert_false(s.r.events[0].found);
	assert_false(s.r.measures[0].known || s.r.measures[1].known);
}

static void eval_takes_one_sample(void **state)
{
	SETUP s;

	(void)state;
	setup_init(&s);
	s.signals[0].count = s.signals[1].count = 1;
	assert_int_equal(judged(&s, "always (x <= y until y > x)")->state, HOLDS);
	assert_int_equal(judged(&s, "eventually[1 s, 2 s] x <= y")->state, UNKNOWN);
}

static void eval_refuses_times_past_its_range(void **state)
{
	static const int64_t far[] = { INT64_MIN, INT64_MAX };
	SCOPED_ARENA work = { 0 };
	SETUP s;
	struct eval_input input = { s.signals, NULL, false };
	struct err e = { 0 };

	(void)state;
	setup_init(&s);
	arena_init(&work, FIXTURE_BYTES);
	s.signals[0] = (struct eval_signal){ 2, far, rising, 0, NULL, NAN };
	s.p = fixture_compile(&s.a, HEAD "pass p: always[0, 1 s] x > y\n", NULL, 0);
	assert_int_equal(eval_run(&s.a, &work, s.p, &input, &s.r, &e), ERR_TOO_LARGE);
	assert_string_equal(e.message, "sample times lie past 73 years");
}

static void limit_criteria_samples_is_told(void **state)
{
	static const int64_t far[] = { 0, (int64_t)LIMIT_CRITERIA_SAMPLES * MS };
	SCOPED_ARENA work = { 0 };
	SETUP s;
	struct eval_input input = { s.signals, NULL, false };
	struct err e = { 0 };

	(void)state;
	setup_init(&s);
	arena_init(&work, FIXTURE_BYTES);
	s.signals[0] = (struct eval_signal){ 2, far, rising, 0, NULL, NAN };
	s.signals[1].count = 0;
	s.p = fixture_compile(&s.a, HEAD "grid 1 ms\npass p: x > y\n", NULL, 0);
	assert_int_equal(eval_run(&s.a, &work, s.p, &input, &s.r, &e), ERR_TOO_LARGE);
	assert_string_equal(e.message, "run has over 16777216 sample times");
	s.signals[0].count = LIMIT_CRITERIA_SAMPLES + 1u; /* is not read */
	assert_int_equal(eval_run(&s.a, &work, s.p, &input, &s.r, &e), ERR_TOO_LARGE);
}

/* Whatever allocation fails, the answer is one clean error. */
static void eval_survives_any_cap_of_memory(void **state)
{
	static const char text[] = HEAD "event e = first crossing(x, y)\nlet z = min(x, y) / 2\n"
		"pass p: after(e): always[0, 2 s] (x > 0 m until[1 s, 2 s] not rise(z > 1 m))\n"
		"measure m = mean(z)\n";
	SETUP s;
	struct eval_input input = { s.signals, NULL, false };
	size_t cap = 0;
	enum err_code code;

	(void)state;
	setup_init(&s);
	for (code = ERR_TOO_LARGE; code == ERR_TOO_LARGE; cap += 64) {
		SCOPED_ARENA a = { 0 };
		struct program *p = NULL;
		struct err e = { 0 };

		arena_init(&a, cap);
		code = program_compile(&a, str_of(text), NULL, 0, &p, &e);
		assert_true((code == ERR_OK) == (p != NULL));
	}
	assert_int_equal(code, ERR_OK);
	s.p = fixture_compile(&s.a, text, NULL, 0);
	for (code = ERR_TOO_LARGE, cap = 0; code == ERR_TOO_LARGE; cap += 64) {
		SCOPED_ARENA work = { 0 };
		struct err e = { 0 };

		arena_init(&work, cap);
		code = eval_run(&s.a, &work, s.p, &input, &s.r, &e);
	}
	assert_int_equal(code, ERR_OK);
}

static void eval_gives_a_functions_error_with_its_line(void **state)
{
	SCOPED_ARENA work = { 0 };
	SETUP s;
	struct eval_input input = { s.signals, NULL, false };
	struct err e = { 0 };

	(void)state;
	setup_init(&s);
	arena_init(&work, FIXTURE_BYTES);
	s.p = fixture_compile(&s.a, HEAD "grid 1 s\n"
		"pass p: butterworth(x, 9000 Hz, 2, 1, 0 s, 1) > 0 m\n", NULL, 0);
	assert_int_equal(eval_run(&s.a, &work, s.p, &input, &s.r, &e), ERR_INVALID);
	assert_non_null(strstr(e.message, "butterworth in line 6"));
	s.p = fixture_compile(&s.a, HEAD "grid 1 s\n"
		"pass p: butterworth(x, $none, 2, 1, 0 s, 1) > 0 m\n", &(struct program_number){
		.id = STR("none"), .unit = fixture_unit("Hz") }, 1);
	assert_int_equal(eval_run(&s.a, &work, s.p, &input, &s.r, &e), ERR_OK);
	assert_int_equal(s.r.criteria[0].why, WHY_LIMIT_NOT_ENTERED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(eval_gives_margin_and_deciding_time),
		cmocka_unit_test(eval_leaves_open_what_the_trace_does_not_tell),
		cmocka_unit_test(eval_says_why_it_does_not_know),
		cmocka_unit_test(eval_holds_although_something_is_missing),
		cmocka_unit_test(eval_holds_a_value_for_its_gap_only),
		cmocka_unit_test(eval_joins_samples_of_different_rates),
		cmocka_unit_test(eval_uses_an_even_grid_when_declared),
		cmocka_unit_test(eval_tells_the_deciding_comparison),
		cmocka_unit_test(eval_compares_units_by_their_scales),
		cmocka_unit_test(eval_knows_flags_and_texts),
		cmocka_unit_test(eval_places_events),
		cmocka_unit_test(eval_event_is_uncertain_behind_a_gap),
		cmocka_unit_test(eval_measures),
		cmocka_unit_test(eval_measures_nothing_where_anything_is_unknown),
		cmocka_unit_test(eval_without_any_sample_knows_nothing),
		cmocka_unit_test(eval_takes_one_sample),
		cmocka_unit_test(eval_refuses_times_past_its_range),
		cmocka_unit_test(limit_criteria_samples_is_told),
		cmocka_unit_test(eval_survives_any_cap_of_memory),
		cmocka_unit_test(eval_gives_a_functions_error_with_its_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
