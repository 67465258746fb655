/* fuzz_multibase.c - decoded values encode to the same text, and a Multikey that is taken is
 * written back the same. */
#include <stdint.h>

#include "base/scoped.h"
#include "crypto/key.h"
#include "crypto/multibase.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED_ARENA a = { 0 };
	struct str text = { (const char *)data, size }, bytes = { NULL, 0 }, back;
	struct key_public key;

	arena_init(&a, 65536);
	if (multibase_decode(&a, text, &bytes, NULL) == ERR_OK) {
		CHECK(bytes.len <= MULTIBASE_BYTES_MAX);
		back = data[0] == 'z' ? multibase_z_new(&a, bytes) : multibase_u_new(&a, bytes);
		CHECK(str_eq(back, text));
	}
	if (size <= MULTIBASE_BYTES_MAX) {
		back = multibase_z_new(&a, text);
		CHECK(multibase_decode(&a, back, &bytes, NULL) == ERR_OK);
		CHECK(str_eq(bytes, text));
	}
	if (key_public_from_multikey(text, &key, NULL) == ERR_OK)
		CHECK(str_eq(key_public_multikey(&a, &key), text));
	return 0;
}
