/* sign_in.c - password, second factor, invitation: the ways to a session. */
#include <stdio.h>
#include <string.h>

#include "base/instant.h"
#include "base/scoped.h"
#include "crypto/password.h"
#include "crypto/totp.h"
#include "service/account_inner.h"

#define CODES_WRONG_MAX 5      /* then the password is asked again */

/* ---- sessions -------------------------------------------------------------------------------- */

static enum err_code insert_session(struct store *store, const struct session_new *n,
	struct err *e)
{
	struct digest digest = secret_digest("session", n->token);
	SCOPED_SQL q = sql_use(store, SQL_SESSION_PUT);

	sql_bind_blob(q, 1, digest.at, DIGEST_BYTES);
	sql_bind_i64(q, 2, n->account);
	sql_bind_i64(q, 3, n->stage);
	sql_bind_i64(q, 4, n->now);
	sql_bind_i64(q, 5, n->now);
	if (n->pending.len > 0)
		sql_bind_blob(q, 6, n->pending.at, n->pending.len);
	else
		sql_bind_null(q, 6);
	sql_bind_str(q, 7, n->by->address);
	sql_bind_str(q, 8, n->by->agent);
	return sql_run(q, e);
}

enum err_code session_put(struct store *store, const struct session_new *n, struct err *e)
{
	bool row;

	if (n->by->session != 0) /* whatever came with the request ends: no fixation */
		TRY(account_take(store, SQL_SESSION_DROP, n->by->session, n->by->account, &row, e));
	TRY(insert_session(store, n, e));
	return account_run(store, SQL_SESSION_DROP_EXCESS, n->account, LIMIT_SESSIONS_PER_ACCOUNT,
		e);
}

/* ---- factors --------------------------------------------------------------------------------- */

static struct str about_factor(struct arena *a, int64_t account)
{
	return str_printf(a, "totp:%lld", (long long)account);
}

enum err_code factor_new(struct service *s, struct arena *a, int64_t account,
	struct str *ret_sealed, struct err *e)
{
	uint8_t secret[TOTP_SECRET_BYTES];
	enum err_code code;

	key_random(secret, sizeof(secret));
	code = secret_seal(a, s->accounts->seal_key, about_factor(a, account),
		(struct str){ (const char *)secret, sizeof(secret) }, ret_sealed, e);
	secret_wipe(secret, sizeof(secret));
	return code;
}

enum err_code factor_open(struct service *s, struct arena *a, int64_t account, struct str sealed,
	struct str *ret, struct err *e)
{
	if (secret_open(a, s->accounts->seal_key, about_factor(a, account), sealed, ret, e) !=
		ERR_OK)
		return err_hint(e, "The key keys/seal is not the one it was set up under; reset "
			"the account on the node.");
	return ERR_OK;
}

struct json *recovery_new(struct arena *a)
{
	struct json *codes = json_new_array(a);

	for (size_t i = 0; i < LIMIT_RECOVERY_CODES; i++)
		codes = json_push(a, codes, json_new_str(a, secret_code(a)));
	return codes;
}

static struct digest recovery_digest(int64_t account, struct str code)
{
	char text[64];
	int len = snprintf(text, sizeof(text), "%lld:" STR_FMT, (long long)account,
		STR_ARG(code));

	CHECK(len > 0 && (size_t)len < sizeof(text));
	return secret_digest("recovery", (struct str){ text, (size_t)len });
}

enum err_code recovery_put(struct store *store, int64_t account, const struct json *codes,
	struct err *e)
{
	SCOPED_ARENA a = { 0 };

	arena_init(&a, 4096);
	TRY(account_run_one(store, SQL_RECOVERY_CLEAR, account, e));
	for (size_t i = 0; i < json_count(codes); i++) {
		struct str code = secret_code_read(&a, json_str(json_at(codes, i)));
		struct digest digest;
		CHECK(code.at != NULL);
		digest = recovery_digest(account, code);
		SCOPED_SQL q = sql_use(store, SQL_RECOVERY_PUT);
		sql_bind_i64(q, 1, account);
		sql_bind_blob(q, 2, digest.at, DIGEST_BYTES);
		TRY(sql_run(q, e));
	}
	return ERR_OK;
}

