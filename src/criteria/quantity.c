/* quantity.c - nodes that are numbers: constants, signals, arithmetic, tables, functions.
 *
 * NaN is the one unknown value; it comes out of every operation it goes into. Each operation is one
 * of the machine's and rounds once. A division by zero is unknown, not infinite. */
#include <math.h>
#include <string.h>

#include "criteria/eval_inner.h"

static double operate(enum node_kind kind, double a, double b)
{
	switch ((int)kind) {
	case NODE_ADD:
		return a + b;
	case NODE_SUBTRACT:
		return a - b;
	case NODE_MULTIPLY:
		return a * b;
	case NODE_DIVIDE:
		return b == 0 ? NAN : a / b;
	case NODE_MIN:
		return a < b || isnan(a) ? a : b;
	case NODE_MAX:
		return a > b || isnan(a) ? a : b;
	default:
		CHECK(false);
		return NAN;
	}
}

/* One loop a kind and shape: the compiler makes each of constants. */
static inline __attribute__((always_inline)) void operate_all(enum node_kind kind, uint64_t count,
	const struct column *a, const struct column *b, double *ret)
{
	const double *x = a->values, *y = b->values;

	if (a->constant) {
		double fixed = x[0];
		for (uint64_t i = 0; i < count; i++)
			ret[i] = operate(kind, fixed, y[i]);
	} else if (b->constant) {
		double fixed = y[0];
		for (uint64_t i = 0; i < count; i++)
			ret[i] = operate(kind, x[i], fixed);
	} else {
		for (uint64_t i = 0; i < count; i++)
			ret[i] = operate(kind, x[i], y[i]);
	}
}

static enum err_code run_binary(struct eval *v, const struct node *n, struct column *ret)
{
	const struct column *a = &v->columns[n->children[0]], *b = &v->columns[n->children[1]];
	uint64_t count;
	double *values;

	ret->constant = a->constant && b->constant;
	TRY(eval_values(v, ret->constant, &values));
	count = ret->constant ? 1 : v->grid.count;
	switch ((int)n->kind) {
	case NODE_ADD:
		operate_all(NODE_ADD, count, a, b, values);
		break;
	case NODE_SUBTRACT:
		operate_all(NODE_SUBTRACT, count, a, b, values);
		break;
	case NODE_MULTIPLY:
		operate_all(NODE_MULTIPLY, count, a, b, values);
		break;
	case NODE_DIVIDE:
		operate_all(NODE_DIVIDE, count, a, b, values);
		break;
	case NODE_MIN:
		operate_all(NODE_MIN, count, a, b, values);
		break;
	default:
		operate_all(NODE_MAX, count, a, b, values);
		break;
	}
	ret->values = values;
	return ERR_OK;
}

/* The number's table at x: linear between rows, clamped at the ends. */
static double table_at(const struct program_number *t, uint32_t column, double x)
{
	uint32_t low = 0, high = t->row_count, width = t->column_count;
	const double *a, *b;

	if (!t->entered || t->row_count == 0 || isnan(x))
		return NAN;
	while (low < high) { /* the first row at or above x */
		uint32_t middle = low + (high - low) / 2;
		if (t->cells[(size_t)middle * width] < x)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 || low == t->row_count)
		return t->cells[(size_t)(low == 0 ? 0 : low - 1) * width + column];
	b = &t->cells[(size_t)low * width];
	a = b - width;
	if (b[0] == x)
		return b[column];
	return a[column] + (b[column] - a[column]) * (x - a[0]) / (b[0] - a[0]);
}

static enum err_code run_unary(struct eval *v, const struct node *n, struct column *ret)
{
	const struct column *a = &v->columns[n->children[0]];
	const double *x = a->values;
	uint64_t count;
	double *values;

	ret->constant = a->constant;
	TRY(eval_values(v, ret->constant, &values));
	count = ret->constant ? 1 : v->grid.count;
	for (uint64_t i = 0; i < count; i++) {
		switch ((int)n->kind) {
		case NODE_NEGATE:
			values[i] = -x[i];
			break;
		case NODE_ABS:
			values[i] = fabs(x[i]);
			break;
		case NODE_SQRT:
			values[i] = x[i] < 0 ? NAN : sqrt(x[i]);
			break;
		case NODE_CONVERT:
			values[i] = unit_convert(&n->conversion, x[i]);
			break;
		default:
			values[i] = table_at(&v->n->numbers[n->index], n->column_index, x[i]);
			break;
		}
	}
	ret->values = values;
	return ERR_OK;
}

