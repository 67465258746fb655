/* mdf_column.c - one channel's values, from records to physical values. The order is: field,
 * conversion, invalidation; what has no value is NaN and counted. */
#include <math.h>

#include "evidence/mdf_inner.h"

#define EXACT_BITS 53          /* integers up to 2^53 are doubles */
#define EXACT_MAX (UINT64_C(1) << EXACT_BITS)
#define VISITS_MAX (4 * LIMIT_MDF_LABELS)
#define SCRATCH_BYTES 65536    /* a decoded text, thrice as long as the longest stored one */
#define DAYS_1970_TO_1984 5113
#define S_PER_DAY 86400
#define MS_PER_DAY 86400000u

static bool is_virtual(const struct mdf_channel *k)
{
	return k->type == MDF_CN_VIRTUAL_MASTER || k->type == MDF_CN_VIRTUAL;
}

/* Tells the sink of a label when it is new. */
static enum err_code label_value(struct mdf_column *c, struct str text, double *ret,
	struct err *e)
{
	uint32_t index;
	bool is_new;

	TRY(mdf_label(&c->labels, text, &index, &is_new, e));
	if (index == MDF_NONE) {
		c->too_many++;
		*ret = NAN;
		return ERR_OK;
	}
	*ret = index;
	if (!is_new || !c->sink)
		return ERR_OK;
	return c->sink->label(c->sink->context, c->wanted, index, c->labels.texts[index], e);
}

/* The texts of a conversion get their indices before any value, so that these do not depend on what
 * was measured. Recursion as deep as conversions nest. */
static enum err_code label_conversion(struct mdf_column *c, const struct mdf_conversion *k,
	uint32_t *visits, struct err *e)
{
	double unused;

	if (k->type != MDF_CC_TEXT && k->type != MDF_CC_RANGE_TEXT)
		return ERR_OK;
	for (uint32_t i = 0; i <= k->count && *visits < VISITS_MAX; i++) {
		++*visits;
		if (k->refs[i].conversion)
			TRY(label_conversion(c, k->refs[i].conversion, visits, e));
		else if (k->refs[i].text.at)
			TRY(label_value(c, k->refs[i].text, &unused, e));
	}
	return ERR_OK;
}

static void open_fields(struct mdf_column *c)
{
	const struct mdf_channel *k = c->channel;
	const struct mdf_group *g = &c->model->groups[k->group];

	c->is_bytes = k->data_type >= MDF_TYPE_LATIN1;
	if (is_virtual(k))
		c->is_bytes = false;
	else if (k->type == MDF_CN_VLSD)
		mdf_field_init(&c->field, MDF_TYPE_UNSIGNED, k->byte_offset, k->bit_offset,
			k->bit_count);
	else if (!c->is_bytes)
		mdf_field_init(&c->field, k->data_type, k->byte_offset, k->bit_offset,
			k->bit_count);
	if (k->type != MDF_CN_MLSD)
		return;
	for (uint32_t i = 0; i < g->channel_count; i++) {
		const struct mdf_channel *s = &c->model->channels[g->first_channel + i];
		if (s->at == k->data)
			mdf_field_init(&c->size_field, s->data_type, s->byte_offset, s->bit_offset,
				s->bit_count);
	}
}

enum err_code mdf_column_open(struct mdf_column *c, struct mdf_model *m,
	const struct mdf_channel *channel, uint32_t wanted, const struct evidence_sink *sink,
	struct err *e)
{
	const struct mdf_conversion *k = channel->conversion;
	uint32_t visits = 0;

	*c = (struct mdf_column){ .model = m, .channel = channel, .wanted = wanted, .sink = sink };
	c->labels.arena = m->arena;
	arena_init(&c->scratch, SCRATCH_BYTES);
	c->integer = mdf_is_integer_type(channel->data_type) || is_virtual(channel);
	c->has_inval = channel->flags & MDF_CN_INVALID_BIT;
	open_fields(c);
	if (k && k->type == MDF_CC_LINEAR) {
		c->plain_linear = true;
		c->linear_offset = k->values[0];
		c->linear_factor = k->values[1];
	}
	if (k && channel->kind == CHANNEL_TEXT)
		TRY(label_conversion(c, k, &visits, e));
	return ERR_OK;
}

