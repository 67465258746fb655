/* test_evaluation.c - verdicts of runs and items as whole tables, and the document to the byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/limits.h"
#include "base/schema.h"
#include "criteria/evaluation.h"
#include "criteria/evaluation_inner.h"
#include "criteria/verdict.h"
#include "evaluation_fixture.h"

/* ---- a run ----------------------------------------------------------------------------------- */

/* Letters: h holds, v violated, u unknown; verdicts P F I V (invalid) N (not applicable). */
static enum eval_state state_of(int i)
{
	static const enum eval_state states[] = { EVAL_HOLDS, EVAL_VIOLATED, EVAL_UNKNOWN };
	return states[i];
}

static char letter_of(enum verdict v)
{
	static const char letters[VERDICT_COUNT + 1] = "PFIVN";
	return letters[v];
}

static char run_letter(int valid, int applies, int pass, bool lacks_signal)
{
	const struct program_criterion criteria[] = { { .role = CRITERION_VALID },
		{ .role = CRITERION_APPLIES }, { .role = CRITERION_PASS } };
	const struct eval_outcome outcomes[] = { { .state = state_of(valid) },
		{ .state = state_of(applies) }, { .state = state_of(pass) } };
	return letter_of(run_verdict(criteria, outcomes, 3, lacks_signal));
}

static void run_verdict_is_what_the_table_says(void **state)
{
	/* One row for each state of the validity, groups for "applies", letters for "pass". */
	static const char *const table[3] = {
		/*  applies h   v     u  ; pass h v u in each */
		"PFI" "NNN" "III",      /* valid h */
		"VVV" "VVV" "VVV",      /* valid v */
		"III" "NNN" "III",      /* valid u */
	};
	(void)state;
	for (int valid = 0; valid < 3; valid++) {
		for (int applies = 0; applies < 3; applies++) {
			for (int pass = 0; pass < 3; pass++)
				assert_int_equal(run_letter(valid, applies, pass, false),
					table[valid][applies * 3 + pass]);
		}
	}
}

static void run_verdict_without_a_signal_is_never_a_pass(void **state)
{
	static const char *const table[3] = { "IFI" "NNN" "III", "VVV" "VVV" "VVV",
		"III" "NNN" "III" };
	(void)state;
	for (int valid = 0; valid < 3; valid++) {
		for (int applies = 0; applies < 3; applies++) {
			for (int pass = 0; pass < 3; pass++)
				assert_int_equal(run_letter(valid, applies, pass, true),
					table[valid][applies * 3 + pass]);
		}
	}
}

static void run_verdict_takes_all_criteria_of_a_role(void **state)
{
	const struct program_criterion criteria[] = { { .role = CRITERION_PASS },
		{ .role = CRITERION_PASS } };
	struct eval_outcome outcomes[] = { { .state = EVAL_HOLDS }, { .state = EVAL_VIOLATED } };
	(void)state;
	assert_int_equal(run_verdict(criteria, outcomes, 2, false), VERDICT_FAIL);
	assert_int_equal(run_verdict(criteria, outcomes, 1, false), VERDICT_PASS);
	/* nothing to pass is nothing passed */
	assert_int_equal(run_verdict(criteria, outcomes, 0, false), VERDICT_INCONCLUSIVE);
}

/* ---- an item --------------------------------------------------------------------------------- */

static enum verdict verdict_of_letter(char c)
{
	for (int v = 0; v < VERDICT_COUNT; v++) {
		if (letter_of((enum verdict)v) == c)
			return (enum verdict)v;
	}
	fail_msg("no verdict %c", c);
	return VERDICT_INCONCLUSIVE;
}

static void over(const char *runs, uint32_t asked, char expected, const char *expected_reason)
{
	enum verdict list[8];
	const char *reason;
	uint32_t count = (uint32_t)strlen(runs);
	for (uint32_t i = 0; i < count; i++)
		list[i] = verdict_of_letter(runs[i]);
	if (letter_of(verdict_over_runs(list, count, asked, &reason)) != expected)
		fail_msg("%s of %u: not %c", runs, asked, expected);
	if (expected_reason)
		assert_string_equal(reason, expected_reason);
	else
		assert_null(reason);
}

