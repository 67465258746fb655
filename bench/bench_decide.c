/* bench_decide.c - how many decisions a second, on one core. Prints one JSON line a figure.
 *
 * The input is the sample report of Yongchuan cut to twelve items, decided for Longquanyi.
 * decide.per_s: struct to struct. decide_json.per_s: with the outcome as canonical JSON bytes.
 */
#include "../test/recognition_fixture.h"

#define ITEMS 12
#define RUN_US 500000 /* a figure; the best of RUNS counts, other work only slows */
#define RUNS 3

static void print(const char *metric, double value)
{
	(void)printf("{\"bench\":\"decide\",\"metric\":\"%s\",\"value\":%.0f,\"unit\":\"1/s\"}\n",
		metric, value);
}

static void decide_struct(struct arena *a, const struct decide_input *in)
{
	struct decision d;
	struct err e;
	fixture_must(decide(a, in, &d, &e), &e);
	CHECK(d.row_count > ITEMS);
}

static void decide_json(struct arena *a, const struct decide_input *in)
{
	struct decision d;
	struct json *v;
	struct str bytes;
	struct err e;
	fixture_must(decide(a, in, &d, &e), &e);
	fixture_must(decide_to_json(a, in, &d, &v, &e), &e);
	fixture_must(json_jcs(a, v, &bytes, &e), &e);
}

static double per_second(void (*one)(struct arena *a, const struct decide_input *in),
	const struct decide_input *in, uint64_t run_us)
{
	double best = 0;
	struct arena a;
	arena_init(&a, 16 << 20);
	for (int run = 0; run < RUNS; run++) {
		uint64_t start = instant_monotonic_us();
		uint64_t us = 0;
		uint64_t count = 0;
		do {
			for (int i = 0; i < 64; i++, count++) {
				one(&a, in);
				arena_reset(&a);
			}
			us = instant_monotonic_us() - start;
		} while (us < run_us);
		double speed = (double)count * 1e6 / (double)us;
		best = speed > best ? speed : best;
	}
	arena_clear(&a);
	return best;
}

int main(int argc, char **argv)
{
	struct fixture f;
	struct decide_input in;
	struct err e;
	bool quick = argc > 1 && strcmp(argv[1], "--quick") == 0;
	fixture_open(&f, TO_LONGQUANYI, /* draft= */ NULL);
	fixture_must(decision_prepare(&f.arena, &f.material, &in, &e), &e);
	CHECK(in.reports[0].report.item_count >= ITEMS);
	struct decide_report cut = in.reports[0];
	cut.report.item_count = ITEMS;
	in.reports = &cut;
	print("decide.per_s", per_second(decide_struct, &in, quick ? 1 : RUN_US));
	print("decide_json.per_s", per_second(decide_json, &in, quick ? 1 : RUN_US));
	fixture_close(&f);
	return 0;
}
