/* rehearse_cmd.c - `huren restore --rehearse`: a backup is put back into a folder that is thrown
 * away, checked from end to end, and compared with what a peer has cosigned.
 *
 * What is proven: each file of the list is here whole; the restored folder is right by the checker
 * (fsck/), which derives the tree again; the newest cosigned checkpoint of the backup has the root
 * computed so, and carries the line of a witness whose key this node pins. So the log is complete
 * up to that entry; how far the node itself is ahead of it is counted.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/instant.h"
#include "base/io.h"
#include "base/limits.h"
#include "base/scoped.h"
#include "cli/cli.h"
#include "fsck/fsck.h"
#include "service/service.h"
#include "store/backup.h"
#include "store/blobs.h"
#include "store/manifest.h"

#define PATH_ROOM 4096
#define SHOWN_MAX 20               /* problems of the list that are named */
#define LINE_ARENA_BYTES (1u << 20)

struct rehearsal {
	const struct node_config *config;
	struct arena *a;
	char backup[PATH_ROOM], folder[PATH_ROOM], scratch[64];
	struct json *problems;
	uint64_t problem_count, files, bytes;
	struct backup_heads heads, live;
	struct json *witnesses;            /* names whose lines hold */
	struct fsck_report *report;
};

static void problem(struct rehearsal *r, const char *where, const char *what)
{
	struct json *v;

	if (r->problem_count++ >= SHOWN_MAX)
		return; /* a backup may lack a million files */
	v = json_set_str(r->a, json_new_object(r->a), "where", str_copy(r->a, str_of(where)));
	r->problems = json_push(r->a, r->problems, json_set_str(r->a, v, "what",
		str_copy(r->a, str_of(what))));
}

/* ---- the list -------------------------------------------------------------------------------- */

/* Evidence is hashed by the checker, which knows its digest by its name. */
static void check_file(struct rehearsal *r, const struct manifest_file *file)
{
	char path[PATH_ROOM], where[LIMIT_ID_BYTES + 1];
	struct digest digest;
	struct stat st;
	struct err e = { 0 };
	uint64_t bytes;

	(void)snprintf(where, sizeof(where), STR_FMT, STR_ARG(file->path));
	if ((size_t)snprintf(path, sizeof(path), "%s/%s", r->backup, where) >= sizeof(path) ||
		lstat(path, &st) != 0 || !S_ISREG(st.st_mode)) {
		problem(r, where, "file is missing");
		return;
	}
	r->files++;
	r->bytes += (uint64_t)st.st_size;
	if ((uint64_t)st.st_size != file->bytes) {
		problem(r, where, "file has another size than when it was backed up");
		return;
	}
	if (str_starts(file->path, "evidence/"))
		return;
	if (blob_digest_file(path, &digest, &bytes, &e) != ERR_OK)
		problem(r, where, e.message);
	else if (!digest_eq(&digest, &file->sha256))
		problem(r, where, "file has another digest than when it was backed up");
}

static enum err_code check_list(struct rehearsal *r, struct err *e)
{
	SCOPED_ARENA whole = { 0 };
	SCOPED_ARENA a = { 0 };
	char path[PATH_ROOM];
	struct manifest_head head;
	struct manifest_end end = { 0 };
	struct str rest;
	uint64_t listed = 0;
	bool last = false;

	arena_init(&whole, LIMIT_BACKUP_LIST_BYTES + 65536);
	arena_init(&a, 2 * LIMIT_NOTE_BYTES + LINE_ARENA_BYTES);
	if ((size_t)snprintf(path, sizeof(path), "%s/" MANIFEST_NAME, r->backup) >= sizeof(path))
		return err_set(e, ERR_IO, "path of the backup is too long");
	TRY(io_read_file(&whole, path, LIMIT_BACKUP_LIST_BYTES, &rest, e));
	TRY(manifest_read_head(&a, &rest, &head, e));
	while (!last) {
		struct manifest_file file;
		arena_reset(&a);
		TRY(manifest_read_file(&a, &rest, &file, &last, &end, e));
		if (!last)
			check_file(r, &file);
		listed += !last;
	}
	if (listed != end.files)
		problem(r, MANIFEST_NAME, "list of files lacks a line");
	return ERR_OK;
}

