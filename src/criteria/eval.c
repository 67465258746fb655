/* eval.c - one pass over the nodes of a program, then events, measures and outcomes. */
#include "criteria/eval_inner.h"

#include <math.h>

static const char *const why_names[WHY_COUNT] = { "none", "limit-not-entered", "signal-missing",
	"parameter-missing", "event-not-found", "trace-too-short", "gap", "accuracy-not-stated" };

const char *eval_why_name(enum eval_why why)
{
	CHECK(why < WHY_COUNT);
	return why_names[why];
}

static enum err_code too_large(struct eval *v)
{
	return err_set(v->e, ERR_TOO_LARGE, "evaluation needs too much memory");
}

enum err_code eval_values(struct eval *v, bool constant, double **ret)
{
	double *values = arena_alloc_column(v->work, constant ? 1 : v->grid.count, sizeof(*values));

	if (!values)
		return too_large(v);
	*ret = values;
	return ERR_OK;
}

enum err_code eval_keys(struct eval *v, bool constant, int64_t **ret)
{
	int64_t *keys = arena_alloc_column(v->work, constant ? 1 : v->grid.count, sizeof(*keys));

	if (!keys)
		return too_large(v);
	*ret = keys;
	return ERR_OK;
}

enum err_code eval_start(struct eval *v)
{
	v->n = v->p->nodes;
	v->columns = ARENA_ARRAY(v->work, struct column, v->n->count);
	v->signals = ARENA_ARRAY(v->work, const double *, v->p->signal_count);
	v->events = ARENA_ARRAY(v->work, struct event_place, v->n->rule_count);
	v->plain = ARENA_ARRAY(v->work, bool, v->p->signal_count);
	if (!v->columns || !v->signals || !v->events || !v->plain)
		return too_large(v);
	return grid_build(v);
}

enum err_code eval_nodes(struct eval *v, uint32_t last)
{
	for (uint32_t i = 0; i <= last && i < v->n->count; i++) {
		if (v->n->nodes[i].type == TYPE_FORMULA)
			TRY(formula_run(v, i));
		else
			TRY(quantity_run(v, i));
	}
	return ERR_OK;
}

static enum err_code finish(struct eval *v, struct arena *a, struct eval_result *ret)
{
	const struct program *p = v->p;
	struct eval_outcome *outcomes = ARENA_ARRAY(a, struct eval_outcome, p->criterion_count);
	struct eval_event *events = ARENA_ARRAY(a, struct eval_event, p->event_count);
	struct eval_measure *measures = ARENA_ARRAY(a, struct eval_measure, p->measure_count);

	if (!outcomes || !events || !measures)
		return too_large(v);
	event_run(v, v->n->rule_count - 1);
	for (uint32_t i = 0; i < p->criterion_count; i++)
		TRY(witness_run(v, a, i, &outcomes[i]));
	for (uint32_t i = 0; i < p->event_count; i++) {
		const struct event_place *place = &v->events[v->n->event_rules[i]];
		events[i] = (struct eval_event){ place->found, place->uncertain,
			place->found ? place->time : 0 };
	}
	for (uint32_t i = 0; i < p->measure_count; i++)
		event_measure(v, i, &measures[i]);
	*ret = (struct eval_result){ outcomes, events, measures, v->begin, v->end, v->grid.count };
	return ERR_OK;
}

enum err_code eval_run(struct arena *a, struct arena *work, const struct program *p,
	const struct eval_input *input, struct eval_result *ret, struct err *e)
{
	struct eval v = { .work = work, .p = p, .input = input, .e = e };

	TRY(eval_start(&v));
	TRY(eval_nodes(&v, v.n->count));
	return finish(&v, a, ret);
}

/* The node of a signal or let, or NONE. */
static uint32_t node_named(const struct program *p, struct str name)
{
	for (uint32_t i = 0; i < p->signal_count; i++) {
		if (str_eq(p->signals[i].name, name))
			return p->nodes->signal_nodes[i];
	}
	for (uint32_t i = 0; i < p->nodes->let_count; i++) {
		if (str_eq(p->nodes->lets[i].name, name))
			return p->nodes->lets[i].node;
	}
	return NONE;
}

static enum err_code copy_series(struct eval *v, struct arena *a, uint32_t node,
	const int64_t **ret_times, const double **ret_values)
{
	uint64_t count = v->grid.count;
	const struct column *c = &v->columns[node];
	int64_t *times = arena_alloc_column(a, count, sizeof(*times));
	double *values = arena_alloc_column(a, count, sizeof(*values));

	if (!times || !values)
		return too_large(v);
	for (uint64_t i = 0; i < count; i++) {
		uint64_t at = c->constant ? 0 : i;
		times[i] = v->grid.times[i];
		if (c->values)
			values[i] = c->values[at];
		else
			values[i] = c->lower[at] == c->upper[at] ? stl_value(c->lower[at]) : NAN;
	}
	*ret_times = times;
	*ret_values = values;
	return ERR_OK;
}

enum err_code eval_series(struct arena *a, struct arena *work, const struct program *p,
	const struct eval_input *input, struct str name, uint64_t *ret_count,
	const int64_t **ret_times, const double **ret_values, struct err *e)
{
	struct eval v = { .work = work, .p = p, .input = input, .e = e };
	uint32_t node = node_named(p, name);

	if (node == NONE)
		return err_set(e, ERR_NOT_FOUND, "program has no signal or let \"" STR_FMT "\"",
			(int)(name.len < 64 ? name.len : 64), name.at);
	TRY(eval_start(&v));
	TRY(eval_nodes(&v, node));
	TRY(copy_series(&v, a, node, ret_times, ret_values));
	*ret_count = v.grid.count;
	return ERR_OK;
}
