/* test_rules.c - the rules files of this repository load; wrong ones are told with line and
 * reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../recognition_fixture.h"
#include "base/limits.h"
#include "base/scoped.h"

#define CAP (64 << 20)

/* Loads the rules of the repository with one file's text changed: the first `old` becomes `new`. */
static enum err_code load_changed(const char *file, const char *old, const char *new,
	struct err *e)
{
	SCOPED_ARENA a;
	struct rules *r;
	enum err_code code = ERR_OK;
	bool changed = false;
	arena_init(&a, CAP);
	*e = (struct err){ 0 };
	assert_int_equal(rules_open(CAP, &r, e), ERR_OK);
	struct rules *all = fixture_rules(&a);
	for (const struct rules_file *f = rules_files(all); f && code == ERR_OK; f = f->next) {
		struct str text = f->bytes;
		if (str_is(f->name, file)) {
			size_t at = str_find(text, str_of(old));
			assert_true(at != SIZE_MAX);
			text = str_printf(&a, STR_FMT "%s" STR_FMT, (int)at, text.at, new,
				STR_ARG(str_skip(text, at + strlen(old))));
			changed = true;
		}
		code = rules_add_file(r, str_z(&a, f->name), text, e);
	}
	if (code == ERR_OK)
		code = rules_finish(r, e);
	assert_true(changed);
	rules_close(all);
	rules_close(r);
	return code;
}

static void wrong(const char *file, const char *old, const char *new, const char *message)
{
	struct err e;
	assert_int_not_equal(load_changed(file, old, new, &e), ERR_OK);
	assert_string_equal(e.message, message);
}

static void rules_of_the_repository_load(void **state)
{
	(void)state;
	SCOPED_ARENA a;
	arena_init(&a, CAP);
	struct rules *r = fixture_rules(&a);
	static const struct {
		const char *id, *edition;
		uint32_t items;
	} schemes[] = { { "miit-97-2021-annex1", "2021", 8 }, { "gbt-41798", "2022", 32 },
		{ "un-r157", "00", 8 }, { "un-r152", "01", 4 } };
	for (size_t i = 0; i < 4; i++) {
		const struct scheme *s =
			rules_scheme(r, str_of(schemes[i].id), str_of(schemes[i].edition));
		assert_non_null(s);
		assert_int_equal(s->item_count, schemes[i].items);
	}
	assert_null(rules_scheme(r, STR("gbt-41798"), STR("2023")));
	const struct scheme *gbt = rules_scheme(r, STR("gbt-41798"), STR("2022"));
	assert_int_equal(scheme_item(gbt, STR("6.1.4"))->runs, 3);
	assert_int_equal(gbt->level, LEVEL_NATIONAL);
	assert_non_null(rules_clause(r, STR("miit-97-2021:13(3)")));
	rules_close(r);
}

static void rules_are_found_by_their_digest(void **state)
{
	(void)state;
	SCOPED_ARENA a;
	arena_init(&a, CAP);
	struct rules *r = fixture_rules(&a);
	for (const struct rules_file *f = rules_files(r); f; f = f->next)
		assert_ptr_equal(rules_file_by_digest(r, &f->digest), f);
	const struct scheme *s = rules_schemes(r);
	assert_ptr_equal(rules_file_by_digest(r, &s->digest)->doc, s->doc);
	struct digest none = { { 0 } };
	assert_null(rules_file_by_digest(r, &none));
	rules_close(r);
}

/* A limit is read or derived from a source, or it is to be entered: never remembered. */
static void check_number(const struct json *number, const struct json *sources)
{
	struct str status = json_get_str(number, "status");
	bool given = json_get(number, "value") || json_get(number, "table");
	assert_int_equal(given, !str_is(status, "to-be-entered"));
	const struct json *named = json_get(number, "source");
	assert_true(json_count(named) > 0);
	for (size_t i = 0; i < json_count(named); i++) {
		bool found = false;
		for (size_t k = 0; k < json_count(sources) && !found; k++)
			found = str_eq(json_get_str(json_at(sources, k), "id"),
				json_str(json_at(named, i)));
		assert_true(found);
	}
}

