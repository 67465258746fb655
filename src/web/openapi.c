/* openapi.c - rows to paths and operations. */
#include "web/openapi.h"

#include <string.h>

struct maker {
	struct arena *a;
	struct json *paths;
};

/* "/tlog/tile/+tile" and "/x/:id" become "/tlog/tile/{tile}" and "/x/{id}"; the names are told. */
static struct str path_of(struct maker *m, const char *pattern, const char *suffix,
	struct str names[REQUEST_PARAMS], size_t *ret_count)
{
	struct str rest = str_of(pattern), path = STR("");

	*ret_count = 0;
	(void)str_cut(&rest, '/'); /* what stands before the first slash is empty */
	while (rest.at) {
		struct str segment = str_cut(&rest, '/');
		if (str_starts(segment, ":") || str_starts(segment, "+")) {
			CHECK(*ret_count < REQUEST_PARAMS);
			segment = str_skip(segment, 1);
			names[(*ret_count)++] = segment;
			path = str_printf(m->a, STR_FMT "/{" STR_FMT "}", STR_ARG(path),
				STR_ARG(segment));
		} else {
			path = str_printf(m->a, STR_FMT "/" STR_FMT, STR_ARG(path),
				STR_ARG(segment));
		}
	}
	if (suffix[0] && str_is(path, "/"))
		return STR("/index.json");
	return str_printf(m->a, STR_FMT "%s", STR_ARG(path), suffix);
}

static struct json *parameter(struct maker *m, struct str name, const char *in)
{
	struct json *p = json_set_str(m->a, json_new_object(m->a), "name", name);

	p = json_set_text(m->a, p, "in", in);
	p = json_set(m->a, p, "required", json_new_bool(m->a, strcmp(in, "path") == 0));
	return json_set(m->a, p, "schema",
		json_set_text(m->a, json_new_object(m->a), "type", "string"));
}

static struct json *parameters_of(struct maker *m, const struct route *row,
	const struct str names[REQUEST_PARAMS], size_t name_count)
{
	struct json *list = json_new_array(m->a);
	struct str rest = str_of(row->query);

	for (size_t i = 0; i < name_count; i++)
		list = json_push(m->a, list, parameter(m, names[i], "path"));
	while (rest.len > 0) {
		struct str name = str_trim(str_cut(&rest, ','));
		list = json_push(m->a, list, parameter(m, name, "query"));
	}
	return list;
}

/* {"<type>": {}} for each of "a/b, c/d". */
static struct json *content_of(struct maker *m, const char *types)
{
	struct json *content = json_new_object(m->a);
	struct str rest = str_of(types);

	while (rest.len > 0)
		content = json_set(m->a, content, str_z(m->a, str_trim(str_cut(&rest, ','))),
			json_new_object(m->a));
	return content;
}

static struct json *answer(struct maker *m, const char *description, const char *types)
{
	struct json *v = json_set_text(m->a, json_new_object(m->a), "description", description);

	return types ? json_set(m->a, v, "content", content_of(m, types)) : v;
}

/* Pages refuse people on a page, programs and twins with a problem document. */
static const char *refusals_of(struct maker *m, const struct route *row, const char *suffix)
{
	static const char problem[] = "application/problem+json";
	const char *also = row->page && !suffix[0] ? "text/html" : row->refuses;

	return also ? arena_printf(m->a, "%s, %s", problem, also) : problem;
}

/* "getStatementsUuid": method and the words of the path. */
static struct str operation_id(struct maker *m, const struct route *row, const char *suffix)
{
	char id[160];
	size_t len = 0;
	bool up = true;

