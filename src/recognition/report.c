/* report.c - reading an inspection report's subject. */
#include "recognition/report.h"

#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "base/limits.h"
#include "base/scoped.h"
#include "credential/scope.h"
#include "credential/slice.h"
#include "crypto/multibase.h"
#include "recognition/evaluation_binding.h"

#define COMPONENTS_MAX 128
#define ELEMENTS_MAX 63
#define RUNS_MAX 100
#define MEASUREMENTS_MAX 200
#define VIN_CHARACTERS 17

static enum err_code parse_verdict(const struct json *v, enum verdict *ret, struct err *e)
{
	struct str text;
	TRY(json_need_str(v, "verdict", &text, e));
	for (int i = 0; i < VERDICT_COUNT; i++) {
		if (str_is(text, verdict_name((enum verdict)i))) {
			*ret = (enum verdict)i;
			return ERR_OK;
		}
	}
	return err_set(e, ERR_INVALID, "unknown word in member \"verdict\"");
}

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "report too large");
}

/* ---- configuration --------------------------------------------------------------------------- */

struct str configuration_fingerprint(struct arena *a, const struct json *hardware,
	const struct json *software)
{
	SCOPED_BUF b;
	struct str none = { NULL, 0 };
	buf_init(&b, LIMIT_STATEMENT_BYTES);
	buf_put_text(&b, "{\"hardware\":"); /* RFC 8785 of the pair: the names are in order */
	if (json_put_jcs(&b, hardware, NULL) != ERR_OK)
		return none;
	buf_put_text(&b, ",\"software\":");
	if (json_put_jcs(&b, software, NULL) != ERR_OK)
		return none;
	buf_put_text(&b, "}");
	if (buf_check(&b, "configuration", NULL) != ERR_OK)
		return none;
	struct digest d = digest_sha256(buf_str(&b));
	return multibase_u_new(a, (struct str){ (const char *)d.at, DIGEST_BYTES });
}

static int by_name(const void *a, const void *b)
{
	return str_cmp(((const struct component *)a)->name, ((const struct component *)b)->name);
}

static enum err_code component_set(struct arena *a, struct str name, const struct json *v,
	struct component *ret, struct err *e)
{
	struct str jcs;
	TRY(json_jcs(a, v, &jcs, e));
	ret->name = name;
	ret->digest = digest_sha256(jcs);
	return ERR_OK;
}

static enum err_code parse_components(struct arena *a, const struct json *hardware,
	const struct json *software, struct configuration *ret, struct err *e)
{
	size_t count = json_count(hardware);
	if (count == 0 || count >= COMPONENTS_MAX)
		return err_set(e, ERR_INVALID, "member \"hardware\" must have 1 to %d components",
			COMPONENTS_MAX - 1);
	struct component *list = ARENA_ARRAY(a, struct component, count + 1);
	if (!list)
		return full(e);
	for (size_t i = 0; i < count; i++) {
		struct str name = hardware->members[i].name;
		if (name.len == 0 || str_is(name, "software") || str_is(name, "odd") ||
			str_is(name, "max-speed") || str_is(name, "*"))
			return err_set(e, ERR_INVALID, "component %zu of \"hardware\" has a name "
				"that is kept for something else", i + 1);
		TRY(component_set(a, name, hardware->members[i].value, &list[i], e));
	}
	TRY(component_set(a, STR("software"), software, &list[count], e));
	qsort(list, count + 1, sizeof(*list), by_name);
	ret->known = true;
	ret->component_count = (uint32_t)count + 1;
	ret->components = list;
	return ERR_OK;
}

static bool is_fingerprint(struct str s)
{
	if (s.len != 44 || s.at[0] != 'u')
		return false;
	for (size_t i = 1; i < s.len; i++) {
		char c = s.at[i];
		bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			(c >= '0' && c <= '9') || c == '-' || c == '_';
		if (!fine)
			return false;
	}
	return true;
}

