/* geometry.c - boxes, points and lines in the plane, sample by sample.
 *
 * Axes: x and y as the file gives them; yaw counts from x towards y; left is towards rising yaw. A
 * box is a centre, a yaw, a length along the yaw and a width across it; a negative size is no box,
 * and the result is then missing.
 */
#include "criteria/functions_inner.h"

struct box { double x, y, half_length, half_width, sin, cos; };

/* A box's place and turn, seen from another one's centre and axes. */
struct seen { double ahead, left, sin, cos; };

/* A heading often stays the same from one sample to the next. */
struct heading { double yaw, sin, cos; };

static void turn(struct heading *h, double yaw)
{
	if (yaw != h->yaw)
		trig_sin_cos(yaw, &h->sin, &h->cos);
	h->yaw = yaw;
}

static struct box box_at(const struct function_call *c, uint32_t first, uint64_t at,
	struct heading *h)
{
	turn(h, argument(c, first + 2, at));
	struct box b = { argument(c, first, at), argument(c, first + 1, at),
		0.5 * argument(c, first + 3, at), 0.5 * argument(c, first + 4, at), h->sin,
		h->cos };
	if (b.half_length < 0 || b.half_width < 0)
		b.x = NAN;
	return b;
}

static struct seen seen_from(const struct box *from, const struct box *b)
{
	double dx = b->x - from->x;
	double dy = b->y - from->y;
	return (struct seen){ dx * from->cos + dy * from->sin, dy * from->cos - dx * from->sin,
		b->sin * from->cos - b->cos * from->sin, b->cos * from->cos + b->sin * from->sin };
}

/* Half of what a box covers along an axis, by its cosines to the box's sides (support function). */
static double half_extent(const struct box *b, double cos_length, double cos_width)
{
	return b->half_length * fabs(cos_length) + b->half_width * fabs(cos_width);
}

static double gap_along(const struct box *ego, const struct box *other)
{
	struct seen s = seen_from(ego, other);
	return s.ahead - ego->half_length - half_extent(other, s.cos, s.sin);
}

static double gap_across(const struct box *ego, const struct box *other)
{
	struct seen s = seen_from(ego, other);
	return fabs(s.left) - ego->half_width - half_extent(other, s.sin, s.cos);
}

/* Two boxes are apart exactly when an axis of one tells it; `s` is `two` seen from `one`. */
static bool are_apart(const struct box *one, const struct box *two, const struct seen *s)
{
	return fabs(s->ahead) > one->half_length + half_extent(two, s->cos, s->sin) ||
		fabs(s->left) > one->half_width + half_extent(two, s->sin, s->cos);
}

static double square_to(const struct box *box, double ahead, double left)
{
	ahead = fabs(ahead) - box->half_length;
	left = fabs(left) - box->half_width;
	ahead = ahead > 0 ? ahead : 0;
	left = left > 0 ? left : 0;
	return ahead * ahead + left * left;
}

static double least(double a, double b)
{
	return a < b ? a : b;
}

/* Square of the least distance from a corner of `other`, seen from `box`, to `box`. */
static double nearest_corner(const struct box *box, const struct box *other, const struct seen *s)
{
	double x1 = other->half_length * s->cos, y1 = other->half_length * s->sin;
	double x2 = other->half_width * s->sin, y2 = other->half_width * s->cos;
	double front = least(square_to(box, s->ahead + x1 - x2, s->left + y1 + y2),
		square_to(box, s->ahead + x1 + x2, s->left + y1 - y2));
	double back = least(square_to(box, s->ahead - x1 + x2, s->left - y1 - y2),
		square_to(box, s->ahead - x1 - x2, s->left - y1 + y2));
	return least(front, back);
}

static double gap(const struct box *one, const struct box *two)
{
	struct seen there = seen_from(one, two);
	struct seen back = seen_from(two, one);
	if (!are_apart(one, two, &there) && !are_apart(two, one, &back))
		return 0;
	return sqrt(least(nearest_corner(one, two, &there), nearest_corner(two, one, &back)));
}

static bool is_known(const struct box *b)
{
	return !isnan(b->x + b->y + b->half_length + b->half_width + b->sin);
}

static void each_pair(const struct function_call *c,
	double (*measure)(const struct box *, const struct box *))
{
	struct heading h[2] = { { NAN, NAN, NAN }, { NAN, NAN, NAN } };
	for (uint64_t i = 0; i < c->count; i++) {
		struct box one = box_at(c, 0, i, &h[0]);
		struct box two = box_at(c, 5, i, &h[1]);
		c->ret[i] = is_known(&one) && is_known(&two) ? measure(&one, &two) : NAN;
	}
}

enum err_code geometry_box_gap(const struct function_call *c, struct err *e)
{
	(void)e;
	each_pair(c, gap);
	return ERR_OK;
}

enum err_code geometry_box_gap_along(const struct function_call *c, struct err *e)
{
	(void)e;
	each_pair(c, gap_along);
	return ERR_OK;
}

enum err_code geometry_box_gap_across(const struct function_call *c, struct err *e)
{
	(void)e;
	each_pair(c, gap_across);
	return ERR_OK;
}

/* ---- points and lines ------------------------------------------------------------------------ */

static double along(double dx, double dy, double yaw)
{
	double s, co;
	trig_sin_cos(yaw, &s, &co);
	return dx * co + dy * s;
}

static double left_of(double dx, double dy, double yaw)
{
	double s, co;
	trig_sin_cos(yaw, &s, &co);
	return dy * co - dx * s;
}

