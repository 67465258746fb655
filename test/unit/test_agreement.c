/* test_agreement.c - the sample agreement read, its term in days of China, who may read what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../recognition_fixture.h"
#include "base/scoped.h"
#include "recognition/agreement.h"

#define SAMPLE "rules/agreements/sample-yongchuan-longquanyi.json"

static void agreement_reads_the_sample(void **state)
{
	(void)state;
	SCOPED_ARENA a;
	struct agreement g;
	struct err e;
	arena_init(&a, 8 << 20);
	struct statement s = fixture_agreement(&a);
	assert_int_equal(agreement_parse(&a, &s, &g, &e), ERR_OK);
	assert_true(str_eq(g.id, s.id));
	assert_true(str_is(g.name, "sample-yongchuan-longquanyi"));
	assert_int_equal(agreement_party(&g, STR(FIXTURE_YONGCHUAN)), 0);
	assert_int_equal(agreement_party(&g, STR(FIXTURE_LONGQUANYI)), 1);
	assert_int_equal(agreement_party(&g, STR(FIXTURE_LAB_YC)), AGREEMENT_PARTIES);
	assert_true(g.levels[LEVEL_NATIONAL] && g.levels[LEVEL_INDUSTRY]);
	assert_false(g.levels[LEVEL_LOCAL] || g.levels[LEVEL_INTERNATIONAL]);
	assert_int_equal(g.strength, STRENGTH_ITEM_RESULTS);
	assert_int_equal(g.add_on_count, 4);
	assert_true(str_is(g.clauses[SECTION_MAX_AGE], "7"));
	assert_true(agreement_clause_text(&g, STR("7")).en.len > 0);
	assert_null(agreement_clause_text(&g, STR("70")).en.at);
}

static void agreement_holds_for_whole_days_in_china(void **state)
{
	(void)state;
	SCOPED_ARENA a;
	struct agreement g;
	struct err e;
	arena_init(&a, 8 << 20);
	struct statement s = fixture_agreement(&a);
	assert_int_equal(agreement_parse(&a, &s, &g, &e), ERR_OK);
	assert_false(agreement_in_force(&g, fixture_at("2025-12-31T15:59:59Z")));
	assert_true(agreement_in_force(&g, fixture_at("2025-12-31T16:00:00Z")));
	assert_true(agreement_in_force(&g, fixture_at("2028-12-31T15:59:59Z")));
	assert_false(agreement_in_force(&g, fixture_at("2028-12-31T16:00:00Z")));
	s.valid_from = fixture_at("2026-05-01T00:00:00Z"); /* signed later: not before */
	s.valid_until = fixture_at("2027-05-01T00:00:00Z");
	assert_int_equal(agreement_parse(&a, &s, &g, &e), ERR_OK);
	assert_false(agreement_in_force(&g, s.valid_from - 1));
	assert_true(agreement_in_force(&g, s.valid_from));
	assert_false(agreement_in_force(&g, s.valid_until + 1));
}

static void agreement_discloses_by_kind_party_and_time(void **state)
{
	(void)state;
	SCOPED_ARENA a;
	struct agreement g;
	struct err e;
	int64_t now = fixture_at("2026-11-24T00:00:00Z");
	arena_init(&a, 8 << 20);
	struct statement s = fixture_agreement(&a);
	assert_int_equal(agreement_parse(&a, &s, &g, &e), ERR_OK);
	assert_true(agreement_discloses(&g, KIND_REPORT, STR(FIXTURE_LONGQUANYI), now));
	assert_true(agreement_discloses(&g, KIND_DECISION, STR(FIXTURE_YONGCHUAN), now));
	assert_false(agreement_discloses(&g, KIND_STATUS, STR(FIXTURE_YONGCHUAN), now));
	assert_false(agreement_discloses(&g, KIND_REPORT, STR("did:web:third.example"), now));
	assert_false(agreement_discloses(&g, KIND_REPORT, STR(FIXTURE_LONGQUANYI),
		fixture_at("2029-01-01T00:00:00Z")));
	g.disclosure_count = 1; /* report to party 0 alone */
	assert_false(agreement_discloses(&g, KIND_REPORT, STR(FIXTURE_LONGQUANYI), now));
	assert_true(agreement_discloses(&g, KIND_REPORT, STR(FIXTURE_YONGCHUAN), now));
}

