/* decision.c - decisions as JSON. */
#include "recognition/decision.h"

#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/instant.h"
#include "base/scoped.h"

#define REFS_MAX 128
#define CITED_MAX 64
#define DATE_CHARACTERS 10

struct writer {
	struct arena *a;
	const struct decide_input *in;
	const struct agreement *g;
	const struct rules *rules;
	struct str cited[2][CITED_MAX];        /* clauses of the agreement, and of the law */
	uint32_t cited_count[2];
	const char *missing;                   /* a word the rules lack */
};
enum { CITED_AGREEMENT, CITED_RULE };
enum language { CHINESE, ENGLISH };

static struct str date_text(struct arena *a, int32_t day)
{
	char text[INSTANT_TEXT_BYTES];
	instant_format((int64_t)day * 86400, text);
	return str_copy(a, (struct str){ text, DATE_CHARACTERS });
}

static void cite(struct writer *w, int which, struct str id)
{
	for (uint32_t i = 0; i < w->cited_count[which]; i++) {
		if (str_eq(w->cited[which][i], id))
			return;
	}
	if (w->cited_count[which] < CITED_MAX)
		w->cited[which][w->cited_count[which]++] = id;
}

/* ---- texts ----------------------------------------------------------------------------------- */

static struct str word_text(struct writer *w, const char *list, struct str id, enum language l)
{
	const struct worded *word = rules_word(w->rules, list, id);
	if (!word)
		return id;
	return l == CHINESE ? word->text.zh : word->text.en;
}

static struct str joined(struct writer *w, const struct str *items, uint32_t count, enum language l)
{
	SCOPED_BUF b;
	buf_init(&b, 65536);
	for (uint32_t i = 0; i < count; i++) {
		if (i > 0)
			buf_put_text(&b, l == CHINESE ? "、" : ", ");
		buf_put_str(&b, items[i]);
	}
	return str_copy(w->a, buf_str(&b));
}

static void put_text(struct writer *w, struct buf *b, const struct decision_row *row,
	struct str template, enum language l, int depth);

/* The reason inside another one. */
static struct str because_text(struct writer *w, const struct decision_row *row, enum language l)
{
	SCOPED_BUF b;
	const struct worded *word =
		rules_word(w->rules, "reasons", str_of(reason_row(row->because)->word));
	buf_init(&b, 65536);
	if (word)
		put_text(w, &b, row, l == CHINESE ? word->text.zh : word->text.en, l, 1);
	return str_copy(w->a, buf_str(&b));
}

static struct str parameter(struct writer *w, const struct decision_row *row, struct str name,
	enum language l, int depth)
{
	const struct report_item *item = row->result;
	if (str_is(name, "covers"))
		return joined(w, row->covers, row->cover_count, l);
	if (str_is(name, "blockers"))
		return joined(w, row->blockers, row->blocker_count, l);
	if (str_is(name, "changed"))
		return word_text(w, "elements", row->changed, l);
	if (str_is(name, "because") && depth == 0)
		return because_text(w, row, l);
	if (str_is(name, "countsUntil"))
		return date_text(w->a, row->counts_until);
	if (str_is(name, "needed"))
		return str_printf(w->a, "%u", row->needed);
	if (!item)
		return STR("-");
	if (str_is(name, "testedOn"))
		return date_text(w->a, item->tested_on);
	if (str_is(name, "standard"))
		return str_printf(w->a, STR_FMT "-" STR_FMT, STR_ARG(item->standard),
			STR_ARG(item->standard_edition));
	if (str_is(name, "level"))
		return word_text(w, "levels", str_of(standard_level_name(item->level)), l);
	if (str_is(name, "verdict"))
		return word_text(w, "verdicts", str_of(verdict_name(item->verdict)), l);
	return str_printf(w->a, "%u", str_is(name, "passed") ? item->pass_count : item->run_count);
}

