/* mdf_can.c - the frames of CAN bus logs: groups with the composition CAN_DataFrame, as the ASAM
 * associated standard for bus logging names its parts. */
#include <math.h>

#include "evidence/mdf.h"
#include "evidence/mdf_inner.h"

#define FRAME_BYTES_MAX 64
#define ID_MASK 0x1fffffffu
#define ID_EXTENDED 0x80000000u
#define ID_STANDARD_MAX 0x7ffu
#define TILE 256

enum part { PART_ID, PART_IDE, PART_BUS, PART_LENGTH, PART_DLC, PART_COUNT };

static const char *const part_names[PART_COUNT] = {
	"CAN_DataFrame.ID", "CAN_DataFrame.IDE", "CAN_DataFrame.BusChannel",
	"CAN_DataFrame.DataLength", "CAN_DataFrame.DLC",
};

struct can_reader {
	struct mdf_taker taker;        /* first: a taker is its reader */
	struct mdf_model *m;
	struct mdf_clock clock;
	struct mdf_column parts[PART_COUNT], bytes;
	bool has[PART_COUNT], open;
	uint64_t dropped;
	enum err_code (*each)(void *context, const struct can_frame *frame, struct err *e);
	void *context;
};

struct can_reading {
	struct mdf_model m;
	const struct evidence_sink *notes;
	struct can_reader *readers;
	uint32_t count;
	struct mdf_stream_set streams;
};

static const struct mdf_channel *find_part(const struct mdf_model *m, const struct mdf_group *g,
	const char *name)
{
	for (uint32_t i = 0; i < g->channel_count; i++) {
		const struct mdf_channel *c = &m->channels[g->first_channel + i];
		if (str_ends(c->name, name))
			return c;
	}
	return NULL;
}

/* The bytes themselves: a channel that no door hands out as a value. */
static const struct mdf_channel *find_bytes(const struct mdf_model *m, const struct mdf_group *g)
{
	const struct mdf_channel *c = find_part(m, g, "CAN_DataFrame.DataBytes");
	uint64_t bits = c ? c->bit_offset + (uint64_t)c->bit_count : 0;

	if (!c || c->data_type != MDF_TYPE_BYTES || c->is_array || c->byte_offset > g->data_bytes ||
		(bits + 7) / 8 > g->data_bytes - c->byte_offset || c->bit_offset != 0)
		return NULL;
	if (c->type == MDF_CN_FIXED)
		return c->bit_count / 8 <= FRAME_BYTES_MAX ? c : NULL;
	if (c->type == MDF_CN_VLSD)
		return c->bit_count > 0 && c->bit_count <= 64 && c->data != 0 &&
			!(m->unfinalized && (m->unfin_flags & MDF_UNFIN_VLSD_OFFSETS)) ? c : NULL;
	return NULL;
}

static uint32_t length_of_dlc(uint32_t dlc)
{
	static const uint8_t lengths[16] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 20, 24, 32, 48,
		64 };

	return lengths[dlc & 15];
}

/* ---- frames ---------------------------------------------------------------------------------- */

struct tile {
	int64_t times[TILE];
	double parts[PART_COUNT][TILE];
};

static bool make_frame(const struct can_reader *r, const struct tile *t, size_t i,
	struct str bytes, struct can_frame *ret)
{
	double id = t->parts[PART_ID][i], length = FRAME_BYTES_MAX;
	bool extended;

	if (t->times[i] == INT64_MIN || !(id >= 0 && id <= UINT32_MAX) || !bytes.at)
		return false;
	if (r->has[PART_LENGTH])
		length = t->parts[PART_LENGTH][i];
	else if (r->has[PART_DLC] && t->parts[PART_DLC][i] >= 0 && t->parts[PART_DLC][i] < 16)
		length = length_of_dlc((uint32_t)t->parts[PART_DLC][i]);
	if (!(length >= 0) || bytes.len > FRAME_BYTES_MAX)
		return false;
	extended = ((uint32_t)id & ID_EXTENDED) || ((uint32_t)id & ID_MASK) > ID_STANDARD_MAX;
	if (r->has[PART_IDE])
		extended = t->parts[PART_IDE][i] != 0;
	*ret = (struct can_frame){ .time_ns = t->times[i], .id = (uint32_t)id & ID_MASK,
		.extended = extended, .bytes = (const uint8_t *)bytes.at,
		.length = (uint16_t)(length < (double)bytes.len ? length : (double)bytes.len) };
	if (r->has[PART_BUS] && t->parts[PART_BUS][i] >= 0 && t->parts[PART_BUS][i] <= UINT32_MAX)
		ret->bus = (uint32_t)t->parts[PART_BUS][i];
	return true;
}

static enum err_code take_frames(struct mdf_taker *taker, const struct mdf_rows *rows,
	const struct mdf_rows *master, struct err *e)
{
	struct can_reader *r = (struct can_reader *)taker;
	struct mdf_rows left = *rows, times = *master;
	struct tile t;

	while (left.count > 0) {
		uint64_t n = left.count < TILE ? left.count : TILE, bad;
		TRY(mdf_clock_decode(&r->clock, &times, n, t.times, &bad, e));
		for (unsigned p = 0; p < PART_COUNT; p++) {
			if (r->has[p])
				TRY(mdf_column_decode(&r->parts[p], &left, n, t.parts[p], e));
		}
		for (uint64_t i = 0; i < n; i++) {
			uint8_t room[LIMIT_MDF_TEXT_BYTES];
			struct can_frame frame;
			struct str bytes;
			TRY(mdf_column_bytes(&r->bytes, &left, i, room, &bytes, e));
			if (make_frame(r, &t, i, bytes, &frame))
				TRY(r->each(r->context, &frame, e));
			else
				r->dropped++;
		}
		mdf_rows_skip(&left, n);
		mdf_rows_skip(&times, n);
	}
	return ERR_OK;
}

