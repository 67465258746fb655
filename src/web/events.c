/* events.c - see events.h.
 *
 * Locks: that of the listeners, then that of the ring or of libmicrohttpd. Whoever sends an event
 * holds the ring's and takes `wake_lock` only, which is never held while another is taken.
 */
#include "web/events.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/encode.h"
#include "base/instant.h"
#include "base/scoped.h"
#include "credential/statement.h"
#include "crypto/digest.h"
#include "web/web_inner.h"

#define LOOK_EVERY_MS 500
#define SECOND_US UINT64_C(1000000)
#define LOOK_ARENA_BYTES 1048576
#define RECEIPTS_AT_ONCE 20    /* of one tlog; a page shows ten */
#define RETRY_MS 2000

struct listener {
	struct events *events;
	struct request *request;
	struct event_reader by;
	uint64_t after;            /* id of the last event seen */
	uint64_t sent_us, began_us;
	bool greeted, suspended;
	bool signed_in;
	struct listener *older, *newer;
};

/* What was told last of a tlog. */
struct known {
	uint64_t size, cosigned_size;
	int64_t minute;
	bool distrusted, problem, seen;
};

struct events {
	struct web *web;
	struct event_ring *ring;
	pthread_t thread;
	bool running;
	pthread_mutex_t wake_lock; /* guards woken, stop */
	pthread_cond_t wake;
	bool woken, stop;
	pthread_mutex_t lock;      /* guards what is below, and every listener */
	bool closing;
	size_t count;
	uint64_t sent, lost, refused;
	struct listener *newest;
	struct known own, peers[LIMIT_PEERS];      /* of the thread alone */
};

static void lock(struct events *v)
{
	CHECK(pthread_mutex_lock(&v->lock) == 0);
}

static void unlock(struct events *v)
{
	CHECK(pthread_mutex_unlock(&v->lock) == 0);
}

/* ---- text ------------------------------------------------------------------------------------ */

size_t events_text(const struct event *event, char *ret, size_t max)
{
	int len = snprintf(ret, max, "event: %s\nid: %llu\ndata: %.*s\n\n",
		event_topic_name(event->topic), (unsigned long long)event->id, (int)event->len,
		event->data);

	CHECK(len > 0 && (size_t)len < max);
	return (size_t)len;
}

enum events_due events_judge(bool signed_in, uint64_t began_us, uint64_t sent_us, uint64_t now_us)
{
	if (signed_in && now_us - began_us >= LIMIT_EVENTS_SESSION_S * SECOND_US)
		return EVENTS_END;
	return now_us - sent_us >= LIMIT_EVENTS_BEAT_S * SECOND_US ? EVENTS_BEAT : EVENTS_WAIT;
}

enum err_code events_topics(struct str text, unsigned *ret, struct err *e)
{
	unsigned topics = 0;

	if (text.len == 0)
		topics = (1u << EVENT_TOPIC_COUNT) - 1;
	while (text.len > 0) {
		struct str name = str_cut(&text, ',');
		unsigned topic = 0;
		while (topic < EVENT_TOPIC_COUNT &&
			!str_is(name, event_topic_name((enum event_topic)topic)))
			topic++;
		if (topic == EVENT_TOPIC_COUNT)
			return err_set(e, ERR_INVALID, "field \"topic\": no such topic");
		topics |= 1u << topic;
	}
	*ret = topics;
	return ERR_OK;
}

/* ---- a listener's stream --------------------------------------------------------------------- */

static enum events_due due_of(const struct listener *l, uint64_t now_us)
{
	if (l->events->closing)
		return EVENTS_END;
	return events_judge(l->signed_in, l->began_us, l->sent_us, now_us);
}

static size_t greet(struct listener *l, char *bytes, size_t max)
{
	int len = snprintf(bytes, max, "retry: %d\nid: %llu\n\n", RETRY_MS,
		(unsigned long long)l->after);

	CHECK(len > 0 && (size_t)len < max);
	l->greeted = true;
	return (size_t)len;
}

