/* draft_evaluation.c - evaluation documents into drafts, and drafts against them. */
#include "service/draft_evaluation.h"

#include <string.h>

#include "base/encode.h"
#include "base/instant.h"
#include "base/scoped.h"
#include "recognition/evaluation_binding.h"
#include "recognition/report_draft.h"
#include "service/draft_inner.h"
#include "service/evidence.h"
#include "service/report_evaluation.h"
#include "store/blobs.h"

#define SHOWN_BYTES_MAX ((size_t)4 << 20)  /* all documents of one page */

/* ---- keeping --------------------------------------------------------------------------------- */

struct using {
	int64_t organisation;
	struct digest digest;
};

static enum err_code write_using(void *context, struct store *store, struct err *e)
{
	const struct using *u = context;
	SCOPED_SQL q = sql_use(store, SQL_DRAFT_EVIDENCE_PUT);

	sql_bind_i64(q, 1, u->organisation);
	sql_bind_blob(q, 2, u->digest.at, DIGEST_BYTES);
	return sql_run(q, e);
}

enum err_code draft_keep_evidence(struct service *s, int64_t organisation, struct str bytes,
	struct str name, const char *media_type, struct digest *ret, struct err *e)
{
	struct using u = { .organisation = organisation, .digest = digest_sha256(bytes) };
	struct evidence_about about = { .name = name, .media_type = str_of(media_type),
		.bytes = bytes.len };
	struct blob_writer *w;
	enum err_code code;
	uint64_t have;

	if (!blob_find(s->config->dir, &u.digest, &have)) {
		TRY(blob_begin(s->config->dir, NULL, bytes.len, &w, &have, e));
		code = blob_write(w, bytes, e);
		if (code != ERR_OK) {
			blob_abandon(w);
			return code;
		}
		TRY(blob_finish(w, ret, &have, e));
	}
	TRY(service_evidence_keep(s, &u.digest, &about, e));
	TRY(ledger_write(s->ledger, write_using, &u, e));
	*ret = u.digest;
	return ERR_OK;
}

/* ---- into a draft ---------------------------------------------------------------------------- */

static enum err_code read_document(struct service *s, struct arena *a, struct str text,
	const struct scheme **ret_scheme, struct json **ret, struct err *e)
{
	struct json *doc;

	TRY(json_parse(a, text, &doc, e));
	TRY(rules_check(s->rules, "evaluation", doc, text, e));
	*ret_scheme = rules_scheme(s->rules, json_str(json_path(doc, "scheme/id")),
		json_str(json_path(doc, "scheme/edition")));
	if (!*ret_scheme)
		return draft_refuse(e, ERR_INVALID, "other-scheme",
			"evaluation is of a scheme that is not here");
	*ret = doc;
	return ERR_OK;
}

static struct str name_of(struct arena *a, const struct json *doc)
{
	return str_printf(a, "evaluation-" STR_FMT ".json",
		STR_ARG(json_get_str(doc, "scenario")));
}

/* As a new draft, or on the revision of the one there is. */
static enum err_code put_body(struct service *s, struct arena *a, const struct account_who *by,
	struct draft_at *io, const struct json *body, struct str item, struct err *e)
{
	struct draft_new x = { .by = by, .action = "draft", .now = instant_now(), .detail = item };

	if (io->id > 0)
		return draft_write(s, a, by, *io, body, "draft-change", item, e);
	TRY(draft_add(s, a, body, &x, e));
	io->id = x.id;
	return ERR_OK;
}

/* Files that are not named yet. */
static void add_beside(struct arena *a, struct json *body, const struct json *beside)
{
	const struct json *old = json_get(body, "evidence");
	struct json *list = json_new_array(a);

	for (size_t i = 0; i < json_count(old); i++)
		list = json_push(a, list, json_copy(a, json_at(old, i)));
	for (size_t k = 0; k < json_count(beside); k++) {
		struct str digest = json_get_str(json_at(beside, k), "digest");
		bool known = false;
		for (size_t i = 0; i < json_count(list) && !known; i++)
			known = str_eq(json_get_str(json_at(list, i), "digest"), digest);
		if (!known)
			list = json_push(a, list, json_copy(a, json_at(beside, k)));
	}
	(void)json_set(a, body, "evidence", list); /* a full arena is seen when it is written */
}

/* Kept and named, so that everything can be judged again. */
static enum err_code add_limits(struct service *s, struct arena *a, const struct account_who *by,
	struct str bytes, struct json *body, struct err *e)
{
	struct json *v = json_set_text(a, json_new_object(a), "name", "limits.json");
	struct digest d;

