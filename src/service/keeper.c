/* keeper.c - the thread, its jobs, and the schedule. */
#include "service/keeper.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/instant.h"
#include "base/io.h"
#include "base/limits.h"
#include "base/scoped.h"
#include "crypto/digest.h"
#include "service/audit.h"
#include "service/keeper_inner.h"
#include "store/backup.h"
#include "store/manifest.h"

#define PAUSE_S 10
#define CHILD_LOOK_MS 100
#define SAMPLE_S 3600
#define SAMPLES_KEPT_S (90 * 86400)
#define PATH_ROOM 4096
#define AFTER_FAILURE_S 3600       /* a schedule that failed is not tried every ten seconds */

struct keeper {
	struct service *service;
	char dir[512];             /* of backups; empty: none */
	pthread_t thread;
	bool running;
	atomic_bool stop;
	pthread_mutex_t lock;      /* guards what is below */
	pthread_cond_t wake;
	struct keeper_now now;
	bool asked;                /* now.job was set by somebody and waits for the thread */
	int64_t failed_at;         /* of a scheduled backup */
};

static void lock(struct keeper *k)
{
	CHECK(pthread_mutex_lock(&k->lock) == 0);
}

static void unlock(struct keeper *k)
{
	CHECK(pthread_mutex_unlock(&k->lock) == 0);
}

/* ---- names ----------------------------------------------------------------------------------- */

#define NAME_START "huren-"
#define NAME_LEN (sizeof(NAME_START) - 1 + 16)

bool keeper_name_is_ours(struct str name)
{
	static const char form[] = NAME_START "00000000T000000Z";

	if (name.len != NAME_LEN)
		return false;
	for (size_t i = 0; i < NAME_LEN; i++) {
		bool digit = name.at[i] >= '0' && name.at[i] <= '9';
		if (form[i] == '0' ? !digit : name.at[i] != form[i])
			return false;
	}
	return true;
}

static void name_new(int64_t at, char ret[KEEPER_NAME_BYTES])
{
	char text[INSTANT_TEXT_BYTES];

	instant_format(at, text);
	(void)snprintf(ret, KEEPER_NAME_BYTES, NAME_START "%.4s%.2s%.2sT%.2s%.2s%.2sZ", text,
		text + 5, text + 8, text + 11, text + 14, text + 17);
}

/* What a process that is no more left half-made. */
static bool is_left_over(const char *name)
{
	static const char *const starts[] = { ".part-", ".rehearsal-" };
	uint64_t pid;

	for (size_t i = 0; i < 2; i++) {
		size_t len = strlen(starts[i]);
		if (strncmp(name, starts[i], len) == 0 &&
			str_parse_u64(str_of(name + len), &pid, NULL) == ERR_OK &&
			pid > 0 && pid < INT32_MAX)
			return pid == (uint64_t)getpid() ||
				(kill((pid_t)pid, 0) != 0 && errno == ESRCH);
	}
	return false;
}

static void tidy(struct keeper *k)
{
	SCOPED_DIR dir = opendir(k->dir);
	const struct dirent *entry;
	struct err e = { 0 };

	while (dir && (entry = readdir(dir)))
		if (is_left_over(entry->d_name) &&
			backup_remove(k->dir, entry->d_name, &e) != ERR_OK)
			diag_err(DIAG_WARN, "backup", &e);
}

/* ---- the list -------------------------------------------------------------------------------- */

struct str keeper_dir(struct service *s)
{
	return str_of(s->keeper->dir);
}

size_t keeper_names(struct service *s, char (*ret)[KEEPER_NAME_BYTES], size_t max)
{
	SCOPED_DIR dir = opendir(s->keeper->dir);
	const struct dirent *entry;
	size_t count = 0;

	while (dir && (entry = readdir(dir))) {
		size_t at;
		if (!keeper_name_is_ours(str_of(entry->d_name)))
			continue;
		/* Newest first; what is older than the oldest of a full list is left out. */
		for (at = count; at > 0 && strcmp(ret[at - 1], entry->d_name) < 0; at--)
			if (at < max)
				memcpy(ret[at], ret[at - 1], KEEPER_NAME_BYTES);
		if (at == max)
			continue;
		memcpy(ret[at], entry->d_name, NAME_LEN + 1);
		count = count < max ? count + 1 : max;
	}
	return count;
}

