/* recompute_cmd.c - `huren recompute`: judges a report's evidence again and says what differs. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/io.h"
#include "base/limits.h"
#include "base/scoped.h"
#include "cli/client.h"
#include "recognition/evaluation_binding.h"
#include "recognition/recomputation.h"
#include "service/evaluate.h"
#include "service/rules_folder.h"
#include "store/blobs.h"

#define WAIT_S_DEFAULT 600
#define DOCUMENT_BYTES_MAX ((size_t)64 << 20)
#define LOCAL_FILES_MAX 4096
#define PROGRAM "huren " HUREN_VERSION

struct local_file { struct str digest, name; const char *path; };

struct job {
	struct args *args;
	struct arena *a;
	struct client client;
	const char *uuid, *dir, *files, *rules_dir, *temp;
	struct rules *rules;
	struct str report_id, report_digest;
	const struct json *subject, *evidence;
	struct local_file *local;          /* of --files */
	uint32_t local_count;
	uint32_t links;                    /* folders of links made below temp */
};

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "recomputation needs too much memory");
}

/* ---- files ----------------------------------------------------------------------------------- */

static enum err_code index_file(struct job *j, const char *name, struct err *e)
{
	struct local_file *f = &j->local[j->local_count];
	struct stat st;
	struct digest d;
	uint64_t bytes;
	f->path = arena_printf(j->a, "%s/%s", j->files, name);
	if (!f->path)
		return full(e);
	if (stat(f->path, &st) != 0 || !S_ISREG(st.st_mode))
		return ERR_OK;
	TRY(blob_digest_file(f->path, &d, &bytes, e));
	f->digest = base64url_new(j->a, d.at, DIGEST_BYTES);
	f->name = str_copy(j->a, str_of(name));
	j->local_count++;
	return f->digest.at && f->name.at ? ERR_OK : full(e);
}

/* Files of a folder by their digests; sub-folders are not looked into. */
static enum err_code index_local(struct job *j, struct err *e)
{
	const struct dirent *entry;
	SCOPED_DIR dir = opendir(j->files);
	if (!dir)
		return err_set(e, ERR_IO, "could not open folder \"%s\": %s", j->files,
			err_errno());
	j->local = ARENA_ARRAY(j->a, struct local_file, LOCAL_FILES_MAX);
	if (!j->local)
		return full(e);
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		if (j->local_count == LOCAL_FILES_MAX)
			return err_set(e, ERR_TOO_LARGE, "folder \"%s\" has over %d files",
				j->files, LOCAL_FILES_MAX);
		TRY(index_file(j, entry->d_name, e));
	}
	return ERR_OK;
}

static struct json *differ(struct job *j, struct json *why, const char *what, struct str where,
	struct str bound, struct str found)
{
	return json_push(j->a, why, recomputation_difference(j->a, what, where, bound, found));
}

/* Among the files at hand, or NULL: then `why` tells that it is missing, or another one. */
static const char *find_local(struct job *j, struct str name, struct str digest, struct json *why)
{
	const struct local_file *same = NULL;
	for (uint32_t i = 0; i < j->local_count; i++) {
		if (str_eq(j->local[i].digest, digest))
			return j->local[i].path;
		if (str_eq(j->local[i].name, name))
			same = &j->local[i];
	}
	(void)differ(j, why, same ? "digest" : "file missing",
		str_printf(j->a, "file " STR_FMT, STR_ARG(name)), digest,
		same ? same->digest : STR("-"));
	return NULL;
}

/* From the node: its own folder on this machine, else by HTTP into the temporary one. */
static const char *find_held(struct job *j, struct str name, struct str digest, struct json *why)
{
	struct digest d, found;
	char path[BLOB_PATH_BYTES];
	uint64_t bytes;
	struct err e = { 0 };
	struct str where = str_printf(j->a, "file " STR_FMT, STR_ARG(name));
	if (base64url_decode_fixed(digest, d.at, DIGEST_BYTES, NULL) != ERR_OK)
		return NULL;
	const char *at = arena_printf(j->a, "%s/" STR_FMT, j->temp, STR_ARG(digest));
	if (j->dir) {
		blob_path(j->dir, &d, path);
		at = arena_copy(j->a, path, strlen(path));
	} else if (at && !io_exists(at) && client_get_file(&j->client, j->a, arena_printf(j->a,
		"/statements/%s/evidence/" STR_FMT, j->uuid, STR_ARG(digest)), at, &d, &e) !=
		ERR_OK) {
		(void)differ(j, why, "file missing", where, digest,
			str_copy(j->a, str_of(e.message)));
		return NULL;
	}
	if (!at || blob_digest_file(at, &found, &bytes, NULL) != ERR_OK) {
		(void)differ(j, why, "file missing", where, digest, STR("-"));
		return NULL;
	}
	if (digest_eq(&found, &d))
		return at;
	(void)differ(j, why, "digest", where, digest, base64url_new(j->a, found.at, DIGEST_BYTES));
	return NULL;
}

