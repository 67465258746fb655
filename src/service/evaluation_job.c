/* evaluation_job.c - evaluations on this node: asked for on a form, and where they stand. What
 * runs them is evaluator.c. */
#include <string.h>

#include "base/encode.h"
#include "base/instant.h"
#include "base/io.h"
#include "base/scoped.h"
#include "recognition/evaluation_binding.h"
#include "service/draft_evaluation.h"
#include "service/draft_inner.h"
#include "service/files.h"
#include "service/report_evaluation.h"
#include "store/blobs.h"

#define JOBS_SHOWN 20
#define FILES_SHOWN 200
#define SETTINGS_MAX 64
#define SMALL_FILE_BYTES ((size_t)1 << 20)     /* mapping, limits */
#define WANTED_ARENA_BYTES ((size_t)8 << 20)   /* a job's JSON, which a form made */

/* ---- what a form offers ---------------------------------------------------------------------- */

static struct json *scenarios_of(struct service *s, struct arena *a, struct str chosen)
{
	struct json *list = json_new_array(a);

	for (const struct scheme *x = rules_schemes(s->rules); x; x = x->next) {
		const struct json *rows = json_get(x->doc, "scenarios");
		for (size_t i = 0; i < json_count(rows); i++) {
			const struct json *row = json_at(rows, i), *title = json_get(row, "title");
			struct json *text = json_new_object(a);
			static const char *const tags[] = { "zh-CN", "en" };
			for (size_t k = 0; k < 2; k++)
				text = json_set_str(a, text, tags[k], str_printf(a, STR_FMT " "
					STR_FMT " " STR_FMT, STR_ARG(x->standard_code),
					STR_ARG(json_get_str(row, "item")),
					STR_ARG(json_get_str(title, tags[k]))));
			struct str value = str_printf(a, STR_FMT ":" STR_FMT ":" STR_FMT,
				STR_ARG(x->id), STR_ARG(x->edition),
				STR_ARG(json_get_str(row, "id")));
			list = json_push(a, list, draft_option(a, value, text,
				str_eq(chosen, value)));
		}
	}
	return list;
}

static struct json *mappings_of(struct service *s, struct arena *a, struct str chosen)
{
	struct json *list = json_new_array(a);

	for (const struct rules_file *f = rules_files(s->rules); f; f = f->next) {
		const struct json *title = json_get(f->doc, "title");
		if (f->kind == RULES_MAPPING)
			list = json_push(a, list, draft_option(a, f->name, title
				? json_copy(a, title) : json_new_str(a, f->name),
				str_eq(chosen, f->name)));
	}
	return list;
}

enum err_code draft_files(struct service *s, struct arena *a, int64_t organisation,
	struct json **ret, struct err *e)
{
	struct json *list = json_new_array(a);
	struct store *store;
	bool row;

	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_DRAFT_FILES);
	sql_bind_i64(q, 1, organisation);
	sql_bind_i64(q, 2, FILES_SHOWN);
	for (;;) {
		struct json *v = json_new_object(a);
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		v = json_set_str(a, v, "digest", base64url_new(a,
			(const uint8_t *)sql_str(q, 0).at, DIGEST_BYTES));
		v = json_set_number(a, v, "bytes", (double)sql_i64(q, 1));
		v = json_set_str(a, v, "name", str_copy(a, sql_str(q, 2)));
		v = json_set_str(a, v, "mediaType", str_copy(a, sql_str(q, 3)));
		list = json_push(a, list, v);
	}
	*ret = list;
	return ERR_OK;
}

enum err_code draft_file_find(struct service *s, struct arena *a, int64_t organisation,
	const struct digest *d, struct evidence_about *ret, struct err *e)
{
	struct evidence_about about;
	struct store *store;
	bool row;

	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_DRAFT_FILE_GET);
	sql_bind_i64(q, 1, organisation);
	sql_bind_blob(q, 2, d->at, DIGEST_BYTES);
	TRY(sql_step(q, &row, e));
	if (!row)
		return err_set(e, ERR_NOT_FOUND, "your organisation has no file with this digest");
	about = (struct evidence_about){ .bytes = (uint64_t)sql_i64(q, 0),
		.name = str_copy(a, sql_str(q, 1)), .media_type = str_copy(a, sql_str(q, 2)) };
	if (!about.name.at || !about.media_type.at)
		return err_set(e, ERR_TOO_LARGE, "file needs too much memory");
	*ret = about;
	return ERR_OK;
}