void mdf_column_close(struct mdf_column *c)
{
	arena_clear(&c->scratch);
}

/* ---- bytes ----------------------------------------------------------------------------------- */

static enum err_code vlsd_bytes(struct mdf_column *c, const struct mdf_rows *rows, uint64_t row,
	struct str *ret, struct err *e)
{
	struct mdf_rows here = *rows;
	enum mdf_found found = MDF_GONE;
	uint64_t offset;

	*ret = (struct str){ NULL, 0 };
	if (!c->stream)
		return ERR_OK;
	mdf_rows_skip(&here, row);
	mdf_field_raw(&c->field, &here, 1, &offset);
	TRY(mdf_stream_get(c->stream, offset, &found, ret, e));
	if (found != MDF_FOUND)
		*ret = (struct str){ NULL, 0 };
	return ERR_OK;
}

enum err_code mdf_column_bytes(struct mdf_column *c, const struct mdf_rows *rows, uint64_t row,
	uint8_t *room, struct str *ret, struct err *e)
{
	const struct mdf_channel *k = c->channel;
	uint64_t len = k->bit_count / 8, stated;

	if (k->type == MDF_CN_VLSD)
		return vlsd_bytes(c, rows, row, ret, e);
	if (k->type == MDF_CN_MLSD) {
		struct mdf_rows here = *rows;
		mdf_rows_skip(&here, row);
		mdf_field_raw(&c->size_field, &here, 1, &stated);
		len = stated < len ? stated : len;
	}
	*ret = (struct str){ NULL, 0 };
	if (len > LIMIT_MDF_TEXT_BYTES)
		return ERR_OK;
	if (rows->step == 1) {
		const uint8_t *at = rows->at + row * rows->stride + k->byte_offset;
		*ret = (struct str){ (const char *)at, len };
		return ERR_OK;
	}
	mdf_rows_bytes(rows, row, k->byte_offset, len, room);
	*ret = (struct str){ (const char *)room, len };
	return ERR_OK;
}

static enum err_code text_value(struct mdf_column *c, struct str bytes, double *ret,
	struct err *e)
{
	const struct mdf_conversion *k = c->channel->conversion;
	struct str text;

	arena_reset(&c->scratch);
	text = mdf_decode_text(&c->scratch, c->channel->data_type, (const uint8_t *)bytes.at,
		bytes.len);
	if (!text.at)
		return mdf_too_large(e);
	if (k && (k->type == MDF_CC_FROM_TEXT || k->type == MDF_CC_TEXT_TEXT)) {
		enum mdf_result result = mdf_convert_text(k, text, ret, &text);
		if (result != MDF_IS_TEXT) {
			if (result == MDF_IS_MISSING)
				*ret = NAN;
			return ERR_OK;
		}
	}
	return label_value(c, text, ret, e);
}

/* Seconds since 1970 of the two CANopen forms; NaN for what is no date. */
static double canopen_value(uint8_t data_type, const uint8_t *p)
{
	static const uint16_t days_before[12] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304,
		334 };
	uint32_t ms, year, month, day, days;

	if (data_type == MDF_TYPE_CANOPEN_TIME) {
		ms = mdf_u32(p) & 0x0fffffff;
		days = DAYS_1970_TO_1984 + mdf_u16(p + 4);
		return ms >= MS_PER_DAY ? NAN : (double)days * S_PER_DAY + ms / 1000.0;
	}
	ms = mdf_u16(p);
	day = p[4] & 31;
	month = p[5] & 63;
	year = p[6] & 127;
	if (year > 99)
		return NAN;
	year += year < 84 ? 2000 : 1900;
	if (ms > 59999 || (p[2] & 63) > 59 || (p[3] & 31) > 23 || day < 1 || day > 31 ||
		month < 1 || month > 12)
		return NAN;
	days = (year - 1970) * 365 + (year - 1969) / 4 + days_before[month - 1] + day - 1;
	days += year % 4 == 0 && month > 2;
	return (double)days * S_PER_DAY + (p[3] & 31) * 3600.0 + (p[2] & 63) * 60.0 + ms / 1000.0;
}

