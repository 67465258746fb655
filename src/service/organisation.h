/* organisation.h - what other services ask about organisations. */
#ifndef HUREN_SERVICE_ORGANISATION_H
#define HUREN_SERVICE_ORGANISATION_H

#include "credential/did.h"
#include "crypto/key.h"
#include "service/service.h"

/* GB 32100-2015: the form is an error (ERR_INVALID), the check character only a warning, since
 * codes with a wrong one are in use. */
MUST_USE enum err_code organisation_code_check(struct str code, bool *ret_check_holds,
	struct err *e);
/* Resolves a DID or a unified social credit code of this node to a known DID. ERR_NOT_FOUND. */
MUST_USE enum err_code organisation_did(struct service *s, struct arena *a, struct str did_or_code,
	struct str *ret, struct err *e);

/* ---- keys of an organisation that this node keeps sealed under the organisation's passphrase ---
 * Each lies in DIR/keys/org-<code>-<its public half>.json, so that a file is one of the keys of the
 * DID document or none, and making another key overwrites nothing. */

#define ORGANISATION_KEYS_MADE 2       /* Ed25519, and SM2 beside it */

/* NULL at the arena's cap. */
const char *organisation_key_path(struct service *s, struct arena *a, struct str code,
	const struct key_public *pub);
/* Slow on purpose (Argon2id). Without `sm2` the second is KEY_NONE. */
MUST_USE enum err_code organisation_keys_make(struct service *s, struct arena *a, struct str code,
	struct str passphrase, bool sm2, struct key_public ret[ORGANISATION_KEYS_MADE],
	struct err *e);
/* Does a key of the document that counts for statements have this public half? */
bool organisation_key_stands(const struct did_document *doc, const struct key_public *pub);
/* The file of this key, if there is one. */
void organisation_key_drop(struct service *s, struct arena *a, struct str code,
	const struct key_public *pub);

#endif
