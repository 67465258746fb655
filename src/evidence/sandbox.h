/* sandbox.h - foreign measurement files are parsed in a process that can do nothing else.
 *
 * Is:      a worker process (this program again, `huren sandbox-worker`) with no network, no files
 *          but the descriptors it is handed, and bounds on memory, time and output: landlock,
 *          seccomp, rlimits. It answers with a channel table in shared memory, which the caller
 *          reads as it reads any foreign bytes.
 * Is not:  a pool shared between parties: one worker serves one evaluation.
 * Life:    sandbox_open -> sandbox_list / sandbox_collect* -> sandbox_close. After a worker died the
 *          next call starts a new one. One thread a handle.
 */
#ifndef HUREN_EVIDENCE_SANDBOX_H
#define HUREN_EVIDENCE_SANDBOX_H

#include "evidence/evidence.h"
#include "evidence/mapping.h"

struct sandbox;

struct sandbox_options {
	const char *program;       /* path started as worker; NULL = /proc/self/exe */
	uint64_t memory_bytes, output_bytes;
	uint32_t cpu_s, wall_ms;   /* of one file */
	bool inside;               /* for benches and tests: parse in this process, unprotected */
};
void sandbox_defaults(struct sandbox_options *ret);

MUST_USE enum err_code sandbox_open(const struct sandbox_options *options, struct sandbox **ret,
	struct err *e);
void sandbox_close(struct sandbox *s); /* accepts NULL */
/* `path` is opened here, read-only. ERR_INVALID: broken, or the worker died over it (the message
 * names file and cause: memory, time, signal); ERR_IO. Results are in the arena. */
MUST_USE enum err_code sandbox_list(struct sandbox *s, struct arena *a, const char *path,
	const struct mapping *mapping, struct evidence_listing *ret, struct err *e);
/* Reads the channels that the mapping's signals need; the rows of channels follow the signals'
 * order in `mapping`, a signal without a readable channel has axis UINT32_MAX and a note.
 * Columns stay mapped until sandbox_release or sandbox_close. */
MUST_USE enum err_code sandbox_collect(struct sandbox *s, struct arena *a, const char *path,
	const struct mapping *mapping, struct channel_table *ret, struct err *e);
/* Unmaps columns of all tables handed out so far. */
void sandbox_release(struct sandbox *s);
/* Main of the worker; returns its exit status. `fd` is the socket to the caller. */
int sandbox_worker(int fd);

#endif
