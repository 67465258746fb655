/* fuzz_key_file.c - a key file that is taken is written again and read back as the same key.
 * Without a passphrase, so that no input makes us derive one. */
#include <stdint.h>
#include <string.h>

#include "base/scoped.h"
#include "crypto/key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED_ARENA a = { 0 };
	struct str text = { (const char *)data, size }, again = { NULL, 0 };
	struct key k, back;
	struct err e = { 0 };

	key_library_init();
	if (key_file_parse(text, STR(""), &k, &e) != ERR_OK) {
		CHECK(e.message[0] != '\0');
		return 0;
	}
	arena_init(&a, 65536);
	CHECK(key_file_text(&a, &k, STR(""), &again, &e) == ERR_OK);
	CHECK(key_file_parse(again, STR(""), &back, &e) == ERR_OK);
	CHECK(memcmp(&k, &back, sizeof(k)) == 0);
	return 0;
}
