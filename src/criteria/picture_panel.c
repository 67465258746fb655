/* picture_panel.c - one quantity over time with what was decided on it, and bands of states. */
#include <math.h>

#include "base/scoped.h"
#include "criteria/picture_inner.h"

#define HEADING_LINE 18.0
#define HEADING_GAP 8.0
#define FIELD_DECIDED 124.0
#define FIELD_OTHER 76.0
#define FIELD_GAP 22.0
#define PATH_BYTES 65536
#define BAND 18.0
#define BAND_STEP 26.0
#define LETTER 6.6           /* width of a small letter, about */
#define COMPANIONS 3
#define LABEL_ROOM 90.0

/* What a panel shows. */
struct panel {
	const struct json *plot;
	double top, height;            /* of the field */
	struct span values;
	uint32_t companion_count;      /* other lines of the same unit that a comparison names */
	const struct json *companions[COMPANIONS];
};

double picture_x(const struct picture *p, double time)
{
	double share = (time - p->time.low) / (p->time.high - p->time.low);
	share = share < 0 ? 0 : share > 1 ? 1 : share;
	return PICTURE_LEFT + share * (PICTURE_RIGHT - PICTURE_LEFT);
}

static double panel_y(const struct panel *f, double value)
{
	double share = (value - f->values.low) / (f->values.high - f->values.low);
	share = share < -0.02 ? -0.02 : share > 1.02 ? 1.02 : share;
	return f->top + (1 - share) * f->height;
}

static bool is_on(const struct shown *s, const struct json *plot)
{
	return s->plot == plot;
}

static uint32_t decided_on(const struct picture *p, const struct json *plot)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < p->shown_count; i++)
		count += is_on(&p->shown[i], plot);
	return count;
}

static double heading_height(const struct picture *p, const struct json *plot)
{
	uint32_t lines = decided_on(p, plot);
	return (lines > 1 ? lines : 1) * HEADING_LINE + HEADING_GAP;
}

double panel_height(const struct picture *p, const struct json *plot)
{
	return heading_height(p, plot) +
		(decided_on(p, plot) > 0 ? FIELD_DECIDED : FIELD_OTHER) + FIELD_GAP;
}

/* ---- range ----------------------------------------------------------------------------------- */

static void include(struct span *s, double value)
{
	if (!isfinite(value))
		return;
	if (value < s->low)
		s->low = value;
	if (value > s->high)
		s->high = value;
}

static void include_plot(struct span *s, const struct json *plot)
{
	const struct json *values = json_get(plot, "values");
	for (size_t i = 0; i < json_count(values); i++)
		include(s, scale_read(json_str(json_at(values, i))));
}

bool panel_has_companion(const struct picture *p, const struct json *plot,
	const struct json *other)
{
	if (other == plot || !str_eq(json_get_str(other, "unit"), json_get_str(plot, "unit")))
		return false;
	for (uint32_t i = 0; i < p->shown_count; i++) {
		if (is_on(&p->shown[i], plot) && p->shown[i].on_axis &&
			picture_has_word(p->shown[i].right, json_get_str(other, "name")))
			return true;
	}
	return false;
}

static void find_companions(const struct picture *p, struct panel *f)
{
	const struct json *plots = json_get(p->run, "plots");
	for (size_t i = 0; i < json_count(plots) && f->companion_count < COMPANIONS; i++) {
		if (panel_has_companion(p, f->plot, json_at(plots, i)))
			f->companions[f->companion_count++] = json_at(plots, i);
	}
}

static void find_range(const struct picture *p, struct panel *f)
{
	struct span s = { INFINITY, -INFINITY };
	include_plot(&s, f->plot);
	for (uint32_t i = 0; i < f->companion_count; i++)
		include_plot(&s, f->companions[i]);
	for (uint32_t i = 0; i < p->shown_count; i++) {
		if (is_on(&p->shown[i], f->plot) && p->shown[i].on_axis)
			include(&s, p->shown[i].limit);
	}
	if (s.low > s.high)
		s = (struct span){ 0, 1 };
	f->values = scale_padded(s, 0.08);
}

