/* decide.c - the decision, item by item.
 *
 * Way:     each result of each report is judged on its own (judge.h), each row keeps its best
 *          result and its newest failed one; then the rows are settled: scheme and add-on items
 *          first, general items from them; last the documents and what comes next.
 */
#include "recognition/decide.h"

#include <stdlib.h>
#include <string.h>

#include "recognition/judge.h"

static const struct reason_row reason_rows[REASON_COUNT] = {
#define X(constant, word, outcome, section) \
	[REASON_##constant] = { word, OUTCOME_##outcome, SECTION_##section },
	DECIDE_REASONS(X)
#undef X
};
static const char *const standing_names[STANDING_COUNT] = { "valid", "suspended", "withdrawn" };
static const char *const outcome_names[OUTCOME_COUNT] = {
	"recognised", "covered", "retest", "add-on", "refused"};
static const char *const document_state_names[DOCUMENT_STATE_COUNT] = { "handed-in", "missing",
	"expired" };
static const char *const next_names[NEXT_COUNT] = { "nothing", "tests", "documents", "confirm",
	"confirm-simplified", "start-after-filing", "start-with-origin-plate" };

const struct reason_row *reason_row(enum reason r)
{
	CHECK(r < REASON_COUNT);
	return &reason_rows[r];
}

const char *standing_name(enum standing s)
{
	CHECK(s < STANDING_COUNT);
	return standing_names[s];
}

const char *outcome_name(enum outcome o)
{
	CHECK(o < OUTCOME_COUNT);
	return outcome_names[o];
}

const char *document_state_name(enum document_state s)
{
	CHECK(s < DOCUMENT_STATE_COUNT);
	return document_state_names[s];
}

const char *next_step_name(enum next_step n)
{
	CHECK(n < NEXT_COUNT);
	return next_names[n];
}

enum err_code standing_parse(struct str text, enum standing *ret, struct err *e)
{
	for (int s = 0; s < STANDING_COUNT; s++) {
		if (str_is(text, standing_names[s])) {
			*ret = (enum standing)s;
			return ERR_OK;
		}
	}
	return err_set(e, ERR_INVALID, "unknown standing of a statement");
}

/* What is known of one row while the results are gone through. */
struct slot {
	struct judgement best;         /* of all others */
	struct judgement failed;       /* newest result on the same footing that did not pass */
};
struct extra {                         /* results for items that the agreement does not know */
	struct str scheme, item;
	struct judgement judgement;
};
struct work {
	struct arena *a;
	const struct decide_input *in;
	const struct plan *plan;
	struct decision *d;
	struct slot *slots;
	uint32_t *row_of;              /* plan row -> decision row, UINT32_MAX: none */
	struct extra *extras;
	uint32_t extra_count;
	uint32_t party;                /* of the destination */
	uint64_t request_bits;
	bool void_agreement;
	enum reason void_reason;
	struct err *e;
};

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "decision too large");
}

/* ---- gathering ------------------------------------------------------------------------------- */

static int rank(const struct judgement *j)
{
	switch (reason_row(j->reason)->outcome) {
	case OUTCOME_RECOGNISED:
		return 3;
	case OUTCOME_RETEST:
		return 2;
	case OUTCOME_COVERED:
	case OUTCOME_ADD_ON:
	case OUTCOME_REFUSED:
	case OUTCOME_COUNT:
		break;
	}
	return 1;
}

/* A total order, so that the order of the reports does not matter. */
static bool better(const struct judgement *x, const struct judgement *y)
{
	if (!y->result)
		return true;
	if (rank(x) != rank(y))
		return rank(x) > rank(y);
	if (x->result->tested_on != y->result->tested_on)
		return x->result->tested_on > y->result->tested_on;
	int order = str_cmp(x->report->id, y->report->id);
	return order ? order < 0 : str_cmp(x->result->edition, y->result->edition) > 0;
}

static void keep(struct slot *slot, const struct judgement *j)
{
	bool failed = j->reason == REASON_VERDICT_NOT_PASS && j->same_footing;
	struct judgement *into = failed ? &slot->failed : &slot->best;
	if (better(j, into))
		*into = *j;
}

static const struct plan_row *row_for(const struct work *w, const struct report_item *item,
	uint32_t *ret_index)
{
	uint32_t index = plan_find(w->plan, item->scheme, item->item);
	if (index == UINT32_MAX)
		return NULL;
	const struct plan_row *row = &w->plan->rows[index];
	if (row->add_on && row->add_on->party != w->party)
		return NULL; /* what the other side prescribes means nothing here */
	*ret_index = index;
	return row;
}