enum err_code configuration_parse(struct arena *a, const struct json *v, struct configuration *ret,
	struct err *e)
{
	struct configuration c = { .fingerprint = json_get_str(v, "fingerprint") };
	const struct json *hardware = json_get(v, "hardware");
	const struct json *software = json_get(v, "software");
	if (json_get(v, "fingerprint") && !is_fingerprint(c.fingerprint))
		return err_set(e, ERR_INVALID,
			"member \"fingerprint\" is not u and 43 characters of "
			"base64url");
	if (hardware || software) {
		struct str version;
		struct str digest;
		TRY(json_need(v, "hardware", JSON_OBJECT, &hardware, e));
		TRY(json_need(v, "software", JSON_OBJECT, &software, e));
		TRY(json_need_str(software, "version", &version, e));
		TRY(json_need_str(software, "digest", &digest, e));
		TRY(parse_components(a, hardware, software, &c, e));
		struct str computed = configuration_fingerprint(a, hardware, software);
		if (!computed.at)
			return full(e);
		if (c.fingerprint.len > 0 && !str_eq(c.fingerprint, computed))
			return err_set(e, ERR_INVALID, "configuration fingerprint does not fit "
				"hardware and software: computed \"" STR_FMT "\"",
				STR_ARG(computed));
		c.fingerprint = computed;
	}
	*ret = c;
	return ERR_OK;
}

/* ---- vehicle and ODD ------------------------------------------------------------------------- */

/* Seventeen capitals and digits, without I, O and Q (GB 16735). */
static bool is_vin(struct str s)
{
	if (s.len != VIN_CHARACTERS)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];
		if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')) || c == 'I' || c == 'O' ||
			c == 'Q')
			return false;
	}
	return true;
}

enum err_code vins_parse(struct arena *a, const struct json *v, const struct str **ret,
	uint32_t *ret_count, struct err *e)
{
	const struct str *vins;
	uint32_t count;
	TRY(strings_parse_sorted(a, v, "vins", 1, REPORT_VINS_MAX, &vins, &count, e));
	for (uint32_t i = 0; i < count; i++) {
		if (!is_vin(vins[i]))
			return err_set(e, ERR_INVALID, "member \"vins\" holds something that is no "
				"vehicle identification number");
	}
	*ret = vins;
	*ret_count = count;
	return ERR_OK;
}

enum err_code odd_parse(struct arena *a, const struct json *elements, const struct json *max_speed,
	struct odd *ret, struct err *e)
{
	struct odd odd = { 0 };
	TRY(strings_parse_sorted(a, elements, "elements", 1, ELEMENTS_MAX, &odd.elements,
		&odd.element_count, e));
	if (max_speed && (!json_is(max_speed, JSON_STRING) ||
			decimal_micro(json_str(max_speed), &odd.max_speed_mm_h, NULL) != ERR_OK ||
			odd.max_speed_mm_h <= 0))
		return err_set(e, ERR_INVALID, "member \"maxSpeed\" is not a speed in km/h");
	*ret = odd;
	return ERR_OK;
}

static enum err_code parse_vehicle(struct arena *a, const struct json *v, struct report *r,
	struct err *e)
{
	struct str fingerprint;
	TRY(json_need_str(v, "category", &r->category, e));
	TRY(json_need_str(v, "model", &r->model, e));
	TRY(vins_parse(a, json_get(v, "vins"), &r->vins, &r->vin_count, e));
	TRY(json_need_str(v, "fingerprint", &fingerprint, e));
	TRY(configuration_parse(a, v, &r->configuration, e));
	if (!r->configuration.known)
		return err_set(e, ERR_INVALID, "member \"hardware\" is missing");
	return ERR_OK;
}

/* ---- the sixteen fields of ISO/IEC 17025:2017, 7.8.2.1 --------------------------------------- */

static enum err_code need_text(const struct json *v, const char *path, const char *letter,
	struct err *e)
{
	if (json_str(json_path(v, path)).len > 0)
		return ERR_OK;
	return err_set(e, ERR_INVALID, "inspectionReport lacks \"%s\" (ISO/IEC 17025 7.8.2.1 %s)",
		path, letter);
}

static enum err_code need_day(const struct json *v, const char *name, const char *letter,
	int32_t *ret, struct err *e)
{
	TRY(need_text(v, name, letter, e));
	if (china_day_parse(json_get_str(v, name), ret, e) != ERR_OK)
		return err_in(e, "inspectionReport, member \"%s\"", name);
	return ERR_OK;
}

struct days {
	int32_t received, from, until, issued;
};

