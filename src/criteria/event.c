/* event.c - where events lie, and measures between them. */
#include <math.h>

#include "criteria/eval_inner.h"

/* The times a rule may look at. `open_low`: the range begins before the trace does. */
struct range {
	int64_t low, high;         /* closed, ns */
	bool open_low, open_high;
	bool missing;              /* an event that bounds it has no place */
};

static struct range range_of(const struct eval *v, uint32_t after, uint32_t before)
{
	struct range r = { .low = v->begin, .high = v->end };

	if (after != NONE) {
		const struct event_place *place = &v->events[after];
		r.missing = r.missing || !place->found || place->uncertain;
		r.open_low = place->time < v->begin;
		r.low = place->time;
	}
	if (before != NONE) {
		const struct event_place *place = &v->events[before];
		r.missing = r.missing || !place->found || place->uncertain;
		r.open_high = place->time > v->end;
		r.high = place->time;
	}
	return r;
}

/* Linear between the two times; rounded to the nearest nanosecond, a half up. */
static int64_t crossing_time(int64_t a, int64_t b, double da, double db, bool linear)
{
	double past;

	if (!linear || db == 0)
		return b;
	past = floor((double)(b - a) * (-da / (db - da)) + 0.5);
	if (!(past < (double)(b - a)))
		return b;
	return past < 1 ? a : a + (int64_t)past;
}

/* Whether the rule's event is at grid time i, or for crossings between it and the one before. */
enum hit { HIT_NO, HIT_MAYBE, HIT_YES };

static enum hit hit_formula(const struct eval *v, const struct event_rule *rule, int64_t i,
	int64_t *ret_time)
{
	*ret_time = v->grid.times[i];
	if (formula_end(v, rule->x, false, i) >= 0)
		return HIT_YES;
	return formula_end(v, rule->x, true, i) >= 0 ? HIT_MAYBE : HIT_NO;
}

static enum hit hit_crossing(const struct eval *v, const struct event_rule *rule,
	const struct range *r, int64_t i, int64_t *ret_time)
{
	int64_t a = i > 0 ? v->grid.times[i - 1] : 0, b = v->grid.times[i];
	const struct node *x = &v->n->nodes[rule->x], *y = &v->n->nodes[rule->y];
	bool linear = (x->linear || x->constant) && (y->linear || y->constant);
	double da, db;

	if (i == 0)
		return HIT_NO;
	da = quantity_at(v, rule->x, i - 1) - quantity_at(v, rule->y, i - 1);
	db = quantity_at(v, rule->x, i) - quantity_at(v, rule->y, i);
	if (da >= 0 || db < 0)
		return HIT_NO;
	if (isnan(da) || isnan(db)) /* anywhere between a and b, if that is in range at all */
		return b >= r->low && a < r->high ? HIT_MAYBE : HIT_NO;
	*ret_time = crossing_time(a, b, da, db, linear);
	return *ret_time >= r->low && *ret_time <= r->high ? HIT_YES : HIT_NO;
}

static struct event_place search(const struct eval *v, const struct event_rule *rule)
{
	bool crossing = rule->kind == RULE_FIRST_CROSSING || rule->kind == RULE_LAST_CROSSING;
	bool forward = rule->kind == RULE_FIRST || rule->kind == RULE_FIRST_CROSSING;
	struct range r = range_of(v, rule->after, rule->before);
	struct event_place place = { 0 };
	int64_t first, last, i;

	if (r.missing || v->grid.count == 0)
		return (struct event_place){ .uncertain = true };
	first = grid_at_or_after(&v->grid, r.low);
	last = grid_at_or_before(&v->grid, r.high);
	if (crossing && last + 1 < (int64_t)v->grid.count)
		last++; /* a crossing may lie before a grid time past the range */
	place.uncertain = forward ? r.open_low : r.open_high;
	for (i = forward ? first : last; i >= first && i <= last; i += forward ? 1 : -1) {
		int64_t time = 0;
		enum hit hit = crossing ? hit_crossing(v, rule, &r, i, &time) :
			hit_formula(v, rule, i, &time);

		if (hit == HIT_YES) {
			place.found = true;
			place.time = time;
			return place;
		}
		place.uncertain = place.uncertain || hit == HIT_MAYBE;
	}
	place.uncertain = place.uncertain || r.open_low || r.open_high;
	return place;
}

static struct event_place shifted(struct event_place place, int64_t offset)
{
	place.time += offset;
	if (place.time > TIME_MAX)
		place.time = TIME_MAX;
	if (place.time < -TIME_MAX)
		place.time = -TIME_MAX;
	return place;
}

void event_run(struct eval *v, uint32_t rule)
{
	for (; v->events_done <= rule; v->events_done++) {
		const struct event_rule *r = &v->n->rules[v->events_done];
		struct event_place *ret = &v->events[v->events_done];

		if (r->kind == RULE_START)
			*ret = (struct event_place){ v->grid.count > 0, false, v->begin };
		else if (r->kind == RULE_END)
			*ret = (struct event_place){ v->grid.count > 0, false, v->end };
		else if (r->kind == RULE_OFFSET)
			*ret = shifted(v->events[r->base], r->offset);
		else
			*ret = search(v, r);
	}
}

/* ---- measures -------------------------------------------------------------------------------- */

/* Area under the values by time: straight between them, or steps. Summed in order. */
static double mean_of(const struct eval *v, uint32_t node, int64_t first, int64_t last)
{
	bool linear = v->n->nodes[node].linear;
	double area = 0;

	if (first == last || v->columns[node].constant)
		return quantity_at(v, node, first);
	for (int64_t i = first; i < last; i++) {
		double a = quantity_at(v, node, i), b = quantity_at(v, node, i + 1);
		double width = (double)(v->grid.times[i + 1] - v->grid.times[i]);

		if (isnan(b))
			return NAN;
		area += (linear ? (a + b) / 2 : a) * width;
	}
	return area / (double)(v->grid.times[last] - v->grid.times[first]);
}

void event_measure(const struct eval *v, uint32_t measure, struct eval_measure *ret)
{
	const struct measure_rule *rule = &v->n->measures[measure];
	uint32_t node = v->p->measures[measure].node;
	const struct node *n = &v->n->nodes[node];
	struct range r = range_of(v, rule->after, rule->before);
	int64_t first, last, best;

	*ret = (struct eval_measure){ .time_ns = v->begin };
	if (rule->kind == MEASURE_VALUE) {
		ret->value = eval_told(quantity_at(v, node, 0));
		ret->known = !isnan(ret->value);
		if (n->kind == NODE_VALUE && ret->known)
			ret->time_ns = v->events[n->event_a].time;
		return;
	}
	if (r.missing || r.open_low || r.open_high || v->grid.count == 0)
		return;
	best = first = grid_at_or_after(&v->grid, r.low);
	last = grid_at_or_before(&v->grid, r.high);
	if (first > last)
		return;
	for (int64_t i = first; i <= last; i++) {
		double x = quantity_at(v, node, i), least = quantity_at(v, node, best);

		if (isnan(x))
			return;
		if (rule->kind == MEASURE_MINIMUM ? x < least : x > least)
			best = i;
	}
	ret->value = eval_told(rule->kind == MEASURE_MEAN ? mean_of(v, node, first, last) :
		quantity_at(v, node, best));
	ret->time_ns = v->grid.times[rule->kind == MEASURE_MEAN ? first : best];
	ret->known = !isnan(ret->value);
}
