/* trig.c - trigonometric functions in plain double arithmetic.
 *
 * An angle is reduced to [-pi/4, pi/4] as a sum of two doubles: pi/2 is cut into parts of 33 bits,
 * so that a multiple of it up to 2^20 has exact products. The series are Taylor's, long enough for
 * the last place. Results are kept as head and tail where another step follows.
 */
#include "criteria/trig.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

_Static_assert(FLT_EVAL_METHOD == 0, "double arithmetic is correctly rounded");

#define TWO_OVER_PI 0x1.45f306dc9c883p-1
#define HALF_PI_1 0x1.921fb544p+0           /* 33 bits each ... */
#define HALF_PI_2 0x1.0b4611a6p-34
#define HALF_PI_3 0x1.3198a2ep-69
#define HALF_PI_4 0x1.b839a252049c1p-104    /* ... and the rest */
#define QUARTER_PI 0x1.921fb54442d18p-1
#define TO_INTEGER 0x1.8p+52                /* added and taken off, rounds to the nearest integer */
#define PI_TAIL 0x1.1a62633145c07p-53
#define SPLITTER 134217729.0                /* 2^27 + 1: cuts a double into two halves */

struct pair { double head, tail; };         /* head + tail, tail under half a unit of head */

static struct pair sum(double a, double b)
{
	double head = a + b;
	double of_b = head - a;
	return (struct pair){ head, (a - (head - of_b)) + (b - of_b) };
}

/* As sum, for |a| >= |b|. */
static struct pair sum_ordered(double a, double b)
{
	double head = a + b;
	return (struct pair){ head, b - (head - a) };
}

static struct pair product(double a, double b)
{
	double head = a * b;
	double a_cut = a * SPLITTER;
	double b_cut = b * SPLITTER;
	double a_high = a_cut - (a_cut - a);
	double b_high = b_cut - (b_cut - b);
	double a_low = a - a_high;
	double b_low = b - b_high;
	double tail = ((a_high * b_high - head) + a_high * b_low + a_low * b_high) + a_low * b_low;
	return (struct pair){ head, tail };
}

static struct pair quotient(struct pair a, struct pair b)
{
	double head = a.head / b.head;
	struct pair back = product(head, b.head);
	double rest = ((a.head - back.head) - back.tail) + (a.tail - head * b.tail);
	return sum_ordered(head, rest / b.head);
}

/* radians = quarter * pi/2 + result. */
static struct pair reduce(double radians, unsigned *ret_quarter)
{
	*ret_quarter = 0;
	if (fabs(radians) <= QUARTER_PI)
		return (struct pair){ radians, 0 };
	double n = (radians * TWO_OVER_PI + TO_INTEGER) - TO_INTEGER;
	struct pair first = sum(radians - n * HALF_PI_1, -(n * HALF_PI_2));
	struct pair second = sum(first.head, -(n * HALF_PI_3));
	*ret_quarter = (unsigned)((int32_t)n & 3);
	return sum_ordered(second.head, (first.tail + second.tail) - n * HALF_PI_4);
}

static struct pair sin_series(struct pair r)
{
	double z = r.head * r.head;
	double s = -0x1.ae7f3e733b81fp-41 + z * 0x1.952c77030ad4ap-49;
	s = 0x1.6124613a86d09p-33 + z * s;
	s = -0x1.ae64567f544e4p-26 + z * s;
	s = 0x1.71de3a556c734p-19 + z * s;
	s = -0x1.a01a01a01a01ap-13 + z * s;
	s = 0x1.1111111111111p-7 + z * s;
	s = -0x1.5555555555555p-3 + z * s;
	return sum_ordered(r.head, r.head * z * s + r.tail * (1.0 - 0.5 * z));
}

static struct pair cos_series(struct pair r)
{
	double z = r.head * r.head;
	double c = 0x1.ae7f3e733b81fp-45 - z * 0x1.6827863b97d97p-53;
	c = -0x1.93974a8c07c9dp-37 + z * c;
	c = 0x1.1eed8eff8d898p-29 + z * c;
	c = -0x1.27e4fb7789f5cp-22 + z * c;
	c = 0x1.a01a01a01a01ap-16 + z * c;
	c = -0x1.6c16c16c16c17p-10 + z * c;
	c = 0x1.5555555555555p-5 + z * c;
	double half = 0.5 * z;
	double head = 1.0 - half;
	double lost = (1.0 - head) - half;
	return sum_ordered(head, lost + (z * z * c - r.head * r.tail));
}

static bool in_range(double radians)
{
	return fabs(radians) <= TRIG_RADIANS_MAX; /* false for NaN */
}

static void sin_cos(double radians, struct pair *ret_sin, struct pair *ret_cos)
{
	unsigned quarter;
	struct pair r = reduce(radians, &quarter);
	struct pair s = sin_series(r);
	struct pair c = cos_series(r);
	struct pair swapped = quarter & 1 ? c : s;
	struct pair other = quarter & 1 ? s : c;
	double sin_sign = quarter & 2 ? -1.0 : 1.0;
	double cos_sign = quarter == 1 || quarter == 2 ? -1.0 : 1.0;
	*ret_sin = (struct pair){ sin_sign * swapped.head, sin_sign * swapped.tail };
	*ret_cos = (struct pair){ cos_sign * other.head, cos_sign * other.tail };
}

