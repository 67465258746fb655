/* test_draft_form.c - fields to values and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "service/draft_form.h"
#include "service/draft_value.h"
#include "service/rules_folder.h"

static struct arena arena;
static struct rules *rules;

static int open_rules(void **state)
{
	struct err e = { 0 };

	(void)state;
	arena_init(&arena, (size_t)32 << 20);
	return rules_folder_load(arena_printf(&arena, "%s/rules", getenv("HUREN_SOURCE")), &rules,
		&e) == ERR_OK ? 0 : -1;
}

static int close_rules(void **state)
{
	(void)state;
	rules_close(rules);
	arena_clear(&arena);
	return 0;
}

/* Types `text` into a field of an empty draft with a scheme. The word of the problem, or "". */
static const char *take(const char *name, const char *text, struct json **io, size_t *line)
{
	struct draft_rules r = { .rules = rules, .domain = STR("a.example") };
	const struct draft_field *f = draft_field_find(str_of(name));
	struct json *problems = json_new_object(&arena), *draft = json_new_object(&arena);
	struct json *scheme = json_set_text(&arena, json_new_object(&arena), "id", "gbt-41798");
	const struct json *problem;
	bool taken;

	assert_non_null(f);
	draft = json_set(&arena, draft, "scheme", json_set_text(&arena, scheme, "edition", "2022"));
	taken = draft_take(&arena, &r, f, str_of(text), draft, io, problems);
	problem = json_get(problems, name);
	assert_int_equal(taken, problem == NULL);
	*line = (size_t)json_number_or(json_get(problem, "line"), 0);
	return problem ? str_z(&arena, json_get_str(problem, "wrong")) : "";
}

static void expect_wrong(const char *name, const char *text, const char *word, size_t line)
{
	struct json *io = json_new_object(&arena), *before = io;
	size_t at;

	assert_string_equal(take(name, text, &io, &at), word);
	assert_int_equal(at, line);
	assert_ptr_equal(io, before); /* I2 */
}

/* What is taken, written again as text. */
static void expect_text(const char *name, const char *text, const char *again)
{
	struct json *io = json_new_object(&arena);
	size_t line;
	struct str written;

	assert_string_equal(take(name, text, &io, &line), "");
	written = draft_text(&arena, draft_field_find(str_of(name)), io);
	assert_string_equal(str_z(&arena, written), again);
}

