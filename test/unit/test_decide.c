/* test_decide.c - every outcome and every reason, both ways, and that order does not matter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../recognition_fixture.h"
#include "recognition/decide.h"

#define GBT "gbt-41798"
#define ANNEX "miit-97-2021-annex1"

static int32_t day(const char *text)
{
	int32_t d = 0;
	assert_int_equal(china_day_parse(str_of(text), &d, NULL), ERR_OK);
	return d;
}

/* ---- one change each, and what becomes of one item ------------------------------------------- */

static void nothing(struct variant *v)
{
	(void)v;
}
static void withdraw_report(struct variant *v)
{
	v->reports[0].standing = STANDING_WITHDRAWN;
}
static void suspend_report(struct variant *v)
{
	v->reports[0].standing = STANDING_SUSPENDED;
}
static void expire_report(struct variant *v)
{
	v->reports[0].valid_until = v->in.now - 1;
}
static void date_report_ahead(struct variant *v)
{
	v->reports[0].valid_from = v->in.now + 301;
}
static void date_issue_ahead(struct variant *v)
{
	v->reports[0].report.issued_on = day("2026-11-25");
}
static void date_test_ahead(struct variant *v)
{
	variant_item(v, 0, "6.1.4")->tested_on = day("2026-11-25");
}
static void other_applicant(struct variant *v)
{
	v->in.request.applicant = STR("did:web:else.example");
}
static void no_accreditation(struct variant *v)
{
	v->in.accreditation_count = 0;
}
static void other_certificate(struct variant *v)
{
	v->accreditations[0].scope.certificate_type = STR("CNAS");
}
static void other_lab(struct variant *v)
{
	v->accreditations[0].scope.lab = STR("did:web:else.example:org:1");
}
static void foreign_authority(struct variant *v)
{
	v->accreditations[0].scope.authority = STR("did:web:third.example");
}
static void item_out_of_scope(struct variant *v)
{
	variant_item(v, 0, "6.1.4")->edition = STR("2023");
}
static void lab_too_late(struct variant *v)
{
	v->accreditations[0].scope.valid_from = china_day_start(day("2026-07-09"));
}
static void lab_over(struct variant *v)
{
	v->accreditations[0].scope.valid_until = china_day_start(day("2026-07-08")) - 1;
}
static void withdraw_accreditation(struct variant *v)
{
	v->accreditations[0].standing = STANDING_WITHDRAWN;
}
static void suspend_accreditation(struct variant *v)
{
	v->accreditations[0].standing = STANDING_SUSPENDED;
}
static void second_accreditation_helps(struct variant *v)
{
	v->accreditations[1] = v->accreditations[0];
	v->accreditations[0].standing = STANDING_WITHDRAWN;
	v->in.accreditation_count = 2;
}
static void local_standard(struct variant *v)
{
	variant_item(v, 0, "6.1.4")->level = LEVEL_LOCAL;
}
static void international_standard(struct variant *v)
{
	variant_item(v, 0, "6.1.4")->level = LEVEL_INTERNATIONAL;
}
static void not_carried(struct variant *v)
{
	static const struct agreement_items none = { .scheme = { GBT, 9 } };
	v->agreement.carry = &none;
	v->agreement.carry_count = 1;
	variant_plan(v);
}
static void other_edition(struct variant *v)
{
	static const struct agreement_items only = {.scheme = {GBT, 9}, .edition = {"2027", 4}};
	v->agreement.editions = &only;
	v->agreement.edition_count = 1;
}
static void other_standard(struct variant *v)
{
	variant_item(v, 0, "6.1.4")->standard = STR("GB/T 99999");
}
static void other_standard_edition(struct variant *v)
{
	variant_item(v, 0, "6.1.4")->standard_edition = STR("2019");
}
static void fail_item(struct variant *v)
{
	variant_item(v, 0, "6.1.4")->verdict = VERDICT_FAIL;
}
static void inconclusive_item(struct variant *v)
{
	variant_item(v, 0, "6.1.4")->verdict = VERDICT_INCONCLUSIVE;
}
static void two_runs(struct variant *v)
{
	variant_item(v, 0, "6.1.4")->run_count = 2;
	variant_item(v, 0, "6.1.4")->pass_count = 2;
}
static void one_run_failed(struct variant *v)
{
	variant_item(v, 0, "6.1.4")->run_count = 4;
}
static void last_good_day(struct variant *v)
{
	v->accreditations[0].scope.valid_from = 0;
	variant_item(v, 0, "6.1.4")->tested_on = day("2024-11-24");
}
static void too_old(struct variant *v)
{
	v->accreditations[0].scope.valid_from = 0;
	variant_item(v, 0, "6.1.4")->tested_on = day("2024-11-23");
}
static void takeover_too_old(struct variant *v)
{
	variant_item(v, 0, "6.7")->tested_on = day("2025-11-23");
}
static void other_fingerprint(struct variant *v)
{
	v->in.request.configuration.fingerprint =
		STR("uAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
}
static void wider_odd_unmapped(struct variant *v)
{
	static const struct str elements[] = { { "road:urban", 10 }, { "time:night", 10 } };
	v->in.request.odd.elements = elements;
	v->in.request.odd.element_count = 2;
}
static void wider_odd_elsewhere(struct variant *v)
{
	static const struct str elements[] = { { "feature:traffic-light", 21 },
		{ "feature:tunnel", 14 } };
	v->in.request.odd.elements = elements;
	v->in.request.odd.element_count = 2;
}
static void odd_does_not_matter(struct variant *v)
{
	wider_odd_unmapped(v);
	v->same[3].rule = SAME_FREE;
}
static void faster(struct variant *v)
{
	v->in.request.odd.max_speed_mm_h = 60000001;
}
static void slower(struct variant *v)
{
	v->in.request.odd.max_speed_mm_h = 40000000;
}
static void slower_but_exact(struct variant *v)
{
	slower(v);
	v->same[4].rule = SAME_EXACTLY;
}
static void faster_but_free(struct variant *v)
{
	faster(v);
	v->same[4].rule = SAME_FREE;
}
static void faster_touches_others(struct variant *v)
{
	static const struct str items[] = { { "6.5.4", 5 } };
	faster(v);
	v->same[4].affects_all = false;
	v->same[4].items = items;
	v->same[4].item_count = 1;
}
static void agreement_over(struct variant *v)
{
	v->agreement.in_force_until = v->in.now - 1;
}
static void agreement_not_begun(struct variant *v)
{
	v->agreement.in_force_from = v->in.now + 1;
}
static void agreement_withdrawn(struct variant *v)
{
	v->in.agreement_standing = STANDING_WITHDRAWN;
}
static void third_city(struct variant *v)
{
	v->in.destination = STR("did:web:third.example");
}
static void drop_item(struct variant *v)
{
	v->reports[0].report.item_count = 1; /* 6.1.1 only */
}
static void own_result_for_positioning(struct variant *v)
{
	struct report_item *item = variant_item(v, 0, "6.1.1");
	item->scheme = STR(ANNEX);
	item->edition = STR("2021");
	item->item = STR("8");
	item->standard = STR("GB/T 99998");
}
static void own_result_too_old(struct variant *v)
{
	own_result_for_positioning(v);
	v->accreditations[0].scope.valid_from = 0;
	variant_item(v, 0, "8")->tested_on = day("2024-01-01");
}
static void add_on_tested(struct variant *v)
{
	struct report_item *item = variant_item(v, 0, "6.2.9");
	item->scheme = STR("add-on");
	item->edition = STR("sample-yongchuan-longquanyi");
	item->item = STR("LQY-1");
	item->level = LEVEL_LOCAL;
	v->reports[0].report.odd = v->in.request.odd; /* with the tunnel */
}
static void add_on_outside_the_odd(struct variant *v)
{
	struct odd odd = v->reports[0].report.odd;
	add_on_tested(v);
	v->reports[0].report.odd = odd;
}
static void add_on_failed(struct variant *v)
{
	add_on_tested(v);
	variant_item(v, 0, "LQY-1")->verdict = VERDICT_FAIL;
}
static void add_on_of_the_other_side(struct variant *v)
{
	add_on_tested(v);
	variant_item(v, 0, "LQY-1")->item = STR("YC-1");
}
static void unknown_item(struct variant *v)
{
	variant_item(v, 0, "6.2.9")->item = STR("6.99");
}

static const struct {
	const char *name;
	void (*change)(struct variant *v);
	const char *scheme, *item;
	enum outcome outcome;
	enum reason reason;
} cases[] = {
#define IS(o, r) OUTCOME_##o, REASON_##r
	{ "as it is", nothing, GBT, "6.1.4", IS(RECOGNISED, SAME_CONFIGURATION) },
	{ "withdrawn", withdraw_report, GBT, "6.1.4", IS(REFUSED, REPORT_WITHDRAWN) },
	{ "suspended", suspend_report, GBT, "6.1.4", IS(REFUSED, REPORT_SUSPENDED) },
	{ "expired", expire_report, GBT, "6.1.4", IS(REFUSED, REPORT_EXPIRED) },
	{ "from ahead", date_report_ahead, GBT, "6.1.4", IS(REFUSED, FROM_THE_FUTURE) },
	{ "issued ahead", date_issue_ahead, GBT, "6.1.4", IS(REFUSED, FROM_THE_FUTURE) },
	{ "tested ahead", date_test_ahead, GBT, "6.1.4", IS(REFUSED, FROM_THE_FUTURE) },
	{ "tested ahead, other item", date_test_ahead, GBT, "6.1.1",
		IS(RECOGNISED, SAME_CONFIGURATION) },
	{ "applicant", other_applicant, GBT, "6.1.4", IS(REFUSED, OTHER_APPLICANT) },
	{ "no accreditation", no_accreditation, GBT, "6.1.4", IS(REFUSED, LAB_NOT_ACCREDITED) },
	{ "CNAS alone", other_certificate, GBT, "6.1.4", IS(REFUSED, LAB_NOT_ACCREDITED) },
	{ "another lab's", other_lab, GBT, "6.1.4", IS(REFUSED, LAB_NOT_ACCREDITED) },
	{ "third authority", foreign_authority, GBT, "6.1.4", IS(REFUSED, NOT_A_PARTY) },
	{ "out of scope", item_out_of_scope, GBT, "6.1.4", IS(REFUSED, LAB_OUT_OF_SCOPE) },
	{ "scope of others", item_out_of_scope, GBT, "6.1.1", IS(RECOGNISED, SAME_CONFIGURATION) },
	{ "accredited after", lab_too_late, GBT, "6.1.4", IS(REFUSED, LAB_NOT_THEN) },
	{ "accredited on the day", lab_too_late, GBT, "6.2.2", IS(RECOGNISED, SAME_CONFIGURATION) },
	{ "accredited until", lab_over, GBT, "6.1.4", IS(REFUSED, LAB_NOT_THEN) },
	{ "last day before", lab_over, GBT, "6.1.1", IS(RECOGNISED, SAME_CONFIGURATION) },
	{ "accreditation withdrawn", withdraw_accreditation, GBT, "6.1.4",
		IS(REFUSED, LAB_ACCREDITATION_WITHDRAWN) },
	{ "accreditation suspended", suspend_accreditation, GBT, "6.1.4",
		IS(REFUSED, LAB_ACCREDITATION_SUSPENDED) },
	{ "another one holds", second_accreditation_helps, GBT, "6.1.4",
		IS(RECOGNISED, SAME_CONFIGURATION) },
	{ "enterprise standard", nothing, GBT, "6.3.3", IS(REFUSED, NOT_NATIONAL) },
	{ "local standard", local_standard, GBT, "6.1.4", IS(REFUSED, NOT_NATIONAL) },
	{ "UN regulation", international_standard, GBT, "6.1.4", IS(REFUSED, NOT_NATIONAL) },
	{ "not carried over", not_carried, GBT, "6.1.4", IS(REFUSED, NOT_IN_AGREEMENT) },
	{ "unknown item", unknown_item, GBT, "6.99", IS(REFUSED, LAB_OUT_OF_SCOPE) },
	{ "add-on of the origin", add_on_of_the_other_side, "add-on", "YC-1",
		IS(REFUSED, NOT_NATIONAL) },
	{ "edition", other_edition, GBT, "6.1.4", IS(RETEST, EDITION_NOT_ACCEPTED) },
	{ "other standard", other_standard, GBT, "6.1.4", IS(RETEST, EDITION_NOT_ACCEPTED) },
	{ "standard's edition", other_standard_edition, GBT, "6.1.4",
		IS(RETEST, EDITION_NOT_ACCEPTED) },
	{ "fail", fail_item, GBT, "6.1.4", IS(REFUSED, VERDICT_NOT_PASS) },
	{ "inconclusive", inconclusive_item, GBT, "6.1.4", IS(REFUSED, VERDICT_NOT_PASS) },
	{ "two runs", two_runs, GBT, "6.1.4", IS(RETEST, TOO_FEW_RUNS) },
	{ "one of four failed", one_run_failed, GBT, "6.1.4", IS(RETEST, TOO_FEW_RUNS) },
	{ "24 months to the day", last_good_day, GBT, "6.1.4", IS(RECOGNISED, SAME_CONFIGURATION) },
	{ "24 months and a day", too_old, GBT, "6.1.4", IS(RETEST, TOO_OLD) },
	{ "12 months for takeover", takeover_too_old, GBT, "6.7", IS(RETEST, TOO_OLD) },
	{ "fingerprint alone", other_fingerprint, GBT, "6.1.4", IS(RETEST, CONFIGURATION_UNKNOWN) },
	{ "night", wider_odd_unmapped, GBT, "6.8", IS(RETEST, ODD_WIDER) },
	{ "tunnel elsewhere", wider_odd_elsewhere, GBT, "6.1.4",
		IS(RECOGNISED, SAME_CONFIGURATION) },
	{ "tunnel untested", wider_odd_elsewhere, GBT, "6.2.1", IS(RETEST, NOT_TESTED) },
	{ "ODD free", odd_does_not_matter, GBT, "6.8", IS(RECOGNISED, SAME_CONFIGURATION) },
	{ "faster", faster, GBT, "6.8", IS(RETEST, SPEED_HIGHER) },
	{ "slower", slower, GBT, "6.8", IS(RECOGNISED, SAME_CONFIGURATION) },
	{ "slower but exact", slower_but_exact, GBT, "6.8", IS(RETEST, SPEED_HIGHER) },
	{ "speed free", faster_but_free, GBT, "6.8", IS(RECOGNISED, SAME_CONFIGURATION) },
	{ "speed touches others", faster_touches_others, GBT, "6.8",
		IS(RECOGNISED, SAME_CONFIGURATION) },
	{ "speed touches it", faster_touches_others, GBT, "6.5.4", IS(RETEST, SPEED_HIGHER) },
	{ "agreement over", agreement_over, GBT, "6.1.4", IS(REFUSED, AGREEMENT_NOT_IN_FORCE) },
	{ "agreement ahead", agreement_not_begun, ANNEX, "1",
		IS(REFUSED, AGREEMENT_NOT_IN_FORCE) },
	{ "agreement withdrawn", agreement_withdrawn, "add-on", "LQY-1",
		IS(REFUSED, AGREEMENT_NOT_IN_FORCE) },
	{ "third city", third_city, GBT, "6.1.4", IS(REFUSED, NOT_A_PARTY) },
	{ "not tested", nothing, GBT, "6.2.1", IS(RETEST, NOT_TESTED) },
	{ "covered", nothing, ANNEX, "1", IS(COVERED, COVERED_BY_ITEMS) },
	{ "partly covered", nothing, ANNEX, "2", IS(RETEST, PARTLY_COVERED) },
	{ "not covered", drop_item, ANNEX, "6", IS(RETEST, GENERAL_NOT_TESTED) },
	{ "nothing covers", nothing, ANNEX, "8", IS(RETEST, NOTHING_COVERS) },
	{ "own result", own_result_for_positioning, ANNEX, "8",
		IS(RECOGNISED, SAME_CONFIGURATION) },
	{ "own result, too old", own_result_too_old, ANNEX, "8", IS(RETEST, TOO_OLD) },
	{ "add-on", nothing, "add-on", "LQY-1", IS(ADD_ON, ADD_ON_NEEDED) },
	{ "add-on tested", add_on_tested, "add-on", "LQY-1", IS(RECOGNISED, ADD_ON_TESTED) },
	{ "add-on outside the ODD", add_on_outside_the_odd, "add-on", "LQY-1",
		IS(ADD_ON, ADD_ON_NOT_ACCEPTED) },
	{ "add-on failed", add_on_failed, "add-on", "LQY-1", IS(ADD_ON, ADD_ON_NOT_ACCEPTED) },
#undef IS
};

static void decide_gives_each_outcome_with_its_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct variant v;
		variant_open(&v, TO_LONGQUANYI);
		cases[i].change(&v);
		variant_decide(&v);
		const struct decision_row *row = variant_row(&v, cases[i].scheme, cases[i].item);
		if (!row)
			fail_msg("%s: no row for %s", cases[i].name, cases[i].item);
		if (row->reason != cases[i].reason)
			fail_msg("%s: %s is %s", cases[i].name, cases[i].item,
				reason_row(row->reason)->word);
		assert_int_equal(row->outcome, cases[i].outcome);
		variant_close(&v);
	}
}

