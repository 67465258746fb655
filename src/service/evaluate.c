/* evaluate.c - one queue of runs, a sandbox a thread, one document. */
#include "service/evaluate.h"

#include <math.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "base/decimal.h"
#include "base/io.h"
#include "base/limits.h"
#include "base/number.h"
#include "base/scoped.h"

#define RUN_ARENA_BYTES ((size_t)256 << 20)    /* names, notes and the element of one run */
#define WORK_ARENA_BYTES ((size_t)2 << 30)     /* columns of the graph */
#define THREADS_MAX 64

struct work {
	const struct evaluate_order *order;
	struct evaluation_input input;
	struct evaluation_run *runs;
	struct evaluation_file **files;        /* of each run; what runs[i].files points to */
	struct arena *a;               /* of the result; under the lock once threads run */
	struct json **elements;
	pthread_mutex_t lock;          /* guards what follows, `a`, `elements` */
	uint32_t next;                 /* run to take */
	uint32_t failed;               /* lowest run that failed, or run_count */
	struct err err;                /* of that run */
	struct sandbox_active active;
	bool active_known;
	bool stopped;
};

static enum err_code no_memory(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "no memory for the evaluation");
}

/* ---- documents beside the files -------------------------------------------------------------- */

static enum err_code read_document(struct arena *a, const struct rules *rules, const char *kind,
	const char *path, struct json **ret, struct err *e)
{
	struct str text;
	struct json *doc;

	TRY(io_read_file(a, path, LIMIT_RULES_FILE_BYTES, &text, e));
	if (json_parse(a, text, &doc, e) != ERR_OK ||
		rules_check(rules, kind, doc, text, e) != ERR_OK) {
		uint32_t line = e ? e->line : 0, column = e ? e->column : 0;
		(void)err_in(e, "%s \"%s\"", kind, path);
		return err_at(e, line, column);
	}
	*ret = doc;
	return ERR_OK;
}

enum err_code evaluate_load_mapping(struct arena *a, const struct rules *rules, const char *path,
	struct mapping **ret, struct err *e)
{
	const char *slash = strrchr(path, '/');
	struct mapping *m = ARENA_NEW(a, struct mapping);
	struct json *doc;
	struct str dbc;

	if (!m)
		return no_memory(e);
	TRY(read_document(a, rules, "mapping", path, &doc, e));
	if (mapping_parse(a, doc, m, e) != ERR_OK)
		return err_in(e, "mapping \"%s\"", path);
	if (m->dbc_name.len > 0) {
		/* It lies beside the mapping; its name has no folder. */
		const char *beside = arena_printf(a, "%.*s" STR_FMT,
			slash ? (int)(slash + 1 - path) : 0, path, STR_ARG(m->dbc_name));
		if (!beside)
			return no_memory(e);
		if (str_find(m->dbc_name, STR("/")) != SIZE_MAX)
			return err_set(e, ERR_INVALID, "mapping \"%s\" names a DBC file elsewhere",
				path);
		TRY(io_read_file(a, beside, LIMIT_DBC_BYTES, &dbc, e));
		TRY(mapping_set_dbc(m, dbc, e));
	}
	*ret = m;
	return ERR_OK;
}

enum err_code evaluate_load_limits(struct arena *a, const struct rules *rules, const char *path,
	struct json **ret, struct err *e)
{
	return read_document(a, rules, "limits", path, ret, e);
}

/* ---- before the runs ------------------------------------------------------------------------- */

static enum err_code find_scheme(const struct evaluate_order *o, const struct scheme **ret,
	struct err *e)
{
	const struct scheme *found = NULL;

	for (const struct scheme *s = rules_schemes(o->rules); s; s = s->next) {
		if (!str_eq(s->id, o->scheme) ||
			(o->edition.len > 0 && !str_eq(s->edition, o->edition)))
			continue;
		if (found) {
			(void)err_set(e, ERR_INVALID, "scheme \"" STR_FMT "\" has editions \""
				STR_FMT "\" and \"" STR_FMT "\"", STR_ARG(o->scheme),
				STR_ARG(found->edition), STR_ARG(s->edition));
			return err_hint(e, "Name it as " STR_FMT ":EDITION.", STR_ARG(o->scheme));
		}
		found = s;
	}
	if (!found)
		return err_set(e, ERR_NOT_FOUND, "there is no scheme \"" STR_FMT "%s" STR_FMT "\"",
			STR_ARG(o->scheme), o->edition.len > 0 ? ":" : "", STR_ARG(o->edition));
	*ret = found;
	return ERR_OK;
}

