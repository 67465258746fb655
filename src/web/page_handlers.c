/* page_handlers.c - the models of the pages; nearly all are made by service/. */
#include <string.h>

#include "base/scoped.h"
#include "credential/did.h"
#include "recognition/rules.h"
#include "web/design.h"
#include "web/events.h"
#include "web/multipart.h"
#include "web/web_inner.h"

enum err_code home_model(struct request *r, struct json **ret, struct err *e)
{
	return service_home(r->web->service, &r->arena, ret, e);
}

/* ---- pages without a query ------------------------------------------------------------------- */

enum err_code peers_model(struct request *r, struct json **ret, struct err *e)
{
	return service_peers(r->web->service, &r->arena, ret, e);
}

enum err_code schemes_model(struct request *r, struct json **ret, struct err *e)
{
	return service_schemes(r->web->service, &r->arena, ret, e);
}

enum err_code about_model(struct request *r, struct json **ret, struct err *e)
{
	static const char *const words[] = { "statement", "receipt", "tlog", "checkpoint",
		"witness", "bundle", "issuer", "agreement", "decision", "affected" };
	struct json *terms = json_new_array(&r->arena);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct json *names = json_new_object(&r->arena);
		for (unsigned l = 0; l < LANGUAGE_COUNT; l++) {
			const struct json *texts = json_get(
				catalogue_json(pages_catalogue(r->web->pages), l), "term");
			const struct json *term = json_get(texts, words[i]);
			struct json *both = json_new_object(&r->arena);
			both = json_set_str(&r->arena, both, "name", json_get_str(term, "name"));
			both = json_set_str(&r->arena, both, "means",
				json_get_str(term, "means"));
			names = json_set(&r->arena, names, language_tag(l), both);
		}
		names = json_set_text(&r->arena, names, "word", words[i]);
		terms = json_push(&r->arena, terms, names);
	}
	*ret = json_set(&r->arena, json_new_object(&r->arena), "terms", terms);
	return *ret ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

enum err_code problem_model(struct request *r, struct json **ret, struct err *e)
{
	for (unsigned code = ERR_OK + 1; code < ERR_CODE_COUNT; code++) {
		const struct err_class *class = err_class((enum err_code)code);
		struct json *v;
		if (!str_is(r->params[0], class->name))
			continue;
		v = json_set_text(&r->arena, json_new_object(&r->arena), "name", class->name);
		v = json_set_text(&r->arena, v, "title", class->title);
		v = json_set_number(&r->arena, v, "status", class->http_status);
		v = json_set_number(&r->arena, v, "exit_code", class->exit_code);
		*ret = v;
		return v ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
	}
	return err_set(e, ERR_NOT_FOUND, "no kind of problem is called \"%s\"",
		str_quote(&r->arena, r->params[0]));
}

/* ---- one statement --------------------------------------------------------------------------- */

/* The statement itself, as it was signed, to who may read it. */
static enum err_code send_statement(struct request *r, const uint8_t id_key[16], bool jwt,
	struct err *e)
{
	struct ledger_found found;

	reply_header(&r->reply, "Vary", "Accept, Authorization, Cookie");
	TRY(ledger_find(service_ledger(r->web->service), &r->arena, id_key, &found, e));
	if (found.receipt.disclosure != DISCLOSURE_OPEN && !handler_reads(r, id_key)) {
		(void)err_set(e, ERR_DENIED, "this statement is disclosed to its parties only");
		return err_hint(e, "Ask its issuer or holder for the bundle file and check that.");
	}
	if (found.body.len == 0)
		return err_set(e, ERR_NOT_FOUND, "only the receipt of this statement is here");
	if (jwt && found.jws.len == 0)
		return err_set(e, ERR_NOT_FOUND, "this statement was submitted without a JWT");
	handler_bytes(r, jwt ? found.jws : found.body,
		jwt ? "application/vc+jwt" : "application/vc",
		found.receipt.disclosure == DISCLOSURE_OPEN ? CACHE_ASK : CACHE_OWN);
	return ERR_OK;
}

struct json *page_elements(struct request *r, const struct json *model)
{
	const struct json *words = json_path(model,
		"statement/credentialSubject/inspectionReport/odd/elements");
	const struct rules *rules = service_rules(r->web->service);
	struct arena *a = &r->arena;
	struct json *list = json_new_array(a);

	for (size_t i = 0; i < json_count(words); i++) {
		struct str word = json_str(json_at(words, i));
		const struct worded *element = word.at ? rules_word(rules, "elements", word) : NULL;
		struct json *text = json_new_object(a);
		text = json_set_str(a, text, "zh-CN", element ? element->text.zh : word);
		text = json_set_str(a, text, "en", element ? element->text.en : word);
		list = json_push(a, list, json_set(a, json_new_object(a), "text", text));
	}
	return list;
}

/* People of the lab that issued the report may amend or withdraw it. */
static void add_lab(struct request *r, const struct json *model)
{
	struct str issuer = json_get_str(json_get(model, "issuer"), "id");
	struct str own = r->who.stage == STAGE_FULL && r->who.organisation_code.len > 0 ?
		did_web_new_org(&r->arena, service_config(r->web->service)->domain,
			r->who.organisation_code) : STR("");
	bool open = str_is(json_get_str(model, "state"), "valid") ||
		str_is(json_get_str(model, "state"), "suspended");
	struct arena *a = &r->arena;

	if (!open || !own.at || !str_is(json_get_str(model, "kind"), "report") ||
		!str_eq(issuer, own))
		return;
	r->links = json_set(a, r->links, "amend", json_new_bool(a,
		r->who.may >> CAPABILITY_DRAFT & 1));
	r->links = json_set(a, r->links, "withdraw", json_new_bool(a,
		r->who.may >> CAPABILITY_SIGN & 1));
}

