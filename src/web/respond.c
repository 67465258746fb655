/* respond.c - the last step of every request: a page, its twin, a file or what went wrong. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/encode.h"
#include "base/instant.h"
#include "base/scoped.h"
#include "service/notice.h"
#include "web/tus.h"
#include "web/web_inner.h"

#define TYPE_PAGE "text/html; charset=utf-8"
#define UNREAD_SHOWN 99    /* what is more is "99+" */
#define GZIP_FROM_BYTES 2048   /* a shorter one is a packet anyway */
#define GZIP_QUICK 1           /* 25 kB to 6 in a fifth of a millisecond */
#define TYPE_PROBLEM "application/problem+json"

static const char *const page_types[] = { "text/html", "application/json" };

static bool mentions(struct str accept, const char *type)
{
	return str_find(accept, str_of(type)) != SIZE_MAX;
}

bool respond_for_people(const struct request *r)
{
	struct str accept = request_header(r, "accept");
	bool takes_pages = accept.len == 0 || mentions(accept, "text/html") ||
		mentions(accept, "text/*") || mentions(accept, "*/*");

	if (!takes_pages) /* asks for a credential, say: a program, also when it is refused */
		return false;
	if (r->json || (r->route && !r->route->page))
		return false;
	/* No row: an answer for people only when they say so, since programs ask for any. */
	if (!r->route && !mentions(accept, "text/html"))
		return false;
	return accept_choose(accept, page_types, 2) != 1;
}

/* ---- a page ---------------------------------------------------------------------------------- */

/* The same address with one preference changed: "/reports?q=x&lang=en". */
static struct str changed_address(struct request *r, const char *name, const char *value)
{
	SCOPED_BUF b = { 0 };
	char separator = '?';

	buf_init(&b, 16384);
	buf_put_str(&b, r->http.path);
	for (size_t i = 0; i < r->query.count; i++) {
		struct str field = r->query.at[i].name;
		if (str_is(field, name))
			continue;
		buf_put_char(&b, separator);
		percent_put(&b, field);
		buf_put_char(&b, '=');
		percent_put(&b, r->query.at[i].value);
		separator = '&';
	}
	buf_printf(&b, "%c%s=%s", separator, name, value);
	return b.overflow ? STR("/") : str_copy(&r->arena, buf_str(&b));
}

/* The first part of the path names the place in the rail: "/reports/x" -> "reports". */
static const char *place_of(struct request *r)
{
	struct str rest = r->http.path, first;

	(void)str_cut(&rest, '/');
	first = rest.at ? str_cut(&rest, '/') : STR("");
	return first.len > 0 ? str_z(&r->arena, first) : "home";
}

/* Who is signed in, for the frame: the name, and which places to show. */
static struct json *who_new(struct request *r)
{
	struct arena *a = &r->arena;
	struct json *v = json_new_object(a), *may = json_new_object(a);
	uint32_t unread;

	for (unsigned c = CAPABILITY_NONE + 1; c < CAPABILITY_COUNT; c++)
		if (r->who.may >> c & 1)
			may = json_set(a, may, capability_name((enum capability)c),
				json_new_bool(a, true));
	unread = service_notices_unread(r->web->service, r->who.account, UNREAD_SHOWN + 1);
	if (unread > 0)
		v = json_set_str(a, v, "unread", unread > UNREAD_SHOWN ? STR("99+") :
			str_printf(a, "%u", unread));
	v = json_set_str(a, v, "name", r->who.name);
	v = json_set_str(a, v, "display", r->who.display);
	if (r->who.organisation_name.len > 0)
		v = json_set_str(a, v, "organisation", r->who.organisation_name);
	return json_set(a, v, "may", may);
}

/* Classes of theme and size, and the address of the next theme: as the system, dark, light. */
static struct json *add_theme(struct request *r, struct json *page)
{
	struct arena *a = &r->arena;
	enum theme next = (enum theme)((r->theme + 1) % THEME_COUNT);
	struct json *to = json_set(a, json_new_object(a), theme_name(next),
		json_new_bool(a, true));

