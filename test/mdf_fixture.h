/* mdf_fixture.h - what tests of the MDF reader share: files from memory, tables to look into. */
#ifndef HUREN_TEST_MDF_FIXTURE_H
#define HUREN_TEST_MDF_FIXTURE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/io.h"
#include "base/scoped.h"
#include "evidence/evidence.h"
#include "evidence/mdf.h"
#include "mdf_write.h"

#define FILE_MAX (64u << 20)
#define ARENA_CAP (512u << 20)

static inline void must(enum err_code code, const struct err *e)
{
	if (code != ERR_OK)
		fail_msg("%s", e->message);
}

static inline struct evidence_file file_of(struct str bytes)
{
	return (struct evidence_file){ .name = STR("test.mf4"),
		.at = (const uint8_t *)bytes.at, .size = bytes.len };
}

static inline struct str vector_file(struct arena *a, const char *name)
{
	struct str ret = { NULL, 0 };
	struct err e = { 0 };

	must(io_read_file(a, arena_printf(a, "%s/mdf/%s", getenv("HUREN_VECTORS"), name),
		FILE_MAX, &ret, &e), &e);
	return ret;
}

/* All readable channels of a file. */
static inline enum err_code collect_all(struct arena *a, const struct evidence_file *f,
	struct evidence_listing *ret_listing, struct channel_table *ret, struct err *e)
{
	uint32_t *wanted, count = 0;

	TRY(evidence_list(a, f, NULL, ret_listing, e));
	wanted = ARENA_ARRAY(a, uint32_t, ret_listing->channel_count);
	CHECK(wanted != NULL);
	for (uint32_t i = 0; i < ret_listing->channel_count; i++) {
		if (ret_listing->channels[i].readable)
			wanted[count++] = i;
	}
	TRY(evidence_collect(a, f, NULL, ret_listing, wanted, count, ret, e));
	channel_table_check(ret);
	return ERR_OK;
}

static inline const struct channel *channel_of(const struct channel_table *t, const char *name)
{
	for (uint32_t i = 0; i < t->channel_count; i++) {
		if (str_is(t->channels[i].name, name))
			return &t->channels[i];
	}
	fail_msg("no channel %s", name);
	return NULL;
}

static inline const struct channel_axis *axis_of(const struct channel_table *t,
	const struct channel *c)
{
	return &t->axes[c->axis];
}

static inline bool has_note(const struct channel_table *t, enum note_code code)
{
	for (uint32_t i = 0; i < t->note_count; i++) {
		if (t->notes[i].code == code)
			return true;
	}
	return false;
}

static inline struct str label_at(const struct channel_table *t, const char *name, uint64_t row)
{
	const struct channel *c = channel_of(t, name);

	assert_int_equal(c->kind, CHANNEL_TEXT);
	assert_true(row < axis_of(t, c)->count);
	if (isnan(c->values[row]))
		return STR("(missing)");
	return c->labels[(uint32_t)c->values[row]];
}

/* Description of one channel; a time axis of doubles in the first eight bytes. */
#define TIME_CHANNEL                                                                           \
	{ .name = "t", .unit = "s", .type = 2, .sync = 1, .data_type = 4, .bit_count = 64 }

/* Bytes of a file with one data group. */
static inline struct str write_data(struct buf *b, const struct mdf_write_data *d,
	uint16_t version)
{
	struct mdf_write_file f = { .version = version, .start_ns = 1600000000000000000u,
		.data_count = 1, .data = d };

	mdf_write(b, &f);
	CHECK(!b->overflow);
	return buf_str(b);
}

static inline void put_f64(uint8_t *to, double v)
{
	memcpy(to, &v, sizeof(v));
}

static inline void put_u64(uint8_t *to, uint64_t v)
{
	memcpy(to, &v, sizeof(v));
}

static inline void put_u32(uint8_t *to, uint32_t v)
{
	memcpy(to, &v, sizeof(v));
}

#endif
