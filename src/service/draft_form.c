/* draft_form.c - the table of fields. What each kind reads and writes is in draft_value.c. */
#include "service/draft_form.h"

#include "base/scoped.h"
#include "credential/did.h"
#include "recognition/report_draft.h"
#include "service/draft_value.h"

#define LONG 2000
#define VERDICTS "pass fail inconclusive invalid-run not-applicable"

const struct draft_field draft_fields[] = {
	{ DRAFT_REPORT, "d-scheme", "scheme", DRAFT_SCHEME, true, 128, NULL },
	{ DRAFT_REPORT, "d-number", "number", DRAFT_TEXT, true, 64, NULL },
	{ DRAFT_REPORT, "d-title", "title", DRAFT_TEXT, true, LONG, NULL },
	{ DRAFT_REPORT, "d-received", "receivedOn", DRAFT_DAY, true, 10, NULL },
	{ DRAFT_REPORT, "d-from", "performedFrom", DRAFT_DAY, true, 10, NULL },
	{ DRAFT_REPORT, "d-until", "performedUntil", DRAFT_DAY, true, 10, NULL },
	{ DRAFT_REPORT, "d-issued", "issuedOn", DRAFT_DAY, true, 10, NULL },
	{ DRAFT_REPORT, "d-places", "places", DRAFT_LINES, true, LONG, NULL },
	{ DRAFT_REPORT, "d-conditions", "conditions", DRAFT_AREA, false, LONG, NULL },
	{ DRAFT_REPORT, "d-rule", "decisionRule", DRAFT_AREA, true, LONG, NULL },
	{ DRAFT_REPORT, "d-sampling", "sampling", DRAFT_AREA, true, LONG, NULL },
	{ DRAFT_REPORT, "d-only", "onlyItemsTested", DRAFT_AREA, true, LONG, NULL },
	{ DRAFT_REPORT, "d-deviations", "deviations", DRAFT_AREA, true, LONG, NULL },
	{ DRAFT_REPORT, "d-external", "externalResults", DRAFT_AREA, true, LONG, NULL },
	{ DRAFT_PARTIES, "d-applicant", "applicant/id", DRAFT_DID, true, 256, NULL },
	{ DRAFT_PARTIES, "d-applicant-name", "applicant/name", DRAFT_TEXT, true, LONG, NULL },
	{ DRAFT_PARTIES, "d-customer", "customer/name", DRAFT_TEXT, true, LONG, NULL },
	{ DRAFT_PARTIES, "d-customer-contact", "customer/contact", DRAFT_TEXT, true, LONG, NULL },
	{ DRAFT_PARTIES, "d-lab-name", "lab/name", DRAFT_TEXT, true, LONG, NULL },
	{ DRAFT_PARTIES, "d-lab-address", "lab/address", DRAFT_TEXT, true, LONG, NULL },
	{ DRAFT_PARTIES, "d-lab-contact", "lab/contact", DRAFT_TEXT, false, LONG, NULL },
	{ DRAFT_PARTIES, "d-certificate-type", "accreditation/certificateType", DRAFT_CHOICE,
		true, 8, "CMA CNAS" },
	{ DRAFT_PARTIES, "d-certificate", "accreditation/certificateNumber", DRAFT_TEXT, true, 64,
		NULL },
	{ DRAFT_PARTIES, "d-authorised", "authorisedBy/name", DRAFT_TEXT, true, LONG, NULL },
	{ DRAFT_PARTIES, "d-function", "authorisedBy/function", DRAFT_TEXT, true, LONG, NULL },
	{ DRAFT_VEHICLE, "d-model", "vehicle/model", DRAFT_TEXT, true, LONG, NULL },
	{ DRAFT_VEHICLE, "d-category", "vehicle/category", DRAFT_TEXT, true, 64, NULL },
	{ DRAFT_VEHICLE, "d-vins", "vehicle/vins", DRAFT_VINS, true, 18000, NULL },
	{ DRAFT_VEHICLE, "d-specimen", "specimen/description", DRAFT_AREA, true, LONG, NULL },
	{ DRAFT_VEHICLE, "d-condition", "specimen/condition", DRAFT_AREA, true, LONG, NULL },
	{ DRAFT_VEHICLE, "d-hardware", "vehicle/hardware", DRAFT_HARDWARE, true, 16384, NULL },
	{ DRAFT_VEHICLE, "d-software", "vehicle/software/name", DRAFT_TEXT, false, LONG, NULL },
	{ DRAFT_VEHICLE, "d-software-version", "vehicle/software/version", DRAFT_TEXT, true, 64,
		NULL },
	{ DRAFT_VEHICLE, "d-software-digest", "vehicle/software/digest", DRAFT_DIGEST, true, 64,
		NULL },
	{ DRAFT_VEHICLE, "d-speed", "odd/maxSpeed", DRAFT_DECIMAL, false, 32, NULL },
	{ DRAFT_VEHICLE, "d-elements", "odd/elements", DRAFT_ELEMENTS, true, 4096, NULL },
	{ DRAFT_RESULT, "d-item", "item", DRAFT_ITEM, true, 64, NULL },
	{ DRAFT_RESULT, "d-item-title", "title", DRAFT_TEXT, false, LONG, NULL },
	{ DRAFT_RESULT, "d-clause", "clause", DRAFT_TEXT, true, 64, NULL },
	{ DRAFT_RESULT, "d-scenario", "scenario", DRAFT_TEXT, true, LONG, NULL },
	{ DRAFT_RESULT, "d-tested", "testedOn", DRAFT_DAY, true, 10, NULL },
	{ DRAFT_RESULT, "d-verdict", "verdict", DRAFT_CHOICE, true, 32, VERDICTS },
	{ DRAFT_RESULT, "d-runs", "runs", DRAFT_RUNS, true, 16384, NULL },
	{ DRAFT_RESULT, "d-measured", "measurements", DRAFT_MEASURED, false, 65536, NULL },
	{ DRAFT_RESULT, "d-item-conditions", "conditions", DRAFT_AREA, false, LONG, NULL },
};
const size_t draft_field_count = sizeof(draft_fields) / sizeof(draft_fields[0]);

