/* plot_series.c - signals and quantities of a run, thinned for pictures, and flags and texts as
 * spans.
 *
 * A picture needs no more points than it has columns: time is cut into buckets, and each keeps its
 * least and its greatest value where they stand, so that no peak is lost. Values are rounded to a
 * step of a power of ten under a ten-thousandth of their span: enough for eyes, and the document
 * says no more than the picture shows.
 */
#include <math.h>

#include "base/limits.h"
#include "criteria/evaluation_inner.h"

#define BUCKET_POINTS 3    /* least, greatest, and a break where something is unknown */
#define BUCKETS (LIMIT_PLOT_POINTS / BUCKET_POINTS)
#define STEPS_MIN 10000.0
#define POWER_MIN (-9)
#define POWER_MAX 15

/* What to draw: either a signal as it was measured, or a quantity over the grid. */
struct series {
	struct str name;
	struct unit unit;
	uint64_t count;
	const int64_t *times;
	const double *values;
	int64_t gap_ns;            /* past this between two times the line breaks */
	bool hold;
};

struct thin {
	uint32_t count;
	int64_t times[LIMIT_PLOT_POINTS];
	double values[LIMIT_PLOT_POINTS];
};

/* ---- thinning -------------------------------------------------------------------------------- */

static void keep(struct thin *t, int64_t at, double value)
{
	if (isnan(value) && (t->count == 0 || isnan(t->values[t->count - 1])))
		return;
	CHECK(t->count < LIMIT_PLOT_POINTS);
	t->times[t->count] = at;
	t->values[t->count++] = value;
}

static bool breaks_before(const struct series *s, uint64_t i)
{
	return isnan(s->values[i]) ||
		(i > 0 && s->times[i] - s->times[i - 1] > s->gap_ns);
}

/* Points of a bucket: two samples, and where the line breaks. */
struct bucket { uint64_t least, greatest, broken; };

/* [from, to). The last break counts: the next bucket begins behind it. */
static struct bucket look_at(const struct series *s, uint64_t from, uint64_t to)
{
	struct bucket b = { UINT64_MAX, UINT64_MAX, UINT64_MAX };
	for (uint64_t i = from; i < to; i++) {
		if (breaks_before(s, i))
			b.broken = i;
		if (isnan(s->values[i]) || isinf(s->values[i]))
			continue;
		if (b.least == UINT64_MAX || s->values[i] < s->values[b.least])
			b.least = i;
		if (b.greatest == UINT64_MAX || s->values[i] > s->values[b.greatest])
			b.greatest = i;
	}
	return b;
}

static void keep_bucket(const struct series *s, uint64_t from, uint64_t to, struct thin *t)
{
	struct bucket b = look_at(s, from, to);
	uint64_t points[2] = { b.least < b.greatest ? b.least : b.greatest,
		b.least < b.greatest ? b.greatest : b.least };
	bool broken = b.broken != UINT64_MAX;
	for (int i = 0; i < 2 && b.least != UINT64_MAX; i++) {
		if (broken && b.broken <= points[i]) {
			keep(t, s->times[b.broken], NAN);
			broken = false;
		}
		if (i == 0 || points[1] != points[0])
			keep(t, s->times[points[i]], s->values[points[i]]);
	}
	if (broken)
		keep(t, s->times[b.broken], NAN);
}

/* Few points are all kept; each of these has at most a break before it. */
static bool is_short(const struct series *s)
{
	return s->count <= LIMIT_PLOT_POINTS / 2;
}

static void thin_out(const struct series *s, struct thin *t)
{
	uint64_t from = 0;
	t->count = 0;
	if (s->count == 0)
		return;
	int64_t begin = s->times[0];
	uint64_t span = (uint64_t)s->times[s->count - 1] - (uint64_t)begin;
	for (uint64_t b = 0; b < BUCKETS && !is_short(s); b++) {
		/* Ends of buckets are the same integers everywhere. */
		uint64_t end = span / BUCKETS * (b + 1);
		uint64_t to = from;
		while (to < s->count &&
			(b + 1 == BUCKETS || (uint64_t)s->times[to] - (uint64_t)begin < end))
			to++;
		if (to > from)
			keep_bucket(s, from, to, t);
		from = to;
	}
	for (uint64_t i = 0; i < s->count && is_short(s); i++)
		keep_bucket(s, i, i + 1, t);
}

