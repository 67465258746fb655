/* web.c - opening and closing the HTTP face. */
#include "web/web.h"

#include "base/encode.h"
#include "base/io.h"
#include "base/scoped.h"
#include "web/events.h"
#include "web/openapi.h"
#include "web/server.h"
#include "web/view.h"
#include "web/web_inner.h"

#define KEPT_BYTES 4194304     /* OpenAPI document, context, node */

static struct json *text_pair(struct arena *a, struct str zh, struct str en)
{
	struct json *v = json_set_str(a, json_new_object(a), "zh-CN", zh);

	return json_set_str(a, v, "en", en);
}

/* A class for each colour, since the pages' policy allows no style attribute. */
static void put_colour(struct buf *b, struct str colour)
{
	if (view_is_colour(colour))
		buf_printf(b, ".band-%.6s{--band:%.7s}\n", colour.at + 1, colour.at);
}

static enum err_code add_colours(struct web *w, struct err *e)
{
	const struct node_config *c = service_config(w->service);
	SCOPED_BUF b = { 0 };

	buf_init(&b, 4096);
	put_colour(&b, c->colour);
	for (size_t i = 0; i < c->peer_count; i++)
		put_colour(&b, c->peers[i].colour);
	buf_put_char(&b, '\n');
	return assets_add(pages_assets(w->pages), STR("colours.css"), buf_str(&b), e);
}

static enum err_code read_context(struct web *w, const char *ui_dir, struct err *e)
{
	struct err missing = { 0 };
	char *path = arena_printf(&w->arena, "%s/contexts/huren-v1.json", ui_dir);
	enum err_code code;

	if (!path)
		return err_set(e, ERR_TOO_LARGE, "path of the context is too long");
	code = io_read_file(&w->arena, path, LIMIT_RULES_FILE_BYTES, &w->context, &missing);
	if (code == ERR_OK || code == ERR_NOT_FOUND)
		return ERR_OK;
	if (e)
		*e = missing;
	return code;
}

static enum err_code prepare(struct web *w, const char *ui_dir, struct err *e)
{
	const struct node_config *c = service_config(w->service);
	struct arena *a = &w->arena;

	TRY(pages_open(ui_dir, &w->pages, e));
	for (size_t i = 0; i < route_count; i++)
		if (routes[i].page && !pages_has(w->pages, routes[i].page))
			return err_set(e, ERR_NOT_FOUND, "template \"%s\" does not exist",
				routes[i].page);
	if (!pages_has(w->pages, "error"))
		return err_set(e, ERR_NOT_FOUND, "template \"error\" does not exist");
	TRY(add_colours(w, e));
	TRY(read_context(w, ui_dir, e));
	TRY(openapi_new(a, routes, route_count, c->url, &w->openapi, e));
	w->node = json_set(a, json_new_object(a), "name", text_pair(a, c->name_zh, c->name_en));
	w->node = json_set_str(a, w->node, "domain", c->domain);
	w->node = json_set_str(a, w->node, "colour", c->colour);
	if (!w->node)
		return err_set(e, ERR_TOO_LARGE, "node names need too much memory");
	for (size_t i = 0; i < c->peer_count; i++) {
		struct digest d = digest_sha256(c->peers[i].tlog_key.name);
		hex_encode(d.at, DIGEST_BYTES, w->mirrors[i]);
	}
	w->metrics = metrics_open(route_count);
	w->rate = rate_open(LIMIT_RATE_ROWS);
	return ERR_OK;
}

enum err_code web_open(const struct web_options *options, struct web **ret, struct err *e)
{
	struct web *w = handle_new(sizeof(*w));
	enum err_code code;

	w->service = options->service;
	w->peers = options->peers;
	w->version = options->version ? options->version : "";
	arena_init(&w->arena, KEPT_BYTES);
	code = prepare(w, options->ui_dir, e);
	if (code == ERR_OK)
		code = mailer_open(w->service, pages_catalogue(w->pages), &w->mailer, e);
	if (code == ERR_OK)
		code = events_open(w, &w->events, e);
	if (code == ERR_OK)
		code = server_open(w, options->listen, &w->server, e);
	if (code != ERR_OK) {
		web_close(w);
		return code;
	}
	*ret = w;
	return ERR_OK;
}

void web_close(struct web *w)
{
	if (!w)
		return;
	events_stop(w->events);
	server_close(w->server);
	mailer_close(w->mailer);
	events_close(w->events);
	pages_close(w->pages);
	metrics_close(w->metrics);
	rate_close(w->rate);
	arena_clear(&w->arena);
	handle_drop(w);
}
