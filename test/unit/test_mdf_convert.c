/* test_mdf_convert.c - conversions of kinds 0 to 11, through files. */
#include "evidence/mdf.h"

#include "base/limits.h"
#include "mdf_fixture.h"

#define ROWS_MAX 32
#define RECORD 32

struct column {
	struct channel_table t;
	const struct channel *c;
	struct evidence_listing l;
};

/* One channel over a time axis, read back. `bytes` are `size` bytes a row. */
static struct column column_of(struct arena *a, const struct mdf_write_channel *c,
	const void *bytes, uint32_t size, uint32_t rows)
{
	struct buf b = { 0 };
	uint8_t records[ROWS_MAX * RECORD] = { 0 };
	struct mdf_write_channel channels[] = { TIME_CHANNEL, *c };
	struct mdf_write_group g = { .record_bytes = RECORD, .rows = rows, .records = records,
		.channel_count = 2, .channels = channels };
	struct mdf_write_data d = { .group_count = 1, .groups = &g };
	struct column ret = { 0 };
	struct evidence_file f;
	struct err e = { 0 };

	assert_true(rows <= ROWS_MAX);
	channels[1].name = "x";
	channels[1].byte_offset = 8;
	for (uint32_t i = 0; i < rows; i++) {
		put_f64(records + i * RECORD, i);
		memcpy(records + i * RECORD + 8, (const uint8_t *)bytes + i * size, size);
	}
	buf_init(&b, FILE_MAX);
	f = file_of(str_copy(a, write_data(&b, &d, 420)));
	buf_clear(&b);
	must(collect_all(a, &f, &ret.l, &ret.t, &e), &e);
	ret.c = ret.t.channel_count == 2 ? &ret.t.channels[1] : NULL;
	return ret;
}

static struct column numbers(struct arena *a, const struct mdf_write_conversion *k,
	const double *x, uint32_t rows)
{
	struct mdf_write_channel c = { .data_type = 4, .bit_count = 64, .conversion = k };

	return column_of(a, &c, x, 8, rows);
}

static struct column bytes_of(struct arena *a, const struct mdf_write_conversion *k,
	const uint8_t *x, uint32_t rows)
{
	struct mdf_write_channel c = { .bit_count = 8, .conversion = k };

	return column_of(a, &c, x, 1, rows);
}

#define VALUES(...) .values = (const double[]){ __VA_ARGS__ },                             \
	.value_count = sizeof((const double[]){ __VA_ARGS__ }) / 8
#define REFS(...) .refs = (const struct mdf_write_ref[]){ __VA_ARGS__ },                   \
	.ref_count = sizeof((const struct mdf_write_ref[]){ __VA_ARGS__ }) /               \
		sizeof(struct mdf_write_ref)
#define TEXT(s) { .text = (s) }
#define NIL { .text = NULL }

static void expect(struct column k, const double *want, uint32_t rows)
{
	assert_non_null(k.c);
	assert_int_equal(k.c->kind, CHANNEL_NUMBER);
	for (uint32_t i = 0; i < rows; i++) {
		if (isnan(want[i]))
			assert_true(isnan(k.c->values[i]));
		else
			assert_true(k.c->values[i] == want[i]);
	}
}
#define EXPECT(column, ...) expect(column, (const double[]){ __VA_ARGS__ },                \
	sizeof((const double[]){ __VA_ARGS__ }) / 8)

static void expect_texts(struct column k, const char *const *want, uint32_t rows)
{
	assert_non_null(k.c);
	for (uint32_t i = 0; i < rows; i++) {
		struct str got = label_at(&k.t, "x", i);
		if (!str_is(got, want[i]))
			fail_msg("row %u: " STR_FMT " instead of %s", (unsigned)i, STR_ARG(got),
				want[i]);
	}
}
#define EXPECT_TEXTS(column, ...) expect_texts(column, (const char *const[]){ __VA_ARGS__ }, \
	sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

