/* passkey.c - see passkey.h.
 *
 * A challenge is its time, random bytes and a digest over both, the account, the session, the
 * purpose and this node's own key: so a page can be shown without writing. That it is used once
 * is a row of the account: no challenge as old as the last one answered, or older, is taken.
 */
#include "service/passkey.h"

#include <string.h>

#include "base/encode.h"
#include "base/instant.h"
#include "base/scoped.h"
#include "crypto/webauthn.h"
#include "service/account_inner.h"

#define RANDOM_BYTES 16
#define CHALLENGE_BYTES (8 + RANDOM_BYTES + DIGEST_BYTES)

/* ---- challenges ------------------------------------------------------------------------------ */

static void put_u64(uint8_t *ret, uint64_t number)
{
	for (int i = 0; i < 8; i++)
		ret[i] = (uint8_t)(number >> (56 - 8 * i));
}

static struct digest challenge_digest(struct service *s, const struct account_who *by,
	enum passkey_purpose purpose, const uint8_t *head)
{
	uint8_t text[SECRET_KEY_BYTES + 8 + 8 + 1 + 8 + RANDOM_BYTES];
	struct digest d;

	memcpy(text, s->accounts->seal_key, SECRET_KEY_BYTES);
	put_u64(text + SECRET_KEY_BYTES, (uint64_t)by->account);
	put_u64(text + SECRET_KEY_BYTES + 8, (uint64_t)by->session);
	text[SECRET_KEY_BYTES + 16] = (uint8_t)purpose;
	memcpy(text + SECRET_KEY_BYTES + 17, head, 8 + RANDOM_BYTES);
	d = secret_digest("passkey-challenge", (struct str){ (const char *)text, sizeof(text) });
	secret_wipe(text, sizeof(text));
	return d;
}

struct str passkey_challenge_new(struct service *s, struct arena *a, const struct account_who *by,
	enum passkey_purpose purpose, uint64_t now_us)
{
	uint8_t bytes[CHALLENGE_BYTES];
	struct digest d;

	put_u64(bytes, now_us);
	key_random(bytes + 8, RANDOM_BYTES);
	d = challenge_digest(s, by, purpose, bytes);
	memcpy(bytes + 8 + RANDOM_BYTES, d.at, DIGEST_BYTES);
	return base64url_new(a, bytes, sizeof(bytes));
}

/* When it was issued. ERR_DENIED: not by this node for this session and purpose, or too long
 * ago. */
static enum err_code challenge_check(struct service *s, const struct account_who *by,
	enum passkey_purpose purpose, struct str text, uint64_t *ret_issued, struct err *e)
{
	uint64_t issued = 0, now = instant_now_us();
	uint8_t bytes[CHALLENGE_BYTES];
	struct digest d;

	if (base64url_decode_fixed(text, bytes, sizeof(bytes), NULL) != ERR_OK)
		return err_set(e, ERR_DENIED, "challenge is none of ours");
	d = challenge_digest(s, by, purpose, bytes);
	if (!secret_eq((struct str){ (const char *)d.at, DIGEST_BYTES },
		    (struct str){ (const char *)bytes + 8 + RANDOM_BYTES, DIGEST_BYTES }))
		return err_set(e, ERR_DENIED, "challenge is none of this session");
	for (int i = 0; i < 8; i++)
		issued = issued << 8 | bytes[i];
	if (issued > now || now - issued > LIMIT_PASSKEY_CHALLENGE_S * UINT64_C(1000000))
		return err_set(e, ERR_DENIED, "challenge is too old");
	*ret_issued = issued;
	return ERR_OK;
}

/* In the writer. `*ret` false: it was answered before. */
static enum err_code challenge_use(struct store *store, int64_t account, uint64_t issued, bool *ret,
	struct err *e)
{
	return account_take(store, SQL_PASSKEY_FLOOR, account, (int64_t)issued, ret, e);
}

/* ---- what pages show ------------------------------------------------------------------------- */

