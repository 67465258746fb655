/* did.h - DID documents (did:web) and judging a key as of a date.
 *
 * Every version of a DID document is a statement of kind did-document, so the history is in the
 * tlog. A key counts at time t when the newest version logged at or before t lists it under
 * assertionMethod and it is not `revoked`/`expires` at t.
 *
 * DIDs: did:web in one spelling only: host in lower case, "%3A" before a port, path segments of
 * letters, digits and . _ - (no percent escapes, no "." or ".."). Such text is plain ASCII and
 * needs no escaping anywhere.
 */
#ifndef HUREN_CREDENTIAL_DID_H
#define HUREN_CREDENTIAL_DID_H

#include "credential/statement.h"
#include "crypto/key.h"

#define DID_KEYS_MAX 16

struct did_key {
	struct str id;             /* verification method, "did:web:...#key-1" */
	struct key_public pub;
	struct str multikey;       /* the text of `pub` while that is not decoded, else empty */
	int64_t valid_from;        /* when the version it was read from was logged */
	int64_t valid_until;       /* expires / revoked, or INT64_MAX */
	bool asserts;              /* in assertionMethod */
	bool authenticates;        /* in authentication: signs requests, never statements */
};

struct did_document {
	struct str did;
	struct str name;           /* of the subject, from the statement */
	struct str role;           /* "authority", "lab", "enterprise", ... */
	uint64_t version;
	int64_t logged_at;
	uint32_t key_count;
	struct did_key keys[DID_KEYS_MAX];
};

/* ERR_INVALID says what is wrong: another method, a spelling that is not ours, an IP address other
 * than 127.0.0.1 (allowed so that a node can be tried out). */
MUST_USE enum err_code did_check(struct str did, struct err *e);
/* "did:web:a.example%3A8400:org:1" -> host "a.example:8400". ERR_INVALID as did_check. */
MUST_USE enum err_code did_web_host(
	struct arena *a, struct str did, struct str *ret, struct err *e);
struct str did_web_new(struct arena *a, struct str host);               /* of a node */
struct str did_web_new_org(
	struct arena *a, struct str host, struct str code); /* did:web:h:org:code */
/* The DID before '#', or empty. */
struct str did_of_method(struct str verification_method);
/* A valid DID, '#', and a fragment of letters, digits and . _ -. */
bool did_method_is_valid(struct str verification_method);
/* "did:web:h:org:1" -> "did:web:h": who answers for the organisations of the host. A view. */
struct str did_of_node(struct str did);

/* From a did-document statement's subject (doc/formats/statements.md). `logged_at` becomes
 * valid_from of its keys. Strings are borrowed from `subject`. ERR_INVALID. */
MUST_USE enum err_code did_document_parse(struct arena *a, const struct json *subject,
	int64_t logged_at, struct did_document *ret, struct err *e);
/* The same without decoding the public keys: `pub` stays empty, `multikey` is set. Judging one
 * signature then decodes one key, not all of a document. */
MUST_USE enum err_code did_document_read(const struct json *subject, int64_t logged_at,
	struct did_document *ret, struct err *e);
/* Subject of a did-document statement; keys as given in `doc` (id, pub, valid_until, asserts,
 * authenticates). NULL at the arena's cap. An empty registered_id is left out. */
struct json *did_document_subject(struct arena *a, const struct did_document *doc,
	struct str registered_id);
/* A key that counts at `at`, by method id, among the versions given oldest first.
 * ERR_NOT_FOUND unknown method; ERR_DENIED known but not valid then (the message says why). */
MUST_USE enum err_code did_key_at(const struct did_document *versions, size_t count,
	struct str method, int64_t at, const struct did_key **ret, struct err *e);

#endif
