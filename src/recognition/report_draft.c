/* report_draft.c - the mapping of a draft to UNTP 0.6.0 terms. */
#include "recognition/report_draft.h"

#include "base/instant.h"
#include "base/limits.h"
#include "recognition/evaluation_binding.h"

#define TOPIC "social.safety" /* the vocabulary's topics are about sustainability; this one fits */

struct maker {
	struct arena *a;
	const struct json *draft;
	struct str statement_id, lab_did;
	struct err *e;
};

static struct json *types(struct arena *a, const char *first, const char *second)
{
	struct json *list = json_new_array(a);
	list = json_push(a, list, json_new_text(a, first));
	return second ? json_push(a, list, json_new_text(a, second)) : list;
}

static struct json *party(struct arena *a, const struct json *from, struct str id)
{
	struct json *v = json_new_object(a);
	v = json_set_str(a, v, "id", id);
	v = json_set_str(a, v, "name", json_get_str(from, "name"));
	struct str registered = json_get_str(from, "registeredId");
	return registered.len > 0 ? json_set_str(a, v, "registeredId", registered) : v;
}

/* The method that a result names by code and edition. */
static const struct json *method_of(const struct maker *m, const struct json *standard)
{
	const struct json *methods = json_get(m->draft, "methods");
	for (size_t i = 0; i < json_count(methods); i++) {
		const struct json *v = json_at(methods, i);
		if (str_eq(json_get_str(v, "code"), json_get_str(standard, "code")) &&
			str_eq(json_get_str(v, "edition"), json_get_str(standard, "edition")))
			return v;
	}
	return NULL;
}

static struct json *standard_json(const struct maker *m, const struct json *method,
	struct json *type)
{
	struct arena *a = m->a;
	const struct json *issuer = json_get(method, "issuer");
	struct str issued = json_get_str(method, "issued");
	struct json *v = json_set(a, json_new_object(a), "type", type);
	struct str name = str_printf(a, STR_FMT "-" STR_FMT " " STR_FMT,
		STR_ARG(json_get_str(method, "code")), STR_ARG(json_get_str(method, "edition")),
		STR_ARG(json_get_str(method, "title")));
	v = json_set_str(a, v, "id", json_get_str(method, "id"));
	v = json_set_str(a, v, "name", name);
	v = json_set(a, v, "issuingParty", party(a, issuer, json_get_str(issuer, "id")));
	return issued.len > 0 ? json_set_str(a, v, "issueDate", issued) : v;
}

/* The first vehicle stands for all: the others are in inspectionReport, once and not once an
 * item. */
static struct json *product(const struct maker *m)
{
	struct arena *a = m->a;
	const struct json *vehicle = json_get(m->draft, "vehicle");
	struct str vin = json_str(json_at(json_get(vehicle, "vins"), 0));
	struct json *car = json_new_object(a);
	struct json *v =
		json_set(a, json_new_object(a), "type", types(a, "ProductVerification", NULL));
	car = json_set_str(a, car, "id", str_printf(a, "urn:vin:" STR_FMT, STR_ARG(vin)));
	car = json_set_str(a, car, "name", json_get_str(vehicle, "model"));
	v = json_set(a, v, "product", car);
	v = json_set(a, v, "IDverifiedByCAB", json_new_bool(a, true));
	return json_push(a, json_new_array(a), v);
}

