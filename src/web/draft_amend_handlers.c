/* draft_amend_handlers.c - amending and withdrawing a report of the own lab. */
#include "service/draft_amend.h"
#include "web/web_inner.h"

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

static struct lab_reason reason_of(const struct request *r)
{
	return (struct lab_reason){ .zh = fields_get(&r->form, "d-reason-zh"),
		.en = fields_get(&r->form, "d-reason-en") };
}

enum err_code lab_report_model(struct request *r, struct json **ret, struct err *e)
{
	uint8_t id[16];

	TRY(handler_uuid(r, r->params[0], id, e));
	return service_lab_report(r->web->service, &r->arena, &r->who, id, ret, e);
}

/* The form again with what was typed. */
static enum err_code again(struct request *r, enum err_code code, const struct json *problems,
	const struct err *problem, struct json **ret, struct err *e)
{
	struct lab_reason reason = reason_of(r);
	struct json *v;

	TRY(handler_refusal(code, problems, problem, e));
	TRY(lab_report_model(r, &v, e));
	v = json_set_str(&r->arena, v, "reason_zh", reason.zh);
	v = json_set_str(&r->arena, v, "reason_en", reason.en);
	if (!v)
		return full(e);
	handler_form_again(r, v, problems);
	*ret = v;
	return ERR_OK;
}

enum err_code report_amend_post(struct request *r, struct json **ret, struct err *e)
{
	struct lab_reason reason = reason_of(r);
	struct json *problems = NULL;
	struct err problem = { 0 };
	uint8_t id[16];
	int64_t draft = 0;
	enum err_code code;
	struct str path;

	TRY(handler_uuid(r, r->params[0], id, e));
	code = service_report_amend(r->web->service, &r->arena, &r->who, id, &reason, &problems,
		&draft, &problem);
	if (code != ERR_OK)
		return again(r, code, problems, &problem, ret, e);
	path = str_printf(&r->arena, "/drafts/%lld", (long long)draft);
	return path.at ? handler_redirect(r, path, e) : full(e);
}

enum err_code report_withdraw_post(struct request *r, struct json **ret, struct err *e)
{
	struct lab_reason reason = reason_of(r);
	struct json *problems = NULL;
	struct err problem = { 0 };
	uint8_t id[16];
	enum err_code code;
	struct str path;

	TRY(handler_uuid(r, r->params[0], id, e));
	code = service_report_withdraw(r->web->service, &r->arena, &r->who, id, &reason,
		fields_get(&r->form, "d-passphrase"), &problems, &problem);
	if (code != ERR_OK)
		return again(r, code, problems, &problem, ret, e);
	path = str_printf(&r->arena, "/statements/" STR_FMT, STR_ARG(r->params[0]));
	return path.at ? handler_redirect(r, path, e) : full(e);
}
