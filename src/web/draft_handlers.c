/* draft_handlers.c - drafts of reports: writing, handing over, signing. */
#include <string.h>

#include "base/scoped.h"
#include "service/draft.h"
#include "web/multipart.h"
#include "web/table.h"
#include "web/web_inner.h"

#define TICKS "d-elements."

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

static struct str field(const struct request *r, const char *name)
{
	return fields_get(&r->form, name);
}

/* The draft in the address, and the revision that the form was made on. */
static enum err_code read_at(const struct request *r, struct draft_at *ret, struct err *e)
{
	struct draft_at at = { .revision = 0 };
	uint64_t id = 0;

	if (str_parse_u64(r->params[0], &id, NULL) != ERR_OK || id > INT64_MAX)
		return err_set(e, ERR_NOT_FOUND, "no draft has this number");
	at.id = (int64_t)id;
	if (str_parse_u64(field(r, "revision"), &at.revision, NULL) != ERR_OK ||
		at.revision > INT64_MAX)
		at.revision = 0; /* none has it: a conflict */
	*ret = at;
	return ERR_OK;
}

static enum err_code to_draft(struct request *r, int64_t id, const char *rest, struct err *e)
{
	struct str path = str_printf(&r->arena, "/drafts/%lld%s", (long long)id, rest);

	return path.at ? handler_redirect(r, path, e) : full(e);
}

/* ---- the list -------------------------------------------------------------------------------- */

static struct str list_address(struct request *r, struct str state, struct str after)
{
	const struct address_field fields[] = { { "q", fields_get(&r->query, "q") },
		{ "state", state }, { "after", after } };

	return handler_address(r, STR("/drafts"), fields, sizeof(fields) / sizeof(fields[0]));
}

static enum err_code drafts_page(struct request *r, struct arena *a, const struct list_query *q,
	struct json **ret, struct err *e)
{
	return service_drafts(r->web->service, a, &r->who, q, ret, e);
}

static const struct table_column draft_columns[] = {
	{ .name = "report", .from = "number", .as = TABLE_TEXT },
	{ .name = "title", .from = "title", .as = TABLE_TEXT },
	{ .name = "changed", .from = "changed", .as = TABLE_TIME },
	{ .name = "changed_by", .from = "changed_by", .as = TABLE_TEXT },
	{ .name = "state", .from = "state", .as = TABLE_TEXT, .words = "state" },
	{ .name = "statement", .from = "statement", .as = TABLE_TEXT },
	{ .name = "id", .from = "draft", .as = TABLE_TEXT },
};
const struct table draft_table = { "/drafts", draft_columns,
	sizeof(draft_columns) / sizeof(draft_columns[0]), "-time", "q, state", drafts_page };

enum err_code drafts_model(struct request *r, struct json **ret, struct err *e)
{
	static const char *const states[] = { "drafting", "ready-for-signature", "signed",
		"discarded" };
	struct list_query q = { .text = fields_get(&r->query, "q"),
		.state = fields_get(&r->query, "state"), .after = fields_get(&r->query, "after") };
	struct arena *a = &r->arena;
	struct json *chips = json_new_array(a);
	struct str next, rows = fields_get(&r->query, "rows");
	uint64_t count = 0;

	if (rows.len > 0 && (str_parse_u64(rows, &count, NULL) != ERR_OK || count == 0))
		return err_set(e, ERR_INVALID, "field \"rows\": not a number of rows");
	q.rows = count > LIMIT_PAGE_ROWS ? LIMIT_PAGE_ROWS : (uint32_t)count;
	TRY(drafts_page(r, a, &q, ret, e));
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		bool on = str_is(q.state, states[i]);
		struct json *chip = json_set_text(a, json_new_object(a), "state", states[i]);
		chip = json_set(a, chip, "on", json_new_bool(a, on));
		chips = json_push(a, chips, json_set_str(a, chip, "address", list_address(r,
			on ? STR("") : str_of(states[i]), STR(""))));
	}
	r->links = json_set(a, json_new_object(a), "chips", chips);
	next = json_get_str(*ret, "next");
	if (next.at)
		r->links = json_set_str(a, r->links, "next", list_address(r, q.state, next));
	if (q.after.len > 0)
		r->links = json_set_str(a, r->links, "first", list_address(r, q.state, STR("")));
	r->links = json_set(a, r->links, "filtered", json_new_bool(a,
		q.text.len + q.state.len > 0));
	r->links = json_set(a, r->links, "begin", json_new_bool(a,
		r->who.may >> CAPABILITY_DRAFT & 1));
	table_files(r, &draft_table);
	return r->links ? ERR_OK : full(e);
}

