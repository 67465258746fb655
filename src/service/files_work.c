/* files_work.c - the thread of the files: syncs, digests, scans, and what has expired. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/diag.h"
#include "base/encode.h"
#include "base/instant.h"
#include "base/scoped.h"
#include "service/audit.h"
#include "service/files_inner.h"
#include "service/listing_inner.h"
#include "service/notice.h"
#include "service/scan.h"

#define PAUSE_S 2
#define SWEEP_EVERY_S 60
#define DAY_S 86400
#define WORK_ARENA_BYTES 1048576

/* ---- life ------------------------------------------------------------------------------------ */

struct orphans {
	struct service *service;
	struct store *store;
};

/* At start nothing is being received: what no row names came in one go and was cut off, or is in
 * its place already. */
static void drop_orphan(void *context, const char *id)
{
	const struct orphans *o = context;
	SCOPED_ARENA a = { 0 };
	struct upload_row row;
	bool waits = false;

	arena_init(&a, WORK_ARENA_BYTES);
	if (upload_row_find(o->store, &a, str_of(id), &row, NULL) == ERR_OK && !row.done)
		return;
	SCOPED_SQL q = sql_use(o->store, SQL_FILE_BY_PART);
	sql_bind_str(q, 1, str_of(id));
	if (sql_step(q, &waits, NULL) == ERR_OK && !waits)
		partial_drop(o->service->config->dir, id);
}

enum err_code files_open(struct service *s, struct err *e)
{
	struct orphans orphans = { .service = s };

	s->files = handle_new(sizeof(*s->files));
	(void)pthread_mutex_init(&s->files->lock, NULL);
	(void)pthread_mutex_init(&s->files->place, NULL);
	(void)pthread_cond_init(&s->files->wake, NULL);
	s->files->look_whole = true;
	TRY(ledger_reader(s->ledger, &orphans.store, e));
	partial_each(s->config->dir, drop_orphan, &orphans);
	return ERR_OK;
}

void files_close(struct service *s)
{
	if (!s->files)
		return;
	for (size_t i = 0; i < LIMIT_UPLOADS_OPEN; i++) {
		struct upload_slot *slot = &s->files->slots[i];
		if (slot->id[0] == '\0')
			continue;
		if (slot->hashed)
			(void)digest_stream_close(&slot->stream);
		(void)close(slot->fd); /* the system writes what it has */
		(void)pthread_mutex_destroy(&slot->lock);
	}
	(void)pthread_cond_destroy(&s->files->wake);
	(void)pthread_mutex_destroy(&s->files->place);
	(void)pthread_mutex_destroy(&s->files->lock);
	handle_drop(s->files);
	s->files = NULL;
}

void files_wake(struct service *s, bool look_whole)
{
	(void)pthread_mutex_lock(&s->files->lock);
	s->files->woken = true;
	s->files->look_whole = s->files->look_whole || look_whole;
	(void)pthread_cond_signal(&s->files->wake);
	(void)pthread_mutex_unlock(&s->files->lock);
}

/* In the next round, or once it is woken: what is in use now is not asked for again and again. */
static void look_later(struct files *f)
{
	(void)pthread_mutex_lock(&f->lock);
	f->look_whole = true;
	(void)pthread_mutex_unlock(&f->lock);
}

static bool pause_or_stop(struct files *f)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PAUSE_S;
	(void)pthread_mutex_lock(&f->lock);
	while (!f->woken && !atomic_load(&f->stop))
		if (pthread_cond_timedwait(&f->wake, &f->lock, &until) != 0)
			break;
	f->woken = false;
	(void)pthread_mutex_unlock(&f->lock);
	return !atomic_load(&f->stop);
}

static void *files_main(void *context)
{
	struct service *s = context;

	do
		service_files_work(s, instant_now());
	while (pause_or_stop(s->files));
	digest_thread_clear();
	return NULL;
}

enum err_code files_start(struct service *s, struct err *e)
{
	if (pthread_create(&s->files->thread, NULL, files_main, s) != 0)
		return err_set(e, ERR_IO, "could not start the files' thread: %s", err_errno());
	s->files->running = true;
	return ERR_OK;
}

