/* dossier.h - recognition requests of people: what a company sends, and what two officers make of
 * it.
 *
 * Is:      the request with its documents, messages, clock and state; drafts in five steps; the
 *          authority's queue; objections. Who is not of the request's organisation, nor of the
 *          authority, gets ERR_NOT_FOUND.
 * Is not:  the deciding (recognition/decide.h); requests by the node's token
 *          (service_recognition_request), which no person decides.
 * Life:    collecting -> examining -> (asked ->) prepared -> issuing -> decided; what cannot be
 *          gathered is failed. An objection: decided -> objected -> answered -> decided.
 * D1  Who prepared a decision or an answer never approves it: asked inside the writer.
 * D2  What is issued is what was prepared: the digest of what is to be decided, without its time,
 *     is compared when it is approved and again when it is issued.
 * D3  What is approved is what the approver was shown, the answer to an objection included: asked
 *     inside the writer.
 * Forms:   as in account.h: ERR_INVALID with *ret_problems for what stands beside the fields.
 */
#ifndef HUREN_SERVICE_DOSSIER_H
#define HUREN_SERVICE_DOSSIER_H

#include "service/account.h"

struct dossier_query {
	struct str text, state, after;     /* search, word of the list asked, page key */
};

/* ---- the company (CAPABILITY_REQUEST) -------------------------------------------------------- */

/* Configurations that reports whose holder is the own organisation name, with these reports.
 * {"rows": [{"fingerprint","model","category","applicant","vins","reports": [...]}], "next"?} */
MUST_USE enum err_code service_vehicles(struct service *s, struct arena *a,
	const struct account_who *by, struct str after, struct json **ret, struct err *e);
/* Fetches a report of another city by its id or address, when the own organisation holds it. May
 * wait for the peer. ERR_INVALID with a problem of field "report". */
MUST_USE enum err_code service_report_bring(struct service *s, struct arena *a,
	const struct account_who *by, struct str report, struct json **ret_problems, struct err *e);
/* {"rows": [row], "drafts": [...], "query", "next"?} */
MUST_USE enum err_code service_requests(struct service *s, struct arena *a,
	const struct account_who *by, const struct dossier_query *q, struct json **ret,
	struct err *e);

#define DRAFT_STEPS 5
/* A draft at a step, with what can be chosen there. `id` 0: none is begun yet, step 1. */
MUST_USE enum err_code service_dossier_draft(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, unsigned step, struct json **ret, struct err *e);
/* What was typed at a step: kept whatever it is, then judged. `typed` holds the members of that
 * step. *ret_id: the draft, also when it was refused. */
MUST_USE enum err_code service_dossier_draft_put(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, unsigned step, const struct json *typed,
	struct json **ret_problems, int64_t *ret_id, struct err *e);
MUST_USE enum err_code service_dossier_draft_drop(struct service *s, const struct account_who *by,
	int64_t id, struct err *e);
/* Makes it a request; *ret_id is the request's. */
MUST_USE enum err_code service_dossier_draft_send(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, struct json **ret_problems, int64_t *ret_id,
	struct err *e);

/* A file for a document, of a draft or of a request that is not decided: a PDF or a picture. It is
 * a file of the organisation (files.h) from then on, which the draft or request refers to. Waits.
 * ERR_TOO_LARGE: over the quota. */
struct dossier_file {
	int64_t draft, dossier;            /* one of them */
	struct str document, name, valid_until, bytes;
};
MUST_USE enum err_code service_document_put(struct service *s, struct arena *a,
	const struct account_who *by, const struct dossier_file *file, struct json **ret_problems,
	struct err *e);
/* For sending it: whose it is, its digest, name and media type. ERR_NOT_FOUND; ERR_CONFLICT: it
 * waits for the scan, or was removed by it. */
struct document_found {
	int64_t organisation;
	struct digest digest;
	struct str name, media_type;
};
MUST_USE enum err_code service_document(struct service *s, struct arena *a,
	const struct account_who *by, int64_t draft, int64_t dossier, int64_t document,
	struct document_found *ret, struct err *e);
/* What was asked for is handed in as far as it can be: the clock goes on. ERR_INVALID: neither a
 * file nor a message came since. */
MUST_USE enum err_code service_dossier_hand_back(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, struct err *e);
MUST_USE enum err_code service_dossier_object(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, struct str reason, struct err *e);

/* ---- both ------------------------------------------------------------------------------------ */

/* One request: state, steps, clock, documents, events; for the authority also the prepared
 * decision, what it comes to now, and what may be done (`can`). */
MUST_USE enum err_code service_dossier(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, struct json **ret, struct err *e);
MUST_USE enum err_code service_dossier_say(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, struct str text, struct err *e);

/* ---- the authority --------------------------------------------------------------------------- */

/* Oldest clock first; q->state is a word of list "show": "" (what waits for `by`), "open", "asked",
 * "closed". */
MUST_USE enum err_code service_queue(struct service *s, struct arena *a,
	const struct account_who *by, const struct dossier_query *q, struct json **ret,
	struct err *e);
/* `documents`: words of the missing ones; the text may be empty when there are some. Stops the
 * clock. */
MUST_USE enum err_code service_dossier_ask(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, const struct json *documents, struct str text,
	struct err *e);
/* The decision as it comes out now; after an objection with the answer: `anew` or kept. */
MUST_USE enum err_code service_dossier_prepare(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, bool anew, struct str answer, struct err *e);
/* `shown`: member of "prepared" that the approver's page had. ERR_DENIED: the same person prepared
 * it. ERR_CONFLICT: something else is prepared by now; or the inputs changed, and it is back with
 * the officers. */
MUST_USE enum err_code service_dossier_approve(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, struct str shown, struct err *e);
MUST_USE enum err_code service_dossier_return(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, struct str reason, struct err *e);

#endif
