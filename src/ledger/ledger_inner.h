/* ledger_inner.h - what the files of this folder share; nobody else includes it (but benches do).
 *
 * Threads: callers (any number), one writer (writer.c), one filer (filer.c). Who may touch what:
 *   - fixed after ledger_open: identity, keys, projections, directory (locks itself);
 *   - `store`, `issuers`, `batch`: the writer only;
 *   - `state`: under state.lock; the writer changes it, the filer moves files_size;
 *   - `queue`: under queue.lock.
 * Order of locks: queue, then state or directory; never the other way, and none while in a
 * callback.
 */
#ifndef HUREN_LEDGER_LEDGER_INNER_H
#define HUREN_LEDGER_LEDGER_INNER_H

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/buf.h"
#include "base/limits.h"
#include "ledger/directory.h"
#include "ledger/edge.h"
#include "ledger/files.h"
#include "ledger/ledger.h"

#define NOTE_ROOM 2048          /* own checkpoint without cosignatures: fits the longest domain */
#define NOTES_KEPT 1024         /* recent own notes, to attach cosignatures that come late */
#define EDGE_LEAF_TILES 128     /* tiles that may wait for the filer: 32,768 entries */
#define ISSUER_SLOTS 4096
#define MIRRORS_MAX LIMIT_PEERS
#define MIRROR_SHIFT 40         /* place = mirror id << 40 | index */
#define READERS_MAX 256
#define ALARM_ROOM 512

/* What stands in rows as numbers must never be renumbered. */
static_assert(KIND_DID_DOCUMENT == 0 && KIND_ACCREDITATION == 1 && KIND_AGREEMENT == 2 &&
	KIND_REPORT == 3 && KIND_DECISION == 4 && KIND_STATUS == 5 && KIND_STATUS_LIST == 6,
	"kinds are stored by number");
static_assert(DISCLOSURE_OPEN == 0 && DISCLOSURE_CONDITIONAL == 1 && DISCLOSURE_CLOSED == 2,
	"disclosures are stored by number");
static_assert(EDGE_LEAF_TILES * TILE_WIDTH >= 4 * LIMIT_WRITER_BATCH,
	"some batches fit before the filer must catch up");

struct kept_note {
	uint64_t size;
	uint32_t len;
	char at[NOTE_ROOM];
};

/* A mirrored log in memory. `busy`: one ledger_mirror or ledger_mirror_fork at a time. */
struct mirror {
	int64_t id;                /* of its row; 0 until the first batch is durable */
	char origin[LIMIT_ID_BYTES + 1];
	bool busy;
	uint64_t size, checkpoint_size;
	struct edge edge, next_edge;       /* next_*: built by the batch that is under way */
	struct buf open, next_open;        /* bytes of the last, not yet full bundle */
	struct buf checkpoint, pending, fork_ours, fork_theirs;
};

struct state {
	pthread_rwlock_t lock;
	struct edge edge;                  /* may run ahead of `size` while a batch is under way */
	uint64_t files_size;
	uint64_t size;                     /* of the newest durable, signed checkpoint */
	struct digest root;
	int64_t time;                      /* of the newest entry */
	struct kept_note notes[NOTES_KEPT];/* ring by note_count */
	uint64_t note_count;
	uint64_t cosigned_size;
	struct buf cosigned;               /* whole note, lines included */
	bool cosigned_dirty;               /* not in its row yet */
	bool restored;
	char alarm[ALARM_ROOM];
	bool alarm_dirty;
	char files_problem[256];
	struct mirror *mirrors[MIRRORS_MAX];
	uint32_t mirror_count;
};

/* A command that is no publication. */
struct job {
	enum err_code (*run)(void *context, struct store *s, struct err *e);
	void *context;
	struct err err;
	bool finished;
	struct job *next;
};

