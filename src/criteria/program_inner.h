/* program_inner.h - the graph of a compiled program: nodes, event rules, lets.
 *
 * I1  A node's children, and the nodes of every event it names, have lower indices: one pass in
 *     order of index evaluates everything.
 * I2  rules[0] is `start`, rules[1] is `end`; a rule names only rules before it.
 */
#ifndef HUREN_CRITERIA_PROGRAM_INNER_H
#define HUREN_CRITERIA_PROGRAM_INNER_H

#include "criteria/functions.h"
#include "criteria/lexer_inner.h"
#include "criteria/program.h"

#define NONE UINT32_MAX
/* Times and offsets stay under this, so that sums of two never overflow: 73 years. */
#define TIME_MAX (INT64_C(1) << 61)

enum node_kind {
	NODE_CONSTANT, NODE_NUMBER, NODE_TABLE, NODE_SIGNAL, NODE_PARAMETER, NODE_ACCURACY,
	NODE_RATE, NODE_VALUE, NODE_DURATION, NODE_NEGATE, NODE_ABS, NODE_SQRT, NODE_CONVERT,
	NODE_ADD, NODE_SUBTRACT, NODE_MULTIPLY, NODE_DIVIDE, NODE_MIN, NODE_MAX, NODE_CALL,
	/* from here on formulas */
	NODE_COMPARE, NODE_FLAG, NODE_TEXT_IS,
	NODE_NOT, NODE_AND, NODE_OR, NODE_IMPLIES, NODE_IFF, NODE_XOR,
	NODE_ALWAYS, NODE_EVENTUALLY, NODE_HISTORICALLY, NODE_ONCE, NODE_UNTIL, NODE_SINCE,
	NODE_RISE, NODE_FALL, NODE_PREV, NODE_NEXT, NODE_RANGE
};
enum node_type { TYPE_QUANTITY, TYPE_FORMULA, TYPE_TEXT };
enum compare_op { OP_LESS, OP_LESS_EQUAL, OP_GREATER, OP_GREATER_EQUAL, OP_EQUAL, OP_NOT_EQUAL };

/* What a formula's margin is measured in. */
enum margin {
	MARGIN_NONE,       /* flags and texts alone */
	MARGIN_UNIT,       /* node.unit */
	MARGIN_SCALED,     /* every comparison divides by its scale */
	MARGIN_MIXED       /* no criterion may be so */
};

struct node {
	enum node_kind kind;
	enum node_type type;
	uint32_t line, column;
	uint32_t depth;            /* 1 for a leaf */
	struct unit unit;
	struct str text;           /* as written */
	struct str name;           /* of the first `let` that names it; or empty */
	uint32_t child_count;
	const uint32_t *children;
	bool constant;             /* quantity: one value for the whole run */
	/* Quantity: it follows linear signals, so it is straight between grid times. */
	bool linear;
	/* Formula: `place` is a comparison that gives the margin's unit, `other` disagrees. */
	enum margin margin;
	uint32_t place, other;

	double value;              /* NODE_CONSTANT */
	uint32_t index;            /* of the signal, parameter, number or function */
	uint32_t column_index;     /* NODE_TABLE: column of the cells */
	uint32_t event_a, event_b; /* rules; NODE_RANGE: NONE = to the trace's end there */
	bool at;                   /* NODE_RANGE: at(event_a) */
	enum compare_op op;
	bool negated;              /* NODE_TEXT_IS: "!=" */
	struct str label;
	bool bounded;              /* temporal: there is a window [from, to] */
	int64_t from, to;          /* ns; to == INT64_MAX: the trace's end */
	struct unit_conversion conversion;
};

enum rule_kind { RULE_START, RULE_END, RULE_FIRST, RULE_LAST, RULE_FIRST_CROSSING,
	RULE_LAST_CROSSING, RULE_OFFSET };
struct event_rule {
	enum rule_kind kind;
	struct str name;           /* of the event; empty when it has none */
	uint32_t x, y;             /* nodes; y for a crossing */
	uint32_t after, before;    /* rules or NONE */
	uint32_t base;             /* RULE_OFFSET: rule, */
	int64_t offset;            /*              ns added to it */
};

