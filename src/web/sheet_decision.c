/* sheet_decision.c - the papers of a decision, with reasons and clauses in both languages, and of
 * an accreditation. */
#include "web/sheet_inner.h"

static const struct json *subject_of(const struct sheet *s)
{
	return json_path(s->source->model, "statement/credentialSubject");
}

static struct str counts_of(const struct sheet *s, const struct json *counts)
{
	static const char *const order[] = { "recognised", "covered", "retest", "add-on",
		"refused" };
	struct str text = STR("");

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		double count = json_number_or(json_get(counts, order[i]), 0);
		if (count > 0)
			text = sheet_join(s, text, " · ", str_printf(s->a, STR_FMT " %.0f", STR_ARG(
				sheet_word(s, s->l, "outcome", str_of(order[i]))), count));
	}
	return text;
}

static struct str reports_of(const struct sheet *s)
{
	const struct json *list = json_path(s->source->model, "facts/reports");
	struct str text = STR("");

	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *r = json_at(list, i);
		struct str number = sheet_get(s, r, "number");
		text = sheet_join(s, text, "\n", number.len > 0 ? number : sheet_get(s, r, "id"));
	}
	return text;
}

/* The name with the DID below, as far as this node knows one. */
static void put_applicant(const struct sheet *s, struct json *facts, struct str did)
{
	struct str name = sheet_get(s, json_get(s->source->model, "applicant"), "name");

	if (name.len > 0)
		sheet_fact_cell(s, facts, "applicant", sheet_cell(s, name, did));
	else
		sheet_fact(s, facts, "applicant", did);
}

static void put_first(struct sheet *s, const struct json *subject, const struct json *summary)
{
	const struct json *request = json_get(subject, "request");
	const struct json *next = json_get(summary, "next");
	struct json *facts = sheet_facts(s);
	struct str speed = sheet_get(s, request, "maxSpeed");

	put_applicant(s, facts, sheet_get(s, request, "applicant"));
	sheet_fact(s, facts, "vins", sheet_array(s, json_get(request, "vins"), ", "));
	sheet_fact(s, facts, "reports", reports_of(s));
	sheet_fact(s, facts, "speed", speed.len > 0 ? str_printf(s->a, "≤ " STR_FMT " km/h",
		STR_ARG(speed)) : speed);
	sheet_fact(s, facts, "result", counts_of(s, json_get(summary, "counts")));
	if (json_str(next).at)
		sheet_fact_cell(s, facts, "next", sheet_cell(s, sheet_word(s, s->l, "next_step",
			json_str(next)), sheet_pick_other(s, json_get(summary, "text"))));
	sheet_fact(s, facts, "agreement", json_str(json_path(s->source->model,
		"facts/agreement")));
}

/* "miit-97-2021:13(3)" in the words of the language. */
static struct str clause_text(const struct sheet *s, struct str clause)
{
	struct str rest = clause, source = str_cut(&rest, ':'), text;
	struct str tail = sheet_word(s, s->l, "rule", source), before = str_cut(&tail, '%');

	if (!tail.at || !rest.at)
		return clause;
	text = str_printf(s->a, STR_FMT STR_FMT STR_FMT, STR_ARG(before), STR_ARG(rest),
		STR_ARG(tail));
	return text.at ? text : clause;
}

static struct str clauses_of(const struct sheet *s, const struct json *v)
{
	struct str agreement = json_get_str(v, "agreementClause");
	struct str rule = json_get_str(v, "ruleClause");

	return sheet_join(s, agreement.at ? sheet_fill(s, "agreement_clause", "{n}", agreement)
		: STR(""), " · ", rule.at ? clause_text(s, rule) : STR(""));
}

static void put_items(struct sheet *s, const struct json *list)
{
	struct json *table;

	sheet_heading(s, sheet_text(s, "decided"));
	table = sheet_table(s);
	sheet_column(s, table, "item", 1, false);
	sheet_column(s, table, "reason", 2.4, false);
	sheet_column(s, table, "outcome", 0, false);
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *v = json_at(list, i), *text = json_get(v, "text");
		struct str sub = sheet_join(s, sheet_pick_other(s, text), "\n", sheet_join(s,
			clauses_of(s, v), " · ", json_true(json_get(v, "toTest"))
			? sheet_text(s, "to_test") : STR("")));
		struct json *const cells[] = {
			sheet_cell(s, sheet_get(s, v, "item"), sheet_get(s, v, "title")),
			sheet_cell(s, sheet_pick(s, text), sub),
			sheet_outcome(s, json_get_str(v, "outcome")) };
		sheet_row(s, table, cells, sizeof(cells) / sizeof(cells[0]));
	}
}

