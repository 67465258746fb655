/* worker.h - one thread for requests that wait for the writer, so that no HTTP thread does.
 *
 * Life:    web_worker_open -> worker_submit* (any thread) -> web_worker_close (does what is queued).
 */
#ifndef HUREN_WEB_WORKER_H
#define HUREN_WEB_WORKER_H

#include "base/err.h"

struct worker;

/* `run` is called in the worker's thread with each thing submitted, in order. */
MUST_USE enum err_code web_worker_open(void (*run)(void *thing), struct worker **ret, struct err *e);
void web_worker_close(struct worker *w);
/* ERR_BUSY: LIMIT_WORKER_QUEUE things wait. */
MUST_USE enum err_code worker_submit(struct worker *w, void *thing, struct err *e);

#endif
