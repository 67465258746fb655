/* grid.c - the times at which formulas have values, and signals at these times. */
#include <math.h>

#include "base/limits.h"
#include "criteria/eval_inner.h"

struct times { uint64_t count; const int64_t *at; };

static enum err_code too_large(struct eval *v)
{
	return err_set(v->e, ERR_TOO_LARGE, "run needs too much memory");
}

static enum err_code too_many(struct eval *v)
{
	return err_set(v->e, ERR_TOO_LARGE, "run has over %d sample times", LIMIT_CRITERIA_SAMPLES);
}

/* Goes to the next sample with a value; count when there is none. */
static uint64_t next_valued(const struct eval_signal *s, uint64_t i)
{
	while (i < s->count && isnan(s->values[i]))
		i++;
	return i;
}

/* Whether every sample has a value, times ascend strictly, and none is further than `gap` from the
 * next or from the trace's end: what nearly all signals are, so it is asked first. */
static bool is_plain(const struct eval_signal *s, int64_t gap, int64_t end)
{
	uint64_t odd = 0;

	if (s->count == 0)
		return false;
	for (uint64_t i = 1; i < s->count; i++) {
		int64_t distance = s->times[i] - s->times[i - 1];
		odd |= (uint64_t)(distance <= 0) | (uint64_t)(distance > gap);
	}
	for (uint64_t i = 0; i < s->count; i++)
		odd |= (uint64_t)(s->values[i] != s->values[i]);
	return odd == 0 && end - s->times[s->count - 1] <= gap;
}

/* Counts the places where a signal stops being known, up to the trace's end; with `ret` also puts
 * them there: the first nanosecond past its gap. */
static uint64_t find_holes(const struct eval_signal *s, int64_t gap, int64_t end, int64_t *ret)
{
	uint64_t last = next_valued(s, 0), count = 0;

	while (last < s->count) {
		uint64_t next = next_valued(s, last + 1);
		int64_t until = next < s->count ? s->times[next] : end;

		if (until - s->times[last] > gap) {
			if (ret)
				ret[count] = s->times[last] + gap + 1;
			count++;
		}
		last = next;
	}
	return count;
}

/* Two lists as one, ascending strictly. */
static enum err_code merge(struct eval *v, struct times a, struct times b, struct times *ret)
{
	int64_t *to = arena_alloc_column(v->work, a.count + b.count, sizeof(*to));
	uint64_t i = 0, k = 0, count = 0;

	if (!to)
		return too_large(v);
	while (i < a.count || k < b.count) {
		bool from_a = k == b.count || (i < a.count && a.at[i] <= b.at[k]);
		int64_t time = from_a ? a.at[i++] : b.at[k++];
		if (count == 0 || time > to[count - 1])
			to[count++] = time;
	}
	if (count > LIMIT_CRITERIA_SAMPLES)
		return too_many(v);
	*ret = (struct times){ count, to };
	return ERR_OK;
}

static enum err_code merge_all(struct eval *v, struct times *lists, uint32_t count)
{
	struct times all = { 0 };

	for (; count > 1; count = (count + 1) / 2) {
		for (uint32_t i = 0; i < count / 2; i++)
			TRY(merge(v, lists[2 * i], lists[2 * i + 1], &lists[i]));
		if (count % 2 == 1)
			lists[count / 2] = lists[count - 1];
	}
	all = count > 0 ? lists[0] : all;
	for (uint64_t i = 1; i < all.count; i++) {
		if (all.at[i] <= all.at[i - 1]) { /* one list alone, with equal times */
			TRY(merge(v, all, (struct times){ 0 }, &all));
			break;
		}
	}
	v->grid = (struct stl_grid){ all.count, all.at };
	return ERR_OK;
}

static enum err_code even_grid(struct eval *v, int64_t begin, int64_t end)
{
	int64_t step = v->p->grid_ns, *times;
	uint64_t count = (uint64_t)((end - begin) / step) + 1;

	if (count > LIMIT_CRITERIA_SAMPLES)
		return too_many(v);
	times = arena_alloc_column(v->work, count, sizeof(*times));
	if (!times)
		return too_large(v);
	for (uint64_t i = 0; i < count; i++)
		times[i] = begin + (int64_t)i * step;
	v->grid = (struct stl_grid){ count, times };
	return ERR_OK;
}

static enum err_code sample_grid(struct eval *v, int64_t end)
{
	struct times *lists = ARENA_ARRAY(v->work, struct times, 2 * (size_t)v->p->signal_count);
	uint32_t count = 0;

