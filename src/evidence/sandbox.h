/* sandbox.h - foreign measurement files are parsed in a process that can do nothing else.
 *
 * Is:      a worker process (this program again, `huren sandbox-worker`) with no network, no files
 *          but the descriptors it is handed, and bounds on memory, time and output: landlock,
 *          seccomp, rlimits. It answers with a channel table in shared memory, which the caller
 *          copies and then reads as it reads any foreign bytes (wire.h).
 * Is not:  a pool shared between parties: one worker serves one evaluation.
 * Life:    sandbox_open -> sandbox_list / sandbox_collect* -> sandbox_close. After a worker died
 *          the next call starts a new one. One thread a handle.
 */
#ifndef HUREN_EVIDENCE_SANDBOX_H
#define HUREN_EVIDENCE_SANDBOX_H

#include "evidence/evidence.h"
#include "evidence/mapping.h"
#include "evidence/sandbox_policy.h"
#include "evidence/wire.h"

struct sandbox;

struct sandbox_options {
	const char *program;       /* path started as worker; NULL = this program */
	uint64_t memory_bytes, output_bytes;
	uint32_t cpu_s, wall_ms;   /* of one file */
	bool inside;               /* for benches and tests: parse in this process, unprotected */
};
/* As the table of limits says. */
void sandbox_defaults(struct sandbox_options *ret);

/* ERR_IO: no process could be started; ERR_UNSUPPORTED: the kernel cannot confine it. */
MUST_USE enum err_code sandbox_open(const struct sandbox_options *options, struct sandbox **ret,
	struct err *e);
void sandbox_close(struct sandbox *s); /* accepts NULL */
/* What holds for the worker; all false for one that parses inside this process. */
struct sandbox_active sandbox_active(const struct sandbox *s);

/* A file opened by its user, to be digested and parsed as the same file. */
struct sandbox_file {
	int fd;
	uint64_t bytes;
	struct str name;           /* base name, for messages and formats told by name */
};
/* Opens read-only; refuses what is no regular file. ERR_NOT_FOUND, ERR_INVALID, ERR_TOO_LARGE,
 * ERR_IO. The name points into `path`. */
MUST_USE enum err_code sandbox_file_open(const char *path, struct sandbox_file *ret,
	struct err *e);
void sandbox_file_close(struct sandbox_file *f);
/* SHA-256 of the content. ERR_IO; ERR_CONFLICT: it is being written to. */
MUST_USE enum err_code sandbox_file_digest(const struct sandbox_file *f, struct digest *ret,
	struct err *e);

/* `path` is opened here, read-only. ERR_INVALID: broken, or the worker died over it (the message
 * names file and cause: memory, time, output, signal, refused system call); ERR_IO. Results are in
 * the arena. `mapping` may be NULL for a listing. */
MUST_USE enum err_code sandbox_list(struct sandbox *s, struct arena *a, const char *path,
	const struct mapping *mapping, struct evidence_listing *ret, struct err *e);
/* Reads the channels that the mapping's signals need; the rows of channels follow the signals'
 * order in `mapping`. A signal without a usable channel has axis UINT32_MAX; when the file has one
 * that cannot be used, a note says why (that it has none is no defect: a run may have more files).
 * Columns stand until sandbox_release or sandbox_close. */
MUST_USE enum err_code sandbox_collect(struct sandbox *s, struct arena *a, const char *path,
	const struct mapping *mapping, struct channel_table *ret, struct err *e);
/* The same of an open file. */
MUST_USE enum err_code sandbox_collect_file(struct sandbox *s, struct arena *a,
	const struct sandbox_file *file, const struct mapping *mapping,
	struct channel_table *ret, struct err *e);
/* Bounds and sums of every readable channel in one pass. `mapping` may be NULL. */
MUST_USE enum err_code sandbox_sums(struct sandbox *s, struct arena *a, const char *path,
	const struct mapping *mapping, struct evidence_sums *ret, struct err *e);
/* Takes back the columns of all tables handed out so far. */
void sandbox_release(struct sandbox *s);

/* Main of the worker; returns its exit status. `fd` is the socket to the caller. */
int sandbox_worker(int fd);

#endif
