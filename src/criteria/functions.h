/* functions.h - functions over columns that a criteria program may call.
 *
 * Is:      geometry, kinematics and filters on grid-aligned columns: a constant table of name,
 *          arguments, rule for the result's unit, and code. Pure; only +, -, *, / and sqrt of the
 *          machine are used, and own sine, cosine, tangent and arc tangent (trig.h), since those of
 *          the C library differ between versions.
 * Is not:  temporal operators (eval.h), which work on truth, not on numbers.
 * I1  A NaN among the arguments makes the result NaN there, unless the row says otherwise. No
 *     function makes a number of what is missing but `bridge`, which says so by its name.
 */
#ifndef HUREN_CRITERIA_FUNCTIONS_H
#define HUREN_CRITERIA_FUNCTIONS_H

#include "base/arena.h"
#include "evidence/unit.h"

#define FUNCTION_ARGUMENTS_MAX 16

struct function_column { const double *values; bool constant; /* then values[0] counts */ };
struct function_call {
	struct arena *work;
	uint64_t count;
	const int64_t *times;
	int64_t step_ns;                        /* of a uniform grid, else 0 */
	uint32_t argument_count;
	struct function_column arguments[FUNCTION_ARGUMENTS_MAX];
	double *ret;                            /* `count` values to fill */
};

enum function_needs { NEEDS_NOTHING, NEEDS_UNIFORM_GRID };
struct function {
	const char *name;                       /* "box_gap" */
	uint32_t argument_count;                /* exact */
	/* "m", "rad", "s" ... ; "?" any; "=1" the first argument's; "const s": a constant in s. */
	const char *const *argument_units;
	/* Of the result: "m" ... ; "?1" the first argument's, "?1/s", "?1*s". */
	const char *unit;
	enum function_needs needs;
	enum err_code (*run)(const struct function_call *call, struct err *e);
	const char *help;                       /* one line, English, for doc/formats/criteria.md */
};
extern const struct function functions_table[];
extern const uint32_t functions_count;
const struct function *function_find(struct str name);

struct buf;
/* The text of doc/formats/functions.md. */
void functions_markdown(struct buf *b);

#endif
