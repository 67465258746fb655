/* evaluation_run.c - one run as an element of the evaluation document: its files and signals, and
 * what each criterion, event and measure came to.
 */
#include <math.h>

#include "base/limits.h"
#include "criteria/evaluation_inner.h"

/* ---- small pieces ---------------------------------------------------------------------------- */

static struct json *set_number(struct arena *a, struct json *v, const char *name, double value)
{
	return isnan(value) ? v : json_set_str(a, v, name, text_of_double(a, value));
}

static struct json *set_time(struct arena *a, struct json *v, const char *name, int64_t ns)
{
	return json_set_str(a, v, name, text_of_time(a, ns));
}

static struct json *set_unit(struct arena *a, struct json *v, const char *name,
	const struct unit *u)
{
	return json_set_str(a, v, name, text_of_unit(a, u));
}

static struct json *set_some(struct arena *a, struct json *v, const char *name, struct str s)
{
	return s.len > 0 ? json_set_str(a, v, name, text_clean(a, s)) : v;
}

/* ---- files and their notes ------------------------------------------------------------------- */

static struct json *notes_json(struct arena *a, const struct channel_table *t)
{
	struct json *list = json_new_array(a);
	for (uint32_t i = 0; i < t->note_count && i < LIMIT_EVALUATION_NOTES; i++) {
		const struct evidence_note *n = &t->notes[i];
		struct json *v = json_new_object(a);
		v = json_set_text(a, v, "note", note_name(n->code));
		v = set_some(a, v, "where", n->where);
		v = set_some(a, v, "text", n->text);
		list = json_push(a, list, v);
	}
	return list;
}

static struct json *file_json(struct arena *a, const struct evaluation_file *f)
{
	const struct channel_table *t = &f->table;
	struct json *v = json_new_object(a);
	v = json_set_str(a, v, "name", text_clean(a, f->name));
	v = json_set_str(a, v, "digest", text_of_digest(a, &f->digest));
	v = json_set_number(a, v, "bytes", (double)f->bytes);
	v = json_set_str(a, v, "format", text_clean(a, t->format));
	if (t->start_ns != CHANNEL_TIME_UNKNOWN)
		v = json_set_str(a, v, "startNs", text_of_i64(a, t->start_ns));
	if (t->note_count > 0)
		v = json_set(a, v, "notes", notes_json(a, t));
	if (t->note_count > LIMIT_EVALUATION_NOTES)
		v = json_set_number(a, v, "notesLeftOut",
			(double)(t->note_count - LIMIT_EVALUATION_NOTES));
	return v;
}

static struct json *files_json(struct arena *a, const struct evaluation_run *run)
{
	struct json *list = json_new_array(a);
	for (uint32_t i = 0; i < run->file_count; i++)
		list = json_push(a, list, file_json(a, &run->files[i]));
	return list;
}

/* ---- signals --------------------------------------------------------------------------------- */

static struct json *conversion_json(struct arena *a, const struct bound_signal *b)
{
	const struct unit_conversion *c = &b->conversion;
	struct json *v = json_new_object(a);
	v = set_unit(a, v, "from", &b->stated);
	if (!c->exact)
		return set_number(a, v, "times", c->inexact);
	v = json_set_number(a, v, "num", (double)c->num);
	return json_set_number(a, v, "den", (double)c->den);
}

static struct json *found_json(struct arena *a, const struct program_signal *s,
	const struct bound_signal *b, struct json *v)
{
	v = json_set_number(a, v, "file", b->file);
	v = set_some(a, v, "group", b->channel->group);
	v = json_set_str(a, v, "channel", text_clean(a, b->channel->name));
	v = set_some(a, v, "fileUnit", b->channel->unit);
	if (b->absence != ABSENCE_NONE)
		return v;
	if (s->kind == SIGNAL_NUMBER && !unit_eq(&b->stated, &s->unit))
		v = json_set(a, v, "conversion", conversion_json(a, b));
	if (b->mapping->delay_ns != 0)
		v = set_time(a, v, "delay", b->mapping->delay_ns);
	v = set_number(a, v, "accuracy", b->signal.accuracy);
	v = json_set_number(a, v, "samples", (double)b->signal.count);
	return json_set_number(a, v, "missing", (double)b->missing);
}

static struct json *signals_json(struct arena *a, const struct program *p,
	const struct bound_signal *signals)
{
	struct json *list = json_new_array(a);
	for (uint32_t i = 0; i < p->signal_count; i++) {
		const struct program_signal *s = &p->signals[i];
		const struct bound_signal *b = &signals[i];
		struct json *v = json_new_object(a);
		v = json_set_str(a, v, "signal", s->name);
		if (s->kind == SIGNAL_NUMBER)
			v = set_unit(a, v, "unit", &s->unit);
		if (b->absence != ABSENCE_NONE)
			v = json_set_text(a, v, "absent", absence_name(b->absence));
		if (b->channel)
			v = found_json(a, s, b, v);
		list = json_push(a, list, v);
	}
	return list;
}

