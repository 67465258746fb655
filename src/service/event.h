/* event.h - what happened just now, for whoever is listening: a ring of the last few hundred.
 *
 * Is:      one ring for the node, in memory; anybody sends, from any thread, and never waits.
 * Is not:  kept: what matters is a statement, an audit line or a notice. A listener that was away
 *          too long is told so and reads the page again.
 * I1  An event is given to those it is for, and to nobody else.
 */
#ifndef HUREN_SERVICE_EVENT_H
#define HUREN_SERVICE_EVENT_H

#include "base/limits.h"
#include "base/str.h"
#include "service/role.h"

enum event_topic {
	EVENT_RECEIPT,             /* a receipt in a tlog known here; public */
	EVENT_HEAD,                /* a tlog has grown, or is known otherwise; public */
	EVENT_PROGRESS,            /* of a long job; for those it concerns */
	EVENT_TOPIC_COUNT
};
/* "receipt" ... */
const char *event_topic_name(enum event_topic topic);

/* Whom it is for; all zero: everyone. Each that is set must fit. */
struct event_to {
	int64_t account;
	int64_t organisation;
	enum capability capability;
};
/* Who listens, and to what. A stranger is all zero but the topics. */
struct event_reader {
	int64_t account, organisation;
	uint32_t may;              /* bit mask of capabilities */
	unsigned topics;           /* bit mask of topics */
};
struct event {
	uint64_t id;               /* goes up by one each */
	enum event_topic topic;
	struct event_to to;
	size_t len;
	char data[LIMIT_EVENT_BYTES];      /* JSON on one line */
};

struct event_ring;

/* Ids begin behind `first`; the time, so that none of an earlier run of the program fits. */
struct event_ring *event_ring_open(uint64_t first);
void event_ring_close(struct event_ring *r);
/* `wake` is called after each event, from the thread that sent it; cheap. NULL: nobody. */
void event_ring_watch(struct event_ring *r, void (*wake)(void *context), void *context);
/* False, and nothing sent, when `data` is over LIMIT_EVENT_BYTES or more than one line. */
bool event_send(struct event_ring *r, enum event_topic topic, const struct event_to *to,
	struct str data);
/* Id of the newest, for who begins to listen. */
uint64_t event_newest(struct event_ring *r);

enum event_found { EVENT_NONE, EVENT_ONE, EVENT_LOST };
/* The next event for `by` behind *after, which moves on. EVENT_LOST: those behind it are not all
 * here any more, or it is none of ours; *after is the newest then. */
enum event_found event_next(struct event_ring *r, const struct event_reader *by, uint64_t *after,
	struct event *ret);

#endif
