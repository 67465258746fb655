/* test_report.c - the sample reports read; each contradiction or gap is refused by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../recognition_fixture.h"
#include "base/limits.h"
#include "base/scoped.h"
#include "crypto/multibase.h"
#include "recognition/report.h"

/* The canonical text of Yongchuan's sample subject. */
static struct str sample(struct arena *a)
{
	struct json *subject;
	struct str text;
	struct err e;
	fixture_must(report_subject_from_draft(a, fixture_draft(a, TO_LONGQUANYI),
			     fixture_id(a, 10), STR(FIXTURE_LAB_YC), &subject, &e),
		&e);
	fixture_must(json_jcs(a, subject, &text, &e), &e);
	return text;
}

static void refuses(const char *old, const char *new, const char *message)
{
	SCOPED_ARENA a;
	struct report r = { .item_count = 7 };
	struct err e;
	arena_init(&a, 32 << 20);
	struct str text = sample(&a);
	size_t at = str_find(text, str_of(old));
	if (at == SIZE_MAX)
		fail_msg("the sample has no %s", old);
	text = str_printf(&a, STR_FMT "%s" STR_FMT, (int)at, text.at, new,
		STR_ARG(str_skip(text, at + strlen(old))));
	assert_int_not_equal(report_parse(&a, fixture_json(&a, text), &r, &e), ERR_OK);
	assert_string_equal(e.message, message);
	assert_int_equal(r.item_count, 7); /* output untouched on failure */
}

static void report_reads_the_sample(void **state)
{
	(void)state;
	SCOPED_ARENA a;
	struct report r;
	struct err e;
	arena_init(&a, 32 << 20);
	assert_int_equal(report_parse(&a, fixture_json(&a, sample(&a)), &r, &e), ERR_OK);
	assert_true(str_is(r.number, "YC-SAMPLE-2026-0001"));
	assert_true(str_is(r.lab, FIXTURE_LAB_YC));
	assert_int_equal(r.item_count, 17);
	assert_int_equal(r.vin_count, 1);
	assert_int_equal(r.odd.max_speed_mm_h, 60000000);
	assert_int_equal(r.configuration.component_count, 8);
	const struct report_item *item = &r.items[1];
	assert_true(str_is(item->item, "6.1.4"));
	assert_int_equal(item->run_count, 3);
	assert_int_equal(item->pass_count, 3);
	assert_int_equal(item->measurement_count, 6);
	assert_true(str_is(item->measurements[0].value, "1.62"));
	assert_true(str_is(item->measurements[0].margin, "0.38"));
	for (uint32_t i = 1; i < r.item_count; i++)
		assert_true(str_cmp(r.items[i - 1].item, r.items[i].item) < 0);
}

/* The sixteen of ISO/IEC 17025 7.8.2.1: a to p, each taken away. */
static void report_needs_the_sixteen_fields(void **state)
{
	(void)state;
	static const struct {
		const char *member, *path, *letter;
	} texts[] = {
		{ "\"title\":\"自动驾驶功能场地试验检验检测报告（样例）\"", "title", "a" },
		{ "\"address\":\"重庆市永川区样例大道1号\"", "lab/address", "b" },
		{ "\"number\":\"YC-SAMPLE-2026-0001\"", "number", "d" },
		{ "\"contact\":\"永川区样例工业园2号 test@carmaker.example\"",
			"customer/contact", "e" },
		{ "\"methods\":[", "methods/0/code", "f" },
		{ "\"description\":\"纯电动多用途乘用车一辆", "specimen/description", "g" },
		{ "\"condition\":\"外观完好", "specimen/condition", "g" },
		{ "\"receivedOn\":", "receivedOn", "h" },
		{ "\"performedFrom\":", "performedFrom", "i" },
		{ "\"performedUntil\":", "performedUntil", "i" },
		{ "\"issuedOn\":", "issuedOn", "j" },
		{ "\"sampling\":", "sampling", "k" },
		{ "\"onlyItemsTested\":", "onlyItemsTested", "l" },
		{ "\"deviations\":", "deviations", "n" },
		{ "\"function\":\"授权签字人\"", "authorisedBy/function", "o" },
		{ "\"externalResults\":", "externalResults", "p" },
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char renamed[256];
		char message[160];
		(void)snprintf(renamed, sizeof(renamed), "\"x%s", texts[i].member + 1);
		(void)snprintf(message, sizeof(message),
			"inspectionReport lacks \"%s\" (ISO/IEC 17025 7.8.2.1 %s)", texts[i].path,
			texts[i].letter);
		refuses(texts[i].member, renamed, message);
	}
	refuses("\"places\":[\"重庆市永川区样例封闭测试场\"]", "\"places\":[]",
		"member \"places\" must be a list of 1 to 50 strings");             /* c */
	refuses("\"itemCount\":17", "\"itemCount\":18", "member \"itemCount\" is not the number of "
		"assessments: the report is not whole (ISO/IEC 17025 7.8.2.1 d)");  /* d */
	refuses("\"unit\":\"m\",\"value\":\"1.62\"", "\"value\":\"1.62\"",      /* m */
		"assessment 2: measurement 1: member \"unit\" is missing");
	refuses("\"decisionRule\":", "\"xdecisionRule\":",
		"inspectionReport lacks \"decisionRule\" (ISO/IEC 17025 7.8.6)");
}

