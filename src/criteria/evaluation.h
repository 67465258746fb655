/* evaluation.h - from the runs of a scenario to the verdict of an item, as one canonical document.
 *
 * Is:      per run: signals bound by the mapping, validity first, then pass criteria; over the runs
 *          the scheme's repetition rule. The evaluation document (doc/formats/evaluation.md) binds
 *          digests of files, scheme, criteria, mapping, entered limits and the program version.
 *          Pure: the same input gives the same bytes.
 * Is not:  reading files (evidence/), the report (recognition/report_draft.h).
 */
#ifndef HUREN_CRITERIA_EVALUATION_H
#define HUREN_CRITERIA_EVALUATION_H

#include "base/json.h"
#include "criteria/eval.h"
#include "criteria/verdict.h"
#include "evidence/channel.h"
#include "evidence/mapping.h"

struct evaluation_file {
	struct str name;           /* base name */
	struct digest digest;
	uint64_t bytes;
	struct channel_table table;   /* channels in the order of mapping->signals; see sandbox.h */
};
struct evaluation_run {
	uint32_t number;           /* 1 .. */
	uint32_t file_count;       /* files of one run share the time axis by their start times */
	const struct evaluation_file *files;
	const double *parameters;  /* in the program's order; NaN = not given */
};
struct evaluation_input {
	const struct json *scheme; /* the rules/schemes document; its scenario names the criteria */
	struct str scenario;       /* id in scheme.scenarios */
	const struct program *program;
	const struct mapping *mapping;
	const struct json *limits; /* document of limits a city entered, or NULL */
	struct str version;        /* of the program that judges */
	uint32_t run_count;        /* 1 .. LIMIT_RUNS */
	const struct evaluation_run *runs;
	bool plots;                /* add reduced series of the signals for pictures */
};

/* The evaluation document. `work` is reset before each run; what comes back is in `a` and borrows
 * from the input. ERR_INVALID: the scheme lacks the scenario, entered limits do not fit it, or two
 * runs have the same file or number; ERR_TOO_LARGE. */
MUST_USE enum err_code evaluation_runs(struct arena *a, struct arena *work,
	const struct evaluation_input *input, struct json **ret, enum verdict *ret_verdict,
	struct err *e);

/* Judges one run alone (for threads): the "runs" member's element. Columns are taken from `work`,
 * which may be reset afterwards. */
MUST_USE enum err_code evaluation_run(struct arena *a, struct arena *work,
	const struct evaluation_input *input, uint32_t run, struct json **ret, struct err *e);
/* Puts elements made by evaluation_run together; the same bytes as evaluation_runs. */
MUST_USE enum err_code evaluation_assemble(struct arena *a, const struct evaluation_input *input,
	struct json *const *runs, struct json **ret, enum verdict *ret_verdict, struct err *e);

/* Numbers of a scheme's scenario (item's and scheme's own), with entered limits put in, as
 * program_compile wants them. */
MUST_USE enum err_code evaluation_numbers(struct arena *a, const struct json *scheme,
	struct str scenario, const struct json *limits, const struct program_number **ret,
	uint32_t *ret_count, struct err *e);

#endif
