/* test_pages.c - every template with models as service/ fills them, in both languages.
 *
 * To look at the pages: HUREN_PAGES_OUT=<folder> writes them there with their static files.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/scoped.h"
#include "web/pages.h"

#define CAP 67108864
#define PAGE_WEIGHT 60000      /* with style, script and pictures; ui.md */

static const struct { const char *model, *page; } cases[] = {
	{ "about", "about" }, { "check", "check" }, { "check-bad", "check" },
	{ "check-good", "check" }, { "check-no-bundle", "check" }, { "check-unknown", "check" },
	{ "check-withdrawn", "check" }, { "decisions", "decisions" }, { "error", "error" },
	{ "home", "home" }, { "home-empty", "home" }, { "organisations", "organisations" },
	{ "peers", "peers" }, { "peers-none", "peers" }, { "peers-trouble", "peers" },
	{ "problem", "problem" }, { "reports", "reports" }, { "reports-none", "reports" },
	{ "schemes", "schemes" }, { "schemes-none", "schemes" },
	{ "statement-agreement", "statement" }, { "statement-broken", "statement" },
	{ "statement-closed", "statement" }, { "statement-decision", "statement" },
	{ "statement-receipt", "statement" }, { "statement-report", "statement" },
	{ "statement-status", "statement" },
};

static struct pages *pages;

static int open_pages(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct err e = { 0 };

	(void)state;
	arena_init(&a, CAP);
	if (pages_open(arena_printf(&a, "%s/ui", getenv("HUREN_SOURCE")), &pages, &e) != ERR_OK)
		fail_msg("%s", e.message);
	assert_int_equal(assets_add(pages_assets(pages), STR("colours.css"),
		STR(".band-0b6a70{--band:#0b6a70}\n.band-b4532a{--band:#b4532a}\n"), &e), ERR_OK);
	return 0;
}

static int close_pages(void **state)
{
	(void)state;
	pages_close(pages);
	return 0;
}

static struct json *parsed(struct arena *a, struct str text)
{
	struct json *v = NULL;
	struct err e = { 0 };

	if (json_parse(a, text, &v, &e) != ERR_OK)
		fail_msg("line %u: %s", e.line, e.message);
	return v;
}

static struct json *model_of(struct arena *a, const char *name)
{
	struct str text = { NULL, 0 };
	struct err e = { 0 };
	char *path = arena_printf(a, "%s/test/unit/models/%s.json", getenv("HUREN_SOURCE"), name);

	if (io_read_file(a, path, CAP / 8, &text, &e) != ERR_OK)
		fail_msg("%s", e.message);
	return parsed(a, text);
}

/* What respond.c puts below every model. */
static struct json *page_of(struct arena *a, const char *place, enum language l)
{
	struct str text = str_printf(a, "{\"lang\":\"%s\",\"english\":%s,\"large\":%s,"
		"\"other_language\":\"?lang=%s\",\"other_size\":\"?size=large\","
		"\"other_theme\":\"?theme=dark\",\"theme_to\":{\"dark\":true},"
		"\"nav\":{\"%s\":true},"
		"\"now\":\"2026-11-24T03:04:05Z\",\"alarm\":\"\",\"node\":{\"name\":{\"zh-CN\":"
		"\"\xe6\xb0\xb8\xe5\xb7\x9d\",\"en\":\"Yongchuan\"},"
		"\"colour\":\"#0b6a70\",\"domain\":"
		"\"yongchuan.huren.example\"},\"links\":{\"twin\":\"/x.json\","
		"\"next\":\"?after=1\",\"previous\":\"?before=9\",\"first\":\"?\","
		"\"files\":{\"csv\":\"/x.csv\",\"xlsx\":\"/x.xlsx\"},\"heads\":[{\"column\":"
		"\"report\",\"address\":\"?sort=number\",\"sorted\":\"ascending\",\"down\":false}],"
		"\"show\":{\"report\":true,\"lab\":true,\"tested\":true,\"city\":true,"
		"\"receipt\":true,\"state\":true,\"decision\":true,\"result\":true,"
		"\"reports\":true,\"organisation\":true,\"role\":true,\"accreditation\":true,"
		"\"since\":true},"
		"\"filtered\":true,\"chips\":[{\"address\":\"?city=y\","
		"\"on\":false,\"name\":{\"zh-CN\":"
		"\"\xe6\xb0\xb8\xe5\xb7\x9d\",\"en\":\"Yongchuan\"}},{\"address\":\"?state=valid\","
		"\"on\":true,\"state\":\"valid\"}]}}", language_tag(l),
		l == LANGUAGE_EN ? "true" : "false", getenv("HUREN_PAGES_LARGE") ? "true" : "false",
		l == LANGUAGE_EN ? "zh-CN" : "en", place);

