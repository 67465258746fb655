/* test_match.c - nearness, parts, views, and pairs that are the same from either side. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/scoped.h"
#include "matching/match.h"
#include "recognition_fixture.h"

static struct {
	struct arena a;
	struct rules *rules;
	const struct listing_kind *kinds;
	struct match_terms terms;
} f;

static int set_up(void **state)
{
	struct err e = { 0 };

	(void)state;
	arena_init(&f.a, (size_t)256 << 20);
	f.rules = fixture_rules(&f.a);
	fixture_must(listing_kinds_parse(&f.a, f.rules, &f.kinds, &e), &e);
	fixture_must(match_terms_parse(&f.a, f.rules, &f.terms, &e), &e);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	rules_close(f.rules);
	arena_clear(&f.a);
	return 0;
}

static struct match_side side(const char *kind, const char *title, const char *fields)
{
	struct listing *l = ARENA_NEW(&f.a, struct listing);
	struct match_side s;
	struct json *v = NULL;
	struct err e = { 0 };

	fixture_must(json_parse(&f.a, str_of(fields), &v, &e), &e);
	*l = (struct listing){ .title = str_of(title), .summary = str_of(title),
		.organisation = STR(""), .kind = str_of(kind), .fields = v };
	fixture_must(match_side_new(&f.a, listing_kind_find(f.kinds, str_of(kind)), l, &f.terms,
		&s, &e), &e);
	return s;
}

static struct match_pair pair(const struct match_side *mine, const struct match_side *theirs)
{
	struct match_pair p;
	struct err e = { 0 };

	fixture_must(match_pair(&f.a, mine, theirs, &p, &e), &e);
	return p;
}

static const struct match_part *part(const struct match_view *v, enum match_how how)
{
	for (uint32_t i = 0; i < v->part_count; i++) {
		if (v->parts[i].rule->how == how)
			return &v->parts[i];
	}
	return NULL;
}

static void match_codes_are_near_in_their_tree(void **state)
{
	static const struct { const char *one, *other; uint32_t near; } industries[] = {
		{ "C3612", "C3612", 1000 }, { "C361", "C3612", 1000 }, { "C36", "C3612", 1000 },
		{ "C", "C3612", 600 }, { "C3611", "C3612", 750 }, { "C3612", "C3620", 500 },
		{ "C3612", "C3912", 200 }, { "C36", "C39", 200 }, { "C36", "I65", 0 },
		{ "C", "I", 0 }, { "C", "C", 1000 },
	};
	static const struct { const char *one, *other; uint32_t near; } regions[] = {
		{ "500118", "500118", 1000 }, { "500000", "500118", 1000 },
		{ "510100", "510112", 1000 }, { "500118", "500153", 800 },
		{ "510112", "510104", 800 }, { "510112", "510700", 600 },
		{ "500118", "510112", 500 }, { "500118", "110101", 100 }, { "50", "500118", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(industries) / sizeof(industries[0]); i++) {
		struct str one = str_of(industries[i].one), other = str_of(industries[i].other);
		if (match_industry(one, other) != industries[i].near)
			fail_msg("%s %s: %u", industries[i].one, industries[i].other,
				match_industry(one, other));
		assert_int_equal(match_industry(other, one), industries[i].near);
	}
	for (size_t i = 0; i < sizeof(regions) / sizeof(regions[0]); i++) {
		struct str one = str_of(regions[i].one), other = str_of(regions[i].other);
		if (match_region(one, other) != regions[i].near)
			fail_msg("%s %s: %u", regions[i].one, regions[i].other,
				match_region(one, other));
		assert_int_equal(match_region(other, one), regions[i].near);
	}
}

#define DEMAND "{\"industries\":[\"I65\"],\"regions\":[\"500118\"],\"certificates\":[\"CMA\"," \
	"\"ISO 26262\"],\"budget\":{\"from\":20,\"to\":80}}"

static void match_names_what_is_missing_to_qualify(void **state)
{
	struct match_side want = side("demand", "自动驾驶仿真测试平台", DEMAND);
	struct match_side good = side("supply", "自动驾驶仿真测试软件",
		"{\"industries\":[\"I6513\"],"
		"\"regions\":[\"500000\"],\"certificates\":[\"ISO 26262\",\"CMA\"],\"price\":"
		"{\"from\":50,\"to\":100}}");
	struct match_side lacking = side("supply", "自动驾驶仿真测试软件", "{\"industries\":"
		"[\"I6513\"],\"regions\":[\"500000\"],\"certificates\":[\"CMA\"]}");
	struct match_side silent = side("supply", "自动驾驶仿真测试软件", "{\"industries\":"
		"[\"I6513\"],\"regions\":[\"500000\"]}");
	struct match_pair p = pair(&want, &good);

	(void)state;
	assert_true(p.qualifies);
	assert_int_equal(part(&p.mine, MATCH_INDUSTRY)->score, 1000);
	assert_int_equal(part(&p.mine, MATCH_OVERLAP)->score, 1000);
	assert_true(part(&p.mine, MATCH_TEXT)->score > 500);
	assert_true(json_count(part(&p.mine, MATCH_TEXT)->shared) > 0);
	p = pair(&want, &lacking);
	assert_false(p.qualifies);
	assert_true(p.theirs.qualifies);
	assert_int_equal(json_count(part(&p.mine, MATCH_ALL_OF)->missing), 1);
	assert_true(str_is(json_str(json_at(part(&p.mine, MATCH_ALL_OF)->missing, 0)),
		"ISO 26262"));
	assert_int_equal(part(&p.mine, MATCH_ALL_OF)->score, 500);
	assert_true(part(&p.mine, MATCH_OVERLAP)->unknown);
	assert_true(part(&p.mine, MATCH_OVERLAP)->met); /* no gate */
	p = pair(&want, &silent);
	assert_false(p.qualifies);
	assert_int_equal(json_count(part(&p.mine, MATCH_ALL_OF)->missing), 2);
}