enum err_code draft_new_model(struct request *r, struct json **ret, struct err *e)
{
	*ret = json_new_object(&r->arena);
	return *ret ? ERR_OK : full(e);
}

enum err_code draft_new_post(struct request *r, struct json **ret, struct err *e)
{
	int64_t id;

	(void)ret; /* it leads on */
	TRY(service_draft_new(r->web->service, &r->arena, &r->who, &id, e));
	return to_draft(r, id, "/edit/report", e);
}

enum err_code draft_model(struct request *r, struct json **ret, struct err *e)
{
	struct draft_at at;

	TRY(read_at(r, &at, e));
	return service_draft(r->web->service, &r->arena, &r->who, at.id, ret, e);
}

/* ---- writing --------------------------------------------------------------------------------- */

struct place {
	struct draft_at at;
	enum draft_section section;
	size_t item;
};

static enum err_code read_section(struct request *r, struct place *ret, struct err *e)
{
	struct place p = { .item = 0 };

	TRY(read_at(r, &p.at, e));
	p.section = draft_section_find(r->params[1]);
	if (p.section == DRAFT_SECTIONS || p.section == DRAFT_RESULT)
		return err_set(e, ERR_NOT_FOUND, "a draft has no such part");
	*ret = p;
	return ERR_OK;
}

static enum err_code read_item(struct request *r, struct place *ret, struct err *e)
{
	struct place p = { .section = DRAFT_RESULT };
	uint64_t item = 0;

	TRY(read_at(r, &p.at, e));
	if (!str_is(r->params[1], "new") && (str_parse_u64(r->params[1], &item, NULL) != ERR_OK ||
		item == 0 || item > LIMIT_REPORT_ITEMS))
		return err_set(e, ERR_NOT_FOUND, "the draft has no such item");
	p.item = (size_t)item;
	*ret = p;
	return ERR_OK;
}

/* What was typed, by field; ticked words become lines. */
static struct json *typed_of(struct request *r, enum draft_section section)
{
	struct arena *a = &r->arena;
	struct json *typed = json_new_object(a);
	SCOPED_BUF ticks = { 0 };

	buf_init(&ticks, 16384);
	for (size_t i = 0; i < r->form.count; i++) {
		struct str name = r->form.at[i].name;
		const struct draft_field *f = draft_field_find(name);
		if (f && f->section == section)
			typed = json_set_str(a, typed, f->name, r->form.at[i].value);
		if (str_starts(name, TICKS)) {
			buf_put_str(&ticks, str_skip(name, strlen(TICKS)));
			buf_put_char(&ticks, '\n');
		}
	}
	if (section == DRAFT_VEHICLE && !json_get(typed, "d-elements"))
		typed = json_set_str(a, typed, "d-elements", str_trim(str_copy(a,
			buf_str(&ticks))));
	return typed;
}

/* Each problem beside its field. */
static void put_beside(struct request *r, const struct json *model, const struct json *problems)
{
	const struct json *fields = json_get(model, "fields");

	for (size_t i = 0; i < json_count(fields); i++) {
		const char *name = str_z(&r->arena, json_get_str(json_at(fields, i), "field"));
		const struct json *problem = name ? json_get(problems, name) : NULL;
		if (problem) /* full: the page cannot be drawn */
			(void)json_set(&r->arena, fields->items[i], "problem",
				json_copy(&r->arena, problem));
	}
}