/* A reason without a case would be a reason nobody has seen. Two stand in tests of their own. */
static void decide_has_a_case_for_every_reason(void **state)
{
	(void)state;
	bool seen[REASON_COUNT] = { [REASON_CONFIGURATION_CHANGED] = true,
		[REASON_CHANGE_WITHOUT_EFFECT] = true };
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		seen[cases[i].reason] = true;
	for (int r = 0; r < REASON_COUNT; r++) {
		if (!seen[r])
			fail_msg("no case for \"%s\"", reason_row((enum reason)r)->word);
	}
}

/* ---- configuration --------------------------------------------------------------------------- */

/* The request with one hardware component's model changed (NULL: removed) or the software. */
static void ask_for(struct variant *v, const char *component, const char *model)
{
	struct arena *a = &v->f.arena;
	const struct json *vehicle = json_get(v->reports[0].report.doc, "vehicle");
	struct json *hardware = json_copy(a, json_get(vehicle, "hardware"));
	struct json *software = json_copy(a, json_get(vehicle, "software"));
	struct json *ask = json_new_object(a);
	struct err e;
	if (strcmp(component, "software") == 0)
		software = json_set_text(a, software, "version", model);
	else if (model)
		hardware = json_set(a, hardware, component, json_new_text(a, model));
	else
		hardware = json_without(a, hardware, component);
	ask = json_set(a, ask, "hardware", hardware);
	ask = json_set(a, ask, "software", software);
	fixture_must(configuration_parse(a, ask, &v->in.request.configuration, &e), &e);
}

