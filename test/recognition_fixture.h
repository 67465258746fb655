/* recognition_fixture.h - the sample rules, reports and agreement as statements, for tests and
 * bench.
 *
 * Statements carry a proof that proves nothing: recognition/ does not look at signatures.
 */
#ifndef HUREN_TEST_RECOGNITION_FIXTURE_H
#define HUREN_TEST_RECOGNITION_FIXTURE_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "base/io.h"
#include "recognition/decision_diff.h"
#include "recognition/report_draft.h"

#define FIXTURE_YONGCHUAN "did:web:yongchuan.huren.example"
#define FIXTURE_LONGQUANYI "did:web:longquanyi.huren.example"
#define FIXTURE_LAB_YC FIXTURE_YONGCHUAN ":org:91500118MA5YCL0184"
#define FIXTURE_LAB_LQY FIXTURE_LONGQUANYI ":org:91510112MA6LQL014E"

enum fixture_way { TO_LONGQUANYI, TO_YONGCHUAN };

struct fixture {
	struct arena arena;
	struct rules *rules;
	struct statement agreement;
	struct statement report;
	struct statement accreditation;
	enum standing report_standing, accreditation_standing;
	struct decision_material material;
};

static inline char *fixture_path(struct arena *a, const char *name)
{
	const char *source = getenv("HUREN_SOURCE");
	return arena_printf(a, "%s/%s", source ? source : ".", name);
}

static inline struct str fixture_file(struct arena *a, const char *name)
{
	struct str bytes;
	struct err e;
	if (io_read_file(a, fixture_path(a, name), 1 << 20, &bytes, &e) != ERR_OK) {
		fprintf(stderr, "%s\n", e.message);
		abort();
	}
	return bytes;
}

static inline struct json *fixture_json(struct arena *a, struct str text)
{
	struct json *v;
	struct err e;
	if (json_parse(a, text, &v, &e) != ERR_OK) {
		fprintf(stderr, "%u:%u: %s\n", e.line, e.column, e.message);
		abort();
	}
	return v;
}

static inline void fixture_must(enum err_code code, const struct err *e)
{
	if (code != ERR_OK) {
		fprintf(stderr, "%u:%u: %s\n", e->line, e->column, e->message);
		abort();
	}
}

static inline int fixture_is_rules(const struct dirent *entry)
{
	struct str name = str_of(entry->d_name);
	return str_ends(name, ".json") || str_ends(name, ".criteria");
}

/* Adds all files of rules/ in the order that rules.h asks for. */
static inline enum err_code fixture_add_rules(struct arena *a, struct rules *r, struct err *e)
{
	enum err_code code = ERR_OK;
	for (size_t i = 0; rules_folders[i]; i++) {
		struct dirent **entries;
		const char *slash = rules_folders[i][0] ? "/" : "";
		char *folder = arena_printf(a, "rules/%s", rules_folders[i]);
		int count = scandir(fixture_path(a, folder), &entries, fixture_is_rules, alphasort);
		for (int k = 0; k < count; k++) {
			char *name = arena_printf(
				a, "%s%s%s", rules_folders[i], slash, entries[k]->d_name);
			if (code == ERR_OK)
				code = rules_add_file(r, name,
					fixture_file(a, arena_printf(a, "rules/%s", name)), e);
			free(entries[k]);
		}
		if (count >= 0)
			free(entries);
	}
	return code;
}

static inline struct rules *fixture_rules(struct arena *a)
{
	struct rules *r;
	struct err e;
	fixture_must(rules_open(64 << 20, &r, &e), &e);
	fixture_must(fixture_add_rules(a, r, &e), &e);
	fixture_must(rules_finish(r, &e), &e);
	return r;
}

static inline int64_t fixture_at(const char *text)
{
	int64_t at = 0;
	struct err e;
	fixture_must(instant_parse(str_of(text), &at, &e), &e);
	return at;
}

/* A parsed statement around a subject. `number` makes its id. */
static inline struct statement fixture_statement(struct arena *a, enum kind kind, uint8_t number,
	const char *issuer, const char *from, const char *until, struct json *subject)
{
	uint8_t uuid[16] = {0x0f, 0x1e, 0x2d, 0x3c, 0x4b, 0x5a, 0, 0, 0, 0, 0, 0, 0, 0, 0, number};
	struct statement s;
	struct str text;
	struct err e;
	statement_uuid_shape(uuid);
	struct json *v = statement_new(
		a, kind, uuid, str_of(issuer), STR("sample"), fixture_at(from), subject);
	struct json *proof = json_set_text(a, json_new_object(a), "type", "DataIntegrityProof");
	if (until)
		v = json_set_text(a, v, "validUntil", until);
	v = json_set(a, v, "proof", json_set_text(a, proof, "cryptosuite", "none"));
	fixture_must(json_jcs(a, v, &text, &e), &e);
	fixture_must(statement_parse(a, text, &s, &e), &e);
	return s;
}

