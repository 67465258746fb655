/* brute.c - see brute.h. Values are pairs of a margin and whether it holds, so that the side of 0
 * needs no sign of zero. */
#include "brute.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/scoped.h"
#include "criteria/eval_inner.h"

#define SIGNALS 3          /* x linear, y hold, f flag */
#define SAMPLES_MAX 10
#define GRID_MAX 128
#define NODES_MAX 48
#define EVENTS 4           /* start, end, and two of the program */
#define QUARTER INT64_C(250000000)

enum kind { LEAF_XC, LEAF_XY, LEAF_DIFFERENCE, LEAF_FLAG, NOT, RISE, FALL, PREV, NEXT, ALWAYS,
	EVENTUALLY, HISTORICALLY, ONCE, BETWEEN, AFTER, BEFORE, AT, AND, OR, IMPLIES, IFF, XOR,
	UNTIL, SINCE, KIND_COUNT };

struct truth { double margin; bool holds; };
struct pair { struct truth low, high; };

struct formula {
	enum kind kind;
	int a, b;                  /* children */
	int op;                    /* of a comparison */
	double limit, scale;       /* scale 0: none */
	bool bounded, open;
	int64_t from, to;
	int event, event_b;
	int64_t shift;             /* added to event */
	struct pair at[GRID_MAX];
};

struct place { bool found, uncertain; int64_t time; };

struct brute {
	uint64_t random;
	struct { int count; int64_t times[SAMPLES_MAX]; double values[SAMPLES_MAX]; int64_t gap; }
		signals[SIGNALS];
	int grid_count;
	int64_t grid_ns, grid[GRID_MAX], begin, end;
	double known[SIGNALS][GRID_MAX];
	int formula_count;
	struct formula formulas[NODES_MAX];
	bool scaled, shrink;
	struct { bool crossing, last; int formula; } rules[EVENTS];
	struct place places[EVENTS];
	char text[16384];
	size_t len;
};

static uint64_t next_random(struct brute *b, uint64_t below)
{
	uint64_t z = b->random += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (z ^ (z >> 31)) % below;
}

