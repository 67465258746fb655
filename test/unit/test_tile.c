/* test_tile.c - paths, sizes and bytes of tiles, and proofs over them. */
#include "tlog/tile.h"

#include "tlog_fixture.h"

static void check_path(const struct tile_id *t, const char *want)
{
	struct tile_id back = { 0 };
	char path[TILE_PATH_BYTES];
	struct err e = { 0 };

	tile_path(t, path);
	assert_string_equal(path, want);
	must(tile_path_parse(str_of(path), &back, &e), &e);
	assert_int_equal(back.entries, t->entries);
	assert_int_equal(back.level, t->level);
	assert_int_equal(back.index, t->index);
	assert_int_equal(back.width, t->width);
}

static void tile_paths_are_those_of_the_vectors(void **state)
{
	SCOPED_ARENA a = { 0 };
	const struct json *list;

	(void)state;
	arena_init(&a, ARENA_CAP);
	list = json_get(vector_json(&a, "tile-paths.json"), "paths");
	assert_in_range(json_count(list), 10, 100);
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *one = json_at(list, i);
		struct str entries = json_get_str(one, "entries_path");
		struct tile_id t = {
			.level = (uint32_t)json_number_or(json_get(one, "level"), 99),
			.index = (uint64_t)json_number_or(json_get(one, "index"), -1),
			.width = (uint32_t)json_number_or(json_get(one, "width"), 0),
		};
		check_path(&t, str_z(&a, json_get_str(one, "path")));
		if (!entries.at)
			continue;
		t.entries = true;
		check_path(&t, str_z(&a, entries));
	}
}

static void tile_path_holds_the_longest(void **state)
{
	const struct tile_id t = { .level = 63, .index = UINT64_MAX, .width = 255 };
	const struct tile_id bundle = { .entries = true, .index = UINT64_MAX, .width = 255 };

	(void)state;
	check_path(&t, "tile/63/x018/x446/x744/x073/x709/x551/615.p/255");
	check_path(&bundle, "tile/entries/x018/x446/x744/x073/x709/x551/615.p/255");
}

static void tile_path_parse_refuses_every_other_spelling(void **state)
{
	static const char *const wrong[] = {
		"", "tile", "tile/", "tile/0", "tile/0/", "/tile/0/000", "tile/0/000/", "tile/0/0",
		"tile/0/00", "tile/0/0000", "tile/00/000", "tile/64/000", "tile/-1/000",
		"tile/x/000",
		"tile/0/x000/000", "tile/0/x000", "tile/0/1000", "tile/0/001/000", "tile/0/x1/000",
		"tile/0/x001/x000", "tile/0/x001//000", "tile/0/xx001/000", "tile/0/000.p",
		"tile/0/000.p/", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01",
		"tile/0/000.p/1/", "tile/0/000.p/1.p/1", "tile/0/000.p/x001", "tile/entries",
		"tile/entries/", "tile/entries/0/000", "tile/Entries/000", "tile/0/000 ",
		"tile/0/x018/x446/x744/x073/x709/x551/616",
		"tile/0/x001/x018/x446/x744/x073/x709/x551/615",
		"tile/0/000.p/99999999999999999999", "tile/18446744073709551616/000", "tile/0/0x0",
		"tile/0/00x", "tile/0/x0/00",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct tile_id t = { .width = 77 };
		if (tile_path_parse(str_of(wrong[i]), &t, NULL) != ERR_INVALID)
			fail_msg("took \"%s\"", wrong[i]);
		assert_int_equal(t.width, 77); /* output untouched on failure */
	}
}

static void tile_widths_are_those_of_the_vectors(void **state)
{
	SCOPED_ARENA a = { 0 };
	const struct json *list;

	(void)state;
	arena_init(&a, ARENA_CAP);
	list = json_get(vector_json(&a, "tile-paths.json"), "layout");
	assert_int_equal(json_count(list), 9);
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *one = json_at(list, i), *tiles = json_get(one, "tiles");
		uint64_t size = (uint64_t)json_number_or(json_get(one, "size"), 0);
		uint32_t level = 0;
		for (; level < json_count(tiles); level++) {
			const struct json *t = json_at(tiles, level);
			uint64_t full = (uint64_t)json_number_or(json_get(t, "full"), 0);
			uint32_t partial = (uint32_t)json_number_or(json_get(t, "partial_width"),
				0);
			assert_int_equal(json_number_or(json_get(t, "level"), -1), level);
			if (full > 0)
				assert_int_equal(tile_width_at(level, full - 1, size), TILE_WIDTH);
			assert_int_equal(tile_width_at(level, full, size), partial);
			assert_int_equal(tile_width_at(level, full + 1, size), 0);
		}
		assert_int_equal(tile_width_at(level, 0, size), 0);
		assert_int_equal(tile_width_at(63, 0, size), 0);
	}
	assert_int_equal(tile_width_at(0, 0, 0), 0);
	assert_int_equal(tile_width_at(7, 0, UINT64_MAX), 255);
}

