/* bundle.h - the file anyone can check offline (核验包, doc/formats/bundle.md).
 *
 * Is:      JSON: the main statement and the supporting ones (DID documents of the issuer and of the
 *          authorities, accreditation, agreement, status list, status changes), each with its
 * receipt and tlog-proof against a cosigned checkpoint. Pure: making takes the parts, checking
 * takes bytes, a trust policy and a time. Is not:  trusted: every word in it is checked against the
 * policy. Trust:   policy lists log keys; a log with origin "<host>/tlog" speaks for did:web:<host>
 * and for did:web:<host>:org:*: their DID documents count only when logged there.
 */
#ifndef HUREN_CREDENTIAL_BUNDLE_H
#define HUREN_CREDENTIAL_BUNDLE_H

#include "credential/receipt.h"
#include "credential/statement.h"
#include "tlog/tlog_proof.h"

struct bundle_part {
	struct str statement;      /* canonical bytes */
	struct str receipt;        /* entry bytes */
	uint64_t index;
	struct merkle_proof path;
	uint32_t checkpoint;       /* which of the bundle's checkpoints */
};

/* Parts[0] is the main statement. Each checkpoint note once, and each is used by a part. */
MUST_USE enum err_code bundle_put(struct buf *b, const struct bundle_part *parts, size_t part_count,
	const struct str *checkpoints, size_t checkpoint_count, struct err *e);

/* One line of what was checked, in the order done; texts are keys of the catalogues. A step that
 * rests on one that failed is UNKNOWN. */
enum bundle_step_state { STEP_HELD, STEP_FAILED, STEP_UNKNOWN };
struct bundle_step {
	const char *step; /* "format", "receipt", "checkpoint", "witness", "inclusion", "key",
			   * "signature", "accreditation" (reports), "agreement" (decisions),
			   * "status", "validity" */
	enum bundle_step_state state;
	/* what was compared with what; English, for --json and experts */
	char detail[sizeof(((struct err *)0)->message)];
};
#define BUNDLE_STEPS_MAX 16

struct bundle_found {
	bool good;                 /* authentic: every step needed held. Look at `withdrawn` too */
	bool withdrawn; /* withdrawn or suspended as of the checkpoint; then "status" FAILED
			 * does not make it less authentic */
	struct statement statement;
	struct receipt receipt;
	struct str origin;
	uint64_t index;
	uint32_t witnesses;
	int64_t as_of;             /* cosignature time, else receipt time: nothing later is known */
	uint32_t step_count;
	struct bundle_step steps[BUNDLE_STEPS_MAX];
	uint32_t signature_count;  /* signatures verified, for the cost figure */
};
/* "status" is needed only of a statement that names a status list: without that list in the bundle
 * nothing is known of its status, and it is not good.
 * Returns ERR_OK with ret->good telling the verdict whenever the file could be read as a bundle;
 * an error only for bytes that are no bundle (ERR_INVALID, ERR_TOO_LARGE). `now` refuses statements
 * from the future and tells expiry. */
MUST_USE enum err_code bundle_verify(struct arena *a, struct str bytes, const struct policy *policy,
	int64_t now, struct bundle_found *ret, struct err *e);

#endif
