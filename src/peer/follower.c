/* follower.c - the thread that mirrors one peer and fetches its open bodies. */
#include <stdio.h>
#include <string.h>

#include "base/diag.h"
#include "base/instant.h"
#include "base/scoped.h"
#include "peer/peer_inner.h"

#define POLL_MS 10000
#define JUDGE_MS 3000              /* between looks at a distrusted log: somebody waits for it */
#define PACE_MS 100                /* notices that come faster are answered together */
#define PACE_FAILING_MS 1000
#define STEP_ARENA_BYTES (4UL << 20) /* a handful of notes */
#define NAMES_ARENA_BYTES 8192

static const struct node_peer *config_of(const struct follower *f)
{
	return &f->set->config->peers[f->peer];
}

enum err_code follower_open(struct follower *f, struct peer_set *set, size_t peer, struct err *e)
{
	*f = (struct follower){ .set = set, .peer = peer };
	const struct node_peer *config = config_of(f);
	arena_init(&f->names, NAMES_ARENA_BYTES);
	arena_init(&f->arena, STEP_ARENA_BYTES);
	TRY(http_client_open(&f->client, e));
	TRY(mirror_ledger_open(set->ledger, config->tlog_key.name, &f->copy, e));
	struct str base = peer_http_prefix(&f->names, config->url, "");
	f->link = (struct log_link){ .client = f->client,
		.prefix = peer_http_prefix(&f->names, config->url, "/tlog") };
	if (!base.at || !f->link.prefix.at)
		return err_set(e, ERR_TOO_LARGE, "URL of a peer is too long");
	bodies_init(&f->bodies, set->ledger, f->client, config->tlog_key.name, base);
	return ERR_OK;
}

void follower_close(struct follower *f)
{
	worker_close(&f->worker);
	mirror_ledger_close(f->copy);
	http_client_close(f->client);
	bodies_clear(&f->bodies);
	arena_clear(&f->arena);
	arena_clear(&f->names);
	*f = (struct follower){ 0 };
}

/* ---- distrust -------------------------------------------------------------------------------- */

static void face_distrust(struct peer_face *face, const void *context)
{
	face->state.distrusted = true;
	face->state.judged = PEER_NOT_JUDGED; /* what was seen before this fork says nothing */
	(void)snprintf(face->mirror_problem, sizeof(face->mirror_problem), "%s",
		(const char *)context);
}

void follower_distrust(struct peer_set *set, size_t peer, struct str ours, struct str theirs,
	const char *why)
{
	struct str origin = set->config->peers[peer].tlog_key.name;
	struct err e = { 0 };
	char text[PROBLEM_ROOM];
	if (ledger_mirror_fork(set->ledger, origin, ours, theirs, &e) != ERR_OK)
		diag_err(DIAG_ALARM, "peer", &e); /* distrusted until the next start at least */
	(void)snprintf(text, sizeof(text), "log \"" STR_FMT "\" is no longer trusted: %s; both "
		"signed checkpoints are kept", STR_ARG(origin), why);
	diag(DIAG_ALARM, "peer", "%s", text);
	peer_face_change(set, peer, face_distrust, text);
}

static void face_distrusted_before(struct peer_face *face, const void *context)
{
	(void)context;
	face->state.distrusted = true;
	if (face->mirror_problem[0] == '\0')
		(void)snprintf(face->mirror_problem, sizeof(face->mirror_problem),
			"no longer trusted: it signed two checkpoints that exclude each other; "
			"both are kept");
}

static void face_trusted(struct peer_face *face, const void *context)
{
	(void)context;
	if (!face->state.distrusted)
		return;
	face->state.distrusted = false;
	face->state.judged = PEER_NOT_JUDGED;
	face->state.judged_at = 0;
	face->mirror_problem[0] = '\0';
}

/* The ledger remembers over restarts, and an operator may make it forget. */
static enum err_code check_trust(struct follower *f, bool *ret_distrusted, struct err *e)
{
	struct ledger_mirror_state state = { 0 };
	enum err_code code = ledger_mirror_state(f->set->ledger, &f->arena,
		config_of(f)->tlog_key.name, &state, e);
	if (code != ERR_OK && code != ERR_NOT_FOUND)
		return code;
	*ret_distrusted = state.fork_theirs.len > 0;
	peer_face_change(f->set, f->peer,
		*ret_distrusted ? face_distrusted_before : face_trusted, NULL);
	return ERR_OK;
}

