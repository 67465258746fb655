/* test_paper.c - papers are set by measure: nothing is lost, nothing runs over, twice the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/scoped.h"
#include "paper/paper_inner.h"

#define CAP ((size_t)128 << 20)
#define PDF_BYTES ((size_t)8 << 20)
#define FRAME "{\"title\":\"T\",\"created\":\"2026-11-24T00:00:00Z\",\"colour\":\"#0b7a75\"," \
	"\"page\":\"{page} / {pages}\",\"head\":{\"issuer\":\"检测\",\"kind\":\"报告\"," \
	"\"number\":\"N-1\"},\"blocks\":["

static struct paper_fonts *fonts;

static int open_fonts(void **state)
{
	struct err e = { 0 };

	(void)state;
	if (paper_fonts_open(NULL, &fonts, &e) == ERR_OK)
		return 0;
	fail_msg("%s: %s", e.message, e.hint);
	return -1;
}

static int close_fonts(void **state)
{
	(void)state;
	paper_fonts_close(fonts);
	return 0;
}

static enum err_code print_text(struct arena *a, struct str text, struct buf *b, struct err *e)
{
	struct json *v;

	buf_init(b, PDF_BYTES);
	if (json_parse(a, text, &v, e) != ERR_OK)
		fail_msg("the test's sheet: %s", e->message);
	return paper_draw(a, v, fonts, b, e);
}

static size_t count_of(struct str s, const char *what)
{
	size_t count = 0, at;

	while ((at = str_find(s, str_of(what))) != SIZE_MAX) {
		s = str_skip(s, at + strlen(what));
		count++;
	}
	return count;
}

/* Pages of a sheet with these blocks. */
static size_t pages_of(struct arena *a, const char *blocks)
{
	SCOPED_BUF b = { 0 };
	struct err e = { 0 };

	if (print_text(a, str_printf(a, FRAME "%s]}", blocks), &b, &e) != ERR_OK)
		fail_msg("%s", e.message);
	return count_of(buf_str(&b), "/Type /Page ");
}

static const char *rows_of(struct arena *a, size_t count)
{
	SCOPED_BUF b = { 0 };

	buf_init(&b, CAP);
	buf_put_text(&b, "{\"is\":\"table\",\"columns\":[{\"title\":\"项目\",\"fit\":true},"
		"{\"title\":\"名称\"},{\"title\":\"判定\",\"fit\":true,\"end\":true}],\"rows\":[");
	for (size_t i = 0; i < count; i++)
		buf_printf(&b, "%s[\"6.%zu\",{\"text\":\"限速标志\",\"sub\":\"60 km/h\"},"
			"{\"text\":\"通过\",\"shape\":\"check\",\"tone\":\"good\"}]",
			i ? "," : "", i);
	buf_put_text(&b, "]}");
	return str_z(a, buf_str(&b));
}

static void paper_is_the_same_bytes_twice(void **state)
{
	SCOPED_ARENA a;
	SCOPED_BUF one = { 0 }, two = { 0 };
	struct err e = { 0 };
	struct str sheet;

	(void)state;
	arena_init(&a, CAP);
	sheet = str_printf(&a, FRAME "%s,{\"is\":\"heading\",\"text\":\"证明\"}]}",
		rows_of(&a, 40));
	assert_int_equal(print_text(&a, sheet, &one, &e), ERR_OK);
	assert_int_equal(print_text(&a, sheet, &two, &e), ERR_OK);
	assert_true(str_eq(buf_str(&one), buf_str(&two)));
	assert_true(str_find(buf_str(&one), STR("(20261124000000Z)")) != SIZE_MAX);
}

static void paper_has_bookmarks_tags_and_links(void **state)
{
	SCOPED_ARENA a;
	SCOPED_BUF b = { 0 };
	struct err e = { 0 };
	struct str pdf;

	(void)state;
	arena_init(&a, CAP);
	assert_int_equal(print_text(&a, STR(FRAME "{\"is\":\"heading\",\"text\":\"Proof\"},"
		"{\"is\":\"facts\",\"rows\":[{\"name\":\"a\",\"value\":{\"text\":\"here\","
		"\"link\":\"https://a.example/x\"}},{\"name\":\"b\",\"value\":{\"text\":\"there\","
		"\"link\":\"https://b.example/' rect=[0 0 9 9]\"}}]}]}"), &b, &e), ERR_OK);
	pdf = buf_str(&b);
	assert_true(str_find(pdf, STR("/Title (Proof)")) != SIZE_MAX);
	assert_true(str_find(pdf, STR("/StructTreeRoot")) != SIZE_MAX);
	assert_true(str_find(pdf, STR("https://a.example/x")) != SIZE_MAX);
	/* An address that would end its attribute is text only. */
	assert_true(str_find(pdf, STR("b.example")) == SIZE_MAX);
}

