/* sandbox.c - the caller's side: starts the worker, hands it a file, distrusts its answer. */
#include "evidence/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/instant.h"
#include "base/io.h"
#include "base/limits.h"
#include "base/scoped.h"
#include "evidence/sandbox_inner.h"

/* How long a worker may take to start and confine itself, on the slowest machine. */
#define START_MS 10000
#define BLOCKS_FIRST 8
#define WORKER_MARK "HUREN_SANDBOX_WORKER" /* in a worker's environment */

/* A copy of an answer. Its memory is used again once the table is released. */
struct block { void *at; uint64_t capacity; bool used; };

struct sandbox {
	struct sandbox_options options;
	struct sandbox_active active;
	pid_t pid;                 /* 0: none runs */
	int socket, answer;
	struct wire_out inside;    /* of options.inside */
	struct arena arena;        /* of the list below */
	struct block *blocks;
	size_t block_count, block_capacity;
};

void sandbox_defaults(struct sandbox_options *ret)
{
	*ret = (struct sandbox_options){
		.memory_bytes = (uint64_t)LIMIT_SANDBOX_MEMORY_MB << 20,
		.output_bytes = (uint64_t)LIMIT_SANDBOX_OUTPUT_MB << 20,
		.cpu_s = LIMIT_SANDBOX_CPU_S, .wall_ms = LIMIT_SANDBOX_WALL_MS };
}

/* ---- the process ----------------------------------------------------------------------------- */

/* How a worker came to its end. */
struct ended { int status; uint64_t memory_bytes; };

/* Ends the worker if it still runs. */
static struct ended reap(struct sandbox *s, bool end_it)
{
	struct ended ended = { 0 };
	struct rusage used = { 0 };

	if (s->pid == 0)
		return ended;
	if (s->socket >= 0)
		(void)close(s->socket); /* a sound worker ends by itself now */
	s->socket = -1;
	if (end_it)
		(void)kill(s->pid, SIGKILL);
	while (wait4(s->pid, &ended.status, 0, &used) < 0 && errno == EINTR)
		continue;
	ended.memory_bytes = (uint64_t)used.ru_maxrss * 1024;
	s->pid = 0;
	return ended;
}

static void cause_text(const struct sandbox *s, struct ended ended, bool late, char ret[160])
{
	int signal = WIFSIGNALED(ended.status) ? WTERMSIG(ended.status) : 0;

	if (late)
		(void)snprintf(ret, 160, "time: over %u ms", s->options.wall_ms);
	else if (signal == SIGXCPU)
		(void)snprintf(ret, 160, "time: over %u s of computing", s->options.cpu_s);
	else if (signal == SIGXFSZ)
		(void)snprintf(ret, 160, "output: over %llu MB",
			(unsigned long long)(s->options.output_bytes >> 20));
	else if (signal == SIGSYS)
		(void)snprintf(ret, 160, "refused system call");
	else if (signal == SIGKILL)
		(void)snprintf(ret, 160, "memory: the system ended it");
	else if (signal != 0 && ended.memory_bytes >= s->options.memory_bytes / 8 * 7)
		/* A reader that was refused more memory and took no heed. */
		(void)snprintf(ret, 160, "memory: over %llu MB",
			(unsigned long long)(s->options.memory_bytes >> 20));
	else if (signal != 0)
		(void)snprintf(ret, 160, "signal %d (%s)", signal, strsignal(signal));
	else
		(void)snprintf(ret, 160, "exit status %d", WEXITSTATUS(ended.status));
}

static bool send_request(int socket, const struct sandbox_request *r, const int *fds, size_t count)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int) * SANDBOX_REQUEST_FDS)];
	} control = { 0 };
	struct iovec part = { .iov_base = (void *)(uintptr_t)r, .iov_len = sizeof(*r) };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1 };

	if (count > 0) {
		m.msg_control = &control;
		m.msg_controllen = CMSG_SPACE(sizeof(int) * count);
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * count);
		memcpy(CMSG_DATA(c), fds, sizeof(int) * count);
	}
	ssize_t sent;
	do
		sent = sendmsg(socket, &m, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent == (ssize_t)sizeof(*r);
}

enum heard { HEARD_REPLY, HEARD_END, HEARD_NOTHING };

/* Waits for the worker's next packet. */
static enum heard hear(const struct sandbox *s, uint32_t wall_ms, struct sandbox_reply *ret)
{
	uint64_t end_us = instant_monotonic_us() + (uint64_t)wall_ms * 1000;

