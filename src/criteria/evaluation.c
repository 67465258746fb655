/* evaluation.c - the evaluation document: what was judged by what, the runs, and the item's
 * verdict. */
#include "criteria/evaluation.h"

#include <math.h>

#include "base/limits.h"
#include "criteria/evaluation_inner.h"

#define DOCUMENT_VERSION 1

/* ---- the verdict over runs ------------------------------------------------------------------- */

/* All runs that count must pass. A run that may have failed is not made good by others; one that is
 * invalid, or to which the scenario did not apply, does not count. In this order:
 *   a failed run                                   fail
 *   only invalid runs                              invalid-run
 *   only runs to which it does not apply           not-applicable
 *   an inconclusive run                            inconclusive, run-inconclusive
 *   the number of runs is not entered              inconclusive, runs-not-entered
 *   fewer passed than asked                        inconclusive, too-few-runs
 *   otherwise                                      pass */
enum verdict verdict_over_runs(const enum verdict *runs, uint32_t count, uint32_t asked,
	const char **ret_reason)
{
	uint32_t of[VERDICT_COUNT] = { 0 };
	const char *reason = NULL;
	for (uint32_t i = 0; i < count; i++) {
		CHECK(runs[i] < VERDICT_COUNT);
		of[runs[i]]++;
	}
	*ret_reason = NULL;
	if (of[VERDICT_FAIL] > 0)
		return VERDICT_FAIL;
	if (count > 0 && of[VERDICT_INVALID_RUN] == count)
		return VERDICT_INVALID_RUN;
	if (count > 0 && of[VERDICT_NOT_APPLICABLE] == count)
		return VERDICT_NOT_APPLICABLE;
	if (of[VERDICT_INCONCLUSIVE] > 0)
		reason = "run-inconclusive";
	else if (asked == 0)
		reason = "runs-not-entered";
	else if (of[VERDICT_PASS] < asked)
		reason = "too-few-runs";
	*ret_reason = reason;
	return reason ? VERDICT_INCONCLUSIVE : VERDICT_PASS;
}

static enum verdict verdict_of(const struct json *run)
{
	struct str word = json_get_str(run, "verdict");
	int v = 0;
	while (v < VERDICT_COUNT && !str_is(word, verdict_name((enum verdict)v)))
		v++;
	CHECK(v < VERDICT_COUNT); /* evaluation_run gave it one */
	return (enum verdict)v;
}

/* ---- what was judged by what ----------------------------------------------------------------- */

static enum err_code digest_of(struct arena *a, const struct json *doc, struct str *ret,
	struct err *e)
{
	struct str jcs;
	struct digest d;
	TRY(json_jcs(a, doc, &jcs, e));
	d = digest_sha256(jcs);
	*ret = text_of_digest(a, &d);
	return ERR_OK;
}

static enum err_code put_sources(struct arena *a, const struct evaluation_input *input,
	const struct scenario *s, struct json *doc, struct err *e)
{
	struct str digest;
	struct json *v = json_new_object(a);
	TRY(digest_of(a, input->scheme, &digest, e));
	v = json_set_str(a, v, "id", json_get_str(input->scheme, "id"));
	v = json_set_str(a, v, "edition", json_get_str(input->scheme, "edition"));
	json_set(a, doc, "scheme", json_set_str(a, v, "digest", digest));
	v = json_set_str(a, json_new_object(a), "name", s->criteria);
	v = json_set_str(a, v, "digest", text_of_digest(a, &input->program->digest));
	json_set(a, doc, "criteria", v);
	v = json_set_str(a, json_new_object(a), "id", input->mapping->id);
	v = json_set_str(a, v, "digest", text_of_digest(a, &input->mapping->digest));
	json_set(a, doc, "mapping", v);
	if (!input->limits)
		return ERR_OK;
	TRY(digest_of(a, input->limits, &digest, e));
	v = json_set_str(a, json_new_object(a), "digest", digest);
	v = json_set_str(a, v, "enteredBy", json_get_str(input->limits, "enteredBy"));
	v = json_set_str(a, v, "source", json_get_str(input->limits, "source"));
	json_set(a, doc, "limits", v);
	return ERR_OK;
}

