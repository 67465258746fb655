/* gatherer.c - fetches evidence files from peers: one at a time, hashed while they come, gone on
 * with where the link was cut. */
#include <stdio.h>
#include <string.h>

#include "base/diag.h"
#include "base/encode.h"
#include "base/instant.h"
#include "base/scoped.h"
#include "peer/peer_inner.h"
#include "service/evidence.h"
#include "store/blobs.h"

#define ARENA_BYTES (1UL << 20)
#define STALL_TIMEOUT_MS 20000     /* nothing arrived for so long: the link is cut */
#define REST_MS 60000
#define ANSWER_BYTES_MAX 65536     /* of a refusal */

enum err_code gatherer_open(struct gatherer *g, struct peer_set *set, struct err *e)
{
	g->set = set;
	arena_init(&g->arena, ARENA_BYTES);
	return http_client_open(&g->client, e);
}

void gatherer_close(struct gatherer *g)
{
	worker_close(&g->worker);
	http_client_close(g->client);
	arena_clear(&g->arena);
}

/* ---- one file -------------------------------------------------------------------------------- */

struct arrival {
	struct blob_writer *writer;
	uint64_t have, bytes_max;
	bool begun;
};

static enum err_code take_piece(void *context, int status, struct str bytes, struct err *e)
{
	struct arrival *x = context;
	if (!x->begun && status == 200 && x->have > 0) {
		TRY(blob_restart(x->writer, e)); /* the whole comes, not the rest */
		x->have = 0;
	}
	x->begun = true;
	x->have += bytes.len;
	if (x->have > x->bytes_max)
		return err_set(e, ERR_TOO_LARGE, "evidence file is longer than the report says");
	return blob_write(x->writer, bytes, e);
}

static enum err_code sign(struct gatherer *g, struct http_exchange *x, struct err *e)
{
	struct http_request r = { .method = STR("GET"), .body = STR(""), .header_count = 1,
		.headers = { { STR("content-type"), STR("application/octet-stream") } } };
	uint8_t nonce[16];
	TRY(http_url_parse(&g->arena, str_of(x->url), &r.authority, &r.path, e));
	key_random(nonce, sizeof(nonce));
	x->headers[0] = r.headers[0];
	TRY(http_signature_sign(&g->arena, &r, g->set->keyid,
		&ledger_keys(g->set->ledger)->requests, instant_now(), nonce, &x->headers[1], e));
	x->header_count = 4;
	return ERR_OK;
}

/* Brings the rest into the writer. */
static enum err_code transfer(struct gatherer *g, const struct node_peer *peer,
	const struct evidence_want *w, struct arrival *arrival, struct err *e)
{
	struct arena *a = &g->arena;
	struct http_exchange x = { .answer_bytes_max = ANSWER_BYTES_MAX, .sink = take_piece,
		.sink_context = arrival, .timeout_ms = STALL_TIMEOUT_MS };
	struct str prefix = peer_http_prefix(a, peer->url, "/statements/");
	x.url = arena_printf(a, STR_FMT STR_FMT "/evidence/" STR_FMT, STR_ARG(prefix),
		STR_ARG(str_skip(statement_id_text(a, w->statement_key), 9)),
		STR_ARG(base64url_new(a, w->digest.at, DIGEST_BYTES)));
	if (!x.url)
		return err_set(e, ERR_TOO_LARGE, "no room for a URL");
	TRY(sign(g, &x, e));
	if (arrival->have > 0) {
		struct str range = str_printf(a, "bytes=%llu-", (unsigned long long)arrival->have);
		x.headers[x.header_count++] = (struct http_header){ STR("range"), range };
	}
	http_client_run(g->client, &x, 1);
	enum err_code code = x.status == 206 && x.err.code == ERR_OK ? ERR_OK
		: http_exchange_check(&x, e);
	http_exchange_clear(&x);
	return code;
}

/* ERR_BUSY: later; other errors are final. */
static enum err_code fetch_file(struct gatherer *g, const struct node_peer *peer,
	const struct evidence_want *w, struct err *e)
{
	struct arrival arrival = { .bytes_max = w->about.bytes };
	struct digest d;
	uint64_t bytes;
	TRY(blob_begin(g->set->config->dir, &w->digest, w->about.bytes, &arrival.writer,
		&arrival.have, e));
	if (arrival.have > arrival.bytes_max) {
		arrival.have = 0;
		enum err_code code = blob_restart(arrival.writer, e);
		if (code != ERR_OK) {
			blob_abandon(arrival.writer);
			return code;
		}
	}
	enum err_code code = arrival.have == arrival.bytes_max && arrival.have > 0 ? ERR_OK
		: transfer(g, peer, w, &arrival, e);
	if (code == ERR_OK && arrival.have < arrival.bytes_max)
		code = err_set(e, ERR_BUSY, "evidence file ended early");
	if (code != ERR_OK) {
		blob_abandon(arrival.writer); /* what came is kept */
		return code;
	}
	TRY(blob_finish(arrival.writer, &d, &bytes, e));
	return service_evidence_fetched(g->set->service, w, bytes, e);
}

/* ---- all that is wished for ------------------------------------------------------------------ */

static const struct node_peer *peer_of(struct gatherer *g, struct str origin, size_t *ret)
{
	const struct node_config *c = g->set->config;
	for (size_t i = 0; i < c->peer_count; i++) {
		if (str_eq(c->peers[i].tlog_key.name, origin)) {
			*ret = i;
			return &c->peers[i];
		}
	}
	return NULL;
}

static enum err_code gather_one(struct gatherer *g, const struct evidence_want *w, struct err *e)
{
	size_t number = 0;
	const struct node_peer *peer = peer_of(g, w->origin, &number);
	if (!peer)
		return err_set(e, ERR_NOT_FOUND, "log \"" STR_FMT "\" is not of a peer",
			STR_ARG(w->origin));
	if (peer_is_distrusted(g->set, number))
		return err_set(e, ERR_DENIED, "peer \"" STR_FMT "\" is no longer trusted",
			STR_ARG(peer->domain));
	return fetch_file(g, peer, w, e);
}

/* A link that is cut, a disk that is full, a writer that is busy: all pass. */
static bool passes(enum err_code code)
{
	return code == ERR_BUSY || code == ERR_IO || code == ERR_CONFLICT;
}

static struct worker_pause step(void *context)
{
	struct gatherer *g = context;
	struct digest after = { { 0 } };
	struct evidence_want w;
	bool later = false;
	struct err e = { 0 };
	while (!atomic_load(&g->set->stop)) {
		arena_reset(&g->arena);
		if (service_evidence_next(g->set->service, &g->arena, &after, &w, &e) != ERR_OK)
			break;
		after = w.digest;
		enum err_code code = gather_one(g, &w, &e);
		if (code == ERR_OK) {
			g->back_off_ms = 0;
			continue;
		}
		later = later || passes(code);
		if (passes(code) || atomic_load(&g->set->stop))
			continue;
		diag_err(DIAG_WARN, "evidence", &e);
		if (service_evidence_refused(g->set->service, &w.digest, e.message, &e) != ERR_OK)
			later = true;
	}
	uint32_t due = later ? worker_back_off(&g->back_off_ms) : REST_MS;
	return (struct worker_pause){ .due_ms = due, .pace_ms = later ? 1000 : 0 };
}

enum err_code gatherer_start(struct gatherer *g, struct err *e)
{
	return worker_open(&g->worker, step, g, e);
}
