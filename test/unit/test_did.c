/* test_did.c - did:web names, DID documents, and keys as of a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/instant.h"
#include "base/limits.h"
#include "base/scoped.h"
#include "credential/did.h"

#define ARENA_CAP 1048576
#define LAB "did:web:a.example:org:91000000000000000X"

static void did_names_its_host(void **state)
{
	(void)state;
	static const struct {
		const char *did, *host;
	} cases[] = {
		{ "did:web:a.example", "a.example" },
		{ "did:web:a.example%3A8400", "a.example:8400" },
		{ "did:web:a.example%3A8400:org:1", "a.example:8400" },
		{ "did:web:127.0.0.1%3A8400", "127.0.0.1:8400" },
		{ "did:web:localhost", "localhost" },
		{ "did:web:1.2.3.4a", "1.2.3.4a" },
	};
	SCOPED_ARENA a = { 0 };
	struct str host;

	arena_init(&a, ARENA_CAP);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(did_web_host(&a, str_of(cases[i].did), &host, NULL), ERR_OK);
		assert_true(str_is(host, cases[i].host));
	}
	assert_true(str_is(did_web_new(&a, STR("a.example:8400")), "did:web:a.example%3A8400"));
	assert_true(str_is(
		did_web_new_org(&a, STR("a.example"), STR("1X")), "did:web:a.example:org:1X"));
	assert_true(str_is(did_of_node(STR(LAB)), "did:web:a.example"));
	assert_true(str_is(did_of_node(STR("did:web:a.example")), "did:web:a.example"));
	assert_true(str_is(did_of_node(STR("")), ""));
}

static void did_has_one_spelling(void **state)
{
	(void)state;
	static const struct {
		const char *did, *why;
	} cases[] = {
		{ "", "it does not begin with did:web:" },
		{ "did:key:z6Mk", "it does not begin with did:web:" },
		{ "did:web:", "host is not a domain name in lower case" },
		{ "did:web:A.example", "host is not a domain name in lower case" },
		{ "did:web:a..example", "host is not a domain name in lower case" },
		{ "did:web:a.example.", "host is not a domain name in lower case" },
		{ "did:web:-a.example", "host is not a domain name in lower case" },
		{ "did:web:a.example%2Fx", "host is not a domain name in lower case" },
		{ "did:web:a.example%3a80", "host is not a domain name in lower case" },
		{ "did:web:a.example#key-1", "host is not a domain name in lower case" },
		{ "did:web:10.0.0.1", "host is an IP address" },
		{ "did:web:127.0.0.2", "host is an IP address" },
		{ "did:web:0x7f.1", "host is an IP address" },
		{ "did:web:2130706433", "host is an IP address" },
		{ "did:web:a.example%3A", "port is not a number from 1 to 65535" },
		{ "did:web:a.example%3A0", "port is not a number from 1 to 65535" },
		{ "did:web:a.example%3A65536", "port is not a number from 1 to 65535" },
		{ "did:web:a.example%3A080", "port is not a number from 1 to 65535" },
		{ "did:web:a.example:", "a part of its path is not a plain word" },
		{ "did:web:a.example:..:x", "a part of its path is not a plain word" },
		{ "did:web:a.example:%2e", "a part of its path is not a plain word" },
		{ "did:web:a.example:org:1\"", "a part of its path is not a plain word" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err e = { 0 };
		assert_int_equal(did_check(str_of(cases[i].did), &e), ERR_INVALID);
		if (!strstr(e.message, cases[i].why))
			fail_msg("%s: %s", cases[i].did, e.message);
	}
}

static void limit_id_bytes(void **state)
{
	(void)state;
	char did[LIMIT_ID_BYTES + 1];

	memset(did, 'x', sizeof(did));
	memcpy(did, "did:web:a.example:", 18);
	assert_int_equal(did_check((struct str){ did, LIMIT_ID_BYTES }, NULL), ERR_OK);
	assert_int_equal(did_check((struct str){ did, LIMIT_ID_BYTES + 1 }, NULL), ERR_INVALID);
}

static void did_of_method_needs_a_fragment(void **state)
{
	(void)state;
	assert_true(str_is(did_of_method(STR("did:web:a.example#key-1")), "did:web:a.example"));
	assert_true(str_is(did_of_method(STR("did:web:a.example")), ""));
	assert_true(did_method_is_valid(STR("did:web:a.example#key-1")));
	assert_false(did_method_is_valid(STR("did:web:a.example")));
	assert_false(did_method_is_valid(STR("did:web:a.example#")));
	assert_false(did_method_is_valid(STR("did:web:a.example#a#b")));
	assert_false(did_method_is_valid(STR("did:key:z6Mk#z6Mk")));
	assert_false(did_method_is_valid(STR("did:web:a.example#\xff")));
}

static struct key sample_key(enum key_type type, uint8_t seed)
{
	uint8_t secret[32] = { 1, seed };
	struct key k;

	assert_int_equal(key_from_secret(type, secret, &k, NULL), ERR_OK);
	return k;
}

static struct did_document sample(uint64_t version, int64_t logged_at)
{
	return (struct did_document){ .did = STR(LAB),
		.name = STR("某检测中心"),
		.role = STR("lab"),
		.version = version,
		.logged_at = logged_at,
		.key_count = 2,
		.keys = {
			{ .id = STR(LAB "#key-1"),
				.pub = sample_key(KEY_ED25519, 1).pub,
				.asserts = true,
				.valid_from = logged_at,
				.valid_until = INT64_MAX },
			{ .id = STR(LAB "#requests-1"),
				.pub = sample_key(KEY_SM2, 2).pub,
				.authenticates = true,
				.valid_from = logged_at,
				.valid_until = 2000000000 },
		} };
}

static void did_document_reads_what_it_wrote(void **state)
{
	(void)state;
	SCOPED_ARENA a = { 0 };
	struct did_document doc = sample(3, 1795489445), again, raw;
	struct json *v, *parsed;
	struct str text;

	arena_init(&a, ARENA_CAP);
	v = did_document_subject(&a, &doc, STR("91000000000000000X"));
	assert_int_equal(json_jcs(&a, v, &text, NULL), ERR_OK);
	assert_int_equal(json_parse(&a, text, &parsed, NULL), ERR_OK);
	assert_int_equal(did_document_parse(&a, parsed, 1795489445, &again, NULL), ERR_OK);
	assert_true(str_eq(again.did, doc.did));
	assert_true(str_is(again.name, "某检测中心"));
	assert_true(str_is(again.role, "lab"));
	assert_int_equal(again.version, 3);
	assert_int_equal(again.logged_at, 1795489445);
	assert_int_equal(again.key_count, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_true(str_eq(again.keys[i].id, doc.keys[i].id));
		assert_true(key_public_eq(&again.keys[i].pub, &doc.keys[i].pub));
		assert_int_equal(again.keys[i].valid_from, 1795489445);
		assert_true(again.keys[i].valid_until == doc.keys[i].valid_until);
		assert_int_equal(again.keys[i].asserts, i == 0);
		assert_int_equal(again.keys[i].authenticates, i == 1);
		assert_int_equal(again.keys[i].multikey.len, 0);
	}
	assert_int_equal(did_document_read(parsed, 5, &raw, NULL), ERR_OK);
	assert_int_equal(raw.keys[0].pub.type, KEY_NONE);
	assert_true(str_eq(raw.keys[0].multikey, key_public_multikey(&a, &doc.keys[0].pub)));
}

static const char whole[] =
	"{\"id\":\"did:web:a.example\",\"type\":\"DidDocumentVersion\",\"name\":\"n\","
	"\"role\":\"authority\",\"version\":1,\"didDocument\":{\"id\":\"did:web:a.example\","
	"\"verificationMethod\":[{\"id\":\"did:web:a.example#key-1\",\"type\":\"Multikey\","
	"\"controller\":\"did:web:a.example\",\"publicKeyMultibase\":"
	"\"z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2\",\"revoked\":\"2026-02-01T00:00:00Z\","
	"\"expires\":\"2027-01-01T00:00:00Z\"}],"
	"\"assertionMethod\":[\"did:web:a.example#key-1\"]}}";

static enum err_code parse_changed(const char *old, const char *new, struct did_document *ret,
	struct err *e)
{
	SCOPED_ARENA a = { 0 };
	const char *at = strstr(whole, old);
	struct json *v;
	struct str text;

	arena_init(&a, ARENA_CAP);
	assert_non_null(at);
	text = str_printf(&a, "%.*s%s%s", (int)(at - whole), whole, new, at + strlen(old));
	assert_int_equal(json_parse(&a, text, &v, NULL), ERR_OK);
	return did_document_parse(&a, v, 100, ret, e);
}

static void did_document_takes_the_earlier_end_of_a_key(void **state)
{
	(void)state;
	struct did_document doc;
	int64_t revoked, expires;

	assert_int_equal(instant_parse(STR("2026-02-01T00:00:00Z"), &revoked, NULL), ERR_OK);
	assert_int_equal(instant_parse(STR("2027-01-01T00:00:00Z"), &expires, NULL), ERR_OK);
	assert_int_equal(parse_changed("", "", &doc, NULL), ERR_OK);
	assert_int_equal(doc.keys[0].valid_until, revoked);
	assert_int_equal(parse_changed("2026-02", "2028-02", &doc, NULL), ERR_OK);
	assert_int_equal(doc.keys[0].valid_until, expires);
}

static void did_document_refuses_what_does_not_fit(void **state)
{
	(void)state;
	static const struct {
		const char *old, *new, *message;
	} cases[] = {
		{ "DidDocumentVersion", "X", "\"type\" is not DidDocumentVersion" },
		{ "\"version\":1", "\"version\":0", "\"version\" is not counted from 1" },
		{ "\"version\":1", "\"version\":1.5",
			"member \"version\" is not a whole number from 0 to 2^53" },
		{ "\"didDocument\":{\"id\":\"did:web:a.example\"",
			"\"didDocument\":{\"id\":\"did:web:b.example\"",
			"\"didDocument\" is of another DID than the subject" },
		{ "example#key-1\",\"type", "example.org#key-1\",\"type",
			"verification method 1: \"id\" is not a method of the document's DID" },
		{ "Multikey", "JsonWebKey", "verification method 1: \"type\" is not Multikey" },
		{ "\"controller\":\"did:web:a", "\"controller\":\"did:web:b",
			"verification method 1: \"controller\" is not the document's DID" },
		{ "z6Mkr", "z7Mkr",
			"verification method 1: public key is neither Ed25519 nor SM2" },
		{ "2026-02-01T", "2026-02-30T", NULL },
		{ "[\"did:web:a.example#key-1\"]", "[\"did:web:a.example#key-2\"]",
			"\"assertionMethod\" lists a key that the document has not" },
		{ "[\"did:web:a.example#key-1\"]", "[{\"id\":\"did:web:a.example#key-1\"}]",
			"\"assertionMethod\" lists a key that the document has not" },
		{ "[\"did:web:a.example#key-1\"]", "\"did:web:a.example#key-1\"",
			"\"assertionMethod\" is not a list of at most 16 ids" },
		{ "\"verificationMethod\":[", "\"verificationMethod\":[],\"x\":[",
			"\"verificationMethod\" does not list 1 to 16 keys" },
		{ "\"verificationMethod\":[", "\"verificationMethod\":[1,",
			"verification method 1: it is not an object" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct did_document doc = { .version = 77 };
		struct err e = { 0 };
		assert_int_equal(parse_changed(cases[i].old, cases[i].new, &doc, &e), ERR_INVALID);
		if (cases[i].message)
			assert_string_equal(e.message, cases[i].message);
		assert_int_equal(doc.version, 77); /* output untouched on failure */
	}
}

