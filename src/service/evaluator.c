/* evaluator.c - the thread that judges what evaluation_job.c queued, one evaluation at a time. */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/instant.h"
#include "base/io.h"
#include "base/scoped.h"
#include "recognition/evaluation_binding.h"
#include "service/draft_evaluation.h"
#include "service/draft_inner.h"
#include "service/evaluate.h"
#include "service/event.h"
#include "store/blobs.h"

#define JOB_ARENA_BYTES ((size_t)512 << 20)
#define SMALL_FILE_BYTES ((size_t)1 << 20)     /* mapping, limits, DBC */
#define PROGRAM "huren " HUREN_VERSION

struct evaluator {
	struct service *s;
	pthread_t thread;
	pthread_mutex_t lock;              /* guards what follows */
	pthread_cond_t more;
	bool stop, woken;
	int64_t job;                       /* being judged, 0 none */
	uint32_t begun, total;
};

/* ---- judging --------------------------------------------------------------------------------- */

struct job {
	struct evaluator *x;
	struct arena *a;
	int64_t id, organisation, draft, account;
	struct json *wanted;
	const char *folder;                /* of links, removed afterwards */
	uint32_t links;
	struct json *beside;               /* mapping and limits, as evidence entries */
};

static enum err_code read_small(struct job *j, struct str digest, const char *type,
	struct str *ret, struct err *e)
{
	struct evidence_about about = { .name = STR("file") };
	struct json *v = json_new_object(j->a);
	char path[BLOB_PATH_BYTES];
	struct digest d;

	TRY(evidence_digest_parse(digest, &d, e));
	TRY(draft_file_find(j->x->s, j->a, j->organisation, &d, &about, e));
	blob_path(j->x->s->config->dir, &d, path);
	TRY(io_read_file(j->a, path, SMALL_FILE_BYTES, ret, e));
	v = json_set_number(j->a, v, "bytes", (double)ret->len);
	v = json_set_str(j->a, v, "digest", digest);
	v = json_set_text(j->a, v, "mediaType", type);
	j->beside = json_push(j->a, j->beside, json_set_str(j->a, v, "name", about.name));
	return ERR_OK;
}

/* The DBC file that a mapping names, among the organisation's files. */
static enum err_code load_dbc(struct job *j, struct mapping *m, struct err *e)
{
	struct json *files;
	struct str bytes;

	if (m->dbc_name.len == 0)
		return ERR_OK;
	TRY(draft_files(j->x->s, j->a, j->organisation, &files, e));
	for (size_t i = 0; i < json_count(files); i++)
		if (str_eq(json_get_str(json_at(files, i), "name"), m->dbc_name)) {
			TRY(read_small(j, json_get_str(json_at(files, i), "digest"),
				"application/vnd.dbc", &bytes, e));
			return mapping_set_dbc(m, bytes, e);
		}
	return err_set(e, ERR_NOT_FOUND, "the DBC file \"" STR_FMT "\" of the mapping is not "
		"among the lab's files", STR_ARG(m->dbc_name));
}

static enum err_code load_mapping(struct job *j, struct mapping **ret, struct err *e)
{
	struct str name = json_get_str(j->wanted, "mapping"), text;
	const struct rules *rules = j->x->s->rules;
	const struct rules_file *file = rules_file_named(rules, name);
	struct mapping *m = ARENA_NEW(j->a, struct mapping);
	struct json *doc;

	if (name.len == 0)
		return ERR_OK;
	if (!m)
		return err_set(e, ERR_TOO_LARGE, "evaluation needs too much memory");
	if (file && file->kind == RULES_MAPPING) {
		TRY(mapping_parse(j->a, file->doc, m, e));
	} else {
		TRY(read_small(j, name, MAPPING_MEDIA_TYPE, &text, e));
		TRY(json_parse(j->a, text, &doc, e));
		TRY(rules_check(rules, "mapping", doc, text, e));
		TRY(mapping_parse(j->a, doc, m, e));
	}
	TRY(load_dbc(j, m, e));
	*ret = m;
	return ERR_OK;
}

static enum err_code load_limits(struct job *j, struct json **ret, struct err *e)
{
	struct str digest = json_get_str(j->wanted, "limits"), text;

	if (digest.len == 0)
		return ERR_OK;
	TRY(read_small(j, digest, ENTERED_LIMITS_MEDIA_TYPE, &text, e));
	TRY(json_parse(j->a, text, ret, e));
	return rules_check(j->x->s->rules, "limits", *ret, text, e);
}

