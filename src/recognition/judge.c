/* judge.c - the checks of one result. */
#include "recognition/judge.h"

#include "base/limits.h"
#include "recognition/calendar.h"

/* ---- age ------------------------------------------------------------------------------------- */

int32_t judge_counts_until(int32_t tested_on, const struct agreement_age *age)
{
	CHECK(tested_on >= 0);
	return age->months > 0 ? calendar_months_later(tested_on, age->months)
			       : tested_on + (int32_t)age->days;
}

/* ---- what changed ---------------------------------------------------------------------------- */

static const struct agreement_same *terms_of(const struct agreement *g, struct str name)
{
	const struct agreement_same *rest = NULL;
	for (uint32_t i = 0; i < g->same_count; i++) {
		if (str_eq(g->same[i].component, name))
			return &g->same[i];
		if (str_is(g->same[i].component, "*"))
			rest = &g->same[i];
	}
	return rest;
}

static bool touches(const struct agreement_same *terms, const struct report_item *item)
{
	return !terms || terms->affects_all ||
		strings_find(terms->items, terms->item_count, item->item) != SIZE_MAX;
}

static void add_component(const struct agreement *g, struct judge_change *list, uint32_t *count,
	struct str name)
{
	const struct agreement_same *terms = terms_of(g, name);
	if (!terms || terms->rule != SAME_FREE)
		list[(*count)++] = (struct judge_change){ .name = name, .terms = terms };
}

/* Both lists are sorted by name: what stands in one only, or differs, has changed. */
static enum err_code compare_components(struct judge *j, struct arena *a, struct err *e)
{
	const struct configuration *asked = &j->in->request.configuration;
	const struct configuration *tested = &j->report->report.configuration;
	const struct agreement *g = j->in->plan->agreement;
	if (asked->fingerprint.len == 0 || str_eq(asked->fingerprint, tested->fingerprint))
		return ERR_OK;
	if (!asked->known || !tested->known) {
		j->configuration_unknown = true;
		return ERR_OK;
	}
	struct judge_change *list = ARENA_ARRAY(a, struct judge_change,
		(size_t)asked->component_count + tested->component_count);
	if (!list)
		return err_set(e, ERR_TOO_LARGE, "decision too large");
	uint32_t x = 0;
	uint32_t y = 0;
	while (x < asked->component_count || y < tested->component_count) {
		int order = x == asked->component_count ? 1
			: y == tested->component_count  ? -1
			: str_cmp(asked->components[x].name, tested->components[y].name);
		const struct component *one =
			order <= 0 ? &asked->components[x] : &tested->components[y];
		if (order != 0 || !digest_eq(&one->digest, &tested->components[y].digest))
			add_component(g, list, &j->component_count, one->name);
		x += order <= 0;
		y += order >= 0;
	}
	j->components = list;
	return ERR_OK;
}

static const struct agreement_same *exact_terms(const struct agreement *g, const char *name)
{
	for (uint32_t i = 0; i < g->same_count; i++) {
		if (str_is(g->same[i].component, name))
			return &g->same[i];
	}
	return NULL;
}

static void add_elements(struct judge *j, struct judge_change *list, const struct odd *of,
	const struct odd *without, const struct agreement_same *terms)
{
	const struct plan *p = j->in->plan;
	for (uint32_t i = 0; i < of->element_count; i++) {
		if (strings_find(without->elements, without->element_count, of->elements[i]) !=
			SIZE_MAX)
			continue;
		size_t at = strings_find(p->elements, p->element_count, of->elements[i]);
		list[j->element_count++] = (struct judge_change){ .name = of->elements[i],
			.terms = terms, .bit = at == SIZE_MAX ? 0 : UINT64_C(1) << at };
	}
}