static void tile_root_is_the_element_above(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct tree t;

	(void)state;
	arena_init(&a, ARENA_CAP);
	t = tree_new(&a, 256);
	for (uint32_t level = 0; level <= 8; level++) {
		struct digest root = tile_root(t.levels[0], 1u << level);
		assert_true(digest_eq(&root, &t.levels[level][0]));
	}
}

static void tile_reader_gives_the_counting_tree_roots(void **state)
{
	SCOPED_ARENA a = { 0 };
	const struct json *roots;
	struct tree t;

	(void)state;
	arena_init(&a, ARENA_CAP);
	roots = json_get(vector_json(&a, "counting-tree-roots.json"), "roots");
	assert_int_equal(json_count(roots), 15);
	t = tree_new(&a, 100000);
	for (size_t i = 0; i < json_count(roots); i++) {
		struct tile_source source = { .read = tree_tile, .context = &t };
		struct merkle_reader over_tiles = tile_merkle_reader(&source);
		struct merkle_range range;
		struct digest want = digest_of_hex(json_str(roots->members[i].value)), got;
		uint64_t size = 0;
		struct err e = { 0 };
		assert_int_equal(str_parse_u64(roots->members[i].name, &size, NULL), ERR_OK);
		source.size = size;
		must(merkle_root(&over_tiles, size, &got, &e), &e);
		assert_true(digest_eq(&got, &want));
		merkle_range_init(&range);
		for (uint64_t k = 0; k < size; k++)
			merkle_range_append(&range, &t.levels[0][k]);
		got = merkle_range_root(&range);
		assert_true(digest_eq(&got, &want));
	}
}

static void tile_reader_proves_inclusion_in_every_small_tree(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct tree t;

	(void)state;
	arena_init(&a, ARENA_CAP);
	t = tree_new(&a, 300);
	for (uint64_t n = 1; n <= 300; n++) {
		struct tile_source source = { .read = tree_tile, .context = &t, .size = n };
		struct merkle_reader over_tiles = tile_merkle_reader(&source);
		struct merkle_reader in_memory = tree_reader(&t);
		struct digest root;
		assert_int_equal(merkle_root(&in_memory, n, &root, NULL), ERR_OK);
		/* Every index at the edges, a sample elsewhere: each takes up to 255 hashes. */
		for (uint64_t i = 0; i < n; i += n < 20 || n > 250 ? 1 : 7) {
			struct merkle_proof p;
			struct err e = { 0 };
			must(merkle_prove_inclusion(&over_tiles, i, n, &p, &e), &e);
			must(merkle_verify_inclusion(&p, i, n, &t.levels[0][i], &root, &e), &e);
		}
	}
}

static void tile_reader_proves_in_a_large_tree(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct tile_source source = { .read = tree_tile, .size = 70000 };
	struct merkle_reader over_tiles = tile_merkle_reader(&source), in_memory;
	struct digest root;
	struct tree t;

	(void)state;
	arena_init(&a, ARENA_CAP);
	t = tree_new(&a, 70000);
	source.context = &t;
	in_memory = tree_reader(&t);
	assert_int_equal(merkle_root(&in_memory, t.size, &root, NULL), ERR_OK);
	for (uint64_t i = 0; i < t.size; i += 977) {
		struct merkle_proof p, want;
		struct digest old_root;
		struct err e = { 0 };
		must(merkle_prove_inclusion(&over_tiles, i, t.size, &p, &e), &e);
		must(merkle_verify_inclusion(&p, i, t.size, &t.levels[0][i], &root, &e), &e);
		must(merkle_prove_inclusion(&in_memory, i, t.size, &want, &e), &e);
		assert_int_equal(p.count, want.count);
		assert_memory_equal(p.hashes, want.hashes, p.count * sizeof(p.hashes[0]));
		must(merkle_prove_consistency(&over_tiles, i, t.size, &p, &e), &e);
		must(merkle_root(&in_memory, i, &old_root, &e), &e);
		must(merkle_verify_consistency(&p, i, t.size, &old_root, &root, &e), &e);
	}
}

static void tile_reader_reads_a_tile_once_for_its_hashes(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct tile_source source = { .read = tree_tile, .size = 65536 };
	struct merkle_reader over_tiles = tile_merkle_reader(&source);
	struct merkle_proof p;
	struct tree t;

	(void)state;
	arena_init(&a, ARENA_CAP);
	t = tree_new(&a, source.size);
	source.context = &t;
	assert_int_equal(merkle_prove_inclusion(&over_tiles, 12345, t.size, &p, NULL), ERR_OK);
	assert_int_equal(p.count, 16);
	assert_int_equal(t.tile_reads, 2);
}