static void match_score_is_the_same_from_either_side(void **state)
{
	struct match_side want = side("demand", "激光雷达标定服务", DEMAND);
	struct match_side have = side("supply", "毫米波雷达与激光雷达标定",
		"{\"industries\":[\"C39\","
		"\"I65\"],\"regions\":[\"510112\"],\"price\":{\"from\":90},\"cooperation\":"
		"[\"lease\"]}");
	struct match_pair one = pair(&want, &have), other = pair(&have, &want);

	(void)state;
	assert_int_equal(one.score, other.score);
	assert_int_equal(one.mine.score, other.theirs.score);
	assert_int_equal(one.score, 2 * one.mine.score * one.theirs.score /
		(one.mine.score + one.theirs.score));
	assert_int_equal(part(&one.mine, MATCH_OVERLAP)->score, 500); /* 90 against 80 at most */
	assert_int_equal(part(&one.mine, MATCH_REGION)->score, 500);
}

static void match_counts_only_what_is_asked_for(void **state)
{
	struct match_side bare = side("demand", "测试", "{\"industries\":[\"I65\"],\"regions\":"
		"[\"500118\"]}");
	struct match_side have = side("supply", "测试", "{\"industries\":[\"I65\"],\"regions\":"
		"[\"500118\"]}");
	struct match_pair p = pair(&bare, &have);

	(void)state;
	assert_null(part(&p.mine, MATCH_ALL_OF));
	assert_null(part(&p.mine, MATCH_OVERLAP));
	assert_int_equal(p.mine.part_count, 3);
	assert_int_equal(p.score, 1000);
	struct match_side other = side("event", "测试", "{}");
	p = pair(&bare, &other);
	assert_false(p.mine.exists || p.theirs.exists);
	assert_int_equal(p.score, 0);
}

static void match_finds_policies_and_the_condition_that_fails(void **state)
{
	struct match_side firm = side("member", "某某智能网联汽车有限公司",
		"{\"industries\":[\"C36\"],"
		"\"regions\":[\"500118\"],\"size\":\"small\",\"capabilities\":[\"仿真\"],"
		"\"certificates\":[\"高新技术企业\"]}");
	struct match_side fits = side("policy", "支持智能网联汽车", "{\"industries\":[\"C\"],"
		"\"regions\":[\"500000\"],\"sizes\":[\"small\",\"micro\"],\"certificates\":"
		"[\"高新技术企业\"]}");
	struct match_side large = side("policy", "支持龙头企业", "{\"industries\":[\"C\"],"
		"\"regions\":[\"500000\"],\"sizes\":[\"large\"]}");
	struct match_side elsewhere = side("policy", "支持智能网联汽车", "{\"industries\":[\"C\"],"
		"\"regions\":[\"510112\"]}");
	struct match_view v;
	struct err e = { 0 };

	(void)state;
	fixture_must(match_view(&f.a, &fits, &firm, &v, &e), &e);
	assert_true(v.qualifies);
	assert_true(json_is(match_view_json(&f.a, &v), JSON_OBJECT));
	fixture_must(match_view(&f.a, &large, &firm, &v, &e), &e);
	assert_false(v.qualifies);
	assert_false(part(&v, MATCH_ANY_OF)->met);
	assert_true(part(&v, MATCH_WITHIN)->met);
	/* the other city is near, but its policies do not apply here */
	fixture_must(match_view(&f.a, &elsewhere, &firm, &v, &e), &e);
	assert_false(v.qualifies);
	assert_false(part(&v, MATCH_WITHIN)->met);
	assert_int_equal(part(&v, MATCH_WITHIN)->score, 0);
}

static void match_words_that_say_little_weigh_less(void **state)
{
	struct match_side want = side("demand", "激光雷达服务平台", "{}");
	struct match_side same_thing = side("supply", "激光雷达", "{}");
	struct match_side same_words = side("supply", "服务平台", "{}");
	struct match_pair one = pair(&want, &same_thing), other = pair(&want, &same_words);

	(void)state;
	assert_true(part(&one.mine, MATCH_TEXT)->score > 2 * part(&other.mine, MATCH_TEXT)->score);
}

static void limit_match_words(void **state)
{
	SCOPED_BUF b = { 0 };

	(void)state;
	buf_init(&b, 1 << 20);
	for (unsigned i = 0; i < LIMIT_MATCH_WORDS + 100; i++)
		buf_printf(&b, "w%05u ", i);
	struct match_side s = side("demand", str_z(&f.a, buf_str(&b)), "{}");
	assert_true(s.word_count <= LIMIT_MATCH_WORDS);
	assert_true(s.word_count > LIMIT_MATCH_WORDS / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(match_codes_are_near_in_their_tree),
		cmocka_unit_test(match_names_what_is_missing_to_qualify),
		cmocka_unit_test(match_score_is_the_same_from_either_side),
		cmocka_unit_test(match_counts_only_what_is_asked_for),
		cmocka_unit_test(match_finds_policies_and_the_condition_that_fails),
		cmocka_unit_test(match_words_that_say_little_weigh_less),
		cmocka_unit_test(limit_match_words),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
