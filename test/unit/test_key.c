/* test_key.c - key pairs, signatures, key texts and key files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/io.h"
#include "base/json.h"
#include "base/scoped.h"
#include "crypto/key.h"
#include "crypto/multibase.h"

static struct str vector_file(struct arena *a, const char *name)
{
	struct str ret = { NULL, 0 };
	struct err e = { 0 };

	if (io_read_file(a, arena_printf(a, "%s/%s", getenv("HUREN_VECTORS"), name), 1048576, &ret,
		    &e) != ERR_OK)
		fail_msg("%s", e.message);
	return ret;
}

static struct json *vector_json(struct arena *a, const char *name)
{
	struct json *v = NULL;
	struct err e = { 0 };

	if (json_parse(a, vector_file(a, name), &v, &e) != ERR_OK)
		fail_msg("%s: %s", name, e.message);
	return v;
}

static void unhex(struct str hex, uint8_t *ret, size_t len)
{
	assert_int_equal(hex_decode(hex, ret, len, NULL), ERR_OK);
}

static void key_seeds_give_the_did_keys(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct json *v;

	(void)state;
	arena_init(&a, 4194304);
	v = vector_json(&a, "did-key/ed25519-x25519.json");
	assert_int_equal(json_count(v), 5);
	for (size_t i = 0; i < json_count(v); i++) {
		struct key_public back;
		struct str did = v->members[i].name;
		uint8_t seed[32];
		struct key k;
		unhex(json_get_str(v->members[i].value, "seed"), seed, sizeof(seed));
		assert_int_equal(key_from_secret(KEY_ED25519, seed, &k, NULL), ERR_OK);
		assert_true(str_eq(key_public_did_key(&a, &k.pub), did));
		assert_int_equal(key_public_from_multikey(str_skip(did, 8), &back, NULL), ERR_OK);
		assert_true(key_public_eq(&back, &k.pub));
	}
}

/* The W3C test vector of eddsa-jcs-2022: its key pair signs its hash to its signature. */
static void key_ed25519_gives_the_w3c_signature(void **state)
{
	SCOPED_ARENA a = { 0 };
	uint8_t message[64], want[64], got[64];
	struct str secret = { NULL, 0 };
	struct json *pair;
	struct key k;

	(void)state;
	arena_init(&a, 4194304);
	pair = vector_json(&a, "eddsa-jcs-2022/keyPair.json");
	assert_int_equal(multibase_decode(&a, json_get_str(pair, "privateKeyMultibase"), &secret,
		NULL), ERR_OK);
	assert_int_equal(secret.len, 34);
	assert_int_equal(
		key_from_secret(KEY_ED25519, (const uint8_t *)secret.at + 2, &k, NULL), ERR_OK);
	assert_true(
		str_eq(key_public_multikey(&a, &k.pub), json_get_str(pair, "publicKeyMultibase")));
	unhex(vector_file(&a, "eddsa-jcs-2022/combinedHashJCS.txt"), message, sizeof(message));
	unhex(vector_file(&a, "eddsa-jcs-2022/sigHexJCS.txt"), want, sizeof(want));
	assert_int_equal(key_sign(&k, (struct str){ (char *)message, 64 }, got, NULL), ERR_OK);
	assert_memory_equal(got, want, sizeof(want));
	assert_true(str_eq(multibase_z_new(&a, (struct str){ (char *)got, 64 }),
		vector_file(&a, "eddsa-jcs-2022/sigBTC58JCS.txt")));
}

/* Points of small order and scalars past the group order make signatures lax verifiers take. */
static void key_ed25519_refuses_lax_signatures(void **state)
{
	struct key_public small = { .type = KEY_ED25519, .len = 32, .at = { 1 } };
	uint8_t signature[64] = { 1 }, secret[32] = { 5 };
	static const uint8_t order[32] = { 0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6,
		0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10 };
	unsigned carry = 0;
	struct key k;

	(void)state;
	assert_int_equal(key_verify(&small, STR("any"), signature, NULL), ERR_DENIED);
	assert_int_equal(key_from_secret(KEY_ED25519, secret, &k, NULL), ERR_OK);
	assert_int_equal(key_sign(&k, STR("any"), signature, NULL), ERR_OK);
	assert_int_equal(key_verify(&k.pub, STR("any"), signature, NULL), ERR_OK);
	for (size_t i = 0; i < 32; i++) { /* S + L holds by the same equation */
		carry += signature[32 + i] + order[i];
		signature[32 + i] = (uint8_t)carry;
		carry >>= 8;
	}
	assert_int_equal(key_verify(&k.pub, STR("any"), signature, NULL), ERR_DENIED);
}

