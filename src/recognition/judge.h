/* judge.h - one test result against one agreement: may it be used, and if not, why.
 *
 * Is:      the checks of a single result in their fixed order (doc/recognition.md); the first that
 *          does not hold is the reason. Part of decide.c's work, in a file of its own.
 */
#ifndef HUREN_RECOGNITION_JUDGE_H
#define HUREN_RECOGNITION_JUDGE_H

#include "recognition/decide.h"

struct judgement {
	enum reason reason;
	const struct decide_report *report;
	const struct report_item *result;      /* NULL: no judgement yet */
	struct str changed;
	int32_t counts_until;
	uint32_t needed;                       /* runs asked for */
	bool same_footing;                     /* nothing that matters for the item differs */
};

struct judge_change {                          /* something that differs from the report */
	struct str name;
	const struct agreement_same *terms;    /* NULL: not named, touches every item */
	uint64_t bit;                          /* ODD elements the plan knows */
};
struct judge {
	const struct decide_input *in;
	const struct decide_report *report;
	enum reason whole; /* reason that refuses the whole report, or REASON_COUNT */
	bool configuration_unknown;            /* fingerprints differ, parts are not given */
	bool speed_higher;
	const struct agreement_same *speed_terms;
	uint32_t component_count, element_count;
	const struct judge_change *components, *elements;
};

/* What holds for all results of one report. ERR_TOO_LARGE: arena. */
MUST_USE enum err_code judge_open(struct judge *ret, struct arena *a, const struct decide_input *in,
	const struct decide_report *report, struct err *e);
/* `row` is NULL for an item the agreement does not know. */
struct judgement judge_result(const struct judge *j, const struct plan_row *row,
	const struct report_item *item);
/* Last day on which a result tested on that day counts. */
int32_t judge_counts_until(int32_t tested_on, const struct agreement_age *age);

#endif