/* ---- one round ------------------------------------------------------------------------------- */

struct followed {
	uint64_t size;
	bool confirmed;
	const char *problem;
};

static void face_followed(struct peer_face *face, const void *context)
{
	const struct followed *followed = context;
	int64_t now = instant_now();
	face->state.last_try = now;
	face->state.size = followed->size;
	if (followed->confirmed)
		face->state.as_of = now;
	(void)snprintf(face->mirror_problem, sizeof(face->mirror_problem), "%s", followed->problem);
}

static uint64_t held_size(struct follower *f)
{
	struct ledger_mirror_state state = { 0 };
	if (ledger_mirror_state(f->set->ledger, &f->arena, config_of(f)->tlog_key.name, &state,
		NULL) != ERR_OK)
		return 0;
	return state.size;
}

/* The log may show one history to our witness and another to our mirror: the head that the witness
 * cosigned must lie in the tree mirrored. */
static enum err_code compare_with_witness(struct follower *f, const struct mirror_result *r,
	bool *ret_forked, struct err *e)
{
	struct str origin = config_of(f)->tlog_key.name, note = { 0 };
	struct witness_state state = { 0 };
	struct digest root = { 0 };
	TRY(witness_server_state(&f->set->witness, &f->arena, origin, &state, &note, e));
	*ret_forked = false;
	if (state.size <= f->compared_size || state.size > r->size)
		return ERR_OK;
	struct ledger_tiles *tiles = ARENA_NEW(&f->arena, struct ledger_tiles);
	if (!tiles)
		return err_set(e, ERR_TOO_LARGE, "no room to compare checkpoints");
	ledger_tiles_init(tiles, f->set->ledger, origin, r->size);
	struct merkle_reader reader = ledger_tiles_reader(tiles);
	enum err_code code = merkle_root(&reader, state.size, &root, e);
	ledger_tiles_clear(tiles);
	if (code != ERR_OK)
		return code;
	if (digest_eq(&root, &state.root)) {
		f->compared_size = state.size;
		return ERR_OK;
	}
	*ret_forked = true;
	follower_distrust(f->set, f->peer, note, r->theirs,
		"it showed our witness another history than our mirror");
	return ERR_OK;
}

static enum err_code follow(struct follower *f, struct err *e)
{
	struct mirror_source source = log_link_source(&f->link);
	struct mirror_copy copy = mirror_ledger_copy(f->copy);
	struct mirror_result r = { 0 };
	bool forked = false;
	enum err_code code = mirror_follow(&f->arena, &config_of(f)->tlog_key, &source, &copy, &r,
		e);
	if (code != ERR_OK) {
		struct followed failed = { .size = held_size(f), .problem = e->message };
		peer_face_change(f->set, f->peer, face_followed, &failed);
		return code;
	}
	struct followed followed = { .size = r.size, .problem = "", .confirmed = true };
	switch (r.outcome) {
	case MIRROR_SAME:
	case MIRROR_GREW:
		peer_face_change(f->set, f->peer, face_followed, &followed);
		TRY(compare_with_witness(f, &r, &forked, e));
		if (r.outcome == MIRROR_GREW)
			service_wake(f->set->service);
		break;
	case MIRROR_BACKWARDS:
		follower_distrust(f->set, f->peer, r.ours, r.theirs,
			"it serves a smaller checkpoint than it signed before");
		break;
	case MIRROR_FORKED:
		follower_distrust(f->set, f->peer, r.ours, r.theirs,
			"it signed two checkpoints that exclude each other");
		break;
	}
	return ERR_OK;
}

static enum err_code fetch_bodies(struct follower *f, struct bodies_found *ret, struct err *e)
{
	enum err_code code = bodies_step(&f->bodies, ret, e);
	if (ret->admitted > 0)
		service_wake(f->set->service);
	if (ret->refused.code != ERR_OK)
		diag_err(DIAG_WARN, "peer", &ret->refused);
	return code;
}

