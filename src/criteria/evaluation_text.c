/* evaluation_text.c - numbers, times, units and digests as the text that stands in a document. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "base/encode.h"
#include "base/number.h"
#include "criteria/evaluation_inner.h"

#define NUMBER_BYTES 32
#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */
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

/* Bytes of the UTF-8 character at the start of `s`, or 0 when JSON cannot hold it. */
static size_t character(struct str s)
{
	unsigned char lead = (unsigned char)s.at[0];
	size_t len = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
	uint32_t code = lead & (0xffu >> (len == 1 ? 1 : len + 1));
	if (len > s.len || !str_is_utf8((struct str){ s.at, len }))
		return 0;
	for (size_t i = 1; i < len; i++)
		code = code << 6 | ((unsigned char)s.at[i] & 0x3f);
	bool is_none = (code & 0xfffe) == 0xfffe || (code >= 0xfdd0 && code <= 0xfdef);
	return code < ' ' || is_none ? 0 : len;
}

struct str text_clean(struct arena *a, struct str s)
{
	size_t at = 0, len = 0, step;
	for (step = 1; at < s.len && step > 0; at += step)
		step = character(str_skip(s, at));
	if (at == s.len && step > 0)
		return s;
	char *clean = ARENA_ARRAY(a, char, s.len * strlen(REPLACEMENT) + 1);
	if (!clean)
		return (struct str){ NULL, 0 };
	for (at = 0; at < s.len; at += step ? step : 1) {
		step = character(str_skip(s, at));
		memcpy(clean + len, step ? s.at + at : REPLACEMENT, step ? step : 3);
		len += step ? step : 3;
	}
	return (struct str){ clean, len };
}

double text_to_double(struct str s)
{
	double value;
	if (!decimal_is(s) || number_parse(s.at, s.at + s.len, '.', &value) != s.at + s.len)
		return NAN;
	return value;
}