/* ---- the password ---------------------------------------------------------------------------- */

struct entering {
	const struct account_who *by;
	struct str name;
	bool right;
	struct account account;
	char hash[PASSWORD_HASH_BYTES];    /* made again at today's cost, or "" */
	struct session_new session;
};

enum err_code account_set_password(struct store *store, int64_t id, const char *hash,
	struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_ACCOUNT_PASSWORD);

	sql_bind_i64(q, 1, id);
	sql_bind_str(q, 2, str_of(hash));
	return sql_run(q, e);
}

static enum err_code write_entering(void *context, struct store *store, struct err *e)
{
	const struct entering *x = context;
	struct str address = x->by->address;
	int64_t now = x->session.now;

	TRY(audit_put(store, now, &(struct audit_entry){ .action = "sign-in",
		.refused = !x->right, .actor = x->name, .address = address }, e));
	if (!x->right) {
		TRY(attempt_failed(store, ATTEMPT_PAIR, x->name, address, now, e));
		return attempt_failed(store, ATTEMPT_ADDRESS, x->name, address, now, e);
	}
	TRY(attempt_forget(store, ATTEMPT_PAIR, x->name, address, e));
	if (x->hash[0])
		TRY(account_set_password(store, x->account.id, x->hash, e));
	return session_put(store, &x->session, e);
}

/* Longest wait of the rows an attempt counts in; a refusal for it is a line too. */
static enum err_code check_wait(struct service *s, const struct account_who *by, const char *action,
	const enum attempt_kind *kinds, size_t kind_count, struct str name, uint32_t *ret_wait,
	struct err *e)
{
	struct store *store;
	uint32_t longest = 0;

	TRY(ledger_reader(s->ledger, &store, e));
	for (size_t i = 0; i < kind_count; i++) {
		uint32_t wait;
		TRY(attempt_wait(store, kinds[i], name, by->address, instant_now(), &wait, e));
		longest = wait > longest ? wait : longest;
	}
	if (longest == 0)
		return ERR_OK;
	*ret_wait = longest;
	audit_note(s, &(struct audit_entry){ .action = action, .refused = true,
		.actor = name, .address = by->address, .detail = STR("too soon") });
	return err_set(e, ERR_BUSY, "too many attempts failed: wait %u seconds", longest);
}

enum err_code sign_in_wait(struct service *s, const struct account_who *by, const char *action,
	uint32_t *ret_wait, struct err *e)
{
	static const enum attempt_kind kinds[] = { ATTEMPT_CODE, ATTEMPT_ADDRESS };

	return check_wait(s, by, action, kinds, 2, by->name, ret_wait, e);
}

/* Everything that costs time is done whatever the name is (I3 of account.h). */
static enum err_code look_up(struct service *s, struct arena *a, struct entering *x,
	struct str password, struct err *e)
{
	struct store *store;
	bool known;

	TRY(ledger_reader(s->ledger, &store, e));
	known = account_find(store, a, x->name, &x->account, NULL) == ERR_OK &&
		x->account.password.len > 0;
	if (known)
		x->right = password_fits(x->account.password, password);
	else
		password_spend(password);
	x->right = x->right && !x->account.locked &&
		str_is(x->account.organisation_state, "confirmed");
	if (x->right && password_is_outdated(x->account.password))
		return password_hash(password, x->hash, e);
	return ERR_OK;
}

static struct str lower(struct arena *a, struct str s)
{
	char *text = arena_copy(a, s.at, s.len);

	for (size_t i = 0; text && i < s.len; i++)
		if (text[i] >= 'A' && text[i] <= 'Z')
			text[i] = (char)(text[i] | 0x20);
	return (struct str){ text, text ? s.len : 0 };
}

enum err_code service_sign_in(struct service *s, struct arena *a, const struct account_who *by,
	struct str name, struct str password, struct signed_in *ret, struct err *e)
{
	static const enum attempt_kind kinds[] = { ATTEMPT_PAIR, ATTEMPT_ADDRESS };
	struct entering x = { .by = by, .name = lower(a, name.len > 64 ?
		(struct str){ name.at, 64 } : name) };
	struct session_new *n = &x.session;

