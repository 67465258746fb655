/* account_handlers.c - signing in and the own account. */
#include <string.h>

#include "base/scoped.h"
#include "service/audit.h"
#include "service/own_data.h"
#include "service/passkey.h"
#include "service/trace.h"
#include "web/form.h"
#include "web/qr.h"
#include "web/web_inner.h"

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

static struct str field(const struct request *r, const char *name)
{
	return fields_get(&r->form, name);
}

/* Where to go on to afterwards: from the form, else from the address; "" when it is not here. */
static struct str next_of(const struct request *r)
{
	struct str next = field(r, "next");

	if (next.len == 0)
		next = fields_get(&r->query, "next");
	return form_next_is_safe(next) ? next : STR("");
}

static struct json *model_new(struct request *r)
{
	return json_set_str(&r->arena, json_new_object(&r->arena), "next", next_of(r));
}

/* "next" goes along from step to step. */
static enum err_code go_on(struct request *r, const char *place, struct err *e)
{
	struct str next = next_of(r);
	SCOPED_BUF b = { 0 };

	buf_init(&b, 2048);
	buf_put_text(&b, place);
	if (next.len > 0) {
		buf_put_text(&b, "?next=");
		percent_put(&b, next);
	}
	TRY(buf_check(&b, "address", e));
	return handler_redirect(r, buf_str(&b), e);
}

static enum err_code arrive(struct request *r, struct err *e)
{
	struct str next = next_of(r);

	return handler_redirect(r, next.len > 0 ? next : STR("/account"), e);
}

/* What a refused form says as a whole; other errors are the page's own. */
static enum err_code refuse(struct request *r, enum err_code code, uint32_t wait_s,
	const char *word, struct json *model, struct json **ret, const struct err *problem,
	struct err *e)
{
	if (code == ERR_BUSY && wait_s > 0) {
		handler_form_refused(r, model, "wait", wait_s);
	} else if (code == ERR_DENIED) {
		r->reply.status = err_class(ERR_DENIED)->http_status;
		handler_form_refused(r, model, word, 0);
	} else {
		*e = *problem;
		return code;
	}
	*ret = model;
	return model ? ERR_OK : full(e);
}

/* ---- sign-in --------------------------------------------------------------------------------- */

enum err_code sign_in_model(struct request *r, struct json **ret, struct err *e)
{
	if (r->who.stage == STAGE_FULL)
		return arrive(r, e);
	*ret = model_new(r);
	return *ret ? ERR_OK : full(e);
}

static enum err_code to_second_factor(struct request *r, const struct signed_in *in,
	struct err *e)
{
	TRY(allow_set_session(r, in->token, e));
	return go_on(r, in->stage == STAGE_ENROL ? "/sign-in/enrol" : "/sign-in/code", e);
}

enum err_code sign_in_post(struct request *r, struct json **ret, struct err *e)
{
	struct json *model = json_set_str(&r->arena, model_new(r), "name", field(r, "name"));
	struct signed_in in = { .wait_s = 0 };
	struct err problem = { 0 };
	enum err_code code = service_sign_in(r->web->service, &r->arena, &r->who,
		field(r, "name"), field(r, "password"), &in, &problem);

	if (code != ERR_OK)
		return refuse(r, code, in.wait_s, "sign-in", model, ret, &problem, e);
	return to_second_factor(r, &in, e);
}

static enum err_code code_new(struct request *r, struct json **ret, struct err *e)
{
	struct json *passkey, *model = model_new(r);

	TRY(service_passkey_options(r->web->service, &r->arena, &r->who, &passkey, e));
	if (passkey)
		model = json_set(&r->arena, model, "passkey", passkey);
	*ret = model;
	return model ? ERR_OK : full(e);
}

enum err_code code_model(struct request *r, struct json **ret, struct err *e)
{
	if (r->who.stage == STAGE_FULL)
		return arrive(r, e);
	if (r->who.stage == STAGE_ENROL)
		return go_on(r, "/sign-in/enrol", e);
	return code_new(r, ret, e);
}

/* A code typed, or what a passkey said. */
static enum err_code show_factor(struct request *r, struct signed_in *ret, struct err *e)
{
	struct passkey_answer answer = { .challenge = field(r, "challenge"),
		.credential = field(r, "credential"), .client_data = field(r, "client_data"),
		.authenticator_data = field(r, "authenticator_data"),
		.signature = field(r, "signature") };

	if (answer.credential.len > 0)
		return service_sign_in_passkey(r->web->service, &r->arena, &r->who, &answer, ret,
			e);
	return service_sign_in_code(r->web->service, &r->arena, &r->who, field(r, "code"), ret, e);
}

