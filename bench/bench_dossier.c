/* bench_dossier.c - a dossier of runs, from the page cache to verdicts, through the sandbox.
 *
 * 100 runs of 60 s at 100 Hz with 40 channels, judged by 20 criteria each. "dossier.ms" keeps the
 * program and its workers on one processor; "dossier.2threads.ms" gives them two.
 */
#include <ftw.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/instant.h"
#include "base/io.h"
#include "base/scoped.h"
#include "mdf_write.h"
#include "service/evaluate.h"
#include "service/rules_folder.h"

#define RUNS 100
#define ROWS 6000
#define CHANNELS 40
#define CRITERIA 20
#define REPEATS 5
#define ARENA_BYTES ((size_t)1 << 30)

static void must(enum err_code code, const struct err *e)
{
	if (code == ERR_OK)
		return;
	(void)fprintf(stderr, "bench_dossier: %s\n", e->message);
	exit(EXIT_FAILURE);
}

static void write_file(const char *folder, const char *name, const struct buf *b)
{
	char path[512];
	struct err e = { 0 };

	must(buf_check(b, "file", &e), &e);
	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	must(io_write_later(path, buf_str(b), 0644, &e), &e);
}

/* ---- what is judged -------------------------------------------------------------------------- */

static void put_criteria(struct buf *b)
{
	buf_put_text(b, "criteria 1\nscenario dossier\n");
	for (int i = 0; i < CHANNELS; i++)
		buf_printf(b, "signal s%d unit m linear gap 100 ms\n", i);
	for (int i = 0; i < CRITERIA; i++) {
		int x = 2 * i, y = 2 * i + 1;
		if (i % 4 == 0)
			buf_printf(b, "pass c%d: always s%d <= s%d + 90 m\n", i, x, y);
		else if (i % 4 == 1)
			buf_printf(b, "pass c%d: always (s%d >= 0 m implies eventually[0 s, 2 s] "
				"s%d <= 50 m)\n", i, x, y);
		else if (i % 4 == 2)
			buf_printf(b, "pass c%d: always (s%d <= 60 m or s%d <= 60 m)\n", i, x, y);
		else
			buf_printf(b, "pass c%d: s%d >= -9 m until[0 s, 50 s] s%d >= 10 m\n", i, x,
				y);
	}
}

static struct json *pair(struct arena *a)
{
	struct json *v = json_new_object(a);

	json_set_text(a, v, "zh-CN", "b");
	return json_set_text(a, v, "en", "b");
}

static struct json *list_of(struct arena *a, struct json *v)
{
	return json_push(a, json_new_array(a), v);
}

static struct json *runs_number(struct arena *a)
{
	struct json *v = json_new_object(a);

	json_set_text(a, v, "id", "runs");
	json_set(a, v, "name", pair(a));
	json_set_text(a, v, "is", "setting");
	json_set_text(a, v, "unit", "run");
	json_set(a, v, "source", list_of(a, json_new_text(a, "S1")));
	json_set_text(a, v, "status", "read");
	return json_set_text(a, v, "value", "100");
}

static struct json *named_criteria(struct arena *a)
{
	struct json *v = json_new_object(a), *all = json_new_object(a);

	for (int i = 0; i < CRITERIA; i++) {
		struct json *named = json_new_object(a);
		json_set(a, named, "title", pair(a));
		json_set(a, v, arena_printf(a, "c%d", i), named);
	}
	return json_set(a, all, "dossier", v);
}

static void put_scheme(struct buf *b)
{
	SCOPED_ARENA arena;
	struct arena *a = &arena;
	struct err e = { 0 };

	arena_init(a, 1048576);
	struct json *doc = json_new_object(a), *source = json_new_object(a);
	struct json *item = json_new_object(a), *scenario = json_new_object(a);
	json_set_text(a, source, "id", "S1");
	json_set_text(a, source, "title", "b");
	json_set_text(a, source, "kind", "draft");
	json_set_text(a, item, "item", "1");
	json_set(a, item, "title", pair(a));
	json_set_text(a, item, "status", "to-be-checked");
	json_set(a, item, "source", list_of(a, json_new_text(a, "S1")));
	json_set(a, item, "runs", runs_number(a));
	json_set_text(a, scenario, "id", "dossier");
	json_set_text(a, scenario, "item", "1");
	json_set(a, scenario, "title", pair(a));
	json_set_text(a, scenario, "criteria", "dossier");
	json_set_text(a, doc, "kind", "scheme");
	json_set_text(a, doc, "id", "bench");
	json_set_text(a, doc, "edition", "1");
	json_set(a, doc, "title", pair(a));
	json_set(a, doc, "standard", json_set_text(a, json_new_object(a), "level", "rule"));
	json_set(a, doc, "sources", list_of(a, source));
	json_set(a, doc, "items", list_of(a, item));
	json_set(a, doc, "criteria", named_criteria(a));
	json_set(a, doc, "scenarios", list_of(a, scenario));
	must(json_put_jcs(b, doc, &e), &e);
}

