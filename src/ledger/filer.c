/* filer.c - the thread beside the writer: full tiles and bundles to durable files, and the WAL's
 * pages to the database, so that no commit has to wait for either.
 *
 * It needs no queue: what is to do is what lies between state.files_size and state.size, also after
 * a start. A tile written twice is the same file.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ledger/ledger_inner.h"

#define RETRY_S 1          /* after a failing write */
#define BUNDLES_A_SYNC 16
#define BUNDLE_ARENA (4u << 20)

/* The bundle's entries come from rows, its hashes from the tree: they must be of one mind. */
static enum err_code check_bundle(struct str bytes, const struct digest *hashes, struct arena *a,
	struct err *e)
{
	struct str *entries = ARENA_ARRAY(a, struct str, TILE_WIDTH);

	if (!entries)
		return err_set(e, ERR_TOO_LARGE, "no memory for a bundle");
	TRY(tile_bundle_split(bytes, TILE_WIDTH, entries, e));
	for (uint32_t i = 0; i < TILE_WIDTH; i++) {
		struct digest leaf = digest_sha256_leaf(entries[i]);
		if (!digest_eq(&leaf, &hashes[i]))
			return err_set(e, ERR_CORRUPT,
				"statement row does not agree with the tree");
	}
	return ERR_OK;
}

static enum err_code file_bundle(struct ledger *l, struct arena *a, struct buf *b, uint64_t from,
	struct err *e)
{
	struct digest hashes[TILE_WIDTH];
	struct store *store;

	TRY(ledger_reader(l, &store, e));
	TRY(reading_own_bundle(l, a, store, from, from + TILE_WIDTH, b, e));
	state_read(l);
	CHECK(edge_read(&l->state.edge, 0, from, TILE_WIDTH, hashes));
	state_unlock(l);
	if (check_bundle(buf_str(b), hashes, a, e) != ERR_OK) {
		(void)err_in(e, "bundle %llu", (unsigned long long)(from / TILE_WIDTH));
		return ERR_CORRUPT;
	}
	return files_write_bundle(&l->own_files, from / TILE_WIDTH, buf_str(b), e);
}

/* Tiles completed with leaf from + 256. Nobody but this thread drops from the edge, and what the
 * writer adds is beyond: the hashes are read under the lock, level by level. */
static enum err_code file_tiles(struct ledger *l, uint64_t from, struct err *e)
{
	struct digest hashes[TILE_WIDTH];
	uint64_t index = from + TILE_WIDTH;

	for (uint32_t level = 0; index > 0 && index % TILE_WIDTH == 0; level++) {
		index /= TILE_WIDTH;
		state_read(l);
		CHECK(edge_read(&l->state.edge, level, (index - 1) * TILE_WIDTH, TILE_WIDTH,
			hashes));
		state_unlock(l);
		TRY(files_write_tile(&l->own_files, level, index - 1, hashes, e));
	}
	return ERR_OK;
}

/* Some full bundles and their tiles, and one sync for all. *ret: up to where they are durable. */
static enum err_code file_some(struct ledger *l, struct arena *a, uint64_t from, uint64_t size,
	uint64_t *ret, struct err *e)
{
	enum err_code code = ERR_OK;
	uint64_t at = from;
	struct buf b;

	buf_init(&b, TILE_WIDTH * (LIMIT_RECEIPT_BYTES + 2));
	for (int i = 0; i < BUNDLES_A_SYNC && size - at >= TILE_WIDTH && code == ERR_OK; i++) {
		arena_reset(a);
		buf_reset(&b);
		code = file_bundle(l, a, &b, at, e);
		if (code == ERR_OK)
			code = file_tiles(l, at, e);
		at += TILE_WIDTH;
	}
	buf_clear(&b);
	if (code == ERR_OK)
		code = files_sync(&l->own_files, e);
	if (code == ERR_OK)
		*ret = at;
	return code;
}

/* Tells the writer, which may wait for room. */
static void settle(struct ledger *l, uint64_t files_size, const struct err *problem)
{
	state_write(l);
	l->state.files_size = files_size;
	edge_drop(&l->state.edge, files_size);
	(void)snprintf(l->state.files_problem, sizeof(l->state.files_problem), "%.255s",
		problem->code == ERR_OK ? "" : problem->message);
	state_unlock(l);
	CHECK(pthread_mutex_lock(&l->queue.lock) == 0);
	CHECK(pthread_cond_signal(&l->queue.filed) == 0);
	CHECK(pthread_mutex_unlock(&l->queue.lock) == 0);
}

/* Waits until a bundle is full (after a problem: a while), or the ledger closes. Returns false
 * then. */
static bool wait_for_more(struct ledger *l, bool after_problem)
{
	struct queue *q = &l->queue;
	struct timespec until;
	bool more = false, ret;

	(void)clock_gettime(CLOCK_REALTIME, &until); /* cannot fail with this clock */
	until.tv_sec += RETRY_S;
	CHECK(pthread_mutex_lock(&q->lock) == 0);
	while (!q->filer_closing && !more) {
		state_read(l);
		more = l->state.size - l->state.files_size >= TILE_WIDTH ||
			atomic_load(&l->sweep_due);
		state_unlock(l);
		if (more && !after_problem)
			break;
		if (after_problem) {
			more = pthread_cond_timedwait(&q->files, &q->lock, &until) != 0;
			continue;
		}
		CHECK(pthread_cond_wait(&q->files, &q->lock) == 0);
	}
	ret = !q->filer_closing;
	CHECK(pthread_mutex_unlock(&q->lock) == 0);
	return ret;
}

/* The bulk of the WAL, beside the running writer; the little rest is the writer's. */
static void sweep(struct ledger *l)
{
	bool all = false;

	if (!atomic_load(&l->sweep_due))
		return;
	/* A failing sweep loses nothing: the pages stay in the WAL for the next one. */
	if (store_sweep(l->sweeper, &all, NULL) == ERR_OK)
		atomic_store(&l->tail_due, true);
	atomic_store(&l->sweep_due, false);
}

void *filer_run(void *ledger)
{
	struct ledger *l = ledger;
	struct err problem = { .code = ERR_OK };
	struct arena a;

	arena_init(&a, BUNDLE_ARENA);
	while (wait_for_more(l, problem.code != ERR_OK)) {
		uint64_t from, size;
		state_read(l);
		from = l->state.files_size;
		size = l->state.size;
		state_unlock(l);
		problem = (struct err){ .code = ERR_OK };
		sweep(l);
		if (size - from < TILE_WIDTH)
			continue;
		if (file_some(l, &a, from, size, &from, &problem) != ERR_OK)
			CHECK(problem.code != ERR_OK); /* told to the writer, tried again */
		settle(l, from, &problem);
		if (problem.code == ERR_CORRUPT)
			ledger_alarm(l, problem.message);
	}
	arena_clear(&a);
	digest_thread_clear();
	return NULL;
}
