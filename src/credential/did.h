/* did.h - DID documents (did:web) and judging a key as of a date.
 *
 * Every version of a DID document is a statement of kind did-document, so the history is in the
 * tlog. A key counts at time t when the newest version logged at or before t lists it under
 * assertionMethod and it is not `revoked`/`expires` at t.
 */
#ifndef HUREN_CREDENTIAL_DID_H
#define HUREN_CREDENTIAL_DID_H

#include "credential/statement.h"
#include "crypto/key.h"

#define DID_KEYS_MAX 16

struct did_key {
	struct str id;             /* verification method, "did:web:...#key-1" */
	struct key_public pub;
	int64_t valid_from;        /* logged time of the first version that lists it */
	int64_t valid_until;       /* expires / revoked, or INT64_MAX */
	bool asserts;              /* in assertionMethod */
};

struct did_document {
	struct str did;
	struct str name;           /* of the subject, from the statement */
	struct str role;           /* "authority", "lab", "enterprise", ... */
	uint64_t version;
	uint32_t key_count;
	struct did_key keys[DID_KEYS_MAX];
};

/* "did:web:a.example%3A8400:org:1" -> host "a.example:8400". ERR_INVALID for other methods, IP
 * addresses are allowed only when `loopback` hosts (127.0.0.1, localhost) are named. */
MUST_USE enum err_code did_web_host(struct arena *a, struct str did, struct str *ret, struct err *e);
struct str did_web_new(struct arena *a, struct str host);               /* of a node */
struct str did_web_new_org(struct arena *a, struct str host, struct str code); /* did:web:h:org:code */
/* The DID before '#', or empty. */
struct str did_of_method(struct str verification_method);

/* From a did-document statement's subject (doc/formats/statements.md). `logged_at` becomes
 * valid_from of its keys. ERR_INVALID. */
MUST_USE enum err_code did_document_parse(struct arena *a, const struct json *subject,
	int64_t logged_at, struct did_document *ret, struct err *e);
/* Subject of a did-document statement; keys in order "#key-1" ... as given in `doc`. */
struct json *did_document_subject(struct arena *a, const struct did_document *doc,
	struct str registered_id);
/* A key that counts at `at`, by method id, among the versions given oldest first.
 * ERR_NOT_FOUND unknown method; ERR_DENIED known but not valid then (the message says why). */
MUST_USE enum err_code did_key_at(const struct did_document *versions, size_t count,
	struct str method, int64_t at, const struct did_key **ret, struct err *e);

#endif