	TRY(draft_keep_evidence(s, by->organisation, bytes, STR("limits.json"),
		ENTERED_LIMITS_MEDIA_TYPE, &d, e));
	v = json_set_text(a, v, "mediaType", ENTERED_LIMITS_MEDIA_TYPE);
	v = json_set_str(a, v, "digest", base64url_new(a, d.at, DIGEST_BYTES));
	v = json_set_number(a, v, "bytes", (double)bytes.len);
	add_beside(a, body, json_push(a, json_new_array(a), v));
	return ERR_OK;
}

/* The limits must be those that the evaluation names. */
static enum err_code check_limits(struct service *s, struct arena *a,
	const struct draft_evaluated *given, const struct json *doc, struct err *e)
{
	struct str jcs, wanted = json_str(json_path(doc, "limits/digest"));
	struct json *v;
	struct digest d;

	if (given->limits.len == 0)
		return ERR_OK;
	TRY(json_parse(a, given->limits, &v, e));
	TRY(rules_check(s->rules, "limits", v, given->limits, e));
	TRY(json_jcs(a, v, &jcs, e));
	d = digest_sha256(jcs);
	return wanted.at && str_eq(wanted, base64url_new(a, d.at, DIGEST_BYTES)) ? ERR_OK
		: draft_refuse(e, ERR_INVALID, "other-limits",
			"evaluation was made with other limits than these");
}

enum err_code service_draft_add_evaluation(struct service *s, struct arena *a,
	const struct account_who *by, struct draft_at *io, const struct draft_evaluated *given,
	struct json **ret_problems, struct err *e)
{
	struct json *problems = json_new_object(a), *doc = NULL, *body;
	const struct scheme *scheme = NULL;
	struct err problem = { 0 };
	struct str bytes;
	struct digest d;
	struct draft old;
	enum err_code code;

	*ret_problems = problems;
	if (io->id > 0) {
		TRY(draft_find(s, a, by, io->id, &old, e));
		body = json_copy(a, old.body);
	} else {
		TRY(draft_base(s, a, by, &body, e));
	}
	code = read_document(s, a, given->document, &scheme, &doc, &problem);
	if (code == ERR_OK)
		code = report_draft_add_evaluation(a, body, scheme, doc, given->tested_on,
			&problem);
	if (code == ERR_OK)
		code = check_limits(s, a, given, doc, &problem);
	if (code == ERR_OK) /* its canonical form is what a report binds */
		code = json_jcs(a, doc, &bytes, &problem);
	if (code != ERR_OK) {
		draft_refused(a, problems, &problem);
		return form_check(problems, e);
	}
	add_beside(a, body, given->beside);
	if (given->limits.len > 0)
		TRY(add_limits(s, a, by, given->limits, body, e));
	TRY(draft_keep_evidence(s, by->organisation, bytes, name_of(a, doc),
		EVALUATION_MEDIA_TYPE, &d, e));
	return put_body(s, a, by, io, body, json_get_str(doc, "item"), e);
}

/* ---- what is bound --------------------------------------------------------------------------- */

static bool bound_digest(const struct json *item, struct digest *ret)
{
	struct str text = json_str(json_path(item, "evaluation/document"));

	return text.at && base64url_decode_fixed(text, ret->at, DIGEST_BYTES, NULL) == ERR_OK;
}

enum err_code service_draft_document(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, const struct digest *d, struct json **ret,
	struct err *e)
{
	const struct json *items;
	struct draft draft;
	struct digest bound;

	TRY(draft_find(s, a, by, id, &draft, e));
	items = json_get(draft.body, "items");
	for (size_t i = 0; i < json_count(items); i++)
		if (bound_digest(json_at(items, i), &bound) && digest_eq(&bound, d))
			return evaluation_document_read(s, a, d, SHOWN_BYTES_MAX, ret, e);
	return err_set(e, ERR_NOT_FOUND, "the draft binds no such evaluation");
}

struct json *draft_evaluations(struct service *s, struct arena *a, int64_t id,
	const struct json *body)
{
	const struct json *items = json_get(body, "items");
	struct str pictures = str_printf(a, "/drafts/%lld/pictures", (long long)id);
	struct json *list = json_new_array(a);
	size_t left = SHOWN_BYTES_MAX;

	for (size_t i = 0; i < json_count(items); i++)
		if (json_get(json_at(items, i), "evaluation"))
			list = json_push(a, list, evaluation_model(s, a, pictures,
				json_at(items, i), &left));
	return list;
}

