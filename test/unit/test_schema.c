/* test_schema.c - each keyword, where a fault is told, and what a schema may not say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/schema.h"
#include "base/scoped.h"

static enum err_code check(const char *schema_text, const char *text, struct err *e)
{
	SCOPED_ARENA a;
	struct schema *s;
	struct json *v;
	arena_init(&a, 1 << 20);
	*e = (struct err){ 0 };
	assert_int_equal(schema_new(&a, str_of(schema_text), &s, e), ERR_OK);
	assert_int_equal(json_parse(&a, str_of(text), &v, e), ERR_OK);
	return schema_check(s, v, str_of(text), e);
}

static void holds(const char *schema_text, const char *text)
{
	struct err e;
	if (check(schema_text, text, &e) != ERR_OK)
		fail_msg("%s should hold: %s", text, e.message);
}

static void fails(const char *schema_text, const char *text, const char *message)
{
	struct err e;
	assert_int_equal(check(schema_text, text, &e), ERR_INVALID);
	assert_string_equal(e.message, message);
}

static void refused(const char *schema_text, const char *message, uint32_t line, uint32_t column)
{
	SCOPED_ARENA a;
	struct schema *s;
	struct err e;
	arena_init(&a, 1 << 20);
	assert_int_equal(schema_new(&a, str_of(schema_text), &s, &e), ERR_INVALID);
	assert_string_equal(e.message, message);
	assert_int_equal(e.line, line);
	assert_int_equal(e.column, column);
}

static void schema_checks_types(void **state)
{
	(void)state;
	holds("{\"type\":\"string\"}", "\"a\"");
	holds("{\"type\":\"integer\"}", "3.0");
	holds("{\"type\":\"boolean\"}", "false");
	holds("{\"type\":[\"null\",\"number\"]}", "null");
	fails("{\"type\":\"integer\"}", "3.5", "/: must be of type integer");
	fails("{\"type\":\"object\"}", "[]", "/: must be of type object");
	fails("{\"type\":[\"null\",\"number\"]}", "\"1\"", "/: must be of type null");
}

static void schema_tells_path_line_and_column(void **state)
{
	(void)state;
	struct err e;
	const char *schema_text =
		"{\"type\":\"object\",\"properties\":{\"items\":{\"type\":\"array\","
		"\"items\":{\"type\":\"object\",\"properties\":{\"limit\":{\"type\":\"string\"}}}}}"
		"}";
	assert_int_equal(check(schema_text, "{\n \"items\": [\n  {\"limit\": \"2\"},\n"
		"  {\"limit\": 2}\n ]\n}", &e), ERR_INVALID);
	assert_string_equal(e.message, "/items/1/limit: must be of type string");
	assert_int_equal(e.line, 4);
	assert_int_equal(e.column, 13);
}

static void schema_checks_objects(void **state)
{
	(void)state;
	const char *closed = "{\"properties\":{\"a\":{\"type\":\"number\"}},\"required\":[\"a\"],"
		"\"additionalProperties\":false}";
	holds(closed, "{\"a\":1}");
	fails(closed, "{}", "/: lacks the member a");
	fails(closed, "{\"a\":1,\"b\":2}", "/b: is no member known here");
	holds("{\"additionalProperties\":{\"type\":\"string\"}}", "{\"x\":\"y\"}");
	fails("{\"additionalProperties\":{\"type\":\"string\"}}", "{\"x\":1}",
		"/x: must be of type string");
}

static void schema_checks_values_and_bounds(void **state)
{
	(void)state;
	holds("{\"enum\":[\"a\",2]}", "2");
	fails("{\"enum\":[\"a\",2]}", "\"b\"", "/: is not one of the values allowed: b");
	fails("{\"const\":\"a\"}", "\"b\"", "/: must be a");
	holds("{\"minimum\":1,\"maximum\":3}", "3");
	fails("{\"minimum\":1}", "0.5", "/: is below the minimum");
	fails("{\"maximum\":3}", "3.5", "/: is above the maximum");
	holds("{\"maxLength\":3}", "\"永川区\"");
	fails("{\"maxLength\":2}", "\"永川区\"", "/: is too long");
	fails("{\"minLength\":1}", "\"\"", "/: must not be empty");
	fails("{\"minItems\":1}", "[]", "/: has too few elements");
	fails("{\"maxItems\":1}", "[1,2]", "/: has too many elements");
	fails("{\"uniqueItems\":true}", "[1,2,1]", "/2: stands twice");
}

static void schema_checks_formats(void **state)
{
	(void)state;
	holds("{\"format\":\"uuid\"}", "\"0b0c0d0e-0000-4000-8000-0123456789ab\"");
	fails("{\"format\":\"uuid\"}", "\"0B0c0d0e-0000-4000-8000-0123456789ab\"",
		"/: is not in the format uuid");
	holds("{\"format\":\"date\"}", "\"2028-02-29\"");
	fails("{\"format\":\"date\"}", "\"2027-02-29\"", "/: is not in the format date");
	holds("{\"format\":\"date-time\"}", "\"2026-11-24T03:04:05Z\"");
	fails("{\"format\":\"date-time\"}", "\"2026-11-24\"", "/: is not in the format date-time");
	holds("{\"format\":\"decimal\"}", "\"-0.350\"");
	fails("{\"format\":\"decimal\"}", "\"1e3\"", "/: is not in the format decimal");
	holds("{\"format\":\"did\"}", "\"did:web:a.example%3A8400:org:1\"");
	fails("{\"format\":\"did\"}", "\"did:web:\"", "/: is not in the format did");
	holds("{\"format\":\"digest\"}", "\"47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU\"");
	fails("{\"format\":\"digest\"}", "\"47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFV\"",
		"/: is not in the format digest");
	holds("{\"format\":\"word\"}", "\"road:urban\"");
	fails("{\"format\":\"word\"}", "\":urban\"", "/: is not in the format word");
}

static void schema_chooses_one_of(void **state)
{
	(void)state;
	const char *number =
		"{\"$defs\":{\"n\":{\"oneOf\":["
		"{\"properties\":{\"status\":{\"const\":\"read\"},\"value\":{\"format\":"
		"\"decimal\"}},"
		"\"required\":[\"status\",\"value\"]},"
		"{\"properties\":{\"status\":{\"const\":\"to-be-entered\"}},\"required\":["
		"\"status\"],"
		"\"additionalProperties\":false}]}},\"items\":{\"$ref\":\"#/$defs/n\"}}";
	holds(number, "[{\"status\":\"read\",\"value\":\"2\"},{\"status\":\"to-be-entered\"}]");
	fails(number, "[{\"status\":\"read\",\"value\":\"x\"}]",
		"/0/value: is not in the format decimal");
	fails(number, "[{\"status\":\"to-be-entered\",\"value\":\"2\"}]",
		"/0/value: is no member known here");
	fails(number, "[{\"status\":\"remembered\"}]", "/0: lacks the member value");
	fails("{\"oneOf\":[{\"type\":\"string\"},{\"const\":\"a\"}]}", "\"a\"",
		"/: fits more than one of the forms allowed");
}

static void schema_refuses_what_it_does_not_know(void **state)
{
	(void)state;
	refused("{\n \"pattern\":\"^a$\"}", "schema: unknown keyword \"pattern\"", 2, 12);
	refused("{\"properties\":{\"a\":{\"anyOf\":[]}}}", "schema: unknown keyword \"anyOf\"", 1,
		29);
	refused("{\"format\":\"email\"}", "schema: unknown format \"email\"", 1, 11);
	refused("{\"type\":\"int\"}", "schema: unknown type in keyword \"type\"", 1, 9);
	refused("{\"$ref\":\"#/$defs/x\"}", "schema: no such definition \"#/$defs/x\"", 1, 9);
	refused("{\"additionalProperties\":true}",
		"schema: neither false nor a schema: \"additionalProperties\"", 1, 25);
	refused("{\"minItems\":-1}", "schema: not a usable number: \"minItems\"", 1, 13);
	refused("[]", "schema: not an object where a schema is due \"\"", 1, 1);
}

static void schema_refuses_circles(void **state)
{
	(void)state;
	refused("{\"$defs\":{\"a\":{\"$ref\":\"#/$defs/b\"},\"b\":{\"oneOf\":[{\"$ref\":"
		"\"#/$defs/a\"}]}}}", "schema: definition goes in a circle: \"a\"", 1, 1);
	/* Through the input it may recur. */
	holds("{\"$defs\":{\"t\":{\"type\":\"object\",\"additionalProperties\":{\"$ref\":\"#/$defs/"
	      "t\"}}},"
	      "\"$ref\":\"#/$defs/t\"}",
		"{\"a\":{\"b\":{}}}");
}

