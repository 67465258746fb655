/* brute.h - random criteria on random traces, judged a second time by plain loops.
 *
 * Is:      an evaluator written from doc/formats/criteria.md alone, quadratic and cubic, that
 *          shares no code with src/criteria: own grid, own interpolation, own intervals.
 * Is not:  a test program: test_brute.c runs some thousand cases, fuzz_brute.c as many as it may.
 */
#ifndef HUREN_TEST_BRUTE_H
#define HUREN_TEST_BRUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Makes the case of this seed, runs it both ways and compares every interval at every grid time,
 * every event and the outcome. False: they differ; `ret` tells where, with the program. */
bool brute_case(uint64_t seed, char *ret, size_t ret_size);

#endif
