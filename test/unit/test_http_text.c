/* test_http_text.c - addresses, fields, cookies, Accept, tags and tokens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/scoped.h"
#include "web/http_text.h"

#define CAP 1048576

static void check_decoded(const char *text, bool plus, const char *want)
{
	SCOPED_ARENA a = { 0 };
	struct str got = { NULL, 0 };
	struct err e = { 0 };

	arena_init(&a, CAP);
	if (!want) {
		assert_int_equal(percent_decode(&a, str_of(text), plus, &got, &e), ERR_INVALID);
		assert_null(got.at);
		return;
	}
	assert_int_equal(percent_decode(&a, str_of(text), plus, &got, &e), ERR_OK);
	assert_true(str_is(got, want));
}

static void percent_decode_reads_escapes_and_refuses_broken_ones(void **state)
{
	(void)state;
	check_decoded("", false, "");
	check_decoded("a%20b+c", false, "a b+c");
	check_decoded("a%20b+c", true, "a b c");
	check_decoded("%E4%BA%92%e8%ae%a4", false, "\xe4\xba\x92\xe8\xae\xa4");
	check_decoded("%", false, NULL);
	check_decoded("%4", false, NULL);
	check_decoded("%zz", false, NULL);
	check_decoded("a%00b", false, NULL);
	check_decoded("%ff", false, NULL);
	check_decoded("%c0%af", false, NULL);
}

static void percent_put_is_read_back(void **state)
{
	SCOPED_BUF b = { 0 };

	(void)state;
	buf_init(&b, 100);
	percent_put(&b, STR("a-Z_0.~ /%\xe4\xba\x92"));
	assert_true(str_is(buf_str(&b), "a-Z_0.~%20%2F%25%E4%BA%92"));
	check_decoded("a-Z_0.~%20%2F%25%E4%BA%92", true, "a-Z_0.~ /%\xe4\xba\x92");
}

static void fields_parse_keeps_order_and_takes_the_first(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct fields f = { 0 };
	struct err e = { 0 };

	(void)state;
	arena_init(&a, CAP);
	assert_int_equal(fields_parse(&a, STR("q=+a+b+&q=2&&empty=&bare"), &f, &e), ERR_OK);
	assert_int_equal(f.count, 4);
	assert_true(str_is(fields_get(&f, "q"), "a b"));
	assert_true(str_is(fields_get(&f, "empty"), ""));
	assert_true(str_is(fields_get(&f, "bare"), ""));
	assert_true(str_is(fields_get(&f, "none"), ""));
	assert_int_equal(fields_parse(&a, STR("a=%f"), &f, &e), ERR_INVALID);
}

static void limit_query_fields(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	struct fields f = { 0 };
	struct err e = { 0 };

	(void)state;
	arena_init(&a, CAP);
	buf_init(&b, 1000);
	for (unsigned i = 0; i < LIMIT_QUERY_FIELDS; i++)
		buf_put_text(&b, "a=1&");
	assert_int_equal(fields_parse(&a, buf_str(&b), &f, &e), ERR_OK);
	assert_int_equal(f.count, LIMIT_QUERY_FIELDS);
	buf_put_text(&b, "a=1");
	assert_int_equal(fields_parse(&a, buf_str(&b), &f, &e), ERR_TOO_LARGE);
}

static void cookie_get_finds_by_whole_name(void **state)
{
	(void)state;
	assert_true(str_is(cookie_get(STR("xlang=1; lang=en; size=large"), "lang"), "en"));
	assert_true(str_is(cookie_get(STR("size=large"), "size"), "large"));
	assert_null(cookie_get(STR("lang"), "lang").at);
	assert_null(cookie_get(STR(""), "lang").at);
}

static void bearer_get_takes_no_other_scheme(void **state)
{
	(void)state;
	assert_true(str_is(bearer_get(STR("Bearer abc")), "abc"));
	assert_true(str_is(bearer_get(STR("bearer  abc ")), "abc"));
	assert_null(bearer_get(STR("Basic abc")).at);
	assert_null(bearer_get(STR("Bearer")).at);
	assert_null(bearer_get(STR("")).at);
}

static void media_type_is_ignores_case_and_parameters(void **state)
{
	(void)state;
	assert_true(media_type_is(STR("Application/VC ; charset=utf-8"), "application/vc"));
	assert_false(media_type_is(STR("application/vc+jwt"), "application/vc"));
	assert_false(media_type_is(STR(""), "application/vc"));
}

static void parameter_get_unquotes(void **state)
{
	SCOPED_ARENA a = { 0 };

	(void)state;
	arena_init(&a, CAP);
	assert_true(str_is(parameter_get(&a, STR("multipart/form-data; boundary=\"a;\\\"b\""),
		"boundary"), "a;\"b"));
	assert_true(str_is(parameter_get(&a, STR("x; A=1; boundary=b"), "boundary"), "b"));
	assert_true(str_is(parameter_get(&a, STR("x; boundary"), "boundary"), ""));
	assert_null(parameter_get(&a, STR("x; y=\"boundary=b\""), "boundary").at);
	assert_null(parameter_get(&a, STR("x"), "boundary").at);
}

static const char *const types[] = { "text/html", "application/json", "application/vc" };

static void check_accept(const char *header, size_t want)
{
	assert_int_equal(accept_choose(str_of(header), types, 3), want);
}

static void accept_choose_follows_quality_then_exactness(void **state)
{
	(void)state;
	check_accept("", 0);
	check_accept("*/*", 0);
	check_accept("application/json", 1);
	check_accept("application/vc, */*;q=0.1", 2);
	check_accept("text/html;q=0.5, application/json;q=0.9", 1);
	check_accept("text/*;q=0.5, application/vc;q=0.4", 0);
	check_accept("*/*, application/vc", 2);
	check_accept("text/html;q=0, */*;q=0.2", 1);
	check_accept("image/png", 3);
	check_accept("text/html;q=2", 3);
	check_accept("text/html;q=0.0001", 3);
	check_accept(",,;", 3);
}

