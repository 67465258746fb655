/* test_design.c - contrast as WCAG computes it, and that of our own style sheet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/scoped.h"
#include "web/design.h"

static void design_contrast_is_that_of_wcag(void **state)
{
	(void)state;
	assert_true(fabs(design_contrast(STR("#000000"), STR("#ffffff")) - 21) < 1e-9);
	assert_true(fabs(design_contrast(STR("#ffffff"), STR("#ffffff")) - 1) < 1e-9);
	/* The lightest grey that may be text on white, and the next. */
	assert_true(design_contrast(STR("#767676"), STR("#ffffff")) >= 4.5);
	assert_true(design_contrast(STR("#777777"), STR("#ffffff")) < 4.5);
	assert_true(design_contrast(STR("#fff"), STR("#ffffff")) == 0);
	assert_true(design_contrast(STR("#gggggg"), STR("#ffffff")) == 0);
}

static void design_tells_every_pair_of_our_style_sheet(void **state)
{
	struct json *v = NULL;
	SCOPED_ARENA a = { 0 };
	struct err e = { 0 };
	const struct json *pairs;
	struct str css;

	(void)state;
	arena_init(&a, 4194304);
	assert_int_equal(io_read_file(&a, arena_printf(&a, "%s/ui/static/app.css",
		getenv("HUREN_SOURCE")), 262144, &css, &e), ERR_OK);
	assert_int_equal(design_new(&a, css, &v, &e), ERR_OK);
	pairs = json_get(v, "pairs");
	assert_true(json_count(pairs) > 10);
	for (size_t i = 0; i < json_count(pairs); i++)
		if (!json_true(json_get(json_at(pairs, i), "holds")))
			fail_msg("%.*s on %.*s: %.2f by day, %.2f by night",
				STR_ARG(json_get_str(json_at(pairs, i), "text")),
				STR_ARG(json_get_str(json_at(pairs, i), "ground")),
				json_number_or(json_get(json_at(pairs, i), "light"), 0),
				json_number_or(json_get(json_at(pairs, i), "dark"), 0));
}

/* What stands between the braces after `selector`, without blanks. */
static struct str packed_block(struct arena *a, struct str css, const char *selector)
{
	size_t at = str_find(css, str_of(selector));
	struct str rest = str_skip(css, at == SIZE_MAX ? css.len : at + strlen(selector));
	struct str block = str_cut(&rest, '}');
	char *text = arena_alloc(a, block.len + 1);
	size_t len = 0;

	assert_non_null(text);
	for (size_t i = 0; i < block.len; i++)
		if (block.at[i] > ' ')
			text[len++] = block.at[i];
	return (struct str){ text, len };
}

static void design_dark_is_the_same_by_choice_and_by_system(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct err e = { 0 };
	struct str css, chosen;

	(void)state;
	arena_init(&a, 4194304);
	assert_int_equal(io_read_file(&a, arena_printf(&a, "%s/ui/static/app.css",
		getenv("HUREN_SOURCE")), 262144, &css, &e), ERR_OK);
	chosen = packed_block(&a, css, ".dark {");
	assert_true(chosen.len > 200);
	assert_true(str_eq(chosen, packed_block(&a, css, ":root:not(.light) {")));
}

static void design_misses_no_colour(void **state)
{
	struct json *v = NULL;
	SCOPED_ARENA a = { 0 };
	struct err e = { 0 };

	(void)state;
	arena_init(&a, 65536);
	assert_int_equal(design_new(&a, STR(":root, .light { --paper: #ffffff; } .dark { }"), &v,
		&e), ERR_INVALID);
	assert_string_equal(e.message, "style sheet has no colour \"paper\"");
	assert_int_equal(design_new(&a, STR(":root, .light { --paper: #fff"), &v, &e),
		ERR_INVALID);
	assert_null(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(design_contrast_is_that_of_wcag),
		cmocka_unit_test(design_tells_every_pair_of_our_style_sheet),
		cmocka_unit_test(design_dark_is_the_same_by_choice_and_by_system),
		cmocka_unit_test(design_misses_no_colour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
