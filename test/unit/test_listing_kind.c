/* test_listing_kind.c - the kinds that are shipped, and files that must be refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/scoped.h"
#include "matching/listing_kind.h"
#include "recognition_fixture.h"

static void listing_kinds_shipped_are_whole(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct rules *rules;
	const struct listing_kind *kinds = NULL, *demand;
	struct err e = { 0 };
	uint32_t count = 0;

	(void)state;
	arena_init(&a, (size_t)64 << 20);
	rules = fixture_rules(&a);
	if (listing_kinds_parse(&a, rules, &kinds, &e) != ERR_OK)
		fail_msg("%s", e.message);
	for (const struct listing_kind *k = kinds; k; k = k->next, count++)
		assert_true(k->field_count > 0 && k->title.en.len > 0);
	assert_true(count >= 12);
	demand = listing_kind_find(kinds, STR("demand"));
	assert_non_null(demand);
	assert_true(listing_kind_allows(demand, STR("enterprise")));
	assert_false(listing_kind_allows(demand, STR("enter")));
	assert_non_null(listing_kind_match(demand, STR("supply")));
	assert_null(listing_kind_match(demand, STR("demand")));
	assert_true(listing_kind_find(kinds, STR("member"))->once);
	assert_true(listing_kind_find(kinds, STR("facility"))->place);
	rules_close(rules);
}

static enum err_code parse(const char *text, struct err *e)
{
	SCOPED_ARENA a = { 0 };
	struct json *doc = NULL;
	struct rules_file file = { .kind = RULES_LISTING };
	struct listing_kind kind;

	arena_init(&a, 1 << 20);
	if (json_parse(&a, str_of(text), &doc, e) != ERR_OK)
		fail_msg("%s", e->message);
	file.doc = doc;
	return listing_kind_parse(&a, &file, &kind, e);
}

#define HEAD "{\"id\":\"x\",\"title\":{\"zh-CN\":\"a\",\"en\":\"a\"},\"lead\":{\"zh-CN\":\"a\"," \
	"\"en\":\"a\"},\"posters\":\"lab\",\"lifeDays\":30,\"reviewed\":true,"
#define LABEL "\"label\":{\"zh-CN\":\"a\",\"en\":\"a\"}"
#define FIELD "{\"id\":\"f\",\"type\":\"line\"," LABEL "}"
#define LINE "\"fields\":[" FIELD "],"

static void listing_kind_refuses_what_contradicts_itself(void **state)
{
	static const struct { const char *text, *message; } cases[] = {
		{ HEAD "\"fields\":[" FIELD "," FIELD "],\"matches\":[]}", "stands twice" },
		{ HEAD "\"fields\":[{\"id\":\"f\",\"type\":\"colour\"," LABEL "}],\"matches\":[]}",
			"is not known" },
		{ HEAD "\"fields\":[{\"id\":\"f\",\"type\":\"choice\"," LABEL "}],\"matches\":[]}",
			"choices belong" },
		{ HEAD LINE "\"matches\":[{\"with\":\"y\",\"rules\":["
			"{\"how\":\"shared\",\"mine\":\"g\",\"theirs\":\"h\","
			"\"weight\":5}]}]}", "field \"g\" is not known" },
		{ HEAD LINE "\"matches\":[{\"with\":\"y\",\"rules\":["
			"{\"how\":\"text\",\"weight\":500}]}]}", "weight" },
		{ HEAD LINE "\"matches\":[{\"with\":\"y\",\"rules\":["
			"{\"how\":\"text\",\"gate\":true,\"weight\":5}]}]}",
			"is no gate" },
		{ HEAD "\"attachments\":{\"most\":9,\"types\":[\"image/png\"]}," LINE
			"\"matches\":[]}", "\"most\" is not between" },
		{ HEAD "\"attachments\":{\"most\":2}," LINE "\"matches\":[]}", "types" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err e = { 0 };
		assert_int_equal(parse(cases[i].text, &e), ERR_INVALID);
		if (!strstr(e.message, cases[i].message))
			fail_msg("case %zu: %s", i, e.message);
	}
}

static void listing_kind_says_which_files_it_takes(void **state)
{
	struct listing_kind kind = { 0 };
	SCOPED_ARENA a = { 0 };
	struct json *types = NULL;

	(void)state;
	arena_init(&a, 1 << 16);
	assert_int_equal(json_parse(&a, STR("[\"image/png\",\"application/pdf\"]"), &types, NULL),
		ERR_OK);
	assert_false(listing_kind_takes(&kind, STR("image/png")));
	kind.file_types = types;
	assert_true(listing_kind_takes(&kind, STR("application/pdf")));
	assert_false(listing_kind_takes(&kind, STR("image/jpeg")));
	assert_false(listing_kind_takes(&kind, STR("image")));
}

/* limit_listing_fields limit_listing_choices limit_listing_life_days */
static void listing_kind_keeps_its_limits(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	struct err e = { 0 };

	(void)state;
	arena_init(&a, 1 << 20);
	buf_init(&b, 1 << 20);
	buf_put_text(&b, HEAD "\"fields\":[");
	for (unsigned i = 0; i <= LIMIT_LISTING_FIELDS; i++)
		buf_printf(&b, "%s{\"id\":\"f%u\",\"type\":\"line\"," LABEL "}", i ? "," : "", i);
	buf_put_text(&b, "],\"matches\":[]}");
	assert_int_equal(parse(str_z(&a, buf_str(&b)), &e), ERR_TOO_LARGE);
	buf_reset(&b);
	buf_put_text(&b, HEAD "\"fields\":[{\"id\":\"f\",\"type\":\"choice\"," LABEL
		",\"choices\":[");
	for (unsigned i = 0; i <= LIMIT_LISTING_CHOICES; i++)
		buf_printf(&b, "%s{\"id\":\"c%u\",\"text\":{\"zh-CN\":\"a\",\"en\":\"a\"}}",
			i ? "," : "", i);
	buf_put_text(&b, "]}],\"matches\":[]}");
	assert_int_equal(parse(str_z(&a, buf_str(&b)), &e), ERR_TOO_LARGE);
	assert_int_equal(parse("{\"id\":\"x\",\"title\":{\"zh-CN\":\"a\",\"en\":\"a\"},\"lead\":"
		"{\"zh-CN\":\"a\",\"en\":\"a\"},\"posters\":\"lab\",\"lifeDays\":1827,"
		"\"reviewed\":true,\"fields\":[],\"matches\":[]}", &e), ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(listing_kinds_shipped_are_whole),
		cmocka_unit_test(listing_kind_refuses_what_contradicts_itself),
		cmocka_unit_test(listing_kind_says_which_files_it_takes),
		cmocka_unit_test(listing_kind_keeps_its_limits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
