/* material.c - see material.h. */
#include "service/material.h"

#include "base/instant.h"
#include "service/agreement_service.h"
#include "service/service_inner.h"

#define ACCREDITATIONS_MAX 256

enum standing material_standing(struct service *s, struct arena *a, const struct statement *st)
{
	struct status_found found;
	enum standing standing = STANDING_VALID;
	if (status_find(s, a, st->id_key, &found, NULL) != ERR_OK ||
		standing_parse(found.word, &standing, NULL) != ERR_OK)
		return STANDING_VALID;
	return standing;
}

static enum err_code load_statement(struct service *s, struct arena *a, struct str id,
	struct ledger_found *ret_found, struct statement *ret, struct err *e)
{
	uint8_t id_key[16];
	TRY(statement_id_parse(id, id_key, e));
	TRY(ledger_find(s->ledger, a, id_key, ret_found, e));
	if (ret_found->body.len == 0)
		return err_set(e, ERR_NOT_FOUND, "statement \"" STR_FMT "\" is known here by its "
			"receipt "
			"only", STR_ARG(id));
	return statement_parse(a, ret_found->body, ret, e);
}

/* did:web of the log's host: who answers for what stands in it. */
static struct str authority_of(struct arena *a, struct str origin)
{
	struct str rest = origin;
	struct str host = str_cut(&rest, '/');
	return did_web_new(a, host);
}

struct gathered {
	struct statement *reports;
	enum standing *report_standings;
	struct statement *accreditations;
	enum standing *accreditation_standings;
	struct statement *agreement;
	uint32_t accreditation_count;
};

static enum err_code gather_reports(struct service *s, struct arena *a, const struct json *ids,
	struct gathered *g, struct str *ret_origin, struct err *e)
{
	size_t count = json_count(ids);
	g->reports = ARENA_ARRAY(a, struct statement, count + 1);
	g->report_standings = ARENA_ARRAY(a, enum standing, count + 1);
	g->agreement = ARENA_NEW(a, struct statement);
	if (!g->reports || !g->report_standings || !g->agreement)
		return err_set(e, ERR_TOO_LARGE, "recognition request too large");
	for (size_t i = 0; i < count; i++) {
		struct ledger_found found;
		TRY(load_statement(s, a, json_str(json_at(ids, i)), &found, &g->reports[i], e));
		if (g->reports[i].kind != KIND_REPORT)
			return err_set(e, ERR_INVALID, "field \"reports\": entry %zu is a %s, no "
				"report",
				i + 1, kind_row(g->reports[i].kind)->name);
		if (found.own)
			return err_set(e, ERR_INVALID, "field \"reports\": entry %zu was issued in "
				"this "
				"city and needs no recognition here", i + 1);
		if (i > 0 && !str_eq(*ret_origin, found.origin))
			return err_set(e, ERR_INVALID, "field \"reports\": reports of two cities; "
				"ask for each city apart");
		*ret_origin = found.origin;
		g->report_standings[i] = material_standing(s, a, &g->reports[i]);
	}
	return ERR_OK;
}

static bool has_lab_before(const struct gathered *g, size_t at)
{
	for (size_t i = 0; i < at; i++) {
		if (str_eq(g->reports[i].issuer, g->reports[at].issuer))
			return true;
	}
	return false;
}

static enum err_code gather_accreditations(struct service *s, struct arena *a, size_t report_count,
	struct gathered *g, struct err *e)
{
	g->accreditations = ARENA_ARRAY(a, struct statement, ACCREDITATIONS_MAX);
	g->accreditation_standings = ARENA_ARRAY(a, enum standing, ACCREDITATIONS_MAX);
	if (!g->accreditations || !g->accreditation_standings)
		return err_set(e, ERR_TOO_LARGE, "recognition request too large");
	for (size_t i = 0; i < report_count; i++) {
		struct ledger_found *found;
		size_t count;
		if (has_lab_before(g, i))
			continue;
		TRY(ledger_statements_about(s->ledger, a, KIND_ACCREDITATION, g->reports[i].issuer,
			&found, &count, e));
		for (size_t k = 0; k < count; k++) {
			if (g->accreditation_count == ACCREDITATIONS_MAX)
				return err_set(e, ERR_TOO_LARGE, "more than %d accreditations",
					ACCREDITATIONS_MAX);
			struct statement *st = &g->accreditations[g->accreditation_count];
			TRY(statement_parse(a, found[k].body, st, e));
			g->accreditation_standings[g->accreditation_count++] =
				material_standing(s, a, st);
		}
	}
	return ERR_OK;
}

