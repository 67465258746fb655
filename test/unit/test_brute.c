/* test_brute.c - some thousand random programs and traces, judged twice (../brute.h).
 * HUREN_BRUTE_COUNT asks for another number of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "../brute.h"
#include "base/str.h"

static void eval_agrees_with_plain_loops(void **state)
{
	static char message[32768];
	uint64_t count = 4000;

	(void)state;
	if (getenv("HUREN_BRUTE_COUNT"))
		assert_int_equal(str_parse_u64(str_of(getenv("HUREN_BRUTE_COUNT")), &count, NULL),
			ERR_OK);
	for (uint64_t seed = 1; seed <= count; seed++) {
		if (!brute_case(seed, message, sizeof(message)))
			fail_msg("seed %lu: %s", seed, message);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(eval_agrees_with_plain_loops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
