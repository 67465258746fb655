/* role.h - the one table of roles, and of what each may do.
 *
 * Is:      constant data, shown at /roles, asked by the route table and by every writing call.
 *          Modelled on UNECE's DETA: who writes a thing is one party of it, who decides is another,
 *          and whoever runs the system writes nothing in it.
 * Rule:    of the administrators (system, security, audit) each stands alone: one account holds one
 *          of them and no other role (GB/T 22239 asks for the three to be separate people).
 */
#ifndef HUREN_SERVICE_ROLE_H
#define HUREN_SERVICE_ROLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

/* X(NAME, word): the word is in the catalogues (list "capability"). */
#define CAPABILITY_TABLE(X)                                                                      \
	X(READ_OWN, "read-own")        /* bodies of the own organisation's statements */         \
	X(PEOPLE, "people")            /* invite people of the own organisation, give roles */   \
	X(DRAFT, "draft")              /* draft a report, hand in evidence */                    \
	X(FILES, "files")              /* keep files of the own organisation */                  \
	X(SIGN, "sign")                /* review and sign a report, amend, withdraw */           \
	X(REQUEST, "request")          /* ask the other city for recognition */                  \
	X(CONFIRM, "confirm")          /* confirm organisations that registered */               \
	X(ACCREDIT, "accredit")        /* keep accreditations and agreements */                  \
	X(DECIDE, "decide")            /* prepare a decision, answer objections */               \
	X(APPROVE, "approve")          /* decide as the second person */                         \
	X(POST, "post")                /* post listings of the own organisation */              \
	X(BOOK, "book")                /* ask for a facility of either city, change, cancel */   \
	X(ALLIANCE, "alliance")        /* speak for the own organisation in the alliance */      \
	X(MODERATE, "moderate")        /* review listings before they are published */          \
	X(OPERATE, "operate")          /* health, peers, disk, keys, backup */                   \
	X(LOCK, "lock")                /* lock any account of the node, end its sessions */      \
	X(AUDIT, "audit")              /* read and export the audit trail */

enum capability {
	CAPABILITY_NONE,
#define X(name, word) CAPABILITY_##name,
	CAPABILITY_TABLE(X)
#undef X
	CAPABILITY_COUNT
};

#define MAY(name) (1u << CAPABILITY_##name)

struct role {
	const char *name;
	const char *kinds;         /* of organisation: "lab applicant" */
	uint32_t may;              /* MAY(...) of each capability */
	bool alone;                /* no other role beside it */
	bool node_only;            /* given only by `huren account` on the node itself */
};
extern const struct role role_table[];
extern const size_t role_count;
#define ROLES_MAX 16           /* of the table; a set of roles is a bit mask of its indexes */

/* Index in the table, or role_count. */
size_t role_find(struct str name);
/* May a person of such an organisation hold it? */
bool role_fits(const struct role *role, struct str kind);
/* All that a set of roles may do. */
uint32_t role_may(uint32_t roles);
/* ERR_INVALID: a role that does not fit the kind, or one that must stand alone and does not.
 * ERR_DENIED: `node` is false and a role can only be given on the node. */
MUST_USE enum err_code role_check(uint32_t roles, struct str kind, bool node, struct err *e);
/* "read-own"; for CAPABILITY_NONE "". */
const char *capability_name(enum capability c);

#endif
