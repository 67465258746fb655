/* booking_model.c - bookings and the calendar of a facility as pages show them. */
#include <stdio.h>
#include <string.h>

#include "base/instant.h"
#include "base/scoped.h"
#include "credential/scope.h"
#include "matching/fees.h"
#include "service/booking_inner.h"
#include "service/list.h"
#include "service/model.h"

#define DAY_S 86400
#define GRID (1440 / OPENING_GRID_MIN)

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

static struct str day_text(struct arena *a, int32_t day)
{
	char text[INSTANT_TEXT_BYTES];

	instant_format((int64_t)day * DAY_S, text);
	return str_copy(a, (struct str){ text, 10 });
}

static struct str minute_text(struct arena *a, int64_t minutes)
{
	return str_printf(a, "%02d:%02d", (int)(minutes / 60), (int)(minutes % 60));
}

static struct json *yes(struct arena *a)
{
	return json_new_bool(a, true);
}

/* ---- bookings -------------------------------------------------------------------------------- */

/* The first character, and the last four digits of a number: enough to tell one from another. */
static struct str masked_name(struct arena *a, struct str s)
{
	unsigned char c = s.len > 0 ? (unsigned char)s.at[0] : 0;
	size_t len = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

	return s.len == 0 ? STR("") : str_printf(a, "%.*s**", (int)(len > s.len ? s.len : len),
		s.at);
}

static struct str masked_phone(struct arena *a, struct str s)
{
	return s.len <= 4 ? STR("****") : str_printf(a, "****%.4s", s.at + s.len - 4);
}

static struct json *put_span(struct arena *a, struct json *v, const char *begins,
	const char *ends, struct span when)
{
	v = json_set(a, v, begins, model_time(a, when.from));
	return json_set(a, v, ends, model_time(a, when.to));
}

static struct json *may_of(struct arena *a, const struct booking *b, enum booking_side side,
	bool by_guest)
{
	bool requested = str_is(b->state, "requested"), confirmed = str_is(b->state, "confirmed");
	bool changed = str_is(b->state, "changed"), owner = side == SIDE_OWNER;
	bool mine = str_is(b->proposer, owner ? "owner" : "guest");
	int64_t now = instant_now();
	struct json *v = json_new_object(a);
	const struct { const char *act; bool may; } acts[] = {
		{ "confirm", owner && requested }, { "decline", owner && requested },
		{ "propose", (requested || confirmed) && now < b->when.from },
		{ "accept", changed && !mine }, { "keep", changed },
		{ "cancel", requested || confirmed || changed },
		{ "done", owner && confirmed && now >= b->when.to },
		{ "no-show", owner && confirmed && now >= b->when.from },
		{ "erase", by_guest && b->contact.len > 0 && (now >= b->when.to ||
			!(requested || confirmed || changed || str_is(b->state, "sending"))) } };

	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]) && b->out.len == 0; i++)
		if (acts[i].may)
			v = json_set(a, v, acts[i].act, yes(a));
	return v;
}

struct json *booking_model(struct service *s, struct arena *a, const struct booking *b,
	const struct account_who *by, bool clear)
{
	enum booking_side side = booking_side_of(b, by);
	struct str wrong, reason = booking_reason(b->reason, &wrong);
	struct json *v = json_new_object(a);

	v = json_set_str(a, v, "booking", booking_uuid_text(a, b->key));
	v = json_set_str(a, v, "facility", booking_uuid_text(a, b->listing));
	v = json_set_str(a, v, "title", b->title);
	v = model_put_city(s, a, v, b->origin);
	v = json_set_str(a, v, "organisation", b->guest_name);
	v = json_set_str(a, v, "booking_state", b->state);
	v = put_span(a, v, "begins", "ends", b->when);
	if (b->proposed.to > 0) {
		v = json_set_str(a, v, "proposer", b->proposer);
		v = json_set(a, v, "proposed", put_span(a, json_new_object(a), "begins", "ends",
			b->proposed));
	}
	if (wrong.len > 0)
		v = json_set_str(a, v, "wrong", wrong);
	if (reason.len > 0)
		v = json_set_str(a, v, "reason", reason);
	if (b->item.len > 0)
		v = json_set_str(a, v, "item", b->item);
	v = json_set_str(a, v, "purpose", b->purpose);
	v = json_set_str(a, v, "contact", clear ? b->contact : masked_name(a, b->contact));
	v = json_set_str(a, v, "phone", clear ? b->phone : masked_phone(a, b->phone));
	v = json_set(a, v, "clear", json_new_bool(a, clear));
	v = json_set_number(a, v, "revision", (double)b->revision);
	v = json_set(a, v, "created", model_time(a, b->created));
	v = json_set(a, v, "changed", model_time(a, b->changed));
	if (b->out.len > 0 || (b->guest.len > 0 && b->told < b->revision))
		v = json_set(a, v, "on_its_way", yes(a));
	v = json_set_text(a, v, "side", side == SIDE_OWNER ? "owner" : "guest");
	return json_set(a, v, "may", may_of(a, b, side, b->organisation == by->organisation));
}

