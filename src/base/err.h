/* err.h - the one error type.
 *
 * Is:      a small code plus a sentence, on the caller's stack. Functions that can fail return
 *          `enum err_code` and take `struct err *e` last; outputs are untouched on failure.
 * Is not:  a diagnostic channel: only web/, cli/ and the main loop of a thread print (diag.h).
 * Grammar: lower case, no full stop, object kind, user text quoted, reason last, no C names:
 *          could not open policy file "a.pol": no such file
 * People:  the message is for whoever runs or writes software. Where somebody without either can
 *          come upon it, err_word names the text for them.
 * Rule:    set once at the deepest place that knows; callers only prepend context (err_in).
 */
#ifndef HUREN_BASE_ERR_H
#define HUREN_BASE_ERR_H

#include <stdint.h>

#include "base/check.h"

enum err_code {
	ERR_OK = 0,
	ERR_INVALID,     /* the input is malformed or breaks a rule: ask for it again, corrected */
	ERR_NOT_FOUND,   /* the thing named does not exist here */
	ERR_CONFLICT,    /* true, but not with what is already stored */
	ERR_DENIED,      /* who asks may not, or a signature does not hold */
	ERR_TOO_LARGE,   /* over a limit of limits.h */
	ERR_CORRECT_SIZE,/* witness only: the answer carries the size to start from (HTTP 409) */
	ERR_UNPROVEN,    /* a Merkle proof does not hold (HTTP 422) */
	ERR_CORRUPT,     /* our own disk holds something it must not */
	ERR_IO,          /* the operating system refused: disk full, read-only, no such file */
	ERR_BUSY,        /* try again later: a queue is full, a peer is away */
	ERR_UNSUPPORTED, /* well formed, but nothing here can do it */
	ERR_INTERNAL,    /* our own mistake */
	ERR_CODE_COUNT
};

struct err {
	enum err_code code;
	char message[384];
	char hint[256];    /* a whole sentence that says what to do, or "" */
	const char *word;  /* constant: what pages say of it in their language, or NULL */
	uint32_t line;     /* position in a text input, 1-based, 0 = none */
	uint32_t column;
};

/* One row a code: the only place where HTTP statuses and exit codes stand. */
struct err_class {
	enum err_code code;
	const char *name;   /* stable word used in problem documents: "invalid", "not-found" ... */
	int http_status;
	int exit_code;      /* documented in huren(1) */
	const char *title;  /* short English title of the problem type */
};
const struct err_class *err_class(enum err_code code);

/* Sets code and message and returns the code, so that a failure is one line:
 *     return err_set(e, ERR_INVALID, "byte %zu is not a digit", i);
 * `e` may be NULL: then only the code is returned, also by the functions below when they follow in
 * the same thread. Clears hint and position. */
enum err_code err_set(struct err *e, enum err_code code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Adds advice to an error that is set; returns its code. */
enum err_code err_hint(struct err *e, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Names what people who meet the error on a page are told (the catalogues' list "refusal");
 * returns its code. */
enum err_code err_word(struct err *e, const char *word);
/* Records a position; returns its code. */
enum err_code err_at(struct err *e, uint32_t line, uint32_t column);
/* Prepends "context: " to the message; returns its code. */
enum err_code err_in(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Text of errno, thread-safe; valid until the next call in this thread. */
const char *err_errno(void);

/* Returns from the calling function when `call` fails. */
#define TRY(call)                                  \
	do {                                       \
		enum err_code try_code_ = (call);  \
		if (try_code_ != ERR_OK)           \
			return try_code_;          \
	} while (0)

#endif
