/* sheet.h - a statement's model (doc/models.md) to the sheet of a printed paper (paper/paper.h).
 *
 * Is:      the choosing: what stands on the paper, in which words and languages. Pure: the same
 *          model gives the same sheet, so it holds no time of printing, but the time as of which
 *          the proof holds.
 * Is not:  the setting (paper/), the right to read (paper_handlers.c).
 */
#ifndef HUREN_WEB_SHEET_H
#define HUREN_WEB_SHEET_H

#include "web/catalogue.h"

/* A run's drawing, made by who has the evaluation's document. */
struct sheet_picture {
	struct str document;       /* digest, as in the report's binding */
	uint32_t run;              /* from 0 */
	struct str svg;
};
struct sheet_source {
	const struct json *model;  /* of service_statement, with the body */
	const struct json *elements; /* of a report's ODD: [{"text": {zh-CN, en}}]; may be NULL */
	struct str address;        /* of this node: "https://..." */
	struct str evaluation;     /* digest: that evaluation alone; empty: the whole statement */
	size_t picture_count;
	const struct sheet_picture *pictures;
};
/* ERR_NOT_FOUND: no paper is made of this kind, or the report binds no such evaluation;
 * ERR_TOO_LARGE. */
MUST_USE enum err_code sheet_new(struct arena *a, const struct sheet_source *source,
	const struct catalogue *c, enum language l, struct json **ret, struct err *e);

#endif
