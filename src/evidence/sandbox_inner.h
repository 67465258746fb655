/* sandbox_inner.h - what caller and worker say to each other, a packet each.
 *
 * The caller says hello with the limits and a memory file for answers, and hears how the worker is
 * confined. Then each request carries two descriptors: the file, and the words that go with it
 * (name, mapping, DBC). The caller copies an answer out of the memory file before it looks at it:
 * the worker could still write there. Every packet from the worker is a stranger's.
 */
#ifndef HUREN_EVIDENCE_SANDBOX_INNER_H
#define HUREN_EVIDENCE_SANDBOX_INNER_H

#include "evidence/sandbox.h"

#define SANDBOX_MAGIC UINT32_C(0x48534231)
#define SANDBOX_FD 3 /* where the worker finds its socket */

enum sandbox_word {
	SANDBOX_HELLO = 1, SANDBOX_LIST, SANDBOX_COLLECT, SANDBOX_SUMS,
	SANDBOX_DONE, SANDBOX_FAILED, SANDBOX_REFUSED
};

struct sandbox_request {
	uint32_t magic, word;
	uint64_t memory_bytes, output_bytes, input_bytes;
	uint64_t file_bytes, name_bytes, mapping_bytes, dbc_bytes;
};
#define SANDBOX_HELLO_FDS 1
#define SANDBOX_REQUEST_FDS 2

struct sandbox_reply {
	uint32_t magic, word;
	uint64_t answer_bytes;
	struct sandbox_active active;  /* of a hello */
	int32_t call;                  /* SANDBOX_REFUSED */
	uint32_t code, line, column;   /* SANDBOX_FAILED */
	char message[384], hint[256];
};

/* Does what a request asks: parses `file`, puts the answer into `out`. ERR as the readers; also run
 * by the caller itself with options.inside. */
MUST_USE enum err_code sandbox_serve(const struct sandbox_request *request, int file, int words,
	struct wire_out *out, struct err *e);

#endif