static enum err_code check_fields(struct arena *a, const struct json *v, struct days *ret,
	struct err *e)
{
	static const struct {
		const char *path, *letter;
	} texts[] = {
		{ "title", "a" }, { "lab/name", "b" }, { "lab/address", "b" }, { "number", "d" },
		{ "customer/name", "e" }, { "customer/contact", "e" },
		{ "methods/0/code", "f" }, { "specimen/description", "g" },
		{ "specimen/condition", "g" }, { "sampling", "k" }, { "onlyItemsTested", "l" },
		{ "deviations", "n" }, { "authorisedBy/name", "o" },
		{ "authorisedBy/function", "o" }, { "externalResults", "p" },
	};
	const struct str *places;
	uint32_t place_count;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		TRY(need_text(v, texts[i].path, texts[i].letter, e));
	if (json_str(json_get(v, "decisionRule")).len == 0)
		return err_set(e, ERR_INVALID,
			"inspectionReport lacks \"decisionRule\" (ISO/IEC 17025 7.8.6)");
	TRY(strings_parse(a, json_get(v, "places"), "places", 1, 50, &places, &place_count, e));
	TRY(need_day(v, "receivedOn", "h", &ret->received, e));
	TRY(need_day(v, "performedFrom", "i", &ret->from, e));
	TRY(need_day(v, "performedUntil", "i", &ret->until, e));
	TRY(need_day(v, "issuedOn", "j", &ret->issued, e));
	if (ret->received > ret->from || ret->from > ret->until || ret->until > ret->issued)
		return err_set(e, ERR_INVALID, "days of receipt, test and issue are out of order");
	return ERR_OK;
}

/* ---- item results ---------------------------------------------------------------------------- */

static enum err_code parse_standard(const struct json *v, struct report_item *item, struct err *e)
{
	struct str level;
	TRY(json_need_str(v, "code", &item->standard, e));
	TRY(json_need_str(v, "edition", &item->standard_edition, e));
	TRY(json_need_str(v, "level", &level, e));
	TRY(standard_level_parse(level, &item->level, e));
	enum standard_level shown = standard_level_of(item->standard);
	if (item->level != shown)
		return err_set(e, ERR_INVALID, "standard is called %s, but its code is %s",
			standard_level_name(item->level), standard_level_name(shown));
	return ERR_OK;
}

static enum err_code parse_runs(const struct json *v, struct report_item *item, struct err *e)
{
	const struct json *runs;
	TRY(json_need(v, "runs", JSON_ARRAY, &runs, e));
	if (json_count(runs) == 0 || json_count(runs) > RUNS_MAX)
		return err_set(
			e, ERR_INVALID, "member \"runs\" must have 1 to %d entries", RUNS_MAX);
	for (size_t i = 0; i < json_count(runs); i++) {
		enum verdict verdict;
		uint64_t number;
		TRY(json_need_u64(json_at(runs, i), "run", &number, e));
		TRY(parse_verdict(json_at(runs, i), &verdict, e));
		item->run_count += verdict != VERDICT_INVALID_RUN;
		item->pass_count += verdict == VERDICT_PASS;
	}
	return ERR_OK;
}

/* With a limit and its direction the margin is no opinion: it is computed and compared. */
static enum err_code check_margin(const struct json *v, const struct report_measurement *m,
	enum verdict verdict, struct err *e)
{
	struct str is = json_get_str(v, "is");
	int64_t value;
	int64_t limit;
	int64_t margin;
	int64_t computed;
	bool at_most = str_is(is, "at-most");
	if (verdict == VERDICT_PASS && decimal_is_negative(m->margin))
		return err_set(e, ERR_INVALID, "verdict is pass, but the margin is negative");
	if (m->limit.len == 0 || is.len == 0)
		return ERR_OK;
	if (!at_most && !str_is(is, "at-least"))
		return err_set(e, ERR_INVALID, "unknown word in member \"is\"");
	TRY(decimal_micro(m->value, &value, e));
	TRY(decimal_micro(m->limit, &limit, e));
	if (__builtin_sub_overflow(at_most ? limit : value, at_most ? value : limit, &computed))
		return err_set(e, ERR_INVALID, "value or limit is too large");
	if (verdict == VERDICT_PASS && computed < 0)
		return err_set(e, ERR_INVALID, "verdict is pass, but the value is past the limit");
	if (m->margin.len == 0)
		return ERR_OK;
	TRY(decimal_micro(m->margin, &margin, e));
	return margin == computed ? ERR_OK
		: err_set(e, ERR_INVALID, "margin is not the distance from value to limit");
}