enum err_code statement_model(struct request *r, struct json **ret, struct err *e)
{
	static const char *const types[] = { "text/html", "application/json", "application/vc",
		"application/vc+jwt" };
	uint8_t id_key[16];
	size_t type;

	TRY(handler_uuid(r, r->params[0], id_key, e));
	type = r->json ? 1 : accept_choose(request_header(r, "accept"), types, 4);
	if (type == 2 || type == 3)
		return send_statement(r, id_key, type == 3, e);
	TRY(service_statement(r->web->service, &r->arena, id_key, handler_reads(r, id_key), ret,
		e));
	if (respond_for_people(r)) {
		r->links = json_set(&r->arena, json_new_object(&r->arena), "elements",
			page_elements(r, *ret));
		add_lab(r, *ret);
	}
	return ERR_OK;
}

/* ---- the check page -------------------------------------------------------------------------- */

/* The page again with what was typed, and beside the field what is wrong with it. */
static enum err_code check_again(struct request *r, struct str number, const char *field,
	const struct err *problem, struct json **ret, struct err *e)
{
	struct arena *a = &r->arena;
	struct json *v = json_set_str(a, json_new_object(a), "number", number), *p;

	if (problem) {
		p = json_set_text(a, json_new_object(a), "field", field);
		p = json_set_text(a, p, "name", err_class(problem->code)->name);
		p = json_set_str(a, p, "detail", str_copy(a, str_of(problem->message)));
		p = json_set(a, p, field, json_new_bool(a, true));
		v = json_set(a, v, "problem", p);
		r->reply.status = err_class(problem->code)->http_status;
	}
	*ret = v;
	return v ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

static enum err_code check_number(struct request *r, struct str number, struct json **ret,
	struct err *e)
{
	struct err problem = { 0 };
	struct json *found;
	struct str id;
	enum err_code code = service_report_by_number(r->web->service, &r->arena, number, &found,
		&problem);

	if (code != ERR_OK)
		return check_again(r, number, "number", &problem, ret, e);
	id = json_get_str(found, "id");
	CHECK(str_starts(id, "urn:uuid:"));
	r->reply.status = HTTP_SEE_OTHER;
	id = str_printf(&r->arena, "/statements/" STR_FMT "%s", STR_ARG(str_skip(id, 9)),
		r->json ? ".json" : "");
	if (!id.at)
		return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
	reply_header(&r->reply, "Location", id.at);
	return ERR_OK; /* no model: the answer is the address */
}

enum err_code check_model(struct request *r, struct json **ret, struct err *e)
{
	struct str number = fields_get(&r->query, "number");

	if (number.len > 0)
		return check_number(r, number, ret, e);
	return check_again(r, STR(""), "", NULL, ret, e);
}

static enum err_code check_bundle(struct request *r, struct str name, struct str bytes,
	struct json **ret, struct err *e)
{
	struct arena *a = &r->arena;
	struct err problem = { 0 };
	struct json *result, *file;
	enum err_code code;

	if (bytes.len > LIMIT_BUNDLE_BYTES)
		code = err_set(&problem, ERR_TOO_LARGE, "bundle is over %d bytes",
			LIMIT_BUNDLE_BYTES);
	else
		code = service_check(r->web->service, a, bytes, &result, &problem);
	if (code != ERR_OK)
		return check_again(r, STR(""), "file", &problem, ret, e);
	TRY(check_again(r, STR(""), "", NULL, ret, e));
	file = json_set_str(a, json_new_object(a), "name", name);
	file = json_set_number(a, file, "bytes", (double)bytes.len);
	*ret = json_set(a, json_set(a, *ret, "file", file), "result", result);
	return *ret ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

/* A form with a file (or only a number), or the bundle itself as the body. */
enum err_code check_post_model(struct request *r, struct json **ret, struct err *e)
{
	struct str type = request_header(r, "content-type"), number;
	struct err problem = { 0 };
	const struct part *file, *typed;
	struct multipart m;

	if (media_type_is(type, "application/json") ||
		media_type_is(type, "application/vnd.huren.bundle+json"))
		return check_bundle(r, STR(""), r->http.body, ret, e);
	if (!media_type_is(type, "multipart/form-data")) {
		r->reply.status = HTTP_UNSUPPORTED_TYPE;
		return err_set(e, ERR_UNSUPPORTED, "body is neither a form nor a bundle");
	}
	TRY(multipart_parse(&r->arena, r->http.body,
		parameter_get(&r->arena, type, "boundary"), &m, e));
	file = multipart_get(&m, "file");
	typed = multipart_get(&m, "number");
	if (file && file->filename.at && file->body.len > 0)
		return check_bundle(r, file->filename, file->body, ret, e);
	number = typed ? str_trim(typed->body) : STR("");
	if (number.len > 0 && number.len <= LIMIT_ID_BYTES && str_is_utf8(number))
		return check_number(r, number, ret, e);
	(void)err_set(&problem, ERR_INVALID, "no file was chosen and no number typed");
	return check_again(r, STR(""), "file", &problem, ret, e);
}

/* ---- all parts of the pages ------------------------------------------------------------------ */

enum err_code design_model(struct request *r, struct json **ret, struct err *e)
{
	bool immutable;
	const struct asset *css = assets_find(pages_assets(r->web->pages), STR("app.css"),
		&immutable);

	if (!css)
		return err_set(e, ERR_NOT_FOUND, "style sheet \"app.css\" does not exist");
	return design_new(&r->arena, css->bytes, ret, e);
}

/* ---- live events ----------------------------------------------------------------------------- */

enum err_code events_file(struct request *r, struct err *e)
{
	return events_begin(r->web->events, r, e);
}