/* ---- a backup -------------------------------------------------------------------------------- */

static void on_progress(void *context, const struct backup_progress *p)
{
	struct keeper *k = context;

	lock(k);
	k->now.files = p->files;
	k->now.all_files = p->all_files;
	k->now.bytes = p->bytes;
	k->now.all_bytes = p->all_bytes;
	unlock(k);
}

/* Complete up to what it holds, by its last rehearsal. */
static bool is_proven(struct keeper *k, const char *name)
{
	SCOPED_ARENA a = { 0 };
	struct json *v;

	arena_init(&a, KEEPER_RESULT_BYTES * 4);
	return keeper_rehearsal(k->dir, name, &a, &v) && str_is(json_get_str(v, "outcome"),
		"complete");
}

/* All but the newest `keep`, the one just made (names of a clock that was ahead stand before it),
 * the newest that is known to be good, and those of another node. */
static void drop_old(struct keeper *k, int64_t keep, const char *made)
{
	/* As many again as may be kept: what is more goes the next time. */
	const size_t max = (size_t)2 * LIMIT_BACKUPS;
	char (*names)[KEEPER_NAME_BYTES] = handle_new(max * KEEPER_NAME_BYTES);
	size_t count = keeper_names(k->service, names, max);
	bool proven = false;
	int64_t own = 0;
	struct err e = { 0 };

	for (size_t i = 0; i < count; i++) {
		if (keeper_is_foreign(k->service, names[i]))
			continue;
		bool good = !proven && is_proven(k, names[i]);
		proven = proven || good;
		if (own++ >= keep && !good && strcmp(names[i], made) != 0 &&
			backup_remove(k->dir, names[i], &e) != ERR_OK)
			diag_err(DIAG_WARN, "backup", &e);
	}
	handle_drop(names);
}

static enum err_code place(const char *dir, const char *part, const char *name, struct err *e)
{
	char target[PATH_ROOM];

	(void)snprintf(target, sizeof(target), "%s/%s", dir, name); /* dir has under 400 bytes */
	if (rename(part, target) != 0)
		return err_set(e, ERR_IO, "could not put backup \"%s\" in place: %s", target,
			err_errno());
	return io_sync(dir, e);
}

static enum err_code make_backup(struct keeper *k, char name[KEEPER_NAME_BYTES], struct err *e)
{
	char part[PATH_ROOM], previous[PATH_ROOM], newest[1][KEEPER_NAME_BYTES];
	struct backup_options o = { .path = part, .progress = on_progress, .context = k,
		.stop = &k->stop };
	struct store *store;
	enum err_code code;
	int64_t keep;

	TRY(io_make_dirs(k->dir, e));
	tidy(k);
	(void)snprintf(part, sizeof(part), "%s/.part-%d", k->dir, (int)getpid());
	if (keeper_names(k->service, newest, 1) > 0) {
		(void)snprintf(previous, sizeof(previous), "%s/%s", k->dir, newest[0]);
		o.previous = previous;
	}
	code = backup_take_with(k->service->config->dir, &o, e);
	if (code != ERR_OK && !atomic_load(&k->stop))
		tidy(k); /* half a backup must not hold the disk's last room */
	TRY(code);
	name_new(instant_now(), name);
	TRY(place(k->dir, part, name, e));
	TRY(ledger_reader(k->service->ledger, &store, e));
	TRY(keeper_setting(store, "backup-keep", &keep, e));
	if (keep > 0)
		drop_old(k, keep, name);
	return ERR_OK;
}

/* ---- a rehearsal ----------------------------------------------------------------------------- */