/* ---- putting it back ------------------------------------------------------------------------- */

/* The checker needs to know the log's key and the peers': those this node pins, not those of the
 * backup. */
static enum err_code give_identity(struct rehearsal *r, const char *scratch, struct err *e)
{
	char path[PATH_ROOM + 64];
	struct str text;
	struct json *key = json_set_str(r->a, json_new_object(r->a), "public",
		key_public_multikey(r->a, &r->config->keys.tlog.pub));

	(void)snprintf(path, sizeof(path), "%s/node.json", r->config->dir);
	TRY(io_read_file(r->a, path, (size_t)1 << 20, &text, e));
	(void)snprintf(path, sizeof(path), "%s/node.json", scratch);
	TRY(io_write_later(path, text, 0600, e));
	TRY(json_jcs(r->a, key, &text, e));
	(void)snprintf(path, sizeof(path), "%s/keys/tlog.json", scratch);
	TRY(io_write_later(path, text, 0600, e));
	if (r->config->keys.tlog_sm2.pub.type == KEY_NONE)
		return ERR_OK;
	key = json_set_str(r->a, json_new_object(r->a), "public",
		key_public_multikey(r->a, &r->config->keys.tlog_sm2.pub));
	TRY(json_jcs(r->a, key, &text, e));
	(void)snprintf(path, sizeof(path), "%s/keys/tlog-sm2.json", scratch);
	return io_write_later(path, text, 0600, e);
}

static enum err_code put_back(struct rehearsal *r, const char *scratch, struct err *e)
{
	TRY(backup_restore(r->backup, scratch, e));
	TRY(give_identity(r, scratch, e));
	TRY(backup_read_heads(scratch, r->a, &r->heads, e));
	return fsck_run(scratch, r->report, e);
}

/* What the restored folder is wrong in is a problem found, not a failure to look. */
static enum err_code restore_and_check(struct rehearsal *r, struct err *e)
{
	char scratch[PATH_ROOM];
	struct err own = { 0 };
	enum err_code code, removed;

	(void)snprintf(r->scratch, sizeof(r->scratch), ".rehearsal-%d", (int)getpid());
	if ((size_t)snprintf(scratch, sizeof(scratch) - 64, "%s/%s", r->folder, r->scratch) >=
		sizeof(scratch) - 64)
		return err_set(e, ERR_IO, "path of the backup is too long");
	if (mkdir(scratch, 0700) != 0)
		return err_set(e, ERR_IO, "could not make folder \"%s\": %s", scratch,
			err_errno());
	code = put_back(r, scratch, &own);
	removed = backup_remove(r->folder, r->scratch, code == ERR_OK ? e : NULL);
	if (code == ERR_CORRUPT || code == ERR_INVALID) {
		problem(r, "restored folder", own.message);
		return ERR_OK;
	}
	if (code != ERR_OK) {
		*e = own;
		return code;
	}
	for (uint64_t i = 0; i < r->report->problem_count; i++) {
		const struct fsck_problem *p = &r->report->problems[i < FSCK_PROBLEMS_MAX ? i :
			FSCK_PROBLEMS_MAX - 1];
		problem(r, p->where, p->what);
	}
	return removed;
}

/* ---- what a peer has cosigned ---------------------------------------------------------------- */

/* Names of the witnesses pinned here whose line on the note holds; the note is of our log. */
static enum err_code check_cosigned(struct rehearsal *r, struct str text, struct err *e)
{
	const struct node_config *c = r->config;
	struct note *note = ARENA_NEW(r->a, struct note);
	struct note_key key;
	struct checkpoint head;

