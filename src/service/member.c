/* member.c - see member.h. */
#include "service/member.h"

#include <string.h>

#include "base/instant.h"
#include "base/scoped.h"
#include "service/list.h"
#include "service/listing_inner.h"
#include "service/model.h"
#include "service/organisation.h"

#define WORDS_BYTES ((size_t)1 << 18)
#define LISTINGS_SHOWN 50

const char *const member_kinds[] = { "enterprise", "applicant", "lab", "university", "association",
	"investor", "authority", "other", NULL };

/* ---- projection ------------------------------------------------------------------------------ */

static void put_codes(struct buf *b, const struct json *codes, const char *before)
{
	for (size_t i = 0; i < json_count(codes); i++) {
		struct str code = json_str(json_at(codes, i));
		if (code.at)
			buf_printf(b, "%s%s" STR_FMT, b->len > 0 ? " " : "", before,
				STR_ARG(code));
	}
}

enum err_code member_profile_put(struct store *store, const struct ledger_event *event,
	const struct listing *l, const uint8_t key[16], struct err *e)
{
	const struct json *regions = json_get(l->fields, "regions");
	const struct json *industries = json_get(l->fields, "industries");
	SCOPED_BUF words = { 0 };
	SCOPED_BUF region_text = { 0 };
	SCOPED_BUF industry_text = { 0 };
	struct str code = l->organisation_code;

	if (!str_is(l->kind, "member"))
		return ERR_OK;
	if (str_is(code, "-")) /* the authority of a node */
		code = str_skip(event->statement->issuer, strlen("did:web:"));
	buf_init(&words, WORDS_BYTES);
	buf_init(&region_text, 4096);
	buf_init(&industry_text, 4096);
	put_codes(&region_text, regions, "");
	put_codes(&industry_text, industries, "");
	listing_put_words(&words, l);
	put_codes(&words, regions, "r");
	put_codes(&words, industries, "i");
	buf_printf(&words, " " STR_FMT, STR_ARG(code));
	SCOPED_SQL q = sql_use(store, SQL_MEMBER_PROFILE_PUT);
	sql_bind_str(q, 1, code);
	sql_bind_str(q, 2, event->own ? STR("") : event->origin);
	sql_bind_str(q, 3, l->organisation);
	sql_bind_str(q, 4, l->organisation_kind);
	sql_bind_blob(q, 5, key, 16);
	sql_bind_str(q, 6, buf_str(&region_text));
	sql_bind_str(q, 7, buf_str(&industry_text));
	sql_bind_i64(q, 8, event->statement->valid_until);
	sql_bind_i64(q, 9, event->receipt->time);
	sql_bind_str(q, 10, buf_str(&words));
	return sql_run(q, e);
}

enum err_code member_profile_drop(struct store *store, const uint8_t key[16], struct str origin,
	struct err *e)
{
	int64_t seq;
	bool row;

	{
		SCOPED_SQL q = sql_use(store, SQL_MEMBER_PROFILE_DROP);
		sql_bind_blob(q, 1, key, 16);
		sql_bind_str(q, 2, origin);
		TRY(sql_step(q, &row, e));
		if (!row)
			return ERR_OK;
		seq = sql_i64(q, 0);
	}
	SCOPED_SQL q = sql_use(store, SQL_MEMBER_FORGET);
	sql_bind_i64(q, 1, seq);
	TRY(sql_run(q, e));
	/* words that are still needed are put again in the background */
	SCOPED_SQL words = sql_use(store, SQL_MEMBER_WORDS_FORGET);
	sql_bind_i64(words, 1, seq);
	return sql_run(words, e);
}

/* ---- rows ------------------------------------------------------------------------------------ */

static struct json *codes_model(struct arena *a, struct str text)
{
	struct json *list = json_new_array(a);

	while (text.at && text.len > 0)
		list = json_push(a, list, json_new_str(a, str_copy(a, str_cut(&text, ' '))));
	return list;
}

static struct json *member_row(struct service *s, struct arena *a, struct sql *q)
{
	bool profile = sql_str(q, 6).len == 16 && sql_i64(q, 9) > instant_now();
	struct str origin = str_copy(a, sql_str(q, 2));
	struct json *v = json_new_object(a);

	v = json_set_str(a, v, "code", str_copy(a, sql_str(q, 1)));
	v = json_set_str(a, v, "name", str_copy(a, sql_str(q, 3)));
	v = json_set_str(a, v, "role", str_copy(a, sql_str(q, 4)));
	v = model_put_city(s, a, v, origin);
	v = json_set(a, v, "claimed", json_new_bool(a, profile || sql_i64(q, 12) != 0));
	v = json_set(a, v, "regions", codes_model(a, profile ? sql_str(q, 7) : STR("")));
	v = json_set(a, v, "industries", codes_model(a, profile ? sql_str(q, 8) : STR("")));
	if (profile) {
		v = json_set_str(a, v, "profile", statement_id_text(a,
			(const uint8_t *)sql_str(q, 6).at));
		v = json_set(a, v, "until", model_time(a, sql_i64(q, 9)));
	}
	if (sql_str(q, 11).len == 16)
		v = json_set_str(a, v, "document", statement_id_text(a,
			(const uint8_t *)sql_str(q, 11).at));
	return v;
}

static const struct list_order orders[] = {
	{ "time", SQL_MEMBER_PAGE_OF_DOWN, SQL_MEMBER_PAGE_OF_UP, SQL_COUNT, SQL_MEMBER_PAGE_DOWN,
		SQL_MEMBER_PAGE_UP },
	{ "name", SQL_MEMBER_PAGE_NAME_DOWN, SQL_MEMBER_PAGE_NAME_UP, SQL_MEMBER_PAGE_KEY_NAME,
		SQL_COUNT, SQL_COUNT },
};

