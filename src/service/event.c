/* event.c - see event.h. */
#include "service/event.h"

#include <pthread.h>
#include <string.h>

#include "base/arena.h"

struct event_ring {
	pthread_mutex_t lock;              /* guards everything below */
	void (*wake)(void *context);
	void *context;
	uint64_t first, newest;            /* ids: the ring holds at most those in between */
	struct event events[LIMIT_EVENTS_KEPT];
};

const char *event_topic_name(enum event_topic topic)
{
	static const char *const names[EVENT_TOPIC_COUNT] = { "receipt", "head",
		"progress" };

	CHECK(topic < EVENT_TOPIC_COUNT);
	return names[topic];
}

struct event_ring *event_ring_open(uint64_t first)
{
	struct event_ring *r = handle_new(sizeof(*r));

	CHECK(pthread_mutex_init(&r->lock, NULL) == 0);
	r->first = first;
	r->newest = first;
	return r;
}

void event_ring_close(struct event_ring *r)
{
	if (!r)
		return;
	CHECK(pthread_mutex_destroy(&r->lock) == 0);
	handle_drop(r);
}

static void lock(struct event_ring *r)
{
	CHECK(pthread_mutex_lock(&r->lock) == 0);
}

static void unlock(struct event_ring *r)
{
	CHECK(pthread_mutex_unlock(&r->lock) == 0);
}

void event_ring_watch(struct event_ring *r, void (*wake)(void *context), void *context)
{
	lock(r);
	r->wake = wake;
	r->context = context;
	unlock(r);
}

static struct event *slot_of(struct event_ring *r, uint64_t id)
{
	return &r->events[id % LIMIT_EVENTS_KEPT];
}

bool event_send(struct event_ring *r, enum event_topic topic, const struct event_to *to,
	struct str data)
{
	struct event *event;

	CHECK(topic < EVENT_TOPIC_COUNT);
	if (data.len > LIMIT_EVENT_BYTES || memchr(data.at, '\n', data.len) ||
		memchr(data.at, '\r', data.len))
		return false;
	lock(r);
	event = slot_of(r, ++r->newest);
	event->id = r->newest;
	event->topic = topic;
	event->to = *to;
	event->len = data.len;
	memcpy(event->data, data.at, data.len);
	/* Under the lock: after event_ring_watch(NULL) nobody is woken any more. */
	if (r->wake)
		r->wake(r->context);
	unlock(r);
	return true;
}

uint64_t event_newest(struct event_ring *r)
{
	uint64_t newest;

	lock(r);
	newest = r->newest;
	unlock(r);
	return newest;
}

static bool is_for(const struct event *event, const struct event_reader *by)
{
	const struct event_to *to = &event->to;

	return by->topics >> event->topic & 1 &&
		(to->account == 0 || to->account == by->account) &&
		(to->organisation == 0 || to->organisation == by->organisation) &&
		(to->capability == CAPABILITY_NONE || by->may >> to->capability & 1);
}

enum event_found event_next(struct event_ring *r, const struct event_reader *by, uint64_t *after,
	struct event *ret)
{
	enum event_found found = EVENT_NONE;

	lock(r);
	if (*after > r->newest || *after < r->first || r->newest - *after > LIMIT_EVENTS_KEPT) {
		*after = r->newest;
		found = EVENT_LOST;
	}
	while (*after < r->newest && found == EVENT_NONE) {
		const struct event *event = slot_of(r, ++*after);
		if (!is_for(event, by))
			continue;
		*ret = *event;
		found = EVENT_ONE;
	}
	unlock(r);
	return found;
}
