/* upload_handlers.c - the tus protocol, and files of a plain form. */
#include <string.h>

#include "base/encode.h"
#include "service/upload.h"
#include "web/form.h"
#include "web/form_stream.h"
#include "web/tus.h"
#include "web/web_inner.h"

#define IN_VAIN_BYTES 33554432 /* a refused form up to this size gets its page again */

/* ---- tus: what every request has ------------------------------------------------------------- */

static enum err_code check_version(struct request *r, struct err *e)
{
	if (str_is(request_header(r, "tus-resumable"), TUS_VERSION))
		return ERR_OK;
	reply_header(&r->reply, "Tus-Version", TUS_VERSION);
	r->reply.status = HTTP_PRECONDITION;
	return err_set(e, ERR_UNSUPPORTED, "this node speaks tus " TUS_VERSION);
}

static enum err_code set_number(struct request *r, const char *name, uint64_t number,
	struct err *e)
{
	char *text = arena_printf(&r->arena, "%llu", (unsigned long long)number);

	if (!text)
		return err_set(e, ERR_TOO_LARGE, "answer needs too much memory");
	reply_header(&r->reply, name, text);
	return ERR_OK;
}

/* What a request of the protocol is answered with, without a body. */
static enum err_code answer(struct request *r, int status, const struct upload_state *state,
	struct err *e)
{
	char *date = arena_alloc(&r->arena, HTTP_DATE_BYTES), *place = NULL;

	if (!date)
		return err_set(e, ERR_TOO_LARGE, "answer needs too much memory");
	TRY(set_number(r, "Upload-Offset", state->offset, e));
	http_date(state->expires, date);
	reply_header(&r->reply, "Upload-Expires", date);
	if (state->known)
		place = arena_printf(&r->arena, "/files/" STR_FMT, STR_ARG(base64url_new(&r->arena,
			state->digest.at, DIGEST_BYTES)));
	if (place) /* where the file is to be found now */
		reply_header(&r->reply, "Content-Location", place);
	r->reply.cache = "no-store";
	r->reply.status = status;
	return ERR_OK;
}

enum err_code upload_options(struct request *r, struct err *e)
{
	reply_header(&r->reply, "Tus-Version", TUS_VERSION);
	reply_header(&r->reply, "Tus-Extension", TUS_EXTENSIONS);
	reply_header(&r->reply, "Tus-Checksum-Algorithm", TUS_CHECKSUMS);
	TRY(set_number(r, "Tus-Max-Size", (uint64_t)LIMIT_UPLOAD_MB * 1000000, e));
	r->reply.status = HTTP_NO_CONTENT;
	return ERR_OK;
}

/* The last part of a path: some browsers send the whole. */
static struct str base_name(struct str name)
{
	for (size_t i = name.len; i > 0; i--)
		if (name.at[i - 1] == '/' || name.at[i - 1] == '\\')
			return str_skip(name, i);
	return name;
}

/* Browsers name no type, or one with parameters, or none that stands in a row. */
static struct str type_or_bytes(struct arena *a, struct str type)
{
	struct str rest = type, bare = str_trim(str_cut(&rest, ';'));
	char *lower = arena_copy(a, bare.at ? bare.at : "", bare.len);
	size_t slashes = 0;

	for (size_t i = 0; lower && i < bare.len; i++) {
		char c = lower[i] >= 'A' && lower[i] <= 'Z' ? (char)(lower[i] | 0x20) : lower[i];
		lower[i] = c;
		slashes += c == '/';
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
			(c && strchr("/.+-_", c))))
			slashes = 9;
	}
	if (!lower || slashes != 1 || bare.len < 3 || bare.len > 127)
		return STR("application/octet-stream");
	return (struct str){ lower, bare.len };
}

enum err_code upload_post(struct request *r, struct err *e)
{
	struct str length = request_header(r, "upload-length");
	struct upload_wish wish = { .metadata = request_header(r, "upload-metadata") };
	struct tus_metadata m;
	struct upload_state state;
	char *location;