/* The next bytes for a listener; 0 when there is nothing to say yet. Under the lock. */
static size_t next_text(struct listener *l, uint64_t now_us, char *bytes, size_t max)
{
	struct events *v = l->events;
	struct event event;
	int len;

	if (!l->greeted)
		return greet(l, bytes, max);
	switch (event_next(v->ring, &l->by, &l->after, &event)) {
	case EVENT_ONE:
		v->sent++;
		return events_text(&event, bytes, max);
	case EVENT_LOST:
		v->lost++;
		len = snprintf(bytes, max, "event: again\nid: %llu\ndata: {}\n\n",
			(unsigned long long)l->after);
		CHECK(len > 0 && (size_t)len < max);
		return (size_t)len;
	case EVENT_NONE:
	default:
		break;
	}
	if (due_of(l, now_us) != EVENTS_BEAT)
		return 0;
	memcpy(bytes, ":\n\n", 3);
	return 3;
}

/* In a thread of the pool: bytes, 0 (the connection is suspended), or -1 at the end. */
static ssize_t read_stream(void *work, char *bytes, size_t max)
{
	struct listener *l = work;
	struct events *v = l->events;
	uint64_t now_us = instant_monotonic_us();
	ssize_t ret = -1;

	CHECK(max >= EVENTS_TEXT_BYTES);
	lock(v);
	if (due_of(l, now_us) != EVENTS_END) {
		ret = (ssize_t)next_text(l, now_us, bytes, max);
		if (ret > 0) {
			l->sent_us = now_us;
		} else {
			l->suspended = true;
			server_stream_pause(l->request);
		}
	}
	unlock(v);
	return ret;
}

static void close_listener(void *work)
{
	struct listener *l = work;
	struct events *v = l->events;

	lock(v);
	CHECK(!l->suspended);
	if (l->newer)
		l->newer->older = l->older;
	else
		v->newest = l->older;
	if (l->older)
		l->older->newer = l->newer;
	v->count--;
	unlock(v);
}

/* False when there are too many, or the node is closing. */
static bool add_listener(struct events *v, struct listener *l)
{
	bool room;

	lock(v);
	room = v->count < LIMIT_EVENTS_LISTENERS && !v->closing;
	if (room) {
		l->older = v->newest;
		if (v->newest)
			v->newest->newer = l;
		v->newest = l;
		v->count++;
	} else {
		v->refused++;
	}
	unlock(v);
	return room;
}

static struct event_reader reader_of(const struct request *r, unsigned topics)
{
	struct event_reader by = { .topics = topics };

	if (r->who.stage != STAGE_FULL)
		return by;
	by.account = r->who.account;
	by.organisation = r->who.organisation;
	by.may = r->who.may;
	return by;
}

static void begin_reply(struct request *r)
{
	r->reply.status = HTTP_OK;
	r->reply.type = "text/event-stream";
	r->reply.cache = "no-store";
	reply_header(&r->reply, "X-Accel-Buffering", "no"); /* proxies would keep it back */
}

enum err_code events_begin(struct events *v, struct request *r, struct err *e)
{
	struct str last = request_header(r, "last-event-id");
	struct listener *l = ARENA_NEW(&r->arena, struct listener);
	uint64_t now_us = instant_monotonic_us();
	unsigned topics;

	if (!l)
		return err_set(e, ERR_TOO_LARGE, "listener needs too much memory");
	TRY(events_topics(fields_get(&r->query, "topic"), &topics, e));
	if (str_is(r->http.method, "HEAD")) {
		begin_reply(r);
		return ERR_OK;
	}
	*l = (struct listener){ .events = v, .request = r, .by = reader_of(r, topics),
		.after = event_newest(v->ring), .sent_us = now_us, .began_us = now_us,
		.signed_in = r->who.stage == STAGE_FULL };
	if (last.len > 0 && str_parse_u64(last, &l->after, NULL) != ERR_OK)
		l->after = 0; /* none of ours: lost */
	if (!add_listener(v, l))
		return err_set(e, ERR_BUSY, "%d listen already", LIMIT_EVENTS_LISTENERS);
	r->work = l;
	r->work_close = close_listener;
	begin_reply(r);
	r->reply.stream = read_stream;
	return ERR_OK;
}