static const char *find_file(struct job *j, struct str name, struct str digest, struct json *why)
{
	return j->files ? find_local(j, name, digest, why) : find_held(j, name, digest, why);
}

/* A name that stays within a folder. */
static bool is_plain_name(struct str name)
{
	return name.len > 0 && name.len < 256 && name.at[0] != '.' &&
		str_find(name, STR("/")) == SIZE_MAX;
}

/* A link of that name, so that what tells files apart by name sees the name it was recorded
 * under. */
static const char *link_as(struct job *j, const char *folder, struct str name, const char *path)
{
	char real[4096];
	const char *link = arena_printf(j->a, "%s/" STR_FMT, folder, STR_ARG(name));
	if (!link || !is_plain_name(name) || !realpath(path, real))
		return NULL;
	return io_exists(link) || symlink(real, link) == 0 ? link : NULL;
}

static const char *new_folder(struct job *j)
{
	const char *folder = arena_printf(j->a, "%s/%u", j->temp, ++j->links);
	return folder && mkdir(folder, 0700) == 0 ? folder : NULL;
}

/* Everything below the temporary folder; it holds links, fetched files and one level of folders. */
static void remove_temp(const char *path, unsigned depth)
{
	const struct dirent *entry;
	SCOPED_DIR dir = opendir(path);
	while (dir && (entry = readdir(dir)) != NULL) {
		char inner[4096];
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		(void)snprintf(inner, sizeof(inner), "%s/%s", path, entry->d_name);
		if (unlink(inner) != 0 && depth > 0)
			remove_temp(inner, depth - 1);
	}
	(void)rmdir(path); /* what is left over is in the system's temporary folder */
}

/* ---- what an item was judged with ------------------------------------------------------------ */

struct item_job {
	const struct json *item, *binding;
	struct json *bound;                /* the document */
	struct json *why;
	struct evaluate_order order;
	bool lacking;
};

static enum err_code load_bound(struct job *j, struct item_job *i, struct err *e)
{
	struct str digest = json_get_str(i->binding, "document"), text;
	const char *path = find_file(j, STR("evaluation"), digest, i->why);
	if (!path) {
		i->lacking = true;
		return ERR_OK;
	}
	TRY(io_read_file(j->a, path, DOCUMENT_BYTES_MAX, &text, e));
	return json_parse(j->a, text, &i->bound, e);
}

static struct str jcs_digest(struct arena *a, const struct json *v)
{
	struct str jcs;
	if (json_jcs(a, v, &jcs, NULL) != ERR_OK)
		return STR("");
	struct digest d = digest_sha256(jcs);
	return base64url_new(a, d.at, DIGEST_BYTES);
}

/* Every other file of the report beside the mapping: it may name a DBC file there. */
static const char *folder_of_others(struct job *j)
{
	const char *folder = new_folder(j);
	for (size_t i = 0; folder && i < json_count(j->evidence); i++) {
		const struct json *entry = json_at(j->evidence, i);
		struct str type = json_get_str(entry, "mediaType");
		struct str name = json_get_str(entry, "name");
		struct json *ignored = json_new_array(j->a);
		if (!str_is(type, MAPPING_MEDIA_TYPE) && !str_is(type, "application/vnd.dbc"))
			continue;
		const char *path = find_file(j, name, json_get_str(entry, "digest"), ignored);
		if (path)
			(void)link_as(j, folder, name, path); /* lacking is told by the mapping */
	}
	return folder;
}

