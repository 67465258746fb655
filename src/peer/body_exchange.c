/* body_exchange.c - see body_exchange.h. */
#include "peer/body_exchange.h"

#include "base/json.h"
#include "base/scoped.h"

static bool is_signed(const struct http_request *r)
{
	for (size_t i = 0; i < r->header_count; i++) {
		if (str_is(r->headers[i].name, "signature-input") ||
			str_is(r->headers[i].name, "signature"))
			return true;
	}
	return false;
}

enum err_code body_exchange_authenticate(const struct body_door *d, struct arena *a,
	const struct http_request *r, int64_t now, struct str *ret_did, struct err *e)
{
	struct http_signature_found found = { 0 };
	TRY(http_signature_verify(a, r, now, d->find_key, d->context, &found, e));
	TRY(nonce_guard_take(d->nonces, found.keyid, found.nonce, found.created, now, e));
	*ret_did = did_of_method(found.keyid);
	return ERR_OK;
}

static enum err_code read_request(struct arena *a, struct str body, uint8_t ret[16], struct err *e)
{
	struct json *request = NULL;
	struct str id;
	TRY(json_parse(a, body, &request, e));
	TRY(json_need_str(request, "id", &id, e));
	if (json_count(request) != 1)
		return err_set(e, ERR_INVALID, "request has members beside \"id\"");
	return statement_id_parse(id, ret, e);
}

static enum err_code find_open(const struct body_door *d, struct arena *a, const uint8_t id_key[16],
	struct ledger_found *ret, struct err *e)
{
	struct ledger_found found = { 0 };
	TRY(d->find(d->context, a, id_key, &found, e));
	if (found.receipt.disclosure != DISCLOSURE_OPEN)
		return err_set(e, ERR_DENIED, "statement \"" STR_FMT
			"\" is not open to everyone: sign the request",
			STR_ARG(statement_id_text(a, id_key)));
	*ret = found;
	return ERR_OK;
}

static enum err_code put_answer(struct arena *a, const struct ledger_found *found, struct str *ret,
	struct err *e)
{
	SCOPED_BUF b = { 0 };
	buf_init(&b, LIMIT_REQUEST_BYTES);
	buf_put_char(&b, '{');
	if (found->jws.len > 0) {
		buf_put_text(&b, "\"jwt\":");
		TRY(json_put_jcs(&b, json_new_str(a, found->jws), e));
		buf_put_char(&b, ',');
	}
	buf_put_text(&b, "\"statement\":");
	buf_put_str(&b, found->body);
	buf_put_char(&b, '}');
	TRY(buf_check(&b, "body", e));
	struct str answer = str_copy(a, buf_str(&b));
	if (!answer.at)
		return err_set(e, ERR_TOO_LARGE, "no room for a body");
	*ret = answer;
	return ERR_OK;
}

enum err_code body_exchange_answer(const struct body_door *d, struct arena *a,
	const struct http_request *r, int64_t now, struct str *ret, struct err *e)
{
	uint8_t id_key[16];
	struct ledger_found found = { 0 };
	if (is_signed(r)) {
		struct str did = { 0 };
		TRY(body_exchange_authenticate(d, a, r, now, &did, e));
		TRY(read_request(a, r->body, id_key, e));
		TRY(d->disclose(d->context, a, did, id_key, &found, e));
	} else {
		TRY(read_request(a, r->body, id_key, e));
		TRY(find_open(d, a, id_key, &found, e));
	}
	if (found.body.len == 0)
		return err_set(e, ERR_NOT_FOUND, "body of statement \"" STR_FMT "\" is not here",
			STR_ARG(statement_id_text(a, id_key)));
	return put_answer(a, &found, ret, e);
}

/* ---- the asking side ------------------------------------------------------------------------- */

struct str body_exchange_request(struct arena *a, const uint8_t id_key[16])
{
	struct str id = statement_id_text(a, id_key);
	if (!id.at)
		return id;
	return str_printf(a, "{\"id\":\"" STR_FMT "\"}", STR_ARG(id));
}

enum err_code body_exchange_read(struct arena *a, struct str answer, struct str *ret_statement,
	struct str *ret_jws, struct err *e)
{
	struct json *v = NULL;
	const struct json *statement = NULL;
	struct str jws = STR(""), text = { 0 };
	TRY(json_parse(a, answer, &v, e));
	TRY(json_need(v, "statement", JSON_OBJECT, &statement, e));
	if (json_get(v, "jwt"))
		TRY(json_need_str(v, "jwt", &jws, e));
	if (json_count(v) != (json_get(v, "jwt") ? 2u : 1u))
		return err_set(e, ERR_INVALID, "answer has members beside \"jwt\" and "
			"\"statement\"");
	TRY(json_jcs(a, statement, &text, e));
	*ret_statement = text;
	*ret_jws = jws;
	return ERR_OK;
}
