/* report_evaluation.c - the evaluations that a report's items bind, as its page shows them. */
#include "service/report_evaluation.h"

#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "base/encode.h"
#include "base/io.h"
#include "base/scoped.h"
#include "criteria/verdict.h"
#include "recognition/evaluation_binding.h"
#include "service/evidence.h"
#include "service/service_inner.h"
#include "store/blobs.h"

#define SHOWN_BYTES_MAX ((size_t)4 << 20)  /* all documents of one page; plots are reduced series */

enum err_code evaluation_document_read(struct service *s, struct arena *a, const struct digest *d,
	size_t max, struct json **ret, struct err *e)
{
	char path[BLOB_PATH_BYTES];
	struct str text;
	blob_path(s->config->dir, d, path);
	TRY(io_read_file(a, path, max, &text, e));
	struct digest found = digest_sha256(text);
	if (!digest_eq(&found, d))
		return err_set(e, ERR_CORRUPT, "evaluation document has another digest than its "
			"name");
	return json_parse(a, text, ret, e);
}

/* What the state of one criterion means for its run. */
static enum verdict verdict_of(struct str role, struct str state)
{
	if (str_is(state, "holds"))
		return VERDICT_PASS;
	if (!str_is(state, "violated"))
		return VERDICT_INCONCLUSIVE;
	if (str_is(role, "valid"))
		return VERDICT_INVALID_RUN;
	return str_is(role, "applies") ? VERDICT_NOT_APPLICABLE : VERDICT_FAIL;
}

static const struct json *judged(const struct json *doc, struct str id)
{
	const struct json *list = json_get(doc, "judged");
	for (size_t i = 0; i < json_count(list); i++) {
		if (str_eq(json_get_str(json_at(list, i), "id"), id))
			return json_at(list, i);
	}
	return NULL;
}

/* A decimal to as many digits as people read; the exact one stands beside it. */
static struct json *carry_short(struct arena *a, struct json *to, const struct json *from,
	const char *name, const char *as)
{
	struct str text = json_get_str(from, name);
	struct json *number;
	char digits[32];
	if (!text.at)
		return to;
	to = json_set_str(a, to, name, text);
	if (!decimal_is(text) || json_parse(a, text, &number, NULL) != ERR_OK)
		return json_set_str(a, to, as, text);
	(void)snprintf(digits, sizeof(digits), "%.6g", json_number_or(number, 0));
	return json_set_str(a, to, as, str_copy(a, str_of(digits)));
}

static struct json *criterion(struct arena *a, const struct json *doc, const struct json *c)
{
	struct json *v = json_new_object(a);
	struct str id = json_get_str(c, "id"), why = json_get_str(c, "why");
	const struct json *row = judged(doc, id), *title = json_get(row, "title");
	static const char *const texts[] = { "unit", "time", "predicate", "whyName" };
	enum verdict verdict = verdict_of(json_get_str(row, "role"), json_get_str(c, "state"));
	v = json_set_str(a, v, "id", id);
	v = json_set(a, v, "title", title ? json_copy(a, title) : json_new_str(a, id));
	v = json_set_text(a, v, "verdict", verdict_name(verdict));
	v = carry_short(a, v, c, "margin", "margin_shown");
	v = carry_short(a, v, c, "limit", "limit_shown");
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct str text = json_get_str(c, texts[i]);
		if (text.len > 0)
			v = json_set_str(a, v, texts[i], text);
	}
	return why.len > 0 ? json_set_str(a, v, "unknown_why", why) : v;
}

