/* decide.h - which test results the destination city recognises, item by item.
 *
 * Is:      a pure function of structures: same input, same decision, on any node. The law behind it
 *          is told in doc/recognition.md (MIIT 97/2021, Art. 13 and 14).
 * Is not:  JSON (decision.h), signatures, or the search for inputs (service/).
 * I1  No clock, no I/O, no hidden state; order of reports and accreditations does not matter.
 */
#ifndef HUREN_RECOGNITION_DECIDE_H
#define HUREN_RECOGNITION_DECIDE_H

#include "credential/scope.h"
#include "recognition/plan.h"
#include "recognition/report.h"
#include "recognition/rules.h"

enum standing { STANDING_VALID, STANDING_SUSPENDED, STANDING_WITHDRAWN, STANDING_COUNT };
const char *standing_name(enum standing s);   /* "valid", "suspended", "withdrawn" */
MUST_USE enum err_code standing_parse(struct str text, enum standing *ret, struct err *e);

enum outcome {
	OUTCOME_RECOGNISED, OUTCOME_COVERED, OUTCOME_RETEST, OUTCOME_ADD_ON, OUTCOME_REFUSED,
	OUTCOME_COUNT
};
const char *outcome_name(enum outcome o);     /* "recognised", "covered", "retest", "add-on", ... */

/* X(constant, word, outcome, agreement section). The rule clause and the texts are data:
 * rules/clauses.json, list "reasons". */
#define DECIDE_REASONS(X)                                                                        \
	X(SAME_CONFIGURATION, "same-configuration", RECOGNISED, CARRY_OVER)                      \
	X(CHANGE_WITHOUT_EFFECT, "change-without-effect", RECOGNISED, SAME_CONFIGURATION)        \
	X(ADD_ON_TESTED, "add-on-tested", RECOGNISED, ADD_ONS)                                   \
	X(COVERED_BY_ITEMS, "covered-by-items", COVERED, GENERAL_ITEMS)                          \
	X(NOT_TESTED, "not-tested", RETEST, ODD_ITEMS)                                           \
	X(GENERAL_NOT_TESTED, "general-not-tested", RETEST, GENERAL_ITEMS)                       \
	X(PARTLY_COVERED, "partly-covered", RETEST, GENERAL_ITEMS)                               \
	X(NOTHING_COVERS, "nothing-covers", RETEST, GENERAL_ITEMS)                               \
	X(EDITION_NOT_ACCEPTED, "edition-not-accepted", RETEST, EDITIONS)                        \
	X(TOO_FEW_RUNS, "too-few-runs", RETEST, EDITIONS)                                        \
	X(TOO_OLD, "too-old", RETEST, MAX_AGE)                                                   \
	X(CONFIGURATION_CHANGED, "configuration-changed", RETEST, SAME_CONFIGURATION)            \
	X(CONFIGURATION_UNKNOWN, "configuration-unknown", RETEST, SAME_CONFIGURATION)            \
	X(ODD_WIDER, "odd-wider", RETEST, SAME_CONFIGURATION)                                    \
	X(SPEED_HIGHER, "speed-higher", RETEST, SAME_CONFIGURATION)                              \
	X(ADD_ON_NEEDED, "add-on-needed", ADD_ON, ADD_ONS)                                       \
	X(ADD_ON_NOT_ACCEPTED, "add-on-not-accepted", ADD_ON, ADD_ONS)                           \
	X(AGREEMENT_NOT_IN_FORCE, "agreement-not-in-force", REFUSED, IN_FORCE)                   \
	X(NOT_A_PARTY, "not-a-party", REFUSED, IN_FORCE)                                         \
	X(REPORT_WITHDRAWN, "report-withdrawn", REFUSED, CARRY_OVER)                             \
	X(REPORT_SUSPENDED, "report-suspended", REFUSED, CARRY_OVER)                             \
	X(REPORT_EXPIRED, "report-expired", REFUSED, MAX_AGE)                                    \
	X(FROM_THE_FUTURE, "from-the-future", REFUSED, CARRY_OVER)                               \
	X(OTHER_APPLICANT, "other-applicant", REFUSED, CARRY_OVER)                               \
	X(LAB_NOT_ACCREDITED, "lab-not-accredited", REFUSED, ACCREDITATION)                      \
	X(LAB_OUT_OF_SCOPE, "lab-out-of-scope", REFUSED, ACCREDITATION)                          \
	X(LAB_NOT_THEN, "lab-not-accredited-then", REFUSED, ACCREDITATION)                       \
	X(LAB_ACCREDITATION_WITHDRAWN, "accreditation-withdrawn", REFUSED, ACCREDITATION)        \
	X(LAB_ACCREDITATION_SUSPENDED, "accreditation-suspended", REFUSED, ACCREDITATION)        \
	X(NOT_NATIONAL, "not-national-or-industry-standard", REFUSED, LEVELS)                    \
	X(NOT_IN_AGREEMENT, "not-in-agreement", REFUSED, CARRY_OVER)                             \
	X(VERDICT_NOT_PASS, "verdict-not-pass", REFUSED, CARRY_OVER)

