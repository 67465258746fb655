/* test_code_names.c - names of districts and industries as they are shipped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/scoped.h"
#include "matching/code_names.h"
#include "recognition_fixture.h"

static void code_names_are_found(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct code_names names;
	const struct code_name *found;
	struct rules *rules;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, (size_t)64 << 20);
	rules = fixture_rules(&a);
	fixture_must(code_names_parse(&a, rules, &names, &e), &e);
	found = code_find(&names.regions, STR("500118"));
	assert_non_null(found);
	assert_true(str_is(found->name.zh, "永川区") && str_is(found->name.en, "Yongchuan"));
	assert_true(str_is(code_find(&names.regions, STR("510112"))->name.zh, "龙泉驿区"));
	assert_null(code_find(&names.regions, STR("500999")));
	assert_null(code_find_near(&names.regions, STR("500999")));
	assert_true(str_is(code_find(&names.industries, STR("C36"))->name.zh, "汽车制造业"));
	assert_true(str_is(code_find_near(&names.industries, STR("C3612"))->code, "C36"));
	assert_true(str_is(code_find_near(&names.industries, STR("C99"))->code, "C"));
	assert_null(code_find(&names.industries, STR("C3612")));
	assert_int_equal(names.industries.count, 20 + 97);
	for (uint32_t i = 0; i < names.regions.count; i++)
		for (uint32_t k = 0; k < i; k++) {
			const struct code_name *x = &names.regions.names[i];
			const struct code_name *y = &names.regions.names[k];
			assert_false(x->placed && y->placed && x->column == y->column &&
				x->row == y->row);
		}
	rules_close(rules);
}

static void code_stem_of_whole_cities(void **state)
{
	(void)state;
	assert_true(str_is(code_stem(STR("510100")), "5101"));
	assert_true(str_is(code_stem(STR("500000")), "50"));
	assert_true(str_is(code_stem(STR("500118")), "500118"));
	assert_true(str_is(code_stem(STR("C36")), "C36"));
	assert_int_equal(code_stem(STR("")).len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(code_names_are_found),
		cmocka_unit_test(code_stem_of_whole_cities),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
