/* multibase.c - base58btc by schoolbook arithmetic: inputs have at most MULTIBASE_BYTES_MAX. */
#include "crypto/multibase.h"

#include <string.h>

#include "base/encode.h"

#define BASE58_TEXT_MAX (MULTIBASE_BYTES_MAX * 138 / 100 + 1) /* log(256) / log(58) = 1.3657 */

#define LIMBS (MULTIBASE_BYTES_MAX / 4)
#define GROUP 5 /* letters taken at once: 58^5 is less than 2^32 */
#define NO 58

static const char letters[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
/* By letter: its value. */
static const uint8_t values[128] = {
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, 0, 1, 2, 3, 4, 5, 6, 7, 8, NO, NO, NO, NO, NO, NO,
	NO, 9, 10, 11, 12, 13, 14, 15, 16, NO, 17, 18, 19, 20, 21, NO,
	22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, NO, NO, NO, NO, NO,
	NO, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, NO, 44, 45, 46,
	47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, NO, NO, NO, NO, NO,
};

static size_t leading(struct str s, char c)
{
	size_t count = 0;

	while (count < s.len && s.at[count] == c)
		count++;
	return count;
}

struct str multibase_z_new(struct arena *a, struct str bytes)
{
	uint8_t digits[BASE58_TEXT_MAX] = { 0 }; /* the last is the lowest */
	size_t zeros = leading(bytes, '\0'), used = 0, len;
	char *text;

	if (bytes.len > MULTIBASE_BYTES_MAX)
		return (struct str){ NULL, 0 };
	for (size_t i = zeros; i < bytes.len; i++) {
		uint32_t carry = (uint8_t)bytes.at[i];
		for (size_t k = 0; k < used || carry > 0; k++) {
			uint8_t *digit = &digits[BASE58_TEXT_MAX - 1 - k];
			CHECK(k < BASE58_TEXT_MAX);
			carry += (uint32_t)*digit << 8;
			*digit = (uint8_t)(carry % 58);
			carry /= 58;
			if (k == used)
				used++;
		}
	}
	len = 1 + zeros + used;
	text = arena_alloc(a, len + 1);
	if (!text)
		return (struct str){ NULL, 0 };
	text[0] = 'z';
	memset(text + 1, letters[0], zeros);
	for (size_t i = 0; i < used; i++)
		text[1 + zeros + i] = letters[digits[BASE58_TEXT_MAX - used + i]];
	return (struct str){ text, len };
}

struct str multibase_u_new(struct arena *a, struct str bytes)
{
	struct str text = base64url_new(a, (const uint8_t *)bytes.at, bytes.len);
	char *ret;

	if (!text.at)
		return text;
	ret = arena_alloc(a, text.len + 2);
	if (!ret)
		return (struct str){ NULL, 0 };
	ret[0] = 'u';
	memcpy(ret + 1, text.at, text.len);
	return (struct str){ ret, text.len + 1 };
}

static enum err_code too_large(struct err *e)
{
	return err_set(e, ERR_INVALID, "multibase value is over %d bytes", MULTIBASE_BYTES_MAX);
}

/* A number of up to MULTIBASE_BYTES_MAX bytes, the lowest limb first. */
struct number {
	uint32_t limbs[LIMBS];
	size_t used;
};

/* number = number * factor + add; false when it gets too large. */
static bool number_grow(struct number *n, uint32_t factor, uint32_t add)
{
	uint64_t carry = add;

	for (size_t k = 0; k < n->used; k++) {
		carry += (uint64_t)n->limbs[k] * factor;
		n->limbs[k] = (uint32_t)carry;
		carry >>= 32;
	}
	if (carry > 0 && n->used == LIMBS)
		return false;
	if (carry > 0)
		n->limbs[n->used++] = (uint32_t)carry;
	return true;
}

static enum err_code number_read(struct str text, size_t from, struct number *n, struct err *e)
{
	for (size_t i = from; i < text.len;) {
		uint32_t factor = 1, add = 0;
		for (size_t end = i + GROUP; i < end && i < text.len; i++) {
			unsigned char c = (unsigned char)text.at[i];
			uint8_t value = c < sizeof(values) ? values[c] : NO;
			if (value == NO)
				return err_set(e, ERR_INVALID,
					"character %zu of the multibase value is not base58",
					i + 2);
			factor *= 58;
			add = add * 58 + value;
		}
		if (!number_grow(n, factor, add))
			return too_large(e);
	}
	return ERR_OK;
}

static enum err_code decode_z(struct arena *a, struct str text, struct str *ret, struct err *e)
{
	size_t zeros = leading(text, letters[0]), len, skip = 0;
	struct number n = { .used = 0 };
	char *copy;

	if (text.len - zeros > BASE58_TEXT_MAX || zeros > MULTIBASE_BYTES_MAX)
		return too_large(e);
	TRY(number_read(text, zeros, &n, e));
	while (n.used > 0 && skip < 4 && n.limbs[n.used - 1] >> (24 - 8 * skip) == 0)
		skip++;
	len = 4 * n.used - skip;
	if (zeros + len > MULTIBASE_BYTES_MAX)
		return too_large(e);
	copy = arena_alloc(a, zeros + len + 1);
	if (!copy)
		return err_set(e, ERR_TOO_LARGE, "multibase value does not fit in memory");
	for (size_t i = 0; i < len; i++)
		copy[zeros + len - 1 - i] = (char)(n.limbs[i / 4] >> 8 * (i % 4));
	*ret = (struct str){ copy, zeros + len };
	return ERR_OK;
}

enum err_code multibase_decode(struct arena *a, struct str text, struct str *ret, struct err *e)
{
	struct str rest = str_skip(text, 1);

	if (text.len == 0)
		return err_set(e, ERR_INVALID, "multibase value is empty");
	if (text.at[0] == 'z')
		return decode_z(a, rest, ret, e);
	if (text.at[0] != 'u')
		return err_set(e, ERR_INVALID, "multibase value begins with neither z nor u");
	if (rest.len > (MULTIBASE_BYTES_MAX * 4 + 2) / 3)
		return too_large(e);
	return base64url_decode(a, rest, ret, e);
}
