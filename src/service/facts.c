/* facts.c - the facts of a statement that lists and pages show, by kind (doc/models.md, "Open
 * facts"). */
#include <string.h>

#include "base/instant.h"
#include "base/scoped.h"
#include "credential/status_list.h"
#include "service/model.h"
#include "service/service_inner.h"

/* Copies a member under the same or another name, when it is there. */
static void carry(struct arena *a, struct json *to, const char *as, const struct json *from,
	const char *name)
{
	const struct json *v = json_get(from, name);
	if (v)
		json_set(a, to, as, json_copy(a, v));
}

/* Earliest and latest day of testing among the item results. */
static void tested_days(struct arena *a, struct json *facts, const struct json *assessments)
{
	struct str from = { 0 }, until = { 0 };
	for (size_t i = 0; i < json_count(assessments); i++) {
		struct str day = json_get_str(json_get(json_at(assessments, i), "itemResult"),
			"testedOn");
		if (!day.at)
			continue;
		if (!from.at || str_cmp(day, from) < 0)
			from = day;
		if (!until.at || str_cmp(day, until) > 0)
			until = day;
	}
	if (from.at) {
		json_set_str(a, facts, "tested_from", from);
		json_set_str(a, facts, "tested_until", until);
	}
}

static void report_facts(struct arena *a, struct json *facts, const struct json *subject)
{
	const struct json *report = json_get(subject, "inspectionReport");
	const struct json *scheme = json_get(report, "scheme");
	const struct json *assessments = json_get(subject, "assessment");
	carry(a, facts, "number", report, "number");
	carry(a, facts, "title", report, "title");
	carry(a, facts, "scheme", scheme, "id");
	carry(a, facts, "edition", scheme, "edition");
	json_set_number(a, facts, "item_count", (double)json_count(assessments));
	tested_days(a, facts, assessments);
}

static struct json *decision_report(struct service *s, struct arena *a, const struct json *ref)
{
	struct json *v = json_new_object(a);
	struct str id = json_get_str(ref, "id");
	struct status_found status = { .word = STR("valid") };
	uint8_t id_key[16];
	json_set_str(a, v, "id", id);
	if (!id.at || statement_id_parse(id, id_key, NULL) != ERR_OK)
		return v;
	if (status_find(s, a, id_key, &status, NULL) == ERR_OK)
		json_set_str(a, v, "state", status.word);
	struct store *store;
	bool row = false;
	if (ledger_reader(s->ledger, &store, NULL) != ERR_OK)
		return v;
	SCOPED_SQL q = sql_use(store, SQL_REPORT_BY_ID);
	sql_bind_blob(q, 1, id_key, 16);
	if (sql_step(q, &row, NULL) == ERR_OK && row)
		json_set_str(a, v, "number", str_copy(a, sql_str(q, 0)));
	return v;
}

static void decision_facts(struct service *s, struct arena *a, struct json *facts,
	const struct json *subject)
{
	const struct json *summary = json_path(subject, "outcome/summary");
	const struct json *inputs = json_get(subject, "inputs");
	const struct json *counts = json_get(summary, "counts");
	struct json *all = json_new_object(a);
	for (int o = 0; o < OUTCOME_COUNT; o++) {
		const char *word = outcome_name((enum outcome)o);
		const char *as = o == OUTCOME_ADD_ON ? "add_on" : word;
		json_set_number(a, all, as, json_number_or(json_get(counts, word), 0));
	}
	json_set(a, facts, "destination", model_party(s, a, json_get_str(subject, "destination")));
	json_set(a, facts, "counts", all);
	json_set_number(a, facts, "open_count", json_number_or(json_get(summary, "open"), 0));
	json_set_number(a, facts, "documents_open",
		json_number_or(json_get(summary, "documentsOpen"), 0));
	carry(a, facts, "next_step", summary, "next");
	struct json *reports = json_new_array(a);
	const struct json *refs = json_get(inputs, "reports");
	for (size_t i = 0; i < json_count(refs); i++)
		json_push(a, reports, decision_report(s, a, json_at(refs, i)));
	json_set(a, facts, "reports", reports);
	carry(a, facts, "agreement", json_get(inputs, "agreement"), "id");
}

static size_t scope_items(const struct json *scope)
{
	size_t count = 0;
	for (size_t i = 0; i < json_count(scope); i++)
		count += json_count(json_get(json_at(scope, i), "items"));
	return count;
}

static void accreditation_facts(struct service *s, struct arena *a, struct json *facts,
	const struct model_statement *m)
{
	const struct json *subject = m->statement.subject;
	json_set(a, facts, "subject", model_party(s, a, json_get_str(subject, "id")));
	carry(a, facts, "certificateType", subject, "certificateType");
	carry(a, facts, "certificateNumber", subject, "certificateNumber");
	carry(a, facts, "validFrom", m->statement.doc, "validFrom");
	carry(a, facts, "validUntil", m->statement.doc, "validUntil");
	json_set_number(a, facts, "item_count", (double)scope_items(json_get(subject, "scope")));
}

static void agreement_facts(struct service *s, struct arena *a, struct json *facts,
	const struct model_statement *m)
{
	const struct json *subject = m->statement.subject;
	const struct json *content = json_get(subject, "agreement");
	struct json *parties = json_new_array(a);
	for (size_t i = 0; i < json_count(json_get(subject, "parties")); i++)
		json_push(a, parties, model_party(s, a,
			json_get_str(json_at(json_get(subject, "parties"), i), "id")));
	json_set(a, facts, "parties", parties);
	carry(a, facts, "name", content, "id");
	carry(a, facts, "version", content, "version");
	carry(a, facts, "title", content, "title");
	carry(a, facts, "validFrom", m->statement.doc, "validFrom");
	carry(a, facts, "validUntil", m->statement.doc, "validUntil");
}