static void check_change(const char *component, const char *model, const char *item,
	enum reason reason, const char *changed)
{
	struct variant v;
	variant_open(&v, TO_LONGQUANYI);
	ask_for(&v, component, model);
	variant_decide(&v);
	const struct decision_row *row = variant_row(&v, GBT, item);
	assert_non_null(row);
	assert_string_equal(reason_row(row->reason)->word, reason_row(reason)->word);
	assert_true(str_is(row->changed, changed));
	variant_close(&v);
}

static void decide_tests_according_to_the_change(void **state)
{
	(void)state;
	check_change("lidar", "L256", "6.1.4", REASON_CONFIGURATION_CHANGED, "lidar");
	check_change("lidar", NULL, "6.1.4", REASON_CONFIGURATION_CHANGED, "lidar");
	check_change("antenna", "A1", "6.1.4", REASON_CONFIGURATION_CHANGED, "antenna");
	check_change("software", "4.3.0", "6.1.4", REASON_CONFIGURATION_CHANGED, "software");
	/* By the sample's clause 6 a cabin display touches takeover and minimal risk only ... */
	check_change("cabin-display", "D17", "6.7", REASON_CONFIGURATION_CHANGED, "cabin-display");
	check_change("cabin-display", "D17", "6.1.4", REASON_CHANGE_WITHOUT_EFFECT,
		"cabin-display");
	/* ... and paint nothing at all. */
	check_change("paint", "red", "6.1.4", REASON_SAME_CONFIGURATION, "");
}