/* ---- what there is to tell ------------------------------------------------------------------- */

static void send_model(struct events *v, struct arena *a, enum event_topic topic,
	const struct json *model)
{
	struct str text;

	/* One that does not fit is not told: its page says it. */
	if (json_jcs(a, model, &text, NULL) == ERR_OK)
		(void)event_send(v->ring, topic, &(struct event_to){ .account = 0 }, text);
}

static void tell_receipts(struct events *v, struct arena *a, struct str city, struct str origin,
	uint64_t from, uint64_t size)
{
	if (size - from > RECEIPTS_AT_ONCE)
		from = size - RECEIPTS_AT_ONCE;
	for (uint64_t i = from; i < size; i++) {
		struct json *m = json_new_object(a);
		struct ledger_found found;
		if (ledger_entry(service_ledger(v->web->service), a, origin, i, &found, NULL) !=
			ERR_OK)
			continue; /* just not here yet; the head is told */
		m = json_set_str(a, m, "city", city);
		m = json_set_number(a, m, "index", (double)i);
		m = json_set_str(a, m, "id", found.receipt.id);
		m = json_set_text(a, m, "kind", kind_row(found.receipt.kind)->name);
		send_model(v, a, EVENT_RECEIPT, m);
	}
}

static void tell_head(struct events *v, struct arena *a, struct str city,
	const struct known *now)
{
	struct json *m = json_set_str(a, json_new_object(a), "city", city);

	m = json_set_number(a, m, "size", (double)now->size);
	m = json_set_number(a, m, "cosigned_size", (double)now->cosigned_size);
	m = json_set(a, m, "distrusted", json_new_bool(a, now->distrusted));
	send_model(v, a, EVENT_HEAD, m);
}

/* `was` becomes `now`; what is new is told, but for the first look after the start. */
static void compare(struct events *v, struct str city, struct str origin, struct known *was,
	const struct known *now)
{
	SCOPED_ARENA a = { 0 };
	bool differs = was->size != now->size || was->cosigned_size != now->cosigned_size ||
		was->minute != now->minute || was->distrusted != now->distrusted ||
		was->problem != now->problem;
	struct known before = *was;

	*was = *now;
	if (!before.seen || !differs)
		return;
	arena_init(&a, LOOK_ARENA_BYTES);
	if (now->size > before.size)
		tell_receipts(v, &a, city, origin, before.size, now->size);
	tell_head(v, &a, city, now);
}

static void look(struct events *v)
{
	const struct node_config *c = service_config(v->web->service);
	struct ledger_figures f;

	ledger_figures(service_ledger(v->web->service), &f);
	compare(v, c->domain, STR(""), &v->own, &(struct known){ .size = f.size, .seen = true });
	for (size_t i = 0; i < c->peer_count; i++) {
		struct peer_state state = service_peer_state(v->web->service, i);
		struct known now = { .size = state.size, .cosigned_size = state.cosigned_size,
			.minute = state.as_of / 60, .distrusted = state.distrusted,
			.problem = state.problem[0] != '\0', .seen = true };
		compare(v, c->peers[i].domain, c->peers[i].tlog_key.name, &v->peers[i], &now);
	}
}

/* ---- the thread ------------------------------------------------------------------------------ */

static void on_event(void *context)
{
	struct events *v = context;

	CHECK(pthread_mutex_lock(&v->wake_lock) == 0);
	v->woken = true;
	CHECK(pthread_cond_signal(&v->wake) == 0);
	CHECK(pthread_mutex_unlock(&v->wake_lock) == 0);
}

/* Is there something to do for a suspended listener? Moves it past what is not for it. */
static bool is_due(struct listener *l, uint64_t now_us)
{
	struct event event;
	uint64_t after = l->after;
	enum event_found found = event_next(l->events->ring, &l->by, &after, &event);

	if (found == EVENT_NONE)
		l->after = after;
	return found != EVENT_NONE || due_of(l, now_us) != EVENTS_WAIT;
}

