/* paper_text.c - characters to lines, by the rules of Chinese and Latin print. */
#include <string.h>

#include "paper/paper_inner.h"

#define LINE_GLYPHS 512        /* shown at a time: a line of the finest print has fewer */
#define ELLIPSIS 0x2026

uint32_t text_next(struct str *rest)
{
	const uint8_t *at = (const uint8_t *)rest->at;
	size_t len = at[0] < 0x80 ? 1 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
	uint32_t c = len == 1 ? at[0] : at[0] & (0xffu >> (len + 1));

	for (size_t i = 1; i < len && i < rest->len; i++)
		c = c << 6 | (at[i] & 0x3fu);
	*rest = str_skip(*rest, len < rest->len ? len : rest->len);
	return c;
}

/* Shown by nobody, or able to turn what stands around it. */
static bool is_nothing(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c || c == 0xfeff ||
		(c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) ||
		(c >= 0x2060 && c <= 0x206f) || (c >= 0xfe00 && c <= 0xfe0f) ||
		(c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe0fff);
}

static bool is_space(uint32_t c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == 0xa0 || c == 0x2028 ||
		c == 0x2029;
}

/* `lines`: a line end stays one. */
static struct str printable(struct paper *p, struct str s, bool lines)
{
	struct str rest = s;
	bool clean = true;
	char *to;
	size_t len = 0;

	while (rest.len > 0 && clean) {
		uint32_t c = text_next(&rest);
		clean = (lines && c == '\n') ||
			(!is_nothing(c) && c != 0xa0 && c != 0x2028 && c != 0x2029);
	}
	if (clean)
		return s;
	to = arena_alloc(p->a, s.len + 1);
	if (!to) {
		paper_fail(p, ERR_TOO_LARGE, "paper needs too much memory");
		return STR("");
	}
	for (rest = s; rest.len > 0;) {
		const char *from = rest.at;
		uint32_t c = text_next(&rest);
		if (is_space(c)) {
			to[len++] = lines && c == '\n' ? '\n' : ' ';
		} else if (!is_nothing(c)) {
			memcpy(to + len, from, (size_t)(rest.at - from));
			len += (size_t)(rest.at - from);
		}
	}
	return (struct str){ to, len };
}

struct str text_printable(struct paper *p, struct str s)
{
	return printable(p, s, false);
}

struct str text_of(struct paper *p, const struct json *object, const char *name)
{
	struct str s = json_get_str(object, name);

	return s.at ? printable(p, s, false) : STR("");
}

struct str text_lines_of(struct paper *p, const struct json *object, const char *name)
{
	struct str s = name ? json_get_str(object, name) : json_str(object);

	return s.at ? printable(p, s, true) : STR("");
}

double text_width(struct paper *p, const struct pen *pen, struct str s)
{
	double width = 0;

	while (s.len > 0)
		width += font_glyph(p->fonts, pen->face, text_next(&s)).advance;
	return width * pen->size;
}

double text_height(const struct pen *pen)
{
	return pen->size * LEADING;
}

double text_base(const struct pen *pen)
{
	return pen->size * ((LEADING - 1) / 2 + 0.88);
}

/* ---- breaking -------------------------------------------------------------------------------- */

static bool is_one_of(uint32_t c, const char *set)
{
	struct str rest = str_of(set);

	while (rest.len > 0) {
		if (text_next(&rest) == c)
			return true;
	}
	return false;
}

/* Written without spaces: may be broken at either side. */
static bool is_wide(uint32_t c)
{
	return (c >= 0x2e80 && c < 0xa4d0) || (c >= 0xac00 && c < 0xd7b0) ||
		(c >= 0xf900 && c < 0xfb00) || (c >= 0xfe30 && c < 0xfe70) ||
		(c >= 0xff00 && c < 0xfff0) || (c >= 0x1f000 && c < 0x3fffe);
}

/* GB/T 15834: what may not begin a line, and what may not end one. */
static bool may_begin(uint32_t c)
{
	return !is_one_of(c, "、。，．：；？！）］｝」』】〕〉》”’％℃…—·~～,.;:!?)]}%°");
}

static bool may_end(uint32_t c)
{
	return !is_one_of(c, "（［｛「『【〔〈《“‘([{￥$№");
}

