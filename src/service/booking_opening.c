/* booking_opening.c - opening hours of own facilities, and addresses of calendars. */
#include <string.h>

#include "base/instant.h"
#include "base/scoped.h"
#include "credential/scope.h"
#include "crypto/secret.h"
#include "matching/icalendar.h"
#include "service/booking_inner.h"
#include "service/model.h"

#define FEED_BYTES ((size_t)4 << 20)
#define FEED_BEFORE_S (30 * 86400)

static enum err_code find_own(struct service *s, struct store *store, struct arena *a,
	const struct account_who *by, const uint8_t key[16], struct facility *ret, struct err *e)
{
	TRY(facility_find(s, store, a, key, ret, e));
	return ret->owner == by->organisation ? ERR_OK
		: err_set(e, ERR_NOT_FOUND, "your organisation has no such facility");
}

enum err_code booking_feed_model(struct store *store, struct arena *a, int64_t organisation,
	const uint8_t *key, struct json **model, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_BOOKING_FEED_OF);
	bool row;

	sql_bind_i64(q, 1, organisation);
	sql_bind_blob(q, 2, key ? (const void *)key : "", key ? 16 : 0);
	TRY(sql_step(q, &row, e));
	if (row)
		*model = json_set(a, *model, "feed", json_set(a, json_new_object(a), "made",
			model_time(a, sql_i64(q, 0))));
	return ERR_OK;
}

enum err_code service_opening(struct service *s, struct arena *a, const struct account_who *by,
	struct str listing, struct json **ret, struct err *e)
{
	struct json *v = json_new_object(a);
	struct store *store;
	struct facility f;
	uint8_t key[16];

	TRY(booking_uuid(a, listing, key, e));
	TRY(ledger_reader(s->ledger, &store, e));
	TRY(find_own(s, store, a, by, key, &f, e));
	v = json_set_str(a, v, "title", f.title);
	v = json_set_str(a, v, "uuid", booking_uuid_text(a, key));
	if (f.opened)
		v = json_set(a, v, "opening", opening_json(a, &f.opening));
	TRY(booking_feed_model(store, a, by->organisation, key, &v, e));
	*ret = v;
	return v ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

struct setting {
	struct service *s;
	struct arena *a;
	const struct account_who *by;
	uint8_t key[16];
	struct opening opening;
	struct str text, title;
	int64_t now;
	bool booked;
};

/* Who was told that they may come is not shut out by a form: cancel the booking first. */
static enum err_code check_closures(struct setting *x, struct store *store, struct err *e)
{
	for (uint32_t i = 0; i < x->opening.closure_count && !x->booked; i++) {
		struct span when = { china_day_start(x->opening.closures[i].from),
			china_day_start(x->opening.closures[i].to + 1) };
		struct spans found;
		if (when.from < x->now)
			when.from = x->now;
		TRY(facility_booked(store, x->a, x->key, when, NULL, &found, e));
		x->booked = found.count > 0;
	}
	return ERR_OK;
}

static enum err_code write_opening(void *context, struct store *store, struct err *e)
{
	struct setting *x = context;
	struct facility f;

	x->booked = false;
	TRY(find_own(x->s, store, x->a, x->by, x->key, &f, e));
	TRY(check_closures(x, store, e));
	if (x->booked)
		return ERR_OK;
	SCOPED_SQL q = sql_use(store, SQL_FACILITY_SET);
	sql_bind_blob(q, 1, x->key, 16);
	sql_bind_i64(q, 2, f.owner);
	sql_bind_str(q, 3, x->text);
	sql_bind_i64(q, 4, x->now);
	TRY(sql_run(q, e));
	return audit_put(store, x->now, &(struct audit_entry){ .action = "facility-opening",
		.actor = x->by->name, .address = x->by->address, .target = f.title }, e);
}

enum err_code service_opening_set(struct service *s, struct arena *a,
	const struct account_who *by, struct str listing, const struct json *opening,
	struct json **ret_problems, struct err *e)
{
	struct setting x = { .s = s, .a = a, .by = by, .now = instant_now() };

	CHECK(by->may >> CAPABILITY_POST & 1);
	TRY(booking_uuid(a, listing, x.key, e));
	*ret_problems = opening_read(a, opening, &x.opening);
	if (!*ret_problems)
		return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
	TRY(form_check(*ret_problems, e));
	TRY(json_jcs(a, opening_json(a, &x.opening), &x.text, e));
	TRY(ledger_write(s->ledger, write_opening, &x, e));
	if (x.booked)
		form_wrong(a, *ret_problems, "closures", "booked");
	return form_check(*ret_problems, e);
}

/* ---- addresses of calendars ------------------------------------------------------------------ */

struct feeding {
	struct service *s;
	struct arena *a;
	const struct account_who *by;
	bool of_facility, drop;
	uint8_t key[16];
	struct digest token;
	int64_t now;
};

static enum err_code write_feed(void *context, struct store *store, struct err *e)
{
	const struct feeding *x = context;
	const void *key = x->of_facility ? (const void *)x->key : "";
	struct facility f;

	if (x->of_facility)
		TRY(find_own(x->s, store, x->a, x->by, x->key, &f, e));
	SCOPED_SQL q = sql_use(store, x->drop ? SQL_BOOKING_FEED_DROP : SQL_BOOKING_FEED_PUT);
	sql_bind_i64(q, 1, x->by->organisation);
	sql_bind_blob(q, 2, key, x->of_facility ? 16 : 0);
	if (!x->drop) {
		sql_bind_blob(q, 3, x->token.at, DIGEST_BYTES);
		sql_bind_i64(q, 4, x->now);
	}
	TRY(sql_run(q, e));
	return audit_put(store, x->now, &(struct audit_entry){ .action = x->drop
		? "calendar-address-end" : "calendar-address", .actor = x->by->name,
		.address = x->by->address, .target = x->of_facility ? f.title : STR("") }, e);
}

enum err_code service_feed_make(struct service *s, struct arena *a, const struct account_who *by,
	struct str listing, struct str *ret_token, struct err *e)
{
	struct str token = secret_token(a);
	struct feeding x = { .s = s, .a = a, .by = by, .of_facility = listing.len > 0,
		.now = instant_now() };