static enum err_code load_mapping(struct job *j, struct item_job *i, struct err *e)
{
	struct str wanted = json_str(json_path(i->bound, "mapping/digest"));
	struct mapping *m = NULL;
	struct digest d;
	if (base64url_decode_fixed(wanted, d.at, DIGEST_BYTES, e) != ERR_OK)
		return err_in(e, "mapping of the evaluation");
	const struct rules_file *file = rules_file_by_digest(j->rules, &d);
	if (file) {
		TRY(evaluate_load_mapping(j->a, j->rules, arena_printf(j->a, "%s/" STR_FMT,
			j->rules_dir, STR_ARG(file->name)), &m, e));
		i->order.mapping = m;
		return ERR_OK;
	}
	if (str_is(json_str(json_path(i->bound, "mapping/id")), "by-name"))
		return ERR_OK;
	const char *folder = folder_of_others(j);
	for (size_t k = 0; folder && k < json_count(j->evidence); k++) {
		const struct json *entry = json_at(j->evidence, k);
		const char *path = arena_printf(j->a, "%s/" STR_FMT, folder,
			STR_ARG(json_get_str(entry, "name")));
		if (str_is(json_get_str(entry, "mediaType"), MAPPING_MEDIA_TYPE) &&
			evaluate_load_mapping(j->a, j->rules, path, &m, NULL) == ERR_OK &&
			digest_eq(&m->digest, &d)) {
			i->order.mapping = m;
			return ERR_OK;
		}
	}
	i->lacking = true;
	(void)differ(j, i->why, "mapping missing", json_str(json_path(i->bound, "mapping/id")),
		wanted, STR("-"));
	return ERR_OK;
}

static enum err_code load_limits(struct job *j, struct item_job *i, struct err *e)
{
	struct str wanted = json_str(json_path(i->bound, "limits/digest"));
	for (size_t k = 0; wanted.at && k < json_count(j->evidence); k++) {
		const struct json *entry = json_at(j->evidence, k);
		struct json *limits = NULL, *ignored = json_new_array(j->a);
		if (!str_is(json_get_str(entry, "mediaType"), ENTERED_LIMITS_MEDIA_TYPE))
			continue;
		const char *path = find_file(j, json_get_str(entry, "name"),
			json_get_str(entry, "digest"), ignored);
		if (!path)
			continue;
		TRY(evaluate_load_limits(j->a, j->rules, path, &limits, e));
		if (str_eq(jcs_digest(j->a, limits), wanted)) {
			i->order.limits = limits;
			return ERR_OK;
		}
	}
	if (!wanted.at)
		return ERR_OK;
	i->lacking = true;
	(void)differ(j, i->why, "entered limits missing", STR("limits"), wanted, STR("-"));
	return ERR_OK;
}

static enum err_code load_run(struct job *j, struct item_job *i, const struct json *run,
	struct evaluate_run *ret, struct err *e)
{
	const struct json *files = json_get(run, "files");
	const char **paths = ARENA_ARRAY(j->a, const char *, json_count(files));
	const char *folder = new_folder(j);
	if (!paths || !folder)
		return err_set(e, ERR_IO, "could not make a folder below \"%s\"", j->temp);
	for (size_t k = 0; k < json_count(files); k++) {
		struct str name = json_get_str(json_at(files, k), "name");
		const char *path = find_file(j, name, json_get_str(json_at(files, k), "digest"),
			i->why);
		i->lacking = i->lacking || !path;
		if (!path)
			continue;
		paths[k] = link_as(j, folder, name, path);
		if (!paths[k])
			return err_set(e, ERR_INVALID, "evaluation names a file \"%s\"",
				str_quote(j->a, name));
	}
	ret->file_count = (uint32_t)json_count(files);
	ret->paths = paths;
	return ERR_OK;
}

