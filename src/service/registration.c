/* registration.c - how an organisation comes in: it registers, the authority confirms. */
#include <string.h>

#include "base/instant.h"
#include "base/scoped.h"
#include "service/account_inner.h"
#include "service/notice.h"
#include "service/organisation.h"

#define FORM_INVITATION_S (30 * 86400) /* the authority takes its time too */

struct registering {
	const struct account_who *by;
	const struct registration *form;
	bool check_holds;
	struct str code;           /* of the invitation */
	int64_t now;
};

static enum err_code write_register(void *context, struct store *store, struct err *e)
{
	const struct registering *x = context;
	const struct registration *f = x->form;
	int64_t organisation, account;
	bool row;

	TRY(attempt_failed(store, ATTEMPT_REGISTER, STR(""), x->by->address, x->now, e));
	{
		SCOPED_SQL q = sql_use(store, SQL_ORGANISATION_APPLY);
		sql_bind_str(q, 1, f->code);
		sql_bind_str(q, 2, f->organisation);
		sql_bind_str(q, 3, f->kind);
		sql_bind_i64(q, 4, x->check_holds);
		sql_bind_i64(q, 5, x->now);
		TRY(sql_run(q, e));
		SCOPED_SQL last = sql_use(store, SQL_LAST_ROW);
		TRY(sql_step(last, &row, e));
		organisation = sql_i64(last, 0);
	}
	TRY(account_make(store, f->name, f->display, organisation, x->now, &account, e));
	TRY(account_set_roles(store, account, organisation, 1u << role_find(STR("org-admin")),
		f->name, x->now, e));
	TRY(account_set_invitation(store, account, x->code, x->now + FORM_INVITATION_S, e));
	TRY(notice_put(store, x->now, &(struct notice){ .word = "organisation-waits",
		.name = f->organisation, .path = STR("/waiting"), .organisation = 1,
		.to = CAPABILITY_CONFIRM }, e));
	return audit_put(store, x->now, &(struct audit_entry){ .action = "register",
		.actor = f->name, .address = x->by->address, .target = f->code,
		.detail = f->organisation }, e);
}

static enum err_code count_waiting(struct store *store, int64_t *ret, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_ORGANISATION_WAITING_COUNT);
	bool row;

	TRY(sql_step(q, &row, e));
	*ret = row ? sql_i64(q, 0) : 0;
	return ERR_OK;
}

/* The form of the code is an error; its check character asks once more, since real codes with a
 * wrong one are in use. */
static enum err_code check_code(struct store *store, struct arena *a, struct registering *x,
	struct json *problems, struct err *e)
{
	const struct registration *f = x->form;
	bool row;

	if (f->code.len == 0)
		form_wrong(a, problems, "code", "missing");
	else if (organisation_code_check(f->code, &x->check_holds, NULL) != ERR_OK)
		form_wrong(a, problems, "code", "uscc");
	else if (!x->check_holds && !f->despite_check)
		form_wrong(a, problems, "code", "uscc-check");
	SCOPED_SQL q = sql_use(store, SQL_ORGANISATION_BY_CODE);
	sql_bind_str(q, 1, f->code);
	TRY(sql_step(q, &row, e));
	if (row && f->code.len > 0)
		form_wrong(a, problems, "code", "code-taken");
	return ERR_OK;
}

/* What an organisation may say of itself; the authority is not one of them. */
static bool is_kind(struct str kind)
{
	return role_fits(&role_table[role_find(STR("org-admin"))], kind);
}

static enum err_code check_form(struct store *store, struct arena *a, struct registering *x,
	struct json *problems, struct err *e)
{
	const struct registration *f = x->form;
	struct account taken;

	form_check_text(a, problems, "organisation", f->organisation,
		LIMIT_ORGANISATION_NAME_BYTES);
	TRY(check_code(store, a, x, problems, e));
	if (!is_kind(f->kind))
		form_wrong(a, problems, "kind", "missing");
	form_check_text(a, problems, "display", f->display, 80);
	form_check_name(a, problems, "name", f->name);
	if (!json_get(problems, "name") && account_find(store, a, f->name, &taken, NULL) == ERR_OK)
		form_wrong(a, problems, "name", "taken");
	return ERR_OK;
}

enum err_code service_register(struct service *s, struct arena *a, const struct account_who *by,
	const struct registration *form, struct json **ret_problems, struct json **ret,
	struct err *e)
{
	struct registering x = { .by = by, .form = form, .code = secret_token(a),
		.now = instant_now() };
	struct json *problems = json_new_object(a), *v = json_new_object(a);
	struct store *store;
	int64_t waiting;
	uint32_t wait;

