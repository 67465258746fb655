/* fuzz_slice.c - a slice that is taken shows parts of its own commitment and nothing past it. */
#include <stdint.h>

#include "base/scoped.h"
#include "credential/slice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED_ARENA a = { 0 };
	struct slice_found found;
	struct slice_commitment again;
	struct json *v = NULL;
	struct err e = { 0 };

	if (size == 0)
		return 0;
	arena_init(&a, (size_t)16 << 20);
	if (json_parse(&a, (struct str){ (const char *)data, size }, &v, &e) != ERR_OK ||
		slice_check(&a, v, &found, &e) != ERR_OK)
		return 0;
	CHECK(found.part_count > 0);
	for (uint32_t i = 0; i < found.part_count; i++) {
		CHECK(found.parts[i].channel < found.commitment.channels);
		CHECK(found.parts[i].block < found.commitment.blocks);
		CHECK(json_count(json_get(found.parts[i].content, "values")) ==
			found.parts[i].count);
	}
	CHECK(slice_commitment_parse(slice_commitment_json(&a, &found.commitment), &again, &e) ==
		ERR_OK);
	CHECK(slice_commitment_eq(&found.commitment, &again));
	return 0;
}