static void decide_covers_general_items_by_what_the_change_left(void **state)
{
	(void)state;
	struct variant v;
	variant_open(&v, TO_LONGQUANYI);
	ask_for(&v, "cabin-display", "D17");
	variant_decide(&v);
	assert_int_equal(variant_row(&v, ANNEX, "5")->reason, REASON_GENERAL_NOT_TESTED);
	assert_int_equal(variant_row(&v, ANNEX, "1")->reason, REASON_COVERED_BY_ITEMS);
	variant_close(&v);
}

static void decide_wants_one_configuration(void **state)
{
	(void)state;
	struct variant v;
	struct err e;
	variant_open(&v, TO_LONGQUANYI);
	variant_copy_report(&v, 1, "urn:uuid:2");
	v.reports[1].report.configuration.fingerprint =
		STR("uBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB");
	assert_int_equal(decide(&v.f.arena, &v.in, &v.decision, &e), ERR_INVALID);
	assert_string_equal(e.message, "the reports are of different configurations: the request "
		"must say which one (\"fingerprint\")");
	v.in.request.configuration = v.reports[0].report.configuration;
	variant_decide(&v);
	assert_ptr_equal(variant_row(&v, GBT, "6.1.4")->report, &v.reports[0]);
	variant_close(&v);
}

