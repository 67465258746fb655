/* test_ledger_mirror.c - a copy extends exactly, or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "city.h"
#include "ledger/ledger_inner.h"

static struct city yc, lqy;
static struct arena arena;
static struct err e;

static int open_cities(void **state)
{
	(void)state;
	arena_init(&arena, 256 << 20);
	city_init(&yc, "yongchuan.huren.example", 10);
	city_init(&lqy, "longquanyi.huren.example", 40);
	city_open(&yc);
	city_open(&lqy);
	city_found(&yc);
	return 0;
}

static int close_cities(void **state)
{
	(void)state;
	city_clear(&yc);
	city_clear(&lqy);
	arena_clear(&arena);
	return 0;
}

static void grow(uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		struct arena a;
		arena_init(&a, 1 << 20);
		(void)city_slip_in(&yc, city_decision(&yc, &a));
		arena_clear(&a);
	}
}

static struct ledger_mirror_state copy_of(struct city *of, struct city *at)
{
	struct ledger_mirror_state state = { 0 };

	if (ledger_mirror_state(at->ledger, &arena, ledger_origin(of->ledger), &state, &e) !=
		ERR_OK)
		assert_int_equal(e.code, ERR_NOT_FOUND);
	return state;
}

static void assert_refused(const struct ledger_mirror_batch *batch, enum err_code code,
	const char *what)
{
	uint64_t size = copy_of(&yc, &lqy).size;
	enum err_code got = ledger_mirror(lqy.ledger, batch, &e);

	if (got != code || !strstr(e.message, what))
		fail_msg("code %d, \"%s\" instead of code %d, \"%s\"", got, e.message, code, what);
	assert_int_equal(copy_of(&yc, &lqy).size, size);
}

static void mirror_follows_in_steps_of_any_size(void **state)
{
	static const uint32_t steps[] = { 1, 252, 1, 1, 2, 254, 256, 300, 700, 1 };
	struct ledger_found found, copy;

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct ledger_mirror_state now;
		grow(steps[i]);
		city_mirror(&yc, &lqy);
		now = copy_of(&yc, &lqy);
		assert_int_equal(now.size, now.checkpoint_size);
		assert_int_equal(now.pending.len, 0);
		if (i % 3 == 2) {
			city_close(&lqy);
			city_open(&lqy);
		}
	}
	assert_int_equal(copy_of(&yc, &lqy).size, 3 + 1768);
	assert_int_equal(ledger_entry(yc.ledger, &arena, STR(""), 1500, &found, &e), ERR_OK);
	assert_int_equal(ledger_find(lqy.ledger, &arena, found.receipt.id_key, &copy, &e), ERR_OK);
	assert_false(copy.own);
	assert_true(str_eq(copy.origin, ledger_origin(yc.ledger)));
	assert_int_equal(copy.index, 1500);
	assert_true(str_eq(copy.receipt_bytes, found.receipt_bytes));
	assert_int_equal(copy.body.len, 0);
}

static void mirror_keeps_what_it_has_of_a_long_way(void **state)
{
	struct ledger_mirror_batch batch;
	struct ledger_mirror_state now;
	struct ledger_found found;

	(void)state;
	grow(700);
	batch = city_batch(&yc, &lqy, &arena, 300);
	assert_int_equal(ledger_mirror(lqy.ledger, &batch, &e), ERR_OK);
	now = copy_of(&yc, &lqy);
	assert_int_equal(now.size, 300);
	assert_int_equal(now.checkpoint_size, 0);
	assert_true(str_eq(now.pending, batch.checkpoint));
	/* What no checkpoint here covers is not shown yet. */
	assert_int_equal(ledger_entry(lqy.ledger, &arena, batch.origin, 5, &found, &e),
		ERR_NOT_FOUND);
	city_close(&lqy);
	city_open(&lqy);
	batch = city_batch(&yc, &lqy, &arena, 0);
	assert_int_equal(batch.first_index, 300);
	assert_int_equal(ledger_mirror(lqy.ledger, &batch, &e), ERR_OK);
	now = copy_of(&yc, &lqy);
	assert_int_equal(now.checkpoint_size, 703);
	assert_int_equal(now.pending.len, 0);
	assert_int_equal(ledger_entry(lqy.ledger, &arena, batch.origin, 5, &found, &e), ERR_OK);
}