static void rules_give_each_number_a_source(void **state)
{
	(void)state;
	SCOPED_ARENA a;
	size_t numbers = 0;
	arena_init(&a, CAP);
	struct rules *r = fixture_rules(&a);
	for (const struct scheme *s = rules_schemes(r); s; s = s->next) {
		const struct json *sources = json_get(s->doc, "sources");
		const struct json *general = json_get(s->doc, "numbers");
		for (size_t i = 0; i < json_count(general); i++, numbers++)
			check_number(json_at(general, i), sources);
		for (uint32_t i = 0; i < s->item_count; i++) {
			const struct json *own = json_get(s->items[i].doc, "numbers");
			for (size_t k = 0; k < json_count(own); k++, numbers++)
				check_number(json_at(own, k), sources);
			if (json_get(s->items[i].doc, "runs"))
				check_number(json_get(s->items[i].doc, "runs"), sources);
		}
	}
	assert_true(numbers > 80);
	rules_close(r);
}

static void rules_tell_line_and_reason(void **state)
{
	(void)state;
	struct err e;
	assert_int_equal(
		load_changed("schemes/un-r157.json", "\"value\": \"60\"", "\"value\": 60", &e),
		ERR_INVALID);
	assert_string_equal(e.message, "rules file \"schemes/un-r157.json\": "
		"/numbers/0/value: must be of type string");
	assert_true(e.line > 20);
	assert_true(e.column > 1);
	assert_int_equal(load_changed("clauses.json", "\"version\": 1,", "\"version\": 1", &e),
		ERR_INVALID);
	assert_int_equal(e.line, 4);
}

static void rules_refuse_what_does_not_fit_together(void **state)
{
	(void)state;
	wrong("agreements/sample-yongchuan-longquanyi.json", "\"scheme\": \"gbt-41798\"",
		"\"scheme\": \"gbt-41799\"",
		"rules file \"agreements/sample-yongchuan-longquanyi.json\": "
		"scheme \"gbt-41799\" is not known");
	wrong("agreements/sample-yongchuan-longquanyi.json", "\"clause\": \"7\"",
		"\"clause\": \"77\"",
		"rules file \"agreements/sample-yongchuan-longquanyi.json\": section \"maxAge\": "
		"it "
		"cites a clause that the agreement does not have");
	wrong("agreements/sample-yongchuan-longquanyi.json", "\"document\": \"origin-plate\"",
		"\"document\": \"origin-flag\"", "rules file \"agreements/"
		"sample-yongchuan-longquanyi.json\": document \"origin-flag\" is not known");
	wrong("schemes/miit-97-2021-annex1.json", "\"6.8\"", "\"6.9\"",
		"scheme \"miit-97-2021-annex1\": item \"6.9\" is not known");
	wrong("clauses.json", "\"id\": \"too-old\"", "\"id\": \"too-ancient\"",
		"rules file \"clauses.json\": list \"reasons\" lacks the word \"too-old\"");
	wrong("clauses.json", "{countsUntil}", "{countsTill}",
		"rules file \"clauses.json\": word \"too-old\": a text names an unknown parameter");
	wrong("clauses.json", "\"rule\": \"miit-97-2021:14\"", "\"rule\": \"miit-97-2021:41\"",
		"rules file \"clauses.json\": clause \"miit-97-2021:41\" is not known");
	wrong("schemes/gbt-41798-2022.json", "\"level\": \"national\"", "\"level\": \"industry\"",
		"rules file \"schemes/gbt-41798-2022.json\": level of the standard does not fit "
		"its code");
	wrong("schemes/gbt-41798-2022.json", "\"item\": \"6.1.2\"", "\"item\": \"6.1.1\"",
		"rules file \"schemes/gbt-41798-2022.json\": item 2 stands twice");
}

static void rules_give_every_item_of_the_standard_a_scenario(void **state)
{
	(void)state;
	SCOPED_ARENA a;
	arena_init(&a, CAP);
	struct rules *r = fixture_rules(&a);
	const struct scheme *gbt = rules_scheme(r, STR("gbt-41798"), STR("2022"));
	const struct json *scenarios = json_get(gbt->doc, "scenarios");
	for (uint32_t i = 0; i < gbt->item_count; i++) {
		const struct rules_file *criteria = NULL;
		for (size_t k = 0; k < json_count(scenarios) && !criteria; k++) {
			const struct json *v = json_at(scenarios, k);
			if (str_eq(json_get_str(v, "item"), gbt->items[i].item))
				criteria = rules_criteria(r, json_get_str(v, "criteria"));
		}
		assert_non_null(criteria);
		struct digest digest = digest_sha256(criteria->bytes);
		assert_true(digest_eq(&digest, &criteria->digest));
		assert_ptr_equal(rules_file_named(r, criteria->name), criteria);
	}
	assert_null(rules_criteria(r, STR("gbt-41798")));
	assert_null(rules_file_named(r, STR("criteria/gbt-41798.criteria")));
	rules_close(r);
}

