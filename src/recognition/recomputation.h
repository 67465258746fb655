/* recomputation.h - what comes of judging a report's evidence again.
 *
 * Is:      the comparison of the evaluation a report binds with one made anew, item by item, down
 *          to the number that differs; the detail document of it and the subject of the statement
 *          (doc/formats/recomputation.md). Pure.
 * Is not:  the evaluation itself (criteria/evaluation.h), fetching, signing.
 * I1  "identical" is said only when every item that binds an evaluation was evaluated again and
 *     gave the same document, to the byte but for the program's version, which is told, and the
 *     report's item says what that document says.
 */
#ifndef HUREN_RECOGNITION_RECOMPUTATION_H
#define HUREN_RECOGNITION_RECOMPUTATION_H

#include "base/json.h"
#include "crypto/digest.h"

enum recomputed {
	RECOMPUTED_IDENTICAL,
	RECOMPUTED_DIFFERENT,
	RECOMPUTED_OPEN,           /* not everything needed is here: nothing is said about it */
	RECOMPUTED_COUNT
};
const char *recomputed_name(enum recomputed r); /* "identical", "different", "open" */

/* A difference to be told; `bound` is what the report or its document says. */
struct json *recomputation_difference(struct arena *a, const char *what, struct str where,
	struct str bound, struct str found);

/* One item: `item` is the report's itemResult, `bound` the evaluation document with the digest it
 * binds, `found` the one made anew, `expected` an itemResult filled from `found`
 * (evaluation_binding.h). Each but `item` may be NULL: then `why` (differences such as a missing
 * file) says what is lacking. *ret is the entry of "items" in the detail document. */
struct recomputation_item {
	const struct json *item, *bound, *found, *expected;
	struct json *why;          /* list of differences, may be NULL */
	bool open;                 /* `why` tells what is lacking, not what is wrong */
};
MUST_USE enum err_code recomputation_item(struct arena *a, const struct recomputation_item *in,
	struct json **ret, enum recomputed *ret_result, struct err *e);

struct recomputation_about {
	struct str report_id, report_digest, program;
};
/* The detail document of all items. ERR_INVALID: no items. */
MUST_USE enum err_code recomputation_detail(struct arena *a,
	const struct recomputation_about *about, struct json *items, struct json **ret,
	struct err *e);

/* The statement's subject, from a detail document (whose form is checked: ERR_INVALID). */
MUST_USE enum err_code recomputation_subject(struct arena *a, const struct json *detail,
	struct json **ret, struct err *e);
struct recomputation {
	struct str report;         /* id */
	struct digest report_digest, detail;
	enum recomputed result;
	uint64_t counts[RECOMPUTED_COUNT];
	struct str program;
};
MUST_USE enum err_code recomputation_parse(const struct json *subject, struct recomputation *ret,
	struct err *e);

#endif
