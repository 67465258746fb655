/* node.c - what may be joined with what: types, units, margins. */
#include "criteria/program_inner.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"

static const char *const type_names[] = { "a quantity", "a formula", "a text" };

enum err_code parser_fail(struct parser *p, const struct token *at, const char *hint,
	const char *format, ...)
{
	char message[sizeof(p->e->message)];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(message, sizeof(message), format, args); /* cut where it does not fit */
	va_end(args);
	(void)err_set(p->e, ERR_INVALID, "%s", message);
	if (hint)
		(void)err_hint(p->e, "%s", hint);
	token_blame(at, p->e);
	return ERR_INVALID;
}

static struct token token_of(const struct node *n)
{
	return (struct token){ .line = n->line, .column = n->column, .text = n->text };
}

const char *parser_quote(struct parser *p, struct str text)
{
	const char *escaped = str_quote(p->a, text);
	const char *ret = escaped ? arena_printf(p->a, "\"%s\"", escaped) : NULL;

	return ret ? ret : "?";
}

enum err_code node_want(struct parser *p, uint32_t node, enum node_type type)
{
	const struct node *n = &p->n.nodes[node];
	struct token at = token_of(n);
	const char *hint = "A flag or a text is compared or stands alone; it has no value.";

	if (n->type == type)
		return ERR_OK;
	if (type == TYPE_FORMULA && n->type == TYPE_QUANTITY)
		hint = "Compare it: x <= 2 m.";
	else if (type == TYPE_QUANTITY && n->type == TYPE_FORMULA)
		hint = "A comparison is true or false; use \"and\", \"or\", \"not\" on it.";
	else if (n->type == TYPE_TEXT)
		hint = "Compare it with a text: light == \"red\".";
	return parser_fail(p, &at, hint, "%s is %s where %s is wanted", parser_quote(p, n->text),
		type_names[n->type], type_names[type]);
}

/* Two operands that must agree in unit. */
static enum err_code want_same_unit(struct parser *p, const char *what, uint32_t a, uint32_t b)
{
	const struct node *na = &p->n.nodes[a], *nb = &p->n.nodes[b];
	struct token at = token_of(nb);
	char ua[UNIT_TEXT_BYTES], ub[UNIT_TEXT_BYTES], hint[192];

	if (unit_eq(&na->unit, &nb->unit))
		return ERR_OK;
	(void)unit_text(&na->unit, ua);
	(void)unit_text(&nb->unit, ub);
	if (unit_convertible(&na->unit, &nb->unit))
		(void)snprintf(hint, sizeof(hint), "Convert one of them: (...) in %s.", ua);
	else if (nb->kind == NODE_CONSTANT && nb->unit.count == 0)
		(void)snprintf(hint, sizeof(hint), "Give the number its unit: " STR_FMT " %s.",
			(int)(nb->text.len < 32 ? nb->text.len : 32), nb->text.at, ua);
	else
		(void)snprintf(hint, sizeof(hint),
			"They measure different things; nothing converts %s to %s.", ub, ua);
	return parser_fail(p, &at, hint, "%s: %s (line %u, column %u) is in %s, %s is in %s", what,
		parser_quote(p, na->text), na->line, na->column, ua, parser_quote(p, nb->text), ub);
}

static enum err_code sqrt_unit(struct parser *p, const struct node *child, struct unit *ret)
{
	struct token at = token_of(child);
	char text[UNIT_TEXT_BYTES];

	*ret = child->unit;
	for (uint8_t i = 0; i < ret->count; i++) {
		if (ret->factors[i].exponent % 2 != 0) {
			(void)unit_text(&child->unit, text);
			return parser_fail(p, &at, "Only even powers have a root: m2, m2/s2.",
				"the square root of %s has no unit", text);
		}
		ret->factors[i].exponent = (int8_t)(ret->factors[i].exponent / 2);
	}
	return ERR_OK;
}

