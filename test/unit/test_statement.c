/* test_statement.c - the envelope, canonical bytes and digests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/instant.h"
#include "base/limits.h"
#include "base/scoped.h"
#include "credential/statement.h"

#define ARENA_CAP 16777216

#define HEAD "{\"@context\":[\"" STATEMENT_CONTEXT_VC "\",\"" STATEMENT_CONTEXT_HUREN "\"],"
#define SUBJECT "\"credentialSubject\":{\"id\":\"urn:uuid:1\"},"
#define ID "\"id\":\"urn:uuid:00112233-4455-4677-8899-aabbccddeeff\","
#define ISSUER "\"issuer\":{\"id\":\"did:web:a.example\",\"name\":\"甲市\"}"
#define PROOF ",\"proof\":{\"type\":\"DataIntegrityProof\"}"
#define TYPE ",\"type\":[\"VerifiableCredential\",\"StatusChangeCredential\"],"
#define FROM "\"validFrom\":\"2026-11-24T03:04:05Z\""
#define WHOLE HEAD SUBJECT ID ISSUER PROOF TYPE FROM "}"

static struct str text_of(const char *text)
{
	return str_of(text);
}

static void parse_ok(struct arena *a, const char *text, struct statement *ret)
{
	struct err e = { 0 };

	if (statement_parse(a, text_of(text), ret, &e) != ERR_OK)
		fail_msg("%s", e.message);
}

static void refused(const char *text, enum err_code code, const char *message)
{
	SCOPED_ARENA a = { 0 };
	struct statement s = { .valid_from = 7 };
	struct err e = { 0 };

	arena_init(&a, ARENA_CAP);
	assert_int_equal(statement_parse(&a, text_of(text), &s, &e), code);
	assert_string_equal(e.message, message);
	assert_int_equal(s.valid_from, 7); /* output untouched on failure */
}

static void statement_reads_the_envelope(void **state)
{
	(void)state;
	SCOPED_ARENA a = { 0 };
	struct statement s;

	arena_init(&a, ARENA_CAP);
	parse_ok(&a, WHOLE, &s);
	assert_int_equal(s.kind, KIND_STATUS);
	assert_true(str_is(s.id, "urn:uuid:00112233-4455-4677-8899-aabbccddeeff"));
	assert_memory_equal(
		s.id_key, "\x00\x11\x22\x33\x44\x55\x46\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff", 16);
	assert_true(str_is(s.issuer, "did:web:a.example"));
	assert_int_equal(s.valid_from, 1795489445);
	assert_true(s.valid_until == INT64_MAX);
	assert_true(str_is(json_get_str(s.subject, "id"), "urn:uuid:1"));
}

static void statement_lends_text_that_is_canonical(void **state)
{
	(void)state;
	static const char text[] = WHOLE;
	SCOPED_ARENA a = { 0 };
	struct statement s;
	struct digest whole, cut;

	arena_init(&a, ARENA_CAP);
	parse_ok(&a, text, &s);
	assert_ptr_equal(s.canonical.at, text);
	whole = digest_sha256(STR(WHOLE));
	cut = digest_sha256(STR(HEAD SUBJECT ID ISSUER TYPE FROM "}"));
	assert_true(digest_eq(&s.digest, &whole));
	assert_true(digest_eq(&s.unsigned_digest, &cut));
	assert_true(str_is(s.unsigned_head, HEAD SUBJECT ID ISSUER));
	assert_true(str_is(s.unsigned_tail, TYPE FROM "}"));
}

