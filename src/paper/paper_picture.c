/* paper_picture.c - the pictures of criteria/picture.h on paper: the same drawing as on the page,
 * so that both say the same. Reads the elements, attributes and classes that base/markup.h and
 * picture.c write, and no other SVG; what it does not know it leaves out. */
#include <math.h>
#include <string.h>

#include "paper/paper_inner.h"

#define ATTRIBUTES 12
#define GROUPS 4
/* Of the picture's own field: its margins fall away. */
#define FIELD_LEFT 24.0
#define FIELD_RIGHT 928.0
#define NAME_GAP 10.0
#define ELEMENTS_MAX 20000     /* a picture of the node has hundreds */

/* ---- reading --------------------------------------------------------------------------------- */

struct element {
	struct str name;
	bool closing, empty;
	size_t count;
	struct { struct str name, value; } attributes[ATTRIBUTES];
};

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		c == '-' || c == ':' || c == '_';
}

static struct str take_name(struct str *s)
{
	size_t len = 0;
	struct str ret;

	while (len < s->len && is_name(s->at[len]))
		len++;
	ret = (struct str){ s->at, len };
	*s = str_skip(*s, len);
	return ret;
}

static void skip_space(struct str *s)
{
	while (s->len > 0 && (s->at[0] == ' ' || s->at[0] == '\n'))
		*s = str_skip(*s, 1);
}

/* From behind '<' to behind '>'. False: it is no element. */
static bool take_element(struct str *s, struct element *ret)
{
	*ret = (struct element){ 0 };
	if (s->len > 0 && s->at[0] == '/') {
		ret->closing = true;
		*s = str_skip(*s, 1);
	}
	ret->name = take_name(s);
	for (;;) {
		struct str name, value;
		skip_space(s);
		if (s->len > 0 && s->at[0] == '/') {
			ret->empty = true;
			*s = str_skip(*s, 1);
		}
		if (s->len > 0 && s->at[0] == '>') {
			*s = str_skip(*s, 1);
			return ret->name.len > 0;
		}
		name = take_name(s);
		if (name.len == 0 || s->len < 2 || s->at[0] != '=' || s->at[1] != '"')
			return false;
		*s = str_skip(*s, 2);
		value = str_cut(s, '"');
		if (!s->at)
			return false;
		if (ret->count < ATTRIBUTES) {
			ret->attributes[ret->count].name = name;
			ret->attributes[ret->count++].value = value;
		}
	}
}

static struct str attribute(const struct element *el, const char *name)
{
	for (size_t i = 0; i < el->count; i++) {
		if (str_is(el->attributes[i].name, name))
			return el->attributes[i].value;
	}
	return STR("");
}

/* 0 for what is no number. */
static double decimal(struct str s)
{
	double value;

	return shape_number(&s, &value) ? value : 0;
}

static double number(const struct element *el, const char *name)
{
	return decimal(attribute(el, name));
}

static bool has_class(const struct element *el, const char *class)
{
	struct str rest = attribute(el, "class");

	while (rest.len > 0) {
		if (str_is(str_cut(&rest, ' '), class))
			return true;
	}
	return false;
}

/* Entities of markup.h back to characters. */
static struct str plain_text(struct paper *p, struct str s)
{
	static const struct { const char *entity; char is; } all[] = { { "&amp;", '&' },
		{ "&lt;", '<' }, { "&gt;", '>' }, { "&quot;", '"' }, { "&#39;", '\'' } };
	char *to = arena_alloc(p->a, s.len + 1);
	size_t len = 0;

	if (!to) {
		paper_fail(p, ERR_TOO_LARGE, "paper needs too much memory");
		return STR("");
	}
	while (s.len > 0) {
		size_t taken = 1;
		to[len] = s.at[0];
		for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
			if (!str_starts(s, all[i].entity))
				continue;
			to[len] = all[i].is;
			taken = strlen(all[i].entity);
		}
		len++;
		s = str_skip(s, taken);
	}
	return text_printable(p, (struct str){ to, len });
}

/* ---- drawing --------------------------------------------------------------------------------- */

struct style {
	bool filled, stroked;
	struct rgb fill, stroke;
	double width, opacity;
	double dash[2];                /* none when the first is 0 */
	bool round;
};

static struct rgb tone_of(const struct element *el, struct rgb otherwise)
{
	static const char *const tones[] = { "good", "warn", "bad", "soft" };

	for (size_t i = 0; i < sizeof(tones) / sizeof(tones[0]); i++) {
		if (has_class(el, tones[i]))
			return colour_of_tone(str_of(tones[i]), otherwise);
	}
	return otherwise;
}

/* What the picture's style sheet says of a class. */
static struct style style_of(const struct element *el)
{
	struct style s = { .opacity = 1, .width = 1 };

