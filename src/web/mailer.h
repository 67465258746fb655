/* mailer.h - the thread that sends what waits in the outbox.
 *
 * Is:      takes what is due from service/mail.h, words it from the catalogues, hands it to the
 *          mail server, tells how it went; puts the daily mails.
 * Is not:  running when node.json sets no mail up.
 * Why here: the catalogues are web/'s, and service/ knows no language.
 */
#ifndef HUREN_WEB_MAILER_H
#define HUREN_WEB_MAILER_H

#include "service/mail.h"
#include "web/catalogue.h"

struct mailer;

/* *ret is NULL when mail is not set up. ERR_IO. */
MUST_USE enum err_code mailer_open(struct service *s, const struct catalogue *c,
	struct mailer **ret, struct err *e);
void mailer_close(struct mailer *m);

/* The mail of a row, as it goes to the server. Pure, but for what `s` was configured with. */
MUST_USE enum err_code mailer_text(struct service *s, const struct catalogue *c, struct arena *a,
	const struct mail_waiting *m, int64_t now, struct str *ret, struct err *e);

#endif
