/* deal_fold.h - what the events of a deal come to: the same on both nodes. Pure.
 *
 * Is:      a table of who may say what in which state, and a walk over the events in their order.
 * Is not:  storage, nor messages between nodes (deal.h).
 * I1  Each side numbers its own events from 1; an event's clock is one more than the largest its
 *     side had seen. Order: by clock; of equal clocks the listing's owner first. So who holds the
 *     same events has the same order and the same state, however they came.
 * I2  What was not allowed in the state before it has no effect, and stays visible as such.
 */
#ifndef HUREN_SERVICE_DEAL_FOLD_H
#define HUREN_SERVICE_DEAL_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/str.h"

enum deal_side { DEAL_SEEKER, DEAL_OWNER };
/* X(NAME, word): the words are in the catalogues (list "deal_state"). */
#define DEAL_STATES(X)                                                                           \
	X(INTEREST, "interest")                                                                  \
	X(CONTACT, "contact")                                                                    \
	X(NEGOTIATION, "negotiation")                                                            \
	X(SIGNED, "signed")                                                                      \
	X(UNSUCCESSFUL, "unsuccessful")                                                          \
	X(DECLINED, "declined")                                                                  \
	X(CALLED_OFF, "called-off")
enum deal_state {
#define X(name, word) DEAL_IN_##name,
	DEAL_STATES(X)
#undef X
	DEAL_STATE_COUNT
};
const char *deal_state_name(enum deal_state state);

/* One event; `word` is of the catalogues' list "deal_act". */
struct deal_event {
	enum deal_side side;
	int64_t number, clock, time;
	struct str word, body;     /* body: canonical JSON */
};
struct deal_standing {
	enum deal_state state;
	unsigned reached;          /* 1 interest, 2 contact, 3 negotiation, 4 signed */
	size_t closing;            /* index of the event that closed it, or SIZE_MAX */
	size_t followed;           /* answers to how it goes */
};

/* The last number an event of a side may have: an erasure goes into a full log too. */
#define DEAL_EVENTS_MOST (LIMIT_DEAL_EVENTS + 1)
int64_t deal_number_most(struct str word);
/* Is there such a word at all? */
bool deal_word_known(struct str word);
bool deal_may(enum deal_state state, enum deal_side side, struct str word);
/* `events` in their order. `ret_void[i]`: it had no effect; may be NULL. */
struct deal_standing deal_fold(const struct deal_event *events, size_t count, bool *ret_void);

#endif