static void put_text(struct writer *w, struct buf *b, const struct decision_row *row,
	struct str template, enum language l, int depth)
{
	while (template.at) {
		buf_put_str(b, str_cut(&template, '{'));
		if (template.at)
			buf_put_str(b, parameter(w, row, str_cut(&template, '}'), l, depth));
	}
}

static struct str reason_text(struct writer *w, const struct decision_row *row,
	const struct worded *word, enum language l)
{
	SCOPED_BUF b;
	buf_init(&b, 262144);
	put_text(w, &b, row, l == CHINESE ? word->text.zh : word->text.en, l, 0);
	return b.overflow ? (struct str){ NULL, 0 } : str_copy(w->a, buf_str(&b));
}

/* ---- rows ------------------------------------------------------------------------------------ */

static struct json *strings_json(struct arena *a, const struct str *items, uint32_t count)
{
	struct json *v = json_new_array(a);
	for (uint32_t i = 0; i < count; i++)
		v = json_push(a, v, json_new_str(a, items[i]));
	return v;
}

static struct json *put_result(struct writer *w, struct json *v, const struct decision_row *row)
{
	struct arena *a = w->a;
	const struct report_item *item = row->result;
	struct json *standard = json_new_object(a);
	standard = json_set_str(a, standard, "code", item->standard);
	standard = json_set_str(a, standard, "edition", item->standard_edition);
	standard = json_set_text(a, standard, "level", standard_level_name(item->level));
	v = json_set(a, v, "standard", standard);
	v = json_set_str(a, v, "edition", item->edition);
	v = json_set_str(a, v, "testedOn", date_text(a, item->tested_on));
	v = json_set_str(a, v, "report", row->report->id);
	return json_set_str(a, v, "reportNumber", row->report->report.number);
}

static struct json *put_parameters(struct writer *w, struct json *v, const struct decision_row *row)
{
	struct arena *a = w->a;
	if (row->changed.len > 0)
		v = json_set_str(a, v, "changed", row->changed);
	if (row->counts_until > 0)
		v = json_set_str(a, v, "countsUntil", date_text(a, row->counts_until));
	if (row->reason == REASON_ADD_ON_NOT_ACCEPTED)
		v = json_set_text(a, v, "because", reason_row(row->because)->word);
	if (row->cover_count > 0)
		v = json_set(a, v, "covers", strings_json(a, row->covers, row->cover_count));
	if (row->blocker_count > 0)
		v = json_set(a, v, "blockers", strings_json(a, row->blockers, row->blocker_count));
	return v;
}

static struct json *row_json(struct writer *w, const struct decision_row *row)
{
	struct arena *a = w->a;
	const struct reason_row *why = reason_row(row->reason);
	const struct worded *word = rules_word(w->rules, "reasons", str_of(why->word));
	struct str clause = w->g->clauses[why->section];
	if (!word) {
		w->missing = why->word;
		return NULL;
	}
	cite(w, CITED_AGREEMENT, clause);
	cite(w, CITED_RULE, word->rule);
	struct text_pair text = {
		reason_text(w, row, word, CHINESE), reason_text(w, row, word, ENGLISH)};
	struct json *v = json_new_object(a);
	v = json_set_str(a, v, "scheme", row->scheme);
	v = json_set_str(a, v, "item", row->item);
	if (row->plan)
		v = json_set(a, v, "title", text_pair_json(a,
			row->plan->add_on ? &row->plan->add_on->title : &row->plan->of->title));
	v = json_set_text(a, v, "outcome", outcome_name(row->outcome));
	v = json_set_text(a, v, "reason", why->word);
	v = json_set(a, v, "text", text_pair_json(a, &text));
	v = json_set_str(a, v, "agreementClause", clause);
	v = json_set_str(a, v, "ruleClause", word->rule);
	v = json_set(a, v, "required", json_new_bool(a, row->required));
	v = json_set(a, v, "toTest", json_new_bool(a, row->to_test));
	if (row->plan && row->plan->general)
		v = json_set(a, v, "general", json_new_bool(a, true));
	if (row->result)
		v = put_result(w, v, row);
	return put_parameters(w, v, row);
}

