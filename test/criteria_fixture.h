/* criteria_fixture.h - what tests of the criteria language share. */
#ifndef HUREN_TEST_CRITERIA_FIXTURE_H
#define HUREN_TEST_CRITERIA_FIXTURE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/scoped.h"
#include "criteria/eval.h"

#define SECOND INT64_C(1000000000)
#define FIXTURE_BYTES 268435456

static inline struct unit fixture_unit(const char *text)
{
	struct unit u = { 0 };
	struct err e = { 0 };

	if (unit_parse(str_of(text), &u, &e) != ERR_OK)
		fail_msg("%s", e.message);
	return u;
}

static inline struct program *fixture_compile(struct arena *a, const char *text,
	const struct program_number *numbers, uint32_t count)
{
	struct program *p = NULL;
	struct err e = { 0 };

	if (program_compile(a, str_of(text), numbers, count, &p, &e) != ERR_OK)
		fail_msg("%u:%u %s (%s)\n%s", e.line, e.column, e.message, e.hint, text);
	return p;
}

static inline struct eval_result fixture_run(struct arena *a, const struct program *p,
	const struct eval_input *input)
{
	SCOPED_ARENA work = { 0 };
	struct eval_result r = { 0 };
	struct err e = { 0 };

	arena_init(&work, FIXTURE_BYTES);
	if (eval_run(a, &work, p, input, &r, &e) != ERR_OK)
		fail_msg("%s", e.message);
	return r;
}

#endif
