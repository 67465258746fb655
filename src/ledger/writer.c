/* writer.c - the queue, and the one thread that writes. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/instant.h"
#include "base/io.h"
#include "ledger/ledger_inner.h"

#define SWEEP_PAGES 4096 /* 16 MB of WAL */

static void lock(struct queue *q)
{
	CHECK(pthread_mutex_lock(&q->lock) == 0);
}

static void unlock(struct queue *q)
{
	CHECK(pthread_mutex_unlock(&q->lock) == 0);
}

void queue_open(struct queue *q)
{
	CHECK(pthread_mutex_init(&q->lock, NULL) == 0);
	CHECK(pthread_cond_init(&q->work, NULL) == 0);
	CHECK(pthread_cond_init(&q->settled, NULL) == 0);
	CHECK(pthread_cond_init(&q->filed, NULL) == 0);
	CHECK(pthread_cond_init(&q->files, NULL) == 0);
}

void queue_close(struct queue *q)
{
	/* Nobody waits any more: these cannot fail. */
	(void)pthread_cond_destroy(&q->work);
	(void)pthread_cond_destroy(&q->settled);
	(void)pthread_cond_destroy(&q->filed);
	(void)pthread_cond_destroy(&q->files);
	(void)pthread_mutex_destroy(&q->lock);
}

static enum err_code closing(struct err *e)
{
	return err_set(e, ERR_BUSY, "node is shutting down");
}

/* Refuses early while the disk is nearly full; looks again each time, since it is the exception. */
static enum err_code check_disk(struct ledger *l, struct err *e)
{
	uint64_t free_bytes = 0;

	if (!atomic_load(&l->disk_low))
		return ERR_OK;
	TRY(io_free_bytes(l->dir, &free_bytes, e));
	if (free_bytes >= LIMIT_DISK_FREE_BYTES) {
		atomic_store(&l->disk_low, false);
		return ERR_OK;
	}
	(void)err_set(e, ERR_BUSY, "node refuses new statements: disk nearly full, %llu bytes free",
		(unsigned long long)free_bytes);
	(void)err_hint(e, "Free some space on the disk of the node's folder.");
	return ERR_BUSY;
}

enum err_code ledger_publish(struct ledger *l, struct publication *p, struct err *e)
{
	struct queue *q = &l->queue;
	enum err_code code = ERR_OK;

	TRY(check_disk(l, e));
	p->next = NULL;
	lock(q);
	if (q->closing) {
		code = closing(e);
	} else if (q->count >= LIMIT_WRITER_QUEUE) {
		code = err_set(e, ERR_BUSY, "node is busy: %u statements are waiting", q->count);
	} else {
		if (q->last)
			q->last->next = p;
		else
			q->first = p;
		q->last = p;
		q->count++;
		CHECK(pthread_cond_signal(&q->work) == 0);
	}
	unlock(q);
	return code;
}

enum err_code writer_do(struct ledger *l, struct job *job, struct err *e)
{
	struct queue *q = &l->queue;
	bool queued;

	CHECK(!l->has_writer || !pthread_equal(pthread_self(), l->writer_thread));
	job->next = NULL;
	job->finished = false;
	lock(q);
	queued = !q->closing && q->job_count < LIMIT_WRITER_QUEUE;
	if (queued) {
		if (q->last_job)
			q->last_job->next = job;
		else
			q->first_job = job;
		q->last_job = job;
		q->job_count++;
		CHECK(pthread_cond_signal(&q->work) == 0);
		while (!job->finished)
			CHECK(pthread_cond_wait(&q->settled, &q->lock) == 0);
	}
	unlock(q);
	if (!queued)
		return closing(e);
	if (job->err.code != ERR_OK && e)
		*e = job->err;
	return job->err.code;
}

enum err_code ledger_write(struct ledger *l,
	enum err_code (*run)(void *context, struct store *s, struct err *e), void *context,
	struct err *e)
{
	struct job job = { .run = run, .context = context };

	return writer_do(l, &job, e);
}

int64_t writer_now(struct ledger *l)
{
	int64_t now = instant_now(), last;

	state_read(l);
	last = l->state.time;
	state_unlock(l);
	return now > last ? now : last;
}