/* The schemas and clauses of the sources beside a scheme of one item. */
static void make_rules(const char *folder, struct rules **ret)
{
	const char *source = getenv("HUREN_SOURCE") ? getenv("HUREN_SOURCE") : ".";
	char from[512], to[512];
	struct err e = { 0 };
	SCOPED_BUF b;

	buf_init(&b, 1048576);
	for (int i = 0; i < 2; i++) {
		const char *name = i ? "clauses.json" : "schema";
		(void)snprintf(from, sizeof(from), "%s/rules/%s", source, name);
		(void)snprintf(to, sizeof(to), "%s/%s", folder, name);
		char *real = realpath(from, NULL);
		if (!real || symlink(real, to) != 0) {
			(void)fprintf(stderr, "bench_dossier: no rules in \"%s\"\n", source);
			exit(EXIT_FAILURE);
		}
		handle_drop(real);
	}
	put_criteria(&b);
	write_file(folder, "criteria/dossier.criteria", &b);
	buf_reset(&b);
	put_scheme(&b);
	write_file(folder, "schemes/bench.json", &b);
	must(rules_folder_load(folder, ret, &e), &e);
}

/* ---- the files ------------------------------------------------------------------------------- */

static double noise(uint64_t *state) /* xorshift64, in [0, 1.05) */
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (double)(*state >> 44) * 1e-6;
}

static void make_runs(const char *folder, char paths[RUNS][512])
{
	static double times[ROWS], values[CHANNELS][ROWS];
	static char names[CHANNELS][16];
	const char *name_list[CHANNELS], *units[CHANNELS];
	const double *columns[CHANNELS];
	uint64_t state = 88172645463325252u;
	SCOPED_BUF b;

	buf_init(&b, (size_t)64 << 20);
	for (int c = 0; c < CHANNELS; c++) {
		(void)snprintf(names[c], sizeof(names[c]), "s%d", c);
		name_list[c] = names[c];
		units[c] = "m";
		columns[c] = values[c];
	}
	for (int run = 0; run < RUNS; run++) {
		for (int i = 0; i < ROWS; i++) {
			times[i] = i * 0.01;
			for (int c = 0; c < CHANNELS; c++)
				values[c][i] = (i + run) % 2000 * 0.02 + noise(&state);
		}
		const struct mdf_write_columns f = { .group = "run", .rows = ROWS,
			.times_s = times, .column_count = CHANNELS, .names = name_list,
			.units = units, .columns = columns, .storage = { .container = MDF_DT } };
		char name[64];
		(void)snprintf(name, sizeof(name), "run-%d.mf4", run);
		buf_reset(&b);
		mdf_write_columns(&b, &f);
		write_file(folder, name, &b);
		(void)snprintf(paths[run], sizeof(paths[run]), "%s/%s", folder, name);
	}
}

/* ---- measuring ------------------------------------------------------------------------------- */

static void use_processors(int count)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	for (int i = 0; i < count; i++)
		CPU_SET(i, &set);
	(void)sched_setaffinity(0, sizeof(set), &set); /* a machine with one stays as it is */
}

static double measure(const struct evaluate_order *order, int threads)
{
	double best = 1e300;
	struct evaluate_order o = *order;

	o.threads = (uint32_t)threads;
	use_processors(threads);
	for (int i = 0; i < REPEATS; i++) {
		SCOPED_ARENA a;
		struct evaluate_result result;
		struct err e = { 0 };
		arena_init(&a, ARENA_BYTES);
		uint64_t from_us = instant_monotonic_us();
		must(evaluate(&a, &o, &result, &e), &e);
		double ms = (double)(instant_monotonic_us() - from_us) / 1000;
		best = ms < best ? ms : best;
		if (result.verdict != VERDICT_PASS) {
			(void)fprintf(stderr, "bench_dossier: verdict %s instead of pass\n",
				verdict_name(result.verdict));
			exit(EXIT_FAILURE);
		}
	}
	return best;
}

static double measure_open(const struct sandbox_options *options)
{
	double best = 1e300;

	for (int i = 0; i < 4 * REPEATS; i++) {
		struct sandbox *s;
		struct err e = { 0 };
		uint64_t from_us = instant_monotonic_us();
		must(sandbox_open(options, &s, &e), &e);
		double ms = (double)(instant_monotonic_us() - from_us) / 1000;
		best = ms < best ? ms : best;
		sandbox_close(s);
	}
	return best;
}

static void tell(const char *metric, double value)
{
	(void)printf("{\"bench\":\"dossier\",\"metric\":\"%s\",\"value\":%.3f,"
		"\"unit\":\"ms\"}\n", metric, value);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int main(int argc, char **argv)
{
	static char paths[RUNS][512];
	static const char *path_list[RUNS];
	static struct evaluate_run runs[RUNS];
	char folder[] = "/tmp/huren-dossier-XXXXXX", rules_path[64];
	struct rules *rules;

	if (argc == 2 && strcmp(argv[1], "sandbox-worker") == 0)
		return sandbox_worker(3);
	if (!mkdtemp(folder))
		return EXIT_FAILURE;
	(void)snprintf(rules_path, sizeof(rules_path), "%s/rules", folder);
	struct err e = { 0 };
	must(io_make_dirs(rules_path, &e), &e);
	make_rules(rules_path, &rules);
	make_runs(folder, paths);
	for (int i = 0; i < RUNS; i++) {
		path_list[i] = paths[i];
		runs[i] = (struct evaluate_run){ 1, &path_list[i] };
	}
	struct evaluate_order order = { .rules = rules, .scheme = STR("bench"),
		.scenario = STR("dossier"), .run_count = RUNS, .runs = runs,
		.version = STR("bench") };
	sandbox_defaults(&order.sandbox);
	tell("sandbox.open.ms", measure_open(&order.sandbox));
	tell("dossier.ms", measure(&order, 1));
	tell("dossier.2threads.ms", measure(&order, 2));
	order.sandbox.inside = true;
	tell("dossier.inside.ms", measure(&order, 1));
	rules_close(rules);
	return nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0 ? EXIT_SUCCESS
		: EXIT_FAILURE;
}
