/* material.h - everything a decision rests on, and its typed form.
 *
 * Is:      the way from statements and rules to struct decide_input, and from one JSON object with
 *          all of them (a logged decision's inputs, gathered again) to the same
 *          (doc/formats/decision.md).
 * Is not:  a check of signatures: statements in a material went through the ledger's doors, or the
 *          caller verifies them.
 */
#ifndef HUREN_RECOGNITION_MATERIAL_H
#define HUREN_RECOGNITION_MATERIAL_H

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

/* A recognition request, closed: {"reports":[urn],"applicant":did,"vins":[...],"odd":[...],
 * "maxSpeed"?,"fingerprint"?,"hardware"?,"software"?,"documents"?:[{"document","digest"?,
 * "validUntil"?,"name"?}]}. `rules` may be NULL; with it, the words of documents and elements must
 * be known. ERR_INVALID names the member; ERR_TOO_LARGE. */
MUST_USE enum err_code decide_request_parse(struct arena *a, const struct json *v,
	const struct rules *rules, struct decide_request *ret, struct err *e);

/* Typed input of a material. Accreditations of labs that issued none of the reports are dropped.
 * ERR_INVALID names the statement and member, ERR_NOT_FOUND a scheme the agreement names is not in
 * the rules, ERR_TOO_LARGE. */
MUST_USE enum err_code decision_prepare(struct arena *a, const struct decision_material *m,
	struct decide_input *ret, struct err *e);

/* The material as one JSON object. NULL never; ERR_TOO_LARGE. */
MUST_USE enum err_code decision_material_json(struct arena *a, const struct decision_material *m,
	struct json **ret, struct err *e);
/* And back, from its bytes only. The rules come from the material; `*ret_rules` is to be closed by
 * the caller with rules_close (set on success only). `text` must outlive the arena. ERR_INVALID,
 * ERR_TOO_LARGE, ERR_UNSUPPORTED. */
MUST_USE enum err_code decision_material_parse(struct arena *a, struct str text,
	struct decision_material *ret, struct rules **ret_rules, struct err *e);
/* decision_material_parse and decision_prepare in one. */
MUST_USE enum err_code decide_from_json(struct arena *a, struct str text, struct decide_input *ret,
	struct rules **ret_rules, struct err *e);

#endif
