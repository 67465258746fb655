/* test_keeper.c - backups in a folder: which are ours, what their last rehearsal says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/instant.h"
#include "base/io.h"
#include "base/limits.h"
#include "service/keeper.h"
#include "service/operator.h"
#include "service_node.h"
#include "store/backup.h"
#include "store/manifest.h"

static struct service_node node;
static struct arena arena;
static char folder[64];

/* The node's configuration names the folder. */
static void configure(void)
{
	char *path = arena_printf(&arena, "%s/node.json", node.dir);
	struct json *config;
	struct str text;

	assert_int_equal(io_read_file(&arena, path, 65536, &text, NULL), ERR_OK);
	assert_int_equal(json_parse(&arena, text, &config, NULL), ERR_OK);
	assert_non_null(json_set_text(&arena, config, "backup_dir", folder));
	assert_int_equal(json_jcs(&arena, config, &text, NULL), ERR_OK);
	assert_int_equal(io_write_durable(path, text, 0600, NULL), ERR_OK);
}

static int set_up(void **state)
{
	(void)state;
	arena_init(&arena, (size_t)64 << 20);
	(void)snprintf(folder, sizeof(folder), "/tmp/huren-keeper-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	service_node_init(&node, "keeper.example", NULL);
	configure();
	service_node_open(&node);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	service_node_clear(&node);
	arena_clear(&arena);
	return backup_remove("/tmp", folder + 5, NULL) == ERR_OK ? 0 : -1;
}

static const char *path_of(const char *name, const char *file)
{
	return arena_printf(&arena, "%s/%s%s%s", folder, name, *file ? "/" : "", file);
}

static const struct json *listed(void)
{
	struct json *rows;

	assert_int_equal(keeper_list(node.service, &arena, &rows, NULL), ERR_OK);
	return rows;
}

static void keeper_knows_its_own_backups_by_name(void **state)
{
	static const struct { const char *name; bool ours; } names[] = {
		{ "huren-20261124T030405Z", true }, { "huren-20261124T030405", false },
		{ "huren-2026112aT030405Z", false }, { ".part-1", false }, { "photos", false },
		{ "huren-20261124T030405Z.old", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (keeper_name_is_ours(str_of(names[i].name)) != names[i].ours)
			fail_msg("\"%s\"", names[i].name);
}

static void keeper_lists_the_newest_first_and_tells_unfinished_ones(void **state)
{
	static const char *const names[] = { "huren-20260101T000000Z", "huren-20260301T000000Z",
		"huren-20260201T000000Z" };
	const struct json *rows;

	(void)state;
	assert_int_equal(mkdir(path_of("photos", ""), 0700), 0);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(mkdir(path_of(names[i], ""), 0700), 0);
	assert_int_equal(rmdir(path_of(names[2], "")), 0);
	assert_int_equal(backup_take(node.dir, path_of(names[2], ""), false, NULL), ERR_OK);
	rows = listed();
	assert_int_equal(json_count(rows), 3);
	assert_true(str_is(json_get_str(json_at(rows, 0), "name"), names[1]));
	assert_true(str_is(json_get_str(json_at(rows, 1), "name"), names[2]));
	assert_false(json_true(json_get(json_at(rows, 0), "whole")));
	assert_true(json_true(json_get(json_at(rows, 1), "whole")));
	assert_true(json_number_or(json_get(json_at(rows, 1), "entries"), 0) > 0);
	assert_true(str_is(json_get_str(json_at(rows, 1), "rehearsed"), "never"));
}

static void rehearsed(const char *name, int64_t days_ago, const char *outcome, const char *word)
{
	char at[INSTANT_TEXT_BYTES];
	struct json *model;

	instant_format(instant_now() - days_ago * 86400 - 60, at);
	assert_int_equal(io_write_durable(path_of(name, "rehearsed.json"), str_printf(&arena,
		"{\"finished\":\"%s\",\"outcome\":\"%s\"}", at, outcome), 0600, NULL), ERR_OK);
	assert_int_equal(service_backups(node.service, &arena, &model, NULL), ERR_OK);
	if (!str_is(json_get_str(model, "rehearsed"), word))
		fail_msg("%s: " STR_FMT, word, STR_ARG(json_get_str(model, "rehearsed")));
}

static void limit_rehearsed_days(void **state)
{
	(void)state;
	rehearsed("huren-20260201T000000Z", LIMIT_REHEARSED_DAYS, "complete", "old");
	rehearsed("huren-20260201T000000Z", LIMIT_REHEARSED_DAYS - 1, "complete", "complete");
	rehearsed("huren-20260201T000000Z", 0, "unwitnessed", "unwitnessed");
	/* The newest rehearsal counts, of whichever backup. */
	rehearsed("huren-20260101T000000Z", 2, "complete", "unwitnessed");
	rehearsed("huren-20260201T000000Z", 0, "damaged", "damaged");
}

static void limit_backups(void **state)
{
	(void)state;
	for (unsigned i = 0; i <= LIMIT_BACKUPS; i++)
		assert_int_equal(mkdir(path_of(arena_printf(&arena, "huren-2025%02u%02uT00%02u00Z",
			1 + i / 600, 1 + i / 60 % 10, i % 60), ""), 0700), 0);
	assert_int_equal(json_count(listed()), LIMIT_BACKUPS);
	assert_true(str_is(json_get_str(json_at(listed(), 0), "name"), "huren-20260301T000000Z"));
}

/* A folder that says it holds so much of a log. */
static void put_list(const char *name, const char *checkpoint)
{
	const struct manifest_head head = { .made = instant_now(), .cosigned = STR(""),
		.checkpoint = str_of(checkpoint) };
	struct buf b;

	buf_init(&b, 65536);
	assert_int_equal(manifest_put_head(&b, &arena, &head, NULL), ERR_OK);
	assert_int_equal(manifest_put_end(&b, &arena, &(struct manifest_end){ 0 }, NULL), ERR_OK);
	assert_int_equal(io_write_durable(path_of(name, MANIFEST_NAME), buf_str(&b), 0600, NULL),
		ERR_OK);
	buf_clear(&b);
}

/* Of more than are listed: what was just made stays although a clock was ahead once, so does the
 * newest that is proven, and what is another node's. */
static void keeper_keeps_what_it_must(void **state)
{
	static const char *const kept[] = { "huren-20990101T000000Z", NULL,
		"huren-20260101T000000Z", "huren-20200101T000000Z" };
	const struct account_who by = service_who_node(STR(""));
	struct json *problems;
	const struct json *rows;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(mkdir(path_of("huren-20990101T000000Z", ""), 0700), 0);
	put_list("huren-20200101T000000Z", "other.example/tlog\n1\n");
	put_list("huren-20190101T000000Z", "keeper.example/tlog\n1\n");
	rehearsed("huren-20260101T000000Z", 1, "complete", "damaged");
	assert_int_equal(service_backup_settings(node.service, &arena, &by, STR("0"), STR("1"),
		&problems, NULL), ERR_OK);
	assert_int_equal(keeper_open(node.service, NULL), ERR_OK);
	assert_int_equal(keeper_begin(node.service, KEEPER_BACKUP, STR(""), &e), ERR_OK);
	while (keeper_now(node.service).job != KEEPER_IDLE)
		(void)usleep(10000); /* a signal only shortens it */
	keeper_close(node.service);
	assert_string_equal(keeper_now(node.service).last_problem, "");
	rows = listed();
	assert_int_equal(json_count(rows), 4);
	for (size_t i = 0; i < 4; i++)
		if (kept[i] && !str_is(json_get_str(json_at(rows, i), "name"), kept[i]))
			fail_msg("%s", kept[i]);
	assert_true(json_true(json_get(json_at(rows, 1), "whole")));
}

static void keeper_begins_nothing_that_is_not_there(void **state)
{
	struct err e = { 0 };

	(void)state;
	assert_int_equal(keeper_begin(node.service, KEEPER_REHEARSAL, STR("../etc"), &e),
		ERR_NOT_FOUND);
	assert_int_equal(keeper_begin(node.service, KEEPER_REHEARSAL,
		STR("huren-20180101T000000Z"), &e), ERR_NOT_FOUND);
	/* No thread runs here, so the job stays: a second one must wait. */
	assert_int_equal(keeper_begin(node.service, KEEPER_BACKUP, STR(""), &e), ERR_OK);
	assert_int_equal(keeper_begin(node.service, KEEPER_BACKUP, STR(""), &e), ERR_BUSY);
	assert_int_equal(keeper_now(node.service).job, KEEPER_BACKUP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeper_knows_its_own_backups_by_name),
		cmocka_unit_test(keeper_lists_the_newest_first_and_tells_unfinished_ones),
		cmocka_unit_test(limit_rehearsed_days),
		cmocka_unit_test(limit_backups),
		cmocka_unit_test(keeper_keeps_what_it_must),
		cmocka_unit_test(keeper_begins_nothing_that_is_not_there),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
