/* formula.c - nodes that are true or false: comparisons, logic, temporal operators.
 *
 * A formula has two ends at each time. Minimum and maximum are monotone, so each end follows from
 * the same ends of the children, and from the opposite ones below a negation. */
#include <math.h>
#include <string.h>

#include "criteria/eval_inner.h"

/* ---- comparisons ----------------------------------------------------------------------------- */

/* x <= y as a key: y - x, with 0 on the side that holds. Every other comparison is this one with
 * its operands exchanged, or its complement: x < y is not (y <= x). */
static inline int64_t key_at_most(double x, double y)
{
	double margin = y - x;

	return margin == 0 ? 0 : stl_key(margin);
}

static inline int64_t key_equal(double x, double y)
{
	/* Not as -fabs(...) + 0.0: gcc 12 takes that for a sum that cannot be -0 and drops it. */
	return x == y ? 0 : ~stl_key(fabs(x - y));
}

static inline int64_t compare_key(enum compare_op op, double x, double y)
{
	switch (op) {
	case OP_LESS:
		return ~key_at_most(y, x);
	case OP_LESS_EQUAL:
		return key_at_most(x, y);
	case OP_GREATER:
		return ~key_at_most(x, y);
	case OP_GREATER_EQUAL:
		return key_at_most(y, x);
	case OP_EQUAL:
		return key_equal(x, y);
	case OP_NOT_EQUAL:
	default:
		return ~key_equal(x, y);
	}
}

static inline bool is_unknown(int64_t key)
{
	return key > STL_TOP || key < STL_BOTTOM;
}

/* Returns whether any is unknown. */
static inline __attribute__((always_inline)) bool compare_all(enum compare_op op, uint64_t count,
	const struct column *a, const struct column *b, int64_t *ret)
{
	const double *x = a->values, *y = b->values;
	int64_t highest = INT64_MIN, lowest = INT64_MAX;

	if (b->constant && !a->constant) {
		const double fixed = y[0];
		for (uint64_t i = 0; i < count; i++) {
			int64_t key = compare_key(op, x[i], fixed);
			highest = stl_max(highest, key);
			lowest = stl_min(lowest, key);
			ret[i] = key;
		}
	} else {
		const uint64_t step = a->constant ? 0 : 1;
		for (uint64_t i = 0; i < count; i++) {
			int64_t key = compare_key(op, x[i * step], y[i]);
			highest = stl_max(highest, key);
			lowest = stl_min(lowest, key);
			ret[i] = key;
		}
	}
	return highest > STL_TOP || lowest < STL_BOTTOM;
}

static bool compare_kind(enum compare_op op, uint64_t count, const struct column *a,
	const struct column *b, int64_t *ret)
{
	switch (op) {
	case OP_LESS:
		return compare_all(OP_LESS, count, a, b, ret);
	case OP_LESS_EQUAL:
		return compare_all(OP_LESS_EQUAL, count, a, b, ret);
	case OP_GREATER:
		return compare_all(OP_GREATER, count, a, b, ret);
	case OP_GREATER_EQUAL:
		return compare_all(OP_GREATER_EQUAL, count, a, b, ret);
	case OP_EQUAL:
		return compare_all(OP_EQUAL, count, a, b, ret);
	case OP_NOT_EQUAL:
	default:
		return compare_all(OP_NOT_EQUAL, count, a, b, ret);
	}
}

/* Margins over the scale; what underflows to 0 keeps its side. */
static bool divide_all(uint64_t count, double scale, int64_t *keys)
{
	int64_t unknown = 0;

	if (!(scale > 0))
		scale = NAN;
	for (uint64_t i = 0; i < count; i++) {
		int64_t key = stl_key(stl_value(keys[i]) / scale);
		if (key == 0 || key == -1)
			key = keys[i] >= 0 ? 0 : -1;
		keys[i] = key;
		unknown |= is_unknown(key);
	}
	return unknown != 0;
}

/* Two ends of keys among which are unknown ones. */
static enum err_code part_ends(struct eval *v, int64_t *keys, struct column *ret)
{
	uint64_t count = ret->constant ? 1 : v->grid.count;
	int64_t *upper;

	TRY(eval_keys(v, ret->constant, &upper));
	for (uint64_t i = 0; i < count; i++) {
		upper[i] = is_unknown(keys[i]) ? STL_TOP : keys[i];
		keys[i] = is_unknown(keys[i]) ? STL_BOTTOM : keys[i];
	}
	ret->lower = keys;
	ret->upper = upper;
	return ERR_OK;
}

