/* json_text.c - scanning and ordering the text inside JSON strings. */
#include "base/json_inner.h"

#include <string.h>

#define ONES UINT64_C(0x0101010101010101)
#define HIGHS UINT64_C(0x8080808080808080)

/* The lowest high bit set in the answer marks the first byte that is not plain; bits above it may
 * be wrong, because a borrow runs upwards. */
static inline uint64_t special_bits(uint64_t word)
{
	uint64_t quote = word ^ ONES * '"', backslash = word ^ ONES * '\\';

	return (((quote - ONES) & ~quote) | ((backslash - ONES) & ~backslash) |
		((word - ONES * 0x20) & ~word) | word) & HIGHS;
}

const char *json_plain_end(const char *at, const char *end)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	uint64_t word;

	while (end - at >= (ptrdiff_t)sizeof(word)) {
		uint64_t bits;
		memcpy(&word, at, sizeof(word));
		bits = special_bits(word);
		if (bits != 0)
			return at + __builtin_ctzll(bits) / 8;
		at += sizeof(word);
	}
#endif
	while (at < end && (unsigned char)*at >= 0x20 && (unsigned char)*at < 0x80 && *at != '"' &&
		*at != '\\')
		at++;
	return at;
}

static inline bool is_tail(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

/* Length of the character at `at`, which is not ASCII; 0 when it is not valid. */
static size_t wide_step(const unsigned char *at, size_t len)
{
	uint32_t c;

	if (at[0] < 0xc2 || at[0] > 0xf4 || len < 2 || !is_tail(at[1]))
		return 0;
	if (at[0] < 0xe0)
		return 2;
	if (len < 3 || !is_tail(at[2]))
		return 0;
	if (at[0] < 0xf0) {
		c = (uint32_t)(at[0] & 15) << 12 | (uint32_t)(at[1] & 63) << 6 | (at[2] & 63);
		if (c < 0x800 || (c >= 0xd800 && c < 0xe000))
			return 0; /* overlong; surrogate */
		return c >= 0xfffe || (c >= 0xfdd0 && c <= 0xfdef) ? 0 : 3;
	}
	if (len < 4 || !is_tail(at[3]))
		return 0;
	c = (uint32_t)(at[0] & 7) << 18 | (uint32_t)(at[1] & 63) << 12 |
		(uint32_t)(at[2] & 63) << 6 | (at[3] & 63);
	return c < 0x10000 || c > 0x10ffff || (c & 0xfffe) == 0xfffe ? 0 : 4;
}

const char *json_wide_end(const char *at, const char *end)
{
	while (at < end && (unsigned char)*at >= 0x80) {
		const unsigned char *byte = (const unsigned char *)at;
		size_t step;
		/* Most Chinese characters: no special case is near. */
		if (end - at >= 3 && byte[0] >= 0xe1 && byte[0] <= 0xec && is_tail(byte[1]) &&
			is_tail(byte[2])) {
			at += 3;
			continue;
		}
		step = wide_step(byte, (size_t)(end - at));
		if (step == 0)
			return NULL;
		at += step;
	}
	return at;
}

int json_name_cmp(struct str a, struct str b)
{
	size_t len = a.len < b.len ? a.len : b.len;

	for (size_t i = 0; i < len; i++) {
		unsigned char x = (unsigned char)a.at[i], y = (unsigned char)b.at[i];
		if (x == y)
			continue;
		/* UTF-8 sorts by code point. UTF-16 differs in one thing: characters past U+FFFF,
		 * written by surrogates (D800..), stand before U+E000..U+FFFF (ee and ef here). */
		if ((x >= 0xf0 && (y == 0xee || y == 0xef)) ||
			(y >= 0xf0 && (x == 0xee || x == 0xef)))
			return x < y ? 1 : -1;
		return x < y ? -1 : 1;
	}
	return (a.len > b.len) - (a.len < b.len);
}

uint32_t json_find(const struct json *object, struct str name, bool *ret_found)
{
	uint32_t low = 0, high = object->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = json_name_cmp(object->members[middle].name, name);
		if (order == 0) {
			*ret_found = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*ret_found = false;
	return low;
}
