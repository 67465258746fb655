/* test_program.c - what the compiler takes, and each of its errors with place and hint. */
#include "../criteria_fixture.h"
#include "base/io.h"
#include "base/limits.h"
#include "criteria/functions.h"
#include "criteria/program.h"

#define HEAD "criteria 1\nscenario cut-in\n"
#define SIGNALS                                                   \
	HEAD "signal v unit km/h linear gap 50 ms\n"              \
	     "signal lead unit km/h linear gap 50 ms\n"           \
	     "signal gap_m unit m linear gap 50 ms\n"             \
	     "signal on flag hold gap 200 ms\n"                   \
	     "signal light text hold gap 200 ms\n"                \
	     "parameter test_speed unit km/h\n"
/* The line behind SIGNALS is 9. */

static const double cells[] = { 10, 1, 5, 20, 2, 7 };

static struct program_number *numbers(void)
{
	static struct program_number list[5];
	static struct unit columns[3];

	columns[0] = fixture_unit("km/h");
	columns[1] = fixture_unit("s");
	columns[2] = fixture_unit("m");
	list[0] = (struct program_number){ .id = STR("least-gap"), .unit = fixture_unit("m"),
		.entered = true, .value = 2 };
	list[1] = (struct program_number){ .id = STR("headway"), .entered = true,
		.row_count = 2, .column_count = 3, .cells = cells, .column_units = columns };
	list[2] = (struct program_number){ .id = STR("open"), .unit = fixture_unit("m") };
	list[3] = (struct program_number){ .id = STR("answer"), .unit = fixture_unit("s"),
		.entered = true, .value = 1.5, .text = STR("1.5") };
	list[4] = (struct program_number){ .id = STR("odd"), .unit = fixture_unit("s"),
		.entered = true, .value = -1, .text = STR("-1") };
	return list;
}

static struct program *compile(struct arena *a, const char *text)
{
	return fixture_compile(a, text, numbers(), 5);
}

static void program_takes_every_declaration(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct program *p;

	(void)state;
	arena_init(&a, 16777216);
	p = compile(&a, "# a comment\ncriteria 1 # and another\n\nscenario cut-in\n"
		"signal ego_speed  unit km/h linear gap 50 ms\n"
		"signal alks_on    flag hold gap 200 ms\n"
		"signal light      text hold gap 200 ms optional\n"
		"parameter test_speed unit km/h\n"
		"grid 10 ms\n"
		"let gap = abs(ego_speed)\n"
		"let slow = ego_speed\n"
		"  - test_speed  # goes on, for it is indented\n"
		"let both = (alks_on and\n"
		"light == \"red\")\n"
		"event t0 = first both\n"
		"event t1 = last ego_speed > 3 km/h after t0 before end - 1 s\n"
		"event t2 = first crossing(ego_speed, test_speed)\n"
		"event t3 = t0 + 2 s\n"
		"applies alks-active: alks_on\n"
		"valid approach: between(start, t1): abs(slow) <= 2 km/h\n"
		"pass no-contact: after(t0): ego_speed > 0 km/h\n"
		"measure least = minimum(ego_speed) between(t0, end)\n"
		"measure average = mean(ego_speed) after(t0)\n"
		"measure at-t0 = value(ego_speed, t0)\n"
		"measure time = duration(t0, t1)\n");
	assert_true(str_is(p->scenario, "cut-in"));
	assert_int_equal(p->grid_ns, 10000000);
	assert_int_equal(p->signal_count, 3);
	assert_true(p->signals[0].linear && !p->signals[0].optional);
	assert_int_equal(p->signals[0].gap_ns, 50000000);
	assert_int_equal(p->signals[1].kind, SIGNAL_FLAG);
	assert_int_equal(p->signals[2].kind, SIGNAL_TEXT);
	assert_true(p->signals[2].optional);
	assert_int_equal(p->parameter_count, 1);
	assert_int_equal(p->event_count, 4);
	assert_int_equal(p->criterion_count, 3);
	assert_int_equal(p->criteria[0].role, CRITERION_APPLIES);
	assert_int_equal(p->criteria[1].role, CRITERION_VALID);
	assert_int_equal(p->criteria[2].role, CRITERION_PASS);
	assert_true(str_is(p->criteria[1].id, "approach"));
	assert_true(str_is(p->criteria[1].text, "between(start, t1): abs(slow) <= 2 km/h"));
	assert_int_equal(p->criteria[1].line, 20);
	assert_int_equal(p->measure_count, 4);
	assert_true(unit_eq(&p->measures[3].unit, &(struct unit){ 0 }) == false);
}