static bool place(struct service *s, struct arena *a, struct webauthn_expected *ret)
{
	return webauthn_place(a, s->config->url, &ret->origin, &ret->rp_id);
}

bool service_passkeys_possible(struct service *s)
{
	struct webauthn_expected expected;
	SCOPED_ARENA a = { 0 };

	arena_init(&a, 4096);
	return place(s, &a, &expected);
}

/* A name that tells a device nothing about the person, the same for all passkeys of an account. */
static struct str user_id(struct service *s, struct arena *a, int64_t account)
{
	uint8_t text[SECRET_KEY_BYTES + 8];
	struct digest d;

	memcpy(text, s->accounts->seal_key, SECRET_KEY_BYTES);
	put_u64(text + SECRET_KEY_BYTES, (uint64_t)account);
	d = secret_digest("passkey-user", (struct str){ (const char *)text, sizeof(text) });
	secret_wipe(text, sizeof(text));
	return base64url_new(a, d.at, DIGEST_BYTES);
}

static enum err_code credentials_model(struct store *store, struct arena *a, int64_t account,
	struct json **ret, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_PASSKEY_OF);
	struct json *list = json_new_array(a);
	bool row;

	sql_bind_i64(q, 1, account);
	for (;;) {
		struct str id;
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		id = sql_str(q, 4);
		list = json_push(a, list, json_set_str(a, json_new_object(a), "id",
			base64url_new(a, (const uint8_t *)id.at, id.len)));
	}
	*ret = list;
	return ERR_OK;
}

