/* parser.c - formulas and quantities by descent, loosest operator first. Depth is counted. */
#include <math.h>
#include <string.h>

#include "base/limits.h"
#include "base/number.h"
#include "criteria/program_inner.h"

#define ARGUMENTS_MAX FUNCTION_ARGUMENTS_MAX

/* ---- tokens ---------------------------------------------------------------------------------- */

struct token parser_token(const struct parser *p)
{
	return p->x.token;
}

enum err_code parser_next(struct parser *p)
{
	return lexer_next(&p->x, p->e);
}

enum err_code parser_accept(struct parser *p, const char *text, bool *ret)
{
	*ret = token_is(&p->x.token, text);
	return *ret ? parser_next(p) : ERR_OK;
}

/* The current token for a message. */
static const char *found(struct parser *p)
{
	const struct token *t = &p->x.token;

	if (t->kind == TOKEN_END || t->kind == TOKEN_NEWLINE)
		return "the end of the line";
	return parser_quote(p, (struct str){ p->x.text.at + t->at, t->end - t->at });
}

enum err_code parser_expect(struct parser *p, const char *text, const char *hint)
{
	if (!token_is(&p->x.token, text))
		return parser_fail(p, &p->x.token, hint, "\"%s\" is missing before %s", text,
			found(p));
	return parser_next(p);
}

const struct name *parser_find(const struct parser *p, struct str text)
{
	for (uint32_t i = 0; i < p->name_count; i++) {
		if (str_eq(p->names[i].text, text))
			return &p->names[i];
	}
	return NULL;
}

static enum err_code enter(struct parser *p)
{
	if (p->nesting < LIMIT_CRITERIA_DEPTH) {
		p->nesting++;
		return ERR_OK;
	}
	(void)err_set(p->e, ERR_TOO_LARGE, "formula nested over %d levels", LIMIT_CRITERIA_DEPTH);
	(void)err_hint(p->e, "Name a part of it: let NAME = ...");
	token_blame(&p->x.token, p->e);
	return ERR_TOO_LARGE;
}

/* ---- numbers, units, times, events ----------------------------------------------------------- */

enum err_code parser_unit(struct parser *p, struct unit *ret)
{
	struct token at;

	TRY(lexer_again_as_unit(&p->x, p->e));
	at = p->x.token;
	if (unit_parse(at.text, ret, p->e) != ERR_OK) {
		enum err_code code = p->e ? p->e->code : ERR_INVALID;
		(void)err_hint(p->e, "Units are written without blanks (km/h, m/s2); "
			"a division has blanks around its sign.");
		token_blame(&at, p->e);
		return code;
	}
	return parser_next(p);
}

/* Digits as the double nearest to them. */
static enum err_code number_value(struct parser *p, const struct token *t, double *ret)
{
	const char *end = t->text.at + t->text.len;
	double value = 0;

	CHECK(number_parse(t->text.at, end, '.', &value) == end);
	if (value > 9007199254740992.0)
		return parser_fail(p, t, "Numbers are decimals such as 0.35, up to 2^53.",
			"number is too large");
	*ret = value;
	return ERR_OK;
}

static enum err_code find_number(struct parser *p, uint32_t *ret)
{
	const struct token *at = &p->x.token;

	for (uint32_t i = 0; i < p->number_count; i++) {
		if (!str_eq(p->numbers[i].id, at->text))
			continue;
		*ret = i;
		return ERR_OK;
	}
	return parser_fail(p, at, "Declare it in the scheme's numbers, with source and status.",
		"the scheme has no number \"" STR_FMT "\"",
		(int)(at->text.len < 64 ? at->text.len : 64), at->text.at);
}

/* TIME without blame for a missing unit: *ret_bare tells that there was none. A number that is not
 * entered counts as 0 and is put into *ret_missing. */
