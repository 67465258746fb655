/* operator.c - health of the node at a glance, and trust in a peer restored by a person. */
#include "service/operator.h"

#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/instant.h"
#include "base/io.h"
#include "base/limits.h"
#include "base/scoped.h"
#include "service/account_inner.h"
#include "service/keeper_inner.h"
#include "service/model.h"

#define DAY_S 86400
#define FORECAST_S (14 * DAY_S)        /* how far back the trend looks */
#define FORECAST_MIN_S 3600
#define FORECAST_WARN_DAYS 30
#define QUEUE_WARN 1000
#define FILER_WARN 32768               /* entries that fit before the writer must wait */
#define STALE_WARN_S 600
#define CLOCK_WARN_S 60
#define COSIGN_WARN_S 3600             /* an entry waits for a cosignature */
#define ENDING_DAYS 60
#define PATH_ROOM 1024

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

/* ---- the list of what is looked at ----------------------------------------------------------- */

enum health { HEALTH_GOOD, HEALTH_WARN, HEALTH_BAD };
static const char *const health_words[] = { "good", "warn", "bad" };

struct look {
	struct service *s;
	struct arena *a;
	struct store *store;
	int64_t now;
	struct json *checks;
	struct json *model;
	enum health worst;
};

/* `name` is a word of the catalogues' list "look"; `advice` of "advice", or NULL. */
static struct json *check(struct look *l, const char *name, enum health health,
	const char *advice)
{
	struct json *v = json_set_text(l->a, json_new_object(l->a), "look", name);

	v = json_set_text(l->a, v, "health", health_words[health]);
	if (advice)
		v = json_set_text(l->a, v, "advice", advice);
	l->checks = json_push(l->a, l->checks, v);
	if (health > l->worst)
		l->worst = health;
	return v;
}

static void look_at_signing(struct look *l, const struct ledger_figures *f)
{
	struct str alarm = ledger_alarm_text(l->s->ledger, l->a);
	bool restored = ledger_is_restored(l->s->ledger);
	struct json *v = check(l, "signing", f->signing && alarm.len == 0 ? HEALTH_GOOD :
		HEALTH_BAD, alarm.len > 0 ? "alarm" : restored ? "restored" : f->disk_low ?
		"disk" : f->signing ? NULL : "signing");

	if (alarm.len > 0)
		json_set_str(l->a, v, "detail", alarm);
}

/* What a person reads: one digit behind the point. */
static double tenths(double value)
{
	return (double)(uint64_t)(value * 10 + 0.5) / 10;
}

/* Days until the disk is nearly full, by the trend of the last two weeks; negative: none to see. */
static enum err_code forecast(struct look *l, uint64_t free_bytes, double *ret, struct err *e)
{
	SCOPED_SQL q = sql_use(l->store, SQL_DISK_FROM);
	double lost, seconds;
	bool row;

	*ret = -1;
	sql_bind_i64(q, 1, l->now - FORECAST_S);
	TRY(sql_step(q, &row, e));
	if (!row || l->now - sql_i64(q, 0) < FORECAST_MIN_S)
		return ERR_OK;
	seconds = (double)(l->now - sql_i64(q, 0));
	lost = (double)sql_i64(q, 1) - (double)free_bytes;
	if (lost > 0 && free_bytes > LIMIT_DISK_FREE_BYTES)
		*ret = (double)(uint64_t)((double)(free_bytes - LIMIT_DISK_FREE_BYTES) / lost *
			seconds / DAY_S);
	return ERR_OK;
}

static enum err_code look_at_disk(struct look *l, const struct ledger_figures *f, struct err *e)
{
	struct statvfs fs;
	double days, all;
	uint64_t free_bytes;
	enum health health;
	struct json *v;

