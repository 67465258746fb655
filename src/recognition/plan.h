/* plan.h - an agreement and its schemes, laid out once for many decisions.
 *
 * Is:      one row an item that an agreement can decide on, in the order of a decision: general
 *          items, items of the accepted schemes, add-on items; each with what makes it necessary,
 *          its age limit and whether it carries over. Pure; borrows from agreement and schemes.
 * I1  Rows are unique by (scheme, item); add-on items have the scheme PLAN_ADD_ON_SCHEME.
 */
#ifndef HUREN_RECOGNITION_PLAN_H
#define HUREN_RECOGNITION_PLAN_H

#include "recognition/agreement.h"

#define PLAN_ADD_ON_SCHEME "add-on"
#define PLAN_ELEMENTS_MAX 63

struct plan_row {
	struct str scheme, item;
	const struct scheme *of_scheme;        /* first accepted edition; NULL for add-on items */
	const struct scheme_item *of;
	const struct agreement_add_on *add_on; /* NULL for others */
	const struct agreement_age *age;       /* NULL: no limit */
	bool general, carried;
	bool always;                           /* needed whatever the ODD */
	uint64_t needed_by;                    /* bit i: element i of the plan makes it necessary */
	uint32_t cover_count;                  /* general items: rows that stand for it */
	const uint32_t *covers;
};
struct plan {
	const struct agreement *agreement;
	uint32_t scheme_count;
	const struct scheme *const *schemes;
	uint32_t element_count;
	const struct str *elements;            /* sorted */
	uint64_t mapped; /* elements that the agreement maps to items of a scheme */
	uint32_t row_count;
	const struct plan_row *rows;
	const uint32_t *by_key;                /* row indexes sorted by (scheme, item) */
};

/* ERR_NOT_FOUND: a scheme the agreement names is not among `schemes`. ERR_INVALID: more than 63 ODD
 * elements. ERR_TOO_LARGE: arena. */
MUST_USE enum err_code plan_new(struct arena *a, const struct agreement *g,
	const struct scheme *const *schemes, uint32_t scheme_count, const struct plan **ret,
	struct err *e);
/* Index of a row, or UINT32_MAX. */
uint32_t plan_find(const struct plan *p, struct str scheme, struct str item);
/* The scheme of that edition when the agreement accepts it, else NULL. */
const struct scheme *plan_accepted(const struct plan *p, struct str scheme, struct str edition);
/* Bits of the elements the plan knows; *ret_unknown counts the others. */
uint64_t plan_elements(const struct plan *p, const struct str *elements, uint32_t count,
	uint32_t *ret_unknown);

#endif
