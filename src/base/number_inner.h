/* number_inner.h - what number.c shares with the reader of JSON numbers. */
#ifndef HUREN_BASE_NUMBER_INNER_H
#define HUREN_BASE_NUMBER_INNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NUMBER_DIGITS_U64 19      /* any 19 digits fit into 64 bits */
#define NUMBER_EXPONENT_MAX INT64_C(1000000000000)

/* digits x 10^exponent; digits are counted from the first that is not zero. */
struct number_decimal {
	uint64_t mantissa;        /* of the first NUMBER_DIGITS_U64 digits */
	size_t digit_count;
	int64_t exponent;         /* of the last digit */
	bool integer;             /* written without fraction and exponent */
	bool negative;
};

static inline bool number_is_digit(const char *at, const char *end)
{
	return at < end && *at >= '0' && *at <= '9';
}

/* The absolute value, correctly rounded. [digits, digits_end) is the text of the digits, other
 * characters among them are passed over; it is looked at only when there are very many. */
double number_convert(const struct number_decimal *d, const char *digits, const char *digits_end);

#endif
