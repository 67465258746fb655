/* paper_worker.c - both sides of the process that prints. Sheet and answer are memory files: the
 * worker maps both before it is confined, then neither reads nor writes any descriptor. */
#include "paper/paper_worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/child.h"
#include "base/instant.h"
#include "base/io.h"
#include "base/limits.h"
#include "base/scoped.h"
#include "evidence/sandbox_policy.h"
#include "paper/paper.h"

#define MAGIC UINT32_C(0x48505031)
#define SHEET_FD 3
#define ANSWER_FD 4
#define WORKER_MARK "HUREN_PAPER_WORKER" /* in a worker's environment */
#define FONTS_MARK "HUREN_PAPER_FONTS"

enum word { WORD_NOTHING, WORD_DONE, WORD_FAILED, WORD_REFUSED };

/* At the beginning of the answer; the PDF follows. The caller writes the bounds, the worker the
 * rest, which is a stranger's word. */
struct answer {
	uint32_t magic, word;
	uint64_t memory_bytes, output_bytes, sheet_bytes;
	uint64_t pdf_bytes;
	uint32_t code;
	int32_t call;                  /* WORD_REFUSED */
	char message[384], hint[256];
};

void paper_defaults(struct paper_options *ret)
{
	*ret = (struct paper_options){
		.memory_bytes = (uint64_t)LIMIT_PAPER_MEMORY_MB << 20,
		.output_bytes = (uint64_t)LIMIT_PAPER_OUTPUT_MB << 20,
		.cpu_s = LIMIT_PAPER_CPU_S, .wall_ms = LIMIT_PAPER_WALL_MS };
}

/* ---- the worker ------------------------------------------------------------------------------ */

static struct answer *told; /* for the handler of refused calls, which knows nothing else */

static void tell_refused(int call)
{
	told->call = call;
	told->word = WORD_REFUSED;
}

static void tell_error(struct answer *answer, const struct err *e)
{
	answer->code = e->code;
	memcpy(answer->message, e->message, sizeof(answer->message));
	memcpy(answer->hint, e->hint, sizeof(answer->hint));
	answer->word = WORD_FAILED;
}

static enum err_code confine(const struct answer *answer, struct err *e)
{
	struct sandbox_active active;
	const struct sandbox_policy policy = { .memory_bytes = answer->memory_bytes,
		.output_bytes = answer->output_bytes, .input_bytes = answer->sheet_bytes,
		.socket = SHEET_FD, .refused = tell_refused };

	tzset(); /* reads a file when it is first used */
	return sandbox_policy_apply(&policy, &active, e);
}

static enum err_code print(struct answer *answer, struct str sheet, struct err *e)
{
	SCOPED_ARENA a;
	SCOPED_BUF b = { 0 };
	struct paper_fonts *fonts;
	struct json *v;

	arena_init(&a, answer->memory_bytes / 2);
	buf_init(&b, answer->output_bytes - sizeof(*answer));
	TRY(paper_fonts_open(getenv(FONTS_MARK), &fonts, e));
	TRY(confine(answer, e));
	TRY(json_parse(&a, sheet, &v, e));
	TRY(paper_draw(&a, v, fonts, &b, e));
	memcpy(answer + 1, b.at, b.len);
	answer->pdf_bytes = b.len;
	answer->word = WORD_DONE;
	return ERR_OK;
}

int paper_worker(void)
{
	struct err e = { 0 };
	struct stat sheet, answer;
	void *in, *out;

	if (fstat(SHEET_FD, &sheet) != 0 || fstat(ANSWER_FD, &answer) != 0 ||
		answer.st_size <= (off_t)sizeof(struct answer) || sheet.st_size == 0)
		return EXIT_FAILURE;
	in = mmap(NULL, (size_t)sheet.st_size, PROT_READ, MAP_SHARED, SHEET_FD, 0);
	out = mmap(NULL, (size_t)answer.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, ANSWER_FD, 0);
	if (in == MAP_FAILED || out == MAP_FAILED)
		return EXIT_FAILURE;
	told = out;
	if (told->magic != MAGIC || told->output_bytes != (uint64_t)answer.st_size)
		return EXIT_FAILURE;
	if (print(told, (struct str){ in, (size_t)sheet.st_size }, &e) != ERR_OK)
		tell_error(told, &e);
	_exit(EXIT_SUCCESS); /* nothing is given back, and nobody is to look for it */
}

