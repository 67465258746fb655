/* program.c - declarations of a criteria text, line by line. Formulas are read by parser.c. */
#include <string.h>

#include "base/limits.h"
#include "base/scoped.h"
#include "criteria/program_inner.h"

#define ROOM_BYTES 8388608 /* of the lists while compiling: nodes at their limit take 2 MB */
#define NAME_HINT "Names are lower-case letters, digits and \"_\": ego_speed."

/* ---- names and ids --------------------------------------------------------------------------- */

static bool is_name(struct str s)
{
	if (s.len == 0 || s.at[0] < 'a' || s.at[0] > 'z')
		return false;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'))
			return false;
	}
	return true;
}

static enum err_code full(struct parser *p, const struct token *at)
{
	(void)err_set(p->e, ERR_TOO_LARGE, "program declares over %d names",
		LIMIT_CRITERIA_NAMES);
	(void)err_hint(p->e, "Divide the criteria among several files.");
	token_blame(at, p->e);
	return ERR_TOO_LARGE;
}

/* Takes a new name from the text; it is declared by declare(), after what it stands for. */
static enum err_code take_new_name(struct parser *p, struct token *ret)
{
	struct token at = parser_token(p);
	const struct name *name;

	if (at.kind != TOKEN_WORD || !is_name(at.text))
		return parser_fail(p, &at, NAME_HINT, "a name is missing or malformed");
	if (lexer_is_reserved(at.text))
		return parser_fail(p, &at, "Choose another name.",
			"\"" STR_FMT "\" is a word of the language", STR_ARG(at.text));
	name = parser_find(p, at.text);
	if (name)
		return parser_fail(p, &at, "Choose another name.",
			"\"" STR_FMT "\" is already declared in line %u",
			(int)(at.text.len < 64 ? at.text.len : 64), at.text.at, name->line);
	*ret = at;
	return parser_next(p);
}

static enum err_code declare(struct parser *p, const struct token *at, enum name_kind kind,
	uint32_t index)
{
	if (p->name_count == LIMIT_CRITERIA_NAMES)
		return full(p, at);
	p->names[p->name_count++] = (struct name){ at->text, kind, index, at->line };
	return ERR_OK;
}

/* ID ":" or ID "=", for the declarations that have one. */
static enum err_code take_new_id(struct parser *p, const char *sign, struct token *ret)
{
	struct token at;

	TRY(lexer_again_as_id(&p->x, p->e));
	at = parser_token(p);
	for (uint32_t i = 0; i < p->p.criterion_count; i++) {
		if (str_eq(p->criteria[i].id, at.text))
			return parser_fail(p, &at, "Choose another id.",
				"id \"" STR_FMT "\" is already used in line %u",
				(int)(at.text.len < 64 ? at.text.len : 64), at.text.at,
				p->criteria[i].line);
	}
	for (uint32_t i = 0; i < p->p.measure_count; i++) {
		if (str_eq(p->measures[i].id, at.text))
			return parser_fail(p, &at, "Choose another id.",
				"id \"" STR_FMT "\" is already used in line %u",
				(int)(at.text.len < 64 ? at.text.len : 64), at.text.at,
				p->measures[i].line);
	}
	*ret = at;
	TRY(parser_next(p));
	return parser_expect(p, sign, sign[0] == ':' ? "Write ID: formula." :
		"Write ID = minimum(x).");
}

/* ---- declarations ---------------------------------------------------------------------------- */

/* "signal" NAME ("unit" UNIT | "flag" | "text") ("linear" | "hold") "gap" TIME ["optional"] */
static enum err_code take_signal(struct parser *p)
{
	struct program_signal s = { .kind = SIGNAL_NUMBER };
	struct node n = { .kind = NODE_SIGNAL, .index = p->p.signal_count };
	struct token name = { 0 };
	bool given = false;