	for (;;) {
		struct pollfd p = { .fd = s->socket, .events = POLLIN };
		uint64_t now_us = instant_monotonic_us();
		if (now_us >= end_us)
			return HEARD_NOTHING;
		int ready = poll(&p, 1, (int)((end_us - now_us + 999) / 1000));
		if (ready < 0 && errno != EINTR)
			return HEARD_END;
		if (ready <= 0)
			continue;
		ssize_t got = recv(s->socket, ret, sizeof(*ret), MSG_DONTWAIT);
		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got != (ssize_t)sizeof(*ret) || ret->magic != SANDBOX_MAGIC)
			return HEARD_END;
		return HEARD_REPLY;
	}
}

static enum err_code spawn(struct sandbox *s, struct err *e)
{
	static char word[] = "sandbox-worker", self[] = "huren", language[] = "LC_ALL=C";
	static char mark[] = WORKER_MARK "=1";
	char *argv[] = { self, word, NULL }, *envp[] = { language, mark, NULL };
	posix_spawn_file_actions_t actions;
	char path[4096];
	int pair[2], code;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return err_set(e, ERR_IO, "could not make a socket for the sandbox: %s",
			err_errno());
	SCOPED_FD ours = pair[0];
	SCOPED_FD theirs = pair[1];
	code = posix_spawn_file_actions_init(&actions);
	if (code != 0)
		return err_set(e, ERR_IO, "could not start the sandbox: no memory");
	if ((code = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)) == 0 &&
		(code = posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)) ==
			0 && (code = posix_spawn_file_actions_adddup2(&actions, theirs,
				SANDBOX_FD)) == 0 &&
		(code = posix_spawn_file_actions_addclosefrom_np(&actions, SANDBOX_FD + 1)) == 0)
		code = posix_spawn(&pid, s->options.program ? s->options.program
			: io_own_program(path), &actions, NULL, argv, envp);
	(void)posix_spawn_file_actions_destroy(&actions);
	if (code != 0) {
		errno = code;
		return err_set(e, ERR_IO, "could not start the sandbox: %s", err_errno());
	}
	s->pid = pid;
	s->socket = fd_take(&ours);
	return ERR_OK;
}

/* What the worker says is shown to people: printable, one line, UTF-8. */
static void take_text(const char *from, size_t size, char *ret)
{
	size_t len = strnlen(from, size - 1);

	for (size_t i = 0; i < len; i++)
		ret[i] = (unsigned char)from[i] < ' ' || from[i] == 127 ? ' ' : from[i];
	ret[len] = '\0';
	for (size_t i = 0; i < len && !str_is_utf8((struct str){ ret, len }); i++)
		ret[i] = (unsigned char)ret[i] >= 0x80 ? '?' : ret[i];
}

static enum err_code take_error(const struct sandbox_reply *reply, struct err *e)
{
	struct sandbox_reply r = { 0 };
	enum err_code code = reply->code == ERR_TOO_LARGE || reply->code == ERR_UNSUPPORTED ||
		reply->code == ERR_IO ? (enum err_code)reply->code : ERR_INVALID;

	take_text(reply->message, sizeof(reply->message), r.message);
	take_text(reply->hint, sizeof(reply->hint), r.hint);
	(void)err_set(e, code, "%s", r.message);
	if (r.hint[0] != '\0')
		(void)err_hint(e, "%s", r.hint);
	(void)err_at(e, reply->line, reply->column);
	return code;
}

/* A new memory file for answers: what a worker that died left in the old one goes with it. */
static enum err_code make_answer(struct sandbox *s, struct err *e)
{
	scoped_fd_close(&s->answer);
	s->answer = memfd_create("huren-answer", MFD_CLOEXEC);
	if (s->answer < 0)
		return err_set(e, ERR_IO, "could not make memory for answers: %s", err_errno());
	return ERR_OK;
}

static enum err_code start(struct sandbox *s, struct err *e)
{
	const struct sandbox_request hello = { .magic = SANDBOX_MAGIC, .word = SANDBOX_HELLO,
		.memory_bytes = s->options.memory_bytes, .output_bytes = s->options.output_bytes,
		.input_bytes = (uint64_t)LIMIT_EVIDENCE_FILE_GB << 30 };
	struct sandbox_reply reply;
	char cause[160];

