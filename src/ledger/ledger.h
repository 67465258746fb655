/* ledger.h - the one writer, and the two doors.
 *
 * Is:      the writer thread with its queue and group commit; ledger_publish (the only way out of a
 *          node) and ledger_admit (the only way in); the tlog of this node on disk; the directory
 *          of keys and accreditations as of any time; projections that services hang in.
 * Is not:  HTTP, peers, services.
 * Life:    ledger_open (recovers) -> calls from any thread -> ledger_close (drains the queue).
 * I1  done() is called only after the transaction is durable and the checkpoint covering it is
 *     signed.
 * I2  An index, once told, is never given to other bytes; a signed checkpoint never covers an entry
 *     that is not durable.
 * I3  The same statement (same digest) submitted again gives the same index; the same id with other
 *     bytes is ERR_CONFLICT.
 */
#ifndef HUREN_LEDGER_LEDGER_H
#define HUREN_LEDGER_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "credential/bundle.h"
#include "credential/did.h"
#include "credential/proof.h"
#include "credential/receipt.h"
#include "credential/statement.h"
#include "store/store.h"
#include "tlog/checkpoint.h"
#include "tlog/tile.h"

struct ledger;

/* Keys by role: never one key in two roles. SM2 ones may be absent (type KEY_NONE). */
struct ledger_keys {
	struct key tlog;           /* Ed25519, checkpoints */
	struct key tlog_sm2;
	struct key witness;        /* Ed25519, cosignatures */
	struct key issuer;         /* Ed25519, the authority's statements: did#key-1 */
	struct key issuer_sm2;     /* did#key-2 */
	struct key requests;       /* Ed25519, RFC 9421: did#requests-1 */
};

/* What a projection sees, inside the writer's transaction, for each new statement. It writes rows
 * and nothing else: the transaction may be rolled back, and the same event then comes again. An
 * error refuses the statement (its submitter gets it). Keys and accreditations of the same batch
 * are not in the directory yet; readers' connections do not see the batch either. */
struct ledger_event {
	bool own;                  /* of this node's tlog; else admitted from `origin` */
	struct str origin;
	uint64_t index;
	const struct receipt *receipt;
	const struct statement *statement;
	int64_t now;
};
struct ledger_projection {
	enum err_code (*apply)(void *context, struct store *s, const struct ledger_event *event,
		struct err *e);
	void *context;
};

struct ledger_options {
	const char *dir;
	struct str domain;                 /* gives did:web:<domain> and the origin <domain>/tlog */
	struct ledger_keys keys;           /* copied; wiped on close */
	const struct ledger_projection *projections;
	size_t projection_count;
	void (*on_checkpoint)(void *context); /* after each new checkpoint; from the writer */
	void *on_checkpoint_context;
	bool no_sign;                      /* open for reading, mirroring and recovery only */
};
MUST_USE enum err_code ledger_open(const struct ledger_options *options, struct ledger **ret,
	struct err *e);
void ledger_close(struct ledger *l);

struct str ledger_did(const struct ledger *l);          /* of the node = the authority */
struct str ledger_origin(const struct ledger *l);
const struct note_key *ledger_note_key(const struct ledger *l);      /* name = origin */
const struct note_key *ledger_note_key_sm2(const struct ledger *l);  /* NULL when there is none */
const struct note_key *ledger_witness_key(const struct ledger *l);   /* name = domain/witness */
const struct ledger_keys *ledger_keys(const struct ledger *l);

/* A connection for reading, one for each thread that asks; valid until ledger_close. */
MUST_USE enum err_code ledger_reader(struct ledger *l, struct store **ret, struct err *e);

/* ---- the door out -------------------------------------------------------------------------- */

/* A statement on its way: prepared in the caller's thread (all CPU-heavy checks), then queued. */
struct publication {
	/* set by the caller */
	struct arena *arena;               /* owns everything below; lives until done() */
	void (*done)(struct publication *p); /* from the writer thread, exactly once */
	void *context;
	/* NULL, or rows that come into being with it: called in its transaction, not for a
	 * duplicate. An error refuses the statement; as in ledger_write it may be called again. */
	enum err_code (*beside)(void *context, struct store *s, struct err *e);
	void *beside_context;
	/* filled by ledger_prepare */
	struct statement statement;
	struct str jws;                    /* compact vc+jwt, or empty */
	uint64_t directory_version;
	/* filled before done() */
	struct err err;                    /* code ERR_OK when it is durable */
	bool duplicate;                    /* was there before: index and time are the old ones */
	uint64_t index;
	int64_t time;
	struct str checkpoint;             /* note that covers index; in p->arena */
	struct publication *next;          /* the queue's */
	char *checkpoint_room;             /* the ledger's: memory for `checkpoint` */
	int64_t good_until;                /* the ledger's: from then on it is judged again */
};
/* Parses and checks a signed statement of an issuer of this node: structure, limits, time, every
 * signature with keys valid now, accreditation of each item of a report on its test day, the right
 * of the issuer to this kind. Errors say what and where and change nothing. */
