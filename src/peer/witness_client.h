/* witness_client.h - having the own checkpoints cosigned by one witness (C2SP tlog-witness).
 *
 * Is:      the dialogue with one witness and what its answers mean. No HTTP, no ledger: function
 *          pointers, so every wrong answer is a unit test.
 * Is not:  a thread; patient (the caller backs off).
 * I1  Nothing a witness says is believed without its pinned key's signature, except that it has
 *     seen
 *     more of our log than we hold: then we rather stop than sign a fork.
 */
#ifndef HUREN_PEER_WITNESS_CLIENT_H
#define HUREN_PEER_WITNESS_CLIENT_H

#include "tlog/checkpoint.h"
#include "tlog/witness.h"

struct witness_reply {
	int status;
	struct str content_type;           /* lower case, without parameters */
	struct str body;
};

/* The way to the witness. */
struct witness_link {
	/* POST .../add-checkpoint. An error only when no answer came. */
	enum err_code (*post)(void *context, struct arena *a, struct str body,
		struct witness_reply *ret, struct err *e);
	/* GET .../<hex SHA-256(origin)>/checkpoint. ERR_NOT_FOUND: it has none of ours. */
	enum err_code (*kept)(void *context, struct arena *a, struct str *ret_note, struct err *e);
	void *context;
};

/* The own log. */
struct witness_own {
	const struct note_key *key;
	/* Newest checkpoint. ERR_NOT_FOUND: nothing was signed yet. */
	enum err_code (*checkpoint)(void *context, struct arena *a, struct str *ret_note,
		uint64_t *ret_size, struct err *e);
	enum err_code (*prove)(void *context, uint64_t old_size, uint64_t new_size,
		struct merkle_proof *ret, struct err *e);
	/* Root of the first `size` entries. */
	enum err_code (*root)(void *context, uint64_t size, struct digest *ret, struct err *e);
	void *context;
};

struct witness_client {
	struct witness_link link;
	struct witness_own own;
	struct note_key key;               /* the witness's, type 0x04 */
	bool knows;                        /* `size` is what the witness has of our log */
	uint64_t size;
};

enum witness_outcome {
	WITNESS_COSIGNED,          /* size, time and line are set */
	WITNESS_NOTHING,           /* nothing of ours was ever signed,
		and the witness has none either */
	WITNESS_AHEAD,
		            /* it says that it has cosigned more of our log than we hold: size */
	WITNESS_FORKED,
		           /* it holds a checkpoint signed by us that our log contradicts: size */
};
struct witness_result {
	enum witness_outcome outcome;
	uint64_t size;
	uint64_t time;                     /* of the cosignature, by the witness's clock */
	struct str line;                   /* its line with newline, in the arena */
	bool proven;                       /* ahead: a note signed by us was shown */
};

/* Offers the newest own checkpoint, learning the witness's size when need be. ERR_BUSY: away;
 * ERR_NOT_FOUND, ERR_DENIED: does not witness our log; ERR_UNPROVEN, ERR_INVALID ...: answers
 * wrongly (the message says what). `now` bounds the cosignature's time on both sides. */
MUST_USE enum err_code witness_client_submit(struct witness_client *c, struct arena *a, int64_t now,
	struct witness_result *ret, struct err *e);
/* Asks only how much of our log the witness has seen, by offering from old size 0; works before
 * anything was signed. *ret_size 0: nothing; larger than ours: WITNESS_AHEAD or WITNESS_FORKED, as
 * above. WITNESS_COSIGNED: it had none and has taken ours now. WITNESS_NOTHING: it is not ahead. */
MUST_USE enum err_code witness_client_ask(struct witness_client *c, struct arena *a, int64_t now,
	struct witness_result *ret, struct err *e);

#endif
