/* sandbox_worker.c - the process that parses: it confines itself, then takes request by request. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/scoped.h"
#include "evidence/gather.h"
#include "evidence/sandbox_inner.h"

/* Left to the allocator and the libraries of what the policy grants. */
#define SLACK_BYTES ((uint64_t)16 << 20)

struct view { uint8_t *at; uint64_t size; };

static void view_close(struct view *v)
{
	if (v->at && v->size > 0)
		(void)munmap(v->at, v->size);
	*v = (struct view){ 0 };
}
#define SCOPED_VIEW __attribute__((cleanup(view_close))) struct view

static enum err_code view_open(int fd, uint64_t size, struct view *ret, struct err *e)
{
	static uint8_t nothing[8];
	void *at = nothing;

	if (size > 0)
		at = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return err_set(e, ERR_IO, "could not be mapped: %s", err_errno());
	*ret = (struct view){ at, size };
	return ERR_OK;
}

/* Pages that were read are given back in pieces of this size: few calls, little memory. */
#define DROP_BYTES ((uint64_t)16 << 20)

struct dropping { uint8_t *at; uint64_t done; };

static void drop_passed(void *context, uint64_t offset)
{
	struct dropping *d = context;
	uint64_t end = offset / DROP_BYTES * DROP_BYTES;

	if (offset < d->done)
		d->done = end; /* a pass starts anew */
	if (end <= d->done)
		return;
	(void)madvise(d->at + d->done, end - d->done, MADV_DONTNEED); /* only a hint */
	d->done = end;
}

/* The mapping as the caller wrote it, with its DBC. */
static enum err_code read_mapping(struct arena *a, const struct sandbox_request *r,
	const uint8_t *words, struct mapping **ret, struct err *e)
{
	const struct str text = { (const char *)words + r->name_bytes, r->mapping_bytes };
	struct mapping *m = ARENA_NEW(a, struct mapping);
	struct json *doc;

	*ret = NULL;
	if (r->mapping_bytes == 0)
		return ERR_OK;
	if (!m)
		return err_set(e, ERR_TOO_LARGE, "no memory for the mapping");
	TRY(json_parse(a, text, &doc, e));
	TRY(mapping_parse(a, doc, m, e));
	if (r->dbc_bytes > 0)
		TRY(mapping_set_dbc(m, (struct str){ text.at + text.len, r->dbc_bytes }, e));
	*ret = m;
	return ERR_OK;
}

static enum err_code serve_file(struct arena *a, const struct sandbox_request *r,
	const struct evidence_file *file, const struct mapping *m, struct wire_out *out,
	struct err *e)
{
	struct evidence_listing listing;
	struct evidence_sums sums;

	switch (r->word) {
	case SANDBOX_LIST:
		TRY(evidence_list(a, file, m, &listing, e));
		return wire_put_listing(out, &listing, e);
	case SANDBOX_COLLECT:
		if (!m)
			return err_set(e, ERR_INVALID, "a table needs a mapping");
		return gather_table(a, file, m, out, e);
	case SANDBOX_SUMS:
		TRY(gather_sums(a, file, m, &sums, e));
		return wire_put_sums(out, &sums, e);
	default:
		return err_set(e, ERR_INTERNAL, "request %u is not known", r->word);
	}
}

enum err_code sandbox_serve(const struct sandbox_request *r, int file_fd, int words_fd,
	struct wire_out *out, struct err *e)
{
	SCOPED_ARENA a;
	SCOPED_VIEW bytes = { 0 }, words = { 0 };
	struct dropping dropping = { 0 };
	struct mapping *m;

	arena_init(&a, r->memory_bytes > SLACK_BYTES ? r->memory_bytes - SLACK_BYTES : 0);
	TRY(view_open(words_fd, r->name_bytes + r->mapping_bytes + r->dbc_bytes, &words, e));
	TRY(view_open(file_fd, r->file_bytes, &bytes, e));
	dropping.at = bytes.at;
	const struct evidence_file file = { .name = { (const char *)words.at, r->name_bytes },
		.at = bytes.at, .size = bytes.size, .passed = drop_passed, .context = &dropping };
	TRY(read_mapping(&a, r, words.at, &m, e));
	wire_out_begin(out);
	return serve_file(&a, r, &file, m, out, e);
}

