/* test_sheet.c - a statement's model becomes a sheet that says what the model says, in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue_fixture.h"
#include "web/sheet.h"

#define MODEL(kind, more, subject)                                                               \
	"{\"id\":\"urn:uuid:7a3f2f32-cbf0-4195-938d-cf2617a2bba2\",\"kind\":\"" kind "\","       \
	"\"index\":7,\"time\":\"2026-11-30T10:28:18Z\",\"issuer\":{\"id\":\"did:web:a\","        \
	"\"name\":\"检测公司\"},\"digest\":\"tEF3EkjBAH5ZoZl5F78E3tkbnClDEN8DbdA0Bnj9iEM\","     \
	"\"origin\":\"a.example/tlog\",\"city\":{\"colour\":\"#0b7a75\",\"name\":{\"zh-CN\":"    \
	"\"永川\",\"en\":\"Yongchuan\"}},\"proof\":{\"signatures_held\":true,\"signatures\":"    \
	"[{\"suite\":\"eddsa-jcs-2022\",\"held\":true,\"method\":\"did:web:a#key-1\"}],"         \
	"\"receipt\":{\"held\":true},\"checkpoint\":{\"held\":true,\"size\":10,\"root\":\"r\"}," \
	"\"witnesses\":[{\"name\":\"w\",\"time\":\"2026-11-30T11:00:00Z\"}]}," more              \
	"\"statement\":{\"validFrom\":\"2025-01-01T00:00:00Z\",\"credentialSubject\":" subject "}}"
#define VALID "\"state\":\"valid\","
#define REPORT                                                                                   \
	"{\"inspectionReport\":{\"number\":\"YC-1\",\"title\":\"样例\",\"vehicle\":{\"model\":"   \
	"\"M\",\"vins\":[\"LSYYC5A14TA000001\"],\"hardware\":{\"lidar\":{\"maker\":\"L\","       \
	"\"count\":1}}},\"evidence\":[{\"name\":\"f\",\"bytes\":1,\"digest\":\"d\"}],"           \
	"\"lab\":{\"name\":\"检测公司\"},\"performedFrom\":\"2026-07-06\"},\"assessment\":["     \
	"{\"itemResult\":{\"item\":\"6.1.1\",\"title\":\"限速标志\",\"verdict\":\"pass\"," \
	"\"runs\":[{},{},{}],\"measurements\":[{\"name\":\"车速\",\"run\":1,"               \
	"\"value\":\"2.9409999999\","                                                          \
	"\"unit\":\"m/s2\",\"is\":\"at-most\",\"limit\":\"60\",\"margin\":\"1.1\"}]}},"          \
	"{\"itemResult\":{\"item\":\"6.1.2\",\"verdict\":\"fail\",\"runs\":[]}}]}"
#define DECISION                                                                                 \
	"{\"request\":{\"applicant\":\"did:web:b\"},\"outcome\":{\"summary\":{\"next\":\"tests\"," \
	"\"counts\":{\"add-on\":1,\"recognised\":16}},\"items\":[{\"item\":\"1\",\"outcome\":"   \
	"\"refused\",\"agreementClause\":\"5\",\"ruleClause\":\"miit-97-2021:13(3)\","           \
	"\"text\":{\"zh-CN\":\"不在互认之列。\",\"en\":\"outside recognition.\"}}],"             \
	"\"documents\":[{\"title\":{\"zh-CN\":\"材料甲\",\"en\":\"document a\"},\"state\":"      \
	"\"missing\"}],\"clauses\":{\"agreement\":[{\"id\":\"5\",\"text\":{\"zh-CN\":\"甲\","    \
	"\"en\":\"one\"}}],\"rule\":[]}}}"

static enum err_code sheet_of(struct arena *a, const char *model, enum language l,
	const char *evaluation, struct json **ret, struct err *e)
{
	struct sheet_source source = { .address = STR("https://a.example"),
		.evaluation = str_of(evaluation) };
	struct json *v;

	if (json_parse(a, str_of(model), &v, e) != ERR_OK)
		fail_msg("the test's model: %s", e->message);
	source.model = v;
	return sheet_new(a, &source, catalogue, l, ret, e);
}

/* The sheet as text, to look for what it says. */
static struct str text_of_sheet(struct arena *a, const char *model, enum language l)
{
	struct err e = { 0 };
	struct json *sheet = NULL;
	struct str text = STR("");

