/* test_catalogue.c - both languages have the same keys, and every text is used. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/scoped.h"
#include "web/catalogue.h"

#define CAP 33554432

/* Lists whose words a model names, so no template does. */
static const char *const lists[] = { /* a word a line */
	"booking_state",
	"slot",
	"weekday",
	"notice",
	"recomputed",
	"recomputed_means",
	"kind",
	"state",
	"disclosure",
	"disclosure_means",
	"outcome",
	"verdict",
	"verdict_means",
	"role",
	"event",
	"relation",
	"why",
	"level",
	"purpose",
	"is",
	"next_step",
	"step",
	"step_means",
	"rule",
	"term",
	"duty",
	"duty_means",
	"capability",
	"standing",
	"wrong",
	"action",
	"result",
	"field",
	"mail",
	"mail_mode",
	"how",
	"act",
	"act_state",
	"act_status",
	"act_status_means",
	"lasts",
	"refusal",
	"accreditation_state",
	"evaluated",
	"unknown_why",
	"absent",
	"paper",
	"paper_kind",
	"look",
	"health",
	"advice",
	"key_role",
	"rehearsed",
	"rehearsed_means",
	"judged",
	"job",
	"scan",
	"scan_means",
	"file_sort",
	"file_use",
	"file_state",
	"fee_unit",
	"answer",
	"clock",
	"drawn",
	"needed",
	"odd_group",
	"part",
	"show",
	"side",
	"state_means",
	"column",
	"list_file",
	"section",
	"field_means",
	"deal_state",
	"deal_act",
	"deal_how",
	"deal_side",
	"deal_type",
	"trace",
	"trace_place",
	"dimension",
	"industry_section",
	"alliance_record",
	"alliance_standing",
	"choice",
	"motion_kind",
	"vote_result",
};

static bool is_list(struct str group)
{
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (str_is(group, lists[i]))
			return true;
	return false;
}

static void add_template(struct mustache *m, const char *folder, const char *file)
{
	SCOPED_ARENA a = { 0 };
	struct str text = { NULL, 0 }, name = str_of(file);
	struct err e = { 0 };

	arena_init(&a, CAP);
	if (!str_ends(name, ".mustache"))
		return;
	name.len -= strlen(".mustache");
	assert_int_equal(io_read_file(&a, arena_printf(&a, "%s/%s", folder, file), CAP / 8, &text,
		&e), ERR_OK);
	if (mustache_add(m, name, text, &e) != ERR_OK)
		fail_msg("%s", e.message);
}

static void catalogue_has_every_text_used_and_none_more(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_DIR dir = NULL;
	struct catalogue *c = NULL;
	struct mustache *m = NULL;
	struct dirent *entry;
	struct err e = { 0 };
	const struct json *all;
	char *ui, *folder;

	(void)state;
	arena_init(&a, CAP);
	ui = arena_printf(&a, "%s/ui", getenv("HUREN_SOURCE"));
	folder = arena_printf(&a, "%s/templates", ui);
	if (catalogue_open(ui, &c, &e) != ERR_OK)
		fail_msg("%s", e.message);
	assert_int_equal(mustache_open(CAP, false, &m, &e), ERR_OK);
	dir = opendir(folder);
	assert_non_null(dir);
	while ((entry = readdir(dir)))
		add_template(m, folder, entry->d_name);
	assert_int_equal(catalogue_add_words(c, m, &e), ERR_OK);
	if (mustache_finish(m, &e) != ERR_OK) /* names the key that a template uses and none has */
		fail_msg("%s", e.message);
	all = catalogue_json(c, LANGUAGE_ZH);
	for (uint32_t i = 0; i < json_count(all); i++) {
		const struct json *group = all->members[i].value;
		for (uint32_t k = 0; k < json_count(group) && !is_list(all->members[i].name); k++) {
			struct str key = str_printf(&a, STR_FMT "." STR_FMT,
				STR_ARG(all->members[i].name), STR_ARG(group->members[k].name));
			if (!mustache_word_is_used(m, key))
				fail_msg("no template uses \"" STR_FMT "\"", STR_ARG(key));
		}
	}
	mustache_close(m);
	catalogue_close(c);
}

static enum err_code open_pair(const char *zh, const char *en, struct err *e)
{
	SCOPED_ARENA a = { 0 };
	char folder[] = "/tmp/huren-catalogue-XXXXXX";
	struct catalogue *c = NULL;
	enum err_code code;
	char *zh_path, *en_path;

