/* peer_inner.h - what the threads of peer/ share: the set, a follower a peer, a cosigner a witness.
 *
 * Is not:  for any other floor.
 * Threads: each follower and cosigner has a worker of its own and an HTTP client of its own. What
 *          others read of them is in `struct peer_face`, under the set's lock. Locks are leaves.
 */
#ifndef HUREN_PEER_PEER_INNER_H
#define HUREN_PEER_PEER_INNER_H

#include <pthread.h>
#include <stdatomic.h>

#include "peer/body_exchange.h"
#include "peer/http_client.h"
#include "peer/mirror_ledger.h"
#include "peer/peer.h"
#include "peer/peer_http.h"
#include "peer/witness_client.h"
#include "peer/witness_server.h"
#include "peer/worker.h"

#define WITNESSES_MAX (2 * LIMIT_PEERS) /* the peers, and those of node.json beside them */
#define PROBLEM_ROOM 256

/* What is shown of a peer; put together from its two threads. */
struct peer_face {
	struct peer_state state;
	char mirror_problem[PROBLEM_ROOM];
	char witness_problem[PROBLEM_ROOM];
};

/* ---- bodies.c: fetching what anyone may have ------------------------------------------------- */
#define BODIES_AT_ONCE 32
#define BODIES_RETRIED_MAX 256

struct body_retry {
	uint64_t index;
	uint8_t id_key[16];
	uint32_t tries;
	uint64_t next_us;
};
struct bodies {
	struct ledger *ledger;
	struct http_client *client;        /* the follower's */
	struct str origin;
	struct str prefix;
	uint64_t cursor;                   /* lacking bodies below it are in `retries` */
	size_t retry_count;
	struct body_retry retries[BODIES_RETRIED_MAX];
	struct arena arena;
};
struct bodies_found {
	uint32_t admitted;
	bool more;                         /* there is more to fetch now */
	uint32_t due_ms;                   /* else: until the next retry; UINT32_MAX: none */
	struct err refused;                /* the last body refused for good, if any */
};
void bodies_init(struct bodies *b, struct ledger *l, struct http_client *client, struct str origin,
	struct str prefix);
void bodies_clear(struct bodies *b);
/* Fetches and admits up to BODIES_AT_ONCE, in the order of the log. ERR_BUSY when the peer is away.
 * */
MUST_USE enum err_code bodies_step(struct bodies *b, struct bodies_found *ret, struct err *e);

/* ---- follower.c: mirroring one peer ---------------------------------------------------------- */
struct follower {
	struct peer_set *set;
	size_t peer;
	struct worker worker;
	struct http_client *client;
	struct log_link link;
	struct mirror_ledger *copy;
	struct bodies bodies;
	struct arena names;                /* URL prefixes */
	struct arena arena;                /* of one step */
	uint32_t back_off_ms;
	uint64_t compared_size;            /* of our witness's head, found in the mirrored tree */
	bool told;                         /* the problem under way is in the diagnostics */
};
MUST_USE enum err_code follower_open(struct follower *f, struct peer_set *set, size_t peer,
	struct err *e);
MUST_USE enum err_code follower_start(struct follower *f, struct err *e);
void follower_close(struct follower *f);
/* Two heads signed by the peer that exclude each other: keeps both and stops trusting it. */
void follower_distrust(struct peer_set *set, size_t peer, struct str ours, struct str theirs,
	const char *why);

/* ---- cosigner.c: one witness of the own log -------------------------------------------------- */
struct cosigner {
	struct peer_set *set;
	size_t peer;                       /* SIZE_MAX: a witness that is no peer */
	size_t witness;                    /* then: its place in node.json */
	struct cosigner_state state;       /* then: what is shown of it */
	struct worker worker;
	struct http_client *http;
	struct witness_address address;
	struct witness_client client;
	struct arena names;
	struct arena arena;
	uint32_t back_off_ms;
	bool told;
	uint64_t cosigned_size;
	int64_t cosigned_at;
	/* under the set's lock */
	bool tried;                        /* the first question was asked */
	bool answered;                     /* ... and answered: its size is known */
	uint64_t size;
};
MUST_USE enum err_code cosigner_open(struct cosigner *c, struct peer_set *set, struct str url,
	const struct note_key *key, size_t peer, struct err *e);
MUST_USE enum err_code cosigner_start(struct cosigner *c, struct err *e);
void cosigner_close(struct cosigner *c);

/* ---- gatherer.c: fetching evidence files ----------------------------------------------------- */
struct gatherer {
	struct peer_set *set;
	struct worker worker;
	struct http_client *client;
	struct arena arena;                /* of one file */
	uint32_t back_off_ms;
};
MUST_USE enum err_code gatherer_open(struct gatherer *g, struct peer_set *set, struct err *e);
MUST_USE enum err_code gatherer_start(struct gatherer *g, struct err *e);
void gatherer_close(struct gatherer *g);

/* ---- courier.c: telling peers what services wait to tell them -------------------------------- */
struct courier_peer {
	uint64_t due_us;                   /* it was away: not before this */
	int64_t visited_at;
	uint32_t back_off_ms;
};
struct courier {
	struct peer_set *set;
	struct worker worker;
	struct http_client *client;
	struct arena arena;                /* of one message */
	struct courier_peer peers[LIMIT_PEERS];
};
MUST_USE enum err_code courier_open(struct courier *c, struct peer_set *set, struct err *e);
MUST_USE enum err_code courier_start(struct courier *c, struct err *e);
void courier_close(struct courier *c);

/* ---- peer.c ---------------------------------------------------------------------------------- */
struct peer_set {
	struct service *service;
	struct ledger *ledger;
	const struct node_config *config;
	struct witness_server witness;
	struct nonce_guard *nonces;
	pthread_mutex_t lock;              /* guards faces, tried, answered, size of cosigners */
	pthread_cond_t asked;              /* a cosigner asked for the first time */
	struct peer_face faces[LIMIT_PEERS];
	size_t follower_count, cosigner_count;
	struct follower *followers;        /* LIMIT_PEERS of them */
	struct cosigner *cosigners;        /* WITNESSES_MAX of them */
	struct gatherer gatherer;
	struct courier courier;
	pthread_mutex_t fetch_lock;        /* one body at a time for the services */
	struct http_client *fetch_client;
	struct str keyid;                  /* of our requests */
	struct arena names;
	atomic_bool stop;
};
/* Changes a peer's face through `change` and shows it to the services. */
void peer_face_change(struct peer_set *set, size_t peer,
	void (*change)(struct peer_face *face, const void *context), const void *context);
bool peer_is_distrusted(struct peer_set *set, size_t peer);
/* Lifts the ban on signing of a restored node when the witnesses have said enough; true when no ban
 * stands any more. */
bool peer_confirm_restored(struct peer_set *set);

#endif