static void verdict_over_runs_is_what_the_table_says(void **state)
{
	(void)state;
	over("PPP", 3, 'P', NULL);
	over("PPPP", 3, 'P', NULL);
	over("P", 1, 'P', NULL);
	over("PP", 3, 'I', "too-few-runs");
	over("PPV", 3, 'I', "too-few-runs");
	over("PPPV", 3, 'P', NULL); /* an invalid run does not count */
	over("PPPN", 3, 'P', NULL);
	over("PPN", 3, 'I', "too-few-runs");
	over("VN", 3, 'I', "too-few-runs");
	over("PPPI", 3, 'I', "run-inconclusive"); /* it may have failed */
	over("VI", 1, 'I', "run-inconclusive");
	over("PPF", 3, 'F', NULL);
	over("F", 3, 'F', NULL);
	over("FVNIP", 1, 'F', NULL);
	over("F", 0, 'F', NULL); /* whatever the number is */
	over("VVV", 3, 'V', NULL);
	over("V", 0, 'V', NULL);
	over("NN", 3, 'N', NULL);
	over("PPP", 0, 'I', "runs-not-entered");
	over("PI", 0, 'I', "run-inconclusive");
	over("VN", 0, 'I', "runs-not-entered");
}

/* All of up to five runs: nothing else becomes a pass. */
static void verdict_over_runs_passes_only_with_enough_passes(void **state)
{
	(void)state;
	for (uint32_t code = 0; code < 5 * 5 * 5 * 5 * 5; code++) {
		enum verdict list[5];
		uint32_t of[VERDICT_COUNT] = { 0 };
		const char *reason;
		for (uint32_t i = 0, rest = code; i < 5; i++, rest /= 5) {
			list[i] = (enum verdict)(rest % 5);
			of[list[i]]++;
		}
		for (uint32_t asked = 0; asked < 7; asked++) {
			enum verdict v = verdict_over_runs(list, 5, asked, &reason);
			bool good = asked > 0 && of[VERDICT_PASS] >= asked &&
				of[VERDICT_FAIL] == 0 && of[VERDICT_INCONCLUSIVE] == 0;
			assert_int_equal(v == VERDICT_PASS, good);
			assert_int_equal(v == VERDICT_FAIL, of[VERDICT_FAIL] > 0);
			assert_int_equal(reason != NULL, v == VERDICT_INCONCLUSIVE);
		}
	}
}

/* ---- the document ---------------------------------------------------------------------------- */

static struct evaluation_fixture f;

static struct str canonical(const struct json *doc)
{
	struct str text = { NULL, 0 };
	struct err e = { 0 };
	if (json_jcs(&f.a, doc, &text, &e) != ERR_OK)
		fail_msg("%s", e.message);
	return text;
}

static char *source(const char *name)
{
	const char *folder = getenv("HUREN_SOURCE");
	assert_non_null(folder);
	return arena_printf(&f.a, "%s/%s", folder, name);
}

static void is_by_schema(const char *name, const struct json *doc)
{
	struct str schema_text = { NULL, 0 }, text = canonical(doc);
	struct schema *schema;
	struct json *again;
	struct err e = { 0 };
	if (io_read_file(&f.a, source(name), 1 << 20, &schema_text, &e) != ERR_OK ||
		schema_new(&f.a, schema_text, &schema, &e) != ERR_OK ||
		json_parse(&f.a, text, &again, &e) != ERR_OK ||
		schema_check(schema, again, text, &e) != ERR_OK)
		fail_msg("%s: %s", name, e.message);
}

/* The stored document was worked out by hand from the fixture's numbers; any other machine,
 * compiler or optimisation must give these bytes. */