/* ---- several reports ------------------------------------------------------------------------- */

static void decide_takes_the_best_result(void **state)
{
	(void)state;
	struct variant v;
	variant_open(&v, TO_LONGQUANYI);
	variant_copy_report(&v, 1, "urn:uuid:2");
	variant_item(&v, 0, "6.1.4")->tested_on = day("2023-01-01");
	variant_decide(&v);
	const struct decision_row *row = variant_row(&v, GBT, "6.1.4");
	assert_int_equal(row->reason, REASON_SAME_CONFIGURATION);
	assert_ptr_equal(row->report, &v.reports[1]);
	variant_close(&v);
}

static void decide_lets_a_newer_failure_outdo_a_pass(void **state)
{
	(void)state;
	struct variant v;
	variant_open(&v, TO_LONGQUANYI);
	variant_copy_report(&v, 1, "urn:uuid:2");
	struct report_item *failed = variant_item(&v, 1, "6.1.4");
	failed->verdict = VERDICT_FAIL;
	failed->tested_on = variant_item(&v, 0, "6.1.4")->tested_on;
	variant_decide(&v);
	assert_int_equal(variant_row(&v, GBT, "6.1.4")->reason, REASON_VERDICT_NOT_PASS);
	failed->tested_on--; /* tested again and passed since */
	variant_decide(&v);
	assert_int_equal(variant_row(&v, GBT, "6.1.4")->reason, REASON_SAME_CONFIGURATION);
	failed->tested_on += 2;
	v.reports[1].standing = STANDING_WITHDRAWN; /* a withdrawn failure says nothing */
	variant_decide(&v);
	assert_int_equal(variant_row(&v, GBT, "6.1.4")->reason, REASON_SAME_CONFIGURATION);
	v.reports[1].standing = STANDING_VALID;
	v.in.request.configuration = v.reports[0].report.configuration;
	v.reports[1].report.configuration = (struct configuration){
		.fingerprint = STR("uBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB") };
	variant_decide(&v); /* nor does the failure of another configuration */
	assert_int_equal(variant_row(&v, GBT, "6.1.4")->reason, REASON_SAME_CONFIGURATION);
	variant_close(&v);
}