static void rules_refuse_scenarios_of_nothing(void **state)
{
	(void)state;
	wrong("schemes/un-r157.json", "\"item\": \"5.2.5.2\",\n      \"title\"",
		"\"item\": \"5.2.5.9\",\n      \"title\"",
		"scheme \"un-r157\": item \"5.2.5.9\" is not known");
	wrong("schemes/un-r157.json", "\"criteria\": \"un-r157-cut-in\"",
		"\"criteria\": \"un-r157-cut-out\"",
		"scheme \"un-r157\": scenario \"cut-in\": "
		"criteria file \"un-r157-cut-out\" is not known");
	wrong("schemes/un-r157.json", "\"comes-to-rest\"", "\"comes-to-a-rest\"",
		"scheme \"un-r157\": scenario \"minimum-risk\": "
		"title of the criterion \"comes-to-rest\" is not known");
	wrong("criteria/un-r157-minimum-risk.criteria", "$mrm-deceleration", "4 m/s",
		"scheme \"un-r157\": scenario \"minimum-risk\": "
		"rules file \"criteria/un-r157-minimum-risk.criteria\": "
		"comparison: \"-ego_accel\" (line 13, column 48) is in m/s2, "
		"\"4 m/s\" is in m/s");
	wrong("schemes/un-r157.json", "\"id\": \"cut-in\"", "\"id\": \"following\"",
		"scheme \"un-r157\": scenario \"following\" stands twice");
}

static void rules_refuse_files_out_of_place(void **state)
{
	(void)state;
	struct rules *r;
	struct err e;
	assert_int_equal(rules_open(CAP, &r, &e), ERR_OK);
	assert_int_equal(rules_add_file(r, "samples/x.json", STR("{}"), &e), ERR_INVALID);
	assert_string_equal(e.message,
		"rules file \"samples/x.json\": no place for such a file among the rules");
	assert_int_equal(rules_add_file(r, "criteria/x.json", STR("{}"), &e), ERR_INVALID);
	assert_int_equal(rules_add_file(r, "criteria/x.criteria", STR("\xff"), &e), ERR_INVALID);
	assert_int_equal(rules_add_file(r, "schemes/x.yaml", STR("{}"), &e), ERR_INVALID);
	assert_int_equal(rules_add_file(r, "schemes/x.json", STR("{\"a\":1,\"a\":2}"), &e),
		ERR_INVALID);
	assert_int_equal(e.line, 1);
	assert_int_equal(rules_finish(r, &e), ERR_INVALID);
	assert_string_equal(e.message, "rules lack the file \"clauses.json\"");
	rules_close(r);
	rules_close(NULL);
}

static void limit_rules_file_bytes(void **state)
{
	(void)state;
	SCOPED_BUF b;
	struct rules *r;
	struct err e;
	buf_init(&b, LIMIT_RULES_FILE_BYTES + 16);
	buf_put_text(&b, "{}");
	while (b.len <= LIMIT_RULES_FILE_BYTES)
		buf_put_text(&b, " ");
	assert_int_equal(rules_open(CAP, &r, &e), ERR_OK);
	assert_int_equal(rules_add_file(r, "schemes/x.json", buf_str(&b), &e), ERR_TOO_LARGE);
	rules_close(r);
}

static void rules_refuse_the_same_scheme_twice(void **state)
{
	(void)state;
	SCOPED_ARENA a;
	struct err e;
	arena_init(&a, CAP);
	struct rules *r;
	struct str text = fixture_file(&a, "rules/schemes/un-r152.json");
	assert_int_equal(rules_open(CAP, &r, &e), ERR_OK);
	assert_int_equal(rules_add_file(r, "schemes/a.json", text, &e), ERR_OK);
	assert_int_equal(rules_add_file(r, "schemes/b.json", text, &e), ERR_CONFLICT);
	rules_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_of_the_repository_load),
		cmocka_unit_test(rules_are_found_by_their_digest),
		cmocka_unit_test(rules_give_each_number_a_source),
		cmocka_unit_test(rules_tell_line_and_reason),
		cmocka_unit_test(rules_refuse_what_does_not_fit_together),
		cmocka_unit_test(rules_refuse_files_out_of_place),
		cmocka_unit_test(rules_give_every_item_of_the_standard_a_scenario),
		cmocka_unit_test(rules_refuse_scenarios_of_nothing),
		cmocka_unit_test(limit_rules_file_bytes),
		cmocka_unit_test(rules_refuse_the_same_scheme_twice),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
