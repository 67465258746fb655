/* bench_stl.c - temporal operators over 1,000,000 samples at 100 Hz, on one core. One JSON line a
 * figure, in milliseconds of the thread's processor time; the best of RUNS counts.
 *
 * stl.always.ms  always[0 s, 10 s] (x > 0): comparison and operator, both ends, at every sample
 * stl.until.ms   (x > 0) until[0 s, 10 s] (y > 5): both comparisons and the operator
 * stl.run.ms     a whole evaluation of the first: grid, signals, columns, witness
 *
 * The first two run the nodes of a compiled program; memory is taken once, as in a process that
 * judges one run after another. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/scoped.h"
#include "criteria/eval_inner.h"

#define COUNT 1000000
#define STEP_NS INT64_C(10000000)
#define RUNS 15
#define WORK_BYTES 536870912

static void must(enum err_code code, const struct err *e)
{
	if (code == ERR_OK)
		return;
	(void)fprintf(stderr, "bench_stl: %s\n", e->message);
	exit(EXIT_FAILURE);
}

static void print(const char *metric, uint64_t us)
{
	(void)printf("{\"bench\":\"stl\",\"metric\":\"%s\",\"value\":%.2f,\"unit\":\"ms\"}\n",
		metric, (double)us / 1000);
}

/* Of this thread alone, so that other work on the machine counts as little as it can. */
static uint64_t cpu_us(void)
{
	struct timespec t;

	CHECK(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) == 0);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* Forgets what was handed out but keeps one chunk of it all. */
static void renew(struct arena *work)
{
	arena_reset(work);
	if (work->taken_bytes < WORK_BYTES / 2) {
		arena_clear(work);
		CHECK(arena_alloc(work, WORK_BYTES - 4096));
		arena_reset(work);
	}
}

/* Best time of running the nodes of the formula, without grid and signals. */
static uint64_t nodes_us(struct arena *a, struct arena *work, const struct program *p,
	const struct eval_input *input)
{
	uint64_t best = UINT64_MAX;
	struct err e = { 0 };

	(void)a;
	for (int run = 0; run < RUNS; run++) {
		struct eval v = { .work = work, .p = p, .input = input, .e = &e };
		uint64_t start, us;

		renew(work);
		must(eval_start(&v), &e);
		must(eval_nodes(&v, 1), &e); /* the two signals */
		start = cpu_us();
		must(eval_nodes(&v, v.n->count), &e);
		us = cpu_us() - start;
		best = us < best ? us : best;
	}
	return best;
}

static uint64_t run_us(struct arena *a, struct arena *work, const struct program *p,
	const struct eval_input *input)
{
	uint64_t best = UINT64_MAX;
	struct err e = { 0 };

	for (int run = 0; run < RUNS; run++) {
		struct eval_result r;
		uint64_t start, us;

		renew(work);
		start = cpu_us();
		must(eval_run(a, work, p, input, &r, &e), &e);
		us = cpu_us() - start;
		best = us < best ? us : best;
		CHECK(r.grid_count == COUNT);
	}
	return best;
}

static struct program *compiled(struct arena *a, const char *formula)
{
	const char *text = arena_printf(a, "criteria 1\nscenario bench\n"
		"signal x unit m linear gap 50 ms\nsignal y unit m linear gap 50 ms\npass p: %s\n",
		formula);
	struct program *p = NULL;
	struct err e = { 0 };

	must(program_compile(a, str_of(text), NULL, 0, &p, &e), &e);
	return p;
}

int main(void)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_ARENA work = { 0 };
	struct eval_signal signals[2] = { 0 };
	struct eval_input input = { .signals = signals };
	int64_t *times;
	uint64_t state = 1;
	struct program *always, *until;

	arena_init(&a, 134217728);
	arena_init(&work, WORK_BYTES);
	times = ARENA_ARRAY(&a, int64_t, COUNT);
	CHECK(times);
	for (int s = 0; s < 2; s++) {
		double *values = ARENA_ARRAY(&a, double, COUNT);
		CHECK(values);
		for (int i = 0; i < COUNT; i++) {
			state = state * 6364136223846793005u + 1442695040888963407u;
			values[i] = (double)(state >> 40) / 16777216 * 20 - 10;
			times[i] = i * STEP_NS;
		}
		signals[s] = (struct eval_signal){ COUNT, times, values, 0, NULL, 0 };
	}
	always = compiled(&a, "always[0 s, 10 s] (x > 0 m)");
	until = compiled(&a, "(x > 0 m) until[0 s, 10 s] (y > 5 m)");
	print("stl.always.ms", nodes_us(&a, &work, always, &input));
	print("stl.until.ms", nodes_us(&a, &work, until, &input));
	print("stl.run.ms", run_us(&a, &work, always, &input));
	return EXIT_SUCCESS;
}
