/* peer.h - everything between nodes: mirror, witness, body exchange, signed requests.
 *
 * Is:      one thread a peer (mirror and witness client), the witness endpoint's state, RFC 9421.
 * Is not:  aware of kinds (it moves receipts and bodies; doors and services judge them).
 * Life:    peer_open -> peer_checkpoint_changed* -> peer_stop -> peer_close.
 */
#ifndef HUREN_PEER_PEER_H
#define HUREN_PEER_PEER_H

#include "peer/http_signature.h"
#include "service/service.h"

struct peer_set;

/* Starts the threads. Asks every reachable witness for our own size first: larger than ours means
 * a restored old backup, then ledger_alarm and no signing. */
MUST_USE enum err_code peer_open(struct service *s, struct peer_set **ret, struct err *e);
/* Ends every transfer and wait at once, also that of a service's fetch, which then fails with
 * ERR_BUSY, as does each later one. To be called before the services' work is stopped. */
void peer_stop(struct peer_set *p);
/* After the services' work was stopped, which may call the fetcher; before the ledger is closed. */
void peer_close(struct peer_set *p);
/* Cheap, from the writer's thread: wakes the witness clients. */
void peer_checkpoint_changed(struct peer_set *p);
struct service_fetcher peer_fetcher(struct peer_set *p);

/* Look at this peer's log now; an unknown one is none. Cheap, from any thread. */
void peer_look(struct peer_set *p, struct str domain);

/* POST /witness/add-checkpoint: status by err_class; on ERR_CORRECT_SIZE *ret is "<size>\n".
 * Persists before it answers; wakes the mirror of that origin. */
MUST_USE enum err_code peer_witness_add(struct peer_set *p, struct arena *a, struct str body,
	struct str *ret, struct err *e);
/* GET /witness/<hex>/checkpoint */
MUST_USE enum err_code peer_witness_checkpoint(struct peer_set *p, struct arena *a, struct str hex,
	struct str *ret, struct err *e);
/* POST /peer/v1/body: verifies the RFC 9421 signature, asks service_disclose, answers JSON
 * {"statement":...,"jwt":...}. ERR_DENIED stale, replayed, wrong key, not entitled. */
MUST_USE enum err_code peer_body(struct peer_set *p, struct arena *a, const struct http_request *r,
	struct str *ret, struct err *e);
/* GET of a file that a report names: verifies the signature, asks service_disclose_evidence.
 * `begins`: from the file's beginning. ERR_DENIED, ERR_INVALID (not signed), ERR_NOT_FOUND. */
MUST_USE enum err_code peer_evidence_admit(struct peer_set *p, struct arena *a,
	const struct http_request *r, const uint8_t id_key[16], const struct digest *d, bool begins,
	struct err *e);
/* Something new is to be fetched. */
void peer_evidence_wanted(struct peer_set *p);
/* POST /peer/v1/deal: verifies the signature, gives the message to service_deal_take. */
MUST_USE enum err_code peer_deal(struct peer_set *p, struct arena *a,
	const struct http_request *r, struct err *e);
/* POST /peer/v1/notice (signed, empty object): wakes the mirror of the sender. */
MUST_USE enum err_code peer_notice(struct peer_set *p, struct arena *a,
	const struct http_request *r, struct err *e);
/* POST /peer/v1/booking (signed): service_booking_door. ERR_DENIED, ERR_INVALID. */
MUST_USE enum err_code peer_booking(struct peer_set *p, struct arena *a,
	const struct http_request *r, struct str *ret, struct err *e);
/* Something waits to be told to a peer (service/peer_message.h). */
void peer_messages_wanted(struct peer_set *p);

#endif
