/* worker.h - a thread that takes one step at a time, woken early or after a pause.
 *
 * Life:    worker_open -> worker_wake* (any thread, cheap) -> worker_close (waits for the step
 *          under
 *          way to end; make it end first).
 */
#ifndef HUREN_PEER_WORKER_H
#define HUREN_PEER_WORKER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* How to go on after a step. */
struct worker_pause {
	uint32_t due_ms;           /* the next step begins so long after the last ended, */
	uint32_t pace_ms;          /* or, when woken, so long after it began */
};

struct worker {
	struct worker_pause (*step)(void *context);
	void *context;
	pthread_t thread;
	bool running;
	pthread_mutex_t lock;              /* guards the two below */
	pthread_cond_t changed;
	bool woken;
	bool stop;
};

/* Starts the thread; its first step begins at once. ERR_IO. */
MUST_USE enum err_code worker_open(struct worker *w, struct worker_pause (*step)(void *context),
	void *context, struct err *e);
void worker_wake(struct worker *w);
/* Tells the thread to end after the step under way; returns at once. */
void worker_stop(struct worker *w);
/* A zeroed worker may be closed. */
void worker_close(struct worker *w);

/* Pauses that double from 1 s to 60 s, each 25 % up or down at random, so that nodes that failed
 * together do not come back together. *ms is 0 at first and after a success. */
uint32_t worker_back_off(uint32_t *ms);

#endif
