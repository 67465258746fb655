/* draft_evaluation.h - drafts and the evaluations they rest on.
 *
 * Is:      item results out of evaluation documents; what a draft says otherwise than its evidence;
 *          evaluations run on this node, one after the other, by a thread of their own.
 * Is not:  the judging (service/evaluate.h), the reading of a binding (recognition/).
 * Rule:    judged are files of the own organisation, documents of its drafts, and what the node
 *          holds for itself and no other organisation handed in or named in a report. Knowing a
 *          digest is no right to it: a file of another's is as if it were not there, when it is
 *          asked for and again when it is judged.
 */
#ifndef HUREN_SERVICE_DRAFT_EVALUATION_H
#define HUREN_SERVICE_DRAFT_EVALUATION_H

#include "service/draft.h"
#include "service/evidence.h"

struct draft_evaluated {
	struct str document;
	struct str limits;                 /* the entered limits it was judged with, or empty */
	const struct json *beside;         /* evidence entries to be named too, or NULL */
	struct str tested_on;              /* or empty: the files tell */
};
/* Keeps the document and fills its item: in the draft named, or (io->id 0) in a new one.
 * ERR_INVALID with problems; ERR_CONFLICT: changed meanwhile, or frozen. */
MUST_USE enum err_code service_draft_add_evaluation(struct service *s, struct arena *a,
	const struct account_who *by, struct draft_at *io, const struct draft_evaluated *given,
	struct json **ret_problems, struct err *e);
/* Each item against the document it binds: [{"place","item","bound","held","differs",
 * "differences": [{"field","taken": [lines of the evidence],"added": [lines of the draft]}]}]. */
struct json *draft_differences(struct service *s, struct arena *a, const struct json *body);
/* Verdicts, margins and pictures of the documents bound, as on a report's page. */
struct json *draft_evaluations(struct service *s, struct arena *a, int64_t id,
	const struct json *body);
/* The document that an item of the draft binds. ERR_NOT_FOUND. */
MUST_USE enum err_code service_draft_document(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, const struct digest *d, struct json **ret,
	struct err *e);

/* ---- on this node (evaluation_job.c) --------------------------------------------------------- */

/* {"scenarios": [...], "mappings": [...], "files": [...], "typed": {...}}: what a form offers. */
MUST_USE enum err_code service_evaluation_form(struct service *s, struct arena *a,
	const struct account_who *by, const struct json *typed, struct json **ret, struct err *e);
/* Queues the evaluation that the fields d-scenario-of, d-mapping, d-limits, d-run-files, d-settings
 * and d-tested ask for; its result goes into the draft (a new one for draft 0). ERR_INVALID with
 * problems; ERR_BUSY: too many wait. */
MUST_USE enum err_code service_evaluation_ask(struct service *s, struct arena *a,
	const struct account_who *by, int64_t draft, const struct json *typed,
	struct json **ret_problems, int64_t *ret, struct err *e);
/* Judges again what the items of a draft bind, one job each. ERR_NOT_FOUND: none binds one;
 * ERR_BUSY: with those that wait they are too many. */
MUST_USE enum err_code service_evaluation_again(struct service *s, struct arena *a,
	const struct account_who *by, int64_t draft, struct err *e);
/* {"job","draft"?,"state","working","scenario","begun"?,"total"?,"verdict"?,"failure"?,"again",
 * "recomputed"?,"created"}. ERR_NOT_FOUND; ERR_DENIED: may neither draft nor sign. */
MUST_USE enum err_code service_evaluation_job(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, struct json **ret, struct err *e);
/* The newest ones of a draft. */
struct json *evaluation_jobs_of(struct service *s, struct arena *a, int64_t draft);

/* The thread, from service_start_work until service_stop_work. */
struct evaluator;
MUST_USE enum err_code evaluator_start(struct service *s, struct evaluator **ret, struct err *e);
void evaluator_stop(struct evaluator *x);  /* accepts NULL; waits for the run being judged */
void evaluator_wake(struct evaluator *x);
/* Is it judging this one, and how far? */
bool evaluator_progress(struct evaluator *x, int64_t job, uint32_t *ret_begun,
	uint32_t *ret_total);

/* In the writer: the organisation does not delete what such a job is to judge, and may once it has
 * ended. `wanted` is the job's JSON. */
MUST_USE enum err_code evaluation_hold(struct store *store, int64_t job, int64_t organisation,
	struct str wanted, struct err *e);
MUST_USE enum err_code evaluation_let_go(struct store *store, int64_t job, struct err *e);

/* Files that an organisation can name: [{"digest","bytes","name","mediaType"}], newest first. */
MUST_USE enum err_code draft_files(struct service *s, struct arena *a, int64_t organisation,
	struct json **ret, struct err *e);
/* One that it may have judged. ERR_NOT_FOUND: not held, or another's. Texts in the arena. */
MUST_USE enum err_code draft_file_find(struct service *s, struct arena *a, int64_t organisation,
	const struct digest *d, struct evidence_about *ret, struct err *e);
/* Keeps bytes as an evidence file and remembers who used it. */
MUST_USE enum err_code draft_keep_evidence(struct service *s, int64_t organisation,
	struct str bytes, struct str name, const char *media_type, struct digest *ret,
	struct err *e);

#endif
