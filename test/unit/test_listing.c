/* test_listing.c - values against their kinds, and the life of a listing on two nodes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/scoped.h"
#include "fsck/fsck.h"
#include "matching/listing.h"
#include "matching/search_text.h"
#include "service/listing.h"
#include "two_nodes.h"

/* ---- values ---------------------------------------------------------------------------------- */

static const char *wrong(enum field_type type, const char *value)
{
	static const struct worded choices[] = { { .id = { "one", 3 } }, { .id = { "two", 3 } } };
	struct listing_field field = { .type = type, .choice_count = 2, .choices = choices };
	SCOPED_ARENA a = { 0 };
	struct json *v = NULL;
	const char *word;

	arena_init(&a, 1 << 20);
	assert_int_equal(json_parse(&a, str_of(value), &v, NULL), ERR_OK);
	word = listing_value_wrong(&field, v);
	return word ? word : "";
}

static void listing_values_are_judged_by_their_type(void **state)
{
	static const struct { enum field_type type; const char *value, *wrong; } cases[] = {
		{ FIELD_LINE, "\"x\"", "" }, { FIELD_LINE, "\"\"", "missing" },
		{ FIELD_LINE, "7", "missing" },
		{ FIELD_CHOICE, "\"two\"", "" }, { FIELD_CHOICE, "\"three\"", "not-a-choice" },
		{ FIELD_CHOICES, "[\"one\",\"two\"]", "" }, { FIELD_CHOICES, "[]", "missing" },
		{ FIELD_CHOICES, "[\"one\",\"one\"]", "twice" },
		{ FIELD_WORDS, "[\"CMA\",\"CNAS\"]", "" }, { FIELD_WORDS, "\"CMA\"", "missing" },
		{ FIELD_NUMBER, "12", "" }, { FIELD_NUMBER, "1.5", "not-a-number" },
		{ FIELD_NUMBER, "-1", "not-a-number" }, { FIELD_NUMBER, "\"12\"", "not-a-number" },
		{ FIELD_RANGE, "{\"from\":1,\"to\":2}", "" }, { FIELD_RANGE, "{\"to\":2}", "" },
		{ FIELD_RANGE, "{\"from\":3,\"to\":2}", "turned" },
		{ FIELD_RANGE, "{}", "missing" },
		{ FIELD_RANGE, "{\"to\":2,\"x\":1}", "missing" },
		{ FIELD_DAY, "\"2026-11-30\"", "" }, { FIELD_DAY, "\"2026-11-31\"", "not-a-day" },
		{ FIELD_PERIOD, "{\"from\":\"2026-01-01\",\"to\":\"2026-01-01\"}", "" },
		{ FIELD_PERIOD, "{\"from\":\"2026-01-02\",\"to\":\"2026-01-01\"}", "turned" },
		{ FIELD_REGIONS, "[\"500118\",\"510112\"]", "" },
		{ FIELD_REGIONS, "[\"50011\"]", "not-a-code" },
		{ FIELD_INDUSTRIES, "[\"C\",\"C36\",\"C361\",\"C3612\"]", "" },
		{ FIELD_INDUSTRIES, "[\"C3\"]", "not-a-code" },
		{ FIELD_INDUSTRIES, "[\"U36\"]", "not-a-code" },
		{ FIELD_YES, "false", "" }, { FIELD_YES, "\"no\"", "missing" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (strcmp(wrong(cases[i].type, cases[i].value), cases[i].wrong) != 0)
			fail_msg("%s as %s: \"%s\"", cases[i].value,
				field_type_name(cases[i].type),
				wrong(cases[i].type, cases[i].value));
	}
}

static enum err_code parse_with(struct arena *a, struct json *translations)
{
	struct listing l = { .id = STR("urn:uuid:00000000-0000-4000-8000-000000000001"),
		.version = 1, .kind = STR("demand"), .organisation = STR("o"),
		.organisation_code = STR("c"), .organisation_kind = STR("lab"), .title = STR("t"),
		.summary = STR("s"), .fields = json_new_object(a), .translations = translations };

	return listing_parse(listing_subject(a, &l), &l, NULL);
}

/* limit_listing_translations */
static void listing_translations_are_checked(void **state)
{
	SCOPED_ARENA a = { 0 };

	(void)state;
	arena_init(&a, 1 << 20);
	for (unsigned n = LIMIT_LISTING_TRANSLATIONS; n <= LIMIT_LISTING_TRANSLATIONS + 1; n++) {
		struct json *translations = json_new_object(&a);
		for (unsigned i = 0; i < n; i++)
			translations = json_set(&a, translations, arena_printf(&a, "x%u", i),
				json_set_text(&a, json_new_object(&a), "title", "t"));
		assert_int_equal(parse_with(&a, translations), n > LIMIT_LISTING_TRANSLATIONS
			? ERR_INVALID : ERR_OK);
	}
	struct json *wrong = json_set(&a, json_new_object(&a), "en", json_set(&a,
		json_new_object(&a), "title", json_new_bool(&a, true)));
	assert_int_equal(parse_with(&a, wrong), ERR_INVALID);
}

/* limit_listing_values limit_listing_title_bytes limit_listing_text_bytes */
static void listing_values_keep_their_limits(void **state)
{
	SCOPED_BUF b = { 0 };
	SCOPED_ARENA a = { 0 };

	(void)state;
	arena_init(&a, 1 << 20);
	buf_init(&b, 1 << 20);
	for (unsigned n = LIMIT_LISTING_VALUES; n <= LIMIT_LISTING_VALUES + 1; n++) {
		buf_reset(&b);
		for (unsigned i = 0; i < n; i++)
			buf_printf(&b, "%s\"w%u\"", i ? "," : "[", i);
		buf_put_char(&b, ']');
		assert_string_equal(wrong(FIELD_WORDS, str_z(&a, buf_str(&b))),
			n > LIMIT_LISTING_VALUES ? "too-many" : "");
	}
	for (unsigned over = 0; over < 2; over++) {
		buf_reset(&b);
		buf_put_char(&b, '"');
		for (unsigned i = 0; i < LIMIT_LISTING_TITLE_BYTES + over; i++)
			buf_put_char(&b, 'x');
		buf_put_char(&b, '"');
		assert_string_equal(wrong(FIELD_LINE, str_z(&a, buf_str(&b))),
			over ? "too-long" : "");
		assert_string_equal(wrong(FIELD_PROSE, str_z(&a, buf_str(&b))), "");
	}
	buf_reset(&b);
	buf_put_char(&b, '"');
	for (unsigned i = 0; i <= LIMIT_LISTING_TEXT_BYTES; i++)
		buf_put_char(&b, 'x');
	buf_put_char(&b, '"');
	assert_string_equal(wrong(FIELD_PROSE, str_z(&a, buf_str(&b))), "too-long");
}

/* ---- two nodes ------------------------------------------------------------------------------- */

static struct listing_draft draft(const char *title)
{
	struct json *fields = NULL;

	assert_int_equal(json_parse(&f.a, STR("{\"industries\":[\"I65\"],\"regions\":[\"500118\"],"
		"\"certificates\":[\"CMA\"],\"budget\":{\"from\":20,\"to\":80}}"), &fields, NULL),
		ERR_OK);
	return (struct listing_draft){ .kind = STR("demand"), .title = str_of(title),
		.summary = STR("为测试车队寻找仿真平台"), .fields = fields };
}

static int64_t save(int64_t id, int64_t revision, const char *title, enum err_code expected)
{
	struct account_who wang = who(5, MAY(POST));
	struct listing_draft d = draft(title);
	struct json *problems, *v = NULL;
	struct err e = { 0 };
	uint64_t number;

	assert_int_equal(service_listing_save(f.one.service, &f.a, &wang, id, revision, &d,
		&problems, &v, &e), expected);
	if (expected == ERR_CONFLICT) /* pages have a text for it */
		assert_string_equal(e.word, "changed");
	if (expected != ERR_OK)
		return 0;
	assert_int_equal(str_parse_u64(json_get_str(v, "number"), &number, NULL), ERR_OK);
	return (int64_t)number;
}

static void publish(int64_t id)
{
	struct account_who wang = who(5, MAY(POST)), zhao = who(6, MAY(MODERATE));
	struct json *problems;
	struct err e = { 0 };

	if (service_listing_submit(f.one.service, &f.a, &wang, id, &problems, &e) != ERR_OK)
		fail_msg("%s", e.message);
	if (service_listing_review(f.one.service, &f.a, &zhao, id, true, STR(""), &e) != ERR_OK)
		fail_msg("%s", e.message);
}

static size_t hits(struct service_node *n, const char *text)
{
	struct listing_query q = { .text = str_of(text) };
	struct json *v = NULL;
	struct err e = { 0 };

	if (service_listings(n->service, &f.a, &q, &v, &e) != ERR_OK)
		fail_msg("%s", e.message);
	return json_count(json_get(v, "rows"));
}

static void end(int64_t id, bool erase, enum err_code expected)
{
	struct account_who wang = who(5, MAY(POST));
	struct err e = { 0 };

	assert_int_equal(service_listing_withdraw(f.one.service, &f.a, &wang, id, erase,
		STR("不再需要"), &e), expected);
}

static void listing_is_reviewed_by_another_and_found_in_both_cities(void **state)
{
	struct account_who wang = who(5, MAY(POST) | MAY(MODERATE)), stranger = who(7, MAY(POST));
	struct json *problems, *v = NULL;
	struct err e = { 0 };
	int64_t id = save(0, 0, "需要仿真测试平台", ERR_OK);

	(void)state;
	assert_int_equal(hits(&f.one, "仿真"), 0);
	assert_int_equal(service_listing_submit(f.one.service, &f.a, &wang, id, &problems, &e),
		ERR_OK);
	assert_int_equal(service_listing_review(f.one.service, &f.a, &wang, id, true, STR(""), &e),
		ERR_DENIED);
	struct account_who zhao = who(6, MAY(MODERATE));
	assert_int_equal(service_listing_review(f.one.service, &f.a, &zhao, id, false, STR(""), &e),
		ERR_INVALID);
	assert_int_equal(service_listing_review(f.one.service, &f.a, &zhao, id, true, STR(""), &e),
		ERR_OK);
	assert_int_equal(hits(&f.one, "仿真"), 1);
	assert_int_equal(hits(&f.one, "测试 平台"), 1);
	assert_int_equal(hits(&f.one, "飞机"), 0);
	assert_int_equal(hits(&f.two, "仿真"), 0);
	service_node_mirror(&f.one, &f.two);
	assert_int_equal(hits(&f.two, "仿真"), 1);
	stranger.organisation = 99;
	assert_int_equal(service_listing_work(f.one.service, &f.a, &stranger, id, &v, &e),
		ERR_NOT_FOUND);
	assert_int_equal(service_listing_work(f.one.service, &f.a, &wang, id, &v, &e), ERR_OK);
	assert_true(str_is(json_get_str(v, "state"), "published"));
	end(id, true, ERR_OK);
	service_node_mirror(&f.one, &f.two);
}

static void listing_newest_version_wins_and_old_words_go(void **state)
{
	int64_t id = save(0, 0, "需要激光雷达", ERR_OK);

	(void)state;
	publish(id);
	service_node_mirror(&f.one, &f.two);
	assert_int_equal(hits(&f.two, "激光"), 1);
	(void)save(id, 7, "别人改过", ERR_CONFLICT);
	(void)save(id, 1, "需要毫米波雷达", ERR_OK);
	assert_int_equal(hits(&f.one, "激光"), 1); /* the published one stands until the next is */
	publish(id);
	service_node_mirror(&f.one, &f.two);
	for (unsigned i = 0; i < 2; i++) {
		struct service_node *n = i ? &f.two : &f.one;
		assert_int_equal(hits(n, "激光"), 0);
		assert_int_equal(hits(n, "毫米"), 1);
	}
	end(id, false, ERR_OK);
	end(id, false, ERR_CONFLICT);
	service_node_mirror(&f.one, &f.two);
	assert_int_equal(hits(&f.one, "毫米"), 0);
	assert_int_equal(hits(&f.two, "毫米"), 0);
	assert_int_equal(node_sql(&f.two,
		"SELECT count(*) FROM listing WHERE state = 'withdrawn'"), 1);
}

static void listing_erased_leaves_no_body_and_no_word_on_either_node(void **state)
{
	int64_t id = save(0, 0, "秘密项目甲方", ERR_OK);
	struct fsck_report report = { 0 };
	int64_t bodies, copies;
	struct err e = { 0 };

	(void)state;
	bodies = node_sql(&f.one,
		"SELECT count(*) FROM body JOIN statement USING (idx) WHERE kind = 8");
	publish(id);
	(void)save(id, 1, "秘密项目乙方", ERR_OK);
	publish(id);
	service_node_mirror(&f.one, &f.two);
	copies = node_sql(&f.two, "SELECT count(*) FROM mirror_body");
	assert_int_equal(hits(&f.two, "秘密"), 1);
	end(id, true, ERR_OK);
	service_node_mirror(&f.one, &f.two);
	assert_int_equal(hits(&f.one, "秘密"), 0);
	assert_int_equal(hits(&f.two, "秘密"), 0);
	assert_int_equal(node_sql(&f.one, "SELECT count(*) FROM body JOIN statement USING (idx)"
		" WHERE kind = 8"), bodies);
	/* two versions went, the status statement came */
	assert_int_equal(node_sql(&f.two, "SELECT count(*) FROM mirror_body"), copies - 1);
	assert_int_equal(node_sql(&f.one, "SELECT count(*) FROM listing_work WHERE body LIKE"
		" '%秘密%' OR title LIKE '%秘密%'"), 0);
	assert_int_equal(node_sql(&f.two, "SELECT count(*) FROM listing WHERE title LIKE '%秘密%'"),
		0);
	service_node_close(&f.one);
	assert_int_equal(fsck_run(f.one.dir, &report, &e), ERR_OK);
	assert_int_equal(report.problem_count, 0);
	service_node_open(&f.one);
}

static void listing_draft_erased_leaves_nothing(void **state)
{
	int64_t id = save(0, 0, "从未发布", ERR_OK);

	(void)state;
	end(id, true, ERR_OK);
	assert_int_equal(node_sql(&f.one,
		"SELECT count(*) FROM listing_work WHERE body LIKE '%未发布%'"
		" OR title LIKE '%未发布%'"), 0);
}

static void listing_withdrawn_is_not_handed_in_again(void **state)
{
	struct account_who wang = who(5, MAY(POST));
	int64_t id = save(0, 0, "只此一次", ERR_OK);
	struct json *problems, *v = NULL;
	struct err e = { 0 };

	(void)state;
	publish(id);
	assert_int_equal(service_listing_work(f.one.service, &f.a, &wang, id, &v, &e), ERR_OK);
	assert_false(json_true(json_get(v, "ended")));
	end(id, false, ERR_OK);
	assert_int_equal(service_listing_work(f.one.service, &f.a, &wang, id, &v, &e), ERR_OK);
	assert_true(json_true(json_get(v, "ended")));
	assert_int_equal(service_listing_submit(f.one.service, &f.a, &wang, id, &problems, &e),
		ERR_CONFLICT);
}

/* What the door would refuse is found before it is on its way. */
static void listing_translations_are_judged_when_it_is_handed_in(void **state)
{
	struct account_who wang = who(5, MAY(POST));
	struct listing_draft d = draft("法语");
	struct json *problems, *v, *title;
	struct err e = { 0 };
	uint64_t id;

	(void)state;
	title = json_new_str(&f.a, str_printf(&f.a, "%*s", LIMIT_LISTING_TITLE_BYTES + 1, "x"));
	d.translations = json_set(&f.a, json_new_object(&f.a), "fr", json_set(&f.a,
		json_new_object(&f.a), "title", title));
	assert_int_equal(service_listing_save(f.one.service, &f.a, &wang, 0, 0, &d, &problems, &v,
		&e), ERR_OK);
	assert_int_equal(str_parse_u64(json_get_str(v, "number"), &id, NULL), ERR_OK);
	assert_int_equal(service_listing_submit(f.one.service, &f.a, &wang, (int64_t)id, &problems,
		&e), ERR_INVALID);
	assert_true(str_is(json_get_str(json_get(problems, "translations"), "wrong"), "too-long"));
}

static void listing_of_a_kind_nobody_may_post_is_refused(void **state)
{
	struct account_who lab = who(5, MAY(POST));
	struct listing_draft d = draft("政策");
	struct json *problems, *v;
	struct err e = { 0 };

	(void)state;
	lab.organisation_kind = STR("lab");
	d.kind = STR("policy");
	assert_int_equal(service_listing_save(f.one.service, &f.a, &lab, 0, 0, &d, &problems, &v,
		&e), ERR_DENIED);
	d.kind = STR("no-such");
	assert_int_equal(service_listing_save(f.one.service, &f.a, &lab, 0, 0, &d, &problems, &v,
		&e), ERR_NOT_FOUND);
	d = draft("缺字段");
	d.fields = json_new_object(&f.a);
	struct account_who wang = who(5, MAY(POST));
	assert_int_equal(service_listing_save(f.one.service, &f.a, &wang, 0, 0, &d, &problems, &v,
		&e), ERR_OK);
	uint64_t id;
	assert_int_equal(str_parse_u64(json_get_str(v, "number"), &id, NULL), ERR_OK);
	assert_int_equal(service_listing_submit(f.one.service, &f.a, &wang, (int64_t)id, &problems,
		&e), ERR_INVALID);
	assert_true(str_is(json_get_str(json_get(problems, "industries"), "wrong"), "missing"));
}

/* limit_listing_bytes limit_listings_of_kind */
static void listing_keeps_the_limits_of_its_organisation(void **state)
{
	struct account_who wang = who(5, MAY(POST));
	struct listing_draft d = draft("很长");
	struct json *problems, *v, *list = json_new_array(&f.a);
	struct err e = { 0 };

	(void)state;
	struct str long_text = str_printf(&f.a, "%*s", 12000, "x");
	for (unsigned i = 0; i < 12; i++)
		list = json_push(&f.a, list, json_new_str(&f.a, long_text));
	d.translations = json_set(&f.a, json_new_object(&f.a), "en", list);
	assert_int_equal(service_listing_save(f.one.service, &f.a, &wang, 0, 0, &d, &problems, &v,
		&e), ERR_TOO_LARGE);
	d = draft("成员");
	d.kind = STR("member");
	assert_int_equal(service_listing_save(f.one.service, &f.a, &wang, 0, 0, &d, &problems, &v,
		&e), ERR_OK);
	assert_int_equal(service_listing_save(f.one.service, &f.a, &wang, 0, 0, &d, &problems, &v,
		&e), ERR_CONFLICT); /* a kind of which there is one */
	int64_t there = node_sql(&f.one, "SELECT count(*) FROM listing_work WHERE kind = 'event'");
	d.kind = STR("event");
	for (int64_t i = there; i < LIMIT_LISTINGS_OF_KIND; i++)
		assert_int_equal(service_listing_save(f.one.service, &f.a, &wang, 0, 0, &d,
			&problems, &v, &e), ERR_OK);
	assert_int_equal(service_listing_save(f.one.service, &f.a, &wang, 0, 0, &d, &problems, &v,
		&e), ERR_CONFLICT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(listing_values_are_judged_by_their_type),
		cmocka_unit_test(listing_translations_are_checked),
		cmocka_unit_test(listing_values_keep_their_limits),
		cmocka_unit_test(listing_is_reviewed_by_another_and_found_in_both_cities),
		cmocka_unit_test(listing_newest_version_wins_and_old_words_go),
		cmocka_unit_test(listing_erased_leaves_no_body_and_no_word_on_either_node),
		cmocka_unit_test(listing_draft_erased_leaves_nothing),
		cmocka_unit_test(listing_withdrawn_is_not_handed_in_again),
		cmocka_unit_test(listing_translations_are_judged_when_it_is_handed_in),
		cmocka_unit_test(listing_of_a_kind_nobody_may_post_is_refused),
		cmocka_unit_test(listing_keeps_the_limits_of_its_organisation),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