enum measure_kind { MEASURE_MINIMUM, MEASURE_MAXIMUM, MEASURE_MEAN, MEASURE_VALUE };
struct measure_rule {
	enum measure_kind kind;    /* program_measure.node is the quantity */
	uint32_t after, before;    /* rules or NONE */
};
struct program_let { struct str name; uint32_t node; };

struct program_nodes {
	uint32_t count, rule_count, let_count, number_count;
	struct node *nodes;
	const struct event_rule *rules;
	const struct measure_rule *measures;      /* in the program's order */
	const uint32_t *event_rules;              /* of each program event */
	const struct program_let *lets;
	const uint32_t *signal_nodes;             /* of each program signal */
	const struct program_number *numbers;
};

/* ---- while compiling ------------------------------------------------------------------------- */

enum name_kind { NAME_SIGNAL, NAME_PARAMETER, NAME_LET, NAME_EVENT };
struct name { struct str text; enum name_kind kind; uint32_t index; uint32_t line; };

struct parser {
	struct lexer x;
	struct arena *a;
	struct err *e;
	const struct program_number *numbers;
	uint32_t number_count;
	uint32_t nesting;          /* open levels of the parser itself */
	struct token places[FUNCTION_ARGUMENTS_MAX]; /* where the arguments of a call begin */
	uint32_t name_count;
	struct name *names;        /* room for LIMIT_CRITERIA_NAMES, as all lists below */
	struct program p;
	struct program_signal *signals;
	struct program_parameter *parameters;
	struct program_criterion *criteria;
	struct program_event *events;
	struct program_measure *measures;
	struct program_nodes n;
	struct event_rule *rules;
	struct measure_rule *measure_rules;
	uint32_t *event_rules, *signal_nodes;
	struct program_let *lets;
};

/* Sets an error at a token. The hint may be NULL. */
MUST_USE enum err_code parser_fail(struct parser *p, const struct token *at, const char *hint,
	const char *format, ...) __attribute__((format(printf, 4, 5)));
/* The text in quotes, escaped, for a message. */
const char *parser_quote(struct parser *p, struct str text);
struct token parser_token(const struct parser *p);
MUST_USE enum err_code parser_next(struct parser *p);
/* Whether the current token is this word or sign; takes it when so. */
MUST_USE enum err_code parser_accept(struct parser *p, const char *text, bool *ret);
MUST_USE enum err_code parser_expect(struct parser *p, const char *text, const char *hint);
const struct name *parser_find(const struct parser *p, struct str text);
MUST_USE enum err_code parser_time(struct parser *p, int64_t *ret);
MUST_USE enum err_code parser_unit(struct parser *p, struct unit *ret);
/* A formula or quantity, as loosely bound as possible. */
MUST_USE enum err_code parser_expression(struct parser *p, uint32_t *ret);
MUST_USE enum err_code parser_quantity(struct parser *p, uint32_t *ret);
MUST_USE enum err_code parser_formula(struct parser *p, uint32_t *ret);
/* NAME, start or end, and offsets behind it; a rule index. */
MUST_USE enum err_code parser_event(struct parser *p, uint32_t *ret);
MUST_USE enum err_code parser_add_rule(struct parser *p, const struct token *at,
	struct event_rule rule, uint32_t *ret);

/* node.c: checks types and units and adds the node, whose text runs from `first` to the token
 * before the current one. `children` are copied. */
MUST_USE enum err_code node_add(struct parser *p, const struct token *first, struct node n,
	const uint32_t *children, uint32_t child_count, uint32_t *ret);
MUST_USE enum err_code node_want(struct parser *p, uint32_t node, enum node_type type);
/* ERR_INVALID when the margin of a criterion's formula has no one unit. */
MUST_USE enum err_code node_check_margin(struct parser *p, uint32_t node);
/* "2 s" and the like: number and unit to nanoseconds. */
MUST_USE enum err_code time_from_text(struct str digits, const struct unit *unit, int64_t *ret,
	struct err *e);

#endif
