/* handler.c - what several handlers need. */
#include "credential/statement.h"
#include "web/web_inner.h"

enum err_code handler_uuid(struct request *r, struct str uuid, uint8_t ret[16], struct err *e)
{
	struct str id = str_printf(&r->arena, "urn:uuid:" STR_FMT, STR_ARG(uuid));

	if (!id.at)
		return err_set(e, ERR_TOO_LARGE, "address is too long");
	if (statement_id_parse(id, ret, NULL) != ERR_OK)
		return err_set(e, ERR_NOT_FOUND, "no statement has the id \"%s\"",
			str_quote(&r->arena, uuid));
	return ERR_OK;
}

enum err_code handler_json_body(struct request *r, struct json **ret, struct err *e)
{
	struct str type = request_header(r, "content-type");
	struct json *v;

	if (!media_type_is(type, "application/json")) {
		r->reply.status = HTTP_UNSUPPORTED_TYPE;
		return err_set(e, ERR_UNSUPPORTED, "body is not application/json");
	}
	TRY(json_parse(&r->arena, r->http.body, &v, e));
	if (!json_is(v, JSON_OBJECT))
		return err_set(e, ERR_INVALID, "body is no JSON object");
	*ret = v;
	return ERR_OK;
}

void handler_bytes(struct request *r, struct str bytes, const char *type, const char *cache)
{
	r->reply.body = bytes;
	r->reply.type = type;
	r->reply.cache = cache;
	r->reply.tagged = true;
	r->reply.status = HTTP_OK;
}
