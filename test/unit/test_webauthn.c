/* test_webauthn.c - what passkeys say, right and wrong, by an authenticator of our own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/scoped.h"
#include "webauthn_device.h"

#define ORIGIN "https://node.example"
static const struct webauthn_expected expected = { .rp_id = { "node.example", 12 },
	.origin = { ORIGIN, sizeof(ORIGIN) - 1 }, .challenge = { "Y2hhbGxlbmdl", 12 } };

static struct arena arena;

static int open_arena(void **state)
{
	(void)state;
	arena_init(&arena, (size_t)8 << 20);
	return 0;
}

static int close_arena(void **state)
{
	(void)state;
	arena_clear(&arena);
	return 0;
}

static struct str client(const char *type)
{
	return device_client(&arena, type, expected.challenge, ORIGIN);
}

/* Registers; the code. `says` is what the message must contain, or NULL. */
static enum err_code enter(struct str client_data, struct str attestation,
	struct webauthn_credential *ret, const char *says)
{
	struct err e = { 0 };
	enum err_code code = webauthn_register(&arena, &expected, client_data, attestation, ret,
		&e);

	if (says && !strstr(e.message, says))
		fail_msg("\"%s\" does not say \"%s\"", e.message, says);
	return code;
}

static enum err_code use(const struct device *d, const struct webauthn_credential *credential,
	struct str client_data, uint32_t *ret_counter, const char *says)
{
	struct str data = device_data(&arena, d, false);
	struct webauthn_assertion x = { .client_data = client_data, .authenticator_data = data,
		.signature = device_sign(&arena, d->key, d->algorithm, data, client_data) };
	struct err e = { 0 };
	enum err_code code = webauthn_assert(&arena, &expected, credential, &x, ret_counter, &e);

	if (says && !strstr(e.message, says))
		fail_msg("\"%s\" does not say \"%s\"", e.message, says);
	return code;
}

static struct webauthn_credential entered(const struct device *d)
{
	struct webauthn_credential c = { .counter = 0 };
	struct str create = client("create");

	assert_int_equal(enter(create, device_attestation(&arena, d, DEVICE_NONE, create), &c,
		NULL), ERR_OK);
	return c;
}

static void check_algorithm(int algorithm)
{
	struct device d = device_new(algorithm), other = device_new(algorithm);
	struct webauthn_credential c = entered(&d);
	uint32_t counter = 7;

	assert_int_equal(c.algorithm, algorithm);
	assert_true(str_eq(c.id, d.id));
	assert_string_equal(c.attestation, "none");
	d.counter = 0x01020304;
	assert_int_equal(use(&d, &c, client("get"), &counter, NULL), ERR_OK);
	assert_int_equal(counter, 0x01020304);
	counter = 7;
	assert_int_equal(use(&other, &c, client("get"), &counter,
		"signature of the passkey does not hold"), ERR_DENIED);
	assert_int_equal(counter, 7); /* output untouched */
	device_clear(&d);
	device_clear(&other);
}

static void webauthn_takes_es256(void **state)
{
	(void)state;
	check_algorithm(WEBAUTHN_ES256);
}

static void webauthn_takes_eddsa(void **state)
{
	(void)state;
	check_algorithm(WEBAUTHN_EDDSA);
}

static void webauthn_takes_rs256(void **state)
{
	(void)state;
	check_algorithm(WEBAUTHN_RS256);
}

static void check_attested(int algorithm, enum device_attest how, const char *word)
{
	struct device d = device_new(algorithm);
	struct webauthn_credential c = { .counter = 0 };
	struct str create = client("create");
	struct str another = str_printf(&arena, "%s ", str_z(&arena, create));
	struct str made = device_attestation(&arena, &d, how, create);

	assert_int_equal(enter(create, made, &c, NULL), ERR_OK);
	assert_string_equal(c.attestation, word);
	/* The same signature over other client data. */
	assert_int_equal(enter(another, made, &c, "signature of the attestation does not hold"),
		ERR_DENIED);
	device_clear(&d);
}

static void webauthn_checks_an_attestation_that_is_sent(void **state)
{
	(void)state;
	check_attested(WEBAUTHN_ES256, DEVICE_SELF, "self");
	check_attested(WEBAUTHN_EDDSA, DEVICE_SELF, "self");
	check_attested(WEBAUTHN_ES256, DEVICE_PACKED, "packed");
}