static void accepts_gzip_reads_the_weights(void **state)
{
	(void)state;
	assert_true(accepts_gzip(STR("br, gzip")));
	assert_true(accepts_gzip(STR("*")));
	assert_false(accepts_gzip(STR("gzip;q=0, *")));
	assert_false(accepts_gzip(STR("identity")));
	assert_false(accepts_gzip(STR("")));
}

static void etag_matches_weakly_and_in_lists(void **state)
{
	(void)state;
	assert_true(etag_matches(STR("\"a\", W/\"b\""), STR("\"b\"")));
	assert_true(etag_matches(STR("\"b\""), STR("W/\"b\"")));
	assert_true(etag_matches(STR("*"), STR("\"b\"")));
	assert_false(etag_matches(STR("b"), STR("\"b\"")));
	assert_false(etag_matches(STR(""), STR("\"b\"")));
	assert_false(etag_matches(STR(","), STR("")));
}

static void range_parse_takes_one_range(void **state)
{
	static const struct {
		const char *header;
		enum range_asked asked;
		uint64_t from, count;
	} cases[] = {
		{ "", RANGE_NONE, 7, 7 }, { "bytes=0-", RANGE_GIVEN, 0, 100 },
		{ "bytes=0-0", RANGE_GIVEN, 0, 1 }, { "bytes=10-19", RANGE_GIVEN, 10, 10 },
		{ "bytes=99-", RANGE_GIVEN, 99, 1 }, { "bytes=90-1000", RANGE_GIVEN, 90, 10 },
		{ "bytes=-5", RANGE_GIVEN, 95, 5 }, { "bytes=-500", RANGE_GIVEN, 0, 100 },
		{ "bytes=100-", RANGE_OUTSIDE, 7, 7 }, { "bytes=-0", RANGE_OUTSIDE, 7, 7 },
		{ "bytes=5-4", RANGE_NONE, 7, 7 }, { "bytes=1-2,4-5", RANGE_NONE, 7, 7 },
		{ "bytes=a-", RANGE_NONE, 7, 7 }, { "bytes=-", RANGE_NONE, 7, 7 },
		{ "items=0-1", RANGE_NONE, 7, 7 }, { "bytes=5", RANGE_NONE, 7, 7 },
		{ "bytes=18446744073709551616-", RANGE_NONE, 7, 7 },
		{ "bytes=0-18446744073709551615", RANGE_GIVEN, 0, 100 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t from = 7, count = 7;
		assert_int_equal(range_parse(str_of(cases[i].header), 100, &from, &count),
			cases[i].asked);
		assert_int_equal(from, cases[i].from);
		assert_int_equal(count, cases[i].count);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(percent_decode_reads_escapes_and_refuses_broken_ones),
		cmocka_unit_test(percent_put_is_read_back),
		cmocka_unit_test(range_parse_takes_one_range),
		cmocka_unit_test(fields_parse_keeps_order_and_takes_the_first),
		cmocka_unit_test(limit_query_fields),
		cmocka_unit_test(cookie_get_finds_by_whole_name),
		cmocka_unit_test(bearer_get_takes_no_other_scheme),
		cmocka_unit_test(media_type_is_ignores_case_and_parameters),
		cmocka_unit_test(parameter_get_unquotes),
		cmocka_unit_test(accept_choose_follows_quality_then_exactness),
		cmocka_unit_test(accepts_gzip_reads_the_weights),
		cmocka_unit_test(etag_matches_weakly_and_in_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