static void paper_goes_on_over_pages(void **state)
{
	SCOPED_ARENA a;

	(void)state;
	arena_init(&a, CAP);
	assert_int_equal(pages_of(&a, rows_of(&a, 3)), 1);
	assert_int_equal(pages_of(&a, rows_of(&a, 60)), 3);
	assert_int_equal(pages_of(&a, "{\"is\":\"page\"},{\"is\":\"text\",\"text\":\"x\"}"), 2);
}

static void paper_cuts_a_row_longer_than_a_page(void **state)
{
	SCOPED_ARENA a;
	SCOPED_BUF b = { 0 };

	(void)state;
	arena_init(&a, CAP);
	buf_init(&b, 1000000);
	buf_put_text(&b, "{\"is\":\"table\",\"columns\":[{\"title\":\"a\"}],\"rows\":[[\"");
	for (int i = 0; i < 4000; i++)
		buf_put_text(&b, "很长");
	buf_put_text(&b, "\"]]}");
	/* 8000 characters, 52 a line, 46 lines a page. */
	assert_int_equal(pages_of(&a, str_z(&a, buf_str(&b))), 4);
}

static struct paper measuring(struct arena *a, struct err *e)
{
	return (struct paper){ .a = a, .fonts = fonts, .e = e };
}

static void paper_lines_fit_and_begin_as_print_does(void **state)
{
	SCOPED_ARENA a;
	struct err e = { 0 };
	static const char *const forbidden[] = { "，", "。", "）", "；", "、", ",", "." };
	const struct pen pen = { FACE_REGULAR, 9, { 0, 0, 0 } };
	struct str text = STR("已于 2026-07-20 按 GB/T 41798-2022（国家标准）通过，3 次试验全部"
		"通过；车辆配置未变，不再重复测试。The configuration is unchanged, not to be "
		"tested again.");

	(void)state;
	arena_init(&a, CAP);
	struct paper p = measuring(&a, &e);
	for (double width = 40; width < 200; width += 7) {
		struct lines lines = text_wrap(&p, &pen, width, text);
		assert_true(lines.count > 2);
		for (size_t i = 0; i < lines.count; i++) {
			assert_true(text_width(&p, &pen, lines.at[i]) <= width);
			assert_true(lines.at[i].len > 0);
			for (size_t k = 0; k < sizeof(forbidden) / sizeof(forbidden[0]); k++)
				assert_false(str_starts(lines.at[i], forbidden[k]));
			assert_false(str_ends(lines.at[i], "（"));
		}
	}
	assert_int_equal(p.code, ERR_OK);
}

static void paper_breaks_a_word_that_fits_no_line(void **state)
{
	SCOPED_ARENA a;
	struct err e = { 0 };
	const struct pen pen = { FACE_REGULAR, 9, { 0, 0, 0 } };
	char word[301];

	(void)state;
	arena_init(&a, CAP);
	struct paper p = measuring(&a, &e);
	memset(word, 'w', 300);
	word[300] = '\0';
	struct lines lines = text_wrap(&p, &pen, 100, str_of(word));
	assert_true(lines.count > 10);
	for (size_t i = 0; i < lines.count; i++)
		assert_true(text_width(&p, &pen, lines.at[i]) <= 100);
	/* One character wider than the line still makes a line. */
	assert_int_equal(text_wrap(&p, &pen, 1, STR("宽字")).count, 2);
	lines = text_wrap(&p, &pen, 400, STR("one\ntwo"));
	assert_int_equal(lines.count, 2);
	assert_true(str_is(lines.at[1], "two"));
	assert_true(str_ends(text_fit(&p, &pen, 60, STR("很长很长很长很长")), "…"));
}