static void statement_canonicalises_other_text(void **state)
{
	(void)state;
	static const char loose[] =
		"{ \"validFrom\": \"2026-11-24T03:04:05Z\",\n"
		"\"proof\" : {\"type\":\"DataIntegrityProof\"} , " ISSUER
		",\"type\":[\"VerifiableCredential\",\n"
		"\"\\u0053tatusChangeCredential\"]," ID SUBJECT
		"\"@context\":[\"" STATEMENT_CONTEXT_VC "\",\"" STATEMENT_CONTEXT_HUREN "\"]}\n";
	SCOPED_ARENA a = { 0 };
	struct statement s, same;

	arena_init(&a, ARENA_CAP);
	parse_ok(&a, loose, &s);
	parse_ok(&a, WHOLE, &same);
	assert_true(str_is(s.canonical, WHOLE));
	assert_true(digest_eq(&s.digest, &same.digest));
	assert_true(digest_eq(&s.unsigned_digest, &same.unsigned_digest));
	assert_true(str_is(json_bytes(s.source, json_get(s.doc, "proof")),
		"{\"type\":\"DataIntegrityProof\"}")); /* I2 */
}

static void statement_stands_inside_larger_text(void **state)
{
	(void)state;
	static const char text[] = " {\"a\":1, \"statement\":" WHOLE "}";
	SCOPED_ARENA a = { 0 };
	struct statement s, same;
	struct json *v;

	arena_init(&a, ARENA_CAP);
	assert_int_equal(
		json_parse(&a, STR(" {\"a\":1, \"statement\":" WHOLE "}"), &v, NULL), ERR_OK);
	v = NULL;
	assert_int_equal(json_parse(&a, str_of(text), &v, NULL), ERR_OK);
	assert_int_equal(statement_from_json(&a, str_of(text), json_get(v, "statement"), &s, NULL),
		ERR_OK);
	parse_ok(&a, WHOLE, &same);
	assert_ptr_equal(s.canonical.at, strstr(text, "{\"@context\""));
	assert_true(str_eq(s.canonical, same.canonical));
	assert_true(digest_eq(&s.digest, &same.digest));
	assert_true(digest_eq(&s.unsigned_digest, &same.unsigned_digest));
	assert_true(str_is(json_bytes(s.source, s.subject), "{\"id\":\"urn:uuid:1\"}")); /* I2 */
}

static void statement_refuses_a_broken_envelope(void **state)
{
	(void)state;
	refused("[]", ERR_INVALID, "statement is not a JSON object");
	refused(HEAD SUBJECT ID ISSUER PROOF TYPE FROM ",\"validUntill\":\"2027-01-01T00:00:00Z\"}",
		ERR_INVALID, "member \"validUntill\" does not belong into a statement");
	refused(HEAD SUBJECT ID ISSUER PROOF TYPE FROM ",\"a\\n\":1}", ERR_INVALID,
		"member \"a\\x0a\" does not belong into a statement");
	refused("{" SUBJECT ID ISSUER PROOF TYPE FROM "}", ERR_INVALID,
		"member \"@context\" is missing");
	refused("{\"@context\":[\"" STATEMENT_CONTEXT_HUREN "\"]," SUBJECT ID ISSUER PROOF TYPE FROM
		"}",
		ERR_INVALID, "\"@context\" does not have \"" STATEMENT_CONTEXT_VC "\" in place 1");
	refused("{\"@context\":[\"" STATEMENT_CONTEXT_VC "\",\"" STATEMENT_CONTEXT_HUREN "\",{}],"
		SUBJECT ID ISSUER PROOF TYPE FROM "}", ERR_INVALID,
		"\"@context\" has more than the 2 contexts of its kind");
	refused(HEAD SUBJECT ISSUER PROOF TYPE FROM "}", ERR_INVALID, "member \"id\" is missing");
	refused(HEAD SUBJECT
		"\"id\":\"urn:uuid:00112233-4455-4677-8899-AABBCCDDEEFF\"," ISSUER PROOF TYPE FROM
		"}",
		ERR_INVALID, "id is not a urn:uuid in lower case");
	refused(HEAD SUBJECT "\"id\":\"https://a.example/1\"," ISSUER PROOF TYPE FROM "}",
		ERR_INVALID, "id is not a urn:uuid");
	refused(HEAD SUBJECT ID "\"issuer\":\"did:web:a.example\"" PROOF TYPE FROM "}", ERR_INVALID,
		"member \"issuer\" is not an object");
	refused(HEAD SUBJECT ID "\"issuer\":{\"id\":\"did:key:z\",\"name\":\"\"}" PROOF TYPE FROM
				"}",
		ERR_INVALID,
		"\"issuer\": DID is not a did:web name: it does not begin with did:web:");
	refused(HEAD "\"credentialSubject\":{}," ID ISSUER PROOF TYPE FROM "}", ERR_INVALID,
		"\"credentialSubject\" is empty");
	refused(HEAD "\"credentialSubject\":[{\"id\":\"a\"}]," ID ISSUER PROOF TYPE FROM "}",
		ERR_INVALID, "member \"credentialSubject\" is not an object");
	refused(HEAD SUBJECT ID ISSUER TYPE FROM "}", ERR_INVALID,
		"member \"proof\" is neither an object nor a list of them");
	refused(HEAD SUBJECT ID ISSUER ",\"proof\":[{},1]" TYPE FROM "}", ERR_INVALID,
		"part 2 of \"proof\" is not an object");
}

