/* lexer_inner.h - a criteria text as tokens with places.
 *
 * Is:      one token at a time, read on demand. What an id or a unit is depends on where it stands,
 *          so the parser asks for the current token to be read again as one of these.
 * Life:    lexer_start, then lexer_next until TOKEN_END; borrows the text.
 */
#ifndef HUREN_CRITERIA_LEXER_INNER_H
#define HUREN_CRITERIA_LEXER_INNER_H

#include "base/err.h"
#include "base/str.h"

enum token_kind {
	TOKEN_END, TOKEN_NEWLINE,
	TOKEN_WORD,      /* a name or a word of the language */
	TOKEN_NUMBER,    /* decimal without sign and exponent */
	TOKEN_TEXT,      /* `text` is without the quotes */
	TOKEN_DOLLAR,    /* $id or $id.N; `text` is the id, `suffix` N or 0 */
	TOKEN_ID,        /* only from lexer_again_as_id */
	TOKEN_UNIT,      /* only from lexer_again_as_unit */
	TOKEN_SIGN       /* + - * / ( ) [ ] , : = < <= > >= == != */
};

struct token {
	enum token_kind kind;
	struct str text;
	uint32_t suffix;
	uint32_t line, column;
	size_t at, end;          /* bytes of the whole text */
};

struct lexer {
	struct str text;
	size_t at;               /* next byte */
	uint32_t line;
	size_t line_at;          /* where that line begins */
	size_t marked_at;        /* a byte of the line and its column */
	uint32_t marked_column;
	uint32_t brackets;       /* open ones: a line goes on */
	struct token token;      /* the current one */
	size_t end_before;       /* where the token before it ended */
};

/* ERR_INVALID: no UTF-8. Reads the first token. */
MUST_USE enum err_code lexer_start(struct lexer *x, struct str text, struct err *e);
MUST_USE enum err_code lexer_next(struct lexer *x, struct err *e);
/* Reads the current token again, from its first byte: [a-z][a-z0-9-]*. */
MUST_USE enum err_code lexer_again_as_id(struct lexer *x, struct err *e);
/* Reads the current token again as a unit: letters, digits, "^", "/", "·", without blanks. */
MUST_USE enum err_code lexer_again_as_unit(struct lexer *x, struct err *e);
/* Whether a unit could begin at the current token (behind a number). */
bool lexer_at_unit(const struct lexer *x);
/* Whether this is a word that no name may be. */
bool lexer_is_reserved(struct str word);

bool token_is(const struct token *t, const char *text); /* a word or a sign */
/* Sets the place of an error that is set. */
void token_blame(const struct token *t, struct err *e);

#endif
