/* test_mapping.c - mapping documents: defaults, what is refused, and the schema. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/limits.h"
#include "base/schema.h"
#include "base/scoped.h"
#include "evidence/mapping.h"

#define ARENA_CAP (8 << 20)

static const char good[] =
	"{\"kind\":\"mapping\",\"id\":\"sample\",\"text\":{\"delimiter\":\";\",\"decimal\":\",\","
	"\"unitsRow\":2,\"time\":{\"channel\":\"t\",\"unit\":\"ms\"}},\"signals\":["
	"{\"signal\":\"ego_speed\",\"channel\":\"v\",\"unit\":\"km/h\",\"accuracy\":\"0.1\","
	"\"delayMs\":\"12.5\"},{\"signal\":\"alks_on\",\"group\":\"ADAS\",\"channel\":\"state\"}]}";

static enum err_code parse(struct arena *a, const char *text, struct mapping *ret, struct err *e)
{
	struct json *doc;

	assert_int_equal(json_parse(a, str_of(text), &doc, e), ERR_OK);
	return mapping_parse(a, doc, ret, e);
}

static void mapping_reads_layout_and_signals(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct mapping m;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	assert_int_equal(parse(&a, good, &m, &e), ERR_OK);
	assert_true(str_is(m.id, "sample"));
	assert_int_equal(m.text.layout, LAYOUT_AUTO);
	assert_int_equal(m.text.delimiter, ';');
	assert_int_equal(m.text.decimal, ',');
	assert_int_equal(m.text.header_row, 1);
	assert_int_equal(m.text.units_row, 2);
	assert_int_equal(m.text.first_data_row, 3);
	assert_true(str_is(m.text.time_channel, "t"));
	assert_true(str_is(m.text.time_unit, "ms"));
	assert_int_equal(m.signal_count, 2);
	assert_true(str_is(m.signals[0].channel, "v"));
	assert_true(str_is(m.signals[0].unit, "km/h"));
	assert_true(str_is(m.signals[0].accuracy, "0.1"));
	assert_int_equal(m.signals[0].delay_ns, 12500000);
	assert_true(str_is(m.signals[1].group, "ADAS"));
	assert_int_equal(m.signals[1].unit.len, 0);
	assert_int_equal(m.signals[1].delay_ns, 0);
	assert_ptr_equal(mapping_signal(&m, STR("alks_on")), &m.signals[1]);
	assert_null(mapping_signal(&m, STR("alks")));
}

/* Members in another order are the same mapping. */
static void mapping_digest_is_that_of_the_canonical_form(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct mapping m, n;
	struct err e = { 0 };
	struct digest d = digest_sha256(STR("{\"id\":\"x\",\"kind\":\"mapping\",\"signals\":["
		"{\"channel\":\"b\",\"signal\":\"a\"}]}"));

	(void)state;
	arena_init(&a, ARENA_CAP);
	assert_int_equal(parse(&a, "{\"kind\":\"mapping\",\"id\":\"x\",\"signals\":[{\"signal\":"
		"\"a\",\"channel\":\"b\"}]}", &m, &e), ERR_OK);
	assert_true(digest_eq(&m.digest, &d));
	assert_int_equal(parse(&a, " {\"id\":\"x\",\"signals\":[{\"channel\":\"b\",\"signal\":"
		"\"a\"}],\"kind\":\"mapping\"}", &n, &e), ERR_OK);
	assert_true(digest_eq(&m.digest, &n.digest));
}

static void mapping_without_text_leaves_the_layout_to_the_content(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct mapping m;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	assert_int_equal(parse(&a, "{\"kind\":\"mapping\",\"id\":\"x\",\"signals\":[{\"signal\":"
		"\"a\",\"channel\":\"b\"}]}", &m, &e), ERR_OK);
	assert_int_equal(m.text.layout, LAYOUT_AUTO);
	assert_int_equal(m.text.header_row, 0);
	assert_int_equal(m.text.first_data_row, 0);
}

static void mapping_refuses(const char *old, const char *new, const char *message)
{
	SCOPED_ARENA a = { 0 };
	struct mapping m = { .signal_count = 7 };
	struct err e = { 0 };
	size_t at = str_find(str_of(good), str_of(old));

	arena_init(&a, ARENA_CAP);
	assert_true(at != SIZE_MAX);
	char *text = arena_printf(&a, "%.*s%s%s", (int)at, good, new, good + at + strlen(old));
	assert_int_equal(parse(&a, text, &m, &e), ERR_INVALID);
	assert_string_equal(e.message, message);
	assert_int_equal(m.signal_count, 7); /* output untouched on failure */
}

