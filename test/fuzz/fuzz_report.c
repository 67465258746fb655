/* fuzz_report.c - any JSON as a report's subject and as a draft.
 *
 * Invariants: what is read is sorted and inside its bounds; the fingerprint fits; a subject made
 *             of a
 * draft is read back.
 */
#include <stdlib.h>

#include "base/limits.h"
#include "base/scoped.h"
#include "recognition/report_draft.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct report *r)
{
	if (r->item_count == 0 || r->item_count > LIMIT_REPORT_ITEMS || r->vin_count == 0)
		abort();
	if (!r->configuration.known || r->configuration.fingerprint.len != 44)
		abort();
	for (uint32_t i = 0; i < r->item_count; i++) {
		const struct report_item *item = &r->items[i];
		if (item->pass_count > item->run_count || item->level >= LEVEL_COUNT)
			abort();
		if (i > 0 && str_cmp(r->items[i - 1].scheme, item->scheme) > 0)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED_ARENA a;
	struct json *v;
	struct json *subject;
	struct report r;
	struct err e;
	arena_init(&a, 64 << 20);
	if (json_parse(&a, (struct str){ (const char *)data, size }, &v, &e) != ERR_OK)
		return 0;
	if (report_parse(&a, v, &r, &e) == ERR_OK)
		check(&r);
	if (report_subject_from_draft(&a, v, STR("urn:uuid:1"), STR("did:web:lab"), &subject, &e) !=
		ERR_OK)
		return 0;
	if (report_parse(&a, subject, &r, &e) != ERR_OK)
		abort();
	check(&r);
	return 0;
}