struct queue {
	pthread_mutex_t lock;
	pthread_cond_t work;               /* for the writer */
	pthread_cond_t settled;            /* for callers whose job is finished */
	pthread_cond_t filed;              /* for the writer, when the filer made room */
	pthread_cond_t files;              /* for the filer */
	struct publication *first, *last;
	uint32_t count;                    /* of publications */
	struct job *first_job, *last_job;
	uint32_t job_count;
	bool nudged;                       /* rows to keep without a command */
	bool closing;
	bool filer_closing;
	struct ledger_figures figures;     /* counters only */
};

/* One transaction. */
struct batch {
	struct job *jobs;
	struct publication *publications;
	struct publication *last;
	uint32_t count;
	bool changes_directory;            /* the last publication does */
	bool marked;                       /* each command in a savepoint of its own */
	bool again;                        /* a command failed half-way: roll back, repeat marked */
	struct err ban;                    /* why nothing may be signed, or ERR_OK */
	int64_t time;
	uint64_t first_index;
	uint32_t leaf_count;
	struct digest leaves[LIMIT_WRITER_BATCH];
	struct edge_mark mark;
	char note[NOTE_ROOM];
	uint32_t note_len;
	struct digest root;
	bool keeps_cosigned, keeps_alarm;
	uint64_t keeps_files;
};

struct reader {
	struct store *store;
	atomic_bool idle;                  /* its thread ended */
};

struct ledger {
	struct arena names;
	const char *dir;
	struct str domain, did, origin, witness_name;
	struct ledger_keys keys;
	struct note_key note_key, note_key_sm2, witness_key;
	bool no_sign;
	const struct ledger_projection *projections;
	size_t projection_count;
	void (*on_checkpoint)(void *context);
	void *on_checkpoint_context;
	struct files own_files;
	struct directory *directory;
	struct state state;
	struct queue queue;
	atomic_bool disk_low;
	atomic_bool sweep_due, tail_due;   /* the WAL: first the filer's turn, then the writer's */

	struct store *sweeper;             /* the filer's */
	struct store *store;
	uint32_t swept_pages;              /* of the WAL, when it was last swept */
	struct arena scratch;              /* the writer's, reset for each command */
	struct { int64_t id; char did[256]; } issuers[ISSUER_SLOTS];
	struct batch batch;
	uint64_t kept_files_size;          /* as in the row */

	pthread_mutex_t admit_lock;

	pthread_mutex_t readers_lock;
	pthread_key_t reader_key;
	bool has_reader_key;
	struct reader readers[READERS_MAX];
	uint32_t reader_count;

	pthread_t writer_thread, filer_thread;
	bool has_writer, has_filer;
};

/* ---- locks ----------------------------------------------------------------------------------- */
static inline void state_read(struct ledger *l)
{
	CHECK(pthread_rwlock_rdlock(&l->state.lock) == 0);
}
static inline void state_write(struct ledger *l)
{
	CHECK(pthread_rwlock_wrlock(&l->state.lock) == 0);
}
static inline void state_unlock(struct ledger *l)
{
	CHECK(pthread_rwlock_unlock(&l->state.lock) == 0);
}

/* ---- readers.c ------------------------------------------------------------------------------- */
void readers_open(struct ledger *l);
void readers_close(struct ledger *l);

/* ---- writer.c: the queue and its thread ------------------------------------------------------ */
void queue_open(struct queue *q);
void queue_close(struct queue *q);
/* Thread body; returns when the queue is closing and empty. */
void *writer_run(void *ledger);
/* Queues a job and waits. */
MUST_USE enum err_code writer_do(struct ledger *l, struct job *job, struct err *e);
/* Lets the writer keep dirty rows soon. */
void writer_nudge(struct ledger *l);
/* When a statement would be accepted now: the wall clock, but never before the newest receipt. */
int64_t writer_now(struct ledger *l);
/* ERR_BUSY with the reason when nothing may be signed now. */
MUST_USE enum err_code writer_may_sign(struct ledger *l, struct err *e);

/* ---- append.c: one transaction --------------------------------------------------------------- */
/* Runs the batch in l->batch to its end: rows, leaves, checkpoint, commit, answers. */
void append_batch(struct ledger *l);

