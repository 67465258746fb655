/* dbc_lex.h - words, numbers, strings and signs of a DBC file.
 *
 * Is:      one token after the other with its place; strings may go over lines.
 * Is not:  aware of statements (dbc.c).
 */
#ifndef HUREN_EVIDENCE_DBC_LEX_H
#define HUREN_EVIDENCE_DBC_LEX_H

#include "base/err.h"
#include "base/str.h"

enum dbc_token_kind { DBC_WORD, DBC_NUMBER, DBC_STRING, DBC_SIGN, DBC_END };

struct dbc_token {
	enum dbc_token_kind kind;
	struct str text;           /* of a string: what stands between the quotes */
	uint32_t line, column;     /* from 1, in bytes */
};
struct dbc_lexer {
	const char *at, *end, *line_at;
	uint32_t line;
};

void dbc_lex_open(struct dbc_lexer *l, struct str text);
/* ERR_INVALID with line and column: a string without end. */
MUST_USE enum err_code dbc_lex_next(struct dbc_lexer *l, struct dbc_token *ret, struct err *e);

#endif