static enum err_code find_criteria(const struct evaluate_order *o, const struct scheme *s,
	const struct rules_file **ret, struct err *e)
{
	const struct json *scenarios = json_get(s->doc, "scenarios");

	for (size_t i = 0; i < json_count(scenarios); i++) {
		const struct json *one = json_at(scenarios, i);
		if (!str_eq(json_get_str(one, "id"), o->scenario))
			continue;
		*ret = rules_criteria(o->rules, json_get_str(one, "criteria"));
		if (!*ret)
			return err_set(e, ERR_NOT_FOUND, "there are no criteria \"" STR_FMT "\"",
				STR_ARG(json_get_str(one, "criteria")));
		return ERR_OK;
	}
	return err_set(e, ERR_NOT_FOUND, "scheme \"" STR_FMT "\" has no scenario \"" STR_FMT "\"",
		STR_ARG(o->scheme), STR_ARG(o->scenario));
}

static enum err_code compile(struct arena *a, const struct evaluate_order *o,
	const struct scheme *s, struct program **ret, struct err *e)
{
	const struct rules_file *file;
	const struct program_number *numbers;
	uint32_t count;

	TRY(find_criteria(o, s, &file, e));
	TRY(evaluation_numbers(a, s->doc, o->scenario, o->limits, &numbers, &count, e));
	if (program_compile(a, file->bytes, numbers, count, ret, e) != ERR_OK) {
		uint32_t line = e ? e->line : 0, column = e ? e->column : 0;
		(void)err_in(e, STR_FMT, STR_ARG(file->name));
		return err_at(e, line, column);
	}
	return ERR_OK;
}

/* Channels that are named as the signals, in the units of the program. */
static enum err_code mapping_by_name(struct arena *a, const struct program *p,
	const struct mapping **ret, struct err *e)
{
	struct mapping *m = ARENA_NEW(a, struct mapping);
	struct json *doc = json_new_object(a), *signals = json_new_array(a);

	for (uint32_t i = 0; i < p->signal_count; i++) {
		const struct program_signal *s = &p->signals[i];
		struct json *row = json_new_object(a);
		char unit[UNIT_TEXT_BYTES];
		json_set_str(a, row, "signal", s->name);
		json_set_str(a, row, "channel", s->name);
		if (s->kind == SIGNAL_NUMBER) {
			(void)unit_text(&s->unit, unit);
			json_set_str(a, row, "unit", str_copy(a, str_of(unit)));
		}
		json_push(a, signals, row);
	}
	json_set_text(a, doc, "kind", "mapping");
	json_set_text(a, doc, "id", "by-name");
	json_set(a, doc, "signals", signals);
	if (!m || !doc || !signals)
		return no_memory(e);
	TRY(mapping_parse(a, doc, m, e));
	*ret = m;
	return ERR_OK;
}

static enum err_code setting_value(const struct evaluate_setting *s,
	const struct program_parameter *p, double *ret, struct err *e)
{
	struct str rest = s->value, number = str_cut(&rest, ' ');
	struct unit unit;
	double value;

	if (!decimal_is(number) || !number_parse(number.at, number.at + number.len, '.', &value))
		return err_set(e, ERR_INVALID, "\"" STR_FMT "\" is no value of \"" STR_FMT "\"",
			STR_ARG(s->value), STR_ARG(s->name));
	if (rest.len > 0) {
		TRY(unit_parse(str_trim(rest), &unit, e));
		if (!unit_eq(&unit, &p->unit)) {
			char wanted[UNIT_TEXT_BYTES];
			(void)unit_text(&p->unit, wanted);
			return err_set(e, ERR_INVALID, "parameter \"" STR_FMT "\" is in %s, not in "
				STR_FMT, STR_ARG(s->name), wanted, STR_ARG(str_trim(rest)));
		}
	}
	*ret = value;
	return ERR_OK;
}

static uint32_t parameter_index(const struct program *p, struct str name)
{
	uint32_t i = 0;

	while (i < p->parameter_count && !str_eq(p->parameters[i].name, name))
		i++;
	return i;
}

/* Settings of one run take precedence over those of all. */
static enum err_code settings_of(struct arena *a, const struct evaluate_order *o,
	const struct program *p, uint32_t number, const double **ret, struct err *e)
{
	double *values = ARENA_ARRAY(a, double, p->parameter_count);

	if (!values)
		return no_memory(e);
	for (uint32_t i = 0; i < p->parameter_count; i++)
		values[i] = NAN;
	for (int own = 0; own < 2; own++) {
		for (uint32_t i = 0; i < o->setting_count; i++) {
			const struct evaluate_setting *s = &o->settings[i];
			uint32_t index = parameter_index(p, s->name);
			if (index == p->parameter_count)
				return err_set(e, ERR_INVALID, "the scenario has no parameter \""
					STR_FMT "\"", STR_ARG(s->name));
			if (s->run > o->run_count)
				return err_set(e, ERR_INVALID, "there is no run %u", s->run);
			if (s->run == (own ? number : 0))
				TRY(setting_value(s, &p->parameters[index], &values[index], e));
		}
	}
	*ret = values;
	return ERR_OK;
}