	if (r->theme != THEME_SYSTEM || r->large)
		page = json_set_str(a, page, "classes", str_printf(a, "%s%s%s",
			r->theme != THEME_SYSTEM ? theme_name(r->theme) : "",
			r->theme != THEME_SYSTEM && r->large ? " " : "", r->large ? "large" : ""));
	page = json_set(a, page, "theme_to", to);
	return json_set_str(a, page, "other_theme",
		changed_address(r, "theme", theme_name(next)));
}

/* "page" of the templates: what every page shows whatever its model. */
static struct json *page_new(struct request *r)
{
	struct arena *a = &r->arena;
	struct json *page = json_new_object(a), *nav;
	const char *place = place_of(r);
	char now[INSTANT_TEXT_BYTES];
	bool english = r->language == LANGUAGE_EN;
	struct str alarm;

	nav = place ? json_set(a, json_new_object(a), place, json_new_bool(a, true)) : NULL;
	instant_format(instant_now(), now);
	page = json_set_text(a, page, "lang", language_tag(r->language));
	page = json_set(a, page, "english", json_new_bool(a, english));
	page = json_set(a, page, "large", json_new_bool(a, r->large));
	page = json_set_str(a, page, "other_language",
		changed_address(r, "lang", english ? "zh-CN" : "en"));
	page = json_set_str(a, page, "other_size",
		changed_address(r, "size", r->large ? "usual" : "large"));
	page = add_theme(r, page);
	page = json_set(a, page, "nav", nav);
	page = json_set_str(a, page, "now", str_copy(a, str_of(now)));
	page = json_set(a, page, "node", r->web->node);
	if (r->links)
		page = json_set(a, page, "links", r->links);
	page = json_set(a, page, "token", json_new_bool(a, r->token));
	if (r->csrf.len > 0)
		page = json_set_str(a, page, "csrf", r->csrf);
	if (r->who.stage == STAGE_FULL)
		page = json_set(a, page, "account", who_new(r));
	alarm = ledger_alarm_text(service_ledger(r->web->service), a);
	return alarm.len > 0 ? json_set_str(a, page, "alarm", alarm) : page;
}

/* Strangers' pages go out as gzip. Where a token stands in a page, its length must not tell of it
 * (BREACH), so those of forms and of who is signed in never do. */
static void compress(struct request *r)
{
	struct str packed;

	if (r->csrf.len > 0 || r->who.stage != STAGE_NONE || r->reply.body.len < GZIP_FROM_BYTES ||
		!accepts_gzip(request_header(r, "accept-encoding")) ||
		assets_gzip(&r->arena, r->reply.body, GZIP_QUICK, &packed, NULL) != ERR_OK)
		return;
	r->reply.body = packed;
	r->reply.gzip = true;
}

enum err_code respond_page(struct request *r, const char *template_name,
	const struct json *model, struct err *e)
{
	struct reply *reply = &r->reply;
	struct json *page = page_new(r);

	if (!page)
		return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
	TRY(pages_draw(r->web->pages, &r->arena, template_name, r->language, page, model,
		&reply->body, e));
	compress(r);
	reply->type = TYPE_PAGE;
	if (reply->status == 0)
		reply->status = HTTP_OK;
	return ERR_OK;
}

/* ---- what went wrong ------------------------------------------------------------------------- */

static struct json *problem_new(struct request *r, int status, const struct err *e)
{
	struct arena *a = &r->arena;
	const struct err_class *class = err_class(e->code);
	struct json *v = json_new_object(a);
	struct str url = service_config(r->web->service)->url;