enum err_code code_post(struct request *r, struct json **ret, struct err *e)
{
	struct signed_in in = { .wait_s = 0 };
	struct err problem = { 0 };
	struct json *model;
	enum err_code code;

	if (r->who.stage != STAGE_CODE)
		return code_model(r, ret, e);
	code = show_factor(r, &in, &problem);
	if (code == ERR_NOT_FOUND) { /* too many wrong ones: the session is gone */
		TRY(allow_set_session(r, STR(""), e));
		return go_on(r, "/sign-in", e);
	}
	if (code != ERR_OK) {
		TRY(code_new(r, &model, e));
		return refuse(r, code, in.wait_s, field(r, "credential").len > 0 ? "passkey" :
			"factor", model, ret, &problem, e);
	}
	TRY(allow_set_session(r, in.token, e));
	return arrive(r, e);
}

/* ---- setting up a second factor: at the first sign-in, or again ------------------------------ */

static enum err_code factor_model(struct request *r, struct json **ret, struct err *e)
{
	struct json *v, *qr;

	TRY(service_enrol_model(r->web->service, &r->arena, &r->who, &v, e));
	TRY(qr_model(&r->arena, json_get_str(v, "address"), &qr, e));
	v = json_set(&r->arena, v, "qr", qr);
	v = json_set(&r->arena, v, "first", json_new_bool(&r->arena,
		r->who.stage == STAGE_ENROL));
	*ret = json_set_str(&r->arena, v, "next", next_of(r));
	r->reply.cache = "no-store";
	return *ret ? ERR_OK : full(e);
}

enum err_code enrol_model(struct request *r, struct json **ret, struct err *e)
{
	if (r->who.stage == STAGE_CODE)
		return go_on(r, "/sign-in/code", e);
	if (r->who.pending.len == 0)
		return arrive(r, e);
	return factor_model(r, ret, e);
}

/* Shown once, as the answer itself: asking again would make new ones. */
static enum err_code show_codes(struct request *r, struct json *codes, bool enrolled,
	struct json **ret, struct err *e)
{
	struct json *list = json_new_array(&r->arena), *v = model_new(r);

	for (size_t i = 0; i < json_count(codes); i++)
		list = json_push(&r->arena, list, json_set_str(&r->arena,
			json_new_object(&r->arena), "code", json_str(json_at(codes, i))));
	v = json_set(&r->arena, v, "codes", list);
	*ret = json_set(&r->arena, v, "enrolled", json_new_bool(&r->arena, enrolled));
	r->page = "codes";
	r->reply.cache = "no-store";
	return *ret ? ERR_OK : full(e);
}

enum err_code enrol_post(struct request *r, struct json **ret, struct err *e)
{
	struct signed_in in = { .wait_s = 0 };
	struct err problem = { 0 };
	struct json *model;
	enum err_code code;

	if (r->who.stage == STAGE_CODE || r->who.pending.len == 0)
		return enrol_model(r, ret, e);
	code = service_enrol(r->web->service, &r->arena, &r->who, field(r, "code"), &in, &problem);
	if (code != ERR_OK) {
		TRY(factor_model(r, &model, e));
		return refuse(r, code, in.wait_s, "factor", model, ret, &problem, e);
	}
	TRY(allow_set_session(r, in.token, e));
	r->who.stage = STAGE_FULL; /* the frame of this page shows them signed in */
	return show_codes(r, in.codes, true, ret, e);
}

enum err_code factor_post(struct request *r, struct json **ret, struct err *e)
{
	(void)ret; /* it leads on */
	TRY(service_factor_begin(r->web->service, &r->who, e));
	return handler_redirect(r, STR("/sign-in/enrol"), e);
}

enum err_code recovery_post(struct request *r, struct json **ret, struct err *e)
{
	struct json *codes;

	TRY(service_recovery_codes(r->web->service, &r->arena, &r->who, &codes, e));
	return show_codes(r, codes, false, ret, e);
}

/* ---- invitation ------------------------------------------------------------------------------ */

enum err_code join_model(struct request *r, struct json **ret, struct err *e)
{
	struct err problem = { 0 };
	enum err_code code = service_invitation(r->web->service, &r->arena, r->params[0], ret,
		&problem);

	r->reply.cache = "no-store";
	if (code == ERR_BUSY) { /* not an error: it is to wait for the authority */
		*ret = json_set(&r->arena, json_new_object(&r->arena), "waiting",
			json_new_bool(&r->arena, true));
		return *ret ? ERR_OK : full(e);
	}
	if (code != ERR_OK) {
		*e = problem;
		audit_note(r->web->service, &(struct audit_entry){ .action = "join",
			.refused = true, .address = r->who.address });
	}
	return code;
}