static struct json *parameters_json(struct arena *a, const struct program *p,
	const double *parameters)
{
	struct json *list = json_new_array(a);
	for (uint32_t i = 0; i < p->parameter_count; i++) {
		struct json *v = json_new_object(a);
		v = json_set_str(a, v, "name", p->parameters[i].name);
		v = set_unit(a, v, "unit", &p->parameters[i].unit);
		v = set_number(a, v, "value", parameters[i]);
		list = json_push(a, list, v);
	}
	return list;
}

/* ---- results --------------------------------------------------------------------------------- */

static struct json *values_json(struct arena *a, const struct eval_outcome *o)
{
	struct json *list = json_new_array(a);
	for (uint32_t i = 0; i < o->value_count; i++) {
		const struct eval_value *x = &o->values[i];
		struct json *v = json_new_object(a);
		v = json_set_str(a, v, "name", x->name);
		if (x->label.len > 0) {
			v = json_set_str(a, v, "label", text_clean(a, x->label));
		} else {
			v = set_number(a, v, "value", x->value);
			v = set_unit(a, v, "unit", &x->unit);
		}
		list = json_push(a, list, v);
	}
	return list;
}

/* An end of the interval that is infinite says nothing and is left out. */
static struct json *margin_json(struct arena *a, const struct eval_outcome *o, struct json *v)
{
	if (!o->has_margin)
		return v;
	if (o->state != EVAL_UNKNOWN) {
		v = set_number(a, v, "margin", o->lower);
		return set_unit(a, v, "unit", &o->unit);
	}
	if (isinf(o->lower) && isinf(o->upper))
		return v;
	if (!isinf(o->lower))
		v = set_number(a, v, "atLeast", o->lower);
	if (!isinf(o->upper))
		v = set_number(a, v, "atMost", o->upper);
	return set_unit(a, v, "unit", &o->unit);
}

static const char *state_name(enum eval_state state)
{
	static const char *const names[] = { "holds", "violated", "unknown" };
	return names[state];
}

static bool was_looked_at(const struct eval_outcome *o)
{
	return o->state != EVAL_UNKNOWN || o->why == WHY_TRACE_TOO_SHORT || o->why == WHY_GAP;
}

static struct json *outcome_json(struct arena *a, const struct program_criterion *c,
	const struct eval_outcome *o)
{
	struct json *v = json_new_object(a);
	v = json_set_str(a, v, "id", c->id);
	v = json_set_text(a, v, "state", state_name(o->state));
	if (o->state == EVAL_UNKNOWN) {
		v = json_set_text(a, v, "why", eval_why_name(o->why));
		v = set_some(a, v, "whyName", o->why_name);
	}
	v = margin_json(a, o, v);
	if (!was_looked_at(o))
		return v;
	v = set_time(a, v, "time", o->time_ns);
	v = set_time(a, v, "from", o->from_ns);
	v = set_time(a, v, "to", o->to_ns);
	v = set_some(a, v, "predicate", o->predicate);
	v = set_number(a, v, "limit", o->limit);
	return o->value_count > 0 ? json_set(a, v, "values", values_json(a, o)) : v;
}

static struct json *criteria_json(struct arena *a, const struct program *p,
	const struct eval_result *r)
{
	struct json *list = json_new_array(a);
	for (uint32_t i = 0; i < p->criterion_count; i++)
		list = json_push(a, list, outcome_json(a, &p->criteria[i], &r->criteria[i]));
	return list;
}

static struct json *events_json(struct arena *a, const struct program *p,
	const struct eval_result *r)
{
	struct json *list = json_new_array(a);
	for (uint32_t i = 0; i < p->event_count; i++) {
		struct json *v = json_new_object(a);
		v = json_set_str(a, v, "name", p->events[i].name);
		v = json_set(a, v, "found", json_new_bool(a, r->events[i].found));
		if (r->events[i].uncertain)
			v = json_set(a, v, "uncertain", json_new_bool(a, true));
		if (r->events[i].found)
			v = set_time(a, v, "time", r->events[i].time_ns);
		list = json_push(a, list, v);
	}
	return list;
}

static struct json *measures_json(struct arena *a, const struct program *p,
	const struct eval_result *r)
{
	struct json *list = json_new_array(a);
	for (uint32_t i = 0; i < p->measure_count; i++) {
		const struct eval_measure *m = &r->measures[i];
		struct json *v = json_new_object(a);
		v = json_set_str(a, v, "id", p->measures[i].id);
		v = set_unit(a, v, "unit", &p->measures[i].unit);
		if (m->known && !isnan(m->value)) {
			v = set_number(a, v, "value", m->value);
			v = set_time(a, v, "time", m->time_ns);
		}
		list = json_push(a, list, v);
	}
	return list;
}

/* ---- verdict --------------------------------------------------------------------------------- */

static bool has_state(const struct program_criterion *criteria, const struct eval_outcome *outcomes,
	uint32_t count, enum criterion_role role, enum eval_state state)
{
	for (uint32_t i = 0; i < count; i++) {
		if (criteria[i].role == role && outcomes[i].state == state)
			return true;
	}
	return false;
}