static void program_takes_every_operator(void **state)
{
	static const char *const formulas[] = {
		"v <= 2 km/h", "v < lead", "v >= lead scale 2 km/h", "v == lead", "v != lead",
		"on", "light == \"red\"", "light != \"red\"", "not on", "on and on or on",
		"on implies on implies on", "on iff on", "on xor on", "always on",
		"always[0,2 s] on",
		"eventually[1 s : 2 s] on", "historically[0 ms, 2 s] on", "once[1 s, start] on",
		"always[2 s, end] on", "on until on", "on until[0, 3 s] on", "on since[1, 3 s] on",
		"rise(on)", "fall on", "prev on", "next (on)", "between(start, end): on and on",
		"after(start + 1 s): on", "before(end - 1 s): on", "at(start): on",
		"on and after(start): on or on", "v * 2 <= lead", "v / lead <= 1",
		"(v in m/s) * 2 s <= gap_m", "-v <= - - lead", "min(v, lead) <= max(v, lead)",
		"sqrt(v * v) <= lead", "abs(v) <= lead", "accuracy(v) <= 0.1 km/h",
		"rate(v) >= 100 Hz", "value(v, start) <= 2 km/h", "duration(start, end) >= 1 s",
		"gap_m >= $least-gap", "gap_m >= $headway.2(v)", "$headway(v) >= 1 s",
		"(v in m/s) * $headway(v) <= gap_m", "derivative(v) < 3 km/h/s",
		"ttc(gap_m, v in m/s) > 2 s", "always not once rise(on) until on",
		"(v - lead in km/h) > 5%", "gap_m>2m", "gap_m-2 m>1 m", "gap_m > 002.50 m",
		"v <= test_speed", "gap_m >= $open", "always[0, $answer] on",
		"on until[$answer, 2 s] on",
	};
	SCOPED_ARENA a = { 0 };
	struct err e = { 0 };

	(void)state;
	arena_init(&a, 134217728);
	for (size_t i = 0; i < sizeof(formulas) / sizeof(formulas[0]); i++) {
		struct program *p = NULL;
		const char *text = arena_printf(&a, SIGNALS "pass p: %s\n", formulas[i]);
		bool good = strstr(formulas[i], "5%") == NULL;

		if ((program_compile(&a, str_of(text), numbers(), 5, &p, &e) == ERR_OK) != good)
			fail_msg("%s: %s", formulas[i], e.message);
		if (good)
			assert_true(str_is(p->criteria[0].text, formulas[i]));
	}
}

struct wrong {
	const char *text;          /* behind SIGNALS unless it begins with '!' */
	uint32_t line, column;
	const char *message, *hint;
};