static enum err_code start_rehearsal(struct keeper *k, const char *path, pid_t *ret,
	struct err *e)
{
	static char self[] = "huren", word[] = "restore", rehearse[] = "--rehearse",
		dir[] = "--dir", language[] = "LC_ALL=C";
	char backup[PATH_ROOM], node[512];
	char *argv[] = { self, word, rehearse, backup, dir, node, NULL };
	char *envp[] = { language, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	int code;

	(void)snprintf(backup, sizeof(backup), "%s", path);
	(void)snprintf(node, sizeof(node), "%s", k->service->config->dir);
	/* The node's threads hold back its signals to stop; the child must not. */
	CHECK(posix_spawnattr_init(&attributes) == 0);
	CHECK(sigemptyset(&none) == 0);
	CHECK(posix_spawnattr_setsigmask(&attributes, &none) == 0);
	CHECK(posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK) == 0);
	code = posix_spawn_file_actions_init(&actions);
	if (code == 0)
		code = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	if (code == 0)
		code = posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	if (code == 0)
		code = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
	if (code == 0)
		code = posix_spawn(ret, "/proc/self/exe", &actions, &attributes, argv, envp);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)posix_spawnattr_destroy(&attributes);
	errno = code;
	return code == 0 ? ERR_OK : err_set(e, ERR_IO, "could not start the rehearsal: %s",
		err_errno());
}

/* The result is read from beside the backup; the exit status only says whether there is one. */
static enum err_code wait_for(struct keeper *k, pid_t pid, int *ret_status, struct err *e)
{
	const struct timespec pause = { .tv_nsec = CHILD_LOOK_MS * 1000000L };

	for (;;) {
		pid_t got = waitpid(pid, ret_status, WNOHANG);
		if (got == pid)
			return ERR_OK;
		if (got < 0 && errno != EINTR)
			return err_set(e, ERR_IO, "could not wait for the rehearsal: %s",
				err_errno());
		if (atomic_load(&k->stop)) {
			(void)kill(pid, SIGKILL); /* its folder is tidied at the next start */
			(void)waitpid(pid, ret_status, 0);
			return err_set(e, ERR_BUSY, "the rehearsal was stopped before its end");
		}
		(void)nanosleep(&pause, NULL);
	}
}

static enum err_code rehearse(struct keeper *k, const char *name, int64_t started, struct err *e)
{
	SCOPED_ARENA a = { 0 };
	char path[PATH_ROOM];
	struct json *v;
	int64_t at = 0;
	int status = 0;
	pid_t pid;

