/* test_json.c - the reader, the builder and the canonical form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/io.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/scoped.h"
#include "oracle.h"

#define ARENA_CAP 67108864

static struct str vector_file(struct arena *a, const char *name)
{
	struct str ret = { NULL, 0 };
	struct err e = { 0 };
	char *path = arena_printf(a, "%s/%s", getenv("HUREN_VECTORS"), name);

	if (io_read_file(a, path, ARENA_CAP / 2, &ret, &e) != ERR_OK)
		fail_msg("%s", e.message);
	return ret;
}

static struct json *parsed(struct arena *a, struct str text)
{
	struct json *v = NULL;
	struct err e = { 0 };

	if (json_parse(a, text, &v, &e) != ERR_OK)
		fail_msg("%u:%u %s: " STR_FMT, e.line, e.column, e.message, STR_ARG(text));
	return v;
}

static struct str canonical(struct arena *a, struct str text)
{
	struct str ret = { NULL, 0 };
	struct err e = { 0 };

	if (json_jcs(a, parsed(a, text), &ret, &e) != ERR_OK)
		fail_msg("%s", e.message);
	return ret;
}

static void assert_str(struct str got, const char *want)
{
	if (!str_is(got, want))
		fail_msg("got " STR_FMT ", wanted %s", STR_ARG(got), want);
}

static void check_vector(const char *name)
{
	SCOPED_ARENA a = { 0 };
	struct str in, out, want, hex;

	arena_init(&a, ARENA_CAP);
	in = vector_file(&a, arena_printf(&a, "jcs/input/%s.json", name));
	want = vector_file(&a, arena_printf(&a, "jcs/output/%s.json", name));
	hex = vector_file(&a, arena_printf(&a, "jcs/outhex/%s.txt", name));
	out = canonical(&a, in);
	assert_true(str_eq(out, want));
	assert_true(str_eq(canonical(&a, out), want)); /* I2 */
	for (size_t i = 0, k = 0; i < hex.len; i++) {
		uint8_t byte;
		if (hex.at[i] == ' ' || hex.at[i] == '\n')
			continue;
		assert_int_equal(hex_decode((struct str){ hex.at + i, 2 }, &byte, 1, NULL), ERR_OK);
		i++;
		assert_true(k < out.len);
		assert_int_equal(byte, (unsigned char)out.at[k++]);
	}
}

/* The double whose bits stand in up to 16 hex digits. */
static double from_bits(struct str hex)
{
	char digits[16] = "0000000000000000";
	uint8_t bytes[8];
	uint64_t bits = 0;
	double number;

	assert_true(hex.len <= sizeof(digits));
	memcpy(digits + sizeof(digits) - hex.len, hex.at, hex.len);
	assert_int_equal(hex_decode((struct str){ digits, 16 }, bytes, 8, NULL), ERR_OK);
	for (size_t i = 0; i < 8; i++)
		bits = bits << 8 | bytes[i];
	memcpy(&number, &bits, sizeof(number));
	return number;
}

static void json_writes_the_canonical_vectors(void **state)
{
	(void)state;
	check_vector("arrays");
	check_vector("french");
	check_vector("structures");
	check_vector("unicode");
	check_vector("values");
	check_vector("weird");
}

static void json_writes_numbers_as_ecmascript(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct str rest;
	unsigned lines = 0;

	(void)state;
	arena_init(&a, ARENA_CAP);
	rest = vector_file(&a, "jcs/es6numbers-10000.txt");
	while (rest.len > 0) {
		struct str want = str_cut(&rest, '\n'), hex = str_cut(&want, ',');
		char text[32];
		double number = from_bits(hex);
		size_t len = json_number_text(number, text);
		if (!str_eq((struct str){ text, len }, want))
			fail_msg("%.17g: got %.*s, wanted " STR_FMT, number, (int)len, text,
				STR_ARG(want));
		lines++;
	}
	assert_int_equal(lines, 10000);
}

static void check_number(double number, const char *want)
{
	char text[32];

	assert_str((struct str){ text, json_number_text(number, text) }, want);
}

