/* mdf_channel.c - what each channel and group can give, and why not when it cannot. */
#include "evidence/mdf_inner.h"

#define SYNC_TIME 1
#define FIELD_BITS_MAX 64
#define CANOPEN_DATE_BITS 56
#define CANOPEN_TIME_BITS 48
#define SIZE_SEARCH_MAX 4096   /* so many channels of a group are looked through for a length */

bool mdf_is_text_type(uint8_t data_type)
{
	return data_type >= MDF_TYPE_LATIN1 && data_type <= MDF_TYPE_UTF16_BE;
}

bool mdf_is_integer_type(uint8_t data_type)
{
	return data_type <= MDF_TYPE_SIGNED_BE;
}

static struct mdf_reason broken(const char *text)
{
	return (struct mdf_reason){ NOTE_BROKEN, text };
}

static struct mdf_reason unsupported(const char *text)
{
	return (struct mdf_reason){ NOTE_UNSUPPORTED, text };
}

static struct mdf_reason fine(void)
{
	return (struct mdf_reason){ 0 };
}

static bool is_virtual(const struct mdf_channel *c)
{
	return c->type == MDF_CN_VIRTUAL_MASTER || c->type == MDF_CN_VIRTUAL;
}

/* A number in the record: integer, float, or a CANopen time. */
static struct mdf_reason judge_field(const struct mdf_channel *c)
{
	switch (c->data_type) {
	case MDF_TYPE_UNSIGNED:
	case MDF_TYPE_UNSIGNED_BE:
	case MDF_TYPE_SIGNED:
	case MDF_TYPE_SIGNED_BE:
		return c->bit_count == 0 || c->bit_count > FIELD_BITS_MAX || c->bit_offset > 7 ?
			broken("an integer has 1 to 64 bits and begins at bit 0 to 7") : fine();
	case MDF_TYPE_FLOAT:
	case MDF_TYPE_FLOAT_BE:
		return (c->bit_count != 16 && c->bit_count != 32 && c->bit_count != 64) ||
			c->bit_offset != 0 ?
			broken("a float has 16, 32 or 64 bits and begins at bit 0") : fine();
	case MDF_TYPE_CANOPEN_DATE:
		return c->bit_count != CANOPEN_DATE_BITS || c->bit_offset != 0 ?
			broken("a CANopen date has 7 bytes") : fine();
	case MDF_TYPE_CANOPEN_TIME:
		return c->bit_count != CANOPEN_TIME_BITS || c->bit_offset != 0 ?
			broken("a CANopen time has 6 bytes") : fine();
	case MDF_TYPE_BYTES:
		return unsupported("its values are bytes without a meaning");
	case MDF_TYPE_MIME:
	case MDF_TYPE_MIME_STREAM:
		return unsupported("its values are media");
	default:
		return unsupported("its data type is newer than MDF 4.2");
	}
}

static struct mdf_reason judge_text(const struct mdf_channel *c)
{
	if (c->bit_offset != 0 || c->bit_count % 8 != 0)
		return broken("a text begins and ends with a byte");
	if (c->bit_count / 8 > LIMIT_MDF_TEXT_BYTES && c->type != MDF_CN_VLSD)
		return unsupported("its texts are too long");
	return fine();
}

static bool inside_record(const struct mdf_group *g, uint32_t byte_offset, uint64_t bits)
{
	return byte_offset <= g->data_bytes && (bits + 7) / 8 <= g->data_bytes - byte_offset;
}

/* The record holds an offset into the stream of values. */
static struct mdf_reason judge_vlsd(const struct mdf_model *m, const struct mdf_channel *c)
{
	if (c->bit_count == 0 || c->bit_count > FIELD_BITS_MAX || c->bit_offset > 7)
		return broken("the offset of its values has 1 to 64 bits");
	if (!inside_record(&m->groups[c->group], c->byte_offset, c->bit_offset +
		(uint64_t)c->bit_count))
		return broken("the offset of its values lies outside of the record");
	if (c->data == 0)
		return broken("it has no link to its values");
	if (m->unfinalized && (m->unfin_flags & MDF_UNFIN_VLSD_OFFSETS))
		return unsupported("the recorder did not write where its values are");
	return mdf_is_text_type(c->data_type) ? fine() : judge_field(c);
}

