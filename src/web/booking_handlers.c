/* booking_handlers.c - pages of facilities' calendars and of bookings; calendars as files. */
#include "base/scoped.h"
#include "service/booking.h"
#include "service/booking_message.h"
#include "service/listing.h"
#include "web/table.h"
#include "web/web_inner.h"

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

static struct str percent(struct request *r, struct str s)
{
	SCOPED_BUF b = { 0 };

	buf_init(&b, 4096);
	percent_put(&b, s);
	return str_copy(&r->arena, buf_str(&b));
}

/* ---- the facility's page --------------------------------------------------------------------- */

enum err_code facility_into(struct request *r, struct json **model, struct err *e)
{
	struct str day = fields_get(&r->query, "day"), item = fields_get(&r->query, "item");
	struct arena *a = &r->arena;
	struct json *facility = NULL;

	TRY(service_facility(r->web->service, a, &r->who, r->params[0], day, &facility, e));
	if (!facility)
		return ERR_OK;
	if (item.len > 0)
		facility = json_set_str(a, facility, "wanted", percent(r, item));
	facility = json_set_str(a, facility, "uuid", json_get_str(*model, "uuid"));
	*model = json_set(a, *model, "facility", facility);
	return *model ? ERR_OK : full(e);
}

/* ---- asking for it --------------------------------------------------------------------------- */

/* Who comes with an item has its purpose in the form already, and is told when it is not held. */
static struct json *prefilled(struct request *r, struct json *v)
{
	struct arena *a = &r->arena;
	struct str item = json_get_str(v, "item");
	const struct json *items = json_get(v, "items");
	bool held = item.len == 0;

	for (size_t i = 0; i < json_count(items); i++)
		held = held || (str_eq(json_get_str(json_at(items, i), "item"), item) &&
			json_true(json_get(json_at(items, i), "holds")));
	v = json_set(a, v, "lacks", json_new_bool(a, !held));
	return json_set(a, v, "retest", json_new_bool(a, item.len > 0));
}

/* Of the time that the form holds. */
static enum err_code add_estimate(struct request *r, const struct json *listing, struct json *v,
	struct err *e)
{
	const struct listing_kind *k = listing_kind_find(service_listing_kinds(r->web->service),
		json_get_str(listing, "kind"));
	struct json *estimate = k ? booking_estimate(&r->arena, k, json_get(listing, "fields"),
		&(struct booking_form){ .day = json_get_str(v, "day"),
			.from = json_get_str(v, "at"), .to = json_get_str(v, "till") }) : NULL;

	return !estimate || json_set(&r->arena, v, "estimate", estimate) ? ERR_OK : full(e);
}

static enum err_code form_of(struct request *r, const struct fields *from, struct json **ret,
	struct err *e)
{
	static const char *const names[] = { "day", "at", "till", "item", "purpose", "contact",
		"phone" };
	struct arena *a = &r->arena;
	struct json *model = NULL, *v = json_new_object(a), *facility = NULL, *items;

	TRY(service_listing(r->web->service, a, r->params[0], &model, e));
	TRY(service_facility(r->web->service, a, &r->who, r->params[0], STR(""), &facility, e));
	if (!facility)
		return err_set(e, ERR_NOT_FOUND, "there is no such facility here");
	items = json_copy(a, json_get(facility, "items"));
	v = json_set_str(a, v, "title", json_get_str(model, "title"));
	v = json_set_str(a, v, "organisation", json_get_str(model, "organisation"));
	v = json_set(a, v, "city", json_copy(a, json_get(model, "city")));
	if (json_get(model, "as_of"))
		v = json_set(a, v, "as_of", json_copy(a, json_get(model, "as_of")));
	v = json_set_str(a, v, "uuid", str_skip(json_get_str(model, "listing"), 9));
	v = json_set(a, v, "items", items);
	if (json_get(facility, "opening"))
		v = json_set(a, v, "opening", json_copy(a, json_get(facility, "opening")));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct str typed = fields_get(from, names[i]);
		v = json_set_str(a, v, names[i], typed.at ? typed : STR(""));
	}
	v = json_set_str(a, v, "item_query", percent(r, json_get_str(v, "item")));
	TRY(add_estimate(r, model, v, e));
	if (from == &r->query)
		v = prefilled(r, v);
	if (from == &r->query && json_get_str(v, "contact").len == 0)
		v = json_set_str(a, v, "contact", r->who.display);
	*ret = v;
	return v ? ERR_OK : full(e);
}