static void json_finds_the_shortest_digits_at_powers_of_two(void **state)
{
	(void)state;
	/* The nearest 16 digits end in 801 and read back to the double below. */
	check_number(ldexp(1, -44), "5.684341886080802e-14");
	check_number(ldexp(1, -1074), "5e-324");
	check_number(ldexp(1, -1022), "2.2250738585072014e-308");
	check_number(ldexp(1, 70), "1.1805916207174113e+21");
	check_number(ldexp(1, 53), "9007199254740992");
	check_number(-0.0, "0");
	check_number(-1e-7, "-1e-7");
	check_number(0.000001, "0.000001");
	check_number(1e30, "1e+30");
	check_number(-1.5e300, "-1.5e+300");
}

/* Reads `text` as a number and writes it again. */
static void check_reading(const char *text, const char *want)
{
	SCOPED_ARENA a = { 0 };

	arena_init(&a, ARENA_CAP);
	assert_str(canonical(&a, str_of(text)), want);
}

static void json_reads_numbers_correctly_rounded(void **state)
{
	(void)state;
	check_reading("0.1", "0.1");
	check_reading("-0", "0");
	check_reading("-0.0e5", "0");
	check_reading("9007199254740992", "9007199254740992");
	check_reading("-9007199254740992", "-9007199254740992");
	check_reading("1.7976931348623157e308", "1.7976931348623157e+308");
	check_reading("1e-400", "0");
	check_reading("2.2250738585072011e-308", "2.225073858507201e-308");
	check_reading("1E+2", "100");
	check_reading("1e21", "1e+21");
	/* Half of the smallest double: to even, hence zero; a little above: up. */
	check_reading("2.4703282292062327208e-324", "0");
	check_reading("2.4703282292062327209e-324", "5e-324");
	/* The midpoint of 1 and the next double, exactly and with a digit far behind. */
	check_reading("1.00000000000000011102230246251565404236316680908203125", "1");
	check_reading("1.0000000000000001110223024625156540423631668090820312500000000000000000000"
		"0000000000000000000000000000000000000000000000000000000000000000000001",
		"1.0000000000000002");
	check_reading("0.00000000000000000000000000000000000000000000000001e50", "1");
}

/* A good text jansson takes too, with the same value before and after. */
static void check_accepted(const char *text)
{
	SCOPED_ARENA a = { 0 };
	struct str out;

	arena_init(&a, ARENA_CAP);
	out = canonical(&a, str_of(text));
	if (!oracle_same(text, strlen(text), out.at, out.len))
		fail_msg("jansson finds another value in %s", text);
	assert_true(str_eq(canonical(&a, out), out)); /* I2 */
}

static void json_agrees_with_jansson_on_good_texts(void **state)
{
	(void)state;
	check_accepted("null");
	check_accepted(" [ ] ");
	check_accepted("{}");
	check_accepted("\t{\"b\":[1,2,{\"c\":null}],\r\n\"a\":\"x\"} ");
	check_accepted("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude02\"");
	check_accepted("\"\xe4\xb8\xad\xe6\x96\x87\xf0\x9f\x98\x82\"");
	check_accepted("[true,false,null,0,-1,1.5,1e3,1E-3]");
	check_accepted("{\"\":{\"\":[[],{}]}}");
	check_accepted("\"\x7f\"");
	check_accepted("{\"long name that needs more than eight bytes\":\"and a \\u0001 value\"}");
}

struct refused {
	const char *text;
	size_t len;
	uint32_t line, column;
	const char *message;
};

#define REFUSED(literal, line, column, message) \
	{ literal, sizeof(literal) - 1, line, column, "malformed JSON: " message }

static void check_refused(const struct refused *r)
{
	SCOPED_ARENA a = { 0 };
	/* A heap copy of the exact length: sanitizers see any read behind it. */
	char *copy = malloc(r->len > 0 ? r->len : 1);
	struct json *v = NULL;
	struct err e = { 0 };

	arena_init(&a, ARENA_CAP);
	assert_non_null(copy);
	memcpy(copy, r->text, r->len);
	if (json_parse(&a, (struct str){ copy, r->len }, &v, &e) != ERR_INVALID)
		fail_msg("accepted: %s", r->text);
	assert_null(v); /* output untouched on failure */
	assert_string_equal(e.message, r->message);
	if (e.line != r->line || e.column != r->column)
		fail_msg("%s: at %u:%u, wanted %u:%u", r->text, e.line, e.column, r->line,
			r->column);
	free(copy);
}