static void key_sm2_verifies_the_standard_sample(void **state)
{
	SCOPED_ARENA a = { 0 };
	const struct json *sample;
	uint8_t signature[64], point[65] = { 4 }, secret[32];
	struct str message;
	struct key k;

	(void)state;
	arena_init(&a, 4194304);
	sample = json_path(vector_json(&a, "sm2/sm2-sm3.json"), "sign/0");
	unhex(json_get_str(sample, "d"), secret, 32);
	unhex(json_get_str(sample, "px"), point + 1, 32);
	unhex(json_get_str(sample, "py"), point + 33, 32);
	unhex(json_get_str(sample, "r"), signature, 32);
	unhex(json_get_str(sample, "s"), signature + 32, 32);
	message = json_get_str(sample, "message");
	assert_int_equal(key_from_secret(KEY_SM2, secret, &k, NULL), ERR_OK);
	assert_int_equal(k.pub.len, 65);
	assert_memory_equal(k.pub.at, point, 65);
	assert_int_equal(key_verify(&k.pub, message, signature, NULL), ERR_OK);
	signature[63] ^= 1;
	assert_int_equal(key_verify(&k.pub, message, signature, NULL), ERR_DENIED);
}

/* r and s that begin with zero bytes or a high bit change their DER form; 200 random signatures
 * meet each case. */
static void key_sm2_signatures_are_64_bytes(void **state)
{
	uint8_t one[64], two[64];
	struct key k;

	(void)state;
	assert_int_equal(key_generate(KEY_SM2, &k, NULL), ERR_OK);
	for (int i = 0; i < 200; i++) {
		assert_int_equal(key_sign(&k, STR("message"), one, NULL), ERR_OK);
		assert_int_equal(key_verify(&k.pub, STR("message"), one, NULL), ERR_OK);
	}
	assert_int_equal(key_sign(&k, STR("message"), two, NULL), ERR_OK);
	assert_memory_not_equal(one, two, 64); /* randomised */
	memset(one, 0, 32);
	assert_int_equal(key_verify(&k.pub, STR("message"), one, NULL), ERR_DENIED);
	memset(one, 0xff, 64);
	assert_int_equal(key_verify(&k.pub, STR("message"), one, NULL), ERR_DENIED);
}

static void check_both_types(enum key_type type)
{
	SCOPED_ARENA a = { 0 };
	uint8_t signature[64];
	struct key_public back;
	struct key k, other;
	struct err e = { 0 };
	struct str text;

	arena_init(&a, 65536);
	assert_int_equal(key_generate(type, &k, &e), ERR_OK);
	assert_int_equal(key_generate(type, &other, &e), ERR_OK);
	assert_false(key_public_eq(&k.pub, &other.pub));
	assert_int_equal(key_sign(&k, STR(""), signature, &e), ERR_OK);
	assert_int_equal(key_verify(&k.pub, STR(""), signature, &e), ERR_OK);
	assert_int_equal(key_verify(&other.pub, STR(""), signature, &e), ERR_DENIED);
	assert_int_equal(key_verify(&k.pub, STR("\0"), signature, &e), ERR_DENIED);
	for (size_t i = 0; i < 64; i += 9) {
		signature[i] ^= 0x10;
		assert_int_equal(key_verify(&k.pub, STR(""), signature, &e), ERR_DENIED);
		signature[i] ^= 0x10;
	}
	text = key_public_multikey(&a, &k.pub);
	assert_int_equal(key_public_from_multikey(text, &back, &e), ERR_OK);
	assert_true(key_public_eq(&back, &k.pub));
	key_clear(&k);
	assert_int_equal(key_verify(&k.pub, STR(""), signature, &e), ERR_DENIED);
}

static void key_signs_and_verifies(void **state)
{
	(void)state;
	check_both_types(KEY_ED25519);
	check_both_types(KEY_SM2);
}

