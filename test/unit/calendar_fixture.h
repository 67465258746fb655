/* calendar_fixture.h - the rules as shipped, with their calendar, for tests that count days. */
#ifndef HUREN_TEST_CALENDAR_FIXTURE_H
#define HUREN_TEST_CALENDAR_FIXTURE_H

#include "../recognition_fixture.h"
#include "recognition/calendar.h"

static struct arena arena;
static struct rules *rules;

static int32_t day(const char *text)
{
	int32_t ret;

	assert_int_equal(china_day_parse(str_of(text), &ret, NULL), ERR_OK);
	return ret;
}

static int load(void **state)
{
	(void)state;
	arena_init(&arena, (size_t)32 << 20);
	rules = fixture_rules(&arena);
	return 0;
}

static int drop(void **state)
{
	(void)state;
	rules_close(rules);
	arena_clear(&arena);
	return 0;
}

#endif
