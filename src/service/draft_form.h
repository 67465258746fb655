/* draft_form.h - a draft as fields that people type, and back.
 *
 * Is:      the one table of a draft's fields, used by the forms, by the import of tables and by the
 *          list of what is still missing. A field has a text form; lists and results have one line
 *          an entry, so that columns can be pasted from a spreadsheet. Pure.
 * Is not:  the draft's row (draft.h), nor the statement made of it (recognition/report_draft.h).
 * I1  A text that was not changed changes nothing: what it cannot show is kept.
 * I2  What is refused leaves the body as it was; the problem names field and line.
 */
#ifndef HUREN_SERVICE_DRAFT_FORM_H
#define HUREN_SERVICE_DRAFT_FORM_H

#include "base/json.h"
#include "recognition/rules.h"

enum draft_kind {
	DRAFT_TEXT, DRAFT_AREA, DRAFT_LINES, DRAFT_DAY, DRAFT_DECIMAL, DRAFT_CHOICE, DRAFT_DID,
	DRAFT_DIGEST,              /* SHA-256, base64url or hex */
	DRAFT_VINS,
	DRAFT_HARDWARE,            /* "lidar: L128", "lidar: maker=X; count=1" */
	DRAFT_ELEMENTS,            /* words of the rules' list "elements" */
	DRAFT_SCHEME,              /* "gbt-41798:2022" */
	DRAFT_ITEM,                /* an item of the scheme; fills what the scheme knows of it */
	DRAFT_RUNS,                /* "1 | pass | note", or "pass" */
	/* "name | value | unit | <= limit | margin | run | uncertainty" */
	DRAFT_MEASURED
};
enum draft_section { DRAFT_REPORT, DRAFT_PARTIES, DRAFT_VEHICLE, DRAFT_RESULT, DRAFT_SECTIONS };

struct draft_field {
	enum draft_section section;
	const char *name;          /* of the form, the column, and a word of the list "field" */
	const char *path;          /* in the draft; of DRAFT_RESULT in the item */
	enum draft_kind kind;
	bool needed;
	uint32_t max;              /* bytes */
	const char *choices;       /* "CMA CNAS" */
};
extern const struct draft_field draft_fields[];
extern const size_t draft_field_count;

/* "report", "parties", "vehicle", "result"; DRAFT_SECTIONS for another word. */
const char *draft_section_name(enum draft_section section);
enum draft_section draft_section_find(struct str name);
/* By its name; NULL when there is none. */
const struct draft_field *draft_field_find(struct str name);

struct draft_rules {
	const struct rules *rules;
	struct str domain;         /* of the node: a code alone is an organisation of this city */
};
/* The text of a field as it would be typed; empty when it is not filled in. `from` is the draft, or
 * an item for DRAFT_RESULT. */
struct str draft_text(struct arena *a, const struct draft_field *f, const struct json *from);
/* Takes what was typed into a copy: *io is replaced. False: refused, told in `problems`. `draft` is
 * the whole (for the scheme of an item). */
bool draft_take(struct arena *a, const struct draft_rules *r, const struct draft_field *f,
	struct str typed, const struct json *draft, struct json **io, struct json *problems);
/* Everything that is missing before it can be handed over, of all sections and items: problems with
 * "section", and "item" (from 1) for results. */
void draft_missing(struct arena *a, const struct json *draft, struct json *problems);
/* {"field","wrong","line"?} under the field's name; the first one told stays. */
void draft_wrong(struct arena *a, struct json *problems, const char *field, const char *word,
	size_t line);
/* A word of the five verdicts, or its Chinese text. at == NULL for none. */
struct str draft_verdict(struct str typed);

#endif
