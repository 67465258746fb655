/* test_receipt.c - one spelling of a receipt, and no other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/limits.h"
#include "base/scoped.h"
#include "credential/receipt.h"

#define ARENA_CAP 65536
#define DIGEST "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
#define WHOLE "{\"digest\":\"" DIGEST "\",\"disclosure\":\"conditional\",\"id\":" \
	"\"urn:uuid:00112233-4455-4677-8899-aabbccddeeff\"," \
	"\"issuer\":\"did:web:a.example:org:1\"," \
	"\"kind\":\"report\",\"time\":\"2026-11-24T03:04:05Z\",\"v\":1}"

static void receipt_reads_what_it_wrote(void **state)
{
	(void)state;
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	struct receipt r;
	struct digest empty = digest_sha256(STR(""));
	struct json *v;

	arena_init(&a, ARENA_CAP);
	buf_init(&b, LIMIT_RECEIPT_BYTES);
	assert_int_equal(receipt_parse(&a, STR(WHOLE), &r, NULL), ERR_OK);
	assert_int_equal(r.kind, KIND_REPORT);
	assert_int_equal(r.disclosure, DISCLOSURE_CONDITIONAL);
	assert_true(str_is(r.id, "urn:uuid:00112233-4455-4677-8899-aabbccddeeff"));
	assert_int_equal(r.id_key[15], 0xff);
	assert_true(str_is(r.issuer, "did:web:a.example:org:1"));
	assert_int_equal(r.time, 1795489445);
	assert_true(digest_eq(&r.digest, &empty));
	receipt_put(&b, &r);
	assert_true(str_is(buf_str(&b), WHOLE));
	/* Its form is RFC 8785's. */
	assert_int_equal(json_parse(&a, STR(WHOLE), &v, NULL), ERR_OK);
	assert_true(v->canonical);
}

static void receipt_refuses_every_other_spelling(void **state)
{
	(void)state;
	static const struct {
		const char *old, *new;
		enum err_code code;
		const char *message;
	} cases[] = {
		{ "{", "{ ", ERR_INVALID, "receipt is not in its form at byte 0" },
		{ "\"v\":1}", "\"v\":2}", ERR_INVALID, "receipt is not in its form at byte 215" },
		{ "\"v\":1}", "\"v\":1}\n", ERR_INVALID, "receipt is followed by something else" },
		{ "\"v\":1}", "\"v\":1,\"w\":1}", ERR_INVALID,
			"receipt is not in its form at byte 215" },
		{ "SuFU", "SuF", ERR_INVALID,
		  "digest of the receipt: base64 text of 42 characters does not hold 32 bytes" },
		{ "SuFU", "SuFV", ERR_INVALID,
			"digest of the receipt: base64 text ends in bits that must be zero" },
		{ "conditional", "secret", ERR_UNSUPPORTED,
			"disclosure of the receipt is not known" },
		{ "ddeeff", "ddeefF", ERR_INVALID, "id is not a urn:uuid in lower case" },
		{ "did:web", "did:key", ERR_INVALID,
			"DID is not a did:web name: it does not begin with did:web:" },
		{ "org:1", "org:\\u0031", ERR_INVALID,
			"DID is not a did:web name: a part of its path is not a plain word" },
		{ "\"report\"", "\"reports\"", ERR_UNSUPPORTED, "kind of statement is not known" },
		{ "05Z", "05.0Z", ERR_INVALID, "time of the receipt is not whole seconds in UTC" },
		{ "05Z", "05+00:00", ERR_INVALID,
			"time of the receipt is not whole seconds in UTC" },
		{ "11-24T", "11-31T", ERR_INVALID, NULL },
		{ ",\"v\":1}", "", ERR_INVALID, "receipt is not in its form at byte 215" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		SCOPED_ARENA a = { 0 };
		struct receipt r = { .time = 7 };
		const char *at = strstr(WHOLE, cases[i].old);
		struct err e = { 0 };
		struct str text;
		arena_init(&a, ARENA_CAP);
		assert_non_null(at);
		text = str_printf(&a, "%.*s%s%s", (int)(strlen(WHOLE) - strlen(at)), WHOLE,
			cases[i].new, at + strlen(cases[i].old));
		assert_int_equal(receipt_parse(&a, text, &r, &e), cases[i].code);
		if (cases[i].message)
			assert_string_equal(e.message, cases[i].message);
		assert_int_equal(r.time, 7); /* output untouched on failure */
	}
}

static void receipt_refuses_every_shorter_text(void **state)
{
	(void)state;
	for (size_t len = 0; len < strlen(WHOLE); len++) {
		SCOPED_ARENA a = { 0 };
		struct receipt r;
		arena_init(&a, ARENA_CAP);
		assert_int_equal(
			receipt_parse(&a, (struct str){ WHOLE, len }, &r, NULL), ERR_INVALID);
	}
}

static void limit_receipt_bytes(void **state)
{
	(void)state;
	static char text[LIMIT_RECEIPT_BYTES + 1] = WHOLE;
	SCOPED_ARENA a = { 0 };
	struct receipt r;
	struct err e = { 0 };

	arena_init(&a, ARENA_CAP);
	assert_int_equal(
		receipt_parse(&a, (struct str){ text, sizeof(text) }, &r, &e), ERR_TOO_LARGE);
	assert_string_equal(e.message, "receipt of 2049 bytes is over 2048");
	assert_int_equal(
		receipt_parse(&a, (struct str){ text, sizeof(text) - 1 }, &r, &e), ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(receipt_reads_what_it_wrote),
		cmocka_unit_test(receipt_refuses_every_other_spelling),
		cmocka_unit_test(receipt_refuses_every_shorter_text),
		cmocka_unit_test(limit_receipt_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
