/* paper_shape.c - colours, lines, the shapes of verdicts, and SVG paths. */
#include <math.h>

#include "base/encode.h"
#include "paper/paper_inner.h"

#define HEX(r_, g_, b_) { 0x##r_ / 255.0, 0x##g_ / 255.0, 0x##b_ / 255.0 }
/* The pages' colours in light (ui/static/app.css); the well paler, as printers make it darker. */
const struct rgb colour_ink = HEX(1a, 20, 23), colour_soft = HEX(56, 60, 67);
const struct rgb colour_rule = HEX(dc, df, da), colour_well = HEX(f7, f8, f6);
const struct rgb colour_paper = HEX(ff, ff, ff), colour_act = HEX(0b, 6a, 70);
static const struct rgb good = HEX(1c, 6b, 3c), warn = HEX(85, 52, 00), bad = HEX(ad, 24, 18);

struct rgb colour_of_tone(struct str tone, struct rgb otherwise)
{
	if (str_is(tone, "good"))
		return good;
	if (str_is(tone, "warn"))
		return warn;
	if (str_is(tone, "bad"))
		return bad;
	return str_is(tone, "soft") ? colour_soft : otherwise;
}

struct rgb colour_parse(struct str s)
{
	uint8_t part[3];

	if (s.len != 7 || s.at[0] != '#' ||
		hex_decode(str_skip(s, 1), part, sizeof(part), NULL) != ERR_OK)
		return colour_ink;
	return (struct rgb){ part[0] / 255.0, part[1] / 255.0, part[2] / 255.0 };
}

void shape_colour(struct paper *p, struct rgb c)
{
	if (p->cr)
		cairo_set_source_rgb(p->cr, c.r, c.g, c.b);
}

void shape_rect(struct paper *p, struct rgb c, double x, double y, double width, double height)
{
	if (!p->cr)
		return;
	shape_colour(p, c);
	cairo_rectangle(p->cr, x, y, width, height);
	cairo_fill(p->cr);
}

void shape_rule(struct paper *p, struct rgb c, double width, double x1, double y1, double x2,
	double y2)
{
	if (!p->cr)
		return;
	shape_colour(p, c);
	cairo_set_line_width(p->cr, width);
	cairo_move_to(p->cr, x1, y1);
	cairo_line_to(p->cr, x2, y2);
	cairo_stroke(p->cr);
}

/* On a field of 16 by 16; the same shapes as everywhere on the pages. */
static const struct { const char *name, *path; } shapes[] = {
	{ "check", "M4.6 8.3 7 10.7 11.6 5.6" },
	{ "cross", "m5.2 5.2 5.6 5.6m0-5.6-5.6 5.6" },
	{ "question", "M6.2 6.4a1.9 1.9 0 1 1 2.7 1.7c-.6.3-.9.7-.9 1.3M8 11.3v.1" },
	{ "slash", "m3.4 12.6 9.2-9.2" },
	{ "dash", "M4.8 8h6.4" },
	{ "clock", "M8 4.8V8l2.2 1.6" },
};

void shape_draw(struct paper *p, struct str name, struct rgb c, double x, double y, double size)
{
	const char *path = "";

	if (!p->cr)
		return;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		if (str_is(name, shapes[i].name))
			path = shapes[i].path;
	}
	cairo_save(p->cr);
	shape_colour(p, c);
	cairo_translate(p->cr, x - size / 2, y - size / 2);
	cairo_scale(p->cr, size / 16, size / 16);
	cairo_set_line_width(p->cr, 1.6);
	cairo_set_line_cap(p->cr, CAIRO_LINE_CAP_ROUND);
	cairo_set_line_join(p->cr, CAIRO_LINE_JOIN_ROUND);
	cairo_arc(p->cr, 8, 8, 6.5, 0, 2 * M_PI);
	cairo_close_path(p->cr);
	(void)shape_path(p->cr, str_of(path)); /* our own paths are paths */
	cairo_stroke(p->cr);
	cairo_restore(p->cr);
}

/* ---- SVG paths ------------------------------------------------------------------------------- */

#define NUMBER_BYTES 24

static void skip_gap(struct str *s)
{
	while (s->len > 0 && (s->at[0] == ' ' || s->at[0] == ','))
		*s = str_skip(*s, 1);
}