	if (text.len == 0)
		return ERR_OK;
	if (!note)
		return err_set(e, ERR_TOO_LARGE, "no memory for a checkpoint");
	TRY(note_key_make(c->origin, NOTE_ED25519, &c->keys.tlog.pub, &key, e));
	if (checkpoint_open(r->a, text, &key, note, &head, e) != ERR_OK)
		return err_in(e, "newest cosigned checkpoint of the backup");
	for (size_t i = 0; i < c->peer_count + c->witness_count; i++) {
		const struct note_key *w = i < c->peer_count ? &c->peers[i].witness_key :
			&c->witnesses[i - c->peer_count].key;
		uint64_t time = 0;
		if (cosignature_verify(note, w, &time, NULL) == ERR_OK && time > 0)
			r->witnesses = json_push(r->a, r->witnesses, json_new_str(r->a, w->name));
	}
	return ERR_OK;
}

static const char *outcome(const struct rehearsal *r)
{
	if (r->problem_count > 0)
		return "damaged";
	return json_count(r->witnesses) > 0 ? "complete" : "unwitnessed";
}

static struct json *result_new(struct rehearsal *r, int64_t started, uint64_t us)
{
	struct json *v = json_new_object(r->a);
	const struct fsck_report *f = r->report;
	char text[INSTANT_TEXT_BYTES];

	instant_format(started, text);
	v = json_set_str(r->a, v, "started", str_copy(r->a, str_of(text)));
	instant_format(instant_now(), text);
	v = json_set_str(r->a, v, "finished", str_copy(r->a, str_of(text)));
	v = json_set_number(r->a, v, "seconds", (double)((us + 999999) / 1000000));
	v = json_set_text(r->a, v, "outcome", outcome(r));
	v = json_set_number(r->a, v, "entries", (double)r->heads.size);
	v = json_set_number(r->a, v, "cosigned", (double)r->heads.cosigned_size);
	v = json_set(r->a, v, "cosigned_by", r->witnesses);
	v = json_set_number(r->a, v, "newest_cosigned", (double)r->live.cosigned_size);
	v = json_set_number(r->a, v, "behind", r->live.cosigned_size > r->heads.size ?
		(double)(r->live.cosigned_size - r->heads.size) : 0);
	v = json_set_number(r->a, v, "bodies", (double)f->bodies);
	v = json_set_number(r->a, v, "evidence", (double)f->evidence);
	v = json_set_number(r->a, v, "signatures", (double)f->signatures);
	v = json_set_number(r->a, v, "files", (double)r->files);
	v = json_set_number(r->a, v, "bytes", (double)r->bytes);
	v = json_set_number(r->a, v, "problem_count", (double)r->problem_count);
	return json_set(r->a, v, "problems", r->problems);
}

/* ---- the command ----------------------------------------------------------------------------- */

/* Splits "<folder>/<name>"; the scratch folder is made beside the backup, where files can be
 * linked. */
static enum err_code open_backup(struct rehearsal *r, const char *path, struct err *e)
{
	size_t len = strlen(path);
	const char *slash;

	while (len > 1 && path[len - 1] == '/')
		len--;
	if (len >= PATH_ROOM - 64)
		return err_set(e, ERR_IO, "path of the backup is too long");
	memcpy(r->backup, path, len);
	r->backup[len] = '\0';
	slash = strrchr(r->backup, '/');
	if (slash && slash > r->backup)
		(void)snprintf(r->folder, sizeof(r->folder), "%.*s", (int)(slash - r->backup),
			r->backup);
	else
		(void)snprintf(r->folder, sizeof(r->folder), "%s", slash ? "/" : ".");
	if (!io_exists(r->backup))
		return err_set(e, ERR_NOT_FOUND, "no backup is at \"%s\"", r->backup);
	return ERR_OK;
}

static enum err_code run(struct rehearsal *r, struct err *e)
{
	struct err own = { 0 };