static enum err_code parse_measurement(const struct json *v, enum verdict verdict,
	struct report_measurement *ret, struct err *e)
{
	struct report_measurement m = { .limit = json_get_str(v, "limit"),
		.margin = json_get_str(v, "margin") };
	TRY(json_need_str(v, "name", &m.name, e));
	TRY(json_need_str(v, "value", &m.value, e));
	TRY(json_need_str(v, "unit", &m.unit, e));
	bool plain = decimal_is(m.value) && (!json_get(v, "limit") || decimal_is(m.limit)) &&
		(!json_get(v, "margin") || decimal_is(m.margin));
	if (!plain)
		return err_set(e, ERR_INVALID, "value, limit or margin is not a decimal as text");
	TRY(check_margin(v, &m, verdict, e));
	*ret = m;
	return ERR_OK;
}

static enum err_code parse_measurements(struct arena *a, const struct json *v,
	struct report_item *item, struct err *e)
{
	const struct json *list;
	TRY(json_need(v, "measurements", JSON_ARRAY, &list, e));
	size_t count = json_count(list);
	if (count > MEASUREMENTS_MAX)
		return err_set(e, ERR_INVALID, "more than %d measurements", MEASUREMENTS_MAX);
	struct report_measurement *measurements = ARENA_ARRAY(a, struct report_measurement, count);
	if (!measurements)
		return full(e);
	for (size_t i = 0; i < count; i++) {
		if (parse_measurement(json_at(list, i), item->verdict, &measurements[i], e) !=
			ERR_OK)
			return err_in(e, "measurement %zu", i + 1);
	}
	item->measurement_count = (uint32_t)count;
	item->measurements = measurements;
	return ERR_OK;
}

/* Optional: reports from before, and items that no file can judge, have none. */
static enum err_code parse_evaluation(const struct json *v, const struct report *r,
	struct report_item *item, struct err *e)
{
	struct evaluation_binding binding;
	const struct json *evaluation = json_get(v, "evaluation");
	if (!evaluation)
		return ERR_OK;
	if (evaluation_binding_parse(evaluation, json_get(r->doc, "evidence"), &binding, e) !=
		ERR_OK)
		return err_in(e, "evaluation");
	item->evaluated = true;
	return ERR_OK;
}

/* Commitments to slices, where there are any (doc/formats/slice.md). */
static enum err_code check_evidence(const struct json *list, struct err *e)
{
	struct slice_commitment c;
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *slices = json_get(json_at(list, i), "slices");
		if (slices && slice_commitment_parse(slices, &c, e) != ERR_OK)
			return err_in(e, "evidence %zu", i + 1);
	}
	return ERR_OK;
}

static enum err_code parse_item(struct arena *a, const struct json *v, const struct report *r,
	const struct days *days, struct report_item *ret, struct err *e)
{
	struct report_item item = { .doc = v, .scheme = r->scheme, .edition = r->edition };
	const struct json *scheme = json_get(v, "scheme");
	const struct json *standard;
	struct str tested_on;
	TRY(json_need_str(v, "item", &item.item, e));
	if (scheme) {
		TRY(json_need_str(scheme, "id", &item.scheme, e));
		TRY(json_need_str(scheme, "edition", &item.edition, e));
	}
	TRY(json_need_str(v, "scenario", &item.scenario, e));
	TRY(json_need_str(v, "clause", &item.clause, e));
	TRY(json_need(v, "standard", JSON_OBJECT, &standard, e));
	TRY(parse_standard(standard, &item, e));
	TRY(parse_verdict(v, &item.verdict, e));
	TRY(parse_runs(v, &item, e));
	if (item.verdict == VERDICT_PASS && item.pass_count == 0)
		return err_set(e, ERR_INVALID, "verdict is pass, but no run is");
	TRY(parse_measurements(a, v, &item, e));
	TRY(parse_evaluation(v, r, &item, e));
	TRY(json_need_str(v, "testedOn", &tested_on, e));
	TRY(china_day_parse(tested_on, &item.tested_on, e));
	if (item.tested_on < days->from || item.tested_on > days->until)
		return err_set(
			e, ERR_INVALID, "member \"testedOn\" is outside the days of the test");
	*ret = item;
	return ERR_OK;
}