/* The file under the name it was recorded with: formats are also told by names. */
static enum err_code link_file(struct job *j, const struct json *file, const char **ret,
	struct err *e)
{
	char path[BLOB_PATH_BYTES], real[PATH_MAX];
	struct str name = json_get_str(file, "name");
	const char *folder = arena_printf(j->a, "%s/%u", j->folder, ++j->links);
	struct evidence_about about;
	struct digest d;

	TRY(evidence_digest_parse(json_get_str(file, "digest"), &d, e));
	TRY(draft_file_find(j->x->s, j->a, j->organisation, &d, &about, e));
	blob_path(j->x->s->config->dir, &d, path);
	if (name.len == 0 || name.len > 255 || name.at[0] == '.' || memchr(name.at, '/', name.len))
		name = STR("file");
	*ret = arena_printf(j->a, "%s/" STR_FMT, folder ? folder : "", STR_ARG(name));
	if (!folder || !*ret)
		return err_set(e, ERR_TOO_LARGE, "evaluation needs too much memory");
	if (!realpath(path, real))
		return err_set(e, ERR_NOT_FOUND, "evidence file \"" STR_FMT "\" is not held here",
			STR_ARG(name));
	if (mkdir(folder, 0700) != 0 || symlink(real, *ret) != 0)
		return err_set(e, ERR_IO, "could not link evidence: %s", err_errno());
	return ERR_OK;
}

static enum err_code load_runs(struct job *j, struct evaluate_order *o, struct err *e)
{
	const struct json *runs = json_get(j->wanted, "runs");
	struct evaluate_run *list = ARENA_ARRAY(j->a, struct evaluate_run, json_count(runs) + 1);

	for (size_t i = 0; list && i < json_count(runs); i++) {
		const struct json *files = json_at(runs, i);
		const char **paths = ARENA_ARRAY(j->a, const char *, json_count(files) + 1);
		if (!paths)
			return err_set(e, ERR_TOO_LARGE, "evaluation needs too much memory");
		for (size_t k = 0; k < json_count(files); k++)
			TRY(link_file(j, json_at(files, k), &paths[k], e));
		list[i] = (struct evaluate_run){ (uint32_t)json_count(files), paths };
	}
	o->runs = list;
	o->run_count = (uint32_t)json_count(runs);
	return list ? ERR_OK : err_set(e, ERR_TOO_LARGE, "evaluation needs too much memory");
}

static enum err_code load_settings(struct job *j, struct evaluate_order *o, struct err *e)
{
	const struct json *list = json_get(j->wanted, "settings");
	struct evaluate_setting *settings = ARENA_ARRAY(j->a, struct evaluate_setting,
		json_count(list) + 1);

	if (!settings)
		return err_set(e, ERR_TOO_LARGE, "evaluation needs too much memory");
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *v = json_at(list, i);
		settings[i] = (struct evaluate_setting){ .name = json_get_str(v, "name"),
			.value = json_get_str(v, "value"),
			.run = (uint32_t)json_number_or(json_get(v, "run"), 0) };
	}
	o->settings = settings;
	o->setting_count = (uint32_t)json_count(list);
	return ERR_OK;
}

/* To the lab's people who look at its page: there is more to see. */
static void tell(const struct job *j)
{
	char text[48];
	int len = snprintf(text, sizeof(text), "{\"job\":\"%lld\"}", (long long)j->id);

	(void)event_send(service_events(j->x->s), EVENT_PROGRESS,
		&(struct event_to){ .organisation = j->organisation },
		(struct str){ text, (size_t)len }); /* it is short and one line */
}

static bool go_on(void *context, uint32_t begun)
{
	const struct job *j = context;
	struct evaluator *x = j->x;
	bool more;

	(void)pthread_mutex_lock(&x->lock);
	x->begun = begun;
	more = !x->stop;
	(void)pthread_mutex_unlock(&x->lock);
	tell(j);
	return more;
}

static enum err_code judge(struct job *j, struct str *ret, struct str *ret_verdict,
	struct err *e)
{
	struct evaluate_order o = { .rules = j->x->s->rules, .plots = true, .go_on = go_on,
		.context = j, .threads = 1, .version = STR(PROGRAM) };
	struct evaluate_result result;
	struct mapping *mapping = NULL;
	struct json *limits = NULL;

	o.scheme = json_get_str(j->wanted, "scheme");
	o.edition = json_get_str(j->wanted, "edition");
	o.scenario = json_get_str(j->wanted, "scenario");
	TRY(load_mapping(j, &mapping, e));
	TRY(load_limits(j, &limits, e));
	TRY(load_runs(j, &o, e));
	TRY(load_settings(j, &o, e));
	if (json_get(j->wanted, "plots"))
		o.plots = json_true(json_get(j->wanted, "plots"));
	o.mapping = mapping;
	o.limits = limits;
	sandbox_defaults(&o.sandbox);
	(void)pthread_mutex_lock(&j->x->lock);
	j->x->total = o.run_count;
	(void)pthread_mutex_unlock(&j->x->lock);
	TRY(evaluate(j->a, &o, &result, e));
	*ret_verdict = str_of(verdict_name(result.verdict));
	return json_jcs(j->a, result.document, ret, e);
}