static const struct refused refused_by_both[] = {
	REFUSED("", 1, 1, "text ends where a value is expected"),
	REFUSED("  \n ", 2, 2, "text ends where a value is expected"),
	REFUSED("[1", 1, 3, "expected a comma or ]"),
	REFUSED("[1,]", 1, 4, "expected a value"),
	REFUSED("[,1]", 1, 2, "expected a value"),
	REFUSED("[1 2]", 1, 4, "expected a comma or ]"),
	REFUSED("[1}", 1, 3, "expected a comma or ]"),
	REFUSED("{\"a\":1]", 1, 7, "expected a comma or }"),
	REFUSED("{\"a\":1,}", 1, 8, "expected a member name"),
	REFUSED("{a:1}", 1, 2, "expected a member name"),
	REFUSED("{\"a\" 1}", 1, 6, "expected a colon"),
	REFUSED("{\"a\":}", 1, 6, "expected a value"),
	REFUSED("{\"a\"", 1, 5, "expected a colon"),
	REFUSED("{", 1, 2, "expected a member name"),
	REFUSED("[", 1, 2, "text ends where a value is expected"),
	REFUSED("1 2", 1, 3, "value is followed by something else"),
	REFUSED("{}{}", 1, 3, "value is followed by something else"),
	REFUSED("// c\n1", 1, 1, "expected a value"),
	REFUSED("'a'", 1, 1, "expected a value"),
	REFUSED("nul", 1, 1, "expected a value"),
	REFUSED("True", 1, 1, "expected a value"),
	REFUSED("NaN", 1, 1, "expected a value"),
	REFUSED("Infinity", 1, 1, "expected a value"),
	REFUSED("-", 1, 1, "number is malformed"),
	REFUSED("-a", 1, 1, "number is malformed"),
	REFUSED("+1", 1, 1, "expected a value"),
	REFUSED(".5", 1, 1, "expected a value"),
	REFUSED("1.", 1, 1, "number is malformed"),
	REFUSED("01", 1, 1, "number is malformed"),
	REFUSED("-01", 1, 1, "number is malformed"),
	REFUSED("1e", 1, 1, "number is malformed"),
	REFUSED("1e+", 1, 1, "number is malformed"),
	REFUSED("0x10", 1, 2, "value is followed by something else"),
	REFUSED("1e400", 1, 1, "number is too large for a double"),
	REFUSED("-1.8e308", 1, 1, "number is too large for a double"),
	REFUSED("\"abc", 1, 1, "string is not closed"),
	REFUSED("[\"abc\\", 1, 2, "string is not closed"),
	REFUSED("\"abc\\\"", 1, 1, "string is not closed"),
	REFUSED("\"a\nb\"", 1, 3, "control character in a string is not escaped"),
	REFUSED("\"a\0b\"", 1, 3, "control character in a string is not escaped"),
	REFUSED("\"\\x\"", 1, 2, "backslash is followed by an unknown letter"),
	REFUSED("\"\\\0\"", 1, 2, "backslash is followed by an unknown letter"),
	REFUSED("\"\\u12\"", 1, 2, "\\u is not followed by four hex digits"),
	REFUSED("\"\\u12g4\"", 1, 2, "\\u is not followed by four hex digits"),
	REFUSED("\"\\u0000\"", 1, 2, "character U+0000 is not allowed"),
	REFUSED("\"\\ud800\"", 1, 2, "surrogate stands alone"),
	REFUSED("\"\\ud800\\n\"", 1, 2, "surrogate stands alone"),
	REFUSED("\"\\ud800\\ud800\"", 1, 2, "surrogate stands alone"),
	REFUSED("\"\\ude02\"", 1, 2, "surrogate stands alone"),
	REFUSED("\"\xff\"", 1, 2, "string is not valid UTF-8 text"),
	REFUSED("\"\x80\"", 1, 2, "string is not valid UTF-8 text"),
	REFUSED("\"\xc0\x80\"", 1, 2, "string is not valid UTF-8 text"),
	REFUSED("\"\xe0\x80\x80\"", 1, 2, "string is not valid UTF-8 text"),
	REFUSED("\"\xed\xa0\x80\"", 1, 2, "string is not valid UTF-8 text"),
	REFUSED("\"\xf4\x90\x80\x80\"", 1, 2, "string is not valid UTF-8 text"),
	REFUSED("\"\xe4\xb8", 1, 2, "string is not valid UTF-8 text"),
	REFUSED("\xef\xbb\xbf{}", 1, 1, "text begins with a byte order mark"),
	REFUSED("{\"a\":1,\n \"a\":2}", 2, 2, "member name \"a\" stands twice"),
	REFUSED("{\"a\":1,\"\\u0061\":2}", 1, 8, "member name \"a\" stands twice"),
	REFUSED("{\"b\":1,\"a\":2,\"b\":3}", 1, 18, "member name \"b\" stands twice"),
};