static void refuses(const char *old, const char *new, const char *message)
{
	static const struct str parties[] = { { FIXTURE_YONGCHUAN, sizeof(FIXTURE_YONGCHUAN) - 1 },
		{ FIXTURE_LONGQUANYI, sizeof(FIXTURE_LONGQUANYI) - 1 } };
	SCOPED_ARENA a;
	struct agreement g = { .version = 7 };
	struct err e;
	arena_init(&a, 8 << 20);
	struct str text = fixture_file(&a, SAMPLE);
	size_t at = str_find(text, str_of(old));
	assert_true(at != SIZE_MAX);
	text = str_printf(&a, STR_FMT "%s" STR_FMT, (int)at, text.at, new,
		STR_ARG(str_skip(text, at + strlen(old))));
	assert_int_equal(agreement_parse_content(&a, fixture_json(&a, text), parties, &g, &e),
		ERR_INVALID);
	assert_string_equal(e.message, message);
	assert_int_equal(g.version, 7); /* output untouched on failure */
}

static void agreement_refuses_what_it_cannot_mean(void **state)
{
	(void)state;
	refuses("\"kind\": \"agreement\"", "\"kind\": \"treaty\"",
		"not the content of an agreement");
	refuses("\"until\": \"2028-12-31\"", "\"until\": \"2025-12-31\"",
		"section \"inForce\": the agreement ends before it begins");
	refuses("\"rule\": \"same\"", "\"rule\": \"same-or-less\"",
		"section \"sameConfiguration\": "
		"\"same-or-less\" is for odd and max-speed only");
	refuses("\"component\": \"paint\"", "\"component\": \"*\"",
		"section \"sameConfiguration\": a component stands twice");
	refuses("\"months\": 24", "\"months\": 0",
		"section \"maxAge\": member \"months\" must be 1 to 7300");
	refuses("{\"scheme\": \"gbt-41798\", \"item\": \"6.7\", \"months\": 12}",
		"{\"item\": \"6.7\", \"months\": 12}",
		"section \"maxAge\": an age for one item names scheme and item");
	refuses("\"item\": \"YC-2\"", "\"item\": \"YC-1\"",
		"section \"addOns\": an add-on item stands twice");
	refuses("\"document\": \"test-plan\"", "\"document\": \"odd-mapping\"",
		"section \"documents\": a document stands twice");
	refuses("\"level\": \"item-results\"", "\"level\": \"handshake\"",
		"section \"strength\": unknown strength of recognition");
	refuses("{\"kind\": \"report\", \"to\": 0}", "{\"kind\": \"report\", \"to\": 2}",
		"section \"disclosure\": member \"to\" must be 0 or 1");
}

static void agreement_needs_two_parties(void **state)
{
	(void)state;
	static const struct str same[] = { { "did:web:a", 9 }, { "did:web:a", 9 } };
	SCOPED_ARENA a;
	struct agreement g;
	struct err e;
	arena_init(&a, 8 << 20);
	struct json *content = fixture_json(&a, fixture_file(&a, SAMPLE));
	assert_int_equal(agreement_parse_content(&a, content, same, &g, &e), ERR_INVALID);
	assert_string_equal(e.message, "the parties of the agreement are the same");
	struct json *subject = json_set(&a, json_new_object(&a), "agreement", content);
	subject = json_set(&a, subject, "parties", json_push(&a, json_new_array(&a),
		json_set_text(&a, json_new_object(&a), "id", "did:web:a")));
	struct statement s = { .subject = subject };
	assert_int_equal(agreement_parse(&a, &s, &g, &e), ERR_INVALID);
	assert_string_equal(e.message, "an agreement has two parties");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agreement_reads_the_sample),
		cmocka_unit_test(agreement_holds_for_whole_days_in_china),
		cmocka_unit_test(agreement_discloses_by_kind_party_and_time),
		cmocka_unit_test(agreement_refuses_what_it_cannot_mean),
		cmocka_unit_test(agreement_needs_two_parties),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
