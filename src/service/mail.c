/* mail.c - see mail.h. */
#include "service/mail.h"

#include <stdio.h>
#include <string.h>

#include "base/instant.h"
#include "base/limits.h"
#include "base/scoped.h"
#include "crypto/key.h"
#include "service/account_inner.h"
#include "service/notice.h"

#define DAY_S 86400
#define CHINA_OFFSET_S (8 * 3600)
#define CODE_DIGITS 8
#define SEAL_ABOUT "mail code of account %lld"

static const char *const whats[MAIL_WHAT_COUNT] = { "notice", "daily", "code" };

bool service_mail_is_on(struct service *s)
{
	return s->config->mail.url.len > 0;
}

/* ---- addresses ------------------------------------------------------------------------------- */

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Parts between dots, each of 1 to `max` characters of words and `more`. */
static bool is_dotted(struct str s, const char *more, size_t max, size_t least_parts)
{
	size_t part = 0, parts = 0;

	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];
		if (c == '.' && part == 0)
			return false;
		if (c == '.') {
			parts++;
			part = 0;
		} else if ((is_word(c) || (c != '\0' && strchr(more, c))) && part < max) {
			part++;
		} else {
			return false;
		}
	}
	return part > 0 && parts + 1 >= least_parts;
}

bool mail_address_is_good(struct str address)
{
	size_t at = str_find(address, STR("@"));
	struct str local = { address.at, at }, domain;

	if (at == SIZE_MAX || address.len > LIMIT_MAIL_ADDRESS_BYTES || local.len > 64)
		return false;
	domain = str_skip(address, at + 1);
	return is_dotted(local, "!#$%&'*+-/=?^_`{|}~", 64, 1) && is_dotted(domain, "-", 63, 2) &&
		local.at[0] != '-' && domain.at[0] != '-';
}

/* ---- settings -------------------------------------------------------------------------------- */

struct setting {
	struct str address, asked, mode, language, sealed;
	int64_t code_time, codes, codes_since;
	int64_t tries;
};

static enum err_code read_setting(struct store *store, struct arena *a, int64_t account,
	struct setting *ret, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_MAIL_SETTING);
	bool row;

	*ret = (struct setting){ .address = STR(""), .asked = STR(""), .mode = STR("off"),
		.language = STR("zh-CN"), .sealed = STR("") };
	sql_bind_i64(q, 1, account);
	TRY(sql_step(q, &row, e));
	if (!row)
		return ERR_OK;
	*ret = (struct setting){
		.address = str_copy(a, sql_str(q, 0)), .asked = str_copy(a, sql_str(q, 1)),
		.mode = str_copy(a, sql_str(q, 2)), .language = str_copy(a, sql_str(q, 3)),
		.sealed = sql_is_null(q, 4) ? STR("") : str_copy(a, sql_str(q, 4)),
		.code_time = sql_i64(q, 5), .tries = sql_i64(q, 6), .codes = sql_i64(q, 7),
		.codes_since = sql_i64(q, 8),
	};
	return ERR_OK;
}

/* How many codes may still be sent today. */
static int64_t codes_left(const struct setting *set, int64_t now)
{
	int64_t sent = now - set->codes_since < DAY_S ? set->codes : 0;

	return sent < LIMIT_MAIL_CODES_PER_DAY ? LIMIT_MAIL_CODES_PER_DAY - sent : 0;
}

