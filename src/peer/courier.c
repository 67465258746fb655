/* courier.c - tells peers what bookings and calendars became; what cannot be told is told later. */
#include "base/diag.h"
#include "base/instant.h"
#include "peer/peer_inner.h"
#include "service/booking.h"

#define ARENA_BYTES ((size_t)8 << 20)
#define REST_MS 60000

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

static enum err_code tell(struct courier *c, size_t peer, const struct booking_message *m,
	struct err *e)
{
	struct arena *a = &c->arena;
	struct str answer = { 0 };
	struct peer_post post = { .client = c->client, .path = "/peer/v1/booking",
		.prefix = peer_http_prefix(a, c->set->config->peers[peer].url, ""),
		.body = m->body, .key = &ledger_keys(c->set->ledger)->requests,
		.keyid = c->set->keyid };

	if (!post.prefix.at)
		return err_set(e, ERR_TOO_LARGE, "no room for a URL");
	TRY(peer_http_post(&post, a, instant_now(), &answer, e));
	return service_booking_told(c->set->service, a, peer, m, answer, e);
}

/* Everything for one peer; what it does not take is passed over, so that nothing stands behind it.
 * False: not all is told. */
static bool tell_peer(struct courier *c, size_t peer)
{
	struct booking_cursor cursor = { 0 };
	struct booking_message m;
	bool all = true;

	while (!atomic_load(&c->set->stop)) {
		struct err e = { 0 };
		arena_reset(&c->arena);
		if (service_booking_next(c->set->service, &c->arena, peer, &cursor, &m, &e) !=
			ERR_OK)
			return false;
		if (!m.body.at)
			return all;
		enum err_code code = tell(c, peer, &m, &e);
		if (code == ERR_OK)
			continue;
		all = false;
		if (code == ERR_BUSY)
			return false; /* it is away */
		diag_err(DIAG_WARN, "bookings", &e);
	}
	return all;
}

static struct worker_pause step(void *context)
{
	struct courier *c = context;
	bool all = true;

	for (size_t i = 0; i < c->set->config->peer_count; i++)
		if (!peer_is_distrusted(c->set, i))
			all = tell_peer(c, i) && all;
	if (all)
		c->back_off_ms = 0;
	uint32_t due = all ? REST_MS : worker_back_off(&c->back_off_ms);
	return (struct worker_pause){ .due_ms = due, .pace_ms = all ? 0 : 200 };
}

enum err_code courier_start(struct courier *c, struct err *e)
{
	return worker_open(&c->worker, step, c, e);
}
