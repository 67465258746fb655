/* paper_table.c - cells and tables: columns by measure, heads on each page, rows that may be longer
 * than one. */
#include <math.h>
#include <string.h>

#include "paper/paper_inner.h"

#define COLUMNS 12
#define PAD_X 5.0
#define PAD_Y 3.5
#define SHAPE 10.0             /* with the gap behind it */
#define FIT_SHARE 0.34         /* a column of its natural width takes no more of the room */

/* A cell broken to lines: the text, then what stands small below it. */
struct set {
	struct lines text, sub;
	struct str shape, link;
	struct pen pen, small;
	double indent;
	size_t done;                   /* lines that stand on an earlier page */
};

static struct pen cell_pen(const struct json *cell)
{
	struct str tone = json_get_str(cell, "tone");
	bool strong = json_true(json_get(cell, "strong")) || json_get(cell, "shape");

	return (struct pen){ strong ? FACE_BOLD : FACE_REGULAR, SIZE_BODY, colour_of_tone(tone,
		json_get_str(cell, "link").len > 0 ? colour_act : colour_ink) };
}

static struct str cell_text(struct paper *p, const struct json *cell)
{
	return text_lines_of(p, cell, json_is(cell, JSON_STRING) ? NULL : "text");
}

static struct set cell_set(struct paper *p, const struct json *cell, double width)
{
	struct set s = { .pen = cell_pen(cell), .shape = json_get_str(cell, "shape"),
		.link = json_get_str(cell, "link"),
		.small = { FACE_REGULAR, SIZE_SMALL, colour_soft } };

	s.indent = s.shape.len > 0 ? SHAPE + 2 : 0;
	s.text = text_wrap(p, &s.pen, width - s.indent, cell_text(p, cell));
	s.sub = text_wrap(p, &s.small, width, text_lines_of(p, cell, "sub"));
	return s;
}

static double line_height(const struct set *s, size_t i)
{
	return text_height(i < s->text.count ? &s->pen : &s->small);
}

/* Lines from `done` on that fit into `room`. */
static size_t lines_in(const struct set *s, double room)
{
	size_t i = s->done;
	double y = 0;

	while (i < s->text.count + s->sub.count) {
		y += line_height(s, i);
		if (y > room + 0.01)
			break;
		i++;
	}
	return i - s->done;
}

static double set_height(const struct set *s)
{
	double y = 0;

	for (size_t i = s->done; i < s->text.count + s->sub.count; i++)
		y += line_height(s, i);
	return y;
}

static void show_lines(struct paper *p, struct set *s, size_t count, double x, double y,
	double width, bool end)
{
	for (size_t n = 0; n < count; n++, s->done++) {
		bool main = s->done < s->text.count;
		const struct pen *pen = main ? &s->pen : &s->small;
		struct str line = main ? s->text.at[s->done]
			: s->sub.at[s->done - s->text.count];
		double indent = main ? s->indent : 0;
		if (s->done == 0 && s->shape.len > 0)
			shape_draw(p, s->shape, s->pen.colour, x + SHAPE / 2 - 0.5,
				y + text_base(pen) - pen->size * 0.36, SHAPE);
		if (main)
			paper_link(p, s->link);
		if (end)
			text_show_end(p, pen, x + width, y + text_base(pen), line);
		else
			text_show(p, pen, x + indent, y + text_base(pen), line);
		if (main)
			paper_unlink(p, s->link);
		y += text_height(pen);
	}
}

double cell_draw(struct paper *p, const struct json *cell, double x, double y, double width)
{
	struct set s = cell_set(p, cell, width);
	double height = set_height(&s);

	show_lines(p, &s, s.text.count + s.sub.count, x, y, width, false);
	return height;
}

/* ---- columns --------------------------------------------------------------------------------- */

struct table {
	const struct json *columns, *rows;
	size_t count;
	double x[COLUMNS], width[COLUMNS];     /* of the text, without padding */
	bool end[COLUMNS];
};

static double widest_line(struct paper *p, const struct pen *pen, struct str text)
{
	double widest = 0;

	while (text.len > 0)
		widest = fmax(widest, text_width(p, pen, str_cut(&text, '\n')));
	return widest;
}

/* Its widest line, when nothing is broken. */
static double natural_width(struct paper *p, const struct table *t, size_t column)
{
	const struct pen head = { FACE_BOLD, SIZE_SMALL, colour_soft };
	const struct pen small = { FACE_REGULAR, SIZE_SMALL, colour_soft };
	double widest = text_width(p, &head, text_of(p, json_at(t->columns, column), "title"));

	for (size_t i = 0; i < json_count(t->rows); i++) {
		const struct json *cell = json_at(json_at(t->rows, i), column);
		const struct pen pen = cell_pen(cell);
		double width = widest_line(p, &pen, cell_text(p, cell)) +
			(json_get(cell, "shape") ? SHAPE + 2 : 0);
		double sub = widest_line(p, &small, text_lines_of(p, cell, "sub"));
		width = width > sub ? width : sub;
		widest = widest > width ? widest : width;
	}
	return widest + 0.5;
}