/* ---- lists ----------------------------------------------------------------------------------- */

static const struct list_order orders_of[] = {
	{ "time", SQL_BOOKING_PAGE_OF_DOWN, SQL_BOOKING_PAGE_OF_UP, SQL_COUNT, SQL_COUNT,
		SQL_COUNT },
	{ "begins", SQL_BOOKING_PAGE_OF_BEGINS_DOWN, SQL_BOOKING_PAGE_OF_BEGINS_UP,
		SQL_BOOKING_PAGE_KEY_BEGINS, SQL_COUNT, SQL_COUNT },
};
static const struct list_order orders_for[] = {
	{ "time", SQL_BOOKING_PAGE_FOR_DOWN, SQL_BOOKING_PAGE_FOR_UP, SQL_COUNT, SQL_COUNT,
		SQL_COUNT },
	{ "begins", SQL_BOOKING_PAGE_FOR_BEGINS_DOWN, SQL_BOOKING_PAGE_FOR_BEGINS_UP,
		SQL_BOOKING_PAGE_KEY_BEGINS, SQL_COUNT, SQL_COUNT },
};

static enum err_code booking_rows(struct service *s, struct arena *a, struct store *store,
	const struct account_who *by, const struct list_page *page, struct json *rows,
	struct err *e)
{
	for (size_t i = 0; i < page->count; i++) {
		SCOPED_SQL q = sql_use(store, SQL_BOOKING_BY_ID);
		struct booking b;
		bool row;
		sql_bind_i64(q, 1, page->at[i]);
		TRY(sql_step(q, &row, e));
		if (!row)
			continue;
		booking_read(a, q, &b);
		if (!json_push(a, rows, booking_model(s, a, &b, by, false)))
			return full(e);
	}
	return ERR_OK;
}

enum err_code service_bookings(struct service *s, struct arena *a, const struct account_who *by,
	bool waiting, const struct list_query *query, struct json **ret, struct err *e)
{
	struct str own = str_printf(a, "%lld", (long long)by->organisation);
	struct list_plan plan = { .orders = waiting ? orders_for : orders_of, .order_count = 2,
		.usual_down = true, .filter_count = 2,
		.filters = { { .count = 1, .values = &own } },
		.search_down = waiting ? SQL_BOOKING_PAGE_SEARCH_FOR_DOWN
			: SQL_BOOKING_PAGE_SEARCH_OF_DOWN,
		.search_up = waiting ? SQL_BOOKING_PAGE_SEARCH_FOR_UP
			: SQL_BOOKING_PAGE_SEARCH_OF_UP };
	struct list_mark mark = { waiting ? 'r' : 'o', own };
	struct json *v = json_new_object(a), *rows = json_new_array(a), *echo = json_new_object(a);
	struct list_page page;
	struct store *store;

	TRY(list_words(a, "state", query->state, booking_states, &plan.filters[1], e));
	TRY(ledger_reader(s->ledger, &store, e));
	plan.match = list_match(a, query->text, &mark, 1);
	TRY(list_walk(store, a, &plan, query, &page, e));
	TRY(booking_rows(s, a, store, by, &page, rows, e));
	echo = json_set_str(a, echo, "text", query->text.at ? query->text : STR(""));
	echo = json_set_str(a, echo, "state", query->state.at ? query->state : STR(""));
	v = json_set(a, v, "query", echo);
	v = json_set(a, v, "waiting", json_new_bool(a, waiting));
	if (!waiting)
		TRY(booking_feed_model(store, a, by->organisation, /* key= */ NULL, &v, e));
	*ret = json_set(a, v, "rows", rows);
	return model_page(a, *ret, &page, e);
}

