/* fuzz_status_list.c - what is taken as a list is long enough and not too long, and the first
 * entries of any list can be written and read again. */
#include <stdint.h>
#include <string.h>

#include "base/scoped.h"
#include "credential/status_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED_ARENA a = { 0 };
	struct str input = { (const char *)data, size }, bits = { NULL, 0 }, text, again;
	struct status_list *l;

	arena_init(&a, (size_t)LIMIT_STATUS_LIST_EXPANDED * 2);
	if (status_list_decode(&a, input, &bits, NULL) == ERR_OK) {
		CHECK(bits.len >= LIMIT_STATUS_LIST_ENTRIES / 8);
		CHECK(bits.len <= LIMIT_STATUS_LIST_EXPANDED);
	} else {
		bits = input;
	}
	l = ARENA_NEW(&a, struct status_list);
	CHECK(l);
	memcpy(l->bits, bits.at, bits.len < sizeof(l->bits) ? bits.len : sizeof(l->bits));
	CHECK(status_list_encode(&a, l, &text, NULL) == ERR_OK);
	CHECK(status_list_decode(&a, text, &again, NULL) == ERR_OK);
	CHECK(again.len == sizeof(l->bits));
	CHECK(memcmp(again.at, l->bits, again.len) == 0);
	return 0;
}