enum err_code service_mail_settings(struct service *s, struct arena *a,
	const struct account_who *by, struct json **ret, struct err *e)
{
	struct json *v = json_new_object(a);
	struct store *store;
	struct setting set;

	TRY(ledger_reader(s->ledger, &store, e));
	TRY(read_setting(store, a, by->account, &set, e));
	v = json_set_str(a, v, "address", set.address);
	v = json_set_str(a, v, "asked", set.asked);
	v = json_set_str(a, v, "mail_mode", set.mode);
	v = json_set_str(a, v, "mail_language", set.language);
	v = json_set(a, v, "on", json_new_bool(a, service_mail_is_on(s)));
	v = json_set_number(a, v, "codes_left", (double)codes_left(&set, instant_now()));
	*ret = v;
	return v ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

struct changing {
	const struct account_who *by;
	struct setting set;
	const char *detail;
	int64_t now;
	bool ask;                  /* send a code to set.asked */
};

static enum err_code put_row(struct store *store, int64_t now, int64_t account,
	enum mail_what what, struct str address, int64_t about, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_OUTBOX_PUT);

	sql_bind_i64(q, 1, account);
	sql_bind_str(q, 2, str_of(whats[what]));
	sql_bind_str(q, 3, address);
	sql_bind_i64(q, 4, about);
	sql_bind_i64(q, 5, now);
	return sql_run(q, e);
}

static enum err_code write_setting(void *context, struct store *store, struct err *e)
{
	const struct changing *c = context;
	const struct setting *set = &c->set;
	{
		SCOPED_SQL q = sql_use(store, SQL_MAIL_SETTING_PUT);
		sql_bind_i64(q, 1, c->by->account);
		sql_bind_str(q, 2, set->address);
		sql_bind_str(q, 3, set->asked);
		sql_bind_str(q, 4, set->mode);
		sql_bind_str(q, 5, set->language);
		if (set->sealed.len > 0)
			sql_bind_blob(q, 6, set->sealed.at, set->sealed.len);
		else
			sql_bind_null(q, 6);
		sql_bind_i64(q, 7, set->code_time);
		sql_bind_i64(q, 8, set->codes);
		sql_bind_i64(q, 9, set->codes_since);
		sql_bind_i64(q, 10, c->now);
		TRY(sql_run(q, e));
	}
	if (c->ask || set->asked.len == 0)
		TRY(account_run_one(store, SQL_OUTBOX_DROP_CODES, c->by->account, e));
	if (c->ask)
		TRY(put_row(store, c->now, c->by->account, MAIL_CODE, set->asked, 0, e));
	return audit_put(store, c->now, &(struct audit_entry){ .action = "mail-settings",
		.actor = c->by->name, .address = c->by->address, .target = c->by->name,
		.detail = str_of(c->detail) }, e);
}

/* Eight digits, sealed: read again once, when the mail is written. */
static enum err_code new_code(struct service *s, struct arena *a, int64_t account,
	struct str *ret_sealed, struct err *e)
{
	uint32_t number;
	struct str code, about = str_printf(a, SEAL_ABOUT, (long long)account);

	key_random((uint8_t *)&number, sizeof(number));
	code = str_printf(a, "%0*u", CODE_DIGITS, number % 100000000u);
	if (!code.at || !about.at)
		return err_set(e, ERR_TOO_LARGE, "code needs too much memory");
	return secret_seal(a, s->accounts->seal_key, about, code, ret_sealed, e);
}

static struct str open_code(struct service *s, struct arena *a, int64_t account, struct str sealed)
{
	struct str about = str_printf(a, SEAL_ABOUT, (long long)account), code;

	if (sealed.len == 0 || !about.at ||
		secret_open(a, s->accounts->seal_key, about, sealed, &code, NULL) != ERR_OK)
		return STR("");
	return code;
}

static void check_form(struct arena *a, const struct mail_form *f, struct json *problems)
{
	if (f->address.len == 0 && !str_is(f->mode, "off"))
		form_wrong(a, problems, "mail_address", "missing");
	else if (f->address.len > 0 && !mail_address_is_good(f->address))
		form_wrong(a, problems, "mail_address", "mail");
	if (!str_is(f->mode, "now") && !str_is(f->mode, "daily") && !str_is(f->mode, "off"))
		form_wrong(a, problems, "mail_mode", "missing");
	if (!str_is(f->language, "zh-CN") && !str_is(f->language, "en"))
		form_wrong(a, problems, "mail_language", "missing");
}

