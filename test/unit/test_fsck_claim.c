/* test_fsck_claim.c - receipts, bodies, proofs and keys as of a time, signed here by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/encode.h"
#include "base/scoped.h"
#include "crypto/multibase.h"
#include "fsck/fsck_claim.h"

#define DID "did:web:a.example"
#define UUID "11111111-2222-4333-8444-555555555555"

static struct arena arena;
static struct key ed25519, sm2;
static struct fsck_keys keys;

static struct json *text_array(const char *first, const char *second)
{
	struct json *array = json_new_array(&arena);

	json_push(&arena, array, json_new_text(&arena, first));
	json_push(&arena, array, json_new_text(&arena, second));
	return array;
}

static struct json *unsigned_statement(const char *type, struct json *subject)
{
	struct json *doc = json_new_object(&arena), *issuer = json_new_object(&arena);

	json_set_text(&arena, issuer, "id", DID);
	json_set_text(&arena, issuer, "name", "\xe6\xb0\xb8\xe5\xb7\x9d");
	json_set(&arena, doc, "@context",
		text_array("https://www.w3.org/ns/credentials/v2",
			"https://huren.example/contexts/v1"));
	json_set_text(&arena, doc, "id", "urn:uuid:" UUID);
	json_set(&arena, doc, "type", text_array("VerifiableCredential", type));
	json_set(&arena, doc, "issuer", issuer);
	json_set_text(&arena, doc, "validFrom", "2026-11-24T00:00:00Z");
	return json_set(&arena, doc, "credentialSubject", subject);
}

static struct str jcs(const struct json *v)
{
	struct str text;

	assert_int_equal(json_jcs(&arena, v, &text, NULL), ERR_OK);
	return text;
}

/* Data Integrity by the steps of doc/formats/proofs.md. */
static struct json *proof_by(const struct json *doc, const struct key *k, const char *method)
{
	struct json *proof = json_new_object(&arena);
	bool national = k->pub.type == KEY_SM2;
	struct str config, document = jcs(json_without(&arena, doc, "proof"));
	struct digest d[2];
	uint8_t signature[KEY_SIGNATURE_BYTES];

	json_set_text(&arena, proof, "type", "DataIntegrityProof");
	json_set_text(
		&arena, proof, "cryptosuite", national ? "sm2-sm3-jcs-2026" : "eddsa-jcs-2022");
	json_set_text(&arena, proof, "verificationMethod", method);
	json_set_text(&arena, proof, "proofPurpose", "assertionMethod");
	json_set(&arena, proof, "@context", json_copy(&arena, json_get(doc, "@context")));
	config = jcs(proof);
	d[0] = national ? digest_sm3(config) : digest_sha256(config);
	d[1] = national ? digest_sm3(document) : digest_sha256(document);
	assert_int_equal(
		key_sign(k, (struct str){.at = (char *)d, .len = sizeof(d)}, signature, NULL),
		ERR_OK);
	return json_set_str(&arena, proof, "proofValue", multibase_z_new(&arena,
		(struct str){ .at = (char *)signature, .len = sizeof(signature) }));
}

/* Reads a finished statement back as a claim of that kind. */
static enum err_code read_claim(struct str bytes, enum fsck_kind kind, struct fsck_claim *ret,
	struct err *e)
{
	struct fsck_receipt r = {.kind = kind, .issuer = STR(DID), .digest = digest_sha256(bytes)};

	assert_int_equal(hex_decode(STR("11111111222243338444555555555555"), r.id_key, 16, NULL),
		ERR_OK);
	return fsck_claim_parse(&arena, bytes, &r, ret, e);
}

static void add_method(struct json *document, const char *id, const struct key *k)
{
	struct json *method = json_new_object(&arena), *methods, *asserts;

	methods = json_copy(&arena, json_get(document, "verificationMethod"));
	asserts = json_copy(&arena, json_get(document, "assertionMethod"));
	json_set_text(&arena, method, "id", id);
	json_set_str(&arena, method, "publicKeyMultibase", key_public_multikey(&arena, &k->pub));
	json_push(&arena, methods, method);
	json_push(&arena, asserts, json_new_text(&arena, id));
	json_set(&arena, document, "verificationMethod", methods);
	json_set(&arena, document, "assertionMethod", asserts);
}