	if (sheet_of(a, model, l, "", &sheet, &e) != ERR_OK || json_jcs(a, sheet, &text, &e) !=
		ERR_OK)
		fail_msg("%s", e.message);
	return text;
}

static void says(struct str sheet, const char *what)
{
	if (str_find(sheet, str_of(what)) == SIZE_MAX)
		fail_msg("the sheet does not say %s", what);
}

static void sheet_of_a_report_has_verdicts_values_and_proof(void **state)
{
	SCOPED_ARENA a;
	struct str zh, en;

	(void)state;
	arena_init(&a, CAP);
	zh = text_of_sheet(&a, MODEL("report", VALID, REPORT), LANGUAGE_ZH);
	says(zh, "\"kind\":\"检验检测报告\",\"kind_other\":\"Inspection report\"");
	says(zh, "{\"shape\":\"check\",\"text\":\"通过\",\"tone\":\"good\"}");
	says(zh, "{\"shape\":\"cross\",\"text\":\"未通过\",\"tone\":\"bad\"}");
	says(zh, "共 2 项： 通过 1 · 未通过 1");
	says(zh, "\"2.941 m/s²\",\"≤ 60\",\"1.1\"");
	says(zh, "\"link\":\"https://a.example/statements/7a3f2f32-cbf0-4195-938d-cf2617a2bba2"
		"#tEF3EkjBAH5ZoZl5F78E3tkbnClDEN8DbdA0Bnj9iEM\"");
	says(zh, "透明日志第 7 条");
	/* As of the newest cosignature, in China's time. */
	says(zh, "2026-11-30 19:00（北京时间）");
	says(zh, "\"created\":\"2026-11-30T11:00:00Z\"");
	assert_true(str_find(zh, STR("\"band\"")) == SIZE_MAX);
	en = text_of_sheet(&a, MODEL("report", VALID, REPORT), LANGUAGE_EN);
	says(en, "\"kind\":\"Inspection report\",\"kind_other\":\"检验检测报告\"");
	says(en, "2 items: Pass 1 · Fail 1");
}

static void sheet_of_a_decision_gives_reasons_in_both_languages(void **state)
{
	SCOPED_ARENA a;
	struct str zh, en;

	(void)state;
	arena_init(&a, CAP);
	zh = text_of_sheet(&a, MODEL("decision", VALID, DECISION), LANGUAGE_ZH);
	says(zh, "{\"sub\":\"outside recognition.\\n协议第 5 条 · 97号文 第 13(3) 条\","
		"\"text\":\"不在互认之列。\"}");
	says(zh, "{\"shape\":\"cross\",\"sub\":\"Refused\",\"text\":\"不予互认\","
		"\"tone\":\"bad\"}");
	says(zh, "予以互认 16 · 需测附加项目 1");
	says(zh, "待提交");
	says(zh, "\"value\":\"did:web:b\"");
	en = text_of_sheet(&a, MODEL("decision", VALID, DECISION), LANGUAGE_EN);
	says(en, "\"text\":\"outside recognition.\"");
	says(en, "\"sub\":\"不在互认之列。");
	zh = text_of_sheet(&a, MODEL("decision", VALID "\"applicant\":{\"id\":\"did:web:b\","
		"\"name\":\"样例汽车\"},", DECISION), LANGUAGE_ZH);
	says(zh, "\"value\":{\"sub\":\"did:web:b\",\"text\":\"样例汽车\"}");
}

static void sheet_of_what_was_withdrawn_has_a_band(void **state)
{
	SCOPED_ARENA a;
	struct str zh;

	(void)state;
	arena_init(&a, CAP);
	zh = text_of_sheet(&a, MODEL("report", "\"state\":\"withdrawn\",\"state_since\":"
		"\"2026-12-01T00:00:00Z\",\"state_reason\":{\"zh-CN\":\"失准\",\"en\":\"off\"},",
		REPORT), LANGUAGE_ZH);
	says(zh, "\"band\":{\"text\":\"已撤回 / Withdrawn · 2026-12-01 08:00 · 失准\","
		"\"tone\":\"bad\"}");
}

