/* test_decision.c - a decision's bytes: the same on any node, replayed from its material,
 * bilingual. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../recognition_fixture.h"
#include "base/scoped.h"
#include "recognition/decision.h"

static struct str subject_bytes(struct arena *a, const struct decision_material *m)
{
	struct json *v;
	struct str bytes;
	struct err e;
	fixture_must(decision_subject(a, m, &v, &e), &e);
	fixture_must(json_jcs(a, v, &bytes, &e), &e);
	return bytes;
}

static struct str outcome_bytes(struct arena *a, const struct decide_input *in)
{
	struct decision d;
	struct json *v;
	struct str bytes;
	struct err e;
	fixture_must(decide(a, in, &d, &e), &e);
	fixture_must(decide_to_json(a, in, &d, &v, &e), &e);
	fixture_must(json_jcs(a, v, &bytes, &e), &e);
	return bytes;
}

static const struct json *item_of(const struct json *outcome, const char *item)
{
	const struct json *items = json_get(outcome, "items");
	for (size_t i = 0; i < json_count(items); i++) {
		if (str_is(json_get_str(json_at(items, i), "item"), item))
			return json_at(items, i);
	}
	return NULL;
}

static void decision_is_the_same_on_two_nodes(void **state)
{
	(void)state;
	for (int way = TO_LONGQUANYI; way <= TO_YONGCHUAN; way++) {
		struct fixture here;
		struct fixture there;
		fixture_open(&here, (enum fixture_way)way, NULL);
		fixture_open(&there, (enum fixture_way)way, NULL);
		struct str x = subject_bytes(&here.arena, &here.material);
		struct str y = subject_bytes(&there.arena, &there.material);
		assert_true(x.len > 10000);
		assert_true(str_eq(x, y));
		fixture_close(&here);
		fixture_close(&there);
	}
}

/* The logged decision, its material through bytes to a second node, decided there again. */
static void decision_replays_to_the_byte(void **state)
{
	(void)state;
	for (int way = TO_LONGQUANYI; way <= TO_YONGCHUAN; way++) {
		SCOPED_ARENA other;
		struct fixture f;
		struct decide_input in;
		struct decision_material m;
		struct rules *rules;
		struct json *v;
		struct str text;
		struct err e;
		arena_init(&other, 64 << 20);
		fixture_open(&f, (enum fixture_way)way, NULL);
		struct str logged = subject_bytes(&f.arena, &f.material);
		fixture_must(decision_material_json(&f.arena, &f.material, &v, &e), &e);
		fixture_must(json_jcs(&f.arena, v, &text, &e), &e);
		text = str_copy(&other, text);
		fixture_must(decision_material_parse(&other, text, &m, &rules, &e), &e);
		assert_true(str_eq(subject_bytes(&other, &m), logged));
		rules_close(rules);
		fixture_must(decide_from_json(&other, text, &in, &rules, &e), &e);
		struct json *subject = fixture_json(&f.arena, logged);
		struct str outcome;
		fixture_must(json_jcs(&f.arena, json_get(subject, "outcome"), &outcome, &e), &e);
		assert_true(str_eq(outcome_bytes(&other, &in), outcome));
		rules_close(rules);
		fixture_close(&f);
	}
}

static void decision_cites_clauses_in_both_languages(void **state)
{
	(void)state;
	struct fixture f;
	struct json *v;
	struct err e;
	fixture_open(&f, TO_LONGQUANYI, NULL);
	fixture_must(decision_subject(&f.arena, &f.material, &v, &e), &e);
	const struct json *outcome = json_get(v, "outcome");
	const struct json *items = json_get(outcome, "items");
	const struct json *clauses = json_get(outcome, "clauses");
	for (size_t i = 0; i < json_count(items); i++) {
		const struct json *row = json_at(items, i);
		bool agreement = false;
		bool rule = false;
		struct text_pair text;
		fixture_must(text_pair_parse(json_get(row, "text"), &text, &e), &e);
		assert_true(str_find(text.zh, STR("{")) == SIZE_MAX);
		assert_true(str_find(text.en, STR("{")) == SIZE_MAX);
		for (size_t k = 0; k < json_count(json_get(clauses, "agreement")); k++)
			agreement = agreement || str_eq(json_get_str(row, "agreementClause"),
				json_get_str(json_at(json_get(clauses, "agreement"), k), "id"));
		for (size_t k = 0; k < json_count(json_get(clauses, "rule")); k++)
			rule = rule || str_eq(json_get_str(row, "ruleClause"),
				json_get_str(json_at(json_get(clauses, "rule"), k), "id"));
		assert_true(agreement);
		assert_true(rule);
	}
	fixture_close(&f);
}

static void text_is(const struct json *outcome, const char *item, const char *zh, const char *en)
{
	const struct json *text = json_get(item_of(outcome, item), "text");
	struct str got_zh = json_get_str(text, "zh-CN");
	struct str got_en = json_get_str(text, "en");
	if (!str_is(got_zh, zh))
		fail_msg("%s: %.*s", item, STR_ARG(got_zh));
	if (!str_is(got_en, en))
		fail_msg("%s: %.*s", item, STR_ARG(got_en));
}

