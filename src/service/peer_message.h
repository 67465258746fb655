/* peer_message.h - what waits to be told to a peer, as the courier (peer/courier.c) carries it.
 *
 * Is:      one message, how far a round through the waiting ones has come, and the pair of calls
 *          by which a service hands them out and hears what became of each.
 * Is not:  how a message travels, nor when it is tried again.
 */
#ifndef HUREN_SERVICE_PEER_MESSAGE_H
#define HUREN_SERVICE_PEER_MESSAGE_H

#include "base/err.h"
#include "base/str.h"

struct service;

struct peer_message {
	struct str body;           /* JSON; at NULL: nothing more waits */
	/* what it is about, for the service that gave it */
	int64_t row, number, last;
	uint8_t key[16];
	bool asks;                 /* the answer says what became of it */
};
struct peer_cursor {               /* of one service and one round; zeroed before it */
	int64_t first, second;
	uint8_t key[16];
};
/* `peer` is its place in node.json. */
struct peer_messages {
	const char *path, *area;   /* of the peer's door; of the diagnostics */
	/* The next message behind the cursor, which goes on to it: what the peer does not take now
	 * comes in the next round. */
	enum err_code (*next)(struct service *s, struct arena *a, size_t peer,
		struct peer_cursor *cursor, struct peer_message *ret, struct err *e);
	/* The peer took it and said `answer`; or `refused` (else NULL) is what it said, which
	 * comes back unless the service has an answer to it. May set the cursor back, so that what
	 * must come before is handed out first. ERR_BUSY: of this node, never of the peer. */
	enum err_code (*told)(struct service *s, struct arena *a, size_t peer,
		struct peer_cursor *cursor, const struct peer_message *message, struct str answer,
		const struct err *refused, struct err *e);
};

#endif