	if (password.len > LIMIT_PASSWORD_BYTES)
		password.len = LIMIT_PASSWORD_BYTES; /* fits none; costs what any costs */
	TRY(check_wait(s, by, "sign-in", kinds, 2, x.name, &ret->wait_s, e));
	TRY(look_up(s, a, &x, password, e));
	*n = (struct session_new){ .by = by, .account = x.account.id, .now = instant_now(),
		.stage = x.account.totp.len > 0 ? STAGE_CODE : STAGE_ENROL,
		.token = secret_token(a) };
	if (x.right && n->stage == STAGE_ENROL)
		TRY(factor_new(s, a, x.account.id, &n->pending, e));
	TRY(ledger_write(s->ledger, write_entering, &x, e));
	if (!x.right)
		return err_set(e, ERR_DENIED, "name and password do not fit");
	ret->token = n->token;
	ret->stage = n->stage;
	return ERR_OK;
}

/* ---- the second factor ----------------------------------------------------------------------- */

struct showing {
	const struct account_who *by;
	bool right, recovery;
	uint64_t step;
	struct digest code;        /* of a recovery code */
	bool tried_recovery, ended;
	struct session_new session;
};

static enum err_code take_recovery(struct store *store, struct showing *x, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_RECOVERY_TAKE);
	bool row;

	sql_bind_i64(q, 1, x->by->account);
	sql_bind_blob(q, 2, x->code.at, DIGEST_BYTES);
	TRY(sql_step(q, &row, e));
	x->recovery = row;
	return ERR_OK;
}

enum err_code sign_in_failed(struct store *store, const struct account_who *by, int64_t now,
	bool *ret_ended, struct err *e)
{
	int64_t failures = 0;
	bool row;

	TRY(attempt_failed(store, ATTEMPT_CODE, by->name, by->address, now, e));
	TRY(attempt_failed(store, ATTEMPT_ADDRESS, by->name, by->address, now, e));
	TRY(account_run_one(store, SQL_SESSION_FAILED, by->session, e));
	SCOPED_SQL q = sql_use(store, SQL_SESSION_FAILURES);
	sql_bind_i64(q, 1, by->session);
	TRY(sql_step(q, &row, e));
	failures = row ? sql_i64(q, 0) : CODES_WRONG_MAX;
	*ret_ended = failures >= CODES_WRONG_MAX;
	if (!*ret_ended)
		return ERR_OK;
	return account_take(store, SQL_SESSION_DROP, by->session, by->account, &row, e);
}

enum err_code sign_in_done(struct store *store, const struct session_new *session, struct err *e)
{
	const struct account_who *by = session->by;

	TRY(attempt_forget(store, ATTEMPT_CODE, by->name, by->address, e));
	TRY(account_run(store, SQL_ACCOUNT_SIGNED_IN, by->account, session->now, e));
	return session_put(store, session, e);
}

static enum err_code write_showing(void *context, struct store *store, struct err *e)
{
	struct showing *x = context;
	int64_t now = x->session.now;
	bool right;

	if (!x->right && x->tried_recovery)
		TRY(take_recovery(store, x, e));
	right = x->right || x->recovery;
	TRY(audit_put(store, now, &(struct audit_entry){
		.action = x->tried_recovery ? "recovery-code" : "second-factor",
		.refused = !right, .actor = x->by->name, .address = x->by->address }, e));
	if (!right)
		return sign_in_failed(store, x->by, now, &x->ended, e);
	if (x->right)
		TRY(account_run(store, SQL_ACCOUNT_TOTP_STEP, x->by->account, (int64_t)x->step,
			e));
	return sign_in_done(store, &x->session, e);
}

