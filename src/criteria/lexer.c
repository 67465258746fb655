/* lexer.c - tokens of a criteria text. */
#include "criteria/lexer_inner.h"

#include <string.h>

/* Words that may follow a number and so are no units. */
static const char *const after_number[] = {
	"and", "or", "implies", "iff", "xor", "until", "since", "in", "scale", "between", "after",
	"before", "optional",
};
/* Words no name may be. Those that only stand in a signal's line ("gap", "unit", "text" ...) are
 * free, for a gap is what is often measured. */
static const char *const reserved[] = {
	"and", "or", "implies", "iff", "xor", "until", "since", "in", "scale", "between", "after",
	"before", "signal", "parameter", "grid", "let", "event", "applies", "valid", "pass",
	"measure", "not", "always", "eventually", "historically", "once", "rise", "fall", "prev",
	"next", "at", "first", "last", "crossing", "start", "end", "abs", "min", "max", "sqrt",
	"accuracy", "rate", "value", "duration", "minimum", "maximum", "mean",
};
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static bool is_among(struct str word, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (str_is(word, words[i]))
			return true;
	}
	return false;
}

bool lexer_is_reserved(struct str word)
{
	return is_among(word, reserved, COUNT(reserved));
}

bool token_is(const struct token *t, const char *text)
{
	return (t->kind == TOKEN_WORD || t->kind == TOKEN_SIGN) && str_is(t->text, text);
}

