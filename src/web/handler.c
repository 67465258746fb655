/* handler.c - what several handlers need. */
#include "base/scoped.h"
#include "credential/statement.h"
#include "web/form.h"
#include "web/web_inner.h"

#define ADDRESS_BYTES 16384     /* the words of a search, three bytes each percent-encoded */

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

bool handler_reads(struct request *r, const uint8_t id_key[16])
{
	return r->token || service_reads_own(r->web->service, &r->arena, &r->who, id_key);
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

enum err_code handler_redirect(struct request *r, struct str path, struct err *e)
{
	struct str query = path, place = str_cut(&query, '?');
	char *location;

	CHECK(form_next_is_safe(path));
	if (r->json)
		location = arena_printf(&r->arena, "%s" STR_FMT ".json%s" STR_FMT,
			str_is(place, "/") ? "/index" : "", STR_ARG(str_is(place, "/") ?
			STR("") : place), query.at ? "?" : "", STR_ARG(query));
	else
		location = arena_printf(&r->arena, STR_FMT, STR_ARG(path));
	if (!location)
		return err_set(e, ERR_TOO_LARGE, "address is too long");
	reply_header(&r->reply, "Location", location);
	r->reply.status = HTTP_SEE_OTHER;
	r->reply.cache = "no-store";
	return ERR_OK;
}

struct str handler_address(struct request *r, struct str path, const struct address_field *fields,
	size_t count)
{
	SCOPED_BUF b = { 0 };
	char separator = '?';

	buf_init(&b, ADDRESS_BYTES);
	buf_put_str(&b, path);
	for (size_t i = 0; i < count; i++) {
		if (fields[i].value.len == 0)
			continue;
		buf_printf(&b, "%c%s=", separator, fields[i].name);
		percent_put(&b, fields[i].value);
		separator = '&';
	}
	return b.overflow ? path : str_copy(&r->arena, buf_str(&b));
}

struct json *handler_choices(struct request *r, const char *member, const char *words,
	struct str chosen)
{
	struct arena *a = &r->arena;
	struct json *list = json_new_array(a);
	struct str rest = str_of(words);

	while (rest.at) {
		struct str word = str_cut(&rest, ' ');
		struct json *one = json_set_str(a, json_new_object(a), member, word);
		list = json_push(a, list, json_set(a, one, "on", json_new_bool(a,
			str_eq(word, chosen))));
	}
	return list;
}

void handler_form_again(struct request *r, struct json *model, const struct json *problems)
{
	struct json *list = json_new_array(&r->arena);

	for (uint32_t i = 0; i < json_count(problems); i++)
		list = json_push(&r->arena, list, json_copy(&r->arena,
			problems->members[i].value));
	(void)json_set(&r->arena, model, "problems", list); /* full: the page cannot be drawn */
	(void)json_set(&r->arena, model, "problem", json_copy(&r->arena, problems));
	if (r->reply.status == 0)
		r->reply.status = err_class(ERR_INVALID)->http_status;
}

enum err_code handler_refusal(enum err_code code, const struct json *problems,
	const struct err *problem, struct err *e)
{
	if (code == ERR_INVALID && json_count(problems) > 0)
		return ERR_OK;
	*e = *problem;
	return code;
}

void handler_form_refused(struct request *r, struct json *model, const char *word,
	uint32_t wait_s)
{
	struct arena *a = &r->arena;
	struct json *problems = json_new_object(a), *problem = json_new_object(a);
	char *seconds = arena_printf(a, "%u", wait_s);

	problem = json_set_text(a, problem, "wrong", word);
	if (wait_s > 0 && seconds) {
		problem = json_set_number(a, problem, "wait_s", wait_s);
		reply_header(&r->reply, "Retry-After", seconds);
		r->reply.status = HTTP_TOO_MANY;
	}
	handler_form_again(r, model, json_set(a, problems, "form", problem));
}

enum err_code handler_roles(struct request *r, const struct json *list, uint32_t *ret,
	struct err *e)
{
	uint32_t roles = 0;

	for (size_t i = 0; i < role_count && !list; i++) {
		const char *field = arena_printf(&r->arena, "role.%s", role_table[i].name);
		if (field && fields_get(&r->form, field).len > 0)
			roles |= 1u << i;
	}
	for (size_t i = 0; i < json_count(list); i++) {
		struct str name = json_str(json_at(list, i));
		size_t role = role_find(name.at ? name : STR(""));
		if (role == role_count)
			return err_set(e, ERR_INVALID, "field \"roles\": \"%s\" is no role",
				str_quote(&r->arena, name.at ? name : STR("")));
		roles |= 1u << role;
	}
	*ret = roles;
	return ERR_OK;
}
