/* receipt.h - the tlog entry that stands for a statement (doc/formats/receipt.md).
 *
 * Bytes: RFC 8785 of {"digest":"<base64url SHA-256>","disclosure":"open|conditional|closed","id":
 * "urn:uuid:...","issuer":"did:...","kind":"report","time":"2026-11-24T03:04:05Z","v":1}.
 * Never content, never personal data.
 */
#ifndef HUREN_CREDENTIAL_RECEIPT_H
#define HUREN_CREDENTIAL_RECEIPT_H

#include "credential/statement.h"

struct receipt {
	enum kind kind;
	enum disclosure disclosure;
	struct str id;
	uint8_t id_key[16];
	struct str issuer;
	int64_t time;              /* when the node accepted it */
	struct digest digest;
};

void receipt_put(struct buf *b, const struct receipt *r);
/* Refuses any bytes receipt_put would not write. */
MUST_USE enum err_code receipt_parse(struct arena *a, struct str bytes, struct receipt *ret,
	struct err *e);

#endif
