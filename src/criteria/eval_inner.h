/* eval_inner.h - one evaluation while it runs: grid, columns of all nodes, places of events.
 *
 * I1  A column that is constant has one value; any other has one for each grid time.
 * I2  Ends of a formula are one array (lower == upper) where everything is known.
 */
#ifndef HUREN_CRITERIA_EVAL_INNER_H
#define HUREN_CRITERIA_EVAL_INNER_H

#include "criteria/eval.h"
#include "criteria/program_inner.h"
#include "criteria/stl.h"

#define OUTCOME_VALUES 16  /* told of a deciding comparison at most */

struct column {
	bool constant;
	const double *values;              /* of quantities; flags, texts: their signal's */
	const int64_t *lower, *upper;      /* formulas: keys */
};

enum scratch { SCRATCH_SLIDE, SCRATCH_CHAIN, SCRATCH_WITHIN, SCRATCH_NEARER, SCRATCHES };

struct event_place {
	bool found;
	bool uncertain;            /* it may lie elsewhere, or be there though not found */
	int64_t time;
};

/* What a formula looks at: from `low` to `high` relative to the time it is asked for, and a fixed
 * part of the trace. Either is empty when its end lies before its beginning. */
struct span { int64_t low, high, fixed_low, fixed_high; };

struct eval {
	struct arena *work;
	const struct program *p;
	const struct program_nodes *n;
	const struct eval_input *input;
	struct err *e;
	struct stl_grid grid;
	int64_t begin, end;        /* first and last grid time; 0 without any */
	struct column *columns;    /* of the nodes */
	const double **signals;    /* column of each signal, made when first wanted */
	bool *plain;               /* of each signal: all samples valued, no gap, no equal times */
	struct event_place *events;        /* of the rules */
	uint32_t events_done;
	int64_t *scratch[SCRATCHES];       /* columns that live within one node, used again */
	struct span *spans;        /* of the nodes; witness.c makes them when first wanted */
};

/* grid.c: the grid of the run, and a signal's values on it (NaN = unknown). */
MUST_USE enum err_code grid_build(struct eval *v);
MUST_USE enum err_code grid_signal(struct eval *v, uint32_t signal, const double **ret);
/* One second by the longest distance of two samples with values; NaN without two. */
double grid_rate(const struct eval_signal *s);
/* Index of the last grid time at or before `time`; -1 when there is none. */
int64_t grid_at_or_before(const struct stl_grid *g, int64_t time);
/* Index of the first grid time at or after `time`; count when there is none. */
int64_t grid_at_or_after(const struct stl_grid *g, int64_t time);

/* quantity.c: a node that is a quantity. */
MUST_USE enum err_code quantity_run(struct eval *v, uint32_t node);
double quantity_at(const struct eval *v, uint32_t node, int64_t index);
/* The value at an event's time; *ret_index is the grid time it was read at. NaN = unknown. */
double quantity_at_event(const struct eval *v, uint32_t node, const struct event_place *at,
	int64_t *ret_index);

/* formula.c: a node that is a formula. */
MUST_USE enum err_code formula_run(struct eval *v, uint32_t node);
/* Grid indices of a NODE_RANGE: *ret_first > *ret_last when it holds none. *ret_whole is false when
 * it is not wholly told by the trace. ERR_NOT_FOUND: an event is missing or uncertain. */
MUST_USE enum err_code formula_range(const struct eval *v, const struct node *n,
	int64_t *ret_first, int64_t *ret_last, bool *ret_whole);
/* Margin of a comparison at a grid time, in the unit of its operands, with its zero's sign. */
double formula_margin(const struct eval *v, const struct node *n, int64_t index);
int64_t formula_end(const struct eval *v, uint32_t node, bool upper, int64_t index);

/* event.c: places of all rules up to `rule`; their nodes are done. */
void event_run(struct eval *v, uint32_t rule);
void event_measure(const struct eval *v, uint32_t measure, struct eval_measure *ret);

/* formula.c: the window of a temporal node as offsets from the time it is asked for; its indices.
 * *ret_first > *ret_last when it holds no grid time. */
void formula_offsets(const struct node *n, int64_t *ret_from, int64_t *ret_to);
void formula_window(const struct eval *v, const struct node *n, int64_t index, int64_t *ret_first,
	int64_t *ret_last);

/* why.c: spans of all nodes; why a criterion is unknown. `leaf` is the comparison, flag or text
 * its doubt comes from, at grid time `index`; NONE when it comes from outside the trace. */
MUST_USE enum err_code why_spans(struct eval *v);
MUST_USE enum err_code why_run(struct eval *v, uint32_t root, uint32_t leaf, int64_t index,
	bool past_ends, struct eval_outcome *ret);

/* witness.c: what decided criterion `index`. */
MUST_USE enum err_code witness_run(struct eval *v, struct arena *a, uint32_t index,
	struct eval_outcome *ret);

/* The value without the sign of a zero, as it is told. */
static inline double eval_told(double value)
{
	return value == 0 ? 0 : value;
}

/* Room for one value or for one at each grid time; ERR_TOO_LARGE. */
MUST_USE enum err_code eval_values(struct eval *v, bool constant, double **ret);
MUST_USE enum err_code eval_keys(struct eval *v, bool constant, int64_t **ret);
/* Makes the grid and empty columns, of v->p and v->input in v->work. */
MUST_USE enum err_code eval_start(struct eval *v);
/* Runs the nodes up to `last` (count - 1: all). */
MUST_USE enum err_code eval_nodes(struct eval *v, uint32_t last);

#endif
