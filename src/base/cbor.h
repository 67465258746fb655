/* cbor.h - reading CBOR (RFC 8949) item by item, without a tree.
 *
 * Is:      a cursor over bytes from outside: heads of items, and whole items stepped over. Takes
 *          what CTAP2 lets authenticators write: definite lengths, no tags, no fractions.
 * Is not:  a writer, nor a judge of canonical order.
 * Life:    texts and byte strings point into the input.
 */
#ifndef HUREN_BASE_CBOR_H
#define HUREN_BASE_CBOR_H

#include "base/err.h"
#include "base/str.h"

enum cbor_kind {
	CBOR_UNSIGNED,
	CBOR_NEGATIVE,             /* the value is -1 - number */
	CBOR_BYTES,
	CBOR_TEXT,
	CBOR_ARRAY,                /* number: how many items follow */
	CBOR_MAP,                  /* number: how many pairs follow */
	CBOR_SIMPLE = 7            /* false, true, null, undefined: number 20 to 23 */
};

struct cbor {
	struct str rest;           /* what was not read yet */
};
struct cbor_item {
	enum cbor_kind kind;
	uint64_t number;
	struct str bytes;          /* of CBOR_BYTES and CBOR_TEXT (valid UTF-8) */
};

/* The head of the next item, and the content of a string. ERR_INVALID. */
MUST_USE enum err_code cbor_next(struct cbor *c, struct cbor_item *ret, struct err *e);
/* The next item with all in it; its bytes. ERR_INVALID; ERR_TOO_LARGE: LIMIT_CBOR_DEPTH. */
MUST_USE enum err_code cbor_skip(struct cbor *c, struct str *ret, struct err *e);
/* The head of the next item, which must be of this kind. ERR_INVALID naming `what`. */
MUST_USE enum err_code cbor_need(struct cbor *c, enum cbor_kind kind, const char *what,
	struct cbor_item *ret, struct err *e);

#endif
