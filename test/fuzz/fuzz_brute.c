/* fuzz_brute.c - random criteria judged by plain loops (../brute.h); the input seeds the cases. */
#include <stdint.h>
#include <stdio.h>

#include "../brute.h"
#include "base/check.h"

#define CASES 32 /* an input */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char message[32768];
	uint64_t seed = 14695981039346656037u;

	for (size_t i = 0; i < size; i++)
		seed = (seed ^ data[i]) * 1099511628211u;
	for (uint64_t i = 0; i < CASES; i++) {
		if (!brute_case(seed + i, message, sizeof(message))) {
			(void)fprintf(stderr, "seed %lu: %s\n", seed + i, message);
			CHECK(false);
		}
	}
	return 0;
}
