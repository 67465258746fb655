/* peer.c - the set: opening and closing, what web/ and service/ call. */
#include "peer/peer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/instant.h"
#include "base/scoped.h"
#include "peer/peer_inner.h"
#include "service/booking.h"
#include "service/deal.h"
#include "service/evidence.h"

#define ASK_TIMEOUT_S 6            /* a little over what one question to a witness may take */
#define NAMES_ARENA_BYTES 8192
#define FETCH_ARENA_BYTES (8UL << 20)
#define KEY_ARENA_BYTES (4UL << 20) /* one DID document, parsed */

/* ---- faces ----------------------------------------------------------------------------------- */

void peer_face_change(struct peer_set *set, size_t peer,
	void (*change)(struct peer_face *face, const void *context), const void *context)
{
	(void)pthread_mutex_lock(&set->lock);
	struct peer_face *face = &set->faces[peer];
	change(face, context);
	(void)snprintf(face->state.problem, sizeof(face->state.problem), "%s",
		face->mirror_problem[0] ? face->mirror_problem : face->witness_problem);
	service_peer_state_set(set->service, peer, &face->state);
	(void)pthread_mutex_unlock(&set->lock);
}

bool peer_is_distrusted(struct peer_set *set, size_t peer)
{
	(void)pthread_mutex_lock(&set->lock);
	bool distrusted = set->faces[peer].state.distrusted;
	(void)pthread_mutex_unlock(&set->lock);
	return distrusted;
}

static bool is_trusted(void *context, size_t peer)
{
	return !peer_is_distrusted(context, peer);
}

/* ---- the restore guard ----------------------------------------------------------------------- */

struct survey {
	bool all;                          /* every witness has answered */
	bool same;                         /* one has seen exactly what we hold */
	uint64_t largest;
};

static struct survey survey(struct peer_set *set, uint64_t own_size)
{
	struct survey s = { .all = true };
	(void)pthread_mutex_lock(&set->lock);
	for (size_t i = 0; i < set->cosigner_count; i++) {
		const struct cosigner *c = &set->cosigners[i];
		s.all = s.all && c->answered;
		s.same = s.same || (c->answered && c->size == own_size && own_size > 0);
		if (c->answered && c->size > s.largest)
			s.largest = c->size;
	}
	(void)pthread_mutex_unlock(&set->lock);
	return s;
}

bool peer_confirm_restored(struct peer_set *set)
{
	SCOPED_ARENA a = { 0 };
	struct str note;
	uint64_t own_size = 0;
	if (!ledger_is_restored(set->ledger) || set->cosigner_count == 0)
		return true;
	arena_init(&a, LIMIT_NOTE_BYTES + 4096);
	if (ledger_checkpoint(set->ledger, &a, &note, &own_size, NULL) != ERR_OK)
		own_size = 0;
	/* A witness that has seen less proves nothing about what came after it: then all must
	 * answer. */
	struct survey s = survey(set, own_size);
	return (s.all || s.same) && ledger_confirm_size(set->ledger, s.largest, NULL) == ERR_OK;
}

/* Waits until every witness was asked once, answered or not. */
static void wait_until_asked(struct peer_set *set)
{
	struct timespec until;
	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ASK_TIMEOUT_S;
	(void)pthread_mutex_lock(&set->lock);
	for (;;) {
		size_t tried = 0;
		for (size_t i = 0; i < set->cosigner_count; i++)
			tried += set->cosigners[i].tried;
		if (tried == set->cosigner_count)
			break;
		if (pthread_cond_timedwait(&set->asked, &set->lock, &until) == ETIMEDOUT)
			break;
	}
	(void)pthread_mutex_unlock(&set->lock);
}

/* ---- life ------------------------------------------------------------------------------------ */