static enum err_code take_time(struct parser *p, struct str *ret_digits, struct unit *ret_unit,
	bool *ret_bare, uint32_t *ret_missing)
{
	uint32_t index = 0;

	if (p->x.token.kind == TOKEN_DOLLAR && ret_missing) {
		TRY(find_number(p, &index));
		if (p->numbers[index].column_count > 0)
			return parser_fail(p, &p->x.token, "A time is a single number.",
				"$" STR_FMT " is a table", STR_ARG(p->x.token.text));
		if (!p->numbers[index].entered)
			*ret_missing = index;
		*ret_digits = p->numbers[index].entered ? p->numbers[index].text : STR("0");
		*ret_unit = p->numbers[index].unit;
		*ret_bare = false;
		return parser_next(p);
	}
	if (p->x.token.kind != TOKEN_NUMBER)
		return parser_fail(p, &p->x.token, "A time is a number and its unit: 2 s, 50 ms.",
			"a time is missing before %s", found(p));
	*ret_digits = p->x.token.text;
	TRY(parser_next(p));
	*ret_bare = !lexer_at_unit(&p->x);
	return *ret_bare ? ERR_OK : parser_unit(p, ret_unit);
}

static enum err_code time_value(struct parser *p, const struct token *at, struct str digits,
	const struct unit *unit, int64_t *ret)
{
	enum err_code code = time_from_text(digits, unit, ret, p->e);

	if (code == ERR_OK)
		return ERR_OK;
	(void)err_hint(p->e, "Times are written in h, min, s, ms, µs or ns: 2 s, 50 ms.");
	token_blame(at, p->e);
	return code;
}

enum err_code parser_time(struct parser *p, int64_t *ret)
{
	struct token at = p->x.token;
	struct unit unit = { 0 };
	struct str digits;
	bool bare = false;

	TRY(take_time(p, &digits, &unit, &bare, NULL));
	if (bare)
		return parser_fail(p, &at, "Write 2 s or 50 ms.", "a time without a unit");
	return time_value(p, &at, digits, &unit, ret);
}

enum err_code parser_add_rule(struct parser *p, const struct token *at, struct event_rule rule,
	uint32_t *ret)
{
	if (p->n.rule_count == LIMIT_CRITERIA_NAMES) {
		(void)err_set(p->e, ERR_TOO_LARGE, "program has over %d events",
			LIMIT_CRITERIA_NAMES);
		token_blame(at, p->e);
		return ERR_TOO_LARGE;
	}
	p->rules[p->n.rule_count] = rule;
	*ret = p->n.rule_count++;
	return ERR_OK;
}

enum err_code parser_event(struct parser *p, uint32_t *ret)
{
	struct token at = p->x.token;
	const struct name *name = at.kind == TOKEN_WORD ? parser_find(p, at.text) : NULL;
	uint32_t rule = 0;

	if (token_is(&at, "start"))
		rule = 0;
	else if (token_is(&at, "end"))
		rule = 1;
	else if (name && name->kind == NAME_EVENT)
		rule = p->event_rules[name->index];
	else
		return parser_fail(p, &at, "An event is start, end, or a name declared above: "
			"event NAME = first ...", "%s is no event", found(p));
	TRY(parser_next(p));
	while (token_is(&p->x.token, "+") || token_is(&p->x.token, "-")) {
		struct event_rule offset = { .kind = RULE_OFFSET, .base = rule, .after = NONE,
			.before = NONE };
		bool minus = token_is(&p->x.token, "-");

		TRY(parser_next(p));
		TRY(parser_time(p, &offset.offset));
		offset.offset = minus ? -offset.offset : offset.offset;
		TRY(parser_add_rule(p, &at, offset, &rule));
	}
	*ret = rule;
	return ERR_OK;
}

/* ---- quantities ------------------------------------------------------------------------------ */

static enum err_code parse_sum(struct parser *p, uint32_t *ret);

static enum err_code take_number(struct parser *p, uint32_t *ret)
{
	struct token at = p->x.token;
	struct node n = { .kind = NODE_CONSTANT, .constant = true };

