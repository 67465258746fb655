/* criteria_dump.c - every number of some fixed evaluations, in hex: the same from any compiler.
 *
 *     criteria_dump             prints one line a number
 *     criteria_dump SHA-256     compares the digest of these lines; 1 when it is another
 *
 * The columns of all nodes are told, so that no two mistakes can cancel out, then events, measures
 * and outcomes. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/scoped.h"
#include "criteria/eval_inner.h"

#define SIGNALS 6
#define SAMPLES 400
#define DUMP_BYTES 16777216
#define MS INT64_C(1000000)

#define HEAD                                                                   \
	"criteria 1\nscenario dump\n"                                          \
	"signal x unit m linear gap 60 ms\nsignal y unit m hold gap 100 ms\n"  \
	"signal v unit km/h linear gap 60 ms\nsignal yaw unit rad linear gap 60 ms\n" \
	"signal on flag hold gap 200 ms\nsignal light text hold gap 200 ms\n"  \
	"parameter limit unit m\n"

static const char *const programs[] = {
	HEAD "let ms = v in m/s\nlet gap = abs(x - y) + $two * 0.3\nlet turn = yaw in deg\n"
	"let headway = ms * $table(v)\nlet side = sqrt(x * x + y * y) / max(y, 0.25 m)\n"
	"event a = first crossing(x, y)\nevent b = last gap > 1.3 m after a\n"
	"event c = a + 123456789 ns\n"
	"applies on: once on\n"
	"valid rate: rate(x) >= 80 Hz\n"
	"pass all: always[0.1 s, 0.7 s] gap > 0.1 m\n"
	"pass chain: (x < limit until[0, 0.5 s] y > 1.1 m) or historically[0, 0.3 s] x >= y\n"
	"pass past: eventually (x > 0 m since[0.1 s, 0.4 s] y <= 1 m)\n"
	"pass edges: eventually (rise(on) and next prev fall(light == \"red\") iff not on)\n"
	"pass range: between(a, b): headway > gap xor at(c): x != y\n"
	"pass scaled: always (side < 5 scale 0.7 and turn < 200 deg scale 3 deg)\n"
	"measure least = minimum(gap) between(a, end)\nmeasure mean = mean(x) after(c)\n"
	"measure place = value(x, c)\nmeasure time = duration(a, b)\n",
	HEAD "grid 10 ms\nlet f = butterworth(x, 6 Hz, 4, 2, 0.2 s, 1)\nlet d = derivative(f)\n"
	"let g = box_gap(x, y, yaw, 4.5 m, 1.8 m, y, x, yaw / 2, 4.2 m, 1.7 m)\n"
	"let s = sin(yaw) + cos(yaw) * tan(yaw)\nlet t = ttc(g, v in m/s)\n"
	"let c = cfc(x, 10, 0.1 s)\nlet m = moving_average(y, 0.2 s)\n"
	"let h = atan2(x, y)\nlet i = integral(x)\nlet l = lateral_offset(x, y, 0 m, 1 m, yaw)\n"
	"pass smooth: always[0, 1 s] abs(d) < 40 m/s\n"
	"pass far: eventually g > 0.01 m\npass angle: always abs(s) < 3\n",
};

static const double cells[] = { 0, 1.0, 30, 1.1, 60, 1.6 };

static void make_signals(struct arena *a, struct eval_signal *ret)
{
	static const struct str labels[] = { { "red", 3 }, { "green", 5 } };
	uint64_t state = 20261124;

	for (int s = 0; s < SIGNALS; s++) {
		int64_t *times = ARENA_ARRAY(a, int64_t, SAMPLES), time = s * 3 * MS;
		double *values = ARENA_ARRAY(a, double, SAMPLES);

		CHECK(times && values);
		for (int i = 0; i < SAMPLES; i++) {
			double noise;
			state = state * 6364136223846793005u + 1442695040888963407u;
			noise = (double)(state >> 11) / 9007199254740992.0;
			times[i] = time;
			time += 10 * MS + (int64_t)(state >> 60) * 100000 +
				(i % 131 == 130 ? 90 * MS : 0);
			values[i] = (double)(i % 90) / 45 + noise / 8;
			if (s == 2 || s == 3)
				values[i] = s == 2 ? 40 + 10 * noise : noise - 0.5;
			if (s >= 4)
				values[i] = (double)((i / 37 + s) % 2);
			if (i % 97 == 96)
				values[i] = NAN;
		}
		ret[s] = (struct eval_signal){ SAMPLES, times, values, 2, labels, 0.05 };
	}
}

static void put(struct buf *b, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	/* Which of the many NaNs an operation gives is left open by IEEE 754. */
	buf_printf(b, "%016lx\n", isnan(value) ? 0x7ff8000000000000u : bits);
}

