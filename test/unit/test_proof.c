/* test_proof.c - Data Integrity proofs against the W3C vectors, and against everything that must
 * not pass. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/instant.h"
#include "base/io.h"
#include "base/scoped.h"
#include "credential/proof_inner.h"
#include "crypto/key_inner.h"
#include "crypto/multibase.h"
#include "sample.h"

#define ARENA_CAP 16777216
#define CITY "did:web:a.example"
#define PEER "did:web:b.example"

static struct str vector_file(struct arena *a, const char *name)
{
	struct str ret = { NULL, 0 };
	struct err e = { 0 };
	char *path = arena_printf(a, "%s/eddsa-jcs-2022/%s", getenv("HUREN_VECTORS"), name);

	if (io_read_file(a, path, 65536, &ret, &e) != ERR_OK)
		fail_msg("%s", e.message);
	while (ret.len > 0 && ret.at[ret.len - 1] == '\n')
		ret.len--;
	return ret;
}

static struct json *vector_json(struct arena *a, const char *name)
{
	struct json *v = NULL;

	assert_int_equal(json_parse(a, vector_file(a, name), &v, NULL), ERR_OK);
	return v;
}

static struct key vector_key(struct arena *a)
{
	struct str text = json_get_str(vector_json(a, "keyPair.json"), "privateKeyMultibase");
	struct key k;

	assert_int_equal(key_from_secret_multikey(text, &k, NULL), ERR_OK);
	return k;
}

static void proof_hash_is_that_of_the_vectors(void **state)
{
	(void)state;
	uint8_t hash[PROOF_HASH_BYTES], signature[KEY_SIGNATURE_BYTES], read[KEY_SIGNATURE_BYTES];
	char hex[2 * PROOF_HASH_BYTES + 1];
	SCOPED_ARENA a = { 0 };
	struct key k;
	struct str value;

	arena_init(&a, ARENA_CAP);
	k = vector_key(&a);
	assert_int_equal(proof_hash(&a, KEY_ED25519, vector_json(&a, "unsigned.json"),
		vector_json(&a, "proofConfigJCS.json"), hash, NULL), ERR_OK);
	hex_encode(hash, sizeof(hash), hex);
	assert_true(str_is(vector_file(&a, "combinedHashJCS.txt"), hex));
	hex[2 * DIGEST_BYTES] = '\0';
	assert_true(str_is(vector_file(&a, "proofHashJCS.txt"), hex));
	assert_int_equal(key_sign(&k, (struct str){ (char *)hash, sizeof(hash) }, signature, NULL),
		ERR_OK);
	hex_encode(signature, sizeof(signature), hex);
	assert_true(str_is(vector_file(&a, "sigHexJCS.txt"), hex));
	value = vector_file(&a, "sigBTC58JCS.txt");
	assert_true(str_eq(value, multibase_z_new(&a, (struct str){ (char *)signature, 64 })));
	assert_int_equal(proof_value_read(&a, value, read, NULL), ERR_OK);
	assert_memory_equal(read, signature, sizeof(read));
}

static void proof_add_makes_the_vector(void **state)
{
	(void)state;
	SCOPED_ARENA a = { 0 };
	struct json *want, *doc;
	struct key k;
	int64_t created = 0;

	arena_init(&a, ARENA_CAP);
	k = vector_key(&a);
	want = vector_json(&a, "signedJCS.json");
	doc = json_without(&a, want, "proof");
	assert_int_equal(instant_parse(STR("2023-02-24T23:36:38Z"), &created, NULL), ERR_OK);
	assert_int_equal(proof_add(&a, doc, &k, json_get_str(json_get(want, "proof"),
		"verificationMethod"), created, NULL), ERR_OK);
	assert_true(str_eq(sample_text(&a, doc), sample_text(&a, want)));
}

static void proof_hash_ignores_the_proofs_that_stand_there(void **state)
{
	(void)state;
	uint8_t one[PROOF_HASH_BYTES], two[PROOF_HASH_BYTES];
	SCOPED_ARENA a = { 0 };
	struct json *with;

	arena_init(&a, ARENA_CAP);
	with = vector_json(&a, "signedJCS.json");
	assert_int_equal(
		proof_hash(&a, KEY_ED25519, with, json_get(with, "proof"), one, NULL), ERR_OK);
	assert_int_equal(proof_hash(&a, KEY_ED25519, vector_json(&a, "unsigned.json"),
		vector_json(&a, "proofConfigJCS.json"), two, NULL), ERR_OK);
	assert_memory_equal(one, two, sizeof(one));
	assert_int_equal(proof_hash(&a, KEY_SM2, with, json_get(with, "proof"), two, NULL), ERR_OK);
	assert_memory_not_equal(one, two, sizeof(one));
}

/* ---- statements ---------------------------------------------------------------------------- */