enum err_code service_passkey_options(struct service *s, struct arena *a,
	const struct account_who *by, struct json **ret, struct err *e)
{
	bool adding = by->stage == STAGE_FULL;
	struct webauthn_expected expected;
	struct json *v = json_new_object(a), *credentials;
	struct store *store;

	*ret = NULL;
	if (by->stage < STAGE_CODE || !place(s, a, &expected))
		return ERR_OK;
	TRY(ledger_reader(s->ledger, &store, e));
	TRY(credentials_model(store, a, by->account, &credentials, e));
	if (!adding && json_count(credentials) == 0)
		return ERR_OK;
	v = json_set_str(a, v, "challenge", passkey_challenge_new(s, a, by, adding ? PASSKEY_ADD :
		PASSKEY_SIGN_IN, instant_now_us()));
	v = json_set_str(a, v, "rp_id", expected.rp_id);
	v = json_set_str(a, v, "user_id", user_id(s, a, by->account));
	v = json_set_str(a, v, "user", by->name);
	v = json_set_str(a, v, "display", by->display);
	v = json_set_str(a, v, "node", s->config->domain);
	v = json_set(a, v, "credentials", credentials);
	*ret = v;
	return v ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

static struct json *row_model(struct arena *a, struct str name, int64_t created, int64_t used)
{
	struct json *v = json_set_str(a, json_new_object(a), "name", str_copy(a, name));

	v = json_set_str(a, v, "created", service_instant(a, created));
	return used > 0 ? json_set_str(a, v, "used", service_instant(a, used)) : v;
}

enum err_code service_passkeys(struct service *s, struct arena *a, const struct account_who *by,
	struct json **ret, struct err *e)
{
	struct json *list = json_new_array(a);
	struct store *store;
	bool row;

	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_PASSKEY_OF);
	sql_bind_i64(q, 1, by->account);
	for (;;) {
		struct json *v;
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		v = row_model(a, sql_str(q, 1), sql_i64(q, 2), sql_i64(q, 3));
		list = json_push(a, list, json_set_str(a, v, "passkey", str_printf(a, "%lld",
			(long long)sql_i64(q, 0))));
	}
	*ret = list;
	return list ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

enum err_code service_passkey(struct service *s, struct arena *a, const struct account_who *by,
	int64_t id, struct json **ret, struct err *e)
{
	struct store *store;
	bool row;

	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_PASSKEY_BY_ID);
	sql_bind_i64(q, 1, id);
	sql_bind_i64(q, 2, by->account);
	TRY(sql_step(q, &row, e));
	if (!row)
		return err_set(e, ERR_NOT_FOUND, "no passkey of yours has this number");
	*ret = row_model(a, sql_str(q, 0), sql_i64(q, 1), sql_i64(q, 2));
	*ret = json_set_str(a, *ret, "passkey", str_printf(a, "%lld", (long long)id));
	return *ret ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

/* ---- adding ---------------------------------------------------------------------------------- */

struct adding {
	const struct account_who *by;
	int64_t now;
	struct str name;
	uint64_t issued;           /* of the challenge; 0: it was none of ours */
	struct webauthn_credential credential;
	struct err refused;        /* why; code ERR_OK: it is right so far */
};

static enum err_code insert(struct store *store, const struct adding *x, struct err *e)
{
	const struct webauthn_credential *c = &x->credential;
	SCOPED_SQL q = sql_use(store, SQL_PASSKEY_PUT);

	sql_bind_i64(q, 1, x->by->account);
	sql_bind_blob(q, 2, c->id.at, c->id.len);
	sql_bind_i64(q, 3, c->algorithm);
	sql_bind_blob(q, 4, c->public.at, c->public.len);
	sql_bind_i64(q, 5, c->counter);
	sql_bind_str(q, 6, x->name);
	sql_bind_str(q, 7, str_of(c->attestation));
	sql_bind_i64(q, 8, x->now);
	return sql_run(q, e);
}

static enum err_code put_passkey(struct store *store, struct adding *x, struct err *e)
{
	struct err ignored = { 0 };
	int64_t count;
	bool row;

	{
		SCOPED_SQL q = sql_use(store, SQL_PASSKEY_COUNT);
		sql_bind_i64(q, 1, x->by->account);
		TRY(sql_step(q, &row, e));
		count = row ? sql_i64(q, 0) : 0;
	}
	if (count >= LIMIT_PASSKEYS) {
		(void)err_set(&x->refused, ERR_TOO_LARGE, "account has %d passkeys already",
			LIMIT_PASSKEYS);
		return ERR_OK;
	}
	if (insert(store, x, &ignored) == ERR_OK)
		return ERR_OK;
	if (ignored.code != ERR_CONFLICT) {
		*e = ignored;
		return ignored.code;
	}
	(void)err_set(&x->refused, ERR_CONFLICT, "passkey is known already");
	return ERR_OK;
}

static enum err_code write_adding(void *context, struct store *store, struct err *e)
{
	struct adding *x = context;
	bool fresh = true;

	if (x->issued > 0)
		TRY(challenge_use(store, x->by->account, x->issued, &fresh, e));
	if (x->refused.code == ERR_OK && !fresh)
		(void)err_set(&x->refused, ERR_DENIED, "challenge was answered before");
	if (x->refused.code == ERR_OK)
		TRY(put_passkey(store, x, e));
	return audit_put(store, x->now, &(struct audit_entry){ .action = "passkey-add",
		.refused = x->refused.code != ERR_OK, .actor = x->by->name,
		.address = x->by->address, .target = x->name,
		.detail = str_of(x->refused.message) }, e);
}

static enum err_code judge_new(struct service *s, struct arena *a, struct adding *x,
	const struct passkey_form *form, struct err *e)
{
	struct webauthn_expected expected = { .challenge = form->challenge };
	struct str client_data, attestation;

	if (!place(s, a, &expected))
		return err_set(e, ERR_UNSUPPORTED, "this node's address allows no passkeys");
	TRY(challenge_check(s, x->by, PASSKEY_ADD, form->challenge, &x->issued, e));
	TRY(base64url_decode(a, form->client_data, &client_data, e));
	TRY(base64url_decode(a, form->attestation, &attestation, e));
	return webauthn_register(a, &expected, client_data, attestation, &x->credential, e);
}

enum err_code service_passkey_add(struct service *s, struct arena *a, const struct account_who *by,
	const struct passkey_form *form, struct json **ret_problems, struct err *e)
{
	struct adding x = { .by = by, .now = instant_now(), .name = form->name };
	struct json *problems = json_new_object(a);

	CHECK(by->stage == STAGE_FULL);
	*ret_problems = problems;
	form_check_text(a, problems, "passkey_name", form->name, 80);
	TRY(form_check(problems, e));
	(void)judge_new(s, a, &x, form, &x.refused); /* kept in x.refused */
	TRY(ledger_write(s->ledger, write_adding, &x, e));
	if (x.refused.code == ERR_OK)
		return ERR_OK;
	json_set(a, problems, "form", json_set_text(a, json_new_object(a), "wrong",
		x.refused.code == ERR_CONFLICT ? "passkey-known" :
		x.refused.code == ERR_TOO_LARGE ? "passkey-many" :
		x.refused.code == ERR_UNSUPPORTED ? "passkey-kind" : "passkey-new"));
	return form_check(problems, e);
}

/* ---- removing -------------------------------------------------------------------------------- */

struct removing {
	const struct account_who *by;
	int64_t id, now;
	bool found, last;
};

/* Would the account be left without a second factor? */
static enum err_code is_last(struct store *store, const struct removing *x, bool *ret,
	struct err *e)
{
	struct account account;
	SCOPED_ARENA a = { 0 };
	bool row;

	arena_init(&a, 65536);
	TRY(account_find_id(store, &a, x->by->account, &account, e));
	SCOPED_SQL q = sql_use(store, SQL_PASSKEY_COUNT);
	sql_bind_i64(q, 1, x->by->account);
	TRY(sql_step(q, &row, e));
	*ret = account.totp.len == 0 && (!row || sql_i64(q, 0) < 2);
	return ERR_OK;
}

static enum err_code write_removing(void *context, struct store *store, struct err *e)
{
	struct removing *x = context;
	SCOPED_ARENA a = { 0 };
	struct str name = STR("");

	arena_init(&a, 4096);
	TRY(is_last(store, x, &x->last, e));
	if (!x->last) {
		SCOPED_SQL q = sql_use(store, SQL_PASSKEY_DROP);
		sql_bind_i64(q, 1, x->id);
		sql_bind_i64(q, 2, x->by->account);
		TRY(sql_step(q, &x->found, e));
		if (x->found)
			name = str_copy(&a, sql_str(q, 0));
	}
	if (x->found) /* it may have been taken away because it was stolen */
		TRY(account_run(store, SQL_SESSION_DROP_ALL, x->by->account, x->by->session, e));
	return audit_put(store, x->now, &(struct audit_entry){ .action = "passkey-remove",
		.refused = !x->found, .actor = x->by->name, .address = x->by->address,
		.target = name.at ? name : STR(""),
		.detail = x->last ? STR("it is the last second factor") : STR("") }, e);
}

enum err_code service_passkey_remove(struct service *s, const struct account_who *by, int64_t id,
	struct err *e)
{
	struct removing x = { .by = by, .id = id, .now = instant_now() };

	TRY(ledger_write(s->ledger, write_removing, &x, e));
	if (x.last)
		return err_set(e, ERR_CONFLICT, "passkey is the account's last second factor");
	return x.found ? ERR_OK :
		err_set(e, ERR_NOT_FOUND, "no passkey of yours has this number");
}

/* ---- signing in ------------------------------------------------------------------------------ */

struct using {
	const struct account_who *by;
	uint64_t issued;
	int64_t passkey;           /* 0: none of this account */
	struct str name;
	uint32_t counter;
	struct err refused;
	bool ended;
	struct session_new session;
};

/* Counter and challenge are judged here, where nobody comes between. */
static enum err_code use_passkey(struct store *store, struct using *x, struct err *e)
{
	bool fresh = true, row;

	if (x->issued > 0)
		TRY(challenge_use(store, x->by->account, x->issued, &fresh, e));
	if (x->refused.code != ERR_OK)
		return ERR_OK;
	if (!fresh) {
		(void)err_set(&x->refused, ERR_DENIED, "challenge was answered before");
		return ERR_OK;
	}
	SCOPED_SQL q = sql_use(store, SQL_PASSKEY_USED);
	sql_bind_i64(q, 1, x->passkey);
	sql_bind_i64(q, 2, x->counter);
	sql_bind_i64(q, 3, x->session.now);
	TRY(sql_step(q, &row, e));
	if (!row)
		(void)err_set(&x->refused, ERR_DENIED, "counter of the passkey did not go up: it "
			"may have been copied");
	return ERR_OK;
}

static enum err_code write_using(void *context, struct store *store, struct err *e)
{
	struct using *x = context;
	bool refused;

	TRY(use_passkey(store, x, e));
	refused = x->refused.code != ERR_OK;
	TRY(audit_put(store, x->session.now, &(struct audit_entry){ .action = "passkey",
		.refused = refused, .actor = x->by->name, .address = x->by->address,
		.target = x->name, .detail = str_of(x->refused.message) }, e));
	if (refused)
		return sign_in_failed(store, x->by, x->session.now, &x->ended, e);
	return sign_in_done(store, &x->session, e);
}

static enum err_code find_passkey(struct store *store, struct arena *a, struct str id,
	struct using *x, struct webauthn_credential *ret, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_PASSKEY_BY_CREDENTIAL);
	bool row;

	sql_bind_blob(q, 1, id.at, id.len);
	sql_bind_i64(q, 2, x->by->account);
	TRY(sql_step(q, &row, e));
	if (!row)
		return err_set(e, ERR_DENIED, "passkey is none of this account");
	x->passkey = sql_i64(q, 0);
	ret->algorithm = (enum webauthn_algorithm)sql_i64(q, 1);
	ret->public = str_copy(a, sql_str(q, 2));
	x->name = str_copy(a, sql_str(q, 3));
	return ret->public.at && x->name.at ? ERR_OK :
		err_set(e, ERR_TOO_LARGE, "passkey needs too much memory");
}

