/* fuzz_instant.c - a time that is taken formats to a text that reads back to it. */
#include <stdint.h>

#include "base/instant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	char formatted[INSTANT_TEXT_BYTES];
	int64_t at = -1, back = -1;

	if (instant_parse_date(text, &at, NULL) == ERR_OK)
		CHECK(at >= 0 && at % 86400 == 0);
	if (instant_parse(text, &at, NULL) != ERR_OK)
		return 0;
	instant_format(at, formatted);
	CHECK(instant_parse(str_of(formatted), &back, NULL) == ERR_OK);
	CHECK(back == at);
	return 0;
}