	if (check_list(r, &own) != ERR_OK)
		problem(r, MANIFEST_NAME, own.message);
	if (r->problem_count > 0)
		return ERR_OK; /* what is not whole is not worth putting back */
	TRY(restore_and_check(r, e));
	if (r->problem_count > 0)
		return ERR_OK;
	if (check_cosigned(r, r->heads.cosigned, &own) != ERR_OK)
		problem(r, "checkpoint", own.message);
	/* A node whose disk is gone cannot say how far it was. */
	if (backup_read_heads(r->config->dir, r->a, &r->live, NULL) != ERR_OK)
		r->live = (struct backup_heads){ 0 };
	return ERR_OK;
}

static void print_result(const struct rehearsal *r, const struct json *v)
{
	(void)printf("backup %s: %s\n", r->backup, outcome(r));
	(void)printf("  %.0f entries, cosigned up to %.0f by %zu witnesses; %.0f behind what is "
		"cosigned today\n  %.0f bodies, %.0f evidence files, %.0f files of %.0f bytes, in "
		"%.0f s\n", json_number_or(json_get(v, "entries"), 0),
		json_number_or(json_get(v, "cosigned"), 0), json_count(r->witnesses),
		json_number_or(json_get(v, "behind"), 0), json_number_or(json_get(v, "bodies"), 0),
		json_number_or(json_get(v, "evidence"), 0), (double)r->files, (double)r->bytes,
		json_number_or(json_get(v, "seconds"), 0));
	for (size_t i = 0; i < json_count(r->problems); i++)
		(void)printf("PROBLEM " STR_FMT ": " STR_FMT "\n",
			STR_ARG(json_get_str(json_at(r->problems, i), "where")),
			STR_ARG(json_get_str(json_at(r->problems, i), "what")));
}

static enum err_code tell(struct rehearsal *r, const struct json *v, bool as_json, struct err *e)
{
	struct err own = { 0 };
	char path[PATH_ROOM + 64];
	struct str text;

	TRY(json_jcs(r->a, v, &text, e));
	(void)snprintf(path, sizeof(path), "%s/rehearsed.json", r->backup);
	if (io_write_durable(path, text, 0600, &own) != ERR_OK)
		(void)fprintf(stderr, "huren: the result is not kept: %s\n", own.message);
	if (as_json)
		TRY(cli_print_json(v, e));
	else
		print_result(r, v);
	if (r->problem_count > 0)
		return err_set(e, ERR_CORRUPT, "%llu problems found in the backup",
			(unsigned long long)r->problem_count);
	if (json_count(r->witnesses) == 0)
		return err_set(e, ERR_UNPROVEN, "no witness has cosigned the backup's log: that "
			"it is complete is not proven");
	return ERR_OK;
}

enum err_code rehearse_run(const char *dir, const char *backup, bool as_json, struct arena *a,
	struct err *e)
{
	struct node_config *config = ARENA_NEW(a, struct node_config);
	struct rehearsal *r = ARENA_NEW(a, struct rehearsal);
	uint64_t from_us = instant_monotonic_us();
	int64_t started = instant_now();
	enum err_code code;

	if (!config || !r)
		return err_set(e, ERR_TOO_LARGE, "no memory for a rehearsal");
	*r = (struct rehearsal){ .config = config, .a = a, .problems = json_new_array(a),
		.witnesses = json_new_array(a), .report = ARENA_NEW(a, struct fsck_report) };
	if (!r->report)
		return err_set(e, ERR_TOO_LARGE, "no memory for a rehearsal");
	memset(r->report, 0, sizeof(*r->report));
	code = node_config_load(dir, config, e);
	if (code == ERR_OK)
		code = open_backup(r, backup, e);
	if (code == ERR_OK)
		code = run(r, e);
	if (code == ERR_OK)
		code = tell(r, result_new(r, started, instant_monotonic_us() - from_us), as_json,
			e);
	node_config_clear(config);
	return code;
}
