/* own_account.c - what a person changes about the own account. */
#include <string.h>

#include "base/instant.h"
#include "crypto/password.h"
#include "service/account_inner.h"

/* One change of the own account and its line. */
struct own_change {
	const struct account_who *by;
	const char *action;
	bool refused;
	int64_t now, session;
	const char *hash;
	struct str sealed;
	const struct json *codes;
	bool found;
};

static enum err_code put_line(struct store *store, const struct own_change *c, struct err *e)
{
	return audit_put(store, c->now, &(struct audit_entry){ .action = c->action,
		.refused = c->refused, .actor = c->by->name, .address = c->by->address }, e);
}

/* ---- sign-out, sessions ---------------------------------------------------------------------- */

static enum err_code write_end(void *context, struct store *store, struct err *e)
{
	struct own_change *c = context;

	c->found = true;
	if (c->session == 0)
		TRY(account_run(store, SQL_SESSION_DROP_ALL, c->by->account, c->by->session, e));
	else
		TRY(account_take(store, SQL_SESSION_DROP, c->session, c->by->account, &c->found,
			e));
	c->refused = !c->found;
	return put_line(store, c, e);
}

enum err_code service_sign_out(struct service *s, const struct account_who *by, struct err *e)
{
	struct own_change c = { .by = by, .action = "sign-out", .now = instant_now(),
		.session = by->session };

	return ledger_write(s->ledger, write_end, &c, e);
}

enum err_code service_end_session(struct service *s, const struct account_who *by,
	int64_t session, struct err *e)
{
	struct own_change c = { .by = by, .action = "end-session", .now = instant_now(),
		.session = session };

	TRY(ledger_write(s->ledger, write_end, &c, e));
	return c.found ? ERR_OK : err_set(e, ERR_NOT_FOUND, "no session of yours has this number");
}

/* ---- the password ---------------------------------------------------------------------------- */

static enum err_code write_confirm(void *context, struct store *store, struct err *e)
{
	const struct own_change *c = context;
	struct str name = c->by->name, address = c->by->address;

	TRY(put_line(store, c, e));
	if (c->refused) {
		TRY(attempt_failed(store, ATTEMPT_PAIR, name, address, c->now, e));
		return attempt_failed(store, ATTEMPT_ADDRESS, name, address, c->now, e);
	}
	TRY(attempt_forget(store, ATTEMPT_PAIR, name, address, e));
	if (c->hash) {
		TRY(account_set_password(store, c->by->account, c->hash, e));
		TRY(account_run(store, SQL_SESSION_DROP_ALL, c->by->account, c->by->session, e));
	}
	return account_run(store, SQL_SESSION_CONFIRMED, c->by->session, c->now, e);
}

/* Whether the password typed is the account's. ERR_BUSY: too many failures before. */
static enum err_code try_password(struct service *s, struct arena *a, const struct account_who *by,
	struct str password, bool *ret, uint32_t *ret_wait_s, struct err *e)
{
	struct account account;
	struct store *store;

	TRY(ledger_reader(s->ledger, &store, e));
	TRY(attempt_wait(store, ATTEMPT_PAIR, by->name, by->address, instant_now(), ret_wait_s, e));
	if (*ret_wait_s > 0)
		return err_set(e, ERR_BUSY, "too many attempts failed: wait %u seconds",
			*ret_wait_s);
	TRY(account_find_id(store, a, by->account, &account, e));
	*ret = password_fits(account.password, password);
	return ERR_OK;
}

enum err_code service_confirm(struct service *s, struct arena *a, const struct account_who *by,
	struct str password, uint32_t *ret_wait_s, struct err *e)
{
	struct own_change c = { .by = by, .action = "confirm", .now = instant_now() };
	bool right;

	TRY(try_password(s, a, by, password, &right, ret_wait_s, e));
	c.refused = !right;
	TRY(ledger_write(s->ledger, write_confirm, &c, e));
	return right ? ERR_OK : err_set(e, ERR_DENIED, "the password does not fit");
}

enum err_code service_password(struct service *s, struct arena *a, const struct account_who *by,
	struct str current, struct str password, struct str again, struct json **ret_problems,
	uint32_t *ret_wait_s, struct err *e)
{
	struct own_change c = { .by = by, .action = "password", .now = instant_now() };
	struct json *problems = json_new_object(a);
	const char *wrong = password_judge(password, by->name);
	char hash[PASSWORD_HASH_BYTES];
	bool right;

	*ret_problems = problems;
	TRY(try_password(s, a, by, current, &right, ret_wait_s, e));
	if (!right) {
		c.refused = true;
		TRY(ledger_write(s->ledger, write_confirm, &c, e));
		form_wrong(a, problems, "current", "password");
	}
	if (wrong)
		form_wrong(a, problems, "password", wrong);
	else if (str_eq(current, password))
		form_wrong(a, problems, "password", "same");
	else if (!str_eq(password, again))
		form_wrong(a, problems, "again", "differs");
	TRY(form_check(problems, e));
	TRY(password_hash(password, hash, e));
	c.hash = hash;
	return ledger_write(s->ledger, write_confirm, &c, e);
}

/* ---- factor and codes ------------------------------------------------------------------------ */

static enum err_code write_factor(void *context, struct store *store, struct err *e)
{
	const struct own_change *c = context;

	TRY(put_line(store, c, e));
	SCOPED_SQL q = sql_use(store, SQL_SESSION_PENDING);
	sql_bind_i64(q, 1, c->by->session);
	sql_bind_blob(q, 2, c->sealed.at, c->sealed.len);
	return sql_run(q, e);
}

enum err_code service_factor_begin(struct service *s, const struct account_who *by, struct err *e)
{
	struct own_change c = { .by = by, .action = "factor", .now = instant_now() };
	struct arena a;
	enum err_code code;

	arena_init(&a, 4096);
	code = factor_new(s, &a, by->account, &c.sealed, e);
	if (code == ERR_OK)
		code = ledger_write(s->ledger, write_factor, &c, e);
	arena_wipe(&a);
	return code;
}

static enum err_code write_codes(void *context, struct store *store, struct err *e)
{
	const struct own_change *c = context;

	TRY(put_line(store, c, e));
	return recovery_put(store, c->by->account, c->codes, e);
}

enum err_code service_recovery_codes(struct service *s, struct arena *a,
	const struct account_who *by, struct json **ret, struct err *e)
{
	struct own_change c = { .by = by, .action = "recovery-codes", .now = instant_now(),
		.codes = recovery_new(a) };

	if (!c.codes)
		return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
	TRY(ledger_write(s->ledger, write_codes, &c, e));
	*ret = json_copy(a, c.codes);
	return ERR_OK;
}