/* Where somebody else wrote another thing meanwhile, that stands beside what was typed here. */
static void put_stored(struct request *r, const struct json *model, const struct json *stored)
{
	const struct json *fields = json_get(model, "fields"), *now = json_get(stored, "fields");

	for (size_t i = 0; i < json_count(fields) && i < json_count(now); i++) {
		struct str other = json_get_str(json_at(now, i), "value");
		struct json *v = json_new_object(&r->arena);
		if (str_eq(other, json_get_str(json_at(fields, i), "value")))
			continue;
		v = json_set_str(&r->arena, v, "value", other);
		(void)json_set(&r->arena, fields->items[i], "stored", v); /* as above */
	}
}

static enum err_code show_again(struct request *r, const struct place *p,
	const struct json *typed, struct json *problems, enum err_code code, struct json **ret,
	struct err *e)
{
	struct service *s = r->web->service;
	struct arena *a = &r->arena;
	struct json *model, *stored, *problem = json_new_object(a);

	TRY(service_draft_form(s, a, &r->who, p->at.id, p->section, p->item, typed, &model, e));
	if (code == ERR_CONFLICT) {
		TRY(service_draft_form(s, a, &r->who, p->at.id, p->section, p->item, NULL, &stored,
			e));
		put_stored(r, model, stored);
		problem = json_set_text(a, problem, "wrong",
			json_true(json_get(model, "editable")) ? "d-changed" : "d-frozen");
		problems = json_set(a, json_new_object(a), "form", problem);
		r->reply.status = err_class(ERR_CONFLICT)->http_status;
	} else { /* typed on the revision shown, as long as nobody saved another */
		model = json_set_str(a, model, "revision", field(r, "revision"));
	}
	put_beside(r, model, problems);
	handler_form_again(r, model, problems);
	*ret = model;
	return model ? ERR_OK : full(e);
}

static enum err_code save(struct request *r, const struct place *p, bool *ret_saved,
	struct json **ret, struct err *e)
{
	struct json *typed = typed_of(r, p->section), *problems = NULL;
	struct err problem = { 0 };
	enum err_code code = service_draft_save(r->web->service, &r->arena, &r->who, p->at,
		p->section, p->item, typed, &problems, &problem);

	*ret_saved = code == ERR_OK;
	if (code == ERR_OK)
		return ERR_OK;
	if (code == ERR_CONFLICT || (code == ERR_INVALID && json_count(problems) > 0))
		return show_again(r, p, typed, problems, code, ret, e);
	*e = problem;
	return code;
}

enum err_code draft_edit_model(struct request *r, struct json **ret, struct err *e)
{
	struct place p;

	TRY(read_section(r, &p, e));
	return service_draft_form(r->web->service, &r->arena, &r->who, p.at.id, p.section, 0, NULL,
		ret, e);
}

enum err_code draft_edit_post(struct request *r, struct json **ret, struct err *e)
{
	struct place p;
	bool saved;

	TRY(read_section(r, &p, e));
	TRY(save(r, &p, &saved, ret, e));
	if (!saved)
		return ERR_OK;
	if (!str_is(field(r, "then"), "next"))
		return to_draft(r, p.at.id, "", e);
	return to_draft(r, p.at.id, p.section == DRAFT_REPORT ? "/edit/parties" :
		p.section == DRAFT_PARTIES ? "/edit/vehicle" : "", e);
}

enum err_code draft_item_model(struct request *r, struct json **ret, struct err *e)
{
	struct place p;

	TRY(read_item(r, &p, e));
	return service_draft_form(r->web->service, &r->arena, &r->who, p.at.id, p.section, p.item,
		NULL, ret, e);
}

enum err_code draft_item_post(struct request *r, struct json **ret, struct err *e)
{
	struct place p;
	bool saved;

	TRY(read_item(r, &p, e));
	TRY(save(r, &p, &saved, ret, e));
	if (!saved)
		return ERR_OK;
	return to_draft(r, p.at.id, str_is(field(r, "then"), "next") ? "/items/new" : "", e);
}

enum err_code draft_item_drop_post(struct request *r, struct json **ret, struct err *e)
{
	struct place p;

	(void)ret; /* it leads on */
	TRY(read_item(r, &p, e));
	TRY(service_draft_drop_item(r->web->service, &r->arena, &r->who, p.at, p.item, e));
	return to_draft(r, p.at.id, "", e);
}