/* ---- parts of a panel ------------------------------------------------------------------------ */

static void draw_heading(struct picture *p, const struct json *plot)
{
	double y = p->y + HEADING_LINE - 5;
	markup_open(&p->m, "text");
	markup_attribute_text(&p->m, "class", "name");
	markup_attribute_number(&p->m, "x", PICTURE_LEFT);
	markup_attribute_number(&p->m, "y", y);
	markup_text(&p->m, json_get_str(plot, "name"));
	markup_open(&p->m, "tspan");
	markup_attribute_text(&p->m, "class", "unit");
	markup_attribute_number(&p->m, "dx", 8);
	markup_text(&p->m, scale_unit(p->work, json_get_str(plot, "unit")));
	markup_close(&p->m);
	markup_close(&p->m);
	for (uint32_t i = 0; i < p->shown_count; i++) {
		const struct shown *s = &p->shown[i];
		if (!is_on(s, plot))
			continue;
		put_text(p, "small", "end", PICTURE_RIGHT - 20, y, s->title);
		shape_state(p, s->state, PICTURE_RIGHT - 7, y - 4, 15);
		y += HEADING_LINE;
	}
}

static void draw_grid(struct picture *p, const struct panel *f)
{
	double ticks[PICTURE_TICKS];
	double step;
	size_t count = scale_ticks(p->time, 10, ticks, &step);
	put_rect(p, "field", PICTURE_LEFT, f->top, PICTURE_RIGHT - PICTURE_LEFT, f->height);
	for (size_t i = 0; i < count; i++)
		put_line(p, "grid", picture_x(p, ticks[i]), f->top, picture_x(p, ticks[i]),
			f->top + f->height);
	count = scale_ticks(f->values, f->height > 100 ? 5 : 3, ticks, &step);
	for (size_t i = 0; i < count; i++) {
		double y = panel_y(f, ticks[i]);
		put_line(p, "grid", PICTURE_LEFT, y, PICTURE_RIGHT, y);
		put_text(p, "tick", "end", PICTURE_LEFT - 8, y + 4,
			scale_text(p->work, ticks[i], step));
	}
}

/* Violated before unknown before holds. */
static int rank_of(struct str state)
{
	return str_is(state, "violated") ? 2 : str_is(state, "holds") ? 0 : 1;
}

static int worst_on(const struct picture *p, const struct json *plot)
{
	int worst = 0;
	for (uint32_t i = 0; i < p->shown_count; i++) {
		if (is_on(&p->shown[i], plot) && rank_of(p->shown[i].state) > worst)
			worst = rank_of(p->shown[i].state);
	}
	return worst;
}

/* Only what is worst is shaded: two colours over each other say nothing. */
static void draw_interval(struct picture *p, const struct panel *f, const struct shown *s)
{
	const char *class = str_is(s->state, "holds") ? "shade good" :
		str_is(s->state, "violated") ? "shade bad" : "shade warn";
	if (isnan(s->from) || isnan(s->to) || rank_of(s->state) < worst_on(p, f->plot))
		return;
	double x = picture_x(p, s->from);
	put_rect(p, class, x, f->top, picture_x(p, s->to) - x, f->height);
}

static void put_point(struct buf *path, const struct picture *p, const struct panel *f,
	double time, double value, bool first)
{
	buf_put_char(path, first ? 'M' : 'L');
	markup_put_number(path, picture_x(p, time));
	buf_put_char(path, ' ');
	markup_put_number(path, panel_y(f, value));
}

