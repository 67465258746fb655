/* test_paper_font.c - the faces are those named, or the error says what to install. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "paper/paper_font.h"
#include "paper/paper_inner.h"

static void paper_font_missing_names_file_and_package(void **state)
{
	struct paper_fonts *f = NULL;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(paper_fonts_open("/nowhere", &f, &e), ERR_NOT_FOUND);
	assert_null(f);
	assert_non_null(strstr(e.message, "/nowhere/NotoSansCJK-Regular.ttc"));
	assert_non_null(strstr(e.hint, "fonts-noto-cjk"));
}

static void paper_font_has_glyphs_and_a_box_for_the_rest(void **state)
{
	struct paper_fonts *f = NULL;
	struct err e = { 0 };
	struct glyph han, again, box, emoji;

	(void)state;
	assert_int_equal(paper_fonts_open(NULL, &f, &e), ERR_OK);
	han = font_glyph(f, FACE_REGULAR, 0x68c0);
	again = font_glyph(f, FACE_REGULAR, 0x68c0);
	assert_true(han.index > 0);
	assert_int_equal(again.index, han.index);
	assert_true(han.advance > 0.99 && han.advance < 1.01); /* an ideograph is a square */
	assert_true(font_glyph(f, FACE_BOLD, 'i').advance < 0.5);
	box = font_glyph(f, FACE_REGULAR, 0x25a1);
	emoji = font_glyph(f, FACE_REGULAR, 0x1f600);
	assert_true(box.index > 0);
	assert_int_equal(emoji.index, box.index);
	assert_int_equal(font_script(0x68c0), SCRIPT_HAN);
	assert_int_equal(font_script('I'), SCRIPT_OTHER);
	paper_fonts_close(f);
	paper_fonts_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paper_font_missing_names_file_and_package),
		cmocka_unit_test(paper_font_has_glyphs_and_a_box_for_the_rest),
	};
	return cmocka_run_group_tests_name("paper_font", tests, NULL, NULL);
}
