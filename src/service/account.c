/* account.c - who somebody is, the own account, and what the files about accounts share. */
#include "service/account.h"

#include <stdio.h>
#include <string.h>

#include "base/diag.h"
#include "base/instant.h"
#include "base/io.h"
#include "base/scoped.h"
#include "crypto/password.h"
#include "service/account_inner.h"
#include "service/mail.h"
#include "service/notice.h"
#include "service/passkey.h"
#include "service/prepared.h"

#define TOUCH_EVERY_S 60
#define SWEEP_EVERY_S 3600

/* ---- opening --------------------------------------------------------------------------------- */

/* Second factors must be read again, so they cannot be hashed; the key stands apart from the
 * database, so that a copy of the database alone gives nothing away. */
static enum err_code load_seal_key(struct service *s, struct err *e)
{
	struct str bytes;
	SCOPED_ARENA a = { 0 };
	char *path;

	arena_init(&a, 16384);
	path = arena_printf(&a, "%s/keys/seal", s->config->dir);
	if (!path)
		return err_set(e, ERR_TOO_LARGE, "path of the key is too long");
	if (!io_exists(path)) {
		key_random(s->accounts->seal_key, SECRET_KEY_BYTES);
		return io_write_durable(path, (struct str){ (const char *)s->accounts->seal_key,
			SECRET_KEY_BYTES }, 0600, e);
	}
	TRY(io_read_file(&a, path, 4096, &bytes, e));
	if (bytes.len != SECRET_KEY_BYTES)
		return err_set(e, ERR_INVALID, "key file \"%s\" has not %d bytes", path,
			SECRET_KEY_BYTES);
	memcpy(s->accounts->seal_key, bytes.at, SECRET_KEY_BYTES);
	arena_wipe(&a);
	return ERR_OK;
}

enum err_code accounts_open(struct service *s, struct err *e)
{
	s->accounts = handle_new(sizeof(*s->accounts));
	(void)pthread_mutex_init(&s->accounts->lock, NULL);
	return load_seal_key(s, e);
}

void accounts_close(struct service *s)
{
	if (!s->accounts)
		return;
	if (s->ledger)
		accounts_work(s);
	secret_wipe(s->accounts->seal_key, SECRET_KEY_BYTES);
	(void)pthread_mutex_destroy(&s->accounts->lock);
	handle_drop(s->accounts);
	s->accounts = NULL;
}

/* ---- work ------------------------------------------------------------------------------------ */

struct touching {
	size_t count;
	const int64_t *pairs;      /* session, time */
};

static enum err_code write_touches(void *context, struct store *store, struct err *e)
{
	const struct touching *t = context;

	for (size_t i = 0; i < t->count; i++)
		TRY(account_run(store, SQL_SESSION_SEEN, t->pairs[2 * i], t->pairs[2 * i + 1], e));
	return ERR_OK;
}

static void flush_touches(struct service *s)
{
	struct accounts *accounts = s->accounts;
	int64_t pairs[2 * LIMIT_SESSION_TOUCHES];
	struct touching t = { .pairs = pairs };
	struct err e = { 0 };

	(void)pthread_mutex_lock(&accounts->lock);
	t.count = accounts->touch_count;
	for (size_t i = 0; i < t.count; i++) {
		pairs[2 * i] = accounts->touches[i].session;
		pairs[2 * i + 1] = accounts->touches[i].at;
	}
	accounts->touch_count = 0;
	(void)pthread_mutex_unlock(&accounts->lock);
	if (t.count > 0 && ledger_write(s->ledger, write_touches, &t, &e) != ERR_OK)
		diag_err(DIAG_WARN, "account", &e); /* the next request notes it again */
}

static enum err_code write_sweep(void *context, struct store *store, struct err *e)
{
	int64_t now = *(const int64_t *)context;

	TRY(account_run_one(store, SQL_SESSION_DROP_OLD, now - LIMIT_SESSION_S, e));
	TRY(account_run_one(store, SQL_ATTEMPT_DROP_OLD, now - LIMIT_ATTEMPT_MEMORY_S, e));
	TRY(notice_sweep(store, now, e));
	TRY(mail_sweep(store, now, e));
	return prepared_sweep(store, now, e);
}

void accounts_work(struct service *s)
{
	int64_t now = instant_now();
	struct err e = { 0 };

	flush_touches(s);
	audit_flush(s);
	if (now - s->accounts->swept_at < SWEEP_EVERY_S)
		return;
	s->accounts->swept_at = now;
	if (ledger_write(s->ledger, write_sweep, &now, &e) != ERR_OK ||
		audit_prune(s, now, &e) != ERR_OK)
		diag_err(DIAG_WARN, "account", &e);
}

