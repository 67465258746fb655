/* waiter.c - a ring under a lock. */
#include "web/waiter.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/limits.h"
#include "crypto/digest.h"

struct waiter {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	void (*run)(void *thing);
	bool stop;
	size_t first, count;
	void *things[LIMIT_WORKER_QUEUE];
};

static void *work(void *context)
{
	struct waiter *w = context;

	(void)pthread_mutex_lock(&w->lock); /* a default mutex that is not held cannot fail */
	for (;;) {
		void *thing;
		while (w->count == 0 && !w->stop)
			(void)pthread_cond_wait(&w->wake, &w->lock); /* as above */
		if (w->count == 0)
			break;
		thing = w->things[w->first];
		w->first = (w->first + 1) % LIMIT_WORKER_QUEUE;
		w->count--;
		(void)pthread_mutex_unlock(&w->lock); /* as above */
		w->run(thing);
		(void)pthread_mutex_lock(&w->lock); /* as above */
	}
	(void)pthread_mutex_unlock(&w->lock); /* as above */
	digest_thread_clear();
	return NULL;
}

enum err_code waiter_open(void (*run)(void *thing), struct waiter **ret, struct err *e)
{
	struct waiter *w = handle_new(sizeof(*w));

	w->run = run;
	CHECK(pthread_mutex_init(&w->lock, NULL) == 0);
	CHECK(pthread_cond_init(&w->wake, NULL) == 0);
	errno = pthread_create(&w->thread, NULL, work, w);
	if (errno != 0) {
		handle_drop(w);
		return err_set(e, ERR_IO, "could not start the waiter: %s", err_errno());
	}
	*ret = w;
	return ERR_OK;
}

void waiter_close(struct waiter *w)
{
	if (!w)
		return;
	(void)pthread_mutex_lock(&w->lock); /* as in work() */
	w->stop = true;
	(void)pthread_cond_signal(&w->wake); /* as in work() */
	(void)pthread_mutex_unlock(&w->lock); /* as in work() */
	CHECK(pthread_join(w->thread, NULL) == 0);
	CHECK(pthread_cond_destroy(&w->wake) == 0);
	CHECK(pthread_mutex_destroy(&w->lock) == 0);
	handle_drop(w);
}

enum err_code waiter_submit(struct waiter *w, void *thing, struct err *e)
{
	enum err_code code = ERR_OK;

	(void)pthread_mutex_lock(&w->lock); /* as in work() */
	if (w->count == LIMIT_WORKER_QUEUE) {
		code = err_set(e, ERR_BUSY, "%d requests wait already", LIMIT_WORKER_QUEUE);
	} else {
		w->things[(w->first + w->count) % LIMIT_WORKER_QUEUE] = thing;
		w->count++;
		(void)pthread_cond_signal(&w->wake); /* as in work() */
	}
	(void)pthread_mutex_unlock(&w->lock); /* as in work() */
	return code;
}