static void put_columns(struct buf *b, const struct eval *v)
{
	for (uint64_t i = 0; i < v->grid.count; i++)
		buf_printf(b, "%ld\n", v->grid.times[i]);
	for (uint32_t n = 0; n < v->n->count; n++) {
		const struct column *c = &v->columns[n];
		for (uint64_t i = 0; i < (c->constant ? 1 : v->grid.count); i++) {
			if (c->values)
				put(b, c->values[i]);
			if (c->lower)
				buf_printf(b, "%016lx %016lx\n", c->lower[i], c->upper[i]);
		}
	}
}

static void put_result(struct buf *b, const struct program *p, const struct eval_result *r)
{
	for (uint32_t i = 0; i < p->criterion_count; i++) {
		const struct eval_outcome *o = &r->criteria[i];
		buf_printf(b, "%d %d %ld %ld %ld " STR_FMT "\n", (int)o->state, (int)o->why,
			o->time_ns, o->from_ns, o->to_ns, STR_ARG(o->predicate));
		put(b, o->lower);
		put(b, o->upper);
		put(b, o->limit);
		for (uint32_t k = 0; k < o->value_count; k++)
			put(b, o->values[k].value);
	}
	for (uint32_t i = 0; i < p->event_count; i++)
		buf_printf(b, "%d %d %ld\n", r->events[i].found, r->events[i].uncertain,
			r->events[i].time_ns);
	for (uint32_t i = 0; i < p->measure_count; i++)
		put(b, r->measures[i].value);
}

static void dump(struct buf *b, const char *text)
{
	SCOPED_ARENA a = { 0 };
	struct eval_signal signals[SIGNALS];
	double limit = 1.5;
	struct eval_input input = { signals, &limit, false };
	struct program_number numbers[2] = { 0 };
	struct unit units[2];
	struct eval_result r;
	struct program *p;
	struct eval v;
	struct err e = { 0 };

	arena_init(&a, 134217728);
	make_signals(&a, signals);
	CHECK(unit_parse(STR("km/h"), &units[0], NULL) == ERR_OK);
	CHECK(unit_parse(STR("s"), &units[1], NULL) == ERR_OK);
	numbers[0] = (struct program_number){ .id = STR("two"), .entered = true, .value = 2 };
	CHECK(unit_parse(STR("m"), &numbers[0].unit, NULL) == ERR_OK);
	numbers[1] = (struct program_number){ .id = STR("table"), .entered = true, .row_count = 3,
		.column_count = 2, .cells = cells, .column_units = units };
	if (program_compile(&a, str_of(text), numbers, 2, &p, &e) != ERR_OK ||
		eval_run(&a, &a, p, &input, &r, &e) != ERR_OK) {
		(void)fprintf(stderr, "criteria_dump: %u:%u %s\n", e.line, e.column, e.message);
		exit(EXIT_FAILURE);
	}
	v = (struct eval){ .work = &a, .p = p, .input = &input, .e = &e };
	CHECK(eval_start(&v) == ERR_OK);
	CHECK(eval_nodes(&v, v.n->count) == ERR_OK);
	put_columns(b, &v);
	put_result(b, p, &r);
}

int main(int argc, char **argv)
{
	SCOPED_BUF b = { 0 };
	struct digest digest;
	char hex[2 * sizeof(digest.at) + 1];

	buf_init(&b, DUMP_BYTES);
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		dump(&b, programs[i]);
	CHECK(!b.overflow);
	if (argc < 2)
		return fwrite(b.at, 1, b.len, stdout) == b.len ? EXIT_SUCCESS : EXIT_FAILURE;
	digest = digest_sha256(buf_str(&b));
	hex_encode(digest.at, sizeof(digest.at), hex);
	(void)printf("%s\n", hex);
	return strcmp(hex, argv[1]) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