/* ---- the result ------------------------------------------------------------------------------ */

struct ending {
	int64_t id, draft, now;
	struct str state, verdict, problem;
	const struct digest *document;     /* or NULL */
};

static enum err_code write_begin(void *context, struct store *store, struct err *e)
{
	const struct ending *x = context;

	return account_run(store, SQL_DRAFT_EVALUATION_BEGIN, x->id, x->now, e);
}

static enum err_code write_end(void *context, struct store *store, struct err *e)
{
	const struct ending *x = context;

	TRY(evaluation_let_go(store, x->id, e));
	SCOPED_SQL q = sql_use(store, SQL_DRAFT_EVALUATION_END);

	sql_bind_i64(q, 1, x->id);
	sql_bind_str(q, 2, x->state);
	if (x->document)
		sql_bind_blob(q, 3, x->document->at, DIGEST_BYTES);
	else
		sql_bind_null(q, 3);
	sql_bind_str(q, 4, x->verdict);
	sql_bind_str(q, 5, x->problem);
	sql_bind_i64(q, 6, x->now);
	sql_bind_i64(q, 7, x->draft);
	return sql_run(q, e);
}

/* Into the draft as who asked for it; tried again when somebody saves at the same moment. */
static enum err_code fill_draft(struct job *j, struct str document, struct err *e)
{
	struct store *store;
	struct account account;
	struct account_who by = { .account = j->account, .organisation = j->organisation,
		.address = STR(""), .may = MAY(DRAFT) };
	const struct draft_evaluated given = { .document = document, .beside = j->beside,
		.tested_on = json_get_str(j->wanted, "testedOn") };
	struct draft_at at = { .id = j->draft };
	struct json *problems;
	struct draft d;
	enum err_code code = ERR_CONFLICT;

	TRY(ledger_reader(j->x->s->ledger, &store, e));
	TRY(account_find_id(store, j->a, j->account, &account, e));
	by.name = account.name;
	by.organisation_code = account.code;
	by.organisation_name = account.organisation_name;
	for (int i = 0; i < 3 && code == ERR_CONFLICT; i++) {
		if (at.id > 0) {
			TRY(draft_find(j->x->s, j->a, &by, at.id, &d, e));
			at.revision = d.revision;
		}
		code = service_draft_add_evaluation(j->x->s, j->a, &by, &at, &given, &problems, e);
	}
	if (code == ERR_OK)
		j->draft = at.id;
	if (code == ERR_INVALID && json_str(json_path(problems, "form/detail")).at)
		return err_set(e, ERR_INVALID, STR_FMT, STR_ARG(json_str(json_path(problems,
			"form/detail"))));
	return code;
}

static void remove_folder(const char *path, unsigned depth)
{
	const struct dirent *entry;
	SCOPED_DIR dir = opendir(path);

	while (dir && (entry = readdir(dir)) != NULL) {
		char inner[PATH_MAX];
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (snprintf(inner, sizeof(inner), "%s/%s", path, entry->d_name) >=
			(int)sizeof(inner))
			continue;
		if (unlink(inner) != 0 && depth > 0)
			remove_folder(inner, depth - 1);
	}
	(void)rmdir(path); /* what is left is taken away with the next job */
}

static enum err_code run(struct job *j, bool again, struct digest *ret, struct str *ret_verdict,
	struct err *e)
{
	struct str document = STR("");

	remove_folder(j->folder, 2);
	if (mkdir(j->folder, 0700) != 0)
		return err_set(e, ERR_IO, "could not make folder \"%s\": %s", j->folder,
			err_errno());
	TRY(judge(j, &document, ret_verdict, e));
	*ret = digest_sha256(document);
	return again ? ERR_OK : fill_draft(j, document, e);
}

static bool is_stopping(struct evaluator *x)
{
	bool stop;

	(void)pthread_mutex_lock(&x->lock);
	stop = x->stop;
	(void)pthread_mutex_unlock(&x->lock);
	return stop;
}