static const struct wrong wrongs[] = {
	/* characters */
	{ "!\xff", 0, 0, "criteria text is not valid UTF-8", "" },
	{ "pass p: v ; v\n", 9, 11, "a character that has no meaning here", "ASCII signs" },
	{ "pass p: light == \"red\n", 9, 18, "text without a closing quote", "no escapes" },
	{ "pass p: ! on\n", 9, 9, "\"!\" is no operator", "Write \"not\"" },
	{ "pass p: $ > 1\n", 9, 9, "\"$\" without the id of a number", "$least-gap" },
	{ "pass p: $headway.0(v) > 1 s\n", 9, 17, "a table has no such column", "from 1" },
	/* head */
	{ "!scenario x\n", 1, 1, "this is no criteria text", "criteria 1" },
	{ "!criteria 2\n", 1, 10, "unknown version", "version 1" },
	{ "!criteria 1\nsignal v\n", 2, 1, "\"scenario\" is missing before \"signal\"",
		"scenario ID" },
	{ "!criteria 1\nscenario Cut\n", 2, 10, "an id is missing or malformed", "no-contact" },
	{ "!criteria 1\nscenario a_b\n", 2, 10, "an id is missing or malformed", "no-contact" },
	{ "!criteria 1 scenario x\n", 1, 12, "\"scenario\" does not belong here", "indented" },
	{ "verdict x\n", 9, 1, "\"verdict\" declares nothing", "signal, parameter" },
	/* names */
	{ "signal v unit m hold gap 1 s\n", 9, 8, "\"v\" is already declared in line 3",
		"another name" },
	{ "let V = v\n", 9, 5, "a name is missing or malformed", "lower-case" },
	{ "let until = v\n", 9, 5, "\"until\" is a word of the language", "another name" },
	{ "pass p: on\npass p: on\n", 10, 6, "id \"p\" is already used in line 9", "another id" },
	{ "pass p: on\nmeasure p = minimum(v)\n", 10, 9, "id \"p\" is already used", "another" },
	{ "pass p: speed > 1 m\n", 9, 9, "\"speed\" is not declared", "above their first use" },
	{ "event e = first on\npass p: e\n", 10, 9, "\"e\" is an event, not a quantity",
		"after(EVENT)" },
	{ "pass p: after(v): on\n", 9, 15, "\"v\" is no event", "event NAME = first" },
	{ "pass p: rate(test_speed) > 1 Hz\n", 9, 14, "\"test_speed\" is no signal", "signal" },
	{ "pass p: accuracy(on) > 1 Hz\n", 9, 18, "a flag or text has no accuracy", "" },
	{ "pass p: gap_m > $nothing\n", 9, 17, "the scheme has no number \"nothing\"", "source" },
	/* declarations */
	{ "signal x km/h\n", 9, 10, "a signal's unit is missing", "signal NAME unit" },
	{ "signal x flag linear gap 1 s\n", 9, 8, "a flag or text cannot be linear", "hold" },
	{ "signal x unit m gap 1 s\n", 9, 17, "\"hold\" is missing before \"gap\"", "linear or" },
	{ "signal x unit m hold\n", 10, 1, "\"gap\" is missing before the end of the line",
		"gap 50 ms" },
	{ "signal x unit m hold gap 5\n", 9, 26, "a time without a unit", "50 ms" },
	{ "signal x unit m hold gap 5 m\n", 9, 26, "a time is wanted here", "h, min, s" },
	{ "signal x unit m hold gap 0.1 ns\n", 9, 26, "no whole number of nanoseconds", "ms" },
	{ "signal x unit m hold gap 999999 h\n", 9, 26, "a time past 73 years", "ms" },
	{ "signal x unit m hold gap 0.0000000000000000000001 s\n", 9, 26, "too many digits", "" },
	{ "signal x unit parsec hold gap 1 s\n", 9, 15, "unit \"parsec\" is not known",
		"without blanks" },
	{ "signal x unit - hold gap 1 s\n", 9, 15, "a unit is missing", "1 means none" },
	{ "grid 10 ms\ngrid 10 ms\n", 10, 1, "a second grid", "one grid" },
	{ "let x = v\ngrid 10 ms\n", 10, 1, "the grid comes too late", "before the first let" },
	{ "grid 0 ms\n", 9, 1, "a grid of no time", "grid 10 ms" },
	{ "let x v\n", 9, 7, "\"=\" is missing before \"v\"", "let NAME" },
	{ "let x = light\n", 9, 9, "\"light\" is a text where a quantity is wanted", "== \"red\"" },
	{ "event e = on\n", 9, 11, "\"on\" is no event", "event NAME = first" },
	{ "event e = first crossing(v, gap_m)\n", 9, 29, "crossing: line 9, column 26 is in km/h",
		"Convert" },
	{ "measure m = v\n", 9, 13, "a measure has one value for the run", "minimum(x)" },
	{ "pass p on\n", 9, 8, "\":\" is missing before \"on\"", "ID: formula" },
	{ "pass p: on on\n", 9, 12, "\"on\" does not belong here", "One declaration a line" },
	/* shape of formulas */
	{ "pass p: \n", 10, 1, "the end of the line stands where a value is wanted",
		"is expected here" },
	{ "pass p: (on and on\n", 10, 1, "\")\" is missing", "bracket is open" },
	{ "pass p: v = lead\n", 9, 11, "\"=\" is no comparison", "==" },
	{ "pass p: v < lead < v\n", 9, 18, "a comparison of a comparison", "Join two" },
	{ "pass p: on until on until on\n", 9, 21, "a chain of until and since", "brackets" },
	{ "pass p: on iff on xor on\n", 9, 19, "a chain of implies, iff and xor", "brackets" },
	{ "pass p: on implies on iff on\n", 9, 23, "a chain of implies, iff and xor", "brackets" },
	{ "pass p: always[0, 2] on\n", 9, 15, "a window without a unit", "[0, 2 s]" },
	{ "pass p: always[2 s, 1 s] on\n", 9, 15, "a window that ends before it begins",
		"nearer" },
	{ "pass p: always[2 s] on\n", 9, 19, "\",\" is missing", "two times" },
	{ "pass p: always[$answer, 1 s] on\n", 9, 15, "a window that ends before it begins", "" },
	{ "pass p: always[0, $headway] on\n", 9, 19, "$headway is a table", "single number" },
	{ "pass p: always[0, $least-gap] on\n", 9, 19, "a time is wanted here", "2 s" },
	{ "pass p: always[0, $open] on\n", 9, 19, "a time is wanted here", "2 s" },
	{ "pass p: always[0, $odd] on\n", 9, 19, "a time that is below zero", "2 s" },
	{ "pass p: always[0, $nil] on\n", 9, 19, "the scheme has no number", "source" },
	{ "pass p: always[v, 1 s] on\n", 9, 16, "a time is missing before \"v\"", "2 s" },
	{ "pass p: after(start) on\n", 9, 22, "\":\" is missing", "colon" },
	{ "pass p: between(start): on\n", 9, 22, "\",\" is missing", "two events" },
	{ "pass p: light < \"red\"\n", 9, 17, "a text has no order", "== or !=" },
	{ "pass p: light == on\n", 9, 18, "a text is compared with something else", "quotes" },
	{ "pass p: v == \"red\"\n", 9, 14, "a text is compared with something else", "quotes" },
	{ "pass p: abs v > 1 km/h\n", 9, 13, "\"(\" is missing", "brackets" },
	{ "pass p: min(v) > 1 km/h\n", 9, 9, "min takes 2 arguments, not 1", "" },
	{ "pass p: abs(v, v) > 1 km/h\n", 9, 9, "abs takes 1 argument, not 2", "" },
	{ "pass p: ttc(gap_m) > 1 s\n", 9, 9, "ttc takes 2 arguments, not 1", "time to collision" },
	{ "pass p: gap_m > 99999999999999999999 m\n", 9, 17, "number is too large", "2^53" },
	/* types and units */
	{ "pass p: v\n", 9, 9, "\"v\" is a quantity where a formula is wanted", "x <= 2 m" },
	{ "pass p: light\n", 9, 9, "\"light\" is a text where a formula is wanted", "\"red\"" },
	{ "pass p: on > 1\n", 9, 9, "\"on\" is a formula where a quantity is wanted", "not" },
	{ "pass p: (v > lead) + v > lead\n", 9, 10, "is a formula where a quantity is wanted",
		"and" },
	{ "pass p: gap_m > 2\n", 9, 17,
		"comparison: \"gap_m\" (line 9, column 9) is in m, \"2\" is in 1", "2 m" },
	{ "pass p: v > 5 m/s\n", 9, 13, "is in km/h, \"5 m/s\" is in m/s", "in km/h" },
	{ "pass p: v + gap_m > v\n", 9, 13, "sum: \"v\" (line 9, column 9) is in km/h",
		"nothing converts m to km/h" },
	{ "pass p: v - gap_m > v\n", 9, 13, "difference: ", "nothing converts" },
	{ "pass p: min(v, gap_m) > v\n", 9, 16, "min: ", "nothing converts" },
	{ "pass p: (v in m) > 1 m\n", 9, 15, "km/h cannot be converted to m", "one dimension" },
	{ "pass p: sqrt(v) > 1\n", 9, 14, "the square root of km/h has no unit", "even powers" },
	{ "pass p: v*v*v*v*v > v\n", 9, 9, "unit has a power past 4", "Convert" },
	{ "pass p: gap_m > $headway(gap_m)\n", 9, 26, "table $headway is read in km/h, not in m",
		"Convert" },
	{ "pass p: gap_m > $headway.3(v)\n", 9, 17, "table $headway has 2 columns", "from 1" },
	{ "pass p: gap_m > $least-gap(v)\n", 9, 17, "$least-gap is no table", "without brackets" },
	{ "pass p: gap_m > $headway\n", 10, 1, "\"(\" is missing", "read at a quantity" },
	{ "pass p: ttc(gap_m, v) > 1 s\n", 9, 20, "argument 2 of ttc must be in m/s; \"v\" is in "
		"km/h", "Convert it" },
	{ "pass p: ttc(v, v) > 1 s\n", 9, 13, "argument 1 of ttc must be in m", "time to" },
	{ "pass p: delayed(v, gap_m / (v in m/s)) > v\n", 9, 20, "must be a constant", "(x, T)" },
	{ "pass p: butterworth(v, 1 Hz, 2, 1, 0 s, 1) > v\n", 9, 9,
		"butterworth needs evenly spaced values", "grid 10 ms" },
	{ "pass p: v > lead and gap_m > 2 m\n", 9, 22,
		"margins of different units meet: \"v > lead\" (line 9, column 9) and "
		"\"gap_m > 2 m\"",
		"scale in its own unit" },
	{ "pass p: v > lead scale 1 km/h and gap_m > 2 m\n", 9, 35, "margins of different units",
		"scale" },
	{ "pass p: v > lead scale 1 m\n", 9, 24, "scale: ", "nothing converts" },
	{ "pass p: v > lead scale v\n", 9, 24, "a scale must be a constant", "$number" },
	{ "pass p: v > lead scale 0 km/h\n", 9, 24, "a scale must be above zero", "" },
};

