/* decision.h - a decision as JSON: making, replaying, comparing (doc/formats/decision.md).
 *
 * Is:      the way between statements and decide.h. `material` is one JSON object with everything a
 *          decision rests on: time, destination, request, the statements with their standing, the
 *          schemes and the clause texts. From it the subject of the decision statement is computed,
 *          to the same bytes on any node.
 * Is not:  a check of signatures: statements in a material went through the ledger's doors, or the
 *          caller verifies them.
 */
#ifndef HUREN_RECOGNITION_DECISION_H
#define HUREN_RECOGNITION_DECISION_H

#include "recognition/decide.h"

/* What the caller found; standings as of `now`. */
struct decision_material {
	int64_t now;
	struct str destination;
	const struct json *request;            /* "reports", "applicant", "vins", "odd", ... */
	const struct statement *agreement;
	enum standing agreement_standing;
	uint32_t report_count;
	const struct statement *reports;
	const enum standing *report_standings;
	uint32_t accreditation_count;
	const struct statement *accreditations;
	const enum standing *accreditation_standings;
	const struct rules *rules;             /* schemes and texts */
};

/* Typed input of a material. Accreditations of labs that issued none of the reports are dropped.
 * ERR_INVALID names the statement and member, ERR_NOT_FOUND a scheme the agreement names is not in
 * the rules, ERR_TOO_LARGE. */
MUST_USE enum err_code decision_prepare(struct arena *a, const struct decision_material *m,
	struct decide_input *ret, struct err *e);
/* {"items","documents","summary","clauses"}: outcome with texts in zh-CN and en. NULL at the cap. */
MUST_USE enum err_code decide_to_json(struct arena *a, const struct decide_input *in,
	const struct decision *d, struct json **ret, struct err *e);
/* Subject of the decision statement: {"id":applicant,"type":"RecognitionDecision","destination",
 * "request","inputs":{ids and digests},"outcome"}; decides on the way. */
MUST_USE enum err_code decision_subject(struct arena *a, const struct decision_material *m,
	struct json **ret, struct err *e);

/* The material as one JSON object, for a replay elsewhere, and back. decide_from_json takes its bytes
 * only and gives the typed input; the rules come from the material. `*ret_rules` is to be closed by
 * the caller with rules_close (set on success only). ERR_INVALID, ERR_TOO_LARGE. */
MUST_USE enum err_code decision_material_json(struct arena *a, const struct decision_material *m,
	struct json **ret, struct err *e);
MUST_USE enum err_code decide_from_json(struct arena *a, struct str text, struct decide_input *ret,
	struct rules **ret_rules, struct err *e);

/* What a logged decision subject was made of, to look it up again. */
struct decision_input_ref {
	struct str id;             /* of the statement; of a scheme: "id" */
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
MUST_USE enum err_code decision_inputs_parse(struct arena *a, const struct json *subject,
	struct decision_inputs *ret, struct err *e);

/* Items whose outcome or reason differs between two outcomes of the same shape: array of
 * {"scheme","item","before":{outcome,reason,text},"after":{...}}, empty when none. */
MUST_USE enum err_code decision_diff(struct arena *a, const struct json *before,
	const struct json *after, struct json **ret, struct err *e);
/* What a change of standing of one input (report, accreditation or agreement, by statement id) does to
 * a decision: decides again with only that changed and gives the difference.
 * {"cause":{"id","kind","from","to"},"items":[...],"documents":[...]}. `items` is empty when
 * nothing changes or the id is no input. */
MUST_USE enum err_code decision_affected(struct arena *a, const struct decide_input *in,
	struct str id, enum standing to, struct json **ret, struct err *e);

#endif