static void mirror_refuses_gaps_and_repetitions(void **state)
{
	struct ledger_mirror_batch batch;

	(void)state;
	grow(20);
	batch = city_batch(&yc, &lqy, &arena, 0);
	batch.first_index = 1;
	assert_refused(&batch, ERR_CONFLICT,
		"copy of \"yongchuan.huren.example/tlog\" ends at 0, the batch begins at 1");
	city_mirror(&yc, &lqy);
	batch.first_index = 0;
	assert_refused(&batch, ERR_CONFLICT, "ends at 23, the batch begins at 0");
}

static void mirror_refuses_tampered_entries(void **state)
{
	struct ledger_mirror_batch batch;
	struct str entries[23];
	struct digest leaves[23];
	char *changed;

	(void)state;
	grow(20);
	batch = city_batch(&yc, &lqy, &arena, 0);
	memcpy(entries, batch.entries, sizeof(entries));
	memcpy(leaves, batch.leaf_hashes, sizeof(leaves));
	batch.entries = entries;
	batch.leaf_hashes = leaves;
	changed = str_z(&arena, entries[7]);
	*strstr(changed, "decision") = 'D';
	entries[7].at = changed;
	assert_refused(&batch, ERR_UNPROVEN, "entry 7 does not hash to its leaf");
	leaves[7] = digest_sha256_leaf(entries[7]);
	assert_refused(&batch, ERR_UNPROVEN, "entries up to 23 do not make the checkpoint's root");
	batch = city_batch(&yc, &lqy, &arena, 0);
	assert_int_equal(ledger_mirror(lqy.ledger, &batch, &e), ERR_OK);
}

static void mirror_refuses_checkpoints_of_another_log_or_size(void **state)
{
	struct ledger_mirror_batch batch;
	struct str newest;

	(void)state;
	grow(20);
	batch = city_batch(&yc, &lqy, &arena, 0);
	batch.size = 24;
	assert_refused(&batch, ERR_INVALID,
		"checkpoint is of \"yongchuan.huren.example/tlog\" at 23");
	batch.size = 22;
	assert_refused(&batch, ERR_INVALID, "batch ends at 23, its checkpoint at 22");
	batch = city_batch(&yc, &lqy, &arena, 0);
	batch.origin = STR("other.example/tlog");
	assert_refused(&batch, ERR_INVALID, "checkpoint is of \"yongchuan.huren.example/tlog\"");
	batch = city_batch(&yc, &lqy, &arena, 0);
	batch.checkpoint = STR("no note");
	assert_refused(&batch, ERR_INVALID, "");
	batch.origin = ledger_origin(lqy.ledger);
	assert_refused(&batch, ERR_INVALID, "does not mirror its own log");
	/* Going back: an older checkpoint for nothing new. */
	newest = city_batch(&yc, &lqy, &arena, 0).checkpoint;
	city_mirror(&yc, &lqy);
	grow(1);
	city_mirror(&yc, &lqy);
	batch = (struct ledger_mirror_batch){ .origin = ledger_origin(yc.ledger), .first_index = 24,
		.size = 23, .checkpoint = newest };
	assert_refused(&batch, ERR_INVALID, "batch ends at 24, its checkpoint at 23");
}

static void mirror_takes_a_newer_note_of_the_same_size(void **state)
{
	struct ledger_mirror_batch batch;

	(void)state;
	city_mirror(&yc, &lqy);
	batch = city_batch(&yc, &lqy, &arena, 0);
	assert_int_equal(batch.count, 0);
	assert_int_equal(ledger_mirror(lqy.ledger, &batch, &e), ERR_OK);
	assert_true(str_eq(copy_of(&yc, &lqy).checkpoint, batch.checkpoint));
}

