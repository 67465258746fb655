/* worker.c - see worker.h. */
#include "peer/worker.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/instant.h"
#include "crypto/digest.h"
#include "crypto/key.h"

#define BACK_OFF_FIRST_MS 1000
#define BACK_OFF_LAST_MS 60000

static void wait_until(struct worker *w, uint64_t at_us)
{
	uint64_t now = instant_monotonic_us();
	if (at_us <= now)
		return;
	struct timespec until;
	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	uint64_t ns = (uint64_t)until.tv_nsec + (at_us - now) * 1000;
	until.tv_sec += (time_t)(ns / 1000000000);
	until.tv_nsec = (long)(ns % 1000000000);
	(void)pthread_cond_timedwait(&w->changed, &w->lock, &until);
}

/* False when the thread must end. */
static bool rest(struct worker *w, struct worker_pause pause, uint64_t begin_us)
{
	uint64_t due_us = instant_monotonic_us() + (uint64_t)pause.due_ms * 1000;
	uint64_t early_us = begin_us + (uint64_t)pause.pace_ms * 1000;
	(void)pthread_mutex_lock(&w->lock);
	while (!w->stop) {
		uint64_t at_us = w->woken && early_us < due_us ? early_us : due_us;
		if (instant_monotonic_us() >= at_us)
			break;
		wait_until(w, at_us);
	}
	w->woken = false;
	bool go_on = !w->stop;
	(void)pthread_mutex_unlock(&w->lock);
	return go_on;
}

static void *worker_main(void *context)
{
	struct worker *w = context;
	struct worker_pause pause;
	uint64_t begin_us;
	do {
		begin_us = instant_monotonic_us();
		pause = w->step(w->context);
	} while (rest(w, pause, begin_us));
	digest_thread_clear();
	return NULL;
}

enum err_code worker_open(struct worker *w, struct worker_pause (*step)(void *context),
	void *context, struct err *e)
{
	pthread_condattr_t attributes;
	*w = (struct worker){ .step = step, .context = context };
	CHECK(pthread_mutex_init(&w->lock, NULL) == 0);
	CHECK(pthread_condattr_init(&attributes) == 0);
	CHECK(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
	CHECK(pthread_cond_init(&w->changed, &attributes) == 0);
	(void)pthread_condattr_destroy(&attributes);
	int failed = pthread_create(&w->thread, NULL, worker_main, w);
	if (failed) {
		errno = failed;
		return err_set(e, ERR_IO, "could not start a thread: %s", err_errno());
	}
	w->running = true;
	return ERR_OK;
}

void worker_wake(struct worker *w)
{
	if (!w->running)
		return;
	(void)pthread_mutex_lock(&w->lock);
	w->woken = true;
	(void)pthread_cond_signal(&w->changed);
	(void)pthread_mutex_unlock(&w->lock);
}

void worker_stop(struct worker *w)
{
	if (!w->running)
		return;
	(void)pthread_mutex_lock(&w->lock);
	w->stop = true;
	(void)pthread_cond_signal(&w->changed);
	(void)pthread_mutex_unlock(&w->lock);
}

void worker_close(struct worker *w)
{
	if (!w->running)
		return;
	worker_stop(w);
	(void)pthread_join(w->thread, NULL);
	(void)pthread_cond_destroy(&w->changed);
	(void)pthread_mutex_destroy(&w->lock);
	w->running = false;
}

uint32_t worker_back_off(uint32_t *ms)
{
	*ms = *ms == 0 ? BACK_OFF_FIRST_MS : *ms * 2;
	if (*ms > BACK_OFF_LAST_MS)
		*ms = BACK_OFF_LAST_MS;
	uint32_t random;
	key_random((uint8_t *)&random, sizeof(random));
	return *ms - *ms / 4 + random % (*ms / 2 + 1);
}
