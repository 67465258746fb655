/* function_call.h - calls a function of a criteria program by name, over columns of a test. */
#ifndef HUREN_TEST_FUNCTION_CALL_H
#define HUREN_TEST_FUNCTION_CALL_H

#include <math.h>

#include "base/scoped.h"
#include "criteria/functions.h"

#define CALL_SAMPLES 4096

struct called {
	uint64_t count;
	int64_t times[CALL_SAMPLES];
	int64_t step_ns;
	double columns[FUNCTION_ARGUMENTS_MAX][CALL_SAMPLES];
	bool constant[FUNCTION_ARGUMENTS_MAX];
	double ret[CALL_SAMPLES];
};

/* `count` samples, `step_ns` apart. */
static inline void called_init(struct called *c, uint64_t count, int64_t step_ns)
{
	memset(c, 0, sizeof(*c));
	c->count = count;
	c->step_ns = step_ns;
	for (uint64_t i = 0; i < count; i++)
		c->times[i] = (int64_t)i * step_ns;
}

static inline void called_constant(struct called *c, uint32_t index, double value)
{
	c->columns[index][0] = value;
	c->constant[index] = true;
}

static inline enum err_code called_run(struct called *c, const char *name, struct err *e)
{
	SCOPED_ARENA work = { 0 };
	const struct function *f = function_find(str_of(name));
	struct function_call call = { .work = &work, .count = c->count, .times = c->times,
		.step_ns = c->step_ns, .ret = c->ret };
	assert_non_null(f);
	arena_init(&work, 1 << 20);
	call.argument_count = f->argument_count;
	for (uint32_t i = 0; i < f->argument_count; i++)
		call.arguments[i] = (struct function_column){ c->columns[i], c->constant[i] };
	return f->run(&call, e);
}

/* One sample. */
static inline double called_at(const char *name, const double *arguments, uint32_t count)
{
	static struct called c;
	struct err e = { 0 };
	const struct function *f = function_find(str_of(name));
	assert_non_null(f);
	assert_int_equal(f->argument_count, count);
	called_init(&c, 1, 0);
	for (uint32_t i = 0; i < count; i++)
		called_constant(&c, i, arguments[i]);
	assert_int_equal(called_run(&c, name, &e), ERR_OK);
	return c.ret[0];
}

#define CALLED(name, ...)                                                                     \
	called_at(name, (const double[]){ __VA_ARGS__ },                                      \
		(uint32_t)(sizeof((const double[]){ __VA_ARGS__ }) / sizeof(double)))

#endif
