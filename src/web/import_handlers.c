/* import_handlers.c - many reports from one table. */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include "base/io.h"
#include "base/scoped.h"
#include "service/import.h"
#include "web/multipart.h"
#include "web/web_inner.h"

#define TEMPLATE_BYTES_MAX 262144
#define XLSX "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

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

static void offer(struct request *r, struct str bytes, const char *type, const char *name)
{
	char *value = arena_printf(&r->arena, "attachment; filename=\"%s\"", name);

	handler_bytes(r, bytes, type, "private, no-cache");
	if (value)
		reply_header(&r->reply, "Content-Disposition", value);
}

/* Excel takes a file with the mark of UTF-8 for what it is. */
enum err_code import_csv_file(struct request *r, struct err *e)
{
	SCOPED_BUF b = { 0 };
	struct str text;

	buf_init(&b, TEMPLATE_BYTES_MAX);
	buf_put_text(&b, "\xef\xbb\xbf");
	for (size_t i = 0; i < draft_field_count; i++) {
		buf_put_text(&b, i > 0 ? "," : "");
		buf_put_str(&b, label_of(r, i)); /* our own words: none has a comma or quote */
	}
	buf_put_text(&b, "\r\n");
	TRY(buf_check(&b, "table", e));
	text = str_copy(&r->arena, buf_str(&b));
	if (!text.at)
		return full(e);
	offer(r, text, "text/csv", "reports.csv");
	return ERR_OK;
}

static enum err_code write_workbook(struct request *r, const char *path, struct err *e)
{
	lxw_workbook *book = workbook_new(path);
	lxw_worksheet *sheet = book ? workbook_add_worksheet(book, NULL) : NULL;
	lxw_format *head = book ? workbook_add_format(book) : NULL;

	if (head) {
		format_set_bold(head);
		format_set_text_wrap(head);
	}
	for (size_t i = 0; sheet && i < draft_field_count; i++) {
		const char *label = str_z(&r->arena, label_of(r, i));
		(void)worksheet_write_string(sheet, 0, (lxw_col_t)i, label ? label : "", head);
	}
	if (sheet)
		worksheet_freeze_panes(sheet, 1, 0);
	if (!book || workbook_close(book) != LXW_NO_ERROR)
		return err_set(e, ERR_IO, "could not write the workbook");
	return ERR_OK;
}

enum err_code import_xlsx_file(struct request *r, struct err *e)
{
	char *path = arena_printf(&r->arena, "%s/.workbook-XXXXXX",
		service_config(r->web->service)->dir);
	int fd = path ? mkstemp(path) : -1;
	enum err_code code;
	struct str bytes = STR("");

	if (fd < 0)
		return err_set(e, ERR_IO, "could not make a temporary file: %s", err_errno());
	(void)close(fd); /* only its name is wanted */
	code = write_workbook(r, path, e);
	if (code == ERR_OK)
		code = io_read_file(&r->arena, path, TEMPLATE_BYTES_MAX, &bytes, e);
	(void)unlink(path); /* nobody reads it any more */
	TRY(code);
	offer(r, bytes, XLSX, "reports.xlsx");
	return ERR_OK;
}