/* ---- the caller ------------------------------------------------------------------------------ */

struct job {
	const struct paper_options *o;
	int sheet, answer;
	pid_t pid;
};

static enum err_code make_files(struct job *j, struct str sheet, struct err *e)
{
	const struct answer head = { .magic = MAGIC, .memory_bytes = j->o->memory_bytes,
		.output_bytes = j->o->output_bytes, .sheet_bytes = sheet.len };

	j->sheet = memfd_create("huren-sheet", MFD_CLOEXEC);
	j->answer = memfd_create("huren-paper", MFD_CLOEXEC);
	if (j->sheet < 0 || j->answer < 0 ||
		write(j->sheet, sheet.at, sheet.len) != (ssize_t)sheet.len ||
		ftruncate(j->answer, (off_t)j->o->output_bytes) != 0 ||
		pwrite(j->answer, &head, sizeof(head), 0) != (ssize_t)sizeof(head))
		return err_set(e, ERR_IO, "could not make memory for a paper: %s", err_errno());
	return ERR_OK;
}

static enum err_code start(struct job *j, struct err *e)
{
	static char word[] = "paper-worker", self[] = "huren", language[] = "LC_ALL=C";
	static char mark[] = WORKER_MARK "=1", zone[] = "TZ=UTC0";
	char fonts[512], path[4096], *argv[] = { self, word, NULL };
	char *envp[] = { language, mark, zone, j->o->fonts ? fonts : NULL, NULL };
	posix_spawn_file_actions_t actions;
	/* Above both numbers, so that neither is closed by taking the other's place. */
	SCOPED_FD sheet = fcntl(j->sheet, F_DUPFD_CLOEXEC, ANSWER_FD + 1);
	SCOPED_FD answer = fcntl(j->answer, F_DUPFD_CLOEXEC, ANSWER_FD + 1);
	int code = ENOMEM;

	/* A program that does not know the word would run as itself in the worker's place. */
	if (getenv(WORKER_MARK))
		return err_set(e, ERR_INTERNAL, "this program prints no papers");
	(void)snprintf(fonts, sizeof(fonts), FONTS_MARK "=%s", j->o->fonts ? j->o->fonts : "");
	if (sheet < 0 || answer < 0 || posix_spawn_file_actions_init(&actions) != 0)
		return err_set(e, ERR_IO, "could not start the printing of a paper");
	if (posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0) == 0 &&
		posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0) == 0 &&
		posix_spawn_file_actions_adddup2(&actions, sheet, SHEET_FD) == 0 &&
		posix_spawn_file_actions_adddup2(&actions, answer, ANSWER_FD) == 0 &&
		posix_spawn_file_actions_addclosefrom_np(&actions, ANSWER_FD + 1) == 0)
		code = posix_spawn(&j->pid, j->o->program ? j->o->program : io_own_program(path),
			&actions, NULL, argv, envp);
	(void)posix_spawn_file_actions_destroy(&actions);
	if (code == 0)
		return ERR_OK;
	errno = code;
	j->pid = 0;
	return err_set(e, ERR_IO, "could not start the printing of a paper: %s", err_errno());
}

/* Waits for its end; false: it was late, and was ended. */
static bool wait_for(struct job *j, int *ret_status)
{
	uint64_t end_us = instant_monotonic_us() + (uint64_t)j->o->wall_ms * 1000;
	const struct rlimit cpu = { j->o->cpu_s, j->o->cpu_s + 1 };
	bool ended;

	(void)prlimit(j->pid, RLIMIT_CPU, &cpu, NULL); /* the clock on the wall bounds it, too */
	ended = child_await(j->pid, end_us, /* stop= */ NULL);
	if (!ended)
		(void)kill(j->pid, SIGKILL);
	while (waitpid(j->pid, ret_status, 0) < 0 && errno == EINTR)
		continue;
	return ended;
}