static enum err_code judge_answer(struct service *s, struct arena *a, struct using *x,
	const struct passkey_answer *answer, struct err *e)
{
	struct webauthn_expected expected = { .challenge = answer->challenge };
	struct webauthn_credential credential;
	struct webauthn_assertion assertion;
	struct store *store;
	struct str id;

	if (!place(s, a, &expected))
		return err_set(e, ERR_UNSUPPORTED, "this node's address allows no passkeys");
	TRY(challenge_check(s, x->by, PASSKEY_SIGN_IN, answer->challenge, &x->issued, e));
	TRY(base64url_decode(a, answer->credential, &id, e));
	TRY(base64url_decode(a, answer->client_data, &assertion.client_data, e));
	TRY(base64url_decode(a, answer->authenticator_data, &assertion.authenticator_data, e));
	TRY(base64url_decode(a, answer->signature, &assertion.signature, e));
	TRY(ledger_reader(s->ledger, &store, e));
	TRY(find_passkey(store, a, id, x, &credential, e));
	return webauthn_assert(a, &expected, &credential, &assertion, &x->counter, e);
}

enum err_code service_sign_in_passkey(struct service *s, struct arena *a,
	const struct account_who *by, const struct passkey_answer *answer, struct signed_in *ret,
	struct err *e)
{
	struct using x = { .by = by, .name = STR("") };

	CHECK(by->stage == STAGE_CODE);
	TRY(sign_in_wait(s, by, "passkey", &ret->wait_s, e));
	x.session = (struct session_new){ .by = by, .account = by->account, .now = instant_now(),
		.stage = STAGE_FULL, .token = secret_token(a) };
	(void)judge_answer(s, a, &x, answer, &x.refused); /* kept in x.refused */
	TRY(ledger_write(s->ledger, write_using, &x, e));
	if (x.ended)
		return err_set(e, ERR_NOT_FOUND, "too many wrong answers: sign in again");
	if (x.refused.code != ERR_OK)
		return err_set(e, ERR_DENIED, "the passkey does not fit");
	ret->token = x.session.token;
	ret->stage = STAGE_FULL;
	return ERR_OK;
}
