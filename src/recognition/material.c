/* material.c - from statements and rules to the input of a decision. */
#include "recognition/material.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "base/limits.h"

#define REPORTS_MAX 64
#define ACCREDITATIONS_MAX 64
#define DOCUMENTS_MAX 256
#define SCHEMES_MAX 128
#define MATERIAL_RULES_BYTES 33554432 /* rules of a material: schemes and texts, parsed */

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "material of the decision too large");
}

/* ---- the request ----------------------------------------------------------------------------- */

static enum err_code check_members(const struct json *v, const char *const *known, size_t count,
	struct err *e)
{
	for (size_t i = 0; i < json_count(v); i++) {
		bool found = false;
		for (size_t k = 0; k < count && !found; k++)
			found = str_is(v->members[i].name, known[k]);
		if (!found)
			return err_set(e, ERR_INVALID, "member %zu of it is not known", i + 1);
	}
	return ERR_OK;
}

static enum err_code parse_document(const struct json *v, const struct rules *rules,
	struct decide_document *ret, struct err *e)
{
	static const char *const known[] = { "document", "digest", "validUntil", "name" };
	struct decide_document d = {.valid_until = INT32_MAX, .digest = json_get_str(v, "digest")};
	TRY(json_need_str(v, "document", &d.document, e));
	TRY(check_members(v, known, sizeof(known) / sizeof(known[0]), e));
	if (json_get(v, "validUntil")) {
		struct str until;
		TRY(json_need_str(v, "validUntil", &until, e));
		TRY(china_day_parse(until, &d.valid_until, e));
	}
	if (rules && !rules_word(rules, "documents", d.document))
		return err_set(e, ERR_INVALID, "no such document is known");
	*ret = d;
	return ERR_OK;
}

static enum err_code parse_documents(struct arena *a, const struct json *list,
	const struct rules *rules, struct decide_request *r, struct err *e)
{
	if (list && !json_is(list, JSON_ARRAY))
		return err_set(e, ERR_INVALID, "not a list");
	if (json_count(list) > DOCUMENTS_MAX)
		return err_set(e, ERR_TOO_LARGE, "more than %d documents", DOCUMENTS_MAX);
	struct decide_document *documents =
		ARENA_ARRAY(a, struct decide_document, json_count(list));
	if (!documents)
		return full(e);
	for (size_t i = 0; i < json_count(list); i++) {
		if (parse_document(json_at(list, i), rules, &documents[i], e) != ERR_OK)
			return err_in(e, "document %zu", i + 1);
	}
	r->document_count = (uint32_t)json_count(list);
	r->documents = documents;
	return ERR_OK;
}

static enum err_code check_known_elements(const struct rules *rules, const struct odd *odd,
	struct err *e)
{
	for (uint32_t i = 0; rules && i < odd->element_count; i++) {
		if (!rules_word(rules, "elements", odd->elements[i]))
			return err_set(e, ERR_INVALID,
				"ODD element %u in sorted order is not known", i + 1);
	}
	return ERR_OK;
}

enum err_code decide_request_parse(struct arena *a, const struct json *v, const struct rules *rules,
	struct decide_request *ret, struct err *e)
{
	static const char *const known[] = { "reports", "applicant", "vins", "odd", "maxSpeed",
		"fingerprint", "hardware", "software", "documents" };
	struct decide_request r = { 0 };
	const struct str *reports;
	uint32_t report_count;
	if (!json_is(v, JSON_OBJECT))
		return err_set(e, ERR_INVALID, "request is not an object");
	TRY(check_members(v, known, sizeof(known) / sizeof(known[0]), e));
	TRY(strings_parse_sorted(a, json_get(v, "reports"), "reports", 1, REPORTS_MAX, &reports,
		&report_count, e));
	TRY(json_need_str(v, "applicant", &r.applicant, e));
	TRY(vins_parse(a, json_get(v, "vins"), &r.vins, &r.vin_count, e));
	if (odd_parse(a, json_get(v, "odd"), json_get(v, "maxSpeed"), &r.odd, e) != ERR_OK ||
		check_known_elements(rules, &r.odd, e) != ERR_OK)
		return err_in(e, "field \"odd\"");
	TRY(configuration_parse(a, v, &r.configuration, e));
	if (parse_documents(a, json_get(v, "documents"), rules, &r, e) != ERR_OK)
		return err_in(e, "field \"documents\"");
	*ret = r;
	return ERR_OK;
}

/* ---- preparing ------------------------------------------------------------------------------- */

static int by_report_id(const void *a, const void *b)
{
	return str_cmp(
		((const struct decide_report *)a)->id, ((const struct decide_report *)b)->id);
}

