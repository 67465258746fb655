/* people.c - accounts as an administrator sees and changes them. */
#include <string.h>

#include "base/instant.h"
#include "base/scoped.h"
#include "service/account_inner.h"
#include "service/list.h"
#include "service/model.h"

/* ---- rows ------------------------------------------------------------------------------------ */

enum err_code account_make(struct store *store, struct str name, struct str display,
	int64_t organisation, int64_t now, int64_t *ret, struct err *e)
{
	bool row;
	{
		SCOPED_SQL q = sql_use(store, SQL_ACCOUNT_PUT);
		sql_bind_str(q, 1, name);
		sql_bind_str(q, 2, display);
		sql_bind_i64(q, 3, organisation);
		sql_bind_i64(q, 4, now);
		TRY(sql_run(q, e));
	}
	SCOPED_SQL last = sql_use(store, SQL_LAST_ROW);
	TRY(sql_step(last, &row, e));
	*ret = sql_i64(last, 0);
	return ERR_OK;
}

enum err_code account_set_roles(struct store *store, int64_t id, int64_t organisation,
	uint32_t roles, struct str by, int64_t now, struct err *e)
{
	TRY(account_run(store, SQL_MEMBERSHIP_CLEAR, id, organisation, e));
	for (size_t i = 0; i < role_count; i++) {
		if (!(roles >> i & 1))
			continue;
		SCOPED_SQL q = sql_use(store, SQL_MEMBERSHIP_PUT);
		sql_bind_i64(q, 1, id);
		sql_bind_i64(q, 2, organisation);
		sql_bind_str(q, 3, str_of(role_table[i].name));
		sql_bind_i64(q, 4, now);
		sql_bind_str(q, 5, by);
		TRY(sql_run(q, e));
	}
	return ERR_OK;
}

enum err_code account_set_invitation(struct store *store, int64_t id, struct str code,
	int64_t expires, struct err *e)
{
	struct digest digest = secret_digest("invitation", code);
	SCOPED_SQL q = sql_use(store, SQL_INVITATION_PUT);

	sql_bind_i64(q, 1, id);
	sql_bind_blob(q, 2, digest.at, DIGEST_BYTES);
	sql_bind_i64(q, 3, expires);
	return sql_run(q, e);
}

enum err_code account_empty(struct store *store, int64_t id, struct err *e)
{
	TRY(account_set_password(store, id, "", e));
	{
		SCOPED_SQL q = sql_use(store, SQL_ACCOUNT_TOTP);
		sql_bind_i64(q, 1, id);
		sql_bind_null(q, 2);
		sql_bind_i64(q, 3, 0);
		TRY(sql_run(q, e));
	}
	TRY(account_run_one(store, SQL_RECOVERY_CLEAR, id, e));
	TRY(account_run_one(store, SQL_PASSKEY_CLEAR, id, e));
	return account_run(store, SQL_SESSION_DROP_ALL, id, 0, e);
}

/* ---- looking --------------------------------------------------------------------------------- */

static bool may(const struct account_who *by, enum capability c)
{
	return by->may >> c & 1;
}

/* Invitations, roles and resets: of the own organisation, or anyone for the node itself. */
static bool may_change(const struct account_who *by, const struct account *account)
{
	return by->node ||
		(may(by, CAPABILITY_PEOPLE) && by->organisation == account->organisation);
}

/* The account, when `by` may see it: else it is as if there were none. */
static enum err_code find_seen(struct store *store, struct arena *a, const struct account_who *by,
	struct str name, struct account *ret, struct err *e)
{
	struct account account;

	TRY(account_find(store, a, name, &account, e));
	if (!may_change(by, &account) && !may(by, CAPABILITY_LOCK))
		return err_set(e, ERR_NOT_FOUND, "no account has this name");
	*ret = account;
	return ERR_OK;
}

