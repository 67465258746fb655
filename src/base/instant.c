/* instant.c - RFC 3339 text and the proleptic Gregorian calendar. */
#include "base/instant.h"

#include <stdbool.h>
#include <time.h>

#define DAY_S 86400
#define YEAR_MIN 1970
#define YEAR_MAX 9999
#define ZONE_MINUTES_MAX (14 * 60)   /* as XML Schema has it; no place is further from Greenwich */

int64_t instant_now(void)
{
	struct timespec now;

	CHECK(clock_gettime(CLOCK_REALTIME, &now) == 0);
	return now.tv_sec;
}

uint64_t instant_now_us(void)
{
	struct timespec now;

	CHECK(clock_gettime(CLOCK_REALTIME, &now) == 0);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint64_t instant_monotonic_us(void)
{
	struct timespec now;

	CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static bool is_leap(unsigned year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static unsigned month_days(unsigned year, unsigned month)
{
	static const uint8_t days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* Days from 1970-01-01 to the first day of the year. */
static int64_t days_before_year(unsigned year)
{
	int64_t past = (int64_t)year - 1;

	return past * 365 + past / 4 - past / 100 + past / 400 - 719162;
}

/* Takes exactly `count` digits off the front. */
static bool take_digits(struct str *s, size_t count, unsigned *ret)
{
	unsigned value = 0;

	if (s->len < count)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (s->at[i] < '0' || s->at[i] > '9')
			return false;
		value = value * 10 + (unsigned)(s->at[i] - '0');
	}
	*s = str_skip(*s, count);
	*ret = value;
	return true;
}

static bool take_char(struct str *s, char c)
{
	if (s->len == 0 || s->at[0] != c)
		return false;
	*s = str_skip(*s, 1);
	return true;
}

static enum err_code take_date(struct str *s, int64_t *ret, struct err *e)
{
	unsigned year, month, day;
	int64_t days;

	if (!take_digits(s, 4, &year) || !take_char(s, '-') || !take_digits(s, 2, &month) ||
		!take_char(s, '-') || !take_digits(s, 2, &day))
		return err_set(e, ERR_INVALID, "date is not of the form YYYY-MM-DD");
	if (year < YEAR_MIN || year > YEAR_MAX)
		return err_set(e, ERR_INVALID, "year %u is before 1970", year);
	if (month < 1 || month > 12 || day < 1 || day > month_days(year, month))
		return err_set(e, ERR_INVALID, "there is no day %04u-%02u-%02u", year, month, day);
	days = days_before_year(year) + day - 1;
	for (unsigned m = 1; m < month; m++)
		days += month_days(year, m);
	*ret = days * DAY_S;
	return ERR_OK;
}

static enum err_code take_time(struct str *s, int64_t *ret, struct err *e)
{
	unsigned hour, minute, second, digit;

	if (!take_digits(s, 2, &hour) || !take_char(s, ':') || !take_digits(s, 2, &minute) ||
		!take_char(s, ':') || !take_digits(s, 2, &second))
		return err_set(e, ERR_INVALID, "time is not of the form hh:mm:ss");
	if (hour > 23 || minute > 59 || second > 59)
		return err_set(e, ERR_INVALID,
			"there is no time %02u:%02u:%02u", hour, minute, second);
	if (take_char(s, '.')) {
		if (!take_digits(s, 1, &digit))
			return err_set(e, ERR_INVALID, "fraction of a second has no digits");
		while (take_digits(s, 1, &digit))
			continue;
	}
	*ret = (int64_t)hour * 3600 + minute * 60 + second;
	return ERR_OK;
}

/* Seconds east of Greenwich. */
static enum err_code take_zone(struct str *s, int64_t *ret, struct err *e)
{
	unsigned hour, minute;
	bool east;

	if (take_char(s, 'Z')) {
		*ret = 0;
		return ERR_OK;
	}
	east = take_char(s, '+');
	if ((!east && !take_char(s, '-')) || !take_digits(s, 2, &hour) || !take_char(s, ':') ||
		!take_digits(s, 2, &minute))
		return err_set(e, ERR_INVALID, "time zone is neither Z nor of the form +hh:mm");
	if (minute > 59 || hour * 60 + minute > ZONE_MINUTES_MAX)
		return err_set(e, ERR_INVALID, "there is no time zone %02u:%02u", hour, minute);
	*ret = ((int64_t)hour * 60 + minute) * (east ? 60 : -60);
	return ERR_OK;
}

enum err_code instant_parse(struct str s, int64_t *ret, struct err *e)
{
	int64_t date = 0, time = 0, zone = 0, at;

	TRY(take_date(&s, &date, e));
	if (!take_char(&s, 'T'))
		return err_set(e, ERR_INVALID, "date is not followed by T and a time");
	TRY(take_time(&s, &time, e));
	TRY(take_zone(&s, &zone, e));
	if (s.len > 0)
		return err_set(e, ERR_INVALID, "time is followed by something else");
	at = date + time - zone;
	if (at < 0 || at > INSTANT_MAX)
		return err_set(e, ERR_INVALID, "time is outside the years 1970 to 9999");
	*ret = at;
	return ERR_OK;
}

enum err_code instant_parse_date(struct str s, int64_t *ret, struct err *e)
{
	int64_t date = 0;

	TRY(take_date(&s, &date, e));
	if (s.len > 0)
		return err_set(e, ERR_INVALID, "date is followed by something else");
	*ret = date;
	return ERR_OK;
}

static void put_digits(char *at, size_t count, unsigned value)
{
	while (count > 0) {
		at[--count] = (char)('0' + value % 10);
		value /= 10;
	}
}

void instant_format(int64_t at, char *ret)
{
	static const char form[INSTANT_TEXT_BYTES] = "0000-00-00T00:00:00Z";
	unsigned year, month = 1, day, second;
	int64_t days;

	CHECK(at >= 0);
	CHECK(at <= INSTANT_MAX);
	days = at / DAY_S;
	second = (unsigned)(at % DAY_S);
	year = (unsigned)(YEAR_MIN + days / 366);
	while (days_before_year(year + 1) <= days)
		year++; /* at most some 20 steps: one a 366th of the years passed */
	day = (unsigned)(days - days_before_year(year));
	while (day >= month_days(year, month))
		day -= month_days(year, month++);
	for (size_t i = 0; i < sizeof(form); i++)
		ret[i] = form[i];
	put_digits(ret, 4, year);
	put_digits(ret + 5, 2, month);
	put_digits(ret + 8, 2, day + 1);
	put_digits(ret + 11, 2, second / 3600);
	put_digits(ret + 14, 2, second / 60 % 60);
	put_digits(ret + 17, 2, second % 60);
}
