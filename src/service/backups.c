/* backups.c - the list of backups, their settings, and asking for one. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/instant.h"
#include "base/io.h"
#include "base/limits.h"
#include "base/scoped.h"
#include "service/account_inner.h"
#include "service/keeper_inner.h"
#include "service/model.h"
#include "service/operator.h"
#include "store/manifest.h"

#define PATH_ROOM 1024
#define HEAD_BYTES (2 * LIMIT_NOTE_BYTES + 4096)
#define HOURS_MAX 8760                 /* a year */
#define DAY_S 86400

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

bool keeper_rehearsal(const char *dir, const char *name, struct arena *a, struct json **ret)
{
	char path[PATH_ROOM];
	struct str text;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s/rehearsed.json", dir, name) >= PATH_ROOM)
		return false;
	return io_read_file(a, path, KEEPER_RESULT_BYTES, &text, NULL) == ERR_OK &&
		json_parse(a, text, ret, NULL) == ERR_OK && json_is(*ret, JSON_OBJECT);
}

enum err_code keeper_setting(struct store *store, const char *name, int64_t *ret, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_SETTING_GET);
	bool row;

	sql_bind_str(q, 1, str_of(name));
	TRY(sql_step(q, &row, e));
	*ret = row ? sql_i64(q, 0) : 0;
	return ERR_OK;
}

/* First and last line of a backup's list, however long it is: both stand in its ends. */
static bool read_ends(const char *path, struct arena *a, struct str *ret_first,
	struct str *ret_last)
{
	FILE *file = fopen(path, "re");
	char *head = arena_alloc(a, HEAD_BYTES), tail[256];
	size_t len, last;
	struct str rest;

	if (!file)
		return false;
	len = head ? fread(head, 1, HEAD_BYTES, file) : 0;
	rest = (struct str){ head, len };
	*ret_first = len > 0 ? str_cut(&rest, '\n') : STR("");
	if (fseek(file, -(long)sizeof(tail), SEEK_END) != 0)
		rewind(file);
	len = fread(tail, 1, sizeof(tail), file);
	(void)fclose(file); /* it was only read */
	if (len < 2 || tail[len - 1] != '\n')
		return false;
	for (last = len - 1; last > 0 && tail[last - 1] != '\n'; last--)
		continue;
	*ret_last = str_copy(a, (struct str){ tail + last, len - last });
	return ret_last->at != NULL;
}

/* "rehearsed" for the page: a word and a shape. */
static const char *rehearsed_word(const struct json *v, int64_t now)
{
	int64_t at = 0;

	if (!v || instant_parse(json_get_str(v, "finished"), &at, NULL) != ERR_OK)
		return "never";
	if (!str_is(json_get_str(v, "outcome"), "complete"))
		return str_is(json_get_str(v, "outcome"), "unwitnessed") ? "unwitnessed" :
			"damaged";
	return now - at > (int64_t)LIMIT_REHEARSED_DAYS * DAY_S ? "old" : "complete";
}

static struct json *backup_model(struct arena *a, const char *dir, const char *name, int64_t now)
{
	struct json *v = json_set_text(a, json_new_object(a), "name", arena_copy(a, name,
		strlen(name)));
	struct manifest_head head = { 0 };
	struct manifest_file file;
	struct manifest_end end = { 0 };
	struct str first, last;
	struct json *rehearsal = NULL;
	SCOPED_ARENA work = { 0 };
	char path[PATH_ROOM];
	bool ended = false, whole;

	arena_init(&work, 2 * HEAD_BYTES + 65536);
	(void)snprintf(path, sizeof(path), "%s/%s/" MANIFEST_NAME, dir, name);
	whole = read_ends(path, &work, &first, &last) &&
		manifest_read_head(&work, &first, &head, NULL) == ERR_OK &&
		manifest_read_file(&work, &last, &file, &ended, &end, NULL) == ERR_OK && ended;
	v = json_set(a, v, "whole", json_new_bool(a, whole));
	if (whole) {
		v = json_set(a, v, "made", model_time(a, head.made));
		v = json_set_number(a, v, "entries", (double)head.entries);
		v = json_set_number(a, v, "files", (double)end.files);
		v = json_set_number(a, v, "bytes", (double)end.bytes);
		v = json_set_number(a, v, "mb", (double)((end.bytes + 50000) / 100000) / 10);
		v = json_set(a, v, "with_keys", json_new_bool(a, head.with_keys));
	}
	if (keeper_rehearsal(dir, name, a, &rehearsal))
		v = json_set(a, v, "rehearsal", rehearsal);
	return json_set_text(a, v, "rehearsed", rehearsed_word(rehearsal, now));
}