	*ret_problems = problems;
	TRY(ledger_reader(s->ledger, &store, e));
	TRY(attempt_wait(store, ATTEMPT_REGISTER, STR(""), by->address, x.now, &wait, e));
	TRY(count_waiting(store, &waiting, e));
	if (wait > 0 || waiting >= LIMIT_ORGANISATIONS_WAITING) {
		audit_note(s, &(struct audit_entry){ .action = "register", .refused = true,
			.address = by->address, .target = form->code, .detail = STR("too many") });
		return err_set(e, ERR_BUSY, "too many registrations: come again later");
	}
	TRY(check_form(store, a, &x, problems, e));
	TRY(form_check(problems, e));
	TRY(ledger_write(s->ledger, write_register, &x, e));
	v = json_set_str(a, v, "name", form->name);
	v = json_set_str(a, v, "link", str_printf(a, STR_FMT "/join/" STR_FMT,
		STR_ARG(s->config->url), STR_ARG(x.code)));
	v = json_set_str(a, v, "expires", service_instant(a, x.now + FORM_INVITATION_S));
	*ret = v;
	return v ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

enum err_code service_waiting(struct service *s, struct arena *a, struct json **ret, struct err *e)
{
	struct json *rows = json_new_array(a);
	struct store *store;
	bool row;

	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_ORGANISATION_WAITING);
	for (;;) {
		struct json *v = json_new_object(a);
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		v = json_set_str(a, v, "number", str_printf(a, "%lld", (long long)sql_i64(q, 0)));
		v = json_set_str(a, v, "registered_id", str_copy(a, sql_str(q, 1)));
		v = json_set_str(a, v, "name", str_copy(a, sql_str(q, 2)));
		v = json_set_str(a, v, "role", str_copy(a, sql_str(q, 3)));
		v = json_set(a, v, "check_holds", json_new_bool(a, sql_i64(q, 4) != 0));
		v = json_set_str(a, v, "created", service_instant(a, sql_i64(q, 5)));
		v = json_set_str(a, v, "account", str_copy(a, sql_str(q, 6)));
		v = json_set_str(a, v, "display", str_copy(a, sql_str(q, 7)));
		rows = json_push(a, rows, v);
	}
	*ret = json_set(a, json_new_object(a), "rows", rows);
	return *ret ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

/* ---- the authority --------------------------------------------------------------------------- */

struct deciding {
	const struct account_who *by;
	int64_t id, now;
	bool confirm, found;
	struct str reason;
};

static enum err_code write_decide(void *context, struct store *store, struct err *e)
{
	struct deciding *d = context;
	SCOPED_ARENA a = { 0 };
	struct str name = STR("");

	arena_init(&a, 4096);
	{
		SCOPED_SQL q = sql_use(store, SQL_ORGANISATION_DECIDE);
		sql_bind_i64(q, 1, d->id);
		sql_bind_str(q, 2, d->confirm ? STR("confirmed") : STR("refused"));
		sql_bind_str(q, 3, d->reason);
		sql_bind_i64(q, 4, d->now);
		sql_bind_str(q, 5, d->by->name);
		TRY(sql_step(q, &d->found, e));
		if (d->found)
			name = str_copy(&a, sql_str(q, 0));
	}
	if (d->found && !d->confirm) { /* its name is free again, for a better application */
		TRY(account_run_one(store, SQL_INVITATION_DROP_OF, d->id, e));
		TRY(account_run_one(store, SQL_MEMBERSHIP_DROP_OF, d->id, e));
		TRY(account_run_one(store, SQL_ACCOUNT_DROP_OF, d->id, e));
	}
	return audit_put(store, d->now, &(struct audit_entry){
		.action = d->confirm ? "confirm-organisation" : "refuse-organisation",
		.refused = !d->found, .actor = d->by->name, .address = d->by->address,
		.target = name, .detail = d->reason }, e);
}

enum err_code service_organisation_decide(struct service *s, const struct account_who *by,
	int64_t id, bool confirm, struct str reason, struct err *e)
{
	struct deciding d = { .by = by, .id = id, .now = instant_now(), .confirm = confirm,
		.reason = reason.at ? reason : STR("") };

	CHECK(by->may >> CAPABILITY_CONFIRM & 1);
	if (!confirm && d.reason.len == 0)
		return err_set(e, ERR_INVALID, "field \"reason\": a refusal says why");
	if (d.reason.len > LIMIT_ID_BYTES)
		return err_set(e, ERR_TOO_LARGE, "field \"reason\": at most %d bytes",
			LIMIT_ID_BYTES);
	TRY(ledger_write(s->ledger, write_decide, &d, e));
	return d.found ? ERR_OK : err_set(e, ERR_NOT_FOUND, "no organisation waits under this "
		"number");
}