/* ---- rounding -------------------------------------------------------------------------------- */

static double power_of_ten(int n)
{
	double p = 1;
	while (n-- > 0)
		p *= 10;
	return p;
}

/* Exponent of the largest step that still cuts the span into STEPS_MIN. */
static int step_for(const struct thin *t)
{
	double least = INFINITY, greatest = -INFINITY;
	for (uint32_t i = 0; i < t->count; i++) {
		if (t->values[i] < least)
			least = t->values[i];
		if (t->values[i] > greatest)
			greatest = t->values[i];
	}
	double span = greatest > least ? greatest - least : fabs(greatest);
	for (int n = POWER_MAX; n > POWER_MIN; n--) {
		double steps = n >= 0 ? span / power_of_ten(n) : span * power_of_ten(-n);
		if (steps >= STEPS_MIN)
			return n;
	}
	return POWER_MIN;
}

/* The nearest multiple of the step, as a double: shortest digits of it are few. */
static double rounded(double value, int step)
{
	if (step >= 0)
		return floor(value / power_of_ten(step) + 0.5) * power_of_ten(step);
	return floor(value * power_of_ten(-step) + 0.5) / power_of_ten(-step);
}

static struct json *series_json(struct arena *a, const struct series *s, const struct thin *t)
{
	int step = step_for(t);
	struct json *v = json_new_object(a);
	struct json *times = json_new_array(a);
	struct json *values = json_new_array(a);
	for (uint32_t i = 0; i < t->count; i++) {
		bool known = !isnan(t->values[i]);
		times = json_push(a, times, json_new_str(a, text_of_time(a, t->times[i])));
		values = json_push(a, values, known ? json_new_str(a,
			text_of_double(a, rounded(t->values[i], step))) : json_new_null(a));
	}
	v = json_set_str(a, v, "name", s->name);
	v = json_set_str(a, v, "unit", text_of_unit(a, &s->unit));
	if (s->hold)
		v = json_set(a, v, "hold", json_new_bool(a, true));
	v = json_set(a, v, "times", times);
	return json_set(a, v, "values", values);
}

/* ---- which ----------------------------------------------------------------------------------- */

struct plots {
	struct arena *a, *work;
	const struct evaluation_input *input;
	const struct bound_signal *signals;
	const struct eval_input *evaluated;
	struct json *list;
	uint32_t count;
	struct str names[LIMIT_PLOTS];
};

static bool is_drawn(const struct plots *p, struct str name)
{
	for (uint32_t i = 0; i < p->count; i++) {
		if (str_eq(p->names[i], name))
			return true;
	}
	return false;
}

static enum err_code draw(struct plots *p, const struct series *s, struct err *e)
{
	struct thin *t = ARENA_NEW(p->work, struct thin);
	if (!t)
		return err_set(e, ERR_TOO_LARGE, "plots need too much memory");
	thin_out(s, t);
	p->list = json_push(p->a, p->list, series_json(p->a, s, t));
	p->names[p->count++] = s->name;
	return ERR_OK;
}

static enum err_code draw_signal(struct plots *p, uint32_t index, struct err *e)
{
	const struct program_signal *s = &p->input->program->signals[index];
	const struct eval_signal *x = &p->signals[index].signal;
	struct series series = { s->name, s->unit, x->count, x->times, x->values, s->gap_ns,
		!s->linear };
	if (s->kind != SIGNAL_NUMBER || x->count == 0 || p->count == LIMIT_PLOTS ||
		is_drawn(p, s->name))
		return ERR_OK;
	return draw(p, &series, e);
}

/* A name of a deciding comparison: a signal, or a quantity of the program. */
static enum err_code draw_value(struct plots *p, const struct eval_value *x, struct err *e)
{
	const struct program *program = p->input->program;
	struct series s = { .name = x->name, .unit = x->unit, .gap_ns = INT64_MAX };
	struct err none = { 0 };
	if (x->label.len > 0 || p->count == LIMIT_PLOTS || is_drawn(p, x->name))
		return ERR_OK;
	for (uint32_t i = 0; i < program->signal_count; i++) {
		if (str_eq(program->signals[i].name, x->name))
			return draw_signal(p, i, e);
	}
	enum err_code code = eval_series(p->a, p->work, program, p->evaluated, x->name, &s.count,
		&s.times, &s.values, &none);
	if (code == ERR_NOT_FOUND)
		return ERR_OK; /* a parameter: one number, nothing to draw */
	if (code != ERR_OK)
		return err_set(e, code, "%s", none.message);
	return draw(p, &s, e);
}