static void evaluation_gives_the_stored_document(void **state)
{
	struct str stored = { NULL, 0 };
	struct err e = { 0 };
	enum verdict verdict;
	SCOPED_BUF pretty = { 0 };
	(void)state;
	fixture_open(&f);
	f.input.plots = true;
	struct json *doc = fixture_judge(&f, &verdict);
	assert_int_equal(verdict, VERDICT_PASS);
	is_by_schema("rules/schema/evaluation.json", doc);
	buf_init(&pretty, 1 << 20);
	assert_int_equal(json_put_pretty(&pretty, doc, &e), ERR_OK);
	buf_put_char(&pretty, '\n');
	if (io_read_file(&f.a, source("test/vectors/evaluation/approach.json"), 1 << 20, &stored,
		    &e) != ERR_OK || !str_eq(stored, buf_str(&pretty))) {
		assert_int_equal(io_write_durable(
			source("test/vectors/evaluation/approach.json.new"), buf_str(&pretty),
			0644, &e), ERR_OK);
		fail_msg("the document differs; see approach.json.new");
	}
	fixture_close(&f);
}

static void evaluation_is_put_together_from_runs_alone(void **state)
{
	struct json *runs[2], *doc = NULL;
	struct err e = { 0 };
	enum verdict verdict;
	(void)state;
	fixture_open(&f);
	struct str whole = canonical(fixture_judge(&f, &verdict));
	for (uint32_t i = 2; i-- > 0;) {
		arena_reset(&f.work);
		assert_int_equal(evaluation_run(&f.a, &f.work, &f.input, i, &runs[i], &e), ERR_OK);
	}
	assert_int_equal(evaluation_assemble(&f.a, &f.input, runs, &doc, &verdict, &e), ERR_OK);
	assert_true(str_eq(canonical(doc), whole));
	fixture_close(&f);
}

static const struct json *first(const struct json *doc, const char *path)
{
	const struct json *v = json_path(doc, path);
	assert_non_null(v);
	return v;
}

static void is(const struct json *doc, const char *path, const char *expected)
{
	struct str text = json_str(first(doc, path));
	if (!str_is(text, expected))
		fail_msg("%s is " STR_FMT ", not %s", path, STR_ARG(text), expected);
}

static void evaluation_fails_with_margin_and_moment(void **state)
{
	enum verdict verdict;
	(void)state;
	fixture_open(&f);
	f.gap[8] = 1.75;
	struct json *doc = fixture_judge(&f, &verdict);
	assert_int_equal(verdict, VERDICT_FAIL);
	is(doc, "runs/0/verdict", "fail");
	is(doc, "runs/0/criteria/2/id", "keeps-gap");
	is(doc, "runs/0/criteria/2/state", "violated");
	is(doc, "runs/0/criteria/2/margin", "-0.25");
	is(doc, "runs/0/criteria/2/unit", "m");
	is(doc, "runs/0/criteria/2/time", "0.8");
	is(doc, "runs/0/criteria/2/limit", "2");
	is(doc, "runs/0/criteria/2/values/0/name", "distance");
	is(doc, "runs/0/criteria/2/values/0/value", "1.75");
	fixture_close(&f);
}

static void evaluation_of_an_invalid_run_is_no_fail(void **state)
{
	enum verdict verdict;
	(void)state;
	fixture_open(&f);
	f.gap[8] = 1.75;
	f.speed[2] = 18; /* 64.8 km/h */
	struct json *doc = fixture_judge(&f, &verdict);
	assert_int_equal(verdict, VERDICT_INVALID_RUN);
	is(doc, "runs/0/verdict", "invalid-run");
	fixture_close(&f);
}

static void evaluation_without_the_system_does_not_apply(void **state)
{
	enum verdict verdict;
	(void)state;
	fixture_open(&f);
	memset(f.on, 0, sizeof(f.on));
	(void)fixture_judge(&f, &verdict);
	assert_int_equal(verdict, VERDICT_NOT_APPLICABLE);
	fixture_close(&f);
}

static void evaluation_with_a_gap_is_inconclusive(void **state)
{
	enum verdict verdict;
	(void)state;
	fixture_open(&f);
	f.gap[4] = f.gap[5] = f.gap[6] = NAN;
	struct json *doc = fixture_judge(&f, &verdict);
	assert_int_equal(verdict, VERDICT_INCONCLUSIVE);
	is(doc, "reason", "run-inconclusive");
	is(doc, "runs/0/reasons/0", "gap");
	is(doc, "runs/0/criteria/2/state", "unknown");
	assert_null(json_path(doc, "runs/0/criteria/2/margin"));
	is(doc, "runs/0/criteria/2/atMost", "0.5");
	fixture_close(&f);
}

