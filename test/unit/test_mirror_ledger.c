/* test_mirror_ledger.c - the copy in a ledger: what was followed is there, over restarts too. */
#include "city.h"
#include "peer/mirror_ledger.h"
#include "served_log.h"

struct fixture {
	struct arena arena;
	struct city city;
	struct other other;
	struct mirror_ledger *copy;
	struct mirror_result result;
	struct err err;
};

static void open_copy(struct fixture *f)
{
	city_open(&f->city);
	assert_int_equal(mirror_ledger_open(f->city.ledger, STR(ORIGIN), &f->copy, &f->err),
		ERR_OK);
}

static void close_copy(struct fixture *f)
{
	mirror_ledger_close(f->copy);
	city_close(&f->city);
}

static int set_up(void **state)
{
	static struct fixture f;
	memset(&f, 0, sizeof(f));
	arena_init(&f.arena, 1 << 24);
	city_init(&f.city, "longquanyi.huren.example", 50);
	make_key(1, &f.other);
	f.other.differs_from = UINT64_MAX;
	open_copy(&f);
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	mirror_ledger_close(f->copy);
	city_clear(&f->city);
	arena_clear(&f->arena);
	return 0;
}

static enum err_code follow(struct fixture *f, uint32_t batch_max)
{
	struct mirror_source source = other_source(&f->other);
	struct mirror_copy copy = mirror_ledger_copy(f->copy);
	if (batch_max > 0)
		copy.batch_max = batch_max;
	return mirror_follow(&f->arena, &f->other.key, &source, &copy, &f->result, &f->err);
}

/* The tree of the copy, read from its tiles, is the log's. */
static void holds(struct fixture *f, uint64_t size)
{
	struct ledger_tiles tiles;
	struct digest root = { 0 }, expected = root_of(f->other.leaves, size);
	struct ledger_mirror_state s;
	assert_int_equal(ledger_mirror_state(f->city.ledger, &f->arena, STR(ORIGIN), &s, NULL),
		ERR_OK);
	assert_int_equal(s.size, size);
	ledger_tiles_init(&tiles, f->city.ledger, STR(ORIGIN), size);
	struct merkle_reader reader = ledger_tiles_reader(&tiles);
	assert_int_equal(merkle_root(&reader, size, &root, &f->err), ERR_OK);
	ledger_tiles_clear(&tiles);
	assert_true(digest_eq(&root, &expected));
}

static void mirror_ledger_keeps_what_was_followed(void **state)
{
	struct fixture *f = *state;
	static const uint64_t sizes[] = { 1, 255, 256, 257, 5000, 5001, 40000 };
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		grow(&f->other, sizes[i]);
		if (follow(f, 0) != ERR_OK)
			fail_msg("%s", f->err.message);
		assert_int_equal(f->result.outcome, MIRROR_GREW);
		holds(f, sizes[i]);
	}
	assert_int_equal(follow(f, 0), ERR_OK);
	assert_int_equal(f->result.outcome, MIRROR_SAME);
}

static void mirror_ledger_goes_on_after_a_cut_and_a_restart(void **state)
{
	struct fixture *f = *state;
	grow(&f->other, 3000);
	f->other.fails_at = 10;
	assert_int_equal(follow(f, 512), ERR_BUSY);
	struct ledger_mirror_state s;
	assert_int_equal(ledger_mirror_state(f->city.ledger, &f->arena, STR(ORIGIN), &s, NULL),
		ERR_OK);
	assert_true(s.size > 0 && s.size < 3000);
	assert_int_equal(s.checkpoint.len, 0);
	assert_true(s.pending.len > 0);
	close_copy(f);
	open_copy(f);
	f->other.fails_at = 0;
	(void)snprintf(f->other.missing, TILE_PATH_BYTES, "tile/entries/000"); /* not asked again */
	grow(&f->other, 3100);
	if (follow(f, 512) != ERR_OK)
		fail_msg("%s", f->err.message);
	assert_int_equal(f->result.outcome, MIRROR_GREW);
	holds(f, 3100);
}

static void mirror_ledger_tells_a_fork_of_what_it_keeps(void **state)
{
	struct fixture *f = *state;
	grow(&f->other, 700);
	assert_int_equal(follow(f, 0), ERR_OK);
	fork_from(&f->other, 300);
	grow(&f->other, 900);
	assert_int_equal(follow(f, 0), ERR_OK);
	assert_int_equal(f->result.outcome, MIRROR_FORKED);
	struct ledger_mirror_state s;
	assert_int_equal(ledger_mirror_fork(f->city.ledger, STR(ORIGIN), f->result.ours,
		f->result.theirs, NULL), ERR_OK);
	assert_int_equal(ledger_mirror_state(f->city.ledger, &f->arena, STR(ORIGIN), &s, NULL),
		ERR_OK);
	assert_int_equal(s.size, 700);
	assert_true(str_eq(s.fork_theirs, f->result.theirs));
}

static void mirror_ledger_tells_a_put_that_failed(void **state)
{
	struct fixture *f = *state;
	struct mirror_copy copy = mirror_ledger_copy(f->copy);
	struct ledger_mirror_batch wrong = { .origin = STR(ORIGIN), .first_index = 7, .size = 8,
		.checkpoint = STR("x") };
	/* It was only handed on. */
	assert_int_equal(copy.put(copy.context, &wrong, &f->err), ERR_OK);
	assert_int_equal(copy.flush(copy.context, &f->err), ERR_CONFLICT);
	assert_int_equal(copy.flush(copy.context, &f->err), ERR_OK); /* told once */
	assert_int_equal(copy.put(copy.context, &wrong, &f->err), ERR_OK);
	assert_int_equal(copy.put(copy.context, &wrong, &f->err), ERR_CONFLICT);
	assert_int_equal(copy.flush(copy.context, &f->err), ERR_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(mirror_ledger_keeps_what_was_followed),
		TEST(mirror_ledger_goes_on_after_a_cut_and_a_restart),
		TEST(mirror_ledger_tells_a_fork_of_what_it_keeps),
		TEST(mirror_ledger_tells_a_put_that_failed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
