/* fuzz_mdf.c - any bytes as an MDF file: listed, read whole, its frames handed out.
 *
 * Invariants: the table keeps its promises; reading again gives the same bytes; the listing's
 *             channels are those that can be read.
 */
#include <stdlib.h>
#include <string.h>

#include "base/scoped.h"
#include "evidence/evidence.h"
#include "evidence/mdf.h"

#define ARENA_CAP (64u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool read_whole(struct arena *a, const struct evidence_file *f, struct channel_table *ret)
{
	struct evidence_listing l;
	uint32_t *wanted, count = 0;

	if (mdf_list(a, f, NULL, &l, NULL) != ERR_OK)
		return false;
	wanted = ARENA_ARRAY(a, uint32_t, l.channel_count);
	if (!wanted)
		return false;
	for (uint32_t i = 0; i < l.channel_count; i++) {
		if (l.channels[i].readable != (l.channels[i].why_not.len == 0))
			abort();
		wanted[count++] = i;
	}
	return evidence_collect(a, f, NULL, &l, wanted, count, ret, NULL) == ERR_OK;
}

static void check_same(const struct channel_table *x, const struct channel_table *y)
{
	if (x->channel_count != y->channel_count || x->note_count != y->note_count)
		abort();
	for (uint32_t i = 0; i < x->channel_count; i++) {
		uint64_t n = x->axes[x->channels[i].axis].count;
		if (n != y->axes[y->channels[i].axis].count)
			abort();
		if (n > 0 && memcmp(x->channels[i].values, y->channels[i].values, n * 8) != 0)
			abort();
	}
}

static enum err_code take_frame(void *context, const struct can_frame *f, struct err *e)
{
	uint64_t *sum = context;

	(void)e;
	if (f->length > 64)
		abort();
	for (uint16_t i = 0; i < f->length; i++)
		*sum += f->bytes[i];
	return ERR_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_ARENA b = { 0 };
	struct evidence_file f = { .name = { "fuzz", 4 }, .at = data, .size = size };
	struct channel_table first, second;
	uint32_t groups;
	uint64_t sum = 0;

	if (!mdf_recognises(&f))
		return 0;
	arena_init(&a, ARENA_CAP);
	arena_init(&b, ARENA_CAP);
	if (read_whole(&a, &f, &first)) {
		channel_table_check(&first);
		if (!read_whole(&b, &f, &second))
			abort();
		check_same(&first, &second);
	}
	arena_reset(&a);
	if (mdf_read_can(&a, &f, take_frame, &sum, NULL, &groups, NULL) == ERR_OK && groups == 0 &&
		sum != 0)
		abort();
	return 0;
}
