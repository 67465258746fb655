/* service.c - the handle: opening, peers' states, the work thread, and small shared helpers. */
#include "service/list.h"
#include "service/service_inner.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/diag.h"
#include "base/instant.h"
#include "base/scoped.h"
#include "crypto/digest.h"
#include "service/account_inner.h"
#include "service/alliance_inner.h"
#include "service/files_inner.h"
#include "service/dossier_inner.h"
#include "service/deal_inner.h"
#include "service/draft_evaluation.h"
#include "service/event.h"
#include "service/listing_inner.h"
#include "service/keeper_inner.h"
#include "service/rules_folder.h"
#include "service/saved_search.h"
#include "store/blobs.h"

#define WORK_PAUSE_S 2

#define PROJECTION_COUNT (sizeof(projections) / sizeof(projections[0]))

/* After each commit, from the writer's thread. */
static void on_checkpoint(void *context)
{
	struct service *s = context;
	if (s->hooks.on_checkpoint)
		s->hooks.on_checkpoint(s->hooks.context);
	if (atomic_exchange(&s->status_changed, false))
		service_wake(s);
}

enum err_code service_open(const struct node_config *config, const char *rules_dir,
	const struct service_hooks *hooks, struct service **ret, struct err *e)
{
	struct service *s = handle_new(sizeof(*s));
	s->config = config;
	s->started = instant_now();
	s->keeper = keeper_new(s);
	s->events = event_ring_open(instant_now_us());
	(void)pthread_mutex_init(&s->lock, NULL);
	(void)pthread_cond_init(&s->wake, NULL);
	if (hooks)
		s->hooks = *hooks;
	const struct ledger_projection projections[] = {
		{ organisation_project, s },
		{ agreement_project, s },
		{ report_project, s },
		{ status_project, s },
		{ decision_project, s },
		{ recomputation_project, s },
		{ listing_project, s },
		{ alliance_project, s },
		{ accreditation_project, s },
		{ files_project, s },
		{ draft_project, s },
	};
	enum err_code code = rules_folder_load(rules_dir, &s->rules, e);
	if (code == ERR_OK) {
		struct ledger_options options = {
			.dir = config->dir,
			.domain = config->domain,
			.keys = config->keys,
			.projections = projections,
			.projection_count = PROJECTION_COUNT,
			.on_checkpoint = on_checkpoint,
			.on_checkpoint_context = s,
		};
		code = ledger_open(&options, &s->ledger, e);
		if (code == ERR_OK)
			blobs_tidy(config->dir); /* behind the lock of the folder */
	}
	if (code == ERR_OK)
		code = accounts_open(s, e);
	if (code == ERR_OK)
		code = listings_open(s, e);
	if (code == ERR_OK)
		code = alliance_open(s, e);
	if (code == ERR_OK)
		code = files_open(s, e);
	if (code != ERR_OK) {
		service_close(s);
		return code;
	}
	*ret = s;
	return ERR_OK;
}

void service_close(struct service *s)
{
	if (!s)
		return;
	service_stop_work(s);
	files_close(s);
	alliance_close(s);
	listings_close(s);
	keeper_drop(s->keeper);
	accounts_close(s);
	ledger_close(s->ledger);
	event_ring_close(s->events);
	rules_close(s->rules);
	(void)pthread_cond_destroy(&s->wake);
	(void)pthread_mutex_destroy(&s->lock);
	handle_drop(s);
}

struct ledger *service_ledger(struct service *s)
{
	return s->ledger;
}

const struct node_config *service_config(struct service *s)
{
	return s->config;
}

struct event_ring *service_events(struct service *s)
{
	return s->events;
}

const struct rules *service_rules(struct service *s)
{
	return s->rules;
}

void service_peer_state_set(struct service *s, size_t peer, const struct peer_state *state)
{
	CHECK(peer < LIMIT_PEERS);
	(void)pthread_mutex_lock(&s->lock);
	s->peers[peer] = *state;
	(void)pthread_mutex_unlock(&s->lock);
}

