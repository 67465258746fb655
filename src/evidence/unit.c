/* unit.c - the table of symbols, the parser of spellings, and ratios of integers. */
#include "evidence/unit.h"

#include <stdio.h>
#include <string.h>

#define DIMENSIONS 11
#define EXPONENT_MAX 4
#define RATIO_MAX (1ull << 53) /* integers up to here are doubles */

/* degC has a dimension of its own: an offset is not a ratio, so nothing converts to it. */
enum { D_M, D_KG, D_S, D_ANGLE, D_A, D_K, D_DEGC, D_BIT, D_LX, D_PIXEL, D_RUN };

/* A symbol is num/den of the base units to the powers of `dim`; degrees count as the base unit of
 * angles, `radians` tells that a factor of 180/pi comes on top. */
struct symbol {
	const char *name;
	uint32_t num, den;
	int8_t dim[DIMENSIONS];
	bool radians;
};

static const struct symbol symbols[] = {
	{ "N", 1, 1, { [D_KG] = 1, [D_M] = 1, [D_S] = -2 }, false },
	{ "kN", 1000, 1, { [D_KG] = 1, [D_M] = 1, [D_S] = -2 }, false },
	{ "Pa", 1, 1, { [D_KG] = 1, [D_M] = -1, [D_S] = -2 }, false },
	{ "kPa", 1000, 1, { [D_KG] = 1, [D_M] = -1, [D_S] = -2 }, false },
	{ "MPa", 1000000, 1, { [D_KG] = 1, [D_M] = -1, [D_S] = -2 }, false },
	{ "bar", 100000, 1, { [D_KG] = 1, [D_M] = -1, [D_S] = -2 }, false },
	{ "mbar", 100, 1, { [D_KG] = 1, [D_M] = -1, [D_S] = -2 }, false },
	{ "J", 1, 1, { [D_KG] = 1, [D_M] = 2, [D_S] = -2 }, false },
	{ "kJ", 1000, 1, { [D_KG] = 1, [D_M] = 2, [D_S] = -2 }, false },
	{ "W", 1, 1, { [D_KG] = 1, [D_M] = 2, [D_S] = -3 }, false },
	{ "kW", 1000, 1, { [D_KG] = 1, [D_M] = 2, [D_S] = -3 }, false },
	{ "V", 1, 1, { [D_KG] = 1, [D_M] = 2, [D_S] = -3, [D_A] = -1 }, false },
	{ "mV", 1, 1000, { [D_KG] = 1, [D_M] = 2, [D_S] = -3, [D_A] = -1 }, false },
	{ "kg", 1, 1, { [D_KG] = 1 }, false },
	{ "gram", 1, 1000, { [D_KG] = 1 }, false },
	{ "t", 1000, 1, { [D_KG] = 1 }, false },
	{ "m", 1, 1, { [D_M] = 1 }, false },
	{ "km", 1000, 1, { [D_M] = 1 }, false },
	{ "cm", 1, 100, { [D_M] = 1 }, false },
	{ "mm", 1, 1000, { [D_M] = 1 }, false },
	{ "µm", 1, 1000000, { [D_M] = 1 }, false },
	{ "mi", 201168, 125, { [D_M] = 1 }, false },
	{ "ft", 381, 1250, { [D_M] = 1 }, false },
	{ "inch", 127, 5000, { [D_M] = 1 }, false },
	{ "A", 1, 1, { [D_A] = 1 }, false },
	{ "mA", 1, 1000, { [D_A] = 1 }, false },
	{ "Ohm", 1, 1, { [D_KG] = 1, [D_M] = 2, [D_S] = -3, [D_A] = -2 }, false },
	{ "K", 1, 1, { [D_K] = 1 }, false },
	{ "degC", 1, 1, { [D_DEGC] = 1 }, false },
	{ "deg", 1, 1, { [D_ANGLE] = 1 }, false },
	{ "arcmin", 1, 60, { [D_ANGLE] = 1 }, false },
	{ "arcsec", 1, 3600, { [D_ANGLE] = 1 }, false },
	{ "rad", 1, 1, { [D_ANGLE] = 1 }, true },
	{ "mrad", 1, 1000, { [D_ANGLE] = 1 }, true },
	{ "rev", 360, 1, { [D_ANGLE] = 1 }, false },
	{ "bit", 1, 1, { [D_BIT] = 1 }, false },
	{ "byte", 8, 1, { [D_BIT] = 1 }, false },
	{ "lx", 1, 1, { [D_LX] = 1 }, false },
	{ "pixel", 1, 1, { [D_PIXEL] = 1 }, false },
	{ "run", 1, 1, { [D_RUN] = 1 }, false },
	{ "%", 1, 100, { 0 }, false },
	{ "‰", 1, 1000, { 0 }, false },
	{ "g", 196133, 20000, { [D_M] = 1, [D_S] = -2 }, false },
	{ "kn", 463, 900, { [D_M] = 1, [D_S] = -1 }, false },
	{ "Hz", 1, 1, { [D_S] = -1 }, false },
	{ "kHz", 1000, 1, { [D_S] = -1 }, false },
	{ "MHz", 1000000, 1, { [D_S] = -1 }, false },
	{ "s", 1, 1, { [D_S] = 1 }, false },
	{ "ms", 1, 1000, { [D_S] = 1 }, false },
	{ "µs", 1, 1000000, { [D_S] = 1 }, false },
	{ "ns", 1, 1000000000, { [D_S] = 1 }, false },
	{ "min", 60, 1, { [D_S] = 1 }, false },
	{ "h", 3600, 1, { [D_S] = 1 }, false },
};
#define SYMBOL_COUNT (sizeof(symbols) / sizeof(symbols[0]))

