/* multibase.c - base58btc by schoolbook division: inputs are at most MULTIBASE_BYTES_MAX bytes. */
#include "crypto/multibase.h"

#include <string.h>

#include "base/encode.h"

#define BASE58_TEXT_MAX (MULTIBASE_BYTES_MAX * 138 / 100 + 1) /* log(256) / log(58) = 1.3657 */

static const char letters[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

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

static enum err_code decode_z(struct arena *a, struct str text, struct str *ret, struct err *e)
{
	uint8_t bytes[MULTIBASE_BYTES_MAX] = { 0 }; /* the last is the lowest */
	size_t zeros = leading(text, letters[0]), used = 0;
	char *copy;

	if (text.len - zeros > BASE58_TEXT_MAX || zeros > MULTIBASE_BYTES_MAX)
		return too_large(e);
	for (size_t i = zeros; i < text.len; i++) {
		const char *letter = text.at[i] ? strchr(letters, text.at[i]) : NULL;
		uint32_t carry;
		if (!letter)
			return err_set(e, ERR_INVALID,
				"character %zu of the multibase value is not base58", i + 2);
		carry = (uint32_t)(letter - letters);
		for (size_t k = 0; k < used || carry > 0; k++) {
			if (k == MULTIBASE_BYTES_MAX)
				return too_large(e);
			carry += (uint32_t)bytes[MULTIBASE_BYTES_MAX - 1 - k] * 58;
			bytes[MULTIBASE_BYTES_MAX - 1 - k] = (uint8_t)carry;
			carry >>= 8;
			if (k == used)
				used++;
		}
	}
	if (zeros + used > MULTIBASE_BYTES_MAX)
		return too_large(e);
	copy = arena_alloc(a, zeros + used + 1);
	if (!copy)
		return err_set(e, ERR_TOO_LARGE, "multibase value does not fit in memory");
	memcpy(copy + zeros, bytes + MULTIBASE_BYTES_MAX - used, used);
	*ret = (struct str){ copy, zeros + used };
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
