/* test_draft_amend.c - amending and withdrawing reports of the own lab. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "account_fixture.h"
#include "city.h"
#include "credential/statement.h"
#include "service/draft_amend.h"

#define SAMPLE "rules/samples/report-yongchuan.json"

static struct account_who signatory;
static uint8_t report[16];

static int open_lab(void **state)
{
	struct str id;

	(void)fixture_open(state);
	signatory = person("signatory", "officer");
	assert_int_equal(alter("UPDATE account SET organisation = 2"), 1);
	signatory.organisation = 2;
	signatory.organisation_code = STR(CITY_LAB_CODE);
	signatory.may = MAY(DRAFT) | MAY(SIGN);
	service_node_lab(&node, SAMPLE);
	id = service_node_report(&node, &arena, SAMPLE, "A-1");
	assert_int_equal(statement_id_parse(id, report, NULL), ERR_OK);
	return 0;
}

static const struct lab_reason reason = { STR("限值写错"), STR("a wrong limit") };

static void draft_amend_begins_with_what_the_report_says(void **state)
{
	struct json *problems, *v;
	struct err e = { 0 };
	int64_t id;

	(void)state;
	assert_int_equal(service_report_amend(node.service, &arena, &signatory, report, &reason,
		&problems, &id, &e), ERR_OK);
	assert_int_equal(service_draft(node.service, &arena, &signatory, id, &v, &e), ERR_OK);
	assert_int_equal(json_count(json_get(v, "items")), 17);
	assert_true(str_is(json_get_str(v, "number"), ""));
	assert_true(str_starts(json_get_str(v, "amends"), "urn:uuid:"));
	assert_int_equal(json_count(json_get(v, "missing")), 2); /* number, day of issue */
}

static void draft_amend_asks_for_a_reason_in_both_languages(void **state)
{
	const struct lab_reason half = { STR("限值写错"), STR("") };
	struct json *problems;
	struct err e = { 0 };
	int64_t id;

	(void)state;
	assert_int_equal(service_report_amend(node.service, &arena, &signatory, report, &half,
		&problems, &id, &e), ERR_INVALID);
	assert_non_null(json_get(problems, "d-reason-en"));
}

static void draft_amend_knows_only_reports_of_the_own_lab(void **state)
{
	struct account_who other = signatory;
	struct json *problems, *v;
	struct err e = { 0 };
	int64_t id;

	(void)state;
	other.organisation_code = STR("914403001922038216");
	assert_int_equal(service_report_amend(node.service, &arena, &other, report, &reason,
		&problems, &id, &e), ERR_NOT_FOUND);
	assert_int_equal(service_report_withdraw(node.service, &arena, &other, report, &reason,
		STR("x"), &problems, &e), ERR_NOT_FOUND);
	assert_int_equal(service_lab_report(node.service, &arena, &other, report, &v, &e),
		ERR_NOT_FOUND);
	assert_int_equal(service_lab_report(node.service, &arena, &signatory, report, &v, &e),
		ERR_OK);
	assert_false(json_true(json_get(v, "key"))); /* this lab has its key elsewhere */
	assert_int_equal(service_report_withdraw(node.service, &arena, &signatory, report, &reason,
		STR("x"), &problems, &e), ERR_INVALID);
	assert_true(str_is(json_str(json_path(problems, "form/wrong")), "d-refused"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(draft_amend_begins_with_what_the_report_says),
		cmocka_unit_test(draft_amend_asks_for_a_reason_in_both_languages),
		cmocka_unit_test(draft_amend_knows_only_reports_of_the_own_lab),
	};
	return cmocka_run_group_tests(tests, open_lab, fixture_close);
}