void files_stop(struct service *s)
{
	if (!s->files->running)
		return;
	(void)pthread_mutex_lock(&s->files->lock);
	atomic_store(&s->files->stop, true);
	(void)pthread_cond_signal(&s->files->wake);
	(void)pthread_mutex_unlock(&s->files->lock);
	(void)pthread_join(s->files->thread, NULL);
	s->files->running = false;
}

/* ---- syncs at steps -------------------------------------------------------------------------- */

static struct upload_slot *next_due(struct files *f)
{
	struct upload_slot *due = NULL;

	(void)pthread_mutex_lock(&f->lock);
	for (size_t i = 0; i < LIMIT_UPLOADS_OPEN && !due; i++) {
		struct upload_slot *slot = &f->slots[i];
		if (slot->id[0] == '\0')
			continue;
		(void)pthread_mutex_lock(&slot->lock);
		if (!slot->ended && slot->offset - slot->synced >= SYNC_BYTES)
			due = slot;
		(void)pthread_mutex_unlock(&slot->lock);
	}
	if (due)
		due->users++;
	(void)pthread_mutex_unlock(&f->lock);
	return due;
}

static bool sync_slot(struct service *s, struct upload_slot *slot)
{
	struct err e = { 0 };
	uint64_t sure;
	bool done = slot_sync(slot, &sure, &e) == ERR_OK;

	if (!done)
		diag_err(DIAG_WARN, "files", &e);
	slot_give(s, slot);
	return done;
}

/* ---- digests of what was gone on with after a restart ---------------------------------------- */

/* The next upload's id after `id`. */
static bool next_upload(struct service *s, char id[PARTIAL_ID_BYTES], uint64_t *ret_bytes)
{
	struct store *store;
	bool row = false;

	if (ledger_reader(s->ledger, &store, NULL) != ERR_OK)
		return false;
	SCOPED_SQL q = sql_use(store, SQL_UPLOAD_ALL);
	sql_bind_str(q, 1, str_of(id));
	if (sql_step(q, &row, NULL) != ERR_OK || !row ||
		sql_str(q, 0).len != PARTIAL_ID_BYTES - 1)
		return false;
	memcpy(id, sql_str(q, 0).at, PARTIAL_ID_BYTES - 1);
	id[PARTIAL_ID_BYTES - 1] = '\0';
	*ret_bytes = (uint64_t)sql_i64(q, 1);
	return true;
}

/* Nobody may write to it any more. False while somebody is at it, who will finish it. */
static bool seize(struct service *s, const char *id, uint64_t bytes, struct upload_slot **ret)
{
	struct upload_slot *slot;
	bool ours;

	if (slot_take(s, id, &slot, NULL) != ERR_OK)
		return false;
	(void)pthread_mutex_lock(&s->files->lock);
	(void)pthread_mutex_lock(&slot->lock);
	ours = slot->users == 1 && !slot->ended && slot->sure == bytes;
	if (ours)
		slot->ended = true;
	(void)pthread_mutex_unlock(&slot->lock);
	(void)pthread_mutex_unlock(&s->files->lock);
	if (!ours)
		slot_give(s, slot);
	*ret = slot;
	return ours;
}

static enum err_code finish_whole(struct service *s, struct arena *a, const char *id,
	struct err *e)
{
	char path[BLOB_PATH_BYTES];
	struct upload_row row;
	struct store *store;
	struct digest d;
	uint64_t bytes;

	TRY(ledger_reader(s->ledger, &store, e));
	TRY(upload_row_find(store, a, str_of(id), &row, e));
	partial_path(s->config->dir, id, path);
	TRY(blob_digest_file(path, &d, &bytes, e));
	if (bytes != row.bytes)
		return err_set(e, ERR_CORRUPT, "upload \"%s\" changed while it was read", id);
	return files_take(s, &row, &d, e);
}

