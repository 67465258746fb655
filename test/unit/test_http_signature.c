/* test_http_signature.c - RFC 9421 vectors, and every way a signed request may be wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/encode.h"
#include "base/io.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/scoped.h"
#include "peer/http_signature.h"

#define NOW 1795489445 /* 2026-11-24T03:04:05Z */
#define KEYID "did:web:yongchuan.huren.example#requests-1"

static const uint8_t nonce[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };

struct fixture {
	struct arena arena;
	struct key key;
	struct http_request request;
	struct err err;
};

static int set_up(void **state)
{
	static struct fixture f;
	const uint8_t seed[32] = { 9 };
	f = (struct fixture){ 0 };
	arena_init(&f.arena, 1 << 20);
	key_library_init();
	if (key_from_secret(KEY_ED25519, seed, &f.key, &f.err) != ERR_OK)
		return 1;
	f.request = (struct http_request){ .method = STR("POST"),
		.authority = STR("127.0.0.1:8400"), .path = STR("/peer/v1/body"),
		.body = STR("{\"id\":\"urn:uuid:1\"}"), .header_count = 1,
		.headers = { { STR("content-type"), STR("application/json") } } };
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	arena_clear(&f->arena);
	key_clear(&f->key);
	return 0;
}

static enum err_code find_key(void *context, struct str keyid, struct key_public *ret,
	struct err *e)
{
	struct fixture *f = context;
	if (!str_is(keyid, KEYID))
		return err_set(e, ERR_DENIED, "key is not of a peer");
	*ret = f->key.pub;
	return ERR_OK;
}

static void sign(struct fixture *f, int64_t now)
{
	struct http_header added[3];
	enum err_code code = http_signature_sign(&f->arena, &f->request, STR(KEYID), &f->key, now,
		nonce, added, &f->err);
	if (code != ERR_OK)
		fail_msg("%s", f->err.message);
	for (size_t i = 0; i < 3; i++)
		f->request.headers[f->request.header_count++] = added[i];
}

static enum err_code verify(struct fixture *f, int64_t now)
{
	struct http_signature_found found;
	return http_signature_verify(&f->arena, &f->request, now, find_key, f, &found, &f->err);
}

static struct http_header *header(struct fixture *f, const char *name)
{
	for (size_t i = 0; i < f->request.header_count; i++) {
		if (str_is(f->request.headers[i].name, name))
			return &f->request.headers[i];
	}
	fail_msg("no header %s", name);
	return NULL;
}

/* Replaces the first `from` in a header by `to`. */
static void change(struct fixture *f, const char *name, const char *from, const char *to)
{
	struct http_header *h = header(f, name);
	size_t at = str_find(h->value, str_of(from));
	assert_true(at != SIZE_MAX);
	struct str head = { h->value.at, at };
	struct str tail = str_skip(h->value, at + strlen(from));
	h->value = str_printf(&f->arena, STR_FMT "%s" STR_FMT, STR_ARG(head), to, STR_ARG(tail));
}

static void fails(struct fixture *f, enum err_code code, const char *message)
{
	assert_int_equal(verify(f, NOW), code);
	assert_string_equal(f->err.message, message);
}

static const struct json *vectors(struct arena *a)
{
	struct str text;
	struct json *v;
	const char *folder = getenv("HUREN_VECTORS");
	assert_non_null(folder);
	char *path = arena_printf(a, "%s/httpsig/rfc9421-ed25519.json", folder);
	assert_int_equal(io_read_file(a, path, 1 << 20, &text, NULL), ERR_OK);
	assert_int_equal(json_parse(a, text, &v, NULL), ERR_OK);
	return v;
}

static void http_signature_makes_the_base_of_rfc_9421(void **state)
{
	struct fixture *f = *state;
	const struct json *v = json_at(vectors(&f->arena), 0);
	struct str input = str_skip(json_get_str(v, "signature_input"), strlen("sig-b26="));
	struct str signature = json_get_str(v, "signature");
	struct http_request r = { .method = STR("POST"), .authority = STR("example.com"),
		.path = STR("/foo"), .header_count = 3, .headers = {
			{ STR("date"), STR("Tue, 20 Apr 2021 02:07:55 GMT") },
			{ STR("content-type"), STR(" application/json\t") },
			{ STR("content-length"), STR("18") } } };
	SCOPED_BUF base = { 0 };
	buf_init(&base, 4096);
	assert_int_equal(http_signature_put_base(&base, &r, input, &f->err), ERR_OK);
	assert_true(str_eq(buf_str(&base), json_get_str(v, "signature_base")));

	uint8_t secret[32], made[KEY_SIGNATURE_BYTES];
	struct key k;
	assert_int_equal(hex_decode(json_get_str(v, "private_key_hex"), secret, 32, &f->err),
		ERR_OK);
	assert_int_equal(key_from_secret(KEY_ED25519, secret, &k, &f->err), ERR_OK);
	assert_int_equal(key_sign(&k, buf_str(&base), made, &f->err), ERR_OK);
	struct str text = str_printf(&f->arena, "sig-b26=:" STR_FMT ":",
		STR_ARG(base64_new(&f->arena, made, sizeof(made))));
	assert_true(str_eq(text, signature));
}

