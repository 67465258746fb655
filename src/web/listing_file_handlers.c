/* listing_file_handlers.c - files attached to listings: the form's part, and handing them out. */
#include "service/listing_file.h"
#include "web/multipart.h"
#include "web/web_inner.h"

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

static enum err_code number_of(struct str text, const char *what, int64_t *ret, struct err *e)
{
	uint64_t number;

	if (str_parse_u64(text, &number, NULL) != ERR_OK || number > INT32_MAX)
		return err_set(e, ERR_NOT_FOUND, "there is no such %s here", what);
	*ret = (int64_t)number;
	return ERR_OK;
}

/* ---- of a draft ------------------------------------------------------------------------------ */

static enum err_code attach(struct request *r, int64_t id, struct json **ret_problems,
	struct err *e)
{
	const struct part *file = r->parts ? multipart_get(r->parts, "file") : NULL;
	bool chosen = str_is(fields_get(&r->form, "do"), "choose");
	struct listing_attach x = { .digest = chosen ? fields_get(&r->form, "digest") : STR(""),
		.name = file && file->filename.at ? file->filename : STR(""),
		.bytes = file ? file->body : STR("") };

	TRY(number_of(fields_get(&r->form, "revision"), "revision", &x.revision, e));
	if (chosen && x.digest.len == 0) {
		*ret_problems = json_new_object(&r->arena);
		*ret_problems = json_set(&r->arena, *ret_problems, "digest", json_set_text(
			&r->arena, json_new_object(&r->arena), "wrong", "missing"));
		return err_set(e, ERR_INVALID, "field \"digest\": no file was chosen");
	}
	return service_listing_attach(r->web->service, &r->arena, &r->who, id, &x, ret_problems, e);
}

static enum err_code detach(struct request *r, int64_t id, struct err *e)
{
	struct digest d;
	int64_t revision = 0;

	TRY(number_of(fields_get(&r->form, "revision"), "revision", &revision, e));
	TRY(evidence_digest_parse(fields_get(&r->form, "digest"), &d, e));
	return service_listing_detach(r->web->service, &r->arena, &r->who, id, revision, &d, e);
}

enum err_code listing_attach_post(struct request *r, struct json **ret, struct err *e)
{
	struct json *problems = NULL;
	struct err problem = { 0 };
	enum err_code code;
	int64_t id = 0;

	TRY(number_of(r->params[0], "listing", &id, e));
	code = str_is(fields_get(&r->form, "do"), "remove") ? detach(r, id, &problem)
		: attach(r, id, &problems, &problem);
	if (code == ERR_OK)
		return handler_redirect(r, str_printf(&r->arena, "/listings/own/%lld?done=files",
			(long long)id), e);
	TRY(handler_refusal(code, problems, &problem, e));
	return listing_own_again(r, id, problems, ret, e);
}

/* ---- handing out ----------------------------------------------------------------------------- */

static enum err_code send(struct request *r, const struct listing_file_found *file,
	const struct digest *d, struct err *e)
{
	struct file_range range;

	TRY(evidence_send(r, d, e));
	range = (struct file_range){ r->reply.file_from, r->reply.file_bytes };
	TRY(service_listing_file_read(r->web->service, file, &r->who, d, &range, e));
	handler_offer(r, file->name);
	/* What its owner says it is: saved, never shown. */
	r->reply.type = "application/octet-stream";
	r->reply.cache = "private, no-cache"; /* it may end at any time */
	return ERR_OK;
}

/* A file's page, for who reads JSON and while it is on its way. */
static enum err_code told(struct request *r, const struct listing_file_found *file,
	struct json **ret, struct err *e)
{
	struct arena *a = &r->arena;
	struct json *v = json_new_object(a);
	bool coming = !file->here && file->problem.len == 0;

	v = json_set_str(a, v, "name", file->name);
	v = json_set_str(a, v, "media_type", file->media_type);
	v = json_set_number(a, v, "bytes", (double)file->bytes);
	v = json_set_str(a, v, "digest", r->params[1]);
	v = json_set_str(a, v, "uuid", r->params[0]);
	v = json_set_text(a, v, "file_state", file->here ? "here" : coming ? "coming" : "refused");
	if (file->problem.len > 0)
		v = json_set_str(a, v, "problem_said", file->problem);
	if (coming) {
		reply_header(&r->reply, "Refresh", "2");
		reply_header(&r->reply, "Retry-After", "2");
		r->reply.status = HTTP_ACCEPTED;
	}
	r->reply.cache = "no-store";
	*ret = v;
	return v ? ERR_OK : full(e);
}

enum err_code listing_file_model(struct request *r, struct json **ret, struct err *e)
{
	bool again = fields_get(&r->query, "again").len > 0;
	struct listing_file_found file;
	struct digest d;

	TRY(evidence_digest_parse(r->params[1], &d, e));
	TRY(service_listing_file(r->web->service, &r->arena, r->params[0], &d, again, &file, e));
	if (!file.here)
		peer_evidence_wanted(r->web->peers);
	if (file.here && !r->json && !str_is(request_header(r, "accept"), "application/json"))
		return send(r, &file, &d, e);
	return told(r, &file, ret, e);
}

enum err_code review_file(struct request *r, struct err *e)
{
	struct listing_file_found file;
	struct digest d;
	int64_t id = 0;

	TRY(number_of(r->params[0], "listing", &id, e));
	TRY(evidence_digest_parse(r->params[1], &d, e));
	TRY(service_listing_reviewed_file(r->web->service, &r->arena, id, &d, &file, e));
	return send(r, &file, &d, e);
}
