/* test_context.c - ui/contexts/huren-v1.json against what statements are made of.
 *
 * Walks statements as JSON-LD expansion does: type-scoped contexts hold for their node alone,
 * property-scoped ones also for what is below. Terms of others (VC 2.0, UNTP 0.6.0) stand in a
 * table of the same form, and only where those vocabularies define them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../recognition_fixture.h"
#include "base/scoped.h"
#include "credential/did.h"
#include "credential/status_list.h"
#include "sample.h"

#define ARENA_CAP 268435456
#define OWN "huren:"
#define UNTP "https://test.uncefact.org/vocabulary/untp/"

/* Names by place, as in a context; definitions are left out. */
#define PARTY "{\"@context\":{\"registeredId\":\"\"}}"
#define STANDARD "{\"@context\":{\"issuingParty\":" PARTY ",\"issueDate\":\"\"}}"
#define ASSESSED "{\"@context\":{\"IDverifiedByCAB\":\"\",\"product\":{\"@context\":"          \
	"{\"registeredId\":\"\",\"serialNumber\":\"\"}}}}"
#define DECLARED "{\"@context\":{\"metricName\":\"\",\"metricValue\":{\"@context\":"           \
	"{\"value\":\"\",\"unit\":\"\"}}}}"
static const char elsewhere[] = "{\"id\":\"\",\"type\":\"\",\"name\":\"\",\"description\":\"\","
	"\"mediaType\":\"\","
	"\"VerifiableCredential\":{\"@context\":{\"issuer\":\"\",\"validFrom\":\"\","
	"\"validUntil\":\"\",\"credentialSubject\":\"\",\"credentialStatus\":\"\",\"proof\":\"\"}},"
	"\"DataIntegrityProof\":{\"@context\":{\"cryptosuite\":\"\",\"created\":\"\","
	"\"verificationMethod\":\"\",\"proofPurpose\":\"\",\"proofValue\":\"\"}},"
	"\"BitstringStatusListCredential\":\"\",\"BitstringStatusList\":{\"@context\":"
	"{\"statusPurpose\":\"\",\"encodedList\":\"\"}},"
	"\"BitstringStatusListEntry\":{\"@context\":{\"statusPurpose\":\"\","
	"\"statusListIndex\":\"\",\"statusListCredential\":\"\"}},"
	"\"DigitalConformityCredential\":\"\","
	"\"ConformityAttestation\":{\"@context\":{\"assessorLevel\":\"\",\"assessmentLevel\":\"\","
	"\"attestationType\":\"\",\"issuedToParty\":" PARTY ",\"authorisation\":\"\","
	"\"scope\":\"\",\"assessment\":\"\"}},\"Attestation\":\"\",\"Declaration\":\"\","
	"\"Endorsement\":{\"@context\":{\"issuingAuthority\":" PARTY "}},"
	"\"ConformityAssessmentScheme\":" STANDARD ",\"Standard\":" STANDARD ","
	"\"Criterion\":{\"@context\":{\"conformityTopic\":\"\",\"status\":\"\"}},"
	"\"ConformityAssessment\":{\"@context\":{\"conformityTopic\":\"\",\"conformance\":\"\","
	"\"assessmentDate\":\"\",\"referenceStandard\":\"\",\"assessmentCriteria\":\"\","
	"\"declaredValue\":" DECLARED ",\"assessedProduct\":" ASSESSED "}}}";

/* Contexts in force, the newest first. */
struct terms {
	const struct json *context;
	const struct terms *outer;
};

struct walk {
	struct arena a;
	const struct json *own;
	struct terms base[2];
	uint32_t own_count;        /* members that our context defines */
};

static int setup(void **state)
{
	struct walk *w = test_calloc(1, sizeof(*w));

	arena_init(&w->a, ARENA_CAP);
	w->own = json_get(fixture_json(&w->a, fixture_file(&w->a, "ui/contexts/huren-v1.json")),
		"@context");
	w->base[0] = (struct terms){ fixture_json(&w->a, str_of(elsewhere)), NULL };
	w->base[1] = (struct terms){ w->own, &w->base[0] };
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct walk *w = *state;

	arena_clear(&w->a);
	test_free(w);
	return 0;
}

