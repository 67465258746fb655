/* role.c - the table. */
#include "service/role.h"

#include <string.h>

const struct role role_table[] = {
	{ "org-admin", "lab applicant enterprise university association investor",
		MAY(READ_OWN) | MAY(PEOPLE) | MAY(BOOK) | MAY(ALLIANCE), false, false },
	{ "lab-engineer", "lab", MAY(READ_OWN) | MAY(DRAFT) | MAY(FILES) | MAY(BOOK),
		false, false },
	{ "lab-signatory", "lab", MAY(READ_OWN) | MAY(SIGN), false, false },
	{ "company-officer", "applicant", MAY(READ_OWN) | MAY(REQUEST) | MAY(FILES) | MAY(BOOK),
		false, false },
	{ "publisher", "lab applicant enterprise university association investor authority",
		MAY(READ_OWN) | MAY(POST) | MAY(BOOK), false, false },
	{ "officer", "authority", MAY(READ_OWN) | MAY(CONFIRM) | MAY(ACCREDIT) | MAY(DECIDE) |
		MAY(MODERATE), false, false },
	{ "approver", "authority", MAY(READ_OWN) | MAY(APPROVE), false, false },
	{ "system-admin", "authority", MAY(OPERATE), true, true },
	{ "security-admin", "authority", MAY(PEOPLE) | MAY(LOCK), true, true },
	{ "audit-admin", "authority", MAY(AUDIT), true, true },
};
const size_t role_count = sizeof(role_table) / sizeof(role_table[0]);
_Static_assert(sizeof(role_table) / sizeof(role_table[0]) <= ROLES_MAX, "a set is a mask");

size_t role_find(struct str name)
{
	for (size_t i = 0; i < role_count; i++)
		if (str_is(name, role_table[i].name))
			return i;
	return role_count;
}

bool role_fits(const struct role *role, struct str kind)
{
	struct str rest = str_of(role->kinds);

	while (rest.at)
		if (str_eq(str_cut(&rest, ' '), kind))
			return true;
	return false;
}

uint32_t role_may(uint32_t roles)
{
	uint32_t may = 0;

	for (size_t i = 0; i < role_count; i++)
		if (roles >> i & 1)
			may |= role_table[i].may;
	return may;
}

enum err_code role_check(uint32_t roles, struct str kind, bool node, struct err *e)
{
	CHECK(roles >> role_count == 0);
	for (size_t i = 0; i < role_count; i++) {
		const struct role *role = &role_table[i];
		if (!(roles >> i & 1))
			continue;
		if (!role_fits(role, kind))
			return err_set(e, ERR_INVALID, "role \"%s\" does not exist in an "
				"organisation of kind \"" STR_FMT "\"", role->name, STR_ARG(kind));
		if (role->alone && roles != 1u << i)
			return err_set(e, ERR_INVALID, "role \"%s\" stands alone", role->name);
		if (role->node_only && !node)
			return err_set(e, ERR_DENIED, "role \"%s\" is given on the node itself",
				role->name);
	}
	return ERR_OK;
}

const char *capability_name(enum capability c)
{
	static const char *const names[] = { "",
#define X(name, word) word,
		CAPABILITY_TABLE(X)
#undef X
	};

	CHECK(c < CAPABILITY_COUNT);
	return names[c];
}
