/* fuzz_dbc.c - any text as a DBC file; what is taken decodes frames made of the text's own bytes,
 * and every group has as many rows as were counted. */
#include <stdint.h>
#include <string.h>

#include "base/scoped.h"
#include "collect.h"
#include "evidence/can_decode.h"
#include "evidence/reader_inner.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FRAMES 24

/* Frame i: a message of the file, and the file's bytes at some place. */
static struct can_frame frame_of(const struct can_model *m, const struct evidence_file *file,
	uint32_t i)
{
	const struct dbc_message *b = &m->dbc.messages[i % m->dbc.message_count];
	uint64_t at = i * UINT64_C(7919) % file->size, left = file->size - at;

	return (struct can_frame){ .time_ns = i, .id = b->id, .extended = b->extended,
		.length = (uint16_t)(left < 64 ? left : 64), .bytes = file->at + at };
}

static enum err_code list_frames(struct arena *a, const struct evidence_file *file,
	const struct mapping *mapping, struct evidence_listing *ret, struct err *e)
{
	struct listing_draft d = { .a = a };
	struct can_model m;

	(void)mapping;
	TRY(can_model_new(a, (struct str){ (const char *)file->at, file->size }, &m, e));
	for (uint32_t i = 0; i < FRAMES; i++) {
		struct can_frame f = frame_of(&m, file, i);
		can_count(&m, &f);
	}
	TRY(can_listing(&m, &d, e));
	listing_finish(&d, STR("mdf"), CHANNEL_TIME_UNKNOWN, ret);
	return ERR_OK;
}

static enum err_code read_frames(struct arena *a, const struct evidence_file *file,
	const struct mapping *mapping, const struct evidence_listing *listing,
	const uint32_t *wanted, uint32_t wanted_count, const struct evidence_sink *sink,
	struct err *e)
{
	struct can_decoder *d;
	struct can_model m;

	(void)mapping;
	TRY(can_model_new(a, (struct str){ (const char *)file->at, file->size }, &m, e));
	TRY(can_decoder_new(&m, listing, wanted, wanted_count, sink, &d, e));
	for (uint32_t i = 0; i < FRAMES; i++) {
		struct can_frame f = frame_of(&m, file, i);
		TRY(can_decode(d, &f, e));
	}
	return can_decoder_end(d, e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct evidence_format format = { "can", NULL, list_frames, read_frames };
	SCOPED_ARENA a = { 0 };
	struct evidence_listing listing;
	struct evidence_file file = collect_bytes("a.dbc",
		(struct str){ (const char *)data, size });
	struct collect *c;
	struct err e = { 0 };

	arena_init(&a, 64 << 20);
	c = ARENA_NEW(&a, struct collect);
	if (collect_file(c, &a, &format, &file, NULL, &listing, NULL, 3, &e) != ERR_OK) {
		CHECK(e.message[0] != '\0');
		return 0;
	}
	for (uint32_t w = 0; w < c->wanted_count; w++) {
		uint32_t group = c->columns[w].group;
		CHECK(c->groups[group].rows == listing.groups[group].rows);
	}
	return 0;
}