static enum err_code assessment(const struct maker *m, const struct json *item, struct json **ret)
{
	struct arena *a = m->a;
	const struct json *method = method_of(m, json_get(item, "standard"));
	struct str code = json_get_str(item, "item");
	struct str title = json_get_str(item, "title");
	struct str scheme = json_get_str(json_get(item, "scheme"), "id");
	bool pass = str_is(json_get_str(item, "verdict"), "pass");
	if (!method)
		return err_set(m->e, ERR_INVALID, "its standard is not among \"methods\"");
	struct json *v = json_set(a, json_new_object(a), "type",
		types(a, "ConformityAssessment", "Declaration"));
	struct str id = scheme.len > 0
		? str_printf(a, STR_FMT "#" STR_FMT "/" STR_FMT, STR_ARG(m->statement_id),
			STR_ARG(scheme), STR_ARG(code))
		: str_printf(a, STR_FMT "#" STR_FMT, STR_ARG(m->statement_id), STR_ARG(code));
	v = json_set_str(a, v, "id", id);
	v = json_set_str(a, v, "name", title.len > 0 ? title : code);
	v = json_set_text(a, v, "conformityTopic", TOPIC);
	v = json_set(a, v, "conformance", json_new_bool(a, pass));
	v = json_set_str(a, v, "assessmentDate", json_get_str(item, "testedOn"));
	v = json_set(
		a, v, "referenceStandard", standard_json(m, method, types(a, "Standard", NULL)));
	v = json_set(a, v, "assessedProduct", product(m));
	*ret = json_set(a, v, "itemResult", json_copy(a, item));
	return ERR_OK;
}

static struct json *authorisation(const struct maker *m)
{
	struct arena *a = m->a;
	const struct json *from = json_get(m->draft, "accreditation");
	const struct json *authority = json_get(from, "authority");
	struct str id = json_get_str(from, "id");
	struct str number = json_get_str(from, "certificateNumber");
	struct json *v = json_set(a, json_new_object(a), "type", types(a, "Endorsement", NULL));
	if (id.len == 0) /* the accreditation statement is not named: the certificate is */
		id = str_printf(a, STR_FMT "#accreditation", STR_ARG(m->statement_id));
	v = json_set_str(a, v, "id", id);
	v = json_set_str(a, v, "name", str_printf(a, STR_FMT " " STR_FMT,
		STR_ARG(json_get_str(from, "certificateType")), STR_ARG(number)));
	v = json_set(a, v, "issuingAuthority", party(a, authority, json_get_str(authority, "id")));
	return json_push(a, json_new_array(a), v);
}

/* Members of the draft that go into inspectionReport as they stand. */
static const char *const kept[] = {"number", "title", "places", "customer", "methods", "specimen",
	"receivedOn", "performedFrom", "performedUntil", "issuedOn", "sampling", "onlyItemsTested",
	"deviations", "authorisedBy", "externalResults", "decisionRule", "scheme", "odd",
	"evidence", "conditions", "sample", "amends"};

static enum err_code inspection_report(const struct maker *m, struct json **ret)
{
	struct arena *a = m->a;
	const struct json *vehicle = json_get(m->draft, "vehicle");
	const struct json *lab = json_get(m->draft, "lab");
	struct json *v = json_new_object(a);
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		const struct json *member = json_get(m->draft, kept[i]);
		if (member)
			v = json_set(a, v, kept[i], json_copy(a, member));
	}
	if (!json_is(lab, JSON_OBJECT) || !json_is(vehicle, JSON_OBJECT))
		return err_set(m->e, ERR_INVALID, "draft lacks \"lab\" or \"vehicle\"");
	v = json_set(a, v, "lab", json_set_str(a, json_copy(a, lab), "id", m->lab_did));
	v = json_set_number(a, v, "itemCount", (double)json_count(json_get(m->draft, "items")));
	struct str fingerprint = configuration_fingerprint(a, json_get(vehicle, "hardware"),
		json_get(vehicle, "software"));
	if (!fingerprint.at)
		return err_set(
			m->e, ERR_INVALID, "draft has no usable \"hardware\" and \"software\"");
	*ret = json_set(a, v, "vehicle",
		json_set_str(a, json_copy(a, vehicle), "fingerprint", fingerprint));
	return ERR_OK;
}

static struct json *scope(const struct maker *m)
{
	const struct json *method = json_at(json_get(m->draft, "methods"), 0);
	return standard_json(m, method, types(m->a, "ConformityAssessmentScheme", "Standard"));
}

