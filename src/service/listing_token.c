/* listing_token.c - listings by the node's token: the same calls, for an organisation by code. */
#include "base/instant.h"
#include "base/scoped.h"
#include "service/listing_inner.h"
#include "service/member.h"
#include "service/organisation.h"

/* Whoever reviews is not who wrote: the token wrote as account 0. */
#define REVIEWER (-1)

struct entering {
	const struct account_who *by;
	const struct listing_post *post;
	bool check_holds;
	int64_t now;
};

static enum err_code find_organisation(struct service *s, struct arena *a, struct str code,
	int64_t *ret, struct str *ret_kind, struct err *e)
{
	struct store *store;
	bool row;

	*ret = 0;
	if (str_is(code, "-")) {
		*ret = 1;
		*ret_kind = STR("authority");
		return ERR_OK;
	}
	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_ORGANISATION_BY_CODE);
	sql_bind_str(q, 1, code);
	TRY(sql_step(q, &row, e));
	if (row && !str_is(sql_str(q, 3), "confirmed"))
		return err_set(e, ERR_DENIED, "the organisation is not confirmed");
	if (row) {
		*ret = sql_i64(q, 0);
		*ret_kind = str_copy(a, sql_str(q, 2));
	}
	return ERR_OK;
}

/* In the writer: who holds the token speaks for the authority, which confirms organisations. */
static enum err_code write_enter(void *context, struct store *store, struct err *e)
{
	const struct entering *x = context;

	SCOPED_SQL q = sql_use(store, SQL_ORGANISATION_ENTER);
	sql_bind_str(q, 1, x->post->code);
	sql_bind_str(q, 2, x->post->name);
	sql_bind_str(q, 3, x->post->kind);
	sql_bind_i64(q, 4, x->check_holds);
	sql_bind_i64(q, 5, x->now);
	sql_bind_str(q, 6, x->by->name);
	TRY(sql_run(q, e));
	return audit_put(store, x->now, &(struct audit_entry){ .action = "confirm-organisation",
		.actor = x->by->name, .address = x->by->address, .target = x->post->name,
		.detail = x->post->code }, e);
}

static enum err_code enter(struct service *s, const struct account_who *by,
	const struct listing_post *post, struct err *e)
{
	struct entering x = { .by = by, .post = post, .now = instant_now() };
	bool known = false;

	for (const char *const *kind = member_kinds; *kind; kind++)
		known = known || str_is(post->kind, *kind);
	known = known && !str_is(post->kind, "authority") && !str_is(post->kind, "other");
	if (!known || post->name.len == 0 || post->name.len > LIMIT_LISTING_TITLE_BYTES)
		return err_set(e, ERR_NOT_FOUND, "no organisation of this code is registered; "
			"\"name\" and \"kind\" would enter it");
	TRY(organisation_code_check(post->code, &x.check_holds, e));
	return ledger_write(s->ledger, write_enter, &x, e);
}

static enum err_code who_for(struct service *s, struct arena *a, const struct account_who *by,
	const struct listing_post *post, struct account_who *ret, struct err *e)
{
	*ret = *by;
	TRY(find_organisation(s, a, post->code, &ret->organisation, &ret->organisation_kind, e));
	if (ret->organisation == 0) {
		TRY(enter(s, by, post, e));
		TRY(find_organisation(s, a, post->code, &ret->organisation,
			&ret->organisation_kind, e));
	}
	ret->account = 0;
	ret->may = 1u << CAPABILITY_POST;
	return ERR_OK;
}

enum err_code service_listing_post(struct service *s, struct arena *a,
	const struct account_who *by, const struct listing_post *post, struct json **ret_problems,
	struct json **ret, struct err *e)
{
	struct account_who who, reviewer = *by;
	struct json *saved, *work;
	uint64_t number;

	*ret_problems = NULL;
	TRY(who_for(s, a, by, post, &who, e));
	TRY(service_listing_save(s, a, &who, 0, 0, &post->draft, ret_problems, &saved, e));
	TRY(str_parse_u64(json_get_str(saved, "number"), &number, e));
	TRY(service_listing_submit(s, a, &who, (int64_t)number, ret_problems, e));
	TRY(service_listing_work(s, a, &who, (int64_t)number, &work, e));
	if (post->reviewed && str_is(json_get_str(work, "state"), "review")) {
		reviewer.account = REVIEWER;
		reviewer.may = 1u << CAPABILITY_MODERATE;
		TRY(service_listing_review(s, a, &reviewer, (int64_t)number, true, STR(""), e));
		TRY(service_listing_work(s, a, &who, (int64_t)number, &work, e));
	}
	*ret = json_set_str(a, json_new_object(a), "number", json_get_str(work, "number"));
	*ret = json_set_str(a, *ret, "listing", json_get_str(work, "listing"));
	*ret = json_set_str(a, *ret, "state", json_get_str(work, "state"));
	return *ret ? ERR_OK : err_set(e, ERR_TOO_LARGE, "answer needs too much memory");
}

enum err_code service_listing_take_back(struct service *s, struct arena *a,
	const struct account_who *by, struct str listing, bool erase, struct str reason,
	struct err *e)
{
	struct str id = str_starts(listing, "urn:") ? listing
		: str_printf(a, "urn:uuid:" STR_FMT, STR_ARG(listing));
	struct account_who who = *by;
	struct store *store;
	uint8_t key[16];
	int64_t number;
	bool row;

	if (statement_id_parse(id, key, NULL) != ERR_OK)
		return err_set(e, ERR_NOT_FOUND, "there is no such listing here");
	TRY(ledger_reader(s->ledger, &store, e));
	{
		SCOPED_SQL q = sql_use(store, SQL_LISTING_WORK_OF_KEY);
		sql_bind_blob(q, 1, key, sizeof(key));
		TRY(sql_step(q, &row, e));
		if (!row)
			return err_set(e, ERR_NOT_FOUND, "there is no such listing here");
		number = sql_i64(q, 0);
		who.organisation = sql_i64(q, 1);
	}
	who.may = 1u << CAPABILITY_POST;
	return service_listing_withdraw(s, a, &who, number, erase, reason, e);
}