static enum err_code run_compare(struct eval *v, const struct node *n, struct column *ret)
{
	const struct column *a = &v->columns[n->children[0]], *b = &v->columns[n->children[1]];
	uint64_t count;
	int64_t *keys;
	bool unknown;

	ret->constant = a->constant && b->constant;
	count = ret->constant ? 1 : v->grid.count;
	TRY(eval_keys(v, ret->constant, &keys));
	unknown = compare_kind(n->op, count, a, b, keys);
	if (n->child_count == 3)
		unknown = divide_all(count, v->columns[n->children[2]].values[0], keys);
	ret->lower = ret->upper = keys;
	return unknown ? part_ends(v, keys, ret) : ERR_OK;
}

double formula_margin(const struct eval *v, const struct node *n, int64_t index)
{
	double x = quantity_at(v, n->children[0], index), y = quantity_at(v, n->children[1], index);

	return isnan(x) || isnan(y) ? NAN : stl_value(compare_key(n->op, x, y));
}

/* Flags, and texts compared: true is the top, false the bottom. */
static enum err_code run_sign(struct eval *v, const struct node *n, struct column *ret)
{
	const struct eval_signal *s = &v->input->signals[n->index];
	bool unknown = false;
	int64_t *keys;

	TRY(grid_signal(v, n->index, &ret->values));
	TRY(eval_keys(v, false, &keys));
	for (uint64_t i = 0; i < v->grid.count; i++) {
		double x = ret->values[i];
		bool known = n->kind == NODE_FLAG ? !isnan(x) : x >= 0 && x < s->label_count;
		bool holds = known && (n->kind == NODE_FLAG ? x != 0 :
			str_eq(s->labels[(uint32_t)x], n->label) != n->negated);

		keys[i] = !known ? INT64_MAX : holds ? STL_TOP : STL_BOTTOM;
		unknown = unknown || !known;
	}
	ret->lower = ret->upper = keys;
	return unknown ? part_ends(v, keys, ret) : ERR_OK;
}

/* ---- logic ----------------------------------------------------------------------------------- */

/* The column with one value for each grid time. */
static enum err_code spread(struct eval *v, struct column *c)
{
	int64_t *lower, *upper;

	if (!c->constant)
		return ERR_OK;
	TRY(eval_keys(v, false, &lower));
	upper = lower;
	if (c->lower[0] != c->upper[0])
		TRY(eval_keys(v, false, &upper));
	for (uint64_t i = 0; i < v->grid.count; i++) {
		lower[i] = c->lower[0];
		upper[i] = c->upper[0];
	}
	*c = (struct column){ .lower = lower, .upper = upper };
	return ERR_OK;
}

/* One end from the children's same ends (a, b) and opposite ends (c, d). */
static void logic_end(enum node_kind kind, uint64_t count, const int64_t *a, const int64_t *b,
	const int64_t *c, const int64_t *d, int64_t *ret)
{
	for (uint64_t i = 0; i < count; i++) {
		switch ((int)kind) {
		case NODE_AND:
			ret[i] = stl_min(a[i], b[i]);
			break;
		case NODE_OR:
			ret[i] = stl_max(a[i], b[i]);
			break;
		case NODE_IMPLIES:
			ret[i] = stl_max(~c[i], b[i]);
			break;
		case NODE_IFF:
			ret[i] = stl_max(stl_min(a[i], b[i]), stl_min(~c[i], ~d[i]));
			break;
		default:
			ret[i] = stl_min(stl_max(a[i], b[i]), stl_max(~c[i], ~d[i]));
			break;
		}
	}
}

/* As other engines have iff and xor: the distance of the two margins, without a side for 0. */
static void distance_end(enum node_kind kind, uint64_t count, const int64_t *a, const int64_t *b,
	int64_t *ret)
{
	for (uint64_t i = 0; i < count; i++) {
		double x = stl_value(a[i]), y = stl_value(b[i]), distance = fabs(x - y);
		ret[i] = x == y ? 0 : kind == NODE_IFF ? ~stl_key(distance) :
			stl_key(distance);
	}
}

static enum err_code run_logic(struct eval *v, const struct node *n, struct column *ret)
{
	struct column a = v->columns[n->children[0]], b = v->columns[n->children[1]];
	uint64_t count;
	int64_t *lower, *upper;

