/* booking_item.c - what facilities may test: items within an accreditation in force, marked and not
 * to be claimed without; the soonest place where one can be tested. */
#include <string.h>

#include "base/instant.h"
#include "base/scoped.h"
#include "credential/scope.h"
#include "service/booking_inner.h"
#include "service/model.h"

#define SOONEST_FACILITIES 10      /* looked at, newest first */
#define SOONEST_DAYS 60

/* ---- what an organisation is accredited for -------------------------------------------------- */

struct scopes {
	struct scope *at;
	size_t count;
};

static void read_scopes(struct service *s, struct arena *a, struct str did, struct scopes *ret)
{
	struct ledger_found *found;
	size_t count;

	*ret = (struct scopes){ 0 };
	if (!did.at || ledger_statements_about(s->ledger, a, KIND_ACCREDITATION, did, &found,
		    &count, NULL) != ERR_OK)
		return;
	ret->at = ARENA_ARRAY(a, struct scope, count + 1);
	for (size_t i = 0; ret->at && i < count; i++) {
		struct model_statement m;
		struct scope *scope = &ret->at[ret->count];
		if (model_from_found(s, a, &found[i], &m, NULL) == ERR_OK && m.has_body &&
			str_is(m.state, "valid") &&
			scope_parse(a, &m.statement, scope, NULL) == ERR_OK &&
			scope_valid_on(scope, china_day(instant_now())))
			ret->count++;
	}
}

/* Is "scheme item" listed, of any edition? */
static bool holds(const struct scopes *scopes, struct str named)
{
	struct str item = named, scheme = str_cut(&item, ' ');

	if (!item.at)
		return false;
	for (size_t i = 0; i < scopes->count; i++) {
		const struct scope *scope = &scopes->at[i];
		for (uint32_t k = 0; k < scope->entry_count; k++)
			if (str_eq(scope->entries[k].scheme, scheme) && scope_lists(scope, scheme,
				scope->entries[k].edition, str_trim(item)))
				return true;
	}
	return false;
}

static void scopes_of(struct service *s, struct arena *a, struct str origin, struct str code,
	struct scopes *ret)
{
	struct str domain = s->config->domain;
	size_t peer;

	*ret = (struct scopes){ 0 };
	if (origin.len > 0) {
		if (!service_peer_of(s, origin, &peer))
			return; /* it is no peer any more */
		domain = s->config->peers[peer].domain;
	}
	read_scopes(s, a, did_web_new_org(a, domain, code.at ? code : STR("-")), ret);
}

struct json *facility_items(struct service *s, struct arena *a, struct str origin,
	const struct json *listing)
{
	const struct json *items = json_get(json_get(listing, "fields"), "items");
	struct json *list = json_new_array(a);
	struct scopes scopes;

	scopes_of(s, a, origin, json_get_str(listing, "registered_id"), &scopes);
	for (size_t i = 0; i < json_count(items); i++) {
		struct str item = json_str(json_at(items, i));
		struct json *v = json_new_object(a);
		if (!item.at)
			continue;
		v = json_set_str(a, v, "item", item);
		v = json_set(a, v, "holds", json_new_bool(a, holds(&scopes, item)));
		list = json_push(a, list, v);
	}
	return list;
}

bool facility_holds(struct service *s, struct arena *a, struct str origin, struct str code,
	struct str item)
{
	struct scopes scopes;

	scopes_of(s, a, origin, code, &scopes);
	return holds(&scopes, item);
}

void facility_items_judge(struct service *s, struct arena *a, struct str code,
	const struct json *fields, struct json *problems)
{
	const struct json *items = json_get(fields, "items");
	struct scopes scopes;

	if (json_count(items) == 0)
		return;
	scopes_of(s, a, STR(""), code, &scopes);
	for (size_t i = 0; i < json_count(items); i++)
		if (!holds(&scopes, json_str(json_at(items, i)))) {
			form_wrong(a, problems, "items", "not-accredited");
			return;
		}
}