static enum err_code decode_bytes(struct mdf_column *c, const struct mdf_rows *rows, size_t count,
	double *ret, struct err *e)
{
	uint8_t room[LIMIT_MDF_TEXT_BYTES];
	bool text = mdf_is_text_type(c->channel->data_type);
	struct str bytes;

	for (size_t i = 0; i < count; i++) {
		TRY(mdf_column_bytes(c, rows, i, room, &bytes, e));
		if (!bytes.at) {
			ret[i] = NAN;
			c->lost++;
		} else if (text) {
			TRY(text_value(c, bytes, &ret[i], e));
		} else {
			ret[i] = bytes.len < 6 ? NAN : canopen_value(c->channel->data_type,
				(const uint8_t *)bytes.at);
		}
	}
	return ERR_OK;
}

/* ---- numbers --------------------------------------------------------------------------------- */

static enum err_code decode_bits(struct mdf_column *c, const struct mdf_rows *rows, size_t count,
	double *ret, struct err *e)
{
	uint64_t raw[MDF_TILE_ROWS];

	mdf_field_raw(&c->field, rows, count, raw);
	for (size_t i = 0; i < count; i++) {
		struct str text;
		if (c->have_last && c->last_bits == raw[i]) {
			ret[i] = c->last_value;
			continue;
		}
		arena_reset(&c->scratch);
		text = mdf_convert_bits(&c->scratch, c->channel->conversion, raw[i]);
		if (!text.at) { /* longer than any text may be */
			c->lost++;
			ret[i] = NAN;
			continue;
		}
		TRY(label_value(c, text, &ret[i], e));
		c->have_last = true;
		c->last_bits = raw[i];
		c->last_value = ret[i];
	}
	return ERR_OK;
}

static enum err_code convert_words(struct mdf_column *c, size_t count, double *ret,
	struct err *e)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t bits;
		struct str text;
		double v = NAN;
		memcpy(&bits, &ret[i], sizeof(bits));
		if (c->have_last && c->last_bits == bits) {
			ret[i] = c->last_value;
			c->textual += c->last_textual;
			continue;
		}
		c->last_textual = false;
		switch (mdf_convert(c->channel->conversion, ret[i], c->integer, &v, &text)) {
		case MDF_IS_TEXT:
			c->last_textual = c->channel->kind == CHANNEL_NUMBER;
			c->textual += c->last_textual;
			v = NAN;
			if (c->channel->kind == CHANNEL_TEXT)
				TRY(label_value(c, text, &v, e));
			break;
		case MDF_IS_MISSING:
			v = NAN;
			break;
		case MDF_IS_NUMBER:
		default:
			break;
		}
		ret[i] = v;
		c->have_last = true;
		c->last_bits = bits;
		c->last_value = v;
	}
	return ERR_OK;
}

static void note_inexact(struct mdf_column *c, const struct mdf_rows *rows, size_t count)
{
	bool is_signed = c->channel->data_type >= MDF_TYPE_SIGNED, past = false;
	uint64_t raw[MDF_TILE_ROWS];

	mdf_field_raw(&c->field, rows, count, raw);
	for (size_t i = 0; i < count; i++) {
		uint64_t size = is_signed && (int64_t)raw[i] < 0 ? -raw[i] : raw[i];
		past |= size > EXACT_MAX;
	}
	c->inexact |= past;
}

