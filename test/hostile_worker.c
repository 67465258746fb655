/* hostile_worker.c - the sandbox's worker with a reader that turns on its host: what a file says
 * first is what it does. Everything but the reader is the program's own.
 *
 * Is:      for the tests of the sandbox only; no release build has any of it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "evidence/sandbox.h"
#include "evidence/sandbox_inner.h"

static void hang(void)
{
	for (volatile unsigned i = 0;; i++)
		continue;
}

/* Takes until nothing more is given; then ends as a careless reader would. */
static void eat_memory(void)
{
	for (;;) {
		char *at = malloc((size_t)1 << 20);
		if (!at)
			abort();
		memset(at, 1, (size_t)1 << 20);
	}
}

static void crash(void)
{
	(void)raise(SIGSEGV);
}

static void jump_into_nothing(void)
{
	volatile uintptr_t at = 8;

	*(volatile int *)at = 1;
}

static __attribute__((noinline)) unsigned recurse(unsigned depth)
{
	volatile char room[65536];

	room[depth % sizeof(room)] = (char)depth;
	return depth == UINT32_MAX ? 0 : recurse(depth + 1) + (unsigned)room[0];
}

static void overflow_stack(void)
{
	_exit((int)recurse(0));
}

static void open_file(void)
{
	(void)open("/etc/passwd", O_RDONLY);
}

static void make_socket(void)
{
	(void)socket(AF_INET, SOCK_STREAM, 0);
}

static void run_program(void)
{
	char *argv[] = { NULL };

	(void)execv("/bin/true", argv);
}

static void make_process(void)
{
	if (fork() == 0)
		_exit(0);
}

static void trace_parent(void)
{
	(void)ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}

static void kill_parent(void)
{
	(void)kill(getppid(), SIGKILL);
}

static void make_code(void)
{
	(void)mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void read_descriptor(void)
{
	char byte;

	(void)read(0, &byte, 1);
}

static void write_elsewhere(void)
{
	(void)write(SANDBOX_FD, "x", 1);
}

static void fill_output(void)
{
	for (int fd = SANDBOX_FD + 1; fd < 8; fd++)
		(void)ftruncate(fd, (off_t)1 << 45);
}

static void end_quietly(void)
{
	_exit(0);
}

static const struct { const char *word; void (*run)(void); } deeds[] = {
	{ "hang", hang }, { "memory", eat_memory }, { "crash", crash },
	{ "jump", jump_into_nothing }, { "stack", overflow_stack }, { "open", open_file },
	{ "socket", make_socket }, { "exec", run_program }, { "fork", make_process },
	{ "ptrace", trace_parent }, { "kill", kill_parent }, { "code", make_code },
	{ "read", read_descriptor }, { "write", write_elsewhere }, { "output", fill_output },
	{ "end", end_quietly },
};

enum err_code evidence_list(struct arena *a, const struct evidence_file *file,
	const struct mapping *mapping, struct evidence_listing *ret, struct err *e)
{
	const struct str text = { (const char *)file->at, file->size };

	(void)mapping;
	for (size_t i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++) {
		if (str_starts(text, deeds[i].word))
			deeds[i].run();
	}
	if (str_starts(text, "arena") && !arena_alloc(a, (size_t)1 << 40))
		return err_set(e, ERR_TOO_LARGE, "its content needs too much memory");
	if (str_starts(text, "say"))
		return err_set(e, ERR_DENIED, "line\none \x1b[2J \xff");
	*ret = (struct evidence_listing){ .format = STR("hostile"),
		.start_ns = CHANNEL_TIME_UNKNOWN };
	return ERR_OK;
}

enum err_code evidence_read(struct arena *a, const struct evidence_file *file,
	const struct mapping *mapping, const struct evidence_listing *listing,
	const uint32_t *wanted, uint32_t wanted_count, const struct evidence_sink *sink,
	struct err *e)
{
	(void)a;
	(void)file;
	(void)mapping;
	(void)listing;
	(void)wanted;
	(void)wanted_count;
	(void)sink;
	return err_set(e, ERR_INTERNAL, "this reader lists only");
}

int main(void)
{
	return sandbox_worker(SANDBOX_FD);
}
