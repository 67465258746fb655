/* peer_http.h - the addresses of another node over HTTP, as mirror.h and witness_client.h want
 * them.
 *
 * Is:      URLs, caps and time-outs (doc/formats/peer.md). Each link borrows its client, which
 *          belongs
 *          to one thread.
 */
#ifndef HUREN_PEER_PEER_HTTP_H
#define HUREN_PEER_PEER_HTTP_H

#include "peer/http_client.h"
#include "peer/mirror.h"
#include "peer/witness_client.h"

/* A log served under a prefix: <prefix>/checkpoint, <prefix>/tile/... */
struct log_link {
	struct http_client *client;
	struct str prefix;                 /* without slash at the end */
};
struct mirror_source log_link_source(struct log_link *l);

/* A witness: <prefix>/add-checkpoint, <prefix>/<hex SHA-256(origin)>/checkpoint. */
struct witness_address {
	struct http_client *client;
	struct str prefix;
	struct str origin;                 /* of the own log */
};
struct witness_link witness_address_link(struct witness_address *w);

/* POST of JSON to <prefix><path>, signed with `key` under `keyid` unless `key` is NULL. The answer
 * in the arena. Errors as http_exchange_check; ERR_UNSUPPORTED when it is not JSON by its type: not
 * a node said it, but what stands before one. */
struct peer_post {
	struct http_client *client;
	struct str prefix;
	const char *path;
	struct str body;
	const struct key *key;
	struct str keyid;
};
MUST_USE enum err_code peer_http_post(const struct peer_post *p, struct arena *a, int64_t now,
	struct str *ret_answer, struct err *e);

/* "http://a:1/" -> "http://a:1" with `path` behind it; at == NULL at the arena's cap. */
struct str peer_http_prefix(struct arena *a, struct str url, const char *path);

#endif
