/* request_handlers.c - recognition requests as a company meets them. */
#include <string.h>

#include "base/scoped.h"
#include "recognition/rules.h"
#include "service/dossier.h"
#include "service/files.h"
#include "web/multipart.h"
#include "web/table.h"
#include "web/web_inner.h"

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

static struct str field(const struct request *r, const char *name)
{
	return fields_get(&r->form, name);
}

/* ---- what both sides need -------------------------------------------------------------------- */

enum err_code request_number(struct request *r, size_t param, int64_t *ret, struct err *e)
{
	uint64_t id;

	CHECK(param < REQUEST_PARAMS);
	if (str_parse_u64(r->params[param], &id, NULL) != ERR_OK || id == 0 || id > INT64_MAX)
		return err_set(e, ERR_NOT_FOUND, "nothing has this number");
	*ret = (int64_t)id;
	return ERR_OK;
}

enum err_code request_told(struct request *r, const struct err *problem, const char *name,
	const char *word,
	enum err_code (*show)(struct request *r, struct json **ret, struct err *e),
	const char *page, struct json **ret, struct err *e)
{
	struct arena *a = &r->arena;
	bool state = problem->code == ERR_CONFLICT || problem->code == ERR_DENIED;
	struct json *wrong = json_set_text(a, json_new_object(a), "wrong", state ?
		problem->code == ERR_DENIED ? "second-person" : "state" : word);

	if (problem->code != ERR_INVALID && !state) {
		*e = *problem;
		return problem->code;
	}
	if (state)
		r->reply.status = err_class(problem->code)->http_status;
	else
		wrong = json_set_text(a, wrong, "field", name);
	TRY(show(r, ret, e));
	r->page = page;
	*ret = json_set(a, *ret, "typed", json_set_str(a, json_new_object(a), name,
		field(r, name)));
	handler_form_again(r, *ret, json_set(a, json_new_object(a), state ? "form" : name, wrong));
	return *ret ? ERR_OK : full(e);
}

/* By their first bytes a PDF or a picture, and saved rather than shown. Its owner sees who read
 * it. */
enum err_code request_send_file(struct request *r, int64_t draft, int64_t dossier, size_t param,
	struct err *e)
{
	struct document_found found;
	struct file_range range;
	int64_t id = 0;

	TRY(request_number(r, param, &id, e));
	TRY(service_document(r->web->service, &r->arena, &r->who, draft, dossier, id, &found, e));
	TRY(evidence_send(r, &found.digest, e));
	range = (struct file_range){ r->reply.file_from, r->reply.file_bytes };
	TRY(files_read_by(r->web->service, found.organisation, &r->who, &found.digest, &range, e));
	handler_offer(r, found.name);
	r->reply.cache = "private, no-store";
	r->reply.type = str_z(&r->arena, found.media_type);
	return r->reply.type ? ERR_OK : full(e);
}

static enum err_code lead_on(struct request *r, struct str path, struct err *e)
{
	return path.at ? handler_redirect(r, path, e) : full(e);
}

/* ---- vehicles -------------------------------------------------------------------------------- */

enum err_code vehicles_model(struct request *r, struct json **ret, struct err *e)
{
	struct str next;

	TRY(service_vehicles(r->web->service, &r->arena, &r->who, fields_get(&r->query, "after"),
		ret, e));
	next = json_get_str(*ret, "next");
	if (next.at)
		r->links = json_set_str(&r->arena, json_new_object(&r->arena), "next",
			str_printf(&r->arena, "/vehicles?after=" STR_FMT, STR_ARG(next)));
	return ERR_OK;
}

enum err_code bring_post(struct request *r, struct json **ret, struct err *e)
{
	struct json *problems = NULL;
	struct err problem = { 0 };
	enum err_code code = service_report_bring(r->web->service, &r->arena, &r->who,
		field(r, "report"), &problems, &problem);

	if (code == ERR_OK)
		return handler_redirect(r, STR("/vehicles"), e);
	if (code != ERR_INVALID || json_count(problems) == 0) {
		*e = problem;
		return code;
	}
	TRY(vehicles_model(r, ret, e));
	*ret = json_set_str(&r->arena, *ret, "report", field(r, "report"));
	handler_form_again(r, *ret, problems);
	return *ret ? ERR_OK : full(e);
}

