/* channel.c - the words of notes, and the promises of a channel table as checks. */
#include "evidence/channel.h"

static const char *const names[NOTE_CODE_COUNT] = {
	[NOTE_UNFINALIZED] = "unfinalized",
	[NOTE_TORN] = "torn",
	[NOTE_CLAMPED] = "clamped",
	[NOTE_TIME_BACKWARDS] = "time-backwards",
	[NOTE_TIME_REPEATED] = "time-repeated",
	[NOTE_NO_TIME] = "no-time",
	[NOTE_UNSUPPORTED] = "unsupported",
	[NOTE_BROKEN] = "broken",
	[NOTE_INEXACT] = "inexact",
	[NOTE_ALL_INVALID] = "all-invalid",
	[NOTE_BAD_VALUE] = "bad-value",
	[NOTE_CHECKSUM] = "checksum",
};

const char *note_name(enum note_code code)
{
	CHECK((unsigned)code < NOTE_CODE_COUNT);
	return names[code];
}

static void check_axis(const struct channel_axis *x)
{
	CHECK(x->count == 0 || x->times != NULL);
	for (uint64_t i = 1; i < x->count; i++)
		CHECK(x->times[i - 1] <= x->times[i]); /* I2 */
}

static void check_channel(const struct channel_table *t, const struct channel *c)
{
	uint64_t count;

	CHECK(c->axis < t->axis_count);
	count = t->axes[c->axis].count;
	CHECK(count == 0 || c->values != NULL);
	CHECK(c->kind == CHANNEL_TEXT || c->label_count == 0);
	CHECK(c->label_count == 0 || c->labels != NULL);
	for (uint64_t i = 0; c->kind == CHANNEL_TEXT && i < count; i++) {
		double v = c->values[i];
		/* A NaN is no label; what is one is a whole number below their count. */
		CHECK(v != v || (v >= 0 && v < c->label_count && v == (double)(uint32_t)v));
	}
}

void channel_table_check(const struct channel_table *t)
{
	CHECK(t->axis_count == 0 || t->axes != NULL);
	CHECK(t->channel_count == 0 || t->channels != NULL);
	CHECK(t->note_count == 0 || t->notes != NULL);
	for (uint32_t i = 0; i < t->axis_count; i++)
		check_axis(&t->axes[i]);
	for (uint32_t i = 0; i < t->channel_count; i++)
		check_channel(t, &t->channels[i]);
	for (uint32_t i = 0; i < t->note_count; i++)
		CHECK((unsigned)t->notes[i].code < NOTE_CODE_COUNT);
}