static inline struct str fixture_id(struct arena *a, uint8_t number)
{
	uint8_t uuid[16] = {0x0f, 0x1e, 0x2d, 0x3c, 0x4b, 0x5a, 0, 0, 0, 0, 0, 0, 0, 0, 0, number};
	statement_uuid_shape(uuid);
	return statement_id_text(a, uuid);
}

static inline struct json *fixture_draft(struct arena *a, enum fixture_way way)
{
	return fixture_json(a, fixture_file(a, way == TO_LONGQUANYI
		? "rules/samples/report-yongchuan.json" : "rules/samples/report-longquanyi.json"));
}

static inline struct statement fixture_report(struct arena *a, const struct json *draft,
	uint8_t number, const char *lab)
{
	struct json *subject;
	struct err e;
	fixture_must(report_subject_from_draft(
			     a, draft, fixture_id(a, number), str_of(lab), &subject, &e),
		&e);
	return fixture_statement(
		a, KIND_REPORT, number, lab, "2026-10-20T01:00:00Z", NULL, subject);
}

static inline struct statement fixture_agreement(struct arena *a)
{
	struct json *content = fixture_json(a,
		fixture_file(a, "rules/agreements/sample-yongchuan-longquanyi.json"));
	struct json *parties = json_new_array(a);
	static const char *const dids[] = { FIXTURE_YONGCHUAN, FIXTURE_LONGQUANYI };
	for (int i = 0; i < 2; i++) {
		struct json *p = json_set_text(a, json_new_object(a), "id", dids[i]);
		parties = json_push(a, parties, json_set_text(a, p, "name", "sample"));
	}
	struct json *subject = json_set_text(a, json_new_object(a), "id", "urn:uuid:sample");
	subject = json_set_text(a, subject, "type", "RecognitionAgreement");
	subject = json_set(a, subject, "parties", parties);
	subject = json_set(a, subject, "agreement", content);
	return fixture_statement(
		a, KIND_AGREEMENT, 1, FIXTURE_YONGCHUAN, "2025-12-20T00:00:00Z", NULL, subject);
}

/* Accreditation of a lab for all items of GB/T 41798, general item 8 and the add-on items. */
static inline struct statement fixture_accreditation(struct arena *a, const struct rules *r,
	uint8_t number, const char *lab, const char *authority)
{
	const struct scheme *s = rules_scheme(r, STR("gbt-41798"), STR("2022"));
	struct json *scope = json_new_array(a);
	struct json *items = json_new_array(a);
	for (uint32_t i = 0; i < s->item_count; i++)
		items = json_push(a, items, json_new_str(a, s->items[i].item));
	struct json *entry = json_set_text(a, json_new_object(a), "scheme", "gbt-41798");
	entry = json_set_text(a, entry, "edition", "2022");
	scope = json_push(a, scope, json_set(a, entry, "items", items));
	entry = json_set_text(a, json_new_object(a), "scheme", "miit-97-2021-annex1");
	entry = json_set_text(a, entry, "edition", "2021");
	scope = json_push(a, scope, json_set(a, entry, "items",
		json_push(a, json_new_array(a), json_new_text(a, "8"))));
	entry = json_set_text(a, json_new_object(a), "scheme", "add-on");
	entry = json_set_text(a, entry, "edition", "sample-yongchuan-longquanyi");
	items = json_push(a, json_new_array(a), json_new_text(a, "LQY-1"));
	scope = json_push(a, scope, json_set(a, entry, "items",
		json_push(a, items, json_new_text(a, "YC-1"))));
	struct json *subject = json_set_text(a, json_new_object(a), "id", lab);
	subject = json_set_text(a, subject, "type", "AccreditedBody");
	subject = json_set_text(a, subject, "certificateType", "CMA");
	subject = json_set_text(a, subject, "certificateNumber", "SAMPLE");
	subject = json_set(a, subject, "scope", scope);
	return fixture_statement(a, KIND_ACCREDITATION, number, authority,
		"2025-01-01T00:00:00+08:00", "2030-12-31T23:59:59+08:00", subject);
}

static inline struct json *fixture_request(struct arena *a, enum fixture_way way, struct str report)
{
	struct json *v = fixture_json(a,
		fixture_file(a, way == TO_LONGQUANYI ? "rules/samples/request-to-longquanyi.json"
						     : "rules/samples/request-to-yongchuan.json"));
	return json_set(a, v, "reports", json_push(a, json_new_array(a), json_new_str(a, report)));
}

