/* keeping_handlers.c - what the authority keeps, and acts that a second person confirms. */
#include <string.h>

#include "service/keeping.h"
#include "service/prepared.h"
#include "web/multipart.h"
#include "web/web_inner.h"

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

static struct str field(const struct request *r, const char *name)
{
	return fields_get(&r->form, name);
}

/* What was typed goes back into the page under its own name. */
static struct json *keep_typed(struct request *r, struct json *v, const char *const *names)
{
	for (; *names; names++)
		v = json_set_str(&r->arena, v, *names, field(r, *names));
	return v;
}

static enum err_code to_act(struct request *r, int64_t id, struct err *e)
{
	struct str path = str_printf(&r->arena, "/acts/%lld", (long long)id);

	return path.at ? handler_redirect(r, path, e) : full(e);
}

/* A form again when fields are wrong; any other error as it is. */
static enum err_code again(struct request *r, enum err_code code, const struct json *problems,
	struct json *model, const struct err *problem, struct json **ret, struct err *e)
{
	if (code != ERR_INVALID || json_count(problems) == 0) {
		*e = *problem;
		return code;
	}
	if (!model)
		return full(e);
	handler_form_again(r, model, problems);
	*ret = model;
	return ERR_OK;
}

/* ---- accreditations -------------------------------------------------------------------------- */

static struct str list_address(struct request *r, struct str state, struct str after)
{
	const struct address_field fields[] = { { "q", fields_get(&r->query, "q") },
		{ "state", state }, { "after", after } };

	return handler_address(r, STR("/accreditations"), fields,
		sizeof(fields) / sizeof(fields[0]));
}

enum err_code accreditations_model(struct request *r, struct json **ret, struct err *e)
{
	static const char *const states[] = { "", "soon", "suspended", "withdrawn", "expired" };
	const struct list_query query = { .text = fields_get(&r->query, "q"),
		.state = fields_get(&r->query, "state"), .after = fields_get(&r->query, "after") };
	struct arena *a = &r->arena;
	struct json *chips = json_new_array(a);
	struct str next;

	TRY(service_accreditations(r->web->service, a, &query, ret, e));
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		struct json *chip = json_set_text(a, json_new_object(a), "accreditation_state",
			i == 0 ? "kept" : states[i]);
		chip = json_set_str(a, chip, "address", list_address(r, str_of(states[i]),
			STR("")));
		chip = json_set(a, chip, "on", json_new_bool(a, str_is(query.state, states[i])));
		chips = json_push(a, chips, chip);
	}
	r->links = json_set(a, json_new_object(a), "chips", chips);
	next = json_get_str(*ret, "next");
	if (next.at)
		r->links = json_set_str(a, r->links, "next", list_address(r, query.state, next));
	if (query.after.len > 0)
		r->links = json_set_str(a, r->links, "first", list_address(r, query.state,
			STR("")));
	r->links = json_set(a, r->links, "filtered", json_new_bool(a,
		query.text.len + query.state.len > 0));
	return r->links ? ERR_OK : full(e);
}

/* The ticks of the form, as sent. */
static size_t read_ticks(const struct request *r, struct str ret[LIMIT_QUERY_FIELDS])
{
	size_t count = 0;

	for (size_t i = 0; i < r->form.count; i++)
		if (str_is(r->form.at[i].name, "item"))
			ret[count++] = r->form.at[i].value;
	return count;
}

static enum err_code accredit_form(struct request *r, struct json **ret, struct err *e)
{
	static const char *const names[] = { "certificate_number", "valid_from", "valid_until",
		NULL };
	struct str ticks[LIMIT_QUERY_FIELDS];
	struct arena *a = &r->arena;
	size_t count = read_ticks(r, ticks);
	struct str lab = field(r, "lab");

	TRY(service_accredit_form(r->web->service, a, lab.len > 0 ? lab :
		fields_get(&r->query, "lab"), ticks, count, ret, e));
	*ret = json_set(a, keep_typed(r, *ret, names), "cnas", json_new_bool(a,
		str_is(field(r, "certificate_type"), "CNAS")));
	return *ret ? ERR_OK : full(e);
}

