/* status_list.h - Bitstring Status List 1.0: one bit a statement (doc/formats/status-list.md).
 *
 * Is:      the bits, their text, and looking a statement up in a list. Pure.
 * Is not:  a judgement on the list's own proofs (proof.h), its age or its place in the tlog.
 */
#ifndef HUREN_CREDENTIAL_STATUS_LIST_H
#define HUREN_CREDENTIAL_STATUS_LIST_H

#include "base/limits.h"
#include "credential/statement.h"

struct status_list {
	uint8_t bits[LIMIT_STATUS_LIST_ENTRIES /
		8]; /* index 0 is the highest bit of the first byte */
};

/* CHECK that the index is under LIMIT_STATUS_LIST_ENTRIES. */
bool status_list_get(const struct status_list *l, uint64_t index);
void status_list_set(struct status_list *l, uint64_t index, bool value);
/* 'u' + base64url(gzip(bits)), deterministic gzip header. ERR_TOO_LARGE (arena). */
MUST_USE enum err_code status_list_encode(struct arena *a, const struct status_list *l,
	struct str *ret, struct err *e);
/* Any list of at least 131,072 bits, as bytes in the arena. ERR_INVALID: no base64url, not exactly
 * one gzip member, too short. ERR_TOO_LARGE: over LIMIT_STATUS_LIST_EXPANDED, or the arena. */
MUST_USE enum err_code status_list_decode(struct arena *a, struct str encoded, struct str *ret_bits,
	struct err *e);
/* Subject of a status-list statement; purpose "revocation" or "suspension". `list_id` is the URL
 * that entries name as their statusListCredential: it stays while the statement is issued anew. */
struct json *status_list_subject(struct arena *a, struct str list_id, const char *purpose,
	struct str encoded);
/* Looks up the entry of credentialStatus of `s` that has the purpose and names `list` (a
 * status-list statement). *ret = true when the bit is set. ERR_NOT_FOUND no such entry; ERR_INVALID
 * a list or an entry that is malformed; ERR_DENIED a list of neither the issuer of `s` nor its
 * node; ERR_UNSUPPORTED statuses of more than one bit; ERR_TOO_LARGE as status_list_decode. */
MUST_USE enum err_code status_list_check(struct arena *a, const struct statement *s,
	const struct statement *list, const char *purpose, bool *ret, struct err *e);

#endif
