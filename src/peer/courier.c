/* courier.c - tells peers what their services wait to hear; what cannot be told is told later.
 *
 * One thread for all peers: who is away rests, so that nobody else waits for it.
 */
#include "base/diag.h"
#include "base/instant.h"
#include "peer/peer_inner.h"
#include "service/booking.h"
#include "service/deal.h"

#define ARENA_BYTES ((size_t)8 << 20)
#define REST_MS 60000
#define PACE_FAILING_MS 200

static const struct peer_messages *const services[] = { &booking_messages, &deal_messages };
#define SERVICE_COUNT (sizeof(services) / sizeof(services[0]))

enum err_code courier_open(struct courier *c, struct peer_set *set, struct err *e)
{
	c->set = set;
	arena_init(&c->arena, ARENA_BYTES);
	return http_client_open(&c->client, e);
}

void courier_close(struct courier *c)
{
	worker_close(&c->worker);
	http_client_close(c->client);
	arena_clear(&c->arena);
}

static enum err_code tell(struct courier *c, size_t peer, const struct peer_messages *of,
	struct peer_cursor *cursor, const struct peer_message *m, bool *ret_away, struct err *e)
{
	struct arena *a = &c->arena;
	struct str answer = { 0 };
	struct err refused = { 0 };
	struct peer_post post = { .client = c->client, .path = of->path,
		.prefix = peer_http_prefix(a, c->set->config->peers[peer].url, ""),
		.body = m->body, .key = &ledger_keys(c->set->ledger)->requests,
		.keyid = c->set->keyid };

	if (!post.prefix.at)
		return err_set(e, ERR_TOO_LARGE, "no room for a URL");
	enum err_code code = peer_http_post(&post, a, instant_now(), &answer, &refused);
	if (code == ERR_BUSY) {
		*ret_away = true;
		*e = refused;
		return code;
	}
	return of->told(c->set->service, a, peer, cursor, m, answer,
		code == ERR_OK ? NULL : &refused, e);
}

/* Everything of one service for one peer; what it does not take is passed over, so that nothing
 * stands behind it. False: not all is told. *ret_away is set when the peer could not be reached. */
static bool tell_all(struct courier *c, size_t peer, const struct peer_messages *of, bool *ret_away)
{
	struct peer_cursor cursor = { 0 };
	struct peer_message m;
	bool all = true;

	while (!atomic_load(&c->set->stop)) {
		struct err e = { 0 };
		arena_reset(&c->arena);
		enum err_code code = of->next(c->set->service, &c->arena, peer, &cursor, &m, &e);
		if (code == ERR_OK && !m.body.at)
			return all;
		bool waits = code == ERR_OK;
		if (waits)
			code = tell(c, peer, of, &cursor, &m, ret_away, &e);
		if (code == ERR_OK)
			continue;
		all = false;
		if (!*ret_away)
			diag_err(DIAG_WARN, of->area, &e);
		/* busy without being away is this node: what comes next would fare no better */
		if (code == ERR_BUSY || !waits)
			return false;
	}
	return all;
}

/* Milliseconds until this peer is to be told something again. */
static uint32_t visit(struct courier *c, size_t peer)
{
	struct courier_peer *p = &c->peers[peer];
	uint64_t now_us = instant_monotonic_us();
	bool all = true, away = false;
	uint32_t due_ms = REST_MS;

	/* a sign of life since it was found away ends its rest */
	if (now_us < p->due_us &&
		service_peer_state(c->set->service, peer).as_of <= p->visited_at)
		return (uint32_t)((p->due_us - now_us) / 1000) + 1;
	for (size_t i = 0; i < SERVICE_COUNT && !away; i++)
		all = tell_all(c, peer, services[i], &away) && all;
	if (all)
		p->back_off_ms = 0;
	else
		due_ms = worker_back_off(&p->back_off_ms);
	p->due_us = away ? instant_monotonic_us() + (uint64_t)due_ms * 1000 : 0;
	p->visited_at = instant_now();
	return due_ms;
}

static struct worker_pause step(void *context)
{
	struct courier *c = context;
	struct worker_pause pause = { .due_ms = REST_MS };

	for (size_t i = 0; i < c->set->config->peer_count; i++) {
		if (peer_is_distrusted(c->set, i))
			continue;
		uint32_t due_ms = visit(c, i);
		if (due_ms < pause.due_ms)
			pause = (struct worker_pause){ due_ms, PACE_FAILING_MS };
	}
	return pause;
}

enum err_code courier_start(struct courier *c, struct err *e)
{
	return worker_open(&c->worker, step, c, e);
}