static void program_tells_place_and_hint_of_each_error(void **state)
{
	SCOPED_ARENA a = { 0 };

	(void)state;
	arena_init(&a, 134217728);
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
		const struct wrong *w = &wrongs[i];
		bool whole = w->text[0] == '!';
		const char *text = arena_printf(&a, "%s%s", whole ? "" : SIGNALS,
			w->text + (whole ? 1 : 0));
		struct program *p = NULL;
		struct err e = { 0 };
		enum err_code code = program_compile(&a, str_of(text), numbers(), 5, &p, &e);

		if ((code != ERR_INVALID && code != ERR_TOO_LARGE) || p)
			fail_msg("took %s", w->text);
		if (e.line != w->line || e.column != w->column || !strstr(e.message, w->message) ||
			!strstr(e.hint, w->hint) || (w->hint[0] && !e.hint[0]))
			fail_msg("%s gives %u:%u \"%s\" (%s)", w->text, e.line, e.column,
				e.message, e.hint);
		assert_int_equal(program_compile(&a, str_of(text), numbers(), 5, &p, NULL), code);
	}
}

static void program_scales_let_units_meet(void **state)
{
	SCOPED_ARENA a = { 0 };

	(void)state;
	arena_init(&a, 16777216);
	(void)compile(&a, SIGNALS
		"pass p: v > lead scale 2 km/h and gap_m > 2 m scale $least-gap\n"
		"event e = first v > lead and gap_m > 2 m\n" /* an event has no margin */
		"pass q: on and light == \"red\" and v > lead\n");
}

