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

#include "base/io.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/scoped.h"

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

/* The canonical form of a text that must be good. */
static struct str canonical(struct arena *a, struct str text)
{
	struct json *v = NULL;
	struct str ret = { NULL, 0 };
	struct err e = { 0 };

	if (json_parse(a, text, &v, &e) != ERR_OK)
		fail_msg("%u:%u %s: " STR_FMT, e.line, e.column, e.message, STR_ARG(text));
	assert_int_equal(json_jcs(a, v, &ret, &e), ERR_OK);
	return ret;
}

static void check_vector(const char *name)
{
	SCOPED_ARENA a = { 0 };
	struct str in, out, want;

	arena_init(&a, ARENA_CAP);
	in = vector_file(&a, arena_printf(&a, "jcs/input/%s.json", name));
	want = vector_file(&a, arena_printf(&a, "jcs/output/%s.json", name));
	out = canonical(&a, in);
	assert_true(str_eq(out, want));
	assert_true(str_eq(canonical(&a, out), want)); /* I2 */
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
		uint64_t bits = strtoull(str_z(&a, hex), NULL, 16);
		double number;
		memcpy(&number, &bits, sizeof(number));
		size_t len = json_number_text(number, text);
		if (!str_eq((struct str){ text, len }, want))
			fail_msg("%.17g: got %.*s, wanted " STR_FMT, number, (int)len, text,
				STR_ARG(want));
		lines++;
	}
	assert_int_equal(lines, 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_writes_the_canonical_vectors),
		cmocka_unit_test(json_writes_numbers_as_ecmascript),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
