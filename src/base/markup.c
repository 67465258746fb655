/* markup.c - the writer of elements. All text and all attribute values pass one function. */
#include "base/markup.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define NUMBER_BYTES 32
#define NUMBER_MAX 1e9
#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

static const char *entity_of(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

/* Control characters have no place in XML, and broken UTF-8 would spoil the whole document. */
static void put_escaped(struct buf *b, struct str s)
{
	size_t run = 0;
	if (s.len == 0)
		return;
	if (!str_is_utf8(s)) {
		buf_put_text(b, REPLACEMENT);
		return;
	}
	for (size_t i = 0; i < s.len; i++) {
		const char *entity = entity_of(s.at[i]);
		unsigned char c = (unsigned char)s.at[i];
		if (c < ' ' && c != '\n' && c != '\t')
			entity = REPLACEMENT;
		if (!entity)
			continue;
		buf_put(b, s.at + run, i - run);
		buf_put_text(b, entity);
		run = i + 1;
	}
	buf_put(b, s.at + run, s.len - run);
}

static void check_name(const char *name)
{
	CHECK(name[0] != '\0');
	for (const char *c = name; *c; c++)
		CHECK((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || *c == '-' ||
			*c == ':' || (*c >= '0' && *c <= '9' && c > name));
}

static void end_tag(struct markup *m)
{
	if (m->in_tag)
		buf_put_char(m->b, '>');
	m->in_tag = false;
}

void markup_init(struct markup *m, struct buf *b)
{
	*m = (struct markup){ .b = b };
}

void markup_open(struct markup *m, const char *name)
{
	check_name(name);
	CHECK(m->depth < MARKUP_DEPTH);
	end_tag(m);
	buf_put_char(m->b, '<');
	buf_put_text(m->b, name);
	m->names[m->depth++] = name;
	m->in_tag = true;
}

void markup_attribute(struct markup *m, const char *name, struct str value)
{
	check_name(name);
	CHECK(m->in_tag);
	buf_put_char(m->b, ' ');
	buf_put_text(m->b, name);
	buf_put_text(m->b, "=\"");
	put_escaped(m->b, value);
	buf_put_char(m->b, '"');
}

void markup_attribute_text(struct markup *m, const char *name, const char *value)
{
	markup_attribute(m, name, str_of(value));
}

void markup_put_number(struct buf *b, double value)
{
	char text[NUMBER_BYTES];
	CHECK(fabs(value) <= NUMBER_MAX); /* false for NaN */
	int len = snprintf(text, sizeof(text), "%.2f", value);
	while (len > 0 && text[len - 1] == '0')
		len--;
	if (len > 0 && text[len - 1] == '.')
		len--;
	if (len == 2 && text[0] == '-' && text[1] == '0')
		buf_put_char(b, '0');
	else
		buf_put(b, text, (size_t)len);
}

void markup_attribute_number(struct markup *m, const char *name, double value)
{
	check_name(name);
	CHECK(m->in_tag);
	buf_put_char(m->b, ' ');
	buf_put_text(m->b, name);
	buf_put_text(m->b, "=\"");
	markup_put_number(m->b, value);
	buf_put_char(m->b, '"');
}

void markup_text(struct markup *m, struct str text)
{
	CHECK(m->depth > 0);
	end_tag(m);
	put_escaped(m->b, text);
}

void markup_close(struct markup *m)
{
	CHECK(m->depth > 0);
	m->depth--;
	if (m->in_tag) {
		buf_put_text(m->b, "/>");
	} else {
		buf_put_text(m->b, "</");
		buf_put_text(m->b, m->names[m->depth]);
		buf_put_char(m->b, '>');
	}
	m->in_tag = false;
	if (m->depth <= 2)
		buf_put_char(m->b, '\n');
}

void markup_element(struct markup *m, const char *name, struct str text)
{
	markup_open(m, name);
	markup_text(m, text);
	markup_close(m);
}

enum err_code markup_check(const struct markup *m, struct err *e)
{
	CHECK(m->depth == 0); /* I1 */
	return buf_check(m->b, "picture", e);
}
