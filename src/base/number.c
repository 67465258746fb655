/* number.c - decimals to doubles in three ways, each exact where it is taken: one operation on
 * exact doubles, 128-bit integers with powers of five, and strtod for the rare rest.
 *
 * strtod depends on the locale of the program only in the decimal point, and is never given one.
 */
#include "base/number.h"

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number_inner.h"

#define DIGITS_MAX 800            /* a double or a midpoint of two has at most 767 digits */
#define POWERS 23
#define FIVES 28                  /* 5^27 is the last below 2^63 */
#define EXACT_MAX UINT64_C(9007199254740992) /* 2^53 */

_Static_assert(FLT_EVAL_METHOD == 0, "double arithmetic is correctly rounded");

static const double powers[POWERS] = { /* all exact in a double */
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
	1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
};

static const uint64_t fives[FIVES] = {
	UINT64_C(1), UINT64_C(5), UINT64_C(25), UINT64_C(125), UINT64_C(625), UINT64_C(3125),
	UINT64_C(15625), UINT64_C(78125), UINT64_C(390625), UINT64_C(1953125), UINT64_C(9765625),
	UINT64_C(48828125), UINT64_C(244140625), UINT64_C(1220703125), UINT64_C(6103515625),
	UINT64_C(30517578125), UINT64_C(152587890625), UINT64_C(762939453125),
	UINT64_C(3814697265625), UINT64_C(19073486328125), UINT64_C(95367431640625),
	UINT64_C(476837158203125), UINT64_C(2384185791015625), UINT64_C(11920928955078125),
	UINT64_C(59604644775390625), UINT64_C(298023223876953125), UINT64_C(1490116119384765625),
	UINT64_C(7450580596923828125),
};

/* value x 2^exponent, where `more` tells that the true value is a little above. */
static double round_wide(unsigned __int128 value, bool more, int exponent)
{
	uint64_t high = (uint64_t)(value >> 64), top, rest, bits;
	int len = high ? 128 - __builtin_clzll(high) : 64 - __builtin_clzll((uint64_t)value);
	double scale;

	if (len > 64) {
		more = more || (value << (128 - (len - 64))) != 0;
		top = (uint64_t)(value >> (len - 64));
	} else {
		top = (uint64_t)value << (64 - len);
	}
	exponent += len - 64 + 11;
	rest = top & 0x7ff;
	top >>= 11;
	if (rest > 0x400 || (rest == 0x400 && (more || (top & 1))))
		top++;
	/* A power of two between 2^-200 and 2^200, so the product is exact. */
	bits = (uint64_t)(1023 + exponent) << 52;
	memcpy(&scale, &bits, sizeof(scale));
	return (double)top * scale;
}

/* mantissa x 10^exponent, |exponent| < FIVES, mantissa > 0. */
static double convert_wide(uint64_t mantissa, int exponent)
{
	int shift;
	unsigned __int128 scaled;
	uint64_t divisor;

	if (exponent >= 0)
		return round_wide((unsigned __int128)mantissa * fives[exponent], false, exponent);
	/* The quotient keeps at least 64 bits; what is left over only tells that there is more. */
	shift = __builtin_clzll(mantissa);
	divisor = fives[-exponent];
	scaled = (unsigned __int128)(mantissa << shift) << 64;
	return round_wide(scaled / divisor, scaled % divisor != 0, exponent - shift - 64);
}

/* By strtod, from a copy without decimal point. Digits past DIGITS_MAX can only tell whether the
 * number is above a midpoint: one more digit stands for them. */
static double convert_slowly(const struct number_decimal *d, const char *at, const char *end)
{
	char text[DIGITS_MAX + 32];
	size_t len = 0, seen = 0;
	int64_t exponent = d->exponent;

	for (; at < end; at++) {
		if (*at < '0' || *at > '9' || (seen == 0 && *at == '0'))
			continue;
		seen++;
		if (len < DIGITS_MAX)
			text[len++] = *at;
		else if (len == DIGITS_MAX && *at != '0')
			text[len++] = '1';
	}
	exponent += (int64_t)seen - (int64_t)len;
	if (exponent > 99999)
		exponent = 99999; /* infinite anyway: at least one digit is not zero */
	if (exponent < -99999)
		exponent = -99999; /* zero anyway */
	(void)snprintf(text + len, sizeof(text) - len, "e%lld", (long long)exponent);
	return strtod(text, NULL);
}

