/* test_scope.c - items, days in China, and accreditations that cannot be read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/instant.h"
#include "base/scoped.h"
#include "credential/scope.h"

static const char subject_text[] =
	"{\"id\":\"did:web:a.example:org:1\",\"certificateType\":\"CMA\","
	"\"certificateNumber\":\"S1\",\"scope\":[{\"scheme\":\"gbt-41798\",\"edition\":\"2022\","
	"\"items\":[\"6.2.2\",\"6.1.4\",\"6.1.10\"]}]}";

static int64_t at(const char *text)
{
	int64_t seconds = 0;
	assert_int_equal(instant_parse(str_of(text), &seconds, NULL), ERR_OK);
	return seconds;
}

static enum err_code parse(struct arena *a, const char *text, struct scope *ret, struct err *e)
{
	struct json *v;
	assert_int_equal(json_parse(a, str_of(text), &v, e), ERR_OK);
	struct statement s = {.subject = v,
		.id = STR("urn:uuid:1"),
		.issuer = STR("did:web:a.example"),
		.valid_from = at("2026-01-01T00:00:00+08:00"),
		.valid_until = at("2027-12-31T23:59:59+08:00")};
	return scope_parse(a, &s, ret, e);
}

static void scope_lists_the_items_of_its_edition(void **state)
{
	(void)state;
	SCOPED_ARENA a;
	struct scope s;
	arena_init(&a, 1 << 16);
	assert_int_equal(parse(&a, subject_text, &s, NULL), ERR_OK);
	assert_true(str_is(s.lab, "did:web:a.example:org:1"));
	assert_true(str_is(s.authority, "did:web:a.example"));
	assert_true(scope_lists(&s, STR("gbt-41798"), STR("2022"), STR("6.1.4")));
	assert_true(scope_lists(&s, STR("gbt-41798"), STR("2022"), STR("6.1.10")));
	assert_false(scope_lists(&s, STR("gbt-41798"), STR("2022"), STR("6.1.1")));
	assert_false(scope_lists(&s, STR("gbt-41798"), STR("2027"), STR("6.1.4")));
	assert_false(scope_lists(&s, STR("un-r157"), STR("2022"), STR("6.1.4")));
}

static void scope_counts_days_in_china(void **state)
{
	(void)state;
	SCOPED_ARENA a;
	struct scope s;
	int32_t day = 0;
	arena_init(&a, 1 << 16);
	assert_int_equal(parse(&a, subject_text, &s, NULL), ERR_OK);
	assert_int_equal(china_day_parse(STR("2025-12-31"), &day, NULL), ERR_OK);
	assert_false(scope_valid_on(&s, day));
	assert_true(scope_valid_on(&s, day + 1));
	assert_int_equal(china_day_parse(STR("2027-12-31"), &day, NULL), ERR_OK);
	assert_true(scope_valid_on(&s, day));
	assert_false(scope_valid_on(&s, day + 1));
	assert_int_equal(china_day(at("2027-12-31T15:59:59Z")), day);
	assert_int_equal(china_day(at("2027-12-31T16:00:00Z")), day + 1);
	s.valid_until = INT64_MAX;
	assert_true(scope_valid_on(&s, day + 10000));
}

static void scope_refuses_what_it_cannot_read(void **state)
{
	(void)state;
	static const struct {
		const char *text, *message;
	} cases[] = {
		{ "{\"id\":\"did:web:a\",\"certificateType\":\"CMA\",\"certificateNumber\":\"1\","
		  "\"scope\":[]}", "member \"scope\" must have 1 to 64 entries" },
		{ "{\"id\":\"did:web:a\",\"certificateType\":\"CMA\",\"certificateNumber\":\"1\","
		  "\"scope\":[{\"scheme\":\"s\",\"edition\":\"1\",\"items\":[]}]}",
		  "scope entry 1: member \"items\" must list 1 to 1024 items" },
		{ "{\"id\":\"did:web:a\",\"certificateType\":\"CMA\",\"certificateNumber\":\"1\","
		  "\"scope\":[{\"scheme\":\"s\",\"edition\":\"1\",\"items\":[3]}]}",
		  "scope entry 1: item 1 of \"items\" is not a name" },
	};
	SCOPED_ARENA a;
	arena_init(&a, 1 << 16);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err e;
		struct scope s = { .entry_count = 7 };
		assert_int_equal(parse(&a, cases[i].text, &s, &e), ERR_INVALID);
		assert_string_equal(e.message, cases[i].message);
		assert_int_equal(s.entry_count, 7); /* output untouched on failure */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scope_lists_the_items_of_its_edition),
		cmocka_unit_test(scope_counts_days_in_china),
		cmocka_unit_test(scope_refuses_what_it_cannot_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
