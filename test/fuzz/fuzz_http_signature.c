/* fuzz_http_signature.c - a request as lines ("name: value", empty line, body). What is accepted
 * must be covered by the key's signature over the base, within its time, and the digest of the
 * body. */
#include <stdint.h>
#include <string.h>

#include "base/encode.h"
#include "base/limits.h"
#include "base/scoped.h"
#include "peer/http_signature.h"

#define NOW 1795489445

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct key key;

static enum err_code find_key(void *context, struct str keyid, struct key_public *ret,
	struct err *e)
{
	(void)context;
	(void)e;
	CHECK(keyid.len <= LIMIT_ID_BYTES);
	*ret = key.pub;
	return ERR_OK;
}

static void read_request(struct str text, struct http_request *r)
{
	*r = (struct http_request){ .method = STR("POST"), .authority = STR("127.0.0.1:8400"),
		.path = STR("/peer/v1/body") };
	while (text.at && text.len > 0) {
		struct str line = str_cut(&text, '\n');
		if (line.len == 0)
			break;
		if (r->header_count < HTTP_HEADERS_MAX - 1) {
			struct http_header *h = &r->headers[r->header_count++];
			h->name = str_cut(&line, ':');
			h->value = line.at ? line : STR("");
		}
	}
	r->body = text.at ? text : STR("");
}

/* The same request signed by us must be accepted. */
static void check_round_trip(struct arena *a, const struct http_request *r)
{
	const uint8_t nonce[16] = { 0 };
	struct http_request signed_request = { .method = r->method, .authority = r->authority,
		.path = r->path, .body = r->body, .header_count = 1,
		.headers = { { STR("content-type"), STR("application/json") } } };
	struct http_signature_found found;
	CHECK(http_signature_sign(a, &signed_request, STR("did:web:a#requests-1"), &key, NOW, nonce,
		&signed_request.headers[1], NULL) == ERR_OK);
	signed_request.header_count += 3;
	CHECK(http_signature_verify(a, &signed_request, NOW, find_key, NULL, &found, NULL) ==
		ERR_OK);
	CHECK(str_is(found.keyid, "did:web:a#requests-1"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool ready;
	if (!ready) {
		const uint8_t seed[32] = { 9 };
		key_library_init();
		CHECK(key_from_secret(KEY_ED25519, seed, &key, NULL) == ERR_OK);
		ready = true;
	}
	SCOPED_ARENA a = { 0 };
	arena_init(&a, 1 << 20);
	struct http_request r;
	struct http_signature_found found = { 0 };
	read_request((struct str){ .at = (const char *)data, .len = size }, &r);
	if (http_signature_verify(&a, &r, NOW, find_key, NULL, &found, NULL) == ERR_OK) {
		CHECK(found.created >= NOW - LIMIT_SIGNATURE_SKEW_S);
		CHECK(found.created <= NOW + LIMIT_SIGNATURE_SKEW_S);
		CHECK(found.expires >= NOW && found.expires > found.created);
		CHECK(found.nonce.len >= 22);
	}
	SCOPED_BUF base = { 0 };
	buf_init(&base, 65536);
	for (size_t i = 0; i < r.header_count; i++) {
		buf_reset(&base);
		if (http_signature_put_base(&base, &r, r.headers[i].value, NULL) == ERR_OK)
			CHECK(str_find(buf_str(&base), STR("\"@signature-params\": (")) !=
				SIZE_MAX);
	}
	check_round_trip(&a, &r);
	return 0;
}
