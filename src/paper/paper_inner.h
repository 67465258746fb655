/* paper_inner.h - what the files behind paper.h share: the page being filled, and its pens.
 *
 * A sheet is set twice: first with `cr` NULL, which counts the pages, then onto them. So nothing
 * may be measured by what is drawn.
 */
#ifndef HUREN_PAPER_PAPER_INNER_H
#define HUREN_PAPER_PAPER_INNER_H

#include <cairo.h>

#include "base/limits.h"
#include "paper/paper.h"

/* Points of 1/72 inch. */
#define PAPER_WIDTH 595.276
#define PAPER_HEIGHT 841.89
#define PAPER_MARGIN 56.693            /* 20 mm */
#define PAPER_LEFT PAPER_MARGIN
#define PAPER_RIGHT (PAPER_WIDTH - PAPER_MARGIN)
#define PAPER_ROOM (PAPER_RIGHT - PAPER_LEFT)
#define PAPER_TAGS 8

#define SIZE_TITLE 21.0
#define SIZE_HEADING 11.5
#define SIZE_BODY 9.0
#define SIZE_SMALL 7.5
#define LEADING 1.5                    /* of Chinese text */

struct rgb { double r, g, b; };

enum face { FACE_REGULAR, FACE_BOLD, FACE_COUNT };
struct pen { enum face face; double size; struct rgb colour; };

struct paper {
	struct arena *a;
	struct paper_fonts *fonts;
	const struct json *sheet;
	cairo_t *cr;                   /* NULL: only counted */
	cairo_surface_t *surface;
	double y, bottom;              /* where the next thing begins; end of the room */
	uint32_t page, pages;
	struct rgb band;               /* the city's colour */
	size_t tag_count;
	const char *tags[PAPER_TAGS];  /* open now: a tag ends with its page */
	enum err_code code;            /* the first failure; everything after it is idle */
	struct err *e;
};

/* ---- paper_font.c ---------------------------------------------------------------------------- */

enum script { SCRIPT_HAN, SCRIPT_OTHER, SCRIPT_COUNT };
enum script font_script(uint32_t character);
cairo_font_face_t *font_face(struct paper_fonts *f, enum face face, enum script script);
struct glyph { uint32_t index; double advance; /* of a size of 1 */ };
struct glyph font_glyph(struct paper_fonts *f, enum face face, uint32_t character);

/* ---- paper_text.c ---------------------------------------------------------------------------- */

/* Next character of valid UTF-8. */
uint32_t text_next(struct str *rest);
/* Member of a sheet as one line: without control and direction characters. Empty when absent. */
struct str text_of(struct paper *p, const struct json *object, const char *name);
/* The same for what is broken to lines: line ends stay. `name` NULL: the value itself. */
struct str text_lines_of(struct paper *p, const struct json *object, const char *name);
struct str text_printable(struct paper *p, struct str s);
double text_width(struct paper *p, const struct pen *pen, struct str s);

struct lines { size_t count; struct str *at; };
/* Breaks to lines no wider than `width`. */
struct lines text_wrap(struct paper *p, const struct pen *pen, double width, struct str s);
/* One line, its baseline at y. */
void text_show(struct paper *p, const struct pen *pen, double x, double y, struct str s);
void text_show_end(struct paper *p, const struct pen *pen, double x, double y, struct str s);
/* Cut with an ellipsis to what fits. */
struct str text_fit(struct paper *p, const struct pen *pen, double width, struct str s);
/* Height of a line, and its baseline below the line's top. */
double text_height(const struct pen *pen);
double text_base(const struct pen *pen);

/* ---- paper_shape.c --------------------------------------------------------------------------- */

extern const struct rgb colour_ink, colour_soft, colour_rule, colour_well, colour_paper;
extern const struct rgb colour_act;
struct rgb colour_of_tone(struct str tone, struct rgb otherwise);
/* "#rrggbb"; ink when it is none. */
struct rgb colour_parse(struct str s);
void shape_colour(struct paper *p, struct rgb c);
void shape_rect(struct paper *p, struct rgb c, double x, double y, double width, double height);
void shape_rule(struct paper *p, struct rgb c, double width, double x1, double y1, double x2,
	double y2);
/* Verdict's shape in its circle, centred at (x, y). */
void shape_draw(struct paper *p, struct str name, struct rgb c, double x, double y, double size);
/* Takes a decimal without exponent ("-.5", "12.25") and blanks and a comma before it. False: there
 * is none. */
bool shape_number(struct str *s, double *ret);
/* Adds an SVG path to the current one. False: it is none. */
bool shape_path(cairo_t *cr, struct str d);

/* ---- paper_table.c --------------------------------------------------------------------------- */

void table_draw(struct paper *p, const struct json *block);
/* A cell in one place: its height, then it. */
double cell_draw(struct paper *p, const struct json *cell, double x, double y, double width);

/* ---- paper_picture.c ------------------------------------------------------------------------- */

/* One of criteria/picture.h, as large as the room allows. */
void picture_place(struct paper *p, const struct json *block);

/* ---- paper.c --------------------------------------------------------------------------------- */

/* The first failure counts. */
void paper_fail(struct paper *p, enum err_code code, const char *what);
void paper_tag(struct paper *p, const char *tag);
void paper_untag(struct paper *p);
void paper_link(struct paper *p, struct str address);
void paper_unlink(struct paper *p, struct str address);
/* Ends the page and begins the next. */
void paper_turn(struct paper *p);
/* Turns when less than `height` is left (and more than that was there on a fresh page). */
void paper_need(struct paper *p, double height);

#endif