	tidy(k);
	(void)snprintf(path, sizeof(path), "%s/%s", k->dir, name);
	TRY(start_rehearsal(k, path, &pid, e));
	TRY(wait_for(k, pid, &status, e));
	tidy(k); /* a child that died left its folder */
	arena_init(&a, KEEPER_RESULT_BYTES * 4);
	if (!keeper_rehearsal(k->dir, name, &a, &v) ||
		instant_parse(json_get_str(v, "started"), &at, NULL) != ERR_OK || at < started)
		return err_set(e, ERR_IO, "the rehearsal of \"%s\" left no result (status %d)",
			name, WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	if (str_is(json_get_str(v, "outcome"), "damaged"))
		return err_set(e, ERR_CORRUPT, "backup \"%s\" is damaged", name);
	return ERR_OK;
}

/* ---- the thread ------------------------------------------------------------------------------ */

static void tell_audit(struct keeper *k, enum keeper_job job, const char *name,
	const struct err *e)
{
	audit_note(k->service, &(struct audit_entry){ .action = job == KEEPER_BACKUP ? "backup" :
		"rehearse", .refused = e->code != ERR_OK, .actor = STR("node"),
		.target = str_of(name), .detail = e->code == ERR_OK ? STR("finished") :
		str_of(e->message) });
}

static void run_job(struct keeper *k, enum keeper_job job)
{
	uint64_t from_us = instant_monotonic_us();
	char name[KEEPER_NAME_BYTES];
	struct err e = { 0 };
	int64_t started;

	lock(k);
	(void)snprintf(name, sizeof(name), "%s", k->now.name);
	started = k->now.started;
	unlock(k);
	if (job == KEEPER_BACKUP)
		(void)make_backup(k, name, &e);
	else
		(void)rehearse(k, name, started, &e);
	if (e.code != ERR_OK)
		diag_err(DIAG_WARN, "backup", &e);
	tell_audit(k, job, name, &e);
	lock(k);
	k->now.last = job;
	k->now.last_finished = instant_now();
	k->now.last_s = (uint32_t)((instant_monotonic_us() - from_us) / 1000000);
	(void)snprintf(k->now.last_name, sizeof(k->now.last_name), "%s", name);
	(void)snprintf(k->now.last_problem, sizeof(k->now.last_problem), "%.250s", e.message);
	k->now.job = KEEPER_IDLE;
	if (job == KEEPER_BACKUP)
		k->failed_at = e.code != ERR_OK ? k->now.last_finished : 0;
	unlock(k);
}

static int64_t made_at(const char *name)
{
	char text[INSTANT_TEXT_BYTES + 16];
	int64_t at = 0;
	const char *t = name + sizeof(NAME_START) - 1;

	(void)snprintf(text, sizeof(text), "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", t, t + 4, t + 6, t + 9,
		t + 11, t + 13);
	return instant_parse(str_of(text), &at, NULL) == ERR_OK ? at : 0;
}

/* When the newest was made; those of a clock that was ahead do not count. */
static int64_t last_made(struct keeper *k, int64_t now)
{
	char (*names)[KEEPER_NAME_BYTES] = handle_new(LIMIT_BACKUPS * KEEPER_NAME_BYTES);
	size_t count = keeper_names(k->service, names, LIMIT_BACKUPS);
	int64_t last = 0;

	for (size_t i = 0; i < count && last == 0; i++)
		last = made_at(names[i]) <= now ? made_at(names[i]) : 0;
	handle_drop(names);
	return last;
}

/* A backup is due when the newest is older than the setting says. */
static bool is_due(struct keeper *k)
{
	struct store *store;
	int64_t hours = 0, now = instant_now(), failed_at;

	if (k->dir[0] == '\0' || ledger_reader(k->service->ledger, &store, NULL) != ERR_OK ||
		keeper_setting(store, "backup-hours", &hours, NULL) != ERR_OK || hours == 0)
		return false;
	lock(k);
	failed_at = k->failed_at;
	unlock(k);
	return now - failed_at >= AFTER_FAILURE_S && now - last_made(k, now) >= hours * 3600;
}

struct sample {
	int64_t time;
	uint64_t free_bytes;
};

static enum err_code put_sample(void *context, struct store *store, struct err *e)
{
	const struct sample *sample = context;
	{
		SCOPED_SQL q = sql_use(store, SQL_DISK_PUT);
		sql_bind_i64(q, 1, sample->time);
		sql_bind_i64(q, 2, (int64_t)sample->free_bytes);
		TRY(sql_run(q, e));
	}
	SCOPED_SQL old = sql_use(store, SQL_DISK_DROP);
	sql_bind_i64(old, 1, sample->time - SAMPLES_KEPT_S);
	sql_bind_i64(old, 2, sample->time);
	return sql_run(old, e);
}

static void sample_disk(struct keeper *k)
{
	struct sample sample = { .time = instant_now() };
	struct err e = { 0 };
	struct store *store;
	bool row = false;
	int64_t last = 0;

	if (ledger_reader(k->service->ledger, &store, NULL) != ERR_OK)
		return;
	{
		SCOPED_SQL q = sql_use(store, SQL_DISK_LAST);
		if (sql_step(q, &row, NULL) == ERR_OK && row)
			last = sql_i64(q, 0);
	}
	if (sample.time - last < SAMPLE_S && sample.time >= last)
		return;
	if (io_free_bytes(k->service->config->dir, &sample.free_bytes, &e) != ERR_OK ||
		ledger_write(k->service->ledger, put_sample, &sample, &e) != ERR_OK)
		diag_err(DIAG_WARN, "disk", &e);
}

/* What is to be done now; waits a while when there is nothing. */
static enum keeper_job next_job(struct keeper *k)
{
	enum keeper_job job = KEEPER_IDLE;
	struct timespec until;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PAUSE_S;
	lock(k);
	while (!k->asked && !atomic_load(&k->stop))
		if (pthread_cond_timedwait(&k->wake, &k->lock, &until) == ETIMEDOUT)
			break;
	if (k->asked)
		job = k->now.job;
	k->asked = false;
	unlock(k);
	return job;
}

static void *keeper_main(void *context)
{
	struct keeper *k = context;
	struct err e = { 0 };

	if (k->dir[0] != '\0')
		tidy(k);
	while (!atomic_load(&k->stop)) {
		enum keeper_job job;
		sample_disk(k);
		if (is_due(k) && keeper_begin(k->service, KEEPER_BACKUP, STR(""), &e) != ERR_OK)
			diag_err(DIAG_WARN, "backup", &e);
		job = next_job(k);
		if (job != KEEPER_IDLE && !atomic_load(&k->stop))
			run_job(k, job);
	}
	digest_thread_clear();
	return NULL;
}

enum err_code keeper_open(struct service *s, struct err *e)
{
	struct keeper *k = s->keeper;

