/* markup.h - writes XML elements (SVG) in which nothing can stand unescaped.
 *
 * Is:      a writer of elements, attributes and text into a buf. What is written between the marks
 *          of an element is always escaped; names of elements and attributes are constants of the
 *          program, checked, and tags stand in no string literal (tools/tidy).
 * Is not:  a template (web/mustache.h): pages are templates; this is for pictures, which are made
 *          of computed shapes.
 * Life:    markup_init -> markup_open ... markup_close* -> markup_check.
 * I1  Every element that was opened is closed, in order, or markup_check aborts.
 */
#ifndef HUREN_BASE_MARKUP_H
#define HUREN_BASE_MARKUP_H

#include "base/buf.h"
#include "base/str.h"

#define MARKUP_DEPTH 16

struct markup {
	struct buf *b;
	bool in_tag;               /* attributes may still follow */
	uint32_t depth;
	const char *names[MARKUP_DEPTH];
};

void markup_init(struct markup *m, struct buf *b);
/* `name` must live as long as the element is open: a literal. */
void markup_open(struct markup *m, const char *name);
void markup_attribute(struct markup *m, const char *name, struct str value);
void markup_attribute_text(struct markup *m, const char *name, const char *value);
/* A coordinate, to a hundredth. CHECKs that it is finite. */
void markup_attribute_number(struct markup *m, const char *name, double value);
void markup_text(struct markup *m, struct str text);
/* Closes the innermost element. */
void markup_close(struct markup *m);
/* markup_open, one text, markup_close. */
void markup_element(struct markup *m, const char *name, struct str text);
/* ERR_TOO_LARGE when the buf was too small. */
MUST_USE enum err_code markup_check(const struct markup *m, struct err *e);

/* A coordinate to a hundredth as short text ("12.5"); for paths. */
void markup_put_number(struct buf *b, double value);

#endif