	if (statvfs(l->s->config->dir, &fs) != 0)
		return err_set(e, ERR_IO, "could not ask for the free space: %s", err_errno());
	free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
	all = (double)fs.f_blocks * (double)fs.f_frsize;
	TRY(forecast(l, free_bytes, &days, e));
	health = f->disk_low || free_bytes < LIMIT_DISK_FREE_BYTES ? HEALTH_BAD :
		(days >= 0 && days < FORECAST_WARN_DAYS) || (double)free_bytes < all / 20 ?
		HEALTH_WARN : HEALTH_GOOD;
	v = check(l, "disk", health, health == HEALTH_GOOD ? NULL : "disk");
	json_set_number(l->a, v, "free_gb", tenths((double)free_bytes / 1e9));
	json_set_number(l->a, v, "of_gb", tenths(all / 1e9));
	if (days >= 0)
		json_set_number(l->a, v, "days", days);
	return ERR_OK;
}

static double file_bytes(const struct look *l, const char *name)
{
	char path[PATH_ROOM];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/%s", l->s->config->dir, name);
	return stat(path, &st) == 0 ? (double)st.st_size : 0;
}

static void look_at_store(struct look *l, const struct ledger_figures *f)
{
	double wal = file_bytes(l, "huren.db-wal");
	uint64_t full_size = f->size / TILE_WIDTH * TILE_WIDTH;
	uint64_t lag = full_size > f->files_size ? full_size - f->files_size : 0;
	struct json *v = check(l, "database", wal > 1e9 ? HEALTH_WARN : HEALTH_GOOD,
		wal > 1e9 ? "wal" : NULL);

	json_set_number(l->a, v, "mb", tenths(file_bytes(l, "huren.db") / 1e6));
	json_set_number(l->a, v, "wal_mb", tenths(wal / 1e6));
	v = check(l, "queue", f->queue_count > QUEUE_WARN ? HEALTH_WARN : HEALTH_GOOD,
		f->queue_count > QUEUE_WARN ? "queue" : NULL);
	json_set_number(l->a, v, "waiting", f->queue_count);
	v = check(l, "files", f->files_problem[0] ? HEALTH_BAD : lag > FILER_WARN / 2 ?
		HEALTH_WARN : HEALTH_GOOD, f->files_problem[0] || lag > FILER_WARN / 2 ? "files" :
		NULL);
	json_set_number(l->a, v, "entries", (double)f->size);
	json_set_number(l->a, v, "lag", (double)lag);
	if (f->files_problem[0])
		json_set_str(l->a, v, "detail", str_copy(l->a, str_of(f->files_problem)));
}

/* ---- peers and witnesses --------------------------------------------------------------------- */

static const char *const judged_words[] = { "not-judged", "goes-on", "contradicts" };

static struct json *peer_row(struct look *l, size_t i, uint64_t own_size)
{
	struct json *v = model_peer(l->s, l->a, i, own_size);
	struct peer_state state = service_peer_state(l->s, i);

	v = json_without(l->a, v, "heads");
	if (state.clock_known)
		json_set_number(l->a, v, "clock_s", (double)state.clock_s);
	if (state.distrusted)
		json_set_text(l->a, v, "judged", judged_words[state.judged]);
	return v;
}

static enum health peer_health(const struct look *l, const struct peer_state *state)
{
	int64_t clock = state->clock_s < 0 ? -state->clock_s : state->clock_s;

	if (state->distrusted)
		return HEALTH_BAD;
	return l->now - state->as_of > STALE_WARN_S || (state->clock_known &&
		clock > CLOCK_WARN_S) ? HEALTH_WARN : HEALTH_GOOD;
}

static void look_at_peers(struct look *l, uint64_t own_size)
{
	const struct node_config *c = l->s->config;
	struct json *rows = json_new_array(l->a), *witnesses = json_new_array(l->a), *v;

	for (size_t i = 0; i < c->peer_count; i++) {
		struct peer_state state = service_peer_state(l->s, i);
		enum health health = peer_health(l, &state);
		v = check(l, "peer", health, state.distrusted ? "distrusted" :
			l->now - state.as_of > STALE_WARN_S ? "stale" :
			health == HEALTH_WARN ? "clock" : NULL);
		json_set_str(l->a, v, "domain", c->peers[i].domain);
		rows = json_push(l->a, rows, peer_row(l, i, own_size));
	}
	for (size_t i = 0; i < c->witness_count; i++) {
		struct cosigner_state state = service_witness_state(l->s, i);
		v = json_set_str(l->a, json_new_object(l->a), "name", c->witnesses[i].key.name);
		v = json_set_number(l->a, v, "size", (double)state.size);
		if (state.at > 0)
			v = json_set(l->a, v, "at", model_time(l->a, state.at));
		if (state.problem[0])
			v = json_set_str(l->a, v, "problem", str_copy(l->a,
				str_of(state.problem)));
		witnesses = json_push(l->a, witnesses, v);
	}
	json_set(l->a, l->model, "peers", rows);
	json_set(l->a, l->model, "witnesses", witnesses);
}