static void say(struct brute *b, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void say(struct brute *b, const char *format, ...)
{
	va_list args;
	int put;

	va_start(args, format);
	put = vsnprintf(b->text + b->len, sizeof(b->text) - b->len, format, args);
	va_end(args);
	CHECK(put >= 0 && b->len + (size_t)put < sizeof(b->text));
	b->len += (size_t)put;
}

/* ---- the trace ------------------------------------------------------------------------------- */

static void make_signal(struct brute *b, int s)
{
	int64_t time = (int64_t)next_random(b, 4) * QUARTER - QUARTER;
	int count = (int)next_random(b, SAMPLES_MAX + 1);

	b->signals[s].count = count;
	b->signals[s].gap = (int64_t)(1 + next_random(b, 8)) * QUARTER;
	for (int i = 0; i < count; i++) {
		b->signals[s].times[i] = time;
		b->signals[s].values[i] = (double)(int64_t)(next_random(b, 9)) / 2 - 2;
		if (s == 2)
			b->signals[s].values[i] = (double)next_random(b, 2);
		if (next_random(b, 12) == 0)
			b->signals[s].values[i] = NAN;
		switch (next_random(b, 8)) {
		case 0:
			break; /* an equal time */
		case 1:
			time += (int64_t)next_random(b, 3 * QUARTER);
			break;
		case 2:
			time += QUARTER * (int64_t)(1 + next_random(b, 12));
			break;
		default:
			time += QUARTER * (int64_t)(1 + next_random(b, 3));
			break;
		}
	}
}

static void add_time(struct brute *b, int64_t time)
{
	int at = 0;

	while (at < b->grid_count && b->grid[at] < time)
		at++;
	if (at < b->grid_count && b->grid[at] == time)
		return;
	CHECK(b->grid_count < GRID_MAX);
	memmove(&b->grid[at + 1], &b->grid[at], (size_t)(b->grid_count - at) * sizeof(time));
	b->grid[at] = time;
	b->grid_count++;
}

static void make_grid(struct brute *b)
{
	b->begin = INT64_MAX;
	b->end = INT64_MIN;
	for (int s = 0; s < SIGNALS; s++) {
		for (int i = 0; i < b->signals[s].count; i++) {
			int64_t time = b->signals[s].times[i];
			b->begin = time < b->begin ? time : b->begin;
			b->end = time > b->end ? time : b->end;
			if (b->grid_ns == 0)
				add_time(b, time);
		}
	}
	for (int64_t t = b->begin; b->grid_ns > 0 && t <= b->end; t += b->grid_ns)
		add_time(b, t);
	for (int s = 0; s < SIGNALS && b->grid_ns == 0; s++) {
		for (int i = 0; i < b->signals[s].count; i++) {
			int64_t past = b->signals[s].times[i] + b->signals[s].gap + 1;
			bool met = isnan(b->signals[s].values[i]) || past > b->end;

			for (int k = 0; k < b->signals[s].count; k++)
				met = met || (!isnan(b->signals[s].values[k]) &&
					b->signals[s].times[k] > b->signals[s].times[i] &&
					b->signals[s].times[k] < past);
			if (!met)
				add_time(b, past);
		}
	}
	if (b->grid_count > 0) {
		b->begin = b->grid[0];
		b->end = b->grid[b->grid_count - 1];
	}
}

static double value_at(const struct brute *b, int s, int64_t time)
{
	int last = -1, next = -1;
	int64_t past, distance;
	double x, y;

	for (int i = 0; i < b->signals[s].count; i++) {
		if (isnan(b->signals[s].values[i]))
			continue;
		if (b->signals[s].times[i] <= time)
			last = i;
		else if (next < 0)
			next = i;
	}
	if (last < 0)
		return next >= 0 && b->signals[s].times[next] - time <= b->signals[s].gap ?
			b->signals[s].values[next] : NAN;
	x = b->signals[s].values[last];
	past = time - b->signals[s].times[last];
	if (next >= 0 && b->signals[s].times[next] - b->signals[s].times[last] <=
		b->signals[s].gap) {
		y = b->signals[s].values[next];
		distance = b->signals[s].times[next] - b->signals[s].times[last];
		return s == 0 && past > 0 ? x + (y - x) * (double)past / (double)distance : x;
	}
	return past <= b->signals[s].gap ? x : NAN;
}

/* ---- the program ----------------------------------------------------------------------------- */

static const char *const ops[] = { "<", "<=", ">", ">=", "==", "!=" };
static const char *const words[KIND_COUNT] = { "", "", "", "", "not", "rise", "fall", "prev",
	"next", "always", "eventually", "historically", "once", "between", "after", "before", "at",
	"and", "or", "implies", "iff", "xor", "until", "since" };
static const char *const event_names[EVENTS] = { "start", "end", "e", "g" };

static int make_formula(struct brute *b, int depth, int events)
{
	struct formula *f;
	int at;
	enum kind kind = depth == 0 || b->formula_count > NODES_MAX - 12 ?
		(enum kind)next_random(b, LEAF_FLAG + 1) : (enum kind)next_random(b, KIND_COUNT);
	int x = kind > LEAF_FLAG ? make_formula(b, depth - 1, events) : 0;
	int y = kind >= AND ? make_formula(b, depth - 1, events) : 0;

	at = b->formula_count++;
	CHECK(at < NODES_MAX);
	f = &b->formulas[at];
	*f = (struct formula){ .kind = kind, .a = x, .b = y, .op = (int)next_random(b, 6),
		.limit = (double)next_random(b, 9) / 2 - 2, .bounded = next_random(b, 4) > 0,
		.open = next_random(b, 6) == 0, .from = (int64_t)next_random(b, 5) * QUARTER,
		.event = (int)next_random(b, (uint64_t)events),
		.event_b = (int)next_random(b, (uint64_t)events),
		.shift = (int64_t)next_random(b, 4) > 0 ? 0 :
			((int64_t)next_random(b, 9) - 4) * QUARTER };
	f->to = f->from + (int64_t)next_random(b, 9) * QUARTER + (int64_t)next_random(b, 3);
	f->scale = b->scaled && kind <= LEAF_DIFFERENCE ?
		(double)(1 + next_random(b, 4)) / 2 : 0;
	return at;
}

static void say_number(struct brute *b, double x)
{
	say(b, x < 0 ? "(-%g m)" : "%g m", fabs(x));
}

static void say_window(struct brute *b, const struct formula *f)
{
	if (!f->bounded)
		say(b, " ");
	else if (f->open)
		say(b, "[%lld ns, end] ", (long long)f->from);
	else
		say(b, "[%lld, %lld ns] ", (long long)f->from, (long long)f->to);
}

static void say_event(struct brute *b, const struct formula *f)
{
	say(b, "%s", event_names[f->event]);
	if (f->shift != 0)
		say(b, " %c %lld ns", f->shift < 0 ? '-' : '+', (long long)llabs(f->shift));
}

static void say_formula(struct brute *b, int at)
{
	const struct formula *f = &b->formulas[at];

	say(b, "(");
	if (f->kind <= LEAF_DIFFERENCE) {
		say(b, f->kind == LEAF_DIFFERENCE ? "x - y %s " : "x %s ", ops[f->op]);
		if (f->kind == LEAF_XY)
			say(b, "y");
		else
			say_number(b, f->limit);
		if (f->scale > 0)
			say(b, " scale %g m", f->scale);
	} else if (f->kind == LEAF_FLAG) {
		say(b, "f");
	} else if (f->kind >= AND) {
		say_formula(b, f->a);
		say(b, " %s", words[f->kind]);
		if (f->kind >= UNTIL)
			say_window(b, f);
		else
			say(b, " ");
		say_formula(b, f->b);
	} else if (f->kind >= BETWEEN) {
		say(b, "%s(", words[f->kind]);
		say_event(b, f);
		if (f->kind == BETWEEN)
			say(b, ", %s", event_names[f->event_b]);
		say(b, "): ");
		say_formula(b, f->a);
	} else {
		say(b, "%s", words[f->kind]);
		if (f->kind >= ALWAYS)
			say_window(b, f);
		else
			say(b, " ");
		say_formula(b, f->a);
	}
	say(b, ")");
}

static int make_program(struct brute *b)
{
	int root;

	say(b, "criteria 1\nscenario s\nsignal x unit m linear gap %lld ns\n"
		"signal y unit m hold gap %lld ns\nsignal f flag hold gap %lld ns optional\n",
		(long long)b->signals[0].gap, (long long)b->signals[1].gap,
		(long long)b->signals[2].gap);
	if (b->grid_ns > 0)
		say(b, "grid %lld ns\n", (long long)b->grid_ns);
	for (int e = 2; e < EVENTS; e++) {
		b->rules[e].crossing = next_random(b, 3) == 0;
		b->rules[e].last = next_random(b, 2) == 0;
		say(b, "event %s = %s ", event_names[e], b->rules[e].last ? "last" : "first");
		b->rules[e].formula = -1;
		if (b->rules[e].crossing) {
			say(b, "crossing(x, y)\n");
			continue;
		}
		b->rules[e].formula = make_formula(b, 1, e);
		say_formula(b, b->rules[e].formula);
		say(b, "\n");
	}
	root = make_formula(b, 4, EVENTS);
	say(b, "let result = ");
	say_formula(b, root);
	say(b, "\npass result: result\n");
	return root;
}

/* ---- truth by definition --------------------------------------------------------------------- */

static const struct truth no_limit_low = { -INFINITY, false }, no_limit_high = { INFINITY, true };

static bool less(struct truth a, struct truth b)
{
	return a.margin < b.margin || (a.margin == b.margin && !a.holds && b.holds);
}

static struct truth smaller(struct truth a, struct truth b)
{
	return less(a, b) ? a : b;
}

static struct truth larger(struct truth a, struct truth b)
{
	return less(a, b) ? b : a;
}

static struct truth opposite(struct truth a)
{
	return (struct truth){ -a.margin, !a.holds };
}

static struct pair negated(struct pair p)
{
	return (struct pair){ opposite(p.high), opposite(p.low) };
}

static struct pair both(struct pair a, struct pair b)
{
	return (struct pair){ smaller(a.low, b.low), smaller(a.high, b.high) };
}

static struct pair either(struct pair a, struct pair b)
{
	return (struct pair){ larger(a.low, b.low), larger(a.high, b.high) };
}

static struct pair unknown(void)
{
	return (struct pair){ no_limit_low, no_limit_high };
}

static struct pair leaf(const struct brute *b, const struct formula *f, int i)
{
	double x = b->known[0][i], y = f->kind == LEAF_XY ? b->known[1][i] : f->limit, margin = 0;
	bool holds = false;

	if (f->kind == LEAF_FLAG) {
		if (isnan(b->known[2][i]))
			return unknown();
		return b->known[2][i] != 0 ? (struct pair){ no_limit_high, no_limit_high } :
			(struct pair){ no_limit_low, no_limit_low };
	}
	if (f->kind == LEAF_DIFFERENCE)
		x = x - b->known[1][i];
	if (isnan(x) || isnan(y))
		return unknown();
	switch (f->op) {
	case 0:
	case 1:
		margin = y - x;
		holds = f->op == 0 ? x < y : x <= y;
		break;
	case 2:
	case 3:
		margin = x - y;
		holds = f->op == 2 ? x > y : x >= y;
		break;
	default:
		margin = f->op == 4 ? -fabs(x - y) : fabs(x - y);
		holds = f->op == 4 ? x == y : x != y;
		break;
	}
	if (f->scale > 0)
		margin /= f->scale;
	return (struct pair){ { margin, holds }, { margin, holds } };
}

/* Whether grid time k is in the window seen from i; *ret_left: the window leaves the trace. */
static bool in_window(const struct brute *b, const struct formula *f, int i, int k,
	bool *ret_left)
{
	bool past = f->kind == HISTORICALLY || f->kind == ONCE || f->kind == SINCE;
	int64_t sign = past ? -1 : 1, near = b->grid[i] + sign * f->from,
		far = b->grid[i] + sign * f->to, t = b->grid[k];

	if (!f->bounded) {
		*ret_left = false;
		return past ? k <= i : k >= i;
	}
	*ret_left = !f->open && (far > b->end || far < b->begin);
	if (past)
		return t <= near && (f->open || t >= far);
	return t >= near && (f->open || t <= far);
}

static struct pair window(const struct brute *b, const struct formula *f, int i)
{
	bool all = f->kind == ALWAYS || f->kind == HISTORICALLY, left = false;
	struct pair r = all ? (struct pair){ no_limit_high, no_limit_high } :
		(struct pair){ no_limit_low, no_limit_low };
	int met = 0;

	for (int k = 0; k < b->grid_count; k++) {
		if (!in_window(b, f, i, k, &left))
			continue;
		met++;
		r = all ? both(r, b->formulas[f->a].at[k]) : either(r, b->formulas[f->a].at[k]);
	}
	if (!b->shrink && (left || met == 0))
		r = all ? both(r, unknown()) : either(r, unknown());
	return r;
}

static struct pair until(const struct brute *b, const struct formula *f, int i)
{
	struct pair r = { no_limit_low, no_limit_low };
	struct pair held = { no_limit_high, no_limit_high };
	int step = f->kind == UNTIL ? 1 : -1, met = 0;
	bool left = false;

	for (int k = 0; k < b->grid_count; k++) {
		struct pair way = b->formulas[f->b].at[k];
		if (!in_window(b, f, i, k, &left))
			continue;
		met++;
		for (int j = i; j != k; j += step)
			way = both(way, b->formulas[f->a].at[j]);
		r = either(r, way);
	}
	if (b->shrink || (!left && met > 0))
		return r;
	/* q may hold at a time that is not told, if p does at all that come before it. */
	for (int j = i; j >= 0 && j < b->grid_count; j += step) {
		int64_t away = (b->grid[j] - b->grid[i]) * step;
		if (left || away < f->from)
			held = both(held, b->formulas[f->a].at[j]);
	}
	held.low = no_limit_low;
	return either(r, held);
}

static struct pair range(const struct brute *b, const struct formula *f)
{
	struct place p = b->places[f->event], q = b->places[f->event_b];
	struct pair r = { no_limit_high, no_limit_high };
	int64_t from, to;
	int met = 0;

	p.time += f->shift;
	if (!p.found || p.uncertain || (f->kind == BETWEEN && (!q.found || q.uncertain)))
		return (struct pair){ no_limit_low, no_limit_high };
	from = f->kind == BEFORE ? b->begin : p.time;
	to = f->kind == BEFORE || f->kind == AT ? p.time : f->kind == AFTER ? b->end : q.time;
	for (int k = 0; k < b->grid_count; k++) {
		bool in = b->grid[k] >= from && b->grid[k] <= to;
		if (f->kind == AT) /* the last time not later */
			in = b->grid[k] <= to && (k + 1 == b->grid_count || b->grid[k + 1] > to);
		if (!in)
			continue;
		met++;
		r = both(r, b->formulas[f->a].at[k]);
	}
	if (met == 0 || (!b->shrink && (from < b->begin || to > b->end)))
		r.low = no_limit_low;
	return r;
}

static struct pair beside(const struct brute *b, const struct formula *f, int i, int k)
{
	struct pair here = b->formulas[f->a].at[i];
	bool inside = k >= 0 && k < b->grid_count;
	struct pair there = inside ? b->formulas[f->a].at[k] : unknown();

	if (!inside && b->shrink) {
		if (f->kind == RISE)
			return here;
		return f->kind == FALL ? negated(here) :
			(struct pair){ no_limit_high, no_limit_high };
	}
	if (f->kind == RISE)
		return both(here, negated(there));
	return f->kind == FALL ? both(negated(here), there) : there;
}

static struct truth apart(struct truth a, struct truth b, bool same)
{
	double d = a.margin == b.margin ? 0 : fabs(a.margin - b.margin);

	return (struct truth){ same ? -d : d, same ? d == 0 : true };
}

static struct pair truth_at(const struct brute *b, const struct formula *f, int i)
{
	struct pair p = b->formulas[f->a].at[i], q = b->formulas[f->b].at[i];

	switch ((int)f->kind) {
	case NOT:
		return negated(p);
	case RISE:
	case FALL:
	case PREV:
		return beside(b, f, i, i - 1);
	case NEXT:
		return beside(b, f, i, i + 1);
	case ALWAYS:
	case EVENTUALLY:
	case HISTORICALLY:
	case ONCE:
		return window(b, f, i);
	case BETWEEN:
	case AFTER:
	case BEFORE:
	case AT:
		return range(b, f);
	case AND:
		return both(p, q);
	case OR:
		return either(p, q);
	case IMPLIES:
		return either(negated(p), q);
	case IFF:
	case XOR:
		if (b->shrink)
			return (struct pair){ apart(p.low, q.low, f->kind == IFF),
				apart(p.low, q.low, f->kind == IFF) };
		return f->kind == IFF ? either(both(p, q), both(negated(p), negated(q))) :
			both(either(p, q), either(negated(p), negated(q)));
	case UNTIL:
	case SINCE:
		return until(b, f, i);
	default:
		return leaf(b, f, i);
	}
}

static void judge(struct brute *b, int from, int to)
{
	for (int n = from; n <= to; n++) {
		for (int i = 0; i < b->grid_count; i++)
			b->formulas[n].at[i] = truth_at(b, &b->formulas[n], i);
	}
}

/* Crossing of x over y between grid times i-1 and i. */
static int crosses(const struct brute *b, int i, int64_t *ret_time)
{
	double before = b->known[0][i - 1] - b->known[1][i - 1];
	double now = b->known[0][i] - b->known[1][i];

	*ret_time = b->grid[i]; /* y holds, so the difference is no straight line */
	if (before >= 0 || now < 0)
		return 0;
	return isnan(before) || isnan(now) ? 1 : 2;
}

static void place_event(struct brute *b, int e)
{
	struct place p = { 0 };

	for (int n = 0; n < b->grid_count; n++) {
		int i = b->rules[e].last ? b->grid_count - 1 - n : n, hit;
		int64_t time = b->grid[i];

		if (b->rules[e].crossing) {
			hit = i == 0 ? 0 : crosses(b, i, &time);
		} else {
			struct pair t = b->formulas[b->rules[e].formula].at[i];
			hit = t.low.holds ? 2 : t.high.holds ? 1 : 0;
		}
		if (hit == 2) {
			p.found = true;
			p.time = time;
			break;
		}
		p.uncertain = p.uncertain || hit == 1;
	}
	b->places[e] = p;
}

/* ---- both ways ------------------------------------------------------------------------------- */

static bool same(struct truth t, int64_t key)
{
	return stl_value(key) == t.margin && (key >= 0) == t.holds;
}

static bool compare(struct brute *b, struct eval *v, const struct program *p, int root,
	const struct eval_outcome *o, char *ret, size_t ret_size)
{
	const struct column *c = &v->columns[p->criteria[0].node];
	struct pair first;

	if (v->grid.count != (uint64_t)b->grid_count)
		return snprintf(ret, ret_size, "%d grid times, not %d\n%s", (int)v->grid.count,
			b->grid_count, b->text) < 0;
	for (int i = 0; i < b->grid_count; i++) {
		struct pair t = b->formulas[root].at[i];
		int64_t low = c->lower[c->constant ? 0 : i], high = c->upper[c->constant ? 0 : i];

		if (v->grid.times[i] != b->grid[i] || !same(t.low, low) || !same(t.high, high))
			return snprintf(ret, ret_size,
				"at %d (%lld, %lld): [%g, %g] not [%g, %g]\n%s", i,
				(long long)v->grid.times[i], (long long)b->grid[i], stl_value(low),
				stl_value(high), t.low.margin, t.high.margin, b->text) < 0;
	}
	if (b->grid_count == 0)
		return o->state == EVAL_UNKNOWN;
	first = b->formulas[root].at[0];
	if ((first.low.holds ? EVAL_HOLDS : first.high.holds ? EVAL_UNKNOWN : EVAL_VIOLATED) !=
		o->state || (o->state == EVAL_UNKNOWN) != (o->why != WHY_NONE))
		return snprintf(ret, ret_size, "state %d, why %d\n%s", (int)o->state, (int)o->why,
			b->text) < 0;
	if (o->state != EVAL_UNKNOWN && !b->scaled && o->has_margin &&
		(o->lower != first.low.margin || o->upper != first.high.margin))
		return snprintf(ret, ret_size, "margin [%g, %g] not [%g, %g]\n%s", o->lower,
			o->upper, first.low.margin, first.high.margin, b->text) < 0;
	for (int e = 2; e < EVENTS; e++) {
		const struct event_place *q = &v->events[v->n->event_rules[e - 2]];
		if (q->found != b->places[e].found || q->uncertain != b->places[e].uncertain ||
			(q->found && q->time != b->places[e].time))
			return snprintf(ret, ret_size,
				"event %s %d %d at %lld, not %d %d at %lld\n%s", event_names[e],
				q->found, q->uncertain, (long long)q->time, b->places[e].found,
				b->places[e].uncertain, (long long)b->places[e].time,
				b->text) < 0;
	}
	return true;
}

static bool run_both(struct brute *b, int root, char *ret, size_t ret_size)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_ARENA work = { 0 };
	struct eval_signal signals[SIGNALS];
	struct eval_input input = { signals, NULL, b->shrink };
	struct eval v = { .work = &work, .input = &input };
	struct eval_result r = { 0 };
	struct program *p = NULL;
	struct err e = { 0 };

	arena_init(&a, 16777216);
	arena_init(&work, 16777216);
	for (int s = 0; s < SIGNALS; s++)
		signals[s] = (struct eval_signal){ (uint64_t)b->signals[s].count,
			b->signals[s].times, b->signals[s].values, 0, NULL, NAN };
	v.e = &e;
	if (program_compile(&a, str_of(b->text), NULL, 0, &p, &e) != ERR_OK)
		return snprintf(ret, ret_size, "%u:%u %s\n%s", e.line, e.column, e.message,
			b->text) < 0;
	v.p = p;
	if (eval_run(&a, &work, p, &input, &r, &e) != ERR_OK || eval_start(&v) != ERR_OK ||
		eval_nodes(&v, v.n->count) != ERR_OK)
		return snprintf(ret, ret_size, "%s\n%s", e.message, b->text) < 0;
	event_run(&v, v.n->rule_count - 1);
	return compare(b, &v, p, root, r.criteria, ret, ret_size);
}

