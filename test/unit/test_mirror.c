/* test_mirror.c - following a log that is honest, cut off, damaged, stepping back, or forked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "peer/mirror.h"
#include "served_log.h"

/* ---- the copy; it works on a batch only when the next one comes, as a thread may ------------- */

struct copy {
	uint64_t size;
	struct digest leaves[ENTRIES_MAX];
	char head[4096];
	const struct ledger_mirror_batch *waiting;
	struct ledger_mirror_batch batch;
	uint32_t puts;
	uint32_t fails_at;                 /* this put fails, once; 0 never */
};

static enum err_code copy_known(void *context, struct arena *a, uint64_t *ret_size,
	struct str *ret_head, struct err *e)
{
	struct copy *c = context;
	(void)e;
	*ret_size = c->size;
	*ret_head = str_copy(a, str_of(c->head));
	return ERR_OK;
}

static enum err_code copy_node(void *context, uint32_t level, uint64_t index, struct digest *ret,
	struct err *e)
{
	struct copy *c = context;
	uint64_t leaves = 1ULL << level;
	(void)e;
	assert_true((index + 1) * leaves <= c->size);
	*ret = root_of(c->leaves + index * leaves, leaves);
	return ERR_OK;
}

static enum err_code copy_flush(void *context, struct err *e)
{
	struct copy *c = context;
	const struct ledger_mirror_batch *b = c->waiting;
	c->waiting = NULL;
	if (!b)
		return ERR_OK;
	if (++c->puts == c->fails_at)
		return err_set(e, ERR_IO, "disk is full");
	assert_int_equal(b->first_index, c->size);
	for (uint32_t i = 0; i < b->count; i++) {
		c->leaves[c->size++] = digest_sha256_leaf(b->entries[i]);
		assert_true(digest_eq(&c->leaves[c->size - 1], &b->leaf_hashes[i]));
	}
	assert_true(c->size <= b->size);
	(void)snprintf(c->head, sizeof(c->head), STR_FMT, STR_ARG(b->checkpoint));
	return ERR_OK;
}

static enum err_code copy_put(void *context, const struct ledger_mirror_batch *batch, struct err *e)
{
	struct copy *c = context;
	TRY(copy_flush(context, e));
	c->batch = *batch;
	c->waiting = &c->batch;
	return ERR_OK;
}

/* ---- one round ------------------------------------------------------------------------------- */

struct fixture {
	struct arena arena;
	struct other other;
	struct note_key pinned;
	struct copy copy;
	struct mirror_result result;
	struct err err;
};

static int set_up(void **state)
{
	static struct fixture f;
	memset(&f, 0, sizeof(f));
	arena_init(&f.arena, 1 << 24);
	key_library_init();
	make_key(1, &f.other);
	f.pinned = f.other.key;
	f.other.differs_from = UINT64_MAX;
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	arena_clear(&f->arena);
	return 0;
}

static enum err_code follow(struct fixture *f)
{
	struct mirror_source source = other_source(&f->other);
	struct mirror_copy copy = { .known = copy_known, .put = copy_put, .flush = copy_flush,
		.context = &f->copy, .batch_max = 4096, .reader = { .node = copy_node,
		.context = &f->copy } };
	f->err = (struct err){ 0 };
	return mirror_follow(&f->arena, &f->pinned, &source, &copy, &f->result, &f->err);
}

static void comes_to(struct fixture *f, enum mirror_outcome outcome)
{
	if (follow(f) != ERR_OK)
		fail_msg("%s", f->err.message);
	assert_int_equal(f->result.outcome, outcome);
}

static void fails(struct fixture *f, enum err_code code, const char *message)
{
	assert_int_equal(follow(f), code);
	assert_string_equal(f->err.message, message);
}