void token_blame(const struct token *t, struct err *e)
{
	(void)err_at(e, t->line, t->column); /* the code is known to whom set it */
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The byte at `at`, or NUL behind the end. */
static char byte_at(const struct lexer *x, size_t at)
{
	return at < x->text.len ? x->text.at[at] : '\0';
}

/* Columns count characters, not bytes; they go on from the place last asked for. */
static void place(struct lexer *x, size_t at, struct token *t)
{
	if (x->marked_at < x->line_at || x->marked_at > at) {
		x->marked_at = x->line_at;
		x->marked_column = 1;
	}
	for (; x->marked_at < at; x->marked_at++) {
		if (((uint8_t)x->text.at[x->marked_at] & 0xc0) != 0x80)
			x->marked_column++;
	}
	t->line = x->line;
	t->column = x->marked_column;
}

static void finish(struct lexer *x, enum token_kind kind, size_t from, size_t to)
{
	struct token t = { .kind = kind, .text = { x->text.at + from, to - from }, .at = from,
		.end = to };

	place(x, from, &t);
	x->token = t;
	x->at = to;
}

enum err_code lexer_start(struct lexer *x, struct str text, struct err *e)
{
	*x = (struct lexer){ .text = text, .line = 1, .marked_column = 1 };
	if (!str_is_utf8(text))
		return err_set(e, ERR_INVALID, "criteria text is not valid UTF-8");
	return lexer_next(x, e);
}

/* Goes over blanks and comments. True when a declaration ends here: a line break outside brackets,
 * and the next line that says anything is not indented. */
static bool skip_blank(struct lexer *x)
{
	bool broke = false;

	for (;;) {
		char c = byte_at(x, x->at);
		if (c == '#') {
			while (x->at < x->text.len && x->text.at[x->at] != '\n')
				x->at++;
		} else if (c == '\n') {
			x->at++;
			x->line++;
			x->line_at = x->at;
			broke = true;
		} else if (c == ' ' || c == '\t' || c == '\r') {
			x->at++;
		} else {
			return broke && x->brackets == 0 && x->at == x->line_at;
		}
	}
}

static enum err_code refuse(struct lexer *x, struct err *e, const char *message, const char *hint)
{
	struct token here = { 0 };

	place(x, x->at, &here);
	(void)err_set(e, ERR_INVALID, "%s", message);
	(void)err_hint(e, "%s", hint);
	token_blame(&here, e);
	return ERR_INVALID;
}

static enum err_code take_dollar(struct lexer *x, struct err *e)
{
	size_t from = x->at, to = from + 1;
	uint32_t suffix = 0;

	while (is_letter(byte_at(x, to)) || is_digit(byte_at(x, to)) || byte_at(x, to) == '_' ||
		(byte_at(x, to) == '-' && to > from + 1 &&
			(is_letter(byte_at(x, to + 1)) || is_digit(byte_at(x, to + 1)))))
		to++;
	if (to == from + 1)
		return refuse(x, e, "\"$\" without the id of a number",
			"Write the id as the scheme spells it: $least-gap.");
	finish(x, TOKEN_DOLLAR, from, to);
	if (byte_at(x, to) == '.' && is_digit(byte_at(x, to + 1))) {
		for (to++; is_digit(byte_at(x, to)) && suffix < 1000; to++)
			suffix = suffix * 10 + (uint32_t)(byte_at(x, to) - '0');
		if (suffix == 0 || suffix >= 1000)
			return refuse(x, e, "a table has no such column",
				"Columns count from 1, the first behind the argument.");
		x->at = x->token.end = to;
	}
	x->token.suffix = suffix;
	x->token.text = str_skip(x->token.text, 1);
	return ERR_OK;
}

static enum err_code take_text(struct lexer *x, struct err *e)
{
	size_t from = x->at, to = from + 1;

	while (byte_at(x, to) != '"') {
		if (to >= x->text.len || (uint8_t)x->text.at[to] < ' ')
			return refuse(x, e, "text without a closing quote",
				"A text ends on its line; it has no escapes.");
		to++;
	}
	finish(x, TOKEN_TEXT, from, to + 1);
	x->token.text = (struct str){ x->text.at + from + 1, to - from - 1 };
	return ERR_OK;
}

static void take_number(struct lexer *x)
{
	size_t from = x->at, to = from;

	while (is_digit(byte_at(x, to)))
		to++;
	if (byte_at(x, to) == '.' && is_digit(byte_at(x, to + 1))) {
		to++;
		while (is_digit(byte_at(x, to)))
			to++;
	}
	finish(x, TOKEN_NUMBER, from, to);
}

static enum err_code take_sign(struct lexer *x, struct err *e)
{
	char c = byte_at(x, x->at), second = byte_at(x, x->at + 1);
	size_t len = 1;

	if (!c || !strchr("+-*/()[],:=<>!", c))
		return refuse(x, e, "a character that has no meaning here",
			"Formulas use ASCII signs; texts stand in double quotes.");
	if (second == '=' && strchr("=<>!", c))
		len = 2;
	if (c == '!' && len == 1)
		return refuse(x, e, "\"!\" is no operator", "Write \"not\" or \"!=\".");
	if (c == '(' || c == '[')
		x->brackets++;
	if ((c == ')' || c == ']') && x->brackets > 0)
		x->brackets--;
	finish(x, TOKEN_SIGN, x->at, x->at + len);
	return ERR_OK;
}

enum err_code lexer_again_as_id(struct lexer *x, struct err *e)
{
	size_t from = x->token.at, to = from;

	if (x->token.kind == TOKEN_WORD && byte_at(x, to) >= 'a') {
		char c = byte_at(x, to);
		while ((c >= 'a' && c <= 'z') || is_digit(c) || c == '-')
			c = byte_at(x, ++to);
	}
	if (to == from || is_letter(byte_at(x, to)) || byte_at(x, to) == '_') {
		(void)err_set(e, ERR_INVALID, "an id is missing or malformed");
		(void)err_hint(e, "Ids are lower-case words joined by hyphens: no-contact.");
		token_blame(&x->token, e);
		return ERR_INVALID;
	}
	finish(x, TOKEN_ID, from, to);
	return ERR_OK;
}

/* Bytes of a letter, sign or small digit that units are made of besides ASCII; 0 = none here. */
static size_t unit_mark(const struct lexer *x, size_t at, bool inside)
{
	static const char *const starts[] = { "%", "°", "µ", "μ", "Ω", "℃", "‰" };
	static const char *const insides[] = { "²", "³", "⁻", "¹", "⁴", "·" };
	struct str rest = str_skip(x->text, at);

	for (size_t i = 0; i < COUNT(starts); i++) {
		if (str_starts(rest, starts[i]))
			return strlen(starts[i]);
	}
	for (size_t i = 0; inside && i < COUNT(insides); i++) {
		if (str_starts(rest, insides[i]))
			return strlen(insides[i]);
	}
	return 0;
}

bool lexer_at_unit(const struct lexer *x)
{
	return x->token.kind == TOKEN_UNIT || (x->token.kind == TOKEN_WORD &&
		!is_among(x->token.text, after_number, COUNT(after_number)));
}

/* Where the unit that begins at `from` ends. */
static size_t unit_end(const struct lexer *x, size_t from)
{
	size_t to = from;

	while (to < x->text.len) {
		char c = byte_at(x, to), second = byte_at(x, to + 1);
		bool more = is_letter(c) || is_digit(c);

		if (c == '^')
			more = is_digit(second) || second == '-';
		if (c == '-')
			more = to > from && byte_at(x, to - 1) == '^' && is_digit(second);
		if (c == '/')
			more = to > from && (is_letter(second) || unit_mark(x, to + 1, false) > 0);
		if (!more && unit_mark(x, to, true) == 0)
			break;
		to += more ? 1 : unit_mark(x, to, true);
	}
	return to;
}

enum err_code lexer_again_as_unit(struct lexer *x, struct err *e)
{
	enum token_kind kind = x->token.kind;
	size_t from = x->token.at;

	if (kind != TOKEN_WORD && kind != TOKEN_NUMBER && kind != TOKEN_UNIT) {
		(void)err_set(e, ERR_INVALID, "a unit is missing");
		(void)err_hint(e, "Write the unit without blanks, as in km/h or m/s2; "
			"1 means none.");
		token_blame(&x->token, e);
		return ERR_INVALID;
	}
	finish(x, TOKEN_UNIT, from, unit_end(x, from));
	return ERR_OK;
}

enum err_code lexer_next(struct lexer *x, struct err *e)
{
	bool first = x->at == 0;
	size_t to;
	char c;

	x->end_before = x->token.end;
	if (skip_blank(x) && !first) {
		finish(x, TOKEN_NEWLINE, x->at, x->at);
		return ERR_OK;
	}
	if (x->at >= x->text.len) {
		finish(x, TOKEN_END, x->at, x->at);
		return ERR_OK;
	}
	c = byte_at(x, x->at);
	if (c == '$')
		return take_dollar(x, e);
	if (c == '"')
		return take_text(x, e);
	if (is_digit(c)) {
		take_number(x);
		return ERR_OK;
	}
	if (unit_mark(x, x->at, false) > 0) {
		finish(x, TOKEN_UNIT, x->at, unit_end(x, x->at));
		return ERR_OK;
	}
	if (!is_letter(c))
		return take_sign(x, e);
	for (to = x->at; is_letter(byte_at(x, to)) || is_digit(byte_at(x, to)) ||
		byte_at(x, to) == '_'; to++)
		;
	finish(x, TOKEN_WORD, x->at, to);
	return ERR_OK;
}