static void draft_form_takes_each_kind(void **state)
{
	(void)state;
	expect_text("d-title", "  a title \r\n", "a title");
	expect_text("d-places", "one\r\n\r\n two", "one\ntwo");
	expect_text("d-from", "2026/7/6", "2026-07-06");
	expect_text("d-applicant", "91500118MA5YCM010J",
		"did:web:a.example:org:91500118MA5YCM010J");
	expect_text("d-certificate-type", "CNAS", "CNAS");
	expect_text("d-vins", "LSYYC5A14TA000001; LSYYC5A14TA000002",
		"LSYYC5A14TA000001\nLSYYC5A14TA000002");
	expect_text("d-software-digest",
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU");
	expect_text("d-elements", "road:urban;time:day", "road:urban\ntime:day");
	expect_text("d-scheme", "un-r157:00", "un-r157:00");
	expect_text("d-speed", "60.5", "60.5");
	expect_text("d-verdict", "未通过", "fail");
}

static void draft_form_takes_lines_of_columns(void **state)
{
	(void)state;
	expect_text("d-hardware", "lidar: L128\ncamera: maker=V; count=11; place=\"360\"",
		"camera: count=11; maker=V; place=\"360\"\nlidar: L128");
	expect_text("d-runs", "pass\n通过; 3 fail\n4 | invalid-run | rain",
		"1 | pass\n2 | pass\n3 | fail\n4 | invalid-run | rain");
	expect_text("d-measured", "speed\t58.9\tkm/h\t<= 60\t1.1\t1\ngap | 2 | m",
		"speed | 58.9 | km/h | ≤ 60 | 1.1 | 1\ngap | 2 | m");
	expect_text("d-measured", "a | 1 | m | 2 | | | 0.1", "a | 1 | m | 2 |  |  | 0.1");
}

static void draft_form_refuses_and_names_the_line(void **state)
{
	(void)state;
	expect_wrong("d-title", "a\001b", "text", 0);
	expect_wrong("d-number", "1234567890123456789012345678901234567890123456789012345678901234"
		"5", "text", 0);
	expect_wrong("d-from", "2026-02-30", "d-day", 0);
	expect_wrong("d-from", "2026-1", "d-day", 0);
	expect_wrong("d-applicant", "did:key:z6Mk", "d-did", 0);
	expect_wrong("d-certificate-type", "ISO", "d-unknown", 0);
	expect_wrong("d-vins", "LSYYC5A14TA000001\nLSYYC5A14TA00000O", "d-vin", 2);
	expect_wrong("d-software-digest", "abc", "d-digest", 0);
	expect_wrong("d-elements", "road:urban\nroad:moon", "d-unknown", 2);
	expect_wrong("d-scheme", "un-r157:99", "d-unknown", 0);
	expect_wrong("d-item", "99", "d-unknown", 0);
	expect_wrong("d-speed", "fast", "d-decimal", 0);
	expect_wrong("d-hardware", "lidar L128", "d-hardware", 1);
	expect_wrong("d-hardware", "a: 1\na: 2", "d-hardware", 2);
	expect_wrong("d-hardware", "a: x=1; x=2", "d-hardware", 1);
	expect_wrong("d-runs", "1 | pass\n0 | pass", "d-run", 2);
	expect_wrong("d-runs", "1 | pass | a | b", "d-run", 1);
	expect_wrong("d-measured", "a | 1 | m\nb | one | m", "d-measured", 2);
	expect_wrong("d-measured", "a | 1", "d-measured", 1);
	expect_wrong("d-measured", "a|1|m|1|1|1|1|1|1", "d-measured", 1);
}

static void draft_form_fills_what_the_scheme_knows_of_an_item(void **state)
{
	struct json *io = json_new_object(&arena);
	size_t line;

	(void)state;
	assert_string_equal(take("d-item", "6.1.1", &io, &line), "");
	assert_true(str_is(json_get_str(io, "title"), "限速标志"));
	assert_true(str_is(json_get_str(io, "clause"), "6.1.1"));
	assert_true(str_is(json_str(json_path(io, "standard/code")), "GB/T 41798"));
	assert_true(json_is(json_get(io, "measurements"), JSON_ARRAY));
}

static void draft_form_keeps_what_a_text_cannot_show(void **state)
{
	struct json *io, *same;
	size_t line;

	(void)state;
	assert_int_equal(json_parse(&arena, STR("{\"measurements\":[{\"name\":\"a\",\"note\":\"x\","
		"\"unit\":\"m\",\"value\":\"1\"}]}"), &io, NULL), ERR_OK);
	same = io;
	assert_string_equal(take("d-measured", "a | 1 | m", &io, &line), "");
	assert_ptr_equal(io, same); /* I1 */
	assert_string_equal(take("d-measured", "", &io, &line), "");
	assert_int_equal(json_count(json_get(io, "measurements")), 0);
}

static void draft_form_empties_what_is_cleared(void **state)
{
	struct json *io = json_new_object(&arena);
	size_t line;

	(void)state;
	assert_string_equal(take("d-software-version", "1", &io, &line), "");
	assert_string_equal(take("d-software-version", "", &io, &line), "");
	assert_int_equal(json_count(io), 0); /* and the objects around it */
}

static const struct json *problem_of(const struct json *problems, const char *field)
{
	for (uint32_t i = 0; i < json_count(problems); i++)
		if (str_is(json_get_str(problems->members[i].value, "field"), field))
			return problems->members[i].value;
	return NULL;
}

static void draft_form_tells_everything_that_is_missing(void **state)
{
	struct json *problems = json_new_object(&arena), *draft;

	(void)state;
	assert_int_equal(json_parse(&arena, STR("{\"number\":\"1\",\"items\":[{\"item\":\"6.1.1\""
		"}]}"), &draft, NULL), ERR_OK);
	draft_missing(&arena, draft, problems);
	assert_null(problem_of(problems, "d-number"));
	assert_non_null(problem_of(problems, "d-title"));
	assert_null(problem_of(problems, "d-conditions"));
	assert_int_equal((int)json_number_or(json_get(problem_of(problems, "d-runs"), "item"), 0),
		1);
	assert_null(problem_of(problems, "d-items"));
	assert_true(str_is(json_get_str(problems->members[0].value, "field"), "d-scheme"));
	problems = json_new_object(&arena);
	draft_missing(&arena, json_new_object(&arena), problems);
	assert_non_null(json_get(problems, "d-items"));
}

static void draft_value_reads_words_of_verdicts(void **state)
{
	(void)state;
	assert_true(str_is(draft_verdict(STR("不适用")), "not-applicable"));
	assert_true(str_is(draft_verdict(STR("inconclusive")), "inconclusive"));
	assert_null(draft_verdict(STR("good")).at);
	assert_string_equal(draft_section_name(DRAFT_PARTIES), "parties");
	assert_int_equal(draft_section_find(STR("none")), DRAFT_SECTIONS);
	assert_true(str_is(draft_value_text(&arena, DRAFT_LINES, NULL), ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(draft_form_takes_each_kind),
		cmocka_unit_test(draft_form_takes_lines_of_columns),
		cmocka_unit_test(draft_form_refuses_and_names_the_line),
		cmocka_unit_test(draft_form_fills_what_the_scheme_knows_of_an_item),
		cmocka_unit_test(draft_form_keeps_what_a_text_cannot_show),
		cmocka_unit_test(draft_form_empties_what_is_cleared),
		cmocka_unit_test(draft_form_tells_everything_that_is_missing),
		cmocka_unit_test(draft_value_reads_words_of_verdicts),
	};
	return cmocka_run_group_tests(tests, open_rules, close_rules);
}