	TRY(take_new_name(p, &name));
	s.name = name.text;
	TRY(parser_accept(p, "unit", &given));
	if (given) {
		TRY(parser_unit(p, &s.unit));
	} else if (token_is(&p->x.token, "flag") || token_is(&p->x.token, "text")) {
		s.kind = token_is(&p->x.token, "flag") ? SIGNAL_FLAG : SIGNAL_TEXT;
		TRY(parser_next(p));
	} else {
		return parser_fail(p, &p->x.token,
			"Write: signal NAME unit km/h linear gap 50 ms, or flag, or text, instead "
			"of the unit.", "a signal's unit is missing");
	}
	TRY(parser_accept(p, "linear", &s.linear));
	if (s.linear && s.kind != SIGNAL_NUMBER)
		return parser_fail(p, &name, "Write hold.", "a flag or text cannot be linear");
	if (!s.linear)
		TRY(parser_expect(p, "hold", "Say what holds between samples: linear or hold."));
	TRY(parser_expect(p, "gap", "Say how far from a sample it is still known: gap 50 ms."));
	TRY(parser_time(p, &s.gap_ns));
	TRY(parser_accept(p, "optional", &s.optional));
	if (p->p.signal_count == LIMIT_CRITERIA_NAMES)
		return full(p, &name);
	n.unit = s.unit;
	n.linear = s.linear;
	n.type = s.kind == SIGNAL_TEXT ? TYPE_TEXT : TYPE_QUANTITY;
	n.kind = s.kind == SIGNAL_FLAG ? NODE_FLAG : NODE_SIGNAL;
	TRY(node_add(p, &name, n, NULL, 0, &p->signal_nodes[p->p.signal_count]));
	p->n.nodes[p->signal_nodes[p->p.signal_count]].text = name.text;
	p->signals[p->p.signal_count] = s;
	return declare(p, &name, NAME_SIGNAL, p->p.signal_count++);
}

static enum err_code take_parameter(struct parser *p)
{
	struct program_parameter parameter = { 0 };
	struct token name = { 0 };

	TRY(take_new_name(p, &name));
	parameter.name = name.text;
	TRY(parser_expect(p, "unit", "Write: parameter NAME unit km/h."));
	TRY(parser_unit(p, &parameter.unit));
	if (p->p.parameter_count == LIMIT_CRITERIA_NAMES)
		return full(p, &name);
	p->parameters[p->p.parameter_count] = parameter;
	return declare(p, &name, NAME_PARAMETER, p->p.parameter_count++);
}

static enum err_code take_grid(struct parser *p, const struct token *at, bool *given)
{
	bool samples = false;

	if (*given)
		return parser_fail(p, at, "There is one grid a program.", "a second grid");
	if (p->n.let_count > 0 || p->p.event_count > 0 || p->p.criterion_count > 0 ||
		p->p.measure_count > 0)
		return parser_fail(p, at, "Let the grid stand before the first let, event or "
			"criterion.", "the grid comes too late");
	*given = true;
	TRY(parser_accept(p, "samples", &samples));
	if (samples)
		return ERR_OK;
	TRY(parser_time(p, &p->p.grid_ns));
	if (p->p.grid_ns == 0)
		return parser_fail(p, at, "Write grid 10 ms, or grid samples.",
			"a grid of no time");
	return ERR_OK;
}

static enum err_code take_let(struct parser *p)
{
	struct token name = { 0 };
	uint32_t node = 0;

	TRY(take_new_name(p, &name));
	TRY(parser_expect(p, "=", "Write: let NAME = quantity or formula."));
	TRY(parser_expression(p, &node));
	if (p->n.nodes[node].type == TYPE_TEXT)
		TRY(node_want(p, node, TYPE_QUANTITY));
	if (p->n.let_count == LIMIT_CRITERIA_NAMES)
		return full(p, &name);
	if (p->n.nodes[node].name.len == 0 && p->n.nodes[node].kind != NODE_SIGNAL &&
		p->n.nodes[node].kind != NODE_FLAG)
		p->n.nodes[node].name = name.text;
	p->lets[p->n.let_count] = (struct program_let){ name.text, node };
	return declare(p, &name, NAME_LET, p->n.let_count++);
}

/* ["after" EVENT] ["before" EVENT], also "between" "(" EVENT "," EVENT ")" and brackets around one
 * event, as measures have it. */