	if (has_class(el, "field") || has_class(el, "band") || has_class(el, "shade")) {
		s.filled = true;
		s.fill = has_class(el, "field") ? colour_well : tone_of(el, colour_soft);
		s.opacity = has_class(el, "shade") ? 0.1 : has_class(el, "off") ? 0.12
			: has_class(el, "band") ? 0.3 : 1;
		return s;
	}
	s.stroked = !has_class(el, "paper");
	s.stroke = has_class(el, "grid") || has_class(el, "rule") ? colour_rule
		: tone_of(el, colour_ink);
	if (has_class(el, "series")) {
		s.stroke = has_class(el, "other") ? colour_soft : colour_act;
		s.width = 1.75;
		s.round = true;
		s.dash[0] = has_class(el, "other") ? 1 : 0;
		s.dash[1] = 3;
	} else if (has_class(el, "event")) {
		s.stroke = colour_soft;
		s.dash[0] = 2;
		s.dash[1] = 3;
	} else if (has_class(el, "limit")) {
		s.width = 1.5;
		s.dash[0] = 6;
		s.dash[1] = 4;
	} else if (has_class(el, "moment")) {
		s.filled = str_is(el->name, "circle");
		s.fill = colour_paper;
		s.width = s.filled ? 2 : 1.25;
	} else if (has_class(el, "shape")) {
		s.width = 1.6;
		s.round = true;
	}
	return s;
}

static void paint(struct paper *p, const struct style *s)
{
	if (s->filled) {
		cairo_set_source_rgba(p->cr, s->fill.r, s->fill.g, s->fill.b, s->opacity);
		if (s->stroked)
			cairo_fill_preserve(p->cr);
		else
			cairo_fill(p->cr);
	}
	if (s->stroked) {
		cairo_set_source_rgba(p->cr, s->stroke.r, s->stroke.g, s->stroke.b, s->opacity);
		cairo_set_line_width(p->cr, s->width);
		cairo_set_dash(p->cr, s->dash, s->dash[0] > 0 ? 2 : 0, 0);
		cairo_set_line_cap(p->cr, s->round ? CAIRO_LINE_CAP_ROUND : CAIRO_LINE_CAP_BUTT);
		cairo_set_line_join(p->cr, s->round ? CAIRO_LINE_JOIN_ROUND
			: CAIRO_LINE_JOIN_MITER);
		cairo_stroke(p->cr);
	}
	cairo_new_path(p->cr);
}

static struct pen pen_of(const struct element *el)
{
	struct pen pen = { FACE_REGULAR, 13, tone_of(el, colour_ink) };

	if (has_class(el, "title"))
		pen = (struct pen){ FACE_BOLD, 21, pen.colour };
	else if (has_class(el, "verdict"))
		pen = (struct pen){ FACE_BOLD, 17, pen.colour };
	else if (has_class(el, "name"))
		pen = (struct pen){ FACE_BOLD, 14, pen.colour };
	else if (has_class(el, "value"))
		pen = (struct pen){ FACE_BOLD, 12.5, pen.colour };
	else if (has_class(el, "tick"))
		pen = (struct pen){ FACE_REGULAR, 11.5, colour_soft };
	else if (has_class(el, "small"))
		pen.size = 12.5;
	return pen;
}

/* A place behind the words, so that lines do not run through them. */
static void show_halo(struct paper *p, const struct pen *pen, double x, double y, struct str s)
{
	double width = text_width(p, pen, s);

	cairo_set_source_rgba(p->cr, 1, 1, 1, 0.85);
	cairo_rectangle(p->cr, x - 2, y - pen->size * 0.86, width + 4, pen->size * 1.12);
	cairo_fill(p->cr);
}

/* Where a piece of text ends, a tspan behind it begins. */
static double show_piece(struct paper *p, const struct element *el, double x, double y,
	struct str text)
{
	const struct pen pen = str_is(el->name, "tspan")
		? (struct pen){ FACE_REGULAR, 14, colour_soft } : pen_of(el);
	struct str anchor = attribute(el, "text-anchor"), s = plain_text(p, text);
	double width = text_width(p, &pen, s);

	if (str_is(anchor, "end"))
		x -= width;
	else if (str_is(anchor, "middle"))
		x -= width / 2;
	if (has_class(el, "halo"))
		show_halo(p, &pen, x, y, s);
	text_show(p, &pen, x, y, s);
	return x + width;
}

static void open_group(struct paper *p, const struct element *el)
{
	struct str rest = attribute(el, "transform");

	cairo_save(p->cr);
	if (!str_starts(rest, "translate("))
		return;
	rest = str_skip(rest, 10);
	double x = decimal(str_cut(&rest, ' '));
	double y = decimal(str_cut(&rest, ')'));
	cairo_translate(p->cr, x, y);
	rest = str_trim(rest);
	if (str_starts(rest, "scale(")) {
		double scale = decimal(str_skip(rest, 6));
		if (scale > 0)
			cairo_scale(p->cr, scale, scale);
	}
}

