/* filter.c - low-pass filters on a uniform grid.
 *
 * A missing value ends a stretch. Each stretch is filtered for itself, with its own ends reflected
 * over the padding (odd: 2 x(end) - x) and sections that begin in their steady state; a stretch too
 * short to be reflected stays missing.
 */
#include "criteria/functions_inner.h"

#define ORDER_MAX 12
#define SECTIONS_MAX ((ORDER_MAX + 1) / 2)
#define ROOT_STEPS 64

/* y = b0 x + z1; z1 = b1 x - a1 y + z2; z2 = b2 x - a2 y. Gain 1 at frequency 0. */
struct section { double b0, b1, b2, a1, a2; };
struct cascade { uint32_t count; struct section sections[SECTIONS_MAX]; };

/* Low-pass with the analog prototype 1 / (s^2 + s damping + 1), turned into a digital one whose
 * frequencies are bent by the tangent `k` of the design frequency. */
static struct section second_order(double k, double damping)
{
	double norm = 1.0 + damping * k + k * k;
	double b = k * k / norm;
	return (struct section){ b, 2.0 * b, b, 2.0 * (k * k - 1.0) / norm,
		(1.0 - damping * k + k * k) / norm };
}

static struct section first_order(double k)
{
	double b = k / (1.0 + k);
	return (struct section){ b, b, 0, (k - 1.0) / (1.0 + k), 0 };
}

static struct cascade butterworth(uint32_t order, double k)
{
	struct cascade f = { 0 };
	for (uint32_t i = 0; i < order / 2; i++)
		f.sections[f.count++] = second_order(k,
			2.0 * trig_sin(TRIG_PI * (double)(2 * i + 1) / (double)(2 * order)));
	if (order % 2 == 1)
		f.sections[f.count++] = first_order(k);
	return f;
}

/* In place. */
static void run_section(const struct section *s, double *x, uint64_t count)
{
	double z2 = (s->b2 - s->a2) * x[0];
	double z1 = (s->b1 - s->a1) * x[0] + z2;
	for (uint64_t i = 0; i < count; i++) {
		double in = x[i];
		double out = s->b0 * in + z1;
		z1 = (s->b1 * in - s->a1 * out) + z2;
		z2 = s->b2 * in - s->a2 * out;
		x[i] = out;
	}
}

static void run_cascade(const struct cascade *f, double *x, uint64_t count)
{
	for (uint32_t i = 0; i < f->count; i++)
		run_section(&f->sections[i], x, count);
}

static void turn_round(double *x, uint64_t count)
{
	for (uint64_t i = 0; i < count / 2; i++) {
		double kept = x[i];
		x[i] = x[count - 1 - i];
		x[count - 1 - i] = kept;
	}
}

struct filter {
	const struct function_call *call;
	struct cascade cascade;
	uint32_t passes;
	uint64_t padding;          /* samples */
	double *work;              /* call->count + 2 padding */
};

/* [from, from + count) of the column has no missing value. */
static void run_stretch(const struct filter *f, uint64_t from, uint64_t count)
{
	const struct function_call *c = f->call;
	uint64_t p = f->padding;
	uint64_t whole = count + 2 * p;
	if (count <= p) {
		for (uint64_t i = 0; i < count; i++)
			c->ret[from + i] = NAN;
		return;
	}
	double first = argument(c, 0, from);
	double last = argument(c, 0, from + count - 1);
	for (uint64_t i = 0; i < p; i++) {
		f->work[p - 1 - i] = 2.0 * first - argument(c, 0, from + 1 + i);
		f->work[p + count + i] = 2.0 * last - argument(c, 0, from + count - 2 - i);
	}
	for (uint64_t i = 0; i < count; i++)
		f->work[p + i] = argument(c, 0, from + i);
	run_cascade(&f->cascade, f->work, whole);
	if (f->passes == 2) {
		turn_round(f->work, whole);
		run_cascade(&f->cascade, f->work, whole);
		turn_round(f->work, whole);
	}
	for (uint64_t i = 0; i < count; i++)
		c->ret[from + i] = f->work[p + i];
}

static enum err_code run(struct filter *f, double padding_s, const char *name, struct err *e)
{
	const struct function_call *c = f->call;
	uint64_t from = 0;
	if (!(padding_s >= 0 && padding_s <= 3600))
		return err_set(e, ERR_INVALID, "padding of %s must lie between 0 s and 3600 s",
			name);
	f->padding = (uint64_t)floor(padding_s * NS_PER_S / (double)c->step_ns + 0.5);
	if (f->padding > c->count)
		f->padding = c->count;
	f->work = ARENA_ARRAY(c->work, double, c->count + 2 * f->padding);
	if (!f->work)
		return err_set(e, ERR_TOO_LARGE, "%s needs too much memory", name);
	for (uint64_t i = 0; i <= c->count; i++) {
		if (i < c->count && !isnan(argument(c, 0, i)))
			continue;
		if (i > from)
			run_stretch(f, from, i - from);
		if (i < c->count)
			c->ret[i] = NAN;
		from = i + 1;
	}
	return ERR_OK;
}