	return parsed(a, text);
}

static struct str draw(struct arena *a, const char *model, const char *page, enum language l)
{
	struct str ret = { NULL, 0 };
	struct err e = { 0 };

	if (pages_draw(pages, a, page, l, page_of(a, page, l), model_of(a, model), &ret, &e) !=
		ERR_OK)
		fail_msg("%s: %s", model, e.message);
	return ret;
}

static bool holds(struct str page, const char *text)
{
	return str_find(page, str_of(text)) != SIZE_MAX;
}

static void keep(struct arena *a, const char *name, enum language l, struct str page)
{
	const char *folder = getenv("HUREN_PAGES_OUT");
	struct err e = { 0 };

	if (folder && io_write_durable(arena_printf(a, "%s/%s.%s.html", folder, name,
		language_tag(l)), page, 0644, &e) != ERR_OK)
		fail_msg("%s", e.message);
}

static void pages_draw_every_model_in_both_languages(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (unsigned l = 0; l < LANGUAGE_COUNT; l++) {
			SCOPED_ARENA a = { 0 };
			struct str page;
			arena_init(&a, CAP);
			page = draw(&a, cases[i].model, cases[i].page, l);
			keep(&a, cases[i].model, l, page);
			assert_true(str_starts(page, "<!doctype html>"));
			assert_true(str_ends(page, "</html>\n"));
			assert_false(holds(page, "style=")); /* the policy would refuse it */
			assert_false(holds(page, "<script>"));
			assert_false(holds(page, "{{"));
			assert_false(holds(page, "href=\"\""));
			assert_false(holds(page, "icons_svg")); /* asset names are resolved */
		}
	}
}

static void pages_weigh_little(void **state)
{
	static const char *const assets[] = { "app.css", "app.js", "icons.svg", "icon.svg" };
	size_t shared = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(assets) / sizeof(assets[0]); i++) {
		bool immutable;
		const struct asset *asset = assets_find(pages_assets(pages), str_of(assets[i]),
			&immutable);
		assert_non_null(asset);
		assert_false(immutable);
		shared += asset->gzip.len;
	}
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		SCOPED_ARENA a = { 0 };
		struct str page;
		arena_init(&a, CAP);
		page = draw(&a, cases[i].model, cases[i].page, LANGUAGE_ZH);
		if (page.len + shared > PAGE_WEIGHT)
			fail_msg("%s weighs %zu + %zu bytes", cases[i].model, page.len, shared);
	}
}

static void pages_escape_what_models_hold(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct json *model;
	struct str page = { NULL, 0 };
	struct err e = { 0 };

	(void)state;
	arena_init(&a, CAP);
	model = parsed(&a, STR("{\"number\":\"\\\"><script>alert(1)</script>\"}"));
	assert_int_equal(pages_draw(pages, &a, "check", LANGUAGE_EN,
		page_of(&a, "check", LANGUAGE_EN), model, &page, &e), ERR_OK);
	assert_true(holds(page, "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"));
	assert_false(holds(page, "<script>alert"));
}