/* ---- a distrusted log ------------------------------------------------------------------------ */

struct judged {
	enum peer_judged judged;
	uint64_t size;
	const char *problem;
};

static void face_judged(struct peer_face *face, const void *context)
{
	const struct judged *judged = context;
	face->state.judged = judged->judged;
	face->state.judged_size = judged->size;
	face->state.judged_at = instant_now();
	(void)snprintf(face->state.judged_problem, sizeof(face->state.judged_problem), "%s",
		judged->problem);
}

/* The head our witness cosigned, when it has cosigned one. */
static enum err_code witnessed(struct follower *f, struct checkpoint *ret, struct err *e)
{
	struct witness_state state = { 0 };
	struct str note = { 0 };
	TRY(witness_server_state(&f->set->witness, &f->arena, config_of(f)->tlog_key.name, &state,
		&note, e));
	*ret = (struct checkpoint){ .size = state.size, .root = state.root };
	return ERR_OK;
}

/* Whether its present log goes on from all that is known here: what an operator must know before
 * trust can be restored. Nothing is taken. */
static void judge(struct follower *f)
{
	struct mirror_source source = log_link_source(&f->link);
	struct mirror_copy copy = mirror_ledger_copy(f->copy);
	struct mirror_result r = { 0 };
	struct checkpoint head = { 0 };
	struct err e = { 0 };
	enum err_code code = witnessed(f, &head, &e);
	if (code == ERR_OK)
		code = mirror_judge(&f->arena, &config_of(f)->tlog_key, &source, &copy,
			head.size > 0 ? &head : NULL, &r, &e);
	struct judged judged = { .size = r.size, .problem = e.message };
	if (code == ERR_OK)
		judged.judged = r.outcome == MIRROR_SAME || r.outcome == MIRROR_GREW ?
			PEER_GOES_ON : PEER_CONTRADICTS;
	peer_face_change(f->set, f->peer, face_judged, &judged);
}

static enum err_code round_once(struct follower *f, struct bodies_found *bodies, struct err *e)
{
	bool distrusted = false;
	arena_reset(&f->arena);
	TRY(check_trust(f, &distrusted, e));
	if (distrusted) {
		judge(f);
		return ERR_OK;
	}
	TRY(follow(f, e));
	if (peer_is_distrusted(f->set, f->peer))
		return ERR_OK;
	return fetch_bodies(f, bodies, e);
}

static struct worker_pause step(void *context)
{
	struct follower *f = context;
	struct bodies_found bodies = { .due_ms = UINT32_MAX };
	struct err e = { 0 };
	if (atomic_load(&f->set->stop))
		return (struct worker_pause){ .due_ms = POLL_MS, .pace_ms = POLL_MS };
	enum err_code code = round_once(f, &bodies, &e);
	if (code != ERR_OK) {
		if (!f->told && !atomic_load(&f->set->stop))
			diag_err(DIAG_WARN, "peer", &e);
		f->told = true;
		return (struct worker_pause){ .due_ms = worker_back_off(&f->back_off_ms),
			.pace_ms = PACE_FAILING_MS };
	}
	if (f->told)
		diag(DIAG_INFO, "peer", "log \"" STR_FMT "\" is followed again",
			STR_ARG(config_of(f)->tlog_key.name));
	f->told = false;
	if (f->back_off_ms > 0)
		peer_messages_wanted(f->set); /* what could not be told while it was away */
	f->back_off_ms = 0;
	if (peer_is_distrusted(f->set, f->peer))
		return (struct worker_pause){ .pace_ms = PACE_MS, .due_ms = JUDGE_MS };
	if (bodies.more)
		return (struct worker_pause){ .due_ms = 0 };
	return (struct worker_pause){ .pace_ms = PACE_MS,
		.due_ms = bodies.due_ms < POLL_MS ? bodies.due_ms : POLL_MS };
}

enum err_code follower_start(struct follower *f, struct err *e)
{
	return worker_open(&f->worker, step, f, e);
}
