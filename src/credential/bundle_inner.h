/* bundle_inner.h - a bundle as read, between bundle.c (form) and bundle_check.c (truth). */
#ifndef HUREN_CREDENTIAL_BUNDLE_INNER_H
#define HUREN_CREDENTIAL_BUNDLE_INNER_H

#include "base/limits.h"
#include "credential/bundle.h"
#include "credential/did.h"

#define BUNDLE_CHECKPOINTS_MAX 8

struct bundle_read_part {
	struct statement statement;
	struct receipt receipt;
	struct str entry;              /* the receipt's bytes */
	uint64_t index;
	uint32_t checkpoint;
	struct merkle_proof path;
};

struct bundle_read_checkpoint {
	struct str bytes;
	struct note note;              /* from here: filled by the check */
	struct checkpoint checkpoint;
	bool quorum_met;
	uint32_t witnesses;
	uint64_t cosigned_at;
};

struct bundle_read {
	size_t checkpoint_count;
	struct bundle_read_checkpoint checkpoints[BUNDLE_CHECKPOINTS_MAX];
	size_t part_count;
	struct bundle_read_part *parts;
};

/* Form and limits only. ERR_INVALID with the part, ERR_TOO_LARGE, ERR_UNSUPPORTED. */
MUST_USE enum err_code bundle_read(struct arena *a, struct str bytes, struct bundle_read *ret,
	struct err *e);

#endif
