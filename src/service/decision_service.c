/* decision_service.c - decisions as rows, what affects them, and their replay. */
#include <string.h>

#include "base/instant.h"
#include "base/scoped.h"
#include "recognition/decision_diff.h"
#include "service/decision_model.h"
#include "service/list.h"
#include "service/material.h"
#include "service/model.h"
#include "service/rules_folder.h"
#include "service/service_inner.h"

/* ---- projection ------------------------------------------------------------------------------ */

static enum err_code put_input(struct store *s, const uint8_t decision[16], const struct json *ref,
	const char *kind, struct err *e)
{
	uint8_t id_key[16];
	struct str id = json_get_str(ref, "id");
	if (!id.at)
		return err_set(e, ERR_INVALID, "decision input without id");
	TRY(statement_id_parse(id, id_key, e));
	SCOPED_SQL q = sql_use(s, SQL_DECISION_INPUT_PUT);
	sql_bind_blob(q, 1, id_key, 16);
	sql_bind_blob(q, 2, decision, 16);
	sql_bind_str(q, 3, str_of(kind));
	return sql_run(q, e);
}

static enum err_code put_inputs(struct store *s, const uint8_t decision[16],
	const struct json *list,
	const char *kind, struct err *e)
{
	for (size_t i = 0; i < json_count(list); i++)
		TRY(put_input(s, decision, json_at(list, i), kind, e));
	return ERR_OK;
}

static int64_t count_of(const struct json *subject, enum outcome o)
{
	const struct json *counts = json_path(subject, "outcome/summary/counts");
	return (int64_t)json_number_or(json_get(counts, outcome_name(o)), 0);
}

enum err_code decision_project(void *context, struct store *s, const struct ledger_event *event,
	struct err *e)
{
	(void)context;
	if (event->receipt->kind != KIND_DECISION)
		return ERR_OK;
	const struct json *subject = event->statement->subject;
	const struct json *inputs = json_get(subject, "inputs");
	const uint8_t *key = event->receipt->id_key;
	struct str facts;
	SCOPED_ARENA a;
	arena_init(&a, MODEL_FACTS_ARENA_BYTES);
	TRY(model_facts_to_keep(&a, KIND_DECISION, subject, &facts, e));
	TRY(put_inputs(s, key, json_get(inputs, "reports"), "report", e));
	TRY(put_inputs(s, key, json_get(inputs, "accreditations"), "accreditation", e));
	TRY(put_input(s, key, json_get(inputs, "agreement"), "agreement", e));
	SCOPED_SQL q = sql_use(s, SQL_DECISION_PUT);
	sql_bind_blob(q, 1, key, 16);
	sql_bind_str(q, 2, event->own ? STR("") : event->origin);
	sql_bind_str(q, 3, json_get_str(subject, "id"));
	sql_bind_i64(q, 4, count_of(subject, OUTCOME_RECOGNISED));
	sql_bind_i64(q, 5, count_of(subject, OUTCOME_COVERED));
	sql_bind_i64(q, 6, count_of(subject, OUTCOME_RETEST));
	sql_bind_i64(q, 7, count_of(subject, OUTCOME_ADD_ON));
	sql_bind_i64(q, 8, count_of(subject, OUTCOME_REFUSED));
	sql_bind_i64(q, 9, event->receipt->time);
	sql_bind_i64(q, 10, event->statement->valid_until);
	sql_bind_str(q, 11, facts);
	return sql_run(q, e);
}

enum err_code service_decisions(struct service *s, struct arena *a, const struct list_query *query,
	struct json **ret, struct err *e)
{
	static const char *const states[] = { "valid", "affected", "suspended", "withdrawn", NULL };
	static const struct list_order order = { "time", SQL_DECISION_PAGE_OF_DOWN,
		SQL_DECISION_PAGE_OF_UP, SQL_COUNT, SQL_DECISION_PAGE_DOWN, SQL_DECISION_PAGE_UP };
	struct list_plan plan = { .orders = &order, .order_count = 1, .usual_down = true,
		.search_down = SQL_DECISION_PAGE_SEARCH_DOWN,
		.search_up = SQL_DECISION_PAGE_SEARCH_UP };
	return service_statement_list(s, a, &plan, states, SQL_DECISION_ROW, query, ret, e);
}

/* ---- what a change does to a decision -------------------------------------------------------- */