static void finish_uploads(struct service *s)
{
	char id[PARTIAL_ID_BYTES] = "";
	struct upload_slot *slot;
	uint64_t bytes, here;

	(void)pthread_mutex_lock(&s->files->lock);
	bool look = s->files->look_whole;
	s->files->look_whole = false;
	(void)pthread_mutex_unlock(&s->files->lock);
	while (look && !atomic_load(&s->files->stop) && next_upload(s, id, &bytes)) {
		SCOPED_ARENA a = { 0 };
		struct err e = { 0 };
		if (!partial_find(s->config->dir, id, &here))
			here = 0;
		if (here != bytes)
			continue;
		if (!seize(s, id, bytes, &slot)) {
			look_later(s->files); /* whoever is at it finishes it, or wakes us */
			continue;
		}
		arena_init(&a, WORK_ARENA_BYTES);
		if (finish_whole(s, &a, id, &e) != ERR_OK)
			diag_err(DIAG_WARN, "files", &e);
		slot_give(s, slot);
	}
}

/* ---- scans ----------------------------------------------------------------------------------- */

struct waiting {
	int64_t seq, organisation;
	struct file_facts facts;
	char part[PARTIAL_ID_BYTES];
	const char *verdict;
	const char *detail;
	int64_t now;
	bool there;                /* the row was still there */
};

static bool next_waiting(struct service *s, struct arena *a, int64_t after, struct waiting *ret)
{
	struct waiting w = { .seq = 0 };
	struct store *store;
	bool row = false;

	if (ledger_reader(s->ledger, &store, NULL) != ERR_OK)
		return false;
	SCOPED_SQL q = sql_use(store, SQL_FILE_WAITING);
	sql_bind_i64(q, 1, after);
	if (sql_step(q, &row, NULL) != ERR_OK || !row || sql_str(q, 2).len != DIGEST_BYTES)
		return false;
	w.seq = sql_i64(q, 0);
	w.organisation = sql_i64(q, 1);
	memcpy(w.facts.digest.at, sql_str(q, 2).at, DIGEST_BYTES);
	w.facts.bytes = (uint64_t)sql_i64(q, 3);
	w.facts.name = str_copy(a, sql_str(q, 4));
	w.facts.media_type = str_copy(a, sql_str(q, 5));
	(void)snprintf(w.part, sizeof(w.part), STR_FMT, STR_ARG(sql_str(q, 6)));
	*ret = w;
	return w.facts.name.at && w.facts.media_type.at;
}

static enum err_code put_verdict(void *context, struct store *store, struct err *e)
{
	struct waiting *w = context;
	bool infected = strcmp(w->verdict, "infected") == 0;
	{
		SCOPED_SQL q = sql_use(store, SQL_FILE_SCANNED);
		sql_bind_i64(q, 1, w->seq);
		sql_bind_str(q, 2, str_of(w->verdict));
		sql_bind_i64(q, 3, w->now);
		sql_bind_str(q, 4, str_of(w->part));
		TRY(sql_step(q, &w->there, e));
	}
	if (!w->there)
		return ERR_OK;
	if (!infected)
		TRY(files_hold(store, &w->facts, w->now, e));
	else
		TRY(notice_put(store, w->now, &(struct notice){ .word = "file-infected",
			.name = w->facts.name, .path = STR("/files"),
			.organisation = w->organisation, .to = CAPABILITY_FILES }, e));
	char detail[160];
	(void)snprintf(detail, sizeof(detail), "%s: %s", w->verdict, w->detail);
	return audit_put(store, w->now, &(struct audit_entry){ .action = "file-scan",
		.refused = infected, .actor = STR("node"), .target = w->facts.name,
		.detail = str_of(detail) }, e);
}

/* A part that is gone was deleted by its organisation while it was looked at. */
static enum err_code settle(struct service *s, struct waiting *w, struct err *e)
{
	bool infected = strcmp(w->verdict, "infected") == 0, made = false;
	uint64_t bytes;
	enum err_code code = ERR_OK;

	(void)pthread_mutex_lock(&s->files->place);
	if (partial_find(s->config->dir, w->part, &bytes)) {
		if (!infected)
			code = partial_place(s->config->dir, w->part, &w->facts.digest, &made, e);
		if (code == ERR_OK)
			code = ledger_write(s->ledger, put_verdict, w, e);
		if (made && (code != ERR_OK || !w->there))
			blob_drop(s->config->dir, &w->facts.digest);
		if (code == ERR_OK)
			partial_drop(s->config->dir, w->part);
	}
	(void)pthread_mutex_unlock(&s->files->place);
	return code;
}