/* ---- rows.c ---------------------------------------------------------------------------------- */
/* From a row of columns (place, id_key, digest, kind, disclosure, did, time); texts in `a`. */
MUST_USE enum err_code row_receipt(struct sql *q, struct arena *a, struct receipt *ret,
	struct err *e);
/* Number of an issuer, from the cache, its row, or a new row. The writer only. */
MUST_USE enum err_code row_issuer(struct ledger *l, struct store *s, struct str did, int64_t *ret,
	struct err *e);
/* After a rollback. */
void row_issuer_forget(struct ledger *l);
/* Rows that say what a statement speaks about; `mirror` 0 = own. */
MUST_USE enum err_code row_about(struct store *s, const struct statement *st, int64_t time,
	int64_t mirror, uint64_t index, struct err *e);
/* Body of an own (mirror 0) or admitted statement into the arena; empty when it is not here. */
MUST_USE enum err_code row_body(struct store *s, struct arena *a, int64_t mirror, uint64_t index,
	struct str *ret, struct str *ret_jws, struct err *e);
static inline int64_t row_place(int64_t mirror, uint64_t index)
{
	return (mirror << MIRROR_SHIFT) + (int64_t)index;
}

/* ---- heads.c: own checkpoints ---------------------------------------------------------------- */
/* Signs size and root into batch->note. */
MUST_USE enum err_code heads_sign(struct ledger *l, struct batch *b, struct err *e);
/* Publishes it; under the write lock. */
void heads_publish(struct ledger *l, const struct batch *b);
/* The newest own note into `ret` of NOTE_ROOM; 0 when there is none. Under a lock. */
uint32_t heads_note(const struct ledger *l, char *ret);

/* ---- recover.c ------------------------------------------------------------------------------- */
/* Loads edge, checkpoints, mirrors and the directory. ERR_CORRUPT says what does not agree. */
MUST_USE enum err_code recover(struct ledger *l, struct err *e);

/* ---- filer.c --------------------------------------------------------------------------------- */
void *filer_run(void *ledger);

/* ---- door.c: checks of both doors ------------------------------------------------------------ */
struct door {
	int64_t at;                        /* receipt time */
	struct str authority;              /* DID whose log it is */
	int64_t mirror;                    /* 0 = own */
	uint64_t index;                    /* admitted: where it stands; own: UINT64_MAX */
};
/* *ret_good_until: from that time on the answer may be another, whatever the directory learns. */
MUST_USE enum err_code door_check(struct ledger *l, struct arena *a, const struct door *d,
	const struct statement *s, struct str jws, int64_t *ret_good_until, struct err *e);
/* True for statements that change what the directory answers. */
bool door_changes_directory(struct ledger *l, const struct statement *s);
/* Adds such a statement; after it is durable. */
MUST_USE enum err_code door_learn(struct ledger *l, struct arena *a, const struct statement *s,
	int64_t time, struct err *e);

/* ---- mirror.c -------------------------------------------------------------------------------- */
struct mirror *mirror_open(struct str origin);
void mirror_close(struct mirror *m);
/* NULL when there is none. Under a lock. */
struct mirror *mirror_find(struct ledger *l, struct str origin);
struct mirror *mirror_by_id(struct ledger *l, int64_t id);
/* Folder of its files. */
void mirror_files(const struct ledger *l, struct str origin, struct files *ret);

/* ---- reading.c ------------------------------------------------------------------------------- */
/* Bundle bytes of own entries from..to-1, from their rows. */
MUST_USE enum err_code reading_own_bundle(struct ledger *l, struct arena *a, struct store *s,
	uint64_t from, uint64_t to, struct buf *b, struct err *e);

/* For benches: as ledger_prepare, without any check of signatures and rights. */
MUST_USE enum err_code ledger_prepare_unchecked(struct ledger *l, struct publication *p,
	struct str text, struct err *e);

#endif
