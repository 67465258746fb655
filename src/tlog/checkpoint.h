/* checkpoint.h - C2SP tlog-checkpoint: origin, size, root; and cosignature/v1 (0x04) on it. */
#ifndef HUREN_TLOG_CHECKPOINT_H
#define HUREN_TLOG_CHECKPOINT_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "crypto/digest.h"
#include "tlog/note.h"

struct checkpoint {
	struct str origin;
	uint64_t size;
	struct digest root;
	struct str extensions;     /* whole lines, or empty */
};

/* The signed text (origin, size, root, newline each; then the extension lines). */
void checkpoint_put(struct buf *b, const struct checkpoint *c);
/* Takes exactly what checkpoint_put writes. ERR_INVALID, also for a size over MERKLE_SIZE_MAX.
 * Views into `text`. */
MUST_USE enum err_code checkpoint_parse(struct str text, struct checkpoint *ret, struct err *e);
/* A whole note: text, empty line, the log's lines (`sm2_key` may be NULL). ERR_INVALID when the
 * fields make no checkpoint. */
MUST_USE enum err_code checkpoint_sign(struct buf *b, const struct checkpoint *c,
	const struct note_key *log_key, const struct key *log_secret,
	const struct note_key *sm2_key, const struct key *sm2_secret, struct err *e);
/* Parses a note and its checkpoint and demands a good line of `log_key`, and that the origin is the
 * name of that key. ERR_DENIED without; ERR_INVALID, ERR_TOO_LARGE as note_parse. */
MUST_USE enum err_code checkpoint_open(struct arena *a, struct str note_bytes,
	const struct note_key *log_key, struct note *ret_note, struct checkpoint *ret,
	struct err *e);

/* The message a witness signs: "cosignature/v1\ntime N\n" and the whole text. */
void cosignature_put_message(struct buf *b, uint64_t time, struct str checkpoint_text);
/* Appends a cosignature line of that time. ERR_INVALID for a text that is no checkpoint, a time
 * of 0 or past the year 9999, or a key that is not of type 0x04. */
MUST_USE enum err_code cosignature_sign(struct buf *b, struct str checkpoint_text, uint64_t time,
	const struct note_key *witness_key, const struct key *secret, struct err *e);
/* Looks for lines of this witness: *ret_time is the latest time, 0 when there is none.
 * ERR_DENIED when one does not hold, also for a time that cosignature_sign refuses; ERR_INVALID
 * for a key that is not of type 0x04. */
MUST_USE enum err_code cosignature_verify(const struct note *n, const struct note_key *witness_key,
	uint64_t *ret_time, struct err *e);

#endif