enum err_code join_post(struct request *r, struct json **ret, struct err *e)
{
	struct json *problems = NULL, *model;
	struct signed_in in = { .wait_s = 0 };
	struct err problem = { 0 };
	enum err_code code = service_join(r->web->service, &r->arena, &r->who, r->params[0],
		field(r, "password"), field(r, "again"), &problems, &in, &problem);

	if (code == ERR_INVALID && json_count(problems) > 0) {
		TRY(join_model(r, &model, e));
		handler_form_again(r, model, problems);
		*ret = model;
		return ERR_OK;
	}
	if (code != ERR_OK)
		return join_model(r, ret, e);
	return to_second_factor(r, &in, e);
}

/* ---- the own account ------------------------------------------------------------------------- */

enum err_code sign_out_post(struct request *r, struct json **ret, struct err *e)
{
	(void)ret; /* it leads on */
	TRY(service_sign_out(r->web->service, &r->who, e));
	TRY(allow_set_session(r, STR(""), e));
	return handler_redirect(r, STR("/"), e);
}

enum err_code own_account_model(struct request *r, struct json **ret, struct err *e)
{
	struct str changed = fields_get(&r->query, "changed");

	TRY(service_account(r->web->service, &r->arena, &r->who, ret, e));
	*ret = json_set(&r->arena, *ret, "changed", json_new_bool(&r->arena, str_is(changed,
		"password")));
	*ret = json_set(&r->arena, *ret, "passkeys_changed", json_new_bool(&r->arena,
		str_is(changed, "passkey")));
	return *ret ? ERR_OK : full(e);
}

enum err_code confirm_model(struct request *r, struct json **ret, struct err *e)
{
	*ret = model_new(r);
	return *ret ? ERR_OK : full(e);
}

enum err_code confirm_post(struct request *r, struct json **ret, struct err *e)
{
	struct err problem = { 0 };
	uint32_t wait_s = 0;
	enum err_code code = service_confirm(r->web->service, &r->arena, &r->who,
		field(r, "password"), &wait_s, &problem);

	if (code != ERR_OK)
		return refuse(r, code, wait_s, "password", model_new(r), ret, &problem, e);
	return arrive(r, e);
}

enum err_code password_model(struct request *r, struct json **ret, struct err *e)
{
	*ret = json_set_str(&r->arena, json_new_object(&r->arena), "name", r->who.name);
	return *ret ? ERR_OK : full(e);
}

enum err_code password_post(struct request *r, struct json **ret, struct err *e)
{
	struct json *problems = NULL, *model;
	struct err problem = { 0 };
	uint32_t wait_s = 0;
	enum err_code code = service_password(r->web->service, &r->arena, &r->who,
		field(r, "current"), field(r, "password"), field(r, "again"), &problems, &wait_s,
		&problem);

	if (code == ERR_OK)
		return handler_redirect(r, STR("/account?changed=password"), e);
	TRY(password_model(r, &model, e));
	if (code == ERR_INVALID && json_count(problems) > 0) {
		handler_form_again(r, model, problems);
		*ret = model;
		return ERR_OK;
	}
	return refuse(r, code, wait_s, "password", model, ret, &problem, e);
}

enum err_code session_end_post(struct request *r, struct json **ret, struct err *e)
{
	struct str which = r->params[0];
	uint64_t id = 0;

	(void)ret; /* it leads on */
	if (!str_is(which, "others") &&
		(str_parse_u64(which, &id, NULL) != ERR_OK || id == 0 || id > INT64_MAX))
		return err_set(e, ERR_NOT_FOUND, "no session of yours has this number");
	TRY(service_end_session(r->web->service, &r->who, (int64_t)id, e));
	if ((int64_t)id == r->who.session) {
		TRY(allow_set_session(r, STR(""), e));
		return handler_redirect(r, STR("/"), e);
	}
	return handler_redirect(r, STR("/account"), e);
}

/* ---- own data -------------------------------------------------------------------------------- */

enum err_code own_data_call(struct request *r, struct err *e)
{
	struct json *model;

	TRY(service_own_data(r->web->service, &r->arena, &r->who, &model, e));
	TRY(reply_json(r, HTTP_OK, model, e));
	reply_header(&r->reply, "Content-Disposition", "attachment; filename=\"own-data.json\"");
	r->reply.cache = "no-store";
	return ERR_OK;
}

enum err_code leave_model(struct request *r, struct json **ret, struct err *e)
{
	return service_traces_own(r->web->service, &r->arena, &r->who, ret, e);
}

enum err_code leave_post(struct request *r, struct json **ret, struct err *e)
{
	(void)ret; /* it leads on */
	TRY(service_leave(r->web->service, &r->who, e));
	TRY(allow_set_session(r, STR(""), e));
	return handler_redirect(r, STR("/"), e);
}