	if (!lists)
		return too_large(v);
	for (uint32_t i = 0; i < v->p->signal_count; i++) {
		const struct eval_signal *s = &v->input->signals[i];
		bool known = s->count == 0;
		for (uint32_t k = 0; k < count && !known; k++)
			known = lists[k].at == s->times && lists[k].count == s->count;
		if (!known)
			lists[count++] = (struct times){ s->count, s->times };
	}
	for (uint32_t i = 0; i < v->p->signal_count; i++) {
		const struct eval_signal *s = &v->input->signals[i];
		int64_t gap = v->p->signals[i].gap_ns, *holes;
		uint64_t hole_count;

		v->plain[i] = is_plain(s, gap, end);
		hole_count = v->plain[i] ? 0 : find_holes(s, gap, end, NULL);
		if (hole_count == 0)
			continue;
		holes = arena_alloc_column(v->work, hole_count, sizeof(*holes));
		if (!holes)
			return too_large(v);
		(void)find_holes(s, gap, end, holes);
		lists[count++] = (struct times){ hole_count, holes };
	}
	return merge_all(v, lists, count);
}

enum err_code grid_build(struct eval *v)
{
	int64_t begin = INT64_MAX, end = INT64_MIN;

	for (uint32_t i = 0; i < v->p->signal_count; i++) {
		const struct eval_signal *s = &v->input->signals[i];
		if (s->count == 0)
			continue;
		if (s->count > LIMIT_CRITERIA_SAMPLES)
			return too_many(v);
		begin = s->times[0] < begin ? s->times[0] : begin;
		end = s->times[s->count - 1] > end ? s->times[s->count - 1] : end;
	}
	if (begin > end)
		return ERR_OK; /* no sample at all: no grid */
	if (begin <= -TIME_MAX || end >= TIME_MAX)
		return err_set(v->e, ERR_TOO_LARGE, "sample times lie past 73 years");
	TRY(v->p->grid_ns > 0 ? even_grid(v, begin, end) : sample_grid(v, end));
	v->begin = v->grid.times[0];
	v->end = v->grid.times[v->grid.count - 1];
	return ERR_OK;
}

/* The value between or beside two samples; `last` or `next` may be missing (count). */
static double value_between(const struct eval_signal *s, const struct program_signal *rule,
	uint64_t last, uint64_t next, int64_t time)
{
	int64_t past, distance;

	if (last == s->count)
		return next < s->count && s->times[next] - time <= rule->gap_ns ?
			s->values[next] : NAN;
	past = time - s->times[last];
	if (past == 0)
		return s->values[last];
	distance = next < s->count ? s->times[next] - s->times[last] : INT64_MAX;
	if (distance > rule->gap_ns)
		return past <= rule->gap_ns ? s->values[last] : NAN;
	if (!rule->linear)
		return s->values[last];
	return s->values[last] +
		(s->values[next] - s->values[last]) * (double)past / (double)distance;
}

enum err_code grid_signal(struct eval *v, uint32_t signal, const double **ret)
{
	const struct eval_signal *s = &v->input->signals[signal];
	const struct program_signal *rule = &v->p->signals[signal];
	uint64_t last = s->count, next = next_valued(s, 0);
	double *values;

	if (v->signals[signal]) {
		*ret = v->signals[signal];
		return ERR_OK;
	}
	if (v->plain[signal] && s->times == v->grid.times && s->count == v->grid.count) {
		*ret = v->signals[signal] = s->values;
		return ERR_OK;
	}
	TRY(eval_values(v, false, &values));
	for (uint64_t i = 0; i < v->grid.count; i++) {
		int64_t time = v->grid.times[i];
		while (next < s->count && s->times[next] <= time) {
			last = next;
			next = next_valued(s, next + 1);
		}
		values[i] = value_between(s, rule, last, next, time);
	}
	*ret = v->signals[signal] = values;
	return ERR_OK;
}

double grid_rate(const struct eval_signal *s)
{
	uint64_t last = next_valued(s, 0);
	int64_t longest = 0;

	while (last < s->count) {
		uint64_t next = next_valued(s, last + 1);
		if (next < s->count && s->times[next] - s->times[last] > longest)
			longest = s->times[next] - s->times[last];
		last = next;
	}
	return longest > 0 ? 1e9 / (double)longest : NAN;
}

int64_t grid_at_or_after(const struct stl_grid *g, int64_t time)
{
	int64_t low = 0, high = (int64_t)g->count;

	while (low < high) {
		int64_t middle = low + (high - low) / 2;
		if (g->times[middle] < time)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int64_t grid_at_or_before(const struct stl_grid *g, int64_t time)
{
	int64_t index = grid_at_or_after(g, time);

	return index < (int64_t)g->count && g->times[index] == time ? index : index - 1;
}