enum err_code soonest_model(struct request *r, struct json **ret, struct err *e)
{
	struct str item = fields_get(&r->query, "item");
	struct arena *a = &r->arena;
	struct json *v = NULL;

	(void)ret;
	TRY(service_facility_soonest(r->web->service, a, item.at ? item : STR(""), &v, e));
	if (!v)
		return handler_redirect(r, str_printf(a, "/listings?kind=facility&item=" STR_FMT,
			STR_ARG(percent(r, item.at ? item : STR("")))), e);
	return handler_redirect(r, str_printf(a, "/facilities/" STR_FMT "/book?day=" STR_FMT
		"&at=" STR_FMT "&till=" STR_FMT "&item=" STR_FMT, STR_ARG(json_get_str(v, "uuid")),
		STR_ARG(json_get_str(v, "day")), STR_ARG(json_get_str(v, "at")),
		STR_ARG(json_get_str(v, "till")), STR_ARG(percent(r, item))), e);
}

enum err_code book_model(struct request *r, struct json **ret, struct err *e)
{
	return form_of(r, &r->query, ret, e);
}

enum err_code book_post(struct request *r, struct json **ret, struct err *e)
{
	const struct fields *f = &r->form;
	struct booking_form form = { .day = fields_get(f, "day"), .from = fields_get(f, "at"),
		.to = fields_get(f, "till"), .item = fields_get(f, "item"),
		.purpose = fields_get(f, "purpose"), .contact = fields_get(f, "contact"),
		.phone = fields_get(f, "phone") };
	struct json *problems = NULL;
	struct err problem = { 0 };
	struct str uuid = { 0 };
	enum err_code code = service_book(r->web->service, &r->arena, &r->who, r->params[0], &form,
		&problems, &uuid, &problem);

	if (code == ERR_OK) {
		peer_messages_wanted(r->web->peers);
		return handler_redirect(r, str_printf(&r->arena, "/bookings/" STR_FMT,
			STR_ARG(uuid)), e);
	}
	if (code != ERR_INVALID || json_count(problems) == 0) {
		*e = problem;
		return code;
	}
	TRY(form_of(r, f, ret, e));
	handler_form_again(r, *ret, problems);
	return ERR_OK;
}

/* ---- opening hours --------------------------------------------------------------------------- */

static const char *const days[] = { "monday", "tuesday", "wednesday", "thursday", "friday",
	"saturday", "sunday" };
static const struct { const char *name, *usual; } numbers[] = { { "step", "60" },
	{ "capacity", "1" }, { "noticeHours", "24" }, { "cancelHours", "48" } };

static struct str typed_at(struct request *r, const char *day, const char *end)
{
	char *name = arena_printf(&r->arena, "%s.%s", day, end);

	return name ? fields_get(&r->form, name) : STR("");
}

/* What stands in the store, as it is typed. */
static struct json *inputs_of(struct request *r, struct json *v, const struct json *o)
{
	struct arena *a = &r->arena;
	struct json *rows = json_new_array(a);
	SCOPED_BUF lines = { 0 };

