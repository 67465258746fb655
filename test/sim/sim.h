/* sim.h - sample runs: a vehicle with delay and jerk limit, a target, instruments with noise.
 *
 * Is:      for demonstration, tests and benches: recordings that pass or fail on purpose, by a
 *          margin that is known before they are judged. The same arguments give the same bytes
 *          anywhere: own random numbers, no function of the C library's mathematics.
 * Is not:  a model to design a vehicle with.
 */
#ifndef HUREN_TEST_SIM_H
#define HUREN_TEST_SIM_H

#include <stdbool.h>

#include "base/buf.h"

#define SIM_ROWS_MAX 8192
#define SIM_COLUMNS_MAX 12

enum sim_scenario { SIM_CUT_IN, SIM_CAR_TO_CAR, SIM_SIGNAL_RED, SIM_SCENARIO_COUNT };
enum sim_outcome { SIM_PASS, SIM_FAIL, SIM_INCONCLUSIVE, SIM_INVALID_RUN, SIM_NOT_APPLICABLE,
	SIM_OUTCOME_COUNT };
enum sim_format { SIM_MDF, SIM_CSV, SIM_OSI, SIM_FORMAT_COUNT };

extern const char *const sim_scenario_names[SIM_SCENARIO_COUNT];   /* "cut-in" ... */
extern const char *const sim_outcome_names[SIM_OUTCOME_COUNT];     /* "pass", "fail" ... */
extern const char *const sim_format_names[SIM_FORMAT_COUNT];       /* "mdf", "csv", "osi" */

struct sim_column {
	const char *name, *unit;           /* unit "" for flags and texts */
	const char *const *labels;         /* NULL: numbers; else values are indices */
	uint32_t label_count;
	double values[SIM_ROWS_MAX];
};
struct sim_run {
	enum sim_scenario scenario;
	int64_t start_ns;                  /* since 1970 */
	uint32_t rows, column_count;
	int64_t times_ns[SIM_ROWS_MAX];    /* since the start */
	struct sim_column columns[SIM_COLUMNS_MAX];
	/* The criterion that decides a pass or fail, and its margin, true up to the instruments. */
	const char *criterion, *margin_unit;
	double margin, margin_error;
};

/* Run `number` (1 ..) differs from others in noise, jitter and small things that do not matter.
 * False: the scenario has no such outcome. */
bool sim_make(enum sim_scenario scenario, enum sim_outcome outcome, uint32_t number,
	struct sim_run *ret);

/* MDF 4.1: times and values as doubles, texts by a conversion. */
void sim_put_mdf(struct buf *b, const struct sim_run *run);
void sim_put_csv(struct buf *b, const struct sim_run *run);
/* Sensor views of both vehicles. False: not of this scenario, whose gaps, lights and warnings a
 * trace has no field for. */
bool sim_put_osi(struct buf *b, const struct sim_run *run);

#endif