bool keeper_is_foreign(struct service *s, const char *name)
{
	struct manifest_head head = { 0 };
	SCOPED_ARENA work = { 0 };
	struct str first, last, origin;
	char path[PATH_ROOM];

	arena_init(&work, 2 * HEAD_BYTES + 65536);
	(void)snprintf(path, sizeof(path), STR_FMT "/%s/" MANIFEST_NAME, STR_ARG(keeper_dir(s)),
		name);
	if (!read_ends(path, &work, &first, &last) ||
		manifest_read_head(&work, &first, &head, NULL) != ERR_OK)
		return false;
	origin = str_cut(&head.checkpoint, '\n');
	return origin.len > 0 && !str_eq(origin, s->config->origin);
}

enum err_code keeper_list(struct service *s, struct arena *a, struct json **ret, struct err *e)
{
	char (*names)[KEEPER_NAME_BYTES] = (void *)arena_alloc(a, (size_t)LIMIT_BACKUPS *
		KEEPER_NAME_BYTES);
	const char *dir = str_z(a, keeper_dir(s));
	struct json *rows = json_new_array(a);
	int64_t now = instant_now();
	size_t count;

	if (!names || !dir)
		return full(e);
	count = dir[0] != '\0' ? keeper_names(s, names, LIMIT_BACKUPS) : 0;
	for (size_t i = 0; i < count; i++)
		rows = json_push(a, rows, backup_model(a, dir, names[i], now));
	*ret = rows;
	return rows ? ERR_OK : full(e);
}

/* ---- the page -------------------------------------------------------------------------------- */

static const char *const jobs[] = { "", "backup", "rehearsal" };

static struct json *now_model(struct arena *a, const struct keeper_now *now, struct json *v)
{
	struct json *job;

	if (now->job != KEEPER_IDLE) {
		job = json_set_text(a, json_new_object(a), "job", jobs[now->job]);
		job = json_set(a, job, "started", model_time(a, now->started));
		job = json_set_number(a, job, "files", (double)now->files);
		job = json_set_number(a, job, "all_files", (double)now->all_files);
		job = json_set_number(a, job, "bytes", (double)now->bytes);
		job = json_set_number(a, job, "percent", now->all_bytes > 0 ?
			(double)(100 * (now->bytes < now->all_bytes ? now->bytes :
			now->all_bytes) / now->all_bytes) : 0);
		job = json_set_str(a, job, "name", str_copy(a, str_of(now->name)));
		v = json_set(a, v, "running", job);
	}
	if (now->last == KEEPER_IDLE)
		return v;
	job = json_set_text(a, json_new_object(a), "job", jobs[now->last]);
	job = json_set(a, job, "finished", model_time(a, now->last_finished));
	job = json_set_number(a, job, "seconds", now->last_s);
	job = json_set_str(a, job, "name", str_copy(a, str_of(now->last_name)));
	if (now->last_problem[0])
		job = json_set_str(a, job, "problem", str_copy(a, str_of(now->last_problem)));
	return json_set(a, v, "last", job);
}

/* A backup on the node's own disk is lost with it. */
static bool same_disk(struct service *s, const char *dir)
{
	struct stat node, backups;

	return stat(s->config->dir, &node) == 0 && stat(dir, &backups) == 0 &&
		node.st_dev == backups.st_dev;
}

/* "good", "old", "never" or "damaged": what the newest rehearsal of any backup says. */
static const char *rehearsal_state(const struct json *rows, const struct json **ret)
{
	const char *word = "never";

	*ret = NULL;
	for (size_t i = 0; i < json_count(rows); i++) {
		const struct json *row = json_at(rows, i), *r = json_get(row, "rehearsal");
		struct str before = json_get_str(*ret, "finished");
		struct str at = json_get_str(r, "finished");
		if (!r || !at.at || (before.at && str_cmp(before, at) >= 0))
			continue;
		*ret = r;
		word = str_is(json_get_str(row, "rehearsed"), "complete") ? "complete" :
			str_is(json_get_str(row, "rehearsed"), "old") ? "old" :
			str_is(json_get_str(row, "rehearsed"), "unwitnessed") ? "unwitnessed" :
			"damaged";
	}
	return word;
}