static struct json *number_json(struct arena *a, const struct scoped_number *n)
{
	struct json *v = json_new_object(a);
	struct str own = json_get_str(n->doc, "id");
	struct str value = json_get_str(n->entered ? n->entered : n->doc, "value");
	v = json_set_str(a, v, "id", n->id);
	if (!str_eq(own, n->id))
		v = json_set_str(a, v, "number", own);
	if (n->column > 0)
		v = json_set_number(a, v, "column", n->column);
	v = json_set_str(a, v, "unit", json_get_str(n->doc, "unit"));
	v = json_set_str(a, v, "status",
		n->entered ? STR("entered") : json_get_str(n->doc, "status"));
	v = json_set(a, v, "source", json_copy(a, json_get(n->doc, "source")));
	if (json_get(n->doc, "table"))
		return json_set(a, v, "table", json_new_bool(a, true));
	return value.len > 0 ? json_set_str(a, v, "value", value) : v;
}

static enum err_code put_numbers(struct arena *a, const struct evaluation_input *input,
	const struct scenario *s, struct json *doc, struct err *e)
{
	const struct scoped_number *numbers;
	uint32_t count;
	struct json *list = json_new_array(a);
	TRY(scenario_numbers(a, s, input->limits, &numbers, &count, e));
	for (uint32_t i = 0; i < count; i++)
		list = json_push(a, list, number_json(a, &numbers[i]));
	json_set(a, doc, "numbers", list);
	return ERR_OK;
}

/* Title and clause that the scheme gives to a criterion or measure. */
static struct json *name_json(struct arena *a, const struct scenario *s, struct str id,
	struct json *v)
{
	const struct json *of_file = NULL;
	const struct json *files = json_get(s->scheme, "criteria");
	for (size_t i = 0; i < json_count(files); i++) {
		if (str_eq(files->members[i].name, s->criteria))
			of_file = files->members[i].value;
	}
	for (size_t i = 0; i < json_count(of_file); i++) {
		const struct json *named = of_file->members[i].value;
		if (!str_eq(of_file->members[i].name, id))
			continue;
		v = json_set(a, v, "title", json_copy(a, json_get(named, "title")));
		if (json_get(named, "clause"))
			v = json_set_str(a, v, "clause", json_get_str(named, "clause"));
	}
	return v;
}

static void put_judged(struct arena *a, const struct evaluation_input *input,
	const struct scenario *s, struct json *doc)
{
	static const char *const roles[] = { "applies", "valid", "pass" };
	const struct program *p = input->program;
	struct json *judged = json_new_array(a);
	struct json *measured = json_new_array(a);
	for (uint32_t i = 0; i < p->criterion_count; i++) {
		struct json *v = json_new_object(a);
		v = json_set_str(a, v, "id", p->criteria[i].id);
		v = json_set_text(a, v, "role", roles[p->criteria[i].role]);
		v = json_set_str(a, v, "formula", p->criteria[i].text);
		judged = json_push(a, judged, name_json(a, s, p->criteria[i].id, v));
	}
	for (uint32_t i = 0; i < p->measure_count; i++) {
		struct json *v = json_set_str(a, json_new_object(a), "id", p->measures[i].id);
		v = json_set_str(a, v, "unit", text_of_unit(a, &p->measures[i].unit));
		measured = json_push(a, measured, name_json(a, s, p->measures[i].id, v));
	}
	json_set(a, doc, "judged", judged);
	json_set(a, doc, "measured", measured);
}

/* ---- runs ------------------------------------------------------------------------------------ */

static bool have_same_file(const struct evaluation_run *a, const struct evaluation_run *b)
{
	for (uint32_t i = 0; i < a->file_count; i++) {
		for (uint32_t k = 0; k < b->file_count; k++) {
			if (digest_eq(&a->files[i].digest, &b->files[k].digest))
				return true;
		}
	}
	return false;
}

/* The same bytes are no second run, and neither is the same number. */
static enum err_code check_differs(const struct evaluation_run *run,
	const struct evaluation_run *other, struct err *e)
{
	if (run->number == other->number)
		return err_set(e, ERR_INVALID, "run %u stands twice", run->number);
	if (have_same_file(run, other))
		return err_set(e, ERR_INVALID, "run %u and run %u have the same file",
			other->number, run->number);
	return ERR_OK;
}