static void program_columns_count_characters(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct program *p = NULL;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, 16777216);
	assert_int_equal(program_compile(&a, STR(SIGNALS "pass p: light == \"红灯\" and x\n"),
		NULL, 0, &p, &e), ERR_INVALID);
	assert_int_equal(e.line, 9);
	assert_int_equal(e.column, 27);
}

static void program_counts_windows_line_ends(void **state)
{
	SCOPED_ARENA a = { 0 };

	(void)state;
	arena_init(&a, 16777216);
	(void)compile(&a, "criteria 1\r\nscenario x\r\nsignal on flag hold gap 1 s\r\n"
		"pass p: on\r\n  and on\r\n");
}

static struct err refused(struct arena *a, struct buf *b, enum err_code wanted)
{
	struct program *p = NULL;
	struct err e = { 0 };

	assert_int_equal(buf_check(b, "text", &e), ERR_OK);
	assert_int_equal(program_compile(a, buf_str(b), NULL, 0, &p, &e), wanted);
	return e;
}

static void limit_criteria_bytes_is_told(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };

	(void)state;
	arena_init(&a, 16777216);
	buf_init(&b, 2 * LIMIT_CRITERIA_BYTES);
	buf_put_text(&b, HEAD "signal on flag hold gap 1 s\n#");
	while (b.len < LIMIT_CRITERIA_BYTES)
		buf_put_char(&b, 'x');
	(void)refused(&a, &b, ERR_OK);
	buf_put_char(&b, 'x');
	assert_string_equal(refused(&a, &b, ERR_TOO_LARGE).message,
		"criteria text is over 131072 bytes");
}