static const struct json *look_up(const struct terms *s, struct str name)
{
	for (; s; s = s->outer) {
		for (uint32_t i = 0; i < s->context->count; i++) {
			if (str_eq(s->context->members[i].name, name))
				return s->context->members[i].value;
		}
	}
	return NULL;
}

static const struct json *must_find(struct walk *w, const struct terms *s, struct str name,
	const char *where)
{
	const struct json *found = look_up(s, name);
	struct str iri = json_is(found, JSON_STRING) ? json_str(found) : json_get_str(found, "@id");

	if (!found)
		fail_msg("%s: \"" STR_FMT "\" is not defined", where, STR_ARG(name));
	w->own_count += str_starts(iri, OWN);
	return found;
}

/* Texts by language: every member names one. */
static void walk_languages(const struct json *v, const char *where)
{
	if (!json_is(v, JSON_OBJECT) || json_count(v) == 0)
		fail_msg("%s is no map of languages", where);
	for (uint32_t i = 0; i < v->count; i++) {
		if (!str_is(v->members[i].name, "zh-CN") && !str_is(v->members[i].name, "en"))
			fail_msg("%s: \"" STR_FMT "\" is no language", where,
				STR_ARG(v->members[i].name));
	}
}

static void walk_node(struct walk *w, const struct json *v, const struct terms *base,
	const char *where);

static void walk_value(struct walk *w, const struct json *v, const struct terms *base,
	const struct json *term, const char *where)
{
	struct terms below = { json_get(term, "@context"), base };

	if (str_is(json_get_str(term, "@type"), "@json"))
		return;
	if (str_is(json_get_str(term, "@container"), "@language")) {
		walk_languages(v, where);
		return;
	}
	for (size_t i = 0; json_is(v, JSON_ARRAY) && i < json_count(v); i++) {
		if (json_is(json_at(v, i), JSON_ARRAY))
			fail_msg("%s is a list of lists", where);
		if (json_is(json_at(v, i), JSON_OBJECT))
			walk_node(w, json_at(v, i), below.context ? &below : base, where);
	}
	if (json_is(v, JSON_OBJECT))
		walk_node(w, v, below.context ? &below : base, where);
}

static void walk_node(struct walk *w, const struct json *v, const struct terms *base,
	const char *where)
{
	const struct json *types = json_get(v, "type");
	size_t type_count = json_is(types, JSON_ARRAY) ? json_count(types) : types != NULL;
	struct terms typed[4];
	const struct terms *active = base;

	assert_true(type_count <= 4);
	for (size_t i = 0; i < type_count; i++) {
		struct str type = json_str(json_is(types, JSON_ARRAY) ? json_at(types, i) : types);
		const struct json *term = must_find(w, base, type, where);
		if (!json_get(term, "@context"))
			continue;
		typed[i] = (struct terms){ json_get(term, "@context"), active };
		active = &typed[i];
	}
	for (uint32_t i = 0; i < v->count; i++) {
		struct str name = v->members[i].name;
		const char *path = arena_printf(&w->a, "%s/" STR_FMT, where, STR_ARG(name));
		if (!str_is(name, "@context"))
			walk_value(w, v->members[i].value, base,
				must_find(w, active, name, where), path);
	}
}

/* At least `least` members and types are ours. */
static void walk_statement(struct walk *w, const struct statement *s, uint32_t least)
{
	w->own_count = 0;
	walk_node(w, s->doc, &w->base[1], kind_row(s->kind)->name);
	if (w->own_count < least)
		fail_msg("%s: only %u members of ours", kind_row(s->kind)->name, w->own_count);
}

