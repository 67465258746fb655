/* decimal.c - decimals as text, read exactly. */
#include "base/decimal.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool decimal_is(struct str s)
{
	size_t i = 0;
	if (s.len == 0 || s.len > DECIMAL_BYTES)
		return false;
	if (s.at[i] == '-')
		i++;
	size_t first = i;
	while (i < s.len && is_digit(s.at[i]))
		i++;
	if (i == first || (s.at[first] == '0' && i - first > 1))
		return false;
	if (i == s.len)
		return true;
	if (s.at[i] != '.')
		return false;
	size_t fraction = ++i;
	while (i < s.len && is_digit(s.at[i]))
		i++;
	return i == s.len && i > fraction;
}

bool decimal_is_negative(struct str s)
{
	if (!decimal_is(s) || s.at[0] != '-')
		return false;
	for (size_t i = 1; i < s.len; i++) {
		if (s.at[i] != '0' && s.at[i] != '.')
			return true;
	}
	return false;
}

enum err_code decimal_micro(struct str s, int64_t *ret, struct err *e)
{
	if (!decimal_is(s))
		return err_set(e, ERR_INVALID, "not a decimal number");
	bool negative = s.at[0] == '-';
	bool point = false;
	int places = 0;
	int64_t value = 0;
	for (size_t i = negative ? 1 : 0; i < s.len; i++) {
		if (s.at[i] == '.') {
			point = true;
			continue;
		}
		int digit = s.at[i] - '0';
		if (point && places == 6) {
			if (digit != 0)
				return err_set(e, ERR_INVALID,
					"more than six digits after the point");
			continue;
		}
		places += point ? 1 : 0;
		if (__builtin_mul_overflow(value, 10, &value) ||
			__builtin_add_overflow(value, digit, &value))
			return err_set(e, ERR_INVALID, "number is too large");
	}
	for (; places < 6; places++) {
		if (__builtin_mul_overflow(value, 10, &value))
			return err_set(e, ERR_INVALID, "number is too large");
	}
	*ret = negative ? -value : value;
	return ERR_OK;
}