static void limit_criteria_depth_is_told(void **state)
{
	static const char *const openers[] = { "(", "not ", "always ", "-", "on implies ",
		"after(start): ", "abs(" };

	(void)state;
	for (size_t i = 0; i < sizeof(openers) / sizeof(openers[0]); i++) {
		SCOPED_ARENA a = { 0 };
		SCOPED_BUF b = { 0 };

		arena_init(&a, 16777216);
		buf_init(&b, LIMIT_CRITERIA_BYTES);
		buf_put_text(&b, HEAD "signal on flag hold gap 1 s\npass p: ");
		for (int k = 0; k < 5000; k++)
			buf_put_text(&b, openers[i]);
		assert_non_null(strstr(refused(&a, &b, ERR_TOO_LARGE).message,
			"formula nested over 64 levels"));
	}
}

static void limit_criteria_depth_counts_lets(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };

	(void)state;
	arena_init(&a, 16777216);
	buf_init(&b, LIMIT_CRITERIA_BYTES);
	buf_put_text(&b, HEAD "signal on flag hold gap 1 s\nlet a0 = on\n");
	for (int k = 1; k <= LIMIT_CRITERIA_DEPTH; k++)
		buf_printf(&b, "let a%d = not a%d\n", k, k - 1);
	assert_int_equal(refused(&a, &b, ERR_TOO_LARGE).line, 4 + LIMIT_CRITERIA_DEPTH);
}

static void limit_criteria_nodes_is_told(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };

	(void)state;
	arena_init(&a, 16777216);
	buf_init(&b, LIMIT_CRITERIA_BYTES);
	buf_put_text(&b, HEAD "signal on flag hold gap 1 s\n");
	for (int k = 0; k < LIMIT_CRITERIA_NODES / 50 + 1; k++) {
		buf_printf(&b, "pass p%d: ", k);
		for (int i = 0; i < 25; i++)
			buf_put_text(&b, "not on and ");
		buf_put_text(&b, "on\n");
	}
	assert_string_equal(refused(&a, &b, ERR_TOO_LARGE).message,
		"program has over 4096 operations");
}

static void limit_criteria_names_is_told(void **state)
{
	(void)state;
	for (int i = 0; i < 6; i++) {
		SCOPED_ARENA a = { 0 };
		SCOPED_BUF b = { 0 };

		arena_init(&a, 16777216);
		buf_init(&b, LIMIT_CRITERIA_BYTES);
		buf_put_text(&b, HEAD "signal on flag hold gap 1 s\n"
			"signal x unit m hold gap 1 s\n");
		for (int k = 0; k <= LIMIT_CRITERIA_NAMES; k++)
			buf_printf(&b, i == 0 ? "let a%d = on\n" : i == 1 ? "pass a%d: on\n" :
				i == 2 ? "signal a%d flag hold gap 1 s\n" :
				i == 3 ? "parameter a%d unit m\n" :
				i == 4 ? "event a%d = first on\n" :
				"measure a%d = minimum(x)\n", k);
		assert_non_null(strstr(refused(&a, &b, ERR_TOO_LARGE).message, "over 512"));
	}
}