static void json_refuses_what_jansson_refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refused_by_both) / sizeof(refused_by_both[0]); i++) {
		const struct refused *r = &refused_by_both[i];
		check_refused(r);
		if (oracle_accepts(r->text, r->len))
			fail_msg("jansson accepts %s", r->text);
	}
}

static void json_is_stricter_than_jansson(void **state)
{
	static const struct refused table[] = {
		REFUSED("9007199254740993", 1, 1, "integer is over 9007199254740992 in size"),
		REFUSED("-9007199254740993", 1, 1, "integer is over 9007199254740992 in size"),
		REFUSED("1000000000000000000000", 1, 1, "integer is over 9007199254740992 in size"),
		REFUSED("1e20", 1, 1, "integer is over 9007199254740992 in size"),
		REFUSED("9007199254740994.0", 1, 1, "integer is over 9007199254740992 in size"),
		REFUSED("null\0", 1, 5, "value is followed by something else"),
		REFUSED("\"\xef\xbf\xbf\"", 1, 2, "string is not valid UTF-8 text"),
		REFUSED("\"\xf0\x9f\xbf\xbe\"", 1, 2, "string is not valid UTF-8 text"),
		REFUSED("\"\\ufdd0\"", 1, 2, "code point is a noncharacter"),
		REFUSED("\"\\ud83f\\udfff\"", 1, 2, "code point is a noncharacter"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		check_refused(&table[i]);
		if (!oracle_accepts(table[i].text, table[i].len))
			fail_msg("jansson refuses %s", table[i].text);
	}
}

/* `count` opening brackets, then as many closing ones. */
static enum err_code parse_nested(size_t count, struct err *e)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	struct json *v = NULL;

	arena_init(&a, ARENA_CAP);
	buf_init(&b, 4096);
	for (size_t i = 0; i < count; i++)
		buf_put_char(&b, '[');
	for (size_t i = 0; i < count; i++)
		buf_put_char(&b, ']');
	return json_parse(&a, buf_str(&b), &v, e);
}

static void limit_json_depth(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct json *v, *outer;
	struct str text = { NULL, 0 };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(parse_nested(LIMIT_JSON_DEPTH, &e), ERR_OK);
	assert_int_equal(parse_nested(LIMIT_JSON_DEPTH + 1, &e), ERR_TOO_LARGE);
	assert_string_equal(e.message, "malformed JSON: nested too deeply");
	assert_int_equal(e.column, LIMIT_JSON_DEPTH + 1);
	arena_init(&a, ARENA_CAP);
	v = json_new_array(&a);
	for (size_t i = 1; i < LIMIT_JSON_DEPTH; i++)
		v = json_push(&a, json_new_array(&a), v);
	assert_int_equal(json_jcs(&a, v, &text, &e), ERR_OK);
	assert_true(json_eq(v, parsed(&a, text)));
	outer = json_push(&a, json_new_array(&a), v);
	assert_int_equal(json_jcs(&a, outer, &text, &e), ERR_TOO_LARGE);
}

