/* test_decision_diff.c - what a change of standing reaches, and what it does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../recognition_fixture.h"
#include "base/scoped.h"

static struct json *affected(struct variant *v, struct str id, enum standing to)
{
	struct json *ret;
	struct err e;
	fixture_must(decision_affected(&v->f.arena, &v->in, id, to, &ret, &e), &e);
	return ret;
}

static const struct json *entry_of(const struct json *list, const char *item)
{
	for (size_t i = 0; i < json_count(list); i++) {
		if (str_is(json_get_str(json_at(list, i), "item"), item))
			return json_at(list, i);
	}
	return NULL;
}

static void affected_items_of_a_withdrawn_report(void **state)
{
	(void)state;
	struct variant v;
	variant_open(&v, TO_LONGQUANYI);
	struct json *a = affected(&v, v.reports[0].id, STANDING_WITHDRAWN);
	const struct json *cause = json_get(a, "cause");
	assert_true(str_is(json_get_str(cause, "kind"), "report"));
	assert_true(str_is(json_get_str(cause, "from"), "valid"));
	assert_true(str_is(json_get_str(cause, "to"), "withdrawn"));
	const struct json *items = json_get(a, "items");
	const struct json *entry = entry_of(items, "6.1.4");
	assert_true(str_is(json_str(json_path(entry, "before/outcome")), "recognised"));
	assert_true(str_is(json_str(json_path(entry, "after/outcome")), "refused"));
	assert_true(str_is(json_str(json_path(entry, "after/reason")), "report-withdrawn"));
	assert_true(json_str(json_path(entry, "after/text/zh-CN")).len > 0);
	assert_true(str_is(json_str(json_path(entry_of(items, "1"), "after/reason")),
		"general-not-tested"));
	assert_null(entry_of(items, "6.2.1")); /* was not tested, is not tested */
	assert_null(entry_of(items, "8"));
	assert_non_null(
		entry_of(items, "6.3.3")); /* refused before, refused for another reason now */
	variant_close(&v);
}

static void affected_by_accreditation_and_agreement(void **state)
{
	(void)state;
	struct variant v;
	variant_open(&v, TO_YONGCHUAN);
	struct json *a = affected(&v, v.accreditations[0].scope.id, STANDING_SUSPENDED);
	assert_true(str_is(json_str(json_path(a, "cause/kind")), "accreditation"));
	assert_true(str_is(json_str(json_path(entry_of(json_get(a, "items"), "6.1.2"),
		"after/reason")), "accreditation-suspended"));
	a = affected(&v, v.agreement.id, STANDING_WITHDRAWN);
	assert_true(str_is(json_str(json_path(a, "cause/kind")), "agreement"));
	assert_true(str_is(json_str(json_path(entry_of(json_get(a, "items"), "YC-1"),
		"after/reason")), "agreement-not-in-force"));
	assert_true(json_count(json_get(a, "documents")) > 0);
	assert_true(str_is(json_str(json_path(a, "documents/0/before")), "handed-in"));
	assert_null(json_path(a, "documents/0/after"));
	variant_close(&v);
}

static void affected_by_nothing(void **state)
{
	(void)state;
	struct variant v;
	struct json *ret;
	struct err e;
	variant_open(&v, TO_LONGQUANYI);
	struct json *a = affected(&v, v.reports[0].id, STANDING_VALID);
	assert_int_equal(json_count(json_get(a, "items")), 0);
	assert_int_equal(json_count(json_get(a, "documents")), 0);
	assert_int_equal(decision_affected(&v.f.arena, &v.in, STR("urn:uuid:none"),
		STANDING_WITHDRAWN, &ret, &e), ERR_NOT_FOUND);
	assert_string_equal(e.message, "the decision does not rest on that statement");
	variant_close(&v);
}

/* A second report of the same test carries what the first one loses. */
static void affected_less_when_another_report_carries(void **state)
{
	(void)state;
	struct variant v;
	variant_open(&v, TO_LONGQUANYI);
	variant_copy_report(&v, 1, "urn:uuid:2");
	v.reports[1].report.item_count = 2; /* 6.1.1 and 6.1.4 */
	struct json *a = affected(&v, v.reports[0].id, STANDING_WITHDRAWN);
	assert_null(entry_of(json_get(a, "items"), "6.1.4"));
	assert_non_null(entry_of(json_get(a, "items"), "6.2.2"));
	variant_close(&v);
}

static void diff_tells_rows_that_come_and_go(void **state)
{
	(void)state;
	SCOPED_ARENA a;
	struct json *list;
	struct str text;
	struct err e;
	arena_init(&a, 1 << 20);
	struct json *before = fixture_json(&a, STR("{\"items\":["
		"{\"scheme\":\"s\",\"item\":\"1\",\"outcome\":\"recognised\",\"reason\":\"x\"},"
		"{\"scheme\":\"s\",\"item\":\"2\",\"outcome\":\"retest\",\"reason\":\"y\"}]}"));
	struct json *after = fixture_json(&a, STR("{\"items\":["
		"{\"scheme\":\"s\",\"item\":\"2\",\"outcome\":\"retest\",\"reason\":\"y\"},"
		"{\"scheme\":\"t\",\"item\":\"1\",\"outcome\":\"refused\",\"reason\":\"z\"}]}"));
	fixture_must(decision_diff(&a, before, after, &list, &e), &e);
	fixture_must(json_jcs(&a, list, &text, &e), &e);
	assert_true(str_is(text, "[{\"before\":{\"outcome\":\"recognised\",\"reason\":\"x\"},"
		"\"item\":\"1\",\"scheme\":\"s\"},{\"after\":{\"outcome\":\"refused\","
		"\"reason\":\"z\"},\"item\":\"1\",\"scheme\":\"t\"}]"));
	fixture_must(decision_diff(&a, after, after, &list, &e), &e);
	assert_int_equal(json_count(list), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(affected_items_of_a_withdrawn_report),
		cmocka_unit_test(affected_by_accreditation_and_agreement),
		cmocka_unit_test(affected_by_nothing),
		cmocka_unit_test(affected_less_when_another_report_carries),
		cmocka_unit_test(diff_tells_rows_that_come_and_go),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
