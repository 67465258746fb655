/* json_write.c - the canonical form (RFC 8785) and its indented sister. */
#include "base/json.h"

#include <math.h>
#include <string.h>

#include "base/json_inner.h"
#include "base/limits.h"

#define SHORT_BYTES 32    /* most names and many values: copied without a call */
#define JCS_BYTES_FIRST 8192

struct writer {
	struct buf *b;
	bool pretty;
	size_t depth;
	struct {
		const struct json *v;
		uint32_t next;
	} stack[LIMIT_JSON_DEPTH];
};

static void put_escape(struct buf *b, unsigned char c)
{
	static const char digits[] = "0123456789abcdef";
	char text[6] = { '\\', 'u', '0', '0', digits[c >> 4], digits[c & 15] };

	switch (c) {
	case '"':
	case '\\':
		text[1] = (char)c;
		break;
	case '\b':
		text[1] = 'b';
		break;
	case '\t':
		text[1] = 't';
		break;
	case '\n':
		text[1] = 'n';
		break;
	case '\f':
		text[1] = 'f';
		break;
	case '\r':
		text[1] = 'r';
		break;
	default:
		buf_put(b, text, 6);
		return;
	}
	buf_put(b, text, 2);
}

/* As buf_put_char and buf_put, without a call while there is room. */
static inline void put_char(struct buf *b, char c)
{
	if (b->len < b->capacity && !b->overflow)
		b->at[b->len++] = c;
	else
		buf_put_char(b, c);
}

static inline void put_run(struct buf *b, const char *at, size_t len)
{
	if (len <= SHORT_BYTES && len <= b->capacity - b->len && !b->overflow) {
		char *to = b->at + b->len;
		b->len += len;
		while (len-- > 0)
			*to++ = *at++;
		return;
	}
	buf_put(b, at, len);
}

/* Strings from the parser are known to be good; those we built need not be. */
static enum err_code put_string(struct buf *b, struct str s, struct err *e)
{
	const char *at = s.at, *end = s.at + s.len, *run = s.at;

	if (!s.at)
		return err_set(e, ERR_TOO_LARGE, "JSON needs too much memory");
	put_char(b, '"');
	for (;;) {
		at = json_plain_end(at, end);
		if (at >= end)
			break;
		if ((unsigned char)*at >= 0x80) {
			at = json_wide_end(at, end);
			if (!at)
				return err_set(e, ERR_INVALID,
					"JSON string is not valid UTF-8 text");
			continue;
		}
		if (*at == '\0')
			return err_set(e, ERR_INVALID, "JSON string holds the character U+0000");
		put_run(b, run, (size_t)(at - run));
		put_escape(b, (unsigned char)*at);
		run = ++at;
	}
	put_run(b, run, (size_t)(end - run));
	put_char(b, '"');
	return ERR_OK;
}

static enum err_code put_number(struct buf *b, double number, struct err *e)
{
	char text[JSON_NUMBER_BYTES];

	if (!isfinite(number))
		return err_set(e, ERR_INVALID, "JSON cannot hold an infinite number");
	/* The reader would refuse its canonical form. */
	if (fabs(number) > JSON_INTEGER_MAX && fabs(number) < 1e21)
		return err_set(e, ERR_INVALID, "JSON integer is over 9007199254740992 in size");
	put_run(b, text, json_number_text(number, text));
	return ERR_OK;
}

static void put_line(struct writer *w)
{
	if (!w->pretty)
		return;
	put_char(w->b, '\n');
	for (size_t i = 0; i < w->depth; i++)
		buf_put(w->b, "  ", 2);
}

static enum err_code put_open(struct writer *w, const struct json *v, struct err *e)
{
	bool object = v->type == JSON_OBJECT;

	if (v->capacity == JSON_BROKEN)
		return err_set(e, ERR_TOO_LARGE, "JSON needs too much memory");
	if (w->depth == LIMIT_JSON_DEPTH)
		return err_set(e, ERR_TOO_LARGE, "JSON is nested too deeply");
	put_char(w->b, object ? '{' : '[');
	if (v->count == 0) {
		put_char(w->b, object ? '}' : ']');
		return ERR_OK;
	}
	w->stack[w->depth].v = v;
	w->stack[w->depth++].next = 0;
	return ERR_OK;
}

static enum err_code put_value(struct writer *w, const struct json *v, struct err *e)
{
	if (!v)
		return err_set(e, ERR_TOO_LARGE, "JSON needs too much memory");
	switch (v->type) {
	case JSON_NULL:
		buf_put(w->b, "null", 4);
		return ERR_OK;
	case JSON_FALSE:
		buf_put(w->b, "false", 5);
		return ERR_OK;
	case JSON_TRUE:
		buf_put(w->b, "true", 4);
		return ERR_OK;
	case JSON_NUMBER:
		return put_number(w->b, v->number, e);
	case JSON_STRING:
		return put_string(w->b, v->string, e);
	case JSON_ARRAY:
	case JSON_OBJECT:
		return put_open(w, v, e);
	}
	return err_set(e, ERR_INTERNAL, "JSON value has no type");
}

/* Closes what is complete and steps to the next element; *ret stays when all is written. */
static enum err_code next_value(struct writer *w, const struct json **ret, struct err *e)
{
	while (w->depth > 0) {
		const struct json *v = w->stack[w->depth - 1].v;
		uint32_t i = w->stack[w->depth - 1].next++;
		if (i == v->count) {
			w->depth--;
			put_line(w);
			put_char(w->b, v->type == JSON_OBJECT ? '}' : ']');
			continue;
		}
		if (i > 0)
			put_char(w->b, ',');
		put_line(w);
		if (v->type == JSON_ARRAY) {
			*ret = v->items[i];
			return ERR_OK;
		}
		TRY(put_string(w->b, v->members[i].name, e));
		put_char(w->b, ':');
		if (w->pretty)
			put_char(w->b, ' ');
		*ret = v->members[i].value;
		return ERR_OK;
	}
	return ERR_OK;
}

static enum err_code put_all(struct buf *b, const struct json *v, bool pretty, struct err *e)
{
	struct writer w;
	size_t before = b->len;

	w.b = b;
	w.pretty = pretty;
	w.depth = 0;
	do {
		enum err_code code = put_value(&w, v, e);
		if (code == ERR_OK)
			code = next_value(&w, &v, e);
		if (code != ERR_OK) {
			b->len = before; /* half a value is of no use */
			return code;
		}
	} while (w.depth > 0);
	return buf_check(b, "JSON", e);
}

enum err_code json_put_jcs(struct buf *b, const struct json *v, struct err *e)
{
	return put_all(b, v, false, e);
}

enum err_code json_put_pretty(struct buf *b, const struct json *v, struct err *e)
{
	return put_all(b, v, true, e);
}

enum err_code json_jcs(struct arena *a, const struct json *v, struct str *ret, struct err *e)
{
	__attribute__((cleanup(buf_clear))) struct buf b = { .max = a->cap_bytes };
	struct str copy;

	if (b.max > JCS_BYTES_FIRST)
		(void)buf_reserve(&b, JCS_BYTES_FIRST); /* spares the first steps of growth */
	TRY(put_all(&b, v, false, e));
	copy = str_copy(a, buf_str(&b));
	if (!copy.at)
		return err_set(e, ERR_TOO_LARGE, "JSON of %zu bytes is too large", b.len);
	*ret = copy;
	return ERR_OK;
}