bool shape_number(struct str *s, double *ret)
{
	double value = 0, scale = 1, sign = 1;
	bool point = false, digits = false;

	skip_gap(s);
	if (s->len > 0 && s->at[0] == '-') {
		sign = -1;
		*s = str_skip(*s, 1);
	}
	for (size_t i = 0; s->len > 0 && i < NUMBER_BYTES; i++) {
		char c = s->at[0];
		if (c == '.' && !point) {
			point = true;
		} else if (c >= '0' && c <= '9') {
			digits = true;
			value = value * 10 + (c - '0');
			scale = point ? scale * 10 : scale;
		} else {
			break;
		}
		*s = str_skip(*s, 1);
	}
	*ret = sign * value / scale;
	return digits;
}

static bool take_numbers(struct str *s, size_t count, double *ret)
{
	for (size_t i = 0; i < count; i++) {
		if (!shape_number(s, &ret[i]))
			return false;
	}
	return true;
}

/* Part of a circle: radius, ends, which of the two, and the way around (SVG 1.1, F.6). */
static void put_arc(cairo_t *cr, double radius, bool large, bool sweep, double x2, double y2)
{
	double x1, y1, dx, dy, half, height, cx, cy;

	cairo_get_current_point(cr, &x1, &y1);
	dx = x2 - x1;
	dy = y2 - y1;
	half = sqrt(dx * dx + dy * dy) / 2;
	if (half < 1e-9 || radius < 1e-9) {
		cairo_line_to(cr, x2, y2);
		return;
	}
	radius = radius < half ? half : radius;
	height = sqrt(radius * radius - half * half) * (large == sweep ? -1 : 1);
	cx = (x1 + x2) / 2 - height * dy / (2 * half);
	cy = (y1 + y2) / 2 + height * dx / (2 * half);
	if (sweep)
		cairo_arc(cr, cx, cy, radius, atan2(y1 - cy, x1 - cx), atan2(y2 - cy, x2 - cx));
	else
		cairo_arc_negative(cr, cx, cy, radius, atan2(y1 - cy, x1 - cx),
			atan2(y2 - cy, x2 - cx));
}

/* One command with its numbers; `c` in capitals. */
static bool put_command(cairo_t *cr, char c, bool relative, struct str *s)
{
	double n[7] = { 0 }, x = 0, y = 0;

	if (cairo_has_current_point(cr))
		cairo_get_current_point(cr, &x, &y);
	const double dx = relative ? x : 0, dy = relative ? y : 0;
	if (c == 'M' && take_numbers(s, 2, n))
		cairo_move_to(cr, dx + n[0], dy + n[1]);
	else if (c == 'L' && take_numbers(s, 2, n))
		cairo_line_to(cr, dx + n[0], dy + n[1]);
	else if (c == 'H' && take_numbers(s, 1, n))
		cairo_line_to(cr, dx + n[0], y);
	else if (c == 'V' && take_numbers(s, 1, n))
		cairo_line_to(cr, x, dy + n[0]);
	else if (c == 'C' && take_numbers(s, 6, n))
		cairo_curve_to(cr, dx + n[0], dy + n[1], dx + n[2], dy + n[3], dx + n[4],
			dy + n[5]);
	else if (c == 'A' && take_numbers(s, 7, n))
		put_arc(cr, n[0], n[3] != 0, n[4] != 0, dx + n[5], dy + n[6]);
	else
		return false;
	return true;
}

bool shape_path(cairo_t *cr, struct str d)
{
	char command = '\0';
	bool relative = false;

	cairo_new_sub_path(cr); /* so that it begins at 0, 0 */
	skip_gap(&d);
	while (d.len > 0) {
		char c = d.at[0];
		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
			relative = c >= 'a';
			command = relative ? (char)(c - 'a' + 'A') : c;
			d = str_skip(d, 1);
		} else if (command == 'M') {
			command = 'L'; /* further pairs are lines */
		}
		if (command == 'Z') {
			cairo_close_path(cr);
			command = '\0';
		} else if (!put_command(cr, command, relative, &d)) {
			return false;
		}
		skip_gap(&d);
	}
	return true;
}