	ret->constant = a.constant && b.constant;
	if (!ret->constant) {
		TRY(spread(v, &a));
		TRY(spread(v, &b));
	}
	count = ret->constant ? 1 : v->grid.count;
	TRY(eval_keys(v, ret->constant, &lower));
	ret->lower = ret->upper = lower;
	if (v->input->shrink && (n->kind == NODE_IFF || n->kind == NODE_XOR)) {
		distance_end(n->kind, count, a.lower, b.lower, lower);
		return ERR_OK;
	}
	logic_end(n->kind, count, a.lower, b.lower, a.upper, b.upper, lower);
	if (a.lower == a.upper && b.lower == b.upper)
		return ERR_OK;
	TRY(eval_keys(v, ret->constant, &upper));
	logic_end(n->kind, count, a.upper, b.upper, a.lower, b.lower, upper);
	ret->upper = upper;
	return ERR_OK;
}

static enum err_code run_not(struct eval *v, const struct node *n, struct column *ret)
{
	const struct column *a = &v->columns[n->children[0]];
	uint64_t count = a->constant ? 1 : v->grid.count;
	int64_t *lower, *upper;

	ret->constant = a->constant;
	TRY(eval_keys(v, a->constant, &lower));
	upper = lower;
	if (a->lower != a->upper)
		TRY(eval_keys(v, a->constant, &upper));
	for (uint64_t i = 0; i < count; i++) {
		lower[i] = ~a->upper[i];
		upper[i] = a->lower == a->upper ? lower[i] : ~a->lower[i];
	}
	ret->lower = lower;
	ret->upper = upper;
	return ERR_OK;
}

/* ---- neighbours ------------------------------------------------------------------------------ */

static int64_t neighbour_end(enum node_kind kind, int64_t here, int64_t here_opposite,
	int64_t beside, int64_t beside_opposite)
{
	switch ((int)kind) {
	case NODE_RISE:
		return stl_min(here, ~beside_opposite);
	case NODE_FALL:
		return stl_min(~here_opposite, beside);
	default:
		return beside;
	}
}

static enum err_code run_neighbour(struct eval *v, const struct node *n, struct column *ret)
{
	struct column a = v->columns[n->children[0]];
	int64_t count = (int64_t)v->grid.count, step = n->kind == NODE_NEXT ? 1 : -1;
	int64_t *lower, *upper;

	TRY(spread(v, &a));
	TRY(eval_keys(v, false, &lower));
	TRY(eval_keys(v, false, &upper));
	for (int64_t i = 0; i < count; i++) {
		bool inside = i + step >= 0 && i + step < count;
		/* What stands beside the ends is unknown; shrunk, it is what changes nothing. */
		int64_t low = inside ? a.lower[i + step] : v->input->shrink &&
			n->kind != NODE_RISE ? STL_TOP : STL_BOTTOM;
		int64_t high = inside ? a.upper[i + step] : v->input->shrink &&
			n->kind == NODE_RISE ? STL_BOTTOM : STL_TOP;

		lower[i] = neighbour_end(n->kind, a.lower[i], a.upper[i], low, high);
		upper[i] = neighbour_end(n->kind, a.upper[i], a.lower[i], high, low);
	}
	ret->lower = lower;
	ret->upper = upper;
	return ERR_OK;
}

/* ---- windows --------------------------------------------------------------------------------- */

void formula_offsets(const struct node *n, int64_t *ret_from, int64_t *ret_to)
{
	bool past = n->kind == NODE_HISTORICALLY || n->kind == NODE_ONCE || n->kind == NODE_SINCE;
	int64_t near = n->bounded ? n->from : 0, far = n->bounded ? n->to : STL_OPEN;

	*ret_from = past ? -far : near;
	*ret_to = past ? -near : far;
}

void formula_window(const struct eval *v, const struct node *n, int64_t index, int64_t *ret_first,
	int64_t *ret_last)
{
	int64_t from, to, time = v->grid.times[index];

	formula_offsets(n, &from, &to);
	*ret_first = from == -STL_OPEN ? 0 : grid_at_or_after(&v->grid, time + from);
	*ret_last = to == STL_OPEN ? (int64_t)v->grid.count - 1 :
		grid_at_or_before(&v->grid, time + to);
}

static enum err_code need_scratch(struct eval *v, enum scratch first, enum scratch last)
{
	for (int i = (int)first; i <= (int)last; i++) {
		if (!v->scratch[i])
			TRY(eval_keys(v, false, &v->scratch[i]));
	}
	return ERR_OK;
}

