/* test_evaluate.c - sample runs from file to verdict: margins known beforehand, the same from three
 * formats and from any number of threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/number.h"
#include "base/scoped.h"
#include "service/evaluate.h"
#include "service/rules_folder.h"
#include "sim/sim.h"

#define CAP ((size_t)64 << 20)
#define FILES 8

static struct rules *rules;
static char folder[] = "/tmp/huren-evaluate-XXXXXX";
static char paths[FILES][128];
static struct sim_run run;

static void must(enum err_code code, const struct err *e)
{
	if (code != ERR_OK)
		fail_msg("%s", e->message);
}

static const char *source(struct arena *a, const char *name)
{
	assert_non_null(getenv("HUREN_SOURCE"));
	return arena_printf(a, "%s/%s", getenv("HUREN_SOURCE"), name);
}

static int load(void **state)
{
	SCOPED_ARENA a;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, 65536);
	if (!mkdtemp(folder))
		return -1;
	for (int i = 0; i < FILES; i++)
		(void)snprintf(paths[i], sizeof(paths[i]), "%s/%d", folder, i);
	must(rules_folder_load(source(&a, "rules"), &rules, &e), &e);
	return 0;
}

static int unload(void **state)
{
	(void)state;
	for (int i = 0; i < FILES; i++)
		(void)unlink(paths[i]); /* not every test writes all */
	rules_close(rules);
	return rmdir(folder);
}

/* One scenario as the samples have it: files, mapping, entered limits, settings. */
struct sample {
	enum sim_scenario sim;
	const char *scheme, *scenario, *mapping, *limits;
	uint32_t runs;             /* the scheme asks for */
	struct evaluate_setting settings[10];
};
#define SET(name_, value_) { 0, { name_, sizeof(name_) - 1 }, { value_, sizeof(value_) - 1 } }
#define BOXES SET("ego_length", "4.8"), SET("ego_width", "1.9"), SET("lead_length", "4.5"), \
	SET("lead_width", "1.8 m")
#define MARKING SET("lead_wheel_ahead", "1.4"), SET("lead_wheel_left", "-0.9"), \
	SET("marking_x", "0"), SET("marking_y", "1.75"), SET("marking_yaw", "0")

static const struct sample cut_in = { SIM_CUT_IN, "un-r157", "cut-in", "sample-cut-in",
	"limits-un-r157", 1, { BOXES } };
static const struct sample straight = { SIM_CUT_IN, "un-r157", "cut-in-straight", "sample-cut-in",
	"limits-un-r157", 1, { BOXES, MARKING } };
static const struct sample car = { SIM_CAR_TO_CAR, "un-r152", "car-stationary-m1-laden",
	"sample-car-to-car", "limits-un-r152", 1, { SET("test_speed", "40 km/h"),
		SET("target_nominal", "0") } };
static const struct sample red = { SIM_SIGNAL_RED, "gbt-41798", "signal-red", "sample-signal-red",
	NULL, 3, { { 0 } } };

static void write_run(enum sim_format format, const char *path)
{
	struct err e = { 0 };
	SCOPED_BUF b;

	buf_init(&b, CAP);
	if (format == SIM_MDF)
		sim_put_mdf(&b, &run);
	else if (format == SIM_CSV)
		sim_put_csv(&b, &run);
	else
		assert_true(sim_put_osi(&b, &run));
	must(buf_check(&b, "run", &e), &e);
	must(io_write_later(path, buf_str(&b), 0644, &e), &e);
}

/* Writes as many runs as asked, the last with the outcome, the others passing. */
static void write_runs(const struct sample *s, enum sim_outcome outcome, enum sim_format format)
{
	for (uint32_t i = 0; i < s->runs; i++) {
		assert_true(sim_make(s->sim, i + 1 == s->runs ? outcome : SIM_PASS, i + 1, &run));
		write_run(format, paths[i]);
	}
}

