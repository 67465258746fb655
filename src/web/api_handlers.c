/* api_handlers.c - writing by JSON: each parses one request, calls one service_*, answers. */
#include <string.h>

#include "base/encode.h"
#include "base/instant.h"
#include "web/web_inner.h"

#define TYPE_SUBMISSION "application/vnd.huren.submission+json"

/* ---- a signed statement: parked until it is durable ------------------------------------------ */

/* From the writer's thread. */
static void statement_done(struct publication *p)
{
	server_resume(p->context);
}

/* The statement's own bytes, and its JWT, out of the body. */
static enum err_code read_submission(struct request *r, struct str *ret_text, struct str *ret_jws,
	struct err *e)
{
	struct str type = request_header(r, "content-type");
	const struct json *statement;
	struct json *v;

	*ret_jws = STR("");
	*ret_text = r->http.body;
	if (media_type_is(type, "application/vc") || media_type_is(type, "application/json") ||
		media_type_is(type, "application/ld+json"))
		return ERR_OK;
	if (!media_type_is(type, TYPE_SUBMISSION)) {
		r->reply.status = HTTP_UNSUPPORTED_TYPE;
		return err_set(e, ERR_UNSUPPORTED,
			"body is neither application/vc nor " TYPE_SUBMISSION);
	}
	TRY(json_parse(&r->arena, r->http.body, &v, e));
	TRY(json_need(v, "statement", JSON_OBJECT, &statement, e));
	if (json_get(v, "jwt"))
		TRY(json_need_str(v, "jwt", ret_jws, e));
	return json_jcs(&r->arena, statement, ret_text, e);
}

enum err_code statement_begin(struct request *r, struct err *e)
{
	struct ledger *l = service_ledger(r->web->service);
	struct publication *p = ARENA_NEW(&r->arena, struct publication);
	struct str text, jws;

	if (!p)
		return err_set(e, ERR_TOO_LARGE, "statement needs too much memory");
	TRY(read_submission(r, &text, &jws, e));
	p->arena = &r->arena;
	p->done = statement_done;
	p->context = r;
	r->work = p;
	TRY(ledger_prepare(l, p, text, jws, e));
	return ledger_publish(l, p, e);
}

static enum err_code answer_published(struct request *r, const struct publication *p,
	struct err *e)
{
	struct arena *a = &r->arena;
	char time[INSTANT_TEXT_BYTES];
	struct json *v = json_new_object(a);
	char *location = arena_printf(a, "/statements/" STR_FMT,
		STR_ARG(str_skip(p->statement.id, 9)));

	if (!location)
		return err_set(e, ERR_TOO_LARGE, "answer needs too much memory");
	instant_format(p->time, time);
	v = json_set_str(a, v, "id", p->statement.id);
	v = json_set_number(a, v, "index", (double)p->index);
	v = json_set_str(a, v, "time", (struct str){ time, strlen(time) });
	v = json_set_str(a, v, "digest", base64url_new(a, p->statement.digest.at, DIGEST_BYTES));
	v = json_set_str(a, v, "checkpoint", p->checkpoint);
	v = json_set(a, v, "duplicate", json_new_bool(a, p->duplicate));
	reply_header(&r->reply, "Location", location);
	r->reply.cache = "no-store";
	return reply_json(r, p->duplicate ? HTTP_OK : HTTP_CREATED, v, e);
}

enum err_code statement_end(struct request *r, struct err *e)
{
	const struct publication *p = r->work;

	if (p->err.code != ERR_OK) {
		*e = p->err;
		return e->code;
	}
	return answer_published(r, p, e);
}

/* ---- the others: in the waiter --------------------------------------------------------------- */

enum { KEEP_NONE, KEEP_STATEMENT, KEEP_REQUEST };

/* Parses the body, calls, and answers with the model; `keeps` says where the new thing is found. */
static enum err_code run_call(struct request *r,
	enum err_code (*call)(struct service *s, struct arena *a, const struct json *request,
		struct json **ret, struct err *e),
	int status, int keeps, struct err *e)
{
	struct json *request, *answer;
	char *location = NULL;
	struct str id;

	TRY(handler_json_body(r, &request, e));
	TRY(call(r->web->service, &r->arena, request, &answer, e));
	id = json_get_str(answer, "id");
	if (keeps == KEEP_STATEMENT && str_starts(id, "urn:uuid:"))
		location = arena_printf(&r->arena, "/statements/" STR_FMT,
			STR_ARG(str_skip(id, 9)));
	if (keeps == KEEP_REQUEST)
		location = arena_printf(&r->arena, "/api/v1/recognition-requests/" STR_FMT,
			STR_ARG(id));
	if (location)
		reply_header(&r->reply, "Location", location);
	r->reply.cache = "no-store";
	return reply_json(r, status, answer, e);
}

enum err_code organisation_call(struct request *r, struct err *e)
{
	return run_call(r, service_organisation_add, HTTP_CREATED, KEEP_STATEMENT, e);
}

enum err_code accreditation_call(struct request *r, struct err *e)
{
	return run_call(r, service_accredit, HTTP_CREATED, KEEP_STATEMENT, e);
}

enum err_code agreement_sign_call(struct request *r, struct err *e)
{
	return run_call(r, service_agreement_sign, HTTP_OK, KEEP_NONE, e);
}

enum err_code status_change_call(struct request *r, struct err *e)
{
	return run_call(r, service_status_change, HTTP_CREATED, KEEP_STATEMENT, e);
}

enum err_code recognition_request_call(struct request *r, struct err *e)
{
	return run_call(r, service_recognition_request, HTTP_ACCEPTED, KEEP_REQUEST, e);
}

enum err_code status_slot_call(struct request *r, struct err *e)
{
	struct json *answer;

	TRY(service_status_slot(r->web->service, &r->arena, &answer, e));
	r->reply.cache = "no-store";
	return reply_json(r, HTTP_OK, answer, e);
}

enum err_code request_call(struct request *r, struct err *e)
{
	struct json *answer;

	TRY(service_request(r->web->service, &r->arena, r->params[0], &answer, e));
	r->reply.cache = "private, no-store";
	return reply_json(r, HTTP_OK, answer, e);
}

enum err_code explain_call(struct request *r, struct err *e)
{
	uint8_t id_key[16];
	struct json *answer;
	struct str id = r->params[0];

	if (str_starts(id, "urn:uuid:"))
		id = str_skip(id, 9);
	TRY(handler_uuid(r, id, id_key, e));
	TRY(service_explain(r->web->service, &r->arena, id_key, &answer, e));
	r->reply.cache = "private, no-store";
	return reply_json(r, HTTP_OK, answer, e);
}