static enum err_code prepare_report(struct arena *a, const struct statement *s,
	enum standing standing, struct decide_report *ret, struct err *e)
{
	struct decide_report r = { .id = s->id, .digest = s->digest, .issuer = s->issuer,
		.valid_from = s->valid_from, .valid_until = s->valid_until, .standing = standing };
	if (s->kind != KIND_REPORT)
		return err_set(e, ERR_INVALID, "statement is no report");
	TRY(report_parse(a, s->subject, &r.report, e));
	if (!str_eq(r.report.lab, s->issuer))
		return err_set(e, ERR_INVALID, "the lab in the report is not its issuer");
	*ret = r;
	return ERR_OK;
}

static enum err_code check_asked(struct arena *a, const struct decision_material *m,
	const struct decide_report *reports, struct err *e)
{
	const struct str *asked;
	uint32_t count;
	TRY(strings_parse_sorted(
		a, json_get(m->request, "reports"), "reports", 1, REPORTS_MAX, &asked, &count, e));
	for (uint32_t i = 0; i < m->report_count; i++) {
		if (i > 0 && str_eq(reports[i].id, reports[i - 1].id))
			return err_set(e, ERR_INVALID, "a report stands twice in the material");
		if (strings_find(asked, count, reports[i].id) == SIZE_MAX)
			return err_set(
				e, ERR_INVALID, "material holds a report nobody asked about");
	}
	if (count != m->report_count)
		return err_set(e, ERR_INVALID, "material lacks a report that was asked about");
	return ERR_OK;
}

static enum err_code prepare_reports(struct arena *a, const struct decision_material *m,
	struct decide_input *in, struct err *e)
{
	if (m->report_count > REPORTS_MAX)
		return err_set(e, ERR_TOO_LARGE, "more than %d reports", REPORTS_MAX);
	struct decide_report *reports = ARENA_ARRAY(a, struct decide_report, m->report_count);
	if (!reports)
		return full(e);
	for (uint32_t i = 0; i < m->report_count; i++) {
		if (prepare_report(a, &m->reports[i], m->report_standings[i], &reports[i], e) !=
			ERR_OK)
			return err_in(e, "report \"" STR_FMT "\"", STR_ARG(m->reports[i].id));
	}
	qsort(reports, m->report_count, sizeof(*reports), by_report_id);
	TRY(check_asked(a, m, reports, e));
	in->report_count = m->report_count;
	in->reports = reports;
	return ERR_OK;
}

static int by_scope_id(const void *a, const void *b)
{
	return str_cmp(((const struct decide_accreditation *)a)->scope.id,
		((const struct decide_accreditation *)b)->scope.id);
}

static bool issued_any(const struct decide_input *in, struct str lab)
{
	for (uint32_t i = 0; i < in->report_count; i++) {
		if (str_eq(in->reports[i].issuer, lab))
			return true;
	}
	return false;
}

static enum err_code prepare_accreditation(struct arena *a, const struct statement *s,
	enum standing standing, struct decide_accreditation *ret, struct err *e)
{
	struct decide_accreditation one = { .digest = s->digest, .standing = standing };
	if (s->kind != KIND_ACCREDITATION)
		return err_set(e, ERR_INVALID, "statement is no accreditation");
	TRY(scope_parse(a, s, &one.scope, e));
	*ret = one;
	return ERR_OK;
}

static enum err_code prepare_accreditations(struct arena *a, const struct decision_material *m,
	struct decide_input *in, struct err *e)
{
	uint32_t count = 0;
	if (m->accreditation_count > ACCREDITATIONS_MAX)
		return err_set(e, ERR_TOO_LARGE, "more than %d accreditations", ACCREDITATIONS_MAX);
	struct decide_accreditation *list =
		ARENA_ARRAY(a, struct decide_accreditation, m->accreditation_count);
	if (!list)
		return full(e);
	for (uint32_t i = 0; i < m->accreditation_count; i++) {
		const struct statement *s = &m->accreditations[i];
		if (prepare_accreditation(a, s, m->accreditation_standings[i], &list[count], e) !=
			ERR_OK)
			return err_in(e, "accreditation \"" STR_FMT "\"", STR_ARG(s->id));
		count += issued_any(in, list[count].scope.lab);
	}
	qsort(list, count, sizeof(*list), by_scope_id);
	for (uint32_t i = 1; i < count; i++) {
		if (str_eq(list[i].scope.id, list[i - 1].scope.id))
			return err_set(
				e, ERR_INVALID, "an accreditation stands twice in the material");
	}
	in->accreditation_count = count;
	in->accreditations = list;
	return ERR_OK;
}