static double power(double x, uint32_t n)
{
	double y = 1;
	while (n-- > 0)
		y *= x;
	return y;
}

/* n-th root of 0 < a <= 1 by Newton's steps from 1 downward, until they fall no more. */
static double root(double a, uint32_t n)
{
	double x = 1;
	for (int i = 0; i < ROOT_STEPS; i++) {
		double next = x - (x - a / power(x, n - 1)) / (double)n;
		if (!(next < x))
			break;
		x = next;
	}
	return x;
}

/* A whole number between `least` and `most`, given as a constant. */
static enum err_code whole(const struct function_call *c, uint32_t index, uint32_t least,
	uint32_t most, const char *what, uint32_t *ret, struct err *e)
{
	double x = argument(c, index, 0);
	if (!(x >= least && x <= most) || floor(x) != x)
		return err_set(e, ERR_INVALID, "%s must be a whole number from %u to %u", what,
			least, most);
	*ret = (uint32_t)x;
	return ERR_OK;
}

/* Tangent that stands for `frequency_hz` on this grid. */
static enum err_code bend(const struct function_call *c, double frequency_hz, const char *what,
	double *ret, struct err *e)
{
	double per_sample = frequency_hz * ((double)c->step_ns / NS_PER_S);
	CHECK(c->step_ns > 0);
	if (!(per_sample > 0 && per_sample < 0.5))
		return err_set(e, ERR_INVALID,
			"%s must lie between 0 Hz and half the rate of the grid", what);
	*ret = trig_tan(TRIG_PI * per_sample);
	return ERR_OK;
}

enum err_code filter_butterworth(const struct function_call *c, struct err *e)
{
	struct filter f = { .call = c };
	uint32_t order = 0, correction = 0;
	double k = 0;
	TRY(whole(c, 2, 1, ORDER_MAX, "order of butterworth", &order, e));
	TRY(whole(c, 3, 1, 2, "number of passes of butterworth", &f.passes, e));
	TRY(whole(c, 5, 0, 1, "correction of butterworth", &correction, e));
	TRY(bend(c, argument(c, 1, 0), "cut-off of butterworth", &k, e));
	/* |H|^2 of a pass is 1 / (1 + (w / k)^2n); two passes give its square. */
	if (correction == 1 && f.passes == 2)
		k /= root(sqrt(2.0) - 1.0, 2 * order);
	f.cascade = butterworth(order, k);
	return run(&f, argument(c, 4, 0), "butterworth", e);
}

/* SAE J211-1: a second-order Butterworth at 2.0775 times the class, run both ways, which is
 * -3 dB at 1.65 times the class. */
enum err_code filter_cfc(const struct function_call *c, struct err *e)
{
	struct filter f = { .call = c, .passes = 2 };
	double k = 0;
	TRY(bend(c, argument(c, 1, 0) * 2.0775, "design frequency of cfc", &k, e));
	f.cascade = (struct cascade){ 1, { second_order(k, sqrt(2.0)) } };
	return run(&f, argument(c, 2, 0), "cfc", e);
}

/* ---- moving average -------------------------------------------------------------------------- */

/* A sum that forgets what it took off to the last digit: kept in two doubles. */
struct rolling { double sum, lost; uint64_t missing; };

static void roll(struct rolling *r, double x, double sign)
{
	if (isnan(x)) {
		r->missing += sign > 0 ? 1 : UINT64_MAX;
		return;
	}
	double term = sign * x;
	double next = r->sum + term;
	double of_term = next - r->sum;
	r->lost += (r->sum - (next - of_term)) + (term - of_term);
	r->sum = next;
}

enum err_code filter_moving_average(const struct function_call *c, struct err *e)
{
	struct rolling r = { 0, 0, 0 };
	double s = argument(c, 1, 0);
	CHECK(c->step_ns > 0);
	if (!(s >= 0 && s <= 86400))
		return err_set(e, ERR_INVALID,
			"window of moving_average must lie between 0 s and 86400 s");
	uint64_t half = (uint64_t)((int64_t)floor(0.5 * s * NS_PER_S + 0.5) / c->step_ns);
	double length = (double)(2 * half + 1);
	for (uint64_t i = 0; i < c->count; i++)
		c->ret[i] = NAN;
	for (uint64_t i = 0; i < c->count; i++) {
		roll(&r, argument(c, 0, i), 1);
		if (i > 2 * half)
			roll(&r, argument(c, 0, i - 2 * half - 1), -1);
		if (i >= 2 * half && r.missing == 0)
			c->ret[i - half] = (r.sum + r.lost) / length;
	}
	return ERR_OK;
}
