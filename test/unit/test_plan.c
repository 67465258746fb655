/* test_plan.c - rows of an agreement, what makes them necessary, their terms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../recognition_fixture.h"
#include "recognition/plan.h"

static const struct plan_row *row_of(const struct plan *p, const char *scheme, const char *item)
{
	uint32_t at = plan_find(p, str_of(scheme), str_of(item));
	return at == UINT32_MAX ? NULL : &p->rows[at];
}

static uint64_t bit_of(const struct plan *p, const char *element)
{
	struct str name = str_of(element);
	uint32_t unknown;
	return plan_elements(p, &name, 1, &unknown);
}

static void plan_lays_out_general_scheme_and_add_on_items(void **state)
{
	(void)state;
	struct variant v;
	variant_open(&v, TO_LONGQUANYI);
	const struct plan *p = v.in.plan;
	assert_int_equal(p->row_count, 8 + 32 + 4);
	assert_true(p->rows[0].general);
	assert_true(str_is(p->rows[8].item, "6.1.1"));
	assert_true(str_is(p->rows[40].item, "YC-1"));
	assert_non_null(p->rows[40].add_on);
	for (uint32_t i = 0; i < p->row_count; i++)
		assert_int_equal(plan_find(p, p->rows[i].scheme, p->rows[i].item), i);
	assert_null(row_of(p, "gbt-41798", "6.9"));
	assert_null(row_of(p, "add-on", "6.1.1"));
	variant_close(&v);
}

static void plan_knows_what_makes_an_item_necessary(void **state)
{
	(void)state;
	struct variant v;
	variant_open(&v, TO_LONGQUANYI);
	const struct plan *p = v.in.plan;
	assert_true(row_of(p, "gbt-41798", "6.7")->always);
	assert_false(row_of(p, "gbt-41798", "6.2.1")->always);
	assert_int_equal(row_of(p, "gbt-41798", "6.2.1")->needed_by, bit_of(p, "feature:tunnel"));
	assert_int_equal(row_of(p, "add-on", "LQY-1")->needed_by, bit_of(p, "feature:tunnel"));
	assert_true(row_of(p, "miit-97-2021-annex1", "8")->always);
	assert_int_equal(row_of(p, "gbt-41798", "6.6.1")->needed_by, 0);
	assert_true(p->mapped & bit_of(p, "feature:tunnel"));
	uint32_t unknown = 7;
	struct str night = STR("time:night");
	assert_int_equal(plan_elements(p, &night, 1, &unknown), 0);
	assert_int_equal(unknown, 1);
	variant_close(&v);
}

static void plan_carries_terms_of_each_item(void **state)
{
	(void)state;
	struct variant v;
	variant_open(&v, TO_LONGQUANYI);
	const struct plan *p = v.in.plan;
	assert_int_equal(row_of(p, "gbt-41798", "6.7")->age->months, 12);
	assert_int_equal(row_of(p, "gbt-41798", "6.8")->age->months, 24);
	assert_int_equal(row_of(p, "add-on", "YC-1")->age->months, 24);
	assert_true(row_of(p, "gbt-41798", "6.8")->carried);
	assert_false(row_of(p, "gbt-41798", "6.6.1")->carried);
	assert_int_equal(row_of(p, "miit-97-2021-annex1", "1")->cover_count, 6);
	assert_int_equal(row_of(p, "miit-97-2021-annex1", "8")->cover_count, 0);
	assert_non_null(plan_accepted(p, STR("gbt-41798"), STR("2022")));
	assert_null(plan_accepted(p, STR("gbt-41798"), STR("2027")));
	variant_close(&v);
}

static void plan_refuses_a_scheme_that_is_not_there(void **state)
{
	(void)state;
	struct variant v;
	const struct plan *p;
	struct err e;
	variant_open(&v, TO_LONGQUANYI);
	assert_int_equal(plan_new(&v.f.arena, &v.agreement, v.plan.schemes, 0, &p, &e),
		ERR_NOT_FOUND);
	assert_string_equal(e.message, "scheme of the general items is not known");
	assert_int_equal(plan_new(&v.f.arena, &v.agreement, v.plan.schemes + 1, 1, &p, &e),
		ERR_NOT_FOUND);
	assert_string_equal(e.message, "scheme 1 of the agreement is not known");
	variant_close(&v);
}

static void plan_bounds_its_elements(void **state)
{
	(void)state;
	struct variant v;
	struct agreement_element elements[64];
	const struct plan *p;
	struct err e;
	variant_open(&v, TO_LONGQUANYI);
	for (int i = 0; i < 64; i++) {
		elements[i] = v.agreement.elements[1];
		elements[i].element = str_printf(&v.f.arena, "feature:%d", i);
	}
	v.agreement.elements = elements;
	v.agreement.element_count = 64;
	v.agreement.add_on_count = 0;
	assert_int_equal(plan_new(&v.f.arena, &v.agreement, v.plan.schemes, v.plan.scheme_count, &p,
		&e), ERR_INVALID);
	assert_string_equal(e.message, "agreement names more than 63 ODD elements");
	v.agreement.element_count = 63;
	variant_plan(&v);
	assert_int_equal(v.plan.element_count, 63);
	variant_close(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plan_lays_out_general_scheme_and_add_on_items),
		cmocka_unit_test(plan_knows_what_makes_an_item_necessary),
		cmocka_unit_test(plan_carries_terms_of_each_item),
		cmocka_unit_test(plan_refuses_a_scheme_that_is_not_there),
		cmocka_unit_test(plan_bounds_its_elements),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
