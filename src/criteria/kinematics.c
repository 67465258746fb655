/* kinematics.c - rates, times to a contact, and values at other times. */
#include "criteria/functions_inner.h"

/* ---- along time ------------------------------------------------------------------------------ */

/* Behind a missing value the sum is unknown. Sums are kept in two doubles, so that a long trace
 * loses nothing. */
enum err_code kinematics_integral(const struct function_call *c, struct err *e)
{
	double total = 0;
	double lost = 0;
	(void)e;
	for (uint64_t i = 0; i < c->count; i++) {
		double x = argument(c, 0, i);
		if (i == 0) {
			c->ret[i] = isnan(x) ? NAN : 0;
			total = c->ret[i];
			continue;
		}
		double area = 0.5 * (argument(c, 0, i - 1) + x) * seconds_between(c, i - 1, i);
		double more = total + area;
		double of_area = more - total;
		lost += (total - (more - of_area)) + (area - of_area);
		total = more;
		c->ret[i] = total + lost;
	}
	return ERR_OK;
}

enum err_code kinematics_derivative(const struct function_call *c, struct err *e)
{
	(void)e;
	for (uint64_t i = 0; i < c->count; i++) {
		uint64_t from = i > 0 && !isnan(argument(c, 0, i - 1)) ? i - 1 : i;
		uint64_t to = i + 1 < c->count && !isnan(argument(c, 0, i + 1)) ? i + 1 : i;
		double rise = argument(c, 0, to) - argument(c, 0, from);
		bool known = !isnan(argument(c, 0, i)) && c->times[to] > c->times[from];
		c->ret[i] = known ? rise / seconds_between(c, from, to) : NAN;
	}
	return ERR_OK;
}

/* A constant time in s as ns. */
static enum err_code time_of(const struct function_call *c, uint32_t index, const char *name,
	int64_t *ret, struct err *e)
{
	double s = argument(c, index, 0);
	if (!(s >= 0 && s <= 86400))
		return err_set(e, ERR_INVALID, "time of %s must lie between 0 s and 86400 s", name);
	*ret = (int64_t)floor(s * NS_PER_S + 0.5);
	return ERR_OK;
}

/* Value between grid times k and k + 1, or at k. */
static double between(const struct function_call *c, uint64_t k, int64_t at)
{
	double x = argument(c, 0, k);
	if (c->times[k] == at || k + 1 >= c->count)
		return x;
	double share = (double)(at - c->times[k]) / (double)(c->times[k + 1] - c->times[k]);
	return x + (argument(c, 0, k + 1) - x) * share;
}

enum err_code kinematics_delayed(const struct function_call *c, struct err *e)
{
	int64_t delay = 0;
	uint64_t k = 0;
	TRY(time_of(c, 1, "delayed", &delay, e));
	for (uint64_t i = 0; i < c->count; i++) {
		int64_t at = c->times[i] - delay;
		while (k + 1 < c->count && c->times[k + 1] <= at)
			k++;
		c->ret[i] = at >= c->times[0] ? between(c, k, at) : NAN;
	}
	return ERR_OK;
}

/* Fills (from, to), both known, on a straight line. */
static void fill(const struct function_call *c, uint64_t from, uint64_t to)
{
	double x = argument(c, 0, from);
	double rise = argument(c, 0, to) - x;
	double whole = (double)(c->times[to] - c->times[from]);
	for (uint64_t i = from + 1; i < to; i++)
		c->ret[i] = x + rise * ((double)(c->times[i] - c->times[from]) / whole);
}

enum err_code kinematics_bridge(const struct function_call *c, struct err *e)
{
	int64_t most = 0;
	uint64_t last = UINT64_MAX;
	TRY(time_of(c, 1, "bridge", &most, e));
	for (uint64_t i = 0; i < c->count; i++) {
		c->ret[i] = argument(c, 0, i);
		if (isnan(c->ret[i]))
			continue;
		if (last != UINT64_MAX && i > last + 1 && c->times[i] - c->times[last] <= most)
			fill(c, last, i);
		last = i;
	}
	return ERR_OK;
}

/* ---- two vehicles ---------------------------------------------------------------------------- */

static double along(double vx, double vy, double yaw)
{
	double s, co;
	trig_sin_cos(yaw, &s, &co);
	return vx * co + vy * s;
}

enum err_code kinematics_speed_along(const struct function_call *c, struct err *e)
{
	(void)e;
	for (uint64_t i = 0; i < c->count; i++)
		c->ret[i] = along(argument(c, 0, i), argument(c, 1, i), argument(c, 2, i));
	return ERR_OK;
}

enum err_code kinematics_closing_speed(const struct function_call *c, struct err *e)
{
	(void)e;
	for (uint64_t i = 0; i < c->count; i++)
		c->ret[i] = along(argument(c, 0, i) - argument(c, 2, i),
			argument(c, 1, i) - argument(c, 3, i), argument(c, 4, i));
	return ERR_OK;
}

/* gap / speed. Without a gap there is contact now, whatever the speeds say. */
static double time_to_close(double gap, double speed)
{
	if (isnan(gap) || isnan(speed))
		return NAN;
	if (gap <= 0)
		return 0;
	return speed > 0 ? gap / speed : INFINITY;
}

static void each_time_to_close(const struct function_call *c)
{
	for (uint64_t i = 0; i < c->count; i++)
		c->ret[i] = time_to_close(argument(c, 0, i), argument(c, 1, i));
}

enum err_code kinematics_ttc(const struct function_call *c, struct err *e)
{
	(void)e;
	each_time_to_close(c);
	return ERR_OK;
}

enum err_code kinematics_thw(const struct function_call *c, struct err *e)
{
	(void)e;
	each_time_to_close(c);
	return ERR_OK;
}

/* Least t > 0 with gap = v t + a t^2 / 2. Written as 2 gap / (v + root), which loses no digits
 * where v and the root are near each other; the other root, with a minus, comes later or never. */
static double time_to_close_braking(double gap, double v, double a)
{
	if (isnan(gap) || isnan(v) || isnan(a))
		return NAN;
	if (gap <= 0)
		return 0;
	double square = v * v + 2.0 * a * gap;
	if (square < 0)
		return INFINITY; /* the gap opens again before it is used up */
	double divisor = v + sqrt(square);
	return divisor > 0 ? 2.0 * gap / divisor : INFINITY;
}

enum err_code kinematics_ttc_braking(const struct function_call *c, struct err *e)
{
	(void)e;
	for (uint64_t i = 0; i < c->count; i++)
		c->ret[i] = time_to_close_braking(argument(c, 0, i), argument(c, 1, i),
			argument(c, 2, i));
	return ERR_OK;
}
