/* why.c - why a criterion is unknown, and which part of the trace it looks at. */
#include <math.h>

#include "criteria/eval_inner.h"

#define SPAN_MAX (INT64_C(1) << 61)

/* ---- spans ----------------------------------------------------------------------------------- */

static const struct span no_span = { 0, -1, 0, -1 };

static int64_t clamped(int64_t a, int64_t b)
{
	int64_t sum = a == STL_OPEN || b == STL_OPEN ? SPAN_MAX :
		a == -STL_OPEN || b == -STL_OPEN ? -SPAN_MAX : a + b;

	return sum > SPAN_MAX ? SPAN_MAX : sum < -SPAN_MAX ? -SPAN_MAX : sum;
}

static void widen(int64_t *low, int64_t *high, int64_t more_low, int64_t more_high)
{
	if (more_low > more_high)
		return;
	if (*low > *high) {
		*low = more_low;
		*high = more_high;
		return;
	}
	*low = more_low < *low ? more_low : *low;
	*high = more_high > *high ? more_high : *high;
}

static struct span range_span(const struct eval *v, const struct node *n, const struct span *c)
{
	const struct event_place *a = n->event_a == NONE ? NULL : &v->events[n->event_a];
	const struct event_place *b = n->event_b == NONE ? NULL : &v->events[n->event_b];
	struct span s = no_span;
	int64_t from = a && a->found ? a->time : v->begin, to = b && b->found ? b->time : v->end;

	if (n->at)
		to = from;
	widen(&s.fixed_low, &s.fixed_high, c->fixed_low, c->fixed_high);
	if (c->low <= c->high)
		widen(&s.fixed_low, &s.fixed_high, clamped(from, c->low), clamped(to, c->high));
	return s;
}

static struct span node_span(const struct eval *v, const struct node *n)
{
	struct span s = no_span;
	int64_t from = 0, to = 0;
	bool window = n->kind >= NODE_ALWAYS && n->kind <= NODE_SINCE;

	if (n->kind <= NODE_TEXT_IS)
		return (struct span){ 0, 0, 0, -1 };
	if (n->kind == NODE_RANGE)
		return range_span(v, n, &v->spans[n->children[0]]);
	if (window)
		formula_offsets(n, &from, &to);
	for (uint32_t i = 0; i < n->child_count; i++) {
		const struct span *c = &v->spans[n->children[i]];
		bool nearer = i == 0 && (n->kind == NODE_UNTIL || n->kind == NODE_SINCE);
		int64_t low = nearer && from > 0 ? 0 : from, high = nearer && to < 0 ? 0 : to;

		widen(&s.fixed_low, &s.fixed_high, c->fixed_low, c->fixed_high);
		if (c->low <= c->high)
			widen(&s.low, &s.high, clamped(c->low, low), clamped(c->high, high));
	}
	return s;
}

enum err_code why_spans(struct eval *v)
{
	if (v->spans)
		return ERR_OK;
	v->spans = ARENA_ARRAY(v->work, struct span, v->n->count);
	if (!v->spans)
		return err_set(v->e, ERR_TOO_LARGE, "evaluation needs too much memory");
	for (uint32_t i = 0; i < v->n->count; i++) {
		if (v->n->nodes[i].type == TYPE_FORMULA)
			v->spans[i] = node_span(v, &v->n->nodes[i]);
	}
	return ERR_OK;
}

/* ---- reasons --------------------------------------------------------------------------------- */

/* What a criterion depends on: nodes and event rules, those below events included. */
struct reach { bool *nodes, *rules; };

static void reach_rule(const struct eval *v, struct reach *r, uint32_t rule)
{
	if (rule == NONE || r->rules[rule])
		return;
	r->rules[rule] = true;
	for (uint32_t i = rule + 1; i-- > 0; ) { /* rules name rules before them only */
		const struct event_rule *e = &v->n->rules[i];
		if (!r->rules[i] || e->kind == RULE_START || e->kind == RULE_END)
			continue;
		if (e->kind == RULE_OFFSET) {
			r->rules[e->base] = true;
			continue;
		}
		r->nodes[e->x] = true;
		if (e->kind == RULE_FIRST_CROSSING || e->kind == RULE_LAST_CROSSING)
			r->nodes[e->y] = true;
		if (e->after != NONE)
			r->rules[e->after] = true;
		if (e->before != NONE)
			r->rules[e->before] = true;
	}
}

static enum err_code reach_from(struct eval *v, uint32_t root, struct reach *r)
{
	r->nodes = ARENA_ARRAY(v->work, bool, v->n->count);
	r->rules = ARENA_ARRAY(v->work, bool, v->n->rule_count);
	if (!r->nodes || !r->rules)
		return err_set(v->e, ERR_TOO_LARGE, "evaluation needs too much memory");
	r->nodes[root] = true;
	for (uint32_t i = root + 1; i-- > 0; ) {
		const struct node *n = &v->n->nodes[i];
		if (!r->nodes[i])
			continue;
		for (uint32_t k = 0; k < n->child_count; k++)
			r->nodes[n->children[k]] = true;
		if (n->kind == NODE_RANGE || n->kind == NODE_VALUE || n->kind == NODE_DURATION)
			reach_rule(v, r, n->event_a);
		if (n->kind == NODE_RANGE || n->kind == NODE_DURATION)
			reach_rule(v, r, n->event_b);
	}
	return ERR_OK;
}