/* In the order of names; the others of the organisation see no further. */
static const struct list_order orders_of_all[] = {
	{ "name", SQL_ACCOUNT_PAGE_OF_NAME_DOWN, SQL_ACCOUNT_PAGE_OF_NAME_UP,
		SQL_ACCOUNT_PAGE_KEY_NAME, SQL_ACCOUNT_PAGE_NAME_DOWN, SQL_ACCOUNT_PAGE_NAME_UP },
	{ "display", SQL_ACCOUNT_PAGE_OF_DISPLAY_DOWN, SQL_ACCOUNT_PAGE_OF_DISPLAY_UP,
		SQL_ACCOUNT_PAGE_KEY_DISPLAY, SQL_ACCOUNT_PAGE_DISPLAY_DOWN,
		SQL_ACCOUNT_PAGE_DISPLAY_UP },
};

static enum err_code people_rows(struct service *s, struct arena *a, const struct list_page *page,
	struct json *rows, struct err *e)
{
	struct account account;
	struct store *store;

	TRY(ledger_reader(s->ledger, &store, e));
	for (size_t i = 0; i < page->count; i++) {
		TRY(account_find_id(store, a, page->at[i], &account, e));
		if (!json_push(a, rows, account_model(s, a, &account)))
			return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
	}
	return ERR_OK;
}

enum err_code service_people(struct service *s, struct arena *a, const struct account_who *by,
	const struct list_query *query, struct json **ret, struct err *e)
{
	bool all = by->node || may(by, CAPABILITY_LOCK);
	struct str own = str_printf(a, "%lld", (long long)by->organisation);
	struct list_plan plan = { .orders = orders_of_all, .filter_count = 1,
		.order_count = sizeof(orders_of_all) / sizeof(orders_of_all[0]),
		.search_down = SQL_ACCOUNT_PAGE_SEARCH_DOWN,
		.search_up = SQL_ACCOUNT_PAGE_SEARCH_UP,
		.filters = { { .count = 1, .values = &own, .any = all } } };
	struct list_mark mark = { all ? '\0' : 'o', own };
	struct json *v = json_new_object(a), *rows = json_new_array(a), *echo = json_new_object(a);
	struct list_page page;
	struct store *store;

	TRY(ledger_reader(s->ledger, &store, e));
	plan.match = list_match(a, query->text, &mark, 1);
	TRY(list_walk(store, a, &plan, query, &page, e));
	TRY(people_rows(s, a, &page, rows, e));
	echo = json_set_str(a, echo, "text", query->text.at ? query->text : STR(""));
	echo = json_set_str(a, echo, "sort", query->sort.at ? query->sort : STR(""));
	v = json_set(a, v, "query", echo);
	v = json_set(a, v, "all", json_new_bool(a, all));
	*ret = json_set(a, v, "rows", rows);
	return model_page(a, *ret, &page, e);
}

struct json *service_roles_to_give(struct arena *a, const struct account_who *by, struct str kind,
	uint32_t held)
{
	struct json *list = json_new_array(a);

	for (size_t i = 0; i < role_count; i++) {
		struct json *v = json_new_object(a);
		if (!role_fits(&role_table[i], kind) || (role_table[i].node_only && !by->node))
			continue;
		v = json_set_text(a, v, "duty", role_table[i].name);
		v = json_set(a, v, "on", json_new_bool(a, held >> i & 1));
		list = json_push(a, list, v);
	}
	return list;
}

enum err_code service_person(struct service *s, struct arena *a, const struct account_who *by,
	struct str name, struct json **ret, struct err *e)
{
	struct account account;
	struct store *store;
	struct json *v;
	bool self, node_roles = false;

	TRY(ledger_reader(s->ledger, &store, e));
	TRY(find_seen(store, a, by, name, &account, e));
	for (size_t i = 0; i < role_count; i++)
		node_roles = node_roles || (account.roles >> i & 1 && role_table[i].node_only);
	self = account.id == by->account;
	v = account_model(s, a, &account);
	v = json_set(a, v, "self", json_new_bool(a, self));
	v = json_set(a, v, "changeable", json_new_bool(a, !self && !node_roles &&
		may_change(by, &account)));
	v = json_set(a, v, "roles", service_roles_to_give(a, by, account.kind, account.roles));
	*ret = v;
	return v ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

/* ---- changing -------------------------------------------------------------------------------- */

struct people_change {
	const struct account_who *by;
	const char *action;
	int64_t now;
	struct str name, display, code;
	int64_t organisation;
	struct account account;
	uint32_t roles;
	bool make, set_roles, empty, set_locked, locked;
	bool taken;
};

/* Names of the roles, for the line: "officer approver". */
static void put_roles(struct buf *b, uint32_t roles)
{
	for (size_t i = 0; i < role_count; i++)
		if (roles >> i & 1)
			buf_printf(b, "%s%s", b->len > 0 ? " " : "", role_table[i].name);
}

static enum err_code put_line(struct store *store, const struct people_change *c, struct err *e)
{
	SCOPED_BUF b = { 0 };

