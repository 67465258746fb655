/* test_ledger_tile.c - tiles, bundles and proofs as strangers get them, own and mirrored, against a
 * tree computed from the receipts alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "base/instant.h"
#include "city.h"
#include "ledger/ledger_inner.h"

#define SIZE 1300 /* five full tiles and a bit */

static struct city city, other;
static struct arena arena;
static struct digest leaves[SIZE];
static struct str entries[SIZE];

/* One city for all tests, filled once. */
static int open_cities(void **state)
{
	(void)state;
	arena_init(&arena, 512 << 20);
	city_init(&city, "yongchuan.huren.example", 10);
	city_init(&other, "longquanyi.huren.example", 40);
	city_open(&city);
	city_open(&other);
	city_found(&city);
	for (uint32_t i = 3; i < SIZE; i++) {
		struct arena a;
		arena_init(&a, 1 << 20);
		(void)city_slip_in(&city, city_decision(&city, &a));
		arena_clear(&a);
		if (i == 1000)
			city_mirror(&city, &other);
	}
	city_mirror(&city, &other);
	for (uint64_t i = 0; i < SIZE; i++) {
		struct ledger_found found;
		if (ledger_entry(city.ledger, &arena, STR(""), i, &found, NULL) != ERR_OK)
			return -1;
		entries[i] = found.receipt_bytes;
		leaves[i] = digest_sha256_leaf(entries[i]);
	}
	return 0;
}

static int close_cities(void **state)
{
	(void)state;
	city_clear(&city);
	city_clear(&other);
	arena_clear(&arena);
	return 0;
}

static void wait_for_files(void)
{
	struct ledger_figures f;

	do {
		(void)usleep(1000); /* a signal only shortens it */
		ledger_figures(city.ledger, &f);
	} while (f.files_size < SIZE / TILE_WIDTH * TILE_WIDTH);
}

/* By the definition: hash number `index` of `level`. */
static struct digest element(uint32_t level, uint64_t index)
{
	struct digest nodes[TILE_WIDTH];

	if (level == 0)
		return leaves[index];
	for (uint32_t i = 0; i < TILE_WIDTH; i++)
		nodes[i] = element(level - 1, index * TILE_WIDTH + i);
	for (uint32_t width = TILE_WIDTH / 2; width > 0; width /= 2)
		for (uint32_t i = 0; i < width; i++)
			nodes[i] = digest_sha256_node(&nodes[2 * i], &nodes[2 * i + 1]);
	return nodes[0];
}

static void check_tile(struct ledger *l, struct str origin, uint32_t level, uint64_t index,
	uint32_t width)
{
	struct tile_id t = { .level = level, .index = index, .width = width };
	struct str bytes;

	assert_int_equal(ledger_tile(l, &arena, origin, &t, false, &bytes, NULL, NULL), ERR_OK);
	assert_int_equal(bytes.len, width * 32);
	for (uint32_t i = 0; i < width; i++) {
		struct digest want = element(level, index * TILE_WIDTH + i);
		assert_memory_equal(bytes.at + i * 32, want.at, 32);
	}
}

static void check_bundle(struct ledger *l, struct str origin, uint64_t index, uint32_t width)
{
	struct tile_id t = { .entries = true, .index = index, .width = width };
	struct str bytes, split[TILE_WIDTH];
	bool gzip = true;

	assert_int_equal(ledger_tile(l, &arena, origin, &t, false, &bytes, &gzip, NULL), ERR_OK);
	assert_false(gzip);
	assert_int_equal(tile_bundle_split(bytes, width, split, NULL), ERR_OK);
	for (uint32_t i = 0; i < width; i++)
		assert_true(str_eq(split[i], entries[index * TILE_WIDTH + i]));
}

static void check_all(struct ledger *l, struct str origin)
{
	for (uint64_t i = 0; i < SIZE / TILE_WIDTH; i++) {
		check_tile(l, origin, 0, i, TILE_WIDTH);
		check_tile(l, origin, 0, i, 1); /* a partial of every earlier checkpoint */
		check_tile(l, origin, 0, i, 255);
		check_bundle(l, origin, i, TILE_WIDTH);
		check_bundle(l, origin, i, 77);
	}
	check_tile(l, origin, 0, SIZE / TILE_WIDTH, SIZE % TILE_WIDTH);
	check_tile(l, origin, 0, SIZE / TILE_WIDTH, 3);
	check_tile(l, origin, 1, 0, SIZE / TILE_WIDTH);
	check_bundle(l, origin, SIZE / TILE_WIDTH, SIZE % TILE_WIDTH);
	check_bundle(l, origin, SIZE / TILE_WIDTH, 1);
}

static void tile_bytes_are_those_of_the_tree(void **state)
{
	(void)state;
	check_all(city.ledger, STR(""));
	check_all(city.ledger, ledger_origin(city.ledger));
	wait_for_files();
	check_all(city.ledger, STR(""));
	city_close(&city);
	city_open(&city);
	check_all(city.ledger, STR(""));
}

static void tile_bytes_of_a_mirror_are_the_same(void **state)
{
	struct str origin = ledger_origin(city.ledger);

	(void)state;
	check_all(other.ledger, origin);
	city_close(&other);
	city_open(&other);
	check_all(other.ledger, origin);
}

