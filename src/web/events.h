/* events.h - server-sent events: listeners on their connections, and one thread that wakes them.
 *
 * Is:      GET /events over libmicrohttpd's suspend and resume: a listener without news holds a
 *          suspended connection and no thread. The thread looks twice a second what the tlogs and
 *          peers are like, sends events of it (service/event.h) and wakes whom something is for,
 *          and everyone for a heartbeat.
 * Life:    events_open -> events_begin* -> events_stop (streams end) -> server closed ->
 *          events_close.
 * I1  A listener sees what its session may see; a session is looked up again each
 *     LIMIT_EVENTS_SESSION_S, when its stream ends and the browser asks anew.
 * I2  Whoever reads slowly costs nothing more: events wait in the one ring, and are told as lost
 *     when it has gone round.
 */
#ifndef HUREN_WEB_EVENTS_H
#define HUREN_WEB_EVENTS_H

#include <sys/types.h>

#include "base/buf.h"
#include "service/event.h"
#include "web/request.h"

struct events;

MUST_USE enum err_code events_open(struct web *w, struct events **ret, struct err *e);
void events_stop(struct events *v);
void events_close(struct events *v);
/* Fills r->reply with a stream. ERR_BUSY: LIMIT_EVENTS_LISTENERS listen; ERR_INVALID: a topic. */
MUST_USE enum err_code events_begin(struct events *v, struct request *r, struct err *e);
/* For /metrics. */
void events_put_metrics(struct buf *b, struct events *v);

/* What a stream does that has no event to tell. Pure. */
enum events_due { EVENTS_WAIT, EVENTS_BEAT, EVENTS_END };
enum events_due events_judge(bool signed_in, uint64_t began_us, uint64_t sent_us, uint64_t now_us);
/* One event as it is sent. Pure; `max` is at least EVENTS_TEXT_BYTES; returns the length. */
#define EVENTS_TEXT_BYTES (LIMIT_EVENT_BYTES + 128)
size_t events_text(const struct event *event, char *ret, size_t max);
/* Topics named "receipt,head", all for "". ERR_INVALID. Pure. */
MUST_USE enum err_code events_topics(struct str text, unsigned *ret, struct err *e);

#endif
