/* json_number.c - numbers as IEEE doubles: reading them correctly rounded, and writing them as
 * ECMAScript does (the shortest digits that read back to the same double).
 *
 * strtod and snprintf depend on the locale of the program only in the decimal point; neither is
 * ever given one to read, and on writing it is skipped.
 */
#include "base/json_inner.h"
#include "base/number_inner.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS_SHORT 15           /* DBL_DIG: so many digits survive decimal -> double -> decimal */
#define POWERS 23
#define PLAIN_MAX 1e21            /* from here on ECMAScript writes an exponent */

static const double powers[POWERS] = { /* all exact in a double */
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
	1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
};

_Static_assert(FLT_EVAL_METHOD == 0, "double arithmetic is correctly rounded");

static inline const char *take_digits(struct number_decimal *d, const char *at, const char *end)
{
	for (; number_is_digit(at, end); at++) {
		if (d->digit_count == 0 && *at == '0')
			continue;
		if (d->digit_count++ < NUMBER_DIGITS_U64)
			d->mantissa = d->mantissa * 10 + (uint64_t)(*at - '0');
	}
	return at;
}

/* Checks the grammar. NULL when it is broken. *ret_digits_end is where the digits stop. */
static const char *read_decimal(struct number_decimal *d, const char *at, const char *end,
	const char **ret_digits_end)
{
	const char *from;
	int64_t power = 0;
	bool minus;

	d->negative = at < end && *at == '-';
	at += d->negative;
	if (!number_is_digit(at, end) || (*at == '0' && number_is_digit(at + 1, end)))
		return NULL;
	at = take_digits(d, at, end);
	d->integer = true;
	if (at < end && *at == '.') {
		from = at + 1;
		at = take_digits(d, from, end);
		if (at == from)
			return NULL;
		d->exponent = from - at;
		d->integer = false;
	}
	*ret_digits_end = at;
	if (at < end && (*at == 'e' || *at == 'E')) {
		at++;
		minus = at < end && *at == '-';
		at += at < end && (*at == '-' || *at == '+');
		if (!number_is_digit(at, end))
			return NULL;
		for (; number_is_digit(at, end); at++) {
			if (power < NUMBER_EXPONENT_MAX)
				power = power * 10 + (*at - '0');
		}
		d->exponent += minus ? -power : power;
		d->integer = false;
	}
	return at;
}

const char *json_number_read(const char *at, const char *end, double *ret, const char **ret_end)
{
	struct number_decimal d = { 0 };
	const char *digits_end = at, *behind = read_decimal(&d, at, end, &digits_end);
	double value;

	if (!behind)
		return at < end && (*at == '-' || number_is_digit(at, end)) ?
			"number is malformed" : "expected a value";
	if (d.integer && (d.digit_count > NUMBER_DIGITS_U64 ||
		d.mantissa > (uint64_t)JSON_INTEGER_MAX))
		return "integer is over 9007199254740992 in size";
	value = number_convert(&d, at, digits_end);
	if (isinf(value))
		return "number is too large for a double";
	/* In canonical form it would be an integer that is refused. */
	if (value > JSON_INTEGER_MAX && value < PLAIN_MAX)
		return "integer is over 9007199254740992 in size";
	*ret = d.negative ? -value : value;
	*ret_end = behind;
	return NULL;
}

/* Digits (without trailing zeros) and the place of the decimal point: 0.digits x 10^point. */
struct shortest {
	char digits[NUMBER_DIGITS_U64 + 1];
	int count;
	int point;
};

static void from_integer(struct shortest *s, uint64_t value, int point_shift)
{
	char reverse[20];
	int len = 0;

	while (value > 0) {
		reverse[len++] = (char)('0' + value % 10);
		value /= 10;
	}
	for (int i = 0; i < len; i++)
		s->digits[i] = reverse[len - 1 - i];
	s->count = len;
	s->point = len + point_shift;
	while (s->count > 1 && s->digits[s->count - 1] == '0')
		s->count--;
}

/* Numbers with few decimals: when an integer under 10^15 divided by a power of ten gives the number
 * itself, that decimal is the only one of up to 15 digits that does, hence the shortest. */