static enum err_code add_scheme(struct arena *a, const struct rules *rules, struct str id,
	struct str edition, const struct scheme **list, uint32_t *count, struct err *e)
{
	const struct scheme *s = rules_scheme(rules, id, edition);
	if (!s)
		return err_set(e, ERR_NOT_FOUND, "scheme \"%s\" edition \"%s\" of the agreement is "
			"not among the rules", str_quote(a, id), str_quote(a, edition));
	for (uint32_t i = 0; i < *count; i++) {
		if (list[i] == s)
			return ERR_OK;
	}
	list[(*count)++] = s;
	return ERR_OK;
}

static enum err_code prepare_plan(struct arena *a, const struct decision_material *m,
	struct decide_input *in, struct err *e)
{
	struct agreement *g = ARENA_NEW(a, struct agreement);
	if (!g)
		return full(e);
	if (m->agreement->kind != KIND_AGREEMENT)
		return err_set(e, ERR_INVALID, "statement is no agreement");
	TRY(agreement_parse(a, m->agreement, g, e));
	const struct scheme **schemes = ARENA_ARRAY(a, const struct scheme *, SCHEMES_MAX);
	uint32_t count = 0;
	if (!schemes)
		return full(e);
	_Static_assert(
		SCHEMES_MAX > 64, "an agreement names at most 64 editions and the general items");
	for (uint32_t i = 0; i < g->edition_count; i++)
		TRY(add_scheme(a, m->rules, g->editions[i].scheme, g->editions[i].edition, schemes,
			&count, e));
	TRY(add_scheme(a, m->rules, g->general_scheme, g->general_edition, schemes, &count, e));
	return plan_new(a, g, schemes, count, &in->plan, e);
}

enum err_code decision_prepare(struct arena *a, const struct decision_material *m,
	struct decide_input *ret, struct err *e)
{
	struct decide_input in = { .now = m->now, .destination = m->destination, .rules = m->rules,
		.agreement_digest = m->agreement->digest,
		.agreement_standing = m->agreement_standing };
	if (decide_request_parse(a, m->request, /* rules= */ NULL, &in.request, e) != ERR_OK)
		return err_in(e, "request");
	if (prepare_plan(a, m, &in, e) != ERR_OK)
		return err_in(e, "agreement \"" STR_FMT "\"", STR_ARG(m->agreement->id));
	TRY(prepare_reports(a, m, &in, e));
	TRY(prepare_accreditations(a, m, &in, e));
	*ret = in;
	return ERR_OK;
}

/* ---- the material as JSON -------------------------------------------------------------------- */

static struct json *statement_json(
	struct arena *a, const struct statement *s, enum standing standing)
{
	struct json *v = json_new_object(a);
	v = json_set_text(a, v, "standing", standing_name(standing));
	return json_set(a, v, "statement", json_copy(a, s->doc));
}

static struct json *time_json(struct arena *a, int64_t at)
{
	char text[INSTANT_TEXT_BYTES];
	instant_format(at, text);
	return json_new_str(a, str_copy(a, str_of(text)));
}

enum err_code decision_material_json(struct arena *a, const struct decision_material *m,
	struct json **ret, struct err *e)
{
	struct json *v = json_new_object(a);
	struct json *reports = json_new_array(a);
	struct json *accreditations = json_new_array(a);
	struct json *schemes = json_new_array(a);
	const struct rules_file *clauses = rules_clauses_file(m->rules);
	for (uint32_t i = 0; i < m->report_count; i++)
		reports = json_push(a, reports,
			statement_json(a, &m->reports[i], m->report_standings[i]));
	for (uint32_t i = 0; i < m->accreditation_count; i++)
		accreditations = json_push(a, accreditations,
			statement_json(a, &m->accreditations[i], m->accreditation_standings[i]));
	for (const struct scheme *s = rules_schemes(m->rules); s; s = s->next)
		schemes = json_push(a, schemes, json_copy(a, s->doc));
	v = json_set_number(a, v, "v", 1);
	v = json_set(a, v, "time", time_json(a, m->now));
	v = json_set_str(a, v, "destination", m->destination);
	v = json_set(a, v, "request", json_copy(a, m->request));
	v = json_set(a, v, "agreement", statement_json(a, m->agreement, m->agreement_standing));
	v = json_set(a, v, "reports", reports);
	v = json_set(a, v, "accreditations", accreditations);
	v = json_set(a, v, "schemes", schemes);
	v = json_set(a, v, "clauses", clauses ? json_copy(a, clauses->doc) : NULL);
	if (!v)
		return full(e);
	*ret = v;
	return ERR_OK;
}