static void context_defines_all_of_a_report(void **state)
{
	struct walk *w = *state;
	struct statement s;

	s = fixture_report(&w->a, fixture_draft(&w->a, TO_LONGQUANYI), 1, FIXTURE_LAB_YC);
	walk_statement(w, &s, 500);
	s = fixture_report(&w->a, fixture_draft(&w->a, TO_YONGCHUAN), 2, FIXTURE_LAB_LQY);
	walk_statement(w, &s, 500);
}

static void context_defines_all_of_a_decision(void **state)
{
	struct walk *w = *state;

	for (int way = TO_LONGQUANYI; way <= TO_YONGCHUAN; way++) {
		struct fixture f;
		struct statement s;
		struct json *subject;
		struct err e;
		fixture_open(&f, (enum fixture_way)way, NULL);
		fixture_must(decision_subject(&f.arena, &f.material, &subject, &e), &e);
		s = fixture_statement(&f.arena, KIND_DECISION, 3, FIXTURE_LONGQUANYI,
			"2026-11-24T04:00:00Z", NULL, subject);
		walk_statement(w, &s, 300);
		walk_statement(w, &f.agreement, 4);
		walk_statement(w, &f.accreditation, 10);
		fixture_close(&f);
	}
}

static void context_defines_what_only_some_decisions_have(void **state)
{
	static const char *const names[] = { "general", "changed", "countsUntil", "because",
		"covers", "blockers" };
	struct walk *w = *state;
	const struct json *items = json_path(w->own,
		"RecognitionDecision/@context/outcome/@context/items/@context");

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!json_get(items, names[i]))
			fail_msg("%s is not defined", names[i]);
	}
}

static void context_defines_all_of_the_open_kinds(void **state)
{
	struct walk *w = *state;
	struct sample_party city = sample_party(&w->a, STR(FIXTURE_YONGCHUAN), "永川", 1);
	struct did_document doc = { .did = city.did, .name = city.name, .role = STR("authority"),
		.version = 1, .key_count = 1,
		.keys = { { .id = city.method, .pub = city.key.pub, .asserts = true,
			.valid_until = INT64_MAX } } };
	struct statement s;
	struct json *v;

	v = did_document_subject(&w->a, &doc, STR("91500118MA5YCL0184"));
	v = sample_doc(&w->a, KIND_DID_DOCUMENT, 1, &city, v);
	sample_sign(&w->a, v, &city, /* sm2= */ true, SAMPLE_TIME);
	s = sample_parse(&w->a, sample_text(&w->a, v));
	walk_statement(w, &s, 6);
	v = fixture_json(&w->a, STR("{\"id\":\"urn:uuid:1\",\"type\":\"StatusChange\","
		"\"digest\":\"x\",\"status\":\"withdrawn\","
		"\"reason\":{\"zh-CN\":\"原因\",\"en\":\"why\"}}"));
	v = sample_doc(&w->a, KIND_STATUS, 2, &city, v);
	v = json_set(&w->a, v, "credentialStatus", fixture_json(&w->a, STR("[{\"type\":"
		"\"BitstringStatusListEntry\",\"statusPurpose\":\"revocation\","
		"\"statusListIndex\":\"1\",\"statusListCredential\":\"https://a.example/1\"}]")));
	sample_sign(&w->a, v, &city, /* sm2= */ false, SAMPLE_TIME);
	s = sample_parse(&w->a, sample_text(&w->a, v));
	walk_statement(w, &s, 5);
	v = fixture_json(&w->a, STR("{\"id\":\"urn:uuid:1\",\"type\":\"Recomputation\","
		"\"digest\":\"x\",\"detail\":\"y\",\"result\":\"identical\",\"program\":\"0\","
		"\"items\":{\"identical\":1,\"different\":0,\"open\":0}}"));
	v = sample_doc(&w->a, KIND_RECOMPUTATION, 4, &city, v);
	sample_sign(&w->a, v, &city, /* sm2= */ false, SAMPLE_TIME);
	s = sample_parse(&w->a, sample_text(&w->a, v));
	walk_statement(w, &s, 9);
	v = status_list_subject(&w->a, STR("https://a.example/1"), "revocation", STR("u"));
	v = sample_doc(&w->a, KIND_STATUS_LIST, 3, &city, v);
	sample_sign(&w->a, v, &city, /* sm2= */ false, SAMPLE_TIME);
	s = sample_parse(&w->a, sample_text(&w->a, v));
	walk_statement(w, &s, 0);
}

