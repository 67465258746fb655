/* test_fsck_tree.c - the checker's own tree against roots and paths computed elsewhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/encode.h"
#include "fsck/fsck_tree.h"

static json_t *load(const char *name)
{
	char path[512];
	json_t *root;

	(void)snprintf(path, sizeof(path), "%s/tlog/%s", getenv("HUREN_VECTORS"), name);
	root = json_load_file(path, 0, NULL);
	assert_non_null(root);
	return root;
}

static struct fsck_tree tree; /* too large for the stack of a careful program */

static void append_number(uint64_t i)
{
	char text[24];
	struct digest leaf;

	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)i);
	leaf = digest_sha256_leaf(str_of(text));
	assert_int_equal(fsck_tree_append(&tree, &leaf, NULL), ERR_OK);
}

static void fsck_tree_gives_the_roots_of_the_counting_tree(void **state)
{
	json_t *file = load("counting-tree-roots.json"), *roots = json_object_get(file, "roots");
	unsigned compared = 0;

	(void)state;
	tree = (struct fsck_tree){ 0 };
	for (uint64_t size = 0; size <= 100000; size++) {
		char name[24], hex[2 * DIGEST_BYTES + 1];
		const char *expected;
		struct digest root;

		(void)snprintf(name, sizeof(name), "%llu", (unsigned long long)size);
		expected = json_string_value(json_object_get(roots, name));
		if (expected) {
			root = fsck_tree_root(&tree);
			hex_encode(root.at, DIGEST_BYTES, hex);
			assert_string_equal(hex, expected);
			compared++;
		}
		append_number(size);
	}
	assert_int_equal(compared, json_object_size(roots));
	json_decref(file);
}

static enum err_code count_tile(void *context, uint32_t level, uint64_t index,
	const struct digest *hashes, struct err *e)
{
	uint64_t *counts = context;

	(void)hashes;
	(void)e;
	assert_int_equal(index, counts[level]);
	counts[level]++;
	return ERR_OK;
}

static void fsck_tree_hands_out_each_full_tile_once(void **state)
{
	uint64_t counts[FSCK_TREE_LEVELS] = { 0 };

	(void)state;
	tree = (struct fsck_tree){ .tile = count_tile, .context = counts };
	for (uint64_t i = 0; i < 70000; i++)
		append_number(i);
	assert_int_equal(counts[0], 273);
	assert_int_equal(counts[1], 1);
	assert_int_equal(counts[2], 0);
	assert_int_equal(tree.levels[0].count, 112);
	assert_int_equal(tree.levels[1].count, 17);
	assert_int_equal(tree.levels[2].count, 1);
}

static enum err_code refuse_tile(void *context, uint32_t level, uint64_t index,
	const struct digest *hashes, struct err *e)
{
	(void)context;
	(void)level;
	(void)index;
	(void)hashes;
	return err_set(e, ERR_IO, "disk is away");
}

static void fsck_tree_stops_where_the_tile_is_refused(void **state)
{
	struct digest leaf = digest_sha256_leaf(STR("x"));

	(void)state;
	tree = (struct fsck_tree){ .tile = refuse_tile };
	for (int i = 0; i < 255; i++)
		assert_int_equal(fsck_tree_append(&tree, &leaf, NULL), ERR_OK);
	assert_int_equal(fsck_tree_append(&tree, &leaf, NULL), ERR_IO);
}

static void fsck_tree_paths_are_those_of_the_format(void **state)
{
	json_t *file = load("tile-paths.json"), *item;
	char path[FSCK_PATH_BYTES];
	unsigned compared = 0;
	size_t i;

	(void)state;
	json_array_foreach(json_object_get(file, "paths"), i, item) {
		uint64_t index = (uint64_t)json_integer_value(json_object_get(item, "index"));

		if (json_integer_value(json_object_get(item, "width")) != FSCK_TILE_WIDTH)
			continue;
		fsck_tree_path(
			(int)json_integer_value(json_object_get(item, "level")), index, path);
		assert_string_equal(path, json_string_value(json_object_get(item, "path")));
		if (json_is_string(json_object_get(item, "entries_path"))) {
			fsck_tree_path(-1, index, path);
			assert_string_equal(path,
				json_string_value(json_object_get(item, "entries_path")));
		}
		compared++;
	}
	assert_true(compared >= 3);
	json_decref(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fsck_tree_gives_the_roots_of_the_counting_tree),
		cmocka_unit_test(fsck_tree_hands_out_each_full_tile_once),
		cmocka_unit_test(fsck_tree_stops_where_the_tile_is_refused),
		cmocka_unit_test(fsck_tree_paths_are_those_of_the_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
