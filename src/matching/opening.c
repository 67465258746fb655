/* opening.c - see opening.h. */
#include "matching/opening.h"

#include "base/instant.h"
#include "credential/scope.h"

#define DAY_MIN 1440
#define DAY_S 86400

static struct json *wrong(struct arena *a, struct json *problems, const char *field,
	const char *word)
{
	struct json *one = json_set_text(a, json_new_object(a), "field", field);

	return json_set(a, problems, field, json_set_text(a, one, "wrong", word));
}

/* ---- reading --------------------------------------------------------------------------------- */

static const char *number_wrong(const struct json *v, uint32_t least, uint32_t most, uint32_t *ret)
{
	double n = json_number_or(v, -1);

	if (!v)
		return "missing";
	if (!(n >= least && n <= most) || n != (double)(uint32_t)n)
		return "not-a-number";
	*ret = (uint32_t)n;
	return NULL;
}

/* "09:00" to "24:00". */
static bool time_read(struct str s, uint16_t *ret)
{
	uint32_t n[4], at = 0;

	if (s.len != 5 || s.at[2] != ':')
		return false;
	for (size_t i = 0; i < 5; i++) {
		if (i == 2)
			continue;
		if (s.at[i] < '0' || s.at[i] > '9')
			return false;
		n[at++] = (uint32_t)(s.at[i] - '0');
	}
	if (n[2] > 5)
		return false;
	*ret = (uint16_t)((n[0] * 10 + n[1]) * 60 + n[2] * 10 + n[3]);
	return *ret <= DAY_MIN && *ret % OPENING_GRID_MIN == 0;
}

static const char *hours_wrong(const struct json *v, struct opening *o)
{
	bool some = false;

	if (!json_is(v, JSON_ARRAY) || json_count(v) != 7)
		return "missing";
	for (unsigned i = 0; i < 7; i++) {
		const struct json *day = json_at(v, i);
		if (!json_is(day, JSON_ARRAY))
			return "not-a-time";
		if (json_count(day) == 0)
			continue;
		struct str from = json_str(json_at(day, 0)), to = json_str(json_at(day, 1));
		if (json_count(day) != 2 || !from.at || !to.at ||
			!time_read(from, &o->week[i].from) || !time_read(to, &o->week[i].to))
			return "not-a-time";
		if (o->week[i].to <= o->week[i].from)
			return "turned";
		some = true;
	}
	return some ? NULL : "missing";
}

static const char *closures_wrong(const struct json *v, struct opening *o)
{
	if (!json_is(v, JSON_ARRAY))
		return "missing";
	if (json_count(v) > LIMIT_FACILITY_CLOSURES)
		return "too-many";
	for (uint32_t i = 0; i < json_count(v); i++) {
		struct str from = json_get_str(json_at(v, i), "begins");
		struct str to = json_get_str(json_at(v, i), "ends");
		if (!from.at || !to.at ||
			china_day_parse(from, &o->closures[i].from, NULL) != ERR_OK ||
			china_day_parse(to, &o->closures[i].to, NULL) != ERR_OK)
			return "not-a-day";
		if (o->closures[i].to < o->closures[i].from)
			return "turned";
		o->closure_count = i + 1;
	}
	return NULL;
}

struct json *opening_read(struct arena *a, const struct json *v, struct opening *ret)
{
	struct json *problems = json_new_object(a);
	struct opening o = { .step_min = OPENING_GRID_MIN };
	const char *hours = hours_wrong(json_get(v, "week"), &o);
	const char *closures = closures_wrong(json_get(v, "closures"), &o);
	const struct { const char *name; uint32_t least, most; uint32_t *to; } numbers[] = {
		{ "step", OPENING_GRID_MIN, DAY_MIN, &o.step_min },
		{ "capacity", 1, 100, &o.capacity },
		{ "noticeHours", 0, 24 * LIMIT_BOOKING_AHEAD_DAYS, &o.notice_h },
		{ "cancelHours", 0, 24 * LIMIT_BOOKING_AHEAD_DAYS, &o.cancel_h },
	};