/* Usual spellings and what they stand for. "g" is the standard gravity, since measurement files
 * write accelerations so; a gram is spelt out. */
static const char *const aliases[][2] = {
	{ "kph", "km/h" }, { "kmh", "km/h" }, { "kmph", "km/h" }, { "mph", "mi/h" },
	{ "mps", "m/s" }, { "mps2", "m/s2" }, { "rpm", "rev/min" }, { "Nm", "N·m" },
	{ "kWh", "kW·h" }, { "knots", "kn" }, { "knot", "kn" }, { "kt", "kn" },
	{ "°", "deg" }, { "degree", "deg" }, { "degrees", "deg" }, { "degs", "deg" },
	{ "radian", "rad" }, { "radians", "rad" }, { "rads", "rad" },
	{ "°C", "degC" }, { "℃", "degC" }, { "Celsius", "degC" },
	{ "sec", "s" }, { "secs", "s" }, { "second", "s" }, { "seconds", "s" }, { "msec", "ms" },
	{ "us", "µs" }, { "μs", "µs" }, { "usec", "µs" }, { "nsec", "ns" },
	{ "um", "µm" }, { "μm", "µm" }, { "hr", "h" }, { "hour", "h" }, { "hours", "h" },
	{ "minute", "min" }, { "minutes", "min" },
	{ "metre", "m" }, { "metres", "m" }, { "meter", "m" }, { "meters", "m" },
	{ "kilometre", "km" }, { "kilometres", "km" }, { "mile", "mi" }, { "miles", "mi" },
	{ "percent", "%" }, { "volt", "V" }, { "volts", "V" }, { "Volt", "V" }, { "Ω", "Ohm" },
	{ "ohm", "Ohm" }, { "lux", "lx" }, { "Byte", "byte" }, { "bits", "bit" },
	{ "gn", "g" }, { "G", "g" },
};
#define ALIAS_COUNT (sizeof(aliases) / sizeof(aliases[0]))

/* ---- parsing --------------------------------------------------------------------------------- */

static enum err_code add_factor(struct unit *u, uint8_t symbol, int exponent, struct err *e)
{
	uint8_t i = 0;