static enum err_code take_bounds(struct parser *p, bool measure, uint32_t *after,
	uint32_t *before)
{
	bool given = false, bracket = false;

	*after = *before = NONE;
	if (measure) {
		TRY(parser_accept(p, "between", &given));
		if (given) {
			TRY(parser_expect(p, "(", "Write between(E, F)."));
			TRY(parser_event(p, after));
			TRY(parser_expect(p, ",", "between takes two events."));
			TRY(parser_event(p, before));
			return parser_expect(p, ")", NULL);
		}
	}
	TRY(parser_accept(p, "after", &given));
	if (given) {
		TRY(parser_accept(p, "(", &bracket));
		TRY(parser_event(p, after));
		if (bracket)
			TRY(parser_expect(p, ")", NULL));
	}
	TRY(parser_accept(p, "before", &given));
	if (given) {
		TRY(parser_accept(p, "(", &bracket));
		TRY(parser_event(p, before));
		if (bracket)
			TRY(parser_expect(p, ")", NULL));
	}
	return ERR_OK;
}

/* ("first" | "last") (FORMULA | "crossing" "(" x "," y ")") bounds, or EVENT. */
static enum err_code take_event_rule(struct parser *p, struct event_rule *ret)
{
	bool first = false, last = false, crossing = false;

	TRY(parser_accept(p, "first", &first));
	if (!first)
		TRY(parser_accept(p, "last", &last));
	if (!first && !last) {
		ret->kind = RULE_OFFSET;
		ret->after = ret->before = NONE;
		return parser_event(p, &ret->base);
	}
	TRY(parser_accept(p, "crossing", &crossing));
	if (crossing) {
		const struct node *x, *y;
		ret->kind = first ? RULE_FIRST_CROSSING : RULE_LAST_CROSSING;
		TRY(parser_expect(p, "(", "Write crossing(x, y)."));
		TRY(parser_quantity(p, &ret->x));
		TRY(parser_expect(p, ",", "crossing takes two quantities."));
		TRY(parser_quantity(p, &ret->y));
		TRY(parser_expect(p, ")", NULL));
		x = &p->n.nodes[ret->x];
		y = &p->n.nodes[ret->y];
		if (!unit_eq(&x->unit, &y->unit)) {
			struct token at = { .line = y->line, .column = y->column };
			char ux[UNIT_TEXT_BYTES], uy[UNIT_TEXT_BYTES];
			(void)unit_text(&x->unit, ux);
			(void)unit_text(&y->unit, uy);
			return parser_fail(p, &at, "Convert one of them: (...) in UNIT.",
				"crossing: line %u, column %u is in %s, the other in %s", x->line,
				x->column, ux, uy);
		}
	} else {
		ret->kind = first ? RULE_FIRST : RULE_LAST;
		TRY(parser_formula(p, &ret->x));
	}
	return take_bounds(p, false, &ret->after, &ret->before);
}

static enum err_code take_event(struct parser *p)
{
	struct event_rule rule = { 0 };
	struct token name = { 0 };
	uint32_t index = 0;

	TRY(take_new_name(p, &name));
	TRY(parser_expect(p, "=", "Write: event NAME = first FORMULA."));
	TRY(take_event_rule(p, &rule));
	rule.name = name.text;
	TRY(parser_add_rule(p, &name, rule, &index));
	if (p->p.event_count == LIMIT_CRITERIA_NAMES)
		return full(p, &name);
	p->event_rules[p->p.event_count] = index;
	p->events[p->p.event_count] = (struct program_event){ name.text,
		rule.kind == RULE_OFFSET ? NONE : rule.x, name.line };
	return declare(p, &name, NAME_EVENT, p->p.event_count++);
}

static enum err_code take_criterion(struct parser *p, enum criterion_role role)
{
	struct program_criterion c = { .role = role };
	struct token id = { 0 }, first;

	TRY(take_new_id(p, ":", &id));
	first = parser_token(p);
	TRY(parser_formula(p, &c.node));
	TRY(node_check_margin(p, c.node));
	if (p->p.criterion_count == LIMIT_CRITERIA_NAMES)
		return full(p, &id);
	c.id = id.text;
	c.line = id.line;
	c.text = (struct str){ p->x.text.at + first.at, p->x.end_before - first.at };
	p->criteria[p->p.criterion_count++] = c;
	return ERR_OK;
}

static enum err_code take_measure(struct parser *p)
{
	static const char *const words[] = { "minimum", "maximum", "mean" };
	struct program_measure m = { 0 };
	struct measure_rule rule = { .kind = MEASURE_VALUE, .after = NONE, .before = NONE };
	struct token id = { 0 }, word;

