/* test_edge.c - the right edge against a tree computed from scratch. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "ledger/edge.h"

#define LEAVES 70000 /* more than one full tile of level 1 */

static struct digest leaf_of(uint64_t index)
{
	return digest_sha256_leaf((struct str){ (const char *)&index, sizeof(index) });
}

/* Root of leaves from..from+count-1 by the definition of RFC 6962, count a power of two. */
static struct digest subtree(uint64_t from, uint64_t count)
{
	struct digest left, right;

	if (count == 1)
		return leaf_of(from);
	left = subtree(from, count / 2);
	right = subtree(from + count / 2, count / 2);
	return digest_sha256_node(&left, &right);
}

/* Appends up to `size`, dropping full tiles as a filer would. */
static void grow(struct edge *g, uint64_t size)
{
	for (uint64_t i = g->range.size; i < size; i++) {
		struct digest leaf = leaf_of(i);
		edge_append(g, &leaf);
		if ((i + 1) % TILE_WIDTH == 0)
			edge_drop(g, i + 1);
	}
}

static void edge_holds_the_roots_of_full_tiles(void **state)
{
	struct digest hash, want;
	struct edge g;

	(void)state;
	edge_open(&g, 2);
	grow(&g, LEAVES);
	assert_int_equal(g.levels[0].count, LEAVES);
	assert_int_equal(g.levels[0].first, LEAVES / 256 * 256);
	assert_int_equal(g.levels[1].count, LEAVES / 256);
	assert_int_equal(g.levels[1].first, 256);
	assert_int_equal(g.levels[2].count, 1);
	assert_true(edge_read(&g, 1, 270, 1, &hash));
	want = subtree(270 * 256, 256);
	assert_true(digest_eq(&hash, &want));
	assert_true(edge_read(&g, 2, 0, 1, &hash));
	want = subtree(0, 65536);
	assert_true(digest_eq(&hash, &want));
	edge_close(&g);
}

static void edge_gives_nothing_it_does_not_hold(void **state)
{
	struct digest hashes[256];
	struct edge g;

	(void)state;
	edge_open(&g, 2);
	grow(&g, 300);
	assert_true(edge_read(&g, 0, 256, 44, hashes));
	assert_false(edge_read(&g, 0, 256, 45, hashes));
	assert_false(edge_read(&g, 0, 255, 2, hashes));
	assert_false(edge_read(&g, 8, 0, 1, hashes));
	edge_close(&g);
}

static void edge_rolls_back_over_tile_borders(void **state)
{
	struct digest before, after, again;
	struct edge_mark mark;
	struct edge g;

	(void)state;
	edge_open(&g, 8);
	grow(&g, 250);
	before = merkle_range_root(&g.range);
	edge_mark(&g, &mark);
	for (uint64_t i = 250; i < 1300; i++) {
		struct digest leaf = leaf_of(i + 7);
		edge_append(&g, &leaf);
	}
	edge_rollback(&g, &mark);
	after = merkle_range_root(&g.range);
	assert_true(digest_eq(&before, &after));
	assert_int_equal(g.levels[1].count, 0);
	grow(&g, 1300);
	after = merkle_range_root(&g.range);
	edge_reset(&g);
	grow(&g, 1300);
	again = merkle_range_root(&g.range);
	assert_true(digest_eq(&after, &again));
	edge_close(&g);
}

static void edge_tells_when_the_filer_must_catch_up(void **state)
{
	struct digest leaf = leaf_of(0);
	struct edge g;

	(void)state;
	edge_open(&g, 1);
	for (int i = 0; i < 512; i++)
		edge_append(&g, &leaf);
	assert_int_equal(edge_room(&g), 0);
	edge_drop(&g, 256);
	assert_int_equal(edge_room(&g), 256);
	edge_close(&g);
}

/* Stores upper levels of `from` below files_size and loads them as a start does. */
static enum err_code reload(const struct edge *from, struct edge *to, uint64_t files_size,
	struct err *e)
{
	edge_load_begin(to, files_size);
	for (uint32_t level = 1; level < EDGE_LEVELS; level++) {
		uint64_t end = files_size >> (8 * level);
		for (uint64_t at = edge_first_at(level, files_size); at < end; at++) {
			struct digest hash;
			assert_true(edge_read(from, level, at, 1, &hash));
			TRY(edge_load_hash(to, level, at, &hash, e));
		}
	}
	return edge_load_done(to, files_size, e);
}

static void edge_loads_what_was_stored(void **state)
{
	struct edge g, loaded;
	struct digest a, b;

	(void)state;
	edge_open(&g, 8);
	edge_open(&loaded, 8);
	grow(&g, LEAVES);
	assert_int_equal(reload(&g, &loaded, LEAVES / 256 * 256, NULL), ERR_OK);
	grow(&loaded, LEAVES);
	a = merkle_range_root(&g.range);
	b = merkle_range_root(&loaded.range);
	assert_true(digest_eq(&a, &b));
	grow(&g, LEAVES + 5000);
	grow(&loaded, LEAVES + 5000);
	a = merkle_range_root(&g.range);
	b = merkle_range_root(&loaded.range);
	assert_true(digest_eq(&a, &b));
	edge_close(&g);
	edge_close(&loaded);
}

static void edge_refuses_stored_rows_with_a_gap(void **state)
{
	struct digest hash = leaf_of(1);
	struct edge g;
	struct err e;

	(void)state;
	edge_open(&g, 2);
	edge_load_begin(&g, 3 * 256);
	assert_int_equal(edge_load_hash(&g, 1, 0, &hash, &e), ERR_OK);
	assert_int_equal(edge_load_hash(&g, 1, 2, &hash, &e), ERR_CORRUPT);
	assert_string_equal(e.message, "stored edge has position 2 at level 1 where 1 belongs");
	assert_int_equal(edge_load_hash(&g, 0, 0, &hash, &e), ERR_CORRUPT);
	assert_int_equal(edge_load_done(&g, 3 * 256, &e), ERR_CORRUPT);
	assert_string_equal(e.message, "stored edge has 1 hashes at level 1, 3 are needed");
	edge_close(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(edge_holds_the_roots_of_full_tiles),
		cmocka_unit_test(edge_gives_nothing_it_does_not_hold),
		cmocka_unit_test(edge_rolls_back_over_tile_borders),
		cmocka_unit_test(edge_tells_when_the_filer_must_catch_up),
		cmocka_unit_test(edge_loads_what_was_stored),
		cmocka_unit_test(edge_refuses_stored_rows_with_a_gap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