enum err_code service_backups(struct service *s, struct arena *a, struct json **ret,
	struct err *e)
{
	const char *dir = str_z(a, keeper_dir(s));
	struct keeper_now now = keeper_now(s);
	struct json *v = json_new_object(a), *rows;
	const struct json *rehearsal;
	struct store *store;
	int64_t hours, keep;
	const char *word;

	if (!dir)
		return full(e);
	TRY(ledger_reader(s->ledger, &store, e));
	TRY(keeper_setting(store, "backup-hours", &hours, e));
	TRY(keeper_setting(store, "backup-keep", &keep, e));
	TRY(keeper_list(s, a, &rows, e));
	word = rehearsal_state(rows, &rehearsal);
	v = json_set(a, v, "now", model_time(a, instant_now()));
	v = json_set_text(a, v, "folder", dir);
	v = json_set_str(a, v, "node_folder", str_of(s->config->dir));
	v = json_set(a, v, "same_disk", json_new_bool(a, dir[0] && same_disk(s, dir)));
	v = json_set_str(a, v, "hours", str_printf(a, "%lld", (long long)hours));
	v = json_set_str(a, v, "keep", str_printf(a, "%lld", (long long)keep));
	v = json_set_text(a, v, "rehearsed", word);
	if (rehearsal)
		v = json_set(a, v, "rehearsal", json_copy(a, rehearsal));
	v = json_set(a, v, "rows", rows);
	*ret = now_model(a, &now, v);
	return *ret ? ERR_OK : full(e);
}

struct asking {
	const struct account_who *by;
	const char *action;
	struct str target, detail;
	int64_t hours, keep;
	bool settings;
};

static enum err_code put_number(struct store *store, const char *name, int64_t value,
	struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_SETTING_PUT);

	sql_bind_str(q, 1, str_of(name));
	sql_bind_i64(q, 2, value);
	return sql_run(q, e);
}

static enum err_code write_asking(void *context, struct store *store, struct err *e)
{
	const struct asking *w = context;

	if (w->settings) {
		TRY(put_number(store, "backup-hours", w->hours, e));
		TRY(put_number(store, "backup-keep", w->keep, e));
	}
	return audit_put(store, instant_now(), &(struct audit_entry){ .action = w->action,
		.actor = w->by->node ? STR("node") : w->by->name, .address = w->by->address,
		.target = w->target, .detail = w->detail }, e);
}

static enum err_code begin(struct service *s, const struct account_who *by, enum keeper_job job,
	const char *action, struct str name, struct err *e)
{
	struct asking w = { .by = by, .action = action, .target = name,
		.detail = STR("asked for") };

	TRY(keeper_begin(s, job, name, e));
	return ledger_write(s->ledger, write_asking, &w, e);
}

enum err_code service_backup_now(struct service *s, const struct account_who *by, struct err *e)
{
	return begin(s, by, KEEPER_BACKUP, "backup", STR(""), e);
}

enum err_code service_backup_rehearse(struct service *s, const struct account_who *by,
	struct str name, struct err *e)
{
	return begin(s, by, KEEPER_REHEARSAL, "rehearse", name, e);
}

static void check_number(struct arena *a, struct json *problems, const char *field,
	struct str text, uint64_t max, int64_t *ret)
{
	uint64_t number = 0;

	if (str_parse_u64(str_trim(text), &number, NULL) != ERR_OK || number > max)
		form_wrong(a, problems, field, "whole-number");
	*ret = (int64_t)number;
}

enum err_code service_backup_settings(struct service *s, struct arena *a,
	const struct account_who *by, struct str hours, struct str keep,
	struct json **ret_problems, struct err *e)
{
	struct asking w = { .by = by, .action = "backup-settings", .settings = true };
	struct json *problems = json_new_object(a);

	*ret_problems = problems;
	check_number(a, problems, "hours", hours, HOURS_MAX, &w.hours);
	check_number(a, problems, "keep", keep, LIMIT_BACKUPS, &w.keep);
	TRY(form_check(problems, e));
	w.detail = str_printf(a, "every %lld hours, keep %lld", (long long)w.hours,
		(long long)w.keep);
	return ledger_write(s->ledger, write_asking, &w, e);
}
