/* witness.h - C2SP tlog-witness: the pure half (request text, order of checks). State and HTTP are
 * the caller's (peer/). Status = err_class(code)->http_status:
 *   ERR_INVALID 400, ERR_NOT_FOUND 404, ERR_DENIED 403, ERR_CORRECT_SIZE 409, ERR_UNPROVEN 422. */
#ifndef HUREN_TLOG_WITNESS_H
#define HUREN_TLOG_WITNESS_H

#include "tlog/checkpoint.h"
#include "tlog/merkle.h"

struct witness_request {
	uint64_t old_size;
	struct merkle_proof proof;
	struct str checkpoint;     /* the note */
	struct str origin;         /* its first line, to find the key by; not looked at by _put */
};

MUST_USE enum err_code witness_request_put(struct buf *b, const struct witness_request *r,
	struct err *e);
/* Reads the note and the checkpoint too, so that a body without form is 400 before an unknown
 * origin is 404. ERR_INVALID, also for an old size over the checkpoint's; ERR_TOO_LARGE as
 * note_parse. */
MUST_USE enum err_code witness_request_parse(struct arena *a, struct str body,
	struct witness_request *ret, struct err *e);

/* What the witness keeps of one origin. */
struct witness_state {
	uint64_t size;
	struct digest root;        /* of `size`; not looked at when that is 0 */
};
/* All checks after the origin was found (its key is `log_key`), in C2SP's order. On ERR_OK *ret is
 * the new state to store with compare-and-set; on ERR_CORRECT_SIZE the body is state->size in
 * decimal with a newline, as text/x.tlog.size. */
MUST_USE enum err_code witness_check(struct arena *a, const struct witness_request *r,
	const struct note_key *log_key, const struct witness_state *state,
	struct witness_state *ret,
	struct note *ret_note, struct checkpoint *ret_checkpoint, struct err *e);

#endif
