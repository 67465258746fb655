/* import_handlers.c - many reports from one table. */
#include "service/import.h"
#include "web/multipart.h"
#include "web/table_file.h"
#include "web/web_inner.h"

#define HEAD_WIDTH 16          /* characters, so that most heads are seen whole */

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

static enum err_code read_id(const struct request *r, int64_t *ret, struct err *e)
{
	uint64_t id = 0;

	if (str_parse_u64(r->params[0], &id, NULL) != ERR_OK || id > INT64_MAX)
		return err_set(e, ERR_NOT_FOUND, "no import has this number");
	*ret = (int64_t)id;
	return ERR_OK;
}

/* Heads of columns in either language -> fields. */
static struct json *labels_of(struct request *r)
{
	struct json *labels = json_new_object(&r->arena);

	for (unsigned l = 0; l < LANGUAGE_COUNT; l++)
		for (size_t i = 0; i < draft_field_count; i++) {
			const char *name = draft_fields[i].name;
			struct str text = catalogue_text(pages_catalogue(r->web->pages),
				(enum language)l, "field", str_of(name));
			const char *label = text.at ? str_z(&r->arena, text) : NULL;
			if (label)
				labels = json_set_text(&r->arena, labels, label, name);
		}
	return labels;
}

/* ---- pages ----------------------------------------------------------------------------------- */

enum err_code imports_model(struct request *r, struct json **ret, struct err *e)
{
	struct str next;

	TRY(service_imports(r->web->service, &r->arena, &r->who, fields_get(&r->query, "after"),
		ret, e));
	next = json_get_str(*ret, "next");
	if (next.at)
		r->links = json_set_str(&r->arena, json_new_object(&r->arena), "next",
			str_printf(&r->arena, "/imports?after=" STR_FMT, STR_ARG(next)));
	return ERR_OK;
}

static enum err_code to_import(struct request *r, int64_t id, struct err *e)
{
	struct str path = str_printf(&r->arena, "/imports/%lld", (long long)id);

	return path.at ? handler_redirect(r, path, e) : full(e);
}

enum err_code import_post(struct request *r, struct json **ret, struct err *e)
{
	const struct part *file = r->parts ? multipart_get(r->parts, "d-file") : NULL;
	struct json *problems = json_new_object(&r->arena);
	struct err problem = { 0 };
	enum err_code code = ERR_INVALID;
	int64_t id = 0;

	if (!file || file->body.len == 0)
		draft_wrong(&r->arena, problems, "d-file", "missing", 0);
	else
		code = service_import(r->web->service, &r->arena, &r->who, file->filename.at ?
			file->filename : STR(""), file->body, &problems, &id, &problem);
	if (code == ERR_OK)
		return to_import(r, id, e);
	TRY(handler_refusal(code, problems, &problem, e));
	TRY(imports_model(r, ret, e));
	handler_form_again(r, *ret, problems);
	return ERR_OK;
}

enum err_code import_model(struct request *r, struct json **ret, struct err *e)
{
	int64_t id = 0;

	TRY(read_id(r, &id, e));
	return service_import_preview(r->web->service, &r->arena, &r->who, id, labels_of(r), ret,
		e);
}

enum err_code import_make_post(struct request *r, struct json **ret, struct err *e)
{
	uint32_t count;
	int64_t id = 0;

	(void)ret; /* it leads on */
	TRY(read_id(r, &id, e));
	TRY(service_import_make(r->web->service, &r->arena, &r->who, id, labels_of(r), &count, e));
	return handler_redirect(r, STR("/drafts?state=drafting"), e);
}

/* ---- the empty table ------------------------------------------------------------------------- */

static struct str label_of(struct request *r, size_t field)
{
	struct str text = catalogue_text(pages_catalogue(r->web->pages), r->language, "field",
		str_of(draft_fields[field].name));

	return text.at ? text : str_of(draft_fields[field].name);
}

enum err_code import_template_file(struct request *r, struct err *e)
{
	bool xlsx = str_ends(r->http.path, ".xlsx");
	const char *dir = arena_printf(&r->arena, "%s/lists",
		service_config(r->web->service)->dir);
	struct table_file *file;
	enum err_code code;

	if (!dir)
		return full(e);
	TRY(table_file_open(dir, xlsx, STR("reports"), &file, e));
	for (size_t i = 0; i < draft_field_count; i++)
		table_file_head(file, label_of(r, i), HEAD_WIDTH);
	table_file_end_row(file);
	code = table_file_finish(file, &r->reply.file, &r->reply.file_bytes, e);
	table_file_close(file);
	TRY(code);
	reply_header(&r->reply, "Content-Disposition", xlsx
		? "attachment; filename=\"reports.xlsx\"" : "attachment; filename=\"reports.csv\"");
	reply_header(&r->reply, "Vary", "Accept, Cookie");
	r->reply.type = r->route->gives;
	r->reply.cache = "private, no-store";
	r->reply.status = HTTP_OK;
	return ERR_OK;
}