static void statement_refuses_wrong_types_and_times(void **state)
{
	(void)state;
	refused(HEAD SUBJECT ID ISSUER PROOF ",\"type\":[\"VerifiableCredential\",\"X\"]," FROM "}",
		ERR_UNSUPPORTED, "\"type\" names no kind of statement known here");
	refused(HEAD SUBJECT ID ISSUER PROOF ",\"type\":[\"VerifiableCredential\"]," FROM "}",
		ERR_INVALID, "\"type\" is not VerifiableCredential and one other");
	refused(HEAD SUBJECT ID ISSUER PROOF ",\"type\":[\"VerifiableCredential\","
		"\"StatusChangeCredential\",\"AccreditationCredential\"]," FROM "}", ERR_INVALID,
		"\"type\" is not VerifiableCredential and one other");
	refused(HEAD SUBJECT ID ISSUER PROOF TYPE "\"validFrom\":\"2026-11-24\"}", ERR_INVALID,
		"\"validFrom\": date is not followed by T and a time");
	refused(HEAD SUBJECT ID ISSUER PROOF TYPE FROM ",\"validUntil\":\"2026-11-24T03:04:04Z\"}",
		ERR_INVALID, "\"validUntil\" is before \"validFrom\"");
	/* A report has the context of UNTP between the two. */
	refused(HEAD SUBJECT ID ISSUER PROOF ",\"type\":[\"VerifiableCredential\","
		"\"DigitalConformityCredential\"]," FROM "}", ERR_INVALID,
		"\"@context\" does not have \"" STATEMENT_CONTEXT_DCC "\" in place 2");
}

static void limit_statement_bytes(void **state)
{
	(void)state;
	static char text[LIMIT_STATEMENT_BYTES + 2];
	SCOPED_ARENA a = { 0 };
	struct statement s;
	struct err e = { 0 };
	size_t len = strlen(WHOLE);

	arena_init(&a, ARENA_CAP);
	memset(text, ' ', sizeof(text) - 1);
	memcpy(text, WHOLE, len);
	assert_int_equal(statement_parse(&a, (struct str){ text, LIMIT_STATEMENT_BYTES }, &s, &e),
		ERR_OK);
	assert_int_equal(
		statement_parse(&a, (struct str){ text, LIMIT_STATEMENT_BYTES + 1 }, &s, &e),
		ERR_TOO_LARGE);
	assert_string_equal(e.message, "statement of 262145 bytes is over 262144");
}

static void limit_proofs(void **state)
{
	(void)state;
	SCOPED_ARENA a = { 0 };
	struct statement s;

	arena_init(&a, ARENA_CAP);
	parse_ok(&a, HEAD SUBJECT ID ISSUER ",\"proof\":[{},{},{},{}]" TYPE FROM "}", &s);
	refused(HEAD SUBJECT ID ISSUER ",\"proof\":[{},{},{},{},{}]" TYPE FROM "}", ERR_TOO_LARGE,
		"member \"proof\" has more than 4 parts");
}