static void http_signature_digests_as_rfc_9530(void **state)
{
	struct fixture *f = *state;
	const struct json *v = json_at(vectors(&f->arena), 1);
	struct str digest = http_signature_digest(&f->arena, json_get_str(v, "body"));
	assert_true(str_eq(digest, json_get_str(v, "content_digest_sha256")));
}

static void http_signature_joins_repeated_headers_in_the_base(void **state)
{
	struct fixture *f = *state;
	struct http_request r = { .header_count = 2, .headers = {
		{ STR("x-a"), STR(" one ") }, { STR("x-a"), STR("two") } } };
	SCOPED_BUF base = { 0 };
	buf_init(&base, 4096);
	assert_int_equal(http_signature_put_base(&base, &r, STR("(\"x-a\")"), &f->err), ERR_OK);
	assert_true(str_is(buf_str(&base), "\"x-a\": one, two\n\"@signature-params\": (\"x-a\")"));
}

static void http_signature_accepts_what_it_signed(void **state)
{
	struct fixture *f = *state;
	struct http_signature_found found;
	sign(f, NOW);
	if (http_signature_verify(&f->arena, &f->request, NOW, find_key, f, &found,
		&f->err) != ERR_OK)
		fail_msg("%s", f->err.message);
	assert_true(str_is(found.keyid, KEYID));
	assert_true(str_is(found.nonce, "AQIDBAUGBwgJCgsMDQ4PEA"));
	assert_int_equal(found.created, NOW);
	assert_int_equal(found.expires, NOW + LIMIT_SIGNATURE_SKEW_S);
}

/* The signature below was made by Node's crypto module over a base written by hand. */
static void http_signature_signs_as_others_do(void **state)
{
	struct fixture *f = *state;
	sign(f, NOW);
	assert_true(str_is(header(f, "signature")->value,
		"sig1=:moCxr92gdKrWdC0vgZzrxYCS/IgFMrkeHNnYvGTmbQdPtTCKKGpZ40oznw3v"
		"DFuCUyzgCvfPgQhjetU56K3mAw==:"));
}

static void http_signature_accepts_another_order(void **state)
{
	struct fixture *f = *state;
	uint8_t made[KEY_SIGNATURE_BYTES];
	struct str params = STR("(\"content-type\" \"@path\" \"@method\" \"content-digest\" "
		"\"@authority\");tag=\"huren\";keyid=\"" KEYID
		"\";nonce=\"0123456789abcdefghijkl\";expires=1795489500;alg=\"ed25519\""
		";created=1795489445");
	struct http_request *r = &f->request;
	r->headers[r->header_count++] = (struct http_header){ STR("content-digest"),
		http_signature_digest(&f->arena, r->body) };
	SCOPED_BUF base = { 0 };
	buf_init(&base, 4096);
	assert_int_equal(http_signature_put_base(&base, r, params, &f->err), ERR_OK);
	assert_int_equal(key_sign(&f->key, buf_str(&base), made, &f->err), ERR_OK);
	r->headers[r->header_count++] = (struct http_header){ STR("signature-input"),
		str_printf(&f->arena, "a.b=" STR_FMT, STR_ARG(params)) };
	r->headers[r->header_count++] = (struct http_header){ STR("signature"),
		str_printf(&f->arena, "a.b=:" STR_FMT ":",
			STR_ARG(base64_new(&f->arena, made, sizeof(made)))) };
	if (verify(f, NOW) != ERR_OK)
		fail_msg("%s", f->err.message);
}

static void http_signature_refuses_a_changed_body(void **state)
{
	struct fixture *f = *state;
	sign(f, NOW);
	f->request.body = STR("{\"id\":\"urn:uuid:2\"}");
	fails(f, ERR_DENIED, "content digest does not match the body received");
}