static const struct mdf_channel *size_channel(const struct mdf_model *m,
	const struct mdf_channel *c)
{
	const struct mdf_group *g = &m->groups[c->group];

	for (uint32_t i = 0; i < g->channel_count && i < SIZE_SEARCH_MAX; i++) {
		if (m->channels[g->first_channel + i].at == c->data)
			return &m->channels[g->first_channel + i];
	}
	return NULL;
}

static struct mdf_reason judge_mlsd(const struct mdf_model *m, const struct mdf_channel *c)
{
	const struct mdf_channel *s = size_channel(m, c);

	if (!s || s->type != MDF_CN_FIXED || s->data_type > MDF_TYPE_UNSIGNED_BE ||
		judge_field(s).text || !inside_record(&m->groups[c->group], s->byte_offset,
		s->bit_offset + (uint64_t)s->bit_count))
		return broken("the channel with the lengths of its values cannot be read");
	return mdf_is_text_type(c->data_type) ? judge_text(c) : judge_field(c);
}

static struct mdf_reason judge_place(const struct mdf_model *m, const struct mdf_channel *c)
{
	const struct mdf_group *g = &m->groups[c->group];

	if (c->is_array)
		return unsupported("it is an array");
	if ((c->flags & MDF_CN_INVALID_BIT) && c->inval_bit / 8 >= g->inval_bytes)
		return broken("its invalidation bit lies outside of the record");
	if (is_virtual(c))
		return fine();
	if (c->type == MDF_CN_VLSD)
		return judge_vlsd(m, c);
	if (c->type == MDF_CN_SYNC)
		return unsupported("its values are places in an attached file");
	if (c->type > MDF_CN_VIRTUAL)
		return unsupported("it is of a kind newer than MDF 4.2");
	if (!inside_record(g, c->byte_offset, c->bit_offset + (uint64_t)c->bit_count))
		return broken("the value lies outside of its record");
	if (c->type == MDF_CN_MLSD)
		return judge_mlsd(m, c);
	return mdf_is_text_type(c->data_type) ? judge_text(c) : judge_field(c);
}

/* What the values are after conversion. Where a conversion gives both texts and numbers (a scale
 * with words for the codes past its end), the channel is one of numbers: a word is no number, so
 * those values are missing, which mdf_column_notes counts. */
static struct mdf_reason judge_conversion(struct mdf_channel *c)
{
	const struct mdf_conversion *k = c->conversion;
	bool text = mdf_is_text_type(c->data_type) && !is_virtual(c);
	bool canopen = c->data_type == MDF_TYPE_CANOPEN_DATE ||
		c->data_type == MDF_TYPE_CANOPEN_TIME;
	bool identity = !k || k->type == MDF_CC_NONE;

	c->kind = text ? CHANNEL_TEXT : CHANNEL_NUMBER;
	if (identity)
		return fine();
	if (canopen)
		return unsupported("it is a time with a conversion");
	if (text != (k->type == MDF_CC_FROM_TEXT || k->type == MDF_CC_TEXT_TEXT))
		return broken("its conversion does not go with its data type");
	if (k->type == MDF_CC_BITFIELD_TEXT &&
		(!mdf_is_integer_type(c->data_type) || is_virtual(c)))
		return broken("its conversion takes bits of an integer");
	c->kind = k->has_texts && !k->has_numbers ? CHANNEL_TEXT : CHANNEL_NUMBER;
	return fine();
}

static bool is_master(const struct mdf_channel *c)
{
	return c->type == MDF_CN_MASTER || c->type == MDF_CN_VIRTUAL_MASTER;
}

/* ---- time axes ------------------------------------------------------------------------------- */