double number_convert(const struct number_decimal *d, const char *digits, const char *digits_end)
{
	int64_t exponent = d->exponent;
	double low;

	if (d->digit_count == 0)
		return 0;
	if (d->digit_count <= NUMBER_DIGITS_U64) {
		if (d->mantissa <= EXACT_MAX && exponent > -POWERS && exponent < POWERS)
			return exponent < 0 ? (double)d->mantissa / powers[-exponent] :
				(double)d->mantissa * powers[exponent];
		if (exponent > -FIVES && exponent < FIVES)
			return convert_wide(d->mantissa, (int)exponent);
		return convert_slowly(d, digits, digits_end);
	}
	/* The first digits tell, unless what follows decides between two doubles. */
	exponent += (int64_t)(d->digit_count - NUMBER_DIGITS_U64);
	if (exponent > -FIVES && exponent < FIVES) {
		low = convert_wide(d->mantissa, (int)exponent);
		if (low == convert_wide(d->mantissa + 1, (int)exponent))
			return low;
	}
	return convert_slowly(d, digits, digits_end);
}

static inline const char *take_digits(struct number_decimal *d, const char *at, const char *end)
{
	uint64_t mantissa = d->mantissa;
	size_t count = d->digit_count;
	const char *from;

	if (count == 0) {
		while (at < end && *at == '0')
			at++;
	}
	for (from = at; number_is_digit(at, end); at++)
		mantissa = mantissa * 10 + (uint64_t)(*at - '0');
	d->digit_count = count + (size_t)(at - from);
	if (d->digit_count <= NUMBER_DIGITS_U64) {
		d->mantissa = mantissa;
		return at;
	}
	/* It may have run over: only the first ones count. */
	mantissa = d->mantissa;
	for (at = from; number_is_digit(at, end); at++) {
		if (count++ < NUMBER_DIGITS_U64)
			mantissa = mantissa * 10 + (uint64_t)(*at - '0');
	}
	d->mantissa = mantissa;
	return at;
}

/* The exponent's value when one stands at `at`; else *ret_end is `at`. */
static int64_t take_exponent(const char *at, const char *end, const char **ret_end)
{
	const char *p = at;
	int64_t power = 0;
	bool minus;

	*ret_end = at;
	if (p >= end || (*p != 'e' && *p != 'E'))
		return 0;
	p++;
	minus = p < end && *p == '-';
	p += p < end && (*p == '-' || *p == '+');
	if (!number_is_digit(p, end))
		return 0;
	for (; number_is_digit(p, end); p++) {
		if (power < NUMBER_EXPONENT_MAX)
			power = power * 10 + (*p - '0');
	}
	*ret_end = p;
	return minus ? -power : power;
}

/* Reads sign, digits and exponent. NULL when no number stands there. */
static inline const char *take_number(struct number_decimal *d, const char *at, const char *end,
	char point, const char **ret_digits, const char **ret_digits_end)
{
	const char *from, *behind;
	bool some;

	d->negative = at < end && *at == '-';
	at += at < end && (*at == '-' || *at == '+');
	*ret_digits = at;
	at = take_digits(d, at, end);
	some = at > *ret_digits;
	if (at < end && *at == point) {
		from = at + 1;
		at = take_digits(d, from, end);
		some = some || at > from;
		d->exponent = from - at;
	}
	if (!some)
		return NULL;
	*ret_digits_end = at;
	d->exponent += take_exponent(at, end, &behind);
	return behind;
}

const char *number_parse(const char *at, const char *end, char point, double *ret)
{
	struct number_decimal d = { 0 };
	const char *digits, *digits_end;
	double value;

	at = take_number(&d, at, end, point, &digits, &digits_end);
	if (!at)
		return NULL;
	value = number_convert(&d, digits, digits_end);
	*ret = d.negative ? -value : value;
	return at;
}

/* mantissa x scale x 10^exponent, nearest; false past INT64_MAX. */
static bool scale_decimal(uint64_t mantissa, int64_t exponent, uint64_t scale, uint64_t *ret)
{
	unsigned __int128 value = (unsigned __int128)mantissa * scale, power = 1, rest;

	/* The product is below 10^38.6, so 10^-39 of it is under a half; and 10^38 fits. */
	if (value == 0 || exponent < -38) {
		*ret = 0;
		return true;
	}
	for (; exponent > 0; exponent--) {
		if (value > INT64_MAX)
			return false;
		value *= 10;
	}
	for (; exponent < 0; exponent++)
		power *= 10;
	rest = value % power;
	value /= power;
	if (rest > power - rest || (rest == power - rest && (value & 1)))
		value++;
	if (value > INT64_MAX)
		return false;
	*ret = (uint64_t)value;
	return true;
}

const char *number_parse_scaled(const char *at, const char *end, char point, uint64_t scale,
	int64_t *ret)
{
	struct number_decimal d = { 0 };
	const char *digits, *digits_end;
	uint64_t value;

	at = take_number(&d, at, end, point, &digits, &digits_end);
	if (!at)
		return NULL;
	if (d.digit_count > NUMBER_DIGITS_U64)
		d.exponent += (int64_t)(d.digit_count - NUMBER_DIGITS_U64);
	if (!scale_decimal(d.mantissa, d.exponent, scale, &value))
		return NULL;
	*ret = d.negative ? -(int64_t)value : (int64_t)value;
	return at;
}
