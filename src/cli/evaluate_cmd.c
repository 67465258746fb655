/* evaluate_cmd.c - `huren evaluate`: runs of a scenario to verdicts, printed for people. */
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/limits.h"
#include "base/number.h"
#include "base/scoped.h"
#include "cli/cli.h"
#include "criteria/picture.h"
#include "service/evaluate.h"
#include "service/rules_folder.h"
#include "web/catalogue.h"

/* A document of 1000 runs of 20 criteria takes some 40 MB as a tree. */
#define RESULT_BYTES_MAX ((size_t)2 << 30)
#define PICTURE_BYTES_MAX ((size_t)16 << 20)
#define SETTINGS_MAX 256
#define VALUES_SHOWN 5 /* of a comparison; the document has them all */

/* A verdict in a word of the catalogue, a shape, and the exit status (huren(1)). */
static const struct { const char *shape; int exit_status; } verdicts[VERDICT_COUNT] = {
	[VERDICT_PASS] = { "✓", 0 },
	[VERDICT_FAIL] = { "✗", 10 },
	[VERDICT_INCONCLUSIVE] = { "?", 11 },
	[VERDICT_INVALID_RUN] = { "⊘", 12 },
	[VERDICT_NOT_APPLICABLE] = { "–", 13 },
};

struct printing {
	struct arena *a;
	const struct catalogue *words;
	enum language language;
	const struct json *doc;
};

/* ---- words ----------------------------------------------------------------------------------- */

static struct str word(const struct printing *p, const char *list, const char *name)
{
	struct str text = catalogue_text(p->words, p->language, list, str_of(name));

	return text.at ? text : str_of(name);
}

static struct str own(const struct printing *p, const char *name)
{
	return word(p, "evaluated", name);
}

static struct str in_language(const struct printing *p, const struct json *pair)
{
	return json_get_str(pair, language_tag(p->language));
}

/* Columns on a terminal: ideographs take two. */
static size_t width_of(struct str s)
{
	size_t width = 0;

	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i];
		width += c < 0x80 || c >= 0xc0; /* the first byte of a character */
		width += c >= 0xe3 && c < 0xf0; /* from U+3000 on */
	}
	return width;
}

static void print_padded(struct str s, size_t width)
{
	size_t has = width_of(s);

	(void)printf(STR_FMT "%*s", STR_ARG(s), has < width ? (int)(width - has) : 0, "");
}

/* A decimal of the document, to as many digits as people read. */
static struct str short_number(const struct printing *p, struct str decimal)
{
	double value;

	if (!number_parse(decimal.at, decimal.at + decimal.len, '.', &value))
		return decimal; /* "inf" */
	if (value == 0)
		return STR("0");
	return str_printf(p->a, "%.6g", value);
}

static struct str with_unit(const struct printing *p, struct str decimal, struct str unit)
{
	struct str number = short_number(p, decimal);

	if (unit.len == 0 || str_is(unit, "1"))
		return number;
	return str_printf(p->a, STR_FMT " " STR_FMT, STR_ARG(number), STR_ARG(unit));
}

/* ---- one criterion --------------------------------------------------------------------------- */

static enum verdict verdict_named(struct str name)
{
	for (int v = 0; v < VERDICT_COUNT; v++) {
		if (str_is(name, verdict_name((enum verdict)v)))
			return (enum verdict)v;
	}
	return VERDICT_INCONCLUSIVE;
}

/* What the state of one criterion means for the run. */
static enum verdict verdict_of(struct str role, struct str state)
{
	if (str_is(state, "holds"))
		return VERDICT_PASS;
	if (!str_is(state, "violated"))
		return VERDICT_INCONCLUSIVE;
	return str_is(role, "valid") ? VERDICT_INVALID_RUN
		: str_is(role, "applies") ? VERDICT_NOT_APPLICABLE : VERDICT_FAIL;
}

static void print_verdict(const struct printing *p, enum verdict v)
{
	(void)printf("%s ", verdicts[v].shape);
	print_padded(word(p, "verdict", verdict_name(v)), p->language == LANGUAGE_ZH ? 9 : 15);
}