static bool has_signal(const struct node *n)
{
	return n->kind == NODE_SIGNAL || n->kind == NODE_FLAG || n->kind == NODE_TEXT_IS ||
		n->kind == NODE_ACCURACY || n->kind == NODE_RATE;
}

/* Whether the node gives this reason by itself; only then *ret_name is whose. */
static bool node_gives(const struct eval *v, const struct node *n, enum eval_why why,
	struct str *ret_name)
{
	bool number = n->kind == NODE_NUMBER || n->kind == NODE_TABLE;

	if (why == WHY_LIMIT_NOT_ENTERED && number && !v->n->numbers[n->index].entered) {
		*ret_name = v->n->numbers[n->index].id;
		return true;
	}
	if (why == WHY_SIGNAL_MISSING && has_signal(n) &&
		v->input->signals[n->index].count == 0) {
		*ret_name = v->p->signals[n->index].name;
		return true;
	}
	if (why == WHY_PARAMETER_MISSING && n->kind == NODE_PARAMETER &&
		isnan(v->input->parameters[n->index])) {
		*ret_name = v->p->parameters[n->index].name;
		return true;
	}
	return false;
}

/* The first named event below an unnamed offset. */
static struct str rule_name(const struct eval *v, uint32_t rule)
{
	while (v->n->rules[rule].name.len == 0 && v->n->rules[rule].kind == RULE_OFFSET)
		rule = v->n->rules[rule].base;
	return v->n->rules[rule].name;
}

/* Reasons that hold for the run as a whole, the first of the enum first. */
static bool give_general(const struct eval *v, const struct reach *r, struct eval_outcome *ret)
{
	for (int why = WHY_LIMIT_NOT_ENTERED; why <= WHY_PARAMETER_MISSING; why++) {
		for (uint32_t i = 0; i < v->n->count; i++) {
			if (r->nodes[i] && node_gives(v, &v->n->nodes[i], (enum eval_why)why,
				&ret->why_name)) {
				ret->why = (enum eval_why)why;
				return true;
			}
		}
	}
	for (uint32_t i = 0; i < v->n->rule_count; i++) {
		if (r->rules[i] && (!v->events[i].found || v->events[i].uncertain)) {
			ret->why = WHY_EVENT_NOT_FOUND;
			ret->why_name = rule_name(v, i);
			return true;
		}
	}
	return false;
}

static bool has_gap(const struct eval *v, uint32_t node)
{
	const struct column *c = &v->columns[node];

	for (uint64_t i = 0; c->values && i < (c->constant ? 1 : v->grid.count); i++) {
		if (isnan(c->values[i]))
			return true;
	}
	return false;
}

/* Reasons of the one comparison: a signal unknown there, an accuracy, a gap further away. */
static void give_leaf(const struct eval *v, const struct reach *r, int64_t index,
	struct eval_outcome *ret)
{
	uint32_t accuracy = NONE, elsewhere = NONE;

	ret->why = WHY_GAP;
	ret->why_name = STR("");
	for (uint32_t i = 0; i < v->n->count; i++) {
		const struct node *n = &v->n->nodes[i];

		if (!r->nodes[i] || !has_signal(n))
			continue;
		if (n->kind == NODE_ACCURACY) {
			if (accuracy == NONE && isnan(quantity_at(v, i, 0)))
				accuracy = n->index;
		} else if (n->kind != NODE_RATE && isnan(quantity_at(v, i, index))) {
			ret->why_name = v->p->signals[n->index].name;
			return;
		} else if (elsewhere == NONE && has_gap(v, i)) {
			elsewhere = n->index;
		}
	}
	if (accuracy != NONE)
		ret->why = WHY_ACCURACY_NOT_STATED;
	if (accuracy != NONE || elsewhere != NONE)
		ret->why_name = v->p->signals[accuracy != NONE ? accuracy : elsewhere].name;
}

enum err_code why_run(struct eval *v, uint32_t root, uint32_t leaf, int64_t index, bool past_ends,
	struct eval_outcome *ret)
{
	struct reach all, below;

	TRY(reach_from(v, root, &all));
	if (give_general(v, &all, ret))
		return ERR_OK;
	if (leaf == NONE) {
		ret->why = past_ends ? WHY_TRACE_TOO_SHORT : WHY_GAP;
		return ERR_OK;
	}
	TRY(reach_from(v, leaf, &below));
	give_leaf(v, &below, index, ret);
	return ERR_OK;
}
