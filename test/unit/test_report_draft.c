/* test_report_draft.c - sample drafts become subjects that fit the schema; a wrong draft says
 * why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../recognition_fixture.h"
#include "base/scoped.h"

static const char *const samples[] = { "rules/samples/report-yongchuan.json",
	"rules/samples/report-longquanyi.json" };

static void report_draft_makes_subjects_that_fit_the_schemas(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		SCOPED_ARENA a;
		struct json *subject;
		struct str text;
		struct err e = { 0 };
		arena_init(&a, 64 << 20);
		struct rules *r = fixture_rules(&a);
		struct str bytes = fixture_file(&a, samples[i]);
		struct json *draft = fixture_json(&a, bytes);
		fixture_must(rules_check(r, "report-draft", draft, bytes, &e), &e);
		fixture_must(report_subject_from_draft(&a, draft, fixture_id(&a, 1),
			STR(FIXTURE_LAB_YC), &subject, &e), &e);
		fixture_must(json_jcs(&a, subject, &text, &e), &e);
		fixture_must(rules_check(r, "report", fixture_json(&a, text), text, &e), &e);
		assert_true(json_true(json_path(subject, "inspectionReport/sample")));
		rules_close(r);
	}
}

static void report_draft_comes_back_from_its_subject(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		SCOPED_ARENA a;
		struct json *subject, *again;
		struct str one, other;
		struct err e = { 0 };
		arena_init(&a, 64 << 20);
		struct json *draft = fixture_json(&a, fixture_file(&a, samples[i]));
		fixture_must(report_subject_from_draft(&a, draft, fixture_id(&a, 1),
			STR(FIXTURE_LAB_YC), &subject, &e), &e);
		fixture_must(report_draft_from_subject(&a, subject, &again, &e), &e);
		fixture_must(json_jcs(&a, draft, &one, &e), &e);
		fixture_must(json_jcs(&a, again, &other, &e), &e);
		assert_true(str_eq(one, other));
		assert_int_equal(report_draft_from_subject(&a, json_new_object(&a), &again, &e),
			ERR_INVALID);
	}
}

static void report_draft_speaks_untp(void **state)
{
	(void)state;
	SCOPED_ARENA a;
	struct json *v;
	struct err e;
	arena_init(&a, 64 << 20);
	fixture_must(report_subject_from_draft(&a, fixture_draft(&a, TO_LONGQUANYI),
		fixture_id(&a, 10), STR(FIXTURE_LAB_YC), &v, &e), &e);
	assert_true(json_has_type(json_get(v, "type"), "Attestation"));
	assert_true(str_is(json_get_str(v, "assessorLevel"), "3rdParty"));
	assert_true(str_is(json_get_str(v, "attestationType"), "testing"));
	assert_true(str_is(json_str(json_path(v, "authorisation/0/issuingAuthority/id")),
		FIXTURE_YONGCHUAN));
	assert_true(str_is(json_str(json_path(v, "assessment/1/id")),
		"urn:uuid:0f1e2d3c-4b5a-4000-8000-00000000000a#6.1.4"));
	assert_true(str_is(json_str(json_path(v, "assessment/1/referenceStandard/name")),
		"GB/T 41798-2022 智能网联汽车 自动驾驶功能场地试验方法及要求"));
	assert_true(str_is(json_str(json_path(v, "assessment/1/assessedProduct/0/product/id")),
		"urn:vin:LSYYC5A14TA000001"));
	assert_true(str_is(json_str(json_path(v, "assessment/1/itemResult/measurements/0/value")),
		"1.62"));
	assert_int_equal(json_number_or(json_path(v, "inspectionReport/itemCount"), 0), 17);
}

static void report_draft_says_what_is_wrong(void **state)
{
	(void)state;
	static const struct {
		const char *old, *new, *message;
	} cases[] = {
		{ "\"code\": \"GB/T 41798\"", "\"code\": \"GB/T 41799\"",
			"item 1 of the draft: its standard is not among \"methods\"" },
		{ "\"hardware\": {", "\"hardwares\": {",
			"draft has no usable \"hardware\" and \"software\"" },
		{ "\"vehicle\": {\n", "\"vehicles\": {\n", "draft lacks \"lab\" or \"vehicle\"" },
		{ "\"title\": \"自动", "\"titles\": \"自动",
			"inspectionReport lacks \"title\" (ISO/IEC 17025 7.8.2.1 a)" },
		{ "\"applicant\": {", "\"applicants\": {",
			"report too large, or a member of the draft is missing" },
		{ "\"testedOn\": \"2026-07-06\"", "\"testedOn\": \"2026-06-06\"",
			"assessment 1: member \"testedOn\" is outside the days of the test" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		SCOPED_ARENA a;
		struct json *v = NULL;
		struct err e;
		arena_init(&a, 64 << 20);
		struct str text = fixture_file(&a, samples[0]);
		size_t at = str_find(text, str_of(cases[i].old));
		assert_true(at != SIZE_MAX);
		text = str_printf(&a, STR_FMT "%s" STR_FMT, (int)at, text.at, cases[i].new,
			STR_ARG(str_skip(text, at + strlen(cases[i].old))));
		assert_int_not_equal(report_subject_from_draft(&a, fixture_json(&a, text),
			fixture_id(&a, 1), STR(FIXTURE_LAB_YC), &v, &e), ERR_OK);
		assert_string_equal(e.message, cases[i].message);
		assert_null(v);
	}
}

static void report_draft_faults_are_told_with_line(void **state)
{
	(void)state;
	SCOPED_ARENA a;
	struct err e = { 0 };
	arena_init(&a, 64 << 20);
	struct rules *r = fixture_rules(&a);
	struct str text = fixture_file(&a, samples[0]);
	size_t at = str_find(text, STR("\"receivedOn\": \"2026-07-02\""));
	text = str_printf(&a, STR_FMT "\"receivedOn\": \"2 July\"" STR_FMT, (int)at, text.at,
		STR_ARG(str_skip(text, at + strlen("\"receivedOn\": \"2026-07-02\""))));
	assert_int_equal(rules_check(r, "report-draft", fixture_json(&a, text), text, &e),
		ERR_INVALID);
	assert_string_equal(e.message, "/receivedOn: is not in the format date");
	assert_true(e.line > 1);
	assert_int_equal(e.column, 17);
	rules_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(report_draft_makes_subjects_that_fit_the_schemas),
		cmocka_unit_test(report_draft_comes_back_from_its_subject),
		cmocka_unit_test(report_draft_speaks_untp),
		cmocka_unit_test(report_draft_says_what_is_wrong),
		cmocka_unit_test(report_draft_faults_are_told_with_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
