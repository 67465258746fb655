/* sweep.h - closes connections that are too slow: header, body, or reading the answer.
 *
 * libmicrohttpd knows only an idle time, which a client that drips a byte a second never reaches.
 * Is:      a list of the open connections, looked at once a second, and the pure rule sweep_judge.
 * Life:    sweep_open -> sweep_add / sweep_remove, sweep_turn, sweep_bytes -> sweep_close.
 */
#ifndef HUREN_WEB_SWEEP_H
#define HUREN_WEB_SWEEP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum sweep_state {
	SWEEP_HEADER,              /* waiting for a request, or in the middle of its header */
	SWEEP_BODY,
	SWEEP_WORK,                /* ours to do: never closed */
	SWEEP_ANSWER
};

/* One open connection; its socket stays open as long as it is in the list. */
struct sweep_entry {
	int fd;
	atomic_int state;          /* enum sweep_state */
	atomic_ullong since_us;    /* monotonic, when the state began */
	atomic_ullong body_bytes;  /* received in SWEEP_BODY */
	atomic_bool used;          /* a whole header came on it once */
	/* the sweep's own */
	unsigned long long header_since_us;    /* first byte of a header seen; 0 = none */
	unsigned long long waiting_since_us;   /* the SWEEP_HEADER period `received` belongs to */
	unsigned long long received;           /* bytes when that period was first seen */
	bool closing;
	struct sweep_entry *older, *newer;
};

/* What the rule looks at. */
struct sweep_look {
	enum sweep_state state;
	uint64_t now_us, since_us;
	uint64_t header_since_us;  /* 0: nothing of a header came yet */
	uint64_t body_bytes;
};
/* True when the connection is to be closed. Pure. */
bool sweep_judge(const struct sweep_look *look);

struct sweep;
MUST_USE enum err_code sweep_open(void (*on_closed)(void *context), void *context,
	struct sweep **ret, struct err *e);
/* All entries must have been removed. */
void sweep_close(struct sweep *s);
struct sweep_entry *sweep_add(struct sweep *s, int fd);
void sweep_remove(struct sweep *s, struct sweep_entry *entry);
void sweep_turn(struct sweep_entry *entry, enum sweep_state state);
void sweep_bytes(struct sweep_entry *entry, uint64_t bytes);

#endif
