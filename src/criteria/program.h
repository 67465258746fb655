/* program.h - a scenario's criteria, compiled from text (doc/formats/criteria.md).
 *
 * Is:      lexer, parser, unit and type check. The result is a read-only graph of nodes that eval.h
 *          runs. Pure.
 * Is not:  numbers of a standard: those stay in the scheme's file, with source and status, and are
 *          named here as $id.
 * Life:    everything lives in the arena given; the text must outlive it.
 * I1  Units are checked here: comparing, adding or bounding two different units is an error that
 *     names both places. Nothing is converted unless the text says `in UNIT`.
 * I2  The program has no more than LIMIT_CRITERIA_NODES nodes, nested at most LIMIT_CRITERIA_DEPTH.
 */
#ifndef HUREN_CRITERIA_PROGRAM_H
#define HUREN_CRITERIA_PROGRAM_H

#include "crypto/digest.h"
#include "evidence/unit.h"

/* A number the text may name as $id. */
struct program_number {
	struct str id;
	struct unit unit;
	bool entered;              /* false: "to-be-entered" and nobody entered it */
	double value;
	struct str text;           /* the decimal as written; read where it bounds a window */
	/* For a table: $id(x) interpolates linearly between rows, clamped at the ends; `column` of
	 * the result is named $id.N (1-based, 1 = the first behind the argument). The argument's
	 * column 0 counts in column_count and column_units, and ascends strictly. */
	uint32_t row_count, column_count;   /* 0 columns: no table; not entered: 0 rows */
	const double *cells;                /* row by row */
	const struct unit *column_units;
};

enum signal_kind { SIGNAL_NUMBER, SIGNAL_FLAG, SIGNAL_TEXT };
struct program_signal {
	struct str name;
	enum signal_kind kind;
	struct unit unit;          /* SIGNAL_NUMBER */
	bool linear;               /* between samples; else the last value holds */
	int64_t gap_ns;            /* past this from a sample the value is unknown */
	bool optional;             /* a run without it is judged; what needs it is inconclusive */
};
struct program_parameter {     /* given for each run: `huren evaluate --set name=value` */
	struct str name;
	struct unit unit;
};
enum criterion_role { CRITERION_APPLIES, CRITERION_VALID, CRITERION_PASS };
struct program_criterion {
	struct str id;
	enum criterion_role role;
	uint32_t node;             /* inner index */
	struct str text;           /* the formula as written */
	uint32_t line;
};
struct program_event { struct str name; uint32_t node; uint32_t line; };
struct program_measure {       /* a measured value of the run, for the report */
	struct str id;
	struct unit unit;
	uint32_t node;
	uint32_t line;
};

struct program_nodes;          /* program_inner.h */

struct program {
	struct str scenario;
	int64_t grid_ns;           /* step of a uniform grid, or 0: the union of sample times */
	uint32_t signal_count, parameter_count, criterion_count, event_count, measure_count;
	const struct program_signal *signals;
	const struct program_parameter *parameters;
	const struct program_criterion *criteria;
	const struct program_event *events;
	const struct program_measure *measures;
	struct digest digest;      /* SHA-256 of the text */
	const struct program_nodes *nodes;
};

/* ERR_INVALID with line, column and hint; ERR_TOO_LARGE. */
MUST_USE enum err_code program_compile(struct arena *a, struct str text,
	const struct program_number *numbers, uint32_t number_count, struct program **ret,
	struct err *e);

#endif