static enum err_code find_own(struct service *s, struct arena *a, const struct account_who *by,
	struct str booking, struct booking *ret, struct err *e)
{
	struct store *store;
	uint8_t key[16];

	TRY(booking_uuid(a, booking, key, e));
	TRY(ledger_reader(s->ledger, &store, e));
	TRY(booking_find(store, a, key, ret, e));
	return booking_side_of(ret, by) != SIDE_NONE ? ERR_OK
		: err_set(e, ERR_NOT_FOUND, "there is no such booking here");
}

enum err_code service_booking(struct service *s, struct arena *a, const struct account_who *by,
	struct str booking, struct json **ret, struct err *e)
{
	struct booking b;

	TRY(find_own(s, a, by, booking, &b, e));
	*ret = booking_model(s, a, &b, by, false);
	return *ret ? ERR_OK : full(e);
}

struct unmasking { const struct account_who *by; struct booking b; };

static enum err_code write_unmasked(void *context, struct store *store, struct err *e)
{
	const struct unmasking *x = context;

	return audit_put(store, instant_now(), &(struct audit_entry){ .action = "booking-contact",
		.actor = x->by->name, .address = x->by->address, .target = x->b.title,
		.detail = x->b.guest_name }, e);
}

enum err_code service_booking_contact(struct service *s, struct arena *a,
	const struct account_who *by, struct str booking, struct json **ret, struct err *e)
{
	struct unmasking x = { .by = by };

	TRY(find_own(s, a, by, booking, &x.b, e));
	TRY(ledger_write(s->ledger, write_unmasked, &x, e));
	*ret = booking_model(s, a, &x.b, by, true);
	return *ret ? ERR_OK : full(e);
}

/* ---- the calendar ---------------------------------------------------------------------------- */

struct week {
	struct arena *a;
	const struct facility *f;
	struct spans booked;
	int64_t now;
	int32_t monday;
};

static struct json *slot_json(const struct week *w, int32_t day, struct span when)
{
	struct arena *a = w->a;
	const struct opening *o = &w->f->opening;
	int64_t start = china_day_start(day);
	uint32_t held = spans_most(w->booked.at, w->booked.count, when);
	const char *word = when.from <= w->now ? "past" : held >= o->capacity ? "taken"
		: opening_wrong(o, w->now, when, w->booked.at, w->booked.count) ? "soon" : "free";
	struct json *v = json_set_text(a, json_new_object(a), "slot", word);

	v = json_set_str(a, v, "at", minute_text(a, (when.from - start) / 60));
	v = json_set_str(a, v, "till", minute_text(a, (when.to - start) / 60));
	v = json_set_str(a, v, "on", day_text(a, day));
	if (word[0] == 'f')
		v = json_set_number(a, v, "free", o->capacity - held);
	return v;
}

static struct json *shut_json(struct arena *a)
{
	return json_set_text(a, json_new_object(a), "slot", "shut");
}

/* Days with their slots, and the same by time of day: one for a narrow screen, one for a wide. */
static struct json *week_json(const struct week *w, struct json *v)
{
	struct arena *a = w->a;
	struct json *days = json_new_array(a), *times = json_new_array(a);
	struct json *grid[7][GRID] = { 0 };
	int64_t step = (int64_t)w->f->opening.step_min * 60;

	for (int32_t i = 0; i < 7; i++) {
		struct json *day = json_new_object(a), *slots = json_new_array(a);
		struct span open;
		bool is_open = opening_of_day(&w->f->opening, w->monday + i, &open);
		for (int64_t t = open.from; is_open && t + step <= open.to; t += step) {
			struct json *slot = slot_json(w, w->monday + i, (struct span){ t,
				t + step });
			grid[i][(t - china_day_start(w->monday + i)) / 60 / OPENING_GRID_MIN] =
				slot;
			slots = json_push(a, slots, slot);
		}
		day = json_set_str(a, day, "date", day_text(a, w->monday + i));
		day = json_set_text(a, day, "weekday", (const char *[]){ "monday", "tuesday",
			"wednesday", "thursday", "friday", "saturday", "sunday" }[i]);
		days = json_push(a, days, json_set(a, day, "slots", slots));
	}
	for (int32_t t = 0; t < GRID; t++) {
		struct json *cells = json_new_array(a), *row = json_new_object(a);
		bool any = false;
		for (int32_t i = 0; i < 7; i++) {
			any = any || grid[i][t];
			cells = json_push(a, cells, grid[i][t] ? grid[i][t] : shut_json(a));
		}
		row = json_set_str(a, row, "at", minute_text(a, t * OPENING_GRID_MIN));
		if (any)
			times = json_push(a, times, json_set(a, row, "cells", cells));
	}
	return json_set(a, json_set(a, v, "days", days), "times", times);
}

