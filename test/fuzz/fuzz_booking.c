/* fuzz_booking.c - messages of another node about bookings: what is taken is written and read again
 * as the same. */
#include <stdint.h>

#include "base/scoped.h"
#include "service/booking_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct booking_message one, two;
	struct str text, again;
	SCOPED_ARENA a = { 0 };

	arena_init(&a, (size_t)8 << 20);
	if (booking_message_parse(&a, (struct str){ (const char *)data, size }, &one, NULL) !=
		ERR_OK)
		return 0;
	CHECK(booking_message_text(&a, &one, &text, NULL) == ERR_OK);
	CHECK(booking_message_parse(&a, text, &two, NULL) == ERR_OK);
	CHECK(booking_message_text(&a, &two, &again, NULL) == ERR_OK);
	CHECK(str_eq(text, again));
	return 0;
}
