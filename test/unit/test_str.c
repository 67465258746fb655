/* test_str.c - views of text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/limits.h"
#include "base/scoped.h"
#include "base/str.h"

static void str_compares_bytes_then_length(void **state)
{
	(void)state;
	assert_true(str_eq(STR("a"), STR("a")));
	assert_true(str_eq(STR(""), (struct str){ NULL, 0 }));
	assert_false(str_eq(STR("a"), STR("ab")));
	assert_true(str_is(STR("word"), "word"));
	assert_int_equal(str_cmp(STR("a"), STR("b")), -1);
	assert_int_equal(str_cmp(STR("b"), STR("a")), 1);
	assert_int_equal(str_cmp(STR("ab"), STR("a")), 1);
	assert_int_equal(str_cmp(STR("\x80"), STR("a")), 1); /* unsigned */
	assert_int_equal(str_cmp(STR(""), (struct str){ NULL, 0 }), 0);
}

static void str_knows_its_ends(void **state)
{
	(void)state;
	assert_true(str_starts(STR("policy.a"), "policy"));
	assert_false(str_starts(STR("pol"), "policy"));
	assert_true(str_ends(STR("a.json"), ".json"));
	assert_false(str_ends(STR("n"), ".json"));
	assert_true(str_starts(STR("x"), ""));
	assert_true(str_eq(str_of(NULL), STR("")));
}

static void str_skip_stops_at_the_end(void **state)
{
	(void)state;
	assert_true(str_is(str_skip(STR("abc"), 1), "bc"));
	assert_int_equal(str_skip(STR("abc"), 9).len, 0);
	assert_int_equal(str_skip((struct str){ NULL, 0 }, 1).len, 0);
	assert_true(str_is(str_trim(STR(" \t a b\t ")), "a b"));
	assert_true(str_is(str_trim(STR(" \t")), ""));
}

static void str_cut_walks_fields(void **state)
{
	struct str rest = STR("a,,b");

	(void)state;
	assert_true(str_is(str_cut(&rest, ','), "a"));
	assert_true(str_is(str_cut(&rest, ','), ""));
	assert_non_null(rest.at);
	assert_true(str_is(str_cut(&rest, ','), "b"));
	assert_null(rest.at);
	rest = STR("a,");
	assert_true(str_is(str_cut(&rest, ','), "a"));
	assert_non_null(rest.at); /* an empty field follows */
	assert_int_equal(rest.len, 0);
}

static void str_find_gives_the_first_place(void **state)
{
	(void)state;
	assert_int_equal(str_find(STR("abcbc"), STR("bc")), 1);
	assert_int_equal(str_find(STR("abc"), STR("")), 0);
	assert_true(str_find(STR("abc"), STR("abcd")) == SIZE_MAX);
	assert_true(str_find(STR("abc"), STR("x")) == SIZE_MAX);
	assert_true(str_find((struct str){ NULL, 0 }, STR("x")) == SIZE_MAX);
}

static void str_parse_u64_is_strict(void **state)
{
	uint64_t n = 7;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(str_parse_u64(STR("18446744073709551615"), &n, &e), ERR_OK);
	assert_true(n == UINT64_MAX);
	assert_int_equal(str_parse_u64(STR("0"), &n, &e), ERR_OK);
	assert_true(n == 0);
	n = 7;
	assert_int_equal(str_parse_u64(STR("18446744073709551616"), &n, &e), ERR_INVALID);
	assert_int_equal(str_parse_u64(STR("99999999999999999999"), &n, &e), ERR_INVALID);
	assert_int_equal(str_parse_u64(STR(""), &n, &e), ERR_INVALID);
	assert_int_equal(str_parse_u64(STR("01"), &n, &e), ERR_INVALID);
	assert_int_equal(str_parse_u64(STR("+1"), &n, &e), ERR_INVALID);
	assert_int_equal(str_parse_u64(STR("-1"), &n, &e), ERR_INVALID);
	assert_int_equal(str_parse_u64(STR("1 "), &n, &e), ERR_INVALID);
	assert_int_equal(str_parse_u64(STR("1a"), &n, &e), ERR_INVALID);
	assert_string_equal(e.message, "byte 1 of the number is not a digit");
	assert_true(n == 7); /* output untouched on failure */
}