	for (unsigned i = 0; i < 7; i++) {
		const struct json *hours = json_at(json_get(o, "week"), i);
		struct str from = json_str(json_at(hours, 0)), to = json_str(json_at(hours, 1));
		struct json *row = json_set_text(a, json_new_object(a), "weekday", days[i]);
		row = json_set_text(a, row, "id", days[i]);
		row = json_set_str(a, row, "opens", from.at ? from : STR(""));
		rows = json_push(a, rows, json_set_str(a, row, "closes", to.at ? to : STR("")));
	}
	v = json_set(a, v, "week", rows);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		const struct json *n = json_get(o, numbers[i].name);
		v = json_set_str(a, v, numbers[i].name, n && json_is(n, JSON_STRING) ? json_str(n)
			: n ? str_printf(a, "%.0f", json_number_or(n, 0))
			: str_of(numbers[i].usual));
	}
	buf_init(&lines, 8192);
	for (size_t i = 0; i < json_count(json_get(o, "closures")); i++) {
		const struct json *one = json_at(json_get(o, "closures"), i);
		struct str from = json_get_str(one, "begins"), to = json_get_str(one, "ends");
		buf_put_str(&lines, from);
		if (!str_eq(from, to)) {
			buf_put_char(&lines, ' ');
			buf_put_str(&lines, to);
		}
		buf_put_char(&lines, '\n');
	}
	return json_set_str(a, v, "closures", str_copy(a, buf_str(&lines)));
}

static enum err_code opening_page(struct request *r, const struct json *typed, struct json **ret,
	struct err *e)
{
	struct json *v = NULL;

	TRY(service_opening(r->web->service, &r->arena, &r->who, r->params[0], &v, e));
	*ret = inputs_of(r, v, typed ? typed : json_get(v, "opening"));
	return *ret ? ERR_OK : full(e);
}

enum err_code opening_model(struct request *r, struct json **ret, struct err *e)
{
	TRY(opening_page(r, NULL, ret, e));
	if (str_is(fields_get(&r->query, "done"), "saved"))
		*ret = json_set(&r->arena, *ret, "saved", json_new_bool(&r->arena, true));
	return *ret ? ERR_OK : full(e);
}

/* A line is a day, or the first and last of some. */
static struct json *closures_typed(struct arena *a, struct str text)
{
	struct json *list = json_new_array(a);

	while (text.at) {
		struct str line = str_trim(str_cut(&text, '\n')), to;
		if (line.len > 0 && line.at[line.len - 1] == '\r')
			line.len--;
		if (line.len == 0)
			continue;
		to = line;
		struct str from = str_cut(&to, ' ');
		struct json *one = json_set_str(a, json_new_object(a), "begins", from);
		list = json_push(a, list, json_set_str(a, one, "ends", to.at ? str_trim(to)
			: from));
	}
	return list;
}

static struct json *opening_typed(struct request *r)
{
	struct arena *a = &r->arena;
	struct json *v = json_new_object(a), *hours = json_new_array(a);

	for (unsigned i = 0; i < 7; i++) {
		struct str from = typed_at(r, days[i], "opens"), to = typed_at(r, days[i],
			"closes");
		struct json *day = json_new_array(a);
		if (from.len > 0 || to.len > 0) {
			day = json_push(a, day, json_new_str(a, from.at ? from : STR("")));
			day = json_push(a, day, json_new_str(a, to.at ? to : STR("")));
		}
		hours = json_push(a, hours, day);
	}
	v = json_set(a, v, "week", hours);
	v = json_set(a, v, "closures", closures_typed(a, fields_get(&r->form, "closures")));
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct str typed = fields_get(&r->form, numbers[i].name);
		uint64_t n;
		if (str_parse_u64(typed, &n, NULL) == ERR_OK && n < 1000000)
			v = json_set_number(a, v, numbers[i].name, (double)n);
		else
			v = json_set_str(a, v, numbers[i].name, typed.at ? typed : STR(""));
	}
	return v;
}

enum err_code opening_post(struct request *r, struct json **ret, struct err *e)
{
	struct json *typed = opening_typed(r), *problems = NULL;
	struct err problem = { 0 };
	enum err_code code;