	TRY(number_value(p, &at, &n.value));
	TRY(parser_next(p));
	if (lexer_at_unit(&p->x))
		TRY(parser_unit(p, &n.unit));
	return node_add(p, &at, n, NULL, 0, ret);
}

static enum err_code take_table(struct parser *p, const struct token *at, uint32_t index,
	uint32_t *ret)
{
	const struct program_number *number = &p->numbers[index];
	struct node n = { .kind = NODE_TABLE, .index = index,
		.column_index = at->suffix > 0 ? at->suffix : 1 };
	uint32_t child = 0;
	const struct node *x;
	struct token place;
	char got[UNIT_TEXT_BYTES], wanted[UNIT_TEXT_BYTES];

	if (n.column_index >= number->column_count)
		return parser_fail(p, at, "Columns count from 1, the first behind the argument.",
			"table $" STR_FMT " has %u columns of results", STR_ARG(number->id),
			number->column_count - 1);
	TRY(parser_expect(p, "(", "A table is read at a quantity: $id(speed)."));
	TRY(parser_quantity(p, &child));
	TRY(parser_expect(p, ")", NULL));
	x = &p->n.nodes[child];
	if (!unit_eq(&x->unit, &number->column_units[0])) {
		place = (struct token){ .line = x->line, .column = x->column };
		(void)unit_text(&x->unit, got);
		(void)unit_text(&number->column_units[0], wanted);
		return parser_fail(p, &place, "Convert it: (...) in the unit of the table's first "
			"column.", "table $" STR_FMT " is read in %s, not in %s",
			STR_ARG(number->id), wanted, got);
	}
	n.unit = number->column_units[n.column_index];
	return node_add(p, at, n, &child, 1, ret);
}

static enum err_code take_dollar(struct parser *p, uint32_t *ret)
{
	struct token at = p->x.token;
	struct node n = { .kind = NODE_NUMBER, .constant = true };

	TRY(find_number(p, &n.index));
	TRY(parser_next(p));
	if (p->numbers[n.index].column_count > 0)
		return take_table(p, &at, n.index, ret);
	if (at.suffix > 0 || token_is(&p->x.token, "("))
		return parser_fail(p, &at, "A single number is named without brackets.",
			"$" STR_FMT " is no table", STR_ARG(at.text));
	n.unit = p->numbers[n.index].unit;
	return node_add(p, &at, n, NULL, 0, ret);
}

/* accuracy(signal), rate(signal) */
static enum err_code take_of_signal(struct parser *p, enum node_kind kind, uint32_t *ret)
{
	struct token at = p->x.token, word;
	struct node n = { .kind = kind, .constant = true };
	const struct name *name;

	TRY(parser_next(p));
	TRY(parser_expect(p, "(", "It takes a signal in brackets."));
	word = p->x.token;
	name = word.kind == TOKEN_WORD ? parser_find(p, word.text) : NULL;
	if (!name || name->kind != NAME_SIGNAL)
		return parser_fail(p, &word, "Name a signal that is declared above.",
			"%s is no signal", found(p));
	n.index = name->index;
	if (kind == NODE_RATE)
		CHECK(unit_parse(STR("Hz"), &n.unit, NULL) == ERR_OK);
	else if (p->signals[n.index].kind == SIGNAL_NUMBER)
		n.unit = p->signals[n.index].unit;
	else
		return parser_fail(p, &word, NULL, "a flag or text has no accuracy");
	TRY(parser_next(p));
	TRY(parser_expect(p, ")", NULL));
	return node_add(p, &at, n, NULL, 0, ret);
}

/* value(x, EVENT), duration(EVENT, EVENT) */
static enum err_code take_at_event(struct parser *p, enum node_kind kind, uint32_t *ret)
{
	struct token at = p->x.token;
	struct node n = { .kind = kind, .constant = true, .event_b = NONE };
	uint32_t child = 0;

