/* child.c - see child.h. */
#include "base/child.h"

#include <poll.h>
#include <sys/pidfd.h>
#include <sys/wait.h>

#include "base/instant.h"
#include "base/scoped.h"

#define LOOK_MS 200  /* how late a stop is seen */
#define BLIND_MS 10  /* how late the end is seen without a descriptor that tells */

static bool has_ended(pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
		info.si_pid == pid;
}

bool child_await(pid_t pid, uint64_t end_us, const atomic_bool *stop)
{
	/* There is none when descriptors have run out, or the system is an old one. */
	SCOPED_FD ended = pidfd_open(pid, 0);
	const uint64_t look_us = (ended >= 0 ? LOOK_MS : BLIND_MS) * UINT64_C(1000);
	uint64_t now_us;

	while (!has_ended(pid)) {
		struct pollfd p = { .fd = ended, .events = POLLIN };
		now_us = instant_monotonic_us();
		if (now_us >= end_us || (stop && atomic_load(stop)))
			return false;
		uint64_t wait_us = end_us - now_us < look_us ? end_us - now_us : look_us;
		/* However it comes back, the process is asked again. */
		(void)poll(&p, ended >= 0 ? 1 : 0, (int)((wait_us + 999) / 1000));
	}
	return true;
}