static enum err_code gather(struct work *w)
{
	const struct decide_input *in = w->in;
	size_t results = 0;
	for (uint32_t i = 0; i < in->report_count; i++)
		results += in->reports[i].report.item_count;
	w->slots = ARENA_ARRAY(w->a, struct slot, w->plan->row_count);
	w->extras = ARENA_ARRAY(w->a, struct extra, results);
	if (!w->slots || !w->extras)
		return full(w->e);
	for (uint32_t i = 0; i < in->report_count; i++) {
		struct judge judge;
		TRY(judge_open(&judge, w->a, in, &in->reports[i], w->e));
		for (uint32_t k = 0; k < in->reports[i].report.item_count; k++) {
			const struct report_item *item = &in->reports[i].report.items[k];
			uint32_t index = 0;
			const struct plan_row *row = row_for(w, item, &index);
			struct judgement j = judge_result(&judge, row, item);
			if (row)
				keep(&w->slots[index], &j);
			else
				w->extras[w->extra_count++] =
					(struct extra){item->scheme, item->item, j};
		}
	}
	return ERR_OK;
}

/* ---- settling -------------------------------------------------------------------------------- */

static void settle(struct decision_row *row, const struct judgement *j)
{
	row->reason = j->reason;
	row->report = j->report;
	row->result = j->result;
	row->changed = j->changed;
	row->counts_until = j->counts_until;
	row->needed = j->needed;
}

/* The result a row rests on: a newer failed test on the same footing outdoes an older pass. */
static const struct judgement *choice(const struct slot *slot)
{
	if (!slot->failed.result)
		return slot->best.result ? &slot->best : NULL;
	if (!slot->best.result || slot->failed.result->tested_on >= slot->best.result->tested_on)
		return &slot->failed;
	return &slot->best;
}

static bool is_required(const struct work *w, const struct plan_row *row)
{
	return row->always || (row->needed_by & w->request_bits);
}

static void settle_add_on(struct decision_row *row)
{
	enum reason found = row->reason;
	if (!row->result) {
		row->reason = REASON_ADD_ON_NEEDED;
	} else if (reason_row(found)->outcome == OUTCOME_RECOGNISED) {
		row->reason = REASON_ADD_ON_TESTED;
	} else {
		row->because = found;
		row->reason = REASON_ADD_ON_NOT_ACCEPTED;
	}
}

/* Adds the row of a plan row, unless nobody asked for the item and nobody tested it. */
static void put_row(struct work *w, uint32_t index)
{
	const struct plan_row *plan = &w->plan->rows[index];
	const struct judgement *j = choice(&w->slots[index]);
	bool required = is_required(w, plan);
	w->row_of[index] = UINT32_MAX;
	if ((plan->add_on && plan->add_on->party != w->party) || (!required && !j))
		return;
	struct decision_row *row = &w->d->rows[w->d->row_count];
	w->row_of[index] = w->d->row_count++;
	row->scheme = plan->scheme;
	row->item = plan->item;
	row->plan = plan;
	row->required = required;
	row->reason = REASON_NOT_TESTED;
	if (j)
		settle(row, j);
	if (plan->add_on)
		settle_add_on(row);
}

static int by_key(const void *a, const void *b)
{
	const struct extra *x = a;
	const struct extra *y = b;
	int order = str_cmp(x->scheme, y->scheme);
	if (order == 0)
		order = str_cmp(x->item, y->item);
	if (order == 0 &&
		better(&x->judgement, &y->judgement) != better(&y->judgement, &x->judgement))
		return better(&x->judgement, &y->judgement) ? -1 : 1;
	return order;
}

/* Unknown items: the best result of each, sorted by scheme and item. */
static void put_extras(struct work *w)
{
	qsort(w->extras, w->extra_count, sizeof(*w->extras), by_key);
	for (uint32_t i = 0; i < w->extra_count; i++) {
		const struct extra *x = &w->extras[i];
		if (i > 0 && str_eq(x->scheme, x[-1].scheme) && str_eq(x->item, x[-1].item))
			continue;
		struct decision_row *row = &w->d->rows[w->d->row_count++];
		row->scheme = x->scheme;
		row->item = x->item;
		settle(row, &x->judgement);
	}
}