static struct str bytes_of(struct variant *v)
{
	struct json *outcome;
	struct str bytes;
	struct err e;
	variant_decide(v);
	fixture_must(decide_to_json(&v->f.arena, &v->in, &v->decision, &outcome, &e), &e);
	fixture_must(json_jcs(&v->f.arena, outcome, &bytes, &e), &e);
	return bytes;
}

static void decide_does_not_mind_the_order(void **state)
{
	(void)state;
	static const int orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 },
		{ 2, 0, 1 }, { 2, 1, 0 } };
	struct variant v;
	struct decide_report kept[3];
	struct str first = { NULL, 0 };
	variant_open(&v, TO_LONGQUANYI);
	variant_copy_report(&v, 1, "urn:uuid:2");
	variant_copy_report(&v, 2, "urn:uuid:3");
	variant_item(&v, 0, "6.1.4")->tested_on = day("2023-01-01");
	variant_item(&v, 1, "6.1.4")->verdict = VERDICT_FAIL;
	variant_item(&v, 1, "6.2.2")->verdict = VERDICT_FAIL;
	variant_item(&v, 2, "6.2.2")->tested_on += 3;
	variant_item(&v, 2, "6.2.9")->item = STR("6.98");
	variant_item(&v, 1, "6.2.9")->item = STR("6.99");
	memcpy(kept, v.reports, sizeof(kept));
	for (size_t i = 0; i < 6; i++) {
		for (size_t k = 0; k < 3; k++)
			v.reports[k] = kept[orders[i][k]];
		struct str bytes = bytes_of(&v);
		if (i == 0)
			first = bytes;
		assert_true(str_eq(bytes, first));
	}
	variant_close(&v);
}