	/* A program that does not know the word "sandbox-worker" would run as itself in the
	 * worker's place, and start workers without end. */
	if (getenv(WORKER_MARK))
		return err_set(e, ERR_INTERNAL, "this program is no worker of a sandbox");
	TRY(make_answer(s, e));
	TRY(spawn(s, e));
	enum heard heard = HEARD_END;
	if (send_request(s->socket, &hello, &s->answer, SANDBOX_HELLO_FDS))
		heard = hear(s, START_MS, &reply);
	if (heard == HEARD_REPLY && reply.word == SANDBOX_HELLO) {
		s->active = reply.active;
		return ERR_OK;
	}
	cause_text(s, reap(s, heard != HEARD_END), false, cause);
	if (heard == HEARD_REPLY && reply.word == SANDBOX_FAILED)
		(void)take_error(&reply, e);
	else
		(void)err_set(e, ERR_IO, "it ended at once: %s", heard == HEARD_NOTHING
			? "it did not answer" : cause);
	return err_in(e, "could not start the sandbox");
}

enum err_code sandbox_open(const struct sandbox_options *options, struct sandbox **ret,
	struct err *e)
{
	struct sandbox *s = handle_new(sizeof(*s));

	s->options = *options;
	s->socket = s->answer = -1;
	arena_init(&s->arena, (size_t)16 << 20);
	enum err_code code = options->inside ? make_answer(s, e) : start(s, e);
	if (code == ERR_OK && options->inside)
		code = wire_out_open(&s->inside, s->answer, options->output_bytes, e);
	if (code != ERR_OK) {
		sandbox_close(s);
		return code;
	}
	*ret = s;
	return ERR_OK;
}

void sandbox_release(struct sandbox *s)
{
	for (size_t i = 0; i < s->block_count; i++)
		s->blocks[i].used = false;
}

void sandbox_close(struct sandbox *s)
{
	if (!s)
		return;
	(void)reap(s, true); /* it holds nothing that would need a quiet end */
	wire_out_close(&s->inside);
	scoped_fd_close(&s->answer);
	for (size_t i = 0; i < s->block_count; i++)
		(void)munmap(s->blocks[i].at, s->blocks[i].capacity);
	arena_clear(&s->arena);
	handle_drop(s);
}

struct sandbox_active sandbox_active(const struct sandbox *s)
{
	return s->active;
}

/* ---- files ----------------------------------------------------------------------------------- */

enum err_code sandbox_file_open(const char *path, struct sandbox_file *ret, struct err *e)
{
	/* Not to wait for the other end of a pipe, nor to take a terminal. */
	SCOPED_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	const char *slash = strrchr(path, '/');
	struct stat st;

	if (fd < 0)
		return err_set(e, errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND : ERR_IO,
			"could not open file \"%s\": %s", path, err_errno());
	if (fstat(fd, &st) != 0)
		return err_set(e, ERR_IO, "could not read file \"%s\": %s", path, err_errno());
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_INVALID, "\"%s\" is no regular file", path);
	if ((uint64_t)st.st_size > (uint64_t)LIMIT_EVIDENCE_FILE_GB << 30)
		return err_set(e, ERR_TOO_LARGE, "file \"%s\" is over %d GB", path,
			LIMIT_EVIDENCE_FILE_GB);
	*ret = (struct sandbox_file){ .bytes = (uint64_t)st.st_size,
		.name = str_of(slash ? slash + 1 : path) };
	ret->fd = fd_take(&fd);
	return ERR_OK;
}

void sandbox_file_close(struct sandbox_file *f)
{
	scoped_fd_close(&f->fd);
}

enum err_code sandbox_file_digest(const struct sandbox_file *f, struct digest *ret, struct err *e)
{
	static _Thread_local char piece[262144];
	struct digest_stream stream;
	uint64_t at = 0;
	ssize_t got;

