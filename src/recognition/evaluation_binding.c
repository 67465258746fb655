/* evaluation_binding.c - evaluation documents into item results. */
#include "recognition/evaluation_binding.h"

#include <math.h>

#include "base/decimal.h"
#include "base/encode.h"

#define RUNS_MAX 100           /* as a report takes */
#define MEASUREMENTS_MAX 200
#define FILES_MAX 1000
#define NOTE_BYTES_MAX 2000

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "evaluation needs too much memory");
}

static enum err_code check_document(const struct json *doc, struct err *e)
{
	if (!str_is(json_get_str(doc, "kind"), "evaluation") ||
		json_number_or(json_get(doc, "version"), 0) != 1)
		return err_set(e, ERR_INVALID, "document is no evaluation of version 1");
	if (json_count(json_get(doc, "runs")) == 0 || json_count(json_get(doc, "runs")) > RUNS_MAX)
		return err_set(e, ERR_INVALID, "evaluation must have 1 to %d runs", RUNS_MAX);
	return ERR_OK;
}

/* ---- reading the binding --------------------------------------------------------------------- */

static enum err_code need_digest(const struct json *v, const char *name, struct digest *ret,
	struct err *e)
{
	struct str text;
	TRY(json_need_str(v, name, &text, e));
	if (base64url_decode_fixed(text, ret->at, DIGEST_BYTES, e) != ERR_OK)
		return err_in(e, "member \"%s\"", name);
	return ERR_OK;
}

static bool is_named(const struct json *evidence, struct str digest)
{
	for (size_t i = 0; i < json_count(evidence); i++) {
		if (str_eq(json_get_str(json_at(evidence, i), "digest"), digest))
			return true;
	}
	return false;
}

static enum err_code check_run(const struct json *run, const struct json *evidence, struct err *e)
{
	const struct json *files;
	uint64_t number;
	struct digest d;
	TRY(json_need_u64(run, "run", &number, e));
	TRY(json_need(run, "files", JSON_ARRAY, &files, e));
	if (json_count(files) == 0 || json_count(files) > FILES_MAX)
		return err_set(e, ERR_INVALID, "member \"files\" must have 1 to %d entries",
			FILES_MAX);
	for (size_t i = 0; i < json_count(files); i++) {
		struct str text = json_str(json_at(files, i));
		if (base64url_decode_fixed(text, d.at, DIGEST_BYTES, NULL) != ERR_OK)
			return err_set(e, ERR_INVALID, "file %zu is no digest", i + 1);
		if (!is_named(evidence, text))
			return err_set(e, ERR_INVALID, "file %zu is not among the evidence",
				i + 1);
	}
	return ERR_OK;
}

enum err_code evaluation_binding_parse(const struct json *v, const struct json *evidence,
	struct evaluation_binding *ret, struct err *e)
{
	struct evaluation_binding b = { .has_limits = json_get(v, "limits") != NULL };
	TRY(need_digest(v, "document", &b.document, e));
	TRY(need_digest(v, "scheme", &b.scheme, e));
	TRY(need_digest(v, "criteria", &b.criteria, e));
	TRY(need_digest(v, "mapping", &b.mapping, e));
	if (b.has_limits)
		TRY(need_digest(v, "limits", &b.limits, e));
	TRY(json_need_str(v, "program", &b.program, e));
	if (!is_named(evidence, json_get_str(v, "document")))
		return err_set(e, ERR_INVALID, "its document is not among the evidence");
	TRY(json_need(v, "runs", JSON_ARRAY, &b.runs, e));
	if (json_count(b.runs) == 0 || json_count(b.runs) > RUNS_MAX)
		return err_set(e, ERR_INVALID, "member \"runs\" must have 1 to %d entries",
			RUNS_MAX);
	for (size_t i = 0; i < json_count(b.runs); i++) {
		if (check_run(json_at(b.runs, i), evidence, e) != ERR_OK)
			return err_in(e, "run %zu", i + 1);
	}
	*ret = b;
	return ERR_OK;
}