static void scan_one(struct service *s, struct waiting *w)
{
	static const char *const words[] = { "clean", "infected", "not-scanned" };
	char path[BLOB_PATH_BYTES], detail[SCAN_DETAIL_BYTES] = "no program is named";
	enum scan_verdict verdict = SCAN_NOT_SCANNED;
	struct err e = { 0 };
	bool stopped = false;
	uint64_t bytes;

	if (!partial_find(s->config->dir, w->part, &bytes)) {
		(void)err_set(&e, ERR_CORRUPT, "file \"%s\" that waits for the scan is gone",
			w->part);
		diag_err(DIAG_WARN, "files", &e);
		return;
	}
	partial_path(s->config->dir, w->part, path);
	if (s->config->files.scan_count > 0)
		verdict = scan_run(&s->config->files, path, &s->files->stop, &stopped, detail);
	if (stopped)
		return;
	w->verdict = words[verdict];
	w->detail = detail;
	w->now = instant_now();
	if (settle(s, w, &e) != ERR_OK)
		diag_err(DIAG_WARN, "files", &e);
}

static void scan_files(struct service *s)
{
	struct waiting w = { .seq = 0 };
	bool more = true;

	while (more && !atomic_load(&s->files->stop)) {
		SCOPED_ARENA a = { 0 };
		arena_init(&a, WORK_ARENA_BYTES);
		more = next_waiting(s, &a, w.seq, &w);
		if (more)
			scan_one(s, &w);
	}
}

/* ---- what is old ----------------------------------------------------------------------------- */

struct sweeping {
	int64_t now;
	char id[PARTIAL_ID_BYTES]; /* of one that had expired; "": there was none */
	bool done;                 /* that was a file already: its bytes are no longer its */
};

static enum err_code drop_expired(void *context, struct store *store, struct err *e)
{
	struct sweeping *w = context;
	bool row = false;

	w->id[0] = '\0';
	{
		SCOPED_SQL q = sql_use(store, SQL_UPLOAD_EXPIRED);
		sql_bind_i64(q, 1, w->now);
		TRY(sql_step(q, &row, e));
		if (row)
			(void)snprintf(w->id, sizeof(w->id), STR_FMT, STR_ARG(sql_str(q, 0)));
	}
	if (row) {
		SCOPED_SQL drop = sql_use(store, SQL_UPLOAD_DROP);
		sql_bind_str(drop, 1, str_of(w->id));
		TRY(sql_step(drop, &row, e));
		w->done = row && sql_i64(drop, 1) != 0;
		return ERR_OK;
	}
	SCOPED_SQL copies = sql_use(store, SQL_LISTING_COPY_EXPIRE);
	sql_bind_i64(copies, 1, w->now);
	TRY(sql_run(copies, e));
	SCOPED_SQL old = sql_use(store, SQL_FILE_ACCESS_OLD);
	sql_bind_i64(old, 1, w->now - (int64_t)LIMIT_AUDIT_KEEP_DAYS * DAY_S);
	return sql_run(old, e);
}

static void sweep(struct service *s, int64_t now)
{
	struct sweeping w = { .now = now };
	int64_t every = s->config->files.keep_s < SWEEP_EVERY_S ? s->config->files.keep_s :
		SWEEP_EVERY_S;
	struct err e = { 0 };

	if (now - s->files->swept_at < every)
		return;
	s->files->swept_at = now;
	look_later(s->files); /* what could not be made a file, with a full disk, say */
	do {
		if (ledger_write(s->ledger, drop_expired, &w, &e) != ERR_OK) {
			diag_err(DIAG_WARN, "files", &e);
			return;
		}
		if (w.id[0] && !w.done)
			upload_forget(s, w.id);
	} while (w.id[0]);
}

void service_files_work(struct service *s, int64_t now)
{
	struct upload_slot *slot;

	do
		slot = next_due(s->files);
	while (slot && sync_slot(s, slot)); /* a disk that fails is asked again in the next round */
	finish_uploads(s);
	scan_files(s);
	listing_copies_drop(s);
	sweep(s, now);
}
