/* witness.c - from a criterion's value down to the comparison that decided it.
 *
 * Minimum and maximum hand a child's value on unchanged, so at each node the child and the time
 * that have the node's value are looked for; the lowest time wins. For a criterion that is not
 * decided, the way goes down through what is undecided instead. Depth is that of the graph; each
 * level costs at most one pass over the grid. */
#include <math.h>

#include "criteria/eval_inner.h"

struct step {
	uint32_t node;             /* NONE: what decides lies outside the trace, or in an event */
	int64_t index;
	bool upper;                /* which end is followed */
	bool negated;              /* the sign against the criterion's */
	bool past_ends;            /* node NONE: a window leaves the trace */
};

/* How a child is looked at. */
struct view { uint32_t node; int64_t index; bool flip; };

static bool matches(const struct eval *v, const struct step *s, bool undecided, struct view child,
	int64_t value)
{
	int64_t low = formula_end(v, child.node, false, child.index);
	int64_t high = formula_end(v, child.node, true, child.index);
	int64_t key = s->upper != child.flip ? high : low;

	if (undecided)
		return low < 0 && high >= 0;
	return (child.flip ? ~key : key) == value;
}

static struct step go(const struct step *s, struct view child)
{
	return (struct step){ child.node, child.index, s->upper != child.flip,
		s->negated != child.flip, false };
}

static struct step nowhere(const struct step *s, bool past_ends)
{
	return (struct step){ NONE, s->index, s->upper, s->negated, past_ends };
}

static struct step first_match(const struct eval *v, const struct step *s, bool undecided,
	int64_t value, const struct view *views, int count)
{
	for (int i = 0; i < count; i++) {
		if (matches(v, s, undecided, views[i], value))
			return go(s, views[i]);
	}
	return nowhere(s, false);
}

static struct step step_logic(const struct eval *v, const struct step *s, bool undecided,
	int64_t value)
{
	const struct node *n = &v->n->nodes[s->node];
	const uint32_t *c = n->children;
	struct view views[4] = { { c[0], s->index, n->kind == NODE_NOT || n->kind == NODE_IMPLIES },
		{ n->child_count > 1 ? c[1] : c[0], s->index, n->kind == NODE_NOT },
		{ c[0], s->index, true }, { n->child_count > 1 ? c[1] : c[0], s->index, true } };

	return first_match(v, s, undecided, value, views,
		n->kind == NODE_IFF || n->kind == NODE_XOR ? 4 : 2);
}

static struct step step_neighbour(const struct eval *v, const struct step *s, bool undecided,
	int64_t value)
{
	const struct node *n = &v->n->nodes[s->node];
	int64_t beside = s->index + (n->kind == NODE_NEXT ? 1 : -1);
	struct view views[2] = { { n->children[0], beside, n->kind == NODE_RISE },
		{ n->children[0], s->index, n->kind == NODE_FALL } };
	bool inside = beside >= 0 && beside < (int64_t)v->grid.count;
	bool alone = n->kind == NODE_PREV || n->kind == NODE_NEXT;
	struct step ret = nowhere(s, true);

	if (inside || !alone)
		ret = first_match(v, s, undecided, value, inside ? views : views + 1,
			inside && !alone ? 2 : 1);
	if (ret.node == NONE)
		ret.past_ends = !inside;
	return ret;
}

/* Whether the window at s leaves the trace. */
static bool leaves(const struct eval *v, const struct node *n, int64_t index)
{
	int64_t from, to, time = v->grid.times[index];

	formula_offsets(n, &from, &to);
	if (from != -STL_OPEN && (time + from < v->begin || time + from > v->end))
		return true;
	return to != STL_OPEN && (time + to > v->end || time + to < v->begin);
}

static struct step step_window(const struct eval *v, const struct step *s, bool undecided,
	int64_t value)
{
	const struct node *n = &v->n->nodes[s->node];
	int64_t first = 0, last = -1;
	bool whole = true;

	if (n->kind == NODE_RANGE) {
		if (formula_range(v, n, &first, &last, &whole) != ERR_OK)
			return nowhere(s, false);
	} else {
		formula_window(v, n, s->index, &first, &last);
		whole = !leaves(v, n, s->index);
	}
	for (int64_t i = first; i <= last; i++) {
		struct view view = { n->children[0], i, false };
		if (matches(v, s, undecided, view, value))
			return go(s, view);
	}
	return nowhere(s, !whole);
}

