/* decision_diff.h - what differs between two decisions, and what a change of standing does to
 * one. */
#ifndef HUREN_RECOGNITION_DECISION_DIFF_H
#define HUREN_RECOGNITION_DECISION_DIFF_H

#include "recognition/decision.h"

/* Items whose outcome or reason differs between two outcomes: array of {"scheme","item","title"?,
 * "before"?:{"outcome","reason","text"},"after"?:{...}}, empty when none. */
MUST_USE enum err_code decision_diff(struct arena *a, const struct json *before,
	const struct json *after, struct json **ret, struct err *e);
/* What a change of standing of one input (report, accreditation or agreement, by statement id)
 * does to a decision: decides again with only that changed and gives the difference.
 * {"cause":{"id","kind","from","to"},"items":[...],"documents":[{"document","before","after"}]}.
 * Both lists are empty when nothing changes. ERR_NOT_FOUND: the id is no input. */
MUST_USE enum err_code decision_affected(struct arena *a, const struct decide_input *in,
	struct str id, enum standing to, struct json **ret, struct err *e);

#endif
