/* picture_scale.c - ranges, round ticks and short numbers. */
#include <math.h>
#include <stdio.h>

#include "base/decimal.h"
#include "base/number.h"
#include "criteria/picture_inner.h"

#define SHORT_BYTES 32
#define READABLE_MAX 1e12
#define LEAST_SHARE 0.1    /* so that noise on a steady signal looks as small as it is */
#define MINUS "\xe2\x88\x92"
#define UNIT_BYTES 128

double scale_read(struct str text)
{
	double value;
	if (str_is(text, "inf"))
		return INFINITY;
	if (str_is(text, "-inf"))
		return -INFINITY;
	if (text.len == 0 || number_parse(text.at, text.at + text.len, '.', &value) !=
		text.at + text.len)
		return NAN;
	return fabs(value) <= READABLE_MAX ? value : NAN;
}

double scale_read_member(const struct json *v, const char *name)
{
	return scale_read(json_get_str(v, name));
}

double scale_read_time(const struct json *v, const char *name)
{
	double time = scale_read_member(v, name);
	return isinf(time) ? NAN : time;
}

struct span scale_padded(struct span s, double share)
{
	double width = s.high - s.low;
	double largest = fabs(s.high) > fabs(s.low) ? fabs(s.high) : fabs(s.low);
	double least = largest > 0 ? LEAST_SHARE * largest : 1.0;
	if (width < least) {
		double more = (least - width) / 2;
		return (struct span){ s.low - more, s.high + more };
	}
	return (struct span){ s.low - share * width, s.high + share * width };
}

/* 1, 2 or 5 times a power of ten, the least that leaves at most `most` ticks. */
static double round_step(double width, size_t most)
{
	double step = 1;
	double raw = width / (double)most;
	while (step > raw && step > 1e-9)
		step /= 10;
	while (step < raw) {
		if (step * 2 >= raw)
			return step * 2;
		if (step * 5 >= raw)
			return step * 5;
		step *= 10;
	}
	return step;
}

size_t scale_ticks(struct span s, size_t most, double ret[PICTURE_TICKS], double *ret_step)
{
	size_t count = 0;
	CHECK(most > 0 && most < PICTURE_TICKS);
	double step = round_step(s.high - s.low, most);
	for (double n = ceil(s.low / step); n * step <= s.high && count < PICTURE_TICKS; n++)
		ret[count++] = n * step;
	*ret_step = step;
	return count;
}

struct str scale_text(struct arena *a, double tick, double step)
{
	int decimals = 0;
	for (double s = step; s < 0.999 && decimals < 9; s *= 10)
		decimals++;
	return str_printf(a, "%s%.*f", tick < 0 ? MINUS : "", decimals, fabs(tick));
}

struct str scale_short(struct arena *a, double value)
{
	if (isnan(value))
		return STR("");
	if (isinf(value))
		return value > 0 ? STR("\xe2\x88\x9e") : STR(MINUS "\xe2\x88\x9e");
	if (fabs(value) >= 1000)
		return str_printf(a, "%s%.0f", value < 0 ? MINUS : "", fabs(value));
	return str_printf(a, "%s%.4g", value < 0 ? MINUS : "", fabs(value));
}

/* Exponents stand behind a letter, or behind a minus that does. */
struct str scale_unit(struct arena *a, struct str unit)
{
	static const char *const raised[] = { "\xe2\x81\xb0", "\xc2\xb9", "\xc2\xb2", "\xc2\xb3",
		"\xe2\x81\xb4", "\xe2\x81\xb5", "\xe2\x81\xb6", "\xe2\x81\xb7", "\xe2\x81\xb8",
		"\xe2\x81\xb9" };
	char text[UNIT_BYTES];
	size_t len = 0;
	if (str_is(unit, "1"))
		return STR("");
	for (size_t i = 0; i < unit.len && len + 4 < sizeof(text); i++) {
		const char *sign = NULL;
		if (unit.at[i] >= '0' && unit.at[i] <= '9' && i > 0)
			sign = raised[unit.at[i] - '0'];
		if (unit.at[i] == '-' && i + 1 < unit.len && unit.at[i + 1] >= '0')
			sign = "\xe2\x81\xbb";
		if (unit.at[i] == '*')
			sign = "\xc2\xb7";
		for (; sign && *sign; sign++)
			text[len++] = *sign;
		if (!sign)
			text[len++] = unit.at[i];
	}
	return str_copy(a, (struct str){ text, len });
}
