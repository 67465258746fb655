/* lab_key_handlers.c - keys of a lab, made in the browser and kept sealed. */
#include "service/draft.h"
#include "web/web_inner.h"

static bool wants_one_only(const struct request *r)
{
	return str_is(fields_get(&r->form, "algorithm"), "ed25519");
}

enum err_code lab_key_model(struct request *r, struct json **ret, struct err *e)
{
	TRY(service_lab_key(r->web->service, &r->arena, &r->who, ret, e));
	*ret = json_set(&r->arena, *ret, "one_only", json_new_bool(&r->arena, wants_one_only(r)));
	return *ret ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

enum err_code lab_key_post(struct request *r, struct json **ret, struct err *e)
{
	const struct lab_key_form form = { .sm2 = !wants_one_only(r),
		.passphrase = fields_get(&r->form, "d-passphrase-new"),
		.again = fields_get(&r->form, "d-passphrase-again") };
	struct json *problems = NULL;
	struct err problem = { 0 };
	enum err_code code = service_lab_key_make(r->web->service, &r->arena, &r->who, &form,
		&problems, &problem);

	if (code == ERR_OK)
		return handler_redirect(r, STR("/lab-key"), e);
	TRY(handler_refusal(code, problems, &problem, e));
	TRY(lab_key_model(r, ret, e));
	handler_form_again(r, *ret, problems);
	return ERR_OK;
}

enum err_code lab_key_take_back_post(struct request *r, struct json **ret, struct err *e)
{
	(void)ret; /* it leads on */
	TRY(service_lab_key_take_back(r->web->service, &r->arena, &r->who, e));
	return handler_redirect(r, STR("/lab-key"), e);
}
