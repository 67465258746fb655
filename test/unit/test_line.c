/* test_line.c - lines, hashes on lines, proofs on lines. */
#include "tlog/line.h"
#include "tlog_fixture.h"

static void line_cut_takes_whole_lines_only(void **state)
{
	struct str rest = STR("one\n\nthree"), line = STR("kept");

	(void)state;
	assert_int_equal(line_cut(&rest, &line, NULL), ERR_OK);
	assert_true(str_is(line, "one"));
	assert_int_equal(line_cut(&rest, &line, NULL), ERR_OK);
	assert_int_equal(line.len, 0);
	line = STR("kept");
	assert_int_equal(line_cut(&rest, &line, NULL), ERR_INVALID);
	assert_true(str_is(line, "kept"));
	assert_true(str_is(rest, "three"));
	rest = STR("");
	assert_int_equal(line_cut(&rest, &line, NULL), ERR_INVALID);
}

static void line_cut_word_wants_one_space_and_a_value(void **state)
{
	static const char *const wrong[] = {
		"old\n", "old \n", "old", "old 1", "older 1\n", "Old 1\n", " old 1\n", "\n", "",
	};
	struct str rest = STR("old 17\nx"), value = STR("");

	(void)state;
	assert_int_equal(line_cut_word(&rest, "old", &value, NULL), ERR_OK);
	assert_true(str_is(value, "17"));
	assert_true(str_is(rest, "x"));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		rest = str_of(wrong[i]);
		if (line_cut_word(&rest, "old", &value, NULL) != ERR_INVALID)
			fail_msg("took \"%s\"", wrong[i]);
		assert_true(str_is(rest, wrong[i])); /* untouched on failure */
	}
}

static void line_hash_has_one_spelling(void **state)
{
	static const char *const wrong[] = {
		"", "=", "KgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"KgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=", /* a spare bit set */
		" KgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
		"KgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\r",
		"KgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", /* 33 bytes */
		"KgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==", /* 31 bytes */
		"Kg-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
	};
	SCOPED_BUF b = { 0 };
	struct digest d = { { 1 } };

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (line_parse_hash(str_of(wrong[i]), &d, NULL) != ERR_INVALID)
			fail_msg("took \"%s\"", wrong[i]);
		assert_int_equal(d.at[0], 1); /* output untouched on failure */
	}
	assert_int_equal(line_parse_hash(STR("KgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="), &d,
		NULL), ERR_OK);
	assert_int_equal(d.at[0], 42);
	buf_init(&b, 100);
	line_put_hash(&b, &d);
	assert_true(str_is(buf_str(&b), "KgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"));
}

static void line_proof_ends_at_its_empty_line(void **state)
{
	SCOPED_BUF b = { 0 };
	struct merkle_proof p = { .count = LIMIT_PROOF_HASHES }, back = { 0 };
	struct str rest;

	(void)state;
	for (uint32_t i = 0; i < p.count; i++)
		p.hashes[i].at[0] = (uint8_t)i;
	buf_init(&b, 8192);
	line_put_proof(&b, &p);
	buf_put_text(&b, "rest");
	rest = buf_str(&b);
	assert_int_equal(line_cut_proof(&rest, &back, NULL), ERR_OK);
	assert_true(str_is(rest, "rest"));
	assert_int_equal(back.count, p.count);
	assert_memory_equal(back.hashes, p.hashes, p.count * sizeof(p.hashes[0]));
	/* One line more in front is one too many; without the empty line it does not end. */
	buf_reset(&b);
	line_put_hash(&b, &p.hashes[0]);
	line_put_proof(&b, &p);
	rest = buf_str(&b);
	assert_int_equal(line_cut_proof(&rest, &back, NULL), ERR_INVALID);
	rest.len = 45;
	assert_int_equal(line_cut_proof(&rest, &back, NULL), ERR_INVALID);
	assert_int_equal(back.count, p.count);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(line_cut_takes_whole_lines_only),
		cmocka_unit_test(line_cut_word_wants_one_space_and_a_value),
		cmocka_unit_test(line_hash_has_one_spelling),
		cmocka_unit_test(line_proof_ends_at_its_empty_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
