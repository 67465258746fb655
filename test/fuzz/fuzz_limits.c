/* fuzz_limits.c - any JSON as the limits a city entered, and as a scheme that holds numbers. */
#include <stddef.h>
#include <stdint.h>

#include "base/scoped.h"
#include "criteria/evaluation.h"
#include "evaluation_texts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED_ARENA a = { 0 };
	struct json *scheme, *doc;
	const struct program_number *numbers;
	uint32_t count;
	struct err e;

	(void)fixture_criteria;
	(void)fixture_mapping;
	arena_init(&a, 16 << 20);
	CHECK(json_parse(&a, str_of(fixture_scheme), &scheme, &e) == ERR_OK);
	if (json_parse(&a, (struct str){ (const char *)data, size }, &doc, &e) != ERR_OK)
		return 0;
	if (evaluation_numbers(&a, scheme, STR("heavy"), doc, &numbers, &count, &e) == ERR_OK) {
		/* Nothing but what was to be entered has changed. */
		for (uint32_t i = 0; i < count; i++)
			CHECK(!str_is(numbers[i].id, "speed-tolerance") || numbers[i].value == 2);
	} else {
		CHECK(str_is_utf8(str_of(e.message)));
	}
	if (evaluation_numbers(&a, doc, STR("heavy"), NULL, &numbers, &count, &e) != ERR_OK)
		CHECK(str_is_utf8(str_of(e.message)));
	return 0;
}
