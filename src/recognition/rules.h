/* rules.h - the rules data: schemes with criteria, sample agreements and mappings, clauses,
 * calendars and clocks, and the schemas of all these.
 *
 * Is:      bytes of rules files in, checked structures out, each addressed by the SHA-256 of its
 *          RFC 8785 form (doc/formats/rules.md). Pure: the caller reads the folder.
 * Is not:  the agreement in force: that one is a signed statement (agreement.h); the file under
 *          rules/agreements/ is what two cities start from.
 * Life:    rules_open -> rules_add_file* (in the order of rules_folders) -> rules_finish ->
 *          ... -> rules_close. Read-only after rules_finish, so any thread may use it.
 * I1  After rules_finish every reason and document word of decide.h has its text in both languages,
 *     and every clause, scheme, item and criteria file that a file names exists.
 */
#ifndef HUREN_RECOGNITION_RULES_H
#define HUREN_RECOGNITION_RULES_H

#include "recognition/clock.h"
#include "recognition/scheme.h"

struct rules;

/* Folders below rules/ in the order to add them; "" is rules/ itself. Each holds *.json files, but
 * "criteria" *.criteria files, to be added sorted by name. NULL-terminated. */
extern const char *const rules_folders[];

enum rules_kind { RULES_SCHEMA, RULES_CLAUSES, RULES_CRITERIA, RULES_MAPPING, RULES_SCHEME,
	RULES_AGREEMENT, RULES_LISTING, RULES_TERMS, RULES_CODES, RULES_CALENDAR, RULES_CLOCKS,
	RULES_ALLIANCE, RULES_KIND_COUNT };

struct rules_file {
	struct str name;           /* "schemes/un-r157.json" */
	enum rules_kind kind;
	struct str bytes;          /* as read */
	const struct json *doc;    /* NULL for criteria */
	struct digest digest;      /* SHA-256 of the RFC 8785 form; of the bytes for criteria */
	struct rules_file *next;   /* in the order added */
};

struct clause {
	struct str id;             /* "miit-97-2021:13(3)" */
	struct text_pair title, text;
	const struct json *doc;
};
struct worded {                    /* reasons, outcomes, documents, ODD elements */
	struct str id;
	struct str rule;           /* clause id, or empty */
	struct text_pair text;     /* may hold {parameters} */
};

MUST_USE enum err_code rules_open(size_t cap_bytes, struct rules **ret, struct err *e);
void rules_close(struct rules *r);
/* Copies the bytes. ERR_INVALID with line and column (message begins with the file name),
 * ERR_TOO_LARGE (LIMIT_RULES_FILE_BYTES, cap), ERR_CONFLICT: same scheme and edition twice. */
MUST_USE enum err_code rules_add_file(struct rules *r, const char *name, struct str bytes,
	struct err *e);
/* Cross-checks (I1). A set without an agreement file is taken as the rules of one logged decision:
 * it may lack schemes that its general items mention, and words of reasons that came later.
 * ERR_INVALID. */
MUST_USE enum err_code rules_finish(struct rules *r, struct err *e);

const struct rules_file *rules_files(const struct rules *r);           /* first of the list */
const struct rules_file *rules_file_by_digest(const struct rules *r, const struct digest *d);
/* "criteria/un-r157-cut-in.criteria"; NULL when unknown. */
const struct rules_file *rules_file_named(const struct rules *r, struct str name);
/* Criteria file that a scheme's scenario names; NULL when unknown. */
const struct rules_file *rules_criteria(const struct rules *r, struct str word);
const struct rules_file *rules_clauses_file(const struct rules *r);
const struct scheme *rules_schemes(const struct rules *r);             /* first of the list */
/* NULL when unknown. */
const struct scheme *rules_scheme(const struct rules *r, struct str id, struct str edition);
const struct clause *rules_clause(const struct rules *r, struct str id);
/* `list` is "reasons", "outcomes", "documents", "states", "elements", "strengths", "next",
 * "levels", "verdicts". */
const struct worded *rules_word(const struct rules *r, const char *list, struct str id);
/* Holidays of all years entered. */
const struct calendar *rules_calendar(const struct rules *r);
/* "decision"; NULL when no file has it. */
const struct clock_term *rules_clock(const struct rules *r, const char *id);
/* Checks a document against rules/schema/<schema>.json; `text` is what `v` was parsed from. */
MUST_USE enum err_code rules_check(const struct rules *r, const char *schema, const struct json *v,
	struct str text, struct err *e);

#endif
