/* test_synonyms.c - words that mean the same: which of a query's count, and what they add. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "matching/synonyms.h"
#include "recognition_fixture.h"

static struct { struct arena a; struct rules *rules; struct synonyms s; } f;

static int set_up(void **state)
{
	struct err e = { 0 };

	(void)state;
	arena_init(&f.a, (size_t)64 << 20);
	f.rules = fixture_rules(&f.a);
	fixture_must(synonyms_parse(&f.a, f.rules, &f.s, &e), &e);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	rules_close(f.rules);
	arena_clear(&f.a);
	return 0;
}

/* "phrase|phrase" of a query. */
static struct str phrases_of(const char *query)
{
	struct synonym_found found[LIMIT_SEARCH_SYNONYMS];
	uint32_t n = synonyms_find(&f.a, &f.s, str_of(query), found);
	struct str all = STR("");

	for (uint32_t i = 0; i < n; i++)
		all = str_printf(&f.a, STR_FMT "%s" STR_FMT, STR_ARG(all), i > 0 ? "|" : "",
			STR_ARG(found[i].phrase));
	return all;
}

static void expect(const char *query, const char *want)
{
	struct str got = phrases_of(query);

	if (!str_is(got, want))
		fail_msg("%s: " STR_FMT, query, STR_ARG(got));
}

static void synonyms_are_phrases_of_the_index(void **state)
{
	(void)state;
	assert_true(f.s.count > 50);
	expect("激光雷达采购", "lidar");
	expect("LiDAR 采购", "激光 光雷 雷达");
	expect("求 V2X 方案", "车路 路协 协同|车路 路云 云一 一体 体化|蜂窝 窝车 车联 联网");
	expect("办公软件", "");
	expect("", "");
}

static void synonyms_count_where_they_stand_as_such(void **state)
{
	(void)state;
	expect("civic", "");                   /* no "icv", nor inside a word */
	expect("xlidar lidar2", "");
	expect("xlidar lidar", "激光 光雷 雷达"); /* the second is one */
	expect("预期功能安全", "sotif");
	/* "智能网联" inside "智能网联汽车", of one group: what is said is no synonym of itself */
	expect("智能网联汽车", "自动 动驾 驾驶|无人 人驾 驾驶|icv");
}

static void synonyms_put_the_other_word_in_its_place(void **state)
{
	struct synonym_found found[LIMIT_SEARCH_SYNONYMS];

	(void)state;
	assert_int_equal(synonyms_find(&f.a, &f.s, STR("夜间 EMC 试验"), found), 1);
	assert_true(str_is(found[0].said, "emc"));
	assert_true(str_is(found[0].text, "夜间 电磁兼容 试验"));
}

/* limit_search_synonyms */
static void limit_search_synonyms(void **state)
{
	struct synonym_found found[LIMIT_SEARCH_SYNONYMS];

	(void)state;
	assert_int_equal(synonyms_find(&f.a, &f.s,
		STR("icv v2x 补贴 测试场 检测机构 数据脱敏 仿真"),
		found),
		LIMIT_SEARCH_SYNONYMS);
}

/* Rules of one file only, without their schema. limit_synonyms */
static enum err_code parse(const char *text)
{
	struct rules *r = NULL;
	struct synonyms s = { .count = 77 };
	struct err e = { 0 };
	enum err_code code;

	fixture_must(rules_open((size_t)4 << 20, &r, &e), &e);
	fixture_must(rules_add_file(r, "terms.json", str_of(text), &e), &e);
	code = synonyms_parse(&f.a, r, &s, &e);
	assert_true(code == ERR_OK || s.count == 77);
	rules_close(r);
	return code;
}

static void limit_synonyms(void **state)
{
	struct str text = STR("{\"kind\":\"terms\",\"terms\":[],\"synonyms\":[");

	(void)state;
	assert_int_equal(parse("{\"kind\":\"terms\",\"terms\":[]}"), ERR_OK);
	assert_int_equal(parse("{\"kind\":\"terms\",\"terms\":[],\"synonyms\":[[\"a\",\"b\"]]}"),
		ERR_OK);
	assert_int_equal(parse("{\"kind\":\"terms\",\"terms\":[],\"synonyms\":[[\"a\",\"B\"]]}"),
		ERR_INVALID);
	assert_int_equal(parse("{\"kind\":\"terms\",\"terms\":[],\"synonyms\":[[\"a\",3]]}"),
		ERR_INVALID);
	assert_int_equal(parse("{\"kind\":\"terms\",\"terms\":[],\"synonyms\":[[\"a\",\"b\"],"
		"[\"b\",\"c\"]]}"),
		ERR_INVALID);
	for (int i = 0; i <= LIMIT_SYNONYMS; i += 2)
		text = str_printf(&f.a, STR_FMT "%s[\"w%d\",\"w%d\"]", STR_ARG(text), i > 0 ?
		"," : "", i,
			i + 1);
	assert_int_equal(parse(str_printf(&f.a, STR_FMT "]}", STR_ARG(text)).at), ERR_TOO_LARGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(synonyms_are_phrases_of_the_index),
		cmocka_unit_test(synonyms_count_where_they_stand_as_such),
		cmocka_unit_test(synonyms_put_the_other_word_in_its_place),
		cmocka_unit_test(limit_search_synonyms),
		cmocka_unit_test(limit_synonyms),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