static void wake_listeners(struct events *v)
{
	uint64_t now_us = instant_monotonic_us();

	lock(v);
	for (struct listener *l = v->newest; l; l = l->older) {
		if (!l->suspended || !is_due(l, now_us))
			continue;
		l->suspended = false;
		server_stream_resume(l->request);
	}
	unlock(v);
}

/* False when the thread must end. */
static bool wait_for_news(struct events *v)
{
	struct timespec until;
	bool goes_on;

	CHECK(clock_gettime(CLOCK_MONOTONIC, &until) == 0);
	until.tv_nsec += LOOK_EVERY_MS * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	CHECK(pthread_mutex_lock(&v->wake_lock) == 0);
	while (!v->woken && !v->stop &&
		pthread_cond_timedwait(&v->wake, &v->wake_lock, &until) != ETIMEDOUT)
		;
	v->woken = false;
	goes_on = !v->stop;
	CHECK(pthread_mutex_unlock(&v->wake_lock) == 0);
	return goes_on;
}

static void *run(void *context)
{
	struct events *v = context;

	do {
		look(v);
		wake_listeners(v);
	} while (wait_for_news(v));
	digest_thread_clear();
	return NULL;
}

/* ---- start and stop -------------------------------------------------------------------------- */

enum err_code events_open(struct web *w, struct events **ret, struct err *e)
{
	struct events *v = handle_new(sizeof(*v));
	pthread_condattr_t monotonic;

	v->web = w;
	v->ring = service_events(w->service);
	CHECK(pthread_mutex_init(&v->lock, NULL) == 0);
	CHECK(pthread_mutex_init(&v->wake_lock, NULL) == 0);
	CHECK(pthread_condattr_init(&monotonic) == 0);
	CHECK(pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0);
	CHECK(pthread_cond_init(&v->wake, &monotonic) == 0);
	CHECK(pthread_condattr_destroy(&monotonic) == 0);
	event_ring_watch(v->ring, on_event, v);
	errno = pthread_create(&v->thread, NULL, run, v);
	v->running = errno == 0;
	*ret = v;
	return v->running ? ERR_OK :
		err_set(e, ERR_IO, "could not start the thread of events: %s", err_errno());
}

void events_stop(struct events *v)
{
	if (!v)
		return;
	event_ring_watch(v->ring, NULL, NULL);
	CHECK(pthread_mutex_lock(&v->wake_lock) == 0);
	v->stop = true;
	CHECK(pthread_cond_signal(&v->wake) == 0);
	CHECK(pthread_mutex_unlock(&v->wake_lock) == 0);
	if (v->running)
		CHECK(pthread_join(v->thread, NULL) == 0);
	v->running = false;
	lock(v);
	v->closing = true;
	unlock(v);
	wake_listeners(v);
}

void events_close(struct events *v)
{
	if (!v)
		return;
	CHECK(v->count == 0);
	CHECK(pthread_cond_destroy(&v->wake) == 0);
	CHECK(pthread_mutex_destroy(&v->wake_lock) == 0);
	CHECK(pthread_mutex_destroy(&v->lock) == 0);
	handle_drop(v);
}

void events_put_metrics(struct buf *b, struct events *v)
{
	lock(v);
	buf_printf(b, "# HELP huren_events_listeners Listeners to events.\n"
		"# TYPE huren_events_listeners gauge\nhuren_events_listeners %zu\n", v->count);
	buf_printf(b, "# HELP huren_events_sent_total Events sent, each to each listener.\n"
		"# TYPE huren_events_sent_total counter\nhuren_events_sent_total %llu\n",
		(unsigned long long)v->sent);
	buf_printf(b, "# HELP huren_events_lost_total Listeners told that they missed some.\n"
		"# TYPE huren_events_lost_total counter\nhuren_events_lost_total %llu\n",
		(unsigned long long)v->lost);
	buf_printf(b, "# HELP huren_events_refused_total Listeners refused: too many.\n"
		"# TYPE huren_events_refused_total counter\nhuren_events_refused_total %llu\n",
		(unsigned long long)v->refused);
	unlock(v);
}
