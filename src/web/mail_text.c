/* mail_text.c - see mail_text.h. */
#include "web/mail_text.h"

#include <stdio.h>

#include "base/encode.h"
#include "base/instant.h"

#define CHINA_OFFSET_S (8 * 3600)
#define DAY_S 86400
#define WORD_BYTES 42      /* 56 characters of base64, with =?UTF-8?B?...?= under 75 */
#define LINE_BYTES 57      /* 76 characters of base64 */

void mail_text_date(int64_t time, char *ret)
{
	static const char *const days[] = { "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul",
		"Aug", "Sep", "Oct", "Nov", "Dec" };
	char text[INSTANT_TEXT_BYTES];
	unsigned month;

	time += CHINA_OFFSET_S;
	instant_format(time, text);
	month = (unsigned)(text[5] - '0') * 10 + (unsigned)(text[6] - '0');
	(void)snprintf(ret, MAIL_DATE_BYTES, "%s, %.2s %s %.4s %.8s +0800",
		days[time / DAY_S % 7], text + 8, months[(month - 1) % 12], text, text + 11);
}

/* Fits into a header as it stands, whatever is around it? */
static bool is_plain(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];
		bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			(c >= '0' && c <= '9') || c == ' ' || c == '-' || c == '.' || c == '_';
		if (!good)
			return false;
	}
	return s.len > 0 && s.len <= 60 && s.at[0] != ' ' && s.at[s.len - 1] != ' ';
}

/* As many bytes as one encoded word takes, never half a character (RFC 2047, 5). */
static size_t word_len(struct str s)
{
	size_t len = s.len < WORD_BYTES ? s.len : WORD_BYTES;

	while (len > 1 && len < s.len && ((uint8_t)s.at[len] & 0xc0) == 0x80)
		len--;
	return len;
}

static void put_words(struct buf *b, struct str s)
{
	if (is_plain(s)) {
		buf_put_str(b, s);
		return;
	}
	for (bool first = true; s.len > 0; first = false) {
		size_t len = word_len(s);
		buf_put_text(b, first ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?");
		base64_put(b, (const uint8_t *)s.at, len);
		buf_put_text(b, "?=");
		s = str_skip(s, len);
	}
}

/* What must stand in the header as it is: addresses of this node's making. */
static bool is_bare(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] <= ' ' || s.at[i] > '~' || s.at[i] == '<' || s.at[i] == '>')
			return false;
	return s.len > 0 && s.len <= 900;
}

static void put_mailbox(struct buf *b, const char *field, struct str name, struct str address)
{
	buf_printf(b, "%s: ", field);
	if (name.len > 0) {
		put_words(b, name);
		buf_put_text(b, "\r\n ");
	}
	buf_printf(b, "<" STR_FMT ">\r\n", STR_ARG(address));
}

static void put_body(struct buf *b, struct str body)
{
	while (body.len > 0) {
		size_t len = body.len < LINE_BYTES ? body.len : LINE_BYTES;
		base64_put(b, (const uint8_t *)body.at, len);
		buf_put_text(b, "\r\n");
		body = str_skip(body, len);
	}
}

enum err_code mail_text_put(struct buf *b, const struct mail_text *m, struct err *e)
{
	char date[MAIL_DATE_BYTES];

	if (!is_bare(m->from) || !is_bare(m->to) || !is_bare(m->message) || !is_bare(m->host) ||
		!is_bare(m->unsubscribe))
		return err_set(e, ERR_INVALID, "an address of the mail cannot stand in its header");
	mail_text_date(m->time, date);
	buf_printf(b, "Date: %s\r\n", date);
	put_mailbox(b, "From", m->from_name, m->from);
	put_mailbox(b, "To", m->to_name, m->to);
	buf_put_text(b, "Subject: ");
	put_words(b, m->subject);
	buf_printf(b, "\r\nMessage-ID: <" STR_FMT "@" STR_FMT ">\r\n", STR_ARG(m->message),
		STR_ARG(m->host));
	buf_printf(b, "Auto-Submitted: auto-generated\r\nContent-Language: %s\r\n", m->language);
	buf_printf(b, "List-Unsubscribe: <" STR_FMT ">\r\n", STR_ARG(m->unsubscribe));
	buf_put_text(b, "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
		"Content-Transfer-Encoding: base64\r\n\r\n");
	put_body(b, m->body);
	return buf_check(b, "mail", e);
}
