/* sweep.c - once a second over the open connections. */
#include "web/sweep.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <time.h>

#include "base/arena.h"
#include "base/instant.h"
#include "base/limits.h"

#define SECOND_US 1000000ull

struct sweep {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stop;
	void (*on_closed)(void *context);
	void *context;
	struct sweep_entry *newest;
};

bool sweep_judge(const struct sweep_look *look)
{
	uint64_t lasted = look->now_us - look->since_us;

	switch (look->state) {
	case SWEEP_HEADER:
		return look->header_since_us > 0 &&
			look->now_us - look->header_since_us >= LIMIT_HEADER_S * SECOND_US;
	case SWEEP_BODY:
		/* The first seconds are free: a large body has its start-up. */
		return lasted >= LIMIT_HEADER_S * SECOND_US &&
			look->body_bytes < (lasted / SECOND_US - LIMIT_HEADER_S + 1) *
				LIMIT_BODY_BYTES_PER_S;
	case SWEEP_ANSWER:
		return lasted >= LIMIT_ANSWER_S * SECOND_US;
	case SWEEP_WORK:
	default:
		return false;
	}
}

/* Bytes the peer has sent on the socket so far; 0 when the system does not tell. */
static uint64_t bytes_received(int fd)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) != 0 ||
		len < offsetof(struct tcp_info, tcpi_bytes_received) + sizeof(uint64_t))
		return 0;
	return info.tcpi_bytes_received;
}

/* A header began when bytes came that were not there when the waiting began. */
static void note_header(struct sweep_entry *entry, uint64_t since_us, uint64_t now_us)
{
	uint64_t received = bytes_received(entry->fd);
	bool used = atomic_load(&entry->used);

	if (entry->waiting_since_us != since_us) {
		entry->waiting_since_us = since_us;
		entry->received = used ? received : 0;
		entry->header_since_us = 0;
	}
	if (entry->header_since_us == 0 && received > entry->received)
		entry->header_since_us = used ? now_us : since_us;
}

static void look_at(struct sweep *s, struct sweep_entry *entry, uint64_t now_us)
{
	struct sweep_look look = {
		.state = (enum sweep_state)atomic_load(&entry->state),
		.now_us = now_us,
		.since_us = atomic_load(&entry->since_us),
		.body_bytes = atomic_load(&entry->body_bytes),
	};

	if (entry->closing || look.since_us > now_us)
		return;
	if (look.state == SWEEP_HEADER) {
		note_header(entry, look.since_us, now_us);
		look.header_since_us = entry->header_since_us;
	}
	if (!sweep_judge(&look))
		return;
	/* It may have turned meanwhile: then it is not slow. */
	if (atomic_load(&entry->state) != (int)look.state ||
		atomic_load(&entry->since_us) != look.since_us)
		return;
	entry->closing = true;
	(void)shutdown(entry->fd, SHUT_RDWR); /* a peer that has gone is closed anyway */
	s->on_closed(s->context);
}

static void *sweep_run(void *context)
{
	struct sweep *s = context;
	struct timespec until;

	(void)pthread_mutex_lock(&s->lock); /* a default mutex that is not held cannot fail */
	CHECK(clock_gettime(CLOCK_MONOTONIC, &until) == 0);
	while (!s->stop) {
		uint64_t now_us;
		until.tv_sec++;
		while (!s->stop && pthread_cond_timedwait(&s->wake, &s->lock, &until) != ETIMEDOUT)
			;
		now_us = instant_monotonic_us();
		for (struct sweep_entry *entry = s->newest; entry && !s->stop; entry = entry->older)
			look_at(s, entry, now_us);
		CHECK(clock_gettime(CLOCK_MONOTONIC, &until) == 0);
	}
	(void)pthread_mutex_unlock(&s->lock); /* as above */
	return NULL;
}

enum err_code sweep_open(void (*on_closed)(void *context), void *context, struct sweep **ret,
	struct err *e)
{
	struct sweep *s = handle_new(sizeof(*s));
	pthread_condattr_t monotonic;

	s->on_closed = on_closed;
	s->context = context;
	CHECK(pthread_condattr_init(&monotonic) == 0);
	CHECK(pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0);
	CHECK(pthread_mutex_init(&s->lock, NULL) == 0);
	CHECK(pthread_cond_init(&s->wake, &monotonic) == 0);
	CHECK(pthread_condattr_destroy(&monotonic) == 0);
	errno = pthread_create(&s->thread, NULL, sweep_run, s);
	if (errno != 0) {
		handle_drop(s);
		return err_set(e, ERR_IO, "could not start the sweep: %s", err_errno());
	}
	*ret = s;
	return ERR_OK;
}

void sweep_close(struct sweep *s)
{
	if (!s)
		return;
	(void)pthread_mutex_lock(&s->lock); /* as in sweep_run() */
	s->stop = true;
	(void)pthread_cond_signal(&s->wake); /* as in sweep_run() */
	(void)pthread_mutex_unlock(&s->lock); /* as in sweep_run() */
	CHECK(pthread_join(s->thread, NULL) == 0);
	CHECK(s->newest == NULL);
	CHECK(pthread_cond_destroy(&s->wake) == 0);
	CHECK(pthread_mutex_destroy(&s->lock) == 0);
	handle_drop(s);
}

struct sweep_entry *sweep_add(struct sweep *s, int fd)
{
	struct sweep_entry *entry = handle_new(sizeof(*entry));

	entry->fd = fd;
	sweep_turn(entry, SWEEP_HEADER);
	(void)pthread_mutex_lock(&s->lock); /* as in sweep_run() */
	entry->older = s->newest;
	if (s->newest)
		s->newest->newer = entry;
	s->newest = entry;
	(void)pthread_mutex_unlock(&s->lock); /* as in sweep_run() */
	return entry;
}

void sweep_remove(struct sweep *s, struct sweep_entry *entry)
{
	(void)pthread_mutex_lock(&s->lock); /* as in sweep_run() */
	if (entry->newer)
		entry->newer->older = entry->older;
	else
		s->newest = entry->older;
	if (entry->older)
		entry->older->newer = entry->newer;
	(void)pthread_mutex_unlock(&s->lock); /* as in sweep_run() */
	handle_drop(entry);
}

void sweep_turn(struct sweep_entry *entry, enum sweep_state state)
{
	/* First the time: a look between the two sees the old state as young, never as slow. */
	atomic_store(&entry->since_us, instant_monotonic_us());
	atomic_store(&entry->state, (int)state);
	if (state != SWEEP_HEADER)
		atomic_store(&entry->used, true);
	if (state == SWEEP_BODY)
		atomic_store(&entry->body_bytes, 0);
}

void sweep_bytes(struct sweep_entry *entry, uint64_t bytes)
{
	atomic_fetch_add_explicit(&entry->body_bytes, bytes, memory_order_relaxed);
}