/* A region and an industry are words of the index like any other. */
static enum err_code asked_text(struct arena *a, struct str text, struct str region,
	struct str industry, struct str *ret, struct err *e)
{
	struct str stem = code_stem(region);

	if (region.len > 0 && !region_code_is(region))
		return err_set(e, ERR_INVALID, "field \"region\": six digits of GB/T 2260");
	if (industry.len > 0 && !industry_code_is(industry))
		return err_set(e, ERR_INVALID, "field \"industry\": a code of GB/T 4754");
	*ret = str_printf(a, STR_FMT "%s" STR_FMT "%s" STR_FMT, STR_ARG(text),
		region.len > 0 ? " r" : "", STR_ARG(stem), industry.len > 0 ? " i" : "",
		STR_ARG(industry));
	return ERR_OK;
}

enum err_code service_members(struct service *s, struct arena *a, const struct list_query *query,
	struct str region, struct str industry, struct json **ret, struct err *e)
{
	static const struct list_of_parties list = { .orders = orders,
		.order_count = sizeof(orders) / sizeof(orders[0]), .row = SQL_MEMBER_ROW,
		.search_down = SQL_MEMBER_PAGE_SEARCH_DOWN,
		.search_up = SQL_MEMBER_PAGE_SEARCH_UP, .roles = member_kinds,
		.model = member_row };
	struct str text;

	TRY(asked_text(a, query->text, region, industry, &text, e));
	return list_parties(s, a, &list, query, text, ret, e);
}

/* ---- one ------------------------------------------------------------------------------------- */

/* Published listings of it: facilities apart from the rest. */
static enum err_code put_listings(struct service *s, struct arena *a, struct str code,
	struct str origin, struct json **v, struct err *e)
{
	struct json *listings = json_new_array(a), *facilities = json_new_array(a);
	struct store *store;
	bool row;

	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_MEMBER_LISTINGS);
	sql_bind_str(q, 1, code);
	sql_bind_str(q, 2, origin);
	sql_bind_i64(q, 3, instant_now());
	sql_bind_i64(q, 4, LISTINGS_SHOWN);
	for (;;) {
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		struct json *one = json_new_object(a);
		bool facility = str_is(sql_str(q, 2), "facility");
		one = json_set_str(a, one, "listing", statement_id_text(a,
			(const uint8_t *)sql_str(q, 1).at));
		one = json_set_str(a, one, "kind", str_copy(a, sql_str(q, 2)));
		one = json_set_str(a, one, "title", str_copy(a, sql_str(q, 3)));
		one = json_set(a, one, "until", model_time(a, sql_i64(q, 4)));
		if (facility)
			facilities = json_push(a, facilities, one);
		else
			listings = json_push(a, listings, one);
	}
	*v = json_set(a, *v, "listings", listings);
	*v = json_set(a, *v, "facilities", facilities);
	return ERR_OK;
}

static enum err_code put_profile(struct service *s, struct arena *a, struct json **v,
	struct err *e)
{
	static const char *const taken[] = { "title", "summary", "fields", "translations", "id",
		"time", "version" };
	struct str listing = json_get_str(*v, "profile");
	struct json *profile;

	if (!listing.at)
		return ERR_OK;
	TRY(service_listing(s, a, listing, &profile, e));
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		const struct json *value = json_get(profile, taken[i]);
		if (value)
			*v = json_set(a, *v, taken[i], json_copy(a, value));
	}
	return ERR_OK;
}

enum err_code service_member(struct service *s, struct arena *a, struct str code,
	struct json **ret, struct err *e)
{
	struct json *rows = json_new_array(a), *model = json_new_object(a);
	struct store *store;
	bool row;

	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_MEMBER_BY_CODE);
	sql_bind_str(q, 1, code);
	for (;;) {
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		struct json *v = member_row(s, a, q);
		struct str did = str_copy(a, sql_str(q, 5)), origin = str_copy(a, sql_str(q, 2));
		struct str listed = str_find(code, STR(".")) == SIZE_MAX ? code : STR("-");
		v = json_set(a, v, "accreditations", did.len > 0
			? organisation_accreditations(s, a, did) : json_new_array(a));
		TRY(put_profile(s, a, &v, e));
		TRY(put_listings(s, a, listed, origin, &v, e));
		rows = json_push(a, rows, v);
	}
	if (json_count(rows) == 0)
		return err_set(e, ERR_NOT_FOUND, "there is no such member here");
	model = json_set_str(a, model, "code", code);
	model = json_set_str(a, model, "name", json_get_str(json_at(rows, 0), "name"));
	model = json_set(a, model, "now", model_time(a, instant_now()));
	*ret = json_set(a, model, "rows", rows);
	return *ret ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

enum err_code service_member_sites(struct service *s, struct arena *a, struct json **ret,
	struct err *e)
{
	struct json *sites = json_new_object(a);
	struct store *store;
	bool row;

	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_MEMBER_SITES);
	for (;;) {
		struct str codes;
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		codes = sql_str(q, 0);
		while (codes.at && codes.len > 0) {
			char *code = str_z(a, str_cut(&codes, ' '));
			double before = code ? json_number_or(json_get(sites, code), 0) : 0;
			if (code)
				sites = json_set_number(a, sites, code, before +
					(double)sql_i64(q, 1));
		}
	}
	*ret = sites;
	return sites ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}