	TRY(take_new_id(p, "=", &id));
	word = parser_token(p);
	for (int i = 0; i < 3; i++) {
		if (token_is(&word, words[i]))
			rule.kind = (enum measure_kind)i;
	}
	if (rule.kind == MEASURE_VALUE) {
		TRY(parser_quantity(p, &m.node));
		if (!p->n.nodes[m.node].constant)
			return parser_fail(p, &word, "Write minimum(x), maximum(x), mean(x), "
				"value(x, EVENT) or duration(E, F).",
				"a measure has one value for the run");
	} else {
		TRY(parser_next(p));
		TRY(parser_expect(p, "(", "It takes a quantity in brackets."));
		TRY(parser_quantity(p, &m.node));
		TRY(parser_expect(p, ")", NULL));
		TRY(take_bounds(p, true, &rule.after, &rule.before));
	}
	if (p->p.measure_count == LIMIT_CRITERIA_NAMES)
		return full(p, &id);
	m.id = id.text;
	m.line = id.line;
	m.unit = p->n.nodes[m.node].unit;
	p->measure_rules[p->p.measure_count] = rule;
	p->measures[p->p.measure_count++] = m;
	return ERR_OK;
}

static enum err_code end_of_line(struct parser *p)
{
	struct token at = parser_token(p);

	if (at.kind == TOKEN_END)
		return ERR_OK;
	if (at.kind == TOKEN_NEWLINE)
		return parser_next(p);
	return parser_fail(p, &at, "One declaration a line; a line goes on when the next is "
		"indented or a bracket is open.", "\"" STR_FMT "\" does not belong here",
		(int)(at.text.len < 64 ? at.text.len : 64), at.text.at);
}

/* "criteria 1" and "scenario ID". */
static enum err_code take_head(struct parser *p)
{
	struct token at = parser_token(p);

	if (!token_is(&at, "criteria"))
		return parser_fail(p, &at, "The first line is: criteria 1.",
			"this is no criteria text");
	TRY(parser_next(p));
	at = parser_token(p);
	if (at.kind != TOKEN_NUMBER || !str_is(at.text, "1"))
		return parser_fail(p, &at, "This program knows version 1.",
			"unknown version of the criteria language");
	TRY(parser_next(p));
	TRY(end_of_line(p));
	TRY(parser_expect(p, "scenario", "The second line is: scenario ID."));
	TRY(lexer_again_as_id(&p->x, p->e));
	p->p.scenario = parser_token(p).text;
	TRY(parser_next(p));
	return end_of_line(p);
}

static enum err_code take_declarations(struct parser *p)
{
	bool grid = false;