static const char *const sections[DRAFT_SECTIONS] = { "report", "parties", "vehicle", "result" };

const char *draft_section_name(enum draft_section section)
{
	CHECK(section < DRAFT_SECTIONS);
	return sections[section];
}

enum draft_section draft_section_find(struct str name)
{
	size_t i = 0;

	while (i < DRAFT_SECTIONS && !str_is(name, sections[i]))
		i++;
	return (enum draft_section)i;
}

const struct draft_field *draft_field_find(struct str name)
{
	for (size_t i = 0; i < draft_field_count; i++)
		if (str_is(name, draft_fields[i].name))
			return &draft_fields[i];
	return NULL;
}

void draft_wrong(struct arena *a, struct json *problems, const char *field, const char *word,
	size_t line)
{
	struct json *v = json_set_text(a, json_new_object(a), "field", field);

	if (json_get(problems, field))
		return;
	v = json_set_text(a, v, "wrong", word);
	if (line > 0)
		v = json_set_number(a, v, "line", (double)line);
	(void)json_set(a, problems, field, v); /* full: the page cannot be drawn */
}

/* ---- reading --------------------------------------------------------------------------------- */

struct str draft_text(struct arena *a, const struct draft_field *f, const struct json *from)
{
	return draft_value_text(a, f->kind, json_path(from, f->path));
}

/* ---- taking ---------------------------------------------------------------------------------- */

/* A copy with one member set or, for NULL, taken out. Paths have at most three names. */
static struct json *put(struct arena *a, const struct json *object, struct str path,
	struct json *value)
{
	struct str rest = path, first = str_cut(&rest, '/');
	const char *name = str_z(a, first);
	const struct json *old = name ? json_get(object, name) : NULL;
	struct json *copy = object ? json_copy(a, object) : json_new_object(a);

	if (!name)
		return NULL;
	if (rest.at) {
		struct json *inner = put(a, json_is(old, JSON_OBJECT) ? old : NULL, rest, value);
		value = json_count(inner) > 0 ? inner : NULL;
	}
	if (value)
		return json_set(a, copy, name, value);
	return old ? json_without(a, copy, name) : copy;
}

static bool is_clean(const struct draft_field *f, struct str s)
{
	bool lines = f->kind != DRAFT_TEXT && f->kind != DRAFT_DID;

	if (s.len > f->max || !str_is_utf8(s))
		return false;
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = (uint8_t)s.at[i];
		if ((c < ' ' && !(lines && (c == '\n' || c == '\t'))) || c == 0x7f)
			return false;
	}
	return true;
}

/* Browsers send line ends as CR LF. */
static struct str plain_lines(struct arena *a, struct str s)
{
	char *text = arena_copy(a, s.at, s.len);
	size_t len = 0;

	for (size_t i = 0; text && i < s.len; i++)
		if (s.at[i] != '\r')
			text[len++] = s.at[i];
	return (struct str){ text, text ? len : 0 };
}

static struct str scheme_of(const struct json *draft, struct str *ret_edition)
{
	const struct json *scheme = json_get(draft, "scheme");

	*ret_edition = json_get_str(scheme, "edition");
	return json_get_str(scheme, "id");
}

/* What the scheme knows of an item: its standard; title and clause where none is typed. */
static struct json *fill_item(struct arena *a, const struct scheme *s,
	const struct scheme_item *row, const struct json *item)
{
	struct json *v = json_set_str(a, item ? json_copy(a, item) : json_new_object(a), "item",
		row->item), *standard = json_new_object(a);
	struct str clause = json_get_str(row->doc, "clause");

	standard = json_set_str(a, standard, "code", s->standard_code);
	standard = json_set_str(a, standard, "edition", s->edition);
	standard = json_set_text(a, standard, "level", standard_level_name(s->level));
	v = json_set(a, v, "standard", standard);
	v = json_set_str(a, v, "title", row->title.zh);
	v = json_set_str(a, v, "clause", clause.len > 0 ? clause : row->item);
	if (!json_get(v, "measurements"))
		v = json_set(a, v, "measurements", json_new_array(a));
	return v;
}