enum err_code accredit_model(struct request *r, struct json **ret, struct err *e)
{
	return accredit_form(r, ret, e);
}

enum err_code accredit_post(struct request *r, struct json **ret, struct err *e)
{
	struct str ticks[LIMIT_QUERY_FIELDS];
	const struct accredit_form form = { .lab = field(r, "lab"),
		.type = field(r, "certificate_type"), .number = field(r, "certificate_number"),
		.from = field(r, "valid_from"), .until = field(r, "valid_until"), .items = ticks,
		.item_count = read_ticks(r, ticks) };
	struct json *problems = NULL, *model = NULL;
	struct err problem = { 0 };
	int64_t id = 0;
	enum err_code code = service_accredit_prepare(r->web->service, &r->arena, &r->who, &form,
		&problems, &id, &problem);

	if (code == ERR_OK)
		return to_act(r, id, e);
	TRY(accredit_form(r, &model, e));
	return again(r, code, problems, model, &problem, ret, e);
}

enum err_code accreditation_model(struct request *r, struct json **ret, struct err *e)
{
	uint8_t id_key[16];

	TRY(handler_uuid(r, r->params[0], id_key, e));
	TRY(service_accreditation(r->web->service, &r->arena, id_key, ret, e));
	*ret = json_set_str(&r->arena, *ret, "uuid", r->params[0]);
	return *ret ? ERR_OK : full(e);
}

enum err_code accreditation_status_post(struct request *r, struct json **ret, struct err *e)
{
	static const char *const names[] = { "reason_zh", "reason_en", NULL };
	struct json *problems = NULL, *model = NULL;
	struct err problem = { 0 };
	uint8_t id_key[16];
	enum err_code code;
	int64_t id = 0;

	TRY(handler_uuid(r, r->params[0], id_key, e));
	code = service_status_prepare(r->web->service, &r->arena, &r->who, id_key,
		field(r, "act_status"), field(r, "reason_zh"), field(r, "reason_en"), &problems,
		&id, &problem);
	if (code == ERR_OK)
		return to_act(r, id, e);
	if (code == ERR_INVALID)
		TRY(accreditation_model(r, &model, e));
	return again(r, code, problems, keep_typed(r, model, names), &problem, ret, e);
}

/* ---- agreements ------------------------------------------------------------------------------ */

enum err_code agreements_model(struct request *r, struct json **ret, struct err *e)
{
	return service_agreements(r->web->service, &r->arena, ret, e);
}

/* From the file when there is one, else from what was pasted. */
static struct str proposal_of(const struct request *r)
{
	const struct part *file = r->parts ? multipart_get(r->parts, "file") : NULL;

	return file && file->body.len > 0 ? file->body : field(r, "proposal");
}

enum err_code agreements_post(struct request *r, struct json **ret, struct err *e)
{
	static const char *const names[] = { "proposal", NULL };
	struct json *problems = NULL, *model = NULL;
	struct err problem = { 0 };
	int64_t id = 0;
	enum err_code code = service_agreement_prepare(r->web->service, &r->arena, &r->who,
		proposal_of(r), &problems, &id, &problem);

	if (code == ERR_OK)
		return to_act(r, id, e);
	TRY(agreements_model(r, &model, e));
	model = keep_typed(r, model, names);
	if (json_get(problems, "proposal"))
		model = json_set_text(&r->arena, model, "detail", arena_copy(&r->arena,
			problem.message, strlen(problem.message)));
	return again(r, code, problems, model, &problem, ret, e);
}

/* ---- organisations without keys -------------------------------------------------------------- */

enum err_code organisation_new_model(struct request *r, struct json **ret, struct err *e)
{
	static const char *const names[] = { "code", "keys", NULL };
	struct arena *a = &r->arena;
	const struct json *rows;
	struct str code = field(r, "code");

