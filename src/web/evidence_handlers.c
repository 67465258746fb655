/* evidence_handlers.c - evidence files: taken in pieces, handed out by range. */
#include <unistd.h>

#include "base/encode.h"
#include "base/scoped.h"
#include "criteria/picture.h"
#include "service/evidence.h"
#include "service/files.h"
#include "service/recomputation.h"
#include "service/report_evaluation.h"
#include "store/blobs.h"
#include "web/web_inner.h"

/* ---- taking ---------------------------------------------------------------------------------- */

static void close_writer(void *work)
{
	blob_abandon(work);
}

static struct evidence_about asked_about(const struct request *r)
{
	struct evidence_about about = { .name = fields_get(&r->query, "name"),
		.media_type = fields_get(&r->query, "type") };

	if (about.media_type.len == 0)
		about.media_type = STR("application/octet-stream");
	return about;
}

enum err_code evidence_receive_begin(struct request *r, uint64_t bytes, struct err *e)
{
	struct evidence_about about = asked_about(r);
	struct blob_writer *w;
	uint64_t have;

	TRY(evidence_about_check(&about, e));
	TRY(blob_begin(service_config(r->web->service)->dir, NULL, bytes, &w, &have, e));
	r->work = w;
	r->work_close = close_writer;
	return ERR_OK;
}

enum err_code evidence_receive(struct request *r, struct str bytes, struct err *e)
{
	return blob_write(r->work, bytes, e);
}

/* In the waiter: the file is put in place, then its row. */
enum err_code evidence_received(struct request *r, struct err *e)
{
	struct evidence_about about = asked_about(r);
	struct str asked = fields_get(&r->query, "digest");
	struct blob_writer *w = r->work;
	struct arena *a = &r->arena;
	struct digest d, expected;
	struct json *v = json_new_object(a);

	if (asked.len > 0 && evidence_digest_parse(asked, &expected, NULL) != ERR_OK)
		return err_set(e, ERR_INVALID, "field \"digest\": not 32 bytes in base64url");
	r->work = NULL;
	r->work_close = NULL;
	TRY(blob_finish(w, &d, &about.bytes, e));
	if (asked.len > 0 && !digest_eq(&d, &expected))
		return err_set(e, ERR_INVALID, "field \"digest\": the file that came has digest \""
			STR_FMT "\"", STR_ARG(base64url_new(a, d.at, DIGEST_BYTES)));
	TRY(service_evidence_keep(r->web->service, &d, &about, e));
	v = json_set_number(a, v, "bytes", (double)about.bytes);
	v = json_set_str(a, v, "digest", base64url_new(a, d.at, DIGEST_BYTES));
	v = json_set_str(a, v, "mediaType", about.media_type);
	v = json_set_str(a, v, "name", about.name);
	r->reply.cache = "no-store";
	return reply_json(r, HTTP_CREATED, v, e);
}

/* ---- handing out ----------------------------------------------------------------------------- */

static enum err_code outside(struct request *r, uint64_t bytes, struct err *e)
{
	char *whole = arena_printf(&r->arena, "bytes */%llu", (unsigned long long)bytes);

	if (whole)
		reply_header(&r->reply, "Content-Range", whole);
	r->reply.status = HTTP_RANGE;
	return err_set(e, ERR_INVALID, "the range asked for is outside the file of %llu bytes",
		(unsigned long long)bytes);
}

static struct str percent_of(struct arena *a, struct str text)
{
	SCOPED_BUF b = { 0 };

	buf_init(&b, 4096);
	percent_put(&b, text);
	return b.overflow ? STR("file") : str_copy(a, buf_str(&b));
}

/* Type and name come from the row; a file without one is still sent. */
static void describe(struct request *r, const struct digest *d)
{
	struct evidence_about about = { 0 };
	char *tag, *offer;

	tag = arena_printf(&r->arena, "\"" STR_FMT "\"",
		STR_ARG(base64url_new(&r->arena, d->at, DIGEST_BYTES)));
	r->reply.etag = tag;
	r->reply.type = "application/octet-stream";
	r->reply.cache = "private, max-age=31536000, immutable";
	reply_header(&r->reply, "Accept-Ranges", "bytes");
	if (service_evidence_find(r->web->service, &r->arena, d, &about, NULL) != ERR_OK)
		return;
	r->reply.type = str_z(&r->arena, about.media_type);
	offer = arena_printf(&r->arena, "attachment; filename*=UTF-8''" STR_FMT,
		STR_ARG(percent_of(&r->arena, about.name)));
	if (offer)
		reply_header(&r->reply, "Content-Disposition", offer);
}

enum err_code evidence_send(struct request *r, const struct digest *d, struct err *e)
{
	struct str range = request_header(r, "range"), when = request_header(r, "if-range");
	uint64_t bytes, from = 0, count;
	char *told;
	int fd;

	TRY(blob_open(service_config(r->web->service)->dir, d, &fd, &bytes, e));
	r->reply.file = fd; /* closed with the request */
	count = bytes;
	describe(r, d);
	r->reply.status = HTTP_OK;
	if (when.len == 0 || (r->reply.etag && str_is(when, r->reply.etag))) {
		enum range_asked asked = range_parse(range, bytes, &from, &count);
		if (asked == RANGE_OUTSIDE)
			return outside(r, bytes, e);
		if (asked == RANGE_GIVEN) {
			told = arena_printf(&r->arena, "bytes %llu-%llu/%llu",
				(unsigned long long)from, (unsigned long long)(from + count - 1),
				(unsigned long long)bytes);
			if (!told)
				return err_set(e, ERR_TOO_LARGE, "answer needs too much memory");
			reply_header(&r->reply, "Content-Range", told);
			r->reply.status = HTTP_PARTIAL;
		}
	}
	r->reply.file_from = from;
	r->reply.file_bytes = count;
	return ERR_OK;
}