static enum err_code frames_ready(struct mdf_taker *taker, const struct mdf_rows *rows,
	uint64_t *ret, struct err *e)
{
	return mdf_column_ready(&((struct can_reader *)taker)->bytes, rows, ret, e);
}

/* ---- reading --------------------------------------------------------------------------------- */

static enum err_code open_reader(struct can_reading *k, struct can_reader *r, struct err *e)
{
	struct mdf_model *m = &k->m;
	const struct mdf_group *g = &m->groups[r->taker.group];
	const struct mdf_channel *bytes = find_bytes(m, g);

	r->m = m;
	r->taker.rows = take_frames;
	if (!g->has_time)
		return mdf_note(k->notes, NOTE_NO_TIME, g->name, str_of(g->no_time.text), e);
	for (unsigned p = 0; p < PART_COUNT; p++) {
		const struct mdf_channel *c = find_part(m, g, part_names[p]);
		r->has[p] = c && !c->why_not.text && c->kind == CHANNEL_NUMBER;
		if (r->has[p])
			TRY(mdf_column_open(&r->parts[p], m, c, MDF_NONE, NULL, e));
	}
	if (!r->has[PART_ID] || !bytes)
		return mdf_note(k->notes, NOTE_UNSUPPORTED, g->name,
			STR("the frames have no identifier or bytes that can be read"), e);
	TRY(mdf_clock_open(&r->clock, m, &m->channels[g->master], e));
	TRY(mdf_column_open(&r->bytes, m, bytes, MDF_NONE, NULL, e));
	TRY(mdf_streams_attach(&k->streams, &r->bytes, e));
	if (r->bytes.stream && r->bytes.stream->is_group)
		r->taker.ready = frames_ready;
	r->open = true;
	return ERR_OK;
}

static enum err_code find_readers(struct can_reading *k, struct err *e)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < k->m.group_count; i++)
		count += find_part(&k->m, &k->m.groups[i], part_names[PART_ID]) != NULL;
	k->readers = ARENA_ARRAY(k->m.arena, struct can_reader, count);
	if (!k->readers)
		return mdf_too_large(e);
	for (uint32_t i = 0; k->count < count; i++) {
		if (find_part(&k->m, &k->m.groups[i], part_names[PART_ID]))
			k->readers[k->count++].taker.group = i;
	}
	return ERR_OK;
}

static enum err_code note_dropped(struct can_reading *k, const struct can_reader *r, struct err *e)
{
	struct str text;

	if (r->dropped == 0)
		return ERR_OK;
	text = str_printf(k->m.arena, "%llu records are no frames with time, identifier and bytes",
		(unsigned long long)r->dropped);
	if (!text.at)
		return mdf_too_large(e);
	return mdf_note(k->notes, NOTE_BAD_VALUE, k->m.groups[r->taker.group].name, text, e);
}

static enum err_code read_frames(struct can_reading *k, struct err *e)
{
	struct mdf_taker **takers = ARENA_ARRAY(k->m.arena, struct mdf_taker *, k->count);

	if (!takers)
		return mdf_too_large(e);
	for (uint32_t i = 0; i < k->count;) {
		uint32_t data_group = k->m.groups[k->readers[i].taker.group].data_group;
		uint32_t n = 0, first = i;
		for (; i < k->count; i++) {
			if (k->m.groups[k->readers[i].taker.group].data_group != data_group)
				break;
			if (k->readers[i].open)
				takers[n++] = &k->readers[i].taker;
		}
		if (n > 0)
			TRY(mdf_walk(&k->m, data_group, takers, n, k->streams.streams,
				k->streams.count, k->notes, e));
		for (; first < i; first++)
			TRY(note_dropped(k, &k->readers[first], e));
	}
	return ERR_OK;
}

static enum err_code read_all(struct can_reading *k, struct err *e)
{
	for (uint32_t i = 0; i < k->m.note_count; i++)
		TRY(mdf_note(k->notes, k->m.notes[i].code, k->m.notes[i].where,
			k->m.notes[i].text, e));
	TRY(mdf_streams_open(&k->streams, &k->m, k->count, e));
	for (uint32_t i = 0; i < k->count; i++)
		TRY(open_reader(k, &k->readers[i], e));
	return read_frames(k, e);
}

enum err_code mdf_read_can(struct arena *a, const struct evidence_file *file,
	enum err_code (*each)(void *context, const struct can_frame *frame, struct err *e),
	void *context, const struct evidence_sink *notes, uint32_t *ret_groups, struct err *e)
{
	struct can_reading k = { .notes = notes };
	enum err_code code;

	TRY(mdf_model_load(a, file, &k.m, e));
	TRY(find_readers(&k, e));
	for (uint32_t i = 0; i < k.count; i++) {
		k.readers[i].each = each;
		k.readers[i].context = context;
	}
	code = k.count > 0 ? read_all(&k, e) : ERR_OK;
	for (uint32_t i = 0; i < k.count; i++) {
		for (unsigned p = 0; p < PART_COUNT; p++)
			mdf_column_close(&k.readers[i].parts[p]);
		mdf_column_close(&k.readers[i].bytes);
		mdf_column_close(&k.readers[i].clock.column);
	}
	mdf_streams_close(&k.streams);
	if (code == ERR_OK)
		*ret_groups = k.count;
	return code;
}