bool brute_case(uint64_t seed, char *ret, size_t ret_size)
{
	struct brute *b = handle_new(sizeof(*b));
	int root, done = 0;
	bool good;

	b->random = seed;
	b->scaled = next_random(b, 6) == 0;
	b->shrink = next_random(b, 4) == 0;
	b->grid_ns = next_random(b, 4) == 0 ? (int64_t)(1 + next_random(b, 6)) * QUARTER : 0;
	for (int s = 0; s < SIGNALS; s++)
		make_signal(b, s);
	make_grid(b);
	for (int s = 0; s < SIGNALS; s++) {
		for (int i = 0; i < b->grid_count; i++)
			b->known[s][i] = value_at(b, s, b->grid[i]);
	}
	root = make_program(b);
	b->places[0] = (struct place){ b->grid_count > 0, false, b->begin };
	b->places[1] = (struct place){ b->grid_count > 0, false, b->end };
	for (int e = 2; e < EVENTS; e++) {
		if (b->grid_count == 0) {
			b->places[e] = (struct place){ false, true, 0 };
			continue;
		}
		if (!b->rules[e].crossing) {
			judge(b, done, b->rules[e].formula);
			done = b->rules[e].formula + 1;
		}
		place_event(b, e);
	}
	judge(b, done, root);
	good = run_both(b, root, ret, ret_size);
	handle_drop(b);
	return good;
}