static struct json *document_json(struct writer *w, const struct decision_document *d)
{
	struct arena *a = w->a;
	const struct worded *word = rules_word(w->rules, "documents", d->of->document);
	struct str clause = w->g->clauses[SECTION_DOCUMENTS];
	struct json *v = json_new_object(a);
	v = json_set_str(a, v, "document", d->of->document);
	v = json_set_text(a, v, "state", document_state_name(d->state));
	v = json_set_str(a, v, "agreementClause", clause);
	cite(w, CITED_AGREEMENT, clause);
	if (word) {
		v = json_set(a, v, "title", text_pair_json(a, &word->text));
		v = json_set_str(a, v, "ruleClause", word->rule);
		cite(w, CITED_RULE, word->rule);
	}
	if (d->handed_in && d->handed_in->valid_until != INT32_MAX)
		v = json_set_str(a, v, "validUntil", date_text(a, d->handed_in->valid_until));
	if (d->handed_in && d->handed_in->digest.len > 0)
		v = json_set_str(a, v, "digest", d->handed_in->digest);
	return v;
}

static struct json *summary_json(struct writer *w, const struct decision *d)
{
	struct arena *a = w->a;
	struct json *counts = json_new_object(a);
	struct json *v = json_new_object(a);
	const char *next = next_step_name(d->next);
	const struct worded *word = rules_word(w->rules, "next", str_of(next));
	if (!word) {
		w->missing = next;
		return NULL;
	}
	for (int o = 0; o < OUTCOME_COUNT; o++)
		counts = json_set_number(a, counts, outcome_name((enum outcome)o), d->counts[o]);
	v = json_set(a, v, "counts", counts);
	v = json_set_number(a, v, "open", d->open_count);
	v = json_set_number(a, v, "documentsOpen", d->documents_open);
	v = json_set_number(a, v, "addedVehicles", d->added_vins);
	v = json_set_text(a, v, "strength", strength_name(w->g->strength));
	v = json_set_str(a, v, "agreementClause", w->g->clauses[SECTION_STRENGTH]);
	cite(w, CITED_AGREEMENT, w->g->clauses[SECTION_STRENGTH]);
	v = json_set_text(a, v, "next", next);
	v = json_set(a, v, "text", text_pair_json(a, &word->text));
	if (word->rule.len > 0) {
		v = json_set_str(a, v, "ruleClause", word->rule);
		cite(w, CITED_RULE, word->rule);
	}
	return v;
}

/* The clauses cited, in the order they were cited first. */
static struct json *clauses_json(struct writer *w)
{
	struct arena *a = w->a;
	struct json *agreement = json_new_array(a);
	struct json *rule = json_new_array(a);
	for (uint32_t i = 0; i < w->cited_count[CITED_AGREEMENT]; i++) {
		struct text_pair text = agreement_clause_text(w->g, w->cited[CITED_AGREEMENT][i]);
		struct json *v = json_new_object(a);
		v = json_set_str(a, v, "id", w->cited[CITED_AGREEMENT][i]);
		agreement =
			json_push(a, agreement, json_set(a, v, "text", text_pair_json(a, &text)));
	}
	for (uint32_t i = 0; i < w->cited_count[CITED_RULE]; i++) {
		const struct clause *c = rules_clause(w->rules, w->cited[CITED_RULE][i]);
		struct json *v = json_set_str(a, json_new_object(a), "id", w->cited[CITED_RULE][i]);
		if (c) {
			v = json_set(a, v, "title", text_pair_json(a, &c->title));
			v = json_set(a, v, "text", text_pair_json(a, &c->text));
		}
		rule = json_push(a, rule, v);
	}
	struct json *both = json_set(a, json_new_object(a), "agreement", agreement);
	return json_set(a, both, "rule", rule);
}

