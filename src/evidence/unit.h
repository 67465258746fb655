/* unit.h - units of measurement as products of named units; exact conversions.
 *
 * Is:      "km/h", "m/s2", "deg", "1" ... parsed, multiplied, compared and converted. A unit is
 *          what is written, not its dimension: km/h and m/s differ until a conversion is asked for.
 * Is not:  arithmetic on values, or a guess: an unknown spelling is an error.
 * I1  A conversion is value * num / den with integers, in this order, each operation rounded once:
 *     the same bits everywhere. Only degree and radian have no ratio of integers; theirs is the
 *     double nearest to pi/180, and unit_conversion tells so (`exact` false).
 */
#ifndef HUREN_EVIDENCE_UNIT_H
#define HUREN_EVIDENCE_UNIT_H

#include "base/err.h"
#include "base/str.h"

#define UNIT_FACTORS_MAX 4
#define UNIT_TEXT_BYTES 64

struct unit_factor {
	uint8_t symbol;        /* index in the table of unit.c */
	int8_t exponent;       /* never 0; -4..4 */
};
struct unit {              /* sorted by symbol; count 0 is the unit "1" */
	uint8_t count;
	struct unit_factor factors[UNIT_FACTORS_MAX];
};

/* Canonical and usual spellings: "m/s^2", "m/s2", "m/s²", "m·s-2", "kph", "km/h", "°", "deg", "-",
 * "", "%" ... ERR_INVALID names the part that is unknown. */
MUST_USE enum err_code unit_parse(struct str text, struct unit *ret, struct err *e);
/* Canonical spelling, NUL-terminated; returns the length. */
size_t unit_text(const struct unit *u, char ret[UNIT_TEXT_BYTES]);
bool unit_eq(const struct unit *a, const struct unit *b);
/* Same dimension: a conversion exists. */
bool unit_convertible(const struct unit *a, const struct unit *b);
/* ERR_TOO_LARGE: more than UNIT_FACTORS_MAX factors or exponents past 4. */
MUST_USE enum err_code unit_multiply(const struct unit *a, const struct unit *b, struct unit *ret,
	struct err *e);
MUST_USE enum err_code unit_divide(const struct unit *a, const struct unit *b, struct unit *ret,
	struct err *e);

struct unit_conversion {
	uint64_t num, den;     /* both 1 for equal units */
	double inexact;        /* when !exact: multiply by this instead */
	bool exact;
};
/* ERR_INVALID: other dimension, or a ratio past 2^53. Offsets (degC) are not convertible to K. */
MUST_USE enum err_code unit_conversion(const struct unit *from, const struct unit *to,
	struct unit_conversion *ret, struct err *e);
double unit_convert(const struct unit_conversion *c, double value);

#endif