/* ---- the other way, the lists, the way on ---------------------------------------------------- */

static void decide_works_the_other_way_round(void **state)
{
	(void)state;
	struct variant v;
	variant_open(&v, TO_YONGCHUAN);
	variant_decide(&v);
	assert_int_equal(variant_row(&v, GBT, "6.1.2")->outcome, OUTCOME_RECOGNISED);
	assert_int_equal(variant_row(&v, GBT, "6.1.4")->reason, REASON_ODD_WIDER);
	assert_int_equal(variant_row(&v, "add-on", "YC-1")->outcome, OUTCOME_ADD_ON);
	assert_null(variant_row(&v, "add-on", "LQY-1"));
	assert_int_equal(variant_row(&v, ANNEX, "2")->outcome, OUTCOME_COVERED);
	variant_close(&v);
}

static void decide_lists_what_is_to_be_tested(void **state)
{
	(void)state;
	static const char *const expected[] = { "8", "6.2.1", "6.3.3", "LQY-1" };
	struct variant v;
	variant_open(&v, TO_LONGQUANYI);
	variant_decide(&v);
	uint32_t found = 0;
	for (uint32_t i = 0; i < v.decision.row_count; i++) {
		if (v.decision.rows[i].to_test)
			assert_true(str_is(v.decision.rows[i].item, expected[found++]));
	}
	assert_int_equal(found, 4);
	assert_int_equal(v.decision.open_count, 4);
	assert_int_equal(v.decision.next, NEXT_TESTS);
	variant_close(&v);
}

static enum document_state state_of(const struct variant *v, const char *document)
{
	for (uint32_t i = 0; i < v->decision.document_count; i++) {
		if (str_is(v->decision.documents[i].of->document, document))
			return v->decision.documents[i].state;
	}
	return DOCUMENT_STATE_COUNT;
}

static void decide_lists_the_documents_still_to_hand_in(void **state)
{
	(void)state;
	struct variant v;
	variant_open(&v, TO_LONGQUANYI);
	variant_decide(&v);
	assert_int_equal(state_of(&v, "origin-plate"), DOCUMENT_HANDED_IN);
	assert_int_equal(state_of(&v, "odd-mapping"), DOCUMENT_MISSING);
	assert_int_equal(state_of(&v, "insurance"), DOCUMENT_EXPIRED);
	assert_int_equal(state_of(&v, "add-on-report"), DOCUMENT_MISSING);
	assert_int_equal(state_of(&v, "number-and-need"), DOCUMENT_MISSING);
	assert_int_equal(state_of(&v, "third-party-assessment"), DOCUMENT_STATE_COUNT);
	assert_int_equal(v.decision.added_vins, 1);
	assert_int_equal(v.decision.documents_open, 8);
	v.in.request.vins = v.reports[0].report.vins;
	v.in.request.vin_count = 1;
	add_on_tested(&v);
	variant_decide(&v);
	assert_int_equal(v.decision.added_vins, 0);
	assert_int_equal(state_of(&v, "number-and-need"), DOCUMENT_STATE_COUNT);
	assert_int_equal(state_of(&v, "add-on-report"), DOCUMENT_HANDED_IN);
	variant_close(&v);
}

static void decide_wants_the_date_of_dated_documents(void **state)
{
	(void)state;
	struct variant v;
	static struct decide_document plate = { .document = { "origin-plate", 12 } };
	variant_open(&v, TO_LONGQUANYI);
	v.in.request.documents = &plate;
	v.in.request.document_count = 1;
	static const struct {
		int32_t offset;
		enum document_state state;
	} days[] = { { 0, DOCUMENT_HANDED_IN }, { -1, DOCUMENT_EXPIRED } };
	for (size_t i = 0; i < 2; i++) {
		plate.valid_until = china_day(v.in.now) + days[i].offset;
		variant_decide(&v);
		assert_int_equal(state_of(&v, "origin-plate"), days[i].state);
	}
	plate.valid_until = INT32_MAX;
	variant_decide(&v);
	assert_int_equal(state_of(&v, "origin-plate"), DOCUMENT_MISSING);
	variant_close(&v);
}