static enum err_code judge(struct arena *a, const struct sample *s, const char *mapping_name,
	uint32_t threads, struct evaluate_result *ret, struct err *e)
{
	static const char *list[FILES];
	static struct evaluate_run runs[FILES];
	struct evaluate_order o = { .rules = rules, .scheme = str_of(s->scheme),
		.scenario = str_of(s->scenario), .run_count = s->runs, .runs = runs,
		.settings = s->settings, .threads = threads, .version = STR("test"),
		.plots = true };
	struct mapping *mapping;
	struct json *limits = NULL;

	TRY(evaluate_load_mapping(a, rules, source(a, arena_printf(a, "rules/mappings/%s.json",
		mapping_name)), &mapping, e));
	if (s->limits)
		TRY(evaluate_load_limits(a, rules, source(a, arena_printf(a,
			"rules/samples/%s.json", s->limits)), &limits, e));
	o.mapping = mapping;
	o.limits = limits;
	while (o.setting_count < 10 && s->settings[o.setting_count].name.len > 0)
		o.setting_count++;
	for (uint32_t i = 0; i < s->runs; i++) {
		list[i] = paths[i];
		runs[i] = (struct evaluate_run){ 1, &list[i] };
	}
	sandbox_defaults(&o.sandbox);
	o.sandbox.program = getenv("HUREN_WORKER");
	assert_non_null(o.sandbox.program);
	return evaluate(a, &o, ret, e);
}

static const struct json *criterion(const struct json *doc, uint32_t index, const char *id)
{
	const struct json *list = json_get(json_at(json_get(doc, "runs"), index), "criteria");

	for (size_t i = 0; i < json_count(list); i++) {
		if (str_is(json_get_str(json_at(list, i), "id"), id))
			return json_at(list, i);
	}
	fail_msg("there is no criterion \"%s\"", id);
	return NULL;
}

static double margin_of(const struct json *c)
{
	struct str text = json_get_str(c, "margin");
	double value = NAN;

	assert_non_null(text.at);
	assert_non_null(number_parse(text.at, text.at + text.len, '.', &value));
	return value;
}

static void check_outcome(const struct sample *s, enum sim_outcome outcome, enum verdict verdict)
{
	SCOPED_ARENA a;
	struct evaluate_result r;
	struct err e = { 0 };

	arena_init(&a, CAP);
	write_runs(s, outcome, SIM_MDF);
	must(judge(&a, s, s->mapping, 1, &r, &e), &e);
	if (r.verdict != verdict)
		fail_msg("%s %s: %s", s->scenario, sim_outcome_names[outcome],
			verdict_name(r.verdict));
	if (outcome > SIM_FAIL)
		return;
	double margin = margin_of(criterion(r.document, s->runs - 1, run.criterion));
	if (fabs(margin - run.margin) > run.margin_error)
		fail_msg("%s: margin %f instead of %f", s->scenario, margin, run.margin);
}

static void evaluate_gives_cut_ins_their_verdicts(void **state)
{
	(void)state;
	check_outcome(&cut_in, SIM_PASS, VERDICT_PASS);
	check_outcome(&cut_in, SIM_FAIL, VERDICT_FAIL);
	check_outcome(&cut_in, SIM_INCONCLUSIVE, VERDICT_INCONCLUSIVE);
	check_outcome(&cut_in, SIM_INVALID_RUN, VERDICT_INVALID_RUN);
	check_outcome(&cut_in, SIM_NOT_APPLICABLE, VERDICT_NOT_APPLICABLE);
}

static void evaluate_gives_emergency_braking_its_verdicts(void **state)
{
	(void)state;
	check_outcome(&car, SIM_PASS, VERDICT_PASS);
	check_outcome(&car, SIM_FAIL, VERDICT_FAIL);
	check_outcome(&car, SIM_INCONCLUSIVE, VERDICT_INCONCLUSIVE);
	check_outcome(&car, SIM_INVALID_RUN, VERDICT_INVALID_RUN);
}

/* Three runs are asked for: one that does not count leaves too few. */
static void evaluate_gives_red_lights_their_verdicts(void **state)
{
	(void)state;
	check_outcome(&red, SIM_PASS, VERDICT_PASS);
	check_outcome(&red, SIM_FAIL, VERDICT_FAIL);
	check_outcome(&red, SIM_INCONCLUSIVE, VERDICT_INCONCLUSIVE);
	check_outcome(&red, SIM_INVALID_RUN, VERDICT_INCONCLUSIVE);
}