enum err_code decision_affected_now(struct service *s, struct arena *a,
	const struct model_statement *m, struct json **ret, struct err *e)
{
	uint8_t input[16];
	bool any;
	struct decision_inputs inputs;
	struct decision_material material;
	struct decide_input in;
	struct status_found status;
	struct rules *rules = NULL;
	TRY(model_decision_cause(s, m->found.receipt.id_key, input, &any, e));
	if (!any)
		return err_set(e, ERR_NOT_FOUND, "decision is not affected");
	TRY(status_find(s, a, input, &status, e));
	TRY(decision_inputs_parse(a, m->statement.subject, &inputs, e));
	TRY(rules_folder_as_logged(s, a, &inputs, &rules, e));
	enum standing to = STANDING_VALID;
	enum err_code code = standing_parse(status.word, &to, e);
	if (code == ERR_OK)
		code = material_from_inputs(s, a, &inputs, rules, &material, e);
	if (code == ERR_OK)
		code = decision_prepare(a, &material, &in, e);
	struct json *v = NULL;
	if (code == ERR_OK)
		code = decision_affected(a, &in, statement_id_text(a, input), to, &v, e);
	/* the result may point into the rules: give it bytes of its own before they go */
	struct str text;
	if (code == ERR_OK)
		code = json_jcs(a, v, &text, e);
	rules_close(rules);
	TRY(code);
	TRY(json_parse(a, text, &v, e));
	json_set(a, v, "since", model_time(a, status.at));
	json_set(a, v, "reason", model_text(a, status.reason_zh, status.reason_en));
	*ret = v;
	return ERR_OK;
}

/* ---- replay ---------------------------------------------------------------------------------- */

/* Subject bytes made again from the logged inputs. The text is in `a`, the rules are closed. */
static enum err_code replay_logged(struct service *s, struct arena *a,
	const struct decision_inputs *inputs, struct str *ret, struct err *e)
{
	struct rules *rules = NULL;
	struct decision_material material;
	struct json *subject;
	TRY(rules_folder_as_logged(s, a, inputs, &rules, e));
	enum err_code code = material_from_inputs(s, a, inputs, rules, &material, e);
	if (code == ERR_OK)
		code = decision_subject(a, &material, &subject, e);
	if (code == ERR_OK)
		code = json_jcs(a, subject, ret, e);
	rules_close(rules);
	return code;
}

/* What the same inputs give today: rules, standings and time of now. */
static enum err_code decide_today(struct service *s, struct arena *a,
	const struct decision_inputs *inputs, struct json **ret_outcome, struct err *e)
{
	struct decision_material material;
	struct json *subject;
	TRY(material_from_inputs(s, a, inputs, s->rules, &material, e));
	material_set_today(s, a, s->rules, instant_now(), &material);
	TRY(decision_subject(a, &material, &subject, e));
	*ret_outcome = json_copy(a, json_get(subject, "outcome"));
	return ERR_OK;
}

static struct json *today_model(struct service *s, struct arena *a,
	const struct decision_inputs *inputs, const struct json *logged)
{
	struct json *today = json_new_object(a);
	struct json *outcome;
	struct json *diff = NULL;
	struct err e = { 0 };
	enum err_code code = decide_today(s, a, inputs, &outcome, &e);
	if (code == ERR_OK)
		code = decision_diff(a, logged, outcome, &diff, &e);
	if (code != ERR_OK) {
		json_set(a, today, "same", json_new_bool(a, false));
		json_set_str(a, today, "problem", str_copy(a, str_of(e.message)));
		json_set(a, today, "items", json_new_array(a));
		return today;
	}
	json_set(a, today, "same", json_new_bool(a, json_count(diff) == 0));
	json_set(a, today, "items", diff);
	return today;
}

enum err_code service_explain(struct service *s, struct arena *a, const uint8_t id_key[16],
	struct json **ret, struct err *e)
{
	struct model_statement m;
	struct decision_inputs inputs;
	struct str logged, replayed;
	TRY(model_load(s, a, id_key, &m, e));
	if (m.found.receipt.kind != KIND_DECISION)
		return err_set(e, ERR_INVALID, "statement is a %s, no decision",
			kind_row(m.found.receipt.kind)->name);
	if (!m.has_body)
		return err_set(e, ERR_NOT_FOUND, "only the receipt of that decision is here");
	TRY(decision_inputs_parse(a, m.statement.subject, &inputs, e));
	TRY(json_jcs(a, m.statement.subject, &logged, e));
	TRY(replay_logged(s, a, &inputs, &replayed, e));
	bool same = str_eq(logged, replayed);
	const struct json *outcome = json_get(m.statement.subject, "outcome");
	struct json *v = json_new_object(a);
	json_set_str(a, v, "id", m.found.receipt.id);
	json_set(a, v, "same", json_new_bool(a, same));
	if (!same) {
		struct json *again;
		struct json *diff;
		TRY(json_parse(a, replayed, &again, e));
		TRY(decision_diff(a, outcome, json_get(again, "outcome"), &diff, e));
		json_set(a, v, "difference", diff);
	}
	json_set(a, v, "today", today_model(s, a, &inputs, outcome));
	json_set(a, v, "items", json_copy(a, json_get(outcome, "items")));
	json_set(a, v, "documents", json_copy(a, json_get(outcome, "documents")));
	*ret = v;
	return ERR_OK;
}