static void key_sm2_scalar_has_a_range(void **state)
{
	/* n - 1 is out of range: 1 + d has no inverse. */
	uint8_t d[32] = { 0xff, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0x72, 0x03, 0xdf, 0x6b, 0x21, 0xc6, 0x05, 0x2b, 0x53, 0xbb,
		0xf4, 0x09, 0x39, 0xd5, 0x41, 0x22 };
	uint8_t zero[32] = { 0 };
	struct err e = { 0 };
	struct key k = { 0 };

	(void)state;
	assert_int_equal(key_from_secret(KEY_SM2, zero, &k, &e), ERR_INVALID);
	assert_string_equal(e.message, "secret is not a valid SM2 key");
	assert_int_equal(key_from_secret(KEY_SM2, d, &k, &e), ERR_INVALID);
	assert_int_equal(k.pub.type, KEY_NONE); /* output untouched on failure */
	d[31]--;
	assert_int_equal(key_from_secret(KEY_SM2, d, &k, &e), ERR_OK);
}

static void check_multikey_refused(struct str bytes)
{
	SCOPED_ARENA a = { 0 };
	struct key_public k = { 0 };

	arena_init(&a, 65536);
	assert_int_equal(
		key_public_from_multikey(multibase_z_new(&a, bytes), &k, NULL), ERR_INVALID);
	assert_int_equal(k.type, KEY_NONE);
}