/* Element of "judged" with the criterion's title and role. */
static const struct json *judged(const struct printing *p, struct str id)
{
	const struct json *list = json_get(p->doc, "judged");

	for (size_t i = 0; i < json_count(list); i++) {
		if (str_eq(json_get_str(json_at(list, i), "id"), id))
			return json_at(list, i);
	}
	return NULL;
}

/* "0.8 m", "≥ 0.2 m, ≤ 1 m" of one that is not known to the point, or nothing. */
static struct str margin_text(const struct printing *p, const struct json *c)
{
	struct str unit = json_get_str(c, "unit"), margin = json_get_str(c, "margin");
	struct str least = json_get_str(c, "atLeast"), most = json_get_str(c, "atMost");

	if (margin.at)
		return with_unit(p, margin, unit);
	if (least.at && most.at)
		return str_printf(p->a, "≥ " STR_FMT ", ≤ " STR_FMT, STR_ARG(short_number(p,
			least)), STR_ARG(with_unit(p, most, unit)));
	if (least.at || most.at)
		return str_printf(p->a, "%s " STR_FMT, least.at ? "≥" : "≤",
			STR_ARG(with_unit(p, least.at ? least : most, unit)));
	return STR("");
}

static void print_margin(const struct printing *p, const struct json *c)
{
	struct str margin = margin_text(p, c), time = json_get_str(c, "time");

	print_padded(margin.len > 0 ? str_printf(p->a, STR_FMT " " STR_FMT,
		STR_ARG(own(p, "margin")), STR_ARG(margin)) : STR(""), 24);
	print_padded(time.at ? str_printf(p->a, STR_FMT " " STR_FMT, STR_ARG(own(p, "at")),
		STR_ARG(with_unit(p, time, STR("s")))) : STR(""), 16);
}

static void print_values(const struct printing *p, const struct json *c)
{
	const struct json *values = json_get(c, "values");
	struct str limit = json_get_str(c, "limit");

	if (!json_get_str(c, "predicate").at)
		return;
	(void)printf("      " STR_FMT ":", STR_ARG(json_get_str(c, "predicate")));
	for (size_t i = 0; i < json_count(values) && i < VALUES_SHOWN; i++) {
		const struct json *v = json_at(values, i);
		struct str label = json_get_str(v, "label"), value = json_get_str(v, "value");
		(void)printf("%s " STR_FMT " = " STR_FMT, i > 0 ? "," : "",
			STR_ARG(json_get_str(v, "name")), STR_ARG(label.at ? label
				: value.at ? with_unit(p, value, json_get_str(v, "unit"))
				: own(p, "unknown")));
	}
	if (json_count(values) > VALUES_SHOWN)
		(void)printf(" ...");
	if (limit.at)
		(void)printf("; " STR_FMT " " STR_FMT, STR_ARG(own(p, "limit")),
			STR_ARG(with_unit(p, limit, json_get_str(c, "unit"))));
	(void)printf("\n");
}

static void print_criterion(const struct printing *p, const struct json *c)
{
	struct str id = json_get_str(c, "id"), why = json_get_str(c, "why");
	const struct json *j = judged(p, id);
	struct str clause = json_get_str(j, "clause");

	(void)printf("  ");
	print_verdict(p, verdict_of(json_get_str(j, "role"), json_get_str(c, "state")));
	struct str title = in_language(p, json_get(j, "title"));
	print_margin(p, c);
	(void)printf(STR_FMT "\n", STR_ARG(title.at ? title : id));
	if (why.at) {
		(void)printf("      " STR_FMT, STR_ARG(word(p, "unknown_why", str_z(p->a, why))));
		if (json_get_str(c, "whyName").at)
			(void)printf(": " STR_FMT, STR_ARG(json_get_str(c, "whyName")));
		(void)printf("\n");
	}
	print_values(p, c);
	if (clause.at)
		(void)printf("      " STR_FMT " (" STR_FMT ")\n", STR_ARG(id), STR_ARG(clause));
}

/* ---- a run, and all -------------------------------------------------------------------------- */