enum err_code geometry_lateral_offset(const struct function_call *c, struct err *e)
{
	(void)e;
	for (uint64_t i = 0; i < c->count; i++)
		c->ret[i] = left_of(argument(c, 0, i) - argument(c, 2, i),
			argument(c, 1, i) - argument(c, 3, i), argument(c, 4, i));
	return ERR_OK;
}

enum err_code geometry_distance_along(const struct function_call *c, struct err *e)
{
	(void)e;
	for (uint64_t i = 0; i < c->count; i++)
		c->ret[i] = along(argument(c, 0, i) - argument(c, 2, i),
			argument(c, 1, i) - argument(c, 3, i), argument(c, 4, i));
	return ERR_OK;
}

enum err_code geometry_distance_to_line(const struct function_call *c, struct err *e)
{
	(void)e;
	for (uint64_t i = 0; i < c->count; i++)
		c->ret[i] = along(argument(c, 2, i) - argument(c, 0, i),
			argument(c, 3, i) - argument(c, 1, i), argument(c, 4, i));
	return ERR_OK;
}

enum err_code geometry_body_x(const struct function_call *c, struct err *e)
{
	(void)e;
	for (uint64_t i = 0; i < c->count; i++) {
		double s, co;
		trig_sin_cos(argument(c, 1, i), &s, &co);
		c->ret[i] = argument(c, 0, i) + (argument(c, 2, i) * co - argument(c, 3, i) * s);
	}
	return ERR_OK;
}

enum err_code geometry_body_y(const struct function_call *c, struct err *e)
{
	(void)e;
	for (uint64_t i = 0; i < c->count; i++) {
		double s, co;
		trig_sin_cos(argument(c, 1, i), &s, &co);
		c->ret[i] = argument(c, 0, i) + (argument(c, 2, i) * s + argument(c, 3, i) * co);
	}
	return ERR_OK;
}

enum err_code geometry_corner_offset(const struct function_call *c, struct err *e)
{
	(void)e;
	for (uint64_t i = 0; i < c->count; i++) {
		double s, co;
		trig_sin_cos(argument(c, 2, i), &s, &co);
		double ahead = argument(c, 3, i);
		double left = argument(c, 4, i);
		double x = argument(c, 0, i) + (ahead * co - left * s);
		double y = argument(c, 1, i) + (ahead * s + left * co);
		c->ret[i] = left_of(x - argument(c, 5, i), y - argument(c, 6, i),
			argument(c, 7, i));
	}
	return ERR_OK;
}

/* ---- numbers and angles ---------------------------------------------------------------------- */

enum err_code geometry_hypot(const struct function_call *c, struct err *e)
{
	(void)e;
	for (uint64_t i = 0; i < c->count; i++) {
		double x = argument(c, 0, i);
		double y = argument(c, 1, i);
		c->ret[i] = sqrt(x * x + y * y);
	}
	return ERR_OK;
}

enum err_code geometry_sin(const struct function_call *c, struct err *e)
{
	(void)e;
	for (uint64_t i = 0; i < c->count; i++)
		c->ret[i] = trig_sin(argument(c, 0, i));
	return ERR_OK;
}

enum err_code geometry_cos(const struct function_call *c, struct err *e)
{
	(void)e;
	for (uint64_t i = 0; i < c->count; i++)
		c->ret[i] = trig_cos(argument(c, 0, i));
	return ERR_OK;
}

enum err_code geometry_tan(const struct function_call *c, struct err *e)
{
	(void)e;
	for (uint64_t i = 0; i < c->count; i++)
		c->ret[i] = trig_tan(argument(c, 0, i));
	return ERR_OK;
}

enum err_code geometry_atan2(const struct function_call *c, struct err *e)
{
	(void)e;
	for (uint64_t i = 0; i < c->count; i++) {
		double angle = trig_atan2(argument(c, 0, i), argument(c, 1, i));
		c->ret[i] = angle == -TRIG_PI ? TRIG_PI : angle;
	}
	return ERR_OK;
}

/* An angle in (-pi, pi]: exact when it lies there already. */
static double wrapped(double a)
{
	if (!(fabs(a) <= TRIG_RADIANS_MAX))
		return NAN;
	if (a > -TRIG_PI && a <= TRIG_PI)
		return a;
	double turns = floor(a / (2.0 * TRIG_PI) + 0.5);
	double w = a - turns * (2.0 * TRIG_PI);
	if (w <= -TRIG_PI)
		w += 2.0 * TRIG_PI;
	return w > TRIG_PI ? TRIG_PI : w;
}

enum err_code geometry_wrap_angle(const struct function_call *c, struct err *e)
{
	(void)e;
	for (uint64_t i = 0; i < c->count; i++)
		c->ret[i] = wrapped(argument(c, 0, i));
	return ERR_OK;
}

/* How often the angle turned while it was not seen nobody knows: all behind it is missing. */
enum err_code geometry_unwrap_angle(const struct function_call *c, struct err *e)
{
	double turns = 0;
	double last = c->count > 0 ? argument(c, 0, 0) : 0;
	(void)e;
	for (uint64_t i = 0; i < c->count; i++) {
		double a = argument(c, 0, i);
		turns -= floor((a - last) / (2.0 * TRIG_PI) + 0.5);
		last = a;
		c->ret[i] = a + turns * (2.0 * TRIG_PI);
	}
	return ERR_OK;
}