struct drawing {
	struct element text;           /* the innermost text or tspan; no name: none */
	double x, y;                   /* of its next piece */
	struct element groups[GROUPS];
	size_t group_count;
	bool hidden;                   /* within style, title or desc */
};

/* An element that is a shape; of its group's class when it has none. */
static void draw_shape(struct paper *p, struct drawing *d, const struct element *el)
{
	const struct element *styled = attribute(el, "class").len == 0 && d->group_count > 0
		? &d->groups[d->group_count - 1] : el;
	struct style s = style_of(styled);

	if (has_class(styled, "paper"))
		return;
	if (str_is(el->name, "line")) {
		cairo_move_to(p->cr, number(el, "x1"), number(el, "y1"));
		cairo_line_to(p->cr, number(el, "x2"), number(el, "y2"));
	} else if (str_is(el->name, "rect")) {
		cairo_rectangle(p->cr, number(el, "x"), number(el, "y"), number(el, "width"),
			number(el, "height"));
	} else if (str_is(el->name, "circle")) {
		cairo_new_sub_path(p->cr);
		cairo_arc(p->cr, number(el, "cx"), number(el, "cy"), number(el, "r"), 0, 2 * M_PI);
	} else if (!str_is(el->name, "path") || !shape_path(p->cr, attribute(el, "d"))) {
		cairo_new_path(p->cr);
		return;
	}
	if (str_is(styled->name, "g"))
		s.filled = false;
	paint(p, &s);
}

static void begin_element(struct paper *p, struct drawing *d, const struct element *el)
{
	if (str_is(el->name, "style") || str_is(el->name, "title") || str_is(el->name, "desc")) {
		d->hidden = !el->empty;
	} else if (str_is(el->name, "g")) {
		if (el->empty || d->group_count == GROUPS)
			return;
		d->groups[d->group_count++] = *el;
		open_group(p, el);
	} else if (str_is(el->name, "text")) {
		d->text = *el;
		d->x = number(el, "x");
		d->y = number(el, "y");
	} else if (str_is(el->name, "tspan")) {
		d->text = *el;
		d->x += number(el, "dx");
	} else if (!str_is(el->name, "svg")) {
		draw_shape(p, d, el);
	}
}

static void end_element(struct paper *p, struct drawing *d, const struct element *el)
{
	d->hidden = false;
	if (str_is(el->name, "text") || str_is(el->name, "tspan"))
		d->text = (struct element){ 0 };
	if (str_is(el->name, "g") && d->group_count > 0) {
		d->group_count--;
		cairo_restore(p->cr);
	}
}

static void draw_elements(struct paper *p, struct str svg)
{
	struct drawing *d = ARENA_NEW(p->a, struct drawing);
	struct element el;

	if (!d) {
		paper_fail(p, ERR_TOO_LARGE, "paper needs too much memory");
		return;
	}
	for (size_t i = 0; svg.len > 0 && i < ELEMENTS_MAX; i++) {
		struct str text = str_cut(&svg, '<');
		if (d->text.name.len > 0 && !d->hidden && text.len > 0)
			d->x = show_piece(p, &d->text, d->x, d->y, text);
		if (!svg.at || !take_element(&svg, &el))
			break;
		if (el.closing)
			end_element(p, d, &el);
		else
			begin_element(p, d, &el);
	}
	for (; d->group_count > 0; d->group_count--)
		cairo_restore(p->cr);
}

void picture_place(struct paper *p, const struct json *block)
{
	struct str svg = json_get_str(block, "svg"), rest = svg;
	double height, scale, room = PAPER_HEIGHT - 2 * PAPER_MARGIN - 40;
	struct element el;

	(void)str_cut(&rest, '<');
	if (!rest.at || !take_element(&rest, &el) || !str_is(el.name, "svg") ||
		!(number(&el, "height") >= 1)) {
		paper_fail(p, ERR_INVALID, "a picture of the sheet is none");
		return;
	}
	height = number(&el, "height");
	scale = PAPER_ROOM / (FIELD_RIGHT - FIELD_LEFT);
	if (height * scale > room)
		scale = room / height;
	paper_need(p, height * scale);
	if (p->cr && p->code == ERR_OK) {
		paper_tag(p, "Figure");
		cairo_save(p->cr);
		cairo_translate(p->cr, PAPER_LEFT + (PAPER_ROOM - scale *
			(FIELD_RIGHT - FIELD_LEFT)) / 2 - FIELD_LEFT * scale, p->y);
		cairo_scale(p->cr, scale, scale);
		draw_elements(p, svg);
		cairo_restore(p->cr);
		paper_untag(p);
	}
	p->y += height * scale + NAME_GAP;
}