static void json_sorts_members_by_utf16(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct json *v;

	(void)state;
	arena_init(&a, ARENA_CAP);
	v = parsed(&a,
		STR("{\"\xef\xac\xb3\":1,\"b\":2,\"\xf0\x9f\x98\x82\":3,\"a\":4,\"aa\":5,\"\":6,"
		    "\"\xe4\xb8\xad\":7}"));
	assert_true(v->sorted);
	assert_str(v->members[0].name, "");
	assert_str(v->members[1].name, "a");
	assert_str(v->members[2].name, "aa");
	assert_str(v->members[3].name, "b");
	assert_str(v->members[4].name, "\xe4\xb8\xad");
	assert_str(v->members[5].name, "\xf0\x9f\x98\x82"); /* surrogates D83D DE02 ... */
	assert_str(v->members[6].name, "\xef\xac\xb3");     /* ... before FB33 */
	assert_true(json_number_or(json_get(v, "\xf0\x9f\x98\x82"), 0) == 3);
}

/* 1000 members in descending order, once with the first name again at the end. */
static void json_sorts_many_members(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	struct json *v = NULL;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	buf_init(&b, 65536);
	buf_put_char(&b, '{');
	for (int i = 999; i >= 0; i--)
		buf_printf(
			&b, "%s\"%04d\":%d", i < 999 ? "," : "", i * 7919 % 1000, i * 7919 % 1000);
	buf_put_char(&b, '}');
	v = parsed(&a, buf_str(&b));
	assert_int_equal(json_count(v), 1000);
	for (uint32_t i = 0; i < 1000; i++) {
		assert_str(v->members[i].name, arena_printf(&a, "%04u", i));
		assert_true(v->members[i].value->number == i);
	}
	b.len--;
	buf_put_text(&b, ",\"0500\":0}");
	assert_int_equal(json_parse(&a, buf_str(&b), &v, &e), ERR_INVALID);
	assert_string_equal(e.message, "malformed JSON: member name \"0500\" stands twice");
}

static void json_lends_strings_from_the_text(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct str text = STR("[\"plain\",\"a\\tb\"]");
	struct json *v;

	(void)state;
	arena_init(&a, ARENA_CAP);
	v = parsed(&a, text);
	assert_ptr_equal(json_str(json_at(v, 0)).at, text.at + 2);
	assert_str(json_str(json_at(v, 1)), "a\tb");
	assert_int_equal(json_at(v, 1)->offset, 9);
}

static void json_getters_accept_anything(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct json *v;

	(void)state;
	arena_init(&a, ARENA_CAP);
	v = parsed(
		&a, STR("{\"a\":[{\"b\":\"x\"},2.5,true],\"type\":[\"One\",\"Two\"],\"n\":null}"));
	assert_str(json_str(json_path(v, "a/0/b")), "x");
	assert_true(json_number_or(json_path(v, "a/1"), 0) == 2.5);
	assert_true(json_true(json_path(v, "a/2")));
	assert_null(json_path(v, "a/3"));
	assert_null(json_path(v, "a/00"));
	assert_null(json_path(v, "a/0/b/c"));
	assert_null(json_path(v, ""));
	assert_null(json_get(NULL, "a"));
	assert_null(json_get(json_get(v, "a"), "a"));
	assert_null(json_at(v, 0));
	assert_null(json_get_str(v, "a").at);
	assert_true(json_number_or(NULL, 7) == 7);
	assert_int_equal(json_count(v), 3);
	assert_int_equal(json_count(json_get(v, "n")), 0);
	assert_true(json_is(json_get(v, "n"), JSON_NULL));
	assert_false(json_is(NULL, JSON_NULL));
	assert_true(json_has_type(json_get(v, "type"), "Two"));
	assert_false(json_has_type(json_get(v, "type"), "Three"));
	assert_true(json_has_type(json_path(v, "type/0"), "One"));
	assert_false(json_has_type(NULL, "One"));
}