	TRY(parser_next(p));
	TRY(parser_expect(p, "(", NULL));
	if (kind == NODE_VALUE)
		TRY(parser_quantity(p, &child));
	else
		TRY(parser_event(p, &n.event_a));
	TRY(parser_expect(p, ",", "value takes a quantity and an event, duration two events."));
	TRY(parser_event(p, kind == NODE_VALUE ? &n.event_a : &n.event_b));
	TRY(parser_expect(p, ")", NULL));
	if (kind == NODE_DURATION)
		CHECK(unit_parse(STR("s"), &n.unit, NULL) == ERR_OK);
	return node_add(p, &at, n, &child, kind == NODE_VALUE ? 1 : 0, ret);
}

/* NAME "(" quantity { "," quantity } ")" */
static enum err_code take_call(struct parser *p, struct node n, uint32_t *ret)
{
	struct token at = p->x.token;
	uint32_t children[ARGUMENTS_MAX], count = 0, wanted;
	struct token places[ARGUMENTS_MAX];
	bool more = true;

	wanted = n.kind == NODE_CALL ? 0 : n.kind == NODE_MIN || n.kind == NODE_MAX ? 2 : 1;
	TRY(parser_next(p));
	TRY(parser_expect(p, "(", "A function takes its arguments in brackets."));
	while (more) {
		if (count == ARGUMENTS_MAX)
			return parser_fail(p, &at, NULL, "a function takes at most %d arguments",
				ARGUMENTS_MAX);
		places[count] = p->x.token;
		TRY(parser_quantity(p, &children[count++]));
		TRY(parser_accept(p, ",", &more));
	}
	TRY(parser_expect(p, ")", "Arguments are separated by commas."));
	if (wanted > 0 && wanted != count)
		return parser_fail(p, &at, NULL, STR_FMT " takes %u argument%s, not %u",
			STR_ARG(at.text), wanted, wanted == 1 ? "" : "s", count);
	n.child_count = count;
	memcpy(p->places, places, count * sizeof(places[0]));
	return node_add(p, &at, n, children, count, ret);
}

/* The node a name stands for. */
static enum err_code take_name(struct parser *p, uint32_t *ret)
{
	struct token at = p->x.token;
	const struct name *name = parser_find(p, at.text);
	const struct function *f = function_find(at.text);
	struct node n = { .kind = NODE_PARAMETER, .constant = true };

	if (!name && f)
		return take_call(p, (struct node){ .kind = NODE_CALL,
			.index = (uint32_t)(f - functions_table) }, ret);
	if (!name)
		return parser_fail(p, &at, "Names are declared above their first use: signal, "
			"parameter, let, event.", "%s is not declared", found(p));
	if (name->kind == NAME_EVENT)
		return parser_fail(p, &at, "Use it as in after(EVENT): ..., value(x, EVENT), "
			"duration(EVENT, EVENT).", "%s is an event, not a quantity", found(p));
	TRY(parser_next(p));
	if (name->kind == NAME_SIGNAL || name->kind == NAME_LET) {
		struct node *shared;
		*ret = name->kind == NAME_SIGNAL ? p->signal_nodes[name->index] :
			p->lets[name->index].node;
		shared = &p->n.nodes[*ret];
		shared->line = at.line; /* messages name the last use */
		shared->column = at.column;
		if (shared->type != TYPE_FORMULA)
			shared->text = at.text;
		return ERR_OK;
	}
	n.index = name->index;
	n.unit = p->parameters[name->index].unit;
	return node_add(p, &at, n, NULL, 0, ret);
}

static enum err_code parse_primary(struct parser *p, uint32_t *ret)
{
	static const struct { const char *word; enum node_kind kind; } functions[] = {
		{ "abs", NODE_ABS }, { "sqrt", NODE_SQRT }, { "min", NODE_MIN },
		{ "max", NODE_MAX },
	};
	const struct token *t = &p->x.token;

