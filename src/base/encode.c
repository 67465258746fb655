/* encode.c - hex, base64 and base64url. */
#include "base/encode.h"

#include <stdbool.h>

static const char base64_letters[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char base64url_letters[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void hex_encode(const uint8_t *bytes, size_t len, char *ret)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		ret[2 * i] = digits[bytes[i] >> 4];
		ret[2 * i + 1] = digits[bytes[i] & 15];
	}
	ret[2 * len] = '\0';
}

/* 0..15, or -1. */
static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

enum err_code hex_decode(struct str s, uint8_t *ret, size_t len, struct err *e)
{
	if (s.len % 2 != 0 || s.len / 2 != len)
		return err_set(e, ERR_INVALID,
			"hex text has %zu digits instead of %zu", s.len, 2 * len);
	for (size_t i = 0; i < s.len; i++) {
		if (hex_value(s.at[i]) < 0)
			return err_set(e, ERR_INVALID, "character %zu is not a hex digit", i + 1);
	}
	for (size_t i = 0; i < len; i++)
		ret[i] = (uint8_t)(hex_value(s.at[2 * i]) << 4 | hex_value(s.at[2 * i + 1]));
	return ERR_OK;
}

static size_t encoded_len(size_t len, bool pad)
{
	size_t rest = len % 3;

	return len / 3 * 4 + (rest == 0 ? 0 : pad ? 4 : rest + 1);
}

static void encode_to(char *to, const uint8_t *bytes, size_t len, const char *letters, bool pad)
{
	size_t i = 0;

	for (; i + 3 <= len; i += 3) {
		uint32_t three =
			(uint32_t)bytes[i] << 16 | (uint32_t)bytes[i + 1] << 8 | bytes[i + 2];
		*to++ = letters[three >> 18];
		*to++ = letters[three >> 12 & 63];
		*to++ = letters[three >> 6 & 63];
		*to++ = letters[three & 63];
	}
	if (len - i == 1) {
		*to++ = letters[bytes[i] >> 2];
		*to++ = letters[(bytes[i] & 3) << 4];
	} else if (len - i == 2) {
		*to++ = letters[bytes[i] >> 2];
		*to++ = letters[(bytes[i] & 3) << 4 | bytes[i + 1] >> 4];
		*to++ = letters[(bytes[i + 1] & 15) << 2];
	}
	if (pad && i < len) {
		*to++ = '=';
		if (len - i == 1)
			*to = '=';
	}
}

static void put(struct buf *b, const uint8_t *bytes, size_t len, const char *letters, bool pad)
{
	size_t room = encoded_len(len, pad);

	if (!buf_reserve(b, room))
		return;
	encode_to(b->at + b->len, bytes, len, letters, pad);
	b->len += room;
}

void base64_put(struct buf *b, const uint8_t *bytes, size_t len)
{
	put(b, bytes, len, base64_letters, true);
}

void base64url_put(struct buf *b, const uint8_t *bytes, size_t len)
{
	put(b, bytes, len, base64url_letters, false);
}

static struct str text_new(struct arena *a, const uint8_t *bytes, size_t len, const char *letters,
	bool pad)
{
	size_t room = encoded_len(len, pad);
	char *at = arena_alloc(a, room + 1); /* with a NUL, for printf */

	if (!at)
		return (struct str){ NULL, 0 };
	encode_to(at, bytes, len, letters, pad);
	return (struct str){ at, room };
}

struct str base64_new(struct arena *a, const uint8_t *bytes, size_t len)
{
	return text_new(a, bytes, len, base64_letters, true);
}

struct str base64url_new(struct arena *a, const uint8_t *bytes, size_t len)
{
	return text_new(a, bytes, len, base64url_letters, false);
}

#define NO 0xff

/* By letter: its value, of either alphabet. */
static const uint8_t values[128] = {
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, 62, NO, 62, NO, 63,
	52, 53, 54, 55, 56, 57, 58, 59, 60, 61, NO, NO, NO, NO, NO, NO,
	NO, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
	15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, NO, NO, NO, NO, 63,
	NO, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
	41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, NO, NO, NO, NO, NO,
};

/* 0..63, or NO. `url` chooses the last two letters. */
static inline uint8_t base64_value(char c, bool url)
{
	uint8_t value = (unsigned char)c < sizeof(values) ? values[(unsigned char)c] : NO;

	if (value >= 62 && value != NO && (c == '-' || c == '_') != url)
		return NO;
	return value;
}

static size_t decoded_len(struct str s)
{
	return s.len / 4 * 3 + (s.len % 4 == 0 ? 0 : s.len % 4 - 1);
}