enum err_code service_mail_set(struct service *s, struct arena *a, const struct account_who *by,
	const struct mail_form *form, struct json **ret_problems, struct err *e)
{
	struct changing c = { .by = by, .now = instant_now(), .detail = "wishes" };
	struct json *problems = json_new_object(a);
	struct store *store;

	*ret_problems = problems;
	TRY(ledger_reader(s->ledger, &store, e));
	TRY(read_setting(store, a, by->account, &c.set, e));
	check_form(a, form, problems);
	c.ask = form->address.len > 0 && !str_eq(form->address, c.set.address);
	if (c.ask && !service_mail_is_on(s))
		form_wrong(a, problems, "mail_address", "mail-off");
	else if (c.ask && codes_left(&c.set, c.now) == 0)
		form_wrong(a, problems, "mail_address", "mail-codes");
	TRY(form_check(problems, e));
	c.set.mode = form->mode;
	c.set.language = form->language;
	c.set.asked = c.ask ? form->address : STR("");
	c.set.sealed = STR("");
	if (form->address.len == 0)
		c.set.address = STR("");
	if (c.ask) {
		c.detail = "new address";
		c.set.code_time = c.now;
		c.set.codes = LIMIT_MAIL_CODES_PER_DAY - codes_left(&c.set, c.now) + 1;
		if (c.set.codes == 1)
			c.set.codes_since = c.now;
		TRY(new_code(s, a, by->account, &c.set.sealed, e));
	}
	return ledger_write(s->ledger, write_setting, &c, e);
}

/* ---- confirming ------------------------------------------------------------------------------ */

struct confirming {
	const struct account_who *by;
	struct str asked;
	int64_t now;
	bool held;
};

static enum err_code write_confirm(void *context, struct store *store, struct err *e)
{
	const struct confirming *c = context;

	if (!c->held) {
		TRY(account_run_one(store, SQL_MAIL_SETTING_TRIED, c->by->account, e));
	} else {
		SCOPED_SQL q = sql_use(store, SQL_MAIL_SETTING_HELD);
		sql_bind_i64(q, 1, c->by->account);
		sql_bind_str(q, 2, c->asked);
		TRY(sql_run(q, e));
	}
	return audit_put(store, c->now, &(struct audit_entry){ .action = "mail-confirm",
		.refused = !c->held, .actor = c->by->name, .address = c->by->address,
		.target = c->by->name }, e);
}

/* People type blanks between the digits. */
static struct str digits_of(struct arena *a, struct str typed)
{
	char *text = arena_copy(a, typed.at, typed.len);
	size_t len = 0;

	for (size_t i = 0; text && i < typed.len; i++)
		if (text[i] >= '0' && text[i] <= '9')
			text[len++] = text[i];
	return (struct str){ text ? text : "", text ? len : 0 };
}

enum err_code service_mail_confirm(struct service *s, struct arena *a,
	const struct account_who *by, struct str code, struct json **ret_problems, struct err *e)
{
	struct confirming c = { .by = by, .now = instant_now() };
	struct json *problems = json_new_object(a);
	struct store *store;
	struct setting set;
	struct str sealed;

	*ret_problems = problems;
	TRY(ledger_reader(s->ledger, &store, e));
	TRY(read_setting(store, a, by->account, &set, e));
	c.asked = set.asked;
	sealed = open_code(s, a, by->account, set.sealed);
	if (set.asked.len == 0 || sealed.len == 0 || set.tries >= LIMIT_MAIL_CODE_TRIES ||
		c.now - set.code_time >= LIMIT_MAIL_CODE_S)
		form_wrong(a, problems, "mail_code", "mail-code-old");
	else if (code.len == 0)
		form_wrong(a, problems, "mail_code", "missing");
	TRY(form_check(problems, e));
	c.held = secret_eq(digits_of(a, code), sealed);
	TRY(ledger_write(s->ledger, write_confirm, &c, e));
	if (!c.held)
		form_wrong(a, problems, "mail_code", "mail-code");
	return form_check(problems, e);
}