/* For a decided until: the time of q whose minimum with p up to it is the value. */
static struct step until_value(const struct eval *v, const struct step *s, int64_t value,
	int64_t first, int64_t last)
{
	const struct node *n = &v->n->nodes[s->node];
	bool past = n->kind == NODE_SINCE;
	int64_t step = past ? -1 : 1, least = STL_TOP, end = past ? first : last;
	int64_t p_at = -1; /* a time at which p has the value: the lowest one */

	for (int64_t k = s->index; past ? k >= end : k <= end; k += step) {
		struct view p = { n->children[0], k, false }, q = { n->children[1], k, false };
		int64_t key = formula_end(v, q.node, s->upper, k);

		if (k >= first && k <= last && stl_min(key, least) == value) {
			if (p_at >= 0 && (!past || key != value))
				return go(s, (struct view){ p.node, p_at, false });
			return go(s, q);
		}
		key = formula_end(v, p.node, s->upper, k);
		least = stl_min(least, key);
		if (key == value && (past || p_at < 0))
			p_at = k;
	}
	return p_at >= 0 ? go(s, (struct view){ n->children[0], p_at, false }) : nowhere(s, false);
}

/* For an undecided one: the nearest time at which either is undecided. */
static struct step until_doubt(const struct eval *v, const struct step *s, int64_t first,
	int64_t last)
{
	const struct node *n = &v->n->nodes[s->node];
	bool past = n->kind == NODE_SINCE;
	int64_t step = past ? -1 : 1, end = past ? first : last;

	for (int64_t k = s->index; past ? k >= end : k <= end; k += step) {
		struct view p = { n->children[0], k, false }, q = { n->children[1], k, false };

		if (k >= first && k <= last && matches(v, s, true, q, 0))
			return go(s, q);
		if (matches(v, s, true, p, 0))
			return go(s, p);
	}
	return nowhere(s, leaves(v, n, s->index));
}

static struct step step_down(const struct eval *v, const struct step *s, bool undecided)
{
	const struct node *n = &v->n->nodes[s->node];
	int64_t value = formula_end(v, s->node, s->upper, s->index), first, last;

	switch ((int)n->kind) {
	case NODE_NOT:
	case NODE_AND:
	case NODE_OR:
	case NODE_IMPLIES:
	case NODE_IFF:
	case NODE_XOR:
		return step_logic(v, s, undecided, value);
	case NODE_RISE:
	case NODE_FALL:
	case NODE_PREV:
	case NODE_NEXT:
		return step_neighbour(v, s, undecided, value);
	case NODE_UNTIL:
	case NODE_SINCE:
		formula_window(v, n, s->index, &first, &last);
		return undecided ? until_doubt(v, s, first, last) :
			until_value(v, s, value, first, last);
	default:
		return step_window(v, s, undecided, value);
	}
}

/* Down to a comparison, flag or text, or to nowhere. */
static struct step descend(const struct eval *v, uint32_t root, bool upper, bool undecided)
{
	struct step s = { .node = root, .upper = upper };

	while (s.node != NONE && v->n->nodes[s.node].kind > NODE_TEXT_IS)
		s = step_down(v, &s, undecided);
	return s;
}

/* ---- what is told of it ---------------------------------------------------------------------- */

/* One end of the margin, in the unit of the comparison it comes from. */
static double end_margin(const struct eval *v, uint32_t root, bool upper, const struct unit *unit)
{
	struct step s = descend(v, root, upper, false);
	const struct node *n = s.node == NONE ? NULL : &v->n->nodes[s.node];
	double margin;

	if (n && n->kind == NODE_COMPARE && unit_eq(&n->unit, unit)) {
		margin = formula_margin(v, n, s.index);
		if (!isnan(margin))
			return eval_told(s.negated ? -margin : margin);
	}
	if (!n && v->n->nodes[root].margin == MARGIN_UNIT)
		return eval_told(stl_value(formula_end(v, root, upper, 0)));
	return upper ? INFINITY : -INFINITY;
}

static bool push_value(struct eval_outcome *o, struct eval_value *values, struct eval_value x)
{
	for (uint32_t i = 0; i < o->value_count; i++) {
		if (str_eq(values[i].name, x.name))
			return true;
	}
	if (o->value_count == OUTCOME_VALUES)
		return false;
	x.value = eval_told(x.value);
	values[o->value_count++] = x;
	return true;
}

/* The name and value a node has at a time, when people know it by a name. */
static bool named_value(const struct eval *v, uint32_t node, int64_t index,
	struct eval_value *ret)
{
	const struct node *n = &v->n->nodes[node];
	const struct eval_signal *s;

