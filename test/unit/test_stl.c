/* test_stl.c - keys and kernels by hand; random ones are in test_brute.c. */
#include "criteria/stl.h"

#include "../criteria_fixture.h"

#define S SECOND

static const int64_t times[] = { 0, 1 * S, 2 * S, 4 * S, 8 * S };
static const struct stl_grid grid = { 5, times };

static void stl_keys_order_as_doubles_with_two_zeros(void **state)
{
	static const double rising[] = { -INFINITY, -1.5, -1e-310, -0.0, 0.0, 1e-310, 2, INFINITY };

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		assert_true(stl_value(stl_key(rising[i])) == rising[i]);
		assert_true(signbit(stl_value(stl_key(rising[i]))) == signbit(rising[i]));
		assert_true(stl_key(-rising[i]) == ~stl_key(rising[i]));
		assert_true(i == 0 || stl_key(rising[i - 1]) < stl_key(rising[i]));
	}
	assert_true(stl_key(INFINITY) == STL_TOP);
	assert_true(stl_key(-INFINITY) == STL_BOTTOM);
	assert_true(stl_key(0.0) == 0);
	assert_true(stl_key(-0.0) == -1);
}

struct slide { int64_t from, to; bool maximum; int64_t known[5], unknown[5]; };

static void stl_slides_over_time_not_over_samples(void **state)
{
	static const int64_t keys[] = { 5, 3, 4, 1, 2 };
	static const struct slide rows[] = {
		{ 0, 2 * S, false, { 3, 3, 1, 1, 2 }, { 3, 3, 1, 1, STL_BOTTOM } },
		{ 0, 2 * S, true, { 5, 4, 4, 1, 2 }, { 5, 4, 4, 1, STL_TOP } },
		{ -2 * S, 0, false, { 5, 3, 3, 1, 2 }, { STL_BOTTOM, STL_BOTTOM, 3, 1, 2 } },
		{ 2 * S, 3 * S, false, { 4, 1, 1, STL_TOP, STL_TOP },
			{ 4, 1, 1, STL_BOTTOM, STL_BOTTOM } },
		{ -3 * S, -1 * S, true, { STL_BOTTOM, 5, 5, 4, STL_BOTTOM },
			{ STL_TOP, STL_TOP, STL_TOP, 4, STL_TOP } },
		{ 0, STL_OPEN, false, { 1, 1, 1, 1, 2 }, { 1, 1, 1, 1, 2 } },
		{ 2 * S, STL_OPEN, true, { 4, 2, 2, 2, STL_BOTTOM }, { 4, 2, 2, 2, STL_TOP } },
		{ -STL_OPEN, 0, true, { 5, 5, 5, 5, 5 }, { 5, 5, 5, 5, 5 } },
		{ -STL_OPEN, -1 * S, false, { STL_TOP, 5, 3, 3, 1 }, { STL_BOTTOM, 5, 3, 3, 1 } },
		{ 0, 0, false, { 5, 3, 4, 1, 2 }, { 5, 3, 4, 1, 2 } },
	};
	int64_t known[5], unknown[5], alone[5], scratch[5];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct stl_window w = { rows[i].from, rows[i].to, rows[i].maximum, known, unknown,
			scratch };

		stl_slide(&grid, keys, &w);
		assert_memory_equal(known, rows[i].known, sizeof(known));
		assert_memory_equal(unknown, rows[i].unknown, sizeof(unknown));
		w.unknown = NULL;
		w.known = alone;
		stl_slide(&grid, keys, &w);
		assert_memory_equal(alone, rows[i].known, sizeof(alone));
		w.known = NULL;
		w.unknown = alone;
		stl_slide(&grid, keys, &w);
		assert_memory_equal(alone, rows[i].unknown, sizeof(alone));
	}
}

static void stl_slide_takes_an_empty_grid(void **state)
{
	struct stl_window w = { .to = S, .known = (int64_t[]){ 7 } };

	(void)state;
	stl_slide(&(struct stl_grid){ 0, NULL }, NULL, &w);
	assert_int_equal(w.known[0], 7);
}

static void stl_until_and_since_are_mirrors(void **state)
{
	static const int64_t p[] = { 2, 9, 1, 4, 5 }, q[] = { -3, 0, 8, -7, 3 };
	static const int64_t until[] = { 2, 8, 8, 3, 3 }, open[] = { 2, 8, 8, 4, 5 };
	static const int64_t since[] = { -3, 0, 8, 4, 4 };
	int64_t ret[5];

	(void)state;
	stl_until(5, p, q, STL_BOTTOM, ret);
	assert_memory_equal(ret, until, sizeof(ret));
	stl_until(5, p, q, STL_TOP, ret);
	assert_memory_equal(ret, open, sizeof(ret));
	stl_since(5, p, q, STL_BOTTOM, ret);
	assert_memory_equal(ret, since, sizeof(ret));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stl_keys_order_as_doubles_with_two_zeros),
		cmocka_unit_test(stl_slides_over_time_not_over_samples),
		cmocka_unit_test(stl_slide_takes_an_empty_grid),
		cmocka_unit_test(stl_until_and_since_are_mirrors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
