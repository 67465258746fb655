/* dbc_lex.c - tokens of a DBC file. */
#include "evidence/dbc_lex.h"

#include <string.h>

void dbc_lex_open(struct dbc_lexer *l, struct str text)
{
	*l = (struct dbc_lexer){ text.at, text.at + text.len, text.at, 1 };
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
	return is_digit(c) || c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void skip_space(struct dbc_lexer *l)
{
	for (; l->at < l->end; l->at++) {
		if (*l->at == '\n') {
			l->line++;
			l->line_at = l->at + 1;
		} else if (*l->at != ' ' && *l->at != '\t' && *l->at != '\r') {
			return;
		}
	}
}

static enum err_code take_string(struct dbc_lexer *l, struct dbc_token *t, struct err *e)
{
	const char *from = ++l->at;

	for (; l->at < l->end && *l->at != '"'; l->at++) {
		/* A backslash keeps a quote inside. */
		if (*l->at == '\\' && l->at + 1 < l->end && l->at[1] == '"')
			l->at++;
		if (*l->at == '\n') {
			l->line++;
			l->line_at = l->at + 1;
		}
	}
	if (l->at == l->end) {
		(void)err_set(e, ERR_INVALID, "a string has no end");
		return err_at(e, t->line, t->column);
	}
	t->kind = DBC_STRING;
	t->text = (struct str){ from, (size_t)(l->at - from) };
	l->at++;
	return ERR_OK;
}

/* A number may have a sign of its own, a fraction and an exponent. */
static void take_number(struct dbc_lexer *l)
{
	l->at++;
	while (l->at < l->end && (is_word(*l->at) || *l->at == '.' ||
		((*l->at == '-' || *l->at == '+') && (l->at[-1] == 'e' || l->at[-1] == 'E'))))
		l->at++;
}

enum err_code dbc_lex_next(struct dbc_lexer *l, struct dbc_token *ret, struct err *e)
{
	const char *from;

	skip_space(l);
	from = l->at;
	*ret = (struct dbc_token){ .kind = DBC_END, .text = { from, 0 }, .line = l->line,
		.column = (uint32_t)(from - l->line_at) + 1 };
	if (from == l->end)
		return ERR_OK;
	if (*from == '"')
		return take_string(l, ret, e);
	ret->kind = DBC_SIGN;
	if (is_digit(*from) || ((*from == '-' || *from == '+' || *from == '.') &&
		from + 1 < l->end && (is_digit(from[1]) || from[1] == '.'))) {
		ret->kind = DBC_NUMBER;
		take_number(l);
	} else if (is_word(*from)) {
		ret->kind = DBC_WORD;
		while (l->at < l->end && is_word(*l->at))
			l->at++;
	} else {
		l->at++;
	}
	ret->text = (struct str){ from, (size_t)(l->at - from) };
	return ERR_OK;
}