/* ---- the list -------------------------------------------------------------------------------- */

static enum err_code requests_page(struct request *r, struct arena *a, const struct list_query *q,
	struct json **ret, struct err *e)
{
	const struct dossier_query query = { .text = q->text,
		.state = fields_get(&r->query, "show"), .after = q->after };

	return service_requests(r->web->service, a, &r->who, &query, ret, e);
}

static const struct table_column request_columns[] = {
	{ .name = "request", .from = "number", .as = TABLE_TEXT },
	{ .name = "vehicle_model", .from = "title", .as = TABLE_TEXT },
	{ .name = "sent", .from = "created", .as = TABLE_TIME },
	{ .name = "clock", .from = "clock/clock", .as = TABLE_TEXT, .words = "clock" },
	{ .name = "due", .from = "clock/due", .as = TABLE_DAY },
	{ .name = "changed", .from = "changed", .as = TABLE_TIME },
	{ .name = "state", .from = "state", .as = TABLE_TEXT, .words = "state" },
	{ .name = "id", .from = "id", .as = TABLE_NUMBER },
};
const struct table request_table = { "/requests", request_columns,
	sizeof(request_columns) / sizeof(request_columns[0]), "-time", "q, show", requests_page };

enum err_code requests_model(struct request *r, struct json **ret, struct err *e)
{
	static const char *const shows[] = { "open", "asked", "closed", NULL };
	const struct list_query q = { .text = fields_get(&r->query, "q"),
		.after = fields_get(&r->query, "after") };

	TRY(requests_page(r, &r->arena, &q, ret, e));
	TRY(request_links(r, shows, json_get_str(*ret, "next"), e));
	table_files(r, &request_table);
	return r->links ? ERR_OK : full(e);
}

/* ---- the five steps -------------------------------------------------------------------------- */

enum err_code request_new_model(struct request *r, struct json **ret, struct err *e)
{
	return service_dossier_draft(r->web->service, &r->arena, &r->who, 0, 1, ret, e);
}

static enum err_code step_of(struct request *r, unsigned *ret, struct err *e)
{
	int64_t step = 0;

	TRY(request_number(r, 1, &step, e));
	if (step > DRAFT_STEPS)
		return err_set(e, ERR_NOT_FOUND, "there are %d steps", DRAFT_STEPS);
	*ret = (unsigned)step;
	return ERR_OK;
}

enum err_code dossier_draft_model(struct request *r, struct json **ret, struct err *e)
{
	unsigned step = 1;
	int64_t id = 0;

	TRY(request_number(r, 0, &id, e));
	TRY(step_of(r, &step, e));
	return service_dossier_draft(r->web->service, &r->arena, &r->who, id, step, ret, e);
}

/* Words of ticked fields "<name>.<word>", as they stand in the form. */
static struct json *ticked(struct request *r, const char *name, const char *before)
{
	struct arena *a = &r->arena;
	struct json *list = json_new_array(a);
	size_t len = strlen(name);

	for (size_t i = 0; i < r->form.count; i++) {
		struct str of = r->form.at[i].name;
		if (!str_starts(of, name) || of.len <= len + 1 || of.at[len] != '.')
			continue;
		list = json_push(a, list, json_new_str(a, str_printf(a, "%s" STR_FMT, before,
			STR_ARG(str_skip(of, len + 1)))));
	}
	return list;
}

static struct json *typed_of(struct request *r, unsigned step)
{
	struct arena *a = &r->arena;
	struct json *v = json_new_object(a);

	if (step == 1) {
		v = json_set_str(a, v, "configuration", field(r, "configuration"));
		return json_set_str(a, v, "vins", field(r, "vins"));
	}
	if (step == 2)
		return json_set(a, v, "reports", ticked(r, "report", "urn:uuid:"));
	if (step == 3) {
		v = json_set(a, v, "odd", ticked(r, "odd", ""));
		return json_set_str(a, v, "speed", field(r, "speed"));
	}
	return v;
}

