/* sheet_report.c - the papers of a report and of an evaluation that it binds. */
#include <stdio.h>

#include "web/sheet_inner.h"

static const struct json *subject_of(const struct sheet *s)
{
	return json_path(s->source->model, "statement/credentialSubject");
}

static struct str day_range(const struct sheet *s, const struct json *v)
{
	return sheet_join(s, sheet_get(s, v, "performedFrom"), " – ",
		sheet_get(s, v, "performedUntil"));
}

static struct str methods_of(const struct sheet *s, const struct json *v)
{
	const struct json *list = json_get(v, "methods");
	struct str text = STR("");

	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *m = json_at(list, i);
		text = sheet_join(s, text, "\n", sheet_join(s, sheet_join(s, sheet_get(s, m,
			"code"), "-", sheet_get(s, m, "edition")), " ", sheet_get(s, m, "title")));
	}
	return text;
}

/* What one looks for first, above the table of verdicts. */
static void put_first(struct sheet *s, const struct json *v)
{
	const struct json *vehicle = json_get(v, "vehicle");
	struct json *facts = sheet_facts(s);

	sheet_fact(s, facts, "customer", sheet_get(s, json_get(v, "customer"), "name"));
	sheet_fact(s, facts, "vehicle", sheet_join(s, sheet_get(s, vehicle, "model"), " · ",
		sheet_join(s, sheet_get(s, vehicle, "category"), " · VIN ",
		sheet_array(s, json_get(vehicle, "vins"), ", "))));
	sheet_fact(s, facts, "methods", methods_of(s, v));
	sheet_fact(s, facts, "performed", day_range(s, v));
}

/* ---- verdicts and values --------------------------------------------------------------------- */

static const char *const verdicts[] = { "pass", "fail", "inconclusive", "invalid-run",
	"not-applicable" };

static struct str counts_of(const struct sheet *s, const struct json *list)
{
	struct str text = STR("");

	for (size_t v = 0; v < sizeof(verdicts) / sizeof(verdicts[0]); v++) {
		size_t count = 0;
		for (size_t i = 0; i < json_count(list); i++)
			count += str_is(json_str(json_path(json_at(list, i),
				"itemResult/verdict")), verdicts[v]);
		if (count > 0)
			text = sheet_join(s, text, " · ", str_printf(s->a, STR_FMT " %zu", STR_ARG(
				sheet_word(s, s->l, "verdict", str_of(verdicts[v]))), count));
	}
	return text;
}

static void put_verdicts(struct sheet *s, const struct json *list)
{
	struct json *table;
	char count[24];

	(void)snprintf(count, sizeof(count), "%zu", json_count(list));
	sheet_heading(s, sheet_text(s, "verdicts"));
	sheet_paragraph(s, sheet_join(s, sheet_fill(s, "items_are", "{n}", str_copy(s->a,
		str_of(count))), " ", counts_of(s, list)), false);
	table = sheet_table(s);
	sheet_column(s, table, "item", 0, false);
	sheet_column(s, table, "name", 1, false);
	sheet_column(s, table, "tested", 0, false);
	sheet_column(s, table, "runs", 0, true);
	sheet_column(s, table, "verdict", 0, false);
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *r = json_get(json_at(list, i), "itemResult");
		const struct json *standard = json_get(r, "standard");
		struct json *const cells[] = {
			json_new_str(s->a, sheet_get(s, r, "item")),
			sheet_cell(s, sheet_get(s, r, "title"), sheet_join(s, sheet_get(s, r,
				"scenario"), " · ", sheet_join(s, sheet_get(s, standard, "code"),
				"-", sheet_get(s, standard, "edition")))),
			json_new_str(s->a, sheet_get(s, r, "testedOn")),
			json_new_str(s->a, str_printf(s->a, "%zu", json_count(json_get(r,
				"runs")))),
			sheet_verdict(s, json_get_str(r, "verdict")) };
		sheet_row(s, table, cells, sizeof(cells) / sizeof(cells[0]));
	}
}

static struct str with_unit(const struct sheet *s, struct str value, struct str unit)
{
	if (str_ends(unit, "/s2"))
		unit = str_printf(s->a, "%.*s²", (int)unit.len - 1, unit.at);
	return value.len > 0 && unit.len > 0 && !str_is(unit, "1") ? sheet_join(s, value, " ", unit)
		: value;
}