static enum err_code compare_odd(struct judge *j, struct arena *a, struct err *e)
{
	const struct odd *asked = &j->in->request.odd;
	const struct odd *tested = &j->report->report.odd;
	const struct agreement *g = j->in->plan->agreement;
	const struct agreement_same *terms = exact_terms(g, "odd");
	const struct agreement_same *speed = exact_terms(g, "max-speed");
	bool exact = speed && speed->rule == SAME_EXACTLY;
	j->speed_terms = speed;
	if (asked->max_speed_mm_h > 0 && !(speed && speed->rule == SAME_FREE))
		j->speed_higher = asked->max_speed_mm_h > tested->max_speed_mm_h ||
			(exact && asked->max_speed_mm_h != tested->max_speed_mm_h);
	if (terms && terms->rule == SAME_FREE)
		return ERR_OK;
	struct judge_change *list = ARENA_ARRAY(a, struct judge_change,
		(size_t)asked->element_count + tested->element_count);
	if (!list)
		return err_set(e, ERR_TOO_LARGE, "decision too large");
	add_elements(j, list, asked, tested, terms);
	if (terms && terms->rule == SAME_EXACTLY)
		add_elements(j, list, tested, asked, terms);
	j->elements = list;
	return ERR_OK;
}

/* ---- the whole report ------------------------------------------------------------------------ */

static enum reason whole_report(const struct decide_input *in, const struct decide_report *r)
{
	if (r->standing == STANDING_WITHDRAWN)
		return REASON_REPORT_WITHDRAWN;
	if (r->standing == STANDING_SUSPENDED)
		return REASON_REPORT_SUSPENDED;
	if (r->valid_from > in->now + LIMIT_FUTURE_SKEW_S ||
		r->report.issued_on > china_day(in->now))
		return REASON_FROM_THE_FUTURE;
	if (r->valid_until < in->now)
		return REASON_REPORT_EXPIRED;
	if (!str_eq(r->report.applicant, in->request.applicant))
		return REASON_OTHER_APPLICANT;
	return REASON_COUNT;
}

enum err_code judge_open(struct judge *ret, struct arena *a, const struct decide_input *in,
	const struct decide_report *report, struct err *e)
{
	struct judge j = { .in = in, .report = report, .whole = whole_report(in, report) };
	TRY(compare_components(&j, a, e));
	TRY(compare_odd(&j, a, e));
	*ret = j;
	return ERR_OK;
}

/* ---- the lab --------------------------------------------------------------------------------- */

static bool certificate_accepted(const struct agreement *g, struct str type)
{
	for (uint32_t i = 0; i < g->certificate_count; i++) {
		if (str_eq(g->certificates[i], type))
			return true;
	}
	return false;
}

/* How far one accreditation carries: the later the reason stands here, the nearer it came. */
static const enum reason lab_reasons[] = { REASON_LAB_NOT_ACCREDITED, REASON_NOT_A_PARTY,
	REASON_LAB_OUT_OF_SCOPE, REASON_LAB_NOT_THEN, REASON_LAB_ACCREDITATION_WITHDRAWN,
	REASON_LAB_ACCREDITATION_SUSPENDED, REASON_COUNT };

static int lab_step(const struct judge *j, const struct decide_accreditation *one,
	const struct report_item *item)
{
	const struct agreement *g = j->in->plan->agreement;
	if (!str_eq(one->scope.lab, j->report->issuer) ||
		!certificate_accepted(g, one->scope.certificate_type))
		return 0;
	if (agreement_party(g, one->scope.authority) == AGREEMENT_PARTIES)
		return 1;
	if (!scope_lists(&one->scope, item->scheme, item->edition, item->item))
		return 2;
	if (!scope_valid_on(&one->scope, item->tested_on))
		return 3;
	return one->standing == STANDING_WITHDRAWN   ? 4
	       : one->standing == STANDING_SUSPENDED ? 5
						     : 6;
}

static enum reason judge_lab(const struct judge *j, const struct report_item *item)
{
	int furthest = 0;
	for (uint32_t i = 0; i < j->in->accreditation_count; i++) {
		int step = lab_step(j, &j->in->accreditations[i], item);
		furthest = step > furthest ? step : furthest;
	}
	return lab_reasons[furthest];
}

/* ---- the result ------------------------------------------------------------------------------ */