enum { URL = 1, SPARE_BITS = 2 };

static enum err_code bad_letter(struct str s, bool url, struct err *e)
{
	size_t i = 0;

	while (base64_value(s.at[i], url) != NO)
		i++;
	return err_set(e, ERR_INVALID, "character %zu is not of %s", i + 1,
		url ? "base64url" : "base64");
}

/* `s` is without padding and its length leaves no single letter over. Without `bytes` it only
 * checks. */
static enum err_code decode_letters(struct str s, unsigned how, uint8_t *bytes, struct err *e)
{
	bool url = (how & URL) != 0;
	uint8_t last[4] = { 0 };
	size_t i = 0, done = 0;

	for (; i + 4 <= s.len; i += 4, done += 3) {
		uint8_t w = base64_value(s.at[i], url), x = base64_value(s.at[i + 1], url);
		uint8_t y = base64_value(s.at[i + 2], url), z = base64_value(s.at[i + 3], url);
		if (((w | x | y | z) & 0x80) != 0)
			return bad_letter(s, url, e);
		if (!bytes)
			continue;
		bytes[done] = (uint8_t)(w << 2 | x >> 4);
		bytes[done + 1] = (uint8_t)(x << 4 | y >> 2);
		bytes[done + 2] = (uint8_t)(y << 6 | z);
	}
	for (size_t k = 0; i + k < s.len; k++) {
		last[k] = base64_value(s.at[i + k], url);
		if (last[k] == NO)
			return bad_letter(s, url, e);
	}
	if ((how & SPARE_BITS) == 0 &&
		((s.len - i == 2 && (last[1] & 0x0f) != 0) ||
			(s.len - i == 3 && (last[2] & 0x03) != 0)))
		return err_set(e, ERR_INVALID, "base64 text ends in bits that must be zero");
	CHECK(done + (s.len - i) * 3 / 4 == decoded_len(s));
	if (bytes && s.len - i >= 2)
		bytes[done] = (uint8_t)(last[0] << 2 | last[1] >> 4);
	if (bytes && s.len - i == 3)
		bytes[done + 1] = (uint8_t)(last[1] << 4 | last[2] >> 2);
	return ERR_OK;
}

static enum err_code decode_new(struct arena *a, struct str s, unsigned how, struct str *ret,
	struct err *e)
{
	uint8_t *bytes = arena_alloc(a, decoded_len(s) + 1);

	if (!bytes)
		return err_set(e, ERR_TOO_LARGE, "base64 text of %zu bytes is too large", s.len);
	TRY(decode_letters(s, how, bytes, e));
	*ret = (struct str){ (char *)bytes, decoded_len(s) };
	return ERR_OK;
}

static enum err_code cut_padding(struct str *s, struct err *e)
{
	if (s->len % 4 != 0)
		return err_set(e, ERR_INVALID,
			"base64 text has %zu characters, not a multiple of 4", s->len);
	for (int i = 0; i < 2 && s->len > 0 && s->at[s->len - 1] == '='; i++)
		s->len--;
	return ERR_OK;
}

enum err_code base64_decode(struct arena *a, struct str s, struct str *ret, struct err *e)
{
	TRY(cut_padding(&s, e));
	return decode_new(a, s, 0, ret, e);
}

enum err_code base64_decode_loose(struct arena *a, struct str s, struct str *ret, struct err *e)
{
	TRY(cut_padding(&s, e));
	return decode_new(a, s, SPARE_BITS, ret, e);
}

static enum err_code decode_fixed(struct str s, bool url, uint8_t *ret, size_t len, struct err *e)
{
	if (s.len % 4 == 1 || decoded_len(s) != len)
		return err_set(e, ERR_INVALID, "base64 text of %zu characters does not hold %zu "
			"bytes",
			s.len, len);
	TRY(decode_letters(s, url, NULL, e));
	return decode_letters(s, url, ret, e);
}

enum err_code base64_decode_fixed(struct str s, uint8_t *ret, size_t len, struct err *e)
{
	TRY(cut_padding(&s, e));
	return decode_fixed(s, false, ret, len, e);
}

enum err_code base64url_decode_fixed(struct str s, uint8_t *ret, size_t len, struct err *e)
{
	return decode_fixed(s, true, ret, len, e);
}

enum err_code base64url_decode(struct arena *a, struct str s, struct str *ret, struct err *e)
{
	if (s.len % 4 == 1)
		return err_set(e, ERR_INVALID, "base64url text has a length that no bytes give");
	return decode_new(a, s, URL, ret, e);
}
