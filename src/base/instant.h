/* instant.h - points in time, as whole seconds since 1970-01-01T00:00:00Z.
 *
 * Is:      RFC 3339 text to seconds and back; the present, passed in as a value.
 * Is not:  a statutory deadline (that word is `clock` here), a calendar of working days.
 * Rule:    pure floors take `int64_t now`; only edges ask the system.
 */
#ifndef HUREN_BASE_INSTANT_H
#define HUREN_BASE_INSTANT_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

#define INSTANT_MAX INT64_C(253402300799) /* 9999-12-31T23:59:59Z, the last that has a text */
#define INSTANT_TEXT_BYTES 21 /* "2026-11-24T03:04:05Z" and NUL */

int64_t instant_now(void);                 /* wall clock, seconds */
uint64_t instant_now_us(void);             /* wall clock, microseconds */
uint64_t instant_monotonic_us(void);       /* for intervals only */
/* RFC 3339 with zone ("Z" or +hh:mm), XSD dateTimeStamp; fractions are accepted and dropped.
 * Years 1970..9999, real dates only, no leap second. ERR_INVALID. */
MUST_USE enum err_code instant_parse(struct str s, int64_t *ret, struct err *e);
/* "2026-11-24": 00:00:00Z of that day. ERR_INVALID. */
MUST_USE enum err_code instant_parse_date(struct str s, int64_t *ret, struct err *e);
/* Writes "2026-11-24T03:04:05Z" into `ret` of INSTANT_TEXT_BYTES. */
void instant_format(int64_t at, char *ret);

#endif