static enum err_code run_window(struct eval *v, const struct node *n, struct column *ret)
{
	struct column a = v->columns[n->children[0]];
	struct stl_window w = { .maximum = n->kind == NODE_EVENTUALLY || n->kind == NODE_ONCE };
	int64_t *lower, *upper;

	TRY(spread(v, &a));
	TRY(need_scratch(v, SCRATCH_SLIDE, SCRATCH_SLIDE));
	TRY(eval_keys(v, false, &lower));
	ret->lower = ret->upper = lower;
	w.scratch = v->scratch[SCRATCH_SLIDE];
	formula_offsets(n, &w.from, &w.to);
	if (a.lower == a.upper && (v->input->shrink || !n->bounded)) {
		w.known = lower;
		stl_slide(&v->grid, a.lower, &w);
		return ERR_OK;
	}
	TRY(eval_keys(v, false, &upper));
	ret->upper = upper;
	w.known = w.maximum ? lower : upper;
	if (a.lower == a.upper) {
		w.unknown = w.maximum ? upper : lower;
		stl_slide(&v->grid, a.lower, &w);
		return ERR_OK;
	}
	stl_slide(&v->grid, w.maximum ? a.lower : a.upper, &w);
	w.known = NULL;
	w.unknown = w.maximum ? upper : lower;
	if (v->input->shrink || !n->bounded) {
		w.known = w.unknown;
		w.unknown = NULL;
	}
	stl_slide(&v->grid, w.maximum ? a.upper : a.lower, &w);
	return ERR_OK;
}

/* The nearer part of a bounded until: p must hold from here up to where the window begins. Then
 * ret = min(that, what is within the window, what stands at its beginning). */
static void join_until(struct eval *v, const struct node *n, const int64_t *p, int64_t *ret)
{
	const int64_t *within = v->scratch[SCRATCH_WITHIN], *chain = v->scratch[SCRATCH_CHAIN];
	int64_t count = (int64_t)v->grid.count, at = 0, *nearer = v->scratch[SCRATCH_NEARER];
	bool past = n->kind == NODE_SINCE;
	struct stl_window w = { .from = past ? 1 - n->from : 0, .to = past ? 0 : n->from - 1,
		.scratch = v->scratch[SCRATCH_SLIDE] };

	if (n->from == 0) {
		for (int64_t i = 0; i < count; i++)
			ret[i] = stl_min(within[i], chain[i]);
		return;
	}
	w.known = nearer;
	stl_slide(&v->grid, p, &w);
	for (int64_t i = 0; i < count; i++) {
		/* The first time of the window, or of the past one the last. */
		int64_t edge = v->grid.times[i] + (past ? -n->from : n->from), far, first;

		while (at < count && v->grid.times[at] < edge)
			at++;
		first = past && !(at < count && v->grid.times[at] == edge) ? at - 1 : at;
		far = n->to == STL_OPEN ? (past ? INT64_MIN : INT64_MAX) :
			v->grid.times[i] + (past ? -n->to : n->to);
		ret[i] = stl_min(nearer[i], within[i]);
		/* A window that holds nothing has no chain to follow. */
		if (first >= 0 && first < count && (past ? v->grid.times[first] >= far :
			v->grid.times[first] <= far))
			ret[i] = stl_min(ret[i], chain[first]);
	}
}

/* One end of until or since. `unknown`: this is the upper end, and what the trace does not tell may
 * hold. */
static void until_end(struct eval *v, const struct node *n, const int64_t *p, const int64_t *q,
	bool unknown, int64_t *ret)
{
	struct stl_window w = { .maximum = true, .scratch = v->scratch[SCRATCH_SLIDE] };
	int64_t *chain = n->bounded ? v->scratch[SCRATCH_CHAIN] : ret;
	/* Beyond an open window there is nothing that could hold. */
	int64_t beyond = unknown && n->bounded && n->to != STL_OPEN ? STL_TOP : STL_BOTTOM;

	if (n->kind == NODE_UNTIL)
		stl_until(v->grid.count, p, q, beyond, chain);
	else
		stl_since(v->grid.count, p, q, beyond, chain);
	if (!n->bounded)
		return;
	formula_offsets(n, &w.from, &w.to);
	w.known = unknown ? NULL : v->scratch[SCRATCH_WITHIN];
	w.unknown = unknown ? v->scratch[SCRATCH_WITHIN] : NULL;
	stl_slide(&v->grid, q, &w);
	join_until(v, n, p, ret);
}

