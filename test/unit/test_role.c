/* test_role.c - the table of roles, row by row. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "service/role.h"

/* The table again, written by hand: a change of it is a decision, not a slip. */
static const struct {
	const char *role, *kinds, *may;
	bool alone, node_only;
} rows[] = {
	{ "org-admin", "lab applicant enterprise university association investor",
		"read-own people book alliance", false, false },
	{ "lab-engineer", "lab", "read-own draft files book", false, false },
	{ "lab-signatory", "lab", "read-own sign", false, false },
	{ "company-officer", "applicant", "read-own files request book", false, false },
	{ "publisher", "lab applicant enterprise university association investor authority",
		"read-own post book", false, false },
	{ "officer", "authority", "read-own confirm accredit decide moderate", false, false },
	{ "approver", "authority", "read-own approve", false, false },
	{ "system-admin", "authority", "operate", true, true },
	{ "security-admin", "authority", "people lock", true, true },
	{ "audit-admin", "authority", "audit", true, true },
};

static void role_table_says_what_was_decided(void **state)
{
	(void)state;
	assert_int_equal(role_count, sizeof(rows) / sizeof(rows[0]));
	for (size_t i = 0; i < role_count; i++) {
		char may[128] = "";
		for (unsigned c = 1; c < CAPABILITY_COUNT; c++)
			if (role_table[i].may >> c & 1)
				(void)snprintf(may + strlen(may), sizeof(may) - strlen(may),
					"%s%s", may[0] ? " " : "",
					capability_name((enum capability)c));
		assert_string_equal(role_table[i].name, rows[i].role);
		assert_string_equal(role_table[i].kinds, rows[i].kinds);
		assert_string_equal(may, rows[i].may);
		assert_int_equal(role_table[i].alone, rows[i].alone);
		assert_int_equal(role_table[i].node_only, rows[i].node_only);
	}
}

static uint32_t set(const char *names)
{
	struct str rest = str_of(names);
	uint32_t roles = 0;

	while (rest.at) {
		size_t role = role_find(str_cut(&rest, ' '));
		assert_true(role < role_count);
		roles |= 1u << role;
	}
	return roles;
}

static enum err_code check(const char *names, const char *kind, bool node)
{
	struct err e = { 0 };

	return role_check(set(names), str_of(kind), node, &e);
}

static void role_check_keeps_administrators_apart(void **state)
{
	(void)state;
	assert_int_equal(check("system-admin", "authority", true), ERR_OK);
	assert_int_equal(check("system-admin security-admin", "authority", true), ERR_INVALID);
	assert_int_equal(check("security-admin audit-admin", "authority", true), ERR_INVALID);
	assert_int_equal(check("audit-admin officer", "authority", true), ERR_INVALID);
	assert_int_equal(check("audit-admin", "authority", false), ERR_DENIED);
}

static void role_check_keeps_to_the_kind(void **state)
{
	(void)state;
	assert_int_equal(check("lab-engineer lab-signatory org-admin", "lab", false), ERR_OK);
	assert_int_equal(check("officer", "lab", false), ERR_INVALID);
	assert_int_equal(check("lab-engineer", "applicant", false), ERR_INVALID);
	assert_int_equal(check("officer approver", "authority", false), ERR_OK);
	assert_int_equal(check("org-admin", "authority", true), ERR_INVALID);
}

/* No set of roles that one person may hold lets who runs the system write in it, or read the
 * trail of what they did. */
static void role_sets_never_mix_running_and_writing(void **state)
{
	static const char *const kinds[] = { "authority", "lab", "applicant" };

	(void)state;
	for (uint32_t roles = 0; roles < 1u << role_count; roles++)
		for (size_t k = 0; k < 3; k++) {
			uint32_t may = role_may(roles);
			if (role_check(roles, str_of(kinds[k]), true, NULL) != ERR_OK)
				continue;
			assert_true(!(may & MAY(OPERATE)) || may == MAY(OPERATE));
			assert_true(!(may & MAY(AUDIT)) || may == MAY(AUDIT));
			assert_true(!(may & MAY(LOCK)) || may == (MAY(LOCK) | MAY(PEOPLE)));
			assert_true(!(may & MAY(SIGN)) || !(may & (MAY(DECIDE) | MAY(APPROVE))));
		}
}

static void role_find_knows_names(void **state)
{
	(void)state;
	assert_int_equal(role_find(STR("officer")), 5);
	assert_int_equal(role_find(STR("")), role_count);
	assert_int_equal(role_find(STR("office")), role_count);
	assert_int_equal(role_may(0), 0);
	assert_string_equal(capability_name(CAPABILITY_NONE), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(role_table_says_what_was_decided),
		cmocka_unit_test(role_check_keeps_administrators_apart),
		cmocka_unit_test(role_check_keeps_to_the_kind),
		cmocka_unit_test(role_sets_never_mix_running_and_writing),
		cmocka_unit_test(role_find_knows_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