static void http_signature_refuses_a_changed_body_with_its_digest(void **state)
{
	struct fixture *f = *state;
	sign(f, NOW);
	f->request.body = STR("{\"id\":\"urn:uuid:2\"}");
	header(f, "content-digest")->value = http_signature_digest(&f->arena, f->request.body);
	assert_int_equal(verify(f, NOW), ERR_DENIED);
}

static void http_signature_covers_method_authority_path_and_type(void **state)
{
	struct fixture *f = *state;
	sign(f, NOW);
	struct http_request good = f->request;
	f->request.method = STR("PUT");
	assert_int_equal(verify(f, NOW), ERR_DENIED);
	f->request = good;
	f->request.authority = STR("127.0.0.1:8500");
	assert_int_equal(verify(f, NOW), ERR_DENIED);
	f->request = good;
	f->request.path = STR("/peer/v1/notice");
	assert_int_equal(verify(f, NOW), ERR_DENIED);
	f->request = good;
	header(f, "content-type")->value = STR("text/plain");
	assert_int_equal(verify(f, NOW), ERR_DENIED);
	f->request = good;
	assert_int_equal(verify(f, NOW), ERR_OK);
}

static void http_signature_refuses_a_wrong_key(void **state)
{
	struct fixture *f = *state;
	const uint8_t other[32] = { 10 };
	sign(f, NOW);
	assert_int_equal(key_from_secret(KEY_ED25519, other, &f->key, &f->err), ERR_OK);
	assert_int_equal(verify(f, NOW), ERR_DENIED);
}

static void http_signature_refuses_an_unknown_key_id(void **state)
{
	struct fixture *f = *state;
	sign(f, NOW);
	change(f, "signature-input", "yongchuan", "elsewhere");
	fails(f, ERR_DENIED, "key is not of a peer");
}

static void limit_signature_skew_s_bounds_both_directions(void **state)
{
	struct fixture *f = *state;
	sign(f, NOW);
	assert_int_equal(verify(f, NOW + LIMIT_SIGNATURE_SKEW_S), ERR_OK);
	assert_int_equal(verify(f, NOW + LIMIT_SIGNATURE_SKEW_S + 1), ERR_DENIED);
	assert_string_equal(f->err.message, "signed request is stale: made 301 seconds ago");
	assert_int_equal(verify(f, NOW - LIMIT_SIGNATURE_SKEW_S), ERR_OK);
	assert_int_equal(verify(f, NOW - LIMIT_SIGNATURE_SKEW_S - 1), ERR_DENIED);
	assert_string_equal(f->err.message,
		"signed request is from the future: made 301 seconds from now");
}

static void http_signature_refuses_a_long_life(void **state)
{
	struct fixture *f = *state;
	sign(f, NOW);
	change(f, "signature-input", "expires=1795489745", "expires=1795489746");
	fails(f, ERR_INVALID, "signature must expire within 300 seconds of its making");
}

static void http_signature_refuses_missing_and_double_headers(void **state)
{
	struct fixture *f = *state;
	sign(f, NOW);
	struct http_request good = f->request;
	f->request.headers[f->request.header_count++] = *header(f, "signature-input");
	fails(f, ERR_INVALID, "request has header \"signature-input\" twice");
	f->request = good;
	f->request.headers[f->request.header_count++] = *header(f, "content-type");
	fails(f, ERR_INVALID, "request has header \"content-type\" twice");
	f->request = good;
	header(f, "content-digest")->name = STR("x-digest");
	fails(f, ERR_INVALID, "request lacks header \"content-digest\"");
	f->request = good;
	header(f, "signature")->name = STR("x-signature");
	fails(f, ERR_INVALID, "request lacks header \"signature\"");
}

static void http_signature_refuses_other_covered_components(void **state)
{
	struct fixture *f = *state;
	sign(f, NOW);
	struct http_request good = f->request;
	change(f, "signature-input", " \"content-type\"", "");
	fails(f, ERR_DENIED, "signature does not cover \"content-type\"");
	f->request = good;
	change(f, "signature-input", "\"@path\"", "\"@path\" \"date\"");
	fails(f, ERR_DENIED, "signature covers more than the agreed components");
	f->request = good;
	change(f, "signature-input", "\"@path\"", "\"@path\" \"@path\"");
	fails(f, ERR_DENIED, "signature covers more than the agreed components");
	f->request = good;
	change(f, "signature-input", "\"@path\"", "\"@path\";req");
	fails(f, ERR_UNSUPPORTED, "component 3 of the signature has parameters");
}