static bool may_break(uint32_t before, uint32_t after)
{
	if (before == ' ')
		return after != ' ';
	if (after == ' ' || !may_begin(after) || !may_end(before))
		return false;
	if (is_wide(before) || is_wide(after))
		return true;
	/* Ids and addresses break behind what joins their parts. */
	return is_one_of(before, "-/_:@#&=?+") && !is_one_of(after, "-/_:@#&=?+0123456789");
}

/* Length of the first line of `s`. */
static size_t line_length(struct paper *p, const struct pen *pen, double width, struct str s)
{
	struct str rest = s;
	uint32_t before = 0;
	double x = 0;
	size_t broken = 0;

	while (rest.len > 0) {
		size_t at = s.len - rest.len;
		uint32_t c = text_next(&rest);
		x += font_glyph(p->fonts, pen->face, c).advance * pen->size;
		if (c == '\n')
			return at + 1;
		if (at > 0 && may_break(before, c))
			broken = at;
		if (x > width && at > 0 && c != ' ')
			return broken > 0 ? broken : at;
		before = c;
	}
	return s.len;
}

struct lines text_wrap(struct paper *p, const struct pen *pen, double width, struct str s)
{
	struct lines ret = { 0, NULL };
	size_t room = 0;

	s = str_trim(s);
	while (s.len > 0) {
		size_t len = line_length(p, pen, width, s);
		if (ret.count == room) {
			size_t more = room ? room * 2 : 4;
			struct str *at = ARENA_ARRAY(p->a, struct str, more);
			if (!at) {
				paper_fail(p, ERR_TOO_LARGE, "paper needs too much memory");
				return ret;
			}
			if (ret.count > 0)
				memcpy(at, ret.at, ret.count * sizeof(*at));
			ret.at = at;
			room = more;
		}
		struct str line = { s.at, len };
		if (s.at[len - 1] == '\n')
			line.len--;
		ret.at[ret.count++] = str_trim(line);
		s = str_trim(str_skip(s, len));
	}
	return ret;
}

struct str text_fit(struct paper *p, const struct pen *pen, double width, struct str s)
{
	struct str rest = s;
	double end = width - font_glyph(p->fonts, pen->face, ELLIPSIS).advance * pen->size, x = 0;
	struct str cut;

	if (text_width(p, pen, s) <= width)
		return s;
	while (rest.len > 0) {
		struct str next = rest;
		x += font_glyph(p->fonts, pen->face, text_next(&next)).advance * pen->size;
		if (x > end)
			break;
		rest = next;
	}
	cut = str_printf(p->a, STR_FMT "\xe2\x80\xa6", (int)(s.len - rest.len), s.at);
	if (!cut.at)
		paper_fail(p, ERR_TOO_LARGE, "paper needs too much memory");
	return cut.at ? cut : STR("");
}

/* ---- showing --------------------------------------------------------------------------------- */

/* As many characters of one script as a call takes; returns where the next would stand. */
static double show_some(struct paper *p, const struct pen *pen, double x, double y,
	struct str *rest)
{
	cairo_glyph_t glyphs[LINE_GLYPHS];
	cairo_text_cluster_t clusters[LINE_GLYPHS];
	struct str s = *rest, next = *rest;
	enum script script = font_script(text_next(&next));
	int count = 0;

	while (rest->len > 0 && count < LINE_GLYPHS) {
		size_t before = rest->len;
		next = *rest;
		uint32_t c = text_next(&next);
		if (font_script(c) != script)
			break;
		*rest = next;
		struct glyph g = font_glyph(p->fonts, pen->face, c);
		glyphs[count] = (cairo_glyph_t){ g.index, x, y };
		clusters[count] = (cairo_text_cluster_t){ (int)(before - rest->len), 1 };
		x += g.advance * pen->size;
		count++;
	}
	cairo_set_font_face(p->cr, font_face(p->fonts, pen->face, script));
	cairo_set_font_size(p->cr, pen->size);
	cairo_show_text_glyphs(p->cr, s.at, (int)(s.len - rest->len), glyphs, count, clusters,
		count, 0);
	return x;
}

void text_show(struct paper *p, const struct pen *pen, double x, double y, struct str s)
{
	if (!p->cr || s.len == 0)
		return;
	shape_colour(p, pen->colour);
	while (s.len > 0)
		x = show_some(p, pen, x, y, &s);
}

void text_show_end(struct paper *p, const struct pen *pen, double x, double y, struct str s)
{
	text_show(p, pen, x - text_width(p, pen, s), y, s);
}
