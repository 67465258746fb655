/* people_handlers.c - people, organisations, roles and the audit trail. */
#include <string.h>

#include "base/scoped.h"
#include "service/audit.h"
#include "web/web_inner.h"

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

static struct str field(const struct request *r, const char *name)
{
	return fields_get(&r->form, name);
}

/* ---- the table of roles ---------------------------------------------------------------------- */

static struct json *words_of(struct arena *a, const char *words, const char *member)
{
	struct json *list = json_new_array(a);
	struct str rest = str_of(words);

	while (rest.at)
		list = json_push(a, list, json_set_str(a, json_new_object(a), member,
			str_cut(&rest, ' ')));
	return list;
}

enum err_code roles_page_model(struct request *r, struct json **ret, struct err *e)
{
	struct arena *a = &r->arena;
	struct json *rows = json_new_array(a);

	for (size_t i = 0; i < role_count; i++) {
		const struct role *role = &role_table[i];
		struct json *v = json_new_object(a), *may = json_new_array(a);
		for (unsigned c = CAPABILITY_NONE + 1; c < CAPABILITY_COUNT; c++)
			if (role->may >> c & 1)
				may = json_push(a, may, json_set_text(a, json_new_object(a),
					"capability", capability_name((enum capability)c)));
		v = json_set_text(a, v, "duty", role->name);
		v = json_set(a, v, "kinds", words_of(a, role->kinds, "role"));
		v = json_set(a, v, "may", may);
		v = json_set(a, v, "alone", json_new_bool(a, role->alone));
		v = json_set(a, v, "node_only", json_new_bool(a, role->node_only));
		v = json_set(a, v, "mine", json_new_bool(a, r->who.roles >> i & 1));
		rows = json_push(a, rows, v);
	}
	*ret = json_set(a, json_new_object(a), "rows", rows);
	return *ret ? ERR_OK : full(e);
}

/* ---- people ---------------------------------------------------------------------------------- */

enum err_code person_model(struct request *r, struct json **ret, struct err *e)
{
	TRY(service_person(r->web->service, &r->arena, &r->who, r->params[0], ret, e));
	return json_set(&r->arena, *ret, "may_lock", json_new_bool(&r->arena,
		!json_true(json_get(*ret, "self")) && (json_true(json_get(*ret, "changeable")) ||
		r->who.may >> CAPABILITY_LOCK & 1))) ? ERR_OK : full(e);
}

static enum err_code back_to_person(struct request *r, struct err *e)
{
	struct str path = str_printf(&r->arena, "/people/" STR_FMT, STR_ARG(r->params[0]));

	return path.at ? handler_redirect(r, path, e) : full(e);
}

/* The page again with a word when the change breaks a rule of roles. */
enum err_code person_roles_post(struct request *r, struct json **ret, struct err *e)
{
	struct err problem = { 0 };
	enum err_code code;
	uint32_t roles;

	TRY(handler_roles(r, NULL, &roles, e));
	code = service_set_roles(r->web->service, &r->arena, &r->who, r->params[0], roles,
		&problem);
	if (code == ERR_OK)
		return back_to_person(r, e);
	if (code != ERR_INVALID) {
		*e = problem;
		return code;
	}
	TRY(person_model(r, ret, e));
	r->page = "person";
	handler_form_refused(r, *ret, "roles", 0);
	return ERR_OK;
}

enum err_code person_lock_post(struct request *r, struct json **ret, struct err *e)
{
	(void)ret; /* it leads on */
	TRY(service_lock(r->web->service, &r->arena, &r->who, r->params[0],
		str_is(field(r, "lock"), "on"), e));
	return back_to_person(r, e);
}

/* Shown once, as the answer itself. */
static enum err_code show_invitation(struct request *r, struct json *model, struct json **ret,
	struct err *e)
{
	r->page = "invited";
	r->reply.cache = "no-store";
	*ret = model;
	return model ? ERR_OK : full(e);
}

enum err_code person_reset_post(struct request *r, struct json **ret, struct err *e)
{
	struct json *model;

	TRY(service_reset(r->web->service, &r->arena, &r->who, r->params[0], &model, e));
	return show_invitation(r, model, ret, e);
}

static struct json *invite_form(struct request *r, uint32_t roles)
{
	struct arena *a = &r->arena;
	struct json *v = json_set_str(a, json_new_object(a), "name", field(r, "name"));