static struct json *run_model(struct arena *a, const struct json *doc, const struct json *run,
	struct str picture)
{
	const struct json *list = json_get(run, "criteria"), *files = json_get(run, "files");
	struct json *criteria = json_new_array(a), *names = json_new_array(a);
	struct json *v = json_new_object(a);
	for (size_t i = 0; i < json_count(list); i++)
		criteria = json_push(a, criteria, criterion(a, doc, json_at(list, i)));
	for (size_t i = 0; i < json_count(files); i++)
		names = json_push(a, names, json_new_str(a,
			json_get_str(json_at(files, i), "name")));
	v = json_set(a, v, "run", json_new_number(a, json_number_or(json_get(run, "run"), 0)));
	v = json_set_str(a, v, "verdict", json_get_str(run, "verdict"));
	v = json_set(a, v, "files", names);
	v = json_set(a, v, "criteria", criteria);
	return json_get(run, "plots") ? json_set_str(a, v, "picture", picture) : v;
}

static struct json *runs_model(struct arena *a, struct str pictures, const struct json *doc,
	struct str digest)
{
	const struct json *runs = json_get(doc, "runs");
	struct json *list = json_new_array(a);
	for (size_t i = 0; i < json_count(runs); i++) {
		struct str picture = str_printf(a, STR_FMT "/" STR_FMT "/%zu", STR_ARG(pictures),
			STR_ARG(digest), i + 1);
		list = json_push(a, list, run_model(a, doc, json_at(runs, i), picture));
	}
	return list;
}

struct json *evaluation_model(struct service *s, struct arena *a, struct str pictures,
	const struct json *item, size_t *left)
{
	const struct json *binding = json_get(item, "evaluation");
	struct str digest = json_get_str(binding, "document");
	struct json *v = json_new_object(a), *doc = NULL;
	struct digest d;
	uint64_t bytes = 0;
	static const char *const texts[] = { "item", "scenario", "verdict" };
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (json_get_str(item, texts[i]).at) /* one of a draft may lack some */
			v = json_set_str(a, v, texts[i], json_get_str(item, texts[i]));
	}
	v = json_set_str(a, v, "document", digest.at ? digest : STR(""));
	if (json_get_str(binding, "program").at)
		v = json_set_str(a, v, "program", json_get_str(binding, "program"));
	bool held = base64url_decode_fixed(digest, d.at, DIGEST_BYTES, NULL) == ERR_OK &&
		blob_find(s->config->dir, &d, &bytes) && bytes <= *left &&
		evaluation_document_read(s, a, &d, *left, &doc, NULL) == ERR_OK;
	v = json_set(a, v, "held", json_new_bool(a, held));
	if (!held)
		return v;
	*left -= bytes;
	return json_set(a, v, "runs", runs_model(a, pictures, doc, digest));
}

struct json *report_evaluations(struct service *s, struct arena *a, const struct model_statement *m)
{
	const struct json *list = json_get(m->statement.subject, "assessment");
	struct json *ret = json_new_array(a);
	struct str pictures = str_printf(a, "/statements/" STR_FMT "/pictures",
		STR_ARG(str_skip(m->found.receipt.id, 9)));
	size_t left = SHOWN_BYTES_MAX;
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *item = json_get(json_at(list, i), "itemResult");
		if (json_get(item, "evaluation"))
			ret = json_push(a, ret, evaluation_model(s, a, pictures, item, &left));
	}
	return ret;
}

enum err_code service_evaluation_document(struct service *s, struct arena *a,
	const uint8_t id_key[16], const struct digest *d, struct json **ret, struct err *e)
{
	struct model_statement m;
	struct str digest = base64url_new(a, d->at, DIGEST_BYTES);
	TRY(model_load(s, a, id_key, &m, e));
	const struct json *list = json_get(m.has_body ? m.statement.subject : NULL, "assessment");
	for (size_t i = 0; i < json_count(list); i++) {
		struct str bound = json_str(json_path(json_at(list, i),
			"itemResult/evaluation/document"));
		if (bound.at && str_eq(bound, digest))
			return evaluation_document_read(s, a, d, SHOWN_BYTES_MAX, ret, e);
	}
	return err_set(e, ERR_NOT_FOUND, "the report binds no such evaluation");
}
