/* err.c - setting errors, and what each code means outside. */
#include "base/err.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Exit codes follow sysexits.h where it has a word, so that scripts can tell a wrong input (65)
 * from a full disk (74); 1 is left to "the thing asked about is false" (a proof that fails). */
static const struct err_class classes[ERR_CODE_COUNT] = {
	[ERR_OK] = { ERR_OK, "ok", 200, 0, "OK" },
	[ERR_INVALID] = { ERR_INVALID, "invalid", 400, 65, "The input is not valid" },
	[ERR_NOT_FOUND] = { ERR_NOT_FOUND, "not-found", 404, 66, "There is no such thing here" },
	[ERR_CONFLICT] = { ERR_CONFLICT, "conflict", 409, 73, "It does not fit what is stored" },
	[ERR_DENIED] = { ERR_DENIED, "denied", 403, 77, "Not allowed" },
	[ERR_TOO_LARGE] = { ERR_TOO_LARGE, "too-large", 413, 65, "Over a limit" },
	[ERR_CORRECT_SIZE] = { ERR_CORRECT_SIZE, "correct-size", 409, 73,
		"The old size is not the one this witness has" },
	[ERR_UNPROVEN] = { ERR_UNPROVEN, "unproven", 422, 1, "The proof does not hold" },
	[ERR_CORRUPT] = { ERR_CORRUPT, "corrupt", 500, 76, "Stored data are damaged" },
	[ERR_IO] = { ERR_IO, "io", 503, 74, "The operating system refused" },
	[ERR_BUSY] = { ERR_BUSY, "busy", 503, 75, "Busy, try again later" },
	[ERR_UNSUPPORTED] = { ERR_UNSUPPORTED, "unsupported", 422, 69, "Not supported here" },
	[ERR_INTERNAL] = { ERR_INTERNAL, "internal", 500, 70, "A mistake of this program" },
};

static_assert(sizeof(classes) / sizeof(classes[0]) == ERR_CODE_COUNT, "one row a code");

const struct err_class *err_class(enum err_code code)
{
	CHECK((unsigned)code < ERR_CODE_COUNT);
	return &classes[code];
}

/* What was cut for length ends with a whole UTF-8 character. */
static void end_whole(char *text, size_t size)
{
	size_t len = strlen(text);
	size_t at = len;

	if (len + 4 < size) /* with room left nothing was cut */
		return;
	while (at > 0 && len - at < 3 && ((unsigned char)text[at - 1] & 0xc0u) == 0x80u)
		at--;
	if (at == 0 || (unsigned char)text[at - 1] < 0xc0u)
		return;
	unsigned char first = (unsigned char)text[at - 1];
	size_t need = first < 0xe0u ? 2 : first < 0xf0u ? 3 : 4;
	if (len - (at - 1) < need)
		text[at - 1] = '\0';
}

/* The code last set without a place for it: what err_in and its sisters then return. */
static _Thread_local enum err_code code_unplaced = ERR_INTERNAL;

enum err_code err_set(struct err *e, enum err_code code, const char *format, ...)
{
	va_list args;

	CHECK(code != ERR_OK);
	CHECK((unsigned)code < ERR_CODE_COUNT);
	if (!e) {
		code_unplaced = code;
		return code;
	}
	e->code = code;
	e->hint[0] = '\0';
	e->word = NULL;
	e->line = 0;
	e->column = 0;
	va_start(args, format);
	(void)vsnprintf(e->message, sizeof(e->message), format, args); /* cut when too long */
	va_end(args);
	end_whole(e->message, sizeof(e->message));
	return code;
}

enum err_code err_hint(struct err *e, const char *format, ...)
{
	va_list args;

	if (!e)
		return code_unplaced;
	va_start(args, format);
	(void)vsnprintf(e->hint, sizeof(e->hint), format, args); /* cut when too long */
	va_end(args);
	return e->code;
}

enum err_code err_word(struct err *e, const char *word)
{
	if (!e)
		return code_unplaced;
	e->word = word;
	return e->code;
}

enum err_code err_at(struct err *e, uint32_t line, uint32_t column)
{
	if (!e)
		return code_unplaced;
	e->line = line;
	e->column = column;
	return e->code;
}

enum err_code err_in(struct err *e, const char *format, ...)
{
	char context[sizeof(e->message)];
	size_t len, room;
	va_list args;

	if (!e)
		return code_unplaced;
	va_start(args, format);
	(void)vsnprintf(context, sizeof(context) - 2, format, args);
	va_end(args);
	end_whole(context, sizeof(context) - 2);
	len = strlen(context);
	context[len++] = ':';
	context[len++] = ' ';
	/* The deepest words matter least to lose: context stays, the tail is cut. */
	room = sizeof(e->message) - 1 - len;
	size_t old = strlen(e->message);
	if (old > room)
		old = room;
	memmove(e->message + len, e->message, old);
	memcpy(e->message, context, len);
	e->message[len + old] = '\0';
	end_whole(e->message, sizeof(e->message));
	return e->code;
}

const char *err_errno(void)
{
	static _Thread_local char text[128];

	return strerror_r(errno, text, sizeof(text)); /* GNU form: may point elsewhere */
}