	while (i < u->count && u->factors[i].symbol < symbol)
		i++;
	if (i < u->count && u->factors[i].symbol == symbol) {
		exponent += u->factors[i].exponent;
		if (exponent == 0) {
			u->count--;
			memmove(&u->factors[i], &u->factors[i + 1],
				(size_t)(u->count - i) * sizeof(u->factors[0]));
			u->factors[u->count] = (struct unit_factor){ 0 };
			return ERR_OK;
		}
	} else {
		if (exponent == 0)
			return ERR_OK;
		if (u->count == UNIT_FACTORS_MAX)
			return err_set(e, ERR_TOO_LARGE, "unit has more than %d factors",
				UNIT_FACTORS_MAX);
		memmove(&u->factors[i + 1], &u->factors[i],
			(size_t)(u->count - i) * sizeof(u->factors[0]));
		u->count++;
	}
	if (exponent > EXPONENT_MAX || exponent < -EXPONENT_MAX)
		return err_set(e, ERR_TOO_LARGE, "unit has a power past %d", EXPONENT_MAX);
	u->factors[i] = (struct unit_factor){ symbol, (int8_t)exponent };
	return ERR_OK;
}

/* Bytes of the sign, digit or mark at the beginning of s, by a table; 0 = none of them. */
struct mark { const char *bytes; char means; };

static const struct mark marks[] = {
	{ "*", '*' }, { ".", '*' }, { " ", '*' }, { "·", '*' }, { "⋅", '*' }, { "×", '*' },
	{ "/", '/' }, { "(", '(' }, { ")", ')' }, { "^", '^' }, { "**", '^' }, { "-", '-' },
	{ "+", '+' }, { "⁻", '-' }, { "⁰", '0' }, { "¹", '1' }, { "²", '2' }, { "³", '3' },
	{ "⁴", '4' }, { "0", '0' }, { "1", '1' }, { "2", '2' }, { "3", '3' }, { "4", '4' },
	{ "5", '5' }, { "6", '6' }, { "7", '7' }, { "8", '8' }, { "9", '9' },
};

/* What s begins with: a mark, 'a' for a letter of a name, '\0' at the end. */
static char peek(struct str s, size_t *ret_bytes)
{
	const struct mark *best = NULL;

	*ret_bytes = s.len > 0;
	if (s.len == 0)
		return '\0';
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (str_starts(s, marks[i].bytes) &&
			(!best || strlen(marks[i].bytes) > strlen(best->bytes)))
			best = &marks[i];
	}
	if (!best)
		return 'a';
	*ret_bytes = strlen(best->bytes);
	return best->means;
}

/* The power behind a name: "^2", "2", "²", "-2", "^-2", or nothing. */
static enum err_code take_exponent(struct str *rest, int *ret, struct err *e)
{
	struct str at = *rest;
	bool marked = false, negative = false;
	size_t bytes;
	char c = peek(at, &bytes);

	*ret = 1;
	if (c == '^') {
		marked = true;
		at = str_skip(at, bytes);
		c = peek(at, &bytes);
	}
	if (c == '-' || (c == '+' && marked)) {
		marked = true;
		negative = c == '-';
		at = str_skip(at, bytes);
		c = peek(at, &bytes);
	}
	if (c < '1' || c > '9') {
		if (marked)
			return err_set(e, ERR_INVALID, "unit has a sign without a power behind it");
		return ERR_OK;
	}
	*ret = negative ? -(c - '0') : c - '0';
	*rest = str_skip(at, bytes);
	c = peek(*rest, &bytes);
	if ((c >= '0' && c <= '9') || *ret > EXPONENT_MAX || *ret < -EXPONENT_MAX)
		return err_set(e, ERR_TOO_LARGE, "unit has a power past %d", EXPONENT_MAX);
	return ERR_OK;
}

static enum err_code parse_terms(struct str text, bool aliased, int sign, struct unit *u,
	struct err *e);

static enum err_code add_name(struct str name, bool aliased, int exponent, struct unit *u,
	struct err *e)
{
	char quoted[UNIT_TEXT_BYTES];

