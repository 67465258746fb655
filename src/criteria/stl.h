/* stl.h - temporal operators over columns of keys.
 *
 * Is:      sliding minimum and maximum over windows given by time stamps, until and since. All are
 *          linear in the number of values, whatever the window's length.
 * Is not:  aware of intervals: the caller runs them on lower and upper ends.
 * Keys:    a double as an integer of the same order, -0 before +0; stl_key(-x) == ~stl_key(x). So
 *          minimum and maximum are exact, and "holds" is `key >= 0`.
 */
#ifndef HUREN_CRITERIA_STL_H
#define HUREN_CRITERIA_STL_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define STL_TOP INT64_C(0x7ff0000000000000)    /* +infinity */
#define STL_BOTTOM (~STL_TOP)
#define STL_OPEN INT64_MAX                     /* offset of a window's end: to the trace's end */

static inline int64_t stl_key(double value)
{
	int64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits ^ ((bits >> 63) & INT64_MAX);
}

static inline double stl_value(int64_t key)
{
	int64_t bits = key ^ ((key >> 63) & INT64_MAX);
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static inline int64_t stl_min(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static inline int64_t stl_max(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

struct stl_grid {
	uint64_t count;
	const int64_t *times;      /* ascending strictly */
};

struct stl_window {
	int64_t from, to;          /* closed, added to each time; -STL_OPEN, STL_OPEN: no bound */
	bool maximum;              /* else minimum */
	/* What the ends of the trace do not tell counts as nothing in `known`; in `unknown` a
	 * window that is empty or reaches past an end gives the worst (minimum: STL_BOTTOM,
	 * maximum: STL_TOP). Where all is known the two are equal. */
	int64_t *known, *unknown;  /* results; either may be NULL, neither may be the input */
	int64_t *scratch;          /* room for `count` keys */
};
void stl_slide(const struct stl_grid *g, const int64_t *keys, const struct stl_window *w);

/* ret[i] = max(q[i], min(p[i], ret[i + 1])), with `beyond` as ret[count]. May run in place of q. */
void stl_until(uint64_t count, const int64_t *p, const int64_t *q, int64_t beyond, int64_t *ret);
/* The mirror: from the first to the last, `beyond` before the first. */
void stl_since(uint64_t count, const int64_t *p, const int64_t *q, int64_t beyond, int64_t *ret);

#endif