/* A line that breaks where the value is unknown; held values go in steps. */
static void draw_series(struct picture *p, const struct panel *f, const struct json *plot,
	const char *class)
{
	SCOPED_BUF path = { 0 };
	const struct json *times = json_get(plot, "times");
	const struct json *values = json_get(plot, "values");
	bool hold = json_true(json_get(plot, "hold"));
	double last = NAN;
	buf_init(&path, PATH_BYTES);
	for (size_t i = 0; i < json_count(times) && i < json_count(values); i++) {
		double t = scale_read(json_str(json_at(times, i)));
		double v = scale_read(json_str(json_at(values, i)));
		bool known = isfinite(t) && isfinite(v);
		if (known && hold && !isnan(last))
			put_point(&path, p, f, t, last, false);
		if (known)
			put_point(&path, p, f, t, v, isnan(last));
		last = known ? v : NAN;
	}
	if (path.len == 0 || path.overflow)
		return;
	markup_open(&p->m, "path");
	markup_attribute_text(&p->m, "class", class);
	markup_attribute(&p->m, "d", buf_str(&path));
	markup_close(&p->m);
}

/* Where its line begins. */
static void draw_companion_name(struct picture *p, const struct panel *f, const struct json *plot)
{
	const struct json *values = json_get(plot, "values");
	for (size_t i = 0; i < json_count(values); i++) {
		double v = scale_read(json_str(json_at(values, i)));
		double t = scale_read(json_str(json_at(json_get(plot, "times"), i)));
		if (!isfinite(v) || !isfinite(t))
			continue;
		double y = panel_y(f, v);
		put_text(p, "tick halo", NULL, picture_x(p, t) + 6,
			y - f->top < 18 ? y + 14 : y - 6, json_get_str(plot, "name"));
		return;
	}
}

/* A limit that stays the same is a line over the interval; one that moves is a mark at the moment
 * (and a line of its own when the criterion gives it a name). */
static void draw_limit(struct picture *p, const struct panel *f, const struct shown *s)
{
	double from = s->from, to = s->to;
	if (!s->on_axis || !isfinite(s->limit) || isnan(s->time))
		return;
	double y = panel_y(f, s->limit);
	double left = picture_x(p, isnan(from) ? s->time : from);
	double right = picture_x(p, isnan(to) ? s->time : to);
	bool spans = s->steady && !isnan(from) && !isnan(to) && right - left >= 12;
	if (!spans) {
		left = picture_x(p, s->time) - 9;
		right = left + 18;
	}
	put_line(p, "limit", left, y, right, y);
	if (!spans || right - left < LABEL_ROOM)
		return;
	struct str text = str_printf(p->work, "%s " STR_FMT, p->words->limit,
		STR_ARG(scale_short(p->work, s->limit)));
	bool below = y - f->top < 16;
	bool at_left = picture_x(p, s->time) > (left + right) / 2;
	put_text(p, "tick halo", at_left ? NULL : "end", at_left ? left + 4 : right - 4,
		below ? y + 13 : y - 5, text);
}

static void draw_moment(struct picture *p, const struct panel *f, const struct shown *s)
{
	if (isnan(s->time))
		return;
	double x = picture_x(p, s->time);
	const char *class = str_is(s->state, "holds") ? "moment good" :
		str_is(s->state, "violated") ? "moment bad" : "moment warn";
	put_line(p, class, x, f->top, x, f->top + f->height);
	if (!isfinite(s->value))
		return;
	double y = panel_y(f, s->value);
	markup_open(&p->m, "circle");
	markup_attribute_text(&p->m, "class", class);
	markup_attribute_number(&p->m, "cx", x);
	markup_attribute_number(&p->m, "cy", y);
	markup_attribute_number(&p->m, "r", 4);
	markup_close(&p->m);
	bool left = x > PICTURE_RIGHT - 90;
	bool above = y - f->top > 22;
	put_text(p, "value halo", left ? "end" : NULL, left ? x - 9 : x + 9,
		above ? y - 9 : y + 19, scale_short(p->work, s->value));
}