struct fixture {
	struct arena a;
	struct sample_party parties[2];
	struct sample_keys keys;
	struct key_finder finder;
};

static int setup(void **state)
{
	struct fixture *f = test_calloc(1, sizeof(*f));

	arena_init(&f->a, ARENA_CAP);
	f->parties[0] = sample_party(&f->a, STR(CITY), "甲市", 1);
	f->parties[1] = sample_party(&f->a, STR(PEER), "乙市", 2);
	f->keys = (struct sample_keys){ f->parties, 2 };
	f->finder = sample_finder(&f->keys);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	arena_clear(&f->a);
	test_free(f);
	return 0;
}

static struct json *accreditation(struct fixture *f)
{
	return sample_doc(&f->a, KIND_ACCREDITATION, 1, &f->parties[0],
		sample_json(&f->a, "{\"id\":\"did:web:a.example:org:1\",\"name\":\"检测\"}"));
}

static struct json *agreement(struct fixture *f)
{
	return sample_doc(&f->a, KIND_AGREEMENT, 2, &f->parties[0], sample_json(&f->a,
		"{\"id\":\"urn:x\",\"parties\":[{\"id\":\"" CITY "\"},{\"id\":\"" PEER "\"}]}"));
}

static enum err_code verify_text(
	struct fixture *f, struct str text, int64_t at, uint32_t *ret_count, struct err *e)
{
	struct statement s = sample_parse(&f->a, text);
	struct proof_result results[LIMIT_PROOFS];

	return proof_verify_all(&f->a, &s, at, &f->finder, results, ret_count, e);
}

static void expect(
	struct fixture *f, const struct json *doc, enum err_code code, const char *message)
{
	struct err e = { 0 };
	uint32_t count = 77;

	if (verify_text(f, sample_text(&f->a, doc), SAMPLE_TIME, &count, &e) != code)
		fail_msg("%s", e.message);
	if (code == ERR_OK)
		return;
	assert_string_equal(e.message, message);
	assert_int_equal(count, 77); /* output untouched on failure */
}

static void proof_holds_for_what_was_signed(void **state)
{
	struct fixture *f = *state;
	struct proof_result results[LIMIT_PROOFS];
	struct json *doc = accreditation(f);
	struct statement s;
	uint32_t count = 0;
	struct err e = { 0 };

	sample_sign(&f->a, doc, &f->parties[0], /* sm2= */ true, SAMPLE_TIME);
	s = sample_parse(&f->a, sample_text(&f->a, doc));
	if (proof_verify_all(&f->a, &s, SAMPLE_TIME + 5, &f->finder, results, &count, &e) != ERR_OK)
		fail_msg("%s", e.message);
	assert_int_equal(count, 2);
	assert_int_equal(results[0].suite, KEY_ED25519);
	assert_int_equal(results[1].suite, KEY_SM2);
	assert_true(str_is(results[1].method, CITY "#key-2"));
	assert_true(str_is(results[1].controller, CITY));
	assert_int_equal(results[0].created, SAMPLE_TIME);
}

