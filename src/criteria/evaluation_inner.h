/* evaluation_inner.h - what the files behind evaluation.h share.
 *
 * Life: everything lives in the arena `a` of the caller, but columns that were converted or moved:
 *       those live in `work`.
 */
#ifndef HUREN_CRITERIA_EVALUATION_INNER_H
#define HUREN_CRITERIA_EVALUATION_INNER_H

#include "criteria/evaluation.h"

/* ---- evaluation_text.c ----------------------------------------------------------------------- */

/* Decimal without exponent when it takes at most DECIMAL_BYTES characters, else as ECMAScript
 * writes it: the shortest digits that read back to the same double. "inf", "-inf"; not NaN. */
struct str text_of_double(struct arena *a, double value);
/* Seconds, exact to the nanosecond: "12.345". */
struct str text_of_time(struct arena *a, int64_t ns);
struct str text_of_i64(struct arena *a, int64_t value);
struct str text_of_unit(struct arena *a, const struct unit *u);
struct str text_of_digest(struct arena *a, const struct digest *d);
/* Text of a measurement file with U+FFFD for each byte that JSON cannot hold; at == NULL at the
 * arena's cap. */
struct str text_clean(struct arena *a, struct str s);
/* A decimal as a double; NaN when it is none. */
double text_to_double(struct str s);

/* ---- evaluation_numbers.c -------------------------------------------------------------------- */

/* The scenario of a scheme, and what it names. */
struct scenario {
	const struct json *scheme, *doc, *item;
	struct str id, criteria;
};
MUST_USE enum err_code scenario_find(struct arena *a, const struct json *scheme, struct str id,
	struct scenario *ret, struct err *e);

/* A number under the name that the criteria file uses. */
struct scoped_number {
	struct str id;
	const struct json *doc;        /* as the scheme states it */
	const struct json *entered;    /* element of the limits' numbers, or NULL */
	uint32_t column;               /* of a table, when the scenario chooses one; else 0 */
};
MUST_USE enum err_code scenario_numbers(struct arena *a, const struct scenario *s,
	const struct json *limits, const struct scoped_number **ret, uint32_t *ret_count,
	struct err *e);
/* How many runs the item asks for; 0: to be entered, and nobody entered it. */
MUST_USE enum err_code scenario_runs(const struct scenario *s, const struct json *limits,
	uint32_t *ret, struct err *e);

/* ---- bind.c ---------------------------------------------------------------------------------- */

/* Why a signal is not there; the word stands in the document. */
enum absence {
	ABSENCE_NONE, ABSENCE_NOT_MAPPED, ABSENCE_NOT_IN_FILE, ABSENCE_IN_TWO_FILES,
	ABSENCE_NO_ROWS, ABSENCE_KIND, ABSENCE_UNIT_NOT_STATED, ABSENCE_UNIT_DISAGREES,
	ABSENCE_UNIT_CONVERSION, ABSENCE_START_UNKNOWN, ABSENCE_TIME_RANGE, ABSENCE_COUNT
};
const char *absence_name(enum absence why);

struct bound_signal {
	enum absence absence;
	struct eval_signal signal;             /* count 0 when absent */
	const struct mapping_signal *mapping;  /* NULL: not mapped */
	const struct channel *channel;         /* NULL: not found */
	uint32_t file;
	struct unit stated;
	struct unit_conversion conversion;     /* from the stated unit to the program's */
	uint64_t missing;                      /* values that are missing */
};
/* One for each signal of the program, in its order. ERR_TOO_LARGE. */
MUST_USE enum err_code bind_run(struct arena *work, const struct evaluation_input *input,
	const struct evaluation_run *run, struct bound_signal **ret, struct err *e);

/* ---- plot_series.c --------------------------------------------------------------------------- */

/* Adds "plots" and "states" to a run's element. */
MUST_USE enum err_code plot_run(struct arena *a, struct arena *work,
	const struct evaluation_input *input, const struct bound_signal *signals,
	const struct eval_input *evaluated, const struct eval_result *result, struct json *run,
	struct err *e);

/* ---- evaluation.c ---------------------------------------------------------------------------- */

/* The run's verdict from its criteria. `lacks_signal`: one that is not optional is absent. */
enum verdict run_verdict(const struct program_criterion *criteria,
	const struct eval_outcome *outcomes, uint32_t count, bool lacks_signal);
/* The item's verdict; *ret_reason is a word or NULL. `asked` 0: the number is not entered. */
enum verdict verdict_over_runs(const enum verdict *runs, uint32_t count, uint32_t asked,
	const char **ret_reason);

#endif
