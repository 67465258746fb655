/* mirror_ledger.c - see mirror_ledger.h. */
#include "peer/mirror_ledger.h"

#include <pthread.h>
#include <string.h>

#include "crypto/digest.h"

#define TILE_ARENA_BYTES (256UL << 10) /* one tile of 8 KiB, with what computing it takes */

/* ---- tiles of the ledger as a tree ----------------------------------------------------------- */

static enum err_code read_tile(void *context, const struct tile_id *t, struct digest *ret_hashes,
	struct err *e)
{
	struct ledger_tiles *tiles = context;
	struct str bytes = { 0 };
	bool gzip;
	arena_reset(&tiles->arena);
	TRY(ledger_tile(tiles->ledger, &tiles->arena, tiles->origin, t, /* accept_gzip= */ false,
		&bytes, &gzip, e));
	if (bytes.len != (size_t)t->width * DIGEST_BYTES)
		return err_set(e, ERR_CORRUPT, "a tile of log \"" STR_FMT "\" has %zu bytes",
			STR_ARG(tiles->origin), bytes.len);
	memcpy(ret_hashes, bytes.at, bytes.len);
	return ERR_OK;
}

void ledger_tiles_init(struct ledger_tiles *t, struct ledger *l, struct str origin, uint64_t size)
{
	*t = (struct ledger_tiles){ .ledger = l, .origin = origin };
	t->source = (struct tile_source){ .read = read_tile, .context = t, .size = size };
	arena_init(&t->arena, TILE_ARENA_BYTES);
}

void ledger_tiles_clear(struct ledger_tiles *t)
{
	arena_clear(&t->arena);
}

struct merkle_reader ledger_tiles_reader(struct ledger_tiles *t)
{
	return tile_merkle_reader(&t->source);
}

/* ---- the copy -------------------------------------------------------------------------------- */

struct mirror_ledger {
	struct ledger *ledger;
	struct str origin;
	struct ledger_tiles tiles;
	pthread_t thread;
	bool running;
	pthread_mutex_t lock;              /* guards everything below */
	pthread_cond_t changed;
	bool stop;
	bool busy;                         /* `batch` is the thread's */
	struct ledger_mirror_batch batch;
	struct err err;                    /* of a batch whose put has returned already */
};

static void *store_main(void *context)
{
	struct mirror_ledger *m = context;
	(void)pthread_mutex_lock(&m->lock);
	for (;;) {
		while (!m->busy && !m->stop)
			(void)pthread_cond_wait(&m->changed, &m->lock);
		if (!m->busy)
			break;
		(void)pthread_mutex_unlock(&m->lock);
		struct err e = { 0 };
		enum err_code code = ledger_mirror(m->ledger, &m->batch, &e);
		(void)pthread_mutex_lock(&m->lock);
		if (code != ERR_OK)
			m->err = e;
		m->busy = false;
		(void)pthread_cond_broadcast(&m->changed);
	}
	(void)pthread_mutex_unlock(&m->lock);
	digest_thread_clear();
	return NULL;
}

enum err_code mirror_ledger_open(struct ledger *l, struct str origin, struct mirror_ledger **ret,
	struct err *e)
{
	struct mirror_ledger *m = handle_new(sizeof(*m));
	m->ledger = l;
	m->origin = origin;
	ledger_tiles_init(&m->tiles, l, origin, 0);
	CHECK(pthread_mutex_init(&m->lock, NULL) == 0);
	CHECK(pthread_cond_init(&m->changed, NULL) == 0);
	if (pthread_create(&m->thread, NULL, store_main, m) != 0) {
		mirror_ledger_close(m);
		return err_set(e, ERR_IO, "could not start a mirror's thread: %s", err_errno());
	}
	m->running = true;
	*ret = m;
	return ERR_OK;
}

void mirror_ledger_close(struct mirror_ledger *m)
{
	if (!m)
		return;
	if (m->running) {
		(void)pthread_mutex_lock(&m->lock);
		m->stop = true;
		(void)pthread_cond_broadcast(&m->changed);
		(void)pthread_mutex_unlock(&m->lock);
		(void)pthread_join(m->thread, NULL);
	}
	(void)pthread_cond_destroy(&m->changed);
	(void)pthread_mutex_destroy(&m->lock);
	ledger_tiles_clear(&m->tiles);
	handle_drop(m);
}

static enum err_code known(void *context, struct arena *a, uint64_t *ret_size, struct str *ret_head,
	struct err *e)
{
	struct mirror_ledger *m = context;
	struct ledger_mirror_state state = { 0 };
	enum err_code code = ledger_mirror_state(m->ledger, a, m->origin, &state, e);
	if (code != ERR_OK && code != ERR_NOT_FOUND)
		return code;
	ledger_tiles_clear(&m->tiles);
	ledger_tiles_init(&m->tiles, m->ledger, m->origin, state.size);
	*ret_size = state.size;
	*ret_head = state.pending.len > 0 ? state.pending : state.checkpoint;
	return ERR_OK;
}

/* Waits until the thread is idle; tells what went wrong since the last time. Under the lock. */
static enum err_code settle(struct mirror_ledger *m, struct err *e)
{
	while (m->busy)
		(void)pthread_cond_wait(&m->changed, &m->lock);
	if (m->err.code == ERR_OK)
		return ERR_OK;
	struct err failed = m->err;
	m->err.code = ERR_OK;
	if (e)
		*e = failed;
	return failed.code;
}

static enum err_code put(void *context, const struct ledger_mirror_batch *batch, struct err *e)
{
	struct mirror_ledger *m = context;
	(void)pthread_mutex_lock(&m->lock);
	enum err_code code = settle(m, e);
	if (code == ERR_OK) {
		m->batch = *batch;
		m->busy = true;
		(void)pthread_cond_broadcast(&m->changed);
	}
	(void)pthread_mutex_unlock(&m->lock);
	return code;
}

static enum err_code flush(void *context, struct err *e)
{
	struct mirror_ledger *m = context;
	(void)pthread_mutex_lock(&m->lock);
	enum err_code code = settle(m, e);
	(void)pthread_mutex_unlock(&m->lock);
	return code;
}

struct mirror_copy mirror_ledger_copy(struct mirror_ledger *m)
{
	return (struct mirror_copy){ .known = known, .put = put, .flush = flush, .context = m,
		.reader = ledger_tiles_reader(&m->tiles), .batch_max = MIRROR_BATCH_MAX };
}