static void report_binds_the_configuration(void **state)
{
	(void)state;
	SCOPED_ARENA a;
	struct report r;
	struct err e;
	char message[256];
	arena_init(&a, 32 << 20);
	struct str text = sample(&a);
	assert_int_equal(report_parse(&a, fixture_json(&a, text), &r, &e), ERR_OK);
	size_t at = str_find(text, STR("\"model\":\"L128\""));
	text = str_printf(&a, STR_FMT "\"model\":\"L129\"" STR_FMT, (int)at, text.at,
		STR_ARG(str_skip(text, at + strlen("\"model\":\"L128\""))));
	const struct json *other = fixture_json(&a, text);
	const struct json *vehicle = json_path(other, "inspectionReport/vehicle");
	struct str computed = configuration_fingerprint(&a, json_get(vehicle, "hardware"),
		json_get(vehicle, "software"));
	assert_int_equal(report_parse(&a, other, &r, &e), ERR_INVALID);
	(void)snprintf(message, sizeof(message), "vehicle: configuration fingerprint does not fit "
		"hardware and software: computed \"%.*s\"", STR_ARG(computed));
	assert_string_equal(e.message, message);
}

/* u + base64url(SHA-256(JCS)), computed here once more in the long way. */
static void report_fingerprint_is_what_the_format_says(void **state)
{
	(void)state;
	SCOPED_ARENA a;
	arena_init(&a, 1 << 20);
	struct json *hardware = fixture_json(&a, STR("{\"b\":\"2\",\"a\":{\"y\":1,\"x\":\"1\"}}"));
	struct json *software = fixture_json(&a, STR("{\"version\":\"1\",\"digest\":\"d\"}"));
	struct str text = STR("{\"hardware\":{\"a\":{\"x\":\"1\",\"y\":1},\"b\":\"2\"},"
		"\"software\":{\"digest\":\"d\",\"version\":\"1\"}}");
	struct digest d = digest_sha256(text);
	struct str expected = multibase_u_new(&a, (struct str){ (const char *)d.at, DIGEST_BYTES });
	assert_true(str_eq(configuration_fingerprint(&a, hardware, software), expected));
}

static void report_refuses_numbers_that_contradict_the_verdict(void **state)
{
	(void)state;
	refuses("\"margin\":\"0.38\"", "\"margin\":\"-0.38\"",
		"assessment 2: measurement 1: verdict is pass, but the margin is negative");
	refuses("\"margin\":\"0.38\"", "\"margin\":\"0.39\"",
		"assessment 2: measurement 1: margin is not the distance from value to limit");
	refuses("\"limit\":\"2\",\"margin\":\"0.38\",", "\"limit\":\"1.6\",",
		"assessment 2: measurement 1: verdict is pass, but the value is past the limit");
	refuses("\"value\":\"1.62\"", "\"value\":\"1.62 m\"",
		"assessment 2: measurement 1: value, limit or margin is not a decimal as text");
	refuses("\"conformance\":true", "\"conformance\":false",
		"assessment 1: member \"conformance\" contradicts the verdict");
	refuses("\"runs\":[{\"run\":1,\"verdict\":\"pass\"},{\"run\":2,\"verdict\":\"pass\"},"
		"{\"run\":3,\"verdict\":\"pass\"}]", "\"runs\":[{\"run\":1,\"verdict\":\"fail\"}]",
		"assessment 1: verdict is pass, but no run is");
}

