/* statement.h - what every public fact looks like: a VC 2.0 credential of a known kind.
 *
 * Is:      structure checks, kinds, canonical bytes and digest of a statement. Pure.
 * Is not:  signature checks (proof.h), the meaning of a kind's subject (recognition/, service/).
 * I1  `canonical` are the RFC 8785 bytes of the whole statement with its proofs; `digest` is their
 *     SHA-256. Same statement, same bytes, same digest, on every node.
 * I2  `doc` was parsed from these very bytes, which stand in `source`: json_bytes(source, v) are
 * the canonical bytes of each part v of it.
 */
#ifndef HUREN_CREDENTIAL_STATEMENT_H
#define HUREN_CREDENTIAL_STATEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "base/str.h"
#include "crypto/digest.h"

enum kind {
	KIND_DID_DOCUMENT, KIND_ACCREDITATION, KIND_AGREEMENT, KIND_REPORT, KIND_DECISION,
	KIND_STATUS, KIND_STATUS_LIST, KIND_RECOMPUTATION, KIND_LISTING, KIND_ALLIANCE,
	KIND_COUNT
};
enum disclosure { DISCLOSURE_OPEN, DISCLOSURE_CONDITIONAL, DISCLOSURE_CLOSED, DISCLOSURE_COUNT };

/* One row a kind; adding a kind is adding a row. */
struct kind_row {
	enum kind kind;
	const char *name;          /* in receipts: "report" */
	const char *type;          /* VC type: "DigitalConformityCredential" */
	enum disclosure disclosure;
	bool many_issuers; /* proofs by each of credentialSubject.parties[].id (agreement) */
};
const struct kind_row *kind_row(enum kind kind);
/* ERR_UNSUPPORTED for an unknown word. */
MUST_USE enum err_code kind_from_name(struct str name, enum kind *ret, struct err *e);
const char *disclosure_name(enum disclosure d);

#define STATEMENT_STATUS_MAX 4 /* entries of credentialStatus: two purposes, old and new list */

#define STATEMENT_CONTEXT_VC "https://www.w3.org/ns/credentials/v2"
#define STATEMENT_CONTEXT_DCC "https://test.uncefact.org/vocabulary/untp/dcc/0.6.0/"
#define STATEMENT_CONTEXT_HUREN "https://huren.example/contexts/v1"

struct statement {
	const struct json *doc;    /* the whole, with proof */
	const struct json *subject;
	enum kind kind;
	struct str id;             /* "urn:uuid:" and a lower-case UUID */
	uint8_t id_key[16];        /* the UUID's bytes */
	struct str issuer;         /* DID */
	int64_t valid_from;
	int64_t valid_until;       /* INT64_MAX when absent */
	struct str source;
	struct str canonical; /* a view of the text when that is canonical, else in the arena */
	struct digest digest;
	struct str unsigned_head;  /* canonical bytes without the member "proof" are head || tail */
	struct str unsigned_tail;
	struct digest unsigned_digest; /* their SHA-256 */
};

/* Parses, checks structure and limits, canonicalises. Texts that are canonical already are neither
 * written nor parsed again. ERR_INVALID (with line and column when JSON is at fault),
 * ERR_TOO_LARGE, ERR_UNSUPPORTED (unknown kind). `text` must outlive the arena. */
MUST_USE enum err_code statement_parse(struct arena *a, struct str text, struct statement *ret,
	struct err *e);
/* The same for a value that json_parse made of `text`: a statement inside something larger. */
MUST_USE enum err_code statement_from_json(struct arena *a, struct str text, const struct json *v,
	struct statement *ret, struct err *e);
/* An unsigned statement to fill: @context, id (from `uuid`), type, issuer {id,name}, validFrom and
 * the given subject. NULL at the arena's cap. */
struct json *statement_new(struct arena *a, enum kind kind, const uint8_t uuid[16],
	struct str issuer_did, struct str issuer_name, int64_t valid_from, struct json *subject);
/* "urn:uuid:..." text of 16 bytes, and back (ERR_INVALID). */
struct str statement_id_text(struct arena *a, const uint8_t id_key[16]);
MUST_USE enum err_code statement_id_parse(struct str id, uint8_t ret[16], struct err *e);
/* Sets version 4 bits on 16 random bytes. */
void statement_uuid_shape(uint8_t uuid[16]);

#endif
