/* mdf_formula.c - algebraic conversions: an expression in X, parsed into steps for a stack.
 *
 *     sum     = product { ("+" | "-") product }
 *     product = power { ("*" | "/") power }
 *     power   = ["-" | "+"] primary [ "^" integer ]
 *     primary = number | "X" | "X1" | ("abs" | "sqrt") "(" sum ")" | "(" sum ")"
 *
 * Only operations that IEEE 754 rounds the same everywhere: sine, logarithm and their like differ
 * in the last bit from one library to the next, and a verdict must not.
 */
#include <math.h>

#include "base/json.h"
#include "evidence/mdf_inner.h"

#define STEPS_MAX 256          /* the longest formula of a usual tool has about 20 */
#define STACK_MAX 32
#define POWER_MAX 64

enum step_kind {
	STEP_NUMBER, STEP_X, STEP_ADD, STEP_SUBTRACT, STEP_MULTIPLY, STEP_DIVIDE, STEP_NEGATE,
	STEP_POWER, STEP_ABS, STEP_SQRT
};

struct step {
	enum step_kind kind;
	double number;
	int power;
};

struct mdf_formula {
	uint32_t count;
	struct step steps[STEPS_MAX];
};

struct formula_parser {
	struct arena *arena;
	struct str rest;
	struct mdf_formula *f;
	uint32_t depth;        /* of brackets, bounded by LIMIT_MDF_FORMULA_DEPTH */
	uint32_t height;       /* of the stack */
};

static enum err_code parse_sum(struct formula_parser *p, struct err *e);

static enum err_code not_one(struct err *e)
{
	return err_set(e, ERR_INVALID, "formula is no expression in X");
}

static void skip_space(struct formula_parser *p)
{
	while (p->rest.len > 0 && (p->rest.at[0] == ' ' || p->rest.at[0] == '\t'))
		p->rest = str_skip(p->rest, 1);
}

static bool take(struct formula_parser *p, char c)
{
	skip_space(p);
	if (p->rest.len == 0 || p->rest.at[0] != c)
		return false;
	p->rest = str_skip(p->rest, 1);
	return true;
}

/* `change` is what the step does to the height of the stack. */
static enum err_code emit(struct formula_parser *p, struct step step, int change, struct err *e)
{
	if (p->f->count == STEPS_MAX || p->height == STACK_MAX)
		return err_set(e, ERR_UNSUPPORTED, "formula is too long");
	p->f->steps[p->f->count++] = step;
	p->height = (uint32_t)((int)p->height + change);
	return ERR_OK;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t digits(struct str s, size_t from)
{
	while (from < s.len && is_digit(s.at[from]))
		from++;
	return from;
}

static enum err_code parse_number(struct formula_parser *p, struct err *e)
{
	struct str s = p->rest, text;
	size_t len = digits(s, 0), end;
	struct json *v;

	if (len < s.len && s.at[len] == '.')
		len = digits(s, len + 1);
	end = len + 1;
	if (len < s.len && (s.at[len] == 'e' || s.at[len] == 'E')) {
		if (end < s.len && (s.at[end] == '-' || s.at[end] == '+'))
			end++;
		if (digits(s, end) > end)
			len = digits(s, end);
	}
	/* The JSON reader rounds correctly; it asks for a digit before the point. */
	text = str_printf(p->arena, "%s" STR_FMT, s.at[0] == '.' ? "0" : "",
		STR_ARG(((struct str){ s.at, len })));
	if (!text.at)
		return mdf_too_large(e);
	if (json_parse(p->arena, text, &v, NULL) != ERR_OK)
		return not_one(e);
	p->rest = str_skip(s, len);
	return emit(p, (struct step){ STEP_NUMBER, json_number_or(v, NAN), 0 }, 1, e);
}

static bool take_word(struct formula_parser *p, const char *word)
{
	size_t len = strlen(word);

	for (size_t i = 0; i < len; i++) {
		if (i >= p->rest.len || (p->rest.at[i] | 0x20) != word[i])
			return false;
	}
	p->rest = str_skip(p->rest, len);
	return true;
}

static enum err_code parse_brackets(struct formula_parser *p, struct err *e)
{
	if (p->depth == LIMIT_MDF_FORMULA_DEPTH)
		return err_set(e, ERR_UNSUPPORTED, "formula is nested over %d levels deep",
			LIMIT_MDF_FORMULA_DEPTH);
	p->depth++;
	TRY(parse_sum(p, e));
	p->depth--;
	return take(p, ')') ? ERR_OK : not_one(e);
}

static enum err_code parse_primary(struct formula_parser *p, struct err *e)
{
	bool is_abs, is_sqrt;