static enum err_code put_assessments(const struct maker *m, struct json *subject)
{
	const struct json *items = json_get(m->draft, "items");
	struct json *list = json_new_array(m->a);
	if (json_count(items) > LIMIT_REPORT_ITEMS)
		return err_set(
			m->e, ERR_TOO_LARGE, "a report has 1 to %d items", LIMIT_REPORT_ITEMS);
	for (size_t i = 0; i < json_count(items); i++) {
		struct json *one = NULL;
		if (assessment(m, json_at(items, i), &one) != ERR_OK)
			return err_in(m->e, "item %zu of the draft", i + 1);
		list = json_push(m->a, list, one);
	}
	(void)json_set(
		m->a, subject, "assessment", list); /* a full arena is seen by the read-back */
	return ERR_OK;
}

enum err_code report_subject_from_draft(struct arena *a, const struct json *draft,
	struct str statement_id, struct str lab_did, struct json **ret, struct err *e)
{
	struct maker m = { .a = a, .draft = draft, .statement_id = statement_id, .lab_did = lab_did,
		.e = e };
	const struct json *applicant = json_get(draft, "applicant");
	struct json *inspection = NULL;
	struct report check;
	struct str bytes;
	TRY(inspection_report(&m, &inspection));
	struct json *v = json_set(a, json_new_object(a), "type",
		types(a, "ConformityAttestation", "Attestation"));
	v = json_set_str(a, v, "id", str_printf(a, STR_FMT "#attestation", STR_ARG(statement_id)));
	v = json_set_str(a, v, "name", str_printf(a, STR_FMT " " STR_FMT,
		STR_ARG(json_get_str(draft, "title")), STR_ARG(json_get_str(draft, "number"))));
	v = json_set_text(a, v, "assessorLevel", "3rdParty");
	v = json_set_text(a, v, "assessmentLevel", "Accredited");
	v = json_set_text(a, v, "attestationType", "testing");
	v = json_set(a, v, "issuedToParty", party(a, applicant, json_get_str(applicant, "id")));
	v = json_set(a, v, "authorisation", authorisation(&m));
	v = json_set(a, v, "scope", scope(&m));
	v = json_set(a, v, "inspectionReport", inspection);
	TRY(put_assessments(&m, v));
	if (!v || json_jcs(a, v, &bytes, NULL) != ERR_OK)
		return err_set(
			e, ERR_TOO_LARGE, "report too large, or a member of the draft is missing");
	TRY(report_parse(a, v, &check, e));
	*ret = v;
	return ERR_OK;
}

/* ---- and back -------------------------------------------------------------------------------- */

/* "CMA 2026-001", and who accredited. */
static struct json *accreditation_of(struct arena *a, const struct json *subject)
{
	const struct json *from = json_at(json_get(subject, "authorisation"), 0);
	struct str number = json_get_str(from, "name"), id = json_get_str(from, "id");
	struct json *v = json_new_object(a);
	struct str type = number.at ? str_cut(&number, ' ') : STR("");
	v = json_set_str(a, v, "certificateType", type);
	v = json_set_str(a, v, "certificateNumber", number.at ? number : STR(""));
	if (str_starts(id, "urn:uuid:") && str_find(id, STR("#")) == SIZE_MAX)
		v = json_set_str(a, v, "id", id);
	return json_set(a, v, "authority", json_copy(a, json_get(from, "issuingAuthority")));
}