static void proof_holds_in_any_spelling_of_the_text(void **state)
{
	struct fixture *f = *state;
	SCOPED_BUF pretty = { 0 };
	struct json *doc = accreditation(f);
	uint32_t count = 0;

	sample_sign(&f->a, doc, &f->parties[0], /* sm2= */ true, SAMPLE_TIME);
	buf_init(&pretty, 65536);
	assert_int_equal(json_put_pretty(&pretty, doc, NULL), ERR_OK);
	assert_int_equal(verify_text(f, buf_str(&pretty), SAMPLE_TIME, &count, NULL), ERR_OK);
	assert_int_equal(count, 2);
}

static void proof_fails_for_any_changed_byte(void **state)
{
	struct fixture *f = *state;
	struct json *doc = accreditation(f);
	unsigned refused = 0, unreadable = 0;
	struct str text;

	sample_sign(&f->a, doc, &f->parties[0], /* sm2= */ false, SAMPLE_TIME);
	text = sample_text(&f->a, doc);
	for (size_t i = 0; i < text.len; i++) {
		SCOPED_ARENA a = { 0 };
		struct str changed;
		struct proof_result results[LIMIT_PROOFS];
		struct statement s;
		uint32_t count;
		char *bytes;
		arena_init(&a, ARENA_CAP);
		bytes = str_z(&a, text);
		bytes[i] = (char)(bytes[i] ^ 1);
		changed = (struct str){ bytes, text.len };
		if (statement_parse(&a, changed, &s, NULL) != ERR_OK) {
			unreadable++;
			continue;
		}
		assert_int_not_equal(
			proof_verify_all(&a, &s, SAMPLE_TIME, &f->finder, results, &count, NULL),
			ERR_OK);
		refused++;
	}
	assert_true(refused > 200);
	assert_int_equal(refused + unreadable, text.len);
}

static struct json *with_member(struct fixture *f, const struct json *doc, const char *name,
	struct json *value)
{
	struct json *copy = json_copy(&f->a, doc),
		    *proof = json_copy(&f->a, json_get(doc, "proof"));

	assert_non_null(json_set(&f->a, proof, name, value));
	assert_non_null(json_set(&f->a, copy, "proof", proof));
	return copy;
}

static void proof_refuses_broken_members(void **state)
{
	struct fixture *f = *state;
	struct json *doc = accreditation(f);
	static const struct {
		const char *name, *value, *message;
		enum err_code code;
	} cases[] = {
		{ "type", "Ed25519Signature2020", "proof 1: \"type\" is not DataIntegrityProof",
			ERR_UNSUPPORTED },
		{ "cryptosuite", "eddsa-rdfc-2022",
			"proof 1: cryptosuite \"eddsa-rdfc-2022\" is not known", ERR_UNSUPPORTED },
		{ "proofPurpose", "authentication",
			"proof 1: \"proofPurpose\" is not assertionMethod", ERR_DENIED },
		{ "verificationMethod", CITY,
			"proof 1: \"verificationMethod\" is not a key of a did:web name",
			ERR_INVALID },
		{ "verificationMethod", PEER "#key-1",
			"proof 1: it is signed by \"" PEER "\", who does not issue it",
			ERR_DENIED },
		{ "verificationMethod", CITY "#key-3",
			"proof 1: key \"" CITY "#key-3\" is not known", ERR_NOT_FOUND },
		{ "verificationMethod", CITY "#key-2",
			"proof 1: key \"" CITY "#key-2\" is not of its cryptosuite", ERR_DENIED },
		{ "previousProof", "urn:x", "proof 1: chains of proofs are not supported",
			ERR_UNSUPPORTED },
		{ "created", "2026-11-24",
			"proof 1: \"created\": date is not followed by T and a time", ERR_INVALID },
		{ "created", "2026-11-24T03:09:06Z",
			"proof 1: it says that it was made after it was received", ERR_DENIED },
		{ "created", "2026-11-24T03:04:04Z", "proof 1: Ed25519 signature does not hold",
			ERR_DENIED },
		{ "expires", "2026-11-24T03:04:05Z",
			"proof 1: it had expired when the statement was received", ERR_DENIED },
		{ "expires", "2026-11-24T03:04:06Z", "proof 1: Ed25519 signature does not hold",
			ERR_DENIED },
		{ "domain", "a.example", "proof 1: Ed25519 signature does not hold", ERR_DENIED },
		{ "@context", STATEMENT_CONTEXT_HUREN,
			"proof 1: \"@context\" of the document does not begin with the proof's",
			ERR_DENIED },
		{ "@context", STATEMENT_CONTEXT_VC, "proof 1: Ed25519 signature does not hold",
			ERR_DENIED },
		{ "proofValue", "uAAAA", "proof 1: \"proofValue\" is not base58btc", ERR_INVALID },
		{ "proofValue", "z111", "proof 1: \"proofValue\" holds 3 bytes instead of 64",
			ERR_INVALID },
		{ "proofValue", "z0",
			"proof 1: \"proofValue\": character 2 of the multibase value is not "
			"base58",
			ERR_INVALID },
	};

	sample_sign(&f->a, doc, &f->parties[0], /* sm2= */ false, SAMPLE_TIME);
	expect(f, doc, ERR_OK, NULL);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect(f, with_member(f, doc, cases[i].name, json_new_text(&f->a, cases[i].value)),
			cases[i].code, cases[i].message);
}

