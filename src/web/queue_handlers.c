/* queue_handlers.c - recognition requests as the authority works on them. */
#include "service/dossier.h"
#include "web/web_inner.h"

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

static struct str field(const struct request *r, const char *name)
{
	return fields_get(&r->form, name);
}

/* ---- lists ----------------------------------------------------------------------------------- */

static struct str list_address(struct request *r, struct str show, struct str after)
{
	const struct address_field fields[] = { { "q", fields_get(&r->query, "q") },
		{ "show", show }, { "after", after } };

	return handler_address(r, r->http.path, fields, sizeof(fields) / sizeof(fields[0]));
}

enum err_code request_links(struct request *r, const char *const *shows, struct str next,
	struct err *e)
{
	struct arena *a = &r->arena;
	struct json *chips = json_new_array(a), *v = json_new_object(a);
	struct str now = fields_get(&r->query, "show"), after = fields_get(&r->query, "after");

	for (; *shows; shows++) {
		bool on = str_is(now, *shows);
		struct json *chip = json_set_str(a, json_new_object(a), "address",
			list_address(r, on ? STR("") : str_of(*shows), STR("")));
		chip = json_set(a, chip, "on", json_new_bool(a, on));
		chips = json_push(a, chips, json_set_text(a, chip, "show", *shows));
	}
	v = json_set(a, v, "chips", chips);
	if (next.at)
		v = json_set_str(a, v, "next", list_address(r, now, next));
	if (after.len > 0)
		v = json_set_str(a, v, "first", list_address(r, now, STR("")));
	r->links = json_set(a, v, "filtered", json_new_bool(a, now.len > 0 ||
		fields_get(&r->query, "q").len > 0));
	return r->links ? ERR_OK : full(e);
}

enum err_code queue_model(struct request *r, struct json **ret, struct err *e)
{
	static const char *const shows[] = { "open", "asked", "closed", NULL };
	struct dossier_query q = { .text = fields_get(&r->query, "q"),
		.state = fields_get(&r->query, "show"), .after = fields_get(&r->query, "after") };

	TRY(service_queue(r->web->service, &r->arena, &r->who, &q, ret, e));
	return request_links(r, shows, json_get_str(*ret, "next"), e);
}

/* ---- one request ----------------------------------------------------------------------------- */

enum err_code queue_item_model(struct request *r, struct json **ret, struct err *e)
{
	int64_t id = 0;

	TRY(request_number(r, 0, &id, e));
	TRY(service_dossier(r->web->service, &r->arena, &r->who, id, ret, e));
	*ret = json_set(&r->arena, *ret, "choices", request_documents(r, json_path(*ret,
		"preview/outcome/documents")));
	return *ret ? ERR_OK : full(e);
}

enum err_code queue_document_file(struct request *r, struct err *e)
{
	int64_t id = 0;

	TRY(request_number(r, 0, &id, e));
	return request_send_file(r, 0, id, 1, e);
}

/* ---- acts ------------------------------------------------------------------------------------ */

static enum err_code end(struct request *r, enum err_code code, const struct err *problem,
	const char *name, struct json **ret, struct err *e)
{
	struct str path = str_printf(&r->arena, "/queue/" STR_FMT, STR_ARG(r->params[0]));

	if (code != ERR_OK)
		return request_told(r, problem, name, "written", queue_item_model, "queue_item",
			ret, e);
	return path.at ? handler_redirect(r, path, e) : full(e);
}

enum err_code queue_ask_post(struct request *r, struct json **ret, struct err *e)
{
	struct arena *a = &r->arena;
	struct json *list = json_new_array(a);
	struct err problem = { 0 };
	enum err_code code;
	int64_t id = 0;

	TRY(request_number(r, 0, &id, e));
	for (size_t i = 0; i < r->form.count; i++)
		if (str_starts(r->form.at[i].name, "ask."))
			list = json_push(a, list, json_new_str(a, str_skip(r->form.at[i].name,
				4)));
	code = service_dossier_ask(r->web->service, a, &r->who, id, list, field(r, "text"),
		&problem);
	return end(r, code, &problem, "text", ret, e);
}

enum err_code queue_prepare_post(struct request *r, struct json **ret, struct err *e)
{
	struct err problem = { 0 };
	enum err_code code;
	int64_t id = 0;

	TRY(request_number(r, 0, &id, e));
	code = service_dossier_prepare(r->web->service, &r->arena, &r->who, id,
		str_is(field(r, "outcome"), "anew"), field(r, "answer"), &problem);
	return end(r, code, &problem, "answer", ret, e);
}

enum err_code queue_approve_post(struct request *r, struct json **ret, struct err *e)
{
	struct err problem = { 0 };
	enum err_code code;
	int64_t id = 0;

	TRY(request_number(r, 0, &id, e));
	code = service_dossier_approve(r->web->service, &r->arena, &r->who, id,
		field(r, "shown"), &problem);
	return end(r, code, &problem, "text", ret, e);
}

enum err_code queue_return_post(struct request *r, struct json **ret, struct err *e)
{
	struct err problem = { 0 };
	enum err_code code;
	int64_t id = 0;

	TRY(request_number(r, 0, &id, e));
	code = service_dossier_return(r->web->service, &r->arena, &r->who, id, field(r, "reason"),
		&problem);
	return end(r, code, &problem, "reason", ret, e);
}

enum err_code queue_say_post(struct request *r, struct json **ret, struct err *e)
{
	struct err problem = { 0 };
	enum err_code code;
	int64_t id = 0;

	TRY(request_number(r, 0, &id, e));
	code = service_dossier_say(r->web->service, &r->arena, &r->who, id, field(r, "message"),
		&problem);
	return end(r, code, &problem, "message", ret, e);
}
