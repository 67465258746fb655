/* witness_server.h - this node as witness of other logs (C2SP tlog-witness).
 *
 * Is:      the answer to add-checkpoint and the checkpoint last cosigned, with the state in the
 * ledger. Is not:  HTTP; a judge of what the log contains.
 * I1  For one origin the cosigned trees are a growing chain: the state is compared and set in one
 *     transaction, durable before the cosignature is returned.
 */
#ifndef HUREN_PEER_WITNESS_SERVER_H
#define HUREN_PEER_WITNESS_SERVER_H

#include "ledger/ledger.h"
#include "tlog/witness.h"

struct witness_server {
	struct ledger *ledger;             /* its witness key signs */
	size_t key_count;
	const struct note_key *keys[LIMIT_PEERS];  /* of the logs witnessed; name = origin */
	/* Whether the log of that key is still trusted. NULL: each is. */
	bool (*is_trusted)(void *context, size_t key);
	void *context;
};

struct witness_answer {
	struct str body;                   /* cosignature line; or "<size>\n" on ERR_CORRECT_SIZE */
	size_t key;                        /* which of the keys: the log that asked */
	/* Two notes of one size and different roots, both signed by the log; else empty. */
	struct str fork_ours, fork_theirs;
};

/* POST add-checkpoint. ERR_DENIED also for a log no longer trusted. ret->key is set whenever the
 * log's signature held, whatever comes of it. ERR_INVALID 400, ERR_NOT_FOUND 404, ERR_DENIED 403,
 * ERR_CORRECT_SIZE 409, ERR_UNPROVEN 422, or ERR_BUSY, ERR_IO of the ledger: then nothing was
 * cosigned. `ret` is filled in any case. */
MUST_USE enum err_code witness_server_add(const struct witness_server *w, struct arena *a,
	struct str body, int64_t now, struct witness_answer *ret, struct err *e);
/* GET <hex of SHA-256(origin)>/checkpoint. ERR_NOT_FOUND. */
MUST_USE enum err_code witness_server_checkpoint(const struct witness_server *w, struct arena *a,
	struct str hex, struct str *ret, struct err *e);
/* What was cosigned last for an origin; size 0 and an empty note when nothing was. */
MUST_USE enum err_code witness_server_state(const struct witness_server *w, struct arena *a,
	struct str origin, struct witness_state *ret, struct str *ret_note, struct err *e);

#define WITNESS_KEY_NONE SIZE_MAX

#endif