MUST_USE enum err_code ledger_prepare(struct ledger *l, struct publication *p, struct str text,
	struct str jws, struct err *e);
/* Queues a prepared publication. ERR_BUSY when the queue is full or the disk is nearly full; then
 * done() is not called. */
MUST_USE enum err_code ledger_publish(struct ledger *l, struct publication *p, struct err *e);
/* Prepare, publish and wait; for the CLI's and services' rare statements. */
MUST_USE enum err_code ledger_publish_wait(struct ledger *l, struct arena *a, struct str text,
	struct str jws, uint64_t *ret_index, struct str *ret_checkpoint, struct err *e);
/* The same of `p`, which has its arena and what is beside it. */
MUST_USE enum err_code ledger_publish_beside(struct ledger *l, struct publication *p,
	struct str text, struct str jws, struct err *e);
/* Signs `doc` (from statement_new) with the node's issuer keys (Ed25519, and SM2 when present) and
 * publishes it, waiting. *ret_text: canonical bytes in `a`. */
MUST_USE enum err_code ledger_issue(struct ledger *l, struct arena *a, struct json *doc,
	struct str *ret_text, uint64_t *ret_index, struct err *e);

/* ---- other rows ---------------------------------------------------------------------------- */

/* Runs `run` in the writer's transaction and waits until it is durable. For rows that are no
 * statements (requests, peers' state). An error of `run` undoes its rows and is returned. `run` may
 * be called again when the transaction had to be repeated: it sets results, it never counts. */
MUST_USE enum err_code ledger_write(struct ledger *l,
	enum err_code (*run)(void *context, struct store *s, struct err *e), void *context,
	struct err *e);

/* ---- the door in --------------------------------------------------------------------------- */

/* Entries of a peer's log that the mirror has verified up to `checkpoint`. Waits until durable.
 * Writes tiles and bundles of the copy, rows for the receipts, and the checkpoint. The signature of
 * the checkpoint is the caller's to check; that the entries hash to the leaves, follow the last
 * ones without a gap, and end in the checkpoint's root is checked here again. ERR_CONFLICT: does
 * not begin where the copy ends. ERR_UNPROVEN: hashes do not agree. Good sizes: 2,048 to 8,192
 * entries. count 0 stores a newer note for the entries already here. */
#define LEDGER_MIRROR_COUNT_MAX 16384
struct ledger_mirror_batch {
	struct str origin;
	uint64_t first_index;
	uint32_t count;                    /* at most LEDGER_MIRROR_COUNT_MAX */
	const struct str *entries;         /* receipts' bytes */
	const struct digest *leaf_hashes;
	uint64_t size;                     /* of the checkpoint they were proven against */
	struct str checkpoint;             /* note; stored when first_index + count == size */
};
MUST_USE enum err_code ledger_mirror(struct ledger *l, const struct ledger_mirror_batch *batch,
	struct err *e);
/* Where the copy of a log stands. Texts in the arena. ERR_NOT_FOUND: nothing mirrored yet. */
struct ledger_mirror_state {
	uint64_t size;                     /* entries here */
	uint64_t checkpoint_size;
	struct str checkpoint;             /* newest note whose entries are here, or empty */
	struct str pending;                /* note of the entries past it, or empty */
	struct str fork_ours, fork_theirs; /* both signed heads once it forked; else empty */
};
MUST_USE enum err_code ledger_mirror_state(struct ledger *l, struct arena *a, struct str origin,
	struct ledger_mirror_state *ret, struct err *e);
/* Keeps both signed heads of a log that forked or went backwards; the copy accepts nothing more. */
MUST_USE enum err_code ledger_mirror_fork(struct ledger *l, struct str origin, struct str ours,
	struct str theirs, struct err *e);

/* Trust in a log that forked is restored: it is mirrored again from where the copy ends. `keep` is
 * called in the writer's transaction with both heads, to put them away for good. ERR_CONFLICT: the
 * log has not forked; ERR_NOT_FOUND; ERR_BUSY. Whether its log goes on from the copy is the
 * caller's to prove. */
struct ledger_fork {
	enum err_code (*keep)(void *context, struct store *s, struct str ours, struct str theirs,
		struct err *e);
	void *context;
};
MUST_USE enum err_code ledger_mirror_forgive(struct ledger *l, struct str origin,
	const struct ledger_fork *fork, struct err *e);

/* The body of a mirrored receipt: digest, signature, key validity at the receipt's time by the
 * mirrored DID documents, issuer's right, accreditation, disclosure, limits. Then projections.
 * Idempotent. ERR_DENIED, ERR_CONFLICT ... name what and where. */
MUST_USE enum err_code ledger_admit(struct ledger *l, struct str origin, uint64_t index,
	struct str text, struct str jws, struct err *e);

/* ---- reading ------------------------------------------------------------------------------- */

/* Latest own checkpoint note with the cosignatures so far, in the arena; also its size. */
MUST_USE enum err_code ledger_checkpoint(struct ledger *l, struct arena *a, struct str *ret_note,
	uint64_t *ret_size, struct err *e);
