/* draft.h - a lab's drafts: from the first word typed to a signed report.
 *
 * Is:      lists, writing, handing over for signature, sending back; signing with the lab's key
 *          that this node keeps sealed, or with a statement signed elsewhere.
 * Is not:  the meaning of fields (draft_form.h), evaluations (draft_evaluation.h), HTTP.
 * Who:     people of the lab with the capability DRAFT or SIGN. A draft of another organisation is
 *          as if it were not there.
 * I1  Who wrote in a draft does not sign it: asked again in the transaction that publishes.
 * I2  A change names the revision it was made on; on another it is ERR_CONFLICT and nothing is
 *     written.
 * I3  From handing over until it is sent back nothing changes; what is signed is what was frozen.
 * I4  Every change and every refused signature leaves a line (audit.h).
 */
#ifndef HUREN_SERVICE_DRAFT_H
#define HUREN_SERVICE_DRAFT_H

#include "service/account.h"
#include "service/draft_form.h"

struct draft_at {                  /* which draft, and on what the change was made */
	int64_t id;
	uint64_t revision;
};

/* {"query","rows": [{"number","title","state","changed","changed_by","id","statement"?}],"next"?}.
 * ERR_DENIED: neither may draft nor sign. */
MUST_USE enum err_code service_drafts(struct service *s, struct arena *a,
	const struct account_who *by, const struct list_query *query, struct json **ret,
	struct err *e);
/* One: head, "sections", "items", "evidence", "missing", "may" (doc/models.md). ERR_NOT_FOUND. */
MUST_USE enum err_code service_draft(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, struct json **ret, struct err *e);
/* The fields of a section with what stands in them; `item` from 1 for DRAFT_RESULT, 0 for a new
 * one. `typed` (name -> text, or NULL) stands instead, for a form shown again. */
MUST_USE enum err_code service_draft_form(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, enum draft_section section, size_t item,
	const struct json *typed, struct json **ret, struct err *e);
/* A new one: what the lab's last draft said about the lab and its ways, and its accreditation. */
MUST_USE enum err_code service_draft_new(struct service *s, struct arena *a,
	const struct account_who *by, int64_t *ret, struct err *e);
/* Takes a section. ERR_INVALID with problems; ERR_CONFLICT: changed meanwhile, or frozen. */
MUST_USE enum err_code service_draft_save(struct service *s, struct arena *a,
	const struct account_who *by, struct draft_at at, enum draft_section section, size_t item,
	const struct json *typed, struct json **ret_problems, struct err *e);
MUST_USE enum err_code service_draft_drop_item(struct service *s, struct arena *a,
	const struct account_who *by, struct draft_at at, size_t item, struct err *e);
/* Freezes it for signature. ERR_INVALID with problems: what is missing or does not fit. */
MUST_USE enum err_code service_draft_hand_over(struct service *s, struct arena *a,
	const struct account_who *by, struct draft_at at, struct json **ret_problems,
	struct err *e);
/* A signatory gives it back with a reason. ERR_INVALID: none given. */
MUST_USE enum err_code service_draft_send_back(struct service *s, const struct account_who *by,
	struct draft_at at, struct str reason, struct err *e);
MUST_USE enum err_code service_draft_discard(struct service *s, const struct account_who *by,
	struct draft_at at, struct err *e);

/* ---- signing (draft_sign.c) ------------------------------------------------------------------ */

/* ERR_INVALID with problems (passphrase; a statement that is not the one made here); ERR_DENIED: by
 * who wrote in it; ERR_CONFLICT: not ready, or changed. *ret: id of the statement. */
MUST_USE enum err_code service_draft_sign(struct service *s, struct arena *a,
	const struct account_who *by, struct draft_at at, struct str passphrase,
	struct json **ret_problems, struct str *ret, struct err *e);
/* The statement to be signed on the lab's own machine, without proofs; for an amendment
 * {"statement","withdrawal"}: that of the report which it amends too. */
MUST_USE enum err_code service_draft_unsigned(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, struct str *ret, struct err *e);
/* That statement, signed there: as bytes of a statement or of a submission, whose member
 * "withdrawal" is a submission too, published after it. */
MUST_USE enum err_code service_draft_signed(struct service *s, struct arena *a,
	const struct account_who *by, struct draft_at at, struct str text,
	struct json **ret_problems, struct str *ret, struct err *e);

/* ---- the lab's keys that this node keeps sealed (lab_key.c, lab_key_make.c) ------------------ */

/* One that counts for statements now. */
bool service_lab_has_key(struct service *s, const struct account_who *by);
/* {"lab": it is one,"known": has keys,"here": one is kept here,"keys": [{"key","algorithm","signs",
 * "here","until"?}],"may_make","did"?,"name"?,"proposal"?: the last one, as service_act}. */
MUST_USE enum err_code service_lab_key(struct service *s, struct arena *a,
	const struct account_who *by, struct json **ret, struct err *e);
struct lab_key_form {
	struct str passphrase, again;
	bool sm2;                  /* beside Ed25519 */
};
/* Makes keys, sealed under the passphrase, and proposes their public halves to the authority, as
 * an act that one of its people confirms. Keys in use are retired then, and not before. Slow on
 * purpose. ERR_INVALID with problems; ERR_CONFLICT: no lab, one waits already, or too many were
 * made before; ERR_BUSY: LIMIT_ACTS_WAITING. */
MUST_USE enum err_code service_lab_key_make(struct service *s, struct arena *a,
	const struct account_who *by, const struct lab_key_form *form,
	struct json **ret_problems, struct err *e);
/* By who proposed it: ERR_DENIED; ERR_NOT_FOUND: nothing was; ERR_CONFLICT: decided already. */
MUST_USE enum err_code service_lab_key_take_back(struct service *s, struct arena *a,
	const struct account_who *by, struct err *e);

#endif
