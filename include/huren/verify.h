/* verify.h - check what a Huren node has given out, without network, files or threads.
 *
 * Is:      bundles (doc/formats/bundle.md), C2SP tlog-proofs and the canonical form of JSON. Bytes
 *          in, a result out. Statements themselves need a bundle to be checked with.
 * Is not:  a way to fetch anything, nor a source of trust: the caller brings the trust policy (C2SP
 *          tlog-policy: which logs, which witnesses) and says what time it is.
 * Life:    each call returns a result of its own, or NULL when there is no memory; every function
 *          accepts NULL. Texts live as long as their result: huren_result_close.
 * Threads: calls in different threads do not disturb each other. Each thread keeps a little memory
 *          for hashing, which huren_thread_close gives back.
 * Link:    pkg-config --cflags --libs huren-verify. The shared library exports these names alone.
 */
#ifndef HUREN_VERIFY_H
#define HUREN_VERIFY_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HUREN_API __attribute__((visibility("default")))

enum huren_verdict {
	HUREN_GOOD,	 /* genuine, and nothing in the file speaks against it */
	HUREN_WITHDRAWN, /* genuine, but withdrawn or suspended as of the file */
	HUREN_BAD, /* read, but something needed does not hold or is not there: see the steps */
	HUREN_UNREADABLE,    /* the input is not of the form it should have: see the message */
	HUREN_POLICY_BROKEN, /* the trust policy is not one: see the message */
	HUREN_NO_MEMORY	     /* the result is NULL */
};

/* What was checked, in order. A step that rests on one that failed is unknown. */
enum huren_state { HUREN_HELD, HUREN_FAILED, HUREN_UNKNOWN };

struct huren_result;

/* A bundle file. `now` in seconds since 1970-01-01T00:00:00Z. */
HUREN_API struct huren_result *huren_verify_bundle(const void *bundle, size_t bundle_len,
	const char *policy, size_t policy_len, int64_t now);
/* A tlog-proof file for the bytes of an entry (a receipt). */
HUREN_API struct huren_result *huren_verify_tlog_proof(const void *entry, size_t entry_len,
	const void *proof, size_t proof_len, const char *policy, size_t policy_len);
/* The canonical form (RFC 8785) of a JSON text (I-JSON): HUREN_GOOD and huren_result_text. */
HUREN_API struct huren_result *huren_jcs(const char *json, size_t json_len);
/* Decides a recognition request again, from the material of a decision (doc/formats/decision.md):
 * HUREN_GOOD, and huren_result_text is the canonical outcome, the same bytes as "outcome" in the
 * decision that the node logged. Signatures within the material are not looked at. */
HUREN_API struct huren_result *huren_decide(const char *material, size_t material_len);
/* "0.1.0" */
HUREN_API const char *huren_version(void);

HUREN_API enum huren_verdict huren_result_verdict(const struct huren_result *r);
/* What is wrong with the input, in English; empty when it could be read. */
HUREN_API const char *huren_result_message(const struct huren_result *r);
/* Where in a text: from 1, or 0 when that says nothing. */
HUREN_API unsigned huren_result_line(const struct huren_result *r);
HUREN_API unsigned huren_result_column(const struct huren_result *r);

HUREN_API size_t huren_result_step_count(const struct huren_result *r);
/* Of step 0 to count - 1: its word ("receipt", "checkpoint", "witness", "inclusion", "key",
 * "signature", "accreditation", "agreement", "status", "validity" ...), how it ended, and what was
 * found, in English. Beyond the count: "", HUREN_UNKNOWN and "". */
HUREN_API const char *huren_result_step(const struct huren_result *r, size_t i);
HUREN_API enum huren_state huren_result_step_state(const struct huren_result *r, size_t i);
HUREN_API const char *huren_result_step_detail(const struct huren_result *r, size_t i);

/* Of a bundle's main statement, as it says itself: believe it when the verdict is HUREN_GOOD or
 * HUREN_WITHDRAWN. Empty or 0 in results without one. */
HUREN_API const char *huren_result_id(const struct huren_result *r);
HUREN_API const char *huren_result_kind(const struct huren_result *r);
HUREN_API const char *huren_result_issuer(const struct huren_result *r);
/* Its canonical bytes, or those of huren_jcs and huren_decide; not NUL-terminated. */
HUREN_API const char *huren_result_text(const struct huren_result *r, size_t *ret_len);
HUREN_API int64_t huren_result_received(const struct huren_result *r);
/* Its place in a tlog (also of a tlog-proof), the witnesses known to the policy that cosigned, and
 * the time up to which the file can tell anything. */
HUREN_API const char *huren_result_origin(const struct huren_result *r);
HUREN_API uint64_t huren_result_index(const struct huren_result *r);
HUREN_API unsigned huren_result_witnesses(const struct huren_result *r);
HUREN_API int64_t huren_result_as_of(const struct huren_result *r);

HUREN_API void huren_result_close(struct huren_result *r);
HUREN_API void huren_thread_close(void);

#ifdef __cplusplus
}
#endif

#endif