static void check_client(const char *text, enum err_code code, const char *says)
{
	struct device d = device_new(WEBAUTHN_ES256);
	struct webauthn_credential c = { .id = STR("untouched") };
	struct str create = str_of(text);

	assert_int_equal(enter(create, device_attestation(&arena, &d, DEVICE_NONE, create), &c,
		says), code);
	assert_true(str_is(c.id, "untouched"));
	device_clear(&d);
}

#define CREATE "\"type\":\"webauthn.create\","
#define CHALLENGE "\"challenge\":\"Y2hhbGxlbmdl\","
#define AT_NODE "\"origin\":\"" ORIGIN "\""

static void webauthn_reads_client_data_strictly(void **state)
{
	(void)state;
	check_client("{" CREATE CHALLENGE "\"origin\":\"https://node.example:8443\"}", ERR_DENIED,
		"another origin, \"https://node.example:8443\"");
	check_client("{" CREATE CHALLENGE "\"origin\":\"https://evil.example\"}", ERR_DENIED,
		"another origin");
	check_client("{" CREATE "\"challenge\":\"Y2hhbGxlbmdm\"," AT_NODE "}", ERR_DENIED,
		"another challenge");
	check_client("{\"type\":\"webauthn.get\"," CHALLENGE AT_NODE "}", ERR_DENIED,
		"something else than \"webauthn.create\"");
	check_client("{" CREATE CHALLENGE AT_NODE ",\"crossOrigin\":true}", ERR_DENIED,
		"inside a page of others");
	check_client("{" CREATE CHALLENGE AT_NODE ",\"topOrigin\":\"https://evil.example\"}",
		ERR_DENIED, "inside a page of others");
	check_client("{" CREATE CHALLENGE AT_NODE ",\"crossOrigin\":1}", ERR_INVALID,
		"\"crossOrigin\"");
	check_client("{" CREATE CHALLENGE AT_NODE "," AT_NODE "}", ERR_INVALID, "client data");
	check_client("{" CREATE CHALLENGE AT_NODE "} ,", ERR_INVALID, "client data");
	check_client("{" CREATE CHALLENGE "\"origin\":7}", ERR_INVALID, "origin");
	check_client("{" CREATE AT_NODE "}", ERR_INVALID, "challenge");
	check_client("[]", ERR_INVALID, "type");
}

static void webauthn_asks_for_a_verified_owner_of_this_site(void **state)
{
	struct device d = device_new(WEBAUTHN_EDDSA);
	struct webauthn_credential c = entered(&d);
	struct str create = client("create");
	uint32_t counter;

	(void)state;
	for (unsigned flags = 0; flags < 8; flags++) {
		bool both = (flags & 5) == 5;
		d.flags = flags;
		assert_int_equal(use(&d, &c, client("get"), &counter, both ? NULL :
			"did not verify its owner"), both ? ERR_OK : ERR_DENIED);
		assert_int_equal(enter(create, device_attestation(&arena, &d, DEVICE_NONE,
			create), &c, NULL), both ? ERR_OK : ERR_DENIED);
	}
	d.flags = 5;
	d.rp = STR("other.example");
	assert_int_equal(use(&d, &c, client("get"), &counter, "belongs to another site"),
		ERR_DENIED);
	assert_int_equal(enter(create, device_attestation(&arena, &d, DEVICE_NONE, create), &c,
		"belongs to another site"), ERR_DENIED);
	device_clear(&d);
}

/* Every byte of what was signed matters, and every length is looked at. */
static void webauthn_refuses_a_changed_or_cut_answer(void **state)
{
	struct device d = device_new(WEBAUTHN_ES256);
	struct webauthn_credential c = entered(&d);
	struct str get = client("get"), data = device_data(&arena, &d, false);
	struct str signature = device_sign(&arena, d.key, d.algorithm, data, get);
	uint32_t counter = 7;

	(void)state;
	for (size_t i = 0; i < data.len; i++) {
		struct str changed = str_copy(&arena, data);
		char *at = arena_copy(&arena, data.at, data.len);
		at[i] = (char)(at[i] ^ 1);
		changed.at = at;
		assert_int_not_equal(webauthn_assert(&arena, &expected, &c,
			&(struct webauthn_assertion){ get, changed, signature }, &counter, NULL),
			ERR_OK);
		changed = (struct str){ data.at, i };
		assert_int_equal(webauthn_assert(&arena, &expected, &c,
			&(struct webauthn_assertion){ get, changed, signature }, &counter, NULL),
			ERR_INVALID);
	}
	assert_int_equal(webauthn_assert(&arena, &expected, &c,
		&(struct webauthn_assertion){ get, data, STR("") }, &counter, NULL), ERR_INVALID);
	assert_int_equal(counter, 7);
	device_clear(&d);
}