static const struct decision_row *cover_row(const struct work *w, const struct plan_row *plan,
	uint32_t i)
{
	uint32_t at = w->row_of[plan->covers[i]];
	return at == UINT32_MAX ? NULL : &w->d->rows[at];
}

/* A general item without a usable result of its own: what do the items that stand for it say? */
static enum err_code settle_general(struct work *w, struct decision_row *row)
{
	const struct plan_row *plan = row->plan;
	struct str *covers = ARENA_ARRAY(w->a, struct str, plan->cover_count);
	struct str *blockers = ARENA_ARRAY(w->a, struct str, plan->cover_count);
	if (!covers || !blockers)
		return full(w->e);
	row->covers = covers;
	row->blockers = blockers;
	for (uint32_t i = 0; i < plan->cover_count; i++) {
		const struct decision_row *of = cover_row(w, plan, i);
		if (of && reason_row(of->reason)->outcome == OUTCOME_RECOGNISED)
			covers[row->cover_count++] = of->item;
		else if (of && of->required)
			blockers[row->blocker_count++] = of->item;
	}
	if (plan->cover_count > 0) { /* a result of its own that cannot be used counts no more */
		row->report = NULL;
		row->result = NULL;
	}
	if (row->cover_count > 0) {
		row->reason = row->blocker_count > 0 ? REASON_PARTLY_COVERED
						     : REASON_COVERED_BY_ITEMS;
		return ERR_OK;
	}
	if (plan->cover_count == 0) {
		if (!row->result)
			row->reason = REASON_NOTHING_COVERS;
		return ERR_OK; /* else the reason why its own result cannot be used */
	}
	row->to_test =
		row->blocker_count == 0; /* no item row stands for it on the rest-test list */
	for (uint32_t i = 0; row->to_test && i < plan->cover_count; i++)
		blockers[row->blocker_count++] = w->plan->rows[plan->covers[i]].item;
	row->reason = REASON_GENERAL_NOT_TESTED;
	return ERR_OK;
}

static enum err_code put_rows(struct work *w)
{
	w->d->rows = ARENA_ARRAY(w->a, struct decision_row, w->plan->row_count + w->extra_count);
	w->row_of = ARENA_ARRAY(w->a, uint32_t, w->plan->row_count);
	if (!w->d->rows || !w->row_of)
		return full(w->e);
	for (uint32_t i = 0; i < w->plan->row_count; i++)
		put_row(w, i);
	put_extras(w);
	for (uint32_t i = 0; i < w->d->row_count; i++) {
		struct decision_row *row = &w->d->rows[i];
		bool open = row->plan && row->plan->general &&
			reason_row(row->reason)->outcome != OUTCOME_RECOGNISED;
		if (open)
			TRY(settle_general(w, row));
	}
	return ERR_OK;
}

static void settle_outcomes(struct work *w)
{
	for (uint32_t i = 0; i < w->d->row_count; i++) {
		struct decision_row *row = &w->d->rows[i];
		if (w->void_agreement)
			row->reason = w->void_reason;
		row->outcome = reason_row(row->reason)->outcome;
		bool open = row->outcome != OUTCOME_RECOGNISED && row->outcome != OUTCOME_COVERED;
		bool through_items = row->plan && row->plan->general && row->plan->cover_count > 0;
		if (row->required && open && !through_items)
			row->to_test = true;
		w->d->counts[row->outcome]++;
		w->d->open_count += row->to_test;
	}
}

/* ---- documents and the way on ---------------------------------------------------------------- */

static uint32_t added_vins(const struct decide_input *in)
{
	uint32_t added = 0;
	for (uint32_t i = 0; i < in->request.vin_count; i++) {
		bool known = false;
		for (uint32_t k = 0; k < in->report_count && !known; k++)
			known = strings_find(in->reports[k].report.vins,
				in->reports[k].report.vin_count, in->request.vins[i]) != SIZE_MAX;
		added += !known;
	}
	return added;
}

static bool needs_add_on_report(const struct work *w, bool *ret_all_tested)
{
	bool needed = false;
	*ret_all_tested = true;
	for (uint32_t i = 0; i < w->d->row_count; i++) {
		const struct decision_row *row = &w->d->rows[i];
		if (!row->plan || !row->plan->add_on || !row->required)
			continue;
		needed = true;
		*ret_all_tested = *ret_all_tested && row->outcome == OUTCOME_RECOGNISED;
	}
	return needed;
}

