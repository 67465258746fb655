/* test_fsck.c - the checker on a whole node: content when all is well, and finding each planted
 * damage by name.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/encode.h"
#include "base/io.h"
#include "city.h"
#include "fsck/fsck.h"

#define ENTRIES 300            /* a full tile, a full bundle, and an open end */
#define PEER_ENTRIES 280

static struct city city, peer;
static struct arena arena;
static struct fsck_report report; /* 48 kB */

/* ---- a node's folder ------------------------------------------------------------------------- */

static void write_text(const struct city *c, const char *name, struct str text)
{
	char path[512];
	struct err e;

	(void)snprintf(path, sizeof(path), "%s/%s", c->dir, name);
	if (io_write_durable(path, text, 0600, &e) != ERR_OK)
		fail_msg("%s", e.message);
}

static void write_config(const struct city *c, const struct city *other)
{
	struct str tlog = note_vkey_text(&arena, ledger_note_key(other->ledger));
	struct str witness = note_vkey_text(&arena, ledger_witness_key(other->ledger));
	struct str key;

	write_text(c, "node.json", str_printf(&arena,
		"{\"domain\":\"" STR_FMT "\",\"peers\":[{\"tlog_vkey\":\"" STR_FMT "\","
		"\"witness_vkey\":\"" STR_FMT "\"}],\"witnesses\":[]}",
		STR_ARG(c->options.domain), STR_ARG(tlog), STR_ARG(witness)));
	assert_int_equal(key_file_text(&arena, &c->options.keys.tlog, STR(""), &key, NULL), ERR_OK);
	write_text(c, "keys/tlog.json", key);
}

/* Statements until the log has `count` entries; the tile files are there when it returns. */
static void fill(struct city *c, uint64_t count)
{
	struct ledger_figures figures = { 0 };

	city_found(c);
	while (city_publish(c, city_decision(c, &arena)) + 1 < count)
		continue;
	for (int i = 0; i < 500 && figures.files_size < count / 256 * 256; i++) {
		ledger_figures(c->ledger, &figures);
		(void)usleep(10000); /* only the test is late when it is cut short */
	}
	assert_int_equal(figures.files_size, count / 256 * 256);
}

/* `c` takes over the whole log of `other`, and the bodies of its first three entries. */
static void copy_log(struct city *c, struct city *other, uint64_t count)
{
	struct str *entries = ARENA_ARRAY(&arena, struct str, count);
	struct digest *leaves = ARENA_ARRAY(&arena, struct digest, count);
	struct ledger_mirror_batch batch = { .origin = ledger_origin(other->ledger),
		.count = (uint32_t)count, .entries = entries, .leaf_hashes = leaves };
	struct ledger_found found;
	struct err e;

	assert_int_equal(ledger_checkpoint(other->ledger, &arena, &batch.checkpoint, &batch.size,
		NULL),
		ERR_OK);
	assert_int_equal(batch.size, count);
	for (uint64_t i = 0; i < count; i++) {
		assert_int_equal(ledger_entry(other->ledger, &arena, STR(""), i, &found, NULL),
			ERR_OK);
		entries[i] = found.receipt_bytes;
		leaves[i] = digest_sha256_leaf(found.receipt_bytes);
	}
	if (ledger_mirror(c->ledger, &batch, &e) != ERR_OK)
		fail_msg("%s", e.message);
	for (uint64_t i = 0; i < 3; i++) {
		assert_int_equal(ledger_entry(other->ledger, &arena, STR(""), i, &found, NULL),
			ERR_OK);
		if (ledger_admit(c->ledger, batch.origin, i, found.body, STR(""), &e) != ERR_OK)
			fail_msg("%s", e.message);
	}
}

static int open_cities(void **state)
{
	(void)state;
	arena_init(&arena, 512 << 20);
	city_init(&city, "yongchuan.huren.example", 10);
	city_init(&peer, "longquanyi.huren.example", 60);
	city_open(&city);
	city_open(&peer);
	fill(&peer, PEER_ENTRIES);
	fill(&city, ENTRIES);
	copy_log(&city, &peer, PEER_ENTRIES);
	write_config(&city, &peer);
	city_close(&city);
	return 0;
}

static int close_cities(void **state)
{
	(void)state;
	city_clear(&city);
	city_clear(&peer);
	arena_clear(&arena);
	return 0;
}

/* ---- damage, and back ------------------------------------------------------------------------ */

static const char *path_of(const char *name)
{
	return arena_printf(&arena, "%s/%s", city.dir, name);
}

static struct str mirror_path(const char *name)
{
	struct digest digest = digest_sha256(STR("longquanyi.huren.example/tlog"));
	char hex[2 * DIGEST_BYTES + 1];

	hex_encode(digest.at, DIGEST_BYTES, hex);
	return str_printf(&arena, "mirror/%s/%s", hex, name);
}

static void run(void)
{
	struct err e;

	if (fsck_run(city.dir, &report, &e) != ERR_OK)
		fail_msg("%s", e.message);
}

