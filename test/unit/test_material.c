/* test_material.c - requests, what a material must hold, and its way through JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../recognition_fixture.h"
#include "base/scoped.h"
#include "recognition/material.h"

static enum err_code parse_request(struct arena *a, const struct rules *r, const char *text,
	struct decide_request *ret, struct err *e)
{
	return decide_request_parse(a, fixture_json(a, str_of(text)), r, ret, e);
}

#define REQUEST(more)                                                                            \
	"{\"reports\":[\"urn:uuid:1\"],\"applicant\":\"did:web:a\","                             \
	"\"vins\":[\"LSYYC5A14TA000001\"],\"odd\":[\"road:urban\"]" more "}"

static void material_reads_requests(void **state)
{
	(void)state;
	SCOPED_ARENA a;
	struct decide_request r;
	struct err e;
	arena_init(&a, 64 << 20);
	struct rules *rules = fixture_rules(&a);
	assert_int_equal(parse_request(&a, rules, REQUEST(",\"maxSpeed\":\"40.5\",\"documents\":["
		"{\"document\":\"insurance\",\"validUntil\":\"2027-01-31\"},"
		"{\"document\":\"test-plan\"}]"), &r, &e), ERR_OK);
	assert_int_equal(r.odd.max_speed_mm_h, 40500000);
	assert_int_equal(r.document_count, 2);
	assert_int_equal(r.documents[1].valid_until, INT32_MAX);
	assert_false(r.configuration.known);
	rules_close(rules);
}

static void material_refuses_requests_by_field(void **state)
{
	(void)state;
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"[]", "request is not an object"},
		{REQUEST(",\"colour\":\"red\""), "member 2 of it is not known"},
		{"{\"reports\":[]}", "member \"reports\" must be a list of 1 to 64 strings"},
		{REQUEST(",\"maxSpeed\":60"),
			"field \"odd\": member \"maxSpeed\" is not a speed in km/h"},
		{REQUEST(",\"fingerprint\":\"x\""),
			"member \"fingerprint\" is not u and 43 characters "
			"of base64url"},
		{REQUEST(",\"documents\":[{\"document\":\"poem\"}]"),
			"field \"documents\": document 1: no such document is known"},
		{REQUEST(",\"documents\":[{\"document\":\"insurance\",\"validUntil\":\"soon\"}]"),
			"field \"documents\": document 1: date is not of the form YYYY-MM-DD"},
		{REQUEST(",\"documents\":{}"), "field \"documents\": not a list"},
		{"{\"reports\":[\"r\"],\"applicant\":\"did:web:a\",\"vins\":[\"LSYYC5A14TA000001\"]"
		 ","
		 "\"odd\":[\"road:cobbled\"]}",
			"field \"odd\": ODD element 1 in sorted order is not known"},
	};
	SCOPED_ARENA a;
	arena_init(&a, 64 << 20);
	struct rules *rules = fixture_rules(&a);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct decide_request r = { .vin_count = 7 };
		struct err e;
		assert_int_equal(parse_request(&a, rules, cases[i].text, &r, &e), ERR_INVALID);
		assert_string_equal(e.message, cases[i].message);
		assert_int_equal(r.vin_count, 7); /* output untouched on failure */
	}
	rules_close(rules);
}

static void prepare_fails(struct fixture *f, const char *message)
{
	struct decide_input in;
	struct err e;
	assert_int_not_equal(decision_prepare(&f->arena, &f->material, &in, &e), ERR_OK);
	assert_string_equal(e.message, message);
}

static void material_must_be_what_was_asked_about(void **state)
{
	(void)state;
	struct fixture f;
	fixture_open(&f, TO_LONGQUANYI, NULL);
	struct decision_material good = f.material;
	struct statement two[2] = { f.report, f.report };
	enum standing standings[2] = { STANDING_VALID, STANDING_VALID };
	f.material.report_count = 0;
	prepare_fails(&f, "material lacks a report that was asked about");
	f.material.report_count = 2;
	f.material.reports = two;
	f.material.report_standings = standings;
	prepare_fails(&f, "a report stands twice in the material");
	f.material = good;
	f.report.id = STR("urn:uuid:other");
	prepare_fails(&f, "material holds a report nobody asked about");
	fixture_close(&f);
}

static void material_must_hold_the_right_kinds(void **state)
{
	(void)state;
	struct fixture f;
	fixture_open(&f, TO_LONGQUANYI, NULL);
	f.report.kind = KIND_STATUS;
	prepare_fails(&f, "report \"urn:uuid:0f1e2d3c-4b5a-4000-8000-00000000000a\": "
		"statement is no report");
	f.report.kind = KIND_REPORT;
	f.report.issuer = STR("did:web:else.example");
	prepare_fails(&f, "report \"urn:uuid:0f1e2d3c-4b5a-4000-8000-00000000000a\": "
		"the lab in the report is not its issuer");
	f.report.issuer = STR(FIXTURE_LAB_YC);
	f.accreditation.kind = KIND_REPORT;
	prepare_fails(&f, "accreditation \"urn:uuid:0f1e2d3c-4b5a-4000-8000-000000000014\": "
		"statement is no accreditation");
	f.agreement.kind = KIND_REPORT;
	prepare_fails(&f, "agreement \"urn:uuid:0f1e2d3c-4b5a-4000-8000-000000000001\": "
		"statement is no agreement");
	fixture_close(&f);
}