static int open_keys(void **state)
{
	struct json *subject, *document;
	struct fsck_claim claim;

	(void)state;
	key_library_init();
	arena_init(&arena, 16777216);
	assert_int_equal(key_generate(KEY_ED25519, &ed25519, NULL), ERR_OK);
	assert_int_equal(key_generate(KEY_SM2, &sm2, NULL), ERR_OK);
	subject = json_new_object(&arena);
	document = json_new_object(&arena);
	json_set_text(&arena, subject, "id", DID);
	json_set(&arena, document, "verificationMethod", json_new_array(&arena));
	json_set(&arena, document, "assertionMethod", json_new_array(&arena));
	add_method(document, DID "#key-1", &ed25519);
	add_method(document, DID "#key-2", &sm2);
	json_set(&arena, subject, "didDocument", document);
	assert_int_equal(read_claim(jcs(unsigned_statement("DidDocumentCredential", subject)),
		FSCK_DID_DOCUMENT, &claim, NULL), ERR_OK);
	assert_int_equal(fsck_keys_add(&keys, &arena, &claim, 1000, NULL), ERR_OK);
	fsck_keys_sort(&keys);
	return 0;
}

static int close_keys(void **state)
{
	(void)state;
	arena_clear(&arena);
	return 0;
}

static struct json *signed_report(struct json *proof)
{
	struct json *subject = json_new_object(&arena), *doc;

	json_set_text(&arena, subject, "id", "urn:uuid:" UUID);
	doc = unsigned_statement("DigitalConformityCredential", subject);
	return json_set(
		&arena, doc, "proof", proof ? proof : proof_by(doc, &ed25519, DID "#key-1"));
}

static enum err_code verify_at(const struct json *doc, struct str jws, int64_t at, uint32_t *ret)
{
	struct fsck_claim claim;

	assert_int_equal(read_claim(jcs(doc), FSCK_REPORT, &claim, NULL), ERR_OK);
	return fsck_claim_verify(&arena, &claim, FSCK_REPORT, jws, at, &keys, ret, NULL);
}

static void fsck_claim_accepts_a_signed_statement(void **state)
{
	uint32_t count = 0;

	(void)state;
	assert_int_equal(verify_at(signed_report(NULL), STR(""), 2000, &count), ERR_OK);
	assert_int_equal(count, 1);
}

static void fsck_claim_accepts_a_second_proof_by_sm2(void **state)
{
	struct json *doc = signed_report(NULL), *both = json_new_array(&arena);
	uint32_t count = 0;

	(void)state;
	json_push(&arena, both, json_copy(&arena, json_get(doc, "proof")));
	json_push(&arena, both, proof_by(doc, &sm2, DID "#key-2"));
	json_set(&arena, doc, "proof", both);
	assert_int_equal(verify_at(doc, STR(""), 2000, &count), ERR_OK);
	assert_int_equal(count, 2);
}

static void fsck_claim_refuses_sm2_alone(void **state)
{
	struct json *doc = signed_report(NULL);
	uint32_t count;

	(void)state;
	json_set(&arena, doc, "proof", proof_by(doc, &sm2, DID "#key-2"));
	assert_int_equal(verify_at(doc, STR(""), 2000, &count), ERR_CORRUPT);
}

static void fsck_claim_refuses_a_key_before_it_was_logged(void **state)
{
	uint32_t count;

	(void)state;
	assert_int_equal(verify_at(signed_report(NULL), STR(""), 999, &count), ERR_CORRUPT);
	assert_int_equal(verify_at(signed_report(NULL), STR(""), 1000, &count), ERR_OK);
}

static void fsck_claim_refuses_a_content_changed_after_signing(void **state)
{
	struct json *doc = signed_report(NULL);
	uint32_t count;

	(void)state;
	json_set_text(&arena, doc, "validFrom", "2026-11-25T00:00:00Z");
	assert_int_equal(verify_at(doc, STR(""), 2000, &count), ERR_CORRUPT);
}

static void fsck_claim_refuses_a_proof_by_somebody_else(void **state)
{
	struct json *doc = signed_report(NULL);
	uint32_t count;

	(void)state;
	json_set(&arena, doc, "proof", proof_by(doc, &ed25519, "did:web:b.example#key-1"));
	assert_int_equal(verify_at(doc, STR(""), 2000, &count), ERR_CORRUPT);
}

