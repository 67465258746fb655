/* evidence.h - evidence files of this node: what is held, who may have it, what is to be fetched.
 *
 * Is:      rows beside the files of store/blobs.h, the questions web/ and peer/ ask before they
 *          hand out or fetch a file, and the state of a report's files.
 * Is not:  the bytes (blobs.h), HTTP, the judging of a file's content.
 * Rule:    who may read a report's body may have the files that it names, under its address; a
 *          recomputation's detail goes to who may read reports. The node's token opens everything.
 */
#ifndef HUREN_SERVICE_EVIDENCE_H
#define HUREN_SERVICE_EVIDENCE_H

#include "service/service.h"

struct evidence_about {
	struct str name, media_type;
	uint64_t bytes;
};

/* Base64url text of 32 bytes in an address. ERR_NOT_FOUND: it is none, so nothing can be there. */
MUST_USE enum err_code evidence_digest_parse(struct str text, struct digest *ret, struct err *e);
/* A name and media type that may stand in a row and in a header. ERR_INVALID names the field. */
MUST_USE enum err_code evidence_about_check(const struct evidence_about *about, struct err *e);

/* The row of a file that is in place; a wish for it is fulfilled. Waits until durable. ERR_BUSY: an
 * organisation that had the same file deleted it meanwhile, so that it has to come again. */
MUST_USE enum err_code service_evidence_keep(struct service *s, const struct digest *d,
	const struct evidence_about *about, struct err *e);
/* ERR_NOT_FOUND. Texts in the arena. */
MUST_USE enum err_code service_evidence_find(struct service *s, struct arena *a,
	const struct digest *d, struct evidence_about *ret, struct err *e);
/* {"rows": [{"digest","bytes","name","mediaType","time"}], "next"?} */
MUST_USE enum err_code service_evidence_list(struct service *s, struct arena *a,
	const struct list_query *q, struct json **ret, struct err *e);

/* May the peer have this file, which the statement names? ERR_DENIED says why, ERR_NOT_FOUND: no
 * such statement of this node, or it names no such file. `begins`: leaves a row in the access
 * trail. */
MUST_USE enum err_code service_disclose_evidence(struct service *s, struct arena *a,
	struct str peer_did, const uint8_t id_key[16], const struct digest *d, bool begins,
	struct err *e);

/* Files that the report names, and where each stands: {"id", "complete": bool, "files": [{"name",
 * "digest","bytes","mediaType","state": "held"|"waiting"|"refused"|"missing","have","problem"?}]}.
 * With `fetch` the missing ones of a peer's report are put on the list of wishes. ERR_NOT_FOUND;
 * ERR_TOO_LARGE: over LIMIT_EVIDENCE_WANTED wait. */
MUST_USE enum err_code service_evidence_of(struct service *s, struct arena *a,
	const uint8_t id_key[16], bool fetch, struct json **ret, struct err *e);

/* One file of a peer's statement, an entry as in a report's evidence, on the list of wishes unless
 * it stands there. Waits. *ret_problem: why it could not come when it was wished for before, empty
 * when it is on its way; `again` wishes for that too. */
MUST_USE enum err_code service_evidence_wish(struct service *s, struct arena *a, struct str origin,
	const uint8_t statement_key[16], const struct json *entry, bool again,
	struct str *ret_problem, struct err *e);

/* ---- for the thread in peer/ that fetches ---------------------------------------------------- */

struct evidence_want {
	struct digest digest;
	struct str origin;
	uint8_t statement_key[16];
	struct evidence_about about;
};
/* The first wish behind `after` (all zero: from the beginning). ERR_NOT_FOUND: none. */
MUST_USE enum err_code service_evidence_next(struct service *s, struct arena *a,
	const struct digest *after, struct evidence_want *ret, struct err *e);
/* It has come and is in place. */
MUST_USE enum err_code service_evidence_fetched(struct service *s, const struct evidence_want *w,
	uint64_t bytes, struct err *e);
/* It cannot come: kept with the reason until it is wished for again. */
MUST_USE enum err_code service_evidence_refused(struct service *s, const struct digest *d,
	const char *problem, struct err *e);

#endif