static enum document_state state_of(const struct work *w, const struct agreement_document *of,
	const struct decide_document **ret_handed_in)
{
	const struct decide_request *request = &w->in->request;
	const struct decide_document *found = NULL;
	for (uint32_t i = 0; i < request->document_count; i++) {
		const struct decide_document *one = &request->documents[i];
		if (str_eq(one->document, of->document) &&
			(!found || one->valid_until > found->valid_until))
			found = one;
	}
	*ret_handed_in = found;
	if (!found)
		return DOCUMENT_MISSING;
	if (of->dated && found->valid_until == INT32_MAX)
		return DOCUMENT_MISSING; /* without its date it proves nothing */
	return found->valid_until < china_day(w->in->now) ? DOCUMENT_EXPIRED : DOCUMENT_HANDED_IN;
}

static enum err_code put_documents(struct work *w)
{
	const struct agreement *g = w->plan->agreement;
	struct decision *d = w->d;
	bool tested;
	bool add_on = needs_add_on_report(w, &tested);
	d->documents = ARENA_ARRAY(w->a, struct decision_document, g->document_count);
	if (!d->documents)
		return full(w->e);
	for (uint32_t i = 0; i < g->document_count && !w->void_agreement; i++) {
		const struct agreement_document *of = &g->documents[i];
		bool for_add_on = str_is(of->when, "add-on-items");
		if (!of->at[g->strength] || (for_add_on && !add_on) ||
			(str_is(of->when, "added-vehicles") && d->added_vins == 0))
			continue;
		struct decision_document *put = &d->documents[d->document_count++];
		put->of = of;
		put->state = state_of(w, of, &put->handed_in);
		if (for_add_on) /* not a paper: the results themselves */
			put->state = tested ? DOCUMENT_HANDED_IN : DOCUMENT_MISSING;
		d->documents_open += put->state != DOCUMENT_HANDED_IN;
	}
	return ERR_OK;
}

static enum next_step next_of(const struct work *w)
{
	static const enum next_step ends[STRENGTH_COUNT] = {
		[STRENGTH_ITEM_RESULTS] = NEXT_CONFIRM,
		[STRENGTH_SIMPLIFIED] = NEXT_CONFIRM_SIMPLIFIED,
		[STRENGTH_FILE_AND_GO] = NEXT_START_AFTER_FILING,
		[STRENGTH_PLATE] = NEXT_START_WITH_ORIGIN_PLATE };
	if (w->void_agreement)
		return NEXT_NOTHING;
	if (w->d->open_count > 0)
		return NEXT_TESTS;
	return w->d->documents_open > 0 ? NEXT_DOCUMENTS : ends[w->plan->agreement->strength];
}

static enum err_code check_fingerprints(const struct decide_input *in, struct err *e)
{
	for (uint32_t i = 1; i < in->report_count && in->request.configuration.fingerprint.len == 0;
		i++) {
		if (!str_eq(in->reports[i].report.configuration.fingerprint,
			    in->reports[0].report.configuration.fingerprint))
			return err_set(e, ERR_INVALID,
				"the reports are of different configurations: "
				"the request must say which one (\"fingerprint\")");
	}
	return ERR_OK;
}

enum err_code decide(struct arena *a, const struct decide_input *in, struct decision *ret,
	struct err *e)
{
	CHECK(in->plan != NULL);
	const struct agreement *g = in->plan->agreement;
	struct decision d = { 0 };
	uint32_t unknown;
	struct work w = { .a = a, .in = in, .plan = in->plan, .d = &d, .e = e,
		.party = agreement_party(g, in->destination),
		.request_bits = plan_elements(in->plan, in->request.odd.elements,
			in->request.odd.element_count, &unknown) };
	TRY(check_fingerprints(in, e));
	if (w.party == AGREEMENT_PARTIES) {
		w.void_agreement = true;
		w.void_reason = REASON_NOT_A_PARTY;
	} else if (in->agreement_standing != STANDING_VALID || !agreement_in_force(g, in->now)) {
		w.void_agreement = true;
		w.void_reason = REASON_AGREEMENT_NOT_IN_FORCE;
	}
	TRY(gather(&w));
	TRY(put_rows(&w));
	settle_outcomes(&w);
	d.added_vins = added_vins(in);
	TRY(put_documents(&w));
	d.next = next_of(&w);
	*ret = d;
	return ERR_OK;
}