enum err_code decide_to_json(struct arena *a, const struct decide_input *in,
	const struct decision *d, struct json **ret, struct err *e)
{
	CHECK(in->rules != NULL);
	struct writer w = { .a = a, .in = in, .g = in->plan->agreement, .rules = in->rules };
	struct json *items = json_new_array(a);
	struct json *documents = json_new_array(a);
	for (uint32_t i = 0; i < d->row_count; i++)
		items = json_push(a, items, row_json(&w, &d->rows[i]));
	for (uint32_t i = 0; i < d->document_count; i++)
		documents = json_push(a, documents, document_json(&w, &d->documents[i]));
	struct json *v = json_set(a, json_new_object(a), "items", items);
	v = json_set(a, v, "documents", documents);
	v = json_set(a, v, "summary", summary_json(&w, d));
	v = json_set(a, v, "clauses", clauses_json(&w));
	if (w.missing)
		return err_set(e, ERR_INVALID, "the rules lack the word \"%s\"", w.missing);
	if (!v)
		return err_set(e, ERR_TOO_LARGE, "decision too large");
	*ret = v;
	return ERR_OK;
}

/* ---- the subject ----------------------------------------------------------------------------- */

static struct json *ref_json(struct arena *a, struct str id, const struct digest *d)
{
	struct json *v = json_set_str(a, json_new_object(a), "id", id);
	return json_set_str(a, v, "digest", base64url_new(a, d->at, DIGEST_BYTES));
}

static struct json *statement_ref(struct arena *a, struct str id, const struct digest *d,
	enum standing standing)
{
	return json_set_text(a, ref_json(a, id, d), "standing", standing_name(standing));
}

static struct json *inputs_json(struct arena *a, const struct decide_input *in)
{
	struct json *v = json_new_object(a);
	struct json *reports = json_new_array(a);
	struct json *accreditations = json_new_array(a);
	struct json *schemes = json_new_array(a);
	char time[INSTANT_TEXT_BYTES];
	instant_format(in->now, time);
	for (uint32_t i = 0; i < in->report_count; i++)
		reports = json_push(a, reports, statement_ref(a, in->reports[i].id,
			&in->reports[i].digest, in->reports[i].standing));
	for (uint32_t i = 0; i < in->accreditation_count; i++)
		accreditations = json_push(a, accreditations,
			statement_ref(a, in->accreditations[i].scope.id,
				&in->accreditations[i].digest, in->accreditations[i].standing));
	for (uint32_t i = 0; i < in->plan->scheme_count; i++) {
		const struct scheme *s = in->plan->schemes[i];
		schemes = json_push(a, schemes,
			json_set_str(a, ref_json(a, s->id, &s->digest), "edition", s->edition));
	}
	const struct rules_file *clauses = rules_clauses_file(in->rules);
	struct json *words = clauses ? json_set_str(a, json_new_object(a), "digest",
		base64url_new(a, clauses->digest.at, DIGEST_BYTES)) : NULL;
	v = json_set_str(a, v, "time", str_copy(a, str_of(time)));
	v = json_set(a, v, "agreement", statement_ref(a, in->plan->agreement->id,
		&in->agreement_digest, in->agreement_standing));
	v = json_set(a, v, "reports", reports);
	v = json_set(a, v, "accreditations", accreditations);
	v = json_set(a, v, "schemes", schemes);
	return json_set(a, v, "clauses", words);
}

enum err_code decision_subject(
	struct arena *a, const struct decision_material *m, struct json **ret, struct err *e)
{
	struct decide_input in;
	struct decision d;
	struct json *outcome;
	TRY(decision_prepare(a, m, &in, e));
	TRY(decide(a, &in, &d, e));
	TRY(decide_to_json(a, &in, &d, &outcome, e));
	struct json *v = json_set_str(a, json_new_object(a), "id", in.request.applicant);
	v = json_set_text(a, v, "type", "RecognitionDecision");
	v = json_set_str(a, v, "destination", in.destination);
	v = json_set(a, v, "request", json_copy(a, m->request));
	v = json_set(a, v, "inputs", inputs_json(a, &in));
	v = json_set(a, v, "outcome", outcome);
	if (!v)
		return err_set(e, ERR_TOO_LARGE, "decision too large");
	*ret = v;
	return ERR_OK;
}

