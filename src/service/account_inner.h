/* account_inner.h - what the files about accounts share. */
#ifndef HUREN_SERVICE_ACCOUNT_INNER_H
#define HUREN_SERVICE_ACCOUNT_INNER_H

#include "base/limits.h"
#include "crypto/secret.h"
#include "service/account.h"
#include "service/audit.h"
#include "service/service_inner.h"

#define AUDIT_TEXT_BYTES 160

struct audit_waiting {
	int64_t time;
	const char *action;
	bool refused;
	char actor[72], address[64], target[AUDIT_TEXT_BYTES], detail[AUDIT_TEXT_BYTES];
};

/* Of struct service: what threads leave for the work thread to write. */
struct accounts {
	uint8_t seal_key[SECRET_KEY_BYTES];
	pthread_mutex_t lock;              /* guards what is below */
	size_t touch_count;
	struct { int64_t session, at; } touches[LIMIT_SESSION_TOUCHES];
	size_t waiting_count;
	uint64_t lost;                     /* lines that found no room */
	struct audit_waiting waiting[LIMIT_AUDIT_QUEUE];
	int64_t swept_at;
};

/* Reads or makes DIR/keys/seal. */
MUST_USE enum err_code accounts_open(struct service *s, struct err *e);
void accounts_close(struct service *s);
/* Work thread: touches, audit lines, and once an hour what is old. */
void accounts_work(struct service *s);

/* A row of table account with its organisation. Texts in the arena. */
struct account {
	int64_t id;
	struct str name, display, password, totp;
	int64_t organisation;
	uint64_t totp_step;
	bool locked;
	int64_t created, signed_in;
	struct str code, organisation_name, kind, organisation_state;
	uint32_t roles;
};
/* The session that a sign-in or a change of factor ends in: `by`'s own ends, a new one begins. */
struct session_new {
	const struct account_who *by;
	int64_t account, now;
	enum account_stage stage;
	struct str token;
	struct str pending;        /* sealed, STAGE_ENROL only */
};
MUST_USE enum err_code session_put(struct store *store, const struct session_new *session,
	struct err *e);
/* Of any second factor (sign_in.c). How long to wait after failures: ERR_BUSY. */
MUST_USE enum err_code sign_in_wait(struct service *s, const struct account_who *by,
	const char *action, uint32_t *ret_wait, struct err *e);
/* In the writer: it did not fit; after too many the session is gone. */
MUST_USE enum err_code sign_in_failed(struct store *store, const struct account_who *by,
	int64_t now, bool *ret_ended, struct err *e);
/* In the writer: it did; the session begins. */
MUST_USE enum err_code sign_in_done(struct store *store, const struct session_new *session,
	struct err *e);
/* A challenge for a passkey (passkey.c); at == NULL at the arena's cap. */
enum passkey_purpose { PASSKEY_ADD = 'a', PASSKEY_SIGN_IN = 's' };
struct str passkey_challenge_new(struct service *s, struct arena *a, const struct account_who *by,
	enum passkey_purpose purpose, uint64_t now_us);
/* A new second factor, sealed for the account. */
MUST_USE enum err_code factor_new(struct service *s, struct arena *a, int64_t account,
	struct str *ret_sealed, struct err *e);
/* Opens it. ERR_DENIED when the key of this node is another. */
MUST_USE enum err_code factor_open(struct service *s, struct arena *a, int64_t account,
	struct str sealed, struct str *ret, struct err *e);
/* New codes in place of all earlier ones; `codes` is a list of texts. In the writer. */
MUST_USE enum err_code recovery_put(struct store *store, int64_t account, const struct json *codes,
	struct err *e);
struct json *recovery_new(struct arena *a);

void account_read(struct arena *a, struct sql *q, struct account *ret);
/* ERR_NOT_FOUND. Any connection. */
MUST_USE enum err_code account_find(struct store *store, struct arena *a, struct str name,
	struct account *ret, struct err *e);
MUST_USE enum err_code account_find_id(struct store *store, struct arena *a, int64_t id,
	struct account *ret, struct err *e);
MUST_USE enum err_code account_roles(struct store *store, int64_t id, int64_t organisation,
	uint32_t *ret, struct err *e);
/* Runs a statement whose only parameters are one or two whole numbers. */
MUST_USE enum err_code account_run_one(struct store *store, enum sql_id id, int64_t one,
	struct err *e);
MUST_USE enum err_code account_run(struct store *store, enum sql_id id, int64_t one, int64_t two,
	struct err *e);
/* The same, and whether it gave a row. */
MUST_USE enum err_code account_take(struct store *store, enum sql_id id, int64_t one, int64_t two,
	bool *ret, struct err *e);
/* Makes the account; its id. ERR_CONFLICT: the name is taken. */
MUST_USE enum err_code account_make(struct store *store, struct str name, struct str display,
	int64_t organisation, int64_t now, int64_t *ret, struct err *e);
MUST_USE enum err_code account_set_roles(struct store *store, int64_t id, int64_t organisation,
	uint32_t roles, struct str by, int64_t now, struct err *e);
/* A new invitation replaces the last; `code` is what is printed. */
MUST_USE enum err_code account_set_invitation(struct store *store, int64_t id, struct str code,
	int64_t expires, struct err *e);
/* Password, factor, codes and sessions taken away: only an invitation opens it again. */
MUST_USE enum err_code account_empty(struct store *store, int64_t id, struct err *e);
MUST_USE enum err_code account_set_password(struct store *store, int64_t id, const char *hash,
	struct err *e);

/* Adds {"<field>": {"wrong": word}} to the problems. */
void form_wrong(struct arena *a, struct json *problems, const char *field, const char *word);
/* ERR_INVALID saying how many fields are wrong, when any is. */
MUST_USE enum err_code form_check(const struct json *problems, struct err *e);
void form_check_name(struct arena *a, struct json *problems, const char *field, struct str name);
/* A name for people: 1 to 80 characters, no control characters. */
void form_check_text(struct arena *a, struct json *problems, const char *field, struct str text,
	size_t max);
/* A text of several words or lines: something in it, at most `most` bytes. */
void form_check_prose(struct arena *a, struct json *problems, const char *field, struct str text,
	size_t most);
/* Digits, at least seven, and what people write between them; 32 bytes at most. */
bool phone_is_good(struct str s);
/* {"duty": "officer"} of each role held. */
struct json *roles_model(struct arena *a, uint32_t roles);
struct json *account_model(struct service *s, struct arena *a, const struct account *account);

/* ---- back-off (attempt.c) -------------------------------------------------------------------- */

enum attempt_kind { ATTEMPT_PAIR, ATTEMPT_ADDRESS, ATTEMPT_CODE, ATTEMPT_REGISTER };
/* Which row an attempt counts in. An IPv6 address counts as its /64. */
struct digest attempt_key(enum attempt_kind kind, struct str name, struct str address);
/* Seconds to wait, 0 for none. */
MUST_USE enum err_code attempt_wait(struct store *store, enum attempt_kind kind, struct str name,
	struct str address, int64_t now, uint32_t *ret, struct err *e);
/* In the writer. */
MUST_USE enum err_code attempt_failed(struct store *store, enum attempt_kind kind, struct str name,
	struct str address, int64_t now, struct err *e);
MUST_USE enum err_code attempt_forget(struct store *store, enum attempt_kind kind, struct str name,
	struct str address, struct err *e);
/* Delay in seconds after the count-th failure. Pure. */
uint32_t attempt_delay(enum attempt_kind kind, uint64_t count);

#endif
