/* deal.c - what people of this node do with deals: show interest, answer, note, conclude, erase. */
#include "service/deal.h"

#include "base/instant.h"
#include "base/scoped.h"
#include "service/deal_inner.h"
#include "service/listing.h"
#include "service/mail.h"

#define DAY_S 86400

/* ---- forms ----------------------------------------------------------------------------------- */

static void check_person(struct arena *a, struct json *problems, const struct deal_person *p)
{
	form_check_text(a, problems, "person", p->name, 80);
	if (p->phone.len == 0 && p->mail.len == 0)
		form_wrong(a, problems, "phone", "phone-or-mail");
	if (p->phone.len > 0 && !phone_is_good(p->phone))
		form_wrong(a, problems, "phone", "phone");
	if (p->mail.len > 0 && !mail_address_is_good(p->mail))
		form_wrong(a, problems, "mail_to", "mail");
	if (!p->agreed)
		form_wrong(a, problems, "agreed", "person-agrees");
}

static struct deal_contact contact_of(const struct account_who *by, const struct deal_person *p,
	int64_t now)
{
	return (struct deal_contact){ .account = by->account, .agreed = now, .name = p->name,
		.phone = p->phone.at ? p->phone : STR(""), .mail = p->mail.at ? p->mail : STR("") };
}

/* ---- beginning ------------------------------------------------------------------------------- */

/* The owner here, or the peer it is at. */
static enum err_code find_owner(struct service *s, const struct json *listing, struct deal *d,
	struct err *e)
{
	struct str domain = json_str(json_path(listing, "city/domain"));
	struct store *store;
	uint8_t key[16];
	bool row;

	d->city[DEAL_OWNER] = domain;
	for (size_t i = 0; i < s->config->peer_count; i++)
		if (str_eq(s->config->peers[i].domain, domain))
			d->peer = s->config->peers[i].did;
	if (d->peer.at)
		return ERR_OK;
	d->peer = STR("");
	TRY(statement_id_parse(json_get_str(listing, "listing"), key, e));
	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_LISTING_WORK_BY_KEY);
	sql_bind_blob(q, 1, key, sizeof(key));
	TRY(sql_step(q, &row, e));
	if (!row)
		return err_set(e, ERR_NOT_FOUND, "there is no such listing here");
	d->organisation[DEAL_OWNER] = sql_i64(q, 2);
	return ERR_OK;
}

static enum err_code deal_of_listing(struct service *s, struct arena *a,
	const struct account_who *by, struct str id, struct deal *d, struct err *e)
{
	struct json *listing;

	TRY(service_listing(s, a, id, &listing, e));
	if (!str_is(json_get_str(listing, "state"), "valid"))
		return err_set(e, ERR_NOT_FOUND, "this listing has ended");
	*d = (struct deal){ .listing = json_get_str(listing, "listing"),
		.kind = json_get_str(listing, "kind"), .title = json_get_str(listing, "title"),
		.industry = json_get_str(listing, "industry"),
		.name = { by->organisation_name.len > 0 ? by->organisation_name
			: s->config->name_zh, json_get_str(listing, "organisation") },
		.code = { by->organisation_code.len > 0 ? by->organisation_code : STR("-"),
			json_get_str(listing, "registered_id") },
		.city = { s->config->domain }, .organisation = { by->organisation } };
	TRY(find_owner(s, listing, d, e));
	if (d->organisation[DEAL_OWNER] == by->organisation)
		return err_set(e, ERR_DENIED, "this listing is your own organisation's");
	return ERR_OK;
}

