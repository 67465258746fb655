/* str.c - views of text. */
#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"

#define QUOTE_CHARACTERS_MAX 80 /* a message stays one line of a terminal */

struct str str_of(const char *text)
{
	return text ? (struct str){ .at = text, .len = strlen(text) } : STR("");
}

bool str_eq(struct str a, struct str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

bool str_is(struct str a, const char *text)
{
	return str_eq(a, str_of(text));
}

int str_cmp(struct str a, struct str b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len > 0 ? memcmp(a.at, b.at, len) : 0;

	if (order != 0)
		return order < 0 ? -1 : 1;
	return (a.len > b.len) - (a.len < b.len);
}

bool str_starts(struct str s, const char *prefix)
{
	size_t len = strlen(prefix);

	return s.len >= len && str_is((struct str){ s.at, len }, prefix);
}

bool str_ends(struct str s, const char *suffix)
{
	size_t len = strlen(suffix);

	return s.len >= len && str_is(str_skip(s, s.len - len), suffix);
}

struct str str_skip(struct str s, size_t count)
{
	if (count > s.len)
		count = s.len;
	if (count == 0)
		return s; /* `at` may be NULL */
	return (struct str){ .at = s.at + count, .len = s.len - count };
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct str str_trim(struct str s)
{
	while (s.len > 0 && is_blank(s.at[0]))
		s = str_skip(s, 1);
	while (s.len > 0 && is_blank(s.at[s.len - 1]))
		s.len--;
	return s;
}

struct str str_cut(struct str *rest, char sep)
{
	struct str all = *rest;
	const char *found = all.len > 0 ? memchr(all.at, sep, all.len) : NULL;

	if (!found) {
		*rest = (struct str){ NULL, 0 };
		return all;
	}
	*rest = str_skip(all, (size_t)(found - all.at) + 1);
	return (struct str){ .at = all.at, .len = (size_t)(found - all.at) };
}

size_t str_find(struct str s, struct str needle)
{
	const char *found;

	if (needle.len == 0)
		return 0;
	if (s.len < needle.len)
		return SIZE_MAX;
	found = memmem(s.at, s.len, needle.at, needle.len);
	return found ? (size_t)(found - s.at) : SIZE_MAX;
}

char *str_z(struct arena *a, struct str s)
{
	return arena_copy(a, s.at, s.len);
}

struct str str_copy(struct arena *a, struct str s)
{
	char *copy = arena_copy(a, s.at, s.len);

	return copy ? (struct str){ .at = copy, .len = s.len } : (struct str){ NULL, 0 };
}

struct str str_printf(struct arena *a, const char *format, ...)
{
	va_list args, again;
	char *text;
	int len;

	va_start(args, format);
	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	CHECK(len >= 0);
	text = arena_alloc(a, (size_t)len + 1);
	if (text)
		(void)vsnprintf(text, (size_t)len + 1, format, again); /* measured above */
	va_end(again);
	return text ? (struct str){ .at = text, .len = (size_t)len } : (struct str){ NULL, 0 };
}

enum err_code str_parse_u64(struct str s, uint64_t *ret, struct err *e)
{
	uint64_t value = 0;

	if (s.len == 0)
		return err_set(e, ERR_INVALID, "number is empty");
	if (s.len > 1 && s.at[0] == '0')
		return err_set(e, ERR_INVALID, "number begins with a zero");
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] < '0' || s.at[i] > '9')
			return err_set(e, ERR_INVALID, "byte %zu of the number is not a digit", i);
		if (__builtin_mul_overflow(value, (uint64_t)10, &value) ||
			__builtin_add_overflow(value, (uint64_t)(s.at[i] - '0'), &value))
			return err_set(e, ERR_INVALID, "number is over 18446744073709551615");
	}
	*ret = value;
	return ERR_OK;
}

/* Length of the valid UTF-8 character at the start of `at`, or 0. */
static size_t utf8_step(const uint8_t *at, size_t len)
{
	size_t need = at[0] < 0x80 ? 1 : at[0] < 0xc2 ? 0 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;

	if (need == 0 || at[0] > 0xf4 || len < need)
		return 0;
	for (size_t i = 1; i < need; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	}
	if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f))
		return 0; /* overlong; surrogate */
	if ((at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f))
		return 0; /* overlong; past U+10FFFF */
	return need;
}

bool str_is_utf8(struct str s)
{
	const uint8_t *at = (const uint8_t *)s.at;
	size_t i = 0;

	while (i < s.len) {
		uint64_t word;
		size_t step;
		if (s.len - i >= sizeof(word)) {
			memcpy(&word, at + i, sizeof(word));
			if ((word & 0x8080808080808080u) == 0) {
				i += sizeof(word);
				continue;
			}
		}
		step = utf8_step(at + i, s.len - i);
		if (step == 0)
			return false;
		i += step;
	}
	return true;
}

bool str_is_file_name(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i];
		if (c < 0x20 || c == 0x7f || c == '"' || c == '\\' || c == '/')
			return false;
	}
	return s.len > 0 && s.len <= LIMIT_FILE_NAME_BYTES && str_is_utf8(s);
}

bool str_is_media_type(struct str s)
{
	size_t slashes = 0;

	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];
		bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
			c == '+' || c == '-' || c == '_';
		slashes += c == '/';
		if (!word && c != '/')
			return false;
	}
	return slashes == 1 && s.len >= 3 && s.len <= LIMIT_MEDIA_TYPE_BYTES;
}

const char *str_quote(struct arena *a, struct str s)
{
	const uint8_t *at = (const uint8_t *)s.at;
	char text[QUOTE_CHARACTERS_MAX * 8 + 4]; /* at most 4 bytes escaped as 2 x "\xhh" */
	size_t len = 0, characters = 0, i = 0;
	char *copy;

	while (i < s.len && characters < QUOTE_CHARACTERS_MAX) {
		size_t step = utf8_step(at + i, s.len - i);
		bool control = step == 2 && at[i] == 0xc2 && at[i + 1] < 0xa0;
		if (step == 1 && (at[i] == '"' || at[i] == '\\')) {
			text[len++] = '\\';
			text[len++] = (char)at[i];
		} else if (step == 0 || control || at[i] < 0x20 || at[i] == 0x7f) {
			step = control ? 2 : 1;
			for (size_t k = 0; k < step; k++)
				len += (size_t)snprintf(text + len, sizeof(text) - len, "\\x%02x",
					at[i + k]);
		} else {
			memcpy(text + len, at + i, step);
			len += step;
		}
		i += step;
		characters++;
	}
	if (i < s.len) {
		memcpy(text + len, "...", 3);
		len += 3;
	}
	copy = arena_copy(a, text, len);
	return copy ? copy : "...";
}
