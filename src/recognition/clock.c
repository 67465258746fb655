/* clock.c - reading terms, and stopping, going on and reading a clock. */
#include "recognition/clock.h"

enum err_code clock_term_parse(const struct json *v, struct clock_term *ret, struct err *e)
{
	const struct json *days = json_get(v, "days");
	struct clock_term term = { .days = 0 };
	uint64_t number = 0;

	TRY(json_need_str(v, "id", &term.id, e));
	TRY(text_pair_parse(json_get(v, "title"), &term.title, e));
	if (days)
		TRY(json_need_u64(v, "days", &number, e));
	if (number > CALENDAR_TERM_MAX)
		return err_set(e, ERR_INVALID, "member \"days\" is over %d", CALENDAR_TERM_MAX);
	term.days = (int32_t)number;
	TRY(json_need_u64(v, "warn", &number, e));
	if (number > CALENDAR_TERM_MAX)
		return err_set(e, ERR_INVALID, "member \"warn\" is over %d", CALENDAR_TERM_MAX);
	term.warn = (int32_t)number;
	*ret = term;
	return ERR_OK;
}

const char *clock_state_name(enum clock_state s)
{
	static const char *const names[CLOCK_STATE_COUNT] = { "none", "fine", "due-soon", "overdue",
		"stopped", "done" };

	CHECK(s < CLOCK_STATE_COUNT);
	return names[s];
}

struct clock clock_start(const struct clock_term *term, int32_t day)
{
	if (!term || term->days == 0)
		return (struct clock){ .set = false };
	return (struct clock){ .set = true, .from = day, .left = term->days };
}

static int32_t bounded(int32_t days)
{
	return days < -CALENDAR_TERM_MAX ? -CALENDAR_TERM_MAX :
		days > CALENDAR_TERM_MAX ? CALENDAR_TERM_MAX : days;
}

void clock_stop(struct clock *k, const struct calendar *c, int32_t day)
{
	if (!k->set || k->stopped)
		return;
	k->left = bounded(k->left - calendar_count(c, k->from, day).value);
	k->from = day;
	k->stopped = true;
}

void clock_go_on(struct clock *k, int32_t day)
{
	if (!k->stopped)
		return;
	k->from = day;
	k->stopped = false;
}

struct clock_reading clock_read(const struct clock *k, const struct calendar *c, int32_t warn,
	int32_t day)
{
	struct clock_reading ret = { .state = CLOCK_NONE, .entered = true };
	struct calendar_answer due, left;

	if (!k->set)
		return ret;
	if (k->stopped) {
		ret.state = CLOCK_STOPPED;
		ret.left = k->left;
		return ret;
	}
	due = calendar_add(c, k->from, bounded(k->left));
	left = calendar_count(c, day, due.value);
	ret.due = due.value;
	ret.left = left.value;
	ret.entered = due.entered && left.entered;
	ret.state = day > due.value ? CLOCK_OVERDUE : left.value <= warn ? CLOCK_SOON : CLOCK_FINE;
	return ret;
}
