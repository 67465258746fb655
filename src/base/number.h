/* number.h - decimals of text files as IEEE doubles: correctly rounded, whatever the locale.
 *
 * Is:      the one place where digits become a double; json.h and evidence/ read through it.
 * Is not:  a grammar of its own for JSON (json_number.c is stricter), a writer.
 */
#ifndef HUREN_BASE_NUMBER_H
#define HUREN_BASE_NUMBER_H

#include <stdint.h>

/* Reads the number at the start of [at, end): an optional sign, digits with an optional `point`
 * among, before or behind them, an optional exponent ("+003.50", ".5", "1.234567E-02"). Leading
 * zeros are taken; white space, "nan" and "inf" are not. Returns the byte behind it, or NULL when
 * no number stands there. A number past the range of doubles becomes an infinity. */
const char *number_parse(const char *at, const char *end, char point, double *ret);

/* The number at `at` times `scale`, as the nearest integer (of two, the even one): for times, which
 * a double cannot carry to the nanosecond. Digits past the 19th are dropped. NULL when no number
 * stands there or the result is past the range. */
const char *number_parse_scaled(const char *at, const char *end, char point, uint64_t scale,
	int64_t *ret);

#endif
