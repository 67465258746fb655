/* bundle_inner.h - a bundle between reading (bundle.c) and judging (bundle_check.c and its parts).
 */
#ifndef HUREN_CREDENTIAL_BUNDLE_INNER_H
#define HUREN_CREDENTIAL_BUNDLE_INNER_H

#include "base/limits.h"
#include "credential/bundle.h"
#include "credential/did.h"
#include "credential/proof.h"

struct bundle_statement {
	struct statement statement;
	struct receipt receipt;
	struct str entry;              /* bytes of the receipt */
	uint64_t index;
	uint32_t checkpoint;
	uint32_t path_count;
	struct digest *path;
};

struct bundle_checkpoint {
	struct str bytes;
	struct note note;              /* from here on: filled when it was found to be signed */
	struct checkpoint checkpoint;
	bool quorum_met;
	uint32_t witnesses;
	int64_t cosigned_at;           /* 0 when no known witness did */
};

struct bundle_file {
	uint32_t checkpoint_count;
	struct bundle_checkpoint *checkpoints;
	uint32_t part_count;
	struct bundle_statement *parts;
};

/* Form and limits only. ERR_INVALID and others name the part, counted from 1. */
MUST_USE enum err_code bundle_read(struct arena *a, struct str bytes, struct bundle_file *ret,
	struct err *e);

/* DID documents of one DID, oldest first. */
struct bundle_history {
	struct str did;
	uint32_t count;
	struct did_document *versions;
};
struct bundle_decoded {                /* a key text that was needed once may be needed again */
	struct str multikey;
	struct key_public pub;
};
#define BUNDLE_DECODED_MAX 16

struct bundle_check {
	struct arena *a;
	const struct policy *policy;
	int64_t now;
	struct bundle_file *file;
	struct bundle_found *found;
	uint32_t history_count;
	struct bundle_history *histories;
	uint32_t decoded_count;
	struct bundle_decoded decoded[BUNDLE_DECODED_MAX];
};

/* Steps: ERR_OK is HELD, and `detail` (of BUNDLE_DETAIL_BYTES) says what was found; an error is
 * FAILED with its message. Those of bundle_facts.c answer ERR_NOT_FOUND for UNKNOWN, when the
 * bundle does not hold what would tell. */
#define BUNDLE_DETAIL_BYTES sizeof(((struct bundle_step *)0)->detail)

/* bundle_keys.c: the histories, from DID documents that their own city logged. */
MUST_USE enum err_code bundle_check_keys(struct bundle_check *c, char *detail, struct err *e);
struct key_finder bundle_key_finder(struct bundle_check *c);
/* Verifies the proofs of a part with `finder` as of its receipt. */
MUST_USE enum err_code bundle_verify_proofs(struct bundle_check *c,
	const struct bundle_statement *p, const struct key_finder *finder, struct err *e);
/* True when the part stands in the log of that DID's host. */
MUST_USE enum err_code bundle_is_home(const struct bundle_check *c,
	const struct bundle_statement *p, struct str did, bool *ret, struct err *e);

/* bundle_facts.c: what the statements mean for each other. */
MUST_USE enum err_code bundle_check_accreditation(struct bundle_check *c, char *detail,
	struct err *e);
MUST_USE enum err_code bundle_check_agreement(struct bundle_check *c, char *detail, struct err *e);
/* Sets found->withdrawn. */
MUST_USE enum err_code bundle_check_status(struct bundle_check *c, char *detail, struct err *e);
MUST_USE enum err_code bundle_check_validity(struct bundle_check *c, char *detail, struct err *e);

#endif