static void webauthn_refuses_every_cut_of_an_attestation(void **state)
{
	static const enum device_attest hows[] = { DEVICE_NONE, DEVICE_SELF, DEVICE_PACKED };
	struct device d = device_new(WEBAUTHN_ES256);
	struct webauthn_credential c = { .id = STR("untouched") };
	struct str create = client("create");

	(void)state;
	for (size_t how = 0; how < 3; how++) {
		struct str whole = device_attestation(&arena, &d, hows[how], create), longer;
		for (size_t len = 0; len < whole.len; len++)
			assert_int_equal(enter(create, (struct str){ whole.at, len }, &c, NULL),
				ERR_INVALID);
		longer = (struct str){ arena_copy(&arena, whole.at, whole.len + 1),
			whole.len + 1 };
		assert_int_equal(enter(create, longer, &c, "behind the attestation"),
			ERR_INVALID);
	}
	assert_true(str_is(c.id, "untouched"));
	device_clear(&d);
}

static void webauthn_refuses_other_algorithms_and_forms(void **state)
{
	struct device d = device_new(WEBAUTHN_ES256);
	struct webauthn_credential c;
	struct str create = client("create"), made;
	char *text;

	(void)state;
	made = device_attestation(&arena, &d, DEVICE_NONE, create);
	text = arena_copy(&arena, made.at, made.len);
	assert_int_equal(text[str_find(made, STR("\x01\x02\x03")) + 3], 0x26);
	text[str_find(made, STR("\x01\x02\x03")) + 3] = 0x2f;
	assert_int_equal(enter(create, (struct str){ text, made.len }, &c, "algorithm -16"),
		ERR_UNSUPPORTED);
	text = arena_copy(&arena, made.at, made.len);
	memcpy(text + str_find(made, STR("none")), "tpmx", 4);
	assert_int_equal(enter(create, (struct str){ text, made.len }, &c, "\"tpmx\""),
		ERR_UNSUPPORTED);
	made = device_attestation(&arena, &d, DEVICE_SELF, create);
	text = arena_copy(&arena, made.at, made.len);
	memcpy(text + str_find(made, STR("packed")), "packet", 6);
	assert_int_equal(enter(create, (struct str){ text, made.len }, &c, "\"packet\""),
		ERR_UNSUPPORTED);
	device_clear(&d);
}

static void webauthn_refuses_a_key_that_is_no_point(void **state)
{
	struct device d = device_new(WEBAUTHN_ES256);
	struct webauthn_credential c;
	struct str create = client("create");
	struct str made = device_attestation(&arena, &d, DEVICE_NONE, create);
	char *text = arena_copy(&arena, made.at, made.len);

	(void)state;
	text[made.len - 1] = (char)(text[made.len - 1] ^ 1); /* of the y coordinate */
	assert_int_equal(enter(create, (struct str){ text, made.len }, &c, "public key"),
		ERR_INVALID);
	device_clear(&d);
}

