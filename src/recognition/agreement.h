/* agreement.h - a typed view of a recognition agreement, as two authorities signed it.
 *
 * Is:      the subject of a RecognitionAgreementCredential: parties and the content of a
 *          rules/agreements file (doc/formats/rules.md). Pure; borrows from the statement.
 * Is not:  whether both signed it (proof.h) or whether it was withdrawn (status statements).
 */
#ifndef HUREN_RECOGNITION_AGREEMENT_H
#define HUREN_RECOGNITION_AGREEMENT_H

#include "credential/statement.h"
#include "recognition/scheme.h"

#define AGREEMENT_PARTIES 2

/* Sections of an agreement; each names the clause that its outcomes cite. */
enum agreement_section {
	SECTION_EDITIONS, SECTION_LEVELS, SECTION_ACCREDITATION, SECTION_CARRY_OVER,
	SECTION_GENERAL_ITEMS, SECTION_SAME_CONFIGURATION, SECTION_MAX_AGE, SECTION_ADD_ONS,
	SECTION_ODD_ITEMS, SECTION_DOCUMENTS, SECTION_STRENGTH, SECTION_DISCLOSURE,
	SECTION_IN_FORCE, SECTION_COUNT
};
enum strength { STRENGTH_ITEM_RESULTS, STRENGTH_SIMPLIFIED, STRENGTH_FILE_AND_GO, STRENGTH_PLATE,
	STRENGTH_COUNT };
const char *strength_name(enum strength s);   /* "item-results" ... */

struct agreement_items {           /* items of one scheme, sorted */
	struct str scheme, edition;
	uint32_t item_count;
	const struct str *items;
};
enum same_rule { SAME_EXACTLY, SAME_OR_LESS, SAME_FREE };
struct agreement_same {            /* one line of "what must stay the same" */
	struct str component; /* "lidar", "software", "*" for any not named, "odd", "max-speed" */
	enum same_rule rule;
	bool affects_all;
	uint32_t item_count;       /* else: only these items (of any scheme), sorted */
	const struct str *items;
};
struct agreement_age {
	struct str scheme, item;   /* empty: all */
	uint32_t months, days;     /* one of them */
};
struct agreement_add_on {
	uint32_t party;            /* that prescribes it: index into parties */
	struct str item;
	struct text_pair title;
	uint32_t when_count;       /* asked for when the ODD has any of these; 0 = always */
	const struct str *when;
};
struct agreement_element {         /* ODD element -> items it makes necessary */
	struct str element, scheme;
	uint32_t item_count;
	const struct str *items;
};
struct agreement_document {
	struct str document;       /* word of rules/clauses.json "documents" */
	struct str when;           /* "always", "added-vehicles", "add-on-items" */
	bool dated; /* must carry validUntil and be valid on the day of the decision */
	bool at[STRENGTH_COUNT];   /* asked for at these strengths */
};
struct agreement_disclosure {
	enum kind kind;
	uint32_t party;            /* who may read: index into parties */
};

struct agreement {
	struct str id;             /* of the statement */
	struct str name;           /* "id" of the content */
	uint32_t version;
	struct text_pair title;
	struct str parties[AGREEMENT_PARTIES];         /* DIDs */
	int64_t in_force_from, in_force_until;         /* inside the statement's validity too */
	struct str clauses[SECTION_COUNT];             /* clause id of each section */
	enum strength strength;
	bool levels[LEVEL_COUNT];
	uint32_t certificate_count;
	const struct str *certificates;                /* accepted kinds: "CMA" ... */
	uint32_t edition_count;
	const struct agreement_items *editions;        /* item_count 0: the whole edition */
	uint32_t carry_count;
	const struct agreement_items *carry;
	struct str general_scheme, general_edition;
	uint32_t same_count;
	const struct agreement_same *same;
	uint32_t age_count;
	const struct agreement_age *ages;
	uint32_t add_on_count;
	const struct agreement_add_on *add_ons;
	uint32_t element_count;
	const struct agreement_element *elements;
	uint32_t document_count;
	const struct agreement_document *documents;
	uint32_t disclosure_count;
	const struct agreement_disclosure *disclosures;
	const struct json *doc;                        /* the content */
};

/* ERR_INVALID names the member; ERR_TOO_LARGE arena. */
MUST_USE enum err_code agreement_parse(struct arena *a, const struct statement *s,
	struct agreement *ret, struct err *e);
/* The same for a content and two party DIDs, before a statement exists (to check before
 * signing). */
MUST_USE enum err_code agreement_parse_content(struct arena *a, const struct json *content,
	const struct str parties[AGREEMENT_PARTIES], struct agreement *ret, struct err *e);
bool agreement_in_force(const struct agreement *g, int64_t now);
/* Index of the party, or AGREEMENT_PARTIES when it is none. */
uint32_t agreement_party(const struct agreement *g, struct str did);
/* True when, now in force, it lets `to_did` read bodies of that kind. */
bool agreement_discloses(const struct agreement *g, enum kind kind, struct str to_did, int64_t now);
/* Text of a clause of the agreement, both languages empty when it has none of that id. */
struct text_pair agreement_clause_text(const struct agreement *g, struct str id);

#endif