	if (!typed)
		return full(e);
	code = service_opening_set(r->web->service, &r->arena, &r->who, r->params[0], typed,
		&problems, &problem);
	if (code == ERR_OK) {
		peer_messages_wanted(r->web->peers);
		return handler_redirect(r, str_printf(&r->arena, "/facilities/" STR_FMT
			"/opening?done=saved", STR_ARG(r->params[0])), e);
	}
	if (code != ERR_INVALID || json_count(problems) == 0) {
		*e = problem;
		return code;
	}
	TRY(opening_page(r, typed, ret, e));
	handler_form_again(r, *ret, problems);
	return ERR_OK;
}

/* ---- addresses of calendars ------------------------------------------------------------------ */

static enum err_code feed(struct request *r, struct str listing, struct str back,
	struct json **ret, struct err *e)
{
	struct arena *a = &r->arena;
	struct str token = { 0 };

	if (str_is(fields_get(&r->form, "do"), "end")) {
		TRY(service_feed_drop(r->web->service, &r->who, listing, e));
		return handler_redirect(r, back, e);
	}
	TRY(service_feed_make(r->web->service, a, &r->who, listing, &token, e));
	*ret = json_set_str(a, json_new_object(a), "address", str_printf(a, STR_FMT "/calendars/"
		STR_FMT, STR_ARG(service_config(r->web->service)->url), STR_ARG(token)));
	*ret = json_set_str(a, *ret, "back", back);
	return *ret ? ERR_OK : full(e);
}

enum err_code feed_post(struct request *r, struct json **ret, struct err *e)
{
	return feed(r, r->params[0], str_printf(&r->arena, "/facilities/" STR_FMT "/opening",
		STR_ARG(r->params[0])), ret, e);
}

enum err_code bookings_feed_post(struct request *r, struct json **ret, struct err *e)
{
	return feed(r, STR(""), STR("/bookings?side=own"), ret, e);
}

static enum err_code send_calendar(struct request *r, struct str text)
{
	handler_bytes(r, text, "text/calendar; charset=utf-8", "private, no-cache");
	return ERR_OK;
}

enum err_code calendar_file(struct request *r, struct err *e)
{
	struct str text = { 0 };

	TRY(service_feed(r->web->service, &r->arena, r->params[0], &text, e));
	return send_calendar(r, text);
}

enum err_code facility_calendar_file(struct request *r, struct err *e)
{
	struct str text = { 0 };

	TRY(service_feed_public(r->web->service, &r->arena, r->params[0], &text, e));
	return send_calendar(r, text);
}

/* ---- lists ----------------------------------------------------------------------------------- */

static enum err_code bookings_page(struct request *r, struct arena *a, const struct list_query *q,
	struct json **ret, struct err *e)
{
	return service_bookings(r->web->service, a, &r->who, false, q, ret, e);
}

static enum err_code waiting_page(struct request *r, struct arena *a, const struct list_query *q,
	struct json **ret, struct err *e)
{
	return service_bookings(r->web->service, a, &r->who, true, q, ret, e);
}

static const struct table_column booking_columns[] = {
	{ .name = "facility", .from = "title", .as = TABLE_TEXT },
	{ .name = "item", .from = "item", .as = TABLE_TEXT, .file_only = true },
	{ .name = "begins", .from = "begins", .as = TABLE_TIME, .sort = "begins" },
	{ .name = "ends", .from = "ends", .as = TABLE_TIME, .file_only = true },
	{ .name = "organisation", .from = "organisation", .as = TABLE_TEXT },
	{ .name = "contact_person", .from = "contact", .as = TABLE_TEXT },
	{ .name = "phone", .from = "phone", .as = TABLE_TEXT, .file_only = true },
	{ .name = "city", .from = "city/name", .as = TABLE_TEXT },
	{ .name = "purpose", .from = "purpose", .as = TABLE_TEXT, .file_only = true },
	{ .name = "reason", .from = "reason", .as = TABLE_TEXT, .file_only = true },
	{ .name = "asked", .from = "created", .as = TABLE_TIME, .sort = "time" },
	{ .name = "changed", .from = "changed", .as = TABLE_TIME, .file_only = true },
	{ .name = "state", .from = "booking_state", .as = TABLE_TEXT, .words = "booking_state" },
	{ .name = "id", .from = "booking", .as = TABLE_TEXT, .file_only = true },
};
#define BOOKING_COLUMN_COUNT (sizeof(booking_columns) / sizeof(booking_columns[0]))
const struct table booking_table = { "/bookings", booking_columns, BOOKING_COLUMN_COUNT, "-time",
	"q, state", bookings_page };