static void evaluation_without_a_signal_says_which(void **state)
{
	enum verdict verdict;
	(void)state;
	fixture_open(&f);
	f.channels[1][1].axis = UINT32_MAX;
	struct json *doc = fixture_judge(&f, &verdict);
	assert_int_equal(verdict, VERDICT_INCONCLUSIVE);
	is(doc, "runs/0/reasons/0", "signal-missing");
	is(doc, "runs/0/criteria/2/whyName", "distance");
	is(doc, "runs/0/signals/1/absent", "not-in-file");
	fixture_close(&f);
}

static void evaluation_without_an_optional_signal_passes(void **state)
{
	enum verdict verdict;
	(void)state;
	fixture_open(&f);
	f.channels[0][3].axis = UINT32_MAX;
	struct json *doc = fixture_judge(&f, &verdict);
	assert_int_equal(verdict, VERDICT_PASS);
	is(doc, "runs/0/signals/3/absent", "not-in-file");
	fixture_close(&f);
}

static void evaluation_without_an_entered_limit_is_inconclusive(void **state)
{
	enum verdict verdict;
	(void)state;
	fixture_open(&f);
	fixture_choose(&f, "heavy");
	struct json *doc = fixture_judge(&f, &verdict);
	assert_int_equal(verdict, VERDICT_INCONCLUSIVE);
	is(doc, "runs/0/reasons/0", "limit-not-entered");
	is(doc, "runs/0/criteria/2/why", "limit-not-entered");
	is(doc, "runs/0/criteria/2/whyName", "gap-min");
	is(doc, "numbers/0/id", "gap-min");
	is(doc, "numbers/0/number", "gap-heavy");
	is(doc, "numbers/0/status", "to-be-entered");
	assert_null(json_path(doc, "numbers/0/value"));
	fixture_close(&f);
}

static const char entered[] = "{\"kind\":\"limits\",\"scheme\":\"demo\",\"edition\":\"2026\","
	"\"enteredBy\":\"City of Yongchuan\",\"source\":\"copy no. 7 of the standard\","
	"\"numbers\":[{\"item\":\"1.1\",\"id\":\"gap-heavy\",\"value\":\"2.25\",\"unit\":\"m\"},"
	"{\"item\":\"1.2\",\"id\":\"runs\",\"value\":\"2\",\"unit\":\"run\"}]}";

static void evaluation_with_an_entered_limit_tells_who_entered_it(void **state)
{
	enum verdict verdict;
	(void)state;
	fixture_open(&f);
	f.limits = fixture_parse(&f.a, entered);
	is_by_schema("rules/schema/limits.json", f.limits);
	fixture_choose(&f, "heavy");
	struct json *doc = fixture_judge(&f, &verdict);
	assert_int_equal(verdict, VERDICT_PASS);
	is(doc, "limits/enteredBy", "City of Yongchuan");
	is(doc, "numbers/0/status", "entered");
	is(doc, "numbers/0/value", "2.25");
	is(doc, "runs/0/criteria/2/margin", "0.25");
	is_by_schema("rules/schema/evaluation.json", doc);
	fixture_close(&f);
}

static void evaluation_without_the_number_of_runs_is_inconclusive(void **state)
{
	enum verdict verdict;
	(void)state;
	fixture_open(&f);
	fixture_choose(&f, "open");
	struct json *doc = fixture_judge(&f, &verdict);
	assert_int_equal(verdict, VERDICT_INCONCLUSIVE);
	is(doc, "reason", "runs-not-entered");
	is(doc, "runs/0/verdict", "pass");
	assert_null(json_get(doc, "runsAsked"));
	f.limits = fixture_parse(&f.a, entered);
	fixture_choose(&f, "open");
	doc = fixture_judge(&f, &verdict);
	assert_int_equal(verdict, VERDICT_PASS);
	assert_true(json_number_or(first(doc, "runsAsked"), 0) == 2);
	fixture_close(&f);
}