enum err_code report_draft_from_subject(struct arena *a, const struct json *subject,
	struct json **ret, struct err *e)
{
	const struct json *report = json_get(subject, "inspectionReport");
	const struct json *list = json_get(subject, "assessment");
	const struct json *lab = json_get(report, "lab"), *vehicle = json_get(report, "vehicle");
	const struct json *holder = json_get(subject, "issuedToParty");
	struct json *v = json_set_text(a, json_new_object(a), "kind", "report-draft");
	struct json *items = json_new_array(a);
	struct str bytes;
	if (!json_is(lab, JSON_OBJECT) || !json_is(vehicle, JSON_OBJECT) || !holder ||
		json_count(json_get(subject, "authorisation")) == 0)
		return err_set(e, ERR_INVALID, "statement is no report");
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		if (json_get(report, kept[i]))
			v = json_set(a, v, kept[i], json_copy(a, json_get(report, kept[i])));
	}
	for (size_t i = 0; i < json_count(list); i++)
		items = json_push(a, items, json_copy(a,
			json_get(json_at(list, i), "itemResult")));
	v = json_set(a, v, "items", items);
	v = json_set(a, v, "lab", json_without(a, lab, "id"));
	v = json_set(a, v, "vehicle", json_without(a, vehicle, "fingerprint"));
	v = json_set(a, v, "applicant", json_copy(a, holder));
	v = json_set(a, v, "accreditation", accreditation_of(a, subject));
	if (!v || json_jcs(a, v, &bytes, NULL) != ERR_OK)
		return err_set(e, ERR_TOO_LARGE, "draft needs too much memory");
	*ret = v;
	return ERR_OK;
}

/* ---- from an evaluation ---------------------------------------------------------------------- */

static bool is_of_scheme(const struct json *v, const struct scheme *s)
{
	return str_eq(json_get_str(v, "id"), s->id) && str_eq(json_get_str(v, "edition"),
		s->edition);
}

static struct json *scheme_ref(struct arena *a, const struct scheme *s)
{
	struct json *v = json_set_str(a, json_new_object(a), "id", s->id);
	return json_set_str(a, v, "edition", s->edition);
}

/* Index of the draft's item, or the number of items. */
static size_t find_item(const struct json *draft, const struct scheme *s, struct str item)
{
	const struct json *items = json_get(draft, "items");
	size_t i = 0;
	for (; i < json_count(items); i++) {
		const struct json *v = json_at(items, i), *own = json_get(v, "scheme");
		if (str_eq(json_get_str(v, "item"), item) &&
			is_of_scheme(own ? own : json_get(draft, "scheme"), s))
			break;
	}
	return i;
}

/* The day in China on which the first run began, when its file tells. */
static struct str day_of_first_run(struct arena *a, const struct json *document)
{
	struct str text = json_str(json_path(document, "runs/0/files/0/startNs"));
	char day[INSTANT_TEXT_BYTES];
	uint64_t ns;
	if (str_parse_u64(text, &ns, NULL) != ERR_OK)
		return STR("");
	instant_format((int64_t)(ns / 1000000000) + 8 * 3600, day);
	return str_copy(a, (struct str){ day, 10 });
}

static enum err_code put_day(struct arena *a, struct json *item, const struct json *document,
	struct str tested_on, struct err *e)
{
	struct str day = tested_on;
	if (day.len == 0)
		day = json_get_str(item, "testedOn");
	if (day.len == 0)
		day = day_of_first_run(a, document);
	if (day.len == 0) {
		(void)err_set(e, ERR_INVALID, "the files do not tell on which day item \"" STR_FMT
			"\" was tested", STR_ARG(json_get_str(document, "item")));
		(void)err_word(e, "no-day");
		return err_hint(e, "Give it with --tested-on DAY.");
	}
	(void)json_set_str(a, item, "testedOn", day); /* a full arena is seen when it is written */
	return ERR_OK;
}

