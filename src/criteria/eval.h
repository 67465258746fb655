/* eval.h - runs a compiled program over the signals of one run.
 *
 * Is:      quantitative semantics by time stamp: each formula has at each grid time an interval
 *          [lower, upper] of its margin; what the trace does not tell is [-inf, +inf]. Pure and
 *          deterministic: the same bits from any compiler, processor and number of threads.
 * Is not:  a verdict over several runs (evaluation.h).
 * I1  Linear in the number of samples for every operator.
 * I2  A gap, a missing value or the trace's end never turns into a pass or a fail.
 *
 * Zero: a margin of exactly 0 carries its side as the zero's sign: +0 holds (<=, >=), -0 does not
 * (<, >). Values of formulas are kept as integers in the order of doubles (keys), so that minimum
 * and maximum are exact and order-free.
 */
#ifndef HUREN_CRITERIA_EVAL_H
#define HUREN_CRITERIA_EVAL_H

#include "criteria/program.h"

/* A signal of one run: already in the unit the program declares. count 0: not there. */
struct eval_signal {
	uint64_t count;
	const int64_t *times;      /* ns, never decreasing */
	const double *values;      /* NaN = missing */
	uint32_t label_count;      /* text signals */
	const struct str *labels;
	double accuracy;           /* in the signal's unit; NaN = not stated */
};
struct eval_input {
	const struct eval_signal *signals;      /* in the program's order */
	const double *parameters;               /* in the program's order; NaN = not given */
	/* For comparing with other engines only: windows are cut at the trace's ends. */
	bool shrink;
};

enum eval_state { EVAL_HOLDS, EVAL_VIOLATED, EVAL_UNKNOWN };
/* Why a criterion is unknown; the first that applies. */
enum eval_why {
	WHY_NONE, WHY_LIMIT_NOT_ENTERED, WHY_SIGNAL_MISSING, WHY_PARAMETER_MISSING,
	WHY_EVENT_NOT_FOUND, WHY_TRACE_TOO_SHORT, WHY_GAP, WHY_ACCURACY_NOT_STATED, WHY_COUNT
};
const char *eval_why_name(enum eval_why why); /* "limit-not-entered", ... */

/* `name`: a signal, parameter, let, or "$id" as written; `label`: a text signal's text. */
struct eval_value { struct str name; double value; struct unit unit; struct str label; };
struct eval_outcome {
	enum eval_state state;
	enum eval_why why;
	struct str why_name;       /* signal, parameter, event or number that is missing */
	double lower, upper;       /* margin; equal when known; an unknown end is infinite */
	bool has_margin;           /* false: decided by flags or texts alone, ends are infinite */
	struct unit unit;          /* of the margin: that of the deciding predicate */
	int64_t time_ns;           /* deciding moment, ns on the signals' axis */
	int64_t from_ns, to_ns;    /* interval the criterion looks at */
	struct str predicate;      /* the deciding comparison, as written */
	double limit;              /* its right-hand side at that moment; NaN = none */
	uint32_t value_count;      /* signals and quantities of the predicate, there */
	const struct eval_value *values;
};
struct eval_event { bool found; bool uncertain; int64_t time_ns; };
struct eval_measure { bool known; double value; int64_t time_ns; };

struct eval_result {
	const struct eval_outcome *criteria;    /* in the program's order */
	const struct eval_event *events;
	const struct eval_measure *measures;
	int64_t begin_ns, end_ns;
	uint64_t grid_count;
};

/* `work` holds the columns of the graph and may be reset afterwards; results are in `a`.
 * ERR_TOO_LARGE: arena, or LIMIT_CRITERIA_SAMPLES grid times. */
MUST_USE enum err_code eval_run(struct arena *a, struct arena *work, const struct program *p,
	const struct eval_input *input, struct eval_result *ret, struct err *e);

/* A quantity or signal over the grid, for plots: times and values (NaN = unknown) of the named
 * signal or `let`. ERR_NOT_FOUND. */
MUST_USE enum err_code eval_series(struct arena *a, struct arena *work, const struct program *p,
	const struct eval_input *input, struct str name, uint64_t *ret_count,
	const int64_t **ret_times, const double **ret_values, struct err *e);

#endif