/* The step again with what was typed, which is kept. */
static enum err_code step_again(struct request *r, int64_t id, unsigned step,
	const struct json *problems, struct json **ret, struct err *e)
{
	TRY(service_dossier_draft(r->web->service, &r->arena, &r->who, id, step, ret, e));
	r->page = "request_draft";
	handler_form_again(r, *ret, problems);
	return ERR_OK;
}

static enum err_code keep_step(struct request *r, int64_t id, unsigned step, struct json **ret,
	struct err *e)
{
	struct json *problems = NULL, *typed = typed_of(r, step);
	struct err problem = { 0 };
	int64_t kept = id;
	enum err_code code;

	if (!typed)
		return full(e);
	code = service_dossier_draft_put(r->web->service, &r->arena, &r->who, id, step, typed,
		&problems, &kept, &problem);
	if (code == ERR_OK)
		return lead_on(r, str_printf(&r->arena, "/requests/new/%lld/%u", (long long)kept,
			step + 1), e);
	if (code == ERR_INVALID && json_count(problems) > 0)
		return step_again(r, kept, step, problems, ret, e);
	*e = problem;
	return code;
}

enum err_code request_new_post(struct request *r, struct json **ret, struct err *e)
{
	return keep_step(r, 0, 1, ret, e);
}

static enum err_code send_draft(struct request *r, int64_t id, struct json **ret, struct err *e)
{
	struct json *problems = NULL;
	struct err problem = { 0 };
	int64_t sent = 0;
	enum err_code code = service_dossier_draft_send(r->web->service, &r->arena, &r->who, id,
		&problems, &sent, &problem);

	if (code == ERR_OK)
		return lead_on(r, str_printf(&r->arena, "/requests/%lld", (long long)sent), e);
	if (code == ERR_INVALID && json_count(problems) > 0)
		return step_again(r, id, DRAFT_STEPS, problems, ret, e);
	*e = problem;
	return code;
}

enum err_code dossier_draft_post(struct request *r, struct json **ret, struct err *e)
{
	unsigned step = 1;
	int64_t id = 0;

	TRY(request_number(r, 0, &id, e));
	if (str_is(r->params[1], "drop")) {
		TRY(service_dossier_draft_drop(r->web->service, &r->who, id, e));
		return handler_redirect(r, STR("/requests"), e);
	}
	TRY(step_of(r, &step, e));
	return step == DRAFT_STEPS ? send_draft(r, id, ret, e) : keep_step(r, id, step, ret, e);
}

/* ---- files ----------------------------------------------------------------------------------- */

static enum err_code put_file(struct request *r, struct dossier_file *f,
	struct json **ret_problems, struct err *e)
{
	const struct part *file = r->parts ? multipart_get(r->parts, "file") : NULL;

	f->document = field(r, "document");
	f->valid_until = field(r, "valid_until");
	f->name = file && file->filename.at ? file->filename : STR("");
	f->bytes = file ? file->body : STR("");
	return service_document_put(r->web->service, &r->arena, &r->who, f, ret_problems, e);
}

/* Beside the document it was for: each has a form of its own on the page. */
static struct json *for_document(struct request *r, struct json *model)
{
	return json_set_str(&r->arena, model, "refused", field(r, "document"));
}

enum err_code dossier_draft_document_post(struct request *r, struct json **ret, struct err *e)
{
	struct json *problems = NULL;
	struct err problem = { 0 };
	struct dossier_file f = { .dossier = 0 };
	enum err_code code;

	TRY(request_number(r, 0, &f.draft, e));
	code = put_file(r, &f, &problems, &problem);
	if (code == ERR_OK)
		return lead_on(r, str_printf(&r->arena, "/requests/new/%lld/4",
			(long long)f.draft), e);
	if (code != ERR_INVALID || json_count(problems) == 0) {
		*e = problem;
		return code;
	}
	TRY(step_again(r, f.draft, 4, problems, ret, e));
	return for_document(r, *ret) ? ERR_OK : full(e);
}