/* All that the criteria of the first run came to, as text. */
static struct str judged_text(struct arena *a, const struct sample *s, const char *mapping,
	struct err *e)
{
	struct evaluate_result r;
	struct str text;

	must(judge(a, s, mapping, 1, &r, e), e);
	must(json_jcs(a, json_get(json_at(json_get(r.document, "runs"), 0), "criteria"), &text, e),
		e);
	return text;
}

static void evaluate_judges_mdf_and_csv_alike(void **state)
{
	static const struct sample *const samples[] = { &cut_in, &straight, &car };
	struct err e = { 0 };

	(void)state;
	for (int i = 0; i < 3; i++) {
		for (int outcome = SIM_PASS; outcome <= SIM_INVALID_RUN; outcome++) {
			SCOPED_ARENA a;
			arena_init(&a, CAP);
			write_runs(samples[i], (enum sim_outcome)outcome, SIM_MDF);
			struct str mdf = judged_text(&a, samples[i], samples[i]->mapping, &e);
			write_runs(samples[i], (enum sim_outcome)outcome, SIM_CSV);
			struct str csv = judged_text(&a, samples[i], samples[i]->mapping, &e);
			assert_true(mdf.len > 200);
			assert_true(str_eq(mdf, csv));
		}
	}
}

/* Speeds are in m/s in a trace, so the last digits may differ; nothing else may. */
static void evaluate_judges_a_trace_as_the_recording(void **state)
{
	static const char *const ids[] = { "closing-in", "avoidable", "speed-range", "no-contact" };
	struct err e = { 0 };

	(void)state;
	for (int outcome = SIM_PASS; outcome <= SIM_FAIL; outcome++) {
		SCOPED_ARENA a;
		struct evaluate_result mdf, osi;
		arena_init(&a, CAP);
		write_runs(&straight, (enum sim_outcome)outcome, SIM_MDF);
		must(judge(&a, &straight, "sample-cut-in", 1, &mdf, &e), &e);
		assert_true(sim_make(SIM_CUT_IN, (enum sim_outcome)outcome, 1, &run));
		(void)snprintf(paths[0], sizeof(paths[0]), "%s/a.osi", folder);
		write_run(SIM_OSI, paths[0]);
		must(judge(&a, &straight, "sample-cut-in-osi", 1, &osi, &e), &e);
		assert_int_equal(unlink(paths[0]), 0);
		(void)snprintf(paths[0], sizeof(paths[0]), "%s/0", folder);
		assert_int_equal(osi.verdict, mdf.verdict);
		assert_int_equal(osi.verdict, outcome == SIM_PASS ? VERDICT_PASS : VERDICT_FAIL);
		for (int i = 0; i < 4; i++) {
			double one = margin_of(criterion(mdf.document, 0, ids[i]));
			double other = margin_of(criterion(osi.document, 0, ids[i]));
			assert_true(fabs(one - other) < 1e-9);
		}
	}
}

static void evaluate_gives_the_same_bytes_on_any_threads(void **state)
{
	SCOPED_ARENA a;
	struct sample s = straight;
	struct str first = STR("");
	struct err e = { 0 };

	(void)state;
	arena_init(&a, CAP);
	s.runs = FILES;
	for (uint32_t i = 0; i < FILES; i++) {
		assert_true(sim_make(SIM_CUT_IN, (enum sim_outcome)(i % SIM_OUTCOME_COUNT), i + 1,
			&run));
		write_run(i % 2 ? SIM_CSV : SIM_MDF, paths[i]);
	}
	for (uint32_t threads = 1; threads <= 8; threads *= 2) {
		struct evaluate_result r;
		struct str text;
		must(judge(&a, &s, s.mapping, threads, &r, &e), &e);
		must(json_jcs(&a, r.document, &text, &e), &e);
		if (threads == 1)
			first = text;
		assert_true(text.len > 10000);
		assert_true(str_eq(text, first));
	}
}

