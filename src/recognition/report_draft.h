/* report_draft.h - from a lab's draft to the subject of a report statement.
 *
 * Is:      the mapping of rules/schema/report-draft.json to a UNTP 0.6.0 ConformityAttestation with
 *          our inspectionReport and itemResult (doc/formats/report.md). Pure.
 * Is not:  the statement around it, nor its signature: statement.h, proof.h.
 */
#ifndef HUREN_RECOGNITION_REPORT_DRAFT_H
#define HUREN_RECOGNITION_REPORT_DRAFT_H

#include "recognition/report.h"

/* `statement_id` is the "urn:uuid:..." the statement will carry; the lab is the signer. The result
 * is read back with report_parse before it is returned. Check the draft against its schema before
 * (rules_check), which tells line and column. ERR_INVALID names the member, ERR_TOO_LARGE. */
MUST_USE enum err_code report_subject_from_draft(struct arena *a, const struct json *draft,
	struct str statement_id, struct str lab_did, struct json **ret, struct err *e);

/* Fills the item of `draft` (an object, may be empty) that the evaluation document is about, or
 * adds it, with clause, title and standard of the scheme; adds the standard to the methods and
 * the evidence it rests on. `tested_on` may
 * be empty: then the day the first file began, or what the item says already. ERR_INVALID: no
 * evaluation, of another scheme, or no day is known. */
MUST_USE enum err_code report_draft_add_evaluation(struct arena *a, struct json *draft,
	const struct scheme *scheme, const struct json *document, struct str tested_on,
	struct err *e);

/* The draft that a report's subject can be made of again, to write another one from it. What
 * belongs to the statement (its id, fingerprint, count) is left out. ERR_INVALID: no report. */
MUST_USE enum err_code report_draft_from_subject(struct arena *a, const struct json *subject,
	struct json **ret, struct err *e);

/* The scheme's standard among the methods of `draft`, when it does not name it yet. */
void report_draft_put_method(struct arena *a, struct json *draft, const struct scheme *scheme);

#endif