const struct table booking_waiting_table = { "/bookings/waiting", booking_columns,
	BOOKING_COLUMN_COUNT, "-time", "q, state", waiting_page };

static enum err_code list(struct request *r, const struct table *t, struct json **ret,
	struct err *e)
{
	struct json *chips = json_new_array(&r->arena);

	TRY(table_model(r, t, ret, e));
	for (size_t i = 0; booking_states[i]; i++)
		table_chip(r, t, chips, "state", str_of(booking_states[i]), "booking_state", NULL);
	return table_keep_chips(r, chips, e);
}

/* Nothing of the list was asked for, not even the side: only then may another one be shown. */
static bool asked_plainly(struct request *r)
{
	static const char *const fields[] = { "side", "q", "state", "sort", "columns", "rows",
		"after", "before" };

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (fields_get(&r->query, fields[i]).len > 0)
			return false;
	return true;
}

/* Who only owns facilities is led to the bookings of these. A twin is always what it is called. */
enum err_code bookings_model(struct request *r, struct json **ret, struct err *e)
{
	const struct list_query one = { .rows = 1 };
	struct json *waiting = NULL;

	TRY(list(r, &booking_table, ret, e));
	if (json_count(json_get(*ret, "rows")) > 0 || !asked_plainly(r) ||
		!respond_for_people(r) || !(r->who.may >> CAPABILITY_POST & 1))
		return ERR_OK;
	TRY(waiting_page(r, &r->arena, &one, &waiting, e));
	if (json_count(json_get(waiting, "rows")) == 0)
		return ERR_OK;
	*ret = NULL; /* it leads on */
	return handler_redirect(r, STR("/bookings/waiting"), e);
}

enum err_code bookings_waiting_model(struct request *r, struct json **ret, struct err *e)
{
	return list(r, &booking_waiting_table, ret, e);
}

/* ---- one ------------------------------------------------------------------------------------- */

enum err_code booking_model_of(struct request *r, struct json **ret, struct err *e)
{
	return service_booking(r->web->service, &r->arena, &r->who, r->params[0], ret, e);
}

enum err_code booking_act_post(struct request *r, struct json **ret, struct err *e)
{
	const struct fields *f = &r->form;
	struct booking_act act = { .act = fields_get(f, "do"), .reason = fields_get(f, "reason"),
		.day = fields_get(f, "day"), .from = fields_get(f, "at"),
		.to = fields_get(f, "till") };
	struct json *problems = NULL;
	struct err problem = { 0 };
	enum err_code code = service_booking_act(r->web->service, &r->arena, &r->who, r->params[0],
		&act, &problems, &problem);

	if (code == ERR_OK) {
		peer_messages_wanted(r->web->peers);
		return handler_redirect(r, str_printf(&r->arena, "/bookings/" STR_FMT,
			STR_ARG(r->params[0])), e);
	}
	if (code != ERR_INVALID || json_count(problems) == 0) {
		*e = problem;
		return code;
	}
	TRY(booking_model_of(r, ret, e));
	*ret = json_set_str(&r->arena, *ret, "typed", act.reason.at ? act.reason : STR(""));
	handler_form_again(r, *ret, problems);
	return ERR_OK;
}

enum err_code booking_contact_post(struct request *r, struct json **ret, struct err *e)
{
	return service_booking_contact(r->web->service, &r->arena, &r->who, r->params[0], ret, e);
}