void writer_nudge(struct ledger *l)
{
	lock(&l->queue);
	l->queue.nudged = true;
	CHECK(pthread_cond_signal(&l->queue.work) == 0);
	unlock(&l->queue);
}

/* Moves up to a batch's worth of publications. One that changes the directory ends the batch, so
 * that those behind it are checked against what it changed. Under the lock. */
static void take_publications(struct ledger *l, struct batch *b)
{
	struct queue *q = &l->queue;

	b->publications = q->first;
	b->last = NULL;
	while (q->first && b->count < LIMIT_WRITER_BATCH && !b->changes_directory) {
		b->changes_directory = door_changes_directory(l, &q->first->statement);
		b->last = q->first;
		b->count++;
		q->first = q->first->next;
	}
	q->count -= b->count;
	if (!q->first)
		q->last = NULL;
	if (b->last)
		b->last->next = NULL;
	else
		b->publications = NULL;
}

/* Waits for work. False when the queue is closing and empty. */
static bool take(struct ledger *l, struct batch *b)
{
	struct queue *q = &l->queue;
	bool ret;

	b->jobs = NULL;
	b->count = 0;
	b->changes_directory = false;
	lock(q);
	while (!q->first && !q->first_job && !q->nudged && !q->closing)
		CHECK(pthread_cond_wait(&q->work, &q->lock) == 0);
	ret = q->first || q->first_job || q->nudged;
	q->nudged = false;
	b->jobs = q->first_job;
	q->first_job = q->last_job = NULL;
	q->job_count = 0;
	take_publications(l, b);
	unlock(q);
	return ret;
}

/* Tells those who wait that their jobs are finished; the jobs belong to them afterwards. */
static void finish_jobs(struct ledger *l, struct job *jobs)
{
	struct queue *q = &l->queue;

	lock(q);
	while (jobs) {
		struct job *next = jobs->next;
		jobs->finished = true;
		jobs = next;
	}
	CHECK(pthread_cond_broadcast(&q->settled) == 0);
	unlock(q);
}

static void look_at_disk(struct ledger *l)
{
	uint64_t free_bytes = 0;

	/* When it cannot be told, the commit will find out. */
	if (io_free_bytes(l->dir, &free_bytes, NULL) == ERR_OK)
		atomic_store(&l->disk_low, free_bytes < LIMIT_DISK_FREE_BYTES);
}

/* Keeps the WAL short: once it has grown, the filer moves its pages to the database beside us; what
 * came meanwhile we move ourselves, so that the next commit can start the WAL anew. */
static void look_at_wal(struct ledger *l)
{
	uint32_t pages = store_wal_pages(l->store);
	bool all = false;

	if (atomic_exchange(&l->tail_due, false)) {
		if (store_sweep(l->store, &all, NULL) != ERR_OK)
			all = false; /* the next one has more to do */
		l->swept_pages = pages;
	}
	if (pages < l->swept_pages)
		l->swept_pages = 0;
	if (pages - l->swept_pages < SWEEP_PAGES || atomic_load(&l->sweep_due))
		return;
	lock(&l->queue);
	atomic_store(&l->sweep_due, true);
	CHECK(pthread_cond_signal(&l->queue.files) == 0);
	unlock(&l->queue);
}

void *writer_run(void *ledger)
{
	struct ledger *l = ledger;

	while (take(l, &l->batch)) {
		uint64_t start = instant_monotonic_us();
		append_batch(l);
		finish_jobs(l, l->batch.jobs);
		look_at_disk(l);
		look_at_wal(l);
		lock(&l->queue);
		l->queue.figures.busy_us += instant_monotonic_us() - start;
		unlock(&l->queue);
	}
	digest_thread_clear();
	return NULL;
}

void ledger_figures(struct ledger *l, struct ledger_figures *ret)
{
	lock(&l->queue);
	*ret = l->queue.figures;
	ret->queue_count = l->queue.count + l->queue.job_count;
	unlock(&l->queue);
	ret->signing = writer_may_sign(l, NULL) == ERR_OK;
	ret->disk_low = atomic_load(&l->disk_low);
	state_read(l);
	ret->size = l->state.size;
	ret->files_size = l->state.files_size;
	memcpy(ret->files_problem, l->state.files_problem, sizeof(ret->files_problem));
	state_unlock(l);
}
