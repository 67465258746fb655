/* rules_folder.c - see rules_folder.h. */
#include "service/rules_folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/scoped.h"
#include "service/service_inner.h"

#define RULES_CAP_BYTES ((size_t)64 << 20)
#define FOLDER_FILES_MAX 256

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names of the *.json and *.criteria files of a folder, sorted. A missing folder has none. */
static enum err_code list_folder(struct arena *a, const char *path, char **names, size_t *ret_count,
	struct err *e)
{
	size_t count = 0;
	SCOPED_DIR dir = opendir(path);
	if (!dir && errno != ENOENT)
		return err_set(e, ERR_IO, "could not open rules folder \"%s\": %s", path,
			err_errno());
	for (struct dirent *entry; dir && (entry = readdir(dir)) != NULL;) {
		if (!str_ends(str_of(entry->d_name), ".json") &&
			!str_ends(str_of(entry->d_name), ".criteria"))
			continue;
		if (count == FOLDER_FILES_MAX)
			return err_set(e, ERR_TOO_LARGE, "rules folder \"%s\" has more than %d "
				"files",
				path, FOLDER_FILES_MAX);
		names[count] = arena_copy(a, entry->d_name, strlen(entry->d_name));
		if (!names[count++])
			return err_set(e, ERR_TOO_LARGE, "rules folder \"%s\" is too large", path);
	}
	qsort(names, count, sizeof(*names), by_name);
	*ret_count = count;
	return ERR_OK;
}

static enum err_code add_folder(struct rules *rules, const char *dir, const char *folder,
	struct err *e)
{
	SCOPED_ARENA a;
	arena_init(&a, RULES_CAP_BYTES);
	char *names[FOLDER_FILES_MAX];
	size_t count = 0;
	const char *path = folder[0] ? arena_printf(&a, "%s/%s", dir, folder) : dir;
	if (!path)
		return err_set(e, ERR_TOO_LARGE, "path of the rules folder is too long");
	TRY(list_folder(&a, path, names, &count, e));
	for (size_t i = 0; i < count; i++) {
		struct str bytes;
		const char *file = arena_printf(&a, "%s/%s", path, names[i]);
		const char *name = arena_printf(&a, "%s%s%s", folder, folder[0] ? "/" : "",
			names[i]);
		if (!file || !name)
			return err_set(e, ERR_TOO_LARGE, "rules folder \"%s\" is too large", path);
		TRY(io_read_file(&a, file, LIMIT_RULES_FILE_BYTES, &bytes, e));
		TRY(rules_add_file(rules, name, bytes, e));
	}
	return ERR_OK;
}

enum err_code rules_folder_load(const char *dir, struct rules **ret, struct err *e)
{
	struct rules *rules = NULL;
	TRY(rules_open(RULES_CAP_BYTES, &rules, e));
	enum err_code code = ERR_OK;
	for (size_t i = 0; rules_folders[i] && code == ERR_OK; i++)
		code = add_folder(rules, dir, rules_folders[i], e);
	if (code == ERR_OK)
		code = rules_finish(rules, e);
	if (code != ERR_OK) {
		rules_close(rules);
		return err_in(e, "rules in \"%s\"", dir);
	}
	*ret = rules;
	return ERR_OK;
}

/* ---- kept versions --------------------------------------------------------------------------- */

static enum err_code keep_files(void *context, struct store *store, struct err *e)
{
	const struct rules *rules = context;
	for (const struct rules_file *f = rules_files(rules); f; f = f->next) {
		SCOPED_SQL q = sql_use(store, SQL_RULES_FILE_KEEP);
		sql_bind_blob(q, 1, f->digest.at, DIGEST_BYTES);
		sql_bind_str(q, 2, f->name);
		sql_bind_blob(q, 3, f->bytes.at, f->bytes.len);
		TRY(sql_run(q, e));
	}
	return ERR_OK;
}

static bool is_kept(struct store *store, const struct digest *digest)
{
	bool row = false;
	SCOPED_SQL q = sql_use(store, SQL_RULES_FILE_GET);
	sql_bind_blob(q, 1, digest->at, DIGEST_BYTES);
	return sql_step(q, &row, NULL) == ERR_OK && row;
}

enum err_code rules_folder_keep(struct service *s, struct err *e)
{
	struct store *store;
	TRY(ledger_reader(s->ledger, &store, e));
	for (const struct rules_file *f = rules_files(s->rules); f; f = f->next) {
		if (!is_kept(store, &f->digest))
			return ledger_write(s->ledger, keep_files, s->rules, e);
	}
	return ERR_OK;
}

static enum err_code add_kept(struct store *store, struct arena *a, const struct digest *digest,
	const char *what, struct rules *rules, struct err *e)
{
	bool row;
	SCOPED_SQL q = sql_use(store, SQL_RULES_FILE_GET);
	sql_bind_blob(q, 1, digest->at, DIGEST_BYTES);
	TRY(sql_step(q, &row, e));
	if (!row)
		return err_set(e, ERR_NOT_FOUND, "the %s of that decision is not kept here", what);
	const char *name = str_z(a, sql_str(q, 0));
	struct str bytes = str_copy(a, sql_str(q, 1));
	if (!name || !bytes.at)
		return err_set(e, ERR_TOO_LARGE, "kept rules file too large");
	return rules_add_file(rules, name, bytes, e);
}

static enum err_code add_as_logged(struct service *s, struct store *store, struct arena *a,
	const struct decision_inputs *inputs, struct rules *rules, struct err *e)
{
	for (const struct rules_file *f = rules_files(s->rules); f; f = f->next) {
		if (f->kind == RULES_SCHEMA)
			TRY(rules_add_file(rules, str_z(a, f->name), f->bytes, e));
	}
	TRY(add_kept(store, a, &inputs->clauses, "clause texts", rules, e));
	for (uint32_t i = 0; i < inputs->scheme_count; i++)
		TRY(add_kept(store, a, &inputs->schemes[i].digest, "scheme", rules, e));
	return rules_finish(rules, e);
}

enum err_code rules_folder_as_logged(struct service *s, struct arena *a,
	const struct decision_inputs *inputs, struct rules **ret, struct err *e)
{
	struct store *store;
	struct rules *rules = NULL;
	TRY(ledger_reader(s->ledger, &store, e));
	TRY(rules_open(RULES_CAP_BYTES, &rules, e));
	enum err_code code = add_as_logged(s, store, a, inputs, rules, e);
	if (code != ERR_OK) {
		rules_close(rules);
		return code;
	}
	*ret = rules;
	return ERR_OK;
}