static bool take_item(struct arena *a, const struct draft_rules *r, struct str typed,
	const struct json *draft, struct json **io)
{
	struct str edition, id = scheme_of(draft, &edition);
	const struct scheme *s = id.at && edition.at ? rules_scheme(r->rules, id, edition) : NULL;
	const struct scheme_item *row = s ? scheme_item(s, typed) : NULL;

	if (!row)
		return false;
	*io = fill_item(a, s, row, *io);
	return true;
}

static bool take_scheme(struct arena *a, const struct draft_rules *r, struct str typed,
	struct json **io)
{
	struct str edition = typed, id = str_cut(&edition, ':');
	const struct scheme *s = edition.at ? rules_scheme(r->rules, id, edition) : NULL;
	struct json *v = json_set_str(a, json_new_object(a), "id", id), *copy;

	if (!s || s->standard_code.len == 0)
		return false;
	copy = json_set(a, json_copy(a, *io), "scheme", json_set_str(a, v, "edition", edition));
	if (!copy)
		return false;
	report_draft_put_method(a, copy, s);
	*io = copy;
	return true;
}

/* A DID, or the code of an organisation of this city. */
static struct str did_of(struct arena *a, const struct draft_rules *r, struct str typed)
{
	if (typed.len == 18 && !str_starts(typed, "did:"))
		typed = did_web_new_org(a, r->domain, typed);
	return typed.at && did_check(typed, NULL) == ERR_OK ? typed : (struct str){ NULL, 0 };
}

bool draft_take(struct arena *a, const struct draft_rules *r, const struct draft_field *f,
	struct str typed, const struct json *draft, struct json **io, struct json *problems)
{
	struct draft_value value = { .json = NULL };
	bool good = true;

	typed = str_trim(plain_lines(a, typed));
	while (typed.len > 0 && typed.at[typed.len - 1] == '\n')
		typed = str_trim((struct str){ typed.at, typed.len - 1 });
	if (str_eq(typed, draft_text(a, f, *io))) /* I1 */
		return true;
	if (!is_clean(f, typed)) {
		draft_wrong(a, problems, f->name, "text", 0);
		return false;
	}
	if (typed.len == 0) {
		value.json = f->kind == DRAFT_MEASURED ? json_new_array(a) : NULL;
	} else if (f->kind == DRAFT_ITEM || f->kind == DRAFT_SCHEME) {
		if (f->kind == DRAFT_ITEM ? take_item(a, r, typed, draft, io)
			: take_scheme(a, r, typed, io))
			return true;
		draft_wrong(a, problems, f->name, "d-unknown", 0);
		return false;
	} else if (f->kind == DRAFT_DID) {
		struct str did = did_of(a, r, typed);
		good = did.at != NULL;
		value.json = json_new_str(a, did);
		value.wrong = "d-did";
	} else {
		good = draft_value_parse(a, f, r->rules, typed, &value);
	}
	if (!good) {
		draft_wrong(a, problems, f->name, value.wrong, value.line);
		return false;
	}
	*io = put(a, *io, str_of(f->path), value.json);
	return true;
}

/* ---- what is missing ------------------------------------------------------------------------- */

static void tell_missing(struct arena *a, struct json *problems, const struct draft_field *f,
	size_t item)
{
	/* In the order of the table, results last. */
	char *key = arena_printf(a, "%03zu.%03zu", item, (size_t)(f - draft_fields));
	struct json *v = json_set_text(a, json_new_object(a), "field", f->name);

	v = json_set_text(a, v, "wrong", "missing");
	v = json_set_text(a, v, "section", draft_section_name(f->section));
	if (item > 0)
		v = json_set_number(a, v, "item", (double)item);
	if (key)
		(void)json_set(a, problems, key, v); /* full: the page cannot be drawn */
}

void draft_missing(struct arena *a, const struct json *draft, struct json *problems)
{
	const struct json *items = json_get(draft, "items");

	for (size_t i = 0; i < draft_field_count; i++) {
		const struct draft_field *f = &draft_fields[i];
		if (f->section != DRAFT_RESULT && f->needed && draft_text(a, f, draft).len == 0)
			tell_missing(a, problems, f, 0);
	}
	for (size_t k = 0; k < json_count(items); k++)
		for (size_t i = 0; i < draft_field_count; i++) {
			const struct draft_field *f = &draft_fields[i];
			if (f->section == DRAFT_RESULT && f->needed &&
				draft_text(a, f, json_at(items, k)).len == 0)
				tell_missing(a, problems, f, k + 1);
		}
	if (json_count(items) == 0)
		draft_wrong(a, problems, "d-items", "d-no-items", 0);
}
