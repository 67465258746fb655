/* sandbox_policy.c - limits, landlock and seccomp, in this order: the last forbids the others. */
#include "evidence/sandbox_policy.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/scoped.h"

/* Under AddressSanitizer the address space is full of shadow, and its runtime needs more calls. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(undefined_behavior_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* Program, libraries, stacks and the heap's own slack. */
#define PROGRAM_BYTES ((uint64_t)512 << 20)
#define ANY_BIT UINT32_MAX /* descriptors and process ids have 32 */
/* Socket, file, words, answer, and the three of the start. */
#define FILES_MAX 8

static enum err_code limit(int resource, uint64_t value, const char *what, struct err *e)
{
	const struct rlimit r = { value, value };

	if (setrlimit((__rlimit_resource_t)resource, &r) != 0)
		return err_set(e, ERR_IO, "could not bound the worker's %s: %s", what,
			err_errno());
	return ERR_OK;
}

static enum err_code apply_limits(const struct sandbox_policy *p, struct err *e)
{
	TRY(limit(RLIMIT_CORE, 0, "core file", e));
	TRY(limit(RLIMIT_NPROC, 0, "processes", e));
	TRY(limit(RLIMIT_NOFILE, FILES_MAX, "open files", e));
	TRY(limit(RLIMIT_FSIZE, p->output_bytes, "output", e));
	if (SANITIZED)
		return ERR_OK;
	TRY(limit(RLIMIT_DATA, p->memory_bytes, "memory", e));
	return limit(RLIMIT_AS, p->memory_bytes + p->output_bytes + p->input_bytes + PROGRAM_BYTES,
		"address space", e);
}

/* ---- landlock: this process may use no path at all ------------------------------------------- */

struct landlock_rules { uint64_t files, net, scoped; };
#define LANDLOCK_VERSION 1 /* flag of landlock_create_ruleset that asks for the ABI */

/* What each version of the ABI can handle; a kernel refuses bits it does not know. */
static void landlock_all(uint32_t abi, struct landlock_rules *ret, size_t *ret_bytes)
{
	uint32_t file_bits = abi >= 5 ? 16 : abi >= 3 ? 15 : abi == 2 ? 14 : 13;

	*ret = (struct landlock_rules){ .files = (UINT64_C(1) << file_bits) - 1,
		.net = abi >= 4 ? 3 : 0, .scoped = abi >= 6 ? 3 : 0 };
	*ret_bytes = abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
}

static enum err_code apply_landlock(uint32_t *ret_abi, struct err *e)
{
	struct landlock_rules rules;
	size_t bytes;
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_VERSION);

	if (abi <= 0) { /* not built in, or switched off */
		*ret_abi = 0;
		return ERR_OK;
	}
	landlock_all((uint32_t)abi, &rules, &bytes);
	SCOPED_FD fd = (int)syscall(SYS_landlock_create_ruleset, &rules, bytes, 0);
	if (fd < 0 || syscall(SYS_landlock_restrict_self, fd, 0) != 0)
		return err_set(e, ERR_IO, "could not apply landlock: %s", err_errno());
	*ret_abi = (uint32_t)abi;
	return ERR_OK;
}

/* ---- seccomp --------------------------------------------------------------------------------- */

static void (*on_refused)(int call);

static void refused(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	if (on_refused)
		on_refused(info->si_syscall);
	_exit(EXIT_FAILURE);
}

static bool allow(scmp_filter_ctx c, int call)
{
	return seccomp_rule_add(c, SCMP_ACT_ALLOW, call, 0) == 0;
}

/* Only when argument `index`, of the bits in `mask`, is `value`. */
static bool allow_if(scmp_filter_ctx c, int call, unsigned index, uint64_t mask, uint64_t value)
{
	const struct scmp_arg_cmp arg = { .arg = index, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask,
		.datum_b = value };

	return seccomp_rule_add_array(c, SCMP_ACT_ALLOW, call, 1, &arg) == 0;
}

/* Memory, the end of the process, and what abort() needs to name its signal. */
static bool add_calls(scmp_filter_ctx c, int socket)
{
	static const int plain[] = { SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(brk),
		SCMP_SYS(madvise), SCMP_SYS(ftruncate), SCMP_SYS(close), SCMP_SYS(exit),
		SCMP_SYS(exit_group), SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask),
		SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(clock_gettime) };
	static const int sanitizer[] = { SCMP_SYS(sigaltstack), SCMP_SYS(futex),
		SCMP_SYS(sched_yield), SCMP_SYS(getrandom) };
	const uint64_t pid = (uint64_t)getpid();
	bool good = true;

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		good = good && allow(c, plain[i]);
	for (size_t i = 0; SANITIZED && i < sizeof(sanitizer) / sizeof(sanitizer[0]); i++)
		good = good && allow(c, sanitizer[i]);
	good = good && allow_if(c, SCMP_SYS(mmap), 2, PROT_EXEC, 0);
	good = good && allow_if(c, SCMP_SYS(mprotect), 2, PROT_EXEC, 0);
	good = good && allow_if(c, SCMP_SYS(write), 0, ANY_BIT, STDERR_FILENO);
	good = good && allow_if(c, SCMP_SYS(recvmsg), 0, ANY_BIT, (uint64_t)socket);
	good = good && allow_if(c, SCMP_SYS(sendmsg), 0, ANY_BIT, (uint64_t)socket);
	return good && allow_if(c, SCMP_SYS(tgkill), 0, ANY_BIT, pid);
}

static enum err_code apply_seccomp(const struct sandbox_policy *p, struct err *e)
{
	const struct sigaction act = { .sa_sigaction = refused, .sa_flags = SA_SIGINFO };
	scmp_filter_ctx c = seccomp_init(SCMP_ACT_TRAP);
	int code = -ENOMEM;

	on_refused = p->refused;
	if (c && sigaction(SIGSYS, &act, NULL) == 0 && add_calls(c, p->socket))
		code = seccomp_load(c);
	seccomp_release(c);
	if (code == 0)
		return ERR_OK;
	return err_set(e, code == -EINVAL || code == -ENOSYS ? ERR_UNSUPPORTED : ERR_IO,
		"could not apply the seccomp filter: error %d", -code);
}

enum err_code sandbox_policy_apply(const struct sandbox_policy *p, struct sandbox_active *ret,
	struct err *e)
{
	struct sandbox_active active = { 0 };

	TRY(apply_limits(p, e));
	active.limits = true;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0)
		return err_set(e, ERR_IO, "could not give up new rights: %s", err_errno());
	active.no_new_privs = true;
	TRY(apply_landlock(&active.landlock_abi, e));
	TRY(apply_seccomp(p, e));
	active.seccomp = true;
	*ret = active;
	return ERR_OK;
}

const char *sandbox_policy_call_name(int call, char ret[48])
{
	char *name = seccomp_syscall_resolve_num_arch(seccomp_arch_native(), call);

	if (name)
		(void)snprintf(ret, 48, "%s", name);
	else
		(void)snprintf(ret, 48, "number %d", call);
	handle_drop(name);
	return ret;
}