/* Cosignatures come a moment after their entries; one that has waited long is worth a look. */
static void look_at_cosigned(struct look *l, uint64_t own_size)
{
	const struct node_config *c = l->s->config;
	bool none = c->peer_count + c->witness_count == 0, late;
	struct ledger_found first;
	uint64_t cosigned = 0;
	struct str note;
	struct json *v;

	if (ledger_cosigned_checkpoint(l->s->ledger, l->a, &note, &cosigned, NULL) != ERR_OK)
		cosigned = 0;
	late = cosigned < own_size && (ledger_entry(l->s->ledger, l->a, STR(""), cosigned, &first,
		NULL) != ERR_OK || l->now - first.receipt.time > COSIGN_WARN_S);
	v = check(l, "witnessed", none || late ? HEALTH_WARN : HEALTH_GOOD,
		none ? "no-witness" : late ? "unwitnessed" : NULL);
	json_set_number(l->a, v, "entries", (double)own_size);
	json_set_number(l->a, v, "cosigned", (double)cosigned);
}

/* ---- keys, and what ends soon ---------------------------------------------------------------- */

static void look_at_keys(struct look *l)
{
	const struct ledger_keys *k = ledger_keys(l->s->ledger);
	const struct { const char *name; const struct key_public *pub; } keys[] = {
		{ "tlog", &k->tlog.pub }, { "tlog-sm2", &k->tlog_sm2.pub },
		{ "issuer", &k->issuer.pub }, { "issuer-sm2", &k->issuer_sm2.pub },
		{ "witness", &k->witness.pub }, { "requests", &k->requests.pub } };
	struct json *rows = json_new_array(l->a);
	struct ledger_found first;
	bool any = ledger_entry(l->s->ledger, l->a, STR(""), 0, &first, NULL) == ERR_OK;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct json *v = json_set_text(l->a, json_new_object(l->a), "key_role",
			keys[i].name);
		if (keys[i].pub->type == KEY_NONE)
			continue;
		v = json_set_str(l->a, v, "public", key_public_multikey(l->a, keys[i].pub));
		if (any) {
			v = json_set(l->a, v, "since", model_time(l->a, first.receipt.time));
			v = json_set_number(l->a, v, "days", (double)((l->now -
				first.receipt.time) / DAY_S));
		}
		rows = json_push(l->a, rows, v);
	}
	json_set(l->a, l->model, "keys", rows);
}

/* What a statement of SQL names with its end, the soonest first. */
static enum err_code put_endings(struct look *l, enum sql_id id, struct json *rows, struct err *e)
{
	SCOPED_SQL q = sql_use(l->store, id);
	bool row;

	sql_bind_i64(q, 1, l->now);
	sql_bind_i64(q, 2, l->now + (int64_t)ENDING_DAYS * DAY_S);
	for (;;) {
		struct model_statement m;
		struct json *v;
		uint8_t id_key[16];
		int64_t until;
		TRY(sql_step(q, &row, e));
		if (!row)
			return ERR_OK;
		until = sql_i64(q, 1);
		memcpy(id_key, sql_str(q, 0).at, sizeof(id_key));
		if (model_load(l->s, l->a, id_key, &m, NULL) != ERR_OK)
			continue;
		v = model_head(l->s, l->a, &m);
		v = json_set(l->a, v, "until", model_time(l->a, until));
		v = json_set_number(l->a, v, "days", (double)((until - l->now) / DAY_S));
		(void)json_push(l->a, rows, v);
	}
}