	if (t->kind == TOKEN_NUMBER)
		return take_number(p, ret);
	if (t->kind == TOKEN_DOLLAR)
		return take_dollar(p, ret);
	if (token_is(t, "(")) {
		TRY(parser_next(p));
		TRY(parser_expression(p, ret));
		return parser_expect(p, ")", "A bracket is open.");
	}
	if (t->kind != TOKEN_WORD)
		return parser_fail(p, t, "A quantity or a formula is expected here.",
			"%s stands where a value is wanted", found(p));
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		if (str_is(t->text, functions[i].word))
			return take_call(p, (struct node){ .kind = functions[i].kind }, ret);
	}
	if (str_is(t->text, "accuracy"))
		return take_of_signal(p, NODE_ACCURACY, ret);
	if (str_is(t->text, "rate"))
		return take_of_signal(p, NODE_RATE, ret);
	if (str_is(t->text, "value"))
		return take_at_event(p, NODE_VALUE, ret);
	if (str_is(t->text, "duration"))
		return take_at_event(p, NODE_DURATION, ret);
	if (lexer_is_reserved(t->text))
		return parser_fail(p, t, "This is a word of the language.",
			"%s stands where a value is wanted", found(p));
	return take_name(p, ret);
}

/* primary { "in" UNIT } */
static enum err_code parse_converted(struct parser *p, uint32_t *ret)
{
	struct token first = p->x.token;
	bool more = false;

	TRY(parse_primary(p, ret));
	for (;;) {
		struct node n = { .kind = NODE_CONVERT };
		struct token at;

		TRY(parser_accept(p, "in", &more));
		if (!more)
			return ERR_OK;
		at = p->x.token;
		TRY(node_want(p, *ret, TYPE_QUANTITY));
		TRY(parser_unit(p, &n.unit));
		if (unit_conversion(&p->n.nodes[*ret].unit, &n.unit, &n.conversion, p->e) !=
			ERR_OK) {
			(void)err_hint(p->e, "\"in\" converts between units of one dimension.");
			token_blame(&at, p->e);
			return ERR_INVALID;
		}
		TRY(node_add(p, &first, n, ret, 1, ret));
	}
}

static enum err_code parse_sign(struct parser *p, uint32_t *ret)
{
	struct token first = p->x.token;
	bool minus = false;

	TRY(parser_accept(p, "-", &minus));
	if (!minus)
		return parse_converted(p, ret);
	TRY(enter(p));
	TRY(parse_sign(p, ret));
	p->nesting--;
	return node_add(p, &first, (struct node){ .kind = NODE_NEGATE }, ret, 1, ret);
}

static enum err_code parse_product(struct parser *p, uint32_t *ret)
{
	struct token first = p->x.token;

	TRY(parse_sign(p, ret));
	while (token_is(&p->x.token, "*") || token_is(&p->x.token, "/")) {
		bool times = token_is(&p->x.token, "*");
		struct node n = { .kind = times ? NODE_MULTIPLY : NODE_DIVIDE };
		uint32_t pair[2] = { *ret, 0 };

		TRY(parser_next(p));
		TRY(parse_sign(p, &pair[1]));
		TRY(node_add(p, &first, n, pair, 2, ret));
	}
	return ERR_OK;
}

static enum err_code parse_sum(struct parser *p, uint32_t *ret)
{
	struct token first = p->x.token;

	TRY(parse_product(p, ret));
	while (token_is(&p->x.token, "+") || token_is(&p->x.token, "-")) {
		struct node n = { .kind = token_is(&p->x.token, "+") ? NODE_ADD : NODE_SUBTRACT };
		uint32_t pair[2] = { *ret, 0 };

		TRY(parser_next(p));
		TRY(parse_product(p, &pair[1]));
		TRY(node_add(p, &first, n, pair, 2, ret));
	}
	return ERR_OK;
}

