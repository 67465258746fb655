/* picture_inner.h - what the files behind picture.h share. */
#ifndef HUREN_CRITERIA_PICTURE_INNER_H
#define HUREN_CRITERIA_PICTURE_INNER_H

#include "base/markup.h"
#include "criteria/picture.h"

#define PICTURE_WIDTH 960.0
#define PICTURE_LEFT 76.0      /* of the lines' field; ticks stand left of it */
#define PICTURE_RIGHT 928.0
#define PICTURE_MARGIN 24.0
#define PICTURE_TICKS 12
#define PICTURE_PANELS 8

struct span { double low, high; };

/* ---- picture_scale.c ------------------------------------------------------------------------- */

/* Ticks at round numbers within the span, at most `most`; returns how many. */
size_t scale_ticks(struct span s, size_t most, double ret[PICTURE_TICKS], double *ret_step);
/* A tick as text: as many decimals as its step needs. */
struct str scale_text(struct arena *a, double tick, double step);
/* Four digits, for people. */
struct str scale_short(struct arena *a, double value);
/* "m/s2" as "m/s²"; nothing for "1". */
struct str scale_unit(struct arena *a, struct str unit);
/* From a document's decimal; NaN when it is none. "inf" is infinite. */
double scale_read(struct str text);
double scale_read_member(const struct json *v, const char *name);
/* As that, but an infinite time is none. */
double scale_read_time(const struct json *v, const char *name);
/* Grown by a share at both ends; never empty. */
struct span scale_padded(struct span s, double share);

/* ---- picture_panel.c ------------------------------------------------------------------------- */

/* A criterion as the picture shows it. */
struct shown {
	const struct json *outcome, *judged;
	struct str title, state;
	int role;                      /* 0 pass, 1 valid, 2 applies */
	double from, to, time, limit;  /* NaN: not there */
	const struct json *plot;       /* line it is shown on, or NULL */
	struct str subject;            /* name of that line, or of a band */
	struct str right;              /* right side of the comparison, when on_axis */
	double value;                  /* of the subject at the time */
	bool on_axis;                  /* the limit is one of the line's own values */
	bool steady;                   /* and it is the same all the time */
};

struct picture {
	struct arena *work;
	struct markup m;
	const struct picture_words *words;
	const struct json *doc, *run;
	struct span time;
	uint32_t shown_count;
	struct shown *shown;           /* pass first, then valid, then applies */
	double y;                      /* where the next part begins */
};

double picture_x(const struct picture *p, double time);
/* Whether `text` has the name as a whole word. */
bool picture_has_word(struct str text, struct str name);
const char *picture_class_of(struct str state);

/* The events' lines between two heights. */
void picture_events(struct picture *p, double top, double bottom);
/* Lines of one quantity with limits, interval and moment. Moves p->y. */
void panel_draw(struct picture *p, const struct json *plot);
double panel_height(const struct picture *p, const struct json *plot);
/* Whether the panel of `plot` also shows `other`: a comparison names both. */
bool panel_has_companion(const struct picture *p, const struct json *plot,
	const struct json *other);
/* Flags and texts as bands. */
void states_draw(struct picture *p);
double states_height(const struct picture *p);

/* ---- picture_shape.c ------------------------------------------------------------------------- */

/* Check, cross, question, slash or dash in a circle around (x, y); never colour alone. */
void shape_verdict(struct picture *p, enum verdict v, double x, double y, double size);
void shape_state(struct picture *p, struct str state, double x, double y, double size);

void put_text(struct picture *p, const char *class, const char *anchor, double x, double y,
	struct str text);
void put_line(struct picture *p, const char *class, double x1, double y1, double x2, double y2);
void put_rect(struct picture *p, const char *class, double x, double y, double width,
	double height);

#endif
