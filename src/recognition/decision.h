/* decision.h - a decision as JSON: making and reading back (doc/formats/decision.md).
 *
 * Is:      the outcome with its reasons in Chinese and English, clause by clause; the subject of
 *          the decision statement, to the same bytes on any node.
 * Is not:  the gathering of what it rests on (material.h), the deciding (decide.h), the comparing
 *          of two decisions (decision_diff.h).
 */
#ifndef HUREN_RECOGNITION_DECISION_H
#define HUREN_RECOGNITION_DECISION_H

#include "recognition/material.h"

/* {"items","documents","summary","clauses"}: outcome with texts in zh-CN and en. ERR_TOO_LARGE;
 * ERR_INVALID: the rules lack a word (not after rules_finish). */
MUST_USE enum err_code decide_to_json(struct arena *a, const struct decide_input *in,
	const struct decision *d, struct json **ret, struct err *e);
/* Subject of the decision statement: {"id":applicant,"type":"RecognitionDecision","destination",
 * "request","inputs":{ids and digests},"outcome"}; decides on the way. */
MUST_USE enum err_code decision_subject(struct arena *a, const struct decision_material *m,
	struct json **ret, struct err *e);

/* What a logged decision subject was made of, to look it up again. */
struct decision_input_ref {
	struct str id;             /* of the statement; of a scheme: its "id" */
	struct str edition;        /* schemes only */
	struct digest digest;
	enum standing standing;    /* statements only */
};
struct decision_inputs {
	int64_t now;
	struct str destination;
	struct decision_input_ref agreement;
	uint32_t report_count;
	const struct decision_input_ref *reports;
	uint32_t accreditation_count;
	const struct decision_input_ref *accreditations;
	uint32_t scheme_count;
	const struct decision_input_ref *schemes;
	struct digest clauses;
	const struct json *request;
};
/* ERR_INVALID names the member; ERR_TOO_LARGE. */
MUST_USE enum err_code decision_inputs_parse(struct arena *a, const struct json *subject,
	struct decision_inputs *ret, struct err *e);

#endif