static enum err_code product_unit(struct parser *p, const struct token *first, struct node *n,
	const struct node *a, const struct node *b)
{
	enum err_code code = n->kind == NODE_MULTIPLY ?
		unit_multiply(&a->unit, &b->unit, &n->unit, p->e) :
		unit_divide(&a->unit, &b->unit, &n->unit, p->e);

	if (code == ERR_OK)
		return ERR_OK;
	(void)err_hint(p->e, "Convert what can be converted before multiplying.");
	token_blame(first, p->e);
	return code;
}

/* A rule of functions.h applied: "m", "?", "=1", "const s"; `spec` without "const ". */
static enum err_code argument_unit(struct parser *p, const struct function *f, uint32_t number,
	const char *spec, const uint32_t *children)
{
	const struct node *n = &p->n.nodes[children[number]];
	char got[UNIT_TEXT_BYTES], wanted[UNIT_TEXT_BYTES];
	struct unit u;

	if (strcmp(spec, "?") == 0)
		return ERR_OK;
	if (spec[0] == '=')
		return want_same_unit(p, f->name, children[spec[1] - '1'], children[number]);
	CHECK(unit_parse(str_of(spec), &u, NULL) == ERR_OK);
	if (unit_eq(&u, &n->unit))
		return ERR_OK;
	(void)unit_text(&n->unit, got);
	(void)unit_text(&u, wanted);
	return parser_fail(p, &p->places[number], unit_convertible(&u, &n->unit) ?
		"Convert it: (...) in the unit wanted." : f->help,
		"argument %u of %s must be in %s; %s is in %s", number + 1, f->name, wanted,
		parser_quote(p, n->text), got);
}

static enum err_code call_unit(struct parser *p, const struct token *first, struct node *n,
	const uint32_t *children)
{
	const struct function *f = &functions_table[n->index];
	const char *rule = f->unit;
	struct unit s;

	if (n->child_count != f->argument_count)
		return parser_fail(p, first, f->help, "%s takes %u arguments, not %u", f->name,
			f->argument_count, n->child_count);
	if (f->needs == NEEDS_UNIFORM_GRID && p->p.grid_ns == 0)
		return parser_fail(p, first,
			"Declare a uniform grid before the first formula: grid 10 ms.",
			"%s needs evenly spaced values", f->name);
	for (uint32_t i = 0; i < n->child_count; i++) {
		const struct node *child = &p->n.nodes[children[i]];
		const char *spec = f->argument_units[i];

		TRY(node_want(p, children[i], TYPE_QUANTITY));
		if (strncmp(spec, "const ", 6) == 0) {
			spec += 6;
			if (!child->constant)
				return parser_fail(p, &p->places[i], f->help,
					"argument %u of %s must be a constant", i + 1, f->name);
		}
		TRY(argument_unit(p, f, i, spec, children));
	}
	if (rule[0] != '?') {
		CHECK(unit_parse(str_of(rule), &n->unit, NULL) == ERR_OK);
		return ERR_OK;
	}
	n->unit = p->n.nodes[children[rule[1] - '1']].unit;
	if (rule[2] == '\0')
		return ERR_OK;
	CHECK(unit_parse(str_of(rule + 3), &s, NULL) == ERR_OK);
	if ((rule[2] == '/' ? unit_divide(&n->unit, &s, &n->unit, p->e) :
		unit_multiply(&n->unit, &s, &n->unit, p->e)) == ERR_OK)
		return ERR_OK;
	token_blame(first, p->e);
	return p->e ? p->e->code : ERR_TOO_LARGE;
}