	TRY(check_version(r, e));
	if (request_header(r, "upload-defer-length").len > 0)
		return err_set(e, ERR_INVALID, "a length must be told: \"upload-defer-length\" is "
			"not offered");
	TRY(tus_number_read(length, "upload-length", &wish.bytes, e));
	TRY(tus_metadata_read(&r->arena, wish.metadata, &m, e));
	wish.name = m.name.len > 0 ? base_name(m.name) : STR("file");
	wish.media_type = type_or_bytes(&r->arena, m.type);
	TRY(upload_begin(r->web->service, &r->arena, &r->who, &wish, &state, e));
	location = arena_printf(&r->arena, "/uploads/" STR_FMT, STR_ARG(state.id));
	if (!location)
		return err_set(e, ERR_TOO_LARGE, "answer needs too much memory");
	reply_header(&r->reply, "Location", location);
	return answer(r, HTTP_CREATED, &state, e);
}

enum err_code upload_head(struct request *r, struct err *e)
{
	struct upload_state state;
	char *metadata;

	TRY(check_version(r, e));
	TRY(upload_find(r->web->service, &r->arena, &r->who, r->params[0], &state, e));
	TRY(set_number(r, "Upload-Length", state.bytes, e));
	metadata = str_z(&r->arena, state.metadata);
	if (metadata && metadata[0])
		reply_header(&r->reply, "Upload-Metadata", metadata);
	return answer(r, HTTP_OK, &state, e);
}

enum err_code upload_delete(struct request *r, struct err *e)
{
	TRY(check_version(r, e));
	TRY(upload_cancel(r->web->service, &r->arena, &r->who, r->params[0], e));
	r->reply.cache = "no-store";
	r->reply.status = HTTP_NO_CONTENT;
	return ERR_OK;
}

enum err_code upload_cancel_post(struct request *r, struct json **ret, struct err *e)
{
	(void)ret; /* it leads on */
	TRY(upload_cancel(r->web->service, &r->arena, &r->who, r->params[0], e));
	return handler_redirect(r, STR("/files"), e);
}

/* ---- tus: a piece ---------------------------------------------------------------------------- */

static void close_hand(void *work)
{
	upload_let_go(work);
}

enum err_code upload_receive_begin(struct request *r, uint64_t bytes, struct err *e)
{
	struct upload_piece piece = { .id = r->params[0], .bytes = bytes };
	struct upload_hand *h;

	TRY(check_version(r, e));
	if (!media_type_is(request_header(r, "content-type"), TUS_PIECE_TYPE)) {
		r->reply.status = HTTP_UNSUPPORTED_TYPE;
		return err_set(e, ERR_UNSUPPORTED, "body is not " TUS_PIECE_TYPE);
	}
	TRY(tus_number_read(request_header(r, "upload-offset"), "upload-offset", &piece.offset,
		e));
	TRY(tus_checksum_read(request_header(r, "upload-checksum"), &piece.checksum, e));
	TRY(upload_take(r->web->service, &r->arena, &r->who, &piece, &h, e));
	r->work = h;
	r->work_close = close_hand;
	return ERR_OK;
}

enum err_code upload_receive(struct request *r, struct str bytes, struct err *e)
{
	return upload_write(r->work, bytes, e);
}

enum err_code upload_patch(struct request *r, struct err *e)
{
	struct upload_state state;
	enum err_code code = upload_end(r->work, &r->arena, &state, e);

	if (code == ERR_UNPROVEN)
		r->reply.status = HTTP_CHECKSUM;
	TRY(code);
	return answer(r, HTTP_NO_CONTENT, &state, e);
}

/* ---- a plain form ---------------------------------------------------------------------------- */

enum form_field { FIELD_OTHER, FIELD_CSRF, FIELD_FILE };

struct form_upload {
	struct request *request;
	struct form_stream *stream;
	uint64_t bytes;            /* of the whole form */
	bool trusted;              /* the token was shown */
	enum form_field field;     /* of the part that is being read */
	size_t csrf_len, hand_count;
	char csrf[128];
	struct upload_hand *hands[LIMIT_MULTIPART_PARTS];
	struct err refused;        /* told on the page, when the form is short */
};

static void close_form(void *work)
{
	struct form_upload *f = work;

	for (size_t i = 0; i < f->hand_count; i++)
		upload_let_go(f->hands[i]);
}

static enum err_code begin_file(struct form_upload *f, const struct part *part, struct err *e)
{
	struct request *r = f->request;
	struct upload_wish wish = { .bytes = f->bytes, .name = base_name(part->filename),
		.media_type = STR("application/octet-stream"), .metadata = STR("") };

