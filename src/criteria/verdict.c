/* verdict.c - the five outcomes by name. */
#include "criteria/verdict.h"

#include "base/check.h"

static const char *const names[VERDICT_COUNT] = { "pass", "fail", "inconclusive", "invalid-run",
	"not-applicable" };

const char *verdict_name(enum verdict v)
{
	CHECK(v < VERDICT_COUNT);
	return names[v];
}