enum err_code parser_quantity(struct parser *p, uint32_t *ret)
{
	TRY(enter(p));
	TRY(parse_sum(p, ret));
	p->nesting--;
	return node_want(p, *ret, TYPE_QUANTITY);
}

/* ---- formulas -------------------------------------------------------------------------------- */

static bool compare_of(const struct token *t, enum compare_op *ret)
{
	static const char *const signs[] = { "<", "<=", ">", ">=", "==", "!=" };

	for (int i = 0; i < 6; i++) {
		if (t->kind == TOKEN_SIGN && str_is(t->text, signs[i])) {
			*ret = (enum compare_op)i;
			return true;
		}
	}
	return false;
}

static enum err_code take_text_compare(struct parser *p, const struct token *first,
	enum compare_op op, uint32_t *ret)
{
	const struct node *signal = &p->n.nodes[*ret];
	struct node n = { .kind = NODE_TEXT_IS, .index = signal->index,
		.negated = op == OP_NOT_EQUAL, .label = p->x.token.text };

	if (op != OP_EQUAL && op != OP_NOT_EQUAL)
		return parser_fail(p, &p->x.token, "Texts are equal or not: == or !=.",
			"a text has no order");
	if (signal->type != TYPE_TEXT || p->x.token.kind != TOKEN_TEXT)
		return parser_fail(p, &p->x.token,
			"A text signal is compared with a text in quotes: light == \"red\".",
			"a text is compared with something else");
	TRY(parser_next(p));
	return node_add(p, first, n, NULL, 0, ret);
}

/* sum [ compare sum [ "scale" quantity ] ] */
static enum err_code parse_compare(struct parser *p, uint32_t *ret)
{
	struct token first = p->x.token;
	struct node n = { .kind = NODE_COMPARE };
	uint32_t children[3], count = 2;
	enum compare_op again;
	bool scaled = false;

	TRY(parse_sum(p, ret));
	if (p->x.token.kind == TOKEN_SIGN && str_is(p->x.token.text, "="))
		return parser_fail(p, &p->x.token, "Write == for equality.",
			"\"=\" is no comparison");
	if (!compare_of(&p->x.token, &n.op))
		return ERR_OK;
	children[0] = *ret;
	TRY(parser_next(p));
	if (p->x.token.kind == TOKEN_TEXT || p->n.nodes[*ret].type == TYPE_TEXT)
		return take_text_compare(p, &first, n.op, ret);
	TRY(parse_sum(p, &children[1]));
	if (compare_of(&p->x.token, &again))
		return parser_fail(p, &p->x.token, "Join two comparisons: a < x and x < b.",
			"a comparison of a comparison");
	TRY(parser_accept(p, "scale", &scaled));
	if (scaled) {
		TRY(parse_converted(p, &children[2]));
		TRY(node_want(p, children[2], TYPE_QUANTITY));
		count = 3;
	}
	return node_add(p, &first, n, children, count, ret);
}

/* "[" TIME ("," | ":") (TIME | "end" | "start") "]"; a bare first number has the second's unit. A
 * TIME may be a $number; one that is not entered is put into *ret_missing. */
static enum err_code take_window(struct parser *p, struct node *n, uint32_t *ret_missing)
{
	struct token at = p->x.token, at_from, at_to;
	struct str from, to = { 0 };
	struct unit unit_from = { 0 }, unit_to = { 0 };
	bool bare_from = false, bare_to = false, given = false, open;

