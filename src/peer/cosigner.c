/* cosigner.c - the thread that has the own checkpoints cosigned by one witness. */
#include <stdio.h>
#include <string.h>

#include "base/diag.h"
#include "base/instant.h"
#include "base/scoped.h"
#include "peer/peer_inner.h"

#define POLL_MS 10000
#define PACE_MS 150                /* checkpoints that come faster are cosigned together */
#define PACE_FAILING_MS 1000
#define REPUBLISH_S 600            /* an idle log still shows that its witness is alive */
#define STEP_ARENA_BYTES (4UL << 20)
#define NAMES_ARENA_BYTES 8192

/* ---- the own log, for witness_client --------------------------------------------------------- */

static enum err_code own_checkpoint(void *context, struct arena *a, struct str *ret_note,
	uint64_t *ret_size, struct err *e)
{
	return ledger_checkpoint(context, a, ret_note, ret_size, e);
}

static enum err_code own_prove(void *context, uint64_t old_size, uint64_t new_size,
	struct merkle_proof *ret, struct err *e)
{
	return ledger_prove_consistency(context, STR(""), old_size, new_size, ret, e);
}

static enum err_code own_root(void *context, uint64_t size, struct digest *ret, struct err *e)
{
	struct ledger_tiles *tiles = handle_new(sizeof(*tiles));
	ledger_tiles_init(tiles, context, STR(""), size);
	struct merkle_reader reader = ledger_tiles_reader(tiles);
	enum err_code code = merkle_root(&reader, size, ret, e);
	ledger_tiles_clear(tiles);
	handle_drop(tiles);
	return code;
}

enum err_code cosigner_open(struct cosigner *c, struct peer_set *set, struct str url,
	const struct note_key *key, size_t peer, struct err *e)
{
	*c = (struct cosigner){ .set = set, .peer = peer };
	arena_init(&c->names, NAMES_ARENA_BYTES);
	arena_init(&c->arena, STEP_ARENA_BYTES);
	TRY(http_client_open(&c->http, e));
	c->address = (struct witness_address){ .client = c->http,
		.origin = ledger_origin(set->ledger),
		.prefix = peer_http_prefix(&c->names, url, peer == SIZE_MAX ? "" : "/witness") };
	if (!c->address.prefix.at)
		return err_set(e, ERR_TOO_LARGE, "URL of a witness is too long");
	c->client = (struct witness_client){ .link = witness_address_link(&c->address), .key = *key,
		.own = { .key = ledger_note_key(set->ledger), .checkpoint = own_checkpoint,
			.prove = own_prove, .root = own_root, .context = set->ledger } };
	return ERR_OK;
}

void cosigner_close(struct cosigner *c)
{
	worker_close(&c->worker);
	http_client_close(c->http);
	arena_clear(&c->arena);
	arena_clear(&c->names);
	*c = (struct cosigner){ 0 };
}

/* ---- showing --------------------------------------------------------------------------------- */

struct cosigned {
	uint64_t size;                     /* 0: nothing new was cosigned */
	int64_t time;
	const char *problem;
};

static void face_cosigned(struct peer_face *face, const void *context)
{
	const struct cosigned *cosigned = context;
	if (cosigned->size > 0) {
		face->state.cosigned_size = cosigned->size;
		face->state.cosigned_at = cosigned->time;
		face->state.clock_known = true;
		face->state.clock_s = cosigned->time - instant_now();
	}
	(void)snprintf(face->witness_problem, sizeof(face->witness_problem), "%s",
		cosigned->problem);
}

static void show(struct cosigner *c, uint64_t size, int64_t time, const char *problem)
{
	struct cosigned cosigned = { .size = size, .time = time, .problem = problem };
	if (c->peer != SIZE_MAX) {
		peer_face_change(c->set, c->peer, face_cosigned, &cosigned);
		return;
	}
	if (size > 0) {
		c->state.size = size;
		c->state.at = time;
	}
	(void)snprintf(c->state.problem, sizeof(c->state.problem), "%s", problem);
	service_witness_state_set(c->set->service, c->witness, &c->state);
}

static void note_answer(struct cosigner *c, bool answered, uint64_t size)
{
	(void)pthread_mutex_lock(&c->set->lock);
	c->tried = true;
	if (answered) {
		c->answered = true;
		c->size = size;
	}
	(void)pthread_cond_broadcast(&c->set->asked);
	(void)pthread_mutex_unlock(&c->set->lock);
}

/* ---- what a result means --------------------------------------------------------------------- */