static enum err_code decode_numbers(struct mdf_column *c, const struct mdf_rows *rows,
	size_t count, double *ret, struct err *e)
{
	const struct mdf_conversion *k = c->channel->conversion;
	bool wide = c->integer && c->channel->bit_count > EXACT_BITS;

	if (k && k->type == MDF_CC_BITFIELD_TEXT)
		return decode_bits(c, rows, count, ret, e);
	if (c->plain_linear && !wide && !is_virtual(c->channel)) {
		mdf_field_linear(&c->field, rows, count, c->linear_offset, c->linear_factor, ret);
		return ERR_OK;
	}
	if (is_virtual(c->channel)) {
		for (size_t i = 0; i < count; i++)
			ret[i] = (double)(rows->first + i);
	} else {
		mdf_field_values(&c->field, rows, count, ret);
	}
	if (wide && !c->inexact && !is_virtual(c->channel))
		note_inexact(c, rows, count);
	if (k && k->has_texts)
		return convert_words(c, count, ret, e);
	if (k)
		mdf_convert_all(k, c->integer, ret, count);
	return ERR_OK;
}

enum err_code mdf_column_decode(struct mdf_column *c, const struct mdf_rows *rows, size_t count,
	double *ret, struct err *e)
{
	c->rows += count;
	if (c->channel->flags & MDF_CN_ALL_INVALID) {
		for (size_t i = 0; i < count; i++)
			ret[i] = NAN;
		return ERR_OK;
	}
	if (c->is_bytes)
		TRY(decode_bytes(c, rows, count, ret, e));
	else
		TRY(decode_numbers(c, rows, count, ret, e));
	c->valid += c->has_inval ? mdf_rows_invalidate(rows, c->channel->inval_bit, count, ret) :
		count;
	return ERR_OK;
}

enum err_code mdf_column_ready(struct mdf_column *c, const struct mdf_rows *rows, uint64_t *ret,
	struct err *e)
{
	struct mdf_rows here = *rows;
	uint64_t offsets[MDF_TILE_ROWS];
	struct str unused;

	*ret = rows->count;
	if (!c->stream || !c->stream->is_group)
		return ERR_OK;
	while (here.count > 0) {
		uint64_t n = here.count < MDF_TILE_ROWS ? here.count : MDF_TILE_ROWS;
		mdf_field_raw(&c->field, &here, n, offsets);
		for (uint64_t i = 0; i < n; i++) {
			enum mdf_found found;
			TRY(mdf_stream_get(c->stream, offsets[i], &found, &unused, e));
			if (found == MDF_NOT_YET) {
				*ret = here.first - rows->first + i;
				return ERR_OK;
			}
		}
		mdf_rows_skip(&here, n);
	}
	return ERR_OK;
}

/* ---- notes ----------------------------------------------------------------------------------- */

static enum err_code note_count(struct mdf_column *c, enum note_code code, uint64_t count,
	const char *what, struct err *e)
{
	struct str text;

	if (count == 0)
		return ERR_OK;
	text = str_printf(c->model->arena, "%llu values %s", (unsigned long long)count, what);
	if (!text.at)
		return mdf_too_large(e);
	return mdf_note(c->sink, code, c->channel->name, text, e);
}

enum err_code mdf_column_notes(struct mdf_column *c, struct err *e)
{
	TRY(note_count(c, NOTE_BROKEN, c->lost,
		"are not where their records say they are; they are missing", e));
	TRY(note_count(c, NOTE_BAD_VALUE, c->textual,
		"are words instead of numbers; they are missing", e));
	TRY(note_count(c, NOTE_UNSUPPORTED, c->too_many,
		"are texts past the number of different ones that are kept; they are missing", e));
	if (c->inexact)
		TRY(mdf_note(c->sink, NOTE_INEXACT, c->channel->name,
			STR("integers past 2^53 were rounded"), e));
	if (c->rows > 0 && c->valid == 0)
		TRY(mdf_note(c->sink, NOTE_ALL_INVALID, c->channel->name,
			STR("the file declares every value invalid"), e));
	return ERR_OK;
}