static void tile_gives_full_bundles_as_gzip_to_who_accepts_it(void **state)
{
	struct tile_id t = { .entries = true, .index = 1, .width = TILE_WIDTH };
	static char room[1 << 20];
	struct str plain, packed;
	z_stream stream = { 0 };
	bool gzip = false;

	(void)state;
	wait_for_files();
	assert_int_equal(ledger_tile(city.ledger, &arena, STR(""), &t, true, &packed, &gzip, NULL),
		ERR_OK);
	assert_true(gzip);
	assert_int_equal(ledger_tile(city.ledger, &arena, STR(""), &t, false, &plain, &gzip, NULL),
		ERR_OK);
	assert_false(gzip);
	assert_int_equal(inflateInit2(&stream, 31), Z_OK);
	stream.next_in = (Bytef *)(uintptr_t)packed.at;
	stream.avail_in = (uInt)packed.len;
	stream.next_out = (Bytef *)room;
	stream.avail_out = sizeof(room);
	assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
	assert_int_equal(stream.total_out, plain.len);
	assert_memory_equal(room, plain.at, plain.len);
	(void)inflateEnd(&stream); /* all was read */
}

static void tile_refuses_what_the_checkpoint_does_not_cover(void **state)
{
	static const struct tile_id refused[] = {
		{ .level = 0, .index = 0, .width = 0 },
		{ .level = 0, .index = 0, .width = 257 },
		{ .level = 0, .index = SIZE / TILE_WIDTH, .width = SIZE % TILE_WIDTH + 1 },
		{ .level = 0, .index = SIZE / TILE_WIDTH, .width = TILE_WIDTH },
		{ .level = 0, .index = SIZE / TILE_WIDTH + 1, .width = 1 },
		{ .level = 1, .index = 0, .width = SIZE / TILE_WIDTH + 1 },
		{ .level = 2, .index = 0, .width = 1 },
		{ .level = 63, .index = 0, .width = 1 },
		{ .level = 64, .index = 0, .width = 1 },
		{ .level = 0, .index = UINT64_MAX, .width = 1 },
		{ .entries = true, .index = SIZE / TILE_WIDTH, .width = SIZE % TILE_WIDTH + 1 },
		{ .entries = true, .index = UINT64_MAX / 2, .width = 1 },
		{ .entries = true, .level = 1, .index = 0, .width = 1 },
	};
	struct str bytes;

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_int_equal(ledger_tile(city.ledger, &arena, STR(""), &refused[i], false,
			&bytes, NULL, NULL), ERR_NOT_FOUND);
	assert_int_equal(ledger_tile(city.ledger, &arena, STR("nobody.example/tlog"),
		&(struct tile_id){ .width = 1 }, false, &bytes, NULL, NULL), ERR_NOT_FOUND);
}

static void tile_proofs_hold_in_own_and_mirrored_logs(void **state)
{
	static const uint64_t sizes[] = { 1, 2, 255, 256, 257, 600, 1024, SIZE };
	struct str origin = ledger_origin(city.ledger);
	struct ledger *ledgers[2] = { city.ledger, other.ledger };

	(void)state;
	for (int which = 0; which < 2; which++) {
		struct digest old_root = { { 0 } };
		uint64_t old_size = 0;
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			struct merkle_range range;
			struct merkle_proof proof;
			struct digest root;
			uint64_t index = sizes[i] * 2 / 3;
			merkle_range_init(&range);
			for (uint64_t k = 0; k < sizes[i]; k++)
				merkle_range_append(&range, &leaves[k]);
			root = merkle_range_root(&range);
			assert_int_equal(ledger_prove_inclusion(ledgers[which], origin, index,
				sizes[i], &proof, NULL), ERR_OK);
			assert_int_equal(merkle_verify_inclusion(&proof, index, sizes[i],
				&leaves[index], &root, NULL), ERR_OK);
			if (old_size > 0) {
				assert_int_equal(ledger_prove_consistency(ledgers[which], origin,
					old_size, sizes[i], &proof, NULL), ERR_OK);
				assert_int_equal(merkle_verify_consistency(&proof, old_size,
					sizes[i], &old_root, &root, NULL), ERR_OK);
			}
			old_root = root;
			old_size = sizes[i];
		}
	}
}

static void tile_proofs_end_at_the_checkpoint(void **state)
{
	struct merkle_proof proof;
	struct err e;

	(void)state;
	assert_int_equal(ledger_prove_inclusion(city.ledger, STR(""), 0, SIZE + 1, &proof, &e),
		ERR_INVALID);
	assert_string_equal(e.message, "the log has 1300 entries, not 1301");
	assert_int_equal(ledger_prove_inclusion(city.ledger, STR(""), SIZE, SIZE, &proof, &e),
		ERR_INVALID);
	assert_int_equal(ledger_prove_consistency(city.ledger, STR(""), 1, SIZE + 1, &proof, &e),
		ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tile_bytes_are_those_of_the_tree),
		cmocka_unit_test(tile_bytes_of_a_mirror_are_the_same),
		cmocka_unit_test(tile_gives_full_bundles_as_gzip_to_who_accepts_it),
		cmocka_unit_test(tile_refuses_what_the_checkpoint_does_not_cover),
		cmocka_unit_test(tile_proofs_hold_in_own_and_mirrored_logs),
		cmocka_unit_test(tile_proofs_end_at_the_checkpoint),
	};

	return cmocka_run_group_tests(tests, open_cities, close_cities);
}