static enum err_code look_at_endings(struct look *l, struct err *e)
{
	struct json *rows = json_new_array(l->a);

	TRY(put_endings(l, SQL_AGREEMENT_ENDING, rows, e));
	TRY(put_endings(l, SQL_ACCREDITATION_ENDING, rows, e));
	if (json_count(rows) > 0)
		json_set_number(l->a, check(l, "ending", HEALTH_WARN, "ending"), "count",
			(double)json_count(rows));
	json_set(l->a, l->model, "ending", rows);
	return ERR_OK;
}

/* ---- backups, audit, process ----------------------------------------------------------------- */

static enum err_code look_at_backups(struct look *l, struct err *e)
{
	struct json *backups, *v;
	const struct json *newest;
	struct str word;
	int64_t made = 0;

	TRY(service_backups(l->s, l->a, &backups, e));
	newest = json_at(json_get(backups, "rows"), 0);
	if (newest && instant_parse(json_get_str(newest, "made"), &made, NULL) != ERR_OK)
		made = 0; /* unfinished */
	v = check(l, "backup", made == 0 || l->now - made > 7 * DAY_S ? HEALTH_WARN : HEALTH_GOOD,
		json_get_str(backups, "folder").len == 0 ? "no-folder" : made == 0 ||
		l->now - made > 7 * DAY_S ? "backup" : NULL);
	if (made > 0)
		json_set(l->a, v, "made", model_time(l->a, made));
	word = json_get_str(backups, "rehearsed");
	v = check(l, "rehearsal", str_is(word, "complete") ? HEALTH_GOOD : str_is(word,
		"damaged") ? HEALTH_BAD : HEALTH_WARN, str_is(word, "complete") ? NULL :
		str_is(word, "damaged") ? "damaged" : str_is(word, "unwitnessed") ? "not-proven" :
		"rehearse");
	json_set_str(l->a, v, "rehearsed", word);
	if (json_get(backups, "rehearsal"))
		json_set(l->a, v, "rehearsal", json_copy(l->a, json_get(backups, "rehearsal")));
	return ERR_OK;
}

static enum err_code look_at_audit(struct look *l, struct err *e)
{
	struct audit_query query = { .action = STR(""), .list = { .rows = 1 } };
	struct json *trail, *v = json_new_object(l->a);
	bool row;

	TRY(service_audit(l->s, l->a, &query, &trail, e));
	v = json_set(l->a, v, "head", json_copy(l->a, json_get(trail, "head")));
	SCOPED_SQL q = sql_use(l->store, SQL_AUDIT_OLDEST);
	TRY(sql_step(q, &row, e));
	if (row)
		v = json_set(l->a, v, "oldest", model_time(l->a, sql_i64(q, 0)));
	v = json_set_number(l->a, v, "keep_days", LIMIT_AUDIT_KEEP_DAYS);
	return json_set(l->a, l->model, "audit", v) ? ERR_OK : full(e);
}

static void look_at_process(struct look *l)
{
	long pages = 0, page = sysconf(_SC_PAGESIZE);
	FILE *file = fopen("/proc/self/statm", "re");

	if (file && fscanf(file, "%*s %ld", &pages) != 1)
		pages = 0;
	if (file)
		(void)fclose(file); /* it was only read */
	json_set(l->a, l->model, "started", model_time(l->a, l->s->started));
	json_set_number(l->a, l->model, "uptime_s", (double)(l->now - l->s->started));
	json_set_number(l->a, l->model, "memory_mb", tenths((double)pages * (double)page / 1e6));
}

enum err_code service_operator(struct service *s, struct arena *a, struct json **ret,
	struct err *e)
{
	struct look l = { .s = s, .a = a, .now = instant_now(), .checks = json_new_array(a),
		.model = json_new_object(a) };
	struct ledger_figures f;