static void mirror_keeps_both_heads_of_a_fork(void **state)
{
	struct ledger_mirror_batch batch;
	struct ledger_mirror_state now;

	(void)state;
	city_mirror(&yc, &lqy);
	assert_int_equal(ledger_mirror_fork(lqy.ledger, ledger_origin(yc.ledger), STR("our note"),
		STR("their note"), &e), ERR_OK);
	assert_int_equal(ledger_mirror_fork(lqy.ledger, ledger_origin(yc.ledger), STR("a third"),
		STR("a fourth"), &e), ERR_OK);
	city_close(&lqy);
	city_open(&lqy);
	now = copy_of(&yc, &lqy);
	assert_true(str_is(now.fork_ours, "our note"));
	assert_true(str_is(now.fork_theirs, "their note"));
	assert_int_equal(now.size, 3);
	grow(1);
	batch = city_batch(&yc, &lqy, &arena, 0);
	assert_refused(&batch, ERR_CONFLICT, "has forked: nothing more is accepted");
}

static enum err_code keep_heads(void *context, struct store *store, struct str ours,
	struct str theirs, struct err *why)
{
	(void)store;
	if (!context)
		return err_set(why, ERR_IO, "no room for evidence");
	assert_true(str_is(ours, "our note"));
	assert_true(str_is(theirs, "their note"));
	++*(int *)context;
	return ERR_OK;
}

static void mirror_goes_on_once_a_fork_is_forgiven_and_kept(void **state)
{
	int kept = 0;
	const struct ledger_fork failing = { .keep = keep_heads }, fork = { .keep = keep_heads,
		.context = &kept };
	struct str origin = ledger_origin(yc.ledger);

	(void)state;
	city_mirror(&yc, &lqy);
	assert_int_equal(ledger_mirror_forgive(lqy.ledger, origin, &fork, &e), ERR_CONFLICT);
	assert_int_equal(ledger_mirror_fork(lqy.ledger, origin, STR("our note"),
		STR("their note"), &e), ERR_OK);
	/* Without the evidence put away nothing is forgiven. */
	assert_int_equal(ledger_mirror_forgive(lqy.ledger, origin, &failing, &e), ERR_IO);
	assert_true(str_is(copy_of(&yc, &lqy).fork_ours, "our note"));
	assert_int_equal(ledger_mirror_forgive(lqy.ledger, origin, &fork, &e), ERR_OK);
	assert_true(kept > 0);
	assert_int_equal(copy_of(&yc, &lqy).fork_ours.len, 0);
	city_close(&lqy);
	city_open(&lqy);
	assert_int_equal(copy_of(&yc, &lqy).fork_theirs.len, 0);
	grow(1);
	city_mirror(&yc, &lqy);
	assert_int_equal(copy_of(&yc, &lqy).size, 4);
}

/* A log of bare entries under a checkpoint we make. */
static struct ledger_mirror_batch strange_log(const char *origin, const struct str *entries,
	struct digest *leaves, uint32_t count)
{
	struct checkpoint c = { .origin = str_copy(&arena, str_of(origin)), .size = count };
	struct key secret = sample_key(KEY_ED25519, 5);
	struct merkle_range range;
	struct note_key key;
	struct buf note;
	struct str text;

	merkle_range_init(&range);
	for (uint32_t i = 0; i < count; i++) {
		leaves[i] = digest_sha256_leaf(entries[i]);
		merkle_range_append(&range, &leaves[i]);
	}
	c.root = merkle_range_root(&range);
	buf_init(&note, 4096);
	assert_int_equal(note_key_make(c.origin, NOTE_ED25519, &secret.pub, &key, &e), ERR_OK);
	assert_int_equal(checkpoint_sign(&note, &c, &key, &secret, NULL, NULL, &e), ERR_OK);
	text = str_copy(&arena, buf_str(&note));
	buf_clear(&note);
	return (struct ledger_mirror_batch){ .origin = c.origin, .count = count, .entries = entries,
		.leaf_hashes = leaves, .size = count, .checkpoint = text };
}