enum err_code service_sign_in_code(struct service *s, struct arena *a,
	const struct account_who *by, struct str code, struct signed_in *ret, struct err *e)
{
	struct showing x = { .by = by };
	struct str secret, recovery = secret_code_read(a, code);
	struct account account;
	struct store *store;

	CHECK(by->stage == STAGE_CODE);
	TRY(sign_in_wait(s, by, "second-factor", &ret->wait_s, e));
	TRY(ledger_reader(s->ledger, &store, e));
	TRY(account_find_id(store, a, by->account, &account, e));
	x.session = (struct session_new){ .by = by, .account = by->account, .now = instant_now(),
		.stage = STAGE_FULL, .token = secret_token(a) };
	if (recovery.at) {
		x.tried_recovery = true;
		x.code = recovery_digest(by->account, recovery);
	} else {
		TRY(factor_open(s, a, by->account, account.totp, &secret, e));
		x.right = totp_accepts(secret, code, x.session.now, account.totp_step, &x.step);
	}
	TRY(ledger_write(s->ledger, write_showing, &x, e));
	if (x.ended)
		return err_set(e, ERR_NOT_FOUND, "too many wrong codes: sign in again");
	if (!x.right && !x.recovery)
		return err_set(e, ERR_DENIED, "the code does not fit");
	ret->token = x.session.token;
	ret->stage = STAGE_FULL;
	return ERR_OK;
}

/* ---- setting up a second factor -------------------------------------------------------------- */

enum err_code service_enrol_model(struct service *s, struct arena *a,
	const struct account_who *by, struct json **ret, struct err *e)
{
	struct json *v = json_new_object(a);
	struct str secret, text;

	if (by->pending.len == 0)
		return err_set(e, ERR_NOT_FOUND, "no second factor is being set up");
	TRY(factor_open(s, a, by->account, by->pending, &secret, e));
	text = secret_base32(a, (const uint8_t *)secret.at, secret.len);
	v = json_set_str(a, v, "secret", text.at ? secret_grouped(a, text, ' ') : text);
	v = json_set_str(a, v, "address", totp_address(a, s->config->domain, by->name, secret));
	v = json_set_str(a, v, "name", by->name);
	*ret = v;
	return v ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

struct enrolling {
	const struct account_who *by;
	bool right;
	uint64_t step;
	struct str sealed;
	const struct json *codes;
	struct session_new session;
};

static enum err_code set_factor(struct store *store, const struct enrolling *x, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_ACCOUNT_TOTP);

	sql_bind_i64(q, 1, x->by->account);
	sql_bind_blob(q, 2, x->sealed.at, x->sealed.len);
	sql_bind_i64(q, 3, (int64_t)x->step);
	return sql_run(q, e);
}

static enum err_code write_enrolling(void *context, struct store *store, struct err *e)
{
	const struct enrolling *x = context;
	int64_t now = x->session.now;

	TRY(audit_put(store, now, &(struct audit_entry){ .action = "enrol", .refused = !x->right,
		.actor = x->by->name, .address = x->by->address }, e));
	if (!x->right)
		return attempt_failed(store, ATTEMPT_ADDRESS, x->by->name, x->by->address, now, e);
	TRY(set_factor(store, x, e));
	TRY(recovery_put(store, x->by->account, x->codes, e));
	TRY(account_run(store, SQL_SESSION_DROP_ALL, x->by->account, x->by->session, e));
	TRY(account_run(store, SQL_ACCOUNT_SIGNED_IN, x->by->account, now, e));
	return session_put(store, &x->session, e);
}

enum err_code service_enrol(struct service *s, struct arena *a, const struct account_who *by,
	struct str code, struct signed_in *ret, struct err *e)
{
	static const enum attempt_kind kinds[] = { ATTEMPT_ADDRESS };
	struct enrolling x = { .by = by, .codes = recovery_new(a) };
	struct str secret, about = about_factor(a, by->account);