static void copies(struct fixture *f, uint64_t size)
{
	grow(&f->other, size);
	comes_to(f, MIRROR_GREW);
	assert_int_equal(f->result.size, size);
	assert_int_equal(f->copy.size, size);
	assert_memory_equal(f->copy.leaves, f->other.leaves, size * DIGEST_BYTES);
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void mirror_copies_step_by_step(void **state)
{
	static const uint64_t sizes[] = { 1, 2, 3, 255, 256, 257, 300, 511, 512, 4095, 4096, 4097,
		8192, 8200, 12289, 20000 };
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		copies(*state, sizes[i]);
}

static void mirror_copies_many_batches(void **state)
{
	struct fixture *f = *state;
	copies(f, 5);
	copies(f, 65536 + 300);
	assert_int_equal(f->copy.puts, 1 + 17);
}

static void mirror_fetches_little(void **state)
{
	struct fixture *f = *state;
	copies(f, 20000);
	f->other.asked = 0;
	copies(f, 20001);
	assert_int_equal(f->other.asked, 1); /* the one bundle: the root proves the rest */
}

static void mirror_tells_that_nothing_is_new(void **state)
{
	struct fixture *f = *state;
	comes_to(f, MIRROR_SAME);
	copies(f, 300);
	comes_to(f, MIRROR_SAME);
	assert_int_equal(f->result.size, 300);
	assert_int_equal(f->copy.puts, 1);
}

static void mirror_goes_on_after_a_failed_write_anywhere(void **state)
{
	struct fixture *f = *state;
	grow(&f->other, 10000);
	for (uint32_t n = 1; n <= 3; n++) {
		f->copy.size = 0;
		f->copy.head[0] = '\0';
		f->copy.puts = 0;
		f->copy.fails_at = n;
		fails(f, ERR_IO, "disk is full");
		assert_int_equal(f->copy.size, (n - 1) * 4096);
		comes_to(f, MIRROR_GREW);
		assert_int_equal(f->copy.size, 10000);
		assert_memory_equal(f->copy.leaves, f->other.leaves, 10000 * DIGEST_BYTES);
	}
}

static void mirror_goes_on_after_a_cut_anywhere(void **state)
{
	struct fixture *f = *state;
	grow(&f->other, 10000);
	uint32_t cuts = 0;
	for (uint32_t n = 1;; n++) {
		f->copy.size = 0;
		f->copy.head[0] = '\0';
		f->other.asked = 0;
		f->other.fails_at = n;
		if (follow(f) == ERR_OK)
			break;
		assert_int_equal(f->err.code, ERR_BUSY);
		cuts++;
		f->other.fails_at = 0;
		grow(&f->other, 10000 + n);
		comes_to(f, MIRROR_GREW);
		assert_int_equal(f->copy.size, 10000 + n);
		assert_memory_equal(f->copy.leaves, f->other.leaves, (10000 + n) * DIGEST_BYTES);
		f->other.shown_size = f->other.size = 10000;
	}
	assert_true(cuts > 40);
}

static void mirror_takes_full_tiles_for_partial_ones(void **state)
{
	struct fixture *f = *state;
	grow(&f->other, 10240);
	f->other.shown_size = 10000;
	f->other.lacks_partials = true;
	/* Level 1 has no full tile yet, so that one partial must be there: prove with the last
	 * batch. */
	f->copy.size = 9000;
	memcpy(f->copy.leaves, f->other.leaves, 9000 * DIGEST_BYTES);
	(void)snprintf(f->copy.head, sizeof(f->copy.head), STR_FMT,
		STR_ARG(sign_note(&f->arena, &f->other, 9000)));
	comes_to(f, MIRROR_GREW);
	assert_int_equal(f->copy.size, 10000);
}

static void mirror_names_a_missing_tile(void **state)
{
	struct fixture *f = *state;
	grow(&f->other, 600);
	(void)snprintf(f->other.missing, TILE_PATH_BYTES, "tile/entries/001");
	fails(f, ERR_NOT_FOUND, "log \"" ORIGIN "\" lacks tile/entries/001");
	(void)snprintf(f->other.missing, TILE_PATH_BYTES, "tile/entries/002.p/88");
	fails(f, ERR_NOT_FOUND, "log \"" ORIGIN "\" lacks tile/entries/002");
}

static void mirror_refuses_a_damaged_bundle(void **state)
{
	struct fixture *f = *state;
	copies(f, 300);
	grow(&f->other, 600);
	(void)snprintf(f->other.damaged, TILE_PATH_BYTES, "tile/entries/001");
	fails(f, ERR_UNPROVEN, "entry 511 in tile/entries/001 of log \"" ORIGIN
		"\" does not match the log's tile");
	assert_int_equal(f->copy.size, 300);
	f->other.damaged[0] = '\0';
	comes_to(f, MIRROR_GREW);
}

static void mirror_keeps_good_batches_before_a_damaged_bundle(void **state)
{
	struct fixture *f = *state;
	grow(&f->other, 10000);
	(void)snprintf(f->other.damaged, TILE_PATH_BYTES, "tile/entries/020");
	fails(f, ERR_UNPROVEN, "entry 5375 in tile/entries/020 of log \"" ORIGIN
		"\" does not match the log's tile");
	assert_int_equal(f->copy.size, 4096);
	f->other.damaged[0] = '\0';
	comes_to(f, MIRROR_GREW);
	assert_int_equal(f->copy.size, 10000);
}

static void mirror_refuses_damaged_tiles(void **state)
{
	static const char *const tiles[] = { "tile/0/039.p/16", "tile/1/000.p/39" };
	struct fixture *f = *state;
	copies(f, 700);
	grow(&f->other, 10000);
	for (size_t i = 0; i < sizeof(tiles) / sizeof(tiles[0]); i++) {
		(void)snprintf(f->other.damaged, TILE_PATH_BYTES, "%s", tiles[i]);
		fails(f, ERR_UNPROVEN, "tiles of log \"" ORIGIN
			"\" do not give the root of its checkpoint of size 10000: "
			"tile/0/039.p/16, tile/1/000.p/39");
		assert_int_equal(f->copy.size, 700);
	}
	f->other.damaged[0] = '\0';
	comes_to(f, MIRROR_GREW);
}

static void mirror_tells_a_damaged_inner_tile_from_a_fork(void **state)
{
	struct fixture *f = *state;
	copies(f, 700);
	grow(&f->other, 1400);
	(void)snprintf(f->other.damaged, TILE_PATH_BYTES, "tile/0/002");
	comes_to(f, MIRROR_GREW); /* not needed, not read */
	/* A head past what is held has to be proven by tiles first. */
	f->copy.size = 700;
	(void)snprintf(f->copy.head, sizeof(f->copy.head), STR_FMT,
		STR_ARG(sign_note(&f->arena, &f->other, 900)));
	(void)snprintf(f->other.damaged, TILE_PATH_BYTES, "tile/0/003");
	fails(f, ERR_UNPROVEN, "tile/0/003 of log \"" ORIGIN
		"\" does not match its checkpoint of size 1400");
	f->other.damaged[0] = '\0';
	comes_to(f, MIRROR_GREW);
	assert_int_equal(f->copy.size, 1400);
}

static void mirror_refuses_a_tile_of_wrong_length(void **state)
{
	struct fixture *f = *state;
	grow(&f->other, 10000);
	(void)snprintf(f->other.shortened, TILE_PATH_BYTES, "tile/1/000.p/39");
	fails(f, ERR_UNPROVEN, "tile/1/000.p/39 of log \"" ORIGIN "\" has 1247 bytes, not 1248");
	(void)snprintf(f->other.shortened, TILE_PATH_BYTES, "tile/entries/003");
	assert_int_equal(follow(f), ERR_INVALID);
	assert_non_null(strstr(f->err.message, "tile/entries/003 of log \"" ORIGIN "\": "));
	assert_int_equal(f->copy.size, 0);
}

static void mirror_refuses_a_root_its_tiles_do_not_give(void **state)
{
	struct fixture *f = *state;
	copies(f, 700);
	grow(&f->other, 900);
	f->other.wrong_root = true;
	fails(f, ERR_UNPROVEN, "tiles of log \"" ORIGIN
		"\" do not give the root of its checkpoint of size 900: "
		"tile/0/003.p/132, tile/1/000.p/3");
	assert_int_equal(f->copy.size, 700);
}

static void mirror_refuses_a_root_of_nothing(void **state)
{
	struct fixture *f = *state;
	f->other.wrong_root = true;
	fails(f, ERR_UNPROVEN, "checkpoint of size 0 has another root than the empty tree");
}

static void mirror_refuses_another_key(void **state)
{
	struct fixture *f = *state;
	grow(&f->other, 5);
	make_key(2, &f->other);
	assert_int_equal(follow(f), ERR_DENIED);
	assert_int_equal(f->copy.size, 0);
}

static void forks(struct fixture *f, uint64_t held, uint64_t fork_at, uint64_t size)
{
	f->copy.size = 0;
	f->copy.head[0] = '\0';
	f->other.size = 0;
	f->other.differs_from = UINT64_MAX;
	copies(f, held);
	struct str ours = str_copy(&f->arena, str_of(f->copy.head));
	fork_from(&f->other, fork_at);
	if (size >= f->other.size)
		grow(&f->other, size);
	else
		f->other.shown_size = size;
	uint32_t puts = f->copy.puts;
	comes_to(f, MIRROR_FORKED);
	assert_int_equal(f->copy.puts, puts);
	assert_int_equal(f->result.size, held);
	assert_true(str_eq(f->result.ours, ours));
	assert_true(str_eq(f->result.theirs, sign_note(&f->arena, &f->other, f->other.shown_size)));
}

static void mirror_tells_forks_of_the_same_size(void **state)
{
	forks(*state, 700, 699, 700);
	forks(*state, 700, 0, 700);
	forks(*state, 1, 0, 1);
}

static void mirror_tells_forks_that_grew(void **state)
{
	forks(*state, 700, 699, 701);
	forks(*state, 700, 0, 900);
	forks(*state, 256, 255, 20000);
	forks(*state, 4096, 100, 4097);
	forks(*state, 5000, 4999, 60000);
	forks(*state, 1, 0, 300);
}

static void mirror_tells_forks_that_shrank(void **state)
{
	forks(*state, 700, 300, 400);
	forks(*state, 700, 0, 1);
}

static void mirror_tells_a_step_back(void **state)
{
	struct fixture *f = *state;
	copies(f, 700);
	f->other.shown_size = 699;
	comes_to(f, MIRROR_BACKWARDS);
	f->other.shown_size = 0;
	comes_to(f, MIRROR_BACKWARDS);
	f->other.shown_size = 700;
	comes_to(f, MIRROR_SAME);
}

static void judged(struct fixture *f, const struct checkpoint *also, enum mirror_outcome outcome)
{
	struct mirror_source source = other_source(&f->other);
	struct mirror_copy copy = { .known = copy_known, .put = copy_put, .flush = copy_flush,
		.context = &f->copy, .batch_max = 4096, .reader = { .node = copy_node,
		.context = &f->copy } };
	uint32_t puts = f->copy.puts;
	f->err = (struct err){ 0 };
	if (mirror_judge(&f->arena, &f->pinned, &source, &copy, also, &f->result, &f->err) !=
		ERR_OK)
		fail_msg("%s", f->err.message);
	assert_int_equal(f->result.outcome, outcome);
	assert_int_equal(f->copy.puts, puts);
}

static void mirror_judges_without_taking(void **state)
{
	struct fixture *f = *state;
	copies(f, 700);
	judged(f, NULL, MIRROR_SAME);
	grow(&f->other, 20000);
	judged(f, NULL, MIRROR_GREW);
	assert_int_equal(f->result.size, 20000);
	assert_int_equal(f->copy.size, 700);
	f->other.shown_size = 699;
	judged(f, NULL, MIRROR_BACKWARDS);
	fork_from(&f->other, 500);
	f->other.shown_size = 20000;
	judged(f, NULL, MIRROR_FORKED);
	f->other.shown_size = 700;
	judged(f, NULL, MIRROR_FORKED);
	f->other.shown_size = 600;
	judged(f, NULL, MIRROR_FORKED);
}

/* Our witness may have cosigned what the mirror has not taken yet. */
static void mirror_judges_by_the_witnessed_head_too(void **state)
{
	struct fixture *f = *state;
	struct checkpoint also = { .size = 900 };
	copies(f, 700);
	grow(&f->other, 1000);
	also.root = root_of(f->other.leaves, 900);
	judged(f, &also, MIRROR_GREW);
	f->other.shown_size = 800;
	judged(f, &also, MIRROR_BACKWARDS);
	f->other.shown_size = 1000;
	also.root.at[0] ^= 1;
	judged(f, &also, MIRROR_FORKED);
}

/* The copy was cut off at 4,096 of 9,000; then the log changes what it showed but had not sent. */
static void mirror_tells_a_fork_behind_a_cut(void **state)
{
	struct fixture *f = *state;
	grow(&f->other, 9000);
	f->copy.fails_at = 2;
	fails(f, ERR_IO, "disk is full");
	assert_int_equal(f->copy.size, 4096);
	fork_from(&f->other, 8000);
	grow(&f->other, 9500);
	comes_to(f, MIRROR_FORKED);
	assert_int_equal(f->copy.size, 4096);
	f->other.shown_size = 9000;
	comes_to(f, MIRROR_FORKED);
	f->other.shown_size = 6000;
	comes_to(f, MIRROR_BACKWARDS);
}

static void mirror_does_not_trust_its_own_disk(void **state)
{
	struct fixture *f = *state;
	copies(f, 700);
	f->copy.leaves[3].at[0] ^= 1;
	grow(&f->other, 800);
	fails(f, ERR_CORRUPT, "copy of log \"" ORIGIN
		"\" does not match the checkpoint it was proven against");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(mirror_copies_step_by_step),
		TEST(mirror_copies_many_batches),
		TEST(mirror_fetches_little),
		TEST(mirror_tells_that_nothing_is_new),
		TEST(mirror_goes_on_after_a_failed_write_anywhere),
		TEST(mirror_goes_on_after_a_cut_anywhere),
		TEST(mirror_takes_full_tiles_for_partial_ones),
		TEST(mirror_names_a_missing_tile),
		TEST(mirror_refuses_a_damaged_bundle),
		TEST(mirror_keeps_good_batches_before_a_damaged_bundle),
		TEST(mirror_refuses_damaged_tiles),
		TEST(mirror_tells_a_damaged_inner_tile_from_a_fork),
		TEST(mirror_refuses_a_tile_of_wrong_length),
		TEST(mirror_refuses_a_root_its_tiles_do_not_give),
		TEST(mirror_refuses_a_root_of_nothing),
		TEST(mirror_refuses_another_key),
		TEST(mirror_tells_forks_of_the_same_size),
		TEST(mirror_tells_forks_that_grew),
		TEST(mirror_tells_forks_that_shrank),
		TEST(mirror_tells_a_step_back),
		TEST(mirror_tells_a_fork_behind_a_cut),
		TEST(mirror_judges_without_taking),
		TEST(mirror_judges_by_the_witnessed_head_too),
		TEST(mirror_does_not_trust_its_own_disk),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