static void home_says_as_of_when_the_other_city_is_known(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct str zh, en;

	(void)state;
	arena_init(&a, CAP);
	zh = draw(&a, "home", "home", LANGUAGE_ZH);
	en = draw(&a, "home", "home", LANGUAGE_EN);
	assert_true(holds(zh, "\xe6\x88\xaa\xe8\x87\xb3 11:04")); /* China's time */
	assert_true(holds(en, "as of 11:04"));
	assert_true(holds(en, "class=\"node band-b4532a\""));
	assert_true(holds(zh, "<html lang=\"zh-CN\">"));
	assert_true(holds(en, "<html lang=\"en\">"));
}

static void statement_page_hides_a_body_that_is_not_here(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct str closed, open;

	(void)state;
	arena_init(&a, CAP);
	closed = draw(&a, "statement-closed", "statement", LANGUAGE_EN);
	open = draw(&a, "statement-report", "statement", LANGUAGE_EN);
	assert_true(holds(closed, "The body is for those entitled"));
	assert_true(holds(closed, "The calibration of the test equipment had lapsed"));
	assert_false(holds(closed, "LSYYC5A14TA000001"));
	assert_false(holds(closed, "/bundle\""));
	assert_true(holds(open, "LSYYC5A14TA000001"));
	assert_true(holds(open, "/bundle\""));
}

static void statement_page_tells_a_broken_proof(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct str broken, receipt, well;

	(void)state;
	arena_init(&a, CAP);
	broken = draw(&a, "statement-broken", "statement", LANGUAGE_EN);
	receipt = draw(&a, "statement-receipt", "statement", LANGUAGE_EN);
	well = draw(&a, "statement-report", "statement", LANGUAGE_EN);
	assert_true(holds(broken, "<label for=\"p1\" class=\"no\">"));
	assert_true(holds(broken, "<label for=\"p2\" class=\"linked no\">"));
	assert_true(holds(broken, "<label for=\"p3\" class=\"linked no\">"));
	assert_true(holds(broken, "<label for=\"p4\" class=\"linked wait\">"));
	assert_true(holds(receipt, "<label for=\"p1\" class=\"wait\">"));
	assert_true(holds(receipt, "<label for=\"p3\" class=\"linked wait\">"));
	assert_true(holds(well, "<label for=\"p1\" class=\"yes\">"));
	assert_true(holds(well, "<label for=\"p4\" class=\"linked yes\">"));
}

static void check_page_keeps_what_was_typed(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct str page;

	(void)state;
	arena_init(&a, CAP);
	page = draw(&a, "check-unknown", "check", LANGUAGE_ZH);
	assert_true(holds(page, "value=\"YC-2026-9999\""));
	assert_true(holds(page, "aria-invalid=\"true\""));
}

static void assets_are_found_by_name_and_by_hash(void **state)
{
	bool immutable = true;
	const struct asset *asset = assets_find(pages_assets(pages), STR("app.css"), &immutable);

	(void)state;
	assert_false(immutable);
	assert_true(str_starts(str_of(asset->url), "/static/app."));
	assert_ptr_equal(assets_find(pages_assets(pages),
		str_skip(str_of(asset->url), strlen("/static/")), &immutable), asset);
	assert_true(immutable);
	assert_true(asset->gzip.len < asset->bytes.len);
	assert_null(assets_find(pages_assets(pages), STR("../app.css"), &immutable));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_draw_every_model_in_both_languages),
		cmocka_unit_test(pages_weigh_little),
		cmocka_unit_test(pages_escape_what_models_hold),
		cmocka_unit_test(home_says_as_of_when_the_other_city_is_known),
		cmocka_unit_test(statement_page_hides_a_body_that_is_not_here),
		cmocka_unit_test(statement_page_tells_a_broken_proof),
		cmocka_unit_test(check_page_keeps_what_was_typed),
		cmocka_unit_test(assets_are_found_by_name_and_by_hash),
	};

	return cmocka_run_group_tests(tests, open_pages, close_pages);
}