/* ---- differences ----------------------------------------------------------------------------- */

static bool has_line(struct str lines, struct str line)
{
	while (lines.at)
		if (str_eq(str_cut(&lines, '\n'), line))
			return true;
	return false;
}

/* Lines of one text that the other lacks. */
static struct json *lines_without(struct arena *a, struct str lines, struct str other)
{
	struct json *list = json_new_array(a);

	while (lines.at) {
		struct str line = str_cut(&lines, '\n');
		if (line.len > 0 && !has_line(other, line))
			list = json_push(a, list, json_new_str(a, line));
	}
	return list;
}

static struct json *compare_field(struct arena *a, const char *name, const struct json *item,
	const struct json *evidence, struct json *list)
{
	const struct draft_field *f = draft_field_find(str_of(name));
	struct str ours = draft_text(a, f, item), theirs = draft_text(a, f, evidence);
	struct json *v = json_new_object(a);

	if (str_eq(ours, theirs))
		return list;
	v = json_set_text(a, v, "field", name);
	v = json_set(a, v, "taken", lines_without(a, theirs, ours));
	return json_push(a, list, json_set(a, v, "added", lines_without(a, ours, theirs)));
}

/* What the evaluation alone would have filled in. When its files tell no day, as the item says. */
static bool filled_by(struct service *s, struct arena *a, const struct json *body,
	const struct json *item, const struct json **ret, const struct json **ret_scheme)
{
	struct json *doc, *alone = json_new_object(a);
	const struct json *scheme = json_get(body, "scheme");
	const struct scheme *of;
	struct str day = json_get_str(item, "testedOn");
	struct digest d;

	if (!bound_digest(item, &d) ||
		evaluation_document_read(s, a, &d, SHOWN_BYTES_MAX, &doc, NULL) != ERR_OK)
		return false;
	of = rules_scheme(s->rules, json_str(json_path(doc, "scheme/id")),
		json_str(json_path(doc, "scheme/edition")));
	if (scheme)
		alone = json_set(a, alone, "scheme", json_copy(a, scheme));
	if (!of || !alone || (report_draft_add_evaluation(a, alone, of, doc, STR(""), NULL) !=
		ERR_OK && report_draft_add_evaluation(a, alone, of, doc, day.at ? day : STR(""),
		NULL) != ERR_OK))
		return false;
	*ret = json_path(alone, "items/0");
	*ret_scheme = json_get(doc, "scheme");
	return true;
}

/* {"scheme"} of what an item is a result under. */
static struct json *under(struct arena *a, const struct json *scheme)
{
	return scheme ? json_set(a, json_new_object(a), "scheme", json_copy(a, scheme))
		: json_new_object(a);
}

static struct json *compare(struct service *s, struct arena *a, const struct json *body,
	const struct json *item, bool *ret_held)
{
	static const char *const compared[] = { "d-verdict", "d-runs", "d-measured", "d-item",
		"d-item-title", "d-clause", "d-scenario", "d-tested" };
	const struct json *evidence = NULL, *scheme = NULL, *own = json_get(item, "scheme");
	struct json *list = json_new_array(a);

	*ret_held = filled_by(s, a, body, item, &evidence, &scheme);
	if (!*ret_held)
		return list;
	for (size_t i = 0; i < sizeof(compared) / sizeof(compared[0]); i++)
		list = compare_field(a, compared[i], item, evidence, list);
	return compare_field(a, "d-scheme", under(a, own ? own : json_get(body, "scheme")),
		under(a, scheme), list);
}

struct json *draft_differences(struct service *s, struct arena *a, const struct json *body)
{
	const struct json *items = json_get(body, "items");
	struct json *list = json_new_array(a);

	for (size_t i = 0; i < json_count(items); i++) {
		const struct json *item = json_at(items, i);
		struct json *v = json_new_object(a), *differences;
		bool bound = json_get(item, "evaluation") != NULL, held = false;
		differences = bound ? compare(s, a, body, item, &held) : json_new_array(a);
		v = json_set_str(a, v, "place", str_printf(a, "%zu", i + 1));
		v = json_set_str(a, v, "item", json_get_str(item, "item").at ?
			json_get_str(item, "item") : STR(""));
		v = json_set(a, v, "bound", json_new_bool(a, bound));
		v = json_set(a, v, "held", json_new_bool(a, held));
		v = json_set(a, v, "differs", json_new_bool(a, json_count(differences) > 0));
		list = json_push(a, list, json_set(a, v, "differences", differences));
	}
	return list;
}