static void decision_says_why_in_sentences(void **state)
{
	(void)state;
	struct fixture f;
	struct json *v;
	struct err e;
	fixture_open(&f, TO_LONGQUANYI, NULL);
	fixture_must(decision_subject(&f.arena, &f.material, &v, &e), &e);
	const struct json *o = json_get(v, "outcome");
	text_is(o, "6.1.4", "已于 2026-07-08 按 GB/T 41798-2022 通过，3 次试验全部通过，"
		"车辆配置未变，不再重复测试。",
		"Passed on 2026-07-08 under GB/T 41798-2022, all 3 runs, and the configuration "
		"is unchanged: not to be tested again.");
	text_is(o, "6.3.3", "结果依据 Q/YCS 012-2025（企业标准），不是国家标准或者行业标准，"
		"不在互认之列。",
		"The result rests on Q/YCS 012-2025 (enterprise standard), which is no national or "
		"industry standard: outside recognition.");
	text_is(o, "2",
		"通用项目只有 6.2.2、6.2.5、6.2.6、6.2.7、6.2.9 得到互认，6.2.1 "
		"尚缺，补测后方可覆盖。",
		"Recognised for this general item: 6.2.2, 6.2.5, 6.2.6, 6.2.7, 6.2.9; still "
		"missing: "
		"6.2.1. It is covered once those are tested.");
	const struct json *row = item_of(o, "6.1.4");
	assert_true(str_is(json_get_str(row, "reportNumber"), "YC-SAMPLE-2026-0001"));
	assert_true(str_is(json_get_str(row, "countsUntil"), "2028-07-08"));
	assert_true(str_is(json_get_str(row, "ruleClause"), "miit-97-2021:13(3)"));
	fixture_close(&f);
}

static void decision_gives_the_reason_inside_the_reason(void **state)
{
	(void)state;
	struct variant v;
	struct json *o;
	struct err e;
	variant_open(&v, TO_LONGQUANYI);
	struct report_item *item = variant_item(&v, 0, "6.2.9");
	item->scheme = STR("add-on");
	item->edition = STR("sample-yongchuan-longquanyi");
	item->item = STR("LQY-1");
	item->verdict = VERDICT_INCONCLUSIVE;
	variant_decide(&v);
	fixture_must(decide_to_json(&v.f.arena, &v.in, &v.decision, &o, &e), &e);
	text_is(o, "LQY-1", "附加项目的结果不能采用。报告对本项目的判定不是通过（无法判定）。"
		"本项目需测试。",
		"The result handed in for the add-on item cannot be used. The report's verdict on "
		"this item is not a pass (inconclusive). It is to be tested.");
	assert_true(str_is(json_get_str(item_of(o, "LQY-1"), "because"), "verdict-not-pass"));
	variant_close(&v);
}

static void decision_names_its_inputs_by_digest(void **state)
{
	(void)state;
	struct fixture f;
	struct json *v;
	struct decision_inputs in;
	struct err e;
	fixture_open(&f, TO_LONGQUANYI, NULL);
	f.report_standing = STANDING_SUSPENDED;
	fixture_must(decision_subject(&f.arena, &f.material, &v, &e), &e);
	fixture_must(decision_inputs_parse(&f.arena, v, &in, &e), &e);
	assert_int_equal(in.now, f.material.now);
	assert_true(str_is(in.destination, FIXTURE_LONGQUANYI));
	assert_true(digest_eq(&in.agreement.digest, &f.agreement.digest));
	assert_int_equal(in.report_count, 1);
	assert_true(digest_eq(&in.reports[0].digest, &f.report.digest));
	assert_int_equal(in.reports[0].standing, STANDING_SUSPENDED);
	assert_int_equal(in.accreditation_count, 1);
	assert_int_equal(in.scheme_count, 2);
	for (uint32_t i = 0; i < in.scheme_count; i++)
		assert_non_null(rules_file_by_digest(f.rules, &in.schemes[i].digest));
	assert_ptr_equal(rules_file_by_digest(f.rules, &in.clauses), rules_clauses_file(f.rules));
	assert_true(json_eq(in.request, f.material.request));
	fixture_close(&f);
}

static void decision_inputs_are_refused_by_name(void **state)
{
	(void)state;
	static const struct {
		const char *old, *new, *message;
	} cases[] = {
		{ "\"destination\":", "\"destiny\":", "member \"destination\" is missing" },
		{ "\"standing\":\"valid\"", "\"standing\":\"well\"",
			"unknown standing of a statement" },
		{ "\"time\":\"2026-11-24T04:00:00Z\"", "\"time\":\"today\"",
			"date is not of the form" },
	};
	struct fixture f;
	fixture_open(&f, TO_LONGQUANYI, NULL);
	struct str good = subject_bytes(&f.arena, &f.material);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct decision_inputs in = { .now = 7 };
		struct err e;
		size_t at = str_find(good, str_of(cases[i].old));
		assert_true(at != SIZE_MAX);
		struct str text = str_printf(&f.arena, STR_FMT "%s" STR_FMT, (int)at, good.at,
			cases[i].new, STR_ARG(str_skip(good, at + strlen(cases[i].old))));
		assert_int_equal(
			decision_inputs_parse(&f.arena, fixture_json(&f.arena, text), &in, &e),
			ERR_INVALID);
		if (!strstr(e.message, cases[i].message))
			fail_msg("%s", e.message);
		assert_int_equal(in.now, 7); /* output untouched on failure */
	}
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decision_is_the_same_on_two_nodes),
		cmocka_unit_test(decision_replays_to_the_byte),
		cmocka_unit_test(decision_cites_clauses_in_both_languages),
		cmocka_unit_test(decision_says_why_in_sentences),
		cmocka_unit_test(decision_gives_the_reason_inside_the_reason),
		cmocka_unit_test(decision_names_its_inputs_by_digest),
		cmocka_unit_test(decision_inputs_are_refused_by_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
