/* fuzz_osi.c - any bytes as a trace of a type told by trying or by the name: what is listed can be
 * read, as many rows as the listing says, without infinities. */
#include <math.h>
#include <stdint.h>

#include "base/scoped.h"
#include "collect.h"
#include "evidence/osi.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct evidence_format osi = { "osi", osi_recognises, osi_list, osi_read };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "a_sv_b.osi", "a_gt_b.osi", "a.bin" };

	for (int i = 0; i < 3; i++) {
		SCOPED_ARENA a = { 0 };
		struct evidence_listing listing;
		struct evidence_file file = collect_bytes(names[i],
			(struct str){ (const char *)data, size });
		struct collect *c;
		struct err e = { 0 };
		arena_init(&a, 64 << 20);
		c = ARENA_NEW(&a, struct collect);
		if (!osi_recognises(&file))
			continue;
		if (collect_file(c, &a, &osi, &file, NULL, &listing, NULL, 3, &e) != ERR_OK) {
			CHECK(e.message[0] != '\0');
			continue;
		}
		if (c->wanted_count > 0)
			CHECK(c->groups[0].rows == listing.groups[0].rows);
		for (uint32_t w = 0; w < c->wanted_count; w++) {
			for (uint64_t k = 0; k < c->groups[0].rows; k++)
				CHECK(!isinf(c->columns[w].values[k]));
		}
	}
	return 0;
}