	(void)e;
	CHECK(!k->running);
	if (pthread_create(&k->thread, NULL, keeper_main, k) != 0)
		return err_set(e, ERR_IO, "could not start the keeper's thread: %s", err_errno());
	k->running = true;
	return ERR_OK;
}

void keeper_close(struct service *s)
{
	struct keeper *k = s->keeper;

	if (!k || !k->running)
		return;
	lock(k);
	atomic_store(&k->stop, true);
	CHECK(pthread_cond_signal(&k->wake) == 0);
	unlock(k);
	(void)pthread_join(k->thread, NULL);
	k->running = false;
}

struct keeper *keeper_new(struct service *s)
{
	struct keeper *k = handle_new(sizeof(*k));

	k->service = s;
	CHECK(pthread_mutex_init(&k->lock, NULL) == 0);
	CHECK(pthread_cond_init(&k->wake, NULL) == 0);
	(void)snprintf(k->dir, sizeof(k->dir), STR_FMT, STR_ARG(s->config->backup_dir));
	return k;
}

void keeper_drop(struct keeper *k)
{
	if (!k)
		return;
	(void)pthread_cond_destroy(&k->wake);
	(void)pthread_mutex_destroy(&k->lock);
	handle_drop(k);
}

struct keeper_now keeper_now(struct service *s)
{
	struct keeper_now now;

	lock(s->keeper);
	now = s->keeper->now;
	unlock(s->keeper);
	return now;
}

enum err_code keeper_begin(struct service *s, enum keeper_job job, struct str name, struct err *e)
{
	struct keeper *k = s->keeper;
	enum err_code code = ERR_OK;
	char path[PATH_ROOM];

	if (k->dir[0] == '\0') {
		(void)err_set(e, ERR_NOT_FOUND, "no folder for backups is configured");
		return err_hint(e, "Name one in node.json as \"backup_dir\" and start again.");
	}
	if (job == KEEPER_REHEARSAL) {
		(void)snprintf(path, sizeof(path), "%s/" STR_FMT, k->dir, STR_ARG(name));
		if (!keeper_name_is_ours(name) || !io_exists(path))
			return err_set(e, ERR_NOT_FOUND, "no such backup is in \"%s\"", k->dir);
	}
	lock(k);
	if (k->now.job != KEEPER_IDLE) {
		code = err_set(e, ERR_BUSY, "a backup or rehearsal is under way already");
	} else {
		k->now = (struct keeper_now){ .job = job, .started = instant_now(),
			.last = k->now.last, .last_finished = k->now.last_finished,
			.last_s = k->now.last_s };
		(void)snprintf(k->now.name, sizeof(k->now.name), STR_FMT, STR_ARG(name));
		k->asked = true;
		CHECK(pthread_cond_signal(&k->wake) == 0);
	}
	unlock(k);
	return code;
}