static void print_files(const struct printing *p, const struct json *run)
{
	const struct json *files = json_get(run, "files"), *signals = json_get(run, "signals");

	for (size_t i = 0; i < json_count(files); i++) {
		const struct json *notes = json_get(json_at(files, i), "notes");
		(void)printf("%s" STR_FMT, i > 0 ? " + " : "",
			STR_ARG(json_get_str(json_at(files, i), "name")));
		for (size_t k = 0; k < json_count(notes); k++)
			(void)printf("\n  " STR_FMT " " STR_FMT ": " STR_FMT,
				STR_ARG(own(p, "note")),
				STR_ARG(json_get_str(json_at(notes, k), "note")),
				STR_ARG(json_get_str(json_at(notes, k), "text")));
	}
	(void)printf("\n");
	for (size_t i = 0; i < json_count(signals); i++) {
		const struct json *s = json_at(signals, i);
		if (json_get_str(s, "absent").at)
			(void)printf("  " STR_FMT " " STR_FMT ": " STR_FMT "\n",
				STR_ARG(own(p, "signal")), STR_ARG(json_get_str(s, "signal")),
				STR_ARG(word(p, "absent", str_z(p->a,
					json_get_str(s, "absent")))));
	}
}

static void print_measures(const struct printing *p, const struct json *run)
{
	const struct json *measures = json_get(run, "measures");

	for (size_t i = 0; i < json_count(measures); i++) {
		const struct json *m = json_at(measures, i);
		struct str value = json_get_str(m, "value");
		(void)printf("  " STR_FMT " " STR_FMT " ", STR_ARG(own(p, "measured")),
			STR_ARG(json_get_str(m, "id")));
		if (value.at)
			(void)printf(STR_FMT "  " STR_FMT " " STR_FMT " s\n",
				STR_ARG(with_unit(p, value, json_get_str(m, "unit"))),
				STR_ARG(own(p, "at")),
				STR_ARG(short_number(p, json_get_str(m, "time"))));
		else
			(void)printf(STR_FMT "\n", STR_ARG(own(p, "unknown")));
	}
}

static void print_run(const struct printing *p, const struct json *run)
{
	const struct json *criteria = json_get(run, "criteria");

	(void)printf("\n" STR_FMT " %.0f  ", STR_ARG(own(p, "run")),
		json_number_or(json_get(run, "run"), 0));
	print_verdict(p, verdict_named(json_get_str(run, "verdict")));
	print_files(p, run);
	for (size_t i = 0; i < json_count(criteria); i++)
		print_criterion(p, json_at(criteria, i));
	print_measures(p, run);
}

static void print_all(const struct printing *p)
{
	const struct json *scheme = json_get(p->doc, "scheme"), *runs = json_get(p->doc, "runs");
	struct str reason = json_get_str(p->doc, "reason");

	(void)printf(STR_FMT ":" STR_FMT "  " STR_FMT "  " STR_FMT "  " STR_FMT "\n",
		STR_ARG(json_get_str(scheme, "id")), STR_ARG(json_get_str(scheme, "edition")),
		STR_ARG(json_get_str(p->doc, "item")), STR_ARG(json_get_str(p->doc, "scenario")),
		STR_ARG(in_language(p, json_get(p->doc, "title"))));
	for (size_t i = 0; i < json_count(runs); i++)
		print_run(p, json_at(runs, i));
	(void)printf("\n" STR_FMT "  ", STR_ARG(own(p, "all")));
	print_verdict(p, verdict_named(json_get_str(p->doc, "verdict")));
	if (reason.at)
		(void)printf(STR_FMT, STR_ARG(own(p, str_z(p->a, reason))));
	(void)printf("\n");
}

/* ---- arguments ------------------------------------------------------------------------------- */

/* "a+b": two files of one run, unless a file has that very name. */
static enum err_code split_run(struct arena *a, const char *text, struct evaluate_run *ret,
	struct err *e)
{
	const char **paths = ARENA_ARRAY(a, const char *, LIMIT_RUN_FILES);
	struct str rest = str_of(text);
	uint32_t count = 0;

	if (!paths)
		return err_set(e, ERR_TOO_LARGE, "no memory for the list of files");
	if (io_exists(text)) {
		paths[count++] = text;
		rest.at = NULL;
	}
	while (rest.at) {
		if (count == LIMIT_RUN_FILES)
			return err_set(e, ERR_TOO_LARGE, "run \"%s\" has over %d files", text,
				LIMIT_RUN_FILES);
		paths[count] = str_z(a, str_cut(&rest, '+'));
		if (!paths[count] || paths[count][0] == '\0')
			return err_set(e, ERR_INVALID, "run \"%s\" names an empty file", text);
		count++;
	}
	*ret = (struct evaluate_run){ count, paths };
	return ERR_OK;
}