/* A text that the catalogues lack would stand there by its name. */
static void check_words(const struct json *v, const char *const *members)
{
	for (size_t i = 0; i < json_count(v); i++) {
		struct str text = STR("");
		for (size_t k = 0; members[k] && text.len == 0; k++)
			text = json_get_str(json_at(v, i), members[k]);
		bool plain = text.len > 0;
		for (size_t k = 0; k < text.len && plain; k++)
			plain = (text.at[k] >= 'a' && text.at[k] <= 'z') || text.at[k] == '_';
		if (plain)
			fail_msg("\"" STR_FMT "\" is no text of the catalogue", STR_ARG(text));
	}
}

static void sheet_has_a_text_for_every_name(void **state)
{
	static const char *const models[] = { MODEL("report", VALID, REPORT),
		MODEL("decision", VALID, DECISION), MODEL("accreditation", VALID,
		"{\"name\":\"公司\",\"certificateNumber\":\"C-1\",\"scope\":"
		"[{\"scheme\":\"s\"}]}") };
	static const char *const members[] = { "name", "title", NULL };

	(void)state;
	for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
		SCOPED_ARENA a;
		struct err e = { 0 };
		struct json *sheet;
		arena_init(&a, CAP);
		assert_int_equal(sheet_of(&a, models[i], LANGUAGE_ZH, "", &sheet, &e), ERR_OK);
		const struct json *blocks = json_get(sheet, "blocks");
		assert_true(json_count(blocks) > 3);
		for (size_t k = 0; k < json_count(blocks); k++) {
			const struct json *block = json_at(blocks, k);
			check_words(json_get(block, "columns"), members);
			if (str_is(json_get_str(block, "is"), "facts"))
				check_words(json_get(block, "rows"), members);
		}
	}
}

static void sheet_is_of_some_kinds_only(void **state)
{
	SCOPED_ARENA a;
	struct err e = { 0 };
	struct json *sheet;

	(void)state;
	arena_init(&a, CAP);
	assert_int_equal(sheet_of(&a, MODEL("status-list", VALID, "{}"), LANGUAGE_ZH, "", &sheet,
		&e), ERR_NOT_FOUND);
	assert_int_equal(sheet_of(&a, MODEL("report", VALID, REPORT), LANGUAGE_ZH, "abc", &sheet,
		&e), ERR_NOT_FOUND);
	assert_int_equal(sheet_of(&a, MODEL("decision", VALID, DECISION), LANGUAGE_ZH, "abc",
		&sheet, &e), ERR_NOT_FOUND);
	assert_int_equal(sheet_of(&a, MODEL("report", VALID "\"evaluations\":[{\"document\":"
		"\"abc\",\"item\":\"5\",\"held\":false,\"verdict\":\"fail\"}],", REPORT),
		LANGUAGE_ZH, "abc", &sheet, &e), ERR_OK);
	assert_true(str_is(json_str(json_path(sheet, "head/kind")), "判定记录"));
}

static void sheet_too_large_is_an_error(void **state)
{
	SCOPED_ARENA a, small;
	struct sheet_source source = { .address = STR("https://a.example") };
	struct err e = { 0 };
	struct json *v, *sheet;

	(void)state;
	arena_init(&a, CAP);
	arena_init(&small, 8192);
	assert_int_equal(json_parse(&a, STR(MODEL("report", VALID, REPORT)), &v, &e), ERR_OK);
	source.model = v;
	assert_int_equal(sheet_new(&small, &source, catalogue, LANGUAGE_ZH, &sheet, &e),
		ERR_TOO_LARGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sheet_of_a_report_has_verdicts_values_and_proof),
		cmocka_unit_test(sheet_of_a_decision_gives_reasons_in_both_languages),
		cmocka_unit_test(sheet_of_what_was_withdrawn_has_a_band),
		cmocka_unit_test(sheet_has_a_text_for_every_name),
		cmocka_unit_test(sheet_is_of_some_kinds_only),
		cmocka_unit_test(sheet_too_large_is_an_error),
	};
	return cmocka_run_group_tests_name("sheet", tests, open_catalogue, close_catalogue);
}