enum reason {
#define X(constant, word, outcome, section) REASON_##constant,
	DECIDE_REASONS(X)
#undef X
	REASON_COUNT
};
struct reason_row {
	const char *word;
	enum outcome outcome;
	enum agreement_section section;
};
const struct reason_row *reason_row(enum reason r);

enum document_state {
	DOCUMENT_HANDED_IN,
	DOCUMENT_MISSING,
	DOCUMENT_EXPIRED,
	DOCUMENT_STATE_COUNT
};
const char *document_state_name(enum document_state s);   /* "handed-in", "missing", "expired" */

/* What happens next, by strength of the agreement and what is still open. */
enum next_step { NEXT_NOTHING, NEXT_TESTS, NEXT_DOCUMENTS, NEXT_CONFIRM, NEXT_CONFIRM_SIMPLIFIED,
	NEXT_START_AFTER_FILING, NEXT_START_WITH_ORIGIN_PLATE, NEXT_COUNT };
const char *next_step_name(enum next_step n);

struct decide_report {
	struct str id;             /* of the statement */
	struct digest digest;
	struct str issuer;         /* DID of the lab */
	int64_t valid_from, valid_until;
	enum standing standing;
	struct report report;
};
struct decide_accreditation {
	struct digest digest;
	enum standing standing;
	struct scope scope;
};
struct decide_document {
	struct str document;
	int32_t valid_until;       /* day, or INT32_MAX when undated */
	struct str digest;         /* of the file, may be empty */
};
struct decide_request {
	struct str applicant;
	struct configuration configuration; /* fingerprint empty: as tested (one for all reports) */
	uint32_t vin_count;
	const struct str *vins;
	struct odd odd;            /* at the destination; speed 0 = as tested */
	uint32_t document_count;
	const struct decide_document *documents;
};
struct decide_input {
	int64_t now;
	struct str destination;    /* DID of the deciding authority */
	struct decide_request request;
	uint32_t report_count;
	const struct decide_report *reports;
	uint32_t accreditation_count;
	const struct decide_accreditation *accreditations;
	const struct plan *plan;               /* the agreement with its schemes */
	struct digest agreement_digest;
	enum standing agreement_standing;
	const struct rules *rules;             /* texts; not read by decide() */
};

struct decision_row {
	struct str scheme, item;
	const struct plan_row *plan;           /* NULL for items the agreement does not know */
	enum outcome outcome;
	enum reason reason;
	bool required; /* asked for by the ODD, Annex 1 or the destination */
	bool to_test;                          /* on the rest-test list */
	const struct decide_report *report;    /* that the outcome rests on, or NULL */
	const struct report_item *result;
	/* Parameters of the reason; those that do not apply are empty. */
	struct str changed;                    /* first component or element that differs */
	int32_t counts_until;                  /* last day the result counts; 0 = no limit */
	uint32_t needed;                       /* runs asked for */
	enum reason because;                   /* add-on-not-accepted: why */
	uint32_t cover_count;                  /* general: items recognised for it */
	const struct str *covers;
	uint32_t blocker_count;                /* general: items still to be tested for it */
	const struct str *blockers;
};
struct decision_document {
	const struct agreement_document *of;
	enum document_state state;
	const struct decide_document *handed_in;
};
struct decision {
	uint32_t row_count;
	struct decision_row *rows;             /* general items, scheme items, add-on items */
	uint32_t document_count;
	struct decision_document *documents;
	uint32_t counts[OUTCOME_COUNT];
	uint32_t open_count;                   /* rows on the rest-test list */
	uint32_t documents_open;
	uint32_t added_vins;                   /* VINs of the request that no report names */
	enum next_step next;
};

/* ERR_TOO_LARGE: arena. ERR_INVALID: reports of different configurations and no fingerprint in the
 * request. */
MUST_USE enum err_code decide(struct arena *a, const struct decide_input *in, struct decision *ret,
	struct err *e);

#endif