static void evaluation_of_too_few_runs_is_inconclusive(void **state)
{
	enum verdict verdict;
	(void)state;
	fixture_open(&f);
	f.input.run_count = 1;
	struct json *doc = fixture_judge(&f, &verdict);
	assert_int_equal(verdict, VERDICT_INCONCLUSIVE);
	is(doc, "reason", "too-few-runs");
	fixture_close(&f);
}

static void evaluation_without_a_parameter_is_inconclusive(void **state)
{
	enum verdict verdict;
	(void)state;
	fixture_open(&f);
	f.parameters[0] = NAN;
	struct json *doc = fixture_judge(&f, &verdict);
	assert_int_equal(verdict, VERDICT_INCONCLUSIVE);
	is(doc, "runs/0/reasons/0", "parameter-missing");
	assert_null(json_path(doc, "runs/0/parameters/0/value"));
	fixture_close(&f);
}

static void refused(enum err_code code, const char *message)
{
	struct json *doc = NULL;
	struct err e = { 0 };
	enum verdict verdict = VERDICT_COUNT;
	assert_int_equal(evaluation_runs(&f.a, &f.work, &f.input, &doc, &verdict, &e), code);
	assert_string_equal(e.message, message);
	assert_null(doc);
	assert_int_equal(verdict, VERDICT_COUNT);
}

static void evaluation_takes_no_file_twice(void **state)
{
	(void)state;
	fixture_open(&f);
	f.files[1][1].digest = f.files[0][0].digest;
	refused(ERR_INVALID, "run 1 and run 2 have the same file");
	fixture_close(&f);
}

static void evaluation_refuses_runs_that_are_none(void **state)
{
	(void)state;
	fixture_open(&f);
	f.runs[1].number = 1;
	refused(ERR_INVALID, "run 1 stands twice");
	f.runs[1].number = 2;
	f.runs[1].file_count = 0;
	refused(ERR_INVALID, "run 2 has no file");
	f.input.run_count = 0;
	refused(ERR_INVALID, "there is no run to judge");
	f.input.run_count = 1;
	f.input.scenario = STR("none");
	refused(ERR_INVALID, "scheme \"demo\" has no scenario \"none\"");
	fixture_close(&f);
}

static void limit_runs(void **state)
{
	(void)state;
	fixture_open(&f);
	f.input.run_count = LIMIT_RUNS + 1;
	refused(ERR_TOO_LARGE, "more than 1000 runs");
	fixture_close(&f);
}

static void limit_run_files(void **state)
{
	(void)state;
	fixture_open(&f);
	f.runs[0].file_count = LIMIT_RUN_FILES + 1;
	refused(ERR_TOO_LARGE, "run 1 has more than 8 files");
	fixture_close(&f);
}

static void limit_evaluation_notes(void **state)
{
	static struct evidence_note notes[LIMIT_EVALUATION_NOTES + 3];
	enum verdict verdict;
	(void)state;
	fixture_open(&f);
	for (size_t i = 0; i < LIMIT_EVALUATION_NOTES + 3; i++)
		notes[i] = f.note;
	f.files[0][1].table.notes = notes;
	f.files[0][1].table.note_count = LIMIT_EVALUATION_NOTES + 3;
	struct json *doc = fixture_judge(&f, &verdict);
	assert_int_equal(verdict, VERDICT_PASS);
	assert_int_equal(json_count(json_path(doc, "runs/0/files/1/notes")),
		LIMIT_EVALUATION_NOTES);
	assert_true(json_number_or(json_path(doc, "runs/0/files/1/notesLeftOut"), 0) == 3);
	fixture_close(&f);
}

static void evaluation_with_too_little_memory_fails_cleanly(void **state)
{
	(void)state;
	fixture_open(&f);
	bool done = false;
	for (size_t cap = 0; cap < 1 << 20 && !done; cap += 4096) {
		SCOPED_ARENA a = { 0 };
		struct json *doc = NULL;
		struct str text;
		struct err e = { 0 };
		enum verdict verdict = VERDICT_COUNT;
		arena_init(&a, cap);
		enum err_code code = evaluation_runs(&a, &f.work, &f.input, &doc, &verdict, &e);
		if (code == ERR_OK)
			code = json_jcs(&f.a, doc, &text, &e);
		done = code == ERR_OK;
		if (!done)
			assert_int_equal(code, ERR_TOO_LARGE);
	}
	assert_true(done);
	fixture_close(&f);
}