static enum err_code run_until(struct eval *v, const struct node *n, struct column *ret)
{
	struct column p = v->columns[n->children[0]], q = v->columns[n->children[1]];
	bool plain = v->input->shrink || !n->bounded;
	int64_t *lower, *upper;

	TRY(spread(v, &p));
	TRY(spread(v, &q));
	TRY(need_scratch(v, SCRATCH_SLIDE, SCRATCH_NEARER));
	TRY(eval_keys(v, false, &lower));
	ret->lower = ret->upper = lower;
	until_end(v, n, p.lower, q.lower, false, lower);
	if (plain && p.lower == p.upper && q.lower == q.upper)
		return ERR_OK;
	TRY(eval_keys(v, false, &upper));
	ret->upper = upper;
	until_end(v, n, p.upper, q.upper, !plain, upper);
	return ERR_OK;
}

/* ---- ranges between events ------------------------------------------------------------------- */

enum err_code formula_range(const struct eval *v, const struct node *n, int64_t *ret_first,
	int64_t *ret_last, bool *ret_whole)
{
	const struct event_place *a = n->event_a == NONE ? NULL : &v->events[n->event_a];
	const struct event_place *b = n->event_b == NONE ? NULL : &v->events[n->event_b];

	if (v->grid.count == 0 || (a && (!a->found || a->uncertain)) ||
		(b && (!b->found || b->uncertain)))
		return ERR_NOT_FOUND;
	*ret_first = a ? grid_at_or_after(&v->grid, a->time) : 0;
	*ret_last = b ? grid_at_or_before(&v->grid, b->time) : (int64_t)v->grid.count - 1;
	*ret_whole = (!a || a->time >= v->begin) && (!b || b->time <= v->end);
	if (n->at) {
		*ret_first = *ret_last = grid_at_or_before(&v->grid, a->time);
		*ret_whole = a->time >= v->begin && a->time <= v->end;
		if (*ret_first < 0)
			*ret_first = 0;
	}
	return ERR_OK;
}

static enum err_code run_range(struct eval *v, const struct node *n, struct column *ret)
{
	struct column a = v->columns[n->children[0]];
	int64_t *lower, *upper, first = 0, last = -1;
	bool whole = false;

	for (int i = 0; i < 2; i++) {
		uint32_t rule = i == 0 ? n->event_a : n->event_b;
		if (rule != NONE)
			event_run(v, rule);
	}
	TRY(spread(v, &a));
	ret->constant = true;
	TRY(eval_keys(v, true, &lower));
	TRY(eval_keys(v, true, &upper));
	*lower = *upper = STL_TOP;
	if (formula_range(v, n, &first, &last, &whole) != ERR_OK || first > last)
		whole = false;
	for (int64_t i = first; i <= last; i++) {
		*lower = stl_min(*lower, a.lower[i]);
		*upper = stl_min(*upper, a.upper[i]);
	}
	if (!whole && !(v->input->shrink && first <= last))
		*lower = STL_BOTTOM;
	ret->lower = lower;
	ret->upper = *lower == *upper ? lower : upper;
	return ERR_OK;
}

enum err_code formula_run(struct eval *v, uint32_t node)
{
	const struct node *n = &v->n->nodes[node];
	struct column *ret = &v->columns[node];

	switch ((int)n->kind) {
	case NODE_COMPARE:
		return run_compare(v, n, ret);
	case NODE_FLAG:
	case NODE_TEXT_IS:
		return run_sign(v, n, ret);
	case NODE_NOT:
		return run_not(v, n, ret);
	case NODE_AND:
	case NODE_OR:
	case NODE_IMPLIES:
	case NODE_IFF:
	case NODE_XOR:
		return run_logic(v, n, ret);
	case NODE_RISE:
	case NODE_FALL:
	case NODE_PREV:
	case NODE_NEXT:
		return run_neighbour(v, n, ret);
	case NODE_UNTIL:
	case NODE_SINCE:
		return run_until(v, n, ret);
	case NODE_RANGE:
		return run_range(v, n, ret);
	default:
		return run_window(v, n, ret);
	}
}

int64_t formula_end(const struct eval *v, uint32_t node, bool upper, int64_t index)
{
	const struct column *c = &v->columns[node];

	return (upper ? c->upper : c->lower)[c->constant ? 0 : index];
}