/* ---- the soonest ----------------------------------------------------------------------------- */

struct naming {
	uint8_t key[16];
	struct str code;
};

static enum err_code read_naming(struct store *store, struct arena *a, struct str item,
	struct naming ret[SOONEST_FACILITIES], size_t *ret_count, struct err *e)
{
	static const struct str none = { "", 0 };
	SCOPED_SQL q = sql_use(store, SQL_LISTING_BY_ITEM);
	size_t count = 0;
	bool row;

	sql_bind_i64(q, 1, INT64_MAX);
	sql_bind_i64(q, 2, SOONEST_FACILITIES);
	sql_bind_str(q, 3, none);
	sql_bind_str(q, 4, none);
	sql_bind_i64(q, 5, instant_now());
	sql_bind_str(q, 6, none);
	sql_bind_str(q, 7, none);
	sql_bind_str(q, 8, item);
	for (;;) {
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		CHECK(count < SOONEST_FACILITIES);
		memcpy(ret[count].key, sql_str(q, 2).at, 16);
		ret[count++].code = str_copy(a, sql_str(q, 7));
	}
	*ret_count = count;
	return ERR_OK;
}

/* The first step of a day that is free. */
static bool next_free(const struct opening *o, int64_t now, const struct spans *booked,
	struct span *ret)
{
	int64_t step = (int64_t)o->step_min * 60;
	int32_t today = china_day(now);

	for (int32_t day = today; day < today + SOONEST_DAYS; day++) {
		struct span open;
		if (!opening_of_day(o, day, &open))
			continue;
		for (int64_t t = open.from; t + step <= open.to; t += step) {
			*ret = (struct span){ t, t + step };
			if (!opening_wrong(o, now, *ret, booked->at, booked->count))
				return true;
		}
	}
	return false;
}

static struct str clock_text(struct arena *a, int32_t day, int64_t at)
{
	int64_t minutes = (at - china_day_start(day)) / 60;

	return str_printf(a, "%02d:%02d", (int)(minutes / 60), (int)(minutes % 60));
}

enum err_code service_facility_soonest(struct service *s, struct arena *a, struct str item,
	struct json **ret, struct err *e)
{
	struct naming named[SOONEST_FACILITIES];
	struct span best = { INT64_MAX, INT64_MAX };
	int64_t now = instant_now();
	char text[INSTANT_TEXT_BYTES];
	struct store *store;
	size_t count, at = 0;

	*ret = NULL;
	TRY(ledger_reader(s->ledger, &store, e));
	TRY(read_naming(store, a, item, named, &count, e));
	for (size_t i = 0; i < count; i++) {
		struct facility f;
		struct span first, ahead = { now, now + (int64_t)(SOONEST_DAYS + 1) * 86400 };
		struct spans booked;
		if (facility_find(s, store, a, named[i].key, &f, NULL) != ERR_OK || !f.opened ||
			!facility_holds(s, a, f.origin, named[i].code, item))
			continue;
		booked = f.busy;
		if (f.origin.len == 0)
			TRY(facility_booked(store, a, f.key, ahead, NULL, &booked, e));
		if (!next_free(&f.opening, now, &booked, &first) || first.from >= best.from)
			continue;
		best = first;
		at = i;
	}
	if (best.from == INT64_MAX)
		return ERR_OK;
	int32_t day = china_day(best.from);
	instant_format((int64_t)day * 86400, text);
	struct json *v = json_set_str(a, json_new_object(a), "uuid",
		booking_uuid_text(a, named[at].key));
	v = json_set_str(a, v, "day", str_copy(a, (struct str){ text, 10 }));
	v = json_set_str(a, v, "at", clock_text(a, day, best.from));
	*ret = json_set_str(a, v, "till", clock_text(a, day, best.to));
	return *ret ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}