/* ---- making the binding ---------------------------------------------------------------------- */

static enum err_code document_digest(struct arena *a, const struct json *doc, struct str *ret,
	uint64_t *ret_bytes, struct err *e)
{
	struct str jcs;
	TRY(json_jcs(a, doc, &jcs, e));
	struct digest d = digest_sha256(jcs);
	*ret = base64url_new(a, d.at, DIGEST_BYTES);
	*ret_bytes = jcs.len;
	return ret->at ? ERR_OK : full(e);
}

static struct json *bound_runs(struct arena *a, const struct json *doc)
{
	const struct json *runs = json_get(doc, "runs");
	struct json *list = json_new_array(a);
	for (size_t i = 0; i < json_count(runs); i++) {
		const struct json *run = json_at(runs, i), *files = json_get(run, "files");
		struct json *digests = json_new_array(a), *v = json_new_object(a);
		for (size_t k = 0; k < json_count(files); k++)
			digests = json_push(a, digests, json_new_str(a,
				json_get_str(json_at(files, k), "digest")));
		v = json_set(a, v, "files", digests);
		list = json_push(a, list, json_set_number(a, v, "run",
			json_number_or(json_get(run, "run"), (double)i + 1)));
	}
	return list;
}

enum err_code evaluation_binding_json(struct arena *a, const struct json *document,
	struct json **ret, struct err *e)
{
	struct json *v = json_new_object(a);
	struct str digest;
	uint64_t bytes;
	TRY(check_document(document, e));
	TRY(document_digest(a, document, &digest, &bytes, e));
	v = json_set_str(a, v, "document", digest);
	v = json_set_str(a, v, "scheme", json_str(json_path(document, "scheme/digest")));
	v = json_set_str(a, v, "criteria", json_str(json_path(document, "criteria/digest")));
	v = json_set_str(a, v, "mapping", json_str(json_path(document, "mapping/digest")));
	if (json_get(document, "limits"))
		v = json_set_str(a, v, "limits", json_str(json_path(document, "limits/digest")));
	v = json_set_str(a, v, "program", json_get_str(document, "program"));
	v = json_set(a, v, "runs", bound_runs(a, document));
	if (!v)
		return err_set(e, ERR_INVALID, "evaluation lacks a digest or the program");
	*ret = v;
	return ERR_OK;
}

/* By the format that the reader told; only for who looks at the list. */
static const char *media_type_of(struct str format)
{
	static const char *const types[][2] = {
		{ "mdf", "application/vnd.asam.mdf4" }, { "csv", "text/csv" },
		{ "vbo", "text/plain" }, { "osi", "application/vnd.asam.osi" },
		{ "mcap", "application/vnd.mcap" },
	};
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (str_is(format, types[i][0]))
			return types[i][1];
	}
	return "application/octet-stream";
}

static struct json *entry(struct arena *a, struct str name, struct str digest, double bytes,
	const char *type)
{
	struct json *v = json_set_number(a, json_new_object(a), "bytes", bytes);
	v = json_set_str(a, v, "digest", digest);
	v = json_set_text(a, v, "mediaType", type);
	return json_set_str(a, v, "name", name);
}

enum err_code evaluation_add_evidence(struct arena *a, struct json *list,
	const struct json *document, struct err *e)
{
	const struct json *runs = json_get(document, "runs");
	struct str digest, name;
	uint64_t bytes;
	TRY(check_document(document, e));
	TRY(document_digest(a, document, &digest, &bytes, e));
	for (size_t i = 0; i < json_count(runs); i++) {
		const struct json *files = json_get(json_at(runs, i), "files");
		for (size_t k = 0; k < json_count(files); k++) {
			const struct json *f = json_at(files, k);
			if (is_named(list, json_get_str(f, "digest")))
				continue;
			list = json_push(a, list, entry(a, json_get_str(f, "name"),
				json_get_str(f, "digest"), json_number_or(json_get(f, "bytes"), 0),
				media_type_of(json_get_str(f, "format"))));
		}
	}
	name = str_printf(a, "evaluation-" STR_FMT ".json",
		STR_ARG(json_get_str(document, "scenario")));
	if (!is_named(list, digest))
		list = json_push(a, list, entry(a, name, digest, (double)bytes,
			EVALUATION_MEDIA_TYPE));
	return list ? ERR_OK : full(e);
}