	if (take(p, '('))
		return parse_brackets(p, e);
	if (p->rest.len == 0)
		return not_one(e);
	if (is_digit(p->rest.at[0]) || p->rest.at[0] == '.')
		return parse_number(p, e);
	if (take_word(p, "x")) {
		if (p->rest.len > 0 && p->rest.at[0] == '1')
			p->rest = str_skip(p->rest, 1);
		if (p->rest.len > 0 && is_digit(p->rest.at[0]))
			return err_set(e, ERR_UNSUPPORTED, "formula has several variables");
		return emit(p, (struct step){ .kind = STEP_X }, 1, e);
	}
	is_abs = take_word(p, "abs");
	is_sqrt = !is_abs && take_word(p, "sqrt");
	if (!is_abs && !is_sqrt)
		return ((p->rest.at[0] | 0x20) >= 'a' && (p->rest.at[0] | 0x20) <= 'z') ?
			err_set(e, ERR_UNSUPPORTED, "formula has a function we do not compute") :
			not_one(e);
	if (!take(p, '('))
		return not_one(e);
	TRY(parse_brackets(p, e));
	return emit(p, (struct step){ .kind = is_abs ? STEP_ABS : STEP_SQRT }, 0, e);
}

static enum err_code parse_power(struct formula_parser *p, struct err *e)
{
	bool negative = take(p, '-');
	uint64_t power = 1;
	size_t len;

	if (!negative)
		(void)take(p, '+'); /* says nothing */
	TRY(parse_primary(p, e));
	if (take(p, '^')) {
		skip_space(p);
		len = digits(p->rest, 0);
		if (len == 0 || (len < p->rest.len && p->rest.at[len] == '.') ||
			str_parse_u64((struct str){ p->rest.at, len }, &power, NULL) != ERR_OK ||
			power > POWER_MAX)
			return err_set(e, ERR_UNSUPPORTED,
				"formula has a power that is no small integer");
		p->rest = str_skip(p->rest, len);
		TRY(emit(p, (struct step){ STEP_POWER, 0, (int)power }, 0, e));
	}
	return negative ? emit(p, (struct step){ .kind = STEP_NEGATE }, 0, e) : ERR_OK;
}

static enum err_code parse_product(struct formula_parser *p, struct err *e)
{
	TRY(parse_power(p, e));
	for (;;) {
		bool times = take(p, '*');
		if (!times && !take(p, '/'))
			return ERR_OK;
		TRY(parse_power(p, e));
		TRY(emit(p, (struct step){ .kind = times ? STEP_MULTIPLY : STEP_DIVIDE }, -1, e));
	}
}

/* Recursion goes through brackets only, whose depth is bounded. */
static enum err_code parse_sum(struct formula_parser *p, struct err *e)
{
	TRY(parse_product(p, e));
	for (;;) {
		bool plus = take(p, '+');
		if (!plus && !take(p, '-'))
			return ERR_OK;
		TRY(parse_product(p, e));
		TRY(emit(p, (struct step){ .kind = plus ? STEP_ADD : STEP_SUBTRACT }, -1, e));
	}
}

enum err_code mdf_formula_parse(struct arena *a, struct str text, const struct mdf_formula **ret,
	struct err *e)
{
	struct mdf_formula *f = ARENA_NEW(a, struct mdf_formula);
	struct formula_parser p = { .arena = a, .rest = text, .f = f };

	if (!f)
		return mdf_too_large(e);
	TRY(parse_sum(&p, e));
	skip_space(&p);
	if (p.rest.len > 0)
		return not_one(e);
	CHECK(p.height == 1);
	*ret = f;
	return ERR_OK;
}

static double power_of(double x, int power)
{
	double y = 1;

	for (int i = 0; i < power; i++)
		y *= x;
	return y;
}

/* A step on one value. */
static double one(const struct step *s, double v)
{
	if (s->kind == STEP_NEGATE)
		return -v;
	if (s->kind == STEP_POWER)
		return power_of(v, s->power);
	if (s->kind == STEP_ABS)
		return fabs(v);
	return v < 0 ? NAN : sqrt(v);
}

static double two(const struct step *s, double a, double b)
{
	if (s->kind == STEP_ADD)
		return a + b;
	if (s->kind == STEP_SUBTRACT)
		return a - b;
	if (s->kind == STEP_MULTIPLY)
		return a * b;
	return b == 0 ? NAN : a / b; /* as for rational conversions */
}

double mdf_formula_value(const struct mdf_formula *f, double x)
{
	double stack[STACK_MAX];
	uint32_t n = 0;

	for (uint32_t i = 0; i < f->count; i++) {
		const struct step *s = &f->steps[i];
		if (s->kind == STEP_NUMBER || s->kind == STEP_X) {
			stack[n++] = s->kind == STEP_X ? x : s->number;
		} else if (s->kind >= STEP_ADD && s->kind <= STEP_DIVIDE) {
			stack[n - 2] = two(s, stack[n - 2], stack[n - 1]);
			n--;
		} else {
			stack[n - 1] = one(s, stack[n - 1]);
		}
	}
	return stack[0];
}