static enum err_code check_quantity(struct parser *p, const struct token *first, struct node *n,
	const uint32_t *children)
{
	const struct node *a = n->child_count > 0 ? &p->n.nodes[children[0]] : NULL;

	if (n->kind == NODE_CALL)
		return call_unit(p, first, n, children);
	for (uint32_t i = 0; i < n->child_count; i++)
		TRY(node_want(p, children[i], TYPE_QUANTITY));
	switch ((int)n->kind) {
	case NODE_ADD:
	case NODE_SUBTRACT:
		TRY(want_same_unit(p, n->kind == NODE_ADD ? "sum" : "difference", children[0],
			children[1]));
		break;
	case NODE_MIN:
	case NODE_MAX:
		TRY(want_same_unit(p, n->kind == NODE_MIN ? "min" : "max", children[0],
			children[1]));
		break;
	case NODE_MULTIPLY:
	case NODE_DIVIDE:
		return product_unit(p, first, n, a, &p->n.nodes[children[1]]);
	case NODE_SQRT:
		return sqrt_unit(p, a, &n->unit);
	case NODE_NEGATE:
	case NODE_ABS:
	case NODE_VALUE:
		break;
	default: /* the parser set the unit */
		return ERR_OK;
	}
	n->unit = a->unit;
	return ERR_OK;
}

/* The margin of a formula over two others: their unit when they have one in common. */
static void join_margins(const struct parser *p, struct node *n, const struct node *b)
{
	const struct node *at_a, *at_b;

	if (b->margin == MARGIN_NONE || n->margin == MARGIN_MIXED)
		return;
	if (n->margin == MARGIN_NONE || b->margin == MARGIN_MIXED) {
		n->margin = b->margin;
		n->unit = b->unit;
		n->place = b->place;
		n->other = b->other;
		return;
	}
	at_a = &p->n.nodes[n->place];
	at_b = &p->n.nodes[b->place];
	if (n->margin == b->margin && (n->margin == MARGIN_SCALED ||
		unit_eq(&at_a->unit, &at_b->unit)))
		return;
	n->margin = MARGIN_MIXED;
	n->other = b->place;
}

static enum err_code check_compare(struct parser *p, struct node *n, const uint32_t *children)
{
	TRY(node_want(p, children[0], TYPE_QUANTITY));
	TRY(node_want(p, children[1], TYPE_QUANTITY));
	TRY(want_same_unit(p, "comparison", children[0], children[1]));
	n->unit = p->n.nodes[children[0]].unit;
	n->margin = MARGIN_UNIT;
	n->place = p->n.count;
	if (n->child_count == 3) {
		const struct node *scale = &p->n.nodes[children[2]];
		struct token at = token_of(scale);
		TRY(want_same_unit(p, "scale", children[0], children[2]));
		if (!scale->constant)
			return parser_fail(p, &at,
				"A scale is a number or a $number of the scheme.",
				"a scale must be a constant");
		if (scale->kind == NODE_CONSTANT && !(scale->value > 0))
			return parser_fail(p, &at, NULL, "a scale must be above zero");
		n->margin = MARGIN_SCALED;
	}
	return ERR_OK;
}

static enum err_code check_formula(struct parser *p, struct node *n, const uint32_t *children)
{
	if (n->kind == NODE_COMPARE)
		return check_compare(p, n, children);
	if (n->kind == NODE_FLAG || n->kind == NODE_TEXT_IS)
		return ERR_OK;
	for (uint32_t i = 0; i < n->child_count; i++) {
		TRY(node_want(p, children[i], TYPE_FORMULA));
		join_margins(p, n, &p->n.nodes[children[i]]);
	}
	return ERR_OK;
}

enum err_code node_check_margin(struct parser *p, uint32_t node)
{
	const struct node *n = &p->n.nodes[node], *a, *b;
	struct token at;

	if (n->margin != MARGIN_MIXED)
		return ERR_OK;
	a = &p->n.nodes[n->place];
	b = &p->n.nodes[n->other];
	at = token_of(b);
	return parser_fail(p, &at,
		"Let each comparison name a scale in its own unit: gap > 2 m scale 1 m.",
		"margins of different units meet: %s (line %u, column %u) and %s",
		parser_quote(p, a->text), a->line, a->column, parser_quote(p, b->text));
}