/* ---- reading back ---------------------------------------------------------------------------- */

static enum err_code parse_digest(struct arena *a, const struct json *v, struct digest *ret,
	struct err *e)
{
	struct str text;
	struct str bytes;
	TRY(json_need_str(v, "digest", &text, e));
	TRY(base64url_decode(a, text, &bytes, e));
	if (bytes.len != DIGEST_BYTES)
		return err_set(e, ERR_INVALID, "member \"digest\" is not 32 bytes");
	memcpy(ret->at, bytes.at, DIGEST_BYTES);
	return ERR_OK;
}

static enum err_code parse_ref(struct arena *a, const struct json *v, bool scheme,
	struct decision_input_ref *ret, struct err *e)
{
	struct decision_input_ref ref = { 0 };
	struct str standing;
	TRY(json_need_str(v, "id", &ref.id, e));
	TRY(parse_digest(a, v, &ref.digest, e));
	if (scheme)
		TRY(json_need_str(v, "edition", &ref.edition, e));
	if (!scheme) {
		TRY(json_need_str(v, "standing", &standing, e));
		TRY(standing_parse(standing, &ref.standing, e));
	}
	*ret = ref;
	return ERR_OK;
}

static enum err_code parse_refs(struct arena *a, const struct json *inputs, const char *name,
	const struct decision_input_ref **ret, uint32_t *ret_count, struct err *e)
{
	const struct json *list;
	TRY(json_need(inputs, name, JSON_ARRAY, &list, e));
	if (json_count(list) > REFS_MAX)
		return err_set(e, ERR_TOO_LARGE, "member \"%s\" has more than %d entries", name,
			REFS_MAX);
	struct decision_input_ref *refs =
		ARENA_ARRAY(a, struct decision_input_ref, json_count(list));
	if (!refs)
		return err_set(e, ERR_TOO_LARGE, "decision too large");
	for (size_t i = 0; i < json_count(list); i++) {
		if (parse_ref(a, json_at(list, i), strcmp(name, "schemes") == 0, &refs[i], e) !=
			ERR_OK)
			return err_in(e, "%s, entry %zu", name, i + 1);
	}
	*ret = refs;
	*ret_count = (uint32_t)json_count(list);
	return ERR_OK;
}

enum err_code decision_inputs_parse(struct arena *a, const struct json *subject,
	struct decision_inputs *ret, struct err *e)
{
	struct decision_inputs in = { 0 };
	const struct json *inputs;
	const struct json *part;
	struct str time;
	TRY(json_need_str(subject, "destination", &in.destination, e));
	TRY(json_need(subject, "request", JSON_OBJECT, &in.request, e));
	TRY(json_need(subject, "inputs", JSON_OBJECT, &inputs, e));
	TRY(json_need_str(inputs, "time", &time, e));
	TRY(instant_parse(time, &in.now, e));
	TRY(json_need(inputs, "agreement", JSON_OBJECT, &part, e));
	TRY(parse_ref(a, part, false, &in.agreement, e));
	TRY(json_need(inputs, "clauses", JSON_OBJECT, &part, e));
	TRY(parse_digest(a, part, &in.clauses, e));
	TRY(parse_refs(a, inputs, "reports", &in.reports, &in.report_count, e));
	TRY(parse_refs(
		a, inputs, "accreditations", &in.accreditations, &in.accreditation_count, e));
	TRY(parse_refs(a, inputs, "schemes", &in.schemes, &in.scheme_count, e));
	*ret = in;
	return ERR_OK;
}
