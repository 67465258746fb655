/* evaluation_fixture.h - a small scheme with its criteria, a mapping, and runs whose numbers can be
 * worked out by hand.
 */
#ifndef HUREN_TEST_EVALUATION_FIXTURE_H
#define HUREN_TEST_EVALUATION_FIXTURE_H

#include <math.h>
#include <string.h>

#include "base/scoped.h"
#include "criteria/evaluation.h"
#include "evaluation_texts.h"

#define FIXTURE_MS INT64_C(1000000)
#define FIXTURE_SAMPLES 11          /* 0 s to 1 s, ten a second */
#define FIXTURE_FILES 2
#define FIXTURE_RUNS 3

struct evaluation_fixture {
	struct arena a, work;
	struct json *scheme, *limits;
	struct program *program;
	struct mapping mapping;
	double parameters[1];
	int64_t times[FIXTURE_FILES][FIXTURE_SAMPLES];
	double speed[FIXTURE_SAMPLES], gap[FIXTURE_SAMPLES], on[FIXTURE_SAMPLES];
	double light[FIXTURE_SAMPLES];
	struct str labels[2];
	struct channel_axis axes[FIXTURE_FILES];
	struct channel channels[FIXTURE_FILES][4];
	struct evidence_note note;
	struct evaluation_file files[FIXTURE_RUNS][FIXTURE_FILES];
	struct evaluation_run runs[FIXTURE_RUNS];
	struct evaluation_input input;
};

static inline struct json *fixture_parse(struct arena *a, const char *text)
{
	struct json *v = NULL;
	struct err e = { 0 };
	if (json_parse(a, str_of(text), &v, &e) != ERR_OK)
		fail_msg("%s", e.message);
	return v;
}

/* Compiles the criteria for a scenario and points the input at it. */
static inline void fixture_choose(struct evaluation_fixture *f, const char *scenario)
{
	const struct program_number *numbers;
	uint32_t count;
	struct err e = { 0 };
	if (evaluation_numbers(&f->a, f->scheme, str_of(scenario), f->limits, &numbers, &count,
		    &e) != ERR_OK)
		fail_msg("%s", e.message);
	if (program_compile(&f->a, str_of(fixture_criteria), numbers, count, &f->program, &e) !=
		ERR_OK)
		fail_msg("%u:%u: %s", e.line, e.column, e.message);
	f->input.program = f->program;
	f->input.scenario = str_of(scenario);
	f->input.limits = f->limits;
}

static inline struct channel fixture_channel(const char *name, const char *unit, uint32_t axis,
	const double *values)
{
	return (struct channel){ .name = str_of(name), .group = STR("main"), .unit = str_of(unit),
		.axis = axis, .values = values };
}

/* The first file holds speed, flag and light; the second, begun 50 ms later, the gap. */
static inline void fixture_files(struct evaluation_fixture *f)
{
	for (int i = 0; i < FIXTURE_SAMPLES; i++) {
		f->times[0][i] = i * 100 * FIXTURE_MS;
		f->times[1][i] = i * 100 * FIXTURE_MS + 50 * FIXTURE_MS;
		f->speed[i] = i == 5 ? 17.0 : 16.75; /* 61.2 and 60.3 km/h */
		f->gap[i] = 12.5 - i;
		f->on[i] = i >= 3;
		f->light[i] = i >= 6;
	}
	f->labels[0] = STR("green");
	f->labels[1] = STR("red");
	f->axes[0] = (struct channel_axis){ FIXTURE_SAMPLES, f->times[0] };
	f->axes[1] = (struct channel_axis){ FIXTURE_SAMPLES, f->times[1] };
	f->channels[0][0] = fixture_channel("v", "m/s", 0, f->speed);
	f->channels[0][1] = (struct channel){ .axis = UINT32_MAX };
	f->channels[0][2] = fixture_channel("on", "", 0, f->on);
	f->channels[0][3] = fixture_channel("light", "", 0, f->light);
	f->channels[0][3].kind = CHANNEL_TEXT;
	f->channels[0][3].label_count = 2;
	f->channels[0][3].labels = f->labels;
	f->channels[1][1] = fixture_channel("dist", "", 1, f->gap);
	for (int k = 0; k < 4; k++)
		f->channels[1][k].axis = k == 1 ? 1 : UINT32_MAX;
	f->note = (struct evidence_note){ NOTE_TORN, STR("radar"), STR("the last record is cut") };
}

static inline void fixture_run(struct evaluation_fixture *f, uint32_t run)
{
	for (uint32_t k = 0; k < FIXTURE_FILES; k++) {
		struct evaluation_file *file = &f->files[run][k];
		file->name = k == 0 ? STR("vehicle.mf4") : STR("target.csv");
		file->digest = digest_sha256((struct str){ &"0123456789"[run * 2 + k], 1 });
		file->bytes = 1000 + k;
		file->table = (struct channel_table){ .format = k == 0 ? STR("mdf") : STR("csv"),
			.start_ns = INT64_C(1790000000000000000) + k * 50 * FIXTURE_MS,
			.axis_count = FIXTURE_FILES, .axes = f->axes, .channel_count = 4,
			.channels = f->channels[k], .note_count = k, .notes = &f->note };
	}
	f->runs[run] = (struct evaluation_run){ .number = run + 1, .file_count = FIXTURE_FILES,
		.files = f->files[run], .parameters = f->parameters };
}

static inline void fixture_open(struct evaluation_fixture *f)
{
	struct err e = { 0 };
	memset(f, 0, sizeof(*f));
	arena_init(&f->a, 16 << 20);
	arena_init(&f->work, 16 << 20);
	f->scheme = fixture_parse(&f->a, fixture_scheme);
	if (mapping_parse(&f->a, fixture_parse(&f->a, fixture_mapping), &f->mapping, &e) != ERR_OK)
		fail_msg("%s", e.message);
	f->parameters[0] = 60;
	fixture_files(f);
	for (uint32_t i = 0; i < FIXTURE_RUNS; i++)
		fixture_run(f, i);
	f->input = (struct evaluation_input){ .scheme = f->scheme, .mapping = &f->mapping,
		.version = STR("0.1.0"), .run_count = 2, .runs = f->runs };
	fixture_choose(f, "approach");
}

static inline void fixture_close(struct evaluation_fixture *f)
{
	arena_clear(&f->a);
	arena_clear(&f->work);
}

static inline struct json *fixture_judge(struct evaluation_fixture *f, enum verdict *ret)
{
	struct json *doc = NULL;
	struct err e = { 0 };
	if (evaluation_runs(&f->a, &f->work, &f->input, &doc, ret, &e) != ERR_OK)
		fail_msg("%s", e.message);
	return doc;
}

#endif