static void paper_takes_out_what_could_turn_a_line(void **state)
{
	SCOPED_ARENA a;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, CAP);
	struct paper p = measuring(&a, &e);
	assert_true(str_is(text_printable(&p, STR("a\x07" "b\u202e" "c\ufeff" "d\te\u200b")),
		"abcd e"));
	assert_int_equal(pages_of(&a, "{\"is\":\"text\",\"text\":\"\\u202eעברית العربية "
		"😀👨‍👩‍👧 \\u0001\\u0007 ไทย\"}"), 1);
}

static void paper_refuses_what_is_no_sheet(void **state)
{
	static const struct { const char *sheet; enum err_code code; } all[] = {
		{ "{}", ERR_INVALID }, { "[]", ERR_INVALID },
		{ FRAME "{\"is\":\"dance\"}]}", ERR_INVALID },
		{ FRAME "{\"is\":\"picture\",\"svg\":\"<html>\"}]}", ERR_INVALID },
		{ FRAME "{\"is\":\"picture\",\"svg\":\"<svg height=\\\"0\\\">\"}]}", ERR_INVALID },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		SCOPED_ARENA a;
		SCOPED_BUF b = { 0 };
		struct err e = { 0 };
		arena_init(&a, CAP);
		assert_int_equal(print_text(&a, str_of(all[i].sheet), &b, &e), all[i].code);
	}
}

static void paper_too_small_an_answer_is_an_error(void **state)
{
	SCOPED_ARENA a;
	SCOPED_BUF b = { 0 };
	struct err e = { 0 };
	struct json *v;

	(void)state;
	arena_init(&a, CAP);
	assert_int_equal(json_parse(&a, STR(FRAME "]}"), &v, &e), ERR_OK);
	buf_init(&b, 1000);
	assert_int_equal(paper_draw(&a, v, fonts, &b, &e), ERR_TOO_LARGE);
}

static void limit_paper_rows(void **state)
{
	SCOPED_ARENA a;
	SCOPED_BUF b = { 0 };
	struct err e = { 0 };

	(void)state;
	arena_init(&a, CAP);
	assert_int_equal(print_text(&a, str_printf(&a, FRAME "%s]}", rows_of(&a,
		LIMIT_PAPER_ROWS + 1)), &b, &e), ERR_TOO_LARGE);
	assert_string_equal(e.message, "a table of the paper has too many rows");
}

static void limit_paper_pages(void **state)
{
	SCOPED_ARENA a;
	SCOPED_BUF b = { 0 }, blocks = { 0 };
	struct err e = { 0 };

	(void)state;
	arena_init(&a, CAP);
	buf_init(&blocks, 100000);
	for (int i = 1; i < LIMIT_PAPER_PAGES; i++)
		buf_put_text(&blocks, "{\"is\":\"page\"},{\"is\":\"facts\",\"rows\":["
			"{\"name\":\"n\",\"value\":\"v\\nv\\nv\"}]},");
	assert_int_equal(print_text(&a, str_printf(&a, FRAME STR_FMT "{\"is\":\"page\"}]}",
		STR_ARG(buf_str(&blocks))), &b, &e), ERR_TOO_LARGE);
	assert_string_equal(e.message, "paper has too many pages");
	buf_clear(&b);
	assert_int_equal(print_text(&a, str_printf(&a, FRAME "%.*s]}", (int)blocks.len - 1,
		blocks.at), &b, &e), ERR_OK);
	assert_int_equal(count_of(buf_str(&b), "/Type /Page "), LIMIT_PAPER_PAGES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paper_is_the_same_bytes_twice),
		cmocka_unit_test(paper_has_bookmarks_tags_and_links),
		cmocka_unit_test(paper_goes_on_over_pages),
		cmocka_unit_test(paper_cuts_a_row_longer_than_a_page),
		cmocka_unit_test(paper_lines_fit_and_begin_as_print_does),
		cmocka_unit_test(paper_breaks_a_word_that_fits_no_line),
		cmocka_unit_test(paper_takes_out_what_could_turn_a_line),
		cmocka_unit_test(paper_refuses_what_is_no_sheet),
		cmocka_unit_test(paper_too_small_an_answer_is_an_error),
		cmocka_unit_test(limit_paper_rows),
		cmocka_unit_test(limit_paper_pages),
	};
	return cmocka_run_group_tests_name("paper", tests, open_fonts, close_fonts);
}