static enum err_code prepare_runs(struct work *w, struct err *e)
{
	const struct evaluate_order *o = w->order;

	if (o->run_count == 0 || o->run_count > LIMIT_RUNS)
		return err_set(e, o->run_count == 0 ? ERR_INVALID : ERR_TOO_LARGE,
			"an evaluation has 1 to %d runs", LIMIT_RUNS);
	w->runs = ARENA_ARRAY(w->a, struct evaluation_run, o->run_count);
	w->files = ARENA_ARRAY(w->a, struct evaluation_file *, o->run_count);
	w->elements = ARENA_ARRAY(w->a, struct json *, o->run_count);
	if (!w->runs || !w->files || !w->elements)
		return no_memory(e);
	for (uint32_t i = 0; i < o->run_count; i++) {
		struct evaluation_run *run = &w->runs[i];
		if (o->runs[i].file_count == 0 || o->runs[i].file_count > LIMIT_RUN_FILES)
			return err_set(e, ERR_TOO_LARGE, "run %u has %u files instead of 1 to %d",
				i + 1, o->runs[i].file_count, LIMIT_RUN_FILES);
		w->files[i] = ARENA_ARRAY(w->a, struct evaluation_file, o->runs[i].file_count);
		if (!w->files[i])
			return no_memory(e);
		run->number = i + 1;
		run->file_count = o->runs[i].file_count;
		run->files = w->files[i];
		TRY(settings_of(w->a, o, w->input.program, i + 1, &run->parameters, e));
	}
	return ERR_OK;
}

/* ---- one run --------------------------------------------------------------------------------- */

/* A tree of our own making, copied with all its texts; as deep as the document of an evaluation. */
static struct json *copy_tree(struct arena *a, const struct json *v)
{
	struct json *copy;

	switch (v->type) {
	case JSON_STRING:
		return json_new_str(a, str_copy(a, v->string));
	case JSON_ARRAY:
		copy = json_new_array(a);
		for (uint32_t i = 0; i < v->count; i++)
			json_push(a, copy, copy_tree(a, v->items[i]));
		return copy;
	case JSON_OBJECT:
		copy = json_new_object(a);
		for (uint32_t i = 0; i < v->count; i++)
			json_set(a, copy, str_z(a, v->members[i].name),
				copy_tree(a, v->members[i].value));
		return copy;
	case JSON_NULL:
	case JSON_FALSE:
	case JSON_TRUE:
	case JSON_NUMBER:
		return json_copy(a, v);
	}
	return NULL;
}

static enum err_code read_file(struct sandbox *s, struct arena *a, const char *path,
	const struct mapping *mapping, struct evaluation_file *ret, struct err *e)
{
	struct sandbox_file file;
	enum err_code code;

	TRY(sandbox_file_open(path, &file, e));
	ret->name = file.name;
	ret->bytes = file.bytes;
	code = sandbox_collect_file(s, a, &file, mapping, &ret->table, e);
	/* Last, so that a file that changed while it was read is noticed. */
	if (code == ERR_OK)
		code = sandbox_file_digest(&file, &ret->digest, e);
	sandbox_file_close(&file);
	return code;
}

static enum err_code judge_run(struct work *w, struct sandbox *s, struct arena *run_arena,
	struct arena *work_arena, uint32_t index, struct err *e)
{
	const struct evaluate_run *order = &w->order->runs[index];
	struct evaluation_file files[LIMIT_RUN_FILES] = { 0 };
	struct evaluation_run run = w->runs[index];
	struct evaluation_input input = w->input;
	struct json *element;

	for (uint32_t i = 0; i < order->file_count; i++)
		TRY(read_file(s, run_arena, order->paths[i], input.mapping, &files[i], e));
	run.files = files;
	input.run_count = 1;
	input.runs = &run;
	if (evaluation_run(run_arena, work_arena, &input, 0, &element, e) != ERR_OK)
		return err_in(e, "run %u", run.number);
	(void)pthread_mutex_lock(&w->lock);
	w->elements[index] = copy_tree(w->a, element);
	for (uint32_t i = 0; i < order->file_count; i++) {
		w->files[index][i] = files[i];
		/* The memory of the columns is given back. */
		w->files[index][i].table = (struct channel_table){ 0 };
	}
	bool full = !w->elements[index];
	(void)pthread_mutex_unlock(&w->lock);
	return full ? no_memory(e) : ERR_OK;
}