	if (code.len == 0)
		code = fields_get(&r->query, "code");
	TRY(service_organisations_without(r->web->service, a, ret, e));
	rows = json_get(*ret, "rows");
	for (size_t i = 0; i < json_count(rows); i++)
		if (!json_set(a, rows->items[i], "on", json_new_bool(a,
			    str_eq(json_get_str(rows->items[i], "code"), code))))
			return full(e);
	*ret = keep_typed(r, *ret, names);
	return *ret ? ERR_OK : full(e);
}

enum err_code organisation_new_post(struct request *r, struct json **ret, struct err *e)
{
	struct json *problems = NULL, *model = NULL;
	struct err problem = { 0 };
	int64_t id = 0;
	enum err_code code = service_organisation_prepare(r->web->service, &r->arena, &r->who,
		field(r, "code"), field(r, "keys"), &problems, &id, &problem);

	if (code == ERR_OK)
		return to_act(r, id, e);
	TRY(organisation_new_model(r, &model, e));
	return again(r, code, problems, model, &problem, ret, e);
}

/* ---- acts ------------------------------------------------------------------------------------ */

static enum err_code check_seen(const struct request *r, struct err *e)
{
	if (service_act_may_see(&r->who))
		return ERR_OK;
	(void)err_set(e, ERR_DENIED, "none of your roles may see prepared acts");
	return err_hint(e, "The page /roles says which role may.");
}

static enum err_code read_number(const struct request *r, int64_t *ret, struct err *e)
{
	uint64_t number;

	if (str_parse_u64(r->params[0], &number, NULL) != ERR_OK || number > INT64_MAX)
		return err_set(e, ERR_NOT_FOUND, "no act has this number");
	*ret = (int64_t)number;
	return ERR_OK;
}

enum err_code acts_model(struct request *r, struct json **ret, struct err *e)
{
	struct arena *a = &r->arena;
	struct str show = fields_get(&r->query, "show"), after = fields_get(&r->query, "after");
	struct str next;
	bool all;

	TRY(check_seen(r, e));
	TRY(service_acts(r->web->service, a, &r->who, show, after, ret, e));
	all = str_is(show, "all");
	next = json_get_str(*ret, "next");
	r->links = json_set(a, json_new_object(a), "all", json_new_bool(a, all));
	if (next.at) /* digits */
		r->links = json_set_str(a, r->links, "next", str_printf(a, "/acts?%safter=" STR_FMT,
			all ? "show=all&" : "", STR_ARG(next)));
	if (after.len > 0)
		r->links = json_set_text(a, r->links, "first", all ? "/acts?show=all" : "/acts");
	return r->links ? ERR_OK : full(e);
}

enum err_code act_model(struct request *r, struct json **ret, struct err *e)
{
	int64_t id = 0;

	TRY(check_seen(r, e));
	TRY(read_number(r, &id, e));
	return service_act(r->web->service, &r->arena, &r->who, id, ret, e);
}

enum err_code act_post(struct request *r, struct json **ret, struct err *e)
{
	struct str word = field(r, "decision");
	enum act_decision decision = str_is(word, "confirm") ? ACT_CONFIRM :
		str_is(word, "refuse") ? ACT_REFUSE : ACT_TAKE_BACK;
	struct err problem = { 0 };
	int64_t id = 0;
	enum err_code code;

	TRY(check_seen(r, e));
	TRY(read_number(r, &id, e));
	if (decision == ACT_TAKE_BACK && !str_is(word, "take-back"))
		return err_set(e, ERR_INVALID, "field \"decision\": confirm, refuse or take-back");
	code = service_act_decide(r->web->service, &r->arena, &r->who, id, decision,
		field(r, "reason"), &problem);
	if (code == ERR_OK)
		return to_act(r, id, e);
	if (code != ERR_INVALID) {
		*e = problem;
		return code;
	}
	TRY(act_model(r, ret, e));
	handler_form_refused(r, *ret, "reason", 0);
	return ERR_OK;
}