static void schema_bounds_its_work(void **state)
{
	(void)state;
	SCOPED_BUF b;
	struct err e;
	buf_init(&b, 65536);
	buf_put_text(&b, "{\"$defs\":{\"d0\":{\"type\":\"null\"}");
	for (int i = 1; i < 40; i++)
		buf_printf(&b, ",\"d%d\":{\"oneOf\":[{\"$ref\":\"#/$defs/d%d\"},"
			"{\"$ref\":\"#/$defs/d%d\"}]}", i, i - 1, i - 1);
	buf_put_text(&b, "},\"$ref\":\"#/$defs/d39\"}");
	buf_put_char(&b, 0);
	assert_int_equal(check(b.at, "1", &e), ERR_TOO_LARGE);
	assert_string_equal(e.message, "too much to check");
}

static void schema_cuts_hostile_names(void **state)
{
	(void)state;
	SCOPED_BUF b;
	struct err e;
	buf_init(&b, 65536);
	buf_put_text(&b, "{\"");
	for (int i = 0; i < 200; i++)
		buf_put_text(&b, "川");
	buf_put_text(&b, "\\n\":{\"\\u001b[2J\":1}}");
	buf_put_char(&b, 0);
	assert_int_equal(
		check("{\"additionalProperties\":{\"additionalProperties\":false}}", b.at, &e),
		ERR_INVALID);
	assert_true(str_is_utf8(str_of(e.message)));
	assert_null(strchr(e.message, 0x1b));
	assert_non_null(strstr(e.message, "/?[2J: is no member known here"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(schema_checks_types),
		cmocka_unit_test(schema_tells_path_line_and_column),
		cmocka_unit_test(schema_checks_objects),
		cmocka_unit_test(schema_checks_values_and_bounds),
		cmocka_unit_test(schema_checks_formats),
		cmocka_unit_test(schema_chooses_one_of),
		cmocka_unit_test(schema_refuses_what_it_does_not_know),
		cmocka_unit_test(schema_refuses_circles),
		cmocka_unit_test(schema_bounds_its_work),
		cmocka_unit_test(schema_cuts_hostile_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
