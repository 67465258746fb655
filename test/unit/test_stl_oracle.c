/* test_stl_oracle.c - the robustness signals of another engine (test/vectors/stl), value by value.
 *
 * It works on samples one second apart and cuts windows at the trace's ends, which is the `shrink`
 * mode here; its windows "[0,3]" are "[0 s,3 s]". It has no side for 0, so zeros compare equal. */
#include "../criteria_fixture.h"
#include "base/io.h"
#include "base/json.h"

#define CASES 168

static struct json *cases_of(struct arena *a)
{
	struct str text = { NULL, 0 };
	struct json *v = NULL;
	struct err e = { 0 };

	assert_non_null(getenv("HUREN_VECTORS"));
	if (io_read_file(a, arena_printf(a, "%s/stl/rtamt_discrete_offline.json",
		getenv("HUREN_VECTORS")), 262144, &text, &e) != ERR_OK)
		fail_msg("%s", e.message);
	assert_int_equal(json_parse(a, text, &v, &e), ERR_OK);
	return v;
}

static double *numbers_of(struct arena *a, const struct json *list)
{
	double *ret = ARENA_ARRAY(a, double, json_count(list));

	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *x = json_at(list, i);
		if (json_is(x, JSON_STRING))
			ret[i] = str_starts(json_str(x), "-") ? -INFINITY : INFINITY;
		else
			ret[i] = json_number_or(x, NAN);
	}
	return ret;
}

/* Bounds get their unit. */
static const char *translated(struct arena *a, struct str formula)
{
	SCOPED_BUF b = { 0 };
	bool inside = false;

	buf_init(&b, 4096);
	for (size_t i = 0; i < formula.len; i++) {
		char c = formula.at[i];
		if (inside && (c == ',' || c == ']'))
			buf_put_text(&b, " s");
		inside = c == '[' || (inside && c != ']');
		buf_put_char(&b, c);
	}
	return str_z(a, buf_str(&b));
}

static void stl_agrees_with_the_other_engine(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_ARENA work = { 0 };
	const struct json *cases;
	size_t compared = 0;

	(void)state;
	arena_init(&a, FIXTURE_BYTES);
	arena_init(&work, FIXTURE_BYTES);
	cases = json_get(cases_of(&a), "cases");
	assert_int_equal(json_count(cases), CASES);
	for (size_t i = 0; i < CASES; i++) {
		const struct json *c = json_at(cases, i);
		size_t count = json_count(json_get(c, "x"));
		const double *rob = numbers_of(&a, json_get(c, "rob")), *values;
		int64_t *times = ARENA_ARRAY(&a, int64_t, count);
		const int64_t *at;
		const char *text = arena_printf(&a, "criteria 1\nscenario s\n"
			"signal x unit 1 hold gap 1 s\nsignal y unit 1 hold gap 1 s\nlet f = %s\n",
			translated(&a, json_get_str(c, "formula")));
		struct eval_signal signals[2] = {
			{ count, times, numbers_of(&a, json_get(c, "x")), 0, NULL, NAN },
			{ count, times, numbers_of(&a, json_get(c, "y")), 0, NULL, NAN } };
		struct eval_input input = { signals, NULL, true };
		uint64_t got = 0;
		struct err e = { 0 };

		for (size_t k = 0; k < count; k++)
			times[k] = (int64_t)k * SECOND;
		arena_reset(&work);
		if (eval_series(&a, &work, fixture_compile(&a, text, NULL, 0), &input, STR("f"),
			&got, &at, &values, &e) != ERR_OK)
			fail_msg("%s", e.message);
		assert_int_equal(got, count);
		for (size_t k = 0; k < count; k++) {
			if (!(values[k] == rob[k]))
				fail_msg("case %zu, %s, sample %zu: %.17g, not %.17g", i, text, k,
					values[k], rob[k]);
			compared++;
		}
	}
	assert_int_equal(compared, CASES / 4 * (2 + 7 + 20 + 64));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stl_agrees_with_the_other_engine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