static bool has_role(const struct program_criterion *criteria, uint32_t count,
	enum criterion_role role)
{
	for (uint32_t i = 0; i < count; i++) {
		if (criteria[i].role == role)
			return true;
	}
	return false;
}

/* Validity first: what an invalid run shows counts for nothing. A violated criterion of a run that
 * may be invalid, or to which the scenario may not apply, is no fail yet. */
enum verdict run_verdict(const struct program_criterion *criteria,
	const struct eval_outcome *outcomes, uint32_t count, bool lacks_signal)
{
	if (has_state(criteria, outcomes, count, CRITERION_VALID, EVAL_VIOLATED))
		return VERDICT_INVALID_RUN;
	if (has_state(criteria, outcomes, count, CRITERION_APPLIES, EVAL_VIOLATED))
		return VERDICT_NOT_APPLICABLE;
	if (has_state(criteria, outcomes, count, CRITERION_VALID, EVAL_UNKNOWN) ||
		has_state(criteria, outcomes, count, CRITERION_APPLIES, EVAL_UNKNOWN))
		return VERDICT_INCONCLUSIVE;
	if (has_state(criteria, outcomes, count, CRITERION_PASS, EVAL_VIOLATED))
		return VERDICT_FAIL;
	if (has_state(criteria, outcomes, count, CRITERION_PASS, EVAL_UNKNOWN) || lacks_signal ||
		!has_role(criteria, count, CRITERION_PASS))
		return VERDICT_INCONCLUSIVE;
	return VERDICT_PASS;
}

/* Each reason once, in the order of enum eval_why. */
static struct json *reasons_json(struct arena *a, const struct program *p,
	const struct eval_result *r, bool lacks_signal)
{
	struct json *list = json_new_array(a);
	bool nothing_judged = !has_role(p->criteria, p->criterion_count, CRITERION_PASS);
	for (int why = WHY_NONE + 1; why < WHY_COUNT; why++) {
		bool found = why == WHY_SIGNAL_MISSING && lacks_signal;
		for (uint32_t i = 0; i < p->criterion_count; i++)
			found = found || (r->criteria[i].state == EVAL_UNKNOWN &&
				(int)r->criteria[i].why == why);
		if (found)
			list = json_push(a, list,
				json_new_text(a, eval_why_name((enum eval_why)why)));
	}
	return nothing_judged ? json_push(a, list, json_new_text(a, "nothing-judged")) : list;
}

static bool lacks_signal(const struct program *p, const struct bound_signal *signals)
{
	for (uint32_t i = 0; i < p->signal_count; i++) {
		if (signals[i].absence != ABSENCE_NONE && !p->signals[i].optional)
			return true;
	}
	return false;
}

static struct json *run_json(struct arena *a, const struct evaluation_input *input,
	const struct evaluation_run *run, const struct bound_signal *signals,
	const struct eval_result *r)
{
	const struct program *p = input->program;
	bool lacks = lacks_signal(p, signals);
	enum verdict verdict = run_verdict(p->criteria, r->criteria, p->criterion_count, lacks);
	struct json *v = json_new_object(a);
	v = json_set_number(a, v, "run", run->number);
	v = json_set_text(a, v, "verdict", verdict_name(verdict));
	if (verdict == VERDICT_INCONCLUSIVE)
		v = json_set(a, v, "reasons", reasons_json(a, p, r, lacks));
	v = json_set(a, v, "files", files_json(a, run));
	v = json_set(a, v, "signals", signals_json(a, p, signals));
	v = json_set(a, v, "parameters", parameters_json(a, p, run->parameters));
	v = json_set_number(a, v, "gridTimes", (double)r->grid_count);
	v = set_time(a, v, "begin", r->begin_ns);
	v = set_time(a, v, "end", r->end_ns);
	v = json_set(a, v, "criteria", criteria_json(a, p, r));
	v = json_set(a, v, "events", events_json(a, p, r));
	return json_set(a, v, "measures", measures_json(a, p, r));
}

enum err_code evaluation_run(struct arena *a, struct arena *work,
	const struct evaluation_input *input, uint32_t run, struct json **ret, struct err *e)
{
	const struct program *p = input->program;
	const struct evaluation_run *r = &input->runs[run];
	struct bound_signal *bound;
	struct eval_result result;
	struct eval_input evaluated = { .parameters = r->parameters };
	CHECK(run < input->run_count);
	CHECK(r->file_count > 0);
	TRY(bind_run(work, input, r, &bound, e));
	struct eval_signal *signals = ARENA_ARRAY(work, struct eval_signal, p->signal_count);
	if (!signals)
		return err_set(e, ERR_TOO_LARGE, "signals of the run need too much memory");
	for (uint32_t i = 0; i < p->signal_count; i++)
		signals[i] = bound[i].signal;
	evaluated.signals = signals;
	TRY(eval_run(a, work, p, &evaluated, &result, e));
	struct json *v = run_json(a, input, r, bound, &result);
	if (!v)
		return err_set(e, ERR_TOO_LARGE, "run %u needs too much memory", r->number);
	if (input->plots)
		TRY(plot_run(a, work, input, bound, &evaluated, &result, v, e));
	*ret = v;
	return ERR_OK;
}