static void json_need_names_the_member(void **state)
{
	SCOPED_ARENA a = { 0 };
	const struct json *v, *found = NULL;
	struct str s = STR("untouched");
	uint64_t n = 42;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	v = parsed(&a, STR("{\"s\":\"x\",\"n\":9007199254740992,\"f\":1.5,\"m\":-1}"));
	assert_int_equal(json_need(v, "q", JSON_NULL, &found, &e), ERR_INVALID);
	assert_string_equal(e.message, "member \"q\" is missing");
	assert_null(found);
	assert_int_equal(json_need_str(v, "n", &s, &e), ERR_INVALID);
	assert_string_equal(e.message, "member \"n\" is not a string");
	assert_str(s, "untouched");
	assert_int_equal(json_need_str(v, "s", &s, &e), ERR_OK);
	assert_str(s, "x");
	assert_int_equal(json_need_u64(v, "f", &n, &e), ERR_INVALID);
	assert_int_equal(json_need_u64(v, "m", &n, &e), ERR_INVALID);
	assert_int_equal(n, 42);
	assert_int_equal(json_need_u64(v, "n", &n, &e), ERR_OK);
	assert_true(n == UINT64_C(9007199254740992));
}

static void json_eq_compares_whole_values(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct json *v;

	(void)state;
	arena_init(&a, ARENA_CAP);
	v = parsed(&a, STR("{\"a\":[1,{\"b\":null}],\"c\":\"x\"}"));
	assert_true(json_eq(v, parsed(&a, STR("{\"c\":\"\\u0078\",\"a\":[1.0,{\"b\":null}]}"))));
	assert_false(json_eq(v, parsed(&a, STR("{\"a\":[1,{\"b\":true}],\"c\":\"x\"}"))));
	assert_false(json_eq(v, parsed(&a, STR("{\"a\":[1,{\"d\":null}],\"c\":\"x\"}"))));
	assert_false(json_eq(v, parsed(&a, STR("{\"a\":[1],\"c\":\"x\"}"))));
	assert_false(json_eq(v, NULL));
	assert_true(json_eq(NULL, NULL));
}

static struct json *build(struct arena *a)
{
	struct json *v = json_new_object(a), *list = json_new_array(a);

	json_set_text(a, v, "z", "last");
	json_set(a, v, "list", list);
	json_set_number(a, v, "n", 1);
	json_set_number(a, v, "n", 2.5);
	for (int i = 0; i < 20; i++)
		json_push(a, list, json_new_number(a, i));
	json_push(a, list, json_new_bool(a, true));
	json_push(a, list, json_new_null(a));
	for (int i = 0; i < 20; i++)
		json_set_str(a, v, arena_printf(a, "%02d", i), STR("\n\"\x1f"));
	return v;
}

