/* test_vc_jwt.c - the same statement as a compact JWS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/encode.h"
#include "base/scoped.h"
#include "credential/proof.h"
#include "sample.h"

#define ARENA_CAP 16777216
#define CITY "did:web:a.example"

struct fixture {
	struct arena a;
	struct sample_party parties[2];
	struct sample_keys keys;
	struct key_finder finder;
	struct json *doc;
	struct statement s;
	struct str jwt;
};

static int setup(void **state)
{
	struct fixture *f = test_calloc(1, sizeof(*f));

	arena_init(&f->a, ARENA_CAP);
	f->parties[0] = sample_party(&f->a, STR(CITY), "甲市", 1);
	f->parties[1] = sample_party(&f->a, STR("did:web:b.example"), "乙市", 2);
	f->keys = (struct sample_keys){ f->parties, 2 };
	f->finder = sample_finder(&f->keys);
	f->doc = sample_doc(&f->a, KIND_ACCREDITATION, 1, &f->parties[0],
		sample_json(&f->a, "{\"id\":\"did:web:a.example:org:1\",\"name\":\"检测\"}"));
	sample_sign(&f->a, f->doc, &f->parties[0], /* sm2= */ true, SAMPLE_TIME);
	f->s = sample_parse(&f->a, sample_text(&f->a, f->doc));
	assert_int_equal(
		vc_jwt_sign(&f->a, f->doc, &f->parties[0].key, f->parties[0].method, &f->jwt, NULL),
		ERR_OK);
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

static void expect(struct fixture *f, struct str jwt, enum err_code code, const char *message)
{
	struct err e = { 0 };

	if (vc_jwt_verify(&f->a, jwt, &f->s, SAMPLE_TIME, &f->finder, &e) != code)
		fail_msg("%s", e.message);
	if (code != ERR_OK)
		assert_string_equal(e.message, message);
}

static struct str b64(struct fixture *f, struct str s)
{
	return base64url_new(&f->a, (const uint8_t *)s.at, s.len);
}

/* Any header and payload, signed by a party. */
static struct str signed_jwt(struct fixture *f, const char *header, struct str payload,
	const struct key *k)
{
	struct str message = str_printf(&f->a, STR_FMT "." STR_FMT, STR_ARG(b64(f, str_of(header))),
		STR_ARG(b64(f, payload)));
	uint8_t signature[KEY_SIGNATURE_BYTES];

	assert_int_equal(key_sign(k, message, signature, NULL), ERR_OK);
	return str_printf(&f->a, STR_FMT "." STR_FMT, STR_ARG(message),
		STR_ARG(base64url_new(&f->a, signature, sizeof(signature))));
}

#define CTY ",\"cty\":\"vc\""
#define KID ",\"kid\":\"" CITY "#key-1\""

static void vc_jwt_carries_the_statement_without_its_proof(void **state)
{
	struct fixture *f = *state;
	struct str rest = f->jwt, header, payload;

	assert_int_equal(base64url_decode(&f->a, str_cut(&rest, '.'), &header, NULL), ERR_OK);
	assert_true(str_is(header,
		"{\"alg\":\"EdDSA\",\"cty\":\"vc\",\"kid\":\"" CITY
		"#key-1\",\"typ\":\"vc+jwt\"}"));
	assert_int_equal(base64url_decode(&f->a, str_cut(&rest, '.'), &payload, NULL), ERR_OK);
	assert_true(str_eq(payload, sample_text(&f->a, json_without(&f->a, f->doc, "proof"))));
	expect(f, f->jwt, ERR_OK, NULL);
}

static void vc_jwt_fails_for_any_changed_character(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < f->jwt.len; i++) {
		SCOPED_ARENA a = { 0 };
		char *bytes;
		arena_init(&a, ARENA_CAP);
		bytes = str_z(&a, f->jwt);
		bytes[i] = bytes[i] == 'A' ? 'B' : 'A';
		assert_int_not_equal(vc_jwt_verify(&a, (struct str){ bytes, f->jwt.len }, &f->s,
			SAMPLE_TIME, &f->finder, NULL), ERR_OK);
	}
	for (size_t len = 0; len < f->jwt.len; len++) {
		SCOPED_ARENA a = { 0 };
		arena_init(&a, ARENA_CAP);
		assert_int_not_equal(vc_jwt_verify(&a, (struct str){ f->jwt.at, len }, &f->s,
			SAMPLE_TIME, &f->finder, NULL), ERR_OK);
	}
}