/* ---- the schema of a report: also what no sample has ---------------------------------------- */

static void walk_schema(struct walk *w, const struct json *root, const struct json *schema,
	const struct terms *base, const char *where)
{
	const struct json *properties = json_get(schema, "properties");
	struct str ref = json_get_str(schema, "$ref");

	if (str_starts(ref, "#/"))
		schema = json_path(root, str_z(&w->a, str_skip(ref, 2)));
	properties = json_get(schema, "properties");
	if (json_get(schema, "items"))
		walk_schema(w, root, json_get(schema, "items"), base, where);
	for (uint32_t i = 0; properties && i < properties->count; i++) {
		struct str name = properties->members[i].name;
		const struct json *term = must_find(w, base, name, where);
		struct terms below = { json_get(term, "@context"), base };
		if (!str_is(json_get_str(term, "@type"), "@json"))
			walk_schema(w, root, properties->members[i].value,
				below.context ? &below : base,
				arena_printf(&w->a, "%s/" STR_FMT, where, STR_ARG(name)));
	}
}

static void context_defines_all_that_a_report_may_have(void **state)
{
	static const char *const names[] = { "inspectionReport", "itemResult" };
	struct walk *w = *state;
	const struct json *schema = fixture_json(&w->a,
		fixture_file(&w->a, "rules/schema/report.json"));

	for (size_t i = 0; i < 2; i++) {
		struct terms terms = { json_get(json_get(w->own, names[i]), "@context"),
			&w->base[1] };
		w->own_count = 0;
		walk_schema(w, schema, json_get(json_get(schema, "$defs"), names[i]), &terms,
			names[i]);
		assert_true(w->own_count > 20);
	}
}

/* ---- the context itself ---------------------------------------------------------------------- */

static void check_terms(struct walk *w, const struct json *context)
{
	assert_true(json_true(json_get(context, "@protected")));
	for (uint32_t i = 0; i < context->count; i++) {
		struct str name = context->members[i].name;
		const struct json *term = context->members[i].value;
		struct str iri = json_is(term, JSON_STRING) ? json_str(term) :
			json_get_str(term, "@id");
		/* No catch-all: a member that is not defined must be seen as such. */
		assert_false(str_is(name, "@vocab"));
		if (str_starts(name, "@") || str_is(name, "huren"))
			continue;
		if (!str_starts(iri, OWN) && !str_starts(iri, UNTP))
			fail_msg("\"" STR_FMT "\" stands for \"" STR_FMT "\"", STR_ARG(name),
				STR_ARG(iri));
		if (json_get(term, "@context"))
			check_terms(w, json_get(term, "@context"));
	}
}

static void context_is_protected_and_has_no_catch_all(void **state)
{
	struct walk *w = *state;

	assert_true(json_number_or(json_get(w->own, "@version"), 0) == 1.1);
	check_terms(w, w->own);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(context_defines_all_of_a_report, setup, teardown),
		cmocka_unit_test_setup_teardown(context_defines_all_of_a_decision, setup, teardown),
		cmocka_unit_test_setup_teardown(context_defines_what_only_some_decisions_have,
			setup, teardown),
		cmocka_unit_test_setup_teardown(context_defines_all_of_the_open_kinds, setup,
			teardown),
		cmocka_unit_test_setup_teardown(context_defines_all_that_a_report_may_have, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			context_is_protected_and_has_no_catch_all, setup, teardown),
	};

	key_library_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