/* ---- rows ------------------------------------------------------------------------------------ */

void account_read(struct arena *a, struct sql *q, struct account *ret)
{
	*ret = (struct account){
		.id = sql_i64(q, 0),
		.name = str_copy(a, sql_str(q, 1)),
		.display = str_copy(a, sql_str(q, 2)),
		.organisation = sql_i64(q, 3),
		.password = str_copy(a, sql_str(q, 4)),
		.totp = sql_is_null(q, 5) ? STR("") : str_copy(a, sql_str(q, 5)),
		.totp_step = (uint64_t)sql_i64(q, 6),
		.locked = sql_i64(q, 7) != 0,
		.created = sql_i64(q, 8),
		.signed_in = sql_i64(q, 9),
		.code = str_copy(a, sql_str(q, 10)),
		.organisation_name = str_copy(a, sql_str(q, 11)),
		.kind = str_copy(a, sql_str(q, 12)),
		.organisation_state = str_copy(a, sql_str(q, 13)),
	};
}

enum err_code account_roles(struct store *store, int64_t id, int64_t organisation, uint32_t *ret,
	struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_MEMBERSHIP_OF);
	uint32_t roles = 0;
	bool row;

	sql_bind_i64(q, 1, id);
	sql_bind_i64(q, 2, organisation);
	for (;;) {
		size_t role;
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		role = role_find(sql_str(q, 0));
		if (role < role_count) /* one that this program does not know gives nothing */
			roles |= 1u << role;
	}
	*ret = roles;
	return ERR_OK;
}

static enum err_code find_row(struct store *store, struct arena *a, struct sql *q,
	struct account *ret, struct err *e)
{
	bool row;

	TRY(sql_step(q, &row, e));
	if (!row)
		return err_set(e, ERR_NOT_FOUND, "no account has this name");
	account_read(a, q, ret);
	return account_roles(store, ret->id, ret->organisation, &ret->roles, e);
}

enum err_code account_find(struct store *store, struct arena *a, struct str name,
	struct account *ret, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_ACCOUNT_BY_NAME);

	sql_bind_str(q, 1, name.at ? name : STR(""));
	return find_row(store, a, q, ret, e);
}

enum err_code account_find_id(struct store *store, struct arena *a, int64_t id,
	struct account *ret, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_ACCOUNT_BY_ID);

	sql_bind_i64(q, 1, id);
	return find_row(store, a, q, ret, e);
}

enum err_code account_take(struct store *store, enum sql_id id, int64_t one, int64_t two,
	bool *ret, struct err *e)
{
	SCOPED_SQL q = sql_use(store, id);

	sql_bind_i64(q, 1, one);
	sql_bind_i64(q, 2, two);
	return sql_step(q, ret, e);
}

enum err_code account_run_one(struct store *store, enum sql_id id, int64_t one, struct err *e)
{
	SCOPED_SQL q = sql_use(store, id);

	sql_bind_i64(q, 1, one);
	return sql_run(q, e);
}

enum err_code account_run(struct store *store, enum sql_id id, int64_t one, int64_t two,
	struct err *e)
{
	bool row;

	return account_take(store, id, one, two, &row, e);
}

/* ---- who ------------------------------------------------------------------------------------- */

struct session_row {
	int64_t id, account, created, seen, confirmed;
	int stage;
	struct str pending;
};

static bool read_session(struct store *store, struct arena *a, struct str token,
	struct session_row *ret)
{
	struct digest digest = secret_digest("session", token);
	SCOPED_SQL q = sql_use(store, SQL_SESSION_BY_TOKEN);
	bool row;

	sql_bind_blob(q, 1, digest.at, DIGEST_BYTES);
	if (sql_step(q, &row, NULL) != ERR_OK || !row)
		return false;
	*ret = (struct session_row){ .id = sql_i64(q, 0), .account = sql_i64(q, 1),
		.stage = (int)sql_i64(q, 2), .created = sql_i64(q, 3), .seen = sql_i64(q, 4),
		.confirmed = sql_i64(q, 5),
		.pending = sql_is_null(q, 6) ? STR("") : str_copy(a, sql_str(q, 6)) };
	return true;
}

/* Notes that the session was used, for the work thread; at most once a minute each. Gives the time
 * it was last seen, noted ones included. */