enum err_code material_gather(struct service *s, struct arena *a, const struct json *request,
	int64_t now, struct decision_material *ret, struct err *e)
{
	struct gathered g = { 0 };
	struct str origin = STR("");
	struct ledger_found found;
	const struct json *ids = json_get(request, "reports");
	TRY(gather_reports(s, a, ids, &g, &origin, e));
	TRY(gather_accreditations(s, a, json_count(ids), &g, e));
	TRY(agreement_find_in_force(s, a, s->config->did, authority_of(a, origin), now, &found, e));
	TRY(statement_parse(a, found.body, g.agreement, e));
	*ret = (struct decision_material){
		.now = now,
		.destination = s->config->did,
		.request = request,
		.agreement = g.agreement,
		.agreement_standing = material_standing(s, a, g.agreement),
		.report_count = (uint32_t)json_count(ids),
		.reports = g.reports,
		.report_standings = g.report_standings,
		.accreditation_count = g.accreditation_count,
		.accreditations = g.accreditations,
		.accreditation_standings = g.accreditation_standings,
		.rules = s->rules,
	};
	return ERR_OK;
}

/* ---- replay ---------------------------------------------------------------------------------- */

static enum err_code load_logged(struct service *s, struct arena *a,
	const struct decision_input_ref *ref, struct statement *ret, struct err *e)
{
	struct ledger_found found;
	TRY(load_statement(s, a, ref->id, &found, ret, e));
	if (!digest_eq(&ret->digest, &ref->digest))
		return err_set(e, ERR_CORRUPT, "statement \"" STR_FMT "\" differs from the digest "
			"that "
			"the decision names", STR_ARG(ref->id));
	return ERR_OK;
}

static enum err_code load_all(struct service *s, struct arena *a,
	const struct decision_input_ref *refs,
	uint32_t count, struct statement **ret, enum standing **ret_standings, struct err *e)
{
	struct statement *statements = ARENA_ARRAY(a, struct statement, (size_t)count + 1);
	enum standing *standings = ARENA_ARRAY(a, enum standing, (size_t)count + 1);
	if (!statements || !standings)
		return err_set(e, ERR_TOO_LARGE, "decision has too many inputs");
	for (uint32_t i = 0; i < count; i++) {
		TRY(load_logged(s, a, &refs[i], &statements[i], e));
		standings[i] = refs[i].standing;
	}
	*ret = statements;
	*ret_standings = standings;
	return ERR_OK;
}

enum err_code material_from_inputs(struct service *s, struct arena *a,
	const struct decision_inputs *inputs, const struct rules *rules,
		struct decision_material *ret,
	struct err *e)
{
	struct statement *reports, *accreditations;
	enum standing *report_standings, *accreditation_standings;
	struct statement *agreement = ARENA_NEW(a, struct statement);
	if (!agreement)
		return err_set(e, ERR_TOO_LARGE, "decision has too many inputs");
	TRY(load_logged(s, a, &inputs->agreement, agreement, e));
	TRY(load_all(s, a, inputs->reports, inputs->report_count, &reports, &report_standings, e));
	TRY(load_all(s, a, inputs->accreditations, inputs->accreditation_count, &accreditations,
		&accreditation_standings, e));
	*ret = (struct decision_material){
		.now = inputs->now,
		.destination = inputs->destination,
		.request = inputs->request,
		.agreement = agreement,
		.agreement_standing = inputs->agreement.standing,
		.report_count = inputs->report_count,
		.reports = reports,
		.report_standings = report_standings,
		.accreditation_count = inputs->accreditation_count,
		.accreditations = accreditations,
		.accreditation_standings = accreditation_standings,
		.rules = rules,
	};
	return ERR_OK;
}

/* Standings as of now, in a new array. */
static void standings_now(struct service *s, struct arena *a, const struct statement *statements,
	uint32_t count, const enum standing **standings)
{
	enum standing *now = ARENA_ARRAY(a, enum standing, (size_t)count + 1);
	if (!now)
		return; /* the arena is full: the caller's next step fails with ERR_TOO_LARGE */
	for (uint32_t i = 0; i < count; i++)
		now[i] = material_standing(s, a, &statements[i]);
	*standings = now;
}

void material_set_today(struct service *s, struct arena *a, const struct rules *rules, int64_t now,
	struct decision_material *m)
{
	m->now = now;
	m->rules = rules;
	m->agreement_standing = material_standing(s, a, m->agreement);
	standings_now(s, a, m->reports, m->report_count, &m->report_standings);
	standings_now(s, a, m->accreditations, m->accreditation_count, &m->accreditation_standings);
}
