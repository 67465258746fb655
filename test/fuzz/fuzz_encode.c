/* fuzz_encode.c - whatever a decoder takes, the encoder writes back to the same text: no two texts
 * stand for the same bytes. */
#include <stdint.h>
#include <string.h>

#include "base/encode.h"
#include "base/scoped.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_bytes(struct arena *a, const uint8_t *data, size_t size)
{
	struct str text = base64_new(a, data, size), back = { NULL, 0 };
	char *hex = arena_alloc(a, 2 * size + 1);
	uint8_t *bytes = arena_alloc(a, size);

	CHECK(text.at && hex && bytes);
	CHECK(base64_decode(a, text, &back, NULL) == ERR_OK);
	CHECK(str_eq(back, (struct str){ (const char *)data, size }));
	memset(bytes, 0, size);
	CHECK(base64_decode_fixed(text, bytes, size, NULL) == ERR_OK);
	CHECK(memcmp(bytes, data, size) == 0);
	CHECK(base64_decode_fixed(text, bytes, size - 1, NULL) == ERR_INVALID);
	text = base64url_new(a, data, size);
	CHECK(base64url_decode(a, text, &back, NULL) == ERR_OK);
	CHECK(str_eq(back, (struct str){ (const char *)data, size }));
	hex_encode(data, size, hex);
	CHECK(hex_decode(str_of(hex), bytes, size, NULL) == ERR_OK);
	CHECK(memcmp(bytes, data, size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED_ARENA a = { 0 };
	struct str text = { (const char *)data, size }, bytes = { NULL, 0 }, back;

	if (size == 0 || size > 4096)
		return 0;
	arena_init(&a, 1048576);
	check_bytes(&a, data, size);
	if (base64_decode(&a, text, &bytes, NULL) == ERR_OK) {
		back = base64_new(&a, (const uint8_t *)bytes.at, bytes.len);
		CHECK(str_eq(back, text));
	}
	if (base64url_decode(&a, text, &bytes, NULL) == ERR_OK) {
		back = base64url_new(&a, (const uint8_t *)bytes.at, bytes.len);
		CHECK(str_eq(back, text));
	}
	return 0;
}