/* ---- an item from a document ----------------------------------------------------------------- */

/* Title of a criterion or measure, else its id. */
static struct str name_of(const struct json *doc, const char *list_name, struct str id)
{
	const struct json *list = json_get(doc, list_name);
	for (size_t i = 0; i < json_count(list); i++) {
		struct str title = json_str(json_path(json_at(list, i), "title/zh-CN"));
		if (str_eq(json_get_str(json_at(list, i), "id"), id) && title.len > 0)
			return title;
	}
	return id;
}

static bool is_pass_criterion(const struct json *doc, struct str id)
{
	const struct json *list = json_get(doc, "judged");
	for (size_t i = 0; i < json_count(list); i++) {
		if (str_eq(json_get_str(json_at(list, i), "id"), id))
			return str_is(json_get_str(json_at(list, i), "role"), "pass");
	}
	return false;
}

/* A decimal is a JSON number, too. */
static double as_double(struct arena *a, struct str s)
{
	struct json *v;
	return decimal_is(s) && json_parse(a, s, &v, NULL) == ERR_OK ? json_number_or(v, NAN) : NAN;
}

/* What was compared with the limit: of the values there, the one that lies the margin away from it.
 * at == NULL when it is a quantity that the document does not tell by itself. */
static struct str value_of(struct arena *a, const struct json *criterion)
{
	double limit = as_double(a, json_get_str(criterion, "limit"));
	double margin = as_double(a, json_get_str(criterion, "margin"));
	const struct json *values = json_get(criterion, "values");
	for (size_t i = 0; i < json_count(values); i++) {
		struct str text = json_get_str(json_at(values, i), "value");
		double v = as_double(a, text);
		if (v - limit == margin || limit - v == margin)
			return text;
	}
	return (struct str){ NULL, 0 };
}

static struct json *criterion_row(struct arena *a, const struct json *doc,
	const struct json *criterion, double run)
{
	struct str id = json_get_str(criterion, "id"), value = value_of(a, criterion);
	struct str margin = json_get_str(criterion, "margin");
	struct str limit = json_get_str(criterion, "limit");
	struct json *v = json_new_object(a);
	v = json_set_str(a, v, "name", name_of(doc, "judged", id));
	/* Without a single value the distance itself is what was measured. */
	v = json_set_str(a, v, "value", value.at ? value : margin);
	v = json_set_str(a, v, "unit", json_get_str(criterion, "unit"));
	if (value.at && decimal_is(limit))
		v = json_set_str(a, v, "limit", limit);
	v = json_set_str(a, v, "margin", margin);
	return json_set_number(a, v, "run", run);
}

static bool has_margin(const struct json *doc, const struct json *criterion)
{
	return decimal_is(json_get_str(criterion, "margin")) &&
		json_get_str(criterion, "unit").len > 0 &&
		is_pass_criterion(doc, json_get_str(criterion, "id"));
}

/* True when another run has a smaller margin for the criterion, or the same earlier. */
static bool is_outdone(struct arena *a, const struct json *doc, size_t run, struct str id,
	double margin)
{
	const struct json *runs = json_get(doc, "runs");
	for (size_t i = 0; i < json_count(runs); i++) {
		const struct json *list = json_get(json_at(runs, i), "criteria");
		for (size_t k = 0; i != run && k < json_count(list); k++) {
			double other = as_double(a, json_get_str(json_at(list, k), "margin"));
			if (str_eq(json_get_str(json_at(list, k), "id"), id) &&
				(other < margin || (other == margin && i < run)))
				return true;
		}
	}
	return false;
}

