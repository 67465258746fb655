/* line.h - what the C2SP texts share: lines with their newline, hashes and proofs on lines.
 *
 * Is not:  lenient: no carriage return, no missing last newline, no second spelling of a number or
 *          a hash. What is taken can be written back to the same bytes.
 */
#ifndef HUREN_TLOG_LINE_H
#define HUREN_TLOG_LINE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "crypto/digest.h"
#include "tlog/merkle.h"

/* Takes the first line off `*rest`, without its newline. ERR_INVALID when none ends. */
MUST_USE enum err_code line_cut(struct str *rest, struct str *ret, struct err *e);
/* Takes a line of `word`, one space and something. ERR_INVALID. */
MUST_USE enum err_code line_cut_word(struct str *rest, const char *word, struct str *ret,
	struct err *e);
void line_put_hash(struct buf *b, const struct digest *hash);
MUST_USE enum err_code line_parse_hash(struct str line, struct digest *ret, struct err *e);
/* 0 to LIMIT_PROOF_HASHES lines of one hash each, then an empty line. ERR_INVALID. */
void line_put_proof(struct buf *b, const struct merkle_proof *p);
MUST_USE enum err_code line_cut_proof(struct str *rest, struct merkle_proof *ret, struct err *e);

#endif