static void fsck_claim_checks_the_jws(void **state)
{
	struct json *doc = signed_report(NULL);
	struct str payload = jcs(json_without(&arena, doc, "proof"));
	struct str header = STR(
		"{\"alg\":\"EdDSA\",\"cty\":\"vc\",\"kid\":\"" DID "#key-1\",\"typ\":\"vc+jwt\"}");
	struct str b64header = base64url_new(&arena, (const uint8_t *)header.at, header.len);
	struct str b64payload = base64url_new(&arena, (const uint8_t *)payload.at, payload.len);
	struct str input = str_printf(&arena, STR_FMT "." STR_FMT, STR_ARG(b64header),
		STR_ARG(b64payload));
	uint8_t signature[KEY_SIGNATURE_BYTES];
	struct str b64signature;
	uint32_t count;

	(void)state;
	assert_int_equal(key_sign(&ed25519, input, signature, NULL), ERR_OK);
	b64signature = base64url_new(&arena, signature, sizeof(signature));
	assert_int_equal(verify_at(doc, str_printf(&arena, STR_FMT "." STR_FMT, STR_ARG(input),
		STR_ARG(b64signature)), 2000, &count), ERR_OK);
	assert_int_equal(count, 2);
	signature[0] ^= 1;
	b64signature = base64url_new(&arena, signature, sizeof(signature));
	assert_int_equal(verify_at(doc, str_printf(&arena, STR_FMT "." STR_FMT, STR_ARG(input),
		STR_ARG(b64signature)), 2000, &count), ERR_CORRUPT);
}

static void fsck_claim_refuses_a_body_that_is_not_its_receipts(void **state)
{
	struct str bytes = jcs(signed_report(NULL));
	struct fsck_receipt r = { .kind = FSCK_REPORT, .issuer = STR(DID),
		.digest = digest_sha256(STR("something else")) };
	struct fsck_claim claim;
	struct err e;

	(void)state;
	assert_int_equal(fsck_claim_parse(&arena, bytes, &r, &claim, &e), ERR_CORRUPT);
	assert_string_equal(e.message, "body does not have the digest of its receipt");
	r.digest = digest_sha256(bytes);
	assert_int_equal(fsck_claim_parse(&arena, bytes, &r, &claim, &e), ERR_CORRUPT);
	assert_string_equal(e.message, "body has another id than its receipt");
	assert_int_equal(read_claim(bytes, FSCK_DECISION, &claim, &e), ERR_CORRUPT);
	assert_string_equal(e.message, "body is no RecognitionDecisionCredential");
}

static void fsck_claim_refuses_a_body_that_is_not_canonical(void **state)
{
	struct str bytes = jcs(signed_report(NULL));
	struct str spaced = str_printf(&arena, STR_FMT " ", STR_ARG(bytes));
	struct fsck_claim claim;
	struct err e;

	(void)state;
	assert_int_equal(read_claim(spaced, FSCK_REPORT, &claim, &e), ERR_CORRUPT);
	assert_string_equal(e.message, "body is not in its canonical form");
}

static void fsck_receipt_reads_what_it_writes_and_nothing_else(void **state)
{
	struct fsck_receipt r = { .kind = FSCK_STATUS, .disclosure = 1, .issuer = STR(DID ":org:1"),
		.time = 1795490645, .digest = digest_sha256(STR("x")) }, again;
	SCOPED_BUF b = { 0 };
	struct str text, spaced;

	(void)state;
	buf_init(&b, LIMIT_RECEIPT_BYTES);
	assert_int_equal(fsck_receipt_put(&b, &r, NULL), ERR_OK);
	text = buf_str(&b);
	assert_true(str_starts(text,
		"{\"digest\":\"LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE\","
		"\"disclosure\":\"conditional\",\"id\":\"urn:uuid:00000000-0000-0000-0000-"
		"000000000000\","
		"\"issuer\":\"did:web:a.example:org:1\",\"kind\":\"status\",\"time\":\"2026-11-"));
	assert_int_equal(fsck_receipt_parse(&arena, text, &again, NULL), ERR_OK);
	assert_int_equal(again.time, r.time);
	assert_int_equal(again.kind, r.kind);
	spaced = str_printf(&arena, STR_FMT "\n", STR_ARG(text));
	assert_int_equal(fsck_receipt_parse(&arena, spaced, &again, NULL), ERR_INVALID);
	assert_int_equal(fsck_receipt_parse(&arena, STR("{}"), &again, NULL), ERR_INVALID);
	assert_int_equal(fsck_receipt_parse(&arena, STR("hello"), &again, NULL), ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fsck_claim_accepts_a_signed_statement),
		cmocka_unit_test(fsck_claim_accepts_a_second_proof_by_sm2),
		cmocka_unit_test(fsck_claim_refuses_sm2_alone),
		cmocka_unit_test(fsck_claim_refuses_a_key_before_it_was_logged),
		cmocka_unit_test(fsck_claim_refuses_a_content_changed_after_signing),
		cmocka_unit_test(fsck_claim_refuses_a_proof_by_somebody_else),
		cmocka_unit_test(fsck_claim_checks_the_jws),
		cmocka_unit_test(fsck_claim_refuses_a_body_that_is_not_its_receipts),
		cmocka_unit_test(fsck_claim_refuses_a_body_that_is_not_canonical),
		cmocka_unit_test(fsck_receipt_reads_what_it_writes_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, open_keys, close_keys);
}