static void mapping_refuses_what_it_cannot_mean(void **state)
{
	(void)state;
	mapping_refuses("\"mapping\"", "\"plan\"", "not a mapping");
	mapping_refuses("\"delimiter\":\";\"", "\"delimiter\":\",\"",
		"member \"text\": a comma cannot be delimiter and decimal sign");
	mapping_refuses("\"delimiter\":\";\"", "\"delimiter\":\"|\"",
		"member \"text\": member \"delimiter\" has an unknown value");
	mapping_refuses("\"unitsRow\":2", "\"unitsRow\":1",
		"member \"text\": member \"unitsRow\" is not behind the header");
	mapping_refuses("\"unitsRow\":2", "\"unitsRow\":2,\"firstDataRow\":2",
		"member \"text\": member \"firstDataRow\" is not behind the header");
	mapping_refuses("\"unit\":\"ms\"", "\"unit\":\"m\"",
		"member \"text\": member \"time\" has a unit that is none of time");
	mapping_refuses("\"alks_on\"", "\"ego_speed\"", "signal \"ego_speed\" stands twice");
	mapping_refuses("\"0.1\"", "\"-0.1\"",
		"member \"signals\", element 0: member \"accuracy\" is no decimal from zero on");
	mapping_refuses("\"12.5\"", "\"12.5 ms\"",
		"member \"signals\", element 0: member \"delayMs\": not a decimal number");
	mapping_refuses("\"state\"", "\"\"", "member \"signals\", element 1: an empty name");
	mapping_refuses(",\"signals\":[", ",\"signals\":[],\"x\":[", "member \"signals\" is empty");
	mapping_refuses("\"text\":", "\"dbc\":{\"file\":\"../a.dbc\",\"digest\":\"A\"},\"text\":",
		"member \"dbc\": file is no plain file name");
}

static void mapping_refuses_an_unknown_unit(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct mapping m;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	assert_int_equal(parse(&a, "{\"kind\":\"mapping\",\"id\":\"x\",\"signals\":[{\"signal\":"
		"\"a\",\"channel\":\"b\",\"unit\":\"furlong\"}]}", &m, &e), ERR_INVALID);
	assert_non_null(strstr(e.message, "member \"signals\", element 0: member \"unit\""));
	assert_non_null(strstr(e.message, "furlong"));
}

static void mapping_takes_the_dbc_it_states_and_no_other(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct mapping m, none;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	/* The digest is SHA-256 of "abc". */
	assert_int_equal(parse(&a, "{\"kind\":\"mapping\",\"id\":\"x\",\"dbc\":{\"file\":"
		"\"a.dbc\",\"digest\":\"ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0\"},"
		"\"signals\":[{\"signal\":\"a\",\"channel\":\"b\"}]}", &m, &e), ERR_OK);
	assert_true(str_is(m.dbc_name, "a.dbc"));
	assert_int_equal(mapping_set_dbc(&m, STR("abd"), &e), ERR_INVALID);
	assert_string_equal(e.message, "DBC file \"a.dbc\" is not the one the mapping means");
	assert_int_equal(m.dbc.len, 0);
	assert_int_equal(mapping_set_dbc(&m, STR("abc"), &e), ERR_OK);
	assert_true(str_is(m.dbc, "abc"));
	assert_int_equal(parse(&a, good, &none, &e), ERR_OK);
	assert_int_equal(mapping_set_dbc(&none, STR("abc"), &e), ERR_INVALID);
}

static void limit_mapping_signals(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	struct mapping m;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	buf_init(&b, 1 << 20);
	for (int more = 0; more < 2; more++) {
		buf_reset(&b);
		buf_put_text(&b, "{\"kind\":\"mapping\",\"id\":\"x\",\"signals\":[");
		for (int i = 0; i < LIMIT_MAPPING_SIGNALS + more; i++)
			buf_printf(&b, "%s{\"signal\":\"s%d\",\"channel\":\"c\"}",
				i ? "," : "", i);
		buf_put(&b, "]}", 3);
		assert_false(b.overflow);
		assert_int_equal(parse(&a, b.at, &m, &e), more ? ERR_TOO_LARGE : ERR_OK);
	}
}

static void mapping_schema_takes_the_good_one(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct str text;
	struct schema *s;
	struct json *doc;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	assert_non_null(getenv("HUREN_SOURCE"));
	assert_int_equal(io_read_file(&a, arena_printf(&a, "%s/rules/schema/mapping.json",
		getenv("HUREN_SOURCE")), 65536, &text, &e), ERR_OK);
	assert_int_equal(schema_new(&a, text, &s, &e), ERR_OK);
	assert_int_equal(json_parse(&a, str_of(good), &doc, &e), ERR_OK);
	if (schema_check(s, doc, str_of(good), &e) != ERR_OK)
		fail_msg("%s", e.message);
	assert_int_equal(json_parse(&a, STR("{\"kind\":\"mapping\",\"id\":\"x\",\"signals\":["
		"{\"signal\":\"a\",\"channel\":\"b\",\"factor\":\"2\"}]}"), &doc, &e), ERR_OK);
	assert_int_equal(schema_check(s, doc, STR(""), NULL), ERR_INVALID);
}

static void mapping_answers_a_full_arena_with_an_error(void **state)
{
	SCOPED_ARENA a = { 0 }, none = { 0 };
	struct mapping m;
	struct json *doc;

	(void)state;
	arena_init(&a, ARENA_CAP);
	arena_init(&none, 0);
	assert_int_equal(json_parse(&a, str_of(good), &doc, NULL), ERR_OK);
	assert_int_equal(mapping_parse(&none, doc, &m, NULL), ERR_TOO_LARGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mapping_reads_layout_and_signals),
		cmocka_unit_test(mapping_digest_is_that_of_the_canonical_form),
		cmocka_unit_test(mapping_without_text_leaves_the_layout_to_the_content),
		cmocka_unit_test(mapping_refuses_what_it_cannot_mean),
		cmocka_unit_test(mapping_refuses_an_unknown_unit),
		cmocka_unit_test(mapping_takes_the_dbc_it_states_and_no_other),
		cmocka_unit_test(limit_mapping_signals),
		cmocka_unit_test(mapping_schema_takes_the_good_one),
		cmocka_unit_test(mapping_answers_a_full_arena_with_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