static bool stands_in(struct str text, const char *word)
{
	return str_find(text, str_printf(&f.a, "\"%s\"", word)) != SIZE_MAX;
}

static void every_word_of_the_document_is_in_schema_and_description(void **state)
{
	struct str schema = { NULL, 0 }, page = { NULL, 0 };
	struct err e = { 0 };
	(void)state;
	fixture_open(&f);
	assert_int_equal(io_read_file(&f.a, source("rules/schema/evaluation.json"), 1 << 20,
		&schema, &e), ERR_OK);
	assert_int_equal(io_read_file(&f.a, source("doc/formats/evaluation.md"), 1 << 20, &page,
		&e), ERR_OK);
	for (int i = 1; i < ABSENCE_COUNT; i++) {
		const char *word = absence_name((enum absence)i);
		assert_true(stands_in(schema, word));
		assert_true(str_find(page, str_printf(&f.a, "`%s`", word)) != SIZE_MAX);
	}
	for (int i = WHY_NONE + 1; i < WHY_COUNT; i++) {
		const char *word = eval_why_name((enum eval_why)i);
		assert_true(stands_in(schema, word));
		assert_true(str_find(page, str_printf(&f.a, "`%s`", word)) != SIZE_MAX);
	}
	for (int i = 0; i < VERDICT_COUNT; i++)
		assert_true(stands_in(schema, verdict_name((enum verdict)i)));
	fixture_close(&f);
}

static void verdict_names_are_five_words(void **state)
{
	(void)state;
	assert_string_equal(verdict_name(VERDICT_PASS), "pass");
	assert_string_equal(verdict_name(VERDICT_FAIL), "fail");
	assert_string_equal(verdict_name(VERDICT_INCONCLUSIVE), "inconclusive");
	assert_string_equal(verdict_name(VERDICT_INVALID_RUN), "invalid-run");
	assert_string_equal(verdict_name(VERDICT_NOT_APPLICABLE), "not-applicable");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(run_verdict_is_what_the_table_says),
		cmocka_unit_test(run_verdict_without_a_signal_is_never_a_pass),
		cmocka_unit_test(run_verdict_takes_all_criteria_of_a_role),
		cmocka_unit_test(verdict_over_runs_is_what_the_table_says),
		cmocka_unit_test(verdict_over_runs_passes_only_with_enough_passes),
		cmocka_unit_test(evaluation_gives_the_stored_document),
		cmocka_unit_test(evaluation_is_put_together_from_runs_alone),
		cmocka_unit_test(evaluation_fails_with_margin_and_moment),
		cmocka_unit_test(evaluation_of_an_invalid_run_is_no_fail),
		cmocka_unit_test(evaluation_without_the_system_does_not_apply),
		cmocka_unit_test(evaluation_with_a_gap_is_inconclusive),
		cmocka_unit_test(evaluation_without_a_signal_says_which),
		cmocka_unit_test(evaluation_without_an_optional_signal_passes),
		cmocka_unit_test(evaluation_without_an_entered_limit_is_inconclusive),
		cmocka_unit_test(evaluation_with_an_entered_limit_tells_who_entered_it),
		cmocka_unit_test(evaluation_without_the_number_of_runs_is_inconclusive),
		cmocka_unit_test(evaluation_of_too_few_runs_is_inconclusive),
		cmocka_unit_test(evaluation_without_a_parameter_is_inconclusive),
		cmocka_unit_test(evaluation_takes_no_file_twice),
		cmocka_unit_test(evaluation_refuses_runs_that_are_none),
		cmocka_unit_test(limit_runs),
		cmocka_unit_test(limit_run_files),
		cmocka_unit_test(limit_evaluation_notes),
		cmocka_unit_test(evaluation_with_too_little_memory_fails_cleanly),
		cmocka_unit_test(every_word_of_the_document_is_in_schema_and_description),
		cmocka_unit_test(verdict_names_are_five_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
