/* picture_shape.c - texts, lines, and the shapes of verdicts. */
#include <math.h>

#include "criteria/picture_inner.h"

void put_text(struct picture *p, const char *class, const char *anchor, double x, double y,
	struct str text)
{
	markup_open(&p->m, "text");
	markup_attribute_text(&p->m, "class", class);
	if (anchor)
		markup_attribute_text(&p->m, "text-anchor", anchor);
	markup_attribute_number(&p->m, "x", x);
	markup_attribute_number(&p->m, "y", y);
	markup_text(&p->m, text);
	markup_close(&p->m);
}

void put_line(struct picture *p, const char *class, double x1, double y1, double x2, double y2)
{
	markup_open(&p->m, "line");
	markup_attribute_text(&p->m, "class", class);
	markup_attribute_number(&p->m, "x1", x1);
	markup_attribute_number(&p->m, "y1", y1);
	markup_attribute_number(&p->m, "x2", x2);
	markup_attribute_number(&p->m, "y2", y2);
	markup_close(&p->m);
}

void put_rect(struct picture *p, const char *class, double x, double y, double width,
	double height)
{
	markup_open(&p->m, "rect");
	markup_attribute_text(&p->m, "class", class);
	markup_attribute_number(&p->m, "x", x);
	markup_attribute_number(&p->m, "y", y);
	markup_attribute_number(&p->m, "width", width > 0 ? width : 0);
	markup_attribute_number(&p->m, "height", height);
	markup_close(&p->m);
}

/* On a field of 16 by 16; the same shapes as everywhere on the pages. */
static const char *const paths[VERDICT_COUNT] = {
	[VERDICT_PASS] = "M4.6 8.3 7 10.7 11.6 5.6",
	[VERDICT_FAIL] = "m5.2 5.2 5.6 5.6m0-5.6-5.6 5.6",
	[VERDICT_INCONCLUSIVE] = "M6.2 6.4a1.9 1.9 0 1 1 2.7 1.7c-.6.3-.9.7-.9 1.3M8 11.3v.1",
	[VERDICT_INVALID_RUN] = "m3.4 12.6 9.2-9.2",
	[VERDICT_NOT_APPLICABLE] = "M4.8 8h6.4",
};
static const char *const classes[VERDICT_COUNT] = {
	[VERDICT_PASS] = "shape good", [VERDICT_FAIL] = "shape bad",
	[VERDICT_INCONCLUSIVE] = "shape warn", [VERDICT_INVALID_RUN] = "shape warn",
	[VERDICT_NOT_APPLICABLE] = "shape soft",
};

void shape_verdict(struct picture *p, enum verdict v, double x, double y, double size)
{
	double scale = size / 16.0;
	struct str move = str_printf(p->work, "translate(%.2f %.2f) scale(%.3f)", x - size / 2,
		y - size / 2, scale);
	markup_open(&p->m, "g");
	markup_attribute_text(&p->m, "class", classes[v]);
	markup_attribute(&p->m, "transform", move);
	markup_open(&p->m, "circle");
	markup_attribute_number(&p->m, "cx", 8);
	markup_attribute_number(&p->m, "cy", 8);
	markup_attribute_number(&p->m, "r", 6.5);
	markup_close(&p->m);
	markup_open(&p->m, "path");
	markup_attribute_text(&p->m, "d", paths[v]);
	markup_close(&p->m);
	markup_close(&p->m);
}

void shape_state(struct picture *p, struct str state, double x, double y, double size)
{
	enum verdict v = str_is(state, "holds") ? VERDICT_PASS :
		str_is(state, "violated") ? VERDICT_FAIL : VERDICT_INCONCLUSIVE;
	shape_verdict(p, v, x, y, size);
}

const char *picture_class_of(struct str state)
{
	if (str_is(state, "holds"))
		return "good";
	return str_is(state, "violated") ? "bad" : "warn";
}