static void did_document_refuses_the_same_key_twice(void **state)
{
	(void)state;
	SCOPED_ARENA a = { 0 };
	struct did_document doc = sample(1, 0);
	struct err e = { 0 };
	struct json *v, *parsed;
	struct str text;

	arena_init(&a, ARENA_CAP);
	doc.keys[1].id = doc.keys[0].id;
	v = did_document_subject(&a, &doc, STR(""));
	assert_int_equal(json_jcs(&a, v, &text, NULL), ERR_OK);
	assert_int_equal(json_parse(&a, text, &parsed, NULL), ERR_OK);
	assert_int_equal(did_document_parse(&a, parsed, 0, &doc, &e), ERR_INVALID);
	assert_string_equal(e.message, "verification method 2: its id stands twice");
}

static void did_key_counts_as_of_a_time(void **state)
{
	(void)state;
	struct did_document versions[3] = { sample(1, 100), sample(2, 200), sample(3, 300) };
	const struct did_key *key = NULL;
	struct err e = { 0 };
	struct str method = STR(LAB "#key-1");

	versions[1].keys[0].valid_until = 250; /* revoked by the second version */
	versions[2].key_count = 1;             /* gone from the third */
	versions[2].keys[0].id = STR(LAB "#key-2");
	assert_int_equal(did_key_at(versions, 3, method, 99, &key, &e), ERR_DENIED);
	assert_string_equal(e.message,
		"key \"" LAB "#key-1\" does not count at 1970-01-01T00:01:39Z: "
		"no DID document was logged by then");
	assert_int_equal(did_key_at(versions, 3, method, 100, &key, &e), ERR_OK);
	assert_ptr_equal(key, &versions[0].keys[0]);
	assert_int_equal(did_key_at(versions, 3, method, 199, &key, &e), ERR_OK);
	assert_int_equal(did_key_at(versions, 3, method, 249, &key, &e), ERR_OK);
	assert_ptr_equal(key, &versions[1].keys[0]);
	assert_int_equal(did_key_at(versions, 3, method, 250, &key, &e), ERR_DENIED);
	assert_non_null(strstr(e.message, "it had expired or been revoked"));
	assert_int_equal(did_key_at(versions, 3, method, 300, &key, &e), ERR_DENIED);
	assert_non_null(strstr(e.message, "the DID document of that time does not list it"));
	assert_int_equal(did_key_at(versions, 3, STR(LAB "#key-2"), 250, &key, &e), ERR_DENIED);
	assert_int_equal(did_key_at(versions, 3, STR(LAB "#key-2"), 300, &key, &e), ERR_OK);
	assert_int_equal(did_key_at(versions, 3, STR(LAB "#key-9"), 300, &key, &e), ERR_NOT_FOUND);
	assert_int_equal(
		did_key_at(versions, 3, STR(LAB "#requests-1"), 150, &key, &e), ERR_DENIED);
	assert_non_null(strstr(e.message, "it is not for signing statements"));
	assert_int_equal(did_key_at(NULL, 0, STR("did:key:z#z"), 150, &key, &e), ERR_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(did_names_its_host),
		cmocka_unit_test(did_has_one_spelling),
		cmocka_unit_test(limit_id_bytes),
		cmocka_unit_test(did_of_method_needs_a_fragment),
		cmocka_unit_test(did_document_reads_what_it_wrote),
		cmocka_unit_test(did_document_takes_the_earlier_end_of_a_key),
		cmocka_unit_test(did_document_refuses_what_does_not_fit),
		cmocka_unit_test(did_document_refuses_the_same_key_twice),
		cmocka_unit_test(did_key_counts_as_of_a_time),
	};

	key_library_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