static void tile_reader_asks_for_no_node_outside_the_tree(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct tile_source source = { .read = tree_tile, .size = 300 };
	struct merkle_reader over_tiles = tile_merkle_reader(&source);
	struct digest d;
	struct tree t;

	(void)state;
	arena_init(&a, ARENA_CAP);
	t = tree_new(&a, 100);
	source.context = &t;
	assert_int_equal(over_tiles.node(over_tiles.context, 0, 300, &d, NULL), ERR_INVALID);
	assert_int_equal(over_tiles.node(over_tiles.context, 8, 1, &d, NULL), ERR_INVALID);
	assert_int_equal(over_tiles.node(over_tiles.context, 64, 0, &d, NULL), ERR_INVALID);
	/* A tile that the source has not is the source's error, also the second time. */
	assert_int_equal(over_tiles.node(over_tiles.context, 0, 299, &d, NULL), ERR_NOT_FOUND);
	assert_int_equal(over_tiles.node(over_tiles.context, 0, 299, &d, NULL), ERR_NOT_FOUND);
}

static void tile_bundle_splits_what_was_put(void **state)
{
	SCOPED_BUF b = { 0 };
	SCOPED_ARENA a = { 0 };
	char *large;
	struct str entries[TILE_WIDTH] = { { "kept", 4 } };

	(void)state;
	arena_init(&a, ARENA_CAP);
	large = arena_alloc(&a, TILE_ENTRY_BYTES_MAX + 1);
	buf_init(&b, ARENA_CAP);
	assert_int_equal(tile_bundle_put(&b, STR("one"), NULL), ERR_OK);
	assert_int_equal(tile_bundle_put(&b, STR(""), NULL), ERR_OK);
	assert_int_equal(tile_bundle_put(&b, (struct str){ large, TILE_ENTRY_BYTES_MAX }, NULL),
		ERR_OK);
	assert_int_equal(tile_bundle_put(&b, (struct str){ large, TILE_ENTRY_BYTES_MAX + 1 }, NULL),
		ERR_TOO_LARGE);
	assert_int_equal(b.len, 5 + 2 + 2 + TILE_ENTRY_BYTES_MAX);
	assert_int_equal(tile_bundle_split(buf_str(&b), 2, entries, NULL), ERR_INVALID);
	assert_int_equal(tile_bundle_split(buf_str(&b), 4, entries, NULL), ERR_INVALID);
	assert_int_equal(tile_bundle_split(buf_str(&b), 0, entries, NULL), ERR_INVALID);
	assert_int_equal(tile_bundle_split(buf_str(&b), 257, entries, NULL), ERR_INVALID);
	assert_int_equal(tile_bundle_split((struct str){ b.at, b.len - 1 }, 3, entries, NULL),
		ERR_INVALID);
	assert_int_equal(tile_bundle_split((struct str){ b.at, 6 }, 2, entries, NULL), ERR_INVALID);
	assert_true(str_is(entries[0], "kept")); /* output untouched on failure */
	assert_int_equal(tile_bundle_split(buf_str(&b), 3, entries, NULL), ERR_OK);
	assert_true(str_is(entries[0], "one"));
	assert_int_equal(entries[1].len, 0);
	assert_int_equal(entries[2].len, TILE_ENTRY_BYTES_MAX);
}

/* Every partial bundle of the real log hashes to its level-0 tile. */
static void tile_bundles_of_a_real_log_hash_to_its_tiles(void **state)
{
	SCOPED_ARENA a = { 0 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	for (uint32_t width = 1; width <= 15; width++) {
		struct tile_id id = { .width = width };
		char path[TILE_PATH_BYTES];
		struct str tile, bundle, entries[TILE_WIDTH];
		tile_path(&id, path);
		tile = vector_file(&a, arena_printf(&a, "tessera-log/%s", path));
		id.entries = true;
		tile_path(&id, path);
		bundle = vector_file(&a, arena_printf(&a, "tessera-log/%s", path));
		assert_int_equal(tile_bundle_split(bundle, width, entries, NULL), ERR_OK);
		assert_int_equal(tile.len, width * DIGEST_BYTES);
		for (uint32_t i = 0; i < width; i++) {
			struct digest leaf = digest_sha256_leaf(entries[i]);
			assert_memory_equal(tile.at + i * DIGEST_BYTES, leaf.at, DIGEST_BYTES);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tile_paths_are_those_of_the_vectors),
		cmocka_unit_test(tile_path_holds_the_longest),
		cmocka_unit_test(tile_path_parse_refuses_every_other_spelling),
		cmocka_unit_test(tile_widths_are_those_of_the_vectors),
		cmocka_unit_test(tile_root_is_the_element_above),
		cmocka_unit_test(tile_reader_gives_the_counting_tree_roots),
		cmocka_unit_test(tile_reader_proves_inclusion_in_every_small_tree),
		cmocka_unit_test(tile_reader_proves_in_a_large_tree),
		cmocka_unit_test(tile_reader_reads_a_tile_once_for_its_hashes),
		cmocka_unit_test(tile_reader_asks_for_no_node_outside_the_tree),
		cmocka_unit_test(tile_bundle_splits_what_was_put),
		cmocka_unit_test(tile_bundles_of_a_real_log_hash_to_its_tiles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