struct peer_state service_peer_state(struct service *s, size_t peer)
{
	CHECK(peer < LIMIT_PEERS);
	(void)pthread_mutex_lock(&s->lock);
	struct peer_state state = s->peers[peer];
	(void)pthread_mutex_unlock(&s->lock);
	return state;
}

void service_witness_state_set(struct service *s, size_t witness,
	const struct cosigner_state *state)
{
	CHECK(witness < LIMIT_PEERS);
	(void)pthread_mutex_lock(&s->lock);
	s->witnesses[witness] = *state;
	(void)pthread_mutex_unlock(&s->lock);
}

struct cosigner_state service_witness_state(struct service *s, size_t witness)
{
	CHECK(witness < LIMIT_PEERS);
	(void)pthread_mutex_lock(&s->lock);
	struct cosigner_state state = s->witnesses[witness];
	(void)pthread_mutex_unlock(&s->lock);
	return state;
}

void service_wake(struct service *s)
{
	(void)pthread_mutex_lock(&s->lock);
	s->woken = true;
	(void)pthread_cond_signal(&s->wake);
	(void)pthread_mutex_unlock(&s->lock);
}

/* Waits for a wake, a stop or the pause; false when the thread must end. */
static bool work_wait(struct service *s)
{
	struct timespec until;
	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += WORK_PAUSE_S;
	(void)pthread_mutex_lock(&s->lock);
	while (!s->woken && !s->stop) {
		if (pthread_cond_timedwait(&s->wake, &s->lock, &until) != 0)
			break;
	}
	s->woken = false;
	bool go_on = !s->stop;
	(void)pthread_mutex_unlock(&s->lock);
	return go_on;
}

static void *work_main(void *context)
{
	struct service *s = context;
	do {
		status_work(s);
		recognition_work(s);
		dossier_work(s);
		list_index_work(s);
		accounts_work(s);
		listings_work(s);
		alliance_work(s);
		saved_searches_work(s, instant_now());
		deals_work(s, instant_now());
	} while (work_wait(s));
	digest_thread_clear();
	return NULL;
}

enum err_code service_issue_first(struct service *s, struct err *e)
{
	TRY(rules_folder_keep(s, e));
	TRY(organisation_issue_own(s, e));
	return status_issue_first(s, e);
}

enum err_code service_start_work(struct service *s, const struct service_fetcher *fetcher,
	struct err *e)
{
	CHECK(!s->working);
	if (fetcher)
		s->fetcher = *fetcher;
	if (pthread_create(&s->thread, NULL, work_main, s) != 0)
		return err_set(e, ERR_IO, "could not start the work thread: %s", err_errno());
	s->working = true;
	TRY(keeper_open(s, e));
	TRY(files_start(s, e));
	return evaluator_start(s, &s->evaluator, e);
}

void service_stop_work(struct service *s)
{
	keeper_close(s);
	if (!s->working)
		return;
	files_stop(s);
	evaluator_stop(s->evaluator);
	s->evaluator = NULL;
	(void)pthread_mutex_lock(&s->lock);
	s->stop = true;
	(void)pthread_cond_signal(&s->wake);
	(void)pthread_mutex_unlock(&s->lock);
	(void)pthread_join(s->thread, NULL);
	s->working = false;
}

void service_uuid(uint8_t ret[16])
{
	key_random(ret, 16);
	statement_uuid_shape(ret);
}

enum err_code service_new_id(const struct json *request, uint8_t ret[16], struct err *e)
{
	struct str id = json_get_str(request, "newId");

	if (!id.at) {
		service_uuid(ret);
		return ERR_OK;
	}
	return statement_id_parse(id, ret, e) == ERR_OK ? ERR_OK : err_in(e, "field \"newId\"");
}

struct str service_instant(struct arena *a, int64_t at)
{
	char text[INSTANT_TEXT_BYTES];
	instant_format(at, text);
	return str_copy(a, str_of(text));
}

const struct node_peer *service_peer_of(struct service *s, struct str origin, size_t *ret_index)
{
	for (size_t i = 0; i < s->config->peer_count; i++) {
		if (str_eq(s->config->peers[i].tlog_key.name, origin)) {
			if (ret_index)
				*ret_index = i;
			return &s->config->peers[i];
		}
	}
	return NULL;
}