	TRY(parser_accept(p, "[", &given));
	if (!given)
		return ERR_OK;
	n->bounded = true;
	at_from = p->x.token;
	TRY(take_time(p, &from, &unit_from, &bare_from, ret_missing));
	TRY(parser_accept(p, ":", &given));
	if (!given)
		TRY(parser_expect(p, ",", "A window has two times: [0 s, 2 s]."));
	at_to = p->x.token;
	open = token_is(&at_to, "end") || token_is(&at_to, "start");
	if (open)
		TRY(parser_next(p));
	else
		TRY(take_time(p, &to, &unit_to, &bare_to, ret_missing));
	if ((open && bare_from) || bare_to)
		return parser_fail(p, &at, "Write [0 s, 2 s] or [0, 2 s].",
			"a window without a unit");
	if (bare_from)
		unit_from = unit_to;
	n->to = INT64_MAX;
	if (!open)
		TRY(time_value(p, &at_to, to, &unit_to, &n->to));
	TRY(time_value(p, &at_from, from, &unit_from, &n->from));
	if (*ret_missing == NONE && n->from > n->to)
		return parser_fail(p, &at, "The first time is the nearer one: [1 s, 2 s].",
			"a window that ends before it begins");
	return parser_expect(p, "]", NULL);
}

/* What stands for a temporal formula whose window is not known: the comparison of the number that
 * is not entered with itself, which is unknown for that reason. Its margin's unit is that of
 * `like`. */
static enum err_code add_missing(struct parser *p, const struct token *first, uint32_t number,
	uint32_t like, uint32_t *ret)
{
	struct node n = { .kind = NODE_NUMBER, .constant = true, .index = number,
		.unit = p->numbers[number].unit };
	uint32_t pair[2];

	TRY(node_add(p, first, n, NULL, 0, &pair[0]));
	pair[1] = pair[0];
	n = (struct node){ .kind = NODE_COMPARE, .op = OP_EQUAL };
	TRY(node_add(p, first, n, pair, 2, ret));
	p->n.nodes[*ret].unit = p->n.nodes[like].unit;
	p->n.nodes[*ret].margin = p->n.nodes[like].margin;
	p->n.nodes[*ret].place = p->n.nodes[like].place;
	p->n.nodes[*ret].other = p->n.nodes[like].other;
	return ERR_OK;
}

/* between(E, F): p   after(E): p   before(E): p   at(E): p */
static enum err_code take_range(struct parser *p, uint32_t *ret)
{
	struct token first = p->x.token;
	struct node n = { .kind = NODE_RANGE, .event_a = NONE, .event_b = NONE };

	TRY(parser_next(p));
	TRY(parser_expect(p, "(", "Events stand in brackets: after(E): p."));
	TRY(parser_event(p, token_is(&first, "before") ? &n.event_b : &n.event_a));
	if (token_is(&first, "between")) {
		TRY(parser_expect(p, ",", "between takes two events: between(E, F): p."));
		TRY(parser_event(p, &n.event_b));
	}
	n.at = token_is(&first, "at");
	TRY(parser_expect(p, ")", NULL));
	TRY(parser_expect(p, ":", "What must hold there follows a colon: after(E): p."));
	TRY(parser_formula(p, ret));
	return node_add(p, &first, n, ret, 1, ret);
}

static enum err_code parse_unary(struct parser *p, uint32_t *ret)
{
	static const struct { const char *word; enum node_kind kind; } operators[] = {
		{ "not", NODE_NOT }, { "always", NODE_ALWAYS }, { "eventually", NODE_EVENTUALLY },
		{ "historically", NODE_HISTORICALLY }, { "once", NODE_ONCE }, { "rise", NODE_RISE },
		{ "fall", NODE_FALL }, { "prev", NODE_PREV }, { "next", NODE_NEXT },
	};
	static const char *const ranges[] = { "between", "after", "before", "at" };
	struct token first = p->x.token;
	uint32_t missing = NONE;
	struct node n = { 0 };

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		if (token_is(&first, ranges[i]))
			return take_range(p, ret);
	}
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		if (!token_is(&first, operators[i].word))
			continue;
		n.kind = operators[i].kind;
		TRY(enter(p));
		TRY(parser_next(p));
		if (n.kind >= NODE_ALWAYS && n.kind <= NODE_ONCE)
			TRY(take_window(p, &n, &missing));
		TRY(parse_unary(p, ret));
		p->nesting--;
		if (missing != NONE)
			return add_missing(p, &first, missing, *ret, ret);
		return node_add(p, &first, n, ret, 1, ret);
	}
	return parse_compare(p, ret);
}