static bool send_reply(int fd, const struct sandbox_reply *reply)
{
	struct iovec part = { .iov_base = (void *)(uintptr_t)reply, .iov_len = sizeof(*reply) };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1 };
	ssize_t sent;

	do
		sent = sendmsg(fd, &m, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent == (ssize_t)sizeof(*reply);
}

/* False at the end: the caller closed, or said what no caller says. */
static bool receive(int fd, struct sandbox_request *ret, int fds[SANDBOX_REQUEST_FDS],
	size_t *ret_count)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int) * SANDBOX_REQUEST_FDS)];
	} control = { 0 };
	struct iovec part = { ret, sizeof(*ret) };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control,
		.msg_controllen = sizeof(control) };
	const struct cmsghdr *c;
	ssize_t got;

	do
		got = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	*ret_count = 0;
	if (got != (ssize_t)sizeof(*ret) || ret->magic != SANDBOX_MAGIC)
		return false;
	c = CMSG_FIRSTHDR(&m);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
		*ret_count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds, CMSG_DATA(c), *ret_count * sizeof(int));
	}
	return true;
}

/* For the handler of refused calls, which knows nothing else. */
static int reply_fd = -1;

static void tell_refused(int call)
{
	static struct sandbox_reply reply = { .magic = SANDBOX_MAGIC, .word = SANDBOX_REFUSED };

	reply.call = call;
	(void)send_reply(reply_fd, &reply); /* the end of this process tells the rest */
}

static void set_error(struct sandbox_reply *reply, const struct err *e)
{
	reply->word = SANDBOX_FAILED;
	reply->code = e->code;
	reply->line = e->line;
	reply->column = e->column;
	memcpy(reply->message, e->message, sizeof(reply->message));
	memcpy(reply->hint, e->hint, sizeof(reply->hint));
}

static bool confine(int fd, struct wire_out *out)
{
	struct sandbox_reply reply = { .magic = SANDBOX_MAGIC, .word = SANDBOX_HELLO };
	int fds[SANDBOX_REQUEST_FDS];
	struct sandbox_request hello;
	struct err e = { 0 };
	size_t count;

	if (!receive(fd, &hello, fds, &count) || hello.word != SANDBOX_HELLO ||
		count != SANDBOX_HELLO_FDS)
		return false;
	reply_fd = fd;
	/* The library of digests opens files when it is first used: do that while it may. */
	(void)digest_sha256(STR(""));
	const struct sandbox_policy p = { .memory_bytes = hello.memory_bytes,
		.output_bytes = hello.output_bytes, .input_bytes = hello.input_bytes,
		.socket = fd, .refused = tell_refused };
	if (wire_out_open(out, fds[0], hello.output_bytes, &e) != ERR_OK ||
		sandbox_policy_apply(&p, &reply.active, &e) != ERR_OK)
		set_error(&reply, &e);
	return send_reply(fd, &reply) && reply.word == SANDBOX_HELLO;
}

int sandbox_worker(int fd)
{
	struct wire_out out = { .fd = -1 };
	struct sandbox_request request;
	int fds[SANDBOX_REQUEST_FDS];
	size_t count;

	if (!confine(fd, &out))
		return EXIT_FAILURE;
	while (receive(fd, &request, fds, &count)) {
		struct sandbox_reply reply = { .magic = SANDBOX_MAGIC, .word = SANDBOX_DONE };
		struct err e = { 0 };
		if (count != SANDBOX_REQUEST_FDS)
			return EXIT_FAILURE;
		if (sandbox_serve(&request, fds[0], fds[1], &out, &e) != ERR_OK)
			set_error(&reply, &e);
		reply.answer_bytes = out.used;
		for (size_t i = 0; i < count; i++)
			(void)close(fds[i]); /* they are the caller's */
		if (!send_reply(fd, &reply))
			return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