	TRY(take_head(p));
	while (p->x.token.kind != TOKEN_END) {
		struct token at = parser_token(p);

		TRY(parser_next(p));
		if (token_is(&at, "signal"))
			TRY(take_signal(p));
		else if (token_is(&at, "parameter"))
			TRY(take_parameter(p));
		else if (token_is(&at, "grid"))
			TRY(take_grid(p, &at, &grid));
		else if (token_is(&at, "let"))
			TRY(take_let(p));
		else if (token_is(&at, "event"))
			TRY(take_event(p));
		else if (token_is(&at, "applies"))
			TRY(take_criterion(p, CRITERION_APPLIES));
		else if (token_is(&at, "valid"))
			TRY(take_criterion(p, CRITERION_VALID));
		else if (token_is(&at, "pass"))
			TRY(take_criterion(p, CRITERION_PASS));
		else if (token_is(&at, "measure"))
			TRY(take_measure(p));
		else
			return parser_fail(p, &at, "A line begins with signal, parameter, grid, "
				"let, event, applies, valid, pass or measure.",
				"\"" STR_FMT "\" declares nothing",
				(int)(at.text.len < 64 ? at.text.len : 64), at.text.at);
		TRY(end_of_line(p));
	}
	return ERR_OK;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static bool take_room(struct parser *p)
{
	struct arena *a = p->a;

	p->names = ARENA_ARRAY(a, struct name, LIMIT_CRITERIA_NAMES);
	p->signals = ARENA_ARRAY(a, struct program_signal, LIMIT_CRITERIA_NAMES);
	p->parameters = ARENA_ARRAY(a, struct program_parameter, LIMIT_CRITERIA_NAMES);
	p->criteria = ARENA_ARRAY(a, struct program_criterion, LIMIT_CRITERIA_NAMES);
	p->events = ARENA_ARRAY(a, struct program_event, LIMIT_CRITERIA_NAMES);
	p->measures = ARENA_ARRAY(a, struct program_measure, LIMIT_CRITERIA_NAMES);
	p->rules = ARENA_ARRAY(a, struct event_rule, LIMIT_CRITERIA_NAMES);
	p->measure_rules = ARENA_ARRAY(a, struct measure_rule, LIMIT_CRITERIA_NAMES);
	p->event_rules = ARENA_ARRAY(a, uint32_t, LIMIT_CRITERIA_NAMES);
	p->signal_nodes = ARENA_ARRAY(a, uint32_t, LIMIT_CRITERIA_NAMES);
	p->lets = ARENA_ARRAY(a, struct program_let, LIMIT_CRITERIA_NAMES);
	p->n.nodes = ARENA_ARRAY(a, struct node, LIMIT_CRITERIA_NODES);
	return p->names && p->signals && p->parameters && p->criteria && p->events &&
		p->measures && p->rules && p->measure_rules && p->event_rules && p->signal_nodes &&
		p->lets && p->n.nodes;
}

/* A copy of the first `count` elements in the arena of the result. */
static void *keep(struct arena *a, const void *from, uint32_t count, size_t size, bool *whole)
{
	void *to = arena_alloc_array(a, count, size);

	*whole = *whole && to;
	if (to && count > 0)
		memcpy(to, from, count * size);
	return to;
}

/* What the parser gathered, in as much memory as it needs. Children lists are already there. */
static struct program *settle(struct arena *a, const struct parser *p)
{
	struct program *ret = ARENA_NEW(a, struct program);
	struct program_nodes *n = ARENA_NEW(a, struct program_nodes);
	bool whole = ret && n;

	if (!whole)
		return NULL;
	*ret = p->p;
	*n = p->n;
	n->number_count = p->number_count;
#define KEEP(list, count) keep(a, (list), (count), sizeof(*(list)), &whole)
	ret->signals = KEEP(p->signals, ret->signal_count);
	ret->parameters = KEEP(p->parameters, ret->parameter_count);
	ret->criteria = KEEP(p->criteria, ret->criterion_count);
	ret->events = KEEP(p->events, ret->event_count);
	ret->measures = KEEP(p->measures, ret->measure_count);
	n->nodes = KEEP(p->n.nodes, n->count);
	n->rules = KEEP(p->rules, n->rule_count);
	n->measures = KEEP(p->measure_rules, ret->measure_count);
	n->event_rules = KEEP(p->event_rules, ret->event_count);
	n->lets = KEEP(p->lets, n->let_count);
	n->signal_nodes = KEEP(p->signal_nodes, ret->signal_count);
	n->numbers = KEEP(p->numbers, p->number_count);
#undef KEEP
	ret->nodes = n;
	return whole ? ret : NULL;
}

enum err_code program_compile(struct arena *a, struct str text,
	const struct program_number *numbers, uint32_t number_count, struct program **ret,
	struct err *e)
{
	SCOPED_ARENA room = { 0 };
	struct parser p = { .a = a, .e = e, .numbers = numbers, .number_count = number_count };
	struct program *program;

	if (text.len > LIMIT_CRITERIA_BYTES)
		return err_set(e, ERR_TOO_LARGE, "criteria text is over %d bytes",
			LIMIT_CRITERIA_BYTES);
	arena_init(&room, ROOM_BYTES);
	p.a = &room;
	if (!take_room(&p))
		return err_set(e, ERR_TOO_LARGE, "program needs too much memory");
	p.a = a;
	p.n.rule_count = 2;
	p.rules[0] = (struct event_rule){ .kind = RULE_START, .name = STR("start") };
	p.rules[1] = (struct event_rule){ .kind = RULE_END, .name = STR("end") };
	p.p.digest = digest_sha256(text);
	TRY(lexer_start(&p.x, text, e));
	TRY(take_declarations(&p));
	program = settle(a, &p);
	if (!program)
		return err_set(e, ERR_TOO_LARGE, "program needs too much memory");
	*ret = program;
	return ERR_OK;
}