static void decide_climbs_the_ladder_of_strength(void **state)
{
	(void)state;
	static const enum next_step ends[STRENGTH_COUNT] = { NEXT_CONFIRM, NEXT_CONFIRM_SIMPLIFIED,
		NEXT_START_AFTER_FILING, NEXT_START_WITH_ORIGIN_PLATE };
	static const struct str elements[] = { { "feature:traffic-light", 21 } };
	struct variant v;
	variant_open(&v, TO_LONGQUANYI);
	own_result_for_positioning(&v);
	v.in.request.odd.elements = elements;
	v.in.request.odd.element_count = 1;
	variant_decide(&v);
	assert_int_equal(v.decision.open_count, 0);
	assert_int_equal(v.decision.next, NEXT_DOCUMENTS);
	v.agreement.document_count = 0;
	for (int s = 0; s < STRENGTH_COUNT; s++) {
		v.agreement.strength = (enum strength)s;
		variant_decide(&v);
		assert_int_equal(v.decision.next, ends[s]);
	}
	v.in.agreement_standing = STANDING_SUSPENDED;
	variant_decide(&v);
	assert_int_equal(v.decision.next, NEXT_NOTHING);
	assert_int_equal(v.decision.document_count, 0);
	variant_close(&v);
}

static void decide_asks_for_an_assessment_when_simplified(void **state)
{
	(void)state;
	struct variant v;
	variant_open(&v, TO_LONGQUANYI);
	v.agreement.strength = STRENGTH_SIMPLIFIED;
	variant_decide(&v);
	assert_int_equal(state_of(&v, "third-party-assessment"), DOCUMENT_MISSING);
	variant_close(&v);
}

static void decide_counts_its_rows(void **state)
{
	(void)state;
	struct variant v;
	variant_open(&v, TO_LONGQUANYI);
	variant_decide(&v);
	uint32_t sum = 0;
	for (int o = 0; o < OUTCOME_COUNT; o++)
		sum += v.decision.counts[o];
	assert_int_equal(sum, v.decision.row_count);
	assert_int_equal(v.decision.counts[OUTCOME_RECOGNISED], 16);
	assert_int_equal(v.decision.counts[OUTCOME_COVERED], 5);
	assert_int_equal(v.decision.counts[OUTCOME_RETEST], 4);
	assert_int_equal(v.decision.counts[OUTCOME_ADD_ON], 1);
	assert_int_equal(v.decision.counts[OUTCOME_REFUSED], 1);
	variant_close(&v);
}

static void decide_says_when_memory_ends(void **state)
{
	(void)state;
	struct variant v;
	enum err_code code = ERR_TOO_LARGE;
	size_t cap = 0;
	variant_open(&v, TO_LONGQUANYI);
	for (; code == ERR_TOO_LARGE && cap < (1 << 20); cap += 512) {
		struct arena a;
		struct decision d = { .row_count = 7 };
		struct err e;
		arena_init(&a, cap);
		code = decide(&a, &v.in, &d, &e);
		if (code == ERR_TOO_LARGE)
			assert_int_equal(d.row_count, 7); /* output untouched on failure */
		arena_clear(&a);
	}
	assert_int_equal(code, ERR_OK);
	assert_true(cap > 512);
	variant_close(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decide_gives_each_outcome_with_its_reason),
		cmocka_unit_test(decide_has_a_case_for_every_reason),
		cmocka_unit_test(decide_tests_according_to_the_change),
		cmocka_unit_test(decide_covers_general_items_by_what_the_change_left),
		cmocka_unit_test(decide_wants_one_configuration),
		cmocka_unit_test(decide_takes_the_best_result),
		cmocka_unit_test(decide_lets_a_newer_failure_outdo_a_pass),
		cmocka_unit_test(decide_does_not_mind_the_order),
		cmocka_unit_test(decide_works_the_other_way_round),
		cmocka_unit_test(decide_lists_what_is_to_be_tested),
		cmocka_unit_test(decide_lists_the_documents_still_to_hand_in),
		cmocka_unit_test(decide_wants_the_date_of_dated_documents),
		cmocka_unit_test(decide_climbs_the_ladder_of_strength),
		cmocka_unit_test(decide_asks_for_an_assessment_when_simplified),
		cmocka_unit_test(decide_counts_its_rows),
		cmocka_unit_test(decide_says_when_memory_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
