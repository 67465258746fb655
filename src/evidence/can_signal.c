/* can_signal.c - bits of a frame to numbers. */
#include <math.h>
#include <string.h>

#include "evidence/can_decode.h"

#define EXACT_MAX (UINT64_C(1) << 53)

bool can_raw(const struct dbc_signal *s, const uint8_t *bytes, uint32_t length, uint64_t *ret)
{
	unsigned __int128 value = 0;
	uint32_t from = s->start, last;
	uint64_t mask = s->length == 64 ? UINT64_MAX : (UINT64_C(1) << s->length) - 1;

	/* Motorola counts bits within a byte downwards: turned round they run through the frame. */
	if (s->big_endian)
		from = from / 8 * 8 + 7 - from % 8;
	last = (from + s->length - 1) / 8;
	if (last >= length)
		return false;
	if (s->big_endian) {
		for (uint32_t i = from / 8; i <= last; i++)
			value = value << 8 | bytes[i];
		value >>= 7 - (from + s->length - 1) % 8;
	} else {
		for (uint32_t i = last + 1; i > from / 8; i--)
			value = value << 8 | bytes[i - 1];
		value >>= from % 8;
	}
	*ret = (uint64_t)value & mask;
	if (s->number == DBC_SIGNED && (*ret >> (s->length - 1) & 1))
		*ret |= ~mask;
	return true;
}

static double as_double(const struct dbc_signal *s, uint64_t raw)
{
	uint32_t low = (uint32_t)raw;
	float number;
	double wide;

	switch (s->number) {
	case DBC_UNSIGNED:
		return (double)raw;
	case DBC_SIGNED:
		return (double)(int64_t)raw;
	case DBC_FLOAT:
		memcpy(&number, &low, sizeof(number));
		return (double)number;
	case DBC_DOUBLE:
		break;
	}
	memcpy(&wide, &raw, sizeof(wide));
	return wide;
}

double can_value(const struct dbc_signal *s, uint64_t raw, bool *ret_exact)
{
	uint64_t size = s->number == DBC_SIGNED && (int64_t)raw < 0 ? 0 - raw : raw;
	double value = s->offset + s->factor * as_double(s, raw);

	*ret_exact = s->number == DBC_FLOAT || s->number == DBC_DOUBLE || size <= EXACT_MAX;
	return isfinite(value) ? value : (double)NAN;
}

bool can_is_state(const struct dbc_signal *s)
{
	return s->label_count > 0 && s->unit.len == 0 && s->factor == 1 && s->offset == 0 &&
		(s->number == DBC_UNSIGNED || s->number == DBC_SIGNED);
}

const struct dbc_label *can_label(const struct dbc_signal *s, uint64_t raw)
{
	uint32_t low = 0, high = s->label_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (s->labels[middle].value < (int64_t)raw)
			low = middle + 1;
		else
			high = middle;
	}
	return low < s->label_count && s->labels[low].value == (int64_t)raw ? &s->labels[low] :
		NULL;
}
