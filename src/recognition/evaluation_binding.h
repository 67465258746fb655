/* evaluation_binding.h - an evaluation document and the item of a report that binds it.
 *
 * Is:      from an evaluation (doc/formats/evaluation.md) to the verdict, runs and measurements of
 *          an itemResult and its member "evaluation"; and the reading of that member
 *          (doc/formats/report.md). Pure.
 * Is not:  the evaluation (criteria/evaluation.h), the draft around it (report_draft.h).
 */
#ifndef HUREN_RECOGNITION_EVALUATION_BINDING_H
#define HUREN_RECOGNITION_EVALUATION_BINDING_H

#include "base/json.h"
#include "crypto/digest.h"

struct evaluation_binding {
	struct digest document, scheme, criteria, mapping, limits;
	bool has_limits;
	struct str program;
	const struct json *runs;   /* [{"run","files": [digest, ...]}] */
};
/* Reads an item's "evaluation". `evidence` is the report's list: it must name the document and
 * every file of a run. ERR_INVALID names the member. */
MUST_USE enum err_code evaluation_binding_parse(const struct json *v, const struct json *evidence,
	struct evaluation_binding *ret, struct err *e);

/* The member "evaluation" for a document. ERR_INVALID: it is no evaluation of version 1;
 * ERR_TOO_LARGE. */
MUST_USE enum err_code evaluation_binding_json(struct arena *a, const struct json *document,
	struct json **ret, struct err *e);
/* A copy of `item` (may be an empty object) whose verdict, runs, measurements and evaluation are
 * the document's. One measurement a criterion with a margin and run, then one a measure and run;
 * when that is more than a report takes, of each criterion the run with the least margin. */
MUST_USE enum err_code evaluation_fill_item(struct arena *a, const struct json *item,
	const struct json *document, struct json **ret, struct err *e);
/* Evidence entries for the files of all runs and for the document itself, as a report names them;
 * those whose digest `list` (an array) has already are left out. Returns the list. */
MUST_USE enum err_code evaluation_add_evidence(struct arena *a, struct json *list,
	const struct json *document, struct err *e);

#define EVALUATION_MEDIA_TYPE "application/vnd.huren.evaluation+json"
#define MAPPING_MEDIA_TYPE "application/vnd.huren.mapping+json"
#define ENTERED_LIMITS_MEDIA_TYPE "application/vnd.huren.limits+json"

#endif