static void mirror_keeps_entries_that_are_no_receipts(void **state)
{
	struct str entries[3] = { STR("one"), STR(""), STR("{\"v\":2}") }, split[3], bytes;
	struct tile_id t = { .entries = true, .width = 3 };
	struct ledger_mirror_batch batch;
	struct ledger_found found;
	struct digest leaves[3];

	(void)state;
	batch = strange_log("strange.example/log", entries, leaves, 3);
	assert_int_equal(ledger_mirror(lqy.ledger, &batch, &e), ERR_OK);
	city_close(&lqy);
	city_open(&lqy);
	assert_int_equal(ledger_tile(lqy.ledger, &arena, batch.origin, &t, false, &bytes, NULL, &e),
		ERR_OK);
	assert_int_equal(tile_bundle_split(bytes, 3, split, &e), ERR_OK);
	assert_true(str_is(split[2], "{\"v\":2}"));
	assert_int_equal(ledger_entry(lqy.ledger, &arena, batch.origin, 0, &found, &e),
		ERR_NOT_FOUND);
}

static void limit_receipt_bytes(void **state)
{
	static char large[LIMIT_RECEIPT_BYTES + 1];
	struct str entry = { large, sizeof(large) };
	struct ledger_mirror_batch batch;
	struct digest leaf;

	(void)state;
	memset(large, 'x', sizeof(large));
	batch = strange_log("strange.example/log", &entry, &leaf, 1);
	assert_refused(&batch, ERR_TOO_LARGE, "entry 0 of 2049 bytes: at most 2048");
	entry.len--;
	batch = strange_log("strange.example/log", &entry, &leaf, 1);
	assert_int_equal(ledger_mirror(lqy.ledger, &batch, &e), ERR_OK);
}

static void limit_peers(void **state)
{
	struct str entry = STR("x");

	(void)state;
	for (int i = 0; i <= LIMIT_PEERS; i++) {
		struct ledger_mirror_batch batch;
		struct digest leaf;
		char origin[32];
		(void)snprintf(origin, sizeof(origin), "%d.example", i);
		batch = strange_log(origin, &entry, &leaf, 1);
		leaf.at[0] ^= 1; /* what is refused takes no place */
		assert_int_equal(ledger_mirror(lqy.ledger, &batch, &e),
			i < LIMIT_PEERS ? ERR_UNPROVEN : ERR_TOO_LARGE);
		leaf.at[0] ^= 1;
		assert_int_equal(ledger_mirror(lqy.ledger, &batch, &e),
			i < LIMIT_PEERS ? ERR_OK : ERR_TOO_LARGE);
	}
	assert_string_equal(e.message, "more than 16 mirrored logs");
}

static void mirror_is_in_a_backup(void **state)
{
	char path[sizeof(lqy.dir) + 16];
	struct city restored;

	(void)state;
	grow(600);
	city_mirror(&yc, &lqy);
	(void)snprintf(path, sizeof(path), "%.240s-backup", lqy.dir);
	assert_int_equal(ledger_backup(lqy.ledger, path, &e), ERR_OK);
	city_init_at(&restored, path, "longquanyi.huren.example", 40);
	city_open(&restored);
	assert_int_equal(copy_of(&yc, &restored).size, 603);
	grow(300);
	city_mirror(&yc, &restored);
	assert_int_equal(copy_of(&yc, &restored).checkpoint_size, 903);
	city_clear(&restored);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_cities, close_cities)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(mirror_follows_in_steps_of_any_size),
		TEST(mirror_keeps_what_it_has_of_a_long_way),
		TEST(mirror_refuses_gaps_and_repetitions),
		TEST(mirror_refuses_tampered_entries),
		TEST(mirror_refuses_checkpoints_of_another_log_or_size),
		TEST(mirror_takes_a_newer_note_of_the_same_size),
		TEST(mirror_keeps_both_heads_of_a_fork),
		TEST(mirror_goes_on_once_a_fork_is_forgiven_and_kept),
		TEST(mirror_keeps_entries_that_are_no_receipts),
		TEST(limit_receipt_bytes),
		TEST(limit_peers),
		TEST(mirror_is_in_a_backup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