	v = json_set_str(a, v, "display", field(r, "display"));
	return json_set(a, v, "roles", service_roles_to_give(a, &r->who,
		r->who.organisation_kind, roles));
}

enum err_code invite_model(struct request *r, struct json **ret, struct err *e)
{
	*ret = invite_form(r, 0);
	return *ret ? ERR_OK : full(e);
}

enum err_code invite_post(struct request *r, struct json **ret, struct err *e)
{
	struct json *problems = NULL, *model;
	struct err problem = { 0 };
	enum err_code code;
	uint32_t roles;

	TRY(handler_roles(r, NULL, &roles, e));
	code = service_invite(r->web->service, &r->arena, &r->who, field(r, "name"),
		field(r, "display"), roles, STR(""), &problems, &model, &problem);
	if (code == ERR_OK)
		return show_invitation(r, model, ret, e);
	if (code != ERR_INVALID || json_count(problems) == 0) {
		*e = problem;
		return code;
	}
	*ret = invite_form(r, roles);
	handler_form_again(r, *ret, problems);
	return *ret ? ERR_OK : full(e);
}

/* ---- organisations --------------------------------------------------------------------------- */

/* What an organisation may be, and the member that ticks it in the form. */
static const struct { const char *kind, *is; } kinds[] = {
	{ "lab", "is_lab" }, { "applicant", "is_applicant" }, { "enterprise", "is_enterprise" },
	{ "university", "is_university" }, { "association", "is_association" },
	{ "investor", "is_investor" },
};

static struct json *register_form(struct request *r)
{
	static const char *const names[] = { "organisation", "code", "display", "name" };
	struct arena *a = &r->arena;
	struct json *v = json_new_object(a);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		v = json_set_str(a, v, names[i], field(r, names[i]));
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		v = json_set(a, v, kinds[i].is, json_new_bool(a, str_is(field(r, "kind"),
			kinds[i].kind)));
	return json_set(a, v, "despite_check", json_new_bool(a,
		field(r, "despite_check").len > 0));
}

enum err_code register_model(struct request *r, struct json **ret, struct err *e)
{
	*ret = register_form(r);
	return *ret ? ERR_OK : full(e);
}

static struct str upper(struct arena *a, struct str s)
{
	char *text = arena_copy(a, s.at, s.len);

	for (size_t i = 0; text && i < s.len; i++)
		if (text[i] >= 'a' && text[i] <= 'z')
			text[i] = (char)(text[i] & ~0x20);
	return (struct str){ text, text ? s.len : 0 };
}

enum err_code register_post(struct request *r, struct json **ret, struct err *e)
{
	const struct registration form = { .organisation = field(r, "organisation"),
		.code = upper(&r->arena, field(r, "code")), .kind = field(r, "kind"),
		.name = field(r, "name"), .display = field(r, "display"),
		.despite_check = field(r, "despite_check").len > 0 };
	struct json *problems = NULL, *model;
	struct err problem = { 0 };
	enum err_code code = service_register(r->web->service, &r->arena, &r->who, &form,
		&problems, &model, &problem);

	if (code == ERR_OK) {
		r->page = "registered";
		r->reply.cache = "no-store";
		*ret = model;
		return ERR_OK;
	}
	*ret = register_form(r);
	if (!*ret)
		return full(e);
	if (code == ERR_BUSY) {
		handler_form_refused(r, *ret, "wait", LIMIT_ATTEMPT_DELAY_S);
		return ERR_OK;
	}
	if (code != ERR_INVALID || json_count(problems) == 0) {
		*e = problem;
		return code;
	}
	if (str_is(json_get_str(json_get(problems, "code"), "wrong"), "uscc-check"))
		json_set(&r->arena, *ret, "check_asked", json_new_bool(&r->arena, true));
	handler_form_again(r, *ret, problems);
	return ERR_OK;
}

enum err_code waiting_model(struct request *r, struct json **ret, struct err *e)
{
	return service_waiting(r->web->service, &r->arena, ret, e);
}

enum err_code waiting_post(struct request *r, struct json **ret, struct err *e)
{
	struct err problem = { 0 };
	enum err_code code;
	uint64_t id = 0;

