/* smtp_client.h - hands one mail at a time to a mail server (SMTP by libcurl).
 *
 * Is:      smtp:// with STARTTLS (asked for unless `plain`) and smtps://, certificates checked,
 *          time limits on everything; a connection is kept for the next mail.
 * Is not:  the wording (web/mail_text.h), nor a queue (service/mail.h).
 * Life:    smtp_client_open -> smtp_client_send* in ONE thread -> smtp_client_close.
 */
#ifndef HUREN_PEER_SMTP_CLIENT_H
#define HUREN_PEER_SMTP_CLIENT_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

struct smtp_client;

struct smtp_server {
	struct str url;            /* "smtp://host:587" */
	struct str user, password, ca_file;    /* may be empty */
	struct str own_name;       /* for EHLO */
	bool plain;                /* no STARTTLS */
};
/* ERR_TOO_LARGE: a text of the server's is too long. ERR_IO. */
MUST_USE enum err_code smtp_client_open(const struct smtp_server *server, struct smtp_client **ret,
	struct err *e);
void smtp_client_close(struct smtp_client *c);
/* From any thread: what is being sent ends with ERR_BUSY, and so does all that follows. */
void smtp_client_interrupt(struct smtp_client *c);

/* `from` and `to` are bare addresses that mail_address_is_good (service/mail.h). ERR_BUSY: not
 * taken now. ERR_DENIED: this mail will not be taken, however often it is sent (a 5xx to the
 * recipient or to the text). The message quotes the server. */
MUST_USE enum err_code smtp_client_send(struct smtp_client *c, struct str from, struct str to,
	struct str text, struct err *e);

#endif