/* The statement that another one is about: what is known of it here. */
static struct json *target_head(struct service *s, struct arena *a, struct str id)
{
	struct model_statement target;
	uint8_t id_key[16];
	struct json *head = NULL;
	if (id.at && statement_id_parse(id, id_key, NULL) == ERR_OK &&
		model_load(s, a, id_key, &target, NULL) == ERR_OK)
		head = model_head(s, a, &target);
	if (!head) {
		head = json_new_object(a);
		json_set_str(a, head, "id", id);
	}
	return head;
}

static void status_facts(struct service *s, struct arena *a, struct json *facts,
	const struct json *subject)
{
	json_set(a, facts, "target", target_head(s, a, json_get_str(subject, "id")));
	carry(a, facts, "status", subject, "status");
	carry(a, facts, "reason", subject, "reason");
}

static void recomputation_facts(struct service *s, struct arena *a, struct json *facts,
	const struct json *subject)
{
	json_set(a, facts, "target", target_head(s, a, json_get_str(subject, "id")));
	carry(a, facts, "recomputed", subject, "result");
	carry(a, facts, "recomputed_items", subject, "items");
	carry(a, facts, "program", subject, "program");
}

static void list_facts(struct arena *a, struct json *facts, const struct json *subject)
{
	struct str bits;
	carry(a, facts, "purpose", subject, "statusPurpose");
	if (status_list_decode(a, json_get_str(subject, "encodedList"), &bits, NULL) != ERR_OK)
		return;
	int count = 0;
	for (size_t i = 0; i < bits.len; i++)
		count += __builtin_popcount((unsigned char)bits.at[i]);
	json_set_number(a, facts, "set_count", count);
}

struct json *model_facts(struct service *s, struct arena *a, const struct model_statement *m)
{
	if (!m->has_body)
		return NULL;
	struct json *facts = json_new_object(a);
	const struct json *subject = m->statement.subject;
	switch (m->found.receipt.kind) {
	case KIND_REPORT:
		report_facts(a, facts, subject);
		break;
	case KIND_DECISION:
		decision_facts(s, a, facts, subject);
		break;
	case KIND_DID_DOCUMENT:
		json_set(a, facts, "subject", model_party(s, a, json_get_str(subject, "id")));
		carry(a, facts, "registered_id", subject, "registeredId");
		carry(a, facts, "role", subject, "role");
		carry(a, facts, "version", subject, "version");
		break;
	case KIND_ACCREDITATION:
		accreditation_facts(s, a, facts, m);
		break;
	case KIND_AGREEMENT:
		agreement_facts(s, a, facts, m);
		break;
	case KIND_STATUS:
		status_facts(s, a, facts, subject);
		break;
	case KIND_STATUS_LIST:
		list_facts(a, facts, subject);
		break;
	case KIND_RECOMPUTATION:
		recomputation_facts(s, a, facts, subject);
		break;
	case KIND_LISTING:
		carry(a, facts, "listing", subject, "listing");
		carry(a, facts, "listing_kind", subject, "kind");
		carry(a, facts, "organisation", subject, "organisation");
		carry(a, facts, "summary", subject, "summary");
		break;
	case KIND_ALLIANCE:
		carry(a, facts, "alliance_record", subject, "record");
		carry(a, facts, "organisation", subject, "organisation");
		break;
	case KIND_COUNT:
		break;
	}
	return facts;
}

/* ---- kept beside the row --------------------------------------------------------------------- */

/* Of a decision: what decision_facts reads. Names and states of today come when it is shown. */
static struct json *decision_part(struct arena *a, const struct json *subject)
{
	const struct json *inputs = json_get(subject, "inputs");
	struct json *part = json_new_object(a), *outcome = json_new_object(a);
	struct json *kept = json_new_object(a), *reports = json_new_array(a);
	carry(a, part, "destination", subject, "destination");
	carry(a, outcome, "summary", json_get(subject, "outcome"), "summary");
	for (size_t i = 0; i < json_count(json_get(inputs, "reports")); i++) {
		struct json *report = json_new_object(a);
		carry(a, report, "id", json_at(json_get(inputs, "reports"), i), "id");
		json_push(a, reports, report);
	}
	carry(a, kept, "agreement", inputs, "agreement");
	json_set(a, kept, "reports", reports);
	json_set(a, part, "outcome", outcome);
	return json_set(a, part, "inputs", kept);
}

enum err_code model_facts_to_keep(struct arena *a, enum kind kind, const struct json *subject,
	struct str *ret, struct err *e)
{
	struct json *kept;
	CHECK(kind == KIND_REPORT || kind == KIND_DECISION);
	if (kind == KIND_DECISION) {
		kept = decision_part(a, subject);
	} else {
		kept = json_new_object(a);
		report_facts(a, kept, subject);
	}
	return kept ? json_jcs(a, kept, ret, e) :
		err_set(e, ERR_TOO_LARGE, "facts need too much memory");
}

struct json *model_kept_facts(struct service *s, struct arena *a, enum kind kind,
	struct json *kept)
{
	struct json *facts;
	if (kind != KIND_DECISION)
		return kept;
	facts = json_new_object(a);
	decision_facts(s, a, facts, kept);
	return facts;
}
