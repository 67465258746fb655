/* sandbox_policy.h - what a process may do that parses foreign files: compute, and answer.
 *
 * Is:      limits of the system, landlock, seccomp, applied to this process for good.
 * Is not:  undone by anything: call it once, before the first foreign byte is looked at.
 * I1  After it the process has no path, no socket but those it holds, no other process, no program,
 *     no executable memory. A call outside the list ends it with SIGSYS, or, while it is sane
 *     enough to tell, with a message that names the call.
 */
#ifndef HUREN_EVIDENCE_SANDBOX_POLICY_H
#define HUREN_EVIDENCE_SANDBOX_POLICY_H

#include <stdbool.h>

#include "base/err.h"

struct sandbox_policy {
	uint64_t memory_bytes;     /* private memory */
	uint64_t output_bytes;     /* size of a file it may make, and of a mapped answer */
	uint64_t input_bytes;      /* largest file it is handed */
	int socket;                /* the only descriptor it may receive from and send to */
	/* Called in a signal handler for a refused call, before the process ends; may be NULL. */
	void (*refused)(int call);
};

/* What holds now. */
struct sandbox_active {
	bool no_new_privs, limits, seccomp;
	uint32_t landlock_abi;     /* 0: the kernel has none */
};

/* ERR_UNSUPPORTED: this kernel has no seccomp filters; ERR_IO. */
MUST_USE enum err_code sandbox_policy_apply(const struct sandbox_policy *p,
	struct sandbox_active *ret, struct err *e);
/* Name of a system call, or "number N"; in the arena-less buffer given. */
const char *sandbox_policy_call_name(int call, char ret[48]);

#endif