void trig_sin_cos(double radians, double *ret_sin, double *ret_cos)
{
	struct pair s = { NAN, 0 };
	struct pair c = { NAN, 0 };
	if (in_range(radians))
		sin_cos(radians, &s, &c);
	*ret_sin = radians == 0 ? radians : s.head;
	*ret_cos = c.head;
}

double trig_sin(double radians)
{
	unsigned quarter;
	if (!in_range(radians))
		return NAN;
	struct pair r = reduce(radians, &quarter);
	double s = quarter & 1 ? cos_series(r).head : sin_series(r).head;
	return radians == 0 ? radians : quarter & 2 ? -s : s;
}

double trig_cos(double radians)
{
	unsigned quarter;
	if (!in_range(radians))
		return NAN;
	struct pair r = reduce(radians, &quarter);
	double c = quarter & 1 ? sin_series(r).head : cos_series(r).head;
	return quarter == 1 || quarter == 2 ? -c : c;
}

double trig_tan(double radians)
{
	struct pair s, c;
	if (!in_range(radians))
		return NAN;
	if (radians == 0)
		return radians;
	sin_cos(radians, &s, &c);
	return quotient(s, c).head;
}

/* Arc tangent of k/16. */
static const struct pair sixteenths[17] = {
	{ 0.0, 0.0 },
	{ 0x1.ff55bb72cfdeap-5, -0x1.c934d86d23f1dp-60 },
	{ 0x1.fd5ba9aac2f6ep-4, -0x1.cd37686760c17p-59 },
	{ 0x1.7b97b4bce5b02p-3, 0x1.347b0b4f881cap-58 },
	{ 0x1.f5b75f92c80ddp-3, 0x1.8ab6e3cf7afbdp-57 },
	{ 0x1.362773707ebccp-2, -0x1.963a544b672d8p-57 },
	{ 0x1.6f61941e4def1p-2, -0x1.c63aae6f6e918p-56 },
	{ 0x1.a64eec3cc23fdp-2, -0x1.24dec1b50b7ffp-56 },
	{ 0x1.dac670561bb4fp-2, 0x1.a2b7f222f65e2p-56 },
	{ 0x1.0657e94db30d0p-1, -0x1.d5b495f6349e6p-56 },
	{ 0x1.1e00babdefeb4p-1, -0x1.928df287a668fp-58 },
	{ 0x1.345f01cce37bbp-1, 0x1.1021137c71102p-55 },
	{ 0x1.4978fa3269ee1p-1, 0x1.2419a87f2a458p-56 },
	{ 0x1.5d58987169b18p-1, 0x1.0028e4bc5e7cap-57 },
	{ 0x1.700a7c5784634p-1, -0x1.8c34d25aadef6p-56 },
	{ 0x1.819d0b7158a4dp-1, -0x1.bf76229d3b917p-56 },
	{ 0x1.921fb54442d18p-1, 0x1.1a62633145c07p-55 },
};

/* Arc tangent of small / large, 0 <= small <= large: the nearest sixteenth c is taken off by
 * atan(t) = atan(c) + atan((small - c large) / (large + c small)), which leaves at most 1/32. */
static struct pair atan_first_octant(double small, double large)
{
	int k = (int)floor(small / large * 16.0 + 0.5);
	double c = (double)k / 16.0;
	struct pair of_large = product(c, large);
	struct pair of_small = product(c, small);
	struct pair above = sum(small, -of_large.head);
	struct pair below = sum(large, of_small.head);
	above = sum_ordered(above.head, above.tail - of_large.tail);
	below = sum_ordered(below.head, below.tail + of_small.tail);
	struct pair u = quotient(above, below);
	double z = u.head * u.head;
	double p = 1.0 / 13 - z * (1.0 / 15);
	p = -1.0 / 11 + z * p;
	p = 1.0 / 9 + z * p;
	p = -1.0 / 7 + z * p;
	p = 1.0 / 5 + z * p;
	p = -1.0 / 3 + z * p;
	struct pair whole = sum_ordered(sixteenths[k].head, u.head);
	if (k == 0)
		whole = (struct pair){ u.head, 0 };
	return sum_ordered(whole.head,
		whole.tail + (sixteenths[k].tail + (u.head * z * p + u.tail)));
}

/* An exact power of two that keeps products and splits inside the range of doubles. */
static double scale_for(double largest)
{
	if (largest > 0x1p+900)
		return 0x1p-200;
	if (largest < 0x1p-400)
		return 0x1p+600;
	return 1.0;
}

double trig_atan2(double y, double x)
{
	double across = fabs(y);
	double along = fabs(x);
	struct pair angle;
	if (isnan(x) || isnan(y))
		return NAN;
	if (isinf(x) || isinf(y)) {
		across = isinf(y) ? 1.0 : 0.0;
		along = isinf(x) ? 1.0 : 0.0;
	}
	double scale = scale_for(across > along ? across : along);
	across *= scale;
	along *= scale;
	if (across == 0 && along == 0)
		angle = (struct pair){ 0, 0 };
	else if (across <= along)
		angle = atan_first_octant(across, along);
	else
		angle = atan_first_octant(along, across);
	if (across > along) {
		struct pair rest = sum_ordered(0.5 * TRIG_PI, -angle.head);
		angle = sum_ordered(rest.head, rest.tail + (0.5 * PI_TAIL - angle.tail));
	}
	if (signbit(x)) {
		struct pair rest = sum_ordered(TRIG_PI, -angle.head);
		angle = sum_ordered(rest.head, rest.tail + (PI_TAIL - angle.tail));
	}
	return copysign(angle.head, y);
}
