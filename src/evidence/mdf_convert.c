/* mdf_convert.c - applies conversions. Each formula is written in a fixed order of operations, each
 * rounded once, so that a physical value has the same bits everywhere. */
#include <math.h>

#include "evidence/mdf_inner.h"

#define NESTING 5 /* one more than conversions may have levels (mdf_conversion.c) */

static double rational(const double *p, double x)
{
	double above = (p[0] * x + p[1]) * x + p[2], below = (p[3] * x + p[4]) * x + p[5];

	return below == 0 ? NAN : above / below;
}

/* Last key that is not above x; x is not below the first. `step` doubles from key to key. */
static uint32_t find_key(const struct mdf_conversion *c, uint32_t step, double x)
{
	uint32_t low = 0, high = c->count;

	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;
		if (c->values[(size_t)middle * step] <= x)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static double table(const struct mdf_conversion *c, double x)
{
	const double *at = c->values, *last = at + 2 * (size_t)(c->count - 1);

	if (isnan(x))
		return NAN;
	if (x <= at[0])
		return at[1];
	if (x >= last[0])
		return last[1];
	at += 2 * (size_t)find_key(c, 2, x);
	if (c->type == MDF_CC_TABLE)
		return x - at[0] > at[2] - x ? at[3] : at[1];
	return at[1] + (x - at[0]) * (at[3] - at[1]) / (at[2] - at[0]);
}

static bool in_range(const double *at, double x, bool integer)
{
	return at[0] <= x && (integer ? x <= at[1] : x < at[1]);
}

/* Place of the key or range that x falls on, or `count`. */
static uint32_t find_place(const struct mdf_conversion *c, double x, bool integer)
{
	bool ranges = c->type != MDF_CC_TEXT;
	uint32_t step = c->type == MDF_CC_TEXT ? 1 : c->type == MDF_CC_RANGE ? 3 : 2;
	uint32_t i;

	if (c->count == 0)
		return 0;
	if (!c->ascending) {
		for (i = 0; i < c->count; i++) {
			const double *at = c->values + (size_t)i * step;
			if (ranges ? in_range(at, x, integer) : at[0] == x)
				break;
		}
		return i;
	}
	i = find_key(c, step, x);
	/* Ranges that touch share an end when it counts: the first of them has it. */
	while (ranges && i > 0 && in_range(c->values + (size_t)(i - 1) * step, x, integer))
		i--;
	if (ranges)
		return in_range(c->values + (size_t)i * step, x, integer) ? i : c->count;
	return c->values[i] == x ? i : c->count;
}

static double number(const struct mdf_conversion *c, double x, bool integer)
{
	switch (c->type) {
	case MDF_CC_LINEAR:
		return c->values[0] + c->values[1] * x;
	case MDF_CC_RATIONAL:
		return rational(c->values, x);
	case MDF_CC_ALGEBRAIC:
		return mdf_formula_value(c->formula, x);
	case MDF_CC_TABLE_INTERPOLATED:
	case MDF_CC_TABLE:
		return table(c, x);
	case MDF_CC_RANGE: {
		uint32_t i = isnan(x) ? c->count : find_place(c, x, integer);
		if (isnan(x))
			return NAN;
		return c->values[3 * (size_t)i + (i < c->count ? 2 : 0)];
	}
	default:
		return x;
	}
}

enum mdf_result mdf_convert(const struct mdf_conversion *c, double x, bool integer,
	double *ret, struct str *ret_text)
{
	if (isnan(x))
		return MDF_IS_MISSING;
	for (int level = 0; c && level < NESTING; level++) {
		const struct mdf_ref *ref;
		if (c->type != MDF_CC_TEXT && c->type != MDF_CC_RANGE_TEXT)
			break;
		ref = &c->refs[find_place(c, x, integer)];
		if (!ref->conversion && !ref->text.at)
			return MDF_IS_MISSING;
		if (!ref->conversion) {
			*ret_text = ref->text;
			return MDF_IS_TEXT;
		}
		c = ref->conversion;
	}
	*ret = c ? number(c, x, integer) : x;
	return isnan(*ret) ? MDF_IS_MISSING : MDF_IS_NUMBER;
}

void mdf_convert_all(const struct mdf_conversion *c, bool integer, double *values, size_t count)
{
	if (c->type == MDF_CC_NONE)
		return;
	if (c->type == MDF_CC_LINEAR) {
		double offset = c->values[0], factor = c->values[1];
		for (size_t i = 0; i < count; i++)
			values[i] = offset + factor * values[i];
		return;
	}
	for (size_t i = 0; i < count; i++)
		values[i] = number(c, values[i], integer);
}

enum mdf_result mdf_convert_text(const struct mdf_conversion *c, struct str text, double *ret,
	struct str *ret_text)
{
	bool to_text = c->type == MDF_CC_TEXT_TEXT;
	uint32_t step = to_text ? 2 : 1, i = 0;

	while (i < c->count && !(c->refs[(size_t)i * step].text.at &&
		str_eq(c->refs[(size_t)i * step].text, text)))
		i++;
	if (!to_text) {
		*ret = c->values[i];
		return isnan(*ret) ? MDF_IS_MISSING : MDF_IS_NUMBER;
	}
	*ret_text = i < c->count ? c->refs[2 * (size_t)i + 1].text : c->refs[2 * (size_t)i].text;
	/* Without a default a text that is not listed stays as it is. */
	if (!ret_text->at)
		*ret_text = text;
	return MDF_IS_TEXT;
}

struct str mdf_convert_bits(struct arena *a, const struct mdf_conversion *c, uint64_t raw)
{
	struct str all = STR("");

	for (uint32_t i = 0; i < c->count; i++) {
		const struct mdf_conversion *inner = c->refs[i].conversion;
		struct str text = STR("");
		double unused;
		if (mdf_convert(inner, (double)(raw & c->masks[i]), true, &unused, &text) !=
			MDF_IS_TEXT || text.len == 0)
			continue;
		if (inner->name.len > 0)
			text = str_printf(a, STR_FMT "=" STR_FMT, STR_ARG(inner->name),
				STR_ARG(text));
		if (text.at && all.len > 0)
			text = str_printf(a, STR_FMT "|" STR_FMT, STR_ARG(all), STR_ARG(text));
		if (!text.at)
			return text;
		all = text;
	}
	return all;
}