static void put_value(const struct sheet *s, struct json *table, struct str item,
	const struct json *m)
{
	struct str unit = sheet_get(s, m, "unit"), is = json_get_str(m, "is");
	struct str limit = sheet_decimal(s, json_get_str(m, "limit"));

	if (is.at && limit.len > 0)
		limit = sheet_join(s, str_trim(sheet_word(s, s->l, "is", is)), " ", limit);
	struct json *const cells[] = { json_new_str(s->a, item),
		json_new_str(s->a, sheet_get(s, m, "name")),
		json_new_str(s->a, json_get(m, "run") ? str_printf(s->a, "%.0f",
			json_number_or(json_get(m, "run"), 0)) : STR("")),
		json_new_str(s->a, with_unit(s, sheet_decimal(s, json_get_str(m, "value")), unit)),
		json_new_str(s->a, limit),
		json_new_str(s->a, sheet_decimal(s, json_get_str(m, "margin"))) };
	sheet_row(s, table, cells, sizeof(cells) / sizeof(cells[0]));
}

static void put_values(struct sheet *s, const struct json *list)
{
	struct json *table = NULL;

	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *r = json_get(json_at(list, i), "itemResult");
		const struct json *values = json_get(r, "measurements");
		for (size_t k = 0; k < json_count(values); k++) {
			if (!table) {
				sheet_heading(s, sheet_text(s, "values"));
				table = sheet_table(s);
				sheet_column(s, table, "item", 0, false);
				sheet_column(s, table, "quantity", 1, false);
				sheet_column(s, table, "run", 0, true);
				sheet_column(s, table, "value", 0, true);
				sheet_column(s, table, "limit", 0, true);
				sheet_column(s, table, "margin", 0, true);
			}
			put_value(s, table, k == 0 ? sheet_get(s, r, "item") : STR(""),
				json_at(values, k));
		}
	}
}

/* ---- vehicle and circumstances --------------------------------------------------------------- */

static void put_hardware(struct sheet *s, const struct json *hardware)
{
	struct json *table;

	if (json_count(hardware) == 0)
		return;
	table = sheet_table(s);
	sheet_column(s, table, "part", 1, false);
	sheet_column(s, table, "model", 2, false);
	sheet_column(s, table, "pieces", 0, true);
	sheet_column(s, table, "place", 1, false);
	for (uint32_t i = 0; i < hardware->count; i++) {
		const struct json *h = hardware->members[i].value, *count = json_get(h, "count");
		struct json *const cells[] = { json_new_str(s->a, hardware->members[i].name),
			json_new_str(s->a, sheet_join(s, sheet_join(s, sheet_get(s, h, "maker"),
				" ", sheet_get(s, h, "model")), " ", sheet_get(s, h, "version"))),
			json_new_str(s->a, count ? str_printf(s->a, "%.0f", json_number_or(count,
				0)) : STR("")),
			json_new_str(s->a, sheet_get(s, h, "place")) };
		sheet_row(s, table, cells, sizeof(cells) / sizeof(cells[0]));
	}
}

static struct str elements_of(const struct sheet *s, const struct json *odd)
{
	struct str text = STR(""), speed = sheet_get(s, odd, "maxSpeed");

	for (size_t i = 0; i < json_count(s->source->elements); i++)
		text = sheet_join(s, text, s->l == LANGUAGE_EN ? ", " : "、", sheet_get(s,
			json_at(s->source->elements, i), "text"));
	if (text.len == 0)
		text = sheet_array(s, json_get(odd, "elements"), ", ");
	return speed.len > 0 ? sheet_join(s, text, s->l == LANGUAGE_EN ? ", " : "、",
		str_printf(s->a, "≤ " STR_FMT " km/h", STR_ARG(speed))) : text;
}

static void put_vehicle(struct sheet *s, const struct json *v)
{
	const struct json *vehicle = json_get(v, "vehicle"), *software = json_get(vehicle,
		"software");
	struct json *facts;

	sheet_heading(s, sheet_text(s, "configuration"));
	facts = sheet_facts(s);
	if (software)
		sheet_fact_cell(s, facts, "software", sheet_cell(s, sheet_join(s, sheet_get(s,
			software, "name"), " ", sheet_get(s, software, "version")),
			sheet_join(s, STR("SHA-256"), " ", sheet_get(s, software, "digest"))));
	sheet_fact(s, facts, "fingerprint", sheet_get(s, vehicle, "fingerprint"));
	sheet_fact(s, facts, "odd", elements_of(s, json_get(v, "odd")));
	put_hardware(s, json_get(vehicle, "hardware"));
}