static void proof_needs_each_of_its_members(void **state)
{
	struct fixture *f = *state;
	static const char *const names[] = { "type", "cryptosuite", "verificationMethod",
		"proofPurpose", "proofValue" };
	struct json *doc = accreditation(f), *copy;

	sample_sign(&f->a, doc, &f->parties[0], /* sm2= */ false, SAMPLE_TIME);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		copy = json_copy(&f->a, doc);
		assert_non_null(json_set(&f->a, copy, "proof",
			json_without(&f->a, json_get(doc, "proof"), names[i])));
		expect(f, copy, ERR_INVALID,
			arena_printf(&f->a, "proof 1: member \"%s\" is missing", names[i]));
	}
}

/* Signs by hand: options of any shape. */
static void sign_options(struct fixture *f, struct json *doc, struct json *options)
{
	uint8_t hash[PROOF_HASH_BYTES], signature[KEY_SIGNATURE_BYTES];

	assert_int_equal(proof_hash(&f->a, KEY_ED25519, doc, options, hash, NULL), ERR_OK);
	assert_int_equal(key_sign(&f->parties[0].key, (struct str){ (char *)hash, sizeof(hash) },
		signature, NULL), ERR_OK);
	assert_non_null(json_set_str(&f->a, options, "proofValue",
		multibase_z_new(&f->a, (struct str){ (char *)signature, sizeof(signature) })));
	assert_non_null(json_set(&f->a, doc, "proof", options));
}

#define OPTIONS "{\"type\":\"DataIntegrityProof\",\"cryptosuite\":\"eddsa-jcs-2022\"," \
	"\"verificationMethod\":\"" CITY "#key-1\",\"proofPurpose\":\"assertionMethod\""

