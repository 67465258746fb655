/* code_names.h - names of the codes that listings use: districts, industries.
 *
 * Is:      a typed view of rules/codes/regions.json (GB/T 2260) and industries.json (GB/T 4754).
 *          Pure; borrows from the rules.
 * Is not:  a check: a code without a name here is good all the same, and is shown as it is.
 */
#ifndef HUREN_MATCHING_CODE_NAMES_H
#define HUREN_MATCHING_CODE_NAMES_H

#include "matching/listing_kind.h"
#include "recognition/rules.h"

struct code_name {
	struct str code;           /* "500118", "C36" */
	struct text_pair name;
	bool placed;               /* has a tile in the schematic picture */
	uint32_t column, row;
};
struct code_list {
	uint32_t count;
	const struct code_name *names;     /* by code */
};
struct code_names { struct code_list regions, industries; };

/* ERR_INVALID: out of order, or a name missing. A missing file is an empty list. */
MUST_USE enum err_code code_names_parse(struct arena *a, const struct rules *r,
	struct code_names *ret, struct err *e);
/* That code itself; NULL when it has no name here. */
const struct code_name *code_find(const struct code_list *list, struct str code);
/* The code itself or, of an industry, the division or section it lies in. NULL. */
const struct code_name *code_find_near(const struct code_list *list, struct str code);
/* What to compare beginnings of codes with, so that a whole city or province counts: "510100" gives
 * "5101", "C36" itself. */
struct str code_stem(struct str code);

/* The list that names the codes of such a field; NULL when it has none, or `names` is NULL. */
const struct code_list *code_list_of(const struct code_names *names,
	const struct listing_field *f);

#endif
