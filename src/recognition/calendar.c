/* calendar.c - notices as ranges of days, and counting over them. */
#include "recognition/calendar.h"

#include "base/instant.h"

#define DAY_S 86400

/* New Year's days of another year stand in a notice; a day further off is a slip of the pen, and
 * what was meant would be counted as a working day. */
static enum err_code read_day(const struct json *v, const struct calendar_year *year, int32_t *ret,
	struct err *e)
{
	struct str text = json_str(v);
	int32_t day, of;

	if (!text.at)
		return err_set(e, ERR_INVALID, "a day is no text");
	TRY(china_day_parse(text, &day, e));
	of = calendar_year_of(day);
	if (of < year->year - 1 || of > year->year + 1)
		return err_set(e, ERR_INVALID, "day " STR_FMT " is not of year %d", STR_ARG(text),
			year->year);
	*ret = day;
	return ERR_OK;
}

static enum err_code read_off(const struct json *list, struct calendar_year *year, struct err *e)
{
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *range = json_at(list, i);
		int32_t from, until;
		TRY(read_day(json_get(range, "from"), year, &from, e));
		TRY(read_day(json_get(range, "until"), year, &until, e));
		if (until < from)
			return err_set(e, ERR_INVALID, "holiday %zu ends before it begins", i + 1);
		year->off[i].from = from;
		year->off[i].until = until;
	}
	year->off_count = (uint32_t)json_count(list);
	return ERR_OK;
}

enum err_code calendar_add_file(struct arena *a, const struct json *doc, struct calendar *c,
	struct err *e)
{
	const struct json *off, *work;
	struct calendar_year *year;
	uint64_t number;

	TRY(json_need_u64(doc, "year", &number, e));
	TRY(json_need(doc, "off", JSON_ARRAY, &off, e));
	TRY(json_need(doc, "work", JSON_ARRAY, &work, e));
	if (number > 9999)
		return err_set(e, ERR_INVALID, "member \"year\" is no year");
	if (calendar_is_entered(c, (int32_t)number))
		return err_set(e, ERR_CONFLICT, "year %u is already there", (unsigned)number);
	if (json_count(off) > CALENDAR_DAYS || json_count(work) > CALENDAR_DAYS)
		return err_set(e, ERR_TOO_LARGE, "more than %d entries in a list", CALENDAR_DAYS);
	if (c->year_count == LIMIT_CALENDAR_YEARS)
		return err_set(e, ERR_TOO_LARGE, "more than %d years of holidays",
			LIMIT_CALENDAR_YEARS);
	year = ARENA_NEW(a, struct calendar_year);
	if (!year)
		return err_set(e, ERR_TOO_LARGE, "calendar too large");
	year->year = (int32_t)number;
	TRY(read_off(off, year, e));
	for (size_t i = 0; i < json_count(work); i++)
		TRY(read_day(json_at(work, i), year, &year->work[i], e));
	year->work_count = (uint32_t)json_count(work);
	c->years[c->year_count++] = year;
	return ERR_OK;
}

int32_t calendar_year_of(int32_t day)
{
	char text[INSTANT_TEXT_BYTES];
	uint64_t year = 0;

	instant_format((int64_t)day * DAY_S, text);
	CHECK(str_parse_u64((struct str){ text, 4 }, &year, NULL) == ERR_OK);
	return (int32_t)year;
}

bool calendar_is_entered(const struct calendar *c, int32_t year)
{
	for (uint32_t i = 0; i < c->year_count; i++)
		if (c->years[i]->year == year)
			return true;
	return false;
}

/* A notice may move days of the year before or after its own: all are asked. */
bool calendar_is_working(const struct calendar *c, int32_t day)
{
	int32_t weekday = (day % 7 + 7 + 3) % 7; /* 1970-01-01 was a Thursday; 0 is Monday */

	for (uint32_t y = 0; y < c->year_count; y++) {
		const struct calendar_year *year = c->years[y];
		for (uint32_t i = 0; i < year->work_count; i++)
			if (year->work[i] == day)
				return true;
	}
	for (uint32_t y = 0; y < c->year_count; y++) {
		const struct calendar_year *year = c->years[y];
		for (uint32_t i = 0; i < year->off_count; i++)
			if (year->off[i].from <= day && day <= year->off[i].until)
				return false;
	}
	return weekday < 5;
}

static bool entered_between(const struct calendar *c, int32_t one, int32_t other)
{
	int32_t from = calendar_year_of(one < other ? one : other);
	int32_t until = calendar_year_of(one < other ? other : one);

	for (int32_t year = from; year <= until; year++)
		if (!calendar_is_entered(c, year))
			return false;
	return true;
}

struct calendar_answer calendar_count(const struct calendar *c, int32_t from, int32_t to)
{
	struct calendar_answer ret = { 0, entered_between(c, from, to) };

	for (int32_t day = from; day < to; day++)
		ret.value += calendar_is_working(c, day + 1);
	for (int32_t day = from; day > to; day--)
		ret.value -= calendar_is_working(c, day);
	return ret;
}

struct calendar_answer calendar_add(const struct calendar *c, int32_t from, int32_t count)
{
	int32_t step = count < 0 ? -1 : 1, day = from;

	CHECK(count >= -CALENDAR_TERM_MAX);
	CHECK(count <= CALENDAR_TERM_MAX);
	for (int32_t left = count * step; left > 0;) {
		day += step;
		left -= calendar_is_working(c, day);
	}
	return (struct calendar_answer){ day, entered_between(c, from, day) };
}

/* ---- months ---------------------------------------------------------------------------------- */

struct date {
	int32_t year, month, day;
};

static bool is_leap(int32_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int32_t month_days(int32_t year, int32_t month)
{
	static const int32_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* Days before 1 January of a year, counted from 1 January of year 1. */
static int32_t days_before(int32_t year)
{
	int32_t y = year - 1;
	return y * 365 + y / 4 - y / 100 + y / 400;
}

#define EPOCH_DAYS 719162 /* days_before(1970) */

static struct date date_of(int32_t day)
{
	struct date d = { .year = 1970 + day / 366, .month = 1 };
	while (days_before(d.year + 1) - EPOCH_DAYS <= day)
		d.year++;
	int32_t rest = day - (days_before(d.year) - EPOCH_DAYS);
	while (rest >= month_days(d.year, d.month))
		rest -= month_days(d.year, d.month++);
	d.day = rest + 1;
	return d;
}

static int32_t day_of(struct date d)
{
	int32_t day = days_before(d.year) - EPOCH_DAYS + d.day - 1;
	for (int32_t month = 1; month < d.month; month++)
		day += month_days(d.year, month);
	return day;
}

int32_t calendar_months_later(int32_t day, uint32_t months)
{
	CHECK(day >= 0);
	CHECK(months < 12000);
	struct date d = date_of(day);
	int32_t month = d.month - 1 + (int32_t)months;
	d.year += month / 12;
	d.month = month % 12 + 1;
	if (d.day > month_days(d.year, d.month))
		d.day = month_days(d.year, d.month);
	return day_of(d);
}