	digest_stream_open(&stream);
	for (;;) {
		got = pread(f->fd, piece, sizeof(piece), (off_t)at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		digest_stream_update(&stream, (struct str){ piece, (size_t)got });
		at += (uint64_t)got;
	}
	struct digest d = digest_stream_close(&stream);
	if (got < 0)
		return err_set(e, ERR_IO, "could not read file \"" STR_FMT "\": %s",
			STR_ARG(f->name), err_errno());
	if (at != f->bytes)
		return err_set(e, ERR_CONFLICT, "file \"" STR_FMT "\" is being written to",
			STR_ARG(f->name));
	*ret = d;
	return ERR_OK;
}

/* ---- one request ----------------------------------------------------------------------------- */

static enum err_code put_words(struct str name, struct str mapping, struct str dbc, int *ret,
	struct err *e)
{
	SCOPED_FD fd = memfd_create("huren-words", MFD_CLOEXEC);
	struct iovec parts[3] = { { (void *)(uintptr_t)name.at, name.len },
		{ (void *)(uintptr_t)mapping.at, mapping.len },
		{ (void *)(uintptr_t)dbc.at, dbc.len } };

	if (fd < 0 || writev(fd, parts, 3) != (ssize_t)(name.len + mapping.len + dbc.len))
		return err_set(e, ERR_IO, "could not prepare a request: %s", err_errno());
	*ret = fd_take(&fd);
	return ERR_OK;
}

/* The worker's whole life counts; what this file may take comes on top. */
static void grant_time(const struct sandbox *s)
{
	struct timespec used = { 0 };
	struct rlimit r;
	clockid_t clock;

	if (clock_getcpuclockid(s->pid, &clock) != 0 || clock_gettime(clock, &used) != 0 ||
		prlimit(s->pid, RLIMIT_CPU, NULL, &r) != 0)
		return; /* the clock on the wall still bounds it */
	r.rlim_cur = (rlim_t)used.tv_sec + 1 + s->options.cpu_s;
	(void)prlimit(s->pid, RLIMIT_CPU, &r, NULL); /* as above */
}

static enum err_code ask_inside(struct sandbox *s, const struct sandbox_request *r, const int *fds,
	uint64_t *ret_bytes, struct err *e)
{
	TRY(sandbox_serve(r, fds[0], fds[1], &s->inside, e));
	*ret_bytes = s->inside.used;
	return ERR_OK;
}

/* Sends a request and takes its reply; a worker that died or is late is reaped. */
static enum err_code ask(struct sandbox *s, const struct sandbox_request *r, const int *fds,
	uint64_t *ret_bytes, struct err *e)
{
	struct sandbox_reply reply;
	char cause[160], call[48];
	enum heard heard = HEARD_END;

	if (s->options.inside)
		return ask_inside(s, r, fds, ret_bytes, e);
	if (s->pid == 0)
		TRY(start(s, e));
	grant_time(s);
	if (send_request(s->socket, r, fds, SANDBOX_REQUEST_FDS))
		heard = hear(s, s->options.wall_ms, &reply);
	if (heard == HEARD_REPLY && reply.word == SANDBOX_DONE) {
		*ret_bytes = reply.answer_bytes;
		return ERR_OK;
	}
	if (heard == HEARD_REPLY && reply.word == SANDBOX_FAILED)
		return take_error(&reply, e);
	cause_text(s, reap(s, heard != HEARD_END), heard == HEARD_NOTHING, cause);
	if (heard == HEARD_REPLY && reply.word == SANDBOX_REFUSED)
		(void)snprintf(cause, sizeof(cause), "refused system call %s",
			sandbox_policy_call_name(reply.call, call));
	return err_set(e, ERR_INVALID, "the process that read it was ended (%s)", cause);
}

/* A block that is free and large enough, or a new one. */
static enum err_code find_block(struct sandbox *s, uint64_t bytes, struct block **ret,
	struct err *e)
{
	for (size_t i = 0; i < s->block_count; i++) {
		if (!s->blocks[i].used && s->blocks[i].capacity >= bytes) {
			*ret = &s->blocks[i];
			return ERR_OK;
		}
	}
	if (s->block_count == s->block_capacity) {
		size_t capacity = s->block_capacity ? s->block_capacity * 2 : BLOCKS_FIRST;
		struct block *more = ARENA_ARRAY(&s->arena, struct block, capacity);
		if (!more)
			return err_set(e, ERR_TOO_LARGE, "too many tables are open at a time");
		if (s->block_count > 0)
			memcpy(more, s->blocks, s->block_count * sizeof(*more));
		s->blocks = more;
		s->block_capacity = capacity;
	}
	struct block b = { .capacity = bytes + bytes / 8 + 4096 };
	b.at = mmap(NULL, b.capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (b.at == MAP_FAILED)
		return err_set(e, ERR_TOO_LARGE, "its answer of %llu MB needs too much memory",
			(unsigned long long)(bytes >> 20));
	s->blocks[s->block_count] = b;
	*ret = &s->blocks[s->block_count++];
	return ERR_OK;
}

/* Copies the answer to where the worker cannot reach it. */
static enum err_code take_answer(struct sandbox *s, uint64_t bytes, struct block **ret,
	struct err *e)
{
	uint64_t at = 0;

