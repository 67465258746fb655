/* evaluate.h - files of runs to an evaluation document: sandbox, reading, judging, assembling.
 *
 * Is:      what `huren evaluate` and a recomputation share. Runs are judged on several threads;
 *          each has a worker process of its own. The bytes do not depend on their number.
 * Is not:  the judging (criteria/evaluation.h), nor the reading (evidence/sandbox.h).
 */
#ifndef HUREN_SERVICE_EVALUATE_H
#define HUREN_SERVICE_EVALUATE_H

#include "criteria/evaluation.h"
#include "evidence/sandbox.h"
#include "recognition/rules.h"

struct evaluate_run {
	uint32_t file_count;
	const char *const *paths;
};
struct evaluate_setting {          /* of a parameter of the criteria */
	uint32_t run;              /* 0: of every run */
	struct str name;
	struct str value;          /* decimal, or decimal and unit: "40 km/h" */
};
struct evaluate_order {
	const struct rules *rules;
	struct str scheme, edition;        /* edition empty: the only one there is */
	struct str scenario;
	const struct mapping *mapping;     /* NULL: channels are named as the signals */
	const struct json *limits;         /* or NULL */
	uint32_t run_count;
	const struct evaluate_run *runs;
	uint32_t setting_count;
	const struct evaluate_setting *settings;
	uint32_t threads;                  /* 0: one a processor */
	struct str version;                /* of the program that judges */
	bool plots;
	struct sandbox_options sandbox;
	/* May be NULL. Asked before each run, from any of the threads: how many were begun; false:
	 * no further one, and the whole is ERR_BUSY. */
	bool (*go_on)(void *context, uint32_t begun);
	void *context;
};
struct evaluate_result {
	struct json *document;
	enum verdict verdict;
	const struct scheme *scheme;
	struct sandbox_active active;      /* of the weakest worker */
};

/* Reads a mapping with the DBC file beside it, and a document of entered limits, as their schemas
 * ask. ERR_INVALID with line and column, ERR_NOT_FOUND, ERR_IO. */
MUST_USE enum err_code evaluate_load_mapping(struct arena *a, const struct rules *rules,
	const char *path, struct mapping **ret, struct err *e);
MUST_USE enum err_code evaluate_load_limits(struct arena *a, const struct rules *rules,
	const char *path, struct json **ret, struct err *e);

/* ERR_NOT_FOUND: scheme, scenario or file; ERR_INVALID: a file, limits, criteria or a setting;
 * ERR_TOO_LARGE: LIMIT_RUNS, LIMIT_RUN_FILES, memory; ERR_CONFLICT: a file was being written to. */
MUST_USE enum err_code evaluate(struct arena *a, const struct evaluate_order *order,
	struct evaluate_result *ret, struct err *e);

#endif