	if (!f->trusted)
		return form_not_ours(e);
	if (wish.name.len == 0 || f->refused.code != ERR_OK) /* no file was chosen */
		return ERR_OK;
	if (upload_direct(r->web->service, &r->arena, &r->who, &wish, &f->hands[f->hand_count],
		&f->refused) == ERR_OK) {
		f->hand_count++;
		f->field = FIELD_FILE;
		return ERR_OK;
	}
	if (f->bytes <= IN_VAIN_BYTES)
		return ERR_OK;
	*e = f->refused;
	return e->code;
}

static enum err_code on_part(void *context, const struct part *part, struct err *e)
{
	struct form_upload *f = context;

	f->field = FIELD_OTHER;
	if (part->filename.at)
		return begin_file(f, part, e);
	if (str_is(part->name, "csrf"))
		f->field = FIELD_CSRF;
	return ERR_OK;
}

static enum err_code on_bytes(void *context, struct str bytes, struct err *e)
{
	struct form_upload *f = context;

	if (f->field == FIELD_FILE)
		return upload_write(f->hands[f->hand_count - 1], bytes, e);
	if (f->field == FIELD_OTHER)
		return ERR_OK;
	if (bytes.len > sizeof(f->csrf) - f->csrf_len)
		return err_set(e, ERR_DENIED, "field \"csrf\" is too long");
	memcpy(f->csrf + f->csrf_len, bytes.at, bytes.len);
	f->csrf_len += bytes.len;
	return ERR_OK;
}

static enum err_code on_part_end(void *context, struct err *e)
{
	struct form_upload *f = context;

	if (f->field != FIELD_CSRF)
		return ERR_OK;
	f->trusted = form_token_holds(&f->request->arena, f->request->form_secret,
		(struct str){ f->csrf, f->csrf_len });
	return f->trusted ? ERR_OK : form_not_ours(e);
}

enum err_code files_receive_begin(struct request *r, uint64_t bytes, struct err *e)
{
	struct str type = request_header(r, "content-type");
	struct form_upload *f = ARENA_NEW(&r->arena, struct form_upload);
	const struct form_events events = { on_part, on_bytes, on_part_end, f };

	if (!f)
		return err_set(e, ERR_TOO_LARGE, "form needs too much memory");
	if (!media_type_is(type, "multipart/form-data")) {
		r->reply.status = HTTP_UNSUPPORTED_TYPE;
		return err_set(e, ERR_UNSUPPORTED, "body is no multipart/form-data");
	}
	if (bytes == 0)
		return err_set(e, ERR_INVALID, "the form does not tell its length");
	f->request = r;
	f->bytes = bytes;
	TRY(form_stream_new(&r->arena, parameter_get(&r->arena, type, "boundary"), &events,
		&f->stream, e));
	r->work = f;
	r->work_close = close_form;
	return ERR_OK;
}

enum err_code files_receive(struct request *r, struct str bytes, struct err *e)
{
	return form_stream_put(((struct form_upload *)r->work)->stream, bytes, e);
}

/* Refused: the page again, with a word for it. */
static enum err_code again(struct request *r, const struct err *refused, struct json **ret,
	struct err *e)
{
	const char *word = refused->code == ERR_TOO_LARGE ? "quota" :
		refused->code == ERR_INVALID ? "file-name" : "file-busy";

	TRY(files_model(r, ret, e));
	r->reply.status = err_class(refused->code)->http_status;
	handler_form_refused(r, *ret, word, 0);
	return ERR_OK;
}

enum err_code files_post(struct request *r, struct json **ret, struct err *e)
{
	struct form_upload *f = r->work;
	struct err missing = { .code = ERR_OK };
	struct digest d;

	TRY(form_stream_end(f->stream, e));
	if (!f->trusted)
		return form_not_ours(e);
	if (f->refused.code != ERR_OK)
		return again(r, &f->refused, ret, e);
	if (f->hand_count == 0) {
		(void)err_set(&missing, ERR_INVALID, "no file was chosen");
		TRY(files_model(r, ret, e));
		handler_form_refused(r, *ret, "file-missing", 0);
		return ERR_OK;
	}
	for (size_t i = 0; i < f->hand_count; i++)
		TRY(upload_end_direct(f->hands[i], &r->arena, &d, e));
	return handler_redirect(r, STR("/files"), e);
}