	v = json_set_str(a, v, "type", str_printf(a, STR_FMT "/problems/%s", STR_ARG(url),
		class->name));
	v = json_set_text(a, v, "title", class->title);
	v = json_set_number(a, v, "status", status);
	v = json_set_text(a, v, "detail", arena_copy(a, e->message, strlen(e->message)));
	if (e->hint[0])
		v = json_set_text(a, v, "hint", arena_copy(a, e->hint, strlen(e->hint)));
	if (e->word)
		v = json_set_text(a, v, "refusal", e->word);
	if (e->line > 0)
		v = json_set_number(a, v, "line", e->line);
	if (e->line > 0 && e->column > 0)
		v = json_set_number(a, v, "column", e->column);
	return v;
}

/* Without a tree, for when even the arena is full. */
static void respond_bare(struct request *r)
{
	r->reply.type = TYPE_PROBLEM;
	r->reply.body = STR("{\"detail\":\"the request needs too much memory\","
		"\"title\":\"The input is too large\",\"type\":\"about:blank\"}");
	r->reply.status = err_class(ERR_TOO_LARGE)->http_status;
}

static const char *retry_text(struct reply *reply)
{
	(void)snprintf(reply->retry, sizeof(reply->retry), "%u", reply->retry_s > 0 ?
		reply->retry_s : 2);
	return reply->retry;
}

/* What the page of an error is about: two refusals that ask for something else than a right have
 * words of their own, all others those of their class. */
static const char *told_as(const struct err *e)
{
	static const char *const own[] = { "signed-out", "form-old" };

	for (size_t i = 0; e->word && i < sizeof(own) / sizeof(own[0]); i++)
		if (strcmp(e->word, own[i]) == 0)
			return own[i];
	return err_class(e->code)->name;
}

void respond_error(struct request *r, int status, const struct err *e)
{
	struct reply *reply = &r->reply;
	struct err ignored = { 0 };
	struct json *problem, *model;

	CHECK(e->code != ERR_OK);
	allow_note(r, e);
	if (status == 0)
		status = err_class(e->code)->http_status;
	if (status >= HTTP_INTERNAL && e->code != ERR_BUSY)
		diag_err(DIAG_WARN, "web", e);
	problem = problem_new(r, status, e);
	if (reply->file > 0) /* opened before something failed */
		(void)close(reply->file);
	reply->file = 0;
	reply->status = status;
	reply->gzip = false;
	reply->tagged = false;
	reply->cache = "no-store";
	if (e->code == ERR_BUSY)
		reply_header(reply, "Retry-After", retry_text(reply));
	if (respond_for_people(r)) {
		model = json_set(&r->arena, problem, "problem",
			json_set(&r->arena, json_new_object(&r->arena), told_as(e),
				json_new_bool(&r->arena, true)));
		if (model && respond_page(r, "error", model, &ignored) == ERR_OK)
			return;
		diag_err(DIAG_WARN, "web", &ignored);
		problem = problem_new(r, status, e);
	}
	reply->type = TYPE_PROBLEM;
	if (json_jcs(&r->arena, problem, &reply->body, &ignored) != ERR_OK)
		respond_bare(r);
}

/* ---- a row ----------------------------------------------------------------------------------- */

static const char *tag_of(struct arena *a, const char *before, struct str bytes)
{
	struct digest d = digest_sha256(bytes);
	char hex[2 * DIGEST_BYTES + 1];

	hex_encode(d.at, DIGEST_BYTES, hex);
	return arena_printf(a, "%s\"%.32s\"", before, hex);
}

/* An answer that a stranger's browser or program may keep says by its tag whether it changed: no
 * token stands in it. A twin's "now" is no change, so its tag is a weak one. */
static void tag_answer(struct request *r, const struct json *model)
{
	struct reply *reply = &r->reply;
	struct str text;

	if (strstr(reply->cache, "no-store") || reply->status != HTTP_OK || reply->etag ||
		str_is(r->http.method, "POST"))
		return;
	if (respond_for_people(r))
		reply->tagged = true;
	else if (json_jcs(&r->arena, json_without(&r->arena, model, "now"), &text, NULL) == ERR_OK)
		reply->etag = tag_of(&r->arena, "W/", text);
}