static void evaluate_names_the_first_run_that_cannot_be_read(void **state)
{
	SCOPED_ARENA a;
	struct sample s = straight;
	struct evaluate_result r;

	(void)state;
	arena_init(&a, CAP);
	s.runs = FILES;
	for (uint32_t i = 0; i < FILES; i++) {
		assert_true(sim_make(SIM_CUT_IN, SIM_PASS, i + 1, &run));
		write_run(SIM_MDF, paths[i]);
	}
	assert_int_equal(truncate(paths[3], 100), 0);
	assert_int_equal(truncate(paths[6], 100), 0);
	for (uint32_t threads = 1; threads <= 4; threads *= 2) {
		struct err e = { 0 };
		assert_int_not_equal(judge(&a, &s, s.mapping, threads, &r, &e), ERR_OK);
		if (!strstr(e.message, "file \"3\""))
			fail_msg("%s", e.message);
	}
}

static void expect_refused(const struct sample *s, enum err_code code, const char *words)
{
	SCOPED_ARENA a;
	struct evaluate_result r;
	struct err e = { 0 };

	arena_init(&a, CAP);
	assert_int_equal(judge(&a, s, "sample-cut-in", 1, &r, &e), code);
	if (!strstr(e.message, words))
		fail_msg("%s", e.message);
}

static void evaluate_refuses_what_it_does_not_know(void **state)
{
	struct sample s = cut_in;

	(void)state;
	write_runs(&cut_in, SIM_PASS, SIM_MDF);
	s.scheme = "un-r999";
	expect_refused(&s, ERR_NOT_FOUND, "no scheme \"un-r999\"");
	s = cut_in;
	s.scenario = "cut-out";
	expect_refused(&s, ERR_NOT_FOUND, "no scenario \"cut-out\"");
	s = cut_in;
	s.settings[0].name = STR("length");
	expect_refused(&s, ERR_INVALID, "no parameter \"length\"");
	s = cut_in;
	s.settings[0].value = STR("4.8 km");
	expect_refused(&s, ERR_INVALID, "is in m, not in km");
	s = cut_in;
	s.settings[0].value = STR("long");
	expect_refused(&s, ERR_INVALID, "\"long\" is no value");
	s = cut_in;
	s.settings[0].run = 2;
	expect_refused(&s, ERR_INVALID, "no run 2");
	assert_int_equal(unlink(paths[0]), 0);
	expect_refused(&cut_in, ERR_NOT_FOUND, "could not open");
}

/* A setting of one run stands over that of all. */
static void evaluate_takes_settings_for_one_run(void **state)
{
	SCOPED_ARENA a;
	struct sample s = car;
	struct evaluate_result r;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, CAP);
	s.runs = 2;
	for (uint32_t i = 0; i < 2; i++) {
		assert_true(sim_make(SIM_CAR_TO_CAR, SIM_PASS, i + 1, &run));
		write_run(SIM_MDF, paths[i]);
	}
	s.settings[2] = (struct evaluate_setting){ 2, STR("test_speed"), STR("50") };
	must(judge(&a, &s, s.mapping, 1, &r, &e), &e);
	assert_true(str_is(json_get_str(criterion(r.document, 0, "approach"), "state"), "holds"));
	assert_true(str_is(json_get_str(criterion(r.document, 1, "approach"), "state"),
		"violated"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(evaluate_gives_cut_ins_their_verdicts),
		cmocka_unit_test(evaluate_gives_emergency_braking_its_verdicts),
		cmocka_unit_test(evaluate_gives_red_lights_their_verdicts),
		cmocka_unit_test(evaluate_judges_mdf_and_csv_alike),
		cmocka_unit_test(evaluate_judges_a_trace_as_the_recording),
		cmocka_unit_test(evaluate_gives_the_same_bytes_on_any_threads),
		cmocka_unit_test(evaluate_names_the_first_run_that_cannot_be_read),
		cmocka_unit_test(evaluate_refuses_what_it_does_not_know),
		cmocka_unit_test(evaluate_takes_settings_for_one_run),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