static enum err_code take_runs(struct args *args, struct arena *a, struct evaluate_order *o,
	struct err *e)
{
	struct evaluate_run *runs = ARENA_ARRAY(a, struct evaluate_run, LIMIT_RUNS);
	const char *text;

	if (!runs)
		return err_set(e, ERR_TOO_LARGE, "no memory for the list of runs");
	while ((text = args_value(args, "--run-files")) != NULL || (text = args_word(args))) {
		if (o->run_count == LIMIT_RUNS)
			return err_set(e, ERR_TOO_LARGE, "over %d runs", LIMIT_RUNS);
		TRY(split_run(a, text, &runs[o->run_count++], e));
	}
	o->runs = runs;
	if (o->run_count == 0)
		return args_need_word(args, "measurement file", &text, e);
	return ERR_OK;
}

/* "name=value" of every run, "2:name=value" of the second. */
static enum err_code take_settings(struct args *args, struct arena *a, struct evaluate_order *o,
	struct err *e)
{
	struct evaluate_setting *list = ARENA_ARRAY(a, struct evaluate_setting, SETTINGS_MAX);
	const char *text;

	if (!list)
		return err_set(e, ERR_TOO_LARGE, "no memory for the settings");
	while ((text = args_value(args, "--set")) != NULL) {
		struct evaluate_setting *s = &list[o->setting_count];
		struct str rest = str_of(text), name = str_cut(&rest, '=');
		uint64_t run = 0;
		if (o->setting_count == SETTINGS_MAX)
			return err_set(e, ERR_TOO_LARGE, "over %d settings", SETTINGS_MAX);
		if (str_find(name, STR(":")) != SIZE_MAX &&
			(str_parse_u64(str_cut(&name, ':'), &run, NULL) != ERR_OK || run == 0 ||
				run > LIMIT_RUNS))
			return err_set(e, ERR_INVALID, "\"%s\" names no run", text);
		if (!rest.at || name.len == 0)
			return err_set(e, ERR_INVALID, "\"%s\" is not name=value", text);
		*s = (struct evaluate_setting){ (uint32_t)run, name, rest };
		o->setting_count++;
	}
	o->settings = list;
	return ERR_OK;
}

static enum err_code take_threads(struct args *args, uint32_t *ret, struct err *e)
{
	const char *text = args_value(args, "--threads");
	uint64_t threads = 0;

	if (!text)
		return ERR_OK;
	if (str_parse_u64(str_of(text), &threads, e) != ERR_OK || threads == 0 || threads > 1024)
		return err_set(e, ERR_INVALID, "\"%s\" is no number of threads", text);
	*ret = (uint32_t)threads;
	return ERR_OK;
}

/* --lang, else what the terminal is set to. */
static enum err_code take_language(struct args *args, enum language *ret, struct err *e)
{
	static const char *const variables[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
	const char *tag = args_value(args, "--lang"), *value = NULL;

	*ret = LANGUAGE_EN;
	if (tag) {
		*ret = language_of(str_of(tag));
		return *ret < LANGUAGE_COUNT ? ERR_OK
			: err_set(e, ERR_INVALID, "\"%s\" is neither zh nor en", tag);
	}
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]) && !value; i++) {
		value = getenv(variables[i]);
		if (value && value[0] == '\0')
			value = NULL;
	}
	if (value && strncmp(value, "zh", 2) == 0)
		*ret = LANGUAGE_ZH;
	return ERR_OK;
}

struct wish {
	const char *rules, *ui, *scheme, *scenario, *mapping, *limits, *out, *picture;
	enum language language;
	bool as_json;
};