static enum err_code run_call(struct eval *v, const struct node *n, struct column *ret)
{
	const struct function *f = &functions_table[n->index];
	struct function_call call = { .work = v->work, .count = v->grid.count,
		.times = v->grid.times, .step_ns = v->p->grid_ns,
		.argument_count = n->child_count };
	bool known = true;

	TRY(eval_values(v, false, &call.ret));
	for (uint32_t i = 0; i < n->child_count; i++) {
		const struct column *c = &v->columns[n->children[i]];
		call.arguments[i] = (struct function_column){ c->values, c->constant };
		known = known && !(strncmp(f->argument_units[i], "const ", 6) == 0 &&
			isnan(c->values[0]));
	}
	ret->values = call.ret;
	for (uint64_t i = 0; i < call.count && !known; i++)
		call.ret[i] = NAN; /* a declared number is not entered */
	if (!known || call.count == 0 || f->run(&call, v->e) == ERR_OK)
		return ERR_OK;
	(void)err_in(v->e, "%s in line %u", f->name, n->line);
	return v->e ? v->e->code : ERR_INVALID;
}

static double constant_of(struct eval *v, const struct node *n)
{
	const struct event_place *a, *b;
	int64_t index;

	switch ((int)n->kind) {
	case NODE_CONSTANT:
		return n->value;
	case NODE_NUMBER:
		return v->n->numbers[n->index].entered ? v->n->numbers[n->index].value : NAN;
	case NODE_PARAMETER:
		return v->input->parameters[n->index];
	case NODE_ACCURACY:
		return v->input->signals[n->index].accuracy;
	case NODE_RATE:
		return grid_rate(&v->input->signals[n->index]);
	case NODE_VALUE:
		event_run(v, n->event_a);
		return quantity_at_event(v, n->children[0], &v->events[n->event_a], &index);
	default:
		event_run(v, n->event_a > n->event_b ? n->event_a : n->event_b);
		a = &v->events[n->event_a];
		b = &v->events[n->event_b];
		if (!a->found || !b->found || a->uncertain || b->uncertain)
			return NAN;
		return (double)(b->time - a->time) / 1e9;
	}
}

enum err_code quantity_run(struct eval *v, uint32_t node)
{
	const struct node *n = &v->n->nodes[node];
	struct column *ret = &v->columns[node];
	double *value;

	switch ((int)n->kind) {
	case NODE_SIGNAL:
		return grid_signal(v, n->index, &ret->values);
	case NODE_ADD:
	case NODE_SUBTRACT:
	case NODE_MULTIPLY:
	case NODE_DIVIDE:
	case NODE_MIN:
	case NODE_MAX:
		return run_binary(v, n, ret);
	case NODE_NEGATE:
	case NODE_ABS:
	case NODE_SQRT:
	case NODE_CONVERT:
	case NODE_TABLE:
		return run_unary(v, n, ret);
	case NODE_CALL:
		return run_call(v, n, ret);
	default:
		ret->constant = true;
		TRY(eval_values(v, true, &value));
		*value = constant_of(v, n);
		ret->values = value;
		return ERR_OK;
	}
}

double quantity_at(const struct eval *v, uint32_t node, int64_t index)
{
	const struct column *c = &v->columns[node];

	if (!c->values || (!c->constant && (index < 0 || index >= (int64_t)v->grid.count)))
		return NAN;
	return c->values[c->constant ? 0 : index];
}

double quantity_at_event(const struct eval *v, uint32_t node, const struct event_place *at,
	int64_t *ret_index)
{
	int64_t index = grid_at_or_before(&v->grid, at->time), past, distance;
	double here = quantity_at(v, node, index), there;

	*ret_index = index;
	if (!at->found || at->uncertain || v->grid.count == 0 || at->time < v->begin ||
		at->time > v->end)
		return NAN;
	past = at->time - v->grid.times[index];
	if (past == 0 || !v->n->nodes[node].linear)
		return here;
	there = quantity_at(v, node, index + 1);
	distance = v->grid.times[index + 1] - v->grid.times[index];
	return here + (there - here) * (double)past / (double)distance;
}
