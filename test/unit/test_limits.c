/* test_limits.c - the table as data and as a page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/limits.h"
#include "base/scoped.h"

static void limits_table_has_lower_case_names(void **state)
{
	(void)state;
	assert_true(limits_count > 20);
	assert_string_equal(limits_table[0].name, "json_depth");
	assert_int_equal(limits_table[0].value, LIMIT_JSON_DEPTH);
	for (size_t i = 0; i < limits_count; i++) {
		const struct limit *l = &limits_table[i];
		assert_true(l->value > 0);
		assert_true(strlen(l->unit) > 0 && strlen(l->seen) > 0 && strlen(l->why) > 0);
		for (const char *c = l->name; *c; c++)
			assert_true((*c >= 'a' && *c <= 'z') || *c == '_');
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(l->name, limits_table[k].name);
	}
}

static void limits_page_is_what_the_table_says(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	struct str page = { NULL, 0 };
	struct err e = { 0 };

	(void)state;
	arena_init(&a, 1048576);
	buf_init(&b, 65536);
	limits_markdown(&b);
	assert_int_equal(buf_check(&b, "page", &e), ERR_OK);
	assert_non_null(getenv("HUREN_SOURCE"));
	if (io_read_file(&a, arena_printf(&a, "%s/doc/limits.md", getenv("HUREN_SOURCE")), 65536,
		    &page, &e) != ERR_OK)
		fail_msg("%s", e.message);
	if (str_eq(page, buf_str(&b)))
		return;
	assert_int_equal(io_write_durable(arena_printf(&a, "%s/doc/limits.md.new",
		getenv("HUREN_SOURCE")), buf_str(&b), 0644, &e), ERR_OK);
	fail_msg("doc/limits.md is out of date: take doc/limits.md.new");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits_table_has_lower_case_names),
		cmocka_unit_test(limits_page_is_what_the_table_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