/* The whole sample one way. `draft` NULL: the sample's own. */
static inline void fixture_open(struct fixture *f, enum fixture_way way, const struct json *draft)
{
	bool to_lqy = way == TO_LONGQUANYI;
	const char *lab = to_lqy ? FIXTURE_LAB_YC : FIXTURE_LAB_LQY;
	const char *origin = to_lqy ? FIXTURE_YONGCHUAN : FIXTURE_LONGQUANYI;
	memset(f, 0, sizeof(*f));
	arena_init(&f->arena, 256 << 20);
	struct arena *a = &f->arena;
	f->rules = fixture_rules(a);
	f->agreement = fixture_agreement(a);
	f->report = fixture_report(a, draft ? draft : fixture_draft(a, way), 10, lab);
	f->accreditation = fixture_accreditation(a, f->rules, 20, lab, origin);
	f->material = (struct decision_material){ .now = fixture_at("2026-11-24T04:00:00Z"),
		.destination = to_lqy ? STR(FIXTURE_LONGQUANYI) : STR(FIXTURE_YONGCHUAN),
		.request = fixture_request(a, way, f->report.id), .agreement = &f->agreement,
		.report_count = 1, .reports = &f->report, .report_standings = &f->report_standing,
		.accreditation_count = 1, .accreditations = &f->accreditation,
		.accreditation_standings = &f->accreditation_standing, .rules = f->rules };
}

static inline void fixture_close(struct fixture *f)
{
	rules_close(f->rules);
	arena_clear(&f->arena);
}

/* ---- a sample whose parts can be changed one by one ------------------------------------------ */

#define VARIANT_REPORTS 3
#define VARIANT_ITEMS 40

struct variant {
	struct fixture f;
	struct decide_input in;
	struct agreement agreement;
	struct agreement_same same[16];
	struct decide_report reports[VARIANT_REPORTS];
	struct report_item items[VARIANT_REPORTS][VARIANT_ITEMS];
	struct decide_accreditation accreditations[2];
	struct plan plan;
	struct decision decision;
};

/* Copies report 0 into another place, with its own id. */
static inline void variant_copy_report(struct variant *v, uint32_t to, const char *id)
{
	v->reports[to] = v->reports[0];
	v->reports[to].id = str_of(id);
	memcpy(v->items[to], v->items[0], sizeof(v->items[0]));
	v->reports[to].report.items = v->items[to];
	v->in.report_count = to + 1;
}

static inline void variant_open(struct variant *v, enum fixture_way way)
{
	struct err e;
	memset(v, 0, sizeof(*v));
	fixture_open(&v->f, way, /* draft= */ NULL);
	fixture_must(decision_prepare(&v->f.arena, &v->f.material, &v->in, &e), &e);
	v->agreement = *v->in.plan->agreement;
	CHECK(v->agreement.same_count <= 16);
	memcpy(v->same, v->agreement.same, v->agreement.same_count * sizeof(v->same[0]));
	v->agreement.same = v->same;
	v->plan = *v->in.plan;
	v->plan.agreement = &v->agreement;
	v->in.plan = &v->plan;
	v->reports[0] = v->in.reports[0];
	CHECK(v->reports[0].report.item_count <= VARIANT_ITEMS);
	memcpy(v->items[0], v->reports[0].report.items,
		v->reports[0].report.item_count * sizeof(v->items[0][0]));
	v->reports[0].report.items = v->items[0];
	v->in.reports = v->reports;
	v->accreditations[0] = v->in.accreditations[0];
	v->in.accreditations = v->accreditations;
}

static inline void variant_close(struct variant *v)
{
	fixture_close(&v->f);
}

static inline struct report_item *variant_item(struct variant *v, uint32_t report, const char *item)
{
	for (uint32_t i = 0; i < v->reports[report].report.item_count; i++) {
		if (str_is(v->items[report][i].item, item))
			return &v->items[report][i];
	}
	abort();
}

/* Lays the changed agreement out anew. */
static inline void variant_plan(struct variant *v)
{
	const struct plan *p;
	struct err e;
	fixture_must(plan_new(&v->f.arena, &v->agreement, v->plan.schemes, v->plan.scheme_count, &p,
		&e), &e);
	v->plan = *p;
}

static inline void variant_decide(struct variant *v)
{
	struct err e;
	fixture_must(decide(&v->f.arena, &v->in, &v->decision, &e), &e);
}

static inline const struct decision_row *variant_row(const struct variant *v, const char *scheme,
	const char *item)
{
	for (uint32_t i = 0; i < v->decision.row_count; i++) {
		if (str_is(v->decision.rows[i].scheme, scheme) &&
			str_is(v->decision.rows[i].item, item))
			return &v->decision.rows[i];
	}
	return NULL;
}

#endif