static enum err_code parse_statement(struct arena *a, struct str text, const struct json *v,
	struct statement *ret, enum standing *ret_standing, struct err *e)
{
	const struct json *doc;
	struct str standing;
	TRY(json_need_str(v, "standing", &standing, e));
	TRY(standing_parse(standing, ret_standing, e));
	TRY(json_need(v, "statement", JSON_OBJECT, &doc, e));
	return statement_from_json(a, text, doc, ret, e);
}

static enum err_code parse_statements(struct arena *a, struct str text, const struct json *m,
	const char *name, size_t most, const struct statement **ret,
	const enum standing **ret_standings, uint32_t *ret_count, struct err *e)
{
	const struct json *list;
	TRY(json_need(m, name, JSON_ARRAY, &list, e));
	if (json_count(list) > most)
		return err_set(
			e, ERR_TOO_LARGE, "member \"%s\" has more than %zu entries", name, most);
	struct statement *statements = ARENA_ARRAY(a, struct statement, json_count(list));
	enum standing *standings = ARENA_ARRAY(a, enum standing, json_count(list));
	if (!statements || !standings)
		return full(e);
	for (size_t i = 0; i < json_count(list); i++) {
		if (parse_statement(a, text, json_at(list, i), &statements[i], &standings[i], e) !=
			ERR_OK)
			return err_in(e, "%s, entry %zu", name, i + 1);
	}
	*ret = statements;
	*ret_standings = standings;
	*ret_count = (uint32_t)json_count(list);
	return ERR_OK;
}

static enum err_code add_rules(struct rules *rules, struct str text, const struct json *m,
	struct err *e)
{
	const struct json *part;
	char name[40];
	TRY(json_need(m, "clauses", JSON_OBJECT, &part, e));
	TRY(rules_add_file(rules, "clauses.json", json_bytes(text, part), e));
	TRY(json_need(m, "schemes", JSON_ARRAY, &part, e));
	if (json_count(part) > SCHEMES_MAX)
		return err_set(e, ERR_TOO_LARGE, "more than %d schemes", SCHEMES_MAX);
	for (size_t i = 0; i < json_count(part); i++) {
		(void)snprintf(name, sizeof(name), "schemes/%zu.json", i);
		TRY(rules_add_file(rules, name, json_bytes(text, json_at(part, i)), e));
	}
	return rules_finish(rules, e);
}

static enum err_code parse_material(struct arena *a, struct str text, struct rules *rules,
	struct decision_material *ret, struct err *e)
{
	struct decision_material m = { .rules = rules };
	struct json *v;
	struct str time;
	const struct json *agreement;
	struct statement *g = ARENA_NEW(a, struct statement);
	if (!g)
		return full(e);
	TRY(json_parse(a, text, &v, e));
	if (json_number_or(json_get(v, "v"), 0) != 1)
		return err_set(e, ERR_UNSUPPORTED, "material is not of version 1");
	TRY(json_need_str(v, "time", &time, e));
	TRY(instant_parse(time, &m.now, e));
	TRY(json_need_str(v, "destination", &m.destination, e));
	TRY(json_need(v, "request", JSON_OBJECT, &m.request, e));
	TRY(json_need(v, "agreement", JSON_OBJECT, &agreement, e));
	TRY(parse_statement(a, text, agreement, g, &m.agreement_standing, e));
	m.agreement = g;
	TRY(parse_statements(a, text, v, "reports", REPORTS_MAX, &m.reports, &m.report_standings,
		&m.report_count, e));
	TRY(parse_statements(a, text, v, "accreditations", ACCREDITATIONS_MAX, &m.accreditations,
		&m.accreditation_standings, &m.accreditation_count, e));
	TRY(add_rules(rules, text, v, e));
	*ret = m;
	return ERR_OK;
}

enum err_code decision_material_parse(struct arena *a, struct str text,
	struct decision_material *ret, struct rules **ret_rules, struct err *e)
{
	struct rules *rules;
	TRY(rules_open(MATERIAL_RULES_BYTES, &rules, e));
	enum err_code code = parse_material(a, text, rules, ret, e);
	if (code != ERR_OK) {
		rules_close(rules);
		return code;
	}
	*ret_rules = rules;
	return ERR_OK;
}

enum err_code decide_from_json(struct arena *a, struct str text, struct decide_input *ret,
	struct rules **ret_rules, struct err *e)
{
	struct decision_material m;
	struct rules *rules;
	TRY(decision_material_parse(a, text, &m, &rules, e));
	enum err_code code = decision_prepare(a, &m, ret, e);
	if (code != ERR_OK) {
		rules_close(rules);
		return code;
	}
	*ret_rules = rules;
	return ERR_OK;
}
