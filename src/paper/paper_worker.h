/* paper_worker.h - papers are printed in a process that can do nothing else.
 *
 * Is:      this program again (`huren paper-worker`), one a paper: confined as the readers of
 *          measurement files are (evidence/sandbox_policy.h) before it looks at the sheet, with
 *          bounds on memory, time and output. A fault in the printing libraries ends it, not the
 *          node.
 * Is not:  a cache: a paper takes as long as a page is turned.
 */
#ifndef HUREN_PAPER_PAPER_WORKER_H
#define HUREN_PAPER_PAPER_WORKER_H

#include "base/json.h"

struct paper_options {
	const char *program;       /* started as worker; NULL = this program */
	const char *fonts;         /* folder of the faces; NULL = where Debian puts them */
	uint64_t memory_bytes, output_bytes;
	uint32_t cpu_s, wall_ms;
};
/* As the table of limits says. */
void paper_defaults(struct paper_options *ret);

/* Prints a sheet (paper.h); the PDF is in the arena. As paper_draw and paper_fonts_open, and
 * ERR_INVALID: the worker died over it, with the cause; ERR_IO: it could not be started. May wait
 * `wall_ms`. Any thread. */
MUST_USE enum err_code paper_print(const struct paper_options *o, struct arena *a,
	const struct json *sheet, struct str *ret, struct err *e);

/* Main of the worker; returns its exit status. */
int paper_worker(void);

#endif