/* True when a problem was found at that place, with these words in it. */
static bool found(const char *where, const char *what)
{
	for (uint64_t i = 0; i < report.problem_count && i < FSCK_PROBLEMS_MAX; i++)
		if (strcmp(report.problems[i].where, where) == 0 &&
			strstr(report.problems[i].what, what))
			return true;
	for (uint64_t i = 0; i < report.problem_count && i < 5; i++)
		print_message("# %s: %s\n", report.problems[i].where, report.problems[i].what);
	return false;
}

/* Runs the checker with byte `at` of a file changed, then puts the file back. */
static void run_with_flip(const char *name, size_t at)
{
	struct str good, bad;
	struct err e;
	const char *path = path_of(name);

	if (io_read_file(&arena, path, 1 << 24, &good, &e) != ERR_OK)
		fail_msg("%s", e.message);
	assert_true(at < good.len);
	bad = str_copy(&arena, good);
	((char *)(uintptr_t)bad.at)[at] ^= 0x10;
	assert_int_equal(io_write_durable(path, bad, 0644, NULL), ERR_OK);
	run();
	assert_int_equal(io_write_durable(path, good, 0644, NULL), ERR_OK);
}

/* The same with rows changed: the database is copied away and back. */
static void run_with_sql(const char *sql)
{
	const char *path = path_of("huren.db");
	struct str good;
	sqlite3 *db;
	char *message = NULL;

	assert_int_equal(io_read_file(&arena, path, 1 << 28, &good, NULL), ERR_OK);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
		fail_msg("%s", message);
	assert_true(sqlite3_changes(db) > 0);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	run();
	assert_int_equal(io_write_durable(path, good, 0644, NULL), ERR_OK);
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void fsck_is_content_with_a_sound_node(void **state)
{
	(void)state;
	run();
	if (report.problem_count > 0)
		(void)found("", "print them");
	assert_int_equal(report.problem_count, 0);
	assert_int_equal(report.entries, ENTRIES);
	assert_int_equal(report.bodies, ENTRIES + 3);
	assert_int_equal(report.mirrors, 1);
	assert_int_equal(report.mirror_entries, PEER_ENTRIES);
	assert_int_equal(report.bundles, 2);
	assert_int_equal(report.tiles, 2);
	assert_int_equal(report.checkpoints, 2);
	assert_true(report.signatures >= ENTRIES + 3 + 2);
}

static void fsck_finds_a_changed_byte_in_a_tile(void **state)
{
	(void)state;
	run_with_flip("tlog/tile/0/000", 32 * 17 + 3);
	assert_true(found("tlog/tile/0/000", "hash 17 is not the one its entries make"));
	assert_int_equal(report.problem_count, 1);
}

static void fsck_finds_a_changed_byte_in_a_bundle(void **state)
{
	(void)state;
	run_with_flip("tlog/tile/entries/000.gz", 5000);
	assert_true(found("tlog/tile/entries/000.gz", ""));
	assert_int_equal(report.problem_count, 1);
}

static void fsck_finds_a_missing_tile(void **state)
{
	const char *from = path_of("tlog/tile/0/000"), *to = path_of("away");

	(void)state;
	assert_int_equal(rename(from, to), 0);
	run();
	assert_int_equal(rename(to, from), 0);
	assert_true(found("tlog/tile/0/000", ""));
}

static void fsck_finds_a_changed_byte_in_a_body(void **state)
{
	(void)state;
	run_with_sql("UPDATE body SET bytes = replace(bytes, 'Sample', 'Simple') WHERE idx = 200");
	assert_true(found("entry 200", "body does not have the digest of its receipt"));
	assert_int_equal(report.problem_count, 1);
}

static void fsck_finds_a_body_that_was_taken_away(void **state)
{
	(void)state;
	run_with_sql("DELETE FROM body WHERE idx = 299");
	assert_true(found("entry 299", "body is missing"));
}

static void fsck_finds_a_row_that_was_taken_away(void **state)
{
	(void)state;
	run_with_sql("DELETE FROM statement WHERE idx = 270");
	assert_true(found("entry 270", "row is missing"));
	assert_true(found("checkpoint", "300 entries are signed, 270 are here"));
}

static void fsck_finds_a_row_cut_off_at_the_end(void **state)
{
	(void)state;
	run_with_sql("DELETE FROM statement WHERE idx = 299");
	assert_true(found("checkpoint", "300 entries are signed, 299 are here"));
}

static void fsck_finds_a_changed_receipt_in_a_bundle_and_in_the_root(void **state)
{
	(void)state;
	run_with_sql("UPDATE statement SET time = time - 1 WHERE idx = 77");
	assert_true(found("tlog/tile/entries/000.gz", "entry 77 is not the receipt of its row"));
	assert_true(found("tlog/tile/0/000", "hash 77"));
	assert_true(found("checkpoint", "root of 300 entries is not the one signed"));
}

static void fsck_finds_a_changed_receipt_in_the_open_end(void **state)
{
	(void)state;
	run_with_sql("UPDATE statement SET disclosure = 0 WHERE idx = 298");
	assert_true(found("checkpoint", "root of 300 entries is not the one signed"));
}

static void fsck_finds_a_changed_checkpoint(void **state)
{
	(void)state;
	run_with_sql("UPDATE checkpoint SET note = replace(note, char(10) || '300' || char(10),"
		" char(10) || '299' || char(10)), size = 299 WHERE id = 1");
	assert_true(found("checkpoint", "signature does not hold"));
	assert_true(found("checkpoint", "root of 299 entries is not the one signed"));
}

static void fsck_finds_a_checkpoint_of_a_stranger(void **state)
{
	(void)state;
	run_with_sql("UPDATE checkpoint SET note = (SELECT checkpoint FROM mirror), size = 280"
		" WHERE id = 1");
	assert_true(found("checkpoint", "checkpoint is of another log"));
}

static void fsck_finds_a_changed_edge(void **state)
{
	(void)state;
	run_with_sql("UPDATE edge SET hash = randomblob(32)");
	assert_true(found("edge 1/0", "hash is not the one its entries make"));
}

static void fsck_finds_a_lost_edge(void **state)
{
	(void)state;
	run_with_sql("DELETE FROM edge");
	assert_true(found("edge", "level 1 has 0 of 1 hashes"));
}

static void fsck_finds_a_statement_by_a_key_it_does_not_know(void **state)
{
	(void)state;
	/* The lab's DID document goes: what it signed cannot be judged, nor its accreditation's
	 * holder. */
	run_with_sql("UPDATE issuer SET did = 'did:web:stranger.example' WHERE id = 1");
	assert_true(report.problem_count > 0);
	assert_true(found("entry 0", "issuer is not one this log speaks for"));
}

static void fsck_finds_damage_in_a_mirror(void **state)
{
	(void)state;
	run_with_flip(mirror_path("tile/0/000").at, 32 * 9);
	assert_true(found(mirror_path("tile/0/000").at, "hash 9 is not the one its entries make"));
	run_with_flip(mirror_path("tile/entries/000.gz").at, 3000);
	assert_true(report.problem_count > 0);
	run_with_sql("UPDATE mirror_entry SET entry = 'x'");
	assert_true(found("mirror longquanyi.huren.example/tlog",
		"root of 280 entries is not the one signed"));
	run_with_sql("DELETE FROM mirror_statement WHERE place & 0xffff = 40");
	assert_true(found("mirror longquanyi.huren.example/tlog: entry 40", "row is missing"));
	run_with_sql("UPDATE mirror_statement SET kind = 6 WHERE place & 0xffff = 41");
	assert_true(found("mirror longquanyi.huren.example/tlog: entry 41",
		"row does not say what the entry says"));
	run_with_sql("UPDATE mirror_body SET bytes = bytes || ' ' WHERE place & 0xffff = 2");
	assert_true(found("mirror longquanyi.huren.example/tlog: entry 2",
		"body does not have the digest of its receipt"));
}

static void fsck_finds_a_fork_whose_heads_agree(void **state)
{
	(void)state;
	run_with_sql("UPDATE mirror SET fork_ours = checkpoint, fork_theirs = checkpoint");
	assert_int_equal(report.forks, 1);
	assert_true(found("mirror longquanyi.huren.example/tlog",
		"the two heads kept of a fork agree"));
}

static void fsck_finds_a_torn_database(void **state)
{
	(void)state;
	run_with_flip("huren.db", 4096 * 3 + 5);
	assert_true(report.problem_count > 0);
}

static void fsck_refuses_a_folder_that_is_no_nodes(void **state)
{
	struct err e;

	(void)state;
	assert_int_equal(fsck_run("/tmp", &report, &e), ERR_NOT_FOUND);
	assert_non_null(strstr(e.message, "no node's folder"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fsck_is_content_with_a_sound_node),
		cmocka_unit_test(fsck_finds_a_changed_byte_in_a_tile),
		cmocka_unit_test(fsck_finds_a_changed_byte_in_a_bundle),
		cmocka_unit_test(fsck_finds_a_missing_tile),
		cmocka_unit_test(fsck_finds_a_changed_byte_in_a_body),
		cmocka_unit_test(fsck_finds_a_body_that_was_taken_away),
		cmocka_unit_test(fsck_finds_a_row_that_was_taken_away),
		cmocka_unit_test(fsck_finds_a_row_cut_off_at_the_end),
		cmocka_unit_test(fsck_finds_a_changed_receipt_in_a_bundle_and_in_the_root),
		cmocka_unit_test(fsck_finds_a_changed_receipt_in_the_open_end),
		cmocka_unit_test(fsck_finds_a_changed_checkpoint),
		cmocka_unit_test(fsck_finds_a_checkpoint_of_a_stranger),
		cmocka_unit_test(fsck_finds_a_changed_edge),
		cmocka_unit_test(fsck_finds_a_lost_edge),
		cmocka_unit_test(fsck_finds_a_statement_by_a_key_it_does_not_know),
		cmocka_unit_test(fsck_finds_damage_in_a_mirror),
		cmocka_unit_test(fsck_finds_a_fork_whose_heads_agree),
		cmocka_unit_test(fsck_finds_a_torn_database),
		cmocka_unit_test(fsck_refuses_a_folder_that_is_no_nodes),
	};

	return cmocka_run_group_tests(tests, open_cities, close_cities);
}
