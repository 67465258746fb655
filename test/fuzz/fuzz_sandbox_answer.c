/* fuzz_sandbox_answer.c - whatever a worker answers, what is taken lies inside the answer, and a
 * table that is taken keeps the rules of channel.h. The first byte says what was asked for. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/scoped.h"
#include "evidence/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t touch(struct str s)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < s.len; i++)
		sum += (uint8_t)s.at[i];
	return sum;
}

static uint64_t touch_notes(const struct evidence_note *notes, uint32_t count)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < count; i++) {
		CHECK((unsigned)notes[i].code < NOTE_CODE_COUNT);
		sum += touch(notes[i].where) + touch(notes[i].text);
	}
	return sum;
}

/* The channels that are there, as a table of their own. */
static void check_rules(struct arena *a, const struct channel_table *t)
{
	struct channel *there = ARENA_ARRAY(a, struct channel, t->channel_count);
	struct channel_table table = *t;

	if (!there)
		return; /* no memory left; another input has more */
	table.channel_count = 0;
	table.channels = there;
	for (uint32_t i = 0; i < t->channel_count; i++) {
		if (t->channels[i].axis != UINT32_MAX)
			there[table.channel_count++] = t->channels[i];
	}
	channel_table_check(&table);
}

static uint64_t check_table(struct arena *a, const struct channel_table *t)
{
	uint64_t sum = touch(t->format) + touch_notes(t->notes, t->note_count);

	check_rules(a, t);
	for (uint32_t i = 0; i < t->channel_count; i++) {
		const struct channel *c = &t->channels[i];
		sum += touch(c->name) + touch(c->group) + touch(c->unit);
		for (uint32_t k = 0; k < c->label_count; k++)
			sum += touch(c->labels[k]);
		for (uint64_t k = 0; c->axis != UINT32_MAX && k < t->axes[c->axis].count; k++)
			sum += isnan(c->values[k]) ? 1 : 2;
	}
	return sum;
}

static uint64_t check_listing(const struct evidence_listing *l)
{
	uint64_t sum = touch(l->format) + touch_notes(l->notes, l->note_count);

	for (uint32_t i = 0; i < l->group_count; i++)
		sum += touch(l->groups[i].name);
	for (uint32_t i = 0; i < l->channel_count; i++) {
		CHECK(l->channels[i].group_index < l->group_count);
		sum += touch(l->channels[i].name) + touch(l->channels[i].why_not);
	}
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint64_t block[65536];
	volatile uint64_t sum = 0; /* so that nothing read is left out */
	SCOPED_ARENA a = { 0 };
	struct channel_table table;
	struct evidence_listing listing;
	struct evidence_sums sums;

	if (size < 1 || size - 1 > sizeof(block))
		return 0;
	arena_init(&a, (size_t)16 << 20);
	memcpy(block, data + 1, size - 1);
	const uint8_t *at = (const uint8_t *)block;
	if (data[0] % 3 == 0 && wire_get_table(&a, at, size - 1, &table, NULL) == ERR_OK)
		sum += check_table(&a, &table);
	if (data[0] % 3 == 1 && wire_get_listing(&a, at, size - 1, &listing, NULL) == ERR_OK)
		sum += check_listing(&listing);
	if (data[0] % 3 == 2 && wire_get_sums(&a, at, size - 1, &sums, NULL) == ERR_OK)
		sum += check_listing(&sums.listing);
	return sum == UINT64_MAX; /* never: labels and counts are bounded */
}
