/* mdf_gather.c - fields of many records to doubles. The loops are written out for each width and
 * byte order, so that one value costs a load, a conversion and a store; this is where reading an
 * uncompressed file spends its time. */
#include <math.h>

#include "evidence/mdf_inner.h"

#define FIELD_BYTES_MAX 9

static inline uint16_t swap16(uint16_t v)
{
	return __builtin_bswap16(v);
}
static inline uint32_t swap32(uint32_t v)
{
	return __builtin_bswap32(v);
}
static inline uint64_t swap64(uint64_t v)
{
	return __builtin_bswap64(v);
}
static inline uint64_t same(uint64_t v)
{
	return v;
}

/* IEEE 754 half precision; exact. */
static double half_value(uint16_t h)
{
	int exponent = h >> 10 & 31;
	double mantissa = h & 0x3ff, v;

	if (exponent == 31)
		v = mantissa != 0 ? NAN : INFINITY;
	else if (exponent == 0)
		v = mantissa * 0x1p-24;
	else
		v = (mantissa + 1024) * ((double)(1u << exponent) * 0x1p-25);
	return h & 0x8000 ? -v : v;
}

static inline double u8_value(uint64_t v) { return (double)(uint8_t)v; }
static inline double i8_value(uint64_t v) { return (double)(int8_t)v; }
static inline double u16_value(uint64_t v) { return (double)(uint16_t)v; }
static inline double i16_value(uint64_t v) { return (double)(int16_t)v; }
static inline double u32_value(uint64_t v) { return (double)(uint32_t)v; }
static inline double i32_value(uint64_t v) { return (double)(int32_t)v; }
static inline double u64_value(uint64_t v) { return (double)v; }
static inline double i64_value(uint64_t v) { return (double)(int64_t)v; }
static inline double f16_value(uint64_t v) { return half_value((uint16_t)v); }
static inline double f32_value(uint64_t v)
{
	uint32_t bits = (uint32_t)v;
	float f;

	memcpy(&f, &bits, sizeof(f));
	return (double)f;
}
static inline double f64_value(uint64_t v)
{
	double d;

	memcpy(&d, &v, sizeof(d));
	return d;
}

/* Both loops of a kind of field: `word` is what is loaded, `turn` puts its bytes in order. */
#define GATHER(name, word, turn, value)                                                        \
	static void plain_##name(const uint8_t *at, size_t stride, size_t count, double *ret)  \
	{                                                                                      \
		for (size_t i = 0; i < count; i++, at += stride) {                             \
			word w;                                                                \
			memcpy(&w, at, sizeof(w));                                             \
			ret[i] = value(turn(w));                                               \
		}                                                                              \
	}                                                                                      \
	static void linear_##name(const uint8_t *at, size_t stride, size_t count, double *ret, \
		double offset, double factor)                                                  \
	{                                                                                      \
		for (size_t i = 0; i < count; i++, at += stride) {                             \
			word w;                                                                \
			memcpy(&w, at, sizeof(w));                                             \
			ret[i] = offset + factor * value(turn(w));                             \
		}                                                                              \
	}

GATHER(u8, uint8_t, same, u8_value)
GATHER(i8, uint8_t, same, i8_value)
GATHER(u16, uint16_t, same, u16_value)
GATHER(i16, uint16_t, same, i16_value)
GATHER(u32, uint32_t, same, u32_value)
GATHER(i32, uint32_t, same, i32_value)
GATHER(u64, uint64_t, same, u64_value)
GATHER(i64, uint64_t, same, i64_value)
GATHER(f16, uint16_t, same, f16_value)
GATHER(f32, uint32_t, same, f32_value)
GATHER(f64, uint64_t, same, f64_value)
GATHER(u16_be, uint16_t, swap16, u16_value)
GATHER(i16_be, uint16_t, swap16, i16_value)
GATHER(u32_be, uint32_t, swap32, u32_value)
GATHER(i32_be, uint32_t, swap32, i32_value)
GATHER(u64_be, uint64_t, swap64, u64_value)
GATHER(i64_be, uint64_t, swap64, i64_value)
GATHER(f16_be, uint16_t, swap16, f16_value)
GATHER(f32_be, uint32_t, swap32, f32_value)
GATHER(f64_be, uint64_t, swap64, f64_value)

struct gather {
	uint8_t data_type, bytes;
	void (*plain)(const uint8_t *at, size_t stride, size_t count, double *ret);
	void (*linear)(const uint8_t *at, size_t stride, size_t count, double *ret, double offset,
		double factor);
};