static void json_builder_sorts_and_replaces(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct json *v;
	struct str text = { NULL, 0 };
	struct err e = { 0 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	v = build(&a);
	assert_int_equal(json_count(v), 23);
	assert_int_equal(json_jcs(&a, v, &text, &e), ERR_OK);
	assert_true(str_starts(text, "{\"00\":\"\\n\\\"\\u001f\",\"01\":"));
	assert_true(str_ends(text, ",18,19,true,null],\"n\":2.5,\"z\":\"last\"}"));
	assert_true(json_eq(v, parsed(&a, text)));
	assert_null(json_get(json_without(&a, v, "n"), "n"));
	assert_int_equal(json_count(json_without(&a, v, "n")), 22);
	assert_int_equal(json_count(v), 23);
	/* A parsed object can be built on, and a copy leaves the original alone. */
	v = parsed(&a, STR("{\"b\":1}"));
	assert_ptr_equal(json_set_text(&a, json_copy(&a, v), "a", "x") == NULL, false);
	assert_int_equal(json_count(v), 1);
	assert_true(v->canonical);
	json_set_text(&a, v, "a", "x");
	assert_false(v->canonical);
	assert_int_equal(json_jcs(&a, v, &text, &e), ERR_OK);
	assert_str(text, "{\"a\":\"x\",\"b\":1}");
}

static void json_builder_never_leaves_anything_out(void **state)
{
	size_t cap, failures = 0;

	(void)state;
	for (cap = 0; cap < 65536; cap += 48) {
		SCOPED_ARENA a = { 0 };
		SCOPED_BUF b = { 0 };
		struct err e = { 0 };
		arena_init(&a, cap);
		buf_init(&b, 4096);
		struct json *v = build(&a);
		enum err_code code = json_put_jcs(&b, v, &e);
		if (code == ERR_OK) {
			assert_true(str_ends(buf_str(&b), "\"z\":\"last\"}"));
			assert_int_equal(json_count(v), 23);
			assert_int_equal(json_count(json_get(v, "list")), 22);
			break;
		}
		assert_int_equal(code, ERR_TOO_LARGE);
		assert_int_equal(b.len, 0);
		failures++;
	}
	assert_true(cap < 65536);
	assert_true(failures > 10);
}

static void json_parse_fails_cleanly_at_every_cap(void **state)
{
	struct str text =
		STR("{\"b\":[\"\\u0041\",2,[3,{}]],\"a\":{\"c\":[1,2,3,4,5,6,7,8,9]},\"d\":0}");
	size_t cap, failures = 0;

	(void)state;
	for (cap = 0; cap < 65536; cap += 16) {
		SCOPED_ARENA a = { 0 };
		struct json *v = NULL;
		struct err e = { 0 };
		arena_init(&a, cap);
		if (json_parse(&a, text, &v, &e) == ERR_OK)
			break;
		assert_int_equal(e.code, ERR_TOO_LARGE);
		assert_null(v);
		failures++;
	}
	assert_true(cap < 65536);
	assert_true(failures > 10);
}

static void check_unwritable(struct arena *a, struct json *v, enum err_code want)
{
	struct str text = STR("untouched");
	struct err e = { 0 };

	assert_int_equal(json_jcs(a, v, &text, &e), want);
	assert_str(text, "untouched");
}

static void json_refuses_to_write_what_it_would_not_read(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	struct err e = { 0 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	check_unwritable(&a, json_new_number(&a, NAN), ERR_INVALID);
	check_unwritable(&a, json_new_number(&a, -INFINITY), ERR_INVALID);
	check_unwritable(&a, json_new_number(&a, 1e20), ERR_INVALID);
	check_unwritable(&a, json_new_text(&a, "\xff"), ERR_INVALID);
	check_unwritable(&a, json_new_str(&a, STR("a\0b")), ERR_INVALID);
	check_unwritable(
		&a, json_set_number(&a, json_new_object(&a), "\xed\xa0\x80", 1), ERR_INVALID);
	check_unwritable(&a, json_new_str(&a, (struct str){ NULL, 0 }), ERR_TOO_LARGE);
	buf_init(&b, 8);
	assert_int_equal(json_put_jcs(&b, json_new_text(&a, "123456"), &e), ERR_OK);
	buf_reset(&b);
	assert_int_equal(json_put_jcs(&b, json_new_text(&a, "1234567"), &e), ERR_TOO_LARGE);
}

static void json_pretty_form_indents(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	struct err e = { 0 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	buf_init(&b, 4096);
	assert_int_equal(
		json_put_pretty(&b, parsed(&a, STR("{\"b\":[1,[]],\"a\":{}}")), &e), ERR_OK);
	assert_str(buf_str(&b), "{\n  \"a\": {},\n  \"b\": [\n    1,\n    []\n  ]\n}");
}

static void json_position_counts_characters(void **state)
{
	uint32_t line = 0, column = 0;

	(void)state;
	json_position(STR("a\n\xe4\xb8\xad\xe6\x96\x87x"), 8, &line, &column);
	assert_int_equal(line, 2);
	assert_int_equal(column, 3);
}

static void json_knows_canonical_text(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool canonical;
	} cases[] = {
		{ "{}", true },
		{ "{ }", false },
		{ "[1,2]", true },
		{ "[1, 2]", false },
		{ "{\"a\":1,\"b\":[true,null]}", true },
		{ "{\"b\":1,\"a\":2}", false },
		{ "{\"a\" :1}", false },
		{ "0", true },
		{ "-0", false },
		{ "1.0", false },
		{ "1.5", true },
		{ "1e2", false },
		{ "1e+21", true },
		{ "1E+21", false },
		{ "123456789012345", true },
		{ "9007199254740992", true },
		{ "0.000001", true },
		{ "1e-7", true },
		{ "1e-07", false },
		{ "\"\\u0001\\n\\\\\\\"\"", true },
		{ "\"\\u0041\"", false },
		{ "\"\\u001F\"", false },
		{ "\"\\u001f\"", true },
		{ "\"\\u000a\"", false },
		{ "\"\\/\"", false },
		{ "\"/\"", true },
		{ "\"\\ud83d\\ude02\"", false },
		{ "\"\\u00e9\"", false },
		{ "\"\xc3\xa9\x7f\"", true },
		{ "{\"\\u0041\":1}", false },
	};
	SCOPED_ARENA a = { 0 };

	arena_init(&a, ARENA_CAP);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct json *v = parsed(&a, str_of(cases[i].text));
		if (v->canonical != cases[i].canonical)
			fail_msg("%s", cases[i].text);
		assert_true(str_is(json_bytes(str_of(cases[i].text), v), cases[i].text));
	}
}

static void json_knows_the_canonical_bytes_of_each_part(void **state)
{
	(void)state;
	static const char text[] = " {\"b\": {\"x\":\"y\"},\"a\":[ \"z\" ,-1.50, {\"q\":{}}]} ";
	SCOPED_ARENA a = { 0 };
	const struct json *v;
	struct json *copy;

	arena_init(&a, ARENA_CAP);
	v = parsed(&a, str_of(text));
	assert_false(v->canonical);
	assert_true(json_get(v, "b")->canonical);
	assert_true(str_is(json_bytes(str_of(text), json_get(v, "b")), "{\"x\":\"y\"}"));
	assert_false(json_get(v, "a")->canonical);
	assert_true(json_path(v, "a/0")->canonical);
	assert_true(str_is(json_bytes(str_of(text), json_path(v, "a/0")), "\"z\""));
	assert_false(json_path(v, "a/1")->canonical);
	assert_true(str_is(json_bytes(str_of(text), json_path(v, "a/1")), "-1.50"));
	assert_true(json_path(v, "a/2")->canonical);
	assert_true(str_is(json_bytes(str_of(text), json_path(v, "a/2")), "{\"q\":{}}"));
	copy = json_copy(&a, json_get(v, "b"));
	assert_non_null(copy);
	assert_false(copy->canonical);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_writes_the_canonical_vectors),
		cmocka_unit_test(json_writes_numbers_as_ecmascript),
		cmocka_unit_test(json_finds_the_shortest_digits_at_powers_of_two),
		cmocka_unit_test(json_reads_numbers_correctly_rounded),
		cmocka_unit_test(json_agrees_with_jansson_on_good_texts),
		cmocka_unit_test(json_refuses_what_jansson_refuses),
		cmocka_unit_test(json_is_stricter_than_jansson),
		cmocka_unit_test(limit_json_depth),
		cmocka_unit_test(json_sorts_members_by_utf16),
		cmocka_unit_test(json_sorts_many_members),
		cmocka_unit_test(json_lends_strings_from_the_text),
		cmocka_unit_test(json_getters_accept_anything),
		cmocka_unit_test(json_need_names_the_member),
		cmocka_unit_test(json_eq_compares_whole_values),
		cmocka_unit_test(json_builder_sorts_and_replaces),
		cmocka_unit_test(json_builder_never_leaves_anything_out),
		cmocka_unit_test(json_parse_fails_cleanly_at_every_cap),
		cmocka_unit_test(json_refuses_to_write_what_it_would_not_read),
		cmocka_unit_test(json_pretty_form_indents),
		cmocka_unit_test(json_position_counts_characters),
		cmocka_unit_test(json_knows_canonical_text),
		cmocka_unit_test(json_knows_the_canonical_bytes_of_each_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