static enum err_code load_runs(struct job *j, struct item_job *i, struct err *e)
{
	const struct json *runs = json_get(i->bound, "runs");
	size_t count = json_count(runs), settings = 0;
	if (count == 0 || count > LIMIT_RUNS)
		return err_set(e, ERR_INVALID, "evaluation has no runs or too many");
	struct evaluate_run *list = ARENA_ARRAY(j->a, struct evaluate_run, count);
	for (size_t k = 0; k < count; k++)
		settings += json_count(json_get(json_at(runs, k), "parameters"));
	struct evaluate_setting *set = ARENA_ARRAY(j->a, struct evaluate_setting, settings);
	if (!list || !set)
		return full(e);
	for (size_t k = 0; k < count; k++) {
		const struct json *parameters = json_get(json_at(runs, k), "parameters");
		TRY(load_run(j, i, json_at(runs, k), &list[k], e));
		for (size_t p = 0; p < json_count(parameters); p++) {
			const struct json *v = json_at(parameters, p);
			struct str value = json_get_str(v, "value");
			if (value.at)
				set[i->order.setting_count++] = (struct evaluate_setting){
					.run = (uint32_t)k + 1, .name = json_get_str(v, "name"),
					.value = str_printf(j->a, STR_FMT " " STR_FMT,
						STR_ARG(value), STR_ARG(json_get_str(v, "unit"))) };
		}
	}
	i->order.run_count = (uint32_t)count;
	i->order.runs = list;
	i->order.settings = set;
	i->order.plots = json_get(json_at(runs, 0), "plots") != NULL;
	return ERR_OK;
}

/* ---- one item -------------------------------------------------------------------------------- */

static enum err_code prepare_item(struct job *j, struct item_job *i, struct err *e)
{
	TRY(load_bound(j, i, e));
	if (!i->bound)
		return ERR_OK;
	i->order.rules = j->rules;
	i->order.scheme = json_str(json_path(i->bound, "scheme/id"));
	i->order.edition = json_str(json_path(i->bound, "scheme/edition"));
	i->order.scenario = json_get_str(i->bound, "scenario");
	i->order.version = STR(PROGRAM);
	sandbox_defaults(&i->order.sandbox);
	TRY(load_mapping(j, i, e));
	TRY(load_limits(j, i, e));
	return load_runs(j, i, e);
}

/* A file at hand that is another than the one bound: no lack, but a difference. */
static bool is_swapped(const struct json *why)
{
	for (size_t i = 0; i < json_count(why); i++) {
		if (str_is(json_get_str(json_at(why, i), "what"), "digest"))
			return true;
	}
	return false;
}

/* What cannot be judged again is told; only a lack of memory or disk ends the whole. */
static enum err_code judge_item(struct job *j, const struct json *item, struct json **ret,
	struct err *e)
{
	struct item_job i = { .item = item, .binding = json_get(item, "evaluation"),
		.why = json_new_array(j->a) };
	struct evaluate_result result = { 0 };
	struct json *expected = NULL;
	enum recomputed outcome;
	struct err own = { 0 };
	enum err_code code = prepare_item(j, &i, &own);
	if (code == ERR_OK && i.bound && !i.lacking)
		code = evaluate(j->a, &i.order, &result, &own);
	if (code == ERR_TOO_LARGE || code == ERR_IO) {
		if (e)
			*e = own;
		return code;
	}
	if (code != ERR_OK)
		(void)differ(j, i.why, "cannot be judged", json_get_str(item, "item"), STR("-"),
			str_copy(j->a, str_of(own.message)));
	if (result.document)
		TRY(evaluation_fill_item(j->a, json_new_object(j->a), result.document, &expected,
			e));
	struct recomputation_item in = { .item = item, .bound = i.bound,
		.found = result.document, .expected = expected, .why = i.why,
		.open = code != ERR_OK || (i.lacking && !is_swapped(i.why)) };
	return recomputation_item(j->a, &in, ret, &outcome, e);
}

static enum err_code judge(struct job *j, struct json **ret, struct err *e)
{
	const struct json *list = json_get(j->subject, "assessment");
	struct json *items = json_new_array(j->a);
	struct recomputation_about about = { .report_id = j->report_id,
		.report_digest = j->report_digest, .program = STR(PROGRAM) };
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *item = json_get(json_at(list, i), "itemResult");
		struct json *one = NULL;
		if (!json_get(item, "evaluation"))
			continue;
		if (judge_item(j, item, &one, e) != ERR_OK)
			return err_in(e, "item \"" STR_FMT "\"",
				STR_ARG(json_get_str(item, "item")));
		items = json_push(j->a, items, one);
	}
	return recomputation_detail(j->a, &about, items, ret, e);
}

/* ---- the report ------------------------------------------------------------------------------ */

