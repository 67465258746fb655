/* draft_inner.h - what the files about drafts share. Not for other floors. */
#ifndef HUREN_SERVICE_DRAFT_INNER_H
#define HUREN_SERVICE_DRAFT_INNER_H

#include "service/account_inner.h"
#include "service/draft.h"

#define DRAFTING "drafting"
#define READY "ready-for-signature"
#define SIGNED "signed"
#define DISCARDED "discarded"

/* A row of table draft. Texts in the arena. */
struct draft {
	int64_t id;
	struct str state, number, title, text, reason, amend_reason;
	struct str created_by_name, changed_by_name;
	uint64_t revision;
	struct json *body;
	bool amends, has_statement;
	uint8_t amends_key[16], statement_key[16];
	int64_t created, created_by, changed, changed_by;
};
/* ERR_DENIED: may neither draft nor sign. */
MUST_USE enum err_code draft_check_may(const struct account_who *by, struct err *e);
/* ERR_NOT_FOUND also for one of another organisation; ERR_DENIED as above. */
MUST_USE enum err_code draft_find(struct service *s, struct arena *a, const struct account_who *by,
	int64_t id, struct draft *ret, struct err *e);
/* A new row with its words; audit line `action`. Inside a job of the writer. `amends` may be
 * NULL. */
struct draft_new {
	const struct account_who *by;
	const char *action;
	struct str body;           /* canonical JSON */
	struct str number, title, words, detail, amend_reason;
	const struct json *evidence;       /* files that the body names */
	const uint8_t *amends;
	int64_t now, id;
};
MUST_USE enum err_code draft_insert(struct store *store, struct draft_new *x, struct err *e);
/* Fills body, number, title, words and evidence of `x` from a body, which must stay.
 * ERR_TOO_LARGE. */
MUST_USE enum err_code draft_prepare(struct arena *a, const struct json *body, struct draft_new *x,
	struct err *e);
/* A new row of this body, in a job of its own; x->id. */
MUST_USE enum err_code draft_add(struct service *s, struct arena *a, const struct json *body,
	struct draft_new *x, struct err *e);
/* Writes another body on the revision named. ERR_CONFLICT. `detail` is for the line. */
MUST_USE enum err_code draft_write(struct service *s, struct arena *a,
	const struct account_who *by, struct draft_at at, const struct json *body,
	const char *action, struct str detail, struct err *e);
/* What a new draft begins with. */
MUST_USE enum err_code draft_base(struct service *s, struct arena *a,
	const struct account_who *by, struct json **ret, struct err *e);
struct draft_rules draft_rules_of(struct service *s);
/* {"value","text","on"}: a choice of a form. */
struct json *draft_option(struct arena *a, struct str value, struct json *text, bool on);
/* DID of the organisation of `by`. */
struct str draft_lab(struct service *s, struct arena *a, const struct account_who *by);
/* Notices to those who wrote: the drafter and the last to change it. In the writer. */
MUST_USE enum err_code draft_notify(struct store *store, int64_t now, const char *word,
	struct str number, int64_t id, int64_t one, int64_t other, struct err *e);
/* What the draft referred to may be deleted from now on. In the writer. */
MUST_USE enum err_code draft_let_go(struct store *store, int64_t id, struct err *e);
/* "/drafts/7" */
struct str draft_path(struct arena *a, int64_t id);

/* Keys of the lab, opened for one signature (lab_key.c). Wiped by lab_keys_clear. */
struct lab_keys {
	struct str did, name;
	struct key ed25519, sm2;
	struct str method, sm2_method;
};
/* *ret is wiped when it fails. ERR_NOT_FOUND: none kept here; ERR_DENIED: wrong passphrase;
 * ERR_BUSY: too many tries; ERR_CORRUPT: a key file holds another key than its name says. */
MUST_USE enum err_code lab_keys_open(struct service *s, struct arena *a,
	const struct account_who *by, struct str passphrase, struct lab_keys *ret, struct err *e);
void lab_keys_clear(struct lab_keys *k);
/* The lab's newest DID document. ERR_NOT_FOUND: it has none. */
MUST_USE enum err_code lab_document(struct service *s, struct arena *a, struct str did,
	struct did_document **ret, struct err *e);
/* Its first key of the type that counts for statements and is kept here, or NULL. */
const struct did_key *lab_key_kept(struct service *s, struct arena *a,
	const struct account_who *by, const struct did_document *doc, enum key_type type,
	const char **ret_path);
/* Adds the proofs; *ret_jwt the same credential as vc+jwt. */
MUST_USE enum err_code lab_keys_sign(struct arena *a, const struct lab_keys *k, struct json *doc,
	int64_t now, struct str *ret_jwt, struct err *e);
/* Publishes a statement of the lab and waits. */
MUST_USE enum err_code lab_publish(struct service *s, struct arena *a, const struct lab_keys *k,
	struct json *doc, struct err *e);
struct lab_issuer { struct str did, name; };
/* The statement that withdraws a report of the lab, without proofs; `reason` in two languages. */
MUST_USE enum err_code lab_withdrawal(struct service *s, struct arena *a,
	const struct lab_issuer *lab, const uint8_t report[16], const struct json *reason,
	struct json **ret, struct err *e);
/* Withdraws it, signed by the key kept here, or as it was signed elsewhere; both leave the line
 * that says so or why not. */
MUST_USE enum err_code lab_withdraw(struct service *s, struct arena *a,
	const struct account_who *by, const struct lab_keys *k, const uint8_t report[16],
	const struct json *reason, struct err *e);
struct lab_signed { struct str text, jws; };
MUST_USE enum err_code lab_withdraw_signed(struct service *s, struct arena *a,
	const struct account_who *by, const uint8_t report[16], const struct lab_signed *x,
	struct err *e);
/* The line of one that did not come so far. */
void lab_withdraw_refused(struct service *s, const struct account_who *by, struct str target,
	const struct err *problem);
/* The report that a draft amends is still in force. */
bool draft_amended_stands(struct service *s, struct arena *a, const struct draft *d);
/* Sets a whole message and the word of the catalogues' list "refusal"; returns the code. */
MUST_USE enum err_code draft_refuse(struct err *e, enum err_code code, const char *word,
	const char *message);
/* A refusal of the ledger or of a check as a problem of the form. */
void draft_refused(struct arena *a, struct json *problems, const struct err *problem);

#endif
