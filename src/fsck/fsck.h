/* fsck.h - derives again everything a node keeps, from doc/formats alone.
 *
 * Is:      reads a node's folder (tiles, bundles, database, keys' public halves) and says what does
 *          not agree: receipts and rows, tiles and tree, checkpoints and roots, bodies and digests,
 *          proofs and the keys of their time, status lists and status changes, copies of other
 *          logs, the audit trail.
 * Is not:  a repair tool: it writes nothing. It shares no code with the writer above crypto/.
 * Note:    works beside a running node (one read transaction); best on a stopped one.
 */
#ifndef HUREN_FSCK_FSCK_H
#define HUREN_FSCK_FSCK_H

#include <stdint.h>

#include "base/err.h"

#define FSCK_PROBLEMS_MAX 100

struct fsck_problem {
	char where[160]; /* "entry 17", "tlog/tile/0/000", "mirror b.example/tlog: entry 3" */
	char what[320];            /* one sentence by the err grammar */
};

struct fsck_report {
	uint64_t entries;          /* of the own log */
	uint64_t bodies;           /* own and admitted, each against its receipt */
	uint64_t signatures;       /* of statements and checkpoints that hold */
	uint64_t tiles;            /* tile files compared */
	uint64_t bundles;          /* entry bundle files compared */
	uint64_t checkpoints;      /* signed heads compared with a root computed here */
	uint64_t statuses;         /* bits of status lists that must be set and are */
	uint64_t evidence;         /* files compared with their digests */
	uint64_t mirrors;
	uint64_t mirror_entries;
	uint64_t forks; /* mirrors that keep two heads that disagree; no problem of this node */
	uint64_t audit_lines;
	uint64_t problem_count;    /* all, also those past FSCK_PROBLEMS_MAX */
	struct fsck_problem problems[FSCK_PROBLEMS_MAX];
};

/* ERR_OK when the check could be carried out, whatever it found: look at problem_count. An error
 * only for a folder that is no node's or cannot be read (ERR_NOT_FOUND, ERR_IO, ERR_INVALID). */
MUST_USE enum err_code fsck_run(const char *dir, struct fsck_report *ret, struct err *e);

#endif