enum err_code service_evaluation_form(struct service *s, struct arena *a,
	const struct account_who *by, const struct json *typed, struct json **ret, struct err *e)
{
	struct json *v = json_new_object(a), *files;

	TRY(draft_files(s, a, by->organisation, &files, e));
	v = json_set(a, v, "scenarios", scenarios_of(s, a, json_get_str(typed,
		"d-scenario-of")));
	v = json_set(a, v, "mappings", mappings_of(s, a, json_get_str(typed, "d-mapping")));
	v = json_set(a, v, "files", files);
	v = json_set(a, v, "typed", typed ? json_copy(a, typed) : json_new_object(a));
	*ret = v;
	return v ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

/* ---- asking ---------------------------------------------------------------------------------- */

struct asking {
	struct service *s;
	struct arena *a;
	const struct account_who *by;
	const struct json *files;          /* of the organisation */
	struct json *problems;
};

/* {"digest","name"} of a file named by its digest or its name; NULL when there is none. */
static struct json *find_file(struct asking *x, struct str word)
{
	struct evidence_about about;
	struct digest d;
	struct json *v = json_new_object(x->a);

	for (size_t i = 0; i < json_count(x->files); i++) {
		const struct json *f = json_at(x->files, i);
		if (str_eq(json_get_str(f, "name"), word) || str_eq(json_get_str(f, "digest"),
			word)) {
			v = json_set_str(x->a, v, "digest", json_get_str(f, "digest"));
			return json_set_str(x->a, v, "name", json_get_str(f, "name"));
		}
	}
	if (evidence_digest_parse(word, &d, NULL) != ERR_OK ||
		draft_file_find(x->s, x->a, x->by->organisation, &d, &about, NULL) != ERR_OK)
		return NULL;
	v = json_set_str(x->a, v, "digest", base64url_new(x->a, d.at, DIGEST_BYTES));
	return json_set_str(x->a, v, "name", about.name);
}

/* A run a line, its files separated by "+" or blanks. */
static struct json *take_runs(struct asking *x, struct str lines)
{
	struct json *runs = json_new_array(x->a);

	for (size_t line = 1; lines.at; line++) {
		struct str rest = str_trim(str_cut(&lines, '\n'));
		struct json *files = json_new_array(x->a);
		for (size_t i = 0; i < rest.len; i++)
			if (rest.at[i] == '\r')
				rest.len = i;
		while (rest.at && rest.len > 0) {
			struct str word = str_trim(str_cut(&rest, memchr(rest.at, '+', rest.len)
				? '+' : ' '));
			struct json *file = word.len > 0 ? find_file(x, word) : NULL;
			if (word.len > 0 && (!file || json_count(files) == LIMIT_RUN_FILES))
				draft_wrong(x->a, x->problems, "d-run-files", "d-no-file", line);
			else if (file)
				files = json_push(x->a, files, file);
		}
		if (json_count(files) > 0)
			runs = json_push(x->a, runs, files);
	}
	if (json_count(runs) == 0)
		draft_wrong(x->a, x->problems, "d-run-files", "missing", 0);
	return runs;
}

static struct json *take_settings(struct asking *x, struct str lines)
{
	struct json *list = json_new_array(x->a);

	for (size_t line = 1; lines.at; line++) {
		struct str text = str_trim(str_cut(&lines, '\n')), value, name;
		if (text.len > 0 && text.at[text.len - 1] == '\r')
			text.len--;
		value = text;
		name = str_trim(str_cut(&value, '='));
		if (text.len == 0)
			continue;
		if (!value.at || name.len == 0 || json_count(list) == SETTINGS_MAX)
			draft_wrong(x->a, x->problems, "d-settings", "d-setting", line);
		else
			list = json_push(x->a, list, json_set_str(x->a, json_set_str(x->a,
				json_new_object(x->a), "name", name), "value", str_trim(value)));
	}
	return list;
}

static bool is_mapping(struct service *s, struct str name)
{
	const struct rules_file *f = rules_file_named(s->rules, name);

	return f && f->kind == RULES_MAPPING;
}

static struct json *wanted_of(struct asking *x, const struct json *typed)
{
	struct str edition = json_get_str(typed, "d-scenario-of"), scheme = str_cut(&edition, ':');
	struct str scenario = edition, mapping = json_get_str(typed, "d-mapping");
	struct str limits = json_get_str(typed, "d-limits");
	struct json *v = json_new_object(x->a), *file;

	edition = str_cut(&scenario, ':');
	if (!scenario.at || !rules_scheme(x->s->rules, scheme, edition)) {
		draft_wrong(x->a, x->problems, "d-scenario-of", "missing", 0);
		return v;
	}
	v = json_set_str(x->a, v, "scheme", scheme);
	v = json_set_str(x->a, v, "edition", edition);
	v = json_set_str(x->a, v, "scenario", scenario);
	if (mapping.len > 0 && !is_mapping(x->s, mapping)) {
		file = find_file(x, mapping);
		mapping = file ? json_get_str(file, "digest") : STR("");
		if (!file)
			draft_wrong(x->a, x->problems, "d-mapping", "d-no-file", 0);
	}
	v = json_set_str(x->a, v, "mapping", mapping.at ? mapping : STR(""));
	file = limits.len > 0 ? find_file(x, limits) : NULL;
	if (limits.len > 0 && !file)
		draft_wrong(x->a, x->problems, "d-limits", "d-no-file", 0);
	v = json_set_str(x->a, v, "limits", file ? json_get_str(file, "digest") : STR(""));
	v = json_set(x->a, v, "runs", take_runs(x, json_get_str(typed, "d-run-files")));
	v = json_set(x->a, v, "settings", take_settings(x, json_get_str(typed, "d-settings")));
	return json_set_str(x->a, v, "testedOn", json_get_str(typed, "d-tested").at
		? json_get_str(typed, "d-tested") : STR(""));
}

static struct str job_path(struct arena *a, int64_t job)
{
	return str_printf(a, "/drafts/evaluations/%lld", (long long)job);
}

enum err_code evaluation_hold(struct store *store, int64_t job, int64_t organisation,
	struct str wanted, struct err *e)
{
	SCOPED_ARENA a = { 0 };
	struct file_use use = { .kind = STR("evaluation"), .organisation = organisation };
	const struct json *runs;
	struct json *v;

	arena_init(&a, WANTED_ARENA_BYTES);
	TRY(json_parse(&a, wanted, &v, e));
	use.ref = job_path(&a, job);
	use.name = json_get_str(v, "scenario");
	TRY(files_use_put_own(store, json_get_str(v, "mapping"), &use, e));
	TRY(files_use_put_own(store, json_get_str(v, "limits"), &use, e));
	runs = json_get(v, "runs");
	for (size_t i = 0; i < json_count(runs); i++) {
		const struct json *files = json_at(runs, i);
		for (size_t k = 0; k < json_count(files); k++)
			TRY(files_use_put_own(store, json_get_str(json_at(files, k), "digest"),
				&use, e));
	}
	return ERR_OK;
}

enum err_code evaluation_let_go(struct store *store, int64_t job, struct err *e)
{
	SCOPED_ARENA a = { 0 };

	arena_init(&a, 4096);
	return files_use_drop(store, STR("evaluation"), job_path(&a, job), e);
}

struct queueing {
	const struct account_who *by;
	int64_t draft, now, id;
	uint32_t count;
	const struct str *wanted;
	const struct digest *expected;     /* one each, or NULL */
	bool full;
};

static enum err_code put_job(struct store *store, struct queueing *x, uint32_t i, struct err *e)
{
	bool row;
	{
		SCOPED_SQL q = sql_use(store, SQL_DRAFT_EVALUATION_PUT);
		sql_bind_i64(q, 1, x->by->organisation);
		sql_bind_i64(q, 2, x->draft);
		sql_bind_i64(q, 3, x->by->account);
		sql_bind_str(q, 4, x->wanted[i]);
		if (x->expected)
			sql_bind_blob(q, 5, x->expected[i].at, DIGEST_BYTES);
		else
			sql_bind_null(q, 5);
		sql_bind_i64(q, 6, x->now);
		TRY(sql_run(q, e));
	}
	{
		SCOPED_SQL last = sql_use(store, SQL_LAST_ROW);
		TRY(sql_step(last, &row, e));
		x->id = sql_i64(last, 0);
	}
	return evaluation_hold(store, x->id, x->by->organisation, x->wanted[i], e);
}

static enum err_code write_jobs(void *context, struct store *store, struct err *e)
{
	struct queueing *x = context;
	SCOPED_ARENA a = { 0 };
	bool row;

	arena_init(&a, 4096);
	{
		SCOPED_SQL q = sql_use(store, SQL_DRAFT_EVALUATION_COUNT);
		sql_bind_i64(q, 1, x->by->organisation);
		TRY(sql_step(q, &row, e));
		/* What one report binds goes in as a whole, when nothing else waits. */
		x->full = sql_i64(q, 0) > 0 && sql_i64(q, 0) + x->count > LIMIT_EVALUATIONS_WAITING;
	}
	for (uint32_t i = 0; i < x->count && !x->full; i++)
		TRY(put_job(store, x, i, e));
	return audit_put(store, x->now, &(struct audit_entry){ .action = "draft-evaluate",
		.refused = x->full, .actor = x->by->name, .address = x->by->address,
		.target = x->draft > 0 ? draft_path(&a, x->draft) : STR("") }, e);
}

static enum err_code queue(struct service *s, struct queueing *x, struct err *e)
{
	x->now = instant_now();
	TRY(ledger_write(s->ledger, write_jobs, x, e));
	if (x->full)
		return err_set(e, ERR_BUSY, "evaluations of your lab wait already; at most %d do",
			LIMIT_EVALUATIONS_WAITING);
	if (s->evaluator)
		evaluator_wake(s->evaluator);
	return ERR_OK;
}

enum err_code service_evaluation_ask(struct service *s, struct arena *a,
	const struct account_who *by, int64_t draft, const struct json *typed,
	struct json **ret_problems, int64_t *ret, struct err *e)
{
	struct asking x = { .s = s, .a = a, .by = by, .problems = json_new_object(a) };
	struct queueing q = { .by = by, .draft = draft, .count = 1 };
	struct json *files, *wanted;
	struct str text;
	struct draft d;

	*ret_problems = x.problems;
	if (draft > 0)
		TRY(draft_find(s, a, by, draft, &d, e));
	TRY(draft_files(s, a, by->organisation, &files, e));
	x.files = files;
	wanted = wanted_of(&x, typed);
	TRY(form_check(x.problems, e));
	TRY(json_jcs(a, wanted, &text, e));
	q.wanted = &text;
	TRY(queue(s, &q, e));
	*ret = q.id;
	return ERR_OK;
}

/* ---- again ----------------------------------------------------------------------------------- */

static struct str name_in(const struct json *evidence, struct str digest)
{
	for (size_t i = 0; i < json_count(evidence); i++)
		if (str_eq(json_get_str(json_at(evidence, i), "digest"), digest))
			return json_get_str(json_at(evidence, i), "name");
	return digest;
}

/* The file whose content has this digest in its canonical form. */
static struct str limits_file(struct service *s, struct arena *a, const struct json *evidence,
	struct str wanted)
{
	for (size_t i = 0; wanted.at && i < json_count(evidence); i++) {
		const struct json *entry = json_at(evidence, i);
		struct str text, jcs, digest = json_get_str(entry, "digest");
		char path[BLOB_PATH_BYTES];
		struct digest d;
		struct json *v;
		if (!str_is(json_get_str(entry, "mediaType"), ENTERED_LIMITS_MEDIA_TYPE) ||
			evidence_digest_parse(digest, &d, NULL) != ERR_OK)
			continue;
		blob_path(s->config->dir, &d, path);
		if (io_read_file(a, path, SMALL_FILE_BYTES, &text, NULL) != ERR_OK ||
			json_parse(a, text, &v, NULL) != ERR_OK ||
			json_jcs(a, v, &jcs, NULL) != ERR_OK)
			continue;
		d = digest_sha256(jcs);
		if (str_eq(base64url_new(a, d.at, DIGEST_BYTES), wanted))
			return digest;
	}
	return wanted.at ? wanted : STR("");
}

/* What each run was set to, with its unit. */
static struct json *settings_again(struct arena *a, const struct json *doc)
{
	const struct json *runs = json_get(doc, "runs");
	struct json *list = json_new_array(a);

	for (size_t i = 0; i < json_count(runs); i++) {
		const struct json *parameters = json_get(json_at(runs, i), "parameters");
		for (size_t k = 0; k < json_count(parameters); k++) {
			const struct json *p = json_at(parameters, k);
			struct str value = json_get_str(p, "value");
			struct json *v = json_set_number(a, json_new_object(a), "run",
				(double)i + 1);
			if (!value.at)
				continue;
			v = json_set_str(a, v, "name", json_get_str(p, "name"));
			list = json_push(a, list, json_set_str(a, v, "value", str_printf(a, STR_FMT
				" " STR_FMT, STR_ARG(value), STR_ARG(json_get_str(p, "unit")))));
		}
	}
	return list;
}

/* The setting that a document says was used. */
static enum err_code wanted_again(struct service *s, struct arena *a, const struct json *body,
	const struct json *item, struct str *ret, struct digest *ret_expected, struct err *e)
{
	const struct json *binding = json_get(item, "evaluation");
	const struct json *runs = json_get(binding, "runs");
	struct json *v = json_new_object(a), *doc, *list = json_new_array(a);
	struct str mapping;
	struct digest d;

	TRY(base64url_decode_fixed(json_get_str(binding, "document"), ret_expected->at,
		DIGEST_BYTES, e));
	TRY(evaluation_document_read(s, a, ret_expected, (size_t)64 << 20, &doc, e));
	for (size_t i = 0; i < json_count(runs); i++) {
		const struct json *digests = json_get(json_at(runs, i), "files");
		struct json *files = json_new_array(a);
		for (size_t k = 0; k < json_count(digests); k++) {
			struct str digest = json_str(json_at(digests, k));
			struct json *f = json_set_str(a, json_new_object(a), "digest", digest);
			files = json_push(a, files, json_set_str(a, f, "name",
				name_in(json_get(body, "evidence"), digest)));
		}
		list = json_push(a, list, files);
	}
	mapping = json_str(json_path(doc, "mapping/digest"));
	if (str_is(json_str(json_path(doc, "mapping/id")), "by-name"))
		mapping = STR("");
	else if (mapping.at && evidence_digest_parse(mapping, &d, NULL) == ERR_OK &&
		rules_file_by_digest(s->rules, &d))
		mapping = rules_file_by_digest(s->rules, &d)->name;
	v = json_set_str(a, v, "scheme", json_str(json_path(doc, "scheme/id")));
	v = json_set_str(a, v, "edition", json_str(json_path(doc, "scheme/edition")));
	v = json_set_str(a, v, "scenario", json_get_str(doc, "scenario"));
	v = json_set_str(a, v, "mapping", mapping.at ? mapping : STR(""));
	v = json_set_str(a, v, "limits", limits_file(s, a, json_get(body, "evidence"),
		json_str(json_path(doc, "limits/digest"))));
	v = json_set(a, v, "runs", list);
	v = json_set(a, v, "settings", settings_again(a, doc));
	v = json_set(a, v, "again", json_new_bool(a, true));
	v = json_set(a, v, "plots", json_new_bool(a, json_path(doc, "runs/0/plots") != NULL));
	return json_jcs(a, v, ret, e);
}

enum err_code service_evaluation_again(struct service *s, struct arena *a,
	const struct account_who *by, int64_t draft, struct err *e)
{
	struct str *wanted = ARENA_ARRAY(a, struct str, LIMIT_REPORT_ITEMS);
	struct digest *expected = ARENA_ARRAY(a, struct digest, LIMIT_REPORT_ITEMS);
	struct queueing q = { .by = by, .draft = draft, .wanted = wanted, .expected = expected };
	const struct json *items;
	struct draft d;

	if (!wanted || !expected)
		return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
	TRY(draft_find(s, a, by, draft, &d, e));
	items = json_get(d.body, "items");
	for (size_t i = 0; i < json_count(items) && q.count < LIMIT_REPORT_ITEMS; i++) {
		SCOPED_ARENA scratch = { 0 }; /* for one document after the other */
		struct str text;
		if (!json_get(json_at(items, i), "evaluation"))
			continue;
		arena_init(&scratch, LIMIT_REQUEST_ARENA_BYTES);
		TRY(wanted_again(s, &scratch, d.body, json_at(items, i), &text, &expected[q.count],
			e));
		wanted[q.count] = str_copy(a, text);
		if (!wanted[q.count++].at)
			return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
	}
	if (q.count == 0)
		return err_set(e, ERR_NOT_FOUND, "no item of the draft binds an evaluation");
	return queue(s, &q, e);
}

/* ---- where it stands ------------------------------------------------------------------------- */

static struct json *job_model(struct service *s, struct arena *a, struct sql *q, int64_t id,
	int64_t draft, int first)
{
	struct json *v = json_new_object(a), *wanted;
	bool expected = !sql_is_null(q, first + 2), document = !sql_is_null(q, first + 3);
	struct str state = str_copy(a, sql_str(q, first));
	uint32_t begun, total;

	v = json_set_str(a, v, "job", str_printf(a, "%lld", (long long)id));
	if (draft > 0)
		v = json_set_str(a, v, "draft", str_printf(a, "%lld", (long long)draft));
	v = json_set_str(a, v, "state", state);
	v = json_set(a, v, "working", json_new_bool(a, str_is(state, "d-waiting") ||
		str_is(state, "d-running")));
	if (json_parse(a, str_copy(a, sql_str(q, first + 1)), &wanted, NULL) == ERR_OK)
		v = json_set_str(a, v, "scenario", json_get_str(wanted, "scenario"));
	if (sql_str(q, first + 4).len > 0)
		v = json_set_str(a, v, "verdict", str_copy(a, sql_str(q, first + 4)));
	if (sql_str(q, first + 5).len > 0)
		v = json_set_str(a, v, "failure", str_copy(a, sql_str(q, first + 5)));
	v = json_set(a, v, "again", json_new_bool(a, expected));
	if (expected && document) {
		bool same = str_eq(str_copy(a, sql_str(q, first + 2)), sql_str(q, first + 3));
		v = json_set_text(a, v, "recomputed", same ? "identical" : "different");
	}
	v = json_set_str(a, v, "created", service_instant(a, sql_i64(q, first + 6)));
	if (s->evaluator && evaluator_progress(s->evaluator, id, &begun, &total)) {
		v = json_set_number(a, v, "begun", begun);
		v = json_set_number(a, v, "total", total);
	}
	return v;
}

enum err_code service_evaluation_job(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, struct json **ret, struct err *e)
{
	struct store *store;
	bool row;

	TRY(draft_check_may(by, e));
	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_DRAFT_EVALUATION_GET);
	sql_bind_i64(q, 1, id);
	sql_bind_i64(q, 2, by->organisation);
	TRY(sql_step(q, &row, e));
	if (!row)
		return err_set(e, ERR_NOT_FOUND, "your organisation has no evaluation %lld",
			(long long)id);
	*ret = job_model(s, a, q, id, sql_i64(q, 0), 1);
	return *ret ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

struct json *evaluation_jobs_of(struct service *s, struct arena *a, int64_t draft)
{
	struct json *list = json_new_array(a);
	struct store *store;
	bool row = true;

	if (ledger_reader(s->ledger, &store, NULL) != ERR_OK)
		return list;
	SCOPED_SQL q = sql_use(store, SQL_DRAFT_EVALUATION_OF);
	sql_bind_i64(q, 1, draft);
	sql_bind_i64(q, 2, JOBS_SHOWN);
	while (sql_step(q, &row, NULL) == ERR_OK && row)
		list = json_push(a, list, job_model(s, a, q, sql_i64(q, 0), draft, 1));
	return list;
}