/* Whether the value is one for the whole run, and whether it is straight between grid times. */
static void inherit(const struct parser *p, struct node *n)
{
	bool constant = true, linear = true;

	for (uint32_t i = 0; i < n->child_count; i++) {
		constant = constant && p->n.nodes[n->children[i]].constant;
		linear = linear && (p->n.nodes[n->children[i]].linear ||
			p->n.nodes[n->children[i]].constant);
	}
	if (n->child_count == 0 || n->kind == NODE_VALUE)
		return; /* the parser said so */
	n->constant = constant && n->kind != NODE_CALL;
	n->linear = linear;
}

enum err_code node_add(struct parser *p, const struct token *first, struct node n,
	const uint32_t *children, uint32_t child_count, uint32_t *ret)
{
	uint32_t *copy = ARENA_ARRAY(p->a, uint32_t, child_count);

	if (!copy)
		return err_set(p->e, ERR_TOO_LARGE, "program needs too much memory");
	if (child_count > 0)
		memcpy(copy, children, child_count * sizeof(*copy));
	n.line = first->line;
	n.column = first->column;
	n.text = (struct str){ p->x.text.at + first->at,
		(p->x.end_before > first->at ? p->x.end_before : first->end) - first->at };
	n.child_count = child_count;
	n.children = copy;
	n.type = n.kind < NODE_COMPARE ? n.type : TYPE_FORMULA;
	n.depth = 1;
	for (uint32_t i = 0; i < child_count; i++) {
		if (n.depth <= p->n.nodes[children[i]].depth)
			n.depth = p->n.nodes[children[i]].depth + 1;
	}
	if (n.depth > LIMIT_CRITERIA_DEPTH || p->n.count == LIMIT_CRITERIA_NODES) {
		bool deep = n.depth > LIMIT_CRITERIA_DEPTH;
		(void)err_set(p->e, ERR_TOO_LARGE, deep ? "formula nested over %d levels" :
			"program has over %d operations",
			deep ? LIMIT_CRITERIA_DEPTH : LIMIT_CRITERIA_NODES);
		(void)err_hint(p->e, "Divide the criteria among several files.");
		token_blame(first, p->e);
		return ERR_TOO_LARGE;
	}
	TRY(n.type == TYPE_FORMULA ? check_formula(p, &n, copy) :
		check_quantity(p, first, &n, copy));
	inherit(p, &n);
	p->n.nodes[p->n.count] = n;
	*ret = p->n.count++;
	return ERR_OK;
}

enum err_code time_from_text(struct str digits, const struct unit *unit, int64_t *ret,
	struct err *e)
{
	struct unit ns = { 0 };
	struct unit_conversion c;
	unsigned __int128 value = 0, scale = 1;
	bool fraction = false;

	CHECK(unit_parse(STR("ns"), &ns, NULL) == ERR_OK);
	if (!unit_convertible(unit, &ns) || digits.len == 0)
		return err_set(e, ERR_INVALID, "a time is wanted here");
	TRY(unit_conversion(unit, &ns, &c, e));
	for (size_t i = 0; i < digits.len; i++) {
		if (digits.at[i] == '.') {
			fraction = true;
			continue;
		}
		if (digits.at[i] < '0' || digits.at[i] > '9')
			return err_set(e, ERR_INVALID, "a time that is below zero");
		value = value * 10 + (unsigned)(digits.at[i] - '0');
		scale = fraction ? scale * 10 : scale;
		if (value > (unsigned __int128)TIME_MAX * 1000 || scale > 1000000000000000000u)
			return err_set(e, ERR_INVALID, "a time with too many digits");
	}
	value *= c.num;
	scale *= c.den;
	if (value / scale >= (unsigned __int128)TIME_MAX)
		return err_set(e, ERR_INVALID, "a time past 73 years");
	if (value % scale != 0)
		return err_set(e, ERR_INVALID, "a time that is no whole number of nanoseconds");
	*ret = (int64_t)(value / scale);
	return ERR_OK;
}