static void find_columns(struct paper *p, struct table *t)
{
	double left = PAPER_ROOM, weights = 0, x = PAPER_LEFT, sum = 0, room;

	t->count = json_count(t->columns) < COLUMNS ? json_count(t->columns) : COLUMNS;
	for (size_t i = 0; i < t->count; i++) {
		const struct json *column = json_at(t->columns, i);
		t->end[i] = json_true(json_get(column, "end"));
		left -= 2 * PAD_X;
		if (!json_true(json_get(column, "fit"))) {
			weights += fmax(json_number_or(json_get(column, "width"), 1), 0.1);
			continue;
		}
		t->width[i] = fmin(natural_width(p, t, i), PAPER_ROOM * FIT_SHARE);
		left -= t->width[i];
	}
	for (size_t i = 0; i < t->count; i++) {
		const struct json *column = json_at(t->columns, i);
		if (!json_true(json_get(column, "fit")))
			t->width[i] = fmax(left, 60) * fmax(json_number_or(json_get(column,
				"width"), 1), 0.1) / weights;
		sum += t->width[i];
	}
	room = PAPER_ROOM - 2 * PAD_X * (double)t->count;
	for (size_t i = 0; i < t->count; i++) {
		if (sum > room)
			t->width[i] *= room / sum;
		t->x[i] = x + PAD_X;
		x += t->width[i] + 2 * PAD_X;
	}
}

/* ---- rows ------------------------------------------------------------------------------------ */

static double draw_heads(struct paper *p, const struct table *t)
{
	const struct pen pen = { FACE_BOLD, SIZE_SMALL, colour_soft };
	double height = text_height(&pen) + 2 * PAD_Y;

	shape_rect(p, colour_well, PAPER_LEFT, p->y, PAPER_ROOM, height);
	shape_rule(p, p->band, 1, PAPER_LEFT, p->y, PAPER_RIGHT, p->y);
	paper_tag(p, "TR");
	for (size_t i = 0; i < t->count; i++) {
		struct str title = text_fit(p, &pen, t->width[i], text_of(p, json_at(t->columns, i),
			"title"));
		double y = p->y + PAD_Y + text_base(&pen);
		paper_tag(p, "TH");
		if (t->end[i])
			text_show_end(p, &pen, t->x[i] + t->width[i], y, title);
		else
			text_show(p, &pen, t->x[i], y, title);
		paper_untag(p);
	}
	paper_untag(p);
	p->y += height;
	return height;
}

/* As much of the row as fits into `room`; true when all of it stands. */
static bool draw_part(struct paper *p, const struct table *t, struct set *cells, double room)
{
	double height = 0;
	bool all = true;

	paper_tag(p, "TR");
	for (size_t i = 0; i < t->count; i++) {
		double before = set_height(&cells[i]);
		size_t count = lines_in(&cells[i], room);
		paper_tag(p, "TD");
		show_lines(p, &cells[i], count, t->x[i], p->y + PAD_Y, t->width[i], t->end[i]);
		paper_untag(p);
		height = fmax(height, before - set_height(&cells[i]));
		all = all && cells[i].done == cells[i].text.count + cells[i].sub.count;
	}
	paper_untag(p);
	p->y += height + 2 * PAD_Y;
	shape_rule(p, colour_rule, 0.5, PAPER_LEFT, p->y, PAPER_RIGHT, p->y);
	return all;
}

static void turn_table(struct paper *p, const struct table *t)
{
	paper_turn(p);
	(void)draw_heads(p, t);
}

static void draw_row(struct paper *p, const struct table *t, const struct json *row)
{
	struct set cells[COLUMNS];
	double height = 0, fresh = PAPER_HEIGHT - 3.5 * PAPER_MARGIN;

	for (size_t i = 0; i < t->count; i++) {
		cells[i] = cell_set(p, json_at(row, i), t->width[i]);
		height = fmax(height, set_height(&cells[i]));
	}
	if (p->y + height + 2 * PAD_Y > p->bottom && height < fresh)
		turn_table(p, t);
	while (p->code == ERR_OK && !draw_part(p, t, cells, p->bottom - p->y - 2 * PAD_Y))
		turn_table(p, t);
}

void table_draw(struct paper *p, const struct json *block)
{
	struct table t = { .columns = json_get(block, "columns"), .rows = json_get(block, "rows") };

	if (json_count(t.rows) > LIMIT_PAPER_ROWS) {
		paper_fail(p, ERR_TOO_LARGE, "a table of the paper has too many rows");
		return;
	}
	find_columns(p, &t);
	paper_need(p, 60);
	paper_tag(p, "Table");
	(void)draw_heads(p, &t);
	for (size_t i = 0; i < json_count(t.rows) && p->code == ERR_OK; i++)
		draw_row(p, &t, json_at(t.rows, i));
	paper_untag(p);
	p->y += 8;
}
