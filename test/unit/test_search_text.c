/* test_search_text.c - words of two characters are found, and the query asks what the index
 * holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/scoped.h"
#include "matching/search_text.h"

static void expect_index(const char *text, const char *expected)
{
	SCOPED_BUF b;
	buf_init(&b, 4096);
	search_text_put(&b, str_of(text));
	assert_true(str_is(buf_str(&b), expected));
}

static void expect_query(const char *text, const char *expected)
{
	SCOPED_BUF b;
	buf_init(&b, 4096);
	search_text_query(&b, str_of(text));
	assert_true(str_is(buf_str(&b), expected));
}

static void search_text_splits_chinese_into_bigrams_and_the_last_character(void **state)
{
	(void)state;
	expect_index("激光雷达", "激光 光雷 雷达 达 ");
	expect_index("车", "车 ");
}

static void search_text_lowers_letters_and_drops_punctuation(void **state)
{
	(void)state;
	expect_index("YC-SAMPLE（2026）", "yc sample 2026 ");
	expect_index("、。—", "");
}

static void search_text_keeps_chinese_and_letters_apart(void **state)
{
	(void)state;
	expect_index("L3级", "l3 级 ");
}

static void search_text_query_is_phrases_and_prefixes(void **state)
{
	(void)state;
	expect_query("激光雷达", "\"激光 光雷 雷达 \" ");
	expect_query("激", "\"激\"* ");
	expect_query("YC 0001", "\"yc\"* \"0001\"* ");
	expect_query("  \"'*(", "");
}

static void search_text_survives_broken_utf8(void **state)
{
	(void)state;
	expect_index("\xe6\xbf", "");
	expect_index("a\xff" "b", "a b ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(search_text_splits_chinese_into_bigrams_and_the_last_character),
		cmocka_unit_test(search_text_lowers_letters_and_drops_punctuation),
		cmocka_unit_test(search_text_keeps_chinese_and_letters_apart),
		cmocka_unit_test(search_text_query_is_phrases_and_prefixes),
		cmocka_unit_test(search_text_survives_broken_utf8),
	};
	return cmocka_run_group_tests_name("search_text", tests, NULL, NULL);
}
