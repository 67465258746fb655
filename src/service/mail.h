/* mail.h - mail of notices: what an account wants, and what waits to be sent.
 *
 * Is:      settings (address, confirmed by a code sent to it; at once, daily or never; language),
 *          and the outbox: rows put in the writer's job of what they tell, taken off once the mail
 *          server has them.
 * Is not:  the wording, nor SMTP: web/mailer.h takes what is due and tells how it went.
 * I1  A mail says that something waits and where, never what: no name, number or body goes out.
 * I2  A row is taken off in one of three ways: sent, given up (with an audit line), or its code was
 *     replaced. Each attempt has the same Message-ID, so that a second copy can be known as one.
 */
#ifndef HUREN_SERVICE_MAIL_H
#define HUREN_SERVICE_MAIL_H

#include "service/account.h"

/* Is it set up in node.json? */
bool service_mail_is_on(struct service *s);
/* ASCII dot-atom, "@", host name; at most LIMIT_MAIL_ADDRESS_BYTES. Nothing that could end a line
 * or a command. Pure. */
bool mail_address_is_good(struct str address);

/* {"address","asked","mail_mode","mail_language","on","codes_left"}; the first two may be empty. */
MUST_USE enum err_code service_mail_settings(struct service *s, struct arena *a,
	const struct account_who *by, struct json **ret, struct err *e);
struct mail_form {
	struct str address;        /* empty: none any more */
	struct str mode;           /* "now", "daily", "off" */
	struct str language;       /* "zh-CN", "en" */
};
/* A new address gets a code; until it is typed the old one stays. */
MUST_USE enum err_code service_mail_set(struct service *s, struct arena *a,
	const struct account_who *by, const struct mail_form *form, struct json **ret_problems,
	struct err *e);
MUST_USE enum err_code service_mail_confirm(struct service *s, struct arena *a,
	const struct account_who *by, struct str code, struct json **ret_problems, struct err *e);

/* ---- for the mailer -------------------------------------------------------------------------- */

enum mail_what { MAIL_NOTICE, MAIL_DAILY, MAIL_CODE, MAIL_WHAT_COUNT };
struct mail_waiting {
	int64_t id, about, created;
	uint64_t tries;
	enum mail_what what;
	uint32_t unread;           /* MAIL_DAILY */
	struct str address, language, message, account, display;
	struct str code;           /* MAIL_CODE; empty when it cannot be opened any more */
};
/* The oldest that are due, at most `max`. Texts in the arena. */
MUST_USE enum err_code service_mail_due(struct service *s, struct arena *a, int64_t now, size_t max,
	struct mail_waiting *ret, size_t *ret_count, struct err *e);
MUST_USE enum err_code service_mail_sent(struct service *s, const struct mail_waiting *m,
	struct err *e);
/* Tried again later, unless it never will be taken (`for_good`) or was tried for too long: then it
 * is given up, with a line that says why. */
MUST_USE enum err_code service_mail_failed(struct service *s, const struct mail_waiting *m,
	int64_t now, bool for_good, struct str why, struct err *e);
/* Puts the daily mails whose hour has come. */
MUST_USE enum err_code service_mail_daily(struct service *s, int64_t now, struct err *e);

/* Seconds until the next attempt after `tries` failed ones, the first after `first_s`. Pure. */
uint32_t mail_pause(uint64_t tries, uint32_t first_s);
/* The last moment at or before `now` at which it was `hour` o'clock in China. Pure. */
int64_t mail_last_hour(int64_t now, uint32_t hour);

/* ---- inside a job of the writer -------------------------------------------------------------- */

/* A mail about a notice just put, when the account wants one at once. */
MUST_USE enum err_code mail_put_notice(struct store *store, int64_t now, int64_t account,
	int64_t notice, struct err *e);
/* Gives up what nothing could be done with (a locked account, no mail server any more). */
MUST_USE enum err_code mail_sweep(struct store *store, int64_t now, struct err *e);

#endif