void panel_draw(struct picture *p, const struct json *plot)
{
	struct panel f = { .plot = plot };
	f.top = p->y + heading_height(p, plot);
	f.height = decided_on(p, plot) > 0 ? FIELD_DECIDED : FIELD_OTHER;
	find_companions(p, &f);
	find_range(p, &f);
	draw_heading(p, plot);
	draw_grid(p, &f);
	for (uint32_t i = 0; i < p->shown_count; i++) {
		if (is_on(&p->shown[i], plot))
			draw_interval(p, &f, &p->shown[i]);
	}
	picture_events(p, f.top, f.top + f.height);
	for (uint32_t i = 0; i < f.companion_count; i++)
		draw_series(p, &f, f.companions[i], "series other");
	draw_series(p, &f, plot, "series");
	for (uint32_t i = 0; i < f.companion_count; i++)
		draw_companion_name(p, &f, f.companions[i]);
	for (uint32_t i = 0; i < p->shown_count; i++) {
		if (is_on(&p->shown[i], plot))
			draw_limit(p, &f, &p->shown[i]);
	}
	for (uint32_t i = 0; i < p->shown_count; i++) {
		if (is_on(&p->shown[i], plot))
			draw_moment(p, &f, &p->shown[i]);
	}
	p->y = f.top + f.height + FIELD_GAP;
}

/* ---- bands ----------------------------------------------------------------------------------- */

double states_height(const struct picture *p)
{
	size_t count = json_count(json_get(p->run, "states"));
	return count == 0 ? 0 : HEADING_LINE + HEADING_GAP + (double)count * BAND_STEP + 10;
}

/* A lamp's colours are its own words; other texts and flags are told apart by being there. */
static const char *band_class(struct str is)
{
	if (str_is(is, "red"))
		return "band bad";
	if (str_is(is, "green"))
		return "band good";
	if (str_is(is, "amber") || str_is(is, "yellow"))
		return "band warn";
	return str_is(is, "0") ? "band off" : "band";
}

static void draw_span(struct picture *p, const struct json *span)
{
	double from = scale_read_time(span, "from"), to = scale_read_time(span, "to");
	struct str is = json_get_str(span, "is");
	if (isnan(from) || isnan(to) || to < from)
		return;
	double left = picture_x(p, from), right = picture_x(p, to);
	bool off = str_is(is, "0");
	put_rect(p, band_class(is), left, off ? p->y + BAND / 2 - 1 : p->y, right - left,
		off ? 2 : BAND);
	if (!off && !str_is(is, "1") && right - left > LETTER * (double)is.len + 8)
		put_text(p, "tick", NULL, left + 6, p->y + 13, is);
}

void states_draw(struct picture *p)
{
	const struct json *states = json_get(p->run, "states");
	if (json_count(states) == 0)
		return;
	put_text(p, "name", NULL, PICTURE_LEFT, p->y + HEADING_LINE - 5, str_of(p->words->states));
	p->y += HEADING_LINE + HEADING_GAP;
	double top = p->y;
	for (size_t i = 0; i < json_count(states); i++) {
		const struct json *state = json_at(states, i);
		const struct json *spans = json_get(state, "spans");
		struct str name = json_get_str(state, "name");
		put_text(p, "tick", "end", PICTURE_LEFT - 8, p->y + 13, name);
		for (size_t k = 0; k < json_count(spans); k++)
			draw_span(p, json_at(spans, k));
		for (uint32_t k = 0; k < p->shown_count; k++) {
			const struct shown *s = &p->shown[k];
			if (s->plot || !str_eq(s->subject, name) || isnan(s->time))
				continue;
			put_line(p, str_is(s->state, "violated") ? "moment bad" : "moment good",
				picture_x(p, s->time), p->y - 3, picture_x(p, s->time),
				p->y + BAND + 3);
		}
		p->y += BAND_STEP;
	}
	picture_events(p, top - 3, p->y - BAND_STEP + BAND + 3);
	p->y += 10;
}