/* Standard, carry-over and edition: Art. 13(3). Add-on items follow the destination instead. */
static enum reason judge_standard(const struct judge *j, const struct plan_row *row,
	const struct report_item *item)
{
	const struct plan *p = j->in->plan;
	if (row && row->add_on)
		return REASON_COUNT;
	if (!p->agreement->levels[item->level])
		return REASON_NOT_NATIONAL;
	if (!row || !row->carried)
		return REASON_NOT_IN_AGREEMENT;
	const struct scheme *s = plan_accepted(p, item->scheme, item->edition);
	if (!s)
		return REASON_EDITION_NOT_ACCEPTED;
	bool named = s->standard_code.len == 0 || (str_eq(s->standard_code, item->standard) &&
		str_eq(s->edition, item->standard_edition));
	return named ? REASON_COUNT : REASON_EDITION_NOT_ACCEPTED;
}

/* Runs that the scheme asks for; an add-on item asks for one. */
static uint32_t runs_needed(const struct judge *j, const struct plan_row *row,
	const struct report_item *item)
{
	if (row->add_on)
		return 1;
	const struct scheme_item *of = row->of;
	if (!str_eq(row->of_scheme->edition, item->edition)) {
		const struct scheme *s = plan_accepted(j->in->plan, item->scheme, item->edition);
		of = s ? scheme_item(s, item->item) : NULL;
	}
	return of && of->runs > 0 ? of->runs : 1;
}

/* An element that the agreement maps to items touches those; any other touches every item. */
static bool element_matters(const struct plan *p, const struct plan_row *row, uint64_t bit)
{
	uint64_t narrow = row->add_on ? row->needed_by | p->mapped : p->mapped;
	return (narrow & bit) == 0 || (row->needed_by & bit) != 0;
}

static enum reason judge_change(const struct judge *j, const struct plan_row *row,
	const struct report_item *item, struct str *ret_changed)
{
	if (j->configuration_unknown)
		return REASON_CONFIGURATION_UNKNOWN;
	for (uint32_t i = 0; i < j->component_count; i++) {
		if (touches(j->components[i].terms, item)) {
			*ret_changed = j->components[i].name;
			return REASON_CONFIGURATION_CHANGED;
		}
	}
	for (uint32_t i = 0; i < j->element_count; i++) {
		const struct judge_change *el = &j->elements[i];
		if (element_matters(j->in->plan, row, el->bit) && touches(el->terms, item)) {
			*ret_changed = el->name;
			return REASON_ODD_WIDER;
		}
	}
	if (j->speed_higher && touches(j->speed_terms, item))
		return REASON_SPEED_HIGHER;
	if (j->component_count == 0)
		return REASON_SAME_CONFIGURATION;
	*ret_changed = j->components[0].name;
	return REASON_CHANGE_WITHOUT_EFFECT;
}

struct judgement judge_result(const struct judge *j, const struct plan_row *row,
	const struct report_item *item)
{
	struct judgement out = { .reason = j->whole, .report = j->report, .result = item };
	if (out.reason != REASON_COUNT)
		return out;
	out.reason = REASON_FROM_THE_FUTURE;
	if (item->tested_on > china_day(j->in->now))
		return out;
	out.reason = judge_lab(j, item);
	if (out.reason != REASON_COUNT)
		return out;
	out.reason = judge_standard(j, row, item);
	if (out.reason != REASON_COUNT)
		return out;
	enum reason change = judge_change(j, row, item, &out.changed);
	out.same_footing = reason_row(change)->outcome == OUTCOME_RECOGNISED;
	out.reason = REASON_VERDICT_NOT_PASS;
	if (item->verdict != VERDICT_PASS)
		return out;
	out.reason = REASON_TOO_FEW_RUNS;
	out.needed = runs_needed(j, row, item);
	if (item->pass_count < out.needed || item->pass_count < item->run_count)
		return out;
	if (row->age) {
		out.counts_until = judge_counts_until(item->tested_on, row->age);
		out.reason = REASON_TOO_OLD;
		if (china_day(j->in->now) > out.counts_until)
			return out;
	}
	out.reason = change;
	return out;
}
