/* diag.c - one write a line, so that lines of several threads never mix. */
#include "base/diag.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/instant.h"
#include "base/str.h"

#define LINE_BYTES_MAX 2048 /* an error with its hint, some bytes escaped, fits */
#define TAIL_BYTES 128      /* kept free by escaped text, so that a cut JSON line is still JSON */

static atomic_int level_least = DIAG_INFO;

static const char *const level_names[] = { "debug", "info", "warn", "alarm" };

struct line {
	char at[LINE_BYTES_MAX];
	size_t len;
};

void diag_set_level(enum diag_level least)
{
	atomic_store(&level_least, (int)least);
}

/* Control characters are always escaped: a line of text must stay one line. In JSON also quotes,
 * backslashes and whatever is not ASCII when the whole text is not valid UTF-8. */
static void put_escaped(struct line *l, const char *text, bool json)
{
	bool utf8 = str_is_utf8(str_of(text));

	for (; *text && l->len + TAIL_BYTES < sizeof(l->at); text++) {
		unsigned char c = (unsigned char)*text;
		if (json && (c == '"' || c == '\\')) {
			l->at[l->len++] = '\\';
			l->at[l->len++] = (char)c;
		} else if (c < 0x20 || c == 0x7f || (c >= 0x80 && !utf8)) {
			l->len += (size_t)snprintf(l->at + l->len, sizeof(l->at) - l->len,
				json ? "\\u%04x" : "\\x%02x", c);
		} else {
			l->at[l->len++] = (char)c;
		}
	}
}

static void put_plain(struct line *l, const char *text)
{
	size_t len = strlen(text);

	if (len > sizeof(l->at) - 1 - l->len)
		len = sizeof(l->at) - 1 - l->len;
	memcpy(l->at + l->len, text, len);
	l->len += len;
}

static void emit(enum diag_level level, const char *area, const char *message, const char *hint)
{
	const char *form = getenv("HUREN_DIAG");
	bool json = form && strcmp(form, "json") == 0;
	char time[INSTANT_TEXT_BYTES];
	struct line l = { .len = 0 };

	instant_format(instant_now(), time);
	put_plain(&l, json ? "{\"time\":\"" : "");
	put_plain(&l, time);
	put_plain(&l, json ? "\",\"level\":\"" : " ");
	put_plain(&l, level_names[level]);
	put_plain(&l, json ? "\",\"area\":\"" : " ");
	put_escaped(&l, area, json);
	put_plain(&l, json ? "\",\"message\":\"" : ": ");
	put_escaped(&l, message, json);
	if (hint[0]) {
		put_plain(&l, json ? "\",\"hint\":\"" : ". ");
		put_escaped(&l, hint, json);
	}
	put_plain(&l, json ? "\"}" : "");
	l.at[l.len++] = '\n';
	/* There is nobody left to tell when standard error fails. */
	if (write(STDERR_FILENO, l.at, l.len) < 0)
		return;
}

void diag(enum diag_level level, const char *area, const char *format, ...)
{
	char message[LINE_BYTES_MAX / 2];
	va_list args;

	if ((int)level < atomic_load(&level_least))
		return;
	va_start(args, format);
	(void)vsnprintf(message, sizeof(message), format, args); /* cut when too long */
	va_end(args);
	emit(level, area, message, "");
}

void diag_err(enum diag_level level, const char *area, const struct err *e)
{
	char message[sizeof(e->message) + 64];

	if ((int)level < atomic_load(&level_least))
		return;
	if (e->line > 0)
		(void)snprintf(message, sizeof(message), "%s (line %u, column %u)", e->message,
			e->line, e->column);
	else
		(void)snprintf(message, sizeof(message), "%s", e->message);
	emit(level, area, message, e->hint);
}