/* Latest own checkpoint that a witness has cosigned; ERR_NOT_FOUND when none yet. */
MUST_USE enum err_code ledger_cosigned_checkpoint(struct ledger *l, struct arena *a,
	struct str *ret_note, uint64_t *ret_size, struct err *e);
/* Adds cosignature lines to the own checkpoint of that size (kept newest). */
MUST_USE enum err_code ledger_add_cosignature(struct ledger *l, uint64_t size, struct str lines,
	struct err *e);
/* A witness told that it knows our log at `size_seen` entries. Larger than ours: raises the alarm,
 * returns ERR_CONFLICT with what to do. Else it lifts the ban on signing that stands after a
 * restore (see ledger_is_restored). Before that, publishing is ERR_BUSY. */
MUST_USE enum err_code ledger_confirm_size(struct ledger *l, uint64_t size_seen, struct err *e);
/* This folder was put back from a backup and no witness has confirmed its size yet. */
bool ledger_is_restored(struct ledger *l);
/* Stops signing for good until an operator acts; reason is shown on every page and in /metrics.
 * Outlives a restart (store/backup.h lifts it). */
void ledger_alarm(struct ledger *l, const char *reason);
/* Empty when all is well; in the arena. */
struct str ledger_alarm_text(struct ledger *l, struct arena *a);

/* Tile or bundle bytes, own log (origin empty) or a mirror's: from files, or computed from the open
 * edge. *ret_gzip: bundle bytes are gzip (only when accept_gzip). ERR_NOT_FOUND. */
MUST_USE enum err_code ledger_tile(struct ledger *l, struct arena *a, struct str origin,
	const struct tile_id *t, bool accept_gzip, struct str *ret, bool *ret_gzip, struct err *e);
/* Proofs in own (origin empty) or mirrored log. */
MUST_USE enum err_code ledger_prove_inclusion(struct ledger *l, struct str origin, uint64_t index,
	uint64_t size, struct merkle_proof *ret, struct err *e);
MUST_USE enum err_code ledger_prove_consistency(struct ledger *l, struct str origin,
	uint64_t old_size, uint64_t new_size, struct merkle_proof *ret, struct err *e);

/* A statement this node knows, own or mirrored. */
struct ledger_found {
	struct str origin;                 /* always filled, also for own */
	bool own;
	uint64_t index;
	struct receipt receipt;
	struct str receipt_bytes;
	struct str body;                   /* empty when only the receipt is here */
	struct str jws;
};
/* By statement id; own first. ERR_NOT_FOUND. */
MUST_USE enum err_code ledger_find(struct ledger *l, struct arena *a, const uint8_t id_key[16],
	struct ledger_found *ret, struct err *e);
/* The same without the body: what lists need. */
MUST_USE enum err_code ledger_find_receipt(struct ledger *l, struct arena *a,
	const uint8_t id_key[16], struct ledger_found *ret, struct err *e);
MUST_USE enum err_code ledger_entry(struct ledger *l, struct arena *a, struct str origin,
	uint64_t index, struct ledger_found *ret, struct err *e);

/* Keys of a DID as of a time, from own and admitted DID documents (the directory). */
MUST_USE enum err_code ledger_find_key(struct ledger *l, struct str method, int64_t at,
	struct key_public *ret, struct err *e);
struct key_finder ledger_key_finder(struct ledger *l);
/* Statements of this kind about a subject, as bodies, oldest first: DID documents of a DID,
 * accreditations of a lab, agreements of a party, status changes of a statement id, versions of a
 * status list id. Own and admitted ones. In the arena. */
MUST_USE enum err_code ledger_statements_about(struct ledger *l, struct arena *a, enum kind kind,
	struct str subject_did, struct ledger_found **ret, size_t *ret_count, struct err *e);
/* The newest of them only: the current status list, the current DID document. ERR_NOT_FOUND. */
MUST_USE enum err_code ledger_latest_about(struct ledger *l, struct arena *a, enum kind kind,
	struct str subject, struct ledger_found *ret, struct err *e);

/* ---- watching and keeping -------------------------------------------------------------------- */

/* For /metrics and the tests. */
struct ledger_figures {
	uint64_t size;                     /* of the signed tree */
	uint64_t files_size;               /* entries in full tiles that are durable files */
	uint32_t queue_count;              /* commands waiting now */
	uint64_t batches;                  /* transactions since the start */
	uint64_t statements;               /* published since the start */
	uint64_t busy_us;                  /* time the writer spent working */
	uint64_t commit_us;                /* of it: in commits */
	bool disk_low;
	bool signing;
	char files_problem[256];           /* why tile files cannot be written, or "" */
};
void ledger_figures(struct ledger *l, struct ledger_figures *ret);
/* A consistent copy of database, tiles and mirrors into the new folder `path`, while running. It is
 * marked as restored: a node started on it asks its witnesses first. Keys are not in it. */
MUST_USE enum err_code ledger_backup(struct ledger *l, const char *path, struct err *e);

#endif