	TRY(ledger_reader(s->ledger, &l.store, e));
	ledger_figures(s->ledger, &f);
	if (!json_set(a, l.model, "now", model_time(a, l.now)))
		return full(e);
	look_at_signing(&l, &f);
	TRY(look_at_disk(&l, &f, e));
	look_at_store(&l, &f);
	look_at_peers(&l, f.size);
	look_at_cosigned(&l, f.size);
	look_at_keys(&l);
	TRY(look_at_endings(&l, e));
	TRY(look_at_backups(&l, e));
	TRY(look_at_audit(&l, e));
	look_at_process(&l);
	json_set_text(a, l.model, "health", health_words[l.worst]);
	*ret = json_set(a, l.model, "checks", l.checks);
	return *ret ? ERR_OK : full(e);
}

/* ---- trust ----------------------------------------------------------------------------------- */

static enum err_code find_peer(struct service *s, struct str domain, size_t *ret, struct err *e)
{
	for (size_t i = 0; i < s->config->peer_count; i++)
		if (str_eq(s->config->peers[i].domain, domain)) {
			*ret = i;
			return ERR_OK;
		}
	return err_set(e, ERR_NOT_FOUND, "no peer of this node has that domain");
}

static struct json *head_model(struct arena *a, struct str text)
{
	struct json *v = json_set_str(a, json_new_object(a), "note", text);
	struct note *note = ARENA_NEW(a, struct note);
	struct checkpoint c;

	if (!note || note_parse(a, text, note, NULL) != ERR_OK ||
		checkpoint_parse(note->text, &c, NULL) != ERR_OK)
		return v;
	v = json_set_number(a, v, "size", (double)c.size);
	return json_set_str(a, v, "root", base64_new(a, c.root.at, DIGEST_BYTES));
}

static enum err_code put_kept(struct look *l, struct str origin, struct json *v, struct err *e)
{
	SCOPED_SQL q = sql_use(l->store, SQL_FORK_LIST);
	struct json *rows = json_new_array(l->a);
	bool row;

	sql_bind_str(q, 1, origin);
	for (;;) {
		struct json *kept = json_new_object(l->a), *heads = json_new_array(l->a);
		TRY(sql_step(q, &row, e));
		if (!row)
			return json_set(l->a, v, "kept", rows) ? ERR_OK : full(e);
		heads = json_push(l->a, heads, head_model(l->a, str_copy(l->a, sql_str(q, 0))));
		heads = json_push(l->a, heads, head_model(l->a, str_copy(l->a, sql_str(q, 1))));
		kept = json_set(l->a, kept, "heads", heads);
		kept = json_set_number(l->a, kept, "size", (double)sql_i64(q, 2));
		kept = json_set(l->a, kept, "time", model_time(l->a, sql_i64(q, 3)));
		kept = json_set_str(l->a, kept, "actor", str_copy(l->a, sql_str(q, 4)));
		kept = json_set_str(l->a, kept, "reason", str_copy(l->a, sql_str(q, 5)));
		rows = json_push(l->a, rows, kept);
	}
}

enum err_code service_operator_peer(struct service *s, struct arena *a, struct str domain,
	struct json **ret, struct err *e)
{
	struct look l = { .s = s, .a = a, .now = instant_now() };
	struct ledger_mirror_state mirror = { 0 };
	struct json *v, *heads = json_new_array(a);
	struct peer_state state;
	struct str origin;
	uint64_t own = 0;
	struct str note;
	size_t i = 0;

	TRY(find_peer(s, domain, &i, e));
	TRY(ledger_reader(s->ledger, &l.store, e));
	TRY(ledger_checkpoint(s->ledger, a, &note, &own, e));
	origin = s->config->peers[i].tlog_key.name;
	state = service_peer_state(s, i);
	v = peer_row(&l, i, own);
	if (!v)
		return full(e);
	json_set(a, v, "now", model_time(a, l.now));
	if (state.distrusted && ledger_mirror_state(s->ledger, a, origin, &mirror, NULL) ==
		ERR_OK && mirror.fork_ours.len > 0) {
		heads = json_push(a, heads, head_model(a, mirror.fork_ours));
		heads = json_push(a, heads, head_model(a, mirror.fork_theirs));
	}
	json_set(a, v, "heads", heads);
	if (state.judged_at > 0 && state.distrusted) {
		json_set(a, v, "judged_at", model_time(a, state.judged_at));
		json_set_number(a, v, "judged_size", (double)state.judged_size);
		if (state.judged_problem[0])
			json_set_str(a, v, "judged_problem", str_copy(a,
				str_of(state.judged_problem)));
	}
	json_set(a, v, "may_trust", json_new_bool(a, state.distrusted &&
		state.judged == PEER_GOES_ON && l.now - state.judged_at <= LIMIT_PEER_JUDGED_S));
	*ret = v;
	return put_kept(&l, origin, v, e);
}