static enum err_code booked_of(struct store *store, struct arena *a, const struct facility *f,
	struct span when, struct spans *ret, struct err *e)
{
	if (f->origin.len == 0)
		return facility_booked(store, a, f->key, when, NULL, ret, e);
	*ret = f->busy;
	return ERR_OK;
}

enum err_code service_facility(struct service *s, struct arena *a, const struct account_who *by,
	struct str listing, struct str day, struct json **ret, struct err *e)
{
	struct week w = { .a = a, .now = instant_now() };
	struct json *v = json_new_object(a), *page = NULL, *weeks = json_new_object(a);
	int32_t today = china_day(w.now), at = today;
	struct store *store;
	struct facility f;
	uint8_t key[16];

	*ret = NULL;
	TRY(booking_uuid(a, listing, key, e));
	TRY(ledger_reader(s->ledger, &store, e));
	enum err_code code = facility_find(s, store, a, key, &f, e);
	if (code == ERR_NOT_FOUND)
		return ERR_OK; /* no place, or no longer published */
	if (code != ERR_OK)
		return code;
	TRY(service_listing(s, a, listing, &page, e));
	if (day.len > 0 && (china_day_parse(day, &at, NULL) != ERR_OK || at < today - DAY_S ||
		at > today + 2 * LIMIT_BOOKING_AHEAD_DAYS))
		return err_set(e, ERR_INVALID, "field \"day\" is no day near");
	w.f = &f;
	w.monday = at - (int32_t)opening_weekday(at);
	v = json_set(a, v, "items", facility_items(s, a, f.origin, page));
	v = json_set(a, v, "own", json_new_bool(a, f.owner != 0 && f.owner == by->organisation));
	if (f.opened) {
		v = json_set(a, v, "opening", opening_json(a, &f.opening));
		v = json_set(a, v, "as_of", model_time(a, f.changed));
		TRY(booked_of(store, a, &f, (struct span){ china_day_start(w.monday),
			china_day_start(w.monday + 7) }, &w.booked, e));
		v = week_json(&w, v);
		weeks = json_set_str(a, weeks, "first", day_text(a, w.monday));
		weeks = json_set_str(a, weeks, "last", day_text(a, w.monday + 6));
		if (w.monday > today)
			weeks = json_set_str(a, weeks, "previous", day_text(a, w.monday - 7));
		weeks = json_set_str(a, weeks, "next", day_text(a, w.monday + 7));
		v = json_set(a, v, "week", weeks);
	}
	*ret = v;
	return v ? ERR_OK : full(e);
}

/* ---- fees ------------------------------------------------------------------------------------ */

struct json *booking_estimate(struct arena *a, const struct listing_kind *k,
	const struct json *fields, const struct booking_form *form)
{
	struct fee_time time = { .days = 1 };  /* a booking lies in one day */
	struct json *rows = NULL, *v = json_new_object(a);
	struct span when;

	if (booking_span(form->day, form->from, form->to, &when))
		return NULL;
	time.minutes = (uint32_t)((when.to - when.from) / 60);
	for (uint32_t i = 0; i < k->field_count && !rows; i++) {
		char *name = str_z(a, k->fields[i].id);
		const struct json *fees = name ? json_get(fields, name) : NULL;
		if (k->fields[i].type == FIELD_FEES && fees && !fees_wrong(fees))
			rows = fees_model(a, fees, &time);
	}
	if (!rows)
		return NULL;
	v = json_set_number(a, v, "minutes", time.minutes);
	return json_set(a, v, "rows", rows);
}