	for (size_t i = 0; i < SYMBOL_COUNT; i++) {
		if (str_is(name, symbols[i].name))
			return add_factor(u, (uint8_t)i, exponent, e);
	}
	for (size_t i = 0; i < ALIAS_COUNT && !aliased; i++) {
		struct unit inner = { 0 };
		if (!str_is(name, aliases[i][0]))
			continue;
		CHECK(parse_terms(str_of(aliases[i][1]), true, 1, &inner, NULL) == ERR_OK);
		for (uint8_t k = 0; k < inner.count; k++)
			TRY(add_factor(u, inner.factors[k].symbol,
				inner.factors[k].exponent * exponent, e));
		return ERR_OK;
	}
	(void)snprintf(quoted, sizeof(quoted), STR_FMT, STR_ARG(name)); /* only for people */
	for (char *c = quoted; *c; c++)
		*c = (uint8_t)*c < ' ' || *c == '"' || *c == 0x7f ? '?' : *c;
	return err_set(e, ERR_INVALID, "unit \"%s\" is not known", quoted);
}

/* Terms joined by "·" or "/"; a slash divides by the next term or bracket alone. `aliased`: within
 * what an alias stands for, where no further alias is looked up. */
static enum err_code parse_terms(struct str rest, bool aliased, int sign, struct unit *u,
	struct err *e)
{
	const char *start = rest.at;
	int next_sign = sign, exponent;
	bool want_term = true, in_bracket = false;
	size_t bytes;

	while (rest.len > 0) {
		char c = peek(rest, &bytes);
		struct str name = { rest.at, 0 };

		if (c == '(' && want_term && !in_bracket) {
			in_bracket = true;
			sign = next_sign;
			rest = str_skip(rest, bytes);
			continue;
		}
		if (c == ')' && !want_term && in_bracket) {
			in_bracket = false;
			sign = next_sign = 1;
			rest = str_skip(rest, bytes);
			continue;
		}
		if ((c == '*' || c == '/') && !want_term) {
			next_sign = c == '/' ? -sign : sign;
			want_term = true;
			rest = str_skip(rest, bytes);
			continue;
		}
		if (!want_term || (c != 'a' && c != '1'))
			return err_set(e, ERR_INVALID, "unit is malformed at byte %zu",
				(size_t)(rest.at - start) + 1);
		want_term = false;
		if (c == '1') {
			rest = str_skip(rest, bytes);
			continue;
		}
		while (peek(rest, &bytes) == 'a') {
			rest = str_skip(rest, bytes);
			name.len += bytes;
		}
		TRY(take_exponent(&rest, &exponent, e));
		TRY(add_name(name, aliased, exponent * next_sign, u, e));
	}
	if (want_term || in_bracket)
		return err_set(e, ERR_INVALID, "unit ends where a name is missing");
	return ERR_OK;
}

enum err_code unit_parse(struct str text, struct unit *ret, struct err *e)
{
	struct unit u = { 0 };

	text = str_trim(text);
	if (text.len >= UNIT_TEXT_BYTES)
		return err_set(e, ERR_INVALID, "unit is over %d bytes", UNIT_TEXT_BYTES - 1);
	if (text.len > 0 && !str_is(text, "-"))
		TRY(parse_terms(text, false, 1, &u, e));
	*ret = u;
	return ERR_OK;
}

/* ---- comparing ------------------------------------------------------------------------------- */

size_t unit_text(const struct unit *u, char ret[UNIT_TEXT_BYTES])
{
	size_t len = 0;
	int put = 0;

	for (int negative = 0; negative < 2; negative++) {
		for (uint8_t i = 0; i < u->count; i++) {
			const struct unit_factor *f = &u->factors[i];
			int power = negative ? -f->exponent : f->exponent;
			const char *join = negative ? (put ? "/" : "1/") : (put ? "·" : "");

			if (power <= 0)
				continue;
			CHECK(f->symbol < SYMBOL_COUNT);
			put = snprintf(ret + len, UNIT_TEXT_BYTES - len, "%s%s", join,
				symbols[f->symbol].name);
			CHECK(put > 0);
			len += (size_t)put;
			CHECK(len + 2 < UNIT_TEXT_BYTES);
			if (power > 1)
				ret[len++] = (char)('0' + power);
		}
	}
	if (len == 0)
		ret[len++] = '1';
	ret[len] = '\0';
	return len;
}

bool unit_eq(const struct unit *a, const struct unit *b)
{
	if (a->count != b->count)
		return false;
	for (uint8_t i = 0; i < a->count; i++) {
		if (a->factors[i].symbol != b->factors[i].symbol ||
			a->factors[i].exponent != b->factors[i].exponent)
			return false;
	}
	return true;
}