#define ROW(type, bytes, name) { type, bytes, plain_##name, linear_##name }
static const struct gather gathers[] = {
	ROW(MDF_TYPE_UNSIGNED, 1, u8), ROW(MDF_TYPE_UNSIGNED, 2, u16),
	ROW(MDF_TYPE_UNSIGNED, 4, u32), ROW(MDF_TYPE_UNSIGNED, 8, u64),
	ROW(MDF_TYPE_UNSIGNED_BE, 1, u8), ROW(MDF_TYPE_UNSIGNED_BE, 2, u16_be),
	ROW(MDF_TYPE_UNSIGNED_BE, 4, u32_be), ROW(MDF_TYPE_UNSIGNED_BE, 8, u64_be),
	ROW(MDF_TYPE_SIGNED, 1, i8), ROW(MDF_TYPE_SIGNED, 2, i16),
	ROW(MDF_TYPE_SIGNED, 4, i32), ROW(MDF_TYPE_SIGNED, 8, i64),
	ROW(MDF_TYPE_SIGNED_BE, 1, i8), ROW(MDF_TYPE_SIGNED_BE, 2, i16_be),
	ROW(MDF_TYPE_SIGNED_BE, 4, i32_be), ROW(MDF_TYPE_SIGNED_BE, 8, i64_be),
	ROW(MDF_TYPE_FLOAT, 2, f16), ROW(MDF_TYPE_FLOAT, 4, f32), ROW(MDF_TYPE_FLOAT, 8, f64),
	ROW(MDF_TYPE_FLOAT_BE, 2, f16_be), ROW(MDF_TYPE_FLOAT_BE, 4, f32_be),
	ROW(MDF_TYPE_FLOAT_BE, 8, f64_be),
};
#undef ROW

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "loads are little-endian");

void mdf_field_init(struct mdf_field *f, uint8_t data_type, uint32_t byte_offset,
	uint8_t bit_offset, uint32_t bit_count)
{
	*f = (struct mdf_field){ .byte_offset = byte_offset, .bit_offset = bit_offset,
		.bit_count = (uint8_t)bit_count, .data_type = data_type,
		.bytes = (uint8_t)((bit_offset + bit_count + 7) / 8) };

	CHECK(bit_count >= 1);
	CHECK(f->bytes <= FIELD_BYTES_MAX);
	if (bit_offset != 0 || bit_count % 8 != 0)
		return;
	for (size_t i = 0; i < sizeof(gathers) / sizeof(gathers[0]); i++) {
		if (gathers[i].data_type == data_type && gathers[i].bytes == f->bytes) {
			f->plain = gathers[i].plain;
			f->linear = gathers[i].linear;
		}
	}
	CHECK(mdf_is_integer_type(data_type) || f->plain != NULL);
}

/* ---- transposed records ---------------------------------------------------------------------- */

/* Where the field of the first row is, and its stride; `room` is used for transposed records. */
static const uint8_t *field_bytes(const struct mdf_field *f, const struct mdf_rows *rows,
	size_t count, uint8_t *room, size_t *ret_stride)
{
	const uint8_t *at = rows->at + f->byte_offset * rows->step;

	if (rows->step == 1) {
		*ret_stride = rows->stride;
		return at;
	}
	CHECK(rows->stride == 1);
	mdf_turn(at, rows->step, count, f->bytes, room);
	*ret_stride = f->bytes;
	return room;
}

/* ---- packed fields --------------------------------------------------------------------------- */

static inline uint64_t assemble(const uint8_t *p, unsigned bytes, bool big, uint8_t *ret_ninth)
{
	uint64_t v = 0;
	unsigned low = bytes > 8 ? 8 : bytes;

	*ret_ninth = 0;
	if (big) {
		/* Most significant first; of nine bytes the first is the ninth. */
		if (bytes > 8)
			*ret_ninth = *p++;
		for (unsigned i = 0; i < low; i++)
			v = v << 8 | p[i];
		return v;
	}
	for (unsigned i = 0; i < low; i++)
		v |= (uint64_t)p[i] << (8 * i);
	if (bytes > 8)
		*ret_ninth = p[8];
	return v;
}

static inline uint64_t extract(const struct mdf_field *f, const uint8_t *p, bool big)
{
	uint8_t ninth;
	uint64_t v = assemble(p, f->bytes, big, &ninth) >> f->bit_offset;
	unsigned spare = 64u - f->bit_count;

	if (f->bytes > 8)
		v |= (uint64_t)ninth << (64u - f->bit_offset);
	v <<= spare;
	if (f->data_type == MDF_TYPE_SIGNED || f->data_type == MDF_TYPE_SIGNED_BE)
		return (uint64_t)((int64_t)v >> spare);
	return v >> spare;
}

/* The same by one load of eight bytes, for fields with so many behind their beginning. */
static inline uint64_t extract_word(const struct mdf_field *f, const uint8_t *p, bool big,
	bool is_signed)
{
	unsigned spare = 64u - f->bit_count;
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	if (big)
		v = swap64(v) >> (64u - 8u * f->bytes);
	v = v >> f->bit_offset << spare;
	return is_signed ? (uint64_t)((int64_t)v >> spare) : v >> spare;
}

