/* pages.h - the templates with their texts and static files, and drawing a page of a model.
 *
 * ui/templates/<name>.mustache, the files of ui/catalogue/<language>, ui/static/<file>.
 * Life:    pages_open -> pages_draw (any thread) -> pages_close.
 */
#ifndef HUREN_WEB_PAGES_H
#define HUREN_WEB_PAGES_H

#include "web/assets.h"
#include "web/catalogue.h"

struct pages;

MUST_USE enum err_code pages_open(const char *ui_dir, struct pages **ret, struct err *e);
void pages_close(struct pages *p);
struct assets *pages_assets(struct pages *p);
const struct catalogue *pages_catalogue(const struct pages *p);
bool pages_has(const struct pages *p, const char *template_name);

/* Draws `template_name` with the model (doc/models.md) and, below it, `page`: what every page shows
 * ({"lang", "path", "node", "nav", ...}). The HTML is in the arena. ERR_TOO_LARGE. */
MUST_USE enum err_code pages_draw(const struct pages *p, struct arena *a, const char *template_name,
	enum language l, const struct json *page, const struct json *model, struct str *ret,
	struct err *e);

#endif