	buf_init(&b, 256);
	if (c->set_roles)
		put_roles(&b, c->roles);
	return audit_put(store, c->now, &(struct audit_entry){ .action = c->action,
		.actor = c->by->name, .address = c->by->address, .target = c->name,
		.detail = b.len > 0 ? buf_str(&b) : STR("") }, e);
}

static enum err_code write_change(void *context, struct store *store, struct err *e)
{
	struct people_change *c = context;
	int64_t id = c->account.id;

	if (c->make)
		TRY(account_make(store, c->name, c->display, c->organisation, c->now, &id, e));
	if (c->empty)
		TRY(account_empty(store, id, e));
	if (c->set_locked) {
		TRY(account_run(store, SQL_ACCOUNT_LOCKED, id, c->locked, e));
		if (c->locked)
			TRY(account_run(store, SQL_SESSION_DROP_ALL, id, 0, e));
	}
	if (c->set_roles)
		TRY(account_set_roles(store, id, c->organisation, c->roles, c->by->name, c->now,
			e));
	if (c->code.len > 0)
		TRY(account_set_invitation(store, id, c->code, c->now + LIMIT_INVITATION_S, e));
	return put_line(store, c, e);
}

static void note_refusal(struct service *s, const struct account_who *by, const char *action,
	struct str name, struct str why)
{
	audit_note(s, &(struct audit_entry){ .action = action, .refused = true, .actor = by->name,
		.address = by->address, .target = name, .detail = why });
}

/* What is shown once: the address that opens the account, and until when. */
static enum err_code invitation_model(struct service *s, struct arena *a,
	const struct people_change *c, struct json **ret, struct err *e)
{
	struct json *v = json_set_str(a, json_new_object(a), "name", c->name);

	v = json_set_str(a, v, "link", str_printf(a, STR_FMT "/join/" STR_FMT,
		STR_ARG(s->config->url), STR_ARG(c->code)));
	v = json_set_str(a, v, "expires", service_instant(a, c->now + LIMIT_INVITATION_S));
	*ret = v;
	return v ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

/* The organisation an invitation is for, and its kind. */
static enum err_code find_organisation(struct store *store, struct arena *a,
	const struct account_who *by, struct str code, int64_t *ret, struct str *ret_kind,
	struct err *e)
{
	bool row;

	*ret = by->organisation;
	*ret_kind = by->organisation_kind;
	if (!by->node || code.len == 0)
		return ERR_OK;
	SCOPED_SQL q = sql_use(store, SQL_ORGANISATION_BY_CODE);
	sql_bind_str(q, 1, code);
	TRY(sql_step(q, &row, e));
	if (!row)
		return err_set(e, ERR_NOT_FOUND, "no organisation with this code is registered");
	*ret = sql_i64(q, 0);
	*ret_kind = str_copy(a, sql_str(q, 2));
	return ERR_OK;
}

static void check_invited(struct store *store, struct arena *a, const struct account_who *by,
	const struct people_change *c, struct str kind, struct json *problems)
{
	struct account taken;

	form_check_name(a, problems, "name", c->name);
	form_check_text(a, problems, "display", c->display, 80);
	if (json_count(problems) == 0 && account_find(store, a, c->name, &taken, NULL) == ERR_OK)
		form_wrong(a, problems, "name", "taken");
	if (c->roles == 0)
		form_wrong(a, problems, "roles", "missing");
	else if (role_check(c->roles, kind, by->node, NULL) != ERR_OK)
		form_wrong(a, problems, "roles", "roles");
}

enum err_code service_invite(struct service *s, struct arena *a, const struct account_who *by,
	struct str name, struct str display, uint32_t roles, struct str code,
	struct json **ret_problems, struct json **ret, struct err *e)
{
	struct people_change c = { .by = by, .action = "invite", .now = instant_now(),
		.name = name, .display = display, .roles = roles, .make = true, .set_roles = true,
		.code = secret_token(a) };
	struct json *problems = json_new_object(a);
	struct store *store;
	struct str kind;

	CHECK(by->node || may(by, CAPABILITY_PEOPLE));
	*ret_problems = problems;
	TRY(ledger_reader(s->ledger, &store, e));
	TRY(find_organisation(store, a, by, code, &c.organisation, &kind, e));
	check_invited(store, a, by, &c, kind, problems);
	if (json_get(problems, "roles") && roles != 0)
		note_refusal(s, by, "invite", name, STR("roles that may not be given"));
	TRY(form_check(problems, e));
	TRY(ledger_write(s->ledger, write_change, &c, e));
	return invitation_model(s, a, &c, ret, e);
}

/* Finds whom to change and checks that `by` may. Refusals are lines. */
static enum err_code begin_change(struct service *s, struct arena *a, struct people_change *c,
	bool for_lock, struct err *e)
{
	struct store *store;
	enum err_code code = ledger_reader(s->ledger, &store, e);

	if (code == ERR_OK)
		code = find_seen(store, a, c->by, c->name, &c->account, e);
	if (code != ERR_OK) {
		note_refusal(s, c->by, c->action, c->name, STR("no such account of theirs"));
		return code;
	}
	c->organisation = c->account.organisation;
	if (c->account.id == c->by->account) {
		note_refusal(s, c->by, c->action, c->name, STR("own account"));
		return err_set(e, ERR_DENIED, "nobody changes the own roles or lock");
	}
	if (!may_change(c->by, &c->account) && !(for_lock && may(c->by, CAPABILITY_LOCK))) {
		note_refusal(s, c->by, c->action, c->name, STR("another organisation"));
		return err_set(e, ERR_DENIED, "this account belongs to another organisation");
	}
	for (size_t i = 0; i < role_count && !c->by->node; i++)
		if (c->account.roles >> i & 1 && role_table[i].node_only) {
			note_refusal(s, c->by, c->action, c->name, STR("an administrator"));
			return err_set(e, ERR_DENIED, "an administrator is changed on the node "
				"itself");
		}
	return ERR_OK;
}

enum err_code service_set_roles(struct service *s, struct arena *a, const struct account_who *by,
	struct str name, uint32_t roles, struct err *e)
{
	struct people_change c = { .by = by, .action = "roles", .now = instant_now(), .name = name,
		.roles = roles, .set_roles = true };

	TRY(begin_change(s, a, &c, false, e));
	if (role_check(roles, c.account.kind, by->node, e) != ERR_OK) {
		note_refusal(s, by, "roles", name, STR("roles that may not be given"));
		return e ? e->code : ERR_INVALID;
	}
	return ledger_write(s->ledger, write_change, &c, e);
}

enum err_code service_lock(struct service *s, struct arena *a, const struct account_who *by,
	struct str name, bool locked, struct err *e)
{
	struct people_change c = { .by = by, .action = locked ? "lock" : "unlock",
		.now = instant_now(), .name = name, .set_locked = true, .locked = locked };

	TRY(begin_change(s, a, &c, true, e));
	return ledger_write(s->ledger, write_change, &c, e);
}

enum err_code service_reset(struct service *s, struct arena *a, const struct account_who *by,
	struct str name, struct json **ret, struct err *e)
{
	struct people_change c = { .by = by, .action = "reset", .now = instant_now(), .name = name,
		.empty = true, .code = secret_token(a) };

	TRY(begin_change(s, a, &c, false, e));
	TRY(ledger_write(s->ledger, write_change, &c, e));
	return invitation_model(s, a, &c, ret, e);
}
