/* test_import.c - tables to drafts: what a row becomes, and what is told of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "account_fixture.h"
#include "base/scoped.h"
#include "service/import.h"

#define HEADS "d-scheme,d-number,d-item,d-verdict\n"

static struct account_who engineer;

static int open_lab(void **state)
{
	(void)fixture_open(state);
	engineer = person("engineer", "officer");
	assert_int_equal(alter("UPDATE account SET organisation = 2"), 1);
	engineer.organisation = 2;
	engineer.organisation_code = STR("91500118MA5YCL002G");
	engineer.organisation_name = STR("a lab");
	engineer.may = MAY(DRAFT);
	return 0;
}

static int64_t import_of(struct str table)
{
	struct json *problems;
	struct err e = { 0 };
	int64_t id = 0;

	if (service_import(node.service, &arena, &engineer, STR("a.csv"), table, &problems, &id,
		&e) != ERR_OK)
		fail_msg("%s", e.message);
	return id;
}

static struct json *preview(int64_t id)
{
	struct err e = { 0 };
	struct json *v = NULL;

	if (service_import_preview(node.service, &arena, &engineer, id, json_new_object(&arena), &v,
		&e) != ERR_OK)
		fail_msg("%s", e.message);
	return v;
}

static void import_makes_one_draft_of_a_number_once(void **state)
{
	int64_t id = import_of(STR(HEADS "gbt-41798:2022,A-1,6.1.1,pass\ngbt-41798:2022,A-2,6.1.1,"
		"fail\ngbt-41798:2022,A-1,6.1.4,pass\n"));
	struct json *labels = json_new_object(&arena), *v = preview(id);
	struct err e = { 0 };
	uint32_t count;

	(void)state;
	assert_int_equal(json_count(json_get(v, "errors")), 0);
	assert_int_equal(json_count(json_get(v, "drafts")), 2);
	assert_int_equal(service_import_make(node.service, &arena, &engineer, id, labels, &count,
		&e), ERR_OK);
	assert_int_equal(count, 2);
	assert_int_equal(ask_number("SELECT count(*) FROM draft"), 2);
	/* The numbers are taken by drafts now. */
	assert_int_equal(service_import_make(node.service, &arena, &engineer, id, labels, &count,
		&e), ERR_INVALID);
}

static void import_reads_a_field_from_its_first_column(void **state)
{
	struct json *v = preview(import_of(STR("d-number,d-item,d-number,d-scheme\nB-1,6.1.1,B-2,"
		"gbt-41798:2022\n")));

	(void)state;
	assert_true(str_is(json_str(json_path(v, "drafts/0/number")), "B-1"));
	assert_int_equal(json_count(json_get(v, "unknown")), 1);
	assert_true(str_is(json_str(json_path(v, "unknown/0")), "d-number"));
}

static void import_takes_as_many_items_as_a_report(void **state)
{
	SCOPED_BUF table = { 0 };
	struct json *v;

	(void)state;
	buf_init(&table, 65536);
	buf_put_text(&table, HEADS);
	for (int i = 0; i <= LIMIT_REPORT_ITEMS; i++)
		buf_put_text(&table, "gbt-41798:2022,C-1,6.1.1,pass\n");
	v = preview(import_of(buf_str(&table)));
	assert_int_equal(json_count(json_get(v, "errors")), 1);
	assert_true(str_is(json_str(json_path(v, "errors/0/wrong")), "d-too-many"));
	assert_int_equal((int)json_number_or(json_path(v, "errors/0/row"), 0),
		LIMIT_REPORT_ITEMS + 2);
	assert_int_equal((int)json_number_or(json_get(v, "good_drafts"), 9), 0);
}

static void import_of_another_lab_is_not_there(void **state)
{
	struct account_who other = engineer;
	int64_t id = import_of(STR(HEADS "gbt-41798:2022,D-1,6.1.1,pass\n"));
	struct json *v, *labels = json_new_object(&arena);
	struct err e = { 0 };
	uint32_t count;

	(void)state;
	other.organisation = 3;
	assert_int_equal(service_import_preview(node.service, &arena, &other, id, labels, &v, &e),
		ERR_NOT_FOUND);
	assert_int_equal(service_import_make(node.service, &arena, &other, id, labels, &count, &e),
		ERR_NOT_FOUND);
	assert_int_equal(service_imports(node.service, &arena, &other, STR(""), &v, &e), ERR_OK);
	assert_int_equal(json_count(json_get(v, "rows")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(import_makes_one_draft_of_a_number_once),
		cmocka_unit_test(import_reads_a_field_from_its_first_column),
		cmocka_unit_test(import_takes_as_many_items_as_a_report),
		cmocka_unit_test(import_of_another_lab_is_not_there),
	};
	return cmocka_run_group_tests(tests, open_lab, fixture_close);
}