/* What a new item says that the evaluation does not. */
static struct json *new_item(struct arena *a, const struct json *draft, const struct scheme *s,
	const struct scheme_item *row, const struct json *document)
{
	struct json *v = json_new_object(a), *standard = json_new_object(a);
	struct str clause = json_get_str(row->doc, "clause");
	standard = json_set_str(a, standard, "code", s->standard_code);
	standard = json_set_str(a, standard, "edition", s->edition);
	standard = json_set_text(a, standard, "level", standard_level_name(s->level));
	v = json_set_str(a, v, "item", row->item);
	v = json_set_str(a, v, "title", row->title.zh);
	v = json_set_str(a, v, "clause", clause.len > 0 ? clause : row->item);
	v = json_set_str(a, v, "scenario", json_str(json_path(document, "title/zh-CN")));
	v = json_set(a, v, "standard", standard);
	return is_of_scheme(json_get(draft, "scheme"), s) ? v
		: json_set(a, v, "scheme", scheme_ref(a, s));
}

/* The list of that name, to be added to. */
static struct json *own_list(struct arena *a, struct json *draft, const char *name)
{
	const struct json *old = json_get(draft, name);
	struct json *list = json_new_array(a);
	for (size_t i = 0; i < json_count(old); i++)
		list = json_push(a, list, json_copy(a, json_at(old, i)));
	(void)json_set(a, draft, name, list); /* as above */
	return list;
}

void report_draft_put_method(struct arena *a, struct json *draft, const struct scheme *s)
{
	const struct maker m = { .a = a, .draft = draft };
	const struct json *own = json_get(s->doc, "standard");
	struct json *standard = json_new_object(a), *v = json_new_object(a);
	struct json *issuer = json_new_object(a);
	struct str urn = str_printf(a, "urn:huren:scheme:" STR_FMT ":" STR_FMT, STR_ARG(s->id),
		STR_ARG(s->edition));
	standard = json_set_str(a, standard, "code", s->standard_code);
	standard = json_set_str(a, standard, "edition", s->edition);
	if (method_of(&m, standard))
		return;
	issuer = json_set_str(a, issuer, "id", str_printf(a, STR_FMT "#publisher", STR_ARG(urn)));
	issuer = json_set_str(a, issuer, "name", json_str(json_path(own, "publisher/zh-CN")));
	v = json_set_str(a, v, "code", s->standard_code);
	v = json_set_str(a, v, "edition", s->edition);
	v = json_set_text(a, v, "level", standard_level_name(s->level));
	v = json_set_str(a, v, "title", json_str(json_path(own, "title/zh-CN")));
	v = json_set_str(a, v, "id", urn);
	v = json_set(a, v, "issuer", issuer);
	(void)json_push(a, own_list(a, draft, "methods"), v); /* as above */
}

enum err_code report_draft_add_evaluation(struct arena *a, struct json *draft,
	const struct scheme *scheme, const struct json *document, struct str tested_on,
	struct err *e)
{
	struct str word = json_get_str(document, "item");
	const struct scheme_item *row = scheme_item(scheme, word);
	if (!is_of_scheme(json_get(document, "scheme"), scheme) || !row) {
		(void)err_set(e, ERR_INVALID, "evaluation is of another scheme or item");
		return err_word(e, "other-scheme");
	}
	if (!json_get(draft, "kind"))
		(void)json_set_text(a, draft, "kind", "report-draft"); /* as above */
	if (!json_get(draft, "scheme"))
		(void)json_set(a, draft, "scheme", scheme_ref(a, scheme)); /* as above */
	report_draft_put_method(a, draft, scheme);
	size_t index = find_item(draft, scheme, word);
	struct json *items = own_list(a, draft, "items"), *item = NULL;
	const struct json *old = index < json_count(items) ? json_at(items, index)
		: new_item(a, draft, scheme, row, document);
	TRY(evaluation_fill_item(a, old, document, &item, e));
	TRY(put_day(a, item, document, tested_on, e));
	if (index < json_count(items))
		items->items[index] = item;
	else
		items = json_push(a, items, item);
	TRY(evaluation_add_evidence(a, own_list(a, draft, "evidence"), document, e));
	return items ? ERR_OK : err_set(e, ERR_TOO_LARGE, "draft needs too much memory");
}