	for (const char *c = row->method; *c && len < sizeof(id) - 1; c++)
		id[len++] = (char)(*c | 0x20);
	for (const char *part = row->path; part; part = part == suffix ? NULL : suffix)
		for (const char *c = part; *c && len < sizeof(id) - 1; c++) {
			bool letter = (*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9');
			if (letter)
				id[len++] = up && *c >= 'a' ? (char)(*c & ~0x20) : *c;
			up = !letter;
		}
	return str_copy(m->a, (struct str){ id, len });
}

static struct json *operation(struct maker *m, const struct route *row, const char *suffix,
	const struct str names[REQUEST_PARAMS], size_t name_count)
{
	struct json *v = json_set_text(m->a, json_new_object(m->a), "summary", row->help);
	struct json *answers = json_new_object(m->a), *security;
	const char *gives = suffix[0] ? "application/json" : row->gives;

	v = json_set_str(m->a, v, "operationId", operation_id(m, row, suffix));
	v = json_set(m->a, v, "parameters", parameters_of(m, row, names, name_count));
	if (row->body_bytes > 0) {
		struct json *body = json_set(m->a, json_new_object(m->a), "content",
			content_of(m, row->takes));
		body = json_set(m->a, body, "required", json_new_bool(m->a, true));
		v = json_set(m->a, v, "requestBody", body);
	}
	answers = json_set(m->a, answers, "2XX", answer(m, row->help, gives));
	if (row->moves || (row->may >= MAY_HALF && row->page))
		answers = json_set(m->a, answers, "303", answer(m, row->moves ? row->moves :
			"The page to sign in.", row->may >= MAY_HALF ? "text/html" : NULL));
	answers = json_set(m->a, answers, "default",
		answer(m, "What went wrong.", refusals_of(m, row, suffix)));
	v = json_set(m->a, v, "responses", answers);
	security = json_new_array(m->a);
	if (row->may == MAY_TOKEN || row->token_too)
		security = json_push(m->a, security, json_set(m->a, json_new_object(m->a), "token",
			json_new_array(m->a)));
	if (row->may >= MAY_HALF)
		security = json_push(m->a, security, json_set(m->a, json_new_object(m->a),
			"session", json_new_array(m->a)));
	if (row->capability != CAPABILITY_NONE)
		v = json_set_text(m->a, v, "x-capability", capability_name(row->capability));
	if (row->or != CAPABILITY_NONE)
		v = json_set_text(m->a, v, "x-capability-or", capability_name(row->or));
	return json_set(m->a, v, "security", security);
}

static bool add_row(struct maker *m, const struct route *row, const char *suffix)
{
	struct str names[REQUEST_PARAMS], path;
	size_t name_count;
	struct json *item, *existing = NULL;
	char *path_z, *method;

	path = path_of(m, row->path, suffix, names, &name_count);
	path_z = path.at ? str_z(m->a, path) : NULL;
	method = str_z(m->a, str_of(row->method));
	if (!path_z || !method)
		return false;
	for (char *c = method; *c; c++)
		*c = (char)(*c | 0x20);
	for (uint32_t i = 0; i < json_count(m->paths); i++)
		if (str_eq(m->paths->members[i].name, path))
			existing = m->paths->members[i].value;
	item = existing ? existing : json_new_object(m->a);
	item = json_set(m->a, item, method, operation(m, row, suffix, names, name_count));
	return item && json_set(m->a, m->paths, path_z, item);
}

static struct json *security_schemes(struct arena *a)
{
	struct json *token = json_set_text(a, json_new_object(a), "type", "http");
	struct json *session = json_set_text(a, json_new_object(a), "type", "apiKey"), *both;

	token = json_set_text(a, token, "scheme", "bearer");
	token = json_set_text(a, token, "description", "The file \"token\" of the node's folder.");
	session = json_set_text(a, session, "in", "cookie");
	session = json_set_text(a, session, "name", "__Host-huren-session");
	session = json_set_text(a, session, "description", "A session of a person, begun at "
		"/sign-in; without TLS its name is huren-session. A form also needs the field "
		"\"csrf\" of the page that showed it, or the header X-CSRF-Token.");
	both = json_set(a, json_new_object(a), "token", token);
	both = json_set(a, both, "session", session);
	return json_set(a, json_new_object(a), "securitySchemes", both);
}

enum err_code openapi_new(struct arena *a, const struct route *table, size_t count,
	struct str url, struct str *ret, struct err *e)
{
	struct maker m = { a, json_new_object(a) };
	struct json *doc = json_set_text(a, json_new_object(a), "openapi", "3.1.0"), *info, *server;
	bool fits = m.paths != NULL;

	info = json_set_text(a, json_new_object(a), "title", "Huren node");
	info = json_set_text(a, info, "version", "1");
	info = json_set_text(a, info, "description",
		"Statements about vehicle tests, their receipts in a transparency log, and the "
		"recognition of one city's reports by another. Errors are RFC 9457 problem "
		"documents.");
	server = json_set_str(a, json_new_object(a), "url", url);
	for (size_t i = 0; i < count && fits; i++) {
		fits = add_row(&m, &table[i], "");
		if (fits && table[i].page)
			fits = add_row(&m, &table[i], ".json");
	}
	doc = json_set(a, doc, "info", info);
	doc = json_set(a, doc, "servers", json_push(a, json_new_array(a), server));
	doc = json_set(a, doc, "paths", m.paths);
	doc = json_set(a, doc, "components", security_schemes(a));
	if (!fits || !doc)
		return err_set(e, ERR_TOO_LARGE, "OpenAPI document needs too much memory");
	return json_jcs(a, doc, ret, e);
}