static enum err_code check_run(const struct evaluation_run *run, struct err *e)
{
	if (run->file_count == 0)
		return err_set(e, ERR_INVALID, "run %u has no file", run->number);
	if (run->file_count > LIMIT_RUN_FILES)
		return err_set(e, ERR_TOO_LARGE, "run %u has more than %d files", run->number,
			LIMIT_RUN_FILES);
	return ERR_OK;
}

static enum err_code check_input(const struct evaluation_input *input, struct err *e)
{
	if (input->run_count == 0)
		return err_set(e, ERR_INVALID, "there is no run to judge");
	if (input->run_count > LIMIT_RUNS)
		return err_set(e, ERR_TOO_LARGE, "more than %d runs", LIMIT_RUNS);
	for (uint32_t i = 0; i < input->run_count; i++) {
		TRY(check_run(&input->runs[i], e));
		for (uint32_t k = 0; k < i; k++)
			TRY(check_differs(&input->runs[i], &input->runs[k], e));
	}
	return ERR_OK;
}

static enum err_code put_verdict(struct arena *a, const struct evaluation_input *input,
	const struct scenario *s, struct json *const *runs, struct json *doc,
	enum verdict *ret_verdict, struct err *e)
{
	uint32_t asked;
	const char *reason;
	enum verdict *each = ARENA_ARRAY(a, enum verdict, input->run_count);
	struct json *list = json_new_array(a);
	TRY(scenario_runs(s, input->limits, &asked, e));
	if (!each)
		return err_set(e, ERR_TOO_LARGE, "the runs need too much memory");
	for (uint32_t i = 0; i < input->run_count; i++) {
		each[i] = verdict_of(runs[i]);
		list = json_push(a, list, runs[i]);
	}
	enum verdict v = verdict_over_runs(each, input->run_count, asked, &reason);
	json_set_text(a, doc, "verdict", verdict_name(v));
	if (reason)
		json_set_text(a, doc, "reason", reason);
	if (asked > 0)
		json_set_number(a, doc, "runsAsked", asked);
	json_set(a, doc, "runs", list);
	*ret_verdict = v;
	return ERR_OK;
}

enum err_code evaluation_assemble(struct arena *a, const struct evaluation_input *input,
	struct json *const *runs, struct json **ret, enum verdict *ret_verdict, struct err *e)
{
	struct scenario s;
	enum verdict verdict = VERDICT_INCONCLUSIVE;
	struct json *doc = json_new_object(a);
	TRY(check_input(input, e));
	TRY(scenario_find(a, input->scheme, input->scenario, &s, e));
	json_set_text(a, doc, "kind", "evaluation");
	json_set_number(a, doc, "version", DOCUMENT_VERSION);
	json_set_str(a, doc, "program", input->version);
	json_set_str(a, doc, "item", json_get_str(s.item, "item"));
	json_set_str(a, doc, "scenario", s.id);
	json_set(a, doc, "title", json_copy(a, json_get(s.doc, "title")));
	TRY(put_sources(a, input, &s, doc, e));
	TRY(put_numbers(a, input, &s, doc, e));
	put_judged(a, input, &s, doc);
	TRY(put_verdict(a, input, &s, runs, doc, &verdict, e));
	if (!doc)
		return err_set(e, ERR_TOO_LARGE, "the evaluation needs too much memory");
	*ret = doc;
	*ret_verdict = verdict;
	return ERR_OK;
}

enum err_code evaluation_runs(struct arena *a, struct arena *work,
	const struct evaluation_input *input, struct json **ret, enum verdict *ret_verdict,
	struct err *e)
{
	struct json **runs;
	TRY(check_input(input, e));
	runs = ARENA_ARRAY(a, struct json *, input->run_count);
	if (!runs)
		return err_set(e, ERR_TOO_LARGE, "the runs need too much memory");
	for (uint32_t i = 0; i < input->run_count; i++) {
		arena_reset(work);
		if (evaluation_run(a, work, input, i, &runs[i], e) != ERR_OK)
			return err_in(e, "run %u", input->runs[i].number);
	}
	return evaluation_assemble(a, input, runs, ret, ret_verdict, e);
}