static void str_is_utf8_follows_the_table(void **state)
{
	(void)state;
	assert_true(str_is_utf8(STR("")));
	assert_true(str_is_utf8(STR("plain text of more than eight bytes")));
	assert_true(str_is_utf8(
		STR("\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf")));
	assert_true(str_is_utf8(STR("\xed\x9f\xbf\xee\x80\x80")));
	assert_false(str_is_utf8(STR("\x80")));
	assert_false(str_is_utf8(STR("\xc0\x80")));
	assert_false(str_is_utf8(STR("\xc1\xbf")));
	assert_false(str_is_utf8(STR("\xc2")));
	assert_false(str_is_utf8(STR("\xc2g")));
	assert_false(str_is_utf8(STR("\xe0\x9f\xbf")));
	assert_false(str_is_utf8(STR("\xed\xa0\x80")));
	assert_false(str_is_utf8(STR("\xe4\xb8")));
	assert_false(str_is_utf8(STR("\xf0\x8f\xbf\xbf")));
	assert_false(str_is_utf8(STR("\xf4\x90\x80\x80")));
	assert_false(str_is_utf8(STR("\xf5\x80\x80\x80")));
	assert_false(str_is_utf8(STR("eight by\xff")));
}

/* limit_file_name_bytes limit_media_type_bytes */
static void str_knows_names_of_files_and_media_types(void **state)
{
	static const char *const bad_names[] = { "", "a/b", "a\\b", "a\"b", "a\nb", "a\x7f",
		"\xff" };
	static const char *const bad_types[] = { "", "/", "a/", "text", "Text/csv", "text/a b",
		"text/a/b", "text/csv; x=y" };
	char text[LIMIT_FILE_NAME_BYTES + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(bad_names) / sizeof(bad_names[0]); i++)
		assert_false(str_is_file_name(str_of(bad_names[i])));
	for (size_t i = 0; i < sizeof(bad_types) / sizeof(bad_types[0]); i++)
		assert_false(str_is_media_type(str_of(bad_types[i])));
	memset(text, 'x', sizeof(text));
	assert_true(str_is_file_name(STR("\xe4\xb8\xad 1.csv")));
	assert_true(str_is_file_name((struct str){ text, LIMIT_FILE_NAME_BYTES }));
	assert_false(str_is_file_name((struct str){ text, LIMIT_FILE_NAME_BYTES + 1 }));
	text[4] = '/';
	assert_true(str_is_media_type(STR("application/vnd.a-b+json")));
	assert_true(str_is_media_type((struct str){ text, LIMIT_MEDIA_TYPE_BYTES }));
	assert_false(str_is_media_type((struct str){ text, LIMIT_MEDIA_TYPE_BYTES + 1 }));
}

static void str_quote_makes_one_harmless_line(void **state)
{
	SCOPED_ARENA a = { 0 };
	char many[200];
	const char *quoted;

	(void)state;
	arena_init(&a, 100000);
	assert_string_equal(str_quote(&a, STR("a\"b\\c\n\x7f\xff\xc2\x85\xe4\xb8\xad")),
		"a\\\"b\\\\c\\x0a\\x7f\\xff\\xc2\\x85\xe4\xb8\xad");
	memset(many, 0xff, sizeof(many));
	quoted = str_quote(&a, (struct str){ many, sizeof(many) });
	assert_int_equal(strlen(quoted), 80 * 4 + 3);
	assert_true(str_ends(str_of(quoted), "\\xff..."));
	arena_clear(&a);
	arena_init(&a, 0);
	assert_string_equal(str_quote(&a, STR("a")), "...");
}

static void str_copies_live_in_the_arena(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct str s;

	(void)state;
	arena_init(&a, 100000);
	s = str_printf(&a, "%s/%d", "a", 5);
	assert_true(str_is(s, "a/5"));
	assert_string_equal(str_z(&a, (struct str){ "abc", 2 }), "ab");
	s = str_copy(&a, (struct str){ NULL, 0 });
	assert_non_null(s.at);
	arena_clear(&a);
	arena_init(&a, 0);
	assert_null(str_copy(&a, STR("a")).at);
	assert_null(str_printf(&a, "a").at);
	assert_null(str_z(&a, STR("a")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(str_compares_bytes_then_length),
		cmocka_unit_test(str_knows_its_ends),
		cmocka_unit_test(str_skip_stops_at_the_end),
		cmocka_unit_test(str_cut_walks_fields),
		cmocka_unit_test(str_find_gives_the_first_place),
		cmocka_unit_test(str_parse_u64_is_strict),
		cmocka_unit_test(str_is_utf8_follows_the_table),
		cmocka_unit_test(str_knows_names_of_files_and_media_types),
		cmocka_unit_test(str_quote_makes_one_harmless_line),
		cmocka_unit_test(str_copies_live_in_the_arena),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