static void key_multikey_refuses(void **state)
{
	char sm2[67] = { '\x86', '\x24', 4, 1, 2, 3 }, ed25519[35] = { '\xed', 1 };
	struct key_public k = { 0 };

	(void)state;
	check_multikey_refused((struct str){ sm2, sizeof(sm2) });         /* not on the curve */
	check_multikey_refused((struct str){ sm2, sizeof(sm2) - 1 });
	check_multikey_refused((struct str){ ed25519, 33 });
	check_multikey_refused((struct str){ ed25519, 35 });
	check_multikey_refused(STR("\xec\x01" "01234567890123456789012345678901"));
	check_multikey_refused(STR(""));
	assert_int_equal(key_public_from_multikey(STR(""), &k, NULL), ERR_INVALID);
	assert_int_equal(key_public_from_multikey(
				 STR("u7QEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), &k, NULL),
		ERR_INVALID); /* Multikey is base58 only */
}

static void check_file(enum key_type type, struct str passphrase)
{
	SCOPED_ARENA a = { 0 };
	struct str text = { NULL, 0 };
	struct err e = { 0 };
	struct key k, back;

	arena_init(&a, 65536);
	assert_int_equal(key_generate(type, &k, &e), ERR_OK);
	assert_int_equal(key_file_text(&a, &k, passphrase, &text, &e), ERR_OK);
	assert_int_equal(key_file_is_sealed(text), passphrase.len > 0);
	if (key_file_parse(text, passphrase, &back, &e) != ERR_OK)
		fail_msg("%s: " STR_FMT, e.message, STR_ARG(text));
	assert_memory_equal(&back, &k, sizeof(k));
	if (passphrase.len == 0)
		return;
	memset(&back, 7, sizeof(back));
	assert_int_equal(key_file_parse(text, STR("wrong"), &back, &e), ERR_DENIED);
	assert_string_equal(e.message, "key file: passphrase does not open the sealed key");
	assert_int_equal(key_file_parse(text, STR(""), &back, &e), ERR_DENIED);
	assert_string_equal(e.message, "key file: key is sealed and no passphrase was given");
	assert_int_equal(back.secret[0], 7); /* output untouched on failure */
}

static void key_file_keeps_keys(void **state)
{
	(void)state;
	check_file(KEY_ED25519, STR(""));
	check_file(KEY_SM2, STR(""));
	check_file(KEY_ED25519, STR("a long passphrase"));
	check_file(KEY_SM2, STR("\xe5\xaf\x86\xe7\xa0\x81"));
}

#define PUBLIC "z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp" /* of the zero seed */
#define SECRET "z3u2RDonZ81AFKiw8QCPKcsyg8Yy2MmYQNxfBn51SS2QmMiw"
#define SALT "uAAAAAAAAAAAAAAAAAAAAAA"
#define NONCE "uAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define BOX "uAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define SEALED(ops, memory)                                                                        \
	"{\"type\":\"ed25519\",\"public\":\"" PUBLIC                                               \
	"\",\"sealed\":{\"kdf\":\"argon2id\",\"ops\":" ops ",\"memory\":" memory                   \
	",\"salt\":\"" SALT "\",\"nonce\":\"" NONCE "\",\"box\":\"" BOX "\"}}"

static void check_file_refused(const char *text, enum err_code want)
{
	struct err e = { 0 };
	struct key k = { 0 };
	enum err_code code = key_file_parse(str_of(text), STR("passphrase"), &k, &e);

	if (code != want)
		fail_msg("%s: %d %s", text, (int)code, e.message);
	assert_true(str_starts(str_of(e.message), "key file: "));
	assert_int_equal(k.pub.type, KEY_NONE);
}

static void key_file_refuses_hostile_content(void **state)
{
	(void)state;
	check_file_refused("", ERR_INVALID);
	check_file_refused("[]", ERR_INVALID);
	check_file_refused("{\"type\":\"ed25519\",\"public\":\"" PUBLIC "\"}", ERR_INVALID);
	check_file_refused("{\"type\":\"sm2\",\"public\":\"" PUBLIC "\",\"secret\":\"" SECRET "\"}",
		ERR_INVALID);
	check_file_refused("{\"type\":\"ed25519\",\"public\":\"" PUBLIC "\",\"secret\":\"z1\"}",
		ERR_INVALID);
	check_file_refused("{\"type\":\"ed25519\",\"public\":"
		"\"z6MkjchhfUsD6mmvni8mCdXHw216Xrm9bQe2mBH1P5RDjVJG\",\"secret\":\"" SECRET "\"}",
		ERR_INVALID); /* of another seed */
	check_file_refused("{\"type\":\"ed25519\",\"public\":\"" PUBLIC "\",\"secret\":\"" SECRET
		"\",\"sealed\":{}}", ERR_INVALID);
	check_file_refused(SEALED("0", "67108864"), ERR_INVALID);
	check_file_refused(SEALED("11", "67108864"), ERR_INVALID);
	check_file_refused(SEALED("3", "1024"), ERR_INVALID);
	check_file_refused(SEALED("3", "268435457"), ERR_INVALID);
	check_file_refused(SEALED("3", "9007199254740992"), ERR_INVALID);
	check_file_refused(SEALED("-1", "67108864"), ERR_INVALID);
	check_file_refused(SEALED("1", "8388608"), ERR_DENIED); /* well formed: the box is forged */
}

static void key_file_reads_the_documented_form(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct str text = { NULL, 0 };
	struct err e = { 0 };
	struct key k;

	(void)state;
	arena_init(&a, 65536);
	if (key_file_parse(STR("{\"type\":\"ed25519\",\"public\":\"" PUBLIC
			       "\",\"secret\":\"" SECRET "\"}"),
		    STR(""), &k, &e) != ERR_OK)
		fail_msg("%s", e.message);
	assert_int_equal(key_file_text(&a, &k, STR(""), &text, &e), ERR_OK);
	assert_true(str_is(text, "{\n  \"public\": \"" PUBLIC "\",\n  \"secret\": \"" SECRET
		"\",\n  \"type\": \"ed25519\"\n}\n"));
	arena_clear(&a);
	arena_init(&a, 512);
	assert_int_equal(key_file_text(&a, &k, STR(""), &text, &e), ERR_TOO_LARGE);
}

static int init(void **state)
{
	(void)state;
	key_library_init();
	key_library_init(); /* twice does no harm */
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(key_seeds_give_the_did_keys),
		cmocka_unit_test(key_ed25519_gives_the_w3c_signature),
		cmocka_unit_test(key_ed25519_refuses_lax_signatures),
		cmocka_unit_test(key_sm2_verifies_the_standard_sample),
		cmocka_unit_test(key_sm2_signatures_are_64_bytes),
		cmocka_unit_test(key_signs_and_verifies),
		cmocka_unit_test(key_sm2_scalar_has_a_range),
		cmocka_unit_test(key_multikey_refuses),
		cmocka_unit_test(key_file_keeps_keys),
		cmocka_unit_test(key_file_refuses_hostile_content),
		cmocka_unit_test(key_file_reads_the_documented_form),
	};

	return cmocka_run_group_tests(tests, init, NULL);
}
