/* signer.h - signing on the owner's machine: key files, a DID, and the proofs they make. */
#ifndef HUREN_CLI_SIGNER_H
#define HUREN_CLI_SIGNER_H

#include "cli/cli.h"
#include "crypto/key.h"

struct signer {
	struct str did;
	struct str method, sm2_method;
	struct key key, sm2_key;       /* sm2_key.pub.type KEY_NONE when not given */
};

/* --did D --key F [--key-id key-1] [--sm2-key F [--sm2-key-id key-2]] [--passphrase-file F].
 * To be closed after ERR_OK (wipes the keys). */
MUST_USE enum err_code signer_open(struct args *args, struct arena *a, struct signer *ret,
	struct err *e);
void signer_close(struct signer *s);
/* Makes the vc+jwt (over the document without proofs), then adds the proofs to `doc`. */
MUST_USE enum err_code signer_sign(const struct signer *s, struct arena *a, struct json *doc,
	int64_t now,
	struct str *ret_jwt, struct err *e);

#endif
