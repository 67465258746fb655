/* test_opening.c - opening hours, slots, capacity. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/instant.h"
#include "credential/scope.h"
#include "matching/opening.h"

static struct arena arena;

static int set_up(void **state)
{
	(void)state;
	arena_init(&arena, (size_t)4 << 20);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_clear(&arena);
	return 0;
}

#define WEEK "\"week\":[[\"09:00\",\"17:00\"],[],[\"08:30\",\"24:00\"],[],[],[],[]]"
#define REST ",\"step\":60,\"capacity\":2,\"noticeHours\":24,\"cancelHours\":48"
#define USUAL "{" WEEK REST ",\"closures\":[{\"begins\":\"2026-12-09\",\"ends\":\"2026-12-09\"}]}"

static struct json *read(const char *text, struct opening *o)
{
	struct json *v = NULL;

	assert_int_equal(json_parse(&arena, str_of(text), &v, NULL), ERR_OK);
	return opening_read(&arena, v, o);
}

static int64_t at(const char *time)
{
	int64_t t;

	assert_int_equal(instant_parse(str_of(time), &t, NULL), ERR_OK);
	return t;
}

static void opening_reads_what_it_writes(void **state)
{
	struct opening o, again;
	struct json *v;

	(void)state;
	assert_int_equal(json_count(read(USUAL, &o)), 0);
	v = opening_json(&arena, &o);
	assert_int_equal(json_count(opening_read(&arena, v, &again)), 0);
	assert_int_equal(again.week[2].from, 510);
	assert_int_equal(again.week[2].to, 1440);
	assert_int_equal(again.closure_count, 1);
	assert_int_equal(again.closures[0].from, o.closures[0].from);
	assert_int_equal(again.cancel_h, 48);
}

static void opening_names_what_does_not_hold(void **state)
{
	static const struct { const char *text, *field, *wrong; } cases[] = {
		{ "{}", "week", "missing" }, { "{}", "capacity", "missing" },
		{ "{\"week\":[[],[],[],[],[],[],[]]" REST ",\"closures\":[]}", "week", "missing" },
		{ "{\"week\":[[\"9:00\",\"17:00\"],[],[],[],[],[],[]]" REST ",\"closures\":[]}",
			"week", "not-a-time" },
		{ "{\"week\":[[\"09:07\",\"17:00\"],[],[],[],[],[],[]]" REST ",\"closures\":[]}",
			"week", "not-a-time" },
		{ "{\"week\":[[\"09:00\",\"24:15\"],[],[],[],[],[],[]]" REST ",\"closures\":[]}",
			"week", "not-a-time" },
		{ "{\"week\":[[\"17:00\",\"09:00\"],[],[],[],[],[],[]]" REST ",\"closures\":[]}",
			"week", "turned" },
		{ "{" WEEK ",\"step\":50,\"capacity\":2,\"noticeHours\":0,\"cancelHours\":0,"
			"\"closures\":[]}", "step", "not-a-step" },
		{ "{" WEEK ",\"step\":60,\"capacity\":0,\"noticeHours\":0,\"cancelHours\":0,"
			"\"closures\":[]}", "capacity", "not-a-number" },
		{ "{" WEEK ",\"step\":60,\"capacity\":1.5,\"noticeHours\":0,\"cancelHours\":0,"
			"\"closures\":[]}", "capacity", "not-a-number" },
		{ "{" WEEK REST ",\"closures\":[{\"begins\":\"2026-02-30\",\"ends\":"
			"\"2026-03-01\"}]}", "closures", "not-a-day" },
		{ "{" WEEK REST ",\"closures\":[{\"begins\":\"2026-03-02\",\"ends\":"
			"\"2026-03-01\"}]}", "closures", "turned" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct opening o = { .capacity = 77 };
		struct json *problems = read(cases[i].text, &o);
		struct str word = json_get_str(json_get(problems, cases[i].field), "wrong");
		if (!str_is(word, cases[i].wrong))
			fail_msg("%s: %.*s", cases[i].text, (int)word.len, word.at ? word.at : "");
		assert_int_equal(o.capacity, 77);
	}
}

/* limit_facility_closures */
static void opening_keeps_its_limit_of_closures(void **state)
{
	(void)state;
	for (unsigned n = LIMIT_FACILITY_CLOSURES; n <= LIMIT_FACILITY_CLOSURES + 1; n++) {
		struct buf b;
		struct opening o;
		buf_init(&b, 1 << 16);
		buf_put_text(&b, "{" WEEK REST ",\"closures\":[");
		for (unsigned i = 0; i < n; i++)
			buf_printf(&b, "%s{\"begins\":\"2026-01-01\",\"ends\":\"2026-01-01\"}",
				i ? "," : "");
		buf_put_text(&b, "]}");
		buf_put_char(&b, 0);
		struct json *problems = read(b.at, &o);
		assert_int_equal(json_count(problems), n > LIMIT_FACILITY_CLOSURES);
		buf_clear(&b);
	}
}