static void init_lock(struct peer_set *set)
{
	pthread_condattr_t attributes;
	CHECK(pthread_mutex_init(&set->lock, NULL) == 0);
	CHECK(pthread_mutex_init(&set->fetch_lock, NULL) == 0);
	CHECK(pthread_condattr_init(&attributes) == 0);
	CHECK(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
	CHECK(pthread_cond_init(&set->asked, &attributes) == 0);
	(void)pthread_condattr_destroy(&attributes);
}

static enum err_code open_threads(struct peer_set *set, struct err *e)
{
	const struct node_config *config = set->config;
	for (size_t i = 0; i < config->peer_count; i++) {
		set->witness.keys[i] = &config->peers[i].tlog_key;
		set->witness.key_count = i + 1;
		set->follower_count = i + 1;
		TRY(follower_open(&set->followers[i], set, i, e));
		set->cosigner_count = i + 1;
		TRY(cosigner_open(&set->cosigners[i], set, config->peers[i].url,
			&config->peers[i].witness_key, i, e));
	}
	for (size_t i = 0; i < config->witness_count; i++) {
		size_t at = set->cosigner_count++;
		TRY(cosigner_open(&set->cosigners[at], set, config->witnesses[i].url,
			&config->witnesses[i].key, SIZE_MAX, e));
		set->cosigners[at].witness = i;
	}
	return ERR_OK;
}

static enum err_code start_threads(struct peer_set *set, struct err *e)
{
	for (size_t i = 0; i < set->cosigner_count; i++)
		TRY(cosigner_start(&set->cosigners[i], e));
	wait_until_asked(set);
	peer_confirm_restored(set);
	for (size_t i = 0; i < set->follower_count; i++)
		TRY(follower_start(&set->followers[i], e));
	if (set->follower_count == 0)
		return ERR_OK;
	TRY(courier_start(&set->courier, e));
	return gatherer_start(&set->gatherer, e);
}

enum err_code peer_open(struct service *s, struct peer_set **ret, struct err *e)
{
	struct peer_set *set = handle_new(sizeof(*set));
	set->service = s;
	set->ledger = service_ledger(s);
	set->config = service_config(s);
	set->witness = (struct witness_server){ .ledger = set->ledger, .is_trusted = is_trusted,
		.context = set };
	set->followers = handle_new(LIMIT_PEERS * sizeof(*set->followers));
	set->cosigners = handle_new(WITNESSES_MAX * sizeof(*set->cosigners));
	atomic_init(&set->stop, false);
	init_lock(set);
	nonce_guard_open(&set->nonces, instant_now());
	arena_init(&set->names, NAMES_ARENA_BYTES);
	set->keyid = str_printf(&set->names, STR_FMT "#requests-1",
		STR_ARG(ledger_did(set->ledger)));
	CHECK(set->keyid.at != NULL);
	enum err_code code = http_client_open(&set->fetch_client, e);
	if (code == ERR_OK)
		code = gatherer_open(&set->gatherer, set, e);
	if (code == ERR_OK)
		code = courier_open(&set->courier, set, e);
	if (code == ERR_OK)
		code = open_threads(set, e);
	if (code == ERR_OK)
		code = start_threads(set, e);
	if (code != ERR_OK) {
		peer_close(set);
		return code;
	}
	*ret = set;
	return ERR_OK;
}

void peer_stop(struct peer_set *p)
{
	atomic_store(&p->stop, true);
	if (p->fetch_client)
		http_client_interrupt(p->fetch_client);
	worker_stop(&p->gatherer.worker);
	if (p->gatherer.client)
		http_client_interrupt(p->gatherer.client);
	worker_stop(&p->courier.worker);
	if (p->courier.client)
		http_client_interrupt(p->courier.client);
	for (size_t i = 0; i < p->follower_count; i++) {
		worker_stop(&p->followers[i].worker);
		if (p->followers[i].client)
			http_client_interrupt(p->followers[i].client);
	}
	for (size_t i = 0; i < p->cosigner_count; i++) {
		worker_stop(&p->cosigners[i].worker);
		if (p->cosigners[i].http)
			http_client_interrupt(p->cosigners[i].http);
	}
}

void peer_close(struct peer_set *p)
{
	if (!p)
		return;
	peer_stop(p);
	gatherer_close(&p->gatherer);
	courier_close(&p->courier);
	for (size_t i = 0; i < p->follower_count; i++)
		follower_close(&p->followers[i]);
	for (size_t i = 0; i < p->cosigner_count; i++)
		cosigner_close(&p->cosigners[i]);
	(void)pthread_mutex_lock(&p->fetch_lock); /* a fetch under way ends at once */
	(void)pthread_mutex_unlock(&p->fetch_lock);
	http_client_close(p->fetch_client);
	nonce_guard_close(p->nonces);
	(void)pthread_cond_destroy(&p->asked);
	(void)pthread_mutex_destroy(&p->fetch_lock);
	(void)pthread_mutex_destroy(&p->lock);
	arena_clear(&p->names);
	handle_drop(p->followers);
	handle_drop(p->cosigners);
	handle_drop(p);
}

void peer_checkpoint_changed(struct peer_set *p)
{
	for (size_t i = 0; i < p->cosigner_count; i++)
		worker_wake(&p->cosigners[i].worker);
}

/* The peer gave a sign of life: look at its log, and offer it ours. */
static void wake_peer(struct peer_set *p, size_t peer)
{
	worker_wake(&p->followers[peer].worker);
	worker_wake(&p->cosigners[peer].worker);
}

void peer_look(struct peer_set *p, struct str domain)
{
	for (size_t i = 0; i < p->config->peer_count; i++)
		if (str_eq(p->config->peers[i].domain, domain))
			wake_peer(p, i);
}

/* ---- witness endpoint ------------------------------------------------------------------------ */

enum err_code peer_witness_add(struct peer_set *p, struct arena *a, struct str body,
	struct str *ret, struct err *e)
{
	struct witness_answer answer;
	enum err_code code = witness_server_add(&p->witness, a, body, instant_now(), &answer, e);
	if (answer.key != WITNESS_KEY_NONE) {
		if (answer.fork_theirs.len > 0)
			follower_distrust(p, answer.key, answer.fork_ours, answer.fork_theirs,
				"it signed two checkpoints of one size");
		wake_peer(p, answer.key);
	}
	if (code == ERR_OK || code == ERR_CORRECT_SIZE)
		*ret = answer.body;
	return code;
}

enum err_code peer_witness_checkpoint(struct peer_set *p, struct arena *a, struct str hex,
	struct str *ret, struct err *e)
{
	return witness_server_checkpoint(&p->witness, a, hex, ret, e);
}

/* ---- signed requests ------------------------------------------------------------------------- */

static bool find_peer(const struct peer_set *p, struct str did, size_t *ret)
{
	for (size_t i = 0; i < p->config->peer_count; i++) {
		if (str_eq(p->config->peers[i].did, did)) {
			*ret = i;
			return true;
		}
	}
	return false;
}

/* The key in the newest DID document that the peer's own log holds. */
static enum err_code key_of_document(struct peer_set *p, size_t peer, struct str keyid,
	struct key_public *ret, struct err *e)
{
	SCOPED_ARENA a = { 0 };
	struct ledger_found found = { 0 };
	struct statement statement;
	struct did_document document;
	int64_t now = instant_now();
	arena_init(&a, KEY_ARENA_BYTES);
	enum err_code code = ledger_latest_about(p->ledger, &a, KIND_DID_DOCUMENT,
		p->config->peers[peer].did, &found, e);
	if (code == ERR_NOT_FOUND || (code == ERR_OK &&
		!str_eq(found.origin, p->config->peers[peer].tlog_key.name)))
		return err_set(e, ERR_BUSY, "DID document of \"" STR_FMT "\" is not here yet",
			STR_ARG(p->config->peers[peer].did));
	if (code != ERR_OK)
		return code;
	TRY(statement_parse(&a, found.body, &statement, e));
	TRY(did_document_parse(&a, statement.subject, found.receipt.time, &document, e));
	for (uint32_t i = 0; i < document.key_count; i++) {
		const struct did_key *key = &document.keys[i];
		if (!str_eq(key->id, keyid) || !key->authenticates || key->valid_until <= now)
			continue;
		*ret = key->pub;
		return ERR_OK;
	}
	return err_set(e, ERR_DENIED, "key \"" STR_FMT "\" is not for signing requests now",
		STR_ARG(keyid));
}

static enum err_code door_find_key(void *context, struct str keyid, struct key_public *ret,
	struct err *e)
{
	struct peer_set *p = context;
	size_t peer;
	if (!find_peer(p, did_of_method(keyid), &peer)) {
		SCOPED_ARENA a = { 0 };
		arena_init(&a, 16384);
		return err_set(e, ERR_DENIED, "\"%s\" is no key of a peer of this node",
			str_quote(&a, keyid));
	}
	if (peer_is_distrusted(p, peer))
		return err_set(e, ERR_DENIED, "peer \"" STR_FMT "\" is no longer trusted",
			STR_ARG(p->config->peers[peer].domain));
	return key_of_document(p, peer, keyid, ret, e);
}

static enum err_code door_find(void *context, struct arena *a, const uint8_t id_key[16],
	struct ledger_found *ret, struct err *e)
{
	struct peer_set *p = context;
	return ledger_find(p->ledger, a, id_key, ret, e);
}

static enum err_code door_disclose(void *context, struct arena *a, struct str peer_did,
	const uint8_t id_key[16], struct ledger_found *ret, struct err *e)
{
	struct peer_set *p = context;
	return service_disclose(p->service, a, peer_did, id_key, ret, e);
}

static struct body_door door(struct peer_set *p)
{
	return (struct body_door){ .find = door_find, .disclose = door_disclose,
		.find_key = door_find_key, .context = p, .nonces = p->nonces };
}

enum err_code peer_body(struct peer_set *p, struct arena *a, const struct http_request *r,
	struct str *ret, struct err *e)
{
	struct body_door d = door(p);
	return body_exchange_answer(&d, a, r, instant_now(), ret, e);
}

enum err_code peer_evidence_admit(struct peer_set *p, struct arena *a,
	const struct http_request *r, const uint8_t id_key[16], const struct digest *d, bool begins,
	struct err *e)
{
	struct body_door own = door(p);
	struct str did = { 0 };
	TRY(body_exchange_authenticate(&own, a, r, instant_now(), &did, e));
	return service_disclose_evidence(p->service, a, did, id_key, d, begins, e);
}

void peer_evidence_wanted(struct peer_set *p)
{
	worker_wake(&p->gatherer.worker);
}

enum err_code peer_notice(struct peer_set *p, struct arena *a, const struct http_request *r,
	struct err *e)
{
	struct body_door d = door(p);
	struct str did = { 0 };
	struct json *body = NULL;
	size_t peer;
	TRY(body_exchange_authenticate(&d, a, r, instant_now(), &did, e));
	TRY(json_parse(a, r->body, &body, e));
	if (!json_is(body, JSON_OBJECT) || json_count(body) != 0)
		return err_set(e, ERR_INVALID, "a notice is an empty object");
	if (find_peer(p, did, &peer))
		wake_peer(p, peer);
	return ERR_OK;
}

enum err_code peer_deal(struct peer_set *p, struct arena *a, const struct http_request *r,
	struct err *e)
{
	struct body_door d = door(p);
	struct str did = { 0 };
	TRY(body_exchange_authenticate(&d, a, r, instant_now(), &did, e));
	TRY(service_deal_take(p->service, a, did, r->body, e));
	peer_messages_wanted(p); /* both may have agreed now */
	return ERR_OK;
}

enum err_code peer_booking(struct peer_set *p, struct arena *a, const struct http_request *r,
	struct str *ret, struct err *e)
{
	struct body_door d = door(p);
	struct str did = { 0 };
	size_t peer;
	TRY(body_exchange_authenticate(&d, a, r, instant_now(), &did, e));
	if (!find_peer(p, did, &peer))
		return err_set(e, ERR_DENIED, "no peer of this node");
	TRY(service_booking_door(p->service, a, peer, r->body, ret, e));
	peer_messages_wanted(p); /* the calendar may have changed */
	return ERR_OK;
}

void peer_messages_wanted(struct peer_set *p)
{
	if (p->courier.worker.running)
		worker_wake(&p->courier.worker);
}

/* ---- fetching for the services --------------------------------------------------------------- */

static enum err_code fetch(struct peer_set *p, size_t peer, uint64_t index,
	const uint8_t id_key[16], struct arena *a, struct err *e)
{
	const struct node_peer *config = &p->config->peers[peer];
	struct str answer = { 0 }, statement = { 0 }, jws = { 0 };
	struct peer_post post = { .client = p->fetch_client, .path = "/peer/v1/body",
		.prefix = peer_http_prefix(a, config->url, ""),
		.body = body_exchange_request(a, id_key),
		.key = &ledger_keys(p->ledger)->requests, .keyid = p->keyid };
	if (!post.prefix.at || !post.body.at)
		return err_set(e, ERR_TOO_LARGE, "no room for a request");
	TRY(peer_http_post(&post, a, instant_now(), &answer, e));
	TRY(body_exchange_read(a, answer, &statement, &jws, e));
	return ledger_admit(p->ledger, config->tlog_key.name, index, statement, jws, e);
}

static enum err_code fetch_body(void *context, struct str origin, const uint8_t id_key[16],
	struct err *e)
{
	struct peer_set *p = context;
	SCOPED_ARENA a = { 0 };
	struct ledger_found found = { 0 };
	size_t peer = 0;
	arena_init(&a, FETCH_ARENA_BYTES);
	while (peer < p->config->peer_count && !str_eq(p->config->peers[peer].tlog_key.name,
		origin))
		peer++;
	if (peer == p->config->peer_count)
		return err_set(e, ERR_NOT_FOUND, "log \"" STR_FMT "\" is not of a peer",
			STR_ARG(origin));
	if (peer_is_distrusted(p, peer))
		return err_set(e, ERR_DENIED, "log \"" STR_FMT "\" is no longer trusted",
			STR_ARG(origin));
	enum err_code code = ledger_find(p->ledger, &a, id_key, &found, e);
	if (code == ERR_NOT_FOUND)
		worker_wake(&p->followers[peer].worker);
	if (code != ERR_OK)
		return code;
	if (!str_eq(found.origin, origin))
		return err_set(e, ERR_CONFLICT, "statement is of log \"" STR_FMT
			"\", not of \"" STR_FMT "\"", STR_ARG(found.origin), STR_ARG(origin));
	if (found.body.len > 0)
		return ERR_OK;
	(void)pthread_mutex_lock(&p->fetch_lock);
	code = fetch(p, peer, found.index, id_key, &a, e);
	(void)pthread_mutex_unlock(&p->fetch_lock);
	return code;
}

struct service_fetcher peer_fetcher(struct peer_set *p)
{
	return (struct service_fetcher){ .fetch_body = fetch_body, .context = p };
}