/* The operator's reading, for those whose file it is. */
static enum err_code token_reads(struct request *r, const struct digest *d, struct err *e)
{
	const struct file_range range = { r->reply.file_from, r->reply.file_bytes };

	return files_read_by_token(r->web->service, r->who.address.at ? r->who.address : STR(""),
		d, &range, e);
}

enum err_code evidence_file(struct request *r, struct err *e)
{
	struct digest d;

	TRY(evidence_digest_parse(r->params[0], &d, e));
	TRY(evidence_send(r, &d, e));
	return token_reads(r, &d, e);
}

static enum err_code no_right(struct request *r, struct err *e)
{
	r->reply.status = HTTP_UNAUTHORIZED;
	reply_header(&r->reply, "WWW-Authenticate", "Bearer");
	(void)err_set(e, ERR_DENIED, "evidence is for those who may read the report");
	return err_hint(e, "Send the node's token, or sign the request as a peer.");
}

/* Not signed is not malformed here: it is a question without a right. */
static enum err_code ask_peer(struct request *r, const uint8_t id_key[16], const struct digest *d,
	struct err *e)
{
	struct str range = request_header(r, "range");
	bool begins = range.len == 0 || str_starts(range, "bytes=0-");

	if (request_header(r, "signature-input").len > 0)
		return peer_evidence_admit(r->web->peers, &r->arena, &r->http, id_key, d, begins,
			e);
	return no_right(r, e);
}

enum err_code statement_evidence_file(struct request *r, struct err *e)
{
	uint8_t id_key[16];
	struct digest d;

	TRY(handler_uuid(r, r->params[0], id_key, e));
	TRY(evidence_digest_parse(r->params[1], &d, e));
	if (!r->token)
		TRY(ask_peer(r, id_key, &d, e));
	TRY(evidence_send(r, &d, e));
	return r->token ? token_reads(r, &d, e) : ERR_OK;
}

/* ---- pictures -------------------------------------------------------------------------------- */

#define PICTURE_BYTES_MAX 1048576
#define PICTURE_POLICY "default-src 'none'; style-src 'unsafe-inline'; sandbox"

enum err_code handler_picture(struct request *r, const struct json *doc, struct str run,
	struct err *e)
{
	const struct picture_words *words = r->language == LANGUAGE_EN ? &picture_words_en
		: &picture_words_zh;
	SCOPED_BUF b = { 0 };
	uint64_t number;

	if (str_parse_u64(run, &number, NULL) != ERR_OK || number == 0 || number > UINT32_MAX)
		return err_set(e, ERR_NOT_FOUND, "the evaluation has no such run");
	buf_init(&b, PICTURE_BYTES_MAX);
	TRY(picture_draw(&r->arena, doc, (uint32_t)number - 1, words, &b, e));
	handler_bytes(r, str_copy(&r->arena, buf_str(&b)), "image/svg+xml",
		"private, max-age=3600");
	r->reply.policy = PICTURE_POLICY;
	return r->reply.body.at ? ERR_OK
		: err_set(e, ERR_TOO_LARGE, "picture needs too much memory");
}

enum err_code picture_file(struct request *r, struct err *e)
{
	struct json *doc;
	uint8_t id_key[16];
	struct digest d;

	TRY(handler_uuid(r, r->params[0], id_key, e));
	TRY(evidence_digest_parse(r->params[1], &d, e));
	if (!handler_reads(r, id_key))
		return no_right(r, e);
	TRY(service_evaluation_document(r->web->service, &r->arena, id_key, &d, &doc, e));
	return handler_picture(r, doc, r->params[2], e);
}

/* ---- rows ------------------------------------------------------------------------------------ */

enum err_code evidence_list_call(struct request *r, struct err *e)
{
	struct list_query q = { .after = fields_get(&r->query, "after"), .rows = LIMIT_PAGE_ROWS };
	struct json *v;

	TRY(service_evidence_list(r->web->service, &r->arena, &q, &v, e));
	r->reply.cache = "private, no-store";
	return reply_json(r, HTTP_OK, v, e);
}

static enum err_code answer_files(struct request *r, struct str id, bool fetch, struct err *e)
{
	uint8_t id_key[16];
	struct json *v;

	if (str_starts(id, "urn:uuid:"))
		id = str_skip(id, 9);
	TRY(handler_uuid(r, id, id_key, e));
	TRY(service_evidence_of(r->web->service, &r->arena, id_key, fetch, &v, e));
	if (fetch)
		peer_evidence_wanted(r->web->peers);
	r->reply.cache = "private, no-store";
	return reply_json(r, fetch ? HTTP_ACCEPTED : HTTP_OK, v, e);
}

enum err_code evidence_of_call(struct request *r, struct err *e)
{
	return answer_files(r, r->params[0], false, e);
}

enum err_code evidence_fetch_call(struct request *r, struct err *e)
{
	struct json *request;
	struct str report;

	TRY(handler_json_body(r, &request, e));
	TRY(json_need_str(request, "report", &report, e));
	return answer_files(r, report, true, e);
}

enum err_code recomputation_call(struct request *r, struct err *e)
{
	struct json *request, *v;
	char *location;

	TRY(handler_json_body(r, &request, e));
	TRY(service_recomputation(r->web->service, &r->arena, request, &v, e));
	location = arena_printf(&r->arena, "/statements/" STR_FMT,
		STR_ARG(str_skip(json_get_str(v, "id"), 9)));
	if (location)
		reply_header(&r->reply, "Location", location);
	r->reply.cache = "no-store";
	return reply_json(r, HTTP_CREATED, v, e);
}