static void http_signature_refuses_other_spellings(void **state)
{
	static const char *const pairs[][2] = {
		{ "(\"@method\"", "( \"@method\"" },
		{ "\"@method\" \"@auth", "\"@method\"  \"@auth" },
		{ "\"content-type\")", "\"content-type\" )" }, { ";created", "; created" },
		{ "created=1", "created=01" }, { "created=1", "created=+1" },
		{ "created=1", "created=-1" }, { "created=1795489445", "created=\"1795489445\"" },
		{ "created=1795489445", "created" },
		{ "created=1795489445", "created=1795489445.0" },
		{ "created=1795489445", "created=1795489445123456" },
		{ "nonce=\"A", "nonce=\"\\\"A" }, { "sig1=", "Sig1=" }, { "sig1=", "" },
		{ "sig1=", "=" }, { "tag=\"huren\"", "tag=\"huren" },
		{ "tag=\"huren\"", "tag=huren" }, { "tag=\"huren\"", "tag=\"huren\"," },
		{ "tag=\"huren\"", "tag=\"huren\";" },
		{ "tag=\"huren\"", "tag=\"huren\";tag=\"huren\"" }, { ";tag=\"huren\"", "" },
		{ "tag=\"huren\"", "tag=\"huren\";x=1" }, { "nonce=\"AQID", "nonce=\"" },
		{ "nonce=\"A", "nonce=\"+" },
	};
	struct fixture *f = *state;
	sign(f, NOW);
	struct http_request good = f->request;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		f->request = good;
		change(f, "signature-input", pairs[i][0], pairs[i][1]);
		if (verify(f, NOW) != ERR_INVALID)
			fail_msg("%s instead of %s: %s", pairs[i][1], pairs[i][0], f->err.message);
	}
}

static void http_signature_refuses_other_algorithms_and_tags(void **state)
{
	struct fixture *f = *state;
	sign(f, NOW);
	struct http_request good = f->request;
	change(f, "signature-input", "alg=\"ed25519\"", "alg=\"hmac-sha256\"");
	fails(f, ERR_DENIED, "signature algorithm is not \"ed25519\"");
	f->request = good;
	change(f, "signature-input", "tag=\"huren\"", "tag=\"other\"");
	fails(f, ERR_DENIED, "signature tag is not \"huren\"");
}

static void http_signature_refuses_malformed_signatures(void **state)
{
	static const char *const values[] = { "", "sig1=::", "sig1=:AAAA:", "sig1=AAAA",
		"sig2=:AAAA:", "sig1=:AAAA", "sig1=:====:", "sig1:AAAA:" };
	struct fixture *f = *state;
	sign(f, NOW);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		header(f, "signature")->value = str_of(values[i]);
		assert_int_equal(verify(f, NOW), ERR_INVALID);
	}
}

static void http_signature_refuses_a_key_id_it_cannot_quote(void **state)
{
	struct fixture *f = *state;
	struct http_header added[3];
	assert_int_equal(http_signature_sign(&f->arena, &f->request, STR("did:web:a\"b"), &f->key,
		NOW, nonce, added, &f->err), ERR_INVALID);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(http_signature_makes_the_base_of_rfc_9421),
		TEST(http_signature_digests_as_rfc_9530),
		TEST(http_signature_joins_repeated_headers_in_the_base),
		TEST(http_signature_accepts_what_it_signed),
		TEST(http_signature_signs_as_others_do),
		TEST(http_signature_accepts_another_order),
		TEST(http_signature_refuses_a_changed_body),
		TEST(http_signature_refuses_a_changed_body_with_its_digest),
		TEST(http_signature_covers_method_authority_path_and_type),
		TEST(http_signature_refuses_a_wrong_key),
		TEST(http_signature_refuses_an_unknown_key_id),
		TEST(limit_signature_skew_s_bounds_both_directions),
		TEST(http_signature_refuses_a_long_life),
		TEST(http_signature_refuses_missing_and_double_headers),
		TEST(http_signature_refuses_other_covered_components),
		TEST(http_signature_refuses_other_spellings),
		TEST(http_signature_refuses_other_algorithms_and_tags),
		TEST(http_signature_refuses_malformed_signatures),
		TEST(http_signature_refuses_a_key_id_it_cannot_quote),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