static void put_documents(struct sheet *s, const struct json *list)
{
	struct json *table;

	if (json_count(list) == 0)
		return;
	sheet_heading(s, sheet_text(s, "documents"));
	table = sheet_table(s);
	sheet_column(s, table, "document_name", 1, false);
	sheet_column(s, table, "valid_until", 0, false);
	sheet_column(s, table, "state", 0, false);
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *v = json_at(list, i), *title = json_get(v, "title");
		struct json *const cells[] = {
			sheet_cell(s, sheet_pick(s, title), sheet_join(s, sheet_pick_other(s,
				title), "\n", clauses_of(s, v))),
			json_new_str(s->a, sheet_get(s, v, "validUntil")),
			sheet_state(s, json_get_str(v, "state")) };
		sheet_row(s, table, cells, sizeof(cells) / sizeof(cells[0]));
	}
}

static void put_clause(const struct sheet *s, struct json *table, struct str name,
	const struct json *text)
{
	struct json *const cells[] = { json_new_str(s->a, name),
		sheet_cell(s, sheet_pick(s, text), sheet_pick_other(s, text)) };

	sheet_row(s, table, cells, sizeof(cells) / sizeof(cells[0]));
}

static void put_clauses(struct sheet *s, const struct json *clauses)
{
	const struct json *agreement = json_get(clauses, "agreement");
	const struct json *rule = json_get(clauses, "rule");
	struct json *table;

	if (json_count(agreement) + json_count(rule) == 0)
		return;
	sheet_heading(s, sheet_text(s, "clauses"));
	table = sheet_table(s);
	sheet_column(s, table, "clause", 0, false);
	sheet_column(s, table, "clause_text", 1, false);
	for (size_t i = 0; i < json_count(agreement); i++)
		put_clause(s, table, sheet_fill(s, "agreement_clause", "{n}", sheet_get(s,
			json_at(agreement, i), "id")), json_get(json_at(agreement, i), "text"));
	for (size_t i = 0; i < json_count(rule); i++)
		put_clause(s, table, clause_text(s, sheet_get(s, json_at(rule, i), "id")),
			json_get(json_at(rule, i), "text"));
}

void sheet_decision(struct sheet *s, struct json *head)
{
	const struct json *subject = subject_of(s), *outcome = json_get(subject, "outcome");
	const struct json *summary = json_get(outcome, "summary");

	json_set_str(s->a, head, "name", sheet_get(s, summary, "text"));
	put_first(s, subject, summary);
	put_items(s, json_get(outcome, "items"));
	put_documents(s, json_get(outcome, "documents"));
	put_clauses(s, json_get(outcome, "clauses"));
}

static struct str day_of(const struct sheet *s, struct str time)
{
	struct str text = sheet_time(s, time);

	return text.len > 10 ? (struct str){ text.at, 10 } : text;
}

void sheet_accreditation(struct sheet *s, struct json *head)
{
	const struct json *subject = subject_of(s), *scope = json_get(subject, "scope");
	const struct json *statement = json_get(s->source->model, "statement");
	struct str number = sheet_get(s, subject, "certificateNumber");
	struct json *facts, *table;

	if (number.len > 0)
		json_set_str(s->a, head, "number", number);
	json_set_str(s->a, head, "name", sheet_get(s, subject, "name"));
	facts = sheet_facts(s);
	sheet_fact(s, facts, "lab", sheet_get(s, subject, "name"));
	sheet_fact(s, facts, "subject_id", sheet_get(s, subject, "id"));
	sheet_fact(s, facts, "certificate", sheet_join(s, sheet_get(s, subject, "certificateType"),
		" ", number));
	sheet_fact(s, facts, "valid_from", day_of(s, json_get_str(statement, "validFrom")));
	sheet_fact(s, facts, "valid_until", day_of(s, json_get_str(statement, "validUntil")));
	sheet_heading(s, sheet_text(s, "scope"));
	table = sheet_table(s);
	sheet_column(s, table, "scheme", 0, false);
	sheet_column(s, table, "items", 1, false);
	for (size_t i = 0; i < json_count(scope); i++) {
		const struct json *v = json_at(scope, i);
		struct json *const cells[] = {
			json_new_str(s->a, sheet_join(s, sheet_get(s, v, "scheme"), " ",
				sheet_get(s, v, "edition"))),
			json_new_str(s->a, sheet_array(s, json_get(v, "items"), "  ")) };
		sheet_row(s, table, cells, sizeof(cells) / sizeof(cells[0]));
	}
}