static enum err_code load_report(struct job *j, const char *word, unsigned wait_s, struct err *e)
{
	struct json *v, *files;
	TRY(client_find_uuid(&j->client, j->a, word, &j->uuid, e));
	TRY(client_get_json(&j->client, j->a, arena_printf(j->a, "/statements/%s.json", j->uuid),
		&v, e));
	j->report_id = json_get_str(v, "id");
	j->report_digest = json_get_str(v, "digest");
	j->subject = json_path(v, "statement/credentialSubject");
	j->evidence = json_path(j->subject, "inspectionReport/evidence");
	if (!str_is(json_get_str(v, "kind"), "report"))
		return err_set(e, ERR_INVALID, "\"%s\" is no report", word);
	if (!j->subject) {
		(void)err_set(e, ERR_NOT_FOUND, "the body of the report is not held here");
		return err_hint(e, "It comes with a recognition request for it.");
	}
	if (j->files)
		return index_local(j, e);
	return client_fetch_evidence(&j->client, j->a, j->uuid, wait_s, &files, e);
}

static void print_item(const struct json *item)
{
	const struct json *list = json_get(item, "differences");
	(void)printf(STR_FMT "  " STR_FMT ": " STR_FMT "\n", STR_ARG(json_get_str(item, "item")),
		STR_ARG(json_get_str(item, "scenario")), STR_ARG(json_get_str(item, "result")));
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *d = json_at(list, i);
		struct str where = json_get_str(d, "where");
		(void)printf("  " STR_FMT "%s" STR_FMT ": bound " STR_FMT ", found " STR_FMT "\n",
			STR_ARG(where), where.len > 0 ? ", " : "", STR_ARG(json_get_str(d, "what")),
			STR_ARG(json_get_str(d, "bound")), STR_ARG(json_get_str(d, "found")));
	}
}

static enum err_code tell(struct job *j, const struct json *detail, bool as_json, bool publish,
	struct err *e)
{
	struct json *published = NULL;
	const struct json *items = json_get(detail, "items");
	struct str result = json_get_str(detail, "result");
	if (publish)
		TRY(client_post_json(&j->client, j->a, "/api/v1/recomputations", detail,
			&published, e));
	if (as_json) {
		struct json *v = json_copy(j->a, detail);
		if (published)
			v = json_set_str(j->a, v, "statement", json_get_str(published, "id"));
		TRY(cli_print_json(v, e));
	} else {
		for (size_t i = 0; i < json_count(items); i++)
			print_item(json_at(items, i));
		(void)printf("report " STR_FMT ": " STR_FMT "\n", STR_ARG(j->report_id),
			STR_ARG(result));
		if (published)
			(void)printf("stated in the tlog: " STR_FMT "\n",
				STR_ARG(json_get_str(published, "id")));
	}
	if (str_is(result, "identical"))
		return ERR_OK;
	return str_is(result, "different")
		? err_set(e, ERR_CONFLICT, "the report's evidence gives another result")
		: err_set(e, ERR_BUSY, "not every item could be recomputed");
}

enum err_code recompute_command(struct args *args, struct arena *a, struct err *e)
{
	struct job j = { .args = args, .a = a };
	char temp[] = "/tmp/huren-recompute-XXXXXX";
	uint64_t wait_s = WAIT_S_DEFAULT;
	struct json *detail = NULL;
	const char *word;
	/* The folder itself is read, too, when the node is on this machine. */
	TRY(client_open_at(args, a, &j.client, &j.dir, e));
	j.rules_dir = cli_rules_folder(args);
	j.files = args_value(args, "--files");
	const char *wait = args_value(args, "--wait");
	bool as_json = args_flag(args, "--json"), publish = args_flag(args, "--publish");
	if (wait && str_parse_u64(str_of(wait), &wait_s, e) != ERR_OK)
		return err_in(e, "option --wait");
	TRY(args_need_word(args, "report id or number", &word, e));
	TRY(args_end(args, e));
	if (j.dir && io_exists(arena_printf(a, "%s/rules", j.dir)))
		j.rules_dir = arena_printf(a, "%s/rules", j.dir);
	if (!mkdtemp(temp))
		return err_set(e, ERR_IO, "could not make a temporary folder: %s", err_errno());
	j.temp = temp;
	enum err_code code = rules_folder_load(j.rules_dir, &j.rules, e);
	if (code == ERR_OK)
		code = load_report(&j, word, (unsigned)wait_s, e);
	if (code == ERR_OK)
		code = judge(&j, &detail, e);
	remove_temp(temp, 1);
	rules_close(j.rules);
	return code == ERR_OK ? tell(&j, detail, as_json, publish, e) : code;
}
