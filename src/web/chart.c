/* chart.c - counts as bars. */
#include "web/chart.h"

#include "web/web_inner.h"

#define CHART_POLICY "default-src 'none'; style-src 'unsafe-inline'; sandbox"

void chart_open(struct markup *m, struct arena *a, int width, int height, struct str title,
	const char *style)
{
	markup_open(m, "svg");
	markup_attribute_text(m, "xmlns", "http://www.w3.org/2000/svg");
	markup_attribute(m, "viewBox", str_printf(a, "0 0 %d %d", width, height));
	markup_attribute_text(m, "role", "img");
	markup_element(m, "title", title);
	markup_element(m, "style", str_of(style));
}

void chart_text(struct markup *m, double x, double y, const char *class, struct str text)
{
	markup_open(m, "text");
	markup_attribute_number(m, "x", x);
	markup_attribute_number(m, "y", y);
	if (class)
		markup_attribute_text(m, "class", class);
	markup_text(m, text);
	markup_close(m);
}

void chart_bar(struct markup *m, double x, double y, double width, double height,
	const char *class)
{
	markup_open(m, "rect");
	markup_attribute_number(m, "x", x);
	markup_attribute_number(m, "y", y);
	markup_attribute_number(m, "width", width);
	markup_attribute_number(m, "height", height);
	markup_attribute_text(m, "class", class);
	markup_close(m);
}

enum err_code chart_send(struct request *r, struct markup *m, const struct buf *b,
	const char *cache, struct err *e)
{
	markup_close(m);
	TRY(markup_check(m, e));
	handler_bytes(r, str_copy(&r->arena, buf_str(b)), "image/svg+xml", cache);
	r->reply.policy = CHART_POLICY;
	return r->reply.body.at ? ERR_OK : err_set(e, ERR_TOO_LARGE,
		"picture needs too much memory");
}
