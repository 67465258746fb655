/* decimal.h - decimals as text: measured values and limits are carried exactly as written.
 *
 * Form: -?(0|[1-9][0-9]*)(\.[0-9]+)?, at most DECIMAL_BYTES characters, no exponent, no plus.
 */
#ifndef HUREN_BASE_DECIMAL_H
#define HUREN_BASE_DECIMAL_H

#include "base/err.h"
#include "base/str.h"

#define DECIMAL_BYTES 32

bool decimal_is(struct str s);
/* True for a decimal below zero ("-0.0" is not). */
bool decimal_is_negative(struct str s);
/* The value times 1,000,000, exactly. ERR_INVALID: not a decimal, more than six digits after the
 * point (other than zeros), or past the range of int64_t. */
MUST_USE enum err_code decimal_micro(struct str s, int64_t *ret, struct err *e);

#endif
