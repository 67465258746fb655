/* fuzz_mcap.c - any bytes as an MCAP file: what is listed can be read, with as many rows in each
 * group as the listing says. */
#include <stdint.h>

#include "base/scoped.h"
#include "collect.h"
#include "evidence/mcap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct evidence_format mcap = { "mcap", mcap_recognises, mcap_list, mcap_read };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED_ARENA a = { 0 };
	struct evidence_listing listing;
	struct evidence_file file = collect_bytes("a.mcap",
		(struct str){ (const char *)data, size });
	struct collect *c;
	struct err e = { 0 };

	arena_init(&a, 64 << 20);
	c = ARENA_NEW(&a, struct collect);
	if (!mcap_recognises(&file))
		return 0;
	if (collect_file(c, &a, &mcap, &file, NULL, &listing, NULL, 3, &e) != ERR_OK) {
		CHECK(e.message[0] != '\0');
		return 0;
	}
	for (uint32_t w = 0; w < c->wanted_count; w++) {
		uint32_t group = c->columns[w].group;
		CHECK(c->groups[group].rows == listing.groups[group].rows);
	}
	return 0;
}