/* ---- flags and texts ------------------------------------------------------------------------- */

/* What stands at sample i, as text; empty: unknown. */
static struct str state_at(const struct program_signal *s, const struct eval_signal *x, uint64_t i)
{
	double value = x->values[i];
	if (isnan(value))
		return STR("");
	if (s->kind == SIGNAL_FLAG)
		return value != 0 ? STR("1") : STR("0");
	return x->labels[(uint32_t)value];
}

static struct json *span_json(struct arena *a, int64_t from, int64_t to, struct str is)
{
	struct json *v = json_set_str(a, json_new_object(a), "from", text_of_time(a, from));
	v = json_set_str(a, v, "to", text_of_time(a, to));
	return json_set_str(a, v, "is", text_clean(a, is));
}

/* A state stands until the next sample, at most for the gap the program declares. */
static int64_t stands_until(const struct program_signal *s, const struct eval_signal *x, uint64_t i,
	int64_t end)
{
	int64_t next = i + 1 < x->count ? x->times[i + 1] : end;
	int64_t most;
	if (__builtin_add_overflow(x->times[i], s->gap_ns, &most))
		most = INT64_MAX;
	return next < most ? next : most;
}

static struct json *states_json(struct arena *a, const struct program_signal *s,
	const struct eval_signal *x, int64_t end)
{
	struct json *spans = json_new_array(a);
	struct json *v = json_set_str(a, json_new_object(a), "name", s->name);
	uint32_t count = 0;
	struct str is = { "", 0 };
	int64_t from = 0, to = 0;
	for (uint64_t i = 0; i < x->count; i++) {
		struct str next = state_at(s, x, i);
		bool goes_on = i > 0 && str_eq(next, is) && x->times[i] <= to;
		if (!goes_on) {
			if (is.len > 0 && count++ < LIMIT_PLOT_SPANS)
				spans = json_push(a, spans, span_json(a, from, to, is));
			is = next;
			from = x->times[i];
		}
		to = stands_until(s, x, i, end);
	}
	if (is.len > 0 && count++ < LIMIT_PLOT_SPANS)
		spans = json_push(a, spans, span_json(a, from, to, is));
	v = json_set(a, v, "spans", spans);
	return count <= LIMIT_PLOT_SPANS ? v
		: json_set_number(a, v, "spansLeftOut", (double)(count - LIMIT_PLOT_SPANS));
}

static struct json *all_states(struct arena *a, const struct program *p,
	const struct bound_signal *signals, int64_t end)
{
	struct json *list = json_new_array(a);
	for (uint32_t i = 0; i < p->signal_count; i++) {
		if (p->signals[i].kind != SIGNAL_NUMBER && signals[i].signal.count > 0)
			list = json_push(a, list,
				states_json(a, &p->signals[i], &signals[i].signal, end));
	}
	return list;
}

enum err_code plot_run(struct arena *a, struct arena *work, const struct evaluation_input *input,
	const struct bound_signal *signals, const struct eval_input *evaluated,
	const struct eval_result *result, struct json *run, struct err *e)
{
	struct plots p = { .a = a, .work = work, .input = input, .signals = signals,
		.evaluated = evaluated, .list = json_new_array(a) };
	/* What decided comes first, then what else was measured, as far as there is room. */
	for (uint32_t i = 0; i < input->program->criterion_count; i++) {
		const struct eval_outcome *o = &result->criteria[i];
		for (uint32_t k = 0; k < o->value_count; k++)
			TRY(draw_value(&p, &o->values[k], e));
	}
	for (uint32_t i = 0; i < input->program->signal_count; i++)
		TRY(draw_signal(&p, i, e));
	json_set(a, run, "plots", p.list);
	json_set(a, run, "states", all_states(a, input->program, signals, result->end_ns));
	return ERR_OK;
}
