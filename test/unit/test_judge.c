/* test_judge.c - ages in months and days, and the order in which a result is checked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../recognition_fixture.h"
#include "recognition/judge.h"

static int32_t day(const char *text)
{
	int32_t d = 0;
	assert_int_equal(china_day_parse(str_of(text), &d, NULL), ERR_OK);
	return d;
}

static void judge_counts_months_to_the_same_day_or_the_last(void **state)
{
	(void)state;
	static const struct {
		const char *from;
		uint32_t months, days;
		const char *until;
	} cases[] = {
		{ "2024-11-24", 24, 0, "2026-11-24" }, { "2026-01-31", 1, 0, "2026-02-28" },
		{ "2027-12-31", 2, 0, "2028-02-29" }, { "2024-02-29", 12, 0, "2025-02-28" },
		{ "2024-02-29", 48, 0, "2028-02-29" }, { "2026-08-31", 6, 0, "2027-02-28" },
		{ "2026-12-15", 1, 0, "2027-01-15" }, { "1970-01-01", 1, 0, "1970-02-01" },
		{ "2000-02-29", 1200, 0, "2100-02-28" }, { "2026-12-31", 0, 1, "2027-01-01" },
		{ "2026-02-28", 0, 365, "2027-02-28" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct agreement_age age = { .months = cases[i].months, .days = cases[i].days };
		assert_int_equal(judge_counts_until(day(cases[i].from), &age), day(cases[i].until));
	}
}

/* Against a naive walk over every day of 140 years. */
static void judge_agrees_with_the_calendar(void **state)
{
	(void)state;
	static const int32_t lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	struct agreement_age month = { .months = 1 };
	int32_t year = 1970;
	int32_t m = 0;
	int32_t d = 1;
	for (int32_t at = 0; at < 51134; at++) {
		bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
		int32_t here = lengths[m] + (m == 1 && leap);
		int32_t next_year = year + (m == 11);
		bool next_leap =
			(next_year % 4 == 0 && next_year % 100 != 0) || next_year % 400 == 0;
		int32_t there = lengths[(m + 1) % 12] + ((m + 1) % 12 == 1 && next_leap);
		int32_t expected = at + here + (d > there ? there - d : 0);
		assert_int_equal(judge_counts_until(at, &month), expected);
		if (++d > here) {
			d = 1;
			m = (m + 1) % 12;
			year += m == 0;
		}
	}
}

static struct judgement judge_item(struct variant *v, const char *item)
{
	struct judge j;
	struct err e;
	uint32_t at = plan_find(v->in.plan, STR("gbt-41798"), str_of(item));
	fixture_must(judge_open(&j, &v->f.arena, &v->in, &v->reports[0], &e), &e);
	return judge_result(&j, at == UINT32_MAX ? NULL : &v->in.plan->rows[at],
		variant_item(v, 0, item));
}

/* Each thing wrong at once, then put right one by one: the reason moves on in the law's order. */
static void judge_checks_in_order(void **state)
{
	(void)state;
	struct variant v;
	variant_open(&v, TO_LONGQUANYI);
	struct report_item *item = variant_item(&v, 0, "6.1.4");
	v.reports[0].standing = STANDING_WITHDRAWN;
	v.reports[0].valid_until = 0;
	v.in.request.applicant = STR("did:web:else.example");
	v.accreditations[0].scope.lab = STR("did:web:else.example");
	v.accreditations[0].scope.valid_from = 0;
	item->level = LEVEL_ENTERPRISE;
	item->standard_edition = STR("2019");
	item->verdict = VERDICT_FAIL;
	item->pass_count = 1;
	item->tested_on = day("2020-01-01");
	v.in.request.odd.max_speed_mm_h = 90000000;
	assert_int_equal(judge_item(&v, "6.1.4").reason, REASON_REPORT_WITHDRAWN);
	v.reports[0].standing = STANDING_VALID;
	assert_int_equal(judge_item(&v, "6.1.4").reason, REASON_REPORT_EXPIRED);
	v.reports[0].valid_until = INT64_MAX;
	assert_int_equal(judge_item(&v, "6.1.4").reason, REASON_OTHER_APPLICANT);
	v.in.request.applicant = v.reports[0].report.applicant;
	assert_int_equal(judge_item(&v, "6.1.4").reason, REASON_LAB_NOT_ACCREDITED);
	v.accreditations[0].scope.lab = v.reports[0].issuer;
	assert_int_equal(judge_item(&v, "6.1.4").reason, REASON_NOT_NATIONAL);
	item->level = LEVEL_NATIONAL;
	assert_int_equal(judge_item(&v, "6.1.4").reason, REASON_EDITION_NOT_ACCEPTED);
	item->standard_edition = STR("2022");
	assert_int_equal(judge_item(&v, "6.1.4").reason, REASON_VERDICT_NOT_PASS);
	item->verdict = VERDICT_PASS;
	assert_int_equal(judge_item(&v, "6.1.4").reason, REASON_TOO_FEW_RUNS);
	item->pass_count = 3;
	assert_int_equal(judge_item(&v, "6.1.4").reason, REASON_TOO_OLD);
	assert_int_equal(judge_item(&v, "6.1.4").counts_until, day("2022-01-01"));
	item->tested_on = day("2026-07-08");
	assert_int_equal(judge_item(&v, "6.1.4").reason, REASON_SPEED_HIGHER);
	v.in.request.odd.max_speed_mm_h = 0;
	assert_int_equal(judge_item(&v, "6.1.4").reason, REASON_SAME_CONFIGURATION);
	variant_close(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judge_counts_months_to_the_same_day_or_the_last),
		cmocka_unit_test(judge_agrees_with_the_calendar),
		cmocka_unit_test(judge_checks_in_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