static void report_refuses_what_cannot_be(void **state)
{
	(void)state;
	refuses("\"level\":\"enterprise\"},\"testedOn\"", "\"level\":\"national\"},\"testedOn\"",
		"assessment 10: standard is called national, but its code is enterprise");
	refuses("\"issuedOn\":\"2026-08-21\"", "\"issuedOn\":\"2026-08-13\"",
		"days of receipt, test and issue are out of order");
	refuses("\"testedOn\":\"2026-07-06\"", "\"testedOn\":\"2026-07-05\"",
		"assessment 1: member \"testedOn\" is outside the days of the test");
	refuses("\"assessmentDate\":\"2026-07-06\"", "\"assessmentDate\":\"2026-07-07\"",
		"assessment 1: member \"assessmentDate\" is not the day of testing");
	refuses("\"item\":\"6.1.4\"", "\"item\":\"6.1.1\"", "an item stands twice in the report");
	refuses("\"vins\":[\"LSYYC5A14TA000001\"]", "\"vins\":[\"LSYYC5A14TA00000O\"]",
		"vehicle: member \"vins\" holds something that is no vehicle identification "
		"number");
	refuses("\"maxSpeed\":\"60\"", "\"maxSpeed\":\"0\"",
		"odd: member \"maxSpeed\" is not a speed in km/h");
	refuses("\"verdict\":\"pass\"", "\"verdict\":\"passed\"",
		"assessment 1: unknown word in member \"verdict\"");
	refuses("\"ConformityAttestation\"", "\"Attestation2\"",
		"subject is not a ConformityAttestation");
}

static void report_keeps_component_names_apart(void **state)
{
	(void)state;
	SCOPED_ARENA a;
	struct configuration c;
	struct err e;
	arena_init(&a, 1 << 20);
	struct json *v = fixture_json(&a, STR("{\"hardware\":{\"odd\":\"1\"},\"software\":"
		"{\"version\":\"1\",\"digest\":\"d\"}}"));
	assert_int_equal(configuration_parse(&a, v, &c, &e), ERR_INVALID);
	assert_string_equal(e.message,
		"component 1 of \"hardware\" has a name that is kept for something else");
	v = fixture_json(&a, STR("{\"fingerprint\":\"uABC\"}"));
	assert_int_equal(configuration_parse(&a, v, &c, &e), ERR_INVALID);
	v = fixture_json(&a, STR("{\"hardware\":{\"a\":\"1\"}}"));
	assert_int_equal(configuration_parse(&a, v, &c, &e), ERR_INVALID);
	v = fixture_json(&a, STR("{}"));
	assert_int_equal(configuration_parse(&a, v, &c, &e), ERR_OK);
	assert_false(c.known);
}

static void limit_report_items(void **state)
{
	(void)state;
	SCOPED_ARENA a;
	struct report r;
	struct err e;
	arena_init(&a, 64 << 20);
	struct json *subject = fixture_json(&a, sample(&a));
	const struct json *first = json_at(json_get(subject, "assessment"), 0);
	struct json *inspection = json_copy(&a, json_get(subject, "inspectionReport"));
	struct json *list = json_new_array(&a);
	for (int i = 0; i <= LIMIT_REPORT_ITEMS; i++) {
		struct json *result = json_copy(&a, json_get(first, "itemResult"));
		result = json_set_text(&a, result, "item", arena_printf(&a, "i%d", i));
		list = json_push(
			&a, list, json_set(&a, json_copy(&a, first), "itemResult", result));
		if (i < LIMIT_REPORT_ITEMS - 1)
			continue;
		inspection = json_set_number(&a, inspection, "itemCount", i + 1);
		subject = json_set(&a, subject, "inspectionReport", inspection);
		subject = json_set(&a, subject, "assessment", list);
		assert_int_equal(report_parse(&a, subject, &r, &e),
			i < LIMIT_REPORT_ITEMS ? ERR_OK : ERR_TOO_LARGE);
	}
	assert_string_equal(e.message, "a report has 1 to 256 items");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(report_reads_the_sample),
		cmocka_unit_test(report_needs_the_sixteen_fields),
		cmocka_unit_test(report_binds_the_configuration),
		cmocka_unit_test(report_fingerprint_is_what_the_format_says),
		cmocka_unit_test(report_refuses_numbers_that_contradict_the_verdict),
		cmocka_unit_test(report_refuses_what_cannot_be),
		cmocka_unit_test(report_keeps_component_names_apart),
		cmocka_unit_test(limit_report_items),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