	if (bytes == 0 || bytes > s->options.output_bytes)
		return err_set(e, ERR_INVALID, "the sandbox gave no answer");
	TRY(find_block(s, bytes, ret, e));
	while (at < bytes) {
		ssize_t got = pread(s->answer, (uint8_t *)(*ret)->at + at, bytes - at, (off_t)at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return err_set(e, ERR_INVALID, "the sandbox's answer is shorter than it "
				"says");
		at += (uint64_t)got;
	}
	return ERR_OK;
}

struct answer { struct block *block; uint64_t bytes; };

static enum err_code request(struct sandbox *s, struct arena *a, enum sandbox_word word,
	const struct sandbox_file *file, const struct mapping *mapping, struct answer *ret,
	struct err *e)
{
	struct sandbox_request r = { .magic = SANDBOX_MAGIC, .word = word,
		.memory_bytes = s->options.memory_bytes, .output_bytes = s->options.output_bytes,
		.file_bytes = file->bytes, .name_bytes = file->name.len };
	struct str text = STR(""), dbc = STR("");
	SCOPED_FD words = -1;

	if (mapping) {
		TRY(json_jcs(a, mapping->doc, &text, e));
		dbc = mapping->dbc;
	}
	r.mapping_bytes = text.len;
	r.dbc_bytes = dbc.len;
	TRY(put_words(file->name, text, dbc, &words, e));
	const int fds[SANDBOX_REQUEST_FDS] = { file->fd, words };
	TRY(ask(s, &r, fds, &ret->bytes, e));
	return take_answer(s, ret->bytes, &ret->block, e);
}

static enum err_code name_file(const struct sandbox_file *file, enum err_code code, struct err *e)
{
	if (code != ERR_OK)
		(void)err_in(e, "file \"" STR_FMT "\"", STR_ARG(file->name));
	return code;
}

enum err_code sandbox_collect_file(struct sandbox *s, struct arena *a,
	const struct sandbox_file *file, const struct mapping *mapping,
	struct channel_table *ret, struct err *e)
{
	struct answer answer;
	enum err_code code = request(s, a, SANDBOX_COLLECT, file, mapping, &answer, e);

	if (code == ERR_OK)
		code = wire_get_table(a, answer.block->at, answer.bytes, ret, e);
	if (code == ERR_OK)
		answer.block->used = true; /* until sandbox_release */
	return name_file(file, code, e);
}

enum err_code sandbox_collect(struct sandbox *s, struct arena *a, const char *path,
	const struct mapping *mapping, struct channel_table *ret, struct err *e)
{
	struct sandbox_file file;
	enum err_code code;

	TRY(sandbox_file_open(path, &file, e));
	code = sandbox_collect_file(s, a, &file, mapping, ret, e);
	sandbox_file_close(&file);
	return code;
}

enum err_code sandbox_list(struct sandbox *s, struct arena *a, const char *path,
	const struct mapping *mapping, struct evidence_listing *ret, struct err *e)
{
	struct sandbox_file file;
	struct answer answer;
	enum err_code code;

	TRY(sandbox_file_open(path, &file, e));
	code = request(s, a, SANDBOX_LIST, &file, mapping, &answer, e);
	if (code == ERR_OK) /* all texts are copies: the block is free again */
		code = wire_get_listing(a, answer.block->at, answer.bytes, ret, e);
	(void)name_file(&file, code, e);
	sandbox_file_close(&file);
	return code;
}

enum err_code sandbox_sums(struct sandbox *s, struct arena *a, const char *path,
	const struct mapping *mapping, struct evidence_sums *ret, struct err *e)
{
	struct sandbox_file file;
	struct answer answer;
	enum err_code code;

	TRY(sandbox_file_open(path, &file, e));
	code = request(s, a, SANDBOX_SUMS, &file, mapping, &answer, e);
	if (code == ERR_OK) /* all texts are copies: the block is free again */
		code = wire_get_sums(a, answer.block->at, answer.bytes, ret, e);
	(void)name_file(&file, code, e);
	sandbox_file_close(&file);
	return code;
}