/* Every function's units are ones the compiler can apply. */
static void program_applies_the_units_of_every_function(void **state)
{
	SCOPED_ARENA a = { 0 };
	char text[UNIT_TEXT_BYTES];

	(void)state;
	arena_init(&a, 134217728);
	for (uint32_t i = 0; i < functions_count; i++) {
		const struct function *f = &functions_table[i];
		SCOPED_BUF b = { 0 };
		struct program *p;

		buf_init(&b, LIMIT_CRITERIA_BYTES);
		buf_put_text(&b, HEAD "grid 10 ms\n");
		for (uint32_t k = 0; k < f->argument_count; k++) {
			const char *u = f->argument_units[k];
			bool constant = strncmp(u, "const ", 6) == 0;
			u = constant ? u + 6 : u[0] == '?' || u[0] == '=' ? "m" : u;
			buf_printf(&b, constant ? "parameter a%u unit %s\n" :
				"signal a%u unit %s linear gap 1 s\n", k, u);
		}
		buf_printf(&b, "measure m = minimum(%s(", f->name);
		for (uint32_t k = 0; k < f->argument_count; k++)
			buf_printf(&b, "%sa%u", k > 0 ? ", " : "", k);
		buf_put_text(&b, "))\n");
		p = compile(&a, str_z(&a, buf_str(&b)));
		assert_true(unit_text(&p->measures[0].unit, text) > 0);
	}
}

/* The table of functions in doc/formats/criteria.md. */
static void put_functions(struct buf *b)
{
	buf_put_text(b, "| function | result | |\n| --- | --- | --- |\n");
	for (uint32_t i = 0; i < functions_count; i++) {
		const struct function *f = &functions_table[i];

		buf_printf(b, "| `%s(", f->name);
		for (uint32_t k = 0; k < f->argument_count; k++)
			buf_printf(b, "%s%s", k > 0 ? ", " : "", f->argument_units[k]);
		buf_printf(b, ")` | %s | %s%s |\n", f->unit,
			f->needs == NEEDS_UNIFORM_GRID ? "*even* " : "", f->help);
	}
}

static void program_document_lists_every_function(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	struct str page = { NULL, 0 };
	struct err e = { 0 };

	(void)state;
	arena_init(&a, 1048576);
	buf_init(&b, 65536);
	put_functions(&b);
	assert_int_equal(buf_check(&b, "table", &e), ERR_OK);
	assert_non_null(getenv("HUREN_SOURCE"));
	if (io_read_file(&a, arena_printf(&a, "%s/doc/formats/criteria.md",
		getenv("HUREN_SOURCE")), 262144, &page, &e) != ERR_OK)
		fail_msg("%s", e.message);
	if (str_find(page, buf_str(&b)) == SIZE_MAX)
		fail_msg("doc/formats/criteria.md lacks this table:\n" STR_FMT,
			STR_ARG(buf_str(&b)));
}

static void program_document_begins_with_a_program(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct str page = { NULL, 0 };
	struct program_number n = { .id = STR("intrusion"), .unit = fixture_unit("m") };
	struct program *p = NULL;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, 16777216);
	assert_int_equal(io_read_file(&a, arena_printf(&a, "%s/doc/formats/criteria.md",
		getenv("HUREN_SOURCE")), 262144, &page, &e), ERR_OK);
	page = str_skip(page, str_find(page, STR("```\n")) + 4);
	page.len = str_find(page, STR("```\n"));
	if (program_compile(&a, page, &n, 1, &p, &e) != ERR_OK)
		fail_msg("%u:%u %s", e.line, e.column, e.message);
	assert_int_equal(p->criterion_count, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(program_takes_every_declaration),
		cmocka_unit_test(program_takes_every_operator),
		cmocka_unit_test(program_tells_place_and_hint_of_each_error),
		cmocka_unit_test(program_scales_let_units_meet),
		cmocka_unit_test(program_columns_count_characters),
		cmocka_unit_test(program_counts_windows_line_ends),
		cmocka_unit_test(limit_criteria_bytes_is_told),
		cmocka_unit_test(limit_criteria_depth_is_told),
		cmocka_unit_test(limit_criteria_depth_counts_lets),
		cmocka_unit_test(limit_criteria_nodes_is_told),
		cmocka_unit_test(limit_criteria_names_is_told),
		cmocka_unit_test(program_applies_the_units_of_every_function),
		cmocka_unit_test(program_document_lists_every_function),
		cmocka_unit_test(program_document_begins_with_a_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