static void proof_context_may_be_left_out_or_be_a_beginning(void **state)
{
	struct fixture *f = *state;
	struct json *doc = accreditation(f);

	sign_options(f, doc, sample_json(&f->a, OPTIONS "}"));
	expect(f, doc, ERR_OK, NULL);
	doc = accreditation(f);
	sign_options(f, doc,
		sample_json(&f->a, OPTIONS ",\"@context\":[\"" STATEMENT_CONTEXT_VC "\"]}"));
	expect(f, doc, ERR_OK, NULL);
	doc = accreditation(f);
	sign_options(
		f, doc, sample_json(&f->a, OPTIONS ",\"@context\":\"" STATEMENT_CONTEXT_VC "\"}"));
	expect(f, doc, ERR_OK, NULL);
	doc = accreditation(f);
	sign_options(f, doc, sample_json(&f->a, OPTIONS ",\"@context\":[]}"));
	expect(f, doc, ERR_DENIED,
		"proof 1: \"@context\" of the document does not begin with the proof's");
	doc = accreditation(f);
	sign_options(f, doc,
		sample_json(&f->a,
			OPTIONS
			",\"created\":\"2026-11-24T11:04:05+08:00\","
			"\"expires\":\"2026-12-24T03:04:05Z\",\"domain\":\"a\","
			"\"challenge\":\"b\"}"));
	expect(f, doc, ERR_OK, NULL);
}

static void proof_needs_eddsa_beside_sm2(void **state)
{
	struct fixture *f = *state;
	struct json *doc = accreditation(f);

	assert_int_equal(proof_add(&f->a, doc, &f->parties[0].key_sm2, f->parties[0].method_sm2,
		SAMPLE_TIME, NULL), ERR_OK);
	expect(f, doc, ERR_DENIED, "\"" CITY "\" has not signed with eddsa-jcs-2022");
	/* A wrong one beside a right one is refused too. */
	doc = accreditation(f);
	sample_sign(&f->a, doc, &f->parties[0], /* sm2= */ false, SAMPLE_TIME);
	assert_int_equal(proof_add(&f->a, doc, &f->parties[1].key_sm2, f->parties[0].method_sm2,
		SAMPLE_TIME, NULL), ERR_OK);
	expect(f, doc, ERR_DENIED, "proof 2: SM2 signature does not hold");
}

static void proof_of_an_agreement_is_by_every_party(void **state)
{
	struct fixture *f = *state;
	struct json *doc = agreement(f);
	struct sample_party stranger = sample_party(&f->a, STR("did:web:c.example"), "丙市", 3);

	sample_sign(&f->a, doc, &f->parties[0], /* sm2= */ false, SAMPLE_TIME - 900);
	expect(f, doc, ERR_DENIED, "\"" PEER "\" has not signed with eddsa-jcs-2022");
	sample_sign(&f->a, doc, &f->parties[1], /* sm2= */ true, SAMPLE_TIME);
	expect(f, doc, ERR_OK, NULL);
	sample_sign(&f->a, doc, &stranger, /* sm2= */ false, SAMPLE_TIME);
	expect(f, doc, ERR_DENIED,
		"proof 4: it is signed by \"did:web:c.example\", who does not issue it");
}

static void proof_of_an_agreement_needs_good_parties(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *subject, *message;
	} cases[] = {
		{ "{\"id\":\"urn:x\"}", "member \"parties\" is missing" },
		{ "{\"parties\":[{\"id\":\"" CITY "\"}]}",
			"\"parties\" does not list 2 to 4 parties" },
		{ "{\"parties\":[{\"id\":\"" CITY "\"},{\"id\":\"" CITY "\"}]}",
			"party 2 stands twice" },
		{ "{\"parties\":[{\"id\":\"" CITY "\"},1]}",
			"party 2: DID is not a did:web name: it does not begin with did:web:" },
		{ "{\"parties\":[{\"id\":\"" PEER "\"},{\"id\":\"did:web:c.example\"}]}",
			"the issuer is none of the parties" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct json *doc = sample_doc(&f->a, KIND_AGREEMENT, 1, &f->parties[0],
			sample_json(&f->a, cases[i].subject));
		sample_sign(&f->a, doc, &f->parties[0], /* sm2= */ false, SAMPLE_TIME);
		expect(f, doc, ERR_INVALID, cases[i].message);
	}
}