static enum err_code parse_until(struct parser *p, uint32_t *ret)
{
	struct token first = p->x.token;
	uint32_t missing = NONE;
	struct node n = { 0 };
	uint32_t pair[2];

	TRY(parse_unary(p, ret));
	if (token_is(&p->x.token, "until"))
		n.kind = NODE_UNTIL;
	else if (token_is(&p->x.token, "since"))
		n.kind = NODE_SINCE;
	else
		return ERR_OK;
	pair[0] = *ret;
	TRY(parser_next(p));
	TRY(take_window(p, &n, &missing));
	TRY(parse_unary(p, &pair[1]));
	if (token_is(&p->x.token, "until") || token_is(&p->x.token, "since"))
		return parser_fail(p, &p->x.token, "Put one of the two in brackets.",
			"a chain of until and since can be read in two ways");
	if (missing != NONE)
		return add_missing(p, &first, missing, pair[1], ret);
	return node_add(p, &first, n, pair, 2, ret);
}

static enum err_code parse_chain(struct parser *p, const char *word, enum node_kind kind,
	enum err_code (*inner)(struct parser *p, uint32_t *ret), uint32_t *ret)
{
	struct token first = p->x.token;
	bool more = false;

	TRY(inner(p, ret));
	for (;;) {
		uint32_t pair[2] = { *ret, 0 };

		TRY(parser_accept(p, word, &more));
		if (!more)
			return ERR_OK;
		TRY(inner(p, &pair[1]));
		TRY(node_add(p, &first, (struct node){ .kind = kind }, pair, 2, ret));
	}
}

static enum err_code parse_and(struct parser *p, uint32_t *ret)
{
	return parse_chain(p, "and", NODE_AND, parse_until, ret);
}

static enum err_code parse_or(struct parser *p, uint32_t *ret)
{
	return parse_chain(p, "or", NODE_OR, parse_and, ret);
}

/* or [ "implies" implication | ("iff" | "xor") or ] */
static enum err_code parse_implies(struct parser *p, bool inside, uint32_t *ret)
{
	struct token first = p->x.token, sign;
	struct node n = { 0 };
	uint32_t pair[2];

	TRY(parse_or(p, ret));
	sign = p->x.token;
	if (token_is(&sign, "implies"))
		n.kind = NODE_IMPLIES;
	else if (token_is(&sign, "iff"))
		n.kind = NODE_IFF;
	else if (token_is(&sign, "xor"))
		n.kind = NODE_XOR;
	else
		return ERR_OK;
	pair[0] = *ret;
	if (inside && n.kind != NODE_IMPLIES)
		return parser_fail(p, &sign, "Put one of the two in brackets.",
			"a chain of implies, iff and xor can be read in two ways");
	TRY(parser_next(p));
	TRY(enter(p));
	TRY(n.kind == NODE_IMPLIES ? parse_implies(p, true, &pair[1]) : parse_or(p, &pair[1]));
	p->nesting--;
	if (token_is(&p->x.token, "implies") || token_is(&p->x.token, "iff") ||
		token_is(&p->x.token, "xor"))
		return parser_fail(p, &p->x.token, "Put one of the two in brackets.",
			"a chain of implies, iff and xor can be read in two ways");
	return node_add(p, &first, n, pair, 2, ret);
}

enum err_code parser_expression(struct parser *p, uint32_t *ret)
{
	TRY(enter(p));
	TRY(parse_implies(p, false, ret));
	p->nesting--;
	return ERR_OK;
}

enum err_code parser_formula(struct parser *p, uint32_t *ret)
{
	TRY(parser_expression(p, ret));
	return node_want(p, *ret, TYPE_FORMULA);
}
