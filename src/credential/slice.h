/* slice.h - a provable part of a measurement: some channels, some seconds, the rest hidden.
 *
 * Is:      a salted Merkle commitment over the channels of a file in blocks of time, its opening
 *          for chosen channels and blocks, and the check (doc/formats/slice.md). Pure.
 * Is not:  a reader of files, nor the report that carries the commitment (recognition/report.h).
 * I1  A leaf is SHA-256(0x00 || salt || RFC 8785 bytes of one channel's samples in one block), the
 *     salt 32 bytes of HMAC under a secret seed: who sees a leaf's hash cannot try values.
 * I2  A leaf tells its channel and block, so that it proves itself for that place alone, and all
 *     samples of the block: leaving one out is another leaf.
 */
#ifndef HUREN_CREDENTIAL_SLICE_H
#define HUREN_CREDENTIAL_SLICE_H

#include "base/json.h"
#include "crypto/digest.h"

#define SLICE_SEED_BYTES 32

struct slice_channel {
	struct str name, unit;     /* as the mapping calls the signal */
	uint64_t count;
	const int64_t *times;      /* ns on the file's axis, never decreasing */
	const double *values;      /* NaN = missing */
	uint32_t label_count;      /* > 0: a value is an index of `labels` */
	const struct str *labels;
};
struct slice_table {
	struct digest file, mapping;
	uint64_t block_ns;         /* at least 1 ms */
	uint32_t channel_count;
	const struct slice_channel *channels;
};
/* What a report carries: the root, and what shape the tree has. */
struct slice_commitment {
	struct digest root;
	uint32_t channels;
	uint64_t blocks, block_ns;
	int64_t begin_ns;          /* first sample of any channel; block 0 begins there */
};

/* ERR_INVALID: no sample at all, times that go back, a block under 1 ms; ERR_TOO_LARGE: arena or
 * LIMIT_SLICE_LEAVES. */
MUST_USE enum err_code slice_commit(struct arena *a, const struct slice_table *t,
	const uint8_t seed[SLICE_SEED_BYTES], struct slice_commitment *ret, struct err *e);
/* Opens the blocks of channels (indices) that touch [from_ns, to_ns). The slice document.
 * ERR_INVALID: no such channel, a channel twice, an empty or outside span; ERR_TOO_LARGE. */
struct slice_wish {
	uint32_t channel_count;
	const uint32_t *channels;
	int64_t from_ns, to_ns;
};
MUST_USE enum err_code slice_make(struct arena *a, const struct slice_table *t,
	const uint8_t seed[SLICE_SEED_BYTES], const struct slice_wish *wish, struct json **ret,
	struct err *e);

/* The member "slices" of a report's evidence entry, and back (ERR_INVALID names the member). */
struct json *slice_commitment_json(struct arena *a, const struct slice_commitment *c);
MUST_USE enum err_code slice_commitment_parse(const struct json *v, struct slice_commitment *ret,
	struct err *e);
bool slice_commitment_eq(const struct slice_commitment *a, const struct slice_commitment *b);

/* What a slice shows once it is checked. */
struct slice_part {
	uint32_t channel;
	struct str name, unit;
	uint64_t block;
	uint64_t count;            /* samples */
	const struct json *content;
};
struct slice_found {
	struct digest file;
	struct slice_commitment commitment;
	uint32_t part_count;       /* by channel, then block */
	const struct slice_part *parts;
};
/* Reads a slice and checks each part against the commitment that the slice itself names: compare
 * that with the signed report's (slice_find_evidence). ERR_INVALID: malformed, out of order, a
 * sample outside its block; ERR_UNPROVEN: a part that is not of this tree. */
MUST_USE enum err_code slice_check(struct arena *a, const struct json *v, struct slice_found *ret,
	struct err *e);
/* The entry of a report subject's inspectionReport.evidence that the slice is of. ERR_NOT_FOUND: no
 * such file; ERR_UNPROVEN: the report binds no commitment for it, or another one. */
MUST_USE enum err_code slice_find_evidence(const struct json *subject,
	const struct slice_found *slice, const struct json **ret, struct err *e);

#endif