static uint32_t master_of(const struct mdf_model *m, const struct mdf_group *g)
{
	for (uint32_t i = 0; i < g->channel_count; i++) {
		const struct mdf_channel *c = &m->channels[g->first_channel + i];
		if (is_master(c) && c->sync == SYNC_TIME)
			return g->first_channel + i;
	}
	return MDF_NONE;
}

static struct mdf_reason judge_master(const struct mdf_model *m, uint32_t master)
{
	const struct mdf_channel *c;

	if (master == MDF_NONE)
		return unsupported("the group has no time axis");
	c = &m->channels[master];
	if (c->why_not.text)
		return c->why_not;
	if (c->kind != CHANNEL_NUMBER || c->data_type > MDF_TYPE_FLOAT_BE)
		return broken("the times of the group are no numbers");
	if (c->unit.len > 0 && !str_is(c->unit, "s") && !str_is(c->unit, "S") &&
		!str_is(c->unit, "sec"))
		return broken("the times of the group are not in seconds");
	if (c->flags & MDF_CN_ALL_INVALID)
		return broken("the file declares all times of the group invalid");
	return fine();
}

static struct mdf_reason judge_remote(const struct mdf_model *m, struct mdf_group *g,
	const uint32_t *by_place)
{
	uint32_t low = 0, high = m->group_count;
	const struct mdf_group *there;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (m->groups[by_place[middle]].at < g->remote)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == m->group_count || m->groups[by_place[low]].at != g->remote)
		return broken("the group with its time axis is not in the file");
	g->remote_group = by_place[low];
	there = &m->groups[g->remote_group];
	if (m->data_groups[g->data_group].id_bytes != 0 ||
		m->data_groups[there->data_group].id_bytes != 0)
		return unsupported("its time axis is in another group and records are not sorted");
	if (there->cycles != g->cycles)
		return broken("its time axis, in another group, has a different length");
	g->master = there->own_master;
	return judge_master(m, g->master);
}

static void sort_places(const struct mdf_model *m, uint32_t *order, uint32_t *room)
{
	for (uint32_t i = 0; i < m->group_count; i++)
		order[i] = i;
	for (uint32_t width = 1; width < m->group_count; width *= 2) {
		for (uint32_t from = 0; from < m->group_count; from += 2 * width) {
			uint32_t middle = from + width < m->group_count ? from + width :
				m->group_count;
			uint32_t end = from + 2 * width < m->group_count ? from + 2 * width :
				m->group_count;
			uint32_t a = from, b = middle;
			for (uint32_t to = from; to < end; to++)
				room[to] = b == end || (a < middle && m->groups[order[a]].at <=
					m->groups[order[b]].at) ? order[a++] : order[b++];
		}
		memcpy(order, room, m->group_count * sizeof(*order));
	}
}

static enum err_code judge_groups(struct mdf_model *m, struct err *e)
{
	uint32_t *by_place = ARENA_ARRAY(m->arena, uint32_t, m->group_count);
	uint32_t *room = ARENA_ARRAY(m->arena, uint32_t, m->group_count);

	if (!by_place || !room)
		return mdf_too_large(e);
	sort_places(m, by_place, room);
	for (uint32_t i = 0; i < m->group_count; i++)
		m->groups[i].own_master = master_of(m, &m->groups[i]);
	for (uint32_t i = 0; i < m->group_count; i++) {
		struct mdf_group *g = &m->groups[i];
		if (g->remote != 0) {
			g->no_time = judge_remote(m, g, by_place);
		} else {
			g->master = g->own_master;
			g->no_time = judge_master(m, g->master);
		}
		g->has_time = !g->no_time.text;
	}
	return ERR_OK;
}

enum err_code mdf_channels_judge(struct mdf_model *m, struct err *e)
{
	for (uint32_t i = 0; i < m->channel_count; i++) {
		struct mdf_channel *c = &m->channels[i];
		struct mdf_reason why = judge_conversion(c);
		if (!c->why_not.text)
			c->why_not = why;
		if (!c->why_not.text)
			c->why_not = judge_place(m, c);
	}
	return judge_groups(m, e);
}
