/* calendar.h - which days are working days in China, and what a term in them comes to.
 *
 * Is:      the State Council's notices of rules/calendar/ (holidays, and weekend days that are
 *          worked instead), counting and adding working days. Days are numbers: china_day().
 * Is not:  a guess: of a year whose notice is not entered only weekends are known to be free, and
 *          every answer that touches such a year says so (`entered` false). Pure.
 * Rule:    the day of the event is not counted; a term ends with its last working day.
 */
#ifndef HUREN_RECOGNITION_CALENDAR_H
#define HUREN_RECOGNITION_CALENDAR_H

#include "base/json.h"
#include "base/limits.h"
#include "credential/scope.h"

#define CALENDAR_DAYS 32           /* ranges, and worked days, of one notice: the schema's bound */

struct calendar_year {
	int32_t year;
	uint32_t off_count, work_count;
	struct { int32_t from, until; } off[CALENDAR_DAYS];
	int32_t work[CALENDAR_DAYS];
};
struct calendar {
	uint32_t year_count;
	const struct calendar_year *years[LIMIT_CALENDAR_YEARS];
};
/* Adds a file of rules/calendar/. ERR_INVALID: a day that is none, or neither of that year nor of
 * one beside it; a range that ends before it begins; ERR_CONFLICT: the year is there already;
 * ERR_TOO_LARGE. */
MUST_USE enum err_code calendar_add_file(struct arena *a, const struct json *doc,
	struct calendar *c, struct err *e);

/* The calendar year of a day. */
int32_t calendar_year_of(int32_t day);
bool calendar_is_entered(const struct calendar *c, int32_t year);
bool calendar_is_working(const struct calendar *c, int32_t day);

struct calendar_answer {
	int32_t value;             /* a day, or a number of working days */
	bool entered;              /* every year it touches is entered */
};
/* Working days after `from` up to and with `to`; negative when `to` is before. */
struct calendar_answer calendar_count(const struct calendar *c, int32_t from, int32_t to);
/* The `count`-th working day after `from`; negative goes back; 0 gives `from` itself. At most
 * CALENDAR_TERM_MAX either way. */
#define CALENDAR_TERM_MAX 1000
struct calendar_answer calendar_add(const struct calendar *c, int32_t from, int32_t count);

/* The same day so many months later, or that month's last day. `day` is of 1970 or later. */
int32_t calendar_months_later(int32_t day, uint32_t months);

#endif
