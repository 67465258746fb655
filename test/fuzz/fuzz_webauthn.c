/* fuzz_webauthn.c - what a browser sends for a passkey. The first byte says which part the rest is:
 * client data, authenticator data, an attestation. Nothing that was not signed signs in; what is
 * taken is within its bounds. */
#include <stdint.h>

#include "base/cbor.h"
#include "base/limits.h"
#include "base/scoped.h"
#include "crypto/webauthn.h"

#define CHALLENGE "Y2hhbGxlbmdl"
#define ORIGIN "https://node.example"
#define CLIENT(type)                                                                             \
	STR("{\"type\":\"webauthn." type "\",\"challenge\":\"" CHALLENGE "\",\"origin\":\"" ORIGIN \
	    "\",\"crossOrigin\":false}")

static void walk(struct str bytes)
{
	struct cbor c = { bytes };
	struct str item;

	while (cbor_skip(&c, &item, NULL) == ERR_OK) {
		CHECK(item.len > 0);
		CHECK(item.at >= bytes.at);
		CHECK(item.at + item.len + c.rest.len == bytes.at + bytes.len);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct webauthn_expected expected = { .rp_id = STR("node.example"), .origin = STR(ORIGIN),
		.challenge = STR(CHALLENGE) };
	struct webauthn_credential c = { .id = STR("untouched"), .algorithm = WEBAUTHN_EDDSA,
		.public = STR("0123456789abcdef0123456789abcdef") };
	struct webauthn_assertion x = { .client_data = CLIENT("get"),
		.signature = STR("0123456789abcdef0123456789abcdef"
			"0123456789abcdef0123456789abcdef") };
	struct str rest, origin, rp_id;
	SCOPED_ARENA a = { 0 };
	uint32_t counter;

	if (size == 0)
		return 0;
	arena_init(&a, 4194304);
	rest = (struct str){ (const char *)data + 1, size - 1 };
	walk(rest);
	if (webauthn_place(&a, rest, &origin, &rp_id))
		CHECK(rp_id.len > 0);
	if (data[0] % 3 == 0) {
		x.authenticator_data = STR("");
		x.client_data = rest;
		CHECK(webauthn_assert(&a, &expected, &c, &x, &counter, NULL) != ERR_OK);
	} else if (data[0] % 3 == 1) {
		x.authenticator_data = rest;
		CHECK(webauthn_assert(&a, &expected, &c, &x, &counter, NULL) != ERR_OK);
	} else if (webauthn_register(&a, &expected, CLIENT("create"), rest, &c, NULL) == ERR_OK) {
		CHECK(c.id.len > 0);
		CHECK(c.id.len <= LIMIT_PASSKEY_ID_BYTES);
		CHECK(c.public.len <= WEBAUTHN_PUBLIC_BYTES_MAX);
	} else {
		CHECK(str_is(c.id, "untouched"));
	}
	return 0;
}
