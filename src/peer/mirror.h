/* mirror.h - following another log by its tiles, verifying everything before it is kept.
 *
 * Is:      the decisions: what to fetch, what proves it, what a contradiction means. No HTTP and no
 *          database: both are function pointers, so every attack is a unit test.
 * Is not:  a thread, a judge of receipts' content (ledger_mirror, ledger_admit).
 * I1  Nothing is handed to the copy that is not proven to lie under a checkpoint signed by the
 *     log's key, and under every head the copy knows already.
 * I2  A fork or a step back is told only on proof: two notes signed by the log's key. What merely
 *     does not fit (a damaged tile or bundle) is ERR_UNPROVEN, and the caller tries again later.
 * I3  The copy may be cut off after any batch; the next call goes on from there.
 */
#ifndef HUREN_PEER_MIRROR_H
#define HUREN_PEER_MIRROR_H

#include "ledger/ledger.h"
#include "tlog/checkpoint.h"
#include "tlog/tile.h"

/* Entries in one batch: one commit each, and a resume point. */
#define MIRROR_BATCH_MAX LEDGER_MIRROR_COUNT_MAX

/* The log as the other side serves it. */
struct mirror_source {
	/* The newest checkpoint note, in the arena. */
	enum err_code (*checkpoint)(void *context, struct arena *a, struct str *ret_note,
		struct err *e);
	/* Tiles and bundles, in the order asked. ret[i].at == NULL when there is no such one (404);
	 * any other trouble is an error. */
	enum err_code (*tiles)(void *context, struct arena *a, const struct tile_id *ids,
		size_t count, struct str *ret, struct err *e);
	void *context;
};

/* The copy kept here. */
struct mirror_copy {
	/* Entries held, and the newest note they were proven against ("" for none). */
	enum err_code (*known)(void *context, struct arena *a, uint64_t *ret_size,
		struct str *ret_head, struct err *e);
	struct merkle_reader reader;       /* of the entries held */
	uint32_t batch_max;                /* whole bundles, up to MIRROR_BATCH_MAX entries */
	/* Takes a batch. May go on working with it until the next put or flush returns; what failed
	 * meanwhile is told then. */
	enum err_code (*put)(void *context, const struct ledger_mirror_batch *batch, struct err *e);
	enum err_code (*flush)(void *context, struct err *e);
	void *context;
};

enum mirror_outcome {
	MIRROR_SAME,               /* nothing new; the log is as known */
	MIRROR_GREW,
	MIRROR_BACKWARDS,          /* the log serves a smaller checkpoint than it signed before */
	MIRROR_FORKED,             /* two signed heads that cannot both be of one append-only log */
};

struct mirror_result {
	enum mirror_outcome outcome;
	uint64_t size;             /* entries held and proven */
	struct str ours;           /* the head known before (fork, backwards), in the arena */
	struct str theirs;         /* the note just received, in the arena */
};

/* One round: checkpoint, proofs, entries. ERR_DENIED: not signed by `key`; ERR_UNPROVEN: tiles or
 * bundles do not match the signed checkpoint; ERR_NOT_FOUND: a tile is missing; ERR_CORRUPT: our
 * own copy does not match what it was proven against; or what source and copy say. Batches put
 * before a failure stay. `a` holds notes and the result. */
MUST_USE enum err_code mirror_follow(struct arena *a, const struct note_key *key,
	const struct mirror_source *source, const struct mirror_copy *copy,
	struct mirror_result *ret, struct err *e);

/* Looks without taking anything: does the log go on from what is held, from the newest head known,
 * and from `also` (a head that our witness cosigned; NULL for none)? SAME or GREW: it does;
 * BACKWARDS, FORKED: it does not. Errors as mirror_follow. */
MUST_USE enum err_code mirror_judge(struct arena *a, const struct note_key *key,
	const struct mirror_source *source, const struct mirror_copy *copy,
	const struct checkpoint *also, struct mirror_result *ret, struct err *e);

#endif