/* ---- handing over ---------------------------------------------------------------------------- */

/* The page again with what was wrong, or on to the draft. */
static enum err_code after_act(struct request *r, struct draft_at at, enum err_code code,
	const struct json *problems, const struct err *problem, struct json **ret, struct err *e)
{
	if (code == ERR_OK)
		return to_draft(r, at.id, "", e);
	TRY(handler_refusal(code, problems, problem, e));
	TRY(draft_model(r, ret, e));
	handler_form_again(r, *ret, problems);
	return ERR_OK;
}

enum err_code draft_hand_over_post(struct request *r, struct json **ret, struct err *e)
{
	struct json *problems = NULL;
	struct err problem = { 0 };
	struct draft_at at;
	enum err_code code;

	TRY(read_at(r, &at, e));
	code = service_draft_hand_over(r->web->service, &r->arena, &r->who, at, &problems,
		&problem);
	return after_act(r, at, code, problems, &problem, ret, e);
}

enum err_code draft_discard_post(struct request *r, struct json **ret, struct err *e)
{
	struct draft_at at;

	(void)ret; /* it leads on */
	TRY(read_at(r, &at, e));
	TRY(service_draft_discard(r->web->service, &r->who, at, e));
	return handler_redirect(r, STR("/drafts"), e);
}

/* ---- signing --------------------------------------------------------------------------------- */

enum err_code draft_sign_post(struct request *r, struct json **ret, struct err *e)
{
	struct json *problems = NULL;
	struct err problem = { 0 };
	struct draft_at at;
	enum err_code code;
	struct str id;

	TRY(read_at(r, &at, e));
	code = service_draft_sign(r->web->service, &r->arena, &r->who, at, field(r, "d-passphrase"),
		&problems, &id, &problem);
	return after_act(r, at, code, problems, &problem, ret, e);
}

enum err_code draft_send_back_post(struct request *r, struct json **ret, struct err *e)
{
	struct str reason = field(r, "d-reason");
	struct json *problems = json_new_object(&r->arena);
	struct err problem = { 0 };
	struct draft_at at;
	enum err_code code;

	TRY(read_at(r, &at, e));
	code = service_draft_send_back(r->web->service, &r->who, at, reason, &problem);
	if (code == ERR_INVALID)
		draft_wrong(&r->arena, problems, "d-reason", reason.len > 0 ? "long" : "reason", 0);
	TRY(after_act(r, at, code, problems, &problem, ret, e));
	return code == ERR_OK || json_set_str(&r->arena, *ret, "reason", reason) ? ERR_OK : full(e);
}

enum err_code draft_unsigned_file(struct request *r, struct err *e)
{
	struct draft_at at;
	struct str text;
	char *name;

	TRY(read_at(r, &at, e));
	TRY(service_draft_unsigned(r->web->service, &r->arena, &r->who, at.id, &text, e));
	name = arena_printf(&r->arena, "attachment; filename=\"draft-%lld.unsigned.json\"",
		(long long)at.id);
	if (!name)
		return full(e);
	reply_header(&r->reply, "Content-Disposition", name);
	r->reply.body = text;
	r->reply.type = "application/json";
	r->reply.cache = "no-store";
	r->reply.status = HTTP_OK;
	return ERR_OK;
}

enum err_code draft_signed_post(struct request *r, struct json **ret, struct err *e)
{
	const struct part *file = r->parts ? multipart_get(r->parts, "d-file") : NULL;
	struct json *problems = NULL;
	struct err problem = { 0 };
	struct draft_at at;
	enum err_code code;
	struct str id;

	TRY(read_at(r, &at, e));
	if (!file || file->body.len == 0) {
		problems = json_new_object(&r->arena);
		draft_wrong(&r->arena, problems, "d-file", "missing", 0);
		code = ERR_INVALID;
	} else {
		code = service_draft_signed(r->web->service, &r->arena, &r->who, at, file->body,
			&problems, &id, &problem);
	}
	return after_act(r, at, code, problems, &problem, ret, e);
}