static enum err_code parse_assessment(struct arena *a, const struct json *v, const struct report *r,
	const struct days *days, struct report_item *ret, struct err *e)
{
	const struct json *result;
	TRY(json_need(v, "itemResult", JSON_OBJECT, &result, e));
	TRY(parse_item(a, result, r, days, ret, e));
	bool pass = ret->verdict == VERDICT_PASS;
	const struct json *conformance = json_get(v, "conformance");
	if (!json_is(conformance, pass ? JSON_TRUE : JSON_FALSE))
		return err_set(e, ERR_INVALID, "member \"conformance\" contradicts the verdict");
	if (!str_eq(json_get_str(v, "assessmentDate"), json_get_str(result, "testedOn")))
		return err_set(
			e, ERR_INVALID, "member \"assessmentDate\" is not the day of testing");
	return ERR_OK;
}

static int by_item(const void *a, const void *b)
{
	const struct report_item *x = a;
	const struct report_item *y = b;
	int order = str_cmp(x->scheme, y->scheme);
	if (order == 0)
		order = str_cmp(x->item, y->item);
	return order ? order : str_cmp(x->edition, y->edition);
}

static enum err_code parse_assessments(struct arena *a, const struct json *list,
	const struct days *days, struct report *r, struct err *e)
{
	size_t count = json_count(list);
	uint64_t told;
	if (count == 0 || count > LIMIT_REPORT_ITEMS)
		return err_set(e, count ? ERR_TOO_LARGE : ERR_INVALID, "a report has 1 to %d items",
			LIMIT_REPORT_ITEMS);
	TRY(json_need_u64(r->doc, "itemCount", &told, e));
	if (told != count)
		return err_set(e, ERR_INVALID, "member \"itemCount\" is not the number of "
			"assessments: the report is not whole (ISO/IEC 17025 7.8.2.1 d)");
	struct report_item *items = ARENA_ARRAY(a, struct report_item, count);
	if (!items)
		return full(e);
	for (size_t i = 0; i < count; i++) {
		if (parse_assessment(a, json_at(list, i), r, days, &items[i], e) != ERR_OK)
			return err_in(e, "assessment %zu", i + 1);
	}
	qsort(items, count, sizeof(*items), by_item);
	for (size_t i = 1; i < count; i++) {
		if (by_item(&items[i - 1], &items[i]) == 0)
			return err_set(e, ERR_INVALID, "an item stands twice in the report");
	}
	r->item_count = (uint32_t)count;
	r->items = items;
	return ERR_OK;
}

enum err_code report_parse(struct arena *a, const struct json *subject, struct report *ret,
	struct err *e)
{
	struct report r = { 0 };
	const struct json *part;
	struct days days;
	struct str id;
	if (!json_has_type(json_get(subject, "type"), "ConformityAttestation"))
		return err_set(e, ERR_INVALID, "subject is not a ConformityAttestation");
	TRY(json_need_str(subject, "id", &id, e));
	TRY(json_need(subject, "issuedToParty", JSON_OBJECT, &part, e));
	TRY(json_need_str(part, "id", &r.applicant, e));
	TRY(json_need(subject, "inspectionReport", JSON_OBJECT, &r.doc, e));
	TRY(check_fields(a, r.doc, &days, e));
	r.number = json_get_str(r.doc, "number");
	r.title = json_get_str(r.doc, "title");
	r.lab = json_str(json_path(r.doc, "lab/id"));
	r.issued_on = days.issued;
	TRY(json_need(r.doc, "scheme", JSON_OBJECT, &part, e));
	TRY(json_need_str(part, "id", &r.scheme, e));
	TRY(json_need_str(part, "edition", &r.edition, e));
	TRY(json_need(r.doc, "vehicle", JSON_OBJECT, &part, e));
	if (parse_vehicle(a, part, &r, e) != ERR_OK)
		return err_in(e, "vehicle");
	TRY(json_need(r.doc, "odd", JSON_OBJECT, &part, e));
	if (odd_parse(a, json_get(part, "elements"), json_get(part, "maxSpeed"), &r.odd, e) !=
		ERR_OK)
		return err_in(e, "odd");
	TRY(check_evidence(json_get(r.doc, "evidence"), e));
	TRY(json_need(subject, "assessment", JSON_ARRAY, &part, e));
	TRY(parse_assessments(a, part, &days, &r, e));
	*ret = r;
	return ERR_OK;
}