	arena_init(&a, CAP);
	assert_non_null(mkdtemp(folder));
	zh_path = arena_printf(&a, "%s/catalogue/zh-CN/a.json", folder);
	en_path = arena_printf(&a, "%s/catalogue/en/a.json", folder);
	assert_int_equal(io_write_durable(zh_path, str_of(zh), 0644, e), ERR_OK);
	assert_int_equal(io_write_durable(en_path, str_of(en), 0644, e), ERR_OK);
	code = catalogue_open(folder, &c, e);
	catalogue_close(c);
	assert_int_equal(unlink(zh_path), 0);
	assert_int_equal(unlink(en_path), 0);
	assert_int_equal(rmdir(arena_printf(&a, "%s/catalogue/zh-CN", folder)), 0);
	assert_int_equal(rmdir(arena_printf(&a, "%s/catalogue/en", folder)), 0);
	assert_int_equal(rmdir(arena_printf(&a, "%s/catalogue", folder)), 0);
	assert_int_equal(rmdir(folder), 0);
	return code;
}

static void catalogue_refuses_files_of_different_keys(void **state)
{
	struct err e = { 0 };

	(void)state;
	assert_int_equal(open_pair("{\"a\":{\"b\":\"1\"}}", "{\"a\":{\"b\":\"2\"}}", &e), ERR_OK);
	assert_int_equal(open_pair("{\"a\":{\"b\":\"1\"}}", "{\"a\":{}}", &e), ERR_INVALID);
	assert_string_equal(e.message, "in \"a\": catalogue en lacks \"b\"");
	assert_int_equal(open_pair("{\"a\":{}}", "{\"a\":{\"b\":\"1\"}}", &e), ERR_INVALID);
	assert_string_equal(e.message, "in \"a\": catalogue zh-CN lacks \"b\"");
	assert_int_equal(open_pair("{\"a\":{\"b\":1}}", "{\"a\":{\"b\":1}}", &e), ERR_INVALID);
	assert_string_equal(e.message, "in \"a\": \"b\" is no text");
	assert_int_equal(open_pair("{\"a\":\"1\"}", "{\"a\":{\"b\":\"1\"}}", &e), ERR_INVALID);
	assert_int_equal(open_pair("[]", "[]", &e), ERR_INVALID);
	assert_int_equal(open_pair("{", "{}", &e), ERR_INVALID);
}

static void catalogue_joins_the_files_of_a_language(void **state)
{
	static const char *const texts[][2] = {
		{ "{\"a\":{\"b\":\"1\"},\"c\":\"2\"}", "{\"a\":{\"d\":\"3\"}}" },
		{ "{\"a\":{\"b\":\"1\"}}", "{\"a\":{\"b\":\"1\"}}" },
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		SCOPED_ARENA a = { 0 };
		char folder[] = "/tmp/huren-catalogue-XXXXXX";
		struct catalogue *c = NULL;
		struct err e = { 0 };
		enum err_code code;
		arena_init(&a, CAP);
		assert_non_null(mkdtemp(folder));
		for (unsigned k = 0; k < 4; k++)
			assert_int_equal(io_write_durable(arena_printf(&a,
				"%s/catalogue/%s/%u.json", folder, k / 2 ? "en" : "zh-CN", k % 2),
				str_of(texts[i][k % 2]), 0644, &e), ERR_OK);
		code = catalogue_open(folder, &c, &e);
		assert_int_equal(code, i == 0 ? ERR_OK : ERR_INVALID);
		if (i == 0) {
			assert_true(str_is(catalogue_text(c, LANGUAGE_EN, "a", STR("b")), "1"));
			assert_true(str_is(catalogue_text(c, LANGUAGE_EN, "a", STR("d")), "3"));
		} else {
			assert_non_null(strstr(e.message, "\"b\" stands twice"));
		}
		catalogue_close(c);
		for (unsigned k = 0; k < 4; k++)
			assert_int_equal(unlink(arena_printf(&a, "%s/catalogue/%s/%u.json", folder,
				k / 2 ? "en" : "zh-CN", k % 2)), 0);
		for (unsigned k = 0; k < 2; k++)
			assert_int_equal(rmdir(arena_printf(&a, "%s/catalogue/%s", folder,
				k ? "en" : "zh-CN")), 0);
		assert_int_equal(rmdir(arena_printf(&a, "%s/catalogue", folder)), 0);
		assert_int_equal(rmdir(folder), 0);
	}
}

static void language_of_knows_its_tags(void **state)
{
	(void)state;
	assert_int_equal(language_of(STR("en")), LANGUAGE_EN);
	assert_int_equal(language_of(STR("en-GB")), LANGUAGE_EN);
	assert_int_equal(language_of(STR("zh")), LANGUAGE_ZH);
	assert_int_equal(language_of(STR("zh-CN")), LANGUAGE_ZH);
	assert_int_equal(language_of(STR("fr")), LANGUAGE_COUNT);
	assert_int_equal(language_of(STR("english")), LANGUAGE_COUNT);
	assert_int_equal(language_of(STR("")), LANGUAGE_COUNT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(catalogue_has_every_text_used_and_none_more),
		cmocka_unit_test(catalogue_refuses_files_of_different_keys),
		cmocka_unit_test(catalogue_joins_the_files_of_a_language),
		cmocka_unit_test(language_of_knows_its_tags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
