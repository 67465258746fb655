/* draft_evaluation_handlers.c - drafts from evaluations; evaluations on this node. */
#include "service/draft_evaluation.h"
#include "service/evidence.h"
#include "web/multipart.h"
#include "web/web_inner.h"

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

static struct str field(const struct request *r, const char *name)
{
	return fields_get(&r->form, name);
}

/* "/drafts/new/..." has no draft yet: 0. */
static enum err_code read_id(const struct request *r, int64_t *ret, struct err *e)
{
	uint64_t id = 0;

	if (!r->params[0].at) {
		*ret = 0;
		return ERR_OK;
	}
	if (str_parse_u64(r->params[0], &id, NULL) != ERR_OK || id == 0 || id > INT64_MAX)
		return err_set(e, ERR_NOT_FOUND, "no draft has this number");
	*ret = (int64_t)id;
	return ERR_OK;
}

static enum err_code go_to(struct request *r, const char *place, int64_t id, struct err *e)
{
	struct str path = str_printf(&r->arena, "%s/%lld", place, (long long)id);

	return path.at ? handler_redirect(r, path, e) : full(e);
}

/* ---- a document that is uploaded ------------------------------------------------------------- */

enum err_code draft_upload_post(struct request *r, struct json **ret, struct err *e)
{
	const struct part *file = r->parts ? multipart_get(r->parts, "d-file") : NULL;
	const struct part *limits = r->parts ? multipart_get(r->parts, "d-limits") : NULL;
	struct arena *a = &r->arena;
	struct json *problems = json_new_object(a), *model = json_new_object(a);
	struct draft_at at = { .id = 0 };
	struct err problem = { 0 };
	enum err_code code = ERR_INVALID;

	TRY(read_id(r, &at.id, e));
	if (at.id > 0 && str_parse_u64(field(r, "revision"), &at.revision, NULL) != ERR_OK)
		return err_set(e, ERR_INVALID, "field \"revision\" is no number");
	if (!file || file->body.len == 0)
		draft_wrong(a, problems, "d-file", "missing", 0);
	else
		code = service_draft_add_evaluation(r->web->service, a, &r->who, &at,
			&(struct draft_evaluated){ .document = file->body,
				.limits = limits ? limits->body : STR(""),
				.tested_on = field(r, "d-tested") }, &problems, &problem);
	if (code == ERR_OK)
		return go_to(r, "/drafts", at.id, e);
	TRY(handler_refusal(code, problems, &problem, e));
	if (at.id > 0)
		TRY(service_draft(r->web->service, a, &r->who, at.id, &model, e));
	model = json_set_str(a, model, "tested", field(r, "d-tested"));
	if (!model)
		return full(e);
	handler_form_again(r, model, problems);
	*ret = model;
	return ERR_OK;
}

/* ---- on this node ---------------------------------------------------------------------------- */

static enum err_code form_model(struct request *r, const struct json *typed, struct json **ret,
	struct err *e)
{
	struct arena *a = &r->arena;
	struct json *v, *draft;
	int64_t id = 0;

	TRY(read_id(r, &id, e));
	TRY(service_evaluation_form(r->web->service, a, &r->who, typed, &v, e));
	if (id > 0) {
		TRY(service_draft(r->web->service, a, &r->who, id, &draft, e));
		v = json_set_str(a, v, "draft", json_get_str(draft, "draft"));
		v = json_set_str(a, v, "number", json_get_str(draft, "number"));
		v = json_set_str(a, v, "revision", json_get_str(draft, "revision"));
	}
	*ret = v;
	return v ? ERR_OK : full(e);
}

enum err_code evaluate_model(struct request *r, struct json **ret, struct err *e)
{
	return form_model(r, NULL, ret, e);
}

enum err_code evaluate_post(struct request *r, struct json **ret, struct err *e)
{
	static const char *const names[] = { "d-scenario-of", "d-mapping", "d-limits",
		"d-run-files", "d-settings", "d-tested" };
	struct json *typed = json_new_object(&r->arena), *problems = NULL;
	struct err problem = { 0 };
	enum err_code code;
	int64_t id = 0, job = 0;

	TRY(read_id(r, &id, e));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		typed = json_set_str(&r->arena, typed, names[i], field(r, names[i]));
	code = service_evaluation_ask(r->web->service, &r->arena, &r->who, id, typed, &problems,
		&job, &problem);
	if (code == ERR_OK)
		return go_to(r, "/drafts/evaluations", job, e);
	TRY(handler_refusal(code, problems, &problem, e));
	TRY(form_model(r, typed, ret, e));
	handler_form_again(r, *ret, problems);
	return ERR_OK;
}

enum err_code evaluation_job_model(struct request *r, struct json **ret, struct err *e)
{
	int64_t id = 0;

	TRY(read_id(r, &id, e));
	r->reply.cache = "no-store";
	return service_evaluation_job(r->web->service, &r->arena, &r->who, id, ret, e);
}

enum err_code evaluate_again_post(struct request *r, struct json **ret, struct err *e)
{
	struct str path;
	int64_t id = 0;

	(void)ret; /* it leads on */
	TRY(read_id(r, &id, e));
	TRY(service_evaluation_again(r->web->service, &r->arena, &r->who, id, e));
	path = str_printf(&r->arena, "/drafts/%lld/sign", (long long)id);
	return path.at ? handler_redirect(r, path, e) : full(e);
}

enum err_code draft_picture_file(struct request *r, struct err *e)
{
	struct digest d;
	struct json *doc;
	int64_t id = 0;

	TRY(read_id(r, &id, e));
	TRY(evidence_digest_parse(r->params[1], &d, e));
	TRY(service_draft_document(r->web->service, &r->arena, &r->who, id, &d, &doc, e));
	return handler_picture(r, doc, r->params[2], e);
}