static void material_drops_accreditations_of_others(void **state)
{
	(void)state;
	struct fixture f;
	struct decide_input in;
	struct err e;
	fixture_open(&f, TO_LONGQUANYI, NULL);
	struct statement both[2] = { fixture_accreditation(&f.arena, f.rules, 30, FIXTURE_LAB_LQY,
		FIXTURE_LONGQUANYI), f.accreditation };
	enum standing standings[2] = { STANDING_VALID, STANDING_SUSPENDED };
	f.material.accreditations = both;
	f.material.accreditation_standings = standings;
	f.material.accreditation_count = 2;
	fixture_must(decision_prepare(&f.arena, &f.material, &in, &e), &e);
	assert_int_equal(in.accreditation_count, 1);
	assert_true(str_eq(in.accreditations[0].scope.id, f.accreditation.id));
	assert_int_equal(in.accreditations[0].standing, STANDING_SUSPENDED);
	fixture_close(&f);
}

static void material_needs_the_schemes_of_the_agreement(void **state)
{
	(void)state;
	struct fixture f;
	struct rules *r;
	struct err e;
	fixture_open(&f, TO_LONGQUANYI, NULL);
	fixture_must(rules_open(1 << 20, &r, &e), &e);
	f.material.rules = r;
	prepare_fails(&f, "agreement \"urn:uuid:0f1e2d3c-4b5a-4000-8000-000000000001\": scheme "
		"\"gbt-41798\" edition \"2022\" of the agreement is not among the rules");
	rules_close(r);
	fixture_close(&f);
}

static struct str material_text(struct fixture *f)
{
	struct json *v;
	struct str text;
	struct err e;
	fixture_must(decision_material_json(&f->arena, &f->material, &v, &e), &e);
	fixture_must(json_jcs(&f->arena, v, &text, &e), &e);
	return text;
}

static void material_goes_through_json_and_back(void **state)
{
	(void)state;
	struct fixture f;
	struct decision_material m;
	struct rules *rules;
	struct json *again;
	struct str bytes;
	struct err e;
	fixture_open(&f, TO_YONGCHUAN, NULL);
	f.report_standing = STANDING_SUSPENDED;
	struct str text = material_text(&f);
	fixture_must(decision_material_parse(&f.arena, text, &m, &rules, &e), &e);
	assert_int_equal(m.report_standings[0], STANDING_SUSPENDED);
	assert_true(digest_eq(&m.reports[0].digest, &f.report.digest));
	fixture_must(decision_material_json(&f.arena, &m, &again, &e), &e);
	fixture_must(json_jcs(&f.arena, again, &bytes, &e), &e);
	assert_true(str_eq(bytes, text));
	rules_close(rules);
	fixture_close(&f);
}

static void from_json_fails(struct fixture *f, const char *old, const char *new,
	const char *message)
{
	struct decide_input in = { .now = 7 };
	struct rules *rules = NULL;
	struct err e;
	struct str text = material_text(f);
	size_t at = str_find(text, str_of(old));
	assert_true(at != SIZE_MAX);
	text = str_printf(&f->arena, STR_FMT "%s" STR_FMT, (int)at, text.at, new,
		STR_ARG(str_skip(text, at + strlen(old))));
	assert_int_not_equal(decide_from_json(&f->arena, text, &in, &rules, &e), ERR_OK);
	assert_string_equal(e.message, message);
	assert_int_equal(in.now, 7); /* outputs untouched on failure */
	assert_null(rules);
}

static void material_refuses_what_it_cannot_read(void **state)
{
	(void)state;
	struct fixture f;
	fixture_open(&f, TO_LONGQUANYI, NULL);
	from_json_fails(&f, "\"v\":1}", "\"v\":2}", "material is not of version 1");
	from_json_fails(&f, "\"standing\":\"valid\"", "\"standing\":\"fine\"",
		"accreditations, entry 1: unknown standing of a statement");
	from_json_fails(&f, "\"kind\":\"clauses\"", "\"kind\":\"causes\"",
		"rules file \"clauses.json\": not a file of clauses");
	from_json_fails(&f, "\"certificateType\":", "\"certificatetype\":", "accreditation "
		"\"urn:uuid:0f1e2d3c-4b5a-4000-8000-000000000014\": "
		"member \"certificateType\" is missing");
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(material_reads_requests),
		cmocka_unit_test(material_refuses_requests_by_field),
		cmocka_unit_test(material_must_be_what_was_asked_about),
		cmocka_unit_test(material_must_hold_the_right_kinds),
		cmocka_unit_test(material_drops_accreditations_of_others),
		cmocka_unit_test(material_needs_the_schemes_of_the_agreement),
		cmocka_unit_test(material_goes_through_json_and_back),
		cmocka_unit_test(material_refuses_what_it_cannot_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