static void proof_add_stops_at_the_limit(void **state)
{
	struct fixture *f = *state;
	struct json *doc = accreditation(f);
	struct err e = { 0 };

	for (int i = 0; i < LIMIT_PROOFS; i++)
		sample_sign(&f->a, doc, &f->parties[0], /* sm2= */ false, SAMPLE_TIME);
	assert_int_equal(
		proof_add(&f->a, doc, &f->parties[0].key, f->parties[0].method, SAMPLE_TIME, &e),
		ERR_TOO_LARGE);
	assert_string_equal(e.message, "statement would have more than 4 proofs");
	assert_int_equal(json_count(json_get(doc, "proof")), LIMIT_PROOFS);
}

/* A key that counts from one time to another, and is another one in between. */
struct window {
	const struct sample_party *party;
	int64_t from, changed, until;
};

static enum err_code find_in_window(void *context, struct str method, int64_t at,
	struct key_public *ret, struct err *e)
{
	const struct window *w = context;

	if (!str_eq(method, w->party->method))
		return err_set(e, ERR_NOT_FOUND, "unknown");
	if (at < w->from || at >= w->until)
		return err_set(e, ERR_DENIED, "not at that time");
	*ret = at < w->changed ? sample_key(KEY_ED25519, 99).pub : w->party->key.pub;
	return ERR_OK;
}

static void proof_key_is_judged_at_receipt_and_when_made(void **state)
{
	struct fixture *f = *state;
	const int64_t t = SAMPLE_TIME;
	const struct {
		int64_t created, at, from, changed, until;
		const char *message;
	} cases[] = {
		{ t, t, t, t, t + 1, NULL },
		{ t, t + 1000, t, t, t + 1001, NULL },
		{ t, t + 1000, t, t, t + 1000, "not at that time" },
		{ t, t + 1000, t + 300, t, t + 1001, NULL }, /* clocks may differ by so much */
		{ t, t + 1000, t + 301, t, t + 1001, "not at that time" },
		{ t, t - 300, t - 300, t - 300, t, NULL },
		{ t, t - 301, t - 301, t, t, "it says that it was made after it was received" },
		{ t, t + 1000, t, t + 301, t + 1001,
		  "key \"" CITY "#key-1\" was another when it was made" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct window w = { &f->parties[0], cases[i].from, cases[i].changed,
			cases[i].until };
		struct key_finder finder = { find_in_window, &w };
		struct key_public key;
		struct err e = { 0 };
		enum err_code code = proof_find_key(&finder, f->parties[0].method, KEY_ED25519,
			cases[i].created, cases[i].at, &key, &e);
		assert_int_equal(code, cases[i].message ? ERR_DENIED : ERR_OK);
		if (cases[i].message)
			assert_string_equal(e.message, cases[i].message);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(proof_hash_is_that_of_the_vectors),
		cmocka_unit_test(proof_add_makes_the_vector),
		cmocka_unit_test(proof_hash_ignores_the_proofs_that_stand_there),
		cmocka_unit_test_setup_teardown(proof_holds_for_what_was_signed, setup, teardown),
		cmocka_unit_test_setup_teardown(
			proof_holds_in_any_spelling_of_the_text, setup, teardown),
		cmocka_unit_test_setup_teardown(proof_fails_for_any_changed_byte, setup, teardown),
		cmocka_unit_test_setup_teardown(proof_refuses_broken_members, setup, teardown),
		cmocka_unit_test_setup_teardown(proof_needs_each_of_its_members, setup, teardown),
		cmocka_unit_test_setup_teardown(
			proof_context_may_be_left_out_or_be_a_beginning, setup, teardown),
		cmocka_unit_test_setup_teardown(proof_needs_eddsa_beside_sm2, setup, teardown),
		cmocka_unit_test_setup_teardown(
			proof_of_an_agreement_is_by_every_party, setup, teardown),
		cmocka_unit_test_setup_teardown(
			proof_of_an_agreement_needs_good_parties, setup, teardown),
		cmocka_unit_test_setup_teardown(proof_add_stops_at_the_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(
			proof_key_is_judged_at_receipt_and_when_made, setup, teardown),
	};

	key_library_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
