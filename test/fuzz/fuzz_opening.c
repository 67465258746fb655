/* fuzz_opening.c - opening hours: what is taken is written and read again as the same, and no time
 * outside a day's hours is ever free. */
#include <stdint.h>

#include "base/scoped.h"
#include "credential/scope.h"
#include "matching/opening.h"

/* A week and a day, so that each weekday and an end of a closure may come. */
static void look(const struct opening *o)
{
	for (int32_t day = 20000; day < 20008; day++) {
		int64_t start = china_day_start(day);
		struct span hours, first;
		CHECK(opening_of_day(o, day, &hours) == !opening_is_shut(o, day));
		if (opening_is_shut(o, day))
			continue;
		CHECK(hours.from >= start);
		CHECK(hours.to <= china_day_start(day + 1));
		int64_t now = hours.from - (int64_t)o->notice_h * 3600;
		first = (struct span){ hours.from, hours.from + (int64_t)o->step_min * 60 };
		CHECK(first.to > hours.to || !opening_wrong(o, now, first, NULL, 0));
		first.to = hours.to + OPENING_GRID_MIN * 60;
		CHECK(opening_wrong(o, now, first, NULL, 0) != NULL);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json *v = NULL, *problems;
	struct opening one, two;
	struct str text, again;
	SCOPED_ARENA a = { 0 };

	arena_init(&a, (size_t)8 << 20);
	if (json_parse(&a, (struct str){ (const char *)data, size }, &v, NULL) != ERR_OK)
		return 0;
	problems = opening_read(&a, v, &one);
	if (!problems || json_count(problems) > 0)
		return 0;
	look(&one);
	CHECK(json_jcs(&a, opening_json(&a, &one), &text, NULL) == ERR_OK);
	CHECK(json_parse(&a, text, &v, NULL) == ERR_OK);
	CHECK(json_count(opening_read(&a, v, &two)) == 0);
	CHECK(json_jcs(&a, opening_json(&a, &two), &again, NULL) == ERR_OK);
	CHECK(str_eq(text, again));
	return 0;
}