	if (by->pending.len == 0)
		return err_set(e, ERR_NOT_FOUND, "no second factor is being set up");
	TRY(check_wait(s, by, "enrol", kinds, 1, by->name, &ret->wait_s, e));
	TRY(factor_open(s, a, by->account, by->pending, &secret, e));
	x.session = (struct session_new){ .by = by, .account = by->account, .now = instant_now(),
		.stage = STAGE_FULL, .token = secret_token(a) };
	x.right = totp_accepts(secret, code, x.session.now, 0, &x.step);
	TRY(secret_seal(a, s->accounts->seal_key, about, secret, &x.sealed, e));
	if (!x.codes)
		return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
	TRY(ledger_write(s->ledger, write_enrolling, &x, e));
	if (!x.right)
		return err_set(e, ERR_DENIED, "the code does not fit");
	ret->token = x.session.token;
	ret->stage = STAGE_FULL;
	ret->codes = json_copy(a, x.codes);
	return ERR_OK;
}

/* ---- taking an invitation -------------------------------------------------------------------- */

static enum err_code find_invited(struct store *store, struct arena *a, struct str code,
	struct account *ret, struct err *e)
{
	struct digest digest = secret_digest("invitation", code);
	SCOPED_SQL q = sql_use(store, SQL_INVITATION_BY_CODE);
	int64_t account;
	bool row;

	sql_bind_blob(q, 1, digest.at, DIGEST_BYTES);
	TRY(sql_step(q, &row, e));
	if (!row || sql_i64(q, 1) < instant_now()) {
		(void)err_set(e, ERR_NOT_FOUND, "no such invitation, or it was used or is too old");
		return err_hint(e, "Ask whoever invited you for a new one.");
	}
	account = sql_i64(q, 0);
	TRY(account_find_id(store, a, account, ret, e));
	if (ret->locked || str_is(ret->organisation_state, "refused"))
		return err_set(e, ERR_NOT_FOUND, "no such invitation, or it is not open any more");
	if (!str_is(ret->organisation_state, "confirmed"))
		return err_set(e, ERR_BUSY, "the authority has not confirmed the organisation yet");
	return ERR_OK;
}

enum err_code service_invitation(struct service *s, struct arena *a, struct str code,
	struct json **ret, struct err *e)
{
	struct account account;
	struct store *store;

	TRY(ledger_reader(s->ledger, &store, e));
	TRY(find_invited(store, a, code, &account, e));
	*ret = account_model(s, a, &account);
	return *ret ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

struct joining {
	const struct account_who *by;
	struct str code;
	struct account account;
	char hash[PASSWORD_HASH_BYTES];
	struct session_new session;
};

static enum err_code write_joining(void *context, struct store *store, struct err *e)
{
	const struct joining *x = context;
	SCOPED_ARENA a = { 0 };
	struct account again;

	arena_init(&a, 65536);
	TRY(find_invited(store, &a, x->code, &again, e)); /* it works once */
	TRY(account_set_password(store, x->account.id, x->hash, e));
	TRY(account_run_one(store, SQL_INVITATION_DROP, x->account.id, e));
	TRY(audit_put(store, x->session.now, &(struct audit_entry){ .action = "join",
		.actor = x->account.name, .address = x->by->address }, e));
	return session_put(store, &x->session, e);
}

enum err_code service_join(struct service *s, struct arena *a, const struct account_who *by,
	struct str code, struct str password, struct str again, struct json **ret_problems,
	struct signed_in *ret, struct err *e)
{
	struct joining x = { .by = by, .code = code };
	struct json *problems = json_new_object(a);
	struct store *store;
	const char *wrong;

	TRY(ledger_reader(s->ledger, &store, e));
	TRY(find_invited(store, a, code, &x.account, e));
	wrong = password_judge(password, x.account.name);
	if (wrong)
		form_wrong(a, problems, "password", wrong);
	else if (!str_eq(password, again))
		form_wrong(a, problems, "again", "differs");
	*ret_problems = problems;
	TRY(form_check(problems, e));
	TRY(password_hash(password, x.hash, e));
	x.session = (struct session_new){ .by = by, .account = x.account.id, .now = instant_now(),
		.stage = STAGE_ENROL, .token = secret_token(a) };
	TRY(factor_new(s, a, x.account.id, &x.session.pending, e));
	TRY(ledger_write(s->ledger, write_joining, &x, e));
	ret->token = x.session.token;
	ret->stage = STAGE_ENROL;
	return ERR_OK;
}
