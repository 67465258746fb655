/* ledger.c - opening, closing, and who this node is. */
#include "ledger/ledger.h"

#include <stdio.h>
#include <string.h>

#include "base/io.h"
#include "credential/did.h"
#include "ledger/ledger_inner.h"
#include "store/backup.h"

#define NAMES_ARENA 65536
#define SCRATCH_ARENA (64u * LIMIT_STATEMENT_BYTES)

static enum err_code set_names(struct ledger *l, const struct ledger_options *o, struct err *e)
{
	struct arena *a = &l->names;
	struct ledger_projection *projections;

	arena_init(a, NAMES_ARENA);
	l->dir = str_z(a, str_of(o->dir));
	l->domain = str_copy(a, o->domain);
	l->did = did_web_new(a, o->domain);
	l->origin = str_printf(a, STR_FMT "/tlog", STR_ARG(o->domain));
	l->witness_name = str_printf(a, STR_FMT "/witness", STR_ARG(o->domain));
	projections = ARENA_ARRAY(a, struct ledger_projection, o->projection_count);
	if (!l->dir || !l->domain.at || !l->did.at || !l->origin.at || !l->witness_name.at ||
		!projections)
		return err_set(e, ERR_TOO_LARGE, "domain or folder name too long");
	if (o->projection_count > 0)
		memcpy(projections, o->projections, o->projection_count * sizeof(*projections));
	l->projections = projections;
	l->projection_count = o->projection_count;
	if (o->domain.len == 0 || o->domain.len > 253)
		return err_set(e, ERR_INVALID, "domain of %zu characters", o->domain.len);
	return files_init(&l->own_files, l->dir, "tlog", e);
}

static enum err_code set_keys(struct ledger *l, const struct ledger_options *o, struct err *e)
{
	l->keys = o->keys;
	TRY(note_key_make(l->origin, NOTE_ED25519, &l->keys.tlog.pub, &l->note_key, e));
	TRY(note_key_make(l->witness_name, NOTE_COSIGNATURE, &l->keys.witness.pub, &l->witness_key,
		e));
	if (l->keys.tlog_sm2.pub.type == KEY_NONE)
		return ERR_OK;
	return note_key_make(l->origin, NOTE_OWN, &l->keys.tlog_sm2.pub, &l->note_key_sm2, e);
}

static enum err_code start_threads(struct ledger *l, struct err *e)
{
	TRY(store_open(l->dir, STORE_SWEEPER, &l->sweeper, e));
	if (pthread_create(&l->filer_thread, NULL, filer_run, l) != 0)
		return err_set(e, ERR_IO, "could not start a thread");
	l->has_filer = true;
	if (pthread_create(&l->writer_thread, NULL, writer_run, l) != 0)
		return err_set(e, ERR_IO, "could not start a thread");
	l->has_writer = true;
	return ERR_OK;
}

static enum err_code open_parts(struct ledger *l, const struct ledger_options *o, struct err *e)
{
	TRY(set_names(l, o, e));
	TRY(set_keys(l, o, e));
	TRY(io_make_dirs(l->dir, e));
	TRY(store_open(l->dir, STORE_WRITER, &l->store, e));
	TRY(recover(l, e));
	return start_threads(l, e);
}

enum err_code ledger_open(const struct ledger_options *options, struct ledger **ret,
	struct err *e)
{
	struct ledger *l = handle_new(sizeof(*l));
	enum err_code code;

	l->no_sign = options->no_sign;
	l->on_checkpoint = options->on_checkpoint;
	l->on_checkpoint_context = options->on_checkpoint_context;
	CHECK(pthread_rwlock_init(&l->state.lock, NULL) == 0);
	CHECK(pthread_mutex_init(&l->admit_lock, NULL) == 0);
	queue_open(&l->queue);
	readers_open(l);
	arena_init(&l->scratch, SCRATCH_ARENA);
	edge_open(&l->state.edge, EDGE_LEAF_TILES);
	buf_init(&l->state.cosigned, LIMIT_NOTE_BYTES);
	l->directory = directory_open();
	code = open_parts(l, options, e);
	if (code != ERR_OK) {
		ledger_close(l);
		return code;
	}
	*ret = l;
	return ERR_OK;
}

static void stop_threads(struct ledger *l)
{
	struct queue *q = &l->queue;

	CHECK(pthread_mutex_lock(&q->lock) == 0);
	q->closing = true;
	CHECK(pthread_cond_signal(&q->work) == 0);
	CHECK(pthread_mutex_unlock(&q->lock) == 0);
	if (l->has_writer)
		CHECK(pthread_join(l->writer_thread, NULL) == 0);
	CHECK(pthread_mutex_lock(&q->lock) == 0);
	q->filer_closing = true;
	CHECK(pthread_cond_signal(&q->files) == 0);
	CHECK(pthread_mutex_unlock(&q->lock) == 0);
	if (l->has_filer)
		CHECK(pthread_join(l->filer_thread, NULL) == 0);
}

static void clear_keys(struct ledger_keys *k)
{
	struct key *keys[] = { &k->tlog, &k->tlog_sm2, &k->witness, &k->issuer, &k->issuer_sm2,
		&k->requests };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		key_clear(keys[i]);
}

void ledger_close(struct ledger *l)
{
	if (!l)
		return;
	stop_threads(l);
	readers_close(l);
	store_close(l->sweeper);
	store_close(l->store);
	for (uint32_t i = 0; i < l->state.mirror_count; i++)
		mirror_close(l->state.mirrors[i]);
	edge_close(&l->state.edge);
	buf_clear(&l->state.cosigned);
	directory_close(l->directory);
	queue_close(&l->queue);
	(void)pthread_rwlock_destroy(&l->state.lock); /* nobody holds them any more */
	(void)pthread_mutex_destroy(&l->admit_lock);
	clear_keys(&l->keys);
	arena_clear(&l->scratch);
	arena_clear(&l->names);
	handle_drop(l);
}

enum err_code ledger_backup(struct ledger *l, const char *path, struct err *e)
{
	return backup_take(l->dir, path, false, e);
}

struct str ledger_did(const struct ledger *l)
{
	return l->did;
}

struct str ledger_origin(const struct ledger *l)
{
	return l->origin;
}

const struct note_key *ledger_note_key(const struct ledger *l)
{
	return &l->note_key;
}

const struct note_key *ledger_note_key_sm2(const struct ledger *l)
{
	return l->keys.tlog_sm2.pub.type == KEY_NONE ? NULL : &l->note_key_sm2;
}

const struct note_key *ledger_witness_key(const struct ledger *l)
{
	return &l->witness_key;
}

const struct ledger_keys *ledger_keys(const struct ledger *l)
{
	return &l->keys;
}
