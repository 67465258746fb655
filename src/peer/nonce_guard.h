/* nonce_guard.h - remembers the nonces of signed requests, so that none is taken twice.
 *
 * Is:      two generations of a hash set in memory, LIMIT_NONCES each. Any thread.
 * Is not:  durable. Instead a request signed before this guard was opened is refused: what a node
 * saw
 *          before a restart cannot be replayed after it, and the sender just signs again.
 * I1  A nonce taken is refused for as long as its signature could still be valid.
 */
#ifndef HUREN_PEER_NONCE_GUARD_H
#define HUREN_PEER_NONCE_GUARD_H

#include "base/err.h"
#include "base/str.h"

struct nonce_guard;

void nonce_guard_open(struct nonce_guard **ret, int64_t now);
void nonce_guard_close(struct nonce_guard *g);
/* Takes the nonce of a signature that holds, made at `created`. ERR_DENIED: taken before, or made
 * before the guard was opened; ERR_BUSY: LIMIT_NONCES requests within ten minutes. */
MUST_USE enum err_code nonce_guard_take(struct nonce_guard *g, struct str keyid, struct str nonce,
	int64_t created, int64_t now, struct err *e);

#endif
