/* functions.h - functions over columns that a criteria program may call.
 *
 * Is:      geometry, kinematics and filters on grid-aligned columns: a constant table of name,
 *          arguments, rule for the result's unit, and code. Pure; only +, -, *, / and sqrt of the
 *          machine are used, and own sine, cosine, tangent and arc tangent (math.h of this folder:
 *          trig.h), since those of the C library differ between versions.
 * Is not:  temporal operators (stl.h), which work on truth, not on numbers.
 * I1  A NaN among the arguments makes the result NaN there, unless the row says otherwise.
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
	const char *const *argument_units;      /* "m", "rad", "s" ... ; "?" any; "=1" same as first;
	                                           "const s": a constant */
	const char *unit;                       /* of the result: "m", or "?1" as the first argument,
	                                           "?1/s", "?1*s" */
	enum function_needs needs;
	enum err_code (*run)(const struct function_call *call, struct err *e);
	const char *help;                       /* one line, English, for doc/formats/criteria.md */
};
extern const struct function functions_table[];
extern const uint32_t functions_count;
const struct function *function_find(struct str name);

#endif