/* ---- the outbox ------------------------------------------------------------------------------ */

enum err_code mail_put_notice(struct store *store, int64_t now, int64_t account, int64_t notice,
	struct err *e)
{
	SCOPED_ARENA a = { 0 };
	struct setting set;

	arena_init(&a, 8192);
	TRY(read_setting(store, &a, account, &set, e));
	if (set.address.len == 0 || !str_is(set.mode, "now"))
		return ERR_OK;
	return put_row(store, now, account, MAIL_NOTICE, set.address, notice, e);
}

static enum mail_what what_of(struct str word)
{
	for (unsigned i = 0; i < MAIL_WHAT_COUNT; i++)
		if (str_is(word, whats[i]))
			return (enum mail_what)i;
	return MAIL_NOTICE;
}

enum err_code service_mail_due(struct service *s, struct arena *a, int64_t now, size_t max,
	struct mail_waiting *ret, size_t *ret_count, struct err *e)
{
	struct store *store;
	size_t count = 0;
	bool row;

	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_OUTBOX_DUE);
	sql_bind_i64(q, 1, now);
	sql_bind_i64(q, 2, (int64_t)max);
	for (;;) {
		struct mail_waiting m;
		int64_t account;
		TRY(sql_step(q, &row, e));
		if (!row || count == max)
			break;
		account = sql_i64(q, 1);
		m = (struct mail_waiting){ .id = sql_i64(q, 0), .what = what_of(sql_str(q, 2)),
			.address = str_copy(a, sql_str(q, 3)), .about = sql_i64(q, 4),
			.message = str_copy(a, sql_str(q, 5)), .created = sql_i64(q, 6),
			.tries = (uint64_t)sql_i64(q, 7), .language = str_copy(a, sql_str(q, 8)),
			.code = STR(""), .account = str_copy(a, sql_str(q, 10)),
			.display = str_copy(a, sql_str(q, 11)) };
		if (m.what == MAIL_CODE && !sql_is_null(q, 9))
			m.code = open_code(s, a, account, sql_str(q, 9));
		if (m.what == MAIL_DAILY)
			m.unread = service_notices_unread(s, account, LIMIT_NOTICES_PER_ACCOUNT);
		if (!m.address.at || !m.message.at || !m.account.at || !m.display.at)
			return err_set(e, ERR_TOO_LARGE, "outbox needs too much memory");
		ret[count++] = m;
	}
	*ret_count = count;
	return ERR_OK;
}

static enum err_code write_sent(void *context, struct store *store, struct err *e)
{
	const struct mail_waiting *m = context;

	return account_run_one(store, SQL_OUTBOX_DROP, m->id, e);
}

enum err_code service_mail_sent(struct service *s, const struct mail_waiting *m, struct err *e)
{
	struct mail_waiting copy = *m;

	return ledger_write(s->ledger, write_sent, &copy, e);
}

struct failing {
	const struct mail_waiting *m;
	int64_t now, again;
	bool give_up;
	struct str why;
};

static enum err_code write_failed(void *context, struct store *store, struct err *e)
{
	const struct failing *f = context;

	if (!f->give_up)
		return account_run(store, SQL_OUTBOX_AGAIN, f->m->id, f->again, e);
	TRY(account_run_one(store, SQL_OUTBOX_DROP, f->m->id, e));
	return audit_put(store, f->now, &(struct audit_entry){ .action = "mail-given-up",
		.refused = true, .actor = STR("node"), .target = f->m->account, .detail = f->why },
		e);
}

uint32_t mail_pause(uint64_t tries, uint32_t first_s)
{
	uint64_t pause = first_s;

	for (uint64_t i = 0; i < tries && pause < LIMIT_MAIL_PAUSE_S; i++)
		pause *= 2;
	return pause < LIMIT_MAIL_PAUSE_S ? (uint32_t)pause : LIMIT_MAIL_PAUSE_S;
}

