/* stl.c - the kernels. A window is a queue of two stacks: at the front the minima of each value and
 * all behind it up to `middle`, made in one sweep backwards; at the back one running minimum. What
 * is done depends on times alone, never on values, so processors predict it. Maxima are minima of
 * complements. */
#include "criteria/stl.h"

#include "base/check.h"

/* Moves all of left .. right to the front; front[0] is that of left. */
static void refill(const int64_t *keys, int64_t mask, int64_t left, int64_t right, int64_t *front)
{
	int64_t least = STL_TOP;

	for (int64_t k = right; k >= left; k--) {
		least = stl_min(least, keys[k] ^ mask);
		front[k - left] = least;
	}
}

/* From i to the end, without any window to move. */
static void scan_back(uint64_t count, const int64_t *keys, int64_t mask, int64_t *ret)
{
	int64_t least = STL_TOP;

	for (uint64_t i = count; i-- > 0; ) {
		least = stl_min(least, keys[i] ^ mask);
		ret[i] = least ^ mask;
	}
}

enum shape {
	AHEAD,    /* from is 0: the window begins at i */
	BEHIND,   /* to is 0: it ends at i */
	ANYWHERE  /* it may hold nothing */
};

/* The loop for one shape, so that the compiler drops what it does not need. `again` is NULL or gets
 * the same but for windows that hold nothing. */
static inline __attribute__((always_inline)) void slide(const struct stl_grid *g,
	const int64_t *keys, const struct stl_window *w, enum shape shape, int64_t *ret,
	int64_t *again)
{
	const int64_t count = (int64_t)g->count, *times = g->times, from = w->from, to = w->to;
	const int64_t mask = w->maximum ? -1 : 0;
	const int64_t nothing = w->known ? STL_TOP : STL_BOTTOM;
	int64_t left = 0, next = 0, first = 0, middle = 0, back = STL_TOP;

	for (int64_t i = 0; i < count; i++) {
		int64_t low = from == -STL_OPEN ? INT64_MIN : times[i] + from;
		int64_t high = to == STL_OPEN ? INT64_MAX : times[i] + to, least;

		if (shape == AHEAD)
			left = i;
		while (shape != AHEAD && left < count && times[left] < low)
			left++;
		while (next < count && (shape == BEHIND ? next <= i : times[next] <= high)) {
			back = stl_min(back, keys[next] ^ mask);
			next++;
		}
		if (left >= middle) {
			refill(keys, mask, left, next - 1, w->scratch);
			first = left;
			middle = next;
			back = STL_TOP;
		}
		if (shape == ANYWHERE && left >= next) {
			ret[i] = nothing ^ mask;
			if (again)
				again[i] = STL_BOTTOM ^ mask;
			continue;
		}
		least = stl_min(w->scratch[left - first], back) ^ mask;
		ret[i] = least;
		if (again)
			again[i] = least;
	}
}

/* Windows past an end of the trace: the first and the last ones. */
static void spoil_ends(const struct stl_grid *g, const struct stl_window *w)
{
	int64_t worst = w->maximum ? STL_TOP : STL_BOTTOM;
	uint64_t last = g->count - 1;

	if (w->from != -STL_OPEN) {
		for (uint64_t i = 0; i < g->count && g->times[i] + w->from < g->times[0]; i++)
			w->unknown[i] = worst;
	}
	if (w->to != STL_OPEN) {
		for (uint64_t i = g->count; i-- > 0 && g->times[i] + w->to > g->times[last]; )
			w->unknown[i] = worst;
	}
}

void stl_slide(const struct stl_grid *g, const int64_t *keys, const struct stl_window *w)
{
	int64_t *ret = w->known ? w->known : w->unknown;
	int64_t *again = w->known ? w->unknown : NULL;

	CHECK(w->from <= w->to);
	CHECK(ret);
	if (g->count == 0)
		return;
	if (w->from == 0 && w->to == STL_OPEN) {
		scan_back(g->count, keys, w->maximum ? -1 : 0, ret);
		if (again)
			memcpy(again, ret, g->count * sizeof(*ret));
		return;
	}
	if (w->from == 0 && again)
		slide(g, keys, w, AHEAD, ret, again);
	else if (w->from == 0)
		slide(g, keys, w, AHEAD, ret, NULL);
	else if (w->to == 0 && again)
		slide(g, keys, w, BEHIND, ret, again);
	else if (w->to == 0)
		slide(g, keys, w, BEHIND, ret, NULL);
	else
		slide(g, keys, w, ANYWHERE, ret, again);
	if (w->unknown)
		spoil_ends(g, w);
}

void stl_until(uint64_t count, const int64_t *p, const int64_t *q, int64_t beyond, int64_t *ret)
{
	for (uint64_t i = count; i-- > 0; ) {
		beyond = stl_max(q[i], stl_min(p[i], beyond));
		ret[i] = beyond;
	}
}

void stl_since(uint64_t count, const int64_t *p, const int64_t *q, int64_t beyond, int64_t *ret)
{
	for (uint64_t i = 0; i < count; i++) {
		beyond = stl_max(q[i], stl_min(p[i], beyond));
		ret[i] = beyond;
	}
}
