/* pages.c - reading ui/ once, drawing with view and mustache. */
#include "web/pages.h"

#include <stdio.h>
#include <string.h>

#include "base/io.h"
#include "base/limits.h"
#include "base/scoped.h"
#include "web/view.h"

#define TEMPLATES_CAP_BYTES 16777216
#define TEMPLATE_BYTES 262144
#define ENDING ".mustache"

struct pages {
	struct catalogue *catalogue;
	struct mustache *templates;
	struct assets *assets;
};

static enum err_code read_templates(struct pages *p, const char *ui_dir, struct err *e)
{
	char folder[512];
	SCOPED_DIR dir = NULL;
	struct dirent *entry;

	if (snprintf(folder, sizeof(folder), "%s/templates", ui_dir) >= (int)sizeof(folder))
		return err_set(e, ERR_TOO_LARGE, "path of the templates is too long");
	dir = opendir(folder);
	if (!dir)
		return err_set(e, ERR_IO, "could not open folder \"%s\": %s", folder, err_errno());
	while ((entry = readdir(dir))) {
		SCOPED_ARENA a = { 0 };
		struct str name = str_of(entry->d_name), text;
		char *path;
		if (!str_ends(name, ENDING))
			continue;
		arena_init(&a, TEMPLATE_BYTES * 2);
		path = arena_printf(&a, "%s/%s", folder, entry->d_name);
		if (!path)
			return err_set(e, ERR_TOO_LARGE, "path of a template is too long");
		TRY(io_read_file(&a, path, TEMPLATE_BYTES, &text, e));
		name.len -= strlen(ENDING);
		TRY(mustache_add(p->templates, name, text, e));
	}
	return ERR_OK;
}

static enum err_code read_all(struct pages *p, const char *ui_dir, struct err *e)
{
	char folder[512];

	if (snprintf(folder, sizeof(folder), "%s/static", ui_dir) >= (int)sizeof(folder))
		return err_set(e, ERR_TOO_LARGE, "path of the static files is too long");
	TRY(assets_open(folder, &p->assets, e));
	TRY(catalogue_open(ui_dir, &p->catalogue, e));
	TRY(mustache_open(TEMPLATES_CAP_BYTES, /* lenient= */ false, &p->templates, e));
	TRY(read_templates(p, ui_dir, e));
	TRY(catalogue_add_words(p->catalogue, p->templates, e));
	return mustache_finish(p->templates, e);
}

enum err_code pages_open(const char *ui_dir, struct pages **ret, struct err *e)
{
	struct pages *p = handle_new(sizeof(*p));
	enum err_code code = read_all(p, ui_dir, e);

	if (code != ERR_OK) {
		pages_close(p);
		return code;
	}
	*ret = p;
	return ERR_OK;
}

void pages_close(struct pages *p)
{
	if (!p)
		return;
	mustache_close(p->templates);
	catalogue_close(p->catalogue);
	assets_close(p->assets);
	handle_drop(p);
}

struct assets *pages_assets(struct pages *p)
{
	return p->assets;
}

const struct catalogue *pages_catalogue(const struct pages *p)
{
	return p->catalogue;
}

bool pages_has(const struct pages *p, const char *template_name)
{
	return mustache_find(p->templates, template_name) != NULL;
}

enum err_code pages_draw(const struct pages *p, struct arena *a, const char *template_name,
	enum language l, const struct json *page, const struct json *model, struct str *ret,
	struct err *e)
{
	SCOPED_BUF b = { 0 };
	struct json *page_view = NULL, *model_view = NULL, *urls = assets_urls(p->assets, a), *base;
	const struct json *contexts[2];

	CHECK(pages_has(p, template_name));
	base = json_set(a, json_new_object(a), "asset", urls);
	TRY(view_new(a, page, p->catalogue, l, &page_view, e));
	TRY(view_new(a, model, p->catalogue, l, &model_view, e));
	base = json_set(a, base, "page", page_view);
	base = json_set(a, base, "model", model_view);
	if (!base)
		return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
	contexts[0] = base;
	contexts[1] = model_view;
	buf_init(&b, LIMIT_PAGE_BYTES);
	TRY(mustache_render(mustache_find(p->templates, template_name), l, contexts, 2, &b, e));
	*ret = str_copy(a, buf_str(&b));
	return ret->at ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}