static enum err_code run_model(struct request *r, struct err *e)
{
	struct json *model = NULL;

	TRY(r->route->model(r, &model, e));
	if (!model) /* it answered by itself: a redirect, or another form of the same thing */
		return ERR_OK;
	reply_header(&r->reply, "Vary",
		"Accept, Accept-Encoding, Cookie, Authorization");
	if (!r->reply.cache)
		r->reply.cache = r->token || r->csrf.len > 0 ? "private, no-store" :
			"private, no-cache";
	if (r->route->form && r->csrf.len > 0 && !respond_for_people(r))
		(void)json_set_str(&r->arena, model, "csrf", r->csrf);
	TRY(respond_for_people(r) ?
		respond_page(r, r->page ? r->page : r->route->page, model, e) :
		reply_json(r, r->reply.status ? r->reply.status : HTTP_OK, model, e));
	tag_answer(r, model);
	return ERR_OK;
}

void respond_route(struct request *r)
{
	struct err e = { 0 };
	enum err_code code = allow_form(r, &e);

	if (code == ERR_OK)
		code = r->route->model ? run_model(r, &e) : r->route->handle(r, &e);
	if (code != ERR_OK)
		respond_error(r, r->reply.status >= 400 ? r->reply.status : 0, &e);
	else if (r->reply.status == 0)
		r->reply.status = HTTP_OK;
}

/* ---- headers --------------------------------------------------------------------------------- */

static void keep_preference(struct request *r, const char *name, const char *value)
{
	char *cookie = arena_printf(&r->arena,
		"%s=%s; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly", name, value);

	if (cookie)
		reply_header(&r->reply, "Set-Cookie", cookie);
}

static void add_etag(struct request *r)
{
	struct reply *reply = &r->reply;

	if (reply->tagged && !reply->etag)
		reply->etag = tag_of(&r->arena, "", reply->body);
	if (!reply->etag)
		return;
	reply_header(reply, "ETag", reply->etag);
	if (reply->status == HTTP_OK &&
		etag_matches(request_header(r, "if-none-match"), str_of(reply->etag))) {
		reply->status = HTTP_NOT_MODIFIED;
		reply->body = STR("");
		reply->file_bytes = 0;
		reply->type = NULL;
		reply->gzip = false;
	}
}

/* Everything of a page comes from this node; nothing inline, nothing framed. */
#define PAGE_POLICY                                                                              \
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "              \
	"connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "           \
	"frame-ancestors 'none'"

void respond_finish(struct request *r)
{
	struct reply *reply = &r->reply;
	bool page = reply->type && strcmp(reply->type, TYPE_PAGE) == 0;

	reply_header(reply, "X-Content-Type-Options", "nosniff");
	if (r->route && str_starts(str_of(r->route->path), "/uploads"))
		reply_header(reply, "Tus-Resumable", TUS_VERSION);
	if (str_starts(service_config(r->web->service)->url, "https:"))
		reply_header(reply, "Strict-Transport-Security", "max-age=31536000");
	if (page) {
		reply_header(reply, "Content-Security-Policy", PAGE_POLICY);
		reply_header(reply, "Referrer-Policy", "same-origin");
		if (r->language_asked)
			keep_preference(r, "lang", language_tag(r->language));
		if (r->large_asked)
			keep_preference(r, "size", r->large ? "large" : "usual");
		if (r->theme_asked)
			keep_preference(r, "theme", theme_name(r->theme));
	} else {
		reply_header(reply, "Content-Security-Policy",
			reply->policy ? reply->policy : "default-src 'none'; sandbox");
		/* Any page in a browser may check public bytes; nothing of them uses cookies. */
		if (r->route && r->route->may == MAY_ANYONE && !r->route->form &&
			r->who.stage == STAGE_NONE)
			reply_header(reply, "Access-Control-Allow-Origin", "*");
	}
	if (reply->cache)
		reply_header(reply, "Cache-Control", reply->cache);
	add_etag(r);
}