static void webauthn_place_is_a_name_over_tls(void **state)
{
	static const struct { const char *url, *origin, *rp_id; } rows[] = {
		{ "https://node.example", "https://node.example", "node.example" },
		{ "https://node.example:443/", "https://node.example", "node.example" },
		{ "https://node.example:8443/x", "https://node.example:8443", "node.example" },
		{ "http://localhost:8400", "http://localhost:8400", "localhost" },
		{ "http://localhost:80", "http://localhost", "localhost" },
		{ "http://node.example", NULL, NULL }, { "https://127.0.0.1:8400", NULL, NULL },
		{ "https://[::1]:8400", NULL, NULL }, { "https://", NULL, NULL },
		{ "ftp://node.example", NULL, NULL }, { "http:/", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct str origin = STR(""), rp_id = STR("");
		bool can = webauthn_place(&arena, str_of(rows[i].url), &origin, &rp_id);
		assert_int_equal(can, rows[i].origin != NULL);
		assert_true(!can || str_is(origin, rows[i].origin));
		assert_true(!can || str_is(rp_id, rows[i].rp_id));
	}
}

static struct str repeated(char c, size_t len)
{
	char *text = arena_alloc(&arena, len);

	assert_non_null(text);
	memset(text, c, len);
	return (struct str){ text, len };
}

static void limit_passkey_client_bytes(void **state)
{
	struct device d = device_new(WEBAUTHN_ES256);
	struct str usual = client("create"), blanks, create;
	struct webauthn_credential c;

	(void)state;
	blanks = repeated(' ', LIMIT_PASSKEY_CLIENT_BYTES - usual.len);
	create = str_printf(&arena, STR_FMT STR_FMT, STR_ARG(usual), STR_ARG(blanks));
	assert_int_equal(enter(create, device_attestation(&arena, &d, DEVICE_NONE, create), &c,
		NULL), ERR_OK);
	create = str_printf(&arena, STR_FMT " ", STR_ARG(create));
	assert_int_equal(enter(create, device_attestation(&arena, &d, DEVICE_NONE, create), &c,
		NULL), ERR_TOO_LARGE);
	device_clear(&d);
}

static void limit_passkey_id_bytes(void **state)
{
	struct device d = device_new(WEBAUTHN_ES256);
	struct str create = client("create");
	struct webauthn_credential c;

	(void)state;
	d.id = repeated('i', LIMIT_PASSKEY_ID_BYTES);
	assert_int_equal(enter(create, device_attestation(&arena, &d, DEVICE_NONE, create), &c,
		NULL), ERR_OK);
	d.id = repeated('i', LIMIT_PASSKEY_ID_BYTES + 1);
	assert_int_equal(enter(create, device_attestation(&arena, &d, DEVICE_NONE, create), &c,
		"credential id"), ERR_INVALID);
	d.id = STR("");
	assert_int_equal(enter(create, device_attestation(&arena, &d, DEVICE_NONE, create), &c,
		"credential id"), ERR_INVALID);
	device_clear(&d);
}

/* Authenticator data with an extension that fills it up. */
static struct str padded(struct device *d, size_t len)
{
	struct buf b = { 0 };
	struct str usual, made;

	d->flags = 5 | 0x80;
	usual = device_data(&arena, d, true);
	buf_init(&b, 65536);
	buf_put_str(&b, usual);
	cbor_head(&b, 5, 1);
	cbor_string(&b, 3, STR("x"));
	cbor_string(&b, 2, repeated('p', len - usual.len - 6));
	made = str_copy(&arena, buf_str(&b));
	buf_clear(&b);
	assert_int_equal(made.len, len);
	return made;
}

static void limit_passkey_data_bytes(void **state)
{
	struct device d = device_new(WEBAUTHN_ES256);
	struct str create = client("create");
	struct webauthn_credential c;

	(void)state;
	assert_int_equal(enter(create, device_object(&arena, &d, DEVICE_NONE, padded(&d,
		LIMIT_PASSKEY_DATA_BYTES), create), &c, NULL), ERR_OK);
	assert_int_equal(enter(create, device_object(&arena, &d, DEVICE_NONE, padded(&d,
		LIMIT_PASSKEY_DATA_BYTES + 1), create), &c, "authenticator data has"),
		ERR_INVALID);
	device_clear(&d);
}

static void limit_passkey_attestation_bytes(void **state)
{
	struct str create = client("create");
	struct webauthn_credential c;

	(void)state;
	assert_int_equal(enter(create, repeated('\x00', LIMIT_PASSKEY_ATTESTATION_BYTES), &c, NULL),
		ERR_INVALID);
	assert_int_equal(enter(create, repeated('\x00', LIMIT_PASSKEY_ATTESTATION_BYTES + 1), &c,
		NULL), ERR_TOO_LARGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(webauthn_takes_es256),
		cmocka_unit_test(webauthn_takes_eddsa),
		cmocka_unit_test(webauthn_takes_rs256),
		cmocka_unit_test(webauthn_checks_an_attestation_that_is_sent),
		cmocka_unit_test(webauthn_reads_client_data_strictly),
		cmocka_unit_test(webauthn_asks_for_a_verified_owner_of_this_site),
		cmocka_unit_test(webauthn_refuses_a_changed_or_cut_answer),
		cmocka_unit_test(webauthn_refuses_every_cut_of_an_attestation),
		cmocka_unit_test(webauthn_refuses_other_algorithms_and_forms),
		cmocka_unit_test(webauthn_refuses_a_key_that_is_no_point),
		cmocka_unit_test(webauthn_place_is_a_name_over_tls),
		cmocka_unit_test(limit_passkey_client_bytes),
		cmocka_unit_test(limit_passkey_id_bytes),
		cmocka_unit_test(limit_passkey_data_bytes),
		cmocka_unit_test(limit_passkey_attestation_bytes),
	};

	return cmocka_run_group_tests(tests, open_arena, close_arena);
}