	if (!token.at)
		return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
	if (x.of_facility)
		TRY(booking_uuid(a, listing, x.key, e));
	x.token = secret_digest("calendar", token);
	TRY(ledger_write(s->ledger, write_feed, &x, e));
	*ret_token = token;
	return ERR_OK;
}

enum err_code service_feed_drop(struct service *s, const struct account_who *by,
	struct str listing, struct err *e)
{
	SCOPED_ARENA a = { 0 };
	struct feeding x = { .s = s, .by = by, .drop = true, .of_facility = listing.len > 0,
		.now = instant_now() };

	arena_init(&a, (size_t)1 << 20);
	x.a = &a;
	if (x.of_facility)
		TRY(booking_uuid(&a, listing, x.key, e));
	return ledger_write(s->ledger, write_feed, &x, e);
}

/* ---- calendars ------------------------------------------------------------------------------- */

static void put_event(struct service *s, struct arena *a, struct buf *b, const struct booking *k,
	bool is_public, int64_t owner)
{
	bool firm = str_is(k->state, "confirmed") || str_is(k->held, "confirmed");
	struct ical_event event = { .sequence = (uint64_t)k->revision, .from = k->when.from,
		.to = k->when.to, .stamp = k->changed, .is_private = is_public,
		.status = firm || is_public ? "CONFIRMED" : "TENTATIVE",
		.uid = str_printf(a, STR_FMT "@" STR_FMT,
			STR_ARG(booking_uuid_text(a, k->key)), STR_ARG(s->config->domain)) };

	if (is_public) {
		event.summary = STR("\xe5\x8d\xa0\xe7\x94\xa8 busy");
	} else {
		event.summary = k->owner == owner && k->owner != 0
			? str_printf(a, STR_FMT " \xc2\xb7 " STR_FMT, STR_ARG(k->guest_name),
				STR_ARG(k->title)) : k->title;
		event.description = str_printf(a, STR_FMT "%s" STR_FMT, STR_ARG(k->item),
			k->item.len > 0 ? "\n" : "", STR_ARG(k->purpose));
	}
	icalendar_event(b, &event);
}

static enum err_code calendar_of(struct service *s, struct arena *a, struct sql *q,
	struct str name, bool is_public, int64_t owner, struct str *ret, struct err *e)
{
	SCOPED_BUF b = { 0 };
	struct booking k;
	bool row;

	buf_init(&b, FEED_BYTES);
	icalendar_begin(&b, name);
	for (;;) {
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		booking_read(a, q, &k);
		put_event(s, a, &b, &k, is_public, owner);
	}
	icalendar_end(&b);
	TRY(buf_check(&b, "calendar", e));
	*ret = str_copy(a, buf_str(&b));
	return ret->at ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

static enum err_code facility_calendar(struct service *s, struct store *store, struct arena *a,
	const uint8_t key[16], bool is_public, struct str *ret, struct err *e)
{
	struct facility f;

	TRY(facility_find(s, store, a, key, &f, e));
	if (f.origin.len > 0)
		return err_set(e, ERR_NOT_FOUND, "the calendar is at the facility's own node");
	SCOPED_SQL q = sql_use(store, SQL_BOOKING_CALENDAR);
	sql_bind_blob(q, 1, key, 16);
	sql_bind_i64(q, 2, instant_now() - FEED_BEFORE_S);
	sql_bind_i64(q, 3, LIMIT_CALENDAR_SPANS);
	return calendar_of(s, a, q, f.title, is_public, f.owner, ret, e);
}

enum err_code service_feed_public(struct service *s, struct arena *a, struct str listing,
	struct str *ret, struct err *e)
{
	struct store *store;
	uint8_t key[16];

	TRY(booking_uuid(a, listing, key, e));
	TRY(ledger_reader(s->ledger, &store, e));
	return facility_calendar(s, store, a, key, true, ret, e);
}

enum err_code service_feed(struct service *s, struct arena *a, struct str token, struct str *ret,
	struct err *e)
{
	struct digest d = secret_digest("calendar", token);
	int64_t organisation = 0;
	struct store *store;
	uint8_t key[16];
	bool row, of_facility = false;

	TRY(ledger_reader(s->ledger, &store, e));
	{
		SCOPED_SQL find = sql_use(store, SQL_BOOKING_FEED_FIND);
		sql_bind_blob(find, 1, d.at, DIGEST_BYTES);
		TRY(sql_step(find, &row, e));
		if (!row)
			return err_set(e, ERR_NOT_FOUND, "no calendar has this address");
		organisation = sql_i64(find, 0);
		of_facility = sql_str(find, 1).len == sizeof(key);
		if (of_facility)
			memcpy(key, sql_str(find, 1).at, sizeof(key));
	}
	if (of_facility)
		return facility_calendar(s, store, a, key, false, ret, e);
	SCOPED_SQL q = sql_use(store, SQL_BOOKING_CALENDAR_OF);
	sql_bind_i64(q, 1, organisation);
	sql_bind_i64(q, 2, instant_now() - FEED_BEFORE_S);
	sql_bind_i64(q, 3, LIMIT_CALENDAR_SPANS);
	return calendar_of(s, a, q, s->config->name_zh, false, organisation, ret, e);
}
