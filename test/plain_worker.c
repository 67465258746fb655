/* plain_worker.c - the sandbox's worker as a program of its own, for tests that have no `huren`. */
#include "evidence/sandbox.h"

int main(void)
{
	return sandbox_worker(3);
}