/* What the worker says is shown to people: printable, one line, UTF-8. */
static void take_text(const char *from, size_t size, char *ret)
{
	size_t len = strnlen(from, size - 1);

	for (size_t i = 0; i < len; i++)
		ret[i] = (unsigned char)from[i] < ' ' || (unsigned char)from[i] >= 127 ? '?'
			: from[i];
	ret[len] = '\0';
}

static enum err_code take_error(const struct answer *answer, struct err *e)
{
	char message[sizeof(answer->message)], hint[sizeof(answer->hint)];
	enum err_code code = answer->code > ERR_OK && answer->code < ERR_CODE_COUNT
		? (enum err_code)answer->code : ERR_INTERNAL;

	take_text(answer->message, sizeof(answer->message), message);
	take_text(answer->hint, sizeof(answer->hint), hint);
	(void)err_set(e, code, "%s", message);
	return hint[0] != '\0' ? err_hint(e, "%s", hint) : code;
}

static enum err_code died(const struct job *j, const struct answer *answer, bool late, int status,
	struct err *e)
{
	int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	char cause[160], call[48];

	if (answer->word == WORD_REFUSED)
		(void)snprintf(cause, sizeof(cause), "refused system call %s",
			sandbox_policy_call_name(answer->call, call));
	else if (late)
		(void)snprintf(cause, sizeof(cause), "time: over %u ms", j->o->wall_ms);
	else if (signal == SIGXCPU || signal == SIGKILL)
		(void)snprintf(cause, sizeof(cause), "time: over %u s of computing", j->o->cpu_s);
	else if (signal != 0)
		(void)snprintf(cause, sizeof(cause), "signal %d (%s); memory is bounded to %llu MB",
			signal, strsignal(signal),
			(unsigned long long)(j->o->memory_bytes >> 20));
	else
		(void)snprintf(cause, sizeof(cause), "exit status %d", WEXITSTATUS(status));
	if (signal == 0 && WEXITSTATUS(status) == CHILD_NOT_STARTED)
		return err_set(e, ERR_IO, "could not start the printing of a paper (%s)", cause);
	return err_set(e, ERR_INVALID, "the process that printed the paper was ended (%s)", cause);
}

/* The worker is gone: nobody writes there any more. */
static enum err_code take_answer(struct job *j, struct arena *a, bool late, int status,
	struct str *ret, struct err *e)
{
	struct answer answer;
	char *pdf;

	if (pread(j->answer, &answer, sizeof(answer), 0) != (ssize_t)sizeof(answer))
		return err_set(e, ERR_IO, "could not read the printed paper: %s", err_errno());
	if (!late && answer.word == WORD_FAILED)
		return take_error(&answer, e);
	if (late || answer.word != WORD_DONE || status != 0)
		return died(j, &answer, late, status, e);
	if (answer.pdf_bytes > j->o->output_bytes - sizeof(answer))
		return err_set(e, ERR_INTERNAL, "the printed paper has no size");
	pdf = arena_alloc(a, answer.pdf_bytes);
	if (!pdf)
		return err_set(e, ERR_TOO_LARGE, "paper needs too much memory");
	if (pread(j->answer, pdf, answer.pdf_bytes, sizeof(answer)) != (ssize_t)answer.pdf_bytes)
		return err_set(e, ERR_IO, "could not read the printed paper: %s", err_errno());
	*ret = (struct str){ pdf, answer.pdf_bytes };
	return ERR_OK;
}

enum err_code paper_print(const struct paper_options *o, struct arena *a,
	const struct json *sheet, struct str *ret, struct err *e)
{
	struct job j = { .o = o, .sheet = -1, .answer = -1 };
	enum err_code code;
	struct str text;
	int status = 0;

	CHECK(o->output_bytes > sizeof(struct answer));
	TRY(json_jcs(a, sheet, &text, e));
	if (text.len > LIMIT_PAPER_SHEET_BYTES)
		return err_set(e, ERR_TOO_LARGE, "paper is over %d bytes before it is printed",
			LIMIT_PAPER_SHEET_BYTES);
	code = make_files(&j, text, e);
	if (code == ERR_OK)
		code = start(&j, e);
	if (code == ERR_OK) {
		bool ended = wait_for(&j, &status);
		code = take_answer(&j, a, !ended, status, ret, e);
	}
	scoped_fd_close(&j.sheet);
	scoped_fd_close(&j.answer);
	return code;
}
