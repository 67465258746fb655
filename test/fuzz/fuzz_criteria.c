/* fuzz_criteria.c - a text that compiles has the graph its header promises, and runs: a criterion
 * is one of three things, and its margin and reason agree with that. */
#include <math.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/scoped.h"
#include "criteria/eval_inner.h"

#define SAMPLES 12
#define SECOND INT64_C(1000000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const double cells[] = { 0, 1, 5, 10, 2, 7 };
static const struct str labels[] = { { "red", 3 }, { "green", 5 } };

static uint32_t make_numbers(struct program_number *list, struct unit *units)
{
	CHECK(unit_parse(STR("m"), &units[0], NULL) == ERR_OK);
	CHECK(unit_parse(STR("s"), &units[1], NULL) == ERR_OK);
	CHECK(unit_parse(STR("km/h"), &units[2], NULL) == ERR_OK);
	list[0] = (struct program_number){ .id = STR("a"), .unit = units[0], .entered = true,
		.value = 2 };
	list[1] = (struct program_number){ .id = STR("open"), .unit = units[0] };
	list[2] = (struct program_number){ .id = STR("table"), .entered = true, .row_count = 2,
		.column_count = 3, .cells = cells, .column_units = units };
	list[3] = (struct program_number){ .id = STR("t"), .unit = units[1], .entered = true,
		.value = 1.5, .text = STR("1.5") };
	list[4] = (struct program_number){ .id = STR("later"), .unit = units[1] };
	return 5;
}

static void check_graph(const struct program *p)
{
	const struct program_nodes *n = p->nodes;

	CHECK(n->count <= LIMIT_CRITERIA_NODES);
	for (uint32_t i = 0; i < n->count; i++) {
		CHECK(n->nodes[i].depth <= LIMIT_CRITERIA_DEPTH);
		for (uint32_t k = 0; k < n->nodes[i].child_count; k++) {
			uint32_t child = n->nodes[i].children[k];
			CHECK(child < i);
			CHECK(n->nodes[child].depth < n->nodes[i].depth);
		}
	}
	for (uint32_t i = 2; i < n->rule_count; i++) {
		const struct event_rule *r = &n->rules[i];
		CHECK(r->after == NONE || r->after < i);
		CHECK(r->before == NONE || r->before < i);
		CHECK(r->kind != RULE_OFFSET || r->base < i);
	}
	for (uint32_t i = 0; i < p->criterion_count; i++)
		CHECK(n->nodes[p->criteria[i].node].margin != MARGIN_MIXED);
}

static void make_signal(struct arena *a, uint32_t index, struct eval_signal *ret)
{
	int64_t *times = ARENA_ARRAY(a, int64_t, SAMPLES);
	double *values = ARENA_ARRAY(a, double, SAMPLES);

	CHECK(times && values);
	for (int i = 0; i < SAMPLES; i++) {
		times[i] = i * (index % 3 == 0 ? SECOND : SECOND / 2) + (int64_t)index * 1000;
		values[i] = (i * 7 + (int)index * 5) % 11 == 3 ? NAN :
			(double)((i * 5 + (int)index) % 7) - 2;
	}
	*ret = (struct eval_signal){ index % 5 == 4 ? 0 : SAMPLES, times, values, 2, labels,
		index % 2 == 0 ? 0.5 : NAN };
}

static void check_outcome(const struct eval_outcome *o)
{
	CHECK((o->state == EVAL_UNKNOWN) == (o->why != WHY_NONE));
	CHECK(o->from_ns <= o->to_ns);
	CHECK(!isnan(o->lower) && !isnan(o->upper));
	CHECK(o->state != EVAL_HOLDS || !o->has_margin || o->lower >= 0);
	CHECK(o->state != EVAL_VIOLATED || !o->has_margin || o->upper <= 0);
	CHECK(o->value_count <= OUTCOME_VALUES);
	CHECK(o->state == EVAL_UNKNOWN || o->predicate.len > 0);
}

static void run(struct arena *a, const struct program *p, bool shrink)
{
	SCOPED_ARENA work = { 0 };
	struct eval_signal *signals = ARENA_ARRAY(a, struct eval_signal, p->signal_count);
	double *parameters = ARENA_ARRAY(a, double, p->parameter_count);
	struct eval_input input = { signals, parameters, shrink };
	struct eval_result r = { 0 };
	struct err e = { 0 };

	CHECK(signals && parameters);
	arena_init(&work, 16777216);
	for (uint32_t i = 0; i < p->signal_count; i++)
		make_signal(a, i, &signals[i]);
	for (uint32_t i = 0; i < p->parameter_count; i++)
		parameters[i] = i % 2 == 0 ? 3 : NAN;
	if (eval_run(a, &work, p, &input, &r, &e) != ERR_OK) {
		CHECK(e.message[0] != '\0');
		return;
	}
	for (uint32_t i = 0; i < p->criterion_count && !shrink; i++)
		check_outcome(&r.criteria[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED_ARENA a = { 0 };
	struct program_number numbers[5];
	struct unit units[3];
	struct program *p = NULL;
	struct err e = { 0 };
	struct str text = { (const char *)data, size };
	uint32_t lines = 1;

	arena_init(&a, 67108864);
	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	if (program_compile(&a, text, numbers, make_numbers(numbers, units), &p, &e) != ERR_OK) {
		CHECK(e.message[0] != '\0');
		CHECK(e.line <= lines);
		return 0;
	}
	check_graph(p);
	run(&a, p, false);
	run(&a, p, true);
	return 0;
}
