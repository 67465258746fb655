/* clock.h - terms in working days, and how a running one stands.
 *
 * Is:      the files of rules/clocks/ (what is to be done within how many working days, by what
 *          source), and the arithmetic of a clock that can stop and go on. Pure.
 * Is not:  a term nobody read: a clock without "days" is to be entered by the authority, and does
 *          not run until then.
 */
#ifndef HUREN_RECOGNITION_CLOCK_H
#define HUREN_RECOGNITION_CLOCK_H

#include "recognition/calendar.h"
#include "recognition/scheme.h"

struct clock_term {
	struct str id;             /* "decision" */
	struct text_pair title;
	int32_t days;              /* working days; 0: to be entered */
	int32_t warn;              /* due soon when so many are left */
};
/* Reads one entry of a file's "clocks". ERR_INVALID names the member. */
MUST_USE enum err_code clock_term_parse(const struct json *v, struct clock_term *ret,
	struct err *e);

enum clock_state { CLOCK_NONE, CLOCK_FINE, CLOCK_SOON, CLOCK_OVERDUE, CLOCK_STOPPED, CLOCK_DONE,
	CLOCK_STATE_COUNT };
const char *clock_state_name(enum clock_state s);   /* "none", "fine", "due-soon", "overdue", ... */

/* A clock as it is kept: `left` working days when it last began to run, on day `from`. */
struct clock {
	bool set;                  /* false: no term is entered */
	bool stopped;
	int32_t from, left;
};
struct clock clock_start(const struct clock_term *term, int32_t day);
/* Stops with what is left after `day`; goes on from `day`. Twice is as once. */
void clock_stop(struct clock *k, const struct calendar *c, int32_t day);
void clock_go_on(struct clock *k, int32_t day);

struct clock_reading {
	enum clock_state state;
	int32_t due;               /* day it ends on; not when stopped */
	int32_t left;              /* working days left, negative when past */
	bool entered;              /* the calendar of all its years is entered */
};
struct clock_reading clock_read(const struct clock *k, const struct calendar *c, int32_t warn,
	int32_t day);

#endif