static void touch(struct service *s, const struct session_row *row, int64_t now)
{
	struct accounts *accounts = s->accounts;
	bool known = false;

	if (now - row->seen < TOUCH_EVERY_S)
		return;
	(void)pthread_mutex_lock(&accounts->lock);
	for (size_t i = 0; i < accounts->touch_count && !known; i++)
		known = accounts->touches[i].session == row->id;
	if (!known && accounts->touch_count < LIMIT_SESSION_TOUCHES) {
		accounts->touches[accounts->touch_count].session = row->id;
		accounts->touches[accounts->touch_count++].at = now;
	}
	(void)pthread_mutex_unlock(&accounts->lock);
}

static bool session_holds(const struct session_row *row, int64_t now)
{
	if (row->stage != STAGE_FULL)
		return now - row->created < LIMIT_SESSION_HALF_S;
	return now - row->created < LIMIT_SESSION_S && now - row->seen < LIMIT_SESSION_IDLE_S;
}

void service_who(struct service *s, struct arena *a, struct str token, struct account_who *ret)
{
	struct session_row row;
	struct account account;
	struct store *store;
	int64_t now = instant_now();

	ret->stage = STAGE_NONE;
	if (token.len == 0 || token.len > 64 || ledger_reader(s->ledger, &store, NULL) != ERR_OK)
		return;
	if (!read_session(store, a, token, &row) || !session_holds(&row, now) ||
		account_find_id(store, a, row.account, &account, NULL) != ERR_OK ||
		account.locked || !str_is(account.organisation_state, "confirmed"))
		return;
	touch(s, &row, now);
	ret->stage = (enum account_stage)row.stage;
	ret->session = row.id;
	ret->account = account.id;
	ret->organisation = account.organisation;
	ret->name = account.name;
	ret->display = account.display;
	ret->organisation_name = account.organisation_name;
	ret->organisation_code = account.code;
	ret->organisation_kind = account.kind;
	ret->confirmed = row.confirmed;
	ret->pending = row.pending;
	if (ret->stage != STAGE_FULL)
		return;
	ret->roles = account.roles;
	ret->may = role_may(account.roles);
}

struct account_who service_who_node(struct str address)
{
	return (struct account_who){ .stage = STAGE_FULL, .node = true, .name = STR("node"),
		.organisation = 1, .organisation_kind = STR("authority"), .address = address,
		.agent = STR(""), .may = MAY(PEOPLE) | MAY(LOCK) | MAY(CONFIRM) | MAY(AUDIT) };
}

bool account_is_confirmed(const struct account_who *who, int64_t now)
{
	return who->node || now - who->confirmed < LIMIT_SESSION_CONFIRMED_S;
}

/* ---- forms ----------------------------------------------------------------------------------- */

void form_wrong(struct arena *a, struct json *problems, const char *field, const char *word)
{
	if (!json_get(problems, field)) /* the first is told */
		json_set(a, problems, field, json_set_text(a, json_set_text(a,
			json_new_object(a), "wrong", word), "field", field));
}

enum err_code form_check(const struct json *problems, struct err *e)
{
	if (json_count(problems) == 0)
		return ERR_OK;
	return err_set(e, ERR_INVALID, "%zu fields are not right, the first is \"" STR_FMT "\": "
		STR_FMT, json_count(problems), STR_ARG(problems->members[0].name),
		STR_ARG(json_get_str(problems->members[0].value, "wrong")));
}

void form_check_name(struct arena *a, struct json *problems, const char *field, struct str name)
{
	bool good = name.len >= 3 && name.len <= 64 && !str_is(name, "node");

	for (size_t i = 0; i < name.len && good; i++) {
		char c = name.at[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
		good = letter || (i > 0 && strchr("._-@", c) && c != '\0');
	}
	if (name.len == 0)
		form_wrong(a, problems, field, "missing");
	else if (!good)
		form_wrong(a, problems, field, "name");
}

bool phone_is_good(struct str s)
{
	size_t digits = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] >= '0' && s.at[i] <= '9')
			digits++;
		else if (s.at[i] == '\0' || !strchr("+-() ", s.at[i]))
			return false;
	}
	return digits >= 7 && s.len <= LIMIT_PHONE_BYTES;
}

void form_check_text(struct arena *a, struct json *problems, const char *field, struct str text,
	size_t max)
{
	bool good = text.len <= max && str_is_utf8(text);

	for (size_t i = 0; i < text.len && good; i++)
		good = (uint8_t)text.at[i] >= ' ' && text.at[i] != 0x7f;
	if (text.len == 0)
		form_wrong(a, problems, field, "missing");
	else if (!good)
		form_wrong(a, problems, field, "text");
}

