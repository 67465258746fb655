/* test_view.c - the readable forms beside a model's values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue_fixture.h"
#include "web/view.h"

/* The view of a model as canonical JSON. */
static void check_view(const char *model, enum language l, const char *want)
{
	SCOPED_ARENA a = { 0 };
	struct json *v = NULL, *view = NULL;
	struct str got = { NULL, 0 };
	struct err e = { 0 };

	arena_init(&a, CAP);
	assert_int_equal(json_parse(&a, str_of(model), &v, &e), ERR_OK);
	assert_int_equal(view_new(&a, v, catalogue, l, &view, &e), ERR_OK);
	assert_int_equal(json_jcs(&a, view, &got, &e), ERR_OK);
	assert_string_equal(str_z(&a, got), want);
}

static void view_adds_times_in_china(void **state)
{
	(void)state;
	check_view("{\"as_of\":\"2026-11-23T16:04:05Z\"}", LANGUAGE_EN,
		"{\"as_of\":\"2026-11-23T16:04:05Z\",\"as_of_day\":\"2026-11-24\","
		"\"as_of_minute\":\"00:04\",\"as_of_text\":\"2026-11-24 00:04\"}");
	check_view("{\"x\":\"2026-13-23T16:04:05Z\"}", LANGUAGE_EN,
		"{\"x\":\"2026-13-23T16:04:05Z\"}");
}

static void view_adds_words_of_the_language(void **state)
{
	(void)state;
	check_view("{\"kind\":\"report\"}", LANGUAGE_EN,
		"{\"kind\":\"report\",\"kind_is\":{\"report\":true},\"kind_text\":\"Report\"}");
	check_view("{\"disclosure\":\"open\"}", LANGUAGE_ZH,
		"{\"disclosure\":\"open\",\"disclosure_is\":{\"open\":true},\"disclosure_means\":"
		"\"\xe4\xbb\xbb\xe4\xbd\x95\xe4\xba\xba"
		"\xe5\x8f\xaf\xe7\x9c\x8b\xe6\xad\xa3\xe6\x96\x87\","
		"\"disclosure_text\":\""
		"\xe6\x97\xa0\xe6\x9d\xa1\xe4\xbb\xb6\xe5\x85\xb1\xe4\xba\xab\"}");
	check_view("{\"kind\":\"no-such\"}", LANGUAGE_EN, "{\"kind\":\"no-such\"}");
}

static void view_picks_the_language_of_a_pair(void **state)
{
	(void)state;
	check_view("{\"name\":{\"zh-CN\":\"z\",\"en\":\"e\"}}", LANGUAGE_EN, "{\"name\":\"e\"}");
	check_view("{\"name\":{\"zh-CN\":\"z\",\"en\":\"e\"}}", LANGUAGE_ZH, "{\"name\":\"z\"}");
	check_view("{\"name\":{\"zh-CN\":{},\"en\":\"e\"}}", LANGUAGE_ZH,
		"{\"name\":{\"en\":\"e\",\"zh-CN\":{}}}");
	/* A word in both languages is text already, no word of a list. */
	check_view("{\"state\":{\"zh-CN\":\"valid\",\"en\":\"valid\"}}", LANGUAGE_EN,
		"{\"state\":\"valid\"}");
}

static void view_groups_numbers_and_counts_arrays(void **state)
{
	(void)state;
	check_view("{\"n\":1234567}", LANGUAGE_EN,
		"{\"n\":1234567,\"n_any\":true,\"n_text\":\"1,234,567\"}");
	check_view("{\"n\":0}", LANGUAGE_EN, "{\"n\":0,\"n_any\":false,\"n_text\":\"0\"}");
	check_view("{\"n\":-1000.5}", LANGUAGE_EN,
		"{\"n\":-1000.5,\"n_any\":false,\"n_text\":\"-1000.5\"}");
	check_view("{\"a\":[],\"b\":[1,2]}", LANGUAGE_EN,
		"{\"a\":[],\"a_any\":false,\"a_count\":0,\"a_many\":false,"
		"\"b\":[1,2],\"b_any\":true,\"b_count\":2,\"b_many\":true}");
}

static void view_adds_addresses_and_short_forms(void **state)
{
	(void)state;
	check_view("{\"id\":\"urn:uuid:1a2b3c4d-0000-4000-8000-000000000000\"}", LANGUAGE_EN,
		"{\"id\":\"urn:uuid:1a2b3c4d-0000-4000-8000-000000000000\",\"id_path\":"
		"\"/statements/1a2b3c4d-0000-4000-8000-000000000000\",\"id_short\":\"1a2b3c4d\"}");
	check_view("{\"d\":\"0123456789012345678901234567890123456789\"}", LANGUAGE_EN,
		"{\"d\":\"0123456789012345678901234567890123456789\","
		"\"d_brief\":\"0123456789\xe2\x80\xa6\"}");
	check_view("{\"colour\":\"#0b6a70\"}", LANGUAGE_EN,
		"{\"colour\":\"#0b6a70\",\"colour_class\":\"band-0b6a70\"}");
	check_view("{\"colour\":\"#0B6A70\"}", LANGUAGE_EN, "{\"colour\":\"#0B6A70\"}");
	check_view("{\"ruleClause\":\"miit-97-2021:13(3)\"}", LANGUAGE_EN,
		"{\"ruleClause\":\"miit-97-2021:13(3)\","
		"\"ruleClause_text\":\"MIIT 97/2021, Art. 13(3)\"}");
	check_view("{\"ruleClause\":\"other:1\"}", LANGUAGE_EN,
		"{\"ruleClause\":\"other:1\",\"ruleClause_text\":\"other:1\"}");
}

static void view_lists_the_hardware(void **state)
{
	(void)state;
	check_view("{\"hardware\":{\"lidar\":{\"model\":\"L\"}}}", LANGUAGE_EN,
		"{\"hardware\":{\"lidar\":{\"model\":\"L\"}},"
		"\"hardware_list\":[{\"name\":\"lidar\",\"value\":{\"model\":\"L\"}}]}");
}

static void view_says_when_memory_is_out(void **state)
{
	SCOPED_ARENA big = { 0 };
	struct json *v = NULL;
	struct err e = { 0 };
	unsigned refused = 0;

	(void)state;
	arena_init(&big, CAP);
	assert_int_equal(json_parse(&big, STR("{\"a\":[{\"kind\":\"report\",\"n\":1,\"t\":"
		"\"2026-11-23T16:04:05Z\",\"hardware\":{\"x\":{}}}]}"), &v, &e), ERR_OK);
	for (size_t cap = 64;; cap += 64) {
		SCOPED_ARENA a = { 0 };
		struct json *view = NULL;
		arena_init(&a, cap);
		if (view_new(&a, v, catalogue, LANGUAGE_EN, &view, &e) == ERR_OK)
			break;
		assert_int_equal(e.code, ERR_TOO_LARGE);
		assert_null(view);
		refused++;
	}
	assert_true(refused > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(view_adds_times_in_china),
		cmocka_unit_test(view_adds_words_of_the_language),
		cmocka_unit_test(view_picks_the_language_of_a_pair),
		cmocka_unit_test(view_groups_numbers_and_counts_arrays),
		cmocka_unit_test(view_adds_addresses_and_short_forms),
		cmocka_unit_test(view_lists_the_hardware),
		cmocka_unit_test(view_says_when_memory_is_out),
	};

	return cmocka_run_group_tests(tests, open_catalogue, close_catalogue);
}
