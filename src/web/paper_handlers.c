/* paper_handlers.c - a statement as a printed paper, for who may read its body. */
#include "base/encode.h"
#include "base/scoped.h"
#include "crypto/digest.h"
#include "criteria/picture.h"
#include "paper/paper_worker.h"
#include "service/evidence.h"
#include "service/report_evaluation.h"
#include "web/sheet.h"
#include "web/web_inner.h"

/* A paper with more runs shows the others as tables. */
#define PICTURES_MAX 12
#define PICTURE_BYTES_MAX 1048576

struct pictures { size_t count; struct sheet_picture at[PICTURES_MAX]; };

static enum err_code draw_runs(struct request *r, const uint8_t id_key[16],
	const struct json *evaluation, struct pictures *ret, struct err *e)
{
	const struct picture_words *words = r->language == LANGUAGE_EN ? &picture_words_en
		: &picture_words_zh;
	const struct json *runs = json_get(evaluation, "runs");
	struct str document = json_get_str(evaluation, "document");
	struct json *doc = NULL;
	struct digest d;

	for (size_t i = 0; i < json_count(runs) && ret->count < PICTURES_MAX; i++) {
		SCOPED_BUF b = { 0 };
		if (!json_get(json_at(runs, i), "picture"))
			continue;
		if (!doc) {
			TRY(evidence_digest_parse(document, &d, e));
			TRY(service_evaluation_document(r->web->service, &r->arena, id_key, &d,
				&doc, e));
		}
		buf_init(&b, PICTURE_BYTES_MAX);
		TRY(picture_draw(&r->arena, doc, (uint32_t)i, words, &b, e));
		struct str svg = str_copy(&r->arena, buf_str(&b));
		if (!svg.at)
			return err_set(e, ERR_TOO_LARGE, "paper needs too much memory");
		ret->at[ret->count++] = (struct sheet_picture){ document, (uint32_t)i, svg };
	}
	return ERR_OK;
}

static enum err_code make_sheet(struct request *r, const uint8_t id_key[16],
	const struct json *model, struct json **ret, struct err *e)
{
	const struct json *evaluations = json_get(model, "evaluations");
	struct sheet_source source = { .model = model,
		.elements = page_elements(r, model),
		.address = service_config(r->web->service)->url,
		.evaluation = fields_get(&r->query, "evaluation") };
	struct pictures pictures = { 0 };

	for (size_t i = 0; i < json_count(evaluations); i++) {
		const struct json *one = json_at(evaluations, i);
		if (source.evaluation.len == 0 ||
			str_eq(source.evaluation, json_get_str(one, "document")))
			TRY(draw_runs(r, id_key, one, &pictures, e));
	}
	source.picture_count = pictures.count;
	source.pictures = pictures.at;
	return sheet_new(&r->arena, &source, pages_catalogue(r->web->pages), r->language, ret, e);
}

/* The sheet decides every byte of the paper, but for the program that prints it. */
static char *etag_of(struct request *r, const struct json *sheet, struct err *e)
{
	char hex[2 * DIGEST_BYTES + 1];
	struct digest d;
	struct str text;

	if (json_jcs(&r->arena, sheet, &text, e) != ERR_OK)
		return NULL;
	d = digest_sha256(text);
	hex_encode(d.at, DIGEST_BYTES, hex);
	return arena_printf(&r->arena, "\"paper-1-%.32s\"", hex);
}

enum err_code paper_file(struct request *r, struct err *e)
{
	struct json *model, *sheet;
	struct paper_options options;
	struct str pdf = STR("");
	uint8_t id_key[16];
	char *etag, *offer;

	TRY(handler_uuid(r, r->params[0], id_key, e));
	TRY(service_statement(r->web->service, &r->arena, id_key, handler_reads(r, id_key),
		&model, e));
	if (!json_true(json_get(model, "entitled"))) {
		(void)err_set(e, ERR_DENIED, "this statement is disclosed to its parties only");
		return err_hint(e, "Ask its issuer or holder for the paper or the bundle file.");
	}
	if (!json_true(json_get(model, "has_body")))
		return err_set(e, ERR_NOT_FOUND, "only the receipt of this statement is here");
	TRY(make_sheet(r, id_key, model, &sheet, e));
	etag = etag_of(r, sheet, e);
	if (!etag)
		return err_set(e, ERR_TOO_LARGE, "paper needs too much memory");
	paper_defaults(&options);
	if (!etag_matches(request_header(r, "if-none-match"), str_of(etag)))
		TRY(paper_print(&options, &r->arena, sheet, &pdf, e));
	handler_bytes(r, pdf, "application/pdf", CACHE_OWN);
	r->reply.etag = etag;
	reply_header(&r->reply, "Vary", "Authorization, Cookie");
	offer = arena_printf(&r->arena, "inline; filename=\"huren-%.8s.pdf\"", r->params[0].at);
	if (offer)
		reply_header(&r->reply, "Content-Disposition", offer);
	return ERR_OK;
}