static void statement_new_makes_what_parse_reads(void **state)
{
	(void)state;
	uint8_t uuid[16] = { 0xff, 0xee, 0xdd, 0xcc, 0xbb, 0xaa, 0xff, 0x88, 0xff, 0x66, 0x55,
		0x44 };
	SCOPED_ARENA a = { 0 };
	struct statement s;
	struct json *doc;
	struct str text;

	arena_init(&a, ARENA_CAP);
	statement_uuid_shape(uuid);
	for (unsigned kind = 0; kind < KIND_COUNT; kind++) {
		struct json *subject = json_set_text(&a, json_new_object(&a), "id", "urn:x");
		doc = statement_new(&a, (enum kind)kind, uuid, STR("did:web:a.example"),
			STR("甲市"), 1795489445, subject);
		assert_non_null(json_set(&a, doc, "proof", json_new_object(&a)));
		assert_int_equal(json_jcs(&a, doc, &text, NULL), ERR_OK);
		assert_int_equal(statement_parse(&a, text, &s, NULL), ERR_OK);
		assert_int_equal(s.kind, kind);
		assert_int_equal(s.valid_from, 1795489445);
		assert_memory_equal(s.id_key, uuid, 16);
		assert_true(str_is(s.id, "urn:uuid:ffeeddcc-bbaa-4f88-bf66-554400000000"));
	}
}

static void statement_parse_fails_cleanly_at_every_cap(void **state)
{
	(void)state;
	static const char loose[] = " " WHOLE; /* canonical inside */
	static const char looser[] = "{ " SUBJECT ID ISSUER PROOF TYPE FROM ",\"@context\":[\""
		STATEMENT_CONTEXT_VC "\",\"" STATEMENT_CONTEXT_HUREN "\"]}";
	const char *texts[] = { loose, looser };

	for (size_t i = 0; i < 2; i++) {
		enum err_code code = ERR_INTERNAL;
		for (size_t cap = 0; code != ERR_OK; cap += 64) {
			SCOPED_ARENA a = { 0 };
			struct statement s = { .valid_from = 7 };
			struct err e = { 0 };
			arena_init(&a, cap);
			code = statement_parse(&a, str_of(texts[i]), &s, &e);
			if (code != ERR_OK) {
				assert_int_equal(code, ERR_TOO_LARGE);
				assert_int_equal(s.valid_from, 7);
			}
			assert_true(cap < ARENA_CAP);
		}
	}
}

static void kinds_have_names_and_types_of_their_own(void **state)
{
	(void)state;
	for (unsigned i = 0; i < KIND_COUNT; i++) {
		const struct kind_row *row = kind_row((enum kind)i);
		enum kind kind;
		assert_int_equal(kind_from_name(str_of(row->name), &kind, NULL), ERR_OK);
		assert_int_equal(kind, i);
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(row->type, kind_row((enum kind)k)->type);
	}
	enum kind kind = KIND_REPORT;
	assert_int_equal(kind_from_name(STR("reports"), &kind, NULL), ERR_UNSUPPORTED);
	assert_int_equal(kind, KIND_REPORT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statement_reads_the_envelope),
		cmocka_unit_test(statement_lends_text_that_is_canonical),
		cmocka_unit_test(statement_canonicalises_other_text),
		cmocka_unit_test(statement_stands_inside_larger_text),
		cmocka_unit_test(statement_refuses_a_broken_envelope),
		cmocka_unit_test(statement_refuses_wrong_types_and_times),
		cmocka_unit_test(limit_statement_bytes),
		cmocka_unit_test(limit_proofs),
		cmocka_unit_test(statement_new_makes_what_parse_reads),
		cmocka_unit_test(statement_parse_fails_cleanly_at_every_cap),
		cmocka_unit_test(kinds_have_names_and_types_of_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