	if (str_parse_u64(r->params[0], &id, NULL) != ERR_OK || id > INT64_MAX)
		return err_set(e, ERR_NOT_FOUND, "no organisation waits under this number");
	code = service_organisation_decide(r->web->service, &r->who, (int64_t)id,
		str_is(field(r, "decision"), "confirm"), field(r, "reason"), &problem);
	if (code == ERR_OK)
		return handler_redirect(r, STR("/waiting"), e);
	if (code != ERR_INVALID) {
		*e = problem;
		return code;
	}
	TRY(waiting_model(r, ret, e));
	handler_form_refused(r, *ret, "reason", 0);
	return ERR_OK;
}

/* ---- the audit trail ------------------------------------------------------------------------- */

static enum err_code send_export(struct request *r, struct err *e)
{
	struct str after = fields_get(&r->query, "after"), text;
	uint64_t seq = 0, next;
	char *link;

	if (after.len > 0)
		TRY(str_parse_u64(after, &seq, e));
	TRY(service_audit_export(r->web->service, &r->arena, seq, &text, &next, e));
	audit_note(r->web->service, &(struct audit_entry){ .action = "export",
		.actor = r->token ? STR("node") : r->who.name, .address = r->who.address,
		.target = str_printf(&r->arena, "after line %llu", (unsigned long long)seq) });
	link = next > 0 ? arena_printf(&r->arena, "<" STR_FMT "?after=%llu>; rel=\"next\"",
		STR_ARG(r->http.path), (unsigned long long)next) : NULL;
	if (link)
		reply_header(&r->reply, "Link", link);
	r->reply.body = text;
	r->reply.type = "application/x-ndjson";
	r->reply.cache = "no-store";
	r->reply.status = HTTP_OK;
	return ERR_OK;
}

enum err_code audit_export_file(struct request *r, struct err *e)
{
	reply_header(&r->reply, "Content-Disposition", "attachment; filename=\"audit.ndjson\"");
	return send_export(r, e);
}

enum err_code audit_call(struct request *r, struct err *e)
{
	return send_export(r, e);
}

/* ---- the node itself, by its token ----------------------------------------------------------- */

enum err_code accounts_call(struct request *r, struct err *e)
{
	struct account_who node = service_who_node(r->who.address);
	struct json *request, *problems = NULL, *answer;
	struct str name, display, code;
	uint32_t roles;

	TRY(handler_json_body(r, &request, e));
	TRY(json_need_str(request, "name", &name, e));
	display = json_get_str(request, "display");
	code = json_get_str(request, "organisation");
	TRY(handler_roles(r, json_get(request, "roles"), &roles, e));
	TRY(service_invite(r->web->service, &r->arena, &node, name, display.at ? display : name,
		roles, code.at ? code : STR(""), &problems, &answer, e));
	r->reply.cache = "no-store";
	return reply_json(r, HTTP_CREATED, answer, e);
}

enum err_code accounts_list_call(struct request *r, struct err *e)
{
	struct account_who node = service_who_node(r->who.address);
	const struct list_query query = { .after = fields_get(&r->query, "after"),
		.rows = LIMIT_PAGE_ROWS };
	struct json *answer;

	TRY(service_people(r->web->service, &r->arena, &node, &query, &answer, e));
	r->reply.cache = "no-store";
	return reply_json(r, HTTP_OK, answer, e);
}

enum err_code account_change_call(struct request *r, struct err *e)
{
	struct account_who node = service_who_node(r->who.address);
	struct str name = r->params[0], what = r->params[1];
	struct service *s = r->web->service;
	struct json *request, *answer = json_set_str(&r->arena, json_new_object(&r->arena), "name",
		name);
	uint32_t roles;

	TRY(handler_json_body(r, &request, e));
	if (str_is(what, "lock") || str_is(what, "unlock")) {
		TRY(service_lock(s, &r->arena, &node, name, str_is(what, "lock"), e));
	} else if (str_is(what, "reset")) {
		TRY(service_reset(s, &r->arena, &node, name, &answer, e));
	} else if (str_is(what, "roles")) {
		if (!json_is(json_get(request, "roles"), JSON_ARRAY))
			return err_set(e, ERR_INVALID, "member \"roles\" is no list");
		TRY(handler_roles(r, json_get(request, "roles"), &roles, e));
		TRY(service_set_roles(s, &r->arena, &node, name, roles, e));
	} else {
		return err_set(e, ERR_NOT_FOUND, "an account cannot be changed by \"%s\"",
			str_quote(&r->arena, what));
	}
	r->reply.cache = "no-store";
	return reply_json(r, HTTP_OK, answer, e);
}
