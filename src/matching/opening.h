/* opening.h - when a facility can be booked: hours, closures, steps, capacity. Pure.
 *
 * Form:    {"cancelHours", "capacity", "closures": [{"begins": day, "ends": day}], "week": [seven,
 *          from Monday: [] or ["09:00", "17:00"]], "noticeHours", "step": minutes}
 *          (doc/booking.md). Hours are China's time, which knows no summer time.
 * I1  Every time is a multiple of OPENING_GRID_MIN, so how many meet is counted at grid times.
 */
#ifndef HUREN_MATCHING_OPENING_H
#define HUREN_MATCHING_OPENING_H

#include "base/json.h"
#include "base/limits.h"

#define OPENING_GRID_MIN 15

struct span { int64_t from, to; };         /* `to` is not in it */

struct opening {
	struct { uint16_t from, to; } week[7]; /* minutes of the day, from Monday; equal: shut */
	uint32_t step_min;
	uint32_t capacity;
	uint32_t notice_h;                 /* asked for so long before it begins */
	uint32_t cancel_h;                 /* cancelled so long before it begins */
	uint32_t closure_count;
	struct { int32_t from, to; } closures[LIMIT_FACILITY_CLOSURES];    /* days, both in it */
};
/* Fills *ret and gives {} when all holds; else {"<member>": {"field", "wrong"}} as forms show it
 * (words "missing", "not-a-number", "not-a-time", "not-a-step", "turned", "not-a-day", "too-many").
 * NULL at the arena's cap. */
struct json *opening_read(struct arena *a, const struct json *v, struct opening *ret);
/* Its form, for the store and the other node. NULL at the arena's cap. */
struct json *opening_json(struct arena *a, const struct opening *o);

/* Day of the week, 0 is Monday. */
unsigned opening_weekday(int32_t day);
bool opening_is_shut(const struct opening *o, int32_t day);        /* closure or no hours */
/* The hours of a day; false: shut. */
bool opening_of_day(const struct opening *o, int32_t day, struct span *ret);
/* How many of the spans meet at the moment of `when` where most do. */
uint32_t spans_most(const struct span *spans, size_t count, struct span when);
/* May `when` be booked at `now`, beside what is booked? NULL: yes; else "turned", "not-a-step",
 * "shut", "too-soon", "too-far", "taken". */
const char *opening_wrong(const struct opening *o, int64_t now, struct span when,
	const struct span *booked, size_t count);

#endif