static void stop_ahead(struct cosigner *c, const struct witness_result *r)
{
	struct err e = { 0 };
	if (ledger_confirm_size(c->set->ledger, r->size, &e) == ERR_OK)
		return; /* the own log has grown past it meanwhile */
	(void)err_in(&e, "witness \"" STR_FMT "\" (%s)", STR_ARG(c->client.key.name), r->proven
		? "it shows our own signature on that checkpoint" : "it shows no proof of it");
	diag_err(DIAG_ALARM, "peer", &e);
	show(c, 0, 0, e.message);
}

static void stop_forked(struct cosigner *c, const struct witness_result *r)
{
	char reason[PROBLEM_ROOM];
	(void)snprintf(reason, sizeof(reason), "witness \"" STR_FMT
		"\" holds a checkpoint of size %llu with our signature that this log contradicts: "
		"it was restored from an old backup and grew apart, or its key was used elsewhere",
		STR_ARG(c->client.key.name), (unsigned long long)r->size);
	ledger_alarm(c->set->ledger, reason);
	diag(DIAG_ALARM, "peer", "%s; signing has stopped", reason);
	show(c, 0, 0, reason);
}

static enum err_code take_result(struct cosigner *c, const struct witness_result *r, struct err *e)
{
	switch (r->outcome) {
	case WITNESS_COSIGNED:
		TRY(ledger_add_cosignature(c->set->ledger, r->size, r->line, e));
		c->cosigned_size = r->size;
		c->cosigned_at = instant_now();
		show(c, r->size, (int64_t)r->time, "");
		break;
	case WITNESS_NOTHING:
		show(c, 0, 0, "");
		break;
	case WITNESS_AHEAD:
		stop_ahead(c, r);
		break;
	case WITNESS_FORKED:
		stop_forked(c, r);
		break;
	}
	return ERR_OK;
}

/* ---- steps ----------------------------------------------------------------------------------- */

static bool has_alarm(struct cosigner *c)
{
	return ledger_alarm_text(c->set->ledger, &c->arena).len > 0;
}

/* The first question to a witness, before anything is signed: how much of our log has it seen? */
static enum err_code ask(struct cosigner *c, struct err *e)
{
	struct witness_result r = { 0 };
	enum err_code code = witness_client_ask(&c->client, &c->arena, instant_now(), &r, e);
	if (code == ERR_OK)
		code = take_result(c, &r, e);
	/* What it had before a first cosignature was nothing. */
	note_answer(c, code == ERR_OK, r.outcome == WITNESS_COSIGNED ? 0 : r.size);
	if (code == ERR_OK)
		peer_confirm_restored(c->set);
	return code;
}

/* True when there is nothing to tell the witness now. */
static bool is_idle(struct cosigner *c)
{
	struct str note;
	uint64_t size;
	if (ledger_checkpoint(c->set->ledger, &c->arena, &note, &size, NULL) != ERR_OK)
		return true;
	return size == c->cosigned_size && instant_now() - c->cosigned_at < REPUBLISH_S;
}

static enum err_code submit(struct cosigner *c, struct err *e)
{
	struct witness_result r = { 0 };
	TRY(witness_client_submit(&c->client, &c->arena, instant_now(), &r, e));
	return take_result(c, &r, e);
}

static enum err_code turn(struct cosigner *c, struct err *e)
{
	arena_reset(&c->arena);
	if (!c->answered)
		TRY(ask(c, e));
	if (has_alarm(c) || is_idle(c))
		return ERR_OK;
	return submit(c, e);
}

static struct worker_pause step(void *context)
{
	struct cosigner *c = context;
	struct err e = { 0 };
	if (atomic_load(&c->set->stop))
		return (struct worker_pause){ .due_ms = POLL_MS, .pace_ms = POLL_MS };
	if (turn(c, &e) != ERR_OK) {
		note_answer(c, false, 0);
		show(c, 0, 0, e.message);
		if (!c->told && !atomic_load(&c->set->stop))
			diag_err(DIAG_WARN, "peer", &e);
		c->told = true;
		return (struct worker_pause){ .due_ms = worker_back_off(&c->back_off_ms),
			.pace_ms = PACE_FAILING_MS };
	}
	if (c->told)
		diag(DIAG_INFO, "peer", "witness \"" STR_FMT "\" answers again",
			STR_ARG(c->client.key.name));
	c->told = false;
	c->back_off_ms = 0;
	return (struct worker_pause){ .due_ms = POLL_MS, .pace_ms = PACE_MS };
}

enum err_code cosigner_start(struct cosigner *c, struct err *e)
{
	return worker_open(&c->worker, step, c, e);
}