	*ret = (struct eval_value){ .name = n->name, .unit = n->unit,
		.value = quantity_at(v, node, index) };
	if (n->kind == NODE_SIGNAL || n->kind == NODE_FLAG || n->kind == NODE_TEXT_IS) {
		s = &v->input->signals[n->index];
		ret->name = v->p->signals[n->index].name;
		if (v->p->signals[n->index].kind == SIGNAL_TEXT && ret->value >= 0 &&
			ret->value < s->label_count)
			ret->label = s->labels[(uint32_t)ret->value];
	} else if (n->kind == NODE_PARAMETER) {
		ret->name = v->p->parameters[n->index].name;
	} else if ((n->kind == NODE_NUMBER || n->kind == NODE_TABLE) && n->name.len == 0) {
		ret->name = n->text;
	}
	return ret->name.len > 0;
}

/* Signals, parameters, numbers and lets below a leaf, from left to right. */
static enum err_code gather_values(struct eval *v, struct arena *a, uint32_t leaf, int64_t index,
	struct eval_outcome *o)
{
	struct eval_value *values = ARENA_ARRAY(a, struct eval_value, OUTCOME_VALUES), x;
	uint32_t *stack = ARENA_ARRAY(v->work, uint32_t, v->n->count + FUNCTION_ARGUMENTS_MAX);
	bool *seen = ARENA_ARRAY(v->work, bool, v->n->count);
	uint32_t depth = 0;

	if (!values || !stack || !seen)
		return err_set(v->e, ERR_TOO_LARGE, "evaluation needs too much memory");
	o->values = values;
	seen[leaf] = true;
	stack[depth++] = leaf;
	while (depth > 0) {
		uint32_t node = stack[--depth];
		const struct node *n = &v->n->nodes[node];

		if (n->kind != NODE_COMPARE && named_value(v, node, index, &x) &&
			!push_value(o, values, x))
			return ERR_OK;
		for (uint32_t i = n->child_count; i-- > 0; ) {
			if (!seen[n->children[i]]) {
				seen[n->children[i]] = true;
				stack[depth++] = n->children[i];
			}
		}
	}
	return ERR_OK;
}

static void tell_span(const struct eval *v, uint32_t root, struct eval_outcome *o)
{
	const struct span *s = &v->spans[root];
	int64_t from = INT64_MAX, to = INT64_MIN;

	if (s->low <= s->high) {
		from = v->begin + s->low;
		to = v->begin + s->high;
	}
	if (s->fixed_low <= s->fixed_high) {
		from = s->fixed_low < from ? s->fixed_low : from;
		to = s->fixed_high > to ? s->fixed_high : to;
	}
	o->from_ns = from > to || from < v->begin ? v->begin : from > v->end ? v->end : from;
	o->to_ns = from > to || to > v->end ? v->end : to < v->begin ? v->begin : to;
}

enum err_code witness_run(struct eval *v, struct arena *a, uint32_t index,
	struct eval_outcome *ret)
{
	uint32_t root = v->p->criteria[index].node;
	struct eval_outcome o = { .state = EVAL_UNKNOWN, .lower = -INFINITY, .upper = INFINITY,
		.limit = NAN, .unit = v->n->nodes[root].unit };
	struct step s = { .node = NONE, .past_ends = true };
	bool holds, violated;

	TRY(why_spans(v));
	if (v->grid.count == 0) {
		TRY(why_run(v, root, NONE, 0, true, &o));
		*ret = o;
		return ERR_OK;
	}
	holds = formula_end(v, root, false, 0) >= 0;
	violated = formula_end(v, root, true, 0) < 0;
	o.state = holds ? EVAL_HOLDS : violated ? EVAL_VIOLATED : EVAL_UNKNOWN;
	s = descend(v, root, violated, !holds && !violated);
	o.time_ns = v->grid.times[s.index];
	if (s.node != NONE) {
		const struct node *n = &v->n->nodes[s.node];
		o.predicate = n->text;
		o.has_margin = n->kind == NODE_COMPARE;
		o.unit = n->unit;
		if (o.has_margin)
			o.limit = eval_told(quantity_at(v, n->children[1], s.index));
		TRY(gather_values(v, a, s.node, s.index, &o));
	} else {
		o.has_margin = v->n->nodes[root].margin != MARGIN_NONE;
	}
	if (o.has_margin) {
		o.lower = end_margin(v, root, false, &o.unit);
		o.upper = formula_end(v, root, false, 0) == formula_end(v, root, true, 0) ?
			o.lower : end_margin(v, root, true, &o.unit);
	} else {
		o.lower = stl_value(formula_end(v, root, false, 0));
		o.upper = stl_value(formula_end(v, root, true, 0));
	}
	tell_span(v, root, &o);
	if (o.state == EVAL_UNKNOWN)
		TRY(why_run(v, root, s.node, s.index, s.past_ends, &o));
	*ret = o;
	return ERR_OK;
}
