/* passkey_handlers.c - adding and removing passkeys of the own account. */
#include "service/passkey.h"
#include "web/web_inner.h"

static enum err_code new_form(struct request *r, struct json **ret, struct err *e)
{
	struct json *v = json_new_object(&r->arena), *passkey;
	struct str name = fields_get(&r->form, "passkey_name");

	TRY(service_passkey_options(r->web->service, &r->arena, &r->who, &passkey, e));
	v = json_set_str(&r->arena, v, "passkey_name", name);
	if (passkey)
		v = json_set(&r->arena, v, "passkey", passkey);
	*ret = v;
	return v ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

enum err_code passkey_new_model(struct request *r, struct json **ret, struct err *e)
{
	return new_form(r, ret, e);
}

enum err_code passkey_new_post(struct request *r, struct json **ret, struct err *e)
{
	struct passkey_form form = { .name = fields_get(&r->form, "passkey_name"),
		.challenge = fields_get(&r->form, "challenge"),
		.client_data = fields_get(&r->form, "client_data"),
		.attestation = fields_get(&r->form, "attestation") };
	struct json *problems = NULL, *model;
	struct err problem = { 0 };
	enum err_code code = service_passkey_add(r->web->service, &r->arena, &r->who, &form,
		&problems, &problem);

	if (code == ERR_OK)
		return handler_redirect(r, STR("/account?changed=passkey#passkeys"), e);
	if (code != ERR_INVALID || json_count(problems) == 0) {
		*e = problem;
		return code;
	}
	TRY(new_form(r, &model, e));
	handler_form_again(r, model, problems);
	*ret = model;
	return ERR_OK;
}

static enum err_code number_of(const struct request *r, int64_t *ret, struct err *e)
{
	uint64_t id;

	if (str_parse_u64(r->params[0], &id, NULL) != ERR_OK || id == 0 || id > INT64_MAX)
		return err_set(e, ERR_NOT_FOUND, "no passkey of yours has this number");
	*ret = (int64_t)id;
	return ERR_OK;
}

enum err_code passkey_model(struct request *r, struct json **ret, struct err *e)
{
	int64_t id = 0;

	TRY(number_of(r, &id, e));
	return service_passkey(r->web->service, &r->arena, &r->who, id, ret, e);
}

enum err_code passkey_remove_post(struct request *r, struct json **ret, struct err *e)
{
	int64_t id = 0;

	(void)ret; /* it leads on */
	TRY(number_of(r, &id, e));
	TRY(service_passkey_remove(r->web->service, &r->who, id, e));
	return handler_redirect(r, STR("/account?changed=passkey#passkeys"), e);
}