enum err_code dossier_draft_document_file(struct request *r, struct err *e)
{
	int64_t id = 0;

	TRY(request_number(r, 0, &id, e));
	return request_send_file(r, id, 0, 1, e);
}

enum err_code request_document_file(struct request *r, struct err *e)
{
	int64_t id = 0;

	TRY(request_number(r, 0, &id, e));
	return request_send_file(r, 0, id, 1, e);
}

/* ---- one request ----------------------------------------------------------------------------- */

struct json *request_documents(struct request *r, const struct json *judged)
{
	struct arena *a = &r->arena;
	const struct rules *rules = service_rules(r->web->service);
	const struct json *words = json_get(rules_clauses_file(rules)->doc, "documents");
	struct json *list = json_new_array(a);

	for (uint32_t i = 0; i < json_count(words); i++) {
		struct str word = json_get_str(json_at(words, i), "id");
		bool lacks = false;
		struct json *v = json_set_str(a, json_new_object(a), "document", word);
		for (uint32_t k = 0; k < json_count(judged); k++)
			lacks = lacks || (str_eq(json_get_str(json_at(judged, k), "document"),
				word) && !str_is(json_get_str(json_at(judged, k), "state"),
				"handed-in"));
		v = json_set(a, v, "title", json_copy(a, json_get(json_at(words, i), "text")));
		list = json_push(a, list, json_set(a, v, "on", json_new_bool(a, lacks)));
	}
	return list;
}

enum err_code request_model(struct request *r, struct json **ret, struct err *e)
{
	int64_t id = 0;

	TRY(request_number(r, 0, &id, e));
	TRY(service_dossier(r->web->service, &r->arena, &r->who, id, ret, e));
	*ret = json_set(&r->arena, *ret, "choices", request_documents(r, NULL));
	return *ret ? ERR_OK : full(e);
}

static enum err_code back_to_request(struct request *r, struct err *e)
{
	return lead_on(r, str_printf(&r->arena, "/requests/" STR_FMT, STR_ARG(r->params[0])), e);
}

enum err_code request_document_post(struct request *r, struct json **ret, struct err *e)
{
	struct json *problems = NULL;
	struct err problem = { 0 };
	struct dossier_file f = { .draft = 0 };
	enum err_code code;

	TRY(request_number(r, 0, &f.dossier, e));
	code = put_file(r, &f, &problems, &problem);
	if (code == ERR_OK)
		return back_to_request(r, e);
	if (code != ERR_INVALID || json_count(problems) == 0)
		return request_told(r, &problem, "file", "file", request_model, "request", ret, e);
	TRY(request_model(r, ret, e));
	handler_form_again(r, *ret, problems);
	return for_document(r, *ret) ? ERR_OK : full(e);
}

enum err_code request_hand_back_post(struct request *r, struct json **ret, struct err *e)
{
	struct err problem = { 0 };
	int64_t id = 0;

	TRY(request_number(r, 0, &id, e));
	if (service_dossier_hand_back(r->web->service, &r->arena, &r->who, id, &problem) == ERR_OK)
		return back_to_request(r, e);
	return request_told(r, &problem, "back", "nothing-given", request_model, "request", ret, e);
}

enum err_code request_say_post(struct request *r, struct json **ret, struct err *e)
{
	struct err problem = { 0 };
	int64_t id = 0;

	TRY(request_number(r, 0, &id, e));
	if (service_dossier_say(r->web->service, &r->arena, &r->who, id, field(r, "message"),
		&problem) == ERR_OK)
		return back_to_request(r, e);
	return request_told(r, &problem, "message", "written", request_model, "request", ret, e);
}

enum err_code request_object_post(struct request *r, struct json **ret, struct err *e)
{
	struct err problem = { 0 };
	int64_t id = 0;

	TRY(request_number(r, 0, &id, e));
	if (service_dossier_object(r->web->service, &r->arena, &r->who, id, field(r, "reason"),
		&problem) == ERR_OK)
		return back_to_request(r, e);
	return request_told(r, &problem, "reason", "written", request_model, "request", ret, e);
}