static enum err_code take_arguments(struct args *args, struct arena *a, struct wish *w,
	struct evaluate_order *o, struct err *e)
{
	w->rules = cli_rules_folder(args);
	w->ui = cli_ui_folder(args);
	w->mapping = args_value(args, "--mapping");
	w->limits = args_value(args, "--limits");
	w->out = args_value(args, "--out");
	w->picture = args_value(args, "--picture");
	w->as_json = args_flag(args, "--json");
	o->plots = args_flag(args, "--plots") || w->picture;
	TRY(take_language(args, &w->language, e));
	TRY(take_threads(args, &o->threads, e));
	TRY(args_need(args, "--scheme", &w->scheme, e));
	TRY(args_need(args, "--scenario", &w->scenario, e));
	TRY(take_settings(args, a, o, e));
	TRY(take_runs(args, a, o, e));
	TRY(args_end(args, e));
	struct str edition = str_of(w->scheme);
	o->scheme = str_cut(&edition, ':');
	o->edition = edition;
	o->scenario = str_of(w->scenario);
	return ERR_OK;
}

/* ---- the command ----------------------------------------------------------------------------- */

static enum err_code put_result(struct arena *a, const struct wish *w, const struct json *doc,
	struct err *e)
{
	struct str text;

	TRY(json_jcs(a, doc, &text, e)); /* the bytes that a report binds by digest */
	return io_write_durable(w->out, text, 0644, e);
}

/* A picture a run. */
static enum err_code put_pictures(struct arena *a, const struct wish *w, const struct json *doc,
	struct err *e)
{
	const struct picture_words *words = w->language == LANGUAGE_ZH ? &picture_words_zh
		: &picture_words_en;
	SCOPED_BUF b;

	buf_init(&b, PICTURE_BYTES_MAX);
	for (uint32_t i = 0; i < json_count(json_get(doc, "runs")); i++) {
		const char *path = arena_printf(a, "%s/run-%u.svg", w->picture, i + 1);
		if (!path)
			return err_set(e, ERR_TOO_LARGE, "path of the picture is too long");
		buf_reset(&b);
		TRY(picture_draw(a, doc, i, words, &b, e));
		TRY(io_write_durable(path, buf_str(&b), 0644, e));
	}
	return ERR_OK;
}

static enum err_code tell(struct arena *a, const struct wish *w, const struct json *doc,
	struct err *e)
{
	struct printing p = { .a = a, .language = w->language, .doc = doc };
	struct catalogue *words;

	if (w->out)
		TRY(put_result(a, w, doc, e));
	if (w->picture)
		TRY(put_pictures(a, w, doc, e));
	if (w->as_json)
		return cli_print_json(doc, e);
	TRY(catalogue_open(w->ui, &words, e));
	p.words = words;
	print_all(&p);
	catalogue_close(words);
	return ERR_OK;
}

static enum err_code evaluate_with(const struct rules *rules, struct arena *a,
	const struct wish *w, struct evaluate_order *o, enum verdict *ret, struct err *e)
{
	struct mapping *mapping = NULL;
	struct json *limits = NULL;
	struct evaluate_result result;

	if (w->mapping)
		TRY(evaluate_load_mapping(a, rules, w->mapping, &mapping, e));
	if (w->limits)
		TRY(evaluate_load_limits(a, rules, w->limits, &limits, e));
	o->rules = rules;
	o->mapping = mapping;
	o->limits = limits;
	o->version = STR("huren " HUREN_VERSION);
	sandbox_defaults(&o->sandbox);
	TRY(evaluate(a, o, &result, e));
	cli_note_sandbox(result.active);
	*ret = result.verdict;
	return tell(a, w, result.document, e);
}

enum err_code evaluate_command(struct args *args, struct arena *command_arena, struct err *e)
{
	SCOPED_ARENA a;
	struct evaluate_order order = { 0 };
	struct wish wish = { 0 };
	enum verdict verdict = VERDICT_INCONCLUSIVE;
	struct rules *rules;
	enum err_code code;

	(void)command_arena; /* a document of many runs is larger */
	arena_init(&a, RESULT_BYTES_MAX);
	TRY(take_arguments(args, &a, &wish, &order, e));
	TRY(rules_folder_load(wish.rules, &rules, e));
	code = evaluate_with(rules, &a, &wish, &order, &verdict, e);
	rules_close(rules);
	if (code == ERR_OK)
		args->exit_status = verdicts[verdict].exit_status;
	return code;
}