/* ---- threads --------------------------------------------------------------------------------- */

static bool take_run(struct work *w, uint32_t *ret)
{
	(void)pthread_mutex_lock(&w->lock);
	bool more = w->next < w->order->run_count && w->failed == w->order->run_count;
	if (more && w->order->go_on && !w->order->go_on(w->order->context, w->next)) {
		w->stopped = true;
		more = false;
	}
	if (more)
		*ret = w->next++;
	(void)pthread_mutex_unlock(&w->lock);
	return more;
}

/* Runs are taken in order, so every run before a failed one has been or is being judged: the error
 * told is that of the first in order, however many threads there are. */
static void fail_run(struct work *w, uint32_t index, const struct err *e)
{
	(void)pthread_mutex_lock(&w->lock);
	if (index < w->failed) {
		w->failed = index;
		w->err = *e;
	}
	(void)pthread_mutex_unlock(&w->lock);
}

static void note_active(struct work *w, const struct sandbox *s)
{
	struct sandbox_active active = sandbox_active(s);

	(void)pthread_mutex_lock(&w->lock);
	if (!w->active_known || active.landlock_abi < w->active.landlock_abi)
		w->active = active;
	w->active_known = true;
	(void)pthread_mutex_unlock(&w->lock);
}

static void *judge_runs(void *context)
{
	struct work *w = context;
	SCOPED_ARENA run_arena;
	SCOPED_ARENA work_arena;
	struct sandbox *s = NULL;
	struct err e = { 0 };
	uint32_t index;

	arena_init(&run_arena, RUN_ARENA_BYTES);
	arena_init(&work_arena, WORK_ARENA_BYTES);
	while (take_run(w, &index)) {
		enum err_code code = ERR_OK;
		if (!s) {
			code = sandbox_open(&w->order->sandbox, &s, &e);
			if (code == ERR_OK)
				note_active(w, s);
		}
		if (code == ERR_OK)
			code = judge_run(w, s, &run_arena, &work_arena, index, &e);
		if (code != ERR_OK)
			fail_run(w, index, &e);
		if (s)
			sandbox_release(s);
		arena_reset(&run_arena);
		arena_reset(&work_arena);
	}
	sandbox_close(s);
	digest_thread_clear();
	return NULL;
}

static enum err_code run_threads(struct work *w, struct err *e)
{
	pthread_t threads[THREADS_MAX];
	uint32_t wanted = w->order->threads, count = 0;

	if (wanted == 0)
		wanted = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN);
	if (wanted > w->order->run_count)
		wanted = w->order->run_count;
	if (wanted > THREADS_MAX)
		wanted = THREADS_MAX;
	/* This thread is one of them; fewer than wanted only take longer. */
	while (count + 1 < wanted && pthread_create(&threads[count], NULL, judge_runs, w) == 0)
		count++;
	(void)judge_runs(w);
	for (uint32_t i = 0; i < count; i++)
		(void)pthread_join(threads[i], NULL);
	if (w->failed < w->order->run_count) {
		if (e)
			*e = w->err;
		return w->err.code;
	}
	return w->stopped ? err_set(e, ERR_BUSY, "the evaluation was stopped") : ERR_OK;
}

enum err_code evaluate(struct arena *a, const struct evaluate_order *order,
	struct evaluate_result *ret, struct err *e)
{
	struct work w = { .order = order, .a = a, .lock = PTHREAD_MUTEX_INITIALIZER,
		.failed = order->run_count };
	const struct scheme *scheme = NULL;
	struct program *program = NULL;
	struct evaluate_result result = { 0 };

	TRY(find_scheme(order, &scheme, e));
	TRY(compile(a, order, scheme, &program, e));
	w.input = (struct evaluation_input){ .scheme = scheme->doc, .scenario = order->scenario,
		.program = program, .mapping = order->mapping, .limits = order->limits,
		.version = order->version, .run_count = order->run_count, .plots = order->plots };
	if (!w.input.mapping)
		TRY(mapping_by_name(a, program, &w.input.mapping, e));
	TRY(prepare_runs(&w, e));
	w.input.runs = w.runs;
	TRY(run_threads(&w, e));
	TRY(evaluation_assemble(a, &w.input, w.elements, &result.document, &result.verdict, e));
	result.scheme = scheme;
	result.active = w.active;
	*ret = result;
	return ERR_OK;
}