static void raw_words(const struct mdf_field *f, const uint8_t *at, size_t stride, size_t count,
	uint64_t *ret)
{
	switch (f->data_type) {
	case MDF_TYPE_SIGNED:
		for (size_t i = 0; i < count; i++)
			ret[i] = extract_word(f, at + i * stride, false, true);
		return;
	case MDF_TYPE_SIGNED_BE:
		for (size_t i = 0; i < count; i++)
			ret[i] = extract_word(f, at + i * stride, true, true);
		return;
	case MDF_TYPE_UNSIGNED_BE:
		for (size_t i = 0; i < count; i++)
			ret[i] = extract_word(f, at + i * stride, true, false);
		return;
	default:
		for (size_t i = 0; i < count; i++)
			ret[i] = extract_word(f, at + i * stride, false, false);
		return;
	}
}

void mdf_field_raw(const struct mdf_field *f, const struct mdf_rows *rows, size_t count,
	uint64_t *ret)
{
	uint8_t room[MDF_TILE_ROWS * FIELD_BYTES_MAX];
	size_t stride;
	const uint8_t *at = field_bytes(f, rows, count, room, &stride);

	CHECK(count <= MDF_TILE_ROWS);
	if (rows->step == 1 && f->bytes <= 8 && (uint64_t)f->byte_offset + 8 <= rows->stride) {
		raw_words(f, at, stride, count, ret);
	} else if (f->data_type & 1) {
		for (size_t i = 0; i < count; i++)
			ret[i] = extract(f, at + i * stride, true);
	} else {
		for (size_t i = 0; i < count; i++)
			ret[i] = extract(f, at + i * stride, false);
	}
}

static void packed_values(const struct mdf_field *f, const struct mdf_rows *rows, size_t count,
	double *ret)
{
	uint64_t raw[MDF_TILE_ROWS];
	bool is_signed = f->data_type == MDF_TYPE_SIGNED || f->data_type == MDF_TYPE_SIGNED_BE;

	mdf_field_raw(f, rows, count, raw);
	for (size_t i = 0; i < count; i++)
		ret[i] = is_signed ? (double)(int64_t)raw[i] : (double)raw[i];
}

void mdf_field_values(const struct mdf_field *f, const struct mdf_rows *rows, size_t count,
	double *ret)
{
	uint8_t room[MDF_TILE_ROWS * FIELD_BYTES_MAX];
	const uint8_t *at;
	size_t stride;

	CHECK(count <= MDF_TILE_ROWS);
	if (!f->plain) {
		packed_values(f, rows, count, ret);
		return;
	}
	if (rows->step != 1 && f->plain == plain_f64) {
		/* Doubles in columns are put together where they belong. */
		CHECK(rows->stride == 1);
		mdf_turn(rows->at + f->byte_offset * rows->step, rows->step, count, sizeof(*ret),
			(uint8_t *)ret);
		return;
	}
	at = field_bytes(f, rows, count, room, &stride);
	f->plain(at, stride, count, ret);
}

void mdf_field_linear(const struct mdf_field *f, const struct mdf_rows *rows, size_t count,
	double offset, double factor, double *ret)
{
	uint8_t room[MDF_TILE_ROWS * FIELD_BYTES_MAX];
	const uint8_t *at;
	size_t stride;

	CHECK(count <= MDF_TILE_ROWS);
	if (!f->plain) {
		packed_values(f, rows, count, ret);
		for (size_t i = 0; i < count; i++)
			ret[i] = offset + factor * ret[i];
		return;
	}
	at = field_bytes(f, rows, count, room, &stride);
	f->linear(at, stride, count, ret, offset, factor);
}

void mdf_rows_bytes(const struct mdf_rows *rows, uint64_t row, uint32_t offset, size_t len,
	uint8_t *ret)
{
	const uint8_t *at = rows->at + row * rows->stride + offset * rows->step;

	if (rows->step == 1) {
		memcpy(ret, at, len);
		return;
	}
	for (size_t i = 0; i < len; i++)
		ret[i] = at[i * rows->step];
}

uint64_t mdf_rows_invalidate(const struct mdf_rows *rows, uint32_t bit, size_t count, double *ret)
{
	const uint8_t *at;
	uint8_t mask = (uint8_t)(1u << (bit & 7));
	uint64_t valid = 0;

	if (!rows->inval)
		return count;
	at = rows->inval + (size_t)(bit >> 3) * rows->inval_step;
	for (size_t i = 0; i < count; i++) {
		bool invalid = at[i * rows->inval_stride] & mask;
		ret[i] = invalid ? NAN : ret[i];
		valid += !invalid;
	}
	return valid;
}