static void put_circumstances(struct sheet *s, const struct json *v)
{
	static const char *const plain[] = { "sampling", "conditions", "deviations",
		"decisionRule", "externalResults", "onlyItemsTested" };
	static const char *const names[] = { "sampling", "conditions", "deviations", "rule",
		"external", "only" };
	const struct json *lab = json_get(v, "lab"), *by = json_get(v, "authorisedBy");
	const struct json *specimen = json_get(v, "specimen");
	struct json *facts;

	sheet_heading(s, sheet_text(s, "circumstances"));
	facts = sheet_facts(s);
	sheet_fact_cell(s, facts, "lab", sheet_cell(s, sheet_get(s, lab, "name"), sheet_join(s,
		sheet_get(s, lab, "address"), " · ", sheet_join(s, sheet_get(s, lab, "contact"),
		" · ", sheet_get(s, lab, "certificateNumber")))));
	sheet_fact(s, facts, "places", sheet_array(s, json_get(v, "places"), "; "));
	sheet_fact(s, facts, "specimen", sheet_join(s, sheet_get(s, specimen, "description"),
		" · ", sheet_get(s, specimen, "condition")));
	sheet_fact(s, facts, "received", sheet_get(s, v, "receivedOn"));
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		sheet_fact(s, facts, names[i], sheet_get(s, v, plain[i]));
	sheet_fact(s, facts, "authorised", sheet_join(s, sheet_get(s, by, "name"), " · ",
		sheet_get(s, by, "function")));
	sheet_fact(s, facts, "issued", sheet_get(s, v, "issuedOn"));
}

static void put_evidence(struct sheet *s, const struct json *list)
{
	struct json *table;

	if (json_count(list) == 0)
		return;
	sheet_heading(s, sheet_text(s, "evidence"));
	table = sheet_table(s);
	sheet_column(s, table, "file", 1, false);
	sheet_column(s, table, "bytes", 0, true);
	sheet_column(s, table, "sha256", 1.4, false);
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *f = json_at(list, i);
		struct json *const cells[] = { json_new_str(s->a, sheet_get(s, f, "name")),
			json_new_str(s->a, str_printf(s->a, "%.0f", json_number_or(json_get(f,
				"bytes"), 0))),
			json_new_str(s->a, sheet_get(s, f, "digest")) };
		sheet_row(s, table, cells, sizeof(cells) / sizeof(cells[0]));
	}
}

/* ---- evaluations ----------------------------------------------------------------------------- */

static struct str picture_of(const struct sheet *s, struct str document, uint32_t run)
{
	for (size_t i = 0; i < s->source->picture_count; i++) {
		const struct sheet_picture *p = &s->source->pictures[i];
		if (p->run == run && str_eq(p->document, document))
			return p->svg;
	}
	return STR("");
}

/* To hundredths of a second, as the picture has it. */
static struct str moment_of(const struct sheet *s, struct str time)
{
	struct json *number;

	if (!time.at || json_parse(s->a, time, &number, NULL) != ERR_OK)
		return STR("");
	return str_printf(s->a, "%.2f s", json_number_or(number, 0));
}

static void put_criterion(struct sheet *s, struct json *table, const struct json *c)
{
	struct str why = json_get_str(c, "unknown_why");
	struct json *const cells[] = { json_new_str(s->a, STR("")),
		sheet_cell(s, sheet_get(s, c, "title"), sheet_join(s, sheet_get(s, c, "predicate"),
			" · ", why.at ? sheet_word(s, s->l, "unknown_why", why) : STR(""))),
		sheet_verdict(s, json_get_str(c, "verdict")),
		json_new_str(s->a, with_unit(s, sheet_get(s, c, "margin_shown"),
			sheet_get(s, c, "unit"))),
		json_new_str(s->a, sheet_get(s, c, "limit_shown")),
		json_new_str(s->a, moment_of(s, json_get_str(c, "time"))) };

	sheet_row(s, table, cells, sizeof(cells) / sizeof(cells[0]));
}

