/* buf.c - growing bytes under a maximum. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUF_BYTES_FIRST 512 /* most texts a request makes are smaller */

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max };
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	b->overflow = false;
}

void buf_clear(struct buf *b)
{
	free(b->at);
	*b = (struct buf){ .max = b->max };
}

static bool buf_grow(struct buf *b, size_t need)
{
	size_t capacity = b->capacity > 0 ? b->capacity : BUF_BYTES_FIRST;
	char *at;

	while (capacity < need)
		capacity = capacity > SIZE_MAX / 2 ? need : capacity * 2;
	if (capacity > b->max)
		capacity = b->max;
	at = realloc(b->at, capacity);
	if (!at)
		return false;
	b->at = at;
	b->capacity = capacity;
	return true;
}

bool buf_reserve(struct buf *b, size_t more)
{
	if (b->overflow)
		return false;
	if (more <= b->capacity - b->len)
		return true;
	if (more > b->max - b->len || !buf_grow(b, b->len + more))
		b->overflow = true;
	return !b->overflow;
}

void buf_put(struct buf *b, const void *bytes, size_t len)
{
	if (len == 0 || !buf_reserve(b, len))
		return;
	memcpy(b->at + b->len, bytes, len);
	b->len += len;
}

void buf_put_str(struct buf *b, struct str s)
{
	buf_put(b, s.at, s.len);
}

void buf_put_text(struct buf *b, const char *text)
{
	buf_put(b, text, strlen(text));
}

void buf_put_char(struct buf *b, char c)
{
	if (buf_reserve(b, 1))
		b->at[b->len++] = c;
}

void buf_put_u64(struct buf *b, uint64_t value)
{
	char digits[20]; /* 18446744073709551615 */
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	buf_put(b, digits + at, sizeof(digits) - at);
}

void buf_put_be16(struct buf *b, uint16_t value)
{
	uint8_t bytes[2] = { (uint8_t)(value >> 8), (uint8_t)(value & 0xff) };

	buf_put(b, bytes, sizeof(bytes));
}

void buf_put_be64(struct buf *b, uint64_t value)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(value >> (56 - 8 * i));
	buf_put(b, bytes, sizeof(bytes));
}

void buf_printf(struct buf *b, const char *format, ...)
{
	char few[256];
	char *many = NULL;
	va_list args, again;
	int len;

	va_start(args, format);
	va_copy(again, args);
	len = vsnprintf(few, sizeof(few), format, args);
	va_end(args);
	CHECK(len >= 0);
	if ((size_t)len < sizeof(few)) {
		buf_put(b, few, (size_t)len);
	} else if ((size_t)len > b->max - b->len) {
		b->overflow = true; /* before memory is asked for */
	} else {
		many = malloc((size_t)len + 1);
		if (many)
			(void)vsnprintf(many, (size_t)len + 1, format, again); /* measured above */
		else
			b->overflow = true;
		if (many)
			buf_put(b, many, (size_t)len);
		free(many);
	}
	va_end(again);
}

struct str buf_str(const struct buf *b)
{
	return (struct str){ .at = b->at ? b->at : "", .len = b->len };
}

enum err_code buf_check(const struct buf *b, const char *what, struct err *e)
{
	if (b->overflow)
		return err_set(e, ERR_TOO_LARGE, "%s is over %zu bytes", what, b->max);
	return ERR_OK;
}