struct trusting {
	const struct account_who *by;
	struct str domain, origin, reason;
	uint64_t size;
	int64_t now;
};

static enum err_code keep_fork(void *context, struct store *store, struct str ours,
	struct str theirs, struct err *e)
{
	const struct trusting *t = context;
	struct str actor = t->by->node ? STR("node") : t->by->name;
	{
		SCOPED_SQL q = sql_use(store, SQL_FORK_KEEP);
		sql_bind_str(q, 1, t->origin);
		sql_bind_str(q, 2, ours);
		sql_bind_str(q, 3, theirs);
		sql_bind_i64(q, 4, (int64_t)t->size);
		sql_bind_i64(q, 5, t->now);
		sql_bind_str(q, 6, actor);
		sql_bind_str(q, 7, t->reason);
		TRY(sql_run(q, e));
	}
	return audit_put(store, t->now, &(struct audit_entry){ .action = "trust-peer",
		.actor = actor, .address = t->by->address, .target = t->domain,
		.detail = t->reason }, e);
}

static enum err_code check_judged(const struct peer_state *state, int64_t now, struct err *e)
{
	if (!state->distrusted)
		return err_set(e, ERR_CONFLICT, "this peer is trusted: there is nothing to "
			"restore");
	if (state->judged == PEER_NOT_JUDGED || now - state->judged_at > LIMIT_PEER_JUDGED_S) {
		(void)err_set(e, ERR_CONFLICT, "its present log could not be looked at%s%.180s",
			state->judged_problem[0] ? ": " : "", state->judged_problem);
		return err_hint(e, "Wait until the peer answers; this node looks every few "
			"seconds.");
	}
	if (state->judged == PEER_CONTRADICTS) {
		(void)err_set(e, ERR_CONFLICT, "its present log, of %llu entries, contradicts what "
			"is held here", (unsigned long long)state->judged_size);
		return err_hint(e, "Its operator has to go on with the log that this node mirrors; "
			"else it is a new node under a new domain.");
	}
	return ERR_OK;
}

enum err_code service_peer_trust(struct service *s, struct arena *a, const struct account_who *by,
	struct str domain, struct str reason, struct json **ret_problems, struct err *e)
{
	struct trusting t = { .by = by, .domain = domain, .reason = str_trim(reason),
		.now = instant_now() };
	const struct ledger_fork fork = { .keep = keep_fork, .context = &t };
	struct json *problems = json_new_object(a);
	struct peer_state state;
	enum err_code code;
	size_t i = 0;

	*ret_problems = problems;
	TRY(find_peer(s, domain, &i, e));
	if (t.reason.len == 0)
		form_wrong(a, problems, "reason", "reason-needed");
	else
		form_check_text(a, problems, "reason", t.reason, LIMIT_TRUST_REASON_BYTES);
	TRY(form_check(problems, e));
	t.origin = s->config->peers[i].tlog_key.name;
	state = service_peer_state(s, i);
	t.size = state.judged_size;
	code = check_judged(&state, t.now, e);
	if (code == ERR_OK)
		code = ledger_mirror_forgive(s->ledger, t.origin, &fork, e);
	if (code != ERR_OK)
		audit_note(s, &(struct audit_entry){ .action = "trust-peer", .refused = true,
			.actor = by->node ? STR("node") : by->name, .address = by->address,
			.target = domain, .detail = e ? str_of(e->message) : STR("") });
	return code;
}