enum err_code service_deal_listing(struct service *s, struct arena *a,
	const struct account_who *by, struct str listing, struct json **ret, struct err *e)
{
	struct json *v = json_new_object(a), *own = NULL, *list = json_new_array(a);
	const struct json *rows;
	struct deal d;

	TRY(deal_of_listing(s, a, by, listing, &d, e));
	TRY(service_listings_own(s, a, by, &(struct list_query){ .state = STR("published") }, &own,
		e));
	rows = json_get(own, "rows");
	for (size_t i = 0; i < json_count(rows); i++) {
		struct json *one = json_new_object(a);
		one = json_set_str(a, one, "listing", json_get_str(json_at(rows, i), "listing"));
		one = json_set_str(a, one, "title", json_get_str(json_at(rows, i), "title"));
		list = json_push(a, list, one);
	}
	v = json_set_str(a, v, "listing", d.listing);
	v = json_set_str(a, v, "title", d.title);
	v = json_set_str(a, v, "organisation", d.name[DEAL_OWNER]);
	*ret = json_set(a, v, "own", list);
	return *ret ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

struct beginning {
	const struct account_who *by;
	struct deal deal;
	struct deal_contact contact;
	struct str body;
	struct arena *arena;
	bool open, many;
	int64_t id;
};

static enum err_code write_begin(void *context, struct store *store, struct err *e)
{
	struct beginning *x = context;
	bool row;

	SCOPED_SQL q = sql_use(store, SQL_DEAL_OPEN_OF);
	sql_bind_str(q, 1, x->deal.listing);
	sql_bind_str(q, 2, x->deal.code[DEAL_SEEKER]);
	sql_bind_i64(q, 3, x->by->organisation); /* the code alone is also another node's word */
	TRY(sql_step(q, &x->open, e));
	SCOPED_SQL count = sql_use(store, SQL_DEAL_COUNT_OF);
	sql_bind_i64(count, 1, x->by->organisation);
	sql_bind_i64(count, 2, x->deal.created - DAY_S);
	TRY(sql_step(count, &row, e));
	x->many = sql_i64(count, 0) >= LIMIT_DEALS_PER_DAY;
	if (x->open || x->many)
		return ERR_OK;
	TRY(deal_add(store, &x->deal, &x->id, e));
	TRY(deal_contact_put(store, x->id, DEAL_SEEKER, &x->contact, e));
	TRY(deal_put(store, x->arena, x->id, &(struct deal_event){ .side = DEAL_SEEKER,
		.time = x->deal.created, .word = STR("interest"), .body = x->body }, true, e));
	return audit_put(store, x->deal.created, &(struct audit_entry){ .action = "deal-begin",
		.actor = x->by->name, .address = x->by->address, .target = x->deal.title }, e);
}

/* One of the own published listings, or none. */
static void check_from(struct service *s, struct arena *a, const struct account_who *by,
	struct str from, struct deal *d, struct json *problems)
{
	struct json *listing;
	struct deal other = { 0 };

	d->from_listing = STR("");
	if (from.len == 0)
		return;
	if (service_listing(s, a, from, &listing, NULL) != ERR_OK ||
		find_owner(s, listing, &other, NULL) != ERR_OK ||
		other.organisation[DEAL_OWNER] != by->organisation)
		form_wrong(a, problems, "from_listing", "not-a-choice");
	else
		d->from_listing = json_get_str(listing, "listing");
}

enum err_code service_deal_begin(struct service *s, struct arena *a,
	const struct account_who *by, const struct deal_interest *form, struct json **ret_problems,
	int64_t *ret, struct err *e)
{
	struct beginning x = { .by = by, .arena = a };
	struct json *body = json_new_object(a), *problems = json_new_object(a);
	int64_t now = instant_now();

	CHECK(by->may >> CAPABILITY_POST & 1);
	*ret_problems = problems;
	TRY(deal_of_listing(s, a, by, form->listing, &x.deal, e));
	form_check_prose(a, problems, "cooperation", form->cooperation, LIMIT_DEAL_TEXT_BYTES);
	form_check_prose(a, problems, "unclear", form->unclear, LIMIT_DEAL_TEXT_BYTES);
	form_check_prose(a, problems, "who_we_are", form->who, LIMIT_DEAL_TEXT_BYTES);
	check_person(a, problems, &form->person);
	check_from(s, a, by, form->from, &x.deal, problems);
	TRY(form_check(problems, e));
	body = json_set_str(a, body, "cooperation", form->cooperation);
	body = json_set_str(a, body, "unclear", form->unclear);
	body = json_set_str(a, body, "who", form->who);
	TRY(json_jcs(a, body, &x.body, e));
	service_uuid(x.deal.key);
	x.deal.created = now;
	x.contact = contact_of(by, &form->person, now);
	TRY(ledger_write(s->ledger, write_begin, &x, e));
	if (x.open)
		return err_set(e, ERR_CONFLICT, "your organisation has shown interest already, and "
			"it is open");
	if (x.many)
		return err_set(e, ERR_CONFLICT, "your organisation has asked enough today");
	*ret = x.id;
	return ERR_OK;
}

/* ---- acting ---------------------------------------------------------------------------------- */

struct acting {
	const struct account_who *by;
	const struct deal_act *act;
	struct arena *arena;
	struct deal_contact contact;
	struct str body;
	int64_t id, now;
	enum deal_side side;
	bool stale;
};

static enum deal_state state_of(struct str name)
{
	unsigned i = 0;

	while (i + 1 < DEAL_STATE_COUNT && !str_is(name, deal_state_name((enum deal_state)i)))
		i++;
	return (enum deal_state)i;
}

static enum err_code write_act(void *context, struct store *store, struct err *e)
{
	struct acting *x = context;
	struct deal d;

	TRY(deal_find(store, x->arena, x->id, &d, e));
	x->stale = !deal_may(state_of(d.state), x->side, x->act->word);
	if (x->stale)
		return ERR_OK;
	if (str_is(x->act->word, "accept"))
		TRY(deal_contact_put(store, x->id, DEAL_OWNER, &x->contact, e));
	TRY(deal_put(store, x->arena, x->id, &(struct deal_event){ .side = x->side,
		.time = x->now, .word = x->act->word, .body = x->body }, true, e));
	if (str_is(x->act->word, "accept"))
		TRY(deal_exchange(store, x->arena, x->id, x->now, e));
	return audit_put(store, x->now, &(struct audit_entry){
		.action = str_is(x->act->word, "erase") ? "deal-erase" : "deal-act",
		.actor = x->by->name, .address = x->by->address, .target = d.title,
		.detail = x->act->word }, e);
}

static bool is_among(struct str word, const char *words)
{
	struct str rest = str_of(words);

	while (rest.at)
		if (str_eq(str_cut(&rest, ' '), word))
			return true;
	return false;
}

static void check_signed(struct arena *a, const struct deal_act *act, struct json *problems,
	struct json *body)
{
	uint64_t amount = 0;
	int64_t day;

	if (!is_among(act->type, "purchase development licence investment facility other"))
		form_wrong(a, problems, "deal_type", "not-a-choice");
	if (str_parse_u64(act->amount, &amount, NULL) != ERR_OK || amount > LIMIT_DEAL_AMOUNT)
		form_wrong(a, problems, "amount", "not-a-number");
	if (instant_parse_date(act->day, &day, NULL) != ERR_OK)
		form_wrong(a, problems, "signed_day", "not-a-day");
	body = json_set_str(a, body, "type", act->type);
	body = json_set_number(a, body, "amount", (double)amount);
	(void)json_set_str(a, body, "day", act->day);
}

/* The event's body, and what is wrong with it. */
static enum err_code read_act(struct arena *a, const struct deal_act *act, struct json *problems,
	struct str *ret, struct err *e)
{
	struct json *body = json_new_object(a);

	if (is_among(act->word, "decline fail note follow-up"))
		form_check_prose(a, problems, "deal_text", act->text, LIMIT_DEAL_TEXT_BYTES);
	if (is_among(act->word, "decline fail note follow-up negotiate") && act->text.len > 0)
		body = json_set_str(a, body, "text", act->text);
	if (str_is(act->word, "accept"))
		check_person(a, problems, &act->person);
	if (str_is(act->word, "sign"))
		check_signed(a, act, problems, body);
	if (str_is(act->word, "note")) {
		if (!is_among(act->how, "meeting phone mail visit other"))
			form_wrong(a, problems, "deal_how", "not-a-choice");
		body = json_set_str(a, body, "how", act->how);
	}
	TRY(form_check(problems, e));
	return json_jcs(a, body, ret, e);
}

enum err_code service_deal_do(struct service *s, struct arena *a, const struct account_who *by,
	int64_t id, const struct deal_act *act, struct json **ret_problems, struct err *e)
{
	struct acting x = { .by = by, .act = act, .arena = a, .id = id, .now = instant_now() };
	struct store *store;
	struct deal d;

	CHECK(by->may >> CAPABILITY_POST & 1);
	*ret_problems = json_new_object(a);
	TRY(ledger_reader(s->ledger, &store, e));
	TRY(deal_find(store, a, id, &d, e));
	if (d.organisation[0] != by->organisation && d.organisation[1] != by->organisation)
		return err_set(e, ERR_NOT_FOUND, "there is no such contact here");
	x.side = d.organisation[1] == by->organisation ? DEAL_OWNER : DEAL_SEEKER;
	if (!deal_word_known(act->word) || is_among(act->word, "interest person"))
		return err_set(e, ERR_INVALID, "field \"do\": nothing that can be done");
	TRY(read_act(a, act, *ret_problems, &x.body, e));
	x.contact = contact_of(by, &act->person, x.now);
	TRY(ledger_write(s->ledger, write_act, &x, e));
	if (x.stale)
		return err_set(e, ERR_CONFLICT, "this is not possible in the present state");
	return ERR_OK;
}

/* ---- showing, exporting ---------------------------------------------------------------------- */

struct line {
	struct audit_entry entry;
	int64_t now;
};

static enum err_code write_line(void *context, struct store *store, struct err *e)
{
	struct line *x = context;

	return audit_put(store, x->now, &x->entry, e);
}

enum err_code service_deal_unmask(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, struct err *e)
{
	struct line x = { .now = instant_now() };
	struct deal_contact c;
	struct store *store;
	struct deal d;

	TRY(ledger_reader(s->ledger, &store, e));
	TRY(deal_find(store, a, id, &d, e));
	if (d.organisation[0] != by->organisation && d.organisation[1] != by->organisation)
		return err_set(e, ERR_NOT_FOUND, "there is no such contact here");
	if (deal_contact_find(store, a, id, DEAL_SEEKER, &c, NULL) != ERR_OK)
		TRY(deal_contact_find(store, a, id, DEAL_OWNER, &c, e));
	x.entry = (struct audit_entry){ .action = "deal-unmask", .actor = by->name,
		.address = by->address, .target = d.title,
		.detail = str_printf(a, "/deals/%lld", (long long)id) };
	return ledger_write(s->ledger, write_line, &x, e);
}

enum err_code service_deal_data(struct service *s, struct arena *a, const struct account_who *by,
	struct json **ret, struct err *e)
{
	struct line x = { .now = instant_now(), .entry = { .action = "deal-data", .actor = by->name,
		.address = by->address } };
	struct json *list = json_new_array(a), *v = json_new_object(a);
	struct store *store;
	bool row;

	TRY(ledger_write(s->ledger, write_line, &x, e));
	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_DEAL_CONTACTS_OF);
	sql_bind_i64(q, 1, by->account);
	sql_bind_i64(q, 2, LIMIT_DEAL_CONTACTS);
	for (;;) {
		struct json *one = json_new_object(a);
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		one = json_set_str(a, one, "path", str_printf(a, "/deals/%lld",
			(long long)sql_i64(q, 0)));
		one = json_set_str(a, one, "title", str_copy(a, sql_str(q, 2)));
		one = json_set_str(a, one, "deal_state", str_copy(a, sql_str(q, 3)));
		one = json_set_str(a, one, "name", str_copy(a, sql_str(q, 5)));
		one = json_set_str(a, one, "phone", str_copy(a, sql_str(q, 6)));
		one = json_set_str(a, one, "mail", str_copy(a, sql_str(q, 7)));
		one = json_set_str(a, one, "agreed", service_instant(a, sql_i64(q, 8)));
		list = json_push(a, list, one);
	}
	v = json_set_str(a, v, "account", by->name);
	*ret = json_set(a, v, "contacts", list);
	return *ret ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}