/* Each run with its verdict, below it what that rests on. */
static void put_runs(struct sheet *s, const struct json *runs)
{
	struct json *table;

	if (json_count(runs) == 0)
		return;
	table = sheet_table(s);
	sheet_column(s, table, "run", 0, true);
	sheet_column(s, table, "criterion", 1, false);
	sheet_column(s, table, "verdict", 0, false);
	sheet_column(s, table, "margin", 0, true);
	sheet_column(s, table, "limit", 0, true);
	sheet_column(s, table, "moment", 0, true);
	for (size_t i = 0; i < json_count(runs); i++) {
		const struct json *run = json_at(runs, i), *list = json_get(run, "criteria");
		struct json *files = sheet_cell(s, sheet_array(s, json_get(run, "files"), ", "),
			STR(""));
		files = json_set(s->a, files, "strong", json_new_bool(s->a, true));
		struct json *const cells[] = { json_new_str(s->a, str_printf(s->a, "%.0f",
			json_number_or(json_get(run, "run"), (double)i + 1))), files,
			sheet_verdict(s, json_get_str(run, "verdict")) };
		sheet_row(s, table, cells, sizeof(cells) / sizeof(cells[0]));
		for (size_t k = 0; k < json_count(list); k++)
			put_criterion(s, table, json_at(list, k));
	}
}

static void put_picture(struct sheet *s, struct str document, uint32_t run)
{
	struct str svg = picture_of(s, document, run);
	struct json *v;

	if (svg.len == 0)
		return;
	v = json_set_text(s->a, json_new_object(s->a), "is", "picture");
	json_push(s->a, s->blocks, json_set_str(s->a, v, "svg", svg));
}

static void put_evaluation(struct sheet *s, const struct json *e, bool alone)
{
	const struct json *runs = json_get(e, "runs");
	struct str document = json_get_str(e, "document");
	struct json *facts;

	if (!alone)
		sheet_heading(s, sheet_join(s, sheet_text(s, "evaluated"), " · ",
			sheet_get(s, e, "item")));
	facts = sheet_facts(s);
	sheet_fact(s, facts, "scenario", sheet_join(s, sheet_get(s, e, "item"), " ",
		sheet_get(s, e, "scenario")));
	sheet_fact_cell(s, facts, "verdict", sheet_verdict(s, json_get_str(e, "verdict")));
	sheet_fact(s, facts, "document", document.at ? document : STR(""));
	sheet_fact(s, facts, "program", sheet_get(s, e, "program"));
	if (!json_true(json_get(e, "held")))
		sheet_paragraph(s, sheet_text(s, "not_held"), true);
	put_runs(s, runs);
	for (size_t i = 0; i < json_count(runs); i++)
		put_picture(s, document, (uint32_t)i);
}

bool sheet_evaluation(struct sheet *s, struct json *head)
{
	const struct json *v = json_get(subject_of(s), "inspectionReport");
	const struct json *list = json_get(s->source->model, "evaluations");

	json_set_str(s->a, head, "number", sheet_get(s, v, "number"));
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *e = json_at(list, i);
		if (!str_eq(json_get_str(e, "document"), s->source->evaluation))
			continue;
		json_set_str(s->a, head, "name", sheet_join(s, sheet_get(s, e, "item"), " ",
			sheet_get(s, e, "scenario")));
		put_evaluation(s, e, true);
		return true;
	}
	return false;
}

void sheet_report(struct sheet *s, struct json *head)
{
	const struct json *subject = subject_of(s), *v = json_get(subject, "inspectionReport");
	const struct json *list = json_get(subject, "assessment");
	const struct json *evaluations = json_get(s->source->model, "evaluations");

	json_set_str(s->a, head, "number", sheet_get(s, v, "number"));
	json_set_str(s->a, head, "name", sheet_get(s, v, "title"));
	put_first(s, v);
	put_verdicts(s, list);
	put_values(s, list);
	for (size_t i = 0; i < json_count(evaluations); i++)
		put_evaluation(s, json_at(evaluations, i), false);
	put_vehicle(s, v);
	put_circumstances(s, v);
	put_evidence(s, json_get(v, "evidence"));
}