/* False: it stays as it is, for the next start, or the next wake when nothing can be written. */
static bool end_job(struct job *j)
{
	struct str verdict = STR("");
	struct err e = { 0 }, unwritten = { 0 };
	struct digest d;
	bool again = json_true(json_get(j->wanted, "again"));
	struct ending end = { .id = j->id, .now = instant_now() };
	enum err_code code = ledger_write(j->x->s->ledger, write_begin, &end, &e);

	if (code == ERR_OK)
		code = run(j, again, &d, &verdict, &e);
	remove_folder(j->folder, 2);
	if (code == ERR_BUSY && is_stopping(j->x))
		return false;
	end = (struct ending){ .id = j->id, .draft = j->draft, .now = instant_now(),
		.verdict = verdict,
		.state = code == ERR_OK ? STR("d-done") : STR("d-failed"),
		.problem = code == ERR_OK ? STR("") : str_of(e.message),
		.document = code == ERR_OK ? &d : NULL };
	if (ledger_write(j->x->s->ledger, write_end, &end, &unwritten) == ERR_OK) {
		tell(j);
		return true;
	}
	diag_err(DIAG_WARN, "evaluation", &unwritten);
	return false;
}

/* ---- the thread ------------------------------------------------------------------------------ */

static bool next_job(struct evaluator *x, struct arena *a, struct job *ret)
{
	struct job j = { .x = x, .a = a };
	struct store *store;
	bool row = false;

	if (ledger_reader(x->s->ledger, &store, NULL) != ERR_OK)
		return false;
	SCOPED_SQL q = sql_use(store, SQL_DRAFT_EVALUATION_NEXT);
	if (sql_step(q, &row, NULL) != ERR_OK || !row)
		return false;
	j.id = sql_i64(q, 0);
	j.organisation = sql_i64(q, 1);
	j.draft = sql_i64(q, 2);
	j.account = sql_i64(q, 3);
	j.beside = json_new_array(a);
	j.folder = arena_printf(a, "%s/evaluating", x->s->config->dir);
	if (!j.folder || json_parse(a, str_copy(a, sql_str(q, 4)), &j.wanted, NULL) != ERR_OK)
		return false;
	*ret = j;
	return true;
}

/* Until the next wake; false when the thread must end. */
static bool wait_for_more(struct evaluator *x)
{
	bool more;

	(void)pthread_mutex_lock(&x->lock);
	x->job = 0;
	while (!x->woken && !x->stop)
		(void)pthread_cond_wait(&x->more, &x->lock);
	x->woken = false;
	more = !x->stop;
	(void)pthread_mutex_unlock(&x->lock);
	return more;
}

static bool begin_job(struct evaluator *x, const struct job *j)
{
	(void)pthread_mutex_lock(&x->lock);
	x->job = j->id;
	x->begun = 0;
	x->total = 0;
	(void)pthread_mutex_unlock(&x->lock);
	return !is_stopping(x);
}

static void *evaluator_main(void *context)
{
	struct evaluator *x = context;
	SCOPED_ARENA a = { 0 };
	struct job j;

	arena_init(&a, JOB_ARENA_BYTES);
	do {
		while (next_job(x, &a, &j) && begin_job(x, &j) && end_job(&j))
			arena_reset(&a);
		arena_reset(&a);
	} while (wait_for_more(x));
	digest_thread_clear();
	return NULL;
}

enum err_code evaluator_start(struct service *s, struct evaluator **ret, struct err *e)
{
	struct evaluator *x = handle_new(sizeof(*x));

	x->s = s;
	(void)pthread_mutex_init(&x->lock, NULL);
	(void)pthread_cond_init(&x->more, NULL);
	*ret = x; /* before the thread looks for it */
	if (pthread_create(&x->thread, NULL, evaluator_main, x) == 0)
		return ERR_OK;
	*ret = NULL;
	handle_drop(x);
	return err_set(e, ERR_IO, "could not start the evaluating thread: %s", err_errno());
}

bool evaluator_progress(struct evaluator *x, int64_t job, uint32_t *ret_begun, uint32_t *ret_total)
{
	bool it;

	(void)pthread_mutex_lock(&x->lock);
	it = x->job == job;
	*ret_begun = x->begun;
	*ret_total = x->total;
	(void)pthread_mutex_unlock(&x->lock);
	return it;
}

void evaluator_wake(struct evaluator *x)
{
	(void)pthread_mutex_lock(&x->lock);
	x->woken = true;
	(void)pthread_cond_signal(&x->more);
	(void)pthread_mutex_unlock(&x->lock);
}

void evaluator_stop(struct evaluator *x)
{
	if (!x)
		return;
	(void)pthread_mutex_lock(&x->lock);
	x->stop = true;
	(void)pthread_cond_signal(&x->more);
	(void)pthread_mutex_unlock(&x->lock);
	(void)pthread_join(x->thread, NULL);
	(void)pthread_cond_destroy(&x->more);
	(void)pthread_mutex_destroy(&x->lock);
	handle_drop(x);
}
