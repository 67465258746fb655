/* chart.h - counts as bars: the pictures that pages draw for a browser.
 *
 * Is:      the frame of an SVG with its fonts, texts and bars in it, and the answer, whose policy
 *          lets it do nothing but be looked at.
 * Is not:  what is drawn, nor the colours of bars: each page has its own.
 */
#ifndef HUREN_WEB_CHART_H
#define HUREN_WEB_CHART_H

#include "base/markup.h"
#include "web/request.h"

/* Rules for the classes of bars and texts, and what of them is another on a dark page. */
#define CHART_STYLE(light, dark)                                                                 \
	"svg{font:14px 'PingFang SC','Noto Sans CJK SC','Microsoft YaHei',sans-serif}"           \
	"text{fill:#1b2227}" light                                                               \
	"@media (prefers-color-scheme:dark){text{fill:#e6eaec}" dark "}"

void chart_open(struct markup *m, struct arena *a, int width, int height, struct str title,
	const char *style);
/* `class` NULL: none. */
void chart_text(struct markup *m, double x, double y, const char *class, struct str text);
void chart_bar(struct markup *m, double x, double y, double width, double height,
	const char *class);
/* Closes it and answers with it. ERR_TOO_LARGE. */
MUST_USE enum err_code chart_send(struct request *r, struct markup *m, const struct buf *b,
	const char *cache, struct err *e);

#endif