static bool find_quickly(struct shortest *s, double x)
{
	if (x <= JSON_INTEGER_MAX && x == (double)(uint64_t)x) {
		from_integer(s, (uint64_t)x, 0);
		return true;
	}
	for (int i = 1; i < POWERS; i++) {
		double scaled = x * powers[i];
		if (scaled >= 1e15)
			return false;
		scaled = (double)(uint64_t)(scaled + 0.5);
		if (scaled > 0 && scaled / powers[i] == x) {
			from_integer(s, (uint64_t)scaled, -i);
			return true;
		}
	}
	return false;
}

/* The `precision` digits nearest to x; true when they read back to x. */
static bool try_precision(struct shortest *s, double x, int precision, bool next)
{
	char text[64];
	uint64_t mantissa = 0;
	const char *p;
	int exponent;

	(void)snprintf(text, sizeof(text), "%.*e", precision - 1, x);
	for (p = text; *p != 'e'; p++) {
		if (*p >= '0' && *p <= '9')
			mantissa = mantissa * 10 + (uint64_t)(*p - '0');
	}
	exponent = (int)strtod(p + 1, NULL) - (precision - 1);
	mantissa += next;
	from_integer(s, mantissa, exponent);
	(void)snprintf(text, sizeof(text), "%llue%d", (unsigned long long)mantissa, exponent);
	return strtod(text, NULL) == x;
}

static void find_shortest(struct shortest *s, double x)
{
	int exponent;
	bool power_of_two = frexp(x, &exponent) == 0.5;
	int precision = x < DBL_MIN ? 1 : DIGITS_SHORT;

	if (find_quickly(s, x))
		return;
	for (; precision < DBL_DECIMAL_DIG; precision++) {
		if (try_precision(s, x, precision, false))
			return;
		/* Below a power of two doubles lie twice as dense: the nearest decimal may fall
		 * outside while the one above still reads back. */
		if (power_of_two && try_precision(s, x, precision, true))
			return;
	}
	CHECK(try_precision(s, x, DBL_DECIMAL_DIG, false));
}

static char *put_zeros(char *to, int count)
{
	while (count-- > 0)
		*to++ = '0';
	return to;
}

static char *put_digits(char *to, const char *digits, int count)
{
	while (count-- > 0)
		*to++ = *digits++;
	return to;
}

size_t json_number_text(double number, char *ret)
{
	struct shortest s;
	char *to = ret;

	CHECK(isfinite(number));
	if (number == 0) {
		*to++ = '0'; /* also for -0 */
		return 1;
	}
	if (number < 0)
		*to++ = '-';
	find_shortest(&s, fabs(number));
	if (s.point > 0 && s.point <= 21 && s.count <= s.point) {
		to = put_digits(to, s.digits, s.count);
		to = put_zeros(to, s.point - s.count);
	} else if (s.point > 0 && s.point <= 21) {
		to = put_digits(to, s.digits, s.point);
		*to++ = '.';
		to = put_digits(to, s.digits + s.point, s.count - s.point);
	} else if (s.point > -6 && s.point <= 0) {
		*to++ = '0';
		*to++ = '.';
		to = put_zeros(to, -s.point);
		to = put_digits(to, s.digits, s.count);
	} else {
		*to++ = s.digits[0];
		if (s.count > 1)
			*to++ = '.';
		to = put_digits(to, s.digits + 1, s.count - 1);
		*to++ = 'e';
		*to++ = s.point > 0 ? '+' : '-';
		from_integer(&s, (uint64_t)(s.point > 0 ? s.point - 1 : 1 - s.point), 0);
		to = put_digits(to, s.digits, s.count);
		to = put_zeros(to, s.point - s.count);
	}
	CHECK(to - ret < 32);
	return (size_t)(to - ret);
}

bool json_number_is_canonical(double number, const char *at, const char *end)
{
	size_t len = (size_t)(end - at);
	char text[JSON_NUMBER_BYTES];

	/* Most numbers are small and whole: no need to write them. */
	for (size_t i = 0; i < len && len <= DIGITS_SHORT; i++) {
		if (!number_is_digit(at + i, end))
			break;
		if (i + 1 == len)
			return true;
	}
	return json_number_text(number, text) == len && memcmp(text, at, len) == 0;
}