static void vc_jwt_refuses_other_headers(void **state)
{
	struct fixture *f = *state;
	const struct key *k = &f->parties[0].key;
	struct str payload = sample_text(&f->a, json_without(&f->a, f->doc, "proof"));
	static const struct {
		const char *header, *message;
		enum err_code code;
	} cases[] = {
		{ "{\"alg\":\"EdDSA\"" CTY ",\"typ\":\"vc+jwt\"" KID "}", NULL, ERR_OK },
		{ "{\"alg\":\"EdDSA\"" CTY ",\"typ\":\"vc+jwt\"" KID ",\"iat\":1}",
			"vc+jwt: header has members other than alg, cty, kid and typ",
			ERR_UNSUPPORTED },
		{ "{\"alg\":\"EdDSA\"" CTY ",\"typ\":\"vc+jwt\"" KID ",\"crit\":[\"exp\"]}",
			"vc+jwt: header has members other than alg, cty, kid and typ",
			ERR_UNSUPPORTED },
		{ "{\"alg\":\"none\"" CTY ",\"typ\":\"vc+jwt\"" KID "}",
			"vc+jwt: \"alg\" is not EdDSA", ERR_UNSUPPORTED },
		{ "{\"alg\":\"HS256\"" CTY ",\"typ\":\"vc+jwt\"" KID "}",
			"vc+jwt: \"alg\" is not EdDSA", ERR_UNSUPPORTED },
		{ "{\"alg\":\"Ed25519\"" CTY ",\"typ\":\"vc+jwt\"" KID "}",
			"vc+jwt: \"alg\" is not EdDSA", ERR_UNSUPPORTED },
		{ "{\"alg\":\"EdDSA\"" CTY ",\"typ\":\"JWT\"" KID "}",
			"vc+jwt: \"typ\" is not vc+jwt", ERR_DENIED },
		{ "{\"alg\":\"EdDSA\",\"cty\":\"vp\",\"typ\":\"vc+jwt\"" KID "}",
			"vc+jwt: \"cty\" is not vc", ERR_DENIED },
		{ "{\"alg\":\"EdDSA\",\"cty\":1,\"typ\":\"vc+jwt\"" KID "}",
			"vc+jwt: member \"cty\" is not a string", ERR_INVALID },
		{ "{\"alg\":\"EdDSA\",\"typ\":\"vc+jwt\"" KID "}",
			"vc+jwt: member \"cty\" is missing", ERR_INVALID },
		{ "{\"alg\":\"EdDSA\"" CTY ",\"typ\":\"vc+jwt\"}",
			"vc+jwt: member \"kid\" is missing", ERR_INVALID },
		{ "{\"alg\":\"EdDSA\"" CTY ",\"typ\":\"vc+jwt\",\"kid\":\"key-1\"}",
			"vc+jwt: \"kid\" is not a key of a did:web name", ERR_INVALID },
		{ "{\"alg\":\"EdDSA\"" CTY
		  ",\"typ\":\"vc+jwt\",\"kid\":\"did:web:b.example#key-1\"}",
			"vc+jwt: it is signed by \"did:web:b.example\", who does not issue it",
			ERR_DENIED },
		{ "{\"alg\":\"EdDSA\"" CTY ",\"typ\":\"vc+jwt\",\"kid\":\"" CITY "#key-9\"}",
			"vc+jwt: key \"" CITY "#key-9\" is not known", ERR_NOT_FOUND },
		{ "{\"alg\":\"EdDSA\"" CTY ",\"typ\":\"vc+jwt\",\"kid\":\"" CITY "#key-2\"}",
			"vc+jwt: key \"" CITY "#key-2\" is not of its cryptosuite", ERR_DENIED },
		{ "[]", "vc+jwt: member \"alg\" is missing", ERR_INVALID },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect(f, signed_jwt(f, cases[i].header, payload, k), cases[i].code,
			cases[i].message);
	expect(f, signed_jwt(f, cases[0].header, payload, &f->parties[1].key), ERR_DENIED,
		"vc+jwt: Ed25519 signature does not hold");
}

static void vc_jwt_refuses_another_payload(void **state)
{
	struct fixture *f = *state;
	const char *header = "{\"alg\":\"EdDSA\"" CTY ",\"typ\":\"vc+jwt\"" KID "}";
	const char *message = "vc+jwt: payload is not the statement in its canonical form";
	struct str payload = sample_text(&f->a, json_without(&f->a, f->doc, "proof"));

	expect(f, signed_jwt(f, header, f->s.canonical, &f->parties[0].key), ERR_DENIED, message);
	expect(f, signed_jwt(f, header, str_printf(&f->a, STR_FMT " ", STR_ARG(payload)),
		&f->parties[0].key), ERR_DENIED, message);
	expect(f, signed_jwt(f, header, (struct str){ payload.at, payload.len - 1 },
		&f->parties[0].key), ERR_DENIED, message);
	expect(f, signed_jwt(f, header, STR(""), &f->parties[0].key), ERR_DENIED, message);
}

static void vc_jwt_has_three_parts(void **state)
{
	struct fixture *f = *state;
	const char *message = "vc+jwt: vc+jwt is not of three parts with dots between them";

	expect(f, STR(""), ERR_INVALID, message);
	expect(f, STR("a.b"), ERR_INVALID, message);
	expect(f, str_printf(&f->a, STR_FMT ".", STR_ARG(f->jwt)), ERR_INVALID, message);
}

static void vc_jwt_refuses_what_is_too_large(void **state)
{
	struct fixture *f = *state;
	size_t len = LIMIT_STATEMENT_BYTES * 2;
	char *bytes = arena_alloc(&f->a, len);
	struct err e = { 0 };

	memset(bytes, 'A', len);
	expect(f, (struct str){ bytes, len }, ERR_TOO_LARGE,
		"vc+jwt of 524288 bytes is over 351662");
	bytes[3000] = bytes[3002] = '.';
	assert_int_equal(vc_jwt_verify(&f->a, (struct str){ bytes, 3010 }, &f->s, SAMPLE_TIME,
		&f->finder, &e), ERR_TOO_LARGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			vc_jwt_carries_the_statement_without_its_proof, setup, teardown),
		cmocka_unit_test_setup_teardown(
			vc_jwt_fails_for_any_changed_character, setup, teardown),
		cmocka_unit_test_setup_teardown(vc_jwt_refuses_other_headers, setup, teardown),
		cmocka_unit_test_setup_teardown(vc_jwt_refuses_another_payload, setup, teardown),
		cmocka_unit_test_setup_teardown(vc_jwt_has_three_parts, setup, teardown),
		cmocka_unit_test_setup_teardown(vc_jwt_refuses_what_is_too_large, setup, teardown),
	};

	key_library_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