static void dimension(const struct unit *u, int sum[DIMENSIONS])
{
	memset(sum, 0, DIMENSIONS * sizeof(sum[0]));
	for (uint8_t i = 0; i < u->count; i++) {
		CHECK(u->factors[i].symbol < SYMBOL_COUNT);
		for (int d = 0; d < DIMENSIONS; d++)
			sum[d] += symbols[u->factors[i].symbol].dim[d] * u->factors[i].exponent;
	}
}

bool unit_convertible(const struct unit *a, const struct unit *b)
{
	int da[DIMENSIONS], db[DIMENSIONS];

	dimension(a, da);
	dimension(b, db);
	return memcmp(da, db, sizeof(da)) == 0;
}

static enum err_code combine(const struct unit *a, const struct unit *b, int sign,
	struct unit *ret, struct err *e)
{
	struct unit u = *a;

	for (uint8_t i = 0; i < b->count; i++)
		TRY(add_factor(&u, b->factors[i].symbol, sign * b->factors[i].exponent, e));
	*ret = u;
	return ERR_OK;
}

enum err_code unit_multiply(const struct unit *a, const struct unit *b, struct unit *ret,
	struct err *e)
{
	return combine(a, b, 1, ret, e);
}

enum err_code unit_divide(const struct unit *a, const struct unit *b, struct unit *ret,
	struct err *e)
{
	return combine(a, b, -1, ret, e);
}

/* ---- converting ------------------------------------------------------------------------------ */

static uint64_t gcd(uint64_t a, uint64_t b)
{
	while (b > 0) {
		uint64_t rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

/* num/den times n/d, in lowest terms; false when it does not fit. */
static bool ratio_times(uint64_t *num, uint64_t *den, uint64_t n, uint64_t d)
{
	uint64_t g = gcd(*num, d), h = gcd(n, *den);

	return !__builtin_mul_overflow(*num / g, n / h, num) &&
		!__builtin_mul_overflow(*den / h, d / g, den);
}

static bool ratio_add(struct unit_conversion *c, int *radians, const struct unit *u, int sign)
{
	for (uint8_t i = 0; i < u->count; i++) {
		const struct symbol *s = &symbols[u->factors[i].symbol];
		int power = sign * u->factors[i].exponent;

		*radians += s->radians ? power : 0;
		for (; power > 0; power--) {
			if (!ratio_times(&c->num, &c->den, s->num, s->den))
				return false;
		}
		for (; power < 0; power++) {
			if (!ratio_times(&c->num, &c->den, s->den, s->num))
				return false;
		}
	}
	return true;
}

enum err_code unit_conversion(const struct unit *from, const struct unit *to,
	struct unit_conversion *ret, struct err *e)
{
	struct unit_conversion c = { .num = 1, .den = 1, .exact = true };
	char a[UNIT_TEXT_BYTES], b[UNIT_TEXT_BYTES];
	int radians = 0;

	(void)unit_text(from, a);
	(void)unit_text(to, b);
	if (!unit_convertible(from, to))
		return err_set(e, ERR_INVALID, "%s cannot be converted to %s", a, b);
	if (!unit_eq(from, to) && (!ratio_add(&c, &radians, from, 1) ||
		!ratio_add(&c, &radians, to, -1) || c.num > RATIO_MAX || c.den > RATIO_MAX))
		return err_set(e, ERR_INVALID, "the ratio of %s to %s is too large", a, b);
	if (radians != 0) {
		c.exact = false;
		c.inexact = (double)c.num / (double)c.den;
		for (; radians > 0; radians--)
			c.inexact *= 0x1.ca5dc1a63c1f8p+5;  /* the double nearest to 180/pi */
		for (; radians < 0; radians++)
			c.inexact *= 0x1.1df46a2529d39p-6;  /* the double nearest to pi/180 */
	}
	*ret = c;
	return ERR_OK;
}

double unit_convert(const struct unit_conversion *c, double value)
{
	if (!c->exact)
		return value * c->inexact;
	if (c->num != 1)
		value = value * (double)c->num;
	return c->den != 1 ? value / (double)c->den : value;
}
