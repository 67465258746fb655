/* body_exchange.h - bodies between nodes: POST /peer/v1/body (doc/formats/peer.md).
 *
 * Is:      request and answer bytes, and the order of checks at the answering side.
 * Is not:  the judge of who may read what (service_disclose), nor of what comes in (ledger_admit).
 * Rule:    a body whose disclosure is open goes to anyone, unsigned; else two new nodes that know
 *          no
 *          key of each other yet could never fetch each other's DID documents.
 */
#ifndef HUREN_PEER_BODY_EXCHANGE_H
#define HUREN_PEER_BODY_EXCHANGE_H

#include "ledger/ledger.h"
#include "peer/http_signature.h"
#include "peer/nonce_guard.h"

/* What the answering side asks. */
struct body_door {
	enum err_code (*find)(void *context, struct arena *a, const uint8_t id_key[16],
		struct ledger_found *ret, struct err *e);
	/* Of a verified peer. ERR_DENIED says why; writes the trail. */
	enum err_code (*disclose)(void *context, struct arena *a, struct str peer_did,
		const uint8_t id_key[16], struct ledger_found *ret, struct err *e);
	/* The key of a peer's requests. ERR_DENIED: no peer, or not its key; ERR_BUSY: not known
	 * yet. */
	enum err_code (*find_key)(void *context, struct str keyid, struct key_public *ret,
		struct err *e);
	void *context;
	struct nonce_guard *nonces;
};

/* {"id":"urn:uuid:..."} -> {"jwt":"...","statement":{...}} ("jwt" only when there is one).
 * ERR_INVALID, ERR_DENIED, ERR_NOT_FOUND (no such statement, or its body is not here). */
MUST_USE enum err_code body_exchange_answer(const struct body_door *d, struct arena *a,
	const struct http_request *r, int64_t now, struct str *ret, struct err *e);
/* Checks a signed request and takes its nonce; *ret_did is the peer's DID. */
MUST_USE enum err_code body_exchange_authenticate(const struct body_door *d, struct arena *a,
	const struct http_request *r, int64_t now, struct str *ret_did, struct err *e);

/* The asking side. at == NULL at the arena's cap. */
struct str body_exchange_request(struct arena *a, const uint8_t id_key[16]);
/* Canonical bytes of the statement and the JWS ("" when there is none). ERR_INVALID. */
MUST_USE enum err_code body_exchange_read(struct arena *a, struct str answer,
	struct str *ret_statement, struct str *ret_jws, struct err *e);

#endif