static void opening_knows_days_of_the_week(void **state)
{
	int32_t day;

	(void)state;
	assert_int_equal(china_day_parse(STR("2026-11-30"), &day, NULL), ERR_OK);
	for (unsigned i = 0; i < 14; i++)
		assert_int_equal(opening_weekday(day + (int32_t)i), i % 7);
	assert_int_equal(opening_weekday(-4), 6);
}

static const char *asked(const char *from, const char *to, const struct span *booked, size_t count)
{
	struct opening o;
	const char *word;

	assert_int_equal(json_count(read(USUAL, &o)), 0);
	word = opening_wrong(&o, at("2026-12-01T00:00:00Z"), (struct span){ at(from), at(to) },
		booked, count);
	return word ? word : "";
}

/* limit_booking_ahead_days: a year and a day ahead is too far. 2026-12-07 is a Monday. */
static void opening_says_why_a_time_cannot_be_booked(void **state)
{
	static const struct { const char *from, *to, *wrong; } cases[] = {
		{ "2026-12-07T09:00:00+08:00", "2026-12-07T10:00:00+08:00", "" },
		{ "2026-12-07T09:00:00+08:00", "2026-12-07T17:00:00+08:00", "" },
		{ "2026-12-07T16:00:00+08:00", "2026-12-07T18:00:00+08:00", "shut" },
		{ "2026-12-07T08:00:00+08:00", "2026-12-07T09:00:00+08:00", "shut" },
		{ "2026-12-08T09:00:00+08:00", "2026-12-08T10:00:00+08:00", "shut" },
		{ "2026-12-09T08:30:00+08:00", "2026-12-09T09:30:00+08:00", "shut" },
		{ "2026-12-16T08:30:00+08:00", "2026-12-16T09:30:00+08:00", "" },
		{ "2026-12-16T09:00:00+08:00", "2026-12-16T10:00:00+08:00", "not-a-step" },
		{ "2026-12-07T09:00:00+08:00", "2026-12-07T09:30:00+08:00", "not-a-step" },
		{ "2026-12-07T10:00:00+08:00", "2026-12-07T09:00:00+08:00", "turned" },
		{ "2026-12-07T09:00:00+08:00", "2026-12-14T10:00:00+08:00", "shut" },
		{ "2026-12-02T08:30:00+08:00", "2026-12-02T09:30:00+08:00", "" },
		{ "2027-11-29T09:00:00+08:00", "2027-11-29T10:00:00+08:00", "" },
		{ "2027-12-06T09:00:00+08:00", "2027-12-06T10:00:00+08:00", "too-far" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(asked(cases[i].from, cases[i].to, NULL, 0), cases[i].wrong);
	struct opening o;
	assert_int_equal(json_count(read(USUAL, &o)), 0);
	assert_string_equal(opening_wrong(&o, at("2026-12-06T09:00:01+08:00"), (struct span){
		at("2026-12-07T09:00:00+08:00"), at("2026-12-07T10:00:00+08:00") }, NULL, 0),
		"too-soon");
}

static void opening_counts_what_meets(void **state)
{
	const struct span booked[] = {
		{ at("2026-12-07T09:00:00+08:00"), at("2026-12-07T11:00:00+08:00") },
		{ at("2026-12-07T10:00:00+08:00"), at("2026-12-07T12:00:00+08:00") },
		{ at("2026-12-07T12:00:00+08:00"), at("2026-12-07T13:00:00+08:00") } };

	(void)state;
	assert_int_equal(spans_most(booked, 3, (struct span){ booked[0].from, booked[2].to }), 2);
	assert_int_equal(spans_most(booked, 3, booked[2]), 1);
	assert_string_equal(asked("2026-12-07T10:00:00+08:00", "2026-12-07T11:00:00+08:00",
		booked, 3), "taken");
	assert_string_equal(asked("2026-12-07T09:00:00+08:00", "2026-12-07T12:00:00+08:00",
		booked, 3), "taken");
	assert_string_equal(asked("2026-12-07T11:00:00+08:00", "2026-12-07T13:00:00+08:00",
		booked, 3), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opening_reads_what_it_writes),
		cmocka_unit_test(opening_names_what_does_not_hold),
		cmocka_unit_test(opening_keeps_its_limit_of_closures),
		cmocka_unit_test(opening_knows_days_of_the_week),
		cmocka_unit_test(opening_says_why_a_time_cannot_be_booked),
		cmocka_unit_test(opening_counts_what_meets),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