static void mdf_linear_adds_the_offset_after_the_product(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct mdf_write_conversion k = { .type = 1, VALUES(-3, 0.25) };
	static const double x[] = { 0, 4, 1e300, NAN, 0.1 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	EXPECT(numbers(&a, &k, x, 5), -3, -2, 0.25e300, NAN, -3 + 0.25 * 0.1);
}

static void mdf_rational_without_denominator_is_missing(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct mdf_write_conversion k = { .type = 2, VALUES(1, 2, 3, 0, 1, -2) };
	static const double x[] = { 0, 1, 2, 3 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	EXPECT(numbers(&a, &k, x, 4), -1.5, -6, NAN, 18);
}

static struct column formula(struct arena *a, const char *text, const double *x, uint32_t rows)
{
	struct mdf_write_conversion k = { .type = 3, REFS(TEXT(text)) };

	return numbers(a, &k, x, rows);
}

static void mdf_formulas_follow_the_rules_of_arithmetic(void **state)
{
	SCOPED_ARENA a = { 0 };
	static const double x[] = { 2, -3, 0 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	EXPECT(formula(&a, "2 * X + 3", x, 3), 7, -3, 3);
	EXPECT(formula(&a, "2+3*X^2", x, 3), 14, 29, 2);
	EXPECT(formula(&a, "-X^2", x, 3), -4, -9, 0);
	EXPECT(formula(&a, "(x1-1)/X", x, 3), 0.5, 4.0 / 3, NAN);
	EXPECT(formula(&a, "8-4-2*X/4*2", x, 3), 2, 7, 4);
	EXPECT(formula(&a, "sqrt(abs(X)) + 1.5e1 + .5", x, 3), sqrt(2) + 15 + .5, sqrt(3) + 15 + .5,
		15.5);
	EXPECT(formula(&a, "sqrt(X)", x, 3), sqrt(2), NAN, 0);
}

static void expect_no_column(struct column k, enum note_code code)
{
	assert_null(k.c);
	assert_int_equal(k.l.note_count, 1);
	assert_int_equal(k.l.notes[0].code, code);
}

static void mdf_formulas_that_cannot_be_computed_are_reported(void **state)
{
	SCOPED_ARENA a = { 0 };
	static const double x[] = { 2 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	expect_no_column(formula(&a, "sin(X)", x, 1), NOTE_UNSUPPORTED);
	expect_no_column(formula(&a, "X^0.5", x, 1), NOTE_UNSUPPORTED);
	expect_no_column(formula(&a, "X1 + X2", x, 1), NOTE_UNSUPPORTED);
	expect_no_column(formula(&a, "", x, 1), NOTE_BROKEN);
	expect_no_column(formula(&a, "2 * ", x, 1), NOTE_BROKEN);
	expect_no_column(formula(&a, "(X", x, 1), NOTE_BROKEN);
	expect_no_column(formula(&a, "X)", x, 1), NOTE_BROKEN);
	expect_no_column(formula(&a, "1..2", x, 1), NOTE_BROKEN);
}

static void limit_mdf_formula_depth(void **state)
{
	SCOPED_ARENA a = { 0 };
	char text[2 * (LIMIT_MDF_FORMULA_DEPTH + 1) + 2] = { 0 };
	static const double x[] = { 2 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	memset(text, '(', LIMIT_MDF_FORMULA_DEPTH);
	text[LIMIT_MDF_FORMULA_DEPTH] = 'X';
	memset(text + LIMIT_MDF_FORMULA_DEPTH + 1, ')', LIMIT_MDF_FORMULA_DEPTH);
	EXPECT(formula(&a, text, x, 1), 2);
	memset(text, '(', LIMIT_MDF_FORMULA_DEPTH + 1);
	text[LIMIT_MDF_FORMULA_DEPTH + 1] = 'X';
	memset(text + LIMIT_MDF_FORMULA_DEPTH + 2, ')', LIMIT_MDF_FORMULA_DEPTH + 1);
	expect_no_column(formula(&a, text, x, 1), NOTE_UNSUPPORTED);
}

static void mdf_tables_clamp_outside_and_interpolate_or_take_the_nearest(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct mdf_write_conversion k = { .type = 4, VALUES(0, 10, 10, 20, 20, 0) };
	static const double x[] = { -1, 0, 2.5, 5, 10, 15, 20, 99, NAN };

	(void)state;
	arena_init(&a, ARENA_CAP);
	EXPECT(numbers(&a, &k, x, 9), 10, 10, 12.5, 15, 20, 10, 0, 0, NAN);
	k.type = 5;
	EXPECT(numbers(&a, &k, x, 9), 10, 10, 10, 10, 20, 20, 0, 0, NAN);
}

static void mdf_ranges_include_their_ends_for_integers_only(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct mdf_write_conversion k = { .type = 6, VALUES(0, 5, 1, 5, 9, 2, -1) };
	static const double x[] = { 0, 4.5, 5, 9, NAN };
	static const uint8_t bytes[] = { 0, 5, 6, 9, 10 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	EXPECT(numbers(&a, &k, x, 5), 1, 1, 2, -1, NAN);
	EXPECT(bytes_of(&a, &k, bytes, 5), 1, 1, 2, 2, -1);
}

static void mdf_tables_without_order_are_reported(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct mdf_write_conversion k = { .type = 4, VALUES(0, 10, 10, 20, 5, 0) };
	struct mdf_write_conversion nan = { .type = 5, VALUES(NAN, 10) };
	struct mdf_write_conversion range = { .type = 6, VALUES(6, 9, 1, 0, 5, 2, -1) };
	struct mdf_write_conversion odd = { .type = 4, VALUES(0, 10, 10) };
	static const double x[] = { 1 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	expect_no_column(numbers(&a, &k, x, 1), NOTE_BROKEN);
	expect_no_column(numbers(&a, &nan, x, 1), NOTE_BROKEN);
	expect_no_column(numbers(&a, &range, x, 1), NOTE_BROKEN);
	expect_no_column(numbers(&a, &odd, x, 1), NOTE_BROKEN);
}

static void mdf_values_become_texts(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct mdf_write_conversion k = { .type = 7, VALUES(3, 1),
		REFS(TEXT("three"), TEXT("one"), TEXT("else")) };
	struct mdf_write_conversion nil = { .type = 7, VALUES(1, 3),
		REFS(TEXT("one"), TEXT("three"), NIL) };
	static const uint8_t x[] = { 3, 1, 2, 3 };
	struct column c;

	(void)state;
	arena_init(&a, ARENA_CAP);
	c = bytes_of(&a, &k, x, 4);
	EXPECT_TEXTS(c, "three", "one", "else", "three");
	/* Indices follow from the file, not from what was measured. */
	assert_true(str_is(c.c->labels[0], "three") && str_is(c.c->labels[1], "one"));
	EXPECT_TEXTS(bytes_of(&a, &nil, x, 4), "three", "one", "(missing)", "three");
}

static void mdf_ranges_become_texts(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct mdf_write_conversion k = { .type = 8, VALUES(0, 5, 6, 9),
		REFS(TEXT("low"), TEXT("mid"), TEXT("high")) };
	static const uint8_t x[] = { 0, 5, 6, 9, 10 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	EXPECT_TEXTS(bytes_of(&a, &k, x, 5), "low", "low", "mid", "mid", "high");
}

/* A scale with words past its end: the words are missing values, and counted. */
static void mdf_words_among_numbers_are_missing(void **state)
{
	SCOPED_ARENA a = { 0 };
	const struct mdf_write_conversion scale = { .type = 1, VALUES(-40, 0.5) };
	struct mdf_write_conversion k = { .type = 7, VALUES(254, 255),
		REFS(TEXT("error"), TEXT("not available"), { .conversion = &scale }) };
	static const uint8_t x[] = { 100, 254, 255, 0 };
	struct column c;

	(void)state;
	arena_init(&a, ARENA_CAP);
	c = bytes_of(&a, &k, x, 4);
	EXPECT(c, 10, NAN, NAN, -40);
	assert_true(has_note(&c.t, NOTE_BAD_VALUE));
}

static void mdf_conversions_nested_too_deeply_are_reported(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct mdf_write_conversion levels[6];
	struct mdf_write_ref refs[6][2];
	static const double keys[1] = { 1 };
	static const uint8_t x[] = { 1, 2 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	for (int i = 0; i < 6; i++) {
		refs[i][0] = (struct mdf_write_ref){ .text = "one" };
		refs[i][1] = (struct mdf_write_ref){ .text = "else",
			.conversion = i > 0 ? &levels[i - 1] : NULL };
		levels[i] = (struct mdf_write_conversion){ .type = 7, .value_count = 1,
			.values = keys, .ref_count = 2, .refs = refs[i] };
	}
	EXPECT_TEXTS(bytes_of(&a, &levels[3], x, 2), "one", "else"); /* four levels */
	expect_no_column(bytes_of(&a, &levels[4], x, 2), NOTE_BROKEN);
}

static void mdf_texts_become_values(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct mdf_write_conversion k = { .type = 9, VALUES(10, 20, -1),
		REFS(TEXT("ten"), TEXT("twenty")) };
	struct mdf_write_conversion to_text = { .type = 10,
		REFS(TEXT("ten"), TEXT("X"), TEXT("twenty"), TEXT("XX"), TEXT("?")) };
	struct mdf_write_channel c = { .data_type = 7, .bit_count = 64, .conversion = &k };
	static const char x[3][8] = { "twenty", "ten", "eleven" };

	(void)state;
	arena_init(&a, ARENA_CAP);
	EXPECT(column_of(&a, &c, x, 8, 3), 20, 10, -1);
	c.conversion = &to_text;
	EXPECT_TEXTS(column_of(&a, &c, x, 8, 3), "XX", "X", "?");
	to_text.ref_count = 4;
	EXPECT_TEXTS(column_of(&a, &c, x, 8, 3), "XX", "X", "eleven");
}

static void mdf_bit_fields_become_joined_texts(void **state)
{
	SCOPED_ARENA a = { 0 };
	const struct mdf_write_conversion low = { .type = 7, VALUES(1, 2),
		REFS(TEXT("left"), TEXT("right"), NIL) };
	const struct mdf_write_conversion high = { .type = 7, .name = "lamp",
		VALUES(16), REFS(TEXT("on"), TEXT("off")) };
	double masks[2];
	struct mdf_write_conversion k = { .type = 11, .value_count = 2, .values = masks,
		REFS({ .conversion = &low }, { .conversion = &high }) };
	static const uint8_t x[] = { 0x11, 0x02, 0x00 };
	uint64_t bits[2] = { 0x03, 0x10 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	memcpy(masks, bits, sizeof(masks));
	EXPECT_TEXTS(bytes_of(&a, &k, x, 3), "left|lamp=on", "right|lamp=off", "lamp=off");
}

static void mdf_texts_are_read_in_four_encodings(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct mdf_write_channel c = { .data_type = 6, .bit_count = 64 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	EXPECT_TEXTS(column_of(&a, &c, "gr\xfc\xdf""e\0zz", 8, 1), "gr\xc3\xbc\xc3\x9f""e");
	c.data_type = 7;
	EXPECT_TEXTS(column_of(&a, &c, "\xe6\xb8\x9d\xff\0\0\0", 8, 1),
		"\xe6\xb8\x9d\xef\xbf\xbd");
	c.data_type = 8;
	EXPECT_TEXTS(column_of(&a, &c, "A\0\x3d\xd8\x00\xde\0\0", 8, 1), "A\xf0\x9f\x98\x80");
	c.data_type = 9;
	EXPECT_TEXTS(column_of(&a, &c, "\0A\xd8\x3d\xde\x00\0\0", 8, 1), "A\xf0\x9f\x98\x80");
	EXPECT_TEXTS(column_of(&a, &c, "\xd8\x3d\0B\0\0\0\0", 8, 1), "\xef\xbf\xbd""B");
}

static void mdf_conversions_of_the_wrong_kind_are_reported(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct mdf_write_conversion k = { .type = 9, VALUES(10, 20, -1),
		REFS(TEXT("ten"), TEXT("twenty")) };
	struct mdf_write_conversion newer = { .type = 12 };
	struct mdf_write_conversion few = { .type = 1, VALUES(1) };
	static const double x[] = { 1 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	expect_no_column(numbers(&a, &k, x, 1), NOTE_BROKEN);
	expect_no_column(numbers(&a, &newer, x, 1), NOTE_UNSUPPORTED);
	expect_no_column(numbers(&a, &few, x, 1), NOTE_BROKEN);
}

static void mdf_a_unit_may_stand_at_the_conversion(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct mdf_write_conversion k = { .type = 1, VALUES(0, 2), .unit = "m" };
	struct mdf_write_channel c = { .data_type = 4, .bit_count = 64, .conversion = &k };
	static const double x[] = { 1 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	assert_true(str_is(column_of(&a, &c, x, 8, 1).c->unit, "m"));
	c.unit = "km";
	assert_true(str_is(column_of(&a, &c, x, 8, 1).c->unit, "km"));
	c.unit = "m&amp;&lt;/&#x41;";
	c.unit_is_xml = true;
	assert_true(str_is(column_of(&a, &c, x, 8, 1).c->unit, "m&</&#x41;"));
	c.unit = "";
	c.unit_is_xml = false;
	assert_true(str_is(column_of(&a, &c, x, 8, 1).c->unit, ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mdf_linear_adds_the_offset_after_the_product),
		cmocka_unit_test(mdf_rational_without_denominator_is_missing),
		cmocka_unit_test(mdf_formulas_follow_the_rules_of_arithmetic),
		cmocka_unit_test(mdf_formulas_that_cannot_be_computed_are_reported),
		cmocka_unit_test(limit_mdf_formula_depth),
		cmocka_unit_test(mdf_tables_clamp_outside_and_interpolate_or_take_the_nearest),
		cmocka_unit_test(mdf_ranges_include_their_ends_for_integers_only),
		cmocka_unit_test(mdf_tables_without_order_are_reported),
		cmocka_unit_test(mdf_values_become_texts),
		cmocka_unit_test(mdf_ranges_become_texts),
		cmocka_unit_test(mdf_words_among_numbers_are_missing),
		cmocka_unit_test(mdf_conversions_nested_too_deeply_are_reported),
		cmocka_unit_test(mdf_texts_become_values),
		cmocka_unit_test(mdf_bit_fields_become_joined_texts),
		cmocka_unit_test(mdf_texts_are_read_in_four_encodings),
		cmocka_unit_test(mdf_conversions_of_the_wrong_kind_are_reported),
		cmocka_unit_test(mdf_a_unit_may_stand_at_the_conversion),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