	if (hours)
		problems = wrong(a, problems, "week", hours);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		const char *word = number_wrong(json_get(v, numbers[i].name), numbers[i].least,
			numbers[i].most, numbers[i].to);
		if (word)
			problems = wrong(a, problems, numbers[i].name, word);
	}
	if (o.step_min % OPENING_GRID_MIN != 0)
		problems = wrong(a, problems, "step", "not-a-step");
	if (closures)
		problems = wrong(a, problems, "closures", closures);
	if (problems && json_count(problems) == 0)
		*ret = o;
	return problems;
}

static struct json *time_json(struct arena *a, uint16_t minutes)
{
	return json_new_str(a, str_printf(a, "%02u:%02u", minutes / 60U, minutes % 60U));
}

static struct json *day_json(struct arena *a, int32_t day)
{
	char text[INSTANT_TEXT_BYTES];

	instant_format((int64_t)day * DAY_S, text);
	return json_new_str(a, str_copy(a, (struct str){ text, 10 }));
}

struct json *opening_json(struct arena *a, const struct opening *o)
{
	struct json *v = json_new_object(a), *hours = json_new_array(a);
	struct json *closures = json_new_array(a);

	for (unsigned i = 0; i < 7; i++) {
		struct json *day = json_new_array(a);
		if (o->week[i].from < o->week[i].to) {
			day = json_push(a, day, time_json(a, o->week[i].from));
			day = json_push(a, day, time_json(a, o->week[i].to));
		}
		hours = json_push(a, hours, day);
	}
	for (uint32_t i = 0; i < o->closure_count; i++) {
		struct json *one = json_new_object(a);
		one = json_set(a, one, "begins", day_json(a, o->closures[i].from));
		one = json_set(a, one, "ends", day_json(a, o->closures[i].to));
		closures = json_push(a, closures, one);
	}
	v = json_set(a, v, "week", hours);
	v = json_set(a, v, "closures", closures);
	v = json_set_number(a, v, "step", o->step_min);
	v = json_set_number(a, v, "capacity", o->capacity);
	v = json_set_number(a, v, "noticeHours", o->notice_h);
	return json_set_number(a, v, "cancelHours", o->cancel_h);
}

/* ---- asking ---------------------------------------------------------------------------------- */

unsigned opening_weekday(int32_t day)
{
	return (unsigned)(((day + 3) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
}

bool opening_is_shut(const struct opening *o, int32_t day)
{
	unsigned i = opening_weekday(day);

	for (uint32_t k = 0; k < o->closure_count; k++)
		if (day >= o->closures[k].from && day <= o->closures[k].to)
			return true;
	return o->week[i].from >= o->week[i].to;
}

bool opening_of_day(const struct opening *o, int32_t day, struct span *ret)
{
	int64_t start = china_day_start(day);
	unsigned i = opening_weekday(day);

	if (opening_is_shut(o, day))
		return false;
	*ret = (struct span){ start + o->week[i].from * 60, start + o->week[i].to * 60 };
	return true;
}

uint32_t spans_most(const struct span *spans, size_t count, struct span when)
{
	uint32_t most = 0;

	for (int64_t t = when.from; t < when.to; t += OPENING_GRID_MIN * 60) {
		uint32_t here = 0;
		for (size_t i = 0; i < count; i++)
			here += spans[i].from <= t && t < spans[i].to;
		most = here > most ? here : most;
	}
	return most;
}

const char *opening_wrong(const struct opening *o, int64_t now, struct span when,
	const struct span *booked, size_t count)
{
	int64_t step = (int64_t)o->step_min * 60;
	struct span hours;

	if (when.to <= when.from)
		return "turned";
	if (when.from > now + (int64_t)LIMIT_BOOKING_AHEAD_DAYS * DAY_S)
		return "too-far";
	if (when.to - when.from > DAY_S || !opening_of_day(o, china_day(when.from), &hours) ||
		when.from < hours.from || when.to > hours.to)
		return "shut";
	if ((when.from - hours.from) % step != 0 || (when.to - when.from) % step != 0)
		return "not-a-step";
	if (when.from < now + (int64_t)o->notice_h * 3600)
		return "too-soon";
	return spans_most(booked, count, when) >= o->capacity ? "taken" : NULL;
}
