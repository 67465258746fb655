/* mail_text.h - a mail as RFC 5322 text: header, and a UTF-8 body of plain text.
 *
 * Is:      pure; names and subjects that are not plain ASCII become RFC 2047 encoded words, the
 *          body is base64, so that any mail server passes it on unchanged.
 * I1  Whatever the texts hold, there are exactly the header fields written here, and no line is
 *     longer than 998 bytes: control characters never reach the header as they are.
 */
#ifndef HUREN_WEB_MAIL_TEXT_H
#define HUREN_WEB_MAIL_TEXT_H

#include "base/buf.h"

struct mail_text {
	struct str from_name, from;        /* `from` and `to` are good addresses (service/mail.h) */
	struct str to_name, to;
	struct str subject, body;
	struct str message;                /* Message-ID without its host: letters and digits */
	struct str host;
	struct str unsubscribe;            /* https address of the settings page */
	const char *language;              /* "zh-CN", "en" */
	int64_t time;
};
/* ERR_TOO_LARGE; ERR_INVALID: something that must be plain is not. */
MUST_USE enum err_code mail_text_put(struct buf *b, const struct mail_text *m, struct err *e);
/* "Mon, 30 Nov 2026 18:26:19 +0800", in China's time; `ret` holds MAIL_DATE_BYTES. */
#define MAIL_DATE_BYTES 40
void mail_text_date(int64_t time, char *ret);

#endif
