/* waiter.h - one thread for requests that wait for the writer, so that no HTTP thread does.
 *
 * Life:    waiter_open -> waiter_submit* (any thread) -> waiter_close (does what is queued).
 */
#ifndef HUREN_WEB_WAITER_H
#define HUREN_WEB_WAITER_H

#include "base/err.h"

struct waiter;

/* `run` is called in the waiter's thread with each thing submitted, in order. */
MUST_USE enum err_code waiter_open(void (*run)(void *thing), struct waiter **ret, struct err *e);
void waiter_close(struct waiter *w);
/* ERR_BUSY: LIMIT_WORKER_QUEUE things wait. */
MUST_USE enum err_code waiter_submit(struct waiter *w, void *thing, struct err *e);

#endif
