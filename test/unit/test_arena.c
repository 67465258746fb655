/* test_arena.c - memory given back at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/arena.h"
#include "base/scoped.h"

static bool all_zero(const uint8_t *at, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (at[i] != 0)
			return false;
	}
	return true;
}

static void arena_gives_zeroed_aligned_memory(void **state)
{
	SCOPED_ARENA a = { 0 };

	(void)state;
	arena_init(&a, 1000000);
	for (int round = 0; round < 3; round++) {
		for (size_t size = 0; size < 300; size++) {
			uint8_t *at = arena_alloc(&a, size);
			assert_non_null(at); /* also for size 0 */
			assert_int_equal((uintptr_t)at % _Alignof(max_align_t), 0);
			assert_true(all_zero(at, size)); /* I1, also after a reset */
			memset(at, 0xa5, size);
		}
		arena_reset(&a);
	}
}

static void arena_pieces_do_not_overlap(void **state)
{
	SCOPED_ARENA a = { 0 };
	uint8_t *pieces[500];

	(void)state;
	arena_init(&a, 10000000);
	for (size_t i = 0; i < 500; i++) {
		pieces[i] = arena_alloc(&a, i * 37 % 5000);
		assert_non_null(pieces[i]);
		memset(pieces[i], (int)(i & 0xff), i * 37 % 5000);
	}
	for (size_t i = 0; i < 500; i++) {
		for (size_t k = 0; k < i * 37 % 5000; k++)
			assert_int_equal(pieces[i][k], i & 0xff);
	}
}

static void arena_stops_at_its_cap(void **state)
{
	SCOPED_ARENA a = { 0 };
	size_t got = 0;

	(void)state;
	arena_init(&a, 100000);
	assert_null(arena_alloc(&a, 100000)); /* the chunk's own head does not fit */
	while (arena_alloc(&a, 1000))
		got += 1000;
	assert_true(got > 90000);
	assert_true(got < 100000);
	assert_true(a.taken_bytes <= 100000); /* I2 */
	assert_null(arena_alloc(&a, SIZE_MAX));
	assert_null(arena_alloc(&a, SIZE_MAX - 8));
	assert_null(ARENA_ARRAY(&a, uint64_t, SIZE_MAX / 4));
	assert_null(arena_copy(&a, "x", SIZE_MAX));
	arena_reset(&a);
	assert_non_null(arena_alloc(&a, 1000));
}

static void arena_without_cap_gives_nothing(void **state)
{
	SCOPED_ARENA a = { 0 };

	(void)state;
	assert_null(arena_alloc(&a, 1));
	arena_reset(&a);
	arena_clear(&a);
	assert_null(arena_alloc(&a, 1));
}

static void arena_reset_keeps_one_chunk(void **state)
{
	SCOPED_ARENA a = { 0 };
	size_t first;

	(void)state;
	arena_init(&a, 1000000);
	assert_non_null(arena_alloc(&a, 1));
	first = a.taken_bytes;
	assert_non_null(arena_alloc(&a, 500000));
	assert_true(a.taken_bytes > 500000);
	arena_reset(&a);
	assert_int_equal(a.taken_bytes, first);
	arena_clear(&a);
	assert_int_equal(a.taken_bytes, 0);
	assert_non_null(arena_alloc(&a, 1)); /* the cap is remembered */
}

static void arena_copies_and_prints(void **state)
{
	SCOPED_ARENA a = { 0 };
	char *copy, *text;

	(void)state;
	arena_init(&a, 100000);
	copy = arena_copy(&a, "a\0b", 3);
	assert_memory_equal(copy, "a\0b", 4);
	assert_string_equal(arena_copy(&a, NULL, 0), "");
	text = arena_printf(&a, "%s-%05d", "word", 42);
	assert_string_equal(text, "word-00042");
	arena_clear(&a);
	arena_init(&a, 16);
	assert_null(arena_printf(&a, "%d", 1));
}

static void arena_wipe_gives_all_back(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 100000);
	for (int i = 0; i < 20; i++)
		assert_non_null(arena_copy(&a, "secret", 6));
	assert_non_null(arena_alloc(&a, 50000));
	arena_wipe(&a);
	assert_int_equal(a.taken_bytes, 0);
	arena_wipe(&a); /* an empty one too */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arena_gives_zeroed_aligned_memory),
		cmocka_unit_test(arena_pieces_do_not_overlap),
		cmocka_unit_test(arena_stops_at_its_cap),
		cmocka_unit_test(arena_without_cap_gives_nothing),
		cmocka_unit_test(arena_reset_keeps_one_chunk),
		cmocka_unit_test(arena_copies_and_prints),
		cmocka_unit_test(arena_wipe_gives_all_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