static struct json *add_run(struct arena *a, const struct json *doc, size_t index, bool all,
	struct json *rows)
{
	const struct json *run = json_at(json_get(doc, "runs"), index);
	const struct json *criteria = json_get(run, "criteria");
	const struct json *measures = json_get(run, "measures");
	double number = json_number_or(json_get(run, "run"), (double)index + 1);
	for (size_t i = 0; i < json_count(criteria); i++) {
		const struct json *c = json_at(criteria, i);
		double margin = as_double(a, json_get_str(c, "margin"));
		if (has_margin(doc, c) &&
			(all || !is_outdone(a, doc, index, json_get_str(c, "id"), margin)))
			rows = json_push(a, rows, criterion_row(a, doc, c, number));
	}
	for (size_t i = 0; all && i < json_count(measures); i++) {
		const struct json *m = json_at(measures, i);
		struct json *v = json_new_object(a);
		if (!decimal_is(json_get_str(m, "value")))
			continue;
		v = json_set_str(a, v, "name", name_of(doc, "measured", json_get_str(m, "id")));
		v = json_set_str(a, v, "value", json_get_str(m, "value"));
		v = json_set_str(a, v, "unit", json_get_str(m, "unit"));
		rows = json_push(a, rows, json_set_number(a, v, "run", number));
	}
	return rows;
}

static struct json *measurements_of(struct arena *a, const struct json *doc)
{
	size_t count = json_count(json_get(doc, "runs"));
	struct json *rows = json_new_array(a);
	for (size_t i = 0; i < count; i++)
		rows = add_run(a, doc, i, true, rows);
	if (json_count(rows) <= MEASUREMENTS_MAX)
		return rows;
	rows = json_new_array(a);
	for (size_t i = 0; i < count; i++)
		rows = add_run(a, doc, i, false, rows);
	return rows;
}

static struct json *runs_of(struct arena *a, const struct json *doc)
{
	const struct json *runs = json_get(doc, "runs");
	struct json *list = json_new_array(a);
	for (size_t i = 0; i < json_count(runs); i++) {
		const struct json *run = json_at(runs, i), *reasons = json_get(run, "reasons");
		struct str note = STR("");
		struct json *v = json_new_object(a);
		for (size_t k = 0; k < json_count(reasons); k++)
			note = str_printf(a, STR_FMT "%s" STR_FMT, STR_ARG(note), k ? ", " : "",
				STR_ARG(json_str(json_at(reasons, k))));
		v = json_set_number(a, v, "run",
			json_number_or(json_get(run, "run"), (double)i + 1));
		v = json_set_str(a, v, "verdict", json_get_str(run, "verdict"));
		if (note.len > 0 && note.len <= NOTE_BYTES_MAX)
			v = json_set_str(a, v, "note", note);
		list = json_push(a, list, v);
	}
	return list;
}

enum err_code evaluation_fill_item(struct arena *a, const struct json *item,
	const struct json *document, struct json **ret, struct err *e)
{
	struct json *binding = NULL, *v = json_copy(a, item);
	TRY(evaluation_binding_json(a, document, &binding, e));
	struct json *rows = measurements_of(a, document);
	if (json_count(rows) > MEASUREMENTS_MAX)
		return err_set(e, ERR_TOO_LARGE, "evaluation has over %d criteria with margins",
			MEASUREMENTS_MAX);
	v = json_set(a, v, "evaluation", binding);
	v = json_set(a, v, "measurements", rows);
	v = json_set(a, v, "runs", runs_of(a, document));
	v = json_set_str(a, v, "verdict", json_get_str(document, "verdict"));
	if (!v)
		return err_set(e, ERR_INVALID, "evaluation lacks a verdict, or memory is full");
	*ret = v;
	return ERR_OK;
}
