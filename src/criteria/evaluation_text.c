/* evaluation_text.c - numbers, times, units and digests as the text that stands in a document. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "base/encode.h"
#include "base/number.h"
#include "criteria/evaluation_inner.h"

#define NUMBER_BYTES 32
#define NS_PER_S INT64_C(1000000000)

/* "-1.5e-7" as "-0.00000015"; false when it does not fit. */
static bool without_exponent(const char *text, char ret[DECIMAL_BYTES + 1])
{
	const char *e = strchr(text, 'e');
	char digits[NUMBER_BYTES];
	size_t digit_count = 0, at = 0;
	long point = 1, power = 0;
	for (const char *c = text; c < e; c++) {
		if (*c >= '0' && *c <= '9')
			digits[digit_count++] = *c;
	}
	for (const char *c = e + 2; *c; c++)
		power = power * 10 + (*c - '0');
	point += e[1] == '-' ? -power : power;
	long zeros = point <= 0 ? -point : 0;
	long tail = point > (long)digit_count ? point - (long)digit_count : 0;
	if (zeros + tail + (long)digit_count + 3 > DECIMAL_BYTES)
		return false;
	if (text[0] == '-')
		ret[at++] = '-';
	if (point <= 0) {
		ret[at++] = '0';
		ret[at++] = '.';
	}
	while (zeros-- > 0)
		ret[at++] = '0';
	for (size_t i = 0; i < digit_count; i++)
		ret[at++] = digits[i];
	while (tail-- > 0)
		ret[at++] = '0';
	ret[at] = '\0';
	return true;
}

struct str text_of_double(struct arena *a, double value)
{
	char text[NUMBER_BYTES];
	char plain[DECIMAL_BYTES + 1];
	CHECK(!isnan(value));
	if (isinf(value))
		return value > 0 ? STR("inf") : STR("-inf");
	size_t len = json_number_text(value, text);
	text[len] = '\0';
	if (strchr(text, 'e') && without_exponent(text, plain))
		return str_copy(a, str_of(plain));
	return str_copy(a, (struct str){ text, len });
}

struct str text_of_time(struct arena *a, int64_t ns)
{
	char fraction[16];
	uint64_t size = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
	int len = snprintf(fraction, sizeof(fraction), ".%09u", (unsigned)(size % NS_PER_S));
	while (len > 0 && (fraction[len - 1] == '0' || fraction[len - 1] == '.'))
		fraction[--len] = '\0';
	return str_printf(a, "%s%llu%s", ns < 0 ? "-" : "",
		(unsigned long long)(size / NS_PER_S), fraction);
}

struct str text_of_i64(struct arena *a, int64_t value)
{
	return str_printf(a, "%lld", (long long)value);
}

struct str text_of_unit(struct arena *a, const struct unit *u)
{
	char text[UNIT_TEXT_BYTES];
	size_t len = unit_text(u, text);
	return str_copy(a, (struct str){ text, len });
}

struct str text_of_digest(struct arena *a, const struct digest *d)
{
	return base64url_new(a, d->at, sizeof(d->at));
}

double text_to_double(struct str s)
{
	double value;
	if (!decimal_is(s) || number_parse(s.at, s.at + s.len, '.', &value) != s.at + s.len)
		return NAN;
	return value;
}