enum err_code service_mail_failed(struct service *s, const struct mail_waiting *m, int64_t now,
	bool for_good, struct str why, struct err *e)
{
	struct failing f = { .m = m, .now = now, .why = why,
		.again = now + mail_pause(m->tries, s->config->mail.retry_s),
		.give_up = for_good || now - m->created >= LIMIT_MAIL_GIVE_UP_S };

	return ledger_write(s->ledger, write_failed, &f, e);
}

enum err_code mail_sweep(struct store *store, int64_t now, struct err *e)
{
	int64_t before = now - 2 * (int64_t)LIMIT_MAIL_GIVE_UP_S, count;
	char detail[64];
	bool row;
	{
		SCOPED_SQL q = sql_use(store, SQL_OUTBOX_OLD);
		sql_bind_i64(q, 1, before);
		TRY(sql_step(q, &row, e));
		count = row ? sql_i64(q, 0) : 0;
	}
	if (count == 0)
		return ERR_OK;
	TRY(account_run_one(store, SQL_OUTBOX_DROP_OLD, before, e));
	(void)snprintf(detail, sizeof(detail), "%lld never sent", (long long)count);
	return audit_put(store, now, &(struct audit_entry){ .action = "mail-given-up",
		.refused = true, .actor = STR("node"), .detail = str_of(detail) }, e);
}

/* ---- daily ----------------------------------------------------------------------------------- */

int64_t mail_last_hour(int64_t now, uint32_t hour)
{
	int64_t local = now + CHINA_OFFSET_S;
	int64_t at = local - local % DAY_S + (int64_t)hour * 3600 - CHINA_OFFSET_S;

	return at <= now ? at : at - DAY_S;
}

struct daily {
	int64_t now, hour;
};

static enum err_code is_any_new(struct store *store, int64_t account, int64_t since, bool *ret,
	struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_NOTICE_SINCE);

	sql_bind_i64(q, 1, account);
	sql_bind_i64(q, 2, since);
	return sql_step(q, ret, e);
}

#define DAILY_AT_ONCE 200 /* a job of the writer stays short */

static enum err_code write_daily(void *context, struct store *store, struct err *e)
{
	const struct daily *d = context;
	struct { int64_t account; bool any; struct str address; } found[DAILY_AT_ONCE];
	SCOPED_ARENA a = { 0 };
	size_t count = 0;
	bool row;

	arena_init(&a, 1 << 20);
	{
		SCOPED_SQL q = sql_use(store, SQL_MAIL_DAILY_DUE);
		sql_bind_i64(q, 1, d->hour);
		sql_bind_i64(q, 2, DAILY_AT_ONCE);
		for (;;) {
			TRY(sql_step(q, &row, e));
			if (!row || count == DAILY_AT_ONCE)
				break;
			found[count].account = sql_i64(q, 0);
			found[count].address = str_copy(&a, sql_str(q, 1));
			TRY(is_any_new(store, sql_i64(q, 0), sql_i64(q, 2), &found[count].any,
				e));
			count++;
		}
	}
	for (size_t i = 0; i < count; i++) {
		if (found[i].any)
			TRY(put_row(store, d->now, found[i].account, MAIL_DAILY, found[i].address,
				0, e));
		TRY(account_run(store, SQL_MAIL_DIGESTED, found[i].account, d->now, e));
	}
	return ERR_OK;
}

enum err_code service_mail_daily(struct service *s, int64_t now, struct err *e)
{
	struct daily d = { now, mail_last_hour(now, s->config->mail.daily_hour) };
	struct store *store;
	bool row;

	TRY(ledger_reader(s->ledger, &store, e));
	{
		SCOPED_SQL q = sql_use(store, SQL_MAIL_DAILY_DUE);
		sql_bind_i64(q, 1, d.hour);
		sql_bind_i64(q, 2, 1);
		TRY(sql_step(q, &row, e));
	}
	return row ? ledger_write(s->ledger, write_daily, &d, e) : ERR_OK;
}
