/* files_handlers.c - pages of an organisation's files. */
#include "base/scoped.h"
#include "service/evidence.h"
#include "service/files.h"
#include "web/web_inner.h"

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

/* ---- the list -------------------------------------------------------------------------------- */

/* "/files?q=..." with what was asked, but `name` changed to `value`. */
static struct str address(struct request *r, const char *name, struct str value)
{
	static const char *const names[] = { "q", "scan", "sort", "after" };
	SCOPED_BUF b = { 0 };
	char separator = '?';

	buf_init(&b, 8192);
	buf_put_text(&b, "/files");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		bool changed = str_is(str_of(names[i]), name);
		struct str v = changed ? value : fields_get(&r->query, names[i]);
		/* Another order or filter begins at its first page. */
		if (v.len == 0 || (!changed && str_is(str_of(names[i]), "after")))
			continue;
		buf_printf(&b, "%c%s=", separator, names[i]);
		percent_put(&b, v);
		separator = '&';
	}
	return b.overflow ? STR("/files") : str_copy(&r->arena, buf_str(&b));
}

/* A link for each word of "scans" or "sorts"; one that is on takes itself away. */
static struct json *chips(struct request *r, const struct json *words, const char *member)
{
	struct arena *a = &r->arena;
	struct json *list = json_new_array(a);

	for (size_t i = 0; i < json_count(words); i++) {
		const struct json *word = json_at(words, i);
		struct json *v = json_set_str(a, json_new_object(a), member,
			json_get_str(word, member));
		bool on = json_true(json_get(word, "on")), sort = str_is(str_of(member), "sort");
		v = json_set(a, v, "on", json_new_bool(a, on));
		v = json_set_str(a, v, "address", address(r, member, on && !sort ? STR("") :
			json_get_str(word, member)));
		list = json_push(a, list, v);
	}
	return list;
}

enum err_code files_model(struct request *r, struct json **ret, struct err *e)
{
	const struct files_query q = { .text = fields_get(&r->query, "q"),
		.scan = fields_get(&r->query, "scan"), .sort = fields_get(&r->query, "sort"),
		.after = fields_get(&r->query, "after") };
	struct arena *a = &r->arena;
	struct str next;

	TRY(service_files(r->web->service, a, &r->who, &q, ret, e));
	next = json_get_str(*ret, "next");
	r->links = json_set(a, json_new_object(a), "scans", chips(r, json_get(*ret, "scans"),
		"scan"));
	r->links = json_set(a, r->links, "sorts", chips(r, json_get(*ret, "sorts"), "sort"));
	if (next.at)
		r->links = json_set_str(a, r->links, "next", address(r, "after", next));
	if (q.after.len > 0)
		r->links = json_set_str(a, r->links, "first", address(r, "after", STR("")));
	r->links = json_set(a, r->links, "filtered", json_new_bool(a, q.text.len > 0 ||
		q.scan.len > 0));
	return r->links ? ERR_OK : full(e);
}

/* ---- one file -------------------------------------------------------------------------------- */

enum err_code file_model(struct request *r, struct json **ret, struct err *e)
{
	struct arena *a = &r->arena;
	struct digest d;
	struct str next;

	TRY(evidence_digest_parse(r->params[0], &d, e));
	TRY(service_file(r->web->service, a, &r->who, &d, fields_get(&r->query, "after"), ret, e));
	next = json_get_str(*ret, "next");
	if (next.at)
		r->links = json_set_str(a, json_new_object(a), "next", str_printf(a, "/files/"
			STR_FMT "?after=" STR_FMT, STR_ARG(r->params[0]), STR_ARG(next)));
	return ERR_OK;
}

/* The name is the organisation's own, not the one that somebody else gave the same bytes. */
void handler_offer(struct request *r, struct str name)
{
	SCOPED_BUF b = { 0 };
	char *text;

	buf_init(&b, 4096);
	percent_put(&b, name);
	text = arena_printf(&r->arena, "attachment; filename*=UTF-8''" STR_FMT,
		STR_ARG(b.overflow ? STR("file") : buf_str(&b)));
	for (size_t i = 0; i < r->reply.header_count && text; i++)
		if (str_is(str_of(r->reply.headers[i].name), "Content-Disposition"))
			r->reply.headers[i].value = text;
}

enum err_code file_content(struct request *r, struct err *e)
{
	struct file_range range;
	struct digest d;
	struct json *file;
	struct str name;

	TRY(evidence_digest_parse(r->params[0], &d, e));
	TRY(service_file(r->web->service, &r->arena, &r->who, &d, STR(""), &file, e));
	if (!json_true(json_get(file, "readable")))
		return err_set(e, ERR_CONFLICT, "the file waits to be scanned, or was removed");
	TRY(evidence_send(r, &d, e));
	range = (struct file_range){ r->reply.file_from, r->reply.file_bytes };
	TRY(service_file_read(r->web->service, &r->arena, &r->who, &d, &range, &name, e));
	handler_offer(r, name);
	/* The type is what its sender says: it is never shown, only saved. */
	r->reply.type = "application/octet-stream";
	r->reply.cache = "private, no-cache"; /* each reading is asked for, and noted */
	return ERR_OK;
}

enum err_code file_delete_post(struct request *r, struct json **ret, struct err *e)
{
	struct err problem = { .code = ERR_OK };
	struct digest d;
	enum err_code code;

	TRY(evidence_digest_parse(r->params[0], &d, e));
	code = service_file_delete(r->web->service, &r->arena, &r->who, &d, &problem);
	if (code == ERR_OK)
		return handler_redirect(r, STR("/files"), e);
	if (code != ERR_CONFLICT) {
		*e = problem;
		return code;
	}
	TRY(file_model(r, ret, e));
	r->reply.status = err_class(ERR_CONFLICT)->http_status;
	handler_form_refused(r, *ret, "file-used", 0);
	return ERR_OK;
}