void form_check_prose(struct arena *a, struct json *problems, const char *field, struct str text,
	size_t most)
{
	if (str_trim(text).len == 0)
		form_wrong(a, problems, field, "missing");
	else if (text.len > most)
		form_wrong(a, problems, field, "too-long");
}

/* ---- models ---------------------------------------------------------------------------------- */

struct json *roles_model(struct arena *a, uint32_t roles)
{
	struct json *list = json_new_array(a);

	for (size_t i = 0; i < role_count; i++)
		if (roles >> i & 1)
			list = json_push(a, list, json_set_text(a, json_new_object(a), "duty",
				role_table[i].name));
	return list;
}

/* The authority is called what the node is called. */
static struct json *organisation_model(struct service *s, struct arena *a,
	const struct account *account)
{
	struct json *v = json_new_object(a), *both = json_new_object(a);

	if (account->organisation == 1) {
		both = json_set_str(a, both, "zh-CN", s->config->name_zh);
		both = json_set_str(a, both, "en", s->config->name_en);
		v = json_set(a, v, "name", both);
	} else {
		v = json_set_str(a, v, "name", account->organisation_name);
		v = json_set_str(a, v, "registered_id", account->code);
	}
	return json_set_str(a, v, "role", account->kind);
}

struct json *account_model(struct service *s, struct arena *a, const struct account *account)
{
	struct json *v = json_new_object(a);
	const char *standing = account->locked ? "locked" :
		account->password.len == 0 ? "invited" : account->totp.len == 0 ? "new" : "active";

	v = json_set_str(a, v, "name", account->name);
	v = json_set_str(a, v, "display", account->display);
	v = json_set(a, v, "organisation", organisation_model(s, a, account));
	v = json_set(a, v, "duties", roles_model(a, account->roles));
	v = json_set_text(a, v, "standing", standing);
	v = json_set_str(a, v, "created", service_instant(a, account->created));
	if (account->signed_in > 0)
		v = json_set_str(a, v, "signed_in", service_instant(a, account->signed_in));
	return v;
}

static enum err_code sessions_model(struct store *store, struct arena *a,
	const struct account_who *by, struct json **ret, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_SESSION_LIST);
	struct json *list = json_new_array(a);
	int64_t now = instant_now();
	bool row;

	sql_bind_i64(q, 1, by->account);
	sql_bind_i64(q, 2, now - LIMIT_SESSION_S);
	sql_bind_i64(q, 3, now - LIMIT_SESSION_IDLE_S);
	for (;;) {
		struct json *v = json_new_object(a);
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		v = json_set_number(a, v, "id", (double)sql_i64(q, 0));
		v = json_set_str(a, v, "session", str_printf(a, "%lld",
			(long long)sql_i64(q, 0)));
		v = json_set_str(a, v, "created", service_instant(a, sql_i64(q, 1)));
		v = json_set_str(a, v, "seen", service_instant(a, sql_i64(q, 2)));
		v = json_set_str(a, v, "address", str_copy(a, sql_str(q, 3)));
		v = json_set_str(a, v, "agent", str_copy(a, sql_str(q, 4)));
		v = json_set(a, v, "this", json_new_bool(a, sql_i64(q, 0) == by->session));
		list = json_push(a, list, v);
	}
	*ret = list;
	return ERR_OK;
}

enum err_code service_account(struct service *s, struct arena *a, const struct account_who *by,
	struct json **ret, struct err *e)
{
	struct account account;
	struct json *v, *sessions, *passkeys;
	struct store *store;
	bool row;

	TRY(ledger_reader(s->ledger, &store, e));
	TRY(account_find_id(store, a, by->account, &account, e));
	TRY(sessions_model(store, a, by, &sessions, e));
	TRY(service_passkeys(s, a, by, &passkeys, e));
	v = account_model(s, a, &account);
	v = json_set(a, v, "passkeys", passkeys);
	v = json_set(a, v, "passkeys_possible", json_new_bool(a, service_passkeys_possible(s)));
	v = json_set(a, v, "sessions", sessions);
	v = json_set(a, v, "others", json_new_bool(a, json_count(sessions) > 1));
	SCOPED_SQL q = sql_use(store, SQL_RECOVERY_COUNT);
	sql_bind_i64(q, 1, by->account);
	TRY(sql_step(q, &row, e));
	v = json_set_number(a, v, "recovery_codes", row ? (double)sql_i64(q, 0) : 0);
	*ret = v;
	return v ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}
